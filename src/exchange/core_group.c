/* core_group.c: the steps of one order's life and what each means for its group.
 *
 * A group is an entry and its legs (bracket, oto), or a take-profit and its stop-loss
 * (oco, where the take-profit is the parent). Its rules: legs come alive when the entry
 * is completely filled; of two exits one lives on as `held` and both reserve the shares
 * once; when one exit fills or the stop is elected, the other is canceled; a partial
 * take-profit shrinks the stop; when any of the group ends unfilled, all of it ends. */
#include "exchange/core_inner.h"

xc_oid xi_root(const struct xc *x, xc_oid i)
{
	const struct xc_order *o = xi_order(x, i);

	assert(o->is_leg == (o->parent != XC_NONE));
	return o->parent == XC_NONE ? i : o->parent;
}

bool xi_exit_member(const struct xc *x, xc_oid i)
{
	const struct xc_order *o = xi_order(x, i);

	assert(!o->is_leg || o->cls != CLASS_SIMPLE);
	return o->is_leg || o->cls == CLASS_OCO;
}

/* The stop that waits behind a take-profit: at the broker, but not on the market. */
static bool behind(const struct xc *x, xc_oid i)
{
	const struct xc_order *o = xi_order(x, i);
	const struct xc_order *root = xi_order(x, xi_root(x, i));

	assert(root->parent == XC_NONE);
	return o->is_leg && !o->triggered && root->leg[1] == i &&
	       (root->cls == CLASS_OCO || root->leg[0] != XC_NONE);
}

/* What an order is when nothing is asked of it. */
enum order_status xi_base_status(const struct xc *x, xc_oid i)
{
	const struct xc_order *o = xi_order(x, i);
	const struct xi_node *n = xi_node(x, i);

	assert(n->live);
	if (n->shown != 0)
		return (enum order_status)n->shown;
	if (o->done.n > 0)
		return ST_PARTIALLY_FILLED;
	if (o->is_leg && (!n->armed || behind(x, i)))
		return ST_HELD;
	return ST_NEW;
}

/* ---- endings */
static enum xc_event_kind end_event(enum order_status s)
{
	assert(status_final(s) && s != ST_FILLED);
	return s == ST_CANCELED ? XE_CANCELED : s == ST_EXPIRED ? XE_EXPIRED :
	       s == ST_REPLACED ? XE_REPLACED : XE_REJECTED;
}

static void stamp(struct xc *x, struct xc_order *o, enum order_status status)
{
	assert(status_final(status));
	o->status = status;
	if (status == ST_CANCELED)
		o->canceled = x->now;
	else if (status == ST_EXPIRED)
		o->expired = x->now;
	else if (status == ST_REPLACED)
		o->replaced = x->now;
	else if (status == ST_REJECTED)
		o->failed = x->now;
	else
		o->filled = x->now;
}

static void finish(struct xc *x, xc_oid i, enum order_status status)
{
	struct xc_order *o = xi_order(x, i);

	assert(xi_node(x, i)->live);
	stamp(x, o, status);
	xi_unlink(x, i);
	if (status != ST_FILLED)
		xi_event(x, end_event(status), i, 0);
	xi_refresh(x, o->account, o->asset);
}

/* The replacement that was under way does not come. */
static void drop_replacement(struct xc *x, xc_oid i)
{
	struct xc_order *o = xi_order(x, i);
	struct xi_node *n = xi_node(x, i);

	if (n->replacement == 0)
		return;
	xc_oid late = n->replacement - 1;
	assert(xi_node(x, late)->waiting && xi_order(x, late)->replaces == i);
	n->replacement = 0;
	n->replace_at = 0;
	if (o->status == ST_PENDING_REPLACE && n->live)
		o->status = xi_base_status(x, i);
	xi_event(x, XE_ORDER_REPLACE_REJECTED, i, 0);
	finish(x, late, ST_REJECTED);
	xi_due(x, i);
}

void xi_vanish(struct xc *x, xc_oid i)
{
	struct xc_order *o = xi_order(x, i);

	drop_replacement(x, i);
	assert(xi_node(x, i)->live);
	stamp(x, o, ST_CANCELED);
	o->updated = x->now;
	xi_unlink(x, i);
	xi_refresh(x, o->account, o->asset);
}

/* The group of an order, itself left out: up to two others that live. */
static uint32_t others(const struct xc *x, xc_oid i, xc_oid out[static 3])
{
	xc_oid root = xi_root(x, i);
	const struct xc_order *r = xi_order(x, root);
	xc_oid all[3] = { root, r->leg[0], r->leg[1] };
	uint32_t n = 0;

	assert(r->parent == XC_NONE);
	for (size_t k = 0; k < COUNT(all); k++)
		if (all[k] != XC_NONE && all[k] != i && xi_node(x, all[k])->live)
			out[n++] = all[k];
	return n;
}

static void end_others(struct xc *x, xc_oid i)
{
	xc_oid other[3];
	uint32_t n = others(x, i, other);

	assert(n <= 2);
	for (uint32_t k = 0; k < n; k++) {
		drop_replacement(x, other[k]);
		finish(x, other[k], ST_CANCELED);
	}
}

void xi_end(struct xc *x, xc_oid i, enum order_status status)
{
	assert(status != ST_FILLED && status != ST_REPLACED);
	drop_replacement(x, i);
	finish(x, i, status);
	end_others(x, i);
}

/* ---- beginnings */
static void come_alive(struct xc *x, xc_oid i)
{
	struct xc_order *o = xi_order(x, i);
	struct xi_node *n = xi_node(x, i);

	assert(n->live && !n->on_book);
	n->armed = n->on_book = true;
	n->booked = x->now;
	/* Never on the quote that brought it here. */
	n->after = o->is_leg ? x->now : o->submitted;
	if (o->is_leg)
		o->active_at = x->now;
	else
		xi_reach(x, i, 0);
	/* An entry whose cancel hung has outlived its day: what protects it is for the next. */
	if (o->is_leg && o->expires <= x->now)
		o->expires = xi_expiry(x, o->tif, o->extended_hours);
	if (o->status == ST_HELD && !behind(x, i)) {
		o->status = ST_NEW;
		xi_event(x, XE_NEW, i, 0);
	}
	xi_due(x, i);
}

/* The entry is filled, or an oco has reached the market. Shares of a partly filled entry may
 * have been sold or promised to others meanwhile; then there is nothing for the legs to
 * close, and they are refused. (An oco's shares were reserved when it was placed.) */
static void arm_legs(struct xc *x, xc_oid root)
{
	const struct xc_order *r = xi_order(x, root);
	const struct xc_position *p = &xi_holding(x, r->account, r->asset)->pub;

	xi_refresh(x, r->account, r->asset);
	int64_t position = r->side == SIDE_BUY ? p->n.n : -p->n.n;
	bool room = r->cls == CLASS_OCO || position - p->held.n >= r->done.n;
	assert(p->held.n >= 0);
	for (size_t k = 0; k < COUNT(r->leg); k++) {
		if (r->leg[k] == XC_NONE || !xi_node(x, r->leg[k])->live)
			continue;
		uint32_t flags = xi_node(x, r->leg[k])->mischief;
		if (!room || (flags & XM_REJECT))
			finish(x, r->leg[k], ST_REJECTED);
		else if (flags & XM_EXPIRE)
			finish(x, r->leg[k], ST_EXPIRED);
		else
			come_alive(x, r->leg[k]);
	}
	xi_refresh(x, r->account, r->asset);
	xi_misbehave(x, root);
	for (size_t k = 0; k < COUNT(r->leg); k++)
		if (r->leg[k] != XC_NONE)
			xi_misbehave(x, r->leg[k]);
}

void xi_activate(struct xc *x, xc_oid i)
{
	struct xc_order *o = xi_order(x, i);

	assert(o->status == ST_PENDING_NEW || o->status == ST_ACCEPTED);
	if (xi_turned_away(x, i))
		return;
	o->status = ST_NEW;
	xi_event(x, XE_NEW, i, 0);
	come_alive(x, i);
	if (o->cls == CLASS_OCO)
		arm_legs(x, i);
	else
		xi_misbehave(x, i);
	xi_refresh(x, o->account, o->asset);
}

/* ---- fills. The execution is booked; done and its event are written. */
void xi_filled(struct xc *x, xc_oid i, int64_t n)
{
	struct xc_order *o = xi_order(x, i);
	bool complete = xi_left(o) == 0;
	bool late_cancel = o->cancel_at != 0;

	assert(n > 0 && o->done.n >= n);
	if (complete) {
		finish(x, i, ST_FILLED);
		drop_replacement(x, i);
		if (late_cancel)
			xi_event(x, XE_ORDER_CANCEL_REJECTED, i, 0);
	}
	if (!xi_exit_member(x, i)) {
		if (complete)
			arm_legs(x, i);
	} else if (xi_flags(x, i) & XM_LEGS_KEEP) {
		xi_refresh(x, o->account, o->asset);
	} else if (complete) {
		end_others(x, i);
	} else {
		const struct xc_order *root = xi_order(x, xi_root(x, i));
		xc_oid stop = root->leg[1];
		if (stop != XC_NONE && stop != i && xi_node(x, stop)->live) {
			const struct xi_node *s = xi_node(x, stop);
			xi_order(x, stop)->want.n -= n;
			xi_order(x, stop)->updated = x->now;
			if (s->replacement != 0)
				xi_order(x, s->replacement - 1)->want.n -= n;
		}
	}
	xi_refresh(x, o->account, o->asset);
}

/* A print has elected the stop. */
void xi_trigger(struct xc *x, xc_oid i)
{
	struct xc_order *o = xi_order(x, i);

	assert(!o->triggered && xi_node(x, i)->on_book);
	drop_replacement(x, i);
	o->triggered = true;
	o->updated = x->now;
	xi_node(x, i)->booked = x->now;
	if (x->c.collars && o->side == SIDE_BUY && o->limit.n == 0)
		xi_node(x, i)->cap = xi_collar(o->stop);
	if (o->status == ST_HELD) {
		o->status = ST_NEW;
		xi_event(x, XE_NEW, i, 0);
	}
	if (xi_exit_member(x, i) && !(xi_flags(x, i) & XM_LEGS_KEEP))
		end_others(x, i);
	xi_refresh(x, o->account, o->asset);
}

/* ---- cancel, replace, expire */
void xi_ask_cancel(struct xc *x, xc_oid i)
{
	struct xc_order *o = xi_order(x, i);

	assert(xi_node(x, i)->live && o->cancel_at == 0);
	bool stuck = xi_node(x, i)->mischief & XM_STUCK_CANCEL;
	o->cancel_at = stuck ? XI_NEVER : x->now + x->c.latency;
	o->status = ST_PENDING_CANCEL;
	xi_event(x, XE_PENDING_CANCEL, i, 0);
	xi_due(x, i);
}

/* A leg (or what is to replace it) follows the parent that took its old parent's place. */
static void follow(struct xc *x, xc_oid leg, xc_oid parent)
{
	struct xc_order *o = xi_order(x, leg);
	const struct xc_order *p = xi_order(x, parent);

	assert(o->is_leg && xi_node(x, leg)->live);
	o->parent = parent;
	/* The stop of a partly filled take-profit covers what is left. */
	o->want.n = xi_exit_member(x, parent) ? xi_left(p) : p->want.n;
	o->tif = p->tif;
	o->expires = p->expires;
	xi_due(x, leg);
}

/* The new order takes the old one's place, in its group too. */
static void take_place(struct xc *x, xc_oid old, xc_oid new)
{
	struct xc_order *o = xi_order(x, old), *w = xi_order(x, new);

	assert(w->replaces == old && w->done.n == 0);
	w->done = o->done;
	w->done_value = o->done_value;
	w->triggered = o->triggered;
	xi_node(x, new)->shown = xi_node(x, old)->shown;
	xi_node(x, new)->filled_at = xi_node(x, old)->filled_at;
	if (o->parent != XC_NONE) {
		struct xc_order *root = xi_order(x, o->parent);
		for (size_t k = 0; k < COUNT(root->leg); k++)
			if (root->leg[k] == old)
				root->leg[k] = new;
	}
	for (size_t k = 0; k < COUNT(o->leg); k++) {
		xc_oid leg = o->leg[k];
		w->leg[k] = leg;
		o->leg[k] = XC_NONE;
		/* One that was lost stays behind. */
		if (leg == XC_NONE || !xi_node(x, leg)->live)
			continue;
		follow(x, leg, new);
		if (xi_node(x, leg)->replacement != 0)
			follow(x, xi_node(x, leg)->replacement - 1, new);
	}
}

void xi_replace_now(struct xc *x, xc_oid i)
{
	struct xc_order *o = xi_order(x, i);
	struct xi_node *n = xi_node(x, i);

	assert(n->live && n->replacement != 0);
	xc_oid new = n->replacement - 1;
	struct xc_order *w = xi_order(x, new);
	struct xi_node *m = xi_node(x, new);

	if (w->want.n <= o->done.n || ((n->mischief | m->mischief) & XM_REPLACE_REJECT)) {
		drop_replacement(x, i);
		return;
	}
	n->replacement = 0;
	take_place(x, i, new);
	o->replaced_by = new;
	m->waiting = false;
	m->armed = m->on_book = true;
	m->booked = x->now;
	w->status = xi_base_status(x, new);
	finish(x, i, ST_REPLACED);
	xi_event(x, w->status == ST_HELD ? XE_HELD : XE_NEW, new, 0);
	xi_due(x, new);
	/* The rest of a fill in parts does not come sooner because the order was changed. */
	xi_reach(x, new, n->look_at);
	xi_refresh(x, w->account, w->asset);
}

void xi_expire(struct xc *x, xc_oid i)
{
	struct xc_order *o = xi_order(x, i);

	assert(xi_node(x, i)->live && o->expires <= x->now);
	/* It reached the market with the bell. */
	if (o->status == ST_PENDING_NEW || o->status == ST_ACCEPTED)
		xi_activate(x, i);
	if (!xi_node(x, i)->live)
		return;
	drop_replacement(x, i);
	bool asked = o->status == ST_PENDING_CANCEL || o->status == ST_HELD;
	switch (o->tif) {
	case TIF_DAY:
	case TIF_OPG:
	case TIF_CLS:
		if (o->cancel_at != XI_NEVER) {
			xi_end(x, i, asked ? ST_CANCELED : ST_EXPIRED);
			break;
		}
		/* A cancel that is stuck outlasts the day. */
		xi_node(x, i)->aged = true;
		xi_due(x, i);
		break;
	case TIF_IOC:	/* no quote came to try it on */
	case TIF_FOK:
		xi_end(x, i, ST_CANCELED);
		break;
	case TIF_GTC:	/* the sweep of orders that are 90 days old asks for a cancel */
		xi_node(x, i)->aged = true;
		if (o->cancel_at == 0)
			xi_ask_cancel(x, i);
		xi_due(x, i);
		break;
	}
}

/* ---- done for the day: a gtc order of which a part was filled today rests until the next
 * open. One for extended hours goes on after the bell. */
static bool rests(const struct xc *x, xc_oid i)
{
	const struct xc_order *o = xi_order(x, i);
	const struct xi_node *n = xi_node(x, i);

	assert(n->live);
	return o->tif == TIF_GTC && !o->extended_hours && n->on_book && !n->waiting &&
	       o->done.n > 0 && n->filled_at >= x->since && n->shown == 0;
}

void xi_day_over(struct xc *x)
{
	for (uint32_t k = 0; k < x->assets; k++)
		for (uint32_t at = x->asset[k].head; at != 0; at = xi_node(x, at - 1)->next) {
			if (!rests(x, at - 1))
				continue;
			xi_node(x, at - 1)->shown = ST_DONE_FOR_DAY;
			if (xi_order(x, at - 1)->status != ST_PARTIALLY_FILLED)
				continue;
			xi_order(x, at - 1)->status = ST_DONE_FOR_DAY;
			xi_event(x, XE_DONE_FOR_DAY, at - 1, 0);
		}
	assert(x->open);
}

void xi_day_begins(struct xc *x)
{
	for (uint32_t k = 0; k < x->assets; k++)
		for (uint32_t at = x->asset[k].head; at != 0; at = xi_node(x, at - 1)->next) {
			if (xi_node(x, at - 1)->shown != ST_DONE_FOR_DAY)
				continue;
			xi_node(x, at - 1)->shown = 0;
			if (xi_order(x, at - 1)->status != ST_DONE_FOR_DAY)
				continue;
			xi_order(x, at - 1)->status = xi_base_status(x, at - 1);
			xi_event(x, XE_NEW, at - 1, 0);
		}
	assert(x->open);
}
