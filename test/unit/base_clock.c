#include "test/check.h"

#include <pthread.h>

#include "base/clock.h"

void test_clock_of_the_kernel(void)
{
	struct clock c;

	clock_init(&c);
	ns before = wall_ns(), now = clock_now(&c), after = wall_ns();
	CHECK(now >= before && now <= after, "the system's clock is the wall's");
	CHECK(now > 1700000000 * NS_SECOND, "it is later than 2023");
	before = mono_ns();
	sleep_until(before + 2 * NS_MS);
	CHECK(mono_ns() >= before + 2 * NS_MS, "sleep_until sleeps until");
	before = mono_ns();
	sleep_until(before - NS_SECOND);
	sleep_until(-1);
	CHECK(mono_ns() - before < NS_SECOND, "and not when that is over");
}

void test_clock_manual_stands_still_and_never_goes_back(void)
{
	struct clock c;

	clock_init(&c);
	CHECK(clock_now(&c) > 0, "first it is the system's");
	clock_set_manual(&c, 1000);
	CHECK_INT(clock_now(&c), 1000, "a market's clock may be earlier than the system's");
	CHECK_INT(clock_now(&c), 1000, "and stands still");
	clock_set_manual(&c, 5000);
	CHECK_INT(clock_now(&c), 5000, "until it is set");
	clock_set_manual(&c, 4000);
	CHECK_INT(clock_now(&c), 5000, "but it does not go back");
	clock_set_manual(&c, 5001);
	CHECK_INT(clock_now(&c), 5001, "only forward");
}

void test_clock_scaled_runs_at_its_speed(void)
{
	struct clock c;

	clock_init(&c);
	ns start = mono_ns();
	clock_set_scaled(&c, 1000 * NS_SECOND, 60000);
	ns first = clock_now(&c);
	sleep_until(start + 20 * NS_MS);
	ns second = clock_now(&c), most = (mono_ns() - start) * 60 + 1000 * NS_SECOND;
	CHECK(first >= 1000 * NS_SECOND, "it begins where it was set");
	CHECK(second >= 1000 * NS_SECOND + NS_SECOND, "20 ms are 1.2 s at least, or nearly");
	CHECK(second <= most, "and no more than 60 times what passed");
	clock_set_scaled(&c, 1000 * NS_SECOND, 1);
	CHECK(clock_now(&c) >= second, "set back, it waits");
	clock_set_scaled(&c, INT64_MAX - 5, INT64_MAX);
	CHECK_INT(clock_now(&c) >= INT64_MAX - 5, 1, "at the end of time it stops");
}

struct watch {
	struct clock *clock;
	_Atomic bool *stop;
	int           backwards;
};

static void *watch(void *arg)
{
	struct watch *w = arg;
	ns last = 0;

	while (!atomic_load(w->stop)) {
		ns now = clock_now(w->clock);
		w->backwards += now < last;
		last = now;
	}
	return NULL;
}

void test_clock_goes_forward_in_all_threads_while_it_is_set(void)
{
	_Atomic bool stop = false;
	struct clock c;
	struct watch w[3];
	pthread_t threads[3];
	ns start = mono_ns();

	clock_init(&c);
	clock_set_scaled(&c, 1000 * NS_SECOND, 1000);
	for (size_t i = 0; i < COUNT(w); i++) {
		w[i] = (struct watch){ &c, &stop, 0 };
		if (!CHECK_INT(pthread_create(&threads[i], NULL, watch, &w[i]), 0, "a thread"))
			return;
	}
	for (int i = 1; mono_ns() - start < 200 * NS_MS; i++)
		clock_set_scaled(&c, (1000 + i % 1000) * NS_SECOND, i % 2 ? 1000 : 1000000);
	atomic_store(&stop, true);
	for (size_t i = 0; i < COUNT(w); i++) {
		pthread_join(threads[i], NULL);
		CHECK_INT(w[i].backwards, 0, "time never went back in thread %zu", i);
	}
}
