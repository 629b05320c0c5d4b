/* rooms: base model exchange */
/* Any bytes as inputs of the exchange's core: after each input its rules hold. The first
 * eight bytes are the seed, the others what is drawn, until they are used up. */
#include <stdio.h>
#include <stdlib.h>

#include "exchange_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes { const uint8_t *at; size_t left; };

static uint32_t draw(void *ctx, uint32_t below)
{
	struct bytes *b = ctx;

	if (b->left == 0)
		return 0;
	b->left--;
	return *b->at++ % below;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = { data, size };
	struct rules r = { .draw = draw, .ctx = &b, .mischief = RULES_ALL };
	uint64_t seed = 0;

	if (size < sizeof(seed))
		return 0;
	memcpy(&seed, data, sizeof(seed));
	b.at += sizeof(seed);
	b.left -= sizeof(seed);
	struct xc_config c = rules_config(&r, seed);
	void *memory = calloc(1, xc_size(&c));
	if (memory == NULL)
		return 0;
	rules_begin(&r, memory, &c);
	while (b.left > 0 && rules_step(&r)) {
	}
	if (r.broken != NULL) {
		fprintf(stderr, "order %u: %s\n", r.broken_order, r.broken);
		abort();
	}
	free(memory);
	return 0;
}
