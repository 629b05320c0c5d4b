#include "test/check.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/format.h"
#include "base/rng.h"

/* The libc of the tests is the measure. */

static bool as_libc(double v, int digits)
{
	char got[DOUBLE_TEXT], want[64];
	size_t n = double_text(got, v, digits);

	snprintf(want, sizeof want, "%.*g", digits, v);
	return CHECK(n == strlen(want) && strcmp(got, want) == 0, "%a with %d digits is %s, not %s",
		     v, digits, want, got);
}

static double any_double(struct rng *r)
{
	uint64_t bits = rng_u64(r);
	double v;

	if (rng_below(r, 2) == 0)	/* what prices and figures are like */
		return (double)(int64_t)rng_below(r, 1000000000) / 1e5 *
			(rng_below(r, 2) == 0 ? 1 : -1);
	memcpy(&v, &bits, sizeof v);
	return v;
}

void test_double_text_is_exact(void)
{
	static const double some[] = {
		0, -0.0, 1, -1, 0.1, 0.5, 2.5, 0.125, 9.5, 99.95, 999999.5, 1e5, 1e16, 1e17, 1e22,
		1e23, 123456789012345678.0, 0.0001, 0.00001, 9.9999e-5, 0x1p-1074, 0x1.8p-1073,
		0x1.fffffffffffffp1023, 0x1p-1022, 1.0 / 3, 2.0 / 3, 5e-324, 0x1p53, 0x1p60,
		0x1.fffffffffffffp-1, 999999999999999.9,
	};
	struct rng r;
	char text[DOUBLE_TEXT];

	for (size_t i = 0; i < COUNT(some); i++)
		for (int digits = 1; digits <= 17; digits++)
			as_libc(some[i], digits);
	as_libc((double)INFINITY, 6);
	as_libc(-(double)INFINITY, 6);
	CHECK_INT(double_text(text, (double)NAN, 6), 3, "three letters");
	CHECK_TEXT(text, "nan", "not a number");
	rng_seed(&r, check_seed());
	for (int i = 0; i < 20000; i++) {
		double v = any_double(&r);
		if (!isnan(v) && !as_libc(v, 1 + (int)rng_below(&r, 17)))
			return;
	}
}

void test_double_text_short_reads_back(void)
{
	struct rng r;
	char text[DOUBLE_TEXT];

	CHECK_INT(double_text_short(text, 0.1), 3, "three letters");
	CHECK_TEXT(text, "0.1", "15 digits say all");
	(void)double_text_short(text, 0.1 + 0.2);
	CHECK_TEXT(text, "0.30000000000000004", "17 are needed");
	(void)double_text_short(text, 0);
	CHECK_TEXT(text, "0", "nothing");
	rng_seed(&r, check_seed());
	for (int i = 0; i < 20000; i++) {
		double v = any_double(&r);
		size_t n = double_text_short(text, v);
		if (isnan(v))
			continue;
		if (!CHECK(strtod(text, NULL) == v, "%.17g is written as %s, which is another", v,
			   text))
			return;
		char few[64];
		snprintf(few, sizeof few, "%.15g", v);
		if (fabs(v) > 1e-6 && fabs(v) < 1e15 && strtod(few, NULL) == v &&
		    !CHECK(n == strlen(few), "%s would do, but it is written as %s", few, text))
			return;
	}
}

static void put(void *to, const char *s, size_t n)
{
	(void)strncat(to, s, n);
}

__attribute__((format(printf, 1, 2)))
static void same(const char *fmt, ...)
{
	char got[300] = "", want[300];
	va_list args, again;

	va_start(args, fmt);
	va_copy(again, args);
	int n = vsnprintf(want, sizeof want, fmt, again);
	va_end(again);
	size_t m = format(put, got, fmt, args);
	va_end(args);
	CHECK(strcmp(got, want) == 0 && m == (size_t)n, "\"%s\" gives \"%s\", not \"%s\"", fmt, got,
	      want);
}

void test_format_is_printf(void)
{
	same("plain");
	same("%s|%10s|%-10s|%.2s|%-8.3s|%*s|%-*s|%.*s", "one", "two", "three", "four", "fifth", 6,
	     "x", 7, "y", 2, "zzz");
	same("%*s|", -5, "left");
	same("%d %i %d %d", 0, -1, INT32_MAX, INT32_MIN);
	same("%u %x %o %c%%", 4000000000u, 0xbeefu, 0644u, 'c');
	same("%02u:%04u %04o %08x %03d %-5d|%5d|%.3d|%5.3d|", 7u, 12345u, 07u, 0xabcu, -5, 42, -42,
	     7, -7);
	same("%ld %lu %lld %llu %zu", -1L, 1UL, (long long)INT64_MIN, (unsigned long long)-1,
	     (size_t)123456);
	same("%hd %hhu", (short)-3, (unsigned char)200);
	same("%g %.3g %10g|%-10g|%g", 0.1, 2.0 / 3, 1e10, 12.5, 1e-7);
	same("%s%s%s%s%s%s%s%s", "a", "b", "c", "d", "e", "f", "g", "");
}
