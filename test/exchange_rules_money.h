/* exchange_rules_money.h: of the random inputs and rules those that are about accounts: part of
 * exchange_rules.h, which is to be included. */
#ifndef TEST_EXCHANGE_RULES_MONEY_H
#define TEST_EXCHANGE_RULES_MONEY_H

/* Splits and dividends of the days that are walked through. */
static void rules_actions(struct rules *r)
{
	static struct xc_actions t;
	uint32_t n = rules_draw(r, 3) * 6;

	t.n = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct xc_action a = { .kind = (uint8_t)rules_draw(r, 2), .asset =
				       (uint16_t)rules_draw(r, RULES_ASSETS),
				       .num = 1 + (int32_t)rules_draw(r, 7),
				       .den = 1 + (int32_t)rules_draw(r, 7),
				       .cash = { 1 + (int64_t)rules_draw(r, 999999999) } };
		a.ex = day_of(2024, 10, 1) + (day)rules_draw(r, 60);
		a.pay = a.ex + (day)rules_draw(r, 20);
		RULE(r, actions_add(&t, &a) == OK, "an action is taken");
	}
	xc_set_actions(r->x, &t);
}

/* What seldom happens to an account. */
static void rules_account_input(struct rules *r)
{
	struct xc_settings s = { .fractional_trading = true, .max_multiplier = 4 };
	uint32_t n = xc_executions(r->x), i = n > 0 ? rules_draw(r, n + 1) : 0;
	usd cash = { (int64_t)(1 + rules_draw(r, 100)) * 1000 * NUM_ONE };

	switch (rules_draw(r, 12)) {
	case 0:
		s.suspend_trade = rules_draw(r, 8) == 0;
		s.no_shorting = rules_draw(r, 2);
		s.max_multiplier = (uint8_t)(1 << rules_draw(r, 3));
		xc_set_settings(r->x, r->now, 0, &s);
		break;
	case 1:
		xc_set_blocked(r->x, 0, rules_draw(r, 2) ? 0 : rules_draw(r, 32));
		break;
	case 2:
		xc_reset(r->x, r->now, 0, cash);
		r->cash = cash.n;
		memset(r->position, 0, sizeof(r->position));
		r->executions = n;
		r->activities = xc_activities(r->x);
		break;
	default:
		if (r->busts && rules_draw(r, 2))
			rules_mix(r, xc_bust(r->x, r->now, i));
		else if (r->busts)
			rules_mix(r, xc_correct(r->x, r->now, i, (px){ NUM_ONE * 99 }));
		break;
	}
}

/* Fees, dividends and splits up to a time. */
static void rules_activities(struct rules *r, ns until)
{
	for (; r->activities < xc_activities(r->x); r->activities++) {
		const struct xc_activity *a = xc_activity(r->x, r->activities);
		if (a->ts > until)
			break;
		r->cash += a->amount.n;
		if (a->kind == XY_SPLIT)
			r->position[a->asset] += a->n.n;
		RULE(r, !calendar_is_open(NULL, a->ts), "days begin before the market opens");
		RULE(r, (a->kind != XY_FEE && a->kind != XY_INT) ||
		     (a->amount.n < 0 && r->x->c.fees), "fees cost");
		RULE(r, a->amount.n % (NUM_ONE / 100) == 0, "the broker books whole cents");
	}
}

/* Before the input the books were right; what it took back or repriced is made undone. */
static void rules_amended(struct rules *r)
{
	r->cash = xc_start_cash(r->x, 0).n;
	memset(r->position, 0, sizeof(r->position));
	r->executions = xc_since(r->x, 0).execution;
	r->activities = xc_since(r->x, 0).activity;
}

static void rules_account(struct rules *r)
{
	struct xc_figures f = xc_account(r->x, 0);
	const struct xi_account *a = xi_account(r->x, 0);
	int64_t cost = 0;
	char why[160];

	for (uint16_t k = 0; k < RULES_ASSETS; k++) {
		const struct xi_holding *h = xi_holding(r->x, 0, k);
		RULE(r, h->pub.n.n == r->position[k], "positions are what executions made them");
		RULE(r, h->pub.held.n >= 0 && (r->busts || h->pub.held.n <= xi_abs(h->pub.n.n)),
		     "no more is held than there is");
		RULE(r, h->pub.n.n != 0 || (h->pub.cost.n == 0 && h->pub.intraday.n == 0),
		     "nothing is left of a closed position");
		RULE(r, (h->pub.cost.n < 0) == (h->pub.n.n < 0), "a basis has its side's sign");
		RULE(r, h->naked.n >= 0 && h->naked.n <= xi_abs(h->pub.n.n), "naked is a part");
		cost += h->pub.cost.n;
	}
	RULE(r, f.cash.n == r->cash, "cash is what executions made it");
	RULE(r, a->cash.n + cost == a->start_cash.n + a->realised.n, "money is kept");
	RULE(r, xc_audit(r->x, 0, why, sizeof(why)), "the audit finds what was done");
	RULE(r, r->busts || a->verdict.overshot == 0, "the market alone sells nothing twice");
	RULE(r, f.equity.n == f.cash.n + f.long_value.n + f.short_value.n, "equity adds up");
	RULE(r, f.buying_power.n >= 0 && f.long_value.n >= 0 && f.short_value.n <= 0, "signs");
	rules_mix(r, f.equity.n);
	rules_mix(r, xc_judge(r->x, 0).naked_share_ns);
}

#endif
