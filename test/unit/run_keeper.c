/* The store's keeper: a store whose commit failed is written anew and says what is in it; one that
 * cannot be saved stays broken until the next start. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "check.h"
#include "test/failing.h"
#include "test/unit/run_start.h"

static bool has_copies(const struct config *c, int n)
{
	char path[CONFIG_TEXT + 32];
	struct stat st;

	(void)snprintf(path, sizeof path, "%s/copy.%d/data.mdb", c->folder, n - 1);
	return stat(path, &st) == 0;
}

static bool has_copy(const struct config *c)
{
	return has_copies(c, 1);
}

void test_keeper_copies_what_is_stored(void)
{
	if (!start_begin())
		return;
	struct config *c = start_configured("");
	struct live *l = start_opened(c);
	start_closed();
	l = start_opened(c);
	store_close(l->store);
	CHECK_INT(store_open(&l->store, c->folder, STORE_READ, start.why), OK, "%s", start.why);
	keeper_copy(l);
	CHECK(!has_copy(c), "where nothing was stored nothing is copied");
	start_closed();
	l = start_opened(c);
	live_session_begin(l);
	log_init(LOG_WARN, NULL, false);
	uint64_t warned = log_count(LOG_WARN);
	failing("mdb_env_copy2", 1, ENOSPC, false);
	keeper_copy(l);
	CHECK(failing_end() && !has_copy(c) && log_count(LOG_WARN) == warned + 1,
	      "a full disk has no copy, which is said");
	keeper_copy(l);
	CHECK(has_copy(c), "then there is one");
	start_closed();
	start_done();
}

/* What people say is not to be lost with the file: there is a copy of it soon. */
void test_keeper_copies_behind_a_command(void)
{
	if (!start_begin())
		return;
	struct config *c = start_configured("");
	struct live *l = start_opened(c);
	ns now = mono_ns();
	struct keeper k = { .copy_at = now + NS_HOUR, .wait = NS_HOUR };

	live_session_begin(l);
	atomic_store(&l->copy_at, now + 2);
	keeper_look(l, &k, now + 1);
	CHECK(!has_copy(c), "not before the writer has it");
	keeper_look(l, &k, now + 2);
	CHECK(has_copy(c) && !has_copies(c, 2), "then there is one");
	keeper_look(l, &k, now + 3);
	CHECK(!has_copies(c, 2), "and not another");
	CHECK_INT(k.copy_at, now + NS_HOUR, "those that are due come all the same");
	start_closed();
	start_done();
}

void test_keeper_copies_soon_and_then_once_an_hour(void)
{
	if (!start_begin())
		return;
	struct config *c = start_configured("");
	struct live *l = start_opened(c);
	ns now = mono_ns();
	struct keeper k = { .copy_at = now + 1, .wait = NS_MINUTE * 8 };

	live_session_begin(l);
	keeper_look(l, &k, now);
	CHECK(!has_copy(c), "before the first minute is over there is none");
	keeper_look(l, &k, now + 1);
	CHECK(has_copy(c), "then there is one");
	CHECK_INT(k.copy_at, now + 1 + NS_MINUTE * 8, "the next is minutes later");
	keeper_look(l, &k, k.copy_at);
	CHECK(!has_copies(c, 2), "nothing is new: no second one");
	CHECK_INT(k.copy_at, now + 1 + NS_MINUTE * 8 + NS_HOUR, "then it is an hour");
	keeper_look(l, &k, k.copy_at - 1);
	CHECK_INT(k.copy_at, now + 1 + NS_MINUTE * 8 + NS_HOUR, "and not earlier");
	live_session_end(l);
	keeper_look(l, &k, k.copy_at);
	CHECK(has_copies(c, 2), "something is");
	start_closed();
	start_done();
}

/* The file's first pages of records are zeros now. */
static void damage(const struct config *c)
{
	static const char zeros[4096 * 8];
	char path[CONFIG_TEXT + 16];

	(void)snprintf(path, sizeof path, "%s/data.mdb", c->folder);
	int fd = open(path, O_WRONLY);
	CHECK(fd >= 0 && pwrite(fd, zeros, sizeof zeros, 4096 * 2) == (ssize_t)sizeof zeros &&
	      close(fd) == 0, "%s is damaged", path);
}

/* Breaks the store by a call that fails; what the keeper makes of it. */
static int mended(struct live *l, const char *call, bool damaged)
{
	pthread_t thread;

	atomic_store(&l->stop, false);
	atomic_store(&l->mended, MEND_NONE);
	failing(call, 1, EIO, false);
	live_session_begin(l);
	CHECK(failing_end() && store_is_broken(l->store), "%s breaks the store", call);
	keeper_copy(l);
	CHECK(!has_copy(l->config), "of a broken store there is no copy");
	if (damaged)
		damage(l->config);
	CHECK_INT(pthread_create(&thread, NULL, keeper_main, l), 0, "a thread");
	ns until = mono_ns() + 10 * NS_SECOND;
	while (atomic_load(&l->mended) == MEND_NONE && mono_ns() < until)
		sleep_until(mono_ns() + NS_MS);
	atomic_store(&l->stop, true);
	CHECK_INT(pthread_join(thread, NULL), 0, "it ends");
	return atomic_load(&l->mended);
}

void test_keeper_mends(void)
{
	struct session_record last;

	if (!start_begin())
		return;
	struct config *c = start_configured("");
	struct live *l = start_opened(c);
	/* Refused before anything of it was written; and at the file's last sync. */
	CHECK_INT(mended(l, "mdb_put", false), MEND_LOST, "what was not written is missing");
	CHECK(!store_is_broken(l->store), "it goes on");
	live_session_begin(l);
	CHECK(store_last_session(l->store, &last) == OK && last.status == SESSION_ACTIVE,
	      "something is stored again");
	CHECK_INT(mended(l, "pwrite", false), MEND_LOST, "a page was refused");
	CHECK_INT(mended(l, "mdb_txn_commit late", false), MEND_WRITTEN,
		  "what was written is there");
	start_closed();
	l = start_opened(c);
	CHECK(start.why[0] == '\0', "a new start finds it whole: %s", start.why);
	start_closed();
	start_done();
}

/* The file is damaged as well: only a new start can help, which has its copies. */
void test_keeper_gives_up_what_is_damaged(void)
{
	if (!start_begin())
		return;
	struct config *c = start_configured("");
	struct live *l = start_opened(c);
	live_session_begin(l);
	CHECK_INT(mended(l, "mdb_put", true), MEND_HOPELESS, "it says so");
	uint64_t errors = log_count(LOG_ERROR);
	keeper_look(l, &(struct keeper){ 0 }, mono_ns());
	CHECK_INT(log_count(LOG_ERROR), errors, "and leaves it");
	start_closed();
	l = start_opened(c);
	CHECK(strstr(start.why, "damaged") != NULL, "the new start: %s", start.why);
	start_closed();
	start_done();
}
