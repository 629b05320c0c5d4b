/* html.h: what the page and its charts share. */
#ifndef LAB_HTML_H
#define LAB_HTML_H

#include "lab/inside.h"

void add(struct out *o, const char *html);		/* half of OUT_ROOM at most */
void add_escaped(struct out *o, const char *s);

/* ---- html_chart.c: drawings that stretch to any width: the words are HTML and keep their size,
 * lines keep their strength. */
void chart_equity(struct out *o, const struct lab_report *r);	/* beside those who hold */
void chart_falls(struct out *o, const struct lab_report *r);
void chart_legend(struct out *o);				/* of the following */
void chart_symbol(struct out *o, const struct lab_report *r, const struct lab_prices *p);

#endif
