/* zscore.c: buys what is far below its mean, measured in deviations, and sells nearer to it.
 *
 * z = (close - SMA(n)) / population deviation of the n closes, t's included; none when all n are
 * equal. Long when z < in. Exit, from the close of the bar of the fill on: z >= out, or
 * z < fail, where what was to come back goes on falling. Shorts are the mirror: z > -in, then
 * z <= -out or z > -fail. A resting stop and target, of the signal's close, guard between the
 * closes. */
#include "strategy/inside.h"
#include <math.h>

enum { P_N, P_IN, P_OUT, P_FAIL, P_STOP, P_TARGET, P_HOLD, P_WARMUP, P_COUNT };

/* In the order of the parameters above. */
static const char table[] =
	"n" WHOLE("20 3 500") "bars of mean and deviation" END
	"in" NUMBER("-2 -20 0") "long below this z" END
	"out" NUMBER("-0.5 -20 20") "sold at this z" END
	"fail" NUMBER("-4 -100 0") "given up below this z" END
	"stop" PERCENT("0.05 0.001 0.5") "resting stop below the signal's close" END
	"target" PERCENT("0.1 0.001 1") "resting target above the signal's close" END
	"hold" SECONDS("3600 0 604800") "longest time; 0: no limit" END
	"warmup" WHOLE("250 0 5000") "bars before the first signal" END;
static struct param_spec params[P_COUNT];

static const struct preset presets[] = {
	{ "literal", "z of 20 bars below -2, out at -0.5, given up below -4, 60 minutes",
	  "n=20 in=-2 out=-0.5 fail=-4 stop=5% target=10% hold=60m" },
};

enum { I_CLOSE, I_Z, I_MEAN, I_COUNT };

static const char *const inputs[I_COUNT] = {
	[I_CLOSE] = "close", [I_Z] = "zscore($n)", [I_MEAN] = "sma($n)",
};

enum { C_NO_VALUE, C_Z, C_COUNT };

static const char *const conditions[C_COUNT] = {
	[C_NO_VALUE] = "no_value", [C_Z] = "z",
};

static const char *const values[] = { "close", "z", "mean" };
static const uint8_t value_input[] = { I_CLOSE, I_Z, I_MEAN };

static bool check(const struct params *p, char *why, size_t size)
{
	/* No point of n lies further than sqrt(n - 1) deviations from their mean. */
	if (p->v[P_IN] <= -sqrt(p->v[P_N] - 1))
		return strategy_complain(why, size, "in: no close can be this far from the mean "
				"of n; it must be above minus the root of n - 1");
	if (p->v[P_FAIL] >= p->v[P_IN] || p->v[P_IN] >= p->v[P_OUT])
		return strategy_complain(why, size, "fail must be below in, and in below out");
	return true;
}

static uint32_t warmup(const struct params *p)
{
	return (uint32_t)fmax(p->v[P_WARMUP], p->v[P_N]);
}

static uint8_t side(const struct ask *a, struct decision *out)
{
	const struct params *p = a->p;
	double z = view_in(a->v, I_Z);

	if (!ta_defined(z))
		return C_NO_VALUE;
	if (!(a->up * z < p->v[P_IN]))
		return C_Z;
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
	double up = strategy_held(v), z = up * view_in(v, I_Z);
	if (up != 0 && (z >= p->v[P_OUT] || z < p->v[P_FAIL]))
		out->what = DECIDE_EXIT;
}

const struct strategy zscore = {
	.name = "zscore",
	.about = "buys far below the mean in deviations, sells nearer to it",
	.table = table, .params = params, .params_n = P_COUNT,
	.presets = presets, .presets_n = COUNT(presets),
	.inputs = inputs, .inputs_n = I_COUNT,
	.conditions = conditions, .conditions_n = C_COUNT,
	.values = values, .value_input = value_input, .values_n = COUNT(values),
	.version = 1,
	.check = check, .warmup = warmup, .decide = decide,
};
