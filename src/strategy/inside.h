/* inside.h: the strategies, for list.c. */
#ifndef STRATEGY_INSIDE_H
#define STRATEGY_INSIDE_H

#include "strategy/strategy.h"

extern const struct strategy mean_reversion;

#endif
