/* rng.h: seeded random numbers (SplitMix64 seeding xoshiro256**), the same on
 * every machine. For the simulated market and tests; never for secrets. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include "base/base.h"

struct rng { uint64_t s[4]; };

void     rng_seed(struct rng *r, uint64_t seed);
/* An independent stream from a seed and a name (symbol, date): random access. */
void     rng_seed_for(struct rng *r, uint64_t seed, struct str name, int64_t index);
uint64_t rng_u64(struct rng *r);
uint64_t rng_below(struct rng *r, uint64_t bound);	/* 0..bound-1, unbiased */
double   rng_f64(struct rng *r);			/* [0, 1) */
double   rng_normal(struct rng *r);			/* N(0,1), polar method */

#endif
