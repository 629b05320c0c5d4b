/* rest_orders.c: /v2/orders: listing, reading, cancelling. Orders that come and
 * change are read in rest_place.c. */
#include "exchange/serve_inner.h"

#define LIST_DEFAULT 50
#define LIST_MAX     500
/* A mass cancel's answer must fit, or it would look like a failure: from its half on orders are
 * named without their bodies, and the last of very many not at all. */
#define BODIES_UPTO  (XS_OUT / 2)
#define ROW_MAX      128	/* such a name */

static int not_found(struct exchange *x, struct str what)
{
	return rest_fail(x, 404, 40410000, "order not found for ", what);
}

/* The order a path names; XC_NONE with the answer written and *status set. */
xc_oid orders_named(struct exchange *x, const struct call *c, int *status)
{
	char id[UUID_TEXT];
	xc_oid o;

	if (!rest_is_uuid(c->param)) {
		*status = rest_fail(x, 422, 40010001, "order_id is missing", STR(""));
		return XC_NONE;
	}
	for (size_t i = 0; i < UUID_TEXT - 1; i++) {
		char u = c->param.s[i];
		id[i] = (char)(u >= 'A' && u <= 'F' ? u - 'A' + 'a' : u);
	}
	o = xc_find(x->core, c->account, (struct str){ id, UUID_TEXT - 1 });
	if (o == XC_NONE)
		*status = not_found(x, c->param);
	return o;
}

/* ---- the list */

enum which { WHICH_OPEN, WHICH_CLOSED, WHICH_ALL };

struct filter {
	enum which which;
	int64_t    limit;
	ns         after, until;	/* exclusive */
	bool       ascending, nested;
	bool       other_class;		/* asks only for what is not traded here */
	bool       named;		/* symbols= was given: only those that `asset` says */
	bool       asset[XC_ASSETS_MAX];
	int        side;		/* -1: both */
	xc_oid     below, above;	/* exclusive; XC_NONE: none */
	uint16_t   account;
};

static int bad_value(struct exchange *x, const char *name, struct str v)
{
	char words[48];
	struct text t;

	text_init(&t, words, sizeof(words) - 1);
	text_cstr(&t, "invalid ");
	text_cstr(&t, name);
	text_cstr(&t, ": ");
	return rest_fail(x, 422, 40010001, text_done(&t), v);
}

static int read_place(struct exchange *x, const struct call *c, const char *name, xc_oid *out)
{
	char v[UUID_TEXT + 8];
	size_t n;

	if (rest_get(c, name, v, sizeof(v), &n) == 0)
		return 0;
	*out = rest_is_uuid((struct str){ v, n })
		? xc_find(x->core, c->account, (struct str){ v, n }) : XC_NONE;
	return *out == XC_NONE ? bad_value(x, name, (struct str){ v, n }) : 0;
}

static int read_when(struct exchange *x, const struct call *c, const char *name, ns *out)
{
	char v[64];
	size_t n;

	if (rest_get(c, name, v, sizeof(v), &n) == 0)
		return 0;
	return rest_instant((struct str){ v, n }, out) ? 0
		: bad_value(x, name, (struct str){ v, n });
}

/* One of two words, the first being the default. */
static int read_choice(struct exchange *x, const struct call *c, const char *name,
		       const char *first, const char *second, int absent, int *out)
{
	char v[32];
	size_t n;

	*out = absent;
	if (rest_get(c, name, v, sizeof(v), &n) == 0)
		return 0;
	if (str_eq((struct str){ v, n }, str_of(first)))
		*out = 0;
	else if (str_eq((struct str){ v, n }, str_of(second)))
		*out = 1;
	else
		return bad_value(x, name, (struct str){ v, n });
	return 0;
}

/* Names that are not known are of no order. */
static int read_symbols(struct exchange *x, const struct call *c, struct filter *f)
{
	char v[XS_VALUE_MAX];
	size_t n;

	if (rest_get(c, "symbols", v, sizeof(v), &n) < 0)
		return bad_value(x, "symbols", STR(""));
	f->named = n > 0;
	for (struct str list = { v, n }; list.n > 0;) {
		sym s = symbols_find(x->symbols, str_trim(str_cut(&list, ',')));
		if (s != SYM_NONE)
			f->asset[s] = true;
	}
	return 0;
}

static int read_filter(struct exchange *x, const struct call *c, struct filter *f)
{
	char v[128];
	size_t n;
	int status, ascending;

	*f = (struct filter){
		.limit = LIST_DEFAULT, .after = INT64_MIN, .until = INT64_MAX,
		.below = XC_NONE, .above = XC_NONE, .account = c->account,
		.nested = rest_flag(c, "nested")
	};
	if (rest_get(c, "status", v, sizeof(v), &n) != 0) {
		if (str_eq((struct str){ v, n }, STR("closed")))
			f->which = WHICH_CLOSED;
		else if (str_eq((struct str){ v, n }, STR("all")))
			f->which = WHICH_ALL;
		else if (!str_eq((struct str){ v, n }, STR("open")))
			return bad_value(x, "status", (struct str){ v, n });
	}
	if (!rest_number(c, "limit", 1, LIST_MAX, &f->limit))
		return rest_fail(x, 422, 40010001, "limit must be between 1 and 500", STR(""));
	status = read_when(x, c, "after", &f->after);
	if (status == 0)
		status = read_when(x, c, "until", &f->until);
	if (status == 0)
		status = read_choice(x, c, "direction", "desc", "asc", 0, &ascending);
	if (status == 0)
		status = read_choice(x, c, "side", "buy", "sell", -1, &f->side);
	if (status == 0)
		status = read_place(x, c, "before_order_id", &f->below);
	if (status == 0)
		status = read_place(x, c, "after_order_id", &f->above);
	if (status != 0)
		return status;
	if ((f->below != XC_NONE) + (f->above != XC_NONE) +
	    (f->after != INT64_MIN || f->until != INT64_MAX) > 1)
		return rest_fail(x, 422, 40010001, "before_order_id, after_order_id and "
				 "after/until exclude each other", STR(""));
	f->ascending = ascending == 1;
	if (rest_get(c, "asset_class", v, sizeof(v), &n) == 1)
		f->other_class = !rest_listed((struct str){ v, n }, STR("us_equity")) &&
				 !rest_listed((struct str){ v, n }, STR("all"));
	return read_symbols(x, c, f);
}

static bool passes(const struct exchange *x, const struct filter *f, xc_oid o)
{
	const struct xc_order *p = xc_order(x->core, o);

	if (p->account != f->account || f->other_class)
		return false;
	if (f->which == WHICH_OPEN && !xc_order_open(p))
		return false;
	if (f->which == WHICH_CLOSED && !status_final(p->status))
		return false;
	if (p->submitted <= f->after || p->submitted >= f->until)
		return false;
	if (f->side >= 0 && (p->side == SIDE_BUY ? 0 : 1) != f->side)
		return false;
	if ((f->below != XC_NONE && o >= f->below) || (f->above != XC_NONE && o <= f->above))
		return false;
	return !f->named || f->asset[p->asset];
}

/* Nested, a leg is listed within its parent, if that one is in the list at all;
 * when the entry has filled, its take profit stands for the group. */
static bool rolled_up(const struct exchange *x, const struct filter *f, xc_oid o)
{
	const struct xc_order *p = xc_order(x->core, o);

	return f->nested && p->is_leg && p->parent != XC_NONE && passes(x, f, p->parent);
}

int orders_list(struct exchange *x, const struct call *c)
{
	struct filter f;
	xc_oid first = xc_since(x->core, c->account).order, all = xc_orders(x->core);
	int64_t listed = 0;
	int status = read_filter(x, c, &f);

	if (status != 0)
		return status;
	json_array(&x->out);
	for (uint32_t i = 0; i < all - first && listed < f.limit; i++) {
		xc_oid o = f.ascending ? first + i : all - 1 - i;
		if (!passes(x, &f, o) || rolled_up(x, &f, o))
			continue;
		view_order(&x->out, x->core, o, NULL, f.nested);
		listed++;
	}
	json_end_array(&x->out);
	return 200;
}

/* ---- one */

int orders_get(struct exchange *x, const struct call *c)
{
	int status = 200;
	xc_oid o = orders_named(x, c, &status);

	if (o != XC_NONE)
		view_order(&x->out, x->core, o, NULL, rest_flag(c, "nested"));
	return status;
}

int orders_by_cid(struct exchange *x, const struct call *c)
{
	char v[512];
	size_t n;
	xc_oid o;

	if (rest_get(c, "client_order_id", v, sizeof(v), &n) <= 0 || n == 0)
		return rest_fail(x, 422, 40010001, "client_order_id is missing", STR(""));
	o = xc_find_cid(x->core, c->account, (struct str){ v, n });
	if (o == XC_NONE)
		return not_found(x, (struct str){ v, n });
	view_order(&x->out, x->core, o, NULL, true);
	return 200;
}

int orders_delete(struct exchange *x, const struct call *c)
{
	struct xc_refusal why = { 0 };
	int status = 204;
	xc_oid o = orders_named(x, c, &status);

	if (o == XC_NONE)
		return status;
	if (!xc_cancel(x->core, x->now, c->account, o, &why))
		return rest_refused(x, &why);
	return 204;
}

/* Every open order that is not being cancelled already, by itself or with its group. */
static bool cancellable(const struct xc_order *p, uint16_t account)
{
	return p->account == account && xc_order_open(p) && p->cancel_at == 0;
}

void orders_cancel_at_once(struct exchange *x, uint16_t account)
{
	uint32_t all = xc_orders(x->core);

	for (xc_oid o = 0; o < all; o++)
		if (cancellable(xc_order(x->core, o), account))
			(void)xc_cancel_by_broker(x->core, x->now, o);
}

/* Each is written, as the broker's 207 lists them. */
static void cancel_all(struct exchange *x, uint16_t account)
{
	uint32_t all = xc_orders(x->core);
	struct text *t = &x->out;

	for (xc_oid o = 0; o < all; o++) {
		const struct xc_order *p = xc_order(x->core, o);
		struct xc_refusal why = { 0 };
		if (!cancellable(p, account))
			continue;
		bool done = xc_cancel(x->core, x->now, account, o, &why);
		if (t->n + ROW_MAX > XS_OUT)
			continue;
		json_object(t);
		key_text(t, "id", p->id);
		key_i64(t, "status", done ? 200 : 500);
		json_key(t, "body");
		if (t->n > BODIES_UPTO)
			json_null(t);
		else if (done)
			view_order(t, x->core, o, NULL, false);
		else
			view_refusal(t, &why);
		json_end_object(t);
	}
}

int orders_delete_all(struct exchange *x, const struct call *c)
{
	json_array(&x->out);
	cancel_all(x, c->account);
	json_end_array(&x->out);
	return 207;
}
