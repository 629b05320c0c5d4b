#include "alpaca/inner.h"

void field_num(struct json *j, int64_t *out)
{
	struct str digits;
	int64_t n;

	enum json_type t = json_peek(j);
	if (t != JSON_STRING && t != JSON_NUMBER) {
		json_skip(j);
		return;
	}
	if (json_read_decimal(j, &digits) && digits.n > 0 && num_parse_round(&n, digits) == OK)
		*out = n;
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

void field_int(struct json *j, int64_t *out)
{
	int64_t n = *out * NUM_ONE;

	if (*out > INT64_MAX / NUM_ONE || *out < INT64_MIN / NUM_ONE) {
		json_skip(j);
		return;
	}
	field_num(j, &n);
	*out = n / NUM_ONE;
}

/* Volumes can exceed the nine digits before the point that a decimal holds, so the
 * digits are added up here; a fraction is dropped. */
void field_f64(struct json *j, double *out)
{
	struct str digits;
	double v = 0;

	if (json_peek(j) != JSON_NUMBER) {
		json_skip(j);
		return;
	}
	if (!json_read_number(j, &digits))
		return;
	for (size_t i = 0; i < digits.n; i++) {
		if (digits.s[i] == '.')
			break;
		if (digits.s[i] < '0' || digits.s[i] > '9')
			return;		/* negative or with an exponent: no volume */
		v = v * 10 + (digits.s[i] - '0');
	}
	*out = v;
}

void field_bool(struct json *j, bool *out)
{
	if (json_peek(j) != JSON_BOOL) {
		json_skip(j);
		return;
	}
	bool v;
	if (json_read_bool(j, &v))
		*out = v;
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
	size_t n;
	char whole[512];

	dst[0] = 0;
	if (json_peek(j) != JSON_STRING) {
		json_skip(j);
		return;
	}
	if (!json_read_raw(j, &raw, &escaped))
		return;
	if (raw.n >= sizeof whole)
		raw.n = sizeof whole - 8;
	if (!json_unescape(whole, sizeof whole, raw, &n))
		return;		/* cut within an escape: no words then */
	if (n >= size)
		n = size - 1;
	memcpy(dst, whole, n);
	dst[n] = 0;
}
