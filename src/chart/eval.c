/* eval.c: the values of nodes, and the code of expressions. What the compiler promised
 * (rule/plan.h) is what the assertions here hold it to. */
#include <math.h>

#include "chart/inside.h"
#include "ta/ln.h"

/* ---- nodes */

/* The last n values of what the node reads; NULL: not all are there. A node keeps its values
 * itself, for longer perhaps than the rows stay that they are made of. */
static inline const double *series(const struct chart *c, uint32_t slot,
				   const struct chart_rows *rows, const struct node *node,
				   uint32_t n)
{
	if (node->x == PLAN_COLUMN)
		return rows->at < n ? NULL :
			region(c, slot, node->frame) + node->series + rows->at - n;
	const struct node *x = &c->node[node->x];
	double *b = block(c, slot, node->frame);
	if (n > x->keep)
		return NULL;
	if (x->keep == 1)
		return b + x->value + node->x_out;
	return b + x->value + (size_t)node->x_out * 2 * x->keep + *stamp_of(b, x) + x->keep + 1 -
		n;
}

static inline bool window(const struct chart *c, uint32_t slot, const struct node *node,
			  uint32_t back, double *out)
{
	const struct chart_rows *rows = rows_of(c, slot, node->frame);
	uint32_t n = node->lag + back + node->window;	/* as far as it reaches */

	if (rows->count < n)
		return false;
	if (!node->bars) {
		const double *x = series(c, slot, rows, node, n);
		if (x == NULL)
			return false;
		node->of(node->arg, x, NULL, out);
		return true;
	}
	if (rows->at < n)
		return false;
	size_t cap = c->frame[node->frame].cap;
	const double *r = region(c, slot, node->frame) + rows->at - n;
	struct ta_columns columns = { r + COL_OPEN * cap, r + COL_HIGH * cap, r + COL_LOW * cap,
		r + COL_CLOSE * cap, r + COL_VOLUME * cap };
	node->of(node->arg, NULL, &columns, out);
	return true;
}

/* A WINDOW's values at the newest bar, for as long as that is the newest. */
static APART void fill(const struct chart *c, uint32_t slot, const struct node *n, double *value)
{
	const struct chart_rows *rows = rows_of(c, slot, n->frame);
	uint32_t reach = n->lag + n->window;

	/* As window() has it, of what most windows are. */
	if (n->x == PLAN_COLUMN && !n->bars && rows->count >= reach && rows->at >= reach) {
		n->of(n->arg, region(c, slot, n->frame) + n->series + rows->at - reach, NULL,
		      value);
		return;
	}
	if (window(c, slot, n, 0, value))
		return;
	for (uint32_t i = 0; i < n->outputs; i++)
		value[i] = TA_NONE;
}

/* At the newest bar. */
static inline double newest(const struct chart *c, uint32_t slot, const struct node *n,
			    uint32_t out)
{
	double *b = block(c, slot, n->frame), *value = b + n->value;

	if (n->kind == PLAN_WINDOW) {
		uint32_t *stamp = stamp_of(b, n), count = rows_of(c, slot, n->frame)->count;
		if (*stamp != count) {
			*stamp = count;
			fill(c, slot, n, value);
		}
	} else if (n->keep > 1) {
		value += out * (2 * n->keep - 1) + *stamp_of(b, n);
	}
	return value[out];
}

APART double node_newest(const struct chart *c, uint32_t slot, const struct node *n, uint32_t out)
{
	assert(out < n->outputs);
	return newest(c, slot, n, out);
}

/* Some bars before it. */
static APART double earlier(const struct chart *c, uint32_t slot, const struct node *n,
			    uint32_t out, uint32_t back)
{
	double made[TA_OUTPUTS];

	assert(out < n->outputs);
	if (n->kind == PLAN_WINDOW)
		return window(c, slot, n, back, made) ? made[out] : TA_NONE;
	double *b = block(c, slot, n->frame);
	if (back >= n->keep)
		return TA_NONE;
	return b[n->value + out * 2 * n->keep + *stamp_of(b, n) + n->keep - back];
}

/* ---- code */

/* Whose bars are meant: of a slot in a frame, `back` bars before its newest, which is the newest
 * that had closed at `now`. */
struct context { uint32_t slot, frame, back; ns now; };

static ns end_of(const struct chart *c, const struct context *x)
{
	const struct chart_rows *r = rows_of(c, x->slot, x->frame);

	assert(r->at > x->back);
	return marks_of(c, x->slot, x->frame)[r->at - 1 - x->back].end;
}

/* The newest bar that has closed; false: none that is to be had. */
static bool look_back(const struct chart *c, struct context *x)
{
	const struct chart_rows *r = rows_of(c, x->slot, x->frame);
	uint32_t depth = c->frame[x->frame].depth, n = r->count < depth ? r->count : depth;
	const struct mark *m = marks_of(c, x->slot, x->frame) + r->at;

	for (x->back = 0; x->back < n; x->back++)
		if (m[-1 - (int64_t)x->back].end <= x->now)
			return true;
	return false;
}

/* Into a frame of the same symbol, or to the benchmark. The time stays the asker's: what has closed
 * by then counts, whether there is a bar that ends then or not. */
static bool enter(const struct chart *c, struct context *x, const struct plan_code *op)
{
	if (op->op == OP_FRAME) {
		x->frame = op->b;
		return look_back(c, x);
	}
	/* Its age is counted from the asker's own bar: a day's is two nights old on a Monday. */
	ns own = end_of(c, x);
	x->slot = c->bench_slot;
	if (x->slot == CHART_NONE || !look_back(c, x))
		return false;
	return own - end_of(c, x) <= 2 * c->frame[x->frame].length;
}

static double column(const struct chart *c, const struct context *x, uint32_t k, uint32_t ago)
{
	const struct chart_rows *r = rows_of(c, x->slot, x->frame);
	const struct frame *f = &c->frame[x->frame];

	ago += x->back;
	assert(k < COLUMNS);
	if (ago >= r->count || ago >= f->depth)
		return TA_NONE;
	return region(c, x->slot, x->frame)[(size_t)k * f->cap + r->at - 1 - ago];
}

static inline double of_node(const struct chart *c, const struct context *x,
			     const struct plan_code *at)
{
	const struct node *n = &c->node[at->a];
	uint32_t back = at->b + x->back;

	assert(n->frame == x->frame && at->c < n->outputs);
	return back == 0 ? newest(c, x->slot, n, at->c) : earlier(c, x->slot, n, at->c, back);
}

static double one(uint8_t op, double a)
{
	switch (op) {
	case OP_NEG:  return -a;
	case OP_NOT:  return isnan(a) ? a : a == 0.0;
	case OP_ABS:  return fabs(a);
	case OP_SQRT: return a >= 0.0 ? sqrt(a) : TA_NONE;
	default:      return a > 0.0 ? ta_ln(a) : TA_NONE;
	}
}

static double two(uint8_t op, double a, double b)
{
	if (op == OP_AND && (a == 0.0 || b == 0.0))
		return 0.0;
	if (op == OP_OR && (a == 1.0 || b == 1.0))
		return 1.0;
	if (isunordered(a, b))
		return TA_NONE;
	switch (op) {
	case OP_ADD: return a + b;
	case OP_SUB: return a - b;
	case OP_MUL: return a * b;
	case OP_DIV: return b != 0.0 ? a / b : TA_NONE;
	case OP_MIN: return a < b ? a : b;
	case OP_MAX: return a > b ? a : b;
	case OP_LT:  return a < b;
	case OP_LE:  return a <= b;
	case OP_GT:  return a > b;
	case OP_GE:  return a >= b;
	case OP_EQ:  return a == b;
	case OP_NE:  return a != b;
	case OP_AND: return 1.0;
	default:     return 0.0;	/* OP_OR */
	}
}

double evaluate(struct chart *c, uint32_t slot, uint32_t frame, uint32_t code,
		const double *trade)
{
	const struct plan_code *at = c->plan->code + code;
	UNSET struct context outer[CONTEXTS];
	UNSET double stack[PLAN_STACK + 1];	/* one more shows a push too many */
	ns now = rows_of(c, slot, frame)->newest;
	struct context x = { slot, frame, 0, now };
	uint32_t n = 0, depth = 0;

	for (;; at++) {
		assert(n <= PLAN_STACK);
		switch (at->op) {
		case OP_NUMBER:
			stack[n++] = c->plan->number[at->a];
			break;
		case OP_COLUMN:
			stack[n++] = column(c, &x, at->a, at->b);
			break;
		case OP_NODE:
			stack[n++] = of_node(c, &x, at);
			break;
		case OP_CLOCK:
			assert(at->a <= CLOCK_WEEKDAY);
			stack[n++] = clock_at(c, now)[at->a];
			break;
		case OP_TRADE:
			assert(at->a < TRADE_VALUES);
			stack[n++] = trade != NULL ? trade[at->a] : TA_NONE;
			break;
		case OP_FRAME:
		case OP_BENCH:
			assert(depth < CONTEXTS);
			outer[depth++] = x;
			if (!enter(c, &x, at)) {
				x = outer[--depth];
				stack[n++] = TA_NONE;
				at = c->plan->code + at->a - 1;
			}
			break;
		case OP_LEAVE:
			assert(depth > 0);
			x = outer[--depth];
			break;
		case OP_IF_FALSE:
		case OP_IF_TRUE:
			assert(n > 0);
			if (stack[n - 1] == (at->op == OP_IF_TRUE ? 1.0 : 0.0))
				at = c->plan->code + at->a - 1;
			break;
		case OP_END:
			assert(n == 1);
			return stack[0];
		default:
			if (at->op < OP_ADD) {
				assert(n > 0);
				stack[n - 1] = one(at->op, stack[n - 1]);
			} else {
				assert(n > 1);
				n--;
				stack[n - 1] = two(at->op, stack[n - 1], stack[n]);
			}
		}
	}
}

/* A number, or what is newest. False: it is neither. */
static inline bool at_hand(const struct chart *c, uint32_t slot, const struct plan_code *op,
			   double *out)
{
	if (op->op == OP_NUMBER) {
		*out = c->plan->number[op->a];
		return true;
	}
	if (op->op > OP_NODE || op->b != 0)
		return false;
	if (op->op == OP_NODE)
		*out = newest(c, slot, &c->node[op->a], op->c);
	else
		*out = region(c, slot, 0)[(size_t)op->a * c->frame[0].cap +
					  c->head.slot[slot].row.at - 1];
	return true;
}

/* What is no indicator as it is. Most conditions compare two plain ones. */
static APART double worked_out(struct chart *c, uint32_t slot, uint32_t code, const double *trade)
{
	const struct plan_code *op = c->plan->code + code;
	double a, b;

	if (c->head.slot[slot].row.count == 0)
		return TA_NONE;
	if (at_hand(c, slot, op, &a)) {
		if (op[1].op == OP_END)
			return a;
		if (at_hand(c, slot, op + 1, &b) && op[2].op >= OP_ADD && op[2].op <= OP_OR &&
		    op[3].op == OP_END)
			return two(op[2].op, a, b);
	}
	return evaluate(c, slot, 0, code, trade);
}

double chart_value(struct chart *c, uint32_t slot, const struct plan_ref *r, const double *trade)
{
	const struct plan_code *op = c->plan->code + r->code;

	assert(slot < c->m->slots);
	if (op[0].op != OP_NODE || op[1].op != OP_END || op->b != 0)
		return worked_out(c, slot, r->code, trade);
	const struct node *n = &c->node[op->a];
	if (n->plain)
		return block(c, slot, 0)[n->value + op->c];
	return node_newest(c, slot, n, op->c);
}

const double *chart_fixed(const struct chart *c, const struct plan_ref *r, uint32_t *stride)
{
	const struct plan_code *op = &c->plan->code[r->code];

	if (op->op != OP_NODE || op->b != 0 || op[1].op != OP_END)
		return NULL;
	const struct node *n = &c->node[op->a];
	if (n->kind != PLAN_STEP || n->frame != 0 || n->keep != 1)
		return NULL;
	*stride = c->frame[0].blocks;
	assert(op->c < n->outputs);
	return c->frame[0].block + n->value + op->c;
}
