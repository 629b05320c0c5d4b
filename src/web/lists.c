/* Lists: positions, orders, trades, sessions, the equity curve, the log. Open ones come from
 * the board, history from the store. */
#include "web/web_inner.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/keys.h"

const char *instance_of(const struct web *w, const char *cid)
{
	uint32_t hash = engine_cid_instance(str_of(cid));

	for (uint32_t k = 0; k < w->instances_n; k++)
		if (engine_name_hash(w->instance[k].config->name) == hash)
			return w->instance[k].config->name;
	return NULL;
}

/* ---- positions */

/* What the shares still held have cost: their part of what came in. */
static int64_t cost_of(const struct trade *tr)
{
	return num_muldiv(tr->in_value.n, trade_open_qty(tr).n, tr->in.n, ROUND_NEAR);
}

usd lists_open_pnl(const struct web *w, uint32_t instance, usd otherwise)
{
	usd sum = { 0 };

	for (uint32_t i = 0; i < w->trades_n; i++) {
		const struct trade *tr = &w->trade[i];
		if (tr->instance != instance || trade_open_qty(tr).n == 0)
			continue;
		if (tr->sym >= SYMBOLS_MAX || w->last[tr->sym].n == 0)
			return otherwise;
		qty open = trade_open_qty(tr);
		int64_t gain = usd_of(w->last[tr->sym], open, ROUND_NEAR).n - cost_of(tr);
		sum.n += tr->side == SIDE_BUY ? gain : -gain;
	}
	return sum;
}

static void pnl_json(struct text *t, const struct trade *tr, px last)
{
	qty open = trade_open_qty(tr);

	json_key(t, "market_value");
	if (last.n == 0) {
		json_null(t);
		json_key(t, "pnl");
		json_null(t);
		json_key(t, "pnl_ratio");
		json_null(t);
		return;
	}
	usd value = usd_of(last, open, ROUND_NEAR);
	int64_t cost = cost_of(tr);
	int64_t pnl = tr->side == SIDE_BUY ? value.n - cost : cost - value.n;
	json_money(t, tr->side == SIDE_BUY ? value.n : -value.n);
	key_money(t, "pnl", pnl);
	json_key(t, "pnl_ratio");
	json_f64(t, cost != 0 ? (double)pnl / (double)cost : 0, 6);
}

static void position_json(struct web *w, struct text *t, const struct trade *tr)
{
	ns now = clock_now(w->control->clock);
	px last = tr->sym < SYMBOLS_MAX ? w->last[tr->sym] : (px){ 0 };
	const char *instance = instance_of(w, tr->id);

	json_object(t);
	key_text(t, "trade", tr->id);
	key_text(t, "instance", instance);
	key_text(t, "symbol", symbol_of(w, tr->sym, tr->id));
	key_text(t, "side", tr->side == SIDE_BUY ? "long" : "short");
	key_text(t, "state", trade_state_text((enum trade_state)tr->state));
	key_money(t, "qty", trade_open_qty(tr).n);
	key_average(t, "entry", tr->in_value, tr->in);
	key_price(t, "last", last);
	key_time(t, "last_at", last.n != 0 ? w->last_ts[tr->sym] : 0);
	key_price(t, "stop", tr->stop);
	key_price(t, "target", tr->target);
	pnl_json(t, tr, last);
	key_time(t, "opened", tr->opened);
	key_seconds(t, "age_s", now - tr->opened);
	key_time(t, "hold_until", tr->hold_until);
	json_key(t, "protected");
	if (instance != NULL)
		json_bool(t, tr->naked_since == 0);
	else	/* nobody looks whether its stop is still there, nor its shares */
		json_null(t);
	key_seconds(t, "longest_unprotected_s", tr->naked_longest);
	json_end_object(t);
}

void positions_json(struct web *w, struct text *t)
{
	json_array(t);
	for (uint32_t i = 0; i < w->trades_n; i++)
		if (trade_open_qty(&w->trade[i]).n != 0)
			position_json(w, t, &w->trade[i]);
	json_end_array(t);
}

/* ---- orders */

void order_json(struct text *t, const struct order *o, const char *symbol, const char *instance)
{
	static const char *const stages[] = { "intent", "live", "done" };

	json_object(t);
	key_id(t, "client_order_id", o->cid);
	key_id(t, "id", o->bid);
	key_id(t, "trade", o->trade);
	key_text(t, "instance", instance);
	key_text(t, "symbol", symbol);
	key_text(t, "role", role_text((enum order_role)o->role));
	key_text(t, "side", side_text((enum side)o->side));
	key_text(t, "type", type_text((enum order_type)o->type));
	key_text(t, "time_in_force", tif_text((enum tif)o->tif));
	key_text(t, "order_class", class_text((enum order_class)o->cls));
	key_text(t, "status", o->refused != 0 ? "refused"
					      : status_text((enum order_status)o->status));
	key_text(t, "stage", stages[o->stage]);
	key_money(t, "qty", o->want.n);
	key_money(t, "filled_qty", o->done.n);
	key_average(t, "filled_avg_price", o->value, o->done);
	key_price(t, "limit_price", o->limit);
	key_price(t, "stop_price", o->stop);
	key_price(t, "take_profit", o->take_profit);
	key_price(t, "stop_loss", o->stop_loss);
	key_time(t, "created", o->made);
	key_time(t, "updated", o->updated);
	json_key(t, "refusal");
	if (o->refused == 0 && o->why[0] == 0) {
		json_null(t);
	} else {
		json_object(t);
		key_i64(t, "http", o->refused);
		key_i64(t, "code", o->refused_code);
		key_text(t, "message", o->why);
		json_end_object(t);
	}
	json_end_object(t);
}

bool lists_order(void *ctx, const void *record)
{
	struct listing *l = ctx;
	const struct order *o = record;
	const char *id = o->trade[0] != 0 ? o->trade : o->cid;

	order_json(l->t, o, symbol_of(l->w, SYM_NONE, id), instance_of(l->w, id));
	return !l->t->full;
}

void orders_json(struct web *w, struct text *t, bool open_only, uint32_t limit)
{
	struct listing l = { w, t };

	json_array(t);
	if (!open_only)
		(void)store_orders(w->control->store, limit, lists_order, &l);
	else
		for (uint32_t i = 0; i < w->orders_n; i++)
			(void)lists_order(&l, &w->order[i]);
	json_end_array(t);
}

/* ---- trades */

void trade_json(struct text *t, const struct trade *tr, const char *symbol, const char *instance)
{
	bool closed = tr->state == TRADE_CLOSED;

	json_object(t);
	key_text(t, "trade", tr->id);
	key_text(t, "instance", instance);
	key_text(t, "symbol", symbol);
	key_text(t, "side", tr->side == SIDE_BUY ? "long" : "short");
	key_text(t, "state", trade_state_text((enum trade_state)tr->state));
	key_money(t, "qty", tr->in.n);
	key_average(t, "entry", tr->in_value, tr->in);
	key_average(t, "exit", tr->out_value, tr->out);
	key_price(t, "signal_price", tr->signal_price);
	key_price(t, "stop", tr->stop);
	key_price(t, "target", tr->target);
	json_key(t, "pnl");
	if (tr->in.n == 0 || (tr->out.n == 0 && !closed))
		json_null(t);
	else
		json_money(t, trade_pnl(tr).n);
	json_key(t, "pnl_ratio");
	if (tr->in_value.n == 0 || !closed)
		json_null(t);
	else
		json_f64(t, (double)trade_pnl(tr).n / (double)tr->in_value.n, 6);
	key_money(t, "fees", tr->fees.n);
	key_text(t, "exit_reason", tr->reason_out == EXIT_NONE
				   ? NULL : exit_text((enum exit_reason)tr->reason_out));
	key_time(t, "signal", tr->signal_ts);
	key_time(t, "opened", tr->opened);
	key_time(t, "closed", tr->closed);
	json_key(t, "duration_s");
	if (tr->closed == 0 || tr->opened == 0)
		json_null(t);
	else
		json_f64(t, (double)(tr->closed - tr->opened) / 1e9, 3);
	key_seconds(t, "longest_unprotected_s", tr->naked_longest);
	json_end_object(t);
}

bool lists_trade(void *ctx, const void *record)
{
	struct listing *l = ctx;
	const struct trade *tr = record;

	trade_json(l->t, tr, symbol_of(l->w, SYM_NONE, tr->id), instance_of(l->w, tr->id));
	return !l->t->full;
}

void trades_json(struct web *w, struct text *t, uint32_t limit)
{
	struct listing l = { w, t };

	json_array(t);
	(void)store_trades(w->control->store, limit, lists_trade, &l);
	json_end_array(t);
}

/* ---- sessions, equity, log */

static bool each_session(void *ctx, const void *record)
{
	struct listing *l = ctx;
	const struct session_record *s = record;

	json_object(l->t);
	key_i64(l->t, "id", (int64_t)s->id);
	key_text(l->t, "status", session_status_text((enum session_status)s->status));
	key_text(l->t, "mode", mode_text((enum mode)s->mode));
	key_time(l->t, "started", s->started);
	key_time(l->t, "ended", s->ended);
	key_i64(l->t, "instances", s->instances);
	key_text(l->t, "symbols", s->symbols);
	key_money(l->t, "initial_equity", s->initial_equity.n);
	key_money(l->t, "final_equity", s->final_equity.n);
	key_i64(l->t, "trades", s->trades);
	json_end_object(l->t);
	return !l->t->full;
}

void sessions_json(struct web *w, struct text *t, uint32_t limit)
{
	struct listing l = { w, t };

	json_array(t);
	(void)store_sessions(w->control->store, limit, each_session, &l);
	json_end_array(t);
}

/* A curve of years is as long as one of a day: of each bunch of points the first, the lowest,
 * the highest and the last are told, in their order. */
struct bunch { struct text *t; uint64_t size, n; struct equity_point at[4]; };

#define BUNCHES 250

static bool count_point(void *ctx, const void *record)
{
	uint64_t *n = ctx;

	(void)record;
	++*n;
	return true;
}

static void tell_bunch(struct bunch *b)
{
	ns told = INT64_MIN;

	if (b->n == 0)
		return;
	if (b->at[1].ts > b->at[2].ts) {
		struct equity_point p = b->at[1];
		b->at[1] = b->at[2];
		b->at[2] = p;
	}
	for (size_t i = 0; i < COUNT(b->at); i++) {
		if (b->at[i].ts == told)
			continue;
		told = b->at[i].ts;
		json_object(b->t);
		key_time(b->t, "t", told);
		key_money(b->t, "equity", b->at[i].equity.n);
		json_end_object(b->t);
	}
	b->n = 0;
}

static bool each_equity(void *ctx, const void *record)
{
	struct bunch *b = ctx;
	const struct equity_point *p = record;

	if (b->n++ == 0)
		b->at[0] = b->at[1] = b->at[2] = *p;
	if (p->equity.n < b->at[1].equity.n)
		b->at[1] = *p;
	if (p->equity.n > b->at[2].equity.n)
		b->at[2] = *p;
	b->at[3] = *p;
	if (b->n == b->size)
		tell_bunch(b);
	return !b->t->full;
}

void equity_json(struct web *w, struct text *t, ns from)
{
	struct bunch b = { .t = t };
	uint64_t n = 0;

	json_array(t);
	(void)store_equity(w->control->store, from, INT64_MAX, count_point, &n);
	b.size = n / BUNCHES + 1;
	(void)store_equity(w->control->store, from, INT64_MAX, each_equity, &b);
	tell_bunch(&b);
	json_end_array(t);
}

static void log_line(void *ctx, uint64_t seq, struct str line)
{
	struct text *t = ctx;

	(void)seq;
	if (t->cap - t->n > 2 * LOG_LINE_MAX)
		json_str(t, line);
}

void log_json(struct web *w, struct text *t)
{
	(void)w;
	json_array(t);
	(void)log_tail(0, log_line, t);
	json_end_array(t);
}
