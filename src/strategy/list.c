/* list.c: the strategies that gambler.ini may name. */
#include "strategy/inside.h"

const struct strategy *const strategies[] = {
	&mean_reversion, &volatility_breakout, &momentum, &smart_money, &multi_timeframe,
	&adaptive, &ma_cross, &zscore, &indicator, NULL
};

/* Before main(): whoever reads a table finds it whole, in any thread. */
__attribute__((constructor)) static void fill(void)
{
	for (size_t i = 0; strategies[i] != NULL; i++)
		params_fill(strategies[i]);
}

const struct strategy *strategy_find(struct str name)
{
	for (size_t i = 0; strategies[i] != NULL; i++) {
		assert(strategies[i]->params_n <= PARAMS_MAX);
		assert(strategies[i]->values_n <= VALUES_MAX);
		if (str_eq(name, str_of(strategies[i]->name)))
			return strategies[i];
	}
	return NULL;
}
