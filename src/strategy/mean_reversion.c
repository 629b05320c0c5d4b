/* mean_reversion.c: buys what fell too far too fast, and sells it at the mean.
 *
 * Long, at the close of bar t, all strict:
 *   band    close < SMA(bb_n) - bb_k population deviations, the window including t;
 *           with `near`, also close < band * (1 + near) while RSI < near_rsi or
 *           volume > near_vol times the mean
 *   rsi     RSI(rsi_n) < rsi_max
 *   volume  volume > vol_mult * mean of the vol_n bars before t
 *   rs      (C/C[rs_n] - 1) - (B/B[rs_n] - 1) > rs_min, B the benchmark at the same times; of
 *           this timeframe's bars, or of longer ones (rs_of): who has just fallen out of the
 *           band is hardly ever ahead over the bars that led there
 * `need` of the first three, and rs, must hold. RSI is asked first: it is known anyway.
 * Shorts are the mirror: above the upper band, RSI > rsi_min_short, rs < -rs_min. Where a value
 * does not exist there is no entry. Exit at close >= the middle band (<= for shorts) from the
 * close of the bar in which the entry was filled, with that bar's own band. Stop and target are
 * of the signal bar's close. */
#include "strategy/inside.h"

#define WARMUP_MAX 1000

enum {
	P_BB_N, P_BB_K, P_RSI_N, P_RSI_MAX, P_RSI_MIN_SHORT, P_VOL_N, P_VOL_MULT, P_NEED, P_NEAR,
	P_NEAR_RSI, P_NEAR_VOL, P_RS, P_RS_OF, P_RS_N, P_RS_MIN, P_STOP, P_TARGET, P_EXIT, P_HOLD,
	P_WARMUP, P_COUNT
};

/* In the order of the parameters above. */
static const char table[] =
	"bb_n" WHOLE("20 5 200") "bars of the Bollinger bands" END
	"bb_k" NUMBER("2.5 0.5 10") "their width in deviations" END
	"rsi_n" WHOLE("14 2 100") "bars of the RSI" END
	"rsi_max" NUMBER("30 0 100") "long below this RSI" END
	"rsi_min_short" NUMBER("70 0 100") "short above this RSI" END
	"vol_n" WHOLE("20 2 200") "bars of the mean volume" END
	"vol_mult" NUMBER("3 0 1000")
		"volume above this multiple of the mean of the bars before" END
	"need" WHOLE("3 1 3") "how many of band, RSI and volume" END
	"near" PERCENT("0 0 0.1")
		"a close this near the band counts, when near_rsi or near_vol holds; 0%: off" END
	"near_rsi" NUMBER("36 0 100")
		"RSI below this (short: above 100 minus it) for a near close" END
	"near_vol" NUMBER("2.1 0 1000") "or volume above this multiple" END
	"rs" SWITCH("1") "relative strength against the benchmark" END
	"rs_of" CHOICE("0 bars|15m|60m|1d") "whose bars those of rs_n are" END
	"rs_n" WHOLE("20 1 200") "bars of the relative strength" END
	"rs_min" PERCENT("0 -1 1") "lead over the benchmark" END
	"stop" PERCENT("0.01 0.001 0.5") "stop below the signal's close" END
	"target" PERCENT("0.05 0.001 1") "resting target above the signal's close" END
	"exit" CHOICE("0 middle|none") "exit at the middle band" END
	"hold" SECONDS("1800 0 604800") "longest time; 0: no limit" END
	"warmup" WHOLE("250 0 1000") "bars before the first signal" END;
static struct param_spec params[P_COUNT];

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

enum { I_CLOSE, I_LOWER, I_MIDDLE, I_UPPER, I_RSI, I_RATIO, I_RS, I_COUNT };

static const char *const inputs[I_COUNT] = {
	[I_CLOSE] = "close", [I_LOWER] = "bb_lower($bb_n, $bb_k)",
	[I_MIDDLE] = "bb_middle($bb_n, $bb_k)", [I_UPPER] = "bb_upper($bb_n, $bb_k)",
	[I_RSI] = "rsi($rsi_n)", [I_RATIO] = "volume_ratio($vol_n)", [I_RS] = "rs($rs_n)",
};

static const char *input(const struct params *p, uint32_t i)
{
	static const char *const of[] = { "rs($rs_n)", "tf(15m, rs($rs_n))",
					  "tf(60m, rs($rs_n))", "tf(1d, rs($rs_n))" };

	uint32_t k = (uint32_t)p->v[P_RS_OF];
	assert(i < I_COUNT && k < COUNT(of));
	return i == I_RS ? of[k] : NULL;
}

enum { C_NO_VALUE, C_RSI, C_BAND, C_VOLUME, C_RS_UNAVAILABLE, C_RS, C_COUNT };

static const char *const conditions[C_COUNT] = {
	[C_NO_VALUE] = "no_value", [C_RSI] = "rsi", [C_BAND] = "band", [C_VOLUME] = "volume",
	[C_RS_UNAVAILABLE] = "rs_unavailable", [C_RS] = "rs",
};

static const char *const values[I_COUNT] = {
	[I_CLOSE] = "close", [I_LOWER] = "lower", [I_MIDDLE] = "middle", [I_UPPER] = "upper",
	[I_RSI] = "rsi", [I_RATIO] = "volume_ratio", [I_RS] = "rs",
};

static const uint8_t value_input[I_COUNT] = {
	I_CLOSE, I_LOWER, I_MIDDLE, I_UPPER, I_RSI, I_RATIO, I_RS
};

static bool check(const struct params *p, char *why, size_t size)
{
	/* No point of n lies further than sqrt(n - 1) deviations from their mean. */
	if (p->v[P_BB_K] >= sqrt(p->v[P_BB_N] - 1))
		return strategy_complain(why, size, "bb_k: no close can leave bands this wide; "
				"it must be below the root of bb_n - 1");
	if (p->v[P_RSI_MAX] >= p->v[P_RSI_MIN_SHORT])
		return strategy_complain(why, size, "rsi_max must be below rsi_min_short");
	return true;
}

static uint32_t warmup(const struct params *p)
{
	double n = p->v[P_WARMUP];
	double need[] = { p->v[P_BB_N], p->v[P_RSI_N] + 1, p->v[P_VOL_N] + 1, p->v[P_RS_N] + 1 };

	for (size_t i = 0; i < COUNT(need); i++)
		if (n < need[i])
			n = need[i];
	assert(n > 0 && n <= WARMUP_MAX);
	return (uint32_t)n;
}

/* Of band, RSI and volume: which hold, mirrored for shorts so that one rule serves both. A
 * value that is none holds nothing, and stops the asking: *failed is C_NO_VALUE. */

static bool rsi_holds(const struct params *p, const struct view *v, bool buy, int *failed)
{
	double rsi = view_in(v, I_RSI);

	*failed = ta_defined(rsi) ? C_RSI : C_NO_VALUE;
	return buy ? rsi < p->v[P_RSI_MAX] : rsi > p->v[P_RSI_MIN_SHORT];
}

static bool volume_holds(const struct params *p, const struct view *v, int *failed)
{
	double ratio = view_in(v, I_RATIO);

	*failed = ta_defined(ratio) ? C_VOLUME : C_NO_VALUE;
	return ratio > p->v[P_VOL_MULT];
}

static bool band_holds(const struct params *p, const struct view *v, bool buy, int *failed)
{
	double close = view_in(v, I_CLOSE), near = p->v[P_NEAR];
	double band = view_in(v, buy ? I_LOWER : I_UPPER);

	*failed = ta_defined(band) ? C_BAND : C_NO_VALUE;
	if (buy ? close < band : close > band)
		return true;
	if (near <= 0 || !(buy ? close < band * (1 + near) : close > band * (1 - near)))
		return false;
	double rsi = view_in(v, I_RSI);
	return (buy ? rsi < p->v[P_NEAR_RSI] : rsi > 100 - p->v[P_NEAR_RSI]) ||
		view_in(v, I_RATIO) > p->v[P_NEAR_VOL];
}

/* A price that never moved has bands of no width, and a volume of nothing no multiple: where
 * two of three are enough, the third must exist all the same. */
static bool all_known(const struct view *v)
{
	return view_in(v, I_LOWER) < view_in(v, I_UPPER) && ta_defined(view_in(v, I_RSI)) &&
		ta_defined(view_in(v, I_RATIO));
}

/* The first condition that fails on this side, or C_COUNT. */
static int try_side(const struct params *p, const struct view *v, enum side side)
{
	bool buy = side == SIDE_BUY;
	int failed, first = C_COUNT, left = (int)p->v[P_NEED];

	for (int i = C_RSI; i <= C_VOLUME; i++) {
		bool holds = i == C_RSI ? rsi_holds(p, v, buy, &failed) :
			i == C_BAND ? band_holds(p, v, buy, &failed) : volume_holds(p, v, &failed);
		left -= holds;
		if (!holds && first == C_COUNT)
			first = failed;
		/* Not enough are left that might still hold. */
		if (left > C_VOLUME - i)
			return first;
	}
	assert(left <= 0);
	if (!all_known(v))
		return C_NO_VALUE;
	if (p->v[P_RS] <= 0 || !v->bench)
		return C_COUNT;
	double rs = view_in(v, I_RS);
	if (!ta_defined(rs))
		return C_RS_UNAVAILABLE;
	return (buy ? rs > p->v[P_RS_MIN] : rs < -p->v[P_RS_MIN]) ? C_COUNT : C_RS;
}

static void decide_exit(const struct params *p, const struct view *v, struct decision *out)
{
	const struct trade *t = v->trade;

	if (p->v[P_EXIT] > 0 || t->opened == 0 || v->now <= t->opened || v->now <= t->signal_ts)
		return;
	double close = view_in(v, I_CLOSE), middle = view_in(v, I_MIDDLE);
	if (t->side == SIDE_BUY ? close >= middle : close <= middle)
		out->what = DECIDE_EXIT;
}

static void enter(const struct params *p, const struct view *v, enum side side,
		  struct decision *out)
{
	double up = side == SIDE_BUY ? 1 : -1, close = view_in(v, I_CLOSE);

	assert(close > 0);
	*out = (struct decision){
		.what = DECIDE_ENTER, .side = side, .stop = close * (1 - up * p->v[P_STOP]),
		.target = close * (1 + up * p->v[P_TARGET]), .hold = (ns)p->v[P_HOLD] * NS_SECOND,
	};
}

static void decide(const void *state, const void *shared, const struct params *p,
		   const struct view *v, struct decision *out)
{
	int buy = -1, sell = -1;

	(void)state, (void)shared;
	if (v->trade != NULL) {
		decide_exit(p, v, out);
		return;
	}
	if (v->may_long && (buy = try_side(p, v, SIDE_BUY)) == C_COUNT) {
		enter(p, v, SIDE_BUY, out);
	} else if (v->may_short && (sell = try_side(p, v, SIDE_SELL)) == C_COUNT) {
		enter(p, v, SIDE_SELL, out);
	} else {
		/* Of two sides, the one that came further. */
		out->what = DECIDE_REJECT;
		out->failed = (uint8_t)(buy > sell ? buy : sell > 0 ? sell : 0);
	}
}

/* Of two sides only the first test is one for both: which came further is decide()'s to say. */
static uint32_t quick(const struct params *p, bool may_long, bool may_short,
		      struct quick out[static QUICK_MAX])
{
	out[0] = (struct quick){ I_RSI, C_RSI, C_NO_VALUE, .than = QUICK_NUMBER,
				 .below = may_long ? p->v[P_RSI_MAX] : -INFINITY,
				 .above = may_short ? p->v[P_RSI_MIN_SHORT] : INFINITY };
	out[1] = (struct quick){ may_long ? I_LOWER : I_UPPER, C_BAND, C_NO_VALUE,
				 .than = I_CLOSE, .over = may_long };
	out[2] = (struct quick){ I_RATIO, C_VOLUME, C_NO_VALUE, .than = QUICK_NUMBER,
				 .below = -INFINITY, .above = p->v[P_VOL_MULT] };
	if (p->v[P_NEED] < 3)
		return 0;
	return may_long == may_short || p->v[P_NEAR] > 0 ? 1 : 3;
}

const struct strategy mean_reversion = {
	.name = "mean_reversion",
	.about = "buys far below the Bollinger band on high volume, sells at the middle",
	.table = table, .params = params, .params_n = P_COUNT,
	.presets = presets, .presets_n = COUNT(presets),
	.inputs = inputs, .inputs_n = I_COUNT, .input = input,
	.conditions = conditions, .conditions_n = C_COUNT,
	.values = values, .value_input = value_input, .values_n = I_COUNT,
	.version = 2,
	.check = check, .warmup = warmup, .quick = quick, .decide = decide,
};
