/* Reconciliations may come as often as they like: any number of them leaves what one leaves. A
 * life among lost, doubled and late news is lived twice from the same seed, once with each
 * reconciliation told as often as chance has it. */
#include <stdio.h>
#include <stdlib.h>

#include "test/unit/engine_broker.h"

#define STEP  (250 * NS_MS)
#define BLOCK 512

static struct rig rig;
static struct broker broker;
static struct rig_store once;
static struct event block[BLOCK];	/* what the last reconciliation has told */
static uint32_t block_n;
static struct rng copies;
static uint64_t seed;

static bool of_sweep(const struct event *ev)
{
	return ev->kind == EV_SYNC || ev->kind == EV_POSITION ||
	       (ev->kind == EV_ORDER && (ev->u.order.source == FROM_SYNC ||
					 ev->u.order.source == FROM_LIST));
}

/* The same once more: the broker hears nothing of it, and the ledger nothing new. */
static bool repeat(void)
{
	bool good = true;

	for (uint32_t i = 0; i < block_n; i++) {
		struct event ev = block[i];
		ev.ts = rig.now;
		rig_step(&rig, &ev);
		for (uint32_t a = 0; a < rig.out.n; a++) {
			enum action_kind kind = (enum action_kind)rig.out.a[a].kind;
			good &= CHECK(kind != ACT_SUBMIT && kind != ACT_REPLACE &&
				      kind != ACT_CANCEL && kind != ACT_FILL,
				      "seed %llu: told again, a reconciliation causes %d",
				      (unsigned long long)seed, (int)kind) != 0;
		}
	}
	return good;
}

static bool pass_on(struct event *ev, bool many)
{
	if (ev->kind == EV_SYNC && ev->u.sync.phase == SYNC_BEGIN)
		block_n = 0;
	if (of_sweep(ev) && block_n < BLOCK)
		block[block_n++] = *ev;
	rig_step(&rig, ev);
	broker_take(&broker, &rig.out);
	for (uint32_t i = 0; i < rig.out.n; i++)
		if (rig.out.a[i].kind == ACT_SYNC)
			broker_sync(&broker);
	if (!many || ev->kind != EV_SYNC || ev->u.sync.phase != SYNC_END)
		return true;
	for (uint64_t n = rng_below(&copies, 4); n > 0; n--)
		if (!repeat())
			return false;
	return true;
}

static bool tick(ns now, bool ideas, bool many)
{
	struct event ev;

	broker_move(&broker, now);
	while (broker_news(&broker, &ev))
		if (!pass_on(&ev, many))
			return false;
	for (sym s = 0; s < RIG_SYMBOLS && now % NS_MINUTE == 0; s++) {
		uint64_t idea = rng_below(&broker.rng, 6);
		px p = broker.price[s];
		rig_tell[s] = !ideas || idea > 2 ? TELL_NOTHING : (enum told)(TELL_LONG + idea);
		ev = (struct event){ .ts = now, .kind = EV_BAR, .u.bar = {
			.open_ts = now - NS_MINUTE, .ts = now, .open = p, .high = p, .low = p,
			.close = p, .volume = 1000, .sym = s } };
		(void)pass_on(&ev, many);
	}
	ev = (struct event){ .ts = now, .kind = EV_CLOCK,
			     .u.clock.complete = now % NS_MINUTE == 0 };
	if (now % NS_SECOND == 0 || now >= engine_wake(rig.engine))
		(void)pass_on(&ev, many);
	if (now % (15 * NS_SECOND) == 0)
		broker_sync(&broker);
	return true;
}

static bool live(bool many)
{
	ns start = rig_time(10, 0, 0);
	struct event up = { .kind = EV_LINK, .u.link = { true, true } };

	rig_open(&rig);
	broker_open(&broker, seed);
	rng_seed(&copies, seed);
	rig_stop = 0.004;
	rig_target = 0.006;
	broker.drop = 200;
	broker.twice = 100;
	broker.lose = 30;
	broker.slow = NS_SECOND;
	broker.lists_all = seed % 2 == 0;
	(void)pass_on(&up, many);
	broker_sync(&broker);
	for (ns now = start; now < start + 6 * NS_MINUTE; now += STEP)
		if (!tick(now, now < start + 5 * NS_MINUTE, many))
			return false;
	return true;
}

static bool same_orders(const struct rig_store *a, const struct rig_store *b)
{
	int good = 1;

	good &= CHECK_INT(b->orders_n, a->orders_n, "as many orders");
	for (uint32_t i = 0; i < a->orders_n && i < b->orders_n; i++) {
		const struct order *x = &a->order[i], *y = &b->order[i];
		good &= CHECK_TEXT(y->cid, x->cid, "the same orders");
		good &= CHECK(x->stage == y->stage && x->status == y->status &&
		      x->done.n == y->done.n && x->value.n == y->value.n && x->sends == y->sends &&
		      x->asked_cancel == y->asked_cancel, "%s %s is as it was", x->cid, x->bid);
	}
	return good != 0;
}

static bool same_books(const struct rig_store *a, const struct rig_store *b)
{
	int good = same_orders(a, b);

	good &= CHECK_INT(b->trades_n, a->trades_n, "as many trades");
	good &= CHECK_INT(b->fills_n, a->fills_n, "as many fills");
	for (uint32_t i = 0; i < a->trades_n && i < b->trades_n; i++) {
		const struct trade *x = &a->trade[i], *y = &b->trade[i];
		good &= CHECK(x->in.n == y->in.n && x->out.n == y->out.n && x->state == y->state &&
		      x->in_value.n == y->in_value.n && x->out_value.n == y->out_value.n &&
		      x->reason_out == y->reason_out && x->stop_seq == y->stop_seq &&
		      x->exit_seq == y->exit_seq, "%s is as it was", x->id);
	}
	for (uint32_t i = 0; i < a->fills_n && i < b->fills_n; i++)
		good &= CHECK(a->fill[i].n.n == b->fill[i].n.n &&
		      a->fill[i].value.n == b->fill[i].value.n &&
		      strcmp(a->fill[i].execution, b->fill[i].execution) == 0,
		      "fill %u is as it was", i);
	good &= CHECK_INT(b->state.pnl_all.n, a->state.pnl_all.n, "the gain");
	return good != 0;
}

void test_engine_sweeps_any_number_is_one(void)
{
	const char *one = getenv("SWEEP_SEED");
	uint64_t first = one != NULL ? strtoull(one, NULL, 10) : check_seed() % 1000000000;
	uint32_t fills = 0;

	for (seed = first; seed < first + (one != NULL ? 1 : 40); seed++) {
		bool good = live(false);
		once = rig.store;
		rig_close(&rig);
		good &= live(true);
		good = good && same_books(&once, &rig.store);
		fills += once.fills_n;
		rig_close(&rig);
		if (!good) {
			fprintf(stderr, "engine_sweeps: SWEEP_SEED=%llu fails\n",
				(unsigned long long)seed);
			return;
		}
	}
	CHECK(one != NULL || fills > 150, "the lives are lively: %u fills", fills);
}
