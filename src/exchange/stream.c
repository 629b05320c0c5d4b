/* stream.c: what the clients of both WebSocket streams say. */
#include "exchange/serve_inner.h"

static const char *const channel_name[CH_COUNT] = {
	"trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds",
	"corrections", "cancelErrors", "imbalances", "simClock"
};

static struct stream *stream_of(struct exchange *x, conn_id conn)
{
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		if (x->stream[i].kind != STREAM_NONE && x->stream[i].conn == conn)
			return &x->stream[i];
	return NULL;
}

static void begin(struct exchange *x)
{
	x->msg.n = 0;
	x->msg.full = false;
}

/* ---- the data stream */

static void data_success(struct exchange *x, struct stream *st, const char *words)
{
	begin(x);
	json_object(&x->msg);
	key_text(&x->msg, "T", "success");
	key_text(&x->msg, "msg", words);
	json_end_object(&x->msg);
	stream_say(x, st, "success");
}

static void data_error(struct exchange *x, struct stream *st, int code, const char *words)
{
	begin(x);
	json_object(&x->msg);
	key_text(&x->msg, "T", "error");
	key_i64(&x->msg, "code", code);
	key_text(&x->msg, "msg", words);
	json_end_object(&x->msg);
	stream_say(x, st, "error");
}

static void end_stream(struct exchange *x, struct stream *st, const char *words)
{
	st->over = true;
	server_ws_close(x->server, st->conn, 1000, str_of(words));
}

static bool key_in_use(const struct exchange *x, const struct stream *me, uint64_t key)
{
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
		const struct stream *st = &x->stream[i];
		if (st != me && st->kind == STREAM_DATA && st->authed && !st->over &&
		    st->key == key)
			return true;
	}
	return false;
}

static void data_auth(struct exchange *x, struct stream *st, struct str id, struct str secret)
{
	uint64_t key = hash64(id.s, id.n);

	if (st->authed) {
		data_error(x, st, 403, "already authenticated");
	} else if (!rest_key_ok(x, id, secret)) {
		data_error(x, st, 402, "auth failed");
		end_stream(x, st, "auth failed");
	} else if (key_in_use(x, st, key)) {
		data_error(x, st, 406, "connection limit exceeded");
		end_stream(x, st, "connection limit exceeded");
	} else {
		st->authed = true;
		st->key = key;
		data_success(x, st, "authenticated");
	}
}

bool stream_wants(const struct stream *st, enum channel ch, sym s)
{
	if (st->star[ch])
		return true;
	uint16_t i = st->local[s];
	return i != SYM_NONE && (st->on[ch][i / 64] >> (i % 64) & 1) != 0;
}

static void list_channel(struct exchange *x, const struct stream *st, int ch)
{
	json_key(&x->msg, channel_name[ch]);
	json_array(&x->msg);
	if (st->star[ch])
		json_cstr(&x->msg, "*");
	for (uint32_t i = 0; i < st->names.n; i++)
		if (st->on[ch][i / 64] >> (i % 64) & 1)
			json_cstr(&x->msg, st->names.name[i]);
	json_end_array(&x->msg);
}

static bool used(const struct stream *st, int ch)
{
	bool any = st->star[ch];

	for (size_t i = 0; i < COUNT(st->on[ch]); i++)
		any = any || st->on[ch][i] != 0;
	return any;
}

/* The complete state; channels that Alpaca does not list unasked only when they are used. */
static void data_subscription(struct exchange *x, struct stream *st)
{
	begin(x);
	json_object(&x->msg);
	key_text(&x->msg, "T", "subscription");
	for (int ch = 0; ch < CH_COUNT; ch++)
		if (ch < CH_IMBALANCES || used(st, ch))
			list_channel(x, st, ch);
	json_end_object(&x->msg);
	stream_say(x, st, "subscription");
}

/* One name of one channel; a code of an error, or 0. */
static int change(const struct exchange *x, struct stream *st, int ch, struct str name, bool on)
{
	sym local;

	if (str_eq(name, STR("*"))) {
		st->star[ch] = on;
		return 0;
	}
	enum err e = symbols_add(&st->names, name, &local);
	if (e != OK)
		return e == ERR_FULL ? 405 : 400;
	sym market = symbols_find(x->symbols, name);
	if (market != SYM_NONE)
		st->local[market] = local;
	uint64_t bit = (uint64_t)1 << (local % 64);
	if (on)
		st->on[ch][local / 64] |= bit;
	else
		st->on[ch][local / 64] &= ~bit;
	return 0;
}

static int change_list(const struct exchange *x, struct stream *st, int ch, struct json *j, bool on)
{
	struct str name;
	int code = 0;

	for (json_enter_array(j); json_next_item(j);) {
		if (!json_read_str(j, &name))
			return 400;
		if (code == 0)
			code = change(x, st, ch, name, on);
		/* Corrections and cancelled trades come along with trades. */
		if (code == 0 && ch == CH_TRADES) {
			code = change(x, st, CH_CORRECTIONS, name, on);
			if (code == 0)
				code = change(x, st, CH_CANCELS, name, on);
		}
	}
	return code;
}

static void data_subscribe(struct exchange *x, struct stream *st, struct str m, bool on)
{
	struct stream before = *st;	/* a message counts wholly or not at all */
	struct json j;
	struct str key;
	int code = 0;

	json_open(&j, m);
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		int ch = 0;
		while (ch < CH_COUNT && !str_eq(key, str_of(channel_name[ch])))
			ch++;
		int bad = 0;
		if (ch == CH_COUNT || json_peek(&j) != JSON_ARRAY)
			(void)json_skip(&j);
		else
			bad = change_list(x, st, ch, &j, on);
		code = code != 0 ? code : bad;
	}
	if (code == 0 && json_done(&j) != OK)
		code = 400;
	if (code != 0) {
		*st = before;
		data_error(x, st, code, code == 405 ? "symbol limit exceeded" : "invalid syntax");
		return;
	}
	data_subscription(x, st);
}

/* ---- both: the words a message may hold */

struct said {
	struct str action, key, secret;
	bool updates, clock, streams;	/* of the list of streams */
};

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

static bool read_said(struct str m, struct said *s)
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

static void data_message(struct exchange *x, struct stream *st, struct str m)
{
	struct said s;

	if (!read_said(m, &s))
		data_error(x, st, 400, "invalid syntax");
	else if (str_eq(s.action, STR("auth")))
		data_auth(x, st, s.key, s.secret);
	else if (!st->authed)
		data_error(x, st, 401, "not authenticated");
	else if (str_eq(s.action, STR("subscribe")))
		data_subscribe(x, st, m, true);
	else if (str_eq(s.action, STR("unsubscribe")))
		data_subscribe(x, st, m, false);
	else
		data_error(x, st, 400, "invalid syntax");
}

/* ---- the trading stream */

static void trading_authorization(struct exchange *x, struct stream *st, const char *action)
{
	begin(x);
	json_object(&x->msg);
	key_text(&x->msg, "stream", "authorization");
	json_key(&x->msg, "data");
	json_object(&x->msg);
	key_text(&x->msg, "status", st->authed ? "authorized" : "unauthorized");
	key_text(&x->msg, "action", action);
	json_end_object(&x->msg);
	json_end_object(&x->msg);
	stream_say(x, st, "authorization");
}

static void trading_listen(struct exchange *x, struct stream *st, const struct said *s)
{
	st->updates = s->updates;
	st->clock = s->clock;
	begin(x);
	json_object(&x->msg);
	key_text(&x->msg, "stream", "listening");
	json_key(&x->msg, "data");
	json_object(&x->msg);
	json_key(&x->msg, "streams");
	json_array(&x->msg);
	if (st->updates)
		json_cstr(&x->msg, "trade_updates");
	if (st->clock)
		json_cstr(&x->msg, "sim_clock");
	json_end_array(&x->msg);
	json_end_object(&x->msg);
	json_end_object(&x->msg);
	stream_say(x, st, "listening");
}

static void trading_error(struct exchange *x, struct stream *st, const char *words)
{
	begin(x);
	json_object(&x->msg);
	key_text(&x->msg, "action", "error");
	json_key(&x->msg, "data");
	json_object(&x->msg);
	key_text(&x->msg, "error_message", words);
	json_end_object(&x->msg);
	json_end_object(&x->msg);
	stream_say(x, st, "error");
}

static void trading_message(struct exchange *x, struct stream *st, struct str m)
{
	struct said s;

	if (!read_said(m, &s)) {
		trading_error(x, st, "failed to parse message");
	} else if (str_eq(s.action, STR("auth")) || str_eq(s.action, STR("authenticate"))) {
		st->authed = st->authed || rest_key_ok(x, s.key, s.secret);
		trading_authorization(x, st, "authenticate");
		if (!st->authed)
			end_stream(x, st, "unauthorized");
	} else if (!str_eq(s.action, STR("listen")) || !s.streams) {
		trading_error(x, st, "invalid action");
	} else if (!st->authed) {
		trading_authorization(x, st, "listen");
	} else {
		trading_listen(x, st, &s);
	}
}

/* ---- hooks */

enum stream_kind stream_path(struct str path)
{
	if (str_eq(path, STR("/stream")))
		return STREAM_TRADING;
	if (str_eq(path, STR("/v2/iex")) || str_eq(path, STR("/v2/sip")) ||
	    str_eq(path, STR("/v2/delayed_sip")) || str_eq(path, STR("/v2/test")))
		return STREAM_DATA;
	return STREAM_NONE;
}

void stream_open(struct exchange *x, const struct request *rq, enum stream_kind kind)
{
	char id[128], secret[128];
	struct stream *st = NULL;

	for (size_t i = 0; i < SERVER_CONNECTIONS && st == NULL; i++)
		if (x->stream[i].kind == STREAM_NONE)
			st = &x->stream[i];
	if (st == NULL) {
		rest_answer(x, rq->conn, rest_fail(x, 429, 0, "too many requests.", STR("")));
		return;
	}
	if (!server_websocket(x->server, rq))
		return;
	*st = (struct stream){
		.conn = rq->conn, .kind = kind, .auth_by = mono_ns() + XS_AUTH_TIME
	};
	for (size_t i = 0; i < SYMBOLS_MAX; i++)
		st->local[i] = SYM_NONE;
	if (kind != STREAM_DATA)
		return;
	data_success(x, st, "connected");
	if (rest_credentials(&rq->head, id, secret))
		data_auth(x, st, str_of(id), str_of(secret));
}

void stream_message(void *ctx, struct server *s, conn_id conn, enum ws_op op, struct str m)
{
	struct exchange *x = ctx;
	struct stream *st = stream_of(x, conn);

	(void)s;
	if (st == NULL || st->over || (op != WS_TEXT && op != WS_BINARY))
		return;
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

void stream_timeouts(struct exchange *x)
{
	ns now = 0;

	for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
		struct stream *st = &x->stream[i];
		if (st->kind == STREAM_NONE || st->authed || st->over)
			continue;
		now = now == 0 ? mono_ns() : now;
		if (now < st->auth_by)
			continue;
		if (st->kind == STREAM_DATA)
			data_error(x, st, 404, "auth timeout");
		else
			trading_error(x, st, "authentication timed out");
		end_stream(x, st, "auth timeout");
	}
}
