/* stream_send.c: what the streams are told: one message for all that one instant
 * brings to a data stream; each event of an order on its own on a trading stream. */
#include "exchange/serve_inner.h"

static bool ready(const struct stream *st, enum stream_kind kind)
{
	return st->kind == kind && st->authed && !st->over;
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
		stream_say(x, st);
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
	stream_say(x, st);
}

static void add_ticks(struct exchange *x, const struct stream *st)
{
	for (uint32_t k = 0; k < x->next.ticks; k++) {
		sym s = x->next.tick[k].sym;
		const struct xc_quote *q = xc_last_quote(x->core, s);
		if (stream_wants(st, CH_QUOTES, s))
			view_quote(&x->msg, q, "q", x->symbols->name[s]);
		if (stream_wants(st, CH_TRADES, s))
			view_trade(&x->msg, q, "t", x->symbols->name[s]);
	}
}

static void add_bars(struct exchange *x, const struct stream *st)
{
	for (uint32_t k = 0; k < x->next.bars; k++) {
		const struct bar *b = &x->next.bar[k];
		if (stream_wants(st, CH_BARS, b->sym)) {
			view_stream_bar(&x->msg, b, "b", x->symbols->name[b->sym]);
			x->bars_sent++;
		}
		if (stream_wants(st, CH_DAILY, b->sym))
			view_stream_bar(&x->msg, &x->today[b->sym], "d",
					x->symbols->name[b->sym]);
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
		json_object(&x->msg);
		key_text(&x->msg, "T", "clock");
		tick_fields(x);
		json_end_object(&x->msg);
	}
	if (x->msg.n == 1)
		return;
	json_end_array(&x->msg);
	stream_say(x, st);
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
