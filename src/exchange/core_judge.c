/* core_judge.c: which shares are spoken for by open orders, and for how long shares were
 * without a stop. Time counts in the core session only: outside it no stop could act. */
#include "exchange/core_inner.h"

/* At the broker and able to act: on the market, or held behind its take-profit. */
static bool working(const struct xi_node *n)
{
	assert(!n->on_book || !n->waiting);
	return n->on_book && !n->waiting;
}

static void integrate(const struct xc *x, struct xi_naked *k)
{
	ns dt = x->now - k->since;

	assert(dt >= 0);
	k->since = x->now;
	if (!x->open || k->n == 0 || dt == 0)
		return;
	int64_t more;
	if (num_muldiv_ok(&more, k->n, dt, 1000 * NUM_ONE, ROUND_NEAR) &&
	    more <= INT64_MAX - k->sum)
		k->sum += more;
	else
		k->sum = INT64_MAX;
	k->stretch += dt;
	if (k->stretch > k->longest)
		k->longest = k->stretch;
}

void xi_integrate_all(struct xc *x)
{
	assert(x->assets <= XC_ASSETS_MAX);
	for (uint32_t i = 0; i < x->c.accounts; i++)
		for (uint32_t k = 0; k < x->assets; k++)
			integrate(x, &xi_holding(x, (uint16_t)i, (uint16_t)k)->naked);
}

/* Shares that the order itself keeps from others. Of two exits of a group the take-profit
 * keeps them for both; while one is being replaced, the larger of the two counts. */
static int64_t keeps(const struct xc *x, xc_oid i)
{
	const struct xc_order *o = xi_order(x, i);
	const struct xi_node *n = xi_node(x, i);

	if (n->waiting || (o->is_leg && !n->armed))
		return 0;
	if (o->is_leg) {
		const struct xc_order *root = xi_order(x, o->parent);
		xc_oid first = root->cls == CLASS_OCO ? o->parent : root->leg[0];
		if (first != XC_NONE && first != i && xi_node(x, first)->live)
			return 0;
	}
	/* An oco whose parent has not reached the market reserves through its parent. */
	int64_t left = xi_left(o);
	if (n->replacement != 0) {
		int64_t later = xi_order(x, n->replacement - 1)->want.n - o->done.n;
		left = later > left ? later : left;
	}
	assert(left >= 0);
	return left;
}

void xi_refresh(struct xc *x, uint16_t account, uint16_t asset)
{
	struct xi_holding *h = xi_holding(x, account, asset);
	int64_t position = h->pub.n.n, held = 0, covered = 0;

	integrate(x, &h->naked);
	/* Nothing closes what is not there; entries may be many. */
	uint32_t at = position != 0 ? x->asset[asset].head : 0;
	for (; at != 0; at = xi_node(x, at - 1)->next) {
		const struct xc_order *o = xi_order(x, at - 1);
		if (o->account != account || !xi_closes(o->side, position))
			continue;
		held += keeps(x, at - 1);
		if (xi_is_stop(o) && working(xi_node(x, at - 1)))
			covered += xi_left(o);
	}
	h->pub.held.n = held;
	xi_set(&xi_account(x, account)->held, asset, position != 0);
	int64_t naked = xi_abs(position) > covered ? xi_abs(position) - covered : 0;
	if (naked == 0)
		h->naked.stretch = 0;
	h->naked.n = naked;
	assert(held >= 0 && covered >= 0);
}

struct xc_verdict xc_judge(const struct xc *x, uint16_t account)
{
	struct xc_verdict v = xi_account(x, account)->verdict;

	for (uint32_t k = 0; k < x->assets; k++) {
		struct xi_naked n = xi_holding(x, account, (uint16_t)k)->naked;
		integrate(x, &n);
		if (n.sum <= INT64_MAX - v.naked_share_ns)
			v.naked_share_ns += n.sum;
		else
			v.naked_share_ns = INT64_MAX;
		if (n.longest > v.longest_naked)
			v.longest_naked = n.longest;
	}
	assert(v.naked_share_ns >= 0 && v.longest_naked >= 0);
	return v;
}
