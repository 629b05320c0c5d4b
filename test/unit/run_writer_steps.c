/* The writer's order: instants of a market in lockstep, steps, when states are worth a commit; a
 * store that was written anew; a batch that is full. */
#include <errno.h>

#include "base/log.h"
#include "check.h"
#include "test/failing.h"
#include "test/unit/run_desk.h"

#define NOON ny_time(20240, 12, 0)

static struct writer_msg of(uint8_t instance, struct writer_msg m)
{
	m.instance = instance;
	return m;
}

static struct writer_msg a_barrier(uint8_t instance, uint64_t id, ns wake)
{
	return (struct writer_msg){ .kind = WRITE_BARRIER, .instance = instance, .last = true,
				    .barrier = id, .wake = wake };
}

static struct writer_msg a_state(uint64_t seq, ns decision)
{
	struct writer_msg m = { .kind = WRITE_ACTION, .last = true,
				.u.action = { .kind = ACT_PUT_STATE } };

	(void)!str_copy(m.u.action.u.state.name, INSTANCE_NAME, STR("bull"));
	m.u.action.u.state.seq = seq;
	m.u.action.u.state.last_decision = decision;
	return m;
}

/* An account that may buy. */
static struct writer_msg rich(void)
{
	struct writer_msg m = { .kind = WRITE_ACCOUNT, .last = true };

	memcpy(m.u.account.status, "ACTIVE", 7);
	m.u.account.cash = m.u.account.equity = (usd){ 100000 * NUM_ONE };
	m.u.account.buying_power = (usd){ 200000 * NUM_ONE };
	return m;
}

static bool count(void *ctx, const void *record)
{
	(void)record;
	++*(uint32_t *)ctx;
	return true;
}

static uint32_t notes(struct desk *d)
{
	uint32_t n = 0;
	enum err e = store_notes(d->l.store, 0, count, &n);

	CHECK(e == OK || e == ERR_NOTFOUND, "notes can be read: %d", (int)e);
	return n;
}

/* ---- lockstep */

void test_writer_puts_an_instant_in_order(void)
{
	struct desk *d = desk_begin();
	struct wire_msg out[8];
	uint32_t n = 0;
	static const uint8_t from[] = { 2, 0, 1, 0, 2 };

	d->l.lockstep = true;
	d->l.instances_n = 3;
	for (int i = 0; i < 5; i++) {
		struct writer_msg m = desk_message(i == 4 ? ACT_CANCEL : ACT_SUBMIT, 'x', i);
		desk_put(d, of(from[i], m));
	}
	desk_put(d, a_barrier(2, 7, NOON));
	desk_put(d, a_barrier(0, 6, 1));
	desk_put(d, a_barrier(0, 7, NOON - 5));
	desk_put(d, a_barrier(1, 7, INT64_MAX));
	desk_serve(d);
	while (n < COUNT(out) && ring_poll(&d->l.wire_in, &out[n]))
		n++;
	CHECK_INT(n, 6, "five requests, and the instant's end");
	for (uint32_t i = 1; i < 5; i++)
		CHECK(out[i - 1].instance <= out[i].instance, "request %u is out of order", i);
	CHECK(out[3].kind == WIRE_SUBMIT && out[4].kind == WIRE_CANCEL,
	      "those of one instance stay as they were");
	CHECK(out[5].kind == WIRE_BARRIER && out[5].barrier == 7 && out[5].wake == NOON - 5,
	      "an answer to another instant is none of it; the earliest wish counts");
	desk_end(d);
}

/* The account goes before everything, whoever was faster. */
void test_writer_knows_the_account_before_an_entry(void)
{
	struct desk *d = desk_begin();

	d->l.lockstep = true;
	desk_put(d, desk_message(ACT_SUBMIT, 'e', 0));
	desk_put(d, rich());
	desk_serve(d);
	CHECK(desk_left(d, WIRE_SUBMIT) == 1 && desk_left(d, WIRE_DENIED) == 0, "the entry leaves");
	desk_end(d);
}

/* An instant with more than a batch may hold begins to leave before its end. */
void test_writer_does_not_wait_for_an_instant_without_end(void)
{
	struct desk *d = desk_begin();
	struct wire_msg out;

	d->l.lockstep = true;
	desk_start(d);
	desk_put(d, desk_message(ACT_SUBMIT, 'x', 0));
	desk_put(d, desk_message(ACT_NOTE, 'x', 0));
	CHECK_INT(ring_get(&d->l.wire_in, &out, mono_ns() + 20 * NS_MS), ERR_TIMEOUT,
		  "the instant is not over");
	for (int i = 2; i < BATCH_EARLY; i++)
		desk_put(d, desk_message(ACT_NOTE, 'x', i));
	CHECK_INT(ring_get(&d->l.wire_in, &out, mono_ns() + 5 * NS_SECOND), OK, "it leaves");
	CHECK_INT(out.kind, WIRE_SUBMIT, "as what it is");
	desk_stop(d);
	CHECK_INT(notes(d), BATCH_EARLY - 1, "with all that belongs to it");
	desk_end(d);
}

void test_writer_without_instances(void)
{
	struct desk *d = desk_begin();
	enum kill_state kill;
	char who[64];
	ns ts;

	d->l.instances_n = 0;
	desk_put(d, (struct writer_msg){ .kind = WRITE_KILL, .u.kill.kill = KILL_HALT });
	desk_serve(d);
	CHECK(store_kill(d->good, &kill, who, &ts) == OK && kill == KILL_HALT, "a latch is kept");
	CHECK_INT(desk_left(d, WIRE_BARRIER), 0, "nobody answers barriers");
	desk_end(d);
}

/* ---- steps and states */

void test_writer_stores_a_step_that_was_cut(void)
{
	struct desk *d = desk_begin();
	struct writer_msg m = desk_message(ACT_NOTE, 'x', 0);

	desk_put(d, desk_message(ACT_NOTE, 'x', 0));
	m.last = false;
	desk_put(d, m);
	desk_serve(d);
	CHECK_INT(notes(d), 2, "what was told of it before the end");
	desk_end(d);
}

void test_writer_sends_what_takes_the_place_of_a_stop(void)
{
	struct desk *d = desk_begin();
	struct writer_msg m = desk_message(ACT_REPLACE, 'r', 2);
	struct wire_msg out;
	struct order o;

	(void)!str_copy(m.u.action.u.replace.old, UUID_TEXT, STR("the-old-one"));
	desk_put(d, m);
	desk_put(d, desk_message(ACT_ASK, 'r', 2));
	desk_put(d, desk_message(ACT_SYNC, 'r', 2));
	desk_serve(d);
	CHECK(ring_poll(&d->l.wire_in, &out) && out.kind == WIRE_REPLACE &&
	      strcmp(out.u.replace.old, "the-old-one") == 0, "it leaves, with what it replaces");
	CHECK_INT(store_order(d->good, str_of(m.u.action.u.order.cid), &o), OK, "and is stored");
	CHECK(desk_left(d, WIRE_ASK) == 1 && desk_left(d, WIRE_SYNC) == 1, "questions leave, too");
	desk_end(d);
}

/* Pages add up the fills that they are told of. */
void test_writer_tells_a_fill_once(void)
{
	struct desk *d = desk_begin();
	struct writer_msg m = desk_message(ACT_FILL, 'x', 1);
	struct tell t;
	uint32_t told = 0;

	for (int i = 0; i < 2; i++) {
		m.u.action.again = i == 1;
		desk_put(d, m);
	}
	desk_serve(d);
	while (ring_poll(&d->l.control.tells, &t))
		told += t.kind == TELL_FILL;
	CHECK_INT(told, 1, "what is learnt of it later is none");
	desk_end(d);
}

/* Up to that message all is done. */
static void passed(struct desk *d, uint64_t barrier)
{
	struct wire_msg out;

	desk_put(d, a_barrier(0, barrier, INT64_MAX));
	CHECK_INT(ring_get(&d->l.wire_in, &out, mono_ns() + 5 * NS_SECOND), OK, "it passes");
	CHECK(out.kind == WIRE_BARRIER && out.barrier == barrier, "barrier %u",
	      (unsigned)barrier);
}

void test_writer_stores_states_when_it_is_time(void)
{
	struct desk *d = desk_begin();
	struct instance_state st;

	clock_set_manual(&d->l.clock, NOON);
	desk_start(d);
	desk_put(d, a_state(1, 0));
	passed(d, 1);
	CHECK_INT(store_state(d->good, STR("bull"), &st), ERR_NOTFOUND,
		  "figures alone are not worth a commit");
	clock_set_manual(&d->l.clock, NOON + CHECKPOINT_EVERY);
	passed(d, 2);
	CHECK(store_state(d->good, STR("bull"), &st) == OK && st.seq == 1, "but now and then");
	desk_put(d, a_state(2, NOON));
	passed(d, 3);
	CHECK(store_state(d->good, STR("bull"), &st) == OK && st.seq == 2,
	      "what was decided is stored at once");
	desk_put(d, a_state(3, NOON));
	passed(d, 4);
	CHECK(store_state(d->good, STR("bull"), &st) == OK && st.seq == 2, "once");
	desk_stop(d);
	desk_end(d);
}

/* ---- a store that was written anew */

/* A commit of so many notes, of which nobody knows whether it was written. */
static void doubtful(struct desk *d, int n, const char *fails)
{
	for (int i = 0; i < n; i++)
		desk_put(d, desk_message(ACT_NOTE, 'x', i));
	desk_put(d, desk_message(ACT_SUBMIT, 'x', n));
	failing(fails, 1, EIO, false);
	desk_serve(d);
	CHECK(failing_end() && store_is_broken(d->good), "a commit fails");
	CHECK_INT(desk_left(d, WIRE_SUBMIT), 1, "an exit leaves all the same");
	CHECK_INT(d->w->tried, n + 1, "it is known what was in it");
}

static enum mended mended(struct desk *d)
{
	char why[STORE_WHY];
	bool written;

	CHECK_INT(store_mend(d->good, &written, why), OK, "the store is written anew: %s", why);
	return written ? MEND_WRITTEN : MEND_LOST;
}

void test_writer_stores_once_what_was_in_doubt(void)
{
	struct desk *d = desk_begin();

	doubtful(d, 3, "mdb_txn_commit");
	atomic_store(&d->l.mended, mended(d));
	desk_put(d, desk_message(ACT_NOTE, 'x', 0));
	desk_serve(d);
	CHECK_INT(notes(d), 4, "it was not written: it is now, and what came since");
	doubtful(d, 3, "mdb_txn_commit late");
	atomic_store(&d->l.mended, mended(d));
	desk_put(d, desk_message(ACT_NOTE, 'x', 0));
	desk_serve(d);
	CHECK_INT(notes(d), 8, "it was written: only what came since");
	CHECK_INT(atomic_load(&d->l.mended), MEND_NONE, "that was heard");
	CHECK_INT(desk_left(d, WIRE_SUBMIT), 0, "nothing leaves twice");
	desk_end(d);
}

/* The keeper is done, and has not yet said so. */
void test_writer_waits_for_what_the_keeper_says(void)
{
	struct desk *d = desk_begin();

	doubtful(d, 3, "mdb_txn_commit late");
	enum mended m = mended(d);
	d->w->retry_at = 0;
	desk_start(d);
	desk_put(d, desk_message(ACT_NOTE, 'x', 0));
	passed(d, 1);
	CHECK_INT(notes(d), 3, "nothing is stored before it is known what is");
	atomic_store(&d->l.mended, m);
	passed(d, 2);
	CHECK_INT(notes(d), 4, "then what came since");
	desk_stop(d);
	CHECK_INT(notes(d), 4, "and no more of it");
	desk_end(d);
}

/* Only a new start helps: when nothing is held, or nothing moves. */
void test_writer_of_a_hopeless_store_ends_the_run(void)
{
	struct desk *d = desk_begin();
	struct writer_msg held = desk_message(ACT_PUT_TRADE, 'e', 0);
	struct live *l = &d->l;
	ns open = calendar_next(&l->calendar, NOON).open;

	memset(&held.u.action.u.trade, 0, sizeof held.u.action.u.trade);
	engine_cid(held.u.action.u.trade.id, "bull", "AAPL", NOON, 'e', 0);
	held.u.action.u.trade.state = TRADE_OPEN;
	clock_set_manual(&l->clock, open + NS_HOUR);
	desk_put(d, held);
	desk_serve(d);
	atomic_store(&l->mended, MEND_HOPELESS);
	desk_put(d, desk_message(ACT_SUBMIT, 'x', 0));
	desk_serve(d);
	CHECK_INT(atomic_load(&l->fatal), 0, "in the session it is looked after first");
	CHECK_INT(desk_left(d, WIRE_SUBMIT), 1, "exits leave");
	clock_set_manual(&l->clock, open + 12 * NS_HOUR);
	uint64_t errors = log_count(LOG_ERROR);
	for (int i = 0; i < 2; i++) {
		desk_put(d, desk_message(ACT_NOTE, 'x', 0));
		desk_serve(d);
		CHECK(atomic_load(&l->fatal) == 1 && log_count(LOG_ERROR) == errors + 1,
		      "in the night the run ends, which is said once");
	}
	atomic_store(&l->fatal, 0);
	open = calendar_next(&l->calendar, open + 12 * NS_HOUR).open;
	clock_set_manual(&l->clock, open + NS_HOUR);
	held.u.action.u.trade.state = TRADE_CLOSED;
	desk_put(d, held);
	desk_serve(d);
	desk_put(d, desk_message(ACT_NOTE, 'x', 0));
	desk_serve(d);
	CHECK_INT(atomic_load(&l->fatal), 1, "nor is there a reason to wait with nothing held");
	desk_end(d);
}

/* ---- a batch that is full */

static void fill_batch(struct desk *d, int n, bool left)
{
	d->w = writer_open(&d->l);
	for (int i = 0; i < n; i++) {
		d->w->batch[i] = desk_message(ACT_NOTE, 'x', i);
		struct note *note = &d->w->batch[i].u.action.u.note;
		for (note->n = 0; note->n < NOTE_VALUES; note->n++)
			note->value[note->n] = i + note->n / 10.0;
	}
	d->w->n = (uint32_t)n;
	d->w->released = left ? d->w->n : 0;
	d->w->degraded = left;
	d->w->retry_at = left ? INT64_MAX : 0;
}

void test_writer_makes_room_in_a_full_batch(void)
{
	struct desk *d = desk_begin();

	fill_batch(d, BATCH_MAX, true);
	desk_put(d, desk_message(ACT_SUBMIT, 'x', 0));
	desk_serve(d);
	CHECK_INT(desk_left(d, WIRE_SUBMIT), 1, "an exit leaves");
	CHECK_INT(notes(d), 0, "for it the notes were given up");
	desk_end(d);
	d = desk_begin();
	fill_batch(d, BATCH_MAX, false);
	d->w->batch[BATCH_MAX - 1] = desk_message(ACT_SUBMIT, 'e', 0);
	desk_put(d, desk_message(ACT_SUBMIT, 'x', 0));
	desk_serve(d);
	CHECK(desk_left(d, WIRE_SUBMIT) == 1 && desk_left(d, WIRE_DENIED) == 1,
	      "an exit leaves, and an entry is answered");
	CHECK_INT(notes(d), BATCH_MAX - 1, "a step too large for one commit goes in two: all but "
		  "the guard's note, for which there was no room, are stored");
	desk_end(d);
}

/* Space that was set aside is for stops and exits. */
void test_writer_with_little_space_lets_no_entry_out(void)
{
	struct desk *d = desk_begin();
	struct wire_msg out;

	log_init(LOG_WARN, NULL, false);
	fill_batch(d, BATCH_MAX - ACTIONS_MAX, false);	/* with which the file grows */
	for (int i = 0; i < 3; i++) {
		uint64_t warned = log_count(LOG_WARN);
		desk_put(d, rich());
		desk_put(d, desk_message(ACT_SUBMIT, 'e', i));
		desk_put(d, desk_message(ACT_SUBMIT, 'x', i));
		if (i == 0)
			failing("fallocate", 1, ENOSPC, true);
		desk_serve(d);
		CHECK(failing_end() || i > 0, "space is looked for");
		CHECK(ring_poll(&d->l.wire_in, &out) &&
		      out.kind == (i == 0 ? WIRE_DENIED : WIRE_SUBMIT), "entry %d", i);
		if (i == 0)
			CHECK(strstr(out.u.reply.text, "disk is almost full") != NULL,
			      "it is told why: %s", out.u.reply.text);
		CHECK(ring_poll(&d->l.wire_in, &out) && out.kind == WIRE_SUBMIT, "exit %d", i);
		CHECK_INT(log_count(LOG_WARN) - warned, i < 2, "it is said when it changes: %d", i);
	}
	desk_end(d);
}

void test_writer_without_a_store_lets_no_entry_out(void)
{
	struct desk *d = desk_begin();
	struct wire_msg out;

	desk_put(d, rich());
	desk_put(d, desk_message(ACT_SUBMIT, 'e', 0));
	desk_put(d, desk_message(ACT_SUBMIT, 'x', 0));
	failing("mdb_put", 1, ENOSPC, true);
	desk_serve(d);
	CHECK(failing_end(), "something is stored");
	CHECK(ring_poll(&d->l.wire_in, &out) && out.kind == WIRE_DENIED &&
	      strstr(out.u.reply.text, "cannot be written") != NULL, "the entry: %s",
	      out.u.reply.text);
	CHECK(ring_poll(&d->l.wire_in, &out) && out.kind == WIRE_SUBMIT, "the exit leaves");
	desk_end(d);
}
