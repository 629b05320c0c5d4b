/* Whose order it is: by its name, by its parent's, by the broker's id, by the store; and what
 * becomes of orders that are nobody's. */
#include <errno.h>

#include "base/log.h"
#include "check.h"
#include "test/failing.h"
#include "test/unit/run_desk.h"
#include "test/unit/run_rig.h"

static struct alpaca_order an_order(enum report_source from, const char *instance, const char *bid)
{
	struct alpaca_order o = { .n = 1 };
	struct report *r = &o.r[0];

	r->source = (uint8_t)from;
	r->status = ST_NEW;
	if (instance[0] != '\0')
		engine_cid(r->cid, instance, "AAPL", 28000000 * NS_MINUTE, 'e', 0);
	(void)!str_copy(r->bid, sizeof r->bid, str_of(bid));
	return o;
}

/* How many orders the instance has been told of since. */
static uint32_t told(void)
{
	struct event ev;
	uint32_t n = 0;

	while (ring_poll(&live.instance[0].in, &ev))
		n += ev.kind == EV_ORDER;
	return n;
}

void test_route_by_name_and_parent(void)
{
	rig_begin();
	struct alpaca_order o = an_order(FROM_REPLY, "bull", BID);
	CHECK_INT(wire_owner(&wire, &o.r[0]), 0, "its name says it");
	o = an_order(FROM_REPLY, "gone", BID);
	CHECK_INT(wire_owner(&wire, &o.r[0]), -1, "an instance that is not configured has none");
	memcpy(o.r[0].parent, rig_order(ROLE_ENTRY, 'e', "").cid, CID_TEXT);
	CHECK_INT(wire_owner(&wire, &o.r[0]), 0, "a leg's parent says it");
	rig_end();
}

void test_route_of_strangers(void)
{
	static const struct { enum report_source from; uint8_t status; uint32_t seen; } cases[] = {
		{ FROM_SYNC, ST_NEW, 1 }, { FROM_SYNC, ST_FILLED, 0 }, { FROM_ASK, ST_NEW, 0 },
	};

	rig_begin();
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct alpaca_order o = an_order(cases[i].from, "", BID);
		o.r[0].status = cases[i].status;
		wire.foreign_seen = 0;
		wire_report(&wire, &o);
		CHECK_INT(wire.foreign_seen, cases[i].seen, "counted in a listing while it lives: "
			  "case %u", (unsigned)i);
	}
	CHECK_INT(told(), 0, "nobody hears of them");
	rig_end();
}

/* The stream may tell of a leg before the reply that says whose it is. */
void test_route_of_orphans(void)
{
	struct alpaca_order o = an_order(FROM_STREAM, "", BID);

	rig_begin();
	log_init(LOG_ERROR, NULL, false);
	for (uint32_t i = 0; i < ORPHANS_MAX; i++) {
		if (i > 0)
			o.r[0].bid[0] = 'b';
		wire_report(&wire, &o);
	}
	CHECK_INT(wire.link.foreign_orders, 0, "for a while it may be ours");
	wire_report(&wire, &o);
	CHECK_INT(wire.link.foreign_orders, 1, "but so many are not kept");
	o = an_order(FROM_REPLY, "bull", BID);
	wire_learn(&wire, &o, 0);
	wire_orphans(&wire);
	CHECK_INT(told(), 1, "the one that is ours is told");
	CHECK_INT(wire.link.foreign_orders, 1, "the others are waited for");
	for (uint32_t i = 0; i < ORPHANS_MAX; i++)
		wire.orphan[i].since -= NS_MINUTE;
	wire_orphans(&wire);
	CHECK_INT(wire.link.foreign_orders, ORPHANS_MAX, "then they are somebody else's");
	wire_orphans(&wire);
	CHECK(wire.link.foreign_orders == ORPHANS_MAX && told() == 0, "once");
	rig_end();
}

void test_route_by_the_store(void)
{
	static const char *const names[] = { "bull", "gone" };
	struct desk *d = desk_begin();

	for (int i = 0; i < 2; i++) {
		struct writer_msg m = desk_message(ACT_PUT_ORDER, 'x', i);
		struct order *o = &m.u.action.u.order;
		engine_cid(o->cid, names[i], "AAPL", 28000000 * NS_MINUTE, 'x', 0);
		engine_cid(o->trade, names[i], "AAPL", 28000000 * NS_MINUTE, 'e', 0);
		(void)!str_copy(o->bid, sizeof o->bid, str_of(i == 0 ? BID : OTHER));
		desk_put(d, m);
	}
	desk_serve(d);
	rig_begin();
	live.store = d->good;
	uint64_t errors = log_count(LOG_ERROR);
	failing("mdb_cursor_open", 1, EINVAL, false);
	wire_routes_restore(&wire);
	CHECK(failing_end() && log_count(LOG_ERROR) > errors,
	      "a store that cannot be read is said");
	struct alpaca_order o = an_order(FROM_REPLY, "", BID);
	CHECK_INT(wire_owner(&wire, &o.r[0]), -1, "nothing is known");
	wire_routes_restore(&wire);
	CHECK_INT(wire_owner(&wire, &o.r[0]), 0, "a leg that the store has");
	o = an_order(FROM_REPLY, "", OTHER);
	CHECK_INT(wire_owner(&wire, &o.r[0]), -1, "one of an instance that is gone is nobody's");
	rig_end();
	desk_end(d);
}
