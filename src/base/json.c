/* json.c: one pass, byte by byte where texts are short (between values) and eight
 * bytes at a time where they are long (in strings). */
#include "base/json.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "string_end counts from the low end");

#define ONES  0x0101010101010101u
#define HIGHS 0x8080808080808080u

/* What a value begins with. */
static const unsigned char begins[256] = {
	['{'] = JSON_OBJECT, ['['] = JSON_ARRAY, ['"'] = JSON_STRING, ['-'] = JSON_NUMBER,
	['0'] = JSON_NUMBER, ['1'] = JSON_NUMBER, ['2'] = JSON_NUMBER, ['3'] = JSON_NUMBER,
	['4'] = JSON_NUMBER, ['5'] = JSON_NUMBER, ['6'] = JSON_NUMBER, ['7'] = JSON_NUMBER,
	['8'] = JSON_NUMBER, ['9'] = JSON_NUMBER, ['t'] = JSON_BOOL, ['f'] = JSON_BOOL,
	['n'] = JSON_NULL,
};

static bool fail(struct json *j, const char *at, const char *why)
{
	j->at = at;
	j->err = ERR_PARSE;
	j->why = why;
	return false;
}

static inline const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

static inline uint32_t level_bit(const struct json *j)
{
	return 1u << (j->depth - 1);
}

void json_open(struct json *j, struct str text)
{
	/* An empty view may have no pointer; pointers are compared below. */
	const char *s = text.n > 0 ? text.s : "";

	*j = (struct json){ .at = s, .end = s + text.n, .begin = s, .due = true };
}

/* The first byte of the value that is due; NULL, with the error set, when there
 * is none. */
static inline const char *value(struct json *j)
{
	if (j->err != OK)
		return NULL;

	const char *p = skip_blanks(j->at, j->end);
	if (p == j->end || !j->due) {
		fail(j, p, j->due ? "the text ends where a value should be" : "no value is due");
		return NULL;
	}
	return p;
}

enum json_type json_peek(struct json *j)
{
	if (j->err != OK || !j->due)
		return JSON_NONE;

	const char *p = skip_blanks(j->at, j->end);
	return p == j->end ? JSON_NONE : (enum json_type)begins[(unsigned char)*p];
}

/* ---- strings */

static int hex_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The code unit of "\uXXXX" at p; -1 when it is not one. */
static int32_t unit_at(const char *p, const char *end)
{
	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;

	int a = hex_of(p[2]), b = hex_of(p[3]), c = hex_of(p[4]), d = hex_of(p[5]);
	if ((a | b | c | d) < 0)
		return -1;
	return a << 12 | b << 8 | c << 4 | d;
}

/* Decodes the escape at p into *code; returns how long it is, 0 when it is bad. */
static size_t escape_at(const char *p, const char *end, uint32_t *code)
{
	static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";

	if (end - p < 2)
		return 0;
	if (p[1] != 'u') {
		const char *name = memchr(names, p[1], sizeof(names) - 1);
		if (name == NULL)
			return 0;
		*code = (unsigned char)meant[name - names];
		return 2;
	}
	int32_t unit = unit_at(p, end);
	if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff))
		return 0;
	*code = (uint32_t)unit;
	if (unit < 0xd800 || unit > 0xdbff)
		return 6;

	int32_t low = unit_at(p + 6, end);
	if (low < 0xdc00 || low > 0xdfff)
		return 0;
	*code = 0x10000u + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
	return 12;
}

/* A bit in each byte of w that ends a run of plain characters: '"', '\\', below
 * ' ', above 0x7f. Borrows can set bits above a true one, never below: the lowest
 * is right. */
static inline uint64_t stops(uint64_t w)
{
	uint64_t quote = w ^ (ONES * '"'), slash = w ^ (ONES * '\\');

	return ((quote - ONES) | (slash - ONES) | (w - ONES * ' ') | w) & HIGHS;
}

static inline const char *plain_end(const char *p, const char *end)
{
	for (; end - p >= 8; p += 8) {
		uint64_t w;
		memcpy(&w, p, sizeof(w));
		w = stops(w);
		if (w != 0)
			return p + (__builtin_ctzll(w) >> 3);
	}
	while (p < end && *p != '"' && *p != '\\' && (unsigned char)(*p - ' ') < 0x80 - ' ')
		p++;
	return p;
}

/* The closing quote of the string whose first byte is p; NULL with the error set. */
static inline const char *string_end(struct json *j, const char *p, bool *escaped)
{
	*escaped = false;
	for (;;) {
		uint32_t code;
		size_t n;

		p = plain_end(p, j->end);
		if (p == j->end) {
			fail(j, p, "the text ends inside a string");
			return NULL;
		}
		if (*p == '"')
			return p;
		if (*p == '\\') {
			*escaped = true;
			n = escape_at(p, j->end, &code);
		} else if ((unsigned char)*p < ' ') {
			fail(j, p, "a control character inside a string");
			return NULL;
		} else {
			n = utf8_at((struct str){ p, (size_t)(j->end - p) });
		}
		if (n == 0) {
			fail(j, p, *p == '\\' ? "a bad escape" : "bad UTF-8");
			return NULL;
		}
		p += n;
	}
}

bool json_read_raw(struct json *j, struct str *raw, bool *escaped)
{
	const char *p = value(j);

	if (p == NULL)
		return false;
	if (*p != '"')
		return fail(j, p, "not a string");

	const char *last = string_end(j, p + 1, escaped);
	if (last == NULL)
		return false;
	*raw = (struct str){ p + 1, (size_t)(last - p - 1) };
	j->at = last + 1;
	j->due = false;
	return true;
}

bool json_read_str(struct json *j, struct str *s)
{
	bool escaped;
	struct str raw;

	if (!json_read_raw(j, &raw, &escaped))
		return false;
	if (escaped)
		return fail(j, raw.s, "a string with escapes where a plain one should be");
	*s = raw;
	return true;
}

static size_t utf8_put(char *out, uint32_t code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

bool json_unescape(char *dst, size_t size, struct str raw, size_t *n)
{
	const char *p = raw.s, *end = p + raw.n;
	size_t used = 0;

	while (p < end) {
		char bytes[4] = { *p };
		size_t taken = 1, given = 1;
		if (*p == '\\') {
			uint32_t code;
			taken = escape_at(p, end, &code);
			if (taken == 0)
				return false;
			given = utf8_put(bytes, code);
		}
		if (given > size - used)
			return false;
		memcpy(dst + used, bytes, given);
		used += given;
		p += taken;
	}
	*n = used;
	return true;
}

/* ---- numbers and words */

static inline bool digit(const char *p, const char *end)
{
	return p < end && (unsigned char)(*p - '0') <= 9;
}

static inline const char *digits_end(const char *p, const char *end)
{
	while (digit(p, end))
		p++;
	return p;
}

bool json_read_number(struct json *j, struct str *digits)
{
	const char *begin = value(j), *end = j->end;

	if (begin == NULL)
		return false;

	const char *p = begin + (*begin == '-');
	if (!digit(p, end))
		return fail(j, p, "not a number");
	if (*p == '0' && digit(p + 1, end))
		return fail(j, p, "a number with a leading zero");
	p = digits_end(p, end);
	if (p < end && *p == '.') {
		if (!digit(++p, end))
			return fail(j, p, "a number that ends with its point");
		p = digits_end(p, end);
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		if (!digit(p, end))
			return fail(j, p, "a number without its exponent");
		p = digits_end(p, end);
	}
	*digits = (struct str){ begin, (size_t)(p - begin) };
	j->at = p;
	j->due = false;
	return true;
}

static bool word(struct json *j, const char *p, struct str expected)
{
	if (!str_starts((struct str){ p, (size_t)(j->end - p) }, expected))
		return fail(j, p, "not a value");
	j->at = p + expected.n;
	j->due = false;
	return true;
}

bool json_read_bool(struct json *j, bool *v)
{
	const char *p = value(j);

	if (p == NULL)
		return false;
	if (*p != 't' && *p != 'f')
		return fail(j, p, "not a boolean");
	*v = *p == 't';
	return word(j, p, *v ? STR("true") : STR("false"));
}

bool json_read_null(struct json *j)
{
	const char *p = value(j);

	if (p == NULL)
		return false;
	return *p == 'n' ? word(j, p, STR("null")) : fail(j, p, "not null");
}

bool json_read_decimal(struct json *j, struct str *digits)
{
	switch (json_peek(j)) {
	case JSON_STRING:
		return json_read_str(j, digits);
	case JSON_NULL:
		*digits = (struct str){ j->at, 0 };
		return json_read_null(j);
	default:
		return json_read_number(j, digits);
	}
}

/* ---- objects and arrays */

static bool enter(struct json *j, char opening, uint32_t object, const char *why)
{
	const char *p = value(j);

	if (p == NULL)
		return false;
	if (*p != opening)
		return fail(j, p, why);
	if (j->depth == JSON_DEPTH_MAX)
		return fail(j, p, "nested too deeply");
	j->depth++;

	uint32_t bit = level_bit(j);
	j->objects = object ? j->objects | bit : j->objects & ~bit;
	j->fresh |= bit;
	j->at = p + 1;
	j->due = false;
	return true;
}

bool json_enter_object(struct json *j)
{
	return enter(j, '{', 1, "not an object");
}

bool json_enter_array(struct json *j)
{
	return enter(j, '[', 0, "not an array");
}

/* In an object or array: steps over the comma to what comes next and returns it.
 * NULL when it was closed instead, or with the error set. */
static inline const char *next(struct json *j, char closing, bool object)
{
	if (j->err != OK)
		return NULL;

	const char *p = skip_blanks(j->at, j->end);
	if (j->due || j->depth == 0 || ((j->objects & level_bit(j)) != 0) != object) {
		fail(j, p, j->due ? "a value was not read" : "not inside of such a value");
		return NULL;
	}
	if (p == j->end) {
		fail(j, p, "the text ends inside an object or array");
		return NULL;
	}
	if (*p == closing) {
		j->at = p + 1;
		j->depth--;
		return NULL;
	}
	if ((j->fresh & level_bit(j)) != 0) {
		j->fresh &= ~level_bit(j);
		return p;
	}
	if (*p != ',') {
		fail(j, p, "no comma between values");
		return NULL;
	}
	return skip_blanks(p + 1, j->end);
}

bool json_next_key(struct json *j, struct str *key)
{
	const char *p = next(j, '}', true);
	bool escaped;

	if (p == NULL)
		return false;
	if (p == j->end || *p != '"')
		return fail(j, p, "no key where one should be");

	const char *last = string_end(j, p + 1, &escaped);
	if (last == NULL)
		return false;
	*key = (struct str){ p + 1, (size_t)(last - p - 1) };
	p = skip_blanks(last + 1, j->end);
	if (p == j->end || *p != ':')
		return fail(j, p, "no colon behind a key");
	j->at = p + 1;
	j->due = true;
	return true;
}

bool json_next_item(struct json *j)
{
	const char *p = next(j, ']', false);

	if (p == NULL)
		return false;
	j->at = p;
	j->due = true;
	return true;
}

/* ---- values that nobody wants */

static bool skip_begin(struct json *j)
{
	struct str ignored;
	bool also_ignored;

	switch (json_peek(j)) {
	case JSON_OBJECT:
		return json_enter_object(j);
	case JSON_ARRAY:
		return json_enter_array(j);
	case JSON_STRING:
		return json_read_raw(j, &ignored, &also_ignored);
	case JSON_NUMBER:
		return json_read_number(j, &ignored);
	case JSON_BOOL:
		return json_read_bool(j, &also_ignored);
	case JSON_NULL:
		return json_read_null(j);
	case JSON_NONE:
		break;
	}
	const char *p = value(j);
	return p != NULL ? fail(j, p, "not a value") : false;
}

bool json_skip(struct json *j)
{
	int depth = j->depth;
	struct str key;

	if (!skip_begin(j))
		return false;
	while (j->depth > depth) {
		bool more = (j->objects & level_bit(j)) != 0 ? json_next_key(j, &key)
							     : json_next_item(j);
		if (more ? !skip_begin(j) : j->err != OK)
			return false;
	}
	return true;
}

enum err json_done(struct json *j)
{
	if (j->err != OK)
		return j->err;

	const char *p = skip_blanks(j->at, j->end);
	if (j->due || j->depth > 0)
		fail(j, p, "the text was not read to its end");
	else if (p < j->end)
		fail(j, p, "bytes behind the end");
	return j->err;
}
