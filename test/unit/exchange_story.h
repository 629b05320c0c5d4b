/* exchange_story.h: one exchange of a story and what is said about it. */
#ifndef TEST_EXCHANGE_STORY_H
#define TEST_EXCHANGE_STORY_H

#include "base/text.h"
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
