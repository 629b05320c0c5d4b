/* inside.h: the strategies, for list.c, and what they share. */
#ifndef STRATEGY_INSIDE_H
#define STRATEGY_INSIDE_H

#include "strategy/strategy.h"

extern const struct strategy mean_reversion, volatility_breakout, momentum, smart_money;
extern const struct strategy multi_timeframe, adaptive, ma_cross, zscore, indicator;

/* ---- a strategy's parameters, a row each, in the order of their indices:
 *
 *	"look" WHOLE("10 1 200") "bars of the move" END
 *
 * key, default with bounds, help. As text they take a third of what structs with pointers do. */
#define NUMBER(bounds)  "\0n" bounds "\0"
#define PERCENT(bounds) "\0p" bounds "\0"	/* 1 % is 0.01 */
#define WHOLE(bounds)   "\0w" bounds "\0"
#define SECONDS(bounds) "\0s" bounds "\0"
#define SWITCH(value)   "\0b" value "\0"	/* 1: yes */
#define CHOICE(value)   "\0c" value "\0"	/* "0 strict|near", or "0 =": as the last one's */
#define END             "\0"

void params_fill(const struct strategy *s);

/* The sentence for whoever wrote the value; false so that a check can return it. */
bool strategy_complain(char *why, size_t size, const char *words);

/* ---- one rule for both sides: `up` is 1 for longs, -1 for shorts, and what a long wants above
 * a short wants below. What has no value is beyond nothing. */
static inline bool beyond(double up, double a, double b)
{
	return up > 0 ? a > b : a < b;
}
static inline bool reaches(double up, double a, double b)
{
	return up > 0 ? a >= b : a <= b;
}

struct ask {
	const struct params *p;
	const struct view *v;
	const void *state, *shared;
	double up, close;
};

#define PASSED UINT8_MAX	/* of a side: no condition failed */

/* Index of the first condition that fails, or PASSED with the whole decision in out. */
typedef uint8_t strategy_side(const struct ask *a, struct decision *out);

/* Flat: the sides that are allowed, long first; of two that fail the one that came further is
 * named. */
void strategy_enter(const struct ask *a, strategy_side *side, struct decision *out);

/* The decision to enter, with stop and target at these distances from the signal's close. */
uint8_t strategy_levels(const struct ask *a, double stop, double target, double hold_s,
			struct decision *out);

/* With a trade: 1 or -1 once exits at a level count, which is from the close of the bar of the
 * fill on; 0 before. */
double strategy_held(const struct view *v);

/* How many bars ago the trade was signalled; CHART_NONE: longer than can be read. */
uint32_t strategy_signal_ago(const struct view *v);

/* When the session of this moment began, by minutes since then; 0: in none. */
ns strategy_session(const struct view *v, double minutes);

/* ---- odds.c: of a share in the long run, from votes */
double odds_beta_above(double a, double b, double x);	/* P(p > x), p after Beta(a, b) */
double odds_wilson_low(double wins, double n, double z); /* lower bound of Wilson's interval */

#endif
