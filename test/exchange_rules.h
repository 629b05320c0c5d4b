/* exchange_rules.h: random inputs for the exchange's core, and what must hold after each
 * of them. Shared by the property test and the fuzz target; `draw` is their randomness. */
#ifndef TEST_EXCHANGE_RULES_H
#define TEST_EXCHANGE_RULES_H

#include "base/crc.h"
#include "exchange/core_inner.h"

#define RULES_ORDERS 256
#define RULES_ASSETS 3

struct rules {
	struct xc *x;
	ns         now;
	uint32_t (*draw)(void *ctx, uint32_t below);
	void      *ctx;
	const char *broken;		/* the first rule that did not hold */
	uint32_t   broken_order;
	uint64_t   hash;		/* of all answers */
	int64_t    price[RULES_ASSETS];	/* cents */
	bool       often;		/* time comes in steps to all that is due: no difference */
	struct xc_quote before[RULES_ASSETS];	/* the input */
	/* Of a tick's volume: what is left of the last one; the next one's (-1: none) counts from
	 * an execution on. */
	int64_t    tick_left[RULES_ASSETS], tick_next[RULES_ASSETS];
	uint32_t   tick_from[RULES_ASSETS];
	ns         halted[RULES_ASSETS];	/* since when; INT64_MAX: not */
	int64_t    trail[RULES_ORDERS];		/* the stop, as it was */
	/* As the events tell it. */
	enum order_status status[RULES_ORDERS];
	bool       seen[RULES_ORDERS];
	int64_t    done[RULES_ORDERS], carried[RULES_ORDERS];
	ns         last_event;
	bool       busts;		/* the market takes trades back: some rules are not kept */
	bool       busted[RULES_ORDERS];
	/* As the executions tell it. */
	uint32_t   executions, activities;
	int64_t    cash, position[RULES_ASSETS];
};

#define RULE(r, cond, words) \
	do { \
		if (!(cond) && (r)->broken == NULL) \
			(r)->broken = (words); \
	} while (0)

static uint32_t rules_draw(struct rules *r, uint32_t below)
{
	return r->draw(r->ctx, below);
}

static void rules_mix(struct rules *r, int64_t v)
{
	r->hash = (r->hash ^ (uint64_t)v) * 0x9e3779b97f4a7c15u;
	r->hash ^= r->hash >> 29;
}

#include "exchange_rules_money.h"

static struct xc_config rules_config(struct rules *r, uint64_t seed)
{
	struct xc_config c = { .orders_max = RULES_ORDERS, .accounts = 1, .seed = seed,
			       .cash = { (int64_t)(1 + rules_draw(r, 200)) * 1000 * NUM_ONE },
			       .partial_pct = (int32_t)rules_draw(r, 2) * 60,
			       .latency = (ns)rules_draw(r, 3) * 20 * NS_MS,
			       .slippage_bp_centi = (int32_t)rules_draw(r, 2) * 150,
			       .shorting = rules_draw(r, 4) > 0, .multiplier = 4,
			       .fees = rules_draw(r, 3) == 0,
			       .collars = rules_draw(r, 4) == 0,
			       .volume_share_pct = rules_draw(r, 3) == 0 ?
						   (int32_t)rules_draw(r, 101) : 0 };

	if (!rules_draw(r, 3))
		c.multiplier = (int32_t)(1 + rules_draw(r, 2));
	return c;
}

static void rules_begin(struct rules *r, void *memory, const struct xc_config *c)
{
	static const char *const name[RULES_ASSETS] = { "AAPL", "MSFT", "PENY" };
	uint16_t index;

	r->x = xc_init(memory, c, NULL);
	r->cash = c->cash.n;
	for (size_t i = 0; i < RULES_ASSETS; i++) {
		RULE(r, xc_add_asset(r->x, name[i], NULL, &index) == OK, "there is room");
		r->price[i] = i == 2 ? 120 : 10000;
		r->halted[i] = INT64_MAX;
		r->tick_next[i] = -1;
	}
	rules_actions(r);
	r->busts = rules_draw(r, 8) == 0;
	r->now = ny_time(day_of(2024, 10, 1), 3, 0);
	xc_time(r->x, r->now);
}

/* ---- inputs */
#include "exchange_rules_orders.h"

static void rules_pass_time(struct rules *r)
{
	static const ns step[] = { 0, NS_MS, 10 * NS_MS, 20 * NS_MS, 500 * NS_MS, NS_SECOND,
				   XI_PART_GAP, 15 * NS_SECOND, NS_MINUTE, NS_HOUR };
	uint32_t k = rules_draw(r, COUNT(step) + 1);

	if (k < COUNT(step))
		r->now += step[k];
	else if (rules_draw(r, 6) == 0)
		r->now += (ns)rules_draw(r, 40) * NS_DAY;
	/* Mostly inside a session: there is little to see outside. */
	if (!calendar_is_open(NULL, r->now) && rules_draw(r, 3) > 0)
		r->now = calendar_next(NULL, r->now).open;
	while (r->often && xc_next_due(r->x) <= r->now) {
		ns due = xc_next_due(r->x);
		xc_time(r->x, due > xc_now(r->x) ? due : xc_now(r->x));
	}
	xc_time(r->x, r->now);
	RULE(r, xc_next_due(r->x) > r->now, "nothing that is due is left");
}

/* Any order, the later ones more often; XC_NONE when there is none. */
static xc_oid rules_pick(struct rules *r)
{
	uint32_t n = xc_orders(r->x);

	if (n == 0)
		return XC_NONE;
	uint32_t back = rules_draw(r, 8);
	return rules_draw(r, 3) > 0 && back < n ? n - 1 - back : rules_draw(r, n);
}

static void rules_input(struct rules *r)
{
	struct xc_refusal why;
	xc_oid i = XC_NONE;

	if (rules_draw(r, 30) == 0)
		rules_account_input(r);
	if (rules_draw(r, 30) == 0)
		rules_halt(r);
	switch (rules_draw(r, 12)) {
	case 0:
	case 1:
	case 2:
		rules_place(r);
		break;
	case 3:
		i = rules_pick(r);
		if (i != XC_NONE && !xc_cancel(r->x, r->now, 0, i, &why))
			rules_refused(r, &why);
		break;
	case 4:
		i = rules_pick(r);
		if (i != XC_NONE)
			rules_replace(r, i);
		break;
	case 5:
		i = xc_close_position(r->x, r->now, 0, (uint16_t)rules_draw(r, RULES_ASSETS),
				      qty_shares(rules_draw(r, 3)), &why);
		if (i == XC_NONE)
			rules_refused(r, &why);
		break;
	case 6:
	case 7:
	case 8:
		rules_pass_time(r);
		break;
	default:
		rules_quote(r);
		break;
	}
}

/* ---- what must hold */

/* The arrows between statuses. `held` is a leg that has not come alive; a cancel or a
 * replacement may be asked for it, and for what is not on the market yet. */
static bool rules_arrow(enum order_status from, enum order_status to)
{
	bool live = !status_final(from);

	switch (to) {
	case ST_NEW:
		return from == ST_PENDING_NEW || from == ST_ACCEPTED || from == ST_HELD ||
		       from == ST_PENDING_REPLACE;
	case ST_PARTIALLY_FILLED:
		return from == ST_NEW || from == ST_PARTIALLY_FILLED ||
		       from == ST_PENDING_REPLACE || from == ST_PENDING_NEW ||
		       from == ST_DONE_FOR_DAY;
	case ST_FILLED:
		return from == ST_NEW || from == ST_PARTIALLY_FILLED ||
		       from == ST_PENDING_CANCEL || from == ST_PENDING_REPLACE;
	case ST_CANCELED:
		return live;	/* a group's end cancels whatever lives */
	case ST_EXPIRED:
		return from == ST_NEW || from == ST_PARTIALLY_FILLED;
	case ST_REPLACED:
		return from == ST_PENDING_REPLACE;
	case ST_PENDING_CANCEL:
		return from == ST_ACCEPTED || from == ST_PENDING_NEW || from == ST_NEW ||
		       from == ST_PARTIALLY_FILLED || from == ST_HELD ||
		       from == ST_DONE_FOR_DAY;
	case ST_PENDING_REPLACE:
		return from == ST_NEW || from == ST_PARTIALLY_FILLED || from == ST_HELD ||
		       from == ST_DONE_FOR_DAY;
	case ST_DONE_FOR_DAY:
		return from == ST_PARTIALLY_FILLED || from == ST_PENDING_REPLACE ||
		       from == ST_PENDING_NEW;
	case ST_HELD:
		return from == ST_PENDING_REPLACE;
	case ST_REJECTED:
		return live;
	case ST_ACCEPTED:
	case ST_PENDING_NEW:
	case ST_ACCEPTED_FOR_BIDDING:
	case ST_STOPPED:
	case ST_SUSPENDED:
	case ST_CALCULATED:
	case ST_UNKNOWN:
		break;
	}
	return false;
}

static void rules_event(struct rules *r, const struct xc_event *e)
{
	const struct xc_order *o = xc_order(r->x, e->order);
	uint32_t i = e->order;
	bool fill = e->kind == XE_FILL || e->kind == XE_PARTIAL_FILL;

	r->broken_order = r->broken == NULL ? i : r->broken_order;
	RULE(r, e->ts >= r->last_event && e->ts <= r->now, "events are in order of time");
	r->last_event = e->ts;
	if (!r->seen[i])
		RULE(r, e->status == ST_PENDING_NEW || e->status == ST_ACCEPTED ||
		     e->status == ST_HELD, "an order begins pending, accepted or held");
	else
		RULE(r, e->status == r->status[i] || rules_arrow(r->status[i], e->status) ||
		     (e->kind == XE_TRADE_BUST && !status_final(e->status)),
		     "a status follows an arrow");
	RULE(r, !r->seen[i] || !status_final(r->status[i]) || e->status == r->status[i],
	     "nothing follows a final status");
	r->seen[i] = true;
	r->status[i] = e->status;
	if (e->kind == XE_TRADE_BUST) {
		RULE(r, e->done.n == r->done[i] - e->n.n, "a bust takes away what was done");
		r->busted[i] = true;
	} else if (fill) {
		RULE(r, e->n.n > 0 && e->done.n == r->done[i] + e->n.n, "fills add up");
		RULE(r, (e->kind == XE_FILL) == (e->done.n == o->want.n) || o->is_leg ||
		     o->cls == CLASS_OCO, "the last fill is `fill`");
	} else if (e->done.n != r->done[i]) {
		RULE(r, o->replaces != XC_NONE && r->done[i] == 0 &&
		     e->done.n == r->done[o->replaces], "only a replacement begins with fills");
		r->carried[i] = e->done.n;
	}
	r->done[i] = e->done.n;
	rules_mix(r, (int64_t)e->kind * 1000 + e->order);
	rules_mix(r, e->ts);
	rules_mix(r, e->at.n + e->n.n);
	rules_mix(r, (int64_t)hash64(e->execution, sizeof(e->execution)));
}

static void rules_executions(struct rules *r)
{
	if (r->busts)
		rules_amended(r);
	for (; r->executions < xc_executions(r->x); r->executions++) {
		const struct xc_execution *f = xc_execution(r->x, r->executions);
		const struct xc_order *o = xc_order(r->x, f->order);
		int64_t *p = &r->position[o->asset], before = *p;
		usd value = usd_of(f->at, f->n, ROUND_NEAR);

		r->broken_order = r->broken == NULL ? f->order : r->broken_order;
		rules_activities(r, f->ts);
		before = *p;
		RULE(r, rules_session(o, f->ts), "fills are in the order's session");
		RULE(r, f->ts <= r->halted[o->asset], "nothing trades during a halt");
		rules_share(r, f, r->executions);
		if (r->executions >= r->tick_from[o->asset] && f->ts == r->now)
			rules_priority(r, f);
		RULE(r, f->ts > o->submitted && f->ts >= o->active_at, "no fill before its time");
		if (f->amended == XC_BUSTED)
			continue;
		*p += o->side == SIDE_BUY ? f->n.n : -f->n.n;
		r->cash += o->side == SIDE_BUY ? -value.n : value.n;
		if (r->busts)
			continue;
		RULE(r, o->limit.n == 0 || (o->side == SIDE_BUY ? f->at.n <= o->limit.n :
		     f->at.n >= o->limit.n), "a limit is kept");
		RULE(r, rules_stood(r, o, f->at), "fills are at the price that stands");
		RULE(r, *p == f->position.n, "an execution says the position after it");
		RULE(r, before == 0 || *p == 0 || (before < 0) == (*p < 0),
		     "no order goes through zero");
	}
	rules_activities(r, INT64_MAX);
	rules_ticks_pass(r);
}

static void rules_order(struct rules *r, xc_oid i)
{
	const struct xc_order *o = xc_order(r->x, i);
	const struct xi_node *n = xi_node(r->x, i);

	r->broken_order = r->broken == NULL ? i : r->broken_order;
	RULE(r, r->seen[i] && r->status[i] == o->status, "events tell the status");
	RULE(r, o->done.n >= 0 && o->done.n <= o->want.n, "never more done than wanted");
	RULE(r, r->done[i] == o->done.n, "events tell what is done");
	RULE(r, n->live == !status_final(o->status), "final orders leave the lists");
	RULE(r, (o->status == ST_FILLED) == (o->done.n == o->want.n) || r->busted[i],
	     "filled is all done");
	RULE(r, !n->live || o->expires >= r->now || n->aged || (o->is_leg && !n->armed),
	     "orders expire");
	RULE(r, !rules_waits(r, i), "nothing waits that could trade");
	rules_trails(r, i);
	if (o->is_leg && !n->armed)
		RULE(r, o->done.n == 0 && !o->triggered, "a leg that does not live does nothing");
	if (o->parent == XC_NONE || status_final(o->status))
		return;
	const struct xc_order *p = xc_order(r->x, o->parent);
	if (n->waiting)
		return;
	RULE(r, p->leg[0] == i || p->leg[1] == i, "a live leg is known to its parent");
	RULE(r, p->status == ST_FILLED || !status_final(p->status) ||
	     (p->cls == CLASS_OCO && o->triggered), "no leg outlives an entry that ended");
	RULE(r, p->cls == CLASS_OCO || (p->status == ST_FILLED) == n->armed,
	     "legs live when the entry is filled");
	xc_oid other = p->leg[p->leg[0] == i ? 1 : 0];
	if (p->cls == CLASS_OCO)
		other = o->parent;
	if (other != XC_NONE && status_final(xc_order(r->x, other)->status))
		RULE(r, p->leg[1] == i && o->triggered, "one exit's end is the other's");
	if (other != XC_NONE && p->leg[1] == i && n->armed && !o->triggered)
		RULE(r, xi_left(o) == xi_left(xc_order(r->x, other)),
		     "the stop covers what the target has left");
	if (p->cls == CLASS_BRACKET && n->armed && other != XC_NONE)
		RULE(r, r->busts || o->done.n + xc_order(r->x, other)->done.n <= p->done.n,
		     "both exits together sell what was bought");
}

/* One input and all the rules; false when one is broken. */
static bool rules_step(struct rules *r)
{
	struct xc_event e;

	for (uint16_t k = 0; k < RULES_ASSETS; k++)
		r->before[k] = *xc_last_quote(r->x, k);
	rules_input(r);
	while (xc_next_event(r->x, &e))
		rules_event(r, &e);
	rules_executions(r);
	for (uint32_t i = 0; i < xc_orders(r->x); i++)
		rules_order(r, i);
	rules_account(r);
	RULE(r, xc_next_due(r->x) >= r->now, "what is due has happened");
	return r->broken == NULL;
}

#endif
