/* backtest_result.c: days and round trips are written down, for the report. */
#include "run/backtest_inner.h"

/* ---- round trips */

/* The engine looks at closed bars; the trade's own prices belong to its range, too. */
static void widen(struct lab_trade *t, px p)
{
	if (t->worst.n == 0 || p.n < t->worst.n)
		t->worst = p;
	if (p.n > t->best.n)
		t->best = p;
}

static void record(struct bt_account *a, const struct bt_member *m, const struct trade *t,
		   const struct bt_open *o)
{
	struct bt_pass *p = a->pass;

	if (p->trades_n == p->trades_cap && !bt_more_trades(p)) {
		p->full = true;
		return;
	}
	struct lab_trade *r = &p->trade[p->trades_n++];
	a->trades_n++;
	*r = (struct lab_trade){ .instance = m->index, .sym = t->sym, .side = t->side,
				 .reason = t->reason_out, .signal_ts = t->signal_ts,
				 .opened = t->opened, .closed = t->closed, .n = t->in,
				 .stop = t->stop, .target = t->target, .worst = t->worst,
				 .best = t->best, .fees = o->fees,
				 .bars = a->instants - o->began,
				 .place = (uint32_t)(a - p->account) };
	memcpy(r->id, t->id, sizeof r->id);
	r->entry = px_avg(t->in_value, t->in, ROUND_NEAR);
	r->exit = px_avg(t->out_value, t->out, ROUND_NEAR);
	r->pnl = usd_sub(trade_pnl(t), o->fees);
	widen(r, r->entry);
	widen(r, r->exit);
}

void bt_trade(struct bt_account *a, struct bt_member *m, const struct trade *t)
{
	struct bt_open *o = &m->open[t->sym];

	if (t->state == TRADE_CLOSED) {
		if (!o->used)
			return;
		o->used = false;
		a->open_n--;
		if (t->in.n > 0)
			record(a, m, t, o);
		a->dropped += t->reason_out == EXIT_NOT_FILLED;
	} else if (!o->used) {
		*o = (struct bt_open){ .used = true, .began = a->instants };
		a->open_n++;
	}
	guard_positions(&a->guard, a->open_n < GUARD_ORDERS ? a->open_n : GUARD_ORDERS);
}

/* ---- days */

/* A session without an order leaves the account as it was: the core is let sleep. */
static bool slept(const struct bt_account *a)
{
	return !a->touched && a->active_n == 0 && a->open_n == 0;
}

static void take_figures(struct bt_account *a, struct lab_day *d)
{
	bt_fresh(a);
	struct xc_figures f = xc_account(a->x, 0);
	/* What is owed for today's trades is booked tomorrow, and is gone already. */
	d->fees = f.accrued_fees;
	d->cash = usd_sub(f.cash, f.accrued_fees);
	d->equity = usd_sub(f.equity, f.accrued_fees);
}

void bt_day_over(struct bt_account *a, const struct session *s)
{
	struct lab_day *d = &a->day[a->days_n];

	assert(a->days_n < a->pass->b->days_max);
	*d = (struct lab_day){ .date = s->date, .bars = a->bars, .bars_in = a->bars_in,
			       .invested = a->invested };
	if (!slept(a))
		take_figures(a, d);
	else if (a->days_n == 0)
		d->cash = d->equity = a->pass->b->c.config->cash;
	else
		d->cash = d->equity = d[-1].cash;
	a->days_n++;
	a->invested = (usd){ 0 };
	a->bars = a->bars_in = 0;
	a->touched = false;
}

/* ---- all of it */

static void instance_of(struct bt_account *a, uint32_t i)
{
	const struct bt_member *m = &a->member[i];
	const struct instance_state *s = engine_state(m->engine);
	struct lab_funnel *f = &a->funnel[(size_t)i * FUNNEL_MAX];
	struct lab_instance *out = &a->instance[i];
	const char *name;

	*out = (struct lab_instance){ .name = m->c.name, .strategy = m->c.strategy->name,
				      .capital = m->c.limits.capital, .bars = s->bars,
				      .signals = s->signals, .entries = s->entries, .funnel = f };
	while (out->funnel_n < FUNNEL_MAX &&
	       (name = engine_funnel_name(&m->c, out->funnel_n)) != NULL) {
		f[out->funnel_n] = (struct lab_funnel){ name, s->funnel[out->funnel_n] };
		out->funnel_n++;
	}
	if (!engine_judged(m->engine, &out->judged, &out->judged_min))
		out->judged_min = 0;
}

void bt_result(struct bt_account *a)
{
	const struct backtest *b = a->pass->b;
	const struct config *c = b->c.config;

	for (uint32_t i = 0; i < a->members; i++)
		instance_of(a, i);
	a->run = (struct lab_run){
		.title = c->file, .from = b->from, .to = b->to, .cash = c->cash,
		.timeframe_s = a->member[0].c.timeframe_s, .trials = 1, .bars = b->bars.rows,
		.bars_s = b->bars.shortest_s,
		.dropped = a->dropped, .refused = a->refused, .refusal = a->refusal,
		.partial = a->partial, .trades_n = a->trades_n,
		.trade = a->trade, .open_n = a->open_n, .days_n = a->days_n, .day = a->day,
		.instances_n = a->members, .instance = a->instance,
		.held = a->held,
		.bench = b->bench.close != NULL ? &b->bench : NULL,
		.symbols = &c->symbols,
	};
}
