/* What it is doing: /status, /health, instances, account, stats. */
#include "web/web_inner.h"

#include "base/clock.h"
#include "base/version.h"
#include "base/keys.h"
#include "run/sandbox.h"

/* "gb-0a1b2c3d-BRK-B-hl3k2w-e": a symbol may have a dash itself. */
struct str web_symbol(const char *cid)
{
	struct str rest = str_of(cid);

	(void)str_cut(&rest, '-');
	(void)str_cut(&rest, '-');
	for (int dashes = 0; rest.n > 0; rest.n--)
		if (rest.s[rest.n - 1] == '-' && ++dashes == 2)
			return (struct str){ rest.s, rest.n - 1 };
	return (struct str){ cid, 0 };
}

const char *symbol_of(const struct web *w, sym s, const char *cid)
{
	static char name[SYMBOL_TEXT];
	const struct symbols *t = &w->control->config->symbols;

	if (s < t->n)
		return t->name[s];
	/* A record of another process's table: the symbol stands in the id. */
	struct str found = web_symbol(cid);
	if (found.n == 0 || !str_copy(name, sizeof name, found))
		return "?";
	return name;
}

const char *state_of(const struct web *w)
{
	bool paused = w->instances_n > 0;

	if (w->server == NULL)
		return "stopped";
	if (!w->have_link || !w->link.synced)
		return "starting";
	if (w->kill != KILL_RUN)
		return kill_text(w->kill);
	for (uint32_t i = 0; i < w->instances_n; i++)
		paused = paused && w->instance[i].state.run == RUN_PAUSED;
	if (paused)
		return "paused";
	if (store_trouble(w->control->store) != NULL)
		return "cannot_store";
	return w->link.data_up && w->link.orders_up ? "running" : "disconnected";
}

static int64_t day_pnl(const struct web *w)
{
	return w->account.equity.n - w->account.last_equity.n;
}

void account_json(const struct web *w, struct text *t)
{
	const struct account *a = &w->account;

	if (!w->have_account) {
		json_null(t);
		return;
	}
	json_object(t);
	key_text(t, "id", a->id);
	key_text(t, "number", a->number);
	key_text(t, "status", a->status);
	key_bool(t, "blocked", a->blocked);
	key_money(t, "equity", a->equity.n);
	key_money(t, "last_equity", a->last_equity.n);
	key_money(t, "cash", a->cash.n);
	key_money(t, "buying_power", a->buying_power.n);
	key_money(t, "long_market_value", a->long_value.n);
	key_money(t, "short_market_value", a->short_value.n);
	key_money(t, "initial_margin", a->initial_margin.n);
	key_money(t, "day_pnl", day_pnl(w));
	key_ratio(t, "day_pnl_ratio", day_pnl(w), a->last_equity.n);
	key_time(t, "as_of", a->ts);
	json_end_object(t);
}

static void funnel_json(struct text *t, const struct instance_view *v)
{
	json_key(t, "funnel");
	json_array(t);
	for (uint32_t i = 0; i < FUNNEL_MAX; i++) {
		const char *name = engine_funnel_name(v->config, i);
		if (name == NULL)
			break;
		json_object(t);
		key_text(t, "condition", name);
		key_i64(t, "rejected", (int64_t)v->state.funnel[i]);
		json_end_object(t);
	}
	json_end_array(t);
}

static uint32_t positions_of(const struct web *w, uint32_t instance)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < w->trades_n; i++)
		n += w->trade[i].instance == instance && trade_open_qty(&w->trade[i]).n != 0;
	return n;
}

static void instance_json(struct web *w, struct text *t, uint32_t i)
{
	const struct instance_view *v = &w->instance[i];
	const struct instance_state *s = &v->state;
	const char *breaker = s->breaker != 0 ? deny_text((enum deny)s->breaker) : NULL;

	json_object(t);
	key_text(t, "name", v->config->name);
	key_text(t, "strategy", v->config->strategy->name);
	key_text(t, "state", run_state_text((enum run_state)s->run));
	key_text(t, "kill", kill_text((enum kill_state)s->kill));
	key_text(t, "breaker", breaker);
	key_time(t, "paused_until", s->paused_until);
	key_i64(t, "timeframe_s", v->config->timeframe_s);
	json_key(t, "symbols");
	json_array(t);
	for (uint32_t k = 0; k < v->config->symbols_n; k++)
		json_cstr(t, v->config->symbol_name[k]);
	json_end_array(t);
	key_money(t, "capital", v->config->limits.capital.n);
	key_money(t, "position", v->config->position.n);
	key_i64(t, "positions", positions_of(w, i));
	key_i64(t, "max_positions", v->config->limits.positions_max);
	key_i64(t, "trades_day", s->trades_day);
	key_i64(t, "trades", s->trades_all);
	key_i64(t, "wins", s->wins_all);
	key_ratio(t, "win_rate", s->wins_all, s->trades_all);
	key_i64(t, "losses_in_row", s->losses_in_row);
	key_money(t, "pnl_day", s->pnl_day.n);
	key_money(t, "pnl", s->pnl_all.n);
	key_money(t, "open_pnl", lists_open_pnl(w, i, s->open_pnl).n);
	key_i64(t, "bars", (int64_t)s->bars);
	key_i64(t, "signals", (int64_t)s->signals);
	key_i64(t, "entries", (int64_t)s->entries);
	key_i64(t, "fills", (int64_t)s->fills);
	key_i64(t, "late_bars", (int64_t)s->late_bars);
	key_time(t, "last_bar", s->last_bar);
	key_time(t, "last_decision", s->last_decision);
	key_time(t, "checkpoint", s->checkpoint);
	funnel_json(t, v);
	json_end_object(t);
}

void instances_json(struct web *w, struct text *t)
{
	json_array(t);
	for (uint32_t i = 0; i < w->instances_n; i++)
		instance_json(w, t, i);
	json_end_array(t);
}

static void totals(const struct web *w, struct instance_state *sum)
{
	memset(sum, 0, sizeof *sum);
	for (uint32_t i = 0; i < w->instances_n; i++) {
		const struct instance_state *s = &w->instance[i].state;
		sum->trades_day += s->trades_day;
		sum->wins_day += s->wins_day;
		sum->trades_all += s->trades_all;
		sum->wins_all += s->wins_all;
		sum->pnl_day.n += s->pnl_day.n;
		sum->pnl_all.n += s->pnl_all.n;
		sum->open_pnl.n += lists_open_pnl(w, i, s->open_pnl).n;
		sum->bars += s->bars;
		sum->signals += s->signals;
		sum->entries += s->entries;
		sum->fills += s->fills;
	}
}

void stats_json(struct web *w, struct text *t)
{
	struct instance_state s;

	totals(w, &s);
	json_object(t);
	key_i64(t, "trades", s.trades_all);
	key_i64(t, "wins", s.wins_all);
	key_ratio(t, "win_rate", s.wins_all, s.trades_all);
	key_money(t, "pnl", s.pnl_all.n);
	key_i64(t, "trades_day", s.trades_day);
	key_i64(t, "wins_day", s.wins_day);
	key_money(t, "pnl_day", s.pnl_day.n);
	key_money(t, "open_pnl", s.open_pnl.n);
	key_i64(t, "bars", (int64_t)s.bars);
	key_i64(t, "signals", (int64_t)s.signals);
	key_i64(t, "entries", (int64_t)s.entries);
	key_i64(t, "fills", (int64_t)s.fills);
	json_end_object(t);
}

static void market_json(struct web *w, struct text *t)
{
	ns now = clock_now(w->control->clock);
	struct session next = calendar_next(NULL, now);
	bool open = w->have_link && w->link.market_open;

	json_key(t, "market");
	json_object(t);
	key_bool(t, "open", open);
	key_time(t, "now", now);
	key_time(t, "next_open", open ? calendar_next(NULL, next.close).open : next.open);
	key_time(t, "next_close", next.close);
	json_end_object(t);
}

static void links_json(struct web *w, struct text *t)
{
	const struct link_state *l = &w->link;
	ns now = clock_now(w->control->clock);

	json_key(t, "links");
	json_object(t);
	key_bool(t, "data", l->data_up);
	key_bool(t, "orders", l->orders_up);
	key_bool(t, "rest", l->rest_up);
	key_bool(t, "synced", l->synced);
	key_time(t, "last_sync", l->last_sync);
	key_time(t, "newest_bar", l->newest_bar);
	json_key(t, "data_age_s");
	if (l->newest_bar == 0)
		json_null(t);
	else
		json_f64(t, (double)(now - l->newest_bar) / 1e9, 1);
	key_i64(t, "clock_skew_ms", l->clock_skew_ms);
	key_i64(t, "requests", (int64_t)l->requests);
	key_i64(t, "rate_limited", (int64_t)l->refused_429);
	key_i64(t, "reconnects", (int64_t)l->reconnects);
	key_i64(t, "bars", (int64_t)l->bars);
	key_i64(t, "trade_updates", (int64_t)l->trade_updates);
	key_i64(t, "foreign_orders", (int64_t)l->foreign_orders);
	key_i64(t, "foreign_positions", l->foreign_positions);
	key_text(t, "stand_in", l->stand_in);
	const char *store = store_trouble(w->control->store);
	key_text(t, "trouble", store != NULL ? store : l->why[0] != 0 ? l->why : NULL);
	json_end_object(t);
}

void status_json(struct web *w, struct text *t)
{
	uint32_t held = 0;

	for (uint32_t i = 0; i < w->trades_n; i++)
		held += trade_open_qty(&w->trade[i]).n != 0;
	json_object(t);
	key_text(t, "version", VERSION);
	key_text(t, "mode", mode_text(w->control->config->mode));
	key_text(t, "state", state_of(w));
	key_text(t, "sandbox", sandbox_text());
	key_text(t, "kill", kill_text(w->kill));
	key_text(t, "killed_by", w->kill_who[0] != 0 ? w->kill_who : NULL);
	key_i64(t, "session", (int64_t)w->control->session);
	key_time(t, "started", w->control->started_wall);
	key_i64(t, "uptime_s", (mono_ns() - w->control->started) / NS_SECOND);
	market_json(w, t);
	links_json(w, t);
	json_key(t, "account");
	account_json(w, t);
	json_key(t, "stats");
	stats_json(w, t);
	key_i64(t, "positions_open", held);
	key_i64(t, "orders_open", w->orders_n);
	key_i64(t, "seq", (int64_t)w->seq);
	key_i64(t, "orders_seq", (int64_t)w->orders_seq);
	key_i64(t, "trades_seq", (int64_t)w->trades_seq);
	json_key(t, "positions");
	positions_json(w, t);
	json_key(t, "instances");
	instances_json(w, t);
	json_end_object(t);
}

int health_json(struct web *w, struct text *t)
{
	const char *why = NULL;

	if (!w->have_link)
		why = "starting";
	else if (!w->link.synced)
		why = "not reconciled with the broker";
	else if (!w->link.orders_up)
		why = "order stream is down";
	else if (!w->link.data_up)
		why = "data stream is down";
	else
		why = store_trouble(w->control->store);
	json_object(t);
	key_text(t, "status", why == NULL ? "ok" : "degraded");
	if (why != NULL)
		key_text(t, "why", why);
	json_end_object(t);
	return why == NULL ? 200 : 503;
}
