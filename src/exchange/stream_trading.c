/* stream_trading.c: the dialogue of the trading stream. */
#include "exchange/serve_inner.h"

/* A second stream of an account is let in, unless asked otherwise: then whoever says in the
 * handshake who he is meets 429 there. */
bool trading_admits(struct exchange *x, const struct request *rq)
{
	char id[128], secret[128];

	if (!x->c.one_trading_stream)
		return true;
	bool named = rest_credentials(&rq->head, id, secret);
	uint64_t key = named ? hash64(id, strlen(id)) : 0;
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
		const struct stream *st = &x->stream[i];
		/* Who does not say it can only be the one account there is. */
		if (stream_ready(st, STREAM_TRADING) &&
		    (named ? st->key == key : x->c.accounts <= 1)) {
			rest_answer(x, rq->conn,
				    rest_fail(x, 429, 0, "connection limit exceeded", STR("")));
			return false;
		}
	}
	return true;
}

static void authorization(struct exchange *x, struct stream *st, const char *action)
{
	struct text *t = stream_begin(x, st);

	json_object(t);
	key_text(t, "stream", "authorization");
	json_key(t, "data");
	json_object(t);
	key_text(t, "status", st->authed ? "authorized" : "unauthorized");
	key_text(t, "action", action);
	json_end_object(t);
	json_end_object(t);
	stream_say(x, st, "authorization");
}

static void listen(struct exchange *x, struct stream *st, const struct said *s)
{
	struct text *t = stream_begin(x, st);

	st->updates = s->updates;
	st->clock = s->clock;
	json_object(t);
	key_text(t, "stream", "listening");
	json_key(t, "data");
	json_object(t);
	json_key(t, "streams");
	json_array(t);
	if (st->updates)
		json_cstr(t, "trade_updates");
	if (st->clock)
		json_cstr(t, "sim_clock");
	json_end_array(t);
	json_end_object(t);
	json_end_object(t);
	stream_say(x, st, "listening");
}

void trading_error(struct exchange *x, struct stream *st, const char *words)
{
	struct text *t = stream_begin(x, st);

	json_object(t);
	key_text(t, "action", "error");
	json_key(t, "data");
	json_object(t);
	key_text(t, "error_message", words);
	json_end_object(t);
	json_end_object(t);
	stream_say(x, st, "error");
}

/* Has the account of that key another stream that says who it is? */
static bool second(const struct exchange *x, const struct stream *st, uint64_t key)
{
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
		const struct stream *o = &x->stream[i];
		if (o != st && stream_ready(o, STREAM_TRADING) && o->key == key)
			return true;
	}
	return false;
}

static void authenticate(struct exchange *x, struct stream *st, const struct said *s)
{
	uint16_t account;

	if (!st->authed && who_is(x, s->key, s->secret, &account)) {
		uint64_t key = hash64(s->key.s, s->key.n);
		if (x->c.one_trading_stream && second(x, st, key)) {
			trading_error(x, st, "connection limit exceeded");
			stream_end(x, st, "connection limit exceeded");
			return;
		}
		st->authed = true;
		st->key = key;
		st->account = account;
	}
	authorization(x, st, "authenticate");
	if (!st->authed)
		stream_end(x, st, "unauthorized");
}

void trading_message(struct exchange *x, struct stream *st, struct str m)
{
	struct said s;

	if (!stream_said(m, &s))
		trading_error(x, st, "failed to parse message");
	else if (str_eq(s.action, STR("auth")) || str_eq(s.action, STR("authenticate")))
		authenticate(x, st, &s);
	else if (!str_eq(s.action, STR("listen")) || !s.streams)
		trading_error(x, st, "invalid action");
	else if (!st->authed)
		authorization(x, st, "listen");
	else
		listen(x, st, &s);
}
