/* window.c: indicators that are a function of the last n values. The window is walked
 * again each time: running sums lose digits after a flat stretch, and n is small. */
#include "ta/ta.h"

/* A deviation below this part of the mean is what rounding left. */
#define DEVIATION_MIN 1e-12

void ta_ring_init(struct ta_ring *r, int n)
{
	assert(n >= 1 && n <= TA_WINDOW_MAX);
	r->n = (uint16_t)n;
	r->at = 0;
	r->seen = 0;
}

void ta_ring_push(struct ta_ring *r, double x)
{
	r->v[r->at] = x;
	r->v[r->at + r->n] = x;
	r->at = (uint16_t)(r->at + 1 == r->n ? 0 : r->at + 1);
	if (r->seen < r->n)
		r->seen++;
}

double ta_mean(const double *v, int n)
{
	double base = v[0];
	double sum[4] = { 0.0, 0.0, 0.0, 0.0 };
	int i = 0;

	/* Distances from the oldest value: those of a flat window are exactly 0. Four
	 * sums, always of the same members, so that additions do not wait. */
	for (; i + 4 <= n; i += 4) {
		sum[0] += v[i] - base;
		sum[1] += v[i + 1] - base;
		sum[2] += v[i + 2] - base;
		sum[3] += v[i + 3] - base;
	}
	for (; i < n; i++)
		sum[0] += v[i] - base;
	return base + ((sum[0] + sum[1]) + (sum[2] + sum[3])) / n;
}

double ta_deviation(const double *v, int n, double mean)
{
	double sum[4] = { 0.0, 0.0, 0.0, 0.0 };
	int i = 0;

	for (; i + 4 <= n; i += 4)
		for (int k = 0; k < 4; k++) {
			double d = v[i + k] - mean;
			sum[k] += d * d;
		}
	for (; i < n; i++)
		sum[0] += (v[i] - mean) * (v[i] - mean);

	double deviation = sqrt(((sum[0] + sum[1]) + (sum[2] + sum[3])) / n);
	return deviation < DEVIATION_MIN * fabs(mean) ? 0.0 : deviation;
}

double ta_lowest(const double *v, int n)
{
	double low = v[0];

	for (int i = 1; i < n; i++)
		low = v[i] < low ? v[i] : low;
	return low;
}

double ta_highest(const double *v, int n)
{
	double high = v[0];

	for (int i = 1; i < n; i++)
		high = v[i] > high ? v[i] : high;
	return high;
}

void ta_sma_init(struct ta_sma *s, int n)
{
	ta_ring_init(&s->ring, n);
}

double ta_sma(struct ta_sma *s, double x)
{
	ta_ring_push(&s->ring, x);
	if (!ta_ring_full(&s->ring))
		return TA_NONE;
	return ta_mean(ta_ring_window(&s->ring), s->ring.n);
}

void ta_stdev_init(struct ta_stdev *s, int n)
{
	ta_ring_init(&s->ring, n);
}

double ta_stdev(struct ta_stdev *s, double x)
{
	ta_ring_push(&s->ring, x);
	if (!ta_ring_full(&s->ring))
		return TA_NONE;

	const double *v = ta_ring_window(&s->ring);
	return ta_deviation(v, s->ring.n, ta_mean(v, s->ring.n));
}

void ta_zscore_init(struct ta_zscore *s, int n)
{
	ta_ring_init(&s->ring, n);
}

double ta_zscore(struct ta_zscore *s, double x)
{
	ta_ring_push(&s->ring, x);
	if (!ta_ring_full(&s->ring))
		return TA_NONE;

	const double *v = ta_ring_window(&s->ring);
	double mean = ta_mean(v, s->ring.n);
	double deviation = ta_deviation(v, s->ring.n, mean);
	return deviation > 0.0 ? (x - mean) / deviation : TA_NONE;
}

void ta_bollinger_init(struct ta_bollinger *s, int n, double k)
{
	assert(k > 0.0);
	ta_ring_init(&s->ring, n);
	s->k = k;
}

struct ta_bollinger_value ta_bollinger(struct ta_bollinger *s, double x)
{
	struct ta_bollinger_value out = {
		TA_NONE, TA_NONE, TA_NONE, TA_NONE, TA_NONE, TA_NONE
	};

	ta_ring_push(&s->ring, x);
	if (!ta_ring_full(&s->ring))
		return out;

	const double *v = ta_ring_window(&s->ring);
	out.middle = ta_mean(v, s->ring.n);
	out.deviation = ta_deviation(v, s->ring.n, out.middle);
	out.upper = out.middle + s->k * out.deviation;
	out.lower = out.middle - s->k * out.deviation;
	if (out.upper > out.lower)
		out.position = (x - out.lower) / (out.upper - out.lower);
	if (out.middle != 0.0)
		out.width = (out.upper - out.lower) / out.middle;
	return out;
}

void ta_roc_init(struct ta_roc *s, int n)
{
	assert(n >= 1 && n < TA_WINDOW_MAX);
	ta_ring_init(&s->ring, n + 1);
}

double ta_roc(struct ta_roc *s, double x)
{
	ta_ring_push(&s->ring, x);
	if (!ta_ring_full(&s->ring))
		return TA_NONE;

	double then = ta_ring_window(&s->ring)[0];
	return then != 0.0 ? 100.0 * (x / then - 1.0) : TA_NONE;
}

void ta_stoch_init(struct ta_stoch *s, int n, int smooth, int d)
{
	ta_ring_init(&s->high, n);
	ta_ring_init(&s->low, n);
	ta_sma_init(&s->k, smooth);
	ta_sma_init(&s->d, d);
}

struct ta_stoch_value ta_stoch(struct ta_stoch *s, double high, double low, double close)
{
	struct ta_stoch_value out = { TA_NONE, TA_NONE, TA_NONE };

	ta_ring_push(&s->high, high);
	ta_ring_push(&s->low, low);
	if (!ta_ring_full(&s->high))
		return out;

	double top = ta_highest(ta_ring_window(&s->high), s->high.n);
	double bottom = ta_lowest(ta_ring_window(&s->low), s->low.n);
	if (top > bottom)
		out.raw = 100.0 * (close - bottom) / (top - bottom);
	out.k = ta_sma(&s->k, out.raw);
	/* D's window is of K's values, the first of which is the first that is one:
	 * while K warms up there is nothing to push. */
	if (ta_ring_full(&s->k.ring))
		out.d = ta_sma(&s->d, out.k);
	return out;
}

void ta_donchian_init(struct ta_donchian *s, int n)
{
	ta_ring_init(&s->high, n);
	ta_ring_init(&s->low, n);
}

struct ta_donchian_value ta_donchian(struct ta_donchian *s, double high, double low)
{
	struct ta_donchian_value out = { TA_NONE, TA_NONE, TA_NONE, TA_NONE, TA_NONE };

	if (ta_ring_full(&s->high)) {
		out.upper_before = ta_highest(ta_ring_window(&s->high), s->high.n);
		out.lower_before = ta_lowest(ta_ring_window(&s->low), s->low.n);
	}
	ta_ring_push(&s->high, high);
	ta_ring_push(&s->low, low);
	if (ta_ring_full(&s->high)) {
		out.upper = ta_highest(ta_ring_window(&s->high), s->high.n);
		out.lower = ta_lowest(ta_ring_window(&s->low), s->low.n);
		out.middle = (out.upper + out.lower) / 2.0;
	}
	return out;
}

void ta_volume_ratio_init(struct ta_volume_ratio *s, int n)
{
	ta_ring_init(&s->ring, n);
}

double ta_volume_ratio(struct ta_volume_ratio *s, double volume)
{
	double ratio = TA_NONE;

	if (ta_ring_full(&s->ring)) {
		double mean = ta_mean(ta_ring_window(&s->ring), s->ring.n);
		if (mean > 0.0)
			ratio = volume / mean;
	}
	ta_ring_push(&s->ring, volume);
	return ratio;
}
