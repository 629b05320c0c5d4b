/* order.c: which symbols come first. */
#include "lab/inside.h"

const char *symbol_name(const struct lab_report *r, sym s)
{
	assert(s < r->run->symbols->n);
	return r->run->symbols->name[s];
}

static bool before(const struct lab_report *r, uint16_t a, uint16_t b)
{
	int64_t x = r->symbol[a].pnl.n, y = r->symbol[b].pnl.n;

	return x != y ? x > y : strcmp(symbol_name(r, a), symbol_name(r, b)) < 0;
}

uint32_t order_symbols(uint16_t out[static ORDER_MAX], const struct lab_report *r)
{
	uint32_t n = 0;

	for (uint32_t s = 0; s < r->run->symbols->n; s++) {
		if (r->symbol[s].trades == 0)
			continue;
		uint32_t i = n++;
		for (; i > 0 && before(r, (uint16_t)s, out[i - 1]); i--)
			out[i] = out[i - 1];
		out[i] = (uint16_t)s;
	}
	return n;
}
