/* core_check.c: what can be wrong with a request by itself, in the broker's words.
 * Where the broker's words are not known they are ours, in its manner. */
#include "exchange/core_inner.h"

/* The same as of shares: what is larger could not be paid. */
#define NOTIONAL_MAX (INT64_C(1000000000) * NUM_ONE)

/* ---- refusals */
static bool begin(struct xc_refusal *why, int http, int code, struct text *t)
{
	assert(http >= 400 && http < 600);
	why->http = http;
	why->code = code;
	why->extras = 0;
	text_init(t, why->message, sizeof(why->message));
	return false;
}

bool xi_refuse(struct xc_refusal *why, int http, int code, const char *message)
{
	struct text t;

	assert(message != NULL);
	begin(why, http, code, &t);
	text_cstr(&t, message);
	text_done(&t);
	return false;
}

/* Message of three parts, the middle one from outside. */
static bool refuse_3(struct xc_refusal *why, int http, int code, const char *const words[3])
{
	struct text t;

	assert(words[0] != NULL && words[1] != NULL && words[2] != NULL);
	begin(why, http, code, &t);
	text_cstr(&t, words[0]);
	text_cstr(&t, words[1]);
	text_cstr(&t, words[2]);
	text_done(&t);
	return false;
}

void xi_extra(struct xc_refusal *why, const char *key, struct str value, bool bare)
{
	assert(why->extras < XC_EXTRAS);
	bool fits = str_copy(why->extra[why->extras].key, sizeof(why->extra[0].key), str_of(key)) &&
		    str_copy(why->extra[why->extras].value, sizeof(why->extra[0].value), value);

	assert(fits);
	(void)fits;
	why->extra[why->extras].bare = bare;
	why->extras++;
}

void xi_extra_num(struct xc_refusal *why, const char *key, int64_t billionths)
{
	char digits[NUM_TEXT];
	size_t n = num_text(digits, billionths);

	assert(n < sizeof(digits));
	xi_extra(why, key, (struct str){ digits, n }, false);
}

/* ---- numbers */
bool xi_check_price(px p, const char *field, const char *words, struct xc_refusal *why)
{
	char digits[NUM_TEXT];
	struct text t;

	if (p.n <= 0)
		return refuse_3(why, 422, XI_FORM, (const char *[]){ words, " must be > 0", "" });
	if (on_tick(p) && p.n <= XI_PRICE_MAX)
		return true;
	num_text(digits, p.n);
	begin(why, 422, XI_RULE, &t);
	text_cstr(&t, "invalid ");
	text_cstr(&t, field);
	text_char(&t, ' ');
	text_cstr(&t, digits);
	text_cstr(&t, on_tick(p) ? ". larger than the allowed maximum" :
		  ". sub-penny increment does not fulfill minimum pricing criteria");
	text_done(&t);
	return false;
}

bool xi_check_percent(int64_t percent, struct xc_refusal *why)
{
	assert(why != NULL);
	return percent >= NUM_ONE / 10 ? true :
	       xi_refuse(why, 422, XI_FORM, "trail_percent must be >= 0.1");
}

static bool check_prices(const struct xc_request *rq, struct xc_refusal *why)
{
	const struct { uint32_t bit; px p; const char *field, *words; } all[] = {
		{ XC_LIMIT, rq->limit, "limit_price", "limit price" },
		{ XC_STOP, rq->stop, "stop_price", "stop price" },
		{ XC_TP_LIMIT, rq->tp_limit, "take_profit.limit_price", "take_profit.limit_price" },
		{ XC_SL_STOP, rq->sl_stop, "stop_loss.stop_price", "stop_loss.stop_price" },
		{ XC_SL_LIMIT, rq->sl_limit, "stop_loss.limit_price", "stop_loss.limit_price" },
		{ XC_TRAIL_PRICE, rq->trail_price, "trail_price", "trail_price" },
	};

	assert(why != NULL);
	for (size_t i = 0; i < COUNT(all); i++)
		if ((rq->has & all[i].bit) &&
		    !xi_check_price(all[i].p, all[i].field, all[i].words, why))
			return false;
	return !(rq->has & XC_TRAIL_PERCENT) || xi_check_percent(rq->trail_percent, why);
}

static bool check_size(const struct xc_request *rq, struct xc_refusal *why)
{
	bool q = rq->has & XC_QTY, n = rq->has & XC_NOTIONAL;

	assert(why != NULL);
	if (q && n)
		return xi_refuse(why, 422, XI_FORM, "only one of qty or notional is accepted");
	if (!q && !n)
		return xi_refuse(why, 422, XI_FORM, "qty or notional is required");
	if (n && rq->notional.n < NUM_ONE)
		return xi_refuse(why, 422, XI_FORM, "notional must be >= 1.00");
	if (n && rq->notional.n > NOTIONAL_MAX)
		return xi_refuse(why, 422, XI_FORM, "notional must be <= 1000000000");
	if (q && rq->qty.n <= 0)
		return xi_refuse(why, 422, XI_FORM, "qty must be > 0");
	if (q && rq->qty.n > XI_SHARES_MAX)
		return xi_refuse(why, 422, XI_FORM, "qty must be <= 1000000000");
	if (q && qty_whole(rq->qty))
		return true;
	if (rq->tif != TIF_DAY)
		return xi_refuse(why, 422, XI_RULE, "fractional orders must be DAY orders");
	if (rq->cls != CLASS_SIMPLE)
		return xi_refuse(why, 422, XI_RULE, "fractional orders must be simple orders");
	if (n && rq->type != TYPE_MARKET)
		return xi_refuse(why, 422, XI_RULE, "notional orders must be market orders");
	if (rq->type == TYPE_TRAILING_STOP)
		return xi_refuse(why, 422, XI_RULE,
				 "trailing stop orders must be for whole shares");
	return true;
}

/* ---- which prices which type must have */
static bool check_type(const struct xc_request *rq, struct xc_refusal *why)
{
	bool limit = rq->has & XC_LIMIT, stop = rq->has & XC_STOP;
	uint32_t trail = rq->has & (XC_TRAIL_PRICE | XC_TRAIL_PERCENT);
	const char *wrong = NULL;

	/* The take-profit's price may stand for an oco's. */
	if (rq->cls == CLASS_OCO && (rq->has & XC_TP_LIMIT))
		limit = true;
	switch (rq->type) {
	case TYPE_MARKET:
		if (limit || stop)
			wrong = "market orders require no stop or limit price";
		break;
	case TYPE_LIMIT:
		if (!limit)
			wrong = "limit orders require a limit price";
		else if (stop)
			wrong = "limit orders require no stop price";
		break;
	case TYPE_STOP:
		if (!stop)
			wrong = "stop orders require a stop price";
		else if (limit)
			wrong = "stop orders require no limit price";
		break;
	case TYPE_STOP_LIMIT:
		if (!limit || !stop)
			wrong = "stop limit orders require both stop and limit price";
		break;
	case TYPE_TRAILING_STOP:
		if (trail != XC_TRAIL_PRICE && trail != XC_TRAIL_PERCENT)
			wrong = "trailing stop orders must specify one of trail_price or "
				"trail_percent";
		else if (limit || stop)
			wrong = "trailing stop orders require no stop or limit price";
		trail = 0;
		break;
	}
	assert(why != NULL);
	if (wrong == NULL && trail != 0)
		wrong = "only trailing stop orders accept trail_price or trail_percent";
	return wrong == NULL ? true : xi_refuse(why, 422, XI_FORM, wrong);
}

static bool check_tif(const struct xc_request *rq, struct xc_refusal *why)
{
	assert(why != NULL);
	if (!(rq->has & XC_TIF))
		return xi_refuse(why, 422, XI_FORM, "time_in_force is required");
	bool lasting = rq->tif == TIF_DAY || rq->tif == TIF_GTC;
	if (rq->extended_hours && (rq->type != TYPE_LIMIT || rq->cls != CLASS_SIMPLE || !lasting))
		return xi_refuse(why, 422, XI_RULE,
				 "extended hours order must be DAY or GTC limit orders");
	if (lasting)
		return true;
	if (rq->cls != CLASS_SIMPLE)
		return refuse_3(why, 422, XI_RULE, (const char *[]){
			class_text(rq->cls), " orders must be DAY or GTC orders", "" });
	if (rq->type != TYPE_MARKET && rq->type != TYPE_LIMIT)
		return refuse_3(why, 422, XI_RULE, (const char *[]){
			tif_text(rq->tif), " orders must be market or limit orders", "" });
	return true;
}

static bool check_class(const struct xc_request *rq, struct xc_refusal *why)
{
	bool tp = rq->has & XC_TP_LIMIT, sl = rq->has & XC_SL_STOP;
	const char *wrong = NULL;

	assert(why != NULL);
	switch (rq->cls) {
	case CLASS_SIMPLE:
		if (rq->has & (XC_TP_LIMIT | XC_SL_STOP | XC_SL_LIMIT | XC_TAKE_PROFIT |
			       XC_STOP_LOSS))
			wrong = "simple orders require no take_profit or stop_loss";
		break;
	case CLASS_BRACKET:
		wrong = !tp ? "bracket orders require take_profit.limit_price" :
			!sl ? "bracket orders require stop_loss.stop_price" : NULL;
		break;
	case CLASS_OCO:
		wrong = !tp && !(rq->has & XC_LIMIT) ?
			"oco orders require take_profit.limit_price" :
			!sl ? "oco orders require stop_loss.stop_price" :
			rq->type != TYPE_LIMIT ? "oco orders must be limit orders" : NULL;
		break;
	case CLASS_OTO:
		if (tp == sl)
			wrong = "oto orders require either take_profit or stop_loss";
		break;
	}
	bool entry = rq->cls == CLASS_BRACKET || rq->cls == CLASS_OTO;
	if (wrong == NULL && entry && rq->type != TYPE_MARKET && rq->type != TYPE_LIMIT)
		wrong = rq->cls == CLASS_OTO ? "oto orders must be market or limit orders" :
					       "bracket orders must be market or limit orders";
	return wrong == NULL ? true : xi_refuse(why, 422, XI_RULE, wrong);
}

bool xi_check_form(const struct xc_request *rq, struct xc_refusal *why)
{
	assert(rq != NULL && why != NULL);
	return check_tif(rq, why) && check_size(rq, why) && check_class(rq, why) &&
	       check_type(rq, why) && check_prices(rq, why);
}

/* ---- names */
bool xi_check_asset(const struct xc *x, const struct xc_request *rq, uint16_t *asset,
		    struct xc_refusal *why)
{
	struct str name = { rq->symbol, strnlen(rq->symbol, sizeof(rq->symbol) - 1) };
	char shown[sizeof(rq->symbol)];

	assert(asset != NULL);
	if (name.n == 0)
		return xi_refuse(why, 422, XI_FORM, "symbol is required");
	bool fits = str_copy(shown, sizeof(shown), name);
	assert(fits);
	(void)fits;
	*asset = rq->near;
	if ((rq->near >= x->assets || !str_eq(str_of(x->asset[rq->near].pub.symbol), name)) &&
	    !xc_find_asset(x, name, asset))
		return refuse_3(why, 422, XI_RULE, (const char *[]){ "asset \"", shown,
								  "\" not found" });
	if (!x->asset[*asset].pub.tradable)
		return refuse_3(why, 422, XI_RULE, (const char *[]){ "asset \"", shown,
								  "\" is not tradable" });
	return true;
}

bool xi_check_cid(struct xc *x, uint16_t account, struct str cid, size_t sent,
		  struct xc_refusal *why)
{
	assert(why != NULL);
	if (sent > XC_CID_MAX || cid.n > XC_CID_MAX)
		return xi_refuse(why, 422, XI_FORM,
				 "client_order_id must be no more than 128 characters");
	if (cid.n == 0 || xc_find_cid(x, account, cid) == XC_NONE)
		return true;
	xi_account(x, account)->verdict.duplicate_cids++;
	return xi_refuse(why, 422, XI_FORM, "client_order_id must be unique");
}

/* ---- geometry: exits on their sides of the base price, a cent away at least */
static bool beyond(enum side exit, bool profit, px p, px base)
{
	const int64_t cent = NUM_ONE / 100;
	bool above = (exit == SIDE_SELL) == profit;

	assert(base.n > 0);
	return above ? p.n >= base.n + cent : p.n <= base.n - cent;
}

bool xi_check_exit(enum side exit, bool profit, px p, px base, struct xc_refusal *why)
{
	bool above = (exit == SIDE_SELL) == profit;

	if (base.n <= 0 || beyond(exit, profit, p, base))
		return true;
	refuse_3(why, 422, XI_RULE, (const char *[]){
		profit ? "take_profit.limit_price" : "stop_loss.stop_price",
		above ? " must be >= base_price + 0.01" : " must be <= base_price - 0.01", "" });
	xi_extra_num(why, "base_price", base.n);
	assert(why->extras == 1);
	return false;
}

bool xi_check_geometry(const struct xc *x, uint16_t asset, const struct xc_request *rq,
		       struct xc_refusal *why)
{
	px market = xi_mark(x, asset);
	px base = rq->type == TYPE_LIMIT ? rq->limit : market;
	enum side exit = side_other(rq->side);
	bool stop = rq->has & XC_SL_STOP, profit = rq->has & XC_TP_LIMIT;

	if (rq->cls == CLASS_SIMPLE)
		return true;
	if (rq->cls == CLASS_OCO) {
		assert(stop);
		px own = profit ? rq->tp_limit : rq->limit;
		return xi_check_exit(rq->side, false, rq->sl_stop, own, why) &&
		       xi_check_exit(rq->side, false, rq->sl_stop, market, why);
	}
	/* A stop beyond the market too would be elected as soon as it lives. */
	return (!profit || xi_check_exit(exit, true, rq->tp_limit, base, why)) &&
	       (!stop || (xi_check_exit(exit, false, rq->sl_stop, base, why) &&
			  xi_check_exit(exit, false, rq->sl_stop, market, why)));
}

/* A stop that the market has passed already. */
bool xi_check_through(const struct xc *x, const struct xc_order *o, struct xc_refusal *why)
{
	px market = xi_mark(x, o->asset);
	bool trails = o->type == TYPE_TRAILING_STOP;

	assert(!xi_is_stop(o) || trails || o->stop.n > 0);
	if (!xi_is_stop(o) || market.n <= 0)
		return true;
	if (trails && o->stop.n == 0) {
		xi_refuse(why, 422, XI_RULE, o->trail_price.n > 0 ?
			  "trail_price must be less than current price" :
			  "trail_percent must be less than 100");
		xi_extra_num(why, "market_price", market.n);
		return false;
	}
	if (o->side == SIDE_SELL ? o->stop.n < market.n : o->stop.n > market.n)
		return true;
	xi_refuse(why, 422, XI_RULE, o->side == SIDE_SELL ?
		  "stop price must be less than current price" :
		  "stop price must be greater than current price");
	xi_extra_num(why, "market_price", market.n);
	return false;
}
