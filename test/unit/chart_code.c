/* chart_code.c: nodes and code against an evaluator that keeps whole series and computes every
 * value anew, from trees that were put together by chance. */
#include "test/unit/chart_rig.h"

#define BARS   400
#define NODES  8
#define TREES  60
#define DEEP   5

static struct rig rig;
static struct bar bars[BARS];
static double column[COLUMNS][BARS], value[NODES][TA_OUTPUTS][BARS];

struct tree {
	uint8_t op, out, lag, column;
	uint16_t node;
	double number;
	bool jump;			/* and, or: past the second where it cannot matter */
	int a, b;
};

static struct tree tree[4000];
static int trees;
static struct rng rng;

/* ---- the naive side */

static double naive(int t, int bar);

static double truth(bool holds)
{
	return holds ? 1.0 : 0.0;
}

static double naive_two(uint8_t op, double x, double y)
{
	if (op == OP_AND) {
		if (x == 0.0 || y == 0.0)
			return 0.0;
		return isnan(x) || isnan(y) ? TA_NONE : 1.0;
	}
	if (op == OP_OR) {
		if (x == 1.0 || y == 1.0)
			return 1.0;
		return isnan(x) || isnan(y) ? TA_NONE : 0.0;
	}
	if (isnan(x) || isnan(y))
		return TA_NONE;
	switch (op) {
	case OP_ADD: return x + y;
	case OP_SUB: return x - y;
	case OP_MUL: return x * y;
	case OP_DIV: return y == 0.0 ? TA_NONE : x / y;
	case OP_MIN: return fmin(x, y);
	case OP_MAX: return fmax(x, y);
	case OP_LT:  return truth(x < y);
	case OP_LE:  return truth(x <= y);
	case OP_GT:  return truth(x > y);
	case OP_GE:  return truth(x >= y);
	case OP_EQ:  return truth(x == y);
	default:     return truth(x != y);
	}
}

static double naive(int t, int bar)
{
	const struct tree *n = &tree[t];
	double x;

	switch (n->op) {
	case OP_NUMBER: return n->number;
	case OP_COLUMN: return bar < n->lag ? TA_NONE : column[n->column][bar - n->lag];
	case OP_NODE:   return bar < n->lag ? TA_NONE : value[n->node][n->out][bar - n->lag];
	case OP_NEG:    return -naive(n->a, bar);
	case OP_ABS:    return fabs(naive(n->a, bar));
	case OP_NOT:
		x = naive(n->a, bar);
		return isnan(x) ? x : 1.0 - x;
	case OP_SQRT:
		x = naive(n->a, bar);
		return x >= 0 ? sqrt(x) : TA_NONE;
	default:
		return naive_two(n->op, naive(n->a, bar), naive(n->b, bar));
	}
}

/* ---- trees */

static int grow(bool condition, int deep);

static int leaf(void)
{
	struct tree *n = &tree[trees];

	*n = (struct tree){ .op = (uint8_t)rng_below(&rng, 3) };
	n->number = (double)rng_below(&rng, 100) - 20;
	n->column = (uint8_t)rng_below(&rng, COLUMNS);
	n->lag = (uint8_t)rng_below(&rng, 20);
	if (n->op == OP_NODE) {
		n->node = (uint16_t)rng_below(&rng, NODES);
		const struct plan_node *p = &rig.node[n->node];
		uint32_t outputs = p->kind == PLAN_DERIVED ? 1 : p->family->outputs;
		n->out = (uint8_t)rng_below(&rng, outputs);
		n->lag = (uint8_t)rng_below(&rng, p->keep);
	}
	return trees++;
}

static int grow(bool condition, int deep)
{
	static const uint8_t one[] = { OP_NEG, OP_ABS, OP_SQRT };
	struct tree n = { 0 };

	if (!condition) {
		if (deep == 0 || rng_below(&rng, 4) == 0)
			return leaf();
		if (rng_below(&rng, 4) == 0) {
			n.op = one[rng_below(&rng, COUNT(one))];
			n.a = grow(false, deep - 1);
		} else {
			n.op = (uint8_t)(OP_ADD + rng_below(&rng, OP_MAX - OP_ADD + 1));
			n.a = grow(false, deep - 1);
			n.b = grow(false, deep - 1);
		}
	} else if (deep > 0 && rng_below(&rng, 5) == 0) {
		n.op = OP_NOT;
		n.a = grow(true, deep - 1);
	} else if (deep > 0 && rng_below(&rng, 2) == 0) {
		n.op = rng_below(&rng, 2) == 0 ? OP_AND : OP_OR;
		n.jump = rng_below(&rng, 2) == 0;
		n.a = grow(true, deep - 1);
		n.b = grow(true, deep - 1);
	} else {
		n.op = (uint8_t)(OP_LT + rng_below(&rng, OP_NE - OP_LT + 1));
		n.a = grow(false, deep > 0 ? deep - 1 : 0);
		n.b = grow(false, deep > 0 ? deep - 1 : 0);
	}
	assert((size_t)trees < COUNT(tree));
	tree[trees] = n;
	return trees++;
}

static void emit(int t)
{
	const struct tree *n = &tree[t];
	uint32_t jump = 0;

	if (n->op == OP_NUMBER) {
		rig.number[rig.plan.numbers] = n->number;
		rig_code(&rig, OP_NUMBER, rig.plan.numbers++, 0, 0);
		return;
	}
	if (n->op == OP_COLUMN || n->op == OP_NODE) {
		rig_code(&rig, n->op, n->op == OP_NODE ? n->node : n->column, n->lag, n->out);
		return;
	}
	emit(n->a);
	if (n->jump)
		jump = rig_code(&rig, n->op == OP_AND ? OP_IF_FALSE : OP_IF_TRUE, 0, 0, 0);
	if (n->op >= OP_ADD)
		emit(n->b);
	rig_code(&rig, n->op, 0, 0, 0);
	if (n->jump)
		rig.code[jump].a = rig.plan.codes;
}

/* ---- nodes */

static void hand_nodes(void)
{
	uint32_t code = rig_code(&rig, OP_COLUMN, COL_CLOSE, 0, 0);
	struct plan_series close = rig_column(COL_CLOSE);

	rig_code(&rig, OP_COLUMN, COL_OPEN, 1, 0);
	rig_code(&rig, OP_SUB, 0, 0, 0);
	rig_code(&rig, OP_END, 0, 0, 0);
	rig.node[rig_node(&rig, 0, "rsi", 5, 0, 0, close)].keep = 9;
	rig.node[rig_derived(&rig, 0, code)].keep = 8;
	rig_node(&rig, 0, "ema", 4, 0, 0, rig_output(1, 0));
	rig_node(&rig, 0, "bb_lower", 6, 2, 0, close);
	rig.node[rig_node(&rig, 0, "sma", 4, 0, 0, rig_column(COL_VOLUME))].lag = 3;
	rig_node(&rig, 0, "highest", 5, 0, 0, rig_output(0, 0));
	rig.node[rig_node(&rig, 0, "cmf", 7, 0, 0, close)].lag = 1;
	rig.node[rig_node(&rig, 0, "macd", 3, 5, 2, close)].keep = 3;
	rig.plan.frame[0].depth = 40;
	assert(rig.plan.nodes == NODES);
}

/* What the node reads, at a bar. */
static double read_at(const struct plan_node *p, int bar)
{
	return p->x.node == PLAN_COLUMN ? column[p->x.out][bar] : value[p->x.node][p->x.out][bar];
}

static void fill_node(uint32_t k)
{
	const struct plan_node *p = &rig.node[k];
	double state[200] = { 0 }, out[TA_OUTPUTS], x[BARS];

	if (p->kind == PLAN_STEP)
		p->family->init(state, p->arg);
	for (int i = 0; i < BARS; i++) {
		for (int o = 0; o < TA_OUTPUTS; o++)
			out[o] = TA_NONE;
		if (p->kind == PLAN_DERIVED) {
			out[0] = i < 1 ? TA_NONE : column[COL_CLOSE][i] - column[COL_OPEN][i - 1];
		} else if (p->kind == PLAN_STEP) {
			struct ta_bar b = { column[0][i], column[1][i], column[2][i], column[3][i],
				column[4][i], 0 };
			p->family->step(state, &b, read_at(p, i), out);
		} else {
			int n = (int)p->family->window(p->arg), from = i - p->lag - n + 1;
			if (from >= 0) {
				for (int m = 0; m < n; m++)
					x[m] = read_at(p, from + m);
				struct ta_columns c = { column[0] + from, column[1] + from,
					column[2] + from, column[3] + from, column[4] + from };
				p->family->of(p->arg, x, &c, out);
			}
		}
		for (int o = 0; o < TA_OUTPUTS; o++)
			value[k][o][i] = out[o];
	}
}

/* Some of the way the price stands still, which leaves indicators without a value. */
static void make_bars(void)
{
	for (int i = 0, t = 0; i < BARS; t++) {
		ns at = rig_time(t / 390, t % 390);
		if (!rig_minute(&bars[i], 0, at, 99))
			continue;
		if (i % 100 > 60)
			bars[i] = rig_flat(0, at, at + NS_MINUTE, 100, 0);
		column[COL_OPEN][i] = px_f64(bars[i].open);
		column[COL_HIGH][i] = px_f64(bars[i].high);
		column[COL_LOW][i] = px_f64(bars[i].low);
		column[COL_CLOSE][i] = px_f64(bars[i].close);
		column[COL_VOLUME][i] = bars[i].volume;
		i++;
	}
}

void test_chart_code_by_chance(void)
{
	struct plan_ref ref[TREES];
	int root[TREES], none = 0, some = 0;

	rng_seed(&rng, check_seed());
	make_bars();
	rig_begin(&rig, 60);
	hand_nodes();
	trees = 0;
	for (int i = 0; i < TREES; i++) {
		root[i] = grow(i % 2 == 0, DEEP);
		ref[i] = rig_ref(rig.plan.codes);
		emit(root[i]);
		rig_code(&rig, OP_END, 0, 0, 0);
	}
	for (uint32_t k = 0; k < NODES; k++)
		fill_node(k);
	rig_ready(&rig, 1, false);
	for (int i = 0; i < BARS; i++) {
		rig_feed(&rig, &bars[i]);
		chart_close(rig.chart);
		rig_walk(&rig);
		for (int k = 0; k < TREES; k++) {
			double got = chart_value(rig.chart, 0, &ref[k], NULL);
			double want = naive(root[k], i);
			none += isnan(want);
			some += !isnan(want);
			/* A zero of either sign. */
			if (!CHECK(got == want || (isnan(got) && isnan(want)),
				   "tree %d at bar %d: %.17g, not %.17g", k, i, want, got))
				i = BARS;
		}
	}
	CHECK(none > 100 && some > 1000, "%d values and %d of none were compared", some, none);
	rig_end(&rig);
}

/* and, or, not of true, false and unknown. */
void test_chart_code_three_values(void)
{
	static const double v[3] = { 1, 0, NAN };
	static const double and[3][3] = { { 1, 0, NAN }, { 0, 0, 0 }, { NAN, 0, NAN } };
	static const double or[3][3] = { { 1, 1, 1 }, { 1, 0, NAN }, { 1, NAN, NAN } };
	static const double not[3] = { 0, 1, NAN };
	struct bar b = rig_flat(0, rig_time(0, 0), rig_time(0, 1), 100, 0);

	rig_begin(&rig, 60);
	for (int i = 0; i < 3; i++)
		rig.number[i] = v[i];
	for (uint32_t i = 0; i < 9; i++)
		for (uint32_t k = 0; k < 2; k++) {
			rig_code(&rig, OP_NUMBER, i / 3, 0, 0);
			rig_code(&rig, OP_NUMBER, i % 3, 0, 0);
			rig_code(&rig, k == 0 ? OP_AND : OP_OR, 0, 0, 0);
			rig_code(&rig, OP_END, 0, 0, 0);
		}
	for (uint32_t i = 0; i < 3; i++) {
		rig_code(&rig, OP_NUMBER, i, 0, 0);
		rig_code(&rig, OP_NOT, 0, 0, 0);
		rig_code(&rig, OP_END, 0, 0, 0);
	}
	rig_ready(&rig, 1, false);
	rig_feed(&rig, &b);
	chart_close(rig.chart);
	rig_walk(&rig);
	for (uint32_t i = 0; i < 9; i++)
		for (uint32_t k = 0; k < 2; k++) {
			struct plan_ref r = rig_ref((i * 2 + k) * 4);
			double want = k == 0 ? and[i / 3][i % 3] : or[i / 3][i % 3];
			CHECK(rig_same(chart_value(rig.chart, 0, &r, NULL), want), "%g %s %g is %g",
			      v[i / 3], k == 0 ? "and" : "or", v[i % 3], want);
			CHECK_INT(chart_holds(rig.chart, 0, &r, NULL), want == 1.0,
				  "unknown counts as false at the top");
		}
	for (uint32_t i = 0; i < 3; i++) {
		struct plan_ref r = rig_ref(72 + i * 3);
		CHECK(rig_same(chart_value(rig.chart, 0, &r, NULL), not[i]), "not %g is %g", v[i],
		      not[i]);
	}
	rig_end(&rig);
}

void test_chart_code_clock_and_trade(void)
{
	static const double want[4] = { 13 * 60 + 25, 235, 155, 1 };
	const double trade[TRADE_VALUES] = { 100, 0.01, 7, 35, 102, 99 };
	struct bar b = rig_flat(0, rig_time(0, 230), rig_time(0, 235), 100, 0);

	rig_begin(&rig, 300);
	for (uint32_t i = 0; i < 4; i++) {
		rig_code(&rig, OP_CLOCK, i, 0, 0);
		rig_code(&rig, OP_END, 0, 0, 0);
	}
	for (uint32_t i = 0; i < TRADE_VALUES; i++) {
		rig_code(&rig, OP_TRADE, i, 0, 0);
		rig_code(&rig, OP_END, 0, 0, 0);
	}
	rig_ready(&rig, 1, false);
	rig_feed(&rig, &b);
	chart_close(rig.chart);
	rig_walk(&rig);
	for (uint32_t i = 0; i < 4; i++) {
		struct plan_ref r = rig_ref(i * 2);
		double got = chart_value(rig.chart, 0, &r, NULL);
		CHECK(got == want[i], "clock %u is %g, not %g", i, want[i], got);
	}
	for (uint32_t i = 0; i < TRADE_VALUES; i++) {
		struct plan_ref r = rig_ref(8 + i * 2);
		CHECK(chart_value(rig.chart, 0, &r, trade) == trade[i], "the trade's value %u", i);
		CHECK(isnan(chart_value(rig.chart, 0, &r, NULL)), "and none without a trade");
	}
	rig_end(&rig);
}
