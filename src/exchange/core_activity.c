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
 * the consolidated audit trail's, of both sides. By the SEC's and FINRA's notices; what was before
 * 2014 costs as then. (FINRA announced that the last quarter of 2026 costs nothing; whether the
 * broker passes that on is not known.) */
static const struct rate {
	int32_t  from;			/* YYYYMMDD */
	uint16_t sec;			/* cents of a million dollars */
	uint16_t taf, taf_most;		/* millionths of a dollar a share; cents a trade */
} rates[] = {
	{ 20260404, 2060, 195, 979 },
	{ 20260101, 0,    195, 979 },
	{ 20250514, 0,    166, 830 },
	{ 20240522, 2780, 166, 830 },
	{ 20240101, 800,  166, 830 },
	{ 20230227, 800,  145, 727 },
	{ 20230101, 2290, 145, 727 },
	{ 20220514, 2290, 130, 649 },
	{ 20220101, 510,  130, 649 },
	{ 20210225, 510,  119, 595 },
	{ 20200218, 2210, 119, 595 },
	{ 20190416, 2070, 119, 595 },
	{ 20180522, 1300, 119, 595 },
	{ 20170704, 2310, 119, 595 },
	{ 20160216, 2180, 119, 595 },
	{ 20150214, 1840, 119, 595 },
	{ 20140318, 2210, 119, 595 },
	{ 0,        1740, 119, 595 },
};
#define CAT_A_SHARE 3000

usd xi_fee(struct xc *x, uint16_t account, enum side side, usd value, qty n)
{
	struct xi_account *a = xi_account(x, account);
	struct civil c = civil_of(xi_today(x));
	int32_t today = (c.year * 100 + c.month) * 100 + c.day;
	usd of[XI_FEES] = { 0 }, all = { 0 };
	size_t i = 0;

	assert(value.n >= 0 && n.n > 0);
	while (i < COUNT(rates) - 1 && today < rates[i].from)
		i++;
	const struct rate *r = &rates[i];
	if (side == SIDE_SELL) {
		of[XI_SEC].n = num_muldiv(value.n, r->sec, 100 * 1000000, ROUND_UP);
		of[XI_TAF].n = num_muldiv(n.n, r->taf, 1000000, ROUND_UP);
		const int64_t most = r->taf_most * (NUM_ONE / 100);
		if (of[XI_TAF].n > most)
			of[XI_TAF].n = most;
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
