/* bars.c: indicators that walk over bars. */
#include "ta/inner.h"

/* ---- stochastic
 *
 * Extremes of the last n bars without looking at n of them: bars are in blocks of n. Of the block
 * before, high[i] is the highest from its bar i on; of this one, high[i] is bar i's own, and top
 * the highest so far. A window is an end of the former and all of the latter. */
struct stoch {
	uint32_t n, smooth, d;
	uint32_t at;			/* bar of this block */
	uint32_t bars, enough;		/* seen, at most `enough`: there is a D */
	double   part_smooth, part_d, top, bottom;
	double   v[];			/* high[n], low[n], raw[smooth], k[d]: oldest first */
};

static uint32_t stoch_size(double n, double smooth, double d)
{
	return (uint32_t)(sizeof(struct stoch) +
			  (size_t)(2.0 * n + smooth + d) * sizeof(double));
}

static void stoch_init(struct stoch *s, double n, double smooth, double d)
{
	s->n = count_of(n);
	s->smooth = count_of(smooth);
	s->d = count_of(d);
	s->enough = s->n + s->smooth + s->d - 2;
	s->part_smooth = 1.0 / smooth;
	s->part_d = 1.0 / d;
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

/* The block is complete. */
static void stoch_fold(double *high, double *low, uint32_t n)
{
	double top = high[n - 1], bottom = low[n - 1];

	for (uint32_t i = n - 1; i-- > 0;) {
		high[i] = top = high[i] > top ? high[i] : top;
		low[i] = bottom = low[i] < bottom ? low[i] : bottom;
	}
}

static inline double stoch_raw(struct stoch *s, const struct ta_bar *b)
{
	double *high = s->v, *low = high + s->n;
	uint32_t next = s->at + 1;
	double top = s->at > 0 ? s->top : b->high, bottom = s->at > 0 ? s->bottom : b->low;

	/* Not one condition with what is above: these two nobody can foresee, and they need no
	 * branch. */
	top = b->high > top ? b->high : top;
	bottom = b->low < bottom ? b->low : bottom;

	s->top = top;
	s->bottom = bottom;
	high[s->at] = b->high;
	low[s->at] = b->low;
	s->at = next;
	if (next == s->n) {
		stoch_fold(high, low, s->n);
		s->at = 0;
	} else {
		top = high[next] > top ? high[next] : top;
		bottom = low[next] < bottom ? low[next] : bottom;
	}
	return top > bottom ? 100.0 * (b->close - bottom) / (top - bottom) : TA_NONE;
}

/* x comes, the oldest of n goes; their mean, as distances from what is now the oldest. */
static inline double stoch_mean(double *v, uint32_t n, double part, double x)
{
	double base = n > 1 ? v[1] : x, sum = 0.0;

	for (uint32_t i = 1; i < n; i++) {
		v[i - 1] = v[i];
		sum += v[i] - base;
	}
	v[n - 1] = x;
	return base + (sum + (x - base)) * part;
}

/* What means are made of before there are enough bars is out of them when there are. */
void step_stoch(void *state, const struct ta_bar *b, double x, double out[TA_OUTPUTS])
{
	struct stoch *s = state;
	double *raws = s->v + 2 * (size_t)s->n;
	double k = stoch_mean(raws, s->smooth, s->part_smooth, stoch_raw(s, b));
	double d = stoch_mean(raws + s->smooth, s->d, s->part_d, k);

	(void)x;
	s->bars += s->bars < s->enough;
	out[0] = s->bars > s->enough - s->d ? k : TA_NONE;
	out[1] = s->bars == s->enough ? d : TA_NONE;
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
	/* No branch: nobody can foresee which it will be. */
	s->value += (double)((b->close > s->last) - (b->close < s->last)) * b->volume;
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
