/* The writer: everything that one event caused is committed, then it may leave. The
 * portfolio guard stands here, since here the orders of all instances are in one order. */
#include "run/live.h"

#include "base/log.h"

/* Messages that wait for a commit: normally a few; when the disk is full they stay
 * until there is room again, and beyond this no entry has been let through for long. */
#define BATCH_MAX 4096

#define COMMIT_RETRY (5 * NS_SECOND)
#define EQUITY_EVERY (60 * NS_SECOND)	/* market time: the equity curve */

struct writer {
	struct live  *l;
	struct guard  guard;
	struct writer_msg *batch;
	uint32_t      n, released;	/* batch[0..released) has left already (disk full) */
	uint32_t      open_steps;	/* instances in the middle of a step: bit set */
	uint64_t      barrier;
	uint32_t      at_barrier;	/* instances that answered: bit set */
	ns            wake;
	struct instance_state state[INSTANCES_MAX];
	uint32_t      state_dirty;
	ns            state_since, equity_ts, retry_at;
	bool          account_stored;
	bool          degraded;		/* the store cannot be written */
	struct { char id[CID_TEXT]; ns since; } open_trade[INSTANCES_MAX * ENGINE_SYMBOLS];
	uint32_t      open_n;
};

/* ---- storing */

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
	for (uint16_t i = 0; i < trace->n && out->n + 1 < NOTE_VALUES; i++) {
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
		memcpy(w->open_trade[w->open_n++].id, t->id, CID_TEXT);
	}
	show_oldest(w);
	guard_positions(&w->guard, w->open_n);
}

/* What the guard follows at once, whatever becomes of the commit. */
static void follow(struct writer *w, const struct writer_msg *m)
{
	const struct action *a = &m->u.action;

	if (m->kind == WRITE_ACCOUNT) {
		guard_account(&w->guard, &m->u.account, ny_date(m->u.account.ts));
		atomic_store(&w->l->last_equity, m->u.account.equity.n);
	} else if (m->kind == WRITE_ACTION && (a->kind == ACT_PUT_ORDER || a->kind == ACT_SUBMIT)) {
		guard_order(&w->guard, &a->u.order);
	} else if (m->kind == WRITE_ACTION && a->kind == ACT_PUT_TRADE) {
		follow_trade(w, &a->u.trade);
	}
}

static enum err put_action(struct writer *w, const struct action *a)
{
	struct store *s = w->l->store;
	bool known;

	switch ((enum action_kind)a->kind) {
	case ACT_PUT_ORDER:
	case ACT_SUBMIT:
		return store_put_order(s, &a->u.order);
	case ACT_PUT_TRADE:
		return store_put_trade(s, &a->u.trade);
	case ACT_PUT_STATE:
		return OK;		/* kept aside: see put_states */
	case ACT_FILL:
		return store_add_fill(s, &a->u.fill, &known);
	case ACT_NOTE:
		return store_add_note(s, &a->u.note);
	case ACT_CANCEL:
	case ACT_ASK:
	case ACT_SYNC:
		return OK;
	}
	return OK;
}

static enum err put_account(struct writer *w, const struct account *a)
{
	if (!w->account_stored) {
		enum err e = store_put_account(w->l->store, str_of(a->id));
		if (e != OK)
			return e;
		w->account_stored = true;
	}
	if (a->ts - w->equity_ts < EQUITY_EVERY && a->ts >= w->equity_ts)
		return OK;
	struct equity_point p = { a->ts, a->equity, a->cash, a->long_value, a->short_value };
	w->equity_ts = a->ts;
	return store_add_equity(w->l->store, &p);
}

static enum err put_states(struct writer *w)
{
	for (uint32_t i = 0; i < INSTANCES_MAX; i++) {
		if ((w->state_dirty >> i & 1) == 0)
			continue;
		enum err e = store_put_state(w->l->store, &w->state[i]);
		if (e != OK)
			return e;
	}
	return OK;
}

static enum err put_batch(struct writer *w)
{
	enum err e = put_states(w);

	for (uint32_t i = 0; i < w->n && e == OK; i++) {
		const struct writer_msg *m = &w->batch[i];
		if (m->kind == WRITE_ACTION)
			e = put_action(w, &m->u.action);
		else if (m->kind == WRITE_ACCOUNT)
			e = put_account(w, &m->u.account);
		else if (m->kind == WRITE_KILL)
			e = store_put_kill(w->l->store, (enum kill_state)m->u.kill.kill,
					   str_of(m->u.kill.who), m->u.kill.ts);
	}
	return e;
}

static void commit_failed(struct writer *w, const char *why)
{
	if (!w->degraded)
		log_error("store.failed", "why=\"%s\" effect=\"no new entries; exits and stops go on\"",
			  why);
	w->degraded = true;
	w->retry_at = mono_ns() + COMMIT_RETRY;
}

static bool commit(struct writer *w)
{
	char why[STORE_WHY] = "transaction could not be begun";

	enum err e = store_begin(w->l->store);
	if (e == OK) {
		e = put_batch(w);
		if (e == OK)
			e = store_commit(w->l->store, why);
		else
			store_abort(w->l->store);
	}
	if (e != OK) {
		commit_failed(w, why);
		return false;
	}
	if (w->degraded)
		log_warn("store.recovered", "messages=%u", w->n);
	w->degraded = false;
	w->state_dirty = 0;
	w->state_since = 0;
	return true;
}

/* ---- releasing what was committed */

static void to_wire(struct writer *w, struct wire_msg *m)
{
	bool sent = ring_put(&w->l->wire_in, m);
	(void)sent;		/* false only while everything stops */
}

static void deny(struct writer *w, const struct writer_msg *m, enum deny d, const char *words)
{
	const struct order *o = &m->u.action.u.order;
	struct wire_msg out;

	memset(&out, 0, sizeof out);
	out.kind = WIRE_DENIED;
	out.instance = m->instance;
	out.u.reply.kind = REPLY_DENIED;
	out.u.reply.code = (int32_t)d;
	memcpy(out.u.reply.cid, o->cid, sizeof out.u.reply.cid);
	bool fits = str_copy(out.u.reply.text, sizeof out.u.reply.text, str_of(words));
	assert(fits);
	to_wire(w, &out);
}

static void tell_action(struct writer *w, const struct action *a)
{
	struct tell t;

	memset(&t, 0, sizeof t);
	switch ((enum action_kind)a->kind) {
	case ACT_PUT_ORDER:
	case ACT_SUBMIT:
		t.kind = TELL_ORDER;
		t.u.order = a->u.order;
		break;
	case ACT_PUT_TRADE:
		t.kind = TELL_TRADE;
		t.u.trade = a->u.trade;
		break;
	case ACT_PUT_STATE:
		t.kind = TELL_STATE;
		t.u.state = a->u.state;
		break;
	case ACT_FILL:
		t.kind = TELL_FILL;
		t.u.fill = a->u.fill;
		break;
	case ACT_NOTE:
		t.kind = TELL_NOTE;
		t.u.note = a->u.note;
		break;
	case ACT_CANCEL:
	case ACT_ASK:
	case ACT_SYNC:
		return;
	}
	live_tell(w->l, &t);
}

static void release_action(struct writer *w, const struct writer_msg *m)
{
	const struct action *a = &m->u.action;
	struct wire_msg out;

	memset(&out, 0, sizeof out);
	out.instance = m->instance;
	switch ((enum action_kind)a->kind) {
	case ACT_SUBMIT:
		if (a->u.order.stage == ORDER_DONE)
			return;		/* denied below, before it was stored */
		if (w->degraded && a->u.order.role == ROLE_ENTRY) {
			deny(w, m, DENY_KILL, "the store cannot be written: no new entries");
			return;
		}
		out.kind = WIRE_SUBMIT;
		break;
	case ACT_CANCEL:
		out.kind = WIRE_CANCEL;
		break;
	case ACT_ASK:
		out.kind = WIRE_ASK;
		break;
	case ACT_SYNC:
		out.kind = WIRE_SYNC;
		break;
	case ACT_PUT_ORDER:
	case ACT_PUT_TRADE:
	case ACT_PUT_STATE:
	case ACT_FILL:
	case ACT_NOTE:
		return;
	}
	out.u.order = a->u.order;
	to_wire(w, &out);
}

static void release(struct writer *w)
{
	for (uint32_t i = w->released; i < w->n; i++) {
		const struct writer_msg *m = &w->batch[i];
		if (m->kind == WRITE_ACTION) {
			tell_action(w, &m->u.action);
			release_action(w, m);
		} else if (m->kind == WRITE_ACCOUNT) {
			struct tell t = { .kind = TELL_ACCOUNT, .u.account = m->u.account };
			live_tell(w->l, &t);
		} else if (m->kind == WRITE_KILL) {
			struct tell t = { .kind = TELL_KILL, .u.kill.kill = m->u.kill.kill };
			memcpy(t.u.kill.who, m->u.kill.who, sizeof t.u.kill.who);
			live_tell(w->l, &t);
		}
	}
	w->released = w->n;
}

/* ---- taking messages */

/* The portfolio guard: a refused entry is stored as what it is, and not sent. */
static void guard_entry(struct writer *w, struct writer_msg *m)
{
	struct gate_trace trace = { 0 };
	struct action *a = &m->u.action;

	if (a->u.order.role != ROLE_ENTRY)
		return;
	enum deny d = guard_check(&w->guard, &a->u.order, a->last, &trace);
	struct writer_msg note;
	memset(&note, 0, sizeof note);
	note.kind = WRITE_ACTION;
	note.instance = m->instance;
	note.u.action.kind = ACT_NOTE;
	note_guard(w, m, d, &trace, &note.u.action.u.note);
	if (d != ALLOW) {
		a->u.order.stage = ORDER_DONE;
		a->u.order.status = ST_REJECTED;
		bool fits = str_copy(a->u.order.why, sizeof a->u.order.why, str_of(deny_text(d)));
		assert(fits);
		deny(w, m, d, deny_text(d));
	}
	if (w->n < BATCH_MAX)
		w->batch[w->n++] = note;
}

static bool substantive(const struct writer_msg *m)
{
	return m->kind != WRITE_BARRIER &&
	       !(m->kind == WRITE_ACTION && m->u.action.kind == ACT_PUT_STATE);
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
			w->state[m->instance] = m->u.action.u.state;
			w->state_dirty |= bit;
			tell_action(w, &m->u.action);
			return;
		}
	}
	if (w->n < BATCH_MAX)
		w->batch[w->n++] = *m;
	else
		log_error("writer.overflow", "kind=%u instance=%u", m->kind, m->instance);
}

/* Lockstep: threads have run in any order; the batch is put into instance order. */
static void sort_batch(struct writer *w)
{
	for (uint32_t i = w->released + 1; i < w->n; i++) {
		struct writer_msg m = w->batch[i];
		uint32_t j = i;
		for (; j > w->released && w->batch[j - 1].instance > m.instance; j--)
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

static void flush(struct writer *w)
{
	bool wanted = states_due(w);

	if (w->l->lockstep)
		sort_batch(w);
	guard_batch(w);
	for (uint32_t i = w->released; i < w->n && !wanted; i++)
		wanted = substantive(&w->batch[i]);
	bool ok = true;
	if (wanted || (w->degraded && mono_ns() >= w->retry_at))
		ok = commit(w);
	release(w);
	if (ok && !w->degraded)
		w->n = w->released = 0;
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
	to_wire(w, &out);
}

/* What was open when the last process ended: the guard goes on from there. */
static bool restore_order(void *ctx, const void *record)
{
	guard_order(&((struct writer *)ctx)->guard, record);
	return true;
}

static bool restore_trade(void *ctx, const void *record)
{
	follow_trade(ctx, record);
	return true;
}

static struct writer *writer_new(struct live *l)
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

void *writer_main(void *arg)
{
	struct live *l = arg;
	struct writer *w = writer_new(l);
	struct writer_msg m;

	for (;;) {
		atomic_store(&l->writer_alive, mono_ns());
		enum err e = ring_get(&l->writer_in, &m, mono_ns() + NS_SECOND);
		if (e == ERR_END)
			break;
		if (e == OK)
			take(w, &m);
		while (w->n < BATCH_MAX - ACTIONS_MAX && ring_poll(&l->writer_in, &m))
			take(w, &m);
		if (w->open_steps != 0)
			continue;	/* a step is never split between two transactions */
		/* Lockstep: nothing leaves before every instance has said its part. */
		if (l->lockstep && w->at_barrier != everybody(l))
			continue;
		flush(w);
		if (w->at_barrier != 0)
			pass_barrier(w);
	}
	flush(w);
	if (w->state_dirty != 0)
		(void)commit(w);
	return NULL;
}
