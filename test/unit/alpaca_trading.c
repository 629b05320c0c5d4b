/* The trading stream. */
#include "test/unit/alpaca_doc.h"
#include "test/check.h"

struct last { int n; struct alpaca_event e; };

static void keep(void *ctx, const struct alpaca_event *e)
{
	struct last *l = ctx;

	l->n++;
	l->e = *e;
}

static enum err hear(struct str message, struct last *l)
{
	struct symbols t = { 0 };
	sym s;
	bool added = symbols_add(&t, STR("AAPL"), &s) == OK;

	assert(added);
	memset(l, 0, sizeof *l);
	return alpaca_read_trading(message, &t, keep, l);
}

static void check_kind(const char *message, enum alpaca_message want)
{
	struct last l;

	CHECK_INT(hear(str_of(message), &l), OK, "%s", message);
	CHECK_INT(l.n, want == AM_NONE ? 0 : 1, "events of %s", message);
	CHECK_INT(l.e.what, want, "%s", message);
}

void test_alpaca_trading_kinds(void)
{
	check_kind("{\"stream\":\"authorization\",\"data\":{\"status\":\"authorized\","
		   "\"action\":\"authenticate\"}}", AM_AUTHORIZED);
	check_kind("{\"data\":{\"action\":\"listen\",\"status\":\"unauthorized\"},"
		   "\"stream\":\"authorization\"}", AM_UNAUTHORIZED);
	check_kind("{\"stream\":\"authorization\"}", AM_UNAUTHORIZED);
	check_kind("{\"stream\":\"listening\",\"data\":{\"streams\":[\"trade_updates\"]}}",
		   AM_LISTENING);
	check_kind("{\"action\":\"error\",\"data\":{\"error_message\":\"bad\"}}", AM_ERROR);
	check_kind("{\"stream\":\"account_updates\",\"data\":{\"id\":\"x\"}}", AM_NONE);
	check_kind("{\"stream\":\"trade_updates\",\"data\":{\"event\":\"new\"}}", AM_NONE);
	check_kind("{\"stream\":\"trade_updates\",\"data\":null}", AM_NONE);
	check_kind("{\"stream\":\"trade_updates\",\"data\":{\"order\":{}}}", AM_NONE);
	check_kind("{}", AM_NONE);
	check_kind("\x01", AM_NONE);	/* the heartbeat of old servers */
}

void test_alpaca_trading_garbled(void)
{
	struct last l;

	CHECK_INT(hear(STR(""), &l), ERR_PARSE, "nothing");
	CHECK_INT(hear(STR("[]"), &l), ERR_PARSE, "a list");
	CHECK_INT(hear(STR("{\"stream\":\"listening\""), &l), ERR_PARSE, "half a message");
	CHECK_INT(hear(STR("\x01\x01"), &l), ERR_PARSE, "two heartbeats in one");
	CHECK_INT(l.n, 0, "of which nothing is told");
}

#define UPDATE(event, more) \
	"{\"stream\":\"trade_updates\",\"data\":{\"event\":\"" event "\",\"execution_id\":\"" \
	OTHER_ID "\",\"timestamp\":\"2024-10-01T13:30:01.25Z\"," more \
	"\"order\":{\"id\":\"" ORDER_ID "\",\"client_order_id\":\"gb-1\",\"symbol\":\"AAPL\"," \
	"\"status\":\"filled\",\"side\":\"buy\",\"qty\":\"31\",\"filled_qty\":\"31\"," \
	"\"updated_at\":\"2024-10-01T13:30:01Z\",\"legs\":[{\"id\":\"" LEG_ID "\"," \
	"\"status\":\"held\"}]}}}"

void test_alpaca_trading_fill(void)
{
	struct last l;
	ns at;

	CHECK_INT(hear(STR(UPDATE("fill",
		"\"price\":\"182.5\",\"qty\":\"19\",\"position_qty\":\"31\",")),
		       &l), OK, "a fill is read");
	const struct report *r = &l.e.order.r[0];
	CHECK_INT(l.e.what, AM_TRADE_UPDATE, "what it is");
	CHECK_TEXT(l.e.text, "fill", "its event");
	CHECK_TEXT(r->bid, ORDER_ID, "its order");
	CHECK_TEXT(r->execution, OTHER_ID, "its execution");
	CHECK_INT(r->n.n, 19 * NUM_ONE, "this execution");
	CHECK_INT(r->at.n, 182500000000, "at its price");
	CHECK_INT(r->done.n, 31 * NUM_ONE, "in all");
	CHECK_INT(r->source, FROM_STREAM, "where it is from");
	CHECK(rfc3339_parse(&at, STR("2024-10-01T13:30:01.25Z")) == OK && r->ts == at,
	      "the event's time goes before the order's");
	CHECK_INT(l.e.order.n, 2, "its leg is with it");
	CHECK_INT(l.e.order.r[1].n.n, 0, "the leg has no execution");
}

#define AMENDED "\"previous_execution_id\":\"" LEG_ID "\",\"price\":\"182.4\",\"qty\":\"19\","

/* It is the earlier execution that is meant; without its name nothing is taken back. */
void test_alpaca_trading_amended(void)
{
	struct last l;
	const struct report *r = &l.e.order.r[0];

	CHECK_INT(hear(STR(UPDATE("trade_bust", AMENDED)), &l), OK, "a bust is read");
	CHECK_INT(r->source, FROM_BUST, "as one");
	CHECK_TEXT(r->execution, LEG_ID, "of the execution before");
	CHECK_INT(hear(STR(UPDATE("trade_correct", AMENDED)), &l), OK, "a correction is read");
	CHECK_INT(r->source, FROM_CORRECT, "as one");
	CHECK_TEXT(r->execution, LEG_ID, "of the execution before");
	CHECK_INT(r->at.n, 182400000000, "with its new price");
	CHECK_INT(hear(STR(UPDATE("trade_bust", "")), &l), OK, "a bust of nothing");
	CHECK_INT(r->source, FROM_STREAM, "is news of an order");
	CHECK_INT(hear(STR(UPDATE("fill", AMENDED)), &l), OK, "a fill");
	CHECK_INT(r->source, FROM_STREAM, "is a fill, whatever was before");
}

/* Every event that the SDKs know, and one they do not: only fills have executions. */
void test_alpaca_trading_events(void)
{
	static const char *const events[] = {
		"new", "fill", "partial_fill", "canceled", "expired", "done_for_day", "replaced",
		"accepted", "rejected", "pending_new", "stopped", "pending_cancel",
		"pending_replace", "calculated", "suspended", "order_replace_rejected",
		"order_cancel_rejected", "restated", "held", "trade_bust", "trade_correct", "x",
	};
	char memory[1024];
	struct last l;
	struct text t;

	for (size_t i = 0; i < COUNT(events); i++) {
		bool fill = i == 1 || i == 2;
		struct str rest = STR(UPDATE("?", "\"price\":1.5,\"qty\":2,"));
		text_init(&t, memory, sizeof memory);
		text_add(&t, str_cut(&rest, '?'));
		text_cstr(&t, events[i]);
		text_add(&t, rest);
		CHECK_INT(hear(text_str(&t), &l), OK, "%s", events[i]);
		CHECK_INT(l.e.what, AM_TRADE_UPDATE, "%s", events[i]);
		CHECK_TEXT(l.e.text, events[i], "its name");
		CHECK_INT(l.e.order.r[0].n.n, fill ? 2 * NUM_ONE : 0, "execution of %s", events[i]);
		CHECK_INT(l.e.order.r[0].at.n, fill ? NUM_ONE / 2 * 3 : 0, "price of %s",
			events[i]);
	}
}

/* The exchange inside tells its instants on both streams. */
void test_alpaca_trading_clock(void)
{
	struct last l;
	ns at;

	CHECK_INT(hear(STR("{\"stream\":\"sim_clock\",\"data\":{\"t\":\"2024-10-01T13:31:00Z\","
			   "\"n\":4000000000,\"open\":true,\"end\":true,\"speed\":0.5}}"), &l), OK,
		  "an instant");
	CHECK_INT(l.e.what, AM_CLOCK, "is told");
	CHECK(rfc3339_parse(&at, STR("2024-10-01T13:31:00Z")) == OK && l.e.instant.now == at,
		"when");
	CHECK_INT(l.e.instant.n, 4000000000, "which one");
	CHECK(l.e.instant.open && l.e.instant.end, "open, and the last");
	CHECK_INT(l.e.instant.speed_milli, 500, "its speed");
}

void test_alpaca_listen(void)
{
	char memory[256];
	struct text t;

	text_init(&t, memory, sizeof memory);
	alpaca_listen_json(&t, false);
	CHECK_STR(text_str(&t), "{\"action\":\"listen\",\"data\":{\"streams\":["
		  "\"trade_updates\"]}}",
		  "what Alpaca is asked for");
	text_init(&t, memory, sizeof memory);
	alpaca_listen_json(&t, true);
	CHECK_STR(text_str(&t), "{\"action\":\"listen\",\"data\":{\"streams\":[\"trade_updates\","
		  "\"sim_clock\"]}}", "and the exchange inside");
}
