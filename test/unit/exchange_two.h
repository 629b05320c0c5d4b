/* exchange_two.h: three generated days of two symbols, for tests of a whole exchange. */
#ifndef TEST_EXCHANGE_TWO_H
#define TEST_EXCHANGE_TWO_H

#include "check.h"
#include "exchange/market.h"

static inline struct market_config two_symbols(struct symbols *t, uint64_t seed)
{
	sym s;

	t->n = 0;
	CHECK_INT(symbols_add(t, STR("AAPL"), &s), OK, "a symbol");
	CHECK_INT(symbols_add(t, STR("SPY"), &s), OK, "another");
	return (struct market_config){
		.seed = seed, .symbols = t, .start = day_of(2024, 7, 1),
		.until = day_of(2024, 7, 3), .spread_bp_centi = 200, .history_sessions = 2
	};
}

#endif
