/* Random days: thousands of inputs from the seed, the rules after each of them. */
#include <stdlib.h>

#include "check.h"
#include "exchange_rules.h"

static uint32_t draw(void *ctx, uint32_t below)
{
	return (uint32_t)rng_below(ctx, below);
}

static uint64_t life(uint64_t seed, int inputs, bool often)
{
	struct rng rng;
	struct rules r = { .draw = draw, .ctx = &rng, .often = often, .mischief = RULES_ALL };

	rng_seed(&rng, seed);
	struct xc_config c = rules_config(&r, seed);
	void *memory = calloc(1, xc_size(&c));

	CHECK(memory != NULL, "there is memory");
	if (memory == NULL)
		return 0;
	rules_begin(&r, memory, &c);
	int n = 0;
	while (n < inputs && rules_step(&r))
		n++;
	CHECK(r.broken == NULL, "life %llu, input %d, order %u: %s", (unsigned long long)seed, n,
	      r.broken_order, r.broken == NULL ? "" : r.broken);
	free(memory);
	return r.hash;
}

void test_exchange_core_rules(void)
{
	uint64_t seed = check_seed();

	for (uint64_t i = 0; i < 300; i++)
		life(seed + i, 600, false);
}

void test_exchange_core_same_twice(void)
{
	uint64_t seed = check_seed();

	for (uint64_t i = 0; i < 10; i++)
		CHECK(life(seed + i, 400, false) == life(seed + i, 400, false),
		      "the same inputs give the same answers (life %llu)",
		      (unsigned long long)(seed + i));
}

/* A server stops at each instant that is due, a backtest only at quotes. */
void test_exchange_core_steps_of_time(void)
{
	uint64_t seed = check_seed();

	for (uint64_t i = 0; i < 100; i++)
		CHECK(life(seed + i, 400, false) == life(seed + i, 400, true),
		      "how often time is told makes no difference (life %llu)",
		      (unsigned long long)(seed + i));
}
