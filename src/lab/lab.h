/* lab.h: what came of a backtest, judged: figures, verdicts in plain words, and the report as
 * text, JSON and one HTML file. Pure: a run goes in, numbers and text come out. The same run
 * gives the same bytes on every machine.
 *
 * Ratios are statistics and doubles; money stays exact until it becomes a ratio. Definitions:
 * Sharpe, Sortino of daily returns, times the root of 252, risk-free rate 0; PSR and DSR after
 * Bailey and Lopez de Prado (2012, 2014); others beside their fields. */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include "model/book.h"
#include "model/calendar.h"

struct lab_trade {			/* a round trip that has ended */
	char     id[CID_TEXT];
	uint16_t instance;		/* index into lab_run.instance */
	sym      sym;
	uint8_t  side, reason;		/* enum side of the entry, enum exit_reason */
	uint32_t bars;			/* closed while it was open */
	uint32_t place;			/* for whoever puts them in order; then 0 */
	ns       signal_ts, opened, closed;
	qty      n;
	px       entry, exit;		/* averages */
	px       stop, target;		/* as first sent */
	px       worst, best;		/* lowest and highest price while open */
	usd      fees, pnl;		/* pnl: net of fees */
};

struct lab_day {			/* one per session, in order, at its close */
	day      date;
	usd      equity, cash;
	usd      invested;		/* largest gross value of positions in the session */
	usd      fees;			/* of the day */
	uint32_t bars, bars_in;		/* instants of the session; those with a position */
};

struct lab_funnel { const char *name; uint64_t n; };

struct lab_instance {
	const char *name, *strategy;
	usd      capital;
	uint64_t bars, signals, entries;
	uint32_t funnel_n;
	const struct lab_funnel *funnel;	/* turned away, by first reason */
	uint32_t judged, judged_min;	/* past signals, and without how many it does not trade */
};

/* Closes of one symbol at each session's end, parallel to the days; 0: no bar that day yet. */
/* open: the first one that counts; 0: unknown. close: of each session. */
struct lab_prices { sym sym; px open; const px *close; };
/* Symbols that are traded, and those of them that have no bars. */
struct lab_held {
	uint32_t n, missing;
	sym      first_missing;
	const struct lab_prices *prices;
};

struct lab_run {
	const char *title;		/* the configuration's file */
	ns       from, to;
	usd      cash;			/* to start with */
	int      timeframe_s;		/* of the first instance */
	uint32_t trials;		/* how many variants were tried on these data: DSR; 1 */
	double   trials_variance;	/* of their daily Sharpe ratios; 0 with one */
	uint64_t bars;			/* read in all */
	uint32_t bars_s;		/* and how long the shortest of them are */
	uint64_t dropped, partial;	/* entries at gaps; orders filled in parts */
	uint64_t refused;		/* entries, by the broker */
	const char *refusal;		/* what it said to the last of them */
	uint32_t trades_n;
	const struct lab_trade *trade;	/* by time of closing */
	uint32_t open_n;		/* still open at the end, valued in equity */
	uint32_t days_n;
	const struct lab_day *day;
	uint32_t instances_n;
	const struct lab_instance *instance;
	struct lab_held held;		/* buy and hold */
	const struct lab_prices *bench;	/* NULL: none */
	const struct symbols *symbols;
};

#endif
