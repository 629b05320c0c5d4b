/* faults_read.h: what the parts of the reader of rules share: faults_parse.c (WHEN),
 * faults_what.c (WHAT) and faults_script.c (whole scripts). */
#ifndef EXCHANGE_FAULTS_READ_H
#define EXCHANGE_FAULTS_READ_H

#include "exchange/faults.h"

struct fault_reader {
	struct fault_script *s;
	struct text *why;
	struct str   file;
	uint32_t     line;
	const char  *begin;	/* of the line */
	uint32_t     errors;
};

/* Tells an error: file:line:column: 'at': words, did you mean 'near'? Returns false. */
bool fr_bad(struct fault_reader *r, struct str at, const char *words, const char *near);

/* The next word, up to `end` outside of quotes and brackets, without blanks around it; n 0:
 * none is left. */
struct str fr_word(struct str *rest, char end);
struct str fr_unquoted(struct str s);
bool fr_digits(struct str s, int64_t *v);
bool fr_span(struct str s, ns *out);	/* above 0 */

bool        fr_same(struct str word, const char *name);	/* but for capitals */
int         fr_place(struct str word, const char *const *list);	/* NULL-ended; < 0: not there */
const char *fr_near(struct str word, const char *const *list);

bool fr_when(struct fault_reader *r, struct fault_rule *f, struct str when);
bool fr_what(struct fault_reader *r, struct fault_rule *f, struct str what);
/* Whether what is done makes sense there: else it would never do anything. */
bool fr_whole(struct fault_reader *r, const struct fault_rule *f, struct str when);

#endif
