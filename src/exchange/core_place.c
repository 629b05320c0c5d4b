/* core_place.c: new orders: checked, made, announced. */
#include "exchange/core_inner.h"

static uint8_t intent_of(enum side side, int64_t position)
{
	assert(side == SIDE_BUY || side == SIDE_SELL);
	if (side == SIDE_BUY)
		return position < 0 ? XC_BUY_TO_CLOSE : XC_BUY_TO_OPEN;
	return position > 0 ? XC_SELL_TO_CLOSE : XC_SELL_TO_OPEN;
}

static bool check_intent(const struct xc_request *rq, int64_t position, struct xc_refusal *why)
{
	uint8_t inferred = intent_of(rq->side, position);
	char words[XC_MESSAGE_MAX];
	struct text t;

	if (!(rq->has & XC_INTENT) || rq->position_intent == inferred)
		return true;
	text_init(&t, words, sizeof(words));
	text_cstr(&t, "position intent mismatch, inferred: ");
	text_cstr(&t, xc_intent_text(inferred));
	text_cstr(&t, ", specified: ");
	text_cstr(&t, xc_intent_text(rq->position_intent));
	return xi_refuse(why, 422, XI_RULE, text_done(&t));
}

/* Entries are for positions that are flat or grow, exits for those that are there. */
static bool check_role(const struct xc_request *rq, int64_t position, struct xc_refusal *why)
{
	bool closes = xi_closes(rq->side, position);
	const char *wrong = NULL;

	assert(why != NULL);
	switch (rq->cls) {
	case CLASS_SIMPLE:
		break;
	case CLASS_BRACKET:
		wrong = closes ? "bracket orders must be entry orders" : NULL;
		break;
	case CLASS_OTO:
		wrong = closes ? "oto orders must be entry orders" : NULL;
		break;
	case CLASS_OCO:
		wrong = closes ? NULL : "oco orders must be exit orders";
		break;
	}
	return wrong == NULL ? true : xi_refuse(why, 422, XI_RULE, wrong);
}

static struct str cid_of(const struct xc_request *rq)
{
	assert(sizeof(rq->cid) > XC_CID_MAX);
	return (rq->has & XC_CID) ? (struct str){ rq->cid, strnlen(rq->cid, sizeof(rq->cid) - 1) } :
				    (struct str){ "", 0 };
}

/* How many shares the value would be now; they are counted when it fills. 0: nobody knows. */
static qty shares_for(const struct xc *x, const struct xc_order *o, usd value)
{
	px at = o->side == SIDE_BUY ? xi_cost_price(x, o) : xi_mark(x, o->asset);
	int64_t n = 0;

	assert(value.n > 0);
	if (at.n > 0 && (!num_muldiv_ok(&n, value.n, NUM_ONE, at.n, ROUND_DOWN) ||
			 n > XI_SHARES_MAX))
		n = XI_SHARES_MAX;
	return (qty){ at.n > 0 && n == 0 ? 1 : n };
}

/* The order as it would be in the book. */
static struct xc_order draft_of(const struct xc *x, const struct xc_request *rq, uint16_t account,
				uint16_t asset)
{
	struct xc_order o = { .account = account, .asset = asset, .side = rq->side,
			      .type = rq->type, .tif = rq->tif, .cls = rq->cls, .want = rq->qty,
			      .extended_hours = rq->extended_hours };

	if (rq->has & XC_NOTIONAL) {
		o.notional = rq->notional;
		o.want = shares_for(x, &o, o.notional);
	}
	if (rq->type == TYPE_TRAILING_STOP) {
		o.trail_price = (rq->has & XC_TRAIL_PRICE) ? rq->trail_price : (px){ 0 };
		o.trail_percent = (rq->has & XC_TRAIL_PERCENT) ? rq->trail_percent : 0;
		if (xi_mark(x, asset).n > 0)
			xi_trail_from(&o, xi_mark(x, asset));
	}
	if (rq->has & XC_LIMIT)
		o.limit = rq->limit;
	if (rq->has & XC_STOP)
		o.stop = rq->stop;
	if (rq->cls == CLASS_OCO && (rq->has & XC_TP_LIMIT))
		o.limit = rq->tp_limit;
	return o;
}

static uint32_t legs_of(const struct xc_request *rq)
{
	switch (rq->cls) {
	case CLASS_SIMPLE:  return 0;
	case CLASS_BRACKET: return 2;
	case CLASS_OCO:
	case CLASS_OTO:     return 1;
	}
	assert(false);
	return 0;
}

/* In the order in which a client can learn most: its own mistakes, whether the order is
 * here already (which must be found before anything that changes with time), then rules. */
static bool check(struct xc *x, uint16_t account, const struct xc_request *rq, uint16_t *asset,
		  struct xc_refusal *why)
{
	if (!xi_check_form(rq, why) || !xi_check_asset(x, rq, asset, why) ||
	    !xi_check_cid(x, account, cid_of(rq), (rq->has & XC_CID) ? rq->cid_n : 0, why))
		return false;
	if (x->c.orders_max - x->orders < 1 + legs_of(rq) ||
	    x->at.executions_max - x->executions < x->heap_n + 1 + legs_of(rq))
		return xi_refuse(why, 503, 50310000, "service unavailable: no room for orders");

	struct xc_order o = draft_of(x, rq, account, *asset);
	struct xi_draft d = { &o, XC_NONE, *asset, account };
	int64_t position = xi_holding(x, account, *asset)->pub.n.n;

	if (o.want.n == 0)
		return xi_refuse(why, 422, XI_RULE,
				 "notional orders need a market price, and there is none yet");
	return xi_check_allowed(x, &d, why) && check_intent(rq, position, why) &&
	       check_role(rq, position, why) && xi_check_geometry(x, *asset, rq, why) &&
	       xi_check_through(x, &o, why) && xi_check_hour(x, o.tif, why) &&
	       xi_check_fraction(x, &o, why) &&
	       xi_check_wash(x, &d, why) && xi_check_opposite(x, &d, why) &&
	       xi_check_shares(x, &d, why) && xi_check_short(x, &d, why) &&
	       xi_check_money(x, &d, why);
}

/* ---- making */
static xc_oid make_leg(struct xc *x, xc_oid parent, const struct xc_request *rq, bool profit)
{
	struct xc_order *p = xi_order(x, parent);
	xc_oid i = xi_new_order(x, p->account, p->asset, (struct str){ "", 0 });
	struct xc_order *o = xi_order(x, i);

	assert(p->parent == XC_NONE);
	o->is_leg = true;
	o->parent = parent;
	o->side = rq->cls == CLASS_OCO ? p->side : side_other(p->side);
	o->position_intent = o->side == SIDE_BUY ? XC_BUY_TO_CLOSE : XC_SELL_TO_CLOSE;
	o->tif = p->tif;
	o->cls = p->cls;
	o->status = ST_HELD;
	o->want = p->want;
	o->expires = p->expires;
	o->active_at = p->active_at;
	if (profit) {
		o->type = TYPE_LIMIT;
		o->limit = rq->tp_limit;
	} else {
		o->type = (rq->has & XC_SL_LIMIT) ? TYPE_STOP_LIMIT : TYPE_STOP;
		o->stop = rq->sl_stop;
		o->limit = (rq->has & XC_SL_LIMIT) ? rq->sl_limit : (px){ 0 };
	}
	p->leg[profit ? 0 : 1] = i;
	xi_due(x, i);
	return i;
}

static xc_oid make(struct xc *x, uint16_t account, uint16_t asset, const struct xc_request *rq)
{
	int64_t position = xi_holding(x, account, asset)->pub.n.n;
	struct xc_order draft = draft_of(x, rq, account, asset);
	xc_oid i = xi_new_order(x, account, asset, cid_of(rq));
	struct xc_order *o = xi_order(x, i);
	struct xi_node *n = xi_node(x, i);
	ns opens = xi_opens_at(x, draft.extended_hours);
	bool now = x->open || (x->extended && draft.extended_hours);

	o->side = draft.side;
	o->type = draft.type;
	o->tif = draft.tif;
	o->cls = draft.cls;
	o->want = draft.want;
	o->notional = draft.notional;
	o->limit = draft.limit;
	o->stop = draft.stop;
	o->trail_price = draft.trail_price;
	o->trail_percent = draft.trail_percent;
	o->hwm = draft.hwm;
	o->extended_hours = draft.extended_hours;
	o->position_intent = intent_of(o->side, position);
	o->status = now ? ST_PENDING_NEW : ST_ACCEPTED;
	o->active_at = opens > x->now + x->c.latency ? opens : x->now + x->c.latency;
	o->expires = xi_expiry(x, o->tif, o->extended_hours);
	n->opens = !xi_closes(o->side, position);
	n->ref = xi_cost_price(x, o);
	if (x->c.collars && n->opens && o->side == SIDE_BUY && o->type == TYPE_MARKET)
		n->cap = xi_collar(n->ref);
	xi_due(x, i);
	xi_event(x, now ? XE_PENDING_NEW : XE_ACCEPTED, i, 0);
	if (rq->cls != CLASS_SIMPLE && rq->cls != CLASS_OCO && (rq->has & XC_TP_LIMIT))
		xi_event(x, XE_HELD, make_leg(x, i, rq, true), 0);
	if (rq->cls != CLASS_SIMPLE && (rq->has & XC_SL_STOP))
		xi_event(x, XE_HELD, make_leg(x, i, rq, false), 0);
	xi_refresh(x, account, asset);
	assert(xi_node(x, i)->live);
	return i;
}

xc_oid xc_place(struct xc *x, ns now, uint16_t account, const struct xc_request *rq,
		struct xc_refusal *why)
{
	uint16_t asset;

	assert(account < x->c.accounts && why != NULL);
	xi_advance(x, now);
	why->http = 0;
	if (!check(x, account, rq, &asset, why))
		return XC_NONE;
	return make(x, account, asset, rq);
}

xc_oid xc_close_position(struct xc *x, ns now, uint16_t account, uint16_t asset, qty n,
			 struct xc_refusal *why)
{
	struct xc_request rq = { .has = XC_QTY | XC_TIF, .type = TYPE_MARKET, .tif = TIF_DAY };

	assert(asset < x->assets && n.n >= 0);
	xi_advance(x, now);
	why->http = 0;
	int64_t position = xi_holding(x, account, asset)->pub.n.n;
	if (position == 0) {
		xi_refuse(why, 404, 40410000, "position does not exist");
		return XC_NONE;
	}
	rq.side = position > 0 ? SIDE_SELL : SIDE_BUY;
	rq.qty.n = n.n > 0 ? n.n : xi_abs(position);
	bool fits = str_copy(rq.symbol, sizeof(rq.symbol), str_of(x->asset[asset].pub.symbol));
	assert(fits);
	(void)fits;
	if (!check(x, account, &rq, &asset, why))
		return XC_NONE;
	return make(x, account, asset, &rq);
}
