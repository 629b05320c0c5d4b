/* risk_gate.c: every refusal of the gate both ways: at the limit it passes, one step
 * beyond it does not; what reduces passes by the caps. */
#include <math.h>

#include "risk/risk.h"
#include "test/check.h"

static struct limits limits;
static struct gate_input in;
static struct order order;
static struct gate_trace trace;
static struct ticket ticket;

static usd dollars(int64_t n) { return (usd){ n * NUM_ONE }; }
static px at(double v) { return (px){ llround(v * 1e4) * (NUM_ONE / 10000) }; }

/* 100 shares at 100: a bracket that passes all. */
static void good_entry(void)
{
	limits = (struct limits){ .capital = dollars(50000), .order_notional_max = dollars(20000),
		.positions_max = 5, .day_loss_bp = 500, .losses_in_row_max = 10,
		.orders_minute_max = 10, .orders_day_max = 100, .stale_after = 90 * NS_SECOND };
	in = (struct gate_input){ .kill = KILL_RUN, .linked = true, .in_session = true,
		.in_window = true, .tradable = true, .on_list = true, .now = NS_DAY,
		.newest_bar = NS_DAY, .last = at(100) };
	order = (struct order){ .cid = "gb-1-e", .role = ROLE_ENTRY, .side = SIDE_BUY,
		.type = TYPE_MARKET, .cls = CLASS_BRACKET, .want = qty_shares(100),
		.stop_loss = at(99), .take_profit = at(105) };
}

static enum deny ask(void)
{
	return gate_check(&limits, &in, &order, &ticket, &trace);
}

static void denied(enum deny why, const char *what)
{
	enum deny got = ask();

	CHECK_TEXT(deny_text(got), deny_text(why), "%s", what);
	CHECK_INT(ticket.approved, 0, "%s: no ticket", what);
	CHECK(trace.n > 0 && trace.line[trace.n - 1].check == why,
			"%s: the last line is the refusal", what);
	good_entry();
}

static void allowed(const char *what)
{
	CHECK_TEXT(deny_text(ask()), "allow", "%s", what);
	CHECK(ticket.approved != 0, "%s: a ticket", what);
	CHECK(memcmp(&ticket.order, &order, sizeof order) == 0, "%s: of this order", what);
	good_entry();
}

/* What takes the place of a leg carries its class, and is no bracket. */
void test_gate_moved_legs(void)
{
	good_entry();
	order = (struct order){ .cid = "gb-1-r0", .role = ROLE_STOP, .side = SIDE_SELL,
		.type = TYPE_STOP, .cls = CLASS_BRACKET, .leg = 1, .want = qty_shares(100),
		.stop = at(99) };
	in.reduces = true;
	allowed("a stop is moved");
	order = (struct order){ .cid = "gb-1-r1", .role = ROLE_TARGET, .side = SIDE_SELL,
		.type = TYPE_LIMIT, .cls = CLASS_BRACKET, .leg = 1, .want = qty_shares(100),
		.limit = at(106) };
	in.reduces = true;
	allowed("a target is moved");
	order = (struct order){ .cid = "gb-1-r2", .role = ROLE_STOP, .side = SIDE_SELL,
		.type = TYPE_STOP, .cls = CLASS_BRACKET, .leg = 1, .want = qty_shares(100),
		.stop = at(100) };
	in.reduces = true;
	denied(DENY_GRID, "a stop is moved to where the price is");
}

void test_gate_state(void)
{
	good_entry();
	allowed("a good entry");
	for (int kill = KILL_REDUCE_ONLY; kill <= KILL_HALT; kill++) {
		in.kill = (enum kill_state)kill;
		denied(DENY_KILL, kill_text((enum kill_state)kill));
	}
	in.paused = true;
	denied(DENY_PAUSED, "paused");
	in.linked = false;
	denied(DENY_LINK, "no link");
	in.in_session = false;
	denied(DENY_SESSION, "market closed");
	in.in_window = false;
	denied(DENY_SESSION, "outside the window");
	in.on_list = false;
	denied(DENY_SYMBOL, "not on the list");
	in.tradable = false;
	denied(DENY_SYMBOL, "not tradable");
	in.have_trade = true;
	denied(DENY_DUPLICATE, "a position already");
	order.cid[0] = '\0';
	denied(DENY_DUPLICATE, "no name");
	in.newest_bar = in.now - 90 * NS_SECOND;
	allowed("the newest bar just new enough");
	in.newest_bar = in.now - 90 * NS_SECOND - 1;
	denied(DENY_STALE, "a bar too old");
	in.newest_bar = 0;
	denied(DENY_STALE, "no bar at all");
}

void test_gate_order(void)
{
	good_entry();
	order.want = (qty){ 0 };
	denied(DENY_QTY, "nothing");
	order.want = qty_shares(-1);
	denied(DENY_QTY, "negative");
	order.want.n += NUM_ONE / 2;
	denied(DENY_QTY, "half a share");
	order.stop_loss.n += NUM_ONE / 1000;
	denied(DENY_GRID, "a stop off the grid");
	order.take_profit.n -= 1;
	denied(DENY_GRID, "a target off the grid");
	order.stop_loss = at(100);
	denied(DENY_GRID, "a stop at the price");
	order.stop_loss = at(99.99);
	allowed("a stop one tick below");
	order.take_profit = at(100);
	denied(DENY_GRID, "a target at the price");
	order.stop_loss = (px){ 0 };
	denied(DENY_GRID, "a bracket without a stop");
	order.side = SIDE_SELL;
	denied(DENY_GRID, "a short's stop below the price");
	order.side = SIDE_SELL;
	order.stop_loss = at(101);
	order.take_profit = at(95);
	allowed("a short the right way round");
	in.last = (px){ 0 };
	denied(DENY_GRID, "no price to compare with");
	order.type = TYPE_LIMIT;
	denied(DENY_GRID, "a limit order without a limit");
	order.type = TYPE_LIMIT;
	order.limit = at(98.5);
	denied(DENY_GRID, "a limit below the stop");
	order.type = TYPE_LIMIT;
	order.limit = at(99.5);
	allowed("a limit between stop and target");
	order.take_profit = at(-0.01);
	denied(DENY_GRID, "a target below zero");
	order.side = SIDE_SELL;
	order.stop_loss = at(100);
	order.take_profit = at(95);
	denied(DENY_GRID, "a short's stop at the price");
	order = (struct order){ .cid = "gb-1-s0", .role = ROLE_STOP, .side = SIDE_SELL,
		.type = TYPE_STOP_LIMIT, .want = qty_shares(100), .stop = at(99), .limit = at(98) };
	in.reduces = true;
	allowed("a stop with a limit");
}

void test_gate_caps(void)
{
	good_entry();
	order.want = qty_shares(200);
	allowed("exactly the largest order");
	order.want = qty_shares(201);
	denied(DENY_NOTIONAL, "one share more");
	order.want = (qty){ 9000000 * NUM_ONE };
	in.last = at(100000);
	order.stop_loss = at(99000), order.take_profit = at(101000);
	denied(DENY_NOTIONAL, "more than numbers hold");
	in.gross = dollars(40000);
	allowed("exactly the capital");
	in.gross = (usd){ 40000 * NUM_ONE + 1 };
	denied(DENY_CAPITAL, "a billionth of a dollar more");
	in.gross = dollars(50001);
	denied(DENY_CAPITAL, "more than the capital is in use already");
	in.positions = 4;
	allowed("the fifth position");
	in.positions = 5;
	denied(DENY_POSITIONS, "the sixth");
	in.orders_minute = 9;
	allowed("the tenth order of the minute");
	in.orders_minute = 10;
	denied(DENY_ORDER_RATE, "the eleventh");
	in.orders_day = 99;
	allowed("the hundredth order of the day");
	in.orders_day = 100;
	denied(DENY_ORDER_RATE, "the one after");
	in.pnl_day = (usd){ -2500 * NUM_ONE + 1 };
	allowed("just under the day's loss");
	in.pnl_day = dollars(-2500);
	denied(DENY_DAY_LOSS, "the day's loss");
	in.losses_in_row = 9;
	allowed("nine losses");
	in.losses_in_row = 10;
	denied(DENY_LOSS_STREAK, "ten");
}

/* Everything that forbids an entry, and the exit still goes. */
static void worst_case(void)
{
	good_entry();
	in = (struct gate_input){ .kill = KILL_HALT, .paused = true, .reduces = true, .now = NS_DAY,
		.last = at(100), .gross = dollars(1000000), .positions = 99, .orders_minute = 999,
		.orders_day = 9999, .pnl_day = dollars(-100000), .losses_in_row = 99 };
	order = (struct order){ .cid = "gb-1-x0", .role = ROLE_EXIT, .side = SIDE_SELL,
		.type = TYPE_MARKET, .want = qty_shares(100000) };
}

static enum deny worst(void)
{
	enum deny got = ask();

	worst_case();
	return got;
}

void test_gate_reduces(void)
{
	worst_case();
	CHECK_TEXT(deny_text(worst()), "allow", "an exit passes by the caps");
	order.role = ROLE_STOP;
	order.type = TYPE_STOP;
	order.stop = at(99);
	CHECK_TEXT(deny_text(worst()), "allow", "a stop too");
	order.type = TYPE_STOP;
	order.stop = at(99.001);
	CHECK_TEXT(deny_text(worst()), "grid", "never off the grid");
	order.type = TYPE_STOP;
	order.stop = at(100);
	CHECK_TEXT(deny_text(worst()), "grid", "nor where it would fire at once");
	order.type = TYPE_STOP;
	CHECK_TEXT(deny_text(worst()), "grid", "nor without a price");
	in.have_trade = true;
	CHECK_TEXT(deny_text(worst()), "duplicate", "nor under a name that is taken");
	order.want.n = 1;
	order.want.n = 0;
	CHECK_TEXT(deny_text(worst()), "qty", "nor nothing");
	order.want.n = 1;
	CHECK_TEXT(deny_text(worst()), "allow", "what is left of a share may go");
	order.role = ROLE_ENTRY;
	CHECK_TEXT(deny_text(worst()), "kill",
			"an entry that calls itself an exit is not believed");
	in.reduces = false;
	CHECK_TEXT(deny_text(worst()), "kill", "nor is an exit that opens");
}

void test_gate_trace(void)
{
	double v[NOTE_VALUES];
	struct gate_trace t;

	good_entry();
	in.orders_minute = 3;
	in.orders_day = 7;
	CHECK_INT(ask(), ALLOW, "it passes");
	t = trace;
	uint32_t n = gate_values(&t, v, NOTE_VALUES);
	CHECK(n <= NOTE_VALUES && n % 2 == 0, "pairs that fit a note: %u", n);
	for (uint32_t i = 0; i < n / 2; i++) {
		CHECK(gate_pair(i) != ALLOW, "pair %u has a check", i);
		CHECK(!isnan(v[2 * i]) && !isnan(v[2 * i + 1]), "%s was made",
				deny_text(gate_pair(i)));
	}
	CHECK_INT(gate_pair(n / 2), ALLOW, "and no more");
	CHECK(v[0] == 100 && v[1] == 1, "a hundred shares, at least one");
	CHECK(v[10] == 4 && v[11] == 10 && v[12] == 8 && v[13] == 100,
			"both rates, each at its place");
	in.gross = dollars(49999);
	CHECK_INT(ask(), DENY_CAPITAL, "over the capital");
	gate_values(&trace, v, NOTE_VALUES);
	CHECK(v[6] == 59999 && v[7] == 50000, "what was compared");
	CHECK(isnan(v[8]), "what was not asked any more has no value");
	for (int d = ALLOW; d < DENY_COUNT; d++)
		CHECK(deny_text((enum deny)d)[0] != '\0' && deny_help((enum deny)d)[0] != '\0',
		      "%d has a word and a sentence", d);
	CHECK_TEXT(deny_text(DENY_COUNT), "unknown", "beyond the table");
}
