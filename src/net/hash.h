/* hash.h: SHA-256 for rooms that do not know BearSSL. */
#ifndef NET_HASH_H
#define NET_HASH_H

#include "base/base.h"

#define SHA256_SIZE 32

/* Of the parts one after the other; out may be one of them. */
void sha256_of(void *out, const struct str *parts, size_t n);

#endif
