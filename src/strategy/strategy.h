/* strategy.h: what a strategy is: a table entry with pure functions. It sees
 * closed bars through a view that cannot show a later one, and answers with a
 * decision that names the whole trade. Protection, orders and risk are the
 * engine's business.
 *
 * Definitions of the built-in ones: their headers and .c files; parameters with
 * defaults and bounds: the tables below, from which gambler.ini, its checks and
 * `gambler help` are made. */
#ifndef STRATEGY_STRATEGY_H
#define STRATEGY_STRATEGY_H

#include "model/book.h"

/* ---- parameters */
enum param_type { PARAM_NUMBER, PARAM_PERCENT, PARAM_COUNT, PARAM_DURATION, PARAM_BOOL,
		PARAM_CHOICE };

struct param_spec {
	const char *key;		/* in [strategy NAME] */
	enum param_type type;
	/* Default and bounds; PERCENT: 1 % is 0.01; DURATION: seconds. */
	double      value, min, max;
	const char *choices;		/* PARAM_CHOICE: "strict|near": value is the index */
	const char *help;
};

#define PARAMS_MAX 32
struct params { double v[PARAMS_MAX]; };	/* by index in the strategy's table */

struct preset { const char *name, *about; const char *sets; };	/* sets: "bb_k=2.0 rsi_max=25" */

/* ---- series: the last closed bars of one symbol at the instance's timeframe */
#define SERIES_BARS 256		/* a power of two; >= the 250 bars of warm-up */

struct series {
	uint32_t   n;		/* how many are readable, <= SERIES_BARS */
	uint32_t   head;	/* index behind the newest */
	struct bar bar[SERIES_BARS];
};

/* ago 0 is the newest; asserts ago < n: there is nothing behind the newest. */
static inline const struct bar *series_ago(const struct series *s, uint32_t ago)
{
	assert(ago < s->n);
	return &s->bar[(s->head - 1 - ago) & (SERIES_BARS - 1)];
}
void series_push(struct series *s, const struct bar *b);

struct view {
	ns                   now;	/* the decision moment: the newest bar's end, or later */
	int                  timeframe_s;
	const struct series *series;	/* of the symbol decided on; newest bar is new */
	const struct series *bench;	/* benchmark; NULL: none configured */
	const struct trade  *trade;	/* the open round trip; NULL: flat */
	bool                 may_long, may_short;
};

/* ---- decisions */
enum decide { DECIDE_NONE, DECIDE_REJECT, DECIDE_ENTER, DECIDE_EXIT };

#define VALUES_MAX 12

struct decision {
	enum decide what;
	enum side   side;		/* ENTER */
	uint8_t     failed;		/* REJECT: the first that failed, in conditions[] */
	double      stop, target;	/* ENTER: prices; the engine puts them on the grid */
	ns          hold;		/* ENTER: longest time; 0 none */
	double      value[VALUES_MAX];	/* what was seen, by strategy->values; NaN: no value */
};

struct strategy {
	const char *name, *about;
	const struct param_spec *params;
	uint32_t    params_n;
	const struct preset *presets;
	uint32_t    presets_n;
	const char *const *conditions;	/* in the order in which they are asked: the funnel */
	uint32_t    conditions_n;
	const char *const *values;	/* names of decision.value */
	uint32_t    values_n;
	size_t      state_size;		/* per symbol: flat, zero-initialised, no pointers */
	uint32_t    version;		/* of the state and the meaning */
	/* Cross-checks of parameters; false with words in why. */
	bool      (*check)(const struct params *p, char *why, size_t why_size);
	uint32_t  (*warmup)(const struct params *p);	/* bars needed before the first signal */
	/* One closed bar of one symbol (also in warm-up): updates the state. */
	void      (*update)(void *state, const struct params *p, const struct bar *b);
	/* After all symbols of the slice were updated. */
	void      (*decide)(const void *state, const struct params *p, const struct view *v,
			    struct decision *out);
};

extern const struct strategy *const strategies[];	/* NULL at the end */
const struct strategy *strategy_find(struct str name);
void params_default(const struct strategy *s, struct params *p);
/* ERR_NOTFOUND: no such key; ERR_PARSE; ERR_RANGE with words. */
MUST_CHECK enum err params_set(const struct strategy *s, struct params *p, struct str key,
			       struct str value, char *why, size_t why_size);
MUST_CHECK enum err params_preset(const struct strategy *s, struct params *p, struct str name);

#endif
