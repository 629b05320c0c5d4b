/* One thing that the store does at a time, each call of a kind that it makes failing in its turn:
 * what is answered has words, nothing that was stored is lost, and what was wanted is done when it
 * is asked for again. */
#include "store/verify.h"
#include "test/failing.h"
#include "test/unit/store_box.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVENTS 4

struct scene {
	struct box b;
	char extra[96];		/* a backup */
	enum err e;
};

static void damage(const struct scene *s)
{
	char path[128], zero[64] = "";

	box_path(&s->b, path, FILE_DATA);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	CHECK(fd < 0 || (write(fd, zero, sizeof(zero)) == sizeof(zero) && close(fd) == 0),
	      "damaged, if it is not gone");
}

static bool opened(struct scene *s)
{
	box_close(&s->b);
	return box_open(&s->b, STORE_WRITE);
}

/* ---- what is done, and what is to be there before */

static void opening(struct scene *s)
{
	s->e = store_open(&s->b.s, s->b.folder, STORE_WRITE, s->b.why);
}

/* What was put aside before goes: each has a name of its own, which has to be found. */
static void closed(struct scene *s)
{
	static const char *const asides[] = { "data.mdb.*-2*", "copy.?.*-2*/data.mdb",
		"copy.?.*-2*" };
	char pattern[128];
	glob_t g;

	box_close(&s->b);
	for (size_t i = 0; i < COUNT(asides); i++) {
		box_path(&s->b, pattern, asides[i]);
		size_t n = glob(pattern, 0, NULL, &g) == 0 ? g.gl_pathc : 0;
		for (size_t f = 0; f < n; f++)
			(void)remove(g.gl_pathv[f]);
		globfree(&g);
	}
}

static void nothing_there(struct scene *s)
{
	box_done(&s->b);
	box_init_quick(&s->b);
}

static void damaged_file(struct scene *s)
{
	closed(s);
	damage(s);
}

static void keeping(struct scene *s)
{
	s->e = store_keep(s->b.s, s->b.why);
}

static void still_open(struct scene *s)
{
	if (s->b.s == NULL)
		(void)opened(s);
}

static void restoring(struct scene *s)
{
	s->e = store_restore(s->extra, s->b.folder, s->b.why);
}

static void mending(struct scene *s)
{
	bool written;

	s->e = store_mend(s->b.s, &written, s->b.why);
	CHECK(s->e == OK || store_is_broken(s->b.s), "what is not mended stays broken");
}

static void broken(struct scene *s)
{
	still_open(s);
	atomic_store(&s->b.s->broken, true);
}

static void storing(struct scene *s)
{
	s->b.s->io_tid = 0;
	s->e = store_begin(s->b.s);
	if (s->e == OK)
		s->e = store_put_kill(s->b.s, KILL_RUN, STR("me"), 5);
	if (s->e == OK)
		s->e = store_commit(s->b.s, s->b.why);
	else
		store_abort(s->b.s);
}

static void verifying(struct scene *s)
{
	uint64_t records, bad;

	s->e = store_verify(s->b.folder, &records, &bad, s->b.why);
}

static const struct {
	const char *what;
	void (*before)(struct scene *s), (*act)(struct scene *s);
	struct { const char *call; int error; } each[10];
	unsigned events;		/* that are there afterwards, at least */
} deeds[] = {
	{ "a store that is new", nothing_there, opening,
	  { { "mkdir", EROFS }, { "open", EMFILE }, { "fcntl", ENOLCK }, { "stat", EIO },
	    { "mdb_txn_begin", ENOMEM }, { "mdb_env_open", MDB_INVALID },
	    { "mdb_env_open", MDB_VERSION_MISMATCH }, { "mdb_env_open", MDB_CORRUPTED },
	    { "calloc", ENOMEM } }, 0 },
	{ "a start", closed, opening,
	  { { "mdb_get", EINVAL }, { "lstat", EIO }, { "flock", ENOLCK }, { "ftruncate", ENOSPC },
	    { "pwrite", ENOSPC }, { "mdb_txn_begin", EINVAL } }, EVENTS },
	{ "a start with a copy", damaged_file, opening,
	  { { "rename", EROFS }, { "lstat", EIO }, { "access", EIO } }, EVENTS },
	{ "a copy", still_open, keeping,
	  { { "rename", EROFS }, { "open", EMFILE }, { "chmod", EPERM },
	    { "mdb_get", EINVAL }, { "mdb_txn_commit", EIO }, { "fsync", EIO },
	    { "close", EIO }, { "mkdir", EROFS }, { "lstat", EIO } }, EVENTS },
	{ "a backup that is put back", closed, restoring,
	  { { "rename", EROFS }, { "write", ENOSPC } }, 0 },
	{ "a store that is mended", broken, mending,
	  { { "open", EMFILE }, { "write", ENOSPC }, { "mdb_txn_begin", ENOMEM },
	    { "mdb_get", MDB_CORRUPTED }, { "mdb_env_open", ENOMEM } }, EVENTS },
	{ "an event", still_open, storing,
	  { { "open", EMFILE }, { "pread", EIO } }, EVENTS },
	{ "a look at it", closed, verifying, { { "lstat", EIO }, { "stat", EIO } }, EVENTS },
};

static bool begin(struct scene *s)
{
	struct rng r;

	rng_seed(&r, check_seed());
	box_init_quick(&s->b);
	(void)snprintf(s->extra, sizeof(s->extra), "%s/backup", s->b.root);
	if (!box_open(&s->b, STORE_WRITE))
		return false;
	for (unsigned i = 0; i < EVENTS; i++)
		CHECK_INT(box_event(&s->b, &r, i), OK, "an event: %s", s->b.why);
	for (unsigned i = 0; i < 2; i++)
		CHECK_INT(store_keep(s->b.s, s->b.why), OK, "a copy: %s", s->b.why);
	return CHECK_INT(store_backup(s->b.s, s->extra, s->b.why), OK, "%s", s->b.why);
}

/* Each of its calls; in the end it is done. */
static void fail_each(struct scene *s, size_t d, const char *call, int error)
{
	bool struck = true;

	for (unsigned n = 1; struck; n++) {
		deeds[d].before(s);
		s->b.why[0] = '\0';
		failing(call, n, error, false);
		deeds[d].act(s);
		struck = failing_end();
		/* The store's own words are in the log where the writer has none to say. */
		CHECK(s->e == OK || s->b.why[0] != '\0' || deeds[d].act == storing,
		      "%s, %s %u: %d without a word", deeds[d].what, call, n, s->e);
		CHECK(struck || s->e == OK, "%s, %s fails no more: %s", deeds[d].what, call,
		      s->b.why);
		CHECK(n < 500, "%s, %s: it ends", deeds[d].what, call);
	}
	unsigned orders = 0;
	if (opened(s))
		CHECK(store_orders(s->b.s, 0, count_each, &orders) == OK &&
		      orders >= deeds[d].events, "%s, %s: %u orders", deeds[d].what, call, orders);
}

void test_store_deeds_of_which_each_call_fails(void)
{
	unsigned before = failing_descriptors();
	struct scene s;

	for (size_t d = 0; d < COUNT(deeds); d++) {
		if (!begin(&s))
			return;
		for (size_t i = 0; i < COUNT(deeds[d].each) && deeds[d].each[i].call != NULL; i++)
			fail_each(&s, d, deeds[d].each[i].call, deeds[d].each[i].error);
		box_done(&s.b);
	}
	CHECK_INT(failing_descriptors(), before, "descriptors");
}

/* ---- the child that verifies */

static const struct {
	const char *call;
	int error;
	enum err e;
	bool damaged;
	const char *words;
} ends[] = {
	{ "pipe2", EMFILE, ERR_IO, false, "cannot start the process that verifies" },
	{ "fork", EAGAIN, ERR_IO, false, "cannot start the process that verifies" },
	{ "read", EIO, ERR_IO, false, "cannot be verified: Input/output error" },
	{ "read", EINTR, OK, false, "" },
	{ "waitpid", EINTR, OK, false, "" },
	{ "waitpid", ECHILD, OK, false, "" },
	{ "open", EMFILE, OK, false, "" },		/* what it prints, it prints */
	{ "write", EPIPE, ERR_IO, false, "cannot be verified: Broken pipe" },
	{ "pread", -SIGTERM, ERR_IO, false, "cannot be verified" },	/* not ended by it */
	{ "pread", -SIGINT, ERR_IO, false, "cannot be verified" },
	{ "pread", -SIGKILL, ERR_IO, false, "was killed; start again" },
	{ "pread", -SIGALRM, ERR_STORE, true, "takes too long to read" },
	{ "pread", -SIGBUS, ERR_STORE, true, "reading it fails" },
};

void test_store_child_that_verifies_ends(void)
{
	struct verdict v;
	struct scene s;

	if (!begin(&s))
		return;
	box_close(&s.b);
	for (size_t i = 0; i < COUNT(ends); i++) {
		failing(ends[i].call, 1, ends[i].error, false);
		enum err e = verify_in_child(s.b.folder, -1, &v);
		CHECK(failing_end(), "%s is asked for", ends[i].call);
		CHECK(e == ends[i].e && v.err == e && v.damaged == ends[i].damaged &&
		      strstr(v.why, ends[i].words) != NULL, "%s (%d): %d: %s, not: %s",
		      ends[i].call, ends[i].error, e, v.why, ends[i].words);
	}
	box_done(&s.b);
}

/* Beside a writer, who overwrites the root that was to be looked at. */
void test_store_moment_that_is_gone(void)
{
	struct verdict v;
	struct scene s;

	if (!begin(&s))
		return;
	box_close(&s.b);
	failing("mdb_txn_id", 1, 999, false);
	verify_here(s.b.folder, false, &v);
	CHECK(failing_end() && v.err == OK && v.records > 0, "another is looked at: %s", v.why);
	failing("mdb_txn_id", 1, 999, true);
	verify_here(s.b.folder, false, &v);
	CHECK(failing_end() && v.err == ERR_IO && !v.damaged && v.why[0] != '\0',
	      "without one nothing is known: %s", v.why);
	failing("mdb_txn_id", 1, 999, false);
	failing_too("mdb_txn_renew", 1, ENOMEM);
	verify_here(s.b.folder, false, &v);
	CHECK(failing_end() && v.err == ERR_IO && !v.damaged, "nor when it is not to be had: %s",
	      v.why);
	failing("mdb_env_open", 1, MDB_INVALID, false);
	verify_here(s.b.folder, false, &v);
	CHECK(failing_end() && v.err == ERR_STORE && v.damaged, "LMDB's word: %s", v.why);
	box_done(&s.b);
}

/* ---- two things at once */

void test_store_commit_on_a_full_disk(void)
{
	static const struct { const char *also; int error; bool broken; } cases[] = {
		{ "fstatvfs", 0, false }, { "fstatvfs", EIO, true }, { NULL, 0, true },
		{ "mdb_txn_begin", MDB_PANIC, true },
	};
	struct scene s;
	bool written;
	struct rng r;

	rng_seed(&r, check_seed());
	if (!begin(&s))
		return;
	for (size_t i = 0; i < COUNT(cases); i++) {
		failing("mdb_txn_commit", 1, EIO, false);
		if (cases[i].also != NULL && strcmp(cases[i].also, "fstatvfs") != 0)
			failing_too("fstatvfs", 1, 0);
		if (cases[i].also != NULL)	/* the store's own transaction comes before */
			failing_too(cases[i].also, cases[i].error == MDB_PANIC ? 2 : 1,
				    cases[i].error);
		enum err e = box_event(&s.b, &r, EVENTS + (unsigned)i);
		CHECK(failing_end(), "it has failed");
		CHECK(store_is_broken(s.b.s) == cases[i].broken &&
		      e == (cases[i].broken ? ERR_IO : ERR_STORE), "case %u: %d, %s", (unsigned)i,
		      e, s.b.why);
		if (cases[i].broken)
			CHECK(store_mend(s.b.s, &written, s.b.why) == OK && !written, "%s",
			      s.b.why);
	}
	box_done(&s.b);
}

/* ---- who does not let go, within the time that is given them: the clock says that it is over */

void test_store_does_not_wait_for_ever(void)
{
	struct scene s;
	bool written;
	int other;

	if (!begin(&s))
		return;
	atomic_store(&s.b.s->broken, true);
	atomic_store(&s.b.s->reading, 1);
	failing("mono_ns", 4, 0, true);
	CHECK_INT(store_mend(s.b.s, &written, s.b.why), ERR_IO, "somebody reads");
	CHECK(failing_end() && strstr(s.b.why, "somebody reads") != NULL, "in words: %s", s.b.why);
	CHECK(!atomic_load(&s.b.s->closed), "readers are let in again");
	atomic_store(&s.b.s->reading, 0);
	CHECK_INT(store_mend(s.b.s, &written, s.b.why), OK, "then it is mended: %s", s.b.why);
	/* A map that is to grow, with somebody in it, stays as it is until the next time. */
	s.b.s->failed_code = MDB_MAP_FULL;
	atomic_store(&s.b.s->reading, 1);
	failing("mono_ns", 2, 0, true);
	CHECK_INT(store_begin(s.b.s), OK, "it goes on with the map it has");
	CHECK(failing_end() && !store_is_broken(s.b.s), "nothing is broken");
	store_abort(s.b.s);
	atomic_store(&s.b.s->reading, 0);
	box_close(&s.b);
	/* The lock of one who has told nobody who it is. */
	CHECK_INT(folder_lock(s.b.folder, &other, s.b.why), OK, "held: %s", s.b.why);
	CHECK_INT(ftruncate(other, 0), 0, "without a number");
	failing("mono_ns", 4, 0, true);
	CHECK_INT(store_open(&s.b.s, s.b.folder, STORE_WRITE, s.b.why), ERR_REFUSED, "refused");
	CHECK(failing_end() && strstr(s.b.why, "process 0") != NULL, "in words: %s", s.b.why);
	CHECK(pwrite(other, "9999999x", 8, 0) == 8, "a number that nobody has");
	failing("mono_ns", 2, 0, true);
	CHECK_INT(store_open(&s.b.s, s.b.folder, STORE_WRITE, s.b.why), ERR_REFUSED, "refused");
	CHECK(failing_end() && strstr(s.b.why, " 9999999)") != NULL, "that one: %s", s.b.why);
	CHECK_INT(close(other), 0, "it is let go");
	CHECK(opened(&s), "then it opens");
	box_done(&s.b);
}
