/* The writer, with a real store: what leaves, in which order, and what a full disk does. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "check.h"
#include "run/writer_inner.h"

/* store/store_inner.h, which wants LMDB's header. */
enum err store_open_sized(struct store **out, const char *folder, enum store_mode mode, size_t map,
			  size_t most, char why[static STORE_WHY]);

struct desk {
	char root[64];
	struct live l;
	struct config config;
	struct arena arena;
	struct store *good, *full;
	struct writer *w;
	pthread_t thread;
};

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static struct store *open_store(const struct desk *d, const char *name, size_t map)
{
	char folder[96], why[STORE_WHY];
	struct store *s = NULL;

	(void)snprintf(folder, sizeof folder, "%s/%s", d->root, name);
	CHECK_INT(store_open_sized(&s, folder, STORE_WRITE, map, map, why), OK, "opens: %s", why);
	return s;
}

/* A map of a few pages, filled to its end. */
static void fill(struct store *s)
{
	char why[STORE_WHY];
	struct note n = { .kind = NOTE_GATE };
	enum err e = OK;

	for (int i = 0; i < 4000 && e == OK; i++) {
		e = store_begin(s);
		if (e == OK)
			e = store_add_note(s, &n);
		if (e == OK)
			e = store_commit(s, why);
		else
			store_abort(s);
	}
	CHECK(e != OK, "the store is full");
}

static void rings(struct desk *d)
{
	struct live *l = &d->l;
	struct arena *a = &d->arena;

	CHECK_INT(ring_init(&l->writer_in, arena_alloc(a, sizeof(struct writer_msg) * RING_WRITER),
			    sizeof(struct writer_msg), RING_WRITER), OK, "a ring");
	CHECK_INT(ring_init(&l->wire_in, arena_alloc(a, sizeof(struct wire_msg) * RING_WIRE),
			    sizeof(struct wire_msg), RING_WIRE), OK, "a ring");
	CHECK_INT(ring_init(&l->control.tells, arena_alloc(a, sizeof(struct tell) * RING_TELL),
			    sizeof(struct tell), RING_TELL), OK, "a ring");
}

static struct desk *begin(void)
{
	static struct desk desk;
	struct desk *d = &desk;

	*d = (struct desk){ 0 };
	(void)snprintf(d->root, sizeof d->root, "/tmp/gambler-writer-XXXXXX");
	if (mkdtemp(d->root) == NULL)
		abort();
	log_init(LOG_ERROR, NULL, false);
	CHECK_INT(arena_open(&d->arena, (size_t)64 << 20), OK, "memory");
	rings(d);
	d->good = open_store(d, "good", (size_t)64 << 20);
	d->l.config = &d->config;
	d->l.symbols = &d->config.symbols;
	d->l.arena = d->arena;
	d->l.store = d->good;
	d->l.instances_n = 1;
	(void)!str_copy(d->l.instance[0].config.name, INSTANCE_NAME, STR("bull"));
	d->config.account_limits = (struct limits_account){ 10, 1000, 5000, 2000 };
	clock_init(&d->l.clock);
	return d;
}

static void start(struct desk *d)
{
	if (d->w == NULL)
		d->w = writer_open(&d->l);
	CHECK_INT(pthread_create(&d->thread, NULL, writer_main, d->w), 0, "a thread");
}

static void stop(struct desk *d)
{
	ring_close(&d->l.writer_in);
	pthread_join(d->thread, NULL);
}

static void end(struct desk *d)
{
	store_close(d->good);
	store_close(d->full);
	ring_free(&d->l.writer_in);
	ring_free(&d->l.wire_in);
	ring_free(&d->l.control.tells);
	arena_close(&d->arena);
	(void)nftw(d->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	log_init(LOG_INFO, NULL, false);
}

static struct writer_msg message(enum action_kind k, char purpose, int n)
{
	struct writer_msg m = { .kind = WRITE_ACTION, .last = true, .u.action = { .kind = k } };
	struct order *o = &m.u.action.u.order;
	char trade[CID_TEXT];

	engine_cid(trade, "bull", "AAPL", 28000000 * NS_MINUTE, 'e', 0);
	m.u.action.last.n = 100 * NUM_ONE;
	if (k == ACT_FILL) {
		struct fill *f = &m.u.action.u.fill;
		f->cumulative.n = n * NUM_ONE;
		f->n.n = NUM_ONE;
		engine_cid(f->order, "bull", "AAPL", 28000000 * NS_MINUTE, purpose, 0);
		memcpy(f->trade, trade, sizeof trade);
	} else if (k == ACT_NOTE) {
		m.u.action.u.note.kind = NOTE_STATUS;
	} else {
		o->role = purpose == 'e' ? ROLE_ENTRY : ROLE_EXIT;
		o->side = purpose == 'e' ? SIDE_BUY : SIDE_SELL;
		o->want.n = 10 * NUM_ONE;
		engine_cid(o->cid, "bull", "AAPL", 28000000 * NS_MINUTE, purpose, n);
		memcpy(o->trade, trade, sizeof trade);
	}
	return m;
}

static void put(struct desk *d, struct writer_msg m)
{
	CHECK(ring_put(&d->l.writer_in, &m), "the writer takes it");
}

static uint32_t left(struct desk *d, enum wire_kind k)
{
	static uint32_t n[WIRE_BARRIER + 1];
	struct wire_msg m;

	while (ring_poll(&d->l.wire_in, &m))
		n[m.kind]++;
	uint32_t was = n[k];
	n[k] = 0;
	return was;
}

static bool count_fill(void *ctx, const void *record)
{
	(void)record;
	++*(uint32_t *)ctx;
	return true;
}

void test_run_writer_commits_then_lets_go(void)
{
	struct desk *d = begin();
	struct wire_msg out;
	struct order o;

	start(d);
	struct writer_msg m = message(ACT_SUBMIT, 'x', 0);
	put(d, m);
	CHECK_INT(ring_get(&d->l.wire_in, &out, mono_ns() + 5 * NS_SECOND), OK, "it leaves");
	CHECK_INT(out.kind, WIRE_SUBMIT, "as what it is");
	CHECK_INT(store_order(d->good, str_of(m.u.action.u.order.cid), &o), OK,
		  "by then it is stored");
	/* No account is known: the guard refuses entries. */
	m = message(ACT_SUBMIT, 'e', 0);
	put(d, m);
	CHECK_INT(ring_get(&d->l.wire_in, &out, mono_ns() + 5 * NS_SECOND), OK, "an answer");
	CHECK_INT(out.kind, WIRE_DENIED, "a refusal");
	CHECK_INT(out.u.reply.code, DENY_ACCOUNT, "with its reason");
	CHECK_INT(store_order(d->good, str_of(m.u.action.u.order.cid), &o), OK,
		  "it was stored before it was told");
	CHECK_INT(o.stage, ORDER_DONE, "as refused");
	stop(d);
	end(d);
}

/* Ten positions are allowed: nine of others and one of ours, or none of ours. */
void test_run_writer_counts_positions_of_others(void)
{
	struct desk *d = begin();
	struct wire_msg out;
	struct writer_msg m = { .kind = WRITE_ACCOUNT, .last = true };

	memcpy(m.u.account.id, "account", 8);
	memcpy(m.u.account.status, "ACTIVE", 7);
	m.u.account.cash = m.u.account.equity = (usd){ 100000 * NUM_ONE };
	m.u.account.buying_power = (usd){ 200000 * NUM_ONE };
	start(d);
	put(d, m);
	for (int i = 0; i < 2; i++) {
		atomic_store(&d->l.strangers, 9 + (uint32_t)i);
		m = message(ACT_SUBMIT, 'e', 0);
		put(d, m);
		CHECK_INT(ring_get(&d->l.wire_in, &out, mono_ns() + 5 * NS_SECOND), OK, "answered");
		CHECK_INT(out.kind, i == 0 ? WIRE_SUBMIT : WIRE_DENIED, "%d of others", 9 + i);
	}
	CHECK_INT(out.u.reply.code, DENY_PORTFOLIO_POSITIONS, "with its reason");
	stop(d);
	end(d);
}

static void keep_line(void *ctx, uint64_t seq, struct str line)
{
	(void)seq;
	text_add(ctx, line);
	text_char(ctx, '\n');
}

void test_run_writer_says_that_a_breaker_trips(void)
{
	struct desk *d = begin();
	struct action a = { .kind = ACT_NOTE };
	struct note *n = &a.u.note;
	char memory[1024];
	struct text said;

	d->w = writer_open(&d->l);
	log_init(LOG_INFO, NULL, false);
	uint64_t from = log_tail(UINT64_MAX, keep_line, NULL);
	n->kind = NOTE_BREAKER;
	n->code = DENY_LOSS_STREAK;
	(void)!str_copy(n->text, sizeof n->text, STR("loss_streak"));
	writer_say(d->w, 0, &a);
	n->code = ALLOW;
	(void)!str_copy(n->text, sizeof n->text, STR("released"));
	writer_say(d->w, 0, &a);
	text_init(&said, memory, sizeof memory - 1);
	log_tail(from, keep_line, &said);
	memory[said.n] = '\0';
	CHECK(strstr(memory, " warn breaker inst=bull what=loss_streak effect=\"no entries\" "
		     "why=\"Too many losses in a row") != NULL, "it is told, and why: %s", memory);
	CHECK(strstr(memory, " info breaker inst=bull what=released\n") != NULL,
	      "and that it is over: %s", memory);
	end(d);
}

void test_run_writer_keeps_a_state_at_the_end(void)
{
	struct desk *d = begin();
	struct instance_state st;

	start(d);
	struct writer_msg m = { .kind = WRITE_ACTION, .last = true,
				.u.action = { .kind = ACT_PUT_STATE } };
	(void)!str_copy(m.u.action.u.state.name, INSTANCE_NAME, STR("bull"));
	m.u.action.u.state.run = RUN_PAUSED;
	put(d, m);
	stop(d);
	CHECK_INT(store_state(d->good, STR("bull"), &st), OK, "it is there");
	CHECK_INT(st.run, RUN_PAUSED, "as it was last told");
	end(d);
}

void test_run_writer_on_a_full_disk(void)
{
	struct desk *d = begin();
	uint32_t fills = 0;
	struct order o;

	d->full = open_store(d, "full", 32 * 4096);
	fill(d->full);
	d->l.store = d->full;
	start(d);
	/* Far more than the batch holds. */
	for (int i = 0; i < 3 * BATCH_MAX; i++) {
		put(d, message(ACT_PUT_ORDER, 'x', i % 7));
		if (i % 100 == 0)
			put(d, message(ACT_FILL, 'x', i / 100 + 1));
		if (i % 5 == 0)
			put(d, message(ACT_NOTE, 'x', i));
		if (i % 1000 == 0)
			put(d, message(ACT_SUBMIT, 'x', 100 + i / 1000));
	}
	put(d, message(ACT_SUBMIT, 'e', 0));
	stop(d);
	uint32_t exits = (3 * BATCH_MAX + 999) / 1000, wanted = (3 * BATCH_MAX + 99) / 100;
	CHECK_INT(left(d, WIRE_SUBMIT), exits, "each exit has left, once");
	CHECK_INT(left(d, WIRE_DENIED), 1, "the entry has not");
	CHECK(d->w->degraded && d->w->n < BATCH_MAX, "kept: %u", d->w->n);
	/* There is room again. */
	d->l.store = d->good;
	ring_free(&d->l.writer_in);
	ring_free(&d->l.wire_in);
	ring_free(&d->l.control.tells);
	rings(d);
	start(d);
	stop(d);
	CHECK_INT(left(d, WIRE_SUBMIT) + left(d, WIRE_DENIED), 0, "nothing leaves twice");
	CHECK(!d->w->degraded && d->w->n == 0, "all of it is stored");
	CHECK_INT(store_fills(d->good, count_fill, &fills), OK, "fills can be read");
	CHECK_INT(fills, wanted, "no fill is lost");
	struct writer_msg m = message(ACT_SUBMIT, 'x', 100);
	CHECK_INT(store_order(d->good, str_of(m.u.action.u.order.cid), &o), OK, "nor an exit");
	end(d);
}
