/* rooms: base net */
/* However a chunked body is cut, the same payload and the same verdict come out. The
 * first byte of the input seeds the cuts. */
#include <stdlib.h>

#include "net/http.h"

static enum err decode(const uint8_t *data, size_t n, unsigned cut, char *out, size_t *out_n,
		       size_t *eaten)
{
	struct http_chunks c;
	enum err e = ERR_AGAIN;
	size_t at = 0;

	http_chunks_init(&c);
	*out_n = 0;
	while (at < n && e == ERR_AGAIN) {
		size_t used, got, m = cut == 0 ? n : cut++ % 7 + 1;
		m = n - at < m ? n - at : m;
		char *in = malloc(m);
		memcpy(in, data + at, m);
		e = http_chunks_eat(&c, in, m, &used, &got);
		assert(used <= m && got <= used && (used == m || e != ERR_AGAIN));
		memcpy(out + *out_n, in, got);
		*out_n += got;
		at += used;
		free(in);
	}
	assert(c.total == *out_n);
	*eaten = at;
	return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n == 0)
		return 0;
	char *a = malloc(n), *b = malloc(n);
	size_t a_n, b_n, a_eaten, b_eaten;
	enum err whole = decode(data + 1, n - 1, 0, a, &a_n, &a_eaten);
	enum err parts = decode(data + 1, n - 1, data[0] + 1u, b, &b_n, &b_eaten);

	assert(whole == parts && a_n == b_n && a_eaten == b_eaten && memcmp(a, b, a_n) == 0);
	free(a);
	free(b);
	return 0;
}
