/* Market data: bars of a page, and the data stream. */
#include "alpaca/inner.h"

/* {"t":…,"o":…}: the start of the bar and its figures; false when the key is none of them. */
static bool bar_field(struct json *j, struct str key, struct bar *b)
{
	int64_t n = 0;

	if (key.n == 2 && key.s[0] == 'v' && key.s[1] == 'w') {
		field_num(j, &b->vwap.n);
		return true;
	}
	if (key.n != 1)
		return false;
	switch (key.s[0]) {
	case 't':
		field_time(j, &b->open_ts);
		return true;
	case 'o':
		field_num(j, &b->open.n);
		return true;
	case 'h':
		field_num(j, &b->high.n);
		return true;
	case 'l':
		field_num(j, &b->low.n);
		return true;
	case 'c':
		field_num(j, &b->close.n);
		return true;
	case 'v':
		field_f64(j, &b->volume);
		return true;
	case 'n':
		field_int(j, &n);
		b->trades = n > 0 && n < UINT32_MAX ? (uint32_t)n : 0;
		return true;
	default:
		return false;
	}
}

struct bars_reader {
	const struct symbols *t;
	int timeframe_s;
	bool (*each)(void *ctx, const struct bar *b);
	void *ctx;
	struct alpaca_page *page;
	bool enough;
};

static void read_bar(struct json *j, struct bars_reader *r, sym s)
{
	struct bar b;
	struct str key;

	memset(&b, 0, sizeof b);
	if (json_peek(j) != JSON_OBJECT) {
		json_skip(j);
		r->page->bad++;
		return;
	}
	for (json_enter_object(j); json_next_key(j, &key);)
		if (!bar_field(j, key, &b))
			json_skip(j);
	b.sym = s;
	b.ts = b.open_ts + r->timeframe_s * NS_SECOND;
	if (s == SYM_NONE || b.open_ts == 0 || !bar_valid(&b)) {
		r->page->bad++;
		return;
	}
	r->page->bars++;
	if (!r->enough && !r->each(r->ctx, &b))
		r->enough = true;
}

enum err alpaca_read_bars(struct str body, const struct symbols *t, int timeframe_s,
			  bool (*each)(void *ctx, const struct bar *b), void *ctx,
			  struct alpaca_page *page)
{
	struct bars_reader r = { t, timeframe_s, each, ctx, page, false };
	struct json j;
	struct str key, name;
	bool there = false;

	memset(page, 0, sizeof *page);
	json_open(&j, body);
	if (json_peek(&j) != JSON_OBJECT)
		return ERR_PARSE;
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		there |= str_eq(key, STR("bars"));
		if (str_eq(key, STR("next_page_token"))) {
			field_text(&j, page->token, sizeof page->token);
		} else if (str_eq(key, STR("bars")) && json_peek(&j) == JSON_OBJECT) {
			for (json_enter_object(&j); json_next_key(&j, &name);) {
				sym s = symbols_find(t, name);
				if (json_peek(&j) != JSON_ARRAY) {
					json_skip(&j);
					continue;
				}
				for (json_enter_array(&j); json_next_item(&j);)
					read_bar(&j, &r, s);
			}
		} else {
			json_skip(&j);		/* "bars": null is an empty page */
		}
	}
	return json_done(&j) == OK && there ? OK : ERR_PARSE;
}

/* ---- what becomes of shares */

/* What it is called that gives its day. */
static void read_split(struct json *j, const struct symbols *t, const char *day_key,
		       void (*each)(void *ctx, const struct alpaca_split *x), void *ctx)
{
	struct alpaca_split x = { .sym = SYM_NONE };
	char symbol[SYMBOL_TEXT] = "", date[16] = "";
	struct str key;

	if (json_peek(j) != JSON_OBJECT) {
		json_skip(j);
		return;
	}
	for (json_enter_object(j); json_next_key(j, &key);) {
		if (str_eq(key, STR("symbol")) || str_eq(key, STR("old_symbol")))
			field_text(j, symbol, sizeof symbol);
		else if (str_eq(key, STR("new_symbol")))
			field_text(j, x.name, sizeof x.name);
		else if (str_eq(key, STR("new_rate")))
			field_num(j, &x.after);
		else if (str_eq(key, STR("old_rate")))
			field_num(j, &x.before);
		else if (str_eq(key, str_of(day_key)))
			field_text(j, date, sizeof date);
		else
			json_skip(j);
	}
	x.sym = symbols_find(t, str_of(symbol));
	bool split = x.after > 0 && x.before > 0;
	if (j->err == OK && x.sym != SYM_NONE && split == (x.name[0] == 0) &&
	    date_parse(&x.ex, str_of(date)))
		each(ctx, &x);
}

enum err alpaca_read_splits(struct str body, const struct symbols *t,
			    void (*each)(void *ctx, const struct alpaca_split *x), void *ctx)
{
	struct json j;
	struct str key, kind;

	json_open(&j, body);
	if (json_peek(&j) != JSON_OBJECT)
		return ERR_PARSE;
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		if (!str_eq(key, STR("corporate_actions")) || json_peek(&j) != JSON_OBJECT) {
			json_skip(&j);
			continue;
		}
		for (json_enter_object(&j); json_next_key(&j, &kind);) {
			bool named = str_eq(kind, STR("name_changes"));
			bool split = str_eq(kind, STR("forward_splits")) ||
				     str_eq(kind, STR("reverse_splits"));
			if (!(split || named) || json_peek(&j) != JSON_ARRAY) {
				json_skip(&j);
				continue;
			}
			for (json_enter_array(&j); json_next_item(&j);)
				read_split(&j, t, named ? "process_date" : "ex_date", each, ctx);
		}
	}
	return json_done(&j) == OK ? OK : ERR_PARSE;
}

/* ---- the stream */

static enum alpaca_message kind_of(struct str t, struct str msg)
{
	if (str_eq(t, STR("b")))
		return AM_BAR;
	if (str_eq(t, STR("u")))
		return AM_UPDATED_BAR;
	if (str_eq(t, STR("clock")))
		return AM_CLOCK;
	if (str_eq(t, STR("s")))
		return AM_STATUS;
	if (str_eq(t, STR("l")))
		return AM_BAND;
	if (str_eq(t, STR("error")))
		return AM_ERROR;
	if (str_eq(t, STR("subscription")))
		return AM_SUBSCRIBED;
	if (str_eq(t, STR("success")) && str_eq(msg, STR("connected")))
		return AM_CONNECTED;
	if (str_eq(t, STR("success")) && str_eq(msg, STR("authenticated")))
		return AM_AUTHENTICATED;
	return AM_NONE;
}

/* The keys that are no figures of a bar; true when it was one of them. */
static bool data_field(struct json *j, struct str key, struct alpaca_event *e, struct str *t,
		       struct str *msg, char symbol[SYMBOL_TEXT])
{
	int64_t n = 0;

	if (str_eq(key, STR("T"))) {
		*t = field_word(j);
	} else if (str_eq(key, STR("S"))) {
		field_text(j, symbol, SYMBOL_TEXT);
	} else if (str_eq(key, STR("msg"))) {
		if (json_peek(j) == JSON_STRING) {
			struct json again = *j;
			*msg = field_word(j);
			field_words(&again, e->text, sizeof e->text);
		} else {
			json_skip(j);
		}
	} else if (str_eq(key, STR("code"))) {
		field_int(j, &n);
		e->code = n > 0 && n <= 999999 ? (int)n : 0;
	} else if (str_eq(key, STR("sc"))) {
		field_words(j, e->text, sizeof e->text);
	} else if (str_eq(key, STR("u"))) {
		field_num(j, &e->bar.high.n);
	} else if (str_eq(key, STR("d"))) {
		field_num(j, &e->bar.low.n);
	} else {
		return field_instant(j, key, &e->instant);
	}
	return true;
}

static bool read_event(struct json *j, const struct symbols *table, struct alpaca_event *e)
{
	struct str key, t = { "", 0 }, msg = { "", 0 };
	char symbol[SYMBOL_TEXT] = "";

	memset(e, 0, sizeof *e);
	if (json_peek(j) != JSON_OBJECT) {
		json_skip(j);
		return false;
	}
	for (json_enter_object(j); json_next_key(j, &key);)
		if (!data_field(j, key, e, &t, &msg, symbol) && !bar_field(j, key, &e->bar))
			json_skip(j);
	if (j->err != OK)
		return false;
	e->what = kind_of(t, msg);
	e->bar.sym = symbols_find(table, str_of(symbol));
	e->bar.ts = e->bar.open_ts + NS_MINUTE;
	if (e->what == AM_UPDATED_BAR)
		e->bar.flags = BAR_REVISED;
	e->instant.now = e->bar.open_ts;
	e->instant.n = e->bar.trades;
	if (e->what == AM_BAR || e->what == AM_UPDATED_BAR)
		return e->bar.sym != SYM_NONE && e->bar.open_ts != 0 && bar_valid(&e->bar);
	return e->what != AM_NONE;
}

enum err alpaca_read_data(struct str message, const struct symbols *t,
			  void (*each)(void *ctx, const struct alpaca_event *e), void *ctx)
{
	struct json j;
	struct alpaca_event e;

	json_open(&j, message);
	if (json_peek(&j) != JSON_ARRAY)
		return ERR_PARSE;
	for (json_enter_array(&j); json_next_item(&j);)
		if (read_event(&j, t, &e))
			each(ctx, &e);
	return json_done(&j) == OK ? OK : ERR_PARSE;
}

enum alpaca_status alpaca_status(const char *code)
{
	if (code[0] == 0 || code[1] != 0)
		return AS_NONE;
	switch (code[0]) {
	case '2':
	case 'H':
	case 'P':
		return AS_HALT;
	case '3':
	case 'T':
		return AS_TRADES;
	case 'F':
		return AS_BAND;
	default:
		return AS_NONE;
	}
}

void alpaca_subscribe_json(struct text *t, const struct symbols *symbols, uint32_t most,
			   bool statuses, bool instants)
{
	static const char *const channels[] = { "bars", "updatedBars", "statuses", "lulds" };

	json_object(t);
	json_key(t, "action");
	json_cstr(t, "subscribe");
	for (size_t c = 0; c < (statuses ? COUNT(channels) : 2); c++) {
		json_key(t, channels[c]);
		json_array(t);
		for (uint32_t i = 0; i < symbols->n && i < most; i++)
			json_cstr(t, symbols_name(symbols, (sym)i));
		json_end_array(t);
	}
	if (instants) {
		json_key(t, "simClock");
		json_array(t);
		json_cstr(t, "*");
		json_end_array(t);
	}
	json_end_object(t);
}
