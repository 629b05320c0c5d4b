/* html.c: a report as one page: no script, nothing from elsewhere, two themes, any width. What is
 * won and what is lost differ in sign, too, and in colours that colour-blind eyes keep apart. */
#include "lab/html.h"

#include <math.h>

#include "base/asset.h"

#define TRADES_SHOWN 300	/* rows of the last table: the file of --trades has all */
#define CHARTS       12		/* symbols with a chart: those with most trades */

static const char head_of_page[] =
"<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
"<meta http-equiv=\"Content-Security-Policy\" "
"content=\"default-src 'none';style-src 'unsafe-inline'\">\n"
"<meta name=\"color-scheme\" content=\"light dark\">\n<style>\n";

void add(struct out *o, const char *html)
{
	text_cstr(&o->t, html);
	out_more(o);
}

void add_escaped(struct out *o, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '<')
			text_cstr(&o->t, "&lt;");
		else if (*s == '&')
			text_cstr(&o->t, "&amp;");
		else if (*s == '"')
			text_cstr(&o->t, "&quot;");
		else
			text_char(&o->t, *s);
		out_more(o);
	}
}

/* In lines: none is longer than there is room. */
static void add_style(struct out *o)
{
	struct str css = asset_text("src/lab/report.css");

	while (css.n > 0) {
		text_add(&o->t, str_cut(&css, '\n'));
		add(o, "\n");
	}
}

/* ---- cells */

static void begin_cell(struct out *o, double colour)
{
	add(o, colour > 0 ? "<td class=\"up\">" : colour < 0 ? "<td class=\"down\">" : "<td>");
}

static void cell_usd(struct out *o, usd v, bool sign)
{
	begin_cell(o, sign ? (double)v.n : 0);
	put_usd(&o->t, v.n, sign);
}

static void cell_percent(struct out *o, double v, bool sign)
{
	begin_cell(o, sign ? v : 0);
	put_percent(&o->t, v, sign);
}

static void cell_fixed(struct out *o, double v, int decimals)
{
	add(o, "<td>");
	put_fixed(&o->t, v, decimals, false);
}

static void cell_text(struct out *o, const char *words, bool left)
{
	add(o, left ? "<td class=\"l\">" : "<td>");
	add_escaped(o, words);
}

static void begin_section(struct out *o, const char *title)
{
	add(o, "<section>\n<h2>");
	add_escaped(o, title);
	add(o, "</h2>\n");
}

/* ---- the head */

static void big(struct out *o, const char *label, double v, bool percent, bool sign)
{
	add(o, "<div>");
	add(o, label);
	add(o, sign && v > 0 ? "<b class=\"up\">" : sign && v < 0 ? "<b class=\"down\">" : "<b>");
	if (percent)
		put_percent(&o->t, v, sign);
	else
		put_fixed(&o->t, v, 2, false);
	add(o, "</b></div>\n");
}

static void head(struct out *o, const struct lab_report *r)
{
	const struct lab_run *run = r->run;

	add(o, "<header>\n<h1>Backtest of ");
	add_escaped(o, run->title);
	add(o, "</h1>\n<p class=\"q\">");
	put_date(&o->t, ny_date(run->from));
	add(o, " to ");
	put_date(&o->t, run->days_n > 0 ? run->day[run->days_n - 1].date : ny_date(run->to));
	add(o, ", ");
	text_grouped(&o->t, run->days_n);
	add(o, " sessions, ");
	text_grouped(&o->t, run->bars);
	add(o, " bars of ");
	put_span(&o->t, run->bars_s);
	add(o, "</p>\n<p>");
	put_usd(&o->t, run->cash.n, false);
	add(o, " became <strong>");
	put_usd(&o->t, r->end.n, false);
	add(o, "</strong> after fees of ");
	put_usd(&o->t, r->fees.n, false);
	add(o, ".</p>\n</header>\n<div class=\"big\">\n");
	big(o, "Return", r->own.total, true, true);
	if (r->hold_equity != NULL)
		big(o, "Buy and hold", r->hold.total, true, true);
	big(o, "Deepest drawdown", r->own.deepest.depth, true, false);
	big(o, "Sharpe ratio", r->own.sharpe, false, false);
	big(o, "Profit factor", r->all.factor, false, false);
	big(o, "Won", r->all.win_rate, true, false);
	add(o, "</div>\n");
}

static void verdicts(struct out *o, const struct lab_report *r)
{
	static const char *const marks[] = {
		[LAB_GOOD] = "good", [LAB_NOTE] = "note", [LAB_WARN] = "warn", [LAB_BAD] = "bad"
	};

	begin_section(o, "Verdict");
	add(o, "<ul class=\"says\">\n");
	for (uint32_t i = 0; i < r->verdicts_n; i++) {
		add(o, "<li class=\"");
		add(o, marks[r->verdict[i].level]);
		add(o, "\">");
		add_escaped(o, r->verdict[i].text);
		add(o, "\n");
	}
	add(o, "</ul>\n</section>\n");
}

/* ---- figures beside those of holding, and of trades */

static void beside(struct out *o, const struct lab_report *r)
{
	const struct lab_curve *curve[] = { &r->own, &r->hold, &r->bench };
	const char *title[] = { "This", r->hold_equity != NULL ? "Buy and hold" : NULL,
		r->bench_equity != NULL ? symbol_name(r, r->run->bench->sym) : NULL };

	begin_section(o, "Return and risk");
	add(o, "<div class=\"scroll\"><table>\n<tr><th><th>Return<th>A year<th>Volatility"
	    "<th>Sharpe<th>Sortino<th>Calmar<th>Drawdown<th>Sessions<th>Best day<th>Worst day\n");
	for (size_t i = 0; i < COUNT(curve); i++) {
		if (title[i] == NULL)
			continue;
		add(o, "<tr>");
		cell_text(o, title[i], true);
		cell_percent(o, curve[i]->total, true);
		cell_percent(o, curve[i]->annual, true);
		cell_percent(o, curve[i]->volatility, false);
		cell_fixed(o, curve[i]->sharpe, 2);
		cell_fixed(o, curve[i]->sortino, 2);
		cell_fixed(o, curve[i]->calmar, 2);
		cell_percent(o, curve[i]->deepest.depth, false);
		cell_fixed(o, curve[i]->deepest.sessions, 0);
		cell_percent(o, curve[i]->best, true);
		cell_percent(o, curve[i]->worst, true);
		add(o, "\n");
	}
	add(o, "</table></div>\n</section>\n");
}

static void use(struct out *o, const struct lab_report *r)
{
	begin_section(o, "Use of the capital, and certainty");
	add(o, "<div class=\"scroll\"><table>\n<tr><th>With a position<th>At work"
	    "<th>Most invested<th>Turnover, a year<th>Won in a row<th>Lost in a row<th>R"
	    "<th>PSR<th>DSR\n<tr>");
	cell_percent(o, r->exposure, false);
	cell_percent(o, r->at_work, false);
	cell_percent(o, r->most_invested, false);
	cell_fixed(o, r->turnover, 1);
	cell_fixed(o, r->wins_row, 0);
	cell_fixed(o, r->losses_row, 0);
	cell_fixed(o, r->all.risk, 3);
	cell_percent(o, r->sure, false);
	cell_percent(o, r->deflated, false);
	add(o, "\n</table></div>\n</section>\n");
}

/* ---- groups */

static void group_head(struct out *o, const char *title)
{
	begin_section(o, title);
	add(o, "<div class=\"scroll\"><table>\n<tr><th><th>Trades<th>Won<th>Factor<th>Each"
	    "<th>Profit<th>Fees<th>Held<th>MAE<th>MFE\n");
}

static void group_row(struct out *o, const char *name, const struct lab_stat *s)
{
	add(o, "<tr>");
	cell_text(o, name, true);
	cell_fixed(o, s->trades, 0);
	cell_percent(o, s->win_rate, false);
	cell_fixed(o, s->factor, 2);
	cell_usd(o, s->average, true);
	cell_usd(o, s->pnl, true);
	cell_usd(o, s->fees, false);
	add(o, "<td>");
	put_span(&o->t, s->held);
	cell_percent(o, s->against, false);
	cell_percent(o, s->along, false);
	add(o, "\n");
}

static void groups(struct out *o, const struct lab_report *r)
{
	static const char end[] = "</table></div>\n</section>\n";
	uint16_t order[ORDER_MAX];
	uint32_t n = order_symbols(order, r);

	group_head(o, "By instance");
	for (uint32_t i = 0; i < r->run->instances_n; i++)
		group_row(o, r->run->instance[i].name, &r->instance[i]);
	group_row(o, "all", &r->all);
	add(o, end);
	group_head(o, "By exit and side");
	for (uint32_t i = 0; i < EXIT_REASONS; i++)
		if (r->reason[i].trades > 0)
			group_row(o, exit_text((enum exit_reason)i), &r->reason[i]);
	for (uint32_t i = 0; i < COUNT(r->side); i++)
		if (r->side[i].trades > 0)
			group_row(o, i == SIDE_BUY ? "long" : "short", &r->side[i]);
	add(o, end);
	group_head(o, "By symbol");
	for (uint32_t i = 0; i < n; i++)
		group_row(o, symbol_name(r, order[i]), &r->symbol[order[i]]);
	add(o, end);
	group_head(o, "By month of closing");
	for (uint32_t i = 0; i < r->months_n; i++) {
		char memory[16];
		(void)date_text(memory, day_of(r->month[i].year, r->month[i].month, 1));
		memory[7] = '\0';
		group_row(o, memory, &r->month[i].stat);
	}
	add(o, end);
}

/* ---- months: a row a year; the deeper the colour, the larger the return */

static void month_cell(struct out *o, double v)
{
	int depth = fabs(v) < 0.01 ? 1 : fabs(v) < 0.03 ? 2 : 3;

	if (isnan(v) || v == 0) {
		add(o, "<td>");
	} else {
		add(o, v > 0 ? "<td class=\"p" : "<td class=\"m");
		text_i64(&o->t, depth);
		add(o, "\">");
	}
	put_fixed(&o->t, v * 100, 1, true);
}

static void months(struct out *o, const struct lab_report *r)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	uint32_t i = 0;

	if (r->months_n == 0)
		return;
	begin_section(o, "Return by month, in %");
	add(o, "<div class=\"scroll\"><table>\n<tr><th>");
	for (size_t k = 0; k < 12; k++) {
		add(o, "<th>");
		text_add(&o->t, (struct str){ names + 3 * k, 3 });
	}
	add(o, "<th>Year\n");
	while (i < r->months_n) {
		int year = r->month[i].year;
		double total = 1;
		add(o, "<tr><td>");
		text_i64(&o->t, year);
		for (int m = 1; m <= 12; m++) {
			if (i == r->months_n || r->month[i].year != year ||
			    r->month[i].month != m) {
				add(o, "<td>");
				continue;
			}
			total *= 1 + r->month[i].total;
			month_cell(o, r->month[i++].total);
		}
		month_cell(o, total - 1);
		add(o, "\n");
	}
	add(o, "</table></div>\n</section>\n");
}

/* ---- what turned entries away */

static void funnel(struct out *o, const struct lab_report *r)
{
	begin_section(o, "What turned entries away");
	add(o, "<p class=\"q\">Each decision is counted at the first condition that failed.</p>\n"
	    "<div class=\"two\">\n");
	for (uint32_t i = 0; i < r->run->instances_n; i++) {
		const struct lab_instance *in = &r->run->instance[i];
		add(o, "<div><h3>");
		add_escaped(o, in->name);
		add(o, "</h3><p class=\"q\">");
		text_grouped(&o->t, in->bars);
		add(o, " bars, ");
		text_grouped(&o->t, in->signals);
		add(o, " signals, ");
		text_grouped(&o->t, in->entries);
		add(o, " entries</p><table>\n");
		for (uint32_t k = 0; k < in->funnel_n; k++) {
			if (in->funnel[k].n == 0)
				continue;
			add(o, "<tr>");
			cell_text(o, in->funnel[k].name, true);
			add(o, "<td>");
			text_grouped(&o->t, in->funnel[k].n);
			add(o, "\n");
		}
		add(o, "</table></div>\n");
	}
	add(o, "</div>\n</section>\n");
}

/* ---- trades */

static void trade_row(struct out *o, const struct lab_report *r, const struct lab_trade *t)
{
	add(o, "<tr>");
	cell_text(o, symbol_name(r, t->sym), true);
	cell_text(o, t->side == SIDE_BUY ? "long" : "short", true);
	add(o, "<td>");
	text_num(&o->t, t->n.n);
	add(o, "<td>");
	put_minute(&o->t, t->opened);
	add(o, "<td>");
	text_money(&o->t, t->entry.n, false);	/* below a dollar prices have four decimals */
	add(o, "<td>");
	put_minute(&o->t, t->closed);
	add(o, "<td>");
	text_money(&o->t, t->exit.n, false);
	cell_text(o, exit_text((enum exit_reason)t->reason), true);
	cell_usd(o, t->pnl, true);
	cell_text(o, r->run->instance[t->instance].name, true);
	add(o, "\n");
}

static void trades(struct out *o, const struct lab_report *r)
{
	uint32_t n = r->run->trades_n, shown = n < TRADES_SHOWN ? n : TRADES_SHOWN;

	if (n == 0)
		return;
	add(o, "<section>\n<details><summary>");
	add(o, shown < n ? "The last " : "All ");
	text_grouped(&o->t, shown);
	if (shown < n) {
		add(o, " of ");
		text_grouped(&o->t, n);
	}
	add(o, " trades</summary>\n<div class=\"scroll\"><table>\n<tr><th><th class=\"l\">Side"
	    "<th>Shares<th>Opened<th>Entry<th>Closed<th>Exit<th class=\"l\">Reason"
	    "<th>Profit<th class=\"l\">Instance\n");
	for (uint32_t i = n; i > n - shown; i--)
		trade_row(o, r, &r->run->trade[i - 1]);
	add(o, "</table></div></details>\n</section>\n");
}

static void charts(struct out *o, const struct lab_report *r)
{
	bool drawn[SYMBOLS_MAX] = { false };

	if (r->run->days_n < 2)
		return;
	begin_section(o, "Equity");
	chart_equity(o, r);
	add(o, "<h3>Drawdown</h3>\n");
	chart_falls(o, r);
	add(o, "</section>\n");
	if (r->run->trades_n == 0 || r->run->held.n == 0)
		return;
	begin_section(o, "Trades");
	chart_legend(o);
	add(o, "<div class=\"two\">\n");
	for (uint32_t k = 0; k < CHARTS; k++) {
		const struct lab_prices *most = NULL;
		for (uint32_t i = 0; i < r->run->held.n; i++) {
			const struct lab_prices *p = &r->run->held.prices[i];
			if (!drawn[p->sym] && r->symbol[p->sym].trades > 0 && (most == NULL ||
			    r->symbol[p->sym].trades > r->symbol[most->sym].trades))
				most = p;
		}
		if (most == NULL)
			break;
		drawn[most->sym] = true;
		chart_symbol(o, r, most);
	}
	add(o, "</div>\n</section>\n");
}

void lab_html(const struct lab_report *r, const struct lab_sink *s)
{
	struct out o;

	out_open(&o, s);
	add(&o, head_of_page);
	add_style(&o);
	add(&o, "</style>\n<title>Backtest of ");
	add_escaped(&o, r->run->title);
	add(&o, "</title>\n<main>\n");
	head(&o, r);
	verdicts(&o, r);
	charts(&o, r);
	beside(&o, r);
	months(&o, r);
	if (r->all.trades > 0) {
		use(&o, r);
		groups(&o, r);
	}
	funnel(&o, r);
	trades(&o, r);
	add(&o, "</main>\n</html>\n");
	out_close(&o);
}
