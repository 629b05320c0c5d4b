/* store_inner.h: what the files of this room share.
 *
 * One B-tree holds everything: the first byte of a key is its space, so that the
 * records one event changes sit in few pages (a commit writes whole pages, and SD cards
 * wear). The smallest key holds the totals: how many records there are and the sum of
 * their weights, so that a page that went back in time or vanished is found as well as
 * one that was altered. */
#ifndef STORE_STORE_INNER_H
#define STORE_STORE_INNER_H

#include <lmdb.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "store/store.h"

/* Address space, not memory. musl refuses maps of 2 GiB on 32-bit, and threads want room. */
#define STORE_MAP_64 ((size_t)1 << 30)
#define STORE_MAP_32 ((size_t)256 << 20)
#define STORE_MAP_MOST (sizeof(void *) > 4 ? (size_t)64 << 30 : (size_t)768 << 20)
#define STORE_MAP    (sizeof(void *) > 4 ? STORE_MAP_64 : STORE_MAP_32)

#define STORE_NAMES_MAX 2048	/* symbols that a store has ever seen */
#define STORE_PATH      512
#define FOLDER_NAME_MAX (STORE_PATH - 80)	/* copies, files in them, put aside with the time */

#define FILE_DATA "data.mdb"
#define FILE_MDB  "lock.mdb"	/* LMDB's own: readers and the mutex */
#define FILE_LOCK "lock"	/* ours: flock, and the holder's pid inside */

/* ---- keys. The numbers are the file's format; what changes together lies together. */
enum space {
	SPACE_TOTALS      = 0,
	SPACE_ACCOUNT     = 1,
	SPACE_KILL        = 2,
	SPACE_NAME        = 3,	/* u16: name of a symbol */
	SPACE_STATE       = 8,	/* name */
	SPACE_ORDER_OPEN  = 9,	/* made, order: link */
	SPACE_TRADE_OPEN  = 10,	/* signal_ts, id: link */
	SPACE_SESSION     = 16,	/* id */
	SPACE_EQUITY      = 17,	/* minute */
	SPACE_ORDER       = 32,	/* 'c' cid, or 'b' bid */
	SPACE_ORDER_ALIAS = 33,	/* the other id: link */
	SPACE_ORDER_TIME  = 34,	/* made, order: link */
	SPACE_ORDER_TRADE = 35,	/* trade, made, order: link */
	SPACE_TRADE       = 48,	/* id */
	SPACE_TRADE_TIME  = 49,	/* signal_ts, id: link */
	SPACE_FILL        = 64,	/* order, cumulative */
	SPACE_FILL_TIME   = 65,	/* ts, seq: link */
	SPACE_FILL_TRADE  = 66,	/* trade, ts, seq: link */
	SPACE_NOTE        = 80,	/* ts, engine's seq, instance, our seq */
	SPACE_NOTE_TRADE  = 81,	/* trade, ts, engine's seq, instance, our seq: link */
	SPACE_KILL_TIME   = 82,	/* ts, our seq: every word on the kill state */
	SPACE_AUDIT       = 96	/* number: a fact and the chain's hash up to it */
};

#define KEY_MAX 128

struct key {
	uint8_t n;
	uint8_t b[KEY_MAX];
};

void key_begin(struct key *k, enum space space);
void key_bytes(struct key *k, const void *data, size_t n);
void key_u64(struct key *k, uint64_t v);	/* big-endian: sorts by value */
void key_put_time(struct key *k, ns t);		/* before 1970 sorts first */
void key_put_text(struct key *k, const char *text);	/* with its NUL: "a" is no prefix of "ab" */
void key_str(struct key *k, struct str s);

void key_order(struct key *k, const struct order *o);
void key_order_alias(struct key *k, struct str id);
void key_order_open(struct key *k, const struct order *o, const struct key *order);
void key_order_time(struct key *k, const struct order *o, const struct key *order);
void key_order_trade(struct key *k, const struct order *o, const struct key *order);
void key_trade(struct key *k, struct str id);
void key_trade_open(struct key *k, const struct trade *t);
void key_trade_time(struct key *k, const struct trade *t);
void key_fill(struct key *k, const struct fill *f);
void key_fill_time(struct key *k, const struct fill *f, uint64_t seq);
void key_fill_trade(struct key *k, const struct fill *f, uint64_t seq);
void key_note(struct key *k, const struct note *n, uint64_t seq);
void key_note_trade(struct key *k, const struct note *n, uint64_t seq);
void key_session(struct key *k, uint64_t id);
void key_equity(struct key *k, ns ts);
void key_state(struct key *k, struct str name);
void key_name(struct key *k, uint16_t id);

/* ---- records. The numbers are the file's format. */
enum record_type {
	REC_TOTALS = 1, REC_LINK, REC_NAME, REC_KILL, REC_ACCOUNT, REC_ORDER, REC_TRADE, REC_FILL,
	REC_NOTE, REC_SESSION, REC_EQUITY, REC_STATE, REC_AUDIT, REC_END
};

#define RECORD_HEADER 16	/* crc32c, type, version, length, seq */
#define RECORD_MAX    1024	/* below LMDB's limit for records inside a page */

#define HASH_WORDS 4	/* SHA-256 */

struct totals {
	uint64_t seq;		/* of the last record written */
	uint64_t records, sum;	/* all but this one */
	uint64_t txn;		/* LMDB's number of the commit that wrote this */
	/* Since version 2. */
	uint64_t generation;	/* how often the store has been opened and written */
	uint64_t facts;		/* in the audit chain */
	uint64_t head[HASH_WORDS];	/* its hash up to the last of them */
};

struct kill_record {
	uint8_t kill;
	char    who[64];
	ns      ts;
};

struct audit_record {
	struct key fact;
	uint8_t    again;		/* more was known of it: an earlier entry was of it */
	uint64_t   digest[HASH_WORDS];	/* of the fact's record */
	uint64_t   hash[HASH_WORDS];	/* of the entry before and all of this one */
};
struct account_record { char id[UUID_TEXT]; };
struct name_record    { char name[SYMBOL_TEXT]; };

/* A `sym` is an index into the process's table, which follows the configuration; in the
 * file it is an index into the store's own list of names. */
struct names {
	bool     bound;
	uint32_t n;				/* names in the store */
	sym      in[STORE_NAMES_MAX];		/* store's to process's */
	uint16_t out[SYMBOLS_MAX];		/* process's to store's */
};

union any_record {	/* aligned for all of them */
	struct order o; struct trade t; struct fill f; struct note n; struct session_record s;
	struct equity_point e; struct instance_state st; struct totals totals;
	struct kill_record kill; struct account_record account; struct name_record name;
	struct key link; struct audit_record audit;
};

/* Bytes used. Values out of their enumeration are a programmer's error. The checksum
 * covers the key: a record that turns up elsewhere is not one. */
size_t record_pack(uint8_t out[static RECORD_MAX], enum record_type type, uint64_t seq,
		   const void *key, size_t key_n, const void *in, const struct names *names);
/* NULL, or what is wrong with it. */
const char *record_unpack(void *out, enum record_type type, const void *key, size_t key_n,
			  const void *data, size_t n, const struct names *names);
/* Checks header and checksum; the payload only when that is right. */
const char *record_check(enum record_type *type, const void *key, size_t key_n, const void *data,
			 size_t n);
/* What a record adds to the totals' sum. */
uint64_t record_weight(const void *data);
/* The type that a space holds; 0: no such space. */
enum record_type record_of_space(uint8_t space);

/* ---- the store */
struct store {
	MDB_env *env;
	int      fd;			/* of LMDB's file */
	MDB_dbi  dbi;
	MDB_txn *txn;			/* the writer's, NULL outside begin and commit */
	enum err failed;		/* of a write in this transaction: it can only be aborted */
	int      failed_code;
	struct totals totals;		/* of the open transaction */
	uint64_t payload;		/* bytes of records in the open transaction */
	bool     writes;
	bool     counted;		/* this opening is, in totals.generation */
	int      lock_fd;
	int      slot;			/* in the list of what this process holds */
	pid_t    io_tid;		/* whose /proc/thread-self/io io_fd is */
	int      io_fd;
	struct names names;
	uint64_t generation;		/* that the side file knows */
	size_t   failed_txn;		/* the commit of which it is not known */
	_Atomic bool     broken;	/* a commit's outcome is unknown */
	size_t   map_most;
	uint64_t ahead;			/* of the file: bytes that are its own on the disk */
	_Atomic bool     low;		/* there were no more of them */
	_Atomic bool     refused;	/* the newest transaction was not written */
	_Atomic bool     closed;	/* to readers: the file is being opened again */
	_Atomic uint32_t reading;	/* transactions of readers */
	_Atomic uint64_t commits, bytes_written;
	_Atomic int64_t  last_took, worst_took;
	char     path[STORE_PATH], warning[STORE_WHY];
};

/* As store_open, with a map of that size, which may grow to `most`. */
enum err store_open_sized(struct store **out, const char *folder, enum store_mode mode, size_t map,
			  size_t most, char why[static STORE_WHY]);
void store_say(char why[static STORE_WHY], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Records what LMDB answered; the error to hand on. */
enum err store_fail(struct store *s, int code, const char *what);

/* folder.c: owner, modes, lock. All say why. */
enum err folder_make(const char *path, char why[static STORE_WHY]);
enum err folder_check(const char *path, char why[static STORE_WHY]);
enum err folder_lock(const char *path, int *fd, char why[static STORE_WHY]);
/* The data file's size; 0 when it is not there, or no file. */
enum err folder_data(const char *path, uint64_t *bytes, char why[static STORE_WHY]);
/* The folder's entries, and (name) its own in its parent, reach the disk. The sandbox leaves no
 * parent of the store's folder. */
enum err folder_sync(const char *path, bool name, char why[static STORE_WHY]);
/* A name from outside; false: none, or too long for what is put behind it. */
bool folder_name(char out[static STORE_PATH], const char *folder);
void folder_path(char out[static STORE_PATH], const char *folder, const char *file);
/* The number that a text of n bytes begins with; 0: with none, or n < 0. */
uint64_t number_in(const char *text, ssize_t n);
/* One process opens a folder once: LMDB's locks would go with the second. */
enum err folder_claim(const char *path, int *slot, char why[static STORE_WHY]);
void folder_release(int slot);

/* store.c */
enum err store_open_env(struct store *s, size_t map, char why[static STORE_WHY]);

/* room.c */
void room_ahead(struct store *s);
void room_in_map(struct store *s);
/* Readers; true: nobody is in the file, until `closed` is taken back. */
bool store_turn_away(struct store *s);

/* rescue.c: older copies, and files kept aside. */
struct verdict;
/* A whole file of the same bytes, on the disk, or nothing. */
enum err file_copy(const char *from, const char *to, char why[static STORE_WHY]);
bool rescue_has_copies(const char *path);
/* The newest good copy takes the place of a file that is damaged or gone, or nothing does; v
 * is then of what is there. */
enum err rescue(const char *path, int lock_fd, struct verdict *v, uint64_t *bytes);

/* backup.c: store_backup into a folder whose name is good. */
enum err backup_at(struct store *s, const char *path, char why[static STORE_WHY]);

/* read.c */
enum err store_read_begin(struct store *s, MDB_txn **txn);
void store_read_end(struct store *s, MDB_txn *txn);
/* OK, ERR_NOTFOUND, ERR_STORE (logged). */
enum err store_get(struct store *s, MDB_txn *txn, const struct key *k, enum record_type type,
		   void *out);
/* The key under which the order is kept that has one of these ids. */
enum err store_find_order(struct store *s, MDB_txn *txn, struct str id, struct key *out);
enum err store_damaged(const struct store *s, const struct key *k, const char *what);

/* audit.c: fills, words of operators and of the kill switch are facts: each is hashed with the
 * hash of all before it. */
enum err audit_add(struct store *s, const struct key *fact, bool again);
/* Facts of a store that had no chain, in the order of their times. */
enum err audit_start(struct store *s);
/* false: where says at which entry it breaks, and how. */
bool audit_check(MDB_txn *txn, MDB_dbi dbi, const struct totals *t, char where[static STORE_WHY]);

/* generation.c: the side file that knows a newer store than the one that is there. */
uint64_t generation_read(const char *path);
void generation_write(const char *path, uint64_t generation);

/* write.c */
enum err store_put(struct store *s, const struct key *k, enum record_type type, const void *in);
enum err store_put_totals(struct store *s);

#endif
