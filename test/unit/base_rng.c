#include "test/check.h"

#include <math.h>

#include "base/rng.h"

void test_rng_is_xoshiro(void)
{
	struct rng r = { { 1, 2, 3, 4 } }, a, b;
	static const uint64_t want[] = { 11520, 0, 1509978240, 1215971899390074240 };

	for (size_t i = 0; i < COUNT(want); i++)
		CHECK_INT(rng_u64(&r), (int64_t)want[i], "reference number %zu", i);
	rng_seed(&a, 0);
	CHECK_INT(a.s[0], (int64_t)0xe220a8397b1dcdafu, "SplitMix64's first number for 0");
	CHECK_INT(a.s[1], (int64_t)0x6e789e6aa1b965f4u, "and its second");
	rng_seed_for(&a, 7, STR("AAPL"), 1);
	rng_seed_for(&b, 7, STR("AAPL"), 1);
	CHECK_INT(rng_u64(&a), (int64_t)rng_u64(&b), "the same stream for the same names");
	rng_seed_for(&b, 7, STR("AAPL"), 2);
	CHECK(rng_u64(&a) != rng_u64(&b), "another index, another stream");
	rng_seed_for(&a, 8, STR("AAPL"), 2);
	rng_seed_for(&b, 7, STR("AAPL"), 2);
	CHECK(rng_u64(&a) != rng_u64(&b), "another seed, another stream");
	rng_seed_for(&a, 7, STR("MSFT"), 2);
	rng_seed_for(&b, 7, STR("AAPL"), 2);
	CHECK(rng_u64(&a) != rng_u64(&b), "another name, another stream");
}

void test_rng_is_uniform_below_a_bound(void)
{
	struct rng r;
	int counts[7] = { 0 };

	rng_seed(&r, 42);
	for (int i = 0; i < 70000; i++)
		counts[rng_below(&r, 7)]++;
	for (int i = 0; i < 7; i++)
		CHECK(counts[i] > 9600 && counts[i] < 10400, "%d comes %d times of 70000", i,
		      counts[i]);
	for (int i = 0; i < 100; i++)
		CHECK_INT(rng_below(&r, 1), 0, "below one there is only zero");
	uint64_t high = 0;
	for (int i = 0; i < 1000; i++)
		high += rng_below(&r, UINT64_C(3) << 62) >> 63;
	CHECK(high > 260 && high < 410, "a third of 3 * 2^62 has its high bit: %d", (int)high);
}

void test_rng_doubles_are_uniform_and_normal(void)
{
	struct rng r;
	double sum = 0, square = 0, cube = 0, fourth = 0;
	const int n = 400000;

	rng_seed(&r, 42);
	for (int i = 0; i < n; i++) {
		double u = rng_f64(&r);
		CHECK(u >= 0 && u < 1, "%g is in [0, 1)", u);
		sum += u;
	}
	CHECK(fabs(sum / n - 0.5) < 0.002, "the mean of uniform numbers is %g", sum / n);
	sum = 0;
	for (int i = 0; i < n; i++) {
		double v = rng_normal(&r);
		sum += v;
		square += v * v;
		cube += v * v * v;
		fourth += v * v * v * v;
	}
	CHECK(fabs(sum / n) < 0.006, "the mean of normal numbers is %g", sum / n);
	CHECK(fabs(square / n - 1) < 0.01, "their variance is %g", square / n);
	CHECK(fabs(cube / n) < 0.02, "their skew is %g", cube / n);
	CHECK(fabs(fourth / n - 3) < 0.06, "their fourth moment is %g", fourth / n);
}

/* To the last bit, on every machine that runs these tests. */
void test_rng_normal_is_the_same_everywhere(void)
{
	struct rng r;
	uint64_t hash = 0;

	rng_seed(&r, 2024);
	for (int i = 0; i < 10000; i++) {
		double v = rng_normal(&r);
		uint64_t bits;
		memcpy(&bits, &v, sizeof(bits));
		hash = (hash ^ bits) * 0x100000001b3u;
	}
	CHECK_INT((int64_t)hash, -8063342537223266029, "ten thousand normal numbers of seed 2024");
}
