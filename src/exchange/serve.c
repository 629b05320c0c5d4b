/* serve.c: the exchange as a whole: opening, the loop, and the market's clock.
 *
 * It is always known when the market's next instant will be; what it holds, only when it is
 * reached. Between two instants of the market lie those at which something else is due: an
 * order's latency ends, a client's wish, a fault. */
#include <errno.h>

#include "base/log.h"
#include "exchange/serve_inner.h"

#define LOOP_MAX (100 * NS_MS)	/* so often *stop is looked at */
#define BURST    64		/* instants between two looks at the sockets */

/* ---- time */

static ns due_of(const struct exchange *x)
{
	ns due = xc_next_due(x->core), wake = sim_wake(x), fault = faults_due(x);

	due = wake < due ? wake : due;
	due = fault < due ? fault : due;
	if (x->have_next)
		return due < x->next.ts ? due : INT64_MAX;
	return due - x->now < XS_AFTERMATH ? due : INT64_MAX;
}

/* The next instant; INT64_MAX: there is none. */
static ns next_at(const struct exchange *x)
{
	ns due = due_of(x);

	return due != INT64_MAX ? due : x->have_next ? x->next.ts : INT64_MAX;
}

ns serve_now(const struct exchange *x)
{
	ns now, most;

	if (x->c.lockstep || x->replaying || x->base_mono == 0 || !x->have_next || x->paused ||
	    x->jump.on)
		return x->now;
	/* Nothing that is yet to come lies behind the time that is served. */
	ns past = mono_ns() - x->base_mono;
	ns span = past / 1000 * x->c.speed_milli + past % 1000 * x->c.speed_milli / 1000;
	now = x->c.real ? wall_ns() : x->base + span;
	most = due_of(x) < x->next.ts ? due_of(x) : x->next.ts;
	if (now >= most)
		now = most - 1;
	return now > x->now ? now : x->now;
}

/* Real time from now on until the market's clock shows `at`. */
static ns wait_for(const struct exchange *x, ns at)
{
	ns left = at - x->base;

	if (x->c.real)
		return at > wall_ns() ? at - wall_ns() : 0;
	left = left / x->c.speed_milli * 1000 + left % x->c.speed_milli * 1000 / x->c.speed_milli;
	left = x->base_mono + left + 1 - mono_ns();
	return left > 0 ? left : 0;
}

bool serve_is_open(const struct exchange *x)
{
	return calendar_is_open(NULL, serve_now(x));
}

void serve_events(struct exchange *x)
{
	struct xc_event e;

	while (xc_next_event(x->core, &e))
		stream_event(x, &e);
}

void serve_call_time(struct exchange *x, ns now)
{
	x->now = now;
	xc_time(x->core, now);
	serve_events(x);
}

void serve_core_time(struct exchange *x, ns ts)
{
	faults_time(x, ts);
	state_instant(x, false, ts);
	history_tick(x, ts);
	x->now = ts;
	x->n++;
	xc_time(x->core, ts);
	serve_events(x);
	stream_instant(x, false);
	sim_instant(x);
}

static void step_ahead(struct exchange *x)
{
	x->next.ts = market_next(x->market);
	x->have_next = x->next.ts != INT64_MAX;
}

void serve_market(struct exchange *x)
{
	const struct instant *i = &x->next;

	faults_time(x, i->ts);
	bool is_one = market_step(x->market, &x->next);
	assert(is_one);
	state_instant(x, true, i->ts);
	history_tick(x, i->ts);
	x->now = i->ts;
	x->n++;
	xc_time(x->core, i->ts);
	for (uint32_t k = 0; k < i->statuses; k++)
		xc_halt(x->core, i->ts, i->status[k].sym, i->status[k].halted);
	for (uint32_t k = 0; k < i->ticks; k++) {
		const struct market_tick *t = &i->tick[k];
		xc_quote(x->core, i->ts, t->sym, t->bid, t->ask, t->last, t->volume);
	}
	if (i->flags & INSTANT_END)
		x->ended = true;
	serve_events(x);
	stream_instant(x, true);
	sim_instant(x);
	bool closed = (i->flags & INSTANT_CLOSE) != 0;
	step_ahead(x);
	if (!x->have_next)
		x->ended = true;
	/* Nights take no time, unless they are wanted. */
	if (closed && x->have_next && x->c.skip_closed && !x->c.lockstep && !x->c.real &&
	    !x->replaying && x->next.ts - x->now > NS_MINUTE)
		clock_rebase(x, x->next.ts - NS_SECOND);
}

/* ---- opening */

static size_t memory_size(const struct exchange_config *c)
{
	return xc_size(&c->core) + XS_OUT + stream_memory() + faults_size() +
	       verdict_size(c->core.orders_max) + (XS_BARS_MAX + 1) * sizeof(struct bar) +
	       STATE_RECORD_MAX + history_size(c->core.accounts) + sizeof(struct exchange) + 8192;
}

/* Where a stock of that tape is listed, as the broker spells it. */
static struct str listed_on(char tape)
{
	return tape == 'A' ? STR("NYSE") : tape == 'B' ? STR("ARCA") : STR("NASDAQ");
}

static enum err add_assets(struct exchange *x)
{
	x->symbols = market_symbols(x->market);
	for (sym s = 0; s < x->symbols->n; s++) {
		const char *name = x->symbols->name[s];
		uint16_t index;
		enum err e = xc_add_asset(x->core, name, name, &index);
		if (e != OK)
			return e;
		assert(index == s);
		struct xc_asset a = *xc_asset(x->core, index);
		if (!str_copy(a.exchange, sizeof(a.exchange), listed_on(market_tape(x->market, s))))
			return ERR_FULL;
		xc_set_asset(x->core, index, &a);
	}
	return OK;
}

static enum err add_accounts(struct exchange *x, char *why, size_t why_size)
{
	for (uint32_t i = 0; i < x->c.accounts; i++) {
		const struct exchange_account *a = &x->c.account[i];
		xc_set_account(x->core, (uint16_t)i, a->cash, a->multiplier, a->shorting);
	}
	if (x->c.actions_file == NULL)
		return OK;
	enum err e = actions_read(&x->actions, x->c.actions_file, x->symbols, why, why_size);
	if (e == OK)
		xc_set_actions(x->core, &x->actions);
	if (e == OK)
		market_actions(x->market, &x->actions);
	return e;
}

/* The close of the day before the first one, for those who ask before the open. */
static void yesterday(struct exchange *x)
{
	struct session s = calendar_last(NULL, x->first - NS_HOUR);
	ns from = ny_time(s.date, 0, 0), at = s.close - NS_SECOND;
	bool more;

	xc_time(x->core, at);
	for (sym i = 0; i < x->symbols->n; i++) {
		struct bar b;
		struct market_query q = {
			.s = i, .timeframe_s = MARKET_DAY, .from = from, .to = from
		};
		if (market_bars(x->market, &q, &b, 1, &more) == 1)
			xc_quote(x->core, at, i, b.close, b.close, b.close, 0);
	}
}

static void advance(struct exchange *x)
{
	ns due = due_of(x);

	if (due != INT64_MAX)
		serve_core_time(x, due > x->now ? due : x->now);
	else
		serve_market(x);
}

/* To where the market begins for its clients. What lies before is passed over; in real time
 * also what a stop has missed. */
static void begin_clock(struct exchange *x)
{
	ns at = x->c.real ? wall_ns() : x->c.start_at;

	if (x->n > 0 && !x->c.real)
		return;			/* the log has said where */
	if (at == 0) {
		serve_market(x);
		return;
	}
	while (next_at(x) <= at)
		advance(x);
	if (x->have_next && (x->n == 0 || at > x->now))
		serve_core_time(x, at);
}

static struct exchange *allocate(const struct exchange_config *c)
{
	struct arena a;

	assert(c->accounts <= XS_ACCOUNTS_MAX);
	assert(c->accounts == 0 || c->core.accounts == c->accounts);
	if (arena_open(&a, memory_size(c)) != OK)
		return NULL;
	struct exchange *x = ARENA_NEW(&a, struct exchange, 1);
	x->c = *c;
	x->core = xc_init(arena_alloc(&a, xc_size(&c->core)), &c->core, NULL);
	text_init(&x->out, arena_alloc(&a, XS_OUT), XS_OUT);
	x->page = ARENA_NEW(&a, struct bar, XS_BARS_MAX + 1);
	x->log_buffer = arena_alloc(&a, STATE_RECORD_MAX);
	x->history = ARENA_NEW(&a, struct history, c->core.accounts);
	x->log_fd = -1;
	x->arena = a;
	stream_init(x);
	faults_init(x);
	verdict_init(x);
	arena_seal(&x->arena);
	return x;
}

static void words(char *why, size_t size, const char *text)
{
	if (!str_copy(why, size, str_of(text)) && size > 0)
		why[0] = '\0';
}

static enum err open_parts(struct exchange *x, char *why, size_t why_size)
{
	struct server_hooks hooks = { rest_request, stream_message, stream_closed, x };
	enum err e = market_open(&x->market, &x->c.market, why, why_size);

	if (e != OK)
		return e;
	e = add_assets(x);
	if (e != OK) {
		words(why, why_size, "too many symbols for the exchange's core");
		return e;
	}
	e = add_accounts(x, why, why_size);
	if (e != OK)
		return e;
	step_ahead(x);
	if (!x->have_next) {
		words(why, why_size, "there is no session to play between the dates asked for");
		return ERR_NOTFOUND;
	}
	x->first = x->next.ts;
	yesterday(x);
	x->now = xc_now(x->core);
	e = state_open(x, why, why_size);
	if (e != OK)
		return e;
	begin_clock(x);
	e = faults_load(x, why, why_size);
	if (e != OK)
		return e;
	return server_open(&x->server, x->c.listen, &hooks, why, why_size);
}

enum err exchange_open(struct exchange **out, const struct exchange_config *c,
		       char *why, size_t why_size)
{
	assert(c->lockstep || c->speed_milli > 0);

	struct exchange *x = allocate(c);
	if (x == NULL) {
		words(why, why_size, "not enough memory");
		return ERR_IO;
	}
	if (c->rate_limit < 0)
		x->c.rate_limit = c->real ? XS_RATE : 0;
	if (c->real && c->market.start == 0 &&
	    !state_start(c->state_file, &x->c.market.start))
		x->c.market.start = ny_date(wall_ns());
	enum err e = open_parts(x, why, why_size);
	if (e != OK) {
		exchange_close(x);
		return e;
	}
	*out = x;
	return OK;
}

uint16_t exchange_port(const struct exchange *x)
{
	return server_port(x->server);
}

void exchange_close(struct exchange *x)
{
	struct arena a;

	if (x->server != NULL)
		server_close(x->server);
	if (x->market != NULL)
		market_close(x->market);
	state_close(x);
	a = x->arena;		/* which holds x itself */
	arena_close(&a);
}

/* ---- the loop */

/* Everybody has acknowledged and something is still to come. */
static bool lockstep_ready(const struct exchange *x)
{
	bool anybody;

	return sim_all_acked(x, &anybody) && anybody && next_at(x) != INT64_MAX;
}

/* A market faster than life waits for who reads slowly, as long as stream.c lets him. */
static bool held_back(const struct exchange *x)
{
	bool fast = x->jump.on || x->c.lockstep || x->c.speed_milli > 1000;

	return fast && stream_behind(x);
}

/* Goes on to where POST /sim/clock wants to be; returns how long to wait, at most. */
static ns run_jump(struct exchange *x)
{
	for (int i = 0; i < BURST; i++) {
		ns at = next_at(x);
		if (at > x->jump.to || at == INT64_MAX || x->n >= x->jump.until_n) {
			if (at != INT64_MAX && x->n < x->jump.until_n && x->jump.to > x->now)
				serve_core_time(x, x->jump.to);
			clock_jump_ends(x);
			return 0;
		}
		if (clock_jump_waits(x))
			return LOOP_MAX;
		if (held_back(x))
			return NS_MS;
		advance(x);
	}
	return 0;
}

/* Goes on with the clock as far as it should be; returns how long to wait, at most. */
static ns run_clock(struct exchange *x)
{
	if (x->jump.on)
		return run_jump(x);
	if (x->paused)
		return LOOP_MAX;
	if (x->c.lockstep) {
		if (held_back(x))
			return NS_MS;
		if (lockstep_ready(x))
			advance(x);
		return LOOP_MAX;
	}
	for (int i = 0; i < BURST && (x->have_next || due_of(x) != INT64_MAX); i++) {
		ns due = due_of(x);
		ns wait = wait_for(x, due != INT64_MAX ? due : x->next.ts);
		if (wait > 0)
			return wait < LOOP_MAX ? wait : LOOP_MAX;
		if (held_back(x))
			return NS_MS;
		advance(x);
		/* A machine that was asleep, or too high a speed: no race to catch up. */
		if (x->have_next && mono_ns() - x->base_mono > NS_MINUTE &&
		    wait_for(x, x->now + NS_MINUTE / 1000 * x->c.speed_milli) == 0)
			clock_rebase(x, x->now);
	}
	return x->have_next ? 0 : LOOP_MAX;
}

static bool finished(const struct exchange *x)
{
	bool anybody;

	return x->ended && due_of(x) == INT64_MAX && sim_all_acked(x, &anybody);
}

void exchange_run(struct exchange *x, const atomic_bool *stop, bool until_end)
{
	struct pollfd p[SERVER_CONNECTIONS + 1];
	ns deadline;

	if (x->base_mono == 0)
		clock_rebase(x, x->now);
	while (!atomic_load(stop) && !x->broken) {
		ns wait = run_clock(x);
		if (until_end && finished(x))
			break;
		size_t n = server_poll(x->server, p, &deadline);
		ns left = deadline - mono_ns();
		if (left < wait)
			wait = left > 0 ? left : 0;
		if (poll(p, (nfds_t)n, (int)((wait + NS_MS - 1) / NS_MS)) < 0 && errno != EINTR) {
			log_error("exchange.poll", "errno=%d", errno);
			break;
		}
		server_step(x->server, p, n);
		stream_timeouts(x);
	}
}
