/* engine.h: bytes as the events of an engine's life, and what must hold after each. */
#ifndef FUZZ_ENGINE_H
#define FUZZ_ENGINE_H

#include <stdlib.h>

#include "engine/engine.h"

#define SYMBOLS 3
#define IDS     24

static struct engine_config config;
static struct calendar calendar;
static struct actions out;
/* Orders that the engine made: what the events are about, mostly. */
static struct order known[IDS];
static uint32_t known_n;
static char bids[IDS][UUID_TEXT];
static uint32_t bids_n;

struct bytes { const uint8_t *at; size_t left; };

static uint32_t take(struct bytes *b, int n)
{
	uint32_t v = 0;

	while (n-- > 0 && b->left > 0) {
		v = v << 8 | *b->at++;
		b->left--;
	}
	return v;
}

static void configure(struct bytes *b)
{
	static const char *const names[SYMBOLS] = { "AAA", "BBB", "CCC" };
	uint32_t bits = take(b, 1);

	config = (struct engine_config){
		.index = 1, .name = "fuzz", .symbols_n = SYMBOLS,
		.bench = bits & 1 ? (sym)(bits & 2 ? 0 : 7) : SYM_NONE,
		.timeframe_s = bits & 4 ? 60 : 300, .strategy = strategies[0],
		.sides = SIDES_LONG | SIDES_SHORT, .position = { 5000 * NUM_ONE },
		.limits = { { 100000 * NUM_ONE }, { 20000 * NUM_ONE }, 5, 500, 10, 100, 1000,
			    NS_HOUR },
		.skip_open = bits & 8 ? 0 : 5 * NS_MINUTE, .flat_before_close = 15 * NS_MINUTE,
		.hold_overnight = (bits & 16) != 0, .calendar = &calendar,
	};
	for (sym i = 0; i < SYMBOLS; i++) {
		config.symbol[i] = i;
		memcpy(config.symbol_name[i], names[i], 4);
	}
	params_default(config.strategy, &config.params);
	if (params_preset(config.strategy, &config.params, STR("classic")) != OK)
		abort();
	for (uint32_t i = 0; i < config.strategy->params_n; i++) {
		const char *key = config.strategy->params[i].key;
		if (strcmp(key, "warmup") == 0)
			config.params.v[i] = 0;
		if (strcmp(key, "need") == 0)
			config.params.v[i] = 1;
	}
}

static const struct order *pick(struct bytes *b)
{
	static const struct order nothing;

	return known_n > 0 ? &known[take(b, 1) % known_n] : &nothing;
}

static void make_report(struct bytes *b, struct report *r)
{
	const struct order *o = pick(b);
	uint32_t bits = take(b, 2);

	memcpy(r->cid, o->cid, sizeof r->cid);
	memcpy(r->bid, o->bid, sizeof r->bid);
	if (r->bid[0] == '\0' && bids_n < IDS && bits & 1) {
		r->bid[0] = 'b';
		r->bid[1] = (char)('a' + bids_n);
		memcpy(bids[bids_n++], r->bid, UUID_TEXT);
	}
	r->status = (uint8_t)(bits >> 1 & 31) % (ST_UNKNOWN + 1);
	r->source = bits >> 6 & 3;
	r->side = o->side;
	r->type = o->type;
	r->sym = o->sym;
	r->want = o->want;
	if (bits & 256 && o->role == ROLE_ENTRY) {	/* a leg */
		memcpy(r->parent, o->cid, sizeof r->parent);
		memset(r->cid, 0, sizeof r->cid);
		memset(r->bid, 0, sizeof r->bid);
		r->bid[0] = 'L';
		r->bid[1] = (char)('0' + (bits >> 9 & 3));
		r->side = o->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
		r->type = bits >> 9 & 1 ? TYPE_LIMIT : TYPE_STOP;
		r->limit = o->take_profit;
		r->stop = o->stop_loss;
	}
	r->done = qty_shares(take(b, 1) % 128);
	r->average = (px){ (int64_t)take(b, 2) * NUM_ONE / 100 };
	r->n = qty_shares(take(b, 1) % 64);
	r->at = r->average;
	if (bits >> 12 == 0)
		return;
	r->execution[0] = 'x';
	r->execution[1] = (char)('0' + (bits >> 12 & 3));
	r->source = bits >> 14 != 0 ? (uint8_t)(FROM_LIST + (bits >> 14) - 1) : r->source;
}

static void make_bar(struct bytes *b, struct bar *bar, ns now)
{
	int64_t p = (int64_t)(take(b, 1) + 4000) * NUM_ONE / 100;

	bar->sym = (sym)(take(b, 1) % 9);
	bar->open_ts = now / NS_MINUTE * NS_MINUTE - (ns)(take(b, 1) % 8) * NS_MINUTE;
	bar->ts = bar->open_ts + (take(b, 1) % 8 == 0 ? 5 : 1) * NS_MINUTE;
	bar->open = bar->close = bar->low = bar->high = (px){ p };
	bar->high.n += (int64_t)take(b, 1) * 1000000;
	bar->volume = take(b, 2);
	bar->flags = (uint16_t)(take(b, 1) % 8);
}

static void make_event(struct bytes *b, struct event *ev)
{
	uint32_t kind = take(b, 1);

	ev->ts += kind & 128 ? (ns)take(b, 1) * NS_SECOND : (ns)take(b, 1) * 10 * NS_MS;
	ev->kind = kind % (EV_SPLIT + 1);
	memset(&ev->u, 0, sizeof ev->u);
	switch ((enum event_kind)ev->kind) {
	case EV_BAR: make_bar(b, &ev->u.bar, ev->ts); break;
	case EV_CLOCK: ev->u.clock.complete = kind & 64; break;
	case EV_ORDER: make_report(b, &ev->u.order); break;
	case EV_REPLY: {
		const struct order *o = pick(b);
		memcpy(ev->u.reply.cid, o->cid, sizeof o->cid);
		memcpy(ev->u.reply.bid, o->bid, sizeof o->bid);
		ev->u.reply.kind = (uint8_t)(take(b, 1) % (REPLY_DENIED + 1));
		ev->u.reply.http = 403;
		ev->u.reply.code = DENY_CASH;
		break;
	}
	case EV_POSITION:
		ev->u.position.sym = (sym)(take(b, 1) % 4);
		ev->u.position.n = qty_shares((int64_t)(take(b, 1) % 128) - 64);
		ev->u.position.of = (uint8_t)(kind >> 6) % (POSITION_ACCOUNTED + 1);
		break;
	case EV_SYNC: ev->u.sync.phase = kind >> 6 & 1; break;
	case EV_LINK: ev->u.link.data = kind & 64; ev->u.link.orders = (kind & 32) == 0; break;
	case EV_COMMAND: ev->u.command.what = take(b, 1) % (CMD_STOP + 1); break;
	case EV_INTENT:
		ev->u.intent.sym = (sym)(take(b, 1) % 4);
		ev->u.intent.what = (uint8_t)(take(b, 1) % (INTENT_UNANSWERED + 1));
		ev->u.intent.bar = ev->ts / NS_MINUTE * NS_MINUTE;
		break;
	case EV_SPLIT:
		ev->u.split.sym = (sym)(take(b, 1) % 4);
		ev->u.split.ex = ny_date(ev->ts) - (day)(take(b, 1) % 4) + 1;
		ev->u.split.after = ((int64_t)take(b, 1) % 8) * NUM_ONE / 2;
		ev->u.split.before = ((int64_t)take(b, 1) % 8) * NUM_ONE / 2;
		break;
	case EV_ACCOUNT:
	case EV_BARRIER:
		break;
	}
}

#define MUST(cond) do { if (!(cond)) abort(); } while (0)

static void remember(const struct order *o)
{
	for (uint32_t i = 0; i < known_n; i++) {
		if (strcmp(known[i].cid, o->cid) != 0 || strcmp(known[i].bid, o->bid) != 0)
			continue;
		known[i] = *o;
		return;
	}
	known[known_n < IDS ? known_n++ : IDS - 1] = *o;
}

static void look(const struct engine *e)
{
	const struct trade *t;
	const struct order *o;
	uint32_t n = engine_trades(e, &t), m = engine_orders(e, &o);

	for (uint32_t i = 0; i < n; i++) {
		MUST(t[i].state != TRADE_CLOSED && t[i].in.n >= 0 && t[i].out.n >= 0);
		for (uint32_t j = 0; j < i; j++)
			MUST(t[i].sym != t[j].sym);
	}
	for (uint32_t i = 0; i < m; i++)
		MUST(o[i].stage != ORDER_DONE && o[i].trade[0] != '\0');
	for (uint32_t i = 0; i < out.n; i++) {
		const struct action *a = &out.a[i];
		if (a->kind == ACT_SUBMIT) {
			MUST(a->u.order.want.n > 0 && qty_whole(a->u.order.want));
			MUST(on_tick(a->u.order.stop) && on_tick(a->u.order.stop_loss));
			MUST(a->u.order.stage == ORDER_INTENT && a->u.order.cid[0] != '\0');
			for (uint32_t j = 0; j < i; j++)
				MUST(out.a[j].kind != ACT_SUBMIT ||
				     strcmp(out.a[j].u.order.cid, a->u.order.cid) != 0);
		}
		if (a->kind == ACT_SUBMIT || a->kind == ACT_REPLACE || a->kind == ACT_PUT_ORDER)
			remember(&a->u.order);
		if (a->kind == ACT_FILL)
			MUST(a->u.fill.n.n > 0 || a->again);
	}
	MUST(engine_wake(e) > 0);
}

/* A plan and an engine, in two arenas that live to the end of the input. */
static struct engine *begin(struct bytes *b, struct arena a[static 2], struct event *ev)
{
	*ev = (struct event){ .ts = ny_time(day_of(2024, 10, 1), 9, 58) };
	configure(b);
	known_n = bids_n = 0;
	if (arena_open(&a[0], plan_size(ENGINE_NODES) + 64) != OK)
		abort();
	engine_plan_own(&config, &a[0]);
	if (arena_open(&a[1], engine_size(&config)) != OK)
		abort();
	struct engine *e = engine_new(&a[1], &config);
	if (take(b, 1) & 1) {
		ev->kind = EV_LINK;
		ev->u.link.data = ev->u.link.orders = true;
		engine_step(e, ev, &out);
		ev->kind = EV_SYNC;
		ev->u.sync.phase = SYNC_BEGIN;
		engine_step(e, ev, &out);
		ev->u.sync.phase = SYNC_END;
		engine_step(e, ev, &out);
	}
	return e;
}

static void step(struct engine *e, const struct event *ev)
{
	engine_step(e, ev, &out);
	look(e);
}

#endif
