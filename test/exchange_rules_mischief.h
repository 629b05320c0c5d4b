/* exchange_rules_mischief.h: what goes wrong on purpose, and what it excuses: part of
 * exchange_rules.h, which is to be included. Orders that belong together (legs, replacements)
 * are one group; what went wrong with one of them excuses what its words say, in its group. */
#ifndef TEST_EXCHANGE_RULES_MISCHIEF_H
#define TEST_EXCHANGE_RULES_MISCHIEF_H

#define RULES_MISCHIEF 14	/* so many flags are there */
#define RULES_ALL ((UINT32_C(1) << RULES_MISCHIEF) - 1)

/* New orders find their groups. */
static void rules_group(struct rules *r)
{
	for (; r->grouped < xc_orders(r->x); r->grouped++) {
		const struct xc_order *o = xc_order(r->x, r->grouped);
		xc_oid with = o->replaces != XC_NONE ? o->replaces : o->parent;
		r->group[r->grouped] = with != XC_NONE ? r->group[with] : r->grouped;
	}
}

static bool rules_wrong(const struct rules *r, xc_oid i, uint32_t flags)
{
	return r->wrong[r->group[i]] & flags;
}

/* ---- inputs */
static void rules_mischief(struct rules *r, xc_oid i)
{
	uint32_t flags = UINT32_C(1) << rules_draw(r, RULES_MISCHIEF);

	if (rules_draw(r, 4) == 0)
		flags |= UINT32_C(1) << rules_draw(r, RULES_MISCHIEF);
	flags = rules_draw(r, 12) > 0 ? flags & r->mischief : 0;
	rules_group(r);
	r->wrong[r->group[i]] |= flags;
	if (flags == 0)
		r->barred[i] = r->barred[i] && !(xi_node(r->x, i)->mischief & XM_NO_FILL);
	RULES_COUNT(r, mischief);
	xc_mischief(r->x, i, flags);
}

static void rules_misbehave(struct rules *r)
{
	uint32_t n = xc_orders(r->x);

	if (n == 0)
		return;
	xc_oid i = rules_draw(r, 3) > 0 ? n - 1 - rules_draw(r, n < 8 ? n : 8) :
		   rules_draw(r, n);
	xc_time(r->x, r->now);
	switch (rules_draw(r, 4)) {
	case 0:
		r->barred[i] = false;
		xc_suspend(r->x, r->now, i, rules_draw(r, 2));
		break;
	case 1:
		if (rules_draw(r, 3) == 0)
			rules_mix(r, xc_cancel_by_broker(r->x, r->now, i));
		break;
	default:
		rules_mischief(r, i);
		break;
	}
}

/* ---- what must hold */

/* It may not fill. */
static bool rules_bars(const struct xi_node *n)
{
	return n->shown == ST_SUSPENDED || n->shown == ST_CALCULATED ||
	       (n->mischief & XM_NO_FILL);
}

/* What was lost is `canceled`, and no event says so: it stays what the events have told. */
static void rules_settle(struct rules *r, xc_oid i)
{
	const struct xc_order *o = xc_order(r->x, i);

	r->barred[i] = xi_node(r->x, i)->live && rules_bars(xi_node(r->x, i));
	if (o->status == ST_CANCELED && r->seen[i] && !status_final(r->status[i]) &&
	    rules_wrong(r, i, XM_LOST_STOP | XM_LOST_LEGS))
		r->status[i] = ST_CANCELED;
}

/* A print elects the stops that it reaches, and nothing else does. */
static void rules_election(struct rules *r, xc_oid i)
{
	const struct xc_order *o = xc_order(r->x, i);
	const struct xi_node *n = xi_node(r->x, i);
	px last = xc_last_quote(r->x, o->asset)->last;
	bool reached = o->side == SIDE_SELL ? last.n <= o->stop.n : last.n >= o->stop.n;

	if (!xi_is_stop(o) || o->stop.n == 0)
		return;
	if (o->triggered && !r->elected[i] &&
	    (o->replaces == XC_NONE || !r->elected[o->replaces]))
		RULE(r, r->printed == o->asset && reached && r->x->open,
		     "only a print elects a stop, in the core session");
	r->elected[i] = o->triggered;
	if (!n->live || !n->on_book || n->waiting || n->after >= r->now || rules_bars(n) ||
	    o->triggered || r->printed != o->asset || !r->x->open || xc_halted(r->x, o->asset))
		return;
	RULE(r, !reached, "a stop that a print reaches is elected");
}

#endif
