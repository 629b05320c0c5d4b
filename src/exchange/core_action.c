/* core_action.c: the table of corporate actions. */
#include "exchange/core_action.h"

enum err actions_add(struct xc_actions *t, const struct xc_action *a)
{
	uint32_t at = t->n;

	if (t->n == XC_ACTIONS_MAX)
		return ERR_FULL;
	if (a->pay < a->ex)
		return ERR_RANGE;
	if (a->kind == XA_SPLIT && (a->num < 1 || a->num > XC_RATIO_MAX || a->den < 1 ||
				    a->den > XC_RATIO_MAX))
		return ERR_RANGE;
	if (a->kind == XA_DIVIDEND && (a->cash.n <= 0 || a->cash.n > 10000 * NUM_ONE))
		return ERR_RANGE;
	while (at > 0 && (t->a[at - 1].asset > a->asset ||
			  (t->a[at - 1].asset == a->asset && t->a[at - 1].ex > a->ex)))
		at--;
	memmove(&t->a[at + 1], &t->a[at], (t->n - at) * sizeof(t->a[0]));
	t->a[at] = *a;
	t->n++;
	assert(t->n <= XC_ACTIONS_MAX);
	return OK;
}

/* The first place whose action is of a later asset, or of this one and a later day. */
static uint32_t behind(const struct xc_actions *t, uint16_t asset, day d)
{
	uint32_t low = 0, high = t->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		const struct xc_action *a = &t->a[mid];
		if (a->asset < asset || (a->asset == asset && a->ex <= d))
			low = mid + 1;
		else
			high = mid;
	}
	assert(low <= t->n);
	return low;
}

const struct xc_action *actions_of(const struct xc_actions *t, uint16_t asset, day after,
				   day until, uint32_t *n)
{
	uint32_t first = behind(t, asset, after), end = behind(t, asset, until);

	assert(n != NULL);
	*n = end > first ? end - first : 0;
	return &t->a[first < t->n ? first : 0];
}

static int64_t divisor(int64_t a, int64_t b)
{
	assert(a > 0 && b > 0);
	while (b != 0) {
		int64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

void actions_factor(const struct xc_actions *t, uint16_t asset, day from, day until,
		    int64_t *num, int64_t *den)
{
	const int64_t most = NUM_ONE;
	uint32_t n;
	const struct xc_action *a = actions_of(t, asset, from, until, &n);

	*num = *den = 1;
	for (uint32_t i = 0; i < n; i++) {
		if (a[i].kind != XA_SPLIT)
			continue;
		*num *= a[i].num;
		*den *= a[i].den;
		int64_t common = divisor(*num, *den);
		*num /= common;
		*den /= common;
		*num = *num > most ? most : *num;
		*den = *den > most ? most : *den;
	}
	assert(*num >= 1 && *den >= 1);
}

px actions_adjust(const struct xc_actions *t, uint16_t asset, px p, day of, day until,
		  uint32_t what, px (*close_of)(void *ctx, uint16_t asset, day before_ex),
		  void *ctx)
{
	uint32_t n;
	const struct xc_action *a = actions_of(t, asset, of, until, &n);
	px out = p;

	assert(p.n >= 0);
	for (uint32_t i = 0; i < n; i++) {
		int64_t times = 1, by = 1;
		if (a[i].kind == XA_SPLIT && (what & ACTIONS_SPLIT)) {
			times = a[i].den;
			by = a[i].num;
		} else if (a[i].kind == XA_DIVIDEND && (what & ACTIONS_DIVIDEND)) {
			px before = close_of(ctx, asset, a[i].ex);
			if (before.n > a[i].cash.n) {
				times = before.n - a[i].cash.n;
				by = before.n;
			}
		}
		if (!num_muldiv_ok(&out.n, out.n, times, by, ROUND_NEAR))
			return p;
	}
	return out;
}
