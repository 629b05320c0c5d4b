#include "test/check.h"

#include <poll.h>
#include <sched.h>

#include "base/clock.h"
#include "base/ring.h"

struct message {
	uint32_t writer, number;
	char     filler[21];	/* a size that is no power of two */
};

static bool readable(const struct ring *r)
{
	struct pollfd p = { .fd = r->fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

void test_ring_is_a_queue(void)
{
	struct ring r;
	int memory[4], v = 77;

	if (!CHECK_INT(ring_init(&r, memory, sizeof(int), 4), OK, "a ring opens"))
		return;
	CHECK(!ring_poll(&r, &v) && v == 77, "an empty ring gives nothing");
	CHECK(!readable(&r), "and is not readable");
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 4; i++)
			CHECK(ring_try(&r, &i), "message %d fits", i);
		CHECK_INT(ring_count(&r), 4, "four wait");
		CHECK(!ring_try(&r, &v), "the fifth does not fit");
		CHECK_INT(r.dropped, (uint64_t)round + 1, "and is counted");
		for (int i = 0; i < 4; i++) {
			CHECK(readable(&r), "it is readable while something waits");
			CHECK(ring_poll(&r, &v), "message %d comes out", i);
			CHECK_INT(v, i, "in the order in which it went in");
		}
		CHECK(!readable(&r), "an emptied ring is not readable");
		/* Half a turn, so that the next round wraps elsewhere. */
		CHECK(ring_put(&r, &v) && ring_poll(&r, &v), "one passes through");
	}
	CHECK_INT(r.high_water, 4, "it was full at its highest");
	ring_free(&r);
}

void test_ring_counters_may_wrap(void)
{
	struct ring r;
	int memory[2], v;

	if (!CHECK_INT(ring_init(&r, memory, sizeof(int), 2), OK, "a ring opens"))
		return;
	r.head = r.tail = UINT32_MAX;
	for (int i = 0; i < 6; i++) {
		CHECK(ring_try(&r, &i) && ring_try(&r, &i) && !ring_try(&r, &i), "two fit");
		CHECK(ring_poll(&r, &v) && v == i && ring_poll(&r, &v) && v == i, "two come out");
	}
	ring_free(&r);
}

void test_ring_get_waits_until_its_deadline(void)
{
	struct ring r;
	int memory[2], v = 5;

	if (!CHECK_INT(ring_init(&r, memory, sizeof(int), 2), OK, "a ring opens"))
		return;
	ns start = mono_ns();
	CHECK_INT(ring_get(&r, &v, 0), ERR_TIMEOUT, "0 does not wait");
	CHECK_INT(ring_get(&r, &v, start - NS_SECOND), ERR_TIMEOUT,
		  "nor does a deadline that is over");
	CHECK(mono_ns() - start < NS_SECOND, "at all");
	start = mono_ns();
	CHECK_INT(ring_get(&r, &v, start + 10 * NS_MS), ERR_TIMEOUT,
		  "10 ms pass without a message");
	CHECK(mono_ns() - start >= 10 * NS_MS, "and they do pass");
	CHECK(ring_put(&r, &v), "a message is put");
	CHECK_INT(ring_get(&r, &v, 0), OK, "what is there is given without waiting");
	ring_free(&r);
}

void test_ring_close_delivers_what_is_in_it(void)
{
	struct ring r;
	int memory[2], v = 5;

	if (!CHECK_INT(ring_init(&r, memory, sizeof(int), 2), OK, "a ring opens"))
		return;
	CHECK(ring_put(&r, &v), "a message is put");
	ring_close(&r);
	ring_close(&r);
	CHECK(!ring_put(&r, &v) && !ring_try(&r, &v), "a closed ring takes nothing");
	v = 0;
	CHECK(readable(&r), "the reader is woken");
	CHECK_INT(ring_get(&r, &v, -1), OK, "what was put before still comes");
	CHECK_INT(v, 5, "as it was");
	CHECK(readable(&r), "a closed ring stays readable");
	CHECK_INT(ring_get(&r, &v, -1), ERR_END, "then comes the end");
	CHECK_INT(ring_get(&r, &v, 0), ERR_END, "again and again");
	CHECK(!ring_poll(&r, &v), "and nothing else");
	ring_free(&r);
}

#define WRITERS 4
#define EACH 5000u

struct writer {
	struct ring *ring;
	uint32_t     number;
	bool         patient;		/* ring_put; else ring_try until it fits */
	bool         refused;
	pthread_t    thread;
};

static void *writer(void *arg)
{
	struct writer *w = arg;
	struct message m = { .writer = w->number };

	for (m.number = 0; m.number < EACH && !w->refused; m.number++) {
		memset(m.filler, (int)(m.number & 0x7f), sizeof(m.filler));
		if (w->patient)
			w->refused = !ring_put(w->ring, &m);
		else
			while (!ring_try(w->ring, &m))
				sched_yield();
	}
	return NULL;
}

void test_ring_many_writers_lose_nothing(void)
{
	struct message memory[8], m;
	struct ring r;
	struct writer w[WRITERS];
	uint32_t next[WRITERS] = { 0 }, wrong = 0;

	if (!CHECK_INT(ring_init(&r, memory, sizeof(m), 8), OK, "a ring opens"))
		return;
	for (uint32_t i = 0; i < WRITERS; i++) {
		w[i] = (struct writer){ .ring = &r, .number = i, .patient = i % 2 == 0 };
		if (!CHECK_INT(pthread_create(&w[i].thread, NULL, writer, &w[i]), 0, "a thread"))
			return;
	}
	for (uint32_t i = 0; i < WRITERS * EACH; i++) {
		if (!CHECK_INT(ring_get(&r, &m, -1), OK, "message %u comes", i))
			break;
		if (!CHECK(m.writer < WRITERS, "it names its writer"))
			break;
		wrong += m.number != next[m.writer]++;
		for (size_t k = 0; k < sizeof(m.filler); k++)
			wrong += m.filler[k] != (char)(m.number & 0x7f);
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(w[i].thread, NULL);
	CHECK_INT(wrong, 0, "each writer's messages come whole and in order");
	CHECK_INT(ring_count(&r), 0, "and nothing is left");
	CHECK(!readable(&r), "nor readable");
	CHECK_INT(r.high_water <= 8, 1, "never more than its capacity waited");
	ring_free(&r);
}

static void *close_later(void *arg)
{
	sleep_until(mono_ns() + 10 * NS_MS);
	ring_close(arg);
	return NULL;
}

void test_ring_close_wakes_those_who_wait(void)
{
	struct message memory[2], m = { 0 };
	struct ring full, empty;
	struct writer w[2];
	pthread_t closer;

	if (!CHECK_INT(ring_init(&full, memory, sizeof(m), 2), OK, "a ring opens"))
		return;
	if (!CHECK_INT(ring_init(&empty, memory, sizeof(m), 2), OK, "another ring opens"))
		return;
	for (uint32_t i = 0; i < 2; i++) {
		w[i] = (struct writer){ .ring = &full, .number = i, .patient = true };
		CHECK_INT(pthread_create(&w[i].thread, NULL, writer, &w[i]), 0, "a thread");
	}
	sleep_until(mono_ns() + 10 * NS_MS);
	ring_close(&full);
	for (int i = 0; i < 2; i++) {
		pthread_join(w[i].thread, NULL);
		CHECK(w[i].refused, "writer %d was woken and refused", i);
	}
	CHECK_INT(pthread_create(&closer, NULL, close_later, &empty), 0, "a thread");
	CHECK_INT(ring_get(&empty, &m, -1), ERR_END, "a reader is woken by the end");
	pthread_join(closer, NULL);
	ring_free(&full);
	ring_free(&empty);
}
