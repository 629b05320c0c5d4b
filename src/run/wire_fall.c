/* Who stands in for the broker's bars. The broker is left after BAD_MOST answers in a row that were
 * none, and believed again after GOOD_LEAST good ones, AWAY_LEAST later: nobody goes to and fro.
 * The other one's bars are held against what is known, are marked (BAR_FALLBACK), and, unless
 * fallback_trading says otherwise, nothing is entered on a day that has seen them: volumes of all
 * venues beside those of one would look like a rush. Exits and stops go on. */
#include "run/wire_inner.h"

#include "base/log.h"
#include "finnhub/finnhub.h"
#include "net/url.h"
#include "yahoo/yahoo.h"

#define BAD_MOST     3
#define GOOD_LEAST   3
#define AWAY_LEAST   (5 * NS_MINUTE)
#define PROBE_EVERY  NS_MINUTE
#define PROBE_BACK   (10 * NS_MINUTE)	/* of bars that it asks for */
#define FALL_PACE    (1100 * NS_MS)	/* sixty requests a minute are Finnhub's limit */
#define FALL_TRIES   3			/* then it does not answer either */
#define FALL_OFF     (2 * NS_MINUTE)	/* and is left alone for so long */
#define FALL_SETTLED (20 * NS_SECOND)	/* market time: its answers are cached some seconds */
#define POLL_EVERY   NS_MINUTE		/* market time */
#define POLL_BACK    (30 * NS_MINUTE)
#define FRESH_FOR    (3 * NS_MINUTE)	/* mono: a poll's bars are the newest there are */
/* A bar this far from the one before is in other shares (a split) or other money: 9/5 and 5/9. */
#define JUMP_UP      9
#define JUMP_DOWN    5

static const char *provider(const struct wire *w)
{
	return w->l->config->fallback == FALLBACK_YAHOO ? "yahoo" : "finnhub";
}

static bool wanted(const struct wire *w)
{
	return !w->sim && w->l->config->fallback != FALLBACK_NONE;
}

bool wire_fall_url(struct wire *w)
{
	return !wanted(w) || url_parts(w->l->config->fallback_url, w->host_fall, &w->port_fall,
				       &w->tls_fall);
}

/* ---- whom to ask */

void wire_fall_health(struct wire *w, bool good)
{
	struct fall *f = &w->fall;
	ns now = mono_ns();

	if (!wanted(w))
		return;
	f->bad = good ? 0 : f->bad + 1;
	f->good = good ? f->good + 1 : 0;
	if (!f->away && f->bad >= BAD_MOST) {
		f->away = true;
		f->since = now;
		f->probe_next = now + PROBE_EVERY;
		log_warn("data.fallback", "provider=%s why=\"the broker's bars do not come\" "
			 "entries=%s", provider(w), w->l->config->fallback_trading ? "on" : "off");
	} else if (f->away && f->good >= GOOD_LEAST && now - f->since >= AWAY_LEAST) {
		f->away = false;
		log_warn("data.fallback", "provider=alpaca why=\"its bars come again\"");
	}
	wire_link(w);
}

/* What is half read goes on where it began. */
void wire_fall_route(struct wire *w)
{
	bool other = w->fall.away && mono_ns() >= w->fall.off_until;

	for (uint32_t i = 0; i < TASKS_MAX && wanted(w); i++) {
		struct task *t = &w->task[i];
		if (!t->used || t->kind != TASK_BARS || t->probe || t->fall == other ||
		    t == w->current[t->client] || (t->fall && t->symbol_at > 0))
			continue;
		t->fall = other;
		t->client = other ? CLIENT_FALL : CLIENT_DATA;
		t->token[0] = 0;
		t->symbol_at = 0;
		t->fall_hole = false;
		t->fall_n = 0;
		t->tries = t->fails = 0;
		wire_later(w, t, 0);
	}
}

void wire_fall_head(struct wire *w, struct text *head, const struct task *t)
{
	const struct config *c = w->l->config;
	struct str symbol = str_of(symbols_name(w->l->symbols, t->symbol_at));

	w->rest_wait[CLIENT_FALL] = mono_ns() + FALL_PACE;
	if (c->fallback == FALLBACK_YAHOO)
		yahoo_head(head, symbol, t->timeframe_s, t->from, t->to);
	else
		finnhub_head(head, symbol, t->timeframe_s, t->from, t->to,
			     str_of(c->keys.fallback.text));
}

/* ---- what it says */

struct fallen { struct wire *w; struct task *t; ns to; px last; bool jump; uint32_t n; };

static void look(void *ctx, const struct bar *b)
{
	struct fallen *f = ctx;
	int64_t is = b->close.n / JUMP_UP, was = f->last.n / JUMP_UP;

	if (f->last.n > 0 && (is > was / JUMP_DOWN * JUMP_UP || is < was / JUMP_UP * JUMP_DOWN))
		f->jump = true;
	f->last = b->close;
}

static void give(void *ctx, const struct bar *b)
{
	struct fallen *f = ctx;
	struct bar marked = *b;

	if (b->ts > f->to)
		return;
	marked.flags |= BAR_FALLBACK;
	f->n += wire_bar(f->w, &marked, f->t);
}

/* OK: the symbol is done with; *why says what was wrong with it, or is NULL. ERR_PARSE: no
 * answer. */
static enum err taken(struct wire *w, struct task *t, struct str body, const char **why)
{
	const struct config *c = w->l->config;
	sym s = t->symbol_at;
	struct rows r;
	ns settled = wire_now(w) - FALL_SETTLED;
	struct fallen f = { w, t, t->to < settled ? t->to : settled,
			    w->boot == BOOT_HISTORY ? (px){ 0 } : w->fall.last[s], false, 0 };
	enum err e = c->fallback == FALLBACK_YAHOO
		? yahoo_read(body, str_of(symbols_name(w->l->symbols, s)), t->timeframe_s, &r)
		: finnhub_read(body, &r);

	if (e == OK)
		e = rows_bars(&r, s, t->timeframe_s, look, &f);
	if (e == OK && !f.jump)
		e = rows_bars(&r, s, t->timeframe_s, give, &f);
	*why = e == ERR_NOTFOUND ? "it does not know the symbol"
	     : e == ERR_RANGE ? "bars of another length"
	     : f.jump ? "prices jump: another split, or a bad print" : NULL;
	t->fall_n += f.n;
	if (f.n > 0 && w->fall.used != ny_date(wire_now(w))) {
		w->fall.used = ny_date(wire_now(w));
		w->link.stand_in = provider(w);
		wire_link(w);
	}
	return e == ERR_NOTFOUND || e == ERR_RANGE ? OK : e;
}

static void next_symbol(struct wire *w, struct task *t, const char *why)
{
	if (why != NULL)
		log_warn("data.fallback", "provider=%s symbol=%s why=\"%s\" effect=\"no bars\"",
			 provider(w), w->l->config->symbols.name[t->symbol_at], why);
	t->fall_hole |= why != NULL;
	t->tries = t->fails = 0;
	w->boot_since = mono_ns();	/* it goes on */
	wire_later(w, t, 0);
	if (++t->symbol_at < w->l->config->symbols.n)
		return;
	if (!t->fall_hole)
		w->fall.fresh = mono_ns();
	t->fall_hole = false;
	wire_bars_over(w, t, t->fall_n);
	wire_link(w);
}

/* It does not answer either: the broker is asked again meanwhile. */
static void off(struct wire *w, struct task *t, ns until, const char *why)
{
	log_warn("data.fallback", "provider=%s why=\"%s\" next=\"the broker is asked\"",
		 provider(w), why);
	w->fall.off_until = until;
	t->symbol_at = 0;
}

/* Yahoo has two, query1 and query2, and either may be away. */
static void other_host(struct wire *w)
{
	struct http_client *c = &w->client[CLIENT_FALL];
	struct str host = str_of(c->conn.host), rest = str_of(".finance.yahoo.com");

	if (host.n != 6 + rest.n || !str_starts(host, STR("query")) ||
	    !str_eq((struct str){ host.s + 6, rest.n }, rest))
		return;
	http_client_close(c);
	c->conn.host[5] = host.s[5] == '1' ? '2' : '1';
}

void wire_fall_read(struct wire *w, struct task *t, const struct http_result *r)
{
	const char *why = r->err != OK ? r->why : wire_reason(r->status);
	int s = r->err == OK ? r->status : 0;

	if (s == 200 && taken(w, t, r->body, &why) == OK) {
		next_symbol(w, t, why);
	} else if (s == 400 || s == 404 || s == 422) {
		next_symbol(w, t, why);
	} else if (s == 401 || s == 403) {
		off(w, t, INT64_MAX, s == 401 ? "it does not take the key (FINNHUB_API_KEY)" :
		    "this key has no bars (Finnhub's free ones have none)");
	} else if (++t->fails >= FALL_TRIES || s == 429) {
		off(w, t, mono_ns() + FALL_OFF, s == 200 ? "no answer that can be read" : why);
	} else {
		wire_later(w, t, NS_SECOND << t->fails);
		other_host(w);
	}
}

/* ---- timers */

static void probe(struct wire *w, ns now)
{
	if (!w->fall.away || mono_ns() < w->fall.probe_next)
		return;
	w->fall.probe_next = mono_ns() + PROBE_EVERY;
	for (uint32_t i = 0; i < TASKS_MAX; i++)
		if (w->task[i].used && w->task[i].probe)
			return;		/* it is still being tried */
	struct task *t = wire_ask_bars(w, 60, now - PROBE_BACK, now);
	if (t != NULL)
		t->probe = true;
}

/* While the stream is down the minutes are asked for, of whoever answers. */
static void poll_bars(struct wire *w, ns now)
{
	if (w->data.up || w->filling || w->gap_from == 0 || now < w->fall.poll_next ||
	    !calendar_is_open(&w->l->calendar, now))
		return;
	ns from = w->gap_from;

	w->fall.poll_next = now + POLL_EVERY;
	w->gap_from = from > now - POLL_BACK ? from : now - POLL_BACK;
	wire_gap_fill(w);
	w->gap_from = from;	/* all of it once more when the stream is back */
}

void wire_fall_timers(struct wire *w, ns now)
{
	if (!wanted(w))
		return;
	if (w->fall.used != ny_date(now))
		w->link.stand_in = NULL;
	probe(w, now);
	poll_bars(w, now);
	wire_link(w);		/* what was fresh is not for ever */
}

bool wire_fall_data(struct wire *w)
{
	const struct fall *f = &w->fall;
	bool fresh = f->fresh > 0 && mono_ns() - f->fresh < FRESH_FOR;

	if (w->l->config->fallback_trading)
		return w->data.up || (fresh && !w->second);
	return w->data.up && (f->used == 0 || f->used != ny_date(wire_now(w)));
}
