/* The trading stream. */
#include "alpaca/inner.h"

void alpaca_auth_json(struct text *t, struct str key, struct str secret)
{
	json_object(t);
	json_key(t, "action");
	json_cstr(t, "auth");
	json_key(t, "key");
	json_str(t, key);
	json_key(t, "secret");
	json_str(t, secret);
	json_end_object(t);
}

void alpaca_listen_json(struct text *t, bool instants)
{
	json_object(t);
	json_key(t, "action");
	json_cstr(t, "listen");
	json_key(t, "data");
	json_object(t);
	json_key(t, "streams");
	json_array(t);
	json_cstr(t, "trade_updates");
	if (instants)
		json_cstr(t, "sim_clock");
	json_end_array(t);
	json_end_object(t);
	json_end_object(t);
}

struct update {
	ns   timestamp;
	qty  n;
	px   at;
	char execution[UUID_TEXT], previous[UUID_TEXT];
	bool has_order;
};

/* One key of "data", whichever stream it belongs to. */
static void data_key(struct json *j, struct str key, const struct symbols *t,
		     struct alpaca_event *e, struct update *u, struct str *status)
{
	int64_t n = 0;

	if (str_eq(key, STR("order"))) {
		u->has_order = alpaca_read_order(j, t, FROM_STREAM, &e->order) == OK;
	} else if (str_eq(key, STR("event"))) {
		field_words(j, e->text, sizeof e->text);
	} else if (str_eq(key, STR("error_message"))) {
		field_words(j, e->text, sizeof e->text);
	} else if (str_eq(key, STR("execution_id"))) {
		field_text(j, u->execution, sizeof u->execution);
	} else if (str_eq(key, STR("previous_execution_id"))) {
		field_text(j, u->previous, sizeof u->previous);
	} else if (str_eq(key, STR("timestamp"))) {
		field_time(j, &u->timestamp);
	} else if (str_eq(key, STR("price"))) {
		field_num(j, &u->at.n);
	} else if (str_eq(key, STR("qty"))) {
		field_num(j, &u->n.n);
	} else if (str_eq(key, STR("status"))) {
		*status = field_word(j);
	} else if (str_eq(key, STR("t"))) {
		field_time(j, &e->instant.now);
	} else if (str_eq(key, STR("n"))) {
		field_int(j, &n);
		e->instant.n = (uint64_t)n;
	} else if (!field_instant(j, key, &e->instant)) {
		json_skip(j);
	}
}

static enum alpaca_message kind_of(struct str stream, struct str action, struct str status,
				   const struct update *u)
{
	if (str_eq(stream, STR("trade_updates")))
		return u->has_order ? AM_TRADE_UPDATE : AM_NONE;
	if (str_eq(stream, STR("sim_clock")))
		return AM_CLOCK;
	if (str_eq(stream, STR("authorization")))
		return str_eq(status, STR("authorized")) ? AM_AUTHORIZED : AM_UNAUTHORIZED;
	if (str_eq(stream, STR("listening")))
		return AM_LISTENING;
	if (str_eq(action, STR("error")))
		return AM_ERROR;
	return AM_NONE;
}

/* A trade that was taken back, or has another price: it is the earlier execution that is meant. */
static void amends(struct report *r, const struct alpaca_event *e, const struct update *u)
{
	if (str_eq(str_of(e->text), STR("trade_bust")))
		r->source = FROM_BUST;
	else if (str_eq(str_of(e->text), STR("trade_correct")))
		r->source = FROM_CORRECT;
	else
		return;
	memcpy(r->execution, u->previous, sizeof r->execution);
	r->n = u->n;
	r->at = u->at;
}

enum err alpaca_read_trading(struct str message, const struct symbols *t,
			     void (*each)(void *ctx, const struct alpaca_event *e), void *ctx)
{
	struct json j;
	struct alpaca_event e;
	struct update u;
	struct str key, inner, stream = { "", 0 }, action = { "", 0 }, status = { "", 0 };

	/* Old servers sent a single 0x01 as a heartbeat. */
	if (message.n == 1 && message.s[0] == 1)
		return OK;
	memset(&e, 0, sizeof e);
	memset(&u, 0, sizeof u);
	json_open(&j, message);
	if (json_peek(&j) != JSON_OBJECT)
		return ERR_PARSE;
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		if (str_eq(key, STR("stream")))
			stream = field_word(&j);
		else if (str_eq(key, STR("action")))
			action = field_word(&j);
		else if (str_eq(key, STR("data")) && json_peek(&j) == JSON_OBJECT)
			for (json_enter_object(&j); json_next_key(&j, &inner);)
				data_key(&j, inner, t, &e, &u, &status);
		else
			json_skip(&j);
	}
	if (json_done(&j) != OK)
		return ERR_PARSE;
	e.what = kind_of(stream, action, status, &u);
	if (e.what == AM_TRADE_UPDATE) {
		struct report *r = &e.order.r[0];
		/* Only these tell an execution; a bust or a correction has figures, too. */
		if (str_eq(str_of(e.text), STR("fill")) ||
		    str_eq(str_of(e.text), STR("partial_fill"))) {
			r->n = u.n;
			r->at = u.at;
		}
		if (u.timestamp != 0)
			r->ts = u.timestamp;
		memcpy(r->execution, u.execution, sizeof r->execution);
		if (u.previous[0] != 0)
			amends(r, &e, &u);
	}
	if (e.what != AM_NONE)
		each(ctx, &e);
	return OK;
}
