/* core_amend.c: accounts that are set, blocked and begun again; executions that the market
 * takes back or reprices; and the proof that the books are right: everything an account has
 * can be made again from its executions and activities. */
#include "exchange/core_inner.h"

#define AUDITED 128	/* assets in one pass over the executions; they lie on the stack */

/* ---- settings */
struct xc_settings xc_settings(const struct xc *x, uint16_t account)
{
	return xi_account(x, account)->settings;
}

void xc_set_settings(struct xc *x, ns now, uint16_t account, const struct xc_settings *s)
{
	assert(s->max_multiplier == 1 || s->max_multiplier == 2 || s->max_multiplier == 4);
	assert(s->max_options_level <= 3);
	xi_advance(x, now);
	xi_account(x, account)->settings = *s;
}

void xc_set_blocked(struct xc *x, uint16_t account, uint32_t flags)
{
	assert(flags < 2 * XC_BLOCK_INACTIVE);
	xi_account(x, account)->blocked = flags;
}

usd xc_start_cash(const struct xc *x, uint16_t account)
{
	return xi_account(x, account)->start_cash;
}

struct xc_since xc_since(const struct xc *x, uint16_t account)
{
	return xi_account(x, account)->since;
}

static void forget_holding(struct xc *x, uint16_t account, uint16_t asset)
{
	struct xi_holding *h = xi_holding(x, account, asset);

	h->pub = (struct xc_position){ .asset = asset };
	h->naked = (struct xi_naked){ .since = x->now };
	assert(asset < x->assets);
}

static void forget_claims(struct xc *x, uint16_t account)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < x->claims; i++)
		if (x->claim[i].account != account)
			x->claim[left++] = x->claim[i];
	assert(left <= x->claims);
	x->claims = left;
}

void xc_reset(struct xc *x, ns now, uint16_t account, usd cash)
{
	struct xi_account *a = xi_account(x, account);

	assert(cash.n >= 0 && cash.n <= XI_MONEY_MAX / 4);
	xi_advance(x, now);
	for (uint32_t k = 0; k < x->assets; k++) {
		xi_cancel_all(x, (uint16_t)k, account);
		forget_holding(x, account, (uint16_t)k);
	}
	forget_claims(x, account);

	struct xi_account fresh = {
		.start_cash = cash, .multiplier = a->multiplier, .shorting = a->shorting,
		.settings = XI_SETTINGS, .cash = cash, .last_equity = cash, .close_equity = cash,
		.since = { x->orders, x->executions, x->activities }
	};
	fresh.settings.max_multiplier = (uint8_t)a->multiplier;
	memcpy(fresh.id, a->id, sizeof(fresh.id));
	*a = fresh;
}

/* ---- books made again */
static void apply(const struct xc *x, const struct xc_execution *f, struct xc_position *p)
{
	enum side side = xi_order(x, f->order)->side;

	assert(f->n.n > 0);
	if (f->amended != XC_BUSTED)
		(void)xi_move(p, side == SIDE_BUY ? f->n.n : -f->n.n, xi_value(f->at, f->n.n));
}

/* The positions of `n` assets from `first` on, as executions and splits make them, in the order
 * in which they happened. */
static void remake(const struct xc *x, uint16_t account, uint16_t first, uint32_t n,
		   struct xc_position *p)
{
	const struct xi_account *a = xi_account(x, account);
	uint32_t next = a->since.activity;
	bool today = false;

	assert(first + n <= x->assets);
	for (uint32_t k = 0; k < n; k++)
		p[k] = (struct xc_position){ .asset = (uint16_t)(first + k) };
	for (uint32_t i = a->since.execution; i <= x->executions; i++) {
		bool end = i == x->executions;
		const struct xc_execution *f = end ? NULL : xc_execution(x, i);
		for (; next < x->activities; next++) {
			const struct xc_activity *c = xc_activity(x, next);
			int64_t lieu;
			if (!end && c->ts > f->ts)
				break;
			if (c->account == account && c->kind == XY_SPLIT && c->asset >= first &&
			    c->asset - first < (int64_t)n)
				xi_split(&p[c->asset - first], &x->actions.a[c->action], &lieu);
		}
		for (uint32_t k = 0; k < n && !today && (end || f->ts >= x->day_began); k++)
			p[k].intraday.n = 0;
		today = today || end || f->ts >= x->day_began;
		uint32_t k = end ? n : (uint32_t)xi_order(x, f->order)->asset - first;
		if (k < n && f->account == account)
			apply(x, f, &p[k]);
	}
}

static usd basis(const struct xc *x, uint16_t account)
{
	usd all = { 0 };

	assert(account < x->c.accounts);
	for (uint32_t k = 0; k < x->assets; k++)
		all = xi_sum(all, xi_holding(x, account, (uint16_t)k)->pub.cost);
	return all;
}

/* ---- busts and corrections */

/* What the target has given back, the stop behind it has to cover again. */
static void give_back(struct xc *x, xc_oid i, int64_t n)
{
	struct xc_order *o = xi_order(x, i);

	assert(n > 0 && o->done.n >= n);
	o->done.n -= n;
	if (!xi_node(x, i)->live)
		return;
	if (o->status == ST_PARTIALLY_FILLED)
		o->status = xi_base_status(x, i);
	xc_oid stop = xi_exit_member(x, i) ? xi_order(x, xi_root(x, i))->leg[1] : XC_NONE;
	if (stop != XC_NONE && stop != i && xi_node(x, stop)->live) {
		uint32_t later = xi_node(x, stop)->replacement;
		xi_order(x, stop)->want.n += n;
		if (later != 0)
			xi_order(x, later - 1)->want.n += n;
	}
	if (xi_node(x, i)->on_book)
		xi_reach(x, i, 0);
}

/* The order, and those that took its place and with it what it had done. */
static void amend_orders(struct xc *x, uint32_t execution, usd change)
{
	const struct xc_execution *f = xc_execution(x, execution);
	bool bust = f->amended == XC_BUSTED;

	assert(f->amended != XC_AS_TRADED);
	for (xc_oid i = f->order; i != XC_NONE; i = xi_order(x, i)->replaced_by) {
		struct xc_order *o = xi_order(x, i);
		o->done_value = usd_add(o->done_value, change);
		if (bust)
			give_back(x, i, f->n.n);
		xi_event(x, bust ? XE_TRADE_BUST : XE_TRADE_CORRECT, i, execution + 1);
	}
}

/* Shares from before a split are other shares. */
static bool split_since(const struct xc *x, const struct xc_execution *f)
{
	uint16_t asset = xi_order(x, f->order)->asset;

	assert(asset < x->assets);
	for (uint32_t i = x->activities; i-- > 0 && xc_activity(x, i)->ts > f->ts;)
		if (xc_activity(x, i)->kind == XY_SPLIT && xc_activity(x, i)->asset == asset)
			return true;
	return false;
}

static bool may_amend(const struct xc *x, uint32_t execution)
{
	if (execution >= x->executions)
		return false;
	const struct xc_execution *f = xc_execution(x, execution);
	assert(f->account < x->c.accounts);
	return f->amended == XC_AS_TRADED && !split_since(x, f) &&
	       execution >= xi_account(x, f->account)->since.execution;
}

/* Larger sums than a fill may make cannot be made afterwards either. */
static bool representable(const struct xc *x, const struct xc_execution *f, usd is, usd change)
{
	const struct xc_order *o = xi_order(x, f->order);
	int64_t cash = xi_account(x, f->account)->cash.n;
	int64_t cost = xi_holding(x, f->account, o->asset)->pub.cost.n;

	assert(is.n >= 0);
	return is.n <= XI_MONEY_MAX / 4 && xi_abs(cash) + xi_abs(change.n) <= XI_MONEY_MAX / 2 &&
	       xi_abs(cost) + is.n <= XI_MONEY_MAX / 2 &&
	       o->done_value.n + change.n <= XI_MONEY_MAX;
}

/* `at` 0: taken back. */
static bool amend(struct xc *x, ns now, uint32_t execution, px at)
{
	xi_advance(x, now);
	if (!may_amend(x, execution))
		return false;

	struct xc_execution *f = (struct xc_execution *)xi_at(x, x->at.executions) + execution;
	const struct xc_order *o = xi_order(x, f->order);
	struct xi_account *a = xi_account(x, f->account);
	struct xc_position *p = &xi_holding(x, f->account, o->asset)->pub;
	usd was = xi_value(f->at, f->n.n), is = xi_value(at, f->n.n);
	usd change = usd_sub(is, was);

	if (at.n > 0 && !representable(x, f, is, change))
		return false;
	a->cash = xi_sum(a->cash, o->side == SIDE_SELL ? change : usd_sub(was, is));
	f->amended = at.n > 0 ? XC_CORRECTED : XC_BUSTED;
	if (at.n > 0)
		f->at = at;
	qty held = p->held;
	remake(x, f->account, o->asset, 1, p);
	p->held = held;
	a->realised = usd_sub(xi_sum(a->cash, basis(x, f->account)), a->start_cash);
	amend_orders(x, execution, change);
	xi_refresh(x, f->account, o->asset);
	assert(f->amended != XC_AS_TRADED);
	return true;
}

bool xc_bust(struct xc *x, ns now, uint32_t execution)
{
	return amend(x, now, execution, (px){ 0 });
}

bool xc_correct(struct xc *x, ns now, uint32_t execution, px at)
{
	assert(at.n > 0 && at.n <= XI_PRICE_MAX);
	return amend(x, now, execution, at);
}

/* ---- the audit */
static bool differs(char *why, size_t size, const char *what, int64_t is, int64_t should)
{
	struct text t;

	assert(size >= 128);
	text_init(&t, why, size);
	text_cstr(&t, what);
	text_cstr(&t, " is ");
	text_num(&t, is);
	text_cstr(&t, ", but executions and activities make it ");
	text_num(&t, should);
	text_done(&t);
	return false;
}

static usd cash_made(const struct xc *x, uint16_t account)
{
	const struct xi_account *a = xi_account(x, account);
	usd cash = xi_sum(a->start_cash, a->unlisted);

	assert(a->since.execution <= x->executions && a->since.activity <= x->activities);
	for (uint32_t i = a->since.execution; i < x->executions; i++) {
		const struct xc_execution *f = xc_execution(x, i);
		if (f->account != account || f->amended == XC_BUSTED)
			continue;
		usd value = xi_value(f->at, f->n.n);
		cash = xi_order(x, f->order)->side == SIDE_SELL ? usd_add(cash, value) :
			usd_sub(cash, value);
	}
	for (uint32_t i = a->since.activity; i < x->activities; i++)
		if (xc_activity(x, i)->account == account)
			cash = usd_add(cash, xc_activity(x, i)->amount);
	return cash;
}

static bool audit_positions(const struct xc *x, uint16_t account, uint16_t first, char *why,
			    size_t why_size)
{
	struct xc_position made[AUDITED];
	uint32_t n = x->assets - first < AUDITED ? x->assets - first : AUDITED;

	assert(first < x->assets);
	remake(x, account, first, n, made);
	for (uint32_t k = 0; k < n; k++) {
		const struct xc_position *p = &xi_holding(x, account, made[k].asset)->pub;
		if (p->n.n != made[k].n.n)
			return differs(why, why_size, x->asset[first + k].pub.symbol, p->n.n,
				       made[k].n.n);
		if (p->cost.n != made[k].cost.n)
			return differs(why, why_size, "a cost basis", p->cost.n, made[k].cost.n);
	}
	return true;
}

bool xc_audit(const struct xc *x, uint16_t account, char *why, size_t why_size)
{
	const struct xi_account *a = xi_account(x, account);
	usd cash = cash_made(x, account);

	if (cash.n != a->cash.n)
		return differs(why, why_size, "cash", a->cash.n, cash.n);
	for (uint32_t k = 0; k < x->assets; k += AUDITED)
		if (!audit_positions(x, account, (uint16_t)k, why, why_size))
			return false;
	usd sum = usd_add(a->start_cash, a->realised), has = usd_add(a->cash, basis(x, account));
	return sum.n == has.n ? true :
		differs(why, why_size, "cash and cost basis", has.n, sum.n);
}
