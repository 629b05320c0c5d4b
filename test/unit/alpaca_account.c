/* Account, clock, calendar and errors. */
#include "test/unit/alpaca_doc.h"
#include "test/check.h"

static const char *const members[] = {
	"\"id\":\"" ORDER_ID "\"", "\"account_number\":\"PA0000000000\"", "\"status\":\"ACTIVE\"",
	"\"currency\":\"USD\"", "\"cash\":\"-12.5\"", "\"equity\":\"122011.09751111286868\"",
	"\"last_equity\":100000", "\"buying_power\":\"400000\"", "\"long_market_value\":\"1\"",
	"\"short_market_value\":\"-2.25\"", "\"initial_margin\":\"3\"",
	"\"maintenance_margin\":\"4\"", "\"trading_blocked\":false", "\"account_blocked\":false",
	"\"trade_suspended_by_user\":false", "\"shorting_enabled\":true", "\"multiplier\":\"4\"",
	"\"pattern_day_trader\":false", "\"daytrade_count\":0", "\"admin_configurations\":{}",
	"\"user_configurations\":null", "\"bod_dtbp\":\"0\"",
};

void test_alpaca_account(void)
{
	char memory[2048];
	struct account a;

	struct str doc = doc_spoiled(memory, sizeof memory, members, COUNT(members), COUNT(members),
				     NULL);
	CHECK_INT(alpaca_read_account(doc, &a), OK, "an account is read");
	CHECK_TEXT(a.id, ORDER_ID, "id");
	CHECK_TEXT(a.number, "PA0000000000", "number");
	CHECK_TEXT(a.status, "ACTIVE", "status");
	CHECK_INT(a.cash.n, -12500000000, "cash may be negative");
	CHECK_INT(a.equity.n, 122011097511113, "twenty digits are rounded");
	CHECK_INT(a.last_equity.n, 100000 * NUM_ONE, "a bare number");
	CHECK_INT(a.buying_power.n, 400000 * NUM_ONE, "buying power");
	CHECK_INT(a.short_value.n, -2250000000, "shorts are negative");
	CHECK_INT(a.initial_margin.n, 3 * NUM_ONE, "initial margin");
	CHECK(!a.blocked && a.shorting, "nothing is blocked, shorting is allowed");
}

/* No field is needed but the id, and an account that is not surely active is blocked. */
void test_alpaca_account_spoiled(void)
{
	static const char *const instead[] = { NULL, "null", "4", "\"\"", "\"word\"", "true",
		"[]" };
	char memory[2048];
	struct account a;

	for (size_t i = 0; i < COUNT(members); i++) {
		for (size_t k = 0; k < COUNT(instead); k++) {
			const char *with = instead[k] ? instead[k] : "-";
			struct str doc = doc_spoiled(memory, sizeof memory, members,
						     COUNT(members), i, instead[k]);
			bool readable = i != 0 || k == 4;
			CHECK_INT(alpaca_read_account(doc, &a), readable ? OK : ERR_PARSE,
				  "%s as %s", members[i], with);
			if (!readable)
				continue;
			bool flag = i >= 12 && i <= 14 && k >= 2;
			CHECK_INT(a.blocked, i == 2 || flag, "blocked, %s as %s", members[i], with);
		}
	}
	CHECK_INT(alpaca_read_account(STR(""), &a), ERR_PARSE, "nothing");
	CHECK_INT(alpaca_read_account(STR("[]"), &a), ERR_PARSE, "a list");
	CHECK_INT(alpaca_read_account(STR("<html></html>"), &a), ERR_PARSE, "a page");
}

void test_alpaca_clock(void)
{
	ns now, open, close, want;
	bool is_open;

	CHECK_INT(alpaca_read_clock(STR("{\"timestamp\":\"2020-06-08T22:38:49.042731234-04:00\","
		"\"is_open\":false,\"next_open\":\"2020-06-09T09:30:00-04:00\","
		"\"next_close\":\"2020-06-09T16:00:00-04:00\"}"), &now, &is_open, &open, &close),
		OK, "a clock is read");
	CHECK(rfc3339_parse(&want, STR("2020-06-09T02:38:49.042731234Z")) == OK && now == want,
		"now");
	CHECK_INT(close - open, 390 * NS_MINUTE, "a day from open to close");
	CHECK(!is_open, "closed");
	CHECK_INT(alpaca_read_clock(STR("{\"timestamp\":\"2020-06-08T22:38:49Z\","
				    "\"is_open\":true}"), &now, &is_open, &open, &close), OK,
		  "without the next ones");
	CHECK(is_open && open == 0 && close == 0, "which are 0 then");
	CHECK_INT(alpaca_read_clock(STR("{\"timestamp\":\"soon\"}"), &now, &is_open, &open, &close),
		  ERR_PARSE, "no time");
	CHECK_INT(alpaca_read_clock(STR("null"), &now, &is_open, &open, &close), ERR_PARSE, "null");
}

/* ---- calendar: the week of Thanksgiving 2024 is 25 to 29 November */

static enum err calendar(const char *rows, struct calendar *c, int *told, int *differ)
{
	return alpaca_read_calendar(str_of(rows), day_of(2024, 11, 25), day_of(2024, 12, 1), c,
		told, differ);
}

#define ROW(date, open, close) \
	"{\"date\":\"2024-11-" date "\",\"open\":\"" open "\",\"close\":\"" close "\"," \
	"\"session_open\":\"0400\",\"session_close\":\"2000\",\"settlement_date\":\"2024-11-26\"}"

void test_alpaca_calendar_agrees(void)
{
	struct calendar c = { 0 };
	int told, differ;

	CHECK_INT(calendar("[" ROW("25", "09:30", "16:00") "," ROW("26", "09:30", "16:00") ","
			   ROW("27", "09:30", "16:00") "," ROW("29", "09:30", "13:00") "]", &c,
			   &told, &differ), OK, "the week as it was");
	CHECK_INT(told, 4, "days");
	CHECK_INT(differ, 0, "none is different");
	CHECK_INT(c.n, 0, "nothing is stored");
}

void test_alpaca_calendar_overrides(void)
{
	struct calendar c = { 0 };
	struct session s;
	int told, differ;

	CHECK_INT(calendar("[" ROW("25", "09:30", "13:00") "," ROW("27", "10:00", "16:00") ","
			   ROW("28", "09:30", "16:00") "," ROW("29", "09:30", "13:00") "]", &c,
			   &told, &differ), OK, "another week");
	CHECK_INT(told, 4, "days");
	CHECK_INT(differ, 4, "a half day, a closing, a late open, a holiday that is none");
	CHECK(calendar_session(&c, day_of(2024, 11, 25), &s) && s.half &&
	      s.close == ny_time(day_of(2024, 11, 25), 13, 0), "a half day");
	CHECK(!calendar_session(&c, day_of(2024, 11, 26), &s), "a closing that was not planned");
	CHECK(calendar_session(&c, day_of(2024, 11, 27), &s) &&
	      s.open == ny_time(day_of(2024, 11, 27), 10, 0), "a late open");
	CHECK(calendar_session(&c, day_of(2024, 11, 28), &s) && !s.half, "no holiday");
}

void test_alpaca_calendar_odd(void)
{
	static const char *const hours[] = {
		"99:99", "24:00", "09:60", "9:30", "", "0930", "16:00", "-1:00",
	};
	struct calendar c = { 0 };
	struct session s;
	char rows[512];
	struct text t;
	int told, differ;

	for (size_t i = 0; i < COUNT(hours); i++) {
		text_init(&t, rows, sizeof rows);
		text_cstr(&t, "[{\"date\":\"2024-11-25\",\"open\":\"");
		text_cstr(&t, hours[i]);
		text_cstr(&t, "\",\"close\":\"16:00\"}," ROW("26", "09:30", "16:00") "]");
		CHECK_INT(calendar(text_done(&t), &c, &told, &differ), OK, "open %s", hours[i]);
		CHECK_INT(told, 1, "open %s is not told", hours[i]);
		CHECK(calendar_session(&c, day_of(2024, 11, 25), &s) && c.n == 0,
		      "and does not close the day");
	}
	CHECK_INT(calendar("[" ROW("27", "09:30", "13:00") "," ROW("26", "09:30", "16:00") "]", &c,
			   &told, &differ), ERR_PARSE, "days that are not in order");
	CHECK_INT(calendar("[" ROW("27", "09:30", "13:00"), &c, &told, &differ), ERR_PARSE,
		  "half an answer");
	CHECK_INT(calendar("[]", &c, &told, &differ), ERR_PARSE, "no days at all");
	CHECK_INT(calendar("[4," ROW("26", "09:30", "16:00") "]", &c, &told, &differ), ERR_PARSE,
		  "a day that cannot be read is not one without a session");
	CHECK_INT(calendar("{}", &c, &told, &differ), ERR_PARSE, "no list");
	CHECK_INT(c.n, 0, "of none of them anything was taken");
}

/* ---- errors */

void test_alpaca_error_bodies(void)
{
	struct alpaca_error e;

	alpaca_read_error(STR("{\"buying_power\":\"400000\",\"code\":40310000,"
			      "\"cost_basis\":\"81\","
			      "\"message\":\"insufficient buying power\"}"), &e);
	CHECK_INT(e.code, 40310000, "code");
	CHECK_TEXT(e.message, "insufficient buying power", "message");
	alpaca_read_error(STR("{\"message\":\"asset \\\"X\\\" not found\"}"), &e);
	CHECK_INT(e.code, 0, "no code");
	CHECK_TEXT(e.message, "asset \"X\" not found", "quotes in a message");
	alpaca_read_error(STR("{\"code\":\"42210000\",\"message\":null}"), &e);
	CHECK_INT(e.code, 42210000, "a code in quotes");
	CHECK_TEXT(e.message, "", "null is no message");
	alpaca_read_error(STR("{\"code\":99999999999999,\"message\":{}}"), &e);
	CHECK_INT(e.code, 0, "a code that cannot be");
	alpaca_read_error(STR("<html><h1>401</h1></html>"), &e);
	CHECK(e.code == 0 && e.message[0] == 0, "a page says nothing");
	alpaca_read_error(STR(""), &e);
	CHECK(e.code == 0 && e.message[0] == 0, "nothing says nothing");
}

/* A message is cut between characters, also when it is written with escapes. */
void test_alpaca_error_cut(void)
{
	static const char *const piece[] = { "\xc3\xa9", "\\u00e9", "\\ud83d\\ude00", "x" };
	char body[4096];
	struct alpaca_error e;
	struct text t;

	for (size_t p = 0; p < COUNT(piece); p++) {
		for (int pad = 0; pad < 8; pad++) {
			text_init(&t, body, sizeof body);
			text_cstr(&t, "{\"message\":\"");
			for (int i = 0; i < pad; i++)
				text_char(&t, 'a');
			for (int i = 0; i < 200; i++)
				text_cstr(&t, piece[p]);
			text_cstr(&t, "\"}");
			alpaca_read_error(text_str(&t), &e);
			struct str rest = str_of(e.message);
			CHECK(rest.n >= sizeof e.message - 4, "%s after %d: %zu bytes", piece[p],
				pad, rest.n);
			while (rest.n > 0 && utf8_at(rest) > 0) {
				size_t n = utf8_at(rest);
				rest.s += n;
				rest.n -= n;
			}
			CHECK_INT(rest.n, 0, "%s after %d: whole characters", piece[p], pad);
		}
	}
}

void test_alpaca_error_classes(void)
{
	static const struct {
		int http;
		int32_t code;
		const char *words;
		enum alpaca_class want;
	} all[] = {
		{ 200, 0, "", AC_OK },
		{ 204, 0, "", AC_OK },
		{ 401, 40110000, "request is not authorized", AC_AUTH },
		{ 401, 0, "", AC_AUTH },
		{ 403, 0, "forbidden.", AC_AUTH },
		{ 403, 40310000, "insufficient buying power", AC_FUNDS },
		{ 403, 0, "Insufficient Buying Power", AC_FUNDS },
		{ 403, 40310000, "insufficient qty available for order (requested: 2, "
		  "available: 0)",
		  AC_HELD },
		{ 403, 40310000, "potential wash trade detected. use complex orders", AC_WASH },
		{ 422, 42210000, "potential wash trade detected. use complex orders", AC_WASH },
		{ 403, 40310000, "account is not allowed to short", AC_RESTRICTED },
		{ 403, 40310000, "cannot open a long buy while a short sell order is open",
		  AC_RESTRICTED },
		{ 403, 40310100, "trade denied due to pattern day trading protection",
		  AC_RESTRICTED },
		{ 404, 40410000, "order not found for x", AC_GONE },
		{ 422, 40010001, "client_order_id must be unique", AC_DUPLICATE },
		{ 422, 40010001, "could not find asset \"FACEBOOK\"", AC_INVALID },
		{ 422, 42210000, "invalid limit_price 290.123. sub-penny increment",
		  AC_INVALID },
		{ 422, 42210000, "order is already in \"filled\" state", AC_STATE },
		{ 422, 42210000, "order is not cancelable", AC_STATE },
		{ 422, 42210000, "order pending cancel", AC_STATE },
		{ 422, 40010001, "unable to replace order, order isn't sent to exchange yet",
		  AC_STATE },
		{ 400, 0, "", AC_INVALID },
		{ 422, 0, "", AC_INVALID },
		{ 429, 42910000, "rate limit exceeded", AC_RATE },
		{ 500, 50010000, "internal server error occurred.", AC_SERVER },
		{ 503, 0, "", AC_SERVER },
		{ 504, 0, "", AC_SERVER },
		{ 0, 0, "", AC_SERVER },
		{ 101, 0, "", AC_SERVER },
		{ 302, 0, "", AC_SERVER },
		{ 408, 0, "", AC_SERVER },
		{ 409, 0, "", AC_SERVER },
	};

	for (size_t i = 0; i < COUNT(all); i++) {
		struct alpaca_error e = { all[i].code, "" };
		bool fits = str_copy(e.message, sizeof e.message, str_of(all[i].words));
		assert(fits);
		CHECK_INT(alpaca_classify(all[i].http, &e), all[i].want, "%d %d %s", all[i].http,
			  (int)all[i].code, all[i].words);
	}
}
