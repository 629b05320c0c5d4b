/* backoff.h: waiting times between attempts: doubling with full jitter, reset
 * only after a period of real data, never by a mere connect. Pure. */
#ifndef NET_BACKOFF_H
#define NET_BACKOFF_H

#include "base/rng.h"

struct backoff {
	ns  base, cap;		/* first and longest wait */
	int tries;
	ns  good_since;		/* 0: not good now */
};

#define BACKOFF_GOOD_AFTER (30 * NS_SECOND)	/* data for this long resets the tries */

void backoff_init(struct backoff *b, ns base, ns cap);
ns   backoff_failed(struct backoff *b, struct rng *r);	/* how long to wait now */
void backoff_data(struct backoff *b, ns now);		/* data came: may reset */

#endif
