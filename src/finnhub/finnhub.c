/* Finnhub's candles, both ways. */
#include "finnhub/finnhub.h"

void finnhub_head(struct text *t, struct str symbol, int timeframe_s, ns from, ns to,
		  struct str key)
{
	text_cstr(t, "GET /api/v1/stock/candle?symbol=");
	text_add(t, symbol);
	text_cstr(t, "&resolution=");
	if (timeframe_s < 86400)
		text_i64(t, timeframe_s / 60);
	else
		text_char(t, 'D');
	text_cstr(t, "&from=");
	text_i64(t, from / NS_SECOND);
	text_cstr(t, "&to=");
	text_i64(t, to / NS_SECOND);
	text_cstr(t, " HTTP/1.1\r\nX-Finnhub-Token: ");
	text_add(t, key);
	text_cstr(t, "\r\nAccept: application/json\r\n");
}

enum err finnhub_read(struct str body, struct rows *r)
{
	static const struct str columns = { "tohlcv", ROWS_COLUMNS };
	struct json j;
	struct str key, status;
	bool said = false, escaped;

	memset(r, 0, sizeof *r);
	json_open(&j, body);
	if (json_peek(&j) != JSON_OBJECT)
		return ERR_PARSE;
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		size_t c = 0;
		while (c < columns.n && (key.n != 1 || columns.s[c] != key.s[0]))
			c++;
		if (c < columns.n)
			rows_column(r, (enum rows_column)c, &j);
		else if (str_eq(key, STR("s")) && json_peek(&j) == JSON_STRING)
			said = json_read_raw(&j, &status, &escaped) &&
			       (str_eq(status, STR("ok")) || str_eq(status, STR("no_data")));
		else
			json_skip(&j);
	}
	return json_done(&j) == OK && said ? OK : ERR_PARSE;
}
