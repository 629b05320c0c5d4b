/* replies.c: what became of a request. */
#include "engine/inside.h"

#define GONE_AFTER (2 * NS_MINUTE)	/* an order that young is not believed to be gone */

static void keep_words(struct order *o, const struct reply *r)
{
	size_t n = strnlen(r->text, sizeof r->text);

	if (n >= sizeof o->why)
		n = sizeof o->why - 1;
	memcpy(o->why, r->text, n);
	o->why[n] = '\0';
	o->refused = r->http;
	o->refused_code = r->code;
	assert(memchr(o->why, '\0', sizeof o->why) != NULL);
}

/* Why may it not be moved? It may have ended. */
static void ask_old(struct engine *e, struct slot *s, const struct held *h)
{
	struct held *old = chain_stands(s->life, h);

	assert(h->o.moved == MOVE_ASKED);
	if (old != NULL && old->ask == 0)
		orders_ask(e, s, old);
}

/* Whether it was for the word that it opens, the first without it tells. */
static void not_opened(const struct engine *e, struct slot *s, const struct order *o)
{
	assert(s->opens_refused <= OPENS_REFUSED);
	if (o->chain != 0)
		s->opens_refused = 0;
	else if (o->refused == 422 && s->opens_refused < OPENS_REFUSED)
		s->opens_refused++;
	s->opens_at = e->now;
}

static void refused(struct engine *e, struct slot *s, struct held *h, const struct reply *r)
{
	if (h->o.stage == ORDER_DONE)
		return;
	/* The broker has shown the order, and then denies it: the first word is the better. */
	if (h->o.stage == ORDER_LIVE) {
		e->s.odd_reports++;
		orders_ask(e, s, h);
		return;
	}
	assert(h->o.stage == ORDER_INTENT);
	bool known = h->o.refused != 0;
	keep_words(&h->o, r);
	/* Of an order that went out twice one sending may be refused and the other not. */
	if (h->o.sends > 1 && !known) {
		orders_ask(e, s, h);
		return;
	}
	orders_done(e, s, h, ST_REJECTED);
	/* Either the books differ or the broker does not want us: find out which. */
	if (h->o.moved != MOVE_NONE)
		ask_old(e, s, h);
	else if (h->o.role != ROLE_ENTRY)
		say(e, ACT_SYNC);
	else
		not_opened(e, s, &h->o);
}

static void denied(struct engine *e, struct slot *s, struct held *h, const struct reply *r)
{
	if (h->o.stage != ORDER_INTENT)
		return;
	assert(h->o.done.n == 0);
	/* The guard has left its note, with the numbers. */
	keep_words(&h->o, r);
	if (h->o.role == ROLE_ENTRY) {
		funnel_count(e, e->c.strategy->conditions_n + F_GUARD);
		e->s.entries -= e->s.entries > 0;	/* it is none */
	}
	orders_done(e, s, h, ST_REJECTED);
}

static bool still_wanted(struct engine *e, struct slot *s, const struct held *h)
{
	const struct trade *t = &s->life->t;
	qty open = trade_open_qty(t);
	struct gate_trace trace;
	struct ticket ticket;

	assert(h->o.stage == ORDER_INTENT);
	/* What brings back too much that went out is one, too. */
	int64_t want = h->o.side == t->side ? -h->o.want.n : h->o.want.n;
	if (h->o.role == ROLE_EXIT)
		return open.n == want && session_now(e);
	if (h->o.role == ROLE_STOP)
		return t->state == TRADE_OPEN && open.n >= h->o.want.n;
	/* A signal is good for one interval. */
	return t->state == TRADE_ENTERING && e->now - t->signal_ts <= timeframe(e) &&
		plan_gate(e, s, &h->o, e->now, &ticket, &trace) == ALLOW;
}

static void absent(struct engine *e, struct slot *s, struct held *h)
{
	if (h->o.stage == ORDER_DONE)
		return;
	/* Not the answer to an open question: it may be about an earlier sending. */
	if (h->ask == 0) {
		orders_ask(e, s, h);
		return;
	}
	if (h->o.stage == ORDER_INTENT && h->o.refused != 0) {
		orders_done(e, s, h, ST_REJECTED);
		return;
	}
	/* What is to be moved, and to where, is looked at anew. */
	if (h->o.stage == ORDER_INTENT && h->o.moved == MOVE_NONE && still_wanted(e, s, h)) {
		orders_send(e, s, h);
		return;
	}
	/* The broker has shown it, and knows it no more: what reads is behind, as a rule, and the
	 * next reconciliation asks again. */
	if (h->o.stage == ORDER_LIVE) {
		e->s.odd_reports++;
		h->ask = 0;
		if (e->now < h->o.made + GONE_AFTER || h->o.done.n > 0)
			return;		/* what has fills is there, whatever it says */
		h->o.refused = HTTP_NOT_FOUND;	/* should a listing show it after all */
		say_note(e, NOTE_SYNC, 0, s, h->o.cid, "an order is gone at the broker");
	}
	assert(h->o.stage != ORDER_DONE);
	orders_done(e, s, h, ST_CANCELED);
}

void orders_reply(struct engine *e, const struct reply *r)
{
	struct slot *s;
	struct held *h = orders_find(e, &(struct whose){ r->near, r->cid, r->bid, "" }, &s);

	if (h == NULL)
		return;
	assert(s->life != NULL);
	if (r->kind == REPLY_REFUSED || r->kind == REPLY_CANCEL_REFUSED) {
		struct note *n = say_note(e, NOTE_REPLY, r->http, s, h->o.cid, r->text);
		n->value[0] = r->code;
		n->n = 1;
	}
	switch ((enum reply_kind)r->kind) {
	case REPLY_ACCEPTED:
		if (h->o.role == ROLE_ENTRY && h->o.chain == 0)
			s->opens_refused = 0;
		if (h->o.stage == ORDER_INTENT) {
			h->o.stage = ORDER_LIVE;
			h->dirty = true;
		}
		break;
	case REPLY_REFUSED:
		refused(e, s, h, r);
		break;
	case REPLY_ABSENT:
		absent(e, s, h);
		break;
	case REPLY_CANCEL_REFUSED:
		if (h->o.stage != ORDER_DONE)
			orders_ask(e, s, h);
		break;
	case REPLY_DENIED:
		denied(e, s, h, r);
		break;
	case REPLY_CANCEL_OK:
		break;
	}
	e->touched = true;
	e->news = s;
}
