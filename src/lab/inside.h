/* inside.h: what the files of lab/ share. */
#ifndef LAB_INSIDE_H
#define LAB_INSIDE_H

#include "base/text.h"
#include "lab/report.h"
#include "model/calendar.h"

/* ---- judge_curve.c. equity: per session, NULL none. work: room for as many. */
void judge_curve(struct lab_curve *c, const struct lab_run *r, double begin, const double *equity,
		 double *work);
/* All the cash in equal parts in n symbols, each from its first close on. */
void judge_hold(double *equity, const struct lab_run *r, uint32_t n, const struct lab_prices *p);
/* Daily returns of the curve into out, as many as there are until it was at 0 or below. */
uint32_t returns_of(double *out, double begin, const double *equity, uint32_t days);

/* ---- judge_words.c */
void judge_words(struct lab_report *r);

/* ---- put.c: numbers for people. No value: "-". */
void put_fixed(struct text *t, double v, int decimals, bool sign);
void put_usd(struct text *t, int64_t n, bool sign);		/* to cents; "+1,234.50" */
void put_percent(struct text *t, double v, bool sign);		/* 0.0123: "1.23 %" */
void put_span(struct text *t, double seconds);			/* "25 min", "3.5 h" */
void put_date(struct text *t, day d);
void put_minute(struct text *t, ns at);				/* "2024-10-01 09:35" NY */
/* Blanks before or behind what was written since `from`, up to this width. */
void put_wide(struct text *t, size_t from, size_t width, bool right);

/* What is written goes to the sink when it has become long. */
#define OUT_ROOM 8192	/* more than twice any piece written at once */

struct out {
	struct text t;
	const struct lab_sink *sink;
	char memory[OUT_ROOM];
};

void out_open(struct out *o, const struct lab_sink *s);
void out_more(struct out *o);	/* between pieces */
void out_close(struct out *o);

/* ---- text_tables.c */
void put_tables(struct out *o, const struct lab_report *r);

/* ---- order.c */
#define ORDER_MAX SYMBOLS_MAX
/* Indices of the symbols with trades, by falling profit, equal ones by name. */
uint32_t order_symbols(uint16_t out[static ORDER_MAX], const struct lab_report *r);
const char *symbol_name(const struct lab_report *r, sym s);

#endif
