/* fetch.h: bars of the past from Alpaca, or from an exchange that speaks as it does, into kept
 * bars (feed/stored.h). Piece by piece, each kept before the next is asked for: what was cut off
 * goes on where it stopped. */
#ifndef RUN_FETCH_H
#define RUN_FETCH_H

#include "feed/stored.h"
#include "run/config.h"

struct fetch_config {
	const struct config *config;	/* keys, address, feed, authorities, requests a minute */
	const char *url;		/* instead of [account] data_url; NULL */
	const char *feed, *adjustment;	/* of the request: "iex"; "split" */
	const char *folder;
	uint32_t    span_s;
	ns          from, to;		/* starts of bars: from <= start < to */
	bool        again;		/* also what is kept already */
	void (*tell)(void *ctx, const char *symbol, uint32_t span_s, const struct stored_did *did);
	void (*say)(void *ctx, const char *line);	/* why it waits */
	void *ctx;
};

struct fetch;

/* Nothing is connected yet. ERR_CONFIG, ERR_IO: why. One at a time. */
MUST_CHECK enum err fetch_open(struct fetch **out, const struct fetch_config *c,
			       char why[static STORED_WHY]);
/* What is kept of the symbol already is asked for only before its first bar and from its last one
 * on, also what lies between it and the range: it never gets a hole. Errors: why says what to
 * do; what came before is kept. */
MUST_CHECK enum err fetch_symbol(struct fetch *f, const char *symbol,
				 char why[static STORED_WHY]);
void fetch_close(struct fetch *f);

#endif
