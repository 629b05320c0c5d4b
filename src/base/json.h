/* json.h: reading JSON strictly (RFC 8259), by walking: no tree, no tokens, no
 * allocation. A cursor goes forward through the text once; strings and numbers
 * are handed out as views of the input. The first error sticks: every later
 * call returns false, so a reader checks json_done() once at the end.
 *
 *	struct json j;
 *	struct str key, name;
 *	json_open(&j, text);
 *	for (json_enter_object(&j); json_next_key(&j, &key);)
 *		if (str_eq(key, STR("name")))
 *			json_read_str(&j, &name);
 *		else
 *			json_skip(&j);
 *	if (json_done(&j) != OK) …
 *
 * After json_next_key the value MUST be read or skipped; after json_next_item
 * likewise. Depth is bounded by JSON_DEPTH_MAX. Bad UTF-8, control characters
 * in strings, lone surrogates, leading zeros, trailing commas, NaN and bytes
 * behind the end are errors. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/base.h"

#define JSON_DEPTH_MAX 32	/* the broker's deepest document has 6 levels */

enum json_type {
	JSON_NONE, JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_NUMBER, JSON_BOOL, JSON_NULL
};

struct json {
	const char *at, *end, *begin;
	uint32_t    objects;		/* bit per level, innermost lowest: 1 object, 0 array */
	int         depth;
	uint8_t     state, after;	/* what comes next; and what behind the next value */
	enum err    err;		/* OK or ERR_PARSE */
	const char *why;		/* static words, for the log */
};

void           json_open(struct json *j, struct str text);
enum json_type json_peek(struct json *j);	/* type of the next value */

bool json_enter_object(struct json *j);
bool json_next_key(struct json *j, struct str *key);	/* false: closed, or error */
bool json_enter_array(struct json *j);
bool json_next_item(struct json *j);			/* false: closed, or error */

/* The string's raw bytes between the quotes. *escaped says whether it holds
 * backslashes; json_unescape decodes those into dst. A key is handed out raw. */
bool json_read_raw(struct json *j, struct str *raw, bool *escaped);
bool json_read_str(struct json *j, struct str *s);	/* error if escaped */
bool json_read_number(struct json *j, struct str *digits);
bool json_read_bool(struct json *j, bool *v);
bool json_read_null(struct json *j);
bool json_skip(struct json *j);		/* any one value, checked as strictly */

/* A string or a bare number, as digits: the broker sends money both ways. null
 * gives n = 0. */
bool json_read_decimal(struct json *j, struct str *digits);

/* json_read_decimal and num_parse in one pass, which is the fast way to read many.
 * What num_parse would refuse (also null, also too many decimals) is an error. */
bool json_read_num(struct json *j, int64_t *billionths);

MUST_CHECK bool json_unescape(char *dst, size_t size, struct str raw, size_t *n);

MUST_CHECK enum err json_done(struct json *j);	/* OK when all is read, without error */

/* Where the error is, counted in bytes from the beginning. */
static inline size_t json_offset(const struct json *j)
{
	return (size_t)(j->at - j->begin);
}

#endif
