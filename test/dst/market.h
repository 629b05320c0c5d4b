/* market.h: what judge.c asks the exchange, behind its protocol. */
#ifndef DST_MARKET_H
#define DST_MARKET_H

#include "sim.h"

struct naked { char symbol[12]; int64_t shares; ns since; };	/* since: lasts so long */

bool market_up(void);
/* The session of which a time is before the close (wall). */
void market_hours(ns wall, ns *open, ns *close);
/* The position that has been without a whole stop for the longest; false: none is. */
bool market_naked(struct naked *out);
bool market_open_now(void);
uint32_t market_orders(void);
uint32_t market_executions(void);
void market_doubled(void);	/* orders that were sent twice, shares sold that were not there */
/* Holds the exchange's books against the bot's: each difference is a dst_fail(); of a store that
 * has forgotten a part: what it has more. */
void market_compare(struct books *b, bool forgot);
void market_forbidden(void);	/* entries that nobody wanted any more */
bool market_is_flat(void);
void market_flat(void);		/* nothing is held, nothing is on the market */

#endif
