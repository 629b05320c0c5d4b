/* Several accounts of one core: each has its own cash, margin, orders, ids and past. */
#include <stdlib.h>

#include "check.h"
#include "exchange/core.h"

static struct xc_actions actions;
static struct xc *x;
static void *memory;
static ns now;

static void begin(void)
{
	struct xc_config c = { .orders_max = 64, .accounts = 3, .seed = 5,
			       .cash = { 100000 * NUM_ONE }, .latency = NS_MS, .shorting = true,
			       .fees = true, .multiplier = 4 };
	struct xc_action a = { .ex = day_of(2024, 10, 2), .pay = day_of(2024, 10, 2),
			       .kind = XA_SPLIT, .num = 2, .den = 1 };
	uint16_t asset;

	free(memory);
	memory = calloc(1, xc_size(&c));
	x = xc_init(memory, &c, NULL);
	xc_set_account(x, 1, (usd){ 5000 * NUM_ONE }, 1, false);
	CHECK_INT(xc_add_asset(x, "AAPL", NULL, &asset), OK, "an asset");
	actions.n = 0;
	CHECK_INT(actions_add(&actions, &a), OK, "a split");
	xc_set_actions(x, &actions);
	now = ny_time(day_of(2024, 10, 1), 10, 0);
	xc_quote(x, now, 0, (px){ 100 * NUM_ONE }, (px){ 100 * NUM_ONE }, (px){ 100 * NUM_ONE }, 9);
}

static void pass(ns span)
{
	struct xc_event e;

	now += span;
	xc_time(x, now);
	while (xc_next_event(x, &e))
		CHECK(e.account < 3, "an event is somebody's");
}

static xc_oid place(uint16_t account, enum side side, int64_t shares, struct xc_refusal *why)
{
	struct xc_request rq = { .has = XC_QTY | XC_TIF | XC_CID, .side = side, .symbol = "AAPL",
				 .qty = qty_shares(shares), .cid = "mine", .cid_n = 4 };

	return xc_place(x, now, account, &rq, why);
}

static void audit_all(const char *when)
{
	char why[160] = "";

	for (uint16_t i = 0; i < 3; i++)
		CHECK(xc_audit(x, i, why, sizeof(why)), "account %d %s: %s", i, when, why);
}

void test_exchange_accounts_are_apart(void)
{
	struct xc_refusal why;

	begin();
	CHECK_INT(xc_account(x, 1).cash.n, 5000 * NUM_ONE, "an account may have its own cash");
	CHECK_INT(xc_account(x, 1).multiplier, 1, "and margin");
	CHECK(!xc_account(x, 1).shorting && xc_account(x, 2).shorting, "and shorting");
	xc_oid a = place(0, SIDE_BUY, 10, &why), b = place(1, SIDE_BUY, 10, &why);
	CHECK(a != XC_NONE && b != XC_NONE, "two accounts may use one client order id");
	CHECK(xc_find_cid(x, 1, STR("mine")) == b && xc_find_cid(x, 2, STR("mine")) == XC_NONE,
	      "each finds its own");
	CHECK(place(2, SIDE_SELL, 10, &why) != XC_NONE, "one may sell what the other buys");
	pass(NS_SECOND);
	CHECK_INT(xc_position(x, 0, 0)->n.n, 10 * NUM_ONE, "each has its own position");
	CHECK_INT(xc_position(x, 2, 0)->n.n, -10 * NUM_ONE, "short, too");
	audit_all("after trades");
	CHECK(place(1, SIDE_BUY, 41, &why) == XC_NONE && why.http == 422, "its id is used");
	free(memory);
	memory = NULL;
}

void test_exchange_accounts_share_splits_and_resets_are_one_s(void)
{
	struct xc_refusal why;

	begin();
	for (uint16_t i = 0; i < 3; i++)
		CHECK(place(i, i == 2 ? SIDE_SELL : SIDE_BUY, 10, &why) != XC_NONE, "an order");
	pass(NS_SECOND);
	xc_reset(x, now, 0, (usd){ 777 * NUM_ONE });
	CHECK(xc_position(x, 0, 0) == NULL && xc_position(x, 1, 0) != NULL,
	      "a reset is one account's");
	CHECK_INT(xc_since(x, 0).order, 3, "what was before it is not shown");
	CHECK_INT(xc_since(x, 1).order, 0, "to it alone");
	pass(24 * NS_HOUR);
	CHECK_INT(xc_position(x, 1, 0)->n.n, 20 * NUM_ONE, "a split is everybody's");
	CHECK_INT(xc_position(x, 2, 0)->n.n, -20 * NUM_ONE, "short, too");
	int64_t fees = 0;
	for (uint32_t i = 0; i < xc_activities(x); i++)
		fees += xc_activity(x, i)->account == 0;
	CHECK_INT(fees, 0, "fees from before the reset are forgotten");
	audit_all("after a split");
	CHECK_INT(xc_account(x, 0).equity.n, 777 * NUM_ONE, "the new beginning is all it has");
	xc_set_blocked(x, 1, XC_BLOCK_TRADING);
	CHECK(xc_account(x, 1).blocked != 0 && xc_account(x, 2).blocked == 0, "so are blocks");
	free(memory);
	memory = NULL;
}
