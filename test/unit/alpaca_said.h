/* What is read of a document of the broker's, as lines of key=value: of lists those of all that was
 * told, one behind the other. */
#ifndef TEST_ALPACA_SAID_H
#define TEST_ALPACA_SAID_H

#include "alpaca/alpaca.h"

struct said {
	enum err e;
	unsigned n;		/* things in it, where it is a list, or has legs */
	size_t   bytes;
	char     lines[8192];
};

extern struct symbols said_symbols;

/* kind: account, clock, calendar, asset, order, position, fills, bars, actions, error, trading,
 * data. */
void said_read(const char *kind, struct str doc, struct said *s);

#endif
