/* What the writer knows of the books: which trades are open, what an account began the day with,
 * whose orders lie there; and what it does when the store cannot tell or take them. */
#include <errno.h>

#include "base/log.h"
#include "check.h"
#include "test/failing.h"
#include "test/unit/run_desk.h"

#define SLOT  (28000000 * NS_MINUTE)
#define TIMES (INSTANCES_MAX * ENGINE_TRADES)

static struct writer_msg a_trade(int n, enum trade_state state, int64_t shares)
{
	struct writer_msg m = desk_message(ACT_PUT_TRADE, 'e', 0);
	struct trade *t = &m.u.action.u.trade;

	memset(t, 0, sizeof *t);
	engine_cid(t->id, "bull", "AAPL", SLOT + n * NS_MINUTE, 'e', 0);
	t->state = (uint8_t)state;
	t->side = SIDE_BUY;
	t->want.n = t->in.n = shares * NUM_ONE;
	t->out.n = state == TRADE_CLOSED ? t->in.n : 0;
	t->signal_ts = SLOT + n * NS_MINUTE;
	return m;
}

static struct writer_msg an_account(int64_t dollars, ns ts)
{
	struct writer_msg m = { .kind = WRITE_ACCOUNT, .last = true };
	struct account *a = &m.u.account;

	memcpy(a->id, "account", 8);
	memcpy(a->status, "ACTIVE", 7);
	a->ts = ts;
	a->cash = a->equity = (usd){ dollars * NUM_ONE };
	a->buying_power = (usd){ 2 * dollars * NUM_ONE };
	return m;
}

static bool count(void *ctx, const void *record)
{
	(void)record;
	++*(uint32_t *)ctx;
	return true;
}

/* So many equity points, or notes when there is no time. */
static uint32_t stored(struct desk *d, ns until)
{
	uint32_t n = 0;
	enum err e = until == 0 ? store_notes(d->l.store, 0, count, &n) :
				  store_equity(d->l.store, 0, until, count, &n);

	CHECK(e == OK || e == ERR_NOTFOUND, "the store can be read: %d", (int)e);
	return n;
}

/* The only answer that has left; its kind. */
static int answered(struct desk *d, struct wire_msg *out)
{
	struct wire_msg more;

	if (!ring_poll(&d->l.wire_in, out))
		return -1;
	CHECK(!ring_poll(&d->l.wire_in, &more), "one answer, not two");
	return (int)out->kind;
}

void test_writer_follows_trades(void)
{
	struct desk *d = desk_begin();
	struct live *l = &d->l;

	desk_put(d, a_trade(5, TRADE_OPEN, 10));
	desk_put(d, a_trade(3, TRADE_ENTERING, 0));
	desk_put(d, a_trade(4, TRADE_ENTERING, 0));
	desk_put(d, a_trade(3, TRADE_OPEN, 10));
	desk_serve(d);
	CHECK_INT(atomic_load(&l->oldest_open), SLOT + 3 * NS_MINUTE, "the oldest of three");
	desk_put(d, a_trade(3, TRADE_CLOSED, 10));
	desk_put(d, a_trade(4, TRADE_CLOSED, 0));
	desk_put(d, a_trade(9, TRADE_CLOSED, 10));
	desk_serve(d);
	CHECK_INT(atomic_load(&l->oldest_open), SLOT + 5 * NS_MINUTE, "the one that is left");
	CHECK_INT(atomic_load(&l->trades), 1,
		  "one came to an end: not the entry that came to nothing, nor one of before");
	d->w = writer_open(l);
	CHECK(d->w->open_n == 1 && atomic_load(&l->oldest_open) == SLOT + 5 * NS_MINUTE,
	      "a new start knows it from the store");
	desk_put(d, a_trade(5, TRADE_CLOSED, 10));
	desk_serve(d);
	CHECK_INT(atomic_load(&l->oldest_open), INT64_MAX, "nothing is open");
	desk_end(d);
}

/* More than all instances may have: of instances that are gone. */
void test_writer_follows_no_more_trades_than_it_can(void)
{
	struct desk *d = desk_begin();
	struct trade t;

	for (int i = TIMES; i >= 0; i--)
		desk_put(d, a_trade(i, TRADE_OPEN, 10));
	desk_serve(d);
	CHECK_INT(d->w->open_n, TIMES, "as many as there is room for");
	CHECK_INT(atomic_load(&d->l.oldest_open), SLOT + NS_MINUTE, "the last is not one of them");
	struct writer_msg last = a_trade(0, TRADE_OPEN, 10);
	CHECK_INT(store_trade(d->good, str_of(last.u.action.u.trade.id), &t), OK,
		  "but stored like the others");
	desk_end(d);
}

/* Eleven percent are lost; ten are allowed a day. */
static int after_a_loss(struct desk *d, const char *fails, struct wire_msg *out)
{
	ns noon = ny_time(20240, 12, 0);

	d->w = writer_open(&d->l);
	desk_put(d, an_account(89000, noon));
	desk_put(d, desk_message(ACT_SUBMIT, 'e', 0));
	if (fails != NULL)
		failing(fails, 1, EINVAL, false);
	desk_serve(d);
	CHECK(fails == NULL || failing_end(), "the store is asked");
	return answered(d, out);
}

void test_writer_knows_what_the_day_began_with(void)
{
	struct desk *d = desk_begin();
	struct wire_msg out;
	ns morning = ny_time(20240, 9, 31);

	CHECK_INT(after_a_loss(d, NULL, &out), WIRE_SUBMIT, "a first start of today may buy");
	desk_end(d);
	d = desk_begin();
	desk_put(d, an_account(90000, morning - NS_DAY));
	desk_put(d, an_account(100000, morning));
	desk_serve(d);
	CHECK_INT(after_a_loss(d, NULL, &out), WIRE_DENIED, "a later one has lost too much");
	CHECK_INT(out.u.reply.code, DENY_PORTFOLIO_LOSS, "with its reason");
	uint64_t errors = log_count(LOG_ERROR);
	CHECK_INT(after_a_loss(d, "mdb_cursor_open", &out), WIRE_SUBMIT,
		  "without the store the day begins now");
	CHECK(log_count(LOG_ERROR) > errors, "which is said");
	desk_end(d);
}

/* Orders of others that are open: bought by one, sold by the other is a wash trade. */
void test_writer_knows_whose_orders_are_open(void)
{
	struct desk *d = desk_begin();
	struct wire_msg out;
	static const char *const names[] = { "bull", "gone" };

	for (int i = 0; i < 2; i++) {
		struct writer_msg m = desk_message(ACT_PUT_ORDER, 'x', i);
		struct order *o = &m.u.action.u.order;
		engine_cid(o->cid, names[i], "AAPL", SLOT, 'x', 0);
		engine_cid(o->trade, names[i], "AAPL", SLOT, 'e', 0);
		o->instance = 7;	/* its number may have moved */
		desk_put(d, m);
		desk_serve(d);
		d->w = writer_open(&d->l);
		desk_put(d, an_account(100000, ny_time(20240, 12, 0)));
		desk_put(d, desk_message(ACT_SUBMIT, 'e', i));
		desk_serve(d);
		CHECK_INT(answered(d, &out), i == 0 ? WIRE_SUBMIT : WIRE_DENIED,
			  "an entry against a sale of %s", names[i]);
	}
	CHECK_INT(out.u.reply.code, DENY_OPPOSITE, "with its reason");
	desk_end(d);
}

void test_writer_begins_without_what_cannot_be_read(void)
{
	static const char *const calls[] = { "mdb_txn_begin", "mdb_cursor_open" };
	struct desk *d = desk_begin();

	desk_put(d, a_trade(5, TRADE_OPEN, 10));
	desk_serve(d);
	for (unsigned i = 0; i < 2 * COUNT(calls); i++) {
		uint64_t errors = log_count(LOG_ERROR);
		failing(calls[i / 2], 1 + i % 2, EINVAL, false);
		d->w = writer_open(&d->l);
		CHECK(!failing_end() || log_count(LOG_ERROR) > errors, "%s %u fails in silence",
		      calls[i / 2], 1 + i % 2);
	}
	desk_end(d);
}

void test_writer_keeps_a_point_of_equity_a_minute(void)
{
	struct desk *d = desk_begin();
	ns noon = ny_time(20240, 12, 0);
	char id[UUID_TEXT];

	desk_put(d, an_account(100000, noon));
	desk_put(d, an_account(100001, noon + 59 * NS_SECOND));
	desk_serve(d);
	CHECK_INT(stored(d, noon + NS_HOUR), 1, "not one for each answer");
	CHECK(store_account(d->good, id) == OK && strcmp(id, "account") == 0, "whose it is: %s",
	      id);
	CHECK_INT(atomic_load(&d->l.last_equity), 100001 * NUM_ONE,
		  "the newest is known all the same");
	desk_put(d, an_account(100002, noon + 60 * NS_SECOND));
	desk_serve(d);
	CHECK_INT(stored(d, noon + NS_HOUR), 2, "the next minute");
	desk_put(d, an_account(100003, noon - NS_HOUR));
	desk_serve(d);
	CHECK_INT(stored(d, noon - NS_MINUTE), 1, "and when the clock was put back");
	desk_end(d);
}

/* Each record of a batch is refused once: what was not stored stays, and is stored then. */
void test_writer_keeps_what_was_refused(void)
{
	struct desk *d = desk_begin();
	struct instance_state st;
	enum kill_state kill;
	char who[64], id[UUID_TEXT];
	bool struck = true;
	ns ts;

	for (unsigned n = 1; struck; n++) {
		struct writer_msg m = { .kind = WRITE_ACTION, .last = true,
					.u.action = { .kind = ACT_PUT_STATE } };
		(void)!str_copy(m.u.action.u.state.name, INSTANCE_NAME, STR("bull"));
		m.u.action.u.state.seq = n;
		d->w = writer_open(&d->l);
		desk_put(d, m);
		desk_put(d, an_account(100000, ny_time(20240, 12, 0) + n * NS_MINUTE));
		m = (struct writer_msg){ .kind = WRITE_KILL, .last = true,
					 .u.kill = { .kill = KILL_FLATTEN, .ts = (ns)n } };
		(void)!str_copy(m.u.kill.who, sizeof m.u.kill.who, STR("tester"));
		desk_put(d, m);
		uint64_t errors = log_count(LOG_ERROR);
		failing("mdb_put", n, ENOSPC, true);
		desk_serve(d);
		struck = failing_end();
		CHECK(d->w->degraded == struck && (log_count(LOG_ERROR) > errors) == struck,
		      "put %u fails: it is known, and said", n);
		desk_serve(d);
		CHECK(!d->w->degraded && d->w->n == 0, "put %u: then there is room", n);
		CHECK(store_state(d->good, STR("bull"), &st) == OK && st.seq == n,
		      "put %u: the state", n);
		CHECK(store_account(d->good, id) == OK && stored(d, INT64_MAX - 1) == n,
		      "put %u: the account", n);
		CHECK(store_kill(d->good, &kill, who, &ts) == OK && kill == KILL_FLATTEN &&
		      ts == (ns)n && strcmp(who, "tester") == 0, "put %u: the latch", n);
	}
	desk_end(d);
}
