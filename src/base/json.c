/* json.c: one pass. The common case of each step (no blanks, a short key, a short
 * number) looks at eight bytes at once and has few branches; everything else goes
 * byte by byte, and is as strict. */
#include "base/json_str.h"
#include "base/num_prefix.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte is the lowest");

#define LIKELY(condition) __builtin_expect((condition), 1)
/* Kept out of its callers, so that their common case saves no registers for it. */
#define ASIDE __attribute__((noinline, cold))
#define OUT_OF_LINE __attribute__((noinline))

/* What comes next. A value; something of an object or array that was just entered;
 * a comma and something of it, or its end; nothing, outside; nothing, after an error. */
enum { VALUE, FIRST_KEY, FIRST_ITEM, NEXT_KEY, NEXT_ITEM, OUTSIDE, FAILED };

#define SHORT_KEY 16

/* What a value begins with. */
static const unsigned char begins[256] = {
	['{'] = JSON_OBJECT, ['['] = JSON_ARRAY, ['"'] = JSON_STRING, ['-'] = JSON_NUMBER,
	['0'] = JSON_NUMBER, ['1'] = JSON_NUMBER, ['2'] = JSON_NUMBER, ['3'] = JSON_NUMBER,
	['4'] = JSON_NUMBER, ['5'] = JSON_NUMBER, ['6'] = JSON_NUMBER, ['7'] = JSON_NUMBER,
	['8'] = JSON_NUMBER, ['9'] = JSON_NUMBER, ['t'] = JSON_BOOL, ['f'] = JSON_BOOL,
	['n'] = JSON_NULL,
};

/* What stands for itself in a string, of ASCII. */
static const bool plain[256] = {
	[' '] = true, ['!'] = true, ['#' ... '['] = true, [']' ... 0x7f] = true,
};

void json_open(struct json *j, struct str text)
{
	/* An empty view may have no pointer; pointers are compared below. */
	const char *s = text.n > 0 ? text.s : "";

	*j = (struct json){ .at = s, .end = s + text.n, .begin = s, .after = OUTSIDE };
}

ASIDE bool json_fail(struct json *j, const char *at, const char *why)
{
	j->at = at;
	j->err = ERR_PARSE;
	j->why = why;
	j->state = FAILED;
	return false;
}

ASIDE static const char *blanks_end(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

static inline const char *skip_blanks(const char *p, const char *end)
{
	return LIKELY(p < end && (unsigned char)*p > ' ') ? p : blanks_end(p, end);
}

/* The first byte of the value that is due; NULL, with the error set, when there
 * is none. */
static inline const char *value(struct json *j)
{
	const char *p = skip_blanks(j->at, j->end);

	if (LIKELY(j->state == VALUE && p < j->end))
		return p;
	if (j->state != FAILED)
		json_fail(j, p, j->state == VALUE ? "the text ends where a value should be"
						  : "no value is due");
	return NULL;
}

static inline bool done(struct json *j, const char *behind)
{
	j->at = behind;
	j->state = j->after;
	return true;
}

enum json_type json_peek(struct json *j)
{
	const char *p = skip_blanks(j->at, j->end);

	if (j->state != VALUE || p == j->end)
		return JSON_NONE;
	return (enum json_type)begins[(unsigned char)*p];
}

/* ---- strings */

static inline bool string(struct json *j, const char *p, struct str *raw, bool *escaped)
{
	if (*p != '"')
		return json_fail(j, p, "not a string");

	const char *last = json_string_end(j, p + 1, escaped);
	if (last == NULL)
		return false;
	*raw = (struct str){ p + 1, (size_t)(last - p - 1) };
	return done(j, last + 1);
}

bool json_read_raw(struct json *j, struct str *raw, bool *escaped)
{
	const char *p = value(j);

	return p != NULL && string(j, p, raw, escaped);
}

bool json_read_str(struct json *j, struct str *s)
{
	const char *p = value(j);
	bool escaped;
	struct str raw;

	if (p == NULL || !string(j, p, &raw, &escaped))
		return false;
	if (escaped)
		return json_fail(j, p, "a string with escapes where a plain one should be");
	*s = raw;
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

ASIDE static bool exponent(struct json *j, const char *p, struct str *digits)
{
	const char *end = j->end;

	p++;
	if (p < end && (*p == '+' || *p == '-'))
		p++;
	if (!digit(p, end))
		return json_fail(j, p, "a number without its exponent");
	p = digits_end(p, end);
	digits->n = (size_t)(p - digits->s);
	return done(j, p);
}

static inline bool number(struct json *j, const char *begin, struct str *digits)
{
	const char *end = j->end, *first = begin + (*begin == '-');
	const char *p = digits_end(first, end);

	if (p == first)
		return json_fail(j, p, "not a number");
	if (*first == '0' && p - first > 1)
		return json_fail(j, first, "a number with a leading zero");
	if (p < end && *p == '.') {
		first = p + 1;
		p = digits_end(first, end);
		if (p == first)
			return json_fail(j, p, "a number that ends with its point");
	}
	*digits = (struct str){ begin, (size_t)(p - begin) };
	if (p < end && (*p | 0x20) == 'e')
		return exponent(j, p, digits);
	return done(j, p);
}

bool json_read_number(struct json *j, struct str *digits)
{
	const char *p = value(j);

	return p != NULL && number(j, p, digits);
}

static bool word(struct json *j, const char *p, struct str expected)
{
	if (!str_starts((struct str){ p, (size_t)(j->end - p) }, expected))
		return json_fail(j, p, "not a value");
	return done(j, p + expected.n);
}

bool json_read_bool(struct json *j, bool *v)
{
	const char *p = value(j);

	if (p == NULL)
		return false;
	if (*p != 't' && *p != 'f')
		return json_fail(j, p, "not a boolean");
	*v = *p == 't';
	return word(j, p, *v ? STR("true") : STR("false"));
}

bool json_read_null(struct json *j)
{
	const char *p = value(j);

	if (p == NULL)
		return false;
	return *p == 'n' ? word(j, p, STR("null")) : json_fail(j, p, "not null");
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

/* Whatever json_read_num does not see at one glance. */
ASIDE static bool read_odd_num(struct json *j, int64_t *billionths)
{
	const char *p = j->at;
	struct str digits;

	if (!json_read_decimal(j, &digits))
		return false;
	if (num_parse(billionths, digits) != OK)
		return json_fail(j, p, "not an exact number");
	return true;
}

bool json_read_num(struct json *j, int64_t *billionths)
{
	const char *p = value(j), *end = j->end;

	if (p == NULL)
		return false;

	bool quoted = *p == '"';
	p += quoted;
	int64_t v;
	size_t n = num_prefix(&v, (struct str){ p, (size_t)(end - p) });
	p += n;
	if (n == 0 || (quoted && (p == end || *p != '"')))
		return read_odd_num(j, billionths);
	*billionths = v;
	return done(j, p + quoted);
}

/* ---- objects and arrays */

static void surroundings(struct json *j)
{
	if (j->depth == 0)
		j->after = OUTSIDE;
	else
		j->after = (j->objects & 1) != 0 ? NEXT_KEY : NEXT_ITEM;
}

static bool enter(struct json *j, const char *p, bool object)
{
	if (*p != (object ? '{' : '['))
		return json_fail(j, p, object ? "not an object" : "not an array");
	if (j->depth == JSON_DEPTH_MAX)
		return json_fail(j, p, "nested too deeply");
	j->depth++;
	j->objects = j->objects << 1 | object;
	surroundings(j);
	j->at = p + 1;
	j->state = object ? FIRST_KEY : FIRST_ITEM;
	return true;
}

bool json_enter_object(struct json *j)
{
	const char *p = value(j);

	return p != NULL && enter(j, p, true);
}

bool json_enter_array(struct json *j)
{
	const char *p = value(j);

	return p != NULL && enter(j, p, false);
}

/* Everything but a comma between two values. */
OUT_OF_LINE static const char *first_or_last(struct json *j, const char *p, bool object)
{
	bool first = j->state == (object ? FIRST_KEY : FIRST_ITEM);

	if (j->state == FAILED)
		return NULL;
	if (!first && j->state != (object ? NEXT_KEY : NEXT_ITEM)) {
		json_fail(j, p, j->state == VALUE ? "a value was not read"
						  : "not inside of such a value");
		return NULL;
	}
	if (p < j->end && *p == (object ? '}' : ']')) {
		j->depth--;
		j->objects >>= 1;
		surroundings(j);
		done(j, p + 1);
		return NULL;
	}
	if (p < j->end && first)
		return p;
	json_fail(j, p, p < j->end ? "no comma between values"
				   : "the text ends inside an object or array");
	return NULL;
}

/* In an object or array: steps over the comma to what comes next and returns it.
 * NULL when it was closed instead, or with the error set. */
static inline const char *next(struct json *j, bool object)
{
	const char *p = skip_blanks(j->at, j->end);

	if (LIKELY(j->state == (object ? NEXT_KEY : NEXT_ITEM) && p < j->end && *p == ','))
		return skip_blanks(p + 1, j->end);
	return first_or_last(j, p, object);
}

/* Any key, with any blanks around it. */
OUT_OF_LINE static bool next_key(struct json *j, struct str *key)
{
	const char *p = next(j, true);

	if (p == NULL)
		return false;
	if (p == j->end || *p != '"')
		return json_fail(j, p, "no key where one should be");

	const char *last = json_string_end(j, p + 1, NULL);
	if (last == NULL)
		return false;
	*key = (struct str){ p + 1, (size_t)(last - p - 1) };
	p = skip_blanks(last + 1, j->end);
	if (p == j->end || *p != ':')
		return json_fail(j, p, "no colon behind a key");
	j->at = p + 1;
	j->state = VALUE;
	return true;
}

/* Most keys are short, come without blanks, and in the same order again and again: a
 * loop whose end the branch predictor knows is ahead of any arithmetic on what was
 * loaded. */
bool json_next_key(struct json *j, struct str *key)
{
	const char *p = j->at;
	size_t n = 0;

	if (j->end - p < SHORT_KEY + 4 || j->state != NEXT_KEY || p[0] != ',' || p[1] != '"')
		return next_key(j, key);
	p += 2;
	while (n < SHORT_KEY && plain[(unsigned char)p[n]])
		n++;
	if (p[n] != '"' || p[n + 1] != ':')
		return next_key(j, key);
	*key = (struct str){ p, n };
	j->at = p + n + 2;
	j->state = VALUE;
	return true;
}

bool json_next_item(struct json *j)
{
	const char *p = next(j, false);

	if (p == NULL)
		return false;
	j->at = p;
	j->state = VALUE;
	return true;
}

/* ---- values that nobody wants */

/* All of a simple value, the beginning of another. */
static bool skip_begin(struct json *j)
{
	const char *p = value(j);
	struct str ignored;
	bool also_ignored;

	if (p == NULL)
		return false;
	switch ((enum json_type)begins[(unsigned char)*p]) {
	case JSON_OBJECT:
		return enter(j, p, true);
	case JSON_ARRAY:
		return enter(j, p, false);
	case JSON_STRING:
		return string(j, p, &ignored, &also_ignored);
	case JSON_NUMBER:
		return number(j, p, &ignored);
	case JSON_BOOL:
		return json_read_bool(j, &also_ignored);
	case JSON_NULL:
		return json_read_null(j);
	case JSON_NONE:
		break;
	}
	return json_fail(j, p, "not a value");
}

bool json_skip(struct json *j)
{
	int depth = j->depth;
	struct str key;

	if (!skip_begin(j))
		return false;
	while (j->depth > depth) {
		bool more = (j->objects & 1) != 0 ? json_next_key(j, &key) : json_next_item(j);
		if (more ? !skip_begin(j) : j->err != OK)
			return false;
	}
	return true;
}

enum err json_done(struct json *j)
{
	if (j->err != OK)
		return j->err;

	const char *p = blanks_end(j->at, j->end);
	if (j->state != OUTSIDE)
		json_fail(j, p, "the text was not read to its end");
	else if (p < j->end)
		json_fail(j, p, "bytes behind the end");
	return j->err;
}
