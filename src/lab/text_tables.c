/* text_tables.c: a report's tables: by instance, symbol, exit, side and month, and what turned
 * entries away. */
#include "lab/inside.h"

#define NAME        24	/* of the first column */
#define SYMBOLS_ALL 24	/* of more symbols the middle is left out: the best and the worst tell */

static void line(struct out *o)
{
	text_char(&o->t, '\n');
	out_more(o);
}

static void titles(struct out *o, const char *title)
{
	static const struct { const char *word; uint32_t width; } columns[] = {
		{ "trades", 8 }, { "won", 9 }, { "factor", 8 }, { "each", 11 }, { "profit", 13 },
		{ "fees", 10 }, { "MAE", 8 }, { "MFE", 8 },
	};

	line(o);
	size_t at = o->t.n;
	text_cstr(&o->t, title);
	put_wide(&o->t, at, NAME, false);
	for (size_t i = 0; i < COUNT(columns); i++) {
		at = o->t.n;
		text_cstr(&o->t, columns[i].word);
		put_wide(&o->t, at, columns[i].width, true);
	}
	line(o);
}

static void row(struct out *o, const char *name, const struct lab_stat *s)
{
	struct text *t = &o->t;
	size_t at = t->n, n = strlen(name);

	text_cstr(t, "  ");
	text_add(t, (struct str){ name, n < NAME - 2 ? n : NAME - 4 });
	text_cstr(t, n < NAME - 2 ? "" : "~");
	put_wide(t, at, NAME, false);
	at = t->n;
	text_grouped(t, s->trades);
	put_wide(t, at, 8, true);
	at = t->n;
	put_percent(t, s->win_rate, false);
	put_wide(t, at, 9, true);
	at = t->n;
	put_fixed(t, s->factor, 2, false);
	put_wide(t, at, 8, true);
	at = t->n;
	put_usd(t, s->average.n, true);
	put_wide(t, at, 11, true);
	at = t->n;
	put_usd(t, s->pnl.n, true);
	put_wide(t, at, 13, true);
	at = t->n;
	put_usd(t, s->fees.n, false);
	put_wide(t, at, 10, true);
	at = t->n;
	put_percent(t, s->against, false);
	put_wide(t, at, 8, true);
	at = t->n;
	put_percent(t, s->along, false);
	put_wide(t, at, 8, true);
	line(o);
}

static void symbols(struct out *o, const struct lab_report *r)
{
	uint16_t order[ORDER_MAX];
	uint32_t n = order_symbols(order, r);

	titles(o, "SYMBOL");
	for (uint32_t i = 0; i < n; i++) {
		if (n > SYMBOLS_ALL && i == SYMBOLS_ALL / 2) {
			text_cstr(&o->t, "  (");
			text_grouped(&o->t, n - SYMBOLS_ALL);
			text_cstr(&o->t, " between these are in --json)");
			line(o);
			i = n - SYMBOLS_ALL / 2;
		}
		row(o, symbol_name(r, order[i]), &r->symbol[order[i]]);
	}
}

static void groups(struct out *o, const struct lab_report *r)
{
	titles(o, "INSTANCE");
	for (uint32_t i = 0; i < r->run->instances_n; i++)
		row(o, r->run->instance[i].name, &r->instance[i]);
	titles(o, "EXIT");
	for (uint32_t i = 0; i < EXIT_REASONS; i++)
		if (r->reason[i].trades > 0)
			row(o, exit_text((enum exit_reason)i), &r->reason[i]);
	if (r->side[SIDE_BUY].trades > 0 && r->side[SIDE_SELL].trades > 0) {
		titles(o, "SIDE");
		row(o, "long", &r->side[SIDE_BUY]);
		row(o, "short", &r->side[SIDE_SELL]);
	}
	symbols(o, r);
}

/* ---- what turned entries away */

static void funnel_line(struct out *o, const struct lab_funnel *f)
{
	size_t at = o->t.n;

	text_cstr(&o->t, "    ");
	text_grouped(&o->t, f->n);
	put_wide(&o->t, at, 18, true);
	text_cstr(&o->t, "  ");
	text_cstr(&o->t, f->name);
	line(o);
}

static void funnel(struct out *o, const struct lab_report *r)
{
	line(o);
	text_cstr(&o->t, "WHAT TURNED ENTRIES AWAY (by the first condition that failed)");
	line(o);
	for (uint32_t i = 0; i < r->run->instances_n; i++) {
		const struct lab_instance *in = &r->run->instance[i];
		text_cstr(&o->t, "  ");
		text_cstr(&o->t, in->name);
		text_cstr(&o->t, ": ");
		text_grouped(&o->t, in->bars);
		text_cstr(&o->t, in->bars == 1 ? " bar, " : " bars, ");
		text_grouped(&o->t, in->signals);
		text_cstr(&o->t, in->signals == 1 ? " signal, " : " signals, ");
		text_grouped(&o->t, in->entries);
		text_cstr(&o->t, in->entries == 1 ? " entry" : " entries");
		line(o);
		for (uint32_t k = 0; k < in->funnel_n; k++)
			if (in->funnel[k].n > 0)
				funnel_line(o, &in->funnel[k]);
	}
}

/* ---- months: a line a year */

static const struct lab_month *month_at(const struct lab_report *r, int year, int month)
{
	for (uint32_t i = 0; i < r->months_n; i++)
		if (r->month[i].year == year && r->month[i].month == month)
			return &r->month[i];
	return NULL;
}

static void month_cell(struct out *o, double v, size_t width)
{
	size_t at = o->t.n;

	put_fixed(&o->t, v * 100, 1, true);
	put_wide(&o->t, at, width, true);
}

static void months(struct out *o, const struct lab_report *r)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	if (r->months_n == 0)
		return;
	line(o);
	text_cstr(&o->t, "MONTHS, in %");
	line(o);
	text_cstr(&o->t, "      ");
	for (size_t i = 0; i < 12; i++) {
		text_cstr(&o->t, "    ");
		text_add(&o->t, (struct str){ names + 3 * i, 3 });
	}
	text_cstr(&o->t, "      year");
	line(o);
	for (int y = r->month[0].year; y <= r->month[r->months_n - 1].year; y++) {
		double year = 1;
		text_cstr(&o->t, "  ");
		text_i64(&o->t, y);
		for (int m = 1; m <= 12; m++) {
			const struct lab_month *at = month_at(r, y, m);
			if (at == NULL) {
				text_cstr(&o->t, "       ");
				continue;
			}
			year *= 1 + at->total;
			month_cell(o, at->total, 7);
		}
		month_cell(o, year - 1, 10);
		line(o);
	}
}

void put_tables(struct out *o, const struct lab_report *r)
{
	months(o, r);
	if (r->all.trades > 0)
		groups(o, r);
	funnel(o, r);
}
