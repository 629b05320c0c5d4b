/* Executions by their ids: however they are told, the books have each once, at its own price. */
#include "test/unit/engine_rig.h"

#include <stdio.h>
#include <string.h>

static struct rig rig;
static char entry[CID_TEXT];

/* What the broker knows: an entry of 100 shares in three executions, at 100, 101 and 102. */
static const struct { int64_t n, to; double at, average; const char *id; } done[] = {
	{ 40, 40, 100, 100, "e1" }, { 10, 50, 101, 100.2, "e2" }, { 50, 100, 102, 101.1, "e3" },
};

#define WORTH (10110 * NUM_ONE)

static void begin(void)
{
	rig_enter(&rig, rig_time(10, 10, 0));
	memcpy(entry, rig.store.trade[0].id, sizeof entry);
}

static struct report of_entry(enum report_source source, int64_t shares, double average)
{
	struct report r = { .source = (uint8_t)source, .side = SIDE_BUY, .want = qty_shares(100),
			    .done = qty_shares(shares), .average = rig_px(average) };

	r.status = (uint8_t)(shares == 100 ? ST_FILLED : shares > 0 ? ST_PARTIALLY_FILLED : ST_NEW);
	memcpy(r.cid, entry, sizeof r.cid);
	memcpy(r.bid, "broker's", 9);
	return r;
}

static struct report execution(enum report_source source, int i)
{
	struct report r = of_entry(source, done[i].to, done[i].average);

	r.n = qty_shares(done[i].n);
	r.at = rig_px(done[i].at);
	memcpy(r.execution, done[i].id, 3);
	return r;
}

static void give(struct report r)
{
	struct event ev = { .kind = EV_ORDER, .u.order = r };

	rig_step(&rig, &ev);
}

/* As the store keeps them: by order and number; a name is not taken away. */
static const struct fill *kept(int64_t to)
{
	const struct fill *f = NULL;

	for (uint32_t i = 0; i < rig.store.fills_n; i++) {
		const struct fill *n = &rig.store.fill[i];
		if (n->cumulative.n == to * NUM_ONE && strcmp(n->order, entry) == 0 &&
		    (f == NULL || f->execution[0] == 0 || strcmp(f->execution, n->execution) == 0))
			f = n;
	}
	return f;
}

static void check_all_named(const char *how, int which)
{
	const struct trade *t = &rig.store.trade[0];

	CHECK_INT(t->in.n, 100 * NUM_ONE, "%s %d: a hundred shares", how, which);
	CHECK_INT(t->in_value.n, WORTH, "%s %d: for what they cost", how, which);
	for (size_t i = 0; i < COUNT(done); i++) {
		const struct fill *f = kept(done[i].to);
		if (!CHECK(f != NULL, "%s %d: execution %zu is kept", how, which, i))
			continue;
		CHECK_TEXT(f->execution, done[i].id, "%s %d: by its name", how, which);
		CHECK_INT(f->n.n, done[i].n * NUM_ONE, "%s %d: with its shares", how, which);
		CHECK_INT(f->at.n, rig_px(done[i].at).n, "%s %d: at its price", how, which);
		CHECK(!f->from_snapshot, "%s %d: exact", how, which);
	}
}

/* Six ways in which an execution may be learnt; every order of three of them, each with a sum
 * that is told before, and all of it twice. */
void test_engine_execs_any_order(void)
{
	static const int order[6][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};

	for (int p = 0; p < 6 * 8 * 2; p++) {
		begin();
		if (p / 48 != 0)	/* a listing was there first */
			give(of_entry(FROM_SYNC, 50, 100.2));
		for (int twice = 0; twice < 2; twice++)
			for (int i = 0; i < 3; i++)
				give(execution(p / 6 >> i & 1 ? FROM_LIST : FROM_STREAM,
					       order[p % 6][i]));
		give(of_entry(FROM_ASK, 100, 101.1));
		for (int i = 0; i < 3; i++)
			give(execution(FROM_LIST, i));
		check_all_named("way", p);
		rig_close(&rig);
	}
}

/* The same execution with the order's newest sum: no shares more, and no other's price. */
void test_engine_execs_repeated_with_another_sum(void)
{
	begin();
	give(execution(FROM_STREAM, 0));
	struct report r = execution(FROM_STREAM, 0);
	r.done = qty_shares(100);
	r.average = rig_px(101.1);
	r.status = ST_FILLED;
	give(r);
	CHECK_INT(rig.store.trade[0].in.n, 40 * NUM_ONE, "what is told again adds nothing");
	CHECK_INT(rig_count(&rig, ACT_ASK), 1, "how many there are is asked for");
	give(of_entry(FROM_ASK, 100, 101.1));
	CHECK_INT(rig.store.trade[0].in_value.n, WORTH, "and the answer counts");
	give(execution(FROM_STREAM, 2));
	give(execution(FROM_STREAM, 1));
	check_all_named("repeated", 0);
	rig_close(&rig);
}

/* Once more the same, while others have no name yet. */
void test_engine_execs_repeated_before_the_others(void)
{
	begin();
	for (int twice = 0; twice < 2; twice++)
		give(execution(FROM_STREAM, 2));
	give(execution(FROM_STREAM, 0));
	give(execution(FROM_STREAM, 1));
	check_all_named("before the others", 0);
	CHECK_INT(rig.store.fills_n, COUNT(done), "and nothing else");
	rig_close(&rig);
}

/* Known by the sum alone when the process ended: named by the list after it. */
void test_engine_execs_over_a_restart(void)
{
	begin();
	give(of_entry(FROM_ASK, 100, 101.1));
	rig_restart(&rig);
	rig_ready(&rig);
	for (int i = 2; i >= 0; i--)
		give(execution(FROM_LIST, i));
	check_all_named("restart", 0);
	uint32_t fills = rig.store.fills_n;
	for (int i = 0; i < 3; i++)
		give(execution(FROM_LIST, i));
	CHECK_INT(rig.store.fills_n, fills, "the same list again is no news");
	rig_close(&rig);
}

/* Taken back, and told again by all who have not heard of it. */
void test_engine_execs_bust(void)
{
	for (int restarted = 0; restarted < 2; restarted++) {
		begin();
		for (int i = 0; i < 3; i++)
			give(execution(FROM_STREAM, i));
		if (restarted) {
			rig_restart(&rig);
			rig_ready(&rig);
			for (int i = 0; i < 3; i++)
				give(execution(FROM_LIST, i));
		}
		struct report r = execution(FROM_BUST, 1);
		r.done = qty_shares(90);
		for (int twice = 0; twice < 2; twice++)
			give(r);
		r.source = FROM_UNLIST;
		give(r);
		give(execution(FROM_LIST, 1));
		give(execution(FROM_STREAM, 1));
		const struct trade *t = &rig.store.trade[0];
		CHECK_INT(t->in.n, 90 * NUM_ONE, "restarted %d: ten fewer", restarted);
		CHECK_INT(t->in_value.n, WORTH - 1010 * NUM_ONE, "and their price");
		CHECK_INT(kept(50)->n.n, 0, "the execution is kept, and no shares of it");
		CHECK_TEXT(kept(50)->execution, "e2", "under its name");
		CHECK_INT(rig_stored(&rig, entry)->done.n, 90 * NUM_ONE, "the order, too");
		rig_close(&rig);
	}
}

static struct report of_another(struct report r)
{
	memcpy(r.cid, rig.store.order[1].cid, sizeof r.cid);
	memcpy(r.bid, "another's", 10);
	r.side = SIDE_SELL;
	return r;
}

/* An order that works on after a bust counts shares that it had before: they are others. */
void test_engine_execs_bust_and_on(void)
{
	begin();
	give(execution(FROM_STREAM, 0));
	give(execution(FROM_STREAM, 1));
	struct report r = execution(FROM_BUST, 1);
	r.done = qty_shares(40);
	give(r);
	r = execution(FROM_STREAM, 1);
	memcpy(r.execution, "e4", 3);
	r.at = rig_px(103);
	give(r);
	CHECK_INT(rig.store.trade[0].in.n, 50 * NUM_ONE, "forty and ten");
	CHECK_INT(rig.store.trade[0].in_value.n, 5030 * NUM_ONE, "at 100 and 103");
	CHECK_TEXT(kept(50)->execution, "e2", "what was taken back stays known");
	CHECK(kept(60) != NULL && strcmp(kept(60)->execution, "e4") == 0, "beside the new one");
	r = of_entry(FROM_STREAM, 50, 100.6);
	r.status = ST_CANCELED;
	give(r);
	give(of_another(of_entry(FROM_STREAM, 10, 104)));
	CHECK_INT(rig.store.trade[0].out.n, 10 * NUM_ONE, "of another order none were taken back");
	rig_close(&rig);
}

void test_engine_execs_corrected(void)
{
	begin();
	for (int i = 0; i < 3; i++)
		give(execution(FROM_STREAM, i));
	struct report r = execution(FROM_CORRECT, 2);
	r.at = rig_px(102.5);
	give(r);
	CHECK_INT(rig.store.trade[0].in_value.n, WORTH + 25 * NUM_ONE, "50 at half a dollar more");
	CHECK_INT(kept(100)->at.n, rig_px(102.5).n, "the fill has the new price");
	r.source = FROM_LIST;
	give(r);
	CHECK_INT(rig.store.trade[0].in_value.n, WORTH + 25 * NUM_ONE, "said twice, counted once");
	CHECK_INT(rig.store.trade[0].in.n, 100 * NUM_ONE, "no share more or less");
	rig_close(&rig);
}

/* Should the list have ids of its own, what the stream named stays as it is. */
void test_engine_execs_two_names_for_one(void)
{
	begin();
	give(execution(FROM_STREAM, 0));
	give(of_entry(FROM_ASK, 100, 101.1));
	struct report r = execution(FROM_LIST, 0);
	memcpy(r.execution, "another", 8);
	give(r);
	CHECK_TEXT(kept(40)->execution, "e1", "the first name stays");
	CHECK(kept(100)->execution[0] == 0, "and is not given to others");
	CHECK_INT(rig.store.trade[0].in_value.n, WORTH, "nor is the price");
	rig_close(&rig);
}

/* What a list says beyond the books is asked for, of an order that is at work. */
void test_engine_execs_list_knows_more(void)
{
	begin();
	give(execution(FROM_STREAM, 0));
	struct report r = execution(FROM_UNLIST, 2);
	give(r);
	CHECK_INT(rig_count(&rig, ACT_ASK), 0, "what the list has not is no news of more");
	give(execution(FROM_LIST, 1));
	CHECK_INT(rig_count(&rig, ACT_ASK), 1, "more than is booked is asked for");
	CHECK_INT(rig.store.trade[0].in.n, 40 * NUM_ONE, "and not booked from a list");
	give(execution(FROM_LIST, 2));
	CHECK_INT(rig_count(&rig, ACT_ASK), 0, "once");
	r = of_entry(FROM_ASK, 40, 100);
	r.status = ST_CANCELED;
	give(r);
	give(execution(FROM_LIST, 1));
	CHECK_INT(rig_count(&rig, ACT_ASK), 0, "what is over is the reconciliation's business");
	CHECK_INT(rig.store.trade[0].in.n, 40 * NUM_ONE, "the books are as they were");
	rig_close(&rig);
}

/* An id is no name for nothing, nor for more than was booked without one. */
void test_engine_execs_names_that_do_not_fit(void)
{
	struct report r;

	begin();
	give(of_entry(FROM_ASK, 40, 100));
	r = execution(FROM_LIST, 0);
	r.n = qty_shares(0);
	give(r);
	r = execution(FROM_LIST, 0);
	r.at = (px){ 0 };
	give(r);
	r = execution(FROM_LIST, 0);
	r.n = qty_shares(60);
	give(r);
	CHECK(kept(40)->execution[0] == 0, "no shares, no price, too many shares: no name");
	CHECK_INT(rig.store.trade[0].in_value.n, 4000 * NUM_ONE, "nor another price");
	give(execution(FROM_LIST, 0));
	CHECK_TEXT(kept(40)->execution, "e1", "the one that fits has it");
	rig_close(&rig);
}

/* Numbers that fit none of two sums: it is some of the first's. */
void test_engine_execs_between_two_sums(void)
{
	struct report r;

	begin();
	give(of_entry(FROM_ASK, 40, 100));
	give(of_entry(FROM_ASK, 100, 100));
	r = execution(FROM_LIST, 2);		/* 50 of them, */
	r.done = qty_shares(70);		/* from the twentieth to the seventieth */
	r.at = rig_px(100);
	give(r);
	CHECK_TEXT(kept(90)->execution, "e3", "enough of them were in the second");
	r = execution(FROM_LIST, 1);		/* 10, */
	r.done = qty_shares(45);		/* from the thirty-fifth to the forty-fifth */
	r.at = rig_px(100);
	give(r);
	CHECK_TEXT(kept(10)->execution, "e2", "and of the first that has enough the first");
	CHECK_INT(rig.store.trade[0].in.n, 100 * NUM_ONE, "no share more or less");
	CHECK_INT(rig.store.trade[0].in_value.n, 10000 * NUM_ONE, "nor a dollar");
	rig_close(&rig);
}

/* As many shares as a named execution has, at another place: they are others. One that is all of
 * a sum has cost more than that: so the others have cost less, in all it is what was told. */
void test_engine_execs_beside_a_named_one(void)
{
	begin();
	give(execution(FROM_STREAM, 0));
	give(of_entry(FROM_ASK, 100, 101.1));
	struct report r = execution(FROM_LIST, 0);
	memcpy(r.execution, "e9", 3);
	r.done = qty_shares(90);
	give(r);
	CHECK_TEXT(kept(90)->execution, "e9", "forty up to the ninetieth are not the first forty");
	CHECK_INT(rig.store.trade[0].in_value.n, WORTH, "nor is it a dollar more");
	rig_close(&rig);
	begin();
	give(of_entry(FROM_ASK, 40, 100));
	give(of_entry(FROM_ASK, 100, 100));
	r = execution(FROM_LIST, 0);
	r.at = rig_px(101);
	give(r);
	CHECK_INT(kept(40)->value.n, 4040 * NUM_ONE, "the first forty have cost more");
	CHECK_INT(kept(100)->value.n, 5960 * NUM_ONE, "the others less");
	CHECK_INT(rig.store.trade[0].in_value.n, 10000 * NUM_ONE, "and all what was told");
	rig_close(&rig);
}

/* One that has cost more than was told for all of them: the sum was wrong. */
void test_engine_execs_dearer_than_the_sum(void)
{
	begin();
	give(of_entry(FROM_ASK, 100, 100));
	struct report r = execution(FROM_LIST, 2);
	r.at = rig_px(250);
	give(r);
	const struct trade *t = &rig.store.trade[0];
	CHECK_INT(t->in_value.n, (12500 + 5000) * NUM_ONE, "the others cost their part of it");
	int64_t facts = 0;
	for (uint32_t i = 0; i < rig.store.fills_n; i++)
		facts += rig.store.fill[i].value.n;
	CHECK_INT(facts, t->in_value.n, "the facts add up to the trade");
	rig_close(&rig);
}

/* An id of the entry, said of its stop. */
void test_engine_execs_of_another_order(void)
{
	begin();
	struct report r = execution(FROM_STREAM, 0);
	r.status = ST_CANCELED;
	give(r);
	if (!CHECK_INT(rig.store.orders_n, 2, "the forty shares have a stop"))
		return;
	r = of_another(execution(FROM_CORRECT, 0));
	r.at = rig_px(90);
	give(r);
	r.source = FROM_BUST;
	give(r);
	CHECK_INT(rig.store.trade[0].in.n, 40 * NUM_ONE, "it is not taken back");
	CHECK_INT(rig.store.trade[0].in_value.n, 4000 * NUM_ONE, "nor has it another price");
	r = execution(FROM_CORRECT, 0);
	r.at = (px){ 0 };
	give(r);
	CHECK_INT(rig.store.trade[0].in_value.n, 4000 * NUM_ONE, "a correction has a price");
	/* The stop sells ten; then what they brought is corrected. */
	r = of_another(execution(FROM_STREAM, 1));
	r.done = r.n = qty_shares(10);
	r.want = qty_shares(40);
	r.at = rig_px(99);
	give(r);
	r.source = FROM_CORRECT;
	r.at = rig_px(98);
	give(r);
	CHECK_INT(rig.store.trade[0].out_value.n, 980 * NUM_ONE, "it is the way out's");
	CHECK_INT(rig.store.trade[0].in_value.n, 4000 * NUM_ONE, "and not the way in's");
	rig_close(&rig);
}

void test_engine_execs_bust_of_an_unknown(void)
{
	begin();
	give(of_entry(FROM_ASK, 100, 101.1));
	uint64_t odd = engine_state(rig.engine)->odd_reports;
	give(execution(FROM_UNLIST, 1));
	CHECK_INT(rig_count(&rig, ACT_SYNC), 0, "what a list leaves out need not have been");
	give(execution(FROM_BUST, 1));
	CHECK_INT(rig_count(&rig, ACT_SYNC), 1, "what is taken back is looked for");
	CHECK_INT(engine_state(rig.engine)->odd_reports, odd + 1, "it is odd");
	CHECK_INT(rig.store.trade[0].in.n, 100 * NUM_ONE, "as long the books stay");
	rig_close(&rig);
}

/* The trade is over; then the broker has another word on how it began. */
static void round_trip(double out)
{
	begin();
	struct report r = execution(FROM_STREAM, 0);
	r.status = ST_CANCELED;
	give(r);
	r = of_another(of_entry(FROM_STREAM, 40, out));
	r.want = qty_shares(40);
	r.status = ST_FILLED;
	give(r);
	CHECK_INT(rig.store.trade[0].state, TRADE_CLOSED, "in and out");
}

void test_engine_execs_corrected_when_over(void)
{
	round_trip(99);
	CHECK_INT(engine_state(rig.engine)->pnl_day.n, -40 * NUM_ONE, "a dollar a share is lost");
	struct report r = execution(FROM_CORRECT, 0);
	r.at = rig_px(98);
	give(r);
	const struct instance_state *s = engine_state(rig.engine);
	CHECK_INT(s->pnl_day.n, 40 * NUM_ONE, "bought for 98 it was won");
	CHECK_INT(s->trades_day, 1, "one trade");
	CHECK_INT(s->wins_day, 1, "which counts as won");
	CHECK_INT(rig.store.trade[0].state, TRADE_CLOSED, "and is over");
	rig_close(&rig);
}

void test_engine_execs_bust_when_over(void)
{
	round_trip(101);
	CHECK_INT(engine_state(rig.engine)->wins_day, 1, "it was won");
	give(execution(FROM_BUST, 0));
	CHECK_INT(rig.store.trade[0].state, TRADE_EXITING, "forty too many were sold");
	CHECK_INT(engine_state(rig.engine)->trades_day, 0, "a trade that is not over counts not");
	CHECK_INT(engine_state(rig.engine)->wins_day, 0, "nor as won");
	const struct order *back = rig_submitted(&rig, 0);
	if (CHECK(back != NULL, "they are bought back")) {
		CHECK_INT(back->side, SIDE_BUY, "by a purchase");
		CHECK_INT(back->want.n, 40 * NUM_ONE, "of as many");
	}
	rig_close(&rig);
}

/* The next morning, when the counts have begun anew: what is taken back was yesterday's. */
void test_engine_execs_bust_the_day_after(void)
{
	round_trip(101);
	rig_clock(&rig, ny_time(day_of(2024, 10, 2), 10, 0), false);
	CHECK_INT(engine_state(rig.engine)->trades_day, 0, "a new day");
	give(execution(FROM_BUST, 0));
	CHECK_INT(engine_state(rig.engine)->trades_day, 0, "has no trade less than none");
	CHECK_INT(engine_state(rig.engine)->wins_day, 0, "and none won");
	CHECK_INT(engine_state(rig.engine)->trades_all, 0, "of all there is one less");
	rig_close(&rig);
}

/* More than are remembered: the newest are known, and those before stay as they were booked. */
void test_engine_execs_ring(void)
{
	begin();
	rig.store.fills_n = 0;
	for (int i = 1; i <= 100; i++) {
		for (int part = 1; part <= 4; part++) {
			struct report r = of_entry(FROM_STREAM, 0, 100);
			r.status = ST_PARTIALLY_FILLED;
			r.done.n = (i * 4 + part - 4) * NUM_ONE / 4;
			r.n.n = NUM_ONE / 4;
			r.at = rig_px(100);
			snprintf(r.execution, sizeof r.execution, "id-%d-%d", i, part);
			give(r);
		}
	}
	CHECK_INT(rig.store.trade[0].in.n, 100 * NUM_ONE, "four hundred quarters");
	CHECK_INT(engine_state(rig.engine)->fills, 400, "are as many fills");
	struct report r = of_entry(FROM_CORRECT, 100, 100);
	r.n.n = NUM_ONE / 4;
	r.at = rig_px(104);
	memcpy(r.execution, "id-100-4", 9);
	give(r);
	CHECK_INT(rig.store.trade[0].in_value.n, 10001 * NUM_ONE, "the last is known");
	memcpy(r.execution, "id-70-1", 8);
	give(r);
	CHECK_INT(rig.store.trade[0].in_value.n, 10002 * NUM_ONE, "one of some time ago, too");
	memcpy(r.execution, "id-1-1", 7);
	give(r);
	CHECK_INT(rig.store.trade[0].in_value.n, 10002 * NUM_ONE, "the first not any more");
	rig_close(&rig);
}
