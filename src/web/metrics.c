/* /metrics: Prometheus text format 0.0.4, units in the names. */
#include "web/web_inner.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/version.h"

static void head(struct text *t, const char *name, const char *type, const char *help)
{
	text_cstr(t, "# HELP ");
	text_cstr(t, name);
	text_char(t, ' ');
	text_cstr(t, help);
	text_cstr(t, "\n# TYPE ");
	text_cstr(t, name);
	text_char(t, ' ');
	text_cstr(t, type);
	text_char(t, '\n');
}

static void one(struct text *t, const char *name, const char *type, const char *help, double v)
{
	head(t, name, type, help);
	text_cstr(t, name);
	text_char(t, ' ');
	text_f64(t, v, 9);
	text_char(t, '\n');
}

static void labelled(struct text *t, const char *name, const char *label, const char *value,
		     double v)
{
	text_cstr(t, name);
	text_char(t, '{');
	text_cstr(t, label);
	text_cstr(t, "=\"");
	text_cstr(t, value);	/* names of instances: checked when they were read */
	text_cstr(t, "\"} ");
	text_f64(t, v, 9);
	text_char(t, '\n');
}

static double resident_bytes(void)
{
	char memory[128];
	long pages = 0;

	FILE *f = fopen("/proc/self/statm", "re");
	if (f == NULL)
		return 0;
	if (fgets(memory, sizeof memory, f) != NULL) {
		struct str rest = str_of(memory);
		int64_t n;
		(void)str_cut(&rest, ' ');
		if (num_parse(&n, str_cut(&rest, ' ')) == OK)
			pages = (long)(n / NUM_ONE);
	}
	(void)fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void instance_metrics(struct web *w, struct text *t)
{
	const struct {
		const char *name, *type, *help;
	} m[] = {
		{ "gambler_instance_running", "gauge", "1 while it may open trades" },
		{ "gambler_instance_pnl_usd", "gauge", "realised since the store began" },
		{ "gambler_instance_day_pnl_usd", "gauge", "realised today" },
		{ "gambler_instance_open_pnl_usd", "gauge", "of open positions, at last prices" },
		{ "gambler_instance_trades_total", "counter", "closed round trips" },
		{ "gambler_instance_wins_total", "counter", "of them with a profit" },
		{ "gambler_instance_bars_total", "counter", "bars decided on" },
		{ "gambler_instance_signals_total", "counter", "entries the strategy wished for" },
		{ "gambler_instance_losses_in_row", "gauge", "consecutive losing trades" },
	};

	for (size_t k = 0; k < COUNT(m); k++) {
		head(t, m[k].name, m[k].type, m[k].help);
		for (uint32_t i = 0; i < w->instances_n; i++) {
			const struct instance_state *s = &w->instance[i].state;
			const double v[] = {
				s->run == RUN_RUNNING && s->kill == KILL_RUN,
				usd_f64(s->pnl_all), usd_f64(s->pnl_day), usd_f64(s->open_pnl),
				s->trades_all, s->wins_all, (double)s->bars,
				(double)s->signals, s->losses_in_row,
			};
			labelled(t, m[k].name, "instance", w->instance[i].config->name, v[k]);
		}
	}
}

static void broker_metrics(const struct web *w, struct text *t)
{
	const struct link_state *l = &w->link;

	one(t, "gambler_data_stream_up", "gauge", "market data stream", l->data_up);
	one(t, "gambler_order_stream_up", "gauge", "order stream", l->orders_up);
	one(t, "gambler_reconciled", "gauge", "the broker's books were compared with ours",
	    l->synced);
	one(t, "gambler_broker_requests_total", "counter", "REST requests", (double)l->requests);
	one(t, "gambler_broker_rate_limited_total", "counter", "answers with 429",
	    (double)l->refused_429);
	one(t, "gambler_stream_reconnects_total", "counter", "streams lost", (double)l->reconnects);
	one(t, "gambler_bars_received_total", "counter", "1-minute bars", (double)l->bars);
	one(t, "gambler_foreign_orders", "gauge", "orders of others in the account",
	    (double)l->foreign_orders);
	one(t, "gambler_clock_skew_seconds", "gauge", "broker's clock minus ours",
	    (double)l->clock_skew_ms / 1000);
	if (w->have_account) {
		one(t, "gambler_equity_usd", "gauge", "of the account", usd_f64(w->account.equity));
		one(t, "gambler_cash_usd", "gauge", "of the account", usd_f64(w->account.cash));
		one(t, "gambler_day_pnl_usd", "gauge", "equity minus the last session's",
		    usd_f64((usd){ w->account.equity.n - w->account.last_equity.n }));
	}
}

void metrics_text(struct web *w, struct text *t)
{
	struct store_stats s;
	uint32_t held = 0, naked = 0;

	for (uint32_t i = 0; i < w->trades_n; i++) {
		held += trade_open_qty(&w->trade[i]).n != 0;
		naked += w->trade[i].naked_since != 0 || instance_of(w, w->trade[i].id) == NULL;
	}
	store_figures(w->control->store, &s);
	head(t, "gambler_build_info", "gauge", "constant 1");
	labelled(t, "gambler_build_info", "version", VERSION, 1);
	one(t, "gambler_uptime_seconds", "gauge", "since start",
	    (double)(mono_ns() - w->control->started) / 1e9);
	one(t, "gambler_kill_state", "gauge", "0 run, 1 reduce only, 2 flatten, 3 halt", w->kill);
	one(t, "gambler_positions_open", "gauge", "trades with shares", held);
	one(t, "gambler_positions_unprotected", "gauge", "of them without a stop that is seen to",
	    naked);
	one(t, "gambler_orders_open", "gauge", "orders of ours that are not over", w->orders_n);
	broker_metrics(w, t);
	instance_metrics(w, t);
	one(t, "gambler_store_file_bytes", "gauge", "data file", (double)s.file_bytes);
	one(t, "gambler_store_written_bytes_total", "counter", "by this process",
	    (double)s.bytes_written);
	one(t, "gambler_store_commits_total", "counter", "transactions", (double)s.commits);
	one(t, "gambler_store_commit_worst_seconds", "gauge", "longest commit",
	    (double)s.worst_commit_took / 1e9);
	one(t, "gambler_log_errors_total", "counter", "lines", (double)log_count(LOG_ERROR));
	one(t, "gambler_log_dropped_total", "counter", "lines", (double)log_dropped());
	one(t, "gambler_http_requests_total", "counter", "served", (double)w->requests);
	one(t, "process_resident_memory_bytes", "gauge", "resident set", resident_bytes());
}
