/* recursive.c: indicators whose value is made of the one before. */
#include "ta/ta.h"

/* The mean of the first n values begins an average; as distances from the first one,
 * so that a flat beginning gives exactly its price. False while it is not complete. */
static bool begin(double *value, double *sum, double *base, uint32_t *seen, uint32_t n,
		  double x)
{
	if (*seen == 0) {
		*base = x;
		*sum = 0.0;
	}
	*sum += x - *base;
	if (++*seen < n)
		return false;
	*value = *base + *sum / n;
	return true;
}

void ta_ema_init(struct ta_ema *s, int n)
{
	assert(n >= 1);
	*s = (struct ta_ema){ .k = 2.0 / (n + 1), .n = (uint32_t)n };
}

double ta_ema(struct ta_ema *s, double x)
{
	if (isnan(x))
		return TA_NONE;
	if (s->seen < s->n)
		return begin(&s->value, &s->sum, &s->base, &s->seen, s->n, x) ? s->value : TA_NONE;
	s->value += s->k * (x - s->value);
	return s->value;
}

void ta_rma_init(struct ta_rma *s, int n)
{
	assert(n >= 1);
	*s = (struct ta_rma){ .n = (uint32_t)n };
}

double ta_rma(struct ta_rma *s, double x)
{
	if (isnan(x))
		return TA_NONE;
	if (s->seen < s->n)
		return begin(&s->value, &s->sum, &s->base, &s->seen, s->n, x) ? s->value : TA_NONE;
	s->value += (x - s->value) / s->n;
	return s->value;
}

void ta_rsi_init(struct ta_rsi *s, int n)
{
	*s = (struct ta_rsi){ .begun = false };
	ta_rma_init(&s->gain, n);
	ta_rma_init(&s->loss, n);
}

double ta_rsi(struct ta_rsi *s, double close)
{
	if (isnan(close))
		return TA_NONE;

	double change = close - s->last;
	bool first = !s->begun;
	s->last = close;
	s->begun = true;
	if (first)
		return TA_NONE;

	double gain = ta_rma(&s->gain, change > 0.0 ? change : 0.0);
	double loss = ta_rma(&s->loss, change < 0.0 ? -change : 0.0);
	if (isnan(gain) || !(gain + loss > 0.0))
		return TA_NONE;
	return 100.0 * gain / (gain + loss);
}

void ta_macd_init(struct ta_macd *s, int fast, int slow, int signal)
{
	assert(fast < slow);
	ta_ema_init(&s->fast, fast);
	ta_ema_init(&s->slow, slow);
	ta_ema_init(&s->signal, signal);
}

struct ta_macd_value ta_macd(struct ta_macd *s, double x)
{
	struct ta_macd_value out;
	double fast = ta_ema(&s->fast, x);

	out.line = fast - ta_ema(&s->slow, x);
	out.signal = ta_ema(&s->signal, out.line);
	out.histogram = out.line - out.signal;
	return out;
}

void ta_atr_init(struct ta_atr *s, int n)
{
	*s = (struct ta_atr){ .begun = false };
	ta_rma_init(&s->rma, n);
}

double ta_atr(struct ta_atr *s, double high, double low, double close)
{
	double last = s->last;
	bool first = !s->begun;

	s->last = close;
	s->begun = true;
	if (first)
		return TA_NONE;

	double range = high - low;
	double up = fabs(high - last), down = fabs(low - last);
	range = up > range ? up : range;
	range = down > range ? down : range;
	return ta_rma(&s->rma, range);
}

void ta_obv_init(struct ta_obv *s)
{
	*s = (struct ta_obv){ .begun = false };
}

double ta_obv(struct ta_obv *s, double close, double volume)
{
	if (s->begun && close > s->last)
		s->value += volume;
	else if (s->begun && close < s->last)
		s->value -= volume;
	s->last = close;
	s->begun = true;
	return s->value;
}

void ta_vwap_init(struct ta_vwap *s)
{
	*s = (struct ta_vwap){ .begun = false };
}

struct ta_vwap_value ta_vwap(struct ta_vwap *s, int64_t session, double price, double volume)
{
	if (!s->begun || s->session != session)
		*s = (struct ta_vwap){ .session = session, .begun = true };
	if (volume > 0.0) {
		/* West's weighted mean and sum of squares: never negative. */
		double step = price - s->mean;
		s->volume += volume;
		s->mean += step * (volume / s->volume);
		s->square += volume * step * (price - s->mean);
	}
	if (!(s->volume > 0.0))
		return (struct ta_vwap_value){ TA_NONE, TA_NONE };
	return (struct ta_vwap_value){ s->mean, sqrt(s->square / s->volume) };
}
