/* chart_values.c: whatever the way on which bars come, and whenever values are asked for, they are
 * the same; and no bar that has not closed is in them. */
#include "test/unit/chart_rig.h"

static struct rig one, two;
static struct bar market[RIG_MINUTES], other[RIG_MINUTES], longer[RIG_MINUTES];

static const char *const texts[] = {
	"rsi(14)", "bb_lower(20, 2.5)", "volume > 1.5 * volume_sma(20)[1]", "atr(14)[3]",
	"ema(9) crosses_above ema(21)", "highest(high, 10)[1] < close", "vwap", "macd_hist()",
	"tf(15m, ema(5) > ema(9))", "tf(60m, sma(3))", "tf(15m, close)[2]", "tf(1d, close)",
	"rs(5)", "bench(ema(10))", "bench(close)[3]", "tf(15m, bench(close))",
	"bench(tf(15m, high))", "session_minute", "sma(close / bench(close), 7)",
	"zscore(20) < -1 and not rsi(14) > 40", "stoch_d(14,3,3) + ema(sma(5), 4)",
};
#define TEXTS ((uint32_t)COUNT(texts))

static void open_both(int32_t seconds, uint32_t symbols)
{
	rig_texts(&one, seconds, texts, TEXTS, symbols, true);
	rig_texts(&two, seconds, texts, TEXTS, symbols, true);
}

static void close_both(void)
{
	rig_end(&one);
	rig_end(&two);
}

/* Closes all that ends at or before t. */
static void until(struct rig *r, ns t)
{
	while (chart_pending(r->chart) <= t) {
		chart_close(r->chart);
		rig_walk(r);
	}
}

void test_chart_values_minutes_are_batches(void)
{
	size_t n = rig_market(market, 0, 3, 1, true, 11), bars[2], at[2] = { 0 };
	static struct bar whole[2][1000];

	open_both(300, 1);
	bars[0] = rig_longer(whole[0], market, n, 0, 5);
	bars[1] = rig_longer(whole[1], market, n, RIG_BENCH, 5);
	uint32_t compared = 0;
	for (size_t i = 0; i < n; i++) {
		ns before = chart_end(one.chart, 0);
		until(&one, market[i].open_ts);
		for (int k = 0; k < 2; k++)
			while (at[k] < bars[k] && whole[k][at[k]].ts <= market[i].open_ts) {
				until(&two, whole[k][at[k]].open_ts);
				CHECK_INT(chart_take(two.chart, &whole[k][at[k]++], 0), CHART_TOOK,
					  "a whole bar");
				if (k == 0 && at[1] < bars[1] &&
				    whole[1][at[1]].ts <= market[i].open_ts)
					CHECK_INT(chart_take(two.chart, &whole[1][at[1]++], 0),
						  CHART_TOOK, "the benchmark's");
			}
		until(&two, market[i].open_ts);
		if (chart_end(one.chart, 0) != before) {
			compared++;
			if (!rig_equal(&one, &two))
				break;
		}
		CHECK_INT(chart_take(one.chart, &market[i], 0), CHART_TOOK, "a minute");
	}
	CHECK(compared > 200, "they were compared at %u bars", compared);
	close_both();
}

/* The benchmark comes last, and one symbol wholly before the next. */
void test_chart_values_symbol_by_symbol(void)
{
	size_t n = rig_market(market, 0, 4, 3, true, 5);
	static const sym names[] = { 0, 1, 2, RIG_BENCH };

	open_both(300, 3);
	for (size_t k = 0; k < COUNT(names); k++) {
		size_t bars = rig_longer(longer, market, n, names[k], 5);
		for (size_t i = 0; i < bars; i++)
			rig_history(&one, &longer[i]);
	}
	CHECK(rig_walk(&one) > 4 * 200, "all of the history waits");
	for (int d = 0; d < 4; d++)
		for (int m = 0; m < 390; m += 5)
			for (size_t k = 0; k < COUNT(names); k++) {
				ns t = rig_time(d, m);
				struct bar in[5];
				uint32_t parts = 0;
				for (ns i = t; i < t + 5 * NS_MINUTE; i += NS_MINUTE)
					parts += rig_minute(&in[parts], names[k], i, 5);
				if (parts == 0)
					continue;
				struct bar b = rig_join(in, parts, t, t + 5 * NS_MINUTE);
				rig_history(&two, &b);
				if (k == 3)
					rig_walk(&two);
			}
	rig_walk(&two);
	CHECK_INT(chart_count(one.chart, 0), chart_count(two.chart, 0), "as many bars");
	CHECK(rig_equal(&one, &two), "history is walked over in order of time");
	size_t more = rig_market(market, 4, 1, 3, true, 5);
	for (size_t i = 0; i < more && i < 400; i++) {
		rig_feed(&one, &market[i]);
		rig_feed(&two, &market[i]);
	}
	CHECK(rig_equal(&one, &two), "and what follows is the same");
	close_both();
}

/* Values are asked for, of one chart always and in order, of the other by chance. */
void test_chart_values_asked_or_not(void)
{
	size_t n = rig_market(market, 0, 2, 2, true, 7);
	struct rng rng;

	rng_seed(&rng, check_seed());
	open_both(60, 2);
	for (size_t i = 0; i < n; i++) {
		rig_feed(&one, &market[i]);
		rig_feed(&two, &market[i]);
		for (uint32_t k = 0; k < TEXTS; k++)
			rig_value(&one, 0, k);
		for (uint64_t asked = rng_below(&rng, 4); asked > 0; asked--) {
			uint32_t k = (uint32_t)rng_below(&rng, TEXTS);
			uint32_t slot = (uint32_t)rng_below(&rng, 2);
			double a = rig_value(&one, slot, k), b = rig_value(&two, slot, k);
			if (!CHECK(rig_same(a, b), "%s: %.17g and %.17g", texts[k], a, b))
				i = n;
		}
	}
	CHECK(rig_equal(&one, &two), "at the end, all are the same");
	close_both();
}

void test_chart_values_saved(void)
{
	size_t n = rig_market(market, 0, 3, 2, true, 3), size, cut = n / 2;
	static char copy[8 << 20];
	const char *const less[] = { "rsi(14)" };

	open_both(300, 2);
	for (size_t i = 0; i < cut; i++)
		rig_feed(&one, &market[i]);
	size = chart_save(one.chart, NULL, 0);
	CHECK(size < sizeof copy, "a copy has %zu bytes", size);
	CHECK_INT(chart_save(one.chart, copy, sizeof copy), size, "the copy is made");
	CHECK(!chart_load(two.chart, copy, size - 1), "a part of one is refused");
	CHECK(chart_load(two.chart, copy, size), "it is taken");
	CHECK(rig_equal(&one, &two), "the copy has the same values");
	for (size_t i = cut; i < n; i++) {
		rig_feed(&one, &market[i]);
		rig_feed(&two, &market[i]);
		if (i % 50 == 0 && !rig_equal(&one, &two))
			break;
	}
	CHECK(rig_equal(&one, &two), "and goes on as if nothing had been");
	rig_end(&two);
	rig_texts(&two, 300, less, 1, 2, true);
	CHECK(!chart_load(two.chart, copy, size), "another plan refuses it");
	close_both();
}

/* Two markets that are the same up to a moment, and differ from there on: also in the slices that
 * are being built at that moment. */
void test_chart_values_no_later_bar(void)
{
	size_t n = rig_market(market, 0, 2, 2, true, 21), m = rig_market(other, 0, 2, 2, true, 22);

	open_both(300, 2);
	for (int minute = 3; minute < 780; minute += 37) {
		ns cut = rig_time(minute / 390, minute % 390);
		rig_again(&one);
		rig_again(&two);
		for (size_t i = 0; i < n && market[i].ts <= cut; i++) {
			rig_feed(&one, &market[i]);
			rig_feed(&two, &market[i]);
		}
		until(&one, cut);
		until(&two, cut);
		for (size_t i = 0; i < m && other[i].ts <= cut + 4 * NS_MINUTE; i++)
			if (other[i].open_ts >= cut && other[i].ts <= cut / (300 * NS_SECOND) *
			    (300 * NS_SECOND) + 300 * NS_SECOND)
				CHECK_INT(chart_take(two.chart, &other[i], 0), CHART_TOOK,
					  "a bar of the slice that is open");
		if (!CHECK(rig_equal(&one, &two), "at minute %d nothing of it is seen", minute))
			break;
	}
	close_both();
}

void test_chart_values_stale_benchmark(void)
{
	static const char *const some[] = { "bench(close)", "rs(2)", "bench(rsi(2)) > 0" };
	struct bar b;

	rig_texts(&one, 60, some, 3, 1, true);
	for (int m = 0; m < 20; m++) {
		ns t = rig_time(0, m);
		b = rig_flat(0, t, t + NS_MINUTE, 100 + m, 0);
		rig_feed(&one, &b);
		if (m < 8 || m > 13) {
			b = rig_flat(RIG_BENCH, t, t + NS_MINUTE, 400 + m, 0);
			rig_feed(&one, &b);
		}
		until(&one, t + NS_MINUTE);
		double v = rig_value(&one, 0, 0);
		if (m < 8 || m > 13)
			CHECK(v == 400 + m, "minute %d: the benchmark's own bar, not %g", m, v);
		else if (m < 10)
			CHECK(v == 407, "minute %d: its newest, if not too old, not %g", m, v);
		else
			CHECK(isnan(v), "minute %d: no value of a stale one, not %g", m, v);
		CHECK(rig_value(&one, 0, 2) != 1.0 || m < 10 || m > 13, "nor anything made of it");
	}
	rig_end(&one);
	rig_texts(&one, 60, some, 3, 1, false);
	b = rig_flat(0, rig_time(0, 0), rig_time(0, 1), 100, 0);
	rig_feed(&one, &b);
	until(&one, b.ts);
	CHECK(isnan(rig_value(&one, 0, 0)), "without a benchmark there is no value");
	rig_end(&one);
}

/* A computer with half a gigabyte has five of them. */
void test_chart_values_memory(void)
{
	const struct chart_config *c = &one.config;

	rig_texts(&one, 60, texts, 4, 8, true);
	CHECK(chart_size(c) < 9 * 33 * 1024, "9 symbols: %zu bytes without frames", chart_size(c));
	rig_end(&one);
	rig_texts(&one, 60, texts, TEXTS, 8, true);
	CHECK(chart_size(c) < 9 * 56 * 1024, "9 symbols: %zu bytes, three frames", chart_size(c));
	rig_end(&one);
}

/* The benchmark may be ahead of a symbol whose bar is late, or that came to the list later: as it
 * was then is what counts. */
void test_chart_values_benchmark_ahead(void)
{
	static const char *const some[] = { "bench(close)", "bench(sma(2))", "bench(close)[1]" };
	struct bar b;

	rig_texts(&one, 60, some, 3, 1, true);
	for (int m = 0; m < 6; m++) {
		b = rig_flat(RIG_BENCH, rig_time(0, m), rig_time(0, m + 1), 400 + m, 0);
		rig_feed(&one, &b);
	}
	until(&one, rig_time(0, 6));
	for (int m = 1; m < 4; m++) {
		b = rig_flat(0, rig_time(0, m), rig_time(0, m + 1), 100, BAR_WARMUP);
		rig_feed(&one, &b);
		rig_walk(&one);
		CHECK(rig_value(&one, 0, 0) == 400 + m, "its bar of then");
		CHECK(rig_value(&one, 0, 1) == 399.5 + m, "and its mean");
	}
	CHECK(rig_value(&one, 0, 2) == 402, "and of the bar before");
	rig_end(&one);
}

void test_chart_values_gaps(void)
{
	static const char *const some[] = { "close[1]", "sma(3)", "tf(15m, close)", "vwap" };
	struct bar b;

	rig_texts(&one, 60, some, 4, 1, false);
	static const int minutes[] = { 0, 1, 50, 51 };
	for (size_t i = 0; i < COUNT(minutes); i++) {
		ns t = rig_time(0, minutes[i]);
		b = rig_flat(0, t, t + NS_MINUTE, 100 + minutes[i], 0);
		rig_feed(&one, &b);
		until(&one, b.ts);
	}
	CHECK_INT(chart_count(one.chart, 0), 4, "minutes without trades make no bar");
	CHECK(rig_value(&one, 0, 0) == 150, "the bar before is the one that there was");
	CHECK(rig_value(&one, 0, 1) == (101.0 + 150.0 + 151.0) / 3, "windows are of bars");
	CHECK(rig_value(&one, 0, 2) == 101, "a frame's bar closes when its time is over");
	b = rig_flat(0, rig_time(1, 0), rig_time(1, 1), 200, 0);
	rig_feed(&one, &b);
	until(&one, b.ts);
	CHECK(rig_value(&one, 0, 2) == 151, "over the night as well");
	CHECK(rig_value(&one, 0, 3) == 200, "and the session's mean begins anew");
	rig_end(&one);
}

/* As many operands as the compiler lets wait for each other. */
void test_chart_values_of_the_deepest_expression(void)
{
	static char text[512];
	const char *some[] = { text };
	size_t n = 0;

	for (int i = 0; i + 1 < PLAN_STACK; i++, n += 7)
		memcpy(text + n, "close+(", 7);
	memcpy(text + n, "close", 5);
	memset(text + n + 5, ')', PLAN_STACK - 1);
	rig_texts(&one, 60, some, 1, 1, false);
	struct bar b = rig_flat(0, rig_time(0, 0), rig_time(0, 1), 2, BAR_WARMUP);
	rig_history(&one, &b);
	rig_walk(&one);
	CHECK(rig_value(&one, 0, 0) == 2 * PLAN_STACK, "the sum of them all");
	rig_end(&one);
}

/* A value's own past is kept by it, whatever there still is of the bars that it was made of. */
void test_chart_values_windows_are_longer_than_rows_stay(void)
{
	enum { BARS = 1200, WINDOW = 400 };
	static const char *const some[] = { "lowest(close * 2, 400)",
		"tf(15m, lowest(close * 2, 5))" };

	rig_texts(&one, 60, some, 2, 1, false);
	CHECK(WINDOW > CHART_BARS_MIN, "bars stay for less than the window is long");
	for (int i = 0; i < BARS; i++) {
		ns t = rig_time(i / 300, i % 300);
		struct bar b = rig_flat(0, t, t + NS_MINUTE, 100 + i, BAR_WARMUP);
		rig_history(&one, &b);
		rig_walk(&one);
		double v = rig_value(&one, 0, 0), w = rig_value(&one, 0, 1);
		int frames = (i + 1) / 15;
		CHECK(i + 1 < WINDOW ? isnan(v) : v == 2 * (100 + i + 1 - WINDOW),
		      "bar %d: the lowest of %d, not %g", i, WINDOW, v);
		CHECK(frames < 5 ? isnan(w) : w == 2 * (100 + 15 * (frames - 5) + 14),
		      "bar %d: the lowest of five longer ones, not %g", i, w);
	}
	rig_end(&one);
}

/* Cleared in the middle of a day, with a slice half built, and fed with half the prices: what is
 * computed is what a chart says that never saw others. */
void test_chart_values_cleared(void)
{
	size_t n = rig_market(market, 0, 4, 3, true, 17);

	open_both(300, 3);
	for (size_t i = 0; i < n - n / 7; i++)
		rig_feed(&one, &market[i]);
	CHECK(chart_pending(one.chart) != INT64_MAX, "a slice is being built");
	chart_clear(one.chart);
	CHECK_INT(chart_pending(one.chart), INT64_MAX, "it is no more");
	CHECK(rig_equal(&one, &two), "nothing is known");
	for (size_t i = 0; i < n; i++) {
		struct bar half = market[i];
		half.open.n /= 2;
		half.high.n /= 2;
		half.low.n /= 2;
		half.close.n /= 2;
		rig_feed(&one, &half);
		rig_feed(&two, &half);
		if (i % 50 == 0 && !CHECK(rig_equal(&one, &two), "bar %zu: the same values", i))
			break;
	}
	CHECK_INT(chart_count(one.chart, 0), chart_count(two.chart, 0), "as many bars");
	close_both();
}
