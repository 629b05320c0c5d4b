/* bar.c: what a bar has to be. */
#include "model/model.h"

/* A double counts shares exactly up to here; a NaN fails both comparisons. */
#define VOLUME_MAX 0x1p53

bool bar_valid(const struct bar *b)
{
	if (b->ts <= b->open_ts)
		return false;
	if (b->low.n <= 0 || b->vwap.n < 0)
		return false;
	if (b->low.n > b->open.n || b->open.n > b->high.n)
		return false;
	if (b->low.n > b->close.n || b->close.n > b->high.n)
		return false;
	return b->volume >= 0.0 && b->volume <= VOLUME_MAX;
}
