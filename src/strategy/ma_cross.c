/* ma_cross.c: buys when the fast average crosses above the slow one, sells when it is below.
 *
 * Long, at the close of bar t:
 *   cross   fast[t] > slow[t] and fast[t-1] <= slow[t-1]; where one of the four does not exist,
 *           as on the first bar with both, there is no cross
 *   band    (fast - slow) / close > band; 0%: any
 * Shorts are the mirror. Exit at the first close, from that of the bar of the fill on, with the
 * fast average on the other side of the slow one. Stop and target are of the signal's close. */
#include "strategy/inside.h"
#include <math.h>

enum { P_FAST, P_SLOW, P_TYPE, P_BAND, P_STOP, P_TARGET, P_HOLD, P_WARMUP, P_COUNT };

/* In the order of the parameters above. */
static const char table[] =
	"fast" WHOLE("9 1 500") "bars of the fast average" END
	"slow" WHOLE("21 2 1000") "bars of the slow one" END
	"type" CHOICE("0 ema|sma") "exponential or simple" END
	"band" PERCENT("0 0 0.1") "they must be so far apart, in parts of the price" END
	"stop" PERCENT("0.01 0.001 0.5") "stop below the signal's close" END
	"target" PERCENT("0.2 0.001 1") "resting target above the signal's close" END
	"hold" SECONDS("0 0 604800") "longest time; 0: no limit" END
	"warmup" WHOLE("250 0 5000") "bars before the first signal" END;
static struct param_spec params[P_COUNT];

static const struct preset presets[] = {
	{ "literal", "EMA 9 crosses EMA 21, stop 1 %",
	  "fast=9 slow=21 type=ema band=0% stop=1% target=20% hold=0" },
	{ "golden", "SMA 50 crosses SMA 200, stop 3 %",
	  "fast=50 slow=200 type=sma band=0% stop=3% target=50% hold=0" },
};

enum { I_CLOSE, I_FAST, I_SLOW, I_FAST_WAS, I_SLOW_WAS, I_COUNT };

static const char *const inputs[I_COUNT] = {
	[I_CLOSE] = "close", [I_FAST] = "ema($fast)", [I_SLOW] = "ema($slow)",
	[I_FAST_WAS] = "ema($fast)[1]", [I_SLOW_WAS] = "ema($slow)[1]",
};

static const char *input(const struct params *p, uint32_t i)
{
	static const char *const simple[I_COUNT] = {
		[I_CLOSE] = "close", [I_FAST] = "sma($fast)", [I_SLOW] = "sma($slow)",
		[I_FAST_WAS] = "sma($fast)[1]", [I_SLOW_WAS] = "sma($slow)[1]",
	};

	assert(i < I_COUNT);
	return p->v[P_TYPE] > 0 ? simple[i] : inputs[i];
}

enum { C_NO_VALUE, C_CROSS, C_BAND, C_COUNT };

static const char *const conditions[C_COUNT] = {
	[C_NO_VALUE] = "no_value", [C_CROSS] = "cross", [C_BAND] = "band",
};

static const char *const values[] = { "close", "fast", "slow" };
static const uint8_t value_input[] = { I_CLOSE, I_FAST, I_SLOW };

static bool check(const struct params *p, char *why, size_t size)
{
	if (p->v[P_FAST] >= p->v[P_SLOW])
		return strategy_complain(why, size, "fast must be below slow");
	return true;
}

static uint32_t warmup(const struct params *p)
{
	return (uint32_t)fmax(p->v[P_WARMUP], p->v[P_SLOW] + 1);
}

static uint8_t side(const struct ask *a, struct decision *out)
{
	const struct params *p = a->p;
	double fast = view_in(a->v, I_FAST), slow = view_in(a->v, I_SLOW);
	double fast_was = view_in(a->v, I_FAST_WAS), slow_was = view_in(a->v, I_SLOW_WAS);

	if (!ta_defined(fast + slow + fast_was + slow_was))
		return C_NO_VALUE;
	if (!beyond(a->up, fast, slow) || beyond(a->up, fast_was, slow_was))
		return C_CROSS;
	if (!(a->up * (fast - slow) > p->v[P_BAND] * a->close))
		return C_BAND;
	return strategy_levels(a, a->close * p->v[P_STOP], a->close * p->v[P_TARGET],
			       p->v[P_HOLD], out);
}

static void decide(const void *state, const void *shared, const struct params *p,
		   const struct view *v, struct decision *out)
{
	struct ask a = { p, v, state, shared, 0, view_in(v, I_CLOSE) };

	if (v->trade == NULL) {
		strategy_enter(&a, side, out);
		return;
	}
	double up = strategy_held(v);
	if (up != 0 && beyond(-up, view_in(v, I_FAST), view_in(v, I_SLOW)))
		out->what = DECIDE_EXIT;
}

const struct strategy ma_cross = {
	.name = "ma_cross",
	.about = "buys when a fast average crosses above a slow one",
	.table = table, .params = params, .params_n = P_COUNT,
	.presets = presets, .presets_n = COUNT(presets),
	.inputs = inputs, .inputs_n = I_COUNT, .input = input,
	.conditions = conditions, .conditions_n = C_COUNT,
	.values = values, .value_input = value_input, .values_n = COUNT(values),
	.version = 1,
	.check = check, .warmup = warmup, .decide = decide,
};
