/* json_str.h: what json.c and json_str.c share. No other file includes it. */
#ifndef BASE_JSON_STR_H
#define BASE_JSON_STR_H

#include "base/json.h"

static inline uint64_t json_load8(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

#define JSON_ONES  0x0101010101010101u
#define JSON_HIGHS 0x8080808080808080u

/* A bit in each byte of w that ends a run of plain characters: '"', '\\', below
 * ' ', above 0x7f. Borrows can set bits above a true one, never below: the lowest
 * is right. */
static inline uint64_t json_stops(uint64_t w)
{
	uint64_t quote = w ^ (JSON_ONES * '"'), slash = w ^ (JSON_ONES * '\\');

	return ((quote - JSON_ONES) | (slash - JSON_ONES) | (w - JSON_ONES * ' ') | w) &
	       JSON_HIGHS;
}

/* Which byte the lowest bit of such a mask is in. */
static inline size_t json_first(uint64_t mask)
{
	return (size_t)__builtin_ctzll(mask) >> 3;
}

/* Sets the first error; false. */
bool json_fail(struct json *j, const char *at, const char *why);

/* The closing quote of the string whose first byte is p; NULL with the error set. */
const char *json_string_end(struct json *j, const char *p, bool *escaped);

#endif
