/* text.c: a bounded text, and numbers written into it. */
#include "base/text.h"

#include <math.h>

#include "base/format.h"

void text_add(struct text *t, struct str s)
{
	if (t->full || s.n > t->cap - t->n) {
		t->full = true;
		return;
	}
	if (s.n > 0)
		memcpy(t->s + t->n, s.s, s.n);
	t->n += s.n;
}

void text_cstr(struct text *t, const char *s)
{
	text_add(t, str_of(s));
}

void text_char(struct text *t, char c)
{
	if (t->full || t->n == t->cap)
		t->full = true;
	else
		t->s[t->n++] = c;
}

static void add_u64(struct text *t, bool negative, uint64_t v)
{
	char digits[21];	/* "-9223372036854775808", "18446744073709551615" */
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	if (negative)
		digits[--at] = '-';
	text_add(t, (struct str){ digits + at, sizeof(digits) - at });
}

void text_i64(struct text *t, int64_t v)
{
	add_u64(t, v < 0, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void text_u64(struct text *t, uint64_t v)
{
	add_u64(t, false, v);
}

void text_hex(struct text *t, uint64_t v, int digits)
{
	char out[16];

	assert(digits >= 1 && digits <= 16);
	for (int i = digits - 1; i >= 0; i--) {
		out[i] = "0123456789abcdef"[v & 15];
		v >>= 4;
	}
	text_add(t, (struct str){ out, (size_t)digits });
}

void text_num(struct text *t, int64_t billionths)
{
	char out[NUM_TEXT];
	size_t n = num_text(out, billionths);

	text_add(t, (struct str){ out, n });
}

void text_time(struct text *t, ns at)
{
	char out[RFC3339_TEXT];
	size_t n = rfc3339_text(out, at);

	text_add(t, (struct str){ out, n });
}

void text_grouped(struct text *t, uint64_t v)
{
	char out[26];		/* 20 digits, 6 commas */
	size_t at = sizeof(out);

	for (int digits = 0; digits == 0 || v != 0; digits++, v /= 10) {
		if (digits > 0 && digits % 3 == 0)
			out[--at] = ',';
		out[--at] = (char)('0' + v % 10);
	}
	text_add(t, (struct str){ out + at, sizeof(out) - at });
}

void text_money(struct text *t, int64_t n, bool sign)
{
	char memory[NUM_TEXT];
	bool small = !sign && n > -NUM_ONE && n < NUM_ONE && n % (NUM_ONE / 100) != 0;
	int64_t unit = small ? NUM_ONE / 10000 : NUM_ONE / 100;
	px rounded = px_tick((px){ n < 0 ? -n : n }, (px){ unit }, ROUND_NEAR);

	if (rounded.n != 0 && (n < 0 || sign))
		text_char(t, n < 0 ? '-' : '+');
	text_grouped(t, (uint64_t)(rounded.n / NUM_ONE));
	size_t length = num_text_fixed(memory, rounded.n % NUM_ONE, small ? 4 : 2);
	text_add(t, (struct str){ memory + 1, length - 1 });	/* without the zero */
}

/* From 2^53 on a double has no decimals, and far beyond no int64_t holds it:
 * rare enough for exact digits; "1e+300" is JSON, too. */
static void add_huge(struct text *t, double v)
{
	char out[DOUBLE_TEXT];

	text_add(t, (struct str){ out, double_text(out, v, 17) });
}

void text_f64(struct text *t, double v, int decimals)
{
	static const double scale[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9 };

	assert(decimals >= 0 && decimals <= 9);
	if (!isfinite(v)) {
		text_cstr(t, "null");
		return;
	}
	double size = fabs(v);
	if (size >= 0x1p53) {
		add_huge(t, v);
		return;
	}

	/* The whole part is taken off first: the difference is exact, and the
	 * product keeps all its bits for the decimals. (Without decimals rint has to
	 * see the whole, whose last digit says which way a half goes.) */
	uint64_t whole = (uint64_t)(decimals > 0 ? size : rint(size));
	if (decimals == 0)
		size = (double)whole;
	uint32_t part = (uint32_t)rint((size - (double)whole) * scale[decimals]);
	if (part >= (uint32_t)scale[decimals]) {
		part = 0;
		whole++;
	}
	add_u64(t, v < 0 && (whole != 0 || part != 0), whole);	/* never "-0" */
	for (; decimals > 0 && part % 10 == 0; decimals--)
		part /= 10;
	if (decimals == 0)
		return;

	char out[10] = { '.' };
	for (int i = decimals; i >= 1; i--) {
		out[i] = (char)('0' + part % 10);
		part /= 10;
	}
	text_add(t, (struct str){ out, (size_t)decimals + 1 });
}

void text_where(char *out, size_t size, const char *where, const char *words)
{
	struct text t;

	if (size == 0)
		return;
	text_init(&t, out, size - 1);
	text_cstr(&t, where);
	text_cstr(&t, ": ");
	text_cstr(&t, words);
	out[t.n] = 0;
}

enum err text_why(char *why, size_t size, const char *words, enum err e)
{
	struct text t;

	if (size == 0)
		return e;
	text_init(&t, why, size - 1);
	text_add(&t, (struct str){ words, strnlen(words, size - 1) });
	why[t.n] = '\0';
	return e;
}

const char *text_done(struct text *t)
{
	assert(!t->full && t->n < t->cap);
	t->s[t->n] = '\0';
	return t->s;
}
