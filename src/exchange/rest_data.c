/* rest_data.c: history under /v2/stocks, page by page: bars, trades, quotes, auctions. Errors
 * are 400 here where trading says 422. */
#include "exchange/serve_inner.h"


enum kind { BARS, TRADES, QUOTES, AUCTIONS };
static const char *const key_of[] = { "bars", "trades", "quotes", "auctions" };

#define CLOSES 64	/* a power of 2; a page rarely meets as many dividends */

/* Closes before ex dates that a page has asked for already: each is a session made again. */
struct closes {
	struct exchange *x;
	struct { uint16_t asset; bool known; day ex; px close; } at[CLOSES];
};

struct page {
	enum kind  kind;
	sym        sym[SYMBOLS_MAX];	/* by name */
	uint32_t   n;
	struct market_query q;
	bool       nothing;		/* of a venue that is not played: boats, otc */
	char       letter;		/* of the token */
	int64_t    limit;
	uint32_t   adjust;		/* ACTIONS_... */
	char       after_name[16];	/* of the token: go on behind this one; "": none */
	ns         after;
	uint64_t   after_id;
};

/* ---- symbols and words */

/* Known symbols in the order of their names; unknown ones have no data. */
int data_symbols(struct exchange *x, struct str list, sym *out, uint32_t *n)
{
	*n = 0;
	while (list.n > 0) {
		struct str one = str_trim(str_cut(&list, ','));
		if (!symbol_ok(one))
			return rest_fail(x, 400, 0, "invalid symbol: ",
					 one.n == 0 ? STR("(empty)") : one);

		sym s = symbols_find(x->symbols, one);
		uint32_t at = *n;
		if (s == SYM_NONE)
			continue;
		/* From the back: lists are mostly sorted. */
		while (at > 0 && strcmp(x->symbols->name[out[at - 1]], x->symbols->name[s]) > 0)
			at--;
		if (at > 0 && out[at - 1] == s)
			continue;
		memmove(out + at + 1, out + at, (*n - at) * sizeof(*out));
		out[at] = s;
		++*n;
	}
	return 0;
}

int data_symbols_asked(struct exchange *x, const struct call *c, sym *out, uint32_t *n)
{
	char list[XS_VALUE_MAX];
	size_t length;

	if (rest_get(c, "symbols", list, sizeof(list), &length) <= 0)
		return rest_fail(x, 400, 0, "symbols is required", STR(""));
	return data_symbols(x, (struct str){ list, length }, out, n);
}

#define WORD_MAX 64

/* `words` begins with the default. 0 and *v, which may lie in value; or the refusal's status. */
static int read_word(struct exchange *x, const struct call *c, const char *name,
		     const char *words, char value[static WORD_MAX], struct str *v)
{
	char complaint[32];
	size_t n;
	struct text t;

	*v = str_of(words);
	*v = str_cut(v, ',');
	if (rest_get(c, name, value, WORD_MAX, &n) == 0)
		return 0;
	*v = (struct str){ value, n };
	if (n > 0 && rest_listed(str_of(words), *v))
		return 0;
	text_init(&t, complaint, sizeof(complaint) - 1);
	text_cstr(&t, "invalid ");
	text_cstr(&t, name);
	text_cstr(&t, ": ");
	return rest_fail(x, 400, 0, text_done(&t), *v);
}

int data_feed(struct exchange *x, const struct call *c, const char *words, struct data_feed *f)
{
	char word[WORD_MAX];
	struct str v;
	int status = read_word(x, c, "feed", words, word, &v);

	*f = (struct data_feed){ FEED_SIP, false, false };
	if (str_eq(v, STR("iex")))
		f->feed = FEED_IEX;
	f->delayed = str_eq(v, STR("delayed_sip"));
	f->nothing = rest_listed(STR("otc,boats,overnight"), v);
	return status;
}

static int read_adjustment(struct exchange *x, const struct call *c, uint32_t *what)
{
	static const uint32_t bits[] = {
		0, ACTIONS_SPLIT, ACTIONS_DIVIDEND, 0, ACTIONS_SPLIT | ACTIONS_DIVIDEND
	};
	char v[64];
	size_t n;

	*what = 0;
	if (rest_get(c, "adjustment", v, sizeof(v), &n) == 0)
		return 0;
	struct str list = { v, n };
	do {
		struct str words = STR("raw,split,dividend,spin-off,all");
		struct str one = str_cut(&list, ',');
		size_t i = 0;
		while (words.n > 0 && !str_eq(one, str_cut(&words, ',')))
			i++;
		if (i == COUNT(bits) || one.n == 0)
			return rest_fail(x, 400, 0, "invalid adjustment: ", one);
		*what |= bits[i];
	} while (list.n > 0);
	return 0;
}

/* The Basic plan shows the consolidated tape only when it is old. */
static int read_times(struct exchange *x, const struct call *c, struct page *p)
{
	ns now = serve_now(x);
	bool basic = x->c.plan_basic && p->q.feed == FEED_SIP;
	char v[64];
	size_t n;

	p->q.to = basic ? now - XS_SIP_DELAY : now;
	p->q.from = ny_time(ny_date(now), 0, 0);
	if (rest_get(c, "start", v, sizeof(v), &n) != 0 &&
	    !rest_instant((struct str){ v, n }, &p->q.from))
		return rest_fail(x, 400, 0, "invalid start: ", (struct str){ v, n });
	if (rest_get(c, "end", v, sizeof(v), &n) != 0) {
		if (!rest_instant((struct str){ v, n }, &p->q.to))
			return rest_fail(x, 400, 0, "invalid end: ", (struct str){ v, n });
		if (p->q.from > p->q.to)
			return rest_fail(x, 400, 0, "end should not be before start", STR(""));
		if (basic && p->q.to > now - XS_SIP_DELAY)
			return rest_fail(x, 403, 0, XS_NO_RECENT_SIP, STR(""));
	}
	return 0;
}

/* ---- tokens: bars AAPL|M|<time>, quotes AAPL|<time>|<id>, trades AAPL|<time>|V|<id> */

static void write_token(struct text *t, const struct page *p, struct str symbol, ns at, uint64_t id,
			char exchange)
{
	char memory[64], when[RFC3339_TEXT];
	struct text rest;
	struct str zone = STR("Z");
	size_t n = rfc3339_text(when, at - at % NS_SECOND);

	text_init(&rest, memory, sizeof(memory));
	if (p->kind == BARS || p->kind == AUCTIONS) {
		text_char(&rest, p->letter);
		text_char(&rest, '|');
	}
	text_add(&rest, (struct str){ when, n - zone.n });
	text_char(&rest, '.');
	for (ns unit = NS_SECOND / 10; unit > 0; unit /= 10)
		text_char(&rest, (char)('0' + at / unit % 10));
	text_add(&rest, zone);
	if (p->kind == TRADES) {
		text_char(&rest, '|');
		text_char(&rest, exchange);
	}
	if (p->kind == TRADES || p->kind == QUOTES) {
		text_char(&rest, '|');
		text_hex(&rest, id, 16);
	}
	bars_token(t, symbol, text_str(&rest));
}

static bool read_hex(struct str s, uint64_t *v)
{
	static const char digits[] = "0123456789abcdef";

	*v = 0;
	for (size_t i = 0; i < s.n && s.n <= 16; i++) {
		const char *at = s.s[i] == '\0' ? NULL : strchr(digits, s.s[i]);
		if (at == NULL)
			return false;
		*v = *v << 4 | (uint64_t)(at - digits);
	}
	return s.n > 0 && s.n <= 16;
}

static bool read_token(struct page *p, struct str token)
{
	char memory[64];
	bool lines = p->kind == TRADES || p->kind == QUOTES;

	if (!bars_token_read(token, p->after_name, memory))
		return false;
	struct str rest = str_of(memory);
	if (!lines) {
		struct str letter = str_cut(&rest, '|');
		return letter.n == 1 && letter.s[0] == p->letter &&
		       rfc3339_parse(&p->after, rest) == OK;
	}
	struct str when = str_cut(&rest, '|');
	if (p->kind == TRADES)
		(void)str_cut(&rest, '|');
	return rfc3339_parse(&p->after, when) == OK && read_hex(rest, &p->after_id);
}

static int read_limit(struct exchange *x, const struct call *c, struct page *p)
{
	char v[128];
	size_t n;

	p->limit = 1000;
	if (!rest_number(c, "limit", 1, INT32_MAX, &p->limit))
		return rest_fail(x, 400, 0, "invalid limit", STR(""));
	if (p->limit > XS_BARS_MAX)
		return rest_fail(x, 400, 0, "invalid limit: ",
				 STR("larger than the allowed maximum of 10000"));
	/* Pages may be shorter than asked for, and here they are when that is wished. */
	int32_t shorter = x->market_short_pages > 0 ? x->market_short_pages : x->c.short_pages;
	if (shorter > 0 && shorter < p->limit)
		p->limit = shorter;
	if (rest_get(c, "page_token", v, sizeof(v), &n) != 0 &&
	    !read_token(p, (struct str){ v, n }))
		return rest_fail(x, 400, 0, "invalid page_token", STR(""));
	return 0;
}

static int read_page(struct exchange *x, const struct call *c, struct page *p)
{
	struct data_feed f;
	char word[WORD_MAX];
	struct str v;
	size_t n;
	int status = data_feed(x, c, p->kind == AUCTIONS ? "sip" : "sip,iex,otc,boats", &f);

	p->q.feed = f.feed;
	p->nothing = f.nothing;
	if (status == 0)
		status = read_word(x, c, "sort", "asc,desc", word, &v);
	if (status == 0)
		status = read_times(x, c, p);
	if (status != 0)
		return status;
	p->q.desc = str_eq(v, STR("desc"));
	p->q.timeframe_s = MARKET_DAY;
	p->letter = 'D';
	if (p->kind == BARS) {
		if (rest_get(c, "timeframe", word, sizeof(word), &n) == 0)
			return rest_fail(x, 400, 0, "timeframe is required", STR(""));
		p->q.timeframe_s = bars_timeframe((struct str){ word, n }, &p->letter);
		if (p->q.timeframe_s == 0)
			return rest_fail(x, 400, 0, "invalid timeframe: ",
					 (struct str){ word, n });
		status = read_adjustment(x, c, &p->adjust);
	}
	return status != 0 ? status : read_limit(x, c, p);
}

/* ---- adjustment */

static px close_of(void *ctx, uint16_t asset, day before_ex)
{
	struct closes *k = ctx;
	size_t i = ((size_t)before_ex + (size_t)asset * 7) % CLOSES;
	struct session s = calendar_last(NULL, ny_time(before_ex, 23, 0));
	struct market_query q = {
		.s = asset, .timeframe_s = MARKET_DAY,
		.from = ny_time(s.date, 0, 0), .to = ny_time(s.date, 0, 0)
	};
	struct bar b;
	bool more;

	if (k->at[i].known && k->at[i].asset == asset && k->at[i].ex == before_ex)
		return k->at[i].close;
	px close = market_bars(k->x->market, &q, &b, 1, &more) == 1 ? b.close : (px){ 0 };
	k->at[i].asset = asset;
	k->at[i].known = true;
	k->at[i].ex = before_ex;
	k->at[i].close = close;
	return close;
}

static void adjust(struct closes *closes, uint32_t what, struct bar *b)
{
	const struct exchange *x = closes->x;
	day of = ny_date(b->open_ts), until = ny_date(serve_now(x));
	px *price[] = { &b->open, &b->high, &b->low, &b->close, &b->vwap };
	int64_t num, den;

	for (size_t i = 0; i < COUNT(price); i++)
		*price[i] = actions_adjust(&x->actions, b->sym, *price[i], of, until, what,
					   close_of, closes);
	if (what & ACTIONS_SPLIT) {
		actions_factor(&x->actions, b->sym, of, until, &num, &den);
		b->volume = b->volume * (double)num / (double)den;
	}
}

/* ---- writing */

static void auction(struct text *t, const char *key, ns at, px p, double volume, char tape,
		    const char *letters)
{
	static const char primary[] = "NPQ";	/* of tapes A, B, C */

	json_key(t, key);
	json_array(t);
	for (; p.n != 0 && *letters != '\0'; letters++) {
		json_object(t);
		key_time(t, "t", at);
		json_key(t, "x");
		json_str(t, (struct str){ &primary[tape - 'A'], 1 });
		json_key(t, "p");
		json_num(t, p.n);
		key_i64(t, "s", (int64_t)volume);
		json_key(t, "c");
		json_str(t, (struct str){ letters, 1 });
		json_end_object(t);
	}
	json_end_array(t);
}

/* A day's auctions are made of its bar: at its first and last price, a thirtieth and a tenth
 * of its volume. */
static void write_auctions(struct exchange *x, const struct bar *b)
{
	struct text *t = &x->out;
	char date[16], tape = market_tape(x->market, b->sym);
	struct session s = calendar_last(NULL, ny_time(ny_date(b->open_ts), 23, 0));
	px close = serve_now(x) >= s.close ? b->close : (px){ 0 };
	size_t n = date_text(date, s.date);

	json_object(t);
	json_key(t, "d");
	json_str(t, (struct str){ date, n });
	auction(t, "o", s.open, b->open, b->volume / 30, tape, "OQ");
	auction(t, "c", s.close, close, b->volume / 10, tape, tape == 'C' ? "6M" : "M6");
	json_end_object(t);
}

union lines {		/* what x->page holds */
	struct bar *bar;
	struct market_print *print;
	struct market_quote *quote;
};

static size_t fetch(struct exchange *x, const struct page *p, const struct market_query *q,
		    size_t cap, union lines l, bool *more)
{
	if (p->kind == TRADES)
		return market_print_page(x->market, q, l.print, cap, more);
	if (p->kind == QUOTES)
		return market_quote_page(x->market, q, l.quote, cap, more);
	return bars_page(x, q, l.bar, cap, more);
}

static void write_line(struct exchange *x, const struct page *p, union lines l, size_t k,
		       struct closes *closes)
{
	if (p->kind == TRADES) {
		view_trade(&x->out, &l.print[k], market_tape(x->market, l.print[k].sym), NULL,
			   NULL);
	} else if (p->kind == QUOTES) {
		view_quote(&x->out, &l.quote[k], market_tape(x->market, l.quote[k].sym), NULL,
			   NULL);
	} else if (p->kind == AUCTIONS) {
		write_auctions(x, &l.bar[k]);
	} else {
		if (p->adjust != 0 && x->actions.n > 0)
			adjust(closes, p->adjust, &l.bar[k]);
		view_bar(&x->out, &l.bar[k]);
	}
}

struct ending { sym last; ns at; uint64_t id; char exchange; bool more; };

/* Writes "NAME":[…] for each symbol, or the one array's elements. */
static struct ending write_symbols(struct exchange *x, const struct page *p, bool keyed)
{
	struct ending end = { .last = SYM_NONE };
	struct closes closes = { .x = x };
	size_t left = (size_t)p->limit;

	for (uint32_t i = 0; i < p->n && !end.more && !p->nothing; i++) {
		const char *name = x->symbols->name[p->sym[i]];
		int order = p->after_name[0] == '\0' ? 1 : strcmp(name, p->after_name);
		struct market_query q = p->q;
		union lines l = { .bar = x->page };
		if (p->kind == TRADES)
			l.print = (struct market_print *)(void *)x->page;
		if (p->kind == QUOTES)
			l.quote = (struct market_quote *)(void *)x->page;
		if (order < 0)
			continue;
		q.s = p->sym[i];
		q.after = order == 0 ? p->after : 0;
		q.after_id = order == 0 ? p->after_id : 0;
		/* With the page full, one line more decides whether a token is due. */
		size_t n = fetch(x, p, &q, left > 0 ? left : 1, l, &end.more);
		if (left == 0)
			end.more = n > 0;
		if (left == 0 || n == 0)
			continue;
		end.last = q.s;
		end.at = p->kind == TRADES ? l.print[n - 1].t : p->kind == QUOTES ?
			 l.quote[n - 1].t : l.bar[n - 1].open_ts;
		if (p->kind == TRADES) {
			end.id = l.print[n - 1].id;
			end.exchange = l.print[n - 1].exchange;
		}
		if (keyed) {
			json_key(&x->out, name);
			json_array(&x->out);
		}
		for (size_t k = 0; k < n; k++)
			write_line(x, p, l, k, &closes);
		if (keyed)
			json_end_array(&x->out);
		left -= n;
	}
	return end;
}

static int write_page(struct exchange *x, const struct page *p, const struct call *c)
{
	struct text *t = &x->out;
	bool keyed = c->param.n == 0;

	json_object(t);
	json_key(t, key_of[p->kind]);
	size_t before = t->n;
	if (keyed)
		json_object(t);
	else
		json_array(t);
	struct ending end = write_symbols(x, p, keyed);
	if (keyed)
		json_end_object(t);
	else
		json_end_array(t);
	if (end.last == SYM_NONE && x->data_empty_null) {
		t->n = before;
		json_null(t);
	}
	json_key(t, "next_page_token");
	if (end.more && end.last != SYM_NONE)
		write_token(t, p, str_of(x->symbols->name[end.last]), end.at, end.id,
			    end.exchange);
	else
		json_null(t);
	if (!keyed) {
		json_key(t, "symbol");
		json_str(t, c->param);
	}
	json_end_object(t);
	return 200;
}

static int pages(struct exchange *x, const struct call *c, enum kind kind)
{
	struct page p = { .kind = kind };
	int status = c->param.n > 0 ? data_symbols(x, c->param, p.sym, &p.n) :
		     data_symbols_asked(x, c, p.sym, &p.n);

	if (status == 0)
		status = read_page(x, c, &p);
	return status != 0 ? status : write_page(x, &p, c);
}

int data_bars(struct exchange *x, const struct call *c) { return pages(x, c, BARS); }
int data_trades(struct exchange *x, const struct call *c) { return pages(x, c, TRADES); }
int data_quotes(struct exchange *x, const struct call *c) { return pages(x, c, QUOTES); }
int data_auctions(struct exchange *x, const struct call *c) { return pages(x, c, AUCTIONS); }
