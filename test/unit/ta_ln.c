/* ta_ln.c: the logarithm against the C library's, and bits that may differ on no processor. */
#include <math.h>

#include "base/rng.h"
#include "ta/ln.h"
#include "test/check.h"

void test_ta_ln_bits(void)
{
	static const struct { double x, ln; } known[] = {
		{ 1, 0 }, { 1.5, 0x1.9f323ecbf984cp-2 }, { 0.1, -0x1.26bb1bbb55515p+1 },
		{ 0x1.0000000000001p0, 0x1.fffffffffffffp-53 },
		{ 0x1.fffffffffffffp1023, 0x1.62e42fefa39efp+9 },
		{ 0x0.0000000000001p-1022, -0x1.74385446d71c3p+9 },
		{ 10, 0x1.26bb1bbb55516p+1 }, { 0x1.91eb851eb851fp8, 0x1.7fc29c35eed36p+2 },
	};

	for (size_t i = 0; i < COUNT(known); i++)
		CHECK(ta_ln(known[i].x) == known[i].ln, "ln %a is %a, not %a", known[i].x,
		      known[i].ln, ta_ln(known[i].x));
	CHECK(isinf(ta_ln(INFINITY)), "of infinity it is infinite");
}

void test_ta_ln_near(void)
{
	struct rng rng;

	rng_seed(&rng, check_seed());
	for (int i = 0; i < 100000; i++) {
		double x = i % 2 == 0 ? 0.9 + 0.2 * rng_f64(&rng) :
			ldexp(0.5 + rng_f64(&rng), (int)rng_below(&rng, 2000) - 1000);
		double got = ta_ln(x), want = log(x);
		if (!CHECK(fabs(got - want) <= 0x1p-51 * fabs(want), "ln %a is %a, not %a", x, want,
			   got))
			break;
	}
}
