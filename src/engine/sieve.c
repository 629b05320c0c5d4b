/* sieve.c: who may enter at a slice's end. Most symbols are turned away by a strategy's first tests
 * (struct quick), and the variants of a search make the same ones: each is made once for a symbol,
 * and kept as bits. */
#include "engine/inside.h"

#define WORDS (ENGINE_SYMBOLS / 64)

/* ---- the tests */

static bool same_code(const struct plan *p, uint32_t a, uint32_t b)
{
	for (; a != b; a++, b++) {
		const struct plan_code *x = &p->code[a], *y = &p->code[b];
		if (x->op != y->op || x->a != y->a || x->b != y->b || x->c != y->c)
			return false;
		if (x->op == OP_END)
			break;
	}
	return true;
}

static bool same_test(const struct plan *p, const struct sieve_test *a, const struct sieve_test *b)
{
	if (!same_code(p, a->in->code, b->in->code) || (a->than == NULL) != (b->than == NULL))
		return false;
	if (a->than == NULL)
		return a->below == b->below && a->above == b->above;
	return a->over == b->over && same_code(p, a->than->code, b->than->code);
}

/* Its number in the sieve; max: there is no room. */
static uint32_t add_test(struct engine *e, struct sieve *s, const struct quick *q)
{
	const struct plan_ref *in = e->c.in;
	struct sieve_test t = { .in = &in[q->input], .below = q->below, .above = q->above,
				.than = q->than != QUICK_NUMBER ? &in[q->than] : NULL,
				.over = q->over };
	uint32_t k = 0;

	assert(q->input < e->c.strategy->inputs_n);
	while (k < s->n && !same_test(e->c.plan, &s->test[k], &t))
		k++;
	if (k < s->n || k == s->max)
		return k;
	if (t.than == NULL)
		t.fixed = chart_fixed(e->chart, t.in, &t.stride);
	s->test[s->n++] = t;
	return k;
}

bool engine_join(struct engine *e, struct sieve *s)
{
	const struct engine_config *c = &e->c;
	struct quick quick[QUICK_MAX];
	uint16_t test[QUICK_MAX] = { 0 };
	uint32_t n = 0;

	assert(s->end == 0);
	e->quick_n = 0;
	if (c->strategy->quick != NULL)
		e->quick_n = c->strategy->quick(&c->params, (c->sides & SIDES_LONG) != 0,
						(c->sides & SIDES_SHORT) != 0, quick);
	assert(e->quick_n <= QUICK_MAX);
	for (; n < e->quick_n; n++) {
		uint32_t k = add_test(e, s, &quick[n]);
		if (k == s->max)
			return false;
		test[n] = (uint16_t)k;
		e->failed[n] = quick[n].failed;
		e->none[n] = quick[n].none;
	}
	memcpy(e->test, test, sizeof test);
	s->words = (e->c.symbols_n + 63) / 64;
	e->sieve = s;
	return true;
}

/* ---- a slice */

/* The compiler's own is a call, where not every processor has an instruction for it. */
static inline uint32_t bits(uint64_t v)
{
	v -= v >> 1 & 0x5555555555555555u;
	v = (v & 0x3333333333333333u) + (v >> 2 & 0x3333333333333333u);
	v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0fu;
	return (uint32_t)(v * 0x0101010101010101u >> 56);
}

static void begin(const struct engine *e, struct sieve *s, ns end)
{
	uint32_t least = UINT32_MAX;

	memset(s->bar, 0, sizeof s->bar);
	for (uint32_t i = 0; i < e->c.symbols_n; i++) {
		const struct chart_slot *slot = chart_slot(e->chart, e->at[i]);
		if (slot->row.newest != end || !slot->live)
			continue;
		s->bar[i / 64] |= (uint64_t)1 << i % 64;
		least = slot->row.count < least ? slot->row.count : least;
	}
	for (uint32_t w = 0; w < s->words; w++)
		s->bars[w] = bits(s->bar[w]);
	for (uint32_t k = 0; k < s->n; k++)
		for (uint32_t w = 0; w < s->words; w++)
			s->test[k].word[w].known = s->test[k].word[w].asked = 0;
	s->least = least;
	s->end = end;
}

struct learned { uint64_t holds, none; };

/* The most usual test, of a stepped node's value beside numbers. */
static struct learned of_fixed(const struct engine *e, const struct sieve_test *t, uint32_t w,
			       uint64_t want)
{
	const uint32_t *at = &e->at[w * 64];
	const double *fixed = t->fixed, below = t->below, above = t->above;
	size_t stride = t->stride;
	struct learned got = { 0 };

	for (uint64_t left = want; left != 0; left &= left - 1) {
		double x = fixed[at[__builtin_ctzll(left)] * stride];
		uint64_t bit = left & -left;
		got.holds |= x < below || x > above ? bit : 0;
		got.none |= ta_defined(x) ? 0 : bit;
	}
	return got;
}

static struct learned of_any(const struct engine *e, const struct sieve_test *t, uint32_t w,
			     uint64_t want)
{
	struct learned got = { 0 };

	for (uint64_t left = want; left != 0; left &= left - 1) {
		uint32_t slot = e->at[w * 64 + (uint32_t)__builtin_ctzll(left)];
		double x = chart_value(e->chart, slot, t->in, NULL);
		double y = t->than != NULL ? chart_value(e->chart, slot, t->than, NULL) : 0.0;
		uint64_t bit = left & -left;
		bool holds = t->than == NULL ? x < t->below || x > t->above :
			     t->over ? x > y : x < y;
		got.holds |= holds ? bit : 0;
		got.none |= ta_defined(x) ? 0 : bit;
	}
	return got;
}

/* What is not known yet of these symbols. */
static void learn(const struct engine *e, struct sieve_test *t, uint32_t w, uint64_t want)
{
	struct sieve_word *word = &t->word[w];
	struct learned got = t->fixed != NULL ? of_fixed(e, t, w, want) : of_any(e, t, w, want);

	word->known |= want;
	word->holds = (word->holds & ~want) | got.holds;
	word->none = (word->none & ~want) | got.none;
}

static void ask(const struct engine *e, struct sieve_test *t, uint32_t w, uint64_t left)
{
	struct sieve_word *word = &t->word[w];
	uint64_t want = left & ~word->known;

	if (want != 0)
		learn(e, t, w, want);
	uint64_t failed = left & ~word->holds, none = failed & word->none;
	word->asked = left;
	word->left = left & ~failed;
	word->failed_none = (uint8_t)(none != 0 ? bits(none) : 0);
	word->failed = (uint8_t)(bits(failed) - word->failed_none);
}

/* As decide() would say it. Neighbours among the variants ask the same of the same. */
static inline uint64_t test(struct engine *e, struct sieve *s, uint32_t w, uint64_t left)
{
	for (uint32_t k = 0; k < e->quick_n && left != 0; k++) {
		struct sieve_test *t = &s->test[e->test[k]];
		const struct sieve_word *word = &t->word[w];
		if (word->asked != left)
			ask(e, t, w, left);
		e->s.funnel[e->failed[k]] += word->failed;
		e->s.funnel[e->none[k]] += word->failed_none;
		left = word->left;
	}
	return left;
}

/* Those of open trades are not asked. */
static inline void others(const struct engine *e, uint64_t left[static WORDS])
{
	memcpy(left, e->sieve->bar, sizeof e->sieve->bar);
	for (uint32_t k = 0; k < e->active_n; k++)
		if (e->active[k] < e->c.symbols_n)
			left[e->active[k] / 64] &= ~((uint64_t)1 << e->active[k] % 64);
	assert(e->active_n <= ENGINE_TRADES);
}

static uint64_t warm(const struct engine *e, uint32_t w, uint64_t left)
{
	uint64_t out = 0;

	for (; left != 0; left &= left - 1) {
		uint32_t i = w * 64 + (uint32_t)__builtin_ctzll(left);
		if (warm_now(e, i))
			out |= left & -left;
	}
	return out;
}

bool sieve_ask(struct engine *e, ns end, uint64_t left[static WORDS])
{
	struct sieve *s = e->sieve;
	uint64_t any = 0;

	if (s->end != end)
		begin(e, s, end);
	others(e, left);
	for (uint32_t w = 0; w < s->words; w++) {
		if (s->bar[w] == 0)
			continue;
		e->s.bars += s->bars[w];
		if (s->least < e->warmup || e->holes) {
			uint64_t may = warm(e, w, left[w]);
			e->s.funnel[e->own_reasons + F_WARMUP] += bits(left[w] & ~may);
			left[w] = may;
		}
		left[w] = test(e, s, w, left[w]);
		any |= left[w];
	}
	return any != 0;
}

void sieve_closed(struct engine *e, ns end, enum funnel why)
{
	struct sieve *s = e->sieve;
	uint64_t left[WORDS];

	if (s->end != end)
		begin(e, s, end);
	others(e, left);
	for (uint32_t w = 0; w < s->words; w++) {
		e->s.bars += s->bars[w];
		e->s.funnel[e->own_reasons + why] += bits(left[w]);
	}
	assert(why == F_WINDOW || why == F_GAP);
}
