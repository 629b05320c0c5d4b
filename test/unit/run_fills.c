/* The list of executions: its pages, their traps, and whose they are; positions of others. */
#include "check.h"
#include "run/wire_inner.h"

#include <stdio.h>

static struct live live;
static struct config config;
static struct wire wire;
static struct route routes[ROUTES_MAX];
static struct event event_memory[RING_INSTANCE];
static struct tell tell_memory[RING_TELL];
static struct task *task;

#define OURS   "61e69015-8549-4bfd-b9c3-01e75843f47d"
#define THEIRS "9c8f5cd2-1c2b-4b3a-8a5e-0d9c1b2a3f4e"

static void begin(void)
{
	memset(&wire, 0, sizeof wire);
	memset(&live, 0, sizeof live);
	memset(&config, 0, sizeof config);
	CHECK_INT(symbols_add(&config.symbols, STR("AAPL"), &(sym){ 0 }), OK, "a symbol");
	live.config = &config;
	live.symbols = &config.symbols;
	live.instances_n = 1;
	clock_init(&live.clock);
	atomic_store(&live.instances_up, true);
	atomic_store(&live.oldest_open, INT64_MAX);
	CHECK_INT(ring_init(&live.instance[0].in, event_memory, sizeof(struct event),
			    RING_INSTANCE), OK, "a ring");
	CHECK_INT(ring_init(&live.control.tells, tell_memory, sizeof(struct tell), RING_TELL), OK,
		  "a ring");
	wire.l = &live;
	wire.route = routes;
	wire.route_n = 1;
	wire.boot = BOOT_DONE;
	routes[0] = (struct route){ OURS, 0 };
	task = wire_task(&wire, TASK_FILLS, BUCKET_RECONCILE);
}

static void end(void)
{
	ring_free(&live.instance[0].in);
	ring_free(&live.control.tells);
}

/* A page with the executions a .. b. */
static bool page(int a, int b, const char *order)
{
	static char body[16384];
	size_t n = 1;

	body[0] = '[';
	for (int i = a; i <= b; i++)
		n += (size_t)snprintf(body + n, sizeof body - n, "%s{\"activity_type\":\"FILL\","
				      "\"id\":\"20241001100000%03d::execution-%d\","
				      "\"order_id\":\"%s\",\"symbol\":\"AAPL\",\"qty\":\"1\","
				      "\"cum_qty\":\"%d\",\"price\":\"100\"}", i > a ? "," : "",
				      i, i, order, i);
	snprintf(body + n, sizeof body - n, "]");
	return wire_fills(&wire, task, str_of(body));
}

static uint32_t told(void)
{
	struct event ev;
	uint32_t n = 0;

	while (ring_poll(&live.instance[0].in, &ev))
		n += ev.kind == EV_ORDER && ev.u.order.source == FROM_LIST &&
		     strncmp(ev.u.order.execution, "execution-", 10) == 0;
	return n;
}

void test_run_fills_pages(void)
{
	begin();
	CHECK(page(1, 5, OURS), "a page that has some: there may be more");
	CHECK_TEXT(task->token, "20241001100000005::execution-5", "behind its last");
	CHECK(page(4, 7, OURS), "one that begins too early, since some came in between");
	CHECK(!page(8, 7, OURS), "an empty one is the last");
	CHECK_INT(told(), 9, "all are told, two of them twice");
	CHECK(page(8, 9, OURS) && !page(8, 9, OURS), "a page that is told for ever is left");
	end();
}

void test_run_fills_end(void)
{
	int n = 0;

	begin();
	while (page(n, n, OURS) && n < 1000)
		n++;
	CHECK_INT(n, 49, "a list without an end is left after some pages");
	end();
}

void test_run_fills_of_others(void)
{
	begin();
	CHECK(page(1, 3, THEIRS), "a page");
	CHECK_INT(told(), 0, "of orders that are not ours nobody is told");
	CHECK(!wire_fills(&wire, task, STR("{\"message\":\"x\"}")), "no list at all");
	CHECK(!wire_fills(&wire, task, STR("[{\"id\":\"a::b\"")), "half a list");
	CHECK_INT(told(), 0, "says nothing");
	end();
}

/* After the stream was away the list goes back as far as the oldest trade; else some minutes. */
void test_run_fills_go_back(void)
{
	ns now = 100 * NS_DAY;

	begin();
	atomic_store(&live.oldest_open, now - NS_HOUR);
	CHECK_INT(wire_fills_from(&wire, now), now - NS_HOUR - NS_MINUTE, "as old as the trade");
	wire.link.synced = true;
	CHECK_INT(wire_fills_from(&wire, now), now - ORDERS_RECENT, "in the next: what is recent");
	wire.link.synced = false;
	atomic_store(&live.oldest_open, now - 9 * NS_DAY);
	CHECK_INT(wire_fills_from(&wire, now), now - ORDERS_BACK, "not further than listings go");
	atomic_store(&live.oldest_open, INT64_MAX);
	CHECK_INT(wire_fills_from(&wire, now), now - ORDERS_RECENT, "nothing is open");
	end();
}

/* What somebody else holds in the account is shown and counted, and nobody is told to touch it. */
void test_run_positions_of_others(void)
{
	struct event ev;

	begin();
	live.instance[0].config.symbols_n = 1;
	atomic_store(&live.instance[0].holding[0].n, 10 * NUM_ONE);
	atomic_store(&live.instance[0].holding[0].how, HOLDING_SAFE);
	CHECK(wire_positions(&wire, STR("[{\"symbol\":\"AAPL\",\"qty\":\"10\"},"
					"{\"symbol\":\"GME\",\"qty\":\"-3\"}]")), "a listing");
	CHECK_INT(wire.link.foreign_positions, 1, "one is not of our symbols: shown");
	CHECK(atomic_load(&live.strangers) == 1 && !atomic_load(&live.others[0]), "and counted");
	while (ring_poll(&live.instance[0].in, &ev))
		CHECK(ev.kind == EV_POSITION && ev.u.position.sym == 0, "told is only ours");
	wire.have_account = true;
	wire.account_long.n = 1000 * NUM_ONE;
	CHECK(wire_positions(&wire, STR("[{\"symbol\":\"AAPL\",\"qty\":\"12\","
					"\"current_price\":\"100\"}]")) && wire.sync_bad,
	      "a listing that the account denies");
	CHECK(atomic_load(&live.strangers) == 1 && !atomic_load(&live.others[0]), "says nothing");
	wire.account_long.n = 0;
	CHECK(wire_positions(&wire, STR("[{\"symbol\":\"AAPL\",\"qty\":\"12\","
					"\"current_price\":\"100\"}]")) && !wire.sync_bad,
	      "an account that says nothing denies nothing");
	wire.have_account = false;
	CHECK(wire_positions(&wire, STR("[{\"symbol\":\"AAPL\",\"qty\":\"12\"}]")), "another");
	CHECK(atomic_load(&live.strangers) == 0 && atomic_load(&live.others[0]),
	      "two of twelve shares are not ours");
	CHECK_INT(wire.link.foreign_positions, 1, "which is shown as well");
	CHECK(wire_positions(&wire, STR("[]")), "an empty one");
	CHECK(!atomic_load(&live.others[0]) && wire.link.foreign_positions == 0, "all is gone");
	end();
}

/* A symbol that was traded once, and by nobody now: all may look, since its shares may be theirs
 * from before. */
void test_run_positions_of_symbols_that_were_traded(void)
{
	struct event ev;
	sym gme;
	uint32_t told = 0;

	begin();
	live.instance[0].config.symbols_n = 2;
	CHECK_INT(symbols_add(&config.symbols, STR("MSFT"),
			      &live.instance[0].config.symbol[1]), OK, "a second one");
	CHECK_INT(symbols_add(&config.symbols, STR("GME"), &gme), OK, "the store's");
	CHECK(wire_positions(&wire, STR("[{\"symbol\":\"GME\",\"qty\":\"3\"},"
					"{\"symbol\":\"MSFT\",\"qty\":\"4\"}]")), "a listing");
	CHECK_INT(wire.link.foreign_positions, 1, "it is one of others");
	while (ring_poll(&live.instance[0].in, &ev))
		if (ev.kind == EV_POSITION && ev.u.position.n.n != 0)
			told += ev.u.position.sym == gme ? 1 : 10;
	CHECK_INT(told, 11, "and told like ours");
	CHECK(wire_positions(&wire, STR("[]")) && wire.link.foreign_positions == 0, "it is gone");
	end();
}

void test_run_positions_beyond_all_numbers(void)
{
	begin();
	CHECK(!wire_positions(&wire, STR("[{\"symbol\":\"AAPL\",\"qty\":\"9000000000\","
					 "\"current_price\":\"9000000000\"}]")),
	      "shares for more than there is money");
	CHECK(!wire_positions(&wire, STR("[{\"symbol\":\"AAPL\",\"qty\":\"6000000\","
					 "\"current_price\":\"1000\"},"
					 "{\"symbol\":\"GME\",\"qty\":\"6000000\","
					 "\"current_price\":\"1000\"}]")), "nor two such together");
	end();
}
