/* orders.c: the orders of the trades: sending, asking, cancelling, and what the broker
 * replies. An order is sent again only under its own name, and only when it is certain
 * that it never arrived. */
#include "engine/inside.h"

void orders_wait(struct engine *e, ns until)
{
	assert(until > 0);
	if (until < e->due)
		e->due = until;
}

/* It came to nothing. Orders with fills stay, and legs that were not replaced: told of them again,
 * the engine would think them new. */
static bool forgettable(const struct order *o)
{
	bool past = o->moved == MOVE_ASKED || o->status == ST_REPLACED;

	assert(o->stage <= ORDER_DONE);
	return o->stage == ORDER_DONE && o->role != ROLE_ENTRY && (!o->leg || past) &&
		o->done.n == 0;
}

uint32_t orders_room(const struct life *l)
{
	uint32_t n = LIFE_ORDERS - l->n;

	assert(l->n <= LIFE_ORDERS);
	for (uint32_t i = 0; i < l->n; i++)
		n += forgettable(&life_order(l, i)->o);
	return n;
}

static bool forget_one(struct engine *e, struct life *l)
{
	assert(l->n <= LIFE_ORDERS);
	for (uint32_t i = 0; i < l->n; i++) {
		const struct held *h = life_order(l, i);
		if (!forgettable(&h->o))
			continue;
		if (h->dirty)	/* how it ended was not said yet */
			say(e, ACT_PUT_ORDER)->u.order = h->o;
		for (l->n--; i < l->n; i++)
			*life_order(l, i) = *life_order(l, i + 1);
		return true;
	}
	return false;
}

bool orders_add(struct engine *e, struct slot *s, const struct order *o, struct held **out)
{
	struct life *l = s->life;

	assert(l != NULL);
	if (l->n == LIFE_ORDERS && !forget_one(e, l)) {
		e->s.odd_reports++;
		return false;
	}
	*out = life_order(l, l->n++);
	**out = (struct held){ .o = *o };
	return true;
}

/* One more, as far as it can be counted. */
static uint8_t one_more(uint8_t n)
{
	return n < UINT8_MAX ? n + 1 : n;
}

/* Most differ in the first letter. */
static bool same(const char *a, const char *b)
{
	return a[0] == b[0] && a[0] != '\0' && strcmp(a, b) == 0;
}

/* By the broker's name first: those of a trade's orders have little in common. */
static struct held *find_in(struct life *l, const char *cid, const char *bid)
{
	for (uint32_t i = 0; i < l->n; i++) {
		struct held *h = life_order(l, i);
		if (same(h->o.bid, bid))
			return h;
	}
	for (uint32_t i = 0; i < l->n; i++) {
		struct held *h = life_order(l, i);
		if (same(h->o.cid, cid))
			return h;
	}
	return NULL;
}

struct held *orders_find(struct engine *e, const struct whose *w, struct slot **s)
{
	struct slot *near = slot_find(e, w->near);
	struct life *first = near != NULL ? near->life : NULL;
	struct held *h = first != NULL ? find_in(first, w->cid, w->bid) : NULL;

	*s = near;
	/* A leg is with its parent, or new. */
	if (h != NULL || (first != NULL && find_in(first, w->parent, "") != NULL))
		return h;
	for (uint32_t i = 0; i < e->lives_n && h == NULL; i++) {
		*s = &e->slot[e->life[i].slot];
		h = *s != near ? find_in(&e->life[i], w->cid, w->bid) : NULL;
		assert((*s)->life == &e->life[i]);
	}
	return h;
}

/* The one that stands, or stood last: a replaced leg leaves its successor behind it. */
struct held *life_leg(struct slot *s, enum order_role role)
{
	struct life *l = s->life;

	assert(role == ROLE_STOP || role == ROLE_TARGET);
	for (uint32_t i = l->n; i-- > 0;) {
		struct held *h = life_order(l, i);
		if (h->o.role == role && h->o.leg && h->o.moved != MOVE_ASKED)
			return h;
	}
	return NULL;
}

/* The gate has the last word on exits and stops too. */
bool orders_pass(struct engine *e, struct slot *s, struct held *h)
{
	struct gate_trace trace;
	struct ticket ticket;
	enum deny deny;

	if (h->o.role == ROLE_ENTRY)
		return true;
	deny = plan_gate(e, s, &h->o, e->now, &ticket, &trace);
	struct note *n = say_note(e, NOTE_GATE, deny, s, h->o.cid, deny_text(deny));
	n->n = (uint16_t)gate_values(&trace, n->value, NOTE_VALUES);
	assert(deny == ALLOW || ticket.approved == 0);
	return deny == ALLOW;
}

void orders_send(struct engine *e, struct slot *s, struct held *h)
{
	assert(h->o.stage == ORDER_INTENT);
	if (!orders_pass(e, s, h)) {
		orders_done(e, s, h, ST_REJECTED);
		return;
	}
	h->o.sends = one_more(h->o.sends);
	h->o.updated = e->now;
	h->sent = e->now;
	h->ask = 0;
	h->dirty = false;	/* whoever takes the action stores it */
	breakers_sent(e);
	struct note *n = say_note(e, NOTE_SENT, h->o.role, s, h->o.cid, role_text(h->o.role));
	n->value[0] = qty_f64(h->o.want);
	n->value[1] = px_f64(h->o.stop.n != 0 ? h->o.stop : h->o.stop_loss);
	n->value[2] = px_f64(h->o.take_profit);
	n->n = 3;
	struct action *a = say(e, ACT_SUBMIT);
	a->last = slot_last(e, s);
	a->u.order = h->o;
	e->dirty = true;
	orders_wait(e, e->now + GRACE_REPLY);
}

void orders_ask(struct engine *e, struct slot *s, struct held *h)
{
	assert(h->o.stage != ORDER_DONE && s->life != NULL);
	h->ask = e->now;
	say(e, ACT_ASK)->u.order = h->o;
	orders_wait(e, e->now + GRACE_REPLY);
}

/* Once; again only when the broker has shown it open long after. What has not arrived
 * cannot be cancelled: its fate is asked for first. */
void orders_cancel(struct engine *e, struct slot *s, struct held *h)
{
	assert(s->life != NULL);
	if (h->o.stage != ORDER_LIVE || h->o.cancel_ts != 0 || h->ask != 0)
		return;
	h->o.cancel_ts = e->now;
	h->o.asked_cancel = one_more(h->o.asked_cancel);
	h->dirty = true;
	say(e, ACT_CANCEL)->u.order = h->o;
	orders_wait(e, e->now + GRACE_CANCEL);
}

/* Legs that were never armed die with their entry, and not always audibly. */
static void bury_legs(struct engine *e, struct slot *s)
{
	struct life *l = s->life;

	for (uint32_t i = 0; i < l->n; i++) {
		struct held *h = life_order(l, i);
		if (!h->o.leg || h->o.stage == ORDER_DONE)
			continue;
		h->o.stage = ORDER_DONE;
		h->o.status = ST_CANCELED;
		h->o.refused = life_entry(s)->o.refused;	/* with it they come back */
		h->o.updated = e->now;
		h->ask = 0;
		h->dirty = true;
	}
	assert(l->n <= LIFE_ORDERS);
}

static void entry_over(struct engine *e, struct slot *s, const struct held *h)
{
	struct life *l = s->life;

	assert(h->o.role == ROLE_ENTRY);
	l->dirty = true;
	if (h->o.status == ST_FILLED)
		l->complete = e->now;
	else
		bury_legs(e, s);
	if (l->t.in.n > 0)
		moves_levels(e, s);
	if (l->t.state == TRADE_ENTERING && l->t.in.n > 0)
		l->t.state = TRADE_OPEN;
}

/* While the market is closed nothing is lost by asking again, later. */
static void stop_refused(struct engine *e, struct life *l)
{
	assert(l->stops_refused < UINT8_MAX);
	if (session_now(e))
		l->stops_refused++;
	else
		l->stop_after = e->now + STOP_RETRY;
}

void orders_done(struct engine *e, struct slot *s, struct held *h, enum order_status status)
{
	struct life *l = s->life;
	bool short_of = h->o.done.n < h->o.want.n;

	assert(h->o.stage != ORDER_DONE);
	h->o.stage = ORDER_DONE;
	h->o.status = (uint8_t)status;
	h->o.updated = e->now;
	h->ask = 0;
	h->dirty = true;
	e->touched = true;
	switch ((enum order_role)h->o.role) {
	case ROLE_ENTRY:
		entry_over(e, s, h);
		break;
	case ROLE_STOP:
	case ROLE_TARGET:
		if (h->o.moved == MOVE_ASKED)
			moves_failed(e, s, h);
		else if (!h->o.leg && status == ST_REJECTED)
			stop_refused(e, l);
		break;
	case ROLE_EXIT:
		if (!short_of || h->o.cancel_ts != 0)
			break;		/* done, or taken back by ourselves */
		/* Each try waits longer, up to two minutes: who says no is not asked faster. */
		if (l->exits_failed < 24)
			l->exits_failed++;
		l->retry = e->now + l->exits_failed * EXIT_RETRY;
		break;
	}
}

/* An order whose fate nobody told, or whose cancellation nobody confirmed. */
static void settle(struct engine *e, struct slot *s, struct held *h)
{
	ns since = h->sent > h->ask ? h->sent : h->ask;
	ns until;

	assert(h->o.stage != ORDER_DONE);
	if (h->ask != 0 || h->o.stage == ORDER_INTENT)
		until = since + GRACE_REPLY;
	else if (h->o.cancel_ts != 0)
		until = h->o.cancel_ts + GRACE_CANCEL;
	else if (h->o.moved == MOVE_ASKED)
		until = h->o.updated + GRACE_REPLY;
	else
		return;
	if (e->now < until) {
		orders_wait(e, until);
		return;
	}
	/* Accepted is not replaced: whether it has, only the old one tells. */
	struct held *old = h->o.moved == MOVE_ASKED ? chain_stands(s->life, h) : NULL;
	if (old != NULL && old->ask == 0)
		orders_ask(e, s, old);
	h->o.updated = e->now;
	orders_ask(e, s, h);
}

void orders_settle(struct engine *e, struct slot *s)
{
	struct life *l = s->life;

	assert(l != NULL);
	for (uint32_t i = 0; i < l->n; i++) {
		struct held *h = life_order(l, i);
		if (h->o.stage != ORDER_DONE)
			settle(e, s, h);
	}
}
