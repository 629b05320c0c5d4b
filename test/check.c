/* Runs the tests of one room: all of them, or those whose names contain the first argument. */
#include "check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int failures; /* in the running test; checks belong to the main thread */

__attribute__((format(printf, 3, 0)))
static void vfail(const char *file, int line, const char *fmt, va_list args)
{
	failures++;
	printf("%s:%d: ", file, line);
	vprintf(fmt, args);
}

static void done(void)
{
	printf("\n");
	fflush(stdout);
}

int check_true(const char *file, int line, int holds, const char *cond, const char *fmt, ...)
{
	va_list args;

	if (holds)
		return 1;
	va_start(args, fmt);
	vfail(file, line, fmt, args);
	va_end(args);
	printf(" (not so: %s)", cond);
	done();
	return 0;
}

int check_int(const char *file, int line, int64_t got, int64_t want, const char *fmt, ...)
{
	va_list args;

	if (got == want)
		return 1;
	va_start(args, fmt);
	vfail(file, line, fmt, args);
	va_end(args);
	printf(" (got %" PRId64 ", want %" PRId64 ")", got, want);
	done();
	return 0;
}

int check_text(const char *file, int line, const char *got, const char *want, const char *fmt, ...)
{
	va_list args;

	if (got && want && strcmp(got, want) == 0)
		return 1;
	va_start(args, fmt);
	vfail(file, line, fmt, args);
	va_end(args);
	printf(" (got \"%s\", want \"%s\")", got ? got : "NULL", want ? want : "NULL");
	done();
	return 0;
}

int check_str(const char *file, int line, struct str got, const char *want, const char *fmt, ...)
{
	va_list args;

	if (got.n == strlen(want) && (got.n == 0 || memcmp(got.s, want, got.n) == 0))
		return 1;
	va_start(args, fmt);
	vfail(file, line, fmt, args);
	va_end(args);
	printf(" (got \"%.*s\", want \"%s\")", (int)got.n, got.n ? got.s : "", want);
	done();
	return 0;
}

uint64_t check_seed(void)
{
	static uint64_t seed;

	if (!seed) {
		const char *text = getenv("SEED");
		struct timespec now;

		clock_gettime(CLOCK_REALTIME, &now);
		seed = text ? strtoull(text, NULL, 0)
			: (uint64_t)now.tv_sec * 1000003 + (uint64_t)now.tv_nsec;
	}
	return seed;
}

const char *check_golden(const char *name)
{
	static char path[4][512];
	static unsigned turn;
	char *p = path[turn++ % 4];
	const char *root = getenv("CHECK_ROOT");

	snprintf(p, sizeof path[0], "%s/test/golden/%s", root ? root : ".", name);
	return p;
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";
	int passed = 0, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	check_seed();
	for (size_t i = 0; i < check_tests_n; i++) {
		if (!strstr(check_tests[i].name, part))
			continue;
		failures = 0;
		check_tests[i].run();
		if (failures)
			printf("%s: failed\n", check_tests[i].name);
		*(failures ? &failed : &passed) += 1;
	}
	printf("%d passed, %d failed (SEED=%" PRIu64 ")\n", passed, failed, check_seed());
	return failed != 0;
}
