/* stat.h: how sure one may be of a Sharpe ratio, after Bailey and Lopez de Prado (The Sharpe Ratio
 * Efficient Frontier, 2012; The Deflated Sharpe Ratio, 2014). Ratios are per period, not per
 * year. Pure; what has no value is NaN. */
#ifndef LAB_STAT_H
#define LAB_STAT_H

#include "base/base.h"

double normal_cdf(double x);		/* to 1e-14; far out to a part in 1e8 of itself */
double normal_quantile(double p);	/* 0 < p < 1, else NaN */

/* A sample's moments: n values, their mean, standard deviation (n - 1), skewness and kurtosis
 * (of the population; 3 is the normal one's). NaN below two values, or without a spread. */
struct moments { double n, mean, sd, skew, kurtosis; };
struct moments moments_of(const double *x, size_t n);

/* What the estimate of a ratio is spread by, times the root of n - 1; NaN: it has none. */
double sharpe_spread(double ratio, double skew, double kurtosis);

/* PSR: probability that the true ratio is above `than`, n periods having shown `ratio`. */
double sharpe_sure(double ratio, double than, double n, double skew, double kurtosis);

/* Expected largest of N independent standard normals. NaN below two. */
double expected_largest(double trials);

/* MinTRL: periods until one may be this sure (0.95) that the ratio is above `than`. */
double sharpe_needs(double ratio, double than, double skew, double kurtosis, double sure);

#endif
