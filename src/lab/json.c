/* json.c: a report for programs. Money is text, exact; ratios are numbers, null when none. */
#include "lab/inside.h"

#define DECIMALS 6	/* of ratios */

static void ratio(struct out *o, const char *key, double v)
{
	json_key(&o->t, key);
	json_f64(&o->t, v, DECIMALS);
}

static void money(struct out *o, const char *key, usd v)
{
	json_key(&o->t, key);
	json_money(&o->t, v.n);
}

static void count(struct out *o, const char *key, uint64_t n)
{
	json_key(&o->t, key);
	json_i64(&o->t, (int64_t)n);
}

static void date(struct out *o, const char *key, day d)
{
	char memory[16];
	struct str s = { memory, date_text(memory, d) };

	json_key(&o->t, key);
	json_str(&o->t, s);
}

static void fall(struct out *o, const char *key, const struct lab_fall *f)
{
	json_key(&o->t, key);
	if (f->depth <= 0) {
		json_null(&o->t);
		return;
	}
	json_object(&o->t);
	ratio(o, "depth", f->depth);
	money(o, "amount", f->amount);
	date(o, "high", f->high);
	date(o, "low", f->low);
	date(o, "end", f->end);
	count(o, "sessions", f->sessions);
	json_key(&o->t, "over");
	json_bool(&o->t, f->over);
	json_end_object(&o->t);
}

/* Members of an object that is open. */
static void curve(struct out *o, const struct lab_curve *c)
{
	ratio(o, "total_return", c->total);
	ratio(o, "cagr", c->annual);
	ratio(o, "volatility", c->volatility);
	ratio(o, "sharpe", c->sharpe);
	ratio(o, "sortino", c->sortino);
	ratio(o, "calmar", c->calmar);
	ratio(o, "skew", c->skew);
	ratio(o, "kurtosis", c->kurtosis);
	ratio(o, "best_day", c->best);
	ratio(o, "worst_day", c->worst);
	fall(o, "deepest_drawdown", &c->deepest);
	fall(o, "longest_drawdown", &c->longest);
}

static void stat(struct out *o, const struct lab_stat *s)
{
	count(o, "trades", s->trades);
	count(o, "won", s->won);
	count(o, "lost", s->lost);
	money(o, "pnl", s->pnl);
	money(o, "fees", s->fees);
	money(o, "gain", s->gain);
	money(o, "loss", s->loss);
	money(o, "best", s->best);
	money(o, "worst", s->worst);
	money(o, "expectancy", s->average);
	ratio(o, "expectancy_return", s->edge);
	ratio(o, "expectancy_r", s->risk);
	ratio(o, "spread", s->spread);
	ratio(o, "sure", s->sure);
	ratio(o, "win_rate", s->win_rate);
	ratio(o, "profit_factor", s->factor);
	ratio(o, "mae", s->against);
	ratio(o, "mfe", s->along);
	ratio(o, "held_seconds", s->held);
	ratio(o, "held_bars", s->bars);
	out_more(o);
}

static void named(struct out *o, const char *key, const char *name, const struct lab_stat *s)
{
	json_object(&o->t);
	json_key(&o->t, key);
	json_cstr(&o->t, name);
	stat(o, s);
	json_end_object(&o->t);
}

static void instances(struct out *o, const struct lab_report *r)
{
	json_key(&o->t, "instances");
	json_array(&o->t);
	for (uint32_t i = 0; i < r->run->instances_n; i++) {
		const struct lab_instance *in = &r->run->instance[i];
		json_object(&o->t);
		json_key(&o->t, "name");
		json_cstr(&o->t, in->name);
		json_key(&o->t, "strategy");
		json_cstr(&o->t, in->strategy);
		money(o, "capital", in->capital);
		stat(o, &r->instance[i]);
		count(o, "bars", in->bars);
		count(o, "signals", in->signals);
		count(o, "entries", in->entries);
		json_key(&o->t, "funnel");
		json_array(&o->t);
		for (uint32_t k = 0; k < in->funnel_n; k++) {
			json_object(&o->t);
			json_key(&o->t, "name");
			json_cstr(&o->t, in->funnel[k].name);
			count(o, "n", in->funnel[k].n);
			json_end_object(&o->t);
			out_more(o);
		}
		json_end_array(&o->t);
		json_end_object(&o->t);
	}
	json_end_array(&o->t);
}

static void groups(struct out *o, const struct lab_report *r)
{
	uint16_t order[ORDER_MAX];
	uint32_t n = order_symbols(order, r);

	json_key(&o->t, "symbols");
	json_array(&o->t);
	for (uint32_t i = 0; i < n; i++)
		named(o, "symbol", symbol_name(r, order[i]), &r->symbol[order[i]]);
	json_end_array(&o->t);
	json_key(&o->t, "exits");
	json_array(&o->t);
	for (uint32_t i = 0; i < EXIT_REASONS; i++)
		if (r->reason[i].trades > 0)
			named(o, "reason", exit_text((enum exit_reason)i), &r->reason[i]);
	json_end_array(&o->t);
	json_key(&o->t, "sides");
	json_array(&o->t);
	for (uint32_t i = 0; i < COUNT(r->side); i++)
		if (r->side[i].trades > 0)
			named(o, "side", i == SIDE_BUY ? "long" : "short", &r->side[i]);
	json_end_array(&o->t);
}

static void months(struct out *o, const struct lab_report *r)
{
	json_key(&o->t, "months");
	json_array(&o->t);
	for (uint32_t i = 0; i < r->months_n; i++) {
		const struct lab_month *m = &r->month[i];
		char memory[16];
		struct str s = { memory, 7 };
		(void)date_text(memory, day_of(m->year, m->month, 1));
		json_object(&o->t);
		json_key(&o->t, "month");
		json_str(&o->t, s);
		ratio(o, "return", m->total);
		stat(o, &m->stat);
		json_end_object(&o->t);
	}
	json_end_array(&o->t);
}

/* [date, equity, hold, benchmark], null where there is none. */
static void equity(struct out *o, const struct lab_report *r)
{
	const double *held[] = { r->hold_equity, r->bench_equity };

	json_key(&o->t, "equity");
	json_array(&o->t);
	for (uint32_t i = 0; i < r->run->days_n; i++) {
		char memory[16];
		struct str s = { memory, date_text(memory, r->run->day[i].date) };
		json_array(&o->t);
		json_str(&o->t, s);
		json_money(&o->t, r->run->day[i].equity.n);
		for (size_t k = 0; k < COUNT(held); k++) {
			if (held[k] == NULL)
				json_null(&o->t);
			else
				json_f64(&o->t, held[k][i], 2);
		}
		json_end_array(&o->t);
		out_more(o);
	}
	json_end_array(&o->t);
}

static void verdicts(struct out *o, const struct lab_report *r)
{
	static const char *const levels[] = {
		[LAB_GOOD] = "good", [LAB_NOTE] = "note", [LAB_WARN] = "warn", [LAB_BAD] = "bad"
	};

	json_key(&o->t, "verdicts");
	json_array(&o->t);
	for (uint32_t i = 0; i < r->verdicts_n; i++) {
		json_object(&o->t);
		json_key(&o->t, "level");
		json_cstr(&o->t, levels[r->verdict[i].level]);
		json_key(&o->t, "id");
		json_cstr(&o->t, r->verdict[i].id);
		json_key(&o->t, "text");
		json_cstr(&o->t, r->verdict[i].text);
		json_end_object(&o->t);
		out_more(o);
	}
	json_end_array(&o->t);
}

static void held(struct out *o, const char *key, const struct lab_curve *c, const char *symbol)
{
	json_key(&o->t, key);
	json_object(&o->t);
	if (symbol != NULL) {
		json_key(&o->t, "symbol");
		json_cstr(&o->t, symbol);
	}
	curve(o, c);
	json_end_object(&o->t);
	out_more(o);
}

static void head(struct out *o, const struct lab_report *r)
{
	const struct lab_run *run = r->run;

	json_key(&o->t, "title");
	json_cstr(&o->t, run->title);
	json_key(&o->t, "from");
	json_time(&o->t, run->from);
	json_key(&o->t, "to");
	json_time(&o->t, run->to);
	count(o, "timeframe_seconds", (uint64_t)run->timeframe_s);
	count(o, "sessions", run->days_n);
	count(o, "bars", run->bars);
	money(o, "cash", run->cash);
	money(o, "end_equity", r->end);
	money(o, "fees_paid", r->fees);
	curve(o, &r->own);
	out_more(o);
	ratio(o, "exposure", r->exposure);
	ratio(o, "at_work", r->at_work);
	ratio(o, "most_invested", r->most_invested);
	ratio(o, "turnover", r->turnover);
	count(o, "wins_in_a_row", r->wins_row);
	count(o, "losses_in_a_row", r->losses_row);
	count(o, "trials", run->trials);
	ratio(o, "psr", r->sure);
	ratio(o, "dsr", r->deflated);
	ratio(o, "chance_sharpe", r->chance);
	ratio(o, "min_track_record_sessions", r->needs);
	ratio(o, "beats_hold", r->beats_hold);
	count(o, "open_trades", run->open_n);
	count(o, "dropped_entries", run->dropped);
	count(o, "partial_fills", run->partial);
	out_more(o);
}

void lab_json(const struct lab_report *r, const struct lab_sink *s)
{
	struct out o;

	out_open(&o, s);
	json_object(&o.t);
	verdicts(&o, r);
	head(&o, r);
	json_key(&o.t, "all");
	json_object(&o.t);
	stat(&o, &r->all);
	json_end_object(&o.t);
	if (r->hold_equity != NULL)
		held(&o, "hold", &r->hold, NULL);
	if (r->bench_equity != NULL)
		held(&o, "benchmark", &r->bench, symbol_name(r, r->run->bench->sym));
	instances(&o, r);
	groups(&o, r);
	months(&o, r);
	equity(&o, r);
	json_end_object(&o.t);
	text_char(&o.t, '\n');
	out_close(&o);
}
