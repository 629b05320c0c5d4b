/* exchange_bars.h: a market's bars in one line, for the tests. */
#ifndef TEST_EXCHANGE_BARS_H
#define TEST_EXCHANGE_BARS_H

#include "exchange/market.h"

/* after INT64_MIN: from the beginning. */
static inline size_t bars_of(struct market *m, sym s, int timeframe_s, ns from, ns to, ns after,
			     struct bar *out, size_t cap, bool *more)
{
	struct market_query q = {
		.s = s, .timeframe_s = timeframe_s, .from = from, .to = to,
		.after = after == INT64_MIN ? 0 : after
	};

	return market_bars(m, &q, out, cap, more);
}

#endif
