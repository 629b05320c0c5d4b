/* protect.c: the stop manager: every share held has a stop at the broker.
 *
 * A bracket's stop leg is one once the entry is completely filled, though it is called
 * `held` then. Everything else is covered by stops of our own: what a partly filled
 * entry brought, when the rest is cancelled; what a lost leg leaves bare. A stop is
 * placed only on what is known: while an order that may have sold the shares is in
 * doubt, it is asked for first, since a stop behind a flat position opens another. */
#include "engine/inside.h"

bool order_open(const struct held *h)
{
	assert(h->o.stage <= ORDER_DONE);
	return h->o.stage != ORDER_DONE;
}

/* The legs of a filled bracket; false while they may exist and are not known. */
bool protect_legs_known(struct engine *e, struct slot *s)
{
	struct life *l = s->life;
	const struct held *entry = life_entry(s);

	assert(l != NULL);
	if (l->legs_known || entry->o.status != ST_FILLED)
		return true;
	l->legs_known = life_leg(s, ROLE_STOP) != NULL && life_leg(s, ROLE_TARGET) != NULL;
	if (l->legs_known)
		return true;
	if (l->complete == 0)
		l->complete = e->now;
	/* The reply to the entry names them; the stream may have been faster. */
	ns next = l->legs_ask == 0 ? l->complete + GRACE_LEGS :
		l->legs_ask + (l->legs_told ? GRACE_CANCEL : GRACE_REPLY);
	if (e->now < next) {
		orders_wait(e, next);
		return false;
	}
	if (l->legs_told) {
		say_note(e, NOTE_PROTECT, 0, s, entry->o.cid, "the bracket has no legs");
		l->legs_known = true;
		return true;
	}
	say(e, ACT_ASK)->u.order = entry->o;
	l->legs_ask = e->now;
	orders_wait(e, e->now + GRACE_CANCEL);
	return false;
}

/* Shares that the bracket's stop leg guards: the broker keeps its size in step with
 * what the target takes, so its own figure may lag behind. */
static int64_t leg_cover(const struct life *l, const struct held *stop)
{
	int64_t n = l->t.want.n;

	if (stop == NULL || !order_open(stop))
		return 0;
	for (uint32_t i = 0; i < l->n; i++)
		if (life_order(l, i)->o.leg)
			n -= life_order(l, i)->o.done.n;
	assert(l->n <= LIFE_ORDERS);
	return n > 0 ? n : 0;
}

static int64_t own_cover(struct life *l, bool at_broker)
{
	int64_t n = 0;

	assert(l->n <= LIFE_ORDERS);
	for (uint32_t i = 0; i < l->n; i++) {
		const struct held *h = life_order(l, i), *next;
		usd value;
		if (h->o.role != ROLE_STOP || h->o.leg || !order_open(h) ||
		    h->o.moved == MOVE_ASKED ||
		    !(at_broker ? h->o.stage == ORDER_LIVE : h->o.cancel_ts == 0))
			continue;
		/* One that is to take its place has the size that is wanted. */
		next = at_broker ? NULL : chain_pending(l, h);
		n += (next != NULL ? next : h)->o.want.n - chain_done(l, &h->o, &value).n;
	}
	return n;
}

/* The price is where the stop would fire, or beyond. */
static bool through(const struct engine *e, const struct slot *s)
{
	const struct trade *t = &s->life->t;
	px last = slot_price(e, s);

	assert(t->side <= SIDE_SELL);
	if (last.n <= 0)
		return false;
	return t->side == SIDE_BUY ? last.n <= t->stop.n : last.n >= t->stop.n;
}

/* A stop of ours may still come to stand. */
bool protect_may(const struct engine *e, const struct slot *s)
{
	const struct life *l = s->life;

	assert(l->t.stop.n >= 0);
	return l->stops_refused < STOP_TRIES && l->t.stop.n > 0 && l->t.stop_seq < UINT8_MAX &&
		!(session_now(e) && through(e, s));
}

static void place(struct engine *e, struct slot *s, int64_t shares)
{
	struct life *l = s->life;
	struct trade *t = &l->t;
	struct held *h;
	struct order o = {
		.instance = e->c.index, .role = ROLE_STOP, .stage = ORDER_INTENT,
		.side = (uint8_t)side_other((enum side)t->side), .type = TYPE_STOP, .tif = TIF_GTC,
		.cls = CLASS_SIMPLE, .status = ST_PENDING_NEW, .sym = s->sym, .want = { shares },
		.stop = t->stop, .made = e->now, .updated = e->now,
	};

	assert(shares > 0);
	o.chain = (uint8_t)(t->stop_seq + 1);
	if (e->now < l->stop_after && !session_now(e)) {
		orders_wait(e, l->stop_after);
		return;
	}
	memcpy(o.trade, t->id, sizeof o.trade);
	if (!protect_may(e, s) || !cid_replace(o.cid, t->id, 's', t->stop_seq) ||
	    !orders_add(e, s, &o, &h)) {
		if (t->state != TRADE_EXITING)
			exits_begin(e, s, EXIT_UNPROTECTED);
		return;
	}
	t->stop_seq++;
	l->dirty = true;
	struct note *n = say_note(e, NOTE_PROTECT, t->stop_seq, s, o.cid, "own stop");
	n->value[0] = qty_f64(o.want);
	n->value[1] = px_f64(o.stop);
	n->n = 2;
	orders_send(e, s, h);
}

/* One leg ended and the other is said to live: what is true of that one? False while
 * that is being found out. */
static bool sibling_clear(struct engine *e, struct slot *s, struct held *other, bool may_stay)
{
	assert(order_open(other));
	if (other->ask != 0)
		return false;
	if (!other->doubted) {
		other->doubted = true;
		orders_ask(e, s, other);
		return false;
	}
	if (may_stay)
		return true;
	orders_cancel(e, s, other);
	return false;
}

static bool legs_clear(struct engine *e, struct slot *s)
{
	struct held *stop = life_leg(s, ROLE_STOP), *target = life_leg(s, ROLE_TARGET);

	assert(s->life != NULL);
	if (stop == NULL || target == NULL)
		return true;
	/* The target still holds the shares: it sells them, or goes first. */
	if (!order_open(stop) && order_open(target))
		return sibling_clear(e, s, target, false);
	if (order_open(stop) && !order_open(target) && target->o.status != ST_FILLED)
		return sibling_clear(e, s, stop, true);
	return !order_open(stop) || stop->ask == 0;
}

/* More is guarded than is held: shares went otherwise. Own stops become smaller or go; the legs
 * of a bracket cannot change their size, so they go, and an own stop comes, when it is certain
 * that there is nothing left of them to sell. */
static void shrink(struct engine *e, struct slot *s, int64_t surplus)
{
	struct life *l = s->life;
	struct held *leg = life_leg(s, ROLE_TARGET);
	usd value;

	assert(surplus > 0);
	for (uint32_t i = l->n; i-- > 0 && surplus > 0;) {
		struct held *h = life_order(l, i);
		int64_t n = h->o.want.n - chain_done(l, &h->o, &value).n;
		if (h->o.role != ROLE_STOP || h->o.leg || h->o.moved == MOVE_ASKED ||
		    !order_open(h) || h->o.cancel_ts != 0 || chain_pending(l, h) != NULL)
			continue;
		if (n <= surplus) {
			orders_cancel(e, s, h);
			surplus -= n;
		} else {
			orders_move(e, s, h, h->o.stop, (qty){ h->o.want.n - surplus });
			return;
		}
	}
	if (leg == NULL || !order_open(leg))
		leg = life_leg(s, ROLE_STOP);
	if (surplus == 0 || leg == NULL || !order_open(leg))
		return;
	if (e->now < l->booked + QUIET)
		orders_wait(e, l->booked + QUIET);
	else
		orders_cancel(e, s, leg);
}

void protect_cover(struct engine *e, struct slot *s)
{
	struct life *l = s->life;
	struct held *entry = life_entry(s);
	int64_t open = trade_open_qty(&l->t).n;

	if (order_open(entry) || !protect_legs_known(e, s) || !legs_clear(e, s))
		return;
	int64_t legs = leg_cover(l, life_leg(s, ROLE_STOP));
	int64_t missing = open - legs - own_cover(l, false);
	assert(open > 0);
	if (missing > 0) {
		/* A stop that is being cancelled holds its shares until it is gone. */
		if (own_cover(l, true) + legs <= open - missing)
			place(e, s, missing);
	} else if (missing < 0) {
		shrink(e, s, -missing);
	}
}

/* How long shares were without a stop at the broker, for everybody to see. */
static void watch_naked(struct engine *e, struct slot *s)
{
	struct life *l = s->life;
	struct trade *t = &l->t;
	const struct held *entry = life_entry(s);
	bool armed = entry->o.status == ST_FILLED || entry->o.status == ST_UNKNOWN;
	int64_t cover = own_cover(l, true);

	if (armed)
		cover += leg_cover(l, life_leg(s, ROLE_STOP));
	if (trade_open_qty(t).n > cover) {
		if (t->naked_since == 0) {
			t->naked_since = e->now;
			l->dirty = true;
		}
		return;
	}
	if (t->naked_since == 0)
		return;
	assert(e->now >= t->naked_since);
	if (e->now - t->naked_since > t->naked_longest)
		t->naked_longest = e->now - t->naked_since;
	t->naked_since = 0;
	l->dirty = true;
}

/* The stop should have been filled: a halt, or a gap that nobody wants to cross. It is as good as
 * an order can be, so nothing is sold twice; but somebody should know. */
static void watch_beyond(struct engine *e, struct slot *s)
{
	struct life *l = s->life;

	if (!session_now(e) || !through(e, s)) {
		l->beyond = 0;
		l->beyond_told = false;
		return;
	}
	if (l->beyond == 0)
		l->beyond = e->now;
	assert(l->beyond <= e->now);
	if (l->beyond_told)
		return;
	if (e->now < l->beyond + BEYOND) {
		orders_wait(e, l->beyond + BEYOND);
		return;
	}
	l->beyond_told = true;
	struct note *n = say_note(e, NOTE_PROTECT, 0, s, "", "the stop is reached, and not filled");
	n->value[0] = qty_f64(trade_open_qty(&l->t));
	n->value[1] = px_f64(l->t.stop);
	n->n = 2;
}

/* An entry at work: a partly filled one may not stay so, one without a fill not long. */
static void entering(struct engine *e, struct slot *s, struct held *entry)
{
	struct trade *t = &s->life->t;
	ns until;

	if (!order_open(entry)) {
		if (t->in.n > 0) {
			t->state = TRADE_OPEN;
			s->life->dirty = true;
		}
		return;
	}
	/* A bar that begins just then still fills it. */
	until = t->in.n > 0 ? t->opened + GRACE_PARTIAL :
		entry->o.made + ENTRY_PATIENCE * timeframe(e) + 1;
	assert(until > 0);
	/* When the program ends nobody is there to cover what is filled in part. */
	if (e->now < until && e->s.run != RUN_STOPPED)
		orders_wait(e, until);
	else
		orders_cancel(e, s, entry);
}

static void manage(struct engine *e, struct slot *s)
{
	struct trade *t = &s->life->t;
	struct held *entry = life_entry(s);

	assert(s->life != NULL && t->state != TRADE_CLOSED);
	orders_settle(e, s);
	if (t->state == TRADE_ENTERING)
		entering(e, s, entry);
	exits_due(e, s);
	int64_t open = trade_open_qty(t).n;
	if (open != 0)
		s->life->flat = 0;
	bool working = order_open(entry);
	/* Out before in: the news of the entry is late. Else both legs were filled, or some
	 * order twice: too much went out. */
	if (open < 0 && working && entry->ask == 0)
		orders_ask(e, s, entry);
	else if (open < 0 && !working && t->state != TRADE_EXITING)
		exits_begin(e, s, EXIT_UNPROTECTED);
	if (open == 0 && !working)
		exits_wind_up(e, s);
	else if (t->state == TRADE_OPEN)
		protect_cover(e, s);
	if (t->state == TRADE_OPEN && !working) {
		moves_follow(e, s);
		watch_beyond(e, s);
	}
	if (t->state == TRADE_EXITING)
		exits_advance(e, s);
	if (slot_active(s))
		watch_naked(e, s);
	say_puts(e, s);
}

/* After news of a trade, and when a deadline has passed. Before the first
 * reconciliation nothing is known well enough to act on. */
void protect_manage(struct engine *e)
{
	if (!e->started)
		return;
	e->touched = false;
	e->due = NEVER;
	assert(e->out != NULL);
	/* A trade that ends leaves the list: the next has its place then. */
	for (uint32_t i = 0; i < e->active_n;) {
		struct slot *s = &e->slot[e->active[i]];
		if (!say_room(e, 4 * LIFE_ORDERS)) {
			e->touched = true;
			return;
		}
		manage(e, s);
		i += slot_active(s);
	}
}
