/* series.c: the last bars of a symbol, oldest overwritten. */
#include "strategy/strategy.h"

void series_push(struct series *s, const struct bar *b)
{
	assert(s->n <= SERIES_BARS && s->head < SERIES_BARS);
	assert(s->n == 0 || series_ago(s, 0)->ts <= b->open_ts);
	s->bar[s->head] = *b;
	s->head = (s->head + 1) & (SERIES_BARS - 1);
	if (s->n < SERIES_BARS)
		s->n++;
}
