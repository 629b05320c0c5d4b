/* sync.c: the books are compared with the broker's. Orders are asked for one by one; a
 * position is believed only when two comparisons in a row say the same and nothing was
 * under way. What is not ours is counted and never touched. */
#include "engine/inside.h"

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
	assert(e->slots_n <= SLOTS_MAX);
}

void sync_position(struct engine *e, sym symbol, qty n, bool shared)
{
	struct slot *s = slot_find(e, symbol);

	if (s == NULL || !e->syncing)
		return;
	assert(n.n >= INT64_MIN / 2 && n.n <= INT64_MAX / 2);
	s->reported = true;
	s->shared = shared;
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

static void compare(struct engine *e, struct slot *s)
{
	int64_t ours = slot_active(s) ? trade_open_qty(&s->life->t).n : 0;
	int64_t theirs = s->broker.n;

	if (slot_active(s) && s->life->t.side == SIDE_SELL)
		theirs = -theirs;
	/* Of a position that others hold too nobody can say whose shares are missing, unless there
	 * are fewer than ours alone. */
	if (!quiet(e, s) || (s->shared && (theirs >= ours || ours <= 0))) {
		s->differs = 0;
		s->foreign = s->foreign && !s->shared;
		return;
	}
	s->foreign = theirs > ours || (theirs != 0 && !slot_active(s));
	if (theirs == ours) {
		s->differs = 0;
		return;
	}
	/* Overnight shares are split, and only the morning says so. */
	bool missing = ours > 0 && theirs < ours && e->now >= e->session.pre_open;
	if (s->differs > 0 && e->sync_begun - s->differs_at < QUIET)
		return;
	if (s->differs < 3)
		s->differs++;
	s->differs_at = e->sync_begun;
	if (s->differs == 1 && missing)
		ask_all(e, s);
	assert(s->differs > 0);
	if (s->differs < 2 || !say_room(e, 2))
		return;
	if (missing) {
		gone(e, s, ours - (theirs > 0 ? theirs : 0));
		s->differs = 0;
		say_puts(e, s);
	} else if (s->differs == 2) {	/* said once */
		struct note *n = say_note(e, NOTE_SYNC, 0, s, "",
				"shares at the broker that are not ours");
		n->value[0] = (double)theirs / 1e9;
		n->value[1] = (double)ours / 1e9;
		n->n = 2;
	}
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
	for (uint32_t i = 0; i < e->slots_n; i++) {
		struct slot *s = &e->slot[i];
		if (s->on_list || slot_active(s))
			compare(e, s);
		if (slot_active(s))
			ask_unseen(e, s);
	}
	assert(!e->syncing);
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

/* No name is given twice, whatever the books have lost: the broker would take the second order for
 * the first. */
static void used(struct engine *e, struct slot *s, const struct cid_name *n, const char *cid)
{
	struct trade *t = slot_active(s) ? &s->life->t : NULL;
	bool ours = t != NULL && strncmp(t->id, cid, n->base) == 0;

	if (n->purpose == 'e' || (!ours && n->signal < s->used_signal))
		return;
	if (!ours && n->signal > s->used_signal) {
		s->used_signal = n->signal;
		s->used_stops = s->used_exits = 0;
	}
	bool out = n->purpose == 'x';
	uint8_t *next = ours ? (out ? &t->exit_seq : &t->stop_seq) :
			       (out ? &s->used_exits : &s->used_stops);
	if (n->number < *next)
		return;
	*next = (uint8_t)(n->number + 1);
	if (ours) {
		s->life->dirty = true;
		e->news = s;
	}
}

static bool adopt(struct engine *e, struct slot *s, const struct report *r,
		  const struct cid_name *n)
{
	struct held *h;

	/* Of later than now: a name as ours, and none that we gave. */
	if (n->signal > e->now || slot_active(s) || r->want.n <= 0)
		return false;
	struct life *l = life_begin(e, s);
	if (l == NULL)
		return false;
	l->dirty = true;
	l->t = (struct trade){ .instance = e->c.index, .side = r->side, .state = TRADE_ENTERING,
			       .sym = s->sym, .want = r->want, .signal_ts = n->signal,
			       .signal_price = r->average };
	if (n->signal == s->used_signal) {
		l->t.stop_seq = s->used_stops;
		l->t.exit_seq = s->used_exits;
	}
	memcpy(l->t.id, r->cid, sizeof l->t.id);
	struct order o = { .instance = e->c.index, .role = ROLE_ENTRY, .stage = ORDER_LIVE,
			   .side = r->side, .type = r->type, .tif = TIF_GTC, .cls = CLASS_BRACKET,
			   .status = ST_PENDING_NEW, .sym = s->sym, .want = r->want, .sends = 1,
			   .made = n->signal, .updated = e->now };
	memcpy(o.cid, r->cid, sizeof o.cid);
	memcpy(o.trade, r->cid, sizeof o.trade);
	slot_activate(e, s);
	bool fits = orders_add(e, s, &o, &h);
	assert(fits);
	(void)fits;
	h->dirty = true;
	say_note(e, NOTE_SYNC, 0, s, r->cid, "an entry of ours that was lost, taken back");
	fills_apply(e, s, h, r);
	return true;
}

/* A stop or an exit of a trade of ours that the ledger has not kept: it went out while nothing
 * could be written. */
static bool take_back(struct engine *e, struct slot *s, const struct report *r,
		      const struct cid_name *n)
{
	struct trade *t = &s->life->t;
	bool out = n->purpose == 'x';
	struct held *h;

	assert(s->life != NULL);
	if (strncmp(r->cid, t->id, n->base) != 0 || (!out && n->purpose != 's'))
		return false;
	struct order o = { .instance = e->c.index, .role = out ? ROLE_EXIT : ROLE_STOP,
			   .stage = ORDER_LIVE, .side = r->side, .type = r->type, .tif = TIF_GTC,
			   .status = ST_PENDING_NEW, .sym = s->sym, .want = r->want,
			   .limit = r->limit, .stop = r->stop, .sends = 1, .made = e->now,
			   .updated = e->now };
	memcpy(o.cid, r->cid, sizeof o.cid);
	memcpy(o.trade, t->id, sizeof o.trade);
	if (!orders_add(e, s, &o, &h))
		return false;
	h->dirty = s->life->dirty = true;
	say_note(e, NOTE_SYNC, 0, s, r->cid, "an order of ours that was lost, taken back");
	if (out)
		exits_begin(e, s, EXIT_SIGNAL);	/* for whatever reason it was */
	fills_apply(e, s, h, r);
	return true;
}

/* An order with our name that the ledger does not know: the store was lost or is old.
 * A working entry, or a filled one whose legs still work, is a position of ours. True
 * when the leg that this report is about has found its trade. */
bool sync_lost(struct engine *e, const struct report *r)
{
	struct slot *s = slot_find(e, r->sym);
	bool final = status_final((enum order_status)r->status);
	struct cid_name n = { .purpose = 0 };

	assert(r->status <= ST_UNKNOWN);
	if (s == NULL || !s->on_list || r->source != FROM_SYNC)
		return false;
	bool ours = cid_read(&n, r->cid), entry = n.purpose == 'e' && ours;
	if (ours)
		used(e, s, &n, r->cid);
	if (r->parent[0] == '\0') {
		if (ours && slot_active(s) && take_back(e, s, r, &n))
			return false;
		if (entry && final && r->done.n > 0 && !slot_active(s)) {
			e->lost = *r;
			e->lost_set = true;
		} else if (!final && !(entry && adopt(e, s, r, &n)) && !s->foreign) {
			say_note(e, NOTE_SYNC, 0, s, r->cid,
					"an order with our name, not in the books");
			s->foreign = true;
		}
		return false;
	}
	if (final || !e->lost_set || strcmp(e->lost.cid, r->parent) != 0)
		return false;
	bool entered = cid_read(&n, e->lost.cid);
	assert(entered);
	(void)entered;
	e->lost_set = false;
	return adopt(e, s, &e->lost, &n);
}
