/* Into the store, and, once it is durable, out to the wire and the page. */
#include "run/writer_inner.h"

#include "base/log.h"

/* ---- storing */

static enum err put_action(struct writer *w, const struct action *a)
{
	struct store *s = w->l->store;
	bool known;

	switch ((enum action_kind)a->kind) {
	case ACT_PUT_ORDER:
	case ACT_SUBMIT:
	case ACT_REPLACE:
		return store_put_order(s, &a->u.order);
	case ACT_PUT_TRADE:
		return store_put_trade(s, &a->u.trade);
	case ACT_FILL:
		return store_add_fill(s, &a->u.fill, &known);
	case ACT_NOTE:
		return store_add_note(s, &a->u.note);
	case ACT_PUT_STATE:		/* kept aside: see put_states */
	case ACT_CANCEL:
	case ACT_ASK:
	case ACT_SYNC:
		return OK;
	}
	return OK;
}

static enum err put_account(struct writer *w, const struct account *a)
{
	if (!w->account_new) {
		enum err e = store_put_account(w->l->store, str_of(a->id));
		if (e != OK)
			return e;
		w->account_new = true;
	}
	if (a->ts - w->equity_new < EQUITY_EVERY && a->ts >= w->equity_new)
		return OK;
	struct equity_point p = { a->ts, a->equity, a->cash, a->long_value, a->short_value };
	w->equity_new = a->ts;
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
	w->account_new = w->account_stored;
	w->equity_new = w->equity_ts;
	enum err e = put_states(w);

	for (uint32_t i = 0; i < w->n && e == OK; i++) {
		const struct writer_msg *m = &w->batch[i];
		if (m->kind == WRITE_ACTION)
			e = put_action(w, &m->u.action);
		else if (m->kind == WRITE_ACCOUNT)
			e = put_account(w, &m->u.account);
		else
			e = store_put_kill(w->l->store, (enum kill_state)m->u.kill.kill,
					   str_of(m->u.kill.who), m->u.kill.ts);
	}
	return e;
}

static void commit_failed(struct writer *w, const char *why)
{
	if (!w->degraded)
		log_error("store.failed", "why=\"%s\" "
			  "effect=\"no new entries; exits and stops go on\"", why);
	w->degraded = true;
	w->retry_at = mono_ns() + COMMIT_RETRY;
}

bool writer_commit(struct writer *w)
{
	char why[STORE_WHY] = "a record could not be written";

	bool was_broken = store_is_broken(w->l->store);
	enum err e = store_begin(w->l->store);
	if (e == OK) {
		e = put_batch(w);
		if (e == OK)
			e = store_commit(w->l->store, why);
		else
			store_abort(w->l->store);
	}
	if (e != OK) {
		store_why(w->l->store, why);
		if (!was_broken && store_is_broken(w->l->store))
			w->tried = w->n;
		commit_failed(w, why);
		return false;
	}
	if (w->degraded)
		log_warn("store.recovered", "messages=%u", w->n);
	w->degraded = false;
	bool low = store_is_low(w->l->store);
	if (low != w->low)
		log_warn(low ? "store.low" : "store.room", "folder=%s effect=\"%s\"",
			 w->l->config->folder, low ? "no new entries; exits and stops have space "
			 "that was set aside" : "entries again");
	w->low = low;
	w->account_stored = w->account_new;
	w->equity_ts = w->equity_new;
	w->state_dirty = 0;
	w->slice = false;
	w->state_since = 0;
	return true;
}

/* ---- releasing what was committed */

void writer_to_wire(struct writer *w, struct wire_msg *m)
{
	bool sent = ring_put(&w->l->wire_in, m);
	(void)sent;		/* false only while everything stops */
}

void writer_deny(struct writer *w, const struct writer_msg *m, enum deny d, const char *words)
{
	const struct order *o = &m->u.action.u.order;
	struct wire_msg out;

	memset(&out, 0, sizeof out);
	out.kind = WIRE_DENIED;
	out.instance = m->instance;
	out.u.reply.kind = REPLY_DENIED;
	out.u.reply.code = (int32_t)d;
	memcpy(out.u.reply.cid, o->cid, sizeof out.u.reply.cid);
	out.u.reply.near = o->sym;
	bool fits = str_copy(out.u.reply.text, sizeof out.u.reply.text, str_of(words));
	assert(fits);
	writer_to_wire(w, &out);
}

void writer_tell(struct writer *w, const struct action *a)
{
	struct tell t;

	memset(&t, 0, sizeof t);
	switch ((enum action_kind)a->kind) {
	case ACT_PUT_ORDER:
	case ACT_SUBMIT:
	case ACT_REPLACE:
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
		if (a->again)
			return;
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
		if (a->u.order.stage == ORDER_DONE) {
			writer_deny(w, m, (enum deny)a->u.order.refused_code, a->u.order.why);
			return;
		}
		if ((w->degraded || w->low) && a->u.order.role == ROLE_ENTRY) {
			writer_deny(w, m, DENY_KILL, w->degraded ?
				    "the store cannot be written: no new entries" :
				    "the store's disk is almost full: no new entries");
			return;
		}
		out.kind = WIRE_SUBMIT;
		break;
	case ACT_REPLACE:
		out.kind = WIRE_REPLACE;
		memcpy(out.u.replace.old, a->u.replace.old, sizeof out.u.replace.old);
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
	writer_to_wire(w, &out);
}

void writer_release(struct writer *w)
{
	for (uint32_t i = w->released; i < w->n; i++) {
		const struct writer_msg *m = &w->batch[i];
		if (m->kind == WRITE_ACTION) {
			writer_tell(w, &m->u.action);
			writer_say(w, m->instance, &m->u.action);
			release_action(w, m);
		} else if (m->kind == WRITE_ACCOUNT) {
			struct tell t = { .kind = TELL_ACCOUNT, .u.account = m->u.account };
			live_tell(w->l, &t);
		} else {
			struct tell t = { .kind = TELL_KILL, .u.kill.kill = m->u.kill.kill };
			memcpy(t.u.kill.who, m->u.kill.who, sizeof t.u.kill.who);
			live_tell(w->l, &t);
		}
	}
	w->released = w->n;
}
