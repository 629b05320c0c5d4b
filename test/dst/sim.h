/* sim.h: a machine made of one process, one thread and one number. The bot and the exchange are
 * linked in as they are; what they ask of libc (redirect.txt) is answered here:
 *
 *	fiber.c   threads are fibers, switched where they wait; time passes when all of them do
 *	thread.c  pthread, clocks, signals
 *	proc.c    a process: memory, start, crash, end
 *	memory.c  the memory in which every day begins
 *	fd.c      descriptors, eventfd, poll
 *	net.c     connections, as programs see them
 *	line.c    bytes on their way, and what befalls connections
 *	disk.c    files, and what befalls them
 *	plan.c    what befalls whom, when: drawn from the seed
 *	more.c    other kinds of day, by the millions of the seed
 *	fail.c    a call that fails, the nth of its kind, on a short day
 *	visit.c   a request of somebody's program
 *	desk.c    who looks at the dashboard and gives commands
 *	crowd.c   who reaches it badly
 *	others.c  who trades in the same account
 *	judge.c   what must hold, by the exchange's own books
 *	whose.c   and which part of it is whose
 *	dst.c     seeds, children, reports
 *
 * Nothing here asks the real machine for time, chance or order: a seed is a day. */
#ifndef DST_SIM_H
#define DST_SIM_H

#include <stdio.h>
#include <ucontext.h>

#include "base/base.h"
#include "base/rng.h"

#define NEVER INT64_MAX

/* ---- a run */
enum { RNG_ORDER, RNG_NET, RNG_DISK, RNG_PLAN, RNG_BOT, RNG_MORE, RNGS };

struct sim {
	uint64_t   seed;
	ns         now;			/* monotonic */
	ns         wall;		/* wall = now + wall */
	uint64_t   hash;		/* of everything that happened */
	uint64_t   points;		/* calls that were answered */
	bool       trace, forked;	/* forked: a child that verifies the store */
	bool       over;
	struct rng rng[RNGS];
	char       failed[512];		/* the first thing that did not hold */
};
extern struct sim sim;

uint64_t draw(int rng, uint64_t bound);		/* 0 .. bound - 1 */
bool     chance(int rng, uint64_t one_in);
ns       draw_span(int rng, ns from, ns to);	/* each order of magnitude as likely */

/* Part of the trace: hashed, kept for the report, printed with --trace. */
void dst_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void dst_line(const char *who, const char *line, size_t n);
/* Something did not hold; the first counts, and the day ends. */
void dst_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void print_tail(FILE *to);

/* ---- processes */
struct block;
struct mapping { char *at; size_t n; };
#define MAPPINGS 256

struct proc {
	const char   *name;
	bool          alive;
	bool          stopped;		/* SIGSTOP: no fiber of it runs */
	int           code;		/* of its last end */
	int           starts, kills;
	uint32_t      pending;		/* signals, a bit each */
	struct block *blocks;
	uint64_t      bytes, most;	/* allocated */
	struct mapping mapping[MAPPINGS];
	bool          complained;	/* since its start: said what is wrong */
	bool          shared;		/* has said: another may trade on the account */
	int           crash_in;		/* dies at its nth call from now; 0: lives on */
	bool          crash_power;	/* and what was not synced is in doubt */
	void         *(*body)(void *);
};
extern struct proc bot, exchange, desk, crowd;

void proc_start(struct proc *p);
void proc_end(struct proc *p, int code);	/* all it had is gone; code -9: killed */
void proc_crash(struct proc *p, bool power, uint64_t within);	/* at one of its next calls */
void proc_signal(struct proc *p, int signal);

/* ---- memory of all of this */
void *memory_large(size_t n);		/* zeros, in large pages where the kernel has them */
void memory_begin(void);		/* before all days */
bool memory_can(void);			/* in this program one child may have several days */
void memory_keep(void);			/* before a child's first day */
void memory_restore(int above);		/* after a day; no descriptor above that one is kept */
bool memory_back(char *from, const char *to);	/* only that; false: none is kept */

/* ---- calls of the bot that fail */
enum {
	FAIL_MEMORY = 1, FAIL_FILE = 2, FAIL_SOCKET = 4, FAIL_FDS = 8, FAIL_TASK = 16,
	FAIL_INTERRUPT = 32, FAIL_SHORT = 64,
	FAIL_CLOCK = 128,		/* tells another time */
	FAIL_STOP = 256, FAIL_KILL = 512, FAIL_LAST = FAIL_KILL	/* with any call */
};

struct fail {
	unsigned what;			/* FAIL_, one of them; 0: a day with a plan */
	bool     lasts;			/* for good, or only once */
	uint64_t at;			/* fails at the nth */
	bool     begun, over;
	int      error;
	struct {			/* with the child that verifies the store */
		uint64_t calls;		/* of this kind so far */
		bool struck, healed;
		int  life;		/* of the bot, in which it struck last; 0: it has not */
	} *both;
};
extern struct fail fail;

/* Whether a call that is of these kinds fails now: errno says how. */
bool fails(unsigned kinds);
/* How much of n bytes a call takes. (Files are written in parts, never read so.) */
size_t fails_short(size_t n);
ns   fail_clock(ns wall);		/* what it tells */
bool fail_is(const char *word);		/* "memory": sets what */
const char *fail_word(void);
void fail_day(void);
void fail_over(void);			/* gives back what the day had from the kernel */
void fail_told(void);			/* a child has ended */
void fail_ended(int code);		/* a process of the bot, by itself */

/* ---- fibers */
#define FIBERS 32
typedef void *jump[5];		/* the compiler's own setjmp: libc's takes four times as long */
enum fiber_state { F_FREE, F_READY, F_WAITS, F_DONE };

struct fiber {
	enum fiber_state state;
	bool         started, timed_out, detached;
	struct proc *p;
	ns           deadline;
	const void  *on;		/* what it waits for; NULL: descriptors, or only time */
	void        *(*body)(void *);
	void        *arg, *result;
	int          saved_errno;
	char        *stack;
	jump         at;
	ucontext_t   first;
};
extern struct fiber fibers[FIBERS];
extern struct fiber *current;		/* NULL: the machine itself */

void fibers_begin(void);	/* before all days */
struct fiber *fiber_new(struct proc *p, void *(*body)(void *), void *arg);
void fiber_drop(struct fiber *f);
/* Woken (true) by fiber_wake of the same thing, or by its descriptors; or it is too late. */
bool fiber_wait(const void *on, ns deadline);
void fiber_wake(const void *on, bool all);
void fiber_ready(struct fiber *f);
void fiber_yield(void);
_Noreturn void fiber_leave(void);	/* the current one's process has just ended */
/* A call was made: a moment passes, others may get their turn, and it may be the last one. */
void point(void);
void run_until(ns end);

/* ---- things that happen at a time */
void at_time(ns at, void (*what)(void *arg, int64_t n), void *arg, int64_t n);

/* ---- descriptors */
#define FDS 512
enum fd_kind { FD_FREE, FD_STD, FD_EVENT, FD_LISTEN, FD_STREAM, FD_FILE, FD_REAL };

struct node;
struct link;
struct fd {
	enum fd_kind kind;
	struct proc *p;
	int          flags;
	uint32_t     waiters;		/* fibers, a bit each */
	uint64_t     count;		/* FD_EVENT */
	int          real;		/* FD_REAL: a pipe between a child and its parent */
	uint16_t     port;		/* FD_LISTEN */
	struct link *link;		/* FD_STREAM; FD_LISTEN: the first that waits */
	int          side;
	struct node *node;		/* FD_FILE */
	int64_t      offset;
};
extern struct fd fds[FDS];

void fd_begin(void);		/* before all days */
int  fd_new(enum fd_kind kind, int flags);	/* -1, errno */
struct fd *fd_of(int fd, enum fd_kind kind);	/* NULL, errno; FD_FREE: any that is open */
void fd_notify(struct fd *f);
void fd_close(struct fd *f);
short fd_events(struct fd *f);			/* what poll would say now */

/* ---- network */
enum net_fault {
	NET_RESET, NET_HALF_OPEN, NET_CLOG, NET_HEAL, NET_REFUSE, NET_BLACK_HOLE, NET_CONNECT,
	NET_SLOW, NET_BYTES, NET_PLAIN, NET_FAULTS
};
void net_close(struct fd *f);
short net_events(const struct fd *f);
/* Of connections: one of those that are open, by chance; all; or one of the crowd's, whom nothing
 * else befalls. HEAL is for all. */
enum net_links { NET_ONE, NET_ALL, NET_CROWD };
void net_fault(enum net_fault what, enum net_links which);
void net_died(struct proc *p, bool power);	/* its machine said nothing: or its kernel did */
void net_restarted(struct proc *p);
void net_vanish(int fd);
bool net_of_crowd(const struct fd *f);

/* ---- disk */
enum disk_fault { DISK_FULL, DISK_ERROR_ONCE, DISK_ERROR, DISK_STALL, DISK_FINE };
void disk_fault(enum disk_fault what);
void disk_power_loss(void);
/* All files below a folder as they are now, unsynced or not: the one copy that is kept. */
void disk_copy(const char *folder);
/* No process has them open: they are gone, or as they were when they were copied. */
void disk_lose(const char *folder);
void disk_copy_back(void);
void disk_close(struct fd *f);
void disk_put(const char *path, const char *text, size_t n);
ssize_t disk_read(struct fd *f, void *to, size_t n, int64_t at);
ssize_t disk_write(struct fd *f, const void *from, size_t n, int64_t at);

/* ---- the day */
void plan_day(void);
void plan_short_day(void);	/* one instance, ten minutes, nothing but what fails */
void plan_trouble(int more);	/* 1: one more thing lasts; -1: one is over */
void plan_heal(void);
void plan_new_ini(bool overnight);	/* for the bot's next start */
void plan_episode(int rng, ns at);	/* one thing, or one after the other */
ns   plan_quiet_since(void);		/* when the last disturbance ended; NEVER: one is on */
void plan_disturbed(void);
void plan_disturbed_for(ns longer);
bool plan_quiet_day(void);		/* nothing at all befalls it */
ns   plan_patience(void);		/* how long a stop may be missing for the broker's sake */
const char *plan_rules(void);		/* the exchange's misbehaviour today */
const char *plan_ini(void);
ns   plan_open(void);			/* wall */
ns   plan_session(void);		/* from the open to the close */

/* ---- other kinds of day: seeds of a million and more, kind * 1,000,000 + n */
enum {
	MORE_DAYS  = 1,		/* several in a row, shares held over night */
	MORE_STORE = 2,		/* the store is lost, or an older copy of it comes back */
	MORE_EXCHANGE = 4,	/* the exchange is killed, and goes on where it was */
	MORE_DESK = 8,		/* people look at the dashboard, and give commands */
	MORE_TWO = 16,		/* two or three instances, which trade the same symbols */
	MORE_OTHERS = 32,	/* people trade in the same account */
	MORE_CROWD = 64		/* a crowd at the dashboard, over lines that break */
};
#define INSTANCES 3
int more_instances(void);		/* how many, of MORE_TWO */
bool more_both_sides(void);
bool more_is(unsigned kind);
void more_begin(void);			/* before plan_day() */
void more_day(void);			/* and behind it */
bool more_late(void);			/* entries come until the close: most nights hold some */
bool more_first(ns *open, ns *close);	/* wall; false: a day like any other */
const char *more_actions(void);		/* splits and dividends, as a file; "": none */
ns   more_run(ns close);		/* all days but the last, whose close it returns */
void more_before_start(void);		/* the bot is about to */
ns   more_down(void);			/* how long the exchange stays down */
bool more_forgot(void);			/* the store does not know all that happened */
bool more_forgot_at(ns wall);		/* nor what was begun then, it may be */

void desk_start(void);
void desk_watch(void);			/* whether the bot runs, for those who ask it */
void others_begin(void);		/* before the day: how they are */
void others_start(void);
void others_leave(void);		/* they sell what they have, and are seen no more */
bool others_beside(void);		/* they hold shares of symbols that the bot trades, too */
bool others_across(void);		/* they sell the bot's */
bool others_wanted(const char *cid);	/* that it be cancelled */
void crowd_start(void);
void crowd_leave(void);			/* within minutes all connections are over */
uint32_t crowd_left(void);		/* connections of it that the bot still has */
void desk_hears(const char *line, size_t n);	/* what the bot logs */
/* Whether the entry of that name was decided though the bot had said that it is halted. */
bool desk_forbids(const char *cid);
/* Since when it has said that all is to be sold, and nobody has taken that back; 0: it has not. */
ns   desk_flat_since(void);
void desk_copied(void);		/* the store, and in it what the bot has said so far */
void desk_forgets(bool all);	/* the bot, what it has said; or only what the copy has not */

void day_begin(void);		/* dst.c: exchange, bot, judge */
void day_end(void);		/* the bot is stopped: within seconds */
void judge_start(void);
void judge_last_look(void);
void judge_end(void);
void *exchange_body(void *unused);
void *bot_body(void *unused);

struct books {				/* what the bot's store says; inside.c */
	enum err err;
	char     why[256];
	uint32_t fills_n, trades_n, open_trades, open_orders;
	struct { char order[64], bid[37]; char execution[37]; int64_t n, value; } fill[8192];
	int64_t  pnl, pnl_of[INSTANCES];
};
void bot_books(const char *folder, struct books *b);
int  bot_main(int argc, char **argv);

#endif
