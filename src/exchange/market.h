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
	bool        extended_hours;	/* CSV only: play bars outside the core session too */
	int         spread_bp_centi;	/* quoted spread, hundredths of a basis point; at
					 * least a tick, at most a tenth of the price */
	int         history_sessions;	/* readable ones before `start`; 0: 12; < 0: none */
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

const struct symbols *market_symbols(const struct market *m);
uint64_t market_bad_rows(const struct market *m);	/* and files */
uint64_t market_outside_rows(const struct market *m);	/* not bad, but when nothing is played */
day      market_first(const struct market *m);	/* first playable session */
day      market_last(const struct market *m);

enum instant_flag {
	INSTANT_OPEN = 1,	/* the core session opens now */
	INSTANT_CLOSE = 2,	/* it closes now: the last ticks were before */
	INSTANT_MINUTE = 4,	/* minutes that end here: their bars are in `bar` */
	INSTANT_END = 8		/* nothing comes after this one */
};

/* bid <= last <= ask: after a rise `last` is the ask, after a fall the bid. */
struct market_tick { uint16_t sym; px bid, ask, last; double volume; };

/* Everything that becomes known at one instant; valid until the next step. */
struct instant {
	ns       ts;
	uint32_t flags;
	uint32_t ticks, bars;
	const struct market_tick *tick;		/* by symbol index */
	const struct bar *bar;			/* 1-minute bars that ended at ts, likewise */
};

/* Goes on to the next instant. false: there is none (INSTANT_END was seen). Days on
 * which nothing trades are passed over. A session has an instant each 15 s from its open
 * to its close, whether something trades then or not, and one 5 minutes before its open;
 * ticks start at the open. With extended hours: from 04:00 to 20:00. */
bool market_step(struct market *m, struct instant *out);
ns   market_now(const struct market *m);	/* before the first step: a minute before it */

/* ---- history, never beyond now. Timeframes in seconds: 60, 300, 900, 3600, 86400 (a
 * session's day bar, labelled with New York midnight). Bars of the core session only,
 * unless extended hours are played; incomplete ones are left out. Copies up to cap
 * bars with from <= open_ts <= to, oldest first, beginning behind `after` (an
 * open_ts; INT64_MIN: none); returns how many; *more: there are further ones. */
size_t market_bars(struct market *m, sym s, int timeframe_s, ns from, ns to, ns after,
		   struct bar *out, size_t cap, bool *more);

#endif
