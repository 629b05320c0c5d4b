/* clock.c: the members belong together (a new base with an old base_mono would
 * be a time in the far future, and `last_ns` would keep it), so they are read
 * under a sequence lock: the reader starts again when `changes` has moved. */
#include "base/clock.h"

#include <errno.h>
#include <time.h>

#include "base/num.h"

static ns kernel_ns(clockid_t id)
{
	struct timespec t;
	int failed = clock_gettime(id, &t);

	assert(!failed);
	return (ns)t.tv_sec * NS_SECOND + (ns)t.tv_nsec;
}

ns mono_ns(void)
{
	return kernel_ns(CLOCK_MONOTONIC);
}

ns wall_ns(void)
{
	return kernel_ns(CLOCK_REALTIME);
}

ns cpu_ns(void)
{
	return kernel_ns(CLOCK_PROCESS_CPUTIME_ID);
}

void sleep_until(ns mono_deadline)
{
	if (mono_deadline <= 0)
		return;

	struct timespec t = {
		.tv_sec = (time_t)(mono_deadline / NS_SECOND),
		.tv_nsec = (long)(mono_deadline % NS_SECOND),
	};
	int e;
	do
		e = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
	while (e == EINTR);
	assert(e == 0);
}

void clock_init(struct clock *c)
{
	atomic_init(&c->changes, 0);
	atomic_init(&c->kind, CLOCK_SYSTEM);
	atomic_init(&c->base_ns, 0);
	atomic_init(&c->base_mono, 0);
	atomic_init(&c->speed_milli, 1000);
	atomic_init(&c->last_ns, INT64_MIN);
}

static void set(struct clock *c, enum clock_kind kind, ns now, int64_t speed_milli)
{
	uint32_t changes = atomic_load(&c->changes);

	assert(changes % 2 == 0);	/* one thread sets */
	atomic_store(&c->changes, changes + 1);
	if (atomic_load(&c->kind) != (int)kind)
		atomic_store(&c->last_ns, INT64_MIN);
	atomic_store(&c->kind, (int)kind);
	atomic_store(&c->base_ns, now);
	atomic_store(&c->base_mono, mono_ns());
	atomic_store(&c->speed_milli, speed_milli);
	atomic_store(&c->changes, changes + 2);
}

void clock_set_manual(struct clock *c, ns now)
{
	set(c, CLOCK_MANUAL, now, 0);
}

void clock_set_scaled(struct clock *c, ns now, int64_t speed_milli)
{
	assert(speed_milli > 0);
	set(c, CLOCK_SCALED, now, speed_milli);
}

/* What the members say, without regard to what was said before. */
static ns reading(struct clock *c)
{
	ns base = atomic_load(&c->base_ns);

	switch ((enum clock_kind)atomic_load(&c->kind)) {
	case CLOCK_SYSTEM:
		return wall_ns();
	case CLOCK_MANUAL:
		return base;
	case CLOCK_SCALED:
		break;
	}
	/* A reader may have been overtaken by a setter: no negative time, and no
	 * abort on a mixture that is thrown away in a moment. */
	ns passed = mono_ns() - atomic_load(&c->base_mono);
	int64_t scaled, now;
	if (passed < 0)
		passed = 0;
	if (!num_muldiv_ok(&scaled, passed, atomic_load(&c->speed_milli), 1000, ROUND_DOWN))
		return INT64_MAX;
	return __builtin_add_overflow(base, scaled, &now) ? INT64_MAX : now;
}

ns clock_now(struct clock *c)
{
	for (;;) {
		uint32_t changes = atomic_load(&c->changes);
		if (changes % 2 != 0)
			continue;	/* a few stores long */

		int64_t last = atomic_load(&c->last_ns);
		ns now = reading(c);
		if (atomic_load(&c->changes) != changes)
			continue;
		if (now <= last)
			return last;
		/* Fails when another thread or a setter was here since the load. */
		if (atomic_compare_exchange_strong(&c->last_ns, &last, now))
			return now;
	}
}
