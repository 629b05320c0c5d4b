/* rng.c: xoshiro256** 1.0 and SplitMix64, by Blackman and Vigna (public domain). */
#include "base/rng.h"

#include <math.h>

#include "base/crc.h"

/* A fused multiply-add rounds once where two operations round twice: the same
 * seed has to give the same market on machines with and without one. (gcc does
 * not fuse under -std=c17.) */
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

static uint64_t rotl(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

static uint64_t splitmix(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15u;

	uint64_t z = *state;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void rng_seed(struct rng *r, uint64_t seed)
{
	for (size_t i = 0; i < COUNT(r->s); i++)
		r->s[i] = splitmix(&seed);
	/* SplitMix64 never gives four zeros in a row, the one forbidden state. */
	assert((r->s[0] | r->s[1] | r->s[2] | r->s[3]) != 0);
}

void rng_seed_for(struct rng *r, uint64_t seed, struct str name, int64_t index)
{
	uint64_t mixed = splitmix(&seed) ^ hash64(name.s, name.n);
	uint64_t also = splitmix(&mixed) ^ (uint64_t)index;

	rng_seed(r, splitmix(&also));
}

uint64_t rng_u64(struct rng *r)
{
	uint64_t *s = r->s;
	uint64_t result = rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

uint64_t rng_below(struct rng *r, uint64_t bound)
{
	assert(bound > 0);

	/* 2^64 mod bound: the values below it would make small results likelier.
	 * Less than half of all values, so this ends. */
	uint64_t surplus = (0 - bound) % bound;
	uint64_t v;
	do
		v = rng_u64(r);
	while (v < surplus);
	return v % bound;
}

double rng_f64(struct rng *r)
{
	return (double)(rng_u64(r) >> 11) * 0x1p-53;
}

/* The natural logarithm for 0 < x <= 1, to about 1e-16. The C library's differs
 * in its last bit between machines; this one is made of operations that IEEE
 * 754 rounds exactly. ln(m * 2^e) with m around 1 and the series of artanh. */
static double ln(double x)
{
	uint64_t bits;
	memcpy(&bits, &x, sizeof(bits));

	int64_t e = (int64_t)(bits >> 52) - 1023;
	bits = (bits & 0x000fffffffffffffu) | 0x3ff0000000000000u;
	double m;
	memcpy(&m, &bits, sizeof(m));
	if (m > 1.4142135623730951) {
		m *= 0.5;
		e++;
	}
	double s = (m - 1.0) / (m + 1.0);
	double square = s * s;
	double sum = 0.0;
	for (int k = 23; k >= 1; k -= 2)
		sum = sum * square + 1.0 / (double)k;
	return (double)e * 0.69314718055994530942 + 2.0 * s * sum;
}

double rng_normal(struct rng *r)
{
	double u, v, square;

	/* A point in the unit circle: about four of five attempts. */
	do {
		u = 2.0 * rng_f64(r) - 1.0;
		v = 2.0 * rng_f64(r) - 1.0;
		square = u * u + v * v;
	} while (square >= 1.0 || square < 0x1p-1000);
	return u * sqrt(-2.0 * ln(square) / square);
}
