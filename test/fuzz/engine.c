/* rooms: base model ta strategy risk engine */
/* Bytes become events; whatever they are, the engine's books hold together. */
#include "fuzz/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = { data, size };
	struct arena a[2];
	struct event ev;

	struct engine *e = begin(&b, a, &ev);
	while (b.left > 0) {
		make_event(&b, &ev);
		step(e, &ev);
	}
	arena_close(&a[1]);
	arena_close(&a[0]);
	return 0;
}
