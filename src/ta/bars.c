/* bars.c: indicators that walk over bars. */
#include "ta/inner.h"

/* ---- stochastic: highs, lows, raw K and K, of each the last few, every value kept twice so that
 * the window is contiguous. */
struct ring { uint32_t n, at, seen, first; };	/* first: its place among the values */
enum { RING_HIGH, RING_LOW, RING_RAW, RING_K, RINGS };
struct stoch { struct ring ring[RINGS]; double v[]; };

static const double *push(struct stoch *s, int which, double x)
{
	struct ring *r = &s->ring[which];
	double *v = s->v + r->first;

	v[r->at] = x;
	v[r->at + r->n] = x;
	r->at = r->at + 1 == r->n ? 0 : r->at + 1;
	r->seen += r->seen < r->n;
	return r->seen == r->n ? v + r->at : NULL;
}

static uint32_t stoch_size(double n, double smooth, double d)
{
	return (uint32_t)(sizeof(struct stoch) +
			  2 * (size_t)(2.0 * n + smooth + d) * sizeof(double));
}

static void stoch_init(struct stoch *s, double n, double smooth, double d)
{
	double lengths[RINGS] = { n, n, smooth, d };
	uint32_t first = 0;

	for (int i = 0; i < RINGS; i++) {
		s->ring[i] = (struct ring){ .n = count_of(lengths[i]), .first = first };
		first += 2 * s->ring[i].n;
	}
}

uint32_t size_stoch(const double *arg)
{
	return stoch_size(arg[0], arg[1], arg[2]);
}

void init_stoch(void *state, const double *arg)
{
	stoch_init(state, arg[0], arg[1], arg[2]);
}

/* The fast one: K is the raw one. */
uint32_t size_stochf(const double *arg)
{
	return stoch_size(arg[0], 1.0, arg[1]);
}

void init_stochf(void *state, const double *arg)
{
	stoch_init(state, arg[0], 1.0, arg[1]);
}

void step_stoch(void *state, const struct ta_bar *b, double x, double out[TA_OUTPUTS])
{
	struct stoch *s = state;
	const double *highs = push(s, RING_HIGH, b->high), *lows = push(s, RING_LOW, b->low);

	(void)x;
	out[0] = out[1] = TA_NONE;
	if (highs == NULL)
		return;
	double top = window_highest(highs, s->ring[RING_HIGH].n);
	double bottom = window_lowest(lows, s->ring[RING_LOW].n);
	const double *raw = push(s, RING_RAW, top > bottom ?
				 100.0 * (b->close - bottom) / (top - bottom) : TA_NONE);
	if (raw == NULL)
		return;
	out[0] = window_mean(raw, s->ring[RING_RAW].n);
	const double *k = push(s, RING_K, out[0]);
	if (k != NULL)
		out[1] = window_mean(k, s->ring[RING_K].n);
}

/* ---- on-balance volume, accumulation and distribution */

struct obv { double value, last; uint64_t begun; };

uint32_t size_obv(const double *arg)
{
	(void)arg;
	return sizeof(struct obv);
}

void step_obv(void *state, const struct ta_bar *b, double x, double out[TA_OUTPUTS])
{
	struct obv *s = state;

	(void)x;
	if (s->begun == 0)
		s->last = b->close;
	s->begun = 1;
	s->value += b->close > s->last ? b->volume : 0.0;
	s->value -= b->close < s->last ? b->volume : 0.0;
	s->last = b->close;
	out[0] = s->value;
}

uint32_t size_ad(const double *arg)
{
	(void)arg;
	return sizeof(double);
}

void step_ad(void *state, const struct ta_bar *b, double x, double out[TA_OUTPUTS])
{
	double *value = state;

	(void)x;
	*value += close_location(b->high, b->low, b->close) * b->volume;
	out[0] = *value;
}

/* ---- directional movement */

struct dmi {
	double   high, low, close;	/* of the bar before */
	double   plus, minus, range;	/* Wilder's sums */
	double   adx;			/* while it begins: sum of DX */
	uint32_t n;
	uint32_t seen;			/* bars, up to 2n */
	uint64_t moved;			/* there was a DX */
};

uint32_t size_dmi(const double *arg)
{
	(void)arg;
	return sizeof(struct dmi);
}

void init_dmi(void *state, const double *arg)
{
	struct dmi *s = state;

	s->n = count_of(arg[0]);
}

/* The sums: n-1 bars are added up, from then on a part goes for what comes. */
static void dmi_sums(struct dmi *s, const struct ta_bar *b)
{
	double keep = s->seen < s->n ? 1.0 : 1.0 - 1.0 / s->n;
	double up = b->high - s->high, down = s->low - b->low;

	s->plus = s->plus * keep + (up > 0.0 && up > down ? up : 0.0);
	s->minus = s->minus * keep + (down > 0.0 && down > up ? down : 0.0);
	s->range = s->range * keep + true_range(b->high, b->low, s->close);
}

/* A bar without any direction adds nothing while it begins and is passed over later. */
static void dmi_adx(struct dmi *s, double plus, double minus)
{
	bool begins = s->seen < 2 * s->n - 1;

	if (plus + minus > 0.0) {
		double dx = 100.0 * fabs(plus - minus) / (plus + minus);
		s->moved = 1;
		if (s->seen < 2 * s->n)
			s->adx += dx;
		else
			s->adx += (dx - s->adx) / s->n;
	}
	if (!begins && s->seen < 2 * s->n)
		s->adx /= s->n;
}

void step_dmi(void *state, const struct ta_bar *b, double x, double out[TA_OUTPUTS])
{
	struct dmi *s = state;

	(void)x;
	out[0] = out[1] = out[2] = TA_NONE;
	if (s->seen > 0)
		dmi_sums(s, b);
	s->high = b->high;
	s->low = b->low;
	s->close = b->close;
	if (s->seen >= s->n) {
		if (s->range > 0.0) {
			out[0] = 100.0 * s->plus / s->range;
			out[1] = 100.0 * s->minus / s->range;
			dmi_adx(s, out[0], out[1]);
		} else {
			dmi_adx(s, 0.0, 0.0);
		}
		if (s->seen >= 2 * s->n - 1 && s->moved != 0)
			out[2] = s->adx;
	}
	s->seen += s->seen < 2 * s->n;
}

/* ---- volume-weighted average price: distances from the session's first price */

struct vwap { int64_t session; double base, money, volume; uint64_t begun; };

uint32_t size_vwap(const double *arg)
{
	(void)arg;
	return sizeof(struct vwap);
}

void step_vwap(void *state, const struct ta_bar *b, double x, double out[TA_OUTPUTS])
{
	struct vwap *s = state;
	double price = typical(b->high, b->low, b->close);

	(void)x;
	if (s->begun == 0 || s->session != b->session)
		*s = (struct vwap){ .session = b->session, .base = price, .begun = 1 };
	s->money += (price - s->base) * b->volume;
	s->volume += b->volume;
	out[0] = s->volume > 0.0 ? s->base + s->money / s->volume : TA_NONE;
}
