/* risk_account.c: every refusal of the guard both ways; what is set aside; opposite orders. */
#include <stdio.h>

#include "risk/risk.h"
#include "test/check.h"

static struct guard guard;
static struct account account;
static struct order order;
static struct gate_trace trace;

static usd dollars(int64_t n) { return (usd){ n * NUM_ONE }; }

static void good(void)
{
	struct limits_account l = { .positions_max = 10, .day_loss_bp = 1000, .margin_bp = 5000,
				    .cash_bp = 2000 };

	guard_init(&guard, &l);
	account = (struct account){ .status = "ACTIVE", .cash = dollars(100000),
		.equity = dollars(100000), .buying_power = dollars(200000), .shorting = true };
	guard_account(&guard, &account, 1);
	/* 100 shares at 100. */
	order = (struct order){ .cid = "gb-1-e", .role = ROLE_ENTRY, .side = SIDE_BUY,
		.type = TYPE_MARKET, .sym = 3, .instance = 1, .want = qty_shares(100) };
}

static enum deny ask(void)
{
	return guard_check(&guard, &order, (px){ 100 * NUM_ONE }, &trace);
}

static void told(void)
{
	guard_account(&guard, &account, 1);
}

static void expect(enum deny why, const char *what)
{
	enum deny got = ask();

	CHECK_TEXT(deny_text(got), deny_text(why), "%s", what);
	CHECK(trace.n > 0 && (got == ALLOW || trace.line[trace.n - 1].check == got),
	      "%s: the last line is the refusal", what);
	good();
}

void test_guard_account(void)
{
	struct limits_account l = { .positions_max = 10 };

	good();
	expect(ALLOW, "a good entry");
	guard_init(&guard, &l);
	expect(DENY_ACCOUNT, "no account was reported");
	account.blocked = true;
	told();
	expect(DENY_ACCOUNT, "blocked");
	account.equity = dollars(0);
	told();
	expect(DENY_ACCOUNT, "without equity");
	account.shorting = false;
	told();
	order.side = SIDE_SELL;
	expect(DENY_ACCOUNT, "a short where none may be");
	order.side = SIDE_SELL;
	expect(ALLOW, "a short where it may");
}

void test_guard_funds(void)
{
	good();
	account.buying_power = dollars(10000);
	told();
	expect(ALLOW, "exactly the buying power");
	account.buying_power = (usd){ 10000 * NUM_ONE - 1 };
	told();
	expect(DENY_BUYING_POWER, "a little less");
	account.buying_power = dollars(10299);
	told();
	order.side = SIDE_SELL;
	expect(DENY_BUYING_POWER, "shorts are reckoned at 3 %% more");
	order.want = (qty){ INT64_MAX / NUM_ONE * NUM_ONE };
	expect(DENY_BUYING_POWER, "more than numbers hold");
	guard_positions(&guard, 9);
	expect(ALLOW, "the tenth position");
	guard_positions(&guard, 10);
	expect(DENY_PORTFOLIO_POSITIONS, "the eleventh");
	account.initial_margin = dollars(45000);
	told();
	expect(ALLOW, "margin exactly at its bound");
	account.initial_margin = (usd){ 45000 * NUM_ONE + 1 };
	told();
	expect(DENY_MARGIN, "beyond it");
	account.cash = dollars(30000);
	told();
	expect(ALLOW, "cash exactly at its bound");
	account.cash = (usd){ 30000 * NUM_ONE - 1 };
	told();
	expect(DENY_CASH, "below it");
}

void test_guard_day_loss(void)
{
	good();
	account.equity = (usd){ 90000 * NUM_ONE + 1 };
	told();
	expect(ALLOW, "just under a tenth lost");
	account.equity = dollars(90000);
	told();
	expect(DENY_PORTFOLIO_LOSS, "a tenth of the day's first equity");
	account.equity = dollars(90000);
	guard_account(&guard, &account, 2);
	expect(ALLOW, "the next day begins with what is there");
}

void test_guard_reserves(void)
{
	good();
	account.buying_power = dollars(25000);
	told();
	for (int i = 0; i < 3; i++) {
		snprintf(order.cid, sizeof order.cid, "gb-%d-e", i);
		CHECK_TEXT(deny_text(ask()), i < 2 ? "allow" : "buying_power", "entry %d of 10,000",
				i);
	}
	snprintf(order.cid, sizeof order.cid, "gb-0-e");
	CHECK_INT(guard.reserved.n, 20000 * NUM_ONE, "two are set aside");
	struct order stored = order;
	snprintf(stored.cid, sizeof stored.cid, "gb-9-e");
	guard_order(&guard, &stored);
	CHECK_INT(guard.reserved.n, 20000 * NUM_ONE, "an order that is only followed is not");
	account.buying_power = dollars(30000);
	guard.account.buying_power = account.buying_power;
	CHECK_TEXT(deny_text(ask()), "allow", "the same sent again");
	CHECK_INT(guard.reserved.n, 20000 * NUM_ONE, "is not set aside twice");
	order.stage = ORDER_DONE;
	guard_order(&guard, &order);
	CHECK_INT(guard.reserved.n, 10000 * NUM_ONE, "what came to nothing is given back");
	guard_order(&guard, &order);
	CHECK_INT(guard.reserved.n, 10000 * NUM_ONE, "once");
	memcpy(order.cid, stored.cid, sizeof order.cid);
	order.stage = ORDER_INTENT;
	CHECK_TEXT(deny_text(ask()), "allow", "followed first, then asked about");
	CHECK_INT(guard.reserved.n, 20000 * NUM_ONE, "it is set aside all the same");
	told();
	CHECK_INT(guard.reserved.n, 0, "the broker's figures contain the rest");
}

void test_guard_opposite(void)
{
	struct order leg;

	good();
	leg = order;
	leg.cid[0] = '\0';
	snprintf(leg.bid, sizeof leg.bid, "leg-1");
	leg.leg = 1;
	leg.role = ROLE_STOP;
	leg.side = SIDE_SELL;
	leg.instance = 2;
	guard_order(&guard, &leg);
	CHECK_TEXT(deny_text(ask()), "opposite", "another instance's stop sells");
	leg.sym = 4;
	guard_order(&guard, &leg);
	CHECK_TEXT(deny_text(ask()), "allow", "in another symbol it may");
	leg.sym = 3;
	leg.instance = 1;
	guard_order(&guard, &leg);
	CHECK_TEXT(deny_text(ask()), "allow", "one's own orders are one's own matter");
	leg.instance = 2;
	leg.stage = ORDER_DONE;
	guard_order(&guard, &leg);
	CHECK_TEXT(deny_text(ask()), "allow", "what is over is over");
	order.role = ROLE_EXIT;
	guard.have_account = false;
	CHECK_TEXT(deny_text(ask()), "allow", "an exit is never held up");
}

void test_guard_is_full(void)
{
	good();
	for (int i = 0; i < GUARD_ORDERS + 10; i++) {
		struct order o = order;
		snprintf(o.cid, sizeof o.cid, "gb-%d-s0", i);
		o.role = ROLE_STOP;
		guard_order(&guard, &o);
	}
	CHECK_INT(guard.orders_n, GUARD_ORDERS, "it keeps what it can");
	CHECK_TEXT(deny_text(ask()), "portfolio_positions", "and lets nothing new in");
	double v[NOTE_VALUES];
	uint32_t n = guard_values(&trace, v, NOTE_VALUES);
	CHECK(n > 0 && guard_pair(n / 2) == ALLOW && guard_pair(0) == DENY_ACCOUNT, "pairs");
}

/* Amounts beyond all accounts are refused, not wrapped round. */
void test_guard_huge(void)
{
	good();
	order.type = TYPE_LIMIT;
	order.limit = (px){ 90 * NUM_ONE };
	account.buying_power = dollars(9000);
	told();
	expect(ALLOW, "a limit order costs its limit");
	order.want = (qty){ INT64_MAX };
	expect(DENY_BUYING_POWER, "shares beyond counting");
	order.want = qty_shares(0);
	expect(DENY_BUYING_POWER, "for nothing");
	account.buying_power = (usd){ INT64_MAX };
	told();
	guard.reserved = (usd){ INT64_MAX - NUM_ONE };
	expect(DENY_BUYING_POWER, "on top of all that there is");
	account.initial_margin = (usd){ INT64_MAX };
	told();
	expect(DENY_MARGIN, "a margin of all that there is");
	account.cash = (usd){ INT64_MIN };
	told();
	expect(DENY_CASH, "a debt of all that there is");
	guard.limits.margin_bp = 20000;
	account.equity = account.buying_power = (usd){ INT64_MAX };
	account.cash = (usd){ INT64_MAX };
	told();
	expect(ALLOW, "twice of all that there is is all that there is");
}

/* A part of an equity below nothing, beyond counting. */
void test_guard_huge_debt(void)
{
	good();
	guard.limits.day_loss_bp = -20000;
	guard.day_equity = (usd){ INT64_MIN };
	enum deny why = ask();
	CHECK_TEXT(deny_text(why), deny_text(ALLOW), "whatever is above the least there is");
	good();
}

/* What was partly filled is in the broker's figures; what has no name at all is not kept. */
void test_guard_orders_that_end(void)
{
	struct order nameless = { .role = ROLE_EXIT, .side = SIDE_SELL, .sym = 3 };

	good();
	CHECK_INT(ask(), ALLOW, "an entry");
	CHECK_INT(guard.reserved.n, dollars(10000).n, "is set aside");
	order.stage = ORDER_DONE;
	order.done = qty_shares(40);
	guard_order(&guard, &order);
	CHECK_INT(guard.reserved.n, dollars(10000).n, "filled in part it stays so until told");
	CHECK_INT(guard.orders_n, 0, "though it is over");
	good();
	CHECK_INT(ask(), ALLOW, "an entry");
	guard.reserved = dollars(1);
	order.stage = ORDER_DONE;
	guard_order(&guard, &order);
	CHECK_INT(guard.reserved.n, 0, "no more is given back than was set aside");
	guard_order(&guard, &nameless);
	CHECK_INT(guard.orders_n, 0, "an order without a name is not kept");
}
