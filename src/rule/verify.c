/* verify.c: what a plan promises, proved again from the plan alone; nothing here is shared with
 * the compiler. Code is walked once, in order: it only ever jumps forward. */
#include "base/text.h"
#include "rule/rule.h"

#define OPEN_MAX 128	/* places to go on at that are ahead: above RULE_DEPTH and contexts */

struct walk {
	const struct plan *p;
	uint32_t at, end;		/* of the piece of code */
	uint32_t before;		/* nodes must be earlier than this one */
	bool     own, own_bench;	/* where the code runs */
	uint32_t depth;			/* operands on the stack */
	uint32_t frame;
	bool     bench, framed;
	/* Jumps whose target is still ahead, the nearest last; what the stack is there. */
	uint32_t open, target[OPEN_MAX], then[OPEN_MAX];
	/* Contexts that were entered. */
	uint32_t inside, out_frame[2];
	bool     out_bench[2], out_framed[2];
	const char *wrong;
};

static bool check(struct walk *w, bool holds, const char *what)
{
	if (!holds && w->wrong == NULL)
		w->wrong = what;
	return holds;
}

static void jump(struct walk *w, uint32_t target, uint32_t depth)
{
	if (!check(w, target > w->at && target < w->end, "a jump that leaves its code") ||
	    !check(w, w->open == 0 || w->target[w->open - 1] >= target, "jumps that overlap"))
		return;
	/* All operands of a list jump to its end: one place, however many they are. */
	if (w->open > 0 && w->target[w->open - 1] == target && w->then[w->open - 1] == depth)
		return;
	if (!check(w, w->open < OPEN_MAX, "too many jumps within each other"))
		return;
	w->target[w->open] = target;
	w->then[w->open++] = depth;
}

static void node(struct walk *w, const struct plan_code *c)
{
	const struct plan_node *n = &w->p->node[c->a];

	if (!check(w, c->a < w->p->nodes && c->a < w->before, "a node that is not earlier"))
		return;
	check(w, n->frame == w->frame, "a node of another frame");
	check(w, w->bench ? n->bench : (!w->own || n->own) && (!w->own_bench || n->bench),
	      "a node that nobody computes here");
	check(w, c->c < (n->kind == PLAN_DERIVED ? 1 : n->family->outputs), "no such output");
	check(w, c->b < n->keep, "a bar that is not kept");
}

static void enter(struct walk *w, const struct plan_code *c)
{
	uint32_t k = w->inside;

	if (!check(w, k < 2, "contexts too deep"))
		return;
	jump(w, c->a, w->depth + 1);
	check(w, c->a > w->at && c->a < w->end && w->p->code[c->a - 1].op == OP_LEAVE,
	      "a context that is left elsewhere");
	w->out_frame[k] = w->frame;
	w->out_bench[k] = w->bench;
	w->out_framed[k] = w->framed;
	w->inside++;
	if (c->op == OP_BENCH) {
		check(w, !w->bench, "a benchmark of the benchmark");
		w->bench = true;
		return;
	}
	check(w, w->frame == 0 && !w->framed, "a frame within a frame");
	if (check(w, c->b > 0 && c->b < w->p->frames, "no such frame"))
		w->frame = c->b;
	w->framed = true;
}

static void leave(struct walk *w)
{
	if (!check(w, w->inside > 0, "a context is left that was not entered"))
		return;
	w->inside--;
	w->frame = w->out_frame[w->inside];
	w->bench = w->out_bench[w->inside];
	w->framed = w->out_framed[w->inside];
}

static void push(struct walk *w, const struct plan_code *c)
{
	const struct plan *p = w->p;

	switch (c->op) {
	case OP_NUMBER: check(w, c->a < p->numbers, "no such number"); break;
	case OP_COLUMN:
		check(w, c->a < COLUMNS, "no such column");
		check(w, c->b < p->frame[w->frame].depth, "a bar that is not kept");
		break;
	case OP_NODE: node(w, c); break;
	case OP_CLOCK: check(w, c->a <= CLOCK_WEEKDAY, "no such clock"); break;
	default: check(w, c->a < TRADE_VALUES, "no such value of a trade"); break;
	}
	if (c->op >= OP_CLOCK)
		check(w, w->before == UINT32_MAX && w->inside == 0,
		      "the clock or a trade where a bar is meant");
	w->depth++;
	check(w, w->depth <= PLAN_STACK, "more operands than the stack has");
}

static void step(struct walk *w)
{
	const struct plan_code *c = &w->p->code[w->at];

	while (w->open > 0 && w->target[w->open - 1] == w->at) {
		w->open--;
		check(w, w->then[w->open] == w->depth, "paths that meet with unlike stacks");
	}
	if (c->op <= OP_TRADE) {
		push(w, c);
	} else if (c->op == OP_FRAME || c->op == OP_BENCH) {
		enter(w, c);
	} else if (c->op == OP_LEAVE) {
		leave(w);
	} else if (c->op <= OP_LOG) {
		check(w, w->depth >= 1, "an operand is missing");
	} else if (c->op <= OP_OR) {
		if (check(w, w->depth >= 2, "an operand is missing"))
			w->depth--;
	} else if (c->op == OP_IF_FALSE || c->op == OP_IF_TRUE) {
		check(w, w->depth >= 1, "an operand is missing");
		jump(w, c->a, w->depth);
	} else {
		check(w, c->op == OP_END && w->at + 1 == w->end, "no such operation");
		check(w, w->depth == 1 && w->inside == 0 && w->open == 0, "an end in the middle");
	}
}

/* The piece of code that begins at `at`: up to its OP_END. Returns what is behind it. */
static uint32_t piece(const struct plan *p, uint32_t at, uint32_t owner, const char **wrong)
{
	struct walk w = { .p = p, .at = at, .end = at, .before = owner, .own = true };

	if (owner != UINT32_MAX) {
		w.frame = p->node[owner].frame;
		w.own = p->node[owner].own;
		w.own_bench = p->node[owner].bench;
	}
	while (w.end < p->codes && p->code[w.end].op != OP_END)
		w.end++;
	if (!check(&w, w.end < p->codes, "code without an end")) {
		*wrong = w.wrong;
		return p->codes;
	}
	w.framed = w.frame != 0;
	for (w.end++; w.at < w.end && w.wrong == NULL; w.at++)
		step(&w);
	if (*wrong == NULL)
		*wrong = w.wrong;
	return w.end;
}

static void check_series(struct walk *w, const struct plan_node *n, const struct plan_node *x,
			 uint32_t bars)
{
	check(w, x->frame == n->frame && x->kind != PLAN_WINDOW && bars <= x->keep,
	      "a window beyond its series");
	check(w, n->x.out < (x->kind == PLAN_DERIVED ? 1 : x->family->outputs), "no such output");
	check(w, (!n->own || x->own) && (!n->bench || x->bench), "a series that nobody computes");
}

static void one_node(const struct plan *p, uint32_t i, const char **wrong)
{
	const struct plan_node *n = &p->node[i];
	struct walk w = { .p = p };
	uint32_t lag = n->lag;

	check(&w, n->frame < p->frames && n->keep >= 1 && n->keep <= 2 * PLAN_LAG_MAX + 1 &&
	      (n->own || n->bench || !p->sealed), "a node that cannot be");
	if (n->kind == PLAN_DERIVED) {
		uint32_t end = piece(p, n->code, i, wrong);
		check(&w, end == n->code + n->code_n, "derived code of another length");
	} else if (check(&w, n->family != NULL && n->kind == (n->family->shape == TA_WINDOW ?
			 PLAN_WINDOW : PLAN_STEP), "a node without its family")) {
		uint32_t bars = n->kind == PLAN_WINDOW ? n->family->window(n->arg) + lag : 1;
		bool columns = n->family->reads == TA_BARS || n->x.node == PLAN_COLUMN;
		check(&w, n->kind == PLAN_STEP ? lag == 0 : n->keep == 1, "a lag that is nobody's");
		if (columns)
			check(&w, n->x.out < COLUMNS && bars <= p->frame[n->frame].depth,
			      "a window beyond the bars");
		else if (check(&w, n->x.node < i, "a node that is not earlier"))
			check_series(&w, n, &p->node[n->x.node], bars);
	}
	if (*wrong == NULL)
		*wrong = w.wrong;
}

bool plan_verify(const struct plan *p, char *why, size_t size)
{
	const char *wrong = NULL;
	uint32_t next = 0;	/* derived nodes have their code in their own order */

	assert(size > 0);
	why[0] = '\0';
	for (uint32_t i = 0; i < p->nodes && wrong == NULL; i++)
		one_node(p, i, &wrong);
	/* Code of derived nodes was walked above, from its frame; the rest is of frame 0. */
	for (uint32_t at = 0; at < p->codes && wrong == NULL; ) {
		while (next < p->nodes && (p->node[next].kind != PLAN_DERIVED ||
					   p->node[next].code < at))
			next++;
		at = next < p->nodes && p->node[next].code == at ? at + p->node[next].code_n :
		     piece(p, at, UINT32_MAX, &wrong);
	}
	return wrong == NULL || !str_copy(why, size, str_of(wrong));
}

/* Paths that meet have like stacks, so that one walk in order sees every depth. */
uint32_t plan_stack(const struct plan *p)
{
	uint32_t depth = 0, most = 0;

	for (uint32_t at = 0; at < p->codes; at++) {
		uint8_t op = p->code[at].op;
		if (op <= OP_TRADE)
			depth++;
		else if (op >= OP_ADD && op <= OP_OR)
			depth--;
		else if (op == OP_END)
			depth = 0;
		most = depth > most ? depth : most;
	}
	return most;
}
