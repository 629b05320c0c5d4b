/* strategy_rig.h: a strategy over a chart, as an engine asks it, with the simplest of brokers: an
 * entry is filled at the next bar's open; a bar that has stop and target takes the stop. */
#ifndef TEST_STRATEGY_RIG_H
#define TEST_STRATEGY_RIG_H

#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "check.h"
#include "strategy/inside.h"

#define RIG_SYMBOLS 4		/* the last is the benchmark */
#define RIG_RECORDS 20000

struct rig_record { ns ts; uint32_t slot; struct decision d; };

struct rig_life { struct trade t; bool open; struct decision d; };

struct rig {
	const struct strategy *s;
	struct params p;
	struct arena arena;
	struct plan_ref in[INPUTS_MAX];
	struct chart *chart;
	int      timeframe_s;
	bool     no_bench, no_trades;	/* no_trades: every bar is asked as if flat */
	bool     no_long, no_short;
	uint32_t warmup, symbols;
	uint64_t *state[RIG_SYMBOLS], *shared;
	struct rig_life life[RIG_SYMBOLS];
	uint32_t n;
	struct rig_record record[RIG_RECORDS];	/* entries and exits */
	uint64_t rejected[32];
};

/* preset "" and sets "": as the table has it; sets as in a preset. */
struct rig *rig_open(const char *name, const char *preset, const char *sets, int timeframe_s);
void rig_close(struct rig *r);
/* Bars of one moment, of slots 0.. by their sym; then everybody is asked. */
void rig_slice(struct rig *r, const struct bar *b, uint32_t n);
/* Everything that would be kept: the same bytes, the same future. */
size_t rig_save(const struct rig *r, void *out, size_t room);
void   rig_load(struct rig *r, const void *from, size_t n);

/* ---- a market of RIG_SYMBOLS symbols: bars[i * RIG_SYMBOLS + slot], ts 0: no bar */
struct rig_market {
	int      timeframe_s;
	uint32_t n;			/* moments */
	struct bar *bar;
};

enum rig_what { RIG_WALK = 0, RIG_GAPS = 1, RIG_ZERO_VOLUME = 2, RIG_FLAT = 4, RIG_SPLIT = 8 };

/* Whole sessions from a date on: walks in cents around 1000 dollars with bursts of moves and of
 * volume; what: what is odd about it. */
struct rig_market *rig_market(uint64_t seed, int sessions, int timeframe_s, unsigned what);
void rig_market_free(struct rig_market *m);
void rig_run(struct rig *r, const struct rig_market *m, uint32_t from, uint32_t to);

/* Bars by hand, of slot 0, one a timeframe from the open of 2024-03-05 on. */
struct bar rig_bar(int timeframe_s, uint32_t i, double open, double high, double low,
		   double close, double volume);

#endif
