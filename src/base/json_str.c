/* json_str.c: the inside of JSON strings: where they end, and what they mean. */
#include "base/json_str.h"

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

static inline const char *plain_end(const char *p, const char *end)
{
	for (; end - p >= 8; p += 8) {
		uint64_t stops = json_stops(json_load8(p));
		if (stops != 0)
			return p + json_first(stops);
	}
	while (p < end && *p != '"' && *p != '\\' && (unsigned char)(*p - ' ') < 0x80 - ' ')
		p++;
	return p;
}

const char *json_string_end(struct json *j, const char *p, bool *escaped)
{
	bool ignored;

	if (escaped == NULL)
		escaped = &ignored;
	*escaped = false;
	for (;;) {
		uint32_t code;
		size_t n;

		p = plain_end(p, j->end);
		if (p == j->end) {
			json_fail(j, p, "the text ends inside a string");
			return NULL;
		}
		if (*p == '"')
			return p;
		if (*p == '\\') {
			*escaped = true;
			n = escape_at(p, j->end, &code);
		} else if ((unsigned char)*p < ' ') {
			json_fail(j, p, "a control character inside a string");
			return NULL;
		} else {
			n = utf8_at((struct str){ p, (size_t)(j->end - p) });
		}
		if (n == 0) {
			json_fail(j, p, *p == '\\' ? "a bad escape" : "bad UTF-8");
			return NULL;
		}
		p += n;
	}
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
