/* ring.h: the one way in which threads talk. A bounded queue of fixed-size
 * messages that are copied in and out; no pointer crosses a thread. A mutex,
 * two counters and an eventfd (readable while something waits), so that a
 * reader may poll it beside its sockets. Any number of writers, one reader. */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <pthread.h>

#include "base/base.h"

struct ring {
	pthread_mutex_t lock;
	pthread_cond_t  room;		/* signalled when a full ring has room again */
	char           *memory;		/* capacity * size bytes */
	size_t          size;		/* of one message */
	uint32_t        capacity;	/* a power of two */
	uint32_t        head, tail;	/* written, read: free running */
	uint32_t        high_water;	/* most messages that ever waited */
	uint64_t        dropped;
	int             fd;		/* eventfd: poll for POLLIN */
	bool            closed;
};

/* Memory comes from the caller: capacity * size bytes, capacity a power of two. */
MUST_CHECK enum err ring_init(struct ring *r, void *memory, size_t size, uint32_t capacity);
void ring_close(struct ring *r);	/* wakes everybody; later puts fail */
void ring_free(struct ring *r);

/* Copies one message in. ring_put waits while full, and is false only after
 * ring_close. ring_try does not wait: false when full (and counted). */
MUST_CHECK bool ring_put(struct ring *r, const void *message);
MUST_CHECK bool ring_try(struct ring *r, const void *message);

/* Copies one message out. ring_get waits until the monotonic deadline
 * (mono_ns(); -1: for ever; 0: does not wait). */
enum err ring_get(struct ring *r, void *message, ns deadline);	/* OK, ERR_TIMEOUT, ERR_END */
bool     ring_poll(struct ring *r, void *message);		/* false: empty */
uint32_t ring_count(struct ring *r);

#endif
