/* store.c: what it costs to make one event durable: an order, its trade, the instance's
 * state and two notes in one commit; beside LMDB with one small put, and SQLite (WAL,
 * synchronous=FULL) with the same five records as rows and the same indexes. */
#include <stdio.h>
#include <stdlib.h>
#ifdef HAVE_SQLITE
#include <sqlite3.h>
#endif

#include "base/clock.h"
#include "store/store_inner.h"

#define EVENTS 400
#define ROUNDS 5

static void must(int ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "bench store: %s failed\n", what);
	exit(1);
}

static int by_value(const void *a, const void *b)
{
	const ns *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static ns median(ns *took, size_t n)
{
	qsort(took, n, sizeof(*took), by_value);
	return took[n / 2];
}

/* ---- ours */

struct event {
	struct order o;
	struct trade t;
	struct instance_state st;
	struct note note[2];
};

static void make(struct event *e, unsigned n)
{
	*e = (struct event){ .o = { .made = (ns)n, .sym = 3 }, .st = { .name = "momentum" } };
	(void)snprintf(e->o.cid, sizeof(e->o.cid), "g1-20261120-%08u-entry", n);
	(void)snprintf(e->o.bid, sizeof(e->o.bid), "904837e3-3b76-47ec-b432-%012u", n);
	(void)snprintf(e->t.id, sizeof(e->t.id), "g1-20261120-%08u-entry", n / 4);
	memcpy(e->o.trade, e->t.id, sizeof(e->t.id));
	e->t.signal_ts = (ns)(n / 4);
	e->st.seq = n;
	for (unsigned i = 0; i < 2; i++) {
		struct note *note = &e->note[i];
		note->ts = (ns)n;
		note->seq = 2 * n + i;
		note->n = 8;
		for (unsigned k = 0; k < 8; k++)
			note->value[k] = 1.5 * (k + 1);
		memcpy(note->trade, e->t.id, sizeof(e->t.id));
		memcpy(note->order, e->o.cid, sizeof(e->o.cid));
	}
}

static ns ours(const char *folder, uint64_t *bytes)
{
	static ns took[EVENTS];
	struct store_stats stats;
	char why[STORE_WHY];
	struct store *s;
	struct event e;

	must(store_open(&s, folder, STORE_WRITE, why) == OK, why);
	for (unsigned i = 0; i < EVENTS; i++) {
		make(&e, i);
		ns start = mono_ns();
		must(store_begin(s) == OK && store_put_order(s, &e.o) == OK &&
		     store_put_trade(s, &e.t) == OK && store_put_state(s, &e.st) == OK &&
		     store_add_note(s, &e.note[0]) == OK && store_add_note(s, &e.note[1]) == OK &&
		     store_commit(s, why) == OK, "our commit");
		took[i] = mono_ns() - start;
	}
	store_figures(s, &stats);
	*bytes = stats.bytes_written / stats.commits;
	store_close(s);
	return median(took, EVENTS);
}

/* ---- LMDB alone */

static ns bare(const char *file)
{
	static ns took[EVENTS];
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	must(mdb_env_create(&env) == 0 && mdb_env_set_mapsize(env, 1 << 28) == 0 &&
	     mdb_env_open(env, file, MDB_NOTLS | MDB_NOSUBDIR, 0600) == 0, "LMDB");
	must(mdb_txn_begin(env, NULL, 0, &txn) == 0 && mdb_dbi_open(txn, NULL, 0, &dbi) == 0 &&
	     mdb_txn_commit(txn) == 0, "LMDB");
	for (unsigned i = 0; i < EVENTS; i++) {
		char value[100] = "one";
		MDB_val k = { sizeof(i), &i }, v = { sizeof(value), value };
		ns start = mono_ns();
		must(mdb_txn_begin(env, NULL, 0, &txn) == 0 &&
		     mdb_put(txn, dbi, &k, &v, 0) == 0 && mdb_txn_commit(txn) == 0, "LMDB");
		took[i] = mono_ns() - start;
	}
	mdb_env_close(env);
	return median(took, EVENTS);
}

/* ---- SQLite */
#ifdef HAVE_SQLITE

static const char schema[] =
	"pragma journal_mode=wal; pragma synchronous=full;"
	"create table orders(cid text primary key, bid text, trade text, made int, stage int,"
	" body blob) without rowid;"
	"create index o1 on orders(bid); create index o2 on orders(made);"
	"create index o3 on orders(trade, made); create index o4 on orders(made) where stage < 2;"
	"create table trades(id text primary key, ts int, state int, body blob) without rowid;"
	"create index t1 on trades(ts); create index t2 on trades(ts) where state < 3;"
	"create table states(name text primary key, body blob) without rowid;"
	"create table notes(seq integer primary key, ts int, trade text, body blob);"
	"create index n1 on notes(trade, ts, seq); create index n2 on notes(ts);";

static void run(sqlite3_stmt *q)
{
	must(sqlite3_step(q) == SQLITE_DONE, "SQLite");
	must(sqlite3_reset(q) == SQLITE_OK, "SQLite");
}

static ns sqlite(const char *file)
{
	static const char *const text[] = {
		"begin immediate", "commit", "replace into orders values(?,?,?,?,?,?)",
		"replace into trades values(?,?,?,?)", "replace into states values(?,?)",
		"insert into notes values(?,?,?,?)"
	};
	static ns took[EVENTS];
	sqlite3_stmt *q[COUNT(text)];
	struct event e;
	sqlite3 *db;

	must(sqlite3_open(file, &db) == SQLITE_OK &&
	     sqlite3_exec(db, schema, NULL, NULL, NULL) == SQLITE_OK, "SQLite");
	for (size_t i = 0; i < COUNT(text); i++)
		must(sqlite3_prepare_v2(db, text[i], -1, &q[i], NULL) == SQLITE_OK, text[i]);
	for (unsigned i = 0; i < EVENTS; i++) {
		make(&e, i);
		ns start = mono_ns();
		run(q[0]);
		(void)sqlite3_bind_text(q[2], 1, e.o.cid, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(q[2], 2, e.o.bid, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(q[2], 3, e.o.trade, -1, SQLITE_STATIC);
		(void)sqlite3_bind_int64(q[2], 4, e.o.made);
		(void)sqlite3_bind_int(q[2], 5, e.o.stage);
		(void)sqlite3_bind_blob(q[2], 6, &e.o, 280, SQLITE_STATIC);
		run(q[2]);
		(void)sqlite3_bind_text(q[3], 1, e.t.id, -1, SQLITE_STATIC);
		(void)sqlite3_bind_int64(q[3], 2, e.t.signal_ts);
		(void)sqlite3_bind_int(q[3], 3, e.t.state);
		(void)sqlite3_bind_blob(q[3], 4, &e.t, 220, SQLITE_STATIC);
		run(q[3]);
		(void)sqlite3_bind_text(q[4], 1, e.st.name, -1, SQLITE_STATIC);
		(void)sqlite3_bind_blob(q[4], 2, &e.st, 240, SQLITE_STATIC);
		run(q[4]);
		for (unsigned k = 0; k < 2; k++) {
			(void)sqlite3_bind_int64(q[5], 1, (sqlite3_int64)e.note[k].seq);
			(void)sqlite3_bind_int64(q[5], 2, e.note[k].ts);
			(void)sqlite3_bind_text(q[5], 3, e.note[k].trade, -1, SQLITE_STATIC);
			(void)sqlite3_bind_blob(q[5], 4, &e.note[k], 190, SQLITE_STATIC);
			run(q[5]);
		}
		run(q[1]);
		took[i] = mono_ns() - start;
	}
	for (size_t i = 0; i < COUNT(text); i++)
		(void)sqlite3_finalize(q[i]);
	(void)sqlite3_close(db);
	return median(took, EVENTS);
}

#else
static ns sqlite(const char *file)
{
	(void)file;
	return 0;
}
#endif

int main(int argc, char **argv)
{
	ns a[ROUNDS], b[ROUNDS], c[ROUNDS];
	uint64_t bytes = 0;
	char path[256];

	must(argc == 2, "usage: store FOLDER");
	for (unsigned i = 0; i < ROUNDS; i++) {	/* in turn: the disk is shared */
		(void)snprintf(path, sizeof(path), "%s/ours%u", argv[1], i);
		a[i] = ours(path, &bytes);
		(void)snprintf(path, sizeof(path), "%s/bare%u", argv[1], i);
		b[i] = bare(path);
		(void)snprintf(path, sizeof(path), "%s/sqlite%u", argv[1], i);
		c[i] = sqlite(path);
	}
	ns x = median(a, ROUNDS), y = median(b, ROUNDS), z = median(c, ROUNDS);
	(void)printf("store: one event durable in %.0f us, %llu bytes given to the kernel\n",
		     (double)x / 1e3, (unsigned long long)bytes);
	(void)printf("  %.2f times LMDB with one small put (%.0f us)\n", (double)x / (double)y,
		     (double)y / 1e3);
	if (z > 0)
		(void)printf("  %.2f times SQLite, WAL and FULL, same records (%.0f us)\n",
			     (double)x / (double)z, (double)z / 1e3);
	else
		(void)printf("  SQLite: not installed (libsqlite3-dev)\n");
	return 0;
}
