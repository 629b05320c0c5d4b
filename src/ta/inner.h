/* inner.h: what the table of functions (fn.c) takes from those who compute. */
#ifndef TA_INNER_H
#define TA_INNER_H

#include "ta/fn.h"

#define OF(name) void name(const double *, const double *, const struct ta_columns *, \
			   double [TA_OUTPUTS])
#define STEP(name) void name(void *, const struct ta_bar *, double, double [TA_OUTPUTS])

/* windows.c */
OF(of_sma); OF(of_stdev); OF(of_stdev_sample); OF(of_zscore); OF(of_bb); OF(of_bb_place);
OF(of_highest); OF(of_lowest); OF(of_rank); OF(of_change); OF(of_roc); OF(of_volume_ratio);
OF(of_bvc); OF(of_tr); OF(of_cmf); OF(of_mfi); OF(of_willr); OF(of_donchian);

/* averages.c */
STEP(step_ema); STEP(step_rsi); STEP(step_macd); STEP(step_atr); STEP(step_keltner);
void steps_ema(void *, uint32_t, const double *, size_t, double *, size_t);
void steps_rsi(void *, uint32_t, const double *, size_t, double *, size_t);
uint32_t size_ema(const double *arg), size_rsi(const double *arg), size_macd(const double *arg),
	 size_atr(const double *arg), size_keltner(const double *arg);
void init_ema(void *state, const double *arg), init_rma(void *state, const double *arg),
     init_rsi(void *state, const double *arg), init_macd(void *state, const double *arg),
     init_atr(void *state, const double *arg), init_keltner(void *state, const double *arg);

/* bars.c */
STEP(step_stoch); STEP(step_obv); STEP(step_ad); STEP(step_dmi); STEP(step_vwap);
uint32_t size_stoch(const double *arg), size_stochf(const double *arg),
	 size_obv(const double *arg), size_ad(const double *arg), size_dmi(const double *arg),
	 size_vwap(const double *arg);
void init_stoch(void *state, const double *arg), init_stochf(void *state, const double *arg),
     init_dmi(void *state, const double *arg);

/* ---- shared by them */

/* Two doubles at once where the processor can; the compiler splits them where it cannot. */
typedef double pair __attribute__((vector_size(16)));

static inline pair pair_at(const double *v)
{
	pair p;

	memcpy(&p, v, sizeof(p));
	return p;
}

/* The mean of the n values at v, part is 1/n: as distances from the first of them, so that a flat
 * window gives exactly its price. In four lanes, always of the same members, so that additions do
 * not wait for one another and every processor makes the same bits. */
static inline double window_mean(const double *v, uint32_t n, double part)
{
	double base = v[0], rest = 0.0;
	pair first = { base, base }, a = { 0.0, 0.0 }, b = a;
	size_t i = 0;

	for (; i + 4 <= n; i += 4) {
		a += pair_at(v + i) - first;
		b += pair_at(v + i + 2) - first;
	}
	for (; i < n; i++)
		rest += v[i] - base;
	a += b;
	return base + ((a[0] + a[1]) + rest) * part;
}

/* Typical price: of a flat bar exactly its price, which (h + l + c) / 3 is not always. */
static inline double typical(double high, double low, double close)
{
	return close + ((high - close) + (low - close)) / 3.0;
}

/* -1 at the low, 1 at the high; 0 when they are one. */
static inline double close_location(double high, double low, double close)
{
	return high > low ? ((close - low) - (high - close)) / (high - low) : 0.0;
}

/* Greatest distance between this bar and the close before it. */
static inline double true_range(double high, double low, double before)
{
	double range = high - low;
	double up = fabs(high - before), down = fabs(low - before);

	range = up > range ? up : range;
	return down > range ? down : range;
}

/* Typical prices that are equal as decimals differ by less than this as doubles. */
#define SAME 1e-10

static inline uint32_t count_of(double arg)
{
	return (uint32_t)arg;
}

#endif
