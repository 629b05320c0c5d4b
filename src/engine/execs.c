/* execs.c: which executions the booked shares of an order were. How many shares an order has
 * done is told by its cumulative quantity; which they were, and what each cost, by the broker's
 * execution ids, with the shares or long after. An id counts once, whatever else comes with it;
 * shares that were booked without one get theirs, and the exact price with it, when it is told.
 * What is remembered is a ring: what is older than it, is booked and stays as it is. */
#include "base/crc.h"
#include "engine/inside.h"

static uint64_t hashed(const char *text)
{
	return text[0] != '\0' ? hash64(text, strlen(text)) | 1 : 0;
}

/* Ours, for what we named, also when it was found again among the broker's. */
static const char *name_of(const struct order *o)
{
	struct str cid = { o->cid, strnlen(o->cid, sizeof o->cid) };

	return engine_cid_instance(cid) != 0 ? o->cid : o->bid;
}

static uint32_t known(const struct engine *e)
{
	return e->execs_n < EXECS_MAX ? e->execs_n : EXECS_MAX;
}

static uint8_t tag_of(uint64_t id)
{
	return (uint8_t)(id >> 56);
}

struct exec *execs_find(struct engine *e, const char *execution)
{
	uint64_t id = hashed(execution);
	uint32_t n = id != 0 ? known(e) : 0;

	for (uint32_t i = 0; i < n; i++)
		if (e->exec_tag[i] == tag_of(id) && e->exec[i].id == id)
			return &e->exec[i];
	return NULL;
}

/* Shares that the broker has taken back keep their numbers: no others get them. */
static int64_t taken_back(const struct engine *e, uint64_t order)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < known(e) && e->busted; i++)
		n += e->exec[i].order == order && e->exec[i].back ? e->exec[i].n : 0;
	assert(n >= 0);
	return n;
}

static void keep(struct engine *e, struct exec x)
{
	if (x.n > 0) {
		e->exec_tag[e->execs_n % EXECS_MAX] = tag_of(x.id);
		e->exec[e->execs_n++ % EXECS_MAX] = x;
	}
	if (e->execs_n == 2 * EXECS_MAX)
		e->execs_n = EXECS_MAX;
}

/* What is said to come from later than now is of now. */
ns told_at(const struct engine *e, const struct report *r)
{
	assert(e->now > 0);
	return r->ts > 0 && r->ts <= e->now ? r->ts : e->now;
}

/* again: the shares were booked before; this is what is known of them by now. */
static void say_fill(struct engine *e, const struct slot *s, const struct order *o,
		     const struct exec *x, const struct report *r, bool again)
{
	struct action *a = say(e, ACT_FILL);
	struct fill *f = &a->u.fill;

	e->dirty = true;
	if (e->c.unheard)
		return;
	a->again = again;
	*f = (struct fill){ .instance = e->c.index, .side = o->side, .role = o->role,
			    .from_snapshot = x->sum, .sym = s->sym, .n = { x->n },
			    .cumulative = { x->to }, .value = x->value,
			    .at = each(x->value, x->n), .ts = told_at(e, r) };
	memcpy(f->order, name_of(o), strlen(name_of(o)));
	memcpy(f->trade, s->life->t.id, sizeof f->trade);
	if (x->id != 0)
		memcpy(f->execution, r->execution, sizeof f->execution);
	if (x->back) {
		f->n = (qty){ 0 };
		f->value = (usd){ 0 };
	}
}

void execs_booked(struct engine *e, const struct slot *s, const struct order *o,
		  const struct report *r, qty n, usd value, bool exact)
{
	uint64_t order = hashed(name_of(o));
	struct exec x = { .order = order, .id = exact ? hashed(r->execution) : 0, .n = n.n,
			  .to = r->done.n + taken_back(e, order), .value = value, .sum = !exact };

	assert(n.n > 0 && order != 0);
	say_fill(e, s, o, &x, r, false);
	keep(e, x);
	e->s.fills++;
}

/* Of an order that the store gave back: which they were is told again. */
void execs_restore(struct engine *e, const struct life *l, const struct held *h)
{
	const struct order *o = &h->o;

	if (o->done.n > 0)
		keep(e, (struct exec){ .order = hashed(name_of(o)), .n = o->done.n,
				       .to = chain_to(l, h), .value = o->value, .sum = true });
}

/* More or fewer shares, or dollars, than were booked. */
static void revalue(struct engine *e, struct slot *s, struct held *h, int64_t n, usd value)
{
	struct trade *t = &s->life->t;
	bool in = h->o.side == t->side, over = t->state == TRADE_CLOSED;

	if (n == 0 && value.n == 0)
		return;
	if (over && n != 0)
		life_reopen(e, s);
	else if (over)
		breakers_count(e, t, -1);
	h->o.done.n += n;
	h->o.value = usd_add(h->o.value, value);
	if (in) {
		t->in.n += n;
		t->in_value = usd_add(t->in_value, value);
	} else {
		t->out.n += n;
		t->out_value = usd_add(t->out_value, value);
	}
	if (over && n == 0)
		breakers_count(e, t, 1);
	h->dirty = s->life->dirty = e->touched = true;
	if (n != 0)
		s->life->booked = e->now;
	assert(h->o.done.n >= 0);
}

/* The shares without a name of which `n` up to `to` are some; else any that are enough. */
static struct exec *nameless(struct engine *e, uint64_t order, int64_t n, int64_t to)
{
	struct exec *any = NULL;

	for (uint32_t i = 0; i < known(e); i++) {
		struct exec *x = &e->exec[i];
		if (x->order != order || x->id != 0 || x->n < n)
			continue;
		if (x->to - x->n <= to - n && to <= x->to)
			return x;
		any = any == NULL ? x : any;
	}
	return any;
}

/* The same shares under another id: who knows whether the list's are the stream's. */
static bool named_alike(const struct engine *e, uint64_t order, int64_t n, int64_t to)
{
	for (uint32_t i = 0; i < known(e); i++) {
		const struct exec *x = &e->exec[i];
		if (x->order == order && x->id != 0 && x->n == n && x->to == to)
			return true;
	}
	return false;
}

static usd part_of(usd whole, int64_t n, int64_t of)
{
	assert(of > 0 && n >= 0 && n <= of);
	return (usd){ num_muldiv(whole.n, n, of, ROUND_NEAR) };
}

/* What one cost more than was thought the others that have no name have cost less: their sum was
 * told. When there are none it was not. */
static void settle(struct engine *e, struct slot *s, struct held *h, const struct report *r,
		   usd more)
{
	struct exec *x = more.n != 0 ? nameless(e, hashed(name_of(&h->o)), 1, 0) : NULL;

	if (x == NULL || x->value.n <= more.n) {
		revalue(e, s, h, 0, more);
		return;
	}
	x->value = usd_sub(x->value, more);
	say_fill(e, s, &h->o, x, r, true);
}

/* An execution of shares that are booked: theirs is the price, and the rest of the sum that was
 * told for all of them is that of the others. */
void execs_name(struct engine *e, struct slot *s, struct held *h, const struct report *r)
{
	uint64_t order = hashed(name_of(&h->o));
	int64_t n = r->n.n, to = r->done.n + taken_back(e, order);
	usd exact = worth(r->at, n);
	bool alike = execs_find(e, r->execution) != NULL ||
		     (r->source == FROM_LIST && named_alike(e, order, n, to));
	struct exec *x = n > 0 && r->at.n > 0 && !alike ? nameless(e, order, n, to) : NULL;

	if (x == NULL)
		return;
	struct exec was = *x;
	int64_t from = was.to - was.n, rest = was.n - n;
	to = to - n < from || to > was.to ? from + n : to;
	usd others = usd_sub(was.value, exact);
	if (rest == 0)
		others = (usd){ 0 };
	else if (others.n <= 0)
		others = part_of(was.value, rest, was.n);
	*x = (struct exec){ .order = order, .id = hashed(r->execution), .n = n, .to = to,
			    .value = exact };
	e->exec_tag[x - e->exec] = tag_of(x->id);
	struct exec named = *x, low = was, high = was;
	low.n = to - n - from;
	low.to = to - n;
	low.value = rest > 0 ? part_of(others, low.n, rest) : (usd){ 0 };
	high.n = was.to - to;
	high.value = usd_sub(others, low.value);
	say_fill(e, s, &h->o, &named, r, true);
	if (low.n > 0)
		say_fill(e, s, &h->o, &low, r, true);
	if (high.n > 0)
		say_fill(e, s, &h->o, &high, r, true);
	keep(e, low);
	keep(e, high);
	assert(low.n >= 0 && high.n >= 0 && low.n + high.n + n == was.n);
	settle(e, s, h, r, usd_sub(usd_add(exact, others), was.value));
}

/* Another price than it was told with: the newest word counts. */
void execs_reprice(struct engine *e, struct slot *s, struct held *h, struct exec *x,
		   const struct report *r)
{
	usd value = worth(r->at, x->n), change = usd_sub(value, x->value);

	if (x->back || x->order != hashed(name_of(&h->o)) || value.n <= 0 || change.n == 0)
		return;
	x->value = value;
	say_fill(e, s, &h->o, x, r, true);
	struct note *n = say_note(e, NOTE_SYNC, 0, s, name_of(&h->o),
				  "the broker has corrected an execution's price");
	n->value[0] = px_f64(r->at);
	n->n = 1;
	revalue(e, s, h, 0, change);
}

/* Taken back: the trade never was. */
void execs_bust(struct engine *e, struct slot *s, struct held *h, const struct report *r)
{
	struct exec *x = execs_find(e, r->execution);

	if (x != NULL && (x->back || x->order != hashed(name_of(&h->o))))
		return;
	/* Not known as one: what is held is compared, and says what is missing. */
	if (x == NULL && r->source == FROM_BUST) {
		e->s.odd_reports++;
		say(e, ACT_SYNC);
	}
	if (x == NULL)
		return;
	assert(x->n <= h->o.done.n);
	x->back = e->busted = true;
	say_fill(e, s, &h->o, x, r, true);
	struct note *n = say_note(e, NOTE_SYNC, 0, s, name_of(&h->o),
				  "the broker has taken an execution back");
	n->value[0] = qty_f64((qty){ x->n });
	n->n = 1;
	revalue(e, s, h, -x->n, (usd){ -x->value.n });
	say(e, ACT_SYNC);
}
