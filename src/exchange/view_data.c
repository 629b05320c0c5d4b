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
	view_time(t, "t", b->open_ts);
	number(t, "o", b->open.n);
	number(t, "h", b->high.n);
	number(t, "l", b->low.n);
	number(t, "c", b->close.n);
	view_int(t, "v", (int64_t)b->volume);
	view_int(t, "n", b->trades);
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
	view_text(t, "T", kind);
	view_text(t, "S", symbol);
	bar_fields(t, b);
	json_end_object(t);
}

static void conditions(struct text *t, const char *word)
{
	json_key(t, "c");
	json_array(t);
	json_cstr(t, word);
	json_end_array(t);
	view_text(t, "z", "C");
}

static void begin(struct text *t, const char *kind, const char *symbol)
{
	json_object(t);
	if (kind == NULL)
		return;
	view_text(t, "T", kind);
	view_text(t, "S", symbol);
}

void view_quote(struct text *t, const struct xc_quote *q, const char *kind, const char *symbol)
{
	begin(t, kind, symbol);
	view_time(t, "t", q->ts);
	view_text(t, "ax", "V");
	number(t, "ap", q->ask.n);
	view_int(t, "as", 100);
	view_text(t, "bx", "V");
	number(t, "bp", q->bid.n);
	view_int(t, "bs", 100);
	conditions(t, "R");
	json_end_object(t);
}

void view_trade(struct text *t, const struct xc_quote *q, const char *kind, const char *symbol)
{
	begin(t, kind, symbol);
	view_time(t, "t", q->ts);
	view_text(t, "x", "V");
	number(t, "p", q->last.n);
	view_int(t, "s", 100);
	view_int(t, "i", q->ts / NS_SECOND);
	conditions(t, "@");
	json_end_object(t);
}

/* The clock's own message, without the braces that differ between the streams. */
void view_tick(struct text *t, ns now, uint64_t n, bool open, bool end, int64_t speed_milli)
{
	view_time(t, "t", now);
	view_int(t, "n", (int64_t)n);
	view_flag(t, "open", open);
	view_flag(t, "end", end);
	json_key(t, "speed");
	json_num(t, speed_milli * (NUM_ONE / 1000));
}
