/* engine_bars.c: from minutes to slices: grid, lateness, doubles, order, warm-up; names. */
#include "test/unit/engine_rig.h"

static struct rig rig;

static uint32_t bars(uint32_t slot)
{
	return chart_bars(engine_chart(rig.engine), slot);
}

static struct bar newest(uint32_t slot)
{
	return chart_bar(engine_chart(rig.engine), slot, 0);
}

/* One minute of AAPL that ends at h:m, with its own high and low. */
static void minute_bar(int h, int m, double open, double high, double low, double close,
		       uint16_t flags, ns now)
{
	struct event ev = { .ts = now, .kind = EV_BAR, .u.bar = {
		.open_ts = rig_time(h, m - 1, 0), .ts = rig_time(h, m, 0), .open = rig_px(open),
		.high = rig_px(high), .low = rig_px(low), .close = rig_px(close), .volume = 100,
		.trades = 3, .sym = 0, .flags = flags } };

	rig_step(&rig, &ev);
}

static void open_5m(void)
{
	rig_open(&rig);
	rig.config.timeframe_s = 300;
	rig_restart(&rig);
	rig_ready(&rig);
}

void test_engine_bars_five_minutes(void)
{
	open_5m();
	const struct chart *c = engine_chart(rig.engine);
	for (int m = 1; m <= 5; m++)
		minute_bar(10, m, 100 + m, 102 + m, 99 + m, 101 + m, 0, rig_time(10, m, 0));
	CHECK_INT(chart_bars(c, 0), 0, "a bar is closed by the clock, not by its last minute");
	CHECK_INT(engine_wake(rig.engine), rig_time(10, 5, 2), "it wants to be woken 2 s after");
	rig_clock(&rig, rig_time(10, 5, 0), true);
	CHECK_INT(chart_bars(c, 0), 1, "five minutes make a bar");
	struct bar bar = chart_bar(c, 0, 0), *b = &bar;
	CHECK_INT(b->open_ts, rig_time(10, 0, 0), "it begins on the grid");
	CHECK_INT(b->ts, rig_time(10, 5, 0), "and ends on it");
	CHECK_INT(b->open.n, 101 * NUM_ONE, "open of the first");
	CHECK_INT(b->high.n, 107 * NUM_ONE, "highest");
	CHECK_INT(b->low.n, 100 * NUM_ONE, "lowest");
	CHECK_INT(b->close.n, 106 * NUM_ONE, "close of the last");
	CHECK_INT((int64_t)b->volume, 500, "volumes add up");
	CHECK_INT(engine_state(rig.engine)->last_decision, rig_time(10, 5, 0), "it was decided");
	CHECK_INT(engine_wake(rig.engine), INT64_MAX, "nothing is wanted any more");
	rig_close(&rig);
}

void test_engine_bars_any_order(void)
{
	static const int orders[3][5] = { { 1, 2, 3, 4, 5 }, { 5, 3, 1, 2, 4 }, { 4, 5, 2, 1, 3 } };

	for (int k = 0; k < 3; k++) {
		open_5m();
		for (int i = 0; i < 5; i++) {
			int m = orders[k][i];
			minute_bar(10, m, 100 + m, 102 + m, 99 + m, 101 + m, 0, rig_time(10, 5, 0));
			minute_bar(10, m, 1, 1, 1, 1, 0, rig_time(10, 5, 0));
		}
		rig_clock(&rig, rig_time(10, 5, 2), false);
		CHECK_INT(bars(0), 1, "order %d: two seconds later it is decided anyway", k);
		CHECK_INT(newest(0).open.n, 101 * NUM_ONE, "order %d: open", k);
		CHECK_INT(newest(0).close.n, 106 * NUM_ONE, "order %d: close", k);
		CHECK_INT(newest(0).low.n, 100 * NUM_ONE, "order %d: doubles are dropped",
				k);
		rig_close(&rig);
	}
}

void test_engine_bars_revised(void)
{
	open_5m();
	minute_bar(10, 1, 100, 100, 100, 100, 0, rig_time(10, 1, 0));
	minute_bar(10, 1, 100, 104, 100, 103, BAR_REVISED, rig_time(10, 1, 30));
	rig_clock(&rig, rig_time(10, 5, 0), true);
	CHECK_INT(newest(0).close.n, 103 * NUM_ONE,
		  "a correction in time counts");
	minute_bar(10, 1, 100, 109, 100, 108, BAR_REVISED, rig_time(10, 5, 30));
	CHECK_INT(newest(0).close.n, 103 * NUM_ONE,
		  "what was decided on is not changed");
	CHECK_INT(engine_state(rig.engine)->late_bars, 0, "and is no late bar");
	rig_close(&rig);
}

void test_engine_bars_late(void)
{
	rig_open(&rig);
	rig_ready(&rig);
	rig_bar(&rig, 1, rig_time(10, 1, 0), 50);
	rig_clock(&rig, rig_time(10, 1, 0), true);
	rig_tell[0] = TELL_LONG;
	rig_bar(&rig, 0, rig_time(10, 1, 0), 100);
	rig_clock(&rig, rig_time(10, 1, 10), false);
	CHECK_INT(bars(0), 1, "a late bar is for the indicators");
	CHECK_INT(newest(0).flags & BAR_LATE, BAR_LATE,
			"marked");
	CHECK_INT(rig.store.trades_n, 0, "nothing is decided on it");
	CHECK_INT(engine_state(rig.engine)->late_bars, 1, "it is counted");
	rig_bar(&rig, 0, rig_time(10, 1, 0), 100);
	CHECK_INT(bars(0), 1, "the same again is dropped");
	rig.now = rig_time(10, 2, 0);
	rig_bar(&rig, 0, rig_time(10, 2, 0), 100);
	rig_clock(&rig, rig_time(10, 2, 0), true);
	CHECK_INT(rig.store.trades_n, 1, "the next one is decided on");
	rig_close(&rig);
}

void test_engine_bars_session_only(void)
{
	rig_open(&rig);
	rig_ready(&rig);
	rig.now = rig_time(9, 0, 0);
	minute_bar(9, 29, 100, 100, 100, 100, BAR_WARMUP, rig_time(10, 0, 0));
	minute_bar(16, 1, 100, 100, 100, 100, BAR_WARMUP, rig_time(10, 0, 0));
	rig_clock(&rig, rig_time(10, 0, 5), false);
	CHECK_INT(bars(0), 0,
			"before and after the session nothing counts");
	minute_bar(9, 31, 100, 100, 100, 100, BAR_WARMUP, rig_time(10, 0, 5));
	rig_clock(&rig, rig_time(10, 0, 6), false);
	CHECK_INT(bars(0), 1, "the session's first minute does");
	rig_close(&rig);
}

void test_engine_bars_warmup(void)
{
	open_5m();
	for (int m = 5; m <= 60; m += 5) {
		struct event ev = { .kind = EV_BAR, .u.bar = {
			.open_ts = rig_time(9, 25 + m, 0), .ts = rig_time(9, 30 + m, 0),
			.open = rig_px(100), .high = rig_px(100), .low = rig_px(100), .close =
					rig_px(100),
			.volume = 9, .sym = 0, .flags = BAR_WARMUP } };
		if (m <= 30)
			rig_step(&rig, &ev);
	}
	rig_tell[0] = TELL_LONG;
	CHECK_INT(bars(0), 6, "history at the timeframe is taken as it is");
	/* The bar that the program's start cut in two. */
	minute_bar(10, 1, 100, 100, 100, 100, BAR_WARMUP, rig_time(10, 2, 30));
	minute_bar(10, 2, 100, 100, 100, 100, BAR_WARMUP, rig_time(10, 2, 30));
	for (int m = 3; m <= 5; m++)
		minute_bar(10, m, 100, 100, 100, 100, 0, rig_time(10, m, 0));
	CHECK_INT(rig.store.trades_n, 0, "history is not traded on");
	rig_clock(&rig, rig_time(10, 5, 0), true);
	CHECK_INT(bars(0), 7, "history and minutes make one bar");
	CHECK_INT((int64_t)newest(0).volume, 500, "a whole one");
	CHECK_INT(rig.store.trades_n, 1, "which is traded on");
	rig_close(&rig);
}

void test_engine_bars_odd(void)
{
	struct event ev = { .kind = EV_BAR, .u.bar = { .sym = 0 } };

	rig_open(&rig);
	rig_ready(&rig);
	rig_step(&rig, &ev);
	ev.u.bar.sym = SYM_NONE;
	rig_step(&rig, &ev);
	ev.u.bar = (struct bar){ .open_ts = rig_time(10, 0, 0), .ts = rig_time(10, 3, 0),
		.open = rig_px(1), .high = rig_px(1), .low = rig_px(1), .close = rig_px(1), .sym =
				0 };
	rig_step(&rig, &ev);
	rig_clock(&rig, rig_time(10, 9, 0), true);
	CHECK_INT(bars(0), 0,
			"bars that are none, or too long, are dropped");
	CHECK_INT(engine_state(rig.engine)->odd_reports, 2, "and counted when they are ours");
	rig_close(&rig);
}

/* A scan every 45 seconds on one-minute bars is a scan on each; every two minutes is not. */
void test_engine_bars_interval(void)
{
	rig_open(&rig);
	rig.config.interval = 120 * NS_SECOND;
	rig_restart(&rig);
	rig_ready(&rig);
	for (int m = 1; m <= 6; m++) {
		rig.now = rig_time(10, m, 0);
		rig_bar(&rig, 0, rig.now, 100);
		rig_clock(&rig, rig.now + NS_SECOND * (m % 2), true);
	}
	CHECK_INT(engine_state(rig.engine)->bars, 3, "every other bar is looked at for entries");
	CHECK_INT(bars(0), 6, "all of them count");
	rig_close(&rig);
}

void test_engine_bars_gap(void)
{
	rig_open(&rig);
	rig_ready(&rig);
	rig_tell[0] = TELL_LONG;
	rig.now = rig_time(10, 1, 0);
	rig_bar(&rig, 0, rig.now, 100);
	rig_clock(&rig, rig_time(10, 4, 1), true);
	CHECK_INT(rig.store.trades_n, 0, "a decision that comes after three intervals is dropped");
	CHECK_INT(engine_state(rig.engine)->funnel[3], 1, "and counted as a gap");
	CHECK_TEXT(engine_funnel_name(&rig.config, 3), "gap", "under its name");
	CHECK(engine_funnel_name(&rig.config, 1 + 11) == NULL, "the names end");
	rig_close(&rig);
}

void test_engine_bars_funnel_adds_up(void)
{
	uint64_t sum = 0;

	rig_open(&rig);
	rig_ready(&rig);
	rig.now = rig_time(9, 30, 0);
	for (int m = 31; m < 31 + 60; m++) {
		ns end = rig_time(9, m, 0);
		rig.now = end > rig.now ? end : rig.now;
		for (sym s = 0; s < RIG_SYMBOLS; s++)
			rig_bar(&rig, s, end, 100);
		rig_clock(&rig, end, true);
	}
	for (int i = 0; i < FUNNEL_MAX; i++)
		sum += engine_state(rig.engine)->funnel[i];
	CHECK_INT(sum, engine_state(rig.engine)->bars, "every bar without an entry has its reason");
	rig_close(&rig);
}

void test_engine_ids(void)
{
	char cid[CID_TEXT], longest[CID_TEXT];

	engine_cid(cid, "mean-reversion-bull", "BRK.B", rig_time(10, 5, 0), 'e', 0);
	CHECK_INT(engine_cid_instance(str_of(cid)), engine_name_hash("mean-reversion-bull"),
		  "the instance is read from its order's name");
	CHECK(strstr(cid, "-BRK.B-") != NULL, "the symbol is in it: %s", cid);
	CHECK(strcmp(cid + strlen(cid) - 2, "-e") == 0, "the purpose is last: %s", cid);
	engine_cid(longest, "x", "ABCDEFGHIJK", INT64_MAX, 's', 255);
	CHECK(strlen(longest) < CID_TEXT, "the longest fits: %s", longest);
	CHECK_INT(engine_cid_instance(STR("gb-0123456-AAPL-x-e")), 0, "seven digits are not ours");
	CHECK_INT(engine_cid_instance(STR("gb-0123456X-AAPL-x-e")), 0, "nor other letters");
	CHECK_INT(engine_cid_instance(STR("")), 0, "nor nothing");
	CHECK(engine_name_hash("a") != engine_name_hash("b"), "names differ");
}
