/* rooms: base net */
/* What is encoded comes back; what is decoded holds no NUL and fits; queries and dates
 * of any bytes are read without harm. */
#include <stdlib.h>

#include "net/http.h"

static char decoded[4096], encoded[12300], again[4096];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = malloc(n > 0 ? n : 1);
	struct str in = { copy, n };
	struct text t;
	size_t m, k;
	bool bad;
	ns at;

	memcpy(copy, data, n);
	if (percent_decode(decoded, sizeof(decoded), in, n % 2 == 0, &m)) {
		assert(m <= n && memchr(decoded, '\0', m) == NULL && decoded[m] == '\0');
		text_init(&t, encoded, sizeof(encoded));
		percent_encode(&t, (struct str){ decoded, m });
		assert(!t.full);
		assert(percent_decode(again, sizeof(again), text_str(&t), n % 2 == 0, &k));
		assert(k == m && memcmp(again, decoded, m) == 0);
	}
	if (percent_decode(again, 8, in, false, &m))
		assert(m < 8);
	if (http_query(in, "a", again, 16, &m, &bad))
		assert(!bad && m < 16);
	if (http_date_parse(&at, in)) {
		text_init(&t, encoded, sizeof(encoded));
		http_date(&t, at);
		/* Only 23:59:60 has two spellings. */
		assert(str_eq(text_str(&t), in) || memcmp(in.s + 23, "60", 2) == 0);
	}
	free(copy);
	return 0;
}
