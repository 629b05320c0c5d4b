/* lower.c: a tree becomes code. [n] is carried down to what has a past: columns, stepped
 * indicators, windows; what has none of its own (another timeframe, the benchmark) is kept bar
 * by bar in a derived node. */
#include "base/text.h"
#include "rule/inner.h"

/* Where a part is looked at from. */
struct where { uint8_t frame; bool bench; uint32_t lag; };

/* Bars from the first until a value is there, and until it is exact; needs: the same without
 * waiting for other frames. */
struct warm { uint32_t first, settled, needs; };

struct emit {
	struct plan   *plan;
	struct parser *from;
	struct part   *part;
	bool     failed, trade;
	uint32_t n, depth, begin;	/* codes; operands on the stack; of this piece of code */
	struct warm warm;		/* of all that the piece has read so far */
	struct plan_code code[RULE_CODES];
};

static void give_up(struct emit *e, const struct part *x, const char *why)
{
	if (!e->failed)
		(void)rule_fail(e->from, x->at, why, STR(""), "", NULL);
	e->failed = true;
}

static uint32_t emit(struct emit *e, const struct part *x, enum plan_op op, uint32_t c,
		     uint32_t b, uint32_t a)
{
	bool pushes = op <= OP_TRADE;
	bool pops = op >= OP_ADD && op <= OP_OR;

	if (e->n == RULE_CODES) {
		give_up(e, x, "too long: it takes more than 2000 steps");
		return 0;
	}
	e->depth = e->depth + pushes - pops;
	if (e->depth > PLAN_STACK)
		give_up(e, x, "too deep: more than 32 values wait for each other here");
	e->code[e->n] = (struct plan_code){ .op = (uint8_t)op, .c = (uint8_t)c,
					    .b = (uint16_t)b, .a = a };
	return e->n++;
}

/* Places to go on at are counted from the beginning of the piece, until it is put away. */
static void patch(struct emit *e, uint32_t at)
{
	e->code[at].a = e->n - e->begin;
}

static void number(struct emit *e, const struct part *x)
{
	uint32_t i = plan_number(e->plan, x->value);

	if (i == UINT32_MAX)
		give_up(e, x, "there is no room for more numbers");
	else
		emit(e, x, OP_NUMBER, 0, 0, i);
}

static uint32_t more(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* The piece of code reads a value. */
static void reads(struct emit *e, const struct part *x, struct where w, struct warm v)
{
	struct plan_frame *f = &e->plan->frame[w.frame];

	e->warm.first = more(e->warm.first, v.first + w.lag);
	e->warm.settled = more(e->warm.settled, v.settled + w.lag);
	e->warm.needs = more(e->warm.needs, v.needs + w.lag);
	if (v.needs + w.lag >= PLAN_SETTLED_MAX) {
		give_up(e, x, "too long: averages of averages that are exact only after more than "
			"20000 bars");
		return;
	}
	f->settled = more(f->settled, v.needs + w.lag + 1);
}

static void column(struct emit *e, const struct part *x, struct where w)
{
	struct plan_frame *f = &e->plan->frame[w.frame];

	if (f->depth < w.lag + 1)
		f->depth = w.lag + 1;
	reads(e, x, w, (struct warm){ 0 });
	emit(e, x, OP_COLUMN, 0, w.lag, x->op);
}

/* ---- nodes */

static void node_wanted(struct emit *e, uint32_t node, struct where w)
{
	if (w.bench)
		e->plan->node[node].bench = true;
	else
		e->plan->node[node].own = true;
}

static void keep(struct emit *e, uint32_t node, uint32_t bars)
{
	struct plan_node *n = &e->plan->node[node];

	if (n->keep < bars)
		n->keep = bars;
}

static void lower(struct emit *e, uint16_t i, struct where w);

/* What part i is worth at every bar, as a node of frame and context of w. */
static uint32_t derive(struct emit *e, uint16_t i, struct where w)
{
	uint32_t begin = e->begin, depth = e->depth, n = e->n, node = UINT32_MAX;
	struct warm warm = e->warm;

	w.lag = 0;
	e->begin = e->n;
	e->depth = 0;
	e->warm = (struct warm){ 0 };
	lower(e, i, w);
	emit(e, &e->part[i], OP_END, 0, 0, 0);
	if (!e->failed) {
		struct plan_node new = { .kind = PLAN_DERIVED, .frame = w.frame,
			.cost = e->part[i].cost, .code_n = e->n - e->begin, .keep = 1,
			.first = e->warm.first, .settled = e->warm.settled,
			.needs = e->warm.needs };
		node = plan_intern(e->plan, &new, e->code + e->begin);
		if (node == UINT32_MAX)
			give_up(e, &e->part[i], "there is no room for more values");
		else
			node_wanted(e, node, w);
	}
	e->n = n;
	e->begin = begin;
	e->depth = depth;
	e->warm = warm;
	return node;
}

static void derived(struct emit *e, uint16_t i, struct where w)
{
	uint32_t node = derive(e, i, w);

	if (node == UINT32_MAX)
		return;
	const struct plan_node *d = &e->plan->node[node];
	keep(e, node, w.lag + 1);
	reads(e, &e->part[i], w, (struct warm){ d->first, d->settled, d->needs });
	emit(e, &e->part[i], OP_NODE, 0, w.lag, node);
}

/* Of an output of a node, with what it reads. */
static struct warm warm(const struct plan *p, uint32_t node, uint32_t out)
{
	struct warm w = { 0 };

	for (;;) {
		const struct plan_node *n = &p->node[node];
		if (n->kind == PLAN_DERIVED)
			return (struct warm){ w.first + n->first, w.settled + n->settled,
					      w.needs + n->needs };
		w.first += n->family->first(n->arg, out);
		w.settled += n->family->settled(n->arg, out);
		w.needs = w.settled;
		if (n->family->reads == TA_BARS || n->x.node == PLAN_COLUMN)
			return w;
		assert(n->x.node < node);
		node = n->x.node;
		out = n->x.out;
	}
}

/* The node of a call; *lag: what of w's [n] the reader has to see to. */
static uint32_t call(struct emit *e, uint16_t i, struct where w, uint32_t *lag);

/* What a family reads: a column, or a node that has a value at every bar. */
static struct plan_series series(struct emit *e, uint16_t i, struct where w)
{
	const struct part *x = &e->part[i];
	uint32_t lag = 0, node;

	w.lag = 0;
	if (x->kind == PART_COLUMN)
		return (struct plan_series){ PLAN_COLUMN, x->op };
	if (x->kind == PART_FN && ta_fns[x->fn].family->shape == TA_STEP) {
		node = call(e, i, w, &lag);
		return (struct plan_series){ (uint16_t)node, ta_fns[x->fn].out };
	}
	node = derive(e, i, w);
	return (struct plan_series){ (uint16_t)node, 0 };
}

static void remember(struct emit *e, const struct plan_node *n, struct where w, uint32_t bars)
{
	struct plan_frame *f = &e->plan->frame[w.frame];

	if (n->family->reads == TA_BARS || n->x.node == PLAN_COLUMN) {
		if (f->depth < bars)
			f->depth = bars;
	} else {
		keep(e, n->x.node, bars);
	}
}

static void last_output(const struct plan *p, uint32_t node, struct plan_node *n)
{
	n->first = n->settled = n->needs = 0;
	for (uint32_t out = 0; out < n->family->outputs; out++) {
		struct warm w = warm(p, node, out);
		n->first = more(n->first, w.first);
		n->settled = more(n->settled, w.settled);
		n->needs = more(n->needs, w.needs);
	}
}

static uint32_t call(struct emit *e, uint16_t i, struct where w, uint32_t *lag)
{
	const struct part *x = &e->part[i];
	const struct ta_family *f = ta_fns[x->fn].family;
	struct plan_node n = { .frame = w.frame, .family = f, .keep = 1, .cost = x->cost };
	uint16_t arg = x->first;

	n.kind = f->shape == TA_WINDOW ? PLAN_WINDOW : PLAN_STEP;
	n.x = (struct plan_series){ PLAN_COLUMN, f->reads == TA_VOLUME ? COL_VOLUME : COL_CLOSE };
	*lag = w.lag;
	if (x->op) {
		uint16_t of = arg;
		/* A window of x[n] is what the window of x was n bars ago. */
		while (f->shape == TA_WINDOW && e->part[of].kind == PART_LAG) {
			*lag += (uint32_t)e->part[of].value;
			of = e->part[of].first;
		}
		n.x = series(e, of, w);
		arg = e->part[arg].next;
	}
	for (uint32_t k = 0; k < f->args; k++, arg = e->part[arg].next)
		n.arg[k] = e->part[arg].value;
	if (e->failed)
		return 0;
	if (n.kind == PLAN_WINDOW) {
		n.lag = (uint16_t)*lag;
		remember(e, &n, w, f->window(n.arg) + *lag);
	}
	uint32_t node = plan_intern(e->plan, &n, NULL);
	if (node == UINT32_MAX) {
		give_up(e, x, "there is no room for more values");
		return 0;
	}
	node_wanted(e, node, w);
	last_output(e->plan, node, &e->plan->node[node]);
	return node;
}

static void called(struct emit *e, uint16_t i, struct where w)
{
	const struct part *x = &e->part[i];
	uint32_t out = ta_fns[x->fn].out, lag;
	uint32_t node = call(e, i, w, &lag);
	bool window = ta_fns[x->fn].family->shape == TA_WINDOW;

	if (e->failed)
		return;
	if (!window)
		keep(e, node, lag + 1);
	w.lag = lag;
	reads(e, x, w, warm(e->plan, node, out));
	emit(e, x, OP_NODE, out, window ? 0 : lag, node);
}

/* ---- other contexts */

static uint32_t frame_of(struct emit *e, const struct part *x)
{
	struct plan *p = e->plan;
	int32_t seconds = (int32_t)x->value;
	uint32_t i;

	for (i = 0; i < p->frames; i++)
		if (p->frame[i].seconds == seconds && (i == 0 || p->frame[i].clock == x->op))
			return i;
	if (i == PLAN_FRAMES) {
		give_up(e, x, "more than 5 timeframes of tf() beside the instance's own");
		return 0;
	}
	p->frame[i] = (struct plan_frame){ .seconds = seconds, .clock = x->op, .depth = 2 };
	p->frames++;
	return i;
}

/* How long frame 0 takes for so many bars of another. A day has 390 minutes. */
static uint32_t in_bars(const struct plan *p, uint32_t frame, uint32_t bars)
{
	int32_t seconds = p->frame[frame].seconds == PLAN_DAY ? 390 * 60 : p->frame[frame].seconds;
	uint32_t each = (uint32_t)((seconds + p->frame[0].seconds - 1) / p->frame[0].seconds);

	return bars * each;
}

static void frame(struct emit *e, uint16_t i, struct where w)
{
	const struct part *x = &e->part[i];
	struct warm outside = e->warm, inside;
	struct where in = { .frame = (uint8_t)frame_of(e, x), .bench = w.bench };

	if (e->failed)
		return;
	if (in.frame == w.frame) {
		lower(e, x->first, w);
		return;
	}
	if (w.lag > 0) {
		derived(e, i, w);
		return;
	}
	e->warm = (struct warm){ 0 };
	uint32_t at = emit(e, x, OP_FRAME, 0, in.frame, 0);
	lower(e, x->first, in);
	emit(e, x, OP_LEAVE, 0, 0, 0);
	patch(e, at);
	/* The first bar of the frame may have begun before the first of the chart. */
	inside.first = in_bars(e->plan, in.frame, e->warm.first + 1) - 1;
	inside.settled = in_bars(e->plan, in.frame, e->warm.settled + 2) - 1;
	e->warm.first = more(inside.first, outside.first);
	e->warm.settled = more(inside.settled, outside.settled);
	e->warm.needs = outside.needs;
}

static void benchmark(struct emit *e, uint16_t i, struct where w)
{
	const struct part *x = &e->part[i];
	struct where in = { .frame = w.frame, .bench = true };

	if (w.lag > 0) {
		derived(e, i, w);
		return;
	}
	uint32_t at = emit(e, x, OP_BENCH, 0, 0, 0);
	lower(e, x->first, in);
	emit(e, x, OP_LEAVE, 0, 0, 0);
	patch(e, at);
}

/* ---- operators */

/* a > b and a[1] <= b[1]; the other way round for below. */
static void cross(struct emit *e, uint16_t i, struct where w)
{
	const struct part *x = &e->part[i];
	uint16_t a = x->first, b = e->part[a].next;
	struct where before = w;

	before.lag++;
	lower(e, a, w);
	lower(e, b, w);
	emit(e, x, x->op ? OP_GT : OP_LT, 0, 0, 0);
	uint32_t at = emit(e, x, OP_IF_FALSE, 0, 0, 0);
	lower(e, a, before);
	lower(e, b, before);
	emit(e, x, x->op ? OP_LE : OP_GE, 0, 0, 0);
	emit(e, x, OP_AND, 0, 0, 0);
	patch(e, at);
}

/* Takes the cheapest of a list out of it; of equals the first. */
static uint16_t cheapest(struct emit *e, uint16_t *list)
{
	uint16_t best = *list, before = 0, last = 0;

	for (uint16_t k = *list; k != 0; last = k, k = e->part[k].next) {
		if (e->part[k].cost < e->part[best].cost) {
			best = k;
			before = last;
		}
	}
	if (before == 0)
		*list = e->part[best].next;
	else
		e->part[before].next = e->part[best].next;
	return best;
}

static void sort(struct emit *e, struct part *x)
{
	uint16_t rest = x->first, last = 0;

	x->first = 0;
	while (rest != 0) {
		uint16_t i = cheapest(e, &rest);
		e->part[i].next = 0;
		if (last == 0)
			x->first = i;
		else
			e->part[last].next = i;
		last = i;
	}
}

/* What decides the list alone ends it: jumps are chained through `a` until the end is known. */
static void list(struct emit *e, uint16_t i, struct where w)
{
	struct part *x = &e->part[i];
	uint32_t chain = UINT32_MAX;

	sort(e, x);
	lower(e, x->first, w);
	for (uint16_t k = e->part[x->first].next; k != 0 && !e->failed; k = e->part[k].next) {
		chain = emit(e, x, x->op == OP_AND ? OP_IF_FALSE : OP_IF_TRUE, 0, 0, chain);
		lower(e, k, w);
		emit(e, x, x->op, 0, 0, 0);
	}
	while (chain != UINT32_MAX && !e->failed) {
		uint32_t before = e->code[chain].a;
		patch(e, chain);
		chain = before;
	}
}

static void lower(struct emit *e, uint16_t i, struct where w)
{
	const struct part *x = &e->part[i];

	assert(i != 0);
	if (e->failed)
		return;
	switch ((enum part_kind)x->kind) {
	case PART_NUMBER: number(e, x); break;
	case PART_COLUMN: column(e, x, w); break;
	case PART_FN: called(e, i, w); break;
	case PART_LAG:
		w.lag += (uint32_t)x->value;
		if (x->op)
			derived(e, x->first, w);
		else
			lower(e, x->first, w);
		break;
	case PART_TF: frame(e, i, w); break;
	case PART_BENCH: benchmark(e, i, w); break;
	case PART_CLOCK: emit(e, x, OP_CLOCK, 0, 0, x->op); break;
	case PART_TRADE:
		e->trade = true;
		emit(e, x, OP_TRADE, 0, 0, x->op);
		break;
	case PART_UNARY:
		lower(e, x->first, w);
		emit(e, x, x->op, 0, 0, 0);
		break;
	case PART_BINARY:
		lower(e, x->first, w);
		lower(e, e->part[x->first].next, w);
		emit(e, x, x->op, 0, 0, 0);
		break;
	case PART_LIST: list(e, i, w); break;
	case PART_CROSS: cross(e, i, w); break;
	}
}

bool rule_lower(struct plan *p, struct parser *from, uint16_t top, struct plan_ref *out)
{
	struct emit e = { .plan = p, .from = from, .part = from->part };

	lower(&e, top, (struct where){ 0 });
	emit(&e, &e.part[top], OP_END, 0, 0, 0);
	if (e.failed)
		return false;
	assert(e.depth == 1);
	uint32_t at = plan_codes(p, e.code, e.n);
	if (at == UINT32_MAX) {
		give_up(&e, &e.part[top], "there is no room for more code");
		return false;
	}
	*out = (struct plan_ref){ .code = at, .boolean = e.part[top].condition, .trade = e.trade,
		.cost = e.part[top].cost, .first = e.warm.first,
		.settled = e.warm.settled, .needs = e.warm.needs };
	return true;
}
