#include "base/inflate.h"

#include <string.h>

#include "base/base.h"

#define CODE_BITS 15		/* the longest code */
#define LITERALS  288
#define DISTANCES 32
#define LENGTHS   19		/* symbols that say the lengths of codes */
#define SHORT     9		/* bits of a code that is found by looking once */

struct bits {
	const uint8_t *in;
	size_t   n, at;		/* at: the next byte */
	uint32_t hold;		/* bits that were read and not taken yet, */
	unsigned held;		/* so many */
	bool     bad;		/* went beyond the end, or met what means nothing */
};

/* A canonical Huffman code: how many codes there are of each length, and the symbols in order; by
 * the next bits, where a short code is among them: symbol * 16 + length. */
struct code {
	uint16_t count[CODE_BITS + 1];
	uint16_t symbol[LITERALS];
	uint16_t quick[1 << SHORT];
};

static unsigned take(struct bits *b, unsigned want)
{
	unsigned v;

	while (b->held < want) {
		if (b->at >= b->n)
			b->bad = true;
		b->hold |= (uint32_t)(b->bad ? 0 : b->in[b->at++]) << b->held;
		b->held += 8;
	}
	v = b->hold & ((1u << want) - 1);
	b->hold >>= want;
	b->held -= want;
	return v;
}

/* Codes are sent from their highest bit on, and the first bit to come is the lowest of `hold`. */
static void quick_make(struct code *c)
{
	unsigned value = 0, at = 0;

	memset(c->quick, 0, sizeof c->quick);
	for (unsigned n = 1; n <= SHORT; n++, value <<= 1) {
		for (unsigned i = 0; i < c->count[n]; i++, value++, at++) {
			unsigned sent = 0;

			for (unsigned k = 0; k < n; k++)
				sent |= (value >> k & 1) << (n - 1 - k);
			for (; sent < 1 << SHORT; sent += 1u << n)
				c->quick[sent] = (uint16_t)((unsigned)c->symbol[at] << 4 | n);
		}
	}
}

/* True unless there are more codes than bits can tell apart. Fewer are well: a block with one
 * distance has a code of one bit of which one half means nothing. */
static bool code_make(struct code *c, const uint8_t *length, unsigned n)
{
	uint16_t next[CODE_BITS + 1];
	int left = 1;

	memset(c->count, 0, sizeof c->count);
	for (unsigned i = 0; i < n; i++)
		c->count[length[i]]++;
	c->count[0] = 0;
	next[1] = 0;
	for (unsigned i = 1; i <= CODE_BITS; i++) {
		left = 2 * left - c->count[i];
		if (left < 0)
			return false;
		if (i < CODE_BITS)
			next[i + 1] = (uint16_t)(next[i] + c->count[i]);
	}
	for (unsigned i = 0; i < n; i++)
		if (length[i] != 0)
			c->symbol[next[length[i]]++] = (uint16_t)i;
	quick_make(c);
	return true;
}

static unsigned symbol(struct bits *b, const struct code *c)
{
	unsigned value = 0, first = 0, index = 0, quick;

	for (; b->held <= 24 && b->at < b->n; b->held += 8)
		b->hold |= (uint32_t)b->in[b->at++] << b->held;
	quick = c->quick[b->hold & ((1u << SHORT) - 1)];
	if (quick != 0 && (quick & 15) <= b->held) {
		b->hold >>= quick & 15;
		b->held -= quick & 15;
		return quick >> 4;
	}
	for (unsigned i = 1; i <= CODE_BITS; i++) {
		value |= take(b, 1);
		if (value < first + c->count[i])
			return c->symbol[index + value - first];
		index += c->count[i];
		first = (first + c->count[i]) << 1;
		value <<= 1;
	}
	b->bad = true;
	return 0;
}

/* The codes of a block that brings its own. */
static bool codes_read(struct bits *b, struct code *literal, struct code *distance)
{
	static const uint8_t order[LENGTHS] = {
		16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
	};
	uint8_t length[LITERALS + DISTANCES] = { 0 };
	unsigned literals = take(b, 5) + 257, distances = take(b, 5) + 1, n = take(b, 4) + 4;

	for (unsigned i = 0; i < n; i++)
		length[order[i]] = (uint8_t)take(b, 3);
	if (b->bad || literals > LITERALS || !code_make(literal, length, LENGTHS))
		return false;
	memset(length, 0, sizeof length);
	for (unsigned i = 0; i < literals + distances && !b->bad;) {
		unsigned s = symbol(b, literal), value = 0, times = 1;

		if (s < 16) {
			value = s;
		} else if (s == 16) {
			if (i == 0)
				return false;
			value = length[i - 1];
			times = take(b, 2) + 3;
		} else {
			times = s == 17 ? take(b, 3) + 3 : take(b, 7) + 11;
		}
		if (times > literals + distances - i)
			return false;
		memset(length + i, (int)value, times);
		i += times;
	}
	return !b->bad && code_make(literal, length, literals)
		&& code_make(distance, length + literals, distances);
}

static void codes_fixed(struct code *literal, struct code *distance)
{
	uint8_t length[LITERALS];

	for (unsigned i = 0; i < LITERALS; i++)
		length[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
	(void)code_make(literal, length, LITERALS);
	memset(length, 5, DISTANCES);
	(void)code_make(distance, length, DISTANCES);
}

/* A group of `per` symbols has one extra bit more than the group before; the first two have none.
 * Symbol s stands for the value that is returned and so many further ones as *extra bits say. */
static unsigned base_of(unsigned s, unsigned per, unsigned *extra)
{
	*extra = s < 2 * per ? 0 : s / per - 1;
	return s < 2 * per ? s : (per + s % per) << *extra;
}

/* Where `out` ends afterwards; SIZE_MAX: damaged, or no room. */
static size_t block(struct bits *b, const struct code *literal, const struct code *distance,
		    uint8_t *out, size_t at, size_t room)
{
	for (;;) {
		unsigned s = symbol(b, literal), extra, n, back;

		if (b->bad || s > 285)
			return SIZE_MAX;
		if (s == 256)
			return at;
		if (s < 256) {
			if (at == room)
				return SIZE_MAX;
			out[at++] = (uint8_t)s;
			continue;
		}
		n = 3 + base_of(s - 257, 4, &extra);
		if (s == 285)		/* the longest has a symbol of its own */
			n = 258;
		else
			n += take(b, extra);
		s = symbol(b, distance);
		if (s > 29)
			return SIZE_MAX;
		back = 1 + base_of(s, 2, &extra);
		back += take(b, extra);
		if (b->bad || back > at || n > room - at)
			return SIZE_MAX;
		for (; n > 0; n--, at++)	/* the two may overlap: byte by byte */
			out[at] = out[at - back];
	}
}

static size_t stored(struct bits *b, uint8_t *out, size_t at, size_t room)
{
	size_t n;

	b->at -= b->held / 8;
	b->hold = 0;
	b->held = 0;
	n = take(b, 16);
	if ((take(b, 16) ^ n) != 0xffff || b->bad || n > b->n - b->at || n > room - at)
		return SIZE_MAX;
	memcpy(out + at, b->in + b->at, n);
	b->at += n;
	return at + n;
}

size_t inflate(uint8_t *out, size_t room, const uint8_t *in, size_t n)
{
	struct bits b = { .in = in, .n = n };
	struct code literal, distance;
	size_t at = 0;
	bool last;

	do {
		last = take(&b, 1) != 0;
		switch (take(&b, 2)) {
		case 0:
			at = stored(&b, out, at, room);
			break;
		case 1:
			codes_fixed(&literal, &distance);
			at = block(&b, &literal, &distance, out, at, room);
			break;
		case 2:
			if (!codes_read(&b, &literal, &distance))
				return SIZE_MAX;
			at = block(&b, &literal, &distance, out, at, room);
			break;
		default:
			return SIZE_MAX;
		}
		if (at == SIZE_MAX || b.bad)
			return SIZE_MAX;
	} while (!last);
	return b.at - b.held / 8 == n ? at : SIZE_MAX;
}
