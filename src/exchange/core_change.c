/* core_change.c: cancel and replace requests. */
#include "exchange/core_inner.h"

/* The account's order, or a refusal. */
static bool known(const struct xc *x, uint16_t account, xc_oid i, struct xc_refusal *why)
{
	assert(account < x->c.accounts);
	if (i < x->orders && xi_order(x, i)->account == account)
		return true;

	char words[64];
	struct text t;
	text_init(&t, words, sizeof(words));
	text_cstr(&t, "order not found for ");
	if (i < x->orders)
		text_cstr(&t, xi_order(x, i)->id);
	else
		text_u64(&t, i);
	return xi_refuse(why, 404, 40410000, text_done(&t));
}

bool xc_cancel(struct xc *x, ns now, uint16_t account, xc_oid order, struct xc_refusal *why)
{
	xi_advance(x, now);
	why->http = 0;
	if (!known(x, account, order, why))
		return false;

	const struct xc_order *o = xi_order(x, order);
	if (status_final(o->status)) {
		char words[64];
		struct text t;
		text_init(&t, words, sizeof(words));
		text_cstr(&t, "order is already in \"");
		text_cstr(&t, status_text(o->status));
		text_cstr(&t, "\" state");
		return xi_refuse(why, 422, XI_RULE, text_done(&t));
	}
	if (o->status == ST_PENDING_CANCEL)
		return xi_refuse(why, 422, XI_RULE, "order pending cancel");
	if (o->status == ST_PENDING_REPLACE || xi_node(x, order)->waiting)
		return xi_refuse(why, 422, XI_RULE, "order is not cancelable");
	assert(o->cancel_at == 0);
	xi_ask_cancel(x, order);
	return true;
}

/* ---- replace */
static bool check_state(const struct xc *x, xc_oid i, struct xc_refusal *why)
{
	const struct xc_order *o = xi_order(x, i);
	const struct xi_node *n = xi_node(x, i);

	assert(i < x->orders);
	if (o->status == ST_ACCEPTED || o->status == ST_PENDING_NEW ||
	    (n->live && (n->waiting || !n->on_book)))
		return xi_refuse(why, 422, XI_FORM,
				 "unable to replace order, order isn't sent to exchange yet");
	/* An elected stop is a market order on its way. */
	if (!n->live || o->status == ST_PENDING_CANCEL || o->status == ST_PENDING_REPLACE ||
	    (o->triggered && o->type != TYPE_STOP_LIMIT))
		return xi_refuse(why, 422, XI_RULE, "unable to replace order, order is not open");
	if (o->cls == CLASS_OTO)
		return xi_refuse(why, 422, XI_RULE, "oto orders cannot be replaced");
	if (o->notional.n > 0 || !qty_whole(o->want))
		return xi_refuse(why, 422, XI_RULE, "fractional orders cannot be replaced");
	return true;
}

static bool check_size(const struct xc_order *o, const struct xc_change *ch,
		       struct xc_refusal *why)
{
	assert(o->want.n > 0);
	if (!(ch->has & XC_QTY))
		return true;
	if (ch->qty.n <= 0)
		return xi_refuse(why, 422, XI_FORM, "qty must be > 0");
	if (ch->qty.n > XI_SHARES_MAX)
		return xi_refuse(why, 422, XI_FORM, "qty must be <= 1000000000");
	if (!qty_whole(ch->qty))
		return xi_refuse(why, 422, XI_RULE, "qty of a replaced order must be whole shares");
	if (o->is_leg && ch->qty.n != o->want.n)
		return xi_refuse(why, 422, XI_RULE, "qty of a leg cannot be changed");
	if (ch->qty.n <= o->done.n)
		return xi_refuse(why, 422, XI_RULE,
				 "unable to replace order, qty must be > filled_qty");
	return true;
}

static bool check_prices(const struct xc_order *o, const struct xc_change *ch,
			 struct xc_refusal *why)
{
	bool limit = ch->has & XC_LIMIT, stop = ch->has & XC_STOP;

	assert(why != NULL);
	if ((ch->has & XC_TRAIL) && o->type != TYPE_TRAILING_STOP)
		return xi_refuse(why, 422, XI_FORM, "only trailing stop orders accept trail");
	if (o->type == TYPE_TRAILING_STOP && (limit || stop))
		return xi_refuse(why, 422, XI_FORM,
				 "trailing stop orders require no stop or limit price");
	if (o->type == TYPE_MARKET && (limit || stop))
		return xi_refuse(why, 422, XI_FORM, "market orders require no stop or limit price");
	if (o->type == TYPE_STOP && limit)
		return xi_refuse(why, 422, XI_FORM, "stop orders require no limit price");
	if (o->type == TYPE_LIMIT && stop)
		return xi_refuse(why, 422, XI_FORM, "limit orders require no stop price");
	bool lasting = o->tif == TIF_DAY || o->tif == TIF_GTC;
	if ((ch->has & XC_TIF) && ch->tif != o->tif &&
	    (!lasting || (ch->tif != TIF_DAY && ch->tif != TIF_GTC)))
		return xi_refuse(why, 422, XI_FORM, "invalid time_in_force");
	if ((ch->has & XC_TIF) && o->is_leg && ch->tif != o->tif)
		return xi_refuse(why, 422, XI_RULE, "time_in_force of a leg cannot be changed");
	px trail = { ch->trail };
	if ((ch->has & XC_TRAIL) && !(o->trail_percent > 0 ? xi_check_percent(ch->trail, why) :
				      xi_check_price(trail, "trail", "trail", why)))
		return false;
	return (!limit || xi_check_price(ch->limit, "limit_price", "limit price", why)) &&
	       (!stop || xi_check_price(ch->stop, "stop_price", "stop price", why));
}

/* The exits of a group keep their distance from each other. */
static bool check_pair(const struct xc *x, xc_oid i, const struct xc_order *w,
		       struct xc_refusal *why)
{
	const struct xc_order *root = xi_order(x, xi_root(x, i));
	xc_oid profit = root->cls == CLASS_OCO ? xi_root(x, i) : root->leg[0];
	xc_oid stop = root->leg[1];

	if (!xi_exit_member(x, i) || profit == XC_NONE || stop == XC_NONE)
		return true;
	px tp = i == profit ? w->limit : xi_order(x, profit)->limit;
	px sl = i == stop ? w->stop : xi_order(x, stop)->stop;
	assert(tp.n > 0 && sl.n > 0);
	return xi_check_exit(w->side, i == profit, i == profit ? tp : sl, i == profit ? sl : tp,
			     why);
}

/* An entry's new limit must stay between its legs. */
static bool check_legs(const struct xc *x, const struct xc_order *w, struct xc_refusal *why)
{
	struct xc_request rq = { .cls = w->cls, .side = w->side, .type = w->type,
				 .limit = w->limit };

	assert(why != NULL);
	if (w->is_leg || w->cls != CLASS_BRACKET)
		return true;
	if (w->leg[0] != XC_NONE) {
		rq.has |= XC_TP_LIMIT;
		rq.tp_limit = xi_order(x, w->leg[0])->limit;
	}
	if (w->leg[1] != XC_NONE) {
		rq.has |= XC_SL_STOP;
		rq.sl_stop = xi_order(x, w->leg[1])->stop;
	}
	return xi_check_geometry(x, w->asset, &rq, why);
}

static struct xc_order changed(struct xc *x, const struct xc_order *o,
			       const struct xc_change *ch)
{
	struct xc_order w = *o;

	assert(!status_final(o->status));
	if (ch->has & XC_QTY)
		w.want = ch->qty;
	if (ch->has & XC_LIMIT)
		w.limit = ch->limit;
	if (ch->has & XC_STOP)
		w.stop = ch->stop;
	if (ch->has & XC_TIF)
		w.tif = ch->tif;
	if (ch->has & XC_TRAIL) {
		*(w.trail_percent > 0 ? &w.trail_percent : &w.trail_price.n) = ch->trail;
		if (w.hwm.n > 0)
			xi_trail_from(&w, w.hwm);
	}
	/* Replacing begins the order's age anew; a group ages together. */
	if (!o->is_leg)
		w.expires = xi_expiry(x, w.tif, w.extended_hours);
	return w;
}

static xc_oid make(struct xc *x, xc_oid i, const struct xc_order *w, struct str cid)
{
	struct xc_order *o = xi_order(x, i);
	xc_oid k = xi_new_order(x, o->account, o->asset, cid);
	struct xc_order *p = xi_order(x, k);
	struct xi_node *n = xi_node(x, i), *m = xi_node(x, k);
	struct xc_order fresh = *p;

	*p = *w;
	memcpy(p->id, fresh.id, sizeof(p->id));
	memcpy(p->cid, fresh.cid, sizeof(p->cid));
	p->created = p->updated = p->submitted = x->now;
	p->active_at = x->now + x->c.latency;
	p->cancel_at = 0;
	/* What the old one has done comes along when its place is taken. */
	p->done.n = 0;
	p->done_value.n = 0;
	p->leg[0] = p->leg[1] = XC_NONE;
	p->replaces = i;
	p->replaced_by = XC_NONE;
	p->status = xi_base_status(x, i) == ST_HELD ? ST_HELD : ST_PENDING_NEW;
	m->waiting = true;
	m->opens = n->opens;
	m->armed = n->armed;
	m->cap = n->cap;
	m->mischief = n->mischief & ~(uint32_t)XM_REPLACE_REJECT;
	if (n->opens)
		m->ref = xi_cost_price(x, p);
	xi_due(x, k);
	n->replacement = k + 1;
	n->replace_at = x->now + x->c.latency;
	o->status = ST_PENDING_REPLACE;
	xi_event(x, XE_PENDING_REPLACE, i, 0);
	xi_event(x, p->status == ST_HELD ? XE_HELD : XE_PENDING_NEW, k, 0);
	xi_due(x, i);
	xi_refresh(x, o->account, o->asset);
	assert(m->live && o->done.n < p->want.n);
	return k;
}

xc_oid xc_replace(struct xc *x, ns now, uint16_t account, xc_oid order,
		  const struct xc_change *ch, struct xc_refusal *why)
{
	struct str cid = { "", 0 };

	xi_advance(x, now);
	why->http = 0;
	if (!known(x, account, order, why) || !check_state(x, order, why))
		return XC_NONE;
	if (ch->has & XC_CID)
		cid = (struct str){ ch->cid, strnlen(ch->cid, sizeof(ch->cid) - 1) };
	const struct xc_order *o = xi_order(x, order);
	if (!check_size(o, ch, why) || !check_prices(o, ch, why) ||
	    !xi_check_cid(x, account, cid, (ch->has & XC_CID) ? ch->cid_n : 0, why))
		return XC_NONE;
	if (x->orders == x->c.orders_max ||
	    x->at.executions_max - x->executions < x->heap_n + 1) {
		xi_refuse(why, 503, 50310000, "service unavailable: no room for orders");
		return XC_NONE;
	}
	struct xc_order w = changed(x, o, ch);
	struct xi_draft d = { &w, order, w.asset, account };
	assert(w.want.n > w.done.n);
	/* A stop that was not moved is where it was allowed to be. */
	bool moved = w.stop.n != o->stop.n && !o->triggered;
	if (!check_pair(x, order, &w, why) || !check_legs(x, &w, why) ||
	    (moved && !xi_check_through(x, &w, why)) || !xi_check_wash(x, &d, why) ||
	    !xi_check_allowed(x, &d, why) || !xi_check_shares(x, &d, why) ||
	    !xi_check_money(x, &d, why))
		return XC_NONE;
	return make(x, order, &w, cid);
}
