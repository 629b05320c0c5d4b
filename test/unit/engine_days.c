/* engine_days.c: breakers, rate caps, days, half days, overnight, permutations and restarts
 * of one life, memory and speed. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "test/unit/engine_rig.h"

static struct rig rig;

static struct report report_for(const struct order *o, enum order_status status, int64_t done,
				double average)
{
	struct report r = { .status = (uint8_t)status, .type = o->type, .side = o->side,
			    .sym = o->sym, .want = o->want, .done = qty_shares(done),
			    .average = rig_px(average) };

	memcpy(r.cid, o->cid, sizeof r.cid);
	snprintf(r.bid, sizeof r.bid, "b%s", o->cid + 12);
	return r;
}

static void give(const struct report *r)
{
	struct event ev = { .kind = EV_ORDER, .u.order = *r };

	rig_step(&rig, &ev);
}

/* In at one price and out at another, by the engine's own exit. */
static void round_trip(sym s, ns end, double in, double out)
{
	struct report r;

	rig.now = end;
	rig_tell[s] = TELL_LONG;
	rig_bar(&rig, s, end, in);
	rig_clock(&rig, end, true);
	const struct order *entry = rig_submitted(&rig, 0);
	if (!CHECK(entry != NULL, "an entry is sent"))
		return;
	struct order o = *entry;
	o.cls = CLASS_SIMPLE;
	r = report_for(&o, ST_CANCELED, o.want.n / NUM_ONE / 2, in);	/* no legs to think of */
	give(&r);
	const struct order *stop = rig_submitted(&rig, 0);
	if (!CHECK(stop != NULL, "a stop is sent"))
		return;
	struct order st = *stop;
	r = report_for(&st, ST_FILLED, st.want.n / NUM_ONE, out);
	give(&r);
}

/* A slice that is decided late, as after a new start: what it had then is not had anew. */
void test_engine_room_is_the_next_slices(void)
{
	rig_enter(&rig, rig_time(10, 1, 0));
	struct order o = *rig_submitted(&rig, 0);
	o.cls = CLASS_SIMPLE;
	struct report r = report_for(&o, ST_CANCELED, o.want.n / NUM_ONE / 2, 100);
	give(&r);
	struct order stop = *rig_submitted(&rig, 0);
	rig.now = rig_time(10, 2, 1);
	r = report_for(&stop, ST_FILLED, stop.want.n / NUM_ONE, 99);
	give(&r);
	const struct trade *open;
	CHECK_INT(engine_trades(rig.engine, &open), 0, "it is out a second behind the minute");
	rig_tell[0] = TELL_LONG;
	rig_bar(&rig, 0, rig_time(10, 2, 0), 99);
	rig_clock(&rig, rig.now, true);
	CHECK_INT(engine_trades(rig.engine, &open), 0, "that minute is not entered on again");
	rig.now = rig_time(10, 3, 0);
	rig_tell[0] = TELL_LONG;
	rig_bar(&rig, 0, rig.now, 99);
	rig_clock(&rig, rig.now, true);
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), 1, "the next one is");
	rig_close(&rig);
}

void test_engine_breaker_day_loss(void)
{
	rig_open(&rig);
	rig.config.limits.capital = (usd){ 20000 * NUM_ONE };	/* 5 %: a thousand */
	rig_restart(&rig);
	rig_ready(&rig);
	round_trip(0, rig_time(10, 1, 0), 100, 88);
	CHECK_INT(engine_state(rig.engine)->pnl_day.n, -600 * NUM_ONE, "half of 100 at -12");
	CHECK_INT(engine_state(rig.engine)->breaker, 0, "not yet");
	round_trip(0, rig_time(10, 2, 0), 100, 91);
	CHECK_INT(engine_state(rig.engine)->breaker, DENY_DAY_LOSS,
			"a thousand and fifty: it trips");
	CHECK_INT(engine_state(rig.engine)->run, RUN_PAUSED, "and pauses");
	rig_tell[1] = TELL_LONG;
	rig.now = rig_time(10, 3, 0);
	rig_bar(&rig, 1, rig.now, 100);
	rig_clock(&rig, rig.now, true);
	CHECK(rig_submitted(&rig, 0) == NULL, "no entry");
	rig_restart(&rig);
	CHECK_INT(engine_state(rig.engine)->breaker, DENY_DAY_LOSS, "a restart does not forgive");
	rig_ready(&rig);
	rig_clock(&rig, ny_time(day_of(2024, 10, 2), 3, 59), false);
	CHECK_INT(engine_state(rig.engine)->breaker, DENY_DAY_LOSS, "nor does the night");
	rig_clock(&rig, ny_time(day_of(2024, 10, 2), 4, 0), false);
	CHECK_INT(engine_state(rig.engine)->breaker, 0, "the next day does");
	CHECK_INT(engine_state(rig.engine)->pnl_day.n, 0, "the day's figures begin anew");
	CHECK_INT(engine_state(rig.engine)->pnl_all.n, -1050 * NUM_ONE, "the others go on");
	CHECK_INT(engine_state(rig.engine)->trades_all, 2, "trades too");
	CHECK_INT(engine_state(rig.engine)->run, RUN_RUNNING, "and it runs");
	rig_close(&rig);
}

void test_engine_breaker_streak(void)
{
	rig_open(&rig);
	rig.config.limits.losses_in_row_max = 3;
	rig.config.breakers_by_hand = true;
	rig_restart(&rig);
	rig_ready(&rig);
	round_trip(0, rig_time(10, 1, 0), 100, 99.9);
	round_trip(0, rig_time(10, 2, 0), 100, 99.9);
	round_trip(0, rig_time(10, 3, 0), 100, 100.1);
	CHECK_INT(engine_state(rig.engine)->losses_in_row, 0, "a gain ends a row");
	round_trip(0, rig_time(10, 4, 0), 100, 99.9);
	round_trip(0, rig_time(10, 5, 0), 100, 100);
	CHECK_INT(engine_state(rig.engine)->losses_in_row, 0, "nothing gained is no loss");
	for (int m = 6; m <= 8; m++)
		round_trip(1, rig_time(10, m, 0), 100, 99.9);
	CHECK_INT(engine_state(rig.engine)->breaker, DENY_LOSS_STREAK, "three in a row");
	rig_clock(&rig, ny_time(day_of(2024, 10, 2), 4, 0), false);
	CHECK_INT(engine_state(rig.engine)->breaker, DENY_LOSS_STREAK, "by hand: not by itself");
	rig_command(&rig, CMD_RESUME);
	CHECK_INT(engine_state(rig.engine)->breaker, 0, "the operator forgives");
	CHECK_INT(engine_state(rig.engine)->losses_in_row, 0, "and the row begins anew");
	CHECK_INT(engine_state(rig.engine)->wins_all, 1, "one was won");
	rig_close(&rig);
}

/* A strategy that wants to trade every minute in every symbol. */
void test_engine_runaway(void)
{
	uint32_t sent = 0;

	rig_open(&rig);
	rig.config.limits.orders_minute_max = 4;
	rig.config.limits.orders_day_max = 10;
	rig_restart(&rig);
	rig_ready(&rig);
	for (int m = 6; m < 60; m++) {
		rig.now = rig_time(10, m, 0);
		for (sym s = 0; s < RIG_SYMBOLS; s++) {
			rig_tell[s] = TELL_LONG;
			rig_bar(&rig, s, rig.now, 100);
		}
		rig_clock(&rig, rig.now, true);
		uint32_t now = rig_count(&rig, ACT_SUBMIT);
		sent += now;
		CHECK(now <= 4, "minute %d: not more than four orders", m);
		for (uint32_t i = 0; i < rig.store.orders_n; i++) {
			struct order o = rig.store.order[i];
			if (o.stage == ORDER_DONE)
				continue;
			struct report r = report_for(&o, ST_CANCELED, 0, 0);
			give(&r);
		}
	}
	CHECK_INT(sent, 10, "and ten a day");
	CHECK_INT(engine_state(rig.engine)->orders_day, 10, "which are counted");
	rig_close(&rig);
}

void test_engine_half_day(void)
{
	day friday = day_of(2024, 11, 29);

	rig_open(&rig);
	rig.now = ny_time(friday, 12, 0);
	rig_ready(&rig);
	rig_tell[0] = TELL_LONG;
	rig.now = ny_time(friday, 12, 40);
	rig_bar(&rig, 0, rig.now, 100);
	rig_clock(&rig, rig.now, true);
	const struct order *o = rig_submitted(&rig, 0);
	if (!CHECK(o != NULL, "it trades on a half day"))
		return;
	struct report r = report_for(o, ST_NEW, 0, 0);
	give(&r);
	CHECK_INT(engine_wake(rig.engine), ny_time(friday, 12, 43) + 1,
			"the entry's patience is first");
	rig_clock(&rig, ny_time(friday, 12, 45), false);
	CHECK_INT(rig.store.trade[0].reason_out, EXIT_SESSION_END, "flat before one o'clock");
	rig_tell[1] = TELL_LONG;
	rig_bar(&rig, 1, ny_time(friday, 12, 45), 100);
	rig_clock(&rig, ny_time(friday, 12, 45), true);
	CHECK(rig_submitted(&rig, 0) == NULL, "and nothing new");
	rig_close(&rig);
}

/* The position is still there the next morning: the program was down at the close. */
void test_engine_down_over_the_close(void)
{
	rig_enter(&rig, rig_time(15, 40, 0));
	struct order o = *rig_submitted(&rig, 0);
	struct report r = report_for(&o, ST_CANCELED, 40, 100);
	give(&r);
	struct order stop = *rig_submitted(&rig, 0);
	r = report_for(&stop, ST_NEW, 0, 0);
	give(&r);
	rig.now = ny_time(day_of(2024, 10, 2), 8, 0);
	rig_restart(&rig);
	rig_ready(&rig);
	r.source = FROM_ASK;
	give(&r);
	rig_clock(&rig, rig.now + NS_SECOND, false);
	CHECK_INT(rig.store.trade[0].state, TRADE_EXITING, "it is to go");
	CHECK(rig_stored(&rig, stop.cid)->cancel_ts == 0,
			"but keeps its stop until the market opens");
	CHECK_INT(engine_wake(rig.engine), ny_time(day_of(2024, 10, 2), 9, 30),
			"which it waits for");
	rig_clock(&rig, ny_time(day_of(2024, 10, 2), 9, 30), false);
	CHECK_INT(rig_count(&rig, ACT_CANCEL), 1, "then the stop is taken back");
	r = report_for(&stop, ST_CANCELED, 0, 0);
	give(&r);
	CHECK(rig_submitted(&rig, 0) != NULL && rig_submitted(&rig, 0)->want.n == 40 * NUM_ONE,
	      "and exactly what is held is sold");
	rig_close(&rig);
}

/* A halt that does not end: the way out is tried anew only for a while. The last order stays, over
 * nights too, and the instance goes on. */
void test_engine_endless_halt(void)
{
	int sent = 1;

	rig_enter(&rig, rig_time(10, 0, 0));
	struct order o = *rig_submitted(&rig, 0);
	struct report r = report_for(&o, ST_CANCELED, 40, 100);
	give(&r);
	struct order stop = *rig_submitted(&rig, 0);
	r = report_for(&stop, ST_NEW, 0, 0);
	give(&r);
	rig.now = rig_time(10, 5, 0);
	rig_tell[0] = TELL_EXIT;
	rig_bar(&rig, 0, rig.now, 101);
	rig_clock(&rig, rig.now, true);
	r = report_for(&stop, ST_CANCELED, 0, 0);
	give(&r);
	for (int tries = 0; tries < 300; tries++) {
		if (rig_submitted(&rig, 0) != NULL)
			o = *rig_submitted(&rig, 0);
		r = report_for(&o, ST_NEW, 0, 0);
		give(&r);
		rig_clock(&rig, rig.now + 61 * NS_SECOND, false);
		if (rig_count(&rig, ACT_CANCEL) == 0)
			break;
		r = report_for(&o, ST_CANCELED, 0, 0);
		give(&r);
		sent += rig_submitted(&rig, 0) != NULL;
	}
	CHECK_INT(sent, 17, "orders, the last of which nobody takes back");
	CHECK_INT(o.tif, TIF_GTC, "it is good until it is filled");
	CHECK_INT(engine_state(rig.engine)->run, RUN_RUNNING, "and the instance is not stopped");
	rig_clock(&rig, ny_time(day_of(2024, 10, 2), 10, 0), false);
	CHECK(rig_count(&rig, ACT_CANCEL) == 0 && rig_count(&rig, ACT_SUBMIT) == 0,
	      "the next day neither");
	rig_close(&rig);
}

/* Both at 15:45: the time was up, too, and is what is told. */
void test_engine_time_and_session_end(void)
{
	rig_open(&rig);
	rig_ready(&rig);
	rig_hold = 30 * NS_MINUTE;
	rig_long(&rig, rig_time(15, 15, 0));
	struct report r = report_for(rig_submitted(&rig, 0), ST_CANCELED, 40, 100);
	r.ts = rig.now;
	give(&r);
	rig_clock(&rig, rig_time(15, 44, 59), false);
	CHECK_INT(rig.store.trade[0].reason_out, EXIT_NONE, "not yet");
	rig_clock(&rig, rig_time(15, 45, 0), false);
	CHECK_INT(rig.store.trade[0].hold_until, rig_time(15, 45, 0), "half an hour");
	CHECK_INT(rig.store.trade[0].reason_out, EXIT_TIME, "the time is up");
	rig_hold = 0;
	rig_close(&rig);
}

/* ---- one life's six reports in every order give the same books */

static void life_reports(struct report r[6])
{
	struct order entry = { .side = SIDE_BUY, .want = qty_shares(100) }, leg = entry;

	memcpy(entry.cid, rig.store.trade[0].id, CID_TEXT);
	r[0] = report_for(&entry, ST_NEW, 0, 0);
	r[1] = report_for(&entry, ST_PARTIALLY_FILLED, 40, 100);
	r[1].n = qty_shares(40), r[1].at = rig_px(100);
	r[2] = report_for(&entry, ST_FILLED, 100, 100.6);
	r[2].n = qty_shares(60), r[2].at = rig_px(101);
	leg.side = SIDE_SELL;
	leg.type = TYPE_LIMIT;
	r[3] = report_for(&leg, ST_PARTIALLY_FILLED, 50, 105);
	r[3].n = qty_shares(50), r[3].at = rig_px(105);
	r[4] = report_for(&leg, ST_FILLED, 100, 105.5);
	r[4].n = qty_shares(50), r[4].at = rig_px(106);
	leg.type = TYPE_STOP;
	r[5] = report_for(&leg, ST_CANCELED, 0, 0);
	for (int i = 3; i < 6; i++) {
		memcpy(r[i].parent, entry.cid, CID_TEXT);
		memcpy(r[i].cid, i == 5 ? "stop--" : "target", 7);
		memcpy(r[i].bid, i == 5 ? "stop--" : "target", 7);
	}
}

static void begin_life(void)
{
	rig_enter(&rig, rig_time(10, 10, 0));
}

static void check_books(const char *how, int which)
{
	const struct trade *t = &rig.store.trade[0];

	CHECK_INT(rig.store.trades_n, 1, "%s %d: one trade", how, which);
	CHECK_INT(t->state, TRADE_CLOSED, "%s %d: it is over", how, which);
	CHECK_INT(t->in.n, 100 * NUM_ONE, "%s %d: shares in", how, which);
	CHECK_INT(t->out.n, 100 * NUM_ONE, "%s %d: shares out", how, which);
	CHECK_INT(t->in_value.n, 10060 * NUM_ONE, "%s %d: dollars in", how, which);
	CHECK_INT(t->out_value.n, 10550 * NUM_ONE, "%s %d: dollars out", how, which);
	CHECK_INT(engine_state(rig.engine)->pnl_all.n, 490 * NUM_ONE, "%s %d: gain", how, which);
	CHECK_INT(engine_state(rig.engine)->trades_all, 1, "%s %d: counted once", how, which);
	CHECK_INT(t->reason_out, EXIT_TARGET, "%s %d: at the target", how, which);
}

void test_engine_permutations(void)
{
	for (int p = 0; p < 720; p++) {
		struct report r[6];
		int left[6] = { 0, 1, 2, 3, 4, 5 }, n = 6, code = p;
		begin_life();
		life_reports(r);
		while (n > 0) {
			int at = code % n;
			code /= n;
			give(&r[left[at]]);
			if (p % 3 == 0)
				give(&r[left[at]]);
			for (n--; at < n; at++)
				left[at] = left[at + 1];
		}
		check_books("order", p);
		rig_close(&rig);
	}
}

/* The process dies before each report, and once more in the middle of the next. */
void test_engine_restart_at_every_step(void)
{
	for (int at = 0; at <= 6; at++) {
		struct report r[6];
		char id[CID_TEXT];
		begin_life();
		memcpy(id, rig.store.trade[0].id, sizeof id);
		life_reports(r);
		for (int i = 0; i <= 6; i++) {
			if (i == at) {
				rig_restart(&rig);
				rig_tell[0] = TELL_LONG;	/* the same bar once more */
				rig_bar(&rig, 0, rig_time(10, 10, 0), 100);
				rig_clock(&rig, rig.now, true);
				rig_ready(&rig);
				rig_tell[0] = TELL_NOTHING;
				/* What the reconciliation asks for is answered as far as it is. */
				for (int j = 0; j < i; j++) {
					r[j].source = FROM_ASK;
					give(&r[j]);
				}
			}
			if (i < 6)
				give(&r[i]);
		}
		check_books("restart", at);
		CHECK_TEXT(rig.store.trade[0].id, id, "restart %d: under the same name", at);
		rig_close(&rig);
	}
}

void test_engine_is_fast(void)
{
	struct timespec a, b;
	const int bars = 20000;

	rig_open(&rig);
	rig_ready(&rig);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	ns end = rig_time(10, 0, 0);
	for (int i = 0; i < bars; i++) {
		if (i % 300 == 0)
			end = rig_time(10, 0, 0) + (i / 300) * 7 * NS_DAY;
		end += NS_MINUTE;
		rig.now = end;
		rig_bar(&rig, 0, end, 100);
		rig_clock(&rig, end, true);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	double each = ((double)(b.tv_sec - a.tv_sec) * 1e9 +
			(double)(b.tv_nsec - a.tv_nsec)) / bars;
	if (getenv("ENGINE_SPEED") != NULL)
		printf("engine: %.0f ns a bar and its clock, with the test's own work\n", each);
	CHECK(each < 20000, "a bar takes %.0f ns with the sanitizers", each);
	CHECK(engine_size(&rig.config) < (2u << 20), "an instance takes %zu bytes",
			engine_size(&rig.config));
	rig_close(&rig);
}
