/* hash.c: BearSSL's SHA-256, which TLS has linked anyway. */
#include "net/hash.h"

#include <bearssl.h>

void sha256_of(void *out, const struct str *parts, size_t n)
{
	br_sha256_context sha;

	br_sha256_init(&sha);
	for (size_t i = 0; i < n; i++)
		br_sha256_update(&sha, parts[i].s, parts[i].n);
	br_sha256_out(&sha, out);
}
