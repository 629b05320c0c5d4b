/* The writer's desk: a store in a folder, the rings around a writer, and messages for it. One
 * instance, "bull", which trades AAPL. */
#ifndef TEST_RUN_DESK_H
#define TEST_RUN_DESK_H

#include "run/writer_inner.h"

struct desk {
	char root[64];
	struct live l;
	struct config config;
	struct arena arena;
	struct store *good, *full;
	struct writer *w;
	pthread_t thread;
};

struct desk *desk_begin(void);
void desk_end(struct desk *d);
void desk_rings(struct desk *d);
/* A store more: its folder's name, its map's bytes. And fills it to its end. */
struct store *desk_store(const struct desk *d, const char *name, size_t map);
void desk_fill(struct store *s);

void desk_start(struct desk *d);	/* the writer's thread */
void desk_stop(struct desk *d);
void desk_serve(struct desk *d);	/* what waits, to the end, on this thread */

/* A step of one action: 'e' an order of its entry, else of an exit; n: its number, or a fill's. */
struct writer_msg desk_message(enum action_kind k, char purpose, int n);
void desk_put(struct desk *d, struct writer_msg m);
/* How many of that kind have left since they were asked for last. */
uint32_t desk_left(struct desk *d, enum wire_kind k);

#endif
