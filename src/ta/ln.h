/* ln.h: the natural logarithm with the same bits on every processor: the C library's uses fused
 * multiplication where there is one. Within 2 units of the last place. x > 0, finite or not. */
#ifndef TA_LN_H
#define TA_LN_H

double ta_ln(double x);

#endif
