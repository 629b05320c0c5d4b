/* ln.c: x = m 2^e with m around 1; ln m = 2 artanh((m - 1) / (m + 1)), by its series. */
#include "ta/ln.h"

#include <math.h>

#include "base/base.h"

/* ln 2 in two pieces: the first has 32 bits, so that times any exponent it is exact. */
#define LN2_HIGH 0x1.62e42feep-1
#define LN2_LOW  0x1.a39ef35793c76p-33
#define TERMS    11		/* s <= 0.1716: the twelfth is below 2^-60 of the first */

double ta_ln(double x)
{
	int e;

	assert(x > 0.0);
	if (isinf(x))
		return x;
	double m = frexp(x, &e);
	if (m < 0.70710678118654752) {
		m *= 2.0;
		e--;
	}
	double f = m - 1.0, s = f / (2.0 + f), z = s * s, sum = 0.0;
	for (int k = TERMS; k > 0; k--)
		sum = (sum + 1.0 / (double)(2 * k + 1)) * z;
	/* 2s(1 + sum) = f - s(f - 2 sum): what is rounded is small beside f. */
	double n = (double)e;
	return n * LN2_HIGH + (f - (s * (f - 2.0 * sum) - n * LN2_LOW));
}
