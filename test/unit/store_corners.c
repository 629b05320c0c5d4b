/* What happens rarely: names that are none, places that are others', limits. */
#include "store/pages.h"
#include "store/verify.h"
#include "test/failing.h"
#include "test/unit/store_box.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool begin(struct box *b, unsigned events)
{
	struct rng r;

	rng_seed(&r, check_seed());
	box_init_quick(b);
	if (!box_open(b, STORE_WRITE))
		return false;
	for (unsigned i = 0; i < events; i++)
		CHECK_INT(box_event(b, &r, i), OK, "an event: %s", b->why);
	return true;
}

static unsigned orders_of(struct box *b)
{
	unsigned n = 0;

	CHECK_INT(store_orders(b->s, 0, count_each, &n), OK, "orders are read");
	return n;
}

/* ---- places */

void test_store_places_that_are_none(void)
{
	char file[128], below[160];
	uint64_t records, bad;
	struct box b;

	if (!begin(&b, 1))
		return;
	CHECK_INT(store_backup(b.s, "", b.why), ERR_CONFIG, "a backup without a name");
	box_close(&b);
	CHECK_INT(store_restore("", b.folder, b.why), ERR_CONFIG, "a backup without a name");
	CHECK_INT(store_restore(b.folder, "", b.why), ERR_CONFIG, "a folder without a name");
	CHECK_INT(store_restore("/", b.folder, b.why), ERR_CONFIG, "everything there is");
	CHECK(strncmp(b.why, "/ ", 2) == 0, "by its name: %s", b.why);
	CHECK_INT(store_verify("//", &records, &bad, b.why), ERR_CONFIG, "that, too");
	CHECK_INT(store_open(&b.s, "", STORE_READ, b.why), ERR_CONFIG, "no name: %s", b.why);
	(void)snprintf(file, sizeof(file), "%s/file", b.root);
	int fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && close(fd) == 0, "a file");
	CHECK_INT(store_open(&b.s, file, STORE_READ, b.why), ERR_CONFIG, "it is none");
	CHECK(strstr(b.why, "is not a folder") != NULL, "in words: %s", b.why);
	failing("mkdir", 1, EROFS, true);
	CHECK_INT(store_open(&b.s, file, STORE_WRITE, b.why), ERR_IO, "no folder is made of it");
	CHECK(failing_end() && strstr(b.why, "cannot make folder") != NULL, "in words: %s", b.why);
	(void)snprintf(below, sizeof(below), "%s/x", file);
	CHECK_INT(store_open(&b.s, below, STORE_READ, b.why), ERR_NOTFOUND, "below it is none");
	CHECK_INT(store_restore(below, b.folder, b.why), ERR_NOTFOUND, "no backup, either");
	(void)snprintf(below, sizeof(below), "%s/empty", b.root);
	CHECK_INT(mkdir(below, 0700), 0, "an empty folder");
	CHECK_INT(store_verify(below, &records, &bad, b.why), ERR_NOTFOUND, "nothing in it");
	CHECK(strstr(b.why, "nothing is stored yet") != NULL, "in words: %s", b.why);
	CHECK(box_open(&b, STORE_WRITE) && orders_of(&b) == 1, "it is as it was");
	box_done(&b);
}

/* A store's own folder is put elsewhere: not while somebody has it. */
void test_store_restored_from_a_store(void)
{
	struct box b, to;

	if (!begin(&b, 3))
		return;
	box_init(&to);		/* on another disk, maybe: both are open at once */
	CHECK_INT(store_restore(b.folder, to.folder, to.why), ERR_REFUSED, "it is held");
	CHECK(strstr(to.why, "is held by another gambler") != NULL, "in words: %s", to.why);
	CHECK(box_open(&to, STORE_WRITE) && orders_of(&to) == 0, "nothing has come");
	box_close(&to);
	box_close(&b);
	box_done(&to);
	box_init(&to);
	CHECK_INT(store_restore(b.folder, to.folder, to.why), OK, "then it is put there");
	CHECK(to.why[0] == '\0', "nothing was there that would be kept: %s", to.why);
	CHECK(box_open(&to, STORE_WRITE) && orders_of(&to) == 3, "all of it");
	box_close(&to);
	failing("mkdir", 1, EROFS, true);
	CHECK_INT(store_restore(b.folder, to.folder, to.why), ERR_IO, "without its copy");
	CHECK(failing_end() && strstr(to.why, "cannot make folder") != NULL, "in words: %s",
	      to.why);
	CHECK(box_open(&to, STORE_WRITE) && orders_of(&to) == 3, "it is there all the same");
	CHECK(box_open(&b, STORE_WRITE) && orders_of(&b) == 3, "and it is here, too");
	box_done(&to);
	box_done(&b);
}

/* ---- the other root */

/* The page with the older root is told another tree. */
static void other_root(struct box *b, bool gone)
{
	const size_t head = sizeof(size_t) + 8;
	struct page_meta m[2];
	char path[128];

	box_close(b);
	box_path(b, path, FILE_DATA);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	CHECK(pread(fd, &m[0], sizeof(m[0]), (off_t)head) == sizeof(m[0]), "a root");
	size_t page = m[0].free.pad;
	CHECK(pread(fd, &m[1], sizeof(m[1]), (off_t)(page + head)) == sizeof(m[1]), "another");
	size_t older = m[0].txn > m[1].txn;
	m[older].main = m[!older].main;
	m[older].last = m[!older].last;
	if (gone)
		m[older].main.root = SIZE_MAX;
	CHECK(pwrite(fd, &m[older], sizeof(m[0]), (off_t)(older * page + head)) == sizeof(m[0]),
	      "it is another");
	CHECK_INT(close(fd), 0, "closed");
}

void test_store_other_root_is_no_commit_before(void)
{
	static const struct { unsigned events; bool gone; const char *what; } cases[] = {
		{ 0, false, "a root before the first commit, of its tree" },
		{ 2, false, "a root with the tree of the commit behind it" },
		{ 2, true, "a root without a tree" },
	};
	struct verdict v;
	struct box b;

	for (size_t i = 0; i < COUNT(cases); i++) {
		if (!begin(&b, cases[i].events))
			return;
		other_root(&b, cases[i].gone);
		verify_here(b.folder, true, &v);
		CHECK(v.err == OK && !v.damaged && strstr(v.why, "may be missing") != NULL,
		      "%s: %d, %s", cases[i].what, v.err, v.why);
		CHECK(box_open(&b, STORE_WRITE) && orders_of(&b) == cases[i].events,
		      "%s: what there is, is there", cases[i].what);
		box_done(&b);
	}
}

/* ---- the chain */

/* As if somebody had: the fill with all checksums and sums, but no entry. */
static void change(struct box *b, const struct fill *f)
{
	struct fill other = *f;
	struct key k;

	other.value.n++;
	key_fill(&k, f);
	CHECK_INT(store_put(b->s, &k, REC_FILL, &other), OK, "changed");
}

void test_store_chain_of_several_changes(void)
{
	static const struct { int from; const char *words; } cases[] = {
		{ 1, "entry 2 of 2 (c1), which is of a record that is another now" },
		{ 0, "several of 2 entries, which are of records that are others now" },
	};
	uint64_t records, bad;
	struct fill f[2];
	struct rng r;
	struct box b;
	bool known;

	rng_seed(&r, check_seed());
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (!begin(&b, 0))
			return;
		CHECK_INT(store_begin(b.s), OK, "begins");
		CHECK_INT(audit_start(b.s), OK, "without facts there is no chain");
		CHECK_INT(b.s->totals.facts, 0, "none");
		for (unsigned k = 0; k < 2; k++) {
			make_fill(&f[k], &r, k);
			CHECK_INT(store_add_fill(b.s, &f[k], &known), OK, "a fill");
		}
		CHECK_INT(store_commit(b.s, b.why), OK, "committed: %s", b.why);
		CHECK_INT(store_begin(b.s), OK, "somebody begins");
		for (int k = cases[i].from; k < 2; k++)
			change(&b, &f[k]);
		CHECK_INT(store_commit(b.s, b.why), OK, "changed: %s", b.why);
		box_close(&b);
		CHECK_INT(store_verify(b.folder, &records, &bad, b.why), ERR_STORE, "verified");
		CHECK(strstr(b.why, cases[i].words) != NULL, "%s: %s", cases[i].words, b.why);
		box_done(&b);
	}
}

void test_store_fill_that_is_known_better(void)
{
	struct fill f, other;
	struct rng r;
	struct box b;
	bool known;

	rng_seed(&r, check_seed());
	if (!begin(&b, 0))
		return;
	make_fill(&f, &r, 0);
	CHECK(store_begin(b.s) == OK && store_add_fill(b.s, &f, &known) == OK && !known, "a fill");
	CHECK(store_add_fill(b.s, &f, &known) == OK && known, "the same");
	other = f;
	other.value.n ^= 1;
	CHECK(store_add_fill(b.s, &other, &known) == OK && !known, "of another price");
	other.from_snapshot = !other.from_snapshot;
	CHECK(store_add_fill(b.s, &other, &known) == OK && !known, "from elsewhere");
	CHECK_INT(b.s->totals.facts, 3, "each is in the chain");
	CHECK_INT(store_commit(b.s, b.why), OK, "committed: %s", b.why);
	box_done(&b);
}

/* ---- symbols */

/* So many symbols of an earlier run, in one commit; the store is closed then. */
static void put_names(struct box *b, unsigned n)
{
	struct name_record r = { "OLD" };
	struct key k;

	CHECK_INT(store_begin(b->s), OK, "begins");
	for (unsigned i = 0; i < n; i++) {
		key_name(&k, (uint16_t)i);
		CHECK_INT(store_put(b->s, &k, REC_NAME, &r), OK, "a name");
	}
	CHECK_INT(store_commit(b->s, b->why), OK, "%s", b->why);
	box_close(b);
}

void test_store_has_room_for_so_many_symbols(void)
{
	static struct symbols table, full;
	char name[SYMBOL_TEXT];
	struct box b;
	sym s;

	table.n = full.n = 0;
	CHECK_INT(symbols_add(&table, STR("NEW"), &s), OK, "a symbol");
	for (unsigned i = 0; i < SYMBOLS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "S%u", i);
		CHECK_INT(symbols_add(&full, str_of(name), &s), OK, "one of many");
	}
	if (!begin(&b, 0))
		return;
	put_names(&b, 1);
	/* A command, whose table has no room for a name of the store. */
	if (!box_open(&b, STORE_READ))
		return;
	CHECK_INT(store_symbols(b.s, &full), OK, "it goes without");
	CHECK_INT(b.s->names.in[0], SYM_NONE, "that one is none");
	box_close(&b);
	if (!box_open(&b, STORE_WRITE))
		return;
	put_names(&b, STORE_NAMES_MAX);
	if (!box_open(&b, STORE_WRITE))
		return;
	CHECK_INT(store_symbols(b.s, &table), ERR_FULL, "no more names than that");
	CHECK(b.s->txn == NULL && !b.s->names.bound, "nothing of it is done");
	box_done(&b);
}

void test_store_symbols_that_cannot_be_stored(void)
{
	static const struct { const char *call; unsigned n; enum err e; } cases[] = {
		{ "mdb_txn_begin", 1, ERR_STORE }, { "mdb_get", 2, ERR_STORE },
		{ "mdb_put", 1, ERR_STORE }, { "mdb_txn_commit", 1, ERR_STORE },
	};
	struct symbols table = { 0 };
	struct box b;
	sym s;

	CHECK(symbols_add(&table, STR("A"), &s) == OK && symbols_add(&table, STR("B"), &s) == OK,
	      "two symbols");
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (!begin(&b, 0))
			return;
		put_names(&b, 1);
		if (!box_open(&b, STORE_WRITE))
			return;
		failing(cases[i].call, cases[i].n, ENOMEM, false);
		CHECK_INT(store_symbols(b.s, &table), cases[i].e, "%s fails", cases[i].call);
		CHECK(failing_end() && b.s->txn == NULL && !b.s->names.bound, "it is not done");
		box_done(&b);
	}
}

/* ---- what is told */

void test_store_figures_that_are_not_to_be_had(void)
{
	struct store_stats st;
	struct box b;

	if (!begin(&b, 1))
		return;
	failing("mdb_txn_begin", 1, ENOMEM, false);
	store_figures(b.s, &st);
	CHECK(failing_end() && st.file_bytes == 0 && st.records == 0 && st.commits > 0,
	      "without a look at the file, what is counted");
	failing("fstat", 1, EIO, false);
	store_figures(b.s, &st);
	CHECK(failing_end() && st.file_bytes == 0 && st.records > 0, "without its size");
	failing("mdb_env_info", 1, EINVAL, false);
	store_figures(b.s, &st);
	CHECK(failing_end() && st.map_bytes == 0 && st.file_bytes > 0, "without the map");
	failing("mdb_get", 1, EINVAL, false);
	store_figures(b.s, &st);
	CHECK(failing_end() && st.records == 0 && st.map_bytes > 0, "without the totals");
	box_done(&b);
}

/* The kernel counts no bytes: the records' own are. */
void test_store_bytes_that_nobody_counts(void)
{
	struct box b;

	if (!begin(&b, 1))
		return;
	(void)close(b.s->io_fd);
	b.s->io_fd = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
	b.s->io_tid = (pid_t)syscall(SYS_gettid);
	uint64_t before = atomic_load(&b.s->bytes_written);
	CHECK(store_begin(b.s) == OK && store_put_account(b.s, STR("mine")) == OK, "an account");
	uint64_t bytes = b.s->payload;
	CHECK_INT(store_commit(b.s, b.why), OK, "stored: %s", b.why);
	CHECK(atomic_load(&b.s->bytes_written) - before == bytes, "%u bytes are told",
	      (unsigned)(atomic_load(&b.s->bytes_written) - before));
	box_done(&b);
}

/* ---- texts of any length, and ranges */

void test_store_texts_that_are_too_long(void)
{
	static const char text[] =
		"a text that is longer than any name of an account or of anybody "
		"who has a word to say, and than an id of an order";
	char who[64], id[UUID_TEXT];
	enum kill_state kill;
	struct order o;
	struct trade t;
	unsigned n = 0;
	struct box b;
	ns ts;

	if (!begin(&b, 2))
		return;
	CHECK_INT(store_begin(b.s), OK, "begins");
	CHECK_INT(store_put_account(b.s, str_of(text)), ERR_RANGE, "no account has such an id");
	CHECK_INT(store_put_kill(b.s, KILL_HALT, str_of(text), 5), OK, "a word is a word");
	CHECK_INT(store_commit(b.s, b.why), OK, "stored: %s", b.why);
	CHECK_INT(store_kill(b.s, &kill, who, &ts), OK, "read");
	CHECK(strlen(who) == sizeof(who) - 1 && strncmp(who, text, sizeof(who) - 1) == 0,
	      "its beginning: %s", who);
	CHECK_INT(store_account(b.s, id), ERR_NOTFOUND, "no account");
	CHECK_INT(store_order(b.s, str_of(text), &o), ERR_NOTFOUND, "no order");
	CHECK_INT(store_order(b.s, STR(""), &o), ERR_NOTFOUND, "nor without an id");
	CHECK_INT(store_trade(b.s, STR(""), &t), ERR_NOTFOUND, "no trade");
	/* The next key behind it is a shorter one. */
	CHECK_INT(store_orders_of(b.s, STR("zzzzzzzzzzzzzzzzzzzz"), count_each, &n), OK, "none");
	CHECK_INT(n, 0, "no order is of that trade");
	box_done(&b);
}

void test_store_equity_within_a_minute(void)
{
	struct equity_point p = { .ts = 90 * NS_SECOND };
	unsigned n = 0;
	struct box b;

	if (!begin(&b, 0))
		return;
	CHECK(store_begin(b.s) == OK && store_add_equity(b.s, &p) == OK &&
	      store_commit(b.s, b.why) == OK, "a point: %s", b.why);
	CHECK(store_equity(b.s, 91 * NS_SECOND, 99 * NS_SECOND, count_each, &n) == OK && n == 0,
	      "before what is asked for");
	CHECK(store_equity(b.s, 61 * NS_SECOND, 89 * NS_SECOND, count_each, &n) == OK && n == 0,
	      "behind it");
	CHECK(store_equity(b.s, 90 * NS_SECOND, 90 * NS_SECOND, count_each, &n) == OK && n == 1,
	      "the moment itself");
	box_done(&b);
}

/* While the file is being opened again. */
void test_store_closed_to_readers(void)
{
	char extra[128];
	struct trade t;
	struct box b;

	if (!begin(&b, 1))
		return;
	(void)snprintf(extra, sizeof(extra), "%s/backup", b.root);
	atomic_store(&b.s->closed, true);
	CHECK_INT(store_trade(b.s, STR("t0"), &t), ERR_STORE, "nothing is read");
	CHECK(store_backup(b.s, extra, b.why) != OK && b.why[0] != '\0', "no backup: %s", b.why);
	atomic_store(&b.s->closed, false);
	CHECK_INT(store_trade(b.s, STR("t0"), &t), OK, "then it is");
	failing("mdb_env_copy2", 1, ENOSPC, false);
	CHECK_INT(store_backup(b.s, extra, b.why), ERR_IO, "a full disk");
	CHECK(failing_end() && strstr(b.why, "No space left") != NULL, "in words: %s", b.why);
	CHECK_INT(store_backup(b.s, extra, b.why), OK, "and a backup is made: %s", b.why);
	box_done(&b);
}
