/* core_morning.c: a trading day begins, a quarter of an hour before the pre-market: the last
 * close becomes the base of the day's figures, sales of the day before are settled, fees are
 * booked, splits and dividends take effect (core_action.h says how). */
#include "exchange/core_inner.h"

void xi_cancel_all(struct xc *x, uint16_t asset, int32_t account)
{
	uint32_t n;
	const uint32_t *list = xi_live(x, asset, &n);

	for (uint32_t k = 0; k < n; k++) {
		const struct xi_node *o = xi_node(x, list[k]);
		/* Ends of groups and of replacements may have come before. */
		if (o->live && !o->waiting &&
		    (account < 0 || xi_order(x, list[k])->account == account))
			xi_end(x, list[k], ST_CANCELED);
	}
	assert(account >= 0 || x->asset[asset].n == 0);
}

/* ---- splits */
void xi_split(struct xc_position *p, const struct xc_action *a, int64_t *lieu)
{
	int64_t before = p->n.n, after, most = 4 * XI_SHARES_MAX;

	assert(a->kind == XA_SPLIT && a->num > 0 && a->den > 0);
	if (!num_muldiv_ok(&after, before, a->num, a->den, ROUND_NEAR))
		after = before < 0 ? -INT64_MAX : INT64_MAX;
	int64_t kept = after > most ? most : after < -most ? -most : after;
	if (qty_whole((qty){ before }))
		kept -= kept % NUM_ONE;
	*lieu = after - kept;
	if (kept == 0)
		p->cost.n = 0;
	else if (kept != after)
		p->cost = xi_portion(xi_portion(p->cost, xi_abs(kept), xi_abs(before)), a->den,
				     a->num);
	p->n.n = kept;
	p->intraday.n = 0;
}

static void split_holding(struct xc *x, uint16_t account, uint32_t number)
{
	const struct xc_action *a = &x->actions.a[number];
	struct xc_position *p = &xi_holding(x, account, a->asset)->pub;
	struct xi_account *owner = xi_account(x, account);
	int64_t before = p->n.n, lieu;
	usd cost = p->cost;

	assert(a->asset < x->assets);
	if (before == 0)
		return;
	xi_split(p, a, &lieu);
	usd paid = xi_value(xi_mark(x, a->asset), lieu);
	paid.n -= paid.n % (NUM_ONE / 100);
	owner->realised = xi_sum(owner->realised,
				 usd_sub(paid, usd_sub(cost, p->cost)));
	xi_note(x, &(struct xc_activity){
		.account = account, .asset = a->asset, .kind = XY_SPLIT, .action = number,
		.sub = a->num >= a->den ? XY_FSPLIT : XY_RSPLIT, .n = { p->n.n - before },
		.amount = paid });
	xi_refresh(x, account, a->asset);
}

static px divided(px p, const struct xc_action *a)
{
	int64_t n;

	assert(a->num > 0);
	if (p.n <= 0 || !num_muldiv_ok(&n, p.n, a->den, a->num, ROUND_NEAR))
		return p;
	return (px){ n > XI_PRICE_MAX ? XI_PRICE_MAX : n > 0 ? n : 1 };
}

static void split(struct xc *x, uint32_t number)
{
	const struct xc_action *a = &x->actions.a[number];
	struct xi_asset *s = &x->asset[a->asset];

	assert(!x->open);
	xi_cancel_all(x, a->asset, -1);
	s->close = divided(s->close, a);
	s->q.prev_close = divided(s->q.prev_close, a);
	s->q.last = divided(s->q.last, a);
	s->q.bid = divided(s->q.bid, a);
	s->q.ask = divided(s->q.ask, a);
	for (uint32_t i = 0; i < x->c.accounts; i++)
		split_holding(x, (uint16_t)i, number);
}

/* ---- dividends */
static void pay(struct xc *x, const struct xi_claim *c)
{
	const struct xc_action *a = &x->actions.a[c->action];
	struct xi_account *to = xi_account(x, c->account);
	usd amount = xi_value(a->cash, c->n);
	const int64_t cent = NUM_ONE / 100;

	assert(a->kind == XA_DIVIDEND && c->n != 0);
	amount.n = num_muldiv(amount.n, 1, cent, ROUND_NEAR) * cent;
	to->realised = xi_sum(to->realised, amount);
	xi_note(x, &(struct xc_activity){
		.account = c->account, .asset = a->asset, .kind = XY_DIV, .sub = XY_CDIV,
		.action = c->action, .n = { c->n }, .each = a->cash, .amount = amount });
}

static void earn(struct xc *x, uint32_t number)
{
	for (uint32_t i = 0; i < x->c.accounts; i++) {
		uint16_t asset = x->actions.a[number].asset;
		struct xi_claim c = { .action = number, .account = (uint16_t)i,
				      .n = xi_holding(x, (uint16_t)i, asset)->pub.n.n };
		if (c.n == 0)
			continue;
		if (x->claims < XI_CLAIMS_MAX)
			x->claim[x->claims++] = c;
		else
			pay(x, &c);
	}
	assert(x->claims <= XI_CLAIMS_MAX);
}

static void pay_claims(struct xc *x, day d)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < x->claims; i++) {
		if (x->actions.a[x->claim[i].action].pay <= d)
			pay(x, &x->claim[i]);
		else
			x->claim[left++] = x->claim[i];
	}
	assert(left <= x->claims);
	x->claims = left;
}

static bool takes_effect(const struct xc *x, uint32_t i, day d)
{
	const struct xc_action *a = &x->actions.a[i];

	assert(i < x->actions.n);
	return a->ex > x->acted && a->ex <= d && a->asset < x->assets;
}

/* ---- the day */
static void roll(struct xc *x, struct xi_account *a, uint16_t account)
{
	a->last_equity = a->close_equity;
	a->last_maintenance = a->close_maintenance;
	a->unsettled.n = 0;
	for (size_t k = COUNT(a->day_trades) - 1; k > 0; k--)
		a->day_trades[k] = a->day_trades[k - 1];
	a->day_trades[0] = 0;
	for (uint32_t k = 0; k < x->assets; k++)
		xi_holding(x, account, (uint16_t)k)->pub.intraday.n = 0;
}

void xi_morning(struct xc *x)
{
	day d = x->session.date;

	assert(!x->open && x->now == x->morning);
	x->day_began = x->now;
	x->balance_asof = x->closed;
	x->busy = false;
	for (uint32_t i = 0; i < x->c.accounts; i++)
		roll(x, xi_account(x, (uint16_t)i), (uint16_t)i);
	for (uint32_t k = 0; k < x->assets; k++) {
		struct xi_asset *a = &x->asset[k];
		if (a->close.n > 0)
			a->q.prev_close = a->close;
		a->q.day_open.n = 0;
	}
	xi_fees(x);
	for (uint32_t i = 0; i < x->actions.n; i++) {
		if (!takes_effect(x, i, d))
			continue;
		if (x->actions.a[i].kind == XA_SPLIT)
			split(x, i);
		else
			earn(x, i);
	}
	x->acted = d;
	pay_claims(x, d);
	x->morning = XI_NEVER;
}

void xi_look_ahead(struct xc *x)
{
	ns at = x->session.pre_open - XI_MORNING;
	day d = x->session.date;

	x->morning = at > x->now ? at : XI_NEVER;
	if (x->morning == XI_NEVER) {
		x->acted = d;
		return;
	}
	for (uint32_t i = 0; i < x->actions.n && !x->busy; i++)
		x->busy = takes_effect(x, i, d);
	for (uint32_t i = 0; i < x->c.accounts && x->c.fees && !x->busy; i++)
		x->busy = xi_account(x, (uint16_t)i)->cash.n < 0;
	for (uint32_t i = 0; i < x->claims && !x->busy; i++)
		x->busy = x->actions.a[x->claim[i].action].pay <= d;
	assert(x->morning > x->now);
}
