/* engine_found.c: what a reconciliation finds: shares too many (too few: engine_gone.c), orders
 * with our name that the books have not, splits. */
#include "test/unit/engine_tell.h"

#include <stdio.h>
#include <string.h>

static struct rig rig;

#define FOREIGN "shares at the broker that are not ours"
#define LOST    "an order of ours that was lost, taken back"
#define ENTRY   "an entry of ours that was lost, taken back"
#define UNKNOWN "an order with our name, not in the books"

/* ---- positions */

void test_engine_position_out_of_place(void)
{
	tell_held(&rig, 50);
	rig_position(&rig, 0, 0, POSITION_OWN);	/* of no reconciliation */
	rig_position(&rig, 99, 7, POSITION_OWN);	/* of no symbol of the instance */
	rig_clock(&rig, rig.now + NS_MINUTE, false);
	rig_sync(&rig, SYNC_END);		/* of none that had begun */
	CHECK_INT(told_trade(&rig)->out.n, 0, "none of these says that shares are gone");
	rig_close(&rig);
}

/* Shares that nobody here bought: said once, and no entry beside them. */
void test_engine_foreign_shares(void)
{
	for (int sign = -1; sign <= 1; sign += 2) {
		int said = 0;
		rig_open(&rig);
		rig_ready(&rig);
		for (int i = 0; i < 5; i++) {
			rig_clock(&rig, rig.now + 15 * NS_SECOND, false);
			tell_listing(&rig, 0, sign * 7, POSITION_OWN);
			said += told_note(&rig, FOREIGN);
		}
		CHECK_INT(said, 1, "said once: %d shares", sign * 7);
		rig_long(&rig, rig_time(10, 10, 0));
		CHECK(rig_submitted(&rig, 0) == NULL, "no entry beside them");
		CHECK(told_note(&rig, "duplicate"), "and it is said why");
		rig_close(&rig);
	}
}

/* Foreign shares that turn out to be another instance's; and that stay while orders are out. */
void test_engine_foreign_and_then_shared(void)
{
	static const bool shared[] = { true, false };

	for (size_t i = 0; i < COUNT(shared); i++) {
		rig_open(&rig);
		rig_ready(&rig);
		rig_clock(&rig, rig.now + 15 * NS_SECOND, false);
		tell_listing(&rig, 0, 7, POSITION_OWN);
		rig_clock(&rig, rig.now + 15 * NS_SECOND, false);
		tell_listing(&rig, 0, 7, shared[i]);
		rig_long(&rig, rig_time(10, 10, 0));
		CHECK_INT(rig_count(&rig, ACT_SUBMIT), shared[i], "an entry beside others' shares");
		rig_close(&rig);
	}
}

/* Of a trade that was just closed nothing is compared yet: what was foreign stays so. */
void test_engine_foreign_behind_a_trade(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	tell_listing(&rig, 15 * NS_SECOND, 80, POSITION_OWN);
	tell_listing(&rig, 15 * NS_SECOND, 80, POSITION_OWN);
	CHECK(told_note(&rig, FOREIGN), "thirty are not ours");
	tell_status(&rig, &stop, ST_FILLED, 50, 99);
	tell_listing(&rig, 0, 30, POSITION_OWN);
	rig_long(&rig, rig_time(10, 15, 0));
	CHECK(rig_submitted(&rig, 0) == NULL, "they are still there");
	rig_close(&rig);
}

/* ---- orders */

/* A name of the trade's with another end. */
static struct report named(const char *end, enum order_status status)
{
	const struct trade *t = told_trade(&rig);
	struct order o = { .side = (uint8_t)side_other((enum side)t->side), .type = TYPE_STOP,
			   .sym = t->sym, .want = qty_shares(50) };
	size_t n = strlen(t->id) - 1;

	memcpy(o.cid, t->id, n);
	memcpy(o.cid + n, end, strlen(end) + 1);
	struct report r = tell_of(&o, status, 0, 0);
	r.source = FROM_SYNC;
	r.stop = t->stop;
	return r;
}

void test_engine_lost_orders(void)
{
	static const struct { const char *end; bool ours; int stop_seq, exit_seq; } cases[] = {
		{ "s1", true, 2, 0 }, { "s7", true, 8, 0 }, { "s254", true, 255, 0 },
		{ "x0", true, 1, 1 }, { "x12", true, 1, 13 },
		{ "r1", false, 2, 0 }, { "s01", false, 1, 0 },
		{ "s255", false, 1, 0 }, { "s1000", false, 1, 0 },
		{ "s10000", false, 1, 0 }, { "s1a", false, 1, 0 }, { "s.", false, 1, 0 },
		{ "y0", false, 1, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct order stop = tell_held(&rig, 50);
		tell_status(&rig, &stop, ST_NEW, 0, 0);
		tell(&rig, named(cases[i].end, ST_NEW));
		CHECK_INT(told_note(&rig, LOST), cases[i].ours, "%s is ours", cases[i].end);
		CHECK_INT(told_note(&rig, UNKNOWN), !cases[i].ours, "%s is not", cases[i].end);
		CHECK_INT(told_trade(&rig)->stop_seq, cases[i].stop_seq,
			  "%s: the next stop's number", cases[i].end);
		CHECK_INT(told_trade(&rig)->exit_seq, cases[i].exit_seq,
			  "%s: the next exit's number", cases[i].end);
		CHECK_INT(told_trade(&rig)->state,
			  cases[i].exit_seq > 0 ? TRADE_EXITING : TRADE_OPEN,
			  "%s: an exit is on the way out", cases[i].end);
		rig_close(&rig);
	}
}

/* What came to nothing may have been forgotten when there were many: a name and no more. Else each
 * would push out the next, and be counted as a refusal. */
void test_engine_forgotten_orders(void)
{
	static const char *const ends[] = { "x3", "s3" };

	for (size_t i = 0; i < COUNT(ends); i++) {
		struct order stop = tell_held(&rig, 50);
		tell_status(&rig, &stop, ST_NEW, 0, 0);
		uint32_t orders = rig.store.orders_n;
		tell(&rig, named(ends[i], ST_CANCELED));
		CHECK(!told_note(&rig, LOST) && !told_note(&rig, UNKNOWN), "%s is forgotten",
		      ends[i]);
		CHECK_INT(rig.store.orders_n, orders, "%s: it is not made anew", ends[i]);
		CHECK_INT(told_trade(&rig)->state, TRADE_OPEN, "%s: nothing is sold", ends[i]);
		CHECK_INT(i == 0 ? told_trade(&rig)->exit_seq : told_trade(&rig)->stop_seq, 4,
			  "%s: its name is taken", ends[i]);
		rig_close(&rig);
	}
}

/* One that is taken back can be replaced, so it has a chain like those that were sent. */
void test_engine_lost_stop_has_a_chain(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	tell(&rig, named("s7", ST_NEW));
	const struct order *last = &rig.store.order[rig.store.orders_n - 1];
	CHECK(strstr(last->cid, "-s7") != NULL, "the last one is s7: %s", last->cid);
	CHECK_INT(last->chain, 8, "as if it had been sent");
	rig_close(&rig);
	/* Older books have some without: each is by itself. */
	stop = tell_held(&rig, 50);
	tell_status(&rig, &stop, ST_NEW, 0, 0);
	tell(&rig, named("s7", ST_NEW));
	for (uint32_t i = 0; i < rig.store.orders_n; i++)
		if (rig.store.order[i].role == ROLE_STOP)
			rig.store.order[i].chain = 0;
	rig_restart(&rig);
	tell_status(&rig, &stop, ST_PARTIALLY_FILLED, 10, 98);
	CHECK_INT(told_trade(&rig)->out.n, 10 * NUM_ONE, "ten are sold, by one of them");
	rig_close(&rig);
}

/* A target's successor has that kind of name, too: it is no stop. */
void test_engine_lost_target_is_not_taken_back(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	struct report r = named("r1", ST_NEW);
	r.type = TYPE_LIMIT;
	tell(&rig, r);
	CHECK(told_note(&rig, UNKNOWN) && !told_note(&rig, LOST), "nobody's");
	rig_close(&rig);
}

/* One with a number below the next: the next stays. */
void test_engine_lost_order_of_long_ago(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	tell(&rig, named("s6", ST_NEW));
	tell(&rig, named("s2", ST_NEW));
	CHECK(told_note(&rig, LOST), "it is taken back");
	CHECK_INT(told_trade(&rig)->stop_seq, 7, "the seventh is the next");
	/* Three stops of fifty shares for fifty: two of them go. */
	CHECK_INT(rig_count(&rig, ACT_CANCEL), 1, "what is too much goes");
	rig_close(&rig);
}

/* Not in the books, and not ours to touch: said once. */
void test_engine_unknown_orders(void)
{
	static const char *const names[] = { "gb-e09acdca-AAPL-h57je-", "gb-e09acdca-AAPL--e",
		"gb-e09acdca-AAPL-h57jeh57j-e", "gb-e09acdca-AAPL-h5.je-e",
		"gb-e09acdca-AAPL-h5Aje-e", "gb-e09acdca-AAPL-h5~je-e",
		"gb-e09acdca-AAPL-h57jex", "gb-e09acdca-AAPL-zzzzzzzz-e",
		"gb-e09acdca-AAPL-h57k9-e" };

	for (size_t i = 0; i < COUNT(names); i++) {
		struct order o = { .side = SIDE_BUY, .type = TYPE_MARKET, .want = qty_shares(10) };
		rig_open(&rig);
		rig_ready(&rig);
		memcpy(o.cid, names[i], strlen(names[i]));
		struct report r = tell_of(&o, ST_NEW, 0, 0);
		r.source = FROM_SYNC;
		tell(&rig, r);
		CHECK(told_note(&rig, UNKNOWN), "%s is none of ours", names[i]);
		tell(&rig, r);
		CHECK(!told_note(&rig, UNKNOWN), "%s: said once", names[i]);
		CHECK_INT(rig.store.trades_n, 0, "%s: no trade", names[i]);
		r.source = FROM_STREAM;
		tell(&rig, r);
		CHECK_INT(rig.store.notes_n, 1, "%s: the stream's word is none", names[i]);
		rig_close(&rig);
	}
}

/* Where the books say nothing of it: in a symbol that is not traded here, of no shares. */
void test_engine_lost_entry_that_is_none(void)
{
	struct order entry = tell_entry(&rig);

	rig.store = (struct rig_store){ 0 };
	rig_restart(&rig);
	rig_ready(&rig);
	struct report r = tell_of(&entry, ST_NEW, 0, 0);
	r.source = FROM_SYNC;
	r.sym = 99;
	tell(&rig, r);
	r.sym = 0;
	r.want = qty_shares(0);
	tell(&rig, r);
	CHECK_INT(rig.store.trades_n, 0, "neither is taken back");
	r.want = qty_shares(100);
	tell(&rig, r);
	CHECK(told_note(&rig, ENTRY), "this is");
	rig_close(&rig);
}

/* Another entry of the symbol, while one is at work. */
void test_engine_lost_entry_beside_another(void)
{
	struct order entry = tell_entry(&rig), other = entry;

	tell_status(&rig, &entry, ST_NEW, 0, 0);
	engine_cid(other.cid, "test", "AAPL", rig_time(10, 9, 0), 'e', 0);
	struct report r = tell_of(&other, ST_NEW, 0, 0);
	r.source = FROM_SYNC;
	tell(&rig, r);
	CHECK(told_note(&rig, UNKNOWN), "a second one at work is nobody's");
	engine_cid(other.cid, "test", "AAPL", rig_time(10, 8, 0), 'e', 0);
	r = tell_of(&other, ST_FILLED, 100, 100);
	r.source = FROM_SYNC;
	tell(&rig, r);
	r = tell_leg(&other, ROLE_STOP, ST_NEW);
	r.source = FROM_SYNC;
	tell(&rig, r);
	CHECK_INT(rig.store.trades_n, 1, "nor is one that was filled");
	rig_close(&rig);
}

/* Filled entries whose legs are shown: their own, alive, and not another's. */
void test_engine_lost_entry_by_its_legs(void)
{
	struct order entry = tell_bracket(&rig), other = entry;
	struct report filled = tell_of(&entry, ST_FILLED, 100, 100);
	struct report leg = tell_leg(&entry, ROLE_STOP, ST_CANCELED);

	filled.source = leg.source = FROM_SYNC;
	rig.store = (struct rig_store){ 0 };
	rig_restart(&rig);
	rig_ready(&rig);
	leg.status = ST_NEW;
	tell(&rig, leg);
	CHECK_INT(rig.store.trades_n, 0, "a leg of nothing");
	struct report none = tell_of(&entry, ST_CANCELED, 0, 0);
	none.source = FROM_SYNC;
	tell(&rig, none);
	tell(&rig, leg);
	CHECK_INT(rig.store.trades_n, 0, "a leg of an entry that has bought nothing");
	tell(&rig, filled);
	leg.status = ST_CANCELED;
	tell(&rig, leg);
	CHECK_INT(rig.store.trades_n, 0, "a leg that is over");
	leg.status = ST_NEW;
	engine_cid(other.cid, "test", "AAPL", rig_time(10, 8, 0), 'e', 0);
	memcpy(leg.parent, other.cid, sizeof leg.parent);
	tell(&rig, leg);
	CHECK_INT(rig.store.trades_n, 0, "another's leg");
	memcpy(leg.parent, entry.cid, sizeof leg.parent);
	tell(&rig, leg);
	CHECK(told_note(&rig, ENTRY), "its own: the position is ours");
	CHECK_INT(told_trade(&rig)->in.n, 100 * NUM_ONE, "all of it");
	CHECK_INT(told_trade(&rig)->stop.n, rig_px(99).n, "with the stop that the leg has");
	rig_close(&rig);
}

/* ---- splits */

static void split(sym s, day ex, int64_t after, int64_t before)
{
	struct event ev = { .kind = EV_SPLIT, .u.split = { s, ex, after, before } };

	rig_step(&rig, &ev);
}

void test_engine_splits_that_are_none(void)
{
	day ex = day_of(2024, 10, 2);
	static const struct { const char *what; sym s; int day; int64_t after, before; } no[] = {
		{ "no symbol of ours", 99, 0, 2, 1 }, { "no trade there", 1, 0, 2, 1 },
		{ "for no shares", 0, 0, 0, 1 }, { "of no shares", 0, 0, 2, 0 },
		{ "a day before all days", 0, -100000, 2, 1 },
		{ "a day behind all days", 0, 100000, 2, 1 },
		{ "the day it was bought", 0, -1, 2, 1 },
		{ "shares beyond counting", 0, 0, INT64_MAX, 1 },
		{ "shares beyond adding", 0, 0, 100000000, 1 },
		{ "prices beyond counting", 0, 0, 1, INT64_MAX },
	};

	for (size_t i = 0; i < COUNT(no); i++) {
		struct order stop = tell_held(&rig, 50);
		tell_status(&rig, &stop, ST_NEW, 0, 0);
		split(no[i].s, ex + no[i].day, no[i].after, no[i].before);
		CHECK_INT(trade_open_qty(told_trade(&rig)).n, 50 * NUM_ONE, "%s: no share more",
			  no[i].what);
		CHECK_INT(told_trade(&rig)->split, 0, "%s: and no split", no[i].what);
		rig_close(&rig);
	}
	/* Bought and not filled yet: there is nothing to be split. */
	tell_entry(&rig);
	split(0, ex, 2, 1);
	CHECK_INT(told_trade(&rig)->want.n, 100 * NUM_ONE, "an entry is no shares");
	rig_close(&rig);
}

/* A trade that was taken back without its levels has none afterwards either. */
void test_engine_split_without_levels(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	rig.store.trade[0].stop = rig.store.trade[0].target = (px){ 0 };
	rig_restart(&rig);
	rig_ready(&rig);
	split(0, day_of(2024, 10, 2), 2, 1);
	CHECK_INT(trade_open_qty(told_trade(&rig)).n, 100 * NUM_ONE, "twice as many");
	CHECK_INT(told_trade(&rig)->stop.n + told_trade(&rig)->target.n, 0, "no levels");
	split(0, day_of(2024, 10, 2), 2, 1);
	CHECK_INT(trade_open_qty(told_trade(&rig)).n, 100 * NUM_ONE, "once");
	rig_close(&rig);
}
