/* f64.h: decimals to doubles, for statistics (volumes) and for nothing that is money. */
#ifndef BASE_F64_H
#define BASE_F64_H

#include "base/base.h"

/* The double that is nearest to the text, half to even, however many digits there are: with
 * subnormals, zeros that keep their sign, and infinities for what is too large. The grammar is
 * C's for decimals: "+1", ".5", "5." and leading zeros are numbers; blanks, hex, "inf" and "nan"
 * are not. False: not a number. */
MUST_CHECK bool f64_parse(double *out, struct str text);

#endif
