/* backtest_inner.h: what the backtest*.c files share:
 *	backtest_load.c    bars become mapped columns
 *	backtest_store.c   those that are kept are such
 *	backtest_open.c    accounts, their engines, the charts that they share
 *	backtest.c         time: which bars end and begin, slices, sessions
 *	backtest_broker.c  an account: requests and news between its engines and the core
 *	backtest_orders.c  orders in the core's words
 *	backtest_path.c    the way of a bar through the core
 *	backtest_result.c  days, round trips, what a report is made of
 *	backtest_trades.c  memory for round trips
 *	backtest_csv.c     them as CSV
 *
 * A symbol has one number everywhere: its place in the configuration is the core's asset. */
#ifndef RUN_BACKTEST_INNER_H
#define RUN_BACKTEST_INNER_H

#include "exchange/core.h"
#include "feed/columns.h"
#include "risk/risk.h"
#include "run/backtest.h"
#include "run/exec.h"

/* ---- bars */

struct bt_bars {
	uint32_t symbols;
	struct columns col[CONFIG_SYMBOLS_MAX];	/* head NULL: no bars of it */
	void    *map;			/* they lie in a file that has no name any more */
	size_t   map_size;
	struct columns kept[CONFIG_SYMBOLS_MAX];	/* the store's; mapped for reading */
	struct columns_head head[CONFIG_SYMBOLS_MAX];	/* theirs, with rows up to the last day */
	uint64_t rows;
	uint32_t shortest_s;		/* of the bars */
	ns       first, last;		/* start of the first bar, end of the last */
};
enum err bt_load(struct bt_bars *b, const struct backtest_config *c, char *why, size_t why_size);
enum err bt_load_store(struct bt_bars *b, const struct backtest_config *c, char *why,
		       size_t why_size);
void     bt_unload(struct bt_bars *b);

/* ---- an account */

/* Room for orders in a core, for each instance: ENGINE_TRADES, of which each has at most six that
 * live or were made at this instant, may be there four times: the core forgets what is over when
 * there are so many more than twice those that lived last. */
#define BT_ORDERS     1024
#define BT_FORGET     4
static_assert(BT_ORDERS >= 4 * 6 * ENGINE_TRADES + BT_FORGET, "nobody is refused for want of it");
#define BT_LIVE_MAX   256	/* orders of one share at one time */
#define BT_LARGE      ((size_t)2 << 20)	/* what a large page is on most machines */
#define BT_QUEUE      512	/* requests of one step and of what follows from it */
#define BT_NODES      8192	/* of a chart's plan: all instances' */
#define BT_NODES_MAX  60000
#define BT_NODES_EACH 64	/* of a variant: most of what it asks for others ask for, too */
#define BT_TESTS      1024	/* of variants, different ones; more make them each for itself */
#define BT_PATIENCE   (10 * NS_SECOND)	/* for a program: nothing waits, so it may be slow */
#define BT_TURNS      1000	/* steps for one instant before an engine is left alone */

/* A round trip that is under way. */
struct bt_open {
	bool used, filled;
	uint32_t began;			/* instants of the account until then */
	usd  fees;
};

/* Bars of the chart's own length are brought a block ahead; others when they have ended. */
enum bt_takes { BT_NOT, BT_ENDED, BT_AHEAD };

/* All instances of one timeframe look at one chart: what several ask for is computed once. */
struct bt_chart {
	struct chart *chart;
	struct plan *plan;
	int      timeframe_s, history;
	sym      bench;
	bool     full;			/* its plan has no room for another instance */
	uint8_t  takes[CONFIG_SYMBOLS_MAX];	/* bars of it: enum bt_takes */
	ns       decided;		/* end of its newest slice */
	struct sieve sieve;		/* of variants */
	uint32_t followers;		/* members that want to be told of each bar */
};

struct bt_member {
	struct engine *engine;
	struct exec *exec;		/* NULL: the strategy is in this program */
	struct bt_chart *chart;
	ns       wake;
	uint16_t index;			/* of lab_run.instance */
	bool     follows;
	struct engine_config c;
	struct bt_open open[CONFIG_SYMBOLS_MAX];
};

struct bt_request {
	uint16_t member;
	uint32_t kind;			/* enum action_kind */
	px       last;
	struct order order;
	char     old[UUID_TEXT];	/* ACT_REPLACE: whose place it takes */
};

struct bt_account {
	/* What each instant reads, together. */
	struct bt_pass *pass;
	struct bt_member *member;
	ns       now;			/* the engines' clock */
	ns       clock;			/* the core's: between two of the engines' nanoseconds */
	ns       wake;			/* the first of the members' */
	uint32_t members;
	uint32_t nth;			/* of the results */
	uint32_t open_n;		/* round trips under way */
	uint32_t active_n;		/* symbols with orders */
	uint32_t bars, bars_in;		/* instants of this session; with a position */
	uint32_t instants;		/* of all sessions */
	bool     touched;		/* an order was sent in this session */
	bool     guard_fresh;		/* knows the account as it is at this instant */
	struct xc *x;
	struct xc_config xc;
	size_t   x_size;
	struct guard guard;
	ns       fills;			/* what they are told of fills: the bar's beginning */
	double   volume[CONFIG_SYMBOLS_MAX];	/* left of the bar that has begun */
	bool     held_back[CONFIG_SYMBOLS_MAX];	/* some of its orders may not fill now */
	uint32_t forget_at;		/* when the core has so many orders */
	uint16_t *owner;		/* of the core's orders */
	sym      active[CONFIG_SYMBOLS_MAX];
	bool     is_active[CONFIG_SYMBOLS_MAX];
	usd      invested;		/* largest gross value of positions in this session */
	uint32_t trades_n, days_n;
	struct lab_trade *trade;	/* in its pass's, when these are shared out */
	struct lab_day *day;
	struct lab_instance *instance;
	struct lab_held held;		/* alone: of its own symbols */
	struct lab_funnel *funnel;
	uint64_t dropped, refused, partial;
	char     refusal[XC_MESSAGE_MAX];	/* the last one's words */
	struct lab_run run;
};

bool bt_account_open(struct bt_account *a);	/* has memory: false, there is none */
void bt_account_begin(struct bt_account *a);
void bt_account_close(struct bt_account *a);
void bt_begin(struct bt_account *a, ns now);	/* engines are linked and reconciled */
void bt_step(struct bt_account *a, struct bt_member *m, struct event *ev);
/* Decisions at the end of a slice of its chart, and what follows from them. */
void bt_slice(struct bt_account *a, struct bt_member *m, ns end);
/* What they asked for is done, until nobody wants anything any more. */
void bt_settle(struct bt_account *a);
/* Their clocks, up to `until`. */
void bt_wake(struct bt_account *a, ns until);
void bt_fresh(struct bt_account *a);		/* positions at their prices; the guard knows */
void bt_forget(struct bt_account *a);		/* the core does, what is over */

/* ---- backtest_path.c: a bar begins: its open, for orders at the market; and all else that it
 * brings to the account's orders. */
void bt_open_bar(struct bt_account *a, sym s, const struct bar *b);
void bt_rest_of_bar(struct bt_account *a, sym s, const struct bar *b);

/* ---- backtest_result.c */
void bt_trade(struct bt_account *a, struct bt_member *m, const struct trade *t);
void bt_day_over(struct bt_account *a, const struct session *s);
void bt_result(struct bt_account *a);

/* ---- backtest_trades.c */
bool bt_more_trades(struct bt_pass *p);		/* room for them; false: there is none */
void bt_drop_trades(struct bt_pass *p);
/* From here on they lie by account, and of each by time of closing. */
void bt_share_trades(struct bt_pass *p);

/* Where a walk is in the bars of a symbol. */
struct bt_cursor {
	const uint32_t *minute;
	ns       next;			/* the next bar begins, or the newest ends; INT64_MAX */
	ns       span;
	uint32_t begun, rows;		/* bars that have begun; in all */
	uint32_t fed;			/* rows that charts have which have them ahead */
	bool     one_by_one;		/* some chart wants each bar when it has ended */
	bool     ends;			/* it is that end that is next */
};

/* One walk over the bars, by one thread, for some of the accounts. */
struct bt_pass {
	struct backtest *b;
	struct bt_account *account;	/* its own, side by side */
	uint32_t n;
	bool     history;		/* before `from`: bars are for indicators only */
	uint32_t charts;
	struct bt_chart chart[INSTANCES_MAX];
	struct bt_cursor cursor[CONFIG_SYMBOLS_MAX];
	ns       next;			/* the first of theirs */
	uint32_t hungry_n;		/* symbols whose next bars are to be brought */
	sym      hungry[CONFIG_SYMBOLS_MAX];
	ns       live_from;		/* bars that end by then are history */
	struct session session;
	bool     in_session;		/* its end has not been counted yet */
	uint32_t trades_n, trades_cap;
	struct lab_trade *trade;	/* of all its accounts */
	bool     full;			/* no room for a trade: the run is void */
	uint32_t queue_head, queue_n;
	struct bt_request queue[BT_QUEUE];	/* a ring */
	struct actions out;
};

struct backtest {
	struct backtest_config c;
	struct bt_bars bars;
	struct calendar calendar;	/* the rules' own */
	/* It is in the first itself; passes and plans; accounts, of which each byte is used; charts
	 * and engines. */
	struct arena own, books, dense, arena;
	ns       from, to;		/* the first session's open, the last one's close */
	uint32_t accounts_n;
	struct bt_account *account;
	uint32_t passes;
	struct bt_pass *pass;
	uint32_t days_max;
	px      *close;			/* days_max of each symbol */
	struct lab_prices bench;
};

/* The engines' clock. */
static inline void bt_time(struct bt_account *a, ns now)
{
	if (now > a->now) {
		a->now = now;
		a->guard_fresh = false;
	}
	if (a->clock < a->now)
		a->clock = a->now;
}

/* Of each row of results, one for each pass, to and fro: neighbours have like numbers, and so as
 * much to do. Whose the result is at this place of the row; and where in it a pass has its own. */
static inline uint32_t bt_turn(const struct backtest *b, uint32_t row, uint32_t at)
{
	return row % 2 == 0 ? at : b->passes - 1 - at;
}

/* ---- backtest_open.c */
enum err bt_open(struct backtest *b, char *why, size_t why_size);

/* Of the newest bar that has ended by t, which is the last instant, or later, or a nanosecond
 * before it; 0: there is none. */
static inline px bt_last(const struct bt_pass *p, uint32_t s, ns t)
{
	const struct columns *c = &p->b->bars.col[s];
	const struct bt_cursor *at = &p->cursor[s];
	uint32_t n = at->begun;

	if (n > 0 && columns_time(c, n - 1) + at->span > t)
		n--;
	return (px){ n > 0 ? c->close[n - 1] * c->head->unit : 0 };
}

struct xc_request bt_request_of(const struct bt_account *a, const struct order *o);
struct xc_change bt_change_of(const struct order *o);

#endif
