/* chart_rig.h: a plan put together by hand, and a chart on it that is fed from made-up markets. */
#ifndef TEST_CHART_RIG_H
#define TEST_CHART_RIG_H

#include <math.h>

#include "base/rng.h"
#include "chart/chart.h"
#include "rule/rule.h"
#include "test/check.h"

#define RIG_NODES  64
#define RIG_CODES  4096
#define RIG_DAY    20122		/* 2025-02-03, a Monday */

#define RIG_TEXTS  24
#define RIG_MINUTES 12000

struct rig {
	struct plan plan;
	struct plan_node node[RIG_NODES];
	struct plan_code code[RIG_CODES];
	double number[RIG_CODES];
	struct arena arena, plans;
	struct chart_config config;
	struct chart *chart;
	uint32_t texts;
	struct plan_ref ref[RIG_TEXTS];
};

/* 0 is AAPL, 1 MSFT, ... and 9 the benchmark, when there is one. */
#define RIG_BENCH 9

void rig_begin(struct rig *r, int32_t seconds);
/* Each returns the index of what it adds. */
uint32_t rig_frame(struct rig *r, int32_t seconds, bool clock);
uint16_t rig_node(struct rig *r, uint32_t frame, const char *family, double a, double b, double c,
		  struct plan_series x);
uint16_t rig_derived(struct rig *r, uint32_t frame, uint32_t code);
uint32_t rig_code(struct rig *r, uint8_t op, uint32_t a, uint16_t b, uint8_t c);
struct plan_ref rig_ref(uint32_t code);
struct plan_ref rig_out(struct rig *r, uint16_t node, uint8_t out, uint16_t ago);
struct plan_series rig_column(uint8_t column);
struct plan_series rig_output(uint16_t node, uint8_t out);
/* Lays the plan out and makes the chart. */
void rig_ready(struct rig *r, uint32_t symbols, bool bench);
/* All at once: a plan of expressions. */
void rig_texts(struct rig *r, int32_t seconds, const char *const *text, uint32_t texts,
	       uint32_t symbols, bool bench);
void rig_again(struct rig *r);		/* a chart that has seen nothing */
void rig_end(struct rig *r);

ns  rig_time(int d, int minute);	/* of a day after RIG_DAY, minutes since 09:30 */
/* A minute of a market: seeded by symbol and time alone; false: nothing was traded. */
bool rig_minute(struct bar *b, sym s, ns open_ts, uint64_t seed);
struct bar rig_flat(sym s, ns open_ts, ns ts, double price, uint16_t flags);
/* Bars of minutes joined: the naive way. n of them, in order. */
struct bar rig_join(const struct bar *b, size_t n, ns begin, ns end);
/* Minutes of some days of several symbols, in order of time; the benchmark is one when wanted. */
size_t rig_market(struct bar *out, int from_day, int days, uint32_t symbols, bool bench,
		  uint64_t seed);
/* Bars of s out of minutes, `minutes` long, by the session's grid. */
size_t rig_longer(struct bar *out, const struct bar *b, size_t n, sym s, int minutes);
void rig_history(struct rig *r, const struct bar *b);	/* as history, which must be taken */
double rig_value(struct rig *r, uint32_t slot, uint32_t text);
/* All values of all slots are the same in both. */
bool rig_equal(struct rig *a, struct rig *b);
uint32_t rig_walk(struct rig *r);
void rig_feed(struct rig *r, const struct bar *b);	/* closes what ends before it first */
bool rig_same(double a, double b);	/* the same bits, or both none */

#endif
