/* core_account.c: money. Cash moves by price * quantity, which is exact for whole shares
 * (prices have at most nine decimals); only averages are rounded, half to even, and what
 * rounding leaves over goes with the last share, so that a round trip is exact. Figures
 * that nobody could own saturate at four billion dollars. */
#include "exchange/core_inner.h"

static int64_t clamp(int64_t v)
{
	static_assert(XI_MONEY_MAX <= INT64_MAX / 2, "two of them can be added");
	return v > XI_MONEY_MAX ? XI_MONEY_MAX : v < -XI_MONEY_MAX ? -XI_MONEY_MAX : v;
}

/* Both within the limits, so that their sum fits. */
usd xi_sum(usd a, usd b)
{
	assert(xi_abs(a.n) <= XI_MONEY_MAX && xi_abs(b.n) <= XI_MONEY_MAX);
	return (usd){ clamp(a.n + b.n) };
}

usd xi_value(px at, int64_t shares)
{
	int64_t v;

	assert(at.n >= 0);
	if (!num_muldiv_ok(&v, at.n, shares, NUM_ONE, ROUND_NEAR))
		v = shares < 0 ? -XI_MONEY_MAX : XI_MONEY_MAX;
	return (usd){ clamp(v) };
}

usd xi_portion(usd v, int64_t of, int64_t in)
{
	assert(in > 0);
	int64_t r;

	if (!num_muldiv_ok(&r, v.n, of, in, ROUND_NEAR))
		r = v.n < 0 ? -XI_MONEY_MAX : XI_MONEY_MAX;
	return (usd){ clamp(r) };
}

px xi_mark(const struct xc *x, uint16_t asset)
{
	const struct xc_quote *q = &x->asset[asset].q;

	assert(asset < x->assets);
	if (q->last.n > 0)
		return q->last;
	if (q->bid.n > 0 && q->ask.n > 0)
		return (px){ q->bid.n / 2 + q->ask.n / 2 };
	return q->prev_close;
}

px xi_collar(px p)
{
	assert(p.n >= 0);
	int64_t ratio = NUM_ONE + (p.n < 50 * NUM_ONE ? NUM_ONE / 25 : NUM_ONE / 40);

	return px_tick(px_scale(p, ratio, ROUND_DOWN), tick_of(p), ROUND_DOWN);
}

/* ---- fills */
static bool fits(int64_t v, int64_t limit)
{
	assert(limit > 0);
	return v >= -limit && v <= limit;
}

usd xi_move(struct xc_position *p, int64_t delta, usd value)
{
	int64_t before = p->n.n, size = xi_abs(delta);
	int64_t closing = 0;
	usd earned = { 0 };

	assert(delta != 0 && value.n >= 0);
	if (before != 0 && (before < 0) != (delta < 0))
		closing = size < xi_abs(before) ? size : xi_abs(before);
	usd closed = closing == size ? value : xi_portion(value, closing, size);
	if (closing > 0) {
		usd basis = closing == xi_abs(before) ? p->cost :
			    xi_portion(p->cost, closing, xi_abs(before));
		/* A basis is negative for shorts; so is what covering costs. */
		earned = usd_sub(delta < 0 ? closed : xi_minus(closed), basis);
		p->cost = usd_sub(p->cost, basis);
	}
	usd opened = usd_sub(value, closed);
	p->cost = usd_add(p->cost, delta < 0 ? xi_minus(opened) : opened);
	p->n.n = before + delta;
	/* Yesterday's shares are sold first. */
	int64_t fresh = p->intraday.n + (delta < 0 ? closing - size : size - closing);
	if (closing > 0 && (p->n.n == 0 || (p->n.n < 0) != (before < 0)))
		fresh = p->n.n;
	p->intraday.n = xi_abs(fresh) > xi_abs(p->n.n) ? p->n.n : fresh;
	return earned;
}

/* What a fill does to the verdict and to the count of day trades: shares bought and sold on
 * one day, counted with the order's first fill. */
static void judge(struct xi_account *a, const struct xc_position *p, const struct xc_order *o,
		  int64_t n)
{
	int64_t before = p->n.n;

	assert(n > 0);
	if (!xi_closes(o->side, before))
		return;
	if (p->intraday.n != 0 && o->done.n == 0 && a->day_trades[0] < UINT8_MAX)
		a->day_trades[0]++;
	if (n <= xi_abs(before))
		return;
	a->verdict.overshot++;
	a->verdict.overshot_shares.n += n - xi_abs(before);
}

bool xi_book(struct xc *x, xc_oid i, qty n, px at, usd *fee)
{
	struct xc_order *o = xi_order(x, i);
	struct xi_account *a = xi_account(x, o->account);
	struct xc_position *p = &xi_holding(x, o->account, o->asset)->pub;
	int64_t delta = o->side == SIDE_BUY ? n.n : -n.n, v;

	assert(n.n > 0 && at.n > 0);
	*fee = (usd){ 0 };
	if (!num_muldiv_ok(&v, at.n, n.n, NUM_ONE, ROUND_NEAR) || !fits(v, XI_MONEY_MAX / 4))
		return false;
	usd value = { v };
	usd cash = usd_add(a->cash, o->side == SIDE_BUY ? xi_minus(value) : value);
	/* Half of the range is left for fees and for figures that are sums. */
	if (!fits(cash.n, XI_MONEY_MAX / 2) || !fits(xi_abs(p->cost.n) + v, XI_MONEY_MAX / 2) ||
	    !fits(o->done_value.n + v, XI_MONEY_MAX) || !fits(p->n.n + delta, 4 * XI_SHARES_MAX))
		return false;
	a->cash = cash;
	judge(a, p, o, n.n);
	a->realised = usd_add(a->realised, xi_move(p, delta, value));
	o->done_value = usd_add(o->done_value, value);
	if (o->side == SIDE_SELL)
		a->unsettled = xi_sum(a->unsettled, value);
	if (x->c.fees)
		*fee = xi_fee(x, o->account, o->side, value, n);
	return true;
}

uint32_t xc_next_position(const struct xc *x, uint16_t account, uint32_t from)
{
	const struct xi_assets *held = &xi_account(x, account)->held;

	for (from = xi_next(held, x->assets, from); from < XC_ASSETS_MAX;
	     from = xi_next(held, x->assets, from + 1))
		if (xi_holding(x, account, (uint16_t)from)->pub.n.n != 0)
			break;
	return from;
}

/* ---- what an order reserves */
px xi_cost_price(const struct xc *x, const struct xc_order *o)
{
	const struct xc_quote *q = &x->asset[o->asset].q;
	bool extended = !x->open && (x->now < x->post_until ||
				     (x->now >= x->session.pre_open && x->now < x->session.open));
	px far = { 0 };

	if (x->open)
		far = q->ask;
	else if (extended && q->bid.n > 0 && q->ask.n > 0)
		far.n = q->bid.n / 2 + q->ask.n / 2;
	if (far.n <= 0)
		far = xi_mark(x, o->asset);
	assert(far.n >= 0);
	px named = xi_is_stop(o) && o->limit.n == 0 ? o->stop : o->limit;
	if (o->side == SIDE_BUY)
		return named.n > 0 ? named : far;
	px above = px_scale(far, NUM_ONE / 100 * 103, ROUND_UP);
	return named.n > above.n ? named : above;
}

static usd cost_of(const struct xc *x, xc_oid i, int64_t shares)
{
	px ref = xi_node(x, i)->ref;

	assert(shares >= 0);
	return xi_value(ref.n > 0 ? ref : xi_cost_price(x, xi_order(x, i)), shares);
}

/* While it is being replaced, the dearer of the two counts. */
usd xi_cost(const struct xc *x, xc_oid i)
{
	const struct xc_order *o = xi_order(x, i);
	const struct xi_node *n = xi_node(x, i);

	if (!n->live || !n->opens || n->waiting)
		return (usd){ 0 };
	usd cost = cost_of(x, i, xi_left(o));
	if (n->replacement != 0) {
		const struct xc_order *w = xi_order(x, n->replacement - 1);
		int64_t left = w->want.n > o->done.n ? w->want.n - o->done.n : 0;
		usd later = cost_of(x, n->replacement - 1, left);
		if (later.n > cost.n)
			cost = later;
	}
	assert(cost.n >= 0);
	return cost;
}
