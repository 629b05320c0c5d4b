/* crew.c: threads that take the next piece until there is none. */
#include "base/crew.h"

#include <pthread.h>

struct crew {
	void   (*one)(void *ctx, uint32_t i);
	void    *ctx;
	uint32_t n, next;
};

static void *work(void *p)
{
	struct crew *c = p;

	for (uint32_t i; (i = __atomic_fetch_add(&c->next, 1, __ATOMIC_RELAXED)) < c->n;)
		c->one(c->ctx, i);
	return NULL;
}

void crew_run(uint32_t threads, uint32_t n, void (*one)(void *ctx, uint32_t i), void *ctx)
{
	struct crew c = { .one = one, .ctx = ctx, .n = n, .next = 1 };
	pthread_t other[CREW_MAX];
	uint32_t others = 0;

	assert(threads <= CREW_MAX);
	while (others + 1 < threads && others + 1 < n &&
	       pthread_create(&other[others], NULL, work, &c) == 0)
		others++;
	if (n > 0)
		one(ctx, 0);
	(void)work(&c);
	for (uint32_t i = 0; i < others; i++)
		(void)pthread_join(other[i], NULL);
}
