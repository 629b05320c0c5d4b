/* Folders, locks, full disks, other processes, sudden ends. */
#include "store/pages.h"
#include "test/unit/store_box.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return status;
}

/* ---- folders */

static void refused(struct box *b, enum err want, const char *word)
{
	CHECK_INT(store_open(&b->s, b->folder, STORE_WRITE, b->why), want, "refused");
	CHECK(strstr(b->why, word) != NULL && strstr(b->why, b->root) != NULL,
	      "says where and \"%s\": %s", word, b->why);
	box_close(b);
}

void test_store_folder_is_ours_alone(void)
{
	char path[128], kept[128];
	struct stat st;
	struct box b;

	box_init(&b);
	CHECK_INT(store_open(&b.s, b.folder, STORE_READ, b.why), ERR_NOTFOUND, "nothing there");
	mode_t mask = umask(0);
	if (!box_open(&b, STORE_WRITE))
		return;
	CHECK(umask(mask) == 0, "the umask stays what it was");
	CHECK(stat(b.folder, &st) == 0 && (st.st_mode & 07777) == 0700, "a folder of 0700");
	static const char *const files[] = { FILE_DATA, FILE_MDB, FILE_LOCK };
	for (size_t i = 0; i < COUNT(files); i++) {
		box_path(&b, path, files[i]);
		CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600, "%s of 0600", path);
	}
	box_close(&b);
	CHECK(chmod(b.folder, 0750) == 0, "opened to the group");
	refused(&b, ERR_CONFIG, "chmod 700");
	CHECK(chmod(b.folder, 0700) == 0, "closed");
	for (size_t i = 0; i < COUNT(files); i++) {
		box_path(&b, path, files[i]);
		CHECK(chmod(path, 0604) == 0, "opened to all");
		refused(&b, ERR_CONFIG, "chmod 600");
		CHECK(chmod(path, 0600) == 0, "closed");
		(void)snprintf(kept, sizeof(kept), "%s/kept", b.root);
		CHECK(rename(path, kept) == 0 && symlink(kept, path) == 0, "a symlink");
		refused(&b, ERR_CONFIG, "symlink");
		CHECK(unlink(path) == 0 && link(kept, path) == 0, "a hard link");
		refused(&b, ERR_CONFIG, "hard link");
		CHECK(unlink(kept) == 0, "one name again");
	}
	(void)snprintf(kept, sizeof(kept), "%s/a/kept", b.root);
	CHECK(rename(b.folder, kept) == 0 && symlink(kept, b.folder) == 0, "a symlink");
	refused(&b, ERR_CONFIG, "symlink");
	(void)snprintf(path, sizeof(path), "%s/", b.folder);
	CHECK_INT(store_open(&b.s, path, STORE_WRITE, b.why), ERR_CONFIG, "with a slash too");
	CHECK(unlink(b.folder) == 0 && rename(kept, b.folder) == 0, "itself");
	if (geteuid() == 0) {
		CHECK(chown(b.folder, 12345, 12345) == 0, "another's");
		refused(&b, ERR_CONFIG, "belongs to user 12345");
		CHECK(chown(b.folder, 0, 0) == 0, "ours");
	}
	CHECK(box_open(&b, STORE_WRITE), "opens again");
	box_done(&b);
}

/* ---- the lock */

void test_store_held_by_one(void)
{
	char pid[32];
	struct store *second;
	struct box b;

	box_init(&b);
	if (!box_open(&b, STORE_WRITE))
		return;
	CHECK_INT(store_open(&second, b.folder, STORE_READ, b.why), ERR_REFUSED,
		  "not twice in one process");
	(void)snprintf(pid, sizeof(pid), "process %d", (int)getpid());
	pid_t child = fork();
	if (child == 0) {
		char why[STORE_WHY];
		bool ok = store_open(&second, b.folder, STORE_CONTROL, why) == ERR_REFUSED &&
			strstr(why, pid) != NULL;
		ok = ok && store_open(&second, b.folder, STORE_WRITE, why) == ERR_REFUSED;
		ok = ok && store_open(&second, b.folder, STORE_READ, why) == OK;
		store_close(second);
		_exit(ok ? 0 : 1);
	}
	CHECK_INT(wait_for(child), 0, "another process is refused, and told whom it meets");
	box_close(&b);
	CHECK(box_open(&b, STORE_CONTROL), "free again");
	box_done(&b);
}

/* A gambler that was killed while a child of its verified: the child has the lock a moment longer.
 * Who starts then waits for it; who meets one that lives does not. */
void test_store_lock_of_the_dead(void)
{
	int ends[2];
	char byte;
	struct box b;

	box_init(&b);
	if (!box_open(&b, STORE_WRITE) || !CHECK(pipe(ends) == 0, "a pipe"))
		return;
	box_close(&b);
	pid_t parent = fork();
	if (parent == 0) {
		int lock_fd;
		if (folder_lock(b.folder, &lock_fd, b.why) != OK)
			_exit(1);
		if (fork() == 0) {
			(void)usleep(300000);
			_exit(0);
		}
		_exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
	}
	CHECK(read(ends[0], &byte, 1) == 1 && wait_for(parent) == 0, "it is dead");
	CHECK(box_open(&b, STORE_WRITE), "its child is waited for");
	(void)close(ends[0]);
	(void)close(ends[1]);
	box_done(&b);
}

void test_store_killed_while_made(void)
{
	char path[128];
	struct box b;
	int fd;

	box_init(&b);
	box_path(&b, path, FILE_DATA);
	CHECK_INT(folder_make(b.folder, b.why), OK, "a folder");
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && close(fd) == 0, "an empty file");
	CHECK_INT(store_open(&b.s, b.folder, STORE_READ, b.why), ERR_NOTFOUND, "nothing to read");
	CHECK(box_open(&b, STORE_WRITE), "made again");
	box_done(&b);
}

/* ---- no room */

/* Writes until it fails; how many events are there. */
static unsigned fill_up(struct box *b, struct rng *r, unsigned from, enum err *e)
{
	unsigned n = from;

	do
		*e = box_event(b, r, n);
	while (*e == OK && ++n < 100000);
	return n;
}

void test_store_map_full(void)
{
	unsigned orders = 0;
	struct store_stats stats;
	struct rng r;
	struct box b;
	enum err e;

	rng_seed(&r, check_seed());
	box_init(&b);
	CHECK_INT(store_open_sized(&b.s, b.folder, STORE_WRITE, 512 << 10, 4 << 20, b.why), OK,
		  "opens");
	unsigned n = fill_up(&b, &r, 0, &e);
	CHECK_INT(e, ERR_STORE, "full");
	CHECK(strstr(b.why, "map full") != NULL, "in words: %s", b.why);
	CHECK_INT(store_orders(b.s, 0, count_each, &orders), OK, "still read");
	CHECK_INT(orders, n, "all that was acknowledged, nothing else");
	store_figures(b.s, &stats);
	CHECK(stats.map_bytes == 512 << 10 && stats.file_bytes <= 512 << 10, "as large as allowed");
	unsigned failed = 0;
	for (unsigned i = 0; i < 200; i++)
		failed += box_event(&b, &r, n + i) != OK;
	CHECK(failed <= 3, "goes on in a larger one, %u times: %s", failed, b.why);
	store_figures(b.s, &stats);
	CHECK(stats.map_bytes > 512 << 10, "it has grown");
	orders = 0;
	CHECK_INT(store_orders(b.s, 0, count_each, &orders), OK, "all is read");
	CHECK(orders + 4 > n + 200, "what was stored is there: %u of %u", orders, n + 200);
	box_done(&b);
}

void test_store_disk_full(void)
{
	char ballast[128];
	unsigned orders = 0;
	struct rng r;
	struct box b;
	enum err e;

	rng_seed(&r, check_seed());
	box_init(&b);
	if (geteuid() != 0 || mount("none", b.root, "tmpfs", MS_NOSUID, "size=1m,mode=700") != 0) {
		(void)fprintf(stderr, "store: a full disk is not tried: no right to mount one\n");
		box_done(&b);
		return;
	}
	(void)snprintf(ballast, sizeof(ballast), "%s/ballast", b.root);
	int fd = open(ballast, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && posix_fallocate(fd, 0, 300 << 10) == 0 && close(fd) == 0, "ballast");
	if (box_open(&b, STORE_WRITE)) {
		unsigned n = fill_up(&b, &r, 0, &e);
		CHECK_INT(e, ERR_STORE, "full: %s", b.why);
		CHECK(strstr(b.why, "no space left") != NULL, "in words: %s", b.why);
		for (int i = 0; i < 20; i++)
			CHECK(box_event(&b, &r, n) != ERR_IO, "and stays so: %s", b.why);
		CHECK_INT(store_orders(b.s, 0, count_each, &orders), OK, "still read");
		CHECK(orders == n || orders == n + 1, "what was acknowledged: %u %u", orders, n);
		CHECK(unlink(ballast) == 0, "room");
		for (unsigned i = 0; i < 20; i++)
			CHECK_INT(box_event(&b, &r, n + i), OK, "goes on by itself: %s", b.why);
		box_close(&b);
		orders = 0;
		if (box_open(&b, STORE_WRITE))
			CHECK_INT(store_orders(b.s, 0, count_each, &orders), OK, "and is whole");
		CHECK_INT(orders, n + 20, "with all that was acknowledged");
	}
	box_close(&b);
	CHECK(umount(b.root) == 0, "unmounted");
	box_done(&b);
}

void test_store_removed_while_open(void)
{
	char file[600];
	struct rng r;
	struct box b;

	rng_seed(&r, check_seed());
	box_init(&b);
	if (box_open(&b, STORE_WRITE)) {
		CHECK_INT(box_event(&b, &r, 0), OK, "stored: %s", b.why);
		CHECK(store_trouble(b.s) == NULL, "nobody worries");
		store_why(b.s, b.why);
		CHECK_TEXT(b.why, "", "there is nothing to explain");
		(void)snprintf(file, sizeof(file), "%s/data.mdb", b.folder);
		CHECK(unlink(file) == 0, "removed");
		CHECK_INT(box_event(&b, &r, 1), ERR_STORE, "what no start would find is refused");
		store_why(b.s, b.why);
		CHECK(strstr(b.why, "was removed") != NULL, "in words: %s", b.why);
		CHECK(store_trouble(b.s) != NULL, "and people are told");
		CHECK(!store_is_broken(b.s), "that it is not stored is known");
	}
	box_done(&b);
}

/* ---- other processes */

static _Noreturn void write_events(struct box *b, unsigned from, unsigned to,
				   _Atomic unsigned *done)
{
	struct rng r;
	enum err e = store_open(&b->s, b->folder, STORE_WRITE, b->why);

	if (b->why[0] != '\0') {	/* not even a warning */
		(void)fprintf(stderr, "a writer's start: %s\n", b->why);
		_exit(2);
	}
	rng_seed(&r, from + 1);
	for (unsigned i = from; e == OK && i < to; i++) {
		e = box_event(b, &r, i);
		if (e == OK)
			atomic_store(done, i + 1);
	}
	store_close(b->s);
	_exit(e == OK ? 0 : 1);
}

static _Atomic unsigned *shared_number(void)
{
	void *p = mmap(NULL, sizeof(_Atomic unsigned), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		abort();
	return p;
}

void test_store_read_beside_a_writer(void)
{
	_Atomic unsigned *done = shared_number();
	unsigned rounds = 0;
	struct box b;

	box_init(&b);
	pid_t child = fork();
	if (child == 0)
		write_events(&b, 0, 400, done);
	while (atomic_load(done) < 400 && rounds < 100000) {
		unsigned before = atomic_load(done), orders = 0, notes = 0;
		struct timespec pause = { 0, 1000000 };
		(void)nanosleep(&pause, NULL);
		if (before == 0)
			continue;
		uint64_t records, bad;
		CHECK_INT(store_verify(b.folder, &records, &bad, b.why), OK, "verified: %s",
			  b.why);
		if (!box_open(&b, STORE_READ))
			break;
		CHECK_INT(store_orders(b.s, 0, count_each, &orders), OK, "orders");
		CHECK_INT(store_notes(b.s, 0, count_each, &notes), OK, "notes");
		CHECK(orders >= before && notes >= 2 * orders, "%u orders, %u notes", orders,
		      notes);
		CHECK(b.why[0] == '\0', "no warning: %s", b.why);
		box_close(&b);
		rounds++;
	}
	CHECK_INT(wait_for(child), 0, "the writer is not disturbed");
	CHECK(rounds > 0, "read %u times", rounds);
	(void)munmap((void *)done, sizeof(*done));
	box_done(&b);
}

/* Two commits later the root of a commit is no more in the file: that is no damage. */
void test_store_root_that_is_gone(void)
{
	char file[128];
	struct pages p;
	struct rng r;
	struct box b;
	bool words;

	rng_seed(&r, check_seed());
	box_init(&b);
	if (!box_open(&b, STORE_WRITE))
		return;
	for (unsigned i = 0; i < 4; i++)
		CHECK_INT(box_event(&b, &r, i), OK, "event %u", i);
	box_path(&b, file, FILE_DATA);
	for (size_t back = 0; back < 4; back++) {
		CHECK(pages_open(&p, file, &words) == NULL, "the file is read");
		size_t a = p.meta[0].txn, newest = a > p.meta[1].txn ? a : p.meta[1].txn;
		bool there = pages_choose(&p, newest - back) == NULL;
		CHECK(there == (back < 2), "two commits have their roots: %zu before", back);
		CHECK_INT(p.error, there ? 0 : EAGAIN, "and another moment may be tried");
		pages_close(&p);
	}
	box_close(&b);
	box_done(&b);
}

void test_store_killed_200_times(void)
{
	_Atomic unsigned *done = shared_number();
	unsigned orders = 0, lost = 0, kills = 0;
	struct rng r;
	struct box b;

	rng_seed(&r, check_seed());
	box_init(&b);
	for (; kills < 200 && lost == 0; kills++) {
		unsigned from = orders;
		int status;
		struct timespec pause = { 0, (long)rng_below(&r, 12000000) };
		atomic_store(done, from);
		pid_t child = fork();
		if (child == 0)
			write_events(&b, from, UINT32_MAX, done);
		/* Most of them in the middle of writing, some while it starts. */
		for (int i = 0; kills % 8 != 0 && atomic_load(done) == from && i < 50000; i++)
			(void)usleep(200);
		(void)nanosleep(&pause, NULL);
		(void)kill(child, SIGKILL);
		status = wait_for(child);
		CHECK(WIFSIGNALED(status), "kill %u: it ended by itself: %d", kills, status);
		unsigned acknowledged = atomic_load(done);
		enum err e = store_open(&b.s, b.folder, STORE_READ, b.why);
		orders = 0;
		if (e == OK)
			e = store_orders(b.s, 0, count_each, &orders);
		CHECK(e == OK || (e == ERR_NOTFOUND && acknowledged == 0), "kill %u: %s", kills,
		      b.why);
		CHECK(b.why[0] == '\0' || e != OK, "kill %u, a warning: %s", kills, b.why);
		lost += orders < acknowledged || orders > acknowledged + 1;
		box_close(&b);
	}
	CHECK(lost == 0, "after %u kills: an acknowledged commit is lost, seed %llu", kills,
	      (unsigned long long)check_seed());
	CHECK(orders > 200, "%u events were written", orders);
	(void)munmap((void *)done, sizeof(*done));
	box_done(&b);
}
