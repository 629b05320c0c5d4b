/* What is read of a document of the broker's, a line for each figure. */
#include "test/unit/alpaca_said.h"
#include "test/check.h"

struct symbols said_symbols;

static void line(struct text *t, const char *key, const char *value)
{
	text_cstr(t, key);
	text_char(t, '=');
	text_cstr(t, value);
	text_char(t, '\n');
}

static void number(struct text *t, const char *key, int64_t n)
{
	char value[NUM_TEXT];

	num_text(value, n);
	line(t, key, value);
}

static void at(struct text *t, const char *key, ns when)
{
	char value[RFC3339_TEXT];

	if (when != 0)
		rfc3339_text(value, when);
	line(t, key, when != 0 ? value : "0");
}

static void flag(struct text *t, const char *key, bool v)
{
	line(t, key, v ? "yes" : "no");
}

static void of_symbol(struct text *t, sym s)
{
	line(t, "symbol", s == SYM_NONE ? "none" : said_symbols.name[s]);
}

static const char *const sources[] = { "stream", "reply", "sync", "ask", "list", "bust", "unlist",
				       "correct" };

static void report(struct text *t, const struct report *r)
{
	line(t, "id", r->bid);
	line(t, "ours", r->cid);
	line(t, "parent", r->parent);
	line(t, "execution", r->execution);
	line(t, "status", r->status == ST_UNKNOWN ? "not-final"
						  : status_text((enum order_status)r->status));
	line(t, "side", side_text((enum side)r->side));
	line(t, "type", type_text((enum order_type)r->type));
	line(t, "from", sources[r->source]);
	of_symbol(t, r->sym);
	number(t, "want", r->want.n);
	number(t, "done", r->done.n);
	number(t, "average", r->average.n);
	number(t, "now", r->n.n);
	number(t, "at", r->at.n);
	number(t, "limit", r->limit.n);
	number(t, "stop", r->stop.n);
	at(t, "time", r->ts);
	line(t, "next", r->replaced_by);
}

static void bar(struct text *t, const struct bar *b)
{
	of_symbol(t, b->sym);
	at(t, "begins", b->open_ts);
	number(t, "open", b->open.n);
	number(t, "high", b->high.n);
	number(t, "low", b->low.n);
	number(t, "close", b->close.n);
	number(t, "vwap", b->vwap.n);
	number(t, "volume", (int64_t)b->volume * NUM_ONE);
	number(t, "trades", b->trades * NUM_ONE);
	flag(t, "revised", (b->flags & BAR_REVISED) != 0);
}

/* What a callback writes into, and how many things it was called for. */
struct told { struct text *t; unsigned n; };

static bool told_bar(void *ctx, const struct bar *b)
{
	struct told *told = ctx;

	told->n++;
	bar(told->t, b);
	return true;
}

static void told_fill(void *ctx, const struct report *r)
{
	struct told *told = ctx;

	told->n++;
	report(told->t, r);
}

static void told_action(void *ctx, const struct alpaca_split *x)
{
	struct told *told = ctx;
	char date[16];

	told->n++;
	of_symbol(told->t, x->sym);
	date_text(date, x->ex);
	line(told->t, "day", date);
	number(told->t, "after", x->after);
	number(told->t, "before", x->before);
	line(told->t, "name", x->name);
}

static const char *const messages[] = {
	"none", "connected", "authenticated", "subscribed", "bar", "updated-bar", "status", "band",
	"error", "clock", "authorized", "unauthorized", "listening", "update"
};

static void told_event(void *ctx, const struct alpaca_event *e)
{
	struct told *told = ctx;
	struct text *t = told->t;

	told->n++;
	line(t, "what", messages[e->what]);
	line(t, "words", e->text);
	number(t, "code", e->code * NUM_ONE);
	if (e->what == AM_TRADE_UPDATE)
		report(t, &e->order.r[0]);
	if (e->what == AM_BAR || e->what == AM_UPDATED_BAR)
		bar(t, &e->bar);
	if (e->what == AM_STATUS || e->what == AM_BAND)
		of_symbol(t, e->bar.sym);
	if (e->what == AM_BAND) {
		number(t, "up", e->bar.high.n);
		number(t, "down", e->bar.low.n);
	}
}

static enum err read_account(struct str doc, struct told *told)
{
	struct account a;
	enum err e = alpaca_read_account(doc, &a);
	struct text *t = told->t;

	line(t, "id", a.id);
	line(t, "number", a.number);
	line(t, "status", a.status);
	number(t, "cash", a.cash.n);
	number(t, "equity", a.equity.n);
	number(t, "last_equity", a.last_equity.n);
	number(t, "buying_power", a.buying_power.n);
	number(t, "long", a.long_value.n);
	number(t, "short", a.short_value.n);
	number(t, "initial_margin", a.initial_margin.n);
	number(t, "maintenance_margin", a.maintenance_margin.n);
	flag(t, "blocked", a.blocked);
	flag(t, "shorting", a.shorting);
	return e;
}

static enum err read_clock(struct str doc, struct told *told)
{
	ns now, opens, closes;
	bool open;
	enum err e = alpaca_read_clock(doc, &now, &open, &opens, &closes);

	at(told->t, "now", now);
	flag(told->t, "open", open);
	at(told->t, "next_open", opens);
	at(told->t, "next_close", closes);
	return e;
}

/* The rules have the first day as it is told, and the second as a whole one. */
static enum err read_calendar(struct str doc, struct told *told)
{
	struct calendar c = { 0 };
	day from = day_of(2026, 3, 9), to = day_of(2026, 3, 10);
	struct session s;
	int days, differ;
	enum err e = alpaca_read_calendar(doc, from, to, &c, &days, &differ);

	for (day d = from; d <= to; d++) {
		bool open = calendar_session(&c, d, &s);
		at(told->t, d == from ? "first_opens" : "second_opens", open ? s.open : 0);
		at(told->t, d == from ? "first_closes" : "second_closes", open ? s.close : 0);
	}
	return e;
}

static enum err read_asset(struct str doc, struct told *told)
{
	struct alpaca_asset a;
	enum err e = alpaca_read_asset(doc, &a);

	line(told->t, "symbol", a.symbol);
	flag(told->t, "active", a.active);
	flag(told->t, "tradable", a.tradable);
	flag(told->t, "shortable", a.shortable);
	return e;
}

static enum err read_order(struct str doc, struct told *told)
{
	struct alpaca_order o;
	struct json j;

	json_open(&j, doc);
	enum err e = alpaca_read_order(&j, &said_symbols, FROM_SYNC, &o);
	for (uint32_t i = 0; i < o.n; i++)
		report(told->t, &o.r[i]);
	told->n = o.n;
	return e == OK ? json_done(&j) : e;
}

static enum err read_position(struct str doc, struct told *told)
{
	struct alpaca_position p;
	struct json j;

	json_open(&j, doc);
	enum err e = alpaca_read_position(&j, &said_symbols, &p);
	line(told->t, "name", p.symbol);
	of_symbol(told->t, p.sym);
	number(told->t, "shares", p.n.n);
	number(told->t, "price", p.last.n);
	return e == OK ? json_done(&j) : e;
}

static enum err read_fills(struct str doc, struct told *told)
{
	struct alpaca_page page;
	enum err e = alpaca_read_fills(doc, &said_symbols, told_fill, told, &page);

	line(told->t, "page", page.token);
	return e;
}

static enum err read_bars(struct str doc, struct told *told)
{
	struct alpaca_page page;
	enum err e = alpaca_read_bars(doc, &said_symbols, 60, told_bar, told, &page);

	line(told->t, "page", page.token);
	return e;
}

static enum err read_actions(struct str doc, struct told *told)
{
	return alpaca_read_splits(doc, &said_symbols, told_action, told);
}

static enum err read_error(struct str doc, struct told *told)
{
	static const char *const classes[] = { "ok", "auth", "funds", "held", "wash", "restricted",
		"duplicate", "invalid", "gone", "state", "rate", "server" };
	struct alpaca_error e;

	alpaca_read_error(doc, &e);
	number(told->t, "code", e.code * NUM_ONE);
	line(told->t, "words", e.message);
	line(told->t, "means", classes[alpaca_classify(403, &e)]);
	return OK;
}

static enum err read_trading(struct str doc, struct told *told)
{
	return alpaca_read_trading(doc, &said_symbols, told_event, told);
}

static enum err read_data(struct str doc, struct told *told)
{
	return alpaca_read_data(doc, &said_symbols, told_event, told);
}

static const struct { const char *kind; enum err (*read)(struct str doc, struct told *told); }
readers[] = {
	{ "account", read_account }, { "clock", read_clock }, { "calendar", read_calendar },
	{ "asset", read_asset }, { "order", read_order }, { "position", read_position },
	{ "fills", read_fills }, { "bars", read_bars }, { "actions", read_actions },
	{ "error", read_error }, { "trading", read_trading }, { "data", read_data },
};

void said_read(const char *kind, struct str doc, struct said *r)
{
	struct text t;
	struct told told = { &t, 0 };

	text_init(&t, r->lines, sizeof r->lines);
	r->e = ERR_NOTFOUND;
	for (size_t i = 0; i < COUNT(readers); i++)
		if (strcmp(readers[i].kind, kind) == 0)
			r->e = readers[i].read(doc, &told);
	CHECK(r->e != ERR_NOTFOUND && !t.full, "%s: who reads it is known", kind);
	r->n = told.n;
	r->bytes = t.n;
	text_done(&t);
}
