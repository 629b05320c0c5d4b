/* live.h: everything that runs together in sim, paper and live mode, and who owns it.
 *
 *	main      configuration, lifecycle, signals, watchdog
 *	wire      every upstream socket, token bucket, requests, streams
 *	instance  one thread each: its engine
 *	writer    the store's only write transaction, the portfolio guard
 *	keeper    copies of the store; a store whose sync failed, written anew
 *	http      dashboard and API (web/)
 *	exchange  mode sim only: the embedded broker, reached over loopback sockets
 *
 * Rings, all bounded, all copying:
 *	wire -> instance     struct event        the one source of an instance's events
 *	instance -> writer   struct writer_msg   actions; a step is never split
 *	wire -> writer       struct writer_msg   account figures, kill state
 *	writer -> wire       struct wire_msg     what was committed may leave
 *	control -> wire      struct wire_msg     commands
 *	writer, wire -> http struct tell         copies; may be lost, then counted
 *
 * Lockstep (simulated market without a clock of its own): the wire collects what
 * belongs to one instant, delivers it in a fixed order, and ends it with EV_BARRIER.
 * Each instance answers the barrier behind its actions; the writer waits for all, commits
 * them sorted by instance, releases the requests and the barrier; the wire carries the
 * requests out one after the other. If answers came, they make another round; else
 * the instant is acknowledged. So the same market gives the same trades, threads
 * and sockets notwithstanding. */
#ifndef RUN_LIVE_H
#define RUN_LIVE_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/ring.h"
#include "engine/engine.h"
#include "run/config.h"
#include "run/control.h"
#include "run/exec.h"
#include "run/journal.h"
#include "store/store.h"

#define RING_INSTANCE 512	/* a slice of 128 symbols, its clock, and reports in between */
#define RING_WRITER   1024	/* two largest steps */
#define RING_WIRE     1024	/* more than all instances can ask for in one round */
#define RING_TELL     512	/* a page behind by more reads the snapshot */

#define CHECKPOINT_EVERY (30 * NS_SECOND)	/* market time */

enum writer_kind { WRITE_ACTION, WRITE_BARRIER, WRITE_ACCOUNT, WRITE_KILL };

struct writer_msg {
	uint32_t kind;
	uint8_t  instance;
	bool     last;		/* of its step */
	uint64_t barrier;
	ns       wake;		/* WRITE_BARRIER: the engine's wish */
	union {
		struct action action;
		struct account account;
		struct { uint32_t kill; char who[40]; ns ts; } kill;
	} u;
};

enum wire_kind {
	WIRE_SUBMIT, WIRE_REPLACE, WIRE_CANCEL, WIRE_ASK, WIRE_SYNC, WIRE_DENIED, WIRE_COMMAND,
	WIRE_BARRIER
};

struct wire_msg {
	uint32_t kind;
	uint8_t  instance;		/* 0xff: all (commands) */
	uint64_t barrier;
	ns       wake;
	union {
		struct order order;
		struct { struct order order; char old[UUID_TEXT]; } replace;
		struct reply reply;
		struct { uint32_t what; char who[40]; } command;
	} u;
};

struct live;

/* What an instance holds of a symbol, for the wire to find out whose the account's shares are.
 * UNSAID: it has not begun; BUSY: something is under way; SAFE: a stop guards all of it; BARE: not
 * all. */
enum holding { HOLDING_UNSAID, HOLDING_BUSY, HOLDING_SAFE, HOLDING_BARE };

struct instance {
	struct live  *live;
	uint8_t       index;
	struct ring   in;
	struct engine *engine;
	struct journal *journal;	/* NULL: none is kept */
	struct exec *exec;		/* NULL: the strategy is in this program */
	struct engine_config config;
	struct actions out;
	pthread_t     thread;
	bool          started;
	ns            last_ts;
	/* When the run began: the newest slice that was decided; bars up to which its engine
	 * goes on from a checkpoint. 0: none. */
	ns            left_off, resumed;
	/* checkpoint.c */
	bool          saved, saved_badly;
	uint32_t      slices;		/* decided since the newest checkpoint */
	uint64_t      saved_seq;
	ns            decided;
	_Atomic int64_t alive;		/* mono, for the watchdog */
	_Atomic int   run_state;	/* enum run_state */
	_Atomic int   kill;		/* enum kill_state, as commands come: the wire looks at it
					 * before an entry leaves, whatever the others do */
	/* By place in its list of symbols. */
	struct { _Atomic int64_t n; _Atomic int how; } holding[ENGINE_SYMBOLS];
	_Atomic int   entering;		/* trades that are not safely open or closed */
	_Atomic bool  seeks;		/* engine_seeks */
};

enum mended { MEND_NONE, MEND_WRITTEN, MEND_LOST, MEND_HOPELESS };

struct live {
	const struct config *config;
	/* The same. Keys that main reads anew go into its `fresh` while keys_fresh is 0; the wire
	 * takes them while it is 1. */
	struct config   *own;
	atomic_int       keys_fresh;
	struct symbols *symbols;	/* the configuration's, and behind them the store's */
	struct clock     clock;
	struct calendar  calendar;
	struct store    *store;
	struct arena     arena, engines;
	uint32_t         instances_n;
	struct instance  instance[INSTANCES_MAX];
	struct ring      writer_in, wire_in;
	struct control   control;
	struct session_record session;
	atomic_bool      stop;		/* wire, http, exchange: leave your loop */
	atomic_bool      booted;	/* the broker's clock, account and calendar are known */
	atomic_bool      instances_up;	/* their threads run: events may be given */
	atomic_bool      ready;		/* history, streams and the first reconciliation are done */
	atomic_bool      ended;		/* the simulated market has come to its end */
	atomic_int       latched;	/* enum command: what FOLDER/kill says, and all know */
	_Atomic int64_t  copy_at;	/* mono: the store is to be copied then; 0: as ever */
	atomic_int       fatal;		/* exit code of a failure that ends the program; 0 none */
	/* The store was written anew: what its writer is to know. */
	atomic_int       mended;	/* enum mended */
	_Atomic int64_t  wire_alive, writer_alive;
	_Atomic int64_t  last_equity;	/* billionths, for the session record */
	_Atomic int64_t  oldest_open;	/* signal time of the oldest trade that is not closed */
	/* Positions of others count in the account's limit: of these symbols, and so many more. */
	atomic_bool      others[SYMBOLS_MAX];
	_Atomic uint32_t strangers;
	_Atomic uint32_t trades;	/* closed in this session */
	bool             lockstep;
	uint16_t         exchange_port;	/* sim */
	pthread_t        wire_thread, writer_thread, web_thread, exchange_thread, keeper_thread;
};

/* The dashboard's thread, handed in by the command: this room does not know web/. */
struct live_web {
	enum err (*open)(void **web, struct control *c, char *why, size_t why_size);
	uint16_t (*port)(const void *web);
	void     (*restore)(void *web);
	void     (*run)(void *web, const atomic_bool *stop);
	ns       (*alive)(const void *web);	/* mono: when it was last seen at work */
	void     (*close)(void *web);
};

/* Runs until a signal, the market's end or a fatal failure; the exit code. */
int live_run(struct config *c, const struct live_web *web);

/* commands.c: for struct control; and FOLDER/kill is looked at, several times a second. */
enum err live_command(void *live, int index, enum command what, const char *who);
void live_watch_latch(struct live *l);

/* live_restore.c: the engines as the store knows them, and the record of this run. */
bool live_instances(struct live *l);	/* false: half of the books is none (logged) */
void live_session_begin(struct live *l);
void live_session_end(struct live *l);

void *instance_main(void *instance);
/* checkpoint.c. Behind each step; when the thread ends; before engine_restore. */
void checkpoint_step(struct instance *in);
void checkpoint_close(struct instance *in);
void checkpoint_load(struct instance *in, const struct instance_state *s);

/* keeper.c: the thread that copies the store and mends it. */
struct keeper {
	ns       copy_at, mend_at;	/* mono: not before */
	uint64_t copied;		/* commits that are in the newest copy */
	ns       wait;			/* from the next copy to the one behind it */
};

void *keeper_main(void *live);
void keeper_look(struct live *l, struct keeper *k, ns now);	/* whether one of them is due */
void keeper_copy(struct live *l);

/* Before the threads: while they run, the arena is the wire's alone. */
void *writer_open(struct live *l);
void *writer_main(void *writer);
void *wire_main(void *live);

/* In the arena; false: there is no descriptor for it (logged). */
bool live_ring(struct live *l, struct ring *r, size_t size, uint32_t n);
/* The monotonic instant at which market time will be `market`. */
ns live_mono_at(struct live *l, ns market);
void live_tell(struct live *l, const struct tell *t);

#endif
