/* rest_positions.c: positions, and the assets that they are in. */
#include "exchange/serve_inner.h"

int assets_list(struct exchange *x, const struct call *c)
{
	char v[64];
	size_t n;
	bool none = false;

	if (rest_get(c, "status", v, sizeof(v), &n) == 1)
		none = !str_eq((struct str){ v, n }, STR("active"));
	if (rest_get(c, "asset_class", v, sizeof(v), &n) == 1)
		none = none || !str_eq((struct str){ v, n }, STR("us_equity"));
	/* view_asset tells of no attribute, so that no asset has any of those asked for. */
	none = none || rest_get(c, "attributes", v, sizeof(v), &n) == 1;
	bool only = rest_get(c, "exchange", v, sizeof(v), &n) == 1;
	json_array(&x->out);
	for (uint16_t i = 0; i < xc_assets(x->core) && !none; i++) {
		const struct xc_asset *a = xc_asset(x->core, i);
		if (!only || str_eq((struct str){ v, n }, str_of(a->exchange)))
			view_asset(&x->out, a);
	}
	json_end_array(&x->out);
	return 200;
}

int assets_get(struct exchange *x, const struct call *c)
{
	uint16_t asset;

	if (!xc_find_asset(x->core, c->param, &asset))
		return rest_fail(x, 404, 40410000, "asset not found for ", c->param);
	view_asset(&x->out, xc_asset(x->core, asset));
	return 200;
}

/* ---- positions */

static const struct xc_position *position_of(const struct exchange *x, const struct call *c,
					     uint16_t *asset)
{
	return xc_find_asset(x->core, c->param, asset) ?
	       xc_position(x->core, c->account, *asset) : NULL;
}

int positions_list(struct exchange *x, const struct call *c)
{
	json_array(&x->out);
	for (uint32_t k = 0; k < xc_assets(x->core); k++) {
		uint16_t i = (uint16_t)k;
		const struct xc_position *p = xc_position(x->core, c->account, i);
		if (p != NULL)
			view_position(&x->out, x->core, p);
	}
	json_end_array(&x->out);
	return 200;
}

int positions_get(struct exchange *x, const struct call *c)
{
	uint16_t asset;
	const struct xc_position *p = position_of(x, c, &asset);

	if (p == NULL)
		return rest_fail(x, 404, 40410000, "position does not exist", STR(""));
	view_position(&x->out, x->core, p);
	return 200;
}

/* qty xor percentage; 0: all of it. */
static int close_amount(struct exchange *x, const struct call *c, const struct xc_position *p,
			qty *amount)
{
	char v[32], w[32];
	size_t n, k;
	int has_qty = rest_get(c, "qty", v, sizeof(v), &n);
	int has_part = rest_get(c, "percentage", w, sizeof(w), &k);
	int64_t part;

	*amount = (qty){ 0 };
	if (has_qty != 0 && has_part != 0)
		return rest_fail(x, 422, 40010001, "only one of qty or percentage is accepted",
				 STR(""));
	if (has_qty != 0 && (num_parse(&amount->n, (struct str){ v, n }) != OK || amount->n <= 0))
		return rest_fail(x, 422, 40010001, "qty must be > 0", STR(""));
	if (has_part == 0)
		return 0;
	if (num_parse(&part, (struct str){ w, k }) != OK || part <= 0 || part > 100 * NUM_ONE)
		return rest_fail(x, 422, 40010001, "percentage must be between 0 and 100", STR(""));
	int64_t all = p->n.n < 0 ? -p->n.n : p->n.n;
	amount->n = num_muldiv(all, part, 100 * NUM_ONE, ROUND_DOWN);
	/* Of whole shares whole ones are sold: what is left over stays. */
	if (qty_whole(p->n))
		amount->n -= amount->n % NUM_ONE;
	if (amount->n == 0)
		return rest_fail(x, 422, 40010001, "qty must be > 0", STR(""));
	return 0;
}

int positions_delete(struct exchange *x, const struct call *c)
{
	struct xc_refusal why = { 0 };
	uint16_t asset;
	qty amount;
	const struct xc_position *p = position_of(x, c, &asset);

	if (p == NULL)
		return rest_fail(x, 404, 40410000, "position does not exist", STR(""));
	int status = close_amount(x, c, p, &amount);
	if (status != 0)
		return status;
	xc_oid o = xc_close_position(x->core, x->now, c->account, asset, amount, &why);
	if (o == XC_NONE)
		return rest_refused(x, &why);
	view_order(&x->out, x->core, o, NULL, false);
	return 200;
}

int positions_delete_all(struct exchange *x, const struct call *c)
{
	struct text *t = &x->out;

	if (rest_flag(c, "cancel_orders"))
		orders_cancel_at_once(x, c->account);
	json_array(t);
	for (uint32_t k = 0; k < xc_assets(x->core); k++) {
		uint16_t i = (uint16_t)k;
		const struct xc_position *p = xc_position(x->core, c->account, i);
		struct xc_refusal why = { 0 };
		if (p == NULL)
			continue;
		xc_oid o = xc_close_position(x->core, x->now, c->account, i, (qty){ 0 }, &why);
		json_object(t);
		key_text(t, "symbol", xc_asset(x->core, i)->symbol);
		key_i64(t, "status", o != XC_NONE ? 200 : why.http);
		json_key(t, "body");
		if (o != XC_NONE)
			view_order(t, x->core, o, NULL, false);
		else
			view_refusal(t, &why);
		json_end_object(t);
	}
	json_end_array(t);
	return 207;
}
