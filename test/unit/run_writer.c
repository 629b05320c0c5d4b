/* The writer, with a real store: what leaves, in which order, and what a full disk does. */
#include "base/log.h"
#include "check.h"
#include "test/unit/run_desk.h"

static bool count_fill(void *ctx, const void *record)
{
	(void)record;
	++*(uint32_t *)ctx;
	return true;
}

void test_run_writer_commits_then_lets_go(void)
{
	struct desk *d = desk_begin();
	struct wire_msg out;
	struct order o;

	desk_start(d);
	struct writer_msg m = desk_message(ACT_SUBMIT, 'x', 0);
	desk_put(d, m);
	CHECK_INT(ring_get(&d->l.wire_in, &out, mono_ns() + 5 * NS_SECOND), OK, "it leaves");
	CHECK_INT(out.kind, WIRE_SUBMIT, "as what it is");
	CHECK_INT(store_order(d->good, str_of(m.u.action.u.order.cid), &o), OK,
		  "by then it is stored");
	/* No account is known: the guard refuses entries. */
	m = desk_message(ACT_SUBMIT, 'e', 0);
	desk_put(d, m);
	CHECK_INT(ring_get(&d->l.wire_in, &out, mono_ns() + 5 * NS_SECOND), OK, "an answer");
	CHECK_INT(out.kind, WIRE_DENIED, "a refusal");
	CHECK_INT(out.u.reply.code, DENY_ACCOUNT, "with its reason");
	CHECK_INT(store_order(d->good, str_of(m.u.action.u.order.cid), &o), OK,
		  "it was stored before it was told");
	CHECK_INT(o.stage, ORDER_DONE, "as refused");
	desk_stop(d);
	desk_end(d);
}

/* Ten positions are allowed, whosever they are, and each counts once. */
void test_run_writer_counts_positions_of_others(void)
{
	static const struct { uint32_t strangers; const char *others; bool held, again; int kind; }
	cases[] = {
		{ 9, "", false, false, WIRE_SUBMIT }, { 10, "", false, false, WIRE_DENIED },
		{ 8, "MSFT", false, false, WIRE_SUBMIT }, { 9, "MSFT", false, false, WIRE_DENIED },
		{ 9, "AAPL", false, false, WIRE_SUBMIT },	/* the entry's own symbol */
		{ 8, "", true, false, WIRE_SUBMIT }, { 9, "", true, false, WIRE_DENIED },
		{ 8, "MSFT", true, false, WIRE_SUBMIT },	/* both hold it: one */
		{ 9, "", true, true, WIRE_SUBMIT },	/* sent again: the trade is its own */
		{ 10, "", true, true, WIRE_DENIED },
	};
	struct desk *d = desk_begin();
	struct wire_msg out;
	struct writer_msg m = { .kind = WRITE_ACCOUNT, .last = true };
	sym aapl, msft;

	CHECK(symbols_add(&d->config.symbols, STR("AAPL"), &aapl) == OK &&
	      symbols_add(&d->config.symbols, STR("MSFT"), &msft) == OK, "two symbols");
	memcpy(m.u.account.id, "account", 8);
	memcpy(m.u.account.status, "ACTIVE", 7);
	m.u.account.cash = m.u.account.equity = (usd){ 1000000 * NUM_ONE };
	m.u.account.buying_power = (usd){ 2000000 * NUM_ONE };
	desk_start(d);
	desk_put(d, m);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct writer_msg trade = { .kind = WRITE_ACTION, .last = true,
			.u.action = { .kind = ACT_PUT_TRADE, .u.trade = { .sym = msft } } };
		m = desk_message(ACT_SUBMIT, 'e', 0);
		m.u.action.u.order.sym = aapl;
		engine_cid(trade.u.action.u.trade.id, "bull", cases[i].again ? "AAPL" : "MSFT",
			   28000000 * NS_MINUTE, 'e', 0);
		trade.u.action.u.trade.state = cases[i].held ? TRADE_OPEN : TRADE_CLOSED;
		desk_put(d, trade);
		atomic_store(&d->l.strangers, cases[i].strangers);
		for (sym s = aapl; s <= msft; s++)
			atomic_store(&d->l.others[s],
				     symbols_find(&d->config.symbols,
						  str_of(cases[i].others)) == s);
		desk_put(d, m);
		CHECK_INT(ring_get(&d->l.wire_in, &out, mono_ns() + 5 * NS_SECOND), OK, "answered");
		CHECK_INT(out.kind, cases[i].kind, "case %zu: %u of others, \"%s\"", i,
			  cases[i].strangers, cases[i].others);
		if (out.kind == WIRE_DENIED)
			CHECK_INT(out.u.reply.code, DENY_PORTFOLIO_POSITIONS, "with its reason");
		trade.u.action.u.trade.state = TRADE_CLOSED;
		desk_put(d, trade);
	}
	desk_stop(d);
	desk_end(d);
}

static void keep_line(void *ctx, uint64_t seq, struct str line)
{
	(void)seq;
	text_add(ctx, line);
	text_char(ctx, '\n');
}

/* What the log says of an action. */
static const char *said_of(struct desk *d, const struct action *a)
{
	static char memory[1024];
	struct text said;
	uint64_t from = log_tail(UINT64_MAX, keep_line, NULL);

	writer_say(d->w, 0, a);
	text_init(&said, memory, sizeof memory - 1);
	log_tail(from, keep_line, &said);
	memory[said.n] = '\0';
	return memory;
}

static void says(struct desk *d, const struct action *a, const char *words)
{
	const char *said = said_of(d, a);

	CHECK(words == NULL ? said[0] == '\0' : strstr(said, words) != NULL, "%s: %s",
	      words == NULL ? "nothing" : words, said);
}

void test_run_writer_says_what_is_worth_a_line(void)
{
	static const struct { uint8_t kind; uint16_t code; const char *words; } notes[] = {
		{ NOTE_BREAKER, DENY_LOSS_STREAK, " warn breaker inst=bull what=words "
		  "effect=\"no entries\" why=\"Too many losses in a row" },
		{ NOTE_BREAKER, ALLOW, " info breaker inst=bull what=words\n" },
		{ NOTE_FILTER, 0, " info filter inst=bull is=\"words\"" },
		{ NOTE_SYNC, 7, " warn sync inst=bull sym=AAPL what=\"words\"" },
		{ NOTE_PROTECT, 0, " warn protect inst=bull sym=AAPL" },
		{ NOTE_PROTECT, 1, NULL },
		{ NOTE_EXIT, EXIT_UNPROTECTED, " warn exit inst=bull sym=AAPL" },
		{ NOTE_EXIT, EXIT_SIGNAL, NULL }, { NOTE_STATUS, 0, NULL },
	};
	struct desk *d = desk_begin();
	struct action a = { .kind = ACT_NOTE };

	CHECK_INT(symbols_add(&d->config.symbols, STR("AAPL"), &a.u.note.sym), OK, "a symbol");
	d->w = writer_open(&d->l);
	log_init(LOG_INFO, NULL, false);
	(void)!str_copy(a.u.note.text, sizeof a.u.note.text, STR("words"));
	for (size_t i = 0; i < COUNT(notes); i++) {
		a.u.note.kind = notes[i].kind;
		a.u.note.code = notes[i].code;
		says(d, &a, notes[i].words);
	}
	desk_end(d);
}

void test_run_writer_says_what_is_traded(void)
{
	struct desk *d = desk_begin();
	struct action a = desk_message(ACT_SUBMIT, 'e', 0).u.action;
	struct order *o = &a.u.order;

	CHECK_INT(symbols_add(&d->config.symbols, STR("AAPL"), &o->sym), OK, "a symbol");
	d->w = writer_open(&d->l);
	log_init(LOG_INFO, NULL, false);
	o->take_profit.n = 110 * NUM_ONE;
	says(d, &a, " order.submit inst=bull sym=AAPL role=entry side=buy qty=10 type=market "
	     "stop=- target=110.00 cid=gb-");
	a.kind = ACT_REPLACE;
	o->moved = MOVE_ASKED;
	o->stop.n = 95 * NUM_ONE;
	o->limit.n = 96 * NUM_ONE;
	says(d, &a, " order.replace inst=bull sym=AAPL role=entry side=buy qty=10 type=market "
	     "stop=95.00 target=96.00 ");
	o->stage = ORDER_DONE;
	says(d, &a, NULL);	/* it does not leave */
	a.kind = ACT_PUT_ORDER;
	says(d, &a, NULL);
	a = (struct action){ .kind = ACT_FILL };
	a.u.fill.sym = SYM_NONE;
	a.u.fill.n.n = 3 * NUM_ONE;
	a.u.fill.at.n = 101 * NUM_ONE;
	says(d, &a, " fill inst=bull sym=? role=entry side=buy qty=3 at=101.00");
	a.again = true;
	says(d, &a, NULL);
	a = (struct action){ .kind = ACT_PUT_TRADE };
	a.u.trade.state = TRADE_OPEN;
	a.u.trade.in.n = a.u.trade.out.n = 3 * NUM_ONE;
	a.u.trade.in_value.n = 300 * NUM_ONE;
	a.u.trade.out_value.n = 306 * NUM_ONE;
	a.u.trade.reason_out = EXIT_TARGET;
	says(d, &a, NULL);
	a.u.trade.state = TRADE_CLOSED;
	says(d, &a, " trade.closed inst=bull sym=AAPL pnl=6.00 reason=target ");
	a.u.trade.in.n = a.u.trade.out.n = 0;
	says(d, &a, NULL);	/* an entry that came to nothing */
	desk_end(d);
}

void test_run_writer_keeps_a_state_at_the_end(void)
{
	struct desk *d = desk_begin();
	struct instance_state st;

	desk_start(d);
	struct writer_msg m = { .kind = WRITE_ACTION, .last = true,
				.u.action = { .kind = ACT_PUT_STATE } };
	(void)!str_copy(m.u.action.u.state.name, INSTANCE_NAME, STR("bull"));
	m.u.action.u.state.run = RUN_PAUSED;
	desk_put(d, m);
	desk_stop(d);
	CHECK_INT(store_state(d->good, STR("bull"), &st), OK, "it is there");
	CHECK_INT(st.run, RUN_PAUSED, "as it was last told");
	desk_end(d);
}

void test_run_writer_on_a_full_disk(void)
{
	struct desk *d = desk_begin();
	uint32_t fills = 0;
	struct order o;

	d->full = desk_store(d, "full", 32 * 4096);
	desk_fill(d->full);
	d->l.store = d->full;
	desk_start(d);
	/* Far more than the batch holds. */
	for (int i = 0; i < 3 * BATCH_MAX; i++) {
		desk_put(d, desk_message(ACT_PUT_ORDER, 'x', i % 7));
		if (i % 100 == 0)
			desk_put(d, desk_message(ACT_FILL, 'x', i / 100 + 1));
		if (i % 5 == 0)
			desk_put(d, desk_message(ACT_NOTE, 'x', i));
		if (i % 1000 == 0)
			desk_put(d, desk_message(ACT_SUBMIT, 'x', 100 + i / 1000));
	}
	desk_put(d, desk_message(ACT_SUBMIT, 'e', 0));
	desk_stop(d);
	uint32_t exits = (3 * BATCH_MAX + 999) / 1000, wanted = (3 * BATCH_MAX + 99) / 100;
	CHECK_INT(desk_left(d, WIRE_SUBMIT), exits, "each exit has left, once");
	CHECK_INT(desk_left(d, WIRE_DENIED), 1, "the entry has not");
	CHECK(d->w->degraded && d->w->n < BATCH_MAX, "kept: %u", d->w->n);
	/* There is room again. */
	d->l.store = d->good;
	ring_free(&d->l.writer_in);
	ring_free(&d->l.wire_in);
	ring_free(&d->l.control.tells);
	desk_rings(d);
	desk_start(d);
	desk_stop(d);
	CHECK_INT(desk_left(d, WIRE_SUBMIT) + desk_left(d, WIRE_DENIED), 0, "nothing leaves twice");
	CHECK(!d->w->degraded && d->w->n == 0, "all of it is stored");
	CHECK_INT(store_fills(d->good, count_fill, &fills), OK, "fills can be read");
	CHECK_INT(fills, wanted, "no fill is lost");
	struct writer_msg m = desk_message(ACT_SUBMIT, 'x', 100);
	CHECK_INT(store_order(d->good, str_of(m.u.action.u.order.cid), &o), OK, "nor an exit");
	desk_end(d);
}
