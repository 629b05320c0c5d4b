/* view_account.c: the account, its positions and the assets as JSON. */
#include "exchange/serve_inner.h"

static void ratio(struct text *t, const char *key, int64_t a, int64_t b)
{
	json_key(t, key);
	view_ratio(t, a, b);
}

static int64_t magnitude(int64_t n)
{
	return n < 0 ? -n : n;
}

/* a * b / c; what is beyond all money is as much as can still be added up. */
static int64_t share(int64_t a, int64_t b, int64_t c)
{
	const int64_t most = INT64_MAX / 4;
	int64_t v;

	if (!num_muldiv_ok(&v, a, b, c, ROUND_NEAR))
		v = (a < 0) != (b < 0) ? -most : most;
	return v > most ? most : v < -most ? -most : v;
}

/* What today brought: shares from before count from yesterday's close on. */
static void intraday(struct text *t, const struct xc_position *p, px last, px before, usd gain)
{
	int64_t all = magnitude(p->n.n), fresh = magnitude(p->intraday.n);
	int64_t sign = p->n.n < 0 ? -1 : 1;

	if (fresh > all)
		fresh = all;
	int64_t old = all - fresh;
	int64_t pl = share(gain.n, fresh, all);
	pl += sign * share(last.n - before.n, old, NUM_ONE);
	int64_t base = share(magnitude(p->cost.n), fresh, all);
	base += share(before.n, old, NUM_ONE);
	key_money(t, "unrealized_intraday_pl", pl);
	ratio(t, "unrealized_intraday_plpc", pl, base);
}

void view_position(struct text *t, const struct xc *x, const struct xc_position *p)
{
	const struct xc_asset *a = xc_asset(x, p->asset);
	const struct xc_quote *q = xc_last_quote(x, p->asset);
	px cost = { share(magnitude(p->cost.n), NUM_ONE, magnitude(p->n.n)) };
	px last = q != NULL && q->last.n != 0 ? q->last : cost;
	px before = q != NULL && q->prev_close.n != 0 ? q->prev_close : last;
	usd value = { share(last.n, p->n.n, NUM_ONE) };
	usd gain = usd_sub(value, p->cost);
	int64_t sign = p->n.n < 0 ? -1 : 1;

	json_object(t);
	key_text(t, "asset_id", a->id);
	key_text(t, "symbol", a->symbol);
	key_text(t, "exchange", a->exchange);
	key_text(t, "asset_class", "us_equity");
	key_bool(t, "asset_marginable", a->marginable);
	key_money(t, "qty", p->n.n);
	key_money(t, "avg_entry_price", cost.n);
	key_text(t, "side", p->n.n < 0 ? "short" : "long");
	key_money(t, "market_value", value.n);
	key_money(t, "cost_basis", p->cost.n);
	key_money(t, "unrealized_pl", gain.n);
	ratio(t, "unrealized_plpc", gain.n, magnitude(p->cost.n));
	intraday(t, p, last, before, gain);
	key_money(t, "current_price", last.n);
	key_money(t, "lastday_price", before.n);
	ratio(t, "change_today", last.n - before.n, before.n);
	/* After a bust orders may hold more than there is. */
	int64_t available = magnitude(p->n.n) - p->held.n;
	key_money(t, "qty_available", available > 0 ? sign * available : 0);
	json_end_object(t);
}

static void account_money(struct text *t, const struct xc_figures *f)
{
	key_money(t, "buying_power", f->buying_power.n);
	key_money(t, "regt_buying_power", f->regt_buying_power.n);
	key_money(t, "effective_buying_power", f->buying_power.n);
	key_money(t, "non_marginable_buying_power", f->non_marginable_buying_power.n);
	key_money(t, "options_buying_power", f->non_marginable_buying_power.n);
	key_money(t, "cash", f->cash.n);
	key_money(t, "portfolio_value", f->equity.n);
	key_money(t, "equity", f->equity.n);
	key_money(t, "last_equity", f->last_equity.n);
	key_money(t, "long_market_value", f->long_value.n);
	key_money(t, "short_market_value", f->short_value.n);
	key_money(t, "position_market_value", usd_sub(f->long_value, f->short_value).n);
	key_money(t, "initial_margin", f->initial_margin.n);
	key_money(t, "maintenance_margin", f->maintenance_margin.n);
	key_money(t, "last_maintenance_margin", f->last_maintenance_margin.n);
	key_money(t, "sma", f->sma.n);
	key_money(t, "accrued_fees", f->accrued_fees.n);
	key_money(t, "pending_reg_taf_fees", f->pending_reg_taf.n);
	key_money(t, "intraday_adjustments", 0);
}

/* What left the API with the pattern day trader rule in July 2026. */
static void day_trader(struct text *t, const struct xc_figures *f)
{
	key_bool(t, "pattern_day_trader", f->multiplier == 4 && f->day_trades > 3);
	key_i64(t, "daytrade_count", f->day_trades);
	key_money(t, "daytrading_buying_power", f->daytrading_buying_power.n);
}

void view_account(struct text *t, const struct exchange *x, uint16_t account)
{
	struct xc_figures f = xc_account(x->core, account);
	const char *id = xc_account_id(x->core, account);
	char word[16], number[13] = "PA";
	char multiplier[2] = { (char)('0' + f.multiplier % 10), '\0' };
	size_t n = 2;

	for (size_t i = 0; id[i] != '\0' && n < sizeof(number) - 1; i++)
		if (id[i] != '-')
			number[n++] = (char)(id[i] >= 'a' ? id[i] - 'a' + 'A' : id[i]);
	number[n] = '\0';

	json_object(t);
	key_text(t, "id", id);
	json_key(t, "admin_configurations");
	json_object(t);
	json_end_object(t);
	key_null(t, "user_configurations");
	key_text(t, "account_number", number);
	key_text(t, "status", (f.blocked & XC_BLOCK_INACTIVE) ? "ACTION_REQUIRED" : "ACTIVE");
	key_text(t, "crypto_status", "INACTIVE");
	key_i64(t, "options_approved_level", 0);
	key_i64(t, "options_trading_level", 0);
	key_text(t, "currency", "USD");
	account_money(t, &f);
	if (x->c.pdt_fields)
		day_trader(t, &f);
	key_text(t, "multiplier", multiplier);
	key_bool(t, "trading_blocked", f.blocked & (XC_BLOCK_TRADING | XC_BLOCK_ACCOUNT));
	key_bool(t, "transfers_blocked", f.blocked & (XC_BLOCK_TRANSFERS | XC_BLOCK_ACCOUNT));
	key_bool(t, "account_blocked", f.blocked & XC_BLOCK_ACCOUNT);
	key_bool(t, "trade_suspended_by_user", xc_settings(x->core, account).suspend_trade);
	key_bool(t, "shorting_enabled", f.shorting);
	key_time(t, "created_at", x->first);
	date_text(word, f.balance_asof);
	key_text(t, "balance_asof", word);
	key_i64(t, "crypto_tier", 0);
	json_end_object(t);
}

void view_asset(struct text *t, const struct xc_asset *a)
{
	char percent[3] = { (char)('0' + a->margin_pct / 10), (char)('0' + a->margin_pct % 10), 0 };

	json_object(t);
	key_text(t, "id", a->id);
	key_text(t, "class", "us_equity");
	key_text(t, "exchange", a->exchange);
	key_text(t, "symbol", a->symbol);
	key_text(t, "name", a->name);
	key_text(t, "status", "active");
	key_bool(t, "tradable", a->tradable);
	key_bool(t, "marginable", a->marginable);
	key_i64(t, "maintenance_margin_requirement", a->margin_pct);
	key_text(t, "margin_requirement_long", percent);
	key_text(t, "margin_requirement_short", percent);
	key_bool(t, "shortable", a->shortable);
	key_bool(t, "easy_to_borrow", a->easy_to_borrow);
	key_text(t, "borrow_status", a->easy_to_borrow ? "easy_to_borrow" : "hard_to_borrow");
	key_bool(t, "fractionable", a->fractionable);
	json_key(t, "attributes");
	json_array(t);
	json_end_array(t);
	json_end_object(t);
}
