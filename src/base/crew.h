/* crew.h: pieces of work that have nothing in common, shared out among threads. */
#ifndef BASE_CREW_H
#define BASE_CREW_H

#include "base/base.h"

#define CREW_MAX 64	/* threads */

/* one(ctx, i) for each i below n, on this thread and on threads - 1 others, or as many as can be
 * had; piece 0 on this one. Returns when all are done: what they wrote can be read then. What a
 * piece writes no other may look at. */
void crew_run(uint32_t threads, uint32_t n, void (*one)(void *ctx, uint32_t i), void *ctx);

#endif
