/* fn.h: the indicators by name, as rules, strategies, `gambler indicator`, the API and reports
 * call them: one table of functions, each an output of a family that is computed once.
 *
 * Two shapes. A WINDOW family is a pure function of the last window(arg) values: it has no
 * state, and costs nothing until somebody asks. A STEP family has flat state (no pointers, no
 * padding that matters: it may be copied and kept) and is stepped once a bar. "No value" is
 * TA_NONE (a NaN that no comparison is true of): while it warms up, where 0/0 would stand,
 * and wherever a value that it reads is none. A STEP family passes over a bar at which its series
 * has no value, as if the bar were not there.
 *
 * Definitions follow Wilder 1978, Bollinger 2001, Chaikin; conventions at the start are those of
 * TA-Lib where TA-Lib and TradingView agree, and say so below where they do not.
 *
 *	sma(n)		mean of the last n
 *	ema(n) rma(n)	e += k (x - e), k = 2/(n+1) or, Wilder's, 1/n; begins with the mean of n
 *	stdev(n)	population deviation, divided by n; stdev_sample: by n-1. What is below
 *			1e-12 of the mean is rounding and counts as 0
 *	zscore(n)	(x - mean) / stdev of the window that ends with x: at most sqrt(n-1)
 *	rsi(n)		100 G/(G+L), rma of gains and losses; none when nothing ever moved
 *	bb_...(n,k)	sma +- k stdev; pctb: 0 at the lower band, 1 at the upper; width: their
 *			distance over the middle
 *	macd(f,s,g)	ema(f) - ema(s), each begun on its own first values as TradingView does
 *			(TA-Lib begins the fast one later; they converge); signal: ema(g) of it
 *	stochf_k(n,d)	100 (C-LL)/(HH-LL), none when HH = LL; stochf_d: sma(d) of it
 *	stoch_k(n,s,d)	sma(s) of the fast K; stoch_d: sma(d) of that
 *	tr() atr(n)	greatest of H-L, |H-C'|, |L-C'|, from the second bar on; rma of it (TA-Lib)
 *	obv() ad()	sums from the first bar on: only their differences mean anything
 *	cmf(n)		sum of CLV*V over sum of V; CLV = ((C-L)-(H-C))/(H-L), 0 when H = L
 *	mfi(n)		100 P/(P+N), money of bars whose hlc3 rose or fell by more than 1e-10:
 *			typical prices that are equal as decimals differ as doubles
 *	plus_di(n) minus_di(n) adx(n)
 *			as TA-Lib: sums of n-1 bars, then Wilder's; adx begins with the mean of n
 *			DX. Moves are compared as they are
 *	rank(n)		part of the n - 1 values before the newest that are lower: above 0.8 when it
 *			is above the 80th percentile of the n
 *	roc(n)		100 (x/x[n] - 1), per cent; change(n): x - x[n]
 *	bvc(n)		bulk volume classification (Easley, Lopez de Prado, O'Hara 2012): bought
 *			part of the volume, the normal distribution at change(1) over the population
 *			deviation of the last n such changes; none where the price stood still
 *	willr(n)	-100 (HH-C)/(HH-LL)
 *	donchian_...(n)	highest high and lowest low with the current bar; a rule for breakouts
 *			asks for donchian_upper(n)[1]
 *	keltner_...(n,k,a)
 *			ema(n) +- k rma(a) of true ranges, here from the first bar on, H-L
 *	vwap()		of hlc3, from the session's first bar on; exact from the first session that
 *			the history has from its beginning
 *	volume_ratio(n)	volume over the mean of the n before it
 *
 * Batch, streaming and any prefix give the same bits, and so does every processor: sums have a
 * fixed order. */
#ifndef TA_FN_H
#define TA_FN_H

#include <math.h>

#include "base/base.h"

#define TA_NONE ((double)NAN)

static inline bool ta_defined(double v)
{
	return !isnan(v);
}

struct ta_bar {
	double  open, high, low, close, volume;
	int64_t session;	/* differs from one session to the next: the date */
};

/* Each points to the oldest of a window's values; they are contiguous, newest last. */
struct ta_columns { const double *open, *high, *low, *close, *volume; };

#define TA_ARGS       3
#define TA_OUTPUTS    6
/* The longest length that may be asked for: 16 hours of minutes, four years of days. A window
 * is at most one longer. */
#define TA_LENGTH_MAX 1000

enum ta_shape { TA_STEP, TA_WINDOW };
/* What it reads: a series, which is the close or the volume unless another is given first;
 * or whole bars, and then no series can be given. */
enum ta_reads { TA_CLOSE, TA_VOLUME, TA_BARS };

struct ta_arg {
	char        name[8];		/* "n" */
	double      usual;		/* when left out */
	double      min, max;
	bool        whole;
};

/* Names are arrays, since each pointer costs three words of relocation. */
struct ta_family {
	char        name[16];
	uint8_t     shape;		/* enum ta_shape */
	uint8_t     reads;		/* enum ta_reads */
	uint8_t     args, outputs;
	struct ta_arg arg[TA_ARGS];
	/* What is wrong with arguments that are each in bounds ("fast must be below slow"); NULL:
	 * nothing; the pointer may be NULL. */
	const char *(*check)(const double *arg);
	/* STEP: bytes, a multiple of 8; the state begins zeroed, then init. */
	uint32_t  (*size)(const double *arg);
	void      (*init)(void *state, const double *arg);
	/* b: the bar; x: the series' newest value (families that read bars: unused). */
	void      (*step)(void *state, const struct ta_bar *b, double x,
			  double out[TA_OUTPUTS]);
	/* The same for so many bars at one go, the values of x and those of out so many doubles
	 * apart; NULL: step will do. */
	void      (*steps)(void *state, uint32_t bars, const double *x, size_t x_apart,
			   double *out, size_t out_apart);
	/* WINDOW: how many values it reads, and what it makes of them. x: of the series, or
	 * NULL; c: of the bars, or NULL. */
	uint32_t  (*window)(const double *arg);
	void      (*of)(const double *arg, const double *x, const struct ta_columns *c,
			double out[TA_OUTPUTS]);
	/* Index, from 0, of the first value that output `out` can have; and from which on what was
	 * before the first bar no longer counts: the same for windows, five times as far for
	 * averages that never forget. */
	uint32_t  (*first)(const double *arg, uint32_t out);
	uint32_t  (*settled)(const double *arg, uint32_t out);
};

struct ta_fn {
	char        name[16];		/* "bb_lower" */
	const struct ta_family *family;
	uint8_t     out;
	char        about[63];
};

extern const struct ta_fn ta_fns[];	/* by name; name empty at the end */
const struct ta_fn *ta_fn_find(struct str name);	/* NULL: none */

#endif
