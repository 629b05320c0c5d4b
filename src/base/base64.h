/* base64.h: bytes as text (RFC 4648, 4): handshakes, page tokens, credentials, certificates. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/base.h"

#define BASE64_TEXT(n) (((n) + 2) / 3 * 4)

/* BASE64_TEXT(n) characters, padded, without a NUL; how many. */
size_t base64_write(char *out, const void *bytes, size_t n);

/* 0 to 63; -1: no digit. */
int base64_value(char c);

/* How many bytes; 0: it is not base64, or too long. Padding may be missing. */
size_t base64_read(char *out, size_t size, struct str s);

#endif
