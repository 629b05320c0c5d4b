/* fills.c: what the broker says of an order becomes facts. How many shares there are only the
 * cumulative quantity says: a report that says no more than was booked adds none, in whatever
 * order and however often the reports come. Which executions they were, execs.c keeps. */
#include "engine/inside.h"

/* What the new shares cost: exactly when this report is of just these, else the
 * difference of the totals that the broker's average gives; `before` was booked already. */
static usd cost(const struct engine *e, const struct slot *s, const struct order *o,
		const struct report *r, qty n, usd before, bool *exact)
{
	px at = r->at.n > 0 ? r->at : slot_last(e, s);
	usd total = worth(r->average, r->done.n);

	assert(n.n > 0);
	*exact = r->n.n == n.n && r->at.n > 0;
	if (*exact)
		return worth(r->at, n.n);
	if (r->average.n > 0 && total.n > before.n)
		return usd_sub(total, before);
	/* No price at all: the nearest that is known, until somebody corrects it. */
	if (at.n <= 0)
		at = o->limit.n > 0 ? o->limit : o->stop.n > 0 ? o->stop : s->life->t.signal_price;
	return worth(at, n.n);
}

/* The first fill says when the clock of the holding time begins. */
static void first_in(struct trade *t, ns ts)
{
	assert(t->opened == 0);
	t->opened = ts;
	if (t->hold_until != 0)
		t->hold_until = ts + (t->hold_until - t->signal_ts);
}

/* Shares that a listing had left out were sold by this order: what was guessed of them is taken
 * back, as far as there would be more out than in. */
static void found_again(struct life *l, int64_t n)
{
	struct trade *t = &l->t;
	int64_t over = t->out.n + n - t->in.n, back = over < l->gone ? over : l->gone;

	if (back <= 0)
		return;
	assert(t->out.n >= back);
	t->out_value = usd_sub(t->out_value, worth(each(t->out_value, t->out.n), back));
	t->out.n -= back;
	l->gone -= back;
}

static void enter(struct engine *e, struct slot *s, struct held *h, const struct report *r, qty n)
{
	struct trade *t = &s->life->t;
	struct order *o = &h->o;
	usd before;
	ns ts = told_at(e, r);
	bool exact;

	(void)chain_done(s->life, o, &before);
	usd value = cost(e, s, o, r, n, before, &exact);
	execs_booked(e, s, o, r, n, value, exact);
	o->done.n += n.n;
	o->value = usd_add(o->value, value);
	h->dirty = true;
	s->life->booked_at = each(value, n.n);
	if (t->state == TRADE_CLOSED)
		life_reopen(e, s);
	if (o->side == t->side) {	/* in; or back, after too much went out */
		t->in.n += n.n;
		t->in_value = usd_add(t->in_value, value);
		if (t->opened == 0)
			first_in(t, ts);
	} else {
		found_again(s->life, n.n);
		t->out.n += n.n;
		t->out_value = usd_add(t->out_value, value);
		t->closed = ts;
		if (o->role == ROLE_STOP)
			t->reason_out = EXIT_STOP;
		else if (o->role == ROLE_TARGET)
			t->reason_out = EXIT_TARGET;
		s->life->exits_failed = 0;
	}
	assert(t->in.n >= 0 && t->out.n >= 0);
	s->life->booked = e->now;
	s->differs = 0;
	s->life->dirty = true;
}

/* Executions before this one were not told: they are what the broker's average leaves. */
static void enter_missed(struct engine *e, struct slot *s, struct held *h, const struct report *r,
			 qty n)
{
	struct report m = *r;
	usd others = usd_sub(worth(r->average, r->done.n), worth(r->at, r->n.n));

	assert(n.n > 0 && r->n.n > 0);
	m.execution[0] = '\0';
	m.n = (qty){ 0 };
	m.done.n = r->done.n - r->n.n;
	m.average = each(others, m.done.n);
	enter(e, s, h, &m, n);
}

static void book(struct engine *e, struct slot *s, struct held *h, const struct report *r)
{
	usd before;
	/* An order that took another's place tells what both have done. */
	int64_t n = r->done.n - chain_done(s->life, &h->o, &before).n, missed = n - r->n.n;

	if (n > 0 && r->n.n > 0 && r->at.n > 0 && missed > 0) {
		enter_missed(e, s, h, r, (qty){ missed });
		n = r->n.n;
	}
	if (n > 0)
		enter(e, s, h, r, (qty){ n });
	else if (r->execution[0] != '\0')
		execs_name(e, s, h, r);
}

/* What is said of one execution alone, or again of one that is booked, books no shares: how many
 * there are the order says. False: there is more in it. */
static bool of_execution(struct engine *e, struct slot *s, struct held *h, const struct report *r)
{
	struct exec *x = execs_find(e, r->execution);
	bool alone = r->source >= FROM_LIST;
	usd before;
	bool more = r->done.n > chain_done(s->life, &h->o, &before).n;

	if (r->source == FROM_BUST || r->source == FROM_UNLIST)
		execs_bust(e, s, h, r);
	else if (x != NULL && alone)
		execs_reprice(e, s, h, x, r);
	else if (alone && !more)
		execs_name(e, s, h, r);
	/* It may have done more than is known. */
	if ((alone || x != NULL) && more && r->source != FROM_UNLIST && h->ask == 0 &&
	    h->o.stage != ORDER_DONE)
		orders_ask(e, s, h);
	return alone || (x != NULL && more);
}

/* What went out by orders that are not in the table (a store that did not give them back)
 * was booked then: of a leg that turns up it is not booked again. */
static void already_booked(const struct slot *s, struct order *o, qty done)
{
	const struct life *l = s->life;
	qty n = l->t.out;
	usd value = l->t.out_value;

	for (uint32_t i = 0; i < l->n; i++) {
		const struct order *known = &life_order(l, i)->o;
		if (known->side == l->t.side)
			continue;
		n.n -= known->done.n;
		value = usd_sub(value, known->value);
	}
	assert(o->leg && o->done.n == 0);
	if (n.n <= 0 || done.n <= 0)
		return;
	o->done = n.n < done.n ? n : done;
	o->value = value;
}

/* A leg in the reply to the entry, or in a listing: the broker made it, now we know it. */
static struct held *new_leg(struct engine *e, const struct report *r, struct slot **s)
{
	struct held *parent = orders_find(e, &(struct whose){ r->sym, r->parent, "", "" }, s);
	struct held *h;

	if (parent == NULL || parent->o.role != ROLE_ENTRY || r->bid[0] == '\0' ||
	    r->side == parent->o.side || r->type == TYPE_MARKET)
		return NULL;
	/* Of the past: with an entry that was cancelled its legs have died, unless a listing says
	 * that they work. */
	if ((r->source == FROM_REPLY || r->status == ST_HELD) &&
	    parent->o.stage == ORDER_DONE && parent->o.status != ST_FILLED)
		return NULL;
	struct order o = {
		.instance = e->c.index, .stage = ORDER_LIVE, .leg = 1, .side = r->side,
		.role = r->type == TYPE_LIMIT ? ROLE_TARGET : ROLE_STOP, .type = r->type,
		.tif = parent->o.tif, .cls = CLASS_BRACKET, .status = ST_HELD, .sym = (*s)->sym,
		.want = parent->o.want, .limit = r->limit, .stop = r->stop,
		.made = e->now, .updated = e->now,
	};
	assert((*s)->life != NULL);
	memcpy(o.trade, (*s)->life->t.id, sizeof o.trade);
	memcpy(o.bid, r->bid, sizeof o.bid);
	memcpy(o.cid, r->cid, sizeof o.cid);
	already_booked(*s, &o, r->done);
	if (!orders_add(e, *s, &o, &h))
		return NULL;
	execs_restore(e, (*s)->life, h);
	/* A trade that was taken back does not know its prices. */
	struct trade *t = &(*s)->life->t;
	if (o.role == ROLE_TARGET && t->target.n == 0)
		t->target = r->limit;
	if (o.role == ROLE_STOP && t->stop.n == 0)
		t->stop = r->stop;
	h->dirty = true;
	return h;
}

/* An order that was thought never to have arrived, or to be gone, is there. */
static bool revives(const struct order *o, const struct report *r)
{
	assert(o->stage <= ORDER_DONE);
	return o->stage == ORDER_DONE && (o->bid[0] == '\0' || o->refused == HTTP_NOT_FOUND) &&
		o->done.n == 0 && !status_final((enum order_status)r->status);
}

/* "Filled", and not all of it: a number is missing, or it is the order that is not meant. */
static bool half_told(const struct order *o, const struct report *r)
{
	int64_t want = r->want.n > 0 ? r->want.n : o->want.n;

	assert(want > 0);
	return r->status == ST_FILLED && r->done.n < want;
}

static void take_status(struct engine *e, struct slot *s, struct held *h, const struct report *r)
{
	struct order *o = &h->o;
	enum order_status status = (enum order_status)r->status;

	assert(o->stage != ORDER_DONE);
	/* Older than what was booked already: its status is past. */
	if (!status_final(status) && r->done.n < o->done.n)
		return;
	if (half_told(o, r)) {
		e->s.odd_reports++;
		if (r->source != FROM_ASK && h->ask == 0)
			orders_ask(e, s, h);
		return;
	}
	if (o->status != r->status) {
		say_note(e, NOTE_STATUS, r->status, s, order_of_broker(o) ? o->bid : o->cid,
			 status_text(status));
		h->dirty = true;
	}
	o->updated = e->now;
	if (status_final(status)) {
		orders_done(e, s, h, status);
		if (status == ST_REPLACED && (o->role == ROLE_STOP || o->role == ROLE_TARGET))
			moves_replaced(e, s, o, r->replaced_by);
		return;
	}
	o->status = r->status;
	if (r->source == FROM_SYNC && o->role == ROLE_STOP && !o->leg && e->now - o->made >= QUIET)
		s->life->stops_refused = 0;	/* it stands: those before it are past */
	/* Shown open long after the cancel was asked: ask for it again. */
	if (r->source == FROM_ASK && o->cancel_ts != 0 && status != ST_PENDING_CANCEL &&
	    e->now - o->cancel_ts >= GRACE_CANCEL)
		o->cancel_ts = 0;
	else if (r->source == FROM_ASK && o->cancel_ts != 0)
		o->cancel_ts = e->now;
}

/* It was thought to be gone: what took its place stands. */
static void replaced_unseen(struct engine *e, struct slot *s, struct order *o,
			    const struct report *r)
{
	o->status = ST_REPLACED;
	o->refused = 0;
	moves_replaced(e, s, o, r->replaced_by);
}

void fills_apply(struct engine *e, struct slot *s, struct held *h, const struct report *r)
{
	struct order *o = &h->o;
	bool back = revives(o, r);

	assert(s->life != NULL);
	if (of_execution(e, s, h, r)) {
		e->touched = true;
		e->news = s;
		return;
	}
	if (o->bid[0] == '\0' && r->bid[0] != '\0') {
		memcpy(o->bid, r->bid, sizeof o->bid);
		h->dirty = true;
	}
	if (r->source == FROM_ASK) {
		h->ask = 0;
		if (o->role == ROLE_ENTRY && s->life->legs_ask != 0 && !s->life->legs_told) {
			s->life->legs_told = true;
			s->life->legs_ask = e->now;	/* they are told behind it */
		}
	}
	h->seen = true;
	if (back) {
		o->stage = ORDER_INTENT;
		o->refused = 0;
		e->s.odd_reports++;
		if (s->life->t.state == TRADE_CLOSED)
			life_reopen(e, s);
	}
	if (o->stage == ORDER_INTENT) {
		o->stage = ORDER_LIVE;
		h->dirty = true;
	}
	/* By the broker, or by a person. */
	if ((o->leg || o->role == ROLE_STOP) && r->want.n > 0) {
		h->dirty |= !o->leg && o->want.n != r->want.n;
		o->want = r->want;
	}
	o->stop = r->stop.n > 0 && o->stop.n > 0 ? r->stop : o->stop;
	o->limit = r->limit.n > 0 && o->limit.n > 0 ? r->limit : o->limit;
	if (h->stranger)
		moves_adopt(e, s, h);
	if (o->moved == MOVE_ASKED && r->done.n > 0)
		moves_filled(e, s, h);
	book(e, s, h, r);
	if (o->stage != ORDER_DONE)
		take_status(e, s, h, r);
	else if (r->status == ST_FILLED && o->done.n >= o->want.n)
		o->status = ST_FILLED;
	else if (r->status == ST_REPLACED && o->refused == HTTP_NOT_FOUND &&
		 (o->role == ROLE_STOP || o->role == ROLE_TARGET))
		replaced_unseen(e, s, o, r);
	e->touched = true;
	e->news = s;
}

static bool named_by_us(const struct engine *e, const struct report *r)
{
	const char *name = r->parent[0] != '\0' ? r->parent : r->cid;

	assert(e->c.name[0] != '\0');
	return engine_cid_instance((struct str){ name, strnlen(name, CID_TEXT) }) ==
		engine_name_hash(e->c.name);
}

/* Nine million shares are beyond any order of ours, and so are two billion dollars: what is within
 * can be added up. */
static bool possible(const struct report *r)
{
	int64_t n = r->n.n | r->done.n, at = r->at.n | r->average.n, value = 0;

	assert(r->source <= FROM_CORRECT);
	/* The two together are less than twice the greater, and negative when one is. */
	return (n | at | r->want.n) >= 0 && n <= INT64_MAX / 1024 &&
		num_muldiv_ok(&value, at, n, NUM_ONE / 4, ROUND_UP);
}

void fills_report(struct engine *e, const struct report *r)
{
	struct slot *s;
	struct held *h = orders_find(e, &(struct whose){ r->sym, r->cid, r->bid, r->parent }, &s);

	assert(r->status <= ST_UNKNOWN && r->side <= SIDE_SELL);
	if (!possible(r)) {
		e->s.odd_reports++;
		return;
	}
	if (h == NULL && r->parent[0] != '\0')
		h = new_leg(e, r, &s);
	if (h == NULL && named_by_us(e, r) && lost_report(e, r))
		h = new_leg(e, r, &s);
	if (h != NULL)
		fills_apply(e, s, h, r);
}
