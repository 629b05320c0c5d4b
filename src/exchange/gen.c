/* gen.c: the generator. Returns are logarithms throughout; a deviation is
 *	symbol's * shape of the day * day's volatility * slow noise within the day
 * and the news of a bar is normal, with one in a hundred twice as large. */
#include "exchange/gen.h"

#include <math.h>

#include "base/rng.h"

#define HALF_DAY_BARS 42
#define HALF_HOURS    13
#define FACTOR_SD     7.9e-4	/* of its 5-minute return; most samples show less: rare wild days */
#define FACTOR_GAP    0.45e-2
#define LEVEL         1e-8	/* unit of gen_state.level */
#define LOG           1e-4	/* unit of the other two */

/* Logarithms that go up and down slowly: x' = keep * x + noise, deviation sd. */
struct slow { double keep, sd; };

static const struct slow factor_day = { 0.62, 0.34 };	/* volatility from day to day */
static const struct slow symbol_day = { 0.62, 0.20 };
static const struct slow volume_day = { 0.60, 0.18 };
static const struct slow factor_bar = { 0.93, 0.27 };	/* volatility within the day */
static const struct slow symbol_bar = { 0.93, 0.27 };
static const struct slow volume_bar = { 0.70, 0.33 };

/* How much of the factor's volatility reaches a symbol's own. */
#define SHARED_VOLATILITY 0.35

/* ---- the shape of a day, by half-hours; its first and last by bars */
struct shape {
	int16_t half[HALF_HOURS];	/* thousandths */
	int16_t first[6], last[6];	/* against their half-hour, per cent */
};

static const struct shape deviation_of[] = {	/* root mean square = 1 */
	[GEN_STOCK] = {
		{ 2140, 1360, 1070, 910, 820, 730, 680, 660, 690, 660, 640, 620, 910 },
		{ 165, 103, 88, 72, 73, 62 }, { 78, 72, 78, 82, 140, 130 },
	},
	[GEN_ETF] = {
		{ 1500, 1430, 1160, 1020, 890, 830, 810, 790, 830, 840, 800, 770, 960 },
		{ 129, 96, 90, 100, 90, 82 }, { 88, 78, 84, 92, 130, 115 },
	},
	[GEN_THIN] = {
		{ 2090, 1310, 1010, 890, 790, 680, 680, 660, 660, 720, 660, 650, 840 },
		{ 160, 95, 92, 90, 70, 70 }, { 80, 76, 84, 92, 122, 140 },
	},
};

static const struct shape volume_of[] = {	/* of the session, per cent times ten */
	[GEN_STOCK] = {
		{ 167, 98, 78, 69, 60, 53, 47, 46, 47, 50, 52, 62, 170 },
		{ 227, 94, 76, 74, 66, 63 }, { 45, 45, 52, 60, 121, 277 },
	},
	[GEN_ETF] = {
		{ 120, 91, 75, 67, 55, 49, 47, 46, 48, 60, 60, 72, 210 },
		{ 177, 100, 86, 84, 77, 76 }, { 47, 50, 52, 71, 117, 263 },
	},
	[GEN_THIN] = {
		{ 86, 72, 62, 57, 52, 43, 42, 43, 42, 46, 53, 73, 330 },
		{ 195, 82, 78, 87, 76, 82 }, { 34, 33, 42, 65, 120, 306 },
	},
};

/* A half day ends like a whole one: its last half-hour is a day's last. */
static double shape_at(const struct shape *s, int bar, int bars)
{
	bool last = bar >= bars - 6;
	int half = last ? HALF_HOURS - 1 : bar / 6;
	double v = s->half[half] * 1e-3;

	if (half == 0)
		v *= s->first[bar] * 1e-2;
	if (last)
		v *= s->last[bar - (bars - 6)] * 1e-2;
	return v;
}

/* ---- arithmetic that is the same everywhere: only operations that IEEE 754 rounds */
static double ln_of(double x)
{
	int e;
	double m = frexp(x, &e);

	if (m < 0.70710678118654752) {
		m *= 2.0;
		e--;
	}
	double s = (m - 1.0) / (m + 1.0), square = s * s, sum = 0.0;
	for (int k = 21; k >= 1; k -= 2)
		sum = sum * square + 1.0 / k;
	return e * 0.69314718055994530942 + 2.0 * s * sum;
}

static double exp_of(double x)
{
	/* Far outside of what the model reaches; keeps ldexp's argument small. */
	if (x > 100.0)
		x = 100.0;
	if (x < -100.0)
		x = -100.0;

	double n = floor(x * 1.4426950408889634 + 0.5);
	double r = x - n * 0.69314718055994530942, sum = 1.0;
	static const double part[] = {
		1.0 / 2, 1.0 / 3, 1.0 / 4, 1.0 / 5, 1.0 / 6, 1.0 / 7, 1.0 / 8, 1.0 / 9,
		1.0 / 10, 1.0 / 11, 1.0 / 12, 1.0 / 13
	};
	for (size_t k = COUNT(part); k > 0; k--)
		sum = 1.0 + sum * r * part[k - 1];
	sum = 1.0 + sum * r;
	return ldexp(sum, (int)n);
}

static double slow_step(const struct slow *s, double x, struct rng *r)
{
	return s->keep * x + s->sd * sqrt(1.0 - s->keep * s->keep) * rng_normal(r);
}

/* exp(x), so scaled that its square is 1 on average when x has this variance. */
static double scale_of(double x, double variance)
{
	return exp_of(x - variance);
}

static int16_t stored(double log)
{
	double v = floor(log / LOG + 0.5);

	return (int16_t)(v > 30000.0 ? 30000.0 : v < -30000.0 ? -30000.0 : v);
}

static double noise(double *size, struct rng *r)
{
	/* One in a hundred is 2.2 times as large; together their variance is 1. */
	*size = rng_below(r, 100) == 0 ? 2.157 : 0.9807;
	return *size * rng_normal(r);
}

/* ---- the factor */
static int bars_of(bool half)
{
	return half ? HALF_DAY_BARS : GEN_BARS;
}

static double variance_of(enum gen_kind kind, int bars)
{
	double sum = 0.0;

	for (int i = 0; i < bars; i++) {
		double u = shape_at(&deviation_of[kind], i, bars);
		sum += u * u;
	}
	return sum;
}

struct gen_state gen_begin(const struct gen_symbol *s)
{
	struct gen_state out = { 0 };

	if (s != NULL)
		out.level = (int32_t)floor(ln_of(s->price) / LEVEL + 0.5);
	return out;
}

void gen_factor(struct gen_factor *out, struct gen_state before, uint64_t seed, day date,
		bool half)
{
	struct rng r;

	rng_seed_for(&r, seed, STR("*"), date);
	double log = slow_step(&factor_day, before.volatility * LOG, &r);
	*out = (struct gen_factor){ .before = before, .after = before };
	out->after.volatility = stored(log);
	out->volatility = scale_of(log, factor_day.sd * factor_day.sd);
	out->gap = FACTOR_GAP * out->volatility * rng_normal(&r);
	out->day = FACTOR_SD * out->volatility * sqrt(variance_of(GEN_ETF, bars_of(half))) *
		   rng_normal(&r);
}

/* Bends moves so that they add up to `whole`, each by its part of the variance. */
static void bend(double *move, const double *variance, int n, double whole)
{
	double sum = 0.0, total = 0.0;

	for (int i = 0; i < n; i++) {
		sum += move[i];
		total += variance[i];
	}
	for (int i = 0; i < n && total > 0.0; i++)
		move[i] += (whole - sum) * variance[i] / total;
}

struct moves { double move[GEN_BARS], variance[GEN_BARS]; };

static void factor_moves(struct moves *out, const struct gen_factor *f, uint64_t seed, day date,
			 int bars)
{
	struct rng r;
	double slow = 0.0, size;

	rng_seed_for(&r, seed, STR("**"), date);
	for (int i = 0; i < bars; i++) {
		slow = slow_step(&factor_bar, slow, &r);
		double sd = FACTOR_SD * f->volatility * shape_at(&deviation_of[GEN_ETF], i, bars) *
			    scale_of(slow, factor_bar.sd * factor_bar.sd);
		out->move[i] = sd * noise(&size, &r);
		out->variance[i] = sd * sd * size * size;
	}
	bend(out->move, out->variance, bars, f->day);
}

/* ---- a symbol's day */
struct plan {
	double gap, own_day;	/* overnight; own part of the day's return */
	double volatility;	/* of the own part, around 1 */
	double volume;		/* around 1 */
	struct gen_state after;
};

/* Variance of a bar that the factor does not explain. A symbol with a beta above its
 * deviation has some nevertheless. */
static double own_variance(const struct gen_symbol *s, int bar, int bars)
{
	double all = s->sd * shape_at(&deviation_of[s->kind], bar, bars);
	double shared = s->beta * FACTOR_SD * shape_at(&deviation_of[GEN_ETF], bar, bars);
	double least = s->kind == GEN_ETF ? 0.01 : 0.15;
	double own = all * all - shared * shared;

	return own > least * all * all ? own : least * all * all;
}

/* An earnings report or the like: four per cent and more, up or down. */
static double news_of(const struct gen_symbol *s, struct rng *r)
{
	double chance = rng_f64(r), size = fabs(rng_normal(r));

	if (chance * 252.0 >= s->news)
		return 0.0;
	double jump = (0.04 + 0.04 * size) * (0.4 + 0.6 * s->sd / 14e-4);
	return rng_below(r, 2) == 0 ? jump : -jump;
}

static struct plan plan_of(const struct gen_symbol *s, struct gen_state before,
			   const struct gen_factor *f, uint64_t seed, const struct session *when)
{
	int bars = bars_of(when->half);
	struct plan p = { .after = before };
	struct rng r;

	rng_seed_for(&r, seed, str_of(s->name), when->date);
	double log = slow_step(&symbol_day, before.volatility * LOG, &r);
	double shared = SHARED_VOLATILITY * f->after.volatility * LOG;
	double variance = symbol_day.sd * symbol_day.sd +
			  SHARED_VOLATILITY * SHARED_VOLATILITY * factor_day.sd * factor_day.sd;
	p.after.volatility = stored(log);
	p.volatility = scale_of(log + shared, variance);

	double volume = slow_step(&volume_day, before.volume * LOG, &r);
	p.after.volume = stored(volume);
	p.volume = exp_of(volume + 0.4 * (log + shared)) * (when->half ? 0.7 : 1.0);

	/* The overnight return follows the factor's as far as its size allows. */
	double common = s->beta * FACTOR_GAP;
	if (common > 0.8 * s->gap)
		common = 0.8 * s->gap;
	double own = sqrt(s->gap * s->gap - common * common);
	double jump = news_of(s, &r);
	p.gap = common / FACTOR_GAP * f->gap + own * p.volatility * rng_normal(&r) + jump;
	if (jump != 0.0) {
		p.volatility *= 1.5;
		p.volume *= 2.0;
	}
	/* A weak pull back to the first price, so that it is still one after years. */
	double base = ln_of(s->price);
	p.gap -= 0.003 * (before.level * LEVEL - base);

	double sum = 0.0;
	for (int i = 0; i < bars; i++)
		sum += own_variance(s, i, bars);
	p.own_day = sqrt(sum) * p.volatility * rng_normal(&r);
	double level = before.level * LEVEL + p.gap + s->beta * f->day + p.own_day;
	p.after.level = (int32_t)floor(level / LEVEL + 0.5);
	return p;
}

struct gen_state gen_after(const struct gen_symbol *s, struct gen_state before,
			   const struct gen_factor *f, uint64_t seed, const struct session *when)
{
	return plan_of(s, before, f, seed, when).after;
}

/* ---- its bars */
static uint32_t price_of(double log)
{
	double v = exp_of(log);
	px p, tick = tick_of((px){ v >= 1.0 ? NUM_ONE : 1 });

	if (px_from_f64(&p, v, tick, ROUND_NEAR) != OK)
		p = tick;
	return p.n > PACKED_MAX ? UINT32_MAX : (uint32_t)(p.n / PACKED_UNIT);
}

static uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b; }
static uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* How far a Brownian path of this variance that ends at `move` has been above its start
 * (its maximum's distribution, inverted). */
static double reach(double move, double variance, struct rng *r)
{
	double u = rng_f64(r);

	return 0.5 * (move + sqrt(move * move - 2.0 * variance * ln_of(u + 0x1p-54)));
}

/* Shares of a bar. Moves draw volume, and volume comes in clusters. */
static uint32_t volume_in(double usual, double slow, double surprise, struct rng *r)
{
	double log = slow + 0.18 * (fabs(surprise) - 0.8) + 0.15 * rng_normal(r);
	double v = floor(usual * exp_of(log) + 0.5);

	return v < 1.0 ? 1 : v > 4e9 ? 4000000000u : (uint32_t)v;
}

/* Nobody trades in some bars when few shares are expected. */
static bool trades_in(double usual, struct rng *r)
{
	double u = rng_f64(r), x = usual / 500.0;

	return x > 30.0 || u * (1.0 + x * x) < x * x;
}

static void fill_bar(struct packed *out, enum gen_kind kind, double from, double to,
		     double variance, struct rng *r)
{
	/* Thin names trade a few times in a bar: they open where the price has already
	 * gone, see less of its range, and trade at the bid or at the ask. */
	bool thin = kind == GEN_THIN;
	double bounce = 0.25 * sqrt(variance);
	double a = thin ? from + 0.5 * (to - from) + bounce * rng_normal(r) : from;
	double b = thin ? to + bounce * rng_normal(r) : to;
	double seen = variance * (thin ? 0.06 : 0.80);

	out->open = price_of(a);
	out->close = price_of(b);
	out->high = price_of(a + reach(b - a, seen, r));
	out->low = price_of(a - reach(a - b, seen, r));
	out->high = larger(out->high, larger(out->open, out->close));
	out->low = smaller(out->low, smaller(out->open, out->close));
}

size_t gen_session(const struct gen_symbol *s, struct gen_state before,
		   const struct gen_factor *f, uint64_t seed, const struct session *when,
		   struct packed out[static GEN_BARS])
{
	struct plan p = plan_of(s, before, f, seed, when);
	int bars = bars_of(when->half);
	struct moves common, own;
	struct rng r;
	double slow = 0.0, size;
	size_t n = 0;

	factor_moves(&common, f, seed, when->date, bars);
	rng_seed_for(&r, ~seed, str_of(s->name), when->date);
	for (int i = 0; i < bars; i++) {
		slow = slow_step(&symbol_bar, slow, &r);
		double sd = sqrt(own_variance(s, i, bars)) * p.volatility *
			    scale_of(slow, symbol_bar.sd * symbol_bar.sd);
		own.move[i] = sd * noise(&size, &r);
		own.variance[i] = sd * sd * size * size;
	}
	bend(own.move, own.variance, bars, p.own_day);

	double level = before.level * LEVEL + p.gap, volume = 0.0;
	uint32_t minute = (uint32_t)(when->open / NS_MINUTE);
	for (int i = 0; i < bars; i++) {
		struct packed *b = &out[n];
		double move = own.move[i] + s->beta * common.move[i];
		double variance = own.variance[i] + s->beta * s->beta * common.variance[i];

		volume = slow_step(&volume_bar, volume, &r);
		fill_bar(b, s->kind, level, level + move, variance, &r);
		b->minute = minute + (uint32_t)(GEN_MINUTES * i);
		double usual = s->volume * shape_at(&volume_of[s->kind], i, bars) / 6.0;
		b->volume = volume_in(usual * p.volume, volume, move / sqrt(variance), &r);
		level += move;
		n += trades_in(usual, &r);
	}
	return n;
}

void gen_day(const struct gen_symbol *s, struct gen_state before, const struct gen_factor *f,
	     uint64_t seed, const struct session *when, int32_t shift, struct packed *out)
{
	struct plan p = plan_of(s, before, f, seed, when);
	int bars = bars_of(when->half);
	double common = s->beta * FACTOR_SD * f->volatility, variance = 0.0;
	struct rng r;

	for (int i = 0; i < bars; i++)
		variance += own_variance(s, i, bars);
	variance = variance * p.volatility * p.volatility +
		   common * common * variance_of(GEN_ETF, bars);
	rng_seed_for(&r, ~seed, str_of(s->name), when->date);
	fill_bar(out, GEN_STOCK, (before.level + shift) * LEVEL + p.gap,
		 (p.after.level + shift) * LEVEL, variance, &r);
	out->minute = (uint32_t)(when->open / NS_MINUTE);
	out->volume = volume_in(s->volume * p.volume, 0.0, 0.8, &r);
}

/* ---- before and after */

int32_t gen_open(const struct gen_symbol *s, struct gen_state before, const struct gen_factor *f,
		 uint64_t seed, const struct session *when)
{
	struct plan p = plan_of(s, before, f, seed, when);

	return before.level + (int32_t)floor(p.gap / LEVEL + 0.5);
}

size_t gen_outside(const struct gen_symbol *s, int32_t from, int32_t to, uint64_t seed,
		   uint32_t minute, int bars, struct packed *out)
{
	/* A fiftieth of the day's shares, at a third of its deviation. */
	double sd = s->sd / 3.0, usual = s->volume / 50.0 / (GEN_ALL - GEN_BARS);
	double move[GEN_OUTSIDE] = { 0.0 }, variance[GEN_OUTSIDE] = { 0.0 }, level = from * LEVEL;
	struct rng r;
	size_t n = 0;

	assert(bars <= GEN_OUTSIDE);
	rng_seed_for(&r, ~seed, str_of(s->name), minute);
	for (int i = 0; i < bars; i++) {
		move[i] = sd * rng_normal(&r);
		variance[i] = 1.0;
	}
	bend(move, variance, bars, (to - from) * LEVEL);
	for (int i = 0; i < bars; i++) {
		fill_bar(&out[n], s->kind, level, level + move[i], sd * sd, &r);
		out[n].minute = minute + (uint32_t)(GEN_MINUTES * i);
		out[n].volume = volume_in(usual, 0.0, 0.8, &r);
		level += move[i];
		n += trades_in(usual, &r);
	}
	return n;
}
