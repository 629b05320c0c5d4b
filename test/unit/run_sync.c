/* Reconciliation and what watches over it: when it counts, when it is asked for again, and that a
 * start goes on although nobody answers. */
#include "check.h"
#include "test/unit/run_rig.h"

/* How often the instance heard of that phase, or of time, since the last look. */
static uint32_t heard(enum event_kind kind, enum sync_phase phase)
{
	struct event ev;
	uint32_t n = 0;

	while (ring_poll(&live.instance[0].in, &ev))
		n += ev.kind == (uint32_t)kind && (kind != EV_SYNC || ev.u.sync.phase == phase);
	return n;
}

/* All answers of the round that is under way. */
static void answered(void)
{
	struct task t = { .round = wire.sync_round };

	for (uint32_t n = wire.sync_left; n > 0; n--)
		wire_sync_answer(&wire, &t);
}

void test_sync_counts_when_all_is_answered(void)
{
	rig_session();
	wire_sync(&wire);
	uint32_t tasks = rig_tasks(-1);
	CHECK(wire.syncing && tasks == wire.sync_left && tasks >= 4, "%u questions", tasks);
	CHECK_INT(rig_tasks(TASK_POSITIONS), 1, "one of them is for the positions");
	wire_sync(&wire);
	CHECK_INT(rig_tasks(-1), tasks, "a second one is not begun beside it");
	wire_sync_answer(&wire, &(struct task){ .round = wire.sync_round - 1 });
	CHECK_INT(wire.sync_left, tasks, "an answer of another round is none of it");
	CHECK_INT(heard(EV_SYNC, SYNC_BEGIN), 1, "the engines know that it has begun");
	answered();
	CHECK(!wire.syncing && wire.link.synced, "it counts");
	CHECK_INT(heard(EV_SYNC, SYNC_END), 1, "and they know that it has ended");
	wire_sync_answer(&wire, &(struct task){ .round = wire.sync_round });
	CHECK_INT(heard(EV_SYNC, SYNC_END), 0, "an answer too many ends nothing");
	rig_end();
}

/* What was told while the order stream was down may be missing in the listing. */
void test_sync_without_the_order_stream_is_made_again(void)
{
	rig_session();
	wire.orders.up = false;
	wire_sync(&wire);
	wire.orders.up = true;
	answered();
	CHECK(!wire.link.synced && wire.sync_wanted, "it does not count, and is wanted again");
	wire_timers(&wire);
	CHECK(wire.syncing, "another one begins");
	answered();
	CHECK(wire.link.synced && !wire.sync_wanted, "which counts");
	wire.orders.up = false;
	wire_sync(&wire);
	answered();
	CHECK(!wire.link.synced && !wire.sync_wanted, "the stream's return will ask for it");
	rig_end();
}

/* A listing that the account denies is no listing: nobody hears a word of it, until it is believed,
 * and then all of it. */
void test_sync_in_doubt_is_made_again_some_times(void)
{
	uint32_t doubts = 0, told = 0;
	bool over = false;
	struct event ev;

	rig_session();
	wire.have_account = true;
	wire.account_long.n = 1000 * NUM_ONE;
	while (doubts < 20 && !over) {
		wire_sync(&wire);
		CHECK(wire_positions(&wire, STR("[{\"symbol\":\"AAPL\",\"qty\":\"12\","
						"\"current_price\":\"100\"}]")), "a listing");
		answered();
		doubts += wire.link.why[0] != '\0';
		while (ring_poll(&live.instance[0].in, &ev)) {
			over |= ev.kind == EV_SYNC && ev.u.sync.phase == SYNC_END;
			told += ev.kind == EV_POSITION && ev.u.position.n.n == 12 * NUM_ONE;
		}
		CHECK_INT(told, over, "the engines hear of shares when it is believed");
	}
	wire.have_account = false;
	CHECK(doubts >= 1 && doubts < 20, "it was doubted %u times, then it is so", doubts);
	CHECK(wire.link.why[0] == '\0' && wire.link.synced && wire.sync_bads == 0,
	      "nothing is said of it any more");
	wire_sync(&wire);
	wire.sync_bad = true;
	answered();
	wire_trouble(&wire, "test", "something else");
	wire_sync(&wire);
	answered();
	CHECK_TEXT(wire.link.why, "something else", "other trouble is not forgotten with it");
	rig_end();
}

/* Bars that were missed while there was no room to ask for them are asked for later. */
void test_sync_asks_for_a_gap_that_was_left(void)
{
	ns now = rig_session();

	wire.gap_from = now - 3 * NS_MINUTE;
	wire_timers(&wire);
	CHECK(!wire.filling && rig_tasks(TASK_BARS) == 0, "without the stream it is not over");
	wire.data.up = true;
	wire.rereading = true;
	wire_timers(&wire);
	CHECK_INT(rig_tasks(TASK_BARS), 0, "all are being read anew");
	wire.rereading = false;
	wire_timers(&wire);
	CHECK(wire.filling && wire.gap_from == 0 && wire.read_to == now, "then it is asked for");
	CHECK_INT(rig_tasks(TASK_BARS), 1, "once");
	wire.gap_from = now - NS_MINUTE;
	wire_timers(&wire);
	CHECK_INT(rig_tasks(TASK_BARS), 1, "one at a time");
	/* Newer ones were given meanwhile: what comes now has no place any more. */
	struct task t = { .kind = TASK_BARS };
	wire.overtaken = true;
	wire_gap_over(&wire, &t);
	CHECK(!wire.filling && !wire.overtaken && wire.reread && wire.anew[0], "all are read anew");
	rig_end();
}

void test_sync_waits_for_room(void)
{
	rig_session();
	while (wire_task(&wire, TASK_CLOCK, BUCKET_RECONCILE) != NULL)
		continue;
	wire_sync(&wire);
	CHECK(!wire.syncing && wire.sync_next > 0, "with a full queue it is left for later");
	rig_end();
}

/* ---- what watches */

void test_sync_that_does_not_come_stops_entries(void)
{
	ns now = rig_session();

	wire.link.synced = true;
	wire.link.last_sync = now - SYNC_LATE;
	wire.sim = true;
	wire_timers(&wire);
	CHECK(wire.link.synced, "a simulated market has its own pace");
	wire.sim = false;
	wire_timers(&wire);
	CHECK(!wire.link.synced && wire.link.why[0] != '\0', "too long without: %s", wire.link.why);
	rig_end();
}

void test_sync_asks_whether_a_silent_market_is_mute(void)
{
	ns now = rig_session();

	wire.data.up = true;
	wire_timers(&wire);
	CHECK_INT(rig_tasks(TASK_BARS), 0, "a bar has just come");
	wire.link.newest_bar = now - 2 * MUTE_AFTER;
	wire_timers(&wire);
	CHECK_INT(rig_tasks(TASK_BARS), 1, "no bar for long: the broker is asked");
	wire_timers(&wire);
	CHECK_INT(rig_tasks(TASK_BARS), 1, "once");
	rig_end();
	/* A minute after the open the newest bar is of yesterday. */
	now = rig_session();
	clock_set_manual(&live.clock, now - NS_HOUR + NS_MINUTE);
	wire.data.up = true;
	wire.link.newest_bar = now - NS_DAY;
	wire_timers(&wire);
	CHECK_INT(rig_tasks(TASK_BARS), 0, "a session that has just begun is not mute");
	clock_set_manual(&live.clock, now + 12 * NS_HOUR);
	wire_timers(&wire);
	CHECK_INT(rig_tasks(TASK_BARS), 0, "nor is the night");
	rig_end();
}

void test_sync_asks_for_the_time_when_a_clock_was_set(void)
{
	rig_session();
	wire_timers(&wire);
	CHECK_INT(rig_tasks(TASK_CLOCK), 0, "nothing has happened");
	wire.wall_offset += NS_HOUR;
	wire_timers(&wire);
	CHECK_INT(rig_tasks(TASK_CLOCK), 1, "an hour back");
	ns turned = wire.turned;
	wire.wall_offset -= NS_HOUR;
	wire_timers(&wire);
	CHECK_INT(rig_tasks(TASK_CLOCK), 2, "an hour forth");
	CHECK(turned - wire.turned >= NS_HOUR - NS_MINUTE, "it may have slept: streams are old");
	wire.calendar_day--;
	wire_timers(&wire);
	CHECK_INT(rig_tasks(TASK_CALENDAR), 1, "another day: its calendar");
	rig_end();
}

/* What was open wants to be looked after, whether or not there are bars. */
void test_sync_does_not_wait_for_history_for_ever(void)
{
	rig_session();
	wire.boot = BOOT_HISTORY;
	wire.history_left = 3;
	struct task *t = wire_ask_bars(&wire, 60, 1, 2);
	wire.boot_since = mono_ns();
	wire_timers(&wire);
	CHECK(wire.boot == BOOT_HISTORY && t->used, "it is waited for");
	wire.boot_since = mono_ns() - NS_HOUR;
	wire.l->lockstep = true;
	wire_timers(&wire);
	CHECK(wire.boot == BOOT_HISTORY, "in lockstep time does not pass");
	wire.l->lockstep = false;
	wire.current[CLIENT_DATA] = t;
	wire_timers(&wire);
	CHECK(wire.boot == BOOT_HISTORY, "an answer that is under way is waited for");
	wire.current[CLIENT_DATA] = NULL;
	wire.rereading = true;		/* so that no stream is opened here */
	wire_timers(&wire);
	CHECK(wire.boot == BOOT_DONE && rig_tasks(TASK_BARS) == 0, "then it goes without");
	CHECK_INT(heard(EV_SYNC, SYNC_HOLE), 1, "which the engines are told");
	wire.boot = BOOT_STREAMS;
	wire.boot_since = mono_ns();
	wire_timers(&wire);
	CHECK(wire.boot == BOOT_STREAMS, "streams are waited for");
	wire.boot_since = mono_ns() - NS_HOUR;
	wire_timers(&wire);
	CHECK(wire.boot == BOOT_SYNC && wire.syncing, "and not for ever: the truth is asked for");
	answered();
	CHECK(wire.boot == BOOT_DONE && atomic_load(&live.ready), "it is ready");
	rig_end();
}

void test_sync_boots_step_by_step(void)
{
	rig_session();
	wire.boot = BOOT_CLOCK;
	wire_boot_next(&wire, BOOT_ACCOUNT);
	CHECK(wire.boot == BOOT_CLOCK && rig_tasks(-1) == 0, "a step that is not due ends nothing");
	wire_boot_next(&wire, BOOT_CLOCK);
	CHECK_INT(rig_tasks(TASK_ACCOUNT), 1, "the account is asked for");
	wire_boot_next(&wire, BOOT_ACCOUNT);
	CHECK_INT(rig_tasks(TASK_CALENDAR), 1, "the calendar");
	wire_boot_next(&wire, BOOT_CALENDAR);
	CHECK(wire.boot == BOOT_WAIT && atomic_load(&live.booted), "nobody joins a real market");
	atomic_store(&live.instances_up, false);
	wire_timers(&wire);
	CHECK(wire.boot == BOOT_WAIT, "the instances are waited for");
	rig_end();
}

/* ---- lockstep */

void test_sync_joins_a_market(void)
{
	rig_session();
	live.lockstep = wire.sim = true;
	wire.boot = BOOT_CALENDAR;
	wire_boot_next(&wire, BOOT_CALENDAR);
	CHECK_INT(rig_tasks(TASK_JOIN), 1, "in lockstep the market is joined");
	wire_joined(&wire, STR("{\"n\":12,\"now\":\"2026-03-02T14:30:00Z\",\"else\":[1]}"));
	CHECK(wire.boot == BOOT_WAIT && wire.instant == 12 && wire.acked == 11 && wire.ack_due,
	      "it waits for us at its instant");
	wire.boot = BOOT_DONE;
	wire_joined(&wire, STR("{\"now\":\"2026-03-02T14:31:00Z\",\"n\":15,\"end\":true}"));
	CHECK(wire.instant == 14 && wire.end_next && !wire.ack_due,
	      "after a break the instant begins again, and its end is known");
	wire_joined(&wire, STR("{\"n\":0,\"now\":7,\"end\":\"yes\"}"));
	CHECK_INT(wire.acked, 0, "what is not to be read changes nothing");
	wire_joined(&wire, STR("{\"n\":\"x\"}"));
	wire_joined(&wire, STR("nothing"));
	CHECK_INT(wire.acked, 0, "nor does what is no answer");
	rig_end();
}

/* ---- bars */

static struct bar bar_of(ns end, unsigned flags)
{
	return (struct bar){ .open_ts = end - NS_MINUTE, .ts = end, .sym = 0,
			     .open = { NUM_ONE }, .high = { NUM_ONE }, .low = { NUM_ONE },
			     .close = { NUM_ONE }, .volume = 1, .flags = (uint16_t)flags };
}

void test_sync_takes_bars_once_and_none_of_the_future(void)
{
	ns now = rig_session();
	struct bar b = bar_of(now, 0);

	CHECK(wire_bar(&wire, &b, NULL), "a bar");
	CHECK_INT(heard(EV_CLOCK, SYNC_END), 1, "the only symbol's: the minute is complete");
	CHECK(!wire_bar(&wire, &b, NULL), "it is known already");
	b = bar_of(now, BAR_REVISED);
	CHECK(wire_bar(&wire, &b, NULL), "unless it is corrected");
	b = bar_of(now + NS_DAY, 0);
	CHECK(!wire_bar(&wire, &b, NULL) && wire.newest[0] == now, "one of tomorrow is none");
	b = bar_of(now + NS_MINUTE, 0);
	wire.filling = true;
	clock_set_manual(&live.clock, now + NS_MINUTE);
	(void)heard(EV_CLOCK, SYNC_END);
	CHECK(wire_bar(&wire, &b, NULL), "while a gap is filled");
	CHECK_INT(heard(EV_CLOCK, SYNC_END), 0, "no minute is complete: they come by symbol");
	rig_end();
}
