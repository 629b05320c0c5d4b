/* store_images.c SCRATCH IMAGES SEED: power is cut while a store is written. What LMDB gives to its
 * file is recorded between the calls that make it durable; then files are made as a disk may have
 * them afterwards: all that was synced, and of the rest what chance leaves, in sectors of 512
 * bytes, in any order. Each is opened and read: all that was acknowledged is there, at most one
 * event more, and nothing else. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/rng.h"
#include "store/store.h"

#define EVENTS  40
#define OPS     4096
#define SECTOR  512
#define LARGEST (8 << 20)	/* of the file: forty events are some hundred kilobytes */

/* What befell the file. DURABLE: all before it is; KNOWN: so many events are acknowledged. */
enum what { WRITTEN, DURABLE, KNOWN };
static struct op { enum what what; bool alone; off_t at; size_t n; char *data; } op[OPS];
static unsigned ops;
static struct stat recorded;

static bool is_recorded(int fd)
{
	struct stat st;

	return recorded.st_ino != 0 && fstat(fd, &st) == 0 && st.st_ino == recorded.st_ino &&
	       st.st_dev == recorded.st_dev;
}

static void record(enum what what, bool alone, off_t at, const void *data, size_t n)
{
	char *copy = n > 0 ? malloc(n) : NULL;

	if (ops == OPS || (n > 0 && copy == NULL) || at + (off_t)n > LARGEST) {
		(void)fprintf(stderr, "store_images: more was written than there is room for\n");
		exit(2);
	}
	if (n > 0)
		memcpy(copy, data, n);
	op[ops++] = (struct op){ what, alone, at, n, copy };
}

ssize_t __real_pwrite(int fd, const void *data, size_t n, off_t at);
ssize_t __wrap_pwrite(int fd, const void *data, size_t n, off_t at)
{
	/* The root goes through a descriptor of its own, which returns when it is durable. */
	if (is_recorded(fd))
		record(WRITTEN, (fcntl(fd, F_GETFL) & O_DSYNC) != 0, at, data, n);
	return __real_pwrite(fd, data, n, at);
}

ssize_t __real_writev(int fd, const struct iovec *v, int n);
ssize_t __wrap_writev(int fd, const struct iovec *v, int n)
{
	off_t at = is_recorded(fd) ? lseek(fd, 0, SEEK_CUR) : -1;

	for (int i = 0; i < n && at >= 0; at += (off_t)v[i++].iov_len)
		record(WRITTEN, false, at, v[i].iov_base, v[i].iov_len);
	return __real_writev(fd, v, n);
}

ssize_t __real_pwritev(int fd, const struct iovec *v, int n, off_t at);
ssize_t __wrap_pwritev(int fd, const struct iovec *v, int n, off_t at)
{
	off_t to = at;

	for (int i = 0; i < n && is_recorded(fd); to += (off_t)v[i++].iov_len)
		record(WRITTEN, false, to, v[i].iov_base, v[i].iov_len);
	return __real_pwritev(fd, v, n, at);
}

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd)
{
	if (is_recorded(fd))
		record(DURABLE, false, 0, NULL, 0);
	return __real_fdatasync(fd);
}

/* ---- what is written */

static enum err event(struct store *s, unsigned n, char why[static STORE_WHY])
{
	struct order o = { .want = { 1 }, .made = (ns)n };
	struct note note = { .ts = (ns)n, .seq = n };

	(void)snprintf(o.cid, sizeof o.cid, "order-%u", n);
	(void)snprintf(o.trade, sizeof o.trade, "trade-%u", n / 2);
	memcpy(note.trade, o.trade, sizeof note.trade);
	enum err e = store_begin(s);
	if (e == OK)
		e = store_put_order(s, &o);
	if (e == OK)
		e = store_add_note(s, &note);
	return e == OK ? store_commit(s, why) : e;
}

static void play_all(const char *folder, char *file)
{
	char why[STORE_WHY];
	struct store *s;

	if (store_open(&s, folder, STORE_WRITE, why) != OK || stat(file, &recorded) != 0) {
		(void)fprintf(stderr, "store_images: %s: %s\n", folder, why);
		exit(2);
	}
	for (unsigned n = 0; n < EVENTS; n++) {
		if (event(s, n, why) != OK) {
			(void)fprintf(stderr, "store_images: event %u: %s\n", n, why);
			exit(2);
		}
		record(KNOWN, false, (off_t)n + 1, NULL, 0);
	}
	recorded.st_ino = 0;
	store_close(s);
}

/* ---- what is left of it */

static char disk[LARGEST];
static size_t disk_n;

static void keep(const struct op *o, size_t from, size_t n)
{
	memcpy(disk + o->at + from, o->data + from, n);
	if ((size_t)o->at + from + n > disk_n)
		disk_n = (size_t)o->at + from + n;
}

/* The disk as it was begun with, all that was durable when operation `end` was about to be over,
 * and of the rest some. Returns how many events were acknowledged. */
static unsigned image(const char *first, size_t first_n, unsigned end, struct rng *r)
{
	unsigned durable = 0, known = 0;

	memset(disk, 0, disk_n);
	memcpy(disk, first, first_n);
	disk_n = first_n;
	for (unsigned i = 0; i < end; i++) {
		if (op[i].what == DURABLE)
			durable = i;
		else if (op[i].what == KNOWN)
			known = (unsigned)op[i].at;
	}
	/* How much of the rest is lost: all, nothing, or a part. */
	uint64_t part = rng_below(r, 5);
	for (unsigned i = 0; i < end; i++) {
		const struct op *o = &op[i];
		bool sure = i < durable || (o->alone && i + 1 < end);
		for (size_t at = 0; o->what == WRITTEN && at < o->n;) {
			size_t n = SECTOR - ((size_t)o->at + at) % SECTOR;
			n = n < o->n - at ? n : o->n - at;
			if (sure || rng_below(r, 4) < part)
				keep(o, at, n);
			at += n;
		}
	}
	return known;
}

static bool count(void *ctx, const void *record)
{
	(void)record;
	++*(unsigned *)ctx;
	return true;
}

static bool holds(const char *folder, const char *file, unsigned known, char said[static 400])
{
	char why[STORE_WHY] = "";
	unsigned orders = 0, notes = 0;
	struct store *s;
	int fd = open(file, O_WRONLY | O_TRUNC);
	bool ok = fd >= 0 && write(fd, disk, disk_n) == (ssize_t)disk_n;

	if (!ok || close(fd) != 0) {
		(void)fprintf(stderr, "store_images: %s cannot be written\n", file);
		exit(2);
	}
	enum err e = store_open(&s, folder, STORE_READ, why);
	if (e != OK) {
		(void)snprintf(said, 400, "it is not opened: %s", why);
		return false;
	}
	e = store_orders(s, 0, count, &orders);
	if (e == OK)
		e = store_notes(s, 0, count, &notes);
	store_close(s);
	(void)snprintf(said, 400, "%u events were acknowledged, %u orders and %u notes are there",
		       known, orders, notes);
	return e == OK && orders >= known && orders <= known + 1 && notes == orders;
}

int main(int argc, char **argv)
{
	char folder[200], file[220], said[400];
	static char first[LARGEST];
	struct rng r;

	if (argc != 4 || strlen(argv[1]) > 150)
		return 2;
	unsigned images = (unsigned)strtoul(argv[2], NULL, 10), made = 0;
	(void)snprintf(folder, sizeof folder, "%s/store", argv[1]);
	(void)snprintf(file, sizeof file, "%s/data.mdb", folder);
	struct store *s;
	char why[STORE_WHY];
	if (store_open(&s, folder, STORE_WRITE, why) != OK)
		return 2;
	store_close(s);
	int fd = open(file, O_RDONLY);
	ssize_t first_n = fd < 0 ? -1 : read(fd, first, sizeof first);
	if (first_n <= 0 || close(fd) != 0)
		return 2;
	play_all(folder, file);
	rng_seed(&r, strtoull(argv[3], NULL, 10));
	/* Each operation is the last at least once. */
	for (unsigned end = 0; made < images; end = end == ops ? 0 : end + 1, made++) {
		unsigned known = image(first, (size_t)first_n, end, &r);
		if (!holds(folder, file, known, said)) {
			(void)printf("store_images: image %u, cut behind operation %u of %u: %s\n",
				     made, end, ops, said);
			return 1;
		}
	}
	(void)printf("%u images of %u operations: all that was acknowledged is there\n", made, ops);
	return made <= ops ? 2 : 0;	/* too few to have been everywhere */
}
