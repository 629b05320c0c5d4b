#include "net/backoff.h"

void backoff_init(struct backoff *b, ns base, ns cap)
{
	assert(base > 0 && cap >= base && cap < INT64_MAX / 2);
	*b = (struct backoff){ .base = base, .cap = cap };
}

ns backoff_failed(struct backoff *b, struct rng *r)
{
	ns most = b->base;

	for (int i = 0; i < b->tries && most < b->cap; i++)
		most = most > b->cap / 2 ? b->cap : most * 2;
	if (b->tries < 62)
		b->tries++;
	b->good_since = 0;
	return (ns)rng_below(r, (uint64_t)most) + 1;	/* 1..most */
}

void backoff_data(struct backoff *b, ns now)
{
	if (b->good_since == 0)
		b->good_since = now;
	else if (now - b->good_since >= BACKOFF_GOOD_AFTER)
		b->tries = 0;
}
