/* import.h: CSV files (csv.h) into kept bars (stored.h). Any order, any number of symbols in a
 * file; without a symbol column the symbol is given, or the file's name begins with it. The
 * bars' length is given, or found: the smallest step between times. */
#ifndef FEED_IMPORT_H
#define FEED_IMPORT_H

#include "feed/stored.h"

#define IMPORT_TOLD 20		/* bad rows told of one file; the others are counted */

struct import_config {
	const char *folder;
	const char *symbol;		/* of files without a column of them; NULL: by name */
	uint32_t    span_s;		/* 0: found */
	/* "file:line: what is wrong" */
	void (*complain)(void *ctx, const char *line);
	void (*tell)(void *ctx, const char *symbol, uint32_t span_s, const struct stored_did *did);
	void *ctx;
};

struct import_counts { uint64_t rows, bad; uint32_t symbols; };

/* path: "-" is the standard input. What was counted is added to n. ERR_IO, ERR_PARSE: why; what
 * symbols before it were told is kept. */
MUST_CHECK enum err import_file(const struct import_config *c, const char *path,
				struct import_counts *n, char why[static STORED_WHY]);

#endif
