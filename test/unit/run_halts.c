/* Where entries end before the socket: halts, price bands, what the broker does not trade; shares
 * with another name; a process that was stopped; a calendar that has changed. */
#include "test/check.h"
#include "test/unit/run_rig.h"

/* What becomes of an entry that is sent now: -1: it is under way. */
static int entry(enum side side)
{
	struct order e = rig_order(ROLE_ENTRY, 'e', "");

	e.side = (uint8_t)side;
	memset(wire.task, 0, sizeof wire.task);
	memset(wire.current, 0, sizeof wire.current);
	http_client_close(&wire.client[CLIENT_ORDERS]);
	rig_tell(WIRE_SUBMIT, &e);
	wire_dispatch(&wire);
	int reply = rig_reply();
	CHECK_INT(rig_under_way(CLIENT_ORDERS), reply < 0 ? TASK_SUBMIT : -1,
		  "an entry leaves, or is told");
	return reply;
}

void test_run_halts(void)
{
	static const struct { const char *code; bool enters; } steps[] = {
		{ "Q", true }, { "x", true }, { "", true },	/* nothing is believed of these */
		{ "H", false }, { "F", false }, { "Q", false }, { "T", false },
	};

	rig_begin();
	for (size_t i = 0; i < COUNT(steps); i++) {
		wire_status(&wire, 0, steps[i].code);
		CHECK_INT(entry(SIDE_BUY), steps[i].enters ? -1 : REPLY_DENIED, "after \"%s\"",
			  steps[i].code);
	}
	struct order x = rig_order(ROLE_EXIT, 'x', "");
	rig_tell(WIRE_SUBMIT, &x);
	wire_dispatch(&wire);
	CHECK_INT(rig_under_way(CLIENT_EXITS), TASK_SUBMIT, "an exit goes all the same");
	CHECK(wire.halt[0].until > wire_now(&wire) &&
	      wire.halt[0].until <= wire_now(&wire) + NS_MINUTE, "for a minute after its end");
	wire.halt[0].until = wire_now(&wire);
	CHECK_INT(entry(SIDE_BUY), -1, "then it is entered again");
	wire_status(&wire, SYM_NONE, "H");
	CHECK_INT(entry(SIDE_BUY), -1, "another symbol's halt is its own");
	rig_end();
}

void test_run_halt_without_its_end(void)
{
	struct bar b = { .sym = 0 };

	rig_begin();
	wire_status(&wire, 0, "2");
	b.open_ts = wire.halt[0].at - NS_MINUTE;
	wire_traded(&wire, &b);
	CHECK(wire.halt[0].until == INT64_MAX, "a bar from before the halt ends nothing");
	b.open_ts = wire.halt[0].at + 1;
	wire_traded(&wire, &b);
	CHECK(wire.halt[0].until != INT64_MAX && entry(SIDE_BUY) == REPLY_DENIED,
	      "a later one ends it, and a minute is waited for");
	rig_end();
}

void test_run_bands(void)
{
	static const struct { int64_t down, up; bool enters; } bands[] = {
		{ 90, 110, true }, { 0, 0, true }, { 99, 101, true }, { 90, 100, false },
		{ 100, 110, false }, { 101, 110, false }, { 0, 99, false },
	};

	for (size_t i = 0; i < COUNT(bands); i++) {
		struct bar b = { .sym = 0, .low = { bands[i].down * NUM_ONE },
				 .high = { bands[i].up * NUM_ONE } };
		rig_begin();
		wire_band(&wire, &b);
		CHECK_INT(entry(SIDE_BUY), -1, "without a price no band is reached");
		wire.fall.last[0].n = 100 * NUM_ONE;
		wire_band(&wire, &b);
		CHECK_INT(entry(SIDE_BUY), bands[i].enters ? -1 : REPLY_DENIED,
			  "100 in %lld to %lld", (long long)bands[i].down, (long long)bands[i].up);
		rig_end();
	}
}

static void asset(int status, const char *body)
{
	CHECK_INT(rig_under_way(CLIENT_READS), TASK_ASSETS, "the symbol is asked for");
	rig_answer(CLIENT_READS, status, body);
}

void test_run_assets(void)
{
	static const struct { int status; const char *body; bool buys, shorts; } cases[] = {
		{ 200, "{\"symbol\":\"AAPL\",\"status\":\"active\",\"tradable\":true}", true,
		  true },
		{ 200, "{\"symbol\":\"AAPL\",\"shortable\":false}", true, false },
		{ 200, "{\"symbol\":\"AAPL\",\"tradable\":false}", false, false },
		{ 200, "{\"symbol\":\"AAPL\",\"status\":\"inactive\"}", false, false },
		{ 404, "{\"code\":40410000,\"message\":\"asset not found\"}", false, false },
		{ 200, "<html>", true, true },		/* it says nothing: the broker will */
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		rig_begin();
		ns now = wire_now(&wire);
		wire_assets(&wire, now);
		wire_dispatch(&wire);
		CHECK(strstr(rig_out[CLIENT_READS], "GET /v2/assets/AAPL HTTP/1.1\r\n") != NULL,
		      "of each its own");
		asset(cases[i].status, cases[i].body);
		CHECK_INT(rig_tasks(TASK_ASSETS), 0, "it was the last");
		wire_assets(&wire, now);
		CHECK_INT(rig_tasks(TASK_ASSETS), 0, "once a day");
		CHECK_INT(entry(SIDE_BUY), cases[i].buys ? -1 : REPLY_DENIED, "%s: bought",
			  cases[i].body);
		CHECK_INT(entry(SIDE_SELL), cases[i].shorts ? -1 : REPLY_DENIED, "%s: sold short",
			  cases[i].body);
		wire_assets(&wire, wire_now(&wire) + 2 * NS_DAY);
		CHECK_INT(rig_tasks(TASK_ASSETS), 1, "another day: asked again");
		rig_end();
	}
	rig_begin();
	CHECK_INT(symbols_add(&config.symbols, STR("MSFT"), &(sym){ 0 }), OK, "another symbol");
	wire_assets(&wire, wire_now(&wire));
	wire_dispatch(&wire);
	asset(503, "");
	rig_time_passes();
	asset(200, "{\"symbol\":\"AAPL\"}");
	rig_time_passes();
	asset(200, "{\"symbol\":\"MSFT\",\"tradable\":false}");
	CHECK(wire.no_entry[0] == NO_NONE && wire.no_entry[1] == NO_TRADES, "one after the other");
	rig_end();
}

#define RENAMED \
	"{\"corporate_actions\":{\"name_changes\":[{\"old_symbol\":\"AAPL\"," \
	"\"new_symbol\":\"PEAR\",\"process_date\":\"2026-03-10\"}]}}"

void test_run_renamed(void)
{
	struct task t = { 0 };

	rig_begin();
	t.to = wire_now(&wire);
	for (int i = 0; i < 3; i++)
		wire_splits(&wire, &t, STR(RENAMED));
	CHECK_INT(config.symbols.renamed_n, 1, "told thrice, it is one");
	CHECK_INT(entry(SIDE_BUY), REPLY_DENIED, "nothing is entered in it");
	CHECK(wire_positions(&wire, STR("[{\"symbol\":\"PEAR\",\"qty\":\"10\"}]")), "a listing");
	CHECK_INT(wire.broker_position[0].n, 10 * NUM_ONE, "the shares are those of the old name");
	CHECK_INT(wire.link.foreign_positions, 0, "and nobody else's");
	struct order x = rig_order(ROLE_EXIT, 'x', "");
	rig_tell(WIRE_SUBMIT, &x);
	wire_dispatch(&wire);
	CHECK(strstr(rig_out[CLIENT_EXITS], "\"symbol\":\"PEAR\"") != NULL,
	      "they are sold under the new one");
	rig_time_passes();
	wire_assets(&wire, wire_now(&wire));
	wire_dispatch(&wire);
	asset(200, "{\"symbol\":\"PEAR\",\"tradable\":true}");
	CHECK_INT(entry(SIDE_BUY), REPLY_DENIED, "that the new name is traded changes nothing");
	rig_end();
}

#define AGAIN \
	"{\"corporate_actions\":{\"name_changes\":[{\"old_symbol\":\"PEAR\"," \
	"\"new_symbol\":\"PLUM\",\"process_date\":\"2026-03-11\"}]}}"

void test_run_renamed_chart(void)
{
	static const char *const answers[] = { RENAMED, AGAIN, RENAMED }, *const names[] = {
		"?symbols=PEAR&", "?symbols=PLUM&", "?symbols=PLUM&"
	};
	struct task t = { 0 };

	rig_begin();
	t.to = wire_now(&wire);
	for (size_t i = 0; i < COUNT(answers); i++) {
		wire.reread = wire.anew[0] = false;
		wire_splits(&wire, &t, str_of(answers[i]));
		CHECK(wire.reread == (i < 2) && wire.anew[0] == (i < 2),
		      "its past is read under each new name, once: %s", names[i]);
		CHECK(wire.splits_known == (i < 2 ? 0 : ny_date(t.to)),
		      "what has become of a new name is asked: %s", names[i]);
		memset(wire.task, 0, sizeof wire.task);
		wire.current[CLIENT_DATA] = NULL;
		http_client_close(&wire.client[CLIENT_DATA]);
		CHECK(wire_ask_bars(&wire, 60, t.to - NS_DAY, t.to) != NULL, "bars");
		wire_dispatch(&wire);
		CHECK(strstr(rig_out[CLIENT_DATA], names[i]) != NULL, "asked by the newest: %s",
		      names[i]);
	}
	CHECK_INT(wire.newest[0], 0, "no bar yet");
	rig_answer(CLIENT_DATA, 200, "{\"bars\":{\"PLUM\":[{\"t\":\"2026-03-11T14:30:00Z\",\"o\":1,"
		   "\"h\":1,\"l\":1,\"c\":1,\"v\":1}]},\"next_page_token\":null}");
	CHECK_INT(wire.newest[0], ny_time(day_of(2026, 3, 11), 10, 31), "they are the symbol's");
	rig_end();
}

void test_run_suspended(void)
{
	rig_begin();
	wire.turned = mono_ns() - 29 * NS_SECOND;
	wire.link.synced = wire.told_orders = true;
	wire_suspended(&wire);
	CHECK(wire.link.synced && !wire.sync_wanted, "half a minute without the processor is none");
	wire.turned = mono_ns() - 31 * NS_SECOND;
	wire.clock_next = INT64_MAX;
	wire_suspended(&wire);
	CHECK(!wire.link.synced && wire.sync_wanted, "longer: what was reconciled is not known");
	CHECK(!wire.told_orders, "the instances are told");
	CHECK_INT(wire.clock_next, 0, "and the broker's clock is asked for");
	CHECK(mono_ns() - wire.turned < NS_SECOND, "once");
	rig_end();
}

/* What was known of 9 to 13 March 2026 at the start, and what the broker says later. */
static bool calendar_changes(const char *rows)
{
	struct task *t = wire_task(&wire, TASK_CALENDAR, BUCKET_RECONCILE);

	t->from = ny_time(day_of(2026, 3, 9), 12, 0);
	t->to = ny_time(day_of(2026, 3, 11), 12, 0);
	wire_dispatch(&wire);
	CHECK_INT(rig_under_way(CLIENT_READS), TASK_CALENDAR, "the calendar is asked for");
	rig_answer(CLIENT_READS, 200, rows);
	return wire.calendar_other;
}

#define DAY(date, close) "{\"date\":\"" date "\",\"open\":\"09:30\",\"close\":\"" close "\"}"

void test_run_calendar_again(void)
{
	rig_begin();
	clock_set_manual(&live.clock, ny_time(day_of(2026, 3, 10), 10, 0));
	CHECK(!calendar_changes("[" DAY("2026-03-09", "16:00") "," DAY("2026-03-10", "16:00") ","
				DAY("2026-03-11", "16:00") "]"), "as it was");
	CHECK(!calendar_changes("[" DAY("2026-03-09", "13:00") "," DAY("2026-03-10", "16:00") ","
				DAY("2026-03-11", "16:00") "]"), "what is over does not matter");
	CHECK(!calendar_changes("<html>"), "a page changes nothing");
	CHECK(calendar_changes("[" DAY("2026-03-09", "16:00") "," DAY("2026-03-10", "13:00") ","
			       DAY("2026-03-11", "16:00") "]"), "a half day that was none");
	wire.data.up = true;
	wire_link(&wire);
	CHECK(!wire.told_data, "nothing is entered");
	CHECK(calendar_changes("<html>"), "a page does not mend it");
	CHECK(!calendar_changes("[" DAY("2026-03-09", "16:00") "," DAY("2026-03-10", "16:00") ","
				DAY("2026-03-11", "16:00") "]"), "the broker's other mind does");
	CHECK(wire.told_data, "and it is entered again");
	rig_end();
}
