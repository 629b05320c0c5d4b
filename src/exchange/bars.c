/* bars.c: pages of bars, newest first if so asked; names of timeframes; page tokens. */
#include "base/base64.h"
#include "exchange/serve_inner.h"

#define SPAN_MAX (INT64_MAX / 2)	/* longer than any history */

/* The last `limit` bars of the query, oldest first, in a ring: *start is the oldest. */
static size_t newest(struct exchange *x, struct market_query q, struct bar *ring, size_t limit,
		     size_t *start, bool *more)
{
	struct bar chunk[64];
	size_t total = 0;
	bool further = true;

	q.desc = false;
	q.after = 0;
	while (further) {
		size_t n = market_bars(x->market, &q, chunk, COUNT(chunk), &further);
		if (n == 0)
			break;
		q.after = chunk[n - 1].open_ts;
		for (size_t i = 0; i < n; i++)
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
static size_t descending(struct exchange *x, struct market_query q, struct bar *out,
			 size_t limit, bool *more)
{
	ns frame = (ns)q.timeframe_s * NS_SECOND, from = q.from;
	ns span = frame < SPAN_MAX / (ns)(limit + 8) ? frame * (ns)(limit + 8) : SPAN_MAX;
	size_t n, start;

	if (q.after != 0 && q.after - 1 < q.to)
		q.to = q.after - 1;
	if (q.to > serve_now(x))
		q.to = serve_now(x);
	if (span < NS_DAY)
		span = NS_DAY;
	for (;;) {
		q.from = q.to - from > span ? q.to - span : from;
		n = newest(x, q, out, limit, &start, more);
		if (q.from == from || *more)
			break;
		span = span > SPAN_MAX / 4 ? SPAN_MAX : span * 4;
	}
	/* The ring becomes a list, newest first. */
	reverse(out, 0, start);
	reverse(out, start, n);
	return n;
}

size_t bars_page(struct exchange *x, const struct market_query *q, struct bar *out, size_t limit,
		 bool *more)
{
	*more = false;
	if (limit == 0 || q->from > q->to)
		return 0;
	return q->desc ? descending(x, *q, out, limit, more) :
	       market_bars(x->market, q, out, limit, more);
}

int bars_timeframe(struct str s, char *letter)
{
	static const struct { const char *unit; int seconds, most; char letter; } unit[] = {
		{ "Min", 60, 59, 'M' }, { "T", 60, 59, 'M' }, { "Hour", 3600, 23, 'H' },
		{ "H", 3600, 23, 'H' }, { "Day", MARKET_DAY, 1, 'D' }, { "D", MARKET_DAY, 1, 'D' },
		{ "Week", MARKET_WEEK, 1, 'W' }, { "W", MARKET_WEEK, 1, 'W' },
		{ "Month", MARKET_MONTH(1), 12, 'N' }, { "M", MARKET_MONTH(1), 12, 'N' },
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
		bool fine = count >= 1 && count <= unit[i].most;
		if (*letter == 'N')		/* parts of a year */
			fine = fine && 12 % count == 0;
		return fine ? count * unit[i].seconds : 0;
	}
	return 0;
}

/* ---- page tokens, in the broker's form: base64 of "AAPL|M|2022-01-03T09:00:00.000000000Z" */

void bars_token(struct text *t, struct str symbol, struct str rest)
{
	char plain[96], coded[BASE64_TEXT(sizeof plain)];
	struct text p;

	text_init(&p, plain, sizeof(plain));
	text_add(&p, symbol);
	text_char(&p, '|');
	text_add(&p, rest);
	text_char(t, '"');
	text_add(t, (struct str){ coded, base64_write(coded, plain, p.n) });
	text_char(t, '"');
}

bool bars_token_read(struct str token, char symbol[static 16], char rest[static 64])
{
	char plain[96];
	struct str s = { plain, base64_read(plain, sizeof(plain), token) };
	struct str name = str_cut(&s, '|');

	return name.n > 0 && str_copy(symbol, 16, name) && str_copy(rest, 64, s);
}
