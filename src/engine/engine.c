/* engine.c: the door: memory, one step per event, commands. */
#include "engine/inside.h"

static const char *const commands[] = {
	[CMD_PAUSE] = "pause", [CMD_RESUME] = "resume", [CMD_HALT] = "halt",
	[CMD_FLATTEN] = "flatten", [CMD_REDUCE_ONLY] = "reduce_only", [CMD_STOP] = "stop",
};

const char *command_text(enum command c)
{
	assert(COUNT(commands) == CMD_STOP + 1);
	return (unsigned)c < COUNT(commands) ? commands[c] : "unknown";
}

/* Each symbol's state begins where any type may. */
static size_t stride(const struct engine_config *c)
{
	return (c->strategy->state_size + 15) / 16 * 16;
}

static struct chart_config chart_of(const struct engine_config *c)
{
	return (struct chart_config){
		.plan = c->plan, .calendar = c->calendar, .extended = c->history == HISTORY_ALL,
		.symbols = c->symbols_n, .symbol = c->symbol, .spare = SPARE_SLOTS,
		.bench = c->bench,
	};
}

size_t engine_trades_size(void)
{
	return ENGINE_TRADES * (sizeof(struct life) + FAR_EACH * sizeof(struct held));
}

size_t engine_size(const struct engine_config *c)
{
	struct chart_config chart = chart_of(c);

	assert(c->strategy != NULL && c->plan != NULL && c->plan->sealed);
	return sizeof(struct engine) + (c->trades == NULL ? engine_trades_size() : 0) +
		c->symbols_n * stride(c) + c->strategy->shared_size + 256 +
		(c->chart == NULL ? sizeof(struct scratch) + chart_size(&chart) : 0);
}

static void add_symbols(struct engine *e)
{
	const struct engine_config *c = &e->c;

	memset(e->slot_of, NO_SLOT, sizeof e->slot_of);
	memset(e->by_chart, NO_SLOT, sizeof e->by_chart);
	for (uint32_t i = 0; i < c->symbols_n; i++) {
		struct slot *s = slot_add(e, c->symbol[i]);
		assert(s != NULL && s->chart != CHART_NONE && s == &e->slot[i]);
		s->on_list = true;
		e->at[i] = s->chart;
	}
	if (c->bench == SYM_NONE)
		return;
	struct slot *s = slot_add(e, c->bench);
	assert(s != NULL && s->chart != CHART_NONE);
}

/* Where nobody says how long, until all inputs are exact. */
static uint32_t warmup_of(const struct engine_config *c)
{
	const struct strategy *s = c->strategy;
	uint32_t bars = s->warmup != NULL ? s->warmup(&c->params) : s->warmup_bars;

	for (uint32_t i = 0; i < s->inputs_n && s->warmup == NULL && s->warmup_bars == 0; i++)
		bars = c->in[i].needs + 1 > bars ? c->in[i].needs + 1 : bars;
	return bars;
}

/* It makes the strategy's quick tests itself, until it joins others. */
static void sieve_own(struct engine *e)
{
	e->own.test = e->own_test;
	e->own.max = QUICK_MAX;
	bool fits = engine_join(e, &e->own);
	assert(fits);
	(void)fits;
}

/* What of the configuration each slice reads. */
static void configure(struct engine *e)
{
	const struct engine_config *c = &e->c;

	e->warmup = warmup_of(c);
	e->own_reasons = c->strategy->conditions_n;
	e->interval = c->interval;
	e->patience = ENTRY_PATIENCE * timeframe(e);
	e->filters_look = c->filters.scan != SCAN_NONE || c->filters.strength > 0;
}

struct engine *engine_new(struct arena *a, const struct engine_config *c)
{
	struct engine *e = ARENA_NEW(a, struct engine, 1);
	struct chart_config chart = chart_of(c);

	assert(c->symbols_n <= ENGINE_SYMBOLS && c->strategy != NULL && c->plan != NULL);
	assert(c->plan->frame[0].seconds == c->timeframe_s);
	assert(c->strategy->conditions_n + F_COUNT <= FUNNEL_MAX);
	e->c = *c;
	e->own_chart = c->chart == NULL;
	e->chart = e->own_chart ? chart_new(a, &chart) : c->chart;
	if (e->own_chart)
		e->scratch = ARENA_NEW(a, struct scratch, 1);
	struct arena *trades = c->trades != NULL ? c->trades : a;
	e->life = ARENA_NEW(trades, struct life, ENGINE_TRADES);
	e->far = ARENA_NEW(trades, struct held, ENGINE_TRADES * FAR_EACH);
	e->stride = stride(c);
	e->states = arena_alloc(a, c->symbols_n * e->stride + 1);
	e->shared = arena_alloc(a, c->strategy->shared_size + 1);
	e->due = NEVER;
	add_symbols(e);
	sieve_own(e);
	configure(e);
	e->s.instance = c->index;
	e->s.run = RUN_RUNNING;
	memcpy(e->s.name, c->name, sizeof e->s.name);
	return e;
}

/* The session's times are kept: the calendar is asked once a day. */
static void find_session(struct engine *e)
{
	if (e->now < e->session.close)
		return;
	e->session = calendar_next(e->c.calendar, e->now);
	assert(e->session.close > e->now || e->session.close == 0);
}

static void take_link(struct engine *e, bool data, bool orders)
{
	e->data_up = data;
	if (e->orders_up && !orders)
		e->synced = false;	/* what is told meanwhile is told to nobody */
	e->orders_up = orders;
	assert(!e->syncing || e->sync_begun > 0);
	if (orders && !e->synced && !e->syncing)
		say(e, ACT_SYNC);
}

static void flatten_all(struct engine *e)
{
	for (uint32_t i = 0; i < e->active_n; i++)
		if (say_room(e, LIFE_ORDERS + 4))
			exits_begin(e, &e->slot[e->active[i]], EXIT_OPERATOR);
	assert(e->s.kill == KILL_FLATTEN);
}

static void take_command(struct engine *e, uint32_t what, const char *who)
{
	struct instance_state *s = &e->s;
	char text[48];
	size_t n = strlen(command_text((enum command)what));

	assert(n + 2 < sizeof text);
	memcpy(text, command_text((enum command)what), n);
	text[n++] = ' ';
	size_t left = strnlen(who, sizeof text - 1 - n);
	memcpy(text + n, who, left);
	text[n + left] = '\0';
	say_note(e, NOTE_COMMAND, what, NULL, "", text);
	e->dirty = true;
	switch ((enum command)what) {
	case CMD_PAUSE:
		s->run = RUN_PAUSED;
		s->breaker = 0;		/* the operator's pause outlasts the breaker's */
		s->paused_until = 0;
		break;
	case CMD_STOP:
		s->run = RUN_STOPPED;
		e->touched = true;	/* entries are withdrawn */
		break;
	case CMD_RESUME:
		s->run = RUN_RUNNING;
		s->kill = KILL_RUN;
		breakers_release(e);
		break;
	case CMD_REDUCE_ONLY:
		s->kill = s->kill > KILL_REDUCE_ONLY ? s->kill : KILL_REDUCE_ONLY;
		break;
	case CMD_FLATTEN:	/* also after a halt: it is the operator who asks */
		s->kill = KILL_FLATTEN;
		flatten_all(e);
		break;
	case CMD_HALT:
		s->kill = KILL_HALT;
		s->run = RUN_HALTED;
		break;
	}
}

/* When the last position of a flatten is closed the instance halts by itself. */
static void end_flatten(struct engine *e)
{
	if (e->active_n == 0) {
		e->s.kill = KILL_HALT;
		e->s.run = RUN_HALTED;
		e->dirty = true;
		return;
	}
	assert(e->active_n > 0);
	flatten_all(e);		/* those that did not fit, or came meanwhile */
}

/* Bars that wait, of all symbols in order of time. */
static void drain(struct engine *e)
{
	uint32_t slot;

	while (chart_next(e->chart, &slot)) {
		ns end = chart_end(e->chart, slot);
		if (e->s.last_bar < end)
			e->s.last_bar = end;
		engine_bar(e, slot);
	}
	e->waiting = false;
	assert(e->own_chart);
}

/* Exits before entries; and what an exit has made room for is not used before the next slice. */
static void slice(struct engine *e, ns end)
{
	assert(end <= e->now);
	if (end <= e->s.last_decision)
		return;
	e->s.last_decision = end;
	if (e->filters_look)
		filters_slice(e, end);
	if (e->active_n > 0) {
		scan_exits(e, end);
		protect_manage(e);
	}
	scan_entries(e, end);
	if (e->active_n > 0)
		breakers_mark(e);
	/* What was said of a slice, and that it is decided, are stored together. */
	e->dirty |= e->own_chart;
}

static bool slice_due(const struct engine *e, const struct event *ev)
{
	ns pending = chart_pending(e->chart);

	assert(pending > 0);
	if (pending == NEVER)
		return false;
	if (ev->kind == EV_CLOCK && ev->u.clock.complete && e->now >= pending)
		return true;
	return e->now >= pending + GRACE_SLICE && e->now >= e->gap_until;
}

static void slices(struct engine *e, const struct event *ev)
{
	while (slice_due(e, ev)) {
		if (!say_room(e, ACTIONS_MAX / 2))
			return;
		ns end = chart_close(e->chart);
		drain(e);
		slice(e, end);
	}
}

/* A bar of history waits for those of the other symbols, until the first reconciliation, which
 * comes when all of it was read. */
static void take_bar(struct engine *e, const struct bar *b)
{
	enum chart_took took = CHART_OLD;

	if (e->own_chart)
		took = chart_take(e->chart, b, e->s.last_decision);
	e->waiting |= took == CHART_CLOSED || took == CHART_LATE;
	if (took == CHART_LATE)
		e->s.late_bars++;
	if (took == CHART_ODD)
		e->s.odd_reports += slot_find(e, b->sym) != NULL;
	if ((b->flags & BAR_FALLBACK) && took != CHART_ODD)
		e->stood_in = ny_date(b->open_ts);
	assert(took <= CHART_ODD);
}

static void take(struct engine *e, const struct event *ev)
{
	switch ((enum event_kind)ev->kind) {
	case EV_BAR:
		take_bar(e, &ev->u.bar);
		break;
	case EV_ORDER:
		fills_report(e, &ev->u.order);
		break;
	case EV_REPLY:
		orders_reply(e, &ev->u.reply);
		break;
	case EV_POSITION:
		sync_position(e, ev->u.position.sym, ev->u.position.n,
			      (enum position_of)ev->u.position.of);
		break;
	case EV_SYNC:
		sync_phase(e, ev->u.sync.phase);
		break;
	case EV_INTENT:
		scan_intent(e, &ev->u.intent);
		break;
	case EV_SPLIT:
		sync_split(e, &ev->u.split);
		break;
	case EV_LINK:
		take_link(e, ev->u.link.data, ev->u.link.orders);
		break;
	case EV_COMMAND:
		take_command(e, ev->u.command.what, ev->u.command.who);
		break;
	case EV_CLOCK:
	case EV_ACCOUNT:	/* the guard's business */
	case EV_BARRIER:
		break;
	}
	assert(e->out->n <= ACTIONS_MAX);
}

static void begin(struct engine *e, ns now, struct actions *out)
{
	out->n = 0;
	e->out = out;
	e->cramped = false;
	e->news = NULL;
	if (now > e->now)
		e->now = now;
	find_session(e);
	if (e->session.date != e->s.date)
		breakers_roll(e);
}

static void finish(struct engine *e, bool often)
{
	if (e->active_n > 0 && (e->touched || e->now >= e->due))
		protect_manage(e);
	if (e->s.kill == KILL_FLATTEN)
		end_flatten(e);
	if (e->news != NULL)
		say_puts(e, e->news);
	if (e->cramped)
		e->due = e->now;
	if (e->dirty || often)
		say_state(e, often);
	assert(e->out->n <= ACTIONS_MAX);
	e->out = NULL;
}

void engine_step(struct engine *e, const struct event *ev, struct actions *out)
{
	begin(e, ev->ts, out);
	take(e, ev);
	if (e->waiting && (e->started || ev->kind == EV_SYNC))
		drain(e);
	if (e->own_chart)
		slices(e, ev);
	finish(e, true);
}

void engine_slice(struct engine *e, ns end, struct actions *out)
{
	assert(!e->own_chart);
	begin(e, end, out);
	if (e->s.last_bar < end)
		e->s.last_bar = end;
	slice(e, end);
	finish(e, false);
}

void engine_fetch(const struct engine *e)
{
	const char *first = (const char *)e, *last = (const char *)&e->s.funnel[16];

	for (; first < last; first += 64)
		__builtin_prefetch(first);
	__builtin_prefetch(&e->s.last_scan);
}

ns engine_wake(const struct engine *e)
{
	ns wake = e->active_n > 0 ? e->due : NEVER;
	ns pending = e->own_chart ? chart_pending(e->chart) : NEVER;

	assert(pending > 0);
	if (pending == NEVER)
		return wake;
	pending = pending + GRACE_SLICE > e->gap_until ? pending + GRACE_SLICE : e->gap_until;
	return pending < wake ? pending : wake;
}

uint32_t engine_warmup(const struct engine *e)
{
	assert(e->warmup > 0);
	return e->warmup;
}

const struct instance_state *engine_state(const struct engine *e)
{
	assert(e->s.instance == e->c.index);
	return &e->s;
}

uint32_t engine_trades(const struct engine *e, const struct trade **first)
{
	for (uint32_t i = 0; i < e->active_n; i++)
		e->scratch->trade[i] = e->slot[e->active[i]].life->t;
	assert(e->active_n <= ENGINE_TRADES);
	*first = e->scratch->trade;
	return e->active_n;
}

uint32_t engine_orders(const struct engine *e, const struct order **first)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->lives_n; i++) {
		const struct life *l = &e->life[i];
		for (uint32_t j = 0; j < l->n; j++) {
			const struct order *o = &life_order(l, j)->o;
			if (o->stage != ORDER_DONE)
				e->scratch->order[n++] = *o;
		}
	}
	assert(n <= COUNT(e->scratch->order));
	*first = e->scratch->order;
	return n;
}

struct chart *engine_chart(const struct engine *e)
{
	assert(e->chart != NULL);
	return e->chart;
}

const char *engine_funnel_name(const struct engine_config *c, uint32_t i)
{
	static const char *const own[F_COUNT] = {
		[F_WARMUP] = "warmup", [F_WINDOW] = "window", [F_GAP] = "gap", [F_SIZE] = "size",
		[F_GATE] = "gate", [F_GUARD] = "guard", [F_SCAN] = "scan",
		[F_REGIME] = "regime", [F_STRENGTH] = "strength", [F_FILTER] = "filter",
		[F_LATE] = "late",
	};

	assert(c->strategy != NULL);
	if (i < c->strategy->conditions_n)
		return c->strategy->conditions[i];
	i -= c->strategy->conditions_n;
	return i < F_COUNT ? own[i] : NULL;
}
