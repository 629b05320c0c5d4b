/* rest_activities.c: what happened to an account: fills, and everything else, as one list in
 * order of time. */
#include "exchange/serve_inner.h"

/* ---- one of them as JSON */

/* "20200603093014199::uuid": New York's time of day, then the execution's or its own id. */
static void activity_id(struct text *t, ns ts, const char *id)
{
	ns local = ts + (ns)ny_offset_s(ts) * NS_SECOND;
	struct civil d = civil_of((day)(local / NS_DAY));
	int64_t ms = local % NS_DAY / NS_MS;
	int64_t date = (int64_t)d.year * 10000 + d.month * 100 + d.day;
	int64_t time = ms / 3600000 * 10000 + ms / 60000 % 60 * 100 + ms / 1000 % 60;
	char word[80];
	struct text w;

	text_init(&w, word, sizeof(word));
	text_i64(&w, date * 1000000 + time);
	text_char(&w, (char)('0' + ms % 1000 / 100));
	text_char(&w, (char)('0' + ms % 100 / 10));
	text_char(&w, (char)('0' + ms % 10));
	text_cstr(&w, "::");
	text_cstr(&w, id);
	key_text(t, "id", text_done(&w));
}

static void view_fill(struct text *t, const struct xc *x, uint32_t i)
{
	const struct xc_execution *e = xc_execution(x, i);
	const struct xc_order *p = xc_order(x, e->order);
	int64_t leaves = e->last ? 0 : p->want.n - e->done.n;

	json_object(t);
	activity_id(t, e->ts, e->id);
	key_text(t, "activity_type", "FILL");
	key_time(t, "transaction_time", e->ts);
	key_text(t, "type", e->last ? "fill" : "partial_fill");
	key_money(t, "price", e->at.n);
	key_money(t, "qty", e->n.n);
	key_text(t, "side", p->side == SIDE_SELL && e->position.n < 0 ? "sell_short"
		  : side_text(p->side));
	key_text(t, "symbol", xc_asset(x, p->asset)->symbol);
	key_money(t, "leaves_qty", leaves > 0 ? leaves : 0);
	key_text(t, "order_id", p->id);
	key_money(t, "cum_qty", e->done.n);
	key_text(t, "order_status", e->last ? "filled" : "partially_filled");
	if (e->amended != XC_AS_TRADED)
		key_text(t, "status", e->amended == XC_BUSTED ? "canceled" : "correct");
	json_end_object(t);
}

static void view_other(struct text *t, const struct xc *x, uint32_t i)
{
	const struct xc_activity *a = xc_activity(x, i);
	char date[16];

	date_text(date, a->date);
	json_object(t);
	activity_id(t, a->ts, a->id);
	key_text(t, "activity_type", xc_activity_text(a));
	key_text(t, "activity_sub_type", xc_activity_sub(a));
	key_text(t, "date", date);
	key_time(t, "created_at", a->ts);
	key_money(t, "net_amount", a->amount.n);
	if (a->asset != XC_NO_ASSET) {
		key_text(t, "symbol", xc_asset(x, a->asset)->symbol);
		key_money(t, "qty", a->n.n);
	}
	if (a->kind == XY_DIV)
		key_money(t, "per_share_amount", a->each.n);
	key_text(t, "status", "executed");
	key_text(t, "currency", "USD");
	json_end_object(t);
}

/* ---- what is asked for */

struct ask {
	ns     after, until;
	bool   ascending;
	bool   fills;
	uint32_t kinds;			/* bits of enum xc_activity_kind */
	bool   one_order;
	xc_oid order;
	char   token[UUID_TEXT];	/* "": from the beginning */
};

static int read_span(struct exchange *x, const struct call *c, struct ask *s)
{
	char v[64];
	size_t n;
	day d = INT32_MIN;

	if (rest_get(c, "after", v, sizeof(v), &n) != 0 &&
	    !rest_instant((struct str){ v, n }, &s->after))
		return rest_fail(x, 422, 40010001, "invalid after: ", (struct str){ v, n });
	if (rest_get(c, "until", v, sizeof(v), &n) != 0 &&
	    !rest_instant((struct str){ v, n }, &s->until))
		return rest_fail(x, 422, 40010001, "invalid until: ", (struct str){ v, n });
	int status = rest_day(x, c, "date", &d);
	if (status != 0)
		return status;
	if (d != INT32_MIN) {
		s->after = ny_time(d, 0, 0) - 1;
		s->until = ny_time(d + 1, 0, 0);
	}
	if (rest_get(c, "direction", v, sizeof(v), &n) == 0)
		return 0;
	s->ascending = str_eq((struct str){ v, n }, STR("asc"));
	if (!s->ascending && !str_eq((struct str){ v, n }, STR("desc")))
		return rest_fail(x, 422, 40010001, "invalid direction: ", (struct str){ v, n });
	return 0;
}

static const char activity_types[] =
	"FILL,TRANS,MISC,ACATC,ACATS,CFEE,CGD,CSD,CSW,DIV,DIVCGL,DIVCGS,DIVFEE,DIVFT,DIVNRA,DIVROC,"
	"DIVTW,DIVTXEX,FEE,FOPT,INT,INTNRA,INTTW,JNL,JNLC,JNLS,MA,NC,OCT,OPASN,OPCA,OPCSH,OPEXC,"
	"OPEXP,OPTRD,OPXRC,PTC,PTR,REORG,SC,SPIN,SPLIT,SSO,SSP";

static void add_type(struct ask *s, struct str type)
{
	if (str_eq(type, STR("FILL")))
		s->fills = true;
	if (str_eq(type, STR("FEE")))
		s->kinds |= 1u << XY_FEE;
	if (str_eq(type, STR("DIV")))
		s->kinds |= 1u << XY_DIV;
	if (str_eq(type, STR("SPLIT")))
		s->kinds |= 1u << XY_SPLIT;
	if (str_eq(type, STR("INT")))
		s->kinds |= 1u << XY_INT;
	if (str_eq(type, STR("MISC")))	/* what is no fill, transfer or dividend */
		s->kinds |= 1u << XY_FEE | 1u << XY_SPLIT | 1u << XY_INT;
}

static int read_types(struct exchange *x, const struct call *c, struct ask *s)
{
	char v[512], w[32];
	size_t n, k;
	struct str type = c->param;

	if (type.n == 0 && rest_get(c, "activity_types", v, sizeof(v), &n) != 0)
		type = (struct str){ v, n };
	int category = rest_get(c, "category", w, sizeof(w), &k);
	struct str word = { w, k };
	if (category != 0 && type.n > 0)
		return rest_fail(x, 422, 40010001, "activity_types and category cannot be used "
				 "together", STR(""));
	if (category != 0 && !rest_listed(STR("trade_activity,non_trade_activity"), word))
		return rest_fail(x, 422, 40010001, "invalid category: ", word);
	s->fills = type.n == 0 && (category == 0 || str_eq(word, STR("trade_activity")));
	if (type.n == 0 && (category == 0 || !s->fills))
		s->kinds = UINT32_MAX;
	while (type.n > 0) {
		struct str one = str_trim(str_cut(&type, ','));
		if (!rest_listed(str_of(activity_types), one))
			return rest_fail(x, 422, 40010001, "invalid activity type: ", one);
		add_type(s, one);
	}
	return 0;
}

static int read_rest(struct exchange *x, const struct call *c, struct ask *s)
{
	char v[96];
	size_t n;

	if (rest_get(c, "order_id", v, sizeof(v), &n) != 0) {
		if (!rest_is_uuid((struct str){ v, n }))
			return rest_fail(x, 422, 40010001, "invalid order_id: ",
					 (struct str){ v, n });
		s->one_order = true;
		s->order = xc_find(x->core, c->account, (struct str){ v, n });
		s->kinds = 0;
	}
	if (rest_get(c, "page_token", v, sizeof(v), &n) == 0)
		return 0;
	/* "20200603093014199::uuid" */
	struct str id = { v + n - (UUID_TEXT - 1), UUID_TEXT - 1 };
	if (n < UUID_TEXT - 1 || !rest_is_uuid(id) || !str_copy(s->token, sizeof(s->token), id))
		return rest_fail(x, 422, 40010001, "invalid page_token: ", (struct str){ v, n });
	return 0;
}

/* ---- the list: two of them, each in order of time, as one */

struct cursor {
	const struct xc *x;
	uint32_t fill, fill_end, other, other_end;	/* ends are exclusive; descending goes
							 * down to fill and other */
	bool     ascending;
};

static bool other_first(const struct cursor *k, uint32_t other, uint32_t fill)
{
	return xc_activity(k->x, other)->ts <= xc_execution(k->x, fill)->ts;
}

/* The next one: a fill, or not. False: there are no more. */
static bool next(struct cursor *k, bool *fill, uint32_t *i)
{
	bool fills = k->fill < k->fill_end, others = k->other < k->other_end;

	if (!fills && !others)
		return false;
	if (k->ascending) {
		*fill = fills && !(others && other_first(k, k->other, k->fill));
		*i = *fill ? k->fill++ : k->other++;
	} else {
		*fill = fills && (!others || other_first(k, k->other_end - 1, k->fill_end - 1));
		*i = *fill ? --k->fill_end : --k->other_end;
	}
	return true;
}

static struct cursor begin(const struct exchange *x, const struct call *c, const struct ask *s)
{
	struct xc_since since = xc_since(x->core, c->account);
	struct cursor k = {
		.x = x->core, .fill = since.execution, .fill_end = xc_executions(x->core),
		.other = since.activity, .other_end = xc_activities(x->core),
		.ascending = s->ascending
	};

	return k;
}

static const char *id_of(const struct xc *x, bool fill, uint32_t i)
{
	return fill ? xc_execution(x, i)->id : xc_activity(x, i)->id;
}

static bool wanted(const struct xc *x, const struct call *c, const struct ask *s, bool fill,
		   uint32_t i)
{
	ns ts = fill ? xc_execution(x, i)->ts : xc_activity(x, i)->ts;
	uint16_t account = fill ? xc_execution(x, i)->account : xc_activity(x, i)->account;

	if (account != c->account || ts <= s->after || ts >= s->until)
		return false;
	if (fill)
		return s->fills && (!s->one_order || xc_execution(x, i)->order == s->order);
	return (s->kinds >> xc_activity(x, i)->kind & 1) != 0;
}

int account_activities(struct exchange *x, const struct call *c)
{
	struct ask s = { .after = INT64_MIN, .until = INT64_MAX };
	int64_t size = 100, listed = 0;
	uint32_t i;
	bool fill;
	int status = read_types(x, c, &s);

	if (status == 0)
		status = read_span(x, c, &s);
	if (status == 0)
		status = read_rest(x, c, &s);
	if (status != 0)
		return status;
	if (!rest_number(c, "page_size", 1, 100, &size))
		return rest_fail(x, 422, 40010001, "page_size must be between 1 and 100", STR(""));
	struct cursor k = begin(x, c, &s);
	while (s.token[0] != '\0') {
		if (!next(&k, &fill, &i))
			return rest_fail(x, 422, 40010001, "invalid page_token: ",
					 str_of(s.token));
		if (strcmp(id_of(x->core, fill, i), s.token) == 0)
			break;
	}
	json_array(&x->out);
	while (listed < size && next(&k, &fill, &i)) {
		if (!wanted(x->core, c, &s, fill, i))
			continue;
		if (fill)
			view_fill(&x->out, x->core, i);
		else
			view_other(&x->out, x->core, i);
		listed++;
	}
	json_end_array(&x->out);
	return 200;
}
