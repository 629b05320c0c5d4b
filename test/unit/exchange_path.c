#include "check.h"

#include "base/rng.h"
#include "exchange/path.h"

/* A bar of any shape: narrow or wide, on the grid or off it, cheap or dear, thin or not. */
static struct bar random_bar(struct rng *r, uint32_t minutes)
{
	static const int64_t units[] = { NUM_ONE / 100, NUM_ONE / 10000 };
	int64_t unit = units[rng_below(r, 2)];
	int64_t low = 1 + (int64_t)rng_below(r, rng_below(r, 2) == 0 ? 300 : 100000);
	uint64_t range = 1 + rng_below(r, rng_below(r, 2) == 0 ? 4 : 400);
	int64_t open = low + (int64_t)rng_below(r, range);
	int64_t close = low + (int64_t)rng_below(r, range);
	uint64_t volume = rng_below(r, (uint64_t)1 << rng_below(r, 32));
	struct bar b = {
		.open_ts = (ns)rng_below(r, 1000000) * 5 * NS_MINUTE,
		.low = { low * unit }, .high = { (low + (int64_t)range - 1) * unit },
		.open = { open * unit }, .close = { close * unit },
		.volume = (double)volume, .trades = (uint32_t)(volume / 100), .sym = 3,
	};

	b.ts = b.open_ts + minutes * NS_MINUTE;
	return b;
}

static void check_ticks(const struct path *p, const struct bar *b)
{
	uint32_t slots = p->minutes * PATH_TICKS;
	px first = { 0 }, last = { 0 }, high = { 0 }, low = { INT64_MAX };
	double volume = 0.0;

	for (uint32_t i = 0; i < slots; i++) {
		px at = p->tick[i].at;
		if (at.n == 0) {
			CHECK(p->tick[i].volume == 0.0, "no trade has no volume");
			continue;
		}
		first = first.n == 0 ? at : first;
		last = at;
		high = at.n > high.n ? at : high;
		low = at.n < low.n ? at : low;
		volume += p->tick[i].volume;
		bool own = at.n == b->open.n || at.n == b->close.n || at.n == b->high.n ||
			   at.n == b->low.n;
		CHECK(own || on_tick(at), "tick %u lies on the grid", i);
		CHECK(p->tick[i].volume >= 1.0 || b->volume < slots, "someone traded at tick %u",
		      i);
	}
	for (uint32_t i = slots; i < COUNT(p->tick); i++)
		CHECK_INT(p->tick[i].at.n, 0, "nothing behind the bar");
	CHECK_INT(first.n, b->open.n, "the first tick is the open");
	CHECK_INT(last.n, b->close.n, "the last tick is the close");
	CHECK_INT(high.n, b->high.n, "the highest tick is the high");
	CHECK_INT(low.n, b->low.n, "the lowest tick is the low");
	CHECK(volume == b->volume, "all shares are traded: %.0f of %.0f", volume, b->volume);
}

static void check_minutes(const struct path *p, const struct bar *b)
{
	struct bar m[PATH_MINUTES], all;
	size_t n = path_minutes(p, b, m);

	if (!CHECK(n >= 1 && n <= p->minutes, "1 to %u minutes", p->minutes))
		return;
	for (size_t i = 0; i < n; i++) {
		CHECK(bar_valid(&m[i]), "minute %zu is a bar", i);
		CHECK(m[i].ts - m[i].open_ts == NS_MINUTE, "of a minute");
		CHECK(m[i].open_ts >= b->open_ts && m[i].ts <= b->ts, "inside its bar");
		CHECK(i == 0 || m[i].open_ts >= m[i - 1].ts, "in order");
		CHECK(m[i].volume > 0.0 || b->volume == 0.0, "minutes without volume are absent");
		CHECK(m[i].volume == 0.0 ||
		      (m[i].vwap.n >= m[i].low.n && m[i].vwap.n <= m[i].high.n),
		      "its mean price is inside it");
		if (i == 0)
			all = m[0];
		else
			bar_join(&all, &m[i]);
	}
	CHECK_INT(all.open.n, b->open.n, "together: open");
	CHECK_INT(all.high.n, b->high.n, "together: high");
	CHECK_INT(all.low.n, b->low.n, "together: low");
	CHECK_INT(all.close.n, b->close.n, "together: close");
	CHECK(all.volume == b->volume, "together: volume");
	uint32_t trades = 0;
	for (size_t i = 0; i < COUNT(p->tick); i++)
		trades += p->tick[i].at.n != 0 ? path_prints(p->tick[i].volume) : 0;
	CHECK_INT(all.trades, trades, "together: trades");
}

void test_path_is_the_bar_again(void)
{
	struct rng r;

	rng_seed(&r, check_seed());
	for (int i = 0; i < 20000; i++) {
		uint32_t minutes = rng_below(&r, 3) == 0 ? 1 : 5;
		struct bar b = random_bar(&r, minutes);
		struct path p, again;

		path_walk(&p, &b, 7, STR("AAPL"));
		check_ticks(&p, &b);
		check_minutes(&p, &b);
		path_walk(&again, &b, 7, STR("AAPL"));
		CHECK(memcmp(&p, &again, sizeof(p)) == 0, "the same bar gives the same path");
	}
}

void test_path_depends_on_seed_and_name(void)
{
	struct bar b = {
		.open_ts = 0, .ts = 5 * NS_MINUTE, .open = { 100 * NUM_ONE },
		.high = { 102 * NUM_ONE }, .low = { 99 * NUM_ONE }, .close = { 101 * NUM_ONE },
		.volume = 100000.0, .trades = 800,
	};
	struct path a, c;
	struct bar m[PATH_MINUTES];

	path_walk(&a, &b, 1, STR("AAPL"));
	path_walk(&c, &b, 2, STR("AAPL"));
	CHECK(memcmp(&a, &c, sizeof(a)) != 0, "another seed, another path");
	path_walk(&c, &b, 1, STR("MSFT"));
	CHECK(memcmp(&a, &c, sizeof(a)) != 0, "another name, another path");
	CHECK_INT(path_minutes(&a, &b, m), 5, "a busy bar has all of its minutes");
}

void test_path_of_thin_bars(void)
{
	struct bar b = {
		.open_ts = 0, .ts = 5 * NS_MINUTE, .open = { 100 * NUM_ONE },
		.high = { 102 * NUM_ONE }, .low = { 99 * NUM_ONE }, .close = { 101 * NUM_ONE },
		.volume = 60.0,
	};
	struct bar m[PATH_MINUTES];
	size_t minutes = 0;

	for (int i = 0; i < 1000; i++) {
		struct path p;
		b.open_ts += 5 * NS_MINUTE;
		b.ts += 5 * NS_MINUTE;
		path_walk(&p, &b, 1, STR("AZO"));
		minutes += path_minutes(&p, &b, m);
	}
	CHECK(minutes > 1000 && minutes < 3000, "60 shares trade in one to three minutes of five, "
	      "%zu in 1000 bars", minutes);
	b.volume = 0.0;
	struct path p;
	path_walk(&p, &b, 1, STR("AZO"));
	CHECK_INT(path_minutes(&p, &b, m), 1, "a bar without volume is one minute");
	CHECK_INT(m[0].vwap.n, 0, "without a mean price");
}

void test_path_usually_turns_at_the_nearer_end_first(void)
{
	struct bar b = {
		.open_ts = 0, .ts = 5 * NS_MINUTE, .open = { 100 * NUM_ONE },
		.high = { 105 * NUM_ONE }, .low = { 99 * NUM_ONE }, .close = { 104 * NUM_ONE },
		.volume = 100000.0,
	};
	int low_first = 0;

	for (int i = 0; i < 1000; i++) {
		struct path p;
		path_walk(&p, &b, (uint64_t)i, STR("X"));
		for (size_t k = 0; k < COUNT(p.tick); k++) {
			if (p.tick[k].at.n == b.high.n)
				break;
			if (p.tick[k].at.n == b.low.n) {
				low_first++;
				break;
			}
		}
	}
	CHECK(low_first > 750 && low_first < 850, "four of five paths: %d of 1000", low_first);
}
