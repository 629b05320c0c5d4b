/* rules.h: a strategy that a user wrote in gambler.ini:
 *
 *	[strategy dip]
 *	$rsi_max = 30, 10 to 40 step 5
 *	enter_long = close < bb_lower(20, 2.5) and rsi(14) < $rsi_max
 *	             and volume > 3 * volume_sma(20)[1]
 *	exit_long  = close >= bb_middle(20, 2.5)
 *	stop       = 1%
 *	target     = close + 2 * atr(14)
 *	max_hold   = 30m
 *
 * enter_long, enter_short
 *		conditions; one of the two is needed
 * exit_long, exit_short
 *		conditions, which may ask for the open trade; asked from the close of the bar of
 *		the fill on
 * stop, target	a price, or a per cent of the signal bar's close; a stop is needed, so that no
 *		position is ever without one. stop_short, target_short: of short sales, where one
 *		price cannot serve both sides. Without a target the bracket, which wants one,
 *		has it where no price comes
 * trail	a distance in dollars, or a per cent of the close
 * max_hold	minutes from the fill
 * size		dollars, or a per cent of the instance's capital; not given: the instance's
 *		position
 * warmup	bars before the first signal; not given: until everything is exact
 * $name	a number for the expressions; `10, 5 to 50 step 5`: with bounds, and steps for a
 *		search
 *
 * Or a program decides (`gambler help exec`; run/exec.h): exec in place of entries and exits.
 * exec		PROGRAM ARGUMENTS, cut at blanks; "quoted" words are whole
 * inputs	what it is told beside the bar: expressions with commas between them
 * deadline	for all answers to one slice
 * stop, target, size and max_hold hold where its answer has none.
 *
 * The operands of `and` in an entry are the funnel's conditions, cheapest first. */
#ifndef STRATEGY_RULES_H
#define STRATEGY_RULES_H

#include "strategy/strategy.h"

#define RULES_TEXT       6000	/* bytes of all expressions of one strategy, kept whole and in
				 * pieces: a screenful of rules */
#define RULES_PARAMS     24
#define RULES_CONDITIONS 28	/* what the funnel has room for */
#define RULES_INPUTS     64
#define RULES_NAME       60	/* bytes of an expression that is a name; longer ones end in … */
#define RULES_HOLD_MAX   10080	/* minutes: a week, as for the other strategies */
/* The close times (short: over) this is the target that was not given: beyond any trade, yet
 * within a usd for the largest position. */
#define RULES_FAR        4
/* Bars: twice what averages over 1000, the longest, take to forget; no feed gives more. */
#define RULES_WARMUP_MAX 10000
/* Nodes of a plan in which one strategy is tried: each part of all expressions might be one. */
#define RULES_NODES      1024
#define RULES_WORDS      24		/* of a command line */
/* The longest wait for a program: other news of the instance wait, too. */
#define RULES_DEADLINE_MAX (10 * NS_SECOND)

enum rules_key {
	RULES_ENTER_LONG, RULES_ENTER_SHORT, RULES_EXIT_LONG, RULES_EXIT_SHORT, RULES_STOP,
	RULES_STOP_SHORT, RULES_TARGET, RULES_TARGET_SHORT, RULES_TRAIL, RULES_MAX_HOLD, RULES_SIZE,
	RULES_WARMUP, RULES_EXEC, RULES_TELL, RULES_DEADLINE, RULES_KEYS
};

extern const char *const rules_keys[RULES_KEYS + 1];	/* as in the ini; NULL at the end */

/* A number to be asked for at the signal. input 0: not given, input 0 being the close. fixed: what
 * it always is; 0: that depends. */
struct rules_number { uint8_t input, failed; bool percent; double fixed; };

struct rules {
	struct strategy strategy;	/* what the engine works with; it points into this struct */
	uint32_t params, inputs, conditions, values;
	struct param_spec param[RULES_PARAMS];
	double   step[RULES_PARAMS];	/* for a search; 0: none given */
	const char *input[RULES_INPUTS], *condition[RULES_CONDITIONS], *value[VALUES_MAX];
	uint8_t  value_input[VALUES_MAX];
	/* By side, 0 long and 1 short: what is asked in turn, and the condition that it is. */
	uint8_t  asks[2], ask[2][RULES_CONDITIONS], asked[2][RULES_CONDITIONS];
	uint8_t  exit[2];		/* an input; 0: none */
	struct rules_number stop[2], target[2], trail, size, hold;
	double   size_unit;		/* dollars that the size is counted in: 1, or the capital */
	/* What is proven: bars before everything is there; how far it looks back; operands at
	 * once; and by timeframe, as in the plan, the bars after which it is exact. */
	uint32_t first, depth, stack, frames;
	struct { int32_t seconds; uint32_t bars; } frame[PLAN_FRAMES];
	/* exec: its words, NULL at the end; the inputs that it is told; its own condition. */
	const char *word[RULES_WORDS + 1];
	uint8_t  tell[RULES_INPUTS], tells, program;
	ns       deadline;
	uint32_t cost;			/* nanoseconds, roughly, of the entries' conditions */
	const char *source[RULES_KEYS];	/* as given; NULL: not */
	uint32_t text_n;
	char     text[RULES_TEXT];
};

struct rules_errors {
	uint32_t n;
	struct {
		const char *key;	/* the one that is wrong; NULL: the section as a whole */
		struct rule_error what;
	} e[RULES_KEYS + 1];
};

/* True for a section that is of rules though it does not say so: it has one of these keys. */
bool rules_key_known(struct str key);

void rules_begin(struct rules *r);
/* key: one of rules_keys, or "$name", which may be given again with another value. scratch: an
 * empty plan of the instance's timeframe. ERR_NOTFOUND: no such key; ERR_PARSE: *why says what. */
MUST_CHECK enum err rules_set(struct rules *r, struct str key, struct str value,
			      struct plan *scratch, struct rule_error *why);
/* After all keys: compiles everything once, into scratch, for proof and order. */
MUST_CHECK bool rules_finish(struct rules *r, usd capital, struct plan *scratch,
			     struct rules_errors *why);

void rules_decide(const void *state, const void *shared, const struct params *p,
		  const struct view *v, struct decision *out);

extern const struct strategy rules_strategy;	/* the word in `use`: no strategy by itself */

#endif
