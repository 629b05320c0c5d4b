/* sync.c: the books are compared with the broker's. Orders are asked for one by one; a
 * position is believed only when two comparisons in a row say the same and nothing was
 * under way, and minutes later where its orders say otherwise. What is not ours is counted and
 * never touched. */
#include "engine/inside.h"

/* The broker lists fewer shares, and a stop of ours that it holds more for: one of both is wrong,
 * or of the past. For so long it has to say so. */
#define HELD_FOR (3 * NS_MINUTE)

static void begin(struct engine *e)
{
	e->syncing = true;
	e->sync_begun = e->now;
	for (uint32_t i = 0; i < e->slots_n; i++) {
		struct slot *s = &e->slot[i];
		s->reported = s->shared = false;
		s->broker = (qty){ 0 };
	}
	for (uint32_t i = 0; i < e->lives_n; i++)
		for (uint32_t j = 0; j < e->life[i].n; j++)
			life_order(&e->life[i], j)->seen = false;
	if (e->scratch != NULL)
		e->scratch->lost_n = 0;
	assert(e->slots_n <= SLOTS_MAX);
}

void sync_position(struct engine *e, sym symbol, qty n, enum position_of of)
{
	struct slot *s = slot_find(e, symbol);

	if (s == NULL || !e->syncing)
		return;
	assert(n.n >= INT64_MIN / 2 && n.n <= INT64_MAX / 2);
	s->reported = true;
	s->shared = of != POSITION_OWN;
	s->sought |= of == POSITION_ACCOUNTED;
	s->broker = n;
}

/* The first time that shares are missing every order that may have sold them is asked
 * for, shown or not: the answers are there before the second time. */
static void ask_all(struct engine *e, struct slot *s)
{
	struct life *l = s->life;

	assert(l != NULL);
	for (uint32_t i = 0; i < l->n; i++) {
		struct held *h = life_order(l, i);
		if (h->o.stage != ORDER_DONE && h->ask == 0 && say_room(e, 1))
			orders_ask(e, s, h);
	}
}

static void ask_unseen(struct engine *e, struct slot *s)
{
	struct life *l = s->life;

	for (uint32_t i = 0; i < l->n; i++) {
		struct held *h = life_order(l, i);
		/* What was just sent is given its time: its reply is under way. */
		if (h->o.stage == ORDER_DONE || h->seen || h->ask != 0 ||
		    h->sent + GRACE_REPLY > e->sync_begun)
			continue;
		if (say_room(e, 1))
			orders_ask(e, s, h);
	}
	assert(l->n <= LIFE_ORDERS);
}

/* Nothing under way that could explain a difference. */
static bool quiet(const struct engine *e, struct slot *s)
{
	const struct life *l = s->life;

	/* What was listed may be some seconds older than the sync's beginning. */
	if (l != NULL && l->booked + QUIET > e->sync_begun)
		return false;
	if (l == NULL || !slot_active(s))
		return true;
	const struct held *entry = life_entry(s);
	/* Legs that nobody has seen may have sold it all. */
	if (entry->o.status == ST_FILLED && !l->legs_known &&
	    (life_leg(s, ROLE_STOP) == NULL || life_leg(s, ROLE_TARGET) == NULL))
		return false;
	for (uint32_t i = 0; i < l->n; i++) {
		const struct held *h = life_order(l, i);
		if (h->o.stage == ORDER_DONE)
			continue;
		if (h->ask != 0 || h->o.stage == ORDER_INTENT || h->o.cancel_ts != 0)
			return false;
		if (h->o.role == ROLE_ENTRY || h->o.role == ROLE_EXIT)
			return false;
	}
	assert(l != NULL);
	return true;
}

bool engine_holding(struct engine *e, uint32_t i, qty *n, bool *bare)
{
	struct slot *s = slot_find(e, e->c.symbol[i]);

	assert(s != NULL);
	bool active = slot_active(s);
	*n = active ? trade_open_qty(&s->life->t) : (qty){ 0 };
	*bare = active && s->life->t.naked_since != 0;
	if (active && s->life->t.side == SIDE_SELL)
		n->n = -n->n;
	return quiet(e, s);
}

/* Shares of ours that the broker no longer has: sold by hand, called in. They went out
 * at the last price, as far as anybody knows. */
static void gone(struct engine *e, struct slot *s, int64_t missing)
{
	struct trade *t = &s->life->t;
	px last = slot_last(e, s), at = last.n > 0 ? last : t->signal_price;

	assert(missing > 0);
	s->life->gone += missing;
	t->out.n += missing;
	t->out_value = usd_add(t->out_value, worth(at, missing));
	t->closed = e->now;
	if (trade_open_qty(t).n == 0)
		t->reason_out = EXIT_GONE;
	s->life->dirty = true;
	e->touched = true;
	struct note *n = say_note(e, NOTE_SYNC, EXIT_GONE, s, "", "shares are gone at the broker");
	n->value[0] = (double)missing / 1e9;
	n->value[1] = px_f64(at);
	n->n = 2;
}

/* More at the broker than in the books, for the second time. */
static void too_many(struct engine *e, struct slot *s, int64_t theirs, int64_t ours)
{
	if (!slot_active(s) && lost_found(e, s)) {
		int64_t all = theirs < 0 ? -theirs : theirs;
		ours = trade_open_qty(&s->life->t).n;
		s->foreign = all > ours;
		if (all < ours)
			gone(e, s, ours - all);
		say_puts(e, s);
	} else if (s->foreign && !s->shared) {
		struct note *n = say_note(e, NOTE_SYNC, 0, s, "",
				"shares at the broker that are not ours");
		n->value[0] = (double)theirs / 1e9;
		n->value[1] = (double)ours / 1e9;
		n->n = 2;
	}
	s->foreign = s->foreign && !s->shared;
}

/* Shares that the broker holds for stops of ours of which it has spoken since the comparison
 * before: nobody else can sell them. Of a leg all that was wanted: what the other leg has sold is
 * told. */
static int64_t held_for_stops(const struct slot *s)
{
	const struct life *l = s->life;
	int64_t n = 0;
	usd value;

	for (uint32_t i = 0; i < l->n; i++) {
		const struct held *h = life_order(l, i);
		bool told = h->seen || h->o.updated > s->differs_at;
		if (h->o.role == ROLE_STOP && h->o.stage == ORDER_LIVE && told &&
		    h->o.moved != MOVE_ASKED)
			n += h->o.want.n - chain_done(l, &h->o, &value).n;
	}
	return n;
}

/* Was the same seen before, for long enough? */
static bool confirmed(struct engine *e, struct slot *s, int64_t theirs, int64_t lacks)
{
	bool held = lacks > 0 && theirs < held_for_stops(s);

	if (s->differs == 0)
		s->differs_since = e->sync_begun;
	if (s->differs <= DIFFERS)
		s->differs++;
	s->differs_at = e->sync_begun;
	if (s->differs == 1 && lacks > 0)
		ask_all(e, s);
	assert(s->differs > 0);
	return s->differs >= DIFFERS && !(held && e->sync_begun - s->differs_since < HELD_FOR);
}

/* Not the same, and nothing was under way. */
static void believe(struct engine *e, struct slot *s, int64_t theirs, int64_t ours)
{
	/* Overnight shares are split, and only the morning says so. */
	bool missing = ours > 0 && theirs < ours && e->now >= e->session.pre_open;
	int64_t lacks = missing ? ours - theirs : 0;

	if (s->lacks != lacks)
		s->differs = 0;
	s->lacks = lacks;
	if (s->differs > 0 && e->sync_begun - s->differs_at < QUIET)
		return;
	if (!confirmed(e, s, theirs, lacks))
		return;
	if (!say_room(e, slot_active(s) ? 2 : 4 * LIFE_ORDERS)) {
		s->differs = 1;		/* the next time, then */
	} else if (missing) {
		gone(e, s, ours - (theirs > 0 ? theirs : 0));
		s->differs = 0;
		say_puts(e, s);
	} else if (s->differs == DIFFERS) {	/* said once */
		too_many(e, s, theirs, ours);
		s->sought = true;
	}
}

static void compare(struct engine *e, struct slot *s)
{
	bool active = slot_active(s);
	int64_t ours = active ? trade_open_qty(&s->life->t).n : 0;
	int64_t theirs = s->broker.n;

	/* Of a symbol on the list there is a word each time, though it be none. */
	if (s->on_list && !s->reported)
		return;
	if (active && s->life->t.side == SIDE_SELL)
		theirs = -theirs;
	/* Of a position that others hold too nobody can say whose shares are missing, unless there
	 * are fewer than ours alone; nor whose are too many, but whether a trade was lost is found
	 * out once. */
	bool others = s->shared && (theirs >= ours || ours <= 0);
	if (!quiet(e, s) || (others && (active || s->sought))) {
		s->differs = 0;
		s->foreign = s->foreign && !s->shared;
		return;
	}
	s->foreign = theirs > ours || (theirs != 0 && !active);
	if (theirs != ours) {
		believe(e, s, theirs, ours);
		return;
	}
	s->differs = 0;
	s->sought = true;
}

/* ---- splits */

/* False: not by these numbers. */
static bool split_trade(struct trade *t, int64_t by, int64_t per)
{
	int64_t open = trade_open_qty(t).n;
	int64_t *shares[] = { &open, &t->out.n };
	int64_t *prices[] = { &t->stop.n, &t->target.n, &t->signal_price.n, &t->worst.n,
			      &t->best.n, &t->trail.n, &t->trail_from.n };

	assert(by > 0 && per > 0);
	/* What both are together has to fit, too. */
	for (size_t i = 0; i < COUNT(shares); i++)
		if (!num_muldiv_ok(shares[i], *shares[i], by, per, ROUND_NEAR) ||
		    *shares[i] > INT64_MAX / 2)
			return false;
	for (size_t i = 0; i < COUNT(prices); i++)
		if (!num_muldiv_ok(prices[i], *prices[i], per, by, ROUND_NEAR))
			return false;
	t->in.n = t->want.n = t->out.n + open - open % NUM_ONE;
	t->stop = px_tick(t->stop, tick_of(t->stop), ROUND_NEAR);
	t->target = px_tick(t->target, tick_of(t->target), ROUND_NEAR);
	return true;
}

/* The morning after: what is held are other shares at other prices, for the same money; parts of
 * a share were paid out. The broker has cancelled all orders: the stop manager finds that out. */
void sync_split(struct engine *e, const struct split *x)
{
	struct slot *s = slot_find(e, x->sym);
	struct trade *t = s != NULL && slot_active(s) ? &s->life->t : NULL;

	if (t == NULL || x->after <= 0 || x->before <= 0 || x->ex <= 0 || x->ex > UINT16_MAX ||
	    t->split >= x->ex || t->opened == 0 || ny_date(t->opened) >= x->ex)
		return;
	struct trade is = *t;
	if (!split_trade(&is, x->after, x->before)) {
		e->s.odd_reports++;
		return;
	}
	*t = is;
	t->split = (uint16_t)x->ex;
	s->life->booked_at = (px){ 0 };
	s->life->gone = 0;
	s->life->stops_refused = 0;
	s->life->stop_after = 0;
	s->life->dirty = true;
	s->differs = 0;
	e->touched = true;
	ask_all(e, s);
	struct note *n = say_note(e, NOTE_SYNC, 0, s, "", "a split: other shares, other prices");
	n->value[0] = qty_f64(trade_open_qty(t));
	n->value[1] = px_f64(t->stop);
	n->n = 2;
}

static void end(struct engine *e)
{
	if (!e->syncing)
		return;
	e->syncing = false;
	e->started = true;
	e->synced = e->orders_up;
	e->touched = true;
	e->seeks = e->newer;
	e->newer = false;
	for (uint32_t i = 0; i < e->slots_n; i++) {
		struct slot *s = &e->slot[i];
		if (s->on_list || slot_active(s))
			compare(e, s);
		e->seeks |= !slot_active(s) &&
			(s->differs == DIFFERS - 1 || (s->broker.n != 0 && !s->sought));
		if (slot_active(s))
			ask_unseen(e, s);
	}
	assert(!e->syncing);
}

bool engine_seeks(const struct engine *e)
{
	assert(e->s.instance == e->c.index);
	return e->seeks;
}

void sync_phase(struct engine *e, uint32_t phase)
{
	assert(phase <= SYNC_ANEW);
	if (phase >= SYNC_GAP || e->gap_until == NEVER)
		e->gap_until = phase == SYNC_GAP ? e->now + GRACE_GAP : 0;
	if (phase == SYNC_BEGIN)
		begin(e);
	else if (phase == SYNC_END)
		end(e);
	else if (phase == SYNC_HOLE)
		saved_hole(e);
	else if (phase == SYNC_ANEW)
		saved_anew(e);
}
