/* An exchange that forgets what is over goes on as one that remembers everything. */
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "exchange/core.h"

#define SHARES 3
#define INPUTS 4000
#define ROOM   1200		/* orders: of what lives, which 400 were too few for once */

static const char *const name[SHARES] = { "AAPL", "MSFT", "SPY" };

struct pair {
	struct xc *x[2];	/* the second one forgets */
	struct rng rng;
	ns   now;
	int64_t price[SHARES];
	uint32_t placed, forgotten, stayed;
};

static struct xc *core_of(uint32_t orders_max)
{
	struct xc_config c = { .orders_max = orders_max, .accounts = 2, .seed = 5,
			       .cash = { 100000 * NUM_ONE }, .latency = NS_MS, .shorting = true,
			       .partial_pct = 30, .fees = true, .multiplier = 4 };
	struct xc *x = xc_init(calloc(1, xc_size(&c)), &c, NULL);
	uint16_t asset;

	for (uint16_t i = 0; i < SHARES; i++)
		CHECK_INT(xc_add_asset(x, name[i], NULL, &asset), OK, "an asset");
	return x;
}

static px of(int64_t cents)
{
	return (px){ cents * (NUM_ONE / 100) };
}

/* The name by which both know an order: its own, or its parent's and which leg it is. */
static void name_of(const struct xc *x, xc_oid i, char out[160])
{
	const struct xc_order *o = xc_order(x, i);
	const char *leg = !o->is_leg ? "" : xc_order(x, o->parent)->leg[0] == i ? " up" : " down";

	(void)snprintf(out, 160, "%s%s", o->is_leg ? xc_order(x, o->parent)->cid : o->cid, leg);
}

static void same_events(struct pair *p)
{
	struct xc_event e[2];
	char who[2][160];
	bool more;

	do {
		more = xc_next_event(p->x[0], &e[0]);
		CHECK_INT(xc_next_event(p->x[1], &e[1]), more, "as many events come of both");
		if (!more)
			return;
		for (int k = 0; k < 2; k++)
			name_of(p->x[k], e[k].order, who[k]);
		CHECK_TEXT(who[1], who[0], "an event is of the same order");
		CHECK(e[0].kind == e[1].kind && e[0].status == e[1].status &&
		      e[0].account == e[1].account && e[0].ts == e[1].ts &&
		      e[0].done.n == e[1].done.n && e[0].n.n == e[1].n.n &&
		      e[0].at.n == e[1].at.n && e[0].fee.n == e[1].fee.n &&
		      e[0].position.n == e[1].position.n,
		      "%s of %s says the same", xc_event_text(e[0].kind), who[0]);
	} while (more);
}

static void same_state(struct pair *p)
{
	static xc_oid live[2][ROOM];
	char who[2][160];

	for (uint16_t a = 0; a < 2; a++) {
		struct xc_figures f = xc_account(p->x[0], a), g = xc_account(p->x[1], a);
		CHECK(f.cash.n == g.cash.n && f.equity.n == g.equity.n &&
		      f.buying_power.n == g.buying_power.n && f.reserved.n == g.reserved.n &&
		      f.accrued_fees.n == g.accrued_fees.n && f.day_trades == g.day_trades &&
		      f.maintenance_margin.n == g.maintenance_margin.n,
		      "the figures of account %d are the same", a);
	}
	for (uint16_t s = 0; s < SHARES; s++) {
		uint32_t n = xc_live(p->x[0], s, live[0], ROOM);
		CHECK_INT(xc_live(p->x[1], s, live[1], ROOM), n, "as many orders of %s live",
			  name[s]);
		for (uint32_t i = 0; i < n; i++) {
			for (int k = 0; k < 2; k++)
				name_of(p->x[k], live[k][i], who[k]);
			CHECK_TEXT(who[1], who[0], "the same order lives");
			const struct xc_order *o = xc_order(p->x[1], live[1][i]);
			CHECK_INT(xc_find(p->x[1], o->account, str_of(o->id)), live[1][i],
				  "it is found by its id");
			CHECK_INT(xc_find_cid(p->x[1], o->account, str_of(o->cid)), live[1][i],
				  "and by the client's");
		}
	}
}

static void place(struct pair *p)
{
	uint16_t s = (uint16_t)rng_below(&p->rng, SHARES), a = (uint16_t)rng_below(&p->rng, 2);
	bool buy = rng_below(&p->rng, 2) == 0;
	int64_t at = p->price[s], up = buy ? 1 : -1;
	struct xc_request rq = { .has = XC_QTY | XC_TIF | XC_CID, .tif = TIF_GTC,
				 .side = buy ? SIDE_BUY : SIDE_SELL,
				 .qty = qty_shares((int64_t)rng_below(&p->rng, 20) + 1) };
	struct xc_refusal why[2];

	memcpy(rq.symbol, name[s], strlen(name[s]) + 1);
	rq.cid_n = (size_t)snprintf(rq.cid, sizeof rq.cid, "order %u", p->placed++);
	if (rng_below(&p->rng, 2) == 0) {
		rq.type = TYPE_LIMIT;
		rq.has |= XC_LIMIT;
		rq.limit = of(at - up * (int64_t)rng_below(&p->rng, 30));
	}
	if (rng_below(&p->rng, 2) == 0) {
		rq.cls = CLASS_BRACKET;
		rq.has |= XC_TP_LIMIT | XC_SL_STOP | XC_TAKE_PROFIT | XC_STOP_LOSS;
		rq.tp_limit = of(at + up * (40 + (int64_t)rng_below(&p->rng, 60)));
		rq.sl_stop = of(at - up * (40 + (int64_t)rng_below(&p->rng, 60)));
	}
	bool first = xc_place(p->x[0], p->now, a, &rq, &why[0]) != XC_NONE;
	bool second = xc_place(p->x[1], p->now, a, &rq, &why[1]) != XC_NONE;
	CHECK(first == second && (first || strcmp(why[0].message, why[1].message) == 0),
	      "both take it, or refuse it in the same words: %s | %s",
	      first ? "taken" : why[0].message, second ? "taken" : why[1].message);
}

static void change(struct pair *p)
{
	char cid[32];
	size_t n = (size_t)snprintf(cid, sizeof cid, "order %u",
				    (uint32_t)rng_below(&p->rng, p->placed + 1));
	bool cancels = rng_below(&p->rng, 2) == 0;

	for (uint16_t a = 0; a < 2; a++) {
		xc_oid i[2];
		bool did[2];
		for (int k = 0; k < 2; k++)
			i[k] = xc_find_cid(p->x[k], a, (struct str){ cid, n });
		if (i[0] == XC_NONE || i[1] == XC_NONE ||
		    status_final(xc_order(p->x[0], i[0])->status))
			continue;
		struct xc_change ch = { .has = XC_QTY | XC_CID, .qty = qty_shares(25) };
		ch.cid_n = (size_t)snprintf(ch.cid, sizeof ch.cid, "order %u", p->placed);
		for (int k = 0; k < 2; k++) {
			struct xc_refusal why;
			did[k] = cancels ? xc_cancel(p->x[k], p->now, a, i[k], &why) :
				 xc_replace(p->x[k], p->now, a, i[k], &ch, &why) != XC_NONE;
		}
		p->placed += did[0] && !cancels;
		CHECK_INT(did[1], did[0], "%s is done by both", cid);
	}
}

static void quotes(struct pair *p)
{
	p->now += (ns)rng_below(&p->rng, 20) * NS_SECOND;
	/* Now and then a night passes. */
	if (rng_below(&p->rng, 300) == 0)
		p->now += NS_DAY;
	for (uint16_t s = 0; s < SHARES; s++) {
		p->price[s] += (int64_t)rng_below(&p->rng, 41) - 20;
		px at = of(p->price[s]);
		for (int k = 0; k < 2; k++)
			xc_quote(p->x[k], p->now, s, at, at, at, 1000);
	}
}

void test_exchange_core_that_forgets_is_one_that_remembers(void)
{
	struct pair p = { .x = { core_of(2 * INPUTS), core_of(ROOM) },
			  .now = ny_time(day_of(2024, 10, 1), 9, 31),
			  .price = { 20000, 30000, 50000 } };

	rng_seed_for(&p.rng, check_seed(), STR("forget"), 0);
	for (int i = 0; i < INPUTS; i++) {
		quotes(&p);
		same_events(&p);
		if (rng_below(&p.rng, 3) == 0)
			place(&p);
		else if (p.placed > 0)
			change(&p);
		same_events(&p);
		if (rng_below(&p.rng, 8) == 0) {
			uint32_t before = xc_orders(p.x[1]), n;
			const xc_oid *old = xc_forget(p.x[1], &n);
			CHECK(n <= before && (n == 0 || old[n - 1] < before),
			      "what stays was there before");
			p.forgotten += before - n;
			p.stayed += n;
		}
		same_state(&p);
	}
	CHECK(p.forgotten > INPUTS / 20 && p.stayed > 0, "%u were forgotten, %u stayed",
	      p.forgotten, p.stayed);
	free(p.x[0]);
	free(p.x[1]);
}
