/* rules.c: expressions of a user as a strategy: how they decide. rules_read.c: how they are
 * read. */
#include "strategy/rules.h"

/* The first condition of a side that does not hold, as a place in its list. */
static uint32_t first_failed(const struct rules *r, const struct view *v, uint32_t side)
{
	uint32_t i = 0;

	while (i < r->asks[side] && view_holds(v, r->ask[side][i]))
		i++;
	return i;
}

/* A price on the side where it belongs: below the close or above it. given: by the program; 0:
 * it is not. */
static bool price(const struct view *v, const struct rules_number *n, double close, double up,
		  double given, double *out)
{
	*out = given;
	if (given == 0 && n->input == 0)
		return true;
	if (given == 0) {
		double x = view_in(v, n->input);
		*out = n->percent ? close * (1 + up * x) : x;
	}
	return *out > 0 && (*out - close) * up > 0;
}

static enum level level_is(const struct rules_number *n, px given)
{
	return given.n == 0 && n->input != 0 && n->percent ? LEVEL_PART : LEVEL_PRICE;
}

static bool amount(const struct view *v, const struct rules_number *n, double unit, double given,
		   double *out)
{
	*out = given;
	if (given != 0 || n->input == 0)
		return true;
	*out = view_in(v, n->input) * unit;
	return *out > 0;
}

static bool reject(struct decision *out, uint8_t failed)
{
	out->what = DECIDE_REJECT;
	out->failed = failed;
	return false;
}

/* Every number that was asked for must make sense, or there is no trade. */
static bool enter(const struct rules *r, const struct view *v, uint32_t side,
		  struct decision *out)
{
	double close = view_in(v, 0), up = side == 0 ? 1 : -1;
	double stop, target, trail, size, minutes;
	static const struct intent nothing;
	const struct intent *in = v->intent != NULL ? v->intent : &nothing;

	assert(close > 0 && r->stop[side].input != 0);
	if (!price(v, &r->stop[side], close, -up, px_f64(in->stop), &stop))
		return reject(out, r->stop[side].failed);
	if (!price(v, &r->target[side], close, up, px_f64(in->target), &target))
		return reject(out, r->target[side].failed);
	if (target == 0)
		target = up > 0 ? close * RULES_FAR : close / RULES_FAR;
	if (!amount(v, &r->trail, r->trail.percent ? close : 1, 0, &trail))
		return reject(out, r->trail.failed);
	if (!amount(v, &r->hold, 1, 0, &minutes))
		return reject(out, r->hold.failed);
	if (!amount(v, &r->size, r->size_unit, usd_f64(in->size), &size))
		return reject(out, r->size.failed);
	if (minutes > RULES_HOLD_MAX)
		minutes = RULES_HOLD_MAX;
	*out = (struct decision){
		.what = DECIDE_ENTER, .side = side == 0 ? SIDE_BUY : SIDE_SELL,
		.stop_is = (uint8_t)level_is(&r->stop[side], in->stop),
		.target_is = (uint8_t)level_is(&r->target[side], in->target), .stop = stop,
		.target = target, .trail = trail, .size = size,
		.hold = in->hold != 0 ? in->hold : (ns)(minutes * 60) * NS_SECOND,
	};
	return true;
}

static void leave(const struct rules *r, const struct view *v, struct decision *out)
{
	const struct trade *t = v->trade;
	uint8_t exit = r->exit[t->side == SIDE_BUY ? 0 : 1];

	if (t->opened == 0 || v->now <= t->opened || v->now <= t->signal_ts)
		return;
	if (v->intent != NULL ? v->intent->what == INTENT_EXIT : exit != 0 && view_holds(v, exit))
		out->what = DECIDE_EXIT;
}

/* What the program has said, if it has been asked. */
static void answered(const struct rules *r, const struct view *v, struct decision *out)
{
	uint32_t side = v->intent->what == INTENT_LONG ? 0 : 1;

	if ((v->intent->what == INTENT_LONG && v->may_long) ||
	    (v->intent->what == INTENT_SHORT && v->may_short))
		(void)enter(r, v, side, out);
	else
		(void)reject(out, r->program);
}

void rules_decide(const void *state, const void *shared, const struct params *p,
		  const struct view *v, struct decision *out)
{
	const struct rules *r = v->rules;
	uint32_t furthest = 0;

	(void)state, (void)shared, (void)p;
	assert(r != NULL);
	if (v->trade != NULL) {
		leave(r, v, out);
		return;
	}
	if (v->intent != NULL)
		answered(r, v, out);
	for (uint32_t side = 0; side < 2; side++) {
		if (r->asks[side] == 0 || !(side == 0 ? v->may_long : v->may_short))
			continue;
		uint32_t i = first_failed(r, v, side);
		if (i == r->asks[side]) {
			(void)enter(r, v, side, out);
			return;
		}
		/* Of two sides, the one that came further. */
		if (out->what == DECIDE_NONE || i > furthest) {
			(void)reject(out, r->asked[side][i]);
			furthest = i;
		}
	}
}
