/* mean_reversion.c: buys what fell too far too fast, and sells it at the mean.
 *
 * Long, at the close of bar t, all strict:
 *   band    close < SMA(bb_n) - bb_k population deviations, the window including t;
 *           with `near`, also close < band * (1 + near) while RSI < near_rsi or
 *           volume > near_vol times the mean
 *   rsi     RSI(rsi_n) < rsi_max
 *   volume  volume > vol_mult * mean of the vol_n bars before t
 *   rs      (C/C[rs_n] - 1) - (B/B[rs_n] - 1) > rs_min, B the benchmark at the same times
 * `need` of the first three, and rs, must hold. Shorts are the mirror: above the upper
 * band, RSI > rsi_min_short, rs < -rs_min. Where a value does not exist there is no
 * entry. Exit at close >= the middle band (<= for shorts) from the close of the bar in
 * which the entry was filled, with that bar's own band. Stop and target are of the
 * signal bar's close. */
#include "strategy/inside.h"
#include "ta/ta.h"
#include "base/text.h"

enum {
	P_BB_N, P_BB_K, P_RSI_N, P_RSI_MAX, P_RSI_MIN_SHORT, P_VOL_N, P_VOL_MULT, P_NEED, P_NEAR,
	P_NEAR_RSI, P_NEAR_VOL, P_RS, P_RS_N, P_RS_MIN, P_STOP, P_TARGET, P_EXIT, P_HOLD, P_WARMUP,
	P_COUNT
};

static const struct param_spec table[P_COUNT] = {
	[P_BB_N] = { "bb_n", PARAM_COUNT, 20, 5, 200, NULL, "bars of the Bollinger bands" },
	[P_BB_K] = { "bb_k", PARAM_NUMBER, 2.5, 0.5, 10, NULL, "their width in deviations" },
	[P_RSI_N] = { "rsi_n", PARAM_COUNT, 14, 2, 100, NULL, "bars of the RSI" },
	[P_RSI_MAX] = { "rsi_max", PARAM_NUMBER, 30, 0, 100, NULL, "long below this RSI" },
	[P_RSI_MIN_SHORT] = { "rsi_min_short", PARAM_NUMBER, 70, 0, 100, NULL,
		"short above this RSI" },
	[P_VOL_N] = { "vol_n", PARAM_COUNT, 20, 2, 200, NULL, "bars of the mean volume" },
	[P_VOL_MULT] = { "vol_mult", PARAM_NUMBER, 3, 0, 1000, NULL,
		"volume above this multiple of the mean of the bars before" },
	[P_NEED] = { "need", PARAM_COUNT, 3, 1, 3, NULL, "how many of band, RSI and volume" },
	[P_NEAR] = { "near", PARAM_PERCENT, 0, 0, 0.1, NULL,
		"a close this near the band counts, when near_rsi or near_vol holds; 0%: off" },
	[P_NEAR_RSI] = { "near_rsi", PARAM_NUMBER, 36, 0, 100, NULL,
		"RSI below this (short: above 100 minus it) for a near close" },
	[P_NEAR_VOL] = { "near_vol", PARAM_NUMBER, 2.1, 0, 1000, NULL,
		"or volume above this multiple" },
	[P_RS] = { "rs", PARAM_BOOL, 1, 0, 1, NULL, "relative strength against the benchmark" },
	[P_RS_N] = { "rs_n", PARAM_COUNT, 20, 1, 200, NULL, "bars of the relative strength" },
	[P_RS_MIN] = { "rs_min", PARAM_PERCENT, 0, -1, 1, NULL, "lead over the benchmark" },
	[P_STOP] = { "stop", PARAM_PERCENT, 0.01, 0.001, 0.5, NULL,
			"stop below the signal's close" },
	[P_TARGET] = { "target", PARAM_PERCENT, 0.05, 0.001, 1, NULL,
		"resting target above the signal's close" },
	[P_EXIT] = { "exit", PARAM_CHOICE, 0, 0, 1, "middle|none", "exit at the middle band" },
	[P_HOLD] = { "hold", PARAM_DURATION, 1800, 0, 604800, NULL, "longest time; 0: no limit" },
	[P_WARMUP] = { "warmup", PARAM_COUNT, 250, 0, SERIES_BARS, NULL,
		"bars before the first signal" },
};

static const struct preset presets[] = {
	{ "literal", "Bollinger 20/2.5, RSI 14 < 30, volume 3x, ahead of the benchmark",
	  "bb_n=20 bb_k=2.5 rsi_n=14 rsi_max=30 vol_n=20 vol_mult=3 need=3 near=0% rs=yes rs_n=20 "
	  "rs_min=0% stop=1% target=5% exit=middle hold=30m" },
	{ "classic", "two of three conditions, near closes count, target 2 %",
	  "bb_n=20 bb_k=2.5 rsi_n=14 rsi_max=30 rsi_min_short=70 vol_n=20 vol_mult=3 need=2 "
	  "near=0.5% near_rsi=36 near_vol=2.1 rs=no stop=1% target=2% exit=none hold=30m" },
	/* The benchmark itself is on such a list: it can never be ahead of itself. */
	{ "etf", "Bollinger 20/2.0, RSI 14 < 25, volume 3x, stop 0.8 %",
	  "bb_n=20 bb_k=2.0 rsi_n=14 rsi_max=25 rsi_min_short=75 vol_n=20 vol_mult=3 need=3 "
	  "near=0% rs=no stop=0.8% target=5% exit=middle hold=30m" },
};

enum { C_WARMUP, C_NO_VALUE, C_BAND, C_RSI, C_VOLUME, C_RS_UNAVAILABLE, C_RS, C_COUNT };

static const char *const conditions[C_COUNT] = {
	[C_WARMUP] = "warmup", [C_NO_VALUE] = "no_value", [C_BAND] = "band", [C_RSI] = "rsi",
	[C_VOLUME] = "volume", [C_RS_UNAVAILABLE] = "rs_unavailable", [C_RS] = "rs",
};

enum { V_CLOSE, V_LOWER, V_MIDDLE, V_UPPER, V_RSI, V_VOLUME_RATIO, V_RS, V_MET, V_COUNT };

static const char *const values[V_COUNT] = {
	[V_CLOSE] = "close", [V_LOWER] = "lower", [V_MIDDLE] = "middle", [V_UPPER] = "upper",
	[V_RSI] = "rsi", [V_VOLUME_RATIO] = "volume_ratio", [V_RS] = "rs", [V_MET] = "met",
};

struct state {
	struct ta_bollinger bb;
	struct ta_rsi rsi;
	struct ta_volume_ratio volume;
	double middle, lower, upper, deviation, rsi_now, ratio;
	bool begun;
};

static int whole(const struct params *p, int index)
{
	assert(index < P_COUNT && p->v[index] >= 0 && p->v[index] < 1e6);
	return (int)p->v[index];
}

static bool complain(char *why, size_t size, const char *words)
{
	assert(size > 0);
	bool fits = str_copy(why, size, str_of(words));
	(void)fits;
	return false;
}

static bool check(const struct params *p, char *why, size_t size)
{
	/* No point of n lies further than sqrt(n - 1) deviations from their mean. */
	if (p->v[P_BB_K] >= sqrt(p->v[P_BB_N] - 1))
		return complain(why, size, "bb_k: no close can leave bands this wide; "
				"it must be below the root of bb_n - 1");
	if (p->v[P_RSI_MAX] >= p->v[P_RSI_MIN_SHORT])
		return complain(why, size, "rsi_max must be below rsi_min_short");
	return true;
}

static uint32_t warmup(const struct params *p)
{
	int n = whole(p, P_WARMUP);
	int need[] = { whole(p, P_BB_N), whole(p, P_RSI_N) + 1, whole(p, P_VOL_N) + 1,
		       whole(p, P_RS_N) + 1 };

	for (size_t i = 0; i < COUNT(need); i++)
		if (n < need[i])
			n = need[i];
	assert(n > 0 && n <= SERIES_BARS);
	return (uint32_t)n;
}

static void update(void *state, const struct params *p, const struct bar *b)
{
	struct state *s = state;
	double close = px_f64(b->close);

	if (!s->begun) {
		ta_bollinger_init(&s->bb, whole(p, P_BB_N), p->v[P_BB_K]);
		ta_rsi_init(&s->rsi, whole(p, P_RSI_N));
		ta_volume_ratio_init(&s->volume, whole(p, P_VOL_N));
		s->begun = true;
	}
	struct ta_bollinger_value v = ta_bollinger(&s->bb, close);
	s->middle = v.middle;
	s->lower = v.lower;
	s->upper = v.upper;
	s->deviation = v.deviation;
	s->rsi_now = ta_rsi(&s->rsi, close);
	s->ratio = ta_volume_ratio(&s->volume, b->volume);
	assert(!(s->lower > s->upper));
}

/* The newest bar that was closed at `at`, not more than two intervals before it. */
static const struct bar *bar_at(const struct series *s, ns at, int timeframe_s)
{
	for (uint32_t ago = 0; ago < s->n; ago++) {
		const struct bar *b = series_ago(s, ago);
		if (b->ts > at)
			continue;
		return at - b->ts <= 2 * timeframe_s * NS_SECOND ? b : NULL;
	}
	return NULL;
}

/* Lead over the benchmark; none when either does not reach back that far. */
static double relative_strength(const struct params *p, const struct view *v)
{
	uint32_t n = (uint32_t)whole(p, P_RS_N);

	if (v->series->n <= n || v->bench->n == 0)
		return TA_NONE;
	const struct bar *now = series_ago(v->series, 0), *then = series_ago(v->series, n);
	const struct bar *b_now = bar_at(v->bench, now->ts, v->timeframe_s);
	const struct bar *b_then = bar_at(v->bench, then->ts, v->timeframe_s);
	if (b_now == NULL || b_then == NULL || b_now == b_then)
		return TA_NONE;
	assert(then->close.n > 0 && b_then->close.n > 0);
	return (double)now->close.n / (double)then->close.n -
		(double)b_now->close.n / (double)b_then->close.n;
}

/* What of band, RSI and volume holds, mirrored for shorts so that one rule serves both. */
static int first_failed(const struct state *s, const struct params *p, double close,
			enum side side, int *met)
{
	bool buy = side == SIDE_BUY;
	double near = p->v[P_NEAR];
	bool busy = s->ratio > p->v[P_NEAR_VOL];
	bool close_by = buy ? close < s->lower * (1 + near) : close > s->upper * (1 - near);
	bool tired = buy ? s->rsi_now < p->v[P_NEAR_RSI] : s->rsi_now > 100 - p->v[P_NEAR_RSI];
	bool beyond = buy ? close < s->lower : close > s->upper;
	bool band = beyond || (near > 0 && close_by && (tired || busy));
	bool rsi = buy ? s->rsi_now < p->v[P_RSI_MAX] : s->rsi_now > p->v[P_RSI_MIN_SHORT];
	bool volume = s->ratio > p->v[P_VOL_MULT];

	*met = band + rsi + volume;
	assert(*met >= 0 && *met <= 3);
	if (*met >= whole(p, P_NEED))
		return C_COUNT;
	return !band ? C_BAND : !rsi ? C_RSI : C_VOLUME;
}

/* The first condition that fails on this side, or C_COUNT. */
static int try_side(const struct state *s, const struct params *p, const struct view *v,
		    double close, enum side side, struct decision *out)
{
	int met, failed = first_failed(s, p, close, side, &met);

	if (!(out->value[V_MET] > met))
		out->value[V_MET] = met;
	if (failed != C_COUNT)
		return failed;
	if (p->v[P_RS] <= 0 || v->bench == NULL)
		return C_COUNT;
	double rs = relative_strength(p, v);
	out->value[V_RS] = rs;
	if (!ta_defined(rs))
		return C_RS_UNAVAILABLE;
	bool ahead = side == SIDE_BUY ? rs > p->v[P_RS_MIN] : rs < -p->v[P_RS_MIN];
	return ahead ? C_COUNT : C_RS;
}

static void decide_exit(const struct state *s, const struct params *p, const struct view *v,
			double close, struct decision *out)
{
	const struct trade *t = v->trade;
	const struct bar *b = series_ago(v->series, 0);

	assert(t != NULL);
	if (p->v[P_EXIT] > 0 || t->opened == 0 || b->ts <= t->opened || b->ts <= t->signal_ts)
		return;
	if (t->side == SIDE_BUY ? close >= s->middle : close <= s->middle)
		out->what = DECIDE_EXIT;
}

static void enter(const struct params *p, enum side side, double close, struct decision *out)
{
	double up = side == SIDE_BUY ? 1 : -1;

	assert(close > 0);
	out->what = DECIDE_ENTER;
	out->side = side;
	out->stop = close * (1 - up * p->v[P_STOP]);
	out->target = close * (1 + up * p->v[P_TARGET]);
	out->hold = (ns)p->v[P_HOLD] * NS_SECOND;
}

static void decide(const void *state, const struct params *p, const struct view *v,
		   struct decision *out)
{
	const struct state *s = state;
	int failed = C_WARMUP;

	*out = (struct decision){ .what = DECIDE_NONE };
	for (size_t i = 0; i < V_COUNT; i++)
		out->value[i] = TA_NONE;
	assert(v->series->n > 0);
	double close = px_f64(series_ago(v->series, 0)->close);
	double seen[] = { close, s->lower, s->middle, s->upper, s->rsi_now, s->ratio };
	memcpy(out->value, seen, sizeof seen);
	if (v->trade != NULL) {
		decide_exit(s, p, v, close, out);
		return;
	}
	if (v->series->n >= warmup(p)) {
		failed = C_NO_VALUE;
		if (s->deviation > 0 && ta_defined(s->rsi_now) && ta_defined(s->ratio)) {
			int sell = -1, buy = -1;
			if (v->may_long && (buy = try_side(s, p, v, close, SIDE_BUY,
					out)) == C_COUNT) {
				enter(p, SIDE_BUY, close, out);
				return;
			}
			if (v->may_short &&
			    (sell = try_side(s, p, v, close, SIDE_SELL, out)) == C_COUNT) {
				enter(p, SIDE_SELL, close, out);
				return;
			}
			/* Of two sides, the one that came further. */
			failed = buy > sell ? buy : sell;
			if (failed < 0)
				failed = C_BAND;
		}
	}
	out->what = DECIDE_REJECT;
	out->failed = (uint8_t)failed;
}

const struct strategy mean_reversion = {
	.name = "mean_reversion",
	.about = "buys far below the Bollinger band on high volume, sells at the middle",
	.params = table, .params_n = P_COUNT,
	.presets = presets, .presets_n = COUNT(presets),
	.conditions = conditions, .conditions_n = C_COUNT,
	.values = values, .values_n = V_COUNT,
	.state_size = sizeof(struct state),
	.version = 1,
	.check = check, .warmup = warmup, .update = update, .decide = decide,
};
