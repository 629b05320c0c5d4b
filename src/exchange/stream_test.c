/* stream_test.c: FAKEPACA, the symbol of the test stream: it trades each second, day and night,
 * at prices that are a function of the time and the seed alone. */
#include "exchange/serve_inner.h"

#define NAME "FAKEPACA"

static px price_at(const struct exchange *x, int64_t second)
{
	uint64_t from[2] = { x->c.core.seed, (uint64_t)second };
	/* Two slow waves that are no sines, and noise of a few cents. */
	int64_t wave = second % 3600, slow = second % 86400;
	wave = wave < 1800 ? wave : 3600 - wave;
	slow = slow < 43200 ? slow : 86400 - slow;
	int64_t cents = 13000 + wave / 30 + slow / 200 +
			(int64_t)(hash64(from, sizeof(from)) % 11) - 5;
	return (px){ cents * (NUM_ONE / 100) };
}

/* The minute that ends at `end`. */
static struct bar minute(const struct exchange *x, int64_t end)
{
	struct bar b = {
		.open_ts = (end - 60) * NS_SECOND, .ts = end * NS_SECOND,
		.open = price_at(x, end - 60), .close = price_at(x, end - 1), .trades = 60,
		.volume = 60 * 100
	};
	int64_t sum = 0;

	b.high = b.low = b.open;
	for (int64_t s = end - 60; s < end; s++) {
		px p = price_at(x, s);
		b.high = p.n > b.high.n ? p : b.high;
		b.low = p.n < b.low.n ? p : b.low;
		sum += p.n / 60;
	}
	b.vwap = (px){ sum - sum % 1000 };
	return b;
}

static void tell(struct exchange *x, struct stream *st, int64_t second, bool ended)
{
	px p = price_at(x, second), cent = { NUM_ONE / 100 };
	struct market_quote q = {
		.t = second * NS_SECOND, .bid = { p.n - cent.n }, .ask = p,
		.bid_size = 100, .ask_size = 100, .bid_exchange = 'V', .ask_exchange = 'V'
	};
	struct market_print print = {
		.id = (uint64_t)second, .t = second * NS_SECOND, .at = p, .size = 100,
		.exchange = 'V', .condition = "@"
	};

	if (stream_wants_other(st, CH_QUOTES, STR(NAME))) {
		view_quote(stream_begin(x, st), &q, 'C', "q", NAME);
		stream_say(x, st, "q");
	}
	if (stream_wants_other(st, CH_TRADES, STR(NAME))) {
		view_trade(stream_begin(x, st), &print, 'C', "t", NAME);
		stream_say(x, st, "t");
	}
	if (ended && stream_wants_other(st, CH_BARS, STR(NAME))) {
		struct bar b = minute(x, second - second % 60);
		view_stream_bar(stream_begin(x, st), &b, "b", NAME);
		stream_say(x, st, "b");
	}
}

void fakepaca_instant(struct exchange *x, ns ts)
{
	bool ended = ts / NS_MINUTE != x->fakepaca_minute;

	x->fakepaca_minute = ts / NS_MINUTE;
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		if (stream_ready(&x->stream[i], STREAM_DATA) && x->stream[i].source == SOURCE_TEST)
			tell(x, &x->stream[i], ts / NS_SECOND, ended);
}

void fakepaca_timer(struct exchange *x)
{
	ns now = mono_ns();

	if (x->c.lockstep || now < x->fakepaca_at)
		return;
	x->fakepaca_at = now + NS_SECOND;
	fakepaca_instant(x, serve_now(x));
}
