/* chart_rig.c: the rig of chart_rig.h. */
#include "test/unit/chart_rig.h"

#include <string.h>

void rig_begin(struct rig *r, int32_t seconds)
{
	memset(r, 0, sizeof *r);
	r->plan.node = r->node;
	r->plan.code = r->code;
	r->plan.number = r->number;
	r->plan.frames = 1;
	r->plan.frame[0] = (struct plan_frame){ .seconds = seconds, .depth = 2 };
}

uint32_t rig_frame(struct rig *r, int32_t seconds, bool clock)
{
	uint32_t at = r->plan.frames++;

	r->plan.frame[at] = (struct plan_frame){ .seconds = seconds, .clock = clock, .depth = 60 };
	return at;
}

uint16_t rig_node(struct rig *r, uint32_t frame, const char *family, double a, double b, double c,
		  struct plan_series x)
{
	const struct ta_fn *fn = ta_fn_find(str_of(family));
	uint32_t at = r->plan.nodes++;
	struct plan_node *n = &r->node[at];
	struct plan_frame *f = &r->plan.frame[frame];

	assert(fn != NULL && at < RIG_NODES);
	*n = (struct plan_node){ .family = fn->family, .frame = (uint8_t)frame, .own = true,
		.bench = true, .x = x, .keep = 1, .arg = { a, b, c } };
	n->kind = fn->family->shape == TA_STEP ? PLAN_STEP : PLAN_WINDOW;
	if (n->kind == PLAN_STEP || x.node != PLAN_COLUMN)
		return (uint16_t)at;
	if (f->depth < fn->family->window(n->arg))
		f->depth = fn->family->window(n->arg);
	return (uint16_t)at;
}

uint16_t rig_derived(struct rig *r, uint32_t frame, uint32_t code)
{
	uint32_t at = r->plan.nodes++;

	assert(at < RIG_NODES);
	r->node[at] = (struct plan_node){ .kind = PLAN_DERIVED, .frame = (uint8_t)frame,
		.own = true, .bench = true, .keep = 1, .code = code };
	return (uint16_t)at;
}

uint32_t rig_code(struct rig *r, uint8_t op, uint32_t a, uint16_t b, uint8_t c)
{
	assert(r->plan.codes < RIG_CODES);
	r->code[r->plan.codes] = (struct plan_code){ .op = op, .c = c, .b = b, .a = a };
	return r->plan.codes++;
}

struct plan_ref rig_ref(uint32_t code)
{
	return (struct plan_ref){ .code = code };
}

struct plan_ref rig_out(struct rig *r, uint16_t node, uint8_t out, uint16_t ago)
{
	struct plan_ref ref = rig_ref(rig_code(r, OP_NODE, node, ago, out));

	rig_code(r, OP_END, 0, 0, 0);
	return ref;
}

struct plan_series rig_column(uint8_t column)
{
	return (struct plan_series){ PLAN_COLUMN, column };
}

struct plan_series rig_output(uint16_t node, uint8_t out)
{
	return (struct plan_series){ node, out };
}

static uint32_t outputs_of(const struct plan_node *n)
{
	return n->kind == PLAN_DERIVED ? 1 : n->family->outputs;
}

static void rig_config(struct rig *r, const struct plan *p, uint32_t symbols, bool bench)
{
	static const sym names[8] = { 0, 1, 2, 3, 4, 5, 6, 7 };

	assert(symbols <= COUNT(names));
	r->config = (struct chart_config){ .plan = p, .symbols = symbols, .symbol = names,
		.bench = bench ? RIG_BENCH : SYM_NONE };
	rig_again(r);
}

void rig_ready(struct rig *r, uint32_t symbols, bool bench)
{
	for (uint32_t i = 0; i < r->plan.nodes; i++) {
		struct plan_node *n = &r->node[i];
		struct plan_frame *f = &r->plan.frame[n->frame];
		n->value = f->doubles;
		f->doubles += outputs_of(n) * (n->keep == 1 ? 1 : 2 * n->keep);
		n->state = f->doubles;
		if (n->kind == PLAN_STEP)
			f->doubles += n->family->size(n->arg) / 8;
	}
	r->plan.sealed = true;
	rig_config(r, &r->plan, symbols, bench);
}

void rig_again(struct rig *r)
{
	if (r->arena.memory != NULL)
		arena_close(&r->arena);
	CHECK_INT(arena_open(&r->arena, chart_size(&r->config)), OK, "memory");
	r->chart = chart_new(&r->arena, &r->config);
}

void rig_texts(struct rig *r, int32_t seconds, const char *const *text, uint32_t texts,
	       uint32_t symbols, bool bench)
{
	const struct rule_scope scope = { 0 };
	struct rule_error why;

	rig_begin(r, seconds);
	assert(texts <= RIG_TEXTS);
	CHECK_INT(arena_open(&r->plans, plan_size(400)), OK, "memory");
	struct plan *p = plan_new(&r->plans, 400, seconds);
	for (uint32_t i = 0; i < texts; i++)
		CHECK(rule_compile(p, str_of(text[i]), &scope, RULE_ANY, &r->ref[i], &why),
		      "%s compiles, not: %s", text[i], why.text);
	plan_seal(p);
	r->texts = texts;
	rig_config(r, p, symbols, bench);
}

void rig_end(struct rig *r)
{
	if (r->plans.memory != NULL)
		arena_close(&r->plans);
	arena_close(&r->arena);
}

ns rig_time(int d, int minute)
{
	return ny_time(RIG_DAY + d, 9, 30) + minute * NS_MINUTE;
}

static px cents(double v)
{
	return (px){ (int64_t)(v * 100 + 0.5) * (NUM_ONE / 100) };
}

bool rig_minute(struct bar *b, sym s, ns open_ts, uint64_t seed)
{
	struct rng rng;
	double level = 100 + 20 * s + 5 * sin((double)(open_ts / NS_MINUTE) / 97.0);

	rng_seed_for(&rng, seed + s, STR("minute"), open_ts / NS_MINUTE);
	if (rng_below(&rng, 8) == 0)
		return false;
	*b = (struct bar){ .open_ts = open_ts, .ts = open_ts + NS_MINUTE, .sym = s,
		.volume = (double)(100 + rng_below(&rng, 900)),
		.trades = 1 + (uint32_t)rng_below(&rng, 50) };
	b->open = cents(level + rng_normal(&rng) * 0.2);
	b->close = cents(level + rng_normal(&rng) * 0.2);
	b->high = b->open.n > b->close.n ? b->open : b->close;
	b->low = b->open.n < b->close.n ? b->open : b->close;
	b->high.n += (int64_t)rng_below(&rng, 20) * (NUM_ONE / 100);
	b->low.n -= (int64_t)rng_below(&rng, 20) * (NUM_ONE / 100);
	return true;
}

struct bar rig_flat(sym s, ns open_ts, ns ts, double price, uint16_t flags)
{
	px p = cents(price);

	return (struct bar){ .open_ts = open_ts, .ts = ts, .open = p, .high = p, .low = p,
		.close = p, .volume = 100, .trades = 3, .sym = s, .flags = flags };
}

struct bar rig_join(const struct bar *b, size_t n, ns begin, ns end)
{
	struct bar all = b[0];

	all.open_ts = begin;
	all.ts = end;
	all.close = b[n - 1].close;
	for (size_t i = 1; i < n; i++) {
		all.high = b[i].high.n > all.high.n ? b[i].high : all.high;
		all.low = b[i].low.n < all.low.n ? b[i].low : all.low;
		all.volume += b[i].volume;
		all.trades += b[i].trades;
	}
	return all;
}

size_t rig_market(struct bar *out, int from_day, int days, uint32_t symbols, bool bench,
		  uint64_t seed)
{
	size_t n = 0;
	struct session s;

	for (int d = from_day; d < from_day + days; d++) {
		if (!calendar_session(NULL, RIG_DAY + d, &s))
			continue;
		for (ns t = s.open; t < s.close; t += NS_MINUTE)
			for (uint32_t i = 0; i < symbols + bench; i++) {
				sym name = i == symbols ? RIG_BENCH : (sym)i;
				assert(n < RIG_MINUTES);
				n += rig_minute(&out[n], name, t, seed);
			}
	}
	return n;
}

size_t rig_longer(struct bar *out, const struct bar *b, size_t n, sym s, int minutes)
{
	static struct bar own[RIG_MINUTES];
	size_t owns = 0, made = 0;

	for (size_t i = 0; i < n; i++)
		if (b[i].sym == s)
			own[owns++] = b[i];
	for (size_t i = 0, k; i < owns; i = k) {
		struct session x;
		CHECK(calendar_session(NULL, ny_date(own[i].open_ts), &x), "a session");
		ns length = minutes * NS_MINUTE;
		ns begin = x.open + (own[i].open_ts - x.open) / length * length;
		ns end = begin + length < x.close ? begin + length : x.close;
		for (k = i; k < owns && own[k].ts <= end; k++)
			;
		out[made++] = rig_join(own + i, k - i, begin, end);
	}
	return made;
}

void rig_history(struct rig *r, const struct bar *b)
{
	struct bar old = *b;

	old.flags |= BAR_WARMUP;
	enum chart_took took = chart_take(r->chart, &old, 0);
	CHECK(took == CHART_CLOSED || took == CHART_TOOK, "history is taken, not %d", (int)took);
}

double rig_value(struct rig *r, uint32_t slot, uint32_t text)
{
	return chart_value(r->chart, slot, &r->ref[text], NULL);
}

bool rig_equal(struct rig *a, struct rig *b)
{
	uint32_t slots = a->config.symbols + (a->config.bench != SYM_NONE);

	for (uint32_t s = 0; s < slots; s++)
		for (uint32_t i = 0; i < a->texts; i++) {
			double x = rig_value(a, s, i), y = rig_value(b, s, i);
			if (!CHECK(rig_same(x, y), "text %u of slot %u: %.17g and %.17g", i, s, x,
				   y))
				return false;
		}
	return true;
}

uint32_t rig_walk(struct rig *r)
{
	uint32_t n = 0, slot;

	while (chart_next(r->chart, &slot))
		n++;
	return n;
}

void rig_feed(struct rig *r, const struct bar *b)
{
	ns decided = 0;

	while (chart_pending(r->chart) <= b->open_ts) {
		decided = chart_close(r->chart);
		rig_walk(r);
	}
	enum chart_took took = chart_take(r->chart, b, decided);
	CHECK(took == CHART_TOOK || took == CHART_CLOSED, "a bar of the market is taken, not %d",
	      (int)took);
}

bool rig_same(double a, double b)
{
	return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}
