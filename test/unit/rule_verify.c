#include "test/check.h"

#include "rule/rule.h"

enum { NODES = 60, TIMEFRAME = 300 };

static struct arena arena;
static struct plan *p;
static char why[120];

/* A plan with a bit of everything, sound as it is. */
static void sound(void)
{
	static const char *const texts[] = {
		"close[3] > sma(20)[2] and rsi(14)[4] < 30 or not open > 1",
		"ema(close - open, 5) + tf(15m, highest(high, 7) - ema(3)) + bench(rsi(5))",
		"sma(rsi(7), 9) + rs(5) + time", "tf(15m, bench(close > open))[2]",
	};
	struct rule_error error;
	struct plan_ref r;

	if (arena.memory != NULL)
		arena_close(&arena);
	CHECK_INT(arena_open(&arena, plan_size(NODES)), OK, "memory");
	p = plan_new(&arena, NODES, TIMEFRAME);
	for (size_t i = 0; i < COUNT(texts); i++)
		CHECK(rule_compile(p, str_of(texts[i]), NULL, RULE_ANY, &r, &error),
		      "%s compiles, not: %s", texts[i], error.text);
	plan_seal(p);
	CHECK(plan_verify(p, why, sizeof why), "it is sound, not: %s", why);
}

static void broken(const char *what, const char *words)
{
	CHECK(!plan_verify(p, why, sizeof why), "%s is found", what);
	CHECK_TEXT(why, words, "%s has its name", what);
	sound();
}

/* The nth code of an operation, counted from 0. */
static struct plan_code *code(enum plan_op op, uint32_t n)
{
	for (uint32_t i = 0; i < p->codes; i++)
		if (p->code[i].op == op && n-- == 0)
			return &p->code[i];
	CHECK(false, "operation %d is in the plan", (int)op);
	return &p->code[0];
}

static struct plan_node *node(enum plan_kind kind, uint32_t n)
{
	for (uint32_t i = 0; i < p->nodes; i++)
		if (p->node[i].kind == kind && n-- == 0)
			return &p->node[i];
	CHECK(false, "a node of kind %d is in the plan", (int)kind);
	return &p->node[0];
}

void test_rule_verify_finds_what_is_broken_in_code(void)
{
	sound();
	code(OP_COLUMN, 0)->b = 1000;
	broken("a column beyond the depth", "a bar that is not kept");
	code(OP_COLUMN, 0)->a = COLUMNS;
	broken("a column that does not exist", "no such column");
	code(OP_NUMBER, 0)->a = p->numbers;
	broken("a number that does not exist", "no such number");
	code(OP_NODE, 0)->a = p->nodes;
	broken("a node that does not exist", "a node that is not earlier");
	code(OP_NODE, 0)->b = 100;
	broken("a value that is forgotten", "a bar that is not kept");
	code(OP_NODE, 0)->c = 7;
	broken("an output too many", "no such output");
	code(OP_CLOCK, 0)->a = CLOCK_WEEKDAY + 1;
	broken("a clock that does not exist", "no such clock");
	code(OP_IF_TRUE, 0)->a = 0;
	broken("a jump backwards", "a jump that leaves its code");
	code(OP_IF_TRUE, 0)->a = p->codes;
	broken("a jump out of the plan", "a jump that leaves its code");
	code(OP_IF_TRUE, 0)->a--;
	broken("a jump into the middle", "paths that meet with unlike stacks");
	code(OP_GT, 0)->op = OP_NOT;
	broken("an operand left over", "an end in the middle");
}

void test_rule_verify_finds_what_is_broken_in_contexts(void)
{
	sound();
	code(OP_FRAME, 0)->b = 5;
	broken("a frame that does not exist", "no such frame");
	code(OP_LEAVE, 0)->op = OP_NOT;
	broken("a context that is not left", "a context that is left elsewhere");
	code(OP_FRAME, 0)->op = OP_BENCH;
	broken("nodes of another frame", "a node of another frame");
	p->frames = 1;
	broken("a frame that is gone", "a node that cannot be");
	p->code[p->codes - 1].op = OP_NOT;
	broken("code that does not end", "code without an end");
	code(OP_END, 0)->op = 200;
	CHECK(!plan_verify(p, why, sizeof why), "an operation that does not exist is found");
}

void test_rule_verify_finds_what_is_broken_in_nodes(void)
{
	struct plan_node *n;

	sound();
	node(PLAN_STEP, 0)->keep = 0;
	broken("a node that keeps nothing", "a node that cannot be");
	node(PLAN_STEP, 0)->family = NULL;
	broken("a node without a family", "a node without its family");
	node(PLAN_STEP, 0)->lag = 1;
	broken("a lag of what has no window", "a lag that is nobody's");
	node(PLAN_WINDOW, 0)->lag = 500;
	broken("a window before the bars", "a window beyond the bars");
	node(PLAN_WINDOW, 0)->kind = PLAN_STEP;
	broken("a window that is stepped", "a node without its family");
	node(PLAN_DERIVED, 0)->code_n++;
	broken("derived code of another length", "derived code of another length");
	for (uint32_t i = 0; (n = node(PLAN_WINDOW, i))->x.node == PLAN_COLUMN; i++)
		;
	p->node[n->x.node].keep = 1;
	broken("a series that is forgotten", "a window beyond its series");
	for (uint32_t i = 0; (n = node(PLAN_WINDOW, i))->x.node == PLAN_COLUMN; i++)
		;
	n->x.node = (uint16_t)(n - p->node);
	broken("a node that reads itself", "a node that is not earlier");
	for (uint32_t i = 0; i < p->nodes; i++)
		p->node[i].bench = false;
	broken("a benchmark without values", "a node that cannot be");
	arena_close(&arena);
	arena.memory = NULL;
}

void test_the_stack_of_a_plan_is_as_deep_as_its_deepest_expression(void)
{
	static const struct { const char *text; uint32_t deep; } of[] = {
		{ "open > 1 and close > 1", 3 },	/* the first answer waits */
		{ "close", 1 }, { "open + close", 2 }, { "((open + high) + low) + close", 2 },
		{ "open * (high - (low + tf(15m, close)))", 4 },
	};
	struct rule_error error;
	struct plan_ref r;

	for (size_t i = 0; i < COUNT(of); i++) {
		CHECK_INT(arena_open(&arena, plan_size(NODES)), OK, "memory");
		p = plan_new(&arena, NODES, TIMEFRAME);
		CHECK(rule_compile(p, str_of(of[i].text), NULL, RULE_ANY, &r, &error),
		      "%s compiles, not: %s", of[i].text, error.text);
		CHECK_INT(plan_stack(p), of[i].deep, "operands at once of %s", of[i].text);
		arena_close(&arena);
	}
	arena.memory = NULL;
}
