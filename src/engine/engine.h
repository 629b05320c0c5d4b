/* engine.h: one trading instance as a pure machine: state + event -> state +
 * actions. It cannot fail, block, allocate, log, read a clock or draw a random
 * number; the same events give the same actions, live, in a replay, in a backtest.
 *
 * Duties: builds the instance's bars; asks the strategy; plans entries as
 * brackets; passes everything through the gate; books fills by cumulative quantity
 * (twice told is once booked); keeps a stop at the broker for every share held (the
 * stop manager, protect.c); exits by signal, time and session end; settles doubtful
 * orders; counts the funnel; trips breakers.
 *
 * Order ids: "gb-" + 8 hex digits of the instance's name + "-" + SYMBOL + "-" + the
 * signal bar's end in minutes since 1970 in base 36 + "-" + purpose: "e" entry, "s0",
 * "s1" … own stops, "x0", "x1" … exits. The same decision gives the same id, so
 * the broker itself refuses a second copy for ever. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/arena.h"
#include "model/calendar.h"
#include "model/report.h"
#include "risk/risk.h"
#include "strategy/strategy.h"

/* ---- events */
enum event_kind {
	EV_BAR,		/* a closed 1-minute bar, or one of history at the instance's timeframe */
	EV_CLOCK,	/* time has come to `ts`; complete: all bars up to ts have been delivered */
	EV_ORDER,	/* what the broker says of one order */
	EV_REPLY,	/* what became of a request of ours */
	EV_POSITION,	/* what the broker says of one symbol's position */
	EV_ACCOUNT,
	EV_SYNC,	/* phase: begin, end, of a reconciliation */
	EV_LINK,	/* market data or order stream up or down */
	EV_COMMAND,
	EV_BARRIER	/* nobody's news: answered by the instance's loop, not by the engine */
};

enum reply_kind {
	REPLY_ACCEPTED,		/* an EV_ORDER for it went before */
	REPLY_REFUSED,		/* the broker's no: final for this id */
	REPLY_ABSENT,		/* it is certain that the broker never had it */
	REPLY_CANCEL_OK,	/* accepted, not yet canceled */
	REPLY_CANCEL_REFUSED,	/* not cancelable (filled, gone): ask for its state */
	REPLY_DENIED		/* by the portfolio guard; code: enum deny */
};

struct reply {
	char    cid[CID_TEXT];
	char    bid[UUID_TEXT];
	uint8_t kind;
	uint16_t http;
	int32_t code;
	char    text[96];
};

enum sync_phase { SYNC_BEGIN, SYNC_END };

enum command { CMD_PAUSE, CMD_RESUME, CMD_HALT, CMD_FLATTEN, CMD_REDUCE_ONLY, CMD_STOP };
const char *command_text(enum command c);

struct event {
	ns       ts;		/* never decreases */
	uint32_t kind;
	uint32_t from;		/* who: thread or operator, for the journal */
	union {
		struct bar bar;
		struct { bool complete; } clock;
		struct report order;
		struct reply reply;
		/* shared: other instances hold it too */
		struct { sym sym; qty n; bool shared; } position;
		struct account account;
		struct { uint32_t phase; } sync;
		struct { bool data, orders; } link;
		struct { uint32_t what; char who[40]; } command;
		struct { uint64_t id; } barrier;
	} u;
};

/* ---- actions */
enum action_kind {
	ACT_PUT_ORDER,	/* store it */
	ACT_PUT_TRADE,
	ACT_PUT_STATE,
	ACT_FILL,	/* store the fact */
	ACT_NOTE,
	ACT_SUBMIT,	/* order: store it, then send it (a ticket's order) */
	ACT_CANCEL,	/* order: by bid if known, else by cid */
	ACT_ASK,	/* order: what is its state? by bid if known, else by cid */
	ACT_SYNC	/* please reconcile now */
};

struct action {
	uint32_t kind;
	px       last;		/* ACT_SUBMIT: newest close, for the guard */
	union {
		struct order order;
		struct trade trade;
		struct instance_state state;
		struct fill fill;
		struct note note;
	} u;
};

/* One slice: symbols x (signal, gate, order, trade, …); a flatten of all. */
#define ACTIONS_MAX 256

struct actions { uint32_t n; struct action a[ACTIONS_MAX]; };

/* ---- configuration of one instance; immutable */
enum sides { SIDES_LONG = 1, SIDES_SHORT = 2 };

#define ENGINE_SYMBOLS 32

struct engine_config {
	uint8_t  index;
	char     name[INSTANCE_NAME];
	uint32_t symbols_n;
	sym      symbol[ENGINE_SYMBOLS];	/* sorted by name */
	char     symbol_name[ENGINE_SYMBOLS][SYMBOL_TEXT];
	sym      bench;				/* SYM_NONE: no filter */
	int      timeframe_s;			/* 60 or 300 */
	ns       interval;			/* least time between two scans */
	const struct strategy *strategy;
	struct params params;
	uint32_t sides;
	usd      position;			/* dollars per trade */
	struct limits limits;
	ns       window_from, window_to;	/* from New York midnight; 0,0: whole session */
	ns       skip_open, flat_before_close;
	bool     hold_overnight;
	bool     breakers_by_hand;		/* stay paused until resumed, not until tomorrow */
	const struct calendar *calendar;
};

struct engine;
/* Memory comes from the arena once, at most this much; nothing later. */
size_t engine_size(const struct engine_config *c);
struct engine *engine_new(struct arena *a, const struct engine_config *c);

/* Before the first event: what the store has: trades that are not closed and all orders of
 * theirs, done ones too (else their fills might be told, and booked, again). */
void engine_restore(struct engine *e, const struct instance_state *s,
		    const struct trade *trades, uint32_t trades_n,
		    const struct order *orders, uint32_t orders_n);

void engine_step(struct engine *e, const struct event *ev, struct actions *out);

/* When it next wants an EV_CLOCK though nothing happens (partial-fill grace, retries,
 * hold times, session end); INT64_MAX: never. */
ns engine_wake(const struct engine *e);

/* Bars of history it wants at its timeframe before it may trade. */
uint32_t engine_warmup(const struct engine *e);

/* For the dashboard and tests; valid until the next step. */
const struct instance_state *engine_state(const struct engine *e);
uint32_t engine_trades(const struct engine *e, const struct trade **first);	/* not closed */
uint32_t engine_orders(const struct engine *e, const struct order **first);	/* not done */
const struct series *engine_series(const struct engine *e, sym s);
/* Names of state.funnel: the strategy's conditions, then the engine's. NULL behind the last. */
const char *engine_funnel_name(const struct engine_config *c, uint32_t i);

/* ids */
void     engine_cid(char out[static CID_TEXT], const char *instance, const char *symbol,
		    ns bar_end, char purpose, int seq);
/* The 8 hex digits behind "gb-"; 0 when it is not ours. */
uint32_t engine_cid_instance(struct str cid);
uint32_t engine_name_hash(const char *name);

/* ---- the stop manager's times, market time */
#define GRACE_PARTIAL  (2 * NS_SECOND)	/* a partly filled entry: then its rest is cancelled */
#define GRACE_LEGS     (1 * NS_SECOND)	/* a bracket shows its legs; then they are asked for */
#define GRACE_CANCEL   (2 * NS_SECOND)	/* a cancel may be confirmed; then its state is asked for */
#define GRACE_REPLY    (5 * NS_SECOND)	/* a submitted order may be unknown; then it is asked for */
#define EXIT_RETRY     (5 * NS_SECOND)	/* between attempts to close what was refused */

#endif
