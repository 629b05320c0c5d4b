/* The way back: copies, backups, a file whose sync failed, older files; and the chain that tells
 * whether somebody has changed what was stored. */
#include "test/unit/store_box.h"

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned orders_of(struct box *b)
{
	unsigned n = 0;

	CHECK_INT(store_orders(b->s, 0, count_each, &n), OK, "orders are read");
	return n;
}

static void events(struct box *b, struct rng *r, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		CHECK_INT(box_event(b, r, i), OK, "event %u: %s", i, b->why);
}

static bool begin(struct box *b, struct rng *r, unsigned n)
{
	rng_seed(r, check_seed());
	box_init(b);
	if (!box_open(b, STORE_WRITE))
		return false;
	events(b, r, 0, n);
	return true;
}

static void damage(const struct box *b, const char *file)
{
	char path[128], zero[4096] = "";

	box_path(b, path, file);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	for (off_t page = 2; page < 6; page++)
		CHECK(pwrite(fd, zero, sizeof(zero), page * 4096) == sizeof(zero), "damaged");
	CHECK(close(fd) == 0, "closed");
}

static size_t kept_as(const struct box *b, const char *word)
{
	char pattern[128], name[64];
	glob_t g;

	(void)snprintf(name, sizeof(name), "data.mdb.%s-*", word);
	box_path(b, pattern, name);
	size_t n = glob(pattern, 0, NULL, &g) == 0 ? g.gl_pathc : 0;
	globfree(&g);
	return n;
}

static void expect(struct box *b, unsigned orders, const char *words)
{
	box_close(b);
	if (!box_open(b, STORE_WRITE))
		return;
	CHECK(words[0] == '\0' ? b->why[0] == '\0' : strstr(b->why, words) != NULL,
	      "in words (%s): %s", words, b->why);
	CHECK_INT(orders_of(b), orders, "what it goes on from");
}

void test_store_rescued_by_copies(void)
{
	char path[128];
	struct rng r;
	struct box b;

	if (!begin(&b, &r, 10))
		return;
	CHECK_INT(store_keep(b.s, b.why), OK, "copied: %s", b.why);
	events(&b, &r, 10, 15);
	CHECK_INT(store_keep(b.s, b.why), OK, "copied again: %s", b.why);
	events(&b, &r, 15, 20);
	expect(&b, 20, "");
	box_close(&b);
	damage(&b, FILE_DATA);
	CHECK_INT(store_open(&b.s, b.folder, STORE_CONTROL, b.why), ERR_STORE, "short: refused");
	CHECK_INT(kept_as(&b, "damaged"), 0, "and left as it is");
	expect(&b, 15, "goes on from its last copy");
	CHECK_INT(kept_as(&b, "damaged"), 1, "the damaged file is kept");
	events(&b, &r, 15, 18);
	expect(&b, 18, "");
	box_close(&b);
	damage(&b, FILE_DATA);
	damage(&b, "copy.0/data.mdb");
	expect(&b, 10, "goes on from its last copy");
	box_close(&b);
	damage(&b, "copy.1/data.mdb");
	box_path(&b, path, FILE_DATA);
	CHECK(unlink(path) == 0, "lost");
	expect(&b, 0, "history is lost");
	events(&b, &r, 0, 5);
	expect(&b, 5, "");
	box_done(&b);
}

void test_store_backup_put_back(void)
{
	char copy[160];
	struct rng r;
	struct box b;

	if (!begin(&b, &r, 8))
		return;
	(void)snprintf(copy, sizeof(copy), "%s/copy", b.root);
	CHECK_INT(store_backup(b.s, copy, b.why), OK, "copied: %s", b.why);
	events(&b, &r, 8, 12);
	CHECK_INT(store_restore(copy, b.folder, b.why), ERR_REFUSED, "while it is held");
	box_close(&b);
	CHECK_INT(store_restore(b.root, b.folder, b.why), ERR_NOTFOUND, "no backup: %s", b.why);
	CHECK_INT(store_restore(copy, b.folder, b.why), OK, "put back: %s", b.why);
	CHECK_INT(kept_as(&b, "before"), 1, "what was there is kept");
	expect(&b, 8, "");
	box_done(&b);
}

void test_store_older_file_is_noticed(void)
{
	char copy[160], data[192], path[128], why[STORE_WHY];
	struct rng r;
	struct box b;

	if (!begin(&b, &r, 4))
		return;
	(void)snprintf(copy, sizeof(copy), "%s/copy", b.root);
	(void)snprintf(data, sizeof(data), "%s/data.mdb", copy);
	CHECK_INT(store_backup(b.s, copy, b.why), OK, "copied: %s", b.why);
	box_close(&b);
	for (unsigned i = 4; i < 7 && box_open(&b, STORE_WRITE); i++) {
		events(&b, &r, i, i + 1);
		box_close(&b);
	}
	box_path(&b, path, FILE_DATA);
	CHECK_INT(file_copy(data, path, why), OK, "an older file in its place: %s", why);
	expect(&b, 4, "is older than the one that was there (start 1 of 4)");
	events(&b, &r, 4, 5);
	expect(&b, 5, "");
	box_done(&b);
}

/* A history that begins anew counts its records from 0: copies of the one before have more of them,
 * and are not what is to be gone on from. */
void test_store_copies_of_another_history(void)
{
	char path[128];
	struct rng r;
	struct box b;

	if (!begin(&b, &r, 30))
		return;
	CHECK_INT(store_keep(b.s, b.why), OK, "copied: %s", b.why);
	box_close(&b);
	box_path(&b, path, FILE_DATA);
	CHECK(unlink(path) == 0, "lost");
	damage(&b, "copy.0/data.mdb");
	expect(&b, 0, "history is lost");
	/* As if that copy had been whole: of 30 events, beside one of 3. */
	events(&b, &r, 0, 3);
	CHECK_INT(store_keep(b.s, b.why), OK, "copied: %s", b.why);
	box_close(&b);
	struct box old;
	box_init(&old);
	if (!box_open(&old, STORE_WRITE))
		return;
	events(&old, &r, 0, 30);
	box_path(&b, path, "copy.1/data.mdb");
	(void)unlink(path);
	box_path(&b, path, "copy.1");
	(void)rmdir(path);
	CHECK_INT(store_backup(old.s, path, old.why), OK, "%s", old.why);
	box_done(&old);
	damage(&b, FILE_DATA);
	expect(&b, 3, "goes on from its last copy");
	box_done(&b);
}

/* What was put back is gone on from, not what it has replaced. */
void test_store_restored_has_its_own_copies(void)
{
	char copy[160], path[128];
	struct rng r;
	struct box b;

	if (!begin(&b, &r, 6))
		return;
	(void)snprintf(copy, sizeof(copy), "%s/copy", b.root);
	CHECK_INT(store_backup(b.s, copy, b.why), OK, "copied: %s", b.why);
	events(&b, &r, 6, 20);
	CHECK(store_keep(b.s, b.why) == OK && store_keep(b.s, b.why) == OK, "%s", b.why);
	box_close(&b);
	CHECK_INT(store_restore(copy, b.folder, b.why), OK, "put back: %s", b.why);
	damage(&b, FILE_DATA);
	expect(&b, 6, "goes on from its last copy");
	box_close(&b);
	/* Back to what was replaced: one of its copies is a backup, too. */
	glob_t g;
	box_path(&b, path, "copy.?.before-*");
	if (CHECK(glob(path, 0, NULL, &g) == 0 && g.gl_pathc == 2, "both were kept")) {
		CHECK_INT(store_restore(g.gl_pathv[1], b.folder, b.why), OK, "back: %s", b.why);
		globfree(&g);
	}
	expect(&b, 20, "");
	box_close(&b);
	box_path(&b, path, "copy.0");
	CHECK_INT(store_restore(path, b.folder, b.why), OK, "from a copy: %s", b.why);
	expect(&b, 20, "");
	box_done(&b);
}

/* Without the file and without what counts openings, copies tell that there was a store. */
void test_store_copies_without_their_file(void)
{
	char path[128];
	struct rng r;
	struct box b;

	if (!begin(&b, &r, 7))
		return;
	CHECK_INT(store_keep(b.s, b.why), OK, "copied: %s", b.why);
	box_close(&b);
	box_path(&b, path, "generation");
	CHECK(unlink(path) == 0, "lost");
	box_path(&b, path, FILE_DATA);
	CHECK(unlink(path) == 0, "lost, too");
	CHECK_INT(store_open(&b.s, b.folder, STORE_READ, b.why), ERR_NOTFOUND, "reading: %s",
		  b.why);
	expect(&b, 7, "was gone; gambler goes on from its last copy");
	box_close(&b);
	CHECK(truncate(path, 0) == 0, "emptied");
	expect(&b, 7, "was empty, it is kept as ");
	box_close(&b);
	/* `gambler halt` comes first: it must not begin a new history over the copies. */
	CHECK(unlink(path) == 0, "lost again");
	CHECK_INT(store_open(&b.s, b.folder, STORE_CONTROL, b.why), OK, "control: %s", b.why);
	box_close(&b);
	expect(&b, 7, "");
	box_done(&b);
}

/* A reader that is killed holds its pages until somebody looks: the running one does, each time
 * that it copies. */
void test_store_forgets_readers_that_were_killed(void)
{
	MDB_txn *txn;
	struct rng r;
	struct box b;
	int dead = 0;

	if (!begin(&b, &r, 7))
		return;
	pid_t child = fork();
	if (child == 0) {
		struct store *s;
		char why[STORE_WHY];
		if (store_open(&s, b.folder, STORE_READ, why) == OK &&
		    mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn) == 0)
			(void)raise(SIGKILL);
		_exit(1);
	}
	int status = 0;
	CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status),
	      "it reads, and is killed");
	CHECK_INT(store_keep(b.s, b.why), OK, "copied: %s", b.why);
	CHECK(mdb_reader_check(b.s->env, &dead) == 0 && dead == 0, "%d are still there", dead);
	box_done(&b);
}

/* As if a commit's sync had failed: with it, or without it, in the file. */
void test_store_mended(void)
{
	struct rng r;
	struct box b;
	bool written;

	if (!begin(&b, &r, 5))
		return;
	for (unsigned i = 0; i < 6; i++) {
		b.s->failed_txn += i % 2;
		atomic_store(&b.s->broken, true);
		CHECK_INT(store_begin(b.s), ERR_IO, "nothing is stored meanwhile");
		CHECK_INT(store_mend(b.s, &written, b.why), OK, "mended: %s", b.why);
		CHECK_INT(written, i % 2 == 0, "whether it was stored");
		events(&b, &r, 5 + i, 6 + i);
		CHECK_INT(orders_of(&b), 6 + i, "all is there");
	}
	expect(&b, 11, "");
	box_close(&b);
	/* A file that is damaged is only mended by a new start. */
	if (box_open(&b, STORE_WRITE)) {
		atomic_store(&b.s->broken, true);
		damage(&b, FILE_DATA);
		CHECK_INT(store_mend(b.s, &written, b.why), ERR_STORE, "damaged: %s", b.why);
		CHECK(store_is_broken(b.s), "and stays so");
		CHECK_INT(store_mend(b.s, &written, b.why), ERR_STORE, "again: %s", b.why);
	}
	expect(&b, 0, "history is lost");
	box_done(&b);
}

static bool first_fill(void *ctx, const void *record)
{
	memcpy(ctx, record, sizeof(struct fill));
	return false;
}

/* With checksums and sums as they have to be. */
static void change_fill(struct box *b, const struct fill *f)
{
	struct key k;

	key_fill(&k, f);
	CHECK(store_begin(b->s) == OK && store_put(b->s, &k, REC_FILL, f) == OK &&
	      store_commit(b->s, b->why) == OK, "changed: %s", b->why);
}

static void chain_is(struct box *b, const char *words)
{
	uint64_t records, bad;
	char why[STORE_WHY];

	box_close(b);
	CHECK_INT(store_verify(b->folder, &records, &bad, why), words[0] == '\0' ? OK : ERR_STORE,
		  "verified: %s", why);
	CHECK(strstr(why, words) != NULL, "in words (%s): %s", words, why);
	(void)box_open(b, STORE_WRITE);
}

void test_store_chain_breaks_where_it_was_changed(void)
{
	struct fill f, other;
	struct rng r;
	struct box b;
	bool known;

	if (!begin(&b, &r, 12))
		return;
	CHECK(store_begin(b.s) == OK &&
	      store_put_kill(b.s, KILL_HALT, STR("me"), 5) == OK &&
	      store_put_kill(b.s, KILL_RUN, STR("you"), 6) == OK &&
	      store_commit(b.s, b.why) == OK, "the kill switch: %s", b.why);
	chain_is(&b, "");
	CHECK_INT(store_fills(b.s, first_fill, &f), OK, "a fill");
	/* More becomes known of it: another entry. */
	other = f;
	memset(other.execution, 0, sizeof(other.execution));
	(void)snprintf(other.execution, sizeof(other.execution), "%s",
		       f.execution[0] != '\0' ? f.execution : "e1");
	other.n.n++;
	CHECK(store_begin(b.s) == OK && store_add_fill(b.s, &other, &known) == OK &&
	      store_commit(b.s, b.why) == OK, "known better: %s", b.why);
	chain_is(&b, "");
	/* Somebody changes it, back to what it was. */
	change_fill(&b, &f);
	chain_is(&b, f.order);
	CHECK(strstr(b.why, "chain") != NULL, "the next start says so: %s", b.why);
	events(&b, &r, 12, 13);
	chain_is(&b, "another now");
	change_fill(&b, &other);
	chain_is(&b, "another now");	/* its number is not that of the record before */
	box_done(&b);
}
