/* core_match.c: quotes come in; stops are elected, orders are filled.
 *
 * An order fills as soon as it is marketable: a buy when the ask is at or below its limit,
 * at the ask; a sell when the bid is at or above it, at the bid. The quote's size is no
 * bound (the broker's paper account does not look at it either), but some fills come in
 * parts. A quote stands until the next: an order that reaches the book between two of
 * them, and the rest of a fill in parts, trade on the standing one. Stops are elected by
 * prints, new ones only, and are market (or limit) orders from then on. */
#include "exchange/core_inner.h"

static bool may_act(const struct xc *x, xc_oid i)
{
	const struct xi_node *n = xi_node(x, i);

	assert(!n->live || !status_final(xi_order(x, i)->status));
	return n->live && n->on_book && !n->waiting && x->now > n->after;
}

static bool is_stop(const struct xc_order *o)
{
	assert(o->type != TYPE_TRAILING_STOP);
	return o->type == TYPE_STOP || o->type == TYPE_STOP_LIMIT;
}

static bool elected(const struct xc_order *o, px last)
{
	assert(o->stop.n > 0 || !is_stop(o));
	if (!is_stop(o) || o->triggered || last.n <= 0)
		return false;
	return o->side == SIDE_SELL ? last.n <= o->stop.n : last.n >= o->stop.n;
}

/* Against whoever wants it now: buys up, sells down, on a grid of 0.0001. */
static px slipped(const struct xc *x, px p, enum side side)
{
	int64_t slip = (int64_t)x->c.slippage_bp_centi * 1000;
	const px grid = { NUM_ONE / 10000 };

	assert(p.n > 0);
	if (slip == 0)
		return p;
	if (side == SIDE_BUY)
		return px_tick(px_scale(p, NUM_ONE + slip, ROUND_UP), grid, ROUND_UP);
	px down = px_tick(px_scale(p, NUM_ONE - slip, ROUND_DOWN), grid, ROUND_DOWN);
	return down.n > 0 ? down : grid;
}

/* The price at which it trades on this quote; 0: not. */
static px fill_price(const struct xc *x, xc_oid i, const struct xc_quote *q)
{
	const struct xc_order *o = xi_order(x, i);
	px far = o->side == SIDE_BUY ? q->ask : q->bid;
	px none = { 0 };

	if (far.n <= 0 || (is_stop(o) && !o->triggered) || o->status == ST_HELD)
		return none;
	if (o->limit.n > 0) {
		bool marketable = o->side == SIDE_BUY ? far.n <= o->limit.n : far.n >= o->limit.n;
		return marketable ? far : none;
	}
	assert(o->type == TYPE_MARKET || o->type == TYPE_STOP);
	px at = slipped(x, far, o->side);
	px cap = xi_node(x, i)->cap;
	return cap.n > 0 && o->side == SIDE_BUY && at.n > cap.n ? none : at;
}

/* How much of what is left trades now. Which orders come in parts, and the parts, are
 * drawn from the seed in the order of fills. */
static int64_t fill_size(struct xc *x, xc_oid i)
{
	struct xi_node *n = xi_node(x, i);
	int64_t left = xi_left(xi_order(x, i));
	int64_t shares = left / NUM_ONE;

	assert(left > 0);
	if (n->parts == 0) {
		bool split = shares > 1 &&
			     rng_below(&x->rng, 100) < (uint64_t)x->c.partial_pct;
		n->parts = split ? (uint8_t)(2 + rng_below(&x->rng, XI_PARTS_MAX - 1)) : 1;
	}
	if (n->parts == 1 || shares <= 1) {
		n->parts = 1;
		return left;
	}
	n->parts--;
	return (1 + (int64_t)rng_below(&x->rng, (uint64_t)(shares - 1))) * NUM_ONE;
}

static void fill(struct xc *x, xc_oid i, px at)
{
	struct xc_order *o = xi_order(x, i);
	qty n = { fill_size(x, i) };
	struct xc_execution *f = xi_at(x, x->at.executions);
	usd fee;

	assert(x->executions < x->at.executions_max);
	if (!xi_book(x, i, n, at, &fee)) {
		/* More money than there is room for: the market does not take it. */
		xi_end(x, i, ST_REJECTED);
		return;
	}
	o->done.n += n.n;
	bool last = xi_left(o) == 0;
	f += x->executions++;
	*f = (struct xc_execution){ .ts = x->now, .order = i, .n = n, .at = at, .fee = fee,
				    .position = xi_holding(x, o->account, o->asset)->pub.n,
				    .account = o->account, .last = last };
	xi_uuid(x, f->id, STR("event"), (int64_t)x->event_count);
	xi_account(x, o->account)->verdict.executions++;
	if (last)
		o->status = ST_FILLED;
	else if (o->status == ST_NEW)
		o->status = ST_PARTIALLY_FILLED;
	xi_event(x, last ? XE_FILL : XE_PARTIAL_FILL, i, x->executions);
	xi_filled(x, i, n.n);
	if (!last && xi_node(x, i)->live) {
		xi_node(x, i)->look_at = x->now + XI_PART_GAP;
		xi_due(x, i);
	}
}

void xi_reach(struct xc *x, xc_oid i, ns earliest)
{
	struct xi_node *n = xi_node(x, i);

	assert(n->live && n->on_book);
	if (!x->open)
		return;		/* the session's first quote will find it */
	/* Without latency it is still never filled in the instant of its request. */
	n->look_at = x->now > n->after ? x->now : n->after + 1;
	if (earliest > n->look_at)
		n->look_at = earliest;
	xi_due(x, i);
}

void xi_look(struct xc *x, xc_oid i)
{
	const struct xi_asset *a = &x->asset[xi_order(x, i)->asset];

	assert(xi_node(x, i)->look_at <= x->now);
	xi_node(x, i)->look_at = 0;
	xi_due(x, i);
	/* Before the session's first quote there is none that stands. */
	if (!x->open || a->q.ts < x->session.open || !may_act(x, i))
		return;
	px at = fill_price(x, i, &a->q);
	if (at.n > 0)
		fill(x, i, at);
}

static void match(struct xc *x, uint16_t asset, const struct xc_quote *q)
{
	uint32_t n;
	const uint32_t *list = xi_live(x, asset, &n);

	assert(x->open);
	/* Elections first: when one quote reaches both exits, the worse one counts. */
	for (uint32_t k = 0; k < n; k++)
		if (may_act(x, list[k]) && elected(xi_order(x, list[k]), q->last))
			xi_trigger(x, list[k]);
	for (uint32_t k = 0; k < n; k++) {
		if (!may_act(x, list[k]))
			continue;
		px at = fill_price(x, list[k], q);
		if (at.n > 0)
			fill(x, list[k], at);
	}
}

/* What a broken feed could send does not count as a price. */
static px sane(px p)
{
	static_assert(XI_PRICE_MAX < INT64_MAX / 2, "slippage and collars have room");
	return p.n > 0 && p.n <= XI_PRICE_MAX ? p : (px){ 0 };
}

void xc_quote(struct xc *x, ns now, uint16_t asset, px bid, px ask, px last, double volume)
{
	assert(asset < x->assets);
	struct xi_asset *a = &x->asset[asset];

	(void)volume;	/* sizes bound nothing yet */
	xi_advance(x, now);
	a->q.ts = now;
	a->q.bid = sane(bid);
	a->q.ask = sane(ask);
	if (sane(last).n > 0)
		a->q.last = last;
	if (!x->open)
		return;
	if (a->q.day_open.n == 0)
		a->q.day_open = a->q.last;
	if (a->head == 0)
		return;
	struct xc_quote q = a->q;
	q.last = sane(last);	/* an old print elects nothing */
	match(x, asset, &q);
}
