/* backtest_open.c: accounts, their engines, and the charts that these share. First the plans are
 * made of what all instances ask for, then it is known how large everything is. */
#include "run/backtest_inner.h"

#include <stdio.h>
#include <sys/mman.h>

#include "base/crew.h"
#include "base/text.h"

/* ---- what is asked for */

static bool has_symbol(const struct engine_config *c, sym s)
{
	for (uint32_t i = 0; i < c->symbols_n; i++)
		if (c->symbol[i] == s)
			return true;
	return false;
}

static uint32_t enabled(const struct config *c, uint32_t which[INSTANCES_MAX])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->instances_n; i++)
		if (c->instance_enabled[i])
			which[n++] = i;
	return n;
}

/* What holding begins with: the first open that counts. */
static struct lab_prices prices_of(const struct backtest *b, sym s)
{
	const struct columns *c = &b->bars.col[s];
	uint32_t i = columns_seek(c, b->from);
	px open = i < c->head->rows ? columns_bar(c, i, s).open : (px){ 0 };

	return (struct lab_prices){ s, open, b->close + (size_t)s * b->days_max };
}

static void open_prices(struct backtest *b)
{
	sym bench = symbols_find(&b->c.config->symbols, str_of(b->c.config->benchmark));

	b->close = ARENA_NEW(&b->books, px, (size_t)b->bars.symbols * b->days_max);
	if (bench < b->bars.symbols && b->bars.col[bench].head != NULL)
		b->bench = prices_of(b, bench);
}

/* Symbols that these instances trade; the benchmark apart. */
static void hold(struct backtest *b, struct lab_held *h, const uint32_t *instance, uint32_t n)
{
	struct lab_prices *p = ARENA_NEW(&b->books, struct lab_prices, b->bars.symbols);

	h->prices = p;
	for (uint32_t s = 0; s < b->bars.symbols; s++) {
		bool traded = false;
		for (uint32_t i = 0; i < n; i++)
			traded |= has_symbol(&b->c.config->instance[instance[i]], (sym)s);
		if (traded && b->bars.col[s].head != NULL)
			p[h->n++] = prices_of(b, (sym)s);
		else if (traded && h->missing++ == 0)
			h->first_missing = (sym)s;
	}
}

static uint32_t sessions_between(const struct calendar *c, ns from, ns to)
{
	uint32_t n = 0;

	for (struct session s = calendar_next(c, from); s.open < to && s.close > from; n++)
		from = s.close, s = calendar_next(c, from);
	return n;
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
				       "symbols; without it: --set instance.%s.enabled=no", c->name,
				       c->name);
			return ERR_CONFIG;
		}
	}
	return OK;
}

/* ---- charts */

static bool same_chart(const struct bt_chart *c, const struct engine_config *e)
{
	return !c->full && c->timeframe_s == e->timeframe_s && c->history == e->history &&
	       c->bench == e->bench;
}

static uint32_t nodes_of(const struct backtest *b)
{
	uint32_t n = b->c.variants / b->passes * BT_NODES_EACH + BT_NODES;

	return n < BT_NODES_MAX ? n : BT_NODES_MAX;
}

static enum bt_takes how(const struct backtest *b, const struct bt_chart *c, sym s)
{
	const struct columns_head *h = b->bars.col[s].head;

	if (h == NULL)
		return BT_ENDED;
	return h->span_s == (uint32_t)c->timeframe_s ? BT_AHEAD : BT_ENDED;
}

static struct bt_chart *chart_for(struct backtest *b, struct bt_pass *p,
				  const struct engine_config *e)
{
	struct bt_chart *c = p->chart;

	while (c < p->chart + p->charts && !same_chart(c, e))
		c++;
	if (c == p->chart + p->charts) {
		assert(p->charts < INSTANCES_MAX);
		*c = (struct bt_chart){ .timeframe_s = e->timeframe_s, .history = e->history,
					.bench = e->bench };
		c->plan = plan_new(&b->books, nodes_of(b), e->timeframe_s);
		p->charts++;
	}
	for (uint32_t s = 0; s < b->bars.symbols; s++)
		if (e->bench == s || has_symbol(e, (sym)s))
			c->takes[s] = (uint8_t)(how(b, c, (sym)s));
	return c;
}

static enum err plan_member(struct backtest *b, struct bt_account *a, uint32_t instance,
			    char *why, size_t size)
{
	struct bt_member *m = &a->member[a->members];
	struct rule_error wrong;

	m->c = b->c.config->instance[instance];
	m->c.calendar = &b->calendar;
	m->c.unheard = true;
	m->c.trades = &b->books;
	if (b->c.variants > 0)
		m->c.params = b->c.variant[a->nth];
	m->chart = chart_for(b, a->pass, &m->c);
	m->wake = INT64_MAX;
	m->index = (uint16_t)a->members++;
	bool fits = engine_plan(&m->c, m->chart->plan, &wrong);
	if (!fits && b->c.variants == 0) {
		/* What has no room beside the others (timeframes, values) has a chart alone. */
		m->chart->full = true;
		m->chart = chart_for(b, a->pass, &m->c);
		fits = engine_plan(&m->c, m->chart->plan, &wrong);
	}
	if (fits)
		return OK;
	(void)snprintf(why, size, "[instance %s]: %s", m->c.name, wrong.text);
	return ERR_CONFIG;
}

static struct chart_config chart_config(const struct backtest *b, const struct bt_chart *c,
					sym symbol[static CONFIG_SYMBOLS_MAX])
{
	struct chart_config config = { .plan = c->plan, .calendar = &b->calendar,
				       .extended = c->history == HISTORY_ALL, .symbol = symbol,
				       .bench = c->bench, .ahead = true };

	for (uint32_t s = 0; s < b->bars.symbols; s++)
		if (c->takes[s])
			symbol[config.symbols++] = (sym)s;
	return config;
}

/* In 64 bits: of a machine with 32 it may be more than there can be. */
static uint64_t engines_size(struct backtest *b)
{
	sym symbol[CONFIG_SYMBOLS_MAX];
	uint64_t size = 4096;

	for (uint32_t i = 0; i < b->passes; i++)
		for (uint32_t k = 0; k < b->pass[i].charts; k++) {
			struct bt_chart *c = &b->pass[i].chart[k];
			plan_seal(c->plan);
			struct chart_config config = chart_config(b, c, symbol);
			size += chart_size(&config) + 64;
		}
	for (uint32_t i = 0; i < b->accounts_n; i++) {
		struct bt_account *a = &b->account[i];
		for (uint32_t k = 0; k < a->members; k++) {
			struct bt_member *m = &a->member[k];
			m->c.plan = m->chart->plan;
			m->c.chart = (struct chart *)m->chart;	/* not one of its own */
			size += engine_size(&m->c) + 64;
		}
	}
	return size;
}

static void make_charts(struct backtest *b)
{
	sym symbol[CONFIG_SYMBOLS_MAX];

	for (uint32_t i = 0; i < b->passes; i++)
		for (uint32_t k = 0; k < b->pass[i].charts; k++) {
			struct bt_chart *c = &b->pass[i].chart[k];
			struct chart_config config = chart_config(b, c, symbol);
			c->chart = chart_new(&b->arena, &config);
			c->sieve.max = BT_TESTS;
			c->sieve.test = ARENA_NEW(&b->books, struct sieve_test, BT_TESTS);
		}
}

static bool open_account(struct backtest *b, struct bt_account *a)
{
	a->owner = ARENA_NEW(&b->dense, uint16_t, BT_ORDERS * a->members);
	a->day = ARENA_NEW(&b->dense, struct lab_day, b->days_max);
	a->instance = ARENA_NEW(&b->dense, struct lab_instance, a->members);
	a->funnel = ARENA_NEW(&b->dense, struct lab_funnel, (size_t)a->members * FUNNEL_MAX);
	for (uint32_t k = 0; k < a->members; k++) {
		struct bt_member *m = &a->member[k];
		m->c.chart = m->chart->chart;
		m->engine = engine_new(&b->arena, &m->c);
		m->follows = engine_follows(m->engine);
		if (m->c.strategy->outside) {
			m->exec = exec_open(&m->c, false, BT_PATIENCE);
			if (m->exec == NULL)
				return false;
		}
		m->chart->followers += m->follows;
		/* The variants of one instance have the same symbols in the same places. */
		if (b->c.variants > 0)
			(void)engine_join(m->engine, &m->chart->sieve);
	}
	return bt_account_open(a);
}

static void begin_account(void *backtest, uint32_t i)
{
	bt_account_begin(&((struct backtest *)backtest)->account[i]);
}

/* ---- all of it */

/* Variants have all one chart. */
static uint32_t charts_of(const struct backtest *b)
{
	return b->c.variants > 0 ? 1 : INSTANCES_MAX;
}

/* For accounts that are gone through one after another, and for columns of a chart, which lie a
 * page or more apart. Without large pages it is only slower. */
static enum err open_dense(const struct backtest *b, struct arena *a, size_t size)
{
	/* What is as long as whole pages begins at one, too. */
	enum err e = arena_open(a, b->c.variants > 0 ? (size | (BT_LARGE - 1)) + 1 : size);

	if (e == OK)
		(void)madvise(a->memory, a->size, MADV_HUGEPAGE);
	return e;
}

/* 64 bytes for what alignment takes from each table. */
static size_t dense_size(const struct backtest *b, uint32_t members)
{
	size_t account = sizeof(struct bt_account) + b->days_max * sizeof(struct lab_day) + 3 * 64;
	size_t member = sizeof(struct bt_member) + sizeof(struct lab_instance) +
			BT_ORDERS * sizeof(uint16_t) + FUNNEL_MAX * sizeof(struct lab_funnel) +
			4 * 64;

	return b->accounts_n * account + members * member + 4096;
}

static size_t books_size(const struct backtest *b, uint32_t members)
{
	return b->passes * (sizeof(struct bt_pass) + 64) + members * (engine_trades_size() + 64) +
	       (size_t)b->bars.symbols * b->days_max * sizeof(px) +
	       (b->c.alone ? members : 1) * (b->bars.symbols * sizeof(struct lab_prices) + 64) +
	       b->passes * charts_of(b) * (plan_size(nodes_of(b)) + 128 +
				BT_TESTS * sizeof(struct sieve_test)) + 4096;
}

/* What a thread goes through lies together, and apart from what another one does. */
static void share_out(struct backtest *b)
{
	struct bt_account *a = b->account;

	for (uint32_t i = 0; i < b->passes; i++) {
		struct bt_pass *p = &b->pass[i];
		p->b = b;
		p->account = a;
		for (uint32_t row = 0;; row++, a++, p->n++) {
			uint32_t nth = row * b->passes + bt_turn(b, row, i);
			if (nth >= b->accounts_n)
				break;
			a->pass = p;
			a->nth = nth;
		}
	}
	assert(a == b->account + b->accounts_n);
}

static enum err open_books(struct backtest *b, const uint32_t *instance, uint32_t n, char *why,
			   size_t size)
{
	uint32_t members = b->accounts_n > n ? b->accounts_n : n;
	enum err e = arena_open(&b->books, books_size(b, members));

	if (e == OK)
		e = open_dense(b, &b->dense, dense_size(b, members));
	if (e != OK)
		return text_why(why, size, "no memory for accounts", e);
	b->pass = ARENA_NEW(&b->books, struct bt_pass, b->passes);
	b->account = ARENA_NEW(&b->dense, struct bt_account, b->accounts_n);
	open_prices(b);
	assert(b->passes > 0);
	share_out(b);
	for (uint32_t i = 0; e == OK && i < b->accounts_n; i++) {
		struct bt_account *a = &b->account[i];
		uint32_t own = b->c.alone ? 1 : n;
		if (b->c.alone || i == 0)
			hold(b, &a->held, b->c.alone ? &instance[a->nth] : instance, own);
		else
			a->held = b->account[0].held;
		a->member = ARENA_NEW(&b->dense, struct bt_member, own);
		a->wake = INT64_MAX;
		for (uint32_t k = 0; e == OK && k < own; k++)
			e = plan_member(b, a, instance[b->c.alone ? a->nth : k], why, size);
	}
	return e;
}

enum err bt_open(struct backtest *b, char *why, size_t size)
{
	uint32_t instance[INSTANCES_MAX] = { 0 }, n = enabled(b->c.config, instance);

	if (n == 0)
		return text_why(why, size, "no instance is enabled", ERR_CONFIG);
	enum err e = bt_load(&b->bars, &b->c, why, size);
	if (e == OK)
		e = check_spans(b, instance, n, why, size);
	if (e != OK)
		return e;
	if (!find_span(b))
		return text_why(why, size, "there are no bars of a session behind the first day",
			      ERR_CONFIG);
	b->accounts_n = b->c.variants > 0 ? b->c.variants : b->c.alone ? n : 1;
	b->passes = b->c.threads < 1 ? 1 : b->c.threads;
	if (b->passes > b->accounts_n)
		b->passes = b->accounts_n;
	if (b->c.variants > 0 && n != 1)
		return text_why(why, size, "one instance can be varied at a time: name it with "
			      "--instance", ERR_CONFIG);
	if (b->c.variants > 0 && b->c.config->instance[instance[0]].strategy->outside)
		return text_why(why, size, "a strategy that is another program (exec) cannot be "
			      "varied", ERR_CONFIG);
	e = open_books(b, instance, n, why, size);
	if (e != OK)
		return e;
	uint64_t room = engines_size(b);
	e = room <= SIZE_MAX / 2 ? open_dense(b, &b->arena, (size_t)room) : ERR_FULL;
	if (e != OK)
		return text_why(why, size, "no memory for engines: fewer symbols, or rules that "
				"look back less", e);
	make_charts(b);
	for (uint32_t i = 0; i < b->accounts_n; i++)
		if (!open_account(b, &b->account[i]))
			return text_why(why, size, "no memory for accounts", ERR_FULL);
	crew_run(b->passes, b->accounts_n, begin_account, b);
	return OK;
}
