#include "test/check.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/f64.h"
#include "base/rng.h"

static uint64_t bits_of(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

static const struct { const char *text; uint64_t bits; } known[] = {
	{ "0", 0 }, { "-0", 0x8000000000000000 }, { "0e999999999999999999999", 0 },
	{ "1", 0x3ff0000000000000 }, { "+1", 0x3ff0000000000000 }, { "01", 0x3ff0000000000000 },
	{ ".5", 0x3fe0000000000000 }, { "5.", 0x4014000000000000 }, { "0.1", 0x3fb999999999999a },
	{ "1E+2", 0x4059000000000000 }, { "-12.5e-1", 0xbff4000000000000 },
	{ "9007199254740993", 0x4340000000000000 },	/* half way: to even */
	{ "9007199254740993.000000000000000000000001", 0x4340000000000001 },
	{ "1.7976931348623157e308", 0x7fefffffffffffff },
	{ "1.7976931348623158e308", 0x7fefffffffffffff },
	{ "1.7976931348623159e308", 0x7ff0000000000000 },
	{ "1e309", 0x7ff0000000000000 }, { "-1e999999999999999999999", 0xfff0000000000000 },
	{ "2.2250738585072014e-308", 0x0010000000000000 },
	{ "2.2250738585072011e-308", 0x000fffffffffffff },
	{ "4.9406564584124654e-324", 1 }, { "2.4703282292062328e-324", 1 },
	{ "2.4703282292062327e-324", 0 }, { "1e-325", 0 }, { "1e-99999999999999999999", 0 },
	{ "123456789012345678901234567890e-29", 0x3ff3c0ca428c59fb },
	{ "8.98846567431158e307", 0x7fe0000000000000 },
};

static const char *const not_numbers[] = {
	"", "-", "+", ".", "-.", "e5", ".e5", "1e", "1e+", "1e5.", "1.2.3", "--1", "+-1", " 1",
	"1 ", "0x10", "inf", "nan", "Infinity", "1,5", "1_0", "1a", "\xb1",
};

void test_f64_reads_known_numbers(void)
{
	for (size_t i = 0; i < COUNT(known); i++) {
		double v = 77;
		CHECK(f64_parse(&v, str_of(known[i].text)), "'%s' is a number", known[i].text);
		CHECK(bits_of(v) == known[i].bits, "'%s' is %016" PRIx64 ", not %016" PRIx64,
		      known[i].text, known[i].bits, bits_of(v));
	}
}

void test_f64_refuses_what_is_no_number(void)
{
	double v = 77;

	for (size_t i = 0; i < COUNT(not_numbers); i++)
		CHECK(!f64_parse(&v, str_of(not_numbers[i])), "'%s' is no number", not_numbers[i]);
	CHECK(!f64_parse(&v, (struct str){ "1\0", 2 }), "a NUL ends nothing");
	CHECK(!f64_parse(&v, (struct str){ NULL, 0 }), "nothing is no number");
	CHECK(v == 77, "a refusal leaves the result alone");
}

/* Exactly between v and the next double, in all its digits. */
static void half_way(char *out, size_t size, double v)
{
	uint64_t bits = bits_of(v);
	uint64_t mantissa = (bits & 0xfffffffffffff) | (bits >> 52 != 0 ? (uint64_t)1 << 52 : 0);
	int power = (int)(bits >> 52) - 1075 + (bits >> 52 == 0) - 1;

	/* 2 * mantissa + 1 has 54 bits, and a long double 64 or more. */
	(void)snprintf(out, size, "%.770Le", ldexpl((long double)(2 * mantissa + 1), power));
}

void test_f64_agrees_with_the_library(void)
{
	struct rng chance;
	char text[1024];

	rng_seed(&chance, check_seed());
	for (int i = 0; i < 20000; i++) {
		uint64_t bits = rng_u64(&chance) >> 1;
		double v, want;
		size_t n;

		if (rng_below(&chance, 4) == 0)
			bits &= 0x001fffffffffffff;	/* about the smallest */
		memcpy(&v, &bits, sizeof(v));
		if (!isfinite(v))
			continue;
		if (rng_below(&chance, 3) == 0) {
			half_way(text, sizeof(text), v);
			n = strlen(text);
		} else {
			int digits = (int)rng_below(&chance, 24);
			n = (size_t)snprintf(text, sizeof(text), "%.*e", digits, v);
		}
		want = strtod(text, NULL);
		if (!f64_parse(&v, (struct str){ text, n }))
			v = NAN;
		CHECK(bits_of(v) == bits_of(want), "'%s' is %016" PRIx64 ", not %016" PRIx64, text,
		      bits_of(want), bits_of(v));
	}
}
