/* Room in a batch that cannot be stored: the disk is full, exits and stops go on. Of what has
 * left already only the newest word on each order and trade is worth keeping, and the fills,
 * which are facts. */
#include "run/writer_inner.h"

#include "base/log.h"

static bool of_order(const struct writer_msg *m)
{
	return m->kind == WRITE_ACTION &&
	       (m->u.action.kind == ACT_PUT_ORDER || m->u.action.kind == ACT_SUBMIT ||
		m->u.action.kind == ACT_REPLACE);
}

static bool of_trade(const struct writer_msg *m)
{
	return m->kind == WRITE_ACTION && m->u.action.kind == ACT_PUT_TRADE;
}

/* b is a later word on what a is about. */
static bool replaces(const struct writer_msg *b, const struct writer_msg *a)
{
	const struct order *o = &a->u.action.u.order, *n = &b->u.action.u.order;

	if (of_order(a) && of_order(b))
		return (o->cid[0] != 0 && strcmp(o->cid, n->cid) == 0) ||
		       (o->bid[0] != 0 && strcmp(o->bid, n->bid) == 0);
	if (of_trade(a) && of_trade(b))
		return strcmp(a->u.action.u.trade.id, b->u.action.u.trade.id) == 0;
	return a->kind == WRITE_KILL && b->kind == WRITE_KILL;
}

static bool needless(const struct writer *w, uint32_t at)
{
	const struct writer_msg *m = &w->batch[at];

	if (m->kind == WRITE_ACTION && m->u.action.kind == ACT_FILL)
		return false;
	if (!of_order(m) && !of_trade(m) && m->kind != WRITE_KILL)
		return true;		/* notes, figures, requests that have left */
	for (uint32_t i = at + 1; i < w->n; i++)
		if (replaces(&w->batch[i], m))
			return true;
	return false;
}

void writer_room(struct writer *w)
{
	uint32_t kept = 0, released = w->released, before = w->n;

	for (uint32_t i = 0; i < before; i++) {
		if (i < released && needless(w, i)) {
			w->released--;
			continue;
		}
		if (kept != i)
			w->batch[kept] = w->batch[i];
		kept++;
	}
	/* Cannot be with what the limits allow; the broker knows it all the same. */
	if (kept == BATCH_MAX) {
		log_error("writer.overflow", "effect=\"the oldest facts are not stored\"");
		kept -= ACTIONS_MAX;
		memmove(w->batch, w->batch + ACTIONS_MAX, kept * sizeof w->batch[0]);
		w->released -= w->released < ACTIONS_MAX ? w->released : ACTIONS_MAX;
	}
	w->n = kept;
	w->tried = 0;	/* they are stored again: what they are about is the same */
	log_warn("writer.room", "messages=%u kept=%u lost=\"notes, equity\"", before, kept);
}
