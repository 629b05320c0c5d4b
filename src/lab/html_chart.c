/* html_chart.c: curves, drawdowns, and trades on a symbol's closes, as SVG. */
#include "lab/html.h"

#include <math.h>

#define WIDE   1000.0	/* of every drawing, in its own units */
#define HIGH   300.0
#define POINTS 1000	/* of one line: more than a screen has columns */
#define MARKS  400	/* trades on one chart: the latest */

struct chart { struct out *o; const struct lab_run *run; double low, high; };

/* ---- coordinates: the close of session i is at i + 1; what happens in it, between i and i + 1 */

static void put_x(const struct chart *c, double at)
{
	text_f64(&c->o->t, at / c->run->days_n * WIDE, 1);
}

static void put_y(const struct chart *c, double v)
{
	text_f64(&c->o->t, (c->high - v) / (c->high - c->low) * HIGH, 1);
}

static void point(const struct chart *c, char op, double at, double v)
{
	text_char(&c->o->t, op);
	put_x(c, at);
	text_char(&c->o->t, ' ');
	put_y(c, v);
	out_more(c->o);
}

static void widen(struct chart *c, double v)
{
	c->low = v < c->low ? v : c->low;
	c->high = v > c->high ? v : c->high;
}

/* A little room above and below, also when nothing moved. */
static void loosen(struct chart *c)
{
	double room = (c->high - c->low) * 0.05;

	room = room > 0 ? room : fabs(c->high) * 0.01 + 1;
	c->low -= room;
	c->high += room;
}

/* ---- the frame: lines at round values, dates below */

static double round_step(double span)
{
	double unit = 1;

	while (unit * 10 <= span)
		unit *= 10;
	while (unit > span)
		unit /= 10;
	return span / unit < 2 ? unit / 2 : span / unit < 5 ? unit : unit * 2;
}

static void begin_chart(const struct chart *c, const char *what, bool low)
{
	add(c->o, low ? "<div class=\"chart low\">" : "<div class=\"chart\">");
	add(c->o, "<svg viewBox=\"0 0 1000 300\" preserveAspectRatio=\"none\" role=\"img\" "
	    "aria-label=\"");
	add_escaped(c->o, what);
	add(c->o, "\">\n");
	double step = round_step(c->high - c->low);
	double first = ceil(c->low / step) * step;
	for (int i = 0; first + i * step <= c->high; i++) {
		double v = first + i * step;
		add(c->o, "<line x1=\"0\" x2=\"1000\" y1=\"");
		put_y(c, v);
		add(c->o, "\" y2=\"");
		put_y(c, v);
		add(c->o, "\"/>");
	}
	add(c->o, "\n");
}

static void put_value(const struct chart *c, double v, double step, bool percent)
{
	double unit = percent ? step * 100 : step;
	int decimals = unit >= 1 ? 0 : unit >= 0.1 ? 1 : unit >= 0.01 ? 2 : 4;

	put_fixed(&c->o->t, percent ? v * 100 : v, decimals, false);
	text_cstr(&c->o->t, percent ? " %" : "");
}

static void end_chart(const struct chart *c, bool percent)
{
	static const char *const places[] = {
		"", " mid\" style=\"left:33.3%", " mid\" style=\"left:66.7%", " end"
	};
	double step = round_step(c->high - c->low);

	add(c->o, "</svg>\n");
	double first = ceil(c->low / step) * step;
	for (int i = 0; first + i * step <= c->high; i++) {
		double v = first + i * step;
		double top = (c->high - v) / (c->high - c->low) * 100;
		if (top < 6)
			continue;	/* its words would stand outside */
		add(c->o, "<span class=\"y\" style=\"top:");
		text_f64(&c->o->t, top, 1);
		add(c->o, "%\">");
		put_value(c, v, step, percent);
		add(c->o, "</span>");
	}
	for (uint32_t i = 0; i < COUNT(places); i++) {
		uint32_t at = (uint32_t)((uint64_t)(c->run->days_n - 1) * i / 3);
		add(c->o, "<span class=\"x");
		add(c->o, places[i]);
		add(c->o, "\">");
		put_date(&c->o->t, c->run->day[at].date);
		add(c->o, "</span>");
	}
	add(c->o, "</div>\n");
}

/* ---- equity */

/* From the cash on; of many sessions the last of each bucket. */
static void curve(const struct chart *c, const char *class, const double *v)
{
	uint32_t n = c->run->days_n, points = n < POINTS ? n : POINTS;

	add(c->o, "<path class=\"");
	add(c->o, class);
	add(c->o, "\" d=\"");
	point(c, 'M', 0, usd_f64(c->run->cash));
	for (uint32_t k = 1; k <= points; k++) {
		uint32_t i = (uint32_t)((uint64_t)k * n / points);
		point(c, 'L', i, v[i - 1]);
	}
	add(c->o, "\"/>\n");
}

static void legend(struct out *o, const char *class, const char *words)
{
	add(o, "<span><svg viewBox=\"0 0 28 8\" aria-hidden=\"true\"><path class=\"");
	add(o, class);
	add(o, "\" d=\"M0 4H28\"/></svg>");
	add_escaped(o, words);
	add(o, "</span>\n");
}

void chart_equity(struct out *o, const struct lab_report *r)
{
	static const char *const class[] = { "bench", "hold", "own" };
	const double *lines[] = { r->bench_equity, r->hold_equity, r->equity };
	const char *names[] = { "", "buy and hold", "this" };
	struct chart c = { o, r->run, usd_f64(r->run->cash), usd_f64(r->run->cash) };

	names[0] = lines[0] != NULL ? symbol_name(r, r->run->bench->sym) : "";
	add(o, "<div class=\"legend\">\n");
	for (size_t k = COUNT(lines); k-- > 0;) {
		if (lines[k] == NULL)
			continue;
		legend(o, class[k], names[k]);
		for (uint32_t i = 0; i < r->run->days_n; i++)
			widen(&c, lines[k][i]);
	}
	add(o, "</div>\n");
	loosen(&c);
	begin_chart(&c, "Equity at each session's close, beside those who only hold", false);
	for (size_t k = 0; k < COUNT(lines); k++)
		if (lines[k] != NULL)
			curve(&c, class[k], lines[k]);
	end_chart(&c, false);
}

/* Of many sessions the deepest of each bucket: no fall is hidden. */
void chart_falls(struct out *o, const struct lab_report *r)
{
	uint32_t n = r->run->days_n, points = n < POINTS ? n : POINTS, i = 0;
	struct chart c = { o, r->run, -r->own.deepest.depth, 0 };
	double high = usd_f64(r->run->cash);

	c.low = c.low < 0 ? c.low * 1.05 : -0.01;
	begin_chart(&c, "Drawdown: how far the equity is below its high", true);
	add(o, "<path class=\"fill\" d=\"M0 0");
	for (uint32_t k = 1; k <= points; k++) {
		uint32_t end = (uint32_t)((uint64_t)k * n / points);
		double deepest = 0;
		for (; i < end; i++) {
			high = r->equity[i] > high ? r->equity[i] : high;
			double fall = r->equity[i] / high - 1;
			deepest = fall < deepest ? fall : deepest;
		}
		point(&c, 'L', end, deepest);
	}
	add(o, "V0Z\"/>\n");
	end_chart(&c, true);
}

/* ---- trades */

void chart_legend(struct out *o)
{
	add(o, "<div class=\"legend\">\n");
	legend(o, "price", "close of the session");
	legend(o, "own", "won: from the dot, its entry, to its exit");
	legend(o, "hold", "lost");
	add(o, "</div>\n");
}

/* Where an instant is among the sessions. */
static double place(const struct lab_run *run, ns at)
{
	day d = ny_date(at);
	uint32_t low = 0, high = run->days_n;

	while (low < high) {
		uint32_t middle = (low + high) / 2;
		if (run->day[middle].date < d)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == run->days_n || run->day[low].date != d)
		return low;
	double part = (double)(at - ny_time(d, 9, 30)) / (double)(390 * NS_MINUTE);
	return low + (part < 0 ? 0 : part > 1 ? 1 : part);
}

static void mark(const struct chart *c, const struct lab_trade *t)
{
	double from = place(c->run, t->opened), to = place(c->run, t->closed);

	add(c->o, t->pnl.n > 0 ? "<g class=\"won\"><title>" : "<g class=\"lost\"><title>");
	add(c->o, t->side == SIDE_BUY ? "long, " : "short, ");
	put_minute(&c->o->t, t->opened);
	add(c->o, " at ");
	text_money(&c->o->t, t->entry.n, false);
	add(c->o, ", ");
	add(c->o, exit_text((enum exit_reason)t->reason));
	add(c->o, " ");
	put_minute(&c->o->t, t->closed);
	add(c->o, " at ");
	text_money(&c->o->t, t->exit.n, false);
	add(c->o, ": ");
	put_usd(&c->o->t, t->pnl.n, true);
	add(c->o, "</title><path d=\"");
	point(c, 'M', from, px_f64(t->entry));
	point(c, 'L', to, px_f64(t->exit));
	add(c->o, "\"/><path class=\"dot\" d=\"");
	point(c, 'M', from, px_f64(t->entry));
	add(c->o, "h0\"/></g>\n");
}

static void closes(const struct chart *c, const px *close)
{
	uint32_t n = c->run->days_n, points = n < POINTS ? n : POINTS;
	char op = 'M';

	add(c->o, "<path class=\"price\" d=\"");
	for (uint32_t k = 1; k <= points; k++) {
		uint32_t i = (uint32_t)((uint64_t)k * n / points);
		if (close[i - 1].n == 0)
			continue;
		point(c, op, i, px_f64(close[i - 1]));
		op = 'L';
	}
	add(c->o, "\"/>\n");
}

void chart_symbol(struct out *o, const struct lab_report *r, const struct lab_prices *p)
{
	const struct lab_run *run = r->run;
	struct chart c = { o, run, HUGE_VAL, -HUGE_VAL };
	uint32_t total = r->symbol[p->sym].trades, skip = total > MARKS ? total - MARKS : 0;

	for (uint32_t i = 0; i < run->days_n; i++)
		if (p->close[i].n > 0)
			widen(&c, px_f64(p->close[i]));
	for (uint32_t i = 0; i < run->trades_n; i++) {
		if (run->trade[i].sym != p->sym)
			continue;
		widen(&c, px_f64(run->trade[i].entry));
		widen(&c, px_f64(run->trade[i].exit));
	}
	loosen(&c);
	add(o, "<div><h3>");
	add_escaped(o, symbol_name(r, p->sym));
	add(o, " <span class=\"q\">");
	text_grouped(&o->t, total);
	add(o, total == 1 ? " trade, " : " trades, ");
	put_usd(&o->t, r->symbol[p->sym].pnl.n, true);
	if (skip > 0) {
		add(o, "; the last ");
		text_grouped(&o->t, MARKS);
		add(o, " are marked");
	}
	add(o, "</span></h3>\n");
	begin_chart(&c, "Closes, and the trades on them", false);
	closes(&c, p->close);
	for (uint32_t i = 0, seen = 0; i < run->trades_n; i++)
		if (run->trade[i].sym == p->sym && seen++ >= skip)
			mark(&c, &run->trade[i]);
	end_chart(&c, false);
	add(o, "</div>\n");
}
