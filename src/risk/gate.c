/* gate.c: one order against one instance's limits, check by check in the order of
 * enum deny. What only shrinks or protects a position passes by the caps: a limit must
 * never keep a position open or bare. */
#include "risk/risk.h"

#define APPROVED 0x676f6f64u

struct asked {
	const struct limits *l;
	const struct gate_input *in;
	const struct order *o;
	struct gate_trace *trace;
	bool entry;
	usd  notional;
	bool fits;		/* the notional is a number at all */
};

/* Writes the line of a check; `ok` is its outcome. */
static bool line(const struct asked *a, enum deny check, double value, double limit, bool ok)
{
	struct gate_trace *t = a->trace;

	assert(t->n < COUNT(t->line));
	t->line[t->n].check = (uint8_t)check;
	t->line[t->n].value = value;
	t->line[t->n].limit = limit;
	t->n++;
	return ok;
}

static usd part_of(usd whole, int32_t bp)
{
	int64_t n = 0;
	bool ok = num_muldiv_ok(&n, whole.n, bp, 10000, ROUND_DOWN);

	assert(ok);
	(void)ok;
	return (usd){ n };
}

static bool state_of_things(const struct asked *a, enum deny *why)
{
	const struct gate_input *in = a->in;

	if (!a->entry)
		return true;
	assert(in->kill <= KILL_HALT);
	*why = DENY_KILL;
	if (!line(a, *why, (double)in->kill, KILL_RUN, in->kill == KILL_RUN))
		return false;
	*why = DENY_PAUSED;
	if (!line(a, *why, in->paused, 0, !in->paused))
		return false;
	*why = DENY_LINK;
	if (!line(a, *why, in->linked, 1, in->linked))
		return false;
	*why = DENY_SESSION;
	if (!line(a, *why, in->in_session + in->in_window, 2, in->in_session && in->in_window))
		return false;
	*why = DENY_SYMBOL;
	return line(a, *why, in->on_list + in->tradable, 2, in->on_list && in->tradable);
}

/* A price that the order needs: there, and on the grid. */
static bool good(px p, bool needed)
{
	if (p.n == 0)
		return !needed;
	return p.n > 0 && on_tick(p);
}

static bool prices(const struct asked *a)
{
	const struct order *o = a->o;
	bool buy = o->side == SIDE_BUY;
	bool has_limit = o->type == TYPE_LIMIT || o->type == TYPE_STOP_LIMIT;
	bool has_stop = o->type == TYPE_STOP || o->type == TYPE_STOP_LIMIT;
	bool bracket = o->cls == CLASS_BRACKET && !o->leg;
	px last = has_limit ? o->limit : a->in->last;

	assert(o->side <= SIDE_SELL);
	if (!good(o->limit, has_limit) || !good(o->stop, has_stop) ||
	    !good(o->take_profit, bracket) || !good(o->stop_loss, bracket))
		return false;
	if (last.n <= 0)
		return !bracket;
	if (has_stop && (buy ? o->stop.n <= a->in->last.n : o->stop.n >= a->in->last.n))
		return false;
	if (!bracket)
		return true;
	if (buy)
		return o->stop_loss.n < last.n && last.n < o->take_profit.n;
	return o->take_profit.n < last.n && last.n < o->stop_loss.n;
}

static bool the_order(const struct asked *a, enum deny *why)
{
	const struct gate_input *in = a->in;
	const struct order *o = a->o;

	assert(o->role <= ROLE_EXIT);
	*why = DENY_QTY;
	if (!line(a, *why, qty_f64(o->want), 1, o->want.n > 0 && (!a->entry || qty_whole(o->want))))
		return false;
	*why = DENY_GRID;
	if (!line(a, *why, px_f64(o->stop.n != 0 ? o->stop : o->stop_loss), px_f64(in->last),
		  prices(a)))
		return false;
	if (a->entry) {
		double age = (double)(in->now - in->newest_bar) / (double)NS_SECOND;
		double most = (double)a->l->stale_after / (double)NS_SECOND;
		*why = DENY_STALE;
		if (!line(a, *why, age, most, in->now - in->newest_bar <= a->l->stale_after))
			return false;
	}
	*why = DENY_DUPLICATE;
	return line(a, *why, in->have_trade, 0, !in->have_trade && o->cid[0] != '\0');
}

static bool caps(const struct asked *a, enum deny *why)
{
	const struct gate_input *in = a->in;
	const struct limits *l = a->l;

	if (!a->entry)
		return true;
	assert(in->gross.n >= 0 && in->positions >= 0);
	*why = DENY_NOTIONAL;
	if (!line(a, *why, usd_f64(a->notional), usd_f64(l->order_notional_max),
		  a->fits && a->notional.n <= l->order_notional_max.n))
		return false;
	*why = DENY_CAPITAL;
	if (!line(a, *why, usd_f64(in->gross) + usd_f64(a->notional), usd_f64(l->capital),
		  in->gross.n <= l->capital.n && a->notional.n <= l->capital.n - in->gross.n))
		return false;
	*why = DENY_POSITIONS;
	return line(a, *why, in->positions + 1.0, l->positions_max,
			in->positions < l->positions_max);
}

static bool history(const struct asked *a, enum deny *why)
{
	const struct gate_input *in = a->in;
	const struct limits *l = a->l;

	if (!a->entry)
		return true;
	usd most = part_of(l->capital, l->day_loss_bp);
	*why = DENY_ORDER_RATE;
	if (!line(a, *why, in->orders_minute + 1.0, l->orders_minute_max,
		  in->orders_minute < l->orders_minute_max))
		return false;
	if (!line(a, *why, in->orders_day + 1.0, l->orders_day_max,
		  in->orders_day < l->orders_day_max))
		return false;
	*why = DENY_DAY_LOSS;
	if (!line(a, *why, usd_f64(in->pnl_day), -usd_f64(most), in->pnl_day.n > -most.n))
		return false;
	*why = DENY_LOSS_STREAK;
	assert(in->losses_in_row >= 0);
	return line(a, *why, in->losses_in_row, l->losses_in_row_max,
		    in->losses_in_row < l->losses_in_row_max);
}

enum deny gate_check(const struct limits *l, const struct gate_input *in,
		     const struct order *o, struct ticket *out, struct gate_trace *trace)
{
	/* Whoever calls an entry an exit is not believed. */
	struct asked a = { .l = l, .in = in, .o = o, .trace = trace,
			   .entry = !in->reduces || o->role == ROLE_ENTRY };
	enum deny why = ALLOW;

	trace->n = 0;
	out->approved = 0;
	/* A market order may be filled above the newest close; the caps are of that close. */
	a.fits = num_muldiv_ok(&a.notional.n, o->type == TYPE_LIMIT ? o->limit.n : in->last.n,
			       o->want.n, NUM_ONE, ROUND_UP) && a.notional.n > 0;
	if (!state_of_things(&a, &why) || !the_order(&a, &why) || !caps(&a, &why) ||
	    !history(&a, &why))
		return why;
	out->order = *o;
	out->approved = APPROVED;
	assert(trace->n > 0);
	return ALLOW;
}
