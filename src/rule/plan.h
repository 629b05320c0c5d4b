/* plan.h: what is to be computed of a chart: nodes and code, compiled from expressions (rule.h),
 * run by chart/. The same sub-expression is one node however many rules, strategies or
 * instances ask for it. Flat; made once at start, then only read.
 *
 * A plan has frames: frame 0 is the chart's own timeframe, the others are those of tf().
 * Every node belongs to one frame. Nodes and code refer to earlier nodes only; lags are never
 * negative: nothing in a plan can name a bar that has not closed. */
#ifndef RULE_PLAN_H
#define RULE_PLAN_H

#include "base/arena.h"
#include "ta/fn.h"

#define PLAN_FRAMES    6
#define PLAN_LAG_MAX   1000	/* x[n]; windows are bounded by their family */
/* Bars after which a value must be exact: averages of 1000 take 5000, such of such 10,000. A chart
 * has room for so many to wait. */
#define PLAN_SETTLED_MAX 20000
#define PLAN_STACK     32	/* operands of one expression; proven when it is compiled */
#define PLAN_DAY       86400	/* seconds of the day's frame: one bar a session */

enum plan_column { COL_OPEN, COL_HIGH, COL_LOW, COL_CLOSE, COL_VOLUME, COLUMNS };

enum plan_kind {
	PLAN_STEP,	/* family, stepped at each bar of the frame */
	PLAN_WINDOW,	/* family, computed when asked for, then remembered until the next bar */
	PLAN_DERIVED	/* an expression's value at each bar, kept for lags and windows */
};

/* A series: column (COL_...) of the node's frame when node is PLAN_COLUMN. */
#define PLAN_COLUMN UINT16_MAX
struct plan_series { uint16_t node; uint8_t out; };	/* out: output, or the column */

struct plan_node {
	uint8_t  kind, frame;
	bool     bench, own;	/* wanted of the benchmark; of the symbols themselves */
	uint16_t cost;		/* rough, of computing it once: nanoseconds */
	uint16_t lag;		/* WINDOW: what it was so many bars ago: its window ends there. So
				 * x[n] of a window is a node of its own, as lazy as x */
	const struct ta_family *family;
	double   arg[TA_ARGS];
	struct plan_series x;	/* what the family reads: a column, a STEP or a DERIVED node;
				 * families of bars: unused */
	uint32_t code, code_n;	/* PLAN_DERIVED */
	uint32_t keep;		/* bars of its outputs that must be readable, >= 1: 1 is the newest
				 * only. WINDOW: always 1 */
	/* Of its last output, with what it reads counted in; other frames in bars of this one.
	 * needs: as settled, but other frames wait for themselves. */
	uint32_t first, settled, needs;
	/* Offsets into a symbol's block of doubles, of this frame; given by plan_seal. */
	uint32_t state;		/* STEP: its state, in doubles */
	uint32_t value;		/* outputs; keep > 1: a ring of 2 * keep for each output */
};

enum plan_op {
	/* push: */
	OP_NUMBER,	/* number[a] */
	OP_COLUMN,	/* column a, b bars ago */
	OP_NODE,	/* node a, output c, b bars ago; of a WINDOW b is 0 */
	OP_CLOCK,	/* enum plan_clock a, at the decision moment */
	OP_TRADE,	/* enum plan_trade a: of the open trade, given by the caller */
	/* what follows, up to OP_LEAVE, is of another context; where there is none, or it has no
	 * bar yet, push none and go on at a, which is behind the OP_LEAVE. One of each at most,
	 * one within the other in either order; OP_FRAME stands in code of frame 0 only: */
	OP_FRAME,	/* frame b of the same symbol: its newest closed bar */
	OP_BENCH,	/* the benchmark, same frame; its newest bar not older than 2 of them */
	OP_LEAVE,
	/* top of stack: */
	OP_NEG, OP_NOT, OP_ABS, OP_SQRT, OP_LOG,
	/* top two: */
	OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MIN, OP_MAX,
	OP_LT, OP_LE, OP_GT, OP_GE, OP_EQ, OP_NE,
	OP_AND, OP_OR,		/* three-valued (Kleene) */
	/* go on at a, keeping the top: */
	OP_IF_FALSE, OP_IF_TRUE,
	OP_END
};

/* Conditions are 1, 0 or none. A division by 0 is none, so is a root or logarithm that
 * does not exist, so is every operation on none but AND with false and OR with true. */

enum plan_clock { CLOCK_TIME, CLOCK_SESSION_MINUTE, CLOCK_MINUTES_LEFT, CLOCK_WEEKDAY };
/* minutes since New York's midnight; since the open; until the close; 1 Monday .. 5 Friday */

enum plan_trade {
	TRADE_VALUE_ENTRY,	/* average price of what was bought or sold */
	TRADE_VALUE_PROFIT,	/* part of it, signed: 0.01 is 1 % won */
	TRADE_VALUE_BARS,	/* bars since the fill */
	TRADE_VALUE_MINUTES,
	TRADE_VALUE_BEST, TRADE_VALUE_WORST,	/* price since the fill, as the trade sees it */
	TRADE_VALUES
};

/* Where a is a place to go on at, it is an index into the plan's code, always further on. */
struct plan_code { uint8_t op, c; uint16_t b; uint32_t a; };

struct plan_frame {
	int32_t  seconds;	/* frame 0: 60..3600; others a multiple of it, or PLAN_DAY */
	bool     clock;		/* begins at full hours, not at the session's open */
	uint32_t depth;		/* bars of the columns that must be readable, >= 2 */
	uint32_t doubles;	/* block of one symbol: states and values of all its nodes */
	uint32_t settled;	/* bars of this frame after which every value of it is exact, when
				 * those of the other frames are */
};

/* A compiled expression. */
struct plan_ref {
	uint32_t code;		/* begins here in plan->code, ends with OP_END */
	bool     boolean;
	bool     trade;		/* asks for the open trade */
	uint16_t cost;
	/* Bars of frame 0 before all that it reads is there; is exact; is exact if the other
	 * frames are. */
	uint32_t first, settled, needs;
};

struct plan {
	bool     sealed;
	uint32_t frames, nodes, codes, numbers;
	uint32_t nodes_max, codes_max, numbers_max;
	struct plan_frame frame[PLAN_FRAMES];
	struct plan_node *node;
	struct plan_code *code;
	double   *number;
	uint32_t  buckets;	/* where equal nodes are found, by what they compute */
	uint16_t *bucket;
};

#endif
