/* ring.c: the eventfd is written when the ring stops being empty and read when
 * it is empty again, both under the lock, so that "readable" always means
 * "something waits (or the ring is closed)" and most messages cost no syscall. */
#include "base/ring.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

static void lock(struct ring *r)
{
	int failed = pthread_mutex_lock(&r->lock);
	assert(!failed);
}

static void unlock(struct ring *r)
{
	int failed = pthread_mutex_unlock(&r->lock);
	assert(!failed);
}

static void fd_raise(struct ring *r)
{
	uint64_t one = 1;
	ssize_t n = write(r->fd, &one, sizeof(one));
	assert(n == (ssize_t)sizeof(one));
}

static void fd_lower(struct ring *r)
{
	uint64_t count;
	ssize_t n = read(r->fd, &count, sizeof(count));
	assert(n == (ssize_t)sizeof(count));
}

enum err ring_init(struct ring *r, void *memory, size_t size, uint32_t capacity)
{
	assert(memory != NULL && size > 0);
	assert(capacity > 0 && (capacity & (capacity - 1)) == 0);

	*r = (struct ring){ .memory = memory, .size = size, .capacity = capacity };
	r->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->fd < 0)
		return ERR_IO;
	if (pthread_mutex_init(&r->lock, NULL) != 0) {
		close(r->fd);
		return ERR_IO;
	}
	if (pthread_cond_init(&r->room, NULL) != 0) {
		pthread_mutex_destroy(&r->lock);
		close(r->fd);
		return ERR_IO;
	}
	return OK;
}

void ring_close(struct ring *r)
{
	lock(r);
	if (!r->closed) {
		r->closed = true;
		if (r->head == r->tail)
			fd_raise(r);
		pthread_cond_broadcast(&r->room);
	}
	unlock(r);
}

void ring_free(struct ring *r)
{
	pthread_cond_destroy(&r->room);
	pthread_mutex_destroy(&r->lock);
	close(r->fd);
	r->fd = -1;
	r->memory = NULL;
}

static char *slot(const struct ring *r, uint32_t at)
{
	return r->memory + (size_t)(at & (r->capacity - 1)) * r->size;
}

/* With the lock held and room in the ring. */
static void append(struct ring *r, const void *message)
{
	uint32_t waiting = r->head - r->tail;

	assert(waiting < r->capacity);
	memcpy(slot(r, r->head), message, r->size);
	r->head++;
	if (waiting == 0)
		fd_raise(r);
	if (waiting + 1 > r->high_water)
		r->high_water = waiting + 1;
}

bool ring_put(struct ring *r, const void *message)
{
	lock(r);
	while (!r->closed && r->head - r->tail == r->capacity)
		pthread_cond_wait(&r->room, &r->lock);

	bool open = !r->closed;
	if (open)
		append(r, message);
	unlock(r);
	return open;
}

bool ring_try(struct ring *r, const void *message)
{
	lock(r);

	bool fits = !r->closed && r->head - r->tail < r->capacity;
	if (fits)
		append(r, message);
	else
		r->dropped++;
	unlock(r);
	return fits;
}

/* OK, ERR_AGAIN when empty, ERR_END when empty and closed. */
static enum err take(struct ring *r, void *message)
{
	enum err e = OK;

	lock(r);
	if (r->head == r->tail) {
		e = r->closed ? ERR_END : ERR_AGAIN;
	} else {
		/* Only the step from full to one free place can have waiters. */
		if (r->head - r->tail == r->capacity)
			pthread_cond_broadcast(&r->room);
		memcpy(message, slot(r, r->tail), r->size);
		r->tail++;
		/* A closed ring stays readable, for whoever polls it later. */
		if (r->head == r->tail && !r->closed)
			fd_lower(r);
	}
	unlock(r);
	return e;
}

bool ring_poll(struct ring *r, void *message)
{
	return take(r, message) == OK;
}

static void wait_readable(const struct ring *r, ns left)
{
	struct pollfd p = { .fd = r->fd, .events = POLLIN };
	struct timespec t = { 0 };

	if (left >= 0) {
		t.tv_sec = (time_t)(left / NS_SECOND);
		t.tv_nsec = (long)(left % NS_SECOND);
	}
	int n = ppoll(&p, 1, left >= 0 ? &t : NULL, NULL);
	assert(n >= 0 || errno == EINTR);
}

enum err ring_get(struct ring *r, void *message, ns deadline)
{
	for (;;) {
		enum err e = take(r, message);
		if (e != ERR_AGAIN)
			return e;
		if (deadline < 0) {
			wait_readable(r, -1);
			continue;
		}
		ns left = deadline == 0 ? 0 : deadline - mono_ns();
		if (left <= 0)
			return ERR_TIMEOUT;
		wait_readable(r, left);
	}
}

uint32_t ring_count(struct ring *r)
{
	lock(r);
	uint32_t n = r->head - r->tail;
	unlock(r);
	return n;
}
