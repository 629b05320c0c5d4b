/* fetch.c: history, asked for in pieces of some weeks, page by page. */
#include "run/fetch.h"

#include <poll.h>

#include "alpaca/alpaca.h"
#include "base/arena.h"
#include "base/clock.h"
#include "net/bucket.h"
#include "net/client.h"
#include "net/say.h"
#include "net/tls.h"
#include "net/url.h"

#define PAGE       10000		/* bars of an answer: the most that Alpaca gives */
#define ANSWER     (4 * 1024 * 1024)	/* 10,000 bars have 1.3 MB */
#define ASK        4096
#define BARS       32768		/* of a piece: 21 days of all minutes have 30,240 */
#define PATIENCE   (30 * NS_SECOND)	/* for an answer */
#define TRIES      7			/* of one request: two minutes, by doubling waits */
#define FIRST_WAIT NS_SECOND

struct fetch {
	struct fetch_config c;
	struct arena arena;
	struct http_client http;
	struct tls_roots *roots;
	struct tls *tls;
	struct bucket bucket;
	struct symbols symbols;		/* the one that is asked for */
	struct stored_bar *bar;
	size_t bars;
	bool   full;
};

static enum err fail(char why[static STORED_WHY], enum err e, const char *what, const char *words)
{
	struct text t;

	text_init(&t, why, STORED_WHY);
	text_cstr(&t, what);
	text_cstr(&t, words);
	if (t.full)
		text_init(&t, why, STORED_WHY);
	(void)text_done(&t);
	return e;
}

/* ---- one request */

static void wait_until(ns when)
{
	if (when > mono_ns())
		sleep_until(when);
}

static enum err ask_once(struct fetch *f, struct str head, struct http_result *r)
{
	ns again;

	while (!bucket_take(&f->bucket, BUCKET_HISTORY, mono_ns(), &again))
		wait_until(again);
	*r = (struct http_result){ .why = "" };
	r->err = http_client_send(&f->http, head, STR(""), true, PATIENCE);
	r->why = f->http.conn.why;
	if (r->err != OK)
		return r->err;
	while (!http_client_step(&f->http, r)) {
		struct pollfd p = { -1, 0, 0 };
		ns deadline = 0;
		if (!http_client_poll(&f->http, &p.fd, &p.events, &deadline))
			deadline = mono_ns() + NS_MS;
		ns left = deadline - mono_ns();
		(void)poll(&p, 1, left > 0 ? (int)(left / NS_MS) + 1 : 0);
	}
	return r->err;
}

/* Does it help to ask again? The time in *pause then. */
static bool passes(const struct http_result *r, ns *pause)
{
	int64_t n;

	if (r->err != OK)
		return r->err != ERR_TLS && r->err != ERR_FULL;
	if (r->status == 429 && r->head != NULL) {
		struct str after = http_header(r->head, "retry-after");
		if (after.n > 0 && num_parse(&n, after) == OK && n > 0 && n <= 120 * NUM_ONE)
			*pause = n;		/* billionths of a second */
		return true;
	}
	return r->status >= 500;
}

static void words_of(const struct http_result *r, struct text *t)
{
	struct alpaca_error e = { 0 };

	if (r->err != OK) {
		text_cstr(t, r->why[0] != '\0' ? r->why : err_text(r->err));
		return;
	}
	alpaca_read_error(r->body, &e);
	text_i64(t, r->status);
	text_char(t, ' ');
	text_cstr(t, e.message[0] != '\0' ? e.message : http_reason(r->status));
}

static enum err refused(struct fetch *f, const struct http_result *r, char why[static STORED_WHY])
{
	char memory[400] = "";
	struct text t;

	text_init(&t, memory, sizeof(memory) - 1);
	text_cstr(&t, ": ");
	words_of(r, &t);
	if (r->err == OK && r->status == 403 && str_eq(str_of(f->c.feed), STR("sip")))
		text_cstr(&t, "; a free plan has --feed iex, and of sip what is older than a "
			  "quarter of an hour");
	else if (r->err == OK && (r->status == 401 || r->status == 403))
		text_cstr(&t, "; are APCA_API_KEY_ID and APCA_API_SECRET_KEY right?");
	if (t.full)
		text_init(&t, memory, sizeof(memory) - 1);
	return fail(why, r->err != OK ? r->err : ERR_REFUSED, f->http.conn.host, text_done(&t));
}

static enum err ask(struct fetch *f, struct str head, struct str *body, char why[static STORED_WHY])
{
	ns pause = FIRST_WAIT;

	for (int i = 1;; i++) {
		struct http_result r;
		char memory[300] = "";
		struct text t;
		ns wait = pause;

		if (ask_once(f, head, &r) == OK && r.status == 200) {
			*body = r.body;
			return OK;
		}
		if (i == TRIES || !passes(&r, &wait))
			return refused(f, &r, why);
		text_init(&t, memory, sizeof(memory) - 1);
		words_of(&r, &t);
		text_cstr(&t, "; again in ");
		text_f64(&t, (double)wait / 1e9, 0);
		text_cstr(&t, " s");
		if (!t.full)
			f->c.say(f->c.ctx, text_done(&t));
		wait_until(mono_ns() + wait);
		pause *= 2;
	}
}

/* ---- a page of bars */

static void put_time(struct text *t, const char *key, ns at)
{
	char memory[RFC3339_TEXT];

	text_cstr(t, key);
	percent_encode(t, (struct str){ memory, rfc3339_text(memory, at) });
}

static void put_request(struct text *t, const struct fetch *f, ns from, ns to, const char *token)
{
	uint32_t span = f->c.span_s;

	text_cstr(t, "GET /v2/stocks/bars?symbols=");
	percent_encode(t, str_of(f->symbols.name[0]));
	text_cstr(t, "&timeframe=");
	text_u64(t, span < 86400 ? span / 60 : 1);
	text_cstr(t, span < 86400 ? "Min&limit=" : "Day&limit=");
	text_u64(t, PAGE);
	text_cstr(t, "&adjustment=");
	percent_encode(t, str_of(f->c.adjustment));
	text_cstr(t, "&feed=");
	percent_encode(t, str_of(f->c.feed));
	put_time(t, "&start=", from);
	put_time(t, "&end=", to - 1);		/* both ends are meant inclusively */
	if (token[0] != '\0') {
		text_cstr(t, "&page_token=");
		percent_encode(t, str_of(token));
	}
	text_cstr(t, " HTTP/1.1\r\n");
	if (f->c.config->keys.id.text[0] != '\0') {
		text_cstr(t, "APCA-API-KEY-ID: ");
		text_cstr(t, f->c.config->keys.id.text);
		text_cstr(t, "\r\nAPCA-API-SECRET-KEY: ");
		text_cstr(t, f->c.config->keys.secret.text);
		text_cstr(t, "\r\n");
	}
}

/* A bar that is still under way is none yet. */
static bool take(void *ctx, const struct bar *b)
{
	struct fetch *f = ctx;

	if (b->ts > wall_ns() || b->open_ts % NS_MINUTE != 0)
		return true;
	f->full = f->bars == BARS;
	if (f->full)
		return false;
	f->bar[f->bars] = (struct stored_bar){ b->open_ts, b->open, b->high, b->low, b->close,
					       b->volume, f->bars };
	f->bars++;
	return true;
}

static enum err read_piece(struct fetch *f, ns from, ns to, char why[static STORED_WHY])
{
	struct alpaca_page page = { .token = "" };
	char head[ASK];
	struct str body = { "", 0 };
	struct text t;

	f->bars = 0;
	f->full = false;
	do {
		text_init(&t, head, sizeof(head));
		put_request(&t, f, from, to, page.token);
		if (t.full)
			return fail(why, ERR_FULL, "the request is too long", "");
		enum err e = ask(f, text_str(&t), &body, why);
		if (e != OK)
			return e;
		if (alpaca_read_bars(body, &f->symbols, (int)f->c.span_s, take, f, &page) != OK)
			return fail(why, ERR_PARSE, f->http.conn.host,
				    ": what it answers is not a page of bars");
	} while (page.token[0] != '\0' && !f->full);
	return f->full ? fail(why, ERR_FULL, f->http.conn.host,
			      ": more bars than there is time for them") : OK;
}

/* ---- ranges */

static ns piece_of(uint32_t span_s)
{
	return span_s <= 60 ? 21 * NS_DAY : span_s <= 300 ? 100 * NS_DAY :
	       span_s < 86400 ? 300 * NS_DAY : 4000 * NS_DAY;
}

/* back: the latest piece first, so that what is kept stays one piece whenever it is cut off. */
static enum err fetch_range(struct fetch *f, ns from, ns to, bool back, struct stored_did *sum,
			    char why[static STORED_WHY])
{
	ns piece = piece_of(f->c.span_s);

	while (from < to) {
		ns begin = back && to - from > piece ? to - piece : from;
		ns end = !back && to - from > piece ? from + piece : to;
		struct stored_did did;
		enum err e = read_piece(f, begin, end, why);
		if (e == OK && f->bars > 0) {
			e = stored_merge(f->c.folder, f->symbols.name[0], f->c.span_s, f->bar,
					 f->bars, &did, why);
			did.added += sum->added;
			did.changed += sum->changed;
			did.same += sum->same;
			did.refused += sum->refused;
			*sum = e == OK ? did : *sum;
		}
		if (e != OK)
			return e;
		if (back)
			to = begin;
		else
			from = end;
	}
	return OK;
}

enum err fetch_symbol(struct fetch *f, const char *symbol, char why[static STORED_WHY])
{
	struct stored_did did = { 0 };
	struct columns kept;
	ns first = 0, last = 0;
	sym s;

	f->symbols.n = 0;
	if (symbols_add(&f->symbols, str_of(symbol), &s) != OK)
		return fail(why, ERR_CONFIG, symbol, ": not a symbol");
	enum err e = stored_open(&kept, f->c.folder, symbol, f->c.span_s, why);
	if (e == OK) {
		first = columns_time(&kept, 0);
		last = columns_time(&kept, kept.head->rows - 1);
		did.total = kept.head->rows;
		columns_close(&kept);
	} else if (e != ERR_NOTFOUND) {
		return e;
	}
	did.first = first;
	did.last = last;
	if (e == ERR_NOTFOUND || f->c.again) {
		e = fetch_range(f, f->c.from, f->c.to, false, &did, why);
	} else {
		e = fetch_range(f, f->c.from, first, true, &did, why);
		if (e == OK)
			e = fetch_range(f, last, f->c.to, false, &did, why);
	}
	if (e == OK)
		f->c.tell(f->c.ctx, symbol, f->c.span_s, &did);
	return e;
}

/* ---- opening */

static enum err connect_to(struct fetch *f, char why[static STORED_WHY])
{
	const struct config *c = f->c.config;
	const char *url = f->c.url != NULL ? f->c.url : c->data_url;
	char host[CONN_HOST], words[200];
	uint16_t port;
	bool tls;

	if (!url_parts(url, host, &port, &tls))
		return fail(why, ERR_CONFIG, url, ": an address is like https://HOST or "
			    "http://HOST:PORT");
	if (tls && tls_roots_open(&f->roots, c->ca_file[0] != '\0' ? c->ca_file : NULL, words,
				  sizeof(words)) != OK)
		return fail(why, ERR_CONFIG, "[account] ca_file: ", words);
	if (tls && tls_new(&f->tls, f->roots) != OK)
		return fail(why, ERR_IO, "no memory for TLS", "");
	http_client_init(&f->http, host, port, f->tls, arena_alloc(&f->arena, ANSWER), ANSWER,
			 arena_alloc(&f->arena, 2 * ASK), 2 * ASK);
	return OK;
}

enum err fetch_open(struct fetch **out, const struct fetch_config *c, char why[static STORED_WHY])
{
	struct arena a;

	if (arena_open(&a, sizeof(struct fetch) + ANSWER + 2 * ASK +
		       BARS * sizeof(struct stored_bar) + 4 * 16) != OK)
		return fail(why, ERR_IO, "no memory", "");
	struct fetch *f = ARENA_NEW(&a, struct fetch, 1);
	f->c = *c;
	f->bar = ARENA_NEW(&a, struct stored_bar, BARS);
	f->arena = a;
	bucket_init(&f->bucket, c->config->requests_per_minute, mono_ns());
	enum err e = connect_to(f, why);
	if (e != OK)
		fetch_close(f);
	else
		*out = f;
	return e;
}

void fetch_close(struct fetch *f)
{
	struct arena a = f->arena;	/* it lies in there itself */

	if (f->http.request != NULL)
		http_client_close(&f->http);
	if (f->tls != NULL)
		tls_free(f->tls);
	if (f->roots != NULL)
		tls_roots_close(f->roots);
	arena_close(&a);
}
