/* rest_account.c: account, positions, assets, clock, calendar, activities. */
#include "exchange/serve_inner.h"

int account_get(struct exchange *x, const struct call *c)
{
	view_account(&x->out, x->core, c->account, x->first, serve_now(x));
	return 200;
}

int account_configurations(struct exchange *x, const struct call *c)
{
	struct text *t = &x->out;
	struct xc_figures f = xc_account(x->core, c->account);
	char multiplier[2] = { (char)('0' + f.multiplier % 10), '\0' };

	json_object(t);
	key_bool(t, "disable_overnight_trading", true);
	key_bool(t, "fractional_trading", false);
	key_text(t, "max_margin_multiplier", multiplier);
	key_i64(t, "max_options_trading_level", 0);
	key_bool(t, "no_shorting", !f.shorting);
	key_bool(t, "ptp_no_exception_entry", false);
	key_bool(t, "suspend_trade", false);
	key_text(t, "trade_confirm_email", "none");
	json_end_object(t);
	return 200;
}

int account_clock(struct exchange *x, const struct call *c)
{
	(void)c;
	view_clock(&x->out, serve_now(x));
	return 200;
}

/* A date, or a time: of that the date as it is written counts, whatever its zone, because
 * clients make midnights of the days they mean. */
static int read_date(struct exchange *x, const struct call *c, const char *name, day *out)
{
	char v[64];
	size_t n;
	ns at;

	if (rest_get(c, name, v, sizeof(v), &n) == 0)
		return 0;
	if (rest_date((struct str){ v, n }, out))
		return 0;
	if (rfc3339_parse(&at, (struct str){ v, n }) != OK ||
	    !rest_date((struct str){ v, 10 }, out))
		return rest_fail(x, 422, 40010001, "invalid date: ", (struct str){ v, n });
	return 0;
}

int account_calendar(struct exchange *x, const struct call *c)
{
	day low = day_of(1970, 1, 1), high = day_of(2029, 12, 31);
	day from = low, to = high;
	char type[16];
	size_t n = 0;
	int status = read_date(x, c, "start", &from);

	if (status == 0)
		status = read_date(x, c, "end", &to);
	if (status != 0)
		return status;
	(void)rest_get(c, "date_type", type, sizeof(type), &n);
	view_calendar(&x->out, from < low ? low : from, to > high ? high : to,
		      str_eq((struct str){ type, n }, STR("SETTLEMENT")));
	return 200;
}

/* ---- assets */

int assets_list(struct exchange *x, const struct call *c)
{
	char v[64];
	size_t n;
	bool none = false;

	if (rest_get(c, "status", v, sizeof(v), &n) == 1)
		none = !str_eq((struct str){ v, n }, STR("active"));
	if (rest_get(c, "asset_class", v, sizeof(v), &n) == 1)
		none = none || !str_eq((struct str){ v, n }, STR("us_equity"));
	/* view_asset tells of no attribute, so that no asset has any of those asked for. */
	none = none || rest_get(c, "attributes", v, sizeof(v), &n) == 1;
	bool only = rest_get(c, "exchange", v, sizeof(v), &n) == 1;
	json_array(&x->out);
	for (uint16_t i = 0; i < xc_assets(x->core) && !none; i++) {
		const struct xc_asset *a = xc_asset(x->core, i);
		if (!only || str_eq((struct str){ v, n }, str_of(a->exchange)))
			view_asset(&x->out, a);
	}
	json_end_array(&x->out);
	return 200;
}

int assets_get(struct exchange *x, const struct call *c)
{
	uint16_t asset;

	if (!xc_find_asset(x->core, c->param, &asset))
		return rest_fail(x, 404, 40410000, "asset not found for ", c->param);
	view_asset(&x->out, xc_asset(x->core, asset));
	return 200;
}

/* ---- positions */

static const struct xc_position *position_of(const struct exchange *x, const struct call *c,
					     uint16_t *asset)
{
	const struct xc_position *p;

	if (!xc_find_asset(x->core, c->param, asset))
		return NULL;
	p = xc_position(x->core, c->account, *asset);
	return p == NULL || p->n.n == 0 ? NULL : p;
}

int positions_list(struct exchange *x, const struct call *c)
{
	json_array(&x->out);
	for (uint32_t k = 0; k < xc_assets(x->core); k++) {
		uint16_t i = (uint16_t)k;
		const struct xc_position *p = xc_position(x->core, c->account, i);
		if (p != NULL && p->n.n != 0)
			view_position(&x->out, x->core, p);
	}
	json_end_array(&x->out);
	return 200;
}

int positions_get(struct exchange *x, const struct call *c)
{
	uint16_t asset;
	const struct xc_position *p = position_of(x, c, &asset);

	if (p == NULL)
		return rest_fail(x, 404, 40410000, "position does not exist", STR(""));
	view_position(&x->out, x->core, p);
	return 200;
}

/* qty xor percentage; 0: all of it. */
static int close_amount(struct exchange *x, const struct call *c, const struct xc_position *p,
			qty *amount)
{
	char v[32], w[32];
	size_t n, k;
	int has_qty = rest_get(c, "qty", v, sizeof(v), &n);
	int has_part = rest_get(c, "percentage", w, sizeof(w), &k);
	int64_t part;

	*amount = (qty){ 0 };
	if (has_qty != 0 && has_part != 0)
		return rest_fail(x, 422, 40010001, "only one of qty or percentage is accepted",
				 STR(""));
	if (has_qty != 0 && (num_parse(&amount->n, (struct str){ v, n }) != OK || amount->n <= 0))
		return rest_fail(x, 422, 40010001, "qty must be > 0", STR(""));
	if (has_part == 0)
		return 0;
	if (num_parse(&part, (struct str){ w, k }) != OK || part <= 0 || part > 100 * NUM_ONE)
		return rest_fail(x, 422, 40010001, "percentage must be between 0 and 100", STR(""));
	int64_t all = p->n.n < 0 ? -p->n.n : p->n.n;
	amount->n = num_muldiv(all, part, 100 * NUM_ONE, ROUND_DOWN);
	/* Whole shares, of those that have no parts: what is left over stays. */
	if (!xc_asset(x->core, p->asset)->fractionable && part < 100 * NUM_ONE)
		amount->n -= amount->n % NUM_ONE;
	if (amount->n == 0)
		return rest_fail(x, 422, 40010001, "qty must be > 0", STR(""));
	return 0;
}

int positions_delete(struct exchange *x, const struct call *c)
{
	struct xc_refusal why = { 0 };
	uint16_t asset;
	qty amount;
	const struct xc_position *p = position_of(x, c, &asset);

	if (p == NULL)
		return rest_fail(x, 404, 40410000, "position does not exist", STR(""));
	int status = close_amount(x, c, p, &amount);
	if (status != 0)
		return status;
	xc_oid o = xc_close_position(x->core, x->now, c->account, asset, amount, &why);
	if (o == XC_NONE)
		return rest_refused(x, &why);
	view_order(&x->out, x->core, o, NULL, false);
	return 200;
}

int positions_delete_all(struct exchange *x, const struct call *c)
{
	struct text *t = &x->out;

	if (rest_flag(c, "cancel_orders"))
		orders_cancel_all(x, c->account, false);
	json_array(t);
	for (uint32_t k = 0; k < xc_assets(x->core); k++) {
		uint16_t i = (uint16_t)k;
		const struct xc_position *p = xc_position(x->core, c->account, i);
		struct xc_refusal why = { 0 };
		if (p == NULL || p->n.n == 0)
			continue;
		xc_oid o = xc_close_position(x->core, x->now, c->account, i, (qty){ 0 }, &why);
		json_object(t);
		key_text(t, "symbol", xc_asset(x->core, i)->symbol);
		key_i64(t, "status", o != XC_NONE ? 200 : why.http);
		json_key(t, "body");
		if (o != XC_NONE)
			view_order(t, x->core, o, NULL, false);
		else
			view_refusal(t, &why);
		json_end_object(t);
	}
	json_end_array(t);
	return 207;
}

/* ---- activities: fills, and nothing else happens here */

/* "20200603093014199::uuid": New York's time of day, then the execution. */
static void activity_id(struct text *t, const struct xc_execution *e)
{
	ns local = e->ts + (ns)ny_offset_s(e->ts) * NS_SECOND;
	struct civil d = civil_of((day)(local / NS_DAY));
	int64_t ms = local % NS_DAY / NS_MS;
	int64_t date = (int64_t)d.year * 10000 + d.month * 100 + d.day;
	int64_t time = ms / 3600000 * 10000 + ms / 60000 % 60 * 100 + ms / 1000 % 60;

	text_i64(t, date * 1000000 + time);
	text_char(t, (char)('0' + ms % 1000 / 100));
	text_char(t, (char)('0' + ms % 100 / 10));
	text_char(t, (char)('0' + ms % 10));
	text_cstr(t, "::");
	text_cstr(t, e->id);
}

static void view_activity(struct text *t, const struct xc *x, uint32_t i)
{
	const struct xc_execution *e = xc_execution(x, i);
	const struct xc_order *p = xc_order(x, e->order);
	char id[80];
	struct text word;
	int64_t sum = 0;

	for (uint32_t k = 0; k <= i; k++)
		if (xc_execution(x, k)->order == e->order)
			sum += xc_execution(x, k)->n.n;
	bool whole = sum >= p->want.n;
	text_init(&word, id, sizeof(id));
	activity_id(&word, e);
	json_object(t);
	json_key(t, "id");
	json_str(t, text_str(&word));
	key_text(t, "activity_type", "FILL");
	key_time(t, "transaction_time", e->ts);
	key_text(t, "type", whole ? "fill" : "partial_fill");
	key_money(t, "price", e->at.n);
	key_money(t, "qty", e->n.n);
	key_text(t, "side", p->side == SIDE_SELL && e->position.n < 0 ? "sell_short"
		  : side_text(p->side));
	key_text(t, "symbol", xc_asset(x, p->asset)->symbol);
	key_money(t, "leaves_qty", p->want.n - sum);
	key_text(t, "order_id", p->id);
	key_money(t, "cum_qty", sum);
	key_text(t, "order_status", whole ? "filled" : "partially_filled");
	json_end_object(t);
}

struct span { ns after, until; bool ascending; };

static int read_span(struct exchange *x, const struct call *c, struct span *s)
{
	char v[64];
	size_t n;
	day d = 0;

	*s = (struct span){ INT64_MIN, INT64_MAX, false };
	if (rest_get(c, "after", v, sizeof(v), &n) != 0 &&
	    !rest_instant((struct str){ v, n }, &s->after))
		return rest_fail(x, 422, 40010001, "invalid after: ", (struct str){ v, n });
	if (rest_get(c, "until", v, sizeof(v), &n) != 0 &&
	    !rest_instant((struct str){ v, n }, &s->until))
		return rest_fail(x, 422, 40010001, "invalid until: ", (struct str){ v, n });
	if (rest_get(c, "date", v, sizeof(v), &n) != 0) {
		int status = read_date(x, c, "date", &d);
		if (status != 0)
			return status;
		s->after = ny_time(d, 0, 0) - 1;
		s->until = ny_time(d + 1, 0, 0);
	}
	if (rest_get(c, "direction", v, sizeof(v), &n) != 0)
		s->ascending = str_eq((struct str){ v, n }, STR("asc"));
	return 0;
}

/* The execution a page token names, or -1. */
static int64_t token_place(const struct exchange *x, const struct call *c)
{
	char v[96];
	size_t n;

	if (rest_get(c, "page_token", v, sizeof(v), &n) <= 0 || n < UUID_TEXT - 1)
		return -1;
	struct str id = { v + n - (UUID_TEXT - 1), UUID_TEXT - 1 };
	for (uint32_t i = 0; i < xc_executions(x->core); i++)
		if (str_eq(str_of(xc_execution(x->core, i)->id), id))
			return i;
	return -1;
}

static const char activity_types[] =
	"FILL,TRANS,MISC,ACATC,ACATS,CFEE,CSD,CSW,DIV,DIVCGL,DIVCGS,DIVFEE,DIVFT,DIVNRA,DIVROC,"
	"DIVTW,DIVTXEX,FEE,INT,INTNRA,INTTW,JNL,JNLC,JNLS,MA,NC,OPASN,OPEXP,OPXRC,PTC,PTR,REORG,"
	"SC,SSO,SSP,SPIN,SPLIT";

/* FILL among the types asked for. */
static int wants_fills(struct exchange *x, const struct call *c, bool *fills)
{
	char v[256];
	size_t n;
	struct str type = c->param;

	*fills = true;
	if (type.n == 0 && rest_get(c, "activity_types", v, sizeof(v), &n) == 1)
		type = (struct str){ v, n };
	if (type.n == 0)
		return 0;
	*fills = rest_listed(type, STR("FILL"));
	for (struct str list = type; list.n > 0;) {
		struct str one = str_cut(&list, ',');
		if (!rest_listed(str_of(activity_types), one))
			return rest_fail(x, 422, 40010001, "invalid activity type: ", one);
	}
	return 0;
}

int account_activities(struct exchange *x, const struct call *c)
{
	struct span s;
	int64_t size = 100, listed = 0;
	uint32_t all = xc_executions(x->core);
	int64_t token = token_place(x, c);
	bool fills;
	int status = wants_fills(x, c, &fills);

	if (status == 0)
		status = read_span(x, c, &s);
	if (status != 0)
		return status;
	if (!rest_number(c, "page_size", 1, 100, &size))
		return rest_fail(x, 422, 40010001, "page_size must be between 1 and 100", STR(""));
	json_array(&x->out);
	for (uint32_t k = 0; k < all && listed < size && fills; k++) {
		uint32_t i = s.ascending ? k : all - 1 - k;
		const struct xc_execution *e = xc_execution(x->core, i);
		if (e->account != c->account || e->ts <= s.after || e->ts >= s.until)
			continue;
		if (token >= 0 && (s.ascending ? i <= token : i >= token))
			continue;
		view_activity(&x->out, x->core, i);
		listed++;
	}
	json_end_array(&x->out);
	return 200;
}
