/* This machine's clock is wrong, or is set while it runs: the time is the broker's, and goes on by
 * the monotonic clock. */
#include "test/check.h"
#include "test/unit/run_rig.h"

#define YEAR (365 * NS_DAY)

/* The broker says that it is so much later than this machine has it. */
static void broker_says(ns later)
{
	char body[128], at[RFC3339_TEXT];
	struct text t;

	if (rig_tasks(TASK_CLOCK) == 0) {
		(void)wire_task(&wire, TASK_CLOCK, BUCKET_RECONCILE);
		rig_time_passes();
	}
	rfc3339_text(at, wall_ns() + later);
	text_init(&t, body, sizeof body);
	text_cstr(&t, "{\"timestamp\":\"");
	text_cstr(&t, at);
	text_cstr(&t, "\",\"is_open\":true}");
	CHECK_INT(rig_under_way(CLIENT_READS), TASK_CLOCK, "the broker's clock is asked for");
	rig_answer(CLIENT_READS, 200, text_done(&t));
}

/* A test may be stopped for a while, too. */
static bool near(ns a, ns b)
{
	return a - b < 20 * NS_SECOND && b - a < 20 * NS_SECOND;
}

/* A board without a clock starts in 1970; another one is years ahead. */
void test_run_clock_at_the_start(void)
{
	static const ns later[] = { 56 * YEAR, -10 * YEAR, NS_HOUR, -61 * NS_SECOND };

	for (size_t i = 0; i < COUNT(later); i++) {
		rig_begin();
		wire.boot = BOOT_CLOCK;
		wire.data.up = true;
		wire_link(&wire);
		CHECK(wire.told_data, "the data is up");
		broker_says(later[i]);
		CHECK(near(wire_now(&wire), wall_ns()) && wire.boot == BOOT_CLOCK,
		      "case %zu: said once it is nothing yet", i);
		rig_time_passes();
		broker_says(later[i] + NS_SECOND);
		CHECK(near(wire_now(&wire), wall_ns() + later[i]),
		      "case %zu: the broker's time", i);
		CHECK(wire.boot == BOOT_ACCOUNT, "case %zu: the start goes on", i);
		CHECK(!wire_clock_right(&wire) && !wire.told_data, "case %zu: and no entries", i);
		CHECK(near(wire.clock_next, wire_now(&wire) + CLOCK_AGAIN),
		      "case %zu: it is asked again soon", i);
		rig_end();
	}
	rig_begin();
	wire.boot = BOOT_CLOCK;
	broker_says(30 * NS_SECOND);
	CHECK(wire.boot == BOOT_ACCOUNT && !wire_clock_right(&wire),
	      "what is near is taken at once");
	rig_end();
}

/* One answer from another time: market time never goes back, and would stand still for years. */
void test_run_clock_one_wrong_answer(void)
{
	static const ns later[] = { 10 * YEAR, -10 * YEAR, NS_HOUR, -NS_HOUR };

	for (size_t i = 0; i < COUNT(later); i++) {
		rig_begin();
		broker_says(0);
		broker_says(later[i]);
		CHECK(near(wire_now(&wire), wall_ns()), "case %zu: it is not believed", i);
		CHECK(wire_clock_right(&wire), "case %zu: nor is ours taken for wrong", i);
		CHECK_INT(rig_tasks(TASK_CLOCK), 1, "case %zu: it is asked for again", i);
		rig_time_passes();
		broker_says(0);
		CHECK_INT(rig_tasks(TASK_CLOCK), 0, "case %zu: and then all is well", i);
		CHECK(near(wire_now(&wire), wall_ns()), "case %zu: as before", i);
		rig_end();
	}
}

/* A market faster than ours: a second answer is further on, and of the same time all the same. */
void test_run_clock_goes_fast(void)
{
	static const struct { ns first, second; bool counts; } cases[] = {
		{ -2 * YEAR, -2 * YEAR + 9 * NS_MINUTE, true },
		{ -2 * YEAR, -2 * YEAR + 30 * NS_DAY, true },
		{ -2 * YEAR, -2 * YEAR - 9 * NS_MINUTE, false },	/* it goes back */
		{ 2 * YEAR, 2 * YEAR + 9 * NS_MINUTE, true },
		{ 2 * YEAR, 3 * YEAR, false },
		{ NS_HOUR, NS_HOUR + 3 * NS_MINUTE, true },
		{ NS_HOUR, NS_HOUR + 6 * NS_MINUTE, false },
		{ 10 * NS_MINUTE, 10 * NS_MINUTE + 45 * NS_SECOND, true },
		{ 10 * NS_MINUTE, 12 * NS_MINUTE, false },
		{ -2 * YEAR, 2 * YEAR, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		rig_begin();
		broker_says(cases[i].first);
		CHECK(near(wire_now(&wire), wall_ns()), "case %zu: said once it is nothing", i);
		rig_time_passes();
		broker_says(cases[i].second);
		CHECK(near(wire_now(&wire), wall_ns() + (cases[i].counts ? cases[i].second : 0)),
		      "case %zu: said twice it is the time, or it was not the same", i);
		rig_end();
	}
}

/* Set while it runs: no pause becomes longer, no session another one; the broker is asked. */
void test_run_clock_is_set(void)
{
	static const ns moved[] = { NS_HOUR, -NS_HOUR, 10 * YEAR, -10 * YEAR, 1100 * NS_MS };

	for (size_t i = 0; i < COUNT(moved); i++) {
		rig_begin();
		wire.wall_offset = wall_ns() - mono_ns();
		broker_says(0);
		ns before = wire_now(&wire), mono = mono_ns();
		wire.sync_next = wire.clock_next = INT64_MAX;
		wire.calendar_day = wire.assets_day = wire.splits_known = ny_date(before);
		wire_timers(&wire);
		CHECK_INT(rig_tasks(TASK_CLOCK), 0, "case %zu: all is well", i);
		wire.wall_offset -= moved[i];	/* as if the wall's had gone so far ahead */
		wire_timers(&wire);
		CHECK_INT(rig_tasks(TASK_CLOCK), 1, "case %zu: the broker is asked", i);
		CHECK(near(wire_now(&wire) - before, mono_ns() - mono),
		      "case %zu: the market's time has not moved", i);
		wire.clock_next = INT64_MAX;
		wire_timers(&wire);
		CHECK_INT(rig_tasks(TASK_CLOCK), 1, "case %zu: once", i);
		rig_end();
	}
}

/* An answer that was long under way does not say when it was given. */
void test_run_clock_slow_answer(void)
{
	rig_begin();
	broker_says(0);
	ns before = wire_now(&wire);
	(void)wire_task(&wire, TASK_CLOCK, BUCKET_RECONCILE);
	rig_time_passes();
	wire.client[CLIENT_READS].deadline -= 3 * NS_SECOND;
	broker_says(NS_HOUR);
	CHECK(near(wire_now(&wire), before), "an hour later after three seconds: not believed");
	CHECK(wire_clock_right(&wire), "nor is ours taken for wrong");
	rig_end();
}
