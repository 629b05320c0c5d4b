/* risk.h: the gate, last before the writer: every order becomes a ticket or a
 * named refusal, with all numbers that were compared. Pure. A refusal is an
 * outcome, not an error.
 *
 * gate_check looks at one instance; account_check at all of them together (it
 * runs on the writer thread, where the orders of all instances are in one order).
 * Exits and stops skip size caps, session windows and breakers; never the price grid,
 * the id check or HALT's rule that nothing new is opened. */
#ifndef RISK_RISK_H
#define RISK_RISK_H

#include "model/book.h"

/* The order of this list is the order of the checks. */
enum deny {
	ALLOW,
	DENY_KILL,		/* halted, flattening, or reduce-only */
	DENY_PAUSED,		/* by the operator or a breaker */
	DENY_LINK,		/* streams down, or not reconciled */
	DENY_SESSION,		/* market closed, or outside the trading window */
	DENY_SYMBOL,		/* not on the instance's list, or not tradable */
	DENY_QTY,		/* zero, negative or a fraction */
	DENY_GRID,		/* a price off the grid, or on the wrong side */
	DENY_STALE,		/* newest bar too old */
	DENY_DUPLICATE,		/* id in use, or a position or entry in this symbol already */
	DENY_NOTIONAL,		/* cap per order */
	DENY_CAPITAL,		/* the instance's capital */
	DENY_POSITIONS,		/* the instance's number of positions */
	DENY_ORDER_RATE,	/* orders a minute, orders a day */
	DENY_DAY_LOSS,		/* the instance's daily loss */
	DENY_LOSS_STREAK,	/* losses in a row */
	DENY_ACCOUNT,		/* broker blocks the account, or no shorting */
	DENY_BUYING_POWER,
	DENY_PORTFOLIO_POSITIONS,
	DENY_PORTFOLIO_LOSS,
	DENY_MARGIN,
	DENY_CASH,
	DENY_OPPOSITE,		/* another instance has an order on the other side (wash trade) */
	DENY_COUNT
};
const char *deny_text(enum deny d);	/* "day_loss" */
const char *deny_help(enum deny d);	/* one sentence: what it means and what to do */

struct limits {				/* per instance; from the ini */
	usd     capital;		/* gross notional of its positions and entries */
	usd     order_notional_max;
	int32_t positions_max;
	int32_t day_loss_bp;		/* of capital: 500 = 5 % */
	int32_t losses_in_row_max;
	int32_t orders_minute_max, orders_day_max;
	ns      stale_after;		/* age of the newest bar */
};

struct limits_account {			/* all instances together */
	int32_t positions_max;
	int32_t day_loss_bp;		/* of the day's first equity: 1000 */
	int32_t margin_bp;		/* initial margin / equity: 5000 */
	int32_t cash_bp;		/* cash / equity at least: 2000 */
};

/* What the gate is told. */
struct gate_input {
	enum kill_state kill;
	bool  paused, linked, in_session, in_window, tradable, on_list;
	bool  have_trade;		/* or, for what reduces: its id is in use */
	bool  reduces;			/* exit or stop: only shrinks or protects */
	ns    now, newest_bar;
	px    last;			/* newest close: notional, sides of stops */
	usd   gross;			/* notional of open positions and working entries */
	int32_t positions;
	int32_t orders_minute, orders_day;
	usd   pnl_day;			/* realised and open */
	int32_t losses_in_row;
};

/* One line per check that was made, in order: what was compared. */
struct gate_trace {
	uint16_t n;
	struct { uint8_t check; double value, limit; } line[DENY_COUNT];
};

/* A trace as a note's values: pairs (value, limit) of the checks that compare numbers,
 * each at its own place, NaN where a check was not made; returns how many values.
 * Pair i belongs to gate_pair(i); ALLOW behind the last. */
uint32_t gate_values(const struct gate_trace *t, double *value, uint32_t room);
enum deny gate_pair(uint32_t i);
uint32_t guard_values(const struct gate_trace *t, double *value, uint32_t room);
enum deny guard_pair(uint32_t i);

/* Only gate.c fills one in; the engine submits nothing else. */
struct ticket { struct order order; uint32_t approved; };

MUST_CHECK enum deny gate_check(const struct limits *l, const struct gate_input *in,
				const struct order *o, struct ticket *out,
				struct gate_trace *trace);

/* ---- all instances together */
struct guard_order { char cid[CID_TEXT]; sym sym; uint8_t side, instance, entry; usd notional; };

#define GUARD_ORDERS 256	/* open orders of all instances */

struct guard {
	struct limits_account limits;
	struct account account;		/* as last reported */
	bool     have_account;
	usd      day_equity;		/* at the session's start */
	int32_t  day;
	usd      reserved;		/* entries let through since the account was reported */
	uint32_t positions;		/* open trades of all instances, and what others hold */
	uint32_t orders_n;
	struct guard_order order[GUARD_ORDERS];
};

void guard_init(struct guard *g, const struct limits_account *l);
void guard_account(struct guard *g, const struct account *a, int32_t today);
/* Follow every order and trade that is stored. */
void guard_order(struct guard *g, const struct order *o);
/* Trades that are not closed, without the one whose entry is asked about next. */
void guard_positions(struct guard *g, uint32_t open_trades);
MUST_CHECK enum deny guard_check(struct guard *g, const struct order *o, px last,
				 struct gate_trace *trace);

#endif
