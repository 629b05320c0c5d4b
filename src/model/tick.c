/* tick.c: the price grid of SEC rule 612. */
#include "model/model.h"

#define CENT     (NUM_ONE / 100)
#define SUB_CENT (NUM_ONE / 10000)

px tick_of(px p)
{
	return (px){ p.n >= NUM_ONE ? CENT : SUB_CENT };
}

bool on_tick(px p)
{
	return p.n % tick_of(p).n == 0;
}
