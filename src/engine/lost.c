/* lost.c: orders with our name that the books do not have: the store was lost, or an older one was
 * restored, or nothing could be written. What still works at the broker is taken back when it is
 * seen. Shares whose entry is over are believed ours when the listing and the broker's position
 * say so, twice in a row: as long what the listing says of each symbol's newest trade is kept. */
#include "engine/inside.h"

/* No name is given twice, whatever the books have lost: the broker would take the second order for
 * the first. */
void lost_used(struct engine *e, struct slot *s, const struct cid_name *n, const char *cid)
{
	struct trade *t = slot_active(s) ? &s->life->t : NULL;
	bool ours = t != NULL && strncmp(t->id, cid, n->base) == 0;

	if (n->purpose == 'e' || (!ours && n->signal < s->used_signal))
		return;
	if (!ours && n->signal > s->used_signal) {
		s->used_signal = n->signal;
		s->used_stops = s->used_exits = 0;
	}
	bool out = n->purpose == 'x';
	uint8_t *next = ours ? (out ? &t->exit_seq : &t->stop_seq) :
			       (out ? &s->used_exits : &s->used_stops);
	if (n->number < *next)
		return;
	*next = (uint8_t)(n->number + 1);
	if (ours) {
		s->life->dirty = true;
		e->news = s;
	}
}

static bool adopt(struct engine *e, struct slot *s, const struct report *r,
		  const struct cid_name *n)
{
	struct held *h;

	/* Of later than now: a name as ours, and none that we gave. */
	if (n->signal > e->now || slot_active(s) || r->want.n <= 0)
		return false;
	struct life *l = life_begin(e, s);
	if (l == NULL)
		return false;
	l->dirty = true;
	l->t = (struct trade){ .instance = e->c.index, .side = r->side, .state = TRADE_ENTERING,
			       .sym = s->sym, .want = r->want, .signal_ts = n->signal,
			       .signal_price = r->average };
	if (n->signal == s->used_signal) {
		l->t.stop_seq = s->used_stops;
		l->t.exit_seq = s->used_exits;
	}
	memcpy(l->t.id, r->cid, sizeof l->t.id);
	struct order o = { .instance = e->c.index, .role = ROLE_ENTRY, .stage = ORDER_LIVE,
			   .side = r->side, .type = r->type, .tif = TIF_GTC, .cls = CLASS_BRACKET,
			   .status = ST_PENDING_NEW, .sym = s->sym, .want = r->want, .sends = 1,
			   .made = n->signal, .updated = e->now };
	memcpy(o.cid, r->cid, sizeof o.cid);
	memcpy(o.trade, r->cid, sizeof o.trade);
	slot_activate(e, s);
	bool fits = orders_add(e, s, &o, &h);
	assert(fits);
	(void)fits;
	h->dirty = true;
	say_note(e, NOTE_SYNC, 0, s, r->cid, "an entry of ours that was lost, taken back");
	fills_apply(e, s, h, r);
	return true;
}

/* What takes another's place has a name of another kind: a stop is taken back when nobody here has
 * heard of the one whose place it took. */
static bool moved_stop(const struct life *l, const struct report *r)
{
	if (r->type != TYPE_STOP)
		return false;
	for (uint32_t i = 0; i < l->n; i++)
		if (life_order(l, i)->o.role == ROLE_STOP && !life_order(l, i)->o.leg)
			return false;
	return true;
}

/* A stop or an exit of a trade of ours that the ledger has not kept: it went out while nothing
 * could be written. What was replaced its successor speaks for. */
static bool take_back(struct engine *e, struct slot *s, const struct report *r,
		      const struct cid_name *n)
{
	struct trade *t = &s->life->t;
	bool out = n->purpose == 'x';
	struct held *h;

	assert(s->life != NULL);
	if (strncmp(r->cid, t->id, n->base) != 0 || r->status == ST_REPLACED ||
	    (!out && n->purpose != 's' && !moved_stop(s->life, r)))
		return false;
	struct order o = { .instance = e->c.index, .role = out ? ROLE_EXIT : ROLE_STOP,
			   .stage = ORDER_LIVE, .side = r->side, .type = r->type, .tif = TIF_GTC,
			   .status = ST_PENDING_NEW, .sym = s->sym, .want = r->want,
			   .limit = r->limit, .stop = r->stop, .sends = 1, .made = e->now,
			   .updated = e->now, .chain = out ? 0 : (uint8_t)(n->number + 1) };
	memcpy(o.cid, r->cid, sizeof o.cid);
	memcpy(o.trade, t->id, sizeof o.trade);
	if (!orders_add(e, s, &o, &h))
		return false;
	h->dirty = s->life->dirty = true;
	say_note(e, NOTE_SYNC, 0, s, r->cid, "an order of ours that was lost, taken back");
	if (out)
		exits_begin(e, s, EXIT_SIGNAL);	/* for whatever reason it was */
	fills_apply(e, s, h, r);
	return true;
}

/* ---- shares whose entry is over */

/* Of the trade that an order or a leg says it is of; 0: none of ours. */
static ns signal_of(const struct report *r)
{
	struct cid_name n;

	return cid_read(&n, r->parent[0] != '\0' ? r->parent : r->cid) ? n.signal : 0;
}

/* Kept, where the position was not ours the last time: of each symbol the newest trade, since
 * those before it were over when it began. A listing's pages may tell an order twice. */
static void keep(struct engine *e, const struct slot *s, const struct report *r)
{
	struct scratch *x = e->scratch;
	ns signal = signal_of(r);
	uint32_t n = 0;

	/* The trade of the books is over, and nobody here saw it end: the next sync is soon. */
	e->newer |= slot_active(s) && signal > s->life->t.signal_ts;
	if (x == NULL || s->differs != DIFFERS - 1 || slot_active(s) || signal == 0)
		return;
	for (uint32_t i = 0; i < x->lost_n; i++) {
		struct report *k = &x->lost[i];
		ns its = k->sym == r->sym ? signal_of(k) : signal;
		if (its > signal)
			return;
		if (its == signal && strcmp(k->bid, r->bid) == 0) {
			*k = *r;
			return;
		}
		if (its == signal)
			x->lost[n++] = *k;
	}
	x->lost_n = n;
	if (n < LOST_MAX)
		x->lost[x->lost_n++] = *r;
	assert(x->lost_n > 0);
}

/* What the listing says of the symbol's newest trade: shares that are left of it, negative when
 * short; and its newest stop price, since each that we give has a greater number. */
struct left { const struct report *entry; struct cid_name name; int64_t n; px stop; };

static struct left left_of(const struct scratch *x, sym symbol)
{
	struct left l = { 0 };
	int newest = -1;

	for (uint32_t i = 0; i < x->lost_n; i++) {
		const struct report *k = &x->lost[i];
		struct cid_name n;
		if (k->sym != symbol)
			continue;
		/* What took its place tells what both have done. */
		if (k->status != ST_REPLACED)
			l.n += k->side == SIDE_BUY ? k->done.n : -k->done.n;
		bool ours = cid_read(&n, k->cid);
		int number = ours ? n.number : 0;
		if (ours && n.purpose == 'e') {
			l.entry = k;
			l.name = n;
		} else if (k->stop.n > 0 && number + ours > newest) {
			newest = number + ours;
			l.stop = k->stop;
		}
	}
	return l;
}

/* Shares at the broker, twice in a row, and none in the books: those that the listing says a trade
 * of ours has left are ours, with the orders of it that the broker still has. A trade that the
 * books have closed they know better. */
bool lost_found(struct engine *e, struct slot *s)
{
	struct scratch *x = e->scratch;

	if (x == NULL)
		return false;
	struct left l = left_of(x, s->sym);
	if (l.entry == NULL || l.entry->booked)
		return false;
	int64_t up = l.entry->side == SIDE_BUY ? 1 : -1;
	if (l.n * up <= 0 || s->broker.n * up <= 0 || !adopt(e, s, l.entry, &l.name))
		return false;
	s->life->t.stop = l.stop;
	for (uint32_t i = 0; i < x->lost_n; i++)
		if (x->lost[i].sym == s->sym && &x->lost[i] != l.entry)
			fills_report(e, &x->lost[i]);
	assert(s->life != NULL);
	return true;
}

/* An order with our name that the ledger does not know: the store was lost or is old.
 * A working entry, or a filled one whose legs still work, is a position of ours. True
 * when the leg that this report is about has found its trade. */
bool lost_report(struct engine *e, const struct report *r)
{
	struct slot *s = slot_find(e, r->sym);
	bool final = status_final((enum order_status)r->status);
	struct cid_name n = { .purpose = 0 };

	assert(r->status <= ST_UNKNOWN);
	if (s == NULL || !s->on_list || r->source != FROM_SYNC)
		return false;
	bool ours = cid_read(&n, r->cid), entry = n.purpose == 'e' && ours;
	if (ours)
		lost_used(e, s, &n, r->cid);
	keep(e, s, r);
	if (r->parent[0] == '\0') {
		/* One that came to nothing may have been forgotten: only its name is taken. */
		if (ours && slot_active(s) && !(final && r->done.n == 0) && take_back(e, s, r, &n))
			return false;
		if (entry && final && r->done.n > 0 && !slot_active(s)) {
			e->lost = *r;
			e->lost_set = true;
		} else if (!final && !(entry && adopt(e, s, r, &n)) && !s->foreign) {
			say_note(e, NOTE_SYNC, 0, s, r->cid,
					"an order with our name, not in the books");
			s->foreign = true;
		}
		return false;
	}
	if (final || !e->lost_set || strcmp(e->lost.cid, r->parent) != 0)
		return false;
	bool entered = cid_read(&n, e->lost.cid);
	assert(entered);
	(void)entered;
	e->lost_set = false;
	return adopt(e, s, &e->lost, &n);
}
