/* rest_latest.c: the newest bar, quote and trade, and snapshots, under /v2/stocks. */
#include "exchange/serve_inner.h"

#define LOOK_BACK (30 * NS_DAY)
#define WEEKEND   (5 * NS_DAY)	/* the last session is not longer ago, mostly */

enum what { WHAT_BAR, WHAT_QUOTE, WHAT_TRADE };

static bool last_bar(struct exchange *x, sym s, const struct data_feed *f, int frame, ns to,
		     struct bar *b)
{
	struct market_query q = {
		.s = s, .feed = f->feed, .timeframe_s = frame, .from = to - WEEKEND, .to = to,
		.desc = true
	};
	bool more;

	/* Most of what a whole month would cost is spared. */
	if (bars_page(x, &q, b, 1, &more) == 1)
		return true;
	q.from = to - LOOK_BACK;
	return bars_page(x, &q, b, 1, &more) == 1;
}

static bool last_quote(struct exchange *x, sym s, const struct data_feed *f, ns to,
		       struct market_quote *out)
{
	struct market_query q = {
		.s = s, .feed = f->feed, .from = to - LOOK_BACK, .to = to, .desc = true
	};
	bool more;

	if (!f->delayed)
		return market_quote(x->market, s, f->feed, out);
	return market_quote_page(x->market, &q, out, 1, &more) == 1;
}

/* The value with its key; false (and nothing written) when there is none. */
static bool latest(struct exchange *x, enum what what, sym s, const struct data_feed *f,
		   const char *key)
{
	char tape = market_tape(x->market, s);
	ns to = serve_now(x) - (f->delayed ? XS_SIP_DELAY : 0);
	struct market_print print;
	struct market_quote quote;
	struct bar bar;
	bool any;

	if (f->nothing)
		return false;
	if (what == WHAT_BAR)
		any = last_bar(x, s, f, 60, f->delayed ? to - NS_MINUTE : to, &bar);
	else if (what == WHAT_QUOTE)
		any = last_quote(x, s, f, to, &quote);
	else
		any = market_last_print(x->market, s, f->feed, to, &print);
	if (!any)
		return false;
	json_key(&x->out, key);
	if (what == WHAT_BAR)
		view_bar(&x->out, &bar);
	else if (what == WHAT_QUOTE)
		view_quote(&x->out, &quote, tape, NULL, NULL);
	else
		view_trade(&x->out, &print, tape, NULL, NULL);
	return true;
}

/* Without a word, what the plan pays for. */
static int read_feed(struct exchange *x, const struct call *c, struct data_feed *f)
{
	const char *words = x->c.plan_basic ? "iex,sip,delayed_sip,boats,overnight,otc" :
			    "sip,iex,delayed_sip,boats,overnight,otc";
	int status = data_feed(x, c, words, f);

	if (status == 0 && x->c.plan_basic && f->feed == FEED_SIP && !f->delayed && !f->nothing)
		return rest_fail(x, 403, 0, XS_NO_RECENT_SIP, STR(""));
	return status;
}

static int latest_of(struct exchange *x, const struct call *c, enum what what)
{
	static const char *const one[] = { "bar", "quote", "trade" };
	static const char *const many[] = { "bars", "quotes", "trades" };
	struct data_feed f;
	sym s[SYMBOLS_MAX];
	uint32_t count;
	int status = read_feed(x, c, &f);

	if (status == 0)
		status = c->param.n > 0 ? data_symbols(x, c->param, s, &count) :
			 data_symbols_asked(x, c, s, &count);
	if (status != 0)
		return status;
	json_object(&x->out);
	if (c->param.n > 0) {
		json_key(&x->out, "symbol");
		json_str(&x->out, c->param);
		if (count == 0 || !latest(x, what, s[0], &f, one[what])) {
			x->out.n = 0;
			return rest_fail(x, 404, 0, "no data found for ", c->param);
		}
		json_end_object(&x->out);
		return 200;
	}
	json_key(&x->out, many[what]);
	json_object(&x->out);
	for (uint32_t i = 0; i < count; i++)
		(void)latest(x, what, s[i], &f, x->symbols->name[s[i]]);
	json_end_object(&x->out);
	json_end_object(&x->out);
	return 200;
}

int data_latest_bars(struct exchange *x, const struct call *c)
{
	return latest_of(x, c, WHAT_BAR);
}

int data_latest_quotes(struct exchange *x, const struct call *c)
{
	return latest_of(x, c, WHAT_QUOTE);
}

int data_latest_trades(struct exchange *x, const struct call *c)
{
	return latest_of(x, c, WHAT_TRADE);
}

/* Yesterday's bar is the one before today's, or the last one when today has none. */
static void snapshot(struct exchange *x, sym s, const struct data_feed *f)
{
	ns now = serve_now(x), today = ny_time(ny_date(now), 0, 0);
	struct bar b;

	(void)latest(x, WHAT_TRADE, s, f, "latestTrade");
	(void)latest(x, WHAT_QUOTE, s, f, "latestQuote");
	(void)latest(x, WHAT_BAR, s, f, "minuteBar");
	if (f->nothing)
		return;

	bool running = !f->delayed && market_today(x->market, s, f->feed, &b);
	if (running || last_bar(x, s, f, MARKET_DAY, now, &b)) {
		json_key(&x->out, "dailyBar");
		view_bar(&x->out, &b);
		today = b.open_ts;
	}
	if (last_bar(x, s, f, MARKET_DAY, today - 1, &b)) {
		json_key(&x->out, "prevDailyBar");
		view_bar(&x->out, &b);
	}
}

int data_snapshots(struct exchange *x, const struct call *c)
{
	struct data_feed f;
	sym s[SYMBOLS_MAX];
	uint32_t count;
	int status = read_feed(x, c, &f);

	if (status == 0)
		status = data_symbols_asked(x, c, s, &count);
	if (status != 0)
		return status;
	json_object(&x->out);
	for (uint32_t i = 0; i < count; i++) {
		json_key(&x->out, x->symbols->name[s[i]]);
		json_object(&x->out);
		snapshot(x, s[i], &f);
		json_end_object(&x->out);
	}
	json_end_object(&x->out);
	return 200;
}

int data_snapshot_of(struct exchange *x, const struct call *c)
{
	struct data_feed f;
	sym s[SYMBOLS_MAX];
	uint32_t count;
	int status = read_feed(x, c, &f);

	if (status == 0)
		status = data_symbols(x, c->param, s, &count);
	if (status != 0)
		return status;
	if (count == 0)
		return rest_fail(x, 404, 0, "no data found for ", c->param);
	json_object(&x->out);
	json_key(&x->out, "symbol");
	json_str(&x->out, c->param);
	snapshot(x, s[0], &f);
	json_end_object(&x->out);
	return 200;
}
