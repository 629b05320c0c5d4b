/* exchange_rules: random orders of several accounts, all rules after each input; what was seen
 * of it in figures. Arguments: orders, seed. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "exchange_rules.h"

#define INPUTS 900	/* of one life: some 75 orders of the 256 there is room for, legs and all */

static uint32_t draw(void *ctx, uint32_t below)
{
	return (uint32_t)rng_below(ctx, below);
}

static uint64_t life_now;
static int input_now;

static void say_where(uint64_t seed, int input, const char *what)
{
	printf("life %" PRIu64 ", input %d%s\n"
	       "once more: ORDERS=1 SEED=%" PRIu64 " test/torture/exchange_rules.sh\n", seed,
	       input, what, seed);
}

/* An assertion of the core: nothing more comes, but it is to be known where. */
static void aborted(int signal)
{
	(void)signal;
	say_where(life_now, input_now, ": an assertion does not hold");
	_Exit(1);
}

/* False: a rule is broken, and has been named. */
static bool life(uint64_t seed, struct rules_count *count)
{
	struct rng rng;
	struct rules r = { .draw = draw, .ctx = &rng, .mischief = RULES_ALL, .count = count };
	char what[200];

	life_now = seed;
	input_now = 0;
	rng_seed(&rng, seed);
	struct xc_config c = rules_config(&r, seed);
	void *memory = calloc(1, xc_size(&c));
	if (memory == NULL) {
		fprintf(stderr, "exchange_rules: out of memory\n");
		return false;
	}
	rules_begin(&r, memory, &c);
	while (input_now < INPUTS && rules_step(&r))
		input_now++;
	count->orders += xc_orders(r.x);
	free(memory);
	if (r.broken == NULL)
		return true;
	(void)snprintf(what, sizeof(what), ", order %" PRIu32 ": not so: %s", r.broken_order,
		       r.broken);
	say_where(seed, input_now, what);
	return false;
}

static int more_often(const void *a, const void *b)
{
	const struct rules_refusal *x = a, *y = b;

	return (x->n < y->n) - (x->n > y->n);
}

static void report(struct rules_count *c, double seconds)
{
	uint64_t orders = c->taken + c->changes;

	printf("%" PRIu64 " inputs, %" PRIu64 " orders sent, %" PRIu64 " taken, and %" PRIu64
	       " changes of them; %" PRIu64 " orders with their legs\n", c->inputs, c->sent,
	       c->taken, c->changes, c->orders);
	printf("%" PRIu64 " executions (%" PRIu64 " of them taken back or repriced), %" PRIu64
	       " cancels asked for, %" PRIu64 " events, %" PRIu64 " times mischief\n",
	       c->executions, c->amended, c->cancels, c->events, c->mischief);
	printf("%" PRIu64 " refusals:\n", c->refusals);
	qsort(c->kind, c->kinds, sizeof(c->kind[0]), more_often);
	for (uint32_t i = 0; i < c->kinds; i++)
		printf("%9" PRIu64 "  %d %d %s\n", c->kind[i].n, c->kind[i].http,
		       c->kind[i].code, c->kind[i].words);
	printf("all rules held; %.0f orders a second with all of them looked at\n",
	       (double)orders / seconds);
}

int main(int argc, char **argv)
{
	static struct rules_count count;
	uint64_t orders = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1, lives = 0;
	struct timespec a, b;

	(void)signal(SIGABRT, aborted);
	setvbuf(stdout, NULL, _IOLBF, 0);
	clock_gettime(CLOCK_MONOTONIC, &a);
	printf("seed %" PRIu64 ", %" PRIu64 " orders; once more: ORDERS=%" PRIu64 " SEED=%" PRIu64
	       " test/torture/exchange_rules.sh\n", seed, orders, orders, seed);
	do {
		if (!life(seed + lives++, &count))
			return 1;
	} while (count.taken + count.changes < orders);
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%" PRIu64 " lives: ", lives);
	report(&count, (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	return 0;
}
