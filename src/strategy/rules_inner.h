/* rules_inner.h: what rules_read.c and rules_param.c share. */
#ifndef STRATEGY_RULES_INNER_H
#define STRATEGY_RULES_INNER_H

#include "strategy/rules.h"

bool rules_wrong(struct rule_error *why, uint32_t at, const char *words);	/* false */
enum err rules_bad(struct rule_error *why, uint32_t at, const char *words);	/* ERR_PARSE */
/* A copy of one line, with a NUL behind it; NULL: no room. */
const char *rules_keep(struct rules *r, struct str s);
/* The number that a piece of a text is. */
MUST_CHECK bool rules_number(struct plan *scratch, struct str all, struct str piece, double *out,
			     struct rule_error *why);
enum err rules_set_param(struct rules *r, struct str key, struct str value, struct plan *scratch,
			 struct rule_error *why);
/* The next word of a command line, no longer than the rest is. False: a quote is not closed. */
MUST_CHECK bool rules_word(struct str *rest, char *out, size_t *n);

#endif
