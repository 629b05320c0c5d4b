#include "base/format.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"

/* ---- doubles */

#define LIMB     1000000000u	/* nine decimal digits */
#define LIMBS    90		/* 5^1074 * 2^53 has 767 digits */
#define DIGITS   (9 * LIMBS)
#define EXACT_10 22		/* powers of ten up to this one are doubles */

/* The digits of v > 0, all of them, and where the point stands: 0.d1d2d3... * 10^*point. */
static size_t digits_of(double v, char out[static DIGITS], int *point)
{
	uint32_t limb[LIMBS], n = 0;
	int e;
	uint64_t m = (uint64_t)ldexp(frexp(v, &e), 53);

	for (e -= 53; e < 0 && m % 2 == 0; e++)
		m /= 2;
	*point = e < 0 ? e : 0;		/* m / 2^k = m * 5^k / 10^k */
	for (; m > 0; m /= LIMB)
		limb[n++] = (uint32_t)(m % LIMB);
	for (int left = e < 0 ? -e : e; left > 0;) {
		uint64_t by = 1, carry = 0;

		for (; left > 0 && by < (1u << 28); left--)
			by *= e < 0 ? 5 : 2;
		for (uint32_t i = 0; i < n; i++, carry /= LIMB) {
			carry += limb[i] * by;
			limb[i] = (uint32_t)(carry % LIMB);
		}
		for (; carry > 0; carry /= LIMB)
			limb[n++] = (uint32_t)(carry % LIMB);
	}
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < 9; k++, limb[i] /= 10)
			out[9 * (n - i) - k - 1] = (char)('0' + limb[i] % 10);
	size_t zeros = 0;
	assert(n > 0 && n <= LIMBS);
	while (zeros < 9 * n && out[zeros] == '0')
		zeros++;
	memmove(out, out + zeros, 9 * n - zeros);
	*point += (int)(9 * n - zeros);
	return 9 * n - zeros;
}

/* To `keep` digits, half to even; trailing zeros go. Returns how many are left. */
static size_t round_digits(char *s, size_t n, size_t keep, int *point)
{
	if (n > keep) {
		bool more = s[keep] > '5';

		if (s[keep] == '5') {
			more = (s[keep - 1] - '0') % 2 != 0;
			for (size_t i = keep + 1; i < n; i++)
				more |= s[i] != '0';
		}
		n = keep;
		while (more && n > 0 && s[n - 1] == '9')
			n--;
		if (more && n > 0) {
			s[n - 1]++;
		} else if (more) {	/* all were nines */
			s[n++] = '1';
			++*point;
		}
	}
	while (n > 1 && s[n - 1] == '0')
		n--;
	return n;
}

size_t double_text(char out[static DOUBLE_TEXT], double v, int digits)
{
	char s[DIGITS];
	size_t at = 0, n = 1;
	int point = 1;

	assert(digits >= 1 && digits <= 17);
	if (signbit(v) && !isnan(v))
		out[at++] = '-';
	if (!isfinite(v)) {
		memcpy(out + at, isnan(v) ? "nan" : "inf", 4);
		return at + 3;
	}
	s[0] = '0';
	if (v != 0) {
		n = digits_of(fabs(v), s, &point);
		n = round_digits(s, n, (size_t)digits, &point);
	}
	bool power = point < -3 || point > digits;
	int before = power ? 1 : point;		/* digits before the point */
	if (before <= 0) {
		out[at++] = '0';
		out[at++] = '.';
		for (int i = before; i < 0; i++)
			out[at++] = '0';
	}
	for (int i = 0; i < (int)n || i < before; i++) {
		if (i == before && i > 0)
			out[at++] = '.';
		out[at++] = i < (int)n ? s[i] : '0';
	}
	if (power) {
		int e = point - 1, size = e < 0 ? -e : e;

		out[at++] = 'e';
		out[at++] = e < 0 ? '-' : '+';
		if (size >= 100)
			out[at++] = (char)('0' + size / 100);
		out[at++] = (char)('0' + size / 10 % 10);
		out[at++] = (char)('0' + size % 10);
	}
	out[at] = '\0';
	return at;
}

/* Are 15 digits v again when they are read? One product or quotient
 * of two exact numbers is rounded as reading would round. */
static bool says_all(double v)
{
	static const double ten[] = {
		1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
		1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
	};
	char s[DIGITS];
	int point;
	uint64_t m = 0;
	size_t n = digits_of(v, s, &point);

	n = round_digits(s, n, 15, &point);
	for (size_t i = 0; i < n; i++)
		m = 10 * m + (uint64_t)(s[i] - '0');
	point -= (int)n;
	if (point < -EXACT_10 || point > EXACT_10)
		return false;
	return (point < 0 ? (double)m / ten[-point] : (double)m * ten[point]) == v;
}

size_t double_text_short(char out[static DOUBLE_TEXT], double v)
{
	bool few = v == 0 || !isfinite(v) || says_all(fabs(v));

	return double_text(out, v, few ? 15 : 17);
}

/* ---- printf */

struct spec {
	bool     left, zeros;
	int      width, precision;	/* precision -1: none */
	unsigned longs;			/* 0 int, 1 long, 2 long long */
	char     letter;
};

static int count(const char **at, va_list *args)
{
	int n = 0;

	if (**at == '*') {
		++*at;
		return va_arg(*args, int);
	}
	for (; **at >= '0' && **at <= '9'; ++*at)
		n = 10 * n + (**at - '0');
	return n;
}

static struct spec spec_read(const char **at, va_list *args)
{
	struct spec s = { .precision = -1 };

	for (; **at == '-' || **at == '0'; ++*at)
		*(**at == '-' ? &s.left : &s.zeros) = true;
	s.width = count(at, args);
	if (s.width < 0) {
		s.left = true;
		s.width = -s.width;
	}
	if (**at == '.') {
		++*at;
		s.precision = count(at, args);
	}
	for (; **at == 'l' || **at == 'h' || **at == 'z'; ++*at)
		s.longs += **at != 'h';		/* size_t is as long as long */
	s.letter = *(*at)++;
	return s;
}

static uint64_t integer(const struct spec *s, va_list *args)
{
	bool sign = s->letter == 'd' || s->letter == 'i';

	if (s->longs >= 2)
		return va_arg(*args, unsigned long long);
	if (s->longs == 1)
		return sign ? (uint64_t)va_arg(*args, long) : va_arg(*args, unsigned long);
	return sign ? (uint64_t)va_arg(*args, int) : va_arg(*args, unsigned);
}

/* Digits and sign, in front of `end`. */
static char *integer_text(struct spec *s, uint64_t v, char *end)
{
	unsigned base = s->letter == 'x' ? 16 : s->letter == 'o' ? 8 : 10;
	bool minus = (s->letter == 'd' || s->letter == 'i') && (int64_t)v < 0;
	char *at = end;

	if (minus)
		v = -v;
	while (v > 0 || at == end) {
		*--at = "0123456789abcdef"[v % base];
		v /= base;
	}
	int least = s->precision >= 0 ? s->precision :
		s->zeros && !s->left ? s->width - minus : 0;
	assert(least <= 40);
	while (end - at < least)
		*--at = '0';
	if (minus)
		*--at = '-';
	return at;
}

static const char *piece(struct spec *s, va_list *args, char memory[static 64], size_t *n)
{
	const char *text;

	switch (s->letter) {
	case 's':
		text = va_arg(*args, const char *);
		*n = s->precision >= 0 ? strnlen(text, (size_t)s->precision) : strlen(text);
		return text;
	case 'c':
		memory[0] = (char)va_arg(*args, int);
		*n = 1;
		return memory;
	case '%':
		*n = 1;
		return "%";
	case 'g':
		*n = double_text(memory, va_arg(*args, double), s->precision < 0 ? 6 :
				 s->precision == 0 ? 1 : s->precision);
		return memory;
	default:
		assert(memchr("diuxo", s->letter, 5) != NULL);
		text = integer_text(s, integer(s, args), memory + 64);
		*n = (size_t)(memory + 64 - text);
		return text;
	}
}

size_t format(void (*put)(void *to, const char *s, size_t n), void *to, const char *fmt,
	      va_list given)
{
	char memory[64];
	size_t total = 0, n;
	va_list args;

	va_copy(args, given);	/* a parameter may be an array, whose address is another type */
	while (*fmt != '\0') {
		const char *at = fmt;
		struct spec s = { 0 };

		if (*fmt == '%') {
			fmt++;
			s = spec_read(&fmt, &args);
			at = piece(&s, &args, memory, &n);
		} else {
			fmt += strcspn(fmt, "%");
			n = (size_t)(fmt - at);
		}
		size_t pad = (size_t)s.width > n ? (size_t)s.width - n : 0;
		total += n + pad;
		for (size_t i = s.left ? 0 : pad; i > 0; i--)
			put(to, " ", 1);
		put(to, at, n);
		for (size_t i = s.left ? pad : 0; i > 0; i--)
			put(to, " ", 1);
	}
	va_end(args);
	return total;
}

#ifndef __GLIBC__
/* ---- the names that the program and its libraries know. Whole pieces go to a stream, so that
 * lines of several threads stay whole. */

struct room { char *s; size_t n, size; FILE *out; bool failed; };

static void flush(struct room *r)
{
	if (r->n > 0 && fwrite(r->s, 1, r->n, r->out) != r->n)
		r->failed = true;
	r->n = 0;
}

static void put_stream(void *to, const char *s, size_t n)
{
	struct room *r = to;

	for (size_t part; n > 0; s += part, n -= part) {
		if (r->n == r->size)
			flush(r);
		part = n < r->size - r->n ? n : r->size - r->n;
		memcpy(r->s + r->n, s, part);
		r->n += part;
	}
}

static void put_memory(void *to, const char *s, size_t n)
{
	struct room *r = to;
	size_t left = r->n < r->size ? r->size - r->n : 0;

	if (left > 0)
		memcpy(r->s + r->n, s, n < left ? n : left);
	r->n += n;
}

int vfprintf(FILE *restrict out, const char *restrict fmt, va_list args)
{
	char memory[1024];
	struct room r = { memory, 0, sizeof memory, out, false };
	size_t n = format(put_stream, &r, fmt, args);

	flush(&r);
	return r.failed ? -1 : (int)n;
}

int vsnprintf(char *restrict s, size_t size, const char *restrict fmt, va_list args)
{
	struct room r = { s, 0, size > 0 ? size - 1 : 0, NULL, false };
	size_t n = format(put_memory, &r, fmt, args);

	if (size > 0)
		s[n < size ? n : size - 1] = '\0';
	return (int)n;
}

int printf(const char *restrict fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int n = vfprintf(stdout, fmt, args);
	va_end(args);
	return n;
}

int fprintf(FILE *restrict out, const char *restrict fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int n = vfprintf(out, fmt, args);
	va_end(args);
	return n;
}

int snprintf(char *restrict s, size_t size, const char *restrict fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int n = vsnprintf(s, size, fmt, args);
	va_end(args);
	return n;
}
#endif
