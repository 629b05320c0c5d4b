/* verify.c: LMDB trusts its file: with a bad page in it, it answers wrongly, aborts or
 * runs into SIGBUS. So a file is read completely by a child process before this one maps
 * it: sizes first, then every record with its checksum, then the totals. */
#include "store/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store_inner.h"

#define CHILD_SECONDS 300	/* a full map on a slow card takes less than a minute */

static void damaged(struct verdict *v, const char *path, const char *what)
{
	v->err = ERR_STORE;
	store_say(v->why, "the store in %s is damaged (%s); move the folder away and start again: "
		  "open positions are learnt from the broker; or restore a backup", path, what);
}

/* ---- reading all of it */

static bool other_version(const MDB_val *val)
{
	const uint8_t *p = val->mv_data;

	return val->mv_size > RECORD_HEADER && p[5] != STORE_VERSION;
}

static void read_all(MDB_txn *txn, MDB_dbi dbi, const char *path, struct verdict *v)
{
	struct totals totals = { 0 };
	enum record_type type;
	uint64_t sum = 0, n = 0;
	bool counted = false;
	MDB_val key, val, again;
	MDB_cursor *c;

	int rc = mdb_cursor_open(txn, dbi, &c);
	if (rc == 0)
		rc = mdb_cursor_get(c, &key, &val, MDB_FIRST);
	for (; rc == 0; rc = mdb_cursor_get(c, &key, &val, MDB_NEXT)) {
		union any_record out;
		const uint8_t *k = key.mv_data;
		const char *wrong = record_check(&type, k, key.mv_size, val.mv_data, val.mv_size);
		if (wrong != NULL && strcmp(wrong, "version") == 0 && other_version(&val)) {
			v->err = ERR_STORE;
			store_say(v->why, "the store in %s is of version %u, this gambler reads "
				  "version %d; use the gambler that wrote it, or an empty folder",
				  path, ((const uint8_t *)val.mv_data)[5], STORE_VERSION);
			break;
		}
		if (wrong != NULL || key.mv_size == 0 || record_of_space(k[0]) != type ||
		    record_unpack(&out, type, k, key.mv_size, val.mv_data, val.mv_size, NULL) ||
		    mdb_get(txn, dbi, &key, &again) != 0 || again.mv_data != val.mv_data) {
			v->bad++;
			continue;
		}
		if (type == REC_TOTALS) {
			totals = out.totals;
			counted = true;
			continue;
		}
		n++;
		sum += record_weight(val.mv_data);
	}
	v->records = n;
	if (v->err != OK)
		return;
	if (rc != MDB_NOTFOUND)
		damaged(v, path, mdb_strerror(rc));
	else if (v->bad > 0)
		damaged(v, path, "records fail their checksum");
	else if ((n > 0 || counted) && (totals.records != n || totals.sum != sum ||
		 totals.txn != mdb_txn_id(txn)))
		damaged(v, path, "records are missing, or older than they must be");
}

void verify_here(const char *path, bool alone, struct verdict *v)
{
	MDB_env *env = NULL;
	MDB_txn *txn = NULL;
	MDB_dbi dbi;

	(void)alone;
	*v = (struct verdict){ 0 };
	int rc = mdb_env_create(&env);
	if (rc == 0)
		rc = mdb_env_set_mapsize(env, STORE_MAP);
	if (rc == 0)
		rc = mdb_env_open(env, path, MDB_RDONLY | MDB_NOTLS, 0600);
	if (rc == 0)
		rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
	if (rc == 0)
		rc = mdb_dbi_open(txn, NULL, 0, &dbi);
	if (rc == 0)
		read_all(txn, dbi, path, v);
	else
		damaged(v, path, mdb_strerror(rc));
	if (txn != NULL)
		mdb_txn_abort(txn);
	if (env != NULL)
		mdb_env_close(env);
}

/* ---- the child */

static _Noreturn void child(const char *path, int lock_fd, int out)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM, SIGPIPE };
	sigset_t none;
	struct verdict v;

	/* It must not outlive its parent: it would keep the lock. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_DUMPABLE, 0);
	if (lock_fd >= 0)
		(void)close(lock_fd);
	for (size_t i = 0; i < COUNT(fatal); i++)
		(void)signal(fatal[i], SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (quiet >= 0)	/* LMDB's assertions print */
		(void)dup2(quiet, STDERR_FILENO);
	(void)alarm(CHILD_SECONDS);
	verify_here(path, lock_fd >= 0, &v);
	_exit(write(out, &v, sizeof(v)) == (ssize_t)sizeof(v) ? 0 : 1);
}

static bool read_verdict(int fd, struct verdict *v)
{
	char *at = (char *)v;
	size_t n = 0;

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
	(void)close(ends[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (told && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return v->err;
	*v = (struct verdict){ 0 };
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		damaged(v, path, "it takes too long to read");
	else
		damaged(v, path, "reading it fails");
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
	if (!folder_path(path, folder, NULL)) {
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
	return e;
}
