/* inner.h: an expression as a tree, on its way from text (lex.c, parse.c, call.c) to a plan
 * (lower.c, plan.c). Private to this room. */
#ifndef RULE_INNER_H
#define RULE_INNER_H

#include "rule/rule.h"

#define RULE_PARTS 512	/* numbers, names and operators of one expression: a screenful has 300 */
#define RULE_DEPTH 100	/* of the tree: bounds what parsing and lowering put on the C stack */
#define RULE_CODES 2048	/* of one expression; crosses_above computes both sides twice */
#define RULE_GIVEN 8	/* arguments of a call that are looked at: one too many is an error */

enum token_kind {
	T_END, T_NUMBER, T_NAME, T_PARAM, T_OPEN, T_CLOSE, T_LAG, T_LAG_END, T_COMMA,
	T_OR, T_AND, T_NOT, T_LT, T_LE, T_GT, T_GE, T_EQ, T_NE, T_ABOVE, T_BELOW,
	T_PLUS, T_MINUS, T_TIMES, T_OVER, T_BAD
};

struct token {
	enum token_kind kind;
	uint32_t at, n;
	double   value;		/* NUMBER */
	bool     percent, days;	/* NUMBER: "2%"; "1d", which only tf() takes */
};

enum part_kind {
	PART_NUMBER, PART_COLUMN, PART_FN, PART_LAG, PART_TF, PART_BENCH, PART_CLOCK, PART_TRADE,
	PART_UNARY, PART_BINARY,
	PART_LIST,		/* operands of `and` or of `or` */
	PART_CROSS
};

/* What a part has in it somewhere. */
enum { USES_CLOCK = 1, USES_TRADE = 2, USES_TF = 4, USES_BENCH = 8 };

struct part {
	uint8_t  kind, op;	/* op: plan_op, column, clock or trade word; TF: 1 is of the clock;
				 * FN: 1 has a series; LAG: 1 keeps a value even of 0 bars ago */
	uint8_t  depth, uses;
	bool     condition, percent;
	uint16_t at;		/* of the text */
	uint16_t first, next;	/* child and sibling; 0: none */
	uint16_t fn;		/* index in ta_fns */
	uint16_t cost;
	uint16_t reach;		/* bars back from the newest, by [n] */
	double   value;		/* NUMBER; LAG: bars; TF: seconds */
};

struct parser {
	struct str text;
	const struct rule_scope *scope;
	struct rule_error *why;
	int      seconds;	/* the chart's timeframe */
	struct token t;		/* the next one */
	uint32_t depth;
	uint32_t parts;		/* part[0] is none */
	struct part part[RULE_PARTS];
};

/* ---- lex.c */
/* The token at `from` or behind it; T_BAD: *why says what it is. */
struct token rule_token(struct str text, uint32_t from, struct rule_error *why);

/* ---- parse.c */
/* Words of an error: a, then b, then c, and "(did you mean …?)" unless near is NULL. Always 0. */
uint16_t rule_fail(struct parser *p, uint32_t at, const char *a, struct str b, const char *c,
		   const char *near);
/* The word that was meant. Names are lower case: what is not, may be meant. */
const char *rule_near(struct str word, const char *(*each)(void *ctx, uint32_t i), void *ctx);
bool     rule_next(struct parser *p);		/* false: a bad token, told */
struct str rule_word(const struct parser *p, const struct token *t);
uint16_t rule_expression(struct parser *p, int least); /* 0: told */
/* Makes parts; 0: told. Children are typed and folded here. */
uint16_t rule_part(struct parser *p, struct part one, uint16_t a, uint16_t b);
uint16_t rule_number(struct parser *p, uint32_t at, double value);
uint16_t rule_unary(struct parser *p, enum plan_op op, uint32_t at, uint16_t a);
uint16_t rule_binary(struct parser *p, enum plan_op op, uint32_t at, uint16_t a, uint16_t b);
uint16_t rule_cross(struct parser *p, bool above, uint32_t at, uint16_t a, uint16_t b);
bool     rule_numeric(struct parser *p, uint16_t i);	/* else told */
/* The whole text as a tree, of the type that is wanted. 0: told. */
uint16_t rule_parse(struct parser *p, enum rule_want want);

/* ---- call.c */
uint16_t rule_name(struct parser *p);		/* at a name: a word or a call */

/* ---- fold.c */
double rule_fold(enum plan_op op, double a, double b);

/* ---- lower.c */
/* The tree becomes code. */
bool rule_lower(struct plan *p, struct parser *from, uint16_t top, struct plan_ref *out);

/* ---- plan.c */
static inline bool plan_jumps(uint8_t op)	/* its a is a place to go on at */
{
	return op == OP_FRAME || op == OP_BENCH || op == OP_IF_FALSE || op == OP_IF_TRUE;
}

/* The node, or the equal one that is there; UINT32_MAX: no room. Codes of a DERIVED one are
 * given apart, with places to go on at counted from the first. */
uint32_t plan_intern(struct plan *p, const struct plan_node *n, const struct plan_code *code);
/* UINT32_MAX: no room. */
uint32_t plan_number(struct plan *p, double value);
uint32_t plan_codes(struct plan *p, const struct plan_code *code, uint32_t n);
/* Forgets what was added behind these counts. */
void     plan_rewind(struct plan *p, uint32_t nodes, uint32_t codes, uint32_t numbers,
		     uint32_t frames);

#endif
