/* serve.h: `gambler exchange`: the core behind Alpaca's REST and WebSocket protocol
 * on one loopback port, and the market's clock.
 *
 * Time. Scaled (speed times real time; closed hours are passed over unless asked), real (the
 * wall clock's), or lockstep: the clock moves on when every client that joined has acknowledged
 * the last instant; until somebody joins it waits.
 *	GET  /sim/clock				{"now":"…","n":12,"mode":"lockstep","speed":0,
 *						 "open":true,"end":false,"clients":1,…}
 *	POST /sim/clock {"pause":true}		stands still; {"resume":true} goes on
 *			{"step":3}		plays three instants, paused or not
 *			{"to":"…"}		jumps to a time, "open", "close", "next_open", "end"
 *			{"advance":"15m"}	or by a span: every instant between is played
 *			{"speed":600}		or "max" (lockstep), or "real"
 *						The answer is the clock, when it is there. In
 *						lockstep a jump waits at each instant for clients
 *						that joined, but not for the one that it names
 *						itself ("client":"name")
 *	POST /sim/join  {"client":"name"}	{"n":12,"now":"…"}: instants wait for it from
 *						here on; a client that joins again under its
 *						name goes on
 *	POST /sim/ack   {"client":"name","n":12,"wait":true}
 *						instant 12 is done with; wait: the answer comes
 *						with the next instant (for clients without streams)
 *	POST /sim/leave {"client":"name"}
 *					"wake":"<RFC 3339>" (optional): the next instant is to come
 *					no later than that, so that a client's timers are exact
 * Instants are the market's (market_step), the core's own (xc_next_due) and those that clients
 * wish for (wake), in time order.
 * Streams that ask are told each instant after everything that belongs to it:
 *	data stream:    {"action":"subscribe","simClock":["*"]}
 *			-> [{"T":"clock","t":"…","n":12,"open":true,"end":false,"speed":60}]
 *	trading stream: {"action":"listen","data":{"streams":["trade_updates","sim_clock"]}}
 *			-> {"stream":"sim_clock","data":{"t":"…","n":12,"open":true,"end":false,
 *						"speed":60}}
 * (speed 0: time stands still until the next one: lockstep, or paused; pausing and changes of
 * speed are told by an instant of their own, when not in lockstep).
 *
 *	POST /sim/reset {"account":"KEY","cash":"5000"}
 *						an account (or its number; without one: all) begins
 *						anew: orders are canceled; positions, history and
 *						verdict are gone. Without cash: as at the start
 *
 *	POST /sim/assets {"symbol":"AAPL","shortable":false}
 *						what may be done with it from now on: tradable,
 *						marginable, shortable, easy_to_borrow, fractionable;
 *						the answer is the asset
 *
 * Truth for tests: GET /sim/ledger, GET /sim/verdict; for people: the page at /, which shows GET
 * /sim/status. Misbehaviour: /sim/faults (faults.h). */
#ifndef EXCHANGE_SERVE_H
#define EXCHANGE_SERVE_H

#include <stdatomic.h>

#include "exchange/core.h"
#include "exchange/market.h"

#define XS_ACCOUNTS_MAX 16	/* a test's clients; each costs a row of positions in the core */

struct exchange_account {		/* one of several; the first is number 0 in the core */
	const char *key, *secret;
	usd      cash;
	int32_t  multiplier;		/* 1 cash, 2 Reg T, 4 intraday */
	bool     shorting;
};

#define XS_FAULTS_MAX 16	/* scripts and scenarios of one command line */

struct exchange_config {
	struct market_config market;
	struct xc_config     core;
	const char *listen;		/* "127.0.0.1:0" */
	bool        lockstep;
	int64_t     speed_milli;	/* thousandths of real time, when not lockstep */
	bool        real;		/* market time is the wall's; speed_milli is 1000. Without
					 * market.start the market begins today */
	ns          start_at;		/* 0: at the first instant; or what lies before is passed
					 * over first: prices move, nobody trades */
	bool        skip_closed;	/* scaled: nights and holidays take no time */
	const char *key, *secret;	/* NULL: any non-empty pair is taken */
	/* None: core.accounts of them, as `core` says, and the pair above. Otherwise
	 * core.accounts is the same number. */
	struct exchange_account account[XS_ACCOUNTS_MAX];
	uint32_t    accounts;
	int32_t     short_pages;	/* pages of data hold no more, whatever the limit; 0: off */
	const char *actions_file;	/* splits and dividends: see actions.c; NULL: none */
	bool        pdt_fields;		/* the account's fields of before July 2026, too */
	const char *state_file;		/* NULL: none. Log of inputs; on start it is replayed and
					 * the exchange goes on where it was (kill -9 safe) */
	int32_t     rate_limit;		/* a minute (real), account, and API; then 429. 0: none;
					 * < 0: as the broker in real time, else none. Never in
					 * lockstep */
	bool        one_trading_stream;	/* a second one of an account meets 429 */
	bool        plan_basic;		/* the free plan: 30 symbols on the stream, no recent SIP */
	bool        strict;		/* decimals in bodies must be strings; else numbers too */
	/* Scripts by which it misbehaves: files, and scenarios that travel inside. */
	struct exchange_script { const char *name; bool scenario; } fault[XS_FAULTS_MAX];
	uint32_t    faults;
	bool        json_frames_text;	/* trading stream as text (live), not binary (paper) */
};

/* The scenarios inside, in order: name and script. False: there is no ith. */
bool exchange_scenario(uint32_t i, struct str *name, struct str *text);

struct exchange;
MUST_CHECK enum err exchange_open(struct exchange **out, const struct exchange_config *c,
				  char *why, size_t why_size);
uint16_t exchange_port(const struct exchange *x);

/* Serves until *stop is set (looked at at least every 100 ms) or, when
 * until_end, the market has ended and every client has left or acknowledged. */
void exchange_run(struct exchange *x, const atomic_bool *stop, bool until_end);
void exchange_close(struct exchange *x);

#endif
