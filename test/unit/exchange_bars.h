/* exchange_bars.h: markets and their bars in one line, for the tests. */
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

/* What a timeframe has of a symbol from the first to the last. */
static inline struct market_query whole_of(sym s, enum feed f, int timeframe_s)
{
	return (struct market_query){
		.s = s, .feed = f, .timeframe_s = timeframe_s, .from = 0, .to = INT64_MAX / 2
	};
}

static inline void market_play(struct market *m)	/* to its end */
{
	struct instant i;

	while (market_step(m, &i))
		;
}

/* A generated market of a busy symbol, 0, and a thin one, 1. */
static inline struct market *market_of_two(day start, day until, int late_centi, bool extended)
{
	static struct symbols names;
	struct market_config c = {
		.seed = 11, .symbols = &names, .start = start, .until = until,
		.spread_bp_centi = 100, .late_centi = late_centi, .extended_hours = extended
	};
	struct market *m = NULL;
	char why[300];
	sym s;

	names.n = 0;
	CHECK_INT(symbols_add(&names, STR("AAPL"), &s), OK, "AAPL");
	CHECK_INT(symbols_add(&names, STR("AZO"), &s), OK, "AZO");
	CHECK_INT(market_open(&m, &c, why, sizeof(why)), OK, "it opens");
	return m;
}

#endif
