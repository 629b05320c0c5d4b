/* parity.h: a recorded day played again. The engine is given, event by event, what the running
 * one was told (run/journal.h), and has to ask for the same orders; then once more with other
 * bars, when there are any, to see which decision hangs on a bar that has changed; and each
 * fill is held against the bar in which it happened. */
#ifndef RUN_PARITY_H
#define RUN_PARITY_H

#include "run/config.h"

enum parity_cause {
	PARITY_NONE,
	PARITY_DATA,		/* a bar was not what it is now */
	PARITY_CLOCK,		/* the same decision at another time */
	PARITY_FILL,		/* filled where the bar never was */
	PARITY_ROUNDING,	/* the same order, by a tick or a share off */
	PARITY_RULES		/* another decision from the same bars: configuration or program */
};
const char *parity_cause_text(enum parity_cause c);	/* "data" */

struct parity_difference {
	enum parity_cause cause;
	ns   ts;
	char instance[INSTANCE_NAME], symbol[SYMBOL_TEXT];
	char text[240];		/* a sentence: what was and what is */
};

/* The bar of the same symbol and beginning as *b, into *b; false: there is none. */
typedef bool (*parity_bar)(void *ctx, const char *symbol, struct bar *b);

struct parity_job {
	const struct config *config;
	const char *folder;		/* of the store */
	day        date;
	const char *instance;		/* NULL: all */
	int        tolerance_bp;	/* of fills outside of their bar */
	parity_bar bar;			/* NULL: only as seen */
	void      *bar_ctx;
};

struct parity_result {
	struct parity_difference first;	/* the earliest one */
	uint32_t instances, missing;	/* compared; configured, but without a record of the day */
	uint64_t bars, decisions, fills, bars_changed;
	double   fill_bp_sum, fill_bp_worst;	/* entries against the open of their bar, against
						 * us positive */
	uint32_t fill_bp_n;
	bool     other_config;		/* recorded under another configuration */
	char     began[96];		/* empty, or why the day's beginning is not exact */
};

/* ERR_NOTFOUND: nothing is recorded of that day; ERR_PARSE: a record cannot be read: why names
 * file and remedy. A difference is a result, not an error. */
MUST_CHECK enum err parity_run(const struct parity_job *job, struct parity_result *out,
			       char *why, size_t why_size);

/* The newest day of which an instance of the configuration has a record; 0: none. */
day parity_newest(const struct config *c, const char *folder);

/* Of everything the configuration says, for the record. */
uint64_t parity_config_hash(const struct config *c);

#endif
