/* odds.c: what a share of wins says of the probability behind it. Processors may differ in the
 * last place, by the C library's exp(). */
#include "strategy/inside.h"
#include "ta/ln.h"

/* Stirling's series, to a relative 1e-15 from 12 on; smaller arguments are moved up. */
static double ln_gamma(double x)
{
	double shift = 0;

	assert(x > 0);
	while (x < 12) {
		shift += ta_ln(x);
		x += 1;
	}
	double r = 1 / x, r2 = r * r;
	double tail = r * (1.0 / 12 - r2 * (1.0 / 360 - r2 * (1.0 / 1260 -
		      r2 * (1.0 / 1680 - r2 * (1.0 / 1188 - r2 * 691.0 / 360360)))));
	return (x - 0.5) * ta_ln(x) - x + 0.91893853320467274178 + tail - shift;
}

/* The continued fraction of the incomplete beta function, after Lentz; it converges fast for
 * x below the mean. 400 terms are ten times what a, b of a million take. */
static double fraction(double a, double b, double x)
{
	const double tiny = 1e-300;
	double c = 1, d = 1 - (a + b) * x / (a + 1), h;

	d = 1 / (fabs(d) < tiny ? tiny : d);
	h = d;
	for (int m = 1; m <= 400; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		d = 1 + even * d;
		c = 1 + even / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		h *= d * c;
		d = 1 + odd * d;
		c = 1 + odd / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		h *= d * c;
		if (fabs(d * c - 1) < 1e-15)
			break;
	}
	return h;
}

double odds_beta_above(double a, double b, double x)
{
	assert(a > 0 && b > 0);
	if (!(x > 0))
		return 1;
	if (!(x < 1))
		return 0;
	double front = exp(ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) +
			   a * ta_ln(x) + b * ta_ln(1 - x));
	if (x < (a + 1) / (a + b + 2))
		return 1 - front * fraction(a, b, x) / a;
	return front * fraction(b, a, 1 - x) / b;
}

double odds_wilson_low(double wins, double n, double z)
{
	assert(n > 0 && wins >= 0 && wins <= n);
	double p = wins / n, zz = z * z;
	return (p + zz / (2 * n) - z * sqrt(p * (1 - p) / n + zz / (4 * n * n))) / (1 + zz / n);
}
