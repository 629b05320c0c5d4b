/* Single fields: every type is taken as it comes, so that no field can spoil a document. */
#include "alpaca/inner.h"
#include "base/f64.h"

/* What json_read_num does not take: decimals beyond the ninth, "", words, escapes. */
static void odd_num(struct json *j, int64_t *out)
{
	struct str digits;
	bool escaped = false;
	int64_t n;

	bool read = json_peek(j) == JSON_STRING ? json_read_raw(j, &digits, &escaped)
						: json_read_number(j, &digits);
	if (read && !escaped && num_parse_round(&n, digits) == OK)
		*out = n;
}

void field_num(struct json *j, int64_t *out)
{
	struct json begin = *j;
	int64_t n;

	enum json_type t = json_peek(j);
	if (t != JSON_STRING && t != JSON_NUMBER) {
		json_skip(j);
	} else if (json_read_num(j, &n)) {
		*out = n;
	} else {
		*j = begin;
		odd_num(j, out);
	}
}

struct str field_word(struct json *j)
{
	struct str raw = { "", 0 };
	bool escaped = false;

	if (json_peek(j) != JSON_STRING) {
		json_skip(j);
		return raw;
	}
	if (!json_read_raw(j, &raw, &escaped) || escaped)
		return (struct str){ "", 0 };
	return raw;
}

void field_time(struct json *j, ns *out)
{
	ns t;

	struct str s = field_word(j);
	if (s.n > 0 && rfc3339_parse(&t, s) == OK)
		*out = t;
}

/* As far as a decimal reaches, +-9.2 billion. */
void field_int(struct json *j, int64_t *out)
{
	int64_t none = INT64_MIN, n = none;

	field_num(j, &n);
	if (n != none)
		*out = n / NUM_ONE;
}

/* Volumes can exceed the ten digits before the point that a decimal holds; a fraction is
 * dropped, and what no exchange can have traded is no volume. */
void field_f64(struct json *j, double *out)
{
	const double most = 1e18;
	struct str digits;
	bool escaped = false;
	double v;

	enum json_type t = json_peek(j);
	if (t != JSON_STRING && t != JSON_NUMBER) {
		json_skip(j);
		return;
	}
	if (t == JSON_STRING ? json_read_raw(j, &digits, &escaped) : json_read_number(j, &digits))
		if (f64_parse(&v, digits) && v >= 0 && v <= most)
			*out = (double)(int64_t)v;
}

void field_bool(struct json *j, bool *out)
{
	bool v;

	if (json_peek(j) != JSON_BOOL) {
		struct str word = field_word(j);
		if (str_eq(word, STR("true")) || str_eq(word, STR("false")))
			*out = word.n == 4;
	} else if (json_read_bool(j, &v)) {
		*out = v;
	}
}

void field_text(struct json *j, char *dst, size_t size)
{
	struct str raw;
	bool escaped;
	size_t n;

	dst[0] = 0;
	if (json_peek(j) != JSON_STRING) {
		json_skip(j);
		return;
	}
	if (!json_read_raw(j, &raw, &escaped))
		return;
	if (!json_unescape(dst, size - 1, raw, &n))
		n = 0;
	dst[n] = 0;
}

void field_words(struct json *j, char *dst, size_t size)
{
	struct str raw;
	bool escaped;
	size_t n = 0;
	char whole[512];

	dst[0] = 0;
	if (json_peek(j) != JSON_STRING) {
		json_skip(j);
		return;
	}
	if (!json_read_raw(j, &raw, &escaped))
		return;
	if (raw.n >= sizeof whole)
		raw.n = sizeof whole - 1;
	/* Cut within an escape, perhaps one of a pair (12 bytes): a little less, then. */
	for (int i = 0; i < 12 && raw.n > 0 && !json_unescape(whole, sizeof whole, raw, &n); i++)
		raw.n--;
	struct str words = { whole, n };
	while (words.n > 0) {
		size_t c = utf8_at(words);
		if (c == 0 || (size_t)(words.s - whole) + c >= size)
			break;
		words.s += c;
		words.n -= c;
	}
	n = (size_t)(words.s - whole);
	memcpy(dst, whole, n);
	dst[n] = 0;
}

bool field_instant(struct json *j, struct str key, struct alpaca_instant *out)
{
	int64_t n = 0;

	if (str_eq(key, STR("open"))) {
		field_bool(j, &out->open);
	} else if (str_eq(key, STR("end"))) {
		field_bool(j, &out->end);
	} else if (str_eq(key, STR("speed"))) {
		field_num(j, &n);
		out->speed_milli = n / (NUM_ONE / 1000);
	} else {
		return false;
	}
	return true;
}
