#include "base/base64.h"

static const char digits[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_write(char *out, const void *bytes, size_t n)
{
	const uint8_t *s = bytes;
	char *at = out;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)s[i] << 16 | (i + 1 < n ? (uint32_t)s[i + 1] << 8 : 0) |
			     (i + 2 < n ? s[i + 2] : 0);
		*at++ = digits[v >> 18];
		*at++ = digits[v >> 12 & 63];
		*at++ = i + 1 < n ? digits[v >> 6 & 63] : '=';
		*at++ = i + 2 < n ? digits[v & 63] : '=';
	}
	return (size_t)(at - out);
}

int base64_value(char c)
{
	const char *at = memchr(digits, c, sizeof(digits) - 1);

	return at != NULL ? (int)(at - digits) : -1;
}

size_t base64_read(char *out, size_t size, struct str s)
{
	uint32_t v = 0, bits = 0;
	size_t n = 0;

	while (s.n > 0 && s.s[s.n - 1] == '=')
		s.n--;
	for (size_t i = 0; i < s.n; i++) {
		int digit = base64_value(s.s[i]);
		if (digit < 0)
			return 0;
		v = (v << 6 | (uint32_t)digit) & 0xffffff;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		if (n == size)
			return 0;
		out[n++] = (char)(v >> bits & 0xff);
	}
	return n;
}
