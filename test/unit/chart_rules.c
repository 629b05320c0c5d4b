/* chart_rules.c: what the compiler makes of random expressions, and the chart of that, against
 * an evaluation of the same trees that knows nothing of either: bar by bar, from the first. */
#include <math.h>

#include "base/rng.h"
#include "base/text.h"
#include "chart/chart.h"
#include "rule/rule.h"
#include "test/check.h"
#include "test/unit/chart_trees.h"

enum { TIMEFRAME = 300, BARS = 100, FRAMES = 2, WHO = 2, EXPRESSIONS = 30 };

struct market { uint32_t n; struct bar bar[BARS]; };

static struct market market[WHO][FRAMES];	/* own and benchmark; 5 and 15 minutes */
/* ---- bars */

static struct bar bar_at(sym s, ns open, double price)
{
	double up = tree_below(3), down = tree_below(3), close = price + tree_below(3) - 1;

	return (struct bar){ .sym = s, .open_ts = open, .ts = open + TIMEFRAME * NS_SECOND,
		.open = { (int64_t)(price * 100) * 10000000 },
		.high = { (int64_t)((price > close ? price : close) + up) * NUM_ONE },
		.low = { (int64_t)((price < close ? price : close) - down) * NUM_ONE },
		.close = { (int64_t)close * NUM_ONE },
		.volume = tree_below(8) == 0 ? 0 : 100 + tree_below(900),
		.flags = BAR_WARMUP };
}

static void join(struct market *into, const struct market *from, ns length)
{
	into->n = 0;
	for (uint32_t i = 0; i < from->n; i++) {
		const struct bar *b = &from->bar[i];
		ns begin = b->open_ts / length * length;
		struct bar *j = into->n > 0 ? &into->bar[into->n - 1] : NULL;
		if (j == NULL || j->open_ts != begin) {
			j = &into->bar[into->n++];
			*j = *b;
			j->open_ts = begin;
			j->ts = begin + length;
			continue;
		}
		j->high.n = b->high.n > j->high.n ? b->high.n : j->high.n;
		j->low.n = b->low.n < j->low.n ? b->low.n : j->low.n;
		j->close = b->close;
		j->volume += b->volume;
	}
}

/* Bars with holes, prices in whole dollars so that equal ones are frequent, flat stretches. */
static void make_markets(void)
{
	ns begin = 1738591200 * NS_SECOND;	/* a full hour */

	for (sym s = 0; s < WHO; s++) {
		struct market *m = &market[s][0];
		double price = 20 + tree_below(10);
		m->n = 0;
		for (int i = 0; i < BARS; i++) {
			if (tree_below(8) == 0)
				continue;
			if (tree_below(4) > 0)
				price += tree_below(5) - 2;
			price = price < 8 ? 8 : price;
			m->bar[m->n++] = bar_at(s, begin + i * TIMEFRAME * NS_SECOND, price);
		}
		join(&market[s][1], m, 3 * TIMEFRAME * NS_SECOND);
	}
}

/* ---- the naive evaluation */

/* At bar t of a market, when it is `now`: not before the bar's end. */
static double value_at(int i, int who, int frame, int t, ns now);

static double value(int i, int who, int frame, int t)
{
	return value_at(i, who, frame, t, t < 0 ? 0 : market[who][frame].bar[t].ts);
}

static double column(const struct bar *b, uint32_t c)
{
	switch (c) {
	case COL_OPEN: return px_f64(b->open);
	case COL_HIGH: return px_f64(b->high);
	case COL_LOW: return px_f64(b->low);
	case COL_CLOSE: return px_f64(b->close);
	default: return b->volume;
	}
}

static double indicator(const struct tree_node *x, int who, int frame, int t)
{
	static double column_of[COLUMNS][BARS], series[BARS];
	static _Alignas(16) char state[1 << 16];
	const struct ta_family *f = ta_fns[x->op].family;
	double out[TA_OUTPUTS], own[BARS];

	for (int k = 0; k <= t; k++)
		own[k] = x->a >= 0 ? value(x->a, who, frame, k) : column(&market[who][frame].bar[k],
			f->reads == TA_VOLUME ? COL_VOLUME : COL_CLOSE);
	memcpy(series, own, sizeof series);	/* one that is within another used it before */
	for (int c = 0; c < COLUMNS; c++)
		for (int k = 0; k <= t; k++)
			column_of[c][k] = column(&market[who][frame].bar[k], (uint32_t)c);
	if (f->shape == TA_WINDOW) {
		int n = (int)f->window(x->v), from = t + 1 - n;
		if (from < 0)
			return TA_NONE;
		struct ta_columns c = { &column_of[COL_OPEN][from], &column_of[COL_HIGH][from],
			&column_of[COL_LOW][from], &column_of[COL_CLOSE][from],
			&column_of[COL_VOLUME][from] };
		f->of(x->v, series + from, &c, out);
		return out[ta_fns[x->op].out];
	}
	CHECK(f->size(x->v) <= sizeof state, "the state of %s fits", f->name);
	memset(state, 0, f->size(x->v));
	f->init(state, x->v);
	for (int k = 0; k <= t; k++) {
		struct ta_bar b = { column_of[COL_OPEN][k], column_of[COL_HIGH][k],
			column_of[COL_LOW][k], column_of[COL_CLOSE][k],
			column_of[COL_VOLUME][k], 1 };
		f->step(state, &b, series[k], out);
	}
	return out[ta_fns[x->op].out];
}

/* The newest bar of a market at `now`. */
static int newest(int who, int frame, ns now)
{
	int k = (int)market[who][frame].n;

	while (k > 0 && market[who][frame].bar[k - 1].ts > now)
		k--;
	return k - 1;
}

/* The newest bar of the benchmark, or of a frame, that has closed at the same time. */
static double elsewhere(int i, bool bench, int who, int frame, ns now, ns asked)
{
	static const ns length[] = { TIMEFRAME * NS_SECOND, 3 * TIMEFRAME * NS_SECOND };
	enum { STALE = 2 };	/* bars of its frame */
	int to = bench ? 1 : who, in = bench ? frame : 1, k = newest(to, in, now);

	if (k < 0)
		return TA_NONE;
	if (bench && asked - market[to][in].bar[k].ts > STALE * length[in])
		return TA_NONE;
	return value_at(i, to, in, k, now);
}

static double gain(bool bench, int frame, int t, int n)
{
	struct tree_node close = { .kind = COLUMN, .op = COL_CLOSE };
	double now, then;

	tree.node[tree.n] = close;
	if (t < n)
		return TA_NONE;
	const struct bar *b = &market[0][frame].bar[t];
	now = bench ? elsewhere(tree.n, true, 0, frame, b->ts, b->ts) :
		value(tree.n, 0, frame, t);
	b -= n;
	then = bench ? elsewhere(tree.n, true, 0, frame, b->ts, b->ts) :
		value(tree.n, 0, frame, t - n);
	return now / then;
}

static double logic(enum kind kind, double a, double b)
{
	double half_a = isnan(a) ? 0.5 : a, half_b = isnan(b) ? 0.5 : b;
	double got = kind == NOT ? 1 - half_a : kind == AND ? fmin(half_a, half_b) :
		     fmax(half_a, half_b);

	return got == 0.5 ? TA_NONE : got;
}

static double operate(uint32_t op, double a, double b)
{
	if (isnan(a) || isnan(b))
		return TA_NONE;
	switch (op) {
	case OP_NEG: return -a;
	case OP_ABS: return fabs(a);
	case OP_SQRT: return a < 0 ? TA_NONE : sqrt(a);
	case OP_ADD: return a + b;
	case OP_SUB: return a - b;
	case OP_MUL: return a * b;
	case OP_DIV: return b == 0 ? TA_NONE : a / b;
	case OP_MIN: return a < b ? a : b;
	case OP_MAX: return a > b ? a : b;
	case OP_LT: return a < b;
	case OP_LE: return a <= b;
	case OP_GT: return a > b;
	case OP_GE: return a >= b;
	case OP_EQ: return a == b;
	default: return a != b;
	}
}

/* Of node i at bar t of a market. */
static double value_at(int i, int who, int frame, int t, ns now)
{
	const struct tree_node *x = &tree.node[i];
	double a, b;

	if (x->kind == NUMBER)
		return x->v[0];
	if (t < 0)
		return TA_NONE;
	switch (x->kind) {
	case COLUMN: return column(&market[who][frame].bar[t], x->op);
	case LAG:
		return x->v[0] == 0 ? value_at(x->a, who, frame, t, now) :
			value(x->a, who, frame, t - (int)x->v[0]);
	case INDICATOR: return indicator(x, who, frame, t);
	case BENCH: case FRAME:
		return elsewhere(x->a, x->kind == BENCH, who, frame, now,
				 market[who][frame].bar[t].ts);
	case RS:
		a = gain(false, frame, t, (int)x->v[0]);
		return a - gain(true, frame, t, (int)x->v[0]);
	case CROSS:
		a = operate(x->op ? OP_GT : OP_LT, value_at(x->a, who, frame, t, now),
			    value_at(x->b, who, frame, t, now));
		b = operate(x->op ? OP_LE : OP_GE, value(x->a, who, frame, t - 1),
			    value(x->b, who, frame, t - 1));
		return logic(AND, a, b);
	case NOT: return logic(NOT, value_at(x->a, who, frame, t, now), 0);
	case AND: case OR:
		a = value_at(x->a, who, frame, t, now);
		return logic(x->kind, a, value_at(x->b, who, frame, t, now));
	case SIGN: return operate(x->op, value_at(x->a, who, frame, t, now), 0);
	default:
		a = value_at(x->a, who, frame, t, now);
		return operate(x->op, a, value_at(x->b, who, frame, t, now));
	}
}

/* ---- side by side */

static bool same(double a, double b)
{
	return (isnan(a) && isnan(b)) || a == b;
}

/* Returns how many values there were. */
static uint32_t one_market(uint64_t seed)
{
	static char text[EXPRESSIONS][4000];
	static int top[EXPRESSIONS];
	static const sym symbols[] = { 0, 1 };
	struct plan_ref ref[EXPRESSIONS];
	struct arena arena;
	uint32_t slot, n = 0, compiled = 0, values = 0;
	struct rule_error why;

	rng_seed(&tree.chance, seed);
	make_markets();
	tree.n = 0;
	CHECK_INT(arena_open(&arena, 16 << 20), OK, "memory");
	struct plan *p = plan_new(&arena, 2000, TIMEFRAME);
	for (int tries = 0; compiled < EXPRESSIONS && tries < 4 * EXPRESSIONS; tries++) {
		struct tree_may may = { 1 + tree_below(3), true, true };
		struct text t;
		top[compiled] = tree_below(2) ? tree_condition(may) : tree_number(may);
		text_init(&t, text[compiled], sizeof text[0]);
		tree_text(&t, top[compiled]);
		text_done(&t);
		if (t.n > RULE_TEXT_MAX)
			continue;
		bool ok = rule_compile(p, text_str(&t), NULL, RULE_ANY, &ref[compiled], &why);
		if (!CHECK(ok, "%s compiles, not: %s", text[compiled], why.text))
			continue;
		compiled++;
	}
	plan_seal(p);
	struct chart_config c = { .plan = p, .raw = true, .symbols = 2, .symbol = symbols,
				  .bench = 1 };
	struct chart *chart = chart_new(&arena, &c);
	for (uint32_t i = 0; i < BARS; i++)
		for (sym s = 0; s < WHO; s++)
			if (i < market[s][0].n)
				(void)chart_take(chart, &market[s][0].bar[i], 0);
	while (chart_next(chart, &slot)) {
		if (slot != 0)
			continue;
		for (uint32_t k = 0; k < compiled; k++) {
			double got = chart_value(chart, 0, &ref[k], NULL);
			double want = value(top[k], 0, 0, (int)n);
			if (!CHECK(same(got, want), "seed %llu, bar %u: %s is %.17g, not %.17g",
				   (unsigned long long)seed, n, text[k], want, got))
				goto out;
			values += isnan(got) ? 0 : 1;
			/* The benchmark may have more bars already. */
			CHECK(isnan(got) || n >= ref[k].first || ref[k].boolean || p->frames > 1 ||
			      strstr(text[k], "bench") != NULL,
			      "%s has no value before bar %u", text[k], ref[k].first);
		}
		n++;
	}
	CHECK_INT(n, market[0][0].n, "every bar was walked over");
out:
	arena_close(&arena);
	return values;
}

void test_chart_rules_are_what_their_trees_are(void)
{
	enum { MARKETS = 12 };

	/* Found once: a window over another's values, longer than the rows of its frame stay. */
	static const uint64_t known[] = { 1795932798624015 };
	uint32_t values = 0;

	for (size_t i = 0; i < COUNT(known); i++)
		(void)one_market(known[i]);
	for (uint64_t i = 0; i < MARKETS; i++)
		values += one_market(check_seed() + i);
	CHECK(values > MARKETS * EXPRESSIONS * BARS / 4,
	      "there was something to compare: %u values", values);
}
