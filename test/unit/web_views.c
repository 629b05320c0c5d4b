/* The documents, as golden text; what they say of what is not known. */
#include "test/unit/web_rig.h"

#include <math.h>
#include <stdlib.h>

static char memory[8192];

static struct text fresh(void)
{
	struct text t;

	text_init(&t, memory, sizeof memory);
	return t;
}

static bool holds(struct str document, const char *part)
{
	return memmem(document.s, document.n, part, strlen(part)) != NULL;
}

void test_web_a_closed_trade(void)
{
	struct text t = fresh();
	struct rig r;
	struct trade tr;

	rig_open(&r, "");
	rig_trade(&r, &tr);
	(void)!str_copy(tr.id, sizeof tr.id, STR("gb-0-AAPL-1-e"));
	trade_json(&t, &tr, "AAPL", "one");
	CHECK_STR(text_str(&t),
		  "{\"trade\":\"gb-0-AAPL-1-e\",\"instance\":\"one\",\"symbol\":\"AAPL\","
		  "\"side\":\"long\",\"state\":\"closed\",\"qty\":\"10\",\"entry\":\"100\","
		  "\"exit\":\"101.24\",\"signal_price\":\"100\",\"stop\":\"99\",\"target\":\"101\","
		  "\"pnl\":\"12.4\",\"pnl_ratio\":0.0124,\"fees\":\"0\",\"exit_reason\":\"target\","
		  "\"signal\":\"2024-10-01T14:00:00Z\",\"opened\":\"2024-10-01T14:00:01Z\","
		  "\"closed\":\"2024-10-01T14:10:00Z\",\"duration_s\":599,"
		  "\"longest_unprotected_s\":2}", "a closed trade");
	rig_done(&r);
}

void test_web_what_is_not_known_is_null(void)
{
	struct text t = fresh();
	struct trade tr = { .id = "x", .state = TRADE_ENTERING };
	struct order o = { .refused = 403, .refused_code = 40310000, .why = "say \"no\"" };

	trade_json(&t, &tr, "AAPL", NULL);
	CHECK(holds(text_str(&t), "\"instance\":null"), "no instance of that name");
	CHECK(holds(text_str(&t), "\"entry\":null,\"exit\":null,\"signal_price\":null,"
		    "\"stop\":null,\"target\":null,\"pnl\":null,\"pnl_ratio\":null"), "no prices");
	CHECK(holds(text_str(&t), "\"exit_reason\":null,\"signal\":null,\"opened\":null,"
		    "\"closed\":null,\"duration_s\":null"), "no instants");
	tr.state = TRADE_OPEN;
	tr.in = qty_shares(1);
	tr.in_value = (usd){ NUM_ONE };
	t = fresh();
	trade_json(&t, &tr, "AAPL", NULL);
	CHECK(holds(text_str(&t), "\"pnl\":null"), "nothing was earned yet: %.*s", (int)t.n, t.s);
	t = fresh();
	order_json(&t, &o, "AAPL", "one");
	CHECK(holds(text_str(&t), "\"client_order_id\":null,\"id\":null,\"trade\":null"), "no ids");
	CHECK(holds(text_str(&t), "\"status\":\"refused\""), "refused");
	CHECK(holds(text_str(&t), "\"refusal\":{\"http\":403,\"code\":40310000,"
		    "\"message\":\"say \\\"no\\\"\"}"), "why: %.*s", (int)t.n, t.s);
}

void test_web_answers_without_a_socket(void)
{
	struct rig r;
	struct trade tr;
	struct order o;
	char target[128];
	struct text t;

	rig_open(&r, "");
	rig_trade(&r, &tr);
	rig_order(&r, &o);
	rig_save(&r, &tr, &o);
	CHECK(holds(rig_ask(&r, "/status", 200), "\"state\":\"stopped\""), "it does not run");
	CHECK(holds(rig_ask(&r, "/api/v1/trades?limit=5", 200), "\"instance\":\"one\""), "a trade");
	CHECK(holds(rig_ask(&r, "/api/v1/orders", 200), "\"status\":\"filled\""), "an order");
	CHECK_STR(rig_ask(&r, "/api/v1/positions", 200), "[]", "no position");
	CHECK_STR(rig_ask(&r, "/api/v1/account", 200), "null", "the account is not known");
	text_init(&t, target, sizeof target - 1);
	text_cstr(&t, "/api/v1/why?id=");
	text_cstr(&t, r.id);
	CHECK(holds(rig_ask(&r, text_done(&t), 200), "\"orders\":[{"), "the chain");
	(void)rig_ask(&r, "/api/v1/why?id=nobody", 404);
	(void)rig_ask(&r, "/api/v1/why", 400);
	(void)rig_ask(&r, "/nothing", 404);
	(void)rig_ask(&r, "/events", 404);
	(void)rig_ask(&r, "/api/v1/halt", 404);
	rig_done(&r);
}

void test_web_an_open_trade_is_a_position(void)
{
	struct rig r;
	struct trade tr;
	struct order o;

	rig_open(&r, "");
	rig_trade(&r, &tr);
	rig_order(&r, &o);
	tr.state = TRADE_OPEN;
	tr.out = (qty){ 0 };
	tr.out_value = (usd){ 0 };
	tr.instance = 9;	/* of another configuration */
	rig_save(&r, &tr, &o);
	web_restore(r.web);
	struct str d = rig_ask(&r, "/api/v1/positions", 200);
	CHECK(holds(d, "\"last\":null,\"last_at\":null") && holds(d, "\"pnl\":null"),
	      "without a price there is no gain: %.*s", (int)d.n, d.s);
	r.web->last[symbols_find(&r.config.symbols, STR("AAPL"))] = (px){ 98 * NUM_ONE };
	d = rig_ask(&r, "/api/v1/positions", 200);
	CHECK(holds(d, "\"market_value\":\"980\",\"pnl\":\"-20\",\"pnl_ratio\":-0.02"),
	      "with one there is: %.*s", (int)d.n, d.s);
	CHECK(holds(d, "\"instance\":\"one\",\"symbol\":\"AAPL\",\"side\":\"long\""), "whose");
	d = rig_ask(&r, "/api/v1/instances", 200);
	CHECK(holds(d, "\"positions\":1,") && holds(d, "\"open_pnl\":\"-20\""),
	      "it is counted to its instance by name: %.*s", (int)d.n, d.s);
	rig_done(&r);
}

void test_web_symbols_in_ids(void)
{
	CHECK_STR(web_symbol("gb-0a1b2c3d-AAPL-hl3k2w-e"), "AAPL", "a symbol");
	CHECK_STR(web_symbol("gb-0a1b2c3d-BRK.B-hl3k2w-x0"), "BRK.B", "with a dot");
	CHECK_STR(web_symbol("gb-0a1b2c3d-A-B-hl3k2w-e"), "A-B", "with a dash");
	CHECK_STR(web_symbol("5f2c"), "", "none of ours");
	CHECK_STR(web_symbol(""), "", "none");
	CHECK_STR(web_symbol("gb--"), "", "nothing within");
}

void test_web_a_long_curve_is_short(void)
{
	char why[STORE_WHY];
	struct rig r;
	int n = 0;

	rig_open(&r, "");
	struct store *s = r.control.store;
	CHECK_INT(store_begin(s), OK, "begins");
	for (int i = 0; i < 5000; i++) {
		int64_t dollars = i == 1234 ? 1 : i == 4321 ? 999 : 500;
		struct equity_point p = { (i + 1) * NS_MINUTE, { dollars * NUM_ONE }, { 0 }, { 0 },
					  { 0 } };
		CHECK_INT(store_add_equity(s, &p), OK, "point %d", i);
	}
	CHECK_INT(store_commit(s, why), OK, "%s", why);
	struct str d = rig_ask(&r, "/api/v1/equity", 200);
	CHECK(holds(d, "\"equity\":\"1\"") && holds(d, "\"equity\":\"999\""), "extremes are told");
	CHECK(holds(d, "\"t\":\"1970-01-01T00:01:00Z\"") &&
	      holds(d, "\"t\":\"1970-01-04T11:20:00Z\""), "first and last too");
	for (size_t i = 0; i < d.n; i++)
		n += d.s[i] == '{';
	CHECK(n >= 250 && n <= 1000, "%d points of 5000", n);
	d = rig_ask(&r, "/api/v1/equity?from=1970-01-04T11:19:00Z", 200);
	CHECK_STR(d, "[{\"t\":\"1970-01-04T11:19:00Z\",\"equity\":\"500\"},"
		  "{\"t\":\"1970-01-04T11:20:00Z\",\"equity\":\"500\"}]",
		  "few are told as they are");
	rig_done(&r);
}
