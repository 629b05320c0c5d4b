/* multi_timeframe.c: buys what several timeframes agree on.
 *
 * Reading `votes`: frames of the instance's own bars, 5, 15 and 60 minutes, each the newest that
 * has closed; at the open the 60-minute one is yesterday's last, of half length. A frame votes 1
 * when EMA(fast) > EMA(slow) and close > EMA(slow), -1 for the mirror, else 0; weights 1, 2, 3, 4
 * of 10. To be what the words say the instance's bars are 1 minute; 5 is possible. Long when
 *   trigger  the own frame's vote has become 1 at this bar
 *   score    the weighted sum >= score_min
 *   hour     the 60-minute vote is not -1
 * Exit, from the close of the bar of the fill on, when the sum is <= exit_score (longs).
 *
 * Reading `classic`: one timeframe, a point each, long at `need` or more:
 *   close > EMA(mid) > EMA(long); close within near of EMA(mid); volume above vol_mult times the
 *   mean of the vol_n bars before; RSI within rsi_low..rsi_high; close > VWAP
 * The stop is EMA(long); where that is not below the close there is no entry (`stop`).
 *
 * Shorts are the mirror, RSI within 100 - rsi_high..100 - rsi_low. */
#include "strategy/inside.h"
#include <math.h>

enum {
	P_READING, P_FAST, P_SLOW, P_SCORE, P_EXIT, P_MID, P_LONG, P_NEAR, P_VOL_N, P_VOL_MULT,
	P_RSI_N, P_RSI_LOW, P_RSI_HIGH, P_NEED, P_STOP_BY, P_STOP, P_TARGET, P_HOLD, P_WARMUP,
	P_COUNT
};

/* In the order of the parameters above. */
static const char table[] =
	"reading" CHOICE("0 votes|classic") "four frames that vote, or five points of one" END
	"fast" WHOLE("9 1 200") "votes: bars of the fast average" END
	"slow" WHOLE("21 2 400") "votes: bars of the slow one" END
	"score_min" NUMBER("0.6 0.1 1") "votes: weighted sum at least, of -1 to 1" END
	"exit_score" NUMBER("0 -1.1 1") "votes: out at this sum or less; -1.1: never" END
	"ema_mid" WHOLE("20 2 200") "classic: bars of the near average" END
	"ema_long" WHOLE("50 3 400") "classic: bars of the far one" END
	"near" PERCENT("0.005 0 0.1") "classic: close near ema_mid" END
	"vol_n" WHOLE("20 2 200") "classic: bars of the mean volume" END
	"vol_mult" NUMBER("1.5 0 1000") "classic: volume above this multiple of it" END
	"rsi_n" WHOLE("14 2 100") "classic: bars of the RSI" END
	"rsi_low" NUMBER("45 0 100") "classic: RSI from here" END
	"rsi_high" NUMBER("70 0 100") "classic: to here" END
	"need" WHOLE("3 1 5") "classic: points of the five" END
	"stop_by" CHOICE("0 percent|ema") "where the stop is: stop below the close, or ema_long" END
	"stop" PERCENT("0.01 0.001 0.5") "stop below the signal's close" END
	"target" PERCENT("0.025 0.001 1") "target above the signal's close" END
	"hold" SECONDS("7200 0 604800") "longest time; 0: no limit" END
	"warmup" WHOLE("250 0 5000") "bars before the first signal" END;
static struct param_spec params[P_COUNT];

static const struct preset presets[] = {
	{ "votes", "1, 5, 15 and 60 minutes, EMA 9 and 21, weights 1 2 3 4, 0.6 of 1",
	  "reading=votes fast=9 slow=21 score_min=0.6 exit_score=0 stop_by=percent stop=1% "
	  "target=2.5% hold=120m" },
	{ "classic", "three of five points, stop at EMA 50, target 2.5 %, 120 minutes",
	  "reading=classic ema_mid=20 ema_long=50 near=0.5% vol_n=20 vol_mult=1.5 rsi_n=14 "
	  "rsi_low=45 rsi_high=70 need=3 stop_by=ema target=2.5% hold=120m" },
};

/* Of each frame whether it votes 1, and whether -1; of the own one also a bar ago. */
#define UP   "ema($fast) > ema($slow) and close > ema($slow)"
#define DOWN "ema($fast) < ema($slow) and close < ema($slow)"
#define FRAMES 4
#define WEIGHTS 10
#define TINY    1e-9	/* ten times a number with decimals may be off */

enum {
	I_CLOSE, I_UP, I_DOWN = I_UP + FRAMES, I_UP_WAS = I_DOWN + FRAMES, I_DOWN_WAS, I_MID,
	I_CLASSIC = I_MID, I_LONG, I_VOLUME, I_RSI, I_VWAP, I_COUNT
};

static const char *const inputs[I_COUNT] = {
	[I_CLOSE] = "close",
	[I_UP] = UP, "tf(5m, " UP ")", "tf(15m, " UP ")", "tf(60m, " UP ")",
	[I_DOWN] = DOWN, "tf(5m, " DOWN ")", "tf(15m, " DOWN ")", "tf(60m, " DOWN ")",
	[I_UP_WAS] = "(" UP ")[1]", [I_DOWN_WAS] = "(" DOWN ")[1]",
	[I_MID] = "ema($ema_mid)", [I_LONG] = "ema($ema_long)",
	[I_VOLUME] = "volume_ratio($vol_n)", [I_RSI] = "rsi($rsi_n)", [I_VWAP] = "vwap()",
};

static const char *input(const struct params *p, uint32_t i)
{
	bool classic = p->v[P_READING] > 0;

	assert(i < I_COUNT);
	if (i == I_CLOSE || (i >= I_CLASSIC ? classic : !classic))
		return inputs[i];
	return i == I_LONG && p->v[P_STOP_BY] > 0 ? inputs[i] : inputs[I_CLOSE];
}

enum { C_NO_VALUE, C_TRIGGER, C_HOUR, C_SCORE, C_STOP, C_COUNT };

static const char *const conditions[C_COUNT] = {
	[C_NO_VALUE] = "no_value", [C_TRIGGER] = "trigger", [C_HOUR] = "hour",
	[C_SCORE] = "score", [C_STOP] = "stop",
};

static const char *const values[] = {
	"close", "up_own", "up_5m", "up_15m", "up_60m", "ema_mid", "ema_long", "volume_ratio",
	"rsi", "vwap"
};
static const uint8_t value_input[] = {
	I_CLOSE, I_UP, I_UP + 1, I_UP + 2, I_UP + 3, I_MID, I_LONG, I_VOLUME, I_RSI, I_VWAP
};

static bool check(const struct params *p, char *why, size_t size)
{
	if (p->v[P_FAST] >= p->v[P_SLOW])
		return strategy_complain(why, size, "fast must be below slow");
	if (p->v[P_MID] >= p->v[P_LONG])
		return strategy_complain(why, size, "ema_mid must be below ema_long");
	if (p->v[P_RSI_LOW] >= p->v[P_RSI_HIGH])
		return strategy_complain(why, size, "rsi_low must be below rsi_high");
	return true;
}

static uint32_t warmup(const struct params *p)
{
	double need = p->v[P_READING] > 0 ? p->v[P_LONG] : p->v[P_SLOW] + 1;

	return (uint32_t)(p->v[P_WARMUP] < need ? need : p->v[P_WARMUP]);
}

/* 1, 0, -1; TA_NONE: a frame that has no bars yet. */
static double vote(const struct view *v, uint32_t frame)
{
	return view_in(v, I_UP + frame) - view_in(v, I_DOWN + frame);
}

/* Weighted sum in tenths, as small whole numbers: exact. */
static double tenths(const struct view *v)
{
	double sum = 0;

	for (uint32_t i = 0; i < FRAMES; i++)
		sum += (i + 1) * vote(v, i);
	return sum;
}

static uint8_t levels(const struct ask *a, struct decision *out)
{
	const struct params *p = a->p;
	double stop = p->v[P_STOP_BY] > 0 ? a->up * (a->close - view_in(a->v, I_LONG)) :
		a->close * p->v[P_STOP];

	if (!ta_defined(stop))
		return C_NO_VALUE;
	if (!(stop > 0))
		return C_STOP;
	uint8_t passed = strategy_levels(a, stop, a->close * p->v[P_TARGET], p->v[P_HOLD], out);
	out->stop_is = p->v[P_STOP_BY] > 0 ? LEVEL_PRICE : LEVEL_PART;
	return passed;
}

static uint8_t votes(const struct ask *a, struct decision *out)
{
	const struct view *v = a->v;
	double was = view_in(v, I_UP_WAS) - view_in(v, I_DOWN_WAS);
	double own = vote(v, 0), hour = vote(v, FRAMES - 1), sum = tenths(v);

	if (!ta_defined(own + was))
		return C_NO_VALUE;
	if (!(a->up * own > 0) || a->up * was > 0)
		return C_TRIGGER;
	if (!ta_defined(sum))
		return C_NO_VALUE;
	if (a->up * hour < 0)
		return C_HOUR;
	if (!(a->up * sum >= a->p->v[P_SCORE] * WEIGHTS - TINY))
		return C_SCORE;
	return levels(a, out);
}

static uint8_t points(const struct ask *a, struct decision *out)
{
	const struct params *p = a->p;
	const struct view *v = a->v;
	double up = a->up, mid = view_in(v, I_MID), far = view_in(v, I_LONG);
	double rsi = view_in(v, I_RSI), volume = view_in(v, I_VOLUME), vwap = view_in(v, I_VWAP);

	if (!ta_defined(mid + far + rsi + volume + vwap))
		return C_NO_VALUE;
	double strength = up > 0 ? rsi : 100 - rsi;
	int n = (beyond(up, a->close, mid) && beyond(up, mid, far)) +
		(fabs(a->close - mid) <= p->v[P_NEAR] * mid) +
		(volume > p->v[P_VOL_MULT]) +
		(strength >= p->v[P_RSI_LOW] && strength <= p->v[P_RSI_HIGH]) +
		beyond(up, a->close, vwap);
	return n < p->v[P_NEED] ? C_SCORE : levels(a, out);
}

static void decide(const void *state, const void *shared, const struct params *p,
		   const struct view *v, struct decision *out)
{
	struct ask a = { p, v, state, shared, 0, view_in(v, I_CLOSE) };

	if (v->trade == NULL) {
		strategy_enter(&a, p->v[P_READING] > 0 ? points : votes, out);
		return;
	}
	double up = strategy_held(v);
	if (up != 0 && p->v[P_READING] <= 0 && up * tenths(v) <= p->v[P_EXIT] * WEIGHTS + TINY)
		out->what = DECIDE_EXIT;
}

const struct strategy multi_timeframe = {
	.name = "multi_timeframe",
	.about = "buys what bars of 1, 5, 15 and 60 minutes agree on",
	.table = table, .params = params, .params_n = P_COUNT,
	.presets = presets, .presets_n = COUNT(presets),
	.inputs = inputs, .inputs_n = I_COUNT, .input = input,
	.grid_s = 300,
	.conditions = conditions, .conditions_n = C_COUNT,
	.values = values, .value_input = value_input, .values_n = COUNT(values),
	.version = 1,
	.check = check, .warmup = warmup, .decide = decide,
};
