/* parity_play.c: one instance, told again what it was told. */
#include "run/parity_inner.h"

/* ---- segments */

static sym map_sym(const struct play *p, sym s)
{
	return s < p->symbols ? p->map[s] : SYM_NONE;
}

static bool begin_engine(struct play *p)
{
	if (p->open)
		arena_close(&p->arena);
	p->open = arena_open(&p->arena, engine_size(&p->c) + 4096) == OK;
	if (!p->open)
		return false;
	p->engine = engine_new(&p->arena, &p->c);
	p->late = false;
	memset(p->fill, 0, sizeof p->fill);
	return true;
}

static void begin_segment(struct play *p, const struct journal_begin *b, bool compare)
{
	const struct symbols *own = &p->job->config->symbols;
	bool known = p->engine != NULL;

	p->symbols = b->symbols;
	for (uint32_t i = 0; i < b->symbols; i++)
		p->map[i] = symbols_find(own, str_of(b->symbol[i]));
	p->trades = p->orders = 0;
	p->fresh = p->restoring = !(b->goes_on && known);
	p->resumed = b->resumed;
	if ((b->goes_on || b->resumed != 0) && !known)
		text_where(p->out->began, sizeof p->out->began, p->c.name,
			   "the days before are gone; indicators begin anew");
	if (compare && b->config != parity_config_hash(p->job->config))
		p->out->other_config = true;
}

/* The checkpoint that the run went on from, of the two that were kept last. */
static bool resume(struct play *p)
{
	for (size_t i = 0; i < COUNT(p->kept) && p->resumed != 0; i++) {
		ns known;
		if (p->kept_n[i] == 0 || engine_load(p->engine, &p->state, p->kept[i],
						     p->kept_n[i], &known) != NULL)
			continue;
		if (known == p->resumed)
			return true;
		if (!begin_engine(p))
			return false;
	}
	return true;
}

/* As checkpoint.c does. */
static void keep_checkpoint(struct play *p)
{
	p->kept_at = !p->kept_at;
	p->kept_n[p->kept_at] = 0;
	if (p->engine == NULL || !engine_at_rest(p->engine))
		return;
	assert(engine_save(p->engine, NULL, 0) <= p->kept_max);
	p->kept_n[p->kept_at] = engine_save(p->engine, p->kept[p->kept_at], p->kept_max);
}

static bool restore(struct play *p)
{
	p->restoring = false;
	if (!p->fresh)
		return true;
	if (!begin_engine(p) || !resume(p))
		return false;
	engine_restore(p->engine, &p->state, p->trade, p->trades, p->order, p->orders);
	return true;
}

/* The bar as it is now in the place of the one that was seen. */
static bool other_bar(struct play *p, struct bar *b)
{
	struct bar now = *b;

	if (p->bar == NULL || !p->compare || (b->flags & BAR_WARMUP) != 0)
		return true;
	bool there = p->bar(p->job->bar_ctx, play_symbol(p, b->sym), &now);
	if (there && now.open.n == b->open.n && now.high.n == b->high.n &&
	    now.low.n == b->low.n && now.close.n == b->close.n && now.volume == b->volume)
		return true;
	p->out->bars_changed++;
	if (!p->changed.any) {
		p->changed.any = true;
		p->changed.open_ts = b->open_ts;
		p->changed.was = b->close;
		p->changed.is = there ? now.close : (px){ 0 };
		memcpy(p->changed.symbol, play_symbol(p, b->sym),
		       strlen(play_symbol(p, b->sym)) + 1);
	}
	*b = now;
	return there;
}

/* The event in this configuration's symbols; false: it is of none of them. */
static bool translate(struct play *p, struct event *ev)
{
	switch ((enum event_kind)ev->kind) {
	case EV_BAR:
		ev->u.bar.sym = map_sym(p, ev->u.bar.sym);
		p->out->bars += p->compare && p->bar == NULL;
		return ev->u.bar.sym != SYM_NONE;
	case EV_ORDER:
		ev->u.order.sym = map_sym(p, ev->u.order.sym);
		return true;
	case EV_POSITION:
		ev->u.position.sym = map_sym(p, ev->u.position.sym);
		return ev->u.position.sym != SYM_NONE;
	case EV_INTENT:
		ev->u.intent.sym = map_sym(p, ev->u.intent.sym);
		return ev->u.intent.sym != SYM_NONE;
	case EV_REPLY:
		ev->u.reply.near = map_sym(p, ev->u.reply.near);
		return true;
	case EV_SPLIT:
		ev->u.split.sym = map_sym(p, ev->u.split.sym);
		return ev->u.split.sym != SYM_NONE;
	case EV_CLOCK: case EV_ACCOUNT: case EV_SYNC: case EV_LINK:
	case EV_COMMAND: case EV_BARRIER:
		return true;
	}
	return true;
}

static void play_event(struct play *p, struct event *ev)
{
	p->did.n = 0;
	p->asked = 0;
	p->now = ev->ts;
	p->stepped = true;
	if (!translate(p, ev))
		return;
	if (ev->kind == EV_BAR) {
		if (p->compare)
			play_judge_fills(p, &ev->u.bar);
		if (!other_bar(p, &ev->u.bar))
			return;
	} else if (ev->kind == EV_ORDER && p->compare) {
		play_await_fill(p, &ev->u.order);
	}
	engine_step(p->engine, ev, &p->did);
}

static void note_ask(struct play *p, struct journal_order *o)
{
	o->sym = map_sym(p, o->sym);
	if (p->asked < STEP_ORDERS)
		p->ask[p->asked++] = *o;
}

/* false: no memory. */
static bool play_record(struct play *p, struct journal_record *r)
{
	switch (r->kind) {
	case JOURNAL_BEGIN:
		begin_segment(p, &r->u.begin, p->compare);
		return true;
	case JOURNAL_STATE:
		p->state = r->u.state;
		return true;
	case JOURNAL_TRADE:
		r->u.trade.sym = map_sym(p, r->u.trade.sym);
		if (p->trades < COUNT(p->trade))
			p->trade[p->trades++] = r->u.trade;
		return true;
	case JOURNAL_ORDER:
		r->u.order.sym = map_sym(p, r->u.order.sym);
		if (p->orders < COUNT(p->order))
			p->order[p->orders++] = r->u.order;
		return true;
	case JOURNAL_EVENT:
		if (p->restoring && !restore(p))
			return false;
		if (p->engine != NULL)
			play_event(p, &r->u.event);
		return true;
	case JOURNAL_SUBMIT:
	case JOURNAL_CANCEL:
		note_ask(p, &r->u.submit);
		return true;
	case JOURNAL_SAVED:
		keep_checkpoint(p);
		return true;
	case JOURNAL_KINDS:
		break;
	}
	return true;
}

enum err play_file(struct play *p, struct journal_reader *r, bool compare)
{
	enum err e;

	p->compare = compare;
	while ((e = journal_next(r, &p->record)) == OK && !p->differs) {
		bool part = p->record.kind == JOURNAL_SUBMIT || p->record.kind == JOURNAL_CANCEL;
		if (!part && p->stepped && compare)
			play_compare(p);
		if (!play_record(p, &p->record))
			return ERR_IO;
	}
	if (p->stepped && compare && !p->differs)
		play_compare(p);
	p->stepped = false;
	if (compare)
		play_lonely_due(p, true);
	return e == ERR_END || p->differs ? OK : e;
}

bool play_begins(struct journal_reader *r)
{
	static struct journal_record record;

	while (journal_next(r, &record) == OK)
		if (record.kind == JOURNAL_BEGIN && !record.u.begin.goes_on &&
		    record.u.begin.resumed == 0)
			return true;
	return false;
}

struct play *play_open(const struct parity_job *job, const struct engine_config *c,
		       parity_bar bar, struct parity_result *out)
{
	struct arena memory;

	if (arena_open(&memory, sizeof(struct play) + plan_size(ENGINE_NODES) + 64) != OK)
		return NULL;
	struct play *p = ARENA_NEW(&memory, struct play, 1);
	p->memory = memory;
	p->job = job;
	p->bar = bar;
	p->out = out;
	p->c = *c;
	engine_plan_own(&p->c, &p->memory);
	p->kept_max = engine_size(&p->c);
	if (arena_open(&memory, 2 * p->kept_max + 64) != OK) {
		play_close(p);
		return NULL;
	}
	p->keeping = memory;
	for (size_t i = 0; i < COUNT(p->kept); i++)
		p->kept[i] = arena_alloc(&p->keeping, p->kept_max);
	return p;
}

void play_close(struct play *p)
{
	struct arena memory = p->memory;

	if (p->open)
		arena_close(&p->arena);
	if (p->keeping.memory != NULL)
		arena_close(&p->keeping);
	arena_close(&memory);
}
