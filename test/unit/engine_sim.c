/* engine_sim.c: the engine against a broker that loses, doubles and delays its news,
 * refuses, fills in parts and outlives the engine's process, from seeds. At the end the
 * books must agree, and on the way nothing may be sold twice or stay bare. SIM_SEEDS says
 * how many; SIM_SEED plays one. */
#include <stdio.h>
#include <stdlib.h>

#include "test/unit/engine_broker.h"

#define STEP (250 * NS_MS)

enum weather { CALM, ROUGH, STORM };

static struct rig rig;
static struct broker broker;

/* What goes in and comes out, for whoever looks at one seed. */
static void show_step(const struct event *ev)
{
	static const char *const kinds[] = { "PUT_ORDER", "PUT_TRADE", "PUT_STATE", "FILL", "NOTE",
					     "SUBMIT", "REPLACE", "CANCEL", "ASK", "SYNC" };
	const struct report *r = &ev->u.order;

	if (ev->kind == EV_ORDER)
		printf("%lld > order %s %s of %s %s done %lld from %d\n",
		       (long long)((ev->ts - rig_time(10, 0, 0)) / NS_MS), r->cid, r->bid,
				r->parent,
		       status_text(r->status), (long long)(r->done.n / NUM_ONE), r->source);
	else if (ev->kind == EV_REPLY)
		printf("%lld > reply %s %s %d\n",
		       (long long)((ev->ts - rig_time(10, 0, 0)) / NS_MS), ev->u.reply.cid,
		       ev->u.reply.bid, ev->u.reply.kind);
	else if (ev->kind != EV_CLOCK && ev->kind != EV_BAR)
		printf("%lld > event %u\n", (long long)((rig.now - rig_time(10, 0, 0)) / NS_MS),
				ev->kind);
	for (uint32_t i = 0; i < rig.out.n; i++) {
		const struct action *a = &rig.out.a[i];
		const struct order *o = &a->u.order;
		if (a->kind == ACT_PUT_STATE || a->kind == ACT_SYNC)
			continue;
		printf("\t%s ", kinds[a->kind]);
		if (a->kind == ACT_NOTE)
			printf("%s %s %s %s\n", note_text(a->u.note.kind), a->u.note.trade,
			       a->u.note.order, a->u.note.text);
		else if (a->kind == ACT_PUT_TRADE)
			printf("%s %s in %lld out %lld\n", a->u.trade.id,
			       trade_state_text(a->u.trade.state),
					(long long)(a->u.trade.in.n / NUM_ONE),
			       (long long)(a->u.trade.out.n / NUM_ONE));
		else if (a->kind == ACT_FILL)
			printf("%s %lld, to %lld, %s\n", a->u.fill.order,
			       (long long)(a->u.fill.n.n / NUM_ONE),
			       (long long)(a->u.fill.cumulative.n / NUM_ONE),
			       a->u.fill.execution);
		else
			printf("%s %s stage %d %s %lld/%lld\n", o->cid, o->bid, o->stage,
			       status_text(o->status), (long long)(o->done.n / NUM_ONE),
			       (long long)(o->want.n / NUM_ONE));
	}
}

static void pass_on(struct event *ev)
{
	static int loud = -1;

	rig_step(&rig, ev);
	if (loud < 0)
		loud = getenv("SIM_SEED") != NULL;
	if (loud)
		show_step(ev);
	broker_take(&broker, &rig.out);
	for (uint32_t i = 0; i < rig.out.n; i++)
		if (rig.out.a[i].kind == ACT_SYNC)
			broker_sync(&broker);
}

static void clock_to(ns now, bool complete)
{
	struct event ev = { .ts = now, .kind = EV_CLOCK, .u.clock.complete = complete };

	pass_on(&ev);
}

static void links(bool up)
{
	struct event ev = { .kind = EV_LINK, .u.link = { up, up } };

	pass_on(&ev);
}

/* A minute is over: bars, and now and then an idea. */
static void minute(ns now, bool ideas)
{
	for (sym s = 0; s < RIG_SYMBOLS; s++) {
		uint64_t idea = rng_below(&broker.rng, 10);
		px p = broker.price[s];
		rig_tell[s] = !ideas ? TELL_NOTHING : idea < 3 ? TELL_LONG : idea < 5 ? TELL_SHORT :
			idea < 6 ? TELL_EXIT : TELL_NOTHING;
		struct event ev = { .ts = now, .kind = EV_BAR, .u.bar = {
			.open_ts = now - NS_MINUTE, .ts = now, .open = p, .high = p, .low = p,
			.close = p, .volume = 1000, .sym = s } };
		pass_on(&ev);
	}
	clock_to(now, true);
}

static void kill_process(void)
{
	broker_cut(&broker);
	rig_restart(&rig);
	links(true);
	broker_sync(&broker);
}

static void pass_time(ns from, ns to, bool ideas, uint32_t deaths)
{
	struct event ev;

	for (ns now = from; now < to; now += STEP) {
		broker_move(&broker, now);
		while (broker_news(&broker, &ev))
			pass_on(&ev);
		if (now % NS_MINUTE == 0)
			minute(now, ideas);
		else if (now % NS_SECOND == 0 || now >= engine_wake(rig.engine))
			clock_to(now, false);
		if (now % (30 * NS_SECOND) == 0)
			broker_sync(&broker);
		if (deaths > 0 && rng_below(&broker.rng, 10000) < deaths)
			kill_process();
		if (deaths > 0 && rng_below(&broker.rng, 2000) < 1)
			links(false), links(true);
	}
}

/* The shares and dollars of each trade, by the broker's own orders. */
static bool same_books(uint64_t seed)
{
	bool good = true;

	for (uint32_t i = 0; i < rig.store.trades_n; i++) {
		const struct trade *t = &rig.store.trade[i];
		int64_t in = 0, out = 0;
		usd in_value = { 0 }, out_value = { 0 };
		size_t n = strlen(t->id) - 1;
		for (uint32_t j = 0; j < broker.orders_n; j++) {
			const struct broker_order *o = &broker.order[j];
			const char *name = o->leg ? broker.order[o->parent].cid : o->cid;
			if (strncmp(name, t->id, n) != 0 || o->waits)
				continue;
			usd own = usd_sub(o->value, o->before_value);
			if (o->side == t->side) {
				in += o->done - o->before;
				in_value = usd_add(in_value, own);
			} else {
				out += o->done - o->before;
				out_value = usd_add(out_value, own);
			}
		}
		int64_t off = llabs(in_value.n - t->in_value.n) +
				llabs(out_value.n - t->out_value.n);
		good &= CHECK(t->state == TRADE_CLOSED, "seed %llu: %s is closed, not %s",
			      (unsigned long long)seed, t->id, trade_state_text(t->state)) != 0;
		good &= CHECK_INT(t->in.n / NUM_ONE, in, "seed %llu: what %s bought",
				  (unsigned long long)seed, t->id) != 0;
		good &= CHECK_INT(t->out.n / NUM_ONE, out, "seed %llu: what %s sold",
				  (unsigned long long)seed, t->id) != 0;
		good &= CHECK(off < 100000, "seed %llu: %s to a hundredth of a cent, off by %lld",
			      (unsigned long long)seed, t->id, (long long)off) != 0;
		good &= CHECK(t->reason_out != EXIT_GONE, "seed %llu: nothing of %s was lost",
			      (unsigned long long)seed, t->id) != 0;
	}
	return good;
}

/* The facts add up to the trades. */
static bool same_facts(uint64_t seed)
{
	int64_t fills = 0, trades = 0;

	for (uint32_t i = 0; i < rig.store.fills_n; i++)
		fills += rig.store.fill[i].n.n;
	for (uint32_t i = 0; i < rig.store.trades_n; i++)
		trades += rig.store.trade[i].in.n + rig.store.trade[i].out.n;
	return CHECK_INT(fills, trades, "seed %llu: fills and trades",
			(unsigned long long)seed) != 0;
}

static void set_weather(enum weather w)
{
	broker.drop = w == CALM ? 0 : w == ROUGH ? 50 : 300;
	broker.twice = w == CALM ? 0 : w == ROUGH ? 50 : 200;
	broker.lose = w == CALM ? 0 : w == ROUGH ? 20 : 100;
	broker.refuse = w == CALM ? 0 : w == ROUGH ? 10 : 50;
	broker.slow = w == CALM ? 100 * NS_MS : w == ROUGH ? 500 * NS_MS : 2 * NS_SECOND;
}

static bool one_life(uint64_t seed, ns *naked)
{
	enum weather w = (enum weather)(seed % 3);
	ns start = rig_time(10, 0, 0), end = start + 10 * NS_MINUTE;
	bool good = true;

	rig_open(&rig);
	broker_open(&broker, seed);
	rig.config.level_base = seed / 24 % 2 == 0 ? LEVEL_FILL : LEVEL_SIGNAL;
	rig.config.limits.orders_minute_max = 1000;
	rig.config.limits.orders_day_max = 100000;
	rig_restart(&rig);
	rig_stop = 0.004;
	rig_target = 0.006;
	rig_hold = 3 * NS_MINUTE;
	set_weather(w);
	broker.lists_all = seed / 3 % 2 == 0;
	rig.keep_done = seed / 6 % 4 != 0;
	links(true);
	broker_sync(&broker);
	pass_time(start, end, true, w == CALM ? 0 : w == ROUGH ? 5 : 20);
	*naked = broker.naked_longest;
	/* The storm is over: everything must come to rest. */
	set_weather(CALM);
	struct event ev = { .kind = EV_COMMAND, .u.command.what = CMD_FLATTEN };
	pass_on(&ev);
	pass_time(end, end + 5 * NS_MINUTE, false, 0);
	good &= CHECK(!broker.breach, "seed %llu: %s", (unsigned long long)seed, broker.why) != 0;
	for (sym s = 0; s < RIG_SYMBOLS; s++)
		good &= CHECK_INT(broker.position[s], 0, "seed %llu: flat in %s",
				  (unsigned long long)seed, rig_symbol[s]) != 0;
	good &= CHECK_INT(broker_open_orders(&broker), 0,
			"seed %llu: nothing is left at the broker",
			  (unsigned long long)seed) != 0;
	good &= same_books(seed) && same_facts(seed);
	good &= CHECK_INT(rig.store.state.kill, KILL_HALT, "seed %llu: flattened, then halted",
			  (unsigned long long)seed) != 0;
	ns bound = w == CALM ? 5 * NS_SECOND : 100 * NS_SECOND;
	good &= CHECK(*naked <= bound, "seed %llu: bare for %lld ms", (unsigned long long)seed,
		      (long long)(*naked / NS_MS)) != 0;
	rig_close(&rig);
	return good;
}

/* Lives that once failed, as long as the world's rules make the same of them. */
static const uint64_t kept[] = { 99179189, 281992052, 427577762, 478424981, 679342466 };

void test_engine_sim_kept(void)
{
	ns naked;

	for (uint32_t i = 0; i < sizeof kept / sizeof *kept; i++)
		CHECK(one_life(kept[i], &naked), "SIM_SEED=%llu fails again",
		      (unsigned long long)kept[i]);
}

void test_engine_sim(void)
{
	const char *one = getenv("SIM_SEED"), *many = getenv("SIM_SEEDS");
	uint64_t first = one != NULL ? strtoull(one, NULL, 10) : check_seed() % 1000000000;
	uint64_t n = one != NULL ? 1 : many != NULL ? strtoull(many, NULL, 10) : 300;
	uint64_t fills = 0, trades = 0;
	ns worst[3] = { 0 };

	for (uint64_t seed = first; seed < first + n; seed++) {
		ns naked = 0;
		if (!one_life(seed, &naked)) {
			fprintf(stderr, "engine_sim: SIM_SEED=%llu fails\n",
					(unsigned long long)seed);
			return;
		}
		fills += broker.fills;
		trades += rig.store.trades_n;
		if (naked > worst[seed % 3])
			worst[seed % 3] = naked;
	}
	CHECK(fills > n * 10 && trades > n * 5, "the lives are lively: %llu fills, %llu trades",
	      (unsigned long long)fills, (unsigned long long)trades);
	if (many != NULL)
		printf("engine_sim: %llu seeds, %llu trades, %llu fills, "
		       "bare at most %lld, %lld, %lld ms\n",
		       (unsigned long long)n, (unsigned long long)trades, (unsigned long long)fills,
		       (long long)(worst[0] / NS_MS), (long long)(worst[1] / NS_MS),
		       (long long)(worst[2] / NS_MS));
}
