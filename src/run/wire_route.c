/* Whose order is it? Ours say it in their id; legs are known by what the broker said
 * when their parent was accepted, or in a nested listing. */
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
		if (memcmp(w->route[i].bid, bid, UUID_TEXT) == 0)
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

void wire_learn(struct wire *w, const struct alpaca_order *o, uint8_t instance)
{
	for (uint32_t i = 1; i < o->n; i++) {
		if (by_bid(w, o->r[i].bid) >= 0)
			continue;
		struct route *r = &w->route[w->route_n++ % ROUTES_MAX];
		memcpy(r->bid, o->r[i].bid, sizeof r->bid);
		r->instance = instance;
	}
}

static void give(struct wire *w, uint8_t instance, const struct report *r)
{
	struct event ev;

	memset(&ev, 0, sizeof ev);
	ev.kind = EV_ORDER;
	ev.ts = wire_now(w);
	ev.u.order = *r;
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
	int owner = wire_owner(w, &o->r[0]);

	if (owner >= 0) {
		wire_learn(w, o, (uint8_t)owner);
		for (uint32_t i = 0; i < o->n; i++)
			give(w, (uint8_t)owner, &o->r[i]);
	} else if (o->r[0].source == FROM_STREAM) {
		adopt_orphan(w, &o->r[0]);	/* a leg may be told before its parent's reply */
	} else if (o->r[0].source == FROM_SYNC) {
		w->link.foreign_orders++;
	}
}

void wire_orphans(struct wire *w)
{
	for (uint32_t i = 0; i < ORPHANS_MAX; i++) {
		struct orphan *o = &w->orphan[i];
		if (!o->used)
			continue;
		int owner = wire_owner(w, &o->r);
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
