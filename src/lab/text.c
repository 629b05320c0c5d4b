/* text.c: a report for a terminal of 100 columns. */
#include "lab/inside.h"

#define SPARK      56	/* columns of the curves */
#define LABEL      22	/* of the figures */
#define FIGURE     16
#define TITLE      32	/* of a longer path the end tells more */

static void line(struct out *o)
{
	text_char(&o->t, '\n');
	out_more(o);
}

static void heading(struct out *o, const char *title)
{
	line(o);
	text_cstr(&o->t, title);
	line(o);
}

/* ---- the head: what became of the money, and the verdicts */

static void put_tail(struct text *t, const char *path)
{
	size_t n = strlen(path);

	if (n > TITLE) {
		text_char(t, '~');
		path += n - (TITLE - 1);
	}
	text_cstr(t, path);
}

static void head(struct out *o, const struct lab_report *r)
{
	const struct lab_run *run = r->run;
	struct text *t = &o->t;

	put_tail(t, run->title);
	text_cstr(t, ": ");
	put_date(t, ny_date(run->from));
	text_cstr(t, " to ");
	put_date(t, run->days_n > 0 ? run->day[run->days_n - 1].date : ny_date(run->to));
	text_cstr(t, ", ");
	text_grouped(t, run->days_n);
	text_cstr(t, run->days_n == 1 ? " session, " : " sessions, ");
	text_grouped(t, run->bars);
	text_cstr(t, " bars of ");
	put_span(t, run->bars_s);
	line(o);
	put_usd(t, run->cash.n, false);
	text_cstr(t, " became ");
	put_usd(t, r->end.n, false);
	text_cstr(t, ", ");
	put_usd(t, r->end.n - run->cash.n, true);
	text_cstr(t, " (");
	put_percent(t, r->own.total, true);
	text_cstr(t, ") after fees of ");
	put_usd(t, r->fees.n, false);
	line(o);
}

static bool may_break(const char *at)
{
	return at[0] == ' ' && at[1] != '%';
}

/* The verdict's words, broken at blanks. */
static void wrapped(struct out *o, const char *words, size_t width)
{
	size_t n = strlen(words);

	for (;;) {
		size_t cut = n;
		if (n > width)
			for (cut = width; cut > 0 && !may_break(words + cut); cut--)
				;
		cut = cut == 0 ? width : cut;
		text_add(&o->t, (struct str){ words, cut });
		line(o);
		words += cut;
		n -= cut;
		if (n == 0)
			return;
		if (*words == ' ') {
			words++;
			n--;
		}
		text_cstr(&o->t, "    ");
	}
}

static void verdicts(struct out *o, const struct lab_report *r)
{
	static const char marks[] = { [LAB_GOOD] = '+', [LAB_NOTE] = '.', [LAB_WARN] = '!',
				      [LAB_BAD] = 'x' };

	heading(o, "VERDICT");
	for (uint32_t i = 0; i < r->verdicts_n; i++) {
		text_cstr(&o->t, "  ");
		text_char(&o->t, marks[r->verdict[i].level]);
		text_char(&o->t, ' ');
		wrapped(o, r->verdict[i].text, 94);
	}
}

/* ---- curves */

/* Eighths of a line's height, by the last value of each column; each curve on its own scale. */
static void spark(struct out *o, const char *name, const double *v, uint32_t n)
{
	static const char blocks[8][4] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	uint32_t columns = n < SPARK ? n : SPARK;
	double low = v[0], high = v[0];
	size_t at = o->t.n;

	for (uint32_t i = 1; i < n; i++) {
		low = v[i] < low ? v[i] : low;
		high = v[i] > high ? v[i] : high;
	}
	text_cstr(&o->t, "  ");
	text_cstr(&o->t, name);
	put_wide(&o->t, at, 16, false);
	for (uint32_t k = 0; k < columns; k++) {
		double x = v[((uint64_t)k + 1) * n / columns - 1];
		double part = high > low ? (x - low) / (high - low) : 0;
		uint32_t eighth = (uint32_t)(part * 7.999);
		text_cstr(&o->t, blocks[eighth]);
	}
	text_cstr(&o->t, "  ");
	put_fixed(&o->t, low, 0, false);
	text_cstr(&o->t, " to ");
	put_fixed(&o->t, high, 0, false);
	line(o);
}

static void curves(struct out *o, const struct lab_report *r)
{
	uint32_t n = r->run->days_n;

	if (n < 2)
		return;
	line(o);
	spark(o, "equity", r->equity, n);
	if (r->hold_equity != NULL)
		spark(o, "buy and hold", r->hold_equity, n);
	if (r->bench_equity != NULL)
		spark(o, symbol_name(r, r->run->bench->sym), r->bench_equity, n);
}

/* ---- figures beside those of holding */

enum form { FORM_SIGNED, FORM_PERCENT, FORM_RATIO };

static void figure(struct out *o, const struct lab_report *r, const char *label, size_t offset,
		   enum form form)
{
	const struct lab_curve *curve[] = { &r->own, &r->hold, &r->bench };
	bool there[] = { true, r->hold_equity != NULL, r->bench_equity != NULL };
	size_t at = o->t.n;

	text_cstr(&o->t, "  ");
	text_cstr(&o->t, label);
	put_wide(&o->t, at, LABEL, false);
	for (size_t i = 0; i < COUNT(curve); i++) {
		double v;
		if (!there[i])
			continue;
		memcpy(&v, (const char *)curve[i] + offset, sizeof(v));
		at = o->t.n;
		if (form == FORM_RATIO)
			put_fixed(&o->t, v, 2, false);
		else
			put_percent(&o->t, v, form == FORM_SIGNED);
		put_wide(&o->t, at, FIGURE, true);
	}
	line(o);
}

/* "  deepest: 2024-01-02 to 2024-03-19, 53 sessions; lowest 2024-02-08, by 261.20" */
static void fall(struct out *o, const char *label, const struct lab_fall *f)
{
	text_cstr(&o->t, "  ");
	text_cstr(&o->t, label);
	put_date(&o->t, f->high);
	text_cstr(&o->t, " to ");
	put_date(&o->t, f->end);
	text_cstr(&o->t, f->over ? ", " : ", not over, ");
	text_grouped(&o->t, f->sessions);
	text_cstr(&o->t, f->sessions == 1 ? " session" : " sessions");
	text_cstr(&o->t, "; lowest ");
	put_date(&o->t, f->low);
	text_cstr(&o->t, ", by ");
	put_usd(&o->t, f->amount.n, false);
	line(o);
}

static void beside(struct out *o, const struct lab_report *r)
{
	static const struct { const char *label; size_t offset; enum form form; } rows[] = {
		{ "return", offsetof(struct lab_curve, total), FORM_SIGNED },
		{ "a year (CAGR)", offsetof(struct lab_curve, annual), FORM_SIGNED },
		{ "volatility, a year", offsetof(struct lab_curve, volatility), FORM_PERCENT },
		{ "Sharpe", offsetof(struct lab_curve, sharpe), FORM_RATIO },
		{ "Sortino", offsetof(struct lab_curve, sortino), FORM_RATIO },
		{ "Calmar", offsetof(struct lab_curve, calmar), FORM_RATIO },
		{ "deepest drawdown", offsetof(struct lab_curve, deepest.depth), FORM_PERCENT },
		{ "best day", offsetof(struct lab_curve, best), FORM_SIGNED },
		{ "worst day", offsetof(struct lab_curve, worst), FORM_SIGNED },
	};
	const char *titles[] = { "this", r->hold_equity != NULL ? "buy and hold" : NULL,
		r->bench_equity != NULL ? symbol_name(r, r->run->bench->sym) : NULL };

	line(o);
	size_t at = o->t.n;
	text_cstr(&o->t, "RETURN AND RISK");
	put_wide(&o->t, at, LABEL, false);
	for (size_t i = 0; i < COUNT(titles); i++) {
		at = o->t.n;
		text_cstr(&o->t, titles[i] != NULL ? titles[i] : "");
		if (titles[i] != NULL)
			put_wide(&o->t, at, FIGURE, true);
	}
	line(o);
	for (size_t i = 0; i < COUNT(rows); i++)
		figure(o, r, rows[i].label, rows[i].offset, rows[i].form);
	if (r->own.deepest.depth > 0)
		fall(o, "deepest: ", &r->own.deepest);
	if (r->own.longest.high != r->own.deepest.high)
		fall(o, "longest: ", &r->own.longest);
}

/* ---- figures of trades, in two columns */

static void cell_begin(struct out *o, const char *label, size_t *at)
{
	*at = o->t.n;
	text_cstr(&o->t, "  ");
	text_cstr(&o->t, label);
	put_wide(&o->t, *at, LABEL, false);
	*at = o->t.n;
}

static void cell_end(struct out *o, size_t at, bool last)
{
	put_wide(&o->t, at, FIGURE, true);
	if (last)
		line(o);
	else
		text_cstr(&o->t, "        ");
}

static void cell_usd(struct out *o, const char *label, usd v, bool sign, bool last)
{
	size_t at;

	cell_begin(o, label, &at);
	put_usd(&o->t, v.n, sign);
	cell_end(o, at, last);
}

static void cell_f64(struct out *o, const char *label, double v, int decimals, bool last)
{
	size_t at;

	cell_begin(o, label, &at);
	put_fixed(&o->t, v, decimals, false);
	cell_end(o, at, last);
}

static void cell_percent(struct out *o, const char *label, double v, bool last)
{
	size_t at;

	cell_begin(o, label, &at);
	put_percent(&o->t, v, false);
	cell_end(o, at, last);
}

static void cell_span(struct out *o, const char *label, double v, bool last)
{
	size_t at;

	cell_begin(o, label, &at);
	put_span(&o->t, v);
	cell_end(o, at, last);
}

static void trades(struct out *o, const struct lab_report *r)
{
	const struct lab_stat *s = &r->all;

	heading(o, "TRADES");
	cell_f64(o, "trades", s->trades, 0, false);
	cell_usd(o, "profit, net", s->pnl, true, true);
	cell_percent(o, "won", s->win_rate, false);
	cell_usd(o, "fees", s->fees, false, true);
	cell_f64(o, "profit factor", s->factor, 2, false);
	cell_usd(o, "expectancy", s->average, true, true);
	cell_f64(o, "expectancy, R", s->risk, 3, false);
	cell_percent(o, "expectancy, part", s->edge, true);
	cell_usd(o, "best", s->best, true, false);
	cell_usd(o, "worst", s->worst, true, true);
	cell_percent(o, "against (MAE)", s->against, false);
	cell_percent(o, "along (MFE)", s->along, true);
	cell_f64(o, "won in a row", r->wins_row, 0, false);
	cell_f64(o, "lost in a row", r->losses_row, 0, true);
	cell_span(o, "held", s->held, false);
	cell_f64(o, "held, bars", s->bars, 1, true);
	cell_percent(o, "time with a position", r->exposure, false);
	cell_percent(o, "capital at work", r->at_work, true);
	cell_percent(o, "most invested", r->most_invested, false);
	cell_f64(o, "turnover, a year", r->turnover, 1, true);
	cell_percent(o, "PSR", r->sure, false);
	cell_percent(o, "DSR", r->deflated, true);
}

void lab_text(const struct lab_report *r, const struct lab_sink *s)
{
	struct out o;

	out_open(&o, s);
	head(&o, r);
	verdicts(&o, r);
	curves(&o, r);
	beside(&o, r);
	if (r->all.trades > 0)
		trades(&o, r);
	put_tables(&o, r);
	out_close(&o);
}
