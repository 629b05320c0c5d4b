/* engine_saved.c: an engine goes on from a copy of its chart and its strategy's states as if there
 * had been no break, and takes no copy that is not its own. */
#include <stdlib.h>

#include "test/unit/engine_rig.h"

static struct rig one, two;

static struct bar bar_at(sym s, ns open, int minutes, double price, unsigned flags)
{
	return (struct bar){ .open_ts = open, .ts = open + minutes * NS_MINUTE, .sym = s,
			     .open = rig_px(price), .high = rig_px(price + 0.5),
			     .low = rig_px(price - 0.5), .close = rig_px(price + 0.1),
			     .volume = 1000.0 * minutes, .trades = 10u * (unsigned)minutes,
			     .flags = (uint16_t)flags };
}

static void give(struct rig *r, const struct bar *b)
{
	struct event ev = { .kind = EV_BAR, .ts = r->now, .u.bar = *b };

	rig_step(r, &ev);
}

/* Minutes from .. to of all symbols, each told to be complete. */
static void minutes(struct rig *r, int from, int to)
{
	for (int m = from; m < to; m++) {
		ns end = rig_time(9, 31 + m, 0);
		r->now = end;
		for (sym s = 0; s < RIG_SYMBOLS; s++) {
			struct bar b = bar_at(s, end - NS_MINUTE, 1, 100 + s + m % 7, 0);
			give(r, &b);
		}
		rig_clock(r, end, true);
	}
}

static void *saved(const struct rig *r, size_t *n)
{
	*n = engine_save(r->engine, NULL, 0);
	void *bytes = malloc(*n);

	assert(bytes != NULL);
	CHECK(engine_at_rest(r->engine), "nothing waits");
	CHECK_INT(engine_save(r->engine, bytes, *n), *n, "it is copied whole");
	return bytes;
}

static void same(const char *words)
{
	size_t a, b;
	void *x = saved(&one, &a), *y = saved(&two, &b);

	CHECK(a == b && memcmp(x, y, a) == 0, "%s: the same to the byte", words);
	free(x);
	free(y);
}

static void open_both(int timeframe_s)
{
	rig_open(&one);
	rig_open(&two);
	one.config.timeframe_s = two.config.timeframe_s = timeframe_s;
	rig_restart(&one);
	rig_restart(&two);
	one.now = two.now = rig_time(9, 30, 0);
	rig_ready(&one);
}

/* The second begins with what the first has. */
static const char *load(const void *bytes, size_t n, ns *known)
{
	return engine_load(two.engine, engine_state(one.engine), bytes, n, known);
}

static void close_both(void)
{
	rig_close(&one);
	rig_close(&two);
}

void test_engine_saved_goes_on(void)
{
	size_t n;
	ns known = 0;

	open_both(60);
	minutes(&one, 0, 20);
	void *bytes = saved(&one, &n);
	const char *why = load(bytes, n, &known);
	CHECK(why == NULL, "it is taken: %s", why);
	CHECK_INT(known, rig_time(9, 50, 0), "bars up to then are known");
	engine_restore(two.engine, engine_state(one.engine), NULL, 0, NULL, 0);
	two.now = one.now;
	rig_ready(&two);
	same("at once");
	minutes(&one, 20, 60);
	minutes(&two, 20, 60);
	same("later");
	CHECK_INT(engine_state(two.engine)->bars, engine_state(one.engine)->bars,
		  "and as many bars were decided on");
	free(bytes);
	close_both();
}

/* Saved in the middle of a slice, whose rest comes as history, of one symbol after the other. */
void test_engine_saved_in_a_slice(void)
{
	struct event read = { .kind = EV_SYNC, .u.sync.phase = SYNC_READ };
	size_t n;
	ns known = 0;

	open_both(300);
	minutes(&one, 0, 13);
	void *bytes = saved(&one, &n);
	const char *why = load(bytes, n, &known);
	CHECK(why == NULL, "it is taken: %s", why);
	CHECK_INT(known, rig_time(9, 40, 0), "the slice that is being built is not known");
	engine_restore(two.engine, engine_state(one.engine), NULL, 0, NULL, 0);
	minutes(&one, 13, 20);
	two.now = rig_time(9, 50, 7);
	for (sym s = 0; s < RIG_SYMBOLS; s++) {
		for (int k = 2; k < 4; k++) {
			/* As the minutes of the other are joined. */
			struct bar b = bar_at(s, rig_time(9, 30 + 5 * k, 0), 5, 0, BAR_WARMUP);
			b.open = rig_px(100 + s + 5 * k % 7);
			b.high = rig_px(0);
			b.low = rig_px(1000);
			for (int m = 5 * k; m < 5 * k + 5; m++) {
				px high = rig_px(100.5 + s + m % 7), low = rig_px(99.5 + s + m % 7);
				b.high = high.n > b.high.n ? high : b.high;
				b.low = low.n < b.low.n ? low : b.low;
				b.close = rig_px(100.1 + s + m % 7);
			}
			give(&two, &b);
		}
	}
	two.now = rig_time(9, 50, 8);
	read.ts = two.now;
	rig_step(&two, &read);
	rig_ready(&two);
	CHECK_INT(chart_count(engine_chart(two.engine), 0),
		  chart_count(engine_chart(one.engine), 0), "as many bars");
	minutes(&one, 20, 45);
	minutes(&two, 20, 45);
	for (sym s = 0; s < RIG_SYMBOLS; s++)
		for (uint32_t ago = 0; ago < 8; ago++) {
			struct bar a = chart_bar(engine_chart(one.engine), s, ago);
			struct bar b = chart_bar(engine_chart(two.engine), s, ago);
			CHECK(a.ts == b.ts && a.open.n == b.open.n && a.high.n == b.high.n &&
			      a.low.n == b.low.n && a.close.n == b.close.n,
			      "bar %u of symbol %u is the same, whatever came in between", ago, s);
		}
	free(bytes);
	close_both();
}

static void refused(const void *bytes, size_t n, const char *words)
{
	ns known = 0;
	const char *why = load(bytes, n, &known);

	CHECK(why != NULL && strstr(why, words) != NULL, "it is refused because %s: %s", words,
	      why == NULL ? "taken" : why);
	CHECK_INT(known, 0, "nothing is known then");
}

void test_engine_saved_refused(void)
{
	size_t n;

	open_both(60);
	minutes(&one, 0, 5);
	char *bytes = saved(&one, &n);
	refused(bytes, 20, "cut off");
	refused(bytes, n - 1, "changed");
	struct instance_state before = *engine_state(one.engine);
	before.last_decision -= NS_MINUTE;
	ns known = 0;
	const char *why = engine_load(two.engine, &before, bytes, n, &known);
	CHECK(why != NULL && strstr(why, "newer") != NULL, "not ahead of the books: %s", why);
	bytes[0] ^= 1;
	refused(bytes, n, "another version");
	bytes[0] ^= 1;
	memcpy(two.config.symbol_name[1], "MSFX", 5);
	rig_restart(&two);
	refused(bytes, n, "symbols have changed");
	memcpy(two.config.symbol_name[1], "MSFT", 5);
	two.config.bench = 7;
	rig_restart(&two);
	refused(bytes, n, "changed");
	free(bytes);
	close_both();
}

/* Missed bars come symbol by symbol: no slice is decided before the last has come. */
void test_engine_waits_for_missed_bars(void)
{
	struct event gap = { .kind = EV_SYNC, .u.sync.phase = SYNC_GAP };

	rig_open(&one);
	one.now = rig_time(9, 30, 0);
	rig_ready(&one);
	minutes(&one, 0, 5);
	uint64_t bars = engine_state(one.engine)->bars;
	one.now = gap.ts = rig_time(9, 36, 10);
	rig_step(&one, &gap);
	for (sym s = 0; s < RIG_SYMBOLS; s++) {
		struct bar b = bar_at(s, rig_time(9, 35, 0), 1, 100, 0);
		give(&one, &b);
		CHECK_INT(engine_state(one.engine)->bars, bars, "with symbol %u not yet", s);
	}
	gap.u.sync.phase = SYNC_READ;
	rig_step(&one, &gap);
	CHECK_INT(engine_state(one.engine)->bars, bars + RIG_SYMBOLS, "then all at once");
	CHECK_INT(engine_state(one.engine)->late_bars, 0, "none of them late");
	rig_close(&one);
}

/* After a stretch that nobody has told it begins to warm up again. */
void test_engine_hole(void)
{
	struct event hole = { .kind = EV_SYNC, .u.sync.phase = SYNC_HOLE };

	rig_open(&one);
	one.now = rig_time(9, 30, 0);
	rig_ready(&one);
	minutes(&one, 0, 30);
	uint32_t own = rig_strategy.conditions_n;	/* behind them the engine's: warmup first */
	uint64_t cold = engine_state(one.engine)->funnel[own];
	hole.ts = one.now;
	rig_step(&one, &hole);
	minutes(&one, 30, 31);
	CHECK_INT(engine_state(one.engine)->funnel[own], cold + (engine_warmup(one.engine) > 1 ?
		  RIG_SYMBOLS : 0), "what was known before does not count");
	minutes(&one, 31, 31 + (int)engine_warmup(one.engine));
	cold = engine_state(one.engine)->funnel[own];
	minutes(&one, 31 + (int)engine_warmup(one.engine), 33 + (int)engine_warmup(one.engine));
	CHECK_INT(engine_state(one.engine)->funnel[own], cold, "and then it is warm again");
	rig_close(&one);
}

/* The past in other shares, as after a split: with it read again, an engine is where one is that
 * never knew another; and nothing is decided before the reconciliation behind it. */
void test_engine_anew(void)
{
	struct event anew = { .kind = EV_SYNC, .u.sync.phase = SYNC_ANEW };

	open_both(60);
	minutes(&one, 0, 30);
	uint64_t bars = engine_state(one.engine)->bars;
	anew.ts = one.now;
	rig_step(&one, &anew);
	CHECK(!engine_at_rest(one.engine), "no checkpoint is made of it");
	CHECK_INT(chart_count(engine_chart(one.engine), 0), 0, "it knows nothing");
	two.now = one.now;
	for (sym s = 0; s < RIG_SYMBOLS; s++)
		for (int m = 0; m < 30; m++) {
			struct bar b = bar_at(s, rig_time(9, 30 + m, 0), 1, 50 + s + m % 7,
					      BAR_WARMUP);
			give(&one, &b);
			give(&two, &b);
		}
	CHECK_INT(chart_count(engine_chart(one.engine), 0), 0, "it waits for all of it");
	rig_ready(&one);
	rig_ready(&two);
	CHECK_INT(chart_count(engine_chart(one.engine), 0), 30, "then it is walked over");
	CHECK_INT(engine_state(one.engine)->bars, bars, "and not decided on once more");
	for (sym s = 0; s < RIG_SYMBOLS; s++)
		for (uint32_t ago = 0; ago < 30; ago++) {
			struct bar a = chart_bar(engine_chart(one.engine), s, ago);
			struct bar b = chart_bar(engine_chart(two.engine), s, ago);
			CHECK(memcmp(&a, &b, sizeof a) == 0, "symbol %u, %u ago: the same bar", s,
			      ago);
		}
	minutes(&one, 30, 40);
	CHECK(engine_state(one.engine)->bars > bars, "the day goes on");
	close_both();
}
