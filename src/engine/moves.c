/* moves.c: a stop or target that is to be elsewhere, or smaller, is replaced at the broker, never
 * cancelled and sent anew: until the broker says that the new order has taken the place the old
 * one stands, and when it refuses, or nobody knows what became of it, it stands too. */
#include "engine/inside.h"

#define MOVE_TRIES 3		/* refused in a row: then the order stays where it is */
#define MOVES_MOST 200		/* of the 255 names of a trade's stops: new ones have the rest */

static bool chained(const struct order *a, const struct order *b)
{
	bool kind = a->role == ROLE_STOP || a->role == ROLE_TARGET;

	assert(a->role <= ROLE_EXIT);
	return a == b || (kind && a->role == b->role && a->leg == b->leg &&
			  a->chain == b->chain && (a->leg || a->chain != 0));
}

qty chain_done(const struct life *l, const struct order *o, usd *value)
{
	qty done = { 0 };

	*value = (usd){ 0 };
	assert(l->n <= LIFE_ORDERS);
	for (uint32_t i = 0; i < l->n; i++) {
		const struct order *its = &life_order(l, i)->o;
		if (!chained(its, o))
			continue;
		done.n += its->done.n;
		*value = usd_add(*value, its->value);
	}
	return done;
}

/* As its reports count: with what those had done whose place it took. */
int64_t chain_to(const struct life *l, const struct held *h)
{
	int64_t n = 0;

	for (uint32_t i = 0;; i++) {
		const struct held *its = life_order(l, i);
		assert(i < l->n);
		n += chained(&its->o, &h->o) ? its->o.done.n : 0;
		if (its == h)
			return n;
	}
}

/* The replacement of its chain that is under way. */
struct held *chain_pending(struct life *l, const struct held *h)
{
	assert(l->n <= LIFE_ORDERS);
	for (uint32_t i = l->n; i-- > 0;) {
		struct held *its = life_order(l, i);
		if (its->o.moved == MOVE_ASKED && order_open(its) && chained(&its->o, &h->o))
			return its;
	}
	return NULL;
}

/* What a replacement is to replace: the one of its chain that stands. */
struct held *chain_stands(struct life *l, const struct held *h)
{
	assert(l->n <= LIFE_ORDERS);
	for (uint32_t i = l->n; i-- > 0;) {
		struct held *its = life_order(l, i);
		if (its->o.moved != MOVE_ASKED && order_open(its) && chained(&its->o, &h->o))
			return its;
	}
	return NULL;
}

/* ---- asking for one */

static bool movable(const struct engine *e, struct slot *s, const struct held *h)
{
	const struct life *l = s->life;
	const struct order *o = &h->o;

	assert(o->moved != MOVE_ASKED);
	return o->stage == ORDER_LIVE && h->ask == 0 && o->cancel_ts == 0 && o->done.n == 0 &&
		(o->status == ST_NEW || o->status == ST_HELD) && e->now >= l->move_after &&
		l->moves_refused < MOVE_TRIES && l->t.stop_seq < MOVES_MOST &&
		chain_pending(s->life, h) == NULL;
}

void orders_move(struct engine *e, struct slot *s, const struct held *old, px to, qty want)
{
	struct trade *t = &s->life->t;
	struct order o = old->o;
	char bid[UUID_TEXT];
	struct held *h;

	if (!movable(e, s, old) || !cid_replace(o.cid, t->id, 'r', t->stop_seq))
		return;
	memcpy(bid, o.bid, sizeof bid);
	memset(o.bid, 0, sizeof o.bid);
	o.stage = ORDER_INTENT;
	o.status = ST_PENDING_NEW;
	o.moved = MOVE_ASKED;
	o.sends = 1;
	o.made = o.updated = e->now;
	o.want = want;
	*(o.role == ROLE_STOP ? &o.stop : &o.limit) = to;
	if (!orders_add(e, s, &o, &h))
		return;
	t->stop_seq++;
	s->life->dirty = true;
	if (!orders_pass(e, s, h)) {
		orders_done(e, s, h, ST_REJECTED);
		return;
	}
	h->sent = e->now;
	breakers_sent(e);
	bool stop = o.role == ROLE_STOP;
	struct note *n = say_note(e, NOTE_PROTECT, t->stop_seq, s, o.cid,
				  stop ? "the stop is moved" : "the target is moved");
	n->value[0] = qty_f64(o.want);
	n->value[1] = stop ? px_f64(to) : 0;
	n->value[2] = stop ? 0 : px_f64(to);
	n->n = 3;
	struct action *a = say(e, ACT_REPLACE);
	a->u.replace.order = h->o;
	memcpy(a->u.replace.old, bid, sizeof a->u.replace.old);
	e->dirty = true;
	orders_wait(e, e->now + GRACE_REPLY);
}

/* The order is where its level is not any more. */
static void follow_level(struct engine *e, struct slot *s, const struct held *h)
{
	const struct trade *t = &s->life->t;
	bool stop = h->o.role == ROLE_STOP;
	px is = stop ? h->o.stop : h->o.limit, to = stop ? t->stop : t->target;

	assert(stop || h->o.role == ROLE_TARGET);
	if (is.n <= 0 || to.n <= 0 || is.n == to.n || !order_open(h) ||
	    h->o.moved == MOVE_ASKED)
		return;
	if (e->now < s->life->move_after)
		orders_wait(e, s->life->move_after);
	orders_move(e, s, h, to, h->o.want);
}

void moves_follow(struct engine *e, struct slot *s)
{
	struct life *l = s->life;

	assert(l->t.state == TRADE_OPEN);
	/* The table may lose what came to nothing when one is added: from the end. */
	for (uint32_t i = l->n; i-- > 0;) {
		struct held *h = life_order(l, i);
		if (h->o.role == ROLE_STOP || h->o.role == ROLE_TARGET)
			follow_level(e, s, h);
	}
}

/* ---- what became of it */

void moves_failed(struct engine *e, struct slot *s, const struct held *h)
{
	struct life *l = s->life;

	assert(h->o.moved == MOVE_ASKED && !order_open(h));
	/* The old one has ended meanwhile, or the broker does not want to. Stop and target of one
	 * moment count once. */
	if (e->now < l->move_after)
		return;
	l->moves_refused++;
	l->move_after = e->now + MOVE_RETRY;
	if (l->moves_refused == MOVE_TRIES && chain_stands(l, h) != NULL)
		say_note(e, NOTE_PROTECT, 0, s, h->o.cid,
			 "the broker does not move it: it stays where it is");
}

/* The broker put another order in the place of one, and nobody here asked for it: its name is
 * its own, and its price is somebody's wish. */
static void stranger(struct engine *e, struct slot *s, const struct order *old, const char *bid)
{
	struct order o = *old;
	struct held *h;

	if (bid[0] == '\0')
		return;
	/* A listing may have told of it before, as of a leg. */
	for (uint32_t i = 0; i < s->life->n; i++)
		if (strcmp(life_order(s->life, i)->o.bid, bid) == 0)
			return;
	o.stage = ORDER_LIVE;
	o.status = ST_NEW;
	o.done = (qty){ 0 };
	o.value = (usd){ 0 };
	memset(o.cid, 0, sizeof o.cid);
	o.cancel_ts = 0;
	o.made = o.updated = e->now;
	memcpy(o.bid, bid, sizeof o.bid);
	if (!orders_add(e, s, &o, &h))
		return;
	h->dirty = h->stranger = true;
	orders_ask(e, s, h);
}

/* Ours that it may be: under that id; or the one that is not known to have arrived. */
static struct held *successor(struct life *l, const struct order *old, const char *bid)
{
	struct held *found = NULL;

	assert(l->n <= LIFE_ORDERS);
	for (uint32_t i = l->n; i-- > 0;) {
		struct held *h = life_order(l, i);
		const struct order *o = &h->o;
		if (o->moved == MOVE_NONE || !chained(o, old))
			continue;
		if (o->bid[0] != '\0' && strcmp(o->bid, bid) == 0)
			return h;
		if (found == NULL && o->moved == MOVE_ASKED && o->status != ST_REJECTED &&
		    (o->bid[0] == '\0' || bid[0] == '\0'))
			found = h;
	}
	return found;
}

static void took(struct life *l, struct held *h)
{
	assert(h->o.moved != MOVE_NONE);
	h->o.moved = MOVE_DONE;
	h->dirty = true;
	l->moves_refused = 0;
	l->move_after = 0;
}

/* What waits for another's place fills nothing: so it has taken it, whatever was told. */
void moves_filled(struct engine *e, struct slot *s, struct held *h)
{
	struct held *old = chain_stands(s->life, h);

	took(s->life, h);
	if (old != NULL)
		orders_done(e, s, old, ST_REPLACED);
	assert(h->o.moved == MOVE_DONE);
}

void moves_replaced(struct engine *e, struct slot *s, const struct order *old, const char *bid)
{
	struct life *l = s->life;
	struct held *h = successor(l, old, bid);

	assert(old->stage == ORDER_DONE && old->status == ST_REPLACED);
	if (h == NULL) {
		stranger(e, s, old, bid);
		return;
	}
	took(l, h);
	if (h->o.bid[0] == '\0')
		memcpy(h->o.bid, bid, sizeof h->o.bid);
	/* Its answer was lost, or it was thought never to have arrived. */
	if (h->o.stage == ORDER_INTENT ||
	    (h->o.stage == ORDER_DONE && h->o.status == ST_CANCELED)) {
		h->o.stage = ORDER_LIVE;
		h->o.status = ST_NEW;
		orders_ask(e, s, h);
	}
}

/* A level that somebody else has set is the trade's from now on. */
void moves_adopt(struct engine *e, struct slot *s, struct held *h)
{
	struct trade *t = &s->life->t;
	bool stop = h->o.role == ROLE_STOP;
	px at = stop ? h->o.stop : h->o.limit;

	assert(h->stranger);
	h->stranger = false;
	h->dirty = true;
	if (at.n <= 0)
		return;
	*(stop ? &t->stop : &t->target) = at;
	s->life->dirty = true;
	struct note *n = say_note(e, NOTE_PROTECT, 0, s, h->o.bid,
				  "was moved by somebody else, and stays there");
	n->value[0] = qty_f64(h->o.want);
	n->value[1] = px_f64(at);
	n->n = 2;
}

/* ---- levels of the fill */

static px level(px by, bool part, px from, px fill, int64_t up)
{
	int64_t n = by.n, least;

	assert(fill.n > 0);
	if (part && !num_muldiv_ok(&n, by.n, fill.n, from.n, ROUND_NEAR))
		n = by.n;
	px raw = { fill.n + up * n };
	if (raw.n <= 0)
		return (px){ 0 };
	px at = px_tick(raw, tick_of(raw), ROUND_NEAR);
	least = tick_of(at).n;
	if ((at.n - fill.n) * up >= least)
		return at;
	at.n = fill.n + up * least;
	return px_tick(at, (px){ least }, up > 0 ? ROUND_UP : ROUND_DOWN);
}

/* The entry is over: what was so far from the signal's close is now so far from what was paid. */
void moves_levels(struct engine *e, struct slot *s)
{
	struct trade *t = &s->life->t;
	int64_t up = t->side == SIDE_BUY ? 1 : -1;

	assert(t->in.n > 0);
	if ((t->stop_by.n == 0 && t->target_by.n == 0) || t->in_value.n <= 0)
		return;
	px fill = px_avg(t->in_value, t->in, ROUND_NEAR);
	px stop = level(t->stop_by, t->flags & TRADE_STOP_PART, t->signal_price, fill, -up);
	px target = level(t->target_by, t->flags & TRADE_TARGET_PART, t->signal_price, fill, up);
	if (t->stop_by.n != 0 && stop.n > 0)
		t->stop = stop;
	if (t->target_by.n != 0 && target.n > 0)
		t->target = target;
	t->stop_by = t->target_by = (px){ 0 };
	s->life->dirty = true;
	struct note *n = say_note(e, NOTE_PROTECT, 1, s, "", "levels of the fill");
	n->value[0] = qty_f64(t->in);
	n->value[1] = px_f64(t->stop);
	n->value[2] = px_f64(t->target);
	n->n = 3;
}
