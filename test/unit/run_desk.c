/* A writer with a real store, with or without its thread; see run_desk.h. */
#include "test/unit/run_desk.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "check.h"

/* store/store_inner.h, which wants LMDB's header. */
enum err store_open_sized(struct store **out, const char *folder, enum store_mode mode, size_t map,
			  size_t most, char why[static STORE_WHY]);

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

struct store *desk_store(const struct desk *d, const char *name, size_t map)
{
	char folder[96], why[STORE_WHY];
	struct store *s = NULL;

	(void)snprintf(folder, sizeof folder, "%s/%s", d->root, name);
	CHECK_INT(store_open_sized(&s, folder, STORE_WRITE, map, map, why), OK, "opens: %s", why);
	return s;
}

/* A map of a few pages, filled to its end. */
void desk_fill(struct store *s)
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

void desk_rings(struct desk *d)
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

struct desk *desk_begin(void)
{
	static struct desk desk;
	struct desk *d = &desk;

	*d = (struct desk){ 0 };
	/* No test here needs a disk's syncs. */
	(void)snprintf(d->root, sizeof d->root, "/dev/shm/gambler-test-XXXXXX");
	if (mkdtemp(d->root) == NULL) {
		(void)snprintf(d->root, sizeof d->root, "/tmp/gambler-test-XXXXXX");
		if (mkdtemp(d->root) == NULL)
			abort();
	}
	log_init(LOG_ERROR, NULL, false);
	CHECK_INT(arena_open(&d->arena, (size_t)64 << 20), OK, "memory");
	desk_rings(d);
	d->good = desk_store(d, "good", (size_t)64 << 20);
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

void desk_start(struct desk *d)
{
	if (d->w == NULL)
		d->w = writer_open(&d->l);
	CHECK_INT(pthread_create(&d->thread, NULL, writer_main, d->w), 0, "a thread");
}

void desk_stop(struct desk *d)
{
	ring_close(&d->l.writer_in);
	pthread_join(d->thread, NULL);
}

void desk_end(struct desk *d)
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

struct writer_msg desk_message(enum action_kind k, char purpose, int n)
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

void desk_put(struct desk *d, struct writer_msg m)
{
	CHECK(ring_put(&d->l.writer_in, &m), "the writer takes it");
}

uint32_t desk_left(struct desk *d, enum wire_kind k)
{
	static uint32_t n[WIRE_BARRIER + 1];
	struct wire_msg m;

	while (ring_poll(&d->l.wire_in, &m))
		n[m.kind]++;
	uint32_t was = n[k];
	n[k] = 0;
	return was;
}

void desk_serve(struct desk *d)
{
	struct ring *r = &d->l.writer_in;

	if (d->w == NULL)
		d->w = writer_open(&d->l);
	void *memory = r->memory;
	ring_close(r);
	(void)writer_main(d->w);
	ring_free(r);
	CHECK_INT(ring_init(r, memory, sizeof(struct writer_msg), RING_WRITER), OK, "a ring");
}
