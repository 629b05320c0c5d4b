/* What a start asks for and waits for, and which bars are whose: history, its checkpoint, charts
 * that are read anew. */
#include "check.h"
#include "test/unit/run_rig.h"

static ns begin(void)
{
	ns now = rig_session();

	live.instance[0].config.timeframe_s = 60;
	live.instance[0].config.bench = SYM_NONE;
	return now;
}

/* How many bars, or what else, the instance was given since. */
static uint32_t given(enum event_kind kind)
{
	struct event ev;
	uint32_t n = 0;

	while (ring_poll(&live.instance[0].in, &ev))
		n += ev.kind == (uint32_t)kind;
	return n;
}

static struct bar bar_of(sym s, ns end, unsigned flags)
{
	return (struct bar){ .open_ts = end - NS_MINUTE, .ts = end, .sym = s,
			     .open = { NUM_ONE }, .high = { NUM_ONE }, .low = { NUM_ONE },
			     .close = { NUM_ONE }, .volume = 1, .flags = (uint16_t)flags };
}

static void no_room(void)
{
	while (wire_task(&wire, TASK_CLOCK, BUCKET_RECONCILE) != NULL)
		continue;
}

/* ---- bars */

void test_boot_history_is_for_who_asked(void)
{
	static const struct {
		const char *what;
		ns resumed;		/* the instance goes on from a checkpoint */
		bool anew, rereading;
		int chart_s;		/* what was asked for: */
		bool resumes;
		ns late;		/* later than what the instance calls history */
		bool wanted;
	} cases[] = {
		{ "its own", 0, false, false, 60, false, 0, true },
		{ "of charts of another length", 0, false, false, 300, false, 0, false },
		{ "of those that go on", 0, false, false, 60, true, 0, false },
		{ "of those that do not, when it does", 1, false, false, 60, false, 0, false },
		{ "behind its checkpoint", 1, false, false, 60, true, 0, true },
		{ "later than its history", 0, false, false, 60, false, NS_MINUTE, false },
		{ "for others' charts in new shares", 0, false, true, 60, false, 0, false },
		{ "in new shares", 0, true, true, 60, false, 0, true },
		{ "in new shares, whatever was saved", 1, true, true, 60, false, 0, true },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		ns now = begin();
		struct task t = { .chart_s = cases[i].chart_s, .resumes = cases[i].resumes };
		struct bar b = bar_of(0, now - NS_HOUR + cases[i].late, 0);

		wire.boot = BOOT_HISTORY;
		wire.rereading = cases[i].rereading;
		wire.anew[0] = cases[i].anew;
		wire.told[0] = now - NS_HOUR;
		live.instance[0].resumed = cases[i].resumed;
		CHECK(wire_bar(&wire, &b, &t), "%s: it is read", cases[i].what);
		CHECK_INT(given(EV_BAR), cases[i].wanted, "history %s", cases[i].what);
		rig_end();
	}
}

void test_boot_bars_that_came_as_history(void)
{
	ns now = begin();
	struct bar b = bar_of(0, now, 0);

	wire.told[0] = now;
	CHECK(wire_bar(&wire, &b, NULL), "the stream has it, too");
	CHECK_INT(given(EV_BAR), 0, "it is not told twice");
	b.flags = BAR_REVISED;
	CHECK(wire_bar(&wire, &b, NULL), "the broker corrects it");
	CHECK_INT(given(EV_BAR), 1, "which is told");
	rig_end();
}

void test_boot_bars_of_a_simulated_market(void)
{
	ns now = begin();
	struct bar b = bar_of(0, now + NS_HOUR, 0);

	wire.sim = true;
	CHECK(wire_bar(&wire, &b, NULL), "it has a time of its own");
	CHECK_INT(given(EV_CLOCK), 0, "and says itself when a minute is over");
	rig_end();
}

/* The benchmark of one is no symbol of the other. */
void test_boot_bars_that_nobody_charts(void)
{
	ns now = begin();
	sym spy = 0;

	CHECK_INT(symbols_add(&config.symbols, STR("SPY"), &spy), OK, "a second symbol");
	struct bar b = bar_of(spy, now, 0);
	CHECK(wire_bar(&wire, &b, NULL), "it is kept as the newest");
	CHECK_INT(given(EV_BAR), 0, "but not told to whom it does not concern");
	live.instance[0].config.bench = spy;
	b = bar_of(spy, now + NS_MINUTE, 0);
	CHECK(wire_bar(&wire, &b, NULL), "the next one");
	CHECK_INT(given(EV_BAR), 1, "a benchmark is told");
	rig_end();
}

/* ---- boot */

void test_boot_history_that_is_in_parts(void)
{
	begin();
	wire.boot = BOOT_HISTORY;
	wire.rereading = true;		/* so that no stream is opened here */
	wire.history_left = 2;
	wire_boot_next(&wire, BOOT_HISTORY);
	CHECK(wire.boot == BOOT_HISTORY && wire.rereading, "the other part is waited for");
	wire.data.up = true;
	wire.gap_from = wire_now(&wire) - NS_MINUTE;
	wire_boot_next(&wire, BOOT_HISTORY);
	CHECK(wire.boot == BOOT_DONE && wire.sync_wanted, "then it goes on");
	CHECK_INT(rig_tasks(TASK_BARS), 1, "with the bars that came meanwhile");
	rig_end();
}

void test_boot_charts_are_read_anew(void)
{
	struct arena memory;
	struct instance *in = &live.instance[0];
	struct engine_config *c = &in->config;

	ns now = begin();
	CHECK_INT(arena_open(&memory, (size_t)64 << 20), OK, "memory");
	*c = (struct engine_config){ .symbols_n = 1, .symbol_name = { "AAPL" }, .bench = SYM_NONE,
		.timeframe_s = 60, .sides = SIDES_LONG,
		.strategy = strategy_find(STR("mean_reversion")) };
	params_default(c->strategy, &c->params);
	engine_plan_own(c, &memory);
	in->engine = engine_new(&memory, c);
	wire.reread = wire.anew[0] = wire.syncing = true;
	wire_timers(&wire);
	CHECK(wire.reread && wire.boot == BOOT_DONE, "the reconciliation's end is waited for");
	wire.syncing = false;
	wire_timers(&wire);
	CHECK(wire.rereading && !wire.reread && wire.boot == BOOT_HISTORY, "then it begins");
	CHECK_INT(given(EV_SYNC), 1, "the engine hears of it");
	CHECK(rig_tasks(TASK_BARS) >= 1 && wire.told[0] <= now, "the past is asked for");
	arena_close(&memory);
	rig_end();
}

void test_boot_with_a_full_queue(void)
{
	ns now = begin();

	no_room();
	uint32_t tasks = rig_tasks(-1);
	wire.calendar_day--;
	wire_timers(&wire);
	CHECK_INT(wire.calendar_day, ny_date(now), "a new day begins");
	wire.data.up = true;
	wire.link.newest_bar = now - 2 * MUTE_AFTER;
	wire_timers(&wire);
	CHECK_INT(rig_tasks(-1), tasks, "there is no room for questions");
	CHECK(wire.mute_next > now, "a silent market is asked about later");
	rig_end();
}

void test_boot_history_of_the_other_provider_is_waited_for(void)
{
	begin();
	struct task *t = wire_ask_bars(&wire, 60, 1, 2);

	wire.boot = BOOT_HISTORY;
	wire.history_left = 1;
	wire.boot_since = mono_ns() - NS_HOUR;
	wire.current[CLIENT_FALL] = t;
	wire_timers(&wire);
	CHECK(wire.boot == BOOT_HISTORY && t->used, "its answer is under way");
	wire.current[CLIENT_FALL] = NULL;
	rig_end();
}

void test_boot_without_history_asks_the_rest(void)
{
	begin();
	CHECK(wire_ask_bars(&wire, 60, 1, 2) != NULL &&
	      wire_task(&wire, TASK_CLOCK, BUCKET_RECONCILE) != NULL, "two questions");
	wire.boot = BOOT_HISTORY;
	wire.rereading = true;		/* so that no stream is opened here */
	wire.boot_since = mono_ns() - NS_HOUR;
	wire_timers(&wire);
	CHECK(wire.boot == BOOT_DONE && rig_tasks(TASK_BARS) == 0 && rig_tasks(TASK_CLOCK) == 1,
	      "only bars are given up when they do not come");
	rig_end();
}

/* ---- listings and markets */

void test_boot_listings_go_back_to_what_is_open(void)
{
	static const struct { ns oldest, from; } cases[] = {
		{ INT64_MAX, ORDERS_RECENT }, { NS_MINUTE, ORDERS_RECENT },
		{ NS_HOUR, NS_HOUR + NS_MINUTE }, { 9 * NS_DAY, ORDERS_BACK },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		ns now = begin(), from = 0;
		bool some = cases[i].oldest != INT64_MAX;
		atomic_store(&live.oldest_open, some ? now - cases[i].oldest : INT64_MAX);
		wire_sync(&wire);
		for (uint32_t k = 0; k < TASKS_MAX; k++)
			if (wire.task[k].used && wire.task[k].kind == TASK_ORDERS)
				from = wire.task[k].from;
		CHECK_INT((now - from) / NS_SECOND, cases[i].from / NS_SECOND, "case %u: seconds",
			  (unsigned)i);
		rig_end();
	}
}

void test_boot_into_a_market_that_began_anew(void)
{
	static const struct { bool sim; ns ahead; bool told; } cases[] = {
		{ true, 2 * NS_HOUR, true }, { true, NS_HOUR / 2, false },
		{ false, 2 * NS_HOUR, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		ns now = begin();
		wire.sim = cases[i].sim;
		live.instance[0].left_off = now + cases[i].ahead;
		wire.boot = BOOT_SYNC;
		wire_boot_next(&wire, BOOT_SYNC);
		bool told = strstr(wire.link.why, "until the market is where decisions ended") !=
			    NULL;
		CHECK(wire.boot == BOOT_DONE && told == cases[i].told,
		      "case %u: that it waits is %s: '%s'", (unsigned)i,
		      cases[i].told ? "said" : "not so", wire.link.why);
		live.instance[0].left_off = 0;
		rig_end();
	}
}

void test_boot_joins_by_what_can_be_read(void)
{
	begin();
	live.lockstep = wire.sim = true;
	wire.boot = BOOT_DONE;
	wire_joined(&wire, STR("{\"end\":\"yes\",\"n\":7,\"now\":\"2026-03-02T14:31:00Z\"}"));
	CHECK(wire.acked == 6 && !wire.end_next, "an end that is none is passed over");
	wire_joined(&wire, STR("{\"n\":99999999999999999999,\"now\":\"2026-03-02T14:32:00Z\"}"));
	CHECK(wire.instant_ts != 0 && wire.acked == 5, "so is a number that is none");
	rig_end();
}
