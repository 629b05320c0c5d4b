/* What a start makes of a store, of the file that halts, and of checkpoints: the engines go on from
 * what was, and what cannot be had of it is said. */
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "check.h"
#include "test/failing.h"
#include "test/unit/run_start.h"

#define SLOT (28000000 * NS_MINUTE)

static struct trade a_trade(const char *instance, const char *symbol, int n)
{
	struct trade t = {
		.side = SIDE_BUY, .state = TRADE_OPEN, .want = { 10 * NUM_ONE },
		.in = { 10 * NUM_ONE }, .in_value = { 1000 * NUM_ONE }, .signal_ts = SLOT,
		.opened = SLOT, .signal_price = { 100 * NUM_ONE }, .stop = { 95 * NUM_ONE },
		.target = { 110 * NUM_ONE },
	};

	engine_cid(t.id, instance, symbol, SLOT + n * NS_MINUTE, 'e', 0);
	CHECK_INT(symbols_add(&start.symbols, str_of(symbol), &t.sym), OK, "%s", symbol);
	return t;
}

static struct order an_order(const struct trade *t, enum order_role role, int n)
{
	struct order o = {
		.role = (uint8_t)role, .stage = ORDER_DONE, .side = SIDE_SELL,
		.type = TYPE_MARKET, .status = ST_CANCELED, .sym = t->sym,
		.want = { 10 * NUM_ONE }, .made = SLOT + n,
	};

	(void)snprintf(o.cid, sizeof o.cid, "%.40s-%c%d", t->id, role == ROLE_EXIT ? 'x' : 'o', n);
	memcpy(o.trade, t->id, sizeof o.trade);
	if (role == ROLE_ENTRY) {
		memcpy(o.cid, t->id, sizeof o.cid);
		o.side = SIDE_BUY;
		o.status = ST_FILLED;
		o.done = o.want;
		o.value = (usd){ 1000 * NUM_ONE };
	}
	return o;
}

/* One transaction: the trade, its entry, and so many tries of an exit that came to nothing. */
static void put(struct live *l, struct trade t, int tries, uint8_t stage)
{
	struct order o = an_order(&t, ROLE_ENTRY, 0);
	enum err e = store_begin(l->store);

	if (e == OK)
		e = store_put_trade(l->store, &t);
	if (e == OK)
		e = store_put_order(l->store, &o);
	for (int i = 1; e == OK && i <= tries; i++) {
		o = an_order(&t, ROLE_EXIT, i);
		o.stage = stage;
		e = store_put_order(l->store, &o);
	}
	CHECK(e == OK && store_commit(l->store, start.why) == OK, "stored: %s", start.why);
}

static uint32_t trades_of(uint32_t instance)
{
	const struct trade *first;

	return engine_trades(start.l.instance[instance].engine, &first);
}

/* ---- what was open */

void test_restore_goes_on_from_what_was_open(void)
{
	const struct trade *t;

	if (!start_begin())
		return;
	struct live *l = start_opened(start_configured("[instance bear]\nstrategy = s\n"
					   "symbols = MSFT OLD\n"));
	put(l, a_trade("bull", "AAPL", 0), 3, ORDER_DONE);
	put(l, a_trade("gone", "AAPL", 1), 0, ORDER_DONE);
	put(l, a_trade("bear", "OLD", 2), 0, ORDER_DONE);
	/* One whose symbol has no number any more: its id has the name. */
	struct trade lost = a_trade("bear", "MSFT", 3);
	lost.sym = SYM_NONE;
	put(l, lost, 1, ORDER_LIVE);
	start_closed();
	struct config *c = start_configured("[instance idle]\nstrategy = s\nsymbols = MSFT\n"
				      "enabled = no\n[instance bear]\nstrategy = s\n"
				      "symbols = MSFT\n[store]\njournal = yes\n");
	l = start_opened(c);
	log_init(LOG_ERROR, NULL, false);
	uint64_t warned = log_count(LOG_ERROR);
	CHECK(live_instances(l), "the engines are restored");
	CHECK_INT(l->instances_n, 2, "the one that is not enabled has no engine");
	CHECK_INT(trades_of(0), 1, "bull goes on with its trade");
	CHECK_INT(engine_trades(l->instance[1].engine, &t), 2, "bear with both of its");
	sym msft = symbols_find(&c->symbols, STR("MSFT"));
	CHECK(t[0].sym == msft || t[1].sym == msft, "the name in the id is the symbol's");
	CHECK(log_count(LOG_ERROR) > warned, "a trade that nobody looks after is said");
	CHECK_INT(l->instance[0].kill, KILL_RUN, "nothing halts");
	for (uint32_t i = 0; i < 2; i++)
		journal_close(l->instance[i].journal);
	start_closed();
	start_done();
}

/* A long fight for an exit leaves hundreds of tries; what is held is never given up for them. */
void test_restore_forgets_tries_rather_than_orders(void)
{
	const struct order *first;

	if (!start_begin())
		return;
	struct config *c = start_configured("[instance bear]\nstrategy = s\nsymbols = MSFT\n");
	struct live *l = start_opened(c);
	put(l, a_trade("bull", "AAPL", 0), ENGINE_TRADES * 8 + 100, ORDER_DONE);
	put(l, a_trade("bull", "MSFT", 1), 2, ORDER_LIVE);
	start_closed();
	uint64_t errors = log_count(LOG_ERROR);
	l = start_opened(c);
	CHECK(live_instances(l), "the engine is restored");
	CHECK_INT(trades_of(0), 2, "both trades");
	CHECK_INT(engine_orders(l->instance[0].engine, &first), 2, "and the orders that live");
	CHECK_INT(log_count(LOG_ERROR), errors, "nothing is lost");
	start_closed();
	start_done();
}

static void keep_line(void *ctx, uint64_t seq, struct str line)
{
	(void)seq;
	text_add(ctx, line);
	text_char(ctx, '\n');
}

/* A way out that never came to anything may be forgotten, one of which shares were sold may not;
 * nor a leg, but for one that was only asked to take another's place; nor an entry. */
void test_restore_forgets_no_fact(void)
{
	static const struct { enum order_role role; bool leg; enum move moved; int64_t done; }
		more[] = {
		{ ROLE_EXIT, false, MOVE_NONE, 3 }, { ROLE_STOP, true, MOVE_NONE, 0 },
		{ ROLE_STOP, true, MOVE_ASKED, 0 }, { ROLE_ENTRY, false, MOVE_NONE, 0 },
		{ ROLE_EXIT, false, MOVE_NONE, 0 },
	};
	char memory[2048], name[16];
	struct text said;

	if (!start_begin())
		return;
	struct config *c = start_configured("");
	struct live *l = start_opened(c);
	struct trade t = a_trade("bull", "AAPL", 0);
	put(l, t, ENGINE_TRADES * 8 + 5, ORDER_DONE);
	CHECK_INT(store_begin(l->store), OK, "begun");
	for (size_t i = 0; i < COUNT(more); i++) {
		struct order o = an_order(&t, ROLE_EXIT, 1000 + (int)i);
		(void)snprintf(name, sizeof name, "leg%u", (unsigned)i);
		(void)!str_copy(o.bid, sizeof o.bid, str_of(name));
		o.role = (uint8_t)more[i].role;
		o.leg = more[i].leg;
		o.moved = (uint8_t)more[i].moved;
		o.done.n = more[i].done * NUM_ONE;
		CHECK_INT(store_put_order(l->store, &o), OK, "stored");
	}
	CHECK_INT(store_commit(l->store, start.why), OK, "%s", start.why);
	start_closed();
	l = start_opened(c);
	log_init(LOG_INFO, NULL, false);
	uint64_t from = log_tail(UINT64_MAX, keep_line, NULL), errors = log_count(LOG_ERROR);
	CHECK(live_instances(l), "the engine is restored");
	text_init(&said, memory, sizeof memory - 1);
	log_tail(from, keep_line, &said);
	memory[said.n] = '\0';
	(void)snprintf(name, sizeof name, "orders=%d\n", ENGINE_TRADES * 8 + 3);
	CHECK(strstr(memory, name) != NULL && log_count(LOG_ERROR) == errors,
	      "as many as there is room for, and three that must not be forgotten: %s", memory);
	start_closed();
	start_done();
}

void test_restore_says_what_does_not_fit(void)
{
	if (!start_begin())
		return;
	struct config *c = start_configured("");
	char name[16];
	for (int i = 0; i < ENGINE_TRADES + 2; i++) {
		(void)snprintf(name, sizeof name, "S%d", i);
		CHECK_INT(symbols_add(&c->symbols, str_of(name), &(sym){ 0 }), OK, "%s", name);
	}
	struct live *l = start_opened(c);
	for (int i = 0; i < ENGINE_TRADES + 2; i++) {
		(void)snprintf(name, sizeof name, "S%d", i);
		put(l, a_trade("bull", name, i), 0, ORDER_DONE);
	}
	start_closed();
	uint64_t errors = log_count(LOG_ERROR);
	l = start_opened(c);
	CHECK(live_instances(l), "the engine is restored");
	CHECK_INT(trades_of(0), ENGINE_TRADES, "as many as it can hold");
	CHECK_INT(log_count(LOG_ERROR), errors + 1, "the others are said");
	start_closed();
	start_done();
}

/* Orders that may live, more than so many trades can have. */
void test_restore_says_which_orders_do_not_fit(void)
{
	if (!start_begin())
		return;
	struct config *c = start_configured("");
	struct live *l = start_opened(c);
	put(l, a_trade("bull", "AAPL", 0), ENGINE_TRADES * 16 + 5, ORDER_LIVE);
	start_closed();
	uint64_t errors = log_count(LOG_ERROR);
	l = start_opened(c);
	CHECK(live_instances(l), "the engine is restored");
	CHECK_INT(trades_of(0), 1, "with its trade");
	CHECK_INT(log_count(LOG_ERROR), errors + 1, "what is not managed is said");
	start_closed();
	start_done();
}

/* ---- what halts */

static enum kill_state started(const char *file, enum kill_state stored, uint8_t run,
			       enum kill_state own)
{
	struct config *c = start_configured("");
	struct live *l = start_opened(c);
	struct instance_state st = { .name = "bull", .run = run, .kill = (uint8_t)own };
	char path[CONFIG_TEXT + 8];

	CHECK(store_begin(l->store) == OK &&
	      store_put_kill(l->store, stored, STR("somebody"), 1) == OK &&
	      store_put_state(l->store, &st) == OK &&
	      store_commit(l->store, start.why) == OK, "%s", start.why);
	(void)snprintf(path, sizeof path, "%s/kill", c->folder);
	FILE *f = file == NULL ? NULL : fopen(path, "w");
	CHECK(file == NULL || (f != NULL && fputs(file, f) >= 0 && fclose(f) == 0), "a file");
	CHECK(live_instances(l), "the engine is restored");
	enum kill_state k = (enum kill_state)atomic_load(&l->instance[0].kill);
	CHECK_INT(engine_state(l->instance[0].engine)->kill, k, "the engine knows it");
	CHECK_INT(engine_state(l->instance[0].engine)->run,
		  run == RUN_PAUSED ? RUN_PAUSED : RUN_RUNNING, "a pause is kept, a stop is over");
	(void)unlink(path);
	start_closed();
	return k;
}

void test_restore_keeps_the_worst_latch(void)
{
	if (!start_begin())
		return;
	CHECK_INT(started(NULL, KILL_RUN, RUN_STOPPED, KILL_RUN), KILL_RUN, "nothing said");
	CHECK_INT(started("run", KILL_RUN, RUN_ERROR, KILL_RUN), KILL_RUN, "the file says run");
	CHECK_INT(started("reduce_only", KILL_RUN, RUN_PAUSED, KILL_RUN), KILL_REDUCE_ONLY,
		  "the file");
	CHECK_INT(started("flatten", KILL_REDUCE_ONLY, RUN_RUNNING, KILL_RUN), KILL_FLATTEN,
		  "the file goes before the store");
	CHECK_INT(started("halt", KILL_RUN, RUN_RUNNING, KILL_FLATTEN), KILL_HALT, "the file");
	CHECK_INT(started("flatten", KILL_HALT, RUN_RUNNING, KILL_RUN), KILL_HALT,
		  "the store goes before the file");
	CHECK_INT(start.l.latched, CMD_PAUSE, "which is news to the store");
	CHECK_INT(started("halt", KILL_HALT, RUN_RUNNING, KILL_RUN), KILL_HALT, "both");
	CHECK_INT(start.l.latched, CMD_HALT, "no news: whoever said it has said it");
	CHECK_INT(started(NULL, KILL_RUN, RUN_RUNNING, KILL_HALT), KILL_HALT, "its own");
	start_done();
}

/* Of the next start's newest decision: what the clock says then. */
static ns decided;

static enum kill_state after_crashes(int n, bool sim)
{
	struct config *c = start_configured("");
	struct live *l = start_opened(c);
	struct session_record last;

	c->mode = sim ? MODE_SIM : MODE_PAPER;
	for (int i = 0; i < n; i++)
		live_session_begin(l);		/* that nobody ends */
	struct instance_state st = { .name = "bull", .run = RUN_RUNNING, .last_decision = decided };
	CHECK(store_begin(l->store) == OK && store_put_state(l->store, &st) == OK &&
	      store_commit(l->store, start.why) == OK, "%s", start.why);
	CHECK_INT(l->session.id, l->control.session, "pages are told which session it is");
	if (n > 1)
		CHECK(store_last_session(l->store, &last) == OK &&
		      last.status == SESSION_ACTIVE && last.id >= (uint64_t)n,
		      "the newest is at work");
	CHECK(live_instances(l), "the engine is restored");
	enum kill_state k = (enum kill_state)atomic_load(&l->instance[0].kill);
	start_closed();
	return k;
}

/* Six in ten minutes: what a start does not mend opens nothing more. */
void test_restore_after_crash_upon_crash(void)
{
	if (!start_begin())
		return;
	CHECK_INT(after_crashes(5, false), KILL_RUN, "five crashes may be chance");
	CHECK_INT(after_crashes(1, true), KILL_RUN, "a simulation may be killed at will");
	CHECK_INT(after_crashes(1, false), KILL_REDUCE_ONLY, "seven are none");
	decided = wall_ns() + NS_DAY;
	CHECK_INT(after_crashes(0, false), KILL_RUN, "a clock that goes back says nothing of them");
	decided = 0;
	/* Of sessions that began later than now nothing is known either. */
	struct config *c = start_configured("");
	struct live *l = start_opened(c);
	CHECK(store_begin(l->store) == OK, "%s", start.why);
	for (uint64_t i = 1; i <= 20; i++)
		CHECK(store_put_session(l->store, &(struct session_record){
			.id = i, .status = SESSION_CRASHED, .started = wall_ns() + NS_DAY }) == OK,
		      "%s", start.why);
	CHECK(store_commit(l->store, start.why) == OK, "%s", start.why);
	start_closed();
	CHECK_INT(after_crashes(0, false), KILL_RUN, "they may be of any time");
	start_done();
}

void test_restore_ends_its_session(void)
{
	struct session_record last;

	if (!start_begin())
		return;
	struct config *c = start_configured("[instance bear]\nstrategy = s\nsymbols = MSFT\n");
	struct live *l = start_opened(c);
	live_session_begin(l);
	live_session_end(l);
	CHECK(store_last_session(l->store, &last) == OK && last.status == SESSION_COMPLETED &&
	      last.id == 1, "a session that was ended");
	CHECK(strstr(last.symbols, "AAPL") != NULL && strstr(last.symbols, " MSFT") != NULL,
	      "its symbols: %s", last.symbols);
	start_closed();
	start_done();
}

/* ---- a store that cannot be used */

/* Half of the books is none: then nothing is traded. */
void test_restore_half_of_the_books_is_none(void)
{
	static const char *const calls[] = { "mdb_txn_begin", "mdb_cursor_get", "mdb_get" };

	if (!start_begin())
		return;
	struct config *c = start_configured("");
	struct live *l = start_opened(c);
	put(l, a_trade("bull", "AAPL", 0), 1, ORDER_LIVE);
	start_closed();
	for (size_t i = 0; i < COUNT(calls); i++) {
		bool struck = true;
		for (unsigned n = 1; struck; n++) {
			l = start_opened(c);
			failing(calls[i], n, EINVAL, false);
			bool restored = live_instances(l);
			struck = failing_end();
			/* How often it crashed may stay unknown, its books may not. */
			CHECK(restored ? trades_of(0) == 1 : struck,
			      "%s %u fails: restored %d", calls[i], n, restored);
			start_closed();
		}
	}
	start_done();
}

void test_restore_session_that_cannot_be_stored(void)
{
	static const char *const calls[] = { "mdb_txn_begin", "mdb_put", "mdb_txn_commit" };

	if (!start_begin())
		return;
	struct config *c = start_configured("");
	for (size_t i = 0; i < COUNT(calls); i++) {
		bool struck = true;
		for (unsigned n = 1; struck; n++) {
			struct live *l = start_opened(c);
			uint64_t errors = log_count(LOG_ERROR);
			failing(calls[i], n, EINVAL, false);
			live_session_begin(l);
			live_session_end(l);
			struck = failing_end();
			CHECK(!struck || log_count(LOG_ERROR) > errors, "%s %u fails in silence",
			      calls[i], n);
			struct session_record last;
			CHECK(struck || (store_last_session(l->store, &last) == OK &&
			      last.status == SESSION_COMPLETED), "a session is stored");
			start_closed();
		}
	}
	start_done();
}

void test_restore_without_memory(void)
{
	if (!start_begin())
		return;
	struct config *c = start_configured("[strategy x]\nexec = cat\nstop = 1%\nwarmup = 1\n"
					    "[instance asks]\nstrategy = x\nsymbols = MSFT\n");
	bool struck = true;
	unsigned failed = 0;
	for (unsigned n = 1; struck; n++) {
		struct live *l = start_opened(c);
		failing("mmap", n, ENOMEM, false);
		bool up = live_instances(l);
		failed += !up;
		struck = failing_end();
		CHECK(struck != up, "mmap %u fails, and it starts; or the other way round", n);
		for (uint32_t i = 0; i < l->instances_n; i++)
			exec_close(l->instance[i].exec);
		start_closed();
	}
	CHECK(failed > 1, "without memory there is no start");
	start_done();
}

void test_restore_without_descriptors(void)
{
	struct rlimit most, none;

	if (!start_begin() || !CHECK(getrlimit(RLIMIT_NOFILE, &most) == 0, "a limit"))
		return;
	struct config *c = start_configured("");
	struct live *l = start_opened(c);
	uint64_t errors = log_count(LOG_ERROR);
	none = (struct rlimit){ 0, most.rlim_max };
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0, "no descriptor more");
	bool up = live_instances(l);
	CHECK(setrlimit(RLIMIT_NOFILE, &most) == 0, "as before");
	CHECK(!up && log_count(LOG_ERROR) > errors, "there is no start without, which is said");
	start_closed();
	start_done();
}
