/* Who stands in for the broker's bars: when it is asked, what of it is believed, when the broker is
 * asked again. The pages are in the shapes of test/unit/yahoo_chart.c. */
#include "check.h"
#include "run/wire_inner.h"

static struct live live;
static struct config config;
static struct wire wire;
static char in_memory[CLIENTS][8192], out_memory[CLIENTS][16384];
static struct event event_memory[RING_INSTANCE];
static struct tell tell_memory[RING_TELL];

#define NOW ny_time(day_of(2024, 10, 1), 10, 0)	/* 1727791200 */

static void begin(enum boot boot)
{
	struct wire *w = &wire;
	struct live *l = &live;

	memset(w, 0, sizeof *w);
	memset(l, 0, sizeof *l);
	memset(&config, 0, sizeof config);
	CHECK_INT(symbols_add(&config.symbols, STR("AAPL"), &(sym){ 0 }), OK, "a symbol");
	CHECK_INT(symbols_add(&config.symbols, STR("MSFT"), &(sym){ 0 }), OK, "another");
	config.mode = MODE_PAPER;
	config.fallback = FALLBACK_YAHOO;
	l->config = &config;
	l->symbols = &config.symbols;
	l->instances_n = 1;
	l->instance[0].config = (struct engine_config){ .symbols_n = 2, .symbol = { 0, 1 },
		.bench = SYM_NONE, .timeframe_s = 60 };
	clock_init(&l->clock);
	clock_set_manual(&l->clock, NOW);
	atomic_store(&l->instances_up, true);
	CHECK_INT(ring_init(&l->instance[0].in, event_memory, sizeof(struct event), RING_INSTANCE),
		  OK, "a ring");
	CHECK_INT(ring_init(&l->control.tells, tell_memory, sizeof(struct tell), RING_TELL), OK,
		  "a ring");
	w->l = l;
	w->boot = boot;
	w->data.up = w->orders.up = true;
	w->told[0] = NOW;
	rng_seed(&w->rng, 1);
	bucket_init(&w->bucket, 200, mono_ns());
	for (int i = 0; i < CLIENTS; i++) {
		backoff_init(&w->rest_backoff[i], NS_MS, NS_SECOND);
		http_client_init(&w->client[i], "127.0.0.1", 1, NULL, in_memory[i],
				 sizeof in_memory[i], out_memory[i], sizeof out_memory[i]);
	}
}

static void end(void)
{
	ring_free(&live.instance[0].in);
	ring_free(&live.control.tells);
}

static void answer(struct task *t, int status, const char *body)
{
	static struct http_head head;
	struct http_result r = { .status = status, .body = str_of(body), .sent = true,
				 .head = &head, .why = "" };

	wire_result(&wire, t, &r);
	wire_fall_route(&wire);
}

/* Bars that the instance was given, all of them marked; empties the ring. */
static int bars(void)
{
	struct event ev;
	int n = 0;

	while (ring_poll(&live.instance[0].in, &ev)) {
		if (ev.kind != EV_BAR)
			continue;
		CHECK(ev.u.bar.flags & BAR_FALLBACK, "whose bar it is stands in it");
		n++;
	}
	return n;
}

/* Two minutes that end at 9:58 and 9:59, or so much later. */
static int64_t later;

static const char *page(const char *symbol, const char *prices)
{
	static char memory[1024];
	struct text t;

	text_init(&t, memory, sizeof memory);
	text_cstr(&t, "{\"chart\":{\"result\":[{\"meta\":{\"symbol\":\"");
	text_cstr(&t, symbol);
	text_cstr(&t, "\",\"dataGranularity\":\"1m\"},\"timestamp\":[");
	text_i64(&t, 1727791020 + later);
	text_char(&t, ',');
	text_i64(&t, 1727791080 + later);
	text_cstr(&t, "],\"indicators\":{\"quote\":[{\"volume\":[5,6]");
	for (int i = 0; i < 4; i++) {
		static const char *const names[] = { "open", "high", "low", "close" };
		text_cstr(&t, ",\"");
		text_cstr(&t, names[i]);
		text_cstr(&t, "\":");
		text_cstr(&t, prices);
	}
	text_cstr(&t, "}]}}],\"error\":null}}");
	return text_done(&t);
}

static struct task *leave(void)
{
	struct task *t = wire_ask_bars(&wire, 60, NOW - 10 * NS_MINUTE, NOW);

	if (wire.boot == BOOT_HISTORY)
		wire.history_left = 1;
	for (int i = 0; i < 3; i++) {
		CHECK(!t->fall, "after %d bad answers it is still the broker who is asked", i);
		answer(t, i == 1 ? 200 : 503, "<html>maintenance</html>");
	}
	CHECK(t->fall && t->client == CLIENT_FALL, "after the third it is the other one");
	return t;
}

void test_fall_history(void)
{
	begin(BOOT_HISTORY);
	struct task *t = leave();
	answer(t, 200, page("AAPL", "[10,10.5]"));
	CHECK(t->used && t->symbol_at == 1, "then the next symbol");
	CHECK_INT(bars(), 2, "what was told is given");
	answer(t, 404, "{}");
	CHECK(!t->used, "a symbol that it does not know does not hold up the others");
	CHECK_INT(wire.boot, BOOT_STREAMS, "the history is over");
	CHECK(!wire_fall_data(&wire), "nothing is entered on a day that has seen its bars");
	CHECK_TEXT(wire.link.stand_in, "yahoo", "and the page says whose they are");
	config.fallback_trading = true;
	CHECK(wire_fall_data(&wire), "unless that is wished");
	config.fallback_trading = false;
	clock_set_manual(&live.clock, NOW + NS_DAY);
	CHECK(wire_fall_data(&wire), "the next day is another one");
	wire_fall_timers(&wire, NOW + NS_DAY);
	CHECK(wire.link.stand_in == NULL, "and the page says no more of it");
	end();
}

void test_fall_quality(void)
{
	begin(BOOT_DONE);
	wire.told[0] = 0;
	struct task *t = leave();
	wire.fall.last[0] = (px){ 20 * NUM_ONE };
	answer(t, 200, page("AAPL", "[10,10]"));
	CHECK_INT(bars(), 0, "half of the price that is known: another split");
	CHECK_INT(t->symbol_at, 1, "then the next symbol");
	answer(t, 200, page("MSFT", "[10,19]"));
	CHECK_INT(bars(), 0, "nor is a jump within them believed");
	CHECK(!t->used && wire.fall.fresh == 0, "done, but not fresh");

	t = wire_ask_bars(&wire, 60, NOW - 10 * NS_MINUTE, NOW);
	wire_fall_route(&wire);
	answer(t, 200, page("MSFT", "[20,20]"));
	CHECK_INT(bars(), 0, "another symbol's");
	answer(t, 200, page("MSFT", "[20,20]"));
	CHECK_INT(bars(), 2, "good ones are given");
	end();
}

/* What ended a moment ago may come from a cache, half of it. */
void test_fall_unsettled(void)
{
	begin(BOOT_DONE);
	wire.told[0] = 0;
	struct task *t = leave();
	later = 60;
	clock_set_manual(&live.clock, NOW + 10 * NS_SECOND);
	answer(t, 200, page("AAPL", "[20,20]"));
	later = 0;
	CHECK_INT(bars(), 1, "the bar that is ten seconds old is left for the next time");
	end();
}

void test_fall_neither(void)
{
	begin(BOOT_DONE);
	struct task *t = leave();
	for (int i = 0; i < 3; i++) {
		CHECK(t->fall, "after %d failures it is still asked", i);
		answer(t, 200, "<html>Will be right back</html>");
	}
	CHECK(!t->fall && t->used, "then the broker again, for the same bars");
	wire.fall.off_until = 0;
	wire_fall_route(&wire);
	CHECK(t->fall, "and after a while the other one");
	answer(t, 429, "Too Many Requests");
	CHECK(!t->fall, "who asked too much leaves it alone at once");
	wire.fall.off_until = 0;
	wire_fall_route(&wire);
	answer(t, 403, "{\"error\":\"You don't have access to this resource.\"}");
	CHECK(!t->fall && wire.fall.off_until == INT64_MAX, "a key that is refused is for good");
	end();
}

/* Yahoo's two hosts take turns; what was configured otherwise stays. */
void test_fall_hosts(void)
{
	static const char *const hosts[][2] = {
		{ "query1.finance.yahoo.com", "query2.finance.yahoo.com" },
		{ "query2.finance.yahoo.com", "query1.finance.yahoo.com" },
		{ "finnhub.io", "finnhub.io" }, { "query1.example.com", "query1.example.com" },
	};

	for (size_t i = 0; i < COUNT(hosts); i++) {
		begin(BOOT_DONE);
		char *host = wire.client[CLIENT_FALL].conn.host;
		bool fits = str_copy(host, CONN_HOST, str_of(hosts[i][0]));
		assert(fits);
		struct task *t = leave();
		answer(t, 200, "<html>Will be right back</html>");
		CHECK_TEXT(host, hosts[i][1], "behind %s, which does not answer", hosts[i][0]);
		answer(t, 200, page("AAPL", "[20,20]"));
		CHECK_TEXT(host, hosts[i][1], "whoever answers is asked again");
		end();
	}
}

void test_fall_return(void)
{
	begin(BOOT_DONE);
	struct task *t = leave();
	t->used = false;
	for (int i = 0; i < 5; i++)
		wire_fall_health(&wire, true);
	CHECK(wire.fall.away, "good answers alone do not bring the broker back at once");
	wire.fall.since -= 6 * NS_MINUTE;
	wire_fall_health(&wire, false);
	wire_fall_health(&wire, true);
	wire_fall_health(&wire, true);
	CHECK(wire.fall.away, "nor does time, while it fails now and then");
	wire.fall.probe_next = 0;
	wire_fall_timers(&wire, NOW);
	for (uint32_t i = 0; i < TASKS_MAX; i++)
		if (wire.task[i].used && wire.task[i].probe)
			t = &wire.task[i];
	CHECK(t->probe && !t->fall, "the broker is tried");
	answer(t, 200, "{\"bars\":{},\"next_page_token\":null}");
	CHECK(!t->used && !wire.fall.away, "three in a row and five minutes do");
	end();
}

void test_fall_nobody(void)
{
	begin(BOOT_DONE);
	config.fallback = FALLBACK_NONE;
	struct task *t = wire_ask_bars(&wire, 60, NOW - 10 * NS_MINUTE, NOW);
	for (int i = 0; i < 9; i++)
		answer(t, 503, "");
	CHECK(!t->fall && t->used && !wire.fall.away, "without another one the broker is asked");
	end();
}

/* While the stream is down. */
void test_fall_polls(void)
{
	begin(BOOT_DONE);
	CHECK_INT(calendar_is_open(&live.calendar, NOW), true, "a session");
	wire.data.up = false;
	wire.gap_from = NOW - 3 * NS_HOUR;
	wire_fall_timers(&wire, NOW);
	const struct task *t = &wire.task[0];
	CHECK(t->used && t->from == NOW - 30 * NS_MINUTE && wire.filling, "minutes are asked for");
	CHECK_INT(wire.gap_from, NOW - 3 * NS_HOUR, "the hole is read whole when it is over");
	wire.task[0].used = wire.filling = false;
	wire_fall_timers(&wire, NOW + 30 * NS_SECOND);
	CHECK(!t->used, "not twice a minute");
	wire_fall_timers(&wire, NOW + 60 * NS_SECOND);
	CHECK(t->used, "but each minute");
	end();
}
