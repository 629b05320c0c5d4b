/* plan.c: from a decision to an order: size, prices on the grid, the gate, the bracket. */
#include "engine/inside.h"

usd worth(px at, int64_t n)
{
	int64_t v = 0;

	return num_muldiv_ok(&v, at.n, n, NUM_ONE, ROUND_NEAR) ? (usd){ v } : (usd){ 0 };
}

px each(usd value, int64_t n)
{
	int64_t v = 0;

	return num_muldiv_ok(&v, value.n, NUM_ONE, n, ROUND_NEAR) ? (px){ v } : (px){ 0 };
}

static usd held_value(const struct engine *e, const struct slot *s)
{
	const struct trade *t = &s->life->t;
	int64_t shares = trade_open_qty(t).n;

	/* What may still come in counts as if it had. */
	if (t->state == TRADE_ENTERING || t->in.n == 0)
		shares = t->want.n;
	shares = shares < 0 ? -shares : shares;
	px last = slot_last(e, s), at = last.n > 0 ? last : t->signal_price;
	assert(at.n >= 0);
	return worth(at, shares);
}

enum deny plan_gate(struct engine *e, const struct slot *s, const struct order *o, ns at,
		    struct ticket *ticket, struct gate_trace *trace)
{
	struct gate_input in = {
		.kill = (enum kill_state)e->s.kill,
		.paused = e->s.run != RUN_RUNNING || e->s.breaker != 0,
		.linked = e->data_up && e->orders_up && e->synced,
		.in_session = session_now(e), .in_window = window_open(e, at),
		.tradable = true, .on_list = s->on_list,
		.reduces = o->role != ROLE_ENTRY,
		.now = e->now,
		.newest_bar = s->chart != CHART_NONE ? chart_end(e->chart, s->chart) : 0,
		.last = o->role == ROLE_ENTRY ? slot_last(e, s) : slot_price(e, s),
		.orders_minute = breakers_minute(e),
		.orders_day = (int32_t)e->s.orders_day,
		.pnl_day = { e->s.pnl_day.n + e->s.open_pnl.n - e->s.pnl_base.n },
		.losses_in_row = (int32_t)e->s.losses_in_row,
	};
	bool again = o->sends > 0;	/* the same order, after it was lost on the way */

	for (uint32_t i = 0; i < e->active_n; i++) {
		const struct slot *other = &e->slot[e->active[i]];
		if (again && other == s)
			continue;
		in.positions++;
		in.gross = usd_add(in.gross, held_value(e, other));
	}
	if (o->role == ROLE_ENTRY && !again)
		/* Room that was made behind the slice is the next one's. */
		in.have_trade = s->foreign || (s->life != NULL && s->life->t.closed > at);
	assert(o->instance == e->c.index);
	return gate_check(&e->c.limits, &in, o, ticket, trace);
}

static bool grid(double value, px *out)
{
	px raw;

	if (px_from_f64(&raw, value, (px){ 1 }, ROUND_NEAR) != OK)
		return false;
	*out = px_tick(raw, tick_of(raw), ROUND_NEAR);
	assert(out->n >= 0);
	return out->n > 0;
}

/* The broker takes a bracket whose exits are a cent from the price, below a dollar, too, where the
 * grid is finer. A stop or target that is nearer goes so far away. */
static bool prices(const struct decision *d, px close, px *stop, px *target)
{
	const int64_t cent = NUM_ONE / 100;
	int64_t up = d->side == SIDE_BUY ? 1 : -1;
	px tick = tick_of((px){ close.n + cent });

	if (!grid(d->stop, stop) || !grid(d->target, target))
		return false;
	if ((close.n - stop->n) * up < cent)
		*stop = px_tick((px){ close.n - up * cent }, tick, up > 0 ? ROUND_DOWN : ROUND_UP);
	if ((target->n - close.n) * up < cent)
		*target = px_tick((px){ close.n + up * cent }, tick,
				  up > 0 ? ROUND_UP : ROUND_DOWN);
	assert(tick.n > 0);
	return stop->n > 0 && target->n > 0;
}

/* How far the levels will be from the fill; they are parts of it, or dollars. */
static void levels_by(struct trade *t, const struct decision *d, px close)
{
	double by[2] = { d->stop, d->target };
	uint8_t is[2] = { d->stop_is, d->target_is };
	px *out[2] = { &t->stop_by, &t->target_by };

	for (int i = 0; i < 2; i++) {
		double far = by[i] - px_f64(close);
		if (is[i] == LEVEL_PRICE)
			continue;
		if (px_from_f64(out[i], far < 0 ? -far : far, (px){ 1 }, ROUND_NEAR) != OK)
			*out[i] = (px){ 0 };
		if (is[i] == LEVEL_PART)
			t->flags |= i == 0 ? TRADE_STOP_PART : TRADE_TARGET_PART;
	}
	assert(close.n > 0);
}

static px distance(double dollars)
{
	px at;

	return dollars > 0 && px_from_f64(&at, dollars, (px){ 1 }, ROUND_NEAR) == OK ? at :
		(px){ 0 };
}

static void make_trade(struct engine *e, struct slot *s, const struct order *o,
		       const struct decision *d, ns end)
{
	struct life *l = life_begin(e, s);

	/* The gate has counted them. */
	assert(l != NULL && l->n == 0);
	l->dirty = l->counted = true;
	l->t = (struct trade){
		.instance = e->c.index, .side = o->side, .state = TRADE_ENTERING, .sym = s->sym,
		.want = o->want, .signal_price = slot_last(e, s), .stop = o->stop_loss,
		.target = o->take_profit, .signal_ts = end, .tag = d->tag,
		.trail = distance(d->trail), .trail_from = distance(d->trail_from),
		/* Until the first fill says from when on: the length is what counts. */
		.hold_until = d->hold > 0 ? end + d->hold : 0,
	};
	memcpy(l->t.id, o->cid, sizeof l->t.id);
	if (e->c.level_base == LEVEL_FILL)
		levels_by(&l->t, d, l->t.signal_price);
}

/* Whole shares for the dollars that the decision, or else the instance, gives to a trade. */
static qty shares(const struct engine *e, const struct decision *d, px close)
{
	double whole = usd_f64(e->c.position);
	px dollars = { e->c.position.n };

	assert(close.n > 0);
	if (d->size > 0)
		dollars = distance(d->size);
	else if (d->part > 0)
		dollars = distance(whole * d->part);
	int64_t n = dollars.n / close.n;
	/* Of a price of next to nothing, more than can be counted. */
	return n <= INT64_MAX / NUM_ONE ? qty_shares(n) : (qty){ 0 };
}

/* The broker is told that an entry opens, and takes none that would close: somebody else may have
 * bought what we sell short, or be short of what we buy. Not so after he has said no OPENS_REFUSED
 * times, and a comparison that nobody has any. */
static bool opens(const struct engine *e, const struct slot *s)
{
	return s->opens_refused < OPENS_REFUSED || !compared_since(e, s->opens_at) ||
	       s->broker.n != 0;
}

bool plan_enter(struct engine *e, struct slot *s, const struct decision *d, ns end)
{
	px close = chart_close_price(e->chart, s->chart);
	uint32_t index = (uint32_t)(s - e->slot), own = e->c.strategy->conditions_n;
	struct order o = {
		.instance = e->c.index, .role = ROLE_ENTRY, .stage = ORDER_INTENT,
		.side = (uint8_t)d->side, .type = TYPE_MARKET, .tif = TIF_GTC,
		.cls = CLASS_BRACKET, .status = ST_PENDING_NEW, .sym = s->sym,
		.made = e->now, .updated = e->now, .chain = !opens(e, s),
	};
	struct gate_trace trace;
	struct ticket ticket;
	struct held *h;

	assert(index < e->c.symbols_n && close.n > 0);
	o.want = shares(e, d, close);
	if (o.want.n <= 0 || !prices(d, close, &o.stop_loss, &o.take_profit)) {
		funnel_count(e, own + F_SIZE);
		return false;
	}
	engine_cid(o.cid, e->c.name, e->c.symbol_name[index], end, 'e', 0);
	memcpy(o.trade, o.cid, sizeof o.trade);
	enum deny deny = plan_gate(e, s, &o, end, &ticket, &trace);
	struct note *n = say_note(e, NOTE_GATE, deny, NULL, o.cid, deny_text(deny));
	n->sym = s->sym;
	memcpy(n->trade, o.cid, sizeof n->trade);
	n->n = (uint16_t)gate_values(&trace, n->value, NOTE_VALUES);
	if (deny != ALLOW) {
		funnel_count(e, own + F_GATE);
		return false;
	}
	make_trade(e, s, &ticket.order, d, end);
	slot_activate(e, s);
	e->s.entries++;
	bool fits = orders_add(e, s, &ticket.order, &h);
	assert(fits);
	(void)fits;
	orders_send(e, s, h);
	say_puts(e, s);
	e->touched = true;
	return true;
}
