/* whose.c: linked with the exchange: whose shares are whose. The exchange knows one account; by the
 * names of the orders each execution is an instance's, or of people who trade beside the bot.
 * Nobody sells what another one holds, and each one's stops are of what he holds himself. */
#include "market.h"

#include <stdlib.h>

#include "base/crc.h"
#include "exchange/core_inner.h"

#define ASSETS       8
#define LATE         (2500 * NS_MS)	/* for an order, behind its bar: two seconds are waited for
					 * the bar of another symbol, which may have none */
#define OWN_KNOWN    (10 * NS_SECOND)	/* until what one holds counts as a position */
#define THEIRS_KNOWN (2 * NS_MINUTE)	/* and what others do: two sweeps */

static const char *const instances[INSTANCES] = { "a", "b", "c" };
enum { PEOPLE = INSTANCES, OWNERS };

struct part {
	int64_t n;		/* signed */
	ns      held;		/* for so long */
	ns      bare, beyond;	/* for so long, of the session: less is stopped, or more, */
	int64_t by;		/* and by so much */
};

static struct part part[OWNERS][ASSETS];
static int64_t cash[OWNERS];
static uint32_t executions_seen, orders_seen, together;
static ns looked;

int market_owner(const struct xc *c, xc_oid at)
{
	const struct xc_order *o = xc_order(c, at);

	while (o->parent != XC_NONE || o->replaces != XC_NONE)
		o = xc_order(c, o->parent != XC_NONE ? o->parent : o->replaces);
	for (int i = 0; i < PEOPLE; i++) {
		char name[16];
		uint64_t h = hash64(instances[i], strlen(instances[i]));
		(void)snprintf(name, sizeof name, "gb-%08x-", (uint32_t)(h ^ h >> 32));
		if (strncmp(o->cid, name, strlen(name)) == 0)
			return i;
	}
	if (strncmp(o->cid, "gb-", 3) == 0)
		dst_fail("order %s is of no instance", o->cid);
	return PEOPLE;
}

static const char *owner_name(int owner)
{
	return owner < PEOPLE ? instances[owner] : "people";
}

static bool is_entry(const struct xc_order *o)
{
	size_t n = strlen(o->cid);

	return o->parent == XC_NONE && n > 2 && strcmp(o->cid + n - 2, "-e") == 0;
}

static uint32_t holders(int asset)
{
	uint32_t n = 0;

	for (int i = 0; i < PEOPLE; i++)
		n += part[i][asset].n != 0;
	return n;
}

static void book(const struct xc *c, const struct xc_execution *e)
{
	const struct xc_order *o = xc_order(c, e->order);
	int owner = market_owner(c, e->order);
	int64_t n = o->side == SIDE_BUY ? e->n.n : -e->n.n;
	struct part *p = &part[owner][o->asset];
	int64_t had = p->n;
	uint32_t n_had = holders(o->asset);

	p->n += n;
	p->held = p->n != 0 ? p->held : 0;
	together += n_had == 1 && holders(o->asset) == 2;
	cash[owner] -= usd_of(e->at, (qty){ n }, ROUND_NEAR).n;
	if (owner == PEOPLE || !market_exact())
		return;
	if (is_entry(o) ? (had < 0) != (n < 0) && had != 0
			: (had < 0) == (n < 0) || had == 0 || llabs(n) > llabs(had))
		dst_fail("order %s: of instance %s, which held %.3f %s, %.3f were traded", o->cid,
			 owner_name(owner), (double)had / 1e9, xc_asset(c, o->asset)->symbol,
			 (double)n / 1e9);
}

/* What working orders of an owner would sell, of a position on this side, if their price came. */
static int64_t stopped(const struct xc *c, uint16_t asset, int owner, int64_t position)
{
	xc_oid live[256];
	uint32_t n = xc_live(c, asset, live, COUNT(live));
	int64_t sum = 0;

	for (uint32_t i = 0; i < n && i < COUNT(live); i++) {
		const struct xc_order *o = xc_order(c, live[i]);
		const struct xi_node *at = xi_node(c, live[i]);
		bool works = xi_is_stop(o) && at->on_book && !at->waiting;
		if (works && market_owner(c, live[i]) == owner &&
		    (position == 0 || xi_closes(o->side, position)))
			sum += xi_left(o);
	}
	return sum;
}

uint32_t market_together(void)
{
	return together;
}

static void look_at_part(const struct xc *c, uint16_t asset, int owner, ns passed)
{
	struct part *p = &part[owner][asset];
	int64_t by = stopped(c, asset, owner, p->n) - llabs(p->n);

	p->held += p->n != 0 ? passed : 0;
	p->bare = by < 0 ? p->bare + passed : 0;
	p->beyond = by > 0 ? p->beyond + passed : 0;
	p->by = by;
}

/* ---- entries: when they come, and whether they may */

/* How many symbols and trades count since so long that the bot must know of them. What people have
 * of a symbol of the bot's counts as one with its own; as none beside an entry in it. */
static uint32_t known_positions(const struct xc *c, uint32_t entry)
{
	uint32_t n = 0;

	for (uint32_t a = 0; a < xc_assets(c); a++) {
		uint32_t own = 0;
		for (int owner = 0; owner < PEOPLE; owner++)
			own += part[owner][a].held > OWN_KNOWN + plan_patience();
		bool theirs = a != entry && part[PEOPLE][a].held > THEIRS_KNOWN + plan_patience();
		n += own > 0 ? own : theirs;
	}
	return n;
}

ns market_minute(const char *cid)
{
	const char *at = cid + strlen(cid) - 2;

	while (at > cid && at[-1] != '-')
		at--;
	return strtol(at, NULL, 36) * NS_MINUTE;
}

static void look_at_entry(const struct xc *c, const struct xc_order *o)
{
	uint32_t known = known_positions(c, o->asset);
	ns late = o->created - market_minute(o->cid);

	if (more_is(MORE_OTHERS) && market_exact() && known >= POSITIONS_MAX)
		dst_fail("order %s was made beside %u positions, and %d are allowed", o->cid, known,
			 POSITIONS_MAX);
	if (more_is(MORE_CROWD) && plan_rules()[0] == '\0' && late > LATE)
		dst_fail("order %s was made %.3f s behind its bar, and nothing is in the way",
			 o->cid, (double)late / 1e9);
}

void market_look(void)
{
	const struct xc *c = market_core();

	if (c == NULL)
		return;
	assert(xc_assets(c) <= ASSETS);
	for (; executions_seen < xc_executions(c); executions_seen++)
		book(c, xc_execution(c, executions_seen));
	ns passed = c->open && looked != 0 ? sim.now - looked : 0;
	looked = sim.now;
	bool quiet = plan_quiet_since() != NEVER && plan_quiet_since() < sim.now - NS_MINUTE;
	for (; orders_seen < xc_orders(c); orders_seen++)
		if (quiet && is_entry(xc_order(c, orders_seen)))
			look_at_entry(c, xc_order(c, orders_seen));
	for (uint32_t a = 0; a < xc_assets(c); a++)
		for (int owner = 0; owner < OWNERS; owner++)
			look_at_part(c, (uint16_t)a, owner, passed);
}

int64_t market_cash_of(int instance)
{
	return cash[instance];
}

int64_t market_of_people(const char *symbol)
{
	uint16_t a;
	const struct xc *c = market_core();

	if (c == NULL || !xc_find_asset(c, str_of(symbol), &a))
		return 0;
	market_look();
	return part[PEOPLE][a].n;
}

bool market_part(struct naked *out, bool beyond)
{
	*out = (struct naked){ .since = 0 };
	for (uint32_t a = 0; market_core() != NULL && a < xc_assets(market_core()); a++)
		for (int owner = 0; owner < PEOPLE; owner++) {
			const struct part *p = &part[owner][a];
			ns lasts = beyond ? p->beyond : p->bare;
			if (lasts <= out->since)
				continue;
			*out = (struct naked){ .shares = llabs(p->by), .since = lasts,
					       .whose = owner_name(owner) };
			memcpy(out->symbol, xc_asset(market_core(), (uint16_t)a)->symbol,
			       sizeof out->symbol - 1);
		}
	return out->since > 0;
}
