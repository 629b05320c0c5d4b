/* show.h: values of the API as people read them: aligned tables of at most 100 columns,
 * instants in New York, dollars with cents. */
#ifndef CMD_SHOW_H
#define CMD_SHOW_H

#include "base/text.h"

#define CELL_MAX 80

enum cell {
	CELL_TEXT,		/* as it is; may be cut when the table is too wide */
	CELL_ID,		/* "AAPL-hl3k2w" of "gb-0a1b2c3d-AAPL-hl3k2w-e" */
	CELL_PRICE, CELL_QTY,	/* 1,234.50; 10 */
	CELL_GAIN,		/* +12.40 */
	CELL_MINUTE, CELL_SECOND,	/* 10-01 09:35 EDT */
	CELL_SPAN		/* seconds: 3.5 h */
};

struct column {
	const char *title;
	const char *key, *instead[2];	/* of the object; others when it is null */
	enum cell   cell;
	const char *over;		/* "10/26": filled_qty over qty */
};

/* array: a JSON array of objects. empty: what to say of none. False: not such an array. */
bool show_table(struct str array, const struct column *columns, const char *empty);

/* text: what the API gave; "" gives "-". */
void show_cell(struct text *t, enum cell cell, const char *text);
void show_span(struct text *t, ns span);
void show_short_id(struct text *t, struct str id);
/* "09:35:00"; with the date: "Tue 2024-10-01"; the zone: "EDT". */
void show_clock(struct text *t, ns at);
void show_date(struct text *t, ns at);
const char *show_zone(ns at);

#endif
