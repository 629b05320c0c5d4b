/* engine_lost.c: shares at the broker whose entry is over, and that the books do not have: those
 * that the listing says are left of a trade of ours are taken back, and covered. */
#include "engine/inside.h"
#include "test/unit/engine_tell.h"

#include <stdio.h>
#include <string.h>

static struct rig rig;

#define FOREIGN "shares at the broker that are not ours"
#define GONE    "shares are gone at the broker"
#define LOST    "an order of ours that was lost, taken back"
#define ENTRY   "an entry of ours that was lost, taken back"
#define MANY    300

/* What the broker lists, the newest first. */
static struct report list[MANY];
static uint32_t list_n;

static void begin(void)
{
	list_n = 0;
	rig_open(&rig);
	rig_ready(&rig);
	rig_clock(&rig, rig_time(10, 30, 0), false);
}

/* What has the name of a trade of ten minutes past ten less so many, with that end. */
static struct report *has(int minutes, const char *end, enum order_status status, int64_t done)
{
	struct report *r = &list[list_n++];
	char cid[CID_TEXT];
	bool entry = end[0] == 'e', stop = end[0] == 's' || end[0] == 'r';

	*r = (struct report){ .status = (uint8_t)status, .source = FROM_SYNC, .want = { 0 },
			      .side = entry ? SIDE_BUY : SIDE_SELL, .done = qty_shares(done),
			      .type = stop ? TYPE_STOP : TYPE_MARKET, .average = rig_px(100),
			      .stop = rig_px(stop ? 99 : 0) };
	r->want = qty_shares(entry ? 100 : 60);
	engine_cid(cid, "test", "AAPL", rig_time(10, 10 - minutes, 0), 'e', 0);
	memcpy(r->cid, cid, strlen(cid) - 1);
	memcpy(r->cid + strlen(cid) - 1, end, strlen(end));
	snprintf(r->bid, sizeof r->bid, "b%d-%s", minutes, end);
	return r;
}

/* A leg of the entry that was listed last. */
static struct report *leg(enum order_role role, enum order_status status, int64_t done)
{
	struct report *entry = &list[list_n - 1], *r = &list[list_n++];
	bool stop = role == ROLE_STOP;

	while (entry->parent[0] != '\0')
		entry--;
	*r = (struct report){ .status = (uint8_t)status, .source = FROM_SYNC, .want = entry->want,
			      .type = stop ? TYPE_STOP : TYPE_LIMIT, .done = qty_shares(done),
			      .side = (uint8_t)side_other((enum side)entry->side),
			      .average = rig_px(100), .stop = rig_px(stop ? 98 : 0),
			      .limit = rig_px(stop ? 0 : 105) };
	memcpy(r->parent, entry->cid, sizeof r->parent);
	snprintf(r->bid, sizeof r->bid, "%.20s-leg%d", entry->bid, stop);
	return r;
}

/* A bracket of which so many came in; its legs are over. */
static void bought(int minutes, int64_t shares)
{
	has(minutes, "e", shares == 100 ? ST_FILLED : ST_CANCELED, shares);
	leg(ROLE_TARGET, ST_CANCELED, 0);
	leg(ROLE_STOP, ST_CANCELED, 0);
}

/* The same is listed and held twice, a while apart. */
static void found(int64_t shares, enum position_of of)
{
	for (int k = 0; k < 2; k++) {
		rig_clock(&rig, rig.now + 15 * NS_SECOND, false);
		rig_sync(&rig, SYNC_BEGIN);
		for (uint32_t i = 0; i < list_n; i++)
			tell(&rig, list[i]);
		rig_position(&rig, 0, shares, of);
		rig_sync(&rig, SYNC_END);
		CHECK_INT(engine_seeks(rig.engine), k == 0, "the books lack %lld shares: %d times",
			  (long long)shares, k + 1);
		CHECK(k > 0 || rig_count(&rig, ACT_SUBMIT) == 0, "once is not believed");
	}
}

/* They are ours, guarded by this many at that price; an order is sent for it, or was there. */
static void ours(int64_t shares, double stop, bool sent)
{
	if (!CHECK(told_note(&rig, ENTRY), "the trade is taken back"))
		return;
	CHECK(!told_note(&rig, FOREIGN), "nobody calls them foreign");
	CHECK_INT(trade_open_qty(told_trade(&rig)).n, shares * NUM_ONE, "with what is left of it");
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), sent, "one order is sent, or none");
	if (!sent)
		return;
	CHECK_INT(rig_submitted(&rig, 0)->role, ROLE_STOP, "which is a stop");
	CHECK_INT(rig_submitted(&rig, 0)->want.n, shares * NUM_ONE, "for all of them");
	CHECK_INT(rig_submitted(&rig, 0)->stop.n, rig_px(stop).n, "where it was");
}

static void foreign(const char *why)
{
	CHECK(told_note(&rig, FOREIGN), "%s: they are not ours", why);
	CHECK_INT(rig.store.trades_n, 0, "%s: no trade is made of them", why);
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), 0, "%s: and nothing is done to them", why);
}

/* ---- ours */

void test_engine_lost_and_bare(void)
{
	begin();
	bought(0, 60);
	found(60, POSITION_OWN);
	ours(60, 98, true);
	CHECK(strstr(rig_submitted(&rig, 0)->cid, "-s0") != NULL, "by the first name");
	CHECK_INT(told_trade(&rig)->state, TRADE_OPEN, "it is held as any other");
	CHECK_INT(told_trade(&rig)->stop.n, rig_px(98).n, "and knows its stop");
	rig_close(&rig);
}

void test_engine_lost_with_its_own_stop(void)
{
	begin();
	has(0, "s1", ST_NEW, 0);
	has(0, "s0", ST_CANCELED, 0)->stop = rig_px(97);
	bought(0, 60);
	found(60, POSITION_OWN);
	ours(60, 99, false);
	CHECK(told_note(&rig, LOST), "and so is its stop");
	CHECK_INT(told_trade(&rig)->stop.n, rig_px(99).n, "the newest says where");
	CHECK_INT(told_trade(&rig)->stop_seq, 2, "the next one has a name of its own");
	CHECK_INT(told_trade(&rig)->naked_since, 0, "it was never bare");
	rig_close(&rig);
}

/* One that was moved bears another kind of name. */
void test_engine_lost_with_a_moved_stop(void)
{
	begin();
	has(0, "r1", ST_NEW, 10);
	has(0, "s0", ST_REPLACED, 10)->stop = rig_px(97);
	bought(0, 60);
	found(50, POSITION_OWN);
	ours(50, 99, false);	/* each tells what both have sold */
	rig_close(&rig);

	begin();
	bought(0, 60);
	has(0, "r0", ST_NEW, 0);
	found(60, POSITION_OWN);
	ours(60, 99, false);	/* in the other order */
	rig_close(&rig);

	/* A target in its place guards nothing. */
	begin();
	has(0, "r1", ST_CANCELED, 0)->type = TYPE_LIMIT;
	bought(0, 60);
	found(60, POSITION_OWN);
	ours(60, 99, true);
	CHECK(strstr(rig_submitted(&rig, 0)->cid, "-s2") != NULL, "no name is given twice");
	rig_close(&rig);
}

/* What its exits, stops and legs have sold is not left of it; a page may be told twice. */
void test_engine_lost_in_part(void)
{
	begin();
	has(0, "x0", ST_CANCELED, 10);
	has(0, "s0", ST_CANCELED, 20);
	has(0, "e", ST_FILLED, 100);
	leg(ROLE_TARGET, ST_CANCELED, 5);
	leg(ROLE_STOP, ST_CANCELED, 0);
	uint32_t n = list_n;
	for (uint32_t i = 0; i < n; i++)
		list[list_n++] = list[i];
	found(65, POSITION_OWN);
	CHECK_INT(trade_open_qty(told_trade(&rig)).n, 65 * NUM_ONE, "sixty-five are left");
	CHECK_INT(told_trade(&rig)->state, TRADE_EXITING, "and were on their way out");
	rig_clock(&rig, rig.now + EXIT_RETRY, false);
	CHECK_INT(told_sent(&rig, "an exit").want.n, 65 * NUM_ONE, "so they go");
	rig_close(&rig);
}

void test_engine_lost_short(void)
{
	begin();
	has(0, "s0", ST_CANCELED, 0)->stop = rig_px(101);
	list[0].side = SIDE_BUY;
	bought(0, 60);
	list[1].side = SIDE_SELL;
	list[2].side = list[3].side = SIDE_BUY;
	found(-60, POSITION_OWN);
	ours(60, 101, true);
	CHECK_INT(rig_submitted(&rig, 0)->side, SIDE_BUY, "by which they are bought back");
	rig_close(&rig);
}

/* Fewer than should be left: some were sold by hand, and the rest is guarded. */
void test_engine_lost_and_some_gone(void)
{
	begin();
	bought(0, 60);
	found(40, POSITION_OWN);
	ours(40, 98, true);
	CHECK(told_note(&rig, GONE), "twenty are gone");
	CHECK_INT(told_trade(&rig)->out.n, 20 * NUM_ONE, "by whatever hand");
	rig_close(&rig);
}

/* More: beside ours there are somebody else's, and they stay his. */
void test_engine_lost_beside_foreign_ones(void)
{
	begin();
	bought(0, 60);
	found(75, POSITION_OWN);
	ours(60, 98, true);
	rig_close(&rig);
}

/* Whoever began later has them: all that went before was over by then. */
void test_engine_lost_is_the_newest(void)
{
	for (int turned = 0; turned < 2; turned++) {
		begin();
		bought(turned ? 5 : 0, 60);
		bought(turned ? 0 : 5, 100);
		found(turned ? 100 : 60, POSITION_OWN);
		ours(turned ? 100 : 60, 98, true);
		char id[CID_TEXT];
		engine_cid(id, "test", "AAPL", rig_time(10, 10, 0), 'e', 0);
		CHECK(strcmp(told_trade(&rig)->id, id) == 0, "it is the newest, in either order");
		rig_close(&rig);
	}
	begin();
	has(0, "x0", ST_FILLED, 60);
	bought(0, 60);
	bought(5, 60);
	found(60, POSITION_OWN);
	foreign("the newest is over, and one before it cannot be what is held");
	rig_close(&rig);
}

/* Nobody knows where its stop was: it is sold. */
void test_engine_lost_without_a_stop(void)
{
	begin();
	has(0, "e", ST_CANCELED, 60);
	found(60, POSITION_OWN);
	CHECK(told_note(&rig, ENTRY), "the trade is taken back");
	CHECK_INT(told_trade(&rig)->reason_out, EXIT_UNPROTECTED, "it cannot be guarded");
	CHECK_INT(told_sent(&rig, "an exit").want.n, 60 * NUM_ONE, "so it goes");
	rig_close(&rig);
}

/* Other symbols have theirs. */
void test_engine_lost_in_two_symbols(void)
{
	begin();
	bought(0, 60);
	for (int k = 0; k < 2; k++) {
		rig_clock(&rig, rig.now + 15 * NS_SECOND, false);
		rig_sync(&rig, SYNC_BEGIN);
		for (uint32_t i = 0; i < 2 * list_n; i++) {
			struct report r = list[i % list_n];
			char *name = r.parent[0] != '\0' ? r.parent : r.cid;
			if (i >= list_n) {
				memcpy(strstr(name, "AAPL"), "MSFT", 4);
				r.bid[0] = 'c';
				r.sym = 1;
			}
			tell(&rig, r);
		}
		rig_position(&rig, 0, 60, POSITION_OWN);
		rig_position(&rig, 1, 60, POSITION_OWN);
		rig_sync(&rig, SYNC_END);
	}
	CHECK_INT(rig.store.trades_n, 2, "both are taken back");
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), 2, "and each has its stop");
	rig_close(&rig);
}

/* Others hold the symbol, too: what is left of ours its own orders say. */
void test_engine_lost_of_a_shared_position(void)
{
	for (int lost = 0; lost < 2; lost++) {
		list_n = 0;
		rig_open(&rig);
		rig_link(&rig, true, true);
		rig_clock(&rig, rig_time(10, 30, 0), false);
		if (lost)
			bought(0, 60);
		found(160, POSITION_SHARED);
		if (lost)
			ours(60, 98, true);
		CHECK(!told_note(&rig, FOREIGN), "the others' are not foreign");
		CHECK_INT(rig.store.trades_n, lost, "nor ours");
		if (lost)
			rig_restart(&rig), rig_ready(&rig);
		rig_clock(&rig, rig.now + 15 * NS_SECOND, false);
		tell_listing(&rig, 0, 160, POSITION_SHARED);
		CHECK(!engine_seeks(rig.engine), "it is found out once");
		rig_close(&rig);
	}
}

/* All of them are in the others' books: no trade was lost, and nothing waits for that. */
void test_engine_lost_none_of_a_shared_position(void)
{
	list_n = 0;
	rig_open(&rig);
	rig_link(&rig, true, true);
	rig_clock(&rig, rig_time(10, 30, 0), false);
	bought(0, 60);
	tell_listing(&rig, 0, 160, POSITION_ACCOUNTED);
	CHECK(!engine_seeks(rig.engine), "nothing is sought");
	CHECK(!rig.engine->slot[0].foreign, "an entry is free to be made");
	tell_listing(&rig, 15 * NS_SECOND, 160, POSITION_SHARED);
	CHECK(!engine_seeks(rig.engine), "nor later, when they move");
	rig_close(&rig);
}

/* ---- not ours */

void test_engine_lost_that_is_not(void)
{
	begin();
	bought(0, 60);
	found(-60, POSITION_OWN);
	foreign("the other way round");
	rig_close(&rig);

	begin();
	has(0, "e", ST_FILLED, 100);
	leg(ROLE_TARGET, ST_FILLED, 100);
	leg(ROLE_STOP, ST_CANCELED, 0);
	found(100, POSITION_OWN);
	foreign("a trade that its target has ended");
	rig_close(&rig);

	begin();
	bought(0, 60);
	list[0].booked = true;
	found(60, POSITION_OWN);
	foreign("a trade that the books have closed");
	rig_close(&rig);

	begin();
	has(0, "s0", ST_CANCELED, 0);
	found(60, POSITION_OWN);
	foreign("an order without its entry");
	rig_close(&rig);

	begin();
	bought(-30, 60);
	found(60, POSITION_OWN);
	foreign("a trade that begins later than now");
	rig_close(&rig);

	begin();
	bought(0, 60);
	memcpy(strrchr(list[0].cid, '-'), "-y", 3);
	found(60, POSITION_OWN);
	foreign("a name that we do not give");
	rig_close(&rig);
}

/* Beside a trade that the books have there cannot be another. */
void test_engine_lost_beside_a_trade(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	list[0] = tell_of(&stop, ST_NEW, 0, 0);
	list[0].source = FROM_SYNC;
	list_n = 1;
	bought(1, 60);
	for (int k = 0; k < 2; k++) {
		rig_clock(&rig, rig.now + 15 * NS_SECOND, false);
		rig_sync(&rig, SYNC_BEGIN);
		for (uint32_t i = 0; i < list_n; i++)
			tell(&rig, list[i]);
		rig_position(&rig, 0, 110, POSITION_OWN);
		rig_sync(&rig, SYNC_END);
		CHECK(!engine_seeks(rig.engine), "none is looked for");
	}
	CHECK(told_note(&rig, FOREIGN), "sixty are not ours");
	CHECK_INT(rig.store.trades_n, 1, "there is one trade");
	rig_close(&rig);
}

/* An older store has the trade before: it is over, which takes until the next listing, and that one
 * comes soon. */
void test_engine_lost_behind_a_trade(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	rig_restart(&rig);
	rig_link(&rig, true, true);
	rig_clock(&rig, rig_time(10, 30, 0), false);
	list_n = 0;
	bought(-15, 60);
	list[list_n] = tell_of(&stop, ST_FILLED, 50, 99);
	list[list_n++].source = FROM_SYNC;
	rig_sync(&rig, SYNC_BEGIN);
	for (uint32_t i = 0; i < list_n; i++)
		tell(&rig, list[i]);
	rig_position(&rig, 0, 60, POSITION_OWN);
	rig_sync(&rig, SYNC_END);
	CHECK(engine_seeks(rig.engine), "there is a newer one");
	CHECK_INT(told_trade(&rig)->state, TRADE_CLOSED, "that of the books is over");
	found(60, POSITION_OWN);
	ours(60, 98, true);
	CHECK_INT(rig.store.trades_n, 2, "beside the one that is over");
	rig_close(&rig);
}

/* More orders than are kept: what is not known to the end is not acted on. */
void test_engine_lost_among_many(void)
{
	begin();
	for (int i = 0; i < 260; i++) {
		has(0, "s0", ST_CANCELED, 0);
		snprintf(list[i].bid, sizeof list[i].bid, "b%d", i);
	}
	bought(0, 60);
	found(60, POSITION_OWN);
	foreign("behind so many");
	rig_close(&rig);
}
