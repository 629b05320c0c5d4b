/* rooms: base */
/* Any bytes: what comes out fits, and is the same with exactly that much room. */
#include "base/base.h"
#include "base/inflate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t out[1 << 16];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n = inflate(out, sizeof(out), data, size);

	assert(n == SIZE_MAX || n <= sizeof(out));
	if (n != SIZE_MAX && n > 0)
		assert(inflate(out, n, data, size) == n &&
		       inflate(out, n - 1, data, size) == SIZE_MAX);
	return 0;
}
