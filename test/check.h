#ifndef GAMBLER_TEST_CHECK_H
#define GAMBLER_TEST_CHECK_H
/*
 * A test is a function `void test_something(void)` that begins a line in test/unit/<room>_*.c;
 * the Makefile finds it by name. A check that fails prints one line that says what was expected
 * of whom, and the test goes on. The sentence is a printf format:
 *
 *	CHECK_INT(num_parse(&n, STR("1.5")), OK, "a plain decimal is read");
 */
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

#define CHECK_AT __FILE__, __LINE__

#define CHECK(cond, ...) check_true(CHECK_AT, (cond) ? 1 : 0, #cond, __VA_ARGS__)
#define CHECK_INT(got, want, ...) \
	check_int(CHECK_AT, (int64_t)(got), (int64_t)(want), __VA_ARGS__)
#define CHECK_TEXT(got, want, ...) check_text(CHECK_AT, (got), (want), __VA_ARGS__)
#define CHECK_STR(got, want, ...) check_str(CHECK_AT, (got), (want), __VA_ARGS__)

/* Each returns whether the check held, so that a test can stop early. */
int check_true(const char *file, int line, int holds, const char *cond, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
int check_int(const char *file, int line, int64_t got, int64_t want, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
int check_text(const char *file, int line, const char *got, const char *want, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
int check_str(const char *file, int line, struct str got, const char *want, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* The run's seed: SEED from the environment, else from the time. Printed with the summary. */
uint64_t check_seed(void);

/* The path of test/golden/NAME; good until the fourth call after this one. */
const char *check_golden(const char *name);

/* The generated list. */
struct check_test {
	const char *name;
	void (*run)(void);
};
extern const struct check_test check_tests[];
extern const size_t check_tests_n;

#endif
