/* The rig of strategy_rig.h. */
#include "strategy_rig.h"

#define NODES 400

static void sets(struct rig *r, const char *text)
{
	char why[120];

	for (struct str left = str_of(text); left.n > 0; ) {
		struct str value = str_cut(&left, ' ');
		struct str key = str_cut(&value, '=');
		CHECK_INT(params_set(r->s, &r->p, key, value, why, sizeof why), OK,
			  "%s takes %.*s", r->s->name, (int)key.n, key.s);
	}
}

struct rig *rig_open(const char *name, const char *preset, const char *text, int timeframe_s)
{
	struct rig *r = calloc(1, sizeof *r);
	char why[160];

	assert(r != NULL);
	r->s = strategy_find(str_of(name));
	assert(r->s != NULL);
	params_default(r->s, &r->p);
	if (preset[0] != 0)
		CHECK_INT(params_preset(r->s, &r->p, str_of(preset)), OK, "%s has %s", name,
			  preset);
	sets(r, text);
	CHECK(r->s->check(&r->p, why, sizeof why), "%s %s %s is refused: %s", name, preset, text,
	      why);
	enum err e = arena_open(&r->arena, 64u << 20);
	assert(e == OK);
	struct plan *plan = plan_new(&r->arena, NODES, timeframe_s);
	struct rule_error wrong;
	CHECK(strategy_plan(r->s, &r->p, plan, r->in, &wrong), "%s: its inputs: %s", name,
	      wrong.text);
	plan_seal(plan);
	static const sym symbol[RIG_SYMBOLS] = { 0, 1, 2, 3 };
	struct chart_config c = { .plan = plan, .symbols = RIG_SYMBOLS, .symbol = symbol,
				  .bench = RIG_SYMBOLS - 1 };
	r->chart = chart_new(&r->arena, &c);
	for (uint32_t i = 0; i < RIG_SYMBOLS; i++)
		r->state[i] = arena_alloc(&r->arena, r->s->state_size + 8);
	r->shared = arena_alloc(&r->arena, r->s->shared_size + 8);
	r->warmup = r->s->warmup(&r->p);
	r->timeframe_s = timeframe_s;
	r->symbols = RIG_SYMBOLS;
	return r;
}

void rig_close(struct rig *r)
{
	arena_close(&r->arena);
	free(r);
}

static struct view view_of(struct rig *r, uint32_t slot)
{
	return (struct view){
		.now = chart_end(r->chart, slot), .timeframe_s = r->timeframe_s,
		.chart = r->chart, .slot = slot, .in = r->in, .bench = !r->no_bench,
		.may_long = !r->no_long, .may_short = !r->no_short,
		.trade = r->life[slot].open ? &r->life[slot].t : NULL,
	};
}

/* Of the bar that has just closed, for a trade that was decided on before it. */
static void broker(struct rig *r, uint32_t slot, const struct bar *b)
{
	struct rig_life *l = &r->life[slot];

	if (!l->open || b->ts <= l->t.signal_ts)
		return;
	if (l->t.opened == 0) {
		l->t.opened = b->open_ts + 1;
		l->t.state = TRADE_OPEN;
		if (l->d.hold > 0)
			l->t.hold_until = l->t.opened + l->d.hold;
	}
	bool buy = l->t.side == SIDE_BUY;
	double low = px_f64(b->low), high = px_f64(b->high);
	if ((l->t.hold_until > 0 && b->ts >= l->t.hold_until) ||
	    (buy ? low <= l->d.stop : high >= l->d.stop) ||
	    (buy ? high >= l->d.target : low <= l->d.target))
		l->open = false;
}

static void check_levels(const struct rig *r, const struct decision *d, double close)
{
	double up = d->side == SIDE_BUY ? 1 : -1;

	CHECK(isfinite(d->stop) && isfinite(d->target) && up * (close - d->stop) > 0 &&
	      up * (d->target - close) > 0,
	      "%s: stop %g and target %g are on their sides of %g", r->s->name, d->stop,
	      d->target, close);
	CHECK(d->hold >= 0 && d->trail >= 0 && d->part >= 0 && d->part <= 1,
	      "%s: a decision is whole", r->s->name);
}

static void ask(struct rig *r, uint32_t slot)
{
	struct view v = view_of(r, slot);
	struct decision d;
	double close = px_f64(chart_close_price(r->chart, slot));

	if (v.trade == NULL && chart_count(r->chart, slot) < r->warmup)
		return;
	memset(&d, 0xa5, sizeof d);	/* what nobody sets is seen */
	d.what = DECIDE_NONE;
	r->s->decide(r->state[slot], r->shared, &r->p, &v, &d);
	if (d.what == DECIDE_REJECT) {
		CHECK(d.failed < r->s->conditions_n, "%s names condition %u", r->s->name,
		      d.failed);
		r->rejected[d.failed]++;
		return;
	}
	if (d.what == DECIDE_NONE)
		return;
	assert(r->n < RIG_RECORDS);
	struct rig_life *l = &r->life[slot];
	if (d.what == DECIDE_EXIT) {
		l->open = false;
		d = (struct decision){ .what = DECIDE_EXIT };
	} else {
		check_levels(r, &d, close);
		*l = (struct rig_life){ .d = d, .open = !r->no_trades };
		l->t.side = (uint8_t)d.side;
		l->t.signal_ts = v.now;
		l->t.tag = d.tag;
		l->t.signal_price = chart_close_price(r->chart, slot);
	}
	r->record[r->n++] = (struct rig_record){ v.now, slot, d };
}

void rig_slice(struct rig *r, const struct bar *bars, uint32_t n)
{
	uint32_t slot, asked[RIG_SYMBOLS], count = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct bar b = bars[i];
		if (b.ts == 0 || (r->no_bench && b.sym == RIG_SYMBOLS - 1))
			continue;
		b.flags |= BAR_WARMUP;
		enum chart_took took = chart_take(r->chart, &b, 0);
		CHECK(took == CHART_CLOSED || took == CHART_OUTSIDE, "a whole bar is taken: %d",
		      (int)took);
	}
	while (chart_next(r->chart, &slot)) {
		struct view v = view_of(r, slot);
		struct bar b = chart_bar(r->chart, slot, 0);
		if (r->s->update != NULL)
			r->s->update(r->state[slot], r->shared, &r->p, &v);
		broker(r, slot, &b);
		asked[count++] = slot;
	}
	for (uint32_t i = 0; i < count; i++)
		ask(r, asked[i]);
}

size_t rig_save(const struct rig *r, void *out, size_t room)
{
	char *at = out;
	size_t n = chart_save(r->chart, NULL, 0), whole = n + sizeof r->life +
		r->s->shared_size + RIG_SYMBOLS * r->s->state_size;

	if (out == NULL || room < whole)
		return whole;
	size_t saved = chart_save(r->chart, at, room);
	assert(saved == n);
	at += n;
	memcpy(at, r->life, sizeof r->life);
	at += sizeof r->life;
	memcpy(at, r->shared, r->s->shared_size);
	at += r->s->shared_size;
	for (uint32_t i = 0; i < RIG_SYMBOLS; i++, at += r->s->state_size)
		memcpy(at, r->state[i], r->s->state_size);
	return whole;
}

void rig_load(struct rig *r, const void *from, size_t n)
{
	const char *at = from;
	size_t chart = chart_save(r->chart, NULL, 0);

	assert(n == rig_save(r, NULL, 0));
	bool loaded = chart_load(r->chart, at, chart);
	assert(loaded);
	at += chart;
	memcpy(r->life, at, sizeof r->life);
	at += sizeof r->life;
	memcpy(r->shared, at, r->s->shared_size);
	at += r->s->shared_size;
	for (uint32_t i = 0; i < RIG_SYMBOLS; i++, at += r->s->state_size)
		memcpy(r->state[i], at, r->s->state_size);
}

/* ---- the market */

#define CENT (NUM_ONE / 100)

static struct bar walk(struct rng *g, int64_t *price, double *volume, double *drift, unsigned what)
{
	struct bar b = { 0 };
	int64_t open = *price, high = open, low = open;

	/* Now and then the market wakes up: it moves, and trades more. */
	if (rng_below(g, 40) == 0) {
		*drift = (rng_f64(g) - 0.5) * 400;
		*volume = 3000 + (double)rng_below(g, 9000);
	}
	for (int i = 0; i < 4 && (what & RIG_FLAT) == 0; i++) {
		*price += ((int64_t)rng_below(g, 81) - 40 + (int64_t)*drift) * CENT;
		/* Back to 1000 dollars, so that a mirror image has like percentages. */
		*price += (1000 * NUM_ONE - *price) / 4000 / CENT * CENT;
		high = *price > high ? *price : high;
		low = *price < low ? *price : low;
	}
	*drift *= 0.6;
	*volume += (1000 - *volume) * 0.4;
	b.open = (px){ open };
	b.high = (px){ high };
	b.low = (px){ low };
	b.close = (px){ *price };
	b.volume = what & RIG_ZERO_VOLUME ? 0 : (double)(int64_t)(*volume * (0.5 + rng_f64(g)));
	return b;
}

/* Two for one in the middle of it, as in data that nobody adjusted. */
static void split(struct bar *b)
{
	px *p[] = { &b->open, &b->high, &b->low, &b->close };

	for (size_t i = 0; i < COUNT(p); i++)
		p[i]->n = p[i]->n / 2 / CENT * CENT;
}

struct rig_market *rig_market(uint64_t seed, int sessions, int timeframe_s, unsigned what)
{
	struct rig_market *m = calloc(1, sizeof *m);
	int64_t price[RIG_SYMBOLS];
	double volume[RIG_SYMBOLS], drift[RIG_SYMBOLS] = { 0 };
	struct rng g;
	struct session s;

	assert(m != NULL);
	m->timeframe_s = timeframe_s;
	m->bar = calloc((size_t)sessions * 390 * 60 / (size_t)timeframe_s * RIG_SYMBOLS,
			sizeof *m->bar);
	assert(m->bar != NULL);
	rng_seed(&g, seed);
	for (uint32_t k = 0; k < RIG_SYMBOLS; k++) {
		price[k] = 1000 * NUM_ONE;
		volume[k] = 1000;
	}
	s = calendar_next(NULL, ny_time(day_of(2023, 11, 20), 9, 0));
	for (int d = 0; d < sessions; d++, s = calendar_next(NULL, s.close)) {
		for (ns at = s.open; at < s.close; at += timeframe_s * NS_SECOND, m->n++) {
			for (uint32_t k = 0; k < RIG_SYMBOLS; k++) {
				struct bar b = walk(&g, &price[k], &volume[k], &drift[k], what);
				b.sym = (sym)k;
				b.open_ts = at;
				b.ts = at + timeframe_s * NS_SECOND;
				if ((what & RIG_SPLIT) != 0 && d * 2 >= sessions)
					split(&b);
				if ((what & RIG_GAPS) != 0 && rng_below(&g, 10) == 0)
					b.ts = 0;
				m->bar[m->n * RIG_SYMBOLS + k] = b;
			}
		}
	}
	return m;
}

void rig_market_free(struct rig_market *m)
{
	free(m->bar);
	free(m);
}

void rig_run(struct rig *r, const struct rig_market *m, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++)
		rig_slice(r, m->bar + (size_t)i * RIG_SYMBOLS, r->symbols);
}

static px px_of(double dollars)
{
	return (px){ llround(dollars * 1e4) * (NUM_ONE / 10000) };
}

struct bar rig_bar(int timeframe_s, uint32_t i, double open, double high, double low,
		   double close, double volume)
{
	uint32_t a_day = 23400u / (uint32_t)timeframe_s;
	struct session s = calendar_next(NULL, ny_time(day_of(2024, 3, 5), 9, 0));

	for (uint32_t d = 0; d < i / a_day; d++)
		s = calendar_next(NULL, s.close);
	ns at = s.open + (ns)(i % a_day) * timeframe_s * NS_SECOND;
	return (struct bar){
		.open_ts = at, .ts = at + timeframe_s * NS_SECOND,
		.open = px_of(open), .high = px_of(high), .low = px_of(low),
		.close = px_of(close), .volume = volume,
	};
}
