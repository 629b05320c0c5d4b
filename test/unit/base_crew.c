/* Work that is shared out: all of it is done, once, whatever the number of threads. */
#include <pthread.h>

#include "base/crew.h"
#include "check.h"

#define PIECES 1000

struct counts {
	uint32_t  done[PIECES];
	pthread_t by[PIECES];
};

static void count(void *ctx, uint32_t i)
{
	struct counts *c = ctx;

	c->done[i]++;
	c->by[i] = pthread_self();
}

void test_crew_does_each_piece_once(void)
{
	static const uint32_t threads[] = { 0, 1, 2, 3, 7, CREW_MAX };
	static const uint32_t pieces[] = { 1, 2, 5, PIECES };

	for (size_t t = 0; t < COUNT(threads); t++)
		for (size_t k = 0; k < COUNT(pieces); k++) {
			struct counts c = { 0 };
			uint32_t n = pieces[k], wrong = 0;
			crew_run(threads[t], n, count, &c);
			for (uint32_t i = 0; i < PIECES; i++)
				wrong += c.done[i] != (i < n);
			CHECK_INT(wrong, 0, "of %u pieces %u threads do each once", n, threads[t]);
			CHECK(pthread_equal(c.by[0], pthread_self()), "the first is done here");
		}
	crew_run(2, 0, count, NULL);
}
