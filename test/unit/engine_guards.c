/* engine_guards.c: what guards the shares, where there is too much of it or too little; and the
 * way out, where it is blocked. */
#include "test/unit/engine_tell.h"

#include <string.h>

static struct rig rig;

static bool halted_by_itself(void)
{
	return engine_state(rig.engine)->run == RUN_ERROR;
}

/* The store has the trade otherwise: a new start with that. */
static void start_again(void)
{
	rig_restart(&rig);
	rig_ready(&rig);
	tell_answers(&rig);
}

/* ---- too much is guarded */

/* Thirty shares are gone, then ten more while the stop is still being made smaller. */
void test_engine_stop_shrinks(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	tell_gone(&rig, 20);
	struct order smaller = told_sent(&rig, "a smaller stop");
	CHECK_INT(rig_count(&rig, ACT_REPLACE), 1, "in the place of the old one");
	CHECK_INT(smaller.want.n, 20 * NUM_ONE, "of what is left");
	tell_status(&rig, &smaller, ST_ACCEPTED, 0, 0);
	tell_listing(&rig, 15 * NS_SECOND, 10, POSITION_OWN);
	CHECK_INT(told_trade(&rig)->out.n, 30 * NUM_ONE, "one listing of ten is not believed");
	tell_answers(&rig);
	tell_gone(&rig, 10);
	CHECK_INT(told_trade(&rig)->out.n, 40 * NUM_ONE, "ten are left");
	CHECK_INT(rig_count(&rig, ACT_REPLACE) + rig_count(&rig, ACT_CANCEL), 0,
		  "one replacement at a time");
	struct report r = tell_of(&stop, ST_REPLACED, 0, 0);
	memcpy(r.replaced_by, tell_of(&smaller, ST_NEW, 0, 0).bid, sizeof r.replaced_by);
	tell(&rig, r);
	tell_status(&rig, &smaller, ST_NEW, 0, 0);
	CHECK_INT(told_sent(&rig, "the next").want.n, 10 * NUM_ONE, "then the next");
	rig_close(&rig);
}

/* A stop with our name that the books had lost. */
static void find_stop(const char *end, int64_t shares, double at)
{
	const struct trade *t = told_trade(&rig);
	struct order o = { .side = SIDE_SELL, .type = TYPE_STOP, .want = qty_shares(shares),
			   .stop = rig_px(at) };
	size_t n = strlen(t->id) - 1;

	memcpy(o.cid, t->id, n);
	memcpy(o.cid + n, end, strlen(end) + 1);
	struct report r = tell_of(&o, ST_NEW, 0, 0);
	r.source = FROM_SYNC;
	r.stop = o.stop;
	tell(&rig, r);
}

/* Two stops too many, the first on its way and the second gone when shares are missing, too. */
void test_engine_stops_too_many(void)
{
	struct order stop = tell_held(&rig, 50), third;

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	find_stop("s6", 50, 99.8);
	CHECK_INT(rig_count(&rig, ACT_CANCEL), 1, "one for fifty shares is enough");
	CHECK_INT(rig_count(&rig, ACT_REPLACE), 0, "one that goes is not moved to the level");
	find_stop("s7", 50, 99);
	CHECK_INT(rig_count(&rig, ACT_CANCEL), 1, "the third goes as well");
	third = rig.store.order[3];
	tell_status(&rig, &third, ST_CANCELED, 0, 0);
	CHECK_INT(rig_count(&rig, ACT_CANCEL) + rig_count(&rig, ACT_SUBMIT), 0, "the first stays");
	struct order second = rig.store.order[2];
	tell_status(&rig, &second, ST_PARTIALLY_FILLED, 20, 99.8);
	CHECK_INT(told_sent(&rig, "the first").want.n, 30 * NUM_ONE,
		  "the second sells twenty before it goes: the first is for the rest");
	CHECK_INT(rig_count(&rig, ACT_REPLACE), 1, "and stands all the time");
	rig_close(&rig);
}

/* A stop that is being cancelled holds its shares: the next comes when it is gone. */
void test_engine_stop_holds_its_shares(void)
{
	struct order stop = tell_held(&rig, 50), entry = rig.store.order[0];

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	tell_gone(&rig, 0);
	CHECK_INT(rig_count(&rig, ACT_CANCEL), 1, "all are gone: the stop goes");
	tell_status(&rig, &entry, ST_CANCELED, 60, 100);
	CHECK_INT(trade_open_qty(told_trade(&rig)).n, 10 * NUM_ONE, "ten more were bought");
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), 0, "no stop while the old one has them");
	tell_status(&rig, &stop, ST_CANCELED, 0, 0);
	CHECK_INT(told_sent(&rig, "a stop").want.n, 10 * NUM_ONE, "then one for the ten");
	rig_close(&rig);
}

/* ---- legs */

/* The stop ends and the target is said to live: it goes first, it has the shares. */
void test_engine_target_without_a_stop(void)
{
	tell_bracket(&rig);
	struct order stop = told_order(&rig, "leg-stop"), target = told_order(&rig, "leg-target");

	tell_status(&rig, &stop, ST_CANCELED, 0, 0);
	CHECK_INT(rig_count(&rig, ACT_ASK), 1, "is the target still there");
	tell_answers(&rig);
	CHECK_INT(rig_count(&rig, ACT_CANCEL), 1, "it is: so it goes");
	tell_status(&rig, &target, ST_CANCELED, 0, 0);
	struct order own = told_sent(&rig, "a stop of our own");
	CHECK_INT(own.want.n, 100 * NUM_ONE, "for all of it");
	/* Then shares are lost: legs that are over guard none, and cannot be cancelled. */
	tell_status(&rig, &own, ST_NEW, 0, 0);
	tell_gone(&rig, 70);
	struct order smaller = told_sent(&rig, "a smaller one");
	tell_status(&rig, &smaller, ST_ACCEPTED, 0, 0);
	tell_gone(&rig, 60);
	CHECK_INT(rig_count(&rig, ACT_CANCEL), 0, "nothing else goes");
	rig_close(&rig);
}

/* The target ends and the stop lives: that is as good; when shares are lost it cannot shrink. */
void test_engine_stop_without_a_target(void)
{
	tell_bracket(&rig);
	struct order stop = told_order(&rig, "leg-stop"), target = told_order(&rig, "leg-target");

	tell_status(&rig, &target, ST_CANCELED, 0, 0);
	CHECK_INT(rig_count(&rig, ACT_ASK), 1, "is the stop still there");
	tell_answers(&rig);
	CHECK_INT(rig_count(&rig, ACT_CANCEL) + rig_count(&rig, ACT_SUBMIT), 0, "it stays");
	tell_gone(&rig, 60);
	CHECK_INT(told_trade(&rig)->out.n, 40 * NUM_ONE, "forty are gone");
	CHECK_INT(rig_count(&rig, ACT_CANCEL), 1, "a leg's size is the broker's: it goes");
	tell_status(&rig, &stop, ST_CANCELED, 0, 0);
	CHECK_INT(told_sent(&rig, "a stop of our own").want.n, 60 * NUM_ONE, "for the rest");
	rig_close(&rig);
}

/* The target was of fewer shares than were bought: the stop has the rest until it is cancelled. */
void test_engine_target_of_fewer(void)
{
	tell_bracket(&rig);
	struct order stop = told_order(&rig, "leg-stop"), target = told_order(&rig, "leg-target");
	struct report r = tell_of(&target, ST_FILLED, 60, 105);

	r.want = qty_shares(60);
	tell(&rig, r);
	CHECK_INT(rig_count(&rig, ACT_CANCEL) + rig_count(&rig, ACT_SUBMIT), 0, "forty are left");
	tell_status(&rig, &stop, ST_CANCELED, 0, 0);
	CHECK_INT(told_sent(&rig, "a stop of our own").want.n, 40 * NUM_ONE, "bare: a stop");
	rig_close(&rig);
}

/* Of a bracket only the stop is ever shown. */
void test_engine_one_leg_only(void)
{
	struct order entry = tell_entry(&rig);

	tell(&rig, tell_leg(&entry, ROLE_STOP, ST_HELD));
	tell_status(&rig, &entry, ST_FILLED, 100, 100);
	rig_clock(&rig, rig.now + 2 * NS_SECOND, false);
	CHECK_INT(rig_count(&rig, ACT_ASK), 1, "the target is asked for");
	struct report r = tell_of(&entry, ST_FILLED, 100, 100);
	r.source = FROM_ASK;
	tell(&rig, r);
	rig_clock(&rig, rig.now + 3 * NS_SECOND, false);
	CHECK(told_note(&rig, "the bracket has no legs"), "there is none: it is said");
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), 0, "the stop that there is guards all of it");
	rig_command(&rig, CMD_FLATTEN);
	CHECK_INT(rig_count(&rig, ACT_CANCEL), 1, "on the way out it goes");
	struct order stop = told_order(&rig, "leg-stop");
	tell_status(&rig, &stop, ST_CANCELED, 0, 0);
	CHECK_INT(told_sent(&rig, "an exit").want.n, 100 * NUM_ONE, "then all is sold");
	rig_close(&rig);
}

/* Flat by the stop, and the target is silent: asked for, and when it lives cancelled. */
void test_engine_target_behind_the_stop(void)
{
	tell_bracket(&rig);
	struct order stop = told_order(&rig, "leg-stop");

	tell_status(&rig, &stop, ST_FILLED, 100, 99);
	rig_clock(&rig, rig.now + GRACE_CANCEL, false);
	CHECK_INT(rig_count(&rig, ACT_ASK), 1, "two seconds later it is asked for");
	rig_clock(&rig, rig.now + NS_SECOND, false);
	CHECK_INT(rig_count(&rig, ACT_ASK) + rig_count(&rig, ACT_CANCEL), 0, "once");
	rig_clock(&rig, rig.now + GRACE_REPLY, false);
	tell_answers(&rig);
	CHECK_INT(rig_count(&rig, ACT_CANCEL), 1, "it lives: it goes");
	CHECK(told_trade(&rig)->state != TRADE_CLOSED, "as long it is not over");
	rig_close(&rig);
}

/* ---- entries */

/* The store has the trade and not its entry: as long as nobody knows it, nothing is sent. */
void test_engine_entry_not_in_the_store(void)
{
	struct order entry = tell_bracket(&rig);

	rig.store.order[0] = rig.store.order[--rig.store.orders_n];
	rig_restart(&rig);
	rig_ready(&rig);
	CHECK_INT(rig_count(&rig, ACT_ASK), 3, "it and its legs are asked for");
	rig_clock(&rig, rig.now + NS_SECOND, false);
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), 0, "it may be at work");
	struct report r = tell_of(&entry, ST_FILLED, 100, 100);
	r.source = FROM_ASK;
	tell(&rig, r);
	CHECK_INT(told_trade(&rig)->in.n, 100 * NUM_ONE, "what it has bought is in the books");
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), 0, "and guarded by its legs");
	rig_close(&rig);
}

/* All of an entry is told between the start and the first reconciliation, its end first. */
void test_engine_entry_before_the_first_reconciliation(void)
{
	struct order entry = tell_entry(&rig);

	tell_status(&rig, &entry, ST_NEW, 0, 0);
	rig_restart(&rig);
	rig_link(&rig, true, true);
	tell_status(&rig, &entry, ST_CANCELED, 0, 0);
	tell_status(&rig, &entry, ST_CANCELED, 40, 100);
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), 0, "nothing is done yet");
	tell_listing(&rig, 0, 40, POSITION_OWN);
	CHECK_INT(told_trade(&rig)->state, TRADE_OPEN, "it is over, and has bought");
	CHECK_INT(told_sent(&rig, "a stop").want.n, 40 * NUM_ONE, "which is guarded");
	rig_close(&rig);
}

/* When the program ends nobody would be there to guard what is filled in part. */
void test_engine_entry_at_the_end(void)
{
	struct order entry = tell_entry(&rig);

	tell_status(&rig, &entry, ST_NEW, 0, 0);
	rig_command(&rig, CMD_STOP);
	CHECK_INT(rig_count(&rig, ACT_CANCEL), 1, "the entry is taken back at once");
	rig_close(&rig);
}

/* ---- own stops */

/* The names of its stops are used up. */
void test_engine_stops_without_number(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	rig.store.trade[0].stop_seq = UINT8_MAX;
	start_again();
	tell_status(&rig, &stop, ST_CANCELED, 0, 0);
	CHECK_INT(told_trade(&rig)->reason_out, EXIT_UNPROTECTED, "it cannot be guarded");
	CHECK_INT(told_sent(&rig, "an exit").want.n, 50 * NUM_ONE, "so it is sold");
	rig_close(&rig);
}

/* Refused at night a stop is tried every five minutes, and at the open at once. */
void test_engine_stop_refused_before_the_open(void)
{
	rig_open(&rig);
	rig.config.hold_overnight = true;
	rig_restart(&rig);
	rig_hold = 0;
	rig_ready(&rig);
	rig_long(&rig, rig_time(10, 10, 0));
	struct order stop = tell_partly(&rig, 50);
	tell_status(&rig, &stop, ST_NEW, 0, 0);
	ns open = ny_time(day_of(2024, 10, 2), 9, 30);
	rig_clock(&rig, open - 2 * NS_MINUTE, false);
	tell_status(&rig, &stop, ST_CANCELED, 0, 0);
	stop = told_sent(&rig, "another stop");
	tell_reply(&rig, &stop, REPLY_REFUSED);
	rig_clock(&rig, open - NS_SECOND, false);
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), 0, "not again within five minutes");
	CHECK(engine_wake(rig.engine) <= open + 3 * NS_MINUTE, "but behind them");
	struct report r = tell_of(&rig.store.order[0], ST_CANCELED, 51, 100);
	rig_clock(&rig, open, false);
	tell(&rig, r);
	CHECK_INT(told_sent(&rig, "a stop").want.n, 51 * NUM_ONE, "when the market is open it is");
	rig_close(&rig);
}

/* ---- the way out */

/* A trade of a name that no entry has: nothing can be sent in it. */
void test_engine_trade_of_no_name(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	for (uint32_t i = 0; i < rig.store.orders_n; i++)
		memcpy(rig.store.order[i].trade, "nobody's", 9);
	memcpy(rig.store.trade[0].id, "nobody's", 9);
	rig.store.trade[0].stop = rig_px(98);
	start_again();
	CHECK_INT(rig_count(&rig, ACT_REPLACE), 0, "the stop cannot be moved");
	tell_status(&rig, &stop, ST_CANCELED, 0, 0);
	CHECK_INT(told_trade(&rig)->reason_out, EXIT_UNPROTECTED, "no other can be placed");
	CHECK(told_note(&rig, "cannot be closed: by hand, please"), "nor can it be sold");
	CHECK(halted_by_itself(), "somebody has to come");
	rig_command(&rig, CMD_FLATTEN);
	CHECK(!told_note(&rig, "cannot be closed: by hand, please"), "it is said once");
	rig_clock(&rig, rig_time(16, 0, 1), false);
	tell_status(&rig, &stop, ST_CANCELED, 1, 99);
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), 0, "nor a stop at the close");
	CHECK_INT(trade_open_qty(told_trade(&rig)).n, 49 * NUM_ONE, "the books go on");
	rig_close(&rig);
}

/* The names of its exits are used up: a stop stays, and somebody has to come. */
void test_engine_exits_without_number(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	rig.store.trade[0].exit_seq = UINT8_MAX;
	start_again();
	rig_command(&rig, CMD_FLATTEN);
	CHECK(halted_by_itself(), "it cannot be closed");
	CHECK_INT(rig_count(&rig, ACT_CANCEL) + rig_count(&rig, ACT_SUBMIT), 0, "the stop stays");
	tell_status(&rig, &stop, ST_CANCELED, 0, 0);
	CHECK_INT(told_sent(&rig, "a stop").want.n, 50 * NUM_ONE, "or another takes its place");
	rig_close(&rig);
}

/* Too much was sold, and the market closes before it is bought back: no stop guards a debt. */
void test_engine_too_much_out_at_the_close(void)
{
	struct order stop = tell_held(&rig, 50);

	rig_clock(&rig, rig_time(15, 44, 0), false);
	tell_status(&rig, &stop, ST_FILLED, 60, 99);
	struct order back = told_sent(&rig, "an exit");
	tell_reply(&rig, &back, REPLY_REFUSED);
	rig_clock(&rig, rig_time(16, 0, 1), false);
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), 0, "nothing is sent at night");
	ns open = ny_time(day_of(2024, 10, 2), 9, 30);
	CHECK_INT(engine_wake(rig.engine), open, "the next day it goes on");
	rig_clock(&rig, open, false);
	back = told_sent(&rig, "the exit");
	CHECK_INT(back.side, SIDE_BUY, "as a purchase");
	CHECK_INT(back.want.n, 10 * NUM_ONE, "of ten");
	rig_close(&rig);
}

/* A trade of tomorrow: the clock was wrong. It has until tomorrow's end. */
void test_engine_trade_of_tomorrow(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	rig.store.trade[0].signal_ts += 24 * NS_HOUR;
	rig.store.trade[0].hold_until = 0;
	start_again();
	rig_clock(&rig, rig_time(15, 50, 0), false);
	CHECK_INT(told_trade(&rig)->state, TRADE_OPEN, "today's end is not its own");
	rig_clock(&rig, ny_time(day_of(2024, 10, 2), 15, 45), false);
	CHECK_INT(told_trade(&rig)->reason_out, EXIT_SESSION_END, "tomorrow's is");
	rig_close(&rig);
}

/* Out at once, before the legs are known: they may be selling it already. */
void test_engine_out_before_the_legs(void)
{
	struct order entry = tell_entry(&rig);

	tell_status(&rig, &entry, ST_FILLED, 100, 100);
	rig_command(&rig, CMD_FLATTEN);
	CHECK_INT(rig_count(&rig, ACT_SUBMIT) + rig_count(&rig, ACT_CANCEL), 0, "not yet");
	rig_clock(&rig, rig.now + GRACE_LEGS, false);
	CHECK_INT(rig_count(&rig, ACT_ASK), 1, "they are asked for");
	tell(&rig, tell_leg(&entry, ROLE_STOP, ST_HELD));
	tell(&rig, tell_leg(&entry, ROLE_TARGET, ST_NEW));
	CHECK_INT(rig_count(&rig, ACT_CANCEL), 1, "and the way out goes over them");
	rig_close(&rig);
}
