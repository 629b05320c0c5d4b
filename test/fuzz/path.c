/* rooms: base model net feed exchange */
#include "exchange/path.h"

#include <stdlib.h>

/* Any valid bar: its minutes are valid bars and together the bar again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct {
		uint64_t seed;
		int64_t  open, high, low, close;
		uint64_t volume;
		uint32_t at;
	} in;

	if (n < sizeof(in))
		return 0;
	memcpy(&in, data, sizeof(in));
	struct bar b = {
		.open_ts = (ns)(in.at % 60000000) * NS_MINUTE,
		.open = { in.open }, .high = { in.high }, .low = { in.low }, .close = { in.close },
		.volume = (double)(in.volume & 0xffffffffffff) / 4.0,
		.trades = (uint32_t)in.seed,
	};
	b.ts = b.open_ts + (in.seed % 2 == 0 ? 1 : 5) * NS_MINUTE;
	if (!bar_valid(&b) || b.high.n > 1000000000 * NUM_ONE)
		return 0;

	struct path p;
	struct bar m[PATH_MINUTES];
	path_walk(&p, &b, in.seed, STR("X"));
	size_t count = path_minutes(&p, &b, m);
	if (count < 1 || count > p.minutes)
		abort();
	for (size_t i = 0; i < count; i++)
		if (!bar_valid(&m[i]))
			abort();
	struct bar all = m[0];
	for (size_t i = 1; i < count; i++)
		bar_join(&all, &m[i]);
	if (all.open.n != b.open.n || all.high.n != b.high.n || all.low.n != b.low.n ||
	    all.close.n != b.close.n || all.volume != b.volume)
		abort();
	return 0;
}
