/* engine_plans.c: what a decision becomes: prices on the grid, levels of the fill, and when there
 * is no order at all. */
#include "test/unit/engine_tell.h"

#include <math.h>

static struct rig rig;

static void decide(enum told side, double close)
{
	rig_ready(&rig);
	rig.now = rig_time(10, 10, 0);
	rig_tell[0] = side;
	rig_bar(&rig, 0, rig.now, close);
	rig_clock(&rig, rig.now, true);
}

void test_engine_plan_prices(void)
{
	static const struct { enum told side; double close, stop, target, is_stop, is_target; }
	cases[] = {
		{ TELL_LONG, 100, 0.01, 0.05, 99, 105 },
		/* Levels that the grid would move onto the close are a cent from it. */
		{ TELL_LONG, 100, 0.00001, 0.00001, 99.99, 100.01 },
		{ TELL_SHORT, 100, 0.00001, 0.00001, 100.01, 99.99 },
		{ TELL_LONG, 100, -0.01, -0.05, 99.99, 100.01 },
		/* Below a dollar, too, though the grid is finer there. */
		{ TELL_LONG, 0.5, 0.01, 0.01, 0.49, 0.51 },
		{ TELL_SHORT, 0.5, 0.01, 0.05, 0.51, 0.475 },
		{ TELL_SHORT, 0.995, 0.001, 0.001, 1.01, 0.98 },
		/* None: below nothing, more than there is, and a cent below the least price. */
		{ TELL_LONG, 100, 1.5, 0.05, 0, 0 },
		{ TELL_SHORT, 100, 0.01, 1.5, 0, 0 },
		{ TELL_LONG, 100, 0.01, INFINITY, 0, 0 },
		{ TELL_LONG, 0.01, 0.5, 0.5, 0, 0 },
		{ TELL_SHORT, 0.01, 0.5, 0.00001, 0, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		rig_open(&rig);
		rig_stop = cases[i].stop;
		rig_target = cases[i].target;
		rig_size = cases[i].close;
		decide(cases[i].side, cases[i].close);
		const struct order *o = rig_submitted(&rig, 0);
		CHECK_INT(o != NULL, cases[i].is_stop > 0, "case %zu: is there an order", i);
		CHECK_INT(o != NULL ? o->stop_loss.n : 0, rig_px(cases[i].is_stop).n,
			  "case %zu: its stop", i);
		CHECK_INT(o != NULL ? o->take_profit.n : 0, rig_px(cases[i].is_target).n,
			  "case %zu: its target", i);
		rig_close(&rig);
	}
}

/* More shares, or dollars, than can be counted. */
void test_engine_plan_sizes(void)
{
	rig_open(&rig);
	rig.config.position = (usd){ 2000000 * NUM_ONE };
	rig_restart(&rig);
	rig_stop = 0.5;
	decide(TELL_LONG, 0.0002);
	CHECK(rig_submitted(&rig, 0) == NULL, "ten billion shares are none");
	rig_size = 1e12;
	rig.now = rig_time(10, 11, 0);
	rig_tell[1] = TELL_LONG;
	rig_bar(&rig, 1, rig.now, 100);
	rig_clock(&rig, rig.now, true);
	CHECK(rig_submitted(&rig, 0) == NULL, "a trillion dollars neither");
	CHECK_INT(engine_state(rig.engine)->signals, 2, "though both were wanted");
	rig_close(&rig);
}

/* The gate by what it is told of the instance. */
void test_engine_plan_gate(void)
{
	static const struct { const char *what, *why; bool data, orders, breaker; } cases[] = {
		{ "no market data", "link", false, true, false },
		{ "no order stream", "link", true, false, false },
		{ "an order stream that is new", "link", true, true, false },
		{ "a breaker that outlived a stop", "paused", true, true, true },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		rig_open(&rig);
		if (cases[i].breaker) {
			rig.store.state = *engine_state(rig.engine);
			rig.store.have_state = true;
			rig.store.state.run = RUN_STOPPED;
			rig.store.state.breaker = DENY_DAY_LOSS;
			rig.store.state.date = day_of(2024, 10, 1);
			rig_restart(&rig);
			CHECK_INT(engine_state(rig.engine)->run, RUN_RUNNING, "it runs again");
		}
		rig_ready(&rig);
		rig_link(&rig, cases[i].data, !cases[i].breaker && !cases[i].data);
		rig_link(&rig, cases[i].data, cases[i].orders);
		rig_long(&rig, rig_time(10, 10, 0));
		CHECK_INT(engine_state(rig.engine)->signals, 1, "%s: it wants to", cases[i].what);
		CHECK(rig_submitted(&rig, 0) == NULL, "%s: no entry", cases[i].what);
		CHECK(told_note(&rig, cases[i].why), "%s: it is said why", cases[i].what);
		rig_close(&rig);
	}
}

/* What the levels are once the fill is known, in dollars; 0: as at the signal. Entry at 100. */
void test_engine_levels_of_the_fill(void)
{
	static const struct { const char *what; enum told side; uint8_t is; double stop, target,
			      fill, is_stop, is_target; } cases[] = {
		{ "parts", TELL_LONG, LEVEL_PART, 0.01, 0.05, 102, 100.98, 107.1 },
		{ "dollars", TELL_LONG, LEVEL_DISTANCE, 0.01, 0.05, 102, 101, 107 },
		{ "prices", TELL_LONG, LEVEL_PRICE, 0.01, 0.05, 102, 99, 105 },
		{ "dollars, short", TELL_SHORT, LEVEL_DISTANCE, 0.01, 0.05, 98, 99, 93 },
		{ "a stop below nothing", TELL_LONG, LEVEL_DISTANCE, 0.5, 0.05, 40, 50, 45 },
		{ "a target below nothing", TELL_SHORT, LEVEL_DISTANCE, 0.05, 0.5, 40, 45, 50 },
		{ "less than a tick", TELL_LONG, LEVEL_DISTANCE, 1e-6, 0.05, 102, 101.99, 107 },
		{ "less than a tick, short", TELL_SHORT, LEVEL_DISTANCE, 0.05, 1e-6, 98, 103,
		  97.99 },
		{ "no stop by distance", TELL_LONG, LEVEL_PART, 0, 0.05, 102, 99.99, 107.1 },
		{ "no target by distance", TELL_LONG, LEVEL_PART, 0.01, 0, 102, 100.98, 100.01 },
		{ "neither", TELL_LONG, LEVEL_PART, 0, 0, 102, 99.99, 100.01 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		rig_open(&rig);
		rig.config.level_base = LEVEL_FILL;
		rig_restart(&rig);
		rig_stop = cases[i].stop;
		rig_target = cases[i].target;
		rig_level = cases[i].is;
		decide(cases[i].side, 100);
		struct order entry = told_sent(&rig, cases[i].what);
		tell_status(&rig, &entry, ST_FILLED, entry.want.n / NUM_ONE, cases[i].fill);
		CHECK_INT(told_trade(&rig)->stop.n, rig_px(cases[i].is_stop).n, "%s: the stop",
			  cases[i].what);
		CHECK_INT(told_trade(&rig)->target.n, rig_px(cases[i].is_target).n,
			  "%s: the target", cases[i].what);
		rig_close(&rig);
	}
}

/* A share in a billion that cost nothing; and a target that no number holds. */
void test_engine_levels_of_odd_fills(void)
{
	rig_open(&rig);
	rig.config.level_base = LEVEL_FILL;
	rig_restart(&rig);
	decide(TELL_LONG, 100);
	struct order entry = told_sent(&rig, "an entry");
	struct report r = tell_of(&entry, ST_CANCELED, 0, 0);
	r.done.n = r.n.n = 1;
	r.at = rig_px(0.1);
	tell(&rig, r);
	CHECK_INT(told_trade(&rig)->in.n, 1, "a billionth of a share");
	CHECK_INT(told_trade(&rig)->in_value.n, 0, "for nothing");
	CHECK_INT(told_trade(&rig)->stop.n, rig_px(99).n, "the stop stays");
	rig_close(&rig);

	rig_open(&rig);
	rig.config.level_base = LEVEL_FILL;
	rig_restart(&rig);
	rig_stop = 0.5;
	rig_target = 1e8;
	rig_size = 500;
	decide(TELL_LONG, 0.02);
	entry = told_sent(&rig, "an entry");
	CHECK_INT(entry.take_profit.n, 2000000 * NUM_ONE + 2 * (NUM_ONE / 100),
		  "a target of two millions");
	tell_status(&rig, &entry, ST_FILLED, entry.want.n / NUM_ONE, 100);
	CHECK_INT(told_trade(&rig)->stop.n, 50 * NUM_ONE, "the stop is where the fill was halved");
	CHECK_INT(told_trade(&rig)->target.n, 2000100 * NUM_ONE, "the target so far from it");
	rig_close(&rig);
}
