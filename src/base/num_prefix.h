/* num_prefix.h: the everyday decimal, in line. For num.c and json.c only; all others
 * ask num_parse. */
#ifndef BASE_NUM_PREFIX_H
#define BASE_NUM_PREFIX_H

#include "base/num.h"

#define NUM_DECIMALS 9

/* Reads the number that text begins with, if it has no exponent and at most nine
 * digits on either side of the point, and returns its length; else 0. */
static inline size_t num_prefix(int64_t *out, struct str text)
{
	static const uint32_t scale[NUM_DECIMALS + 1] = {
		1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1,
	};
	const char *p = text.s, *end = text.s + text.n;
	bool negative = p < end && *p == '-';
	uint64_t sum = 0;	/* wraps around only where 0 is returned */
	unsigned d;

	const char *first = p += negative;
	for (; p < end && (d = (unsigned)(unsigned char)*p - '0') <= 9; p++)
		sum = sum * 10 + d;
	size_t whole = (size_t)(p - first), decimals = 0;
	if (whole == 0 || whole > NUM_DECIMALS || (*first == '0' && whole > 1))
		return 0;
	if (p < end && *p == '.') {
		first = ++p;
		for (; p < end && (d = (unsigned)(unsigned char)*p - '0') <= 9; p++)
			sum = sum * 10 + d;
		decimals = (size_t)(p - first);
		if (decimals == 0 || decimals > NUM_DECIMALS)
			return 0;
	}
	if (p < end && (*p | 0x20) == 'e')
		return 0;

	int64_t n = (int64_t)(sum * scale[decimals]);	/* below 10^18 */
	*out = negative ? -n : n;
	return (size_t)(p - text.s);
}

#endif
