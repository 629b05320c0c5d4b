/* core_activity.c: what happens to an account besides fills, and the fees of fills.
 *
 * A trade costs nothing when it is made: its fees are added up by kind and day, each sum
 * is rounded up to the cent, and the next morning they are taken from the cash as
 * activities. An activity that finds no room is not listed, but its money is counted. */
#include "exchange/core_inner.h"

/* ---- the list */
uint32_t xc_activities(const struct xc *x)
{
	assert(x->activities <= x->at.activities_max);
	return x->activities;
}

const struct xc_activity *xc_activity(const struct xc *x, uint32_t i)
{
	assert(i < x->activities);
	return (const struct xc_activity *)xi_at(x, x->at.activities) + i;
}

const char *xc_activity_text(const struct xc_activity *a)
{
	static const char *const text[] = { "FEE", "DIV", "SPLIT", "INT" };

	assert(a->kind < COUNT(text));
	return text[a->kind];
}

const char *xc_activity_sub(const struct xc_activity *a)
{
	static const char *const text[] = { "REG", "TAF", "CAT", "CDIV", "FSPLIT", "RSPLIT",
					    "MGN" };

	assert(a->sub < COUNT(text));
	return text[a->sub];
}

void xi_note(struct xc *x, const struct xc_activity *given)
{
	struct xi_account *to = xi_account(x, given->account);
	struct xc_activity *a = xi_at(x, x->at.activities);

	to->cash = xi_sum(to->cash, given->amount);
	if (x->activities == x->at.activities_max) {
		to->unlisted = xi_sum(to->unlisted, given->amount);
		return;
	}
	a += x->activities++;
	*a = *given;
	a->ts = x->now;
	a->date = ny_date(x->now);
	xi_uuid(x, a->id, STR("activity"), (int64_t)x->activities);
	assert(a->asset == XC_NO_ASSET || a->asset < x->assets);
}

/* ---- fees: Securities Exchange Act section 31 and FINRA's trading activity fee, of sales;
 * the consolidated audit trail's, of both sides. In billionths: of the value, a share, at
 * most a trade. (FINRA announced that the last quarter of 2026 costs nothing; whether the
 * broker passes that on is not known.) */
static const struct rate {
	int16_t year;
	int8_t  month, mday;
	int32_t sec, taf;
	int64_t taf_most;
} rates[] = {
	{ 2026, 4, 4,  20600, 195000, 9790000000 },
	{ 2026, 1, 1,  0,     195000, 9790000000 },
	{ 2025, 5, 14, 0,     166000, 8300000000 },
	{ 1970, 1, 1,  27800, 166000, 8300000000 },
};
#define CAT_A_SHARE 3000

usd xi_fee(struct xc *x, uint16_t account, enum side side, usd value, qty n)
{
	struct xi_account *a = xi_account(x, account);
	day d = xi_today(x);
	usd of[XI_FEES] = { 0 }, all = { 0 };
	size_t i = 0;

	assert(value.n >= 0 && n.n > 0);
	while (i < COUNT(rates) - 1 &&
	       d < day_of(rates[i].year, rates[i].month, rates[i].mday))
		i++;
	const struct rate *r = &rates[i];
	if (side == SIDE_SELL) {
		of[XI_SEC].n = num_muldiv(value.n, r->sec, NUM_ONE, ROUND_UP);
		of[XI_TAF].n = num_muldiv(n.n, r->taf, NUM_ONE, ROUND_UP);
		if (of[XI_TAF].n > r->taf_most)
			of[XI_TAF].n = r->taf_most;
	}
	of[XI_CAT].n = num_muldiv(n.n, CAT_A_SHARE, NUM_ONE, ROUND_UP);
	for (int k = 0; k < XI_FEES; k++) {
		a->fee[k] = xi_sum(a->fee[k], of[k]);
		all = xi_sum(all, of[k]);
	}
	x->busy = true;
	return all;
}

usd xi_fees_due(const struct xi_account *a, int kind)
{
	const int64_t cent = NUM_ONE / 100;

	assert(kind >= 0 && kind < XI_FEES && a->fee[kind].n >= 0);
	return (usd){ (a->fee[kind].n + cent - 1) / cent * cent };
}

static void charge(struct xc *x, uint16_t account, uint8_t kind, uint8_t sub, usd due)
{
	struct xi_account *a = xi_account(x, account);

	assert(due.n >= 0);
	if (due.n == 0)
		return;
	a->realised = usd_sub(a->realised, due);
	xi_note(x, &(struct xc_activity){ .account = account, .asset = XC_NO_ASSET, .kind = kind,
					  .sub = sub, .amount = { -due.n } });
}

/* 6.25 % a year of 360 days for what is borrowed from one session to the next. */
static usd interest(const struct xi_account *a, day days)
{
	const int64_t cent = NUM_ONE / 100;

	assert(days >= 0);
	if (a->cash.n >= 0)
		return (usd){ 0 };
	usd year = xi_portion((usd){ -a->cash.n }, 625, 10000);
	return (usd){ (xi_portion(year, days, 360).n + cent - 1) / cent * cent };
}

void xi_fees(struct xc *x)
{
	assert(x->c.accounts > 0);
	for (uint32_t k = 0; k < x->c.accounts && x->c.fees; k++) {
		uint16_t i = (uint16_t)k;
		struct xi_account *a = xi_account(x, i);
		usd lent = interest(a, x->session.date - x->closed);
		for (int f = 0; f < XI_FEES; f++) {
			usd due = xi_fees_due(a, f);
			a->fee[f].n = 0;
			charge(x, i, XY_FEE, (uint8_t)(XY_REG + f), due);
		}
		charge(x, i, XY_INT, XY_MGN, lent);
	}
}
