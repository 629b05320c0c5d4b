/* core_funds.c: whether the account may have an order: wash trades, shares, shorts, money. */
#include "exchange/core_inner.h"

/* Another order of the account in the same share that counts: not the one that is to be
 * replaced, nor of its group, nor a replacement that is still under way. */
static bool counts(const struct xc *x, const struct xi_draft *d, xc_oid i)
{
	const struct xc_order *o = xi_order(x, i);

	assert(o->asset == d->asset);
	if (o->account != d->account || xi_node(x, i)->waiting)
		return false;
	return d->instead_of == XC_NONE || xi_root(x, i) != xi_root(x, d->instead_of);
}

/* ---- what the user or the broker has forbidden */
bool xi_check_allowed(const struct xc *x, const struct xi_draft *d, struct xc_refusal *why)
{
	const struct xi_account *a = xi_account(x, d->account);
	int64_t position = xi_holding(x, d->account, d->asset)->pub.n.n;
	bool closes = xi_closes(d->o->side, position);
	const char *wrong = NULL;
	/* A change of an order that is there is no new one. */
	bool new = d->instead_of == XC_NONE;

	if (a->blocked & (XC_BLOCK_TRADING | XC_BLOCK_ACCOUNT | XC_BLOCK_INACTIVE))
		wrong = "account is not authorized to trade";
	else if (new && a->settings.suspend_trade)
		wrong = "new orders are rejected by user request";
	else if (new && (a->blocked & XC_BLOCK_OPENING) && !closes)
		wrong = "account is restricted to liquidation only";
	else if (!a->settings.fractional_trading && !closes &&
		 (d->o->notional.n > 0 || !qty_whole(d->o->want)))
		wrong = "fractional trading is disabled for this account";
	assert(d->asset < x->assets);
	return wrong == NULL ? true : xi_refuse(why, 403, XI_MONEY, wrong);
}

/* ---- wash trades: the broker's table of pairs comes down to two rules */
static bool at_any_price(const struct xc_order *o)
{
	switch (o->type) {
	case TYPE_LIMIT:
	case TYPE_STOP_LIMIT:
		return false;
	case TYPE_MARKET:
	case TYPE_STOP:
	case TYPE_TRAILING_STOP:
		break;
	}
	assert(o->limit.n == 0);
	return true;
}

static bool could_meet(const struct xc_order *a, const struct xc_order *b)
{
	const struct xc_order *buy = a->side == SIDE_BUY ? a : b;
	const struct xc_order *sell = buy == a ? b : a;

	assert(buy->side != sell->side);
	return at_any_price(buy) || at_any_price(sell) || buy->limit.n >= sell->limit.n;
}

bool xi_check_wash(struct xc *x, const struct xi_draft *d, struct xc_refusal *why)
{
	/* Trailing stops are exempt, whichever of the two it is. */
	bool trails = d->o->type == TYPE_TRAILING_STOP;

	for (uint32_t at = trails ? 0 : x->asset[d->asset].head; at != 0;
	     at = xi_node(x, at - 1)->next) {
		const struct xc_order *o = xi_order(x, at - 1);
		/* What is held is not on the market and can meet nobody. */
		bool held = o->is_leg && xi_base_status(x, at - 1) == ST_HELD;
		if (!counts(x, d, at - 1) || held || o->side == d->o->side ||
		    o->type == TYPE_TRAILING_STOP || !could_meet(o, d->o))
			continue;
		xi_account(x, d->account)->verdict.wash_trades++;
		xi_refuse(why, 403, XI_MONEY, "potential wash trade detected. use complex orders");
		xi_extra(why, "reject_reason", at_any_price(o) ?
			 STR("opposite side market/stop order exists") :
			 STR("opposite side limit order exists"), false);
		xi_extra(why, "existing_order_id", str_of(o->id), false);
		return false;
	}
	assert(d->instead_of == XC_NONE || d->instead_of < x->orders);
	return true;
}

/* Without a position, an entry on the other side is in the way. */
bool xi_check_opposite(const struct xc *x, const struct xi_draft *d, struct xc_refusal *why)
{
	assert(d->o != NULL);
	if (xi_holding(x, d->account, d->asset)->pub.n.n != 0)
		return true;
	for (uint32_t at = x->asset[d->asset].head; at != 0; at = xi_node(x, at - 1)->next) {
		if (!counts(x, d, at - 1) || !xi_node(x, at - 1)->opens ||
		    xi_order(x, at - 1)->side == d->o->side)
			continue;
		return xi_refuse(why, 403, XI_MONEY, d->o->side == SIDE_BUY ?
				 "cannot open a long buy while a short sell order is open" :
				 "cannot open a short sell while a long buy order is open");
	}
	return true;
}

/* ---- shares */
static void refuse_shares(struct xc *x, const struct xi_draft *d, int64_t available,
			  struct xc_refusal *why)
{
	const struct xc_position *p = &xi_holding(x, d->account, d->asset)->pub;
	char list[200];
	struct text t;
	uint32_t named = 0;

	assert(available >= 0);
	xi_account(x, d->account)->verdict.oversells++;
	why->http = 403;
	why->code = XI_MONEY;
	why->extras = 0;
	text_init(&t, why->message, sizeof(why->message));
	text_cstr(&t, "insufficient qty available for order (requested: ");
	text_num(&t, xi_left(d->o));
	text_cstr(&t, ", available: ");
	text_num(&t, available);
	text_char(&t, ')');
	text_done(&t);
	xi_extra_num(why, "available", available);
	xi_extra_num(why, "existing_qty", p->n.n);
	xi_extra_num(why, "held_for_orders", p->held.n);
	text_init(&t, list, sizeof(list));
	text_char(&t, '[');
	for (uint32_t at = x->asset[d->asset].head; at != 0 && named < 5;
	     at = xi_node(x, at - 1)->next) {
		const struct xc_order *o = xi_order(x, at - 1);
		bool held = o->is_leg && xi_base_status(x, at - 1) == ST_HELD;
		if (!counts(x, d, at - 1) || o->side != d->o->side || held)
			continue;
		text_cstr(&t, named++ > 0 ? ",\"" : "\"");
		text_cstr(&t, o->id);
		text_char(&t, '"');
	}
	text_char(&t, ']');
	xi_extra(why, "related_orders", str_of(text_done(&t)), true);
	xi_extra(why, "symbol", str_of(x->asset[d->asset].pub.symbol), false);
}

/* An order that reduces the position has to find its shares free. This also refuses to go
 * from long to short, or back, in one order. */
bool xi_check_shares(struct xc *x, const struct xi_draft *d, struct xc_refusal *why)
{
	const struct xc_position *p = &xi_holding(x, d->account, d->asset)->pub;
	int64_t n = p->n.n;

	if (!xi_closes(d->o->side, n))
		return true;
	int64_t available = xi_abs(n) - p->held.n;
	if (d->instead_of != XC_NONE)
		available += xi_left(xi_order(x, d->instead_of));
	if (available < 0)
		available = 0;
	assert(p->held.n >= 0);
	if (xi_left(d->o) <= available)
		return true;
	refuse_shares(x, d, available, why);
	return false;
}

static bool sells_short(const struct xc *x, const struct xi_draft *d)
{
	assert(d->account < x->c.accounts);
	return d->o->side == SIDE_SELL && xi_holding(x, d->account, d->asset)->pub.n.n <= 0;
}

bool xi_check_short(struct xc *x, const struct xi_draft *d, struct xc_refusal *why)
{
	const struct xc_asset *a = &x->asset[d->asset].pub;
	struct text t;

	if (!sells_short(x, d))
		return true;
	struct xc_figures f = xc_account(x, d->account);
	if (!f.shorting || f.equity.n < 2000 * NUM_ONE) {
		xi_account(x, d->account)->verdict.oversells++;
		return xi_refuse(why, 403, XI_MONEY, "account is not allowed to short");
	}
	/* Shares that are hard to borrow are lent for the day only. */
	if (a->shortable && (a->easy_to_borrow || d->o->tif != TIF_GTC))
		return true;
	why->http = 403;
	why->code = XI_MONEY;
	why->extras = 0;
	text_init(&t, why->message, sizeof(why->message));
	text_cstr(&t, "asset \"");
	text_cstr(&t, a->symbol);
	text_cstr(&t, "\" cannot be sold short");
	text_done(&t);
	assert(why->extras == 0);
	return false;
}

/* ---- money */

/* With open orders for more than six times its equity an account may only close. */
static bool beyond_equity(const struct xc_figures *f, usd cost)
{
	int64_t orders = xi_sum(f->reserved, cost).n;

	assert(orders >= 0);
	return orders > 0 && (f->equity.n <= 0 || orders / 6 > f->equity.n);
}

bool xi_check_money(const struct xc *x, const struct xi_draft *d, struct xc_refusal *why)
{
	const struct xc_position *p = &xi_holding(x, d->account, d->asset)->pub;

	if (xi_closes(d->o->side, p->n.n))
		return true;
	struct xc_figures f = xc_account(x, d->account);
	/* What cannot be bought on margin takes settled cash. */
	bool margin = x->asset[d->asset].pub.marginable;
	usd has = margin ? f.buying_power : f.non_marginable_buying_power;
	int64_t power = has.n;
	if (d->instead_of != XC_NONE)	/* what the old order reserves is free for the new */
		power += xi_cost(x, d->instead_of).n;
	usd cost = xi_value(xi_cost_price(x, d->o), xi_left(d->o));
	int64_t shares = xi_abs(p->n.n);
	for (uint32_t at = x->asset[d->asset].head; at != 0; at = xi_node(x, at - 1)->next)
		if (counts(x, d, at - 1) && xi_node(x, at - 1)->opens &&
		    shares <= 3 * XI_SHARES_MAX)
			shares += xi_left(xi_order(x, at - 1));
	assert(cost.n >= 0);
	/* Without a price nothing can be counted but shares. */
	if (cost.n <= power && shares + xi_left(d->o) <= 3 * XI_SHARES_MAX)
		return !beyond_equity(&f, cost) ? true :
			xi_refuse(why, 403, XI_MONEY, "account is restricted to liquidation only");
	xi_refuse(why, 403, XI_MONEY, "insufficient buying power");
	xi_extra_num(why, "buying_power", has.n);
	xi_extra_num(why, "cost_basis", cost.n);
	return false;
}
