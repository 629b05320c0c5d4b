/* Yahoo's chart, both ways. */
#include "yahoo/yahoo.h"

#include "model/model.h"

static const char *interval(int timeframe_s)
{
	return timeframe_s == 60 ? "1m" : timeframe_s == 300 ? "5m" : timeframe_s == 900 ? "15m"
	     : timeframe_s == 1800 ? "30m" : "1d";
}

/* BRK.B is BRK-B there. */
static void name(struct text *t, struct str symbol)
{
	for (size_t i = 0; i < symbol.n; i++)
		text_char(t, symbol.s[i] == '.' ? '-' : symbol.s[i]);
}

void yahoo_head(struct text *t, struct str symbol, int timeframe_s, ns from, ns to)
{
	text_cstr(t, "GET /v8/finance/chart/");
	name(t, symbol);
	text_cstr(t, "?interval=");
	text_cstr(t, interval(timeframe_s));
	text_cstr(t, "&includePrePost=false&period1=");
	text_i64(t, from / NS_SECOND);
	text_cstr(t, "&period2=");
	text_i64(t, to / NS_SECOND);
	/* Without the name of a browser it answers 429. */
	text_cstr(t, " HTTP/1.1\r\nUser-Agent: Mozilla/5.0\r\nAccept: application/json\r\n");
}

struct chart { struct rows *rows; struct str symbol, currency, granularity; bool any; };

static struct str word(struct json *j)
{
	struct str s = { "", 0 };
	bool escaped = false;

	if (json_peek(j) != JSON_STRING)
		json_skip(j);
	else if (!json_read_raw(j, &s, &escaped) || escaped)
		s.n = 0;
	return s;
}

static void meta(struct json *j, struct chart *c)
{
	struct str key;

	for (json_enter_object(j); json_next_key(j, &key);) {
		if (str_eq(key, STR("symbol")))
			c->symbol = word(j);
		else if (str_eq(key, STR("currency")))
			c->currency = word(j);
		else if (str_eq(key, STR("dataGranularity")))
			c->granularity = word(j);
		else
			json_skip(j);
	}
}

static void quote(struct json *j, struct chart *c)
{
	static const char *const columns[] = { [ROWS_OPEN] = "open", "high", "low", "close",
					       "volume" };
	struct str key;

	for (json_enter_object(j); json_next_key(j, &key);) {
		int i = ROWS_OPEN;
		while (i < ROWS_COLUMNS && !str_eq(key, str_of(columns[i])))
			i++;
		if (i < ROWS_COLUMNS)
			rows_column(c->rows, (enum rows_column)i, j);
		else
			json_skip(j);
	}
}

/* The first of an array of objects; the others are passed over. False: there is none. */
static bool first(struct json *j, struct chart *c, void (*read)(struct json *j, struct chart *c))
{
	bool any = false;

	if (json_peek(j) != JSON_ARRAY) {
		json_skip(j);
		return false;
	}
	for (json_enter_array(j); json_next_item(j);) {
		if (any || json_peek(j) != JSON_OBJECT) {
			json_skip(j);
			continue;
		}
		any = true;
		read(j, c);
	}
	return any;
}

static void indicators(struct json *j, struct chart *c)
{
	struct str key;

	for (json_enter_object(j); json_next_key(j, &key);)
		if (str_eq(key, STR("quote")))
			first(j, c, quote);
		else
			json_skip(j);
}

static void result(struct json *j, struct chart *c)
{
	struct str key;

	for (json_enter_object(j); json_next_key(j, &key);) {
		bool object = json_peek(j) == JSON_OBJECT;
		if (str_eq(key, STR("meta")) && object)
			meta(j, c);
		else if (str_eq(key, STR("timestamp")))
			rows_column(c->rows, ROWS_TIME, j);
		else if (str_eq(key, STR("indicators")) && object)
			indicators(j, c);
		else
			json_skip(j);
	}
}

/* What is not told is not another one. */
static bool other(struct str told, struct str asked)
{
	return told.n > 0 && !str_eq(told, asked);
}

enum err yahoo_read(struct str body, struct str symbol, int timeframe_s, struct rows *r)
{
	struct chart c = { .rows = r };
	struct json j;
	struct str key;
	char asked[SYMBOL_TEXT + 1];
	struct text t;
	bool there = false;

	memset(r, 0, sizeof *r);
	json_open(&j, body);
	if (json_peek(&j) != JSON_OBJECT)
		return ERR_PARSE;
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		if (!str_eq(key, STR("chart")) || json_peek(&j) != JSON_OBJECT) {
			json_skip(&j);
			continue;
		}
		there = true;
		for (json_enter_object(&j); json_next_key(&j, &key);)
			if (str_eq(key, STR("result")))
				c.any |= first(&j, &c, result);
			else
				json_skip(&j);
	}
	if (json_done(&j) != OK || !there)
		return ERR_PARSE;
	text_init(&t, asked, sizeof asked);
	name(&t, symbol);
	if (!c.any || other(c.symbol, text_str(&t)) || other(c.currency, STR("USD")))
		return ERR_NOTFOUND;
	/* Half hours are served as hours at times. */
	return other(c.granularity, str_of(interval(timeframe_s))) ? ERR_RANGE : OK;
}
