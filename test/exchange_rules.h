/* exchange_rules.h: random inputs for the exchange's core, and what must hold after each
 * of them. Shared by the property test and the fuzz target; `draw` is their randomness. */
#ifndef TEST_EXCHANGE_RULES_H
#define TEST_EXCHANGE_RULES_H

#include "base/crc.h"
#include "exchange/core_inner.h"

#define RULES_ORDERS 256
#define RULES_ASSETS 3
#define RULES_ACCOUNTS 3
#define RULES_KINDS 128

/* What a run came to, over many lives. */
struct rules_count {
	uint64_t inputs, sent, taken, changes, cancels, orders, executions, events, mischief;
	uint64_t amended, refusals;
	uint32_t kinds;
	struct rules_refusal { int http, code; char words[64]; uint64_t n; } kind[RULES_KINDS];
};

/* As executions and activities tell it. */
struct rules_account {
	int64_t cash, position[RULES_ASSETS], fee[XI_FEES];
	/* The basis, and how far roundings may have taken it; < 0: it begins anew. */
	int64_t cost[RULES_ASSETS], off[RULES_ASSETS];
	/* More was sold than there was, by mischief or by a bust: from here on shares may be
	 * promised twice. */
	bool    loose[RULES_ASSETS];
};

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
	bool       busts;		/* the market takes trades back */
	bool       amended;		/* this input has done so */
	bool       busted[RULES_ORDERS];
	uint32_t   mischief;		/* what may go wrong on purpose; 0: nothing */
	bool       lasting;		/* accounts are not reset */
	/* Orders that belong together, legs and replacements: what went wrong with any. */
	uint32_t   grouped, group[RULES_ORDERS], wrong[RULES_ORDERS];
	bool       barred[RULES_ORDERS];	/* before the input: it may not fill */
	bool       elected[RULES_ORDERS];
	uint16_t   printed;		/* the asset of which the input was a print */
	uint32_t   executions, activities;
	uint16_t   accounts;
	struct rules_account account[RULES_ACCOUNTS];
	struct rules_count *count;	/* NULL: nobody asks */
	/* Whoever wants to see the events, too. */
	void     (*hear)(void *ctx, const struct xc_event *e);
	void      *hearer;
};

#define RULES_COUNT(r, what) \
	do { \
		if ((r)->count != NULL) \
			(r)->count->what++; \
	} while (0)

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
#include "exchange_rules_mischief.h"

static struct xc_config rules_config(struct rules *r, uint64_t seed)
{
	struct xc_config c = { .orders_max = RULES_ORDERS, .seed = seed, .multiplier = 4 };

	/* One statement each: within an initializer the order is the compiler's. */
	c.accounts = 1 + rules_draw(r, RULES_ACCOUNTS);
	c.cash.n = (int64_t)(1 + rules_draw(r, 200)) * 1000 * NUM_ONE;
	c.partial_pct = (int32_t)rules_draw(r, 2) * 60;
	c.latency = (ns)rules_draw(r, 3) * 20 * NS_MS;
	c.slippage_bp_centi = (int32_t)rules_draw(r, 2) * 150;
	c.shorting = rules_draw(r, 4) > 0;
	c.fees = rules_draw(r, 3) == 0;
	c.collars = rules_draw(r, 4) == 0;
	if (rules_draw(r, 3) == 0)
		c.volume_share_pct = (int32_t)rules_draw(r, 101);
	if (!rules_draw(r, 3))
		c.multiplier = (int32_t)(1 + rules_draw(r, 2));
	return c;
}

static void rules_begin(struct rules *r, void *memory, const struct xc_config *c)
{
	static const char *const name[RULES_ASSETS] = { "AAPL", "MSFT", "PENY" };
	uint16_t index;

	r->x = xc_init(memory, c, NULL);
	r->accounts = (uint16_t)c->accounts;
	for (size_t i = 0; i < r->accounts; i++)
		r->account[i].cash = c->cash.n;
	for (size_t i = 0; i < RULES_ASSETS; i++) {
		RULE(r, xc_add_asset(r->x, name[i], NULL, &index) == OK, "there is room");
		r->price[i] = i == 2 ? 120 : 10000;
		r->halted[i] = INT64_MAX;
		r->tick_next[i] = -1;
	}
	rules_actions(r);
	r->busts = rules_draw(r, 8) == 0;
	if (rules_draw(r, 4) > 0)
		r->mischief = 0;
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

/* Any order, the later ones and those that live more often; XC_NONE when there is none. */
static xc_oid rules_pick(struct rules *r)
{
	uint32_t n = xc_orders(r->x);
	xc_oid i = XC_NONE;

	for (int tries = 0; n > 0 && tries < 3; tries++) {
		uint32_t back = rules_draw(r, 8);
		i = rules_draw(r, 3) > 0 && back < n ? n - 1 - back : rules_draw(r, n);
		if (xi_node(r->x, i)->live)
			break;
	}
	return i;
}

static void rules_cancel(struct rules *r, xc_oid i)
{
	struct xc_refusal why;
	uint16_t who = rules_owner(r, i);

	RULES_COUNT(r, cancels);
	bool done = xc_cancel(r->x, r->now, who, i, &why);
	RULE(r, who == xc_order(r->x, i)->account || (!done && why.http == 404),
	     "another account's order is not found");
	if (!done)
		rules_refused(r, &why);
}

static void rules_input(struct rules *r)
{
	struct xc_refusal why;
	xc_oid i = XC_NONE;

	r->printed = RULES_ASSETS;
	r->amended = false;
	RULES_COUNT(r, inputs);
	if (r->mischief != 0 && rules_draw(r, 8) == 0)
		rules_misbehave(r);
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
		if (i != XC_NONE)
			rules_cancel(r, i);
		break;
	case 4:
		i = rules_pick(r);
		if (i != XC_NONE)
			rules_replace(r, i);
		break;
	case 5:
		i = xc_close_position(r->x, r->now, rules_who(r),
				      (uint16_t)rules_draw(r, RULES_ASSETS),
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

	/* Shown in place of what it would be. */
	if (from == ST_SUSPENDED || from == ST_CALCULATED || from == ST_STOPPED)
		return rules_arrow(ST_NEW, to) || rules_arrow(ST_PARTIALLY_FILLED, to) ||
		       to == ST_NEW || to == ST_HELD;
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
	case ST_SUSPENDED:
	case ST_CALCULATED:
	case ST_STOPPED:
		return live;
	case ST_ACCEPTED:
	case ST_PENDING_NEW:
	case ST_ACCEPTED_FOR_BIDDING:
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
		     (e->kind == XE_TRADE_BUST && !status_final(e->status)) ||
		     (e->status == ST_EXPIRED && rules_wrong(r, i, XM_EXPIRE)),
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
		     o->cls == CLASS_OCO || rules_wrong(r, i, XM_OVERFILL),
		     "the last fill is `fill`");
	} else if (e->done.n != r->done[i]) {
		RULE(r, o->replaces != XC_NONE && r->done[i] == 0 &&
		     e->done.n == r->done[o->replaces], "only a replacement begins with fills");
		r->carried[i] = e->done.n;
	}
	r->done[i] = e->done.n;
	RULES_COUNT(r, events);
	if (r->hear != NULL)
		r->hear(r->hearer, e);
	rules_mix(r, (int64_t)e->kind * 1000 + e->order);
	rules_mix(r, e->ts);
	rules_mix(r, e->at.n + e->n.n);
	rules_mix(r, (int64_t)hash64(e->execution, sizeof(e->execution)));
}

/* What an execution may be, by the order and the market. */
static void rules_execution(struct rules *r, const struct xc_execution *f)
{
	const struct xc_order *o = xc_order(r->x, f->order);
	const struct xi_node *n = xi_node(r->x, f->order);

	RULE(r, rules_session(o, f->ts), "fills are in the order's session");
	RULE(r, f->ts <= r->halted[o->asset], "nothing trades during a halt");
	RULE(r, !r->barred[f->order], "what is suspended does not fill");
	RULE(r, !xi_is_stop(o) || o->triggered, "a stop fills only when it is elected");
	RULE(r, f->ts > o->submitted && f->ts >= o->active_at, "no fill before its time");
	RULE(r, f->account == o->account, "an execution is its order's account's");
	if (f->amended != XC_AS_TRADED)
		return;
	RULE(r, o->limit.n == 0 || (o->side == SIDE_BUY ? f->at.n <= o->limit.n :
	     f->at.n >= o->limit.n), "a limit is kept");
	RULE(r, n->cap.n == 0 || o->side == SIDE_SELL || o->limit.n > 0 || f->at.n <= n->cap.n,
	     "a collar is kept");
	RULE(r, rules_stood(r, o, f->at), "fills are at the price that stands");
}

static void rules_executions(struct rules *r)
{
	for (; r->executions < xc_executions(r->x); r->executions++) {
		const struct xc_execution *f = xc_execution(r->x, r->executions);
		const struct xc_order *o = xc_order(r->x, f->order);
		struct rules_account *a = &r->account[f->account];
		int64_t *p = &a->position[o->asset];

		r->broken_order = r->broken == NULL ? f->order : r->broken_order;
		RULES_COUNT(r, executions);
		rules_activities(r, f->ts);
		int64_t before = *p;
		rules_execution(r, f);
		rules_share(r, f, r->executions);
		if (r->executions >= r->tick_from[o->asset] && f->ts == r->now)
			rules_priority(r, f);
		if (r->executions < xc_since(r->x, f->account).execution)
			continue;
		rules_charge(r, f);
		rules_basis(a, o, f);
		rules_book(r, f);
		if (rules_wrong(r, f->order, XM_OVERFILL | XM_LEGS_KEEP))
			a->loose[o->asset] = true;
		if (r->amended)
			continue;
		RULE(r, *p == f->position.n, "an execution says the position after it");
		RULE(r, before == 0 || *p == 0 || (before < 0) == (*p < 0) ||
		     a->loose[o->asset], "no order goes through zero");
	}
	rules_activities(r, INT64_MAX);
	rules_ticks_pass(r);
	if (r->amended)
		rules_books_again(r);
}

/* Of a leg that lives, and of its group. */
static void rules_leg(struct rules *r, xc_oid i)
{
	const struct xc_order *o = xc_order(r->x, i), *p = xc_order(r->x, o->parent);
	const struct xi_node *n = xi_node(r->x, i);
	const uint32_t any = XM_LEGS_KEEP | XM_LOST_STOP | XM_LOST_LEGS | XM_OVERFILL |
			     XM_REJECT | XM_EXPIRE;

	if (n->waiting || rules_wrong(r, i, any))
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
		RULE(r, r->account[o->account].loose[o->asset] ||
		     o->done.n + xc_order(r->x, other)->done.n <= p->done.n,
		     "both exits together sell what was bought");
}

static void rules_order(struct rules *r, xc_oid i)
{
	const struct xc_order *o = xc_order(r->x, i);
	const struct xi_node *n = xi_node(r->x, i);
	bool over = rules_wrong(r, i, XM_OVERFILL);

	r->broken_order = r->broken == NULL ? i : r->broken_order;
	rules_settle(r, i);
	RULE(r, r->seen[i] && r->status[i] == o->status, "events tell the status");
	RULE(r, o->done.n >= 0 && (o->done.n <= o->want.n || over),
	     "never more done than wanted");
	RULE(r, r->done[i] == o->done.n, "events tell what is done");
	RULE(r, n->live == !status_final(o->status), "final orders leave the lists");
	RULE(r, (o->status == ST_FILLED) == (o->done.n >= o->want.n) || r->busted[i],
	     "filled is all done");
	RULE(r, o->tif != TIF_FOK || o->done.n == 0 || o->done.n >= o->want.n || r->busted[i],
	     "fill or kill: all or nothing");
	if (!n->live)
		return;
	RULE(r, o->expires >= r->now || n->aged || (o->is_leg && !n->armed), "orders expire");
	RULE(r, !rules_waits(r, i), "nothing waits that could trade");
	rules_trails(r, i);
	if (o->is_leg && !n->armed)
		RULE(r, o->done.n == 0 && !o->triggered, "a leg that does not live does nothing");
	if (o->parent != XC_NONE)
		rules_leg(r, i);
}

/* One input and all the rules; false when one is broken. */
static bool rules_step(struct rules *r)
{
	struct xc_event e;

	for (uint16_t k = 0; k < RULES_ASSETS; k++)
		r->before[k] = *xc_last_quote(r->x, k);
	rules_input(r);
	rules_group(r);
	while (xc_next_event(r->x, &e))
		rules_event(r, &e);
	rules_executions(r);
	for (uint32_t i = 0; i < xc_orders(r->x); i++) {
		rules_order(r, i);
		rules_election(r, i);
	}
	for (uint16_t i = 0; i < r->accounts; i++)
		rules_account(r, i);
	RULE(r, xc_next_due(r->x) >= r->now, "what is due has happened");
	return r->broken == NULL;
}

#endif
