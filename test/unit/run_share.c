/* A symbol that several instances hold: what each is told of the broker's position. */
#include "check.h"
#include "run/wire_inner.h"

#include <stdio.h>

#define N 3

static struct live live;
static struct config config;
static struct wire wire;
static struct event event_memory[N][RING_INSTANCE];
static struct tell tell_memory[RING_TELL];

static void begin(void)
{
	memset(&wire, 0, sizeof wire);
	memset(&live, 0, sizeof live);
	memset(&config, 0, sizeof config);
	CHECK_INT(symbols_add(&config.symbols, STR("AAPL"), &(sym){ 0 }), OK, "a symbol");
	live.config = &config;
	live.symbols = &config.symbols;
	live.instances_n = N;
	clock_init(&live.clock);
	atomic_store(&live.instances_up, true);
	atomic_store(&live.oldest_open, INT64_MAX);
	for (int i = 0; i < N; i++) {
		live.instance[i].config.symbols_n = 1;
		CHECK_INT(ring_init(&live.instance[i].in, event_memory[i], sizeof(struct event),
				    RING_INSTANCE), OK, "a ring");
	}
	CHECK_INT(ring_init(&live.control.tells, tell_memory, sizeof(struct tell), RING_TELL), OK,
		  "a ring");
	wire.l = &live;
	wire.boot = BOOT_DONE;
}

static void end(void)
{
	for (int i = 0; i < N; i++)
		ring_free(&live.instance[i].in);
	ring_free(&live.control.tells);
}

struct share {
	const char *name;
	int held[N];
	enum holding how[N];
	int there;		/* at the broker */
	int told[N];
	enum position_of of;
	bool others, unless;	/* hold some of it, as is found out; or as was known before */
};

#define SAFE HOLDING_SAFE
#define BARE HOLDING_BARE
#define BUSY HOLDING_BUSY

static const struct share shares[] = {
	{ "nothing is missing", { 10, 10, 5 }, { SAFE, SAFE, SAFE }, 25, { 25, 25, 25 },
	  POSITION_ACCOUNTED, false, false },
	{ "somebody else has some, too", { 10, 10, 0 }, { SAFE, SAFE, SAFE }, 30, { 30, 30, 30 },
	  POSITION_SHARED, true, true },
	{ "five are missing: the last bears it", { 10, 10, 0 }, { SAFE, SAFE, SAFE }, 15,
	  { 10, 5, 0 }, POSITION_OWN, false, false },
	{ "whose stop is gone bears it", { 10, 10, 10 }, { BARE, SAFE, SAFE }, 25, { 5, 10, 10 },
	  POSITION_OWN, false, false },
	{ "more than it has: the others, too", { 10, 10, 10 }, { BARE, SAFE, SAFE }, 12,
	  { 0, 10, 2 }, POSITION_OWN, false, false },
	{ "all are", { 10, 4, 0 }, { SAFE, SAFE, SAFE }, 0, { 0, 0, 0 }, POSITION_OWN, false,
	  false },
	{ "the broker is on the other side", { 10, 4, 0 }, { SAFE, SAFE, SAFE }, -3, { 0, 0, 0 },
	  POSITION_OWN, false, false },
	{ "short ones", { -10, -4, 0 }, { SAFE, SAFE, SAFE }, -8, { -8, 0, 0 }, POSITION_OWN,
	  false, false },
	{ "somebody else is short, too", { -10, -4, 0 }, { SAFE, SAFE, SAFE }, -15,
	  { -15, -15, -15 }, POSITION_SHARED, true, true },
	{ "only somebody else has some", { 0, 0, 0 }, { SAFE, SAFE, SAFE }, 7, { 7, 7, 7 },
	  POSITION_SHARED, true, true },
	{ "only somebody else is short", { 0, 0, 0 }, { SAFE, SAFE, SAFE }, -7, { -7, -7, -7 },
	  POSITION_SHARED, true, true },
	{ "one of them is amid a sale", { 10, 10, 0 }, { SAFE, BUSY, SAFE }, 15, { 15, 15, 15 },
	  POSITION_SHARED, false, false },
	{ "one of them is amid a purchase", { 10, 0, 0 }, { SAFE, BUSY, SAFE }, 15,
	  { 15, 15, 15 }, POSITION_SHARED, false, true },
	{ "one of them is amid a sale, and nothing is missing", { 10, 10, 0 },
	  { SAFE, BUSY, SAFE }, 20, { 20, 20, 20 }, POSITION_ACCOUNTED, false, false },
	{ "one of them has not begun", { 10, 10, 0 }, { SAFE, SAFE, HOLDING_UNSAID }, 20,
	  { 20, 20, 20 }, POSITION_SHARED, false, false },
	{ "against each other", { 10, -4, 0 }, { SAFE, SAFE, SAFE }, 2, { 2, 2, 2 },
	  POSITION_SHARED, false, false },
	{ "against each other, and some are missing", { -4, 10, 0 }, { SAFE, SAFE, SAFE }, 2,
	  { 2, 2, 2 }, POSITION_SHARED, false, false },
	{ "nobody has any", { 0, 0, 0 }, { SAFE, SAFE, SAFE }, 0, { 0, 0, 0 },
	  POSITION_ACCOUNTED, false, false },
};

/* Whether others hold some, counted in the account's limit. */
static void others(const struct share *c, const char *body)
{
	bool is = atomic_load(&live.others[0]);

	CHECK(is == c->others, "%s: others hold %s, it says", c->name, is ? "some" : "none");
	atomic_store(&live.others[0], true);
	CHECK(wire_positions(&wire, str_of(body)), "%s: again", c->name);
	is = atomic_load(&live.others[0]);
	CHECK(is == c->unless, "%s, and others held some: %s", c->name, is ? "still" : "no more");
	CHECK_INT(wire.link.foreign_positions, is, "%s: shown is what counts", c->name);
}

void test_run_shares_that_are_missing(void)
{
	char body[80];
	struct event ev;

	for (size_t k = 0; k < COUNT(shares); k++) {
		const struct share *c = &shares[k];
		begin();
		for (int i = 0; i < N; i++) {
			atomic_store(&live.instance[i].holding[0].n, c->held[i] * NUM_ONE);
			atomic_store(&live.instance[i].holding[0].how, c->how[i]);
		}
		(void)snprintf(body, sizeof body, "[{\"symbol\":\"AAPL\",\"qty\":\"%d\"}]",
			       c->there);
		if (c->there == 0)
			memcpy(body, "[]", 3);
		CHECK(wire_positions(&wire, str_of(body)), "%s: read", c->name);
		for (int i = 0; i < N; i++) {
			bool told = ring_poll(&live.instance[i].in, &ev);
			CHECK(told && ev.kind == EV_POSITION && ev.u.position.sym == 0,
			      "%s: %d is told", c->name, i);
			CHECK_INT(ev.u.position.n.n / NUM_ONE, c->told[i], "%s: %d has", c->name,
				  i);
			CHECK_INT(ev.u.position.of, c->of, "%s: %d", c->name, i);
		}
		others(c, body);
		end();
	}
}

/* Who does not trade the symbol has none of it, and is not waited for. */
void test_run_shares_of_two_of_three(void)
{
	struct event ev;

	begin();
	live.instance[2].config.symbols_n = 0;
	for (int i = 0; i < 2; i++) {
		atomic_store(&live.instance[i].holding[0].n, 10 * NUM_ONE);
		atomic_store(&live.instance[i].holding[0].how, SAFE);
	}
	CHECK(wire_positions(&wire, STR("[{\"symbol\":\"AAPL\",\"qty\":\"13\"}]")), "a listing");
	CHECK(ring_poll(&live.instance[1].in, &ev) && ev.u.position.n.n == 3 * NUM_ONE,
	      "the last of those that trade it bears what is missing");
	CHECK(!ring_poll(&live.instance[2].in, &ev), "the third is told nothing");
	end();
}

/* A listing has an order with our name. */
static bool given(enum report_source from, const char *bid)
{
	struct alpaca_order o = { .n = 1 };
	struct event ev;

	engine_cid(o.r[0].cid, "bull", "AAPL", 28000000 * NS_MINUTE, 'e', 0);
	(void)!str_copy(o.r[0].bid, sizeof o.r[0].bid, str_of(bid));
	o.r[0].source = (uint8_t)from;
	o.r[0].status = ST_NEW;
	wire_report(&wire, &o);
	return ring_poll(&live.instance[0].in, &ev) && ev.kind == EV_ORDER;
}

/* Where another gambler of the same configuration is at work, a name says nothing. */
void test_run_second_of_two_gamblers(void)
{
	static struct route routes[ROUTES_MAX];

	begin();
	wire.route = routes;
	wire.hash[0] = engine_name_hash("bull");
	wire.second = true;
	CHECK(!given(FROM_SYNC, "theirs"), "an order that our books do not have is the other's");
	CHECK_INT(wire.foreign_seen, 1, "which is counted");
	CHECK(!given(FROM_STREAM, "theirs-too"), "of the stream as well");
	routes[wire.route_n++] = (struct route){ "ours", 0 };
	CHECK(given(FROM_SYNC, "ours"), "one that they have is ours");
	wire.second = false;
	CHECK(given(FROM_SYNC, "theirs"), "alone, it is one of ours that was lost");
	end();
}
