/* faults_rest.c: which rules a request meets before it is carried out, and what they do to the
 * order that came of it. */
#include "exchange/faults_inner.h"

/* ---- what a request is about */

struct about {
	struct fault_case k;
	char symbol[48], client[XC_CID_MAX + 8];
};

static void base(const struct exchange *x, const struct call *c, struct fault_case *k)
{
	*k = (struct fault_case){
		.now = x->now, .method = c->method, .path = c->path, .account = c->account,
		.account_key = who_key(x, c->account),
		.side = -1, .type = -1, .cls = -1, .tif = -1
	};
}

static enum fault_role role_by_type(enum order_type type)
{
	return type == TYPE_MARKET ? FR_EXIT : type == TYPE_LIMIT ? FR_TARGET : FR_STOP;
}

static enum fault_role role_of(const struct xc_order *o)
{
	bool opens = o->position_intent == XC_BUY_TO_OPEN ||
		     o->position_intent == XC_SELL_TO_OPEN;

	return opens && o->parent == XC_NONE ? FR_ENTRY : role_by_type(o->type);
}

void faults_case_of_order(const struct exchange *x, xc_oid o, struct fault_case *k)
{
	const struct xc_order *p = xc_order(x->core, o);

	k->account = p->account;
	k->account_key = who_key(x, p->account);
	k->symbol = str_of(xc_asset(x->core, p->asset)->symbol);
	k->client = str_of(p->cid);
	k->side = (int8_t)p->side;
	k->type = (int8_t)p->type;
	k->cls = (int8_t)p->cls;
	k->tif = (int8_t)p->tif;
	k->role = role_of(p);
}

/* Symbols may be named by the asset's id. */
static void set_symbol(const struct exchange *x, struct about *a, struct str s)
{
	uint16_t asset;

	if (xc_find_asset(x->core, s, &asset))
		a->k.symbol = str_of(xc_asset(x->core, asset)->symbol);
	else if (str_copy(a->symbol, sizeof(a->symbol), s))
		a->k.symbol = str_of(a->symbol);
}

static void set_role(const struct exchange *x, struct about *a)
{
	const struct xc_position *p;
	uint16_t asset;

	if (!xc_find_asset(x->core, a->k.symbol, &asset))
		return;
	p = xc_position(x->core, a->k.account, asset);
	bool closes = p != NULL && (p->n.n > 0) == (a->k.side == SIDE_SELL);
	a->k.role = closes ? role_by_type((enum order_type)a->k.type) : FR_ENTRY;
}

/* What a body of POST /v2/orders says, as far as it can be read. */
static void read_body(const struct exchange *x, struct about *a, struct str body)
{
	struct json j;
	struct str key, s;
	enum side side;
	enum order_type type;
	enum order_class cls;
	enum tif tif;

	a->k.cls = CLASS_SIMPLE;
	json_open(&j, body);
	if (json_peek(&j) != JSON_OBJECT)
		return;
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		if (json_peek(&j) != JSON_STRING) {
			(void)json_skip(&j);
			continue;
		}
		bool escaped;
		if (!json_read_raw(&j, &s, &escaped))
			break;
		if (str_eq(key, STR("symbol")))
			set_symbol(x, a, s);
		else if (str_eq(key, STR("client_order_id")) &&
			 str_copy(a->client, sizeof(a->client), s))
			a->k.client = str_of(a->client);
		else if (str_eq(key, STR("side")) && side_parse(&side, s))
			a->k.side = (int8_t)side;
		else if (str_eq(key, STR("type")) && type_parse(&type, s))
			a->k.type = (int8_t)type;
		else if (str_eq(key, STR("order_class")) && class_parse(&cls, s))
			a->k.cls = (int8_t)cls;
		else if (str_eq(key, STR("time_in_force")) && tif_parse(&tif, s))
			a->k.tif = (int8_t)tif;
	}
	set_role(x, a);
}

static bool under(struct str path, const char *prefix, struct str *rest)
{
	struct str p = str_of(prefix);

	if (!str_starts(path, p))
		return false;
	*rest = (struct str){ path.s + p.n, path.n - p.n };
	return true;
}

/* The order a path names, or XC_NONE. */
static xc_oid named(const struct exchange *x, const struct call *c)
{
	struct str id;

	if (!under(c->path, "/v2/orders/", &id))
		return XC_NONE;
	return xc_find(x->core, c->account, id);
}

static void cancel_all(struct exchange *x, const struct call *c, struct fault_plan *p)
{
	for (xc_oid o = 0; o < xc_orders(x->core); o++) {
		const struct xc_order *q = xc_order(x->core, o);
		struct fault_plan one = { .act = true };
		struct fault_case k;
		if (q->account != c->account || status_final(q->status) || q->parent != XC_NONE)
			continue;
		base(x, c, &k);
		k.on = ON_CANCEL;
		faults_case_of_order(x, o, &k);
		faults_match(x, &k, &one);
		for (uint32_t i = 0; i < one.n; i++) {
			faults_fate(x, o, one.d[i]);
			if (p->n < FAULT_PLAN_MAX)
				p->d[p->n++] = one.d[i];
		}
		p->act = p->act && one.act;
	}
}

static void orders_rules(struct exchange *x, const struct call *c, struct fault_plan *p)
{
	struct about a;
	struct str symbol;
	bool post = str_eq(c->method, STR("POST")), del = str_eq(c->method, STR("DELETE"));

	base(x, c, &a.k);
	if (post && str_eq(c->path, STR("/v2/orders"))) {
		a.k.on = ON_ORDER;
		read_body(x, &a, c->body);
	} else if (del && under(c->path, "/v2/positions/", &symbol)) {
		a.k.on = ON_ORDER;
		set_symbol(x, &a, symbol);
		a.k.type = TYPE_MARKET;
		a.k.cls = CLASS_SIMPLE;
		a.k.role = FR_EXIT;
	} else if (del && str_eq(c->path, STR("/v2/orders"))) {
		cancel_all(x, c, p);
		return;
	} else if (del || str_eq(c->method, STR("PATCH"))) {
		xc_oid o = named(x, c);
		a.k.on = del ? ON_CANCEL : ON_REPLACE;
		if (o == XC_NONE)
			return;
		faults_case_of_order(x, o, &a.k);
		uint32_t before = p->n;
		faults_match(x, &a.k, p);
		for (uint32_t i = before; i < p->n; i++)
			if (del)	/* a change works on the order that it makes */
				faults_fate(x, o, p->d[i]);
		return;
	} else {
		return;
	}
	faults_match(x, &a.k, p);
}

bool faults_plan(struct exchange *x, const struct call *c, struct fault_plan *p)
{
	struct str rest;

	p->n = 0;
	p->act = true;
	p->orders = xc_orders(x->core);
	if (!x->faults->on || x->replaying || !under(c->path, "/v", &rest))
		return false;
	struct fault_case k;
	base(x, c, &k);
	k.on = ON_REQUEST;
	faults_match(x, &k, p);
	if (!str_eq(c->method, STR("GET")))
		orders_rules(x, c, p);
	const struct fault_do *page = faults_find(p, DO_SHORT);
	x->market_short_pages = page != NULL ? (int32_t)page->n : 0;
	/* Reads have to leave out what is not there yet; old answers have to be kept. */
	return p->n > 0 || x->faults->lags > 0 || x->faults->script.n > 0;
}

/* ---- what became of it */

static void lag(struct exchange *x, xc_oid o, ns span)
{
	struct faults *f = x->faults;
	uint32_t at = 0;

	/* The oldest gives way. */
	if (f->lags < FAULT_LAGS)
		at = f->lags++;
	else
		for (uint32_t i = 1; i < FAULT_LAGS; i++)
			at = f->lag[i].until < f->lag[at].until ? i : at;
	f->lag[at].order = o;
	f->lag[at].until = x->now + span;
}

static bool lagging(void *ctx, struct str id)
{
	const struct exchange *x = ctx;

	for (uint32_t i = 0; i < x->faults->lags; i++)
		if (x->faults->lag[i].until > x->now &&
		    str_eq(id, str_of(xc_order(x->core, x->faults->lag[i].order)->id)))
			return true;
	return false;
}

/* Reads of orders see a copy that is a little behind. */
static void behind(struct exchange *x, const struct call *c, int *status)
{
	struct faults *f = x->faults;
	struct str rest;

	if (f->lags == 0 || *status != 200 || !str_eq(c->method, STR("GET")) ||
	    !under(c->path, "/v2/orders", &rest))
		return;
	if (rest.n == 0) {
		if (faults_hide(&f->edit, text_str(&x->out), lagging, x)) {
			x->out.n = 0;
			text_add(&x->out, text_str(&f->edit));
		}
		return;
	}
	struct json j;
	struct str key, id = { "", 0 };
	json_open(&j, text_str(&x->out));
	for (json_enter_object(&j); json_next_key(&j, &key);)
		if (!str_eq(key, STR("id")) || !json_read_str(&j, &id))
			(void)json_skip(&j);
		else
			break;
	if (!lagging(x, id))
		return;
	x->out.n = 0;
	*status = rest_fail(x, 404, 40410000, "order not found for ",
			    rest.s[0] == '/' ? (struct str){ rest.s + 1, rest.n - 1 } : id);
}

/* The last answers of paths that a rule makes stale. */
static void keep_answer(struct exchange *x, const struct call *c, int *status,
			const struct fault_plan *p)
{
	struct faults *f = x->faults;
	uint64_t path = hash64(c->path.s, c->path.n) + c->account;
	bool wanted = false;
	uint32_t at = 0;

	for (uint32_t i = 0; i < f->script.n && !wanted; i++) {
		const struct fault_rule *r = &f->script.rule[i];
		bool fits = r->on == ON_REQUEST &&
			    (r->path.n == 0 || faults_glob(r->path, c->path));
		for (uint32_t k = 0; k < r->n && fits; k++)
			wanted = wanted || r->does[k].what == DO_STALE;
	}
	if (!wanted || !str_eq(c->method, STR("GET")) || *status == 0)
		return;
	while (at < f->stales && f->stale[at].path != path)
		at++;
	if (at < f->stales && faults_find(p, DO_STALE) != NULL) {
		x->out.n = 0;
		text_add(&x->out, (struct str){ f->stale[at].bytes, f->stale[at].n });
		*status = f->stale[at].status;
		return;
	}
	if (x->out.n > FAULT_STALE_MAX || at == FAULT_STALE)
		return;
	f->stales = at == f->stales ? at + 1 : f->stales;
	f->stale[at].path = path;
	f->stale[at].status = *status;
	f->stale[at].n = x->out.n;
	memcpy(f->stale[at].bytes, x->out.s, x->out.n);
}

/* The order reaches the book, and its events go out, before the answer does. */
static void early(struct exchange *x)
{
	struct text *keep = &x->faults->edit;
	ns due = xc_next_due(x->core);

	keep->n = 0;
	keep->full = false;
	/* Those who wait for the instant are answered there. */
	text_add(keep, text_str(&x->out));
	if (due - x->now <= x->c.core.latency)
		serve_core_time(x, due > x->now ? due : x->now);
	serve_events(x);
	x->out.n = 0;
	x->out.full = false;
	text_add(&x->out, text_str(keep));
}

void faults_acted(struct exchange *x, const struct call *c, int *status,
		  const struct fault_plan *p)
{
	uint32_t end = xc_orders(x->core);

	x->market_short_pages = 0;
	if (!p->act)
		return;
	for (xc_oid o = p->orders; o < end; o++) {
		if (xc_order(x->core, o)->parent != XC_NONE)
			continue;
		for (uint32_t i = 0; i < p->n; i++) {
			if (p->d[i]->what == DO_LAG)
				lag(x, o, p->d[i]->span);
			else
				faults_fate(x, o, p->d[i]);
		}
	}
	if (faults_find(p, DO_EARLY) != NULL)
		early(x);
	behind(x, c, status);
	keep_answer(x, c, status, p);
}

/* ---- what a request does not even get past */

bool faults_stop(struct exchange *x, const struct call *c)
{
	struct faults *f = x->faults;
	struct str rest;
	bool reads = str_eq(c->method, STR("GET")) || str_eq(c->method, STR("HEAD"));

	if (!f->on || !(under(c->path, "/v", &rest) || under(c->path, "/stream", &rest)))
		return false;
	if (x->now < f->down || (x->now < f->orders_down && !reads)) {
		faults_page(x, 503);
		server_reply(x->server, c->conn, 503, "text/html", NULL, text_str(&x->out));
		return true;
	}
	if (x->now < f->revoked && !under(c->path, "/stream", &rest)) {
		rest_answer(x, c->conn, rest_fail(x, 401, 40110000, "request is not authorized",
						  STR("")));
		return true;
	}
	return false;
}
