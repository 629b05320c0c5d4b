/* num.h: exact decimals. Prices, quantities and dollars are int64 counts of
 * billionths (10^-9) in three one-member structs, so that px + qty does not
 * compile. Range: +-9.2 billion. No double comes near them, but for the two
 * doors px_f64 and px_from_f64 that indicators use.
 *
 * Products of two such amounts need 128 bits; 32-bit ARM has no __int128, so
 * they all go through num_muldiv, which is written for 32-bit machines too. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include "base/base.h"

#define NUM_ONE ((int64_t)1000000000)

typedef struct { int64_t n; } px;	/* dollars per share */
typedef struct { int64_t n; } qty;	/* shares, signed where said */
typedef struct { int64_t n; } usd;	/* dollars, signed */

/* ROUND_DOWN: to -inf; ROUND_UP: to +inf; ROUND_NEAR: half to even. */
enum round { ROUND_DOWN, ROUND_UP, ROUND_NEAR };

/* Longest text: "-9223372036.854775808" and a NUL. */
#define NUM_TEXT 24

/* "-12.5", "0.000000001", "1e3" (JSON numbers may have an exponent). ERR_PARSE:
 * not a number. ERR_RANGE: more than nine decimals that are not zeros, or too
 * large. The grammar is JSON's: a leading '+', leading zeros, ".5", "5.", blanks,
 * hex, "inf" and "nan" are refused. */
MUST_CHECK enum err num_parse(int64_t *out, struct str text);

/* As num_parse, but decimals beyond the ninth are rounded half to even. For
 * figures the broker computed (averages), never for a fill or an order. */
MUST_CHECK enum err num_parse_round(int64_t *out, struct str text);

/* Shortest exact text, NUL-terminated; returns its length. */
size_t num_text(char out[static NUM_TEXT], int64_t n);

/* At least `decimals` (0..9) decimals, exact: 12.5 -> "12.50". */
size_t num_text_fixed(char out[static NUM_TEXT], int64_t n, int decimals);

/* a * b / c with a 128-bit product; aborts when c is 0 or the result does not
 * fit, since every caller bounds its inputs first. */
int64_t num_muldiv(int64_t a, int64_t b, int64_t c, enum round r);

/* False instead of an abort when c is 0 or the result does not fit. */
MUST_CHECK bool num_muldiv_ok(int64_t *out, int64_t a, int64_t b, int64_t c, enum round r);

usd  usd_of(px p, qty q, enum round r);		/* p * q */
px   px_avg(usd total, qty q, enum round r);	/* total / q, q != 0 */
px   px_tick(px p, px tick, enum round r);	/* onto a multiple of tick */
px   px_scale(px p, int64_t ratio, enum round r); /* p * ratio, ratio in billionths */

static inline double px_f64(px p)   { return (double)p.n / 1e9; }
static inline double qty_f64(qty q) { return (double)q.n / 1e9; }
static inline double usd_f64(usd u) { return (double)u.n / 1e9; }

/* The one way back from an indicator to a price: rounds to the nearest
 * billionth, then onto the tick. ERR_RANGE for NaN, infinities, and prices that
 * are, or become, <= 0 or more than 10^9 dollars. */
MUST_CHECK enum err px_from_f64(px *out, double value, px tick, enum round r);

static inline qty qty_shares(int64_t n) { return (qty){ n * NUM_ONE }; }
static inline bool qty_whole(qty q)     { return q.n % NUM_ONE == 0; }
static inline usd usd_add(usd a, usd b) { return (usd){ a.n + b.n }; }
static inline usd usd_sub(usd a, usd b) { return (usd){ a.n - b.n }; }

#endif
