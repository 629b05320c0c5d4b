/* Shares that the books do not have: how far back their orders are listed, how soon again, and
 * which of them the store knows better. */
#include "check.h"
#include "test/unit/run_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char root[64];

static ns listed_from(void)
{
	for (uint32_t i = 0; i < TASKS_MAX; i++)
		if (wire.task[i].used && wire.task[i].kind == TASK_ORDERS)
			return wire_now(&wire) - wire.task[i].from;
	return 0;
}

void test_run_lost_is_listed_from_far_back(void)
{
	for (int seeks = 0; seeks < 2; seeks++) {
		rig_begin();
		atomic_store(&live.instance[0].seeks, seeks);
		wire_sync(&wire);
		ns back = listed_from(), least = seeks ? ORDERS_SOUGHT : ORDERS_RECENT;
		CHECK(back >= least && back < least + NS_MINUTE, "%lld s are listed, of %lld",
		      (long long)(back / NS_SECOND), (long long)(least / NS_SECOND));
		rig_end();
	}
}

/* As soon as the engine counts it for another look; not while the broker is not believed. */
void test_run_lost_is_looked_for_soon(void)
{
	static const struct { bool seeks; uint32_t bads; ns ago; bool due; } cases[] = {
		{ false, 0, SYNC_SOUGHT, false }, { true, 0, SYNC_SOUGHT, true },
		{ true, 0, SYNC_SOUGHT - 2 * NS_SECOND, false }, { true, 1, SYNC_SOUGHT, false },
		{ false, 0, SYNC_EVERY, true },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		rig_begin();
		ns now = wire_now(&wire);
		atomic_store(&live.instance[0].seeks, cases[i].seeks);
		wire.sync_bads = cases[i].bads;
		wire.sync_next = now - cases[i].ago + SYNC_EVERY;
		wire.clock_next = wire.mute_next = INT64_MAX;
		wire.calendar_day = ny_date(now);
		wire.wall_offset = wall_ns() - mono_ns();
		wire_timers(&wire);
		CHECK_INT(wire.syncing, cases[i].due, "%zu: %lld s after the last", i,
			  (long long)(cases[i].ago / NS_SECOND));
		rig_end();
	}
}

/* An entry of which so many were bought, as a listing tells it: does the store have its trade? */
static bool booked(enum report_source from, int64_t minute, int64_t done, const char *parent)
{
	struct alpaca_order o = { .n = 1 };
	struct event ev = { 0 };

	engine_cid(o.r[0].cid, "bull", "AAPL", minute * NS_MINUTE, 'e', 0);
	memcpy(o.r[0].bid, "theirs", 7);
	memcpy(o.r[0].parent, parent, strlen(parent));
	o.r[0].done.n = done * NUM_ONE;
	o.r[0].source = (uint8_t)from;
	o.r[0].status = ST_CANCELED;
	wire_report(&wire, &o);
	CHECK(ring_poll(&live.instance[0].in, &ev), "the instance is told");
	return ev.u.order.booked;
}

void test_run_lost_is_not_what_the_store_has(void)
{
	struct trade t = { .state = TRADE_CLOSED, .in = qty_shares(60), .out = qty_shares(60) };
	char why[STORE_WHY], command[96];

	rig_begin();
	snprintf(root, sizeof root, "%s", "/tmp/gambler-lost-XXXXXX");
	CHECK(mkdtemp(root) != NULL, "a folder");
	CHECK_INT(store_open(&live.store, root, STORE_WRITE, why), OK, "a store: %s", why);
	CHECK_INT(store_symbols(live.store, &config.symbols), OK, "its symbols");
	engine_cid(t.id, "bull", "AAPL", 28000000 * NS_MINUTE, 'e', 0);
	CHECK_INT(store_begin(live.store), OK, "begun");
	CHECK_INT(store_put_trade(live.store, &t), OK, "a trade");
	CHECK_INT(store_commit(live.store, why), OK, "stored: %s", why);
	CHECK(!booked(FROM_SYNC, 28000000, 60, ""), "nothing is looked for");
	wire.seeking = true;
	CHECK(booked(FROM_SYNC, 28000000, 60, ""), "the store has it");
	CHECK(!booked(FROM_SYNC, 28000001, 60, ""), "it does not have another");
	CHECK(!booked(FROM_SYNC, 28000000, 0, ""), "nothing was bought");
	CHECK(!booked(FROM_STREAM, 28000000, 60, ""), "that is no listing");
	CHECK(!booked(FROM_SYNC, 28000000, 60, t.id), "that is a leg");
	store_close(live.store);
	rig_end();
	snprintf(command, sizeof command, "rm -rf %s", root);
	CHECK_INT(system(command), 0, "the folder is gone");
}
