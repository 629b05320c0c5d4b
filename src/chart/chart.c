/* chart.c: the memory of a chart, its slots, and its copy. */
#include "chart/inside.h"

/* A line of the cache in doubles; and how many lines apart two places are that a first-level
 * cache keeps in the same few lines. What is read together must not be a multiple of that
 * apart: the newest rows of columns, of slots. */
#define LINE  8
#define ALIKE 64

/* An odd number of lines: what lies so far apart is in all lines of a cache alike. */
static uint32_t lines_for(uint32_t doubles)
{
	return (doubles + LINE - 1) / LINE | 1;
}

/* Rows in all: those that stay, and room for those that wait; an odd number of lines. */
static uint32_t rows_for(uint32_t frame, uint32_t depth, uint32_t settled)
{
	uint32_t wait = settled + settled / 4 + 16;

	if (frame == 0 && wait < CHART_WAIT_MIN)
		wait = CHART_WAIT_MIN;
	uint32_t rows = depth + (wait > depth / 2 ? wait : depth / 2);
	return lines_for(rows) * LINE;
}

/* Doubles from one slot's region to the next one's: an odd number of lines, and far enough from
 * any that are alike. */
static uint32_t stride_for(uint32_t doubles)
{
	uint32_t lines = lines_for(doubles);

	while (lines % ALIKE < COLUMNS + 2 || lines % ALIKE > ALIKE - COLUMNS - 2)
		lines += 2;
	return lines * LINE;
}

static uint32_t nodes_in(const struct plan *p, uint32_t frame)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->nodes; i++)
		n += p->node[i].frame == frame;
	return n;
}

/* Values that are made of a row ahead at most, so that a search with very many has memory for
 * them: nodes behind those are stepped as ever. */
#define EARLY_MAX 256

/* It may be stepped for a block of bars at one go. */
static bool is_early(const struct plan *p, uint32_t i)
{
	const struct plan_node *n = &p->node[i];

	if (n->kind != PLAN_STEP || n->frame != 0 || n->keep > 1)
		return false;
	return n->family->reads == TA_BARS || n->x.node == PLAN_COLUMN || is_early(p, n->x.node);
}

static uint32_t early_values(const struct plan *p)
{
	uint32_t values = 0;

	for (uint32_t i = 0; i < p->nodes; i++)
		values += is_early(p, i) ? p->node[i].family->outputs : 0;
	return values < EARLY_MAX ? values : EARLY_MAX;
}

/* The region of one slot: columns, marks. The block: doubles, stamps. */
static struct frame frame_of(const struct chart_config *c, uint32_t i)
{
	const struct plan *p = c->plan;
	const struct plan_frame *f = &p->frame[i];
	struct frame got = {
		.length = (ns)f->seconds * NS_SECOND, .clock = f->clock,
		.day = f->seconds == PLAN_DAY, .depth = f->depth,
	};

	if (i == 0 && got.depth < CHART_BARS_MIN)
		got.depth = CHART_BARS_MIN;
	got.cap = rows_for(i, got.depth, f->settled);
	got.marks = COLUMNS * got.cap;
	got.stride = stride_for(got.marks +
				got.cap * (uint32_t)(sizeof(struct mark) / sizeof(double)));
	got.stamps = f->doubles + (c->ahead && i == 0 ? early_values(p) : 0);
	got.blocks = lines_for(got.stamps + (nodes_in(p, i) + 1) / 2) * LINE;
	assert(f->seconds >= 60 && f->depth > 0);
	return got;
}

static bool has(const struct chart_config *c, sym s)
{
	for (uint32_t i = 0; i < c->symbols; i++)
		if (c->symbol[i] == s)
			return true;
	return false;
}

static uint32_t slots_for(const struct chart_config *c)
{
	uint32_t n = c->symbols + c->spare;

	n += c->bench != SYM_NONE && !has(c, c->bench);
	assert(n > 0 && n <= SYMBOLS_MAX);
	return n;
}

static uint32_t parts_for(const struct plan *p)
{
	return (uint32_t)p->frame[0].seconds / 60;
}

/* Pieces of the flat memory, one after the other. */
struct pieces {
	size_t slot, more, part, ready, ahead, block[PLAN_FRAMES], region[PLAN_FRAMES], size;
};

static size_t piece(struct pieces *at, size_t size)
{
	size_t begin = at->size;

	at->size = (begin + size + 63) & ~(size_t)63;	/* lines of the cache */
	return begin;
}

static struct pieces pieces_of(const struct chart_config *c)
{
	const struct plan *p = c->plan;
	size_t slots = slots_for(c);
	struct pieces at = { 0 };

	assert(p->sealed && p->frames > 0 && p->frames <= PLAN_FRAMES);
	piece(&at, sizeof(struct moving));
	at.slot = piece(&at, slots * sizeof(struct chart_slot));
	at.more = piece(&at, slots * (p->frames - 1) * sizeof(struct chart_rows));
	at.part = piece(&at, slots * parts_for(p) * sizeof(struct part));
	at.ready = piece(&at, slots * sizeof(uint16_t));
	if (c->ahead)
		at.ahead = piece(&at, slots * CHART_AHEAD * early_values(p) * sizeof(double));
	for (uint32_t f = 0; f < p->frames; f++)
		at.block[f] = piece(&at, slots * frame_of(c, f).blocks * sizeof(double));
	for (uint32_t f = 0; f < p->frames; f++)
		at.region[f] = piece(&at, slots * frame_of(c, f).stride * sizeof(double));
	return at;
}

size_t chart_size(const struct chart_config *c)
{
	const struct plan *p = c->plan;

	/* Each allocation of the arena may cost 16 bytes more, and the flat piece begins a line. */
	return sizeof(struct chart) + p->nodes * (sizeof(struct node) + 2 * sizeof(uint16_t)) +
		pieces_of(c).size + 64 + 5 * 16;
}

static void node_of(struct node *n, const struct plan_node *p, const struct frame *f,
		    uint32_t stamp, uint32_t early)
{
	*n = (struct node){
		.arg = p->arg, .state = early + p->state, .value = early + p->value,
		.keep = p->keep, .lag = p->lag, .code = p->code,
		.stamp = f->stamps * 2 + stamp, .x = p->x.node, .series = p->x.out * f->cap,
		.x_out = p->x.out, .kind = p->kind, .frame = p->frame, .outputs = 1,
		.wants = (uint8_t)((p->own ? CHART_OWN : 0) | (p->bench ? CHART_BENCH : 0)),
	};
	if (p->family == NULL)
		return;
	n->step = p->kind == PLAN_STEP ? p->family->step : NULL;
	n->of = p->family->of;
	n->bars = p->family->reads == TA_BARS;
	n->plain = n->step != NULL && p->frame == 0 && p->keep == 1 && p->x.node == PLAN_COLUMN;
	n->outputs = (uint8_t)p->family->outputs;
	if (p->kind == PLAN_WINDOW)
		n->window = p->family->window(p->arg);
	assert(n->outputs <= TA_OUTPUTS);
}

static void mix(uint64_t *print, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		*print = (*print ^ (v >> 8 * i & 0xff)) * 0x100000001b3;
}

/* Of everything that says what the flat memory means. */
static uint64_t print_of(const struct chart_config *c)
{
	const struct plan *p = c->plan;
	uint64_t print = 0xcbf29ce484222325;

	mix(&print, pieces_of(c).size);
	mix(&print, (uint64_t)c->extended | (uint64_t)c->raw << 1 | (uint64_t)c->ahead << 2 |
		    (uint64_t)c->bench << 8);
	for (uint32_t i = 0; i < c->symbols; i++)
		mix(&print, c->symbol[i]);
	for (uint32_t f = 0; f < p->frames; f++)
		mix(&print, (uint64_t)p->frame[f].seconds << 1 | p->frame[f].clock);
	for (uint32_t i = 0; i < p->nodes; i++) {
		const struct plan_node *n = &p->node[i];
		mix(&print, (uint64_t)n->kind << 56 | (uint64_t)n->frame << 48 |
			    (uint64_t)n->lag << 32 | n->keep);
		mix(&print, (uint64_t)n->value << 32 | n->state);
		for (int k = 0; n->family != NULL && k < TA_ARGS; k++) {
			uint64_t bits;
			memcpy(&bits, &n->arg[k], sizeof bits);
			mix(&print, bits);
		}
	}
	return print;
}

/* No value anywhere yet; states as their families begin them. */
static void begin_slot(struct chart *c, uint32_t slot, sym s)
{
	c->head.slot[slot] = (struct chart_slot){ .sym = s, .next = NEVER };
	for (uint32_t i = 0; i < c->nodes; i++) {
		const struct node *n = &c->node[i];
		double *b = block(c, slot, n->frame);
		uint32_t values = n->keep == 1 ? n->outputs : 2 * n->keep * n->outputs;
		for (uint32_t k = 0; k < values; k++)
			b[n->value + k] = TA_NONE;
		if (n->kind == PLAN_STEP)
			c->plan->node[i].family->init(b + n->state, n->arg);
	}
	for (uint32_t i = 0; i < CHART_AHEAD * c->ahead_values; i++)
		c->ahead[(size_t)slot * CHART_AHEAD * c->ahead_values + i] = TA_NONE;
	c->m->slot_of[s] = (uint16_t)(slot + 1);
}

/* The early ones are in front, in their order, and so are the others behind them. */
static void divide(struct chart *c)
{
	uint32_t late = 0;

	for (uint32_t i = 0; i < c->eager; i++) {
		struct node *n = &c->node[c->run[i]];
		if (!is_early(c->plan, c->run[i]))
			continue;
		if (c->ahead_values + n->outputs > EARLY_MAX)
			break;
		n->early = true;
		c->early_bars |= n->bars;
		n->value = c->ahead_values;
		c->ahead_values += n->outputs;
		c->divided[c->early++] = c->run[i];
	}
	for (uint32_t i = 0; i < c->eager; i++)
		if (!c->node[c->run[i]].early)
			c->divided[c->early + late++] = c->run[i];
	assert(c->early + late == c->eager);
}

/* Of a benchmark where there is none: never a value. */
static bool is_none(const struct plan *p, const struct plan_node *n, bool bench)
{
	const struct plan_code *code = p->code + n->code;

	return !bench && n->kind == PLAN_DERIVED && code->op == OP_BENCH &&
		p->code[code->a].op == OP_END;
}

static void prepare_nodes(struct chart *c, struct arena *a, bool bench)
{
	uint32_t stamps[PLAN_FRAMES] = { 0 };
	uint32_t early = c->ahead != NULL ? early_values(c->plan) : 0;

	c->nodes = c->plan->nodes;
	c->node = ARENA_NEW(a, struct node, c->nodes);
	c->run = ARENA_NEW(a, uint16_t, c->nodes);
	c->divided = ARENA_NEW(a, uint16_t, c->nodes);
	for (uint32_t i = 0; i < c->nodes; i++) {
		const struct plan_node *p = &c->plan->node[i];
		assert(p->frame < c->frames && p->keep > 0);
		node_of(&c->node[i], p, &c->frame[p->frame], stamps[p->frame]++,
			p->frame == 0 ? early : 0);
		if (p->kind != PLAN_WINDOW && !is_none(c->plan, p, bench))
			c->run[c->eager++] = (uint16_t)i;
	}
	if (c->ahead != NULL)
		divide(c);
}

struct chart *chart_new(struct arena *a, const struct chart_config *config)
{
	struct chart *c = ARENA_NEW(a, struct chart, 1);
	struct pieces at = pieces_of(config);

	c->plan = config->plan;
	c->calendar = config->calendar;
	c->extended = config->extended;
	c->raw = config->raw;
	c->bench_slot = CHART_NONE;
	c->slots_max = slots_for(config);
	c->frames = c->plan->frames;
	c->parts_max = parts_for(c->plan);
	c->print = print_of(config);
	char *memory = arena_alloc(a, at.size + 64);
	c->flat = memory + (64 - (uintptr_t)memory % 64) % 64;
	c->flat_size = at.size;
	c->m = (struct moving *)(void *)c->flat;
	c->head.slot = (struct chart_slot *)(void *)(c->flat + at.slot);
	c->more = (struct chart_rows *)(void *)(c->flat + at.more);
	c->part = (struct part *)(void *)(c->flat + at.part);
	c->ready = (uint16_t *)(void *)(c->flat + at.ready);
	if (config->ahead)
		c->ahead = (double *)(void *)(c->flat + at.ahead);
	for (uint32_t f = 0; f < c->frames; f++) {
		c->frame[f] = frame_of(config, f);
		c->frame[f].base = (double *)(void *)(c->flat + at.region[f]);
		c->frame[f].block = (double *)(void *)(c->flat + at.block[f]);
	}
	c->head.depth = c->frame[0].depth;
	prepare_nodes(c, a, config->bench != SYM_NONE);
	c->m->pending = c->m->due = NEVER;
	for (uint32_t i = 0; i < config->symbols; i++)
		chart_add(c, config->symbol[i]);
	if (config->bench != SYM_NONE) {
		c->bench_slot = chart_add(c, config->bench);
		c->head.slot[c->bench_slot].wants |= CHART_BENCH;
	}
	return c;
}

void chart_clear(struct chart *c)
{
	struct moving *m = c->m;

	assert(c->ahead == NULL);
	for (uint32_t i = 0; i < m->slots; i++) {
		uint8_t wants = c->head.slot[i].wants;
		for (uint32_t f = 0; f < c->frames; f++) {
			memset(block(c, i, f), 0, c->frame[f].blocks * sizeof(double));
			*rows_of(c, i, f) = (struct chart_rows){ 0 };
		}
		begin_slot(c, i, c->head.slot[i].sym);
		c->head.slot[i].wants = wants;
	}
	m->waiting = m->ready = m->ready_at = 0;
	m->pending = m->due = NEVER;
}

uint32_t chart_add(struct chart *c, sym s)
{
	uint32_t at = chart_find(c, s);

	if (at == CHART_NONE) {
		if (s >= SYMBOLS_MAX || c->m->slots == c->slots_max)
			return CHART_NONE;
		at = c->m->slots++;
		begin_slot(c, at, s);
		c->head.slot[at].wants = CHART_OWN;
	}
	return at;
}

uint32_t chart_find(const struct chart *c, sym s)
{
	return s < SYMBOLS_MAX ? c->m->slot_of[s] - 1U : CHART_NONE;
}

/* What is copied begins with the print: a copy is good for the same plan only. */
size_t chart_save(const struct chart *c, void *out, size_t room)
{
	size_t need = c->flat_size + sizeof c->print;

	if (room < need)
		return need;
	memcpy(out, &c->print, sizeof c->print);
	memcpy((char *)out + sizeof c->print, c->flat, c->flat_size);
	return need;
}

bool chart_load(struct chart *c, const void *from, size_t n)
{
	if (n != c->flat_size + sizeof c->print || memcmp(from, &c->print, sizeof c->print) != 0)
		return false;
	memcpy(c->flat, (const char *)from + sizeof c->print, c->flat_size);
	return true;
}
