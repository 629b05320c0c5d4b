#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "ta/ta.h"

/* The definitions again, in the plainest form: from all bars up to i, nothing kept. */
#define BARS 400

static double high[BARS], low[BARS], close_[BARS], volume[BARS];

/* A walk in cents, with flat stretches, gaps and bars without volume. */
static void walk(uint64_t seed)
{
	struct rng r;
	double price = 100.0;

	rng_seed(&r, seed);
	for (int i = 0; i < BARS; i++) {
		bool flat = i / 40 % 4 == 3;
		double step = flat ? 0.0 : ((double)rng_below(&r, 201) - 100.0) / 100.0;
		price = round((price + step) * 100.0) / 100.0;
		close_[i] = price;
		high[i] = flat ? price : price + (double)rng_below(&r, 50) / 100.0;
		low[i] = flat ? price : price - (double)rng_below(&r, 50) / 100.0;
		volume[i] = i / 30 % 3 == 2 ? 0.0 : (double)rng_below(&r, 10000);
	}
}

static double plain_mean(const double *v, int i, int n)
{
	double sum = 0.0;

	if (i < n - 1)
		return TA_NONE;
	for (int k = i - n + 1; k <= i; k++)
		sum += v[k];
	return sum / n;
}

static double plain_sd(const double *v, int i, int n)
{
	double mean = plain_mean(v, i, n), sum = 0.0;

	if (isnan(mean))
		return TA_NONE;
	for (int k = i - n + 1; k <= i; k++)
		sum += (v[k] - mean) * (v[k] - mean);
	double sd = sqrt(sum / n);
	return sd < 1e-9 ? 0.0 : sd;
}

/* An average with factor k that begins with the mean of v[from..from+n-1]. */
static double plain_smooth(const double *v, int from, int i, int n, double k)
{
	if (i < from + n - 1)
		return TA_NONE;
	double e = plain_mean(v + from, n - 1, n);
	for (int j = from + n; j <= i; j++)
		e = e * (1.0 - k) + v[j] * k;
	return e;
}

static double plain_rsi(int i, int n)
{
	double gain[BARS], loss[BARS];

	for (int k = 1; k <= i; k++) {
		double d = close_[k] - close_[k - 1];
		gain[k] = d > 0.0 ? d : 0.0;
		loss[k] = d < 0.0 ? -d : 0.0;
	}
	double g = plain_smooth(gain, 1, i, n, 1.0 / n), l = plain_smooth(loss, 1, i, n, 1.0 / n);
	return g + l > 0.0 ? 100.0 * g / (g + l) : TA_NONE;
}

static double plain_atr(int i, int n)
{
	double tr[BARS];

	for (int k = 1; k <= i; k++) {
		double a = high[k] - low[k], b = fabs(high[k] - close_[k - 1]);
		double c = fabs(low[k] - close_[k - 1]);
		tr[k] = a > b ? (a > c ? a : c) : b > c ? b : c;
	}
	return plain_smooth(tr, 1, i, n, 1.0 / n);
}

static double extreme(const double *v, int i, int n, double sign)
{
	double e = TA_NONE;

	for (int k = i - n + 1; i >= n - 1 && k <= i; k++)
		e = isnan(e) || v[k] * sign > e * sign ? v[k] : e;
	return e;
}

static double plain_raw_k(int i, int n)
{
	double top = extreme(high, i, n, 1.0), bottom = extreme(low, i, n, -1.0);

	return top > bottom ? 100.0 * (close_[i] - bottom) / (top - bottom) : TA_NONE;
}

static void near(double got, double want, double within, const char *what, int i)
{
	if (isnan(want) || isnan(got))
		CHECK(isnan(want) == isnan(got), "%s at %d: %g, want %g", what, i, got, want);
	else
		CHECK(fabs(got - want) <= within, "%s at %d: %.12g, want %.12g", what, i, got,
		      want);
}

void test_ta_streams_are_the_definitions(void)
{
	static struct ta_sma sma;
	static struct ta_ema ema;
	static struct ta_rma rma;
	static struct ta_rsi rsi;
	static struct ta_stdev sd;
	static struct ta_zscore z;
	static struct ta_bollinger bb;
	static struct ta_roc roc;
	static struct ta_atr atr;
	static struct ta_volume_ratio vr;
	int n = 14;

	walk(check_seed());
	ta_sma_init(&sma, n);
	ta_ema_init(&ema, n);
	ta_rma_init(&rma, n);
	ta_rsi_init(&rsi, n);
	ta_stdev_init(&sd, n);
	ta_zscore_init(&z, n);
	ta_bollinger_init(&bb, n, 2.5);
	ta_roc_init(&roc, n);
	ta_atr_init(&atr, n);
	ta_volume_ratio_init(&vr, n);
	for (int i = 0; i < BARS; i++) {
		double x = close_[i], mean = plain_mean(close_, i, n), s = plain_sd(close_, i, n);
		near(ta_sma(&sma, x), mean, 1e-9, "sma", i);
		near(ta_ema(&ema, x), plain_smooth(close_, 0, i, n, 2.0 / (n + 1)), 1e-9, "ema", i);
		near(ta_rma(&rma, x), plain_smooth(close_, 0, i, n, 1.0 / n), 1e-9, "rma", i);
		near(ta_rsi(&rsi, x), plain_rsi(i, n), 1e-7, "rsi", i);
		near(ta_stdev(&sd, x), s, 1e-9, "stdev", i);
		near(ta_zscore(&z, x), s > 0.0 ? (x - mean) / s : TA_NONE, 1e-7, "zscore", i);
		struct ta_bollinger_value v = ta_bollinger(&bb, x);
		near(v.upper, mean + 2.5 * s, 1e-9, "upper band", i);
		near(v.lower, mean - 2.5 * s, 1e-9, "lower band", i);
		near(v.middle, mean, 1e-9, "middle band", i);
		near(v.position, s > 0.0 ? (x - v.lower) / (v.upper - v.lower) : TA_NONE, 1e-9,
		     "position", i);
		near(ta_roc(&roc, x), i >= n ? 100.0 * (x / close_[i - n] - 1.0) : TA_NONE, 1e-9,
		     "roc", i);
		near(ta_atr(&atr, high[i], low[i], x), plain_atr(i, n), 1e-9, "atr", i);
		double before = i >= n ? plain_mean(volume, i - 1, n) : TA_NONE;
		near(ta_volume_ratio(&vr, volume[i]), before > 0.0 ? volume[i] / before : TA_NONE,
		     1e-9, "volume ratio", i);
	}
}

void test_ta_streams_are_the_definitions_too(void)
{
	static struct ta_macd macd;
	static struct ta_stoch stoch;
	static struct ta_donchian don;
	static struct ta_obv obv;
	double line[BARS], raw[BARS], k[BARS], on = 0.0;

	walk(check_seed() + 1);
	ta_macd_init(&macd, 12, 26, 9);
	ta_stoch_init(&stoch, 14, 3, 3);
	ta_donchian_init(&don, 20);
	ta_obv_init(&obv);
	for (int i = 0; i < BARS; i++) {
		line[i] = plain_smooth(close_, 0, i, 12, 2.0 / 13) -
			  plain_smooth(close_, 0, i, 26, 2.0 / 27);
		double signal = plain_smooth(line, 25, i, 9, 0.2);
		struct ta_macd_value m = ta_macd(&macd, close_[i]);
		near(m.line, line[i], 1e-9, "macd", i);
		near(m.signal, signal, 1e-9, "macd signal", i);
		near(m.histogram, line[i] - signal, 1e-9, "macd histogram", i);

		raw[i] = plain_raw_k(i, 14);
		k[i] = plain_mean(raw, i, 3);
		struct ta_stoch_value s = ta_stoch(&stoch, high[i], low[i], close_[i]);
		near(s.raw, raw[i], 1e-7, "raw k", i);
		near(s.k, k[i], 1e-7, "k", i);
		near(s.d, plain_mean(k, i, 3), 1e-7, "d", i);

		struct ta_donchian_value d = ta_donchian(&don, high[i], low[i]);
		near(d.upper, extreme(high, i, 20, 1.0), 0.0, "upper", i);
		near(d.lower, extreme(low, i, 20, -1.0), 0.0, "lower", i);
		near(d.upper_before, i > 0 ? extreme(high, i - 1, 20, 1.0) : TA_NONE, 0.0,
		     "upper before", i);
		near(d.lower_before, i > 0 ? extreme(low, i - 1, 20, -1.0) : TA_NONE, 0.0,
		     "lower before", i);

		if (i > 0 && close_[i] != close_[i - 1])
			on += close_[i] > close_[i - 1] ? volume[i] : -volume[i];
		near(ta_obv(&obv, close_[i], volume[i]), on, 0.0, "obv", i);
	}
}

void test_ta_vwap(void)
{
	static struct ta_vwap s;

	walk(check_seed() + 2);
	ta_vwap_init(&s);
	for (int i = 0; i < BARS; i++) {
		double pv = 0.0, v = 0.0, square = 0.0;
		for (int k = i / 50 * 50; k <= i; k++) {
			pv += close_[k] * volume[k];
			v += volume[k];
		}
		for (int k = i / 50 * 50; k <= i; k++)
			square += volume[k] * (close_[k] - pv / v) * (close_[k] - pv / v);
		struct ta_vwap_value got = ta_vwap(&s, i / 50, close_[i], volume[i]);
		near(got.vwap, v > 0.0 ? pv / v : TA_NONE, 1e-9, "vwap", i);
		near(got.deviation, v > 0.0 ? sqrt(square / v) : TA_NONE, 1e-6, "its deviation", i);
	}
}

/* Flat after anything: exactly 0, and no value where 0 would be divided by 0. */
void test_ta_flat_is_exactly_flat(void)
{
	static const double prices[] = { 0.1, 18.07, 123.45, 0.0003, 531.69, 1e6 / 3.0 };

	for (size_t p = 0; p < COUNT(prices); p++)
		for (int n = 1; n <= 200; n += n < 30 ? 1 : 17) {
			static struct ta_bollinger bb;
			static struct ta_zscore z;
			static struct ta_sma sma;
			ta_bollinger_init(&bb, n, 2.0);
			ta_zscore_init(&z, n);
			ta_sma_init(&sma, n);
			for (int i = 0; i < 300; i++) {
				double x = i < 90 ? prices[p] * (1.0 + 0.01 * (i % 7)) : prices[p];
				struct ta_bollinger_value v = ta_bollinger(&bb, x);
				double score = ta_zscore(&z, x), mean = ta_sma(&sma, x);
				if (i < 90 + n - 1)
					continue;
				CHECK(v.deviation == 0.0 && v.upper == prices[p] &&
				      v.lower == prices[p], "flat bands of %d at %g", n, prices[p]);
				CHECK(isnan(score) && isnan(v.position), "no z-score");
				CHECK(mean == prices[p], "the mean is the price");
			}
		}
}

void test_ta_nothing_over_nothing(void)
{
	static struct ta_rsi rsi;
	static struct ta_stoch stoch;
	static struct ta_volume_ratio vr;
	static struct ta_atr atr;
	static struct ta_roc roc;
	static struct ta_ema ema;

	ta_rsi_init(&rsi, 14);
	ta_stoch_init(&stoch, 14, 3, 3);
	ta_volume_ratio_init(&vr, 20);
	ta_atr_init(&atr, 14);
	ta_roc_init(&roc, 10);
	ta_ema_init(&ema, 10);
	for (int i = 0; i < 60; i++) {
		double x = 18.07;
		double r = ta_rsi(&rsi, x), a = ta_atr(&atr, x, x, x), c = ta_roc(&roc, x);
		CHECK(isnan(r) && !(r < 30.0) && !(r > 70.0), "a flat price has no RSI");
		struct ta_stoch_value s = ta_stoch(&stoch, x, x, x);
		CHECK(isnan(s.raw) && isnan(s.k) && isnan(s.d), "nor a stochastic");
		CHECK(isnan(ta_volume_ratio(&vr, 0.0)), "nothing against nothing");
		CHECK(i < 14 ? isnan(a) : a == 0.0, "but a range of 0 is one");
		CHECK(i < 10 ? isnan(c) : c == 0.0, "and no change too");
		double e = ta_ema(&ema, x);
		CHECK(i < 9 ? isnan(e) : e == x, "a flat average is exactly the price");
		CHECK(isnan(ta_ema(&ema, TA_NONE)), "no value is passed over");
	}
	CHECK(ta_rsi(&rsi, 18.08) == 100.0, "one rise: all of it is gain");
}

/* Windows forget: begun later, they give the same bits. */
void test_ta_windows_leave_no_trace(void)
{
	static struct ta_bollinger a, b;
	static struct ta_stoch c, d;
	static struct ta_volume_ratio e, f;

	walk(check_seed() + 3);
	ta_bollinger_init(&a, 37, 2.0);
	ta_bollinger_init(&b, 37, 2.0);
	ta_stoch_init(&c, 14, 3, 3);
	ta_stoch_init(&d, 14, 3, 3);
	ta_volume_ratio_init(&e, 20);
	ta_volume_ratio_init(&f, 20);
	for (int i = 0; i < BARS; i++) {
		struct ta_bollinger_value u = ta_bollinger(&a, close_[i]), v = u;
		struct ta_stoch_value s = ta_stoch(&c, high[i], low[i], close_[i]), t = s;
		double r = ta_volume_ratio(&e, volume[i]), q = r;
		if (i >= 101) {
			v = ta_bollinger(&b, close_[i]);
			t = ta_stoch(&d, high[i], low[i], close_[i]);
			q = ta_volume_ratio(&f, volume[i]);
		}
		if (i < 150)
			continue;
		CHECK(u.deviation == v.deviation && u.middle == v.middle, "bands at %d", i);
		near(t.d, s.d, 0.0, "stochastic", i);
		near(q, r, 0.0, "volume ratio", i);
	}
}

void test_ta_bounds(void)
{
	static struct ta_zscore z;
	static struct ta_rsi rsi;
	double most = 0.0;

	walk(check_seed() + 4);
	ta_zscore_init(&z, 5);
	ta_rsi_init(&rsi, 2);
	for (int i = 0; i < BARS; i++) {
		double score = fabs(ta_zscore(&z, close_[i])), r = ta_rsi(&rsi, close_[i]);
		most = score > most ? score : most;
		CHECK(isnan(r) || (r >= 0.0 && r <= 100.0), "RSI in 0..100");
	}
	CHECK(most <= 2.0 + 1e-12, "a window of 5 has no z-score above 2, %g", most);
}
