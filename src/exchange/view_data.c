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

static void letter(struct text *t, const char *key, char c)
{
	json_key(t, key);
	json_str(t, (struct str){ &c, 1 });
}

/* Each letter is a condition. */
static void letters(struct text *t, const char *key, const char *s)
{
	json_key(t, key);
	json_array(t);
	for (; *s != '\0'; s++)
		json_str(t, (struct str){ s, 1 });
	json_end_array(t);
}

static void begin(struct text *t, const char *kind, const char *symbol)
{
	json_object(t);
	if (kind == NULL)
		return;
	key_text(t, "T", kind);
	key_text(t, "S", symbol);
}

void view_quote(struct text *t, const struct market_quote *q, char tape, const char *kind,
		const char *symbol)
{
	begin(t, kind, symbol);
	key_time(t, "t", q->t);
	letter(t, "ax", q->ask_exchange);
	number(t, "ap", q->ask.n);
	key_i64(t, "as", q->ask_size);
	letter(t, "bx", q->bid_exchange);
	number(t, "bp", q->bid.n);
	key_i64(t, "bs", q->bid_size);
	letters(t, "c", "R");
	letter(t, "z", tape);
	json_end_object(t);
}

void view_trade(struct text *t, const struct market_print *p, char tape, const char *kind,
		const char *symbol)
{
	static const char *const fate[] = { NULL, "canceled", "incorrect", "corrected" };

	begin(t, kind, symbol);
	key_time(t, "t", p->t);
	letter(t, "x", p->exchange);
	number(t, "p", p->at.n);
	key_i64(t, "s", p->size);
	key_i64(t, "i", (int64_t)p->id);
	letters(t, "c", p->condition);
	letter(t, "z", tape);
	if (kind == NULL && fate[p->fate] != NULL)
		key_text(t, "u", fate[p->fate]);
	json_end_object(t);
}

/* "c": with both prints, or "x": with the one that is taken back. */
void view_fix(struct text *t, const struct market_fix *f, char tape, const char *symbol)
{
	bool corrected = f->now.size != 0;

	begin(t, corrected ? "c" : "x", symbol);
	key_time(t, "t", f->was.t);
	letter(t, "x", f->was.exchange);
	key_i64(t, corrected ? "oi" : "i", (int64_t)f->was.id);
	number(t, corrected ? "op" : "p", f->was.at.n);
	key_i64(t, corrected ? "os" : "s", f->was.size);
	if (!corrected) {
		key_text(t, "a", "C");
		letter(t, "z", tape);
		json_end_object(t);
		return;
	}
	letters(t, "oc", f->was.condition);
	key_i64(t, "ci", (int64_t)f->now.id);
	number(t, "cp", f->now.at.n);
	key_i64(t, "cs", f->now.size);
	letters(t, "cc", f->now.condition);
	letter(t, "z", tape);
	json_end_object(t);
}

void view_status(struct text *t, const struct market_status *s, ns now, char tape,
		 const char *symbol)
{
	begin(t, "s", symbol);
	key_text(t, "sc", s->code);
	key_text(t, "sm", s->text);
	key_text(t, "rc", s->reason);
	key_text(t, "rm", s->reason_text);
	key_time(t, "t", now);
	letter(t, "z", tape);
	json_end_object(t);
}

void view_band(struct text *t, const struct market_band *b, ns now, char tape,
	       const char *symbol)
{
	begin(t, "l", symbol);
	number(t, "u", b->up.n);
	number(t, "d", b->down.n);
	key_text(t, "i", "B");		/* both sides are quoted within the bands */
	key_time(t, "t", now);
	letter(t, "z", tape);
	json_end_object(t);
}

/* Where a halted stock would open again. */
void view_imbalance(struct text *t, px at, ns now, char tape, const char *symbol)
{
	begin(t, "i", symbol);
	number(t, "p", at.n);
	key_time(t, "t", now);
	letter(t, "z", tape);
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
