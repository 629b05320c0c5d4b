/* columns.h: the bars of one symbol at one length, as columns that can be mapped: in the store's
 * folder, and for the time of a backtest. One block, the same in a file and in memory, in the
 * machine's byte order (little endian on all that are built for):
 *
 *	head        COLUMNS_HEAD bytes
 *	volume      cap doubles, shares
 *	minute      cap 32-bit words: the bar's start, minutes since 1970
 *	open high low close   cap words each: prices in units of head.unit
 *
 * Each column begins at a multiple of 64. `cap` is how many rows there is room for, `rows` how
 * many there are, by time, no two of one time.
 *
 * The unit is 0.0001 dollars as long as all prices are multiples of it; finer prices make it
 * finer, as far as the highest still fits its 32 bits, dearer ones make it coarser: what is
 * rounded then is less than three parts in a thousand million. */
#ifndef FEED_COLUMNS_H
#define FEED_COLUMNS_H

#include "feed/csv.h"

#define COLUMNS_HEAD    64
#define COLUMNS_VERSION 1

struct columns_head {
	char     magic[8];		/* "gbbars\n" */
	uint32_t version;
	uint32_t span_s;		/* 60, 300, 86400: length of the bars */
	uint32_t rows, cap;
	int64_t  unit;			/* billionths of a dollar */
	char     symbol[SYMBOL_TEXT];
	uint32_t body_crc;		/* CRC-32C of all rows, column after column */
	uint32_t head_crc;		/* of all of the head before it */
	uint32_t pad[2];
};
static_assert(sizeof(struct columns_head) == COLUMNS_HEAD, "as the file has it");

struct columns {
	struct columns_head *head;
	double   *volume;
	uint32_t *minute, *open, *high, *low, *close;
	uint32_t  highest;		/* while it is made */
	size_t    mapped;		/* of columns_open */
};

/* ---- making one, in memory that is zeroed: a mapped file, say. */
size_t columns_size(uint32_t cap);
void   columns_begin(struct columns *c, void *memory, uint32_t cap, const char *symbol,
		     uint32_t span_s);
/* Later than the row before it; its minute whole; its prices above 0. NULL, or what is wrong
 * with it. The caller sees to room. */
const char *columns_put(struct columns *c, const struct csv_row *row);
void   columns_end(struct columns *c);	/* sums are right from here on */

/* ---- reading */

/* Maps a file. Head and sizes are checked, the rows are not read. ERR_IO, ERR_PARSE; *why names
 * the file and says what is wrong. */
MUST_CHECK enum err columns_open(struct columns *c, const char *path, char *why, size_t why_size);
void columns_close(struct columns *c);
/* Reads all of it: the sum is right, times ascend, each row is a bar. */
bool columns_check(const struct columns *c, char *why, size_t why_size);

static inline ns columns_time(const struct columns *c, uint32_t i)
{
	return c->minute[i] * NS_MINUTE;
}

/* The first row at or behind t. */
uint32_t columns_seek(const struct columns *c, ns t);

static inline struct bar columns_bar(const struct columns *c, uint32_t i, sym s)
{
	int64_t unit = c->head->unit;
	ns t = columns_time(c, i);

	return (struct bar){ .open_ts = t, .ts = t + c->head->span_s * NS_SECOND,
			     .open = { c->open[i] * unit }, .high = { c->high[i] * unit },
			     .low = { c->low[i] * unit }, .close = { c->close[i] * unit },
			     .volume = c->volume[i], .sym = s };
}

#endif
