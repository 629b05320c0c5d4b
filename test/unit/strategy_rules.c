/* strategy_rules.c: what a strategy of rules decides, bar by bar. */
#include <math.h>

#include "strategy/rules.h"
#include "test/check.h"

static struct {
	struct rules r;
	struct params p;
	struct plan_ref in[INPUTS_MAX];
	struct arena arena;
	struct chart *chart;
	ns t;
} m;

/* "key=value" texts, NULL at the end: a strategy and a chart without bars. */
static void begin(const char *const *keys)
{
	static const sym symbol = 0;
	struct rules_errors errors;
	struct rule_error why;
	enum { MEMORY = 8 << 20 };

	if (m.arena.memory != NULL)
		arena_close(&m.arena);
	memset(&m, 0, sizeof m);
	m.t = 1000 * NS_DAY;
	CHECK_INT(arena_open(&m.arena, MEMORY), OK, "memory");
	struct plan *scratch = plan_new(&m.arena, RULES_NODES, 60);
	rules_begin(&m.r);
	for (; *keys != NULL; keys++) {
		struct str value = str_of(*keys), key = str_cut(&value, '=');
		CHECK_INT(rules_set(&m.r, key, value, scratch, &why), OK, "%s: %s", *keys,
			  why.text);
	}
	CHECK(rules_finish(&m.r, (usd){ 50000 * NUM_ONE }, scratch, &errors), "good rules, not: %s",
	      errors.e[0].what.text);
	params_default(&m.r.strategy, &m.p);
	struct plan *p = plan_new(&m.arena, RULES_NODES, 60);
	CHECK(strategy_plan(&m.r.strategy, &m.p, p, m.in, &why), "they compile: %s", why.text);
	plan_seal(p);
	m.chart = chart_new(&m.arena, &(struct chart_config){ .plan = p, .raw = true,
		.symbols = 1, .symbol = &symbol, .bench = SYM_NONE });
}

static void push(double close)
{
	px p = { llround(close * 1e4) * (NUM_ONE / 10000) };
	struct bar b = { .open_ts = m.t, .ts = m.t + NS_MINUTE, .open = p, .high = p, .low = p,
			 .close = p, .volume = 100, .flags = BAR_WARMUP };
	uint32_t slot;

	CHECK_INT(chart_take(m.chart, &b, 0), CHART_CLOSED, "a bar is taken");
	CHECK(chart_next(m.chart, &slot), "and walked over");
	m.t = b.ts;
}

static struct decision ask(const struct trade *t, double profit)
{
	double trade[TRADE_VALUES] = { [TRADE_VALUE_PROFIT] = profit };
	struct view v = { .now = m.t, .timeframe_s = 60, .chart = m.chart, .in = m.in, .trade = t,
		.trade_values = trade, .rules = &m.r, .may_long = true, .may_short = true };
	struct decision d = { 0 };

	m.r.strategy.decide(NULL, NULL, &m.p, &v, &d);
	return d;
}

static const char *reason(struct decision d)
{
	return d.what == DECIDE_ENTER ? "enter" : d.what == DECIDE_EXIT ? "exit" :
	       d.what == DECIDE_NONE ? "none" : m.r.condition[d.failed];
}

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

void test_rules_name_the_whole_trade(void)
{
	static const char *const keys[] = { "enter_long=close > 100 and close > close[1]",
		"enter_short=close < 50", "$stop=2%", "stop=$stop", "target=close + 3",
		"target_short=close - 3", "trail=1%", "size=10%", "max_hold=90s", NULL };

	begin(keys);
	push(100);
	CHECK_TEXT(reason(ask(NULL, 0)), "close > 100", "the first condition that does not hold");
	push(99);
	push(101);
	struct decision d = ask(NULL, 0);
	CHECK_TEXT(reason(d), "enter", "both hold");
	CHECK(d.side == SIDE_BUY && near(d.stop, 101 * 0.98) && near(d.target, 104), "its levels");
	CHECK(near(d.trail, 1.01) && near(d.size, 5000) && d.hold == 90 * NS_SECOND,
	      "a trail of the price, a size of the capital, a minute and a half");
	push(101);
	CHECK_TEXT(reason(ask(NULL, 0)), "close > close[1]", "the second does not");
	push(40);
	d = ask(NULL, 0);
	CHECK_TEXT(reason(d), "enter", "the other side");
	CHECK(d.side == SIDE_SELL && near(d.stop, 40 * 1.02) && near(d.target, 37),
	      "a per cent above, a price below");
}

void test_rules_without_a_target_have_a_far_one(void)
{
	static const char *const keys[] = { "enter_long=close > 50", "enter_short=close < 50",
		"stop=1%", NULL };

	begin(keys);
	push(100);
	CHECK(near(ask(NULL, 0).target, 400), "the bracket's other leg, far above");
	push(40);
	CHECK(near(ask(NULL, 0).target, 10), "and far below");
}

void test_rules_want_levels_that_make_sense(void)
{
	static const char *const keys[] = { "enter_long=close > 0", "stop=close[1]",
		"target=2 * close[2]", "size=100 * (close - 20)", NULL };

	begin(keys);
	push(100);
	CHECK_TEXT(reason(ask(NULL, 0)), "stop", "a stop that has no value");
	push(100);
	CHECK_TEXT(reason(ask(NULL, 0)), "stop", "a stop that is no lower");
	push(101);
	CHECK_TEXT(reason(ask(NULL, 0)), "enter", "a stop below, a target above");
	push(250);
	CHECK_TEXT(reason(ask(NULL, 0)), "target", "a target that is passed already");
	push(8);
	push(9);
	push(10);
	CHECK_TEXT(reason(ask(NULL, 0)), "size", "a size below nothing");
}

void test_rules_leave_after_the_fill(void)
{
	static const char *const keys[] = { "enter_long=close > 0", "stop=1%",
		"exit_long=close < 100 or profit > 2%", NULL };
	struct trade t = { .side = SIDE_BUY };

	begin(keys);
	push(99);
	t.signal_ts = m.t;
	CHECK_TEXT(reason(ask(&t, 0)), "none", "not at the signal's own bar");
	t.opened = m.t + NS_SECOND;
	push(99);
	CHECK_TEXT(reason(ask(&t, 0)), "exit", "at the close of the bar of the fill");
	push(101);
	CHECK_TEXT(reason(ask(&t, 0.01)), "none", "neither condition");
	CHECK_TEXT(reason(ask(&t, 0.03)), "exit", "the trade's own value");
	t.side = SIDE_SELL;
	CHECK_TEXT(reason(ask(&t, 0.03)), "none", "a short without an exit of its own");
}

void test_rules_tell_the_side_that_came_further(void)
{
	static const char *const keys[] = { "enter_long=close > 10 and close > 20 and close > 30",
		"enter_short=close < 40 and close > 50", "stop=1%", NULL };

	begin(keys);
	push(25);
	CHECK_TEXT(reason(ask(NULL, 0)), "close > 30", "two of three go before one of two");
	push(5);
	CHECK_TEXT(reason(ask(NULL, 0)), "close > 50", "one of two goes before none of three");
}

/* The close is the strategy's own first input; a rule may name it all the same. */
void test_rules_a_stop_at_the_close_is_no_stop(void)
{
	static const char *const keys[] = { "enter_long=close > 0", "stop=close", "size=close",
		NULL };

	begin(keys);
	push(99);
	CHECK_TEXT(reason(ask(NULL, 0)), "stop", "no trade with its stop where it begins");
}
