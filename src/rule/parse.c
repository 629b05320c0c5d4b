/* parse.c: operators by precedence, types, constants. Every level of recursion is counted, so
 * that no text can exhaust the C stack. */
#include "base/near.h"
#include "base/text.h"
#include "rule/inner.h"

/* Binding, weakest first. */
enum { LEVEL_NONE, LEVEL_OR, LEVEL_AND, LEVEL_NOT, LEVEL_COMPARE, LEVEL_ADD, LEVEL_MUL,
       LEVEL_SIGN };

static const struct { uint8_t level, op; } operators[T_BAD + 1] = {
	[T_OR] = { LEVEL_OR, OP_OR }, [T_AND] = { LEVEL_AND, OP_AND },
	[T_LT] = { LEVEL_COMPARE, OP_LT }, [T_LE] = { LEVEL_COMPARE, OP_LE },
	[T_GT] = { LEVEL_COMPARE, OP_GT }, [T_GE] = { LEVEL_COMPARE, OP_GE },
	[T_EQ] = { LEVEL_COMPARE, OP_EQ }, [T_NE] = { LEVEL_COMPARE, OP_NE },
	[T_ABOVE] = { LEVEL_COMPARE, OP_END }, [T_BELOW] = { LEVEL_COMPARE, OP_END },
	[T_PLUS] = { LEVEL_ADD, OP_ADD }, [T_MINUS] = { LEVEL_ADD, OP_SUB },
	[T_TIMES] = { LEVEL_MUL, OP_MUL }, [T_OVER] = { LEVEL_MUL, OP_DIV },
};

uint16_t rule_fail(struct parser *p, uint32_t at, const char *a, struct str b, const char *c,
		   const char *near)
{
	struct str word = b.n > 40 ? (struct str){ b.s, 40 } : b;
	struct text t;

	text_init(&t, p->why->text, sizeof p->why->text - 1);
	text_cstr(&t, a);
	text_add(&t, word);
	text_cstr(&t, c);
	if (near != NULL) {
		text_cstr(&t, " (did you mean ");
		text_cstr(&t, near);
		text_cstr(&t, "?)");
	}
	p->why->text[t.n] = '\0';
	p->why->at = at < p->text.n ? at : (uint32_t)p->text.n;
	return 0;
}

const char *rule_near(struct str word, const char *(*each)(void *ctx, uint32_t i), void *ctx)
{
	char lower[40];
	struct text w;

	text_init(&w, lower, sizeof lower);
	for (size_t i = 0; i < word.n && i < sizeof lower; i++)
		text_char(&w, word.s[i] >= 'A' && word.s[i] <= 'Z' ?
			  (char)(word.s[i] + 'a' - 'A') : word.s[i]);
	return word_nearest(text_str(&w), each, ctx);
}

bool rule_next(struct parser *p)
{
	p->t = rule_token(p->text, p->t.at + p->t.n, p->why);
	return p->t.kind != T_BAD;
}

struct str rule_word(const struct parser *p, const struct token *t)
{
	assert(t->at + t->n <= p->text.n);
	return (struct str){ p->text.s + t->at, t->n };
}

/* ---- making parts */

uint16_t rule_part(struct parser *p, struct part one, uint16_t a, uint16_t b)
{
	uint16_t child[] = { a, b };
	uint32_t depth = 0, cost = one.cost;

	if (p->parts == RULE_PARTS)
		return rule_fail(p, one.at, "too long: more than 500 names, numbers and operators",
				 STR(""), "", NULL);
	one.first = a != 0 ? a : b;
	if (a != 0 && b != 0)
		p->part[a].next = b;
	for (size_t i = 0; i < COUNT(child); i++) {
		const struct part *c = &p->part[child[i]];
		if (child[i] == 0)
			continue;
		depth = c->depth > depth ? c->depth : depth;
		cost += c->cost;
		one.uses |= c->uses;
		one.reach = c->reach > one.reach ? c->reach : one.reach;
	}
	if (depth >= RULE_DEPTH)
		return rule_fail(p, one.at, "too deep: more than 100 operations within each other",
				 STR(""), "", NULL);
	one.depth = (uint8_t)(depth + 1);
	one.cost = cost < UINT16_MAX ? (uint16_t)cost : UINT16_MAX;
	p->part[p->parts] = one;
	return (uint16_t)p->parts++;
}

uint16_t rule_number(struct parser *p, uint32_t at, double value)
{
	return rule_part(p, (struct part){ .kind = PART_NUMBER, .at = (uint16_t)at,
					   .value = value }, 0, 0);
}

bool rule_numeric(struct parser *p, uint16_t i)
{
	if (i != 0 && p->part[i].condition)
		return rule_fail(p, p->part[i].at, "a number is wanted here; this is a condition",
				 STR(""), "", NULL) != 0;
	return i != 0;
}

static bool conditional(struct parser *p, uint16_t i)
{
	if (i != 0 && !p->part[i].condition)
		return rule_fail(p, p->part[i].at, "a condition is wanted here, as close > open; "
				 "this is a number", STR(""), "", NULL) != 0;
	return i != 0;
}

/* A number that is known now. */
static uint16_t folded(struct parser *p, uint32_t at, double value, bool condition)
{
	uint16_t i;

	if (isnan(value))
		return rule_fail(p, at, "this never has a value: a division by 0, or a root or "
				 "logarithm that does not exist", STR(""), "", NULL);
	i = rule_number(p, at, value);
	if (i != 0)
		p->part[i].condition = condition;
	return i;
}

uint16_t rule_unary(struct parser *p, enum plan_op op, uint32_t at, uint16_t a)
{
	if (op == OP_NOT ? !conditional(p, a) : !rule_numeric(p, a))
		return 0;
	const struct part *x = &p->part[a];
	if (x->kind == PART_NUMBER)
		return folded(p, at, rule_fold(op, x->value, 0), op == OP_NOT);
	return rule_part(p, (struct part){ .kind = PART_UNARY, .op = (uint8_t)op,
		.at = (uint16_t)at, .cost = op == OP_LOG ? 8 : 1, .condition = op == OP_NOT },
		a, 0);
}

/* close - 1%: what is meant is 1 % of the close, what it says is one cent. */
static bool percent_of_price(struct parser *p, enum plan_op op, uint16_t a, uint16_t b)
{
	const struct part *x = &p->part[a], *y = &p->part[b];

	return (op == OP_ADD || op == OP_SUB) && y->percent && x->kind == PART_COLUMN &&
	       x->op != COL_VOLUME;
}

uint16_t rule_binary(struct parser *p, enum plan_op op, uint32_t at, uint16_t a, uint16_t b)
{
	bool condition = op >= OP_LT && op <= OP_NE;

	if (!rule_numeric(p, a) || !rule_numeric(p, b))
		return 0;
	const struct part *x = &p->part[a], *y = &p->part[b];
	if (x->kind == PART_NUMBER && y->kind == PART_NUMBER)
		return folded(p, x->at, rule_fold(op, x->value, y->value), condition);
	if (percent_of_price(p, op, a, b))
		return rule_fail(p, y->at, "a per cent is a number, 1% is 0.01: of a price it is "
				 "written close * (1 - 1%)", STR(""), "", NULL);
	if (op == OP_DIV && y->kind == PART_NUMBER && y->value == 0)
		return folded(p, at, TA_NONE, false);
	return rule_part(p, (struct part){ .kind = PART_BINARY, .op = (uint8_t)op,
		.at = x->at, .cost = 1, .condition = condition }, a, b);
}

uint16_t rule_cross(struct parser *p, bool above, uint32_t at, uint16_t a, uint16_t b)
{
	if (!rule_numeric(p, a) || !rule_numeric(p, b))
		return 0;
	const struct part *x = &p->part[a], *y = &p->part[b];
	if (x->kind == PART_NUMBER && y->kind == PART_NUMBER)
		return rule_fail(p, at, "two numbers never cross", STR(""), "", NULL);
	if ((x->uses | y->uses) & (USES_CLOCK | USES_TRADE))
		return rule_fail(p, at, "what crosses needs a bar before: the clock and the trade "
				 "have none", STR(""), "", NULL);
	uint32_t cost = 3u + 2u * (x->cost + y->cost);
	uint16_t i = rule_part(p, (struct part){ .kind = PART_CROSS, .op = above,
		.at = x->at, .condition = true }, a, b);
	if (i == 0)
		return 0;
	if (p->part[i].reach >= PLAN_LAG_MAX)
		return rule_fail(p, at, "looks more than 1000 bars back", STR(""), "", NULL);
	p->part[i].reach++;
	p->part[i].cost = cost < UINT16_MAX ? (uint16_t)cost : UINT16_MAX;
	return i;
}

/* `and` and `or` are lists, so that their operands can be put in order. */
static uint16_t join(struct parser *p, enum plan_op op, uint16_t a, uint16_t b)
{
	double decides = op == OP_OR ? 1.0 : 0.0;
	uint16_t tail, sides[] = { a, b };

	if (!conditional(p, a) || !conditional(p, b))
		return 0;
	for (size_t i = 0; i < COUNT(sides); i++) {
		const struct part *x = &p->part[sides[i]];
		if (x->kind == PART_NUMBER)
			return x->value == decides ? sides[i] : sides[1 - i];
	}
	if (p->part[a].kind != PART_LIST || p->part[a].op != op)
		return rule_part(p, (struct part){ .kind = PART_LIST, .op = (uint8_t)op,
			.at = p->part[a].at, .cost = 2, .condition = true }, a, b);
	struct part *list = &p->part[a], *more = &p->part[b];
	for (tail = list->first; p->part[tail].next != 0; tail = p->part[tail].next)
		;
	p->part[tail].next = b;
	uint32_t cost = 2u + list->cost + more->cost;
	list->cost = cost < UINT16_MAX ? (uint16_t)cost : UINT16_MAX;
	list->uses |= more->uses;
	list->reach = more->reach > list->reach ? more->reach : list->reach;
	if (more->depth >= list->depth) {
		if (more->depth >= RULE_DEPTH)
			return rule_fail(p, more->at, "too deep: more than 100 operations within "
					 "each other", STR(""), "", NULL);
		list->depth = (uint8_t)(more->depth + 1);
	}
	return a;
}

/* ---- [n] */

static uint16_t lagged(struct parser *p, uint16_t x)
{
	uint32_t at = p->t.at;

	if (!rule_next(p))
		return 0;
	uint16_t n = rule_expression(p, LEVEL_OR);
	if (n == 0)
		return 0;
	const struct part *bars = &p->part[n], *of = &p->part[x];
	double value = bars->value;
	if (bars->kind != PART_NUMBER || bars->condition)
		return rule_fail(p, bars->at, "how many bars ago is a whole number or a "
				 "$parameter", STR(""), "", NULL);
	if (value < 0)
		return rule_fail(p, bars->at, "a negative number of bars ago would be a later bar, "
				 "which nobody knows yet", STR(""), "", NULL);
	if (value > PLAN_LAG_MAX || (double)(uint32_t)value != value)
		return rule_fail(p, bars->at, "how many bars ago is a whole number, 0 to 1000",
				 STR(""), "", NULL);
	if (p->t.kind != T_LAG_END)
		return rule_fail(p, p->t.at, "the ] of this [n] is missing", STR(""), "", NULL);
	if (of->uses & (USES_CLOCK | USES_TRADE))
		return rule_fail(p, at, "the clock and the trade have no past", STR(""), "", NULL);
	if (of->reach + value > PLAN_LAG_MAX)
		return rule_fail(p, at, "looks more than 1000 bars back", STR(""), "", NULL);
	if (!rule_next(p))
		return 0;
	if (value == 0 || of->kind == PART_NUMBER)
		return x;
	uint16_t i = rule_part(p, (struct part){ .kind = PART_LAG, .at = of->at, .value = value,
		.condition = of->condition }, x, 0);
	if (i != 0)
		p->part[i].reach = (uint16_t)(p->part[i].reach + (uint16_t)value);
	return i;
}

/* ---- what stands between operators */

static uint16_t bracketed(struct parser *p)
{
	uint32_t at = p->t.at;

	if (!rule_next(p))
		return 0;
	uint16_t i = rule_expression(p, LEVEL_OR);
	if (i == 0)
		return 0;
	if (p->t.kind != T_CLOSE)
		return rule_fail(p, p->t.kind == T_END ? at : p->t.at, p->t.kind == T_END ?
				 "this bracket is never closed" : "an operator or ) is wanted here",
				 STR(""), "", NULL);
	p->part[i].percent = false;
	return rule_next(p) ? i : 0;
}

static const char *near_param(void *ctx, uint32_t i)
{
	const struct rule_scope *s = ctx;

	return i < s->params ? s->param[i].name : NULL;
}

static uint16_t parameter(struct parser *p)
{
	struct str word = rule_word(p, &p->t), name = { word.s + 1, word.n - 1 };
	struct rule_scope scope = p->scope != NULL ? *p->scope : (struct rule_scope){ 0 };
	uint32_t at = p->t.at;

	for (uint32_t i = 0; i < scope.params; i++)
		if (str_eq(name, str_of(scope.param[i].name)))
			return rule_next(p) ? rule_number(p, at, scope.param[i].value) : 0;
	return rule_fail(p, at, "unknown parameter '", word, scope.params > 0 ? "'" :
			 "': it is set in the same section, as $name = 10",
			 word_nearest(name, near_param, &scope));
}

static uint16_t plain_number(struct parser *p)
{
	struct token t = p->t;

	if (t.days)
		return rule_fail(p, t.at, "days stand in tf(1d, …) only", STR(""), "", NULL);
	if (!rule_next(p))
		return 0;
	uint16_t i = rule_number(p, t.at, t.value);
	if (i != 0)
		p->part[i].percent = t.percent;
	return i;
}

static uint16_t nothing(struct parser *p)
{
	const struct token *t = &p->t;

	if (t->kind == T_END)
		return rule_fail(p, t->at, p->parts == 1 ? "there is nothing here" :
				 "it breaks off here: a value is wanted", STR(""), "", NULL);
	return rule_fail(p, t->at, "a value is wanted here, not '", rule_word(p, t), "'", NULL);
}

static uint16_t prefix(struct parser *p)
{
	struct token t = p->t;
	uint16_t i;

	switch (t.kind) {
	case T_NOT:
		i = rule_next(p) ? rule_expression(p, LEVEL_NOT) : 0;
		return i != 0 ? rule_unary(p, OP_NOT, t.at, i) : 0;
	case T_MINUS:
		i = rule_next(p) ? rule_expression(p, LEVEL_SIGN) : 0;
		return i != 0 ? rule_unary(p, OP_NEG, t.at, i) : 0;
	case T_PLUS:
		return rule_fail(p, t.at, "a + has nothing before it to add to", STR(""), "",
				 NULL);
	case T_OPEN: i = bracketed(p); break;
	case T_NUMBER: i = plain_number(p); break;
	case T_PARAM: i = parameter(p); break;
	case T_NAME: case T_ABOVE: case T_BELOW: i = rule_name(p); break;
	default: return nothing(p);
	}
	while (i != 0 && p->t.kind == T_LAG)
		i = lagged(p, i);
	return i;
}

static bool compares(const struct part *x)
{
	return x->kind == PART_CROSS ||
	       (x->kind == PART_BINARY && x->op >= OP_LT && x->op <= OP_NE);
}

/* left, then the operator that stands next, then what binds more than it. */
static uint16_t operation(struct parser *p, uint16_t left, uint32_t begun)
{
	struct token t = p->t;
	int level = operators[t.kind].level;
	enum plan_op op = operators[t.kind].op;

	if (level == LEVEL_COMPARE && compares(&p->part[left]) && begun != T_OPEN)
		return rule_fail(p, t.at, "comparisons do not chain: write a < b and b < c",
				 STR(""), "", NULL);
	if (!rule_next(p))
		return 0;
	uint16_t right = rule_expression(p, level + 1);
	if (right == 0)
		return 0;
	if (level <= LEVEL_AND)
		return join(p, op, left, right);
	if (op == OP_END)
		return rule_cross(p, t.kind == T_ABOVE, t.at, left, right);
	return rule_binary(p, op, t.at, left, right);
}

uint16_t rule_expression(struct parser *p, int least)
{
	uint32_t begun = p->t.kind;
	uint16_t left;

	if (p->depth == RULE_DEPTH)
		return rule_fail(p, p->t.at, "too deep: more than 100 brackets or operators within "
				 "each other", STR(""), "", NULL);
	p->depth++;
	left = prefix(p);
	while (left != 0 && operators[p->t.kind].level >= (least > LEVEL_OR ? least : LEVEL_OR))
		left = operation(p, left, begun);
	p->depth--;
	return left;
}

/* ---- the whole */

static const char *near_joint(void *ctx, uint32_t i)
{
	static const char *const word[] = { "and", "or", "crosses_above", "crosses_below", NULL };

	(void)ctx;
	return word[i];
}

static uint16_t leftover(struct parser *p)
{
	const struct token *t = &p->t;
	struct str word = rule_word(p, t);

	if (t->kind == T_CLOSE || t->kind == T_LAG_END)
		return rule_fail(p, t->at, "nothing opens this '", rule_word(p, t), "'", NULL);
	if (t->kind == T_COMMA)
		return rule_fail(p, t->at, "a comma stands between the arguments of a function "
				 "only", STR(""), "", NULL);
	return rule_fail(p, t->at, "an operator is wanted before '", word, "'",
			 t->kind == T_NAME ? rule_near(word, near_joint, NULL) : NULL);
}

uint16_t rule_parse(struct parser *p, enum rule_want want)
{
	p->parts = 1;		/* 0 is none */
	p->depth = 0;
	p->t = (struct token){ 0 };
	if (p->text.n > RULE_TEXT_MAX)
		return rule_fail(p, RULE_TEXT_MAX, "too long: more than 2000 bytes", STR(""), "",
				 NULL);
	if (!rule_next(p))
		return 0;
	uint16_t top = rule_expression(p, LEVEL_OR);
	if (top == 0)
		return 0;
	if (p->t.kind != T_END)
		return leftover(p);
	if (want == RULE_CONDITION && !conditional(p, top))
		return 0;
	if (want == RULE_NUMBER && !rule_numeric(p, top))
		return 0;
	return top;
}
