/* core.h: the matching core of the embedded exchange: accounts, orders, fills,
 * positions, the broker's refusals. Pure: requests, quotes and time go in, replies
 * and events come out; no clock, no I/O, no allocation, no randomness but the seed.
 * The same inputs give the same outputs, so a log of inputs is a saved exchange.
 * serve.c puts it behind Alpaca's protocol; the backtester will call it directly.
 *
 * Behaviour follows Alpaca's documentation. State is flat, without interior
 * pointers, in memory that the caller gives. */
#ifndef EXCHANGE_CORE_H
#define EXCHANGE_CORE_H

#include "base/rng.h"
#include "exchange/core_action.h"
#include "model/calendar.h"
#include "model/model.h"

#define XC_CID_MAX     128	/* the broker's limit for client_order_id */
#define XC_MESSAGE_MAX 160	/* the longest, with a symbol of 47 letters, has 100 */
#define XC_EXTRAS      6	/* keys of a refusal beside code and message */
#define XC_ASSETS_MAX  SYMBOLS_MAX

typedef uint32_t xc_oid;	/* index of an order: creation order, never reused */
#define XC_NONE UINT32_MAX

struct xc_config {
	uint32_t orders_max;		/* all orders ever; ERR_FULL is a 503 */
	uint32_t accounts;		/* >= 1 */
	uint64_t seed;			/* ids and partial fills */
	usd      cash;			/* to start with: paper's 100,000 */
	int32_t  partial_pct;		/* of eligible fills come in two or more parts: 10 */
	ns       latency;		/* from acceptance to the book: 20 ms; and for cancels */
	int32_t  slippage_bp_centi;	/* hundredths of a basis point, market and stop orders */
	bool     shorting;
	bool     fees;			/* SEC, TAF, CAT, interest; paper charges none */
	int32_t  multiplier;		/* 1 cash, 2 Reg T, 4 intraday */
	bool     collars;		/* as documented: market buys that open and buy stops become
					 * limits at +4 % (below $50) or +2.5 % */
	int32_t  volume_share_pct;	/* of a tick's volume, that all orders together may take;
					 * 0: no bound, as paper. With a bound, fills come in
					 * parts as the volume allows, never at random */
};

struct xc_asset {
	char id[UUID_TEXT];
	char symbol[SYMBOL_TEXT];
	char name[64];
	char exchange[10];
	bool tradable, marginable, shortable, easy_to_borrow, fractionable;
	uint8_t margin_pct;		/* maintenance of a long position: 30; 50 and 75 for
					 * funds that promise twice and three times */
};

/* What the market shows of a symbol now. All 0 before the first quote. */
struct xc_quote {
	ns ts;
	px bid, ask, last;
	px day_open, prev_close;	/* for change_today and lastday_price */
};

enum xc_intent { XC_BUY_TO_OPEN, XC_BUY_TO_CLOSE, XC_SELL_TO_OPEN, XC_SELL_TO_CLOSE };
const char *xc_intent_text(unsigned intent);	/* NULL: there is none of that number */

struct xc_order {
	char     id[UUID_TEXT];
	char     cid[XC_CID_MAX + 1];
	uint16_t asset, account;
	enum side side;
	enum order_type type;
	enum tif tif;
	enum order_class cls;
	enum order_status status;
	bool     extended_hours;
	bool     is_leg;
	uint8_t  position_intent;	/* enum xc_intent */
	qty      want, done;		/* done is beyond want only by an overfill (XM_OVERFILL) */
	usd      done_value;		/* sum of price * quantity: avg = done_value / done */
	usd      notional;		/* 0: by quantity. Else want is a guess until it fills */
	px       limit, stop;		/* 0: none */
	/* Trailing stops: one of the two; percent in billionths. hwm: the best print since the
	 * submission, from which `stop` keeps its distance. */
	px       trail_price;
	int64_t  trail_percent;
	px       hwm;
	bool     triggered;		/* a stop that has become a market or limit order */
	xc_oid   parent, leg[2];	/* XC_NONE; leg[0] take profit, leg[1] stop loss */
	xc_oid   replaces, replaced_by;
	ns       active_at;		/* on the book from here on (latency) */
	ns       cancel_at;		/* a cancel takes effect here; 0 none */
	ns       created, updated, submitted, filled;
	ns       expired, canceled, failed, replaced, expires;
};

struct xc_position {
	uint16_t asset;
	qty      n;			/* signed; 0: none */
	usd      cost;			/* signed cost basis */
	qty      held;			/* by open orders that reduce it: available = |n| - held */
	qty      intraday;		/* part opened today, for the intraday figures */
};

struct xc_figures {			/* GET /v2/account */
	usd cash, equity, last_equity, long_value, short_value;
	usd buying_power, regt_buying_power, daytrading_buying_power;
	usd non_marginable_buying_power;
	usd initial_margin, maintenance_margin, last_maintenance_margin, sma;
	usd reserved;			/* by open orders; the powers are without it */
	usd accrued_fees;		/* not booked yet, as they will be: whole cents */
	usd pending_reg_taf;		/* the part of them that is not CAT */
	usd unsettled;			/* what sales brought today: spent freely from the next
					 * session's morning on; a cash account has to wait */
	day balance_asof;		/* the last_* figures are of this session's close */
	int multiplier;			/* the least of the account's, the user's setting, and 1
					 * when there is less equity than $2,000 */
	bool shorting;
	int day_trades;			/* of the last five sessions */
	uint32_t blocked;		/* enum xc_block */
};

/* PATCH /v2/account/configurations. The first four have effects here. */
struct xc_settings {
	bool   suspend_trade, no_shorting, fractional_trading;
	uint8_t max_multiplier;		/* 1, 2, 4 */
	bool   disable_overnight_trading, ptp_no_exception_entry, confirm_email;
	uint8_t max_options_level;	/* 0..3 */
};

/* What the broker can do to an account. */
enum xc_block {
	XC_BLOCK_TRADING = 1, XC_BLOCK_ACCOUNT = 2,	/* no new orders */
	XC_BLOCK_TRANSFERS = 4,				/* shown, nothing else */
	XC_BLOCK_OPENING = 8,				/* liquidation only */
	XC_BLOCK_INACTIVE = 16				/* status is not ACTIVE; no new orders */
};

/* What happened to an account's money and shares besides fills. */
enum xc_activity_kind { XY_FEE, XY_DIV, XY_SPLIT, XY_INT };
enum xc_activity_sub { XY_REG, XY_TAF, XY_CAT, XY_CDIV, XY_FSPLIT, XY_RSPLIT, XY_MGN };
#define XC_NO_ASSET UINT16_MAX

struct xc_activity {
	ns       ts;			/* when it was booked; they are in this order */
	day      date;
	uint16_t account, asset;	/* asset: XC_NO_ASSET for fees and interest */
	uint8_t  kind, sub;
	qty      n;			/* dividends: shares that were held; splits: what came or
					 * went, signed */
	px       each;			/* dividends */
	usd      amount;		/* what it added to the cash; of splits: cash in lieu */
	uint32_t action;		/* its number in xc_actions */
	char     id[UUID_TEXT];
};

/* A refusal, as the broker words it. */
struct xc_refusal {
	int  http;		/* 403, 404, 422, 503; 0: none */
	int  code;		/* 40310000, 42210000, 40010001 …; 0: no code key */
	char message[XC_MESSAGE_MAX];
	struct { char key[24], value[200]; bool bare; } extra[XC_EXTRAS]; /* bare: JSON as it is */
	uint32_t extras;
};

/* POST /v2/orders as read from the wire. `has` bits say what was given. */
enum xc_has {
	XC_QTY = 1, XC_NOTIONAL = 2, XC_LIMIT = 4, XC_STOP = 8, XC_TP_LIMIT = 16, XC_SL_STOP = 32,
	XC_SL_LIMIT = 64, XC_CID = 128, XC_TAKE_PROFIT = 256, XC_STOP_LOSS = 512, XC_INTENT = 1024,
	XC_TRAIL_PRICE = 2048, XC_TRAIL_PERCENT = 4096, XC_TIF = 8192, XC_TRAIL = 16384
};

struct xc_request {
	uint32_t has;
	char     symbol[48];		/* symbol or asset id, as sent */
	uint16_t near;			/* the asset that it may name: it is looked at first */
	char     cid[XC_CID_MAX + 8];	/* longer ones were cut here; cid_n is what was sent */
	size_t   cid_n;
	enum side side;
	enum order_type type;
	enum tif tif;
	enum order_class cls;
	bool     extended_hours;
	uint8_t  position_intent;
	qty      qty;
	usd      notional;
	px       limit, stop, tp_limit, sl_stop, sl_limit, trail_price;
	int64_t  trail_percent;		/* billionths of a percent: 1.5 % is 1500000000 */
};

struct xc_change {			/* PATCH /v2/orders/{id} */
	uint32_t has;			/* XC_QTY XC_LIMIT XC_STOP XC_CID XC_TIF XC_TRAIL */
	qty      qty;
	px       limit, stop;
	int64_t  trail;			/* dollars or percent, as the order trails */
	enum tif tif;
	char     cid[XC_CID_MAX + 8];
	size_t   cid_n;
};

enum xc_event_kind {			/* the trading stream's event names */
	XE_NEW, XE_FILL, XE_PARTIAL_FILL, XE_CANCELED, XE_EXPIRED, XE_DONE_FOR_DAY, XE_REPLACED,
	XE_REJECTED, XE_ACCEPTED, XE_HELD, XE_PENDING_NEW, XE_PENDING_CANCEL, XE_PENDING_REPLACE,
	XE_ORDER_REPLACE_REJECTED, XE_ORDER_CANCEL_REJECTED, XE_SUSPENDED, XE_STOPPED,
	XE_CALCULATED, XE_RESTATED,
	XE_TRADE_BUST, XE_TRADE_CORRECT	/* an earlier execution was taken back, or repriced */
};
const char *xc_event_text(enum xc_event_kind k);

struct xc_event {
	enum xc_event_kind kind;
	uint16_t account;
	xc_oid   order;
	enum order_status status;	/* the order's, at the event */
	qty      done;			/* cumulative, at the event */
	usd      done_value;
	ns       ts;
	qty      n;			/* this execution */
	px       at;
	usd      fee;			/* and what it added to the day's fees */
	qty      position;		/* signed, after it */
	char     execution[UUID_TEXT];
	char     previous[UUID_TEXT];	/* busts and corrections: the execution they change */
};

struct xc;
size_t      xc_size(const struct xc_config *c);
struct xc  *xc_init(void *memory, const struct xc_config *c, const struct calendar *cal);
/* ERR_FULL. The index is the asset's number from then on. */
MUST_CHECK enum err xc_add_asset(struct xc *x, const char *symbol, const char *name,
				 uint16_t *index);
/* New assets may be traded, sold short (easy to borrow) and so on; this says otherwise. Of
 * `flags` the five booleans count, and the exchange, unless it is "". */
void xc_set_asset(struct xc *x, uint16_t asset, const struct xc_asset *flags);

/* Before the first input: what account `account` begins with, instead of the config's. */
void xc_set_account(struct xc *x, uint16_t account, usd cash, int32_t multiplier, bool shorting);
/* Before the first input: quotes do not stand. Each is a moment of a bar, and what reaches the
 * book behind it waits for the next one: a backtest's orders never meet a price of the past. */
void xc_set_bars(struct xc *x);
/* Before the first input: splits and dividends; they are copied. */
void xc_set_actions(struct xc *x, const struct xc_actions *t);

/* ---- inputs. `now` never decreases over all of them. */
void xc_time(struct xc *x, ns now);		/* sessions, expiry, latency that has passed */
/* When xc_time has something to do next: latency, expiry, session, the rest of a fill in
 * parts; INT64_MAX: never. */
ns   xc_next_due(const struct xc *x);
void xc_set_settings(struct xc *x, ns now, uint16_t account, const struct xc_settings *s);
void xc_set_blocked(struct xc *x, uint16_t account, uint32_t flags);
/* A new account under the old id: its orders are canceled (with events), positions, settings,
 * blocks and verdict are gone, what happened before is not shown any more (xc_since), and
 * client order ids may be used again. */
void xc_reset(struct xc *x, ns now, uint16_t account, usd cash);
/* Orders that are over, executions and activities are no more, and there is room for others; all
 * else goes on as it was. Those that stay (they live, or one of their group does) are numbered
 * anew: returns the old numbers, ascending, valid until the next input. When all events were read.
 * Busts and audits, which want what happened from the beginning, are not for such an exchange. */
const xc_oid *xc_forget(struct xc *x, uint32_t *n);
/* The market takes an execution back, or changes its price: cash, position and the order's
 * filled quantity become what they would be without it. An order that has ended stays what
 * it is. False: there is no such execution, it was changed already, or was before a reset
 * or a split of the share; or the new price makes sums that no fill could have made. */
bool xc_bust(struct xc *x, ns now, uint32_t execution);
bool xc_correct(struct xc *x, ns now, uint32_t execution, px at);
void xc_quote(struct xc *x, ns now, uint16_t asset, px bid, px ask, px last, double volume);

/* What the share is worth now, for figures and checks; nobody trades on it. */
void xc_mark(struct xc *x, ns now, uint16_t asset, px last);

/* The new order, or XC_NONE with *why filled. */
xc_oid xc_place(struct xc *x, ns now, uint16_t account, const struct xc_request *rq,
		struct xc_refusal *why);
bool   xc_cancel(struct xc *x, ns now, uint16_t account, xc_oid order, struct xc_refusal *why);
/* The new order. Until the latency has passed it waits with nothing done and the old one
 * still trades; then its want is the total of the chain and done begins with the old one's. */
xc_oid xc_replace(struct xc *x, ns now, uint16_t account, xc_oid order,
		  const struct xc_change *ch, struct xc_refusal *why);
/* The market day order that closes it. n 0: all. */
xc_oid xc_close_position(struct xc *x, ns now, uint16_t account, uint16_t asset, qty n,
			 struct xc_refusal *why);

/* ---- the exchange's own doing: inputs like the others.
 * Halted: nothing of the asset is elected or filled; orders are taken, cancels and changes
 * take effect. It goes on with the first quote after the end of the halt. */
void xc_halt(struct xc *x, ns now, uint16_t asset, bool halted);
/* Suspended, an order on the market neither fills nor is elected; ended by false, which is
 * told as `restated`. Of an order that is not on the market, or that is so already: nothing. */
void xc_suspend(struct xc *x, ns now, xc_oid order, bool suspended);
/* The order and its group end, `canceled`. False: it has ended already, or is a replacement
 * that has not taken effect. */
bool xc_cancel_by_broker(struct xc *x, ns now, xc_oid order);

/* What a broker does on its bad days, to one order. */
enum xc_mischief {
	XM_STUCK_CANCEL = 1,	/* a cancel is pending for ever; fills still win */
	XM_REJECT = 2,		/* accepted, then rejected when it should reach the market */
	XM_NO_FILL = 4,		/* never fills */
	XM_OVERFILL = 8,	/* its last execution is larger than what was left: by a tenth of
				 * the order, by a share at least */
	XM_LOST_STOP = 16,	/* its stop leg, when it should live, is `canceled`, and no event
				 * says so; a stop without a group: itself */
	XM_LOST_LEGS = 32,	/* both legs; an oco, a leg or a single order: itself too */
	XM_REPLACE_REJECT = 64,	/* PATCH is answered 200, then order_replace_rejected comes */
	XM_LEGS_KEEP = 128,	/* when one exit fills the other stays: both may fill */
	XM_SUSPEND = 256,	/* suspended as soon as it is on the market */
	XM_CALCULATED = 512,	/* shown `calculated` then: no fills any more, as if suspended */
	XM_STOPPED = 1024,	/* shown `stopped` then; it fills all the same */
	XM_SPLIT_FILLS = 2048,	/* always in four parts, when there are shares for them */
	XM_CANCEL_LATE_FILL = 4096, /* a cancel loses to a fill when it is marketable */
	XM_EXPIRE = 8192,	/* expires when it should reach the market */
	XM_DONE = 16384		/* shown `done_for_day` then, and no fills on this day */
};
/* Adds flags to an order; 0 takes them away. Right after xc_place or xc_replace, or at any time
 * while it lives: what should have happened already happens now. */
void xc_mischief(struct xc *x, xc_oid order, uint32_t flags);

/* ---- outputs: events in the order in which they happened; false: none left. */
bool xc_next_event(struct xc *x, struct xc_event *out);

/* ---- reading */
ns       xc_now(const struct xc *x);
uint32_t xc_orders(const struct xc *x);			/* how many there are, all accounts */
const struct xc_order *xc_order(const struct xc *x, xc_oid o);
xc_oid   xc_find(const struct xc *x, uint16_t account, struct str id);
xc_oid   xc_find_cid(const struct xc *x, uint16_t account, struct str cid);
/* The orders of an asset that are not over, oldest first; returns how many, at most `most`. */
uint32_t xc_live(const struct xc *x, uint16_t asset, xc_oid *out, uint32_t most);
bool     xc_order_open(const struct xc_order *o); /* in `status=open` listings; held is not */
uint32_t xc_assets(const struct xc *x);
const struct xc_asset *xc_asset(const struct xc *x, uint16_t asset);
bool     xc_find_asset(const struct xc *x, struct str symbol_or_id, uint16_t *asset);
const struct xc_quote *xc_last_quote(const struct xc *x, uint16_t asset);
bool     xc_halted(const struct xc *x, uint16_t asset);
/* NULL: flat */
const struct xc_position *xc_position(const struct xc *x, uint16_t account, uint16_t asset);
/* The first asset from `from` on of which there is one; XC_ASSETS_MAX: none. */
uint32_t xc_next_position(const struct xc *x, uint16_t account, uint32_t from);
struct xc_figures xc_account(const struct xc *x, uint16_t account);
const char *xc_account_id(const struct xc *x, uint16_t account);	/* the number is derived */

struct xc_settings xc_settings(const struct xc *x, uint16_t account);
usd      xc_start_cash(const struct xc *x, uint16_t account);	/* of the last reset */
/* The first of each that belongs to the account as it is since its last reset. */
struct xc_since { xc_oid order; uint32_t execution, activity; };
struct xc_since xc_since(const struct xc *x, uint16_t account);

/* ---- executions, all of them, in order: activities and the ledger. */
enum xc_amend { XC_AS_TRADED, XC_BUSTED, XC_CORRECTED };
struct xc_execution {
	ns ts; xc_oid order; qty n; px at;
	usd fee;		/* what it added to the day's fees, which are booked later */
	qty position;		/* after it */
	qty done;		/* of its order, after it */
	uint16_t account;
	char id[UUID_TEXT]; bool last;
	uint8_t amended;	/* enum xc_amend */
};
uint32_t xc_executions(const struct xc *x);
const struct xc_execution *xc_execution(const struct xc *x, uint32_t i);

/* ---- the rest of what happened, in order. */
uint32_t xc_activities(const struct xc *x);
const struct xc_activity *xc_activity(const struct xc *x, uint32_t i);
const char *xc_activity_text(const struct xc_activity *a);	/* "FEE" */
const char *xc_activity_sub(const struct xc_activity *a);	/* "REG" */

/* Whether cash and positions are what executions and activities make of them; false: `why`
 * names the first that is not. */
bool xc_audit(const struct xc *x, uint16_t account, char *why, size_t why_size);

/* Judgement over everything so far: the invariants a bot is measured by. */
struct xc_verdict {
	uint64_t duplicate_cids;		/* refused because the id was known */
	uint64_t oversells;			/* refused for held or missing shares */
	uint64_t overshot;			/* fills that went through zero: both exits of a
						 * group, say; a sale ended short, a cover long */
	qty      overshot_shares;		/* so many beyond zero */
	uint64_t wash_trades;
	/* Core session: unprotected shares * time, in share-ns / 1000, and the longest time
	 * for which any position was not wholly covered by stops. */
	int64_t  naked_share_ns;
	ns       longest_naked;
	uint64_t orders, executions;
};
struct xc_verdict xc_judge(const struct xc *x, uint16_t account);

#endif
