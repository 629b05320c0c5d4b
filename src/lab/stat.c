/* stat.c: the normal distribution, moments, and the certainty of Sharpe ratios. */
#include "lab/stat.h"

#include <math.h>

#define EULER 0.57721566490153286061	/* Euler's and Mascheroni's constant */

static double polynomial(const double *c, size_t n, double x)
{
	double sum = c[0];

	for (size_t i = 1; i < n; i++)
		sum = sum * x + c[i];
	return sum;
}

/* Hart's rational approximation in double precision (West, Better approximations to cumulative
 * normal functions, 2005), and a continued fraction far out. */
double normal_cdf(double x)
{
	static const double above[] = { 3.52624965998911e-02, 0.700383064443688, 6.37396220353165,
		33.912866078383, 112.079291497871, 221.213596169931, 220.206867912376 };
	static const double below[] = { 8.83883476483184e-02, 1.75566716318264, 16.064177579207,
		86.7807322029461, 296.564248779674, 637.333633378831, 793.826512519948,
		440.413735824752 };
	double size = fabs(x), tail = exp(-size * size / 2);

	if (size < 7.07106781186547) {
		tail *= polynomial(above, COUNT(above), size);
		tail /= polynomial(below, COUNT(below), size);
	} else {
		double f = size + 0.65;
		for (int i = 4; i >= 1; i--)
			f = size + i / f;
		tail /= f * 2.506628274631;
	}
	return x > 0 ? 1 - tail : tail;		/* NaN stays NaN */
}

/* Abramowitz and Stegun 26.2.23 is right to 4.5e-4; each step of Halley's triples the digits. */
double normal_quantile(double p)
{
	static const double above[] = { 0.010328, 0.802853, 2.515517 };
	static const double below[] = { 0.001308, 0.189269, 1.432788, 1 };

	if (!(p > 0 && p < 1))
		return NAN;
	bool upper = p > 0.5;
	if (upper)
		p = 1 - p;	/* the lower tail keeps its digits */
	double t = sqrt(-2 * log(p));
	double x = polynomial(above, COUNT(above), t) / polynomial(below, COUNT(below), t) - t;
	for (int i = 0; i < 3; i++) {
		double off = (normal_cdf(x) - p) * 2.5066282746310002 * exp(x * x / 2);
		x -= off / (1 + x * off / 2);
	}
	return upper ? -x : x;
}

struct moments moments_of(const double *x, size_t n)
{
	struct moments m = { (double)n, NAN, NAN, NAN, NAN };
	double sum = 0, s2 = 0, s3 = 0, s4 = 0;

	if (n < 2)
		return m;
	for (size_t i = 0; i < n; i++)
		sum += x[i];
	m.mean = sum / m.n;
	for (size_t i = 0; i < n; i++) {
		double d = x[i] - m.mean;
		s2 += d * d;
		s3 += d * d * d;
		s4 += d * d * d * d;
	}
	/* What remains of equal values by rounding is no spread. */
	if (!(s2 > m.n * 1e-24 * m.mean * m.mean))
		return m;
	m.sd = sqrt(s2 / (m.n - 1));
	double v = s2 / m.n;
	m.skew = s3 / m.n / (v * sqrt(v));
	m.kurtosis = s4 / m.n / (v * v);
	return m;
}

double sharpe_spread(double ratio, double skew, double kurtosis)
{
	double v = 1 - skew * ratio + (kurtosis - 1) / 4 * ratio * ratio;

	return v > 0 ? sqrt(v) : NAN;
}

double sharpe_sure(double ratio, double than, double n, double skew, double kurtosis)
{
	return n < 2 ? NAN : normal_cdf((ratio - than) * sqrt(n - 1) /
					sharpe_spread(ratio, skew, kurtosis));
}

double expected_largest(double trials)
{
	if (!(trials >= 2))
		return NAN;
	return (1 - EULER) * normal_quantile(1 - 1 / trials) +
	       EULER * normal_quantile(1 - 1 / (trials * 2.718281828459045));
}

double sharpe_needs(double ratio, double than, double skew, double kurtosis, double sure)
{
	double spread = sharpe_spread(ratio, skew, kurtosis);
	double z = normal_quantile(sure) * spread / (ratio - than);

	return ratio > than ? 1 + z * z : NAN;
}
