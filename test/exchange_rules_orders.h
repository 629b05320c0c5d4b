/* exchange_rules_orders.h: of the random inputs and rules those that are about orders and the
 * market: part of exchange_rules.h, which is to be included. */
#ifndef TEST_EXCHANGE_RULES_ORDERS_H
#define TEST_EXCHANGE_RULES_ORDERS_H

/* ---- inputs */
static px rules_price(struct rules *r, uint32_t asset)
{
	int64_t away = (int64_t)rules_draw(r, 9) - 4;
	int64_t cents = r->price[asset] + away * (1 + r->price[asset] / 200);

	if (rules_draw(r, 40) == 0)
		return (px){ (int64_t)rules_draw(r, 5) * NUM_ONE / 1000 - 1 };
	return (px){ (cents > 0 ? cents : 1) * (NUM_ONE / 100) };
}

/* What one tick's volume lets orders take, from the next execution on. */
static void rules_tick(struct rules *r, uint32_t a, uint32_t volume)
{
	xc_time(r->x, r->now);
	r->tick_from[a] = xc_executions(r->x);
	r->tick_next[a] = (int64_t)volume * (NUM_ONE / 100) * r->x->c.volume_share_pct;
}

static void rules_quote(struct rules *r)
{
	uint32_t a = rules_draw(r, RULES_ASSETS);
	int64_t step = 1 + r->price[a] / (rules_draw(r, 20) == 0 ? 4 : 300);
	const int64_t cent = NUM_ONE / 100;

	r->price[a] += ((int64_t)rules_draw(r, 3) - 1) * step;
	if (r->price[a] < 2)
		r->price[a] = 2;
	if (r->price[a] > 100000000)
		r->price[a] = 10000;
	px bid = { (r->price[a] - 1) * cent }, ask = { (r->price[a] + 1) * cent };
	px last = { r->price[a] * cent };
	if (rules_draw(r, 30) == 0)
		bid.n = 0;
	if (rules_draw(r, 30) == 0)
		ask.n = -5;
	if (rules_draw(r, 30) == 0)
		last.n = rules_draw(r, 2) ? 0 : INT64_MAX;
	uint32_t volume = rules_draw(r, 3) * rules_draw(r, 100);
	rules_tick(r, a, volume);
	r->printed = last.n > 0 && last.n < INT64_MAX ? (uint16_t)a : RULES_ASSETS;
	xc_quote(r->x, r->now, (uint16_t)a, bid, ask, last, volume);
}

static void rules_halt(struct rules *r)
{
	uint16_t a = (uint16_t)rules_draw(r, RULES_ASSETS);
	bool halted = !xc_halted(r->x, a) && rules_draw(r, 2);

	xc_halt(r->x, r->now, a, halted);
	r->halted[a] = halted ? r->now : INT64_MAX;
}

/* What kind of refusal: its words up to the first that is the order's own. */
static void rules_kind(struct rules_count *c, const struct xc_refusal *why)
{
	static const char lost[] = "order not found for ";
	bool named = strncmp(why->message, lost, strlen(lost)) == 0;
	size_t n = named ? strlen(lost) : strcspn(why->message, "(\"0123456789");
	uint32_t k = 0;

	c->refusals++;
	if (n >= sizeof(c->kind[0].words))
		n = sizeof(c->kind[0].words) - 1;
	while (k < c->kinds && (c->kind[k].http != why->http || c->kind[k].code != why->code ||
				strlen(c->kind[k].words) != n ||
				memcmp(c->kind[k].words, why->message, n) != 0))
		k++;
	if (k == RULES_KINDS)
		return;
	if (k == c->kinds) {
		c->kind[k] = (struct rules_refusal){ .http = why->http, .code = why->code };
		memcpy(c->kind[k].words, why->message, n);
		c->kinds++;
	}
	c->kind[k].n++;
}

static void rules_refused(struct rules *r, const struct xc_refusal *why)
{
	RULE(r, why->http >= 400 && why->http < 600, "a refusal has a status");
	RULE(r, why->message[0] != '\0' && why->extras <= XC_EXTRAS, "a refusal has words");
	if (r->count != NULL)
		rules_kind(r->count, why);
	rules_mix(r, why->code);
	rules_mix(r, (int64_t)hash64(why->message, strlen(why->message)));
}

/* Whole shares mostly; parts of a share, and amounts of money. */
static void rules_size(struct rules *r, struct xc_request *rq)
{
	rq->has |= XC_QTY;
	rq->qty.n = (int64_t)rules_draw(r, 40) * NUM_ONE;
	if (rules_draw(r, 50) == 0)
		rq->qty.n = XI_SHARES_MAX;
	if (rules_draw(r, 8) > 0)
		return;
	rq->cls = CLASS_SIMPLE;
	rq->qty.n += 1 + (int64_t)rules_draw(r, 999999999);
	if (rules_draw(r, 2))
		return;
	rq->type = TYPE_MARKET;
	rq->has ^= XC_QTY | XC_NOTIONAL;
	rq->notional.n = (int64_t)rules_draw(r, 4000) * NUM_ONE + rules_draw(r, 2);
}

static void rules_when(struct rules *r, struct xc_request *rq)
{
	rq->tif = rules_draw(r, 2) || (rq->has & XC_NOTIONAL) || !qty_whole(rq->qty) ?
		  TIF_DAY : TIF_GTC;
	bool plain = rq->type == TYPE_MARKET || rq->type == TYPE_LIMIT;
	if (rq->cls == CLASS_SIMPLE && rules_draw(r, plain ? 3 : 24) == 0)
		rq->tif = (enum tif)rules_draw(r, 6);
	rq->extended_hours = rq->cls == CLASS_SIMPLE && rq->type == TYPE_LIMIT &&
			     rules_draw(r, 3) == 0;
}

/* What it costs is there: the limit's worth for an order that opens a position. */
static void rules_send(struct rules *r, struct xc_request *rq)
{
	uint16_t who = rules_who(r);
	struct xc_refusal why;

	xc_time(r->x, r->now);
	usd power = xc_account(r->x, who).buying_power;
	/* As much as can be bought, or hardly more. */
	if ((rq->has & XC_QTY) && rq->limit.n > 0 && rules_draw(r, 16) == 0)
		rq->qty.n = (power.n / rq->limit.n + (int64_t)rules_draw(r, 2)) * NUM_ONE;
	RULES_COUNT(r, sent);
	xc_oid i = xc_place(r->x, r->now, who, rq, &why);
	if (i == XC_NONE) {
		rules_refused(r, &why);
		return;
	}
	RULES_COUNT(r, taken);
	const struct xc_order *o = xc_order(r->x, i);
	RULE(r, o->account == who && i < xc_orders(r->x), "a placed order is its account's");
	RULE(r, o->position_intent != 0 || o->limit.n == 0 ||
	     usd_of(o->limit, o->want, ROUND_DOWN).n <= power.n,
	     "nothing is bought beyond the buying power");
	if (r->mischief != 0 && rules_draw(r, 3) == 0)
		rules_mischief(r, i);
}

static void rules_place(struct rules *r)
{
	static const char *const name[RULES_ASSETS + 1] = { "AAPL", "MSFT", "PENY", "NONE" };
	struct xc_request rq = { .has = XC_TIF };
	uint32_t a = rules_draw(r, 12) == 0 ? RULES_ASSETS : rules_draw(r, RULES_ASSETS);
	uint32_t p = a % RULES_ASSETS;

	memcpy(rq.symbol, name[a], 5);
	rq.side = rules_draw(r, 2) ? SIDE_SELL : SIDE_BUY;
	rq.type = (enum order_type)(rules_draw(r, 5));
	rq.cls = rules_draw(r, 2) ? CLASS_SIMPLE : (enum order_class)rules_draw(r, 4);
	if (rq.cls == CLASS_OCO)
		rq.type = TYPE_LIMIT;
	else if (rq.type != TYPE_MARKET && rq.type != TYPE_LIMIT && rules_draw(r, 8) > 0)
		rq.cls = CLASS_SIMPLE;
	rules_size(r, &rq);
	rules_when(r, &rq);
	if (rq.type == TYPE_TRAILING_STOP)
		rq.has |= rules_draw(r, 2) ? XC_TRAIL_PRICE : XC_TRAIL_PERCENT;
	rq.trail_price.n = (int64_t)rules_draw(r, 200) * (NUM_ONE / 100);
	rq.trail_percent = (int64_t)rules_draw(r, 40) * (NUM_ONE / 10);
	if (rq.type == TYPE_LIMIT || rq.type == TYPE_STOP_LIMIT)
		rq.has |= XC_LIMIT;
	if (rq.type == TYPE_STOP || rq.type == TYPE_STOP_LIMIT)
		rq.has |= XC_STOP;
	rq.limit = rules_price(r, p);
	rq.stop = rules_price(r, p);
	rq.tp_limit = rules_price(r, p);
	rq.sl_stop = rules_price(r, p);
	rq.sl_limit = rules_price(r, p);
	if (rq.cls != CLASS_SIMPLE)
		rq.has |= rq.cls != CLASS_OTO ? XC_TP_LIMIT | XC_SL_STOP :
			  rules_draw(r, 2) ? XC_TP_LIMIT : XC_SL_STOP;
	if ((rq.has & XC_SL_STOP) && rules_draw(r, 3) == 0)
		rq.has |= XC_SL_LIMIT;
	if (rules_draw(r, 4) == 0) {
		rq.has |= XC_CID;
		rq.cid[0] = (char)('a' + rules_draw(r, 26));
		rq.cid_n = 1;
	}
	rules_send(r, &rq);
}

/* Whoever owns it; now and then somebody else, who must not find it. */
static uint16_t rules_owner(struct rules *r, xc_oid i)
{
	return rules_draw(r, 20) == 0 ? rules_who(r) : xc_order(r->x, i)->account;
}

static void rules_replace(struct rules *r, xc_oid i)
{
	struct xc_change ch = { .has = 0 };
	struct xc_refusal why;
	uint32_t a = xc_order(r->x, i)->asset;

	if (rules_draw(r, 3) == 0)
		ch.has |= XC_QTY;
	if (xc_order(r->x, i)->limit.n > 0 && rules_draw(r, 3) > 0)
		ch.has |= XC_LIMIT;
	if (xc_order(r->x, i)->stop.n > 0 && rules_draw(r, 3) > 0)
		ch.has |= XC_STOP;
	if (rules_draw(r, 6) == 0)
		ch.has |= XC_TIF;
	if (xc_order(r->x, i)->type == TYPE_TRAILING_STOP)
		ch.has = XC_TRAIL;
	ch.trail = (int64_t)(1 + rules_draw(r, 40)) * (NUM_ONE / 10);
	ch.tif = rules_draw(r, 2) ? TIF_GTC : TIF_DAY;
	ch.qty.n = (int64_t)rules_draw(r, 40) * NUM_ONE;
	ch.limit = rules_price(r, a);
	ch.stop = rules_price(r, a);
	uint16_t who = rules_owner(r, i);
	xc_oid k = xc_replace(r->x, r->now, who, i, &ch, &why);
	RULE(r, who == xc_order(r->x, i)->account || (k == XC_NONE && why.http == 404),
	     "another account's order is not found");
	if (k == XC_NONE)
		rules_refused(r, &why);
	else
		RULES_COUNT(r, changes);
}

/* ---- what must hold */
static px rules_far(const struct xc_order *o, const struct xc_quote *q)
{
	return o->side == SIDE_BUY ? q->ask : q->bid;
}

/* On the quote from before the input, or on the one that was the input. */
static bool rules_stood(const struct rules *r, const struct xc_order *o, px at)
{
	if (o->limit.n == 0 && r->x->c.slippage_bp_centi > 0)
		return true;
	if (o->tif == TIF_OPG || o->tif == TIF_CLS)	/* the auction's print */
		return at.n == r->before[o->asset].last.n ||
		       at.n == xc_last_quote(r->x, o->asset)->last.n;
	return at.n == rules_far(o, &r->before[o->asset]).n ||
	       at.n == rules_far(o, xc_last_quote(r->x, o->asset)).n;
}

/* It could trade on the standing quote and nothing says when it will. Legs do not meet the
 * quote that brought them. */
static bool rules_waits(const struct rules *r, xc_oid i)
{
	const struct xc_order *o = xc_order(r->x, i);
	const struct xi_node *n = xi_node(r->x, i);
	const struct xc_quote *q = xc_last_quote(r->x, o->asset);
	const struct xi_asset *a = &r->x->asset[o->asset];
	px far = rules_far(o, q);

	if (!n->live || !n->on_book || n->waiting || n->look_at > r->now || n->cap.n != 0 ||
	    rules_bars(n))
		return false;
	if (!(r->x->open || (r->x->extended && o->extended_hours)) || q->ts < r->x->since ||
	    far.n <= 0 || a->halted || a->stale || r->x->c.volume_share_pct > 0)
		return false;
	if ((o->is_leg && o->replaces == XC_NONE) || (xi_is_stop(o) && !o->triggered) ||
	    o->tif == TIF_OPG || o->tif == TIF_CLS)
		return false;
	return o->limit.n == 0 ||
	       (o->side == SIDE_BUY ? far.n <= o->limit.n : far.n >= o->limit.n);
}

/* Its own session: the core one, extended hours for those that asked, the close for cls. */
static bool rules_session(const struct xc_order *o, ns t)
{
	struct session s = calendar_last(NULL, t), next = calendar_next(NULL, t);

	if (o->tif == TIF_CLS)
		return t == s.close;
	if (t >= s.open && t < s.close)
		return true;
	return o->extended_hours &&
	       ((t >= s.close && t < s.post_close) || (t >= next.pre_open && t < next.open));
}

/* Of what a tick's volume allows, what is left after execution number `k`. */
static void rules_share(struct rules *r, const struct xc_execution *f, uint32_t k)
{
	uint16_t a = xc_order(r->x, f->order)->asset;

	if (r->x->c.volume_share_pct == 0)
		return;
	if (r->tick_next[a] >= 0 && k >= r->tick_from[a]) {
		r->tick_left[a] = r->tick_next[a];
		r->tick_next[a] = -1;
	}
	r->tick_left[a] -= f->n.n;
	/* The shares that nobody wanted count for nobody. */
	if (rules_wrong(r, f->order, XM_OVERFILL) && f->last && r->tick_left[a] < 0)
		r->tick_left[a] = 0;
	RULE(r, r->tick_left[a] >= 0, "no more than the share of the volume trades");
}

static void rules_ticks_pass(struct rules *r)
{
	for (size_t a = 0; a < RULES_ASSETS; a++)
		if (r->tick_next[a] >= 0) {
			r->tick_left[a] = r->tick_next[a];
			r->tick_next[a] = -1;
		}
}

static bool rules_before(const struct rules *r, xc_oid a, xc_oid b)
{
	const struct xc_order *o = xc_order(r->x, a), *p = xc_order(r->x, b);
	ns ta = xi_node(r->x, a)->booked, tb = xi_node(r->x, b)->booked;

	if (o->limit.n == p->limit.n)
		return ta < tb || (ta == tb && a < b);
	if (o->limit.n == 0 || p->limit.n == 0)
		return o->limit.n == 0;
	return o->side == SIDE_BUY ? o->limit.n > p->limit.n : o->limit.n < p->limit.n;
}

/* Whoever traded on the quote that was the input: nobody with a better price, or the same and
 * longer on the book, was left with a wish. */
static void rules_priority(struct rules *r, const struct xc_execution *f)
{
	const struct xc_order *o = xc_order(r->x, f->order);
	const struct xc_quote *q = xc_last_quote(r->x, o->asset);

	if (r->x->c.volume_share_pct == 0 || r->amended)
		return;
	for (uint32_t i = 0; i < xc_orders(r->x); i++) {
		const struct xc_order *p = xc_order(r->x, i);
		const struct xi_node *n = xi_node(r->x, i);
		px far = rules_far(p, q);
		if (!n->live || !n->on_book || n->waiting || p->asset != o->asset ||
		    p->side != o->side || n->after >= f->ts || n->booked >= f->ts ||
		    rules_bars(n) ||
		    p->status == ST_HELD || (xi_is_stop(p) && !p->triggered) || n->cap.n != 0 ||
		    p->tif == TIF_OPG || p->tif == TIF_CLS || (!r->x->open && !p->extended_hours))
			continue;
		if (p->limit.n != 0 && (p->side == SIDE_BUY ? far.n > p->limit.n :
					far.n < p->limit.n))
			continue;
		RULE(r, i == f->order || !rules_before(r, i, f->order),
		     "price, then time: nobody is passed over");
	}
}

/* A trailing stop only tightens. */
static void rules_trails(struct rules *r, xc_oid i)
{
	const struct xc_order *o = xc_order(r->x, i);
	int64_t sign = o->side == SIDE_SELL ? 1 : -1;

	if (o->type != TYPE_TRAILING_STOP || o->stop.n == 0)
		return;
	RULE(r, r->trail[i] == 0 || sign * o->stop.n >= sign * r->trail[i],
	     "a trailing stop never moves away");
	RULE(r, o->side == SIDE_SELL ? o->stop.n < o->hwm.n : o->stop.n > o->hwm.n,
	     "a trailing stop is behind the best price");
	r->trail[i] = o->stop.n;
}

#endif
