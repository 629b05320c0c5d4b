/* chart_trees.c: random expressions, as trees and as texts. */
#include "test/unit/chart_trees.h"

#include "test/check.h"

struct tree tree;

int tree_below(int n)
{
	return (int)rng_below(&tree.chance, (uint64_t)n);
}

/* ---- random trees */

static int make(struct tree_node one)
{
	CHECK(tree.n + 1 < TREE_NODES, "the tree has room");
	tree.node[tree.n] = one;
	return tree.n++;
}

static int leaf(void)
{
	if (tree_below(4) == 0)
		return make((struct tree_node){ .kind = NUMBER, .constant = true,
			.v = { 1 + tree_below(40) * 0.5 } });
	return make((struct tree_node){ .kind = COLUMN,
		.op = (uint32_t)tree_below(COLUMNS) });
}

static int varying(struct tree_may may)
{
	int i = tree_number(may);

	return tree.node[i].constant ?
		make((struct tree_node){ .kind = COLUMN, .op = COL_CLOSE }) : i;
}

static int any_indicator(struct tree_may may)
{
	struct tree_node x = { .kind = INDICATOR, .a = -1 };
	const struct ta_family *f;
	uint32_t count = 0;

	while (ta_fns[count].name[0] != '\0')
		count++;
	x.op = (uint32_t)tree_below((int)count);
	f = ta_fns[x.op].family;
	for (uint32_t k = 0; k < f->args; k++) {
		double low = f->arg[k].min < 1 ? 1 : f->arg[k].min;
		x.v[k] = low + tree_below(6) + (k == 1 ? 3 : 0);
		x.v[k] = x.v[k] > f->arg[k].max ? f->arg[k].max : x.v[k];
	}
	/* Where two arguments do not go together. */
	if (f->check != NULL && f->check(x.v) != NULL)
		return leaf();
	if (f->reads != TA_BARS && tree_below(3) > 0)
		x.a = varying(may);
	if (x.a >= 0 && tree_below(3) == 0)
		x.a = make((struct tree_node){ .kind = LAG, .a = x.a,
			.v = { 1 + tree_below(4) } });
	return make(x);
}

int tree_number(struct tree_may may)
{
	static const uint32_t signs[] = { OP_NEG, OP_ABS, OP_SQRT };
	struct tree_node x = { .a = -1, .b = -1 };

	if (may.depth == 0)
		return leaf();
	may.depth--;
	switch (tree_below(10)) {
	case 0: case 1: case 2: return any_indicator(may);
	case 3:
		x.kind = LAG;
		x.v[0] = tree_below(7);
		x.a = varying(may);
		return make(x);
	case 4:
		if (!may.bench)
			return leaf();
		may.bench = false;
		x.kind = BENCH;
		x.a = varying(may);
		return make(x);
	case 5:
		if (!may.frame)
			return leaf();
		may.frame = false;
		x.kind = FRAME;
		x.a = varying(may);
		return make(x);
	case 6:
		if (!may.bench)
			return leaf();
		x.kind = RS;
		x.v[0] = 1 + tree_below(9);
		return make(x);
	case 7:
		x.kind = SIGN;
		x.op = signs[tree_below(3)];
		x.a = varying(may);
		return make(x);
	default:
		x.kind = ARITHMETIC;
		x.op = OP_ADD + (uint32_t)tree_below(6);
		x.a = varying(may);
		x.b = tree_number(may);
		return make(x);
	}
}

int tree_condition(struct tree_may may)
{
	struct tree_node x = { .a = -1, .b = -1 };
	int what = may.depth == 0 ? 4 + tree_below(2) : tree_below(6);

	if (may.depth > 0)
		may.depth--;
	switch (what) {
	case 0:
		x.kind = NOT;
		x.a = tree_condition(may);
		return make(x);
	case 1: case 2: case 3:
		x.kind = what == 3 ? OR : AND;
		x.a = tree_condition(may);
		x.b = tree_condition(may);
		return make(x);
	case 4:
		x.kind = COMPARE;
		x.op = OP_LT + (uint32_t)tree_below(6);
		x.a = varying(may);
		x.b = tree_number(may);
		return make(x);
	default:
		x.kind = CROSS;
		x.op = (uint32_t)tree_below(2);
		x.a = varying(may);
		x.b = tree_number(may);
		return make(x);
	}
}

/* ---- as text */

static void between(struct text *t, const struct tree_node *x, const char *op)
{
	text_char(t, '(');
	tree_text(t, x->a);
	text_char(t, ' ');
	text_cstr(t, op);
	text_char(t, ' ');
	tree_text(t, x->b);
	text_char(t, ')');
}

static void around(struct text *t, const char *head, const struct tree_node *x)
{
	text_cstr(t, head);
	tree_text(t, x->a);
	if (x->b > 0 && (x->kind == ARITHMETIC || x->kind == CROSS)) {
		text_cstr(t, ", ");
		tree_text(t, x->b);
	}
	text_char(t, ')');
}

static void write_call(struct text *t, const struct tree_node *x)
{
	const struct ta_family *f = ta_fns[x->op].family;

	text_cstr(t, ta_fns[x->op].name);
	text_char(t, '(');
	if (x->a >= 0)
		tree_text(t, x->a);
	for (uint32_t k = 0; k < f->args; k++) {
		text_cstr(t, k > 0 || x->a >= 0 ? ", " : "");
		text_f64(t, x->v[k], 9);
	}
	text_char(t, ')');
}

void tree_text(struct text *t, int i)
{
	static const char *const columns[] = { "open", "high", "low", "close", "volume" };
	static const char *const operators[] = { [OP_ADD] = "+", [OP_SUB] = "-", [OP_MUL] = "*",
		[OP_DIV] = "/", [OP_LT] = "<", [OP_LE] = "<=", [OP_GT] = ">", [OP_GE] = ">=",
		[OP_EQ] = "==", [OP_NE] = "!=" };
	const struct tree_node *x = &tree.node[i];

	switch (x->kind) {
	case NUMBER: text_f64(t, x->v[0], 9); break;
	case COLUMN: text_cstr(t, columns[x->op]); break;
	case LAG:
		around(t, "(", x);
		text_char(t, '[');
		text_f64(t, x->v[0], 0);
		text_char(t, ']');
		break;
	case INDICATOR: write_call(t, x); break;
	case BENCH: around(t, "bench(", x); break;
	case FRAME: around(t, "tf(15m, ", x); break;
	case RS:
		text_cstr(t, "rs(");
		text_f64(t, x->v[0], 0);
		text_char(t, ')');
		break;
	case SIGN:
		around(t, x->op == OP_NEG ? "-(" : x->op == OP_ABS ? "abs(" : "sqrt(", x);
		break;
	case ARITHMETIC:
		if (x->op == OP_MIN || x->op == OP_MAX)
			around(t, x->op == OP_MIN ? "min(" : "max(", x);
		else
			between(t, x, operators[x->op]);
		break;
	case COMPARE: between(t, x, operators[x->op]); break;
	case NOT: around(t, "(not ", x); break;
	case AND: between(t, x, "and"); break;
	case OR: between(t, x, "or"); break;
	case CROSS:
		if (i % 2 == 0)
			between(t, x, x->op ? "crosses_above" : "crosses_below");
		else
			around(t, x->op ? "crosses_above(" : "crosses_below(", x);
		break;
	}
}
