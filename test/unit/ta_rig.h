/* ta_rig.h: one function of the table with its arguments, fed bar by bar as a chart would. */
#ifndef TEST_TA_RIG_H
#define TEST_TA_RIG_H

#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "ta/fn.h"

#define RIG_BARS 1300

struct rig_bars {
	double  open[RIG_BARS], high[RIG_BARS], low[RIG_BARS], close[RIG_BARS], volume[RIG_BARS];
	int64_t session[RIG_BARS];
	uint32_t n;
};

struct rig { const struct ta_fn *fn; double arg[TA_ARGS]; void *state; };

/* "bb_upper(20,2.5)"; false with a failed check when there is no such function. */
bool   rig_open(struct rig *r, const char *text);
/* The value at bar i, which is the newest so far; x: the series, NULL: the usual one. */
double rig_at(struct rig *r, const struct rig_bars *b, uint32_t i, const double *x);
void   rig_close(struct rig *r);

/* A walk in cents with flat stretches, gaps and bars without volume. */
void   rig_walk(struct rig_bars *b, uint64_t seed, uint32_t n);

#endif
