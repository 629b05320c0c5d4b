/* engine_moves.c: stops and targets that are to be elsewhere: what the broker, or chance, makes of
 * a replacement. */
#include "test/unit/engine_tell.h"

#include <string.h>

static struct rig rig;

/* Fifty shares and their stop at 99, which by the trade should be at `level`: a new start. */
static struct order begin(double level)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	rig.store.trade[0].stop = rig_px(level);
	rig_restart(&rig);
	rig_ready(&rig);
	tell_answers(&rig);
	return told_order(&rig, stop.cid);
}

/* The replacement that is on its way. */
static struct order moved(void)
{
	CHECK_INT(rig_count(&rig, ACT_REPLACE), 1, "the stop is moved");
	return told_sent(&rig, "a replacement");
}

static void replaced(const struct order *old, const char *by)
{
	struct report r = tell_of(old, ST_REPLACED, 0, 0);

	memcpy(r.bid, old->bid, sizeof r.bid);
	memcpy(r.replaced_by, by, strlen(by) + 1);
	tell(&rig, r);
}

void test_engine_moves_have_an_end(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	rig.store.trade[0].stop = rig_px(98);
	rig.store.trade[0].stop_seq = 200;
	rig_restart(&rig);
	rig_ready(&rig);
	tell_answers(&rig);
	CHECK_INT(rig_count(&rig, ACT_REPLACE), 0, "the last numbers are for new stops");
	tell_status(&rig, &stop, ST_CANCELED, 0, 0);
	CHECK_INT(told_sent(&rig, "a stop").stop.n, rig_px(98).n, "which have them");
	rig_close(&rig);
}

/* A level that the price has passed: the gate lets no stop go there. */
void test_engine_moves_ask_the_gate(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	rig.store.trade[0].stop = rig_px(101);
	rig_restart(&rig);
	rig.now = rig_time(10, 11, 0);
	rig_bar(&rig, 0, rig.now, 100);
	rig_ready(&rig);
	tell_answers(&rig);
	CHECK_INT(rig_count(&rig, ACT_REPLACE), 0, "it is not moved");
	CHECK_INT(told_order(&rig, stop.cid).stage, ORDER_LIVE, "it stands");
	CHECK(told_note(&rig, "grid"), "and it is said why");
	rig_close(&rig);
}

/* The level moves once more while a replacement is under way. */
void test_engine_moves_one_at_a_time(void)
{
	struct order next;

	(void)begin(98);
	next = moved();
	tell_status(&rig, &next, ST_ACCEPTED, 0, 0);
	rig.store.trade[0].stop = rig_px(97);
	rig_restart(&rig);
	rig_ready(&rig);
	tell_answers(&rig);
	CHECK_INT(rig_count(&rig, ACT_REPLACE), 0, "one at a time");
	CHECK_INT(told_order(&rig, next.cid).moved, MOVE_ASKED, "the first is still under way");
	rig_close(&rig);
}

/* Ours has an id, and the broker names another: that is somebody else's, and stands. */
void test_engine_moves_and_somebody_else(void)
{
	struct order stop = begin(98), next = moved();

	tell_status(&rig, &next, ST_ACCEPTED, 0, 0);
	replaced(&stop, "by-somebody");
	CHECK_INT(told_order(&rig, "by-somebody").role, ROLE_STOP, "what took its place is a stop");
	CHECK_INT(rig_count(&rig, ACT_ASK), 1, "and is asked for");
	CHECK_INT(told_order(&rig, next.cid).moved, MOVE_ASKED, "ours has not taken the place");
	rig_close(&rig);
}

/* Who took its place the broker does not say: it was ours. */
void test_engine_moves_without_a_name(void)
{
	struct order stop = begin(98), next = moved();

	tell_status(&rig, &next, ST_ACCEPTED, 0, 0);
	replaced(&stop, "");
	CHECK_INT(told_order(&rig, next.cid).moved, MOVE_DONE, "it took the place");
	/* Then somebody moves that one. */
	next = told_order(&rig, next.cid);
	replaced(&next, "by-somebody");
	CHECK_INT(told_order(&rig, "by-somebody").stage, ORDER_LIVE, "what stands is theirs");
	struct order theirs = told_order(&rig, "by-somebody");
	struct report r = tell_of(&theirs, ST_NEW, 0, 0);
	memcpy(r.bid, theirs.bid, sizeof r.bid);
	r.cid[0] = '\0';
	r.stop = rig_px(97.5);
	r.source = FROM_ASK;
	tell(&rig, r);
	CHECK_INT(told_trade(&rig)->stop.n, rig_px(97.5).n, "where it is the stop is");
	rig_close(&rig);
}

/* The old one had ended, the new one fills all the same. */
void test_engine_moves_filled_behind_the_old(void)
{
	struct order stop = begin(98), next = moved();

	tell_status(&rig, &next, ST_ACCEPTED, 0, 0);
	tell_status(&rig, &stop, ST_CANCELED, 0, 0);
	tell_status(&rig, &next, ST_FILLED, 50, 98);
	CHECK_INT(told_order(&rig, next.cid).moved, MOVE_DONE, "so it had taken the place");
	CHECK_INT(trade_open_qty(told_trade(&rig)).n, 0, "all is sold");
	CHECK_INT(told_trade(&rig)->reason_out, EXIT_STOP, "by the stop");
	rig_close(&rig);
}

/* Rejected under its id, and then said to have taken the place: what is over stays so. */
void test_engine_moves_to_one_that_is_over(void)
{
	struct order stop = begin(98), next = moved();
	struct report r = tell_of(&next, ST_REJECTED, 0, 0);

	tell(&rig, r);
	replaced(&stop, r.bid);
	CHECK_INT(told_order(&rig, next.cid).status, ST_REJECTED, "it does not come to life");
	CHECK_INT(told_sent(&rig, "a stop").want.n, 50 * NUM_ONE, "bare: another stop");
	rig_close(&rig);
}

static void stranger_of(const char *leg, const char *bid, double limit, double stop)
{
	struct order was = told_order(&rig, leg), is;

	replaced(&was, bid);
	is = told_order(&rig, bid);
	struct report r = tell_of(&is, ST_NEW, 0, 0);
	memcpy(r.bid, is.bid, sizeof r.bid);
	r.cid[0] = '\0';
	r.limit = rig_px(limit);
	r.stop = rig_px(stop);
	r.source = FROM_ASK;
	tell(&rig, r);
}

void test_engine_target_moved_by_somebody(void)
{
	tell_bracket(&rig);
	stranger_of("leg-target", "their-target", 107, 0);
	CHECK_INT(told_trade(&rig)->target.n, rig_px(107).n, "it is the trade's from now on");
	CHECK_INT(told_trade(&rig)->stop.n, rig_px(99).n, "the stop stays");
	CHECK_INT(rig_count(&rig, ACT_REPLACE), 0, "it is not moved back");
	struct order theirs = told_order(&rig, "their-target");
	struct report r = tell_of(&theirs, ST_NEW, 0, 0);
	memcpy(r.bid, theirs.bid, sizeof r.bid);
	r.cid[0] = '\0';
	r.limit = rig_px(108);
	tell(&rig, r);
	CHECK_INT(told_trade(&rig)->target.n, rig_px(107).n, "their wish was taken once");
	rig_close(&rig);
}

/* A leg whose price nobody ever told has none when it is moved, either. */
void test_engine_target_without_a_price(void)
{
	struct order entry = tell_entry(&rig);
	struct report leg = tell_leg(&entry, ROLE_TARGET, ST_HELD);

	leg.limit = (px){ 0 };
	tell(&rig, leg);
	tell(&rig, tell_leg(&entry, ROLE_STOP, ST_HELD));
	tell_status(&rig, &entry, ST_FILLED, 100, 100);
	stranger_of("leg-target", "their-target", 107, 0);
	CHECK_INT(told_trade(&rig)->target.n, rig_px(105).n, "the trade's target stays");
	CHECK_INT(rig_count(&rig, ACT_REPLACE), 0, "and nothing is moved to it");
	rig_close(&rig);
}

static void refuse(const struct order *o)
{
	tell_reply(&rig, o, REPLY_REFUSED);
	tell_answers(&rig);
}

/* Refused for the third time: it stays, and that is said; unless it has ended meanwhile. */
void test_engine_moves_refused(void)
{
	for (int ended = 0; ended < 2; ended++) {
		struct order stop = begin(98), next = moved();
		for (int i = 0; i < 2; i++) {
			refuse(&next);
			rig_clock(&rig, rig.now + MOVE_RETRY, false);
			next = moved();
		}
		if (ended)
			tell_status(&rig, &stop, ST_CANCELED, 0, 0);
		tell_reply(&rig, &next, REPLY_REFUSED);
		CHECK_INT(told_note(&rig, "the broker does not move it: it stays where it is"),
			  !ended, "the third no, ended %d", ended);
		rig_close(&rig);
	}
}

/* The first was never seen and is given up; the second takes the place: which of them the broker
 * does not say. */
void test_engine_moves_the_newest(void)
{
	struct order stop = begin(98), first = moved();

	rig_clock(&rig, rig.now + GRACE_REPLY, false);
	CHECK_INT(rig_count(&rig, ACT_ASK), 2, "no word of it: both are asked for");
	rig_clock(&rig, rig.now + GRACE_REPLY, false);
	CHECK_INT(rig_count(&rig, ACT_ASK), 2, "and again");
	tell_reply(&rig, &first, REPLY_ABSENT);
	struct report r = tell_of(&stop, ST_NEW, 0, 0);
	r.source = FROM_ASK;
	tell(&rig, r);
	rig_clock(&rig, rig.now + MOVE_RETRY, false);
	struct order second = moved();
	replaced(&stop, "took-its-place");
	CHECK_TEXT(told_order(&rig, second.cid).bid, "took-its-place", "it is the newest");
	CHECK_INT(told_order(&rig, first.cid).moved, MOVE_ASKED, "not the one before");
	rig_close(&rig);
}

/* Ours was refused: what took the place is somebody else's. */
void test_engine_moves_after_a_no(void)
{
	struct order stop = begin(98), next = moved();

	tell_reply(&rig, &next, REPLY_REFUSED);
	replaced(&stop, "by-somebody");
	CHECK_INT(told_order(&rig, "by-somebody").stage, ORDER_LIVE, "theirs stands");
	CHECK_INT(told_order(&rig, next.cid).status, ST_REJECTED, "ours does not");
	rig_close(&rig);
}

/* A listing has shown the new leg before the old one said who replaced it. */
void test_engine_moves_known_before(void)
{
	struct order entry = tell_bracket(&rig), target = told_order(&rig, "leg-target");
	struct report r = tell_leg(&entry, ROLE_TARGET, ST_NEW);

	memcpy(r.bid, "their-target", 13);
	r.source = FROM_SYNC;
	tell(&rig, r);
	uint32_t orders = rig.store.orders_n;
	replaced(&target, "their-target");
	CHECK_INT(rig.store.orders_n, orders, "it is one order, not two");
	CHECK_INT(told_order(&rig, "their-target").stage, ORDER_LIVE, "and stands");
	rig_close(&rig);
}
