/* Orders both ways, and positions. */
#include "test/unit/alpaca_doc.h"
#include "test/check.h"

static struct symbols table(void)
{
	struct symbols t = { 0 };
	sym s;

	bool added = symbols_add(&t, STR("AAPL"), &s) == OK &&
		     symbols_add(&t, STR("BRK.B"), &s) == OK;
	assert(added);
	return t;
}

static struct order order(enum side side, enum order_type type, enum tif tif)
{
	struct order o;

	memset(&o, 0, sizeof o);
	o.side = (uint8_t)side;
	o.type = (uint8_t)type;
	o.tif = (uint8_t)tif;
	o.cls = CLASS_SIMPLE;
	o.want = qty_shares(31);
	bool fits = str_copy(o.cid, sizeof o.cid, STR("gb-0a1b2c3d-AAPL-gx3lf-e"));
	assert(fits);
	return o;
}

static void check_body(const struct order *o, const char *symbol, const char *want)
{
	char memory[1024];
	struct text t;

	text_init(&t, memory, sizeof memory);
	alpaca_order_json(&t, o, symbol);
	CHECK(!t.full, "the order fits");
	CHECK_STR(text_str(&t), want, "the body of POST /v2/orders");
}

static void check_change(const struct order *o, const char *want)
{
	char memory[1024];
	struct text t;

	text_init(&t, memory, sizeof memory);
	alpaca_replace_json(&t, o);
	CHECK_STR(text_str(&t), want, "the body of PATCH /v2/orders/ID");
}

void test_alpaca_replace_bodies(void)
{
	struct order o = order(SIDE_SELL, TYPE_STOP, TIF_GTC);

	memcpy(o.cid, "gb-1-r0", 8);
	o.want = qty_shares(40);
	o.moved = MOVE_ASKED;
	o.stop.n = 99 * NUM_ONE + NUM_ONE / 2;
	check_change(&o, "{\"qty\":\"40\",\"stop_price\":\"99.5\","
		     "\"client_order_id\":\"gb-1-r0\"}");
	o.leg = 1;	/* of a leg the size cannot be changed */
	check_change(&o, "{\"stop_price\":\"99.5\",\"client_order_id\":\"gb-1-r0\"}");
	o.stop.n = 0;
	o.limit.n = 105 * NUM_ONE;
	check_change(&o, "{\"limit_price\":\"105\",\"client_order_id\":\"gb-1-r0\"}");
}

void test_alpaca_order_bodies(void)
{
	struct order o = order(SIDE_BUY, TYPE_MARKET, TIF_GTC);

	o.cls = CLASS_BRACKET;
	o.take_profit.n = 189 * NUM_ONE + NUM_ONE / 100 * 5;
	o.stop_loss.n = 178 * NUM_ONE + NUM_ONE / 10 * 5;
	check_body(&o, "AAPL",
		"{\"symbol\":\"AAPL\",\"qty\":\"31\",\"side\":\"buy\",\"type\":\"market\","
		"\"time_in_force\":\"gtc\",\"client_order_id\":\"gb-0a1b2c3d-AAPL-gx3lf-e\","
		"\"position_intent\":\"buy_to_open\","
		"\"order_class\":\"bracket\",\"take_profit\":{\"limit_price\":\"189.05\"},"
		"\"stop_loss\":{\"stop_price\":\"178.5\"}}");

	o = order(SIDE_SELL, TYPE_STOP, TIF_GTC);
	o.stop.n = NUM_ONE / 10000 * 9876;
	check_body(&o, "BRK.B",
		"{\"symbol\":\"BRK.B\",\"qty\":\"31\",\"side\":\"sell\",\"type\":\"stop\","
		"\"time_in_force\":\"gtc\",\"client_order_id\":\"gb-0a1b2c3d-AAPL-gx3lf-e\","
		"\"position_intent\":\"sell_to_open\",\"stop_price\":\"0.9876\"}");

	o = order(SIDE_SELL, TYPE_MARKET, TIF_DAY);
	o.chain = 1;	/* it may close, by what the broker knows */
	check_body(&o, "AAPL",
		"{\"symbol\":\"AAPL\",\"qty\":\"31\",\"side\":\"sell\",\"type\":\"market\","
		"\"time_in_force\":\"day\",\"client_order_id\":\"gb-0a1b2c3d-AAPL-gx3lf-e\"}");

	o.role = ROLE_EXIT;
	o.chain = 0;
	check_body(&o, "AAPL",
		"{\"symbol\":\"AAPL\",\"qty\":\"31\",\"side\":\"sell\",\"type\":\"market\","
		"\"time_in_force\":\"day\",\"client_order_id\":\"gb-0a1b2c3d-AAPL-gx3lf-e\","
		"\"position_intent\":\"sell_to_close\"}");
	o.chain = 1;	/* it may open, by what the broker knows */
	check_body(&o, "AAPL",
		"{\"symbol\":\"AAPL\",\"qty\":\"31\",\"side\":\"sell\",\"type\":\"market\","
		"\"time_in_force\":\"day\",\"client_order_id\":\"gb-0a1b2c3d-AAPL-gx3lf-e\"}");

	o = order(SIDE_BUY, TYPE_STOP, TIF_GTC);
	o.role = ROLE_STOP;
	o.stop.n = 190 * NUM_ONE;
	o.chain = 3;
	check_body(&o, "AAPL",
		"{\"symbol\":\"AAPL\",\"qty\":\"31\",\"side\":\"buy\",\"type\":\"stop\","
		"\"time_in_force\":\"gtc\",\"client_order_id\":\"gb-0a1b2c3d-AAPL-gx3lf-e\","
		"\"position_intent\":\"buy_to_close\",\"stop_price\":\"190\"}");

	o = order(SIDE_BUY, TYPE_LIMIT, TIF_DAY);
	o.limit.n = 180 * NUM_ONE;
	check_body(&o, "AAPL",
		"{\"symbol\":\"AAPL\",\"qty\":\"31\",\"side\":\"buy\",\"type\":\"limit\","
		"\"time_in_force\":\"day\",\"client_order_id\":\"gb-0a1b2c3d-AAPL-gx3lf-e\","
		"\"position_intent\":\"buy_to_open\",\"limit_price\":\"180\"}");
}

/* ---- reading */

static const char *const members[] = {
	"\"id\":\"" ORDER_ID "\"", "\"client_order_id\":\"gb-0a1b2c3d-AAPL-gx3lf-e\"",
	"\"created_at\":\"2024-10-01T13:35:00.5Z\"",
	"\"updated_at\":\"2024-10-01T09:35:01.000000001-04:00\"",
	"\"submitted_at\":\"2024-10-01T13:35:00Z\"", "\"filled_at\":null", "\"expired_at\":null",
	"\"expires_at\":\"2024-12-30T21:00:00Z\"", "\"replaced_by\":\"" OTHER_ID "\"",
	"\"replaces\":null", "\"asset_id\":\"" OTHER_ID "\"", "\"symbol\":\"AAPL\"",
	"\"asset_class\":\"us_equity\"", "\"notional\":null", "\"qty\":\"31\"",
	"\"filled_qty\":\"12\"", "\"filled_avg_price\":\"182.49749783265074366\"",
	"\"order_class\":\"bracket\"", "\"order_type\":\"limit\"", "\"type\":\"limit\"",
	"\"side\":\"sell\"", "\"position_intent\":\"sell_to_close\"", "\"time_in_force\":\"gtc\"",
	"\"limit_price\":\"182.5\"", "\"stop_price\":\"170.25\"", "\"status\":\"partially_filled\"",
	"\"extended_hours\":false",
	"\"legs\":[{\"id\":\"" LEG_ID "\",\"legs\":null,\"type\":\"stop\",\"symbol\":\"AAPL\","
	"\"side\":\"sell\",\"status\":\"held\",\"stop_price\":\"170\"}]",
	"\"trail_percent\":null", "\"hwm\":null", "\"subtag\":null", "\"source\":\"access_key\"",
};

enum { M_ID = 0, M_LEGS = 27 };

static enum err read_doc(struct str doc, struct alpaca_order *o)
{
	struct symbols t = table();
	struct json j;

	json_open(&j, doc);
	enum err e = alpaca_read_order(&j, &t, FROM_SYNC, o);
	return e == OK && json_done(&j) != OK ? ERR_PARSE : e;
}

static void check_whole(const struct alpaca_order *o)
{
	const struct report *r = &o->r[0];
	ns at;

	CHECK_TEXT(r->bid, ORDER_ID, "the broker's id");
	CHECK_TEXT(r->cid, "gb-0a1b2c3d-AAPL-gx3lf-e", "our id");
	CHECK_TEXT(r->replaced_by, OTHER_ID, "its successor");
	CHECK_INT(r->sym, 0, "its symbol");
	CHECK_INT(r->status, ST_PARTIALLY_FILLED, "its status");
	CHECK_INT(r->type, TYPE_LIMIT, "its type");
	CHECK_INT(r->side, SIDE_SELL, "its side");
	CHECK_INT(r->source, FROM_SYNC, "its source");
	CHECK_INT(r->want.n, 31 * NUM_ONE, "qty");
	CHECK_INT(r->done.n, 12 * NUM_ONE, "filled_qty");
	CHECK_INT(r->average.n, 182497497833, "an average of twenty digits is rounded");
	CHECK_INT(r->limit.n, 182500000000, "limit_price");
	CHECK_INT(r->stop.n, 170250000000, "stop_price");
	CHECK(rfc3339_parse(&at, STR("2024-10-01T13:35:01.000000001Z")) == OK && at == r->ts,
	      "a time with an offset and nine digits");
	CHECK_INT(o->n, 2, "parent and leg");
	CHECK_TEXT(o->r[1].bid, LEG_ID, "the leg's id");
	CHECK_TEXT(o->r[1].cid, "", "the leg has no id of ours");
	CHECK_TEXT(o->r[1].parent, r->cid, "the leg knows its parent");
	CHECK_INT(o->r[1].status, ST_HELD, "the leg is held");
	CHECK_INT(o->r[1].stop.n, 170 * NUM_ONE, "the leg's stop");
}

void test_alpaca_order_read(void)
{
	char memory[4096];
	struct alpaca_order o;

	struct str doc = doc_spoiled(memory, sizeof memory, members, COUNT(members), COUNT(members),
				     NULL);
	if (CHECK_INT(read_doc(doc, &o), OK, "a whole order is read"))
		check_whole(&o);
}

/* Whatever becomes of a field, the rest is read; only the id must be there. */
void test_alpaca_order_spoiled(void)
{
	static const char *const instead[] = {
		NULL, "null", "4", "-4.5e3", "\"\"", "\"word\"", "true", "[]", "{}", "[[4],{}]",
		"\"\\u0034\"", "99999999999999999999", "\"1.00000000000000000001\"",
		"[null,4,\"\"]",
	};
	char memory[4096];
	struct alpaca_order o;

	for (size_t i = 0; i < COUNT(members); i++) {
		for (size_t k = 0; k < COUNT(instead); k++) {
			struct str doc = doc_spoiled(memory, sizeof memory, members,
						     COUNT(members), i, instead[k]);
			enum err e = read_doc(doc, &o);
			bool words = instead[k] != NULL &&
				instead[k][0] == '"' && instead[k][1] != '"';
			if (i == M_ID && !words) {
				CHECK_INT(e, ERR_PARSE, "id as %s", instead[k] ? instead[k] : "-");
				continue;
			}
			if (!CHECK_INT(e, OK, "%s as %s", members[i],
				instead[k] ? instead[k] : "-"))
				continue;
			CHECK_INT(o.n, i == M_LEGS ? 1 : 2, "orders, %s as %s", members[i],
				  instead[k] ? instead[k] : "-");
			CHECK(i == 15 || o.r[0].done.n == 12 * NUM_ONE, "filled_qty stays");
		}
	}
}

void test_alpaca_order_legs(void)
{
	static const char leg[] = "{\"id\":\"" LEG_ID "\",\"status\":\"new\"}";
	char memory[2048];
	struct alpaca_order o;
	struct text t;

	text_init(&t, memory, sizeof memory);
	text_cstr(&t, "{\"id\":\"" ORDER_ID "\",\"legs\":[");
	for (int i = 0; i < 9; i++) {
		text_cstr(&t, i > 0 ? "," : "");
		text_cstr(&t, leg);
	}
	text_cstr(&t, "]}");
	CHECK_INT(read_doc(text_str(&t), &o), OK, "more legs than there can be");
	CHECK_INT(o.n, 1 + ALPACA_ORDER_LEGS, "as many as there is room for");

	CHECK_INT(read_doc(STR("{\"legs\":[{\"id\":\"" LEG_ID "\",\"legs\":[{\"id\":\"x\"}]}],"
			       "\"client_order_id\":\"c\",\"id\":\"" ORDER_ID "\"}"), &o), OK,
		  "legs before the id, and legs of legs");
	CHECK_INT(o.n, 2, "legs of legs are not told");
	CHECK_TEXT(o.r[1].parent, "c", "the parent's id is known though it came later");
}

void test_alpaca_order_foreign(void)
{
	char memory[512];
	struct alpaca_order o;
	struct text t;

	text_init(&t, memory, sizeof memory);
	text_cstr(&t, "{\"id\":\"" ORDER_ID "\",\"client_order_id\":\"");
	for (int i = 0; i < 128; i++)
		text_char(&t, 'x');
	text_cstr(&t, "\",\"symbol\":\"AAPL240119C00100000\",\"status\":\"pending_review\"}");
	CHECK_INT(read_doc(text_str(&t), &o), OK, "somebody else's order is read");
	CHECK_TEXT(o.r[0].cid, "", "an id that cannot be ours is empty");
	CHECK_INT(o.r[0].sym, SYM_NONE, "a symbol that is not ours");
	CHECK_INT(o.r[0].status, ST_UNKNOWN, "an unknown status");
	CHECK_INT(read_doc(STR("4"), &o), ERR_PARSE, "a number is no order");
	CHECK_INT(read_doc(STR("null"), &o), ERR_PARSE, "null is no order");
	CHECK_INT(read_doc(STR("{\"id\":\"" ORDER_ID "\""), &o), ERR_PARSE, "half an order");
	CHECK_INT(read_doc(STR("<html>"), &o), ERR_PARSE, "a page is no order");
}

void test_alpaca_order_statuses(void)
{
	static const char *const words[] = {
		"new", "partially_filled", "filled", "done_for_day", "canceled", "expired",
		"replaced", "pending_cancel", "pending_replace", "accepted", "pending_new",
		"accepted_for_bidding", "stopped", "rejected", "suspended", "calculated", "held",
		"pending_review", "", "NEW",
	};
	char memory[256];
	struct alpaca_order o;
	struct text t;

	for (size_t i = 0; i < COUNT(words); i++) {
		text_init(&t, memory, sizeof memory);
		json_object(&t);
		json_key(&t, "id");
		json_cstr(&t, ORDER_ID);
		json_key(&t, "status");
		json_cstr(&t, words[i]);
		json_end_object(&t);
		bool over = status_final((enum order_status)i) && i != ST_REJECTED;
		CHECK_INT(read_doc(text_str(&t), &o), OK, "status %s", words[i]);
		CHECK_INT(o.r[0].status, i < ST_UNKNOWN && !over ? (int)i : ST_UNKNOWN,
			  "status %s, and it is not told how many shares that were", words[i]);
		t.n--;
		json_key(&t, "filled_qty");
		json_cstr(&t, "0");
		json_end_object(&t);
		CHECK_INT(read_doc(text_str(&t), &o), OK, "status %s with shares", words[i]);
		CHECK_INT(o.r[0].status, i < ST_UNKNOWN ? (int)i : ST_UNKNOWN, "status %s",
			  words[i]);
	}
}

/* ---- positions */

static enum err position(struct str doc, struct alpaca_position *p)
{
	struct symbols t = table();
	struct json j;

	json_open(&j, doc);
	return alpaca_read_position(&j, &t, p);
}

void test_alpaca_positions(void)
{
	struct alpaca_position p;

	CHECK_INT(position(STR("{\"symbol\":\"BRK.B\",\"qty\":\"-3\",\"side\":\"short\","
			       "\"current_price\":\"411.2\",\"market_value\":\"-1233.6\","
			       "\"change_today\":\"-0.000223491779693\"}"), &p), OK, "a short");
	CHECK_INT(p.n.n, -3 * NUM_ONE, "is negative");
	CHECK_INT(p.last.n, 411200000000, "its price");
	CHECK_INT(p.sym, 1, "its symbol");
	CHECK_INT(position(STR("{\"symbol\":\"AAPL\",\"qty\":3,\"side\":\"short\"}"), &p), OK,
		  "a short told without its sign");
	CHECK_INT(p.n.n, -3 * NUM_ONE, "is negative, too");
	CHECK_INT(position(STR("{\"symbol\":\"XYZ\",\"qty\":\"0.5\"}"), &p), OK,
		  "a symbol that we do not trade");
	CHECK_INT(p.sym, SYM_NONE, "is told as such");
	CHECK_TEXT(p.symbol, "XYZ", "with its name");
	CHECK_INT(p.n.n, NUM_ONE / 2, "and half a share");
	CHECK_INT(position(STR("{\"qty\":\"1\"}"), &p), ERR_PARSE, "no symbol");
	CHECK_INT(position(STR("[]"), &p), ERR_PARSE, "no object");
}

struct fills { uint32_t n; struct report r[4]; };

static void keep_fill(void *ctx, const struct report *r)
{
	struct fills *f = ctx;

	assert(f->n < COUNT(f->r));
	f->r[f->n++] = *r;
}

void test_alpaca_fills(void)
{
	struct symbols t = table();
	struct alpaca_page page;
	struct fills f = { 0 };

	CHECK_INT(alpaca_read_fills(STR(
		"[{\"activity_type\":\"FILL\",\"id\":\"20200603093014199::" ORDER_ID "\","
		"\"order_id\":\"" OTHER_ID "\",\"price\":\"646.7\",\"qty\":\"2\","
		"\"cum_qty\":\"5\",\"leaves_qty\":\"0\",\"side\":\"sell_short\","
		"\"symbol\":\"AAPL\",\"transaction_time\":\"2020-06-03T13:30:14.199Z\"},"
		"{\"id\":\"x::y\",\"order_id\":\"o\",\"qty\":1,\"status\":\"canceled\"},"
		"{\"id\":\"no order\"},null,{\"activity_type\":\"FEE\",\"id\":\"z\","
		"\"order_id\":\"o\",\"qty\":\"1\"}]"), &t, keep_fill, &f, &page), OK,
		  "a page is read");
	CHECK_INT(f.n, 2, "two executions");
	CHECK_TEXT(f.r[0].execution, ORDER_ID, "its id is behind the time");
	CHECK_TEXT(f.r[0].bid, OTHER_ID, "its order");
	CHECK_INT(f.r[0].source, FROM_LIST, "from the list");
	CHECK_INT(f.r[0].side, SIDE_SELL, "a short sale is a sale");
	CHECK_INT(f.r[0].n.n, 2 * NUM_ONE, "its shares");
	CHECK_INT(f.r[0].done.n, 5 * NUM_ONE, "of the order's so far");
	CHECK_INT(f.r[0].at.n, 646700000000, "at its price");
	CHECK_INT(f.r[1].source, FROM_UNLIST, "one that was taken back");
	CHECK_TEXT(page.token, "z", "the next page is behind the last, whatever it is");
	f.n = 0;
	CHECK_INT(alpaca_read_fills(STR("[]"), &t, keep_fill, &f, &page), OK, "an empty page");
	CHECK_TEXT(page.token, "", "is the last");
	CHECK_INT(alpaca_read_fills(STR("{}"), &t, keep_fill, &f, &page), ERR_PARSE, "no list");
}
