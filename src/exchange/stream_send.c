/* stream_send.c: what the streams are told: one message for all that one instant
 * brings to a data stream; each event of an order on its own on a trading stream. */
#include "exchange/serve_inner.h"

static bool ready(const struct stream *st, enum stream_kind kind)
{
	return st->kind == kind && st->authed && !st->over;
}

bool stream_filter(struct exchange *x, struct stream *st, const struct outgoing *o)
{
	(void)x;
	return !st->over && o->bytes.n > 0;
}

void stream_deliver(struct exchange *x, struct stream *st, const struct outgoing *o)
{
	bool binary = st->kind == STREAM_TRADING && !x->c.json_frames_text;
	struct str array[3] = { STR("["), o->bytes, STR("]") };
	enum ws_op op = binary ? WS_BINARY : WS_TEXT;

	if (st->kind == STREAM_DATA)
		(void)server_ws_send(x->server, st->conn, op, array, 3);
	else
		(void)server_ws_send(x->server, st->conn, op, &o->bytes, 1);
}

static void tell(struct exchange *x, struct stream *st, const char *type, xc_oid order)
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
	tell(x, st, type, XC_NONE);
}

void stream_event(struct exchange *x, const struct xc_event *e)
{
	bool written = false;

	for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
		struct stream *st = &x->stream[i];
		if (!ready(st, STREAM_TRADING) || !st->updates)
			continue;
		if (!written) {
			x->msg.n = 0;
			x->msg.full = false;
			view_update(&x->msg, x->core, e);
			written = true;
		}
		tell(x, st, xc_event_text(e->kind), e->order);
	}
}

static void tick_fields(struct exchange *x)
{
	view_tick(&x->msg, x->now, x->n, calendar_is_open(NULL, x->now), x->ended,
		  x->c.lockstep ? 0 : x->c.speed_milli);
}

static void trading_clock(struct exchange *x, struct stream *st)
{
	x->msg.n = 0;
	x->msg.full = false;
	json_object(&x->msg);
	key_text(&x->msg, "stream", "sim_clock");
	json_key(&x->msg, "data");
	json_object(&x->msg);
	tick_fields(x);
	json_end_object(&x->msg);
	json_end_object(&x->msg);
	stream_say(x, st, "sim_clock");
}

/* What was written to x->msg since `from` stays there only if the filter agrees. */
static bool added(struct exchange *x, struct stream *st, size_t from, const char *type, sym s)
{
	size_t begin = x->msg.s[from] == ',' ? from + 1 : from;
	struct outgoing o = {
		type, s, XC_NONE, { x->msg.s + begin, x->msg.n - begin }
	};

	if (stream_filter(x, st, &o))
		return true;
	x->msg.n = from;
	return false;
}

static void add_ticks(struct exchange *x, struct stream *st)
{
	for (uint32_t k = 0; k < x->next.ticks; k++) {
		sym s = x->next.tick[k].sym;
		const struct xc_quote *q = xc_last_quote(x->core, s);
		size_t from = x->msg.n;
		if (stream_wants(st, CH_QUOTES, s)) {
			view_quote(&x->msg, q, "q", x->symbols->name[s]);
			(void)added(x, st, from, "q", s);
		}
		from = x->msg.n;
		if (stream_wants(st, CH_TRADES, s)) {
			view_trade(&x->msg, q, "t", x->symbols->name[s]);
			(void)added(x, st, from, "t", s);
		}
	}
}

static void add_bars(struct exchange *x, struct stream *st)
{
	for (uint32_t k = 0; k < x->next.bars; k++) {
		const struct bar *b = &x->next.bar[k];
		size_t from = x->msg.n;
		if (stream_wants(st, CH_BARS, b->sym)) {
			view_stream_bar(&x->msg, b, "b", x->symbols->name[b->sym]);
			x->bars_sent += added(x, st, from, "b", b->sym);
		}
		from = x->msg.n;
		if (stream_wants(st, CH_DAILY, b->sym)) {
			view_stream_bar(&x->msg, &x->today[b->sym], "d",
					x->symbols->name[b->sym]);
			(void)added(x, st, from, "d", b->sym);
		}
	}
}

static void data_instant(struct exchange *x, struct stream *st, bool market)
{
	x->msg.n = 0;
	x->msg.full = false;
	json_array(&x->msg);
	if (market) {
		add_ticks(x, st);
		add_bars(x, st);
	}
	if (st->star[CH_CLOCK]) {
		size_t from = x->msg.n;
		json_object(&x->msg);
		key_text(&x->msg, "T", "clock");
		tick_fields(x);
		json_end_object(&x->msg);
		(void)added(x, st, from, "clock", SYM_NONE);
	}
	if (x->msg.n == 1)
		return;
	json_end_array(&x->msg);
	assert(!x->msg.full);
	struct str all = text_str(&x->msg);
	(void)server_ws_send(x->server, st->conn, WS_TEXT, &all, 1);
}

void stream_instant(struct exchange *x, bool market)
{
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
		struct stream *st = &x->stream[i];
		if (ready(st, STREAM_DATA))
			data_instant(x, st, market);
		else if (ready(st, STREAM_TRADING) && st->clock)
			trading_clock(x, st);
	}
}
