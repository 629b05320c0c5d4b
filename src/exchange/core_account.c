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
static usd sum(usd a, usd b)
{
	assert(xi_abs(a.n) <= XI_MONEY_MAX && xi_abs(b.n) <= XI_MONEY_MAX);
	return (usd){ clamp(a.n + b.n) };
}

static usd minus(usd a)
{
	assert(a.n != INT64_MIN);
	return (usd){ -a.n };
}

usd xi_value(px at, int64_t shares)
{
	int64_t v;

	assert(at.n >= 0);
	if (!num_muldiv_ok(&v, at.n, shares, NUM_ONE, ROUND_NEAR))
		v = shares < 0 ? -XI_MONEY_MAX : XI_MONEY_MAX;
	return (usd){ clamp(v) };
}

static usd portion(usd v, int64_t of, int64_t in)
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

/* ---- fees on sales: Securities Exchange Act section 31, FINRA trading activity fee */
static usd fee_of(struct xc *x, struct xi_account *a, usd value, qty n)
{
	day d = ny_date(x->now);
	int64_t sec = 27800, taf = 166000, cap = 8300000000;	/* billionths */

	assert(value.n >= 0 && n.n > 0);
	if (d >= day_of(2026, 4, 4))
		sec = 20600;
	else if (d >= day_of(2025, 5, 14))
		sec = 0;
	if (d >= day_of(2026, 1, 1)) {
		taf = 195000;
		cap = 9790000000;
	}
	usd s = { num_muldiv(value.n, sec, NUM_ONE, ROUND_UP) };
	usd t = { num_muldiv(n.n, taf, NUM_ONE, ROUND_UP) };
	if (t.n > cap)
		t.n = cap;
	a->fee_sec = sum(a->fee_sec, s);
	a->fee_taf = sum(a->fee_taf, t);
	return sum(s, t);
}

/* Each kind is rounded up to the cent for the whole day. */
void xi_fees(struct xc *x)
{
	const int64_t cent = NUM_ONE / 100;

	assert(x->c.accounts > 0);
	for (uint32_t i = 0; i < x->c.accounts; i++) {
		struct xi_account *a = xi_account(x, (uint16_t)i);
		usd s = { (a->fee_sec.n + cent - 1) / cent * cent };
		usd t = { (a->fee_taf.n + cent - 1) / cent * cent };
		a->cash = sum(a->cash, minus(sum(s, t)));
		a->fee_sec.n = a->fee_taf.n = 0;
	}
}

/* ---- fills */
static bool fits(int64_t v, int64_t limit)
{
	assert(limit > 0);
	return v >= -limit && v <= limit;
}

/* The position after a trade of `delta` shares worth `value`; what was earned by it. */
static usd move(struct xc_position *p, int64_t delta, usd value)
{
	int64_t before = p->n.n, size = xi_abs(delta);
	int64_t closing = 0;
	usd earned = { 0 };

	assert(delta != 0 && value.n >= 0);
	if (before != 0 && (before < 0) != (delta < 0))
		closing = size < xi_abs(before) ? size : xi_abs(before);
	usd closed = closing == size ? value : portion(value, closing, size);
	if (closing > 0) {
		usd basis = closing == xi_abs(before) ? p->cost :
			    portion(p->cost, closing, xi_abs(before));
		/* A basis is negative for shorts; so is what covering costs. */
		earned = usd_sub(delta < 0 ? closed : minus(closed), basis);
		p->cost = usd_sub(p->cost, basis);
	}
	usd opened = usd_sub(value, closed);
	p->cost = usd_add(p->cost, delta < 0 ? minus(opened) : opened);
	p->n.n = before + delta;
	/* Yesterday's shares are sold first. */
	int64_t fresh = p->intraday.n + (delta < 0 ? closing - size : size - closing);
	if (closing > 0 && (p->n.n == 0 || (p->n.n < 0) != (before < 0)))
		fresh = p->n.n;
	p->intraday.n = xi_abs(fresh) > xi_abs(p->n.n) ? p->n.n : fresh;
	return earned;
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
	usd cash = usd_add(a->cash, o->side == SIDE_BUY ? minus(value) : value);
	/* Half of the range is left for fees and for figures that are sums. */
	if (!fits(cash.n, XI_MONEY_MAX / 2) || !fits(xi_abs(p->cost.n) + v, XI_MONEY_MAX / 2) ||
	    !fits(o->done_value.n + v, XI_MONEY_MAX) || !fits(p->n.n + delta, 4 * XI_SHARES_MAX))
		return false;
	a->cash = cash;
	a->realised = usd_add(a->realised, move(p, delta, value));
	o->done_value = usd_add(o->done_value, value);
	if (x->c.fees && o->side == SIDE_SELL)
		*fee = fee_of(x, a, value, n);
	return true;
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
	px named = o->type == TYPE_STOP ? o->stop : o->limit;
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

/* ---- the account's figures */
static usd reserved(const struct xc *x, uint16_t account)
{
	usd all = { 0 };

	assert(account < x->c.accounts);
	for (uint32_t k = 0; k < x->assets; k++)
		for (uint32_t at = x->asset[k].head; at != 0; at = xi_node(x, at - 1)->next)
			if (xi_order(x, at - 1)->account == account)
				all = sum(all, xi_cost(x, at - 1));
	return all;
}

/* The house's table: 30 %, more for cheap shares and shorts. */
static usd maintenance_of(px at, int64_t shares)
{
	usd value = xi_value(at, xi_abs(shares));
	usd third = portion(value, 30, 100);

	assert(at.n >= 0);
	if (shares >= 0)
		return at.n < NUM_ONE * 5 / 2 ? value : third;
	bool cheap = at.n < 5 * NUM_ONE;
	usd least = xi_value((px){ cheap ? NUM_ONE * 5 / 2 : 5 * NUM_ONE }, xi_abs(shares));
	usd share = cheap ? value : third;
	return share.n > least.n ? share : least;
}

usd xi_maintenance(const struct xc *x, uint16_t account)
{
	usd all = { 0 };

	assert(account < x->c.accounts);
	for (uint32_t k = 0; k < x->assets; k++) {
		const struct xc_position *p = &xi_holding(x, account, (uint16_t)k)->pub;
		if (p->n.n != 0)
			all = sum(all, maintenance_of(xi_mark(x, (uint16_t)k), p->n.n));
	}
	return all;
}

static usd at_least_0(usd v)
{
	assert(xi_abs(v.n) <= XI_MONEY_MAX);
	return v.n < 0 ? (usd){ 0 } : v;
}

static void buying_power(const struct xc *x, uint16_t account, usd intraday, struct xc_figures *f)
{
	const struct xi_account *a = xi_account(x, account);
	usd orders = reserved(x, account);
	usd base = at_least_0(sum(a->last_equity, minus(a->last_maintenance)));
	usd excess = at_least_0(sum(f->equity, minus(f->initial_margin)));

	f->regt_buying_power = at_least_0(sum(portion(excess, 2, 1), minus(orders)));
	switch (a->multiplier) {
	case 4:
		f->buying_power = at_least_0(sum(sum(portion(base, 4, 1), minus(intraday)),
						 minus(orders)));
		f->daytrading_buying_power = f->buying_power;
		break;
	case 2:
		f->buying_power = f->regt_buying_power;
		break;
	default:
		assert(a->multiplier == 1);
		f->buying_power = at_least_0(sum(a->cash, minus(orders)));
		f->regt_buying_power = f->buying_power;
		break;
	}
	usd free_cash = at_least_0(sum(a->cash, minus(orders)));
	usd half = a->multiplier == 1 ? free_cash : portion(f->regt_buying_power, 1, 2);
	f->non_marginable_buying_power = half.n < free_cash.n ? half : free_cash;
}

struct xc_figures xc_account(const struct xc *x, uint16_t account)
{
	const struct xi_account *a = xi_account(x, account);
	struct xc_figures f = { .cash = a->cash, .last_equity = a->last_equity,
				.last_maintenance_margin = a->last_maintenance,
				.multiplier = a->multiplier,
				.shorting = a->shorting && a->multiplier > 1 };
	usd intraday = { 0 };

	for (uint32_t k = 0; k < x->assets; k++) {
		const struct xc_position *p = &xi_holding(x, account, (uint16_t)k)->pub;
		if (p->n.n == 0)
			continue;
		usd value = xi_value(xi_mark(x, (uint16_t)k), p->n.n);
		if (p->n.n > 0)
			f.long_value = sum(f.long_value, value);
		else
			f.short_value = sum(f.short_value, value);
		usd cost = { xi_abs(p->cost.n) };
		intraday = sum(intraday, portion(cost, xi_abs(p->intraday.n), xi_abs(p->n.n)));
	}
	f.equity = sum(sum(f.cash, f.long_value), f.short_value);
	f.initial_margin = portion(sum(f.long_value, minus(f.short_value)), 1, 2);
	f.maintenance_margin = xi_maintenance(x, account);
	f.sma = at_least_0(sum(f.equity, minus(f.initial_margin)));
	f.accrued_fees = sum(a->fee_sec, a->fee_taf);
	buying_power(x, account, intraday, &f);
	assert(f.buying_power.n >= 0);
	return f;
}
