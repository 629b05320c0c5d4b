#include "test/check.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"

static void sealed_alloc(void)
{
	struct arena a;

	if (arena_open(&a, 4096) == OK) {
		arena_seal(&a);
		arena_alloc(&a, 1);
	}
}

static void full_alloc(void)
{
	struct arena a;

	if (arena_open(&a, 4096) == OK) {
		arena_alloc(&a, 4080);
		arena_alloc(&a, 17);
	}
}

static void huge_alloc(void)
{
	struct arena a;

	if (arena_open(&a, 4096) == OK)
		arena_alloc(&a, SIZE_MAX);
}

static bool aborts(void (*f)(void))
{
	int status = 0;

	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		fclose(stderr);
		f();
		_exit(0);
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGABRT;
}

void test_arena_hands_out_zeros(void)
{
	struct arena a;

	if (!CHECK_INT(arena_open(&a, 1000), OK, "an arena opens"))
		return;
	char *first = arena_alloc(&a, 1);
	int64_t *second = ARENA_NEW(&a, int64_t, 3);
	CHECK_INT((uintptr_t)first % 16, 0, "the first is aligned");
	CHECK_INT((char *)second - first, 16, "the second is, too, and is next to it");
	CHECK_INT(*first + second[0] + second[2], 0, "it is zeroed");
	CHECK(arena_alloc(&a, 0) != NULL, "nothing can be asked for");
	CHECK(arena_alloc(&a, 1000 - a.used) != NULL, "it can be filled to the last byte");
	CHECK_INT(a.used, 1000, "and is full then");
	memset(first, 7, 1000);
	arena_clear(&a);
	CHECK(arena_alloc(&a, 900) == first, "cleared, it begins anew");
	CHECK_INT(first[0] + first[16] + first[999], 0, "and all of it is zeroed");
	arena_seal(&a);
	arena_close(&a);
	CHECK(a.memory == NULL, "a closed arena has no memory");
	arena_close(&a);
	CHECK_INT(arena_open(&a, SIZE_MAX / 2), ERR_IO, "half of all addresses are too many");
}

void test_arena_aborts_when_full_or_sealed(void)
{
	CHECK(aborts(sealed_alloc), "an allocation after arena_seal aborts");
	CHECK(aborts(full_alloc), "an allocation that does not fit aborts");
	CHECK(aborts(huge_alloc), "so does one whose size would wrap around");
}
