/* backtest.c: time. At each instant at which a bar begins, a slice ends, or a bar ends that a chart
 * waits for:
 *	1  the engines' clocks up to it
 *	2  bars that end here are given to the engines, and their slice is decided
 *	3  clocks that ring at this instant (holding times, session's end)
 *	4  bars that begin here meet the orders, those just placed among them */
#include "run/backtest_inner.h"

#include "base/crew.h"
#include "base/text.h"

/* ---- sessions */

/* The session's last prices, of all symbols: what buying and holding would be worth. */
static void keep_prices(struct bt_pass *p, uint32_t at)
{
	struct backtest *b = p->b;

	if (p != p->b->pass)
		return;		/* each pass sees the same */
	for (uint32_t s = 0; s < b->bars.symbols; s++)
		b->close[(size_t)s * b->days_max + at] = bt_last(p, s, p->session.close);
}

static void session_over(struct bt_pass *p)
{
	struct backtest *b = p->b;

	p->in_session = false;
	if (p->history)
		return;
	keep_prices(p, p->account->days_n);
	for (uint32_t i = 0; i < p->n; i++) {
		struct bt_account *a = &p->account[i];
		bt_wake(a, p->session.close - 1);
		bt_time(a, p->session.close - 1);
		bt_day_over(a, &p->session);
	}
	if (b->c.progress != NULL && p == b->pass)
		b->c.progress(b->c.ctx, p->session.close, b->from, b->to);
}

static void session_at(struct bt_pass *p, ns t)
{
	struct backtest *b = p->b;

	if (p->in_session && t < p->session.close)
		return;
	if (p->in_session)
		session_over(p);
	if (t >= p->session.close)
		p->session = calendar_next(&b->calendar, t);
	if (p->in_session || t < p->session.open)
		return;
	p->in_session = true;
	p->history = b->c.from != 0 && p->session.date < b->c.from;
}

/* ---- bars */

static inline ns next_begin(const struct bt_cursor *c)
{
	return c->begun < c->rows ? c->minute[c->begun] * NS_MINUTE : INT64_MAX;
}

static void start_symbols(struct bt_pass *p)
{
	const struct backtest *b = p->b;

	p->next = INT64_MAX;
	p->history = b->c.from != 0;
	if (p->history)
		p->live_from = calendar_next(&b->calendar, ny_time(b->c.from, 0, 0)).open;
	for (uint32_t s = 0; s < p->b->bars.symbols; s++) {
		const struct columns *c = &p->b->bars.col[s];
		struct bt_cursor *at = &p->cursor[s];
		at->next = INT64_MAX;
		for (uint32_t i = 0; i < p->charts; i++)
			at->one_by_one |= p->chart[i].takes[s] == BT_ENDED;
		if (c->head == NULL)
			continue;
		at->minute = c->minute;
		at->rows = c->head->rows;
		at->span = c->head->span_s * NS_SECOND;
		at->next = next_begin(at);
		p->next = at->next < p->next ? at->next : p->next;
	}
}

static ns next_instant(const struct bt_pass *p)
{
	ns t = p->next;

	/* A slice may end where no bar does: its last minutes were without trades. */
	for (uint32_t i = 0; i < p->charts; i++) {
		ns end = chart_pending(p->chart[i].chart);
		t = end < t ? end : t;
	}
	return t;
}

/* The newest one has ended. */
static void give_bar(struct bt_pass *p, sym s, ns t)
{
	struct bar bar = columns_bar(&p->b->bars.col[s], p->cursor[s].begun - 1, s);

	bar.flags = t <= p->live_from ? BAR_WARMUP : 0;
	for (uint32_t i = 0; i < p->charts; i++)
		if (p->chart[i].takes[s] == BT_ENDED)
			(void)chart_take(p->chart[i].chart, &bar, p->chart[i].decided);
}

/* The next bars of a symbol, for charts that show none of them before it has ended. A block is
 * history as a whole, or not at all. */
static void feed(struct bt_pass *p, sym s)
{
	const struct columns *c = &p->b->bars.col[s];
	struct bt_cursor *cursor = &p->cursor[s];
	uint32_t at = cursor->fed, n = cursor->rows - at, edge = 0;
	struct chart_bars bars = { .minute = c->minute + at, .open = c->open + at,
		.high = c->high + at, .low = c->low + at, .close = c->close + at,
		.volume = c->volume + at, .unit = c->head->unit };

	bars.n = n < CHART_AHEAD ? n : CHART_AHEAD;
	while (edge < bars.n && columns_time(c, at + edge) + cursor->span <= p->live_from)
		edge++;
	bars.warmup = edge > 0;
	bars.n = edge > 0 ? edge : bars.n;
	for (uint32_t i = 0; i < p->charts; i++)
		if (p->chart[i].takes[s] == BT_AHEAD)
			chart_ahead(p->chart[i].chart, chart_find(p->chart[i].chart, s), &bars);
	cursor->fed = at + bars.n;
}

/* What will be read of a symbol comes from memory while another one's is read. */
static void fetch(const struct bt_pass *p, sym s)
{
	const struct columns *c = &p->b->bars.col[s];
	const uint32_t *column[] = { c->minute, c->open, c->high, c->low, c->close };
	uint32_t at = p->cursor[s].fed;

	for (uint32_t i = 0; i < CHART_AHEAD; i += 16)
		for (size_t k = 0; k < COUNT(column); k++)
			__builtin_prefetch(column[k] + at + i);
	for (uint32_t i = 0; i < CHART_AHEAD; i += 8)
		__builtin_prefetch(c->volume + at + i);
}

static void feed_all(struct bt_pass *p)
{
	while (p->hungry_n > 0) {
		sym s = p->hungry[--p->hungry_n];
		if (p->hungry_n > 0)
			fetch(p, p->hungry[p->hungry_n - 1]);
		feed(p, s);
	}
}

/* At t the next bar begins; or the newest one has ended, which a chart waits for, and the next may
 * begin at once. */
static inline void turn(struct bt_pass *p, struct bt_cursor *c, sym s, ns t)
{
	if (c->ends) {
		give_bar(p, s, t);
		c->ends = false;
		c->next = next_begin(c);
		assert(c->next >= t);
		if (c->next != t)
			return;
	}
	if (c->begun++ == c->fed)
		p->hungry[p->hungry_n++] = s;
	c->ends = c->one_by_one;
	c->next = c->ends ? t + c->span : next_begin(c);
	assert(c->next > t);
}

static void bars_turn(struct bt_pass *p, ns t)
{
	uint32_t symbols = p->b->bars.symbols;
	ns next = INT64_MAX;

	for (uint32_t s = 0; s < symbols; s++) {
		struct bt_cursor *c = &p->cursor[s];
		if (c->next == t)
			turn(p, c, (sym)s, t);
		next = c->next < next ? c->next : next;
	}
	p->next = next;
}

/* Does a bar of the k-th symbol that has orders begin now? */
static bool begins(const struct bt_pass *p, const struct bt_account *a, uint32_t k, ns t,
		   struct bar *out)
{
	sym s = a->active[k];
	const struct columns *c = &p->b->bars.col[s];
	uint32_t n = p->cursor[s].begun;

	if (n == 0 || columns_time(c, n - 1) != t)
		return false;
	*out = columns_bar(c, n - 1, s);
	return true;
}

static void drop_inactive(struct bt_account *a)
{
	xc_oid one;

	for (uint32_t k = 0; k < a->active_n;) {
		sym s = a->active[k];
		if (xc_live(a->x, s, &one, 1) > 0) {
			k++;
			continue;
		}
		a->is_active[s] = false;
		a->active[k] = a->active[--a->active_n];
	}
}

/* The opens of all symbols are at one time, so they come before all else. */
static void bars_begin(struct bt_pass *p, struct bt_account *a, ns t)
{
	struct bar bar;

	a->fills = t;
	for (uint32_t k = 0; k < a->active_n; k++)
		if (begins(p, a, k, t, &bar))
			bt_open_bar(a, a->active[k], &bar);
	a->fills = 0;
	/* An entry that was filled in part has its rest taken back, and a stop of its own. */
	bt_wake(a, t + GRACE_PARTIAL);
	a->fills = t;
	for (uint32_t k = 0; k < a->active_n; k++)
		if (begins(p, a, k, t, &bar))
			bt_rest_of_bar(a, a->active[k], &bar);
	a->fills = 0;
	drop_inactive(a);
	bt_forget(a);
}

/* Whoever holds shares has orders for them. */
static void count_held(struct bt_account *a)
{
	int64_t gross = 0, n;

	for (uint32_t k = 0; k < a->active_n; k++) {
		const struct xc_position *p = xc_position(a->x, 0, a->active[k]);
		px last = bt_last(a->pass, a->active[k], a->now);
		if (p != NULL && num_muldiv_ok(&n, p->n.n, last.n, NUM_ONE, ROUND_NEAR))
			gross += n < 0 ? -n : n;
	}
	a->bars_in += gross > 0;
	if (gross > a->invested.n)
		a->invested.n = gross;
}

static void tell_followers(struct bt_pass *p, const struct bt_chart *c, uint32_t slot)
{
	for (uint32_t i = 0; i < p->n && c->followers > 0; i++) {
		struct bt_account *a = &p->account[i];
		for (uint32_t k = 0; k < a->members; k++)
			if (a->member[k].chart == c && a->member[k].follows)
				engine_bar(a->member[k].engine, slot);
	}
}

/* Slices that end here are closed; true: there are some to be decided. */
static bool close_slices(struct bt_pass *p, ns t)
{
	bool any = false;
	uint32_t slot;

	for (uint32_t i = 0; i < p->charts; i++) {
		struct bt_chart *c = &p->chart[i];
		if (chart_pending(c->chart) <= t) {
			c->decided = c->followers > 0 ? chart_close(c->chart) :
							chart_advance(c->chart);
			any = true;
		}
		while (chart_next(c->chart, &slot))
			tell_followers(p, c, slot);
	}
	return any && !p->history;
}

/* A strategy in another program says what it makes of the slice. */
static void ask_program(struct bt_account *a, struct bt_member *m)
{
	struct event ev;

	exec_ask(m->exec, m->engine);
	while (exec_next(m->exec, &ev)) {
		ev.ts = a->now;
		bt_step(a, m, &ev);
	}
	bt_settle(a);
}

static void decide(struct bt_account *a, ns t)
{
	const struct session *s = &a->pass->session;

	bt_time(a, t);
	for (uint32_t k = 0; k < a->members; k++) {
		struct bt_member *m = &a->member[k];
		if (m->chart->decided != t)
			continue;
		bt_slice(a, m, t);
		if (m->exec != NULL)
			ask_program(a, m);
	}
	if (t <= s->open || t > s->close)
		return;
	a->bars++;
	a->instants++;
	if (a->open_n > 0)
		count_held(a);
}

/* What the next account's decision reads comes from memory while this one's is made. */
static void decide_all(struct bt_pass *p, ns t)
{
	for (uint32_t i = 0; i < p->n; i++) {
		if (i + 2 < p->n)
			__builtin_prefetch(p->account[i + 2].member);
		if (i + 1 < p->n)
			engine_fetch(p->account[i + 1].member->engine);
		decide(&p->account[i], t);
	}
}

static inline void wake(struct bt_account *a, ns until)
{
	if (a->wake <= until)
		bt_wake(a, until);
}

static void instant(struct bt_pass *p, ns t)
{
	if (t > p->session.close)
		session_at(p, t);
	for (uint32_t i = 0; i < p->n; i++)
		wake(&p->account[i], t - 1);
	bars_turn(p, t);
	if (close_slices(p, t))
		decide_all(p, t);
	feed_all(p);
	session_at(p, t);
	for (uint32_t i = 0; i < p->n; i++) {
		struct bt_account *a = &p->account[i];
		wake(a, t);
		bt_time(a, t);
		if (p->in_session && a->active_n > 0)
			bars_begin(p, a, t);
	}
}

/* The first pass is on the caller's thread, for whoever watches the progress. */
static void walk(void *backtest, uint32_t pass)
{
	struct backtest *b = backtest;
	struct bt_pass *p = &b->pass[pass];

	start_symbols(p);
	ns t = next_instant(p);
	session_at(p, t);
	for (uint32_t i = 0; i < p->n; i++)
		bt_begin(&p->account[i], t);
	for (; t != INT64_MAX; t = next_instant(p))
		instant(p, t);
	if (p->in_session)
		session_over(p);
}

/* ---- */

enum err backtest_open(struct backtest **out, const struct backtest_config *c, char *why,
		       size_t why_size)
{
	struct arena own;
	enum err e = arena_open(&own, sizeof(struct backtest) + 16);

	if (e != OK)
		return text_why(why, why_size, "no memory", e);
	struct backtest *b = ARENA_NEW(&own, struct backtest, 1);
	b->own = own;
	b->c = *c;
	e = bt_open(b, why, why_size);
	if (e != OK)
		backtest_close(b);
	else
		*out = b;
	return e;
}

static bool programs_answered(const struct bt_account *a, char *why, size_t size)
{
	for (uint32_t i = 0; i < a->members; i++) {
		const struct bt_member *m = &a->member[i];
		if (m->exec == NULL || exec_failed(m->exec) == NULL)
			continue;
		struct text t;
		text_init(&t, why, size - 1);
		text_cstr(&t, "the program of [instance ");
		text_cstr(&t, m->c.name);
		text_cstr(&t, "] failed five times in a row: ");
		text_cstr(&t, exec_failed(m->exec));
		why[t.n] = '\0';
		return false;
	}
	return true;
}

static void judge(void *backtest, uint32_t pass)
{
	struct backtest *b = backtest;
	struct bt_pass *p = &b->pass[pass];

	bt_share_trades(p);
	for (uint32_t i = 0; i < p->n; i++) {
		struct bt_account *a = &p->account[i];
		bt_result(a);
		if (b->c.done != NULL)
			b->c.done(b->c.ctx, pass, a->nth, &a->run);
	}
}

enum err backtest_run(struct backtest *b, char *why, size_t why_size)
{
	crew_run(b->passes, b->passes, walk, b);
	for (uint32_t i = 0; i < b->accounts_n; i++) {
		if (!programs_answered(&b->account[i], why, why_size))
			return ERR_IO;
		if (b->account[i].pass->full)
			return text_why(why, why_size, "no memory for all the trades", ERR_FULL);
	}
	crew_run(b->passes, b->passes, judge, b);
	return OK;
}

void backtest_close(struct backtest *b)
{
	for (uint32_t i = 0; i < b->accounts_n && b->account != NULL; i++) {
		for (uint32_t k = 0; k < b->account[i].members; k++)
			exec_close(b->account[i].member[k].exec);
		bt_account_close(&b->account[i]);
	}
	for (uint32_t i = 0; i < b->passes && b->pass != NULL; i++)
		bt_drop_trades(&b->pass[i]);
	bt_unload(&b->bars);
	if (b->dense.memory != NULL)
		arena_close(&b->dense);
	if (b->arena.memory != NULL)
		arena_close(&b->arena);
	if (b->books.memory != NULL)
		arena_close(&b->books);
	struct arena own = b->own;	/* it lies in there itself */
	arena_close(&own);
}

uint32_t backtest_results(const struct backtest *b)
{
	return b->accounts_n;
}

const struct lab_run *backtest_result(const struct backtest *b, uint32_t i)
{
	uint32_t row = i / b->passes;

	assert(i < b->accounts_n);
	return &b->pass[bt_turn(b, row, i % b->passes)].account[row].run;
}
