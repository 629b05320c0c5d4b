/* Every call of the system that the store makes fails once, each in its turn, and once for good:
 * whatever is answered, what was acknowledged is there at the next start, nothing is taken for
 * damaged that is not, no descriptor is lost, and there are words for it. */
#include "store/verify.h"
#include "test/failing.h"
#include "test/unit/store_box.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct { const char *name; int error; } calls[] = {
	{ "open", EMFILE }, { "close", EIO }, { "read", EINTR }, { "read", EIO },
	{ "write", ENOSPC },
	{ "pread", EINTR }, { "pread", ENOMEM }, { "pwrite", EIO }, { "pwrite", ENOSPC },
	{ "pwrite", EROFS }, { "writev", EIO }, { "fsync", EIO }, { "fsync", EINVAL },
	{ "fdatasync", EIO }, { "fdatasync", ENOSPC }, { "rename", EROFS }, { "mkdir", EROFS },
	{ "fstat", EIO }, { "stat", EACCES }, { "lstat", EIO }, { "ftruncate", EIO },
	{ "fallocate", ENOSPC }, { "fallocate", EOPNOTSUPP }, { "mmap", ENOMEM },
	{ "chmod", EPERM }, { "flock", ENOLCK }, { "fork", EAGAIN }, { "pipe2", EMFILE },
	{ "malloc", ENOMEM }, { "calloc", ENOMEM }, { "fcntl", ENOLCK },
};

#define KNOWN 4		/* events in the store that each begins with */

struct story {
	struct box b;
	struct rng r;
	char extra[160];	/* a folder of the story's own */
	unsigned acknowledged, told;
	bool unknown;		/* a commit of which nothing was said may be there, too */
};

/* What is answered otherwise than with OK has words. */
static bool said(struct story *s, enum err e, const char *what)
{
	if (e == OK)
		return true;
	CHECK(s->b.why[0] != '\0', "%s: error %d without a word", what, e);
	return false;
}

static void add(struct story *s)
{
	bool written;
	enum err e = box_event(&s->b, &s->r, s->told);

	if (e == OK)
		s->acknowledged = ++s->told;
	else
		s->unknown |= e == ERR_IO;
	for (int i = 0; i < 3 && store_is_broken(s->b.s); i++)
		if (said(s, store_mend(s->b.s, &written, s->b.why), "mended"))
			s->acknowledged = s->told += written;
}

static bool open_it(struct story *s, enum store_mode mode)
{
	return said(s, store_open(&s->b.s, s->b.folder, mode, s->b.why), "opened");
}

static void trades(struct story *s)
{
	if (!open_it(s, STORE_WRITE))
		return;
	add(s);
	add(s);
	(void)said(s, store_keep(s->b.s, s->b.why), "copied");
	(void)said(s, store_backup(s->b.s, s->extra, s->b.why), "backed up");
	add(s);
	box_close(&s->b);
}

/* A backup of what is there takes the place of it, which leaves its copies aside. */
static void restores(struct story *s)
{
	uint64_t records, bad;
	unsigned n = 0;

	(void)said(s, store_verify(s->extra, &records, &bad, s->b.why), "verified");
	(void)said(s, store_restore(s->extra, s->b.folder, s->b.why), "restored");
	if (!open_it(s, STORE_READ))
		return;
	if (store_orders(s->b.s, 0, count_each, &n) == OK)
		CHECK_INT(n, KNOWN, "half an answer is none");
	box_close(&s->b);
}

/* The file is damaged: its copy takes its place. */
static void rescued(struct story *s)
{
	char path[128], zero[64] = "";

	box_path(&s->b, path, FILE_DATA);
	FILE *f = fopen(path, "r+");
	CHECK(f != NULL && fwrite(zero, sizeof(zero), 1, f) == 1 && fclose(f) == 0, "damaged");
	if (open_it(s, STORE_WRITE))
		add(s);
	box_close(&s->b);
}

static void (*const stories[])(struct story *) = { trades, restores, rescued };

/* Whether there was an n-th call. */
static bool tell(struct story *s, size_t which, const char *call, int error, unsigned n,
		 bool for_good)
{
	const char *ever = for_good ? " and all after it" : "";
	unsigned before = failing_descriptors(), orders = 0;

	if (which > 0) {
		CHECK(box_open(&s->b, STORE_WRITE) && store_keep(s->b.s, s->b.why) == OK &&
		      store_backup(s->b.s, s->extra, s->b.why) == OK, "%s", s->b.why);
		box_close(&s->b);
	}
	failing(call, n, error, for_good);
	stories[which](s);
	bool struck = failing_end();
	box_close(&s->b);
	CHECK_INT(failing_descriptors(), before, "%s %u%s (%s): descriptors", call, n, ever,
		  strerror(error));
	enum err e = store_open(&s->b.s, s->b.folder, STORE_WRITE, s->b.why);
	if (!CHECK(e == OK && strstr(s->b.why, "history is lost") == NULL,
		   "%s %u%s (%s): then: %s", call, n, ever, strerror(error), s->b.why))
		return struck;
	CHECK_INT(store_orders(s->b.s, 0, count_each, &orders), OK, "orders are read");
	CHECK(orders == s->acknowledged || (s->unknown && orders == s->acknowledged + 1),
	      "%s %u%s (%s): %u events, of which %u were acknowledged", call, n, ever,
	      strerror(error), orders, s->acknowledged);
	box_close(&s->b);
	return struck;
}

static bool begin(struct story *s, uint64_t seed)
{
	*s = (struct story){ .told = KNOWN, .acknowledged = KNOWN };
	rng_seed(&s->r, seed);
	box_init_quick(&s->b);
	(void)snprintf(s->extra, sizeof(s->extra), "%s/backup", s->b.root);
	if (!box_open(&s->b, STORE_WRITE))
		return false;
	for (unsigned i = 0; i < KNOWN; i++)
		CHECK_INT(box_event(&s->b, &s->r, i), OK, "%s", s->b.why);
	box_close(&s->b);
	return true;
}

/* FAIL_STEP=1: every call of them, which takes minutes. */
static unsigned step_of(unsigned usual)
{
	const char *step = getenv("FAIL_STEP");

	return step == NULL ? usual : (unsigned)strtoul(step, NULL, 10);
}

static void each_call(size_t which, unsigned usual)
{
	unsigned all = 0, step = step_of(usual);
	struct story s;
	struct rng r;

	rng_seed(&r, check_seed());
	/* Usually a part of them, another one with each seed. */
	size_t skip = step > 1 ? 3 : 1;
	for (size_t i = (size_t)rng_below(&r, skip); i < COUNT(calls); i += skip) {
		unsigned n = 1 + (unsigned)rng_below(&r, step);
		for (bool struck = true; struck; n += step) {
			if (!begin(&s, check_seed()))
				return;
			struck = tell(&s, which, calls[i].name, calls[i].error, n,
				      all++ % 2 != 0 && calls[i].error != EINTR);
			box_done(&s.b);
		}
	}
}

void test_store_each_call_of_trading_fails(void)
{
	each_call(0, 50);
}

void test_store_each_call_of_a_restore_fails(void)
{
	each_call(1, 50);
}

void test_store_each_call_of_a_rescue_fails(void)
{
	each_call(2, 50);
}

/* In this process, without a child. */
void test_store_what_cannot_be_read_is_not_damaged(void)
{
	struct verdict v;
	struct story s;

	if (!begin(&s, check_seed()))
		return;
	unsigned before = failing_descriptors();
	for (size_t i = 0; i < 2 * COUNT(calls); i++) {
		const char *call = calls[i / 2].name;
		int error = calls[i / 2].error;
		bool struck = error != EIO;
		for (unsigned n = 1; struck; n++) {
			failing(call, n, error, false);
			verify_here(s.b.folder, i % 2 != 0, &v);
			struck = failing_end();
			CHECK(!v.damaged && (v.err == OK || v.why[0] != '\0'), "%s %u (%s): %s",
			      call, n, strerror(error), v.why);
		}
	}
	failing("pread", 1, EIO, true);
	verify_here(s.b.folder, true, &v);
	CHECK(failing_end() && v.damaged, "what the disk has lost is: %s", v.why);
	CHECK_INT(failing_descriptors(), before, "descriptors");
	box_done(&s.b);
}
