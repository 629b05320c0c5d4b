/* store_box.h: a folder for a test, and records with every member set. */
#ifndef TEST_STORE_BOX_H
#define TEST_STORE_BOX_H

#include "base/rng.h"
#include "store/store_inner.h"
#include "test/check.h"

struct box {
	char root[64];		/* removed by box_done */
	char folder[96];	/* root/a/data: to be made by the store */
	char why[STORE_WHY];
	struct store *s;
};

void box_init(struct box *b);
void box_init_quick(struct box *b);	/* in memory, if possible: for many syncs */
bool box_open(struct box *b, enum store_mode mode);	/* into b->s; fails the test */
void box_close(struct box *b);
void box_done(struct box *b);
void box_path(const struct box *b, char out[static 128], const char *file);

/* Random values that a record may have; ids are "c<n>", "b<n>", "t<n>". */
void make_order(struct order *o, struct rng *r, unsigned n);
void make_trade(struct trade *t, struct rng *r, unsigned n);
void make_fill(struct fill *f, struct rng *r, unsigned n);
void make_note(struct note *n, struct rng *r, unsigned i);
void make_state(struct instance_state *st, struct rng *r, unsigned n);
void make_session(struct session_record *s, struct rng *r, unsigned n);
void make_equity(struct equity_point *p, struct rng *r, unsigned n);

/* One event's records, committed: order, trade, fill, two notes, state, session, equity. */
enum err box_event(struct box *b, struct rng *r, unsigned n);

/* Counts what a walk delivers. */
bool count_each(void *ctx, const void *record);

#endif
