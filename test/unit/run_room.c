/* What a writer keeps in memory while its disk is full: of each thing the newest word, and every
 * fill. */
#include <stdio.h>

#include "base/log.h"
#include "check.h"
#include "run/writer_inner.h"

static struct writer_msg batch[BATCH_MAX];
static struct writer w;

static struct writer_msg *add(uint32_t kind, uint32_t action)
{
	struct writer_msg *m = &w.batch[w.n++];

	memset(m, 0, sizeof *m);
	m->kind = kind;
	m->u.action.kind = action;
	return m;
}

static void add_order(uint32_t action, const char *cid, const char *bid, int32_t tag)
{
	struct order *o = &add(WRITE_ACTION, action)->u.action.u.order;

	(void)snprintf(o->cid, sizeof o->cid, "%s", cid);
	(void)snprintf(o->bid, sizeof o->bid, "%s", bid);
	o->refused_code = tag;
}

static void add_trade(const char *id, uint8_t tag)
{
	struct trade *t = &add(WRITE_ACTION, ACT_PUT_TRADE)->u.action.u.trade;

	(void)snprintf(t->id, sizeof t->id, "%s", id);
	t->tag = tag;
}

static void begin(void)
{
	memset(&w, 0, sizeof w);
	w.batch = batch;
	log_init(LOG_ERROR, NULL, false);
}

void test_room_keeps_the_newest_word_and_every_fill(void)
{
	begin();
	add_order(ACT_PUT_ORDER, "a", "", 1);		/* told anew */
	add_order(ACT_SUBMIT, "b", "", 2);
	add_order(ACT_PUT_ORDER, "", "x", 3);		/* told anew, by the broker's id */
	add_trade("t", 4);				/* told anew */
	add_trade("u", 5);
	(void)add(WRITE_ACTION, ACT_FILL);
	(void)add(WRITE_ACTION, ACT_NOTE);		/* lost */
	(void)add(WRITE_ACCOUNT, 0);			/* lost */
	(void)add(WRITE_KILL, 0);			/* told anew */
	(void)add(WRITE_ACTION, ACT_CANCEL);		/* has left */
	(void)add(WRITE_ACTION, ACT_FILL);
	add_order(ACT_REPLACE, "a", "", 6);
	add_order(ACT_PUT_ORDER, "c", "x", 7);
	add_trade("t", 8);
	(void)add(WRITE_KILL, 0);
	w.released = 11;				/* but the last have not left */
	(void)add(WRITE_ACTION, ACT_NOTE);
	w.tried = 5;
	writer_room(&w);
	CHECK_INT(w.n, 9, "b, u, two fills, and what has not left");
	CHECK_INT(w.released, 4, "of which the first four have left");
	CHECK_INT(w.tried, 0, "all are to be stored again");
	CHECK_INT(w.batch[0].u.action.u.order.refused_code, 2, "in their order: b");
	CHECK_INT(w.batch[1].u.action.u.trade.tag, 5, "u");
	CHECK(w.batch[2].u.action.kind == ACT_FILL && w.batch[3].u.action.kind == ACT_FILL,
	      "the fills");
	CHECK_INT(w.batch[4].u.action.u.order.refused_code, 6, "the newest word on a");
	CHECK(w.batch[7].kind == WRITE_KILL && w.batch[8].u.action.kind == ACT_NOTE,
	      "what has not left stays, whatever it is");
}

/* More than the limits allow: the oldest facts go, and it is said. */
void test_room_gives_up_the_oldest_at_last(void)
{
	begin();
	for (uint32_t i = 0; i < BATCH_MAX; i++)
		add(WRITE_ACTION, ACT_FILL)->barrier = i;
	w.released = BATCH_MAX - 1;
	uint64_t errors = log_count(LOG_ERROR);
	writer_room(&w);
	CHECK_INT(w.n, BATCH_MAX - ACTIONS_MAX, "there is room for a step");
	CHECK_INT(w.batch[0].barrier, ACTIONS_MAX, "the oldest are gone");
	CHECK_INT(w.released, BATCH_MAX - 1 - ACTIONS_MAX, "they had left");
	CHECK_INT(log_count(LOG_ERROR), errors + 1, "it is said");
	begin();
	for (uint32_t i = 0; i < BATCH_MAX; i++)
		(void)add(WRITE_ACTION, ACT_FILL);
	w.released = 1;
	writer_room(&w);
	CHECK(w.n == BATCH_MAX - ACTIONS_MAX && w.released == 0, "those that had not left, too");
}
