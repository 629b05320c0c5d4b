/* engine_shared.c: an instance with a chart of its own and one on a chart that is shared say the
 * same, action by action; with many symbols too, of which each is a place's worth. */
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/text.h"
#include "engine/inside.h"
#include "test/check.h"

#define MANY 128
#define BENCH MANY
#define SENT_MAX 256

static struct {
	struct arena plans, own_memory, shared_memory;
	struct engine_config c;
	struct engine *own, *shared;
	struct chart *chart;
	struct actions said, other;	/* of this step: the one's own, the one's on the shared */
	uint32_t submitted, entries, exits;
	struct order sent[SENT_MAX];
	uint8_t request[SENT_MAX];
	uint32_t sent_n;
	bool unheard;			/* nobody reads the other's notes, fills and states */
	ns now;
} twin;

static struct strategy slow;

static void configure(uint32_t n, const char *set)
{
	struct engine_config *c = &twin.c;
	char why[128];

	memset(&twin, 0, sizeof twin);
	*c = (struct engine_config){
		.name = "twin", .symbols_n = n, .bench = BENCH, .bench_name = "SPY",
		.timeframe_s = 60, .strategy = strategy_find(STR("mean_reversion")),
		.sides = SIDES_LONG | SIDES_SHORT, .position = { 10000 * NUM_ONE },
		.limits = { .capital = { 200000 * NUM_ONE },
			    .order_notional_max = { 20000 * NUM_ONE }, .positions_max = 20,
			    .day_loss_bp = 5000, .losses_in_row_max = 1000,
			    .orders_minute_max = 1000, .orders_day_max = 10000,
			    .stale_after = 2 * NS_MINUTE },
		.skip_open = 5 * NS_MINUTE, .flat_before_close = 15 * NS_MINUTE,
	};
	for (uint32_t i = 0; i < n; i++) {
		struct text t;
		text_init(&t, c->symbol_name[i], SYMBOL_TEXT);
		text_cstr(&t, "S");
		text_i64(&t, 100 + i);
		text_done(&t);
		c->symbol[i] = (sym)i;
	}
	params_default(c->strategy, &c->params);
	CHECK_INT(params_preset(c->strategy, &c->params, STR("classic")), OK, "the preset");
	for (struct str rest = str_of(set); rest.n > 0;) {
		struct str value = str_cut(&rest, ' '), key = str_cut(&value, '=');
		CHECK_INT(params_set(c->strategy, &c->params, key, value, why, sizeof why), OK,
			  "%s", why);
	}
}

static void open_twins(void)
{
	struct engine_config *c = &twin.c;
	struct chart_config chart = { .symbols = c->symbols_n, .symbol = c->symbol,
				      .bench = c->bench };

	CHECK_INT(arena_open(&twin.plans, (size_t)64 << 20), OK, "memory");
	engine_plan_own(c, &twin.plans);
	CHECK_INT(arena_open(&twin.own_memory, engine_size(c)), OK, "memory for one");
	twin.own = engine_new(&twin.own_memory, c);
	chart.plan = c->plan;
	twin.chart = c->chart = chart_new(&twin.plans, &chart);
	/* The other one asks decide() for every bar: the short way must lead to the same. */
	slow = *c->strategy;
	slow.quick = NULL;
	c->strategy = &slow;
	c->unheard = twin.unheard;
	c->trades = twin.unheard ? &twin.plans : NULL;
	CHECK_INT(arena_open(&twin.shared_memory, engine_size(c)), OK, "memory for the other");
	twin.shared = engine_new(&twin.shared_memory, c);
}

static void close_twins(void)
{
	arena_close(&twin.own_memory);
	arena_close(&twin.shared_memory);
	arena_close(&twin.plans);
}

/* The next action that is not about the state: that may be stored sooner or later. */
static const struct action *next(const struct actions *a, uint32_t *i)
{
	while (*i < a->n && a->a[*i].kind == ACT_PUT_STATE)
		++*i;
	return *i < a->n ? &a->a[(*i)++] : NULL;
}

static bool same(const struct action *a, const struct action *b)
{
	const struct order *o = &a->u.order, *p = &b->u.order;
	const struct trade *t = &a->u.trade, *u = &b->u.trade;
	const struct note *n = &a->u.note, *m = &b->u.note;

	if (a->kind != b->kind)
		return false;
	switch ((enum action_kind)a->kind) {
	case ACT_PUT_STATE: case ACT_SYNC: case ACT_FILL:
		return true;
	case ACT_PUT_TRADE:
		return memcmp(t, u, sizeof *t) == 0;
	case ACT_NOTE:
		return twin.unheard || (n->seq == m->seq && n->ts == m->ts && n->n == m->n &&
			strcmp(n->text, m->text) == 0 &&
			memcmp(n->value, m->value, n->n * sizeof n->value[0]) == 0);
	case ACT_PUT_ORDER: case ACT_SUBMIT: case ACT_REPLACE: case ACT_CANCEL: case ACT_ASK:
		return strcmp(o->cid, p->cid) == 0 && o->stage == p->stage && o->side == p->side &&
			o->want.n == p->want.n && o->stop_loss.n == p->stop_loss.n &&
			o->take_profit.n == p->take_profit.n && o->made == p->made &&
			a->last.n == b->last.n;
	}
	return false;
}

static bool compare(void)
{
	uint32_t i = 0, j = 0;

	for (uint32_t k = 0;; k++) {
		const struct action *a = next(&twin.said, &i), *b = next(&twin.other, &j);
		if (a == NULL && b == NULL)
			return true;
		if (!CHECK(a != NULL && b != NULL && same(a, b), "action %u at %lld is the same",
			   k, (long long)twin.now))
			return false;
		bool asked = a->kind == ACT_ASK;
		if ((a->kind == ACT_SUBMIT || a->kind == ACT_CANCEL || asked) &&
		    twin.sent_n < SENT_MAX) {
			twin.sent[twin.sent_n] = a->u.order;
			twin.request[twin.sent_n++] = (uint8_t)a->kind;
		}
	}
}

static bool both(struct event *ev)
{
	ev->ts = twin.now;
	engine_step(twin.own, ev, &twin.said);
	engine_step(twin.shared, ev, &twin.other);
	return compare();
}

static bool ready(void)
{
	struct event link = { .kind = EV_LINK, .u.link = { true, true } };
	struct event begin = { .kind = EV_SYNC, .u.sync.phase = SYNC_BEGIN };
	struct event end = { .kind = EV_SYNC, .u.sync.phase = SYNC_END };

	return both(&link) && both(&begin) && both(&end);
}

/* A second later the broker has done it: filled at the newest price, but stops, which rest, and
 * what was to be cancelled. Brackets have no legs with it. */
static bool answer_all(void)
{
	static struct order sent[SENT_MAX];
	uint32_t n = twin.sent_n;

	twin.sent_n = 0;
	twin.now += NS_SECOND;
	memcpy(sent, twin.sent, n * sizeof sent[0]);
	for (uint32_t i = 0; i < n; i++) {
		const struct order *o = &sent[i];
		bool cancel = twin.request[i] == ACT_CANCEL, rests = o->role == ROLE_STOP;
		struct event ev = { .kind = EV_ORDER, .u.order = {
			.status = cancel ? ST_CANCELED : rests ? ST_NEW : ST_FILLED,
			.type = o->type, .side = o->side, .sym = o->sym, .want = o->want,
			.source = twin.request[i] == ACT_ASK ? FROM_ASK : FROM_STREAM } };
		struct report *r = &ev.u.order;
		memcpy(r->cid, o->cid, sizeof r->cid);
		memcpy(r->bid, o->cid + 12, 20);
		if (!cancel && !rests) {
			r->done = o->want;
			r->average = chart_last(twin.chart, o->sym);
		}
		twin.entries += twin.request[i] == ACT_SUBMIT && o->role == ROLE_ENTRY;
		twin.exits += twin.request[i] == ACT_SUBMIT && o->role == ROLE_EXIT;
		if (!both(&ev))
			return false;
	}
	return true;
}

/* A minute ends: the one is told its bars, and for the other they go into the chart. */
static bool minute(const struct bar *bar, uint32_t n)
{
	struct event ev = { .kind = EV_CLOCK, .ts = twin.now, .u.clock.complete = true };
	struct event before = { .kind = EV_CLOCK };
	uint32_t slot;

	if (!both(&before))	/* what was to be done by now */
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct event one = { .kind = EV_BAR, .ts = twin.now, .u.bar = bar[i] };
		engine_step(twin.own, &one, &twin.said);
		for (uint32_t k = 0; k < twin.said.n; k++)
			if (!CHECK_INT(twin.said.a[k].kind, ACT_PUT_STATE, "a bar says nothing"))
				return false;
		if (!CHECK_INT(chart_take(twin.chart, &bar[i], 0), CHART_TOOK, "it is taken"))
			return false;
	}
	engine_step(twin.own, &ev, &twin.said);
	ns end = chart_close(twin.chart);
	CHECK_INT(end, twin.now, "the slice ends now");
	while (chart_next(twin.chart, &slot))
		if (engine_follows(twin.shared))
			engine_bar(twin.shared, slot);
	engine_fetch(twin.shared);
	engine_slice(twin.shared, end, &twin.other);
	return compare();
}

static double price[MANY + 1];

static uint32_t bars_of(struct bar *out, struct rng *r, uint32_t n, ns end)
{
	uint32_t made = 0;

	for (uint32_t i = 0; i <= n; i++) {
		uint32_t s = i < n ? i : BENCH;
		double was = price[s];
		price[s] *= 1 + 0.002 * rng_normal(r);
		px o = { llround(was * 100) * (NUM_ONE / 100) };
		px c = { llround(price[s] * 100) * (NUM_ONE / 100) };
		if (rng_below(r, 20) == 0)
			continue;	/* a minute without a trade */
		out[made++] = (struct bar){
			.open_ts = end - NS_MINUTE, .ts = end, .open = o, .close = c,
			.high = o.n > c.n ? o : c, .low = o.n < c.n ? o : c,
			.volume = 500 + 4000 * rng_f64(r) * rng_f64(r), .sym = (sym)s };
	}
	return made;
}

static void live(uint32_t n, int days)
{
	static struct bar bar[MANY + 1];
	struct rng r;

	open_twins();
	rng_seed(&r, check_seed());
	for (uint32_t i = 0; i <= MANY; i++)
		price[i] = 50 + i;
	twin.now = ny_time(day_of(2024, 10, 1), 9, 0);
	bool good = ready();
	for (int d = 0; d < days && good; d++) {
		ns open = ny_time(day_of(2024, 10, 1 + d), 9, 30);
		for (int m = 1; m <= 390 && good; m++) {
			twin.now = open + m * NS_MINUTE;
			uint32_t made = bars_of(bar, &r, n, twin.now);
			good = made == 0 || minute(bar, made);
			for (int k = 0; k < 4 && good; k++)
				good = answer_all();
		}
	}
	const struct instance_state *a = engine_state(twin.own), *b = engine_state(twin.shared);
	CHECK(twin.entries > 10 && twin.exits > 5, "%u entries and %u exits: a lively market",
	      twin.entries, twin.exits);
	CHECK(memcmp(a->funnel, b->funnel, sizeof a->funnel) == 0, "the funnels are the same");
	CHECK_INT(a->bars, b->bars, "so are the bars decided on");
	CHECK_INT(a->pnl_all.n, b->pnl_all.n, "and what was won");
	CHECK_INT(a->odd_reports + b->odd_reports, 0, "nothing was odd");
	CHECK_INT(a->seq, b->seq, "as much was said");
	CHECK_INT(a->fills, b->fills, "and filled");
	close_twins();
}

void test_engine_shared_chart(void)
{
	configure(12, "bb_k=1.5 rsi_max=45 rsi_min_short=55 vol_mult=1 hold=5m warmup=30");
	live(12, 3);
}

/* What whoever drives the chart could do wrong: a slice twice, bars to one that has no chart
 * of its own; and a trade of a symbol that the chart has not. */
void test_engine_shared_chart_is_driven_by_others(void)
{
	static struct bar bar[MANY + 1];
	struct rng r;
	struct trade t = { .id = "gb-e09acdca-S77-h57je-e", .state = TRADE_OPEN, .sym = 77,
			   .side = SIDE_BUY, .want = qty_shares(10), .in = qty_shares(10),
			   .stop = { NUM_ONE }, .signal_price = { 100 * NUM_ONE } };

	configure(12, "warmup=30");
	open_twins();
	engine_restore(twin.shared, NULL, &t, 1, NULL, 0);
	CHECK_INT(twin.shared->slot[twin.shared->active[0]].chart, CHART_NONE, "it has no prices");
	rng_seed(&r, 1);
	for (uint32_t i = 0; i <= MANY; i++)
		price[i] = 50 + i;
	twin.now = ny_time(day_of(2024, 10, 1), 10, 0);
	uint32_t n = bars_of(bar, &r, 12, twin.now), slot;
	struct event ev = { .ts = twin.now, .kind = EV_BAR, .u.bar = bar[0] };
	engine_step(twin.shared, &ev, &twin.other);
	CHECK_INT(chart_pending(twin.chart), NEVER, "it takes no bars into another's chart");
	CHECK_INT(engine_wake(twin.shared) <= twin.now, false, "nor has it any to look at");
	for (uint32_t i = 0; i < n; i++)
		CHECK_INT(chart_take(twin.chart, &bar[i], 0), CHART_TOOK, "its driver does");
	ns end = chart_close(twin.chart);
	while (chart_next(twin.chart, &slot))
		engine_bar(twin.shared, slot);
	engine_slice(twin.shared, end, &twin.other);
	uint64_t bars = engine_state(twin.shared)->bars;
	CHECK(bars > 0, "the slice is decided");
	engine_slice(twin.shared, end, &twin.other);
	CHECK_INT(engine_state(twin.shared)->bars, bars, "once");
	close_twins();
}

/* A backtest's books are never lost: what they lack is not looked for. */
void test_engine_shared_chart_loses_no_books(void)
{
	bool said = false;

	configure(12, "warmup=30");
	open_twins();
	twin.now = ny_time(day_of(2024, 10, 1), 10, 0);
	for (int k = 0; k < 2; k++) {
		struct event ev[] = {
			{ .kind = EV_SYNC, .u.sync.phase = SYNC_BEGIN },
			{ .kind = EV_ORDER, .u.order = {
				.source = FROM_SYNC, .status = ST_CANCELED, .bid = "b",
				.want = qty_shares(60), .done = qty_shares(60) } },
			{ .kind = EV_POSITION, .u.position.n = qty_shares(60) },
			{ .kind = EV_SYNC, .u.sync.phase = SYNC_END },
		};
		engine_cid(ev[1].u.order.cid, "twin", "S100", twin.now, 'e', 0);
		twin.now += NS_MINUTE;
		for (size_t i = 0; i < COUNT(ev); i++) {
			ev[i].ts = twin.now;
			engine_step(twin.shared, &ev[i], &twin.other);
			for (uint32_t j = 0; j < twin.other.n; j++)
				said |= twin.other.a[j].kind == ACT_NOTE &&
					twin.other.a[j].u.note.kind == NOTE_SYNC;
		}
	}
	CHECK(said, "it says what it does not know");
	CHECK_INT(twin.shared->active_n, 0, "and makes no trade of it");
	close_twins();
}

void test_engine_unheard(void)
{
	configure(12, "bb_k=1.5 rsi_max=45 rsi_min_short=55 vol_mult=1 hold=5m warmup=30");
	twin.unheard = true;
	live(12, 2);
}

void test_engine_quick_is_decide(void)
{
	configure(12, "need=3 bb_k=1 rsi_max=45 rsi_min_short=55 vol_mult=1 rs=no hold=5m");
	live(12, 4);
}

void test_engine_many_symbols(void)
{
	configure(MANY, "bb_k=1.5 rsi_max=40 rsi_min_short=60 hold=4m warmup=30");
	live(MANY, 1);
}

/* Where all are at work none is taken away; a closed one makes room when the others are. */
void test_engine_places(void)
{
	configure(MANY, "");
	open_twins();
	struct engine *e = twin.own;
	for (uint32_t i = 0; i < ENGINE_TRADES; i++) {
		struct life *l = life_begin(e, &e->slot[i]);
		if (!CHECK(l != NULL, "place %u", i))
			return;
		l->booked = 1000 - i;
		slot_activate(e, &e->slot[i]);
	}
	CHECK(life_begin(e, &e->slot[ENGINE_TRADES]) == NULL, "all are at work");
	slot_rest(e, &e->slot[7]);
	slot_rest(e, &e->slot[3]);
	struct life *was = e->slot[7].life;
	CHECK(life_begin(e, &e->slot[100]) == was, "the trade that has been over longest goes");
	CHECK(e->slot[7].life == NULL && e->slot[3].life != NULL, "and only that");
	slot_activate(e, &e->slot[100]);
	CHECK_INT(e->active_n, ENGINE_TRADES - 1, "so many are at work");
	slot_rest(e, &e->slot[20]);
	slot_rest(e, &e->slot[21]);
	e->slot[21].life->booked = 2000;
	was = e->slot[20].life;
	CHECK(life_begin(e, &e->slot[101]) == was, "wherever it stands");
	slot_activate(e, &e->slot[101]);
	for (uint32_t i = 1; i < e->active_n; i++)
		CHECK(e->active[i - 1] < e->active[i], "in the order of the list");
	close_twins();
}

/* Where no news are late, the first place whose trade has been over for a while is enough. */
void test_engine_places_unheard(void)
{
	configure(MANY, "");
	twin.unheard = true;
	open_twins();
	struct engine *e = twin.shared;
	e->now = ny_time(day_of(2024, 10, 1), 10, 0);
	for (uint32_t i = 0; i < 4; i++) {
		struct life *l = life_begin(e, &e->slot[i]);
		if (!CHECK(l == &e->life[i], "place %u was never used", i))
			return;
		slot_activate(e, &e->slot[i]);
	}
	for (uint32_t i = 1; i < 4; i++)
		slot_rest(e, &e->slot[i]);
	e->now += e->patience;
	CHECK(life_begin(e, &e->slot[50]) == &e->life[4], "what was just over stays a while");
	e->slot[2].life->booked -= 1;
	e->slot[3].life->booked -= 2;
	CHECK(life_begin(e, &e->slot[51]) == &e->life[2], "of two that were over the first goes");
	CHECK(e->slot[2].life == NULL && e->slot[3].life == &e->life[3], "and only that");
	close_twins();
}

/* What would need more memory than a small machine can name is refused in words. */
void test_engine_plan_has_bounds(void)
{
	struct rule_error why = { 0 };
	struct plan_ref ref;
	struct arena a;

	configure(2, "");
	CHECK_INT(arena_open(&a, plan_size(2000) + 256), OK, "memory");
	struct plan *p = plan_new(&a, 2000, 60);
	CHECK(engine_plan(&twin.c, p, &why), "a strategy by itself has room: %s", why.text);
	for (uint32_t k = 0; k < 400; k++) {
		char text[64];
		struct text t;
		text_init(&t, text, sizeof text);
		text_cstr(&t, "macd(");
		text_u64(&t, 2 + k % 20);
		text_cstr(&t, ", ");
		text_u64(&t, 40 + k / 20);
		text_cstr(&t, ", 9)[1000]");
		CHECK(rule_compile(p, str_of(text_done(&t)), NULL, RULE_NUMBER, &ref, &why),
		      "%s is compiled: %s", text, why.text);
	}
	CHECK(!engine_plan(&twin.c, p, &why), "400 averages of a thousand bars ago have none");
	CHECK(strstr(why.text, "shorter lags") != NULL, "what to do is said: %s", why.text);
	arena_close(&a);
}
