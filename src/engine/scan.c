/* scan.c: one slice: the strategy is asked about every symbol that has a new bar, for
 * exits first, then, alphabetically, for entries. */
#include "base/text.h"
#include "engine/inside.h"

static struct view view_at(const struct engine *e, ns end)
{
	return (struct view){
		.now = end, .timeframe_s = e->c.timeframe_s, .chart = e->chart, .in = e->c.in,
		.rules = e->c.rules, .bench = e->c.bench != SYM_NONE,
		.may_long = (e->c.sides & SIDES_LONG) != 0,
		.may_short = (e->c.sides & SIDES_SHORT) != 0,
	};
}

/* A closed bar on which nobody has decided. */
static bool has_bar(const struct engine *e, const struct slot *s, ns end)
{
	return s->chart != CHART_NONE && chart_end(e->chart, s->chart) == end &&
		chart_live(e->chart, s->chart);
}

static void *state_of(const struct engine *e, const struct slot *s)
{
	return e->states + (size_t)(s - e->slot) * e->stride;
}

bool engine_follows(const struct engine *e)
{
	assert(e->c.strategy->decide != NULL);
	return e->c.strategy->update != NULL;
}

void engine_bar(struct engine *e, uint32_t chart_slot)
{
	const struct strategy *st = e->c.strategy;
	uint8_t i = chart_slot < SYMBOLS_MAX ? e->by_chart[chart_slot] : NO_SLOT;

	if (st->update == NULL || i == NO_SLOT || !e->slot[i].on_list)
		return;
	struct view v = view_at(e, chart_end(e->chart, chart_slot));
	v.slot = chart_slot;
	assert(v.now > 0);
	st->update(state_of(e, &e->slot[i]), e->shared, &e->c.params, &v);
}

/* ---- exits */

/* A partly filled entry leaves the target to us: its legs died with the rest. */
static bool beyond_target(struct slot *s, px close)
{
	const struct trade *t = &s->life->t;
	struct held *target = life_leg(s, ROLE_TARGET);

	assert(close.n > 0);
	if ((target != NULL && order_open(target)) || t->state != TRADE_OPEN || t->target.n == 0)
		return false;
	return t->side == SIDE_BUY ? close.n >= t->target.n : close.n <= t->target.n;
}

/* A close that far behind the best price since the fill, once the trade was so far in profit. The
 * stop at the broker stays where it is. */
static bool trailed(const struct trade *t, px close)
{
	bool buy = t->side == SIDE_BUY;

	if (t->trail.n == 0 || t->best.n == 0 || t->worst.n == 0)
		return false;
	px entry = px_avg(t->in_value, t->in, ROUND_NEAR);
	int64_t won = buy ? t->best.n - entry.n : entry.n - t->worst.n;
	int64_t back = buy ? t->best.n - close.n : close.n - t->worst.n;
	assert(t->trail.n > 0 && t->trail_from.n >= 0);
	return won >= t->trail_from.n && back >= t->trail.n;
}

/* After a restart those are counted that the chart still has. */
static void count_bars(const struct engine *e, const struct slot *s)
{
	struct life *l = s->life;
	uint32_t n = chart_bars(e->chart, s->chart);

	if (!l->counted)
		for (l->bars = 0; l->bars < n; l->bars++)
			if (chart_bar(e->chart, s->chart, l->bars).ts <= l->t.opened)
				break;
	l->bars += l->counted;
	l->counted = true;
	assert(l->bars > 0);
}

static void track(const struct engine *e, struct slot *s, ns end)
{
	struct bar b = chart_bar(e->chart, s->chart, 0);
	struct trade *t = &s->life->t;

	assert(b.ts == end);
	if (t->opened == 0 || t->opened >= end)
		return;
	count_bars(e, s);
	if (t->worst.n == 0 || b.low.n < t->worst.n)
		t->worst = b.low;
	if (b.high.n > t->best.n)
		t->best = b.high;
	s->life->dirty = true;
}

/* The trade as expressions see it; worst and best as its own side does. */
static void trade_values(const struct life *l, px close, ns end, double out[TRADE_VALUES])
{
	const struct trade *t = &l->t;
	double entry = px_f64(px_avg(t->in_value, t->in, ROUND_NEAR));
	double up = t->side == SIDE_BUY ? 1 : -1;
	px best = up > 0 ? t->best : t->worst, worst = up > 0 ? t->worst : t->best;

	/* A trade that was taken back from a broker who named no price has none. */
	bool known = entry > 0;

	assert(t->in.n > 0);
	out[TRADE_VALUE_ENTRY] = known ? entry : TA_NONE;
	out[TRADE_VALUE_PROFIT] = known ? up * (px_f64(close) / entry - 1) : TA_NONE;
	out[TRADE_VALUE_BARS] = l->bars;
	out[TRADE_VALUE_MINUTES] = (double)(end - t->opened) / (double)NS_MINUTE;
	out[TRADE_VALUE_BEST] = best.n > 0 ? px_f64(best) : TA_NONE;
	out[TRADE_VALUE_WORST] = worst.n > 0 ? px_f64(worst) : TA_NONE;
}

static void note_values(struct engine *e, const struct view *v, struct note *n)
{
	const struct strategy *st = e->c.strategy;

	assert(st->values_n <= VALUES_MAX && st->values_n <= NOTE_VALUES);
	if (e->c.unheard)
		return;
	n->n = (uint16_t)st->values_n;
	for (uint32_t i = 0; i < st->values_n; i++)
		n->value[i] = view_in(v, st->value_input[i]);
}

/* "long", or with a program's words "long: above its average"; and on whose bars, where they are
 * not all the broker's. */
static struct note *note_signal(struct engine *e, const struct view *v, enum decide what,
				const struct slot *s, const char *word)
{
	struct note *n = say_note(e, NOTE_SIGNAL, what, s, "", word);
	struct text t;

	if (e->c.unheard)
		return n;
	text_init(&t, n->text, sizeof n->text);
	t.n = strlen(word);
	if (e->stood_in == ny_date(v->now))
		text_cstr(&t, ", on bars of [data] fallback");
	if (v->intent != NULL && v->intent->why[0] != '\0') {
		struct str why = str_of(v->intent->why);
		text_cstr(&t, ": ");
		why.n = why.n < t.cap - 1 - t.n ? why.n : t.cap - 1 - t.n;
		text_add(&t, why);
	}
	(void)text_done(&t);
	return n;
}

static bool strategy_leaves(struct engine *e, struct slot *s, struct view *v, px close)
{
	struct decision d;
	double values[TRADE_VALUES];

	if (!s->on_list)
		return false;
	trade_values(s->life, close, v->now, values);
	v->slot = s->chart;
	v->trade = &s->life->t;
	v->trade_values = values;
	d.what = DECIDE_NONE;
	e->c.strategy->decide(state_of(e, s), e->shared, &e->c.params, v, &d);
	if (d.what == DECIDE_EXIT)
		note_values(e, v, note_signal(e, v, DECIDE_EXIT, s, "exit"));
	v->trade_values = NULL;
	return d.what == DECIDE_EXIT;
}

void scan_exits(struct engine *e, ns end)
{
	struct view v = view_at(e, end);

	for (uint32_t i = 0; i < e->active_n; i++) {
		struct slot *s = &e->slot[e->active[i]];
		struct trade *t = &s->life->t;
		if (!has_bar(e, s, end) || !say_room(e, LIFE_ORDERS + 4))
			continue;
		track(e, s, end);
		if (t->state == TRADE_EXITING || t->in.n == 0 || end <= t->signal_ts)
			continue;
		px close = chart_close_price(e->chart, s->chart);
		if (beyond_target(s, close))
			exits_begin(e, s, EXIT_TARGET);
		else if (trailed(t, close))
			exits_begin(e, s, EXIT_TRAIL);
		else if (strategy_leaves(e, s, &v, close))
			exits_begin(e, s, EXIT_SIGNAL);
	}
	e->touched |= e->active_n > 0;
	assert(e->out->n <= ACTIONS_MAX);
}

/* ---- entries */

bool window_find(struct engine *e, ns at)
{
	const struct session *s = &e->session;
	ns midnight = ny_time(s->date, 0, 0);
	bool whole = e->c.window_from == 0 && e->c.window_to == 0;
	ns from = midnight + e->c.window_from, to = midnight + e->c.window_to;
	struct window w = { s->date, s->open + e->c.skip_open, s->close - e->c.flat_before_close };

	assert(s->open < s->close);
	if (!whole && w.from < from)
		w.from = from;
	if (!whole && w.to > to)
		w.to = to;
	/* What was decided at the open is of yesterday. */
	if (w.from <= s->open)
		w.from = s->open + 1;
	e->window = w;
	return window_open(e, at);
}

static void found(struct engine *e, uint32_t i, const struct view *v, const struct decision *d)
{
	struct slot *s = &e->slot[i];
	uint32_t own = e->c.strategy->conditions_n;
	enum funnel turned = filters_ask(e, i, d->side);

	if (turned == F_COUNT && !say_room(e, 8))
		turned = F_GAP;
	if (turned != F_COUNT) {
		funnel_count(e, own + turned);
		return;
	}
	e->s.signals++;
	e->dirty = true;
	/* The trade begins with this note, under the name that it will have. */
	struct note *n = note_signal(e, v, DECIDE_ENTER, NULL,
				     d->side == SIDE_BUY ? "long" : "short");
	n->sym = s->sym;
	engine_cid(n->trade, e->c.name, e->c.symbol_name[i], v->now, 'e', 0);
	note_values(e, v, n);
	(void)plan_enter(e, s, d, v->now);
}

static void look(struct engine *e, uint32_t i, struct view *v)
{
	struct decision d;

	v->slot = e->at[i];
	d.what = DECIDE_NONE;
	e->c.strategy->decide(e->states + i * e->stride, e->shared, &e->c.params, v, &d);
	assert(d.what != DECIDE_EXIT);
	if (d.what == DECIDE_REJECT)
		funnel_count(e, d.failed);
	else if (d.what == DECIDE_ENTER)
		found(e, i, v, &d);
}

/* The loop of a search: most instances hold nothing, and most bars are turned away at once. */
void scan_entries(struct engine *e, ns end)
{
	bool late = e->now - end > e->patience, open = window_open(e, end);
	uint64_t left[ENGINE_SYMBOLS / 64];

	if (e->s.last_scan != 0 && end - e->s.last_scan < e->interval)
		return;
	e->s.last_scan = end;
	if (!open || late) {
		sieve_closed(e, end, open ? F_GAP : F_WINDOW);
		return;
	}
	if (!sieve_ask(e, end, left))
		return;
	struct view v = view_at(e, end);
	for (uint32_t w = 0; w < COUNT(left); w++)
		for (; left[w] != 0; left[w] &= left[w] - 1)
			look(e, w * 64 + (uint32_t)__builtin_ctzll(left[w]), &v);
}

/* ---- a program decides */

static enum ask asked(struct engine *e, const struct slot *s, ns end)
{
	const struct trade *t = s->active ? &s->life->t : NULL;

	if (t != NULL)
		return t->state != TRADE_EXITING && t->in.n > 0 && end > t->signal_ts ? ASK_EXIT
										      : ASK_NOTHING;
	/* Nobody looks for entries at this slice, or not any more. */
	if (e->s.last_scan != end || !window_open(e, end) ||
	    e->now - end > ENTRY_PATIENCE * timeframe(e))
		return ASK_NOTHING;
	return warm_now(e, (uint32_t)(s - e->slot)) ? ASK_ENTRY : ASK_NOTHING;
}

bool engine_question(struct engine *e, uint32_t i, struct question *out)
{
	const struct slot *s = &e->slot[i];
	ns end = e->s.last_decision;

	assert(i < e->c.symbols_n);
	if (!e->started || !has_bar(e, s, end))
		return false;
	out->bar = chart_bar(e->chart, s->chart, 0);
	out->trade = s->active ? &s->life->t : NULL;
	out->ask = asked(e, s, end);
	return true;
}

double engine_input(struct engine *e, uint32_t i, uint32_t input)
{
	assert(i < e->c.symbols_n && input < e->c.strategy->inputs_n);
	return chart_value(e->chart, e->slot[i].chart, &e->c.in[input], NULL);
}

void scan_intent(struct engine *e, const struct intent *in)
{
	struct slot *s = slot_find(e, in->sym);
	struct view v = view_at(e, in->bar);
	struct decision d = { .what = DECIDE_NONE };

	if (!e->c.strategy->outside || s == NULL || !s->on_list)
		return;
	if (in->what == INTENT_UNANSWERED || in->bar != e->s.last_decision ||
	    !has_bar(e, s, in->bar) || !say_room(e, LIFE_ORDERS + 8)) {
		funnel_count(e, e->c.strategy->conditions_n + F_LATE);
		return;
	}
	v.intent = in;
	v.slot = s->chart;
	enum ask ask = asked(e, s, in->bar);
	if (ask == ASK_EXIT) {
		if (strategy_leaves(e, s, &v, chart_close_price(e->chart, s->chart)))
			exits_begin(e, s, EXIT_SIGNAL);
		e->touched = true;
	} else if (ask == ASK_ENTRY) {
		e->c.strategy->decide(NULL, e->shared, &e->c.params, &v, &d);
		if (d.what == DECIDE_REJECT)
			funnel_count(e, d.failed);
		else if (d.what == DECIDE_ENTER)
			found(e, (uint32_t)(s - e->slot), &v, &d);
	}
}
