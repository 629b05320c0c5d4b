/* core_action.h: corporate actions: what splits and dividends do to prices and positions.
 * A flat table, read from a file by actions.c; the core and the market read the same one.
 *
 * What the core does with it, on the morning of the ex date (before the pre-market):
 *	split     A position of n shares becomes n * num / den; what it cost stays. Whole
 *	          positions stay whole: what is left over is paid in cash at the last price
 *	          (cash in lieu); positions that had fractions keep nine decimals. The broker
 *	          cancels all open orders of the share. Prices that are shown go along.
 *	dividend  Who held shares at the close before gets cash per share, to the cent, on
 *	          the pay date (on the ex date when there is none); who was short pays it.
 * An action of a day without a session takes effect on the next one's morning. */
#ifndef EXCHANGE_CORE_ACTION_H
#define EXCHANGE_CORE_ACTION_H

#include "model/calendar.h"
#include "model/model.h"

/* A thousand shares' quarterly dividends for a year, or a hundred's for ten. */
#define XC_ACTIONS_MAX 4096
#define XC_RATIO_MAX   10000	/* the largest split on record is 1:3000 */

enum xc_action_kind { XA_SPLIT, XA_DIVIDEND };

struct xc_action {
	day      ex, pay;
	uint16_t asset;			/* the core's index, which is the market's symbol */
	uint8_t  kind;			/* enum xc_action_kind */
	int32_t  num, den;		/* split: num new shares for den old ones */
	px       cash;			/* dividend: a share, before taxes */
};

struct xc_actions {			/* by asset, then by ex date */
	struct xc_action a[XC_ACTIONS_MAX];
	uint32_t n;
};

/* Puts one at its place, behind those of the same asset and day. ERR_FULL; ERR_RANGE: a
 * ratio that is not 1..XC_RATIO_MAX both, cash that is not 0..10000 dollars, pay before ex. */
MUST_CHECK enum err actions_add(struct xc_actions *t, const struct xc_action *a);

/* The asset's actions with an ex date in after < ex <= until, oldest first; *n of them. */
const struct xc_action *actions_of(const struct xc_actions *t, uint16_t asset, day after,
				   day until, uint32_t *n);

/* What one share of day `from` has become by day `until`: num / den shares. Bounded: what
 * goes beyond 10^9 is rounded to that. */
void actions_factor(const struct xc_actions *t, uint16_t asset, day from, day until,
		    int64_t *num, int64_t *den);

/* A price of day `of` as it is shown when looked at from day `until`. Dividends take off
 * their part of `before`, the close before the ex date, which close_of gives (0: not
 * known, then that dividend is left out). */
enum { ACTIONS_SPLIT = 1, ACTIONS_DIVIDEND = 2 };
px actions_adjust(const struct xc_actions *t, uint16_t asset, px p, day of, day until,
		  uint32_t what, px (*close_of)(void *ctx, uint16_t asset, day before_ex),
		  void *ctx);

#endif
