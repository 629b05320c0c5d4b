/* engine.c: the door: memory, restoring, one step per event, commands. */
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

size_t engine_size(const struct engine_config *c)
{
	assert(c->strategy != NULL);
	return sizeof(struct engine) + sizeof(struct scratch) +
		c->symbols_n * (c->strategy->state_size + 32) + 64;
}

struct engine *engine_new(struct arena *a, const struct engine_config *c)
{
	struct engine *e = ARENA_NEW(a, struct engine, 1);

	assert(c->symbols_n <= ENGINE_SYMBOLS && c->strategy != NULL);
	assert(c->timeframe_s >= 60 && c->timeframe_s <= 60 * PARTS_MAX &&
			c->timeframe_s % 60 == 0);
	assert(c->strategy->conditions_n + F_COUNT <= FUNNEL_MAX);
	e->c = *c;
	e->scratch = ARENA_NEW(a, struct scratch, 1);
	e->due = e->pending = NEVER;
	memset(e->slot_of, NO_SLOT, sizeof e->slot_of);
	for (uint32_t i = 0; i < c->symbols_n; i++) {
		struct slot *s = slot_add(e, c->symbol[i]);
		assert(s != NULL);
		s->on_list = true;
		s->state = arena_alloc(a, c->strategy->state_size + 1);
	}
	if (c->bench != SYM_NONE) {
		struct slot *s = slot_add(e, c->bench);
		assert(s != NULL);
		s->bench = true;
	}
	e->warmup = c->strategy->warmup(&c->params);
	assert(e->warmup <= SERIES_BARS);
	e->s.instance = c->index;
	e->s.run = RUN_RUNNING;
	memcpy(e->s.name, c->name, sizeof e->s.name);
	return e;
}

/* The entry, when it was over and so not kept: as if it were not, so that the first
 * reconciliation asks for it and shows its legs. */
static void restore_entry(struct engine *e, struct slot *s)
{
	const struct trade *t = &s->life.t;
	struct held *h;
	struct order o = {
		.instance = e->c.index, .role = ROLE_ENTRY, .stage = ORDER_LIVE, .side = t->side,
		.type = TYPE_MARKET, .tif = TIF_GTC, .cls = CLASS_BRACKET, .status = ST_UNKNOWN,
		.sym = s->sym, .want = t->want, .done = t->in, .value = t->in_value,
		.take_profit = t->target, .stop_loss = t->stop, .sends = 1,
		.made = t->signal_ts, .updated = t->signal_ts,
	};

	if (life_entry(s) != NULL)
		return;
	memcpy(o.cid, t->id, sizeof o.cid);
	memcpy(o.trade, t->id, sizeof o.trade);
	bool fits = orders_add(e, s, &o, &h);
	assert(fits);
	(void)fits;
}

static void restore_order(struct engine *e, const struct order *o)
{
	for (uint32_t i = 0; i < e->slots_n; i++) {
		struct slot *s = &e->slot[i];
		struct held *h;
		if (!s->life.used || strcmp(s->life.t.id, o->trade) != 0)
			continue;
		if (!orders_add(e, s, o, &h))
			break;
		return;
	}
	/* A trade is over only when its orders are: this should not be. */
	e->s.odd_reports++;
	assert(o->stage <= ORDER_DONE);
}

void engine_restore(struct engine *e, const struct instance_state *s,
		    const struct trade *trades, uint32_t trades_n,
		    const struct order *orders, uint32_t orders_n)
{
	assert(!e->started && e->active == 0);
	if (s != NULL) {
		e->s = *s;
		e->s.instance = e->c.index;
		memcpy(e->s.name, e->c.name, sizeof e->s.name);
		/* What the program's end made of it; halts and pauses stay. */
		if (e->s.run == RUN_STOPPED || e->s.run == RUN_ERROR)
			e->s.run = RUN_RUNNING;
	}
	for (uint32_t i = 0; i < trades_n; i++) {
		bool over = trades[i].state == TRADE_CLOSED;
		struct slot *at = over ? NULL : slot_add(e, trades[i].sym);
		if (at == NULL || at->life.used) {
			e->s.odd_reports++;
			continue;
		}
		at->life = (struct life){ .used = true, .t = trades[i] };
		at->life.booked = trades[i].opened > trades[i].closed ? trades[i].opened :
			trades[i].closed;
		e->active |= slot_bit(e, at);
	}
	for (uint32_t i = 0; i < orders_n; i++)
		restore_order(e, &orders[i]);
	for (uint32_t i = 0; i < e->slots_n; i++)
		if (e->slot[i].life.used)
			restore_entry(e, &e->slot[i]);
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
	if (orders && !e->synced && !e->syncing && say_room(e, 1))
		say(e, ACT_SYNC);
}

static void flatten_all(struct engine *e)
{
	for (uint32_t i = 0; i < e->slots_n; i++)
		if (slot_active(e, &e->slot[i]) && say_room(e, LIFE_ORDERS + 4))
			exits_begin(e, &e->slot[i], EXIT_OPERATOR);
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
	if (e->s.kill != KILL_FLATTEN)
		return;
	if (e->active == 0) {
		e->s.kill = KILL_HALT;
		e->s.run = RUN_HALTED;
		e->dirty = true;
		return;
	}
	assert(e->active != 0);
	flatten_all(e);		/* those that did not fit, or came meanwhile */
}

static void slices(struct engine *e, const struct event *ev)
{
	while (bars_due(e, ev)) {
		if (!say_room(e, ACTIONS_MAX / 2))
			return;
		ns end = bars_close(e);
		assert(end <= e->now);
		if (end <= e->s.last_decision)
			continue;
		e->s.last_decision = end;
		scan_exits(e, end);
		if (e->active != 0)
			protect_manage(e);
		scan_entries(e, end);
		if (e->active != 0)
			breakers_mark(e);
	}
}

static void take(struct engine *e, const struct event *ev)
{
	switch ((enum event_kind)ev->kind) {
	case EV_BAR:
		bars_take(e, &ev->u.bar);
		break;
	case EV_ORDER:
		fills_report(e, &ev->u.order);
		break;
	case EV_REPLY:
		orders_reply(e, &ev->u.reply);
		break;
	case EV_POSITION:
		sync_position(e, ev->u.position.sym, ev->u.position.n, ev->u.position.shared);
		break;
	case EV_SYNC:
		sync_phase(e, ev->u.sync.phase);
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

void engine_step(struct engine *e, const struct event *ev, struct actions *out)
{
	out->n = 0;
	e->out = out;
	e->cramped = false;
	e->news = NULL;
	if (ev->ts > e->now)
		e->now = ev->ts;
	find_session(e);
	breakers_roll(e);
	take(e, ev);
	if (e->pending != NEVER)
		slices(e, ev);
	if (e->active != 0 && (e->touched || e->now >= e->due))
		protect_manage(e);
	if (e->s.kill == KILL_FLATTEN)
		end_flatten(e);
	if (e->news != NULL)
		say_puts(e, e->news);
	if (e->cramped)
		e->due = e->now;
	say_state(e);
	assert(out->n <= ACTIONS_MAX);
	e->out = NULL;
}

ns engine_wake(const struct engine *e)
{
	ns wake = e->active != 0 ? e->due : NEVER;

	assert(e->pending > 0);
	if (e->pending != NEVER && e->pending + GRACE_SLICE < wake)
		wake = e->pending + GRACE_SLICE;
	return wake;
}

uint32_t engine_warmup(const struct engine *e)
{
	assert(e->warmup <= SERIES_BARS);
	return e->warmup;
}

const struct instance_state *engine_state(const struct engine *e)
{
	assert(e->s.instance == e->c.index);
	return &e->s;
}

uint32_t engine_trades(const struct engine *e, const struct trade **first)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->slots_n; i++)
		if (slot_active(e, &e->slot[i]))
			e->scratch->trade[n++] = e->slot[i].life.t;
	assert(n <= SLOTS_MAX);
	*first = e->scratch->trade;
	return n;
}

uint32_t engine_orders(const struct engine *e, const struct order **first)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->slots_n; i++) {
		const struct life *l = &e->slot[i].life;
		for (uint32_t j = 0; j < l->n; j++)
			if (l->order[j].o.stage != ORDER_DONE)
				e->scratch->order[n++] = l->order[j].o;
	}
	assert(n <= COUNT(e->scratch->order));
	*first = e->scratch->order;
	return n;
}

const struct series *engine_series(const struct engine *e, sym s)
{
	if (s >= SYMBOLS_MAX || e->slot_of[s] == NO_SLOT)
		return NULL;
	assert(e->slot_of[s] < e->slots_n);
	return &e->slot[e->slot_of[s]].series;
}

const char *engine_funnel_name(const struct engine_config *c, uint32_t i)
{
	static const char *const own[F_COUNT] = {
		[F_WINDOW] = "window", [F_GAP] = "gap", [F_SIZE] = "size", [F_GATE] = "gate",
		[F_GUARD] = "guard",
	};

	assert(c->strategy != NULL);
	if (i < c->strategy->conditions_n)
		return c->strategy->conditions[i];
	i -= c->strategy->conditions_n;
	return i < F_COUNT ? own[i] : NULL;
}

void funnel_count(struct engine *e, uint32_t i)
{
	assert(i < FUNNEL_MAX);
	e->s.funnel[i]++;
}
