/* exchange_serve.c: Alpaca's objects as text, page tokens, timeframes, and the routes
 * as they answer without a socket. */
#include "base/base64.h"
#include "check.h"
#include "exchange/serve_inner.h"

static char memory[65536];
static struct text text;

static void fresh(void)
{
	text_init(&text, memory, sizeof(memory) - 1);
}

/* Every id becomes "ID": they come from the seed and are not what is looked at. */
static const char *without_ids(void)
{
	static char out[65536];
	size_t n = 0;

	for (size_t i = 0; i < text.n;) {
		struct str s = { text.s + i, UUID_TEXT - 1 };
		if (text.n - i >= s.n && rest_is_uuid(s)) {
			out[n++] = 'I';
			out[n++] = 'D';
			i += s.n;
		} else {
			out[n++] = text.s[i++];
		}
	}
	out[n] = '\0';
	return out;
}

void test_view_ratio_like_the_broker(void)
{
	static const struct { int64_t a, b; const char *text; } row[] = {
		{ 4040000000, 642660000000, "\"0.0062863722652725\"" },
		{ -51730000000, 4463680000000, "\"-0.0115890924080579\"" },
		{ -15710000000, 898100000000, "\"-0.01749248413317\"" },
		{ 3740000000, 642660000000, "\"0.0058195624435938\"" },
		{ 0, 5, "\"0\"" }, { 5, 0, "\"0\"" }, { 3, 2, "\"1.5\"" },
		{ -1, 8, "\"-0.125\"" }, { 2, 3, "\"0.6666666666666667\"" },
		{ 9999999999999999, 10000000000000000, "\"0.9999999999999999\"" },
		{ INT64_MAX, INT64_MIN, "\"-1\"" }, { INT64_MIN, INT64_MIN, "\"1\"" },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		fresh();
		view_ratio(&text, row[i].a, row[i].b);
		CHECK_STR(text_str(&text), row[i].text, "%lld / %lld", (long long)row[i].a,
			  (long long)row[i].b);
	}
}

void test_view_clock_as_recorded(void)
{
	ns at = 0;

	CHECK_INT(rfc3339_parse(&at, STR("2020-06-09T02:38:49.042731234Z")), OK, "a time");
	fresh();
	view_clock(&text, at);
	CHECK_STR(text_str(&text), "{\"timestamp\":\"2020-06-08T22:38:49.042731234-04:00\","
		  "\"is_open\":false,\"next_open\":\"2020-06-09T09:30:00-04:00\","
		  "\"next_close\":\"2020-06-09T16:00:00-04:00\"}", "the recorded clock");
	CHECK_INT(rfc3339_parse(&at, STR("2024-07-03T16:59:59Z")), OK, "a time");
	fresh();
	view_clock(&text, at);
	CHECK_STR(text_str(&text), "{\"timestamp\":\"2024-07-03T12:59:59-04:00\",\"is_open\":true,"
		  "\"next_open\":\"2024-07-05T09:30:00-04:00\","
		  "\"next_close\":\"2024-07-03T13:00:00-04:00\"}", "a half day before a holiday");
}

void test_view_calendar_week(void)
{
	static const char friday[] = "[{\"date\":\"2024-11-29\",\"open\":\"09:30\","
		"\"close\":\"13:00\",\"session_open\":\"0400\",\"session_close\":\"1700\","
		"\"settlement_date\":\"2024-12-02\"}]";

	fresh();
	view_calendar(&text, day_of(2024, 11, 28), day_of(2024, 12, 1), false);
	CHECK_STR(text_str(&text), friday, "Thanksgiving and the half day after");
	fresh();
	view_calendar(&text, day_of(2024, 11, 30), day_of(2024, 12, 2), true);
	CHECK_STR(text_str(&text), friday, "what settles on that Monday was traded on that Friday");
}

void test_view_bar_numbers(void)
{
	struct bar b = {
		.open_ts = 1641200400 * NS_SECOND, .open = { 178260000000 },
		.high = { 178340000000 }, .low = { 177760000000 }, .close = { 178080000000 },
		.vwap = { 177954244000 }, .volume = 60937, .trades = 1727
	};

	fresh();
	view_bar(&text, &b);
	CHECK_STR(text_str(&text), "{\"t\":\"2022-01-03T09:00:00Z\",\"o\":178.26,\"h\":178.34,"
		  "\"l\":177.76,\"c\":178.08,\"v\":60937,\"n\":1727,\"vw\":177.954244}",
		  "the schema's example");
}

void test_refusal_with_extras(void)
{
	struct xc_refusal why = {
		.http = 403, .code = 40310000, .message = "insufficient qty", .extras = 2,
		.extra = { { "available", "0", false }, { "related_orders", "[\"a\"]", true } }
	};

	fresh();
	view_refusal(&text, &why);
	CHECK_STR(text_str(&text), "{\"code\":40310000,\"message\":\"insufficient qty\","
		  "\"available\":\"0\",\"related_orders\":[\"a\"]}", "extras follow");
}

void test_timeframes(void)
{
	char letter = 0;

	CHECK_INT(bars_timeframe(STR("1Min"), &letter), 60, "a minute");
	CHECK_INT(letter, 'M', "of minutes");
	CHECK_INT(bars_timeframe(STR("5T"), &letter), 300, "five");
	CHECK_INT(bars_timeframe(STR("60Min"), &letter), 0, "an hour is no minutes");
	CHECK_INT(bars_timeframe(STR("23H"), &letter), 23 * 3600, "nearly a day");
	CHECK_INT(bars_timeframe(STR("24Hour"), &letter), 0, "a day is no hours");
	CHECK_INT(bars_timeframe(STR("1Week"), &letter), MARKET_WEEK, "a week");
	CHECK_INT(bars_timeframe(STR("2W"), &letter), 0, "only one");
	CHECK_INT(bars_timeframe(STR("3Month"), &letter), MARKET_MONTH(3), "a quarter");
	CHECK_INT(letter, 'N', "of months");
	CHECK_INT(bars_timeframe(STR("5M"), &letter), 0, "no part of a year");
	CHECK_INT(bars_timeframe(STR("1Hour"), &letter), 3600, "an hour");
	CHECK_INT(letter, 'H', "of hours");
	CHECK_INT(bars_timeframe(STR("1D"), &letter), 86400, "a day");
	CHECK_INT(bars_timeframe(STR("0Min"), &letter), 0, "not served");
	CHECK_INT(bars_timeframe(STR("Min"), &letter), 0, "no count");
	CHECK_INT(bars_timeframe(STR("99999999999Min"), &letter), 0, "absurd");
	CHECK_INT(bars_timeframe(STR(""), &letter), 0, "nothing");
}

void test_page_token_form(void)
{
	char symbol[16], rest[64], plain[64];

	fresh();
	bars_token(&text, STR("AAPL"), STR("M|2022-01-03T09:00:00.000000000Z"));
	CHECK_STR(text_str(&text),
		  "\"QUFQTHxNfDIwMjItMDEtMDNUMDk6MDA6MDAuMDAwMDAwMDAwWg==\"", "as the broker's");
	struct str token = { text.s + 1, text.n - 2 };
	CHECK(bars_token_read(token, symbol, rest), "it is read again");
	CHECK_TEXT(symbol, "AAPL", "the symbol");
	CHECK_TEXT(rest, "M|2022-01-03T09:00:00.000000000Z", "what is behind it");
	CHECK(!bars_token_read(STR("???"), symbol, rest), "not base64");
	CHECK(!bars_token_read(STR(""), symbol, rest), "nothing");
	CHECK_INT(base64_read(plain, 3, STR("QUFQTA==")), 0, "too long for its place");
}

/* ---- the core's objects */

static _Alignas(16) char core_memory[8 << 20];

static struct xc *small_core(void)
{
	struct xc_config c = {
		.orders_max = 64, .accounts = 1, .seed = 7, .cash = { 100000 * NUM_ONE },
		.latency = 20 * NS_MS, .shorting = true, .multiplier = 4
	};
	uint16_t index;

	if (!CHECK(xc_size(&c) <= sizeof(core_memory), "the core fits %zu", xc_size(&c)))
		return NULL;
	memset(core_memory, 0, sizeof(core_memory));
	struct xc *x = xc_init(core_memory, &c, NULL);
	CHECK_INT(xc_add_asset(x, "AAPL", "Apple Inc.", &index), OK, "an asset");
	return x;
}

#define OPEN_DAY (1717421400 * NS_SECOND)	/* 2024-06-03T13:30:00Z */

static void quote(struct xc *x, ns at, int64_t cents)
{
	px p = { cents * (NUM_ONE / 100) };

	xc_time(x, at);
	xc_quote(x, at, 0, p, p, p, 1000);
}

void test_view_order_life(void)
{
	struct xc *x = small_core();
	struct xc_refusal why = { 0 };
	struct xc_event e;
	struct xc_request rq = {
		.has = XC_QTY | XC_TIF | XC_CID, .symbol = "AAPL", .cid = "mine", .cid_n = 4,
		.side = SIDE_BUY, .type = TYPE_MARKET, .tif = TIF_DAY, .qty = { 10 * NUM_ONE }
	};

	if (x == NULL)
		return;
	quote(x, OPEN_DAY, 20000);
	xc_oid o = xc_place(x, OPEN_DAY + NS_SECOND, 0, &rq, &why);
	if (!CHECK(o != XC_NONE, "placed: %s", why.message))
		return;
	fresh();
	view_order(&text, x, o, NULL, true);
	const char *got = without_ids();
	CHECK(strstr(got, "{\"id\":\"ID\",\"client_order_id\":\"mine\","
		     "\"created_at\":\"2024-06-03T13:30:01Z\"") == got, "begins so: %s", got);
	CHECK(strstr(got, "\"filled_at\":null,\"expired_at\":null,\"canceled_at\":null,"
		     "\"failed_at\":null,\"replaced_at\":null,\"replaced_by\":null,"
		     "\"replaces\":null,\"asset_id\":\"ID\",\"symbol\":\"AAPL\","
		     "\"asset_class\":\"us_equity\",\"notional\":null,\"qty\":\"10\","
		     "\"filled_qty\":\"0\",\"filled_avg_price\":null,\"order_class\":\"simple\","
		     "\"order_type\":\"market\",\"type\":\"market\",\"side\":\"buy\","
		     "\"position_intent\":\"buy_to_open\",\"time_in_force\":\"day\","
		     "\"limit_price\":null,\"stop_price\":null,\"status\":\"pending_new\","
		     "\"extended_hours\":false,\"trail_percent\":null,\"trail_price\":null,"
		     "\"hwm\":null,\"ratio_qty\":null,\"subtag\":null,\"source\":null") != NULL,
	      "goes on so: %s", got);
	CHECK(strstr(got, "\"legs\":null}") != NULL, "ends so: %s", got);

	for (int i = 1; i <= 8; i++)
		quote(x, OPEN_DAY + i * 15 * NS_SECOND, 20000 + i);
	bool filled = false;
	while (xc_next_event(x, &e)) {
		fresh();
		view_update(&text, x, &e, "01J1SG2VG000000000000000001");
		filled = e.kind == XE_FILL;
	}
	got = without_ids();
	CHECK(filled, "the last event is the fill");
	CHECK(strstr(got, "{\"stream\":\"trade_updates\",\"data\":{\"event\":\"fill\","
		     "\"execution_id\":\"ID\",\"timestamp\":\"2024-06-03T13:30:") == got,
	      "a fill: %s", got);
	CHECK(strstr(got, "\"qty\":\"10\",\"position_qty\":\"10\","
		     "\"order\":{\"id\":\"ID\"") != NULL,
	      "with its position: %s", got);
	fresh();
	view_position(&text, x, xc_position(x, 0, 0));
	CHECK(strstr(without_ids(), "\"exchange\":") != NULL &&
	      strstr(without_ids(), "\"asset_class\":\"us_equity\",\"asset_marginable\":true,"
		     "\"qty\":\"10\",\"avg_entry_price\":\"200") != NULL,
	      "the position: %s", without_ids());
}
