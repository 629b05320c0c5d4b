/* rooms: base net */
/* The verdict on a prefix is the verdict on the whole, and every view lies within. */
#include <stdlib.h>

#include "net/http.h"

static void within(struct str v, struct str in)
{
	assert(v.n == 0 || (v.s >= in.s && v.s + v.n <= in.s + in.n) || str_eq(v, STR("/")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	/* A copy of just that size: a read beyond it is seen. */
	char *copy = malloc(n > 0 ? n : 1);
	struct http_head h, first;
	struct str in = { copy, n };

	memcpy(copy, data, n);
	int whole = http_parse_response(&h, in);
	assert(whole <= (int)n);
	if (whole > 0) {
		for (uint32_t i = 0; i < h.n; i++) {
			within(h.header[i].name, in);
			within(h.header[i].value, in);
			assert(h.header[i].name.n > 0);
			assert(memchr(h.header[i].value.s, '\n', h.header[i].value.n) == NULL);
		}
		assert(h.status >= 100 && h.status <= 599);
		assert(!h.chunked || h.content_length == -1);
		assert(h.content_length >= -1);
		(void)http_header(&h, "Date");
	}
	size_t step = n / 64 + 1;
	for (size_t m = 0; m < n; m += step) {
		int part = http_parse_response(&first, (struct str){ copy, m });
		assert(part == 0 || part == whole);
	}
	free(copy);
	return 0;
}
