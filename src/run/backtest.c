/* backtest.c: time. At each instant at which a bar begins or ends:
 *	1  the engines' clocks up to it
 *	2  bars that end here are given to the engines, and their slice is decided
 *	3  clocks that ring at this instant (holding times, session's end)
 *	4  bars that begin here meet the orders, those just placed among them */
#include "run/backtest_inner.h"

#include <stdio.h>

/* ---- sessions */

static uint32_t sessions_between(const struct calendar *c, ns from, ns to)
{
	uint32_t n = 0;

	for (struct session s = calendar_next(c, from); s.open < to && s.close > from; n++)
		from = s.close, s = calendar_next(c, from);
	return n;
}

/* The session's last prices, of all symbols: what buying and holding would be worth. */
static void keep_prices(struct bt_pass *p, uint32_t at)
{
	struct backtest *b = p->b;

	if (p->first != 0)
		return;		/* each pass sees the same */
	for (uint32_t s = 0; s < b->bars.symbols; s++)
		b->close[(size_t)s * b->days_max + at] = p->last[s];
}

static void session_over(struct bt_pass *p)
{
	struct backtest *b = p->b;

	p->in_session = false;
	if (p->history)
		return;
	keep_prices(p, b->account[p->first].days_n);
	for (uint32_t i = 0; i < p->n; i++) {
		struct bt_account *a = &b->account[p->first + i];
		bt_wake(a, p->session.close - 1);
		bt_time(a, p->session.close - 1);
		bt_day_over(a, &p->session);
	}
	if (b->c.progress != NULL && p->first == 0)
		b->c.progress(b->c.ctx, p->session.close, b->from, b->to);
}

static void session_at(struct bt_pass *p, ns t)
{
	struct backtest *b = p->b;

	if (p->in_session && t >= p->session.close)
		session_over(p);
	if (p->in_session || t >= p->session.close)
		p->session = calendar_next(&b->calendar, t);
	if (p->in_session || t < p->session.open)
		return;
	p->in_session = true;
	p->history = b->c.from != 0 && p->session.date < b->c.from;
	for (uint32_t i = 0; i < p->n && !p->history; i++)
		bt_renew(&b->account[p->first + i]);
}

/* ---- bars */

static void start_symbols(struct bt_pass *p)
{
	for (uint32_t s = 0; s < p->b->bars.symbols; s++) {
		const struct columns *c = &p->b->bars.col[s];
		p->next[s] = c->head != NULL ? columns_time(c, 0) : INT64_MAX;
	}
}

static ns next_instant(const struct bt_pass *p)
{
	ns t = INT64_MAX;

	for (uint32_t s = 0; s < p->b->bars.symbols; s++)
		t = p->next[s] < t ? p->next[s] : t;
	return t;
}

static void give_bar(struct bt_pass *p, const struct bar *bar)
{
	struct event ev = { .ts = bar->ts, .kind = EV_BAR, .u.bar = *bar };

	for (uint32_t i = 0; i < p->n; i++) {
		struct bt_account *a = &p->b->account[p->first + i];
		bt_time(a, bar->ts);
		for (uint32_t k = 0; k < a->members; k++)
			if (a->member[k].wants[bar->sym])
				bt_step(a, &a->member[k], &ev);
	}
}

/* The bar at `at` has ended; the next one may begin at once. */
static void end_bar(struct bt_pass *p, sym s)
{
	const struct columns *c = &p->b->bars.col[s];
	struct bar bar = columns_bar(c, p->at[s]++, s);

	bar.flags = p->history ? BAR_WARMUP : 0;
	p->last[s] = bar.close;
	p->read++;
	p->begun[s] = false;
	give_bar(p, &bar);
	p->next[s] = p->at[s] < c->head->rows ? columns_time(c, p->at[s]) : INT64_MAX;
	assert(p->next[s] >= bar.ts);
}

/* True: some have ended. */
static bool bars_end(struct bt_pass *p, ns t)
{
	uint64_t before = p->read;

	for (uint32_t s = 0; s < p->b->bars.symbols; s++) {
		if (p->next[s] == t && p->begun[s])
			end_bar(p, (sym)s);
		if (p->next[s] == t) {
			p->begun[s] = true;
			p->next[s] = t + bt_span(p->b, (sym)s);
		}
	}
	return p->read > before;
}

static void bars_begin(struct bt_pass *p, struct bt_account *a, ns t)
{
	for (uint32_t k = 0; k < a->active_n;) {
		sym s = a->active[k];
		const struct columns *c = &p->b->bars.col[s];
		if (p->begun[s] && columns_time(c, p->at[s]) == t) {
			struct bar bar = columns_bar(c, p->at[s], s);
			bt_path(a, s, &bar);
		}
		xc_oid one;
		if (xc_live(a->x, s, &one, 1) > 0) {
			k++;
			continue;
		}
		a->is_active[s] = false;
		a->active[k] = a->active[--a->active_n];
	}
}

/* Whoever holds shares has orders for them. */
static void count_held(struct bt_account *a)
{
	int64_t gross = 0, n;

	for (uint32_t k = 0; k < a->active_n; k++) {
		const struct xc_position *p = xc_position(a->x, 0, a->active[k]);
		if (p != NULL && num_muldiv_ok(&n, p->n.n, a->pass->last[a->active[k]].n, NUM_ONE,
					       ROUND_NEAR))
			gross += n < 0 ? -n : n;
	}
	a->bars_in += gross > 0;
	if (gross > a->invested.n)
		a->invested.n = gross;
}

static void decide(struct bt_account *a, ns t)
{
	struct event ev = { .ts = t, .kind = EV_CLOCK, .u.clock.complete = true };

	bt_time(a, t);
	for (uint32_t k = 0; k < a->members; k++) {
		bt_step(a, &a->member[k], &ev);
		bt_settle(a);
	}
	if (a->pass->history || t <= a->pass->session.open || t > a->pass->session.close)
		return;
	a->bars++;
	a->instants++;
	if (a->open_n > 0)
		count_held(a);
}

static void instant(struct bt_pass *p, ns t)
{
	struct backtest *b = p->b;

	if (t > p->session.close)
		session_at(p, t);
	for (uint32_t i = 0; i < p->n; i++)
		bt_wake(&b->account[p->first + i], t - 1);
	if (bars_end(p, t))
		for (uint32_t i = 0; i < p->n; i++)
			decide(&b->account[p->first + i], t);
	session_at(p, t);
	for (uint32_t i = 0; i < p->n; i++) {
		struct bt_account *a = &b->account[p->first + i];
		bt_wake(a, t);
		bt_time(a, t);
		if (p->in_session)
			bars_begin(p, a, t);
	}
}

static void walk(struct bt_pass *p)
{
	start_symbols(p);
	ns t = next_instant(p);
	session_at(p, t);
	for (uint32_t i = 0; i < p->n; i++)
		bt_begin(&p->b->account[p->first + i], t);
	for (; t != INT64_MAX; t = next_instant(p))
		instant(p, t);
	if (p->in_session)
		session_over(p);
}

/* ---- opening and closing */

static bool has_symbol(const struct engine_config *c, sym s)
{
	for (uint32_t i = 0; i < c->symbols_n; i++)
		if (c->symbol[i] == s)
			return true;
	return false;
}

static bool add_member(struct backtest *b, struct bt_account *a, uint32_t instance)
{
	struct bt_member *m = &a->member[a->members];

	m->c = &b->c.config->instance[instance];
	for (uint32_t s = 0; s < b->bars.symbols; s++)
		m->wants[s] = m->c->bench == s || has_symbol(m->c, (sym)s);
	m->engine = engine_new(&b->arena, m->c);
	m->wake = INT64_MAX;
	m->index = (uint16_t)a->members++;
	return m->engine != NULL;
}

static uint32_t enabled(const struct config *c, uint32_t which[INSTANCES_MAX])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->instances_n; i++)
		if (c->instance_enabled[i])
			which[n++] = i;
	return n;
}

static bool open_account(struct backtest *b, struct bt_account *a, const uint32_t *instance,
			 uint32_t n)
{
	a->member = ARENA_NEW(&b->arena, struct bt_member, n);
	for (uint32_t i = 0; i < n; i++)
		if (!add_member(b, a, instance[i]))
			return false;
	if (!bt_account_open(a, b->pass))
		return false;
	bt_result_open(a);
	return true;
}

static size_t arena_size(const struct backtest *b, const uint32_t *instance, uint32_t n)
{
	/* 16 bytes for what alignment takes from each, and that of an engine's own parts. */
	size_t size = sizeof(struct bt_pass) + 4096 +
		      (size_t)b->bars.symbols * b->days_max * sizeof(px);
	size_t account = sizeof(struct bt_account) + BT_ORDERS_MAX * sizeof(uint16_t) +
			 b->days_max * sizeof(struct lab_day) + 256;
	size_t member = sizeof(struct bt_member) + sizeof(struct lab_instance) +
			FUNNEL_MAX * sizeof(struct lab_funnel) + 256;

	for (uint32_t i = 0; i < n; i++)
		size += engine_size(&b->c.config->instance[instance[i]]) + member + account;
	return size;
}

/* Symbols that are traded; the benchmark apart. */
static void open_prices(struct backtest *b, const uint32_t *instance, uint32_t n)
{
	const struct config *c = b->c.config;
	sym bench = symbols_find(&c->symbols, str_of(c->benchmark));

	b->close = ARENA_NEW(&b->arena, px, (size_t)b->bars.symbols * b->days_max);
	for (uint32_t s = 0; s < b->bars.symbols; s++) {
		bool traded = false;
		for (uint32_t i = 0; i < n; i++)
			traded |= has_symbol(&c->instance[instance[i]], (sym)s);
		px *close = b->close + (size_t)s * b->days_max;
		if (traded && b->bars.col[s].head != NULL)
			b->prices[b->prices_n++] = (struct lab_prices){ (sym)s, close };
		if (s == bench && b->bars.col[s].head != NULL)
			b->bench = (struct lab_prices){ (sym)s, close };
	}
}

static enum err complain(char *why, size_t size, const char *words, enum err e)
{
	(void)snprintf(why, size, "%s", words);
	return e;
}

/* Which sessions count. */
static bool find_span(struct backtest *b)
{
	ns from = b->c.from != 0 ? ny_time(b->c.from, 0, 0) : 0;

	if (from < b->bars.first)
		from = b->bars.first;
	b->from = calendar_next(&b->calendar, from).open;
	b->to = calendar_last(&b->calendar, b->bars.last - 1).close;
	b->days_max = b->to > b->from ? sessions_between(&b->calendar, b->from, b->to) : 0;
	return b->days_max > 0;
}

/* Each instance needs bars that it can join to its own. */
static enum err check_spans(const struct backtest *b, const uint32_t *instance, uint32_t n,
			    char *why, size_t size)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct engine_config *c = &b->c.config->instance[instance[i]];
		uint32_t have = 0;
		for (uint32_t k = 0; k < c->symbols_n; k++) {
			const struct columns_head *h = b->bars.col[c->symbol[k]].head;
			if (h == NULL)
				continue;
			have++;
			if ((uint32_t)c->timeframe_s % h->span_s == 0)
				continue;
			(void)snprintf(why, size, "[instance %s] decides on bars of %d minutes, "
				       "those of %s are of %u: set its timeframe, or --timeframe",
				       c->name, c->timeframe_s / 60, h->symbol, h->span_s / 60);
			return ERR_CONFIG;
		}
		if (have == 0) {
			(void)snprintf(why, size, "[instance %s]: there are no bars of any of its "
				       "symbols", c->name);
			return ERR_CONFIG;
		}
	}
	return OK;
}

static enum err open_all(struct backtest *b, char *why, size_t size)
{
	uint32_t instance[INSTANCES_MAX], n = enabled(b->c.config, instance);

	if (n == 0)
		return complain(why, size, "no instance is enabled", ERR_CONFIG);
	enum err e = bt_load(&b->bars, &b->c, why, size);
	if (e == OK)
		e = check_spans(b, instance, n, why, size);
	if (e != OK)
		return e;
	if (!find_span(b))
		return complain(why, size, "there are no bars of a session behind the first day",
				ERR_CONFIG);
	e = arena_open(&b->arena, arena_size(b, instance, n));
	if (e != OK)
		return complain(why, size, "no memory", e);
	b->accounts_n = b->c.alone ? n : 1;
	b->pass = ARENA_NEW(&b->arena, struct bt_pass, 1);
	*b->pass = (struct bt_pass){ .b = b, .n = b->accounts_n };
	b->account = ARENA_NEW(&b->arena, struct bt_account, b->accounts_n);
	open_prices(b, instance, n);
	for (uint32_t i = 0; i < b->accounts_n; i++)
		if (!open_account(b, &b->account[i], instance + i, b->c.alone ? 1 : n))
			return complain(why, size, "no memory for accounts", ERR_FULL);
	return OK;
}

enum err backtest_open(struct backtest **out, const struct backtest_config *c, char *why,
		       size_t why_size)
{
	struct arena own;
	size_t plans = c->config->instances_n * (plan_size(ENGINE_NODES) + 64);
	enum err e = arena_open(&own, sizeof(struct backtest) + plans + 16);

	if (e != OK)
		return complain(why, why_size, "no memory", e);
	struct backtest *b = ARENA_NEW(&own, struct backtest, 1);
	b->own = own;
	b->c = *c;
	for (uint32_t i = 0; i < c->config->instances_n; i++)
		c->config->instance[i].calendar = &b->calendar;
	for (uint32_t i = 0; i < c->config->instances_n; i++)
		engine_plan_own(&c->config->instance[i], &b->own);
	e = open_all(b, why, why_size);
	if (e != OK)
		backtest_close(b);
	else
		*out = b;
	return e;
}

enum err backtest_run(struct backtest *b, char *why, size_t why_size)
{
	walk(b->pass);
	for (uint32_t i = 0; i < b->accounts_n; i++) {
		if (b->account[i].full)
			return complain(why, why_size, "no memory for all the trades", ERR_FULL);
		bt_result(&b->account[i]);
	}
	return OK;
}

void backtest_close(struct backtest *b)
{
	for (uint32_t i = 0; i < b->accounts_n && b->account != NULL; i++)
		bt_account_close(&b->account[i]);
	bt_unload(&b->bars);
	if (b->arena.memory != NULL)
		arena_close(&b->arena);
	struct arena own = b->own;	/* it lies in there itself */
	arena_close(&own);
}

uint32_t backtest_results(const struct backtest *b)
{
	return b->accounts_n;
}

const struct lab_run *backtest_result(const struct backtest *b, uint32_t i)
{
	assert(i < b->accounts_n);
	return &b->account[i].run;
}
