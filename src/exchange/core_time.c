/* core_time.c: what happens by itself: latency that passes, sessions that open and close,
 * orders that expire. One queue (a binary heap) holds each live order once, keyed by what
 * comes next for it; ties go to the older order, so that the order is the inputs' alone. */
#include "exchange/core_inner.h"

static bool pending(enum order_status s)
{
	return s == ST_PENDING_NEW || s == ST_ACCEPTED;
}

/* When the order wants to be looked at next. */
static ns due_of(const struct xc *x, xc_oid i)
{
	const struct xc_order *o = xi_order(x, i);
	const struct xi_node *n = xi_node(x, i);
	ns t = XI_NEVER;

	assert(!pending(o->status) || o->active_at > 0);
	if (!n->live || n->waiting)
		return XI_NEVER;
	if (pending(o->status))
		t = o->active_at;
	if (o->cancel_at != 0 && o->cancel_at < t)
		t = o->cancel_at;
	if (n->replacement != 0 && n->replace_at < t)
		t = n->replace_at;
	if (n->look_at != 0 && n->look_at < t)
		t = n->look_at;
	/* Legs that do not live yet end with their entry. */
	if ((!o->is_leg || n->armed) && !n->aged && o->expires < t)
		t = o->expires;
	return t;
}

/* ---- the queue */
static bool before(const struct xc *x, uint32_t a, uint32_t b)
{
	ns ta = xi_node(x, a)->due, tb = xi_node(x, b)->due;

	assert(a != b);
	return ta < tb || (ta == tb && a < b);
}

static void put(struct xc *x, uint32_t place, uint32_t i)
{
	uint32_t *heap = xi_at(x, x->at.heap);

	assert(place <= x->heap_n);
	heap[place] = i;
	xi_node(x, i)->heap = place + 1;
}

static void rise(struct xc *x, uint32_t place)
{
	uint32_t *heap = xi_at(x, x->at.heap);
	uint32_t i = heap[place];

	assert(place < x->heap_n);
	while (place > 0 && before(x, i, heap[(place - 1) / 2])) {
		put(x, place, heap[(place - 1) / 2]);
		place = (place - 1) / 2;
	}
	put(x, place, i);
}

static void sink(struct xc *x, uint32_t place)
{
	uint32_t *heap = xi_at(x, x->at.heap);
	uint32_t i = heap[place];

	assert(place < x->heap_n);
	for (;;) {
		uint32_t child = 2 * place + 1;
		if (child >= x->heap_n)
			break;
		if (child + 1 < x->heap_n && before(x, heap[child + 1], heap[child]))
			child++;
		if (!before(x, heap[child], i))
			break;
		put(x, place, heap[child]);
		place = child;
	}
	put(x, place, i);
}

void xi_due(struct xc *x, xc_oid i)
{
	struct xi_node *n = xi_node(x, i);
	uint32_t *heap = xi_at(x, x->at.heap);

	n->due = due_of(x, i);
	if (n->heap == 0) {
		if (!n->live)
			return;
		assert(x->heap_n < x->c.orders_max);
		put(x, x->heap_n++, i);
		rise(x, n->heap - 1);
		return;
	}
	uint32_t place = n->heap - 1;
	assert(heap[place] == i);
	if (n->live) {
		rise(x, place);
		sink(x, n->heap - 1);
		return;
	}
	n->heap = 0;
	uint32_t last = heap[--x->heap_n];
	if (last == i)
		return;
	put(x, place, last);
	rise(x, place);
	sink(x, xi_node(x, last)->heap - 1);
}

/* ---- what is due */
static void handle(struct xc *x, xc_oid i)
{
	struct xc_order *o = xi_order(x, i);
	struct xi_node *n = xi_node(x, i);

	assert(n->live && !n->waiting);
	if (pending(o->status) && o->active_at <= x->now)
		xi_activate(x, i);
	else if (n->replacement != 0 && n->replace_at <= x->now)
		xi_replace_now(x, i);
	else if (o->cancel_at != 0 && o->cancel_at <= x->now && xi_late_fill(x, i))
		assert(!n->live);
	else if (o->cancel_at != 0 && o->cancel_at <= x->now)
		xi_end(x, i, ST_CANCELED);
	else if (n->look_at != 0 && n->look_at <= x->now)
		xi_look(x, i);
	else
		xi_expire(x, i);
}

static void open_session(struct xc *x)
{
	assert(!x->open && x->morning == XI_NEVER);
	xi_integrate_all(x);
	x->boundary = x->session.close;
}

static void close_session(struct xc *x)
{
	assert(x->open);
	xi_closing(x);
	xi_integrate_all(x);
	for (uint32_t i = 0; i < x->c.accounts; i++) {
		struct xi_account *a = xi_account(x, (uint16_t)i);
		a->close_equity = xc_account(x, (uint16_t)i).equity;
		a->close_maintenance = xi_maintenance(x, (uint16_t)i);
	}
	for (uint32_t k = 0; k < x->assets; k++)
		if (x->asset[k].q.last.n > 0)
			x->asset[k].close = x->asset[k].q.last;
	x->closed = x->session.date;
	xi_day_over(x);
	x->post_until = x->boundary = x->session.post_close;
	x->session = calendar_next(&x->cal, x->session.close);
	xi_look_ahead(x);
}

/* The boundary is reached: pre-market, core session, post-market, night, and again. */
static void turn(struct xc *x)
{
	assert(x->boundary <= x->now);
	switch (x->phase) {
	case XI_NIGHT:
		x->boundary = x->session.open;
		break;
	case XI_PRE:
		open_session(x);
		break;
	case XI_OPEN:
		close_session(x);
		break;
	case XI_POST:	/* the calendar's last session has no next one */
		x->boundary = x->session.open >= x->now ? x->session.pre_open : XI_NEVER;
		break;
	}
	x->phase = x->phase == XI_POST ? XI_NIGHT : x->phase + 1;
	x->open = x->phase == XI_OPEN;
	x->extended = x->phase == XI_PRE || x->phase == XI_POST;
	x->since = x->now;
	if (x->open)
		xi_day_begins(x);
}

static void start(struct xc *x, ns now)
{
	struct session last = calendar_last(&x->cal, now);

	assert(x->heap_n == 0 && x->orders == 0);
	x->started = true;
	x->now = now;
	x->post_until = last.post_close;
	x->session = calendar_next(&x->cal, now);
	x->phase = XI_NIGHT;
	x->boundary = x->session.pre_open;
	x->since = last.post_close;
	if (now >= x->session.open && now < x->session.close) {
		x->phase = XI_OPEN;
		x->boundary = x->session.close;
		x->since = x->session.open;
	} else if (now >= last.close && now < last.post_close) {
		x->phase = XI_POST;
		x->boundary = last.post_close;
		x->since = last.close;
	} else if (now >= x->session.pre_open && now < x->session.open) {
		x->phase = XI_PRE;
		x->boundary = x->session.open;
		x->since = x->session.pre_open;
	}
	x->open = x->phase == XI_OPEN;
	x->extended = x->phase == XI_PRE || x->phase == XI_POST;
	if (x->boundary <= now)
		x->boundary = XI_NEVER;
	x->day_began = now;
	x->closed = x->balance_asof = x->acted = calendar_last(&x->cal, x->session.open - 1).date;
	xi_look_ahead(x);
}

static ns first_due(const struct xc *x)
{
	const uint32_t *heap = xi_at(x, x->at.heap);

	assert(x->heap_n == 0 || xi_node(x, heap[0])->live);
	return x->heap_n > 0 ? xi_node(x, heap[0])->due : XI_NEVER;
}

/* Where extended hours begin and end, nothing happens but to orders, which have their own
 * dues, and on most mornings nothing that is seen: nobody has to come for that. */
ns xc_next_due(const struct xc *x)
{
	ns t = first_due(x), bell = XI_NEVER;

	if (x->started)
		bell = x->open ? x->session.close : x->session.open;
	if (bell <= x->now || x->boundary == XI_NEVER)
		bell = XI_NEVER;
	if (x->busy && x->morning < bell)
		bell = x->morning;
	return t < bell ? t : bell;
}

/* The next bell, or the morning. */
static ns next_turn(const struct xc *x)
{
	assert(x->boundary > 0);
	return x->morning < x->boundary ? x->morning : x->boundary;
}

void xi_advance(struct xc *x, ns now)
{
	const uint32_t *heap = xi_at(x, x->at.heap);

	if (!x->started)
		start(x, now);
	assert(now >= x->now);
	for (;;) {
		ns t = first_due(x), bell = next_turn(x);
		t = bell < t ? bell : t;
		if (t > now)
			break;
		if (t > x->now)
			x->now = t;
		if (bell > t)
			handle(x, heap[0]);
		else if (x->morning <= t)
			xi_morning(x);
		else
			turn(x);
	}
	assert(x->boundary > now);
	x->now = now;
}

void xc_time(struct xc *x, ns now)
{
	assert(x != NULL);
	xi_advance(x, now);
}

ns xi_opens_at(const struct xc *x, bool extended)
{
	ns at = extended ? x->session.pre_open : x->session.open;

	assert(x->started);
	if (x->open || (x->extended && extended) || at < x->now)
		return x->now;
	return at;
}

day xi_today(const struct xc *x)
{
	return x->open ? x->session.date : ny_date(x->now);
}

/* A day order ends at the close of the session it is for, with extended hours at theirs;
 * a gtc order after 90 days. */
ns xi_expiry(struct xc *x, enum tif tif, bool extended)
{
	ns at = x->session.close;

	assert(x->started);
	if (tif == TIF_GTC) {
		if (x->sweep_of != xi_today(x)) {
			x->sweep_of = xi_today(x);
			x->sweep = ny_time(x->sweep_of + 90, 16, 15);
		}
		return x->sweep;
	}
	if (extended)
		at = x->phase == XI_POST ? x->post_until : x->session.post_close;
	return at > x->now ? at : x->now;
}
