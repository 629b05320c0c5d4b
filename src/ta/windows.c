/* windows.c: indicators that are a function of the last n values. The window is walked each time:
 * running sums lose digits after a flat stretch and depend on where they began.
 */
#include "ta/inner.h"

/* A deviation below this part of the mean is what rounding left. */
#define DEVIATION_MIN 1e-12

/* Mean and sum of squares about it of n values, in one walk: the sum of squares about the first
 * value less that of the means' distance. The first value is in the window, thus no farther than
 * sqrt(n-1) deviations from the mean, and the difference keeps all but log2(n) of its bits. */
static inline double squares(const double *v, uint32_t n, double part, double *mean)
{
	double base = v[0], rest = 0.0, rests = 0.0;
	pair first = { base, base }, a = { 0.0, 0.0 }, b = a, aa = a, bb = a;
	size_t i = 0;

	for (; i + 4 <= n; i += 4) {
		pair x = pair_at(v + i) - first, y = pair_at(v + i + 2) - first;
		a += x;
		b += y;
		aa += x * x;
		bb += y * y;
	}
	for (; i < n; i++) {
		double x = v[i] - base;
		rest += x;
		rests += x * x;
	}
	a += b;
	aa += bb;
	double sum = (a[0] + a[1]) + rest, square = (aa[0] + aa[1]) + rests - sum * (sum * part);
	*mean = base + sum * part;
	return square;
}

/* Rounding may leave a little less than nothing of a flat window's squares. */
static inline double deviation(double square, double part, double mean)
{
	double d = sqrt(square < 0.0 ? 0.0 : square * part);

	return d < DEVIATION_MIN * fabs(mean) ? 0.0 : d;
}

static double window_highest(const double *v, uint32_t n)
{
	double a = v[0], b = a, c = a, d = a;
	uint32_t i = 0;

	for (; i + 4 <= n; i += 4) {
		a = v[i] > a ? v[i] : a;
		b = v[i + 1] > b ? v[i + 1] : b;
		c = v[i + 2] > c ? v[i + 2] : c;
		d = v[i + 3] > d ? v[i + 3] : d;
	}
	for (; i < n; i++)
		a = v[i] > a ? v[i] : a;
	a = b > a ? b : a;
	c = d > c ? d : c;
	return c > a ? c : a;
}

static double window_lowest(const double *v, uint32_t n)
{
	double a = v[0], b = a, c = a, d = a;
	uint32_t i = 0;

	for (; i + 4 <= n; i += 4) {
		a = v[i] < a ? v[i] : a;
		b = v[i + 1] < b ? v[i + 1] : b;
		c = v[i + 2] < c ? v[i + 2] : c;
		d = v[i + 3] < d ? v[i + 3] : d;
	}
	for (; i < n; i++)
		a = v[i] < a ? v[i] : a;
	a = b < a ? b : a;
	c = d < c ? d : c;
	return c < a ? c : a;
}

/* ---- of a series */

void of_sma(const double *arg, const double *x, const struct ta_columns *c,
	    double out[TA_OUTPUTS])
{
	(void)c;
	out[0] = window_mean(x, count_of(arg[0]), 1.0 / arg[0]);
}

void of_stdev(const double *arg, const double *x, const struct ta_columns *c,
	      double out[TA_OUTPUTS])
{
	double part = 1.0 / arg[0], mean, square = squares(x, count_of(arg[0]), part, &mean);

	(void)c;
	out[0] = deviation(square, part, mean);
}

void of_stdev_sample(const double *arg, const double *x, const struct ta_columns *c,
		     double out[TA_OUTPUTS])
{
	double mean, square = squares(x, count_of(arg[0]), 1.0 / arg[0], &mean);

	(void)c;
	out[0] = deviation(square, 1.0 / (arg[0] - 1.0), mean);
}

/* A band that only rounding parts from the newest value is at it: prices have ticks, and with
 * few of them a close is often exactly two deviations away. On the band is not beyond it. */
static double band_at(double band, double last, double mean)
{
	return fabs(band - last) < DEVIATION_MIN * fabs(mean) ? last : band;
}

/* Upper, middle, lower. */
void of_bb(const double *arg, const double *x, const struct ta_columns *c,
	   double out[TA_OUTPUTS])
{
	double part = 1.0 / arg[0], mean, square = squares(x, count_of(arg[0]), part, &mean);
	double d = arg[1] * deviation(square, part, mean), last = x[count_of(arg[0]) - 1];

	(void)c;
	out[0] = band_at(mean + d, last, mean);
	out[1] = mean;
	out[2] = band_at(mean - d, last, mean);
}

/* Place between the bands, distance of the bands over the middle. */
void of_bb_place(const double *arg, const double *x, const struct ta_columns *c,
		 double out[TA_OUTPUTS])
{
	double band[TA_OUTPUTS], last = x[count_of(arg[0]) - 1];

	of_bb(arg, x, c, band);
	double width = band[0] - band[2];
	out[0] = width > 0.0 ? (last - band[2]) / width : TA_NONE;
	out[1] = band[1] != 0.0 ? width / band[1] : TA_NONE;
}

/* To a billionth, which is far above what rounding does to it: a z of -2 is -2 then, and not
 * below it. In doubles of this size the last bit is worth 2^-30. */
#define Z_GRID 6291456.0

void of_zscore(const double *arg, const double *x, const struct ta_columns *c,
	       double out[TA_OUTPUTS])
{
	uint32_t n = count_of(arg[0]);
	double part = 1.0 / arg[0], mean, square = squares(x, n, part, &mean);
	double d = deviation(square, part, mean);

	(void)c;
	out[0] = d > 0.0 ? (x[n - 1] - mean) / d + Z_GRID - Z_GRID : TA_NONE;
}

static bool any_none(const double *x, uint32_t n)
{
	double all = 0.0;

	for (uint32_t i = 0; i < n; i++)
		all += 0.0 * x[i];
	return isnan(all);
}

void of_highest(const double *arg, const double *x, const struct ta_columns *c,
		double out[TA_OUTPUTS])
{
	uint32_t n = count_of(arg[0]);

	(void)c;
	out[0] = any_none(x, n) ? TA_NONE : window_highest(x, n);
}

void of_lowest(const double *arg, const double *x, const struct ta_columns *c,
	       double out[TA_OUTPUTS])
{
	uint32_t n = count_of(arg[0]);

	(void)c;
	out[0] = any_none(x, n) ? TA_NONE : window_lowest(x, n);
}

void of_rank(const double *arg, const double *x, const struct ta_columns *c,
	     double out[TA_OUTPUTS])
{
	uint32_t n = count_of(arg[0]), below = 0;

	(void)c;
	for (uint32_t i = 0; i + 1 < n; i++)
		below += x[i] < x[n - 1];
	out[0] = any_none(x, n) ? TA_NONE : (double)below / (n - 1);
}

void of_change(const double *arg, const double *x, const struct ta_columns *c,
	       double out[TA_OUTPUTS])
{
	(void)c;
	out[0] = x[count_of(arg[0])] - x[0];
}

void of_roc(const double *arg, const double *x, const struct ta_columns *c,
	    double out[TA_OUTPUTS])
{
	(void)c;
	out[0] = x[0] != 0.0 ? 100.0 * (x[count_of(arg[0])] / x[0] - 1.0) : TA_NONE;
}

void of_volume_ratio(const double *arg, const double *x, const struct ta_columns *c,
		     double out[TA_OUTPUTS])
{
	uint32_t n = count_of(arg[0]);
	double mean = window_mean(x, n, 1.0 / arg[0]);

	(void)c;
	out[0] = mean > 0.0 ? x[n] / mean : TA_NONE;
}

/* The normal distribution: x + x^3/3 + x^5/15 + ..., times its density. From sums and products
 * alone, so that every processor makes the same bits. */
#define NORMAL_END 8.0		/* what is further out is below 1e-15 */
#define EXP_TERMS  14		/* of exp(-1/2), which is the farthest: below 1e-16 */
#define EXP_ROOTS  6		/* squared so often, up to exp(-32) */

static double normal(double x)
{
	double square = x * x, y = square / (2 << EXP_ROOTS), e = 1.0, term = x, sum = x;

	if (!(fabs(x) < NORMAL_END))
		return x > 0.0;
	for (int k = EXP_TERMS; k > 0; k--)
		e = 1.0 - e * y / k;
	for (int k = 0; k < EXP_ROOTS; k++)
		e *= e;
	for (int k = 3; fabs(term) > 1e-17 * fabs(sum); k += 2) {
		term *= square / k;
		sum += term;
	}
	return 0.5 + sum * e * 0.3989422804014327;
}

void of_bvc(const double *arg, const double *x, const struct ta_columns *c,
	    double out[TA_OUTPUTS])
{
	uint32_t n = count_of(arg[0]);
	double part = 1.0 / arg[0], mean = (x[n] - x[0]) * part, square = 0.0;

	(void)c;
	for (uint32_t i = 0; i < n; i++) {
		double off = x[i + 1] - x[i] - mean;
		square += off * off;
	}
	double d = deviation(square, part, x[n]);
	out[0] = d > 0.0 ? normal((x[n] - x[n - 1]) / d) : TA_NONE;
}

/* ---- of bars */

void of_tr(const double *arg, const double *x, const struct ta_columns *c,
	   double out[TA_OUTPUTS])
{
	(void)arg;
	(void)x;
	out[0] = true_range(c->high[1], c->low[1], c->close[0]);
}

void of_cmf(const double *arg, const double *x, const struct ta_columns *c,
	    double out[TA_OUTPUTS])
{
	uint32_t n = count_of(arg[0]);
	double flow = 0.0, volume = 0.0;

	(void)x;
	for (uint32_t i = 0; i < n; i++) {
		flow += close_location(c->high[i], c->low[i], c->close[i]) * c->volume[i];
		volume += c->volume[i];
	}
	out[0] = volume > 0.0 ? flow / volume : TA_NONE;
}

void of_mfi(const double *arg, const double *x, const struct ta_columns *c,
	    double out[TA_OUTPUTS])
{
	uint32_t n = count_of(arg[0]);
	double before = typical(c->high[0], c->low[0], c->close[0]);
	double up = 0.0, down = 0.0;

	(void)x;
	for (uint32_t i = 1; i <= n; i++) {
		double price = typical(c->high[i], c->low[i], c->close[i]);
		double money = price * c->volume[i], change = price - before;
		up += change > SAME ? money : 0.0;
		down += change < -SAME ? money : 0.0;
		before = price;
	}
	out[0] = up + down > 0.0 ? 100.0 * up / (up + down) : TA_NONE;
}

void of_willr(const double *arg, const double *x, const struct ta_columns *c,
	      double out[TA_OUTPUTS])
{
	uint32_t n = count_of(arg[0]);
	double top = window_highest(c->high, n), bottom = window_lowest(c->low, n);

	(void)x;
	out[0] = top > bottom ? -100.0 * (top - c->close[n - 1]) / (top - bottom) : TA_NONE;
}

void of_donchian(const double *arg, const double *x, const struct ta_columns *c,
		 double out[TA_OUTPUTS])
{
	uint32_t n = count_of(arg[0]);

	(void)x;
	out[0] = window_highest(c->high, n);
	out[2] = window_lowest(c->low, n);
	out[1] = (out[0] + out[2]) / 2.0;
}
