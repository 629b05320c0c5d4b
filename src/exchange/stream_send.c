/* stream_send.c: the way out: all that a stream is told is shown to the filter and sent here.
 * Each event of an order is a message of its own on a trading stream. */
#include "exchange/serve_inner.h"

bool stream_ready(const struct stream *st, enum stream_kind kind)
{
	return st->kind == kind && st->authed && !st->over;
}

struct text *stream_begin(struct exchange *x, const struct stream *st)
{
	if (st->codec == CODEC_PACK)
		msgpack_init(&x->msg, &x->batch->pack, x->msg.s, x->msg.cap);
	else
		text_init(&x->msg, x->msg.s, x->msg.cap);
	return &x->msg;
}

bool stream_filter(struct exchange *x, struct stream *st, const struct outgoing *o)
{
	if (st->over || o->bytes.n == 0)
		return false;
	return !faults_on(x) || faults_filter(x, st, o);
}

static void behind(struct exchange *x, struct stream *st)
{
	size_t waiting = server_waiting(x->server, st->conn);

	if (waiting <= XS_QUEUE)
		st->behind_since = 0;
	else if (st->behind_since == 0)
		st->behind_since = mono_ns();
	if (waiting > XS_QUEUE_MAX && st->kind == STREAM_DATA && !st->over && !st->slow)
		data_slow(x, st);
}

static enum ws_op opcode(const struct exchange *x, const struct stream *st)
{
	if (st->kind == STREAM_TRADING)
		return x->c.json_frames_text ? WS_TEXT : WS_BINARY;
	return st->codec == CODEC_PACK ? WS_BINARY : WS_TEXT;
}

void stream_objects(struct exchange *x, struct stream *st, struct str objects, uint32_t n)
{
	char head[3] = { (char)0xdc, (char)(n >> 8), (char)n };	/* array 16; fixarray below 16 */
	struct str piece[3] = { STR("["), objects, STR("]") };

	assert(n > 0 && n <= 0xffff);
	if (st->codec == CODEC_PACK) {
		if (n < 16)
			head[0] = (char)(0x90 | n);
		piece[0] = (struct str){ head, n < 16 ? 1 : 3 };
		piece[2].n = 0;
	}
	(void)server_ws_send(x->server, st->conn, opcode(x, st), piece, 3);
	behind(x, st);
}

void stream_deliver(struct exchange *x, struct stream *st, const struct outgoing *o)
{
	if (st->kind == STREAM_DATA) {
		stream_objects(x, st, o->bytes, 1);
	} else if (st->kind == STREAM_EVENTS) {
		(void)(server_send(x->server, st->conn, STR("data: ")) &&
		       server_send(x->server, st->conn, o->bytes) &&
		       server_send(x->server, st->conn, STR("\n\n")));
	} else {
		(void)server_ws_send(x->server, st->conn, opcode(x, st), &o->bytes, 1);
	}
}

void stream_tell(struct exchange *x, struct stream *st, const char *type, xc_oid order)
{
	struct outgoing o = { type, SYM_NONE, order, text_str(&x->msg) };

	assert(!x->msg.full);
	if (order != XC_NONE)
		o.sym = xc_order(x->core, order)->asset;
	if (stream_filter(x, st, &o))
		stream_deliver(x, st, &o);
}

void stream_say(struct exchange *x, struct stream *st, const char *type)
{
	stream_tell(x, st, type, XC_NONE);
}

/* ---- the trading stream */

void stream_event(struct exchange *x, const struct xc_event *e)
{
	const struct kept_event *k = events_keep(x, e);
	bool written = false;

	for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
		struct stream *st = &x->stream[i];
		if (!stream_ready(st, STREAM_TRADING) || !st->updates ||
		    st->account != e->account)
			continue;
		if (!written)
			view_update(stream_begin(x, st), x->core, e, k->id);
		written = true;
		stream_tell(x, st, xc_event_text(e->kind), e->order);
	}
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		if (stream_ready(&x->stream[i], STREAM_EVENTS))
			events_pump(x, &x->stream[i]);
}

void stream_tick(const struct exchange *x, struct text *t)
{
	view_tick(t, x->now, x->n, calendar_is_open(NULL, x->now), x->ended,
		  x->c.lockstep || x->paused ? 0 : x->c.speed_milli);
}

static void trading_clock(struct exchange *x, struct stream *st)
{
	struct text *t = stream_begin(x, st);

	json_object(t);
	key_text(t, "stream", "sim_clock");
	json_key(t, "data");
	json_object(t);
	stream_tick(x, t);
	json_end_object(t);
	json_end_object(t);
	stream_say(x, st, "sim_clock");
}

void stream_instant(struct exchange *x, bool market)
{
	feed_instant(x, market);
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		if (stream_ready(&x->stream[i], STREAM_TRADING) && x->stream[i].clock)
			trading_clock(x, &x->stream[i]);
}
