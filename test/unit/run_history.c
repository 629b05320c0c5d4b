/* run_history.c: what charts are begun with is asked for once, in bars no finer than it takes. */
#include "run/wire_inner.h"
#include "test/check.h"

static struct live live;
static struct wire wire;
static struct config config;
static struct arena memory;

static void begin(ns now)
{
	memset(&live, 0, sizeof live);
	memset(&wire, 0, sizeof wire);
	memset(&config, 0, sizeof config);
	CHECK_INT(symbols_add(&config.symbols, STR("AAPL"), &(sym){ 0 }), OK, "a symbol");
	CHECK_INT(arena_open(&memory, (size_t)64 << 20), OK, "memory");
	live.config = &config;
	live.symbols = &config.symbols;
	wire.l = &live;
	clock_init(&live.clock);
	clock_set_manual(&live.clock, now);
}

static void instance(int timeframe_s, const char *filter)
{
	struct instance *in = &live.instance[live.instances_n++];
	struct engine_config *c = &in->config;

	*c = (struct engine_config){ .symbols_n = 1, .symbol_name = { "AAPL" }, .bench = SYM_NONE,
		.timeframe_s = timeframe_s, .sides = SIDES_LONG,
		.strategy = strategy_find(STR("mean_reversion")) };
	params_default(c->strategy, &c->params);
	(void)!str_copy(c->name, sizeof c->name, STR("x"));
	(void)!str_copy(c->filters.text, FILTER_TEXT, str_of(filter));
	engine_plan_own(c, &memory);
	in->engine = engine_new(&memory, c);
}

/* The only request of bars of this length for charts of that timeframe; NULL: none. */
static struct task *asked(int timeframe_s, int chart_s)
{
	struct task *found = NULL;

	for (uint32_t i = 0; i < TASKS_MAX; i++) {
		struct task *t = &wire.task[i];
		if (!t->used || t->timeframe_s != timeframe_s || t->chart_s != chart_s)
			continue;
		CHECK(found == NULL, "bars of %d s are asked for once", timeframe_s);
		found = t;
	}
	return found;
}

static uint32_t requests(void)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < TASKS_MAX; i++)
		n += wire.task[i].used;
	return n;
}

void test_wire_history_of_plain_charts(void)
{
	ns now = ny_time(day_of(2024, 10, 1), 10, 17);

	begin(now);
	instance(300, "");
	instance(300, "");
	instance(60, "");
	wire_history(&wire);
	CHECK_INT(requests(), 2, "one for each timeframe");
	CHECK_INT(wire.history_left, 2, "both are waited for");
	const struct task *t = asked(300, 300);
	if (!CHECK(t != NULL, "bars of five minutes"))
		return;
	CHECK_INT(t->to, ny_time(day_of(2024, 10, 1), 10, 15), "up to the bar that is being built");
	CHECK(t->from <= ny_time(day_of(2024, 9, 26), 9, 30), "from three sessions before");
	CHECK(t->from >= ny_time(day_of(2024, 9, 17), 9, 30), "and not from the year's beginning");
	CHECK_INT(wire.gap_from, ny_time(day_of(2024, 10, 1), 10, 15),
		  "the bar that is being built is read again from its beginning");
	arena_close(&memory);
}

void test_wire_history_of_frames(void)
{
	ns now = ny_time(day_of(2024, 10, 1), 11, 0);

	begin(now);
	instance(60, "tf(60m, sma(60)) > 0 and tf(1d, sma(200)) > 0");
	wire_history(&wire);
	CHECK_INT(requests(), 3, "minutes, quarters of an hour, days");
	const struct task *own = asked(60, 60), *quarters = asked(900, 60), *days =
		asked(PLAN_DAY, 60);
	if (!CHECK(own != NULL && quarters != NULL && days != NULL, "for the one chart"))
		return;
	CHECK_INT(own->to, now, "minutes up to now");
	CHECK_INT(quarters->to, own->from, "quarters up to where minutes begin");
	CHECK_INT(days->to, quarters->from, "days up to where quarters begin");
	CHECK(quarters->from <= ny_time(day_of(2024, 9, 12), 9, 30),
	      "sixty hours are nine sessions at least");
	CHECK(days->from < ny_time(day_of(2023, 12, 18), 0, 0), "two hundred days before");
	CHECK(days->seq < quarters->seq && quarters->seq < own->seq,
	      "the longest first: a chart takes nothing older than it has");
	arena_close(&memory);
}

/* The broker's hours begin at full ones, the session's do not. */
void test_wire_history_of_hours(void)
{
	begin(ny_time(day_of(2024, 10, 1), 11, 0));
	instance(3600, "tf(4h, close) > 0");
	wire_history(&wire);
	CHECK(asked(1800, 3600) != NULL, "hours are made of halves");
	CHECK_INT(requests(), 1, "and so is what is longer");
	CHECK_INT(wire.gap_from, ny_time(day_of(2024, 10, 1), 10, 30), "on the session's grid");
	arena_close(&memory);
}

/* A chart that goes on needs the bars behind its checkpoint, and in the order of time. */
void test_wire_history_resumed(void)
{
	ns now = ny_time(day_of(2024, 10, 1), 10, 17), from = ny_time(day_of(2024, 9, 27), 15, 0);
	ns friday = ny_time(day_of(2024, 9, 27), 16, 0);

	begin(now);
	instance(300, "tf(1d, sma(200)) > 0");
	live.instance[0].resumed = from;
	wire_history(&wire);
	wire.boot = BOOT_HISTORY;
	CHECK_INT(requests(), 1, "no days: they are in the checkpoint");
	struct task *t = asked(300, 300);
	if (!CHECK(t != NULL && t->resumes, "bars of five minutes"))
		return;
	CHECK_INT(t->from, from, "from where the checkpoint ends");
	CHECK_INT(t->to, from + WINDOW_BARS * 300 * NS_SECOND, "so many as may wait at most");
	CHECK_INT(t->end, ny_time(day_of(2024, 10, 1), 10, 15), "and in the end all of them");
	uint32_t windows = 1;
	for (ns to = t->to; wire_window(&wire, t); windows++) {
		CHECK_INT(t->from, to, "the next window begins where the last one ended");
		CHECK(t->to > t->from && t->to <= t->end, "it has a length");
		if (!CHECK(windows < 20, "windows come to an end"))
			break;
		to = t->to;
	}
	CHECK(t->to == t->end && windows < 9, "up to the end, and few of nights: %u", windows);
	CHECK(from < friday, "a night lies between");
	arena_close(&memory);
}

/* The slice that closed while nobody was there is not history: it is decided on. */
void test_wire_history_undecided(void)
{
	ns now = ny_time(day_of(2024, 10, 1), 10, 17);

	begin(now);
	instance(300, "");
	instance(300, "");
	instance(300, "");
	live.instance[0].left_off = ny_time(day_of(2024, 10, 1), 10, 15);
	live.instance[1].left_off = ny_time(day_of(2024, 10, 1), 10, 10);
	live.instance[2].left_off = ny_time(day_of(2024, 9, 30), 16, 0);
	wire_history(&wire);
	CHECK_INT(wire.told[0], ny_time(day_of(2024, 10, 1), 10, 15), "it is decided");
	CHECK_INT(wire.told[1], ny_time(day_of(2024, 10, 1), 10, 10), "the next one is not");
	CHECK_INT(wire.told[2], ny_time(day_of(2024, 10, 1), 10, 10), "nor any since yesterday");
	CHECK_INT(wire.gap_from, ny_time(day_of(2024, 10, 1), 10, 10), "and its minutes are read");
	arena_close(&memory);

	begin(ny_time(day_of(2024, 10, 1), 16, 2));
	instance(300, "");
	live.instance[0].left_off = ny_time(day_of(2024, 10, 1), 15, 55);
	wire_history(&wire);
	CHECK_INT(wire.told[0], ny_time(day_of(2024, 10, 1), 15, 55), "the last one of the day");
	arena_close(&memory);

	now = ny_time(day_of(2024, 10, 1), 16, 30);
	begin(now);
	instance(300, "");
	live.instance[0].left_off = ny_time(day_of(2024, 10, 1), 15, 55);
	wire_history(&wire);
	CHECK_INT(wire.told[0], now, "in the evening it is history");
	arena_close(&memory);
}

static struct event events[RING_INSTANCE];

static void split_on(day ex, const char *symbol)
{
	struct task t = { .to = wire_now(&wire) };
	char body[256], date[16];
	struct text b;

	date_text(date, ex);
	text_init(&b, body, sizeof body);
	text_cstr(&b, "{\"corporate_actions\":{\"forward_splits\":[{\"symbol\":\"");
	text_cstr(&b, symbol);
	text_cstr(&b, "\",\"new_rate\":2,\"old_rate\":1,\"ex_date\":\"");
	text_cstr(&b, date);
	text_cstr(&b, "\"}]}}");
	wire_splits(&wire, &t, str_of(text_done(&b)));
}

/* A split that came while it ran: the past of those who draw it is read again, in today's shares;
 * what the stream says meanwhile is read behind it. */
void test_wire_history_after_a_split(void)
{
	day today = day_of(2024, 10, 2);
	ns now = ny_time(day_of(2024, 10, 1), 10, 17);
	struct ring *ring;

	begin(now);
	atomic_store(&live.oldest_open, INT64_MAX);
	atomic_store(&live.instances_up, true);
	instance(300, "");
	ring = &live.instance[0].in;
	CHECK_INT(ring_init(ring, events, sizeof events[0], RING_INSTANCE), OK, "a ring");
	wire_history(&wire);
	CHECK_INT(wire.shares_of, day_of(2024, 10, 1), "charts are of today's shares");
	CHECK(!wire_splits_due(&wire, now), "there is nothing to ask for on that day");
	memset(wire.task, 0, sizeof wire.task);
	wire.history_left = 0;
	wire.boot = BOOT_DONE;
	now = ny_time(today, 4, 5);
	clock_set_manual(&live.clock, now);
	CHECK(wire_splits_due(&wire, now), "in the morning it is, though nothing is held");
	CHECK(wire_splits_from(&wire) <= ny_time(day_of(2024, 10, 1), 23, 0), "since then");
	split_on(day_of(2024, 10, 1), "AAPL");
	CHECK(!wire.reread, "one that the charts have seen is none");
	wire.shares_of = day_of(2024, 10, 1);
	split_on(today, "XYZ");
	CHECK(!wire.reread, "nor one of a symbol that nobody draws");
	wire.shares_of = day_of(2024, 10, 1);
	split_on(today, "AAPL");
	CHECK(wire.reread && wire.anew[0], "this one is");
	wire.newest[0] = now;
	wire_anew(&wire);
	CHECK(wire.rereading && wire.boot == BOOT_HISTORY && wire.newest[0] == 0, "it begins anew");
	const struct task *t = asked(300, 300);
	CHECK(t != NULL && t->to == now, "all of the past is asked for");
	struct event ev;
	bool told = false;
	while (ring_poll(ring, &ev))
		told |= ev.kind == EV_SYNC && ev.u.sync.phase == SYNC_ANEW;
	CHECK(told, "the instance forgets the old one first");
	wire_boot_next(&wire, BOOT_HISTORY);
	CHECK(wire.boot == BOOT_DONE && !wire.rereading && !wire.anew[0], "then it goes on");
	CHECK(wire.sync_wanted, "with a reconciliation");
	CHECK(!wire_splits_due(&wire, now), "and the day's splits are known");
	ring_free(ring);
	arena_close(&memory);
}
