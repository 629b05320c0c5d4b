#include "test/unit/store_box.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool make_root(struct box *b, const char *folder)
{
	*b = (struct box){ 0 };
	(void)snprintf(b->root, sizeof(b->root), "%s/gambler-store-XXXXXX", folder);
	if (mkdtemp(b->root) == NULL)
		return false;
	(void)snprintf(b->folder, sizeof(b->folder), "%s/a/data", b->root);
	return true;
}

void box_init(struct box *b)
{
	if (!make_root(b, "/tmp"))
		abort();
}

void box_init_quick(struct box *b)
{
	if (!make_root(b, "/dev/shm"))
		box_init(b);
}

bool box_open(struct box *b, enum store_mode mode)
{
	return CHECK_INT(store_open(&b->s, b->folder, mode, b->why), OK, "opens: %s", b->why);
}

void box_close(struct box *b)
{
	store_close(b->s);
	b->s = NULL;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

void box_done(struct box *b)
{
	box_close(b);
	(void)nftw(b->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void box_path(const struct box *b, char out[static 128], const char *file)
{
	(void)snprintf(out, 128, "%s/%s", b->folder, file);
}

/* ---- records */

static void noise(void *p, size_t n, struct rng *r)
{
	unsigned char *at = p;

	for (size_t i = 0; i < n; i++)
		at[i] = (unsigned char)rng_u64(r);
}

static void words(char *out, size_t size, struct rng *r)
{
	size_t n = (size_t)rng_below(r, size);

	memset(out, 0, size);
	for (size_t i = 0; i < n; i++)
		out[i] = (char)(32 + rng_below(r, 95));
}

static uint8_t upto(struct rng *r, unsigned last)
{
	return (uint8_t)rng_below(r, last + 1);
}

/* Bytes between members are nobody's. The tests are built by gcc, which knows them; clang
 * only looks for warnings. */
#if defined(__has_builtin) && __has_builtin(__builtin_clear_padding)
#define clear_padding(p) __builtin_clear_padding(p)
#else
#define clear_padding(p) ((void)(p))
#endif

#define NAMED(member, letter, n) \
	(memset((member), 0, sizeof(member)), \
	 (void)snprintf((member), sizeof(member), "%c%u", (letter), (n)))

void make_order(struct order *o, struct rng *r, unsigned n)
{
	noise(o, sizeof(*o), r);
	NAMED(o->cid, 'c', n);
	NAMED(o->bid, 'b', n);
	NAMED(o->trade, 't', n / 2);
	o->role = upto(r, ROLE_EXIT);
	o->stage = upto(r, ORDER_DONE);
	o->side = upto(r, SIDE_SELL);
	o->type = upto(r, TYPE_TRAILING_STOP);
	o->tif = upto(r, TIF_FOK);
	o->cls = upto(r, CLASS_OTO);
	o->status = upto(r, ST_UNKNOWN);
	o->leg = upto(r, 1);
	o->moved = upto(r, MOVE_DONE);
	words(o->why, sizeof(o->why), r);
	clear_padding(o);
}

void make_trade(struct trade *t, struct rng *r, unsigned n)
{
	noise(t, sizeof(*t), r);
	NAMED(t->id, 't', n);
	t->side = upto(r, SIDE_SELL);
	t->state = upto(r, TRADE_CLOSED);
	t->reason_out = upto(r, EXIT_REASONS - 1);
	clear_padding(t);
}

void make_fill(struct fill *f, struct rng *r, unsigned n)
{
	noise(f, sizeof(*f), r);
	NAMED(f->order, 'c', n);
	NAMED(f->trade, 't', n / 2);
	words(f->execution, sizeof(f->execution), r);
	f->side = upto(r, SIDE_SELL);
	f->role = upto(r, ROLE_EXIT);
	f->from_snapshot = upto(r, 1);
	clear_padding(f);
}

void make_note(struct note *n, struct rng *r, unsigned i)
{
	noise(n, sizeof(*n), r);
	NAMED(n->trade, 't', i / 2);
	NAMED(n->order, 'c', i);
	words(n->text, sizeof(n->text), r);
	n->kind = upto(r, NOTE_KINDS - 1);
	n->n = upto(r, NOTE_VALUES);
	clear_padding(n);
}

void make_state(struct instance_state *st, struct rng *r, unsigned n)
{
	noise(st, sizeof(*st), r);
	NAMED(st->name, 'i', n);
	st->run = upto(r, RUN_ERROR);
	st->kill = upto(r, KILL_HALT);
	st->pad = 0;
	memset(st->pad2, 0, sizeof(st->pad2));
	clear_padding(st);
}

void make_session(struct session_record *s, struct rng *r, unsigned n)
{
	noise(s, sizeof(*s), r);
	s->id = n;
	s->status = upto(r, SESSION_CRASHED);
	memset(s->pad, 0, sizeof(s->pad));
	words(s->symbols, sizeof(s->symbols), r);
	clear_padding(s);
}

void make_equity(struct equity_point *p, struct rng *r, unsigned n)
{
	noise(p, sizeof(*p), r);
	p->ts = (ns)n * NS_MINUTE + (ns)rng_below(r, NS_MINUTE);
}

enum err box_event(struct box *b, struct rng *r, unsigned n)
{
	struct session_record session;
	struct instance_state state;
	struct equity_point point;
	struct order order;
	struct trade trade;
	struct fill fill;
	struct note note;
	bool known;

	make_order(&order, r, n);
	order.made = (ns)n * NS_SECOND;
	make_trade(&trade, r, n / 2);
	trade.signal_ts = (ns)(n / 2) * NS_SECOND;
	make_fill(&fill, r, n);
	make_state(&state, r, n % 3);
	make_session(&session, r, n / 10);
	make_equity(&point, r, n);
	enum err e = store_begin(b->s);
	if (e != OK)
		return e;
	e = store_put_order(b->s, &order);
	if (e == OK)
		e = store_put_trade(b->s, &trade);
	if (e == OK)
		e = store_add_fill(b->s, &fill, &known);
	for (unsigned i = 0; e == OK && i < 2; i++) {
		make_note(&note, r, n);
		note.ts = (ns)n * NS_SECOND;
		note.seq = n * 2 + i;
		e = store_add_note(b->s, &note);
	}
	if (e == OK)
		e = store_put_state(b->s, &state);
	if (e == OK)
		e = store_put_session(b->s, &session);
	if (e == OK)
		e = store_add_equity(b->s, &point);
	return store_commit(b->s, b->why);
}

bool count_each(void *ctx, const void *record)
{
	(void)record;
	++*(unsigned *)ctx;
	return true;
}
