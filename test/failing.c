#include "test/failing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"

#define LAST_SIGNAL 31	/* LMDB's errors are below */

static struct {
	const char *_Atomic wanted;
	_Atomic unsigned left;
	_Atomic bool for_ever;
	int with;
} calls[3];
static _Atomic bool *struck;	/* shared with children */
static _Thread_local int with;	/* of the call that fails */

void *__real_mmap(void *p, size_t n, int prot, int flags, int fd, off_t at);

static void want(size_t i, const char *call, unsigned n, int error, bool for_good)
{
	calls[i].with = error;
	calls[i].for_ever = for_good;
	calls[i].left = n;
	calls[i].wanted = call;
}

void failing(const char *call, unsigned n, int error, bool for_good)
{
	for (size_t i = 0; i < COUNT(calls); i++)
		calls[i].wanted = NULL;
	if (struck == NULL)
		struck = __real_mmap(NULL, sizeof(*struck), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (struck == MAP_FAILED)
		abort();
	*struck = false;
	want(0, call, n, error, for_good);
}

void failing_too(const char *call, unsigned n, int error)
{
	size_t i = 0;

	while (calls[i].wanted != NULL)
		i++;
	want(i, call, n, error, false);
}

bool failing_end(void)
{
	for (size_t i = 0; i < COUNT(calls); i++)
		calls[i].wanted = NULL;
	return struck != NULL && *struck;
}

static bool strikes(size_t i, const char *call)
{
	const char *w = calls[i].wanted;

	if (w == NULL || strcmp(w, call) != 0)
		return false;
	if (calls[i].left > 1) {
		calls[i].left--;
		return false;
	}
	if (calls[i].left == 0 && !calls[i].for_ever)
		return false;
	calls[i].left = 0;
	*struck = true;
	with = calls[i].with;
	return true;
}

static bool fails(const char *call)
{
	size_t i = 0;

	while (i < COUNT(calls) && !strikes(i, call))
		i++;
	if (i == COUNT(calls))
		return false;
	if (with < 0 && with >= -LAST_SIGNAL) {
		(void)signal(-with, SIG_DFL);
		(void)raise(-with);
	}
	errno = with;
	return true;
}

unsigned failing_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	if (d == NULL)
		abort();
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n - 3;		/* "." and "..", and its own */
}

#define PASS(type, name, bad, list, names) \
	type __real_##name list; \
	type __wrap_##name list; \
	type __wrap_##name list { return fails(#name) ? (bad) : __real_##name names; }

PASS(ssize_t, read, -1, (int fd, void *p, size_t n), (fd, p, n))
PASS(ssize_t, write, -1, (int fd, const void *p, size_t n), (fd, p, n))
PASS(ssize_t, pread, -1, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
PASS(ssize_t, pwrite, -1, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
PASS(ssize_t, writev, -1, (int fd, const struct iovec *v, int n), (fd, v, n))
PASS(int, fsync, -1, (int fd), (fd))
PASS(int, fdatasync, -1, (int fd), (fd))
PASS(int, rename, -1, (const char *from, const char *to), (from, to))
PASS(int, mkdir, -1, (const char *path, mode_t mode), (path, mode))
PASS(int, fstat, -1, (int fd, struct stat *st), (fd, st))
PASS(int, stat, -1, (const char *path, struct stat *st), (path, st))
PASS(int, lstat, -1, (const char *path, struct stat *st), (path, st))
PASS(int, ftruncate, -1, (int fd, off_t n), (fd, n))
PASS(int, fallocate, -1, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n))
PASS(void *, mmap, MAP_FAILED, (void *p, size_t n, int prot, int flags, int fd, off_t at),
     (p, n, prot, flags, fd, at))
PASS(int, chmod, -1, (const char *path, mode_t mode), (path, mode))
PASS(int, flock, -1, (int fd, int what), (fd, what))
PASS(pid_t, fork, -1, (void), ())
PASS(pid_t, waitpid, -1, (pid_t pid, int *status, int options), (pid, status, options))
PASS(int, access, -1, (const char *path, int how), (path, how))
PASS(int, pipe2, -1, (int ends[2], int flags), (ends, flags))
PASS(void *, malloc, NULL, (size_t n), (n))
PASS(void *, calloc, NULL, (size_t n, size_t size), (n, size))

/* A clock that has gone on for ever. */
PASS(ns, mono_ns, INT64_MAX, (void), ())

/* What it was asked to close is closed all the same, as Linux does it. */
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	int rc = __real_close(fd);

	return fails("close") ? -1 : rc;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	va_list args;

	va_start(args, flags);
	mode_t mode = flags & O_CREAT ? (mode_t)va_arg(args, int) : 0;
	va_end(args);
	return fails("open") ? -1 : __real_open(path, flags, mode);
}

int __real_fcntl(int fd, int what, ...);
int __wrap_fcntl(int fd, int what, ...);
int __wrap_fcntl(int fd, int what, ...)
{
	va_list args;

	va_start(args, what);
	void *arg = va_arg(args, void *);
	va_end(args);
	return fails("fcntl") ? -1 : __real_fcntl(fd, what, arg);
}

/* LMDB answers with the error itself. Its header is the store's alone: here its pointers are just
 * that. */
#define ANSWER(name, list, names) \
	int __real_##name list; \
	int __wrap_##name list; \
	int __wrap_##name list { return fails(#name) ? with : __real_##name names; }

ANSWER(mdb_env_create, (void **env), (env))
ANSWER(mdb_env_set_mapsize, (void *env, size_t n), (env, n))
ANSWER(mdb_env_set_maxreaders, (void *env, unsigned n), (env, n))
ANSWER(mdb_env_open, (void *env, const char *path, unsigned flags, mode_t mode),
       (env, path, flags, mode))
ANSWER(mdb_env_get_fd, (void *env, int *fd), (env, fd))
ANSWER(mdb_env_info, (void *env, void *info), (env, info))
ANSWER(mdb_env_copy2, (void *env, const char *path, unsigned flags), (env, path, flags))
ANSWER(mdb_reader_check, (void *env, int *dead), (env, dead))
ANSWER(mdb_dbi_open, (void *txn, const char *name, unsigned flags, unsigned *dbi),
       (txn, name, flags, dbi))
ANSWER(mdb_txn_begin, (void *env, void *parent, unsigned flags, void **txn),
       (env, parent, flags, txn))
ANSWER(mdb_txn_renew, (void *txn), (txn))
ANSWER(mdb_get, (void *txn, unsigned dbi, void *key, void *val), (txn, dbi, key, val))
ANSWER(mdb_put, (void *txn, unsigned dbi, void *key, void *val, unsigned flags),
       (txn, dbi, key, val, flags))
ANSWER(mdb_del, (void *txn, unsigned dbi, void *key, void *val), (txn, dbi, key, val))
ANSWER(mdb_cursor_open, (void *txn, unsigned dbi, void **c), (txn, dbi, c))
ANSWER(mdb_cursor_get, (void *c, void *key, void *val, unsigned op),
       (c, key, val, op))

/* The number of a commit that nobody knows. */
size_t __real_mdb_txn_id(void *txn);
size_t __wrap_mdb_txn_id(void *txn);
size_t __wrap_mdb_txn_id(void *txn)
{
	return fails("mdb_txn_id") ? (size_t)with : __real_mdb_txn_id(txn);
}

/* The transaction is over, however it ends. "mdb_txn_commit late": all of it was written. */
void mdb_txn_abort(void *txn);
int __real_mdb_txn_commit(void *txn);
int __wrap_mdb_txn_commit(void *txn);
int __wrap_mdb_txn_commit(void *txn)
{
	if (fails("mdb_txn_commit late")) {
		int rc = __real_mdb_txn_commit(txn);
		return rc == 0 ? with : rc;
	}
	if (!fails("mdb_txn_commit"))
		return __real_mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return with;
}

/* Without an error: a disk without room. */
int __real_fstatvfs(int fd, struct statvfs *fs);
int __wrap_fstatvfs(int fd, struct statvfs *fs);
int __wrap_fstatvfs(int fd, struct statvfs *fs)
{
	int rc = __real_fstatvfs(fd, fs);

	if (!fails("fstatvfs"))
		return rc;
	fs->f_bavail = 0;
	return with == 0 ? rc : -1;
}
