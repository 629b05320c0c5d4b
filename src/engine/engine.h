/* engine.h: one trading instance as a pure machine: state + event -> state +
 * actions. It cannot fail, block, allocate, log, read a clock or draw a random
 * number; the same events give the same actions, live, in a replay, in a backtest.
 *
 * Bars and values are the chart's (chart/chart.h): the instance's own, fed by EV_BAR; or one
 * that many instances share, fed by whoever drives them, who then calls engine_slice.
 *
 * Duties: asks the strategy at each slice, and the filters; plans entries as brackets; passes
 * everything through the gate; books fills by cumulative quantity and execution (twice told is
 * once booked); keeps a stop at the broker for every share held (the stop manager,
 * protect.c); exits by signal, trailing, time and session end; settles doubtful orders; counts
 * the funnel; trips breakers.
 *
 * Order ids: "gb-" + 8 hex digits of the instance's name + "-" + SYMBOL + "-" + the
 * signal bar's end in minutes since 1970 in base 36 + "-" + purpose: "e" entry, "s0",
 * "s1" … own stops, "r2", "r3" … what takes the place of a stop or target (counted with the
 * stops), "x0", "x1" … exits. The same decision gives the same id, so
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
	EV_BAR,		/* a closed 1-minute bar, or one of history, as long as the chart takes */
	EV_CLOCK,	/* time has come to `ts`; complete: all bars up to ts have been delivered */
	EV_ORDER,	/* what the broker says of one order */
	EV_REPLY,	/* what became of a request of ours */
	EV_POSITION,	/* what the broker says of one symbol's position */
	EV_ACCOUNT,
	EV_SYNC,	/* phase: begin or end of a reconciliation, or how history stands */
	EV_LINK,	/* market data or order stream up or down */
	EV_COMMAND,
	EV_BARRIER,	/* nobody's news: answered by the instance's loop, not by the engine */
	EV_INTENT,	/* what a program says of the slice that was decided last */
	EV_SPLIT	/* shares of a symbol are others from this day on */
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
	char    text[94];
	sym     near;		/* the order's symbol; a wrong one only makes the search longer */
};

enum sync_phase {
	SYNC_BEGIN, SYNC_END,
	SYNC_GAP,	/* none: bars that were missed follow, symbol by symbol */
	SYNC_READ,	/* none: a stretch of history, or those bars, are in, of all symbols */
	SYNC_HOLE,	/* none: the rest of history does not come */
	SYNC_ANEW	/* none: the past is in other shares (a split): all of it follows again */
};

enum command { CMD_PAUSE, CMD_RESUME, CMD_HALT, CMD_FLATTEN, CMD_REDUCE_ONLY, CMD_STOP };
const char *command_text(enum command c);

/* `after` shares for `before` ones, both in billionths, from the morning of `ex` on. */
struct split { sym sym; day ex; int64_t after, before; };

/* Whose the shares of a position may be, when several instances trade the symbol. ACCOUNTED: all
 * that are there stand in the books of one or the other, so nobody has lost any. */
enum position_of { POSITION_OWN, POSITION_SHARED, POSITION_ACCOUNTED };

struct event {
	ns       ts;		/* never decreases */
	uint32_t kind;
	uint32_t from;		/* who: thread or operator, for the journal */
	union {
		struct bar bar;
		struct { bool complete; } clock;
		struct report order;
		struct reply reply;
		struct { sym sym; qty n; uint8_t of; } position;	/* enum position_of */
		struct account account;
		struct { uint32_t phase; } sync;
		struct { bool data, orders; } link;
		struct { uint32_t what; char who[40]; } command;
		struct { uint64_t id; } barrier;
		struct intent intent;
		struct split split;
	} u;
};

/* ---- actions */
enum action_kind {
	ACT_PUT_ORDER,	/* store it */
	ACT_PUT_TRADE,
	ACT_PUT_STATE,
	ACT_FILL,	/* store the fact: one that is known by its execution stays */
	ACT_NOTE,
	ACT_SUBMIT,	/* order: store it, then send it (a ticket's order) */
	ACT_REPLACE,	/* order: store it, then ask that it takes the old one's place */
	ACT_CANCEL,	/* order: by bid if known, else by cid */
	ACT_ASK,	/* order: what is its state? by bid if known, else by cid */
	ACT_SYNC	/* please reconcile now */
};

struct action {
	uint32_t kind;
	bool     again;		/* ACT_FILL: of shares that were told; more is known of them */
	px       last;		/* ACT_SUBMIT: newest close, for the guard */
	union {
		struct order order;
		struct { struct order order; char old[UUID_TEXT]; } replace;
		struct trade trade;
		struct instance_state state;
		struct fill fill;
		struct note note;
	} u;
};

/* One slice: symbols x (signal, gate), ENGINE_TRADES x (order, trade, …); a flatten of all. */
#define ACTIONS_MAX 512

struct actions { uint32_t n; struct action a[ACTIONS_MAX]; };

/* ---- configuration of one instance; immutable */
enum sides { SIDES_LONG = 1, SIDES_SHORT = 2 };

#define ENGINE_SYMBOLS 128
#define ENGINE_TRADES  40	/* not closed: max_positions (32), and restored ones beyond */
#define ENGINE_NODES   512	/* of one instance's plan: inputs, filters, and what they are of */
#define FILTER_TEXT    256

/* What stop and target are measured from: the signal's close; or, once it is known, the fill. */
enum level_base { LEVEL_SIGNAL, LEVEL_FILL };

enum history { HISTORY_SESSION, HISTORY_ALL };	/* HISTORY_ALL: outside of the core session too */

/* What chooses the symbols of a day (filters.c has the definitions). */
enum scan { SCAN_NONE, SCAN_MOVERS, SCAN_VOLUME, SCAN_GAP, SCAN_VOLATILITY, SCAN_STRENGTH };

/* Conditions of an entry beside the strategy's, asked when it has said yes. */
struct filters {
	int32_t  strength;		/* bars over which it must lead the benchmark; 0: no */
	uint32_t regime;		/* bits REGIME_*; 0: any */
	char     text[FILTER_TEXT];	/* a condition (rule/rule.h); "": none */
	int      scan;			/* enum scan */
	int32_t  scan_top;		/* so many symbols a day */
	ns       scan_at;		/* after the open */
	usd      scan_price_min, scan_price_max;
	uint64_t scan_volume;		/* shares a day, mean of ten */
};

/* Of each group that is named one must hold. */
enum regime {
	REGIME_BULL = 1, REGIME_BEAR = 2, REGIME_RANGE = 4, REGIME_TREND = 7,
	REGIME_HIGH = 8, REGIME_LOW = 16, REGIME_VOLATILITY = 24
};

enum filter_ref {
	REF_STRENGTH, REF_REGIME, REF_TEXT, REF_CLOSE_BEFORE, REF_BENCH_BEFORE, REF_VOLUME,
	REF_RANGE, REF_DAY, FILTER_REFS
};

struct engine_config {
	uint8_t  index;
	char     name[INSTANCE_NAME];
	uint32_t symbols_n;
	sym      symbol[ENGINE_SYMBOLS];	/* sorted by name */
	char     symbol_name[ENGINE_SYMBOLS][SYMBOL_TEXT];
	sym      bench;				/* SYM_NONE: none */
	char     bench_name[SYMBOL_TEXT];
	int      timeframe_s;			/* 60 .. 3600 */
	int      history;			/* enum history: which bars count */
	int      level_base;			/* enum level_base */
	ns       interval;			/* least time between two scans */
	bool     unheard;			/* notes, fills and states are said without
						 * words: nobody reads them (backtests) */
	const struct strategy *strategy;
	const struct rules *rules;		/* NULL: not a strategy of rules */
	struct params params;
	uint32_t sides;
	usd      position;			/* dollars per trade */
	struct limits limits;
	ns       window_from, window_to;	/* from New York midnight; 0,0: whole session */
	ns       skip_open, flat_before_close;
	bool     hold_overnight;
	bool     breakers_by_hand;		/* stay paused until resumed, not until tomorrow */
	struct filters filters;
	const struct calendar *calendar;
	/* By engine_plan; the plan is sealed before engine_new, and stays. */
	const struct plan *plan;
	struct plan_ref in[INPUTS_MAX];
	struct plan_ref filter[FILTER_REFS];
	struct chart *chart;			/* shared; NULL: one of its own is made */
	struct arena *trades;			/* they lie there; NULL: with all else */
};

/* Compiles the strategy's inputs and the filters into the plan: that of this instance, or of all
 * that will share its chart. False: an input or the filter's text is wrong, or the plan has no
 * room for all of it, as *why says. */
MUST_CHECK bool engine_plan(struct engine_config *c, struct plan *p, struct rule_error *why);

/* A plan of its own, sealed, in the arena: plan_size(ENGINE_NODES) and a little. The configuration
 * was checked before. */
void engine_plan_own(struct engine_config *c, struct arena *a);

struct engine;
/* Memory comes from the arena once, at most this much; nothing later. */
size_t engine_size(const struct engine_config *c);
size_t engine_trades_size(void);		/* in c->trades, where that is set */
struct engine *engine_new(struct arena *a, const struct engine_config *c);

/* Before the first event: what the store has: trades that are not closed and all orders of
 * theirs, done ones too (else their fills might be told, and booked, again). */
void engine_restore(struct engine *e, const struct instance_state *s,
		    const struct trade *trades, uint32_t trades_n,
		    const struct order *orders, uint32_t orders_n);

/* The chart and the strategy's states, for going on from there after a new start: bars behind
 * `known` are to be told again, and none before it is missed. Bytes needed; room too small, as 0:
 * nothing is written. Not while bars of history wait (engine_at_rest). */
size_t engine_save(const struct engine *e, void *out, size_t room);
bool   engine_at_rest(const struct engine *e);
/* Before engine_restore. NULL, or why it is of no use: another strategy, parameters, symbols,
 * program; or decisions are in it that the books, *s, do not know of. */
const char *engine_load(struct engine *e, const struct instance_state *s, const void *from,
			size_t n, ns *known);

void engine_step(struct engine *e, const struct event *ev, struct actions *out);

/* For whoever drives a shared chart. After each chart_next: the slot's newest bar, for
 * strategies that follow every bar (engine_follows: others need not be told). After the last of
 * the slice that chart_close closed: the decisions at its end. */
bool engine_follows(const struct engine *e);
void engine_bar(struct engine *e, uint32_t chart_slot);
void engine_slice(struct engine *e, ns end, struct actions *out);

/* Who may enter at a slice's end, by the strategy's quick tests: bits of the instance's list of
 * symbols. Variants of one instance on one chart share one, in which tests that are the same are
 * made once; what is decided, and counted, is the same without. */
struct sieve_test {
	const struct plan_ref *in, *than;	/* than NULL: a number */
	bool     over;
	double   below, above;
	const double *fixed;		/* of `in` (chart_fixed) */
	uint32_t stride;
	/* By 64 symbols, at this slice. */
	struct sieve_word {
		uint64_t known;		/* looked at; of these hold; have no value */
		uint64_t holds, none;
		uint64_t asked, left;	/* whom the last asker had, and kept; 0: nobody asked */
		uint8_t  failed, failed_none;	/* how many it lost, and for want of a value */
	} word[ENGINE_SYMBOLS / 64];
};
struct sieve {
	ns       end;			/* of the slice that it is of */
	uint32_t least;			/* bars of the symbol that has had the fewest */
	uint32_t n, max, words;
	struct sieve_test *test;
	uint64_t bar[ENGINE_SYMBOLS / 64];	/* have a bar that ends then */
	uint32_t bars[ENGINE_SYMBOLS / 64];	/* so many */
};
/* Before the first slice. False: there is no room for its tests, which it makes itself then. */
bool engine_join(struct engine *e, struct sieve *s);

/* For strategies that are outside: what is to be asked of symbol i of the list, after a step in
 * which a slice was decided (state.last_decision). Each answer is an EV_INTENT, exits first; one
 * that comes when the next slice is decided is too late. */
enum ask { ASK_NOTHING, ASK_ENTRY, ASK_EXIT };
struct question { enum ask ask; struct bar bar; const struct trade *trade; };
bool engine_question(struct engine *e, uint32_t i, struct question *out);
double engine_input(struct engine *e, uint32_t i, uint32_t input);

/* Its next slice is decided soon. */
void engine_fetch(const struct engine *e);

/* When it next wants an EV_CLOCK though nothing happens (partial-fill grace, retries,
 * hold times, session end); INT64_MAX: never. */
ns engine_wake(const struct engine *e);

/* Bars of history it wants at its timeframe before it may trade. Its plan's frames (c->plan)
 * say what they want beyond. */
uint32_t engine_warmup(const struct engine *e);

/* For the dashboard and tests; valid until the next step. */
const struct instance_state *engine_state(const struct engine *e);
uint32_t engine_trades(const struct engine *e, const struct trade **first);	/* not closed */
uint32_t engine_orders(const struct engine *e, const struct order **first);	/* not done */
/* Shares of symbol i of the list, negative when short; bare: not all have a stop. False: something
 * is under way, so that the number is none to compare with the broker's. */
bool engine_holding(struct engine *e, uint32_t i, qty *n, bool *bare);
/* Shares are at the broker that the books do not have: the next sync's listing goes as far back as
 * it can, so that a trade of ours that was lost is found. */
bool engine_seeks(const struct engine *e);
struct chart *engine_chart(const struct engine *e);
/* Past signals that the strategy has judged, and how many it wants; false: it asks for none. */
bool engine_judged(const struct engine *e, uint32_t *have, uint32_t *want);
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
#define GRACE_GAP      (20 * NS_SECOND)	/* missed bars may take to be read */
#define EXIT_RETRY     (5 * NS_SECOND)	/* between attempts to close what was refused */
#define MOVE_RETRY     (5 * NS_SECOND)	/* between attempts to move what was refused */
#define STOP_RETRY     (5 * NS_MINUTE)	/* the same of own stops while the market is closed */

#endif
