/* engine_intents.c: a program outside decides: what it is asked, what its answers become, and when
 * they are too late. */
#include "test/unit/engine_tell.h"

#include <string.h>

static struct rig rig;
static struct strategy program;

/* As the program says; nothing as long as it has not been asked. */
static void answer(const void *state, const void *shared, const struct params *p,
		   const struct view *v, struct decision *out)
{
	double close = px_f64(chart_bar(v->chart, v->slot, 0).close);

	(void)state, (void)shared, (void)p;
	if (v->intent == NULL)
		return;
	if (v->trade != NULL) {
		out->what = v->intent->what == INTENT_EXIT ? DECIDE_EXIT : DECIDE_NONE;
		return;
	}
	out->what = DECIDE_REJECT;
	out->failed = 0;
	if (v->intent->what == INTENT_NONE)
		out->what = DECIDE_NONE;
	if (v->intent->what == INTENT_LONG)
		*out = (struct decision){ .what = DECIDE_ENTER, .side = SIDE_BUY,
					  .stop = close * 0.99, .target = close * 1.05 };
}

static void slice(int minute)
{
	rig.now = rig_time(10, minute, 0);
	rig_bar(&rig, 0, rig.now, 100);
	rig_clock(&rig, rig.now, true);
}

static void begin(void)
{
	program = rig_strategy;
	program.outside = true;
	program.decide = answer;
	rig_open(&rig);
	rig.config.strategy = &program;
	rig_restart(&rig);
}

static void intent(sym s, enum intent_what what, const char *why)
{
	struct event ev = { .kind = EV_INTENT, .u.intent = {
		.bar = rig.now / NS_MINUTE * NS_MINUTE, .sym = s,
		.what = (uint8_t)what } };

	memcpy(ev.u.intent.why, why, strlen(why) + 1);
	rig_step(&rig, &ev);
}

/* Turned away as too late, since then. */
static uint64_t late(void)
{
	for (uint32_t i = 0; engine_funnel_name(&rig.config, i) != NULL; i++)
		if (strcmp(engine_funnel_name(&rig.config, i), "late") == 0)
			return engine_state(rig.engine)->funnel[i];
	CHECK(0, "there is a count of late answers");
	return 0;
}

static enum ask asked(void)
{
	struct question q = { .ask = ASK_NOTHING };

	return engine_question(rig.engine, 0, &q) ? q.ask : ASK_NOTHING;
}

void test_engine_intent_from_entry_to_exit(void)
{
	begin();
	slice(9);
	CHECK_INT(asked(), ASK_NOTHING, "before the first reconciliation nothing is asked");
	rig_ready(&rig);
	slice(10);
	CHECK_INT(asked(), ASK_ENTRY, "then for an entry");
	CHECK(engine_input(rig.engine, 0, 0) == 100, "with the inputs that were asked for");
	intent(0, INTENT_NONE, "");
	CHECK_INT(engine_state(rig.engine)->signals, 0, "it may want none");
	intent(0, INTENT_SHORT, "");
	CHECK_INT(engine_state(rig.engine)->funnel[0], 1, "or one that is turned away");
	intent(0, INTENT_LONG, "above its average");
	CHECK(told_note(&rig, "long: above its average"), "its words are kept");
	struct order entry = told_sent(&rig, "an entry");
	CHECK_INT(asked(), ASK_NOTHING, "an entry at work is asked nothing");
	tell_status(&rig, &entry, ST_CANCELED, 50, 100);
	struct order stop = told_sent(&rig, "a stop");
	tell_status(&rig, &stop, ST_NEW, 0, 0);
	CHECK_INT(asked(), ASK_NOTHING, "nor of the bar on which it was decided");
	slice(11);
	CHECK_INT(asked(), ASK_EXIT, "at the next it is asked for an exit");
	intent(0, INTENT_NONE, "");
	CHECK_INT(told_trade(&rig)->state, TRADE_OPEN, "it may stay");
	intent(0, INTENT_EXIT, "");
	CHECK_INT(told_trade(&rig)->reason_out, EXIT_SIGNAL, "or leave");
	CHECK_INT(asked(), ASK_NOTHING, "and is asked nothing on the way");
	rig_close(&rig);
}

void test_engine_intent_too_late(void)
{
	begin();
	rig_ready(&rig);
	slice(10);
	intent(0, INTENT_UNANSWERED, "");
	CHECK_INT(late(), 1, "no answer is a late one");
	slice(11);
	struct event ev = { .kind = EV_INTENT, .u.intent = { .bar = rig_time(10, 10, 0),
							     .what = INTENT_LONG } };
	rig_step(&rig, &ev);
	CHECK_INT(late(), 2, "so is one to the bar before");
	ev.u.intent.bar = rig_time(10, 11, 0);
	ev.u.intent.sym = 1;
	rig_step(&rig, &ev);
	CHECK_INT(late(), 3, "and one of a symbol that had no bar then");
	rig_clock(&rig, rig_time(10, 15, 0), false);
	CHECK_INT(asked(), ASK_NOTHING, "after three minutes nobody is asked");
	ev.u.intent.sym = 0;
	rig_step(&rig, &ev);
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), 0, "and nobody enters");
	ev.u.intent.sym = 99;
	rig_step(&rig, &ev);
	CHECK_INT(late(), 3, "a symbol that is not traded here counts for nothing");
	rig_close(&rig);
}

/* Outside of the window, between two scans, before it is warm. */
void test_engine_intent_out_of_place(void)
{
	begin();
	rig.config.interval = 5 * NS_MINUTE;
	rig_restart(&rig);
	rig_ready(&rig);
	slice(10);
	CHECK_INT(asked(), ASK_ENTRY, "the first slice is looked at");
	slice(11);
	CHECK_INT(asked(), ASK_NOTHING, "the next within five minutes not");
	rig.now = rig_time(15, 50, 0);
	rig_bar(&rig, 0, rig.now, 100);
	rig_clock(&rig, rig.now, true);
	CHECK_INT(asked(), ASK_NOTHING, "nor one behind the window");
	rig_close(&rig);
	begin();
	program.warmup = NULL;
	program.warmup_bars = 3;
	rig_restart(&rig);
	rig_ready(&rig);
	slice(10);
	CHECK_INT(asked(), ASK_NOTHING, "of three bars one is not enough");
	slice(11);
	slice(12);
	CHECK_INT(asked(), ASK_ENTRY, "three are");
	rig_close(&rig);
	rig_open(&rig);
	rig_ready(&rig);
	slice(10);
	intent(0, INTENT_LONG, "");
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), 0, "who decides inside hears nobody outside");
	rig_close(&rig);
}
