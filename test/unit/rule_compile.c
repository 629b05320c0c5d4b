#include "test/check.h"

#include <stdio.h>

#include "rule/rule.h"

enum { NODES = 400, TIMEFRAME = 300 };

static struct arena arena;

static struct plan *fresh(void)
{
	enum err e = arena_open(&arena, plan_size(NODES));

	CHECK_INT(e, OK, "there is memory for a plan");
	return plan_new(&arena, NODES, TIMEFRAME);
}

static const struct rule_param some[] = { { "fast", 10 }, { "slow", 30 }, { "none", 0 } };
static const struct rule_scope scope = { some, COUNT(some), false };

static struct plan_ref good(struct plan *p, const char *text)
{
	struct rule_error why;
	struct plan_ref r = { 0 };
	char wrong[120];

	CHECK(rule_compile(p, str_of(text), &scope, RULE_ANY, &r, &why), "%s compiles, not: %s",
	      text, why.text);
	CHECK(plan_verify(p, wrong, sizeof wrong), "the plan is sound after %s, not: %s", text,
	      wrong);
	return r;
}

static void refused(const char *text, enum rule_want want, uint32_t at, const char *words)
{
	struct plan *p = fresh();
	struct rule_error why;
	struct plan_ref r;

	CHECK(!rule_compile(p, str_of(text), &scope, want, &r, &why), "%s is refused", text);
	CHECK_TEXT(why.text, words, "why %s is refused", text);
	CHECK_INT(why.at, at, "where %s is wrong", text);
	CHECK(p->nodes == 0 && p->codes == 0 && p->frames == 1, "%s leaves nothing behind", text);
	arena_close(&arena);
}

void test_rule_equal_nodes_are_one(void)
{
	struct plan *p = fresh();

	good(p, "close < bb_lower(20, 2.5) and rsi(14) < 30");
	CHECK_INT(p->nodes, 2, "bands and RSI are a node each");
	good(p, "close > bb_upper(20, 2.5) or rsi(close, 14) > 70");
	CHECK_INT(p->nodes, 2, "the other band and the same RSI are nothing new");
	good(p, "rsi() > 3 + rsi(7 * 2)");
	CHECK_INT(p->nodes, 2, "usual and computed arguments are the same arguments");
	good(p, "rsi(14)[3]");
	CHECK_INT(p->nodes, 2, "an earlier value is of the same node");
	CHECK_INT(p->node[0].kind == PLAN_STEP ? p->node[0].keep : p->node[1].keep, 4,
		  "four values of the RSI are kept");
	good(p, "bb_lower(20, 2.5)[2]");
	CHECK_INT(p->nodes, 3, "a window of earlier bars is a node of its own");
	good(p, "sma(close - open, 5)");
	good(p, "ema(close - open, 5)");
	CHECK_INT(p->nodes, 6, "two averages of one derived series");
	good(p, "highest(high[1], 20)");
	good(p, "highest(high, 20)[1]");
	CHECK_INT(p->nodes, 7, "a window of earlier values is an earlier window");
	plan_seal(p);
	CHECK(p->frame[0].doubles > 0, "the sealed plan has a layout");
	arena_close(&arena);
}

void test_rule_types_and_warm_up(void)
{
	struct plan *p = fresh();
	struct plan_ref r = good(p, "close > sma(20)");

	CHECK(r.boolean && !r.trade, "a comparison is a condition");
	CHECK_INT(r.first, 19, "the first mean of 20 is that of bar 19");
	CHECK_INT(r.settled, 19, "a window is exact when it is there");
	r = good(p, "rsi(14)[2] + 1");
	CHECK(!r.boolean, "a sum is a number");
	CHECK_INT(r.first, 16, "the first RSI of two bars ago is seen at bar 16");
	CHECK(r.settled >= 5 * 14, "an average that never forgets takes its time");
	r = good(p, "sma(rsi(14), 9)");
	CHECK_INT(r.first, 14 + 8, "what is read counts in");
	r = good(p, "tf(15m, close)");
	CHECK_INT(r.first, 2, "three bars of five minutes make one of fifteen");
	CHECK_INT(p->frames, 2, "there is a second timeframe");
	r = good(p, "tf(5m, close)");
	CHECK_INT(p->frames, 2, "the chart's own is none of its own");
	CHECK_INT(p->code[r.code].op, OP_COLUMN, "it is the close as such");
	good(p, "tf(1d, sma(50)[10]) < tf(60m clock, close) and tf(4h, close > open)[1]");
	CHECK_INT(p->frames, 5, "days, hours by the clock, four hours");
	arena_close(&arena);
}

void test_rule_cheap_operands_are_asked_first(void)
{
	struct plan *p = fresh();
	struct plan_ref r = good(p, "close < bb_lower(200, 2) and close > open");

	CHECK_INT(p->code[r.code + 1].op, OP_COLUMN, "close and open are compared first");
	CHECK_INT(p->code[r.code + 2].op, OP_GT, "close and open are compared first");
	CHECK_INT(p->code[r.code + 3].op, OP_IF_FALSE, "and that may be the end of it");
	arena_close(&arena);
}

void test_rule_constants_are_folded(void)
{
	static const struct { const char *text; double value; } cases[] = {
		{ "1 + 2 * 3", 7 }, { "(1 + 2) * 3", 9 }, { "-2 * -3", 6 }, { "10 - 2 - 3", 5 },
		{ "16 / 4 / 2", 2 }, { "2.5%", 0.025 }, { "30m", 30 }, { "90s", 1.5 },
		{ "2h", 120 }, { "09:45", 585 }, { "16:00 - 9:30", 390 }, { "$fast * 2", 20 },
		{ "abs(-3)", 3 }, { "sqrt(9)", 3 }, { "min(2, 3)", 2 }, { "max(2, 3)", 3 },
		{ "1 < 2", 1 }, { "not 1 < 2", 0 }, { "1 < 2 and 2 < 1", 0 },
		{ "1 < 2 or close > open", 1 }, { "close > open and 2 < 1", 0 },
		{ "not 2 < 1 and 1 == 1", 1 }, { "1 != 1 or 3 >= 3", 1 },
		{ "0.1 + 0.2", 0.1 + 0.2 },
		{ "2 < 1 or 1 < 2 and 2 <= 2", 1 }, { "tf(15m, 5)", 5 }, { "9000000000", 9e9 },
		{ "\t1\n+\r1 ", 2 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct plan *p = fresh();
		struct plan_ref r = good(p, cases[i].text);
		CHECK_INT(p->codes, 2, "%s is a number and an end", cases[i].text);
		CHECK(p->number[p->code[r.code].a] == cases[i].value, "%s is %g, not %g",
		      cases[i].text, cases[i].value, p->number[p->code[r.code].a]);
		arena_close(&arena);
	}
}

static const struct { const char *text; uint32_t at; const char *words; } mistakes[] = {
	{ "close < 1 and rsii(14) < 30", 14,
	  "unknown function 'rsii' (did you mean rsi?)" },
	{ "clos > 1", 0, "unknown name 'clos' (did you mean close?)" },
	{ "RSI(14) < 30", 0, "unknown function 'RSI' (did you mean rsi?)" },
	{ "close > 1 AND open > 1", 10, "an operator is wanted before 'AND' (did you mean and?)" },
	{ "rsi < 30", 0, "brackets are wanted: rsi(n) or rsi(series, n)" },
	{ "rsi(14, 3) < 30", 8, "too many arguments: it is rsi(n) or rsi(series, n)" },
	{ "rsi(0) < 30", 4, "rsi: n is a whole number, 1 to 1000" },
	{ "rsi(2.5) < 30", 4, "rsi: n is a whole number, 1 to 1000" },
	{ "sma(close, volume) > 1", 11,
	  "n is a number or a $parameter: it cannot change from bar to bar" },
	{ "atr(close, 14) > 1", 4, "it reads whole bars and takes no series: atr(n)" },
	{ "close[-1] > 1", 6, "a negative number of bars ago would be a later bar, which "
	  "nobody knows yet" },
	{ "close[$none - 1] > 1", 6, "a negative number of bars ago would be a later bar, "
	  "which nobody knows yet" },
	{ "close[1001] > 1", 6, "how many bars ago is a whole number, 0 to 1000" },
	{ "close[0.5] > 1", 6, "how many bars ago is a whole number, 0 to 1000" },
	{ "close[volume] > 1", 6, "how many bars ago is a whole number or a $parameter" },
	{ "close[900][101] > 1", 10, "looks more than 1000 bars back" },
	{ "close[1 > 1", 6, "how many bars ago is a whole number or a $parameter" },
	{ "close[1 > close", 6, "how many bars ago is a whole number or a $parameter" },
	{ "close[1", 7, "the ] of this [n] is missing" },
	{ "1 < close < 2", 10, "comparisons do not chain: write a < b and b < c" },
	{ "(1 < close) < 2", 1, "a number is wanted here; this is a condition" },
	{ "close and open > 1", 0,
	  "a condition is wanted here, as close > open; this is a number" },
	{ "not close", 4, "a condition is wanted here, as close > open; this is a number" },
	{ "close", 0, "a condition is wanted here, as close > open; this is a number" },
	{ "", 0, "there is nothing here" },
	{ "   ", 3, "there is nothing here" },
	{ "close >", 7, "it breaks off here: a value is wanted" },
	{ "close > > 1", 8, "a value is wanted here, not '>'" },
	{ "(close > 1", 0, "this bracket is never closed" },
	{ "close > 1)", 9, "nothing opens this ')'" },
	{ "rsi(14 < 30", 3, "the bracket of 'rsi' is never closed" },
	{ "rsi(14; 3) < 30", 6, "';' has no meaning here" },
	{ "close = 1", 6, "'=' is not of this language: write ==" },
	{ "close > 1 && open > 1", 10, "'&&' is not of this language: write and" },
	{ "close <> 1", 6, "'<>' is not of this language: write !=" },
	{ "close ≥ 1", 6, "'≥' is not of this language: write >=" },
	{ "close > €5", 8, "'€' has no meaning here" },
	{ "close > \x01", 8, "a byte 0x01 has no meaning here" },
	{ "close > \xff", 8, "a byte 0xff has no meaning here" },
	{ "close > 12abc", 8, "'12abc' is no number: they are written 12, 0.5, 2.5%, 30m, "
	  "90s, 2h, 09:45" },
	{ "close > .5", 8, "write 0 before the point" },
	{ "close > 5.", 8, "'5.' is no number: they are written 12, 0.5, 2.5%" },
	{ "time > 25:00", 7, "'25:00' is no time of day: write it as 09:45" },
	{ "time > 9:5", 7, "'9:5' is no time of day: write it as 09:45" },
	{ "close > 99999999999", 8, "'99999999999' has too many digits: at most nine "
	  "decimals, up to 9 billion" },
	{ "close > $fats", 8, "unknown parameter '$fats' (did you mean fast?)" },
	{ "close > $", 8, "a $ wants the name of a parameter behind it" },
	{ "close / 0 > 1", 6, "this never has a value: a division by 0, or a root or "
	  "logarithm that does not exist" },
	{ "log(0) > 1", 0, "this never has a value: a division by 0, or a root or "
	  "logarithm that does not exist" },
	{ "close > close - 1%", 16, "a per cent is a number, 1% is 0.01: of a price it is "
	  "written close * (1 - 1%)" },
	{ "profit > 1%", 0,
	  "there is no open trade to ask here: 'profit' stands in exits only" },
	{ "time[1] > 9:45", 4, "the clock and the trade have no past" },
	{ "sma(time, 5) > 1", 4, "the clock and the trade have no past" },
	{ "time crosses_above 9:45", 5,
	  "what crosses needs a bar before: the clock and the trade have none" },
	{ "1 crosses_above 2", 2, "two numbers never cross" },
	{ "tf(15m, tf(60m, close)) > 1", 8, "tf() within tf()" },
	{ "bench(rs(20)) > 1", 6, "bench() within bench()" },
	{ "tf(15m, time) > 1", 8, "the clock and the trade stand outside of tf()" },
	{ "tf(7m, close) > 1", 3, "the bars of tf() are a multiple of the instance's "
	  "timeframe up to 4h, or 1d: tf(15m, close)" },
	{ "tf(5h, close) > 1", 3, "the bars of tf() are a multiple of the instance's "
	  "timeframe up to 4h, or 1d: tf(15m, close)" },
	{ "tf(2d, close) > 1", 3, "the bars of tf() are a multiple of the instance's "
	  "timeframe up to 4h, or 1d: tf(15m, close)" },
	{ "tf(15m close) > 1", 7, "a comma is wanted here: tf(15m, close)" },
	{ "1d > 1", 0, "days stand in tf(1d, …) only" },
	{ "rs(0) > 1", 3, "rs: n is a whole number of bars, 1 to 1000" },
	{ "rs() > 1", 0, "an argument is missing: it is rs(n)" },
	{ "min(1) > 1", 0, "an argument is missing: it is min(a, b)" },
	{ "min(1, 2, close) > 1", 10, "too many arguments: it is min(a, b)" },
	{ "close(1) > 1", 0, "'close' takes no brackets; what it was n bars ago is written "
	  "with [n]" },
	{ "+close > 1", 0, "a + has nothing before it to add to" },
	{ "close > 1 open", 10, "an operator is wanted before 'open'" },
	{ "close > 1, 2", 9,
	  "a comma stands between the arguments of a function only" },
};

void test_rule_errors_name_the_column(void)
{
	for (size_t i = 0; i < COUNT(mistakes); i++)
		refused(mistakes[i].text, RULE_CONDITION, mistakes[i].at, mistakes[i].words);
	refused("close > open", RULE_NUMBER, 0, "a number is wanted here; this is a condition");
}

void test_rule_too_much_of_anything_is_refused(void)
{
	static char text[1 << 20];
	struct rule_error why;
	char wrong[120] = "";
	struct plan_ref r;
	static const struct { const char *begin, *again; } cases[] = {
		{ "", "(" }, { "", "not " }, { "", "-" }, { "", "a" }, { "", "1" },
		{ "", "close[1" },
		{ "close", "+close" }, { "close", "[1]" }, { "", "close+(" }, { "", "min(1," },
		{ "close>1", " and close>1" }, { "close>1", " or close>1 and 1<close" },
		{ "", "not close>1 or(" }, { "", "tf(15m," }, { "", "rs(5)+" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t begin = strlen(cases[i].begin), again = strlen(cases[i].again);
		memcpy(text, cases[i].begin, begin);
		for (size_t k = begin; k < sizeof text; k++)
			text[k] = cases[i].again[(k - begin) % again];
		for (size_t n = 1500; n <= sizeof text; n = n == 1500 ? RULE_TEXT_MAX :
				n == RULE_TEXT_MAX ? 30000 : n == 30000 ? sizeof text : n + 1) {
			struct plan *p = fresh();
			bool ok = rule_compile(p, (struct str){ text, n }, &scope, RULE_ANY, &r,
					       &why);
			CHECK(ok ? n <= RULE_TEXT_MAX && p->codes > 500 : why.text[0] != 0 &&
			      why.at <= n, "%zu bytes of %s: a plan, or a reason", n,
			      cases[i].again);
			CHECK(!ok || plan_verify(p, wrong, sizeof wrong), "%zu bytes of %s: a "
			      "sound plan, not: %s", n, cases[i].again, wrong);
			arena_close(&arena);
		}
	}
	struct plan *p = fresh();
	CHECK(!rule_compile(p, (struct str){ "close\0", 6 }, &scope, RULE_ANY, &r, &why),
	      "a NUL is refused");
	CHECK_TEXT(why.text, "a byte 0x00 has no meaning here", "why a NUL is refused");
	arena_close(&arena);
}

void test_rule_a_full_plan_is_as_before(void)
{
	struct rule_error why;
	struct plan_ref r;
	char text[64];

	CHECK_INT(arena_open(&arena, plan_size(3)), OK, "there is memory for three nodes");
	struct plan *p = plan_new(&arena, 3, TIMEFRAME);
	good(p, "sma(5) > rsi(7)");
	CHECK(!rule_compile(p, STR("tf(15m, ema(3)) > sma(6)"), NULL, RULE_ANY, &r, &why),
	      "two more are one too many");
	CHECK_TEXT(why.text, "there is no room for more values", "why not");
	CHECK_INT(p->nodes, 2, "the nodes are those from before");
	CHECK_INT(p->frames, 1, "the frames are those from before");
	good(p, "rsi(7) > sma(5)");
	good(p, "ema(3)");
	CHECK_INT(p->nodes, 3, "what is equal is still found, and one fits");
	for (int i = 2; i < 8; i++) {
		(void)snprintf(text, sizeof text, "tf(%dm, close)", i * TIMEFRAME / 60);
		bool ok = rule_compile(p, str_of(text), NULL, RULE_ANY, &r, &why);
		CHECK(ok == (i < 7), "five timeframes fit, a sixth does not: %d", i);
	}
	plan_seal(p);
	arena_close(&arena);
}

void test_rule_conjuncts_are_pieces_of_the_text(void)
{
	static const struct { const char *text; uint32_t n; const char *piece[3]; } cases[] = {
		{ "close > 1", 1, { "close > 1" } },
		{ " close > 1 and  rsi(14) < 30 ", 2, { "close > 1", "rsi(14) < 30" } },
		{ "a and (b and c) and not d", 3, { "a", "(b and c)", "not d" } },
		{ "a and b or c", 1, { "a and b or c" } },
		{ "a and b and c and d", 3, { "a", "b", "c and d" } },
		{ "a and (b or c)", 2, { "a", "(b or c)" } },
		{ "min(a and b, c)", 1, { "min(a and b, c)" } },
		{ "a and ?", 1, { "a and ?" } }, { "", 1, { "" } },
	};
	struct str out[3];

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint32_t n = rule_conjuncts(str_of(cases[i].text), out, 3);
		CHECK_INT(n, cases[i].n, "conjuncts of %s", cases[i].text);
		for (uint32_t k = 0; k < n; k++)
			CHECK_STR(out[k], cases[i].piece[k], "piece %u of %s", k, cases[i].text);
	}
}

void test_rule_what_is_never_exact_is_refused(void)
{
	refused("ema(ema(ema(ema(ema(1000),1000),1000),1000),1000) > 1", RULE_CONDITION, 0,
		"too long: averages of averages that are exact only after more than 20000 bars");
	struct plan *p = fresh();
	good(p, "ema(macd(999,1000,1000),1000) > 1");
	arena_close(&arena);
}
