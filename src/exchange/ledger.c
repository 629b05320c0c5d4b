/* ledger.c: GET /sim/ledger: the truth, by which a test measures a bot: every order, every
 * execution, positions, and the cash as each execution moved it. */
#include "exchange/serve_inner.h"

#define LEDGER_PAGE 1500	/* orders, and executions, in one answer */

bool ledger_account(struct exchange *x, const struct call *c, uint16_t *account)
{
	char v[128];
	size_t n;
	int given = rest_get(c, "account", v, sizeof(v), &n);

	*account = 0;
	if (given == 0 || (given == 1 && who_is_named(x, (struct str){ v, n }, account)))
		return true;
	(void)rest_fail(x, 422, 0, "there is no such account; account is a number from 0 on, or "
			"a key id", STR(""));
	return false;
}

static void ledger_order(struct text *t, const struct xc *x, xc_oid o)
{
	const struct xc_order *p = xc_order(x, o);

	view_order_short(t, x, o);
	if (p->limit.n != 0)
		key_money(t, "limit_price", p->limit.n);
	if (p->stop.n != 0)
		key_money(t, "stop_price", p->stop.n);
	if (p->parent != XC_NONE)
		key_text(t, "parent", xc_order(x, p->parent)->id);
	key_time(t, "submitted_at", p->submitted);
	json_end_object(t);
}

/* cash: moves with the execution. Sales bring, purchases cost. */
static void ledger_execution(struct text *t, const struct xc *x, uint32_t i, usd *cash, bool show)
{
	const struct xc_execution *e = xc_execution(x, i);
	const struct xc_order *p = xc_order(x, e->order);
	usd value = usd_of(e->at, e->n, ROUND_NEAR);

	/* Fees are booked by the day, what was taken back does not count. */
	if (e->amended != XC_BUSTED)
		cash->n += p->side == SIDE_SELL ? value.n : -value.n;
	if (!show)
		return;
	view_execution(t, x, i);
	key_money(t, "cash", cash->n);
	key_bool(t, "last", e->last);
	if (e->amended != XC_AS_TRADED)
		key_text(t, "amended", e->amended == XC_BUSTED ? "busted" : "corrected");
	json_end_object(t);
}

/* ?from=N: orders and executions from the Nth on, LEDGER_PAGE of each at most. */
int sim_ledger(struct exchange *x, const struct call *c)
{
	struct text *t = &x->out;
	uint32_t orders = xc_orders(x->core), executions = xc_executions(x->core);
	int64_t from = 0;
	struct call mine = *c;
	char why[160];
	usd cash, start;

	if (!rest_number(c, "from", 0, UINT32_MAX, &from))
		return rest_fail(x, 422, 0, "from is the number of an order", STR(""));
	if (!ledger_account(x, c, &mine.account))
		return 422;
	struct xc_since since = xc_since(x->core, mine.account);
	cash = start = xc_start_cash(x->core, mine.account);
	json_object(t);
	key_i64(t, "n", (int64_t)x->n);
	key_time(t, "now", serve_now(x));
	key_i64(t, "account", mine.account);
	key_i64(t, "bars_sent", (int64_t)x->bars_sent);
	key_money(t, "start_cash", start.n);
	json_key(t, "orders");
	json_array(t);
	for (int64_t o = from; o < orders && o < from + LEDGER_PAGE; o++)
		if (o >= since.order && xc_order(x->core, (xc_oid)o)->account == mine.account)
			ledger_order(t, x->core, (xc_oid)o);
	json_end_array(t);
	json_key(t, "executions");
	json_array(t);
	for (uint32_t i = 0; i < executions && i < from + LEDGER_PAGE; i++)
		if (i >= since.execution && xc_execution(x->core, i)->account == mine.account)
			ledger_execution(t, x->core, i, &cash, i >= from);
	json_end_array(t);
	json_key(t, "positions");
	(void)positions_list(x, &mine);
	key_money(t, "cash", xc_account(x->core, mine.account).cash.n);
	key_bool(t, "adds_up", xc_audit(x->core, mine.account, why, sizeof(why)));
	json_key(t, "next");
	if (from + LEDGER_PAGE < orders || from + LEDGER_PAGE < executions)
		json_i64(t, from + LEDGER_PAGE);
	else
		json_null(t);
	json_end_object(t);
	return 200;
}
