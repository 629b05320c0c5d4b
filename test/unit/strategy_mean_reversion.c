/* strategy_mean_reversion.c: the rule on bars made for it: what is one tick from an entry
 * is none, what is undefined is none, nothing depends on what comes later. */
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "strategy/strategy.h"
#include "test/check.h"

#define BARS 256
#define NODES 64

enum { STOCK, BENCH };

static struct {
	const struct strategy *s;
	struct params p;
	struct plan_ref in[INPUTS_MAX];
	struct arena arena;
	struct chart *chart;
	ns t;
} m;

static void begin(const char *preset)
{
	if (m.arena.memory != NULL)
		arena_close(&m.arena);
	memset(&m, 0, sizeof m);
	m.s = strategy_find(STR("mean_reversion"));
	params_default(m.s, &m.p);
	CHECK_INT(params_preset(m.s, &m.p, str_of(preset)), OK, "preset %s", preset);
	m.t = 1000 * NS_DAY;
}

static void set(const char *key, const char *value)
{
	char why[96];

	CHECK_INT(params_set(m.s, &m.p, str_of(key), str_of(value), why, sizeof why), OK, "%s",
			why);
}

static struct bar bar_of(sym s, double close, double volume)
{
	px p = { llround(close * 1e4) * (NUM_ONE / 10000) };

	return (struct bar){ .open_ts = m.t - NS_MINUTE, .ts = m.t, .open = p, .high = p, .low = p,
			     .close = p, .volume = volume, .sym = s };
}

/* When the first bar comes the parameters are known. */
static void open_chart(void)
{
	static const sym symbols[] = { STOCK };
	struct rule_error why;
	struct plan *p;
	struct chart_config c = { .raw = true, .symbols = 1, .symbol = symbols, .bench = BENCH };

	CHECK_INT(arena_open(&m.arena, (size_t)8 << 20), OK, "memory");
	p = plan_new(&m.arena, NODES, 60);
	CHECK(strategy_plan(m.s, &m.p, p, m.in, &why), "the inputs compile: %s", why.text);
	plan_seal(p);
	c.plan = p;
	m.chart = chart_new(&m.arena, &c);
}

static void give(const struct bar *b)
{
	uint32_t slot;

	CHECK_INT(chart_take(m.chart, b, 0), CHART_CLOSED, "a bar is taken");
	CHECK(chart_next(m.chart, &slot), "and walked over");
}

/* A minute: the stock, and the benchmark unless it has no bar. */
static void push(double close, double volume, double bench)
{
	if (m.chart == NULL)
		open_chart();
	m.t += NS_MINUTE;
	struct bar b = bar_of(STOCK, close, volume), at = bar_of(BENCH, bench, 1);
	if (bench > 0)
		give(&at);
	give(&b);
}

static struct view view_of(const struct trade *t, bool shorts)
{
	return (struct view){
		.now = m.t, .timeframe_s = 60, .chart = m.chart, .slot = STOCK, .in = m.in,
		.trade = t, .bench = true, .may_long = !shorts, .may_short = shorts
	};
}

static double value(uint32_t i)
{
	struct view v = view_of(NULL, false);

	return view_in(&v, m.s->value_input[i]);
}

static struct decision ask(const struct trade *t, bool shorts)
{
	struct view v = view_of(t, shorts);
	struct decision d = { 0 };

	m.s->decide(NULL, NULL, &m.p, &v, &d);
	return d;
}

static const char *reason(const struct decision *d)
{
	return d->what == DECIDE_ENTER ? "enter" : d->what == DECIDE_EXIT ? "exit" :
		d->what == DECIDE_NONE ? "none" : m.s->conditions[d->failed];
}

/* 255 quiet bars that move a little, then one of the test's choice. */
static void quiet(double bench_step)
{
	for (int i = 0; i < BARS - 1; i++)
		push(100 + (i % 2 == 0 ? 0.05 : -0.05), 1000, 500 - bench_step * i);
}

static struct decision last_bar(double close, double volume, double bench)
{
	push(close, volume, bench);
	return ask(NULL, false);
}

void test_mean_reversion_literal(void)
{
	struct decision d;

	begin("literal");
	quiet(0.5);
	d = last_bar(99, 3001, 360);
	CHECK_TEXT(reason(&d), "enter", "far down on volume, and the benchmark further");
	CHECK_INT(d.side, SIDE_BUY, "it buys");
	CHECK(fabs(d.stop - 98.01) < 1e-9 && fabs(d.target - 103.95) < 1e-9, "1 %% and 5 %%");
	CHECK_INT(d.hold, 30 * NS_MINUTE, "for half an hour");
	begin("literal");
	quiet(0.5);
	d = last_bar(99, 3000, 360);
	CHECK_TEXT(reason(&d), "volume", "three times exactly is not more");
	CHECK(value(5) == 3.0, "the value is kept");
	begin("literal");
	quiet(0);
	d = last_bar(99, 3001, 500);
	CHECK_TEXT(reason(&d), "rs", "behind the benchmark");
	begin("literal");
	quiet(0.5);
	d = last_bar(100, 3001, 360);
	CHECK_TEXT(reason(&d), "rsi", "inside the bands");
	begin("literal");
	set("rsi_max", "0");
	quiet(0.5);
	d = last_bar(99, 3001, 360);
	CHECK_TEXT(reason(&d), "rsi", "an RSI is never below 0");
}

void test_mean_reversion_no_value(void)
{
	struct decision d;

	begin("literal");
	for (int i = 0; i < BARS; i++)
		push(100, 1000, 500 - i);
	d = ask(NULL, false);
	CHECK_TEXT(reason(&d), "no_value", "a price that never moves has no RSI");
	CHECK(isnan(value(4)), "and none is shown");
	begin("literal");
	for (int i = 0; i < BARS - 1; i++)
		push(100 + 0.1 * (i % 2), 0, 500 - i * 0.5);
	d = last_bar(98, 1000, 360);
	CHECK_TEXT(reason(&d), "no_value", "a mean volume of nothing has no multiple");
	CHECK_INT(m.s->warmup(&m.p), 250, "the warm-up is as the parameters say");
	set("warmup", "0");
	CHECK_INT(m.s->warmup(&m.p), 21, "and never less than the inputs want");
}

void test_mean_reversion_benchmark(void)
{
	struct decision d;
	struct view v;

	begin("literal");
	for (int i = 0; i < BARS - 1; i++)
		push(100 + (i % 2 == 0 ? 0.05 : -0.05), 1000, 0);
	d = last_bar(99, 3001, 0);
	CHECK_TEXT(reason(&d), "rs_unavailable", "no benchmark bars, no entry, and the reason");
	v = view_of(NULL, false);
	v.bench = false;
	d.what = DECIDE_NONE;
	m.s->decide(NULL, NULL, &m.p, &v, &d);
	CHECK_TEXT(reason(&d), "enter", "no benchmark configured: no filter");
	begin("literal");
	for (int i = 0; i < BARS - 1; i++)
		push(100 + (i % 2 == 0 ? 0.05 : -0.05), 1000, i < BARS - 11 ? 0 : 500 - 0.5 * i);
	d = last_bar(99, 3001, 360);
	CHECK_TEXT(reason(&d), "rs_unavailable", "a benchmark that does not reach back");
	/* Two minutes old is new enough, three are not. */
	for (int missing = 1; missing <= 3; missing++) {
		begin("literal");
		for (int i = 0; i < BARS - 1; i++)
			push(100 + (i % 2 == 0 ? 0.05 : -0.05), 1000,
			     i >= BARS - missing ? 0 : 500 - 0.5 * i);
		d = last_bar(99, 3001, 0);
		CHECK_TEXT(reason(&d), missing <= 2 ? "enter" : "rs_unavailable",
			   "%d benchmark bars missing", missing);
	}
}

void test_mean_reversion_equal_is_not_enough(void)
{
	struct decision d;

	/* Equal to the benchmark: 98/100 on both. */
	begin("literal");
	for (int i = 0; i < BARS - 1; i++)
		push(100 + (i % 2 == 0 ? 0.05 : -0.05), 1000, 200 + (i % 2 == 0 ? 0.1 : -0.1));
	d = last_bar(99, 3001, 198);
	CHECK(value(6) == 0.0, "the lead is nothing");
	CHECK_TEXT(reason(&d), "rs", "which is not more than nothing");
	/* The near rule's edge: half a per cent above the band itself. */
	begin("classic");
	quiet(0);
	d = last_bar(99.98, 500, 500);
	CHECK_TEXT(reason(&d), "rsi", "classic: a quiet bar is none");
}

void test_mean_reversion_classic(void)
{
	struct decision d;

	begin("classic");
	quiet(0);
	d = last_bar(99, 1000, 500);
	CHECK_TEXT(reason(&d), "enter", "two of three: band and RSI, no volume");
	CHECK(fabs(d.target - 99 * 1.02) < 1e-9, "2 %% target");
	begin("classic");
	quiet(0);
	d = last_bar(99.9, 3500, 500);
	CHECK_TEXT(reason(&d), "enter", "near the band on volume, and the volume");
	begin("classic");
	set("near", "0%");
	quiet(0);
	d = last_bar(99.9, 3500, 500);
	CHECK_TEXT(reason(&d), "rsi", "without the near rule only the volume is met");
}

void test_mean_reversion_short(void)
{
	struct decision d;

	begin("literal");
	quiet(-0.5);	/* the benchmark rises */
	push(101, 3001, 660);
	d = ask(NULL, true);
	CHECK_TEXT(reason(&d), "enter", "the mirror");
	CHECK_INT(d.side, SIDE_SELL, "it sells short");
	CHECK(fabs(d.stop - 102.01) < 1e-9 && fabs(d.target - 95.95) < 1e-9,
			"stop above, target below");
	d = ask(NULL, false);
	CHECK_TEXT(reason(&d), "rsi", "not when only longs are allowed");
	begin("literal");
	quiet(0);
	push(101, 3001, 480);
	d = ask(NULL, true);
	CHECK_TEXT(reason(&d), "rs", "a short must be behind the benchmark");
}

void test_mean_reversion_exit(void)
{
	struct trade t = { .side = SIDE_BUY };
	struct decision d;

	begin("literal");
	quiet(0);
	t.signal_ts = m.t;
	t.opened = 0;
	d = ask(&t, false);
	CHECK_TEXT(reason(&d), "none", "not filled: nothing to leave");
	t.opened = m.t + NS_SECOND;
	d = ask(&t, false);
	CHECK_TEXT(reason(&d), "none", "the signal bar's own band is not used");
	push(101, 1000, 500);
	d = ask(&t, false);
	CHECK_TEXT(reason(&d), "exit", "the bar of the fill, with its own band");
	push(99, 1000, 500);
	d = ask(&t, false);
	CHECK_TEXT(reason(&d), "none", "below the middle it stays");
	t.side = SIDE_SELL;
	d = ask(&t, false);
	CHECK_TEXT(reason(&d), "exit", "a short leaves below it");
	m.p.v[17] = 1;
	CHECK_TEXT(m.s->params[17].key, "exit", "the eighteenth parameter");
	d = ask(&t, false);
	CHECK_TEXT(reason(&d), "none", "without the middle exit it does not");
}

/* Where the close is the middle band itself. */
void test_mean_reversion_exit_at_the_middle(void)
{
	struct trade t = { .side = SIDE_BUY };
	struct decision d;

	begin("literal");
	t.signal_ts = m.t;
	t.opened = m.t + 1;
	for (int i = 0; i < 40; i++)
		push(100, 1000, 500);
	d = ask(&t, false);
	CHECK_TEXT(reason(&d), "exit", "at the middle is enough to leave");
}

static void random_bar(struct rng *r, double *price)
{
	*price *= 1 + 0.003 * rng_normal(r);
	push(*price, 500 + 4000 * rng_f64(r) * rng_f64(r), 500 + rng_normal(r));
}

/* What is decided on the first bars does not depend on the rest. */
void test_mean_reversion_prefix(void)
{
	static struct decision all[1200];
	uint64_t seed = check_seed();
	int entries = 0;

	for (int cut = 300; cut <= 1200; cut += 300) {
		struct rng r;
		double price = 100;
		rng_seed(&r, seed);
		begin("classic");
		for (int i = 0; i < cut; i++) {
			random_bar(&r, &price);
			struct decision d = ask(NULL, false);
			bool same = i < cut - 300 ? d.what == all[i].what &&
					d.failed == all[i].failed && d.stop == all[i].stop : true;
			if (!CHECK(same, "bar %d of %d: the same as with fewer bars", i, cut))
				return;
			all[i] = d;
			entries += d.what == DECIDE_ENTER;
		}
	}
	CHECK(entries > 0, "random bars give some entries");
}

/* Without doing anything but asking: the same state answers the same. */
void test_mean_reversion_decide_is_pure(void)
{
	struct rng r;
	double price = 50;

	rng_seed(&r, check_seed());
	begin("classic");
	for (int i = 0; i < 400; i++) {
		random_bar(&r, &price);
		struct decision a = ask(NULL, i % 2 == 0), b = ask(NULL, i % 2 == 0);
		CHECK(memcmp(&a, &b, sizeof a) == 0, "bar %d: asked twice", i);
		if (a.what != DECIDE_ENTER)
			continue;
		CHECK(a.side == SIDE_BUY ? a.stop < a.target : a.stop > a.target,
		      "stop and target are on their sides");
	}
}
