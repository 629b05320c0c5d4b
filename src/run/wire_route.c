/* Whose order is it? Ours say it in their id; legs are known by what the broker said when their
 * parent was accepted, or in a nested listing; executions have the broker's id of the order. */
#include "run/wire_inner.h"

#include "base/log.h"

#define ORPHAN_TIME (10 * NS_SECOND)	/* mono: by then the reply that explains it has come */

static int by_cid(const struct wire *w, const char *cid)
{
	uint32_t hash = engine_cid_instance(str_of(cid));

	if (hash == 0)
		return -1;
	for (uint32_t i = 0; i < w->l->instances_n; i++)
		if (w->hash[i] == hash)
			return (int)i;
	return -1;
}

static int by_bid(const struct wire *w, const char *bid)
{
	uint32_t n = w->route_n < ROUTES_MAX ? w->route_n : ROUTES_MAX;

	for (uint32_t i = 0; i < n; i++)
		if (strcmp(w->route[i].bid, bid) == 0)
			return w->route[i].instance;
	return -1;
}

int wire_owner(const struct wire *w, const struct report *r)
{
	int i = by_cid(w, r->cid);

	if (i < 0 && r->parent[0] != 0)
		i = by_cid(w, r->parent);
	if (i < 0)
		i = by_bid(w, r->bid);
	return i;
}

/* The same, unless another program is at work in the account: then our names alone prove nothing,
 * since the names of a gambler of the same configuration are the same. */
static int owner_of(const struct wire *w, const struct report *r)
{
	return w->second && by_bid(w, r->bid) < 0 ? -1 : wire_owner(w, r);
}

static void learn(struct wire *w, const char *bid, uint8_t instance)
{
	if (bid[0] == 0 || by_bid(w, bid) >= 0)
		return;
	struct route *r = &w->route[w->route_n++ % ROUTES_MAX];
	memcpy(r->bid, bid, sizeof r->bid);
	r->instance = instance;
}

void wire_learn(struct wire *w, const struct alpaca_order *o, uint8_t instance)
{
	for (uint32_t i = 0; i < o->n; i++) {
		learn(w, o->r[i].bid, instance);
		learn(w, o->r[i].replaced_by, instance);
	}
}

static bool restore_route(void *ctx, const void *record)
{
	struct wire *w = ctx;
	const struct order *o = record;
	int i = by_cid(w, o->trade);

	if (i >= 0)
		learn(w, o->bid, (uint8_t)i);
	return true;
}

/* The order stream speaks of legs by the broker's ids: after a restart only the store
 * knows whose they are until a listing has come, and it goes back some days only. */
void wire_routes_restore(struct wire *w)
{
	if (store_open_orders(w->l->store, restore_route, w) != OK)
		log_error("routes.restore", "why=\"the store could not be read\"");
}

/* A trade of the books that has left the engine's tables is over: it is none that was lost. */
static bool booked(const struct wire *w, const struct report *r)
{
	struct trade t;

	return w->seeking && r->source == FROM_SYNC && r->parent[0] == 0 && r->done.n > 0 &&
	       store_trade(w->l->store, str_of(r->cid), &t) == OK;
}

static void give(struct wire *w, uint8_t instance, const struct report *r)
{
	struct event ev;

	memset(&ev, 0, sizeof ev);
	ev.kind = EV_ORDER;
	ev.ts = wire_now(w);
	ev.u.order = *r;
	ev.u.order.booked = booked(w, r);
	wire_give(w, instance, &ev);
}

static void adopt_orphan(struct wire *w, const struct report *r)
{
	for (uint32_t i = 0; i < ORPHANS_MAX; i++) {
		if (w->orphan[i].used)
			continue;
		w->orphan[i] = (struct orphan){ *r, mono_ns(), true };
		return;
	}
	w->link.foreign_orders++;
}

void wire_report(struct wire *w, const struct alpaca_order *o)
{
	int owner = owner_of(w, &o->r[0]);

	if (owner >= 0) {
		wire_learn(w, o, (uint8_t)owner);
		for (uint32_t i = 0; i < o->n; i++)
			give(w, (uint8_t)owner, &o->r[i]);
	} else if (o->r[0].source == FROM_STREAM) {
		adopt_orphan(w, &o->r[0]);	/* a leg may be told before its parent's reply */
	} else if (o->r[0].source == FROM_SYNC &&
		   !status_final((enum order_status)o->r[0].status)) {
		w->foreign_seen++;
	}
}

void wire_orphans(struct wire *w)
{
	for (uint32_t i = 0; i < ORPHANS_MAX; i++) {
		struct orphan *o = &w->orphan[i];
		if (!o->used)
			continue;
		int owner = owner_of(w, &o->r);
		if (owner >= 0) {
			o->used = false;
			give(w, (uint8_t)owner, &o->r);
		} else if (mono_ns() - o->since > ORPHAN_TIME) {
			o->used = false;
			w->link.foreign_orders++;
			log_info("order.foreign", "id=%s status=%s", o->r.bid,
				 status_text((enum order_status)o->r.status));
		}
	}
}
