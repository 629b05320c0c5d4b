/* f64.c: the everyday number (up to 15 digits, a small exponent) takes one exact operation. All
 * others are done in whole numbers of as many bits as it takes; 5^n is what is multiplied with
 * or divided by, since the twos of 10^n only move the binary point. */
#include "base/f64.h"

#define EXACT_10 22		/* powers of ten up to this one are doubles */
/* Between any two neighbours lies a number of at most 768 digits: if there are more, that some are
 * not zero is all that matters of them. */
#define DIGITS   780
/* Below 10^-324 all is nearer to 0, from 10^309 on all is too large. */
#define SMALLEST (-324)
#define LARGEST  309
/* 780 digits have 2,592 bits; 5^1104 has 2,564, and a quotient by it shall have 64 or more. */
#define LIMBS    88
#define FIVES    13		/* 5^13 is the largest power that a limb holds */
#define FIVE_13  1220703125u

struct big {
	uint32_t n;			/* limbs, the lowest first; the highest is not 0 */
	uint32_t limb[LIMBS];
};

static const uint32_t five[FIVES] = {
	1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625, 48828125, 244140625,
};

static void multiply(struct big *b, uint32_t by, uint32_t add)
{
	uint64_t carry = add;

	for (uint32_t i = 0; i < b->n; i++, carry >>= 32) {
		carry += (uint64_t)b->limb[i] * by;
		b->limb[i] = (uint32_t)carry;
	}
	if (carry == 0)
		return;
	assert(b->n < LIMBS);
	b->limb[b->n++] = (uint32_t)carry;
}

/* Returns whether there was a rest. In line: where `by` is a constant, nothing is divided. */
static inline bool divide(struct big *b, uint32_t by)
{
	uint64_t rest = 0;

	for (uint32_t i = b->n; i-- > 0; rest %= by) {
		rest = rest << 32 | b->limb[i];
		b->limb[i] = (uint32_t)(rest / by);
	}
	while (b->n > 0 && b->limb[b->n - 1] == 0)
		b->n--;
	return rest != 0;
}

static void lift(struct big *b, uint32_t limbs)
{
	assert(b->n + limbs <= LIMBS);
	memmove(b->limb + limbs, b->limb, b->n * sizeof(b->limb[0]));
	memset(b->limb, 0, limbs * sizeof(b->limb[0]));
	b->n += limbs;
}

/* (b + a bit, if `more`) * 2^exponent, as the bits of a double. */
static uint64_t round_big(const struct big *b, int64_t exponent, bool more)
{
	uint64_t top = (uint64_t)b->limb[b->n - 1] << 32;
	uint32_t low = 0;

	if (b->n > 1)
		top |= b->limb[b->n - 2];
	if (b->n > 2)
		low = b->limb[b->n - 3];
	int shift = __builtin_clzll(top);
	top = top << shift | (uint64_t)low << shift >> 32;
	more |= (uint32_t)((uint64_t)low << shift) != 0;
	for (uint32_t i = 3; i < b->n; i++)
		more |= b->limb[b->n - i - 1] != 0;
	/* Now it is 1.xxx * 2^power, the 64 bits of which are in top; 53 are kept. */
	int64_t power = exponent + 32 * (int64_t)b->n - shift - 1, drop = 11;
	if (power < -1022)
		drop += -1022 - power;
	if (drop > 64 || power > 1023)
		return power > 1023 ? 0x7ff0000000000000u : 0;
	uint64_t kept = drop < 64 ? top >> drop : 0;
	uint64_t gone = top << (64 - drop), half = (uint64_t)1 << 63;
	if (gone > half || (gone == half && (more || kept % 2 != 0)))
		kept++;
	/* What rounds up to the next power of two carries into the exponent, as it should. */
	return kept + (power < -1022 ? 0 : (uint64_t)(power + 1022) << 52);
}

/* 0.d1d2d3... * 10^point: n digits, more of which follow if `more`. */
static uint64_t convert(const char *digit, size_t n, int64_t point, bool more)
{
	struct big b = { .n = 0 };
	int64_t tens = point - (int64_t)n, twos = tens;

	for (size_t i = 0; i < n; i++)
		multiply(&b, 10, (uint32_t)(digit[i] - '0'));
	for (; tens >= FIVES; tens -= FIVES)
		multiply(&b, FIVE_13, 0);
	if (tens > 0)
		multiply(&b, five[tens], 0);
	if (tens < 0) {
		/* A power of five has less than 7/3 bits for each; 64 remain. */
		uint32_t want = (uint32_t)(-tens * 7 / 3 + 64) / 32 + 1;
		uint32_t limbs = want > b.n ? want - b.n + 2 : 2;
		lift(&b, limbs);
		twos -= 32 * (int64_t)limbs;
		for (; tens <= -FIVES; tens += FIVES)
			more |= divide(&b, FIVE_13);
		more |= divide(&b, five[-tens]);
	}
	return round_big(&b, twos, more);
}

struct scan {
	char     digit[DIGITS];
	size_t   n;
	int64_t  point;		/* 0.d1d2d3... * 10^point */
	bool     more, any;
	uint64_t value;		/* of the first 15 digits */
};

static const char *scan_digits(struct scan *s, const char *p, const char *end, bool fraction)
{
	for (; p < end && (unsigned char)(*p - '0') <= 9; p++) {
		s->any = true;
		if (s->n == 0 && *p == '0') {
			s->point -= fraction;
			continue;
		}
		s->point += !fraction;
		if (s->n < DIGITS)
			s->digit[s->n++] = *p;
		else
			s->more |= *p != '0';
		if (s->n <= 15)
			s->value = s->value * 10 + (uint64_t)(*p - '0');
	}
	return p;
}

/* The whole of the text behind 'e'. */
static bool scan_exponent(struct scan *s, const char *p, const char *end)
{
	const int64_t most = INT64_MAX / 32;	/* more than texts have digits */
	bool down = p < end && *p == '-';
	int64_t e = 0;

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	if (p == end)
		return false;
	for (; p < end; p++) {
		if ((unsigned char)(*p - '0') > 9)
			return false;
		if (e < most)
			e = e * 10 + (*p - '0');
	}
	s->point += down ? -e : e;
	return true;
}

static bool everyday(const struct scan *s, double *out)
{
	static const double ten[EXACT_10 + 1] = {
		1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14,
		1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
	};
	int64_t e = s->point - (int64_t)s->n;

	if (s->n > 15 || e > EXACT_10 || e < -EXACT_10)
		return false;
	*out = e < 0 ? (double)s->value / ten[-e] : (double)s->value * ten[e];
	return true;
}

bool f64_parse(double *out, struct str text)
{
	const char *p = text.s, *end = text.s + text.n;
	struct scan s;
	uint64_t bits;

	s.n = 0;
	s.point = 0;
	s.value = 0;
	s.more = s.any = false;
	bool minus = text.n > 0 && *p == '-';
	if (text.n > 0 && (*p == '-' || *p == '+'))
		p++;
	p = scan_digits(&s, p, end, false);
	if (p < end && *p == '.')
		p = scan_digits(&s, p + 1, end, true);
	if (!s.any || (p < end && ((*p | 0x20) != 'e' || !scan_exponent(&s, p + 1, end))))
		return false;
	if (!everyday(&s, out)) {
		if (s.n == 0 || s.point < SMALLEST)
			bits = 0;
		else if (s.point > LARGEST)
			bits = 0x7ff0000000000000u;
		else
			bits = convert(s.digit, s.n, s.point, s.more);
		memcpy(out, &bits, sizeof(bits));
	}
	if (minus)
		*out = -*out;
	return true;
}
