/* account.c: an entry against what all instances together may do. The writer asks, one
 * order after the other, so that two instances cannot spend the same dollar. */
#include "risk/risk.h"

static usd plus(usd a, usd b)
{
	usd sum;

	if (__builtin_add_overflow(a.n, b.n, &sum.n))
		sum.n = b.n > 0 ? INT64_MAX : INT64_MIN;
	return sum;
}

static usd part_of(usd whole, int32_t bp)
{
	int64_t n;

	if (!num_muldiv_ok(&n, whole.n, bp, 10000, ROUND_DOWN))
		n = whole.n > 0 ? INT64_MAX : INT64_MIN;
	return (usd){ n };
}

void guard_init(struct guard *g, const struct limits_account *l)
{
	assert(l->positions_max >= 0 && l->margin_bp >= 0 && l->cash_bp >= 0);
	*g = (struct guard){ .limits = *l };
}

void guard_account(struct guard *g, const struct account *a, int32_t today)
{
	assert(memchr(a->status, '\0', sizeof a->status) != NULL);
	if (!g->have_account || today != g->day) {
		g->day = today;
		g->day_equity = a->equity;
	}
	g->account = *a;
	g->have_account = true;
	/* The broker's figures contain what was let through before. */
	g->reserved = (usd){ 0 };
}

/* Legs have no id of ours; the broker's own fits the same place. */
static const char *key_of(const struct order *o)
{
	static_assert(UUID_TEXT <= CID_TEXT, "a broker's id fits the place of ours");
	return o->cid[0] != '\0' ? o->cid : o->bid;
}

static struct guard_order *find(struct guard *g, const char *key)
{
	assert(g->orders_n <= GUARD_ORDERS);
	for (uint32_t i = 0; i < g->orders_n; i++)
		if (strcmp(g->order[i].cid, key) == 0)
			return &g->order[i];
	return NULL;
}

static void drop(struct guard *g, struct guard_order *at)
{
	assert(g->orders_n > 0 && at >= g->order && at < g->order + g->orders_n);
	*at = g->order[--g->orders_n];
}

static void add(struct guard *g, const struct order *o, usd notional)
{
	const char *key = key_of(o);
	struct guard_order *at = find(g, key);

	if (key[0] == '\0')
		return;
	if (at == NULL) {
		if (g->orders_n == GUARD_ORDERS)
			return;
		at = &g->order[g->orders_n++];
		*at = (struct guard_order){ 0 };
		bool fits = str_copy(at->cid, sizeof at->cid, str_of(key));
		assert(fits);
		(void)fits;
	}
	if (at->notional.n == 0)
		at->notional = notional;
	at->sym = o->sym;
	at->side = o->side;
	at->instance = o->instance;
	at->entry = o->role == ROLE_ENTRY;
}

void guard_order(struct guard *g, const struct order *o)
{
	struct guard_order *at;

	assert(o->stage <= ORDER_DONE);
	if (o->stage != ORDER_DONE) {
		add(g, o, (usd){ 0 });
		return;
	}
	at = find(g, key_of(o));
	if (at == NULL)
		return;
	/* An entry that came to nothing gives back what was set aside for it. */
	if (at->entry && o->done.n == 0)
		g->reserved.n = g->reserved.n > at->notional.n ? g->reserved.n - at->notional.n : 0;
	drop(g, at);
}

void guard_positions(struct guard *g, uint32_t open_trades)
{
	assert(open_trades <= GUARD_ORDERS);
	g->positions = open_trades;
}

static bool line(struct gate_trace *t, enum deny check, double value, double limit, bool ok)
{
	assert(t->n < COUNT(t->line));
	t->line[t->n].check = (uint8_t)check;
	t->line[t->n].value = value;
	t->line[t->n].limit = limit;
	t->n++;
	return ok;
}

static uint32_t opposite(const struct guard *g, const struct order *o)
{
	uint32_t n = 0;

	assert(g->orders_n <= GUARD_ORDERS);
	for (uint32_t i = 0; i < g->orders_n; i++) {
		const struct guard_order *other = &g->order[i];
		n += other->sym == o->sym && other->side != o->side &&
			other->instance != o->instance;
	}
	return n;
}

static bool funds(struct guard *g, const struct order *o, usd notional, struct gate_trace *t,
		  enum deny *why)
{
	const struct account *a = &g->account;
	usd asked = plus(notional, g->reserved);
	/* The broker reckons shorts at 3 % more. */
	usd power = o->side == SIDE_SELL ? plus(asked, part_of(notional, 300)) : asked;
	usd floor = part_of(g->day_equity, 10000 - g->limits.day_loss_bp);
	usd margin = plus(a->initial_margin, (usd){ asked.n / 2 });
	usd left = o->side == SIDE_BUY ? plus(a->cash, (usd){ -asked.n }) : a->cash;
	usd least = part_of(a->equity, g->limits.cash_bp);

	assert(asked.n >= 0);
	*why = DENY_BUYING_POWER;
	if (!line(t, *why, usd_f64(power), usd_f64(a->buying_power), power.n <= a->buying_power.n))
		return false;
	*why = DENY_PORTFOLIO_POSITIONS;
	if (!line(t, *why, g->positions + 1.0, g->limits.positions_max,
		  (int64_t)g->positions < g->limits.positions_max && g->orders_n < GUARD_ORDERS))
		return false;
	*why = DENY_PORTFOLIO_LOSS;
	if (!line(t, *why, usd_f64(a->equity), usd_f64(floor), a->equity.n > floor.n))
		return false;
	*why = DENY_MARGIN;
	if (!line(t, *why, usd_f64(margin), usd_f64(part_of(a->equity, g->limits.margin_bp)),
		  margin.n <= part_of(a->equity, g->limits.margin_bp).n))
		return false;
	*why = DENY_CASH;
	return line(t, *why, usd_f64(left), usd_f64(least), left.n >= least.n);
}

enum deny guard_check(struct guard *g, const struct order *o, px last, struct gate_trace *trace)
{
	const struct account *a = &g->account;
	usd notional = { 0 };
	enum deny why;

	trace->n = 0;
	assert(o->role <= ROLE_EXIT);
	if (o->role != ROLE_ENTRY)
		return ALLOW;
	bool usable = g->have_account && !a->blocked && a->equity.n > 0 &&
		(o->side == SIDE_BUY || a->shorting);
	if (!line(trace, DENY_ACCOUNT, usable, 1, usable))
		return DENY_ACCOUNT;
	px at = o->type == TYPE_LIMIT ? o->limit : last;
	if (!num_muldiv_ok(&notional.n, at.n, o->want.n, NUM_ONE, ROUND_UP) || notional.n <= 0 ||
	    plus(notional, g->reserved).n == INT64_MAX) {
		line(trace, DENY_BUYING_POWER, usd_f64(notional), usd_f64(a->buying_power), false);
		return DENY_BUYING_POWER;
	}
	if (!funds(g, o, notional, trace, &why))
		return why;
	uint32_t others = opposite(g, o);
	if (!line(trace, DENY_OPPOSITE, others, 0, others == 0))
		return DENY_OPPOSITE;
	/* Asked a second time (sent again after a doubt), it is not set aside twice. */
	const struct guard_order *known = find(g, key_of(o));
	if (known == NULL || known->notional.n == 0)
		g->reserved = plus(g->reserved, notional);
	add(g, o, notional);
	return ALLOW;
}
