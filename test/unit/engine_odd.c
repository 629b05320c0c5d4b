/* engine_odd.c: reports that say too much, too little, or what cannot be: what counts is booked
 * once and for the nearest price that is known, and the rest is counted and left. */
#include "test/unit/engine_tell.h"

#include <string.h>

static struct rig rig;

static uint64_t odd(void)
{
	return engine_state(rig.engine)->odd_reports;
}

void test_engine_odd_amounts(void)
{
	static const struct { const char *what; int64_t want, done, n, at, average; } no[] = {
		{ "shares below none", 100, -1, 0, 0, 100 },
		{ "an execution below none", 100, 10, -1, 0, 100 },
		{ "an order of less than nothing", -100, 10, 0, 0, 100 },
		{ "a price below nothing", 100, 10, 10, -100, 100 },
		{ "an average below nothing", 100, 10, 0, 0, -100 },
		{ "more shares than there are", 100, 10000000, 0, 0, 1 },
		{ "more dollars than there are", 100, 100, 0, 0, 100000000 },
	};

	for (size_t i = 0; i < COUNT(no); i++) {
		struct order entry = tell_entry(&rig);
		struct report r = tell_of(&entry, ST_NEW, no[i].done, 0);
		r.want = qty_shares(no[i].want);
		r.n = qty_shares(no[i].n);
		r.at.n = no[i].at * NUM_ONE;
		r.average.n = no[i].average * NUM_ONE;
		uint64_t before = odd();
		tell(&rig, r);
		CHECK_INT(odd(), before + 1, "%s: it is counted as odd", no[i].what);
		CHECK_INT(told_trade(&rig)->in.n, 0, "%s: nothing is booked", no[i].what);
		CHECK_INT(told_order(&rig, entry.cid).stage, ORDER_INTENT, "%s: nor believed",
			  no[i].what);
		rig_close(&rig);
	}
}

/* What is said of the price, and what is booked for 50 shares; the last close was 100. */
void test_engine_odd_prices(void)
{
	static const struct { const char *what; int64_t n; double at, average; int64_t worth; }
	say[] = {
		{ "its own price", 50, 101, 0, 5050 },
		{ "the average, when there is no own price", 50, 0, 102, 5100 },
		{ "the last close, when there is none at all", 50, 0, 0, 5000 },
		{ "the last execution's, for those that were missed, too", 20, 103, 0, 5150 },
		{ "the average less the last execution", 20, 103, 101.8, 5090 },
		{ "the last execution's: of the average nothing is left", 20, 103, 1, 5150 },
	};

	for (size_t i = 0; i < COUNT(say); i++) {
		struct order entry = tell_entry(&rig);
		struct report r = tell_of(&entry, ST_PARTIALLY_FILLED, 50, say[i].average);
		r.n = qty_shares(say[i].n);
		r.at = rig_px(say[i].at);
		tell(&rig, r);
		CHECK_INT(told_trade(&rig)->in.n, 50 * NUM_ONE, "%s: shares", say[i].what);
		CHECK_INT(told_trade(&rig)->in_value.n, say[i].worth * NUM_ONE, "%s: dollars",
			  say[i].what);
		rig_close(&rig);
	}
}

/* An average that has fallen so far that the new shares would have cost nothing. */
void test_engine_odd_average_falls(void)
{
	struct order entry = tell_entry(&rig);

	tell_status(&rig, &entry, ST_PARTIALLY_FILLED, 50, 100);
	tell_status(&rig, &entry, ST_PARTIALLY_FILLED, 60, 80);
	CHECK_INT(told_trade(&rig)->in.n, 60 * NUM_ONE, "the shares count");
	CHECK_INT(told_trade(&rig)->in_value.n, 6000 * NUM_ONE, "at the last close");
	rig_close(&rig);
}

/* After a restart no bar is known, and the broker names no price. */
void test_engine_odd_no_price_anywhere(void)
{
	static const struct { const char *order; int64_t worth; } cases[] = {
		{ "leg-target", 10500 }, { "leg-stop", 9900 }, { "", 10000 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		bool leg = cases[i].order[0] != '\0';
		struct order o = leg ? tell_bracket(&rig) : tell_entry(&rig);
		rig_restart(&rig);
		rig_ready(&rig);
		if (leg)
			o = told_order(&rig, cases[i].order);
		tell_status(&rig, &o, ST_FILLED, 100, 0);
		const struct trade *t = told_trade(&rig);
		CHECK_INT(leg ? t->out.n : t->in.n, 100 * NUM_ONE, "%s: shares", cases[i].order);
		CHECK_INT(leg ? t->out_value.n : t->in_value.n, cases[i].worth * NUM_ONE,
			  "%s: at its own price, or the signal's", cases[i].order);
		rig_close(&rig);
	}
}

void test_engine_odd_times(void)
{
	struct order entry = tell_entry(&rig);
	struct report r = tell_of(&entry, ST_PARTIALLY_FILLED, 40, 100);

	r.ts = rig.now + NS_HOUR;
	tell(&rig, r);
	CHECK_INT(told_trade(&rig)->opened, rig.now, "what is of later is of now");
	CHECK_INT(rig.store.fill[0].ts, rig.now, "in the ledger, too");
	rig_close(&rig);
	entry = tell_entry(&rig);
	r = tell_of(&entry, ST_PARTIALLY_FILLED, 40, 100);
	r.ts = rig.now - NS_SECOND;
	tell(&rig, r);
	CHECK_INT(told_trade(&rig)->opened, rig.now - NS_SECOND, "what is of before is of then");
	rig_close(&rig);
}

/* A price of each that is beyond numbers: the dollars are what was paid. */
void test_engine_odd_crumb(void)
{
	struct order entry = tell_entry(&rig);
	struct report r = tell_of(&entry, ST_PARTIALLY_FILLED, 50, 100);

	tell(&rig, r);
	r.done.n += 1;
	r.average = rig_px(101);
	tell(&rig, r);
	CHECK_INT(told_trade(&rig)->in.n, 50 * NUM_ONE + 1, "a billionth of a share");
	CHECK(told_trade(&rig)->in_value.n > 5049 * NUM_ONE, "and what the average says");
	const struct fill *f = &rig.store.fill[rig.store.fills_n - 1];
	CHECK_INT(f->n.n, 1, "the fact is kept");
	CHECK_INT(f->at.n, 0, "its price by the share is none");
	rig_close(&rig);
}

void test_engine_odd_fields(void)
{
	struct order entry = tell_entry(&rig);
	struct report r = tell_of(&entry, ST_NEW, 0, 0);

	r.limit = rig_px(90);
	r.stop = rig_px(91);
	r.bid[0] = '\0';
	tell(&rig, r);
	struct order is = told_order(&rig, entry.cid);
	CHECK_INT(is.stage, ORDER_LIVE, "it is known by our name");
	CHECK_TEXT(is.bid, "", "the broker's is not known yet");
	CHECK_INT(is.limit.n + is.stop.n, 0, "a market order gets no price");
	r = tell_of(&entry, ST_NEW, 0, 0);
	r.sym = SYM_NONE;
	tell(&rig, r);
	CHECK(told_order(&rig, entry.cid).bid[0] != '\0', "the symbol is not what finds it");
	rig_close(&rig);
}

/* "Filled", by an answer that has fewer shares than the order: once asked is enough. */
void test_engine_odd_half_told(void)
{
	struct order entry = tell_entry(&rig);
	struct report r = tell_of(&entry, ST_FILLED, 60, 100);

	tell(&rig, r);
	CHECK_INT(rig_count(&rig, ACT_ASK), 1, "it is asked for");
	tell(&rig, r);
	CHECK_INT(rig_count(&rig, ACT_ASK), 0, "once");
	r.source = FROM_ASK;
	tell(&rig, r);
	CHECK_INT(rig_count(&rig, ACT_ASK), 0, "nor again for an answer that says the same");
	CHECK_INT(told_trade(&rig)->in.n, 60 * NUM_ONE, "what was told is booked");
	CHECK_INT(told_order(&rig, entry.cid).stage, ORDER_LIVE, "and it is not over");
	rig_close(&rig);
}

void test_engine_odd_legs(void)
{
	struct order entry = tell_entry(&rig);
	uint32_t before = rig.store.orders_n;
	struct report r = tell_leg(&entry, ROLE_STOP, ST_HELD);

	r.bid[0] = '\0';
	tell(&rig, r);
	r = tell_leg(&entry, ROLE_STOP, ST_HELD);
	r.side = entry.side;
	tell(&rig, r);
	r = tell_leg(&entry, ROLE_STOP, ST_HELD);
	r.type = TYPE_MARKET;
	tell(&rig, r);
	CHECK_INT(rig.store.orders_n, before, "none of these is a leg");
	rig_close(&rig);
	struct order stop = tell_held(&rig, 50);
	before = rig.store.orders_n;
	tell(&rig, tell_leg(&stop, ROLE_TARGET, ST_HELD));
	CHECK_INT(rig.store.orders_n, before, "a stop has no legs");
	rig_close(&rig);
}

/* What the broker knows after all. */
void test_engine_odd_revived(void)
{
	struct order entry = tell_entry(&rig);

	CHECK_INT(engine_state(rig.engine)->entries, 1, "an entry");
	tell_reply(&rig, &entry, REPLY_DENIED);
	CHECK_INT(told_trade(&rig)->state, TRADE_CLOSED, "turned away");
	CHECK_INT(engine_state(rig.engine)->entries, 0, "which is none: it is in the funnel");
	tell_status(&rig, &entry, ST_CANCELED, 0, 0);
	CHECK_INT(told_trade(&rig)->state, TRADE_CLOSED, "that it is over changes nothing");
	rig_close(&rig);

	struct order stop = tell_held(&rig, 50);
	tell_reply(&rig, &stop, REPLY_DENIED);
	uint64_t before = odd();
	tell_status(&rig, &stop, ST_NEW, 0, 0);
	CHECK_INT(told_order(&rig, stop.cid).stage, ORDER_LIVE, "a stop that works is one");
	CHECK_INT(told_trade(&rig)->state, TRADE_OPEN, "of a trade that was open all the time");
	CHECK_INT(odd(), before + 1, "odd it is");
	rig_close(&rig);

	entry = tell_entry(&rig);
	struct report r = tell_of(&entry, ST_CANCELED, 40, 100);
	r.bid[0] = '\0';
	tell(&rig, r);
	r = tell_of(&entry, ST_NEW, 10, 100);
	r.bid[0] = '\0';
	tell(&rig, r);
	CHECK_INT(told_order(&rig, entry.cid).stage, ORDER_DONE, "one with fills had been shown");
	CHECK_INT(told_trade(&rig)->in.n, 40 * NUM_ONE, "and they stay");
	rig_close(&rig);
}

/* An order that is shown open is cancelled again, but not before the first had its time. */
void test_engine_odd_cancel_is_slow(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	rig_command(&rig, CMD_FLATTEN);
	CHECK_INT(rig_count(&rig, ACT_CANCEL), 1, "the stop goes first");
	struct report r = tell_of(&stop, ST_NEW, 0, 0);
	r.source = FROM_ASK;
	rig_clock(&rig, rig.now + NS_SECOND, false);
	tell(&rig, r);
	CHECK_INT(rig_count(&rig, ACT_CANCEL), 0, "a second later it may well be open");
	rig_clock(&rig, rig.now + 2 * NS_SECOND, false);
	CHECK_INT(rig_count(&rig, ACT_ASK), 1, "two seconds later it is asked for");
	tell(&rig, r);
	CHECK_INT(rig_count(&rig, ACT_CANCEL), 1, "and cancelled again");
	r.status = ST_PENDING_CANCEL;
	rig_clock(&rig, rig.now + 2 * NS_SECOND, false);
	tell(&rig, r);
	CHECK_INT(rig_count(&rig, ACT_CANCEL), 0, "what is being cancelled is not once more");
	rig_close(&rig);
}

/* The store lost what the legs had sold, not what the trade had: it is not booked again. */
void test_engine_odd_legs_of_a_lost_store(void)
{
	static const int64_t shown[] = { 0, 40, 60 };

	for (size_t i = 0; i < COUNT(shown); i++) {
		struct order entry = tell_bracket(&rig), target = told_order(&rig, "leg-target");
		tell_status(&rig, &target, ST_PARTIALLY_FILLED, 40, 105);
		rig.store.orders_n = 1;		/* the entry */
		rig_restart(&rig);
		rig_ready(&rig);
		struct report r = tell_leg(&entry, ROLE_TARGET, ST_PARTIALLY_FILLED);
		r.done = qty_shares(shown[i]);
		r.average = rig_px(105);
		tell(&rig, r);
		tell(&rig, tell_leg(&entry, ROLE_STOP, ST_HELD));
		int64_t out = shown[i] > 40 ? shown[i] : 40;
		CHECK_INT(told_trade(&rig)->out.n, out * NUM_ONE, "%d are shown: %d are out",
			  (int)shown[i], (int)out);
		CHECK_INT(told_trade(&rig)->out_value.n, out * 105 * NUM_ONE, "at their price");
		rig_close(&rig);
	}
}

/* News of two trades, with each other's symbols: the names say whose they are. */
void test_engine_odd_symbols(void)
{
	struct order first = tell_entry(&rig), second;

	rig.now = rig_time(10, 11, 0);
	rig_tell[1] = TELL_LONG;
	rig_bar(&rig, 1, rig.now, 50);
	rig_clock(&rig, rig.now, true);
	second = told_sent(&rig, "another entry");
	struct report r = tell_of(&first, ST_PARTIALLY_FILLED, 40, 100);
	r.sym = 2;
	tell(&rig, r);
	r = tell_of(&second, ST_PARTIALLY_FILLED, 70, 50);
	r.sym = 0;
	tell(&rig, r);
	CHECK_INT(rig.store.trade[0].in.n, 40 * NUM_ONE, "the first has forty");
	CHECK_INT(rig.store.trade[1].in.n, 70 * NUM_ONE, "the second seventy");
	uint32_t notes = rig.store.notes_n;
	memcpy(r.cid, "somebody-else", 14);
	memcpy(r.bid, "elsewhere", 10);
	r.source = FROM_SYNC;
	tell(&rig, r);
	CHECK_INT(rig.store.notes_n, notes, "what is nobody's here is nothing");
	rig_close(&rig);
}

/* Over, and told to be filled: the shares count, and when they are not all it is not filled. */
void test_engine_odd_filled_when_over(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_CANCELED, 0, 0);
	tell_status(&rig, &stop, ST_FILLED, 30, 99);
	CHECK_INT(told_trade(&rig)->out.n, 30 * NUM_ONE, "thirty were sold");
	CHECK_INT(told_order(&rig, stop.cid).status, ST_CANCELED, "the rest was cancelled");
	tell_status(&rig, &stop, ST_FILLED, 50, 99);
	CHECK_INT(told_order(&rig, stop.cid).status, ST_FILLED, "all of it: it was filled");
	rig_close(&rig);
}

/* An entry comes to nothing, and one of its legs had ended before: both are over. */
void test_engine_odd_leg_ends_first(void)
{
	struct order entry = tell_entry(&rig);

	tell(&rig, tell_leg(&entry, ROLE_TARGET, ST_HELD));
	tell(&rig, tell_leg(&entry, ROLE_STOP, ST_HELD));
	struct order target = told_order(&rig, "leg-target");
	tell_status(&rig, &target, ST_EXPIRED, 0, 0);
	tell_status(&rig, &entry, ST_CANCELED, 0, 0);
	CHECK_INT(told_order(&rig, "leg-target").status, ST_EXPIRED, "the one ended by itself");
	CHECK_INT(told_order(&rig, "leg-stop").status, ST_CANCELED, "the other with the entry");
	CHECK_INT(told_trade(&rig)->state, TRADE_CLOSED, "nothing is left");
	rig_close(&rig);
}
