/* The chain behind an order or a trade, for `gambler why` and the page: what was seen, what
 * was compared, what was sent, what came of it. */
#include "web/web_inner.h"

#include <math.h>

#include "base/keys.h"

struct chain { struct web *w; struct text *t; const struct strategy *strategy; };

/* What the numbers of a note are; NULL: they have no names. */
static const char *value_name(const struct note *n, const struct strategy *s, uint16_t i)
{
	static const char *const sent[] = { "qty", "stop", "target" };
	static const char *const closed[] = { "pnl", "qty" };
	static const char *const breaker[] = { "value", "limit" };

	switch ((enum note_kind)n->kind) {
	case NOTE_SIGNAL:
		return s != NULL && i < s->values_n ? s->values[i] : NULL;
	case NOTE_SENT:
	case NOTE_PROTECT:
		return i < COUNT(sent) ? sent[i] : NULL;
	case NOTE_EXIT:
		return i < COUNT(closed) ? closed[i] : NULL;
	case NOTE_BREAKER:
		return i < COUNT(breaker) ? breaker[i] : NULL;
	case NOTE_REPLY:
		return i == 0 ? "code" : NULL;
	case NOTE_GATE:
	case NOTE_GUARD:
	case NOTE_STATUS:
	case NOTE_COMMAND:
	case NOTE_SYNC:
	case NOTE_FILTER:
	case NOTE_KINDS:
		return NULL;
	}
	return NULL;
}

/* Gate and guard: what was compared with which limit; checks not made are left out. */
static void checks_json(struct text *t, const struct note *n)
{
	for (uint16_t i = 0; i + 1 < n->n && i + 1 < NOTE_VALUES; i += 2) {
		enum deny d = n->kind == NOTE_GATE ? gate_pair(i / 2U) : guard_pair(i / 2U);
		if (d == ALLOW || isnan(n->value[i]))
			continue;
		json_object(t);
		key_text(t, "check", deny_text(d));
		key_f64(t, "value", n->value[i]);
		key_f64(t, "limit", n->value[i + 1]);
		json_end_object(t);
	}
}

static void values_json(struct text *t, const struct note *n, const struct strategy *s)
{
	json_key(t, "values");
	json_array(t);
	if (n->kind == NOTE_GATE || n->kind == NOTE_GUARD)
		checks_json(t, n);
	else
		for (uint16_t i = 0; i < n->n && i < NOTE_VALUES; i++) {
			const char *name = value_name(n, s, i);
			if (name != NULL) {
				bool none = n->kind == NOTE_SENT && n->value[i] == 0;
				json_object(t);
				key_f64(t, name, none ? NAN : n->value[i]);	/* NaN: null */
				json_end_object(t);
			} else {
				json_f64(t, n->value[i], 6);
			}
		}
	json_end_array(t);
}

static const char *code_text(const struct note *n)
{
	switch ((enum note_kind)n->kind) {
	case NOTE_GATE:
	case NOTE_GUARD:
	case NOTE_BREAKER:
		return n->code < DENY_COUNT ? deny_text((enum deny)n->code) : NULL;
	case NOTE_STATUS:
		return n->code <= ST_UNKNOWN ? status_text((enum order_status)n->code) : NULL;
	case NOTE_EXIT:
		return n->code < EXIT_REASONS ? exit_text((enum exit_reason)n->code) : NULL;
	case NOTE_SIGNAL:
	case NOTE_SENT:
	case NOTE_REPLY:
	case NOTE_PROTECT:
	case NOTE_COMMAND:
	case NOTE_SYNC:
	case NOTE_FILTER:
	case NOTE_KINDS:
		return NULL;
	}
	return NULL;
}

static bool each_note(void *ctx, const void *record)
{
	struct chain *c = ctx;
	const struct note *n = record;

	json_object(c->t);
	key_time(c->t, "at", n->ts);
	key_text(c->t, "what", note_text((enum note_kind)n->kind));
	key_i64(c->t, "code", n->code);
	key_text(c->t, "meaning", code_text(n));
	key_id(c->t, "order", n->order);
	key_id(c->t, "text", n->text);
	values_json(c->t, n, c->strategy);
	json_end_object(c->t);
	return !c->t->full;
}

static bool each_fill(void *ctx, const void *record)
{
	struct listing *l = ctx;
	const struct fill *f = record;

	json_object(l->t);
	key_time(l->t, "at", f->ts);
	key_text(l->t, "order", f->order);
	key_text(l->t, "role", role_text((enum order_role)f->role));
	key_text(l->t, "side", side_text((enum side)f->side));
	key_money(l->t, "qty", f->n.n);
	key_money(l->t, "cumulative", f->cumulative.n);
	key_money(l->t, "price", f->at.n);
	key_id(l->t, "execution", f->execution);
	json_end_object(l->t);
	return !l->t->full;
}

static bool first_note(void *ctx, const void *record)
{
	(void)record;
	*(bool *)ctx = true;
	return false;
}

/* A signal that the gate, or a filter, turned away has notes, and no trade. */
bool why_json(struct web *w, struct text *t, struct str id)
{
	struct store *s = w->control->store;
	struct listing l = { w, t };
	struct chain c = { w, t, NULL };
	struct order o;
	struct trade tr;

	struct str trade = store_order(s, id, &o) == OK ? str_of(o.trade) : id;
	bool traded = store_trade(s, trade, &tr) == OK, noted = traded;
	if (!traded)
		(void)store_notes_of(s, trade, first_note, &noted);
	if (!noted)
		return false;
	for (uint32_t i = 0; i < w->instances_n; i++)
		if (engine_name_hash(w->instance[i].config->name) == engine_cid_instance(trade))
			c.strategy = w->instance[i].config->strategy;
	json_object(t);
	json_key(t, "trade");
	if (traded)
		(void)lists_trade(&l, &tr);
	else
		json_null(t);
	json_key(t, "notes");
	json_array(t);
	(void)store_notes_of(s, trade, each_note, &c);
	json_end_array(t);
	json_key(t, "orders");
	json_array(t);
	(void)store_orders_of(s, trade, lists_order, &l);
	json_end_array(t);
	json_key(t, "fills");
	json_array(t);
	(void)store_fills_of(s, trade, each_fill, &l);
	json_end_array(t);
	json_end_object(t);
	return true;
}
