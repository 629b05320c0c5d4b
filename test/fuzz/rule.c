/* rooms: chart */
/* Whatever somebody calls a rule: it is refused with words and a place within it, or its plan is
 * sound and has a value, or none, at every bar of whatever bars there are. */
#include <stdlib.h>

#include "base/rng.h"
#include "chart/chart.h"
#include "rule/rule.h"

enum { NODES = 300, BARS = 40, TIMEFRAME = 300, MEMORY = 32 << 20 };

static struct arena arena;

/* A few bars, some of them missing, equal, without volume; as many of the benchmark. */
static void feed(struct chart *chart, const struct plan_ref *r, uint64_t seed)
{
	static const double trade[TRADE_VALUES] = { 10, 0.01, 3, 15, 11, 9 };
	struct rng chance;
	uint32_t slot;

	rng_seed(&chance, seed);
	for (int i = 0; i < 2 * BARS; i++) {
		int64_t price = (int64_t)(1 + rng_below(&chance, 4)) * NUM_ONE;
		ns open = (1738591200 + i / 2 * TIMEFRAME) * NS_SECOND;
		struct bar b = { .sym = i & 1, .open_ts = open,
			.ts = open + TIMEFRAME * NS_SECOND, .open = { price },
			.high = { price + NUM_ONE }, .low = { price }, .close = { price },
			.volume = (double)rng_below(&chance, 3), .flags = BAR_WARMUP };
		if (rng_below(&chance, 5) > 0)
			(void)chart_take(chart, &b, 0);
	}
	while (chart_next(chart, &slot)) {
		double v = chart_value(chart, slot, r, r->trade ? trade : NULL);
		bool known = v == v;
		if (r->boolean && known && v != 0 && v != 1)
			abort();
		double again = chart_value(chart, slot, r, r->trade ? trade : NULL);
		if (known != (again == again) || (known && v != again))
			abort();
	}
}

static void compile(struct str text, enum rule_want want, uint64_t seed)
{
	static const struct rule_param param[] = { { "a", 5 }, { "b", 0.5 } };
	static const struct rule_scope scope = { param, COUNT(param), true };
	static const sym symbols[] = { 0, 1 };
	struct rule_error why;
	struct plan_ref ref, twice;
	char wrong[120];

	memset(arena.memory, 0, arena.used);
	arena.used = 0;
	struct plan *p = plan_new(&arena, NODES, TIMEFRAME);
	if (!rule_compile(p, text, &scope, want, &ref, &why)) {
		if (why.text[0] == 0 || memchr(why.text, 0, sizeof why.text) == NULL ||
		    why.at > text.n || p->nodes != 0 || p->codes != 0)
			abort();
		return;
	}
	uint32_t nodes = p->nodes;
	if (!rule_compile(p, text, &scope, want, &twice, &why) || p->nodes != nodes ||
	    (want == RULE_CONDITION && !ref.boolean) || (want == RULE_NUMBER && ref.boolean))
		abort();
	plan_seal(p);
	if (!plan_verify(p, wrong, sizeof wrong))
		abort();
	struct chart_config c = { .plan = p, .raw = true, .symbols = 2, .symbol = symbols,
				  .bench = 1 };
	if (chart_size(&c) < MEMORY - arena.used)
		feed(chart_new(&arena, &c), &ref, seed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = malloc(n > 0 ? n : 1);
	struct str text = { copy, n }, piece[8];

	if (arena.memory == NULL && arena_open(&arena, MEMORY) != OK)
		abort();
	memcpy(copy, data, n);
	for (int want = RULE_NUMBER; want <= RULE_ANY; want++)
		compile(text, (enum rule_want)want, n);
	uint32_t pieces = rule_conjuncts(text, piece, COUNT(piece));
	for (uint32_t i = 0; i < pieces; i++)
		if (piece[i].n > 0 && (piece[i].s < copy || piece[i].s + piece[i].n > copy + n))
			abort();
	for (uint32_t i = 0, sides = rule_operands(text, piece); i < sides; i++)
		if (piece[i].n == 0 || piece[i].s < copy || piece[i].s + piece[i].n > copy + n)
			abort();
	free(copy);
	return 0;
}
