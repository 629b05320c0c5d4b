/* restore.c: the trades and orders that the store has, as the engine had them. */
#include "engine/inside.h"

/* The entry, when it was over and so not kept: as if it were not, so that the first
 * reconciliation asks for it and shows its legs. */
static void restore_entry(struct engine *e, struct slot *s)
{
	const struct trade *t = &s->life->t;
	struct held *h;
	struct order o = {
		.instance = e->c.index, .role = ROLE_ENTRY, .stage = ORDER_LIVE, .side = t->side,
		.type = TYPE_MARKET, .tif = TIF_GTC, .cls = CLASS_BRACKET, .status = ST_UNKNOWN,
		.sym = s->sym, .want = t->want, .done = t->in, .value = t->in_value,
		.take_profit = t->target, .stop_loss = t->stop, .sends = 1,
		.made = t->signal_ts, .updated = t->signal_ts,
	};

	if (s->life->n > 0)
		return;
	memcpy(o.cid, t->id, sizeof o.cid);
	memcpy(o.trade, t->id, sizeof o.trade);
	bool fits = orders_add(e, s, &o, &h);
	assert(fits);
	(void)fits;
}

/* The store has them by name; here what took another's place is behind it. */
static void put_in_order(struct life *l)
{
	for (uint32_t i = l->n - 1; i > 1; i--) {
		struct held *a = life_order(l, i - 1), *b = life_order(l, i), last = *b;
		if (a->o.made != b->o.made ? a->o.made < b->o.made : a->o.moved <= b->o.moved)
			break;
		*b = *a;
		*a = last;
	}
	assert(l->n > 0);
}

static void restore_order(struct engine *e, const struct order *o)
{
	for (uint32_t i = 0; i < e->lives_n; i++) {
		struct held *h;
		if (strcmp(e->life[i].t.id, o->trade) != 0)
			continue;
		struct slot *s = &e->slot[e->life[i].slot];
		struct cid_name n;
		if (!orders_add(e, s, o, &h))
			break;
		put_in_order(&e->life[i]);
		if (cid_read(&n, o->cid))	/* who was taken back begins to count anew */
			lost_used(e, s, &n, o->cid);
		return;
	}
	/* A trade is over only when its orders are: this should not be. */
	e->s.odd_reports++;
	assert(o->stage <= ORDER_DONE);
}

static void restore_trade(struct engine *e, const struct trade *t)
{
	bool over = t->state == TRADE_CLOSED;
	struct slot *s = over ? NULL : slot_add(e, t->sym);
	struct life *l = s == NULL || s->life != NULL ? NULL : life_begin(e, s);

	if (l == NULL) {
		e->s.odd_reports++;
		return;
	}
	l->t = *t;
	l->booked = t->opened > t->closed ? t->opened : t->closed;
	slot_activate(e, s);
}

void engine_restore(struct engine *e, const struct instance_state *s,
		    const struct trade *trades, uint32_t trades_n,
		    const struct order *orders, uint32_t orders_n)
{
	assert(!e->started && e->active_n == 0);
	if (s != NULL) {
		e->s = *s;
		e->s.instance = e->c.index;
		memcpy(e->s.name, e->c.name, sizeof e->s.name);
		/* What the program's end made of it; halts and pauses stay. */
		if (e->s.run == RUN_STOPPED || e->s.run == RUN_ERROR)
			e->s.run = RUN_RUNNING;
	}
	for (uint32_t i = 0; i < trades_n; i++)
		restore_trade(e, &trades[i]);
	/* Of each trade the entry is the first. */
	for (uint32_t i = 0; i < orders_n; i++)
		if (orders[i].role == ROLE_ENTRY)
			restore_order(e, &orders[i]);
	for (uint32_t i = 0; i < e->lives_n; i++)
		restore_entry(e, &e->slot[e->life[i].slot]);
	for (uint32_t i = 0; i < orders_n; i++)
		if (orders[i].role != ROLE_ENTRY)
			restore_order(e, &orders[i]);
	for (uint32_t i = 0; i < e->lives_n; i++)
		for (uint32_t j = 0; j < e->life[i].n; j++)
			execs_restore(e, &e->life[i], life_order(&e->life[i], j));
}
