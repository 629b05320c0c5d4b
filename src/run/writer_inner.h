/* writer_inner.h: the writer thread's parts, private to it.
 *	writer.c       the loop: steps, barriers, the guard, when to commit
 *	writer_put.c   into the store, and out to the wire and the page
 *	writer_room.c  when the store cannot be written and the batch is full
 *	writer_say.c   the log of what was traded */
#ifndef RUN_WRITER_INNER_H
#define RUN_WRITER_INNER_H

#include "run/live.h"

/* Messages that wait for a commit: normally a few; when the disk is full they stay
 * until there is room again; no entry is let through meanwhile. */
#define BATCH_MAX 4096
#define BATCH_EARLY (BATCH_MAX / 2)	/* lockstep: does not wait for the barrier with more */

#define COMMIT_RETRY (5 * NS_SECOND)
#define EQUITY_EVERY (60 * NS_SECOND)	/* market time: the equity curve */

struct writer {
	struct live  *l;
	struct guard  guard;
	struct writer_msg *batch;
	uint32_t      n, released;	/* batch[0..released) has left already (disk full) */
	uint32_t      open_steps;	/* instances in the middle of a step: bit set */
	uint64_t      barrier;
	uint32_t      at_barrier;	/* instances that answered: bit set */
	ns            wake;
	struct instance_state state[INSTANCES_MAX];
	uint32_t      state_dirty;
	bool          slice;		/* one of them has decided one since the commit */
	ns            state_since, equity_ts, retry_at;
	bool          account_stored, account_new;	/* …_new: in the open transaction */
	ns            equity_new;
	bool          degraded;		/* the store cannot be written */
	bool          low;		/* nor much more */
	uint32_t      tried;		/* batch[0..tried): in the commit that is not known */
	struct { char id[CID_TEXT]; sym sym; ns since; } open_trade[INSTANCES_MAX * ENGINE_TRADES];
	uint32_t      open_n;
};

/* writer_put.c */
bool writer_commit(struct writer *w);		/* batch and states; false: degraded, kept */
void writer_release(struct writer *w);		/* what was not yet released */
void writer_to_wire(struct writer *w, struct wire_msg *m);
void writer_deny(struct writer *w, const struct writer_msg *m, enum deny d, const char *words);
void writer_tell(struct writer *w, const struct action *a);

/* writer_room.c: throws away what newer messages of a full batch make needless; then there
 * is room for one at least. */
void writer_room(struct writer *w);

/* writer_say.c: what was traded, into the log. */
void writer_say(const struct writer *w, uint8_t instance, const struct action *a);

#endif
