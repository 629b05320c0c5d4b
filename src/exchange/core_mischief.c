/* core_mischief.c: what the exchange does of its own: halts, suspensions, cancels by the
 * broker; and what goes wrong with an order on purpose. */
#include "exchange/core_inner.h"

void xc_halt(struct xc *x, ns now, uint16_t asset, bool halted)
{
	assert(asset < x->assets);
	struct xi_asset *a = &x->asset[asset];

	xi_advance(x, now);
	if (a->halted && !halted)
		a->stale = true;
	a->halted = halted;
}

bool xc_halted(const struct xc *x, uint16_t asset)
{
	assert(asset < x->assets);
	return x->asset[asset].halted;
}

bool xc_cancel_by_broker(struct xc *x, ns now, xc_oid order)
{
	xi_advance(x, now);
	assert(order < x->orders);
	if (!xi_node(x, order)->live || xi_node(x, order)->waiting)
		return false;
	xi_end(x, order, ST_CANCELED);
	return true;
}

/* ---- a status in place of new or partially_filled */
static bool plain(enum order_status s)
{
	return s == ST_NEW || s == ST_PARTIALLY_FILLED || s == ST_HELD || s == ST_STOPPED ||
	       s == ST_SUSPENDED || s == ST_CALCULATED || s == ST_DONE_FOR_DAY;
}

static void show(struct xc *x, xc_oid i, uint8_t status, enum xc_event_kind kind)
{
	struct xc_order *o = xi_order(x, i);
	struct xi_node *n = xi_node(x, i);

	assert(n->live && n->on_book);
	if (n->shown == status)
		return;
	n->shown = status;
	/* What a request has made of it stays until the request is settled. */
	if (!plain(o->status))
		return;
	o->status = xi_base_status(x, i);
	xi_event(x, kind, i, 0);
}

void xc_suspend(struct xc *x, ns now, xc_oid order, bool suspended)
{
	xi_advance(x, now);
	assert(order < x->orders);
	const struct xi_node *n = xi_node(x, order);

	if (!n->live || !n->on_book || n->waiting)
		return;
	if (suspended) {
		show(x, order, ST_SUSPENDED, XE_SUSPENDED);
	} else if (n->shown == ST_SUSPENDED || n->shown == ST_CALCULATED) {
		show(x, order, 0, XE_RESTATED);
		xi_reach(x, order, n->look_at);
	}
}

/* ---- mischief */
uint32_t xi_flags(const struct xc *x, xc_oid i)
{
	assert(i < x->orders);
	return xi_node(x, i)->mischief | xi_node(x, xi_root(x, i))->mischief;
}

bool xi_turned_away(struct xc *x, xc_oid i)
{
	uint32_t flags = xi_node(x, i)->mischief;

	assert(xi_node(x, i)->live);
	if (!(flags & (XM_REJECT | XM_EXPIRE)))
		return false;
	xi_end(x, i, (flags & XM_REJECT) ? ST_REJECTED : ST_EXPIRED);
	return true;
}

static void lose(struct xc *x, xc_oid i, bool wanted)
{
	if (wanted && i != XC_NONE && xi_node(x, i)->live && xi_node(x, i)->on_book)
		xi_vanish(x, i);
}

static void lose_exits(struct xc *x, xc_oid i, uint32_t flags)
{
	const struct xc_order *o = xi_order(x, i);
	bool both = flags & XM_LOST_LEGS;
	xc_oid profit = o->leg[0], stop = o->leg[1];

	assert(flags & (XM_LOST_STOP | XM_LOST_LEGS));
	lose(x, profit, both);
	lose(x, stop, true);
	lose(x, i, xi_is_stop(o) || (both && xi_exit_member(x, i)));
}

void xi_misbehave(struct xc *x, xc_oid i)
{
	const struct xi_node *n = xi_node(x, i);
	uint32_t flags = n->mischief;

	if (flags & (XM_LOST_STOP | XM_LOST_LEGS))
		lose_exits(x, i, flags);
	if (!n->live || !n->on_book)
		return;
	/* It fills all the same: but not what is suspended. */
	bool barred = n->shown == ST_SUSPENDED || n->shown == ST_CALCULATED;
	if ((flags & XM_STOPPED) && !barred)
		show(x, i, ST_STOPPED, XE_STOPPED);
	if (flags & XM_CALCULATED)
		show(x, i, ST_CALCULATED, XE_CALCULATED);
	if (flags & XM_DONE)
		show(x, i, ST_DONE_FOR_DAY, XE_DONE_FOR_DAY);
	if (flags & XM_SUSPEND)
		show(x, i, ST_SUSPENDED, XE_SUSPENDED);
	assert(n->live);
}

void xc_mischief(struct xc *x, xc_oid order, uint32_t flags)
{
	assert(order < x->orders);
	struct xc_order *o = xi_order(x, order);
	struct xi_node *n = xi_node(x, order);
	bool freed = flags == 0 && (n->mischief & XM_NO_FILL);

	n->mischief = flags == 0 ? 0 : n->mischief | flags;
	if (n->live && n->on_book && !n->waiting && xi_turned_away(x, order))
		return;
	/* It may fill again: on the quote that stands. */
	if (freed && n->live && n->on_book && !n->waiting)
		xi_reach(x, order, n->look_at);
	if (n->live && o->cancel_at != 0 && (n->mischief & XM_STUCK_CANCEL)) {
		o->cancel_at = XI_NEVER;
		xi_due(x, order);
	}
	xi_misbehave(x, order);
}
