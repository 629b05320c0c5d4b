/* csv.h: bars from text files. The first line names the columns, in any order and
 * case; these have to be there:
 *	timestamp (or datetime, date, time, t), open, high, low, close, volume
 * and `symbol` when the file is not of one symbol; others are passed over. Lines end
 * with LF or CRLF, a byte order mark is passed over, quotes around a field too.
 * timestamp: the bar's start, RFC 3339 with its offset (a blank may stand for the T), or
 * seconds or milliseconds since 1970. Prices: plain decimals, rounded to nine places.
 *
 * A row that is not a bar is never repaired: it is an error with its line and the
 * reason, and the reader goes on behind it. */
#ifndef FEED_CSV_H
#define FEED_CSV_H

#include "model/model.h"

#define CSV_COLUMNS 32

enum csv_column {
	CSV_SYMBOL, CSV_TIMESTAMP, CSV_OPEN, CSV_HIGH, CSV_LOW, CSV_CLOSE, CSV_VOLUME, CSV_KNOWN
};

struct csv {
	struct str  rest;		/* not yet read */
	uint64_t    line;		/* of the row that was read last; the header is 1 */
	bool        dates;		/* true: a date alone is its midnight, UTC */
	const char *why;		/* what was wrong with it: static words */
	uint32_t    columns;
	int8_t      place[CSV_KNOWN];	/* column of each, -1: none */
	void       *map;		/* of csv_open */
	size_t      map_size;
};

struct csv_row {
	struct str symbol;		/* of the file's text; empty without that column */
	struct str time;		/* as it stands there */
	ns     ts;			/* the bar's start */
	px     open, high, low, close;
	double volume;
};

/* A text in memory. ERR_PARSE: the header is not one (c->why). */
MUST_CHECK enum err csv_begin(struct csv *c, struct str text);

/* A file, mapped; ERR_IO. To be closed in any case. An empty file is ERR_PARSE. */
MUST_CHECK enum err csv_open(struct csv *c, const char *path);
void csv_close(struct csv *c);

/* OK; ERR_END; ERR_PARSE: a bad row (line, why), call again for the next. Order, grid
 * and duplicates are the caller's: they need the rows before. */
MUST_CHECK enum err csv_next(struct csv *c, struct csv_row *out);

/* As csv_next, but only symbol and ts are read and checked, not what stands behind them: for
 * counting. */
MUST_CHECK enum err csv_skim(struct csv *c, struct csv_row *out);

#endif
