/* path.h: a bar as the ticks that could have made it: the first is its open, the last its
 * close, its high and low are both touched, the nearer one usually first, and nothing
 * leaves its range. Prices lie on the tick grid, but for the bar's own when they do not.
 * Volume is split into whole shares. The same seed, name and bar give the same ticks. Pure. */
#ifndef EXCHANGE_PATH_H
#define EXCHANGE_PATH_H

#include "model/model.h"

#define PATH_MINUTES 5		/* the longest bar that is walked */
#define PATH_TICKS   4		/* a minute, at most: one each 15 s */

struct path_tick {
	px     at;		/* 0: nothing happens then */
	double volume;
};

/* Tick i is at open_ts + i * 15 s. A bar of little volume has ticks in some minutes
 * only, and never fewer than it takes to touch its four prices. */
struct path {
	uint32_t minutes;	/* 1 or 5: the bar's length */
	struct path_tick tick[PATH_MINUTES * PATH_TICKS];
};

/* The bar is valid and 1 or 5 minutes long. */
void path_walk(struct path *out, const struct bar *b, uint64_t seed, struct str name);

/* How many trades a tick is made of: an average one is of 120 shares, but no tick has more
 * than this. */
#define PATH_PRINTS 8
uint32_t path_prints(double volume);

/* Minute m of the path as a bar; false: nothing happens in it. vwap is what the ticks make of
 * it, to 0.0001; trades are those of its ticks. */
bool path_minute(const struct path *p, const struct bar *b, uint32_t m, struct bar *out);

/* The path as 1-minute bars, 1..5 of them, oldest first; minutes in which nothing happens
 * are absent. Together they are the bar: open, high, low, close and volume exactly. */
size_t path_minutes(const struct path *p, const struct bar *b,
		    struct bar out[static PATH_MINUTES]);

/* Adds a later bar to an earlier one that covers its symbol's time up to it: open stays,
 * close and ts move on, vwap is weighted by volume. */
void bar_join(struct bar *into, const struct bar *later);

#endif
