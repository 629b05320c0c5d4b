/* indicators.c: see indicators.sh. Least of many runs, in nanoseconds per bar. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/rng.h"
#include "chart/chart.h"
#include "rule/rule.h"

#ifdef HAVE_PEERS
#include "indicators.h"
#include "ta_libc.h"
#endif

/* So few that a run ends before the system wants the processor for somebody else. */
#define BARS     3840		/* of five minutes: ten weeks; the columns stay in the cache */
#define SYMBOLS  10		/* in the chart */
#define WARM     640		/* bars of each before it counts: memory is there then */
#define RUNS     300
#define FAMILIES 8

static const struct { const char *title, *name, *text; double arg[TA_ARGS]; } ours[FAMILIES] = {
	{ "SMA(20)", "sma", "sma(20)", { 20 } },
	{ "EMA(20)", "ema", "ema(20)", { 20 } },
	{ "RSI(14)", "rsi", "rsi(14)", { 14 } },
	{ "BB(20,2)", "bb_upper", "bb_upper(20, 2)", { 20, 2 } },
	{ "MACD(12,26,9)", "macd", "macd(12, 26, 9)", { 12, 26, 9 } },
	{ "STOCH(14,3,3)", "stoch_k", "stoch_k(14, 3, 3)", { 14, 3, 3 } },
	{ "ATR(14)", "atr", "atr(14)", { 14 } },
	{ "OBV", "obv", "obv()", { 0 } },
};

static double open_[BARS], high[BARS], low[BARS], close_[BARS], volume[BARS];
static struct bar bars[BARS];
#define UNIT (NUM_ONE / 10000)
static struct { uint32_t minute[BARS], open[BARS], high[BARS], low[BARS], close[BARS]; } units;
/* Bare, Tulip, TA-Lib, TA-Lib bar by bar; [FAMILIES]: together. */
static double best[4][FAMILIES + 1];
static double live_best[2], ahead_best[2];	/* bars alone, and with all values */
static volatile double sink;

static double since(ns at, uint32_t bars_n)
{
	return (double)(mono_ns() - at) / bars_n;
}

static void least(double *best_of, double v)
{
	if (*best_of == 0.0 || v < *best_of)
		*best_of = v;
}

static void make_bars(void)
{
	struct rng r;
	int64_t cents = 10000;
	day d = day_of(2023, 1, 3);
	struct session s = { .close = 0 };
	ns at = 0;

	rng_seed(&r, 20);
	for (uint32_t i = 0; i < BARS; i++, at += 5 * NS_MINUTE) {
		for (; at >= s.close; at = s.open)
			while (!calendar_session(NULL, d++, &s))
				;
		cents += (int64_t)rng_below(&r, 201) - 100;
		cents = cents < 500 ? 500 : cents;
		struct bar *b = &bars[i];
		*b = (struct bar){ .open_ts = at, .ts = at + 5 * NS_MINUTE, .sym = 0 };
		b->close.n = b->open.n = cents * (NUM_ONE / 100);
		b->high.n = b->close.n + (int64_t)rng_below(&r, 50) * NUM_ONE / 100;
		b->low.n = b->close.n - (int64_t)rng_below(&r, 50) * NUM_ONE / 100;
		b->volume = (double)rng_below(&r, 10000);
		open_[i] = px_f64(b->open);
		high[i] = px_f64(b->high);
		low[i] = px_f64(b->low);
		close_[i] = px_f64(b->close);
		volume[i] = b->volume;
		units.minute[i] = (uint32_t)(at / NS_MINUTE);
		units.open[i] = (uint32_t)(b->open.n / UNIT);
		units.high[i] = (uint32_t)(b->high.n / UNIT);
		units.low[i] = (uint32_t)(b->low.n / UNIT);
		units.close[i] = (uint32_t)(b->close.n / UNIT);
	}
}

/* ---- ours: functions of the table, called once a bar */

static void bare(uint32_t from, uint32_t to, double *best_of)
{
	const struct ta_family *f[FAMILIES];
	static uint64_t state[FAMILIES][200];
	double out[TA_OUTPUTS], sum = 0.0;

	for (uint32_t k = from; k < to; k++) {
		f[k] = ta_fn_find(str_of(ours[k].name))->family;
		if (f[k]->shape != TA_STEP)
			continue;
		assert(f[k]->size(ours[k].arg) <= sizeof(state[k]));
		memset(state[k], 0, sizeof(state[k]));
		f[k]->init(state[k], ours[k].arg);
	}
	ns at = mono_ns();
	for (uint32_t i = 0; i < BARS; i++) {
		struct ta_bar b = { open_[i], high[i], low[i], close_[i], volume[i], 0 };
		for (uint32_t k = from; k < to; k++) {
			if (f[k]->shape == TA_STEP)
				f[k]->step(state[k], &b, b.close, out);
			else if (i >= 19)
				f[k]->of(ours[k].arg, close_ + i - 19, NULL, out);
			sum += out[0];
		}
	}
	least(best_of, since(at, BARS));
	sink = sum;
}

/* ---- ours: expressions, over a chart that is fed bar by bar as it is live, or a block ahead as a
 * backtest does it */

static void feed(struct chart *chart, uint32_t i, bool ahead)
{
	if (ahead && i % CHART_AHEAD != 0)
		return;
	struct chart_bars b = { units.minute + i, units.open + i, units.high + i, units.low + i,
				units.close + i, volume + i, UNIT, CHART_AHEAD, false };
	for (sym k = 0; k < SYMBOLS; k++) {
		bars[i].sym = k;
		if (ahead)
			chart_ahead(chart, k, &b);
		else
			(void)chart_take(chart, &bars[i], 0);
	}
}

static void charted(uint32_t n, bool ahead, double *best_of)
{
	static const sym symbols[SYMBOLS] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	struct arena plans, charts;
	struct plan_ref ref[FAMILIES];
	struct rule_error why;
	uint32_t slot = 0;
	double sum = 0.0;

	bool room = arena_open(&plans, plan_size(100)) == OK;
	assert(room);
	struct plan *p = plan_new(&plans, 100, 300);
	for (uint32_t k = 0; k < n; k++) {
		bool good = rule_compile(p, str_of(ours[k].text), &(struct rule_scope){ 0 },
					 RULE_NUMBER, &ref[k], &why);
		assert(good);
	}
	plan_seal(p);
	struct chart_config c = { .plan = p, .symbols = SYMBOLS, .symbol = symbols,
				  .bench = SYM_NONE, .ahead = ahead };
	room = arena_open(&charts, chart_size(&c)) == OK;
	assert(room);
	struct chart *chart = chart_new(&charts, &c);
	ns at = 0;
	for (uint32_t i = 0; i < WARM + BARS / SYMBOLS; i++) {
		if (i == WARM)
			at = mono_ns();
		feed(chart, i, ahead);
		(void)(ahead ? chart_advance(chart) : chart_close(chart));
		for (uint32_t s = 0; s < SYMBOLS; s++) {
			if (ahead)
				slot = s;
			else if (!chart_next(chart, &slot))
				break;
			for (uint32_t k = 0; k < n; k++)
				sum += chart_value(chart, slot, &ref[k], NULL);
		}
	}
	least(best_of, since(at, BARS));
	assert(chart_count(chart, 0) == WARM + BARS / SYMBOLS);
	sink = sum;
	arena_close(&plans);
	arena_close(&charts);
}

/* ---- theirs */

#ifdef HAVE_PEERS
static double out[3][BARS];

#define TIMED(which, k, call) do { \
	ns at_ = mono_ns(); \
	call; \
	least(&best[which][k], since(at_, BARS)); \
} while (0)

static void tulip(void)
{
	const double *x[] = { close_ }, *hlc[] = { high, low, close_ };
	const double *cv[] = { close_, volume };
	double *o[] = { out[0], out[1], out[2] };
	static const double n20[] = { 20, 2 }, n14[] = { 14 }, macd[] = { 12, 26, 9 };
	static const double stoch[] = { 14, 3, 3 };

	TIMED(1, 0, ti_sma(BARS, x, n20, o));
	TIMED(1, 1, ti_ema(BARS, x, n20, o));
	TIMED(1, 2, ti_rsi(BARS, x, n14, o));
	TIMED(1, 3, ti_bbands(BARS, x, n20, o));
	TIMED(1, 4, ti_macd(BARS, x, macd, o));
	TIMED(1, 5, ti_stoch(BARS, hlc, stoch, o));
	TIMED(1, 6, ti_atr(BARS, hlc, n14, o));
	TIMED(1, 7, ti_obv(BARS, cv, NULL, o));
}

/* Bars from..to at once. */
static void talib(uint32_t k, int from, int to)
{
	int at, n;

	switch (k) {
	case 0: TA_SMA(from, to, close_, 20, &at, &n, out[0]); break;
	case 1: TA_EMA(from, to, close_, 20, &at, &n, out[0]); break;
	case 2: TA_RSI(from, to, close_, 14, &at, &n, out[0]); break;
	case 3: TA_BBANDS(from, to, close_, 20, 2, 2, TA_MAType_SMA, &at, &n, out[0], out[1],
			  out[2]); break;
	case 4: TA_MACD(from, to, close_, 12, 26, 9, &at, &n, out[0], out[1], out[2]); break;
	case 5: TA_STOCH(from, to, high, low, close_, 14, 3, TA_MAType_SMA, 3, TA_MAType_SMA,
			 &at, &n, out[0], out[1]); break;
	case 6: TA_ATR(from, to, high, low, close_, 14, &at, &n, out[0]); break;
	default: TA_OBV(from, to, close_, volume, &at, &n, out[0]); break;
	}
}

static void talib_bar_by_bar(uint32_t k)
{
	for (int i = 50; i < BARS; i++)		/* when all have a value */
		talib(k, i, i);
}

static void peers(uint32_t run)
{
	tulip();
	for (uint32_t k = 0; k < FAMILIES; k++) {
		TIMED(2, k, talib(k, 0, BARS - 1));
		if (run % 10 == 0)
			TIMED(3, k, talib_bar_by_bar(k));
	}
}
#else
static void peers(uint32_t run)
{
	(void)run;
}
#endif

static double sum_of(const double *v)
{
	double sum = 0.0;

	for (uint32_t k = 0; k < FAMILIES; k++)
		sum += v[k];
	return sum;
}

static void through(const char *how, const double *took, const double *sums)
{
	printf("through expressions and the chart, %s: %.1f,\n  of which %.1f is the bar itself "
	       "(taken, closed, walked over)", how, took[1], took[0]);
	if (sums[1] > 0.0)
		printf(": %.2f of TA-Lib bar by bar,\n  %.2f of TA-Lib's batch, %.2f of Tulip's",
		       took[1] / sums[3], took[1] / sums[2], took[1] / sums[1]);
	putchar('\n');
}

static void report(void)
{
	puts("ns per bar        bare   Tulip batch  TA-Lib batch  TA-Lib bar by bar");
	for (uint32_t k = 0; k < FAMILIES; k++)
		printf("%-15s %6.1f %13.1f %13.1f %18.1f\n", ours[k].title, best[0][k], best[1][k],
		       best[2][k], best[3][k]);
	double sums[4];
	for (int i = 0; i < 4; i++)
		sums[i] = sum_of(best[i]);
	printf("%-15s %6.1f %13.1f %13.1f %18.1f\n", "sum", sums[0], sums[1], sums[2], sums[3]);
	printf("all eight at each bar: bare %.1f\n", best[0][FAMILIES]);
	through("as live, bar by bar", live_best, sums);
	through("as a backtest, a block ahead", ahead_best, sums);
}

int main(void)
{
	make_bars();
	for (uint32_t run = 0; run < RUNS; run++) {
		for (uint32_t k = 0; k < FAMILIES; k++)
			bare(k, k + 1, &best[0][k]);
		bare(0, FAMILIES, &best[0][FAMILIES]);
		for (int ahead = 0; ahead < 2; ahead++) {
			double *best_of = ahead ? ahead_best : live_best;
			charted(0, ahead, &best_of[0]);
			charted(FAMILIES, ahead, &best_of[1]);
		}
		peers(run);
	}
	report();
	return 0;
}
