/* status.c: the page at / and the one document that it shows: clock, accounts, orders, the book
 * of one symbol, executions, who is connected. */
#include "exchange/serve_inner.h"
#include "net/server_asset.h"

/* What a person looks through, and what fits into an answer. */
#define SHOWN_ORDERS     60	/* newest first, legs not counted */
#define SHOWN_EXECUTIONS 40
#define SHOWN_POSITIONS  100	/* of an account */
#define SHOWN_BOOK       200	/* oldest first */

/* ---- the document */

static void account_key(struct exchange *x, uint16_t account)
{
	struct str key = who_key(x, account);

	json_object(&x->out);
	key_i64(&x->out, "account", account);
	json_key(&x->out, "key");
	if (key.n > 0)
		json_str(&x->out, key);
	else
		json_null(&x->out);
}

static void positions(struct exchange *x, uint16_t account)
{
	struct text *t = &x->out;
	uint32_t left = SHOWN_POSITIONS;

	json_key(t, "positions");
	json_array(t);
	for (uint32_t a = 0; a < xc_assets(x->core) && left > 0; a++) {
		const struct xc_position *p = xc_position(x->core, account, (uint16_t)a);
		if (p == NULL)
			continue;
		view_position(t, x->core, p);
		left--;
	}
	json_end_array(t);
}

static void accounts(struct exchange *x)
{
	struct text *t = &x->out;

	json_key(t, "accounts");
	json_array(t);
	for (uint32_t k = 0; k < x->c.core.accounts; k++) {
		uint16_t i = (uint16_t)k;
		struct xc_figures f = xc_account(x->core, i);
		account_key(x, i);
		key_text(t, "id", xc_account_id(x->core, i));
		key_money(t, "equity", f.equity.n);
		key_money(t, "last_equity", f.last_equity.n);
		key_money(t, "cash", f.cash.n);
		key_money(t, "buying_power", f.buying_power.n);
		key_i64(t, "multiplier", f.multiplier);
		positions(x, i);
		json_end_object(t);
	}
	json_end_array(t);
}

static void price(struct text *t, const char *key, px p)
{
	json_key(t, key);
	if (p.n == 0)
		json_null(t);
	else
		json_money(t, p.n);
}

static void order_row(struct exchange *x, xc_oid o)
{
	const struct xc_order *p = xc_order(x->core, o);
	struct text *t = &x->out;

	view_order_short(t, x->core, o);
	key_i64(t, "account", p->account);
	key_bool(t, "live", !status_final(p->status));
	price(t, "filled_avg_price", p->done.n > 0 ? px_avg(p->done_value, p->done, ROUND_NEAR) :
	      (px){ 0 });
	price(t, "limit_price", p->limit);
	price(t, "stop_price", p->stop);
	key_time(t, "submitted_at", p->submitted);
}

static void order_and_legs(struct exchange *x, xc_oid o)
{
	const struct xc_order *p = xc_order(x->core, o);

	order_row(x, o);
	json_key(&x->out, "legs");
	json_array(&x->out);
	for (size_t i = 0; i < COUNT(p->leg); i++) {
		if (p->leg[i] == XC_NONE)
			continue;
		order_row(x, p->leg[i]);
		json_end_object(&x->out);
	}
	json_end_array(&x->out);
	json_end_object(&x->out);
}

static bool is_leg(const struct exchange *x, xc_oid o)
{
	const struct xc_order *p = xc_order(x->core, o);

	return p->is_leg && p->parent != XC_NONE;
}

static void orders(struct exchange *x)
{
	uint32_t left = SHOWN_ORDERS;

	json_key(&x->out, "orders");
	json_array(&x->out);
	for (xc_oid o = xc_orders(x->core); o-- > 0 && left > 0;) {
		if (is_leg(x, o) || o < xc_since(x->core, xc_order(x->core, o)->account).order)
			continue;
		order_and_legs(x, o);
		left--;
	}
	json_end_array(&x->out);
}

static void executions(struct exchange *x)
{
	struct text *t = &x->out;
	uint32_t left = SHOWN_EXECUTIONS;

	json_key(t, "executions");
	json_array(t);
	for (uint32_t i = xc_executions(x->core); i-- > 0 && left > 0;) {
		const struct xc_execution *e = xc_execution(x->core, i);
		if (i < xc_since(x->core, e->account).execution)
			continue;
		view_execution(t, x->core, i);
		key_i64(t, "account", e->account);
		json_end_object(t);
		left--;
	}
	json_end_array(t);
}

/* What rests of one symbol, and the quote it waits for. */
static void book(struct exchange *x, uint16_t asset)
{
	const struct xc_quote *q = xc_last_quote(x->core, asset);
	struct text *t = &x->out;
	uint32_t left = SHOWN_BOOK;

	json_key(t, "book");
	json_object(t);
	key_text(t, "symbol", xc_asset(x->core, asset)->symbol);
	key_time(t, "t", q->ts);
	price(t, "bid", q->bid);
	price(t, "ask", q->ask);
	price(t, "last", q->last);
	price(t, "previous_close", q->prev_close);
	json_key(t, "orders");
	json_array(t);
	for (xc_oid o = 0; o < xc_orders(x->core) && left > 0; o++) {
		const struct xc_order *p = xc_order(x->core, o);
		if (p->asset != asset || status_final(p->status))
			continue;
		order_row(x, o);
		json_end_object(t);
		left--;
	}
	json_end_array(t);
	json_end_object(t);
}

static void streams(struct exchange *x)
{
	struct text *t = &x->out;

	json_key(t, "streams");
	json_array(t);
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
		const struct stream *st = &x->stream[i];
		if (st->kind == STREAM_NONE)
			continue;
		json_object(t);
		key_text(t, "kind", st->kind == STREAM_DATA ? "data" : "trading");
		key_bool(t, "authenticated", st->authed);
		key_i64(t, "account", st->account);
		key_i64(t, "unsent_bytes", (int64_t)server_waiting(x->server, st->conn));
		json_end_object(t);
	}
	json_end_array(t);
	json_key(t, "clients");
	json_array(t);
	for (size_t i = 0; i < XS_CLIENTS; i++) {
		const struct client *cl = &x->client[i];
		if (!cl->joined)
			continue;
		json_object(t);
		key_text(t, "name", cl->name);
		key_i64(t, "acknowledged", (int64_t)cl->acked);
		json_end_object(t);
	}
	json_end_array(t);
}

/* ?symbol=AAPL: whose book; without, the first one's. */
int sim_status(struct exchange *x, const struct call *c)
{
	struct text *t = &x->out;
	char name[SYMBOL_TEXT] = "";
	uint16_t asset = 0;
	size_t n;

	if (rest_get(c, "symbol", name, sizeof(name), &n) != 0 &&
	    !xc_find_asset(x->core, (struct str){ name, n }, &asset))
		return rest_fail(x, 404, 40410000, "asset not found for ", (struct str){ name, n });
	json_object(t);
	json_key(t, "clock");
	clock_view(x);
	accounts(x);
	orders(x);
	book(x, asset);
	executions(x);
	streams(x);
	json_key(t, "verdict");
	(void)sim_verdict(x, c);
	json_key(t, "faults");
	(void)faults_get(x, c);
	json_key(t, "symbols");
	json_array(t);
	for (uint32_t i = 0; i < x->symbols->n; i++)
		json_cstr(t, x->symbols->name[i]);
	json_end_array(t);
	json_end_object(t);
	return 200;
}

/* ---- the page */

bool status_page(struct exchange *x, const struct request *rq, struct str path)
{
	static const struct { const char *path, *asset; } files[] = {
		{ "/", "www/exchange.html" }, { "/exchange.js", "www/exchange.js" },
		{ "/dom.js", "www/dom.js" }, { "/app.css", "www/app.css" },
		{ "/exchange.css", "www/exchange.css" }, { "/icon.svg", "www/icon.svg" },
		{ "/favicon.ico", "www/icon.svg" }
	};

	for (size_t i = 0; i < COUNT(files); i++) {
		if (!str_eq(path, str_of(files[i].path)))
			continue;
		server_asset(x->server, rq, asset_find(str_of(files[i].asset)), SERVER_PAGE_SAFETY);
		return true;
	}
	return false;
}
