#include "check.h"

#include <math.h>

#include "lab/stat.h"

static void near(double got, double want, double within, const char *what)
{
	CHECK(fabs(got - want) <= within, "%s is %.17g, not %.17g", what, want, got);
}

void test_normal_distribution(void)
{
	/* Of Python's statistics.NormalDist and math.erfc. */
	near(normal_cdf(0), 0.5, 1e-15, "Phi(0)");
	near(normal_cdf(1), 0.8413447460685429, 1e-14, "Phi(1)");
	near(normal_cdf(-1.959963984540054), 0.025, 1e-14, "Phi(-1.96)");
	near(normal_cdf(-8) / 6.220960574271819e-16, 1, 1e-6, "Phi(-8) over itself");
	near(normal_cdf(-40), 0, 0, "Phi(-40)");
	near(normal_cdf(40), 1, 0, "Phi(40)");
	near(normal_quantile(0.975), 1.959963984540054, 1e-13, "the 97.5 % quantile");
	near(normal_quantile(0.5), 0, 1e-13, "the median");
	near(normal_quantile(0.99999), 4.264890793922825, 1e-10, "the 99.999 % quantile");
	near(normal_quantile(1e-12), -7.034483825301132, 1e-8, "the 10^-12 quantile");
	CHECK(isnan(normal_quantile(0)) && isnan(normal_quantile(1)) &&
	      isnan(normal_quantile(NAN)), "nothing lies at probability 0, 1 or none");
	CHECK(isnan(normal_cdf(NAN)), "no value has no probability");
	for (double p = 0.0005; p < 1; p += 0.0005)
		near(normal_cdf(normal_quantile(p)), p, 1e-13, "there and back");
}

void test_certainty_of_sharpe_ratios(void)
{
	/* The example of Bailey and Lopez de Prado (2014): a Sharpe ratio of 2.5 a year of 250
	 * sessions, five years of them, skewness -3, kurtosis 10, variance of trials 1/2 a year. */
	double daily = 2.5 / sqrt(250), sd = sqrt(0.5 / 250);

	near(sd * expected_largest(100), 0.113172, 5e-7, "SR0 of 100 trials");
	near(sharpe_sure(daily, sd * expected_largest(100), 1250, -3, 10), 0.900397, 5e-7,
	     "DSR of 100 trials");
	near(sd * expected_largest(46), 0.100362, 5e-7, "SR0 of 46 trials");
	near(sharpe_sure(daily, sd * expected_largest(46), 1250, -3, 10), 0.950502, 5e-7,
	     "DSR of 46 trials");

	near(expected_largest(10), 1.574598, 5e-7, "the largest of 10");
	near(expected_largest(100), 2.530603, 5e-7, "the largest of 100");
	near(expected_largest(1000), 3.255122, 5e-7, "the largest of 1000");
	CHECK(isnan(expected_largest(1)), "one trial has no largest");

	near(sharpe_sure(0.1, 0, 100, 0, 3), 0.839525, 5e-7, "PSR of 0.1 in 100 periods");
	near(sharpe_needs(1 / sqrt(252), 0, 0, 3, 0.95), 684.15, 5e-3, "MinTRL of 1 a year");
	CHECK(isnan(sharpe_needs(0.1, 0.1, 0, 3, 0.95)), "no time is enough for no difference");
	CHECK(isnan(sharpe_sure(3, 0, 100, 5, 3)), "an impossible pair of moments has no spread");
}

void test_moments(void)
{
	double x[] = { 1, 2, 4, 9 }, flat[] = { 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1 };
	struct moments m = moments_of(x, 4);

	near(m.mean, 4, 1e-15, "the mean of 1 2 4 9");
	near(m.sd, sqrt(38.0 / 3), 1e-15, "their standard deviation");
	near(m.skew, 90.0 / 4 / pow(9.5, 1.5), 1e-14, "their skewness");
	near(m.kurtosis, 722.0 / 4 / (9.5 * 9.5), 1e-14, "their kurtosis");
	CHECK(isnan(moments_of(x, 1).sd), "one value has no spread");
	CHECK(isnan(moments_of(flat, 7).sd), "equal values have no spread");
	near(moments_of(flat, 7).mean, 0.1, 1e-16, "the mean of equal values");
}
