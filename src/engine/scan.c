/* scan.c: one slice: the strategy is asked about every symbol that has a new bar, for
 * exits first, then, alphabetically, for entries. */
#include "engine/inside.h"

static bool has_bar(const struct slot *s, ns end)
{
	assert(!s->fresh || s->series.n > 0);
	return s->fresh && series_ago(&s->series, 0)->ts == end;
}

static void ask(struct engine *e, struct slot *s, ns end, struct decision *d)
{
	struct slot *bench = e->c.bench != SYM_NONE ? slot_find(e, e->c.bench) : NULL;
	struct view v = {
		.now = end, .timeframe_s = e->c.timeframe_s, .series = &s->series,
		.bench = bench != NULL ? &bench->series : NULL,
		.trade = slot_active(e, s) ? &s->life.t : NULL,
		.may_long = (e->c.sides & SIDES_LONG) != 0,
		.may_short = (e->c.sides & SIDES_SHORT) != 0,
	};

	assert(s->state != NULL);
	e->c.strategy->decide(s->state, &e->c.params, &v, d);
}

static void note_values(struct engine *e, const struct decision *d, struct note *n)
{
	uint32_t count = e->c.strategy->values_n;

	assert(count <= VALUES_MAX && count <= NOTE_VALUES);
	n->n = (uint16_t)count;
	memcpy(n->value, d->value, count * sizeof n->value[0]);
}

/* A partly filled entry leaves the target to us: its legs died with the rest. */
static bool beyond_target(const struct slot *s)
{
	const struct trade *t = &s->life.t;

	assert(s->last.n > 0);
	if (t->state != TRADE_OPEN || t->target.n == 0)
		return false;
	return t->side == SIDE_BUY ? s->last.n >= t->target.n : s->last.n <= t->target.n;
}

static void track(struct slot *s, ns end)
{
	const struct bar *b = series_ago(&s->series, 0);
	struct trade *t = &s->life.t;

	assert(b->ts == end);
	if (t->opened == 0 || t->opened >= b->ts)
		return;
	if (t->worst.n == 0 || b->low.n < t->worst.n)
		t->worst = b->low;
	if (b->high.n > t->best.n)
		t->best = b->high;
	s->life.dirty = true;
}

void scan_exits(struct engine *e, ns end)
{
	for (uint32_t i = 0; i < e->slots_n && e->active != 0; i++) {
		struct slot *s = &e->slot[i];
		struct trade *t = &s->life.t;
		struct decision d;
		if (!slot_active(e, s) || !has_bar(s, end) || !say_room(e, LIFE_ORDERS + 4))
			continue;
		track(s, end);
		if (t->state == TRADE_EXITING || t->in.n == 0 || end <= t->signal_ts)
			continue;
		struct held *target = life_leg(s, ROLE_TARGET);
		if ((target == NULL || !order_open(target)) && beyond_target(s)) {
			exits_begin(e, s, EXIT_TARGET);
			continue;
		}
		if (s->state == NULL)
			continue;
		ask(e, s, end, &d);
		if (d.what != DECIDE_EXIT)
			continue;
		note_values(e, &d, say_note(e, NOTE_SIGNAL, DECIDE_EXIT, s, "", "exit"));
		exits_begin(e, s, EXIT_SIGNAL);
	}
	e->touched |= e->active != 0;
	assert(e->out->n <= ACTIONS_MAX);
}

/* Entries: inside the trading window, not in the first and last minutes. */
bool window_open(const struct engine *e, ns at)
{
	const struct session *s = &e->session;
	ns from = s->open + e->c.skip_open, to = s->close - e->c.flat_before_close;

	if (e->c.window_from != 0 || e->c.window_to != 0) {
		ns midnight = ny_time(s->date, 0, 0);
		if (from < midnight + e->c.window_from)
			from = midnight + e->c.window_from;
		if (to > midnight + e->c.window_to)
			to = midnight + e->c.window_to;
	}
	assert(s->open < s->close);
	return at >= from && at < to && at > s->open;
}

void scan_entries(struct engine *e, ns end)
{
	uint32_t own = e->c.strategy->conditions_n;
	bool late = e->now - end > ENTRY_PATIENCE * timeframe(e);
	bool open = window_open(e, end);

	if (e->last_scan != 0 && end - e->last_scan < e->c.interval)
		return;
	e->last_scan = end;
	for (uint32_t i = 0; i < e->c.symbols_n; i++) {
		struct slot *s = &e->slot[i];
		struct decision d;
		if (!has_bar(s, end))
			continue;
		s->fresh = false;
		e->s.bars++;
		if (slot_active(e, s))
			continue;
		if (!open || late) {
			funnel_count(e, own + (open ? F_GAP : F_WINDOW));
			continue;
		}
		ask(e, s, end, &d);
		assert(d.what != DECIDE_EXIT);
		if (d.what == DECIDE_REJECT)
			funnel_count(e, d.failed);
		if (d.what != DECIDE_ENTER || !say_room(e, 8))
			continue;
		e->s.signals++;
		e->dirty = true;
		/* The trade begins with this note, under the name that it will have. */
		struct note *n = say_note(e, NOTE_SIGNAL, DECIDE_ENTER, NULL, "",
					  d.side == SIDE_BUY ? "long" : "short");
		n->sym = s->sym;
		engine_cid(n->trade, e->c.name, e->c.symbol_name[i], end, 'e', 0);
		note_values(e, &d, n);
		plan_enter(e, s, &d, end);
	}
}
