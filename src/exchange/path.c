/* path.c: from one bar to its ticks and back. */
#include "exchange/path.h"

#include <math.h>

#include "base/rng.h"
#include "exchange/packed.h"

#define SLOTS (PATH_MINUTES * PATH_TICKS)

/* Where the path has to pass, in order: open, two extremes (or one, or none, when
 * the open or the close is one), close. */
struct turns {
	px       at[4];
	uint32_t n;
};

static int64_t distance(px a, px b)
{
	return a.n > b.n ? a.n - b.n : b.n - a.n;
}

static struct turns turns_of(const struct bar *b, struct rng *r)
{
	struct turns t = { .at = { b->open }, .n = 1 };
	int64_t up = distance(b->high, b->open), down = distance(b->low, b->open);
	/* The nearer extreme first, four times of five: a bar that goes far one way
	 * and comes back has usually not been elsewhere before. */
	bool high_first = up != down ? up < down : b->close.n < b->open.n;

	if (rng_below(r, 5) == 0)
		high_first = !high_first;
	for (int i = 0; i < 2; i++) {
		px extreme = high_first == (i == 0) ? b->high : b->low;
		if (extreme.n != b->open.n && extreme.n != b->close.n)
			t.at[t.n++] = extreme;
	}
	if (t.n > 1 || b->close.n != b->open.n)
		t.at[t.n++] = b->close;
	return t;
}

/* Marks the ticks that happen, at least `need` of them; returns how many. */
static uint32_t choose(bool slot[SLOTS], uint32_t minutes, uint64_t volume, uint32_t need,
		       struct rng *r)
{
	uint64_t per_minute = volume / minutes;
	uint32_t n = 0;

	memset(slot, 0, SLOTS * sizeof(*slot));
	for (uint32_t m = 0; m < minutes; m++) {
		/* A minute in which 30 shares are expected trades every second time. */
		bool trades = rng_below(r, per_minute + 30) < per_minute;
		uint32_t ticks = per_minute >= 400 ? PATH_TICKS :
				 1 + (uint32_t)rng_below(r, PATH_TICKS);
		for (uint32_t i = 0; trades && i < ticks; i++)
			slot[m * PATH_TICKS + i] = true;
		n += trades ? ticks : 0;
	}
	if (n >= need && n <= volume)
		return n;

	/* Too little for a walk: all of it in one minute. */
	uint32_t m = (uint32_t)rng_below(r, minutes);
	memset(slot, 0, SLOTS * sizeof(*slot));
	for (uint32_t i = 0; i < need; i++)
		slot[m * PATH_TICKS + i] = true;
	return need;
}

/* n increasing places for the turns among n_ticks: the first and the last one, and
 * the others at random between. */
static void place(uint32_t at[4], uint32_t turns, uint32_t ticks, struct rng *r)
{
	assert(turns >= 1 && turns <= 4 && ticks >= turns);
	at[0] = 0;
	if (turns == 1)
		return;
	at[turns - 1] = ticks - 1;

	uint32_t between = ticks - 2;
	if (turns == 3)
		at[1] = 1 + (uint32_t)rng_below(r, between);
	if (turns == 4) {
		uint32_t a = (uint32_t)rng_below(r, between);
		uint32_t b = (uint32_t)rng_below(r, between - 1);
		b += b >= a;
		at[1] = 1 + (a < b ? a : b);
		at[2] = 1 + (a < b ? b : a);
	}
}

/* A price about part/whole of the way from a to b, inside the bar, on the grid. */
static px between(const struct bar *bar, px a, px b, uint32_t part, uint32_t whole,
		  struct rng *r)
{
	int64_t range = bar->high.n - bar->low.n, way = b.n - a.n;
	int64_t step = way / whole * part + way % whole * part / whole;
	/* Noise within a sixth of the range on both sides. */
	int64_t noise = range / 6000 * ((int64_t)rng_below(r, 2001) - 1000);
	px p = { a.n + step + noise };

	if (p.n < bar->low.n)
		p = bar->low;
	if (p.n > bar->high.n)
		p = bar->high;
	px on = px_on_grid(p, ROUND_NEAR);
	/* The grid may have no line inside a narrow bar whose prices are off it. */
	return on.n < bar->low.n ? bar->low : on.n > bar->high.n ? bar->high : on;
}

static void prices(px out[SLOTS], uint32_t n, const struct bar *b, const struct turns *t,
		   struct rng *r)
{
	uint32_t at[4], k = 0;

	place(at, t->n, n, r);
	for (uint32_t i = 0; i < n; i++) {
		if (k + 1 < t->n && i == at[k + 1])
			k++;
		if (i == at[k])
			out[i] = t->at[k];
		else if (k + 1 < t->n)
			out[i] = between(b, t->at[k], t->at[k + 1], i - at[k],
					 at[k + 1] - at[k], r);
		else
			out[i] = t->at[k];	/* one price only */
	}
}

/* floor(total * part / whole) without overflow, for part <= whole < 2^20. */
static uint64_t share(uint64_t total, uint64_t part, uint64_t whole)
{
	return total / whole * part + total % whole * part / whole;
}

/* Whole shares in proportion to random weights; everyone gets one while there are
 * enough. What a volume has behind the point goes to the last. */
static void volumes(double out[SLOTS], uint32_t n, double volume, struct rng *r)
{
	uint64_t whole = (uint64_t)volume, given = 0, sum = 0, part = 0;
	uint64_t weight[SLOTS] = { 0 };
	uint64_t each = whole >= n ? 1 : 0;

	assert(n >= 1);
	for (uint32_t i = 0; i < n; i++) {
		weight[i] = 300 + rng_below(r, 1400);
		sum += weight[i];
	}
	for (uint32_t i = 0; i < n; i++) {
		part += weight[i];
		uint64_t upto = share(whole - each * n, part, sum);
		out[i] = (double)(upto - given + each);
		given = upto;
	}
	out[n - 1] += volume - (double)whole;
}

void path_walk(struct path *out, const struct bar *b, uint64_t seed, struct str name)
{
	ns span = b->ts - b->open_ts;
	bool slot[SLOTS];
	px price[SLOTS];
	double volume[SLOTS];
	struct rng r;

	assert(bar_valid(b));
	assert(span == NS_MINUTE || span == PATH_MINUTES * NS_MINUTE);
	rng_seed_for(&r, seed, name, b->open_ts);
	*out = (struct path){ .minutes = (uint32_t)(span / NS_MINUTE) };

	struct turns t = turns_of(b, &r);
	uint32_t n = choose(slot, out->minutes, (uint64_t)b->volume, t.n, &r);
	prices(price, n, b, &t, &r);
	volumes(volume, n, b->volume, &r);
	for (uint32_t i = 0, k = 0; i < SLOTS; i++)
		if (slot[i])
			out->tick[i] = (struct path_tick){ price[k], volume[k] }, k++;
}

/* A volume-weighted price as a multiple of 0.0001 inside the bar. */
static px weighted(double sum, double volume, const struct bar *b)
{
	const int64_t grid = NUM_ONE / 10000;

	if (!(volume > 0.0))
		return (px){ 0 };

	/* `sum` is of distances from the low: small numbers, so that nothing is lost. */
	int64_t steps = (int64_t)floor(sum / volume / (double)grid + 0.5);
	px p = { b->low.n + steps * grid };
	return p.n > b->high.n ? b->high : p;
}

uint32_t path_prints(double volume)
{
	uint64_t n = (uint64_t)volume / 120;

	return n < 1 ? 1 : n > PATH_PRINTS ? PATH_PRINTS : (uint32_t)n;
}

bool path_minute(const struct path *p, const struct bar *b, uint32_t m, struct bar *out)
{
	const struct path_tick *t = &p->tick[m * PATH_TICKS];
	ns from = b->open_ts + m * NS_MINUTE;
	bool any = false;

	assert(m < p->minutes);
	*out = (struct bar){
		.open_ts = from, .ts = from + NS_MINUTE, .sym = b->sym, .flags = b->flags
	};
	for (uint32_t i = 0; i < PATH_TICKS; i++) {
		if (t[i].at.n == 0)
			continue;
		if (!any)
			out->open = out->high = out->low = t[i].at;
		any = true;
		if (t[i].at.n > out->high.n)
			out->high = t[i].at;
		if (t[i].at.n < out->low.n)
			out->low = t[i].at;
		out->close = t[i].at;
		out->volume += t[i].volume;
		out->trades += path_prints(t[i].volume);
	}
	double sum = 0.0;
	for (uint32_t i = 0; any && i < PATH_TICKS; i++)
		if (t[i].at.n != 0)
			sum += (double)(t[i].at.n - out->low.n) * t[i].volume;
	out->vwap = weighted(sum, out->volume, out);
	return any;
}

size_t path_minutes(const struct path *p, const struct bar *b,
		    struct bar out[static PATH_MINUTES])
{
	size_t n = 0;

	for (uint32_t m = 0; m < p->minutes; m++)
		n += path_minute(p, b, m, &out[n]);
	return n;
}

void bar_join(struct bar *into, const struct bar *later)
{
	px high = later->high.n > into->high.n ? later->high : into->high;
	px low = later->low.n < into->low.n ? later->low : into->low;
	double sum = 0.0;

	if (into->volume > 0.0)
		sum += (double)(into->vwap.n - low.n) * into->volume;
	if (later->volume > 0.0)
		sum += (double)(later->vwap.n - low.n) * later->volume;
	into->ts = later->ts;
	into->high = high;
	into->low = low;
	into->close = later->close;
	into->volume += later->volume;
	into->trades += later->trades;
	into->vwap = weighted(sum, into->volume, into);
}
