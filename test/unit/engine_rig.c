/* engine_rig.c: the rig of engine_rig.h. */
#include "test/unit/engine_rig.h"

#include <math.h>
#include <stdlib.h>

enum told rig_tell[RIG_SYMBOLS];
double rig_stop = 0.01, rig_target = 0.05;
ns rig_hold = 30 * NS_MINUTE;
uint8_t rig_level;
double rig_trail, rig_trail_from, rig_size, rig_part, rig_trade_values[TRADE_VALUES];
const char *const rig_symbol[RIG_SYMBOLS] = { "AAPL", "MSFT", "TSLA" };

static const char *const no_conditions[] = { "not_told" };
static const char *const inputs[] = { "close" };
static const char *const seen_values[] = { "close" };
static const uint8_t value_input[] = { 0 };

static uint32_t no_warmup(const struct params *p)
{
	(void)p;
	return 1;
}

static bool no_check(const struct params *p, char *why, size_t size)
{
	(void)p, (void)why, (void)size;
	return true;
}

static void no_update(void *state, void *shared, const struct params *p, const struct view *v)
{
	(void)p;
	*(ns *)state = v->now;
	++*(uint64_t *)shared;
}

static void told(const void *state, const void *shared, const struct params *p,
		 const struct view *v, struct decision *out)
{
	struct bar b = chart_bar(v->chart, v->slot, 0);
	enum told *tell = &rig_tell[b.sym];

	(void)p;
	assert(*(const ns *)state == b.ts && v->now == b.ts && *(const uint64_t *)shared > 0);
	assert(view_in(v, 0) == px_f64(b.close) && out->what == DECIDE_NONE);
	if (v->trade != NULL) {
		memcpy(rig_trade_values, v->trade_values, sizeof rig_trade_values);
		if (*tell == TELL_EXIT) {
			out->what = DECIDE_EXIT;
			*tell = TELL_NOTHING;
		}
		return;
	}
	if (*tell != TELL_LONG && *tell != TELL_SHORT) {
		out->what = DECIDE_REJECT;
		out->failed = 0;
		return;
	}
	double up = *tell == TELL_LONG ? 1 : -1;
	*out = (struct decision){
		.what = DECIDE_ENTER, .side = *tell == TELL_LONG ? SIDE_BUY : SIDE_SELL,
		.stop = px_f64(b.close) * (1 - up * rig_stop),
		.target = px_f64(b.close) * (1 + up * rig_target), .hold = rig_hold,
		.trail = rig_trail, .trail_from = rig_trail_from, .size = rig_size,
		.part = rig_part, .tag = 7, .stop_is = rig_level, .target_is = rig_level,
	};
	*tell = TELL_NOTHING;
}

const struct strategy rig_strategy = {
	.name = "told", .about = "does as it is told", .inputs = inputs, .inputs_n = 1,
	.conditions = no_conditions, .conditions_n = 1,
	.values = seen_values, .value_input = value_input, .values_n = 1,
	.state_size = sizeof(ns), .shared_size = sizeof(uint64_t), .version = 1,
	.check = no_check, .warmup = no_warmup, .update = no_update, .decide = told,
};

ns rig_time(int hour, int minute, int second)
{
	return ny_time(day_of(2024, 10, 1), 0, 0) + hour * NS_HOUR + minute * NS_MINUTE +
		second * NS_SECOND;
}

px rig_px(double v)
{
	return (px){ llround(v * 1e4) * (NUM_ONE / 10000) };
}

static void boot(struct rig *r)
{
	if (arena_open(&r->plans, plan_size(ENGINE_NODES) + 64) != OK)
		abort();
	engine_plan_own(&r->config, &r->plans);
	if (arena_open(&r->arena, engine_size(&r->config)) != OK)
		abort();
	r->engine = engine_new(&r->arena, &r->config);
	arena_seal(&r->arena);
}

void rig_open(struct rig *r)
{
	*r = (struct rig){ .config = {
		.index = 2, .name = "test", .symbols_n = RIG_SYMBOLS, .bench = SYM_NONE,
		.timeframe_s = 60, .strategy = &rig_strategy,
		.sides = SIDES_LONG | SIDES_SHORT, .position = { 10000 * NUM_ONE },
		.limits = { .capital = { 50000 * NUM_ONE },
			    .order_notional_max = { 20000 * NUM_ONE }, .positions_max = 5,
			    .day_loss_bp = 500, .losses_in_row_max = 10, .orders_minute_max = 30,
			    .orders_day_max = 500, .stale_after = 2 * NS_MINUTE },
		.skip_open = 5 * NS_MINUTE, .flat_before_close = 15 * NS_MINUTE,
	} };
	for (sym i = 0; i < RIG_SYMBOLS; i++) {
		r->config.symbol[i] = i;
		memcpy(r->config.symbol_name[i], rig_symbol[i], strlen(rig_symbol[i]) + 1);
		rig_tell[i] = TELL_NOTHING;
	}
	rig_stop = 0.01;
	rig_target = 0.05;
	rig_hold = 30 * NS_MINUTE;
	rig_level = LEVEL_PART;
	rig_trail = rig_trail_from = rig_size = rig_part = 0;
	r->now = rig_time(10, 0, 0);
	r->keep_done = true;
	boot(r);
}

void rig_close(struct rig *r)
{
	arena_close(&r->arena);
	arena_close(&r->plans);
}

/* The key of an order in a store: its name, or the broker's. */
static bool same_order(const struct order *a, const struct order *b)
{
	if (order_of_broker(a) || order_of_broker(b))
		return strcmp(a->bid, b->bid) == 0;
	return strcmp(a->cid, b->cid) == 0;
}

static void keep_order(struct rig_store *s, const struct order *o)
{
	uint32_t i = 0;

	while (i < s->orders_n && !same_order(&s->order[i], o))
		i++;
	CHECK(i < STORE_MAX, "the test's store has room");
	s->order[i] = *o;
	s->orders_n += i == s->orders_n;
}

static void keep_trade(struct rig_store *s, const struct trade *t)
{
	uint32_t i = 0;

	while (i < s->trades_n && strcmp(s->trade[i].id, t->id) != 0)
		i++;
	CHECK(i < STORE_MAX, "the test's store has room");
	s->trade[i] = *t;
	s->trades_n += i == s->trades_n;
}

/* As the store does: what is known by its execution's name stays. */
static void keep_fill(struct rig_store *s, const struct fill *f)
{
	uint32_t i = 0;

	while (i < s->fills_n && (s->fill[i].cumulative.n != f->cumulative.n ||
				  strcmp(s->fill[i].order, f->order) != 0))
		i++;
	CHECK(i < STORE_MAX, "the test's store has room");
	const char *name = s->fill[i].execution;
	if (i < s->fills_n && name[0] != 0 && strcmp(name, f->execution) != 0)
		return;
	s->fill[i] = *f;
	s->fills_n += i == s->fills_n;
}

static void keep(struct rig_store *s, const struct action *a)
{
	switch ((enum action_kind)a->kind) {
	case ACT_PUT_ORDER:
	case ACT_SUBMIT:
	case ACT_REPLACE:
		keep_order(s, &a->u.order);
		break;
	case ACT_PUT_TRADE:
		keep_trade(s, &a->u.trade);
		break;
	case ACT_PUT_STATE:
		s->state = a->u.state;
		s->have_state = true;
		break;
	case ACT_FILL:
		keep_fill(s, &a->u.fill);
		break;
	case ACT_NOTE:
		s->notes_n++;
		break;
	case ACT_CANCEL:
	case ACT_ASK:
	case ACT_SYNC:
		break;
	}
}

void rig_step(struct rig *r, struct event *ev)
{
	if (ev->ts < r->now)
		ev->ts = r->now;
	r->now = ev->ts;
	engine_step(r->engine, ev, &r->out);
	for (uint32_t i = 0; i < r->out.n; i++)
		keep(&r->store, &r->out.a[i]);
}

/* What a start may leave out where there is no room: it came to nothing. */
static bool forgettable(const struct order *o)
{
	return o->stage == ORDER_DONE && o->done.n == 0 && o->role != ROLE_ENTRY &&
	       (!o->leg || o->moved == MOVE_ASKED);
}

static const char *name_of(const struct order *o)
{
	return order_of_broker(o) ? o->bid : o->cid;
}

/* As a store gives them: by their names. */
static void put_by_name(struct order *orders, uint32_t n, const struct order *o)
{
	for (; n > 0 && strcmp(name_of(&orders[n - 1]), name_of(o)) > 0; n--)
		orders[n] = orders[n - 1];
	orders[n] = *o;
}

void rig_restart(struct rig *r)
{
	static struct order orders[STORE_MAX];
	static struct trade trades[STORE_MAX];
	uint32_t o = 0, t = 0;

	for (uint32_t i = 0; i < r->store.trades_n; i++) {
		if (r->store.trade[i].state == TRADE_CLOSED)
			continue;
		for (uint32_t j = 0; j < r->store.orders_n; j++)
			if (strcmp(r->store.order[j].trade, r->store.trade[i].id) == 0 &&
			    (r->keep_done || !forgettable(&r->store.order[j])))
				put_by_name(orders, o++, &r->store.order[j]);
		trades[t++] = r->store.trade[i];
	}
	rig_close(r);
	boot(r);
	engine_restore(r->engine, r->store.have_state ? &r->store.state : NULL, trades, t, orders,
			o);
}

void rig_clock(struct rig *r, ns ts, bool complete)
{
	struct event ev = { .ts = ts, .kind = EV_CLOCK, .u.clock.complete = complete };

	rig_step(r, &ev);
}

void rig_link(struct rig *r, bool data, bool orders)
{
	struct event ev = { .kind = EV_LINK, .u.link = { data, orders } };

	rig_step(r, &ev);
}

void rig_sync(struct rig *r, uint32_t phase)
{
	struct event ev = { .kind = EV_SYNC, .u.sync.phase = phase };

	/* The wire says a word of each symbol, though there is none. */
	for (uint32_t i = 0; phase == SYNC_END && i < r->config.symbols_n; i++)
		if (!r->listed[r->config.symbol[i]])
			rig_position(r, r->config.symbol[i], 0, POSITION_OWN);
	memset(r->listed, 0, sizeof r->listed);
	rig_step(r, &ev);
}

void rig_command(struct rig *r, enum command c)
{
	struct event ev = { .kind = EV_COMMAND, .u.command = { (uint32_t)c, "tester" } };

	rig_step(r, &ev);
}

void rig_bar(struct rig *r, sym s, ns ts, double close)
{
	struct event ev = { .ts = r->now, .kind = EV_BAR };
	px p = rig_px(close);

	ev.u.bar = (struct bar){ .open_ts = ts - NS_MINUTE, .ts = ts, .open = p, .high = p, .low =
			p,
				 .close = p, .volume = 1000, .trades = 10, .sym = s };
	rig_step(r, &ev);
}

void rig_position(struct rig *r, sym s, int64_t shares, enum position_of of)
{
	struct event ev = { .kind = EV_POSITION, .u.position = {
		s, qty_shares(shares), (uint8_t)of } };

	if (s < COUNT(r->listed))
		r->listed[s] = true;
	rig_step(r, &ev);
}

void rig_ready(struct rig *r)
{
	rig_link(r, true, true);
	rig_sync(r, SYNC_BEGIN);
	rig_sync(r, SYNC_END);
}

void rig_long(struct rig *r, ns at)
{
	r->now = at;
	rig_tell[0] = TELL_LONG;
	rig_bar(r, 0, at, 100);
	rig_clock(r, at, true);
}

void rig_enter(struct rig *r, ns at)
{
	rig_open(r);
	rig_ready(r);
	rig_long(r, at);
}

uint32_t rig_count(const struct rig *r, enum action_kind kind)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->out.n; i++)
		n += r->out.a[i].kind == kind;
	return n;
}

const struct order *rig_submitted(const struct rig *r, uint32_t nth)
{
	for (uint32_t i = 0; i < r->out.n; i++)
		if (r->out.a[i].kind == ACT_SUBMIT && nth-- == 0)
			return &r->out.a[i].u.order;
	return NULL;
}

const struct order *rig_stored(const struct rig *r, const char *name)
{
	for (uint32_t i = 0; i < r->store.orders_n; i++) {
		const struct order *o = &r->store.order[i];
		if (strcmp(o->cid, name) == 0 || strcmp(o->bid, name) == 0)
			return o;
	}
	return NULL;
}
