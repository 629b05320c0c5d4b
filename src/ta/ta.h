/* ta.h: technical indicators, one value at a time. Each is a flat struct: init it
 * with its lengths, then feed it one bar after the other. Pure.
 *
 * No value. TA_NONE (a NaN) is returned while there is not enough history, and where
 * the definition divides nothing by nothing: the RSI of a price that never moved,
 * the z-score of a flat window, a volume against a mean of zero. Every comparison with it
 * is false; `!(rsi > 30)` is not one: ask ta_defined() first where a rule negates.
 *
 * Numbers. Prices and volumes go in as finite doubles. The first bar is index 0; "first"
 * below is the index of the first value. Window indicators are computed from their
 * window alone, oldest first: whatever came before it leaves no trace, a flat window
 * has a deviation of exactly 0, and starting later gives the same bits. EMA, RMA and what
 * is made of them remember everything; with 250 bars of warm-up other starts agree.
 * TA_NONE as an input: a window that holds one has no value; EMA and RMA pass over it. */
#ifndef TA_TA_H
#define TA_TA_H

#include <math.h>

#include "base/base.h"

#define TA_NONE ((double)NAN)
#define TA_WINDOW_MAX 200	/* the longest window; lengths are 1..200 */

static inline bool ta_defined(double v)
{
	return !isnan(v);
}

/* ---- the last n values */

/* Every value is kept twice, n apart, so that the window is contiguous. */
struct ta_ring {
	uint16_t n;			/* length */
	uint16_t at;			/* the next value goes here, and n behind */
	uint32_t seen;			/* values so far, at most n */
	double   v[2 * TA_WINDOW_MAX];
};

void ta_ring_init(struct ta_ring *r, int n);
void ta_ring_push(struct ta_ring *r, double x);
static inline bool ta_ring_full(const struct ta_ring *r) { return r->seen == r->n; }
/* The n values, oldest first; only when full. */
static inline const double *ta_ring_window(const struct ta_ring *r) { return r->v + r->at; }

/* Of n values: mean, population deviation (divided by n; below 1e-12 of the mean it is
 * rounding and counts as 0), smallest, largest. */
double ta_mean(const double *v, int n);
double ta_deviation(const double *v, int n, double mean);
double ta_lowest(const double *v, int n);
double ta_highest(const double *v, int n);

/* ---- averages */

struct ta_sma { struct ta_ring ring; };
void   ta_sma_init(struct ta_sma *s, int n);
double ta_sma(struct ta_sma *s, double x);		/* first: n-1 */

/* k = 2/(n+1), begins with the SMA of the first n. RMA: k = 1/n, Wilder's. */
struct ta_ema { double k, value, sum, base; uint32_t n, seen; };
void   ta_ema_init(struct ta_ema *s, int n);
double ta_ema(struct ta_ema *s, double x);		/* first: n-1 */

struct ta_rma { double value, sum, base; uint32_t n, seen; };
void   ta_rma_init(struct ta_rma *s, int n);
double ta_rma(struct ta_rma *s, double x);		/* first: n-1 */

/* ---- oscillators */

/* 100 G/(G+L) of Wilder's averages of gains and losses. None when nothing ever moved. */
struct ta_rsi { struct ta_rma gain, loss; double last; bool begun; };
void   ta_rsi_init(struct ta_rsi *s, int n);
double ta_rsi(struct ta_rsi *s, double close);		/* first: n */

/* 100 (x/x[n] - 1), per cent. */
struct ta_roc { struct ta_ring ring; };			/* n <= 199 */
void   ta_roc_init(struct ta_roc *s, int n);
double ta_roc(struct ta_roc *s, double x);		/* first: n */

/* EMA(fast) - EMA(slow), each begun on its own first values, as TradingView does. */
struct ta_macd { struct ta_ema fast, slow, signal; };
struct ta_macd_value { double line, signal, histogram; };
void ta_macd_init(struct ta_macd *s, int fast, int slow, int signal);
struct ta_macd_value ta_macd(struct ta_macd *s, double x); /* first: slow-1; slow+signal-2 */

/* Raw K = 100 (C-LL)/(HH-LL); K = SMA(smooth) of it; D = SMA(d) of K. A flat window has none. */
struct ta_stoch { struct ta_ring high, low; struct ta_sma k, d; };
struct ta_stoch_value { double raw, k, d; };
void ta_stoch_init(struct ta_stoch *s, int n, int smooth, int d);
struct ta_stoch_value ta_stoch(struct ta_stoch *s, double high, double low, double close);

/* ---- dispersion */

struct ta_stdev { struct ta_ring ring; };
void   ta_stdev_init(struct ta_stdev *s, int n);
double ta_stdev(struct ta_stdev *s, double x);		/* population; first: n-1 */

/* (x - mean)/deviation of the window that ends with x: at most sqrt(n-1). */
struct ta_zscore { struct ta_ring ring; };
void   ta_zscore_init(struct ta_zscore *s, int n);
double ta_zscore(struct ta_zscore *s, double x);	/* first: n-1 */

/* SMA(n) +- k deviations. position: 0 at the lower band, 1 at the upper, none when they
 * meet. width: their distance over the middle. first: n-1. */
struct ta_bollinger { struct ta_ring ring; double k; };
struct ta_bollinger_value { double upper, middle, lower, deviation, position, width; };
void ta_bollinger_init(struct ta_bollinger *s, int n, double k);
struct ta_bollinger_value ta_bollinger(struct ta_bollinger *s, double x);

/* Wilder's average true range; the first bar has no true range. */
struct ta_atr { struct ta_rma rma; double last; bool begun; };
void   ta_atr_init(struct ta_atr *s, int n);
double ta_atr(struct ta_atr *s, double high, double low, double close);	/* first: n */

/* Highest high and lowest low with the current bar, and as they were before it (what a
 * breakout is measured against). first: n-1; before: n. */
struct ta_donchian { struct ta_ring high, low; };
struct ta_donchian_value { double upper, middle, lower, upper_before, lower_before; };
void ta_donchian_init(struct ta_donchian *s, int n);
struct ta_donchian_value ta_donchian(struct ta_donchian *s, double high, double low);

/* ---- volume */

/* volume / mean of the n volumes before it; none while that mean is 0. */
struct ta_volume_ratio { struct ta_ring ring; };
void   ta_volume_ratio_init(struct ta_volume_ratio *s, int n);
double ta_volume_ratio(struct ta_volume_ratio *s, double volume);	/* first: n */

/* From 0 on: only differences mean something, its level depends on where it began. */
struct ta_obv { double value, last; bool begun; };
void   ta_obv_init(struct ta_obv *s);
double ta_obv(struct ta_obv *s, double close, double volume);		/* first: 0 */

/* Volume-weighted mean price of a session, and its deviation. `session` is any number that
 * differs from one session to the next (the date): a new one begins anew. price: the
 * bar's vwap, or (high+low+close)/3. None until something was traded. */
struct ta_vwap { int64_t session; double volume, mean, square; bool begun; };
struct ta_vwap_value { double vwap, deviation; };
void ta_vwap_init(struct ta_vwap *s);
struct ta_vwap_value ta_vwap(struct ta_vwap *s, int64_t session, double price, double volume);

#endif
