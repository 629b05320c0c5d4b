/* exits.c: the way out: what guards or takes profit goes first, and only when the
 * broker says that it is gone, exactly what is held is sold at the market. */
#include "engine/inside.h"

/* A market order that fills nothing for so long is taken back and sent anew. */
#define EXIT_PATIENCE (60 * NS_SECOND)

/* After so many it is a halt, or worse: one order more, that stays until it is filled; so does the
 * last for which there is room beside those that were filled in part. Each has a number, and when
 * those are used up the instance stops. */
#define EXIT_TRIES 16

#define EXITS_CLOSE 3	/* refused in a row as what would open */
#define EXITS_BARE 2	/* refused in a row: from then on a stop stands until the next try */

void exits_begin(struct engine *e, struct slot *s, enum exit_reason why)
{
	struct life *l = s->life;

	assert(why != EXIT_NONE && why < EXIT_REASONS && l->t.state != TRADE_CLOSED);
	if (l->t.state == TRADE_EXITING)
		return;
	l->t.state = TRADE_EXITING;
	l->t.reason_out = (uint8_t)why;
	l->retry = 0;
	l->dirty = true;
	e->touched = true;
	say_note(e, NOTE_EXIT, why, s, "", exit_text(why));
}

/* The end of the session in which the trade began, less the margin. */
static ns out_by(const struct engine *e, const struct trade *t)
{
	if (e->c.hold_overnight)
		return NEVER;
	/* As a rule that is the one that goes on. */
	struct session its = e->session;
	if (t->signal_ts < its.open || t->signal_ts >= its.close)
		its = calendar_last(e->c.calendar, t->signal_ts);
	assert(its.close > its.open);
	return its.close - e->c.flat_before_close;
}

void exits_due(struct engine *e, struct slot *s)
{
	struct trade *t = &s->life->t;

	if (t->state == TRADE_EXITING)
		return;
	if (s->life->out_by == 0)
		s->life->out_by = out_by(e, t);
	ns hold = t->opened != 0 ? t->hold_until : 0;
	if (e->now >= s->life->out_by) {
		/* What was due first; of both at once it is the time. */
		bool before = hold != 0 && hold <= s->life->out_by;
		exits_begin(e, s, before ? EXIT_TIME : EXIT_SESSION_END);
		return;
	}
	if (s->life->out_by != NEVER)
		orders_wait(e, s->life->out_by);
	if (hold == 0)
		return;
	assert(hold >= t->opened);
	if (e->now >= hold)
		exits_begin(e, s, EXIT_TIME);
	else
		orders_wait(e, hold);
}

/* An exit on its way: in a halt it waits, but not from the beginning on one order. */
static void mind_exit(struct engine *e, struct slot *s, struct held *h)
{
	ns since = h->o.made > s->life->booked ? h->o.made : s->life->booked;

	assert(h->o.role == ROLE_EXIT);
	if (h->o.tif == TIF_GTC)
		return;
	if (e->now < since + EXIT_PATIENCE)
		orders_wait(e, since + EXIT_PATIENCE);
	else
		orders_cancel(e, s, h);
}

/* Cancels what stands in the way; true when nothing does any more. Of a bracket one leg
 * is enough: the group goes together, and the other is looked after only when it stays. */
static bool way_is_free(struct engine *e, struct slot *s)
{
	struct life *l = s->life;
	struct held *target = life_leg(s, ROLE_TARGET);
	bool target_open = target != NULL && order_open(target);
	bool free = true;

	for (uint32_t i = 0; i < l->n; i++) {
		struct held *h = life_order(l, i);
		if (!order_open(h))
			continue;
		free = false;
		if (h->o.role == ROLE_EXIT) {
			mind_exit(e, s, h);
			continue;
		}
		/* What is to replace another ends with that one. */
		if (h->o.moved == MOVE_ASKED ||
		    (h->o.leg && h->o.role == ROLE_STOP && target_open))
			continue;
		bool other = h->o.leg && target != NULL && h != target;
		ns gone = other ? target->o.updated + GRACE_CANCEL : 0;
		if (e->now < gone)
			orders_wait(e, gone);
		else
			orders_cancel(e, s, h);
	}
	assert(l->n <= LIFE_ORDERS);
	return free;
}

/* The names are used up, after hours: the stop stays, and somebody has to come. */
static void give_up(struct engine *e, struct slot *s)
{
	if (e->s.run != RUN_ERROR)
		say_note(e, NOTE_EXIT, s->life->t.reason_out, s, "",
			 "cannot be closed: by hand, please");
	assert(s->life->t.state == TRADE_EXITING);
	e->s.run = RUN_ERROR;
	e->dirty = true;
}

/* The broker is told that an exit closes, and takes none that would open: somebody else may have
 * sold these shares. Not so what went out too much, which another instance's shares may hide from
 * him; nor shares that a comparison finds after he has said no EXITS_CLOSE times. */
static bool closes(const struct engine *e, struct slot *s)
{
	struct life *l = s->life;
	const struct held *last = life_entry(s);

	if (trade_open_qty(&l->t).n <= 0)
		return false;
	for (uint32_t i = 0; i < l->n; i++)
		if (life_order(l, i)->o.role == ROLE_EXIT)
			last = life_order(l, i);
	return l->exits_failed < EXITS_CLOSE || last->o.refused != 422 ||
	       !compared_since(e, last->o.updated) || s->differs > 0;
}

static void send_exit(struct engine *e, struct slot *s)
{
	struct trade *t = &s->life->t;
	int64_t open = trade_open_qty(t).n;
	struct held *h;
	/* Too much went out: the same order the other way round. */
	enum side side = open > 0 ? side_other((enum side)t->side) : (enum side)t->side;
	struct order o = {
		.instance = e->c.index, .role = ROLE_EXIT, .stage = ORDER_INTENT,
		.side = (uint8_t)side, .type = TYPE_MARKET, .cls = CLASS_SIMPLE,
		.tif = t->exit_seq < EXIT_TRIES && orders_room(s->life) > 1 ? TIF_DAY : TIF_GTC,
		.status = ST_PENDING_NEW, .sym = s->sym, .want = { open > 0 ? open : -open },
		.made = e->now, .updated = e->now, .chain = !closes(e, s),
	};

	assert(open != 0);
	memcpy(o.trade, t->id, sizeof o.trade);
	if (!cid_replace(o.cid, t->id, 'x', t->exit_seq) || !orders_add(e, s, &o, &h)) {
		give_up(e, s);
		return;
	}
	t->exit_seq++;
	s->life->dirty = true;
	orders_send(e, s, h);
}

/* The way out has to wait: what is bare is covered meanwhile. False: it cannot be. */
static bool covered(struct engine *e, struct slot *s)
{
	struct life *l = s->life;

	assert(l->t.state == TRADE_EXITING);
	for (uint32_t i = 0; i < l->n; i++) {
		const struct held *h = life_order(l, i);
		if (h->o.role == ROLE_EXIT && order_open(h))
			return false;
	}
	if (trade_open_qty(&l->t).n <= 0 || !protect_may(e, s))
		return false;
	protect_cover(e, s);
	return true;
}

void exits_advance(struct engine *e, struct slot *s)
{
	struct life *l = s->life;
	struct held *entry = life_entry(s);

	assert(l->t.state == TRADE_EXITING);
	if (order_open(entry)) {
		orders_cancel(e, s, entry);
		return;
	}
	if (trade_open_qty(&l->t).n == 0)
		return;		/* wound up */
	if (!protect_legs_known(e, s))
		return;
	if (!session_now(e)) {
		orders_wait(e, e->session.open);
		(void)covered(e, s);
		return;
	}
	if (l->t.exit_seq == UINT8_MAX) {
		give_up(e, s);
		(void)covered(e, s);
		return;
	}
	/* Who says no twice may say so for hours: then the stop stands between the tries. */
	if (e->now < l->retry) {
		orders_wait(e, l->retry);
		if (l->exits_failed >= EXITS_BARE && covered(e, s))
			return;
	}
	if (!way_is_free(e, s) || e->now < l->retry)
		return;
	send_exit(e, s);
}

static void close_trade(struct engine *e, struct slot *s)
{
	struct trade *t = &s->life->t;

	assert(trade_open_qty(t).n == 0 && t->state != TRADE_CLOSED);
	if (t->in.n == 0) {
		bool refused = life_entry(s)->o.status == ST_REJECTED;
		t->reason_out = refused ? EXIT_REFUSED : EXIT_NOT_FILLED;
		t->closed = e->now;
	}
	if (t->naked_since != 0 && e->now - t->naked_since > t->naked_longest)
		t->naked_longest = e->now - t->naked_since;
	t->naked_since = 0;
	t->state = TRADE_CLOSED;
	s->life->dirty = true;
	slot_rest(e, s);
	e->dirty = true;
	struct note *n = say_note(e, NOTE_EXIT, t->reason_out, s, "", "closed");
	n->value[0] = usd_f64(trade_pnl(t));
	n->value[1] = qty_f64(t->in);
	n->n = 2;
	breakers_mark(e);
	if (t->in.n > 0)
		breakers_count(e, t, 1);
}

/* Flat: nothing may be left behind that would trade. Our own stop goes at once; legs the
 * broker takes back itself, and only what it forgets to tell is asked for. */
void exits_wind_up(struct engine *e, struct slot *s)
{
	struct life *l = s->life;
	bool open = false;

	assert(trade_open_qty(&l->t).n == 0);
	if (l->flat == 0)
		l->flat = e->now;
	for (uint32_t i = 0; i < l->n; i++) {
		struct held *h = life_order(l, i);
		if (!order_open(h))
			continue;
		open = true;
		if (!h->o.leg || l->t.reason_out == EXIT_GONE) {
			orders_cancel(e, s, h);
		} else if (e->now < l->flat + GRACE_CANCEL) {
			orders_wait(e, l->flat + GRACE_CANCEL);
		} else if (h->ask == 0 && !h->doubted) {
			h->doubted = true;
			orders_ask(e, s, h);
		} else {
			orders_cancel(e, s, h);
		}
	}
	if (!open)
		close_trade(e, s);
}

/* A fill of a trade that was thought to be over. */
void life_reopen(struct engine *e, struct slot *s)
{
	struct trade *t = &s->life->t;

	assert(t->state == TRADE_CLOSED);
	if (t->in.n > 0)
		breakers_count(e, t, -1);
	t->state = order_open(life_entry(s)) ? TRADE_ENTERING : TRADE_OPEN;
	t->reason_out = EXIT_NONE;
	s->life->flat = 0;
	s->life->dirty = true;
	e->s.odd_reports++;
	slot_activate(e, s);
	say_note(e, NOTE_SYNC, 0, s, "", "news of a closed trade");
}
