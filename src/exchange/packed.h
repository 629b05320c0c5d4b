/* packed.h: a bar in 24 bytes, as the market keeps them by the hundred thousand. Prices
 * are multiples of 0.0001 dollars up to 429,496; the symbol and the length are known
 * from where it is kept. */
#ifndef EXCHANGE_PACKED_H
#define EXCHANGE_PACKED_H

#include "model/model.h"

#define PACKED_UNIT (NUM_ONE / 10000)
#define PACKED_MAX  ((int64_t)UINT32_MAX * PACKED_UNIT)

struct packed {
	uint32_t minute;	/* the bar's start, minutes since 1970 */
	uint32_t open, high, low, close;
	uint32_t volume;	/* shares */
};

static inline ns packed_ts(const struct packed *p)
{
	return (ns)p->minute * NS_MINUTE;
}

/* A price above 0 on the tick grid. As px_tick, without its 128 bits: ticks are many. */
static inline px px_on_grid(px p, enum round r)
{
	int64_t tick = tick_of(p).n, rest = p.n % tick;
	bool up = r == ROUND_UP ? rest > 0 : r == ROUND_NEAR && rest >= tick - rest;

	return (px){ p.n - rest + (up ? tick : 0) };
}

/* Trades are not kept: the path makes them. */
static inline struct bar packed_bar(const struct packed *p, uint32_t minutes, sym s)
{
	return (struct bar){
		.open_ts = packed_ts(p),
		.ts = packed_ts(p) + minutes * NS_MINUTE,
		.open = { p->open * PACKED_UNIT },
		.high = { p->high * PACKED_UNIT },
		.low = { p->low * PACKED_UNIT },
		.close = { p->close * PACKED_UNIT },
		.volume = p->volume,
		.sym = s,
	};
}

#endif
