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

static uint16_t rules_who(struct rules *r)
{
	return (uint16_t)rules_draw(r, r->accounts);
}

static void rules_reset(struct rules *r, uint16_t who)
{
	usd cash = { (int64_t)(1 + rules_draw(r, 100)) * 1000 * NUM_ONE };

	if (r->lasting)
		return;
	xc_reset(r->x, r->now, who, cash);
	r->account[who] = (struct rules_account){ .cash = cash.n };
}

/* The market takes an execution back, or reprices it. */
static void rules_amend(struct rules *r)
{
	uint32_t n = xc_executions(r->x), i = n > 0 ? rules_draw(r, n + 1) : 0;
	bool bust = rules_draw(r, 2);

	if (!(bust ? xc_bust(r->x, r->now, i) :
	      xc_correct(r->x, r->now, i, (px){ NUM_ONE * (1 + rules_draw(r, 120)) })))
		return;
	RULES_COUNT(r, amended);
	r->amended = true;
	const struct xc_execution *f = xc_execution(r->x, i);
	if (bust)
		r->account[f->account].loose[xc_order(r->x, f->order)->asset] = true;
}

/* What seldom happens to an account. */
static void rules_account_input(struct rules *r)
{
	struct xc_settings s = { .fractional_trading = true, .max_multiplier = 4 };
	uint16_t who = rules_who(r);

	switch (rules_draw(r, 12)) {
	case 0:
		s.suspend_trade = rules_draw(r, 16) == 0;
		s.no_shorting = rules_draw(r, 2);
		s.max_multiplier = (uint8_t)(1 << rules_draw(r, 3));
		xc_set_settings(r->x, r->now, who, &s);
		break;
	case 1:
		xc_set_blocked(r->x, who, rules_draw(r, 6) ? 0 : rules_draw(r, 32));
		break;
	case 2:
		rules_reset(r, who);
		break;
	default:
		if (r->busts)
			rules_amend(r);
		break;
	}
}

/* ---- what must hold */

/* Cash and shares of one execution. */
static void rules_book(struct rules *r, const struct xc_execution *f)
{
	const struct xc_order *o = xc_order(r->x, f->order);
	struct rules_account *a = &r->account[f->account];
	usd value = usd_of(f->at, f->n, ROUND_NEAR);

	if (f->amended == XC_BUSTED)
		return;
	a->position[o->asset] += o->side == SIDE_BUY ? f->n.n : -f->n.n;
	a->cash += o->side == SIDE_BUY ? -value.n : value.n;
}

/* Average cost: what reduces a position takes its part of the basis. Before rules_book. */
static void rules_basis(struct rules_account *a, const struct xc_order *o,
			const struct xc_execution *f)
{
	int64_t *cost = &a->cost[o->asset], before = a->position[o->asset];
	int64_t n = o->side == SIDE_BUY ? f->n.n : -f->n.n, after = before + n;
	int64_t value = usd_of(f->at, f->n, ROUND_NEAR).n;

	if (a->off[o->asset] < 0)
		return;
	a->off[o->asset]++;
	if (before == 0 || (before < 0) == (n < 0))
		*cost += n < 0 ? -value : value;
	else if (after == 0)
		*cost = 0;
	else if ((after < 0) == (before < 0))
		*cost = num_muldiv(*cost, after, before, ROUND_NEAR);
	else
		a->off[o->asset] = -1;	/* through zero */
}

/* Its fees, to be booked by kind in the morning. */
static void rules_charge(struct rules *r, const struct xc_execution *f)
{
	const struct xc_order *o = xc_order(r->x, f->order);
	struct rules_account *a = &r->account[f->account];
	int64_t value = usd_of(f->at, f->n, ROUND_NEAR).n, of[XI_FEES] = { 0 };

	if (!r->x->c.fees)
		return;
	if (o->side == SIDE_SELL) {
		bool sec = ny_date(f->ts) < day_of(2025, 5, 14);
		of[XI_SEC] = sec ? num_muldiv(value, 278, 10000000, ROUND_UP) : 0;
		of[XI_TAF] = num_muldiv(f->n.n, 166, 1000000, ROUND_UP);
		if (of[XI_TAF] > NUM_ONE / 10 * 83)
			of[XI_TAF] = NUM_ONE / 10 * 83;
	}
	of[XI_CAT] = num_muldiv(f->n.n, 3, 1000000, ROUND_UP);
	/* Its price may be another one since; but not its fee. */
	if (f->amended == XC_AS_TRADED)
		RULE(r, f->fee.n == of[XI_SEC] + of[XI_TAF] + of[XI_CAT],
		     "an execution's fee is that of its day");
	for (size_t k = 0; k < XI_FEES; k++)
		a->fee[k] += of[k];
}

static void rules_fee(struct rules *r, const struct xc_activity *a)
{
	int64_t *due = &r->account[a->account].fee[a->sub - XY_REG], cent = NUM_ONE / 100;

	RULE(r, a->amount.n == -((*due + cent - 1) / cent * cent),
	     "the morning's fees are those of the executions, rounded up to the cent");
	*due = 0;
}

/* Fees, dividends and splits up to a time. */
static void rules_activities(struct rules *r, ns until)
{
	for (; r->activities < xc_activities(r->x); r->activities++) {
		const struct xc_activity *a = xc_activity(r->x, r->activities);
		struct rules_account *to = &r->account[a->account];
		if (a->ts > until)
			break;
		RULE(r, !calendar_is_open(NULL, a->ts), "days begin before the market opens");
		RULE(r, (a->kind != XY_FEE && a->kind != XY_INT) ||
		     (a->amount.n < 0 && r->x->c.fees), "fees cost");
		RULE(r, a->amount.n % (NUM_ONE / 100) == 0, "the broker books whole cents");
		if (r->activities < xc_since(r->x, a->account).activity)
			continue;
		to->cash += a->amount.n;
		if (a->kind == XY_SPLIT) {
			to->position[a->asset] += a->n.n;
			to->off[a->asset] = -1;
		}
		if (a->kind == XY_FEE)
			rules_fee(r, a);
	}
}

/* What was taken back or repriced changes what was counted already. */
static void rules_books_again(struct rules *r)
{
	for (uint16_t i = 0; i < r->accounts; i++) {
		r->account[i].cash = xc_start_cash(r->x, i).n;
		memset(r->account[i].position, 0, sizeof(r->account[i].position));
		memset(r->account[i].off, -1, sizeof(r->account[i].off));
	}
	for (uint32_t k = 0; k < xc_executions(r->x); k++)
		if (k >= xc_since(r->x, xc_execution(r->x, k)->account).execution)
			rules_book(r, xc_execution(r->x, k));
	for (uint32_t k = 0; k < xc_activities(r->x); k++) {
		const struct xc_activity *a = xc_activity(r->x, k);
		if (k < xc_since(r->x, a->account).activity)
			continue;
		r->account[a->account].cash += a->amount.n;
		if (a->kind == XY_SPLIT)
			r->account[a->account].position[a->asset] += a->n.n;
	}
}

static void rules_position(struct rules *r, uint16_t who, uint16_t k)
{
	const struct xi_holding *h = xi_holding(r->x, who, k);
	struct rules_account *to = &r->account[who];

	RULE(r, to->off[k] < 0 || xi_abs(h->pub.cost.n - to->cost[k]) <= to->off[k],
	     "the basis is the average cost of what is left");
	to->cost[k] = h->pub.cost.n;
	to->off[k] = 0;
	RULE(r, h->pub.n.n == to->position[k], "positions are what executions made them");
	RULE(r, h->pub.held.n >= 0 && (to->loose[k] || h->pub.held.n <= xi_abs(h->pub.n.n)),
	     "no more is held than there is");
	RULE(r, h->pub.n.n != 0 || (h->pub.cost.n == 0 && h->pub.intraday.n == 0),
	     "nothing is left of a closed position");
	RULE(r, (h->pub.cost.n < 0) == (h->pub.n.n < 0), "a basis has its side's sign");
	RULE(r, h->naked.n >= 0 && h->naked.n <= xi_abs(h->pub.n.n), "naked is a part");
}

static void rules_account(struct rules *r, uint16_t who)
{
	struct xc_figures f = xc_account(r->x, who);
	const struct xi_account *a = xi_account(r->x, who);
	const struct rules_account *to = &r->account[who];
	int64_t cost = 0;
	bool loose = false;
	char why[160];

	for (uint16_t k = 0; k < RULES_ASSETS; k++) {
		rules_position(r, who, k);
		cost += xi_holding(r->x, who, k)->pub.cost.n;
		loose = loose || to->loose[k];
	}
	RULE(r, f.cash.n == to->cash, "cash is what executions made it");
	for (size_t k = 0; k < XI_FEES; k++)
		RULE(r, a->fee[k].n == to->fee[k], "fees are those of the executions");
	RULE(r, a->cash.n + cost == a->start_cash.n + a->realised.n, "money is kept");
	RULE(r, xc_audit(r->x, who, why, sizeof(why)), "the audit finds what was done");
	RULE(r, loose || a->verdict.overshot == 0, "the market alone sells nothing twice");
	RULE(r, f.equity.n == f.cash.n + f.long_value.n + f.short_value.n, "equity adds up");
	RULE(r, f.buying_power.n >= 0 && f.long_value.n >= 0 && f.short_value.n <= 0, "signs");
	rules_mix(r, f.equity.n);
	rules_mix(r, xc_judge(r->x, who).naked_share_ns);
}

#endif
