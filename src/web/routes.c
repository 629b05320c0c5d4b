/* Which request goes where, and what it gets. */
#include "web/web_inner.h"

#include "base/json.h"
#include "base/keys.h"
#include "net/server_asset.h"

struct route {
	const char *method, *path;
	enum right  right;
	void      (*handle)(struct web *w, const struct request *rq);
};

/* What is told is of this moment, and money: no cache keeps it. */
const char web_safety[] = SERVER_PAGE_SAFETY "Cache-Control: no-store\r\n";
static const char safety[] = SERVER_PAGE_SAFETY;

/* ---- answers */

/* more: further complete header lines. */
static void reply_with(struct web *w, const struct request *rq, int status, const char *more,
		       const struct text *t)
{
	char headers[640];
	struct text h;

	if (w->server == NULL) {
		w->document = text_str(t);
		w->document_status = t->full ? 500 : status;
		return;
	}
	text_init(&h, headers, sizeof headers);
	text_cstr(&h, web_safety);
	text_cstr(&h, more);
	if (t->full) {
		server_reply(w->server, rq->conn, 500, "application/json", text_done(&h),
			     STR("{\"error\":{\"code\":\"too_large\",\"message\":\"ask for fewer: "
				 "?limit=100\"}}"));
		return;
	}
	server_reply(w->server, rq->conn, status, "application/json", text_done(&h), text_str(t));
}

static void reply(struct web *w, const struct request *rq, int status, const struct text *t)
{
	reply_with(w, rq, status, "", t);
}

static struct text fresh(struct web *w)
{
	struct text t;

	text_init(&t, w->reply, REPLY_MAX);
	return t;
}

static bool command_of(struct str path, enum command *c);

/* What the standard wants beside the status. */
static const char *advice(const struct request *rq, int status)
{
	enum command c;

	if (status == 401)
		return "WWW-Authenticate: Bearer\r\n";
	if (status == 429)
		return "Retry-After: 60\r\n";
	if (status != 405)
		return "";
	return command_of(rq->head.path, &c) ? "Allow: POST\r\n" : "Allow: GET, HEAD\r\n";
}

void web_fail(struct web *w, const struct request *rq, int status, const char *code,
	      const char *message)
{
	struct text t = fresh(w);

	json_object(&t);
	json_key(&t, "error");
	json_object(&t);
	json_key(&t, "code");
	json_cstr(&t, code);
	json_key(&t, "message");
	json_cstr(&t, message);
	json_end_object(&t);
	json_end_object(&t);
	reply_with(w, rq, status, advice(rq, status), &t);
}

/* ?limit=N, within bounds; LIST_DEFAULT when it is not given or no number. */
static uint32_t limit_of(const struct request *rq)
{
	char memory[16];
	size_t n;
	bool bad = false;
	int64_t v;

	if (!http_query(rq->head.query, "limit", memory, sizeof memory, &n, &bad) || bad ||
	    num_parse(&v, (struct str){ memory, n }) != OK || v < NUM_ONE)
		return LIST_DEFAULT;
	return v > LIST_MAX * NUM_ONE ? LIST_MAX : (uint32_t)(v / NUM_ONE);
}

/* ---- handlers */

#define HANDLER(name, write)                                            \
	static void name(struct web *w, const struct request *rq)       \
	{                                                               \
		struct text t = fresh(w);                               \
		write;                                                  \
		reply(w, rq, 200, &t);                                   \
	}

HANDLER(get_status, status_json(w, &t))
HANDLER(get_account, account_json(w, &t))
HANDLER(get_positions, positions_json(w, &t))
HANDLER(get_open_orders, orders_json(w, &t, true, 0))
HANDLER(get_orders, orders_json(w, &t, false, limit_of(rq)))
HANDLER(get_trades, trades_json(w, &t, limit_of(rq)))
HANDLER(get_sessions, sessions_json(w, &t, limit_of(rq)))
HANDLER(get_instances, instances_json(w, &t))
HANDLER(get_stats, stats_json(w, &t))
HANDLER(get_log, log_json(w, &t))

static void get_health(struct web *w, const struct request *rq)
{
	struct text t = fresh(w);
	int status = health_json(w, &t);

	reply(w, rq, status, &t);
}

static void get_equity(struct web *w, const struct request *rq)
{
	struct text t = fresh(w);
	char memory[RFC3339_TEXT];
	size_t n;
	bool bad = false;
	ns from = 0;

	if (http_query(rq->head.query, "from", memory, sizeof memory, &n, &bad) &&
	    (bad || rfc3339_parse(&from, (struct str){ memory, n }) != OK)) {
		web_fail(w, rq, 400, "bad_time", "from is not a time such as 2024-10-01T09:30:00Z");
		return;
	}
	equity_json(w, &t, from);
	reply(w, rq, 200, &t);
}

static void get_why(struct web *w, const struct request *rq)
{
	struct text t = fresh(w);
	char id[CID_TEXT + 80];
	size_t n;
	bool bad = false;

	if (!http_query(rq->head.query, "id", id, sizeof id, &n, &bad) || bad || n == 0)
		web_fail(w, rq, 400, "no_id", "say which: ?id=CLIENT_ORDER_ID");
	else if (!why_json(w, &t, (struct str){ id, n }))
		web_fail(w, rq, 404, "unknown_id", "no order and no trade has this id");
	else
		reply(w, rq, 200, &t);
}

static void get_metrics(struct web *w, const struct request *rq)
{
	struct text t = fresh(w);

	metrics_text(w, &t);
	server_reply(w->server, rq->conn, 200, "text/plain; version=0.0.4", web_safety,
		     text_str(&t));
}

static void get_events(struct web *w, const struct request *rq)
{
	if (str_eq(rq->head.method, STR("HEAD")))
		server_reply(w->server, rq->conn, 200, "text/event-stream", web_safety,
			     STR(""));
	else
		events_open(w, rq);
}

/* ---- control */

static bool command_of(struct str path, enum command *c)
{
	static const struct { const char *path; enum command c; } table[] = {
		{ "/api/v1/halt", CMD_HALT }, { "/api/v1/resume", CMD_RESUME },
		{ "/api/v1/pause", CMD_PAUSE }, { "/api/v1/flatten", CMD_FLATTEN },
		{ "/api/v1/reduce-only", CMD_REDUCE_ONLY },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		if (str_eq(path, str_of(table[i].path))) {
			*c = table[i].c;
			return true;
		}
	}
	return false;
}

/* {"instance":"NAME"} or {} or nothing: -1 is all; -2: no such instance; -3: no JSON. */
static int target_of(const struct web *w, struct str body)
{
	struct str key, name = { NULL, 0 };
	struct json j;

	if (str_trim(body).n == 0)
		return -1;
	json_open(&j, body);
	if (json_peek(&j) != JSON_OBJECT)
		return -3;
	/* A slip of the pen must not mean all of them. */
	for (json_enter_object(&j); json_next_key(&j, &key); json_read_str(&j, &name))
		if (!str_eq(key, STR("instance")))
			return -3;
	if (json_done(&j) != OK)
		return -3;
	if (name.s == NULL)
		return -1;
	for (uint32_t i = 0; i < w->instances_n; i++)
		if (str_eq(str_of(w->instance[i].config->name), name))
			return (int)i;
	return -2;
}

/* Shares that nobody here sells. */
static int64_t not_managed(const struct web *w)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < w->trades_n; i++)
		n += trade_open_qty(&w->trade[i]).n != 0 && instance_of(w, w->trade[i].id) == NULL;
	return n;
}

static void post_command(struct web *w, const struct request *rq)
{
	struct text t = fresh(w);
	enum command c;
	int target = target_of(w, rq->body);
	char who[40];
	struct text words;

	if (!command_of(rq->head.path, &c)) {
		web_fail(w, rq, 404, "unknown_path", "there is nothing here");
		return;
	}
	if (target <= -2) {
		web_fail(w, rq, target == -2 ? 404 : 400,
		     target == -2 ? "unknown_instance" : "bad_json",
		     target == -2 ? "there is no instance of that name"
				  : "the body is {\"instance\":\"NAME\"}, {} or empty");
		return;
	}
	text_init(&words, who, sizeof who - 1);
	text_cstr(&words, "api ");
	text_cstr(&words, rq->peer);
	who[words.n] = 0;
	if (w->control->post(w->control->ctx, target, c, who) != OK) {
		web_fail(w, rq, 503, "busy", "the command could not be queued: try again");
		return;
	}
	json_object(&t);
	json_key(&t, "accepted");
	json_bool(&t, true);
	json_key(&t, "command");
	json_cstr(&t, command_text(c));
	if (c == CMD_FLATTEN && target < 0)
		key_i64(&t, "not_managed", not_managed(w));
	json_end_object(&t);
	reply(w, rq, 202, &t);
}

/* ---- the page */

static bool page(struct web *w, const struct request *rq)
{
	char name[64];
	struct text t;

	text_init(&t, name, sizeof name);
	text_cstr(&t, "www");
	text_add(&t, str_eq(rq->head.path, STR("/")) ? STR("/index.html") : rq->head.path);
	if (t.full)
		return false;
	const struct asset *a = asset_find(text_str(&t));
	if (a == NULL)
		return false;
	server_asset(w->server, rq, a, safety);
	return true;
}

/* ---- the table */

static const struct route routes[] = {
	{ "GET", "/health", RIGHT_PUBLIC, get_health },
	{ "GET", "/status", RIGHT_READ, get_status },
	{ "GET", "/metrics", RIGHT_READ, get_metrics },
	{ "GET", "/events", RIGHT_READ, get_events },
	{ "GET", "/api/v1/status", RIGHT_READ, get_status },
	{ "GET", "/api/v1/account", RIGHT_READ, get_account },
	{ "GET", "/api/v1/positions", RIGHT_READ, get_positions },
	{ "GET", "/api/v1/orders", RIGHT_READ, get_orders },
	{ "GET", "/api/v1/orders/open", RIGHT_READ, get_open_orders },
	{ "GET", "/api/v1/trades", RIGHT_READ, get_trades },
	{ "GET", "/api/v1/sessions", RIGHT_READ, get_sessions },
	{ "GET", "/api/v1/instances", RIGHT_READ, get_instances },
	{ "GET", "/api/v1/stats", RIGHT_READ, get_stats },
	{ "GET", "/api/v1/equity", RIGHT_READ, get_equity },
	{ "GET", "/api/v1/why", RIGHT_READ, get_why },
	{ "GET", "/api/v1/log", RIGHT_READ, get_log },
	{ "POST", "/api/v1/halt", RIGHT_TRADE, post_command },
	{ "POST", "/api/v1/resume", RIGHT_TRADE, post_command },
	{ "POST", "/api/v1/pause", RIGHT_TRADE, post_command },
	{ "POST", "/api/v1/flatten", RIGHT_TRADE, post_command },
	{ "POST", "/api/v1/reduce-only", RIGHT_TRADE, post_command },
};

static bool json_type(const struct request *rq)
{
	struct str type = http_header(&rq->head, "content-type");

	return str_eq_fold(str_trim(str_cut(&type, ';')), STR("application/json"));
}

static bool method_fits(struct str method, const char *route)
{
	return str_eq(method, str_of(route)) ||
	       (str_eq(method, STR("HEAD")) && str_eq(str_of(route), STR("GET")));
}

void routes_request(void *ctx, struct server *s, const struct request *rq)
{
	struct web *w = ctx;
	bool path_known = false;

	(void)s;
	w->requests++;
	for (size_t i = 0; i < COUNT(routes); i++) {
		const struct route *r = &routes[i];
		if (!str_eq(rq->head.path, str_of(r->path)))
			continue;
		path_known = true;
		if (!method_fits(rq->head.method, r->method))
			continue;
		if (!web_allowed(w, rq, r->right))
			return;
		/* A form of another site cannot send this type: no cross-site commands. */
		if (r->right == RIGHT_TRADE && !json_type(rq))
			web_fail(w, rq, 415, "content_type", "send Content-Type: application/json");
		else
			r->handle(w, rq);
		return;
	}
	enum command c;
	if (path_known && command_of(rq->head.path, &c))
		web_fail(w, rq, 405, "method", "this path wants POST");
	else if (path_known)
		web_fail(w, rq, 405, "method", "this path wants GET");
	else if (!method_fits(rq->head.method, "GET"))
		web_fail(w, rq, 405, "method", "only GET is answered here");
	else if (web_allowed(w, rq, RIGHT_PUBLIC) && !page(w, rq))
		web_fail(w, rq, 404, "unknown_path",
			 "there is nothing here: see /status, /api/v1/…");
}

int web_ask(struct web *w, const char *target, struct str *document)
{
	struct request rq = { .loopback = true };

	assert(w->server == NULL);
	rq.head.query = str_of(target);
	rq.head.path = str_cut(&rq.head.query, '?');
	w->document_status = 404;
	w->document = (struct str){ NULL, 0 };
	for (size_t i = 0; i < COUNT(routes); i++)
		if (routes[i].right == RIGHT_READ && str_eq(rq.head.path, str_of(routes[i].path)) &&
		    routes[i].handle != get_metrics && routes[i].handle != get_events)
			routes[i].handle(w, &rq);
	*document = w->document;
	return w->document_status;
}
