#include "test/unit/store_box.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- round trips */

void test_store_round_trips(void)
{
	struct session_record sessions[2];
	struct instance_state states[2];
	struct order orders[2];
	struct trade trades[2];
	enum kill_state kill;
	char id[UUID_TEXT], who[64];
	struct rng r;
	struct box b;
	ns ts;

	rng_seed(&r, check_seed());
	box_init(&b);
	if (!box_open(&b, STORE_WRITE))
		return;
	CHECK_INT(store_account(b.s, id), ERR_NOTFOUND, "a new store belongs to nobody");
	CHECK_INT(store_kill(b.s, &kill, who, &ts), ERR_NOTFOUND, "and knows no kill state");
	CHECK_INT(store_last_session(b.s, sessions), ERR_NOTFOUND, "and no session");
	for (unsigned i = 0; i < 300; i++) {
		make_order(&orders[0], &r, i);
		make_trade(&trades[0], &r, i);
		make_state(&states[0], &r, i);
		make_session(&sessions[0], &r, i);
		if (store_begin(b.s) != OK || store_put_order(b.s, orders) != OK ||
		    store_put_trade(b.s, trades) != OK || store_put_state(b.s, states) != OK ||
		    store_put_session(b.s, sessions) != OK || store_commit(b.s, b.why) != OK)
			CHECK(false, "written: %s", b.why);
		if (i % 100 == 99) {	/* from the disk, not from memory */
			box_close(&b);
			if (!box_open(&b, STORE_WRITE))
				return;
		}
		CHECK_INT(store_order(b.s, str_of(orders[0].cid), &orders[1]), OK, "by cid");
		CHECK(memcmp(&orders[0], &orders[1], sizeof(orders[0])) == 0, "the same order");
		CHECK_INT(store_order(b.s, str_of(orders[0].bid), &orders[1]), OK, "by bid");
		CHECK(memcmp(&orders[0], &orders[1], sizeof(orders[0])) == 0, "the same order");
		CHECK_INT(store_trade(b.s, str_of(trades[0].id), &trades[1]), OK, "trade");
		CHECK(memcmp(&trades[0], &trades[1], sizeof(trades[0])) == 0, "the same trade");
		CHECK_INT(store_state(b.s, str_of(states[0].name), &states[1]), OK, "state");
		CHECK(memcmp(&states[0], &states[1], sizeof(states[0])) == 0, "the same state");
		CHECK_INT(store_last_session(b.s, &sessions[1]), OK, "session");
		CHECK(memcmp(&sessions[0], &sessions[1], sizeof(sessions[0])) == 0,
		      "the same session");
	}
	CHECK_INT(store_order(b.s, STR("c300"), orders), ERR_NOTFOUND, "no such order");
	CHECK_INT(store_order(b.s, STR(""), orders), ERR_NOTFOUND, "no order without a name");
	CHECK_INT(store_begin(b.s), OK, "begins");
	CHECK_INT(store_put_kill(b.s, KILL_FLATTEN, STR("op"), 7), OK, "kill");
	CHECK_INT(store_put_account(b.s, STR("a-b")), OK, "account");
	CHECK_INT(store_commit(b.s, b.why), OK, "commits");
	CHECK_INT(store_kill(b.s, &kill, who, &ts), OK, "kill is read");
	CHECK(kill == KILL_FLATTEN && ts == 7 && strcmp(who, "op") == 0, "the same kill state");
	CHECK_INT(store_account(b.s, id), OK, "account is read");
	CHECK_TEXT(id, "a-b", "the same account");
	box_done(&b);
}

void test_store_abort_leaves_nothing(void)
{
	struct order o;
	struct rng r;
	struct box b;

	rng_seed(&r, check_seed());
	box_init(&b);
	if (!box_open(&b, STORE_WRITE))
		return;
	make_order(&o, &r, 1);
	CHECK_INT(store_begin(b.s), OK, "begins");
	CHECK_INT(store_put_order(b.s, &o), OK, "put");
	CHECK_INT(store_order(b.s, str_of(o.cid), &o), ERR_NOTFOUND, "not before the commit");
	store_abort(b.s);
	CHECK_INT(store_order(b.s, str_of(o.cid), &o), ERR_NOTFOUND, "not after an abort");
	CHECK_INT(store_begin(b.s), OK, "begins");
	CHECK_INT(store_commit(b.s, b.why), OK, "a commit of nothing");
	box_done(&b);
}

/* ---- orders that learn their ids */

static unsigned count_orders(struct box *b)
{
	unsigned n = 0;

	CHECK_INT(store_orders(b->s, 0, count_each, &n), OK, "walks");
	return n;
}

static void put_order(struct box *b, const struct order *o)
{
	CHECK(store_begin(b->s) == OK && store_put_order(b->s, o) == OK &&
	      store_commit(b->s, b->why) == OK, "order is written: %s", b->why);
}

void test_store_order_is_one_record(void)
{
	struct order o, leg, got;
	struct rng r;
	struct box b;

	rng_seed(&r, check_seed());
	box_init(&b);
	if (!box_open(&b, STORE_WRITE))
		return;
	make_order(&o, &r, 1);
	o.leg = 0;
	memset(o.bid, 0, sizeof(o.bid));
	put_order(&b, &o);
	memcpy(o.bid, "b1", 3);
	o.made++;
	put_order(&b, &o);
	CHECK_INT(count_orders(&b), 1, "an order that learns its bid is the same order");
	make_order(&leg, &r, 2);
	leg.leg = 1;
	memset(leg.cid, 0, sizeof(leg.cid));
	put_order(&b, &leg);
	memcpy(leg.cid, "theirs", 7);
	leg.trade[1]++;
	put_order(&b, &leg);
	CHECK_INT(count_orders(&b), 2, "a leg that learns its cid is the same leg");
	CHECK_INT(store_order(b.s, STR("theirs"), &got), OK, "a leg is found by its cid");
	CHECK(memcmp(&got, &leg, sizeof(leg)) == 0, "the leg");
	CHECK_INT(store_order(b.s, STR("b2"), &got), OK, "and by its bid");
	memcpy(o.bid, "b9", 3);
	put_order(&b, &o);
	CHECK_INT(store_order(b.s, STR("b9"), &got), OK, "found by the new bid");
	CHECK_INT(store_order(b.s, STR("b1"), &got), ERR_NOTFOUND, "not by the old one");
	leg.leg = 0;	/* learnt first as an order, whatever the broker says now */
	put_order(&b, &leg);
	CHECK_INT(count_orders(&b), 2, "the same order by either id");
	box_done(&b);
}

/* ---- walks */

struct order_walk {
	unsigned n;
	ns       last;
	bool     newest, ordered;
};

static bool each_order(void *ctx, const void *record)
{
	struct order_walk *w = ctx;
	const struct order *o = record;

	if (w->n > 0 && (w->newest ? o->made > w->last : o->made < w->last))
		w->ordered = false;
	w->last = o->made;
	w->n++;
	return true;
}

static bool each_trade(void *ctx, const void *record)
{
	struct order_walk *w = ctx;
	const struct trade *t = record;

	if (w->n > 0 && (w->newest ? t->signal_ts > w->last : t->signal_ts < w->last))
		w->ordered = false;
	w->last = t->signal_ts;
	w->n++;
	return true;
}

void test_store_order_of_walks(void)
{
	struct order_walk w = { .newest = true, .ordered = true };
	unsigned open_orders = 0, open_trades = 0;
	struct order o;
	struct trade t;
	struct rng r;
	struct box b;

	rng_seed(&r, check_seed());
	box_init(&b);
	if (!box_open(&b, STORE_WRITE))
		return;
	CHECK_INT(store_begin(b.s), OK, "begins");
	for (unsigned round = 0; round < 2; round++) {	/* the second time all are replaced */
		open_orders = open_trades = 0;
		for (unsigned i = 0; i < 200; i++) {
			make_order(&o, &r, i);
			make_trade(&t, &r, i);
			o.leg = 0;
			open_orders += o.stage != ORDER_DONE;
			open_trades += t.state != TRADE_CLOSED;
			CHECK_INT(store_put_order(b.s, &o), OK, "order");
			CHECK_INT(store_put_trade(b.s, &t), OK, "trade");
		}
	}
	CHECK_INT(store_commit(b.s, b.why), OK, "commits");
	CHECK_INT(store_orders(b.s, 0, each_order, &w), OK, "orders");
	CHECK(w.n == 200 && w.ordered, "all orders, newest first: %u", w.n);
	w = (struct order_walk){ .newest = true, .ordered = true };
	CHECK_INT(store_trades(b.s, 0, each_trade, &w), OK, "trades");
	CHECK(w.n == 200 && w.ordered, "all trades, newest first: %u", w.n);
	w = (struct order_walk){ .ordered = true };
	CHECK_INT(store_open_orders(b.s, each_order, &w), OK, "open orders");
	CHECK(w.n == open_orders && w.ordered, "open orders, oldest first");
	w = (struct order_walk){ .ordered = true };
	CHECK_INT(store_open_trades(b.s, each_trade, &w), OK, "open trades");
	CHECK(w.n == open_trades && w.ordered, "open trades, oldest first");
	w = (struct order_walk){ .newest = true, .ordered = true };
	CHECK_INT(store_orders(b.s, 7, each_order, &w), OK, "orders");
	CHECK_INT(w.n, 7, "as many as asked for");
	w = (struct order_walk){ .ordered = true };
	CHECK_INT(store_orders_of(b.s, STR("t1"), each_order, &w), OK, "orders of a trade");
	CHECK(w.n == 2 && w.ordered, "t1 has c2 and c3, not those of t10: %u", w.n);
	box_done(&b);
}

struct seen {
	unsigned n;
	uint64_t seq[64];
	ns       ts[64];
};

static bool each_note(void *ctx, const void *record)
{
	const struct note *n = record;
	struct seen *seen = ctx;

	seen->ts[seen->n] = n->ts;
	seen->seq[seen->n++] = n->seq;
	return seen->n < COUNT(seen->seq);
}

static bool each_fill(void *ctx, const void *record)
{
	const struct fill *f = record;
	struct seen *seen = ctx;

	seen->ts[seen->n] = f->ts;
	seen->seq[seen->n++] = (uint64_t)f->cumulative.n;
	return seen->n < COUNT(seen->seq);
}

static bool each_point(void *ctx, const void *record)
{
	struct seen *seen = ctx;

	seen->ts[seen->n++] = ((const struct equity_point *)record)->ts;
	return seen->n < COUNT(seen->ts);
}

void test_store_notes_in_order(void)
{
	/* when, by whose count, of which trade; the fourth counts again from a checkpoint */
	static const struct { ns ts; uint64_t seq; const char *trade; } in[] = {
		{ 10, 1, "t1" }, { 10, 2, "t1" }, { 20, 3, "" }, { 30, 2, "t1" }, { 30, 3, "t10" },
		{ 30, 3, "t10" }
	};
	static const uint64_t newest[] = { 3, 3, 2, 3, 2, 1 };
	struct seen seen = { 0 };
	struct note n;
	struct rng r;
	struct box b;

	rng_seed(&r, check_seed());
	box_init(&b);
	if (!box_open(&b, STORE_WRITE))
		return;
	CHECK_INT(store_begin(b.s), OK, "begins");
	for (size_t i = 0; i < COUNT(in); i++) {
		make_note(&n, &r, 1);
		n.ts = in[i].ts;
		n.seq = in[i].seq;
		n.instance = 1;
		CHECK(str_copy(n.trade, sizeof(n.trade), str_of(in[i].trade)), "fits");
		CHECK_INT(store_add_note(b.s, &n), OK, "note");
	}
	CHECK_INT(store_commit(b.s, b.why), OK, "commits");
	CHECK_INT(store_notes(b.s, 0, each_note, &seen), OK, "notes");
	CHECK_INT(seen.n, 6, "none replaces another");
	CHECK(memcmp(seen.seq, newest, sizeof(newest)) == 0, "newest first");
	seen.n = 0;
	CHECK_INT(store_notes_of(b.s, STR("t1"), each_note, &seen), OK, "notes of a trade");
	CHECK(seen.n == 3 && seen.seq[0] == 1 && seen.seq[1] == 2 && seen.ts[2] == 30,
	      "oldest first, also when a count began again");
	box_done(&b);
}

void test_store_fills_once(void)
{
	struct seen seen = { 0 };
	struct fill f;
	bool known;
	struct rng r;
	struct box b;

	rng_seed(&r, check_seed());
	box_init(&b);
	if (!box_open(&b, STORE_WRITE))
		return;
	CHECK_INT(store_begin(b.s), OK, "begins");
	for (int i = 0; i < 6; i++) {
		make_fill(&f, &r, 1);
		f.cumulative.n = 1 + i % 3;
		f.ts = 100 - i;
		snprintf(f.execution, sizeof f.execution, "execution %d", i);
		CHECK_INT(store_add_fill(b.s, &f, &known), OK, "fill");
		CHECK_INT(known, i >= 3, "told twice, booked once");
	}
	CHECK_INT(store_commit(b.s, b.why), OK, "commits");
	CHECK_INT(store_fills(b.s, each_fill, &seen), OK, "fills");
	CHECK(seen.n == 3 && seen.ts[0] == 98 && seen.ts[2] == 100, "oldest first");
	seen.n = 0;
	CHECK_INT(store_fills_of(b.s, STR("t0"), each_fill, &seen), OK, "fills of a trade");
	CHECK_INT(seen.n, 3, "all of them");
	seen.n = 0;
	CHECK_INT(store_fills_of(b.s, STR("t"), each_fill, &seen), OK, "fills of another trade");
	CHECK_INT(seen.n, 0, "none of them");
	box_done(&b);
}

static bool keep_fill(void *ctx, const void *record)
{
	memcpy(ctx, record, sizeof(struct fill));
	return true;
}

/* A fill that a sum told takes its execution's name and price; never the other way round. What is
 * taken back has no shares from then on. */
void test_store_fills_are_named_later(void)
{
	struct fill f, seen;
	struct rng r;
	struct box b;
	bool known;

	rng_seed(&r, check_seed());
	box_init(&b);
	if (!box_open(&b, STORE_WRITE))
		return;
	CHECK_INT(store_begin(b.s), OK, "begins");
	make_fill(&f, &r, 1);
	f.execution[0] = '\0';
	f.n = (qty){ 100 };
	f.from_snapshot = 1;
	CHECK_INT(store_add_fill(b.s, &f, &known), OK, "a sum");
	struct fill sum = f;
	memcpy(f.execution, "execution", 10);
	f.n = (qty){ 60 };
	f.from_snapshot = 0;
	CHECK_INT(store_add_fill(b.s, &f, &known), OK, "its execution");
	CHECK(!known, "is news");
	CHECK_INT(store_add_fill(b.s, &f, &known), OK, "once more");
	CHECK(known, "is none");
	CHECK_INT(store_add_fill(b.s, &sum, &known), OK, "the sum again");
	CHECK(known, "is none either");
	f.n = (qty){ 0 };
	CHECK_INT(store_add_fill(b.s, &f, &known), OK, "taken back");
	CHECK(!known, "is news");
	f.n = (qty){ 60 };
	memcpy(f.execution, "another", 8);
	CHECK_INT(store_add_fill(b.s, &f, &known), OK, "another one in its place");
	CHECK(known, "is not taken");
	CHECK_INT(store_commit(b.s, b.why), OK, "commits");
	CHECK_INT(store_fills_of(b.s, STR("t0"), keep_fill, &seen), OK, "the fill of the trade");
	CHECK_TEXT(seen.execution, "execution", "by its name");
	CHECK_INT(seen.n.n, 0, "no shares of it");
	box_done(&b);
}

void test_store_equity_once_a_minute(void)
{
	struct seen seen = { 0 };
	struct equity_point p = { .equity = { 1 } };
	struct box b;

	box_init(&b);
	if (!box_open(&b, STORE_WRITE))
		return;
	CHECK_INT(store_begin(b.s), OK, "begins");
	for (ns t = -2 * NS_MINUTE; t < 2 * NS_MINUTE; t += 20 * NS_SECOND) {
		p.ts = t;
		CHECK_INT(store_add_equity(b.s, &p), OK, "point");
	}
	CHECK_INT(store_commit(b.s, b.why), OK, "commits");
	CHECK_INT(store_equity(b.s, INT64_MIN, INT64_MAX, each_point, &seen), OK, "points");
	CHECK_INT(seen.n, 4, "one a minute, before 1970 too");
	CHECK(seen.ts[0] == -80 * NS_SECOND && seen.ts[3] == 100 * NS_SECOND, "the last of each");
	seen.n = 0;
	CHECK_INT(store_equity(b.s, -20 * NS_SECOND, 40 * NS_SECOND, each_point, &seen), OK,
		  "points of a span");
	CHECK(seen.n == 2 && seen.ts[0] == -20 * NS_SECOND, "both ends are inside");
	seen.n = 0;
	CHECK_INT(store_equity(b.s, 1, 0, each_point, &seen), OK, "an empty span");
	CHECK_INT(seen.n, 0, "has none");
	box_done(&b);
}

/* ---- symbols */

void test_store_keeps_names_of_symbols(void)
{
	struct symbols before = { 0 }, after = { 0 };
	struct order o, got;
	sym a = 0, c = 0, x = 0;
	struct rng r;
	struct box b;

	rng_seed(&r, check_seed());
	box_init(&b);
	if (!box_open(&b, STORE_WRITE))
		return;
	CHECK(symbols_add(&before, STR("AAPL"), &a) == OK &&
	      symbols_add(&before, STR("MSFT"), &c) == OK, "two symbols");
	CHECK_INT(store_symbols(b.s, &before), OK, "names are stored");
	make_order(&o, &r, 1);
	o.sym = c;
	put_order(&b, &o);
	make_order(&o, &r, 2);
	o.sym = SYM_NONE;
	put_order(&b, &o);
	box_close(&b);
	CHECK(symbols_add(&after, STR("SPY"), &x) == OK, "another configuration");
	if (!box_open(&b, STORE_WRITE))
		return;
	CHECK_INT(store_symbols(b.s, &after), OK, "names are known");
	CHECK_INT(after.n, 3, "the process learns the two names");
	CHECK_INT(store_order(b.s, STR("c1"), &got), OK, "read");
	CHECK_TEXT(after.name[got.sym], "MSFT", "the same symbol under another number");
	CHECK_INT(store_order(b.s, STR("c2"), &got), OK, "read");
	CHECK_INT(got.sym, SYM_NONE, "none stays none");
	o.sym = x;
	put_order(&b, &o);
	box_close(&b);
	before = (struct symbols){ 0 };
	if (!box_open(&b, STORE_READ))
		return;
	CHECK_INT(store_symbols(b.s, &before), OK, "names for a command");
	CHECK_INT(store_order(b.s, STR("c2"), &got), OK, "read");
	CHECK_TEXT(before.name[got.sym], "SPY", "a name of the second configuration");
	box_done(&b);
}
