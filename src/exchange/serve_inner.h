/* serve_inner.h: what the files of the serving half share: the exchange as a
 * whole, one call, the writers of Alpaca's JSON, and who does what:
 *	serve.c   opens and closes it; the loop and the market's clock
 *	rest.c    the table of routes, the answer's head; rest_who.c: credentials, rate limit
 *	rest_*.c  one function per route: writes the body into x->out, returns the status
 *	view*.c   Alpaca's objects as JSON: orders and time; account; the data API's
 *	bars.c    pages of history
 *	stream.h  both WebSocket streams, and their files
 *	sim.c     /sim/join, ack, leave: the lockstep
 *	clock.c   /sim/clock: pause, step, jump, speed; reset.c: /sim/reset
 *	asset_set.c  /sim/assets: what may be done with a stock
 *	status.c  the page at / and /sim/status, which it shows
 *	actions.c corporate actions from a file
 *	history.c equity by the minute and by the day
 *	ledger.c  /sim/ledger, the truth; verdict.c: /sim/verdict, what it says of the clients
 *	faults*.c misbehaving on a script (faults.h is the language, faults_inner.h the rest)
 *	state.c   the log of inputs */
#ifndef EXCHANGE_SERVE_INNER_H
#define EXCHANGE_SERVE_INNER_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/crc.h"
#include "base/json.h"
#include "base/keys.h"
#include "base/text.h"
#include "exchange/core_action.h"
#include "exchange/faults_serve.h"
#include "exchange/serve.h"
#include "exchange/stream.h"
#include "net/server.h"

#define XS_OUT         (SERVER_OUT_MAX - 16384)	/* largest body; the server adds a head */
#define XS_RATE        200			/* requests a minute that the broker allows */
#define XS_CLIENTS     16			/* in lockstep: as many as accounts */
#define XS_NAME        48			/* of such a client, with its NUL */
#define XS_BARS_MAX    10000			/* Alpaca's largest page */
#define XS_PATH_MAX    512			/* the longest route with an id has 70 */
#define XS_VALUE_MAX   4096			/* longest query value: a list of symbols */
#define XS_MINUTES     (23 * 960)	/* of history: 30 days, from 04:00 to 20:00 */
#define XS_DAYS        4096		/* sixteen years' sessions */
#define XS_AFTERMATH   NS_MINUTE		/* the core is served so long behind the end */

struct client {				/* of the lockstep */
	char     name[XS_NAME];
	bool     joined;
	uint64_t acked;			/* instants up to this one are done with */
	ns       wake;			/* wants an instant then, at the latest; 0: no wish */
	conn_id  held;			/* waits for the next instant; 0: nobody */
};

struct jump {				/* asked for by POST /sim/clock; the loop plays it */
	bool     on;
	ns       to;			/* instants up to here are played … */
	uint64_t until_n;		/* … but no more than to this one */
	conn_id  conn;			/* waits for the answer */
	char     client[XS_NAME];	/* instants count as acknowledged by this one */
};

struct rate {				/* one minute of one account */
	ns       window;		/* when it began, mono */
	int32_t  spent;
};

struct call {				/* one request, from the wire or from the log */
	struct str method, path, query, body;	/* path is decoded */
	struct str param;		/* what the route's '*' stands for */
	uint16_t   account;
	conn_id    conn;		/* 0: replayed */
};

struct history_point {
	int64_t at;			/* minute since 1970, or day */
	usd     equity;			/* at its end */
};

struct history {			/* of an account: two rings */
	uint64_t minutes, days;		/* that there have been */
	struct history_point minute[XS_MINUTES], daily[XS_DAYS];
};

struct exchange {
	struct exchange_config c;
	struct arena   arena;
	struct market *market;
	struct xc     *core;
	struct server *server;
	const struct symbols *symbols;
	struct xc_actions actions;	/* of actions_file; none: n is 0 */

	struct instant next;		/* ts: of the next one, which is not known yet; while an
					 * instant is told: all of it */
	bool     have_next, ended;
	uint64_t n;			/* instants passed */
	ns       now, first;
	ns       base, base_mono;	/* scaled: market time at a monotonic one */
	bool     paused;
	struct jump jump;

	struct history *history;	/* one an account */
	struct session sampling;	/* whose close comes next */
	int64_t  sampled;		/* minute of the last instant; 0: none so far */

	struct text out;		/* the answer's body */
	struct text msg;		/* a stream's message */
	struct text said;		/* what a client said in MessagePack, as JSON */
	struct batch *batch;		/* of an instant, for the data streams */
	struct kept_event *kept;	/* XS_EVENTS of them, by number */
	ns       delayed_to;		/* told to the delayed streams; 0: there were none */
	uint64_t events;		/* of orders, told or not */
	ns       fakepaca_at, fakepaca_minute;	/* mono: next due; the minute it told last */
	struct bar *page;		/* XS_BARS_MAX + 1; or as many prints or quotes */
	bool     data_empty_null;	/* no data is null, not {} or [] */

	struct stream stream[SERVER_CONNECTIONS];
	struct client client[XS_CLIENTS];
	uint64_t requests;
	uint64_t bars_sent;		/* minute bars, counted once for each stream told */
	struct rate rate[XS_ACCOUNTS_MAX][2];	/* trading, data */
	const struct rate *meter;	/* that of the request in hand; NULL: none */
	int32_t  market_short_pages;	/* pages of data hold no more; 0: as the options say */
	struct faults *faults;
	struct judge *judge;

	int      log_fd;
	char    *log_buffer;
	bool     replaying, broken;
};

/* ---- serve.c */
ns   serve_now(const struct exchange *x);	/* market time, flowing when scaled */
void serve_core_time(struct exchange *x, ns ts);	/* nothing but time has passed */
void serve_call_time(struct exchange *x, ns now);	/* a call is about to change something */
void serve_market(struct exchange *x);		/* the next instant is reached */
void serve_events(struct exchange *x);		/* what the core has to tell goes out */
bool serve_is_open(const struct exchange *x);

/* ---- history.c: each account's equity, a minute at a time. Told before the instant `ts`. */
void history_tick(struct exchange *x, ns ts);
size_t history_size(uint32_t accounts);
/* The equity at a time, or now if that is earlier; false: nothing was known. */
bool history_at(const struct exchange *x, uint16_t account, ns at, usd *equity);
bool history_close(const struct exchange *x, uint16_t account, day d, usd *equity);
void history_forget(struct exchange *x, uint16_t account);

/* ---- actions.c: ERR_IO, ERR_CONFIG with file, line and reason in `why`. */
enum err actions_read(struct xc_actions *t, const char *file, const struct symbols *symbols,
		      char *why, size_t why_size);

/* ---- clock.c */
void clock_rebase(struct exchange *x, ns market);	/* scaled time flows from here on */
void clock_view(struct exchange *x);		/* GET /sim/clock, into x->out */
ns   clock_next_open(ns now);			/* later than now */
bool clock_jump_waits(struct exchange *x);	/* for clients that joined */
void clock_jump_ends(struct exchange *x);

/* ---- state.c */
#define STATE_RECORD_MAX (SERVER_BODY_MAX + 2 * XS_PATH_MAX + HTTP_LINE_MAX + 64)
enum err state_open(struct exchange *x, char *why, size_t why_size);	/* and replays */
void     state_instant(struct exchange *x, bool market, ns ts);
void     state_call(struct exchange *x, const struct call *c, ns now);
void     state_close(struct exchange *x);
bool     state_start(const char *file, day *start);	/* what it was begun with; false: no file */

/* ---- rest.c */
void rest_request(void *ctx, struct server *s, const struct request *rq);
int  rest_run(struct exchange *x, struct call *c);	/* routes and runs; the status */
void rest_head(struct text *t, const char *name, int64_t v);	/* "Name: " */
void rest_heads(struct exchange *x, struct text *t);	/* the headers that all answers have */
void rest_answer(struct exchange *x, conn_id conn, int status);	/* with what x->out holds */
/* Errors: code 0 leaves the key out; the message is `a` and `b`. Return the status. */
int  rest_fail(struct exchange *x, int status, int code, const char *a, struct str b);
int  rest_refused(struct exchange *x, const struct xc_refusal *why);
void view_refusal(struct text *t, const struct xc_refusal *why);
/* ---- rest_who.c. The account of a pair of credentials; false: a wrong one. */
bool who_is(const struct exchange *x, struct str id, struct str secret, uint16_t *account);
struct str who_key(const struct exchange *x, uint16_t account);	/* n 0: any will do */
/* An account by its key, or by its number in the file, from 0 on; false: there is none. */
bool who_is_named(const struct exchange *x, struct str name, uint16_t *account);
bool who_is_local(const struct http_head *h);	/* false: a page from another host asks */
bool who_is_over(struct exchange *x, const struct call *c);	/* the rate limit: 429 */
void who_headers(const struct exchange *x, struct text *t);
/* The credentials of a request's head; false: none. */
bool rest_credentials(const struct http_head *h, char id[static 128], char secret[static 128]);

/* Query values. get: 1 given, 0 absent, -1 badly coded. */
int  rest_get(const struct call *c, const char *name, char *dst, size_t size, size_t *n);
bool rest_flag(const struct call *c, const char *name);
/* Numbers: absent leaves *v; false: not one of low..high. */
bool rest_number(const struct call *c, const char *name, int64_t low, int64_t high, int64_t *v);
bool rest_instant(struct str s, ns *out);	/* RFC 3339, or a date: New York's midnight */
bool rest_date(struct str s, day *out);
/* A query value that is a date or an instant of it; absent: *out stays. 0, or a refusal. */
int  rest_day(struct exchange *x, const struct call *c, const char *name, day *out);
bool rest_is_uuid(struct str s);
bool rest_listed(struct str list, struct str item);	/* "a,b" */

/* ---- handlers */
int orders_post(struct exchange *x, const struct call *c);
int orders_list(struct exchange *x, const struct call *c);
int orders_get(struct exchange *x, const struct call *c);
int orders_by_cid(struct exchange *x, const struct call *c);
int orders_patch(struct exchange *x, const struct call *c);
int orders_delete(struct exchange *x, const struct call *c);
int orders_delete_all(struct exchange *x, const struct call *c);
xc_oid orders_named(struct exchange *x, const struct call *c, int *status);
/* Before everything is closed: shares that a pending cancel would hold are free. */
void orders_cancel_at_once(struct exchange *x, uint16_t account);

int account_get(struct exchange *x, const struct call *c);
int account_configurations(struct exchange *x, const struct call *c);
int account_configure(struct exchange *x, const struct call *c);
int account_history(struct exchange *x, const struct call *c);
void account_reset(struct exchange *x, uint16_t account, usd cash);	/* a new beginning */
int account_activities(struct exchange *x, const struct call *c);
int account_clock(struct exchange *x, const struct call *c);
int account_calendar(struct exchange *x, const struct call *c);
int assets_list(struct exchange *x, const struct call *c);
int assets_get(struct exchange *x, const struct call *c);
int positions_list(struct exchange *x, const struct call *c);
int positions_get(struct exchange *x, const struct call *c);
int positions_delete(struct exchange *x, const struct call *c);
int positions_delete_all(struct exchange *x, const struct call *c);

/* With a symbol in the path, or with symbols=. */
int data_bars(struct exchange *x, const struct call *c);
int data_trades(struct exchange *x, const struct call *c);
int data_quotes(struct exchange *x, const struct call *c);
int data_auctions(struct exchange *x, const struct call *c);
int data_latest_bars(struct exchange *x, const struct call *c);
int data_latest_quotes(struct exchange *x, const struct call *c);
int data_latest_trades(struct exchange *x, const struct call *c);
int data_snapshots(struct exchange *x, const struct call *c);
int data_snapshot_of(struct exchange *x, const struct call *c);

/* ---- rest_meta.c */
int meta_actions(struct exchange *x, const struct call *c);
int meta_conditions(struct exchange *x, const struct call *c);
int meta_news(struct exchange *x, const struct call *c);
int meta_exchanges(struct exchange *x, const struct call *c);

/* What the data handlers share: 0, or the status of the refusal. `words` of a feed begins with
 * the default. */
struct data_feed { enum feed feed; bool delayed, nothing; };	/* nothing: not played here */
int data_feed(struct exchange *x, const struct call *c, const char *words, struct data_feed *f);
int data_symbols(struct exchange *x, struct str list, sym *out, uint32_t *n);
int data_symbols_asked(struct exchange *x, const struct call *c, sym *out, uint32_t *n);
#define XS_NO_RECENT_SIP "subscription does not permit querying recent SIP data"

/* ---- bars.c: pages of bars, in either direction; timeframes; page tokens */
size_t bars_page(struct exchange *x, const struct market_query *q, struct bar *out, size_t limit,
		 bool *more);
/* "5Min", "1H", "3Month": as market_query has it; 0: none. *letter: M, H, D, W or N. */
int  bars_timeframe(struct str s, char *letter);
/* What a page ended with, in quotes; `rest` comes behind the symbol: "M|<time>". */
void bars_token(struct text *t, struct str symbol, struct str rest);
/* Splits it again; false: not one. */
bool bars_token_read(struct str token, char symbol[static 16], char rest[static 64]);

int sim_clock(struct exchange *x, const struct call *c);
int sim_clock_set(struct exchange *x, const struct call *c);
int sim_reset(struct exchange *x, const struct call *c);
int sim_assets(struct exchange *x, const struct call *c);
int sim_status(struct exchange *x, const struct call *c);
/* Answers when the path is one of the page's files. */
bool status_page(struct exchange *x, const struct request *rq, struct str path);
int sim_join(struct exchange *x, const struct call *c);
int sim_ack(struct exchange *x, const struct call *c);
int sim_leave(struct exchange *x, const struct call *c);
ns   sim_wake(const struct exchange *x);	/* the earliest instant a client wishes for */
bool sim_all_acked(const struct exchange *x, bool *anybody);
void sim_instant(struct exchange *x);		/* answers those who wait for it */
void sim_closed(struct exchange *x, conn_id conn);

/* ---- view.c, view_data.c: pure, so that tests can call it without a server */
void view_order(struct text *t, const struct xc *x, xc_oid o, const struct xc_event *at, bool legs);
/* What /sim shows; the caller adds to it and closes the object. */
void view_order_short(struct text *t, const struct xc *x, xc_oid o);
void view_execution(struct text *t, const struct xc *x, uint32_t i);
void view_position(struct text *t, const struct xc *x, const struct xc_position *p);
void view_account(struct text *t, const struct exchange *x, uint16_t account);
void view_asset(struct text *t, const struct xc_asset *a);
void view_clock(struct text *t, ns now);
/* Trading days from..to; settled: those that settle then. */
void view_calendar(struct text *t, day from, day to, bool settled);
void view_bar(struct text *t, const struct bar *b);
/* kind NULL: as REST shows it, without T and S. */
void view_stream_bar(struct text *t, const struct bar *b, const char *kind, const char *symbol);
void view_quote(struct text *t, const struct market_quote *q, char tape, const char *kind,
		const char *symbol);
void view_trade(struct text *t, const struct market_print *p, char tape, const char *kind,
		const char *symbol);
/* The stream's c or x, s, l. */
void view_fix(struct text *t, const struct market_fix *f, char tape, const char *symbol);
void view_status(struct text *t, const struct market_status *s, ns now, char tape,
		 const char *symbol);
void view_band(struct text *t, const struct market_band *b, ns now, char tape,
	       const char *symbol);
void view_imbalance(struct text *t, px at, ns now, char tape, const char *symbol);
/* An update of the trading stream; and what it says, without whose it is. */
void view_event(struct text *t, const struct xc *x, const struct xc_event *e, const char *id);
void view_update(struct text *t, const struct xc *x, const struct xc_event *e, const char *id);
void view_tick(struct text *t, ns now, uint64_t n, bool open, bool end, int64_t speed_milli);
/* a / b as the broker prints fractions: sixteen places, zeros trimmed. */
void view_ratio(struct text *t, int64_t a, int64_t b);

#endif
