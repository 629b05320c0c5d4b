/* LMDB refuses each thing that the store asks of it, once in its turn: a transaction is all there
 * or not at all, what is read is right or an error, and the store goes on behind it. */
#include "test/failing.h"
#include "test/unit/store_box.h"

#include <errno.h>
#include <stdio.h>

/* A disk that fails, a file that is not what it was, a map that is full. */
static const int errors[] = { EIO, MDB_CORRUPTED, MDB_MAP_FULL };

struct event {
	struct order order;
	struct trade trade;
	struct fill fill;
	struct note note;
	struct instance_state state;
	struct session_record session;
	struct equity_point point;
};

/* The same records each time; twice is what the second time knows more of. */
static void make_event(struct event *v, unsigned n, bool twice)
{
	struct rng r;

	rng_seed(&r, n);
	make_order(&v->order, &r, n);
	make_trade(&v->trade, &r, n);
	make_fill(&v->fill, &r, n);
	make_note(&v->note, &r, n);
	make_state(&v->state, &r, n);
	make_session(&v->session, &r, n);
	make_equity(&v->point, &r, n);
	v->note.kind = NOTE_COMMAND;
	v->order.stage = twice ? ORDER_DONE : ORDER_LIVE;
	v->order.made = n;
	v->trade.state = twice ? TRADE_CLOSED : TRADE_OPEN;
	v->trade.signal_ts = twice;
	(void)snprintf(v->fill.execution, sizeof(v->fill.execution), "%s", twice ? "x" : "");
	if (!twice)
		v->order.bid[0] = '\0';
	else
		(void)snprintf(v->order.trade, sizeof(v->order.trade), "t%u", n + 1);
}

/* The first word that is not OK; what comes behind it is asked for all the same. */
static enum err put_event(struct store *s, const struct event *v)
{
	bool known;
	enum err each[] = {
		store_put_order(s, &v->order), store_put_trade(s, &v->trade),
		store_add_fill(s, &v->fill, &known), store_add_note(s, &v->note),
		store_put_state(s, &v->state), store_put_session(s, &v->session),
		store_add_equity(s, &v->point),
		store_put_kill(s, KILL_HALT, str_of("somebody"), v->point.ts),
		store_put_account(s, str_of("an account")),
	};
	size_t i = 0;

	while (i < COUNT(each) - 1 && each[i] == OK)
		i++;
	return each[i];
}

static uint64_t records_of(struct store *s)
{
	struct store_stats st;

	store_figures(s, &st);
	return st.records;
}

static enum err store_event(struct box *b, unsigned n, bool twice)
{
	struct event v;

	make_event(&v, n, twice);
	enum err e = store_begin(b->s);
	if (e != OK)
		return e;
	e = put_event(b->s, &v);
	if (e == OK)
		return store_commit(b->s, b->why);
	/* What a look at the file has found wrong leaves the transaction to who asked. */
	if (b->s->failed == OK)
		store_abort(b->s);
	else
		CHECK(store_commit(b->s, b->why) == b->s->failed && b->why[0] != '\0',
		      "a transaction of which a part failed is not committed, in words");
	return e;
}

/* As the writer does: a store that is broken is mended, and then says what was written. */
static void go_on(struct box *b, const char *call, unsigned n, bool *written)
{
	enum err e = OK;

	*written = false;
	if (store_is_broken(b->s)) {
		CHECK_INT(store_begin(b->s), ERR_IO, "nothing is stored before it is mended");
		e = store_mend(b->s, written, b->why);
	}
	CHECK(e == OK && !store_is_broken(b->s), "%s %u: mended: %s", call, n, b->why);
}

static bool refuse(struct box *b, const char *call, unsigned n, int error, unsigned event)
{
	bool twice = event % 2 != 0, written;
	uint64_t before = records_of(b->s);

	failing(call, n, error, false);
	enum err e = store_event(b, event / 2, twice);
	bool struck = failing_end();
	if (!struck)
		return CHECK_INT(e, OK, "an event: %s", b->why) && false;
	CHECK(e != OK, "%s %u (%s): a part of an event was lost without a word", call, n,
	      mdb_strerror(error));
	CHECK(b->s->txn == NULL, "%s %u: the transaction is over", call, n);
	go_on(b, call, n, &written);
	CHECK(!written && records_of(b->s) == before,
	      "%s %u (%s): %u records where there were %u", call, n, mdb_strerror(error),
	      (unsigned)records_of(b->s), (unsigned)before);
	return true;
}

void test_store_each_refusal_leaves_an_event_out(void)
{
	static const char *const calls[] = {
		"mdb_txn_begin", "mdb_get", "mdb_put", "mdb_del", "mdb_txn_commit",
	};
	unsigned event = 0, bad = 0;
	struct box b;

	box_init_quick(&b);
	if (!box_open(&b, STORE_WRITE))
		return;
	for (size_t i = 0; i < COUNT(calls) * COUNT(errors); i++) {
		const char *call = calls[i / COUNT(errors)];
		/* Of each event both times, to the last call. */
		for (int times = 0; times < 2; times++, event++) {
			unsigned n = 1;
			while (refuse(&b, call, n, errors[i % COUNT(errors)], event))
				n++;
			bad += n - 1;
		}
	}
	CHECK(bad > 300, "%u refusals are too few for what an event asks", bad);
	box_close(&b);
	CHECK(box_open(&b, STORE_WRITE) && b.why[0] == '\0', "all is as it was: %s", b.why);
	box_done(&b);
}

/* ---- reading */

static bool keep_going(void *ctx, const void *record)
{
	(void)record;
	++*(unsigned *)ctx;
	return true;
}

/* The first error; how much was seen. */
static enum err read_everything(struct store *s, unsigned *seen)
{
	struct session_record session;
	struct instance_state state;
	char id[UUID_TEXT], who[64];
	enum kill_state kill;
	struct order order;
	struct trade trade;
	ns ts;
	enum err each[] = {
		store_order(s, str_of("c0"), &order), store_order(s, str_of("b0"), &order),
		store_trade(s, str_of("t0"), &trade), store_state(s, str_of("i0"), &state),
		store_kill(s, &kill, who, &ts), store_account(s, id),
		store_last_session(s, &session),
		store_open_orders(s, keep_going, seen), store_orders(s, 0, keep_going, seen),
		store_orders_of(s, str_of("t1"), keep_going, seen),
		store_open_trades(s, keep_going, seen), store_trades(s, 0, keep_going, seen),
		store_fills(s, keep_going, seen), store_notes(s, 0, keep_going, seen),
		store_fills_of(s, str_of("t0"), keep_going, seen),
		store_notes_of(s, str_of("t0"), keep_going, seen),
		store_sessions(s, 0, keep_going, seen), store_states(s, keep_going, seen),
		store_equity(s, 0, INT64_MAX, keep_going, seen),
	};

	for (size_t i = 0; i < COUNT(each); i++)
		if (each[i] != OK)
			return each[i];
	return OK;
}

void test_store_half_an_answer_is_none(void)
{
	static const char *const calls[] = {
		"mdb_txn_begin", "mdb_get", "mdb_cursor_open", "mdb_cursor_get",
	};
	unsigned all = 0;
	struct box b;

	box_init_quick(&b);
	if (!box_open(&b, STORE_WRITE))
		return;
	CHECK(store_event(&b, 0, false) == OK && store_event(&b, 0, true) == OK &&
	      store_event(&b, 1, false) == OK, "%s", b.why);
	CHECK(read_everything(b.s, &all) == OK && all > 10, "%u records are read", all);
	for (size_t i = 0; i < COUNT(calls); i++) {
		bool struck = true;
		for (unsigned n = 1; struck; n++) {
			unsigned seen = 0;
			failing(calls[i], n, MDB_CORRUPTED, false);
			enum err e = read_everything(b.s, &seen);
			struck = failing_end();
			CHECK_INT(e, struck ? ERR_STORE : OK, "%s %u fails", calls[i], n);
			CHECK(struck || seen == all, "all is read again");
		}
		CHECK_INT(atomic_load(&b.s->reading), 0, "%s: nobody reads any more", calls[i]);
	}
	box_done(&b);
}

/* ---- opening, copying */

/* Opened, one event, copied; the first error. */
static enum err a_life(struct box *b, unsigned n)
{
	char extra[160];

	enum err e = store_open(&b->s, b->folder, STORE_WRITE, b->why);
	if (e != OK)
		return e;
	(void)snprintf(b->why, sizeof(b->why), "an event has no words");
	e = store_event(b, n, false);
	if (e == OK)
		e = store_keep(b->s, b->why);
	(void)snprintf(extra, sizeof(extra), "%s/backup-%u", b->root, n);
	if (e == OK)
		e = store_backup(b->s, extra, b->why);
	return e;
}

void test_store_that_cannot_be_opened_says_so(void)
{
	static const char *const calls[] = {
		"mdb_env_create", "mdb_env_set_mapsize", "mdb_env_set_maxreaders", "mdb_env_open",
		"mdb_reader_check", "mdb_env_get_fd", "mdb_dbi_open", "mdb_env_copy2",
		"mdb_txn_begin", "mdb_txn_commit",
	};
	unsigned life = 0, before = failing_descriptors();
	struct box b;

	box_init_quick(&b);
	for (size_t i = 0; i < COUNT(calls); i++) {
		bool struck = true;
		for (unsigned n = 1; struck; n++, life++) {
			failing(calls[i], n, life % 2 != 0 ? ENOMEM : EACCES, false);
			enum err e = a_life(&b, life);
			struck = failing_end();
			CHECK(e == OK || b.why[0] != '\0', "%s %u: %d without a word", calls[i], n,
			      e);
			CHECK(struck || e == OK, "a life: %s", b.why);
			CHECK(strstr(b.why, "damaged") == NULL, "%s %u: is taken for: %s",
			      calls[i], n, b.why);
			box_close(&b);
		}
	}
	CHECK_INT(failing_descriptors(), before, "descriptors");
	CHECK(box_open(&b, STORE_WRITE) && b.why[0] == '\0', "then it is whole: %s", b.why);
	box_done(&b);
}

/* ---- names of every length */

void test_store_folders_whose_names_are_too_long(void)
{
	char name[STORE_PATH + 8], why[STORE_WHY];
	uint64_t records, bad;
	struct store *s;
	struct box b;
	size_t opened = 0;

	box_init_quick(&b);
	/* Each length around the longest. */
	for (size_t n = 180; n < STORE_PATH + 4;
	     n += n < FOLDER_NAME_MAX - 12 || n > FOLDER_NAME_MAX + 12 ? 60 : 1) {
		int used = snprintf(name, sizeof(name), "%s", b.root);
		/* Parts of a name have at most 255 bytes. */
		for (size_t i = (size_t)used; i < n; i++)
			name[i] = (i - (size_t)used) % 200 == 0 ? '/' : 'n';
		name[n] = '\0';
		if (name[n - 1] == '/')
			continue;
		enum err e = store_open(&s, name, STORE_WRITE, why);
		CHECK(e == OK || why[0] != '\0', "%u bytes: %d without a word", (unsigned)n, e);
		if (e == OK) {
			opened = n;
			e = store_keep(s, why);
			CHECK(e == OK, "%u bytes: a copy: %s", (unsigned)n, why);
			store_close(s);
		}
		e = store_verify(name, &records, &bad, why);
		CHECK(e == OK || why[0] != '\0', "%u bytes: verified: %d", (unsigned)n, e);
		e = store_restore(b.root, name, why);
		CHECK(e != OK && why[0] != '\0', "%u bytes: nothing is put back", (unsigned)n);
	}
	CHECK(opened > 400, "%u bytes are enough for a name", (unsigned)opened);
	box_done(&b);
}
