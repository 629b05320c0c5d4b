/* verify.c: LMDB trusts its file: with a bad page in it, it answers wrongly, aborts or
 * runs into SIGBUS. So a file is read completely before this process maps it: every page,
 * every record with its checksum, then the totals. A child does it: what an error in
 * pages.c or a dying disk can end is only that. */
#include "store/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/pages.h"

#define CHILD_SECONDS 300	/* a full map on a slow card takes less than a minute */
#define MOMENTS       100	/* that are tried beside a writer: each is gone by chance only */

static void damaged(struct verdict *v, const char *path, const char *what)
{
	v->err = ERR_STORE;
	v->damaged = true;
	store_say(v->why, "the store in %s is damaged (%s); `gambler run` goes on from the last "
		  "good copy, `gambler restore` from a backup; the broker knows the rest", path,
		  what);
}

/* Nothing is known of the file: no copy takes its place, the next start tries again. */
static void unread(struct verdict *v, const char *path, int error)
{
	*v = (struct verdict){ .err = ERR_IO };
	store_say(v->why, "the store in %s cannot be verified: %s", path, strerror(error));
}

/* LMDB's word on the file, or the kernel's on other things. */
static void refused(struct verdict *v, const char *path, int rc)
{
	if (rc > 0)
		unread(v, path, rc);
	else
		damaged(v, path, mdb_strerror(rc));
}

/* ---- reading all of it */

struct reading {
	struct verdict *v;
	const char     *path;
	struct totals   totals;
	bool            counted;	/* the totals were there */
	bool            newer;		/* than this program */
	uint64_t        n, sum;
};

static bool read_record(void *ctx, const void *key, size_t key_n, const void *data, size_t n)
{
	struct reading *r = ctx;
	const uint8_t *space = key, *bytes = data;
	enum record_type type;
	union any_record out;
	const char *wrong = record_check(&type, key, key_n, data, n);

	if (wrong != NULL && strcmp(wrong, "version") == 0) {
		r->v->err = ERR_STORE;
		store_say(r->v->why, "the store in %s is of version %u, this gambler reads version "
			  "%d; use the gambler that wrote it, or an empty folder", r->path,
			  bytes[5], STORE_VERSION);
		r->newer = true;
		return false;
	}
	assert(key_n > 0);	/* pages.c has seen to that */
	if (wrong != NULL || record_of_space(space[0]) != type ||
	    record_unpack(&out, type, key, key_n, data, n, NULL) != NULL) {
		r->v->bad++;
		return true;
	}
	if (type == REC_TOTALS) {
		r->totals = out.totals;
		r->counted = true;
		r->v->version = bytes[5];
		return true;
	}
	r->n++;
	r->sum += record_weight(data);
	return true;
}

static bool read_first(void *ctx, const void *key, size_t key_n, const void *data, size_t n)
{
	struct reading *r = ctx;

	r->counted = record_unpack(&r->totals, REC_TOTALS, key, key_n, data, n, NULL) == NULL;
	return false;
}

/* The two roots are those of the last two commits. When the older one is not, the disk
 * refused the root of a commit, or a root that was newer has been damaged: in both cases
 * what the newer root shows is whole, but a commit may be missing at its end. */
static void check_other_root(struct pages *p, const char *path, struct verdict *v)
{
	struct reading first = { .path = path };
	const struct page_meta *other = &p->meta[p->newest == &p->meta[0]];
	size_t newest = p->newest->txn;
	bool has = pages_first_of_other(p, read_first, &first);
	bool fresh = newest <= 1;	/* before and after the first commit */

	if (fresh && !has)
		return;
	if (has && other->txn + 1 == newest && first.counted && first.totals.txn == other->txn)
		return;
	store_say(v->why, "the last thing that was stored in %s may be missing (one of its two "
		  "roots is wrong); compare with the broker", path);
}

static void read_all(struct pages *p, const char *path, bool alone, struct verdict *v,
		     struct totals *totals)
{
	struct reading r = { .v = v, .path = path };
	const char *wrong = pages_walk(p, read_record, &r);

	*totals = r.totals;
	v->records = r.n;
	v->seq = r.totals.seq;
	v->generation = r.totals.generation;
	v->facts = r.totals.facts;
	if (r.newer)
		return;
	if (v->bad > 0)
		damaged(v, path, "records fail their checksum");
	else if (wrong != NULL)
		damaged(v, path, wrong);
	else if (!r.counted && (r.n > 0 || p->newest->txn > 0))
		damaged(v, path, "its totals are missing");
	else if (r.totals.records != r.n || r.totals.sum != r.sum ||
		 r.totals.txn != p->newest->txn)
		damaged(v, path, "records are missing, or older than they must be");
	else if (alone)
		check_other_root(p, path, v);
}

/* Beside a writer: LMDB keeps the pages of a moment while a reader is in it. Its file has
 * been looked at before, so that its roots can be mapped. */
static int hold_still(const char *path, unsigned flags, MDB_env **env, MDB_txn **txn)
{
	int rc = mdb_env_create(env);

	if (rc == 0)
		rc = mdb_env_set_mapsize(*env, STORE_MAP);
	if (rc == 0)
		rc = mdb_env_open(*env, path, MDB_RDONLY | MDB_NOTLS | flags, 0600);
	if (rc == 0)
		rc = mdb_txn_begin(*env, NULL, MDB_RDONLY, txn);
	return rc;
}

/* A writer that commits twice while this process waits for the processor has overwritten the root
 * of the moment: then another moment is tried. */
static const char *choose_beside(struct pages *p, const char *file, bool *words, MDB_txn *txn)
{
	const char *wrong;

	for (int left = MOMENTS;; left--) {
		pages_close(p);		/* roots that were read before are not of this moment */
		wrong = pages_open(p, file, words);
		if (wrong == NULL)
			wrong = pages_choose(p, mdb_txn_id(txn));
		if (wrong == NULL || p->error != EAGAIN || left == 0)
			return wrong;
		mdb_txn_reset(txn);
		if (mdb_txn_renew(txn) != 0)
			return wrong;
	}
}

/* Behind all else: LMDB is given only what is whole. */
static void check_chain(const char *path, MDB_env **env, MDB_txn **txn, const struct totals *t,
			struct verdict *v)
{
	char where[STORE_WHY];
	MDB_dbi dbi = 0;
	int rc = *txn == NULL ? hold_still(path, MDB_NOLOCK, env, txn) : 0;

	if (rc == 0)
		rc = mdb_dbi_open(*txn, NULL, 0, &dbi);
	if (rc != 0) {
		refused(v, path, rc);
	} else if (!audit_check(*txn, dbi, t, where)) {
		v->chain_broken = true;
		store_say(v->why, "%s: the chain of fills and operators' words breaks at %s; "
			  "somebody has changed the file: compare with the broker's statements",
			  path, where);
	}
}

void verify_here(const char *path, bool alone, struct verdict *v)
{
	char file[STORE_PATH];
	MDB_env *env = NULL;
	MDB_txn *txn = NULL;
	struct totals totals;
	struct pages p;
	bool words;
	int rc = 0;

	*v = (struct verdict){ 0 };
	folder_path(file, path, FILE_DATA);
	const char *wrong = pages_open(&p, file, &words);
	if (wrong == NULL && alone) {
		wrong = pages_choose(&p, 0);
	} else if (wrong == NULL) {
		rc = hold_still(path, 0, &env, &txn);
		wrong = rc == 0 ? choose_beside(&p, file, &words, txn) : mdb_strerror(rc);
	}
	if (wrong == NULL)
		read_all(&p, path, alone, v, &totals);
	else if (rc != 0)
		refused(v, path, rc);
	else
		damaged(v, path, wrong);
	if (p.error != 0)
		unread(v, path, p.error);
	if (v->err == OK && v->facts > 0)
		check_chain(path, &env, &txn, &totals, v);
	v->damaged = v->damaged && !words;
	if (words)
		store_say(v->why, "the store in %s was written by a gambler of %d bits, this one "
			  "has %d; such files cannot be exchanged", path,
			  sizeof(size_t) == 8 ? 32 : 64, sizeof(size_t) == 8 ? 64 : 32);
	pages_close(&p);
	if (txn != NULL)
		mdb_txn_abort(txn);
	if (env != NULL)
		mdb_env_close(env);
}

/* ---- the child */

static _Noreturn void child(const char *path, int lock_fd, int out)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM, SIGPIPE };
	sigset_t blocked;
	struct verdict v;

	/* It must not outlive its parent: it would keep the lock. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_DUMPABLE, 0);
	if (lock_fd >= 0)
		(void)close(lock_fd);
	/* What is meant for its parent, or for both, says nothing about the file. */
	(void)sigfillset(&blocked);
	for (size_t i = 0; i < COUNT(fatal); i++) {
		(void)signal(fatal[i], SIG_DFL);
		(void)sigdelset(&blocked, fatal[i]);
	}
	(void)sigprocmask(SIG_SETMASK, &blocked, NULL);
	int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (quiet >= 0)	/* LMDB's assertions print */
		(void)dup2(quiet, STDERR_FILENO);
	(void)alarm(CHILD_SECONDS);
	verify_here(path, lock_fd >= 0, &v);
	_exit(!write_all(out, &v, sizeof(v)));
}

static bool read_verdict(int fd, struct verdict *v)
{
	char *at = (char *)v;
	size_t n = 0;

	errno = EPIPE;		/* when it ends without a word */
	while (n < sizeof(*v)) {
		ssize_t got = read(fd, at + n, sizeof(*v) - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		n += (size_t)got;
	}
	v->why[sizeof(v->why) - 1] = '\0';
	return true;
}

enum err verify_in_child(const char *path, int lock_fd, struct verdict *v)
{
	int ends[2], status = 0;
	pid_t pid = -1;

	*v = (struct verdict){ .err = ERR_IO };
	if (pipe2(ends, O_CLOEXEC) == 0) {
		pid = fork();
		if (pid == 0)
			child(path, lock_fd, ends[1]);
		(void)close(ends[1]);
	} else {
		ends[0] = -1;
	}
	if (pid < 0) {
		store_say(v->why, "cannot start the process that verifies %s: %s", path,
			  strerror(errno));
		if (ends[0] >= 0)
			(void)close(ends[0]);
		return v->err;
	}
	bool told = read_verdict(ends[0], v);
	int error = errno;
	(void)close(ends[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (told)
		return v->err;
	*v = (struct verdict){ 0 };
	if (WIFEXITED(status)) {	/* its verdict could not be handed over */
		unread(v, path, error);
	} else if (WTERMSIG(status) == SIGKILL) {
		v->err = ERR_IO;	/* no memory, or somebody's hand: no word about the file */
		store_say(v->why, "the process that verifies %s was killed; start again", path);
	} else if (WTERMSIG(status) == SIGALRM) {
		damaged(v, path, "it takes too long to read");
	} else {
		damaged(v, path, "reading it fails");
	}
	return v->err;
}

enum err store_verify(const char *folder, uint64_t *records, uint64_t *bad,
		      char why[static STORE_WHY])
{
	char path[STORE_PATH];
	struct verdict v;
	uint64_t bytes;
	int slot;

	*records = *bad = 0;
	why[0] = '\0';
	if (!folder_name(path, folder)) {
		store_say(why, "%.60s…: no such folder", folder);
		return ERR_CONFIG;
	}
	enum err e = folder_check(path, why);
	if (e == OK)
		e = folder_data(path, &bytes, why);
	if (e == OK && bytes == 0) {
		store_say(why, "%s: nothing is stored yet", path);
		e = ERR_NOTFOUND;
	}
	if (e == OK)
		e = folder_claim(path, &slot, why);
	if (e != OK)
		return e;
	e = verify_in_child(path, -1, &v);
	folder_release(slot);
	*records = v.records;
	*bad = v.bad;
	store_say(why, "%s", v.why);
	return e == OK && v.chain_broken ? ERR_STORE : e;
}
