/* rest_place.c: the bodies of POST and PATCH /v2/orders, and what becomes of them. */
#include "exchange/serve_inner.h"

/* What went wrong while a body was read: the first one counts. */
struct reading {
	struct json j;
	int         status, code;	/* 0: nothing so far */
	bool        strict;		/* decimals are strings, as the official description says */
	char        message[2 * XC_MESSAGE_MAX];
};

static void wrong(struct reading *r, int code, const char *a, struct str b, const char *end)
{
	struct text t;

	if (r->status != 0)
		return;
	r->status = 422;
	r->code = code;
	text_init(&t, r->message, sizeof(r->message) - 1);
	text_cstr(&t, a);
	if (b.n < 64)
		text_add(&t, b);
	text_cstr(&t, end);
	(void)text_done(&t);
}

/* A string, or null: then it counts as not given and s is empty. */
static bool word(struct reading *r, struct str *s)
{
	*s = (struct str){ "", 0 };
	if (json_peek(&r->j) == JSON_NULL) {
		(void)json_read_null(&r->j);
		return false;
	}
	return json_read_str(&r->j, s);
}

static const char sub_penny[] =
	". sub-penny increment does not fulfill minimum pricing criteria";

/* A decimal, as string or number; false: null or unreadable (which is noted). */
static bool decimal(struct reading *r, const char *name, bool price, int64_t *v)
{
	char words[64];
	struct text t;
	struct str digits = { "", 0 };

	if (r->strict && json_peek(&r->j) == JSON_NUMBER)
		wrong(r, 40010001, name, STR(""), " must be a string");
	if (!json_read_decimal(&r->j, &digits) || digits.n == 0)
		return false;
	enum err e = num_parse(v, digits);
	if (e == OK)
		return true;
	text_init(&t, words, sizeof(words) - 1);
	text_cstr(&t, "invalid ");
	text_cstr(&t, name);
	text_char(&t, ' ');
	if (e == ERR_RANGE && price)
		wrong(r, 42210000, text_done(&t), digits, sub_penny);
	else
		wrong(r, 40010001, text_done(&t), digits, "");
	return false;
}

static void client_id(struct reading *r, char *dst, size_t size, size_t *n, uint32_t *has)
{
	struct str raw;
	bool escaped;
	char plain[1024];

	if (json_peek(&r->j) == JSON_NULL) {
		(void)json_read_null(&r->j);
		return;
	}
	if (!json_read_raw(&r->j, &raw, &escaped))
		return;
	if (escaped) {
		if (!json_unescape(plain, sizeof(plain), raw, n)) {
			*n = raw.n;
			raw.n = 0;
		} else {
			raw = (struct str){ plain, *n };
		}
	} else {
		*n = raw.n;
	}
	if (*n == 0)
		return;		/* as if it had not been given */
	if (memchr(raw.s, '\0', raw.n) != NULL)
		wrong(r, 40010001, "client_order_id is invalid", STR(""), "");
	*has |= XC_CID;
	size_t cut = raw.n < size - 1 ? raw.n : size - 1;
	memcpy(dst, raw.s, cut);
	dst[cut] = '\0';
}

static void leg(struct reading *r, struct xc_request *q, bool profit)
{
	struct str key;
	int64_t v;

	if (json_peek(&r->j) == JSON_NULL) {
		(void)json_read_null(&r->j);
		return;
	}
	q->has |= profit ? XC_TAKE_PROFIT : XC_STOP_LOSS;
	for (json_enter_object(&r->j); json_next_key(&r->j, &key);) {
		if (profit && str_eq(key, STR("limit_price"))) {
			if (!decimal(r, "take_profit.limit_price", true, &v))
				continue;
			q->tp_limit.n = v;
			q->has |= XC_TP_LIMIT;
		} else if (!profit && str_eq(key, STR("stop_price"))) {
			if (!decimal(r, "stop_loss.stop_price", true, &v))
				continue;
			q->sl_stop.n = v;
			q->has |= XC_SL_STOP;
		} else if (!profit && str_eq(key, STR("limit_price"))) {
			if (!decimal(r, "stop_loss.limit_price", true, &v))
				continue;
			q->sl_limit.n = v;
			q->has |= XC_SL_LIMIT;
		} else {
			(void)json_skip(&r->j);
		}
	}
}

static bool intent_parse(uint8_t *v, struct str s)
{
	const char *name;

	for (uint8_t i = 0; (name = xc_intent_text(i)) != NULL; i++)
		if (str_eq(s, str_of(name))) {
			*v = i;
			return true;
		}
	return false;
}

/* Words of the order; false: key is none of them. given: bit 0 type, 1 side. */
static bool order_word(struct reading *r, struct xc_request *q, struct str key, unsigned *given)
{
	struct str s;

	if (str_eq(key, STR("symbol"))) {
		if (word(r, &s) && !str_copy(q->symbol, sizeof(q->symbol), s))
			wrong(r, 40010001, "could not find asset \"", s, "\"");
	} else if (str_eq(key, STR("side"))) {
		if (word(r, &s) && !side_parse(&q->side, s))
			wrong(r, 40010001, "invalid side", STR(""), "");
		*given |= s.n > 0 ? 2 : 0;
	} else if (str_eq(key, STR("type"))) {
		if (word(r, &s) && !type_parse(&q->type, s))
			wrong(r, 40010001, "invalid order type", STR(""), "");
		*given |= s.n > 0 ? 1 : 0;
	} else if (str_eq(key, STR("time_in_force"))) {
		if (!word(r, &s))
			return true;
		if (!tif_parse(&q->tif, s))
			wrong(r, 40010001, "invalid time_in_force", STR(""), "");
		q->has |= XC_TIF;
	} else if (str_eq(key, STR("order_class"))) {
		if (word(r, &s) && !class_parse(&q->cls, s))
			wrong(r, 40010001, "invalid order_class", STR(""), "");
	} else if (str_eq(key, STR("position_intent"))) {
		if (!word(r, &s))
			return true;
		if (!intent_parse(&q->position_intent, s))
			wrong(r, 40010001, "invalid position_intent", STR(""), "");
		q->has |= XC_INTENT;
	} else {
		return false;
	}
	return true;
}

static void order_number(struct reading *r, struct xc_request *q, struct str key)
{
	static const struct { const char *name; uint32_t bit; } number[] = {
		{ "qty", XC_QTY }, { "notional", XC_NOTIONAL }, { "limit_price", XC_LIMIT },
		{ "stop_price", XC_STOP }, { "trail_price", XC_TRAIL_PRICE },
		{ "trail_percent", XC_TRAIL_PERCENT }
	};
	int64_t v;

	for (size_t i = 0; i < COUNT(number); i++) {
		uint32_t bit = number[i].bit;
		if (!str_eq(key, str_of(number[i].name)))
			continue;
		bool price = bit & (XC_LIMIT | XC_STOP | XC_TRAIL_PRICE);
		if (!decimal(r, number[i].name, price, &v))
			return;
		q->has |= bit;
		if (bit == XC_QTY)
			q->qty.n = v;
		else if (bit == XC_NOTIONAL)
			q->notional.n = v;
		else if (bit == XC_LIMIT)
			q->limit.n = v;
		else if (bit == XC_STOP)
			q->stop.n = v;
		else if (bit == XC_TRAIL_PRICE)
			q->trail_price.n = v;
		else
			q->trail_percent = v;
		return;
	}
	(void)json_skip(&r->j);
}

static void read_order(struct reading *r, struct xc_request *q)
{
	struct str key;
	unsigned given = 0;

	for (json_enter_object(&r->j); json_next_key(&r->j, &key);) {
		if (order_word(r, q, key, &given))
			continue;
		if (str_eq(key, STR("client_order_id"))) {
			client_id(r, q->cid, sizeof(q->cid), &q->cid_n, &q->has);
		} else if (str_eq(key, STR("take_profit"))) {
			leg(r, q, true);
		} else if (str_eq(key, STR("stop_loss"))) {
			leg(r, q, false);
		} else if (str_eq(key, STR("extended_hours"))) {
			if (json_peek(&r->j) == JSON_NULL)
				(void)json_read_null(&r->j);
			else
				(void)json_read_bool(&r->j, &q->extended_hours);
		} else {
			order_number(r, q, key);
		}
	}
	if (q->symbol[0] == '\0')
		wrong(r, 40010001, "symbol is required", STR(""), "");
	/* An OCO is a limit order by nature; it may leave the type out. */
	if ((given & 1) == 0 && q->cls == CLASS_OCO)
		q->type = TYPE_LIMIT;
	else if ((given & 1) == 0)
		wrong(r, 40010001, "invalid order type", STR(""), "");
	if ((given & 2) == 0)
		wrong(r, 40010001, "invalid side", STR(""), "");
}

/* 0, or the status of what was wrong with the body. */
static int settle(struct exchange *x, struct reading *r)
{
	if (json_done(&r->j) != OK)
		return rest_fail(x, 400, 40010000, "request body format is invalid", STR(""));
	if (r->status != 0)
		return rest_fail(x, r->status, r->code, r->message, STR(""));
	return 0;
}

int orders_post(struct exchange *x, const struct call *c)
{
	struct xc_refusal why = { 0 };
	struct xc_request q = { 0 };
	struct reading r = { .strict = x->c.strict };
	int status;
	xc_oid o;

	json_open(&r.j, c->body);
	read_order(&r, &q);
	status = settle(x, &r);
	if (status != 0)
		return status;
	o = xc_place(x->core, x->now, c->account, &q, &why);
	if (o == XC_NONE)
		return rest_refused(x, &why);
	view_order(&x->out, x->core, o, NULL, true);
	return 200;
}

static void read_change(struct reading *r, struct xc_change *ch)
{
	struct str key, s;

	for (json_enter_object(&r->j); json_next_key(&r->j, &key);) {
		if (str_eq(key, STR("qty"))) {
			ch->has |= decimal(r, "qty", false, &ch->qty.n) ? XC_QTY : 0;
		} else if (str_eq(key, STR("limit_price"))) {
			ch->has |= decimal(r, "limit_price", true, &ch->limit.n) ? XC_LIMIT : 0;
		} else if (str_eq(key, STR("stop_price"))) {
			ch->has |= decimal(r, "stop_price", true, &ch->stop.n) ? XC_STOP : 0;
		} else if (str_eq(key, STR("trail"))) {
			ch->has |= decimal(r, "trail", true, &ch->trail) ? XC_TRAIL : 0;
		} else if (str_eq(key, STR("time_in_force"))) {
			if (!word(r, &s))
				continue;
			if (!tif_parse(&ch->tif, s))
				wrong(r, 40010001, "invalid time_in_force", STR(""), "");
			ch->has |= XC_TIF;
		} else if (str_eq(key, STR("client_order_id"))) {
			client_id(r, ch->cid, sizeof(ch->cid), &ch->cid_n, &ch->has);
		} else {
			(void)json_skip(&r->j);
		}
	}
}

int orders_patch(struct exchange *x, const struct call *c)
{
	struct xc_refusal why = { 0 };
	struct xc_change ch = { 0 };
	struct reading r = { .strict = x->c.strict };
	int status = 200;
	xc_oid o = orders_named(x, c, &status);

	if (o == XC_NONE)
		return status;
	json_open(&r.j, c->body);
	read_change(&r, &ch);
	status = settle(x, &r);
	if (status != 0)
		return status;
	o = xc_replace(x->core, x->now, c->account, o, &ch, &why);
	if (o == XC_NONE)
		return rest_refused(x, &why);
	view_order(&x->out, x->core, o, NULL, true);
	return 200;
}
