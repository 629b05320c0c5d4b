/* stored.h: bars that are kept: a folder with one file of columns (columns.h) per symbol and
 * length, "AAPL.300.bars". A file is never changed: what is added is written with the rest of it
 * into a new one, which is synced and then takes its name. So a reader sees the old or the new
 * one, whole, and whoever has the old one mapped keeps it. Writers wait for each other. */
#ifndef FEED_STORED_H
#define FEED_STORED_H

#include "feed/columns.h"

#define STORED_WHY   768	/* a path of 512, and words */
#define STORED_FILES 8192	/* of one folder: a few lengths of 1,024 symbols */

/* A bar on its way in. Of equal times the later `order` wins, and any wins over what is kept. */
struct stored_bar { ns ts; px open, high, low, close; double volume; uint64_t order; };

struct stored_did {
	uint32_t added, changed, same;	/* of the bars given, without those that lost */
	uint32_t refused;		/* bars that do not fit beside the others: */
	ns refused_ts;			/* the last of them, */
	const char *refused_why;	/* and what is wrong with it */
	uint32_t total;			/* in the file now */
	ns first, last;			/* of the file: starts of its bars */
};

/* "1m" "5m" "15m" "30m" "60m" "1d" and their seconds; others have neither. */
const char *stored_span_text(uint32_t span_s);		/* NULL */
uint32_t    stored_span(struct str text);		/* 0; also "1h" */

/* Puts bars into the file of the symbol, sorted there. The folder is made (0700). ERR_IO,
 * ERR_PARSE (the file that is there is damaged): nothing has changed, why says what to do. */
MUST_CHECK enum err stored_merge(const char *folder, const char *symbol, uint32_t span_s,
				 struct stored_bar *bar, size_t n, struct stored_did *did,
				 char why[static STORED_WHY]);

/* Maps the file, all of which is checked. ERR_NOTFOUND: there is none (why is empty). */
MUST_CHECK enum err stored_open(struct columns *c, const char *folder, const char *symbol,
				uint32_t span_s, char why[static STORED_WHY]);

struct stored_name { char symbol[SYMBOL_TEXT]; uint32_t span_s; };
/* By name, then length. Returns how many; 0 also when there is no folder. */
uint32_t stored_list(const char *folder, struct stored_name *out, uint32_t cap);

#endif
