/* backtest_csv.c: round trips and days as CSV. */
#include "run/backtest_inner.h"

#include <stdio.h>

#include "base/text.h"

#define LINE_MAX_N 512

static bool put_line(FILE *f, struct text *t)
{
	text_char(t, '\n');
	return fputs(text_done(t), f) >= 0;
}

static void field_num(struct text *t, int64_t billionths)
{
	text_char(t, ',');
	text_num(t, billionths);
}

static void field_time(struct text *t, ns at)
{
	text_char(t, ',');
	text_time(t, at);
}

static void field_text(struct text *t, const char *s)
{
	text_char(t, ',');
	text_cstr(t, s);
}

static bool trade_line(FILE *f, const struct lab_run *r, const struct lab_trade *t)
{
	char line[LINE_MAX_N];
	struct text x;

	text_init(&x, line, sizeof line);
	text_cstr(&x, r->instance[t->instance].name);
	field_text(&x, r->symbols->name[t->sym]);
	field_text(&x, t->side == SIDE_BUY ? "long" : "short");
	field_num(&x, t->n.n);
	field_time(&x, t->signal_ts);
	field_time(&x, t->opened);
	field_num(&x, t->entry.n);
	field_time(&x, t->closed);
	field_num(&x, t->exit.n);
	field_text(&x, exit_text((enum exit_reason)t->reason));
	field_num(&x, t->pnl.n);
	field_num(&x, t->fees.n);
	field_num(&x, t->stop.n);
	field_num(&x, t->target.n);
	text_char(&x, ',');
	text_u64(&x, t->bars);
	field_num(&x, t->worst.n);
	field_num(&x, t->best.n);
	field_text(&x, t->id);
	return put_line(f, &x);
}

static bool end_file(FILE *f, bool fine)
{
	fine &= ferror(f) == 0;
	return fclose(f) == 0 && fine;
}

bool backtest_trades_csv(const struct backtest *b, const char *path)
{
	FILE *f = fopen(path, "we");
	bool fine = f != NULL &&
		fputs("instance,symbol,side,qty,signal_time,entry_time,entry_price,exit_time,"
		      "exit_price,reason,pnl,fees,stop,target,bars,lowest,highest,id\n", f) >= 0;

	if (f == NULL)
		return false;
	for (uint32_t i = 0; i < b->accounts_n; i++) {
		const struct lab_run *r = backtest_result(b, i);
		for (uint32_t k = 0; fine && k < r->trades_n; k++)
			fine = trade_line(f, r, &r->trade[k]);
	}
	return end_file(f, fine);
}

static void put_date(struct text *t, day d)
{
	char date[16];
	size_t n = date_text(date, d);

	text_add(t, (struct str){ date, n });
}

static bool day_line(FILE *f, const char *name, const struct lab_day *d)
{
	char line[LINE_MAX_N];
	struct text x;

	text_init(&x, line, sizeof line);
	text_cstr(&x, name);
	text_char(&x, ',');
	put_date(&x, d->date);
	field_num(&x, d->equity.n);
	field_num(&x, d->cash.n);
	field_num(&x, d->invested.n);
	field_num(&x, d->fees.n);
	text_char(&x, ',');
	text_u64(&x, d->bars);
	text_char(&x, ',');
	text_u64(&x, d->bars_in);
	return put_line(f, &x);
}

bool backtest_equity_csv(const struct backtest *b, const char *path)
{
	FILE *f = fopen(path, "we");
	bool fine = f != NULL &&
		fputs("account,date,equity,cash,invested,fees,bars,bars_in\n", f) >= 0;

	if (f == NULL)
		return false;
	for (uint32_t i = 0; i < b->accounts_n; i++) {
		const struct lab_run *r = backtest_result(b, i);
		const char *name = b->c.alone ? r->instance[0].name : "all";
		for (uint32_t k = 0; fine && k < r->days_n; k++)
			fine = day_line(f, name, &r->day[k]);
	}
	return end_file(f, fine);
}
