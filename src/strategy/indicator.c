/* indicator.c: the classic bot: indicators as switches, all of those that are on or any of them.
 *
 * Each is off, a level or a cross. What a long wants of it (a short wants the mirror):
 *            level                               cross, from the bar before to this one
 *   rsi      RSI < rsi_max                       rises above rsi_max again
 *   macd     line above its signal               crosses above it
 *   sma, ema close above the average             crosses above it
 *   bb       close below the lower band          rises above it again
 *   stoch    %K < stoch_max                      %K crosses above %D, %D < stoch_max
 *   volume   above volume_mult times the mean    rises above it
 *            of the volume_n bars before
 *   obv      on-balance volume above its mean    crosses above it
 *            of obv_n bars
 * For shorts RSI and stochastic are compared with 100 minus the value; volume has no mirror. With
 * combine = all, what has no value prevents the entry; with any, it counts as not met. Exit, from
 * the close of the bar of the fill on, with exit = opposite: what the other side would enter on. */
#include "strategy/inside.h"
#include <math.h>

/* The switches come first, in this order. */
enum { RSI, MACD, SMA, EMA, BB, STOCH, VOLUME, OBV, KINDS };

enum {
	P_RSI_N = KINDS, P_RSI_MAX, P_FAST, P_SLOW, P_SIGNAL, P_SMA_N, P_EMA_N, P_BB_N, P_BB_K,
	P_STOCH_N, P_STOCH_SLOW, P_STOCH_D, P_STOCH_MAX, P_VOLUME_N, P_VOLUME_MULT, P_OBV_N,
	P_COMBINE, P_EXIT, P_STOP, P_TARGET, P_HOLD, P_WARMUP, P_COUNT
};

/* In the order of the parameters above. */
static const char table[] =
	"rsi" CHOICE("1 off|level|cross") "relative strength index below rsi_max" END
	"macd" CHOICE("0 =") "MACD above its signal" END
	"sma" CHOICE("0 =") "close above its simple average" END
	"ema" CHOICE("0 =") "close above its exponential average" END
	"bb" CHOICE("0 =") "close below the lower Bollinger band" END
	"stoch" CHOICE("1 =") "stochastic below stoch_max" END
	"volume" CHOICE("0 =") "volume above a multiple of its mean" END
	"obv" CHOICE("0 =") "on-balance volume above its average" END
	"rsi_n" WHOLE("14 2 100") "bars of the RSI" END
	"rsi_max" NUMBER("30 0 100") "long below, short above 100-" END
	"macd_fast" WHOLE("12 2 200") "bars of MACD's fast average" END
	"macd_slow" WHOLE("26 3 400") "of its slow one" END
	"macd_signal" WHOLE("9 2 200") "of its signal" END
	"sma_n" WHOLE("50 2 500") "bars of the simple average" END
	"ema_n" WHOLE("20 2 500") "bars of the exponential one" END
	"bb_n" WHOLE("20 5 200") "bars of the Bollinger bands" END
	"bb_k" NUMBER("2 0.5 10") "their width in deviations" END
	"stoch_n" WHOLE("14 2 200") "bars of the stochastic" END
	"stoch_slow" WHOLE("3 1 50") "bars that smooth %K" END
	"stoch_d" WHOLE("3 1 50") "bars of %D" END
	"stoch_max" NUMBER("20 0 100") "long below, short above 100-" END
	"volume_n" WHOLE("20 2 200") "bars of the mean volume" END
	"volume_mult" NUMBER("1.5 0 1000") "multiple of the mean of the bars before" END
	"obv_n" WHOLE("20 2 200") "bars of OBV's average" END
	"combine" CHOICE("0 all|any") "of those that are on" END
	"exit" CHOICE("0 opposite|none") "when the other side would enter" END
	"stop" PERCENT("0.02 0.001 0.5") "stop below the signal's close" END
	"target" PERCENT("0.04 0.001 1") "target above the signal's close" END
	"hold" SECONDS("7200 0 604800") "longest time; 0: no limit" END
	"warmup" WHOLE("250 0 5000") "bars before the first signal" END;
static struct param_spec params[P_COUNT];

static const struct preset presets[] = {
	{ "classic", "oversold by RSI 14 below 30 and stochastic below 20",
	  "rsi=level macd=off sma=off ema=off bb=off stoch=level volume=off obv=off combine=all" },
	{ "trend", "MACD crosses its signal, above SMA 50, OBV rising",
	  "rsi=off macd=cross sma=level ema=off bb=off stoch=off volume=off obv=level "
	  "combine=all" },
	{ "bounce", "back above the lower Bollinger band on volume",
	  "rsi=off macd=off sma=off ema=off bb=cross stoch=off volume=level obv=off combine=all" },
};

/* Inputs: close; what a long, then what a short wants of each; then a value of each to show. */
enum { I_CLOSE, I_LONG, I_SHORT = I_LONG + KINDS, I_VALUE = I_SHORT + KINDS,
	I_COUNT = I_VALUE + KINDS };

static const char *const inputs[I_COUNT] = {
	"close",
	"rsi($rsi_n) < $rsi_max",
	"macd($macd_fast, $macd_slow, $macd_signal) > "
		"macd_signal($macd_fast, $macd_slow, $macd_signal)",
	"close > sma($sma_n)",
	"close > ema($ema_n)",
	"close < bb_lower($bb_n, $bb_k)",
	"stoch_k($stoch_n, $stoch_slow, $stoch_d) < $stoch_max",
	"volume_ratio($volume_n) > $volume_mult",
	"obv() > sma(obv(), $obv_n)",

	"rsi($rsi_n) > 100 - $rsi_max",
	"macd($macd_fast, $macd_slow, $macd_signal) < "
		"macd_signal($macd_fast, $macd_slow, $macd_signal)",
	"close < sma($sma_n)",
	"close < ema($ema_n)",
	"close > bb_upper($bb_n, $bb_k)",
	"stoch_k($stoch_n, $stoch_slow, $stoch_d) > 100 - $stoch_max",
	"volume_ratio($volume_n) > $volume_mult",
	"obv() < sma(obv(), $obv_n)",

	"rsi($rsi_n)",
	"macd_hist($macd_fast, $macd_slow, $macd_signal)",
	"sma($sma_n)",
	"ema($ema_n)",
	"bb_pctb($bb_n, $bb_k)",
	"stoch_k($stoch_n, $stoch_slow, $stoch_d)",
	"volume_ratio($volume_n)",
	"obv() - sma(obv(), $obv_n)",
};

static const char *const crosses[2 * KINDS] = {
	"rsi($rsi_n) crosses_above $rsi_max",
	"macd($macd_fast, $macd_slow, $macd_signal) crosses_above "
		"macd_signal($macd_fast, $macd_slow, $macd_signal)",
	"close crosses_above sma($sma_n)",
	"close crosses_above ema($ema_n)",
	"close crosses_above bb_lower($bb_n, $bb_k)",
	"stoch_k($stoch_n, $stoch_slow, $stoch_d) crosses_above "
		"stoch_d($stoch_n, $stoch_slow, $stoch_d) and "
		"stoch_d($stoch_n, $stoch_slow, $stoch_d) < $stoch_max",
	"volume_ratio($volume_n) crosses_above $volume_mult",
	"obv() crosses_above sma(obv(), $obv_n)",

	"rsi($rsi_n) crosses_below 100 - $rsi_max",
	"macd($macd_fast, $macd_slow, $macd_signal) crosses_below "
		"macd_signal($macd_fast, $macd_slow, $macd_signal)",
	"close crosses_below sma($sma_n)",
	"close crosses_below ema($ema_n)",
	"close crosses_below bb_upper($bb_n, $bb_k)",
	"stoch_k($stoch_n, $stoch_slow, $stoch_d) crosses_below "
		"stoch_d($stoch_n, $stoch_slow, $stoch_d) and "
		"stoch_d($stoch_n, $stoch_slow, $stoch_d) > 100 - $stoch_max",
	"volume_ratio($volume_n) crosses_above $volume_mult",
	"obv() crosses_below sma(obv(), $obv_n)",
};

/* What is off is not computed, and shows as the close. */
static const char *input(const struct params *p, uint32_t i)
{
	assert(i < I_COUNT);
	if (i == I_CLOSE)
		return inputs[i];
	double mode = p->v[(i - I_LONG) % KINDS];
	if (mode <= 0)
		return inputs[I_CLOSE];
	return mode > 1 && i < I_VALUE ? crosses[i - I_LONG] : inputs[i];
}

enum { C_NO_VALUE = KINDS, C_ANY, C_COUNT };

static const char *const conditions[C_COUNT] = {
	[RSI] = "rsi", [MACD] = "macd", [SMA] = "sma", [EMA] = "ema", [BB] = "bb",
	[STOCH] = "stoch", [VOLUME] = "volume", [OBV] = "obv", [C_NO_VALUE] = "no_value",
	[C_ANY] = "any",
};

static const char *const values[] = {
	"close", "rsi", "macd_hist", "sma", "ema", "bb_pctb", "stoch_k", "volume_ratio", "obv"
};
static const uint8_t value_input[] = {
	I_CLOSE, I_VALUE + RSI, I_VALUE + MACD, I_VALUE + SMA, I_VALUE + EMA, I_VALUE + BB,
	I_VALUE + STOCH, I_VALUE + VOLUME, I_VALUE + OBV
};

static bool check(const struct params *p, char *why, size_t size)
{
	bool any = false;

	for (int k = 0; k < KINDS; k++)
		any |= p->v[k] > 0;
	if (!any)
		return strategy_complain(why, size, "every indicator is off");
	if (p->v[P_FAST] >= p->v[P_SLOW])
		return strategy_complain(why, size, "macd_fast must be below macd_slow");
	if (p->v[BB] > 0 && p->v[P_BB_K] >= sqrt(p->v[P_BB_N] - 1))
		return strategy_complain(why, size, "bb_k: no close can leave bands this wide; "
				"it must be below the root of bb_n - 1");
	if (p->v[P_RSI_MAX] > 50 || p->v[P_STOCH_MAX] > 50)
		return strategy_complain(why, size, "rsi_max and stoch_max: at most 50, or long "
				"and short would hold at once");
	return true;
}

static uint32_t warmup(const struct params *p)
{
	return (uint32_t)p->v[P_WARMUP];
}

static uint8_t side(const struct ask *a, struct decision *out)
{
	const struct params *p = a->p;
	uint32_t first = a->up > 0 ? I_LONG : I_SHORT;
	bool any = p->v[P_COMBINE] > 0, met = false;

	for (uint32_t k = 0; k < KINDS; k++) {
		if (p->v[k] <= 0)
			continue;
		double holds = view_in(a->v, first + k);
		if (holds == 1)
			met = true;
		else if (!any)
			return ta_defined(holds) ? (uint8_t)k : C_NO_VALUE;
	}
	if (!met)
		return C_ANY;
	return strategy_levels(a, a->close * p->v[P_STOP], a->close * p->v[P_TARGET],
			       p->v[P_HOLD], out);
}

static void decide(const void *state, const void *shared, const struct params *p,
		   const struct view *v, struct decision *out)
{
	struct ask a = { p, v, state, shared, 0, view_in(v, I_CLOSE) };
	struct decision other;

	if (v->trade == NULL) {
		strategy_enter(&a, side, out);
		return;
	}
	a.up = -strategy_held(v);
	if (a.up != 0 && p->v[P_EXIT] <= 0 && side(&a, &other) == PASSED)
		out->what = DECIDE_EXIT;
}

const struct strategy indicator = {
	.name = "indicator",
	.about = "the classic bot: RSI, MACD, averages, bands, stochastic, volume, OBV as switches",
	.table = table, .params = params, .params_n = P_COUNT,
	.presets = presets, .presets_n = COUNT(presets),
	.inputs = inputs, .inputs_n = I_COUNT, .input = input,
	.conditions = conditions, .conditions_n = C_COUNT,
	.values = values, .value_input = value_input, .values_n = COUNT(values),
	.version = 1,
	.check = check, .warmup = warmup, .decide = decide,
};
