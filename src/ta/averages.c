/* averages.c: indicators made of averages that remember everything. */
#include "ta/inner.h"

/* EMA or RMA. While it begins, value is the sum of distances from the first value, so that a flat
 * beginning gives exactly its price. */
struct average { double value, part, base; uint32_t n, seen; };

static void average_init(struct average *a, double n, double part)
{
	a->part = part;
	a->n = count_of(n);
}

static double average_begin(struct average *a, double x)
{
	if (a->seen == 0)
		a->base = x;
	a->value += x - a->base;
	if (++a->seen < a->n)
		return TA_NONE;
	a->value = a->base + a->value / a->n;
	return a->value;
}

/* x has a value. */
static inline double average(struct average *a, double x)
{
	if (a->seen < a->n)
		return average_begin(a, x);
	a->value += a->part * (x - a->value);
	return a->value;
}

static double part_ema(double n)
{
	return 2.0 / (n + 1.0);
}

uint32_t size_ema(const double *arg)
{
	(void)arg;
	return sizeof(struct average);
}

void init_ema(void *state, const double *arg)
{
	average_init(state, arg[0], part_ema(arg[0]));
}

void init_rma(void *state, const double *arg)
{
	average_init(state, arg[0], 1.0 / arg[0]);
}

void step_ema(void *state, const struct ta_bar *b, double x, double out[TA_OUTPUTS])
{
	(void)b;
	out[0] = isnan(x) ? TA_NONE : average(state, x);
}

/* As step_ema, in a register. */
void steps_ema(void *state, uint32_t bars, const double *x, size_t x_apart, double *out,
	       size_t out_apart)
{
	struct average *a = state;

	for (; bars > 0 && a->seen < a->n; bars--, x += x_apart, out += out_apart)
		step_ema(state, NULL, *x, out);
	double value = a->value, part = a->part;
	for (; bars > 0; bars--, x += x_apart, out += out_apart) {
		*out = TA_NONE;
		if (!isnan(*x))
			*out = value += part * (*x - value);
	}
	a->value = value;
}

struct rsi { double gain, loss, last, part; uint32_t n, seen; };

uint32_t size_rsi(const double *arg)
{
	(void)arg;
	return sizeof(struct rsi);
}

void init_rsi(void *state, const double *arg)
{
	struct rsi *s = state;

	s->part = 1.0 / arg[0];
	s->n = count_of(arg[0]);
}

/* The first n changes are added up; with the n-th their mean begins the averages. */
static void rsi_begin(struct rsi *s, double up, double down)
{
	if (s->seen++ == 0)
		return;
	s->gain += up;
	s->loss += down;
	if (s->seen > s->n) {
		s->gain *= s->part;
		s->loss *= s->part;
	}
}

/* x has a value, and the averages have begun. */
static inline double rsi(struct rsi *s, double up, double down)
{
	s->gain += s->part * (up - s->gain);
	s->loss += s->part * (down - s->loss);
	double sum = s->gain + s->loss;
	return sum > 0.0 ? 100.0 * s->gain / sum : TA_NONE;
}

void step_rsi(void *state, const struct ta_bar *b, double x, double out[TA_OUTPUTS])
{
	struct rsi *s = state;
	double change = x - s->last, up = change > 0.0 ? change : 0.0, down = up - change;

	(void)b;
	out[0] = TA_NONE;
	if (isnan(x))
		return;
	s->last = x;
	if (s->seen > s->n) {
		out[0] = rsi(s, up, down);
		return;
	}
	rsi_begin(s, up, down);
	double sum = s->gain + s->loss;
	if (s->seen > s->n && sum > 0.0)
		out[0] = 100.0 * s->gain / sum;
}

/* As step_rsi, in registers. */
void steps_rsi(void *state, uint32_t bars, const double *x, size_t x_apart, double *out,
	       size_t out_apart)
{
	struct rsi s = *(struct rsi *)state;

	for (; bars > 0; bars--, x += x_apart, out += out_apart) {
		double change = *x - s.last, up = change > 0.0 ? change : 0.0, down = up - change;
		if (s.seen <= s.n || isnan(*x)) {
			*(struct rsi *)state = s;
			step_rsi(state, NULL, *x, out);
			s = *(struct rsi *)state;
			continue;
		}
		s.last = *x;
		*out = rsi(&s, up, down);
	}
	*(struct rsi *)state = s;
}

struct macd { struct average fast, slow, signal; };

uint32_t size_macd(const double *arg)
{
	(void)arg;
	return sizeof(struct macd);
}

void init_macd(void *state, const double *arg)
{
	struct macd *s = state;

	init_ema(&s->fast, arg);
	init_ema(&s->slow, arg + 1);
	init_ema(&s->signal, arg + 2);
}

void step_macd(void *state, const struct ta_bar *b, double x, double out[TA_OUTPUTS])
{
	struct macd *s = state;

	(void)b;
	out[0] = out[1] = out[2] = TA_NONE;
	if (isnan(x))
		return;
	double fast = average(&s->fast, x), line = fast - average(&s->slow, x);
	if (isnan(line))
		return;
	out[0] = line;
	out[1] = average(&s->signal, line);
	out[2] = line - out[1];
}

struct atr { struct average range; double last; uint64_t begun; };

uint32_t size_atr(const double *arg)
{
	(void)arg;
	return sizeof(struct atr);
}

void init_atr(void *state, const double *arg)
{
	struct atr *s = state;

	init_rma(&s->range, arg);
}

void step_atr(void *state, const struct ta_bar *b, double x, double out[TA_OUTPUTS])
{
	struct atr *s = state;
	double before = s->last;

	(void)x;
	s->last = b->close;
	out[0] = TA_NONE;
	if (s->begun != 0)
		out[0] = average(&s->range, true_range(b->high, b->low, before));
	s->begun = 1;
}

/* As TradingView has it: the first bar's range is its height. */
struct keltner { struct average middle, range; double k, last; uint64_t begun; };

uint32_t size_keltner(const double *arg)
{
	(void)arg;
	return sizeof(struct keltner);
}

void init_keltner(void *state, const double *arg)
{
	struct keltner *s = state;

	init_ema(&s->middle, arg);
	s->k = arg[1];
	init_rma(&s->range, arg + 2);
}

void step_keltner(void *state, const struct ta_bar *b, double x, double out[TA_OUTPUTS])
{
	struct keltner *s = state;
	double before = s->begun != 0 ? s->last : b->close;
	double distance = s->k * average(&s->range, true_range(b->high, b->low, before));

	(void)x;
	s->last = b->close;
	s->begun = 1;
	out[1] = average(&s->middle, b->close);
	out[0] = out[1] + distance;
	out[2] = out[1] - distance;
}
