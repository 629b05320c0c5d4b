/* chart.h: the closed bars of symbols at one timeframe, and every value that a plan asks of
 * them. The only way to prices for strategies and rules, who can name nothing newer than the
 * last closed bar: they count back from it. Pure, flat, sized at start.
 *
 * A live instance has a chart of its own; a backtest shares one between all instances of one
 * timeframe, so that what several ask for is computed once.
 *
 * Bars come in as minutes (or longer, in history) and are joined to the timeframe and to the
 * plan's frames on grids that begin at the session's open (frames marked clock: at full hours).
 * Only the core session counts, unless `extended`. A minute without trades has no bar and none is
 * made up. */
#ifndef CHART_CHART_H
#define CHART_CHART_H

#include "model/calendar.h"
#include "model/model.h"
#include "rule/plan.h"

struct chart;

/* The bars of a slot in one frame. Columns are contiguous: `at` rows are closed (all but the last
 * `depth` may be forgotten), and `wait` rows behind them are whole but not yet walked over. */
struct chart_rows {
	ns       newest;		/* end of the newest closed row; 0 none */
	ns       until;			/* times before are in a row already, waiting or not */
	uint32_t at, wait, count;	/* count: rows closed in all */
};

struct chart_slot {
	struct chart_rows row;		/* of frame 0 */
	ns       next;			/* end of the first row that waits; INT64_MAX none */
	ns       end;			/* of the slice that is being built; 0 none */
	px       last;			/* newest price, also of a bar that is not closed; 0: none,
					 * or, of bars that came ahead, the newest row's */
	sym      sym;
	uint16_t parts;			/* of the slice; CHART_WHOLE: its row is written */
	uint8_t  wants;			/* CHART_OWN, CHART_BENCH: the nodes that it has */
	bool     live;			/* the newest row is not of history, nor late */
	uint8_t  ahead, block;		/* rows behind those that wait, whose time is to come; rows
					 * of the block that they are of */
};

/* The head of struct chart, whose rest is chart/inside.h's. */
struct chart_head {
	struct chart_slot *slot;
	uint32_t depth;			/* bars that stay readable in frame 0 */
};

struct chart_config {
	const struct plan *plan;	/* sealed; stays */
	const struct calendar *calendar;
	bool       extended;		/* bars outside of the core session count */
	bool       raw;			/* each bar given is one of frame 0, whatever its times:
					 * no sessions; frames on UTC's grid, days New York's */
	uint32_t   symbols;		/* slots 0.. in this order */
	const sym *symbol;
	uint32_t   spare;		/* slots that chart_add may still make */
	bool       ahead;		/* there is room for what chart_ahead brings */
	sym        bench;		/* SYM_NONE, or: gets a slot if it is none of them */
};

#define CHART_NONE UINT32_MAX
#define CHART_WHOLE UINT16_MAX
#define CHART_OWN   1
#define CHART_BENCH 2

size_t        chart_size(const struct chart_config *c);
struct chart *chart_new(struct arena *a, const struct chart_config *c);
uint32_t      chart_find(const struct chart *c, sym s);		/* slot; CHART_NONE */
uint32_t      chart_add(struct chart *c, sym s);		/* CHART_NONE: no room */

/* As when it was made: nothing was seen of any of its symbols. Not while blocks come ahead. */
void          chart_clear(struct chart *c);

/* ---- feeding
 *
 * History (BAR_WARMUP) may be of any length up to a day. What is longer than the timeframe feeds
 * the frames in which it lies whole: give it before the symbol's shorter history is walked
 * over, since a frame takes no bar of times that it has; and give none that is still being
 * made. A bar of 23 hours or more is the day's in the middle of which it is. */
enum chart_took {
	CHART_TOOK,	/* waits in its slice */
	CHART_CLOSED,	/* a whole bar of history: it waits for chart_next */
	CHART_OUTSIDE,	/* of the session */
	CHART_LATE,	/* behind the slice that was decided: in the series, marked BAR_LATE, and
			 * waiting for chart_next, where nothing newer is there */
	CHART_OLD,	/* of no use any more: not taken */
	CHART_ODD	/* not a bar, or of a length or a start that does not fit */
};
/* decided: end of the newest slice that was decided on; 0 none. */
enum chart_took chart_take(struct chart *c, const struct bar *b, ns decided);
/* End of the earliest slice that is being built; INT64_MAX none. */
ns   chart_pending(const struct chart *c);
/* Closes the earliest slice, and returns its end: its bars wait for chart_next. */
ns   chart_close(struct chart *c);
/* The earliest bar that waits becomes the newest of its slot, and the slot's values are those of
 * its end; among equals the benchmark's first, then by slot. false: none waits. History that was
 * delivered symbol by symbol is thus walked in order of time. To be called until false after
 * each chart_close, and before anything is read. So many bars may wait as a plan wants to be
 * settled, and CHART_WAIT_MIN at least; of more, the oldest go into the longer frames only. */
bool chart_next(struct chart *c, uint32_t *slot);
/* Both of them, until none waits, for whoever does not want to know of each slot. */
ns   chart_advance(struct chart *c);

/* Whoever has a series in hand (a backtest) may bring its next bars before their time: a block of
 * one symbol, read and computed at one go. The rows are written behind those that wait, where
 * nothing that reads comes to, and each is the slice that is being built until chart_close closes
 * it. With them are kept the values that the symbol's own bars alone make: chart_next brings them
 * out, bar by bar, and they are what they would be if it had stepped itself. Bars are those of the
 * timeframe, by time; those that are no whole slice of a session are left out. The block before
 * must be walked over. */
#define CHART_AHEAD 64
struct chart_bars {
	const uint32_t *minute;		/* of the start, since 1970 */
	const uint32_t *open, *high, *low, *close;	/* in units */
	const double *volume;
	int64_t  unit;			/* billionths of a dollar */
	uint32_t n;			/* at most CHART_AHEAD */
	bool     warmup;		/* history */
};
void chart_ahead(struct chart *c, uint32_t slot, const struct chart_bars *b);

#define CHART_BARS_MIN 256	/* readable in frame 0 whatever the plan wants: pages show them */
#define CHART_WAIT_MIN 256

/* ---- reading a slot. ago 0 is the newest closed bar; asserts ago < chart_bars(). */
static inline const struct chart_slot *chart_slot(const struct chart *c, uint32_t slot)
{
	return &((const struct chart_head *)(const void *)c)->slot[slot];
}
static inline ns chart_end(const struct chart *c, uint32_t slot) /* of the newest; 0 none */
{
	return chart_slot(c, slot)->row.newest;
}
/* How many bars have been closed in all, and whether the newest is not of history nor late. */
static inline uint32_t chart_count(const struct chart *c, uint32_t slot)
{
	return chart_slot(c, slot)->row.count;
}
static inline bool chart_live(const struct chart *c, uint32_t slot)
{
	return chart_slot(c, slot)->live;
}
/* Readable, closed. */
static inline uint32_t chart_bars(const struct chart *c, uint32_t slot)
{
	const struct chart_head *head = (const void *)c;
	uint32_t n = head->slot[slot].row.count;

	return n < head->depth ? n : head->depth;
}
/* The newest price that is known, also of a bar that is not closed; 0 none. */
px chart_last(const struct chart *c, uint32_t slot);
/* Without vwap. A joined bar begins where its slice does, a late one where it did itself. */
struct bar chart_bar(const struct chart *c, uint32_t slot, uint32_t ago);
px         chart_close_price(const struct chart *c, uint32_t slot); /* of the newest */

/* ---- values at the slot's newest closed bar. trade: TRADE_VALUES doubles, or NULL when the
 * expression does not ask. TA_NONE: no value, or unknown. Asked again: a look-up. */
double chart_value(struct chart *c, uint32_t slot, const struct plan_ref *r, const double *trade);
/* Unknown counts as false. */
static inline bool chart_holds(struct chart *c, uint32_t slot, const struct plan_ref *r,
			       const double *trade)
{
	return chart_value(c, slot, r, trade) == 1.0;
}

/* For loops over many slots: where the newest value lies of an expression that is nothing but one
 * stepped node, in slot 0; that of slot n is n * *stride doubles on. NULL: it is more than that. To
 * be read where the slot has a bar. */
const double *chart_fixed(const struct chart *c, const struct plan_ref *r, uint32_t *stride);

/* Everything that changes, for checkpoints and for running on from a point twice: the same plan
 * and configuration give the same size. */
size_t chart_save(const struct chart *c, void *out, size_t room);	/* bytes needed */
MUST_CHECK bool chart_load(struct chart *c, const void *from, size_t n);

#endif
