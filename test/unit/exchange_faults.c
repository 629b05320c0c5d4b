/* The language of faults: golden errors, every word with everything it goes with, when rules
 * fire, and JSON that is changed. */
#include <stdio.h>
#include <stdlib.h>

#include "base/asset.h"
#include "check.h"
#include "exchange/faults_inner.h"

static struct fault_script script;

static void clear(void)
{
	script.n = 0;
	script.pool_n = 0;
}

static bool parse(const char *text, char why[static 2048])
{
	struct text t;

	text_init(&t, why, 2047);
	bool fine = faults_parse(&script, STR("f"), str_of(text), &t);
	t.full = false;
	(void)text_done(&t);
	return fine;
}

static struct fault_rule *only(const char *text)
{
	char why[2048];

	clear();
	CHECK(parse(text, why) && script.n == 1, "%s is a rule: %s", text, why);
	return &script.rule[0];
}

/* ---- golden */

struct golden {
	int    line;			/* where the script begins */
	char   text[4096], want[4096];
	size_t text_n, want_n;
};

static void compare(struct golden *g)
{
	char why[2048], have[4096];
	size_t n = 0;

	g->text[g->text_n] = g->want[g->want_n] = '\0';
	if (g->text_n == 0)
		return;
	clear();
	if (parse(g->text, why)) {
		CHECK_TEXT(g->want, "fine\n", "exchange_faults.txt:%d", g->line);
		return;
	}
	CHECK_INT(script.n, 0, "exchange_faults.txt:%d: all rules or none", g->line);
	struct str rest = str_of(why);
	while (rest.n > 0) {
		struct str line = str_cut(&rest, '\n');
		CHECK(line.n > 2 && line.s[0] == 'f' && line.s[1] == ':', "the file is named");
		memcpy(have + n, line.s + 2, line.n - 2);
		n += line.n - 2;
		have[n++] = '\n';
	}
	have[n] = '\0';
	CHECK_TEXT(have, g->want, "exchange_faults.txt:%d", g->line);
}

void test_faults_golden(void)
{
	static struct golden g;
	char line[512];
	FILE *f = fopen(check_golden("exchange_faults.txt"), "r");
	int at = 0, scripts = 0;

	if (!CHECK(f != NULL, "the golden file is there"))
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		size_t n = strlen(line);
		at++;
		if (line[0] == '\n') {
			compare(&g);
			g = (struct golden){ 0 };
		} else if (line[0] == '>') {
			scripts += g.text_n == 0;
			g.line = g.text_n == 0 ? at : g.line;
			size_t skip = line[1] == ' ' ? 2 : 1;
			memcpy(g.text + g.text_n, line + skip, n - skip);
			g.text_n += n - skip;
		} else if (line[0] != '#') {
			memcpy(g.want + g.want_n, line, n);
			g.want_n += n;
		}
	}
	compare(&g);
	CHECK(scripts > 12, "%d scripts were compared", scripts);
	(void)fclose(f);
}

/* ---- every word */

static const char *sample(enum fault_shape shape)
{
	static const char *const samples[] = {
		[SHAPE_NONE] = "", [SHAPE_STATUS] = "429 headers", [SHAPE_NUMBER] = "",
		[SHAPE_NUMBER_OR_NOT] = "", [SHAPE_SIGNED] = "-5", [SHAPE_SIZE] = "2MB",
		[SHAPE_SPAN] = "5m", [SHAPE_SPAN_OR_NOT] = "", [SHAPE_SPAN_SIGNED] = "-5m",
		[SHAPE_WORDS] = "'a, b'", [SHAPE_KEY] = "qty", [SHAPE_KEY_OR_NOT] = "qty",
		[SHAPE_KEY_VALUE] = "qty=5", [SHAPE_CUT] = "", [SHAPE_ERROR] = "406 'no more'",
		[SHAPE_OFFSET] = "-04:00", [SHAPE_FLOOD] = "10", [SHAPE_FRAME] = "huge",
		[SHAPE_DUPLICATE] = "after reconnect", [SHAPE_CANCEL] = "stops",
		[SHAPE_HALT] = "5m T1", [SHAPE_BUST] = "last", [SHAPE_MAINTENANCE] = "5m orders"
	};
	return samples[shape];
}

static const char *occasion(int on)
{
	static const char *const words[ON_COUNT] = {
		"request GET", "order", "replace", "cancel", "event", "message b", "connect data",
		"stream at=10:00", "at open symbol=AAPL", "every 5m symbol=AAPL"
	};
	return words[on];
}

void test_faults_words(void)
{
	char text[256], why[2048];

	for (size_t i = 0; i < fault_words_n; i++) {
		const struct fault_word *w = &fault_words[i];
		for (int on = 0; on < ON_COUNT; on++) {
			char number[16] = "";
			if (w->shape == SHAPE_NUMBER)
				(void)snprintf(number, sizeof(number), "%lld", (long long)w->low);
			(void)snprintf(text, sizeof(text), "%s: %s %s%s", occasion(on), w->name,
				       sample(w->shape), number);
			clear();
			bool fine = parse(text, why), should = (w->on >> on & 1) != 0;
			CHECK(fine == should, "%s: %s", text, fine ? "is taken" : why);
			if (fine)
				CHECK_INT(script.rule[0].does[0].what, w->what, "%s", text);
		}
	}
}

void test_faults_manual(void)
{
	struct str help = asset_text("help"), rest = help;
	const char *from = memmem(help.s, help.n, "\n[faults]\n", 10);
	char line[64];

	if (!CHECK(from != NULL, "the help has a section on faults"))
		return;
	rest.n -= (size_t)(from + 10 - rest.s);
	rest.s = from + 10;
	for (size_t i = 0; i < fault_words_n; i++) {
		int n = snprintf(line, sizeof line, "\n  %s", fault_words[i].name);
		const char *at = memmem(rest.s, rest.n, line, (size_t)n);
		CHECK(at != NULL && (at[n] == ' ' || at[n] == '\n'),
		      "the manual in src/cmd/help.txt tells of \"%s\"", fault_words[i].name);
	}
}

void test_faults_limits(void)
{
	static char text[FAULT_TEXT_MAX + 64];
	char why[2048];

	clear();
	for (int i = 0; i < FAULT_RULES_MAX; i++)
		CHECK(parse("order: cut", why), "rule %d: %s", i, why);
	CHECK(!parse("order: cut", why), "and no more");
	CHECK_INT(script.n, FAULT_RULES_MAX, "all others stay");
	clear();
	memset(text, '#', sizeof(text) - 1);
	CHECK(!parse(text, why) && strstr(why, "128 kB") != NULL, "too long a script: %s", why);
	/* Errors without end: what is told is whole lines. */
	for (size_t i = 0; i + 2 < 8192; i += 2)
		memcpy(text + i, "x\n", 2);
	text[8192] = '\0';
	CHECK(!parse(text, why), "4,000 errors");
	CHECK(strlen(why) > 1800 && strstr(why, "WHEN") != NULL, "some are told");
}

/* ---- when */

static ns ny(int year, int month, int mday, int hour, int minute)
{
	return ny_time(day_of(year, month, mday), hour, minute);
}

void test_faults_glob(void)
{
	static const struct { const char *pattern, *s; bool fits; } all[] = {
		{ "/v2/orders", "/v2/orders", true }, { "/v2/orders", "/v2/orders/1", false },
		{ "/v2/orders/*", "/v2/orders/1", true }, { "/v2/*", "/v2/a/b", true },
		{ "*bars*", "/v2/stocks/bars/latest", true }, { "*", "", true },
		{ "a*b*c", "abbc", true },
		{ "a*b*c", "abcb", false }, { "", "", true }, { "", "a", false },
		{ "A*", "B", false }
	};
	for (size_t i = 0; i < COUNT(all); i++)
		CHECK_INT(faults_glob(str_of(all[i].pattern), str_of(all[i].s)), all[i].fits,
			  "%s and %s", all[i].pattern, all[i].s);
}

void test_faults_next(void)
{
	static const struct { const char *rule; int from[5], to[5]; } all[] = {
		{ "at 10:15: bust", { 2024, 7, 1, 9, 0 }, { 2024, 7, 1, 10, 15 } },
		{ "at 10:15: bust", { 2024, 7, 1, 10, 15 }, { 2024, 7, 2, 10, 15 } },
		/* Independence Day and a weekend */
		{ "at 10:15: bust", { 2024, 7, 3, 11, 0 }, { 2024, 7, 5, 10, 15 } },
		{ "at 10:15: bust", { 2024, 7, 5, 11, 0 }, { 2024, 7, 8, 10, 15 } },
		{ "at close-5m: bust", { 2024, 7, 3, 9, 0 }, { 2024, 7, 3, 12, 55 } },
		{ "at open+5m: bust", { 2024, 7, 3, 9, 35 }, { 2024, 7, 5, 9, 35 } },
		{ "at +90m: bust", { 2024, 7, 1, 10, 0 }, { 2024, 7, 1, 11, 30 } },
		{ "at 2024-08-01T12:00: bust", { 2024, 7, 1, 10, 0 }, { 2024, 8, 1, 12, 0 } },
		{ "every 2h: bust", { 2024, 7, 1, 9, 0 }, { 2024, 7, 1, 9, 30 } },
		{ "every 2h: bust", { 2024, 7, 1, 9, 30 }, { 2024, 7, 1, 11, 30 } },
		{ "every 2h: bust", { 2024, 7, 1, 15, 31 }, { 2024, 7, 2, 9, 30 } },
		/* over the change of clocks */
		{ "at 10:15: bust", { 2024, 11, 1, 11, 0 }, { 2024, 11, 4, 10, 15 } },
	};
	for (size_t i = 0; i < COUNT(all); i++) {
		const int *a = all[i].from, *b = all[i].to;
		struct fault_rule *r = only(all[i].rule);
		ns from = ny(a[0], a[1], a[2], a[3], a[4]);
		faults_start(&script, 0, from, 1);
		CHECK_INT(r->next, ny(b[0], b[1], b[2], b[3], b[4]), "%s from %d-%02d %02d:%02d",
			  all[i].rule, a[1], a[2], a[3], a[4]);
	}
	struct fault_rule *r = only("at 2024-07-01T10:00: bust");
	faults_start(&script, 0, ny(2024, 7, 1, 10, 0), 1);
	CHECK(r->next == INT64_MAX, "what is past does not come again");
}

static struct fault_case a_case(enum fault_on on, ns now)
{
	return (struct fault_case){ .on = on, .now = now, .side = -1, .type = -1, .cls = -1,
				    .tif = -1 };
}

void test_faults_windows(void)
{
	static const struct { const char *rule; int hour, minute; bool fires; } all[] = {
		{ "request after=10:30 for=2m: cut", 10, 29, false },
		{ "request after=10:30 for=2m: cut", 10, 30, true },
		{ "request after=10:30 for=2m: cut", 10, 31, true },
		{ "request after=10:30 for=2m: cut", 10, 32, false },
		{ "request after=10:30: cut", 10, 0, true },	/* since yesterday's */
		{ "request until=10:30: cut", 10, 29, true },
		{ "request until=10:30: cut", 10, 30, false },
		{ "request after=10:00 until=11:00: cut", 10, 59, true },
		{ "request after=10:00 until=11:00: cut", 11, 0, false },
		{ "request after=10:00 until=11:00: cut", 9, 0, false },
		{ "request after=open+5m until=close-5m: cut", 9, 34, false },
		{ "request after=open+5m until=close-5m: cut", 9, 35, true },
		{ "request after=open+5m until=close-5m: cut", 15, 55, false },
		{ "request for=30m: cut", 9, 59, true }, { "request for=30m: cut", 10, 0, false },
		{ "request after=+1h: cut", 10, 29, false },
		{ "request after=+1h: cut", 10, 30, true },
	};
	for (size_t i = 0; i < COUNT(all); i++) {
		struct fault_rule *r = only(all[i].rule);
		faults_start(&script, 0, ny(2024, 7, 2, 9, 30), 1);
		if (all[i].hour == 9)	/* before it: in force since the day before */
			faults_start(&script, 0, ny(2024, 7, 1, 9, 30), 1);
		if (r->lasts == 30 * NS_MINUTE)
			faults_start(&script, 0, ny(2024, 7, 2, 9, 30), 1);
		ns at = ny(2024, 7, 2, all[i].hour, all[i].minute);
		struct fault_case c = a_case(ON_REQUEST, at);
		CHECK_INT(faults_fires(r, &c), all[i].fires, "%s at %02d:%02d", all[i].rule,
			  all[i].hour, all[i].minute);
	}
}

static void expect(const char *rule, const char *want)
{
	struct fault_rule *r = only(rule);
	char have[32];
	size_t n = strlen(want);
	ns now = ny(2024, 7, 1, 10, 0);

	faults_start(&script, 0, now, 1);
	for (size_t i = 0; i < n; i++) {
		struct fault_case c = a_case(ON_ORDER, now);
		have[i] = faults_fires(r, &c) ? 'x' : '.';
	}
	have[n] = '\0';
	CHECK_TEXT(have, want, "%s", rule);
}

void test_faults_counts(void)
{
	expect("order: cut", "xxxx");
	expect("order #2: cut", ".x....");
	expect("order #2-4: cut", ".xxx...");
	expect("order #3+: cut", "..xxxx");
	expect("order every 3: cut", "..x..x..x");
	expect("order #3+ every 2: cut", "...x.x.x");
	expect("order times=2: cut", "xx....");
	expect("order every 2 times=2: cut", ".x.x....");
}

void test_faults_chance(void)
{
	ns now = ny(2024, 7, 1, 10, 0);
	int fired[3] = { 0 }, same = 0;

	for (int round = 0; round < 3; round++) {
		struct fault_rule *r = only(round == 2 ? "order p=0.3 seed=8: cut"
						       : "order p=0.3 seed=7: cut");
		static bool first[1000];
		faults_start(&script, 0, now, (uint64_t)round);
		for (int i = 0; i < 1000; i++) {
			struct fault_case c = a_case(ON_ORDER, now);
			bool f = faults_fires(r, &c);
			fired[round] += f;
			same += round == 1 && f == first[i];
			first[i] = f;
		}
	}
	CHECK(fired[0] > 230 && fired[0] < 370, "about 300 of 1000: %d", fired[0]);
	CHECK_INT(same, 1000, "the seed repeats it, whatever the exchange's is");
	CHECK(fired[2] != 0, "another seed, another run");
}

void test_faults_filters(void)
{
	struct fault_case c = a_case(ON_ORDER, ny(2024, 7, 1, 10, 0));

	c.symbol = STR("AAPL");
	c.client = STR("bot-1");
	c.side = SIDE_SELL;
	c.type = TYPE_STOP;
	c.cls = CLASS_BRACKET;
	c.tif = TIF_GTC;
	c.role = FR_STOP;
	c.account = 2;
	c.account_key = STR("PKX");
	static const struct { const char *filter; bool fits; } all[] = {
		{ "symbol=AAPL", true }, { "symbol=A*", true }, { "symbol=MSFT", false },
		{ "client=bot-*", true }, { "client=x*", false }, { "side=sell", true },
		{ "side=buy", false }, { "type=stop", true }, { "type=limit", false },
		{ "class=bracket", true }, { "class=oco", false }, { "tif=gtc", true },
		{ "tif=day", false }, { "role=stop", true }, { "role=entry", false },
		{ "account=2", true }, { "account=1", false }, { "account=PKX", true },
		{ "side=sell symbol=AAPL role=stop", true }, { "side=sell symbol=MSFT", false },
	};
	for (size_t i = 0; i < COUNT(all); i++) {
		char rule[96];
		(void)snprintf(rule, sizeof(rule), "order %s: cut", all[i].filter);
		struct fault_rule *r = only(rule);
		faults_start(&script, 0, c.now, 1);
		CHECK_INT(faults_fires(r, &c), all[i].fits, "%s", rule);
	}
}

/* ---- changed JSON */

void test_faults_json(void)
{
	static const struct { const char *what, *in, *out; } all[] = {
		{ "drop b", "{\"a\":1,\"b\":[{\"c\":2}],\"d\":\"x\"}", "{\"a\":1,\"d\":\"x\"}" },
		{ "drop a", "{\"a\":1}", "{}" },
		{ "drop c", "[{\"c\":2,\"d\":3},{\"c\":4}]", "[{\"d\":3},{}]" },
		{ "drop o.id", "{\"id\":1,\"o\":{\"id\":2,\"q\":3}}",
		  "{\"id\":1,\"o\":{\"q\":3}}" },
		{ "null a", "{\"a\":{\"a\":1}}", "{\"a\":null}" },
		{ "set a=5", "{\"a\":\"x\",\"b\":1}", "{\"a\":5,\"b\":1}" },
		{ "set a=x\"y", "{\"a\":1}", NULL },	/* no rule */
		{ "set a='x y'", "{\"a\":1}", "{\"a\":\"x y\"}" },
		{ "set a=\"5\"", "{\"a\":1}", "{\"a\":\"5\"}" },
		{ "set a={}", "{\"a\":[1,2]}", "{\"a\":{}}" },
		{ "add z=1", "{}", "{\"z\":1}" },
		{ "add z=1", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1},\"z\":1}" },
		{ "add z=1", "[{\"a\":1},{\"b\":[{}]}]",
		  "[{\"a\":1,\"z\":1},{\"b\":[{}],\"z\":1}]" },
		{ "rename a=b", "{\"a\":\"\\u0041\"}", "{\"b\":\"\\u0041\"}" },
		{ "retype a", "{\"a\":\"1.50\"}", "{\"a\":1.50}" },
		{ "retype a", "{\"a\":\"word\"}", "{\"a\":true}" },
		{ "retype a", "{\"a\":1.5}", "{\"a\":\"1.5\"}" },
		{ "retype a", "{\"a\":null}", "{\"a\":\"null\"}" },
		{ "retype a", "{\"a\":[1]}", "{\"a\":\"\"}" },
		{ "twice a", "{\"a\":\"x\"}", "{\"a\":null,\"a\":\"x\"}" },
		{ "lose 1", "[1,2,3]", "[1,2]" },
		{ "lose 9", "[1,2,3]", "[]" },
		{ "lose 1", "{\"bars\":{\"A\":[1,2]},\"t\":null}",
		  "{\"bars\":{\"A\":[1]},\"t\":null}" },
		{ "shift +1h", "{\"t\":\"2024-07-01T13:30:00Z\"}",
		  "{\"t\":\"2024-07-01T14:30:00Z\"}" },
		{ "shift -1s", "{\"t\":\"2024-07-01T09:30:00.25-04:00\"}",
		  "{\"t\":\"2024-07-01T09:29:59.25-04:00\"}" },
		{ "offset +02:00", "[\"2024-07-01T13:30:00.5Z\"]",
		  "[\"2024-07-01T15:30:00.5+02:00\"]" },
		{ "offset Z", "[\"2024-07-01T09:30:00-04:00\"]", "[\"2024-07-01T13:30:00Z\"]" },
		{ "digits 3", "[\"2024-07-01T13:30:00Z\",\"x\"]",
		  "[\"2024-07-01T13:30:00.000Z\",\"x\"]" },
		{ "digits 0", "[\"2024-07-01T13:30:00.999Z\"]", "[\"2024-07-01T13:30:00Z\"]" },
		{ "digits 9", "[\"2024-07-01T13:30:00.12Z\"]",
		  "[\"2024-07-01T13:30:00.120000000Z\"]" },
		{ "drop a", "{\"a\":1", NULL }, { "drop a", "html", NULL },
	};
	for (size_t i = 0; i < COUNT(all); i++) {
		char rule[96], memory[256], why[2048];
		struct text t;
		(void)snprintf(rule, sizeof(rule), "request: %s", all[i].what);
		clear();
		if (!parse(rule, why)) {
			CHECK(all[i].out == NULL, "%s: %s", rule, why);
			continue;
		}
		text_init(&t, memory, sizeof(memory) - 1);
		const struct fault_do *d = &script.rule[0].does[0];
		bool fine = faults_edit(&t, str_of(all[i].in), d, ROWS_ANSWER);
		if (CHECK_INT(fine, all[i].out != NULL, "%s of %s", all[i].what, all[i].in) && fine)
			CHECK_STR(text_str(&t), all[i].out, "%s of %s", all[i].what, all[i].in);
	}
	char memory[128];
	struct text t;
	struct fault_do add = { .what = DO_ADD, .a = STR("z"), .b = STR("1") };
	text_init(&t, memory, sizeof(memory));
	CHECK(faults_edit(&t, STR("{\"data\":{\"event\":\"new\",\"order\":{\"id\":1}}}"), &add,
			  ROWS_ORDER), "an event");
	CHECK_STR(text_str(&t), "{\"data\":{\"event\":\"new\",\"order\":{\"id\":1,\"z\":1}}}",
		  "a key more goes into its order");
}
