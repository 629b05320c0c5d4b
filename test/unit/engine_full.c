/* engine_full.c: tables that are full: orders of a trade, places for trades, symbols, actions of a
 * step. What does not fit is said or comes later, and nothing is lost. */
#include "engine/inside.h"
#include "test/unit/engine_tell.h"

#include <stdio.h>
#include <string.h>

static struct rig rig;

#define BY_HAND "cannot be closed: by hand, please"
#define TRADES  ENGINE_TRADES
#define STOPS   13	/* of each trade, at work: more in all than there are actions in a step */

/* ---- orders of a trade */

/* One share of the exit is sold, and the broker takes back the rest. The next comes later. */
static struct order sell_one(const struct order *exit)
{
	tell_status(&rig, exit, ST_CANCELED, 1, 100);
	rig_clock(&rig, engine_wake(rig.engine), false);
	return rig_submitted(&rig, 0) != NULL ? *rig_submitted(&rig, 0) : (struct order){ 0 };
}

/* Entry, stop and exits, each of which has sold a share; the last one is at work. */
static struct order fill_table(int exits)
{
	struct order exit = tell_exit(&rig, 50);

	while (--exits > 0)
		exit = sell_one(&exit);
	return exit;
}

/* As the store has it, the own stop was not cancelled. */
static struct order *stop_at_work(void)
{
	struct order *stop = &rig.store.order[1];

	stop->stage = ORDER_LIVE;
	stop->status = ST_NEW;
	stop->cancel_ts = 0;
	return stop;
}

void test_engine_full_of_exits(void)
{
	struct order exit = fill_table(LIFE_ORDERS - 2);

	CHECK_INT(exit.tif, TIF_DAY, "an exit is of its day");
	/* The stop has come to nothing: it makes room once more. */
	exit = sell_one(&exit);
	CHECK_INT(exit.tif, TIF_GTC, "the last for which there is room stays until it is filled");
	tell_status(&rig, &exit, ST_CANCELED, 1, 100);
	rig_clock(&rig, engine_wake(rig.engine), false);
	CHECK(told_note(&rig, BY_HAND), "when the broker takes that back it is said");
	CHECK_INT(engine_state(rig.engine)->run, RUN_ERROR, "and somebody has to come");
	CHECK_INT(trade_open_qty(told_trade(&rig)).n, (50 - LIFE_ORDERS + 1) * NUM_ONE,
		  "each share that was sold is booked");
	/* A leg, an own order that was lost: there is no room to know them. */
	uint64_t odd = engine_state(rig.engine)->odd_reports;
	struct order entry = rig.store.order[0];
	struct report leg = tell_leg(&entry, ROLE_STOP, ST_NEW);
	leg.source = FROM_SYNC;
	tell(&rig, leg);
	CHECK_INT(engine_state(rig.engine)->odd_reports, odd + 1, "a leg is not taken in");
	struct order lost = exit;
	CHECK(cid_replace(lost.cid, entry.cid, 's', 77), "a name");
	struct report r = tell_of(&lost, ST_NEW, 0, 0);
	r.source = FROM_SYNC;
	tell(&rig, r);
	CHECK(told_note(&rig, "an order with our name, not in the books"), "nor is a stop");
	rig_clock(&rig, rig_time(16, 0, 1), false);
	tell(&rig, r);
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), 0, "nor is a new one sent at the close");
	rig_close(&rig);
}

/* A table of orders with fills, and the trade open: its stop cannot be moved, and when it goes
 * there is no room for another, nor for an exit. */
void test_engine_full_and_open(void)
{
	struct order exit = fill_table(LIFE_ORDERS - 2);

	tell_status(&rig, &exit, ST_CANCELED, 1, 100);
	struct order *stop = stop_at_work();
	rig.store.state.kill = KILL_RUN;
	rig.store.state.run = RUN_RUNNING;
	rig.store.trade[0].state = TRADE_OPEN;
	rig.store.trade[0].stop = rig_px(98);
	rig_restart(&rig);
	rig_ready(&rig);
	tell_answers(&rig);
	CHECK_INT(rig_count(&rig, ACT_REPLACE), 0, "there is no place for another stop");
	CHECK_INT(told_order(&rig, stop->cid).stage, ORDER_LIVE, "the one that there is stands");
	struct report r = tell_of(stop, ST_REPLACED, 1, 99);
	memcpy(r.replaced_by, "by-somebody", 12);
	tell(&rig, r);
	CHECK(rig_stored(&rig, "by-somebody") == NULL, "nor for somebody else's");
	CHECK_INT(told_trade(&rig)->reason_out, EXIT_UNPROTECTED, "nothing guards it");
	CHECK(told_note(&rig, BY_HAND), "and nothing can sell it: it is said");
	rig_close(&rig);
}

/* What has just ended makes room in the same step, and its end is stored first. */
void test_engine_full_and_refused(void)
{
	struct order exit = fill_table(LIFE_ORDERS - 2);

	tell_status(&rig, &exit, ST_CANCELED, 1, 100);
	struct order *stop = stop_at_work();
	rig.store.trade[0].state = TRADE_OPEN;
	rig_restart(&rig);
	rig_ready(&rig);
	tell_answers(&rig);
	tell_status(&rig, stop, ST_CANCELED, 0, 0);
	struct order next = told_sent(&rig, "another stop");
	CHECK(strcmp(next.cid, stop->cid) != 0, "under another name");
	CHECK_INT(told_order(&rig, stop->cid).status, ST_CANCELED, "the store has the first's end");
	rig_restart(&rig);
	rig_ready(&rig);
	CHECK(rig_count(&rig, ACT_SUBMIT) == 0, "and a new start sends no third");
	rig_close(&rig);
}

/* Refusals make room for the next tries. */
void test_engine_full_of_refusals(void)
{
	struct order exit = tell_exit(&rig, 50);

	rig.now = rig_time(10, 11, 0);
	rig_bar(&rig, 0, rig.now, 98);	/* beyond the stop: none may stand meanwhile */
	rig_clock(&rig, rig.now, true);
	for (int i = 0; i < 3 * LIFE_ORDERS; i++) {
		tell_reply(&rig, &exit, REPLY_REFUSED);
		while (rig_submitted(&rig, 0) == NULL)
			rig_clock(&rig, engine_wake(rig.engine), false);
		exit = told_sent(&rig, "the next exit");
	}
	tell_status(&rig, &exit, ST_FILLED, 50, 98);
	CHECK_INT(told_trade(&rig)->state, TRADE_CLOSED, "the last one is filled");
	rig_close(&rig);
}

/* ---- trades and symbols */

static void put_trade(sym s, int stops)
{
	struct rig_store *store = &rig.store;
	struct trade *t = &store->trade[store->trades_n++];
	char symbol[SYMBOL_TEXT];

	snprintf(symbol, sizeof symbol, "S%u", (unsigned)s);
	*t = (struct trade){ .instance = 2, .state = TRADE_OPEN, .sym = s, .side = SIDE_BUY,
			     .want = qty_shares(100), .in = qty_shares(stops),
			     .in_value = { stops * 100 * NUM_ONE }, .signal_price = rig_px(100),
			     .stop = rig_px(99), .target = rig_px(105),
			     .signal_ts = rig_time(9, 40, 0), .opened = rig_time(9, 40, 1),
			     .stop_seq = (uint8_t)stops };
	engine_cid(t->id, "test", symbol, t->signal_ts, 'e', 0);
	struct order o = { .instance = 2, .role = ROLE_ENTRY, .stage = ORDER_DONE,
			   .status = ST_CANCELED, .cls = CLASS_BRACKET, .sym = s,
			   .want = t->want, .done = t->in, .value = t->in_value,
			   .made = t->signal_ts, .updated = t->signal_ts, .sends = 1 };
	memcpy(o.cid, t->id, sizeof o.cid);
	memcpy(o.trade, t->id, sizeof o.trade);
	store->order[store->orders_n++] = o;
	o.role = ROLE_STOP;
	o.stage = ORDER_LIVE;
	o.status = ST_NEW;
	o.type = TYPE_STOP;
	o.side = SIDE_SELL;
	o.want = qty_shares(1);
	o.done = (qty){ 0 };
	o.value = (usd){ 0 };
	o.stop = t->stop;
	for (int i = 0; i < stops; i++) {
		o.chain = (uint8_t)(i + 1);
		CHECK(cid_replace(o.cid, t->id, 's', i), "a stop's name");
		store->order[store->orders_n++] = o;
	}
}

/* More trades than there are places, and symbols than there are slots; two of one symbol, one
 * that is over, one of no symbol: they are counted, for somebody to see to them. */
void test_engine_full_of_trades(void)
{
	const struct trade *first;

	rig_open(&rig);
	put_trade(20, 1);
	put_trade(20, 1);	/* the same symbol again */
	put_trade(SYM_NONE, 1);
	put_trade(3, 1);
	rig.store.trade[3].state = TRADE_CLOSED;
	/* The rig gives no trade that is over; a store that is wrong does. */
	engine_restore(rig.engine, NULL, rig.store.trade, 4, rig.store.order, 8);
	CHECK_INT(engine_trades(rig.engine, &first), 1, "one of four is taken back");
	/* Another of the first's name is its own, in the table. */
	CHECK_INT(engine_state(rig.engine)->odd_reports, 3 + 4, "three are not, nor their orders");
	rig_close(&rig);

	rig_open(&rig);
	for (sym s = 3; s < 3 + 140; s++)
		put_trade(s, 1);
	rig_restart(&rig);
	CHECK_INT(engine_trades(rig.engine, &first), TRADES, "as many as there are places");
	CHECK_INT(engine_state(rig.engine)->odd_reports, 3 * 100, "the others are counted");
	rig_ready(&rig);
	/* Of our name, too, and there is no place for it. */
	struct report r = { .status = ST_NEW, .source = FROM_SYNC, .want = qty_shares(10) };
	engine_cid(r.cid, "test", "AAPL", rig_time(9, 50, 0), 'e', 0);
	memcpy(r.bid, "theirs", 7);
	tell(&rig, r);
	CHECK_INT(engine_trades(rig.engine, &first), TRADES, "a lost entry finds none");
	CHECK(told_note(&rig, "an order with our name, not in the books"), "it is said");
	uint64_t notes = rig.store.notes_n;
	engine_cid(r.cid, "test", "S7", rig_time(9, 50, 0), 'e', 0);
	r.sym = 7;
	tell(&rig, r);
	CHECK_INT(rig.store.notes_n, notes, "nor is one looked for beside the list of symbols");
	rig_close(&rig);
}

/* An order beyond those for which a trade has room is counted, too. */
void test_engine_full_of_stored_orders(void)
{
	const struct order *first;

	rig_open(&rig);
	put_trade(0, LIFE_ORDERS + 1);
	rig_restart(&rig);
	CHECK_INT(engine_orders(rig.engine, &first), LIFE_ORDERS - 1, "the entry and as many");
	CHECK_INT(first[0].role, ROLE_STOP, "which are its stops");
	rig_close(&rig);
}

/* Symbols beyond those that the chart has room for: no prices, but guarded and sold as any. */
void test_engine_full_chart(void)
{
	rig_open(&rig);
	for (sym s = 3; s < 3 + SPARE_SLOTS + 1; s++)
		put_trade(s, 1);
	rig_restart(&rig);
	rig_ready(&rig);
	struct order stop = rig.store.order[rig.store.orders_n - 1];
	tell_status(&rig, &stop, ST_CANCELED, 0, 0);
	CHECK_INT(told_sent(&rig, "a stop").stop.n, rig_px(99).n, "it is guarded");
	stop = told_sent(&rig, "a stop");
	tell_status(&rig, &stop, ST_NEW, 0, 0);
	rig_command(&rig, CMD_FLATTEN);
	tell_status(&rig, &stop, ST_CANCELED, 0, 0);
	struct order exit = told_sent(&rig, "an exit");
	tell_status(&rig, &exit, ST_FILLED, 1, 0);
	CHECK_INT(told_trade(&rig)->state, TRADE_CLOSED, "and sold");
	CHECK_INT(told_trade(&rig)->out_value.n, 100 * NUM_ONE, "for what the signal said");
	rig_close(&rig);
}

/* ---- actions of a step */

static uint32_t asks;

static void answer(void)
{
	static struct actions asked;

	asked = rig.out;
	for (uint32_t i = 0; i < asked.n; i++) {
		if (asked.a[i].kind != ACT_ASK)
			continue;
		const struct order *o = &asked.a[i].u.order;
		struct report r = tell_of(o, o->cancel_ts != 0 ? ST_CANCELED : ST_NEW, 0, 0);
		r.source = FROM_ASK;
		tell(&rig, r);
		CHECK(rig.out.n <= ACTIONS_MAX, "never more than there is room for");
		asks++;
	}
}

static void reconcile(void)
{
	rig_clock(&rig, rig.now + 15 * NS_SECOND, false);
	answer();
	rig_sync(&rig, SYNC_BEGIN);
	rig_sync(&rig, SYNC_END);
	CHECK(rig.out.n <= ACTIONS_MAX, "never more than there is room for");
}

static void settle(void)
{
	answer();
	for (int i = 0; i < 50 && engine_wake(rig.engine) <= rig.now; i++) {
		rig_clock(&rig, rig.now, false);
		CHECK(rig.out.n <= ACTIONS_MAX, "never more than there is room for");
		answer();
	}
}

static void open_many(void)
{
	rig_open(&rig);
	for (sym s = 0; s < TRADES; s++)
		put_trade(s, STOPS);
	rig_restart(&rig);
	rig_link(&rig, true, true);
	asks = 0;
}

/* Nothing is seen: each of 520 stops is asked for, and there is room for 512. */
void test_engine_full_of_asks(void)
{
	open_many();
	rig_bar(&rig, 0, rig_time(10, 0, 0), 100);
	rig_tell[0] = TELL_NOTHING;
	rig_command(&rig, CMD_FLATTEN);
	rig_sync(&rig, SYNC_BEGIN);
	for (sym s = 0; s < TRADES; s++)
		rig_position(&rig, s, 0, POSITION_OWN);
	uint64_t decided = engine_state(rig.engine)->bars;
	rig.now = rig_time(10, 0, 0) + GRACE_SLICE;
	rig_sync(&rig, SYNC_END);
	CHECK_INT(rig.out.n, ACTIONS_MAX, "as many as there is room for");
	CHECK_INT(rig_count(&rig, ACT_ASK), ACTIONS_MAX, "all of them questions");
	CHECK_INT(engine_wake(rig.engine), rig.now, "it wants to go on at once");
	CHECK_INT(engine_state(rig.engine)->bars, decided, "a slice has to wait");
	settle();
	CHECK(engine_state(rig.engine)->bars > decided, "then it is decided");
	for (int i = 0; i < 5; i++) {
		reconcile();
		settle();
	}
	CHECK(asks >= TRADES * STOPS, "in the end each was asked for: %u", asks);
	rig_close(&rig);
}

/* All shares of all trades are gone: what is not said in one step is said in the next. */
void test_engine_full_of_losses(void)
{
	const struct trade *first;

	open_many();
	for (int i = 0; i < 12 && engine_trades(rig.engine, &first) > 0; i++) {
		reconcile();
		settle();
	}
	CHECK_INT(engine_trades(rig.engine, &first), 0, "no trade is left");
	for (uint32_t i = 0; i < rig.store.trades_n; i++) {
		const struct trade *t = &rig.store.trade[i];
		CHECK_INT(t->reason_out, EXIT_GONE, "%s is gone", t->id);
		CHECK_INT(t->out.n, STOPS * NUM_ONE, "%s: all of it", t->id);
	}
	rig_close(&rig);
}
