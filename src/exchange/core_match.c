/* core_match.c: quotes come in; stops are elected, orders are filled.
 *
 * An order fills as soon as it is marketable: a buy when the ask is at or below its limit,
 * at the ask; a sell when the bid is at or above it, at the bid. The quote's size is no
 * bound (the broker's paper account does not look at it either), but some fills come in
 * parts. With a share of the volume as bound (xc_config) a tick's share is what all orders
 * together may take of it: buys and sells each in order of price, then of time, and between
 * the two the older one first; the rest waits for the next tick. A quote stands until the
 * next: an order that reaches the book between two of them, and the rest of a fill in parts,
 * trade on the standing one. Stops are elected by prints, new ones only, and are market (or
 * limit) orders from then on. An auction is its print: the session's first for opg orders,
 * its last for cls. */
#include "exchange/core_inner.h"

static bool may_act(const struct xc *x, xc_oid i)
{
	const struct xi_node *n = xi_node(x, i);

	assert(!n->live || !status_final(xi_order(x, i)->status));
	return n->live && n->on_book && !n->waiting && x->now > n->after &&
	       n->shown != ST_SUSPENDED && n->shown != ST_CALCULATED &&
	       n->shown != ST_DONE_FOR_DAY &&
	       !x->asset[xi_order(x, i)->asset].halted;
}

static bool elected(const struct xc_order *o, px last)
{
	assert(o->stop.n > 0 || !xi_is_stop(o) || o->type == TYPE_TRAILING_STOP);
	if (!xi_is_stop(o) || o->triggered || last.n <= 0 || o->stop.n <= 0)
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

/* Within its limit, or without one. */
static bool accepts(const struct xc_order *o, px at)
{
	assert(at.n > 0);
	return o->limit.n == 0 ||
	       (o->side == SIDE_BUY ? at.n <= o->limit.n : at.n >= o->limit.n);
}

/* The price at which it trades on this quote; 0: not. */
static px fill_price(const struct xc *x, xc_oid i, const struct xc_quote *q)
{
	const struct xc_order *o = xi_order(x, i);
	const struct xi_node *n = xi_node(x, i);
	bool auction = o->tif == TIF_OPG || o->tif == TIF_CLS;
	px at = auction ? x->asset[o->asset].auction : o->side == SIDE_BUY ? q->ask : q->bid;
	px none = { 0 };

	if (at.n <= 0 || !accepts(o, at) || (auction && (o->tif == TIF_CLS) != x->closing))
		return none;
	if ((xi_is_stop(o) && !o->triggered) || o->status == ST_HELD ||
	    (n->mischief & XM_NO_FILL))
		return none;
	if (o->limit.n > 0)
		return at;
	if (!auction)
		at = slipped(x, at, o->side);
	return n->cap.n > 0 && o->side == SIDE_BUY && at.n > n->cap.n ? none : at;
}

/* ---- how much */

/* A fill in parts needs a record for each of them; every order that lives has one to end with. */
static bool may_split(const struct xc *x, const struct xc_order *o)
{
	assert(x->executions + x->heap_n <= x->at.executions_max);
	return o->tif != TIF_FOK && x->executions + x->heap_n < x->at.executions_max;
}

/* What the tick's volume leaves for it: whole shares, unless it is all that is wanted. */
static int64_t within_volume(const struct xc *x, const struct xc_order *o)
{
	int64_t left = xi_left(o), room = x->asset[o->asset].budget;

	assert(room >= 0);
	if (room >= left)
		return left;
	return may_split(x, o) ? room - room % NUM_ONE : 0;
}

/* How much of what is left trades now. Which orders come in parts, and the parts, are
 * drawn from the seed in the order of fills; an auction deals at once. */
static int64_t fill_size(struct xc *x, xc_oid i)
{
	struct xi_node *n = xi_node(x, i);
	const struct xc_order *o = xi_order(x, i);
	int64_t left = xi_left(o), shares = left / NUM_ONE;
	bool four = n->mischief & XM_SPLIT_FILLS;
	bool whole = o->tif == TIF_FOK || o->tif == TIF_OPG || o->tif == TIF_CLS;

	assert(left > 0);
	if (x->c.volume_share_pct > 0)
		return within_volume(x, o);
	if (n->parts == 0) {
		bool split = shares > 1 && !whole &&
			     rng_below(&x->rng, 100) < (uint64_t)x->c.partial_pct;
		n->parts = four ? XI_PARTS_MAX : !split ? 1 :
			   (uint8_t)(2 + rng_below(&x->rng, XI_PARTS_MAX - 1));
	}
	if (n->parts == 1 || shares <= 1 || !may_split(x, o)) {
		n->parts = 1;
		return left;
	}
	n->parts--;
	if (four)
		return (shares + n->parts) / (n->parts + 1) * NUM_ONE;
	return (1 + (int64_t)rng_below(&x->rng, (uint64_t)(shares - 1))) * NUM_ONE;
}

/* By value: what it is in shares is known when the price is. A sale takes no more than the
 * position has free. */
static void size_by_value(struct xc *x, xc_oid i, px at)
{
	struct xc_order *o = xi_order(x, i);
	const struct xc_position *p = &xi_holding(x, o->account, o->asset)->pub;
	int64_t n, value = o->notional.n - o->done_value.n;

	assert(at.n > 0);
	if (!num_muldiv_ok(&n, value > 0 ? value : 0, NUM_ONE, at.n, ROUND_DOWN) || n < 1)
		n = 1;
	if (n > XI_SHARES_MAX)
		n = XI_SHARES_MAX;
	int64_t most = xi_left(o) + xi_abs(p->n.n) - p->held.n;
	if (xi_closes(o->side, p->n.n) && n > most)
		n = most > 0 ? most : 1;
	o->want.n = o->done.n + n;
	xi_refresh(x, o->account, o->asset);
}

static void fill(struct xc *x, xc_oid i, px at)
{
	struct xc_order *o = xi_order(x, i);
	struct xi_node *k = xi_node(x, i);
	struct xc_execution *f = xi_at(x, x->at.executions);
	usd fee;

	if (o->notional.n > 0)
		size_by_value(x, i, at);
	qty n = { fill_size(x, i) };
	bool last = n.n == xi_left(o);
	/* Whoever is behind it does not pass it. */
	if (x->c.volume_share_pct > 0 && !last && o->tif != TIF_FOK)
		x->asset[o->asset].budget = n.n;
	if (n.n == 0)
		return;
	if (last && (k->mischief & XM_OVERFILL)) {
		int64_t more = o->want.n / 10 / NUM_ONE * NUM_ONE;
		n.n += more > 0 ? more : NUM_ONE;
	}
	assert(x->executions < x->at.executions_max);
	if (!xi_book(x, i, n, at, &fee)) {
		/* More money than there is room for: the market does not take it. */
		xi_end(x, i, ST_REJECTED);
		return;
	}
	o->done.n += n.n;
	x->asset[o->asset].budget -= n.n < x->asset[o->asset].budget ? n.n :
				     x->asset[o->asset].budget;
	f += x->executions++;
	*f = (struct xc_execution){ .ts = x->now, .order = i, .n = n, .at = at, .fee = fee,
				    .position = xi_holding(x, o->account, o->asset)->pub.n,
				    .done = o->done, .account = o->account,
				    .last = last };
	xi_uuid(x, f->id, STR("event"), (int64_t)x->event_count);
	xi_account(x, o->account)->verdict.executions++;
	k->filled_at = x->now;
	k->shown = 0;
	if (last)
		o->status = ST_FILLED;
	else if (o->status != ST_PENDING_CANCEL && o->status != ST_PENDING_REPLACE)
		o->status = ST_PARTIALLY_FILLED;
	xi_event(x, last ? XE_FILL : XE_PARTIAL_FILL, i, x->executions);
	xi_filled(x, i, n.n);
	if (!last && k->live && x->c.volume_share_pct == 0) {
		k->look_at = x->now + XI_PART_GAP;
		xi_due(x, i);
	}
}

/* ---- one order and the market */

static bool trades_now(const struct xc *x, const struct xc_order *o)
{
	assert(!x->open || !x->extended);
	return x->open || (x->extended && o->extended_hours);
}

/* Now or never: what does not fill when it meets the market ends. */
static bool at_once(const struct xc *x, const struct xc_order *o)
{
	assert(o->asset < x->assets);
	return o->tif == TIF_IOC || o->tif == TIF_FOK ||
	       (o->tif == TIF_OPG && x->asset[o->asset].auction.n > 0);
}

static void take(struct xc *x, xc_oid i, const struct xc_quote *q)
{
	const struct xc_order *o = xi_order(x, i);

	assert(may_act(x, i));
	px at = fill_price(x, i, q);
	if (at.n > 0)
		fill(x, i, at);
	bool asked = o->status == ST_PENDING_CANCEL;
	if (xi_node(x, i)->live && at_once(x, o))
		xi_end(x, i, o->tif == TIF_OPG && !asked ? ST_EXPIRED : ST_CANCELED);
}

void xi_reach(struct xc *x, xc_oid i, ns earliest)
{
	struct xi_node *n = xi_node(x, i);

	assert(n->live && n->on_book);
	if (x->bars || !trades_now(x, xi_order(x, i)))
		return;		/* the next quote, or the session's first, will find it */
	/* Without latency it is still never filled in the instant of its request. */
	n->look_at = x->now > n->after ? x->now : n->after + 1;
	if (earliest > n->look_at)
		n->look_at = earliest;
	xi_due(x, i);
}

/* Before the first quote of a session, and after a halt, there is none that stands. */
static bool stands(const struct xc *x, const struct xi_asset *a)
{
	assert(x->started);
	return a->q.ts >= x->since && !a->stale && !x->bars;
}

void xi_look(struct xc *x, xc_oid i)
{
	const struct xc_order *o = xi_order(x, i);
	const struct xi_asset *a = &x->asset[o->asset];

	assert(xi_node(x, i)->look_at <= x->now);
	xi_node(x, i)->look_at = 0;
	xi_due(x, i);
	if (!trades_now(x, o))
		return;
	if (a->halted && at_once(x, o))
		xi_end(x, i, ST_CANCELED);
	else if (stands(x, a) && may_act(x, i))
		take(x, i, &a->q);
}

bool xi_late_fill(struct xc *x, xc_oid i)
{
	const struct xc_order *o = xi_order(x, i);
	const struct xi_asset *a = &x->asset[o->asset];
	struct xi_node *n = xi_node(x, i);

	if (!(n->mischief & XM_CANCEL_LATE_FILL) || !trades_now(x, o) || !stands(x, a))
		return false;
	/* The cancel came before it was on the market: it has got there all the same. */
	if (!n->on_book && !o->is_leg) {
		n->on_book = true;
		n->after = o->submitted;
		n->booked = x->now;
	}
	if (!may_act(x, i))
		return false;
	px at = fill_price(x, i, &a->q);
	assert(o->cancel_at != 0);
	if (at.n == 0)
		return false;
	n->parts = 1;
	fill(x, i, at);
	return !n->live;
}

/* ---- all orders and a quote */

/* The older of two heads of the queues; and within a side the one that comes first. */
static bool older(const struct xc *x, xc_oid a, xc_oid b)
{
	ns ta = xi_node(x, a)->booked, tb = xi_node(x, b)->booked;

	assert(a != b);
	return ta < tb || (ta == tb && a < b);
}

static bool precedes(const struct xc *x, xc_oid a, xc_oid b)
{
	const struct xc_order *o = xi_order(x, a), *p = xi_order(x, b);

	assert(o->asset == p->asset);
	if (o->side != p->side)
		return o->side == SIDE_BUY;
	if (o->limit.n == p->limit.n)
		return older(x, a, b);
	if (o->limit.n == 0 || p->limit.n == 0)
		return o->limit.n == 0;
	return o->side == SIDE_BUY ? o->limit.n > p->limit.n : o->limit.n < p->limit.n;
}

/* Shell's sort: no memory, no recursion, and the lists are short. */
static void in_order(const struct xc *x, uint32_t *list, uint32_t n)
{
	assert(list != NULL);
	for (uint32_t gap = n / 2; gap > 0; gap /= 2)
		for (uint32_t k = gap; k < n; k++) {
			uint32_t one = list[k], at = k;
			for (; at >= gap && precedes(x, one, list[at - gap]); at -= gap)
				list[at] = list[at - gap];
			list[at] = one;
		}
}

static void take_all(struct xc *x, uint32_t *list, uint32_t n, const struct xc_quote *q)
{
	uint32_t kept = 0, buys = 0;

	for (uint32_t k = 0; k < n; k++) {
		const struct xc_order *o = xi_order(x, list[k]);
		if (!may_act(x, list[k]) || !trades_now(x, o) ||
		    (fill_price(x, list[k], q).n == 0 && !at_once(x, o)))
			continue;
		list[kept++] = list[k];
		buys += o->side == SIDE_BUY;
	}
	in_order(x, list, kept);
	uint32_t b = 0, s = buys;
	while (b < buys || s < kept) {
		bool buy = s == kept || (b < buys && older(x, list[b], list[s]));
		xc_oid i = list[buy ? b++ : s++];
		/* What the others did may have ended it. */
		if (may_act(x, i))
			take(x, i, q);
	}
	assert(kept <= n);
}

static void match(struct xc *x, uint16_t asset, const struct xc_quote *q)
{
	uint32_t n;
	uint32_t *list = xi_live(x, asset, &n);

	assert(x->open || x->extended);
	/* Elections first: when one quote reaches both exits, the worse one counts. */
	for (uint32_t k = 0; k < n && x->open; k++) {
		if (!may_act(x, list[k]))
			continue;
		if (elected(xi_order(x, list[k]), q->last))
			xi_trigger(x, list[k]);
		else
			xi_trail(x, list[k], q->last);
	}
	take_all(x, list, n, q);
}

void xi_closing(struct xc *x)
{
	uint32_t n;

	assert(x->open && !x->closing);
	x->closing = true;
	for (uint32_t k = 0; k < x->assets; k++) {
		struct xi_asset *a = &x->asset[k];
		if (a->head == 0 || !stands(x, a) || a->halted)
			continue;
		uint32_t *list = xi_live(x, (uint16_t)k, &n), kept = 0;
		for (uint32_t m = 0; m < n; m++)
			if (xi_order(x, list[m])->tif == TIF_CLS)
				list[kept++] = list[m];
		a->auction = a->q.last;
		take_all(x, list, kept, &a->q);
		a->auction.n = 0;
	}
	x->closing = false;
}

/* What a broken feed could send does not count as a price. */
static px sane(px p)
{
	static_assert(XI_PRICE_MAX < INT64_MAX / 2, "slippage and collars have room");
	return p.n > 0 && p.n <= XI_PRICE_MAX ? p : (px){ 0 };
}

/* The share of a tick's volume that orders may take, in whole shares of volume. */
static int64_t budget_of(const struct xc *x, double volume)
{
	assert(x->c.volume_share_pct >= 0);
	if (!(volume > 0))
		return 0;
	int64_t shares = volume > 1e9 ? XI_SHARES_MAX / NUM_ONE : (int64_t)volume;
	return shares * (NUM_ONE / 100) * x->c.volume_share_pct;
}

void xc_mark(struct xc *x, ns now, uint16_t asset, px last)
{
	assert(asset < x->assets && sane(last).n > 0);
	xi_advance(x, now);
	x->asset[asset].q.bid = x->asset[asset].q.ask = x->asset[asset].q.last = last;
}

void xc_quote(struct xc *x, ns now, uint16_t asset, px bid, px ask, px last, double volume)
{
	assert(asset < x->assets);
	struct xi_asset *a = &x->asset[asset];

	xi_advance(x, now);
	a->q.ts = now;
	a->q.bid = sane(bid);
	a->q.ask = sane(ask);
	a->budget = budget_of(x, volume);
	if (sane(last).n > 0)
		a->q.last = last;
	if (x->open && a->q.day_open.n == 0)
		a->q.day_open = a->q.last;
	if ((!x->open && !x->extended) || a->halted)
		return;
	a->stale = false;
	struct xc_quote q = a->q;
	q.last = sane(last);	/* an old print elects nothing */
	/* The opening auction: one print a session. */
	if (x->open && a->auctioned < x->since && a->q.last.n > 0) {
		a->auctioned = now;
		a->auction = a->q.last;
	}
	if (a->head != 0)
		match(x, asset, &q);
	a->auction.n = 0;
}
