/* strategy.h: what a strategy is: a table entry with pure functions. It names its inputs as
 * expressions (rule/rule.h), sees their values at closed bars through a view that cannot show a
 * later one, and answers with a decision that names the whole trade. Protection, orders and
 * risk are the engine's business.
 *
 * Definitions of the built-in ones: their .c files; parameters with defaults and bounds: the
 * tables below, from which gambler.ini, its checks, `gambler help strategies`, the API's form and
 * the ranges of a search are made. */
#ifndef STRATEGY_STRATEGY_H
#define STRATEGY_STRATEGY_H

#include "chart/chart.h"
#include "model/book.h"
#include "rule/rule.h"

/* ---- parameters */
enum param_type { PARAM_NUMBER, PARAM_PERCENT, PARAM_COUNT, PARAM_DURATION, PARAM_BOOL,
		PARAM_CHOICE };

struct param_spec {
	const char *key;		/* in [strategy NAME]; $key in inputs */
	enum param_type type;
	/* Default and bounds; PERCENT: 1 % is 0.01; DURATION: seconds. */
	double      value, min, max;
	const char *choices;		/* PARAM_CHOICE: "strict|near": value is the index */
	const char *help;
};

#define PARAMS_MAX 48
struct params { double v[PARAMS_MAX]; };	/* by index in the strategy's table */

struct preset { const char *name, *about; const char *sets; };	/* sets: "bb_k=2.0 rsi_max=25" */

/* ---- what a strategy sees */
#define INPUTS_MAX 96

struct rules;				/* strategy/rules.h: what the ini says; NULL for others */

/* What a program outside says after a bar of a symbol (rules.h: exec). */
enum intent_what { INTENT_NONE, INTENT_LONG, INTENT_SHORT, INTENT_EXIT, INTENT_UNANSWERED };

struct intent {
	ns      bar;			/* the end of that bar */
	ns      hold;			/* 0, as of all that follow: what the ini says */
	px      stop, target;
	usd     size;
	sym     sym;
	uint8_t what;			/* enum intent_what */
	char    why[53];		/* its words */
};

struct view {
	ns            now;		/* the decision moment: the newest bar's end */
	int           timeframe_s;
	struct chart *chart;		/* of this timeframe; newest bar of the slot is new */
	uint32_t      slot;		/* the symbol decided on */
	const struct plan_ref *in;	/* the strategy's inputs, compiled */
	const struct trade *trade;	/* the open round trip; NULL: flat */
	const double *trade_values;	/* TRADE_VALUES of it; NULL: flat */
	const struct rules *rules;	/* of the instance; NULL: not a strategy of rules */
	const struct intent *intent;	/* a program's answer; NULL: it has not been asked yet */
	bool          bench;		/* there is a benchmark */
	bool          may_long, may_short;
};

/* Value of input i; TA_NONE: none. Computed when it is first asked for at a bar. */
static inline double view_in(const struct view *v, uint32_t i)
{
	return chart_value(v->chart, v->slot, &v->in[i], v->trade_values);
}
/* An input that is a condition: unknown counts as false. */
static inline bool view_holds(const struct view *v, uint32_t i)
{
	return view_in(v, i) == 1.0;
}

/* ---- decisions */
enum decide { DECIDE_NONE, DECIDE_REJECT, DECIDE_ENTER, DECIDE_EXIT };

#define VALUES_MAX 12

/* What comes into decide() says NONE, and nothing else is set: ENTER sets all that follows. */
/* What a level is, so that it can be measured from the fill: so many per cent, or so many dollars,
 * from the close; or a price of its own, wherever that is. */
enum level { LEVEL_PART, LEVEL_DISTANCE, LEVEL_PRICE };

struct decision {
	enum decide what;
	enum side   side;		/* ENTER */
	uint8_t     failed;		/* REJECT: the first that failed, in conditions[] */
	uint8_t     stop_is, target_is;	/* enum level */
	double      stop, target;	/* prices; the engine puts them on the grid */
	double      trail;		/* distance of a trailing exit in dollars; 0: none */
	double      trail_from;		/* it begins when the price is so far in profit, dollars */
	double      size;		/* dollars; 0: the instance's position */
	double      part;		/* of the instance's position where size is 0; 0: all */
	uint8_t     tag;		/* the strategy's own mark, kept as trade.tag */
	ns          hold;		/* longest time from the fill; 0 none */
};

/* What nearly every bar lacks. A strategy's first tests in the order in which decide() makes them,
 * all of which an entry needs: where one does not hold the engine counts it and need not ask
 * decide(). It holds where the input is below or above these (-INFINITY, INFINITY: not on that
 * side), or, than an input, where it is over that one, or under it. */
#define QUICK_MAX    4
#define QUICK_NUMBER UINT8_MAX
struct quick {
	uint8_t input, failed, none;	/* conditions[] where it does not; where it has no value */
	uint8_t than;			/* an input; QUICK_NUMBER */
	bool    over;
	double  below, above;
};

struct strategy {
	const char *name, *about;
	struct param_spec *params;	/* filled from `table` before main(); not changed later */
	const char *table;		/* rows as of inside.h; NULL: params are there already */
	uint32_t    params_n;
	const struct preset *presets;
	uint32_t    presets_n;
	/* Expressions over the parameters: "bb_lower($bb_n, $bb_k)". */
	const char *const *inputs;
	uint32_t    inputs_n;
	/* NULL, or another text for input i under these parameters; NULL: inputs[i]. */
	const char *(*input)(const struct params *p, uint32_t i);
	/* Strategies within this one, whose inputs are compiled behind its own with the numbers
	 * that inner_params gives; entry NULL or false: not used, its inputs have no values. */
	const struct strategy *const *inner;
	uint32_t    inner_n;
	bool      (*inner_params)(const struct params *p, uint32_t i, struct params *out);
	int         grid_s;		/* the instance's timeframe must divide this; 0: any */
	const char *const *conditions;	/* in the order in which they are asked: the funnel */
	uint32_t    conditions_n;
	/* What a note of a signal keeps and `gambler why` shows: names, and for each the input
	 * whose value it is. */
	const char *const *values;
	const uint8_t *value_input;
	uint32_t    values_n;
	size_t      state_size;		/* per symbol: flat, zeroed first, no pointers; 0: none */
	size_t      shared_size;	/* the same for the instance, all its symbols together */
	uint32_t    version;		/* of the state and the meaning */
	/* Past signals that it has judged, and how many it wants before it trades; false, or NULL:
	 * it asks for none. */
	bool      (*judged)(const void *shared, const struct params *p, ns now,
			    uint32_t *have, uint32_t *want);
	bool        outside;		/* a program decides: decide() turns its answers over */
	/* Cross-checks of parameters; false with words in why. */
	bool      (*check)(const struct params *p, char *why, size_t why_size);
	/* Bars of the timeframe before the first entry, at least what the inputs want: the engine
	 * asks for none sooner. NULL: warmup_bars; if those are 0, until every input is exact. */
	uint32_t  (*warmup)(const struct params *p);
	uint32_t    warmup_bars;
	/* After each closed bar of the symbol, history too, oldest first; NULL: no state. */
	void      (*update)(void *state, void *shared, const struct params *p,
			    const struct view *v);
	/* How many there are; NULL: none. */
	uint32_t  (*quick)(const struct params *p, bool may_long, bool may_short,
			   struct quick out[static QUICK_MAX]);
	/* After all symbols of the slice were updated: exits when v->trade, else entries. It is
	 * called for every symbol, bar and variant of a search: what turns most bars away, and is
	 * cheap, is to be asked first. */
	void      (*decide)(const void *state, const void *shared, const struct params *p,
			    const struct view *v, struct decision *out);
};

extern const struct strategy *const strategies[];	/* NULL at the end */
const struct strategy *strategy_find(struct str name);
void params_default(const struct strategy *s, struct params *p);
/* ERR_NOTFOUND: no such key; ERR_PARSE; ERR_RANGE with words. */
MUST_CHECK enum err params_set(const struct strategy *s, struct params *p, struct str key,
			       struct str value, char *why, size_t why_size);
MUST_CHECK enum err params_preset(const struct strategy *s, struct params *p, struct str name);

/* The parameters as an expression may name them, without the $ that a key may have; how many. */
uint32_t strategy_scope(const struct strategy *s, const struct params *p,
			struct rule_param out[static PARAMS_MAX]);
/* Compiles the inputs into a plan. False: one is wrong with these parameters, as *why says. */
MUST_CHECK bool strategy_plan(const struct strategy *s, const struct params *p, struct plan *plan,
			      struct plan_ref in[static INPUTS_MAX], struct rule_error *why);

#endif
