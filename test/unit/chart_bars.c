/* chart_bars.c: from minutes to bars: grid, order, lateness, corrections, history, sessions. */
#include "test/unit/chart_rig.h"

static struct rig rig;

static void open_rig(int32_t seconds)
{
	rig_begin(&rig, seconds);
	rig_ready(&rig, 3, false);
}

static enum chart_took take(sym s, int from, int to, double price, uint16_t flags, ns decided)
{
	struct bar b = rig_flat(s, rig_time(0, from), rig_time(0, to), price, flags);

	return chart_take(rig.chart, &b, decided);
}

/* A minute that ends m minutes after the open, with a high and a low of its own. */
static enum chart_took minute(int m, double price, uint16_t flags)
{
	struct bar b = rig_flat(0, rig_time(0, m - 1), rig_time(0, m), price, flags);

	b.high.n += NUM_ONE;
	b.low.n -= NUM_ONE;
	b.close.n += NUM_ONE / 2;
	return chart_take(rig.chart, &b, 0);
}

void test_chart_bars_join(void)
{
	static const int orders[3][5] = { { 1, 2, 3, 4, 5 }, { 5, 3, 1, 2, 4 }, { 4, 5, 2, 1, 3 } };

	for (int k = 0; k < 3; k++) {
		open_rig(300);
		for (int i = 0; i < 5; i++)
			CHECK_INT(minute(orders[k][i], 100 + orders[k][i], 0), CHART_TOOK,
				  "order %d: minute %d waits", k, orders[k][i]);
		CHECK_INT(minute(3, 90, 0), CHART_OLD, "the same minute again is not taken");
		CHECK_INT(rig_walk(&rig), 0, "nothing is closed before its slice is");
		CHECK_INT(chart_last(rig.chart, 0).n, 105.5 * NUM_ONE, "the newest price is known");
		CHECK_INT(chart_pending(rig.chart), rig_time(0, 5), "the slice ends on the grid");
		CHECK_INT(chart_close(rig.chart), rig_time(0, 5), "and is closed");
		CHECK_INT(chart_count(rig.chart, 0), 0, "its bar waits to be walked over");
		CHECK_INT(rig_walk(&rig), 1, "and is one bar");
		CHECK_INT(chart_pending(rig.chart), INT64_MAX, "nothing else is being built");
		struct bar b = chart_bar(rig.chart, 0, 0);
		CHECK_INT(b.open_ts, rig_time(0, 0), "order %d: begins on the grid", k);
		CHECK_INT(b.ts, rig_time(0, 5), "order %d: ends on the grid", k);
		CHECK_INT(b.open.n, 101 * NUM_ONE, "order %d: open of the first", k);
		CHECK_INT(b.high.n, 106 * NUM_ONE, "order %d: highest", k);
		CHECK_INT(b.low.n, 100 * NUM_ONE, "order %d: lowest", k);
		CHECK_INT(b.close.n, 105.5 * NUM_ONE, "order %d: close of the last", k);
		CHECK_INT((int64_t)b.volume, 500, "order %d: volumes add up", k);
		CHECK_INT(b.trades, 15, "order %d: trades add up", k);
		CHECK(chart_live(rig.chart, 0), "it may be decided on");
		CHECK_INT(chart_close_price(rig.chart, 0).n, b.close.n, "its close is exact");
		rig_end(&rig);
	}
}

void test_chart_bars_whole_is_minutes(void)
{
	open_rig(300);
	CHECK_INT(take(1, 0, 5, 50, 0, 0), CHART_TOOK, "a bar of the whole slice waits in it");
	CHECK_INT(take(1, 0, 5, 51, 0, 0), CHART_OLD, "the same slice again is not taken");
	CHECK_INT(take(1, 1, 2, 52, 0, 0), CHART_OLD, "nor a minute of it");
	CHECK_INT(take(1, 0, 5, 53, BAR_REVISED, 0), CHART_TOOK, "a correction in time is");
	CHECK_INT(minute(2, 100, 0), CHART_TOOK, "minutes of another symbol join the slice");
	chart_close(rig.chart);
	CHECK_INT(rig_walk(&rig), 2, "both are closed together");
	CHECK_INT(chart_close_price(rig.chart, 1).n, 53 * NUM_ONE, "the correction counts");
	CHECK_INT(chart_bar(rig.chart, 0, 0).open_ts, rig_time(0, 0), "a slice begins on the grid");
	CHECK_INT(minute(6, 100, 0), CHART_TOOK, "a minute");
	CHECK_INT(take(0, 5, 10, 70, 0, 0), CHART_TOOK, "and then the whole slice,");
	chart_close(rig.chart);
	rig_walk(&rig);
	CHECK_INT(chart_bar(rig.chart, 0, 0).open.n, 70 * NUM_ONE, "which has the minute in it");
	rig_end(&rig);
}

void test_chart_bars_revised(void)
{
	open_rig(300);
	minute(1, 100, 0);
	CHECK_INT(minute(1, 103, BAR_REVISED), CHART_TOOK, "a correction in time counts");
	chart_close(rig.chart);
	rig_walk(&rig);
	CHECK_INT(chart_close_price(rig.chart, 0).n, 103.5 * NUM_ONE, "as the bar's close");
	CHECK_INT(take(0, 0, 1, 108, BAR_REVISED, rig_time(0, 5)), CHART_OLD,
		  "what was decided on is not changed");
	CHECK_INT(rig_walk(&rig), 0, "and nothing waits");
	rig_end(&rig);
}

void test_chart_bars_late(void)
{
	open_rig(60);
	take(1, 0, 1, 50, 0, 0);
	ns decided = chart_close(rig.chart);
	rig_walk(&rig);
	CHECK_INT(take(0, 0, 1, 100, 0, decided), CHART_LATE, "behind the slice is late");
	CHECK_INT(rig_walk(&rig), 1, "it is in the series");
	CHECK_INT(chart_bar(rig.chart, 0, 0).flags, BAR_LATE, "marked");
	CHECK(!chart_live(rig.chart, 0), "and not to be decided on");
	CHECK_INT(take(0, 0, 1, 100, 0, decided), CHART_LATE, "the same again is late, too,");
	CHECK_INT(rig_walk(&rig), 0, "but not in the series twice");
	CHECK_INT(take(0, 1, 2, 101, 0, decided), CHART_TOOK, "the next is in time");
	CHECK_INT(take(0, 0, 1, 102, 0, decided), CHART_LATE, "behind what is being built is late");
	chart_close(rig.chart);
	CHECK_INT(rig_walk(&rig), 1, "and changes nothing");
	CHECK(chart_live(rig.chart, 0), "which may be decided on");
	CHECK_INT(chart_count(rig.chart, 0), 2, "two bars in all");
	rig_end(&rig);
}

void test_chart_bars_session(void)
{
	open_rig(60);
	CHECK_INT(take(0, -1, 0, 100, BAR_WARMUP, 0), CHART_OUTSIDE, "before the open");
	CHECK_INT(take(0, 390, 391, 100, BAR_WARMUP, 0), CHART_OUTSIDE, "after the close");
	CHECK_INT(take(0, -1440, -1439, 100, BAR_WARMUP, 0), CHART_OUTSIDE, "Sunday");
	CHECK_INT(take(0, 0, 1, 100, BAR_WARMUP, 0), CHART_CLOSED, "the session's first minute");
	CHECK_INT(take(0, 389, 390, 100, BAR_WARMUP, 0), CHART_CLOSED, "and its last");
	CHECK_INT(rig_walk(&rig), 2, "are bars");
	CHECK(!chart_live(rig.chart, 0), "of history");
	rig_end(&rig);
	rig_begin(&rig, 3600);
	rig_ready(&rig, 1, false);
	rig.config.extended = true;
	rig_again(&rig);
	CHECK_INT(take(0, -30, 0, 100, BAR_WARMUP, 0), CHART_TOOK, "before the open, extended");
	CHECK_INT(take(0, 0, 60, 100, BAR_WARMUP, 0), CHART_CLOSED, "slices begin at the open");
	CHECK_INT(take(0, 360, 390, 100, BAR_WARMUP, 0), CHART_CLOSED, "end at the close");
	CHECK_INT(take(0, 390, 450, 100, BAR_WARMUP, 0), CHART_CLOSED, "and go on from there");
	CHECK_INT(take(0, 640, 700, 100, BAR_WARMUP, 0), CHART_OUTSIDE, "not into the night");
	CHECK_INT(rig_walk(&rig), 4, "four bars");
	rig_end(&rig);
}

/* 2025-07-03: the market closes at 13:00. */
void test_chart_bars_half_day(void)
{
	ns open = ny_time(day_of(2025, 7, 3), 9, 30);
	struct bar b = rig_flat(0, open + 180 * NS_MINUTE, open + 210 * NS_MINUTE, 100, 0);

	open_rig(3600);
	CHECK_INT(chart_take(rig.chart, &b, 0), CHART_TOOK, "the last half hour");
	CHECK_INT(chart_close(rig.chart), open + 210 * NS_MINUTE, "it ends with the session");
	b = rig_flat(0, open + 210 * NS_MINUTE, open + 240 * NS_MINUTE, 100, 0);
	CHECK_INT(chart_take(rig.chart, &b, 0), CHART_OUTSIDE, "behind it is no session");
	rig_end(&rig);
}

void test_chart_bars_history_and_minutes(void)
{
	open_rig(300);
	for (int m = 0; m < 30; m += 5)
		CHECK_INT(take(0, m, m + 5, 100, BAR_WARMUP, 0), CHART_CLOSED, "history is whole");
	CHECK_INT(minute(31, 100, BAR_WARMUP), CHART_TOOK, "the bar that the start cut in two:");
	CHECK_INT(minute(32, 100, BAR_WARMUP), CHART_TOOK, "its first minutes are history,");
	for (int m = 33; m <= 35; m++)
		CHECK_INT(minute(m, 100, 0), CHART_TOOK, "its others are not");
	CHECK_INT(rig_walk(&rig), 6, "history is walked over");
	chart_close(rig.chart);
	CHECK_INT(rig_walk(&rig), 1, "history and minutes make one bar");
	CHECK_INT((int64_t)chart_bar(rig.chart, 0, 0).volume, 500, "a whole one");
	CHECK(chart_live(rig.chart, 0), "to be decided on");
	rig_end(&rig);
}

void test_chart_bars_implicit(void)
{
	open_rig(300);
	minute(1, 100, 0);
	minute(2, 101, 0);
	CHECK_INT(minute(6, 102, 0), CHART_TOOK, "a minute of the next slice");
	CHECK_INT(rig_walk(&rig), 1, "closes the one before");
	CHECK_INT(chart_bar(rig.chart, 0, 0).ts, rig_time(0, 5), "at its end");
	CHECK_INT(chart_pending(rig.chart), rig_time(0, 10), "and is built itself");
	rig_end(&rig);
}

/* What waits from before a slice is walked over before its bars are. */
void test_chart_bars_in_order(void)
{
	static const struct { sym name; int end; } want[] = {
		{ 1, 2 }, { 2, 2 }, { 1, 3 }, { 0, 9 }, { 2, 9 } };
	uint32_t slot;

	open_rig(60);
	take(2, 1, 2, 100, BAR_WARMUP, 0);
	take(1, 1, 2, 100, BAR_WARMUP, 0);
	take(1, 2, 3, 100, BAR_WARMUP, 0);
	take(2, 8, 9, 100, 0, 0);
	take(0, 8, 9, 100, 0, 0);
	chart_close(rig.chart);
	for (size_t i = 0; i < COUNT(want); i++) {
		CHECK(chart_next(rig.chart, &slot), "bar %zu waits", i);
		CHECK_INT(slot, want[i].name, "bar %zu is of the right symbol", i);
		CHECK_INT(chart_end(rig.chart, slot), rig_time(0, want[i].end), "in its turn");
	}
	CHECK(!chart_next(rig.chart, &slot), "then none does");
	rig_end(&rig);
}

void test_chart_bars_odd(void)
{
	struct bar b = { .sym = 0 };

	open_rig(300);
	CHECK_INT(chart_take(rig.chart, &b, 0), CHART_ODD, "an empty bar");
	CHECK_INT(take(SYM_NONE, 0, 1, 100, 0, 0), CHART_ODD, "of no symbol");
	CHECK_INT(take(7, 0, 1, 100, 0, 0), CHART_ODD, "of a symbol that is not here");
	CHECK_INT(take(0, 0, 10, 100, 0, 0), CHART_ODD, "too long");
	CHECK_INT(take(0, 0, 10, 100, BAR_WARMUP, 0), CHART_ODD, "too long for any frame");
	CHECK_INT(take(0, 4, 6, 100, 0, 0), CHART_ODD, "across two slices");
	b = rig_flat(0, rig_time(0, 0), rig_time(0, 1) - 1, 100, 0);
	CHECK_INT(chart_take(rig.chart, &b, 0), CHART_ODD, "too short");
	CHECK_INT(chart_pending(rig.chart), INT64_MAX, "nothing is built of them");
	for (int i = 0; i < 60; i++) {
		ns from = rig_time(0, 0) + i * NS_SECOND;
		b = rig_flat(0, from, from + NS_MINUTE, 100, 0);
		enum chart_took took = chart_take(rig.chart, &b, 0);
		CHECK(took == CHART_TOOK || took == CHART_OLD, "bars that overlap do no harm");
	}
	rig_end(&rig);
}

/* More than there is room for: as if it had begun later. */
void test_chart_bars_long_history(void)
{
	int n = 0;

	open_rig(60);
	for (int d = 0; d < 4; d++)
		for (int m = 0; m < 390; m++, n++) {
			struct bar b = rig_flat(0, rig_time(d, m), rig_time(d, m + 1), 10 + n,
						BAR_WARMUP);
			CHECK_INT(chart_take(rig.chart, &b, 0), CHART_CLOSED, "history is taken");
		}
	uint32_t walked = rig_walk(&rig);
	CHECK(walked >= CHART_WAIT_MIN && walked < 1000, "what fits is walked, not %u", walked);
	CHECK_INT(chart_close_price(rig.chart, 0).n, (9 + n) * NUM_ONE, "up to the newest");
	CHECK_INT(chart_bars(rig.chart, 0), CHART_BARS_MIN, "so many stay readable");
	for (uint32_t i = 0; i < CHART_BARS_MIN; i++)
		CHECK_INT(chart_bar(rig.chart, 0, i).close.n, (9 + n - (int)i) * NUM_ONE,
			  "bar %u is the right one", i);
	rig_end(&rig);
}

void test_chart_bars_exact_prices(void)
{
	static const int64_t prices[] = { 1, 99, 10000, 123456789, 999990000, 1000000007,
		399980000000, 1234567890123, 742500010000000, 2200000999999999 };

	open_rig(60);
	for (size_t i = 0; i < COUNT(prices); i++) {
		struct bar b = rig_flat(0, rig_time(0, (int)i), rig_time(0, (int)i + 1), 1, 0);
		b.open = b.high = b.low = b.close = (px){ prices[i] };
		rig_feed(&rig, &b);
		chart_close(rig.chart);
		rig_walk(&rig);
		CHECK_INT(chart_bar(rig.chart, 0, 0).open.n, prices[i], "prices come back exactly");
		CHECK_INT(chart_close_price(rig.chart, 0).n, prices[i], "closes too");
	}
	rig_end(&rig);
}

void test_chart_bars_slots(void)
{
	static const sym names[] = { 4, 2 };

	rig_begin(&rig, 60);
	rig_ready(&rig, 2, true);
	rig.config.symbol = names;
	rig.config.spare = 1;
	rig_again(&rig);
	CHECK_INT(chart_find(rig.chart, 4), 0, "slots are in the order of the symbols");
	CHECK_INT(chart_find(rig.chart, 2), 1, "all of them");
	CHECK_INT(chart_find(rig.chart, RIG_BENCH), 2, "the benchmark is behind");
	CHECK_INT(chart_find(rig.chart, 3), CHART_NONE, "others are not there");
	CHECK_INT(chart_add(rig.chart, 2), 1, "what is there is found");
	CHECK_INT(chart_add(rig.chart, 3), 3, "a spare one is made");
	CHECK_INT(chart_add(rig.chart, 5), CHART_NONE, "as long as there are");
	CHECK_INT(take(3, 0, 1, 10, 0, 0), CHART_TOOK, "it is fed as the others are");
	rig_end(&rig);
	rig.config.bench = 2;
	memset(&rig.arena, 0, sizeof rig.arena);
	rig_again(&rig);
	CHECK_INT(chart_add(rig.chart, 3), 2, "a benchmark among the symbols has their slot");
	rig_end(&rig);
}
