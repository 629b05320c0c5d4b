/* engine_gone.c: shares that the broker leaves out: when they are believed gone, and when not. */
#include "test/unit/engine_tell.h"

static struct rig rig;

#define GONE "shares are gone at the broker"

static void refuse_all(void)
{
	while (rig_count(&rig, ACT_SUBMIT) > 0) {
		struct order o = told_sent(&rig, "a stop or an exit");
		tell_reply(&rig, &o, REPLY_REFUSED);
	}
}

/* So much later a listing that has no orders. */
static void list_bare(ns later, int64_t shares)
{
	refuse_all();
	rig_clock(&rig, rig.now + later, false);
	refuse_all();
	tell_answers(&rig);
	rig_sync(&rig, SYNC_BEGIN);
	rig_position(&rig, 0, shares, POSITION_OWN);
	rig_sync(&rig, SYNC_END);
}

/* No word is not the word that there is none: what was to be told was lost on its way. */
void test_engine_untold_position(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	for (int i = 0; i < 2 * TELL_HELD; i++) {
		struct event begin = { .kind = EV_SYNC, .u.sync.phase = SYNC_BEGIN };
		struct event end = { .kind = EV_SYNC, .u.sync.phase = SYNC_END };
		rig_clock(&rig, rig.now + 15 * NS_SECOND, false);
		tell_answers(&rig);
		rig_step(&rig, &begin);
		rig_step(&rig, &end);
	}
	CHECK_INT(told_trade(&rig)->out.n, 0, "nothing is gone");
	rig_close(&rig);
}

/* Shares that were just booked may be missing in a listing of some seconds before. */
void test_engine_differs_behind_a_fill(void)
{
	struct order stop = tell_held(&rig, 50), entry = rig.store.order[0];

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	tell_listing(&rig, 15 * NS_SECOND, 20, POSITION_OWN);
	tell_answers(&rig);
	tell_listing(&rig, 15 * NS_SECOND, 50, POSITION_OWN);
	tell_status(&rig, &entry, ST_CANCELED, 60, 100);
	struct order more = told_sent(&rig, "a stop for ten more");
	tell_status(&rig, &more, ST_NEW, 0, 0);
	tell_listing(&rig, 5 * NS_SECOND, 50, POSITION_OWN);
	CHECK_INT(rig_count(&rig, ACT_ASK), 0, "five seconds later nothing is missed");
	tell_listing(&rig, 15 * NS_SECOND, 50, POSITION_OWN);
	CHECK_INT(rig_count(&rig, ACT_ASK), 2, "twenty later both stops are asked for");
	rig_close(&rig);
}

/* A difference counts again only after a while: two listings of one moment are one. */
void test_engine_differs_twice_in_a_moment(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_reply(&rig, &stop, REPLY_REFUSED);
	list_bare(15 * NS_SECOND, 0);
	list_bare(NS_SECOND, 0);
	CHECK_INT(told_trade(&rig)->out.n, 0, "a second later it is the same listing, perhaps");
	list_bare(15 * NS_SECOND, 0);
	CHECK(told_note(&rig, GONE), "later it is another");
	CHECK_INT(told_trade(&rig)->reason_out, EXIT_GONE, "and they are gone");
	rig_close(&rig);
}

/* The broker lists a stop of ours and not the shares that it holds for it: one of the listings is
 * of the past, or wrong, and long not believed. */
void test_engine_gone_and_yet_held(void)
{
	static const int64_t left[] = { 0, 20 };

	for (size_t i = 0; i < COUNT(left); i++) {
		struct order stop = tell_held(&rig, 50);
		tell_status(&rig, &stop, ST_NEW, 0, 0);
		for (int k = 1; k < TELL_HELD; k++) {
			tell_listing(&rig, 15 * NS_SECOND, left[i], POSITION_OWN);
			CHECK_INT(told_trade(&rig)->out.n, 0, "comparison %d of %d left", k,
				  (int)left[i]);
		}
		tell_listing(&rig, 15 * NS_SECOND, 50, POSITION_OWN);
		for (int k = 1; k < TELL_HELD; k++)
			tell_listing(&rig, 15 * NS_SECOND, left[i], POSITION_OWN);
		CHECK_INT(told_trade(&rig)->out.n, 0, "they were there: counted from the first");
		tell_listing(&rig, 15 * NS_SECOND, left[i], POSITION_OWN);
		CHECK(told_note(&rig, GONE), "after three minutes it is believed");
		rig_close(&rig);
	}
}

/* Listed is the newest only: a stop that is older, or left out, is asked for. Where it lives, it
 * holds its shares. */
void test_engine_gone_and_held_unlisted(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	for (int k = 1; k < TELL_HELD; k++) {
		list_bare(15 * NS_SECOND, 0);
		CHECK_INT(told_trade(&rig)->out.n, 0, "comparison %d", k);
	}
	list_bare(15 * NS_SECOND, 0);
	CHECK_INT(told_trade(&rig)->reason_out, EXIT_GONE, "after three minutes they are gone");
	rig_close(&rig);
}

/* Stops and exits are refused: the second comparison is believed. */
void test_engine_gone_with_its_stop(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_reply(&rig, &stop, REPLY_REFUSED);
	for (int i = 0; i < 2; i++) {
		CHECK_INT(told_trade(&rig)->out.n, 0, "%d comparisons are not believed", i);
		list_bare(15 * NS_SECOND, 0);
	}
	CHECK_INT(told_trade(&rig)->reason_out, EXIT_GONE, "two are");
	rig_close(&rig);
}

/* Comparisons that say something else each are not one behind the other. */
void test_engine_differs_otherwise(void)
{
	static const int64_t said[][4] = { { 57, 57, 57, 0 }, { 40, 20, 40, 0 },
					   { 20, 57, 20, 57 } };

	for (size_t i = 0; i < COUNT(said); i++) {
		struct order stop = tell_held(&rig, 50);
		tell_reply(&rig, &stop, REPLY_REFUSED);
		for (size_t k = 0; k < COUNT(said[i]); k++) {
			list_bare(15 * NS_SECOND, said[i][k]);
			CHECK_INT(told_trade(&rig)->out.n, 0, "%d shares in listing %zu of %zu",
				  (int)said[i][k], k, i);
		}
		list_bare(15 * NS_SECOND, said[i][3]);
		CHECK_INT(told_trade(&rig)->out.n, said[i][3] == 0 ? 50 * NUM_ONE : 0,
			  "twice the same");
		rig_close(&rig);
	}
}

/* What is under way is not asked for again when shares are missing; what is not, is. */
void test_engine_missing_is_asked_for(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	tell_listing(&rig, 15 * NS_SECOND, 20, POSITION_OWN);
	CHECK_INT(rig_count(&rig, ACT_ASK), 1, "the stop may have sold them");
	tell_listing(&rig, NS_SECOND, 20, POSITION_OWN);
	CHECK_INT(rig_count(&rig, ACT_ASK), 0, "it is asked once");
	CHECK_INT(told_trade(&rig)->out.n, 0, "as long nothing is believed");
	rig_close(&rig);
}

/* Other instances hold the symbol: nobody can say whose shares are missing. */
void test_engine_shared_position(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	for (int i = 0; i < 3; i++) {
		tell_listing(&rig, 15 * NS_SECOND, 80, POSITION_SHARED);
		CHECK_INT(rig_count(&rig, ACT_ASK), 0, "more than ours are no difference");
	}
	for (int i = 0; i < TELL_HELD; i++)
		tell_listing(&rig, 15 * NS_SECOND, 40, POSITION_SHARED);
	CHECK_INT(told_trade(&rig)->out.n, 10 * NUM_ONE, "fewer than ours alone are one");
	struct order smaller = told_sent(&rig, "a smaller stop");
	tell_status(&rig, &smaller, ST_FILLED, 40, 99);
	tell_status(&rig, &stop, ST_CANCELED, 0, 0);
	CHECK_INT(told_trade(&rig)->state, TRADE_CLOSED, "ours are sold");
	rig_clock(&rig, rig.now + 15 * NS_SECOND, false);
	tell_listing(&rig, 0, 30, POSITION_SHARED);
	tell_listing(&rig, 0, -30, POSITION_SHARED);
	rig_long(&rig, rig_time(10, 15, 0));
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), 1, "what the others hold is not in the way");
	rig_close(&rig);
}

/* No bar since the restart: they went at the signal's price, as far as anybody knows. */
void test_engine_gone_without_a_price(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	rig_restart(&rig);
	rig_clock(&rig, rig.now + NS_MINUTE, false);
	rig_link(&rig, true, true);
	tell_listing(&rig, 0, 20, POSITION_OWN);
	tell_gone(&rig, 20);
	CHECK_INT(told_trade(&rig)->out.n, 30 * NUM_ONE, "thirty are gone");
	CHECK_INT(told_trade(&rig)->out_value.n, 3000 * NUM_ONE, "at a hundred");
	rig_close(&rig);
}

/* Legs that nobody has seen may have sold it: as long nothing is believed gone. */
void test_engine_gone_with_legs_unseen(void)
{
	static const int legs[] = { 0, 1, 2 };

	for (size_t i = 0; i < COUNT(legs); i++) {
		struct order entry = tell_entry(&rig);
		tell_status(&rig, &entry, ST_FILLED, 100, 100);
		if (legs[i] > 0)
			tell(&rig, tell_leg(&entry, ROLE_STOP, ST_HELD));
		if (legs[i] > 1)
			tell(&rig, tell_leg(&entry, ROLE_TARGET, ST_NEW));
		rig_restart(&rig);
		rig_link(&rig, true, true);
		rig_clock(&rig, rig.now + NS_MINUTE, false);
		tell_listing(&rig, 0, 40, POSITION_OWN);
		rig_clock(&rig, rig.now + 15 * NS_SECOND, false);
		tell_listing(&rig, 0, 40, POSITION_OWN);
		CHECK_INT(told_trade(&rig)->out.n, 0, "%d legs are known: none is gone yet",
			  legs[i]);
		rig_close(&rig);
	}
}
