/* Bars of a page, and the data stream. */
#include <stdio.h>

#include "alpaca/alpaca.h"
#include "test/check.h"

/* What was told, as text. */
struct heard { struct text t; char memory[2048]; const struct symbols *table; int left; };

static struct symbols table(void)
{
	struct symbols t = { 0 };
	sym s;

	bool added = symbols_add(&t, STR("AAPL"), &s) == OK &&
		     symbols_add(&t, STR("BRK.B"), &s) == OK;
	assert(added);
	return t;
}

static void say_bar(struct text *t, const struct symbols *table, const struct bar *b)
{
	char time[RFC3339_TEXT];

	rfc3339_text(time, b->open_ts);
	text_cstr(t, table->name[b->sym]);
	text_char(t, ' ');
	text_cstr(t, time);
	const int64_t n[] = { b->open.n, b->high.n, b->low.n, b->close.n, b->vwap.n };
	for (size_t i = 0; i < COUNT(n); i++) {
		text_char(t, ' ');
		text_num(t, n[i]);
	}
	text_char(t, ' ');
	text_f64(t, b->volume, 0);
	text_char(t, ' ');
	text_u64(t, b->trades);
	text_char(t, ' ');
	text_i64(t, (b->ts - b->open_ts) / NS_SECOND);
	text_cstr(t, b->flags & BAR_REVISED ? " revised\n" : "\n");
}

static bool each_bar(void *ctx, const struct bar *b)
{
	struct heard *h = ctx;

	say_bar(&h->t, h->table, b);
	return --h->left > 0;
}

static enum err page(const char *body, struct heard *h, struct alpaca_page *p)
{
	static struct symbols t;

	t = table();
	h->table = &t;
	text_init(&h->t, h->memory, sizeof h->memory);
	return alpaca_read_bars(str_of(body), &t, 300, each_bar, h, p);
}

void test_alpaca_bars(void)
{
	struct heard h = { .left = 99 };
	struct alpaca_page p;

	CHECK_INT(page("{\"next_page_token\":\"QUFQTHxN\",\"bars\":{\"AAPL\":[{\"t\":"
		"\"2024-10-01T13:30:00Z\",\"o\":178.235733,\"h\":178.5,\"l\":178.1,\"c\":178.4,"
		"\"v\":1234567,\"n\":9876,\"vw\":178.30000000000001},{\"c\":\"178.6\",\"t\":"
		"\"2024-10-01T09:35:00-04:00\",\"o\":\"178.4\",\"h\":178.7,\"l\":178.3,\"v\":2e3,"
		"\"n\":null,\"vw\":null,\"x\":[1]}],\"BRK.B\":[{\"t\":\"2024-10-01T13:30:00.000Z\","
		"\"o\":460,\"h\":461,\"l\":0.0001,\"c\":460,\"v\":12345678901234.75,\"n\":1}]},"
		"\"currency\":\"USD\"}", &h, &p), OK, "a page is read");
	CHECK_STR(text_str(&h.t),
		"AAPL 2024-10-01T13:30:00Z 178.235733 178.5 178.1 178.4 178.3 1234567 9876 300\n"
		"AAPL 2024-10-01T13:35:00Z 178.4 178.7 178.3 178.6 0 2000 0 300\n"
		"BRK.B 2024-10-01T13:30:00Z 460 461 0.0001 460 0 12345678901234 1 300\n",
		"its bars");
	CHECK_INT(p.bars, 3, "bars");
	CHECK_INT(p.bad, 0, "bad ones");
	CHECK_TEXT(p.token, "QUFQTHxN", "more is to come");
	h.left = 1;
	CHECK_INT(page("{\"bars\":{\"AAPL\":[{\"t\":\"2024-10-01T13:30:00Z\",\"o\":1,\"h\":1,"
		"\"l\":1,\"c\":1,\"v\":1},{\"t\":\"2024-10-01T13:35:00Z\",\"o\":1,\"h\":1,\"l\":1,"
		"\"c\":1,\"v\":1}]}}", &h, &p), OK, "a page of which one bar is enough");
	CHECK_STR(text_str(&h.t), "AAPL 2024-10-01T13:30:00Z 1 1 1 1 0 1 0 300\n", "one is told");
}

/* A short page, an empty one, and the forms of nothing. */
struct splits { uint32_t n; struct alpaca_split x[4]; };

static void keep_split(void *ctx, const struct alpaca_split *x)
{
	struct splits *s = ctx;

	if (s->n < COUNT(s->x))
		s->x[s->n] = *x;
	s->n++;
}

void test_alpaca_splits(void)
{
	static const char body[] =
		"{\"corporate_actions\":{\"cash_dividends\":[{\"symbol\":\"AAPL\",\"rate\":0."
		"25}],\"forward_splits\":[{\"symbol\":\"AAPL\",\"new_rate\":2,\"old_rate\":1,"
		"\"ex_date\":\"2024-10-02\",\"due_bill\":null},7,{\"symbol\":\"AAPL\",\"new_r"
		"ate\":0,\"old_rate\":1,\"ex_date\":\"2024-10-02\"},{\"symbol\":\"ELSE\",\"ne"
		"w_rate\":2,\"old_rate\":1,\"ex_date\":\"2024-10-02\"}],\"reverse_splits\":[{"
		"\"symbol\":\"BRK.B\",\"new_rate\":\"1\",\"old_rate\":\"7.5\",\"ex_date\":\"2"
		"024-10-03\"},{\"symbol\":\"BRK.B\",\"new_rate\":1,\"old_rate\":2,\"ex_date\""
		":\"soon\"}],\"unit_splits\":null},\"next_page_token\":null}";
	struct symbols t = table();
	struct splits s = { 0 };

	CHECK_INT(alpaca_read_splits(str_of(body), &t, keep_split, &s), OK, "a page of actions");
	CHECK_INT(s.n, 2, "two splits of ours that make sense");
	CHECK(s.x[0].sym == 0 && s.x[0].after == 2 * NUM_ONE && s.x[0].before == NUM_ONE &&
	      s.x[0].ex == day_of(2024, 10, 2), "two for one");
	CHECK(s.x[1].sym == 1 && s.x[1].before == 15 * NUM_ONE / 2, "parts of a share, as words");
	static const char *const none[] = { "{}", "{\"corporate_actions\":null}",
		"{\"corporate_actions\":{}}", "{\"corporate_actions\":{\"forward_splits\":null}}" };
	for (size_t i = 0; i < COUNT(none); i++)
		CHECK_INT(alpaca_read_splits(str_of(none[i]), &t, keep_split, &s), OK,
			  "none: %s", none[i]);
	static const char *const broken[] = { "", "[]", "<html>", "{\"corporate_actions\":{" };
	for (size_t i = 0; i < COUNT(broken); i++)
		CHECK_INT(alpaca_read_splits(str_of(broken[i]), &t, keep_split, &s), ERR_PARSE,
			  "no answer: %s", broken[i]);
	CHECK_INT(s.n, 2, "and nothing more");
}

void test_alpaca_bars_none(void)
{
	static const char *const bodies[] = {
		"{\"bars\":null,\"next_page_token\":null}",
		"{\"bars\":{},\"next_page_token\":null}",
		"{\"bars\":[],\"next_page_token\":null}",
		"{\"bars\":{\"AAPL\":null}}", "{\"bars\":{\"AAPL\":[]}}", "{\"bars\":{\"AAPL\":4}}",
		"{\"bars\":\"none\"}",
	};
	struct heard h = { .left = 99 };
	struct alpaca_page p;

	for (size_t i = 0; i < COUNT(bodies); i++) {
		CHECK_INT(page(bodies[i], &h, &p), OK, "%s", bodies[i]);
		CHECK(p.bars == 0 && p.bad == 0 && p.token[0] == 0, "nothing in %s", bodies[i]);
	}
	CHECK_INT(page("{\"bars\":{},\"next_page_token\":\"QUFQTHxN\"}", &h, &p), OK,
		  "an empty page that is not the last");
	CHECK_TEXT(p.token, "QUFQTHxN", "its token");
	CHECK_INT(page("{\"next_page_token\":\"\"}", &h, &p), ERR_PARSE, "no bars are no page");
	CHECK_INT(page("{\"message\":\"later\"}", &h, &p), ERR_PARSE, "nor are words");
	CHECK_INT(page("", &h, &p), ERR_PARSE, "nothing");
	CHECK_INT(page("[]", &h, &p), ERR_PARSE, "a list");
	CHECK_INT(page("{\"bars\":{\"AAPL\":[{\"t\":", &h, &p), ERR_PARSE, "half a page");
	CHECK_INT(page("{\"bars\":{\"AAPL\":[{\"o\":1.2.3}]}}", &h, &p), ERR_PARSE, "no JSON");
}

void test_alpaca_bars_bad(void)
{
	static const char *const bars[] = {
		"{\"t\":\"2024-10-01T13:30:00Z\",\"o\":2,\"h\":1,\"l\":1,\"c\":1,\"v\":1}",
		"{\"t\":\"2024-10-01T13:30:00Z\",\"o\":0,\"h\":1,\"l\":1,\"c\":1,\"v\":1}",
		"{\"t\":\"2024-10-01T13:30:00Z\",\"o\":-1,\"h\":1,\"l\":-1,\"c\":1,\"v\":1}",
		"{\"t\":\"2024-10-01T13:30:00Z\",\"o\":1,\"h\":1,\"l\":1,\"v\":1}",
		"{\"t\":\"yesterday\",\"o\":1,\"h\":1,\"l\":1,\"c\":1,\"v\":1}",
		"{\"o\":1,\"h\":1,\"l\":1,\"c\":1,\"v\":1}",
		"{\"t\":null,\"o\":1,\"h\":1,\"l\":1,\"c\":1,\"v\":1}",
		"{\"t\":\"2024-10-01T13:30:00Z\",\"o\":99999999999,\"h\":1,\"l\":1,\"c\":1}",
		"{\"t\":\"2024-10-01T13:30:00Z\",\"o\":\"1\\u0030\",\"h\":1,\"l\":1,\"c\":1}",
		"null", "4", "[]", "{}",
	};
	struct heard h = { .left = 99 };
	struct alpaca_page p;
	char body[512];
	struct text t;

	for (size_t i = 0; i < COUNT(bars); i++) {
		text_init(&t, body, sizeof body);
		text_cstr(&t, "{\"bars\":{\"AAPL\":[");
		text_cstr(&t, bars[i]);
		text_cstr(&t, "]}}");
		CHECK_INT(page(text_done(&t), &h, &p), OK, "the page of %s is read", bars[i]);
		CHECK_INT(p.bars, 0, "told of %s", bars[i]);
		CHECK_INT(p.bad, 1, "counted of %s", bars[i]);
	}
	CHECK_INT(page("{\"bars\":{\"XYZ\":[{\"t\":\"2024-10-01T13:30:00Z\",\"o\":1,\"h\":1,"
		       "\"l\":1,\"c\":1,\"v\":1}]}}", &h, &p), OK,
		  "a symbol that nobody asked for");
	CHECK(p.bars == 0 && p.bad == 1, "is counted, not told");
}

/* ---- the stream */

static void each_event(void *ctx, const struct alpaca_event *e)
{
	static const char *const names[] = {
		"none", "connected", "authenticated", "subscribed", "bar", "updated_bar", "status",
		"band", "error", "clock", "authorized", "unauthorized", "listening", "trade_update",
	};
	struct heard *h = ctx;

	text_cstr(&h->t, names[e->what]);
	text_char(&h->t, ' ');
	switch (e->what) {
	case AM_BAR:
	case AM_UPDATED_BAR:
		say_bar(&h->t, h->table, &e->bar);
		return;
	case AM_CLOCK:
		text_time(&h->t, e->instant.now);
		text_char(&h->t, ' ');
		text_u64(&h->t, e->instant.n);
		text_cstr(&h->t, e->instant.open ? " open" : " closed");
		text_cstr(&h->t, e->instant.end ? " end " : " ");
		text_i64(&h->t, e->instant.speed_milli);
		break;
	default:
		text_i64(&h->t, e->code);
		text_char(&h->t, ' ');
		text_cstr(&h->t, e->text);
		break;
	}
	text_char(&h->t, '\n');
}

static enum err stream(const char *message, struct heard *h)
{
	static struct symbols t;

	t = table();
	h->table = &t;
	text_init(&h->t, h->memory, sizeof h->memory);
	return alpaca_read_data(str_of(message), &t, each_event, h);
}

void test_alpaca_stream(void)
{
	struct heard h;

	CHECK_INT(stream("["
		"{\"T\":\"success\",\"msg\":\"connected\"},"
		"{\"T\":\"success\",\"msg\":\"authenticated\"},"
		"{\"T\":\"success\",\"msg\":\"something new\"},"
		"{\"T\":\"subscription\",\"trades\":[],\"quotes\":[],\"bars\":[\"AAPL\"]},"
		"{\"T\":\"t\",\"S\":\"AAPL\",\"i\":5,\"x\":\"V\",\"p\":1.5,\"s\":10,\"c\":[\"@\"],"
		"\"t\":\"2024-10-01T13:30:00.1Z\",\"z\":\"C\"},"
		"{\"T\":\"q\",\"S\":\"AAPL\",\"ax\":\"V\",\"ap\":1,\"bp\":1,\"c\":[\"R\"]},"
		"{\"T\":\"b\",\"S\":\"AAPL\",\"o\":1,\"h\":2,\"l\":1,\"c\":2,\"v\":3,\"n\":4,"
		"\"vw\":1.5,\"t\":\"2024-10-01T13:30:00Z\"},"
		"{\"T\":\"d\",\"S\":\"AAPL\",\"o\":1,\"h\":2,\"l\":1,\"c\":2,\"v\":3,"
		"\"t\":\"2024-10-01T04:00:00Z\"},"
		"{\"t\":\"2024-10-01T13:30:00Z\",\"v\":4,\"c\":2,\"l\":1,\"h\":2,\"o\":1,"
		"\"S\":\"BRK.B\",\"T\":\"u\"},"
		"{\"T\":\"b\",\"S\":\"XYZ\",\"o\":1,\"h\":2,\"l\":1,\"c\":2,\"v\":3,"
		"\"t\":\"2024-10-01T13:30:00Z\"},"
		"{\"T\":\"b\",\"S\":\"AAPL\",\"o\":1,\"h\":0.5,\"l\":1,\"c\":2,\"v\":3,"
		"\"t\":\"2024-10-01T13:30:00Z\"},"
		"{\"T\":\"s\",\"S\":\"AAPL\",\"sc\":\"H\",\"sm\":\"Halt\",\"rc\":\"T1\"},"
		"{\"T\":\"l\",\"S\":\"AAPL\",\"u\":2,\"d\":1,\"i\":\"B\"},"
		"{\"T\":\"error\",\"code\":406,\"msg\":\"connection limit \\\"exceeded\\\"\"},"
		"{\"T\":\"clock\",\"t\":\"2024-10-01T13:31:00Z\",\"n\":77,\"open\":true,"
		"\"end\":false,\"speed\":60.5},"
		"{\"T\":7},{},4,null,[[]]]", &h), OK, "an array of all kinds");
	CHECK_STR(text_str(&h.t),
		"connected 0 connected\n"
		"authenticated 0 authenticated\n"
		"subscribed 0 \n"
		"bar AAPL 2024-10-01T13:30:00Z 1 2 1 2 1.5 3 4 60\n"
		"updated_bar BRK.B 2024-10-01T13:30:00Z 1 2 1 2 0 4 0 60 revised\n"
		"status 0 H\n"
		"band 0 \n"
		"error 406 connection limit \"exceeded\"\n"
		"clock 2024-10-01T13:31:00Z 77 open 60500\n", "what is told of it");
}

void test_alpaca_stream_broken(void)
{
	struct heard h;

	CHECK_INT(stream("[{\"T\":\"success\",\"msg\":\"connected\"},{\"T\":\"b\"", &h), ERR_PARSE,
		  "a message that breaks off");
	CHECK_STR(text_str(&h.t), "connected 0 connected\n", "what came before is told");
	CHECK_INT(stream("{\"T\":\"success\",\"msg\":\"connected\"}", &h), ERR_PARSE, "no array");
	CHECK_INT(stream("", &h), ERR_PARSE, "nothing");
	CHECK_INT(stream("[]", &h), OK, "an empty array");
	CHECK_INT(stream("[{\"T\":\"error\",\"code\":1e9,\"msg\":4}]", &h), OK, "an odd error");
	CHECK_STR(text_str(&h.t), "error 0 \n", "is an error all the same");
}

void test_alpaca_status(void)
{
	static const struct { const char *code; enum alpaca_status is; } known[] = {
		{ "2", AS_HALT }, { "H", AS_HALT }, { "P", AS_HALT }, { "3", AS_TRADES },
		{ "T", AS_TRADES }, { "F", AS_BAND }, { "Q", AS_NONE }, { "5", AS_NONE },
		{ "E", AS_NONE }, { "", AS_NONE }, { "HH", AS_NONE }, { "x", AS_NONE },
	};

	for (size_t i = 0; i < COUNT(known); i++)
		CHECK_INT(alpaca_status(known[i].code), known[i].is, "status \"%s\"",
			  known[i].code);
}

void test_alpaca_subscribe(void)
{
	struct symbols s = table();
	char memory[512];
	struct text t;

	text_init(&t, memory, sizeof memory);
	alpaca_subscribe_json(&t, &s, 2, true, false);
	CHECK_STR(text_str(&t), "{\"action\":\"subscribe\",\"bars\":[\"AAPL\",\"BRK.B\"],"
		  "\"updatedBars\":[\"AAPL\",\"BRK.B\"],\"statuses\":[\"AAPL\",\"BRK.B\"],"
		  "\"lulds\":[\"AAPL\",\"BRK.B\"]}",
		  "what Alpaca is asked for");
	text_init(&t, memory, sizeof memory);
	alpaca_subscribe_json(&t, &s, 1, false, false);
	CHECK_STR(text_str(&t), "{\"action\":\"subscribe\",\"bars\":[\"AAPL\"],"
		  "\"updatedBars\":[\"AAPL\"]}", "no more than a plan streams");
	text_init(&t, memory, sizeof memory);
	alpaca_subscribe_json(&t, &s, SYMBOLS_MAX, false, true);
	CHECK_STR(text_str(&t), "{\"action\":\"subscribe\",\"bars\":[\"AAPL\",\"BRK.B\"],"
		  "\"updatedBars\":[\"AAPL\",\"BRK.B\"],\"simClock\":[\"*\"]}",
		  "and the exchange inside");
	CHECK(symbols_rename(&s, 1, STR("BRKX")), "another name");
	text_init(&t, memory, sizeof memory);
	alpaca_subscribe_json(&t, &s, 2, false, false);
	CHECK_STR(text_str(&t), "{\"action\":\"subscribe\",\"bars\":[\"AAPL\",\"BRKX\"],"
		  "\"updatedBars\":[\"AAPL\",\"BRKX\"]}", "by what the market calls them now");
	text_init(&t, memory, sizeof memory);
	alpaca_auth_json(&t, STR("PK\"1"), STR("s\\2"));
	CHECK_STR(text_str(&t), "{\"action\":\"auth\",\"key\":\"PK\\\"1\",\"secret\":\"s\\\\2\"}",
		  "keys are escaped");
}
