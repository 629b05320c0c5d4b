/* alpaca.h: the broker's dialect, both ways: JSON into the words of the model, and
 * orders into requests. No sockets, no clock. Sources: Alpaca's OpenAPI documents
 * (trading and market data, August 2026) and its documentation of the streams.
 *
 * Rules for reading, learnt from what broke other bots: every field is optional, of
 * unknown ones nothing is minded, an unknown status is an open order, money is taken
 * from strings and from numbers alike, and never becomes a double. */
#ifndef ALPACA_ALPACA_H
#define ALPACA_ALPACA_H

#include "base/json.h"
#include "base/text.h"
#include "model/book.h"
#include "model/calendar.h"
#include "model/report.h"

/* ---- writing */

/* The body of POST /v2/orders for one of ours. */
void alpaca_order_json(struct text *t, const struct order *o, const char *symbol);

/* The body of PATCH /v2/orders/{id}: what the order that takes the place of that one is to be. Of a
 * leg only the price can be changed. */
void alpaca_replace_json(struct text *t, const struct order *o);

/* ---- reading the trading API */

#define ALPACA_ORDER_LEGS 4

/* One order document with its legs: the parent first. `foreign` ids (longer than ours can
 * be) have an empty cid. */
struct alpaca_order {
	uint32_t n;
	struct report r[1 + ALPACA_ORDER_LEGS];
	char symbol[SYMBOL_TEXT];
};

/* Reads the object at the cursor. ERR_PARSE: it is none. sym is filled from the table, or
 * SYM_NONE. */
MUST_CHECK enum err alpaca_read_order(struct json *j, const struct symbols *t,
				      enum report_source from, struct alpaca_order *out);

/* ERR_PARSE also when it is one of no shares: the number was not to be read. */
struct alpaca_position { char symbol[SYMBOL_TEXT]; sym sym; qty n; px last; };
MUST_CHECK enum err alpaca_read_position(struct json *j, const struct symbols *t,
					 struct alpaca_position *out);
MUST_CHECK enum err alpaca_read_account(struct str body, struct account *out);
/* is_open is the broker's word on the core session. */
MUST_CHECK enum err alpaca_read_clock(struct str body, ns *now, bool *is_open, ns *next_open,
				      ns *next_close);
/* Days on which the broker and the rules differ go into c; `told` counts days read. c is
 * as it was unless the answer is OK: ERR_PARSE, or ERR_FULL when too many days differ. */
MUST_CHECK enum err alpaca_read_calendar(struct str body, day from, day to, struct calendar *c,
					 int *told, int *differ);

/* GET /v2/assets/{symbol}. What is not told is as it should be: the broker refuses by itself what
 * it does not want. */
struct alpaca_asset { char symbol[SYMBOL_TEXT]; bool active, tradable, shortable; };
MUST_CHECK enum err alpaca_read_asset(struct str body, struct alpaca_asset *out);

/* An error body: code 0 when there is none. HTML and empty bodies give message "". The
 * message is cut between characters. */
struct alpaca_error { int32_t code; char message[96]; };
void alpaca_read_error(struct str body, struct alpaca_error *out);

/* What a failed request means (FACTS: branch on the status first, then the words). */
enum alpaca_class {
	AC_OK, AC_AUTH, AC_FUNDS, AC_HELD, AC_WASH, AC_RESTRICTED, AC_DUPLICATE, AC_INVALID,
	AC_GONE, AC_STATE, AC_RATE, AC_SERVER
};
enum alpaca_class alpaca_classify(int http, const struct alpaca_error *e);

/* ---- reading market data */

/* {"bars":{"AAPL":[…]},"next_page_token":…}: each bar in turn; false from `each` ends it.
 * Bars of unknown symbols and bars that are not valid are counted, not told. */
struct alpaca_page { char token[192]; uint32_t bars, bad; };
MUST_CHECK enum err alpaca_read_bars(struct str body, const struct symbols *t, int timeframe_s,
				     bool (*each)(void *ctx, const struct bar *b), void *ctx,
				     struct alpaca_page *page);

/* {"corporate_actions":{"forward_splits":[…],"reverse_splits":[…],"name_changes":[…]}}: `after`
 * shares for `before` ones, in billionths, from the morning of `ex` on, or another name (and no
 * figures); those of unknown symbols and those that cannot be read are left out. */
struct alpaca_split { sym sym; day ex; int64_t after, before; char name[SYMBOL_TEXT]; };
MUST_CHECK enum err alpaca_read_splits(struct str body, const struct symbols *t,
				       void (*each)(void *ctx, const struct alpaca_split *x),
				       void *ctx);

/* GET /v2/account/activities/FILL: each execution in turn, as a report of it alone: by its order's
 * id, with its own; FROM_UNLIST when it was taken back. token: the next page's, "" when the page
 * is empty. */
MUST_CHECK enum err alpaca_read_fills(struct str body, const struct symbols *t,
				      void (*each)(void *ctx, const struct report *r), void *ctx,
				      struct alpaca_page *page);

/* ---- streams */
enum alpaca_message {
	AM_NONE,
	AM_CONNECTED, AM_AUTHENTICATED, AM_SUBSCRIBED, AM_BAR, AM_UPDATED_BAR, AM_STATUS, AM_BAND,
	AM_ERROR,
	AM_CLOCK,			/* the embedded exchange's instants */
	AM_AUTHORIZED, AM_UNAUTHORIZED, AM_LISTENING, AM_TRADE_UPDATE
};

struct alpaca_instant { ns now; uint64_t n; bool open, end; int64_t speed_milli; };

struct alpaca_event {
	enum alpaca_message what;
	struct bar bar;				/* AM_BAND: high and low are its ends */
	int        code;			/* AM_ERROR */
	char       text[96];			/* error: words; status: code; update: event name */
	struct alpaca_order order;		/* AM_TRADE_UPDATE: r[0] has the execution */
	struct alpaca_instant instant;
};

/* One data-stream message is an array of events: calls `each` for every one. ERR_PARSE:
 * the message is broken (events before the break have been told). */
MUST_CHECK enum err alpaca_read_data(struct str message, const struct symbols *t,
				     void (*each)(void *ctx, const struct alpaca_event *e),
				     void *ctx);
MUST_CHECK enum err alpaca_read_trading(struct str message, const struct symbols *t,
					void (*each)(void *ctx, const struct alpaca_event *e),
					void *ctx);

void alpaca_auth_json(struct text *t, struct str key, struct str secret);
/* bars and updatedBars of all symbols, and statuses with price bands (lulds) if wished; instants:
 * also simClock. */
void alpaca_subscribe_json(struct text *t, const struct symbols *symbols, uint32_t most,
			   bool statuses, bool instants);

/* What a trading status (AM_STATUS, its code) means for entries. Codes of both tapes; quotes alone
 * (Q) are no trades, and of a code that is not known nothing is believed. */
enum alpaca_status { AS_NONE, AS_HALT, AS_TRADES, AS_BAND };
enum alpaca_status alpaca_status(const char *code);
void alpaca_listen_json(struct text *t, bool instants);

#endif
