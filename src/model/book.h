/* book.h: what a trading instance knows and the store keeps: orders, trades,
 * the instance's day, and notes that explain decisions. Flat structs without
 * pointers: copied through rings, written to the store, read by the dashboard.
 *
 * A trade is one round trip of one instance in one symbol, from the signal to
 * flat. Its identity is the client_order_id of its entry. */
#ifndef MODEL_BOOK_H
#define MODEL_BOOK_H

#include "model/model.h"

#define INSTANCES_MAX 16	/* threads on a small box; product default is five */
#define INSTANCE_NAME 32

/* ---- orders */
enum order_role { ROLE_ENTRY, ROLE_STOP, ROLE_TARGET, ROLE_EXIT };
const char *role_text(enum order_role r);	/* "entry" "stop" "target" "exit" */

/* How far an order of ours has come, beside the broker's status. Everything but
 * ORDER_DONE is walked at every start. */
enum order_stage {
	ORDER_INTENT,	/* committed; not known to have arrived */
	ORDER_LIVE,	/* the broker has shown it to us */
	ORDER_DONE	/* final at the broker, refused, or certainly never arrived */
};

struct order {
	char     cid[CID_TEXT];		/* ours; legs: the broker's own, "" until seen */
	char     bid[UUID_TEXT];	/* the broker's id; "" until seen */
	char     trade[CID_TEXT];	/* the trade's identity: cid of its entry */
	uint8_t  instance, role, stage, side, type, tif, cls, status;
	uint8_t  asked_cancel;		/* times a cancel was asked */
	uint8_t  sends;			/* times it was handed to the wire */
	uint8_t  leg;			/* 1: made by the broker as part of a bracket */
	uint8_t  chain;			/* own stops: which, from 1; replacements have it too.
					 * Entries, exits: 1: not said to open (plan.c), to close
					 * (exits.c) */
	sym      sym;
	uint16_t refused;		/* http status of a refusal; 0 none */
	int32_t  refused_code;		/* the broker's code */
	qty      want, done;
	usd      value;			/* of what is done, exact where executions were seen */
	px       limit, stop;		/* 0: none */
	px       take_profit, stop_loss;	/* bracket: prices of the legs */
	ns       made, updated;
	ns       cancel_ts;		/* last cancel asked; 0 */
	char     why[64];		/* the broker's words when refused, cut */
	uint8_t  moved;			/* enum move */
};

/* A stop or target takes another's place by the broker's replace, in one step: until it has
 * done so the old one stands. What the chain of them has done, each tells as its own. */
enum move { MOVE_NONE, MOVE_ASKED, MOVE_DONE };

/* The broker made it, and its name: until that is told only the id is known. */
static inline bool order_of_broker(const struct order *o)
{
	return o->cid[0] == '\0' || (o->leg && o->moved == MOVE_NONE && o->bid[0] != '\0');
}

/* ---- trades */
enum trade_state {
	TRADE_ENTERING,		/* entry decided, not yet completely filled or given up */
	TRADE_OPEN,		/* entry is over with shares held */
	TRADE_EXITING,		/* on the way out */
	TRADE_CLOSED		/* flat, and every order final */
};
const char *trade_state_text(enum trade_state s);

/* Why a trade ended (or never began). */
enum exit_reason {
	EXIT_NONE, EXIT_STOP, EXIT_TARGET, EXIT_SIGNAL, EXIT_TIME, EXIT_SESSION_END, EXIT_OPERATOR,
	EXIT_UNPROTECTED, EXIT_GONE, EXIT_NOT_FILLED, EXIT_REFUSED, EXIT_TRAIL, EXIT_REASONS
};
const char *exit_text(enum exit_reason r);	/* "stop", "target", "signal", "time", … */

struct trade {
	char     id[CID_TEXT];		/* cid of the entry */
	uint8_t  instance, side, state, reason_out;
	uint8_t  stop_seq, exit_seq;	/* own stops and exits sent so far: part of their cids */
	uint8_t  flags, tag;		/* tag: the strategy's own mark */
	sym      sym;
	uint16_t split;			/* day of the newest split that it has been through */
	qty      want, in, out;		/* shares */
	usd      in_value, out_value;
	usd      fees;
	px       signal_price;		/* close of the signal bar */
	px       stop, target;		/* on the grid */
	px       worst, best;		/* lowest and highest last price while open */
	ns       signal_ts;		/* the signal bar's end */
	ns       opened, closed;	/* first fill in, last fill out */
	ns       hold_until;		/* 0: no limit */
	ns       naked_since;		/* 0: covered by a stop at the broker */
	ns       naked_longest;		/* longest time without one, market time */
	px       trail;			/* so far behind the best price it is left; 0: not */
	px       trail_from;		/* once it was so far in profit */
	/* Until the entry is over: how far the levels will be from the fill, as they are from
	 * the signal's close, and not rounded; 0: they stay. */
	px       stop_by, target_by;
};

/* trade.flags: those distances are parts of the price; else they are dollars. */
enum trade_flag { TRADE_STOP_PART = 1, TRADE_TARGET_PART = 2 };

static inline qty trade_open_qty(const struct trade *t) { return (qty){ t->in.n - t->out.n }; }
/* Realised when closed; partial otherwise: out at its price minus its share of in. */
usd trade_pnl(const struct trade *t);

/* ---- fills: facts. (cid or bid of the order, cumulative quantity) is the key, so that a fill
 * that is told twice is booked once; the execution's id comes with it or is told later. Shares
 * that the broker took back keep their numbers, and are none. */
struct fill {
	char    order[CID_TEXT];	/* cid, or bid for legs */
	char    trade[CID_TEXT];
	char    execution[UUID_TEXT];	/* "" when learnt from a snapshot */
	uint8_t instance, side, role, from_snapshot;
	sym     sym;
	qty     n, cumulative;
	px      at;			/* average when from_snapshot */
	usd     value;
	ns      ts;
};

/* ---- the instance's own state, replaced at each change and each checkpoint */
enum run_state { RUN_STOPPED, RUN_RUNNING, RUN_PAUSED, RUN_HALTED, RUN_ERROR };
const char *run_state_text(enum run_state s);

/* Kill states move right by themselves and left only by the operator. */
enum kill_state { KILL_RUN, KILL_REDUCE_ONLY, KILL_FLATTEN, KILL_HALT };
const char *kill_text(enum kill_state k);

#define FUNNEL_MAX 40	/* conditions of a strategy, then of the engine and the gate */

struct instance_state {
	uint8_t  instance, run, kill, pad;
	char     name[INSTANCE_NAME];
	uint32_t losses_in_row;
	int32_t  date;			/* session to which the day's figures belong */
	uint32_t trades_day, wins_day, orders_day;
	uint32_t trades_all, wins_all;
	usd      pnl_day, pnl_all;	/* realised */
	usd      open_pnl;		/* unrealised, at the last prices */
	ns       paused_until;		/* breaker; 0 none */
	uint8_t  breaker;		/* enum deny that paused it; 0 none */
	uint8_t  pad2[7];
	ns       last_bar, last_decision, checkpoint;
	uint64_t seq;			/* events handled */
	uint64_t bars;			/* bars decided on */
	uint64_t signals, entries, fills;
	uint64_t funnel[FUNNEL_MAX];	/* rejected entries by first failing condition */
	uint64_t late_bars, odd_reports;
	usd      pnl_base;		/* day's result when the operator last resumed */
	ns       last_scan;		/* end of the last slice in which entries were looked for */
	ns       leaders_said;		/* who leads the benchmark, and how many: as last said */
	uint32_t leaders;
	int32_t  scanned;		/* session whose symbols are chosen: bits, by place */
	uint64_t chosen[2];
};

/* ---- notes: the links of the chain that `gambler why` prints */
enum note_kind {
	NOTE_SIGNAL,		/* values: what the strategy saw; names: its value names */
	NOTE_GATE,		/* code: enum deny; value[0..]: pairs (value, limit) by check */
	NOTE_GUARD,		/* the same, of the portfolio */
	NOTE_SENT,		/* handed to the wire */
	NOTE_REPLY,		/* code: http status; text */
	NOTE_STATUS,		/* code: enum order_status */
	NOTE_EXIT,		/* code: enum exit_reason */
	NOTE_PROTECT,		/* the stop manager acted; text says why; code 0: not as usual */
	NOTE_BREAKER,		/* code: enum deny */
	NOTE_COMMAND,		/* text: who and what */
	NOTE_SYNC,		/* reconciliation found a difference */
	NOTE_FILTER,		/* text: the symbols of the day; how many lead the benchmark */
	NOTE_KINDS
};
const char *note_text(enum note_kind k);

#define NOTE_VALUES 24

struct note {
	ns       ts;
	uint64_t seq;			/* given by the engine, per instance */
	uint8_t  instance, kind;
	uint16_t code;
	sym      sym;
	uint16_t n;			/* values used */
	char     trade[CID_TEXT];	/* "" when about the instance */
	char     order[CID_TEXT];
	char     text[64];
	double   value[NOTE_VALUES];
};

/* ---- sessions: one run of the program */
enum session_status { SESSION_ACTIVE, SESSION_COMPLETED, SESSION_CRASHED };
const char *session_status_text(enum session_status s);

struct session_record {
	uint64_t id;			/* counts up */
	ns       started, ended;	/* wall or market time, as the mode has it */
	uint8_t  status, mode, pad[6];
	usd      initial_equity, final_equity, pnl;
	uint32_t trades, instances;
	char     symbols[256];		/* cut */
};

struct equity_point { ns ts; usd equity, cash, long_value, short_value; };

struct account {
	char id[UUID_TEXT], number[24];
	char status[24];
	usd  cash, equity, last_equity, buying_power, long_value, short_value;
	usd  initial_margin, maintenance_margin;
	bool blocked;			/* any of the broker's flags, or status not ACTIVE */
	bool shorting;
	ns   ts;
};

#endif
