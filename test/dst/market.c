/* market.c: linked with the exchange: it begins, and its books are read from inside. */
#include "market.h"

#include <stdio.h>
#include <stdlib.h>

#include "exchange/core_inner.h"
#include "exchange/serve_inner.h"

#define AGAIN (10 * NS_SECOND)

static struct exchange *x;
static atomic_bool stop;

static void complain(void *ctx, const char *line)
{
	(void)ctx;
	dst_fail("the exchange complains: %s", line);
}

void *exchange_body(void *unused)
{
	static const char *const names[] = { "AAPL", "MSFT", "SPY", "TSLA", "NVDA" };
	static struct symbols symbols;
	struct exchange_config c = {
		.market = { .seed = sim.seed, .symbols = &symbols, .spread_bp_centi = 200,
			    .history_sessions = 2, .complain = complain },
		.core = { .orders_max = 1 << 14, .accounts = 1, .seed = sim.seed,
			  .cash = { 250000 * NUM_ONE }, .partial_pct = 40, .latency = 20 * NS_MS,
			  .slippage_bp_centi = 100, .shorting = true, .multiplier = 4 },
		.listen = "127.0.0.1:9190", .speed_milli = 1000, .real = true, .rate_limit = -1,
	};
	char why[2048] = "";

	(void)unused;
	for (size_t i = 0; i < COUNT(names) - (more_is(MORE_OTHERS) ? 0 : 2); i++) {
		sym s;
		enum err e = symbols_add(&symbols, str_of(names[i]), &s);
		assert(e == OK);
	}
	if (plan_rules()[0] != '\0')
		c.fault[c.faults++] = (struct exchange_script){ "/etc/faults", false };
	if (more_actions()[0] != '\0')
		c.actions_file = "/etc/actions";
	if (more_is(MORE_EXCHANGE))
		c.state_file = "/exchange.log";
	enum err e = exchange_open(&x, &c, why, sizeof why);
	if (e != OK) {
		dst_fail("the exchange does not open: %s", why);
		return NULL;
	}
	exchange_run(x, &stop, false);
	dst_fail("the exchange has stopped");
	return NULL;
}

void market_hours(ns wall, ns *open, ns *close)
{
	struct session s = calendar_next(NULL, wall);

	*open = s.open;
	*close = s.close;
}

const struct xc *market_core(void)
{
	return x == NULL ? NULL : x->core;
}

bool market_exact(void)
{
	return more_actions()[0] == '\0' && !more_forgot() && !others_across();
}

bool market_up(void)
{
	return x != NULL;
}

bool market_open_now(void)
{
	return x != NULL && x->core->open;
}

bool market_naked(struct naked *out)
{
	*out = (struct naked){ .since = -1 };
	/* Shares that others hold beside the bot's need no stop: there the parts are looked at. */
	for (uint32_t i = 0; x != NULL && !others_beside() && i < BOTS; i++) {
		const struct xi_naked *k = &xi_holding(x->core, 0, (uint16_t)i)->naked;
		ns lasts = k->stretch + (x->core->open ? x->core->now - k->since : 0);
		if (k->n == 0 || lasts <= out->since)
			continue;
		*out = (struct naked){ .shares = k->n, .since = lasts };
		memcpy(out->symbol, xc_asset(x->core, (uint16_t)i)->symbol,
		       sizeof out->symbol - 1);
	}
	return out->since >= 0;
}

uint32_t market_orders(void)
{
	return xc_orders(x->core);
}

uint32_t market_executions(void)
{
	return xc_executions(x->core);
}

static uint32_t activities(int kind)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < xc_activities(x->core); i++)
		n += xc_activity(x->core, i)->kind == kind;
	return n;
}

uint32_t market_splits(void)
{
	return activities(XY_SPLIT);
}

uint32_t market_dividends(void)
{
	return activities(XY_DIV) + x->core->claims;	/* paid, and earned */
}

static bool alike(const struct xc_order *a, const struct xc_order *b)
{
	return a->asset == b->asset && a->side == b->side && a->cls == b->cls &&
	       a->type == b->type && a->want.n == b->want.n && a->limit.n == b->limit.n &&
	       a->stop.n == b->stop.n && a->parent == XC_NONE && b->parent == XC_NONE &&
	       a->replaces == XC_NONE && b->replaces == XC_NONE;
}

/* It had come to nothing before the other was sent. */
static bool in_vain(const struct xc_order *o, ns at)
{
	ns end = o->canceled != 0 ? o->canceled : o->failed != 0 ? o->failed : o->expired;

	return o->done.n == 0 && end != 0 && end <= at;
}

/* Splits, so far, that call for stops now: one for the shares that came, while an old one of the
 * others is thought to stand, and one in its place, which may be of as many. */
static uint32_t splits_behind(const struct xc_order *o)
{
	uint32_t n = 0;
	ns last = 0;

	for (uint32_t i = 0; o->stop.n != 0 && i < xc_activities(x->core); i++) {
		const struct xc_activity *a = xc_activity(x->core, i);
		if (a->kind != XY_SPLIT || a->asset != o->asset || a->ts > o->created)
			continue;
		last = a->ts;
		n++;
	}
	return n > 0 && o->created - last < NS_DAY ? n : 0;
}

/* The same again within AGAIN, though nothing had ended the first. */
void market_doubled(void)
{
	uint32_t pairs[INSTANCES][BOTS] = { 0 };

	for (xc_oid o = 0; o < xc_orders(x->core); o++) {
		const struct xc_order *p = xc_order(x->core, o);
		for (xc_oid k = o; k-- > 0;) {
			const struct xc_order *q = xc_order(x->core, k);
			if (p->created - q->created > AGAIN)
				break;
			int owner = market_owner(x->core, o);
			if (!alike(p, q) || in_vain(q, p->created) || owner >= INSTANCES ||
			    owner != market_owner(x->core, k))
				continue;
			if (pairs[owner][p->asset]++ >= splits_behind(p))
				dst_fail("order %s was sent again as %s", q->cid, p->cid);
		}
	}
	if (xc_judge(x->core, 0).overshot > 0)
		dst_fail("shares were sold that were not there: %.3f",
			 (double)xc_judge(x->core, 0).overshot_shares.n / 1e9);
}

void market_forbidden(void)
{
	for (xc_oid o = 0; o < xc_orders(x->core); o++) {
		const char *cid = xc_order(x->core, o)->cid, *end = strrchr(cid, '-');
		if (end != NULL && strcmp(end, "-e") == 0 && desk_forbids(cid))
			dst_fail("order %s was made though the bot had said that it is halted",
				 cid);
	}
}

bool market_is_flat(void)
{
	for (uint32_t i = 0; x != NULL && !others_beside() && i < BOTS; i++) {
		const struct xc_position *p = xc_position(x->core, 0, (uint16_t)i);
		if (p != NULL && p->n.n != 0)
			return false;
	}
	return true;
}

/* ---- for others.c */

bool market_order_there(uint32_t nth, struct order_there *out)
{
	for (xc_oid o = 0; x != NULL && o < xc_orders(x->core); o++) {
		const struct xc_order *p = xc_order(x->core, o);
		if (status_final(p->status) || nth-- > 0)
			continue;
		(void)snprintf(out->id, sizeof out->id, "%s", p->id);
		(void)snprintf(out->cid, sizeof out->cid, "%s", p->cid);
		return true;
	}
	return false;
}

static bool asset_of(const char *symbol, uint16_t *asset)
{
	return x != NULL && xc_find_asset(x->core, str_of(symbol), asset);
}

int64_t market_position(const char *symbol)
{
	uint16_t a;
	const struct xc_position *p = asset_of(symbol, &a) ? xc_position(x->core, 0, a) : NULL;

	return p == NULL ? 0 : p->n.n;
}

double market_print(const char *symbol)
{
	uint16_t a;

	return asset_of(symbol, &a) ? (double)xc_last_quote(x->core, a)->last.n / 1e9 : 0;
}

uint32_t market_foreign(uint32_t *beside)
{
	uint32_t n = 0;

	for (uint32_t i = BOTS; x != NULL && i < xc_assets(x->core); i++)
		n += xc_position(x->core, 0, (uint16_t)i) != NULL;
	*beside = 0;
	for (uint16_t i = 0; x != NULL && i < BOTS; i++)
		*beside += market_of_people(xc_asset(x->core, i)->symbol) != 0;
	return n;
}

/* Nobody but themselves cancels what people have ordered; a rule of the broker's, stops. */
static void left_alone(void)
{
	for (xc_oid o = 0; o < xc_orders(x->core); o++) {
		const struct xc_order *p = xc_order(x->core, o);
		if (strncmp(p->cid, "hand-", 5) == 0 && p->canceled != 0 && !xi_is_stop(p) &&
		    !others_wanted(p->cid))
			dst_fail("order %s, which people made, was cancelled", p->cid);
	}
}

/* ---- the books */

struct sum { int64_t n, value; };

static struct sum ours_of(const struct books *b, const struct xc_order *o)
{
	struct sum s = { 0 };

	for (uint32_t i = 0; i < b->fills_n; i++)
		if (strcmp(b->fill[i].order, o->cid) == 0 ||
		    strcmp(b->fill[i].order, o->id) == 0 || strcmp(b->fill[i].bid, o->id) == 0) {
			s.n += b->fill[i].n;
			s.value += b->fill[i].value;
		}
	return s;
}

static struct sum theirs_of(xc_oid o)
{
	struct sum s = { 0 };

	for (uint32_t i = 0; i < xc_executions(x->core); i++) {
		const struct xc_execution *e = xc_execution(x->core, i);
		if (e->order != o || e->amended == XC_BUSTED)
			continue;
		s.n += e->n.n;
		s.value += usd_of(e->at, e->n, ROUND_NEAR).n;
	}
	return s;
}

/* Of an order that was made in a time which the store has forgotten it knows all, or less. */
static bool agree(struct sum ours, struct sum theirs, ns made)
{
	if (more_forgot_at(made) && ours.n < theirs.n)
		return true;
	return ours.n == theirs.n && llabs(ours.value - theirs.value) < NUM_ONE / 100;
}

static void same_fills(struct books *b, bool forgot)
{
	struct sum all = { 0 };

	for (xc_oid o = 0; o < xc_orders(x->core); o++) {
		const struct xc_order *p = xc_order(x->core, o);
		struct sum ours = ours_of(b, p), theirs = { 0 };
		if (market_owner(x->core, o) < INSTANCES)
			theirs = theirs_of(o);	/* of people's nothing is booked */
		all.n += theirs.n;
		if (agree(ours, theirs, p->created))
			continue;
		dst_fail("order %s (%s %s %s): %.3f shares for %.4f are booked, %.3f for %.4f "
			 "were executed", p->cid, xc_asset(x->core, p->asset)->symbol,
			 side_text(p->side), type_text(p->type), (double)ours.n / 1e9,
			 (double)ours.value / 1e9, (double)theirs.n / 1e9,
			 (double)theirs.value / 1e9);
	}
	for (uint32_t i = 0; i < b->fills_n; i++) {
		all.n -= b->fill[i].n;
		for (uint32_t k = 0; b->fill[i].execution[0] != '\0' && k < i; k++)
			if (strcmp(b->fill[i].execution, b->fill[k].execution) == 0)
				dst_fail("execution %s is booked twice", b->fill[i].execution);
	}
	if (all.n != 0 && !(forgot && all.n > 0))
		dst_fail("%.3f shares more were executed than are booked", (double)all.n / 1e9);
}

void market_compare(struct books *b, bool forgot)
{
	char why[160];

	same_fills(b, forgot);
	left_alone();
	market_look();
	int64_t cash = 0;
	if (!more_is(MORE_OTHERS))
		cash = xc_account(x->core, 0).cash.n - xc_start_cash(x->core, 0).n;
	else
		for (int i = 0; i < INSTANCES; i++)
			cash += market_cash_of(i);
	/* Dividends, and what is paid for parts of a share behind a split, are no trade's. */
	for (uint32_t i = 0; !more_is(MORE_OTHERS) && i < xc_activities(x->core); i++) {
		const struct xc_activity *a = xc_activity(x->core, i);
		if (a->kind == XY_DIV || a->kind == XY_SPLIT)
			cash -= a->amount.n;
	}
	if (!forgot && !others_across() && b->open_trades == 0 &&
	    llabs(cash - b->pnl) > NUM_ONE / 20)
		dst_fail("the trades' profit is %.4f, the change of cash %.4f",
			 (double)b->pnl / 1e9, (double)cash / 1e9);
	for (int i = 0; more_is(MORE_TWO) && market_exact() && i < INSTANCES; i++)
		if (b->open_trades == 0 && llabs(market_cash_of(i) - b->pnl_of[i]) > NUM_ONE / 20)
			dst_fail("the profit of %c's trades is %.4f, and its orders made %.4f",
				 'a' + i, (double)b->pnl_of[i] / 1e9,
				 (double)market_cash_of(i) / 1e9);
	if (!xc_audit(x->core, 0, why, sizeof why))
		dst_fail("the exchange's own books do not add up: %s", why);
}

void market_flat(void)
{
	for (uint32_t i = 0; i < xc_assets(x->core); i++) {
		const struct xc_position *p = xc_position(x->core, 0, (uint16_t)i);
		if (p != NULL && p->n.n != 0)
			dst_fail("%.3f %s are held over night", (double)p->n.n / 1e9,
			     xc_asset(x->core, (uint16_t)i)->symbol);
	}
	for (xc_oid o = 0; o < xc_orders(x->core); o++)
		if (!status_final(xc_order(x->core, o)->status) &&
		    xc_order(x->core, o)->status != ST_DONE_FOR_DAY)
			dst_fail("order %s is left at the exchange, %s", xc_order(x->core, o)->cid,
			     status_text(xc_order(x->core, o)->status));
}
