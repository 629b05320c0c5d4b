/* exchange_story.h: one exchange of a story and what is said about it. */
#ifndef TEST_EXCHANGE_STORY_H
#define TEST_EXCHANGE_STORY_H

#include "base/text.h"
#include "check.h"
#include "exchange/core.h"

#define NAMES 256

struct story {
	const char *file;
	int    line;
	struct xc *x;
	void  *memory;
	ns     now;
	uint32_t actions;		/* told of this exchange */
	char   name[NAMES][24];
	struct text out;
	char   answer[8192];
};

/* The next word of a line, taken off it; and one that is a number. */
static inline struct str word(struct str *line)
{
	*line = str_trim(*line);
	struct str rest = *line, w = str_cut(&rest, ' ');

	*line = rest;
	return w;
}

static inline int64_t number(const struct story *s, struct str w)
{
	int64_t n = 0;

	CHECK_INT(num_parse(&n, w), OK, "%s:%d: %.*s is a number", s->file, s->line, (int)w.n, w.s);
	return n;
}

void story(const char *name);	/* plays test/golden/NAME */
void say_time(struct story *s, ns t);
void say_events(struct story *s);
void say_refusal(struct story *s, const struct xc_refusal *why);
void say_order(struct story *s, xc_oid i);
void say_position(struct story *s, struct str symbol);
void say_account(struct story *s);
void say_verdict(struct story *s);
bool story_money(struct story *s, struct str w, struct str line); /* false: not its word */

#endif
