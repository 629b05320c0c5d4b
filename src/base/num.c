/* num.c: decimals. 128-bit products are made of 32-bit limbs on every machine,
 * so that the code the tests run is the code the Raspberry Pi runs. */
#include "base/num_prefix.h"

#define DECIMALS NUM_DECIMALS
#define KEPT_DIGITS 19		/* as many as always fit an uint64_t */

static const uint64_t pow10[KEPT_DIGITS + 1] = {
	1u, 10u, 100u, 1000u, 10000u, 100000u, 1000000u, 10000000u, 100000000u, 1000000000u,
	10000000000u, 100000000000u, 1000000000000u, 10000000000000u, 100000000000000u,
	1000000000000000u, 10000000000000000u, 100000000000000000u, 1000000000000000000u,
	10000000000000000000u,
};

/* ---- text to number */

/* What the characters say, before it is a number of billionths:
 * digits * 10^exponent, and a remainder below the last digit that was kept. */
struct scan {
	uint64_t digits;
	int64_t  exponent;
	int      kept;		/* significant digits in `digits` */
	unsigned next;		/* the first digit that was not kept */
	bool     sticky;	/* some digit behind that one is not zero */
	bool     negative;
};

static bool digit_at(const char *p, const char *end)
{
	return p < end && (unsigned char)(*p - '0') <= 9;
}

static const char *scan_digits(struct scan *s, const char *p, const char *end, bool fraction)
{
	for (; digit_at(p, end); p++) {
		unsigned d = (unsigned)(*p - '0');
		if (s->kept < KEPT_DIGITS) {
			s->digits = s->digits * 10 + d;
			s->kept += s->digits != 0;	/* leading zeros are free */
			s->exponent -= fraction;
		} else {
			if (s->kept == KEPT_DIGITS) {
				s->kept++;
				s->next = d;
			} else {
				s->sticky |= d != 0;
			}
			s->exponent += !fraction;
		}
	}
	return p;
}

static const char *scan_exponent(struct scan *s, const char *p, const char *end)
{
	int64_t e = 0;
	bool down = p < end && *p == '-';

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	if (!digit_at(p, end))
		return NULL;
	for (; digit_at(p, end); p++)
		if (e < INT64_MAX / 100)	/* beyond any length of digits */
			e = e * 10 + (*p - '0');
	s->exponent += down ? -e : e;
	return p;
}

/* The grammar of RFC 8259, section 6. */
static bool scan_text(struct scan *s, struct str text)
{
	const char *p = text.s, *end = text.s + text.n;

	*s = (struct scan){ 0 };
	if (p < end && *p == '-') {
		s->negative = true;
		p++;
	}
	if (!digit_at(p, end))
		return false;
	if (*p == '0' && digit_at(p + 1, end))
		return false;
	p = scan_digits(s, p, end, false);
	if (p < end && *p == '.') {
		if (!digit_at(++p, end))
			return false;
		p = scan_digits(s, p, end, true);
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p = scan_exponent(s, p + 1, end);
		if (p == NULL)
			return false;
	}
	return p == end;
}

/* Is 0.<next><sticky> below (-1), at (0) or above (1) one half? */
static int half(unsigned next, bool sticky)
{
	if (next != 5)
		return next < 5 ? -1 : 1;
	return sticky ? 1 : 0;
}

/* Billionths without a sign; what is below the ninth decimal is rounded, or
 * refused when it is not zero. */
static enum err scaled(uint64_t *out, const struct scan *s, bool round)
{
	int64_t exponent = s->exponent + DECIMALS;
	bool rest = s->next != 0 || s->sticky;
	uint64_t n = s->digits;
	int to_half;

	if (n == 0) {
		*out = 0;
		return OK;
	}
	if (exponent > 0) {
		if (exponent > KEPT_DIGITS)
			return ERR_RANGE;
		return __builtin_mul_overflow(n, pow10[exponent], out) || rest ? ERR_RANGE : OK;
	}
	if (exponent == 0) {
		to_half = half(s->next, s->sticky);
	} else if (exponent < -KEPT_DIGITS) {
		n = 0;		/* less than 10^19 / 10^20 */
		to_half = -1;
		rest = true;
	} else {
		uint64_t unit = pow10[-exponent], below = n % unit;
		n /= unit;
		to_half = below != unit / 2 ? (below < unit / 2 ? -1 : 1) : rest;
		rest |= below != 0;
	}
	if (rest && !round)
		return ERR_RANGE;
	if (to_half > 0 || (to_half == 0 && n % 2 != 0))
		n++;
	*out = n;
	return OK;
}

static enum err parse(int64_t *out, struct str text, bool round)
{
	struct scan s;
	uint64_t n;
	int64_t plain;

	if (text.n > 0 && num_prefix(&plain, text) == text.n) {
		*out = plain;
		return OK;
	}
	if (!scan_text(&s, text))
		return ERR_PARSE;
	if (scaled(&n, &s, round) != OK)
		return ERR_RANGE;
	if (n > (uint64_t)INT64_MAX + s.negative)
		return ERR_RANGE;
	*out = (int64_t)(s.negative ? 0 - n : n);
	return OK;
}

enum err num_parse(int64_t *out, struct str text)
{
	return parse(out, text, false);
}

enum err num_parse_round(int64_t *out, struct str text)
{
	return parse(out, text, true);
}

/* ---- number to text */

size_t num_text(char out[static NUM_TEXT], int64_t n)
{
	return num_text_fixed(out, n, 0);
}

size_t num_text_fixed(char out[static NUM_TEXT], int64_t n, int decimals)
{
	assert(decimals >= 0 && decimals <= DECIMALS);

	uint64_t u = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	uint64_t whole = u / (uint64_t)NUM_ONE;
	uint32_t part = (uint32_t)(u % (uint64_t)NUM_ONE);
	char digits[10];
	size_t at = 0, count = 0;

	if (n < 0)
		out[at++] = '-';
	do {
		digits[count++] = (char)('0' + whole % 10);
		whole /= 10;
	} while (whole != 0);
	while (count > 0)
		out[at++] = digits[--count];

	int shown = DECIMALS;
	for (; shown > decimals && part % 10 == 0; shown--)
		part /= 10;
	if (shown > 0) {
		out[at++] = '.';
		for (int i = shown - 1; i >= 0; i--) {
			out[at + (size_t)i] = (char)('0' + part % 10);
			part /= 10;
		}
		at += (size_t)shown;
	}
	out[at] = '\0';
	assert(at < NUM_TEXT);
	return at;
}

/* ---- products and quotients */

static uint64_t multiply(uint64_t a, uint64_t b, uint64_t *high)
{
	uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
	uint64_t low = a0 * b0;
	uint64_t middle = a1 * b0 + (low >> 32);	/* cannot overflow */
	uint64_t carry = a0 * b1 + (uint32_t)middle;

	*high = a1 * b1 + (middle >> 32) + (carry >> 32);
	return carry << 32 | (uint32_t)low;
}

/* One digit of Knuth's algorithm D (TAOCP 4.3.1): (high:next) / d in base 2^32,
 * where d is normalised and high < d. The first guess is at most 2 too large. */
static uint32_t quotient_digit(uint64_t high, uint32_t next, uint64_t d, uint64_t *rest)
{
	uint64_t d1 = d >> 32, d0 = (uint32_t)d;
	uint64_t guess = high / d1, left = high % d1;

	while (guess > UINT32_MAX || guess * d0 > (left << 32 | next)) {
		guess--;
		left += d1;
		if (left > UINT32_MAX)
			break;
	}
	*rest = (high << 32 | next) - guess * d;	/* modulo 2^64: the rest fits */
	return (uint32_t)guess;
}

/* (high:low) / d for high < d, so that the quotient fits. */
static uint64_t divide(uint64_t high, uint64_t low, uint64_t d, uint64_t *rest)
{
	assert(d != 0 && high < d);
	if (high == 0) {
		*rest = low % d;
		return low / d;
	}

	int shift = __builtin_clzll(d);
	d <<= shift;
	if (shift > 0) {
		high = high << shift | low >> (64 - shift);
		low <<= shift;
	}
	uint64_t q1 = quotient_digit(high, (uint32_t)(low >> 32), d, &high);
	uint64_t q0 = quotient_digit(high, (uint32_t)low, d, &high);
	*rest = high >> shift;
	return q1 << 32 | q0;
}

static uint64_t magnitude(int64_t v)
{
	return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

bool num_muldiv_ok(int64_t *out, int64_t a, int64_t b, int64_t c, enum round r)
{
	/* Whole shares, most of all: there is no rest, and nothing of more than 64 bits. */
	int64_t exact;
	if (c > 0 && b % c == 0 && !__builtin_mul_overflow(a, b / c, &exact)) {
		*out = exact;
		return true;
	}

	bool negative = ((a < 0) != (b < 0)) != (c < 0);
	uint64_t d = magnitude(c), high, rest;
	uint64_t low = multiply(magnitude(a), magnitude(b), &high);

	if (high >= d)		/* also when c is 0 */
		return false;

	uint64_t q = divide(high, low, d, &rest);
	bool away = false;	/* from zero */
	switch (r) {
	case ROUND_DOWN:
		away = negative && rest != 0;
		break;
	case ROUND_UP:
		away = !negative && rest != 0;
		break;
	case ROUND_NEAR:
		away = rest > d - rest || (rest == d - rest && q % 2 != 0);
		break;
	}
	/* Too large before the rounding is too large after it, and this way the
	 * addition cannot overflow. */
	uint64_t limit = (uint64_t)INT64_MAX + negative;
	if (q > limit || (q += away) > limit)
		return false;
	*out = (int64_t)(negative ? 0 - q : q);
	return true;
}

int64_t num_muldiv(int64_t a, int64_t b, int64_t c, enum round r)
{
	int64_t out;
	bool fits = num_muldiv_ok(&out, a, b, c, r);

	assert(fits);
	return out;
}

usd usd_of(px p, qty q, enum round r)
{
	return (usd){ num_muldiv(p.n, q.n, NUM_ONE, r) };
}

px px_avg(usd total, qty q, enum round r)
{
	return (px){ num_muldiv(total.n, NUM_ONE, q.n, r) };
}

px px_tick(px p, px tick, enum round r)
{
	assert(tick.n > 0);

	int64_t n = num_muldiv(p.n, 1, tick.n, r);
	bool large = __builtin_mul_overflow(n, tick.n, &n);
	assert(!large);
	return (px){ n };
}

px px_scale(px p, int64_t ratio, enum round r)
{
	return (px){ num_muldiv(p.n, ratio, NUM_ONE, r) };
}

enum err px_from_f64(px *out, double value, px tick, enum round r)
{
	/* Written so that a NaN is refused, too. */
	if (!(value > 0.0 && value <= 1e9))
		return ERR_RANGE;

	/* To the nearest billionth first: 10.05 that came out of an indicator as
	 * 10.049999999999999 must not fall to the tick below. */
	px p = px_tick((px){ (int64_t)(value * 1e9 + 0.5) }, tick, r);
	if (p.n <= 0 || p.n > 1000000000 * NUM_ONE)
		return ERR_RANGE;
	*out = p;
	return OK;
}
