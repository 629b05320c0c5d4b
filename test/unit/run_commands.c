/* What people say, and the file that keeps it: FOLDER/kill. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "check.h"
#include "run/latch.h"
#include "test/failing.h"
#include "test/unit/run_start.h"

static struct live *l;
static const char *folder;

static bool begin(void)
{
	if (!start_begin())
		return false;
	struct config *c = start_configured("");
	l = start_opened(c);
	folder = c->folder;
	bool good = live_instances(l) &&
		    live_ring(l, &l->writer_in, sizeof(struct writer_msg), RING_WRITER) &&
		    live_ring(l, &l->wire_in, sizeof(struct wire_msg), RING_WIRE);
	atomic_store(&l->instances_up, true);
	return CHECK(good, "engines, and rings");
}

static void end(void)
{
	ring_free(&l->writer_in);
	ring_free(&l->wire_in);
	CHECK(latch_remove(folder), "nothing is left behind");
	start_closed();
	start_done();
}

/* How many commands the wire was given; the last one is in *m. */
static int given(struct wire_msg *m)
{
	int n = 0;

	while (ring_poll(&l->wire_in, m))
		n++;
	return n;
}

static void says(enum command want, const char *why)
{
	enum command c;

	CHECK(latch_read(folder, &c), "%s: there is a file", why);
	CHECK_INT(c, want, "%s", why);
}

void test_command_that_halts_is_in_a_file(void)
{
	struct writer_msg w;
	struct wire_msg m;
	enum command c;

	if (!begin())
		return;
	CHECK_INT(live_command(l, -1, CMD_PAUSE, "me"), OK, "a pause");
	CHECK(!latch_read(folder, &c), "a pause is no halt");
	CHECK(atomic_load(&l->copy_at) > mono_ns(), "but a copy will have it");
	CHECK_INT(live_command(l, 0, CMD_HALT, "me"), OK, "one instance");
	CHECK(!latch_read(folder, &c), "is not all");
	CHECK_INT(atomic_load(&l->instance[0].kill), KILL_HALT, "it is heard at once");
	CHECK_INT(live_command(l, -1, CMD_REDUCE_ONLY, "me"), OK, "all");
	says(CMD_REDUCE_ONLY, "what all are told");
	CHECK_INT(live_command(l, -1, CMD_HALT, "me"), OK, "worse");
	says(CMD_HALT, "the worse counts");
	CHECK_INT(live_command(l, -1, CMD_REDUCE_ONLY, "me"), OK, "milder");
	says(CMD_HALT, "the worse stays");
	CHECK_INT(given(&m), 5, "the wire knows all");
	for (int i = 0; i < 3; i++) {
		live_watch_latch(l);
		CHECK_INT(given(&m), 0, "what is in the file was said already");
	}
	while (ring_poll(&l->writer_in, &w))
		CHECK(str_eq(str_of(w.u.kill.who), STR("me")), "said by me: %s", w.u.kill.who);
	CHECK_INT(live_command(l, -1, CMD_FLATTEN, "me"), OK, "all is sold, behind a halt too");
	says(CMD_FLATTEN, "and a restart goes on with it");
	CHECK_INT(given(&m), 1, "that is said");
	live_watch_latch(l);
	CHECK_INT(given(&m), 0, "once");
	CHECK_INT(live_command(l, -1, CMD_RESUME, "me"), OK, "resume");
	CHECK(!latch_read(folder, &c), "which takes the file away");
	CHECK_INT(atomic_load(&l->instance[0].kill), KILL_RUN, "and lets all go on");
	end();
}

/* One that somebody else has written is heard, once. */
void test_command_by_file(void)
{
	struct wire_msg m;
	enum command c;

	if (!begin())
		return;
	live_watch_latch(l);
	CHECK_INT(given(&m), 0, "there is none");
	CHECK(latch_write(folder, CMD_FLATTEN), "written");
	live_watch_latch(l);
	CHECK(given(&m) == 1 && m.u.command.what == CMD_FLATTEN &&
	      str_eq(str_of(m.u.command.who), STR("file kill")), "heard");
	live_watch_latch(l);
	CHECK_INT(given(&m), 0, "once");
	/* Milder ones over it, and again: each once, none for ever. */
	static const enum command over[] = { CMD_HALT, CMD_FLATTEN, CMD_REDUCE_ONLY, CMD_HALT };
	for (size_t i = 0; i < COUNT(over); i++) {
		CHECK(latch_write(folder, over[i]), "written");
		for (int k = 0; k < 3; k++)
			live_watch_latch(l);
		CHECK_INT(given(&m), 1, "%s is heard once", command_text(over[i]));
	}
	CHECK(latch_write(folder, CMD_RESUME), "run");
	live_watch_latch(l);
	CHECK(given(&m) == 1 && m.u.command.what == CMD_RESUME, "that, too");
	CHECK(!latch_read(folder, &c), "and then it is gone");
	live_watch_latch(l);
	CHECK_INT(given(&m), 0, "nothing more");
	end();
}

void test_command_that_cannot_be_written(void)
{
	struct wire_msg m;
	enum command c;

	if (!begin())
		return;
	failing("open", 1, EACCES, true);
	CHECK_INT(live_command(l, -1, CMD_HALT, "me"), OK, "a halt is a halt");
	CHECK(failing_end() && !latch_read(folder, &c), "though there is no file");
	CHECK_INT(given(&m), 1, "all know");
	end();
}
