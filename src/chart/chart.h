/* chart.h: the closed bars of symbols at one timeframe, and every value that a plan asks of
 * them. The only way to prices for strategies and rules: it has nothing newer than the last
 * closed bar. Pure, flat, sized at start.
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

struct chart_config {
	const struct plan *plan;	/* sealed; stays */
	const struct calendar *calendar;
	bool       extended;		/* bars outside of the core session count */
	uint32_t   symbols;		/* slots 0.. in this order */
	const sym *symbol;
	uint32_t   spare;		/* slots that chart_add may still make */
	sym        bench;		/* gets a slot of its own if it is none of them; SYM_NONE */
};

#define CHART_NONE UINT32_MAX

size_t        chart_size(const struct chart_config *c);
struct chart *chart_new(struct arena *a, const struct chart_config *c);
uint32_t      chart_find(const struct chart *c, sym s);		/* slot; CHART_NONE */
uint32_t      chart_add(struct chart *c, sym s);		/* CHART_NONE: no room */

/* ---- feeding */
enum chart_took {
	CHART_TOOK,	/* waits in its slice */
	CHART_CLOSED,	/* a whole bar of history: it waits for chart_next */
	CHART_OUTSIDE,	/* of the session */
	CHART_LATE,	/* behind the slice that was decided: in the series, marked BAR_LATE */
	CHART_OLD,	/* of no use any more: not taken */
	CHART_ODD	/* not a bar, or of a length that does not fit */
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
 * each chart_close, and before anything is read. */
bool chart_next(struct chart *c, uint32_t *slot);

/* ---- reading a slot. ago 0 is the newest closed bar; asserts ago < chart_bars(). */
uint32_t   chart_bars(const struct chart *c, uint32_t slot);	/* readable, closed */
struct bar chart_bar(const struct chart *c, uint32_t slot, uint32_t ago);
ns         chart_end(const struct chart *c, uint32_t slot);	/* of the newest; 0 none */
px         chart_close_price(const struct chart *c, uint32_t slot); /* of the newest */
px         chart_last(const struct chart *c, uint32_t slot);	/* newest known, also unclosed */
/* How many bars have been closed in all, and whether the newest is not of history nor late. */
uint64_t   chart_count(const struct chart *c, uint32_t slot);
bool       chart_live(const struct chart *c, uint32_t slot);

/* ---- values at the slot's newest closed bar. trade: TRADE_VALUES doubles, or NULL when the
 * expression does not ask. TA_NONE: no value, or unknown. Asked again: a look-up. */
double chart_value(struct chart *c, uint32_t slot, const struct plan_ref *r, const double *trade);
/* Unknown counts as false. */
static inline bool chart_holds(struct chart *c, uint32_t slot, const struct plan_ref *r,
			       const double *trade)
{
	return chart_value(c, slot, r, trade) == 1.0;
}

/* Everything that changes, for checkpoints and for running on from a point twice: the same plan
 * and configuration give the same size. */
size_t chart_save(const struct chart *c, void *out, size_t room);	/* bytes needed */
MUST_CHECK bool chart_load(struct chart *c, const void *from, size_t n);

#endif
