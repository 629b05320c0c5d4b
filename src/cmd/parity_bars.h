/* parity_bars.h: a day's 1-minute bars from a folder of CSV files, by symbol and time. */
#ifndef CMD_PARITY_BARS_H
#define CMD_PARITY_BARS_H

#include "base/arena.h"
#include "base/time.h"
#include "model/model.h"

struct parity_bars {
	const struct symbols *symbols;
	struct arena memory;
	struct bar *bar;
	size_t n, room;
};

/* false: why names the file, the line and the remedy. */
MUST_CHECK bool parity_bars_load(struct parity_bars *b, const char *folder,
				 const struct symbols *symbols, day date, char *why, size_t size);
void parity_bars_free(struct parity_bars *b);
/* A parity_bar. */
bool parity_bars_find(void *bars, const char *symbol, struct bar *out);

#endif
