/* folder.h: a directory of CSV files with bars, as feed/csv.h reads them: any number of symbols
 * in a file, or one each (without a symbol column: what the file's name begins with). The span
 * (1 or 5 minutes) is found from the timestamps; other spans are refused. Of a symbol with both,
 * the 1-minute bars are taken. Twice through the files: the first time to know symbols, spans and
 * counts, so that the second can put every bar where it stays. */
#ifndef FEED_FOLDER_H
#define FEED_FOLDER_H

#include "feed/csv.h"

struct folder;

struct folder_config {
	const char *dir;
	ns from, to;			/* files without a row between are not read further */
	void (*complain)(void *ctx, const char *line);	/* "file:line: reason"; NULL: nobody */
	void  *complain_ctx;
	uint32_t threads;		/* that read; 0 is 1 */
};

/* ERR_CONFIG, ERR_FULL: *why says what is wrong, with file and remedy. */
MUST_CHECK enum err folder_open(struct folder **out, const struct folder_config *c, char *why,
				size_t why_size);
void folder_close(struct folder *f);

const struct symbols *folder_symbols(const struct folder *f);
uint32_t folder_files(const struct folder *f);
uint32_t folder_rows(const struct folder *f, sym s);	/* at most so many will come */
uint32_t folder_minutes(const struct folder *f, sym s);	/* 1 or 5; 0: none that can be played */
uint64_t folder_bad(const struct folder *f);		/* rows and files, told and counted */

/* All rows of the spans that are played, files in order of their first row; once. take: NULL, or
 * what is wrong with the row, which is the same words with any number of threads: with several,
 * rows of different symbols may come at the same time. */
void folder_read(struct folder *f,
		 const char *(*take)(void *ctx, sym s, const struct csv_row *row), void *ctx);

/* "BRK.B.5m.csv" is of BRK.B, "EWZ.1m.2019.csv" and "EWZ_1m.csv" of EWZ. */
struct str folder_symbol(const char *name);

#endif
