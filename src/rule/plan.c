/* plan.c: nodes that are equal are one; what was compiled is laid out. */
#include "base/text.h"
#include "rule/inner.h"

#define NODES_MAX 60000		/* indices are of 16 bits, and PLAN_COLUMN is one of them */

/* An expression has few numbers and codes beside its nodes; rules that have none still fit. */
enum { CODES_EACH = 16, NUMBERS_EACH = 4, CODES_MORE = 4096, NUMBERS_MORE = 1024 };

/* Twice the nodes, a power of two: probes stay short. */
static uint32_t buckets(uint32_t nodes)
{
	uint32_t n = 16;

	while (n < 2 * nodes)
		n *= 2;
	return n;
}

static size_t aligned(size_t n)
{
	return (n + 15) / 16 * 16;	/* as the arena */
}

size_t plan_size(uint32_t nodes)
{
	assert(nodes <= NODES_MAX);
	return aligned(sizeof(struct plan)) + aligned(nodes * sizeof(struct plan_node)) +
	       aligned((nodes * CODES_EACH + CODES_MORE) * sizeof(struct plan_code)) +
	       aligned((nodes * NUMBERS_EACH + NUMBERS_MORE) * sizeof(double)) +
	       aligned(buckets(nodes) * sizeof(uint16_t));
}

struct plan *plan_new(struct arena *a, uint32_t nodes, int timeframe_s)
{
	struct plan *p = ARENA_NEW(a, struct plan, 1);

	assert(nodes <= NODES_MAX);
	assert(timeframe_s >= 60 && timeframe_s <= 3600 && timeframe_s % 60 == 0);
	p->nodes_max = nodes;
	p->codes_max = nodes * CODES_EACH + CODES_MORE;
	p->numbers_max = nodes * NUMBERS_EACH + NUMBERS_MORE;
	p->buckets = buckets(nodes);
	p->node = ARENA_NEW(a, struct plan_node, nodes);
	p->code = ARENA_NEW(a, struct plan_code, p->codes_max);
	p->number = ARENA_NEW(a, double, p->numbers_max);
	p->bucket = ARENA_NEW(a, uint16_t, p->buckets);
	p->frames = 1;
	p->frame[0] = (struct plan_frame){ .seconds = timeframe_s, .depth = 2 };
	return p;
}

/* ---- equal nodes */

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static uint64_t bits(double v)
{
	uint64_t u;

	memcpy(&u, &v, sizeof u);
	return u;
}

/* code: of a DERIVED node, with places counted from `base`. */
static uint64_t hash(const struct plan *p, const struct plan_node *n, const struct plan_code *code,
		     uint32_t base)
{
	uint64_t h = mix(n->kind, n->frame);

	if (n->kind == PLAN_DERIVED) {
		for (uint32_t i = 0; i < n->code_n; i++) {
			uint64_t a = code[i].a;
			if (code[i].op == OP_NUMBER)
				a = bits(p->number[a]);
			else if (plan_jumps(code[i].op))
				a -= base;
			h = mix(mix(h, code[i].op + 256u * code[i].c + 65536u * code[i].b), a);
		}
		return h;
	}
	for (const char *c = n->family->name; *c != '\0'; c++)
		h = mix(h, (unsigned char)*c);
	for (uint32_t i = 0; i < TA_ARGS; i++)
		h = mix(h, bits(n->arg[i]));
	return mix(h, n->x.node + 65536u * n->x.out + ((uint64_t)n->lag << 32));
}

static bool same_code(const struct plan *p, const struct plan_node *old,
		      const struct plan_code *code)
{
	const struct plan_code *was = p->code + old->code;

	for (uint32_t i = 0; i < old->code_n; i++) {
		uint64_t a = was[i].a, b = code[i].a;
		if (was[i].op != code[i].op || was[i].c != code[i].c || was[i].b != code[i].b)
			return false;
		if (was[i].op == OP_NUMBER) {
			a = bits(p->number[a]);
			b = bits(p->number[b]);
		} else if (plan_jumps(was[i].op)) {
			a -= old->code;
		}
		if (a != b)
			return false;
	}
	return true;
}

static bool same(const struct plan *p, const struct plan_node *old, const struct plan_node *n,
		 const struct plan_code *code)
{
	if (old->kind != n->kind || old->frame != n->frame)
		return false;
	if (n->kind == PLAN_DERIVED)
		return old->code_n == n->code_n && same_code(p, old, code);
	for (uint32_t i = 0; i < TA_ARGS; i++)
		if (bits(old->arg[i]) != bits(n->arg[i]))
			return false;
	return old->family == n->family && old->x.node == n->x.node && old->x.out == n->x.out &&
	       old->lag == n->lag;
}

/* A bucket holds the index of a node and one: 0 is empty. */
uint32_t plan_intern(struct plan *p, const struct plan_node *n, const struct plan_code *code)
{
	uint32_t at = (uint32_t)hash(p, n, code, 0) & (p->buckets - 1), begin = 0;

	assert(!p->sealed);
	for (; p->bucket[at] != 0; at = (at + 1) & (p->buckets - 1))
		if (same(p, &p->node[p->bucket[at] - 1u], n, code))
			return p->bucket[at] - 1u;
	if (p->nodes == p->nodes_max)
		return UINT32_MAX;
	if (n->kind == PLAN_DERIVED && (begin = plan_codes(p, code, n->code_n)) == UINT32_MAX)
		return UINT32_MAX;
	struct plan_node *new = &p->node[p->nodes];
	*new = *n;
	new->code = begin;
	p->bucket[at] = (uint16_t)++p->nodes;
	return p->nodes - 1;
}

uint32_t plan_number(struct plan *p, double value)
{
	enum { LOOK_BACK = 256 };	/* numbers that repeat are near each other */
	uint32_t from = p->numbers > LOOK_BACK ? p->numbers - LOOK_BACK : 0;

	for (uint32_t i = p->numbers; i > from; i--)
		if (bits(p->number[i - 1]) == bits(value))
			return i - 1;
	if (p->numbers == p->numbers_max)
		return UINT32_MAX;
	p->number[p->numbers] = value;
	return p->numbers++;
}

uint32_t plan_codes(struct plan *p, const struct plan_code *code, uint32_t n)
{
	uint32_t at = p->codes;

	assert(!p->sealed);
	if (n > p->codes_max - p->codes)
		return UINT32_MAX;
	for (uint32_t i = 0; i < n; i++) {
		p->code[at + i] = code[i];
		if (plan_jumps(code[i].op))
			p->code[at + i].a += at;
	}
	p->codes += n;
	return at;
}

void plan_rewind(struct plan *p, uint32_t nodes, uint32_t codes, uint32_t numbers,
		 uint32_t frames)
{
	p->nodes = nodes;
	p->codes = codes;
	p->numbers = numbers;
	p->frames = frames;
	memset(p->bucket, 0, p->buckets * sizeof *p->bucket);
	for (uint32_t i = 0; i < nodes; i++) {
		const struct plan_node *n = &p->node[i];
		uint32_t at = (uint32_t)hash(p, n, p->code + n->code, n->code) & (p->buckets - 1);
		while (p->bucket[at] != 0)
			at = (at + 1) & (p->buckets - 1);
		p->bucket[at] = (uint16_t)(i + 1);
	}
}

bool rule_compile(struct plan *p, struct str text, const struct rule_scope *scope,
		  enum rule_want want, struct plan_ref *out, struct rule_error *why)
{
	uint32_t nodes = p->nodes, codes = p->codes, numbers = p->numbers, frames = p->frames;
	struct parser parser;

	parser.text = text;
	parser.scope = scope;
	parser.why = why;
	parser.seconds = p->frame[0].seconds;
	parser.part[0] = (struct part){ 0 };
	*why = (struct rule_error){ 0 };
	uint16_t top = rule_parse(&parser, want);
	if (top == 0 || !rule_lower(p, &parser, top, out)) {
		if (top != 0)
			plan_rewind(p, nodes, codes, numbers, frames);
		assert(why->text[0] != '\0' && why->at <= text.n);
		return false;
	}
	return true;
}

/* ---- the layout */

void plan_seal(struct plan *p)
{
	char why[120];

	assert(!p->sealed);
	for (uint32_t i = 0; i < p->nodes; i++) {
		struct plan_node *n = &p->node[i];
		struct plan_frame *f = &p->frame[n->frame];
		uint32_t outputs = n->kind == PLAN_DERIVED ? 1 : n->family->outputs;
		if (n->kind == PLAN_STEP) {
			n->state = f->doubles;
			f->doubles += (n->family->size(n->arg) + 7) / 8;
		}
		n->value = f->doubles;
		f->doubles += outputs * (n->keep > 1 ? 2 * n->keep : 1);
	}
	p->sealed = true;
	assert(plan_verify(p, why, sizeof why));
}
