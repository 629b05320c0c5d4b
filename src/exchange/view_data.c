/* view_data.c: the data API's objects as JSON: prices are numbers here. The same
 * objects go over the stream, where they say what and of whom they are. */
#include "exchange/serve_inner.h"

static void number(struct text *t, const char *key, int64_t billionths)
{
	json_key(t, key);
	json_num(t, billionths);
}

/* Where nobody counted: the broker's schema demands an average. */
static px average_price(const struct bar *b)
{
	if (b->vwap.n != 0)
		return b->vwap;

	int64_t sum = b->high.n / 3 + b->low.n / 3 + b->close.n / 3;
	return (px){ sum - sum % 1000 };	/* six decimals, as the broker's */
}

static void bar_fields(struct text *t, const struct bar *b)
{
	key_time(t, "t", b->open_ts);
	number(t, "o", b->open.n);
	number(t, "h", b->high.n);
	number(t, "l", b->low.n);
	number(t, "c", b->close.n);
	key_i64(t, "v", (int64_t)b->volume);
	key_i64(t, "n", b->trades);
	number(t, "vw", average_price(b).n);
}

void view_bar(struct text *t, const struct bar *b)
{
	json_object(t);
	bar_fields(t, b);
	json_end_object(t);
}

void view_stream_bar(struct text *t, const struct bar *b, const char *kind, const char *symbol)
{
	json_object(t);
	key_text(t, "T", kind);
	key_text(t, "S", symbol);
	bar_fields(t, b);
	json_end_object(t);
}

static void conditions(struct text *t, const char *word)
{
	json_key(t, "c");
	json_array(t);
	json_cstr(t, word);
	json_end_array(t);
	key_text(t, "z", "C");
}

static void begin(struct text *t, const char *kind, const char *symbol)
{
	json_object(t);
	if (kind == NULL)
		return;
	key_text(t, "T", kind);
	key_text(t, "S", symbol);
}

void view_quote(struct text *t, const struct xc_quote *q, const char *kind, const char *symbol)
{
	begin(t, kind, symbol);
	key_time(t, "t", q->ts);
	key_text(t, "ax", "V");
	number(t, "ap", q->ask.n);
	key_i64(t, "as", 100);
	key_text(t, "bx", "V");
	number(t, "bp", q->bid.n);
	key_i64(t, "bs", 100);
	conditions(t, "R");
	json_end_object(t);
}

void view_trade(struct text *t, const struct xc_quote *q, const char *kind, const char *symbol)
{
	begin(t, kind, symbol);
	key_time(t, "t", q->ts);
	key_text(t, "x", "V");
	number(t, "p", q->last.n);
	key_i64(t, "s", 100);
	key_i64(t, "i", q->ts / NS_SECOND);
	conditions(t, "@");
	json_end_object(t);
}

/* The clock's own message, without the braces that differ between the streams. */
void view_tick(struct text *t, ns now, uint64_t n, bool open, bool end, int64_t speed_milli)
{
	key_time(t, "t", now);
	key_i64(t, "n", (int64_t)n);
	key_bool(t, "open", open);
	key_bool(t, "end", end);
	json_key(t, "speed");
	json_num(t, speed_milli * (NUM_ONE / 1000));
}
