/* core_margin.c: what an account can still buy: margin by the house's table, what open orders
 * reserve, buying power by multiplier, and the figures that the account shows. */
#include "exchange/core_inner.h"

/* ---- margin */

/* Funds that promise a multiple of their index ask for more than the 30 % of others. */
uint8_t xi_margin_pct(const char *symbol)
{
	static const struct { const char *list; uint8_t pct; } house[] = {
		{ "TQQQ,SQQQ,UPRO,SPXU,SPXL,SPXS,SOXL,SOXS,TNA,TZA,UDOW,SDOW,LABU,LABD,FAS,FAZ,"
		  "TECL,TECS,YINN,YANG,CURE,DRN,DRV,EDC,EDZ,DPST,NAIL,RETL,TMF,TMV,FNGU,BULZ,"
		  "WEBL,HIBL", 75 },
		{ "SSO,SDS,QLD,QID,DDM,DXD,UWM,TWM,UVXY,AGQ,ZSL,UCO,SCO,BOIL,KOLD,GUSH,DRIP,ERX,"
		  "ERY,NUGT,DUST,JNUG,JDST,TSLL,NVDL,ROM,USD,UYG,SKF,URE,SRS,BITX,ETHU", 50 },
	};

	assert(symbol != NULL);
	for (size_t i = 0; i < COUNT(house); i++)
		for (struct str rest = str_of(house[i].list); rest.n > 0;)
			if (str_eq(str_cut(&rest, ','), str_of(symbol)))
				return house[i].pct;
	return 30;
}

/* Regulation T's half, or the house's when it asks for more. */
static usd initial_of(usd value, int pct)
{
	assert(pct > 0 && pct <= 100);
	return xi_portion(value, pct > 50 ? pct : 50, 100);
}

/* More for cheap shares and shorts. */
static usd maintenance_of(px at, int64_t shares, int pct)
{
	usd value = xi_value(at, xi_abs(shares));
	usd part = xi_portion(value, pct, 100);

	assert(at.n >= 0);
	if (shares >= 0)
		return at.n < NUM_ONE * 5 / 2 ? value : part;
	bool cheap = at.n < 5 * NUM_ONE;
	usd least = xi_value((px){ cheap ? NUM_ONE * 5 / 2 : 5 * NUM_ONE }, xi_abs(shares));
	usd share = cheap ? value : part;
	return share.n > least.n ? share : least;
}

/* Nothing is lent on what is not marginable. */
static int pct_of(const struct xc *x, uint32_t asset)
{
	assert(asset < x->assets);
	return x->asset[asset].pub.marginable ? x->asset[asset].pub.margin_pct : 100;
}

usd xi_maintenance(const struct xc *x, uint16_t account)
{
	usd all = { 0 };

	for XI_EACH(k, x, &xi_account(x, account)->held) {
		const struct xc_position *p = &xi_holding(x, account, (uint16_t)k)->pub;
		if (p->n.n != 0)
			all = xi_sum(all, maintenance_of(xi_mark(x, (uint16_t)k), p->n.n,
							 pct_of(x, k)));
	}
	return all;
}

/* ---- what open orders reserve */
static usd reserved(const struct xc *x, uint16_t account)
{
	usd all = { 0 };

	assert(account < x->c.accounts);
	for XI_EACH(k, x, &x->ordered)
		for (uint32_t at = x->asset[k].head; at != 0; at = xi_node(x, at - 1)->next)
			if (xi_order(x, at - 1)->account == account)
				all = xi_sum(all, xi_cost(x, at - 1));
	return all;
}

static usd at_least_0(usd v)
{
	assert(xi_abs(v.n) <= XI_MONEY_MAX);
	return v.n < 0 ? (usd){ 0 } : v;
}

static usd smaller(usd a, usd b)
{
	return a.n < b.n ? a : b;
}

static void buying_power(const struct xc *x, uint16_t account, usd intraday, struct xc_figures *f)
{
	const struct xi_account *a = xi_account(x, account);
	usd orders = f->reserved;
	usd base = at_least_0(xi_sum(a->last_equity, xi_minus(a->last_maintenance)));
	usd excess = at_least_0(xi_sum(f->equity, xi_minus(f->initial_margin)));
	/* What sales of today brought can be spent on margin, but not in a cash account. */
	usd settled = at_least_0(xi_sum(xi_sum(a->cash, xi_minus(a->unsettled)), xi_minus(orders)));

	f->regt_buying_power = at_least_0(xi_sum(xi_portion(excess, 2, 1), xi_minus(orders)));
	switch (f->multiplier) {
	case 4:
		f->daytrading_buying_power =
			at_least_0(xi_sum(xi_sum(xi_portion(base, 4, 1), xi_minus(intraday)),
					  xi_minus(orders)));
		f->buying_power = f->daytrading_buying_power;
		break;
	case 2:
		f->buying_power = f->regt_buying_power;
		break;
	default:
		assert(f->multiplier == 1);
		f->buying_power = f->regt_buying_power = settled;
		break;
	}
	f->non_marginable_buying_power = f->multiplier == 1 ? settled :
		smaller(xi_portion(f->regt_buying_power, 1, 2), settled);
}

/* ---- the figures */
static void from_positions(const struct xc *x, uint16_t account, struct xc_figures *f,
			   usd *intraday)
{
	for XI_EACH(k, x, &xi_account(x, account)->held) {
		const struct xc_position *p = &xi_holding(x, account, (uint16_t)k)->pub;
		if (p->n.n == 0)
			continue;
		usd value = xi_value(xi_mark(x, (uint16_t)k), p->n.n);
		if (p->n.n > 0)
			f->long_value = xi_sum(f->long_value, value);
		else
			f->short_value = xi_sum(f->short_value, value);
		f->initial_margin = xi_sum(f->initial_margin, initial_of((usd){ xi_abs(value.n) },
									 pct_of(x, k)));
		usd cost = { xi_abs(p->cost.n) };
		*intraday = xi_sum(*intraday, xi_portion(cost, xi_abs(p->intraday.n),
							 xi_abs(p->n.n)));
	}
	f->equity = xi_sum(xi_sum(f->cash, f->long_value), f->short_value);
	assert(f->long_value.n >= 0 && f->short_value.n <= 0);
}

/* Margin is for accounts of $2,000 and more, and not beyond what the user wants. */
static int multiplier_of(const struct xi_account *a, usd equity)
{
	int most = a->settings.max_multiplier;

	assert(most == 1 || most == 2 || most == 4);
	if (equity.n < 2000 * NUM_ONE)
		return 1;
	return a->multiplier < most ? a->multiplier : most;
}

struct xc_figures xc_account(const struct xc *x, uint16_t account)
{
	const struct xi_account *a = xi_account(x, account);
	struct xc_figures f = { .cash = a->cash, .last_equity = a->last_equity,
				.last_maintenance_margin = a->last_maintenance,
				.unsettled = a->unsettled, .balance_asof = x->balance_asof,
				.blocked = a->blocked };
	usd intraday = { 0 };

	from_positions(x, account, &f, &intraday);
	f.multiplier = multiplier_of(a, f.equity);
	f.shorting = a->shorting && f.multiplier > 1 && !a->settings.no_shorting;
	f.maintenance_margin = xi_maintenance(x, account);
	f.sma = at_least_0(xi_sum(f.equity, xi_minus(f.initial_margin)));
	f.pending_reg_taf = xi_sum(xi_fees_due(a, XI_SEC), xi_fees_due(a, XI_TAF));
	f.accrued_fees = xi_sum(f.pending_reg_taf, xi_fees_due(a, XI_CAT));
	for (size_t i = 0; i < COUNT(a->day_trades); i++)
		f.day_trades += a->day_trades[i];
	f.reserved = reserved(x, account);
	buying_power(x, account, intraday, &f);
	assert(f.buying_power.n >= 0);
	return f;
}
