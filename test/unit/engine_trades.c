/* engine_trades.c: shorts from entry to cover; sizes; trailing exits; what expressions are told of
 * the open trade; and all of it over a restart. */
#include <math.h>
#include <stdio.h>

#include "test/unit/engine_rig.h"

static struct rig rig;

static void slice(sym s, int h, int m, double close)
{
	rig.now = rig_time(h, m, 0);
	rig_bar(&rig, s, rig.now, close);
	rig_clock(&rig, rig.now, true);
}

static void tell_status(const struct order *o, enum order_status status, double average)
{
	struct event ev = { .ts = rig.now + NS_SECOND, .kind = EV_ORDER, .u.order = {
		.status = (uint8_t)status, .type = o->type, .side = o->side, .sym = o->sym,
		.want = o->want, .ts = rig.now + NS_SECOND } };
	struct report *r = &ev.u.order;

	memcpy(r->cid, o->cid, sizeof r->cid);
	snprintf(r->bid, sizeof r->bid, "b%s", o->cid + 12);
	if (average > 0) {
		r->done = o->want;
		r->average = rig_px(average);
	}
	rig_step(&rig, &ev);
}

/* Both legs of the entry, as the reply shows them. */
static void tell_legs(const struct order *entry)
{
	for (int leg = 0; leg < 2; leg++) {
		struct event ev = { .kind = EV_ORDER, .u.order = {
			.status = ST_NEW, .type = leg == 0 ? TYPE_LIMIT : TYPE_STOP,
			.side = (uint8_t)side_other((enum side)entry->side), .sym = entry->sym,
			.want = entry->want, .source = FROM_REPLY } };
		struct report *r = &ev.u.order;
		memcpy(r->parent, entry->cid, sizeof r->parent);
		memcpy(r->bid, leg == 0 ? "leg-target" : "leg-stop", leg == 0 ? 11 : 9);
		r->limit = leg == 0 ? entry->take_profit : (px){ 0 };
		r->stop = leg == 1 ? entry->stop_loss : (px){ 0 };
		rig_step(&rig, &ev);
	}
}

/* In at `fill`, behind a signal at 10:01 of that close. */
static bool enter(enum told side, double close, double fill, struct order *entry)
{
	rig_tell[0] = side;
	slice(0, 10, 1, close);
	const struct order *o = rig_submitted(&rig, 0);
	if (!CHECK(o != NULL, "an entry is sent"))
		return false;
	*entry = *o;
	tell_status(entry, ST_FILLED, fill);
	tell_legs(entry);
	return true;
}

static const struct trade *trade(void)
{
	return &rig.store.trade[0];
}

void test_engine_short_from_entry_to_cover(void)
{
	struct order entry;

	rig_open(&rig);
	rig_ready(&rig);
	if (!enter(TELL_SHORT, 100.03, 100, &entry))
		return;
	CHECK_INT(entry.side, SIDE_SELL, "a short begins with a sale");
	CHECK_INT(entry.want.n, 99 * NUM_ONE, "of whole shares");
	CHECK_INT(entry.stop_loss.n, rig_px(101.03).n, "its stop is above");
	CHECK_INT(entry.take_profit.n, rig_px(95.03).n, "its target below");
	slice(0, 10, 2, 99);
	CHECK(fabs(usd_f64(engine_state(rig.engine)->open_pnl) - 99) < 1e-6,
	      "a fall of a dollar wins a dollar a share");
	CHECK(fabs(rig_trade_values[TRADE_VALUE_PROFIT] - 0.01) < 1e-12, "one per cent");
	rig_tell[0] = TELL_EXIT;
	slice(0, 10, 3, 98);
	rig_clock(&rig, rig.now + NS_SECOND, false);
	CHECK_INT(trade()->state, TRADE_EXITING, "on the way out");
	/* One leg is cancelled, and the broker takes the other with it. */
	struct event ev = { .kind = EV_ORDER, .u.order = { .status = ST_CANCELED, .sym = 0 } };
	memcpy(ev.u.order.bid, "leg-target", 11);
	rig_step(&rig, &ev);
	memcpy(ev.u.order.bid, "leg-stop", 9);
	rig_step(&rig, &ev);
	const struct order *cover = rig_submitted(&rig, 0);
	if (!CHECK(cover != NULL, "when the legs are gone it is covered"))
		return;
	CHECK_INT(cover->side, SIDE_BUY, "by a purchase");
	CHECK_INT(cover->want.n, entry.want.n, "of all of it");
	struct order c = *cover;
	tell_status(&c, ST_FILLED, 98);
	CHECK_INT(trade()->state, TRADE_CLOSED, "over");
	CHECK_INT(trade_pnl(trade()).n, 198 * NUM_ONE, "two dollars a share");
	CHECK_INT(trade()->reason_out, EXIT_SIGNAL, "by the strategy's word");
	rig_close(&rig);
}

void test_engine_sizes(void)
{
	static const struct { double size, part; int64_t shares; const char *what; } cases[] = {
		{ 0, 0, 100, "the instance's position" },
		{ 2550, 0, 25, "dollars, whole shares" },
		{ 0, 0.5, 50, "half of the position" },
		{ 1200, 0.5, 12, "dollars go before a part" },
		{ 50, 0, 0, "less than a share is no entry" },
		{ 30000, 0, 0, "more than an order may cost is refused" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		rig_open(&rig);
		rig_ready(&rig);
		rig_size = cases[i].size;
		rig_part = cases[i].part;
		rig_tell[0] = TELL_LONG;
		slice(0, 10, 1, 100);
		const struct order *o = rig_submitted(&rig, 0);
		CHECK_INT(o != NULL ? o->want.n / NUM_ONE : 0, cases[i].shares, "%s",
			  cases[i].what);
		if (o != NULL)
			CHECK_INT(trade()->tag, 7, "the strategy's mark is kept");
		rig_close(&rig);
	}
}

/* Closes from 10:02 on: at which of them it leaves, 0 never; over a restart before the n-th. */
static int leaves_at(enum told side, const double *close, int n, int restart)
{
	struct order entry;
	int at = 0;

	rig_ready(&rig);
	if (!enter(side, 100, 100, &entry))
		return -1;
	for (int i = 0; i < n && at == 0; i++) {
		if (i + 1 == restart) {
			rig_restart(&rig);
			rig_ready(&rig);
		}
		slice(0, 10, 2 + i, close[i]);
		if (trade()->reason_out == EXIT_TRAIL)
			at = i + 1;
	}
	return at;
}

void test_engine_trailing_exit(void)
{
	static const double up[] = { 101, 102, 101.5, 101.01, 101, 99 };
	static const double down[] = { 99, 98, 98.5, 98.99, 99, 101 };
	static const double early[] = { 99.5, 99.2, 99, 99, 101, 100.5 };

	for (int restart = 0; restart <= 5; restart++) {
		rig_open(&rig);
		rig_target = 0.5;
		rig_stop = 0.4;
		rig_trail = 1;
		CHECK_INT(leaves_at(TELL_LONG, up, 6, restart), 5,
			  "a dollar below the best, restarted before close %d", restart);
		CHECK_TEXT(exit_text((enum exit_reason)trade()->reason_out), "trail",
			   "under its own name");
		rig_close(&rig);
		rig_open(&rig);
		rig_target = rig_stop = 0.4;
		rig_trail = 1;
		CHECK_INT(leaves_at(TELL_SHORT, down, 6, restart), 5, "a short a dollar above");
		rig_close(&rig);
	}
	rig_open(&rig);
	rig_target = rig_stop = 0.4;
	rig_trail = 0.5;
	rig_trail_from = 1;
	CHECK_INT(leaves_at(TELL_LONG, early, 6, 0), 6, "not before it was so far in profit");
	rig_close(&rig);
	rig_open(&rig);
	rig_target = rig_stop = 0.4;
	CHECK_INT(leaves_at(TELL_LONG, up, 6, 0), 0, "without a distance never");
	rig_close(&rig);
}

/* The stop at the broker stays where it was until the way out begins. */
void test_engine_trail_leaves_the_stop(void)
{
	struct order entry;

	rig_open(&rig);
	rig_trail = 1;
	rig_target = 0.5;
	rig_ready(&rig);
	if (!enter(TELL_LONG, 100, 100, &entry))
		return;
	for (int m = 2; m < 8; m++) {
		slice(0, 10, m, 100 + m);
		CHECK_INT(rig_count(&rig, ACT_SUBMIT) + rig_count(&rig, ACT_CANCEL), 0,
			  "minute %d: nothing is asked of the broker", m);
	}
	CHECK_INT(trade()->stop.n, rig_px(99).n, "the stop is the signal's");
	rig_close(&rig);
}

void test_engine_trade_values(void)
{
	struct order entry;

	for (int restart = 0; restart < 2; restart++) {
		rig_open(&rig);
		rig_target = rig_stop = 0.4;
		rig_ready(&rig);
		if (!enter(TELL_LONG, 100, 101, &entry))
			return;
		slice(0, 10, 2, 103);
		CHECK(rig_trade_values[TRADE_VALUE_BARS] == 1, "the bar of the fill is the first");
		slice(0, 10, 3, 99);
		if (restart) {
			rig_restart(&rig);
			/* History, as the wire reads it before the first reconciliation. */
			for (int m = 1; m <= 3; m++) {
				struct event ev = { .ts = rig.now, .kind = EV_BAR, .u.bar = {
					.open_ts = rig_time(10, m - 1, 0), .ts = rig_time(10, m, 0),
					.open = rig_px(100), .high = rig_px(100),
					.low = rig_px(100), .close = rig_px(100), .volume = 1,
					.flags = BAR_WARMUP } };
				rig_step(&rig, &ev);
			}
			rig_ready(&rig);
		}
		slice(0, 10, 4, 102.01);
		const double *v = rig_trade_values;
		CHECK(v[TRADE_VALUE_ENTRY] == 101, "entry");
		CHECK(fabs(v[TRADE_VALUE_PROFIT] - 0.01) < 1e-12, "profit, as a part");
		CHECK(v[TRADE_VALUE_BARS] == 3, "restart %d: three bars, not %g", restart,
		      v[TRADE_VALUE_BARS]);
		CHECK(fabs(v[TRADE_VALUE_MINUTES] - 179 / 60.0) < 1e-9, "minutes since the fill");
		CHECK(v[TRADE_VALUE_BEST] == 103 && v[TRADE_VALUE_WORST] == 99,
		      "best and worst since the fill");
		rig_close(&rig);
	}
}

/* Half an hour from the fill, by the clock. */
void test_engine_hold_counts_from_the_fill(void)
{
	struct order entry;

	rig_open(&rig);
	rig_ready(&rig);
	if (!enter(TELL_LONG, 100, 100, &entry))
		return;
	CHECK_INT(trade()->hold_until, rig_time(10, 31, 1), "a second after the signal");
	rig_clock(&rig, rig_time(10, 31, 1) - 1, false);
	CHECK_INT(trade()->state, TRADE_OPEN, "not before");
	rig_clock(&rig, rig_time(10, 31, 1), false);
	CHECK_INT(trade()->reason_out, EXIT_TIME, "then, though no bar comes");
	rig_close(&rig);
}
