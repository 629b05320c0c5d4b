/* backtest_orders.c: an engine's orders in the core's words. */
#include "run/backtest_inner.h"

struct xc_request bt_request_of(const struct bt_account *a, const struct order *o)
{
	struct xc_request rq = { .has = XC_QTY | XC_CID | XC_TIF, .near = o->sym, .side = o->side,
				 .type = o->type, .tif = o->tif, .cls = o->cls, .qty = o->want,
				 .limit = o->limit, .stop = o->stop };
	bool fits = str_copy(rq.symbol, sizeof rq.symbol,
			     str_of(a->pass->b->c.config->symbols.name[o->sym])) &&
		    str_copy(rq.cid, sizeof rq.cid, str_of(o->cid));

	assert(fits);
	(void)fits;
	rq.cid_n = strlen(rq.cid);
	rq.has |= o->limit.n != 0 ? XC_LIMIT : 0;
	rq.has |= o->stop.n != 0 ? XC_STOP : 0;
	if (o->take_profit.n != 0) {
		rq.has |= XC_TP_LIMIT | XC_TAKE_PROFIT;
		rq.tp_limit = o->take_profit;
	}
	if (o->stop_loss.n != 0) {
		rq.has |= XC_SL_STOP | XC_STOP_LOSS;
		rq.sl_stop = o->stop_loss;
	}
	return rq;
}

struct xc_change bt_change_of(const struct order *o)
{
	struct xc_change ch = { .has = XC_CID, .limit = o->limit, .stop = o->stop };
	bool fits = str_copy(ch.cid, sizeof ch.cid, str_of(o->cid));

	assert(fits);
	(void)fits;
	ch.cid_n = strlen(ch.cid);
	ch.has |= o->limit.n != 0 ? XC_LIMIT : 0;
	ch.has |= o->stop.n != 0 ? XC_STOP : 0;
	if (o->leg)
		return ch;
	ch.has |= XC_QTY;
	ch.qty = o->want;
	return ch;
}
