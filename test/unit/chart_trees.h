/* chart_trees.h: random expressions of the language of rules. */
#ifndef TEST_CHART_TREES_H
#define TEST_CHART_TREES_H

#include "base/rng.h"
#include "base/text.h"
#include "rule/rule.h"

enum { TREE_NODES = 4000 };

enum kind { NUMBER, COLUMN, LAG, INDICATOR, BENCH, FRAME, SIGN, ARITHMETIC, COMPARE, NOT, AND, OR,
	    CROSS, RS };

struct tree_node {
	enum kind kind;
	int a, b;			/* children; -1: none */
	uint32_t op;			/* column, operator, index in ta_fns */
	double v[TA_ARGS];
	bool constant;
};

struct tree { int n; struct rng chance; struct tree_node node[TREE_NODES]; };
extern struct tree tree;

/* What may still be said: levels below, whether the benchmark or a frame may be meant. */
struct tree_may { int depth; bool bench, frame; };

int  tree_below(int n);			/* a random number */
/* Each returns the top of a new tree. */
int  tree_number(struct tree_may may);
int  tree_condition(struct tree_may may);
void tree_text(struct text *t, int i);

#endif
