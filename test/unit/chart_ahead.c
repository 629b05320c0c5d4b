/* chart_ahead.c: bars that come a block ahead are what bars are that come when they have ended; and
 * nobody sees one before. */
#include "test/unit/chart_rig.h"

#include <stdlib.h>
#include <string.h>

#define SYMBOLS 3
#define SERIES  (SYMBOLS + 1)	/* and the benchmark */
#define LONGEST 700
#define UNIT    (NUM_ONE / 10000)

static const char *const texts[] = {
	"rsi(14)", "rsi(volume, 5)", "bb_lower(20, 2.5)", "volume > 1.5 * volume_sma(20)[1]",
	"atr(14)[3]", "ema(9) crosses_above ema(21)", "vwap", "macd_hist()", "ema(rsi(7), 3)",
	"tf(15m, ema(5) > ema(9))", "tf(60m, sma(3))", "tf(1d, close)", "rs(5)",
	"bench(ema(10))", "bench(close)[3]", "sma(close / bench(close), 7)", "rsi(14)[2]",
	"stoch_d(14,3,3) + ema(sma(5), 4)", "close", "tf(15m, bench(close))", "adx(5)",
};
#define FIRST_OF_ONE_FRAME 9	/* texts before are of one frame and of one symbol */

static struct rig one, two;
static struct bar market[RIG_MINUTES];

/* The same bars twice: as such, and as columns. */
static struct series {
	size_t bars, at;
	struct bar bar[LONGEST];
	uint32_t minute[LONGEST], open[LONGEST], high[LONGEST], low[LONGEST], close[LONGEST];
	double volume[LONGEST];
} series[SERIES];

static uint32_t units(px p)
{
	return (uint32_t)(p.n / UNIT);
}

static void put(struct series *s, struct bar b)
{
	size_t i = s->bars++;

	assert(i < LONGEST);
	b.trades = 0;		/* columns do not know */
	s->bar[i] = b;
	s->minute[i] = (uint32_t)(b.open_ts / NS_MINUTE);
	s->open[i] = units(b.open);
	s->high[i] = units(b.high);
	s->low[i] = units(b.low);
	s->close[i] = units(b.close);
	s->volume[i] = b.volume;
}

static sym name_of(size_t k)
{
	return k == SYMBOLS ? RIG_BENCH : (sym)k;
}

static void spoil(struct rng *rng, struct bar *b)
{
	static const double volumes[] = { -1, -1e300, 1e300, __builtin_nan(""),
					  -__builtin_inf() };

	switch (rng_below(rng, 7)) {
	case 0: b->low.n = 0; break;
	case 1: b->low.n = b->open.n + UNIT; break;
	case 2: b->low.n = b->close.n + UNIT; break;
	case 3: b->high.n = b->open.n - UNIT; break;
	case 4: b->high.n = b->close.n - UNIT; break;
	case 5: b->low.n = b->high.n + UNIT; break;
	default: b->volume = volumes[rng_below(rng, COUNT(volumes))]; break;
	}
}

/* Days of bars of five minutes. Some are missing; some stand before the open, where no slice
 * is, or across two slices; some are no bars. */
static void make_series(struct rng *rng, int days)
{
	static struct bar longer[RIG_MINUTES];
	size_t n = rig_market(market, 0, days, SYMBOLS, true, rng_below(rng, 1000));

	for (size_t k = 0; k < SERIES; k++) {
		struct series *s = &series[k];
		size_t all = rig_longer(longer, market, n, name_of(k), 5);
		s->bars = s->at = 0;
		for (size_t i = 0; i < all; i++) {
			struct bar b = longer[i];
			ns open = ny_time(ny_date(b.open_ts), 9, 30);
			b.ts = b.open_ts + 5 * NS_MINUTE;
			if (b.open_ts == open && rng_below(rng, 2) == 0)
				put(s, rig_flat(b.sym, open - 7 * NS_MINUTE,
						open - 2 * NS_MINUTE, 99, 0));
			if (rng_below(rng, 30) == 0) {
				b.open_ts += 2 * NS_MINUTE;
				b.ts += 2 * NS_MINUTE;
			} else if (rng_below(rng, 30) == 0) {
				spoil(rng, &b);
			} else if (rng_below(rng, 30) == 0) {
				continue;
			}
			if (s->bars == 0 || s->bar[s->bars - 1].ts <= b.open_ts)
				put(s, b);
		}
	}
}

/* Where all that a series has is walked over, its next bars come. */
static void bring(struct rng *rng, ns live_from)
{
	for (size_t k = 0; k < SERIES; k++) {
		struct series *s = &series[k];
		uint32_t slot = chart_find(two.chart, name_of(k));
		while (chart_slot(two.chart, slot)->ahead == 0 && s->at < s->bars) {
			size_t n = 1 + (size_t)rng_below(rng, CHART_AHEAD), at = s->at;
			bool old = s->bar[at].ts <= live_from;
			n = n < s->bars - at ? n : s->bars - at;
			while ((s->bar[at + n - 1].ts <= live_from) != old)
				n--;
			struct chart_bars b = { .minute = s->minute + at, .open = s->open + at,
				.high = s->high + at, .low = s->low + at, .close = s->close + at,
				.volume = s->volume + at, .unit = UNIT, .n = (uint32_t)n,
				.warmup = old };
			chart_ahead(two.chart, slot, &b);
			s->at += n;
		}
	}
}

/* The next slice of the one that is fed bar by bar. */
static ns next_end(const size_t at[SERIES])
{
	ns end = INT64_MAX;

	for (size_t k = 0; k < SERIES; k++)
		if (at[k] < series[k].bars && series[k].bar[at[k]].ts < end)
			end = series[k].bar[at[k]].ts;
	return end;
}

static bool same_bars(void)
{
	for (uint32_t slot = 0; slot < SERIES; slot++) {
		uint32_t n = chart_bars(one.chart, slot);
		if (!CHECK_INT(chart_count(two.chart, slot), chart_count(one.chart, slot),
			       "as many bars are closed in slot %u", slot) ||
		    !CHECK_INT(chart_last(two.chart, slot).n, chart_last(one.chart, slot).n,
			       "the newest price of slot %u", slot))
			return false;
		if (n == 0)
			continue;
		struct bar a = chart_bar(one.chart, slot, 0), b = chart_bar(two.chart, slot, 0);
		if (!CHECK(memcmp(&a, &b, sizeof a) == 0, "the newest bar of slot %u is the same",
			   slot) ||
		    !CHECK_INT(chart_live(two.chart, slot), chart_live(one.chart, slot),
			       "it is live, or not, in slot %u", slot))
			return false;
	}
	return true;
}

/* In the middle of blocks: another chart goes on. */
static void save_and_load(void)
{
	size_t size = chart_save(two.chart, NULL, 0);
	void *copy = malloc(size);

	assert(copy != NULL);
	CHECK_INT(chart_save(two.chart, copy, size), size, "the copy");
	rig_again(&two);
	CHECK(chart_load(two.chart, copy, size), "the copy is loaded");
	free(copy);
}

static bool run_both(struct rng *rng, ns live_from)
{
	size_t at[SERIES] = { 0 };
	uint32_t closed = 0;

	for (ns end; (end = next_end(at)) != INT64_MAX;) {
		for (size_t k = 0; k < SERIES; k++) {
			struct series *s = &series[k];
			if (at[k] == s->bars || s->bar[at[k]].ts != end)
				continue;
			struct bar b = s->bar[at[k]++];
			b.flags = end <= live_from ? BAR_WARMUP : 0;
			(void)chart_take(one.chart, &b, 0);
		}
		if (chart_pending(one.chart) <= end)
			chart_close(one.chart);
		bool any = rig_walk(&one) > 0;
		bring(rng, live_from);
		CHECK(chart_pending(two.chart) >= end, "nothing is left behind");
		if (!CHECK_INT(chart_pending(two.chart) == end, any, "a slice ends here") || !any)
			continue;
		if (rng_below(rng, 2) == 0) {
			CHECK_INT(chart_advance(two.chart), end, "the slice is closed at once");
		} else {
			CHECK_INT(chart_close(two.chart), end, "the slice is closed");
			CHECK(rig_walk(&two) > 0, "and its bars are walked over");
		}
		if (!same_bars() || !rig_equal(&one, &two))
			return false;
		if (++closed % 50 == 0)
			save_and_load();
	}
	return CHECK(closed > 150, "%u slices were compared", closed);
}

static bool once(uint64_t seed, uint32_t texts_n)
{
	struct rng rng;

	rng_seed(&rng, seed);
	make_series(&rng, 3);
	rig_texts(&one, 300, texts, texts_n, SYMBOLS, true);
	rig_texts(&two, 300, texts, texts_n, SYMBOLS, true);
	two.config.ahead = true;
	rig_again(&two);
	bool same = run_both(&rng, rng_below(&rng, 2) == 0 ? 0 : rig_time(1, 0));
	rig_end(&one);
	rig_end(&two);
	return same;
}

void test_chart_ahead_is_bar_by_bar(void)
{
	uint64_t seed = check_seed();

	for (uint64_t i = 0; i < 12; i++) {
		uint32_t n = i % 2 == 0 ? (uint32_t)COUNT(texts) : FIRST_OF_ONE_FRAME;
		bool same = once(seed + i, n);
		if (!CHECK(same, "blocks are what single bars are: seed %llu",
			   (unsigned long long)(seed + i)))
			return;
	}
}

/* What lies ahead shows nowhere: not as a bar, not as a price, not as a value. */
void test_chart_ahead_shows_nothing(void)
{
	struct rng rng;
	double before[COUNT(texts)];

	rng_seed(&rng, 3);
	make_series(&rng, 1);
	rig_texts(&two, 300, texts, FIRST_OF_ONE_FRAME, SYMBOLS, true);
	two.config.ahead = true;
	rig_again(&two);
	bring(&rng, 0);
	CHECK_INT(chart_count(two.chart, 0), 0, "no bar is there");
	CHECK_INT(chart_last(two.chart, 0).n, 0, "nor a price");
	CHECK(isnan(rig_value(&two, 0, 6)), "nor a value");
	while (chart_slot(two.chart, 0)->ahead > 0)
		chart_advance(two.chart);
	ns end = chart_end(two.chart, 0);
	for (uint32_t i = 0; i < FIRST_OF_ONE_FRAME; i++)
		before[i] = rig_value(&two, 0, i);
	struct bar last = chart_bar(two.chart, 0, 0);
	bring(&rng, 0);
	CHECK(chart_slot(two.chart, 0)->ahead > 0, "there are bars ahead");
	CHECK_INT(chart_end(two.chart, 0), end, "the newest bar stays it");
	CHECK_INT(chart_last(two.chart, 0).n, last.close.n, "so does the price");
	for (uint32_t i = 0; i < FIRST_OF_ONE_FRAME; i++)
		CHECK(rig_same(rig_value(&two, 0, i), before[i]), "and value %u", i);
	rig_end(&two);
}
