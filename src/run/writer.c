/* The writer: everything that one event caused is committed, then it may leave. The
 * portfolio guard stands here, since here the orders of all instances are in one order. */
#include "run/writer_inner.h"

#include "base/log.h"
#include "run/sandbox.h"

/* ---- the guard */

static void note_guard(struct writer *w, const struct writer_msg *m, enum deny d,
		       const struct gate_trace *trace, struct note *out)
{
	const struct order *o = &m->u.action.u.order;

	memset(out, 0, sizeof *out);
	out->ts = clock_now(&w->l->clock);
	out->instance = m->instance;
	out->kind = NOTE_GUARD;
	out->code = (uint16_t)d;
	out->sym = o->sym;
	memcpy(out->trade, o->trade, sizeof out->trade);
	memcpy(out->order, o->cid, sizeof out->order);
	out->seq = w->state[m->instance].seq;
	assert(trace->n * 2 <= NOTE_VALUES);
	for (uint16_t i = 0; i < trace->n; i++) {
		out->value[out->n++] = trace->line[i].value;
		out->value[out->n++] = trace->line[i].limit;
	}
}

/* From when on the sweep has to list orders: nothing older can matter. */
static void show_oldest(struct writer *w)
{
	int64_t oldest = INT64_MAX;

	for (uint32_t i = 0; i < w->open_n; i++)
		if (w->open_trade[i].since < oldest)
			oldest = w->open_trade[i].since;
	atomic_store(&w->l->oldest_open, oldest);
}

static void follow_trade(struct writer *w, const struct trade *t)
{
	uint32_t i;

	for (i = 0; i < w->open_n; i++)
		if (memcmp(w->open_trade[i].id, t->id, CID_TEXT) == 0)
			break;
	if (t->state == TRADE_CLOSED) {
		if (i < w->open_n) {
			w->open_trade[i] = w->open_trade[--w->open_n];
			if (t->in.n > 0)
				atomic_fetch_add(&w->l->trades, 1);
		}
	} else if (i == w->open_n && w->open_n < COUNT(w->open_trade)) {
		w->open_trade[w->open_n].since = t->signal_ts;
		w->open_trade[w->open_n].sym = t->sym;
		memcpy(w->open_trade[w->open_n++].id, t->id, CID_TEXT);
	}
	show_oldest(w);
}

static bool first_point(void *ctx, const void *record)
{
	*(usd *)ctx = ((const struct equity_point *)record)->equity;
	return false;
}

/* A new start in the middle of a day allows no second loss: the day began with the first equity
 * that the store has of it. */
static void restore_day(struct writer *w, const struct account *now)
{
	struct account then = *now;
	day today = ny_date(now->ts);

	if (store_equity(w->l->store, ny_time(today, 0, 0), now->ts, first_point,
			 &then.equity) != OK)
		log_error("writer.restore", "why=\"the store could not be read\"");
	guard_account(&w->guard, &then, today);
}

/* What the guard follows at once, whatever becomes of the commit. */
static void follow(struct writer *w, const struct writer_msg *m)
{
	const struct action *a = &m->u.action;

	if (m->kind == WRITE_ACCOUNT) {
		if (!w->guard.have_account)
			restore_day(w, &m->u.account);
		guard_account(&w->guard, &m->u.account, ny_date(m->u.account.ts));
		atomic_store(&w->l->last_equity, m->u.account.equity.n);
	} else if (m->kind == WRITE_ACTION && (a->kind == ACT_PUT_ORDER ||
		   a->kind == ACT_SUBMIT || a->kind == ACT_REPLACE)) {
		guard_order(&w->guard, &a->u.order);
	} else if (m->kind == WRITE_ACTION && a->kind == ACT_PUT_TRADE) {
		follow_trade(w, &a->u.trade);
	}
}

/* ---- taking messages */

static bool traded(const struct writer *w, sym s)
{
	for (uint32_t i = 0; i < w->open_n; i++)
		if (w->open_trade[i].sym == s)
			return true;
	return false;
}

/* Without the entry's own, which may be sent again. What others hold of a symbol that we trade
 * now, or are about to, is no second position. */
static uint32_t positions(const struct writer *w, const struct order *entry)
{
	uint32_t n = atomic_load(&w->l->strangers);

	for (uint32_t i = 0; i < w->open_n; i++)
		n += memcmp(w->open_trade[i].id, entry->trade, CID_TEXT) != 0;
	for (uint32_t s = 0; s < w->l->symbols->n; s++)
		n += atomic_load(&w->l->others[s]) && s != entry->sym && !traded(w, (sym)s);
	return n < GUARD_ORDERS ? n : GUARD_ORDERS;
}

/* The portfolio guard: a refused entry is stored as what it is, and not sent. */
static void guard_entry(struct writer *w, struct writer_msg *m)
{
	struct gate_trace trace = { 0 };
	struct action *a = &m->u.action;

	if (a->u.order.role != ROLE_ENTRY)
		return;
	guard_positions(&w->guard, positions(w, &a->u.order));
	enum deny d = guard_check(&w->guard, &a->u.order, a->last, &trace);
	struct writer_msg note;
	memset(&note, 0, sizeof note);
	note.kind = WRITE_ACTION;
	note.instance = m->instance;
	note.u.action.kind = ACT_NOTE;
	note_guard(w, m, d, &trace, &note.u.action.u.note);
	if (d != ALLOW) {
		/* It is told with the rest, behind the commit. */
		a->u.order.stage = ORDER_DONE;
		a->u.order.status = ST_REJECTED;
		a->u.order.refused_code = (int32_t)d;
		bool fits = str_copy(a->u.order.why, sizeof a->u.order.why, str_of(deny_text(d)));
		assert(fits);
	}
	if (w->n < BATCH_MAX)
		w->batch[w->n++] = note;
}

static void take(struct writer *w, struct writer_msg *m)
{
	uint32_t bit = 1u << m->instance;

	if (m->kind == WRITE_BARRIER) {
		if (m->barrier == w->barrier || w->at_barrier == 0) {
			w->barrier = m->barrier;
			w->at_barrier |= bit;
			w->wake = m->wake < w->wake ? m->wake : w->wake;
		}
		return;
	}
	if (m->kind == WRITE_ACTION) {
		w->open_steps = m->last ? w->open_steps & ~bit : w->open_steps | bit;
		if (m->u.action.kind == ACT_PUT_STATE) {
			/* A slice is decided once, whatever happens next. */
			w->slice |= m->u.action.u.state.last_decision !=
				    w->state[m->instance].last_decision;
			w->state[m->instance] = m->u.action.u.state;
			w->state_dirty |= bit;
			writer_tell(w, &m->u.action);
			return;
		}
	}
	assert(w->n < BATCH_MAX);
	w->batch[w->n++] = *m;
}

/* What the wire says of the account goes before everything. */
static uint32_t rank(const struct writer_msg *m)
{
	return m->kind == WRITE_ACTION ? m->instance + 1u : 0;
}

/* Lockstep: threads have run in any order; the batch is put into instance order. */
static void sort_batch(struct writer *w)
{
	for (uint32_t i = w->released + 1; i < w->n; i++) {
		struct writer_msg m = w->batch[i];
		uint32_t j = i;
		for (; j > w->released && rank(&w->batch[j - 1]) > rank(&m); j--)
			w->batch[j] = w->batch[j - 1];
		w->batch[j] = m;
	}
}

static void guard_batch(struct writer *w)
{
	uint32_t n = w->n;

	for (uint32_t i = w->released; i < n; i++) {
		follow(w, &w->batch[i]);
		if (w->batch[i].kind == WRITE_ACTION && w->batch[i].u.action.kind == ACT_SUBMIT)
			guard_entry(w, &w->batch[i]);
	}
}

static bool states_due(struct writer *w)
{
	ns now = clock_now(&w->l->clock);

	if (w->state_dirty == 0)
		return false;
	if (w->state_since == 0)
		w->state_since = now;
	return now - w->state_since >= CHECKPOINT_EVERY;
}

/* last: the program ends; a store that could not be written gets one more chance. */
static void flush(struct writer *w, bool last)
{
	bool wanted = states_due(w) || w->slice || (last && w->state_dirty != 0) ||
		      w->released < w->n;

	if (w->l->lockstep)
		sort_batch(w);
	guard_batch(w);
	/* On a full disk every try writes the whole batch: exits do not wait for that. And what
	 * is in doubt is not stored before the keeper has said whether it was. */
	if (w->degraded ? last || (w->tried == 0 && mono_ns() >= w->retry_at) : wanted)
		(void)writer_commit(w);
	writer_release(w);
	if (!w->degraded)
		w->n = w->released = 0;
}

/* A step that is split between two transactions is better than an order that is lost. */
static void make_room(struct writer *w)
{
	if (w->n < BATCH_MAX)
		return;
	if (w->released < w->n)
		flush(w, false);
	if (w->n == BATCH_MAX)
		writer_room(w);
}

static uint32_t everybody(const struct live *l)
{
	return (uint32_t)((1ull << l->instances_n) - 1);
}

static void pass_barrier(struct writer *w)
{
	struct wire_msg out;

	memset(&out, 0, sizeof out);
	out.kind = WIRE_BARRIER;
	out.barrier = w->barrier;
	out.wake = w->wake;
	w->at_barrier = 0;
	w->wake = INT64_MAX;
	writer_to_wire(w, &out);
}

/* What was open when the last process ended: the guard goes on from there. An instance is
 * known by its name, its number may have moved. */
static bool restore_order(void *ctx, const void *record)
{
	struct writer *w = ctx;
	struct order o = *(const struct order *)record;
	uint32_t hash = engine_cid_instance(str_of(o.trade));

	o.instance = UINT8_MAX;
	for (uint32_t i = 0; i < w->l->instances_n; i++)
		if (engine_name_hash(w->l->instance[i].config.name) == hash)
			o.instance = (uint8_t)i;
	guard_order(&w->guard, &o);
	return true;
}

static bool restore_trade(void *ctx, const void *record)
{
	follow_trade(ctx, record);
	return true;
}

void *writer_open(struct live *l)
{
	struct writer *w = ARENA_NEW(&l->arena, struct writer, 1);

	w->l = l;
	w->batch = ARENA_NEW(&l->arena, struct writer_msg, BATCH_MAX);
	w->wake = INT64_MAX;
	guard_init(&w->guard, &l->config->account_limits);
	show_oldest(w);
	if (store_open_orders(l->store, restore_order, w) != OK ||
	    store_open_trades(l->store, restore_trade, w) != OK)
		log_error("writer.restore", "why=\"the store could not be read\"");
	return w;
}

/* A store that is damaged is only opened again by a new start, which has older copies. What is
 * held is looked after first; there are no new entries meanwhile. */
static void start_again(struct writer *w)
{
	struct live *l = w->l;

	if (atomic_load(&l->fatal) != 0 ||
	    (w->open_n > 0 && calendar_is_open(&l->calendar, clock_now(&l->clock))))
		return;
	log_error("store.restart", "why=\"the store has to be opened again\" open=%u", w->open_n);
	atomic_store(&l->fatal, 1);
}

/* The keeper has written the store anew: with the commit of which nothing was known, or
 * without; it is not stored twice. */
static void take_mended(struct writer *w)
{
	int mended = atomic_load(&w->l->mended);

	if (mended == MEND_NONE)
		return;
	if (mended == MEND_HOPELESS) {
		start_again(w);
		return;
	}
	atomic_store(&w->l->mended, MEND_NONE);
	uint32_t n = w->tried;
	assert(n <= w->released);
	w->tried = 0;
	w->retry_at = 0;
	if (mended == MEND_LOST)
		return;
	memmove(w->batch, w->batch + n, (w->n - n) * sizeof w->batch[0]);
	w->n -= n;
	w->released -= n;
}

void *writer_main(void *arg)
{
	struct writer *w = arg;
	struct live *l = w->l;
	struct writer_msg m;

	sandbox_enter();
	for (;;) {
		atomic_store(&l->writer_alive, mono_ns());
		enum err e = ring_get(&l->writer_in, &m, mono_ns() + NS_SECOND);
		if (e == ERR_END)
			break;
		take_mended(w);
		if (e == OK) {
			make_room(w);
			take(w, &m);
		}
		while (w->n < BATCH_MAX - ACTIONS_MAX && ring_poll(&l->writer_in, &m))
			take(w, &m);
		if (w->open_steps != 0)
			continue;	/* a step is never split between two transactions */
		/* Lockstep: nothing leaves before every instance has said its part. */
		bool all = w->at_barrier == everybody(l);
		if (l->lockstep && !all && w->n < BATCH_EARLY)
			continue;
		flush(w, false);
		if (all && w->at_barrier != 0)
			pass_barrier(w);
	}
	flush(w, true);
	return NULL;
}
