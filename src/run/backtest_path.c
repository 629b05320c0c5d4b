/* backtest_path.c: a bar begins, and the core is led through what it holds for the account's
 * orders: its open, then the prices at which stops and targets lie, worse before better. All that
 * is known of the way between is that it touched the bar's high and low. */
#include "run/backtest_inner.h"

/* A kilobyte that is not zeroed for each bar: look() says how much of it counts. */
#define UNSET __attribute__((uninitialized))

struct way {
	struct bt_account *a;
	const struct bar *b;
	sym      s;
	uint32_t n;
	xc_oid   live[BT_LIVE_MAX];
	uint32_t executions;		/* of the core, when it was counted last */
};

static void look(struct way *w)
{
	w->n = xc_live(w->a->x, w->s, w->live, BT_LIVE_MAX);
}

static bool is_stop(const struct xc_order *o)
{
	return o->type == TYPE_STOP && !o->triggered;
}

static bool at_market(const struct xc_order *o)
{
	return o->type == TYPE_MARKET || (o->type == TYPE_STOP && o->triggered);
}

/* Is the stop's price within the bar, or was it opened through? */
static bool reached(const struct xc_order *o, const struct bar *b)
{
	return o->side == SIDE_SELL ? b->low.n <= o->stop.n : b->high.n >= o->stop.n;
}

/* Of a bracket the stop counts when the bar holds both. */
static bool stop_counts(const struct way *w, const struct xc_order *o)
{
	if (!o->is_leg || o->type != TYPE_LIMIT)
		return false;
	xc_oid stop = xc_order(w->a->x, o->parent)->leg[1];
	if (stop == XC_NONE)
		return false;
	const struct xc_order *s = xc_order(w->a->x, stop);
	return is_stop(s) && !status_final(s->status) && reached(s, w->b);
}

/* One moment of the bar. */
static void quote(struct way *w, px bid, px ask, px last)
{
	struct bt_account *a = w->a;
	int32_t share = a->xc.volume_share_pct;

	a->clock++;
	xc_quote(a->x, a->clock, w->s, bid, ask, last, a->volume[w->s]);
	for (uint32_t i = w->executions; share > 0 && i < xc_executions(a->x); i++)
		a->volume[w->s] -= qty_f64(xc_execution(a->x, i)->n) * 100 / share;
	w->executions = xc_executions(a->x);
	bt_settle(a);
}

/* ---- the open */

static px slip(const struct way *w)
{
	const struct backtest_config *c = &w->a->pass->b->c;
	int64_t bp = c->slippage_bp_centi, half = c->config->spread_bp_centi / 2;
	const px grid = { NUM_ONE / 10000 };
	px least = tick_of(w->b->open);

	px by = px_tick(px_scale(w->b->open, (bp > half ? bp : half) * 1000, ROUND_UP), grid,
			ROUND_UP);
	return by.n > least.n ? by : least;
}

/* Those at the market have had their moment, targets that do not count have none. */
static void arrange(struct way *w, bool open)
{
	look(w);
	for (uint32_t i = 0; i < w->n; i++) {
		const struct xc_order *o = xc_order(w->a->x, w->live[i]);
		bool waits = open ? o->type == TYPE_LIMIT : at_market(o) || stop_counts(w, o);
		xc_mischief(w->a->x, w->live[i], waits ? XM_NO_FILL : 0);
	}
	w->a->held_back[w->s] = true;
}

static void let_go(struct way *w)
{
	look(w);
	for (uint32_t i = 0; i < w->n; i++)
		xc_mischief(w->a->x, w->live[i], 0);
	w->a->held_back[w->s] = false;
}

static void orders_at_market(struct way *w)
{
	px by = slip(w), open = w->b->open, none = { 0 };
	px bid = { open.n > by.n ? open.n - by.n : 1 }, ask = { open.n + by.n };

	arrange(w, true);
	quote(w, bid, ask, none);
}

/* ---- the rest */

/* The next price below the last one (up: above) at which something would happen; 0: none. */
static px next_level(const struct way *w, px from, bool up)
{
	px best = { 0 };

	for (uint32_t i = 0; i < w->n; i++) {
		const struct xc_order *o = xc_order(w->a->x, w->live[i]);
		bool sell = o->side == SIDE_SELL;
		px at = is_stop(o) ? o->stop : o->type == TYPE_LIMIT ? o->limit : best;
		/* Sell stops and buy limits lie below. */
		if (o->type == TYPE_MARKET || o->triggered || (is_stop(o) == sell) == up)
			continue;
		if (up ? at.n <= from.n || at.n > w->b->high.n
		       : at.n >= from.n || at.n < w->b->low.n)
			continue;
		if (best.n == 0 || (up ? at.n < best.n : at.n > best.n))
			best = at;
	}
	return best;
}

static void levels(struct way *w, bool up)
{
	px at = w->b->open;

	for (;;) {
		look(w);
		at = next_level(w, at, up);
		if (at.n == 0)
			return;
		quote(w, at, at, at);
	}
}

/* Does the bar reach any of the orders that rest? */
static bool touches(const struct way *w)
{
	for (uint32_t i = 0; i < w->n; i++) {
		const struct xc_order *o = xc_order(w->a->x, w->live[i]);
		bool sell = o->side == SIDE_SELL;
		if (is_stop(o) && reached(o, w->b))
			return true;
		if (o->type == TYPE_LIMIT && (sell ? w->b->high.n >= o->limit.n
						   : w->b->low.n <= o->limit.n))
			return true;
	}
	return false;
}

static bool any_at_market(const struct way *w)
{
	for (uint32_t i = 0; i < w->n; i++)
		if (at_market(xc_order(w->a->x, w->live[i])))
			return true;
	return false;
}

static void begin(struct way *w, struct bt_account *a, sym s, const struct bar *b)
{
	w->a = a;
	w->b = b;
	w->s = s;
	w->executions = xc_executions(a->x);
	look(w);
}

void bt_open_bar(struct bt_account *a, sym s, const struct bar *b)
{
	UNSET struct way w;

	begin(&w, a, s, b);
	a->volume[s] = b->volume;
	if (any_at_market(&w))
		orders_at_market(&w);
}

void bt_rest_of_bar(struct bt_account *a, sym s, const struct bar *b)
{
	UNSET struct way w;

	begin(&w, a, s, b);
	if (touches(&w)) {
		arrange(&w, false);
		quote(&w, b->open, b->open, b->open);
		levels(&w, false);
		levels(&w, true);
	}
	if (a->held_back[s])
		let_go(&w);
}
