/* rest.c: from a request to the function that answers it, and the heads of answers. */
#include "exchange/serve_inner.h"

typedef int handler(struct exchange *x, const struct call *c);

static const struct route {
	const char *method, *path;	/* '*' is one segment */
	handler    *run;
} routes[] = {
	{ "GET",    "/v2/account",                    account_get },
	{ "GET",    "/v2/account/configurations",     account_configurations },
	{ "PATCH",  "/v2/account/configurations",     account_configure },
	{ "GET",    "/v2/account/portfolio/history",  account_history },
	{ "GET",    "/v2/account/activities",         account_activities },
	{ "GET",    "/v2/account/activities/*",       account_activities },
	{ "GET",    "/v2/clock",                      account_clock },
	{ "GET",    "/v2/calendar",                   account_calendar },
	{ "GET",    "/v2/assets",                     assets_list },
	{ "GET",    "/v2/assets/*",                   assets_get },
	{ "GET",    "/v2/positions",                  positions_list },
	{ "DELETE", "/v2/positions",                  positions_delete_all },
	{ "GET",    "/v2/positions/*",                positions_get },
	{ "DELETE", "/v2/positions/*",                positions_delete },
	{ "POST",   "/v2/orders",                     orders_post },
	{ "GET",    "/v2/orders",                     orders_list },
	{ "DELETE", "/v2/orders",                     orders_delete_all },
	{ "GET",    "/v2/orders:by_client_order_id",  orders_by_cid },
	{ "GET",    "/v2/orders/*",                   orders_get },
	{ "PATCH",  "/v2/orders/*",                   orders_patch },
	{ "DELETE", "/v2/orders/*",                   orders_delete },
	{ "GET",    "/v2/events/trades",              events_get },
	{ "GET",    "/v1/corporate-actions",          meta_actions },
	{ "GET",    "/v1beta1/corporate-actions",     meta_actions },	/* SDKs 3.x */
	{ "GET",    "/v1beta1/news",                  meta_news },
	{ "GET",    "/v2/stocks/meta/conditions/*",   meta_conditions },
	{ "GET",    "/v2/stocks/meta/exchanges",      meta_exchanges },
	{ "GET",    "/v2/stocks/bars",                data_bars },
	{ "GET",    "/v2/stocks/trades",              data_trades },
	{ "GET",    "/v2/stocks/quotes",              data_quotes },
	{ "GET",    "/v2/stocks/auctions",            data_auctions },
	{ "GET",    "/v2/stocks/bars/latest",         data_latest_bars },
	{ "GET",    "/v2/stocks/quotes/latest",       data_latest_quotes },
	{ "GET",    "/v2/stocks/trades/latest",       data_latest_trades },
	{ "GET",    "/v2/stocks/snapshots",           data_snapshots },
	{ "GET",    "/v2/stocks/*/trades",            data_trades },
	{ "GET",    "/v2/stocks/*/quotes",            data_quotes },
	{ "GET",    "/v2/stocks/*/auctions",          data_auctions },
	{ "GET",    "/v2/stocks/*/bars",              data_bars },
	{ "GET",    "/v2/stocks/*/bars/latest",       data_latest_bars },
	{ "GET",    "/v2/stocks/*/quotes/latest",     data_latest_quotes },
	{ "GET",    "/v2/stocks/*/trades/latest",     data_latest_trades },
	{ "GET",    "/v2/stocks/*/snapshot",          data_snapshot_of },
	{ "GET",    "/sim/clock",                     sim_clock },
	{ "POST",   "/sim/clock",                     sim_clock_set },
	{ "POST",   "/sim/reset",                     sim_reset },
	{ "POST",   "/sim/assets",                    sim_assets },
	{ "GET",    "/sim/status",                    sim_status },
	{ "POST",   "/sim/join",                      sim_join },
	{ "POST",   "/sim/ack",                       sim_ack },
	{ "POST",   "/sim/leave",                     sim_leave },
	{ "GET",    "/sim/ledger",                    sim_ledger },
	{ "GET",    "/sim/verdict",                   sim_verdict },
	{ "GET",    "/sim/faults",                    faults_get },
	{ "POST",   "/sim/faults",                    faults_post },
	{ "DELETE", "/sim/faults",                    faults_delete },
};

static bool matches(struct str pattern, struct str path, struct str *param)
{
	*param = (struct str){ NULL, 0 };
	while (pattern.n > 0 || path.n > 0) {
		struct str want = str_cut(&pattern, '/');
		struct str have = str_cut(&path, '/');
		if (str_eq(want, STR("*"))) {
			if (have.n == 0)
				return false;
			*param = have;
		} else if (!str_eq(want, have)) {
			return false;
		}
	}
	return true;
}

int rest_fail(struct exchange *x, int status, int code, const char *a, struct str b)
{
	char message[XC_MESSAGE_MAX + 512];
	struct text m;

	text_init(&m, message, sizeof(message));
	text_cstr(&m, a);
	text_add(&m, b);
	json_object(&x->out);
	if (code != 0)
		key_i64(&x->out, "code", code);
	json_key(&x->out, "message");
	json_str(&x->out, text_str(&m));
	json_end_object(&x->out);
	return status;
}

void view_refusal(struct text *t, const struct xc_refusal *why)
{
	json_object(t);
	if (why->code != 0)
		key_i64(t, "code", why->code);
	key_text(t, "message", why->message);
	for (uint32_t i = 0; i < why->extras; i++) {
		json_key(t, why->extra[i].key);
		if (why->extra[i].bare)
			text_cstr(t, why->extra[i].value);
		else
			json_cstr(t, why->extra[i].value);
	}
	json_end_object(t);
}

int rest_refused(struct exchange *x, const struct xc_refusal *why)
{
	view_refusal(&x->out, why);
	return why->http;
}

int rest_run(struct exchange *x, struct call *c)
{
	bool known = false;

	x->out.n = 0;
	x->out.full = false;
	for (size_t i = 0; i < COUNT(routes); i++) {
		const struct route *r = &routes[i];
		if (!matches(str_of(r->path), c->path, &c->param))
			continue;
		/* The server leaves the body of an answer to HEAD out. */
		if (str_eq(c->method, str_of(r->method)) ||
		    (str_eq(c->method, STR("HEAD")) && str_eq(STR("GET"), str_of(r->method))))
			return r->run(x, c);
		known = true;
	}
	if (known)
		return rest_fail(x, 405, 40510000, "method not allowed", STR(""));
	return rest_fail(x, 404, 40410000, "endpoint not found", STR(""));
}

/* ---- answers */

void rest_heads(struct exchange *x, struct text *t)
{
	uint64_t id[2] = { x->c.core.seed, ++x->requests };

	text_cstr(t, "X-Request-ID: ");
	text_hex(t, hash64(id, sizeof(id)), 16);
	text_hex(t, x->requests, 16);
	text_cstr(t, "\r\nVary: Origin\r\n");
	who_headers(x, t);
}

void rest_answer(struct exchange *x, conn_id conn, int status)
{
	char head[320];
	struct text t;

	if (conn == 0)
		return;
	if (x->out.full) {
		x->out.n = 0;
		x->out.full = false;
		status = rest_fail(x, 500, 50010000, "the answer is too large: ask for less",
				   STR(""));
	}
	text_init(&t, head, sizeof(head) - 1);
	rest_heads(x, &t);
	server_reply(x->server, conn, status, "application/json; charset=UTF-8", text_done(&t),
		     text_str(&x->out));
}

/* What a request without any credentials meets: it never gets past the proxy. */
static void answer_nobody(struct server *s, conn_id conn)
{
	static const char page[] =
		"<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n"
		"<center><h1>401 Authorization Required</h1></center>\r\n<hr><center>nginx</center>"
		"\r\n</body>\r\n</html>\r\n";

	server_reply(s, conn, 401, "text/html", NULL, (struct str){ page, sizeof(page) - 1 });
}

/* ---- what */

/* An input of the core: it goes into the log. */
static bool changes(const struct call *c)
{
	if (str_eq(c->path, STR("/sim/reset")) || str_eq(c->path, STR("/sim/assets")))
		return str_eq(c->method, STR("POST"));
	return str_starts(c->path, STR("/v2/")) && !str_eq(c->method, STR("GET")) &&
	       !str_eq(c->method, STR("HEAD"));
}

static void run_and_answer(struct exchange *x, struct call *c)
{
	struct fault_plan plan;
	bool wrong = faults_plan(x, c, &plan);
	int status = 500;

	if (changes(c) && plan.act) {
		ns now = serve_now(x);
		state_call(x, c, now);
		serve_call_time(x, now);
	}
	if (plan.act)
		status = rest_run(x, c);
	if (wrong) {
		faults_acted(x, c, &status, &plan);
		if (status != 0)
			faults_answer(x, c, status, &plan);
	} else if (status != 0) {
		rest_answer(x, c->conn, status);
		verdict_answer(x, c, status);
	}
	serve_events(x);
}

void rest_request(void *ctx, struct server *s, const struct request *rq)
{
	struct exchange *x = ctx;
	char path[XS_PATH_MAX], id[128], secret[128];
	struct call c = {
		.method = rq->head.method, .query = rq->head.query, .body = rq->body,
		.conn = rq->conn
	};

	x->out.n = 0;
	x->out.full = false;
	x->meter = NULL;
	if (!percent_decode(path, sizeof(path), rq->head.path, false, &c.path.n)) {
		rest_answer(x, rq->conn, rest_fail(x, 400, 0, "bad path", STR("")));
		return;
	}
	c.path.s = path;
	if (stream_asked(rq)) {
		stream_open(x, rq, c.path);
		return;
	}
	if (faults_stop(x, &c))
		return;
	if (str_starts(c.path, STR("/v2/")) || str_starts(c.path, STR("/v1"))) {
		if (!rest_credentials(&rq->head, id, secret)) {
			answer_nobody(s, rq->conn);
			return;
		}
		if (!who_is(x, str_of(id), str_of(secret), &c.account)) {
			rest_answer(x, rq->conn, rest_fail(x, 401, 0, "unauthorized.", STR("")));
			return;
		}
		verdict_request(x, rq, &c);
		if (who_is_over(x, &c)) {
			rest_answer(x, rq->conn, rest_fail(x, 429, 42910000, "rate limit exceeded",
							   STR("")));
			verdict_answer(x, &c, 429);
			return;
		}
	} else if (!who_is_local(&rq->head)) {
		rest_answer(x, rq->conn, rest_fail(x, 403, 0, "a page of another host asked: only "
						   "pages of the exchange itself may", STR("")));
		return;
	} else if (status_page(x, rq, c.path)) {
		return;
	}
	run_and_answer(x, &c);
}
