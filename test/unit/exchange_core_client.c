/* A client's books: what a bot makes of the updates, in whatever order they reach it, twice or
 * after a replay: always the same positions, cash and statuses, and the exchange's own.
 *
 * It needs three things of an update: fills are known by their execution's id, a bust or a
 * correction names the one that it changes; event ids sort as the updates came; and what is
 * final stays so. */
#include <stdlib.h>

#include "check.h"
#include "exchange_rules.h"

#define HEARD_MAX 192
#define ENOUGH    64	/* updates of a life; an input may bring more than it takes to get there */

struct heard {			/* what one update says */
	struct xc_event e;
	uint64_t id;		/* as event_id: it sorts */
	enum side side;
	uint16_t asset;
};

struct fill {
	char id[UUID_TEXT];
	bool known, busted, repriced;
	uint16_t account, asset;
	int64_t n;		/* signed */
	px at, better;
};

struct books {
	struct { enum order_status status; uint64_t id; int64_t done; } order[RULES_ORDERS];
	struct fill fill[HEARD_MAX];
	size_t fills;
};

struct ear {
	const struct xc *x;
	struct heard heard[HEARD_MAX];
	size_t n;
	bool deaf;		/* there was more than could be kept */
};

struct seen_of { int whole, longer, fills, amended; };

static uint32_t draw(void *ctx, uint32_t below)
{
	return (uint32_t)rng_below(ctx, below);
}

static void hear(void *ctx, const struct xc_event *e)
{
	struct ear *ear = ctx;
	const struct xc_order *o = xc_order(ear->x, e->order);

	if (ear->n == HEARD_MAX) {
		ear->deaf = true;
		return;
	}
	ear->heard[ear->n] = (struct heard){ *e, ear->n + 1, o->side, o->asset };
	ear->n++;
}

/* ---- the client */
static struct fill *fill_of(struct books *b, const char *id)
{
	for (size_t i = 0; i < b->fills; i++)
		if (strcmp(b->fill[i].id, id) == 0)
			return &b->fill[i];
	struct fill *f = &b->fill[b->fills++];
	memcpy(f->id, id, sizeof(f->id));
	return f;
}

static void learn(struct books *b, const struct heard *h)
{
	const struct xc_event *e = &h->e;
	bool later = h->id > b->order[e->order].id;

	if (e->kind == XE_FILL || e->kind == XE_PARTIAL_FILL) {
		struct fill *f = fill_of(b, e->execution);
		f->known = true;
		f->account = e->account;
		f->asset = h->asset;
		f->n = h->side == SIDE_BUY ? e->n.n : -e->n.n;
		f->at = e->at;
	}
	if (e->kind == XE_TRADE_BUST)
		fill_of(b, e->previous)->busted = true;
	if (e->kind == XE_TRADE_CORRECT) {
		struct fill *f = fill_of(b, e->previous);
		f->repriced = true;
		f->better = e->at;
	}
	if (!status_final(b->order[e->order].status) && (later || status_final(e->status)))
		b->order[e->order].status = e->status;
	if (later) {
		b->order[e->order].id = h->id;
		b->order[e->order].done = e->done.n;
	}
}

static int64_t books_cash(const struct books *b, uint16_t account)
{
	int64_t cash = 0;

	for (size_t i = 0; i < b->fills; i++) {
		const struct fill *f = &b->fill[i];
		usd value = usd_of(f->repriced ? f->better : f->at, (qty){ xi_abs(f->n) },
				   ROUND_NEAR);
		if (f->known && !f->busted && f->account == account)
			cash += f->n > 0 ? -value.n : value.n;
	}
	return cash;
}

static int64_t books_position(const struct books *b, uint16_t account, uint16_t asset)
{
	int64_t n = 0;

	for (size_t i = 0; i < b->fills; i++)
		if (b->fill[i].known && !b->fill[i].busted && b->fill[i].account == account &&
		    b->fill[i].asset == asset)
			n += b->fill[i].n;
	return n;
}

/* ---- the truth: without what befalls an account besides trades, which no update tells */
static const char *differs(const struct xc *x, const struct books *b)
{
	for (uint16_t who = 0; who < x->c.accounts; who++) {
		int64_t cash = xc_account(x, who).cash.n - xc_start_cash(x, who).n;
		int64_t position[RULES_ASSETS];
		for (uint16_t k = 0; k < RULES_ASSETS; k++)
			position[k] = xi_holding(x, who, k)->pub.n.n;
		for (uint32_t i = 0; i < xc_activities(x); i++) {
			const struct xc_activity *a = xc_activity(x, i);
			cash -= a->account == who ? a->amount.n : 0;
			if (a->account == who && a->kind == XY_SPLIT)
				position[a->asset] -= a->n.n;
		}
		if (books_cash(b, who) != cash)
			return "cash";
		for (uint16_t k = 0; k < RULES_ASSETS; k++)
			if (books_position(b, who, k) != position[k])
				return "a position";
	}
	for (uint32_t i = 0; i < xc_orders(x); i++) {
		if (b->order[i].status != xc_order(x, i)->status)
			return "an order's status";
		if (b->order[i].done != xc_order(x, i)->done.n)
			return "a filled quantity";
	}
	return NULL;
}

/* ---- orders of arrival */
static bool next_order(uint8_t *at, size_t n)
{
	size_t i = n, j = n;

	while (i > 1 && at[i - 2] > at[i - 1])
		i--;
	if (i <= 1)
		return false;
	while (at[j - 1] < at[i - 2])
		j--;
	uint8_t t = at[i - 2];
	at[i - 2] = at[j - 1];
	at[j - 1] = t;
	for (size_t k = 0; k < (n - i + 1) / 2; k++) {
		t = at[i - 1 + k];
		at[i - 1 + k] = at[n - 1 - k];
		at[n - 1 - k] = t;
	}
	return true;
}

static bool agree(const struct ear *ear, const uint8_t *at, size_t n, uint64_t seed)
{
	static struct books b;

	memset(&b, 0, sizeof(b));
	for (size_t i = 0; i < n; i++)
		learn(&b, &ear->heard[at[i]]);
	const char *what = differs(ear->x, &b);
	return CHECK(what == NULL, "life %llu: %s in a client's books is not the exchange's, "
		     "with its %d updates in another order", (unsigned long long)seed, what,
		     (int)ear->n);
}

static void all_orders(const struct ear *ear, uint64_t seed)
{
	uint8_t at[6] = { 0, 1, 2, 3, 4, 5 };

	while (agree(ear, at, ear->n, seed) && next_order(at, ear->n)) {
	}
}

/* Shuffled, some twice, and then a part of them once more from the beginning. */
static void some_orders(const struct ear *ear, struct rng *rng, uint64_t seed)
{
	uint8_t at[3 * HEARD_MAX];

	for (int k = 0; k < 24; k++) {
		size_t n = ear->n;
		for (size_t i = 0; i < n; i++)
			at[i] = (uint8_t)i;
		for (uint32_t twice = draw(rng, (uint32_t)ear->n); twice > 0; twice--)
			at[n++] = (uint8_t)draw(rng, (uint32_t)ear->n);
		for (size_t i = n; k > 0 && i > 1; i--) {
			size_t j = draw(rng, (uint32_t)i);
			uint8_t t = at[i - 1];
			at[i - 1] = at[j];
			at[j] = t;
		}
		for (size_t i = 0, replay = draw(rng, (uint32_t)ear->n); i < replay; i++)
			at[n++] = (uint8_t)i;
		if (!agree(ear, at, n, seed))
			return;
	}
}

/* ---- lives: nothing happens in them that no update tells (lost legs, a reset) */
static void life(uint64_t seed, size_t enough, struct seen_of *seen)
{
	static struct ear ear;
	struct rng rng;
	struct rules r = { .draw = draw, .ctx = &rng, .lasting = true, .hear = hear,
			   .mischief = RULES_ALL & ~(uint32_t)(XM_LOST_STOP | XM_LOST_LEGS),
			   .hearer = &ear };

	rng_seed(&rng, seed);
	struct xc_config c = rules_config(&r, seed);
	void *memory = calloc(1, xc_size(&c));
	CHECK(memory != NULL, "there is memory");
	if (memory == NULL)
		return;
	rules_begin(&r, memory, &c);
	ear.x = r.x;
	ear.n = 0;
	ear.deaf = false;
	for (int n = 0; n < 600 && ear.n < enough; n++)
		CHECK(rules_step(&r), "life %llu, input %d: %s", (unsigned long long)seed, n,
		      r.broken);
	for (size_t i = 0; i < ear.n; i++) {
		seen->fills += ear.heard[i].e.execution[0] != '\0' && ear.heard[i].e.n.n > 0;
		seen->amended += ear.heard[i].e.previous[0] != '\0';
	}
	seen->whole += ear.n <= 6;
	seen->longer += ear.n > 6;
	if (ear.n <= 6)
		all_orders(&ear, seed);
	else if (!ear.deaf)
		some_orders(&ear, &rng, seed);
	free(memory);
}

void test_exchange_core_client_books(void)
{
	uint64_t seed = check_seed();
	struct seen_of seen = { 0 };

	for (uint64_t i = 0; i < 300; i++)
		life(seed + i, i % 2 ? ENOUGH : 3 + i % 4, &seen);
	CHECK(seen.whole > 50 && seen.longer > 50, "lives of both kinds: %d and %d", seen.whole,
	      seen.longer);
	CHECK(seen.fills > 500 && seen.amended > 0, "that traded: %d fills, %d of them changed",
	      seen.fills, seen.amended);
}
