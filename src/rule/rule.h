/* rule.h: expressions over a chart, as users write them in gambler.ini and as strategies name
 * their inputs:
 *
 *	close < bb_lower(20, 2.5) and rsi(14) < $rsi_max and volume > 3 * volume_sma(20)[1]
 *
 * Series     open high low close volume, and every indicator of ta/fn.h; hlc3 is
 *            (high+low+close)/3. Names are lower case.
 * x[n]       x, n bars ago, 0..PLAN_LAG_MAX; n is a whole number or $parameter: a negative one,
 *            which would be a later bar, is refused
 * Numbers    12, 0.5, 2.5% (= 0.025), 30m 90s 2h (minutes: 30, 1.5, 120), 09:45 (minutes since
 *            midnight: 585), $name a parameter
 * Operators  or; and; not; < <= > >= == != crosses_above crosses_below; + -; * /; unary -; [n];
 *            weakest first; comparisons do not chain
 * Functions  indicators, whose first argument may be a series; highest(x,n) lowest(x,n)
 *            change(x,n); crosses_above(a,b) crosses_below(a,b); abs sqrt log min max;
 *            rs(n): gain of n bars minus the benchmark's over the same times
 * Frames     tf(15m, x) is x on bars of 15 minutes (any multiple of the chart's timeframe up to
 *            4h, or 1d), the newest that has closed; tf(60m clock, x): bars at full hours
 * bench(x)   x of the benchmark at the same time
 * Clock      time, session_minute, minutes_left, weekday, at the decision moment
 * Trade      in exits only: entry, profit, bars_held, minutes_held, best, worst
 *
 * a crosses_above b: a > b and a[1] <= b[1]. Logic has three values: a comparison with what has
 * no value is unknown; `not unknown` is unknown; at the top unknown counts as false.
 *
 * Compiling checks everything: names, arguments and their bounds, types (a number is no
 * condition), depth, look-back. What runs cannot fail. Operands of and/or are put in order of
 * their cost: the result is the same. */
#ifndef RULE_RULE_H
#define RULE_RULE_H

#include "rule/plan.h"

#define RULE_TEXT_MAX 2000	/* bytes of one expression: a screenful */

struct rule_param { const char *name; double value; };

struct rule_scope {
	const struct rule_param *param;
	uint32_t params;
	bool     trade;		/* entry, profit, … may be used */
};

enum rule_want { RULE_NUMBER, RULE_CONDITION, RULE_ANY };

struct rule_error {
	uint32_t at;		/* offset into the text, in bytes */
	char     text[160];	/* "unknown function 'rsii' (did you mean rsi?)" */
};

/* Room for so many nodes (at most 60,000); timeframe_s: of frame 0. */
size_t plan_size(uint32_t nodes);
struct plan *plan_new(struct arena *a, uint32_t nodes, int timeframe_s);

/* false: *why says what and where; what the plan computes is as before. */
MUST_CHECK bool rule_compile(struct plan *p, struct str text, const struct rule_scope *scope,
			     enum rule_want want, struct plan_ref *out, struct rule_error *why);

/* Lays out the blocks; nothing is compiled afterwards. */
void plan_seal(struct plan *p);

/* Walks the code and proves again what the compiler promises: operands within range, stack
 * within PLAN_STACK, jumps forward, nodes earlier, lags kept. Asserted by plan_seal. */
bool plan_verify(const struct plan *p, char *why, size_t why_size);
/* The most operands that any of its code has on the stack at once. */
uint32_t plan_stack(const struct plan *p);

/* The conjuncts of a condition, as texts of the source in its order: names for the funnel.
 * Returns how many, at most `max`, the last with all that is left; one when there is no `and` at
 * the top. Of a text that compiles, each compiles; their costs say in which order to ask. */
uint32_t rule_conjuncts(struct str text, struct str *out, uint32_t max);

/* The sides of a comparison that are more than numbers, 0 to 2, as texts of the source: what is
 * worth showing beside the answer. None of a text that is not one comparison. */
uint32_t rule_operands(struct str text, struct str out[static 2]);

#endif
