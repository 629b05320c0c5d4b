/* stream.c: both WebSocket streams: how they begin and end, and what clients say. */
#include "exchange/serve_inner.h"

static const struct path {
	const char *path;
	enum stream_kind kind;
	enum source source;
	bool refused;
} paths[] = {
	{ "/stream",             STREAM_TRADING, SOURCE_SIP,     false },
	{ "/v2/iex",             STREAM_DATA,    SOURCE_IEX,     false },
	{ "/v2/sip",             STREAM_DATA,    SOURCE_SIP,     false },
	{ "/v2/delayed_sip",     STREAM_DATA,    SOURCE_DELAYED, false },
	{ "/v2/test",            STREAM_DATA,    SOURCE_TEST,    false },
	{ "/v1beta1/overnight",  STREAM_DATA,    SOURCE_SIP,     true },
	{ "/v1beta1/boats",      STREAM_DATA,    SOURCE_SIP,     true },
};

struct stream *stream_of(struct exchange *x, conn_id conn)
{
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		if (x->stream[i].kind != STREAM_NONE && x->stream[i].conn == conn)
			return &x->stream[i];
	return NULL;
}

struct stream *stream_free(struct exchange *x)
{
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		if (x->stream[i].kind == STREAM_NONE)
			return &x->stream[i];
	return NULL;
}

void stream_end(struct exchange *x, struct stream *st, const char *why)
{
	st->over = true;
	server_ws_close(x->server, st->conn, 1000, str_of(why));
}

/* ---- memory */

size_t stream_memory(void)
{
	return XS_MESSAGE + XS_SAID + CODECS * XS_WIRE + sizeof(struct batch) +
	       XS_EVENTS * sizeof(struct kept_event) + 96;
}

void stream_init(struct exchange *x)
{
	text_init(&x->msg, arena_alloc(&x->arena, XS_MESSAGE), XS_MESSAGE);
	text_init(&x->said, arena_alloc(&x->arena, XS_SAID), XS_SAID);
	x->batch = ARENA_NEW(&x->arena, struct batch, 1);
	x->kept = ARENA_NEW(&x->arena, struct kept_event, XS_EVENTS);
	for (int i = 0; i < CODECS; i++)
		text_init(&x->batch->wire[i], arena_alloc(&x->arena, XS_WIRE), XS_WIRE);
}

/* ---- what is said: the words of both streams */

static void read_streams(struct json *j, struct said *s)
{
	struct str name;

	s->streams = true;
	for (json_enter_array(j); json_next_item(j) && json_read_str(j, &name);) {
		if (str_eq(name, STR("trade_updates")))
			s->updates = true;
		else if (str_eq(name, STR("sim_clock")))
			s->clock = true;
	}
}

static bool credential(struct str key, struct said *s, struct json *j)
{
	if (json_peek(j) != JSON_STRING)
		return false;
	if (str_eq(key, STR("key")) || str_eq(key, STR("key_id")))
		return json_read_str(j, &s->key);
	if (str_eq(key, STR("secret")) || str_eq(key, STR("secret_key")))
		return json_read_str(j, &s->secret);
	return false;
}

bool stream_said(struct str m, struct said *s)
{
	struct json j;
	struct str key;

	*s = (struct said){ 0 };
	json_open(&j, m);
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		if (str_eq(key, STR("action")) && json_peek(&j) == JSON_STRING) {
			(void)json_read_str(&j, &s->action);
		} else if (str_eq(key, STR("data")) && json_peek(&j) == JSON_OBJECT) {
			for (json_enter_object(&j); json_next_key(&j, &key);) {
				if (str_eq(key, STR("streams")) && json_peek(&j) == JSON_ARRAY)
					read_streams(&j, s);
				else if (!credential(key, s, &j))
					(void)json_skip(&j);
			}
		} else if (!credential(key, s, &j)) {
			(void)json_skip(&j);
		}
	}
	return json_done(&j) == OK && s->action.n > 0;
}

/* ---- hooks */

bool stream_asked(const struct request *rq)
{
	return rq->head.upgrade &&
	       http_has_token(http_header(&rq->head, "Upgrade"), "websocket");
}

static const struct path *path_of(struct str path)
{
	for (size_t i = 0; i < COUNT(paths); i++)
		if (str_eq(path, str_of(paths[i].path)))
			return &paths[i];
	return NULL;
}

/* The broker's own clients ask for MessagePack with the type of a body they do not send. */
static enum codec codec_of(const struct http_head *h)
{
	return str_starts(http_header(h, "Content-Type"), STR("application/msgpack")) ||
	       http_has_token(http_header(h, "Accept"), "application/msgpack") ? CODEC_PACK :
										 CODEC_JSON;
}

void stream_open(struct exchange *x, const struct request *rq, struct str path)
{
	const struct path *p = path_of(path);
	struct stream *st = stream_free(x);

	if (p == NULL) {
		rest_answer(x, rq->conn, rest_fail(x, 404, 0, "no such stream: ", path));
		return;
	}
	if (faults_connect(x, rq, path, p->kind))
		return;
	if (p->kind == STREAM_TRADING && !trading_admits(x, rq))
		return;
	if (st == NULL) {
		rest_answer(x, rq->conn, rest_fail(x, 429, 0, "too many requests.", STR("")));
		return;
	}
	if (!server_websocket(x->server, rq))
		return;
	*st = (struct stream){
		.conn = rq->conn, .kind = p->kind, .source = p->source, .refused = p->refused,
		.auth_by = mono_ns() + XS_AUTH_TIME
	};
	if (p->kind != STREAM_DATA)
		return;
	st->codec = codec_of(&rq->head);
	data_open(x, st, &rq->head);
}

void stream_message(void *ctx, struct server *s, conn_id conn, enum ws_op op, struct str m)
{
	struct exchange *x = ctx;
	struct stream *st = stream_of(x, conn);

	(void)s;
	if (st == NULL || st->over || (op != WS_TEXT && op != WS_BINARY))
		return;
	if (st->codec == CODEC_PACK && op == WS_BINARY) {
		x->said.n = 0;
		x->said.full = false;
		/* Who sends JSON in a binary frame all the same is understood, too. */
		if (msgpack_to_json(&x->said, m) == OK)
			m = text_str(&x->said);
	}
	if (st->kind == STREAM_DATA)
		data_message(x, st, m);
	else
		trading_message(x, st, m);
}

void stream_closed(void *ctx, struct server *s, conn_id conn)
{
	struct exchange *x = ctx;
	struct stream *st = stream_of(x, conn);

	(void)s;
	sim_closed(x, conn);
	if (st != NULL)
		*st = (struct stream){ 0 };
}

/* ---- time, which is real here */

static void never_authenticated(struct exchange *x, struct stream *st)
{
	if (st->kind == STREAM_DATA)
		data_error(x, st, 404);
	else
		trading_error(x, st, "authentication timed out");
	stream_end(x, st, "auth timeout");
}

static bool too_far_behind(const struct exchange *x, const struct stream *st, ns now)
{
	return st->behind_since != 0 && now - st->behind_since >= XS_SLOW_TIME &&
	       server_waiting(x->server, st->conn) > XS_QUEUE;
}

void stream_timeouts(struct exchange *x)
{
	ns now = mono_ns();

	for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
		struct stream *st = &x->stream[i];
		if (st->kind == STREAM_NONE || st->over)
			continue;
		if (st->kind == STREAM_EVENTS)
			events_pump(x, st);
		else if (!st->authed && now >= st->auth_by)
			never_authenticated(x, st);
		else if (too_far_behind(x, st, now))
			data_slow(x, st);
	}
	fakepaca_timer(x);
}

bool stream_behind(const struct exchange *x)
{
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
		const struct stream *st = &x->stream[i];
		if (st->kind != STREAM_NONE && !st->over && st->behind_since != 0 &&
		    server_waiting(x->server, st->conn) > XS_QUEUE)
			return true;
	}
	return false;
}
