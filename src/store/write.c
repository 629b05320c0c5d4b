/* write.c: what one event caused, in one transaction. Indexes and totals are changed in
 * it too, so that they never differ from what they point to. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/store_inner.h"

#define FULL_BYTES ((uint64_t)256 << 10)	/* a disk with less room is a full one */

/* ---- transactions */

enum err store_fail(struct store *s, int code, const char *what)
{
	enum err e = code == EIO || code == MDB_PANIC ? ERR_IO : ERR_STORE;

	s->failed = e;
	s->failed_code = code;
	atomic_store(&s->refused, true);
	log_error("store.write", "what=\"%s\" error=\"%s\"", what, mdb_strerror(code));
	if (e == ERR_IO)	/* from then on the keeper may mend it, and forget what failed */
		atomic_store(&s->broken, true);
	return e;
}

/* The next start would not find what is written now, nor is the lock one any more. */
static bool is_removed(const struct store *s)
{
	struct stat st;

	return fstat(s->fd, &st) == 0 && st.st_nlink == 0;
}

enum err store_begin(struct store *s)
{
	struct key k;

	assert(s->writes && s->txn == NULL);
	if (s->failed_code == MDB_MAP_FULL)
		room_in_map(s);
	if (atomic_load(&s->broken))
		return ERR_IO;
	s->failed = OK;
	s->failed_code = 0;
	s->failed_txn = SIZE_MAX;	/* until it is committed nothing of it is written */
	s->payload = 0;
	int rc = is_removed(s) ? ENOENT : mdb_txn_begin(s->env, NULL, 0, &s->txn);
	if (rc != 0) {
		s->txn = NULL;
		return store_fail(s, rc, "begin");
	}
	key_begin(&k, SPACE_TOTALS);
	enum err e = store_get(s, s->txn, &k, REC_TOTALS, &s->totals);
	if (e == ERR_NOTFOUND)
		s->totals = (struct totals){ 0 };	/* the first transaction of a new store */
	else if (e != OK)
		store_abort(s);
	if (!s->counted) {
		if (s->totals.generation < s->generation)
			s->totals.generation = s->generation;
		s->totals.generation++;
	}
	return e == ERR_NOTFOUND ? OK : e;
}

void store_abort(struct store *s)
{
	if (s->txn != NULL)
		mdb_txn_abort(s->txn);
	s->txn = NULL;
}

/* What this thread has given to the kernel so far; 0 when the kernel does not tell. */
static uint64_t thread_wrote(struct store *s)
{
	char text[256];
	pid_t tid = (pid_t)syscall(SYS_gettid);

	if (s->io_tid != tid) {
		if (s->io_fd >= 0)
			(void)close(s->io_fd);
		s->io_fd = open("/proc/thread-self/io", O_RDONLY | O_CLOEXEC);
		s->io_tid = tid;
	}
	ssize_t n = s->io_fd < 0 ? -1 : pread(s->io_fd, text, sizeof(text) - 1, 0);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	const char *p = strstr(text, "wchar: ");
	return p == NULL ? 0 : number_in(p + 7, text + n - p - 7);
}

void store_why(const struct store *s, char why[static STORE_WHY])
{
	switch (s->failed_code) {
	case 0:
		break;
	case ENOSPC:
	case EDQUOT:
		store_say(why, "no space left for the store in %s; nothing of this was written, it "
			  "goes on by itself when there is some", s->path);
		break;
	case ENOENT:
		store_say(why, "the store was removed from %s while it is in use; nothing of this "
			  "was written: start gambler again", s->path);
		break;
	case EROFS:
		store_say(why, "%s has become read-only; nothing of this was written", s->path);
		break;
	case MDB_MAP_FULL:
		store_say(why, "the store in %s has reached its size (map full); nothing of this "
			  "was written; it grows and goes on", s->path);
		break;
	default:
		store_say(why, "%s: %s; %s", s->path, mdb_strerror(s->failed_code),
			  atomic_load(&s->broken) ? "whether this was written is not known: "
			  "the file is read again" : "nothing of this was written");
	}
}

/* After these LMDB has given nothing to the disk that counts: its root comes last. All
 * others may have struck when the root was on its way. */
static bool surely_not_written(int rc)
{
	return rc == ENOSPC || rc == EDQUOT || rc == EROFS || rc == ENOMEM || rc == MDB_MAP_FULL ||
		rc == MDB_TXN_FULL;
}

/* A disk that becomes full in the middle of a page makes LMDB say EIO. Not so when the
 * root had its turn: then LMDB refuses everything. */
static bool is_full(struct store *s, int rc)
{
	struct statvfs fs;
	MDB_txn *txn;

	if (rc != EIO || fstatvfs(s->fd, &fs) != 0 ||
	    (uint64_t)fs.f_bavail * fs.f_frsize >= FULL_BYTES)
		return false;
	if (mdb_txn_begin(s->env, NULL, 0, &txn) != 0)
		return false;
	mdb_txn_abort(txn);
	return true;
}

enum err store_commit(struct store *s, char why[static STORE_WHY])
{
	assert(s->txn != NULL);
	why[0] = '\0';
	if (s->failed == OK && s->payload == 0) {
		store_abort(s);
		return OK;
	}
	if (s->failed == OK)
		(void)store_put_totals(s);
	if (s->failed != OK) {
		store_abort(s);
		store_why(s, why);
		return s->failed;
	}
	uint64_t before = thread_wrote(s);
	s->failed_txn = mdb_txn_id(s->txn);
	ns start = mono_ns();
	int rc = mdb_txn_commit(s->txn);
	ns took = mono_ns() - start;
	s->txn = NULL;
	if (rc != 0) {
		rc = is_full(s, rc) ? ENOSPC : rc;
		enum err e = store_fail(s, rc, "commit");
		if (e != ERR_IO && !surely_not_written(rc)) {
			e = s->failed = ERR_IO;
			atomic_store(&s->broken, true);
		}
		store_why(s, why);
		return e;
	}
	atomic_store(&s->refused, false);
	if (!s->counted)
		generation_write(s->path, s->totals.generation);
	s->counted = true;
	room_ahead(s);
	uint64_t after = thread_wrote(s);
	atomic_fetch_add(&s->commits, 1);
	atomic_fetch_add(&s->bytes_written, after > before ? after - before : s->payload);
	atomic_store(&s->last_took, took);
	if (took > atomic_load(&s->worst_took))
		atomic_store(&s->worst_took, took);
	return OK;
}

/* ---- records */

/* Takes what is under the key out of the totals. *was: there is something. */
static enum err forget(struct store *s, MDB_val *key, bool *was)
{
	enum record_type type;
	MDB_val old;

	if (s->failed != OK)
		return s->failed;
	int rc = mdb_get(s->txn, s->dbi, key, &old);
	*was = rc == 0;
	if (rc == MDB_NOTFOUND)
		return OK;
	if (rc != 0)
		return store_fail(s, rc, "look up");
	const char *wrong = record_check(&type, key->mv_data, key->mv_size, old.mv_data,
					 old.mv_size);
	if (wrong != NULL) {
		log_error("store.damaged", "replacing a record whose %s is wrong", wrong);
		return store_fail(s, MDB_CORRUPTED, "replace");
	}
	s->totals.records--;
	s->totals.sum -= record_weight(old.mv_data);
	return OK;
}

enum err store_put(struct store *s, const struct key *k, enum record_type type, const void *in)
{
	uint8_t key_copy[KEY_MAX], data[RECORD_MAX];
	MDB_val key = { k->n, key_copy };
	bool was;

	assert(s->txn != NULL && record_of_space(k->b[0]) == type);
	memcpy(key_copy, k->b, k->n);
	enum err e = forget(s, &key, &was);
	if (e != OK)
		return e;
	size_t n = record_pack(data, type, ++s->totals.seq, k->b, k->n, in, &s->names);
	MDB_val val = { n, data };
	int rc = mdb_put(s->txn, s->dbi, &key, &val, 0);
	if (rc != 0)
		return store_fail(s, rc, "put");
	s->totals.records++;
	s->totals.sum += record_weight(data);
	s->payload += k->n + n;
	return OK;
}

static enum err del(struct store *s, const struct key *k)
{
	uint8_t key_copy[KEY_MAX];
	MDB_val key = { k->n, key_copy };
	bool was;

	memcpy(key_copy, k->b, k->n);
	enum err e = forget(s, &key, &was);
	if (e != OK || !was)
		return e;
	int rc = mdb_del(s->txn, s->dbi, &key, NULL);
	if (rc != 0)
		return store_fail(s, rc, "delete");
	s->payload += k->n;
	return OK;
}

enum err store_put_totals(struct store *s)
{
	uint8_t data[RECORD_MAX];
	struct key k;

	key_begin(&k, SPACE_TOTALS);
	s->totals.txn = mdb_txn_id(s->txn);
	size_t n = record_pack(data, REC_TOTALS, s->totals.seq, k.b, k.n, &s->totals, NULL);
	MDB_val key = { k.n, k.b }, val = { n, data };
	int rc = mdb_put(s->txn, s->dbi, &key, &val, 0);
	return rc == 0 ? OK : store_fail(s, rc, "totals");
}

/* An index entry moves from one key to another; NULL: it is in neither place. */
static enum err move_link(struct store *s, const struct key *from, const struct key *to,
			  const struct key *target)
{
	enum err e = OK;

	if (from != NULL && to != NULL && from->n == to->n && memcmp(from->b, to->b, to->n) == 0)
		return OK;
	if (from != NULL)
		e = del(s, from);
	if (e == OK && to != NULL)
		e = store_put(s, to, REC_LINK, target);
	return e;
}

/* ---- orders */

/* A record that is there under either id is replaced where it is. */
static enum err place_of_order(struct store *s, const struct order *o, struct key *k,
			       struct order *old, bool *was)
{
	key_order(k, o);
	enum err e = store_get(s, s->txn, k, REC_ORDER, old);
	if (e == ERR_NOTFOUND && o->bid[0] != '\0')
		e = store_find_order(s, s->txn, str_of(o->bid), k);
	if (e == ERR_NOTFOUND && o->cid[0] != '\0')
		e = store_find_order(s, s->txn, str_of(o->cid), k);
	if (e == ERR_NOTFOUND)
		key_order(k, o);
	else if (e == OK)
		e = store_get(s, s->txn, k, REC_ORDER, old);
	*was = e == OK;
	return e == ERR_NOTFOUND ? OK : e;
}

static enum err move_alias(struct store *s, const char *from, const char *to, const struct key *k)
{
	const char *own = (const char *)k->b + 2;	/* behind space and kind, with its NUL */
	struct key a, b;
	bool had = from != NULL && from[0] != '\0' && strcmp(from, own) != 0;
	bool has = to[0] != '\0' && strcmp(to, own) != 0;

	if (had)
		key_order_alias(&a, str_of(from));
	if (has)
		key_order_alias(&b, str_of(to));
	return move_link(s, had ? &a : NULL, has ? &b : NULL, k);
}

enum err store_put_order(struct store *s, const struct order *o)
{
	struct key k, a, b;
	struct order old;
	bool was;

	if (s->failed != OK)
		return s->failed;
	assert(o->cid[0] != '\0' || o->bid[0] != '\0');
	enum err e = place_of_order(s, o, &k, &old, &was);
	if (e == OK)
		e = store_put(s, &k, REC_ORDER, o);
	if (e == OK)
		e = move_alias(s, was ? old.cid : NULL, o->cid, &k);
	if (e == OK)
		e = move_alias(s, was ? old.bid : NULL, o->bid, &k);
	if (e != OK)
		return e;
	bool was_open = was && old.stage != ORDER_DONE, open = o->stage != ORDER_DONE;
	key_order_open(&a, was ? &old : o, &k);
	key_order_open(&b, o, &k);
	e = move_link(s, was_open ? &a : NULL, open ? &b : NULL, &k);
	key_order_time(&a, was ? &old : o, &k);
	key_order_time(&b, o, &k);
	if (e == OK)
		e = move_link(s, was ? &a : NULL, &b, &k);
	key_order_trade(&a, was ? &old : o, &k);
	key_order_trade(&b, o, &k);
	if (e == OK)
		e = move_link(s, was ? &a : NULL, &b, &k);
	return e;
}

/* ---- trades */

enum err store_put_trade(struct store *s, const struct trade *t)
{
	struct trade old;
	struct key k, a, b;

	if (s->failed != OK)
		return s->failed;
	assert(t->id[0] != '\0');
	key_trade(&k, str_of(t->id));
	enum err e = store_get(s, s->txn, &k, REC_TRADE, &old);
	bool was = e == OK;
	if (e == OK || e == ERR_NOTFOUND)
		e = store_put(s, &k, REC_TRADE, t);
	if (e != OK)
		return e;
	bool was_open = was && old.state != TRADE_CLOSED, open = t->state != TRADE_CLOSED;
	key_trade_open(&a, was ? &old : t);
	key_trade_open(&b, t);
	e = move_link(s, was_open ? &a : NULL, open ? &b : NULL, &k);
	key_trade_time(&a, was ? &old : t);
	key_trade_time(&b, t);
	if (e == OK)
		e = move_link(s, was ? &a : NULL, &b, &k);
	return e;
}

/* ---- facts */

/* Which execution it was, or what became of that one; what is known by its name, is not known
 * without one any more, and is no other. */
static bool better(const struct fill *old, const struct fill *f)
{
	bool same = strcmp(old->execution, f->execution) == 0;

	if (old->execution[0] != '\0' && !same)
		return false;
	return !same || old->n.n != f->n.n || old->value.n != f->value.n ||
	       old->from_snapshot != f->from_snapshot;
}

enum err store_add_fill(struct store *s, const struct fill *f, bool *known)
{
	struct key k, link;
	struct fill old;

	*known = false;
	if (s->failed != OK)
		return s->failed;
	assert(f->order[0] != '\0');
	key_fill(&k, f);
	enum err e = store_get(s, s->txn, &k, REC_FILL, &old);
	/* More is known of it by now: it stays where it was in the order of time. */
	if (e == OK && better(&old, f)) {
		e = store_put(s, &k, REC_FILL, f);
		return e == OK ? audit_add(s, &k, true) : e;
	}
	*known = e == OK;
	if (e != ERR_NOTFOUND)
		return e;
	e = store_put(s, &k, REC_FILL, f);
	uint64_t seq = s->totals.seq;
	key_fill_time(&link, f, seq);
	if (e == OK)
		e = store_put(s, &link, REC_LINK, &k);
	key_fill_trade(&link, f, seq);
	if (e == OK)
		e = store_put(s, &link, REC_LINK, &k);
	return e == OK ? audit_add(s, &k, false) : e;
}

enum err store_add_note(struct store *s, const struct note *n)
{
	uint64_t seq = s->totals.seq + 1;
	struct key k, link;

	if (s->failed != OK)
		return s->failed;
	key_note(&k, n, seq);
	enum err e = store_put(s, &k, REC_NOTE, n);
	if (e == OK && n->kind == NOTE_COMMAND)
		e = audit_add(s, &k, false);
	if (e != OK || n->trade[0] == '\0')
		return e;
	key_note_trade(&link, n, seq);
	return store_put(s, &link, REC_LINK, &k);
}

enum err store_add_equity(struct store *s, const struct equity_point *p)
{
	struct key k;

	key_equity(&k, p->ts);
	return store_put(s, &k, REC_EQUITY, p);
}

/* ---- states */

enum err store_put_state(struct store *s, const struct instance_state *st)
{
	struct key k;

	key_state(&k, str_of(st->name));
	return store_put(s, &k, REC_STATE, st);
}

enum err store_put_session(struct store *s, const struct session_record *r)
{
	struct key k;

	key_session(&k, r->id);
	return store_put(s, &k, REC_SESSION, r);
}

enum err store_put_kill(struct store *s, enum kill_state state, struct str who, ns ts)
{
	struct kill_record r = { .kill = (uint8_t)state, .ts = ts };
	struct key k;

	if (who.n >= sizeof(r.who))
		who.n = sizeof(r.who) - 1;
	bool fits = str_copy(r.who, sizeof(r.who), who);
	assert(fits);
	key_begin(&k, SPACE_KILL);
	enum err e = store_put(s, &k, REC_KILL, &r);
	key_begin(&k, SPACE_KILL_TIME);
	key_put_time(&k, ts);
	key_u64(&k, s->totals.seq);
	if (e == OK)
		e = store_put(s, &k, REC_KILL, &r);
	return e == OK ? audit_add(s, &k, false) : e;
}

enum err store_put_account(struct store *s, struct str account_id)
{
	struct account_record r;
	struct key k;

	if (!str_copy(r.id, sizeof(r.id), account_id))
		return ERR_RANGE;
	key_begin(&k, SPACE_ACCOUNT);
	return store_put(s, &k, REC_ACCOUNT, &r);
}
