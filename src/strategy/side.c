/* side.c: what all strategies do alike: long and short by one rule, levels, sessions. */
#include "base/text.h"
#include "strategy/inside.h"

bool strategy_complain(char *why, size_t size, const char *words)
{
	assert(size > 0);
	bool fits = str_copy(why, size, str_of(words));
	(void)fits;
	return false;
}

void strategy_enter(const struct ask *ask, strategy_side *side, struct decision *out)
{
	struct ask a = *ask;
	uint8_t failed = 0;

	assert(a.v->trade == NULL);
	for (int i = 0; i < 2; i++) {
		if (!(i == 0 ? a.v->may_long : a.v->may_short))
			continue;
		a.up = i == 0 ? 1 : -1;
		uint8_t at = side(&a, out);
		if (at == PASSED)
			return;
		if (at > failed)
			failed = at;
	}
	out->what = DECIDE_REJECT;
	out->failed = failed;
}

uint8_t strategy_levels(const struct ask *a, double stop, double target, double hold_s,
			struct decision *out)
{
	*out = (struct decision){
		.what = DECIDE_ENTER, .side = a->up > 0 ? SIDE_BUY : SIDE_SELL,
		.stop = a->close - a->up * stop, .target = a->close + a->up * target,
		.hold = (ns)hold_s * NS_SECOND,
	};
	return PASSED;
}

double strategy_held(const struct view *v)
{
	const struct trade *t = v->trade;

	assert(t != NULL);
	ns end = chart_end(v->chart, v->slot);
	if (t->opened == 0 || end <= t->opened || end <= t->signal_ts)
		return 0;
	return t->side == SIDE_BUY ? 1 : -1;
}

uint32_t strategy_signal_ago(const struct view *v)
{
	uint32_t n = chart_bars(v->chart, v->slot);

	assert(v->trade != NULL);
	for (uint32_t ago = 0; ago < n; ago++) {
		ns end = chart_bar(v->chart, v->slot, ago).ts;
		if (end <= v->trade->signal_ts)
			return end == v->trade->signal_ts ? ago : CHART_NONE;
	}
	return CHART_NONE;
}

ns strategy_session(const struct view *v, double minutes)
{
	if (!ta_defined(minutes))
		return 0;
	return v->now - (ns)(minutes * 60) * NS_SECOND;
}
