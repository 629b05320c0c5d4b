/* core_trail.c: trailing stops: the stop keeps its distance from the best print. */
#include "exchange/core_inner.h"

/* Rounded away from the market, so that it is never nearer than was asked for. */
void xi_trail_from(struct xc_order *o, px best)
{
	bool sell = o->side == SIDE_SELL;
	int64_t away = o->trail_price.n;

	assert(o->type == TYPE_TRAILING_STOP && best.n > 0 && best.n <= XI_PRICE_MAX);
	/* A percentage has no bound: what is beyond all prices is as far as that. */
	if (away == 0 && (!num_muldiv_ok(&away, best.n, o->trail_percent, 100 * NUM_ONE,
					 ROUND_NEAR) || away > XI_PRICE_MAX))
		away = XI_PRICE_MAX;
	px stop = { sell ? best.n - away : best.n + away };
	o->hwm = best;
	o->stop = stop.n <= 0 ? (px){ 0 } :
		  px_tick(stop, tick_of(stop), sell ? ROUND_DOWN : ROUND_UP);
}

void xi_trail(struct xc *x, xc_oid i, px last)
{
	struct xc_order *o = xi_order(x, i);

	assert(xi_node(x, i)->live);
	if (o->type != TYPE_TRAILING_STOP || o->triggered || last.n <= 0)
		return;
	bool better = o->side == SIDE_SELL ? last.n > o->hwm.n : last.n < o->hwm.n;
	if (!better && o->hwm.n > 0)
		return;
	xi_trail_from(o, last);
	o->updated = x->now;
}
