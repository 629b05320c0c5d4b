/* market.h: what judge.c asks the exchange, behind its protocol. */
#ifndef DST_MARKET_H
#define DST_MARKET_H

#include "sim.h"

#define BOTS          3	/* symbols that the bot trades, the first ones; others are people's */
#define POSITIONS_MAX 3	/* of plan.c's ini, where people trade, too */

struct xc;
struct naked {
	char        symbol[12];
	int64_t     shares;
	ns          since;		/* lasts so long */
	const char *whose;		/* the instance's name; NULL: of the whole account */
};

bool market_up(void);
/* The session of which a time is before the close (wall). */
void market_hours(ns wall, ns *open, ns *close);
/* The position that has been without a whole stop for the longest; false: none is. */
bool market_naked(struct naked *out);
/* Of what one instance holds: it has too few stops, or beyond: too many. Once a second before that:
 * market_look(). */
bool market_part(struct naked *out, bool beyond);
void market_look(void);
uint32_t market_together(void);	/* how often a second one began to hold a symbol */
/* What each one traded, by all that was executed. */
int64_t market_cash_of(int instance);
bool market_exact(void);	/* nobody else, and no split, changes what one holds */
ns   market_minute(const char *cid);	/* of which an entry is: it says so by its name */
const struct xc *market_core(void);	/* whose.c */
int market_owner(const struct xc *c, uint32_t order);	/* INSTANCES: people */
bool market_open_now(void);
uint32_t market_orders(void);
uint32_t market_executions(void);
/* Of shares that were held, the bot's or people's. */
uint32_t market_splits(void);
uint32_t market_dividends(void);
void market_doubled(void);	/* orders that were sent twice, shares sold that were not there */
/* Holds the exchange's books against the bot's: each difference is a dst_fail(); of a store that
 * has forgotten a part: what it has more. */
void market_compare(struct books *b, bool forgot);
void market_forbidden(void);	/* entries that nobody wanted any more */
bool market_is_flat(void);
void market_flat(void);		/* nothing is held, nothing is on the market */


/* What people see at the broker's page (others.c). */
struct order_there { char id[40], cid[132]; };
bool market_order_there(uint32_t nth, struct order_there *out);	/* of those that live */
int64_t market_position(const char *symbol);	/* signed, in billionths, of the account */
int64_t market_of_people(const char *symbol);	/* theirs alone */
double market_print(const char *symbol);
/* Of so many symbols that the bot does not trade others have shares; beside: that it does. */
uint32_t market_foreign(uint32_t *beside);

#endif
