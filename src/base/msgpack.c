/* msgpack.c: MessagePack: a head of one byte, more when it does not fit there, and the value. */
#include "base/msgpack.h"

#include <math.h>

#define FIXMAP   0x80
#define FIXARRAY 0x90
#define FIXSTR   0xa0
#define FIX_MAX  15		/* values in a map or array whose head is one byte */

void msgpack_init(struct text *t, struct pack *p, char *memory, size_t cap)
{
	text_init(t, memory, cap);
	p->depth = 0;
	t->pack = p;
}

/* ---- writing */

static void put(struct text *t, uint64_t v, int bytes)
{
	char big[8];

	for (int i = 0; i < bytes; i++)
		big[i] = (char)(v >> 8 * (bytes - 1 - i));
	text_add(t, (struct str){ big, (size_t)bytes });
}

static void head(struct text *t, int type, uint64_t v, int bytes)
{
	text_char(t, (char)type);
	put(t, v, bytes);
}

/* A map counts its keys, an array its values. */
static void value(struct pack *p)
{
	if (p->depth > 0 && !p->level[p->depth - 1].map)
		p->level[p->depth - 1].n++;
}

void msgpack_open(struct text *t, bool map)
{
	struct pack *p = t->pack;

	assert(p->depth < PACK_DEPTH);
	value(p);
	p->level[p->depth].at = t->n;
	p->level[p->depth].n = 0;
	p->level[p->depth].map = map;
	p->depth++;
	text_char(t, 0);
}

/* The head that was left open; of more than fifteen values it takes more bytes. */
void msgpack_close(struct text *t)
{
	struct pack *p = t->pack;

	assert(p->depth > 0);
	size_t at = p->level[--p->depth].at;
	uint32_t n = p->level[p->depth].n;
	bool map = p->level[p->depth].map, wide = n > 0xffff;
	if (n > FIX_MAX)
		put(t, 0, wide ? 4 : 2);
	if (t->full)
		return;
	struct text again = { t->s, at, t->cap, false, NULL };
	if (n <= FIX_MAX) {
		text_char(&again, (char)((map ? FIXMAP : FIXARRAY) | (int)n));
		return;
	}
	int extra = wide ? 4 : 2;
	memmove(t->s + at + 1 + extra, t->s + at + 1, t->n - at - 1 - (size_t)extra);
	head(&again, (map ? 0xde : 0xdc) + wide, n, extra);
}

static void string(struct text *t, struct str s)
{
	if (s.n < 32)
		text_char(t, (char)(FIXSTR | (int)s.n));
	else if (s.n <= 0xff)
		head(t, 0xd9, s.n, 1);
	else if (s.n <= 0xffff)
		head(t, 0xda, s.n, 2);
	else
		head(t, 0xdb, s.n, 4);
	text_add(t, s);
}

void msgpack_key(struct text *t, struct str key)
{
	assert(t->pack->depth > 0 && t->pack->level[t->pack->depth - 1].map);
	t->pack->level[t->pack->depth - 1].n++;
	string(t, key);
}

void msgpack_str(struct text *t, struct str s)
{
	value(t->pack);
	string(t, s);
}

void msgpack_i64(struct text *t, int64_t v)
{
	uint64_t u = (uint64_t)v;

	value(t->pack);
	if (v >= -32 && v <= 127)
		text_char(t, (char)v);
	else if (v >= 0)
		head(t, v <= 0xff ? 0xcc : v <= 0xffff ? 0xcd : v <= 0xffffffff ? 0xce : 0xcf, u,
		     v <= 0xff ? 1 : v <= 0xffff ? 2 : v <= 0xffffffff ? 4 : 8);
	else
		head(t, v >= INT8_MIN ? 0xd0 : v >= INT16_MIN ? 0xd1 : v >= INT32_MIN ? 0xd2 : 0xd3,
		     u, v >= INT8_MIN ? 1 : v >= INT16_MIN ? 2 : v >= INT32_MIN ? 4 : 8);
}

void msgpack_f64(struct text *t, double v)
{
	uint64_t bits;

	value(t->pack);
	memcpy(&bits, &v, sizeof(bits));
	head(t, 0xcb, bits, 8);
}

void msgpack_bool(struct text *t, bool v)
{
	value(t->pack);
	text_char(t, (char)(v ? 0xc3 : 0xc2));
}

void msgpack_nil(struct text *t)
{
	value(t->pack);
	text_char(t, (char)0xc0);
}

/* The shortest of the three forms: 32 bits of seconds, 30 bits of nanoseconds before 34 of
 * seconds, or 32 and 64. */
void msgpack_time(struct text *t, ns at)
{
	int64_t second = at / NS_SECOND - (at % NS_SECOND < 0);
	uint64_t part = (uint64_t)(at - second * NS_SECOND);

	value(t->pack);
	if (part == 0 && second >= 0 && second <= 0xffffffff) {
		head(t, 0xd6, 0xff, 1);
		put(t, (uint64_t)second, 4);
	} else if (second >= 0 && second >> 34 == 0) {
		head(t, 0xd7, 0xff, 1);
		put(t, part << 34 | (uint64_t)second, 8);
	} else {
		head(t, 0xc7, 12 << 8 | 0xff, 2);
		put(t, part, 4);
		put(t, (uint64_t)second, 8);
	}
}

/* ---- reading */

/* Takes n bytes off the front; false: there are not so many. */
static bool take(struct str *in, size_t n, struct str *out)
{
	if (in->n < n)
		return false;
	*out = (struct str){ in->s, n };
	in->s += n;
	in->n -= n;
	return true;
}

static bool big_endian(struct str *in, int bytes, uint64_t *v)
{
	struct str s;

	if (!take(in, (size_t)bytes, &s))
		return false;
	*v = 0;
	for (size_t i = 0; i < s.n; i++)
		*v = *v << 8 | (uint8_t)s.s[i];
	return true;
}

/* How many bytes or values: in the type itself, or behind it in 1 << wide bytes, when the
 * type is first or one of those that follow it. */
static bool count(struct str *in, int type, int fixed, int first, int wide, uint64_t *n)
{
	if (type < 0xc0) {
		*n = (uint64_t)(type & fixed);
		return true;
	}
	return big_endian(in, 1 << (type - first + wide), n);
}

static bool read_string(struct text *out, struct str *in, int type)
{
	struct str s;
	uint64_t n;

	if (!count(in, type, 31, 0xd9, 0, &n) || n > in->n || !take(in, (size_t)n, &s))
		return false;
	json_str(out, s);
	return true;
}

static bool is_string(int type)
{
	return (type & 0xe0) == FIXSTR || (type >= 0xd9 && type <= 0xdb);
}

/* 32 bits: a sign, 8 of exponent, 23 of mantissa. */
static double narrow_float(uint64_t bits)
{
	int exponent = (int)(bits >> 23 & 0xff);
	int64_t mantissa = (int64_t)(bits & 0x7fffff) | (exponent > 0 ? 0x800000 : 0);

	if (exponent == 0xff)
		return HUGE_VAL;
	return ldexp((double)(bits >> 31 != 0 ? -mantissa : mantissa),
		     (exponent > 0 ? exponent : 1) - 150);
}

static bool read_float(struct text *out, struct str *in, int type)
{
	uint64_t bits;
	double v;

	if (!big_endian(in, type == 0xca ? 4 : 8, &bits))
		return false;
	memcpy(&v, &bits, sizeof(v));
	if (type == 0xca)
		v = narrow_float(bits);
	if (!isfinite(v))
		return false;
	json_f64(out, v, 9);
	return true;
}

/* A number beyond int64_t is nothing that we are ever told. */
static bool read_integer(struct text *out, struct str *in, int type)
{
	uint64_t v;
	int bytes = 1 << (type & 3);

	if (!big_endian(in, bytes, &v))
		return false;
	if (type <= 0xcf && v > INT64_MAX)
		return false;
	if (type >= 0xd0 && bytes < 8) {
		uint64_t sign = (uint64_t)1 << (8 * bytes - 1);
		v = (v ^ sign) - sign;
	}
	json_i64(out, (int64_t)v);
	return true;
}

static bool scalar(struct text *out, struct str *in, int type)
{
	if (is_string(type))
		return read_string(out, in, type);
	if (type == 0xca || type == 0xcb)
		return read_float(out, in, type);
	if (type >= 0xcc && type <= 0xd3)
		return read_integer(out, in, type);
	if (type < 0x80 || type >= 0xe0)
		json_i64(out, type < 0x80 ? type : type - 0x100);
	else if (type == 0xc2 || type == 0xc3)
		json_bool(out, type == 0xc3);
	else if (type == 0xc0)
		json_null(out);
	else
		return false;
	return true;
}

static bool is_map(int type)
{
	return (type & 0xf0) == FIXMAP || type == 0xde || type == 0xdf;
}

static bool is_array(int type)
{
	return (type & 0xf0) == FIXARRAY || type == 0xdc || type == 0xdd;
}

static bool next_type(struct str *in, int *type)
{
	struct str s;

	if (!take(in, 1, &s))
		return false;
	*type = (uint8_t)s.s[0];
	return true;
}

enum err msgpack_to_json(struct text *out, struct str in)
{
	struct { uint64_t left; bool map; } level[PACK_DEPTH];
	int depth = 0, type;

	do {
		if (depth > 0 && level[depth - 1].map) {
			if (!next_type(&in, &type) || !is_string(type) ||
			    !read_string(out, &in, type))
				return ERR_PARSE;
			text_char(out, ':');
		}
		if (!next_type(&in, &type))
			return ERR_PARSE;
		if (is_map(type) || is_array(type)) {
			bool map = is_map(type);
			if (depth == PACK_DEPTH ||
			    !count(&in, type, FIX_MAX, map ? 0xde : 0xdc, 1, &level[depth].left))
				return ERR_PARSE;
			level[depth++].map = map;
			if (map)
				json_object(out);
			else
				json_array(out);
		} else {
			if (!scalar(out, &in, type))
				return ERR_PARSE;
			if (depth > 0)
				level[depth - 1].left--;
		}
		while (depth > 0 && level[depth - 1].left == 0) {
			if (level[--depth].map)
				json_end_object(out);
			else
				json_end_array(out);
			if (depth > 0)
				level[depth - 1].left--;
		}
		if (out->full)
			return ERR_FULL;
	} while (depth > 0);
	return in.n == 0 ? OK : ERR_PARSE;
}
