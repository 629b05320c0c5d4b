/* bars.c: pages of history. The market may already have been stepped to its next
 * instant, so whatever is not complete at the served time is left out here. */
#include "exchange/serve_inner.h"

static bool bar_known(const struct exchange *x, const struct bar *b)
{
	return b->ts <= serve_now(x);
}

static size_t ascending(struct exchange *x, sym s, int tf, ns from, ns to, ns after,
			struct bar *out, size_t limit, bool *more)
{
	size_t n = market_bars(x->market, s, tf, from, to, after, out, limit, more);

	while (n > 0 && !bar_known(x, &out[n - 1])) {
		n--;
		*more = false;
	}
	if (*more) {	/* is it really there, or is it the bar that is not known yet? */
		struct bar next;
		bool further;
		size_t k = market_bars(x->market, s, tf, from, to, out[n - 1].open_ts, &next, 1,
				       &further);
		*more = k == 1 && bar_known(x, &next);
	}
	return n;
}

/* The last `limit` bars of from..to, oldest first, in a ring: *start is the oldest. */
static size_t newest(struct exchange *x, sym s, int tf, ns from, ns to, struct bar *ring,
		     size_t limit, size_t *start, bool *more)
{
	struct bar chunk[64];
	size_t total = 0;
	ns after = INT64_MIN;
	bool further = true;

	while (further) {
		size_t n = market_bars(x->market, s, tf, from, to, after, chunk, COUNT(chunk),
				       &further);
		if (n == 0)
			break;
		after = chunk[n - 1].open_ts;
		for (size_t i = 0; i < n; i++)
			if (bar_known(x, &chunk[i]))
				ring[total++ % limit] = chunk[i];
	}
	*start = total > limit ? total % limit : 0;
	*more = total > limit;
	return total < limit ? total : limit;
}

static void reverse(struct bar *b, size_t from, size_t to)
{
	while (from + 1 < to) {
		struct bar t = b[from];
		b[from++] = b[--to];
		b[to] = t;
	}
}

/* Newest first. History is read forwards, so a window is tried that should hold
 * the page, and grows until it does. */
static size_t descending(struct exchange *x, sym s, int tf, ns from, ns to, ns after,
			 struct bar *out, size_t limit, bool *more)
{
	ns span = (ns)tf * NS_SECOND * (ns)(limit + 8);
	size_t n, start;

	if (after != INT64_MIN && after - 1 < to)
		to = after - 1;
	if (to > serve_now(x))
		to = serve_now(x);
	if (span < NS_DAY)
		span = NS_DAY;
	for (;;) {
		ns begin = to - from > span ? to - span : from;
		n = newest(x, s, tf, begin, to, out, limit, &start, more);
		if (begin == from || *more)
			break;
		span = span > NS_DAY * 36500 ? to - from : span * 4;
	}
	/* The ring becomes a list, newest first. */
	reverse(out, 0, start);
	reverse(out, start, n);
	return n;
}

size_t bars_page(struct exchange *x, sym s, int timeframe_s, ns from, ns to, bool desc, ns after,
		 struct bar *out, size_t limit, bool *more)
{
	*more = false;
	if (limit == 0 || from > to)
		return 0;
	if (desc)
		return descending(x, s, timeframe_s, from, to, after, out, limit, more);
	return ascending(x, s, timeframe_s, from, to, after, out, limit, more);
}

int bars_timeframe(struct str s, char *letter)
{
	static const struct { const char *unit; int seconds; char letter; } unit[] = {
		{ "Min", 60, 'M' }, { "T", 60, 'M' }, { "Hour", 3600, 'H' }, { "H", 3600, 'H' },
		{ "Day", 86400, 'D' }, { "D", 86400, 'D' },
	};
	int count = 0;

	while (s.n > 0 && s.s[0] >= '0' && s.s[0] <= '9' && count < 1000) {
		count = count * 10 + (s.s[0] - '0');
		s = (struct str){ s.s + 1, s.n - 1 };
	}
	for (size_t i = 0; i < COUNT(unit); i++) {
		if (!str_eq(s, str_of(unit[i].unit)))
			continue;
		*letter = unit[i].letter;
		int seconds = count * unit[i].seconds;
		bool served = seconds == 60 || seconds == 300 || seconds == 900 ||
			      seconds == 3600 || seconds == 86400;
		return served ? seconds : 0;
	}
	return 0;
}

/* ---- page tokens, in the broker's form: base64 of "AAPL|M|2022-01-03T09:00:00.000000000Z" */

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void bars_token(struct text *t, struct str symbol, char letter, ns at)
{
	char plain[96], when[RFC3339_TEXT];
	struct text p;
	size_t n = rfc3339_text(when, at - at % NS_SECOND);

	text_init(&p, plain, sizeof(plain) - 3);
	text_add(&p, symbol);
	text_char(&p, '|');
	text_char(&p, letter);
	text_char(&p, '|');
	text_add(&p, (struct str){ when, n - 1 });
	text_cstr(&p, ".000000000Z");
	memset(plain + p.n, 0, 3);

	text_char(t, '"');
	for (size_t i = 0; i < p.n; i += 3) {
		uint32_t v = (uint32_t)(unsigned char)plain[i] << 16 |
			     (uint32_t)(unsigned char)plain[i + 1] << 8 |
			     (uint32_t)(unsigned char)plain[i + 2];
		text_char(t, base64[v >> 18]);
		text_char(t, base64[v >> 12 & 63]);
		text_char(t, i + 1 < p.n ? base64[v >> 6 & 63] : '=');
		text_char(t, i + 2 < p.n ? base64[v & 63] : '=');
	}
	text_char(t, '"');
}

size_t base64_read(char *out, size_t size, struct str token)
{
	uint32_t v = 0, bits = 0;
	size_t n = 0;

	while (token.n > 0 && token.s[token.n - 1] == '=')
		token.n--;
	for (size_t i = 0; i < token.n; i++) {
		const char *at = token.s[i] == '\0' ? NULL : strchr(base64, token.s[i]);
		if (at == NULL)
			return 0;
		v = (v << 6 | (uint32_t)(at - base64)) & 0xffffff;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		if (n == size)
			return 0;
		out[n++] = (char)(v >> bits & 0xff);
	}
	return n;
}

bool bars_token_read(struct str token, char symbol[static 16], char *letter, ns *at)
{
	char plain[96];
	struct str s = { plain, base64_read(plain, sizeof(plain), token) };
	struct str name = str_cut(&s, '|'), unit = str_cut(&s, '|');

	if (name.n == 0 || unit.n != 1 || !str_copy(symbol, 16, name))
		return false;
	*letter = unit.s[0];
	return rfc3339_parse(at, s) == OK;
}
