/* rest_data.c: history and the latest, under /v2/stocks. Errors are 400 here
 * where trading says 422. */
#include "exchange/serve_inner.h"

struct page {
	struct str symbols;		/* as asked for */
	sym        sym[SYMBOLS_MAX];	/* by name */
	uint32_t   n;
	int        timeframe;
	char       letter;
	ns         from, to;
	int64_t    limit;
	bool       desc;
	char       after_name[16];	/* of the token: go on behind this bar; "": none */
	ns         after;
};

static bool symbol_form(struct str s)
{
	if (s.n == 0 || s.n >= SYMBOL_TEXT)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.s[i];
		if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-'))
			return false;
	}
	return true;
}

/* Known symbols in the order of their names; unknown ones have no data. The bad one,
 * or an empty view. */
static struct str collect(const struct exchange *x, struct str list, sym *out, uint32_t *n)
{
	*n = 0;
	while (list.n > 0) {
		struct str one = str_trim(str_cut(&list, ','));
		if (!symbol_form(one))
			return one.n == 0 ? STR("(empty)") : one;

		sym s = symbols_find(x->symbols, one);
		uint32_t at = 0;
		if (s == SYM_NONE)
			continue;
		while (at < *n && strcmp(x->symbols->name[out[at]], x->symbols->name[s]) < 0)
			at++;
		if (at < *n && out[at] == s)
			continue;
		memmove(out + at + 1, out + at, (*n - at) * sizeof(*out));
		out[at] = s;
		++*n;
	}
	return (struct str){ NULL, 0 };
}

static bool word_of(const char *words, struct str s)
{
	return s.n > 0 && rest_listed(str_of(words), s);
}

/* feed, adjustment, sort: 0, or the status of the refusal. */
static int read_words(struct exchange *x, const struct call *c, const char *feeds, bool *desc)
{
	char v[64];
	size_t n;

	if (rest_get(c, "feed", v, sizeof(v), &n) != 0 && !word_of(feeds, (struct str){ v, n }))
		return rest_fail(x, 400, 0, "invalid feed: ", (struct str){ v, n });
	if (rest_get(c, "sort", v, sizeof(v), &n) != 0) {
		if (!word_of("asc,desc", (struct str){ v, n }))
			return rest_fail(x, 400, 0, "invalid sort: ", (struct str){ v, n });
		*desc = str_eq((struct str){ v, n }, STR("desc"));
	}
	if (rest_get(c, "adjustment", v, sizeof(v), &n) != 0) {
		struct str list = { v, n };
		do {
			struct str one = str_cut(&list, ',');
			if (!word_of("raw,split,dividend,spin-off,all", one))
				return rest_fail(x, 400, 0, "invalid adjustment: ", one);
		} while (list.n > 0);
	}
	return 0;
}

static int read_times(struct exchange *x, const struct call *c, struct page *p)
{
	char v[64];
	size_t n;

	p->to = serve_now(x);
	p->from = ny_time(ny_date(p->to), 0, 0);
	if (rest_get(c, "start", v, sizeof(v), &n) != 0 &&
	    !rest_instant((struct str){ v, n }, &p->from))
		return rest_fail(x, 400, 0, "invalid start: ", (struct str){ v, n });
	if (rest_get(c, "end", v, sizeof(v), &n) != 0 &&
	    !rest_instant((struct str){ v, n }, &p->to))
		return rest_fail(x, 400, 0, "invalid end: ", (struct str){ v, n });
	if (p->from > p->to)
		return rest_fail(x, 400, 0, "end should not be before start", STR(""));
	return 0;
}

static int read_page(struct exchange *x, const struct call *c, struct page *p)
{
	char v[128];
	size_t n;
	int status = read_words(x, c, "iex,sip,otc,boats", &p->desc);

	if (status == 0)
		status = read_times(x, c, p);
	if (status != 0)
		return status;
	if (rest_get(c, "timeframe", v, sizeof(v), &n) == 0)
		return rest_fail(x, 400, 0, "timeframe is required", STR(""));
	p->timeframe = bars_timeframe((struct str){ v, n }, &p->letter);
	if (p->timeframe == 0)
		return rest_fail(x, 400, 0, "invalid timeframe: ", (struct str){ v, n });
	p->limit = 1000;
	if (!rest_number(c, "limit", 1, INT32_MAX, &p->limit))
		return rest_fail(x, 400, 0, "invalid limit", STR(""));
	if (p->limit > XS_BARS_MAX)
		return rest_fail(x, 400, 0, "invalid limit: ",
				 STR("larger than the allowed maximum of 10000"));
	p->after = INT64_MIN;
	if (rest_get(c, "page_token", v, sizeof(v), &n) != 0) {
		char letter;
		if (!bars_token_read((struct str){ v, n }, p->after_name, &letter, &p->after) ||
		    letter != p->letter)
			return rest_fail(x, 400, 0, "invalid page_token", STR(""));
	}
	return 0;
}

/* Writes "NAME":[…] for each symbol (or the one array) and then the token. */
static int write_page(struct exchange *x, const struct page *p, bool keyed)
{
	struct text *t = &x->out;
	size_t left = (size_t)p->limit;
	bool more = false;
	sym last = SYM_NONE;
	ns last_at = 0;

	for (uint32_t i = 0; i < p->n && !more; i++) {
		const char *name = x->symbols->name[p->sym[i]];
		int order = p->after_name[0] == '\0' ? 1 : strcmp(name, p->after_name);
		if (order < 0)
			continue;
		/* With the page full, one bar more decides whether a token is due. */
		size_t n = bars_page(x, p->sym[i], p->timeframe, p->from, p->to, p->desc,
				     order == 0 ? p->after : INT64_MIN, x->page,
				     left > 0 ? left : 1, &more);
		if (left == 0) {
			more = n > 0;
			continue;
		}
		if (n == 0)
			continue;
		if (keyed) {
			json_key(t, name);
			json_array(t);
		}
		for (size_t k = 0; k < n; k++)
			view_bar(t, &x->page[k]);
		if (keyed)
			json_end_array(t);
		left -= n;
		last = p->sym[i];
		last_at = x->page[n - 1].open_ts;
	}
	text_char(t, keyed ? '}' : ']');
	json_key(t, "next_page_token");
	if (more && last != SYM_NONE)
		bars_token(t, str_of(x->symbols->name[last]), p->letter, last_at);
	else
		json_null(t);
	return 200;
}

int data_bars(struct exchange *x, const struct call *c)
{
	struct page p = { 0 };
	char list[XS_VALUE_MAX];
	size_t n;
	int status;

	if (rest_get(c, "symbols", list, sizeof(list), &n) <= 0)
		return rest_fail(x, 400, 0, "symbols is required", STR(""));
	struct str bad = collect(x, (struct str){ list, n }, p.sym, &p.n);
	if (bad.n > 0)
		return rest_fail(x, 400, 0, "invalid symbol: ", bad);
	status = read_page(x, c, &p);
	if (status != 0)
		return status;
	json_object(&x->out);
	json_key(&x->out, "bars");
	json_object(&x->out);
	status = write_page(x, &p, true);
	json_end_object(&x->out);
	return status;
}

int data_bars_of(struct exchange *x, const struct call *c)
{
	struct page p = { 0 };
	struct str bad = collect(x, c->param, p.sym, &p.n);
	int status;

	if (bad.n > 0)
		return rest_fail(x, 400, 0, "invalid symbol: ", bad);
	status = read_page(x, c, &p);
	if (status != 0)
		return status;
	json_object(&x->out);
	json_key(&x->out, "bars");
	json_array(&x->out);
	status = write_page(x, &p, false);
	json_key(&x->out, "symbol");
	json_str(&x->out, c->param);
	json_end_object(&x->out);
	return status;
}

/* ---- the latest */

static bool minute_bar(struct exchange *x, sym s, struct bar *b)
{
	bool more;

	return bars_page(x, s, 60, serve_now(x) - 30 * NS_DAY, serve_now(x), true, INT64_MIN, b, 1,
			 &more) == 1;
}

enum what { WHAT_BAR, WHAT_QUOTE, WHAT_TRADE };

/* The value alone; false (and nothing written) when there is none. */
static bool latest(struct exchange *x, enum what what, sym s, const char *key)
{
	const struct xc_quote *q = xc_last_quote(x->core, s);
	struct bar b;

	if (what == WHAT_BAR ? !minute_bar(x, s, &b) : q == NULL || q->ts == 0)
		return false;
	json_key(&x->out, key);
	if (what == WHAT_BAR)
		view_bar(&x->out, &b);
	else if (what == WHAT_QUOTE)
		view_quote(&x->out, q, NULL, NULL);
	else
		view_trade(&x->out, q, NULL, NULL);
	return true;
}

static const char feeds_now[] = "iex,sip,delayed_sip,boats,overnight,otc";

static int latest_many(struct exchange *x, const struct call *c, enum what what, const char *key)
{
	char list[XS_VALUE_MAX];
	sym s[SYMBOLS_MAX];
	uint32_t count;
	size_t n;
	bool desc;
	int status = read_words(x, c, feeds_now, &desc);

	if (status != 0)
		return status;
	if (rest_get(c, "symbols", list, sizeof(list), &n) <= 0)
		return rest_fail(x, 400, 0, "symbols is required", STR(""));
	struct str bad = collect(x, (struct str){ list, n }, s, &count);
	if (bad.n > 0)
		return rest_fail(x, 400, 0, "invalid symbol: ", bad);
	json_object(&x->out);
	json_key(&x->out, key);
	json_object(&x->out);
	for (uint32_t i = 0; i < count; i++)
		(void)latest(x, what, s[i], x->symbols->name[s[i]]);
	json_end_object(&x->out);
	json_end_object(&x->out);
	return 200;
}

static int latest_one(struct exchange *x, const struct call *c, enum what what, const char *key)
{
	sym s[SYMBOLS_MAX];
	uint32_t count;
	bool desc;
	int status = read_words(x, c, feeds_now, &desc);

	if (status != 0)
		return status;
	struct str bad = collect(x, c->param, s, &count);
	if (bad.n > 0)
		return rest_fail(x, 400, 0, "invalid symbol: ", bad);
	json_object(&x->out);
	json_key(&x->out, "symbol");
	json_str(&x->out, c->param);
	if (count == 0 || !latest(x, what, s[0], key)) {
		x->out.n = 0;
		return rest_fail(x, 404, 0, "no data found for ", c->param);
	}
	json_end_object(&x->out);
	return 200;
}

int data_latest_bars(struct exchange *x, const struct call *c)
{
	return latest_many(x, c, WHAT_BAR, "bars");
}

int data_latest_quotes(struct exchange *x, const struct call *c)
{
	return latest_many(x, c, WHAT_QUOTE, "quotes");
}

int data_latest_trades(struct exchange *x, const struct call *c)
{
	return latest_many(x, c, WHAT_TRADE, "trades");
}

int data_latest_bar_of(struct exchange *x, const struct call *c)
{
	return latest_one(x, c, WHAT_BAR, "bar");
}

int data_latest_quote_of(struct exchange *x, const struct call *c)
{
	return latest_one(x, c, WHAT_QUOTE, "quote");
}

int data_latest_trade_of(struct exchange *x, const struct call *c)
{
	return latest_one(x, c, WHAT_TRADE, "trade");
}

static void snapshot(struct exchange *x, sym s)
{
	struct bar b;
	bool more;
	ns today = ny_time(ny_date(serve_now(x)), 0, 0);

	(void)latest(x, WHAT_TRADE, s, "latestTrade");
	(void)latest(x, WHAT_QUOTE, s, "latestQuote");
	(void)latest(x, WHAT_BAR, s, "minuteBar");
	if (x->today[s].ts != 0) {
		json_key(&x->out, "dailyBar");
		view_bar(&x->out, &x->today[s]);
	}
	if (bars_page(x, s, 86400, today - 30 * NS_DAY, today - 1, true, INT64_MIN, &b, 1,
		      &more) == 1) {
		json_key(&x->out, "prevDailyBar");
		view_bar(&x->out, &b);
	}
}

int data_snapshots(struct exchange *x, const struct call *c)
{
	char list[XS_VALUE_MAX];
	sym s[SYMBOLS_MAX];
	uint32_t count;
	size_t n;

	if (rest_get(c, "symbols", list, sizeof(list), &n) <= 0)
		return rest_fail(x, 400, 0, "symbols is required", STR(""));
	struct str bad = collect(x, (struct str){ list, n }, s, &count);
	if (bad.n > 0)
		return rest_fail(x, 400, 0, "invalid symbol: ", bad);
	json_object(&x->out);
	for (uint32_t i = 0; i < count; i++) {
		json_key(&x->out, x->symbols->name[s[i]]);
		json_object(&x->out);
		snapshot(x, s[i]);
		json_end_object(&x->out);
	}
	json_end_object(&x->out);
	return 200;
}

int data_snapshot_of(struct exchange *x, const struct call *c)
{
	sym s[SYMBOLS_MAX];
	uint32_t count;
	struct str bad = collect(x, c->param, s, &count);

	if (bad.n > 0)
		return rest_fail(x, 400, 0, "invalid symbol: ", bad);
	if (count == 0)
		return rest_fail(x, 404, 0, "no data found for ", c->param);
	json_object(&x->out);
	json_key(&x->out, "symbol");
	json_str(&x->out, c->param);
	snapshot(x, s[0]);
	json_end_object(&x->out);
	return 200;
}
