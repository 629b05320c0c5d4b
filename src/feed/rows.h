/* rows.h: bars that come as JSON arrays beside each other, one for the starts and one for each
 * figure: how the free providers tell them. Nothing is kept: one cursor for each array goes
 * along, so that a page is as long as it likes. What is not to be believed is left out:
 *	a row with a null (no trade), with a figure that is none, or that is no bar,
 *	a start off the grid, or not behind the one before: the bar that is still being built, or
 *	the last one once more.
 * Prices are rounded to the tick: providers tell 75.0875015258789 for 75.0875. */
#ifndef FEED_ROWS_H
#define FEED_ROWS_H

#include "base/json.h"
#include "model/model.h"

enum rows_column {
	ROWS_TIME, ROWS_OPEN, ROWS_HIGH, ROWS_LOW, ROWS_CLOSE, ROWS_VOLUME, ROWS_COLUMNS
};

struct rows {
	struct json at[ROWS_COLUMNS];	/* before each array */
	uint32_t    found;		/* 1 << column */
	uint32_t    bars, empty, odd;	/* rows of the last rows_bars: given, without a trade,
					 * left out */
};

/* The value at the cursor is this column; it is passed over. What is no array is no column. */
void rows_column(struct rows *r, enum rows_column c, struct json *j);

/* Gives each bar; may be called again. No starts: OK, none. ERR_PARSE: a column is missing, or of
 * another length than the others; what stands before the break has been given. ERR_RANGE: the
 * starts are those of bars of another length. */
MUST_CHECK enum err rows_bars(struct rows *r, sym s, int timeframe_s,
			      void (*each)(void *ctx, const struct bar *b), void *ctx);

#endif
