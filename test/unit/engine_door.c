/* engine_door.c: what the engine is asked from outside, and how it is begun. */
#include "engine/inside.h"
#include "test/unit/engine_tell.h"

#include <stdlib.h>
#include <string.h>

static struct rig rig;

/* ---- beginning */

void test_engine_warmup_of_strategies(void)
{
	static const char *const inputs[] = { "close", "sma(5)", "close" };
	struct strategy own = rig_strategy;

	rig_open(&rig);
	CHECK_INT(engine_warmup(rig.engine), 1, "the strategy's own word");
	own.warmup = NULL;
	own.warmup_bars = 7;
	rig.config.strategy = &own;
	rig_restart(&rig);
	CHECK_INT(engine_warmup(rig.engine), 7, "so many bars as it says");
	own.warmup_bars = 0;
	own.inputs = inputs;
	own.inputs_n = COUNT(inputs);
	rig_restart(&rig);
	CHECK_INT(engine_warmup(rig.engine), 5, "until the longest input has a value");
	rig_close(&rig);
}

static bool judge(const void *shared, const struct params *p, ns now, uint32_t *have,
		  uint32_t *want)
{
	(void)shared, (void)p;
	*have = (uint32_t)(now != 0);
	*want = 9;
	return now == 0;
}

void test_engine_judged(void)
{
	struct strategy own = rig_strategy;
	uint32_t have = 7, want = 7;

	rig_open(&rig);
	CHECK(!engine_judged(rig.engine, &have, &want), "this one judges nothing");
	own.judged = judge;
	rig.config.strategy = &own;
	rig_restart(&rig);
	CHECK(engine_judged(rig.engine, &have, &want), "this one does");
	CHECK_INT(have, 0, "none so far");
	CHECK_INT(want, 9, "of nine");
	rig_ready(&rig);
	rig.now = rig_time(10, 0, 0);
	rig_bar(&rig, 0, rig.now, 100);
	rig_clock(&rig, rig.now, true);
	CHECK(!engine_judged(rig.engine, &have, &want), "until it asks for none");
	rig_close(&rig);
}

void test_engine_begins_after_an_error(void)
{
	rig_open(&rig);
	rig.store.have_state = true;
	rig.store.state.run = RUN_ERROR;
	rig_restart(&rig);
	CHECK_INT(engine_state(rig.engine)->run, RUN_RUNNING, "an error ends with the program");
	rig.store.state.run = RUN_PAUSED;
	rig_restart(&rig);
	CHECK_INT(engine_state(rig.engine)->run, RUN_PAUSED, "a pause does not");
	rig_close(&rig);
}

/* ---- links, commands */

void test_engine_links(void)
{
	rig_open(&rig);
	rig_link(&rig, true, true);
	CHECK_INT(rig_count(&rig, ACT_SYNC), 1, "the order stream is up: compare, please");
	rig_sync(&rig, SYNC_BEGIN);
	rig_link(&rig, true, true);
	CHECK_INT(rig_count(&rig, ACT_SYNC), 0, "that is under way");
	rig_sync(&rig, SYNC_END);
	rig_link(&rig, false, true);
	CHECK_INT(rig_count(&rig, ACT_SYNC), 0, "and done: the data are another matter");
	CHECK(!engine_at_rest(rig.engine), "without data nothing is at rest");
	rig_link(&rig, true, true);
	CHECK(engine_at_rest(rig.engine), "with them it is");
	rig_close(&rig);
	rig_open(&rig);
	CHECK(!engine_at_rest(rig.engine), "nor is it before the first reconciliation");
	rig_close(&rig);
}

static void commanded(enum command c, int kill, int run)
{
	rig_command(&rig, c);
	CHECK_INT(engine_state(rig.engine)->kill, kill, "%s: the kill switch", command_text(c));
	CHECK_INT(engine_state(rig.engine)->run, run, "%s: how it runs", command_text(c));
}

void test_engine_commands(void)
{
	rig_open(&rig);
	rig_ready(&rig);
	commanded(CMD_PAUSE, KILL_RUN, RUN_PAUSED);
	commanded(CMD_RESUME, KILL_RUN, RUN_RUNNING);
	commanded(CMD_REDUCE_ONLY, KILL_REDUCE_ONLY, RUN_RUNNING);
	commanded(CMD_HALT, KILL_HALT, RUN_HALTED);
	commanded(CMD_REDUCE_ONLY, KILL_HALT, RUN_HALTED);	/* no way back */
	commanded(CMD_RESUME, KILL_RUN, RUN_RUNNING);
	commanded(CMD_FLATTEN, KILL_HALT, RUN_HALTED);		/* there is nothing to close */
	commanded(CMD_STOP, KILL_HALT, RUN_STOPPED);
	rig_close(&rig);
}

/* A breaker trips while the operator has paused it: his pause stays his. */
void test_engine_breaker_in_a_pause(void)
{
	rig_open(&rig);
	rig.config.limits.capital = (usd){ 20000 * NUM_ONE };	/* 5 %: a thousand */
	rig_restart(&rig);
	rig_ready(&rig);
	rig_long(&rig, rig_time(10, 10, 0));
	struct order stop = tell_partly(&rig, 50);
	rig_command(&rig, CMD_HALT);
	tell_status(&rig, &stop, ST_FILLED, 50, 70);
	CHECK_INT(engine_state(rig.engine)->breaker, DENY_DAY_LOSS, "fifteen hundred are lost");
	CHECK_INT(engine_state(rig.engine)->run, RUN_HALTED, "it was halted, and stays so");
	rig_close(&rig);
}

/* A price of a billion dollars is no price: nothing is won by it, nor lost. */
void test_engine_price_beyond_counting(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	rig.now = rig_time(10, 11, 0);
	rig_bar(&rig, 0, rig.now, 101);
	rig_clock(&rig, rig.now, true);
	CHECK_INT(engine_state(rig.engine)->open_pnl.n, 50 * NUM_ONE, "a dollar a share");
	rig.now = rig_time(10, 12, 0);
	rig_bar(&rig, 0, rig.now, 1e9);
	rig_clock(&rig, rig.now, true);
	CHECK_INT(engine_state(rig.engine)->open_pnl.n, 0, "not known");
	CHECK_INT(engine_state(rig.engine)->breaker, 0, "and no reason to stop");
	rig_close(&rig);
}

/* ---- what is shown */

void test_engine_shows_its_trades_and_orders(void)
{
	const struct trade *t;
	const struct order *o;
	struct order stop = tell_held(&rig, 50);

	CHECK_INT(engine_trades(rig.engine, &t), 1, "a trade");
	CHECK_INT(t->in.n, 50 * NUM_ONE, "of fifty shares");
	CHECK_INT(engine_orders(rig.engine, &o), 1, "an order that is not over");
	CHECK_TEXT(o->cid, stop.cid, "the stop");
	CHECK_TEXT(engine_funnel_name(&rig.config, 0), "not_told", "the strategy's condition");
	CHECK_TEXT(engine_funnel_name(&rig.config, 1), "warmup", "then the engine's own");
	CHECK(engine_funnel_name(&rig.config, 99) == NULL, "and no more");
	rig_close(&rig);
}

/* While missed bars are awaited a slice is looked at when they had their time. */
void test_engine_wakes_behind_a_gap(void)
{
	rig_open(&rig);
	rig_ready(&rig);
	rig.now = rig_time(10, 10, 0);
	rig_bar(&rig, 0, rig.now, 100);
	CHECK_INT(engine_wake(rig.engine), rig.now + GRACE_SLICE, "a slice waits two seconds");
	rig_sync(&rig, SYNC_GAP);
	CHECK_INT(engine_wake(rig.engine), rig.now + GRACE_GAP, "for what was missed twenty");
	rig_close(&rig);
}

/* A fill that is told when the trade is over, of more than there was. */
void test_engine_reopened_by_a_fill(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_FILLED, 50, 99);
	CHECK_INT(engine_state(rig.engine)->trades_day, 1, "over, and lost");
	tell_status(&rig, &stop, ST_FILLED, 60, 99);
	CHECK(told_note(&rig, "news of a closed trade"), "ten more were sold");
	CHECK_INT(engine_state(rig.engine)->trades_day, 0, "so it is not over");
	struct order back = told_sent(&rig, "an exit");
	CHECK_INT(back.side, SIDE_BUY, "they are bought back");
	tell_status(&rig, &back, ST_FILLED, 10, 98);
	CHECK_INT(told_trade(&rig)->state, TRADE_CLOSED, "over");
	CHECK_INT(engine_state(rig.engine)->pnl_day.n, -40 * NUM_ONE, "fifty lost, ten won");
	rig_close(&rig);
}

/* Bytes of a chart that is another's, behind a head that is right. */
void test_engine_saved_with_another_chart(void)
{
	static struct rig two;
	ns known = 0;

	rig_open(&rig);
	rig_ready(&rig);
	rig.now = rig_time(10, 10, 0);
	rig_bar(&rig, 0, rig.now, 100);
	rig_clock(&rig, rig.now, true);
	size_t n = engine_save(rig.engine, NULL, 0), chart = chart_save(rig.engine->chart, NULL, 0);
	char *bytes = malloc(n), *its = malloc(chart);
	assert(bytes != NULL && its != NULL && chart > 0);
	CHECK_INT(engine_save(rig.engine, bytes, n), n, "it is copied");
	CHECK_INT(chart_save(rig.engine->chart, its, chart), chart, "so is the chart");
	char *at = memmem(bytes, n, its, chart);
	if (CHECK(at != NULL, "which is in it")) {
		rig_open(&two);
		*at ^= 1;
		const char *why = engine_load(two.engine, engine_state(rig.engine), bytes, n,
					      &known);
		CHECK_TEXT(why != NULL ? why : "taken", "what is to be computed has changed",
			   "a chart of something else");
		CHECK_INT(known, 0, "nothing is known then");
		rig_close(&two);
	}
	free(bytes);
	free(its);
	rig_close(&rig);
}

/* What has tripped first is what is said. */
void test_engine_second_breaker(void)
{
	int trips = 0;

	rig_open(&rig);
	rig.config.limits.capital = (usd){ 20000 * NUM_ONE };
	rig.config.limits.losses_in_row_max = 1;
	rig_restart(&rig);
	rig_ready(&rig);
	rig_long(&rig, rig_time(10, 10, 0));
	struct order stop = tell_partly(&rig, 50);
	tell_status(&rig, &stop, ST_FILLED, 50, 70);
	for (uint32_t i = 0; i < rig.out.n; i++)
		trips += rig.out.a[i].kind == ACT_NOTE && rig.out.a[i].u.note.kind == NOTE_BREAKER;
	CHECK_INT(trips, 1, "one is enough");
	CHECK_INT(engine_state(rig.engine)->breaker, DENY_DAY_LOSS, "the day's loss");
	CHECK_INT(engine_state(rig.engine)->losses_in_row, 1, "though the row is full, too");
	rig_close(&rig);
}

/* Bars of who stands in for the broker are said with a signal of their day; one that is not taken
 * is none. */
void test_engine_bars_of_a_stand_in(void)
{
	for (sym s = 0; s < 100; s += 99) {
		struct event ev = { .kind = EV_BAR, .u.bar = {
			.open_ts = rig_time(10, 8, 0), .ts = rig_time(10, 9, 0),
			.open = rig_px(100), .high = rig_px(100), .low = rig_px(100),
			.close = rig_px(100), .volume = 1000, .sym = s, .flags = BAR_FALLBACK } };
		rig_open(&rig);
		rig_ready(&rig);
		rig.now = rig_time(10, 9, 0);
		rig_step(&rig, &ev);
		rig_long(&rig, rig_time(10, 10, 0));
		CHECK(told_note(&rig, s == 0 ? "long, on bars of [data] fallback" : "long"),
		      "a signal beside a bar of symbol %u", (unsigned)s);
		rig_close(&rig);
	}
}
