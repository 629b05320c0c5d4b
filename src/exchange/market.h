/* market.h: where the embedded exchange's prices come from: real bars from CSV
 * files, or a seeded generator with the stylised facts of US equities. Both give
 * 5-minute (or 1-minute) bars; a bar is then walked as a path of ticks that
 * touches its open, high, low and close in a plausible order (path.h), and 1-minute bars
 * are what that path makes of them: together they are exactly the bar again.
 * Nothing later than the instant that was reached can be read from here. */
#ifndef EXCHANGE_MARKET_H
#define EXCHANGE_MARKET_H

#include "base/arena.h"
#include "model/calendar.h"
#include "model/model.h"

#define MARKET_TICKS_PER_MINUTE 4	/* instants between: every 15 s of market time */

struct market;

struct market_config {
	const char *bars_dir;		/* NULL: generated */
	uint64_t    seed;
	const struct symbols *symbols;	/* generated: these; CSV: those of the files instead */
	/* First and last day that is played; 0: of the data; generated: 2024-01-02, and
	 * five years. */
	day         start, until;
	bool        extended_hours;	/* from 04:00 to 20:00, not the core session only */
	int         spread_bp_centi;	/* quoted spread, hundredths of a basis point; at
					 * least a tick, at most a tenth of the price */
	int         history_sessions;	/* readable ones before `start`; 0: 12; < 0: none;
					 * generated: before them 320 more, as days only */
	int         late_centi;		/* hundredths of a per cent of all minutes are revised
					 * half a minute after their end; 0: none */
	bool        luld;		/* limit up, limit down is enforced: pauses */
	/* Bad rows and files: told as "file:line: reason"; counted. */
	void (*complain)(void *ctx, const char *line);
	void  *complain_ctx;
};

/* ERR_CONFIG, and in `why` what is wrong, with file and remedy. CSV: files named *.csv
 * as feed/csv.h reads them, header symbol,timestamp,open,high,low,close,volume; any
 * number of symbols in a file or one each (without a symbol column: what the name
 * begins with); times ascend. The span (1 or 5 minutes) is found from the timestamps;
 * other spans are refused. Of a symbol with both, the 1-minute bars are taken. Files
 * without a day of the window are not read further. Rows that are not bars of a regular
 * grid in order are skipped, told and counted; good bars outside of the sessions are
 * dropped, counted apart. */
MUST_CHECK enum err market_open(struct market **out, const struct market_config *c, char *why,
			       size_t why_size);
void market_close(struct market *m);

/* Generated prices go along with splits from the first day on, as the table says that stays
 * where it is; to be told before the first step. Prices from files are as they are. */
struct xc_actions;
void market_actions(struct market *m, const struct xc_actions *table);

const struct symbols *market_symbols(const struct market *m);
uint64_t market_bad_rows(const struct market *m);	/* and files */
uint64_t market_outside_rows(const struct market *m);	/* not bad, but when nothing is played */
day      market_first(const struct market *m);	/* first playable session */
day      market_last(const struct market *m);

enum feed { FEED_SIP, FEED_IEX, FEEDS };

enum instant_flag {
	INSTANT_OPEN = 1,	/* the core session opens now */
	INSTANT_CLOSE = 2,	/* it closes now: the last ticks were before */
	INSTANT_MINUTE = 4,	/* minutes that end here: their bars are in `bar` */
	INSTANT_END = 8		/* nothing comes after this one */
};

/* What trades: bid <= last <= ask: after a rise `last` is the ask, after a fall the bid. */
struct market_tick { uint16_t sym; px bid, ask, last; double volume; };

/* One line of the tape. A tick is a sweep through the book: its prints have one time and one
 * price, and together its volume. */
struct market_print {
	uint64_t id;			/* of a symbol: ascending with the time */
	ns       t;
	px       at;
	uint32_t size;
	sym      sym;
	char     exchange;		/* V: IEX's own, the whole of its feed */
	char     condition[4];		/* a letter each; I: an odd lot, Z: told late */
	uint8_t  fate;			/* enum print_fate, as far as known now */
};
enum print_fate { PRINT_GOOD, PRINT_CANCELED, PRINT_INCORRECT, PRINT_CORRECTED };

struct market_quote {
	ns       t;
	px       bid, ask;
	uint32_t bid_size, ask_size;	/* shares; 0 while trading is halted */
	sym      sym;
	char     bid_exchange, ask_exchange;
};

/* A print is taken back (`now` is all 0), or was at another price. */
struct market_fix { struct market_print was, now; };

/* Trading halts and resumes: codes of the symbol's tape and their meaning in words. */
struct market_status { sym sym; bool halted; const char *code, *text, *reason, *reason_text; };

/* Limit up, limit down. */
struct market_band { sym sym; px up, down; };

/* Everything that becomes known at one instant; valid until the next step. */
struct instant {
	ns       ts;
	uint32_t flags;
	uint32_t ticks, bars, updates, fixes, statuses, bands;
	const struct market_tick *tick;		/* by symbol index */
	const struct bar *bar;			/* 1-minute bars that ended at ts, likewise */
	const struct bar *update;		/* and those that late prints have changed */
	const struct market_fix *fix;
	const struct market_status *status;	/* in force from now on: tell the core first */
	const struct market_band *band;
};

/* When the next instant is; INT64_MAX: there is none any more. */
ns   market_next(const struct market *m);
/* Goes on to it. false: INSTANT_END was seen. Days on
 * which nothing trades are passed over. A session has an instant each 15 s from its open
 * to its close, whether something trades then or not, and one 5 minutes before its open;
 * ticks start at the open. With extended hours: from 04:00 to 20:00. */
bool market_step(struct market *m, struct instant *out);
ns   market_now(const struct market *m);	/* before the first step: a minute before it */

/* ---- what a feed shows at the instant that was reached last */

#define MARKET_PRINTS 9			/* of one tick; twice as many when late ones come, too */
/* The symbol's prints that are told now, oldest first; returns how many. */
size_t market_prints(struct market *m, sym s, enum feed f,
		     struct market_print out[static 2 * MARKET_PRINTS]);
/* The newest quote; false: none yet. quote.t is `now` when it has changed now. */
bool market_quote(const struct market *m, sym s, enum feed f, struct market_quote *out);
/* The newest print at or before `to` that is no odd lot; false: none in a month. */
bool market_last_print(struct market *m, sym s, enum feed f, ns to, struct market_print *out);
/* Today's bar so far: the core session's prices, the whole day's volume; false: no minute of
 * the core session has ended yet. */
bool market_today(struct market *m, sym s, enum feed f, struct bar *out);
/* What IEX has of a minute bar of an instant (`bar` or `update`); false: nothing. */
bool market_iex_bar(struct market *m, const struct bar *minute, struct bar *out);
/* A, B or C: where the symbol is listed. */
char market_tape(const struct market *m, sym s);

/* ---- history, never beyond now. Timeframes in seconds: n minutes, n hours (up to 23), and
 * these; months: 1, 2, 3, 4, 6 or 12. Frames begin at New York's midnight, weeks on Monday,
 * years on the first of January, and are labelled with their beginning. Days, weeks and months
 * take their prices from the core session and their volume from all that is played; the frame
 * that is running is given as far as it has come, but for the minute. */
#define MARKET_DAY      86400
#define MARKET_WEEK     (7 * MARKET_DAY)
#define MARKET_MONTH(n) (31 * MARKET_DAY * (n))
struct market_query {
	sym  s;
	enum feed feed;
	int  timeframe_s;	/* bars */
	ns   from, to;		/* of open_ts, or t; inclusive */
	bool desc;
	ns   after;		/* goes on behind this one; 0: from the beginning */
	uint64_t after_id;	/* prints: and this id */
};
/* Copy up to cap bars, prints or quotes, in the order that is asked for; return how many;
 * *more: there are further ones. */
size_t market_bars(struct market *m, const struct market_query *q, struct bar *out, size_t cap,
		   bool *more);
size_t market_print_page(struct market *m, const struct market_query *q,
			 struct market_print *out, size_t cap, bool *more);
size_t market_quote_page(struct market *m, const struct market_query *q,
			 struct market_quote *out, size_t cap, bool *more);

/* ---- for a backtest, to which all of it is past: whole sessions, k from 0. Bars of the core
 * session of 1 minute or of 5, oldest first; returns how many. */
#define MARKET_SESSION_BARS 390
uint32_t market_sessions(const struct market *m);
size_t   market_session(struct market *m, sym s, uint32_t k, uint32_t minutes,
			struct bar out[static MARKET_SESSION_BARS]);

/* ---- misbehaviour on order, from the next step on */

/* Nothing of the symbol trades and nothing is quoted; history has a hole there, too. Codes
 * as on its tape ("H", "LUDP"); "": the tape's own for a halt, news pending. until: market
 * time at which it resumes. A second one takes the place of the first. */
void market_halt(struct market *m, sym s, ns until, const char *code, const char *reason);

/* What is shown is wrong, what trades is not, and history is right. */
enum market_mischief {
	MISCHIEF_NONE, MISCHIEF_NO_BARS, MISCHIEF_BARS_TWICE, MISCHIEF_OFF_GRID, MISCHIEF_ZERO,
	MISCHIEF_NEGATIVE, MISCHIEF_CROSSED, MISCHIEF_TENFOLD, MISCHIEF_STALE, MISCHIEF_KINDS
};
void market_mischief(struct market *m, sym s, enum market_mischief kind, ns until);

#endif
