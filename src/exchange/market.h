/* market.h: where the embedded exchange's prices come from: real bars from CSV
 * files, or a seeded generator with the stylised facts of US equities. Both give
 * 5-minute (or 1-minute) bars; a bar is then walked as a path of ticks that
 * touches its open, high, low and close in a plausible order, and 1-minute bars
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
	const struct symbols *symbols;	/* generated: these; CSV: filled from the files */
	day         start, until;	/* first and last session; 0: of the data; generated: 5 years */
	bool        extended_hours;	/* CSV only: play bars outside the core session too */
	int         spread_bp_centi;	/* quoted spread, hundredths of a basis point; at least a tick */
	int         history_sessions;	/* generated: readable sessions before `start` (for warm-up): 12 */
	/* Bad rows and files: told as "file:line: reason"; counted. */
	void (*complain)(void *ctx, const char *line);
	void  *complain_ctx;
};

/* what: the file and line, the remedy. CSV: files named *.csv, header
 * symbol,timestamp,open,high,low,close,volume; any number of symbols in a file
 * or one each; the span (1 or 5 minutes) is found from the timestamps; daily
 * files are refused. Rows that are not bars are skipped, told and counted. */
MUST_CHECK enum err market_open(struct market **out, const struct market_config *c, char *why, size_t why_size);
void market_close(struct market *m);

const struct symbols *market_symbols(const struct market *m);
uint64_t market_bad_rows(const struct market *m);
day      market_first(const struct market *m);	/* first playable session */
day      market_last(const struct market *m);

enum instant_flag {
	INSTANT_OPEN = 1,	/* the core session opens now */
	INSTANT_CLOSE = 2,	/* it closes now: the last ticks were before */
	INSTANT_MINUTE = 4,	/* minutes that end here: their bars are in `bar` */
	INSTANT_END = 8		/* nothing comes after this one */
};

struct market_tick { uint16_t sym; px bid, ask, last; double volume; };

/* Everything that becomes known at one instant; valid until the next step. */
struct instant {
	ns       ts;
	uint32_t flags;
	uint32_t ticks, bars;
	const struct market_tick *tick;		/* by symbol index */
	const struct bar *bar;			/* 1-minute bars that ended at ts, by symbol index */
};

/* Goes on to the next instant. false: there is none (INSTANT_END was seen). Days on
 * which nothing trades are passed over; each session also has an instant 5 minutes
 * before its open and one at its close, and ticks start at the open. */
bool market_step(struct market *m, struct instant *out);
ns   market_now(const struct market *m);

/* ---- history, never beyond now. Timeframes in seconds: 60, 300, 900, 3600, 86400 (a
 * session's day bar, labelled with New York midnight). Bars of the core session only,
 * unless extended hours are played; incomplete ones are left out. Copies up to cap
 * bars with from <= open_ts <= to, oldest first, beginning behind `after` (an
 * open_ts; INT64_MIN: none); returns how many; *more: there are further ones. */
size_t market_bars(const struct market *m, sym s, int timeframe_s, ns from, ns to, ns after,
		   struct bar *out, size_t cap, bool *more);

/* The path of one bar as 1-minute bars (1..5 of them; minutes without volume are
 * absent) and ticks; pure; the seed is of the market. */
size_t path_minutes(const struct bar *b, uint64_t seed, int tick_count, struct bar out[static 5]);

#endif
