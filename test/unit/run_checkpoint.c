/* Checkpoints: a new start goes on from the newest one that is whole and no newer than the books;
 * what cannot be kept or used is said, once. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "check.h"
#include "test/failing.h"
#include "test/unit/run_start.h"

#define MINUTE_BARS "timeframe = 1m\n"
#define SLICES 130	/* as checkpoint.c has it */

static ns opening;	/* of a session */

static void give(struct instance *in, uint32_t kind, ns at, struct event *ev)
{
	ev->kind = kind;
	ev->ts = at;
	in->out.n = 0;
	engine_step(in->engine, ev, &in->out);
}

/* Minutes from .. to of the session are traded; a checkpoint is looked for behind each. */
static void trade_minutes(struct instance *in, int from, int to)
{
	for (int m = from; m < to; m++) {
		ns end = opening + (m + 1) * NS_MINUTE;
		struct event ev = { .u.bar = {
			.open_ts = end - NS_MINUTE, .ts = end, .sym = in->config.symbol[0],
			.open = { 100 * NUM_ONE }, .high = { 101 * NUM_ONE },
			.low = { 99 * NUM_ONE }, .close = { (100 + m % 2) * NUM_ONE },
			.volume = 1000, .trades = 10,
		} };
		give(in, EV_BAR, end, &ev);
		ev = (struct event){ .u.clock = { true } };
		give(in, EV_CLOCK, end, &ev);
		checkpoint_step(in);
	}
}

/* Its streams are up and its history is in; nothing is kept before. */
static struct instance *at_work(struct config *c)
{
	struct live *l = start_opened(c);
	struct instance *in = &l->instance[0];
	struct event ev = { .u.link = { true, true } };

	CHECK(live_instances(l), "the engine is restored");
	opening = calendar_next(&l->calendar, 28000000 * NS_MINUTE).open;
	checkpoint_step(in);
	CHECK(!in->saved || in->resumed > 0, "what has not begun is not kept");
	give(in, EV_LINK, opening, &ev);
	ev = (struct event){ .u.sync = { SYNC_BEGIN } };
	give(in, EV_SYNC, opening, &ev);
	ev = (struct event){ .u.sync = { SYNC_END } };
	give(in, EV_SYNC, opening, &ev);
	return in;
}

/* The writer's part: the books know of all decisions. */
static void store_books(const struct instance *in)
{
	CHECK(store_begin(start.l.store) == OK &&
	      store_put_state(start.l.store, engine_state(in->engine)) == OK &&
	      store_commit(start.l.store, start.why) == OK, "%s", start.why);
}

static const char *file(const struct instance *in, int which)
{
	static char path[CONFIG_TEXT + 32];

	(void)snprintf(path, sizeof path, "%s/checkpoint/bull.%d", in->live->config->folder, which);
	return path;
}

static off_t size_of(const struct instance *in, int which)
{
	struct stat st;

	return stat(file(in, which), &st) == 0 ? st.st_size : -1;
}

/* A byte of the file is another one; at < 0: from its end. */
static void spoil(const struct instance *in, int which, long at)
{
	FILE *f = fopen(file(in, which), "r+");
	int was = 0;

	CHECK(f != NULL && fseek(f, at, at < 0 ? SEEK_END : SEEK_SET) == 0 &&
	      (was = fgetc(f)) != EOF && fseek(f, -1, SEEK_CUR) == 0 && fputc(was ^ 1, f) != EOF &&
	      fclose(f) == 0, "a byte of %s is changed", file(in, which));
}

/* Two files: of the first slice, and of SLICES after it. */
static void kept_twice(struct config *c)
{
	struct instance *in = at_work(c);

	trade_minutes(in, 0, 1);
	CHECK(in->saved && in->saved_seq == 1 && size_of(in, 1) > 0 && size_of(in, 0) < 0,
	      "the first is written at once");
	trade_minutes(in, 1, SLICES + 1);
	CHECK(in->saved_seq == 2 && size_of(in, 0) == size_of(in, 1), "the second later: %u",
	      (unsigned)in->saved_seq);
	store_books(in);
	start_closed();
}

static struct instance *again(struct config *c)
{
	struct live *l = start_opened(c);

	log_init(LOG_WARN, NULL, false);
	CHECK(live_instances(l), "the engine is restored");
	return &l->instance[0];
}

void test_checkpoint_goes_on_from_the_newest(void)
{
	if (!start_begin())
		return;
	struct config *c = start_configured(MINUTE_BARS);
	kept_twice(c);
	struct instance *in = again(c);
	CHECK(in->resumed == opening + (SLICES + 1) * NS_MINUTE && in->saved_seq == 2 && in->saved,
	      "from the newest bar that was kept");
	CHECK_INT(in->left_off, in->resumed, "and from the decision there");
	start_closed();
	/* Some slices later the program ends: one more, in the place of the older. */
	in = at_work(c);
	trade_minutes(in, SLICES + 1, SLICES + 4);
	CHECK_INT(in->saved_seq, 2, "not before it is time");
	checkpoint_close(in);
	CHECK_INT(in->saved_seq, 3, "when it ends");
	checkpoint_close(in);
	CHECK_INT(in->saved_seq, 3, "but not twice");
	/* The books were not stored: that one is newer than they are. */
	start_closed();
	in = again(c);
	CHECK(in->saved_seq == 3 && in->resumed == opening + (SLICES + 1) * NS_MINUTE,
	      "one that is newer than the books is left for the one before");
	start_closed();
	start_done();
}

/* At the session's end there may be none for long. */
void test_checkpoint_at_the_close(void)
{
	if (!start_begin())
		return;
	struct instance *in = at_work(start_configured(MINUTE_BARS));
	struct session last = calendar_last(&in->live->calendar, opening + NS_HOUR);
	int minutes = (int)((last.close - last.open) / NS_MINUTE);
	trade_minutes(in, minutes - 3, minutes - 1);
	CHECK_INT(in->saved_seq, 1, "a minute before the close");
	trade_minutes(in, minutes - 1, minutes);
	CHECK_INT(in->saved_seq, 2, "and at it");
	start_closed();
	start_done();
}

void test_checkpoint_that_is_damaged_is_none(void)
{
	if (!start_begin())
		return;
	struct config *c = start_configured(MINUTE_BARS);
	kept_twice(c);
	struct instance *in = again(c);
	spoil(in, 0, -1);
	start_closed();
	in = again(c);
	CHECK(in->resumed == opening + NS_MINUTE && in->saved_seq == 1, "the one before it");
	spoil(in, 1, 4);	/* its format */
	start_closed();
	in = again(c);
	CHECK(in->resumed == 0 && !in->saved && in->saved_seq == 0, "without one it begins anew");
	CHECK(truncate(file(in, 0), 8) == 0 && truncate(file(in, 1), 0) == 0, "they are cut");
	start_closed();
	in = again(c);
	CHECK(in->resumed == 0, "what is cut off is none");
	CHECK(unlink(file(in, 0)) == 0 && symlink("/etc/passwd", file(in, 0)) == 0, "a link");
	start_closed();
	CHECK_INT(again(c)->resumed, 0, "a link is not followed");
	start_closed();
	start_done();
}

void test_checkpoint_of_something_else_is_dropped_in_words(void)
{
	if (!start_begin())
		return;
	kept_twice(start_configured(MINUTE_BARS));
	uint64_t warned = log_count(LOG_WARN);
	struct instance *in = again(start_configured("timeframe = 5m\n"));
	CHECK_INT(in->resumed, 0, "bars of another length are of no use");
	CHECK_INT(log_count(LOG_WARN), warned + 1, "it says so once");
	start_closed();
	start_done();
}

/* A file that cannot be read now: the engine begins as without one, and no descriptor is lost. */
void test_checkpoint_that_cannot_be_read(void)
{
	static const struct { const char *call; int error; } cases[] = {
		{ "open", EMFILE }, { "fstat", EIO }, { "read", EIO }, { "mmap", ENOMEM },
	};

	if (!start_begin())
		return;
	struct config *c = start_configured(MINUTE_BARS);
	kept_twice(c);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct live *l = start_opened(c);
		struct instance_state st;
		CHECK(live_instances(l) &&
		      store_state(l->store, STR("bull"), &st) == OK, "the books");
		struct instance *in = &l->instance[0];
		struct arena a;
		CHECK_INT(arena_open(&a, engine_size(&in->config) + 1), OK, "memory");
		in->engine = engine_new(&a, &in->config);
		in->resumed = 0;
		unsigned before = failing_descriptors();
		failing(cases[i].call, 1, cases[i].error, true);
		checkpoint_load(in, &st);
		CHECK(failing_end() && in->resumed == 0, "%s fails", cases[i].call);
		CHECK_INT(failing_descriptors(), before, "%s: descriptors", cases[i].call);
		arena_close(&a);
		start_closed();
	}
	start_done();
}

/* A disk that cannot take it: it is said once, trading goes on, and the one before is whole. */
void test_checkpoint_that_cannot_be_written(void)
{
	static const struct { const char *call; int error; } cases[] = {
		{ "mkdir", EROFS }, { "open", EMFILE }, { "write", ENOSPC }, { "fsync", EIO },
		{ "mmap", ENOMEM },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		if (!start_begin())
			return;
		struct config *c = start_configured(MINUTE_BARS);
		struct instance *in = at_work(c);
		trade_minutes(in, 0, SLICES);
		store_books(in);
		log_init(LOG_WARN, NULL, false);
		uint64_t warned = log_count(LOG_WARN);
		failing(cases[i].call, 1, cases[i].error, true);
		trade_minutes(in, SLICES, 3 * SLICES);
		CHECK(failing_end() && in->saved_badly, "%s fails", cases[i].call);
		CHECK_INT(log_count(LOG_WARN), warned + 1, "%s: said once", cases[i].call);
		start_closed();
		CHECK_INT(again(c)->resumed, opening + NS_MINUTE, "%s: the one before is whole",
			  cases[i].call);
		start_closed();
		start_done();
	}
}
