/* A start of the bot, up to its engines: a configuration, a store in a folder, and what live_run
 * makes of both. One instance, "bull", which trades AAPL, and those that are asked for. */
#ifndef TEST_RUN_START_H
#define TEST_RUN_START_H

#include "run/live.h"

struct start {
	char root[64];
	struct live l;
	struct symbols symbols;
	struct arena arena;
	char why[STORE_WHY];
};

extern struct start start;

bool start_begin(void);		/* makes the folder */
void start_done(void);		/* removes it */

/* more: lines behind those of "bull"'s section. */
struct config *start_configured(const char *more);
/* With an empty struct live; `live_instances` is the next. */
struct live *start_opened(struct config *c);
void start_closed(void);

#endif
