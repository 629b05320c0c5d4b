/* store.h: what outlives the process. The only room that has heard of LMDB. Facts are
 * appended (fills, notes, equity), states are replaced (orders, trades, instances,
 * sessions). Every record carries a type, a version, its length and a CRC-32C; a
 * record that fails is ERR_STORE with words, never data.
 *
 * One process holds a folder (lock file with flock and its pid). One thread writes:
 * a transaction holds everything that one event caused, and is durable when
 * store_commit returns OK. Any thread reads, with short transactions. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "model/book.h"

struct store;

/* Raised whenever records change or grow: an older gambler refuses a newer store in words.
 * Records of all earlier versions are read; a store is brought to this one when it is opened
 * for writing, its file as it was stays beside it (data.mdb.v1).
 *	2  the audit chain and the generation; orders and trades that grew */
#define STORE_VERSION 2
#define STORE_WHY     256

enum store_mode {
	STORE_WRITE,	/* creates what is missing; takes the lock */
	STORE_READ,	/* for commands while none runs, or beside a running one (read only) */
	STORE_CONTROL	/* short write by a command when none runs: takes the lock */
};

/* folder: made with 0700 when missing; refused when a symlink or open to others.
 * ERR_REFUSED: another process holds it (why names the pid): exit 79. ERR_STORE: damaged or
 * of another version; why says what to do. (STORE_WRITE: a damaged file is kept aside, the
 * newest good copy or nothing takes its place, and why says so with OK.) ERR_NOTFOUND:
 * STORE_READ of nothing.
 * OK: why is empty or a warning (the last commit may be missing), already logged.
 * The file is verified first by a child process (every record's CRC), so that a
 * damaged one can neither crash nor mislead this one; call it before threads start. */
MUST_CHECK enum err store_open(struct store **out, const char *folder, enum store_mode mode,
			       char why[static STORE_WHY]);
void store_close(struct store *s);
/* To be called once, behind store_open and before any other call that names a symbol: a
 * `sym` counts in the process's table, which follows the configuration; the store keeps
 * names and translates. Names that only the store knows are added to the table (SYM_NONE
 * in records when it is full). Without this call a `sym` is stored as the number it is. */
MUST_CHECK enum err store_symbols(struct store *s, struct symbols *table);

/* ---- writing: one thread. After an error the transaction is to be aborted. */
MUST_CHECK enum err store_begin(struct store *s);
/* An order with a cid or bid that is there already, under either id, is that order. */
MUST_CHECK enum err store_put_order(struct store *s, const struct order *o);
MUST_CHECK enum err store_put_trade(struct store *s, const struct trade *t);
MUST_CHECK enum err store_put_state(struct store *s, const struct instance_state *st);
/* known: (order, cumulative) was there, and nothing has changed. One that was there without an
 * execution takes its name, shares and price; one with the same execution takes what it has now:
 * no shares when the broker took it back. */
MUST_CHECK enum err store_add_fill(struct store *s, const struct fill *f, bool *known);
MUST_CHECK enum err store_add_note(struct store *s, const struct note *n);
MUST_CHECK enum err store_put_session(struct store *s, const struct session_record *r);
/* One point a minute is kept: the last. */
MUST_CHECK enum err store_add_equity(struct store *s, const struct equity_point *p);
MUST_CHECK enum err store_put_kill(struct store *s, enum kill_state k, struct str who, ns ts);
/* The account id the store belongs to: another account's store is refused by run. */
MUST_CHECK enum err store_put_account(struct store *s, struct str account_id);
/* OK: durable. ERR_STORE: nothing of it was written (no space, read-only, map full); later
 * transactions may succeed. ERR_IO: whether it was written is not known; every further
 * store_begin is ERR_IO until store_mend. why says which. */
MUST_CHECK enum err store_commit(struct store *s, char why[static STORE_WHY]);
void store_abort(struct store *s);

/* ---- reading. Copies; each call is its own short transaction, and sees what was
 * committed. OK, ERR_NOTFOUND, ERR_STORE. */
enum err store_order(struct store *s, struct str cid_or_bid, struct order *out);
enum err store_trade(struct store *s, struct str id, struct trade *out);
enum err store_state(struct store *s, struct str instance, struct instance_state *out);
enum err store_kill(struct store *s, enum kill_state *k, char who[static 64], ns *ts);
enum err store_account(struct store *s, char id[static UUID_TEXT]);
enum err store_last_session(struct store *s, struct session_record *out);

/* Walks call `each` until it returns false; oldest first, but where it says newest first.
 * `limit` 0: all. Within `each` no other store call may be made. A damaged record ends
 * the walk with ERR_STORE: half an answer is none. */
typedef bool (*store_each)(void *ctx, const void *record);
/* struct order, stage not DONE */
enum err store_open_orders(struct store *s, store_each each, void *ctx);
/* newest first */
enum err store_orders(struct store *s, uint32_t limit, store_each each, void *ctx);
enum err store_orders_of(struct store *s, struct str trade, store_each each, void *ctx);
/* struct trade, not CLOSED */
enum err store_open_trades(struct store *s, store_each each, void *ctx);
/* newest first */
enum err store_trades(struct store *s, uint32_t limit, store_each each, void *ctx);
enum err store_fills_of(struct store *s, struct str trade, store_each each, void *ctx);
enum err store_fills(struct store *s, store_each each, void *ctx);
enum err store_notes_of(struct store *s, struct str trade, store_each each, void *ctx);
/* newest first */
enum err store_notes(struct store *s, uint32_t limit, store_each each, void *ctx);
/* newest first */
enum err store_sessions(struct store *s, uint32_t limit, store_each each, void *ctx);
/* from <= ts <= to */
enum err store_equity(struct store *s, ns from, ns to, store_each each, void *ctx);
/* by name */
enum err store_states(struct store *s, store_each each, void *ctx);

struct store_stats {
	uint64_t file_bytes, map_bytes, records;
	uint64_t commits, bytes_written;	/* by this process */
	uint32_t readers;
	ns       last_commit_took, worst_commit_took;
};
void store_figures(struct store *s, struct store_stats *out);

/* Hot copy into a new folder while trading. */
MUST_CHECK enum err store_backup(struct store *s, const char *folder,
				 char why[static STORE_WHY]);
/* The same into the store's own folder, where store_open finds it when the file is damaged:
 * the last two are kept. Not beside store_mend. */
MUST_CHECK enum err store_keep(struct store *s, char why[static STORE_WHY]);
/* A backup takes the place of what is in the folder, which is kept beside it. Refused while a
 * gambler holds either. */
MUST_CHECK enum err store_restore(const char *backup, const char *folder,
				  char why[static STORE_WHY]);
/* The disk is all but full: commits go into space that was set aside, for stops and exits. */
bool store_is_low(const struct store *s);
/* Why nothing is entered, as people are told; NULL: all is well. */
const char *store_trouble(const struct store *s);
/* Why the last transaction was not written, where that is known. */
void store_why(const struct store *s, char why[static STORE_WHY]);
/* A commit's outcome is not known: nothing can be stored. */
bool store_is_broken(const struct store *s);
/* Then: the file is written anew, verified and opened again. Readers are turned away
 * meanwhile (ERR_STORE); the writer stores nothing. OK: *written says whether that commit is
 * in it. ERR_IO: try again later. ERR_STORE: damaged, only a new start can help. */
MUST_CHECK enum err store_mend(struct store *s, bool *written, char why[static STORE_WHY]);
/* Reads every record of a folder, in a child process; bad: how many fail. Also beside a
 * running gambler; not in the process that has the store open. */
MUST_CHECK enum err store_verify(const char *folder, uint64_t *records, uint64_t *bad,
				 char why[static STORE_WHY]);

#endif
