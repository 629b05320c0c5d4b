#include "check.h"

#include <math.h>
#include <stdio.h>

#include "exchange/gen.h"

/* The habits of US equities, measured over 60 full sessions of generated bars. The seeds are
 * fixed: the bands are of what one sample of 60 sessions shows, and must not be a lottery. */
#define SESSIONS 60

struct sample {
	struct packed bar[SESSIONS][GEN_BARS];
	size_t n[SESSIONS];
	double move[SESSIONS][GEN_BARS];	/* NAN: no bar */
};

static void draw(struct sample *out, const char *name, uint64_t seed)
{
	struct gen_symbol g;
	struct session s;
	size_t k = 0;

	gen_symbol(&g, str_of(name));
	struct gen_state state = gen_begin(&g), common = gen_begin(NULL);
	for (day d = day_of(2024, 1, 2); k < SESSIONS; d++) {
		struct gen_factor f;

		if (!calendar_session(NULL, d, &s))
			continue;
		gen_factor(&f, common, seed, d, s.half);
		out->n[k] = gen_session(&g, state, &f, seed, &s, out->bar[k]);
		for (int i = 0; i < GEN_BARS; i++)
			out->move[k][i] = NAN;
		double last = out->bar[k][0].open;
		for (size_t i = 0; i < out->n[k]; i++) {
			const struct packed *b = &out->bar[k][i];
			size_t at = (b->minute - (uint32_t)(s.open / NS_MINUTE)) / 5;
			out->move[k][at] = log(b->close / last);
			last = b->close;
		}
		state = gen_after(&g, state, &f, seed, &s);
		common = f.after;
		k++;
	}
}

/* Moments of the moves of bars from..to-1. */
struct moments { double n, rms, kurtosis; };

static struct moments moments_of(const struct sample *s, int from, int to)
{
	double n = 0, two = 0, four = 0;

	for (int k = 0; k < SESSIONS; k++)
		for (int i = from; i < to; i++) {
			double x = s->move[k][i];
			if (isnan(x))
				continue;
			n++;
			two += x * x;
			four += x * x * x * x;
		}
	return (struct moments){ n, sqrt(two / n), four / n / (two / n * two / n) - 3.0 };
}

/* Correlation of a's bars with b's `lag` bars later; absolute values if asked. */
static double correlation(const struct sample *a, const struct sample *b, int lag, bool absolute,
			  double *beta)
{
	double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;

	for (int k = 0; k < SESSIONS; k++)
		for (int i = 0; i + lag < GEN_BARS; i++) {
			double u = a->move[k][i], v = b->move[k][i + lag];
			if (isnan(u) || isnan(v))
				continue;
			u = absolute ? fabs(u) : u;
			v = absolute ? fabs(v) : v;
			n++, x += u, y += v, xx += u * u, yy += v * v, xy += u * v;
		}
	double cov = xy / n - x / n * y / n, vx = xx / n - x / n * x / n;
	double vy = yy / n - y / n * y / n;
	if (beta != NULL)
		*beta = cov / vx;
	return cov / sqrt(vx * vy);
}

static double volume_share(const struct sample *s, int from, int to)
{
	double part = 0, all = 0;

	for (int k = 0; k < SESSIONS; k++)
		for (size_t i = 0; i < s->n[k]; i++) {
			int at = (int)(s->bar[k][i].minute - s->bar[k][0].minute) / 5;
			all += s->bar[k][i].volume;
			part += at >= from && at < to ? s->bar[k][i].volume : 0;
		}
	return 100.0 * part / all;
}

static void band(const char *what, const char *name, double v, double low, double high)
{
	CHECK(v >= low && v <= high, "%s of %s: %.4g, want %.4g to %.4g", what, name, v, low, high);
}

static struct sample one, spy;

static void check_stock(const char *name, uint64_t seed, double sd_bp, double least, double most,
			double beta_low, double beta_high)
{
	double beta;

	draw(&one, name, seed);
	struct moments all = moments_of(&one, 0, GEN_BARS);
	struct moments later = moments_of(&one, 6, GEN_BARS);
	band("bars", name, all.n, SESSIONS * GEN_BARS, SESSIONS * GEN_BARS);
	band("5-minute deviation, bp", name, all.rms * 1e4, sd_bp * 0.75, sd_bp * 1.3);
	band("excess kurtosis", name, all.kurtosis, 3.0, 45.0);
	band("excess kurtosis from 10:00 on", name, later.kurtosis, 0.8, 20.0);
	band("autocorrelation", name, correlation(&one, &one, 1, false, NULL), -0.08, 0.08);
	band("clustering, 1 bar", name, correlation(&one, &one, 1, true, NULL), 0.14, 0.40);
	band("clustering, 6 bars", name, correlation(&one, &one, 6, true, NULL), 0.06, 0.32);
	band("correlation with SPY", name, correlation(&spy, &one, 0, false, &beta), least, most);
	band("beta", name, beta, beta_low, beta_high);
	band("volatility of the first half-hour", name, moments_of(&one, 0, 6).rms / all.rms,
	     1.8, 2.5);
	band("volatility at noon", name, moments_of(&one, 18, 54).rms / all.rms, 0.62, 0.88);
	band("volatility of the last half-hour", name, moments_of(&one, 72, 78).rms / all.rms,
	     0.7, 1.2);
	band("volume of the first half-hour, %", name, volume_share(&one, 0, 6), 13, 21);
	band("volume of the last half-hour, %", name, volume_share(&one, 72, 78), 13, 22);
	band("volume of a noon half-hour, %", name, volume_share(&one, 18, 54) / 6, 4.5, 6.3);
}

void test_gen_habits_of_the_market(void)
{
	for (uint64_t seed = 1; seed <= 5; seed++) {
		draw(&spy, "SPY", seed);
		struct moments all = moments_of(&spy, 0, GEN_BARS);
		band("5-minute deviation, bp", "SPY", all.rms * 1e4, 5.3, 10.5);
		band("excess kurtosis", "SPY", all.kurtosis, 1.5, 25.0);
		band("clustering, 1 bar", "SPY", correlation(&spy, &spy, 1, true, NULL),
		     0.12, 0.42);
		band("volatility of the first half-hour", "SPY",
		     moments_of(&spy, 0, 6).rms / all.rms, 1.15, 1.75);
		band("volume of the last half-hour, %", "SPY", volume_share(&spy, 72, 78), 16, 26);
		check_stock("AAPL", seed, 14.3, 0.35, 0.72, 0.8, 1.35);
		check_stock("MSFT", seed, 12.7, 0.45, 0.80, 0.85, 1.4);
		check_stock("TSLA", seed, 23.5, 0.2, 0.58, 0.8, 1.7);
		check_stock("KO", seed, 9.3, -0.05, 0.3, -0.1, 0.4);
	}
}

/* High minus low is about twice the absolute move, as of a path; days have gaps. */
void test_gen_ranges_and_gaps(void)
{
	double range = 0, absolute = 0, gaps = 0, large = 0, days = 0;

	for (uint64_t seed = 1; seed <= 8; seed++) {
		draw(&one, "AAPL", seed);
		for (int k = 0; k < SESSIONS; k++) {
			for (size_t i = 0; i < one.n[k]; i++) {
				const struct packed *b = &one.bar[k][i];
				range += log((double)b->high / b->low);
				absolute += fabs(one.move[k][i]);
			}
			if (k == 0)
				continue;
			double gap = log((double)one.bar[k][0].open / one.bar[k - 1][77].close);
			gaps += gap * gap;
			large += fabs(gap) > 0.035;
			days++;
		}
	}
	band("range over absolute move", "AAPL", range / absolute, 1.7, 2.05);
	band("overnight deviation, %", "AAPL", 100 * sqrt(gaps / days), 0.7, 1.4);
	band("jumps a year", "AAPL", 252 * large / days, 1, 7);
}

void test_gen_thin_names_have_holes(void)
{
	size_t bars = 0;
	double range = 0;

	draw(&one, "AZO", 1);
	for (int k = 0; k < SESSIONS; k++) {
		bars += one.n[k];
		for (size_t i = 0; i < one.n[k]; i++)
			range += log((double)one.bar[k][i].high / one.bar[k][i].low);
	}
	band("bars present", "AZO", (double)bars / (SESSIONS * GEN_BARS), 0.45, 0.85);
	band("mean range, bp", "AZO", 1e4 * range / (double)bars, 6, 15);
	band("autocorrelation", "AZO", correlation(&one, &one, 1, false, NULL), -0.2, 0.0);
	band("volume of the last half-hour, %", "AZO", volume_share(&one, 72, 78), 25, 50);
}

void test_gen_bars_are_bars(void)
{
	static const char *const names[] = {
		"SPY", "AAPL", "AZO", "PENNY", "ZZZ", "A", "BRK.B", "INTC", "MTD"
	};

	for (size_t k = 0; k < COUNT(names); k++) {
		draw(&one, names[k], 9);
		for (int d = 0; d < SESSIONS; d++)
			for (size_t i = 0; i < one.n[d]; i++) {
				struct bar b = packed_bar(&one.bar[d][i], 5, 0);
				CHECK(bar_valid(&b), "%s: day %d bar %zu", names[k], d, i);
				CHECK(on_tick(b.open) && on_tick(b.high) && on_tick(b.low) &&
				      on_tick(b.close), "%s: on the grid", names[k]);
				CHECK(b.volume >= 1.0, "%s: somebody traded", names[k]);
				CHECK(i == 0 || one.bar[d][i].minute > one.bar[d][i - 1].minute,
				      "%s: in order", names[k]);
			}
	}
}

/* Any session again from the state before it, whatever else was drawn between. */
void test_gen_random_access(void)
{
	struct gen_symbol g;
	struct gen_state state[20], common[20];
	struct packed bars[20][GEN_BARS], again[GEN_BARS];
	struct gen_factor f;
	struct session s;
	day dates[20], d = day_of(2024, 11, 18);

	gen_symbol(&g, STR("AAPL"));
	state[0] = gen_begin(&g);
	common[0] = gen_begin(NULL);
	for (size_t k = 0; k < 20; d++) {
		if (!calendar_session(NULL, d, &s))
			continue;
		dates[k] = d;
		gen_factor(&f, common[k], 3, d, s.half);
		size_t n = gen_session(&g, state[k], &f, 3, &s, bars[k]);
		CHECK_INT(n, s.half ? 42 : 78, "a session's bars");
		if (k + 1 < 20) {
			state[k + 1] = gen_after(&g, state[k], &f, 3, &s);
			common[k + 1] = f.after;
		}
		k++;
	}
	for (int k = 19; k >= 0; k--) {
		(void)calendar_session(NULL, dates[k], &s);
		gen_factor(&f, common[k], 3, dates[k], s.half);
		size_t n = gen_session(&g, state[k], &f, 3, &s, again);
		CHECK(memcmp(again, bars[k], n * sizeof(again[0])) == 0, "session %d again", k);
	}
}

/* A session's last close is what the next one starts from. */
void test_gen_days_hang_together(void)
{
	double worst = 0;

	draw(&one, "AAPL", 4);
	for (int k = 1; k < SESSIONS; k++) {
		double gap = fabs(log((double)one.bar[k][0].open / one.bar[k - 1][77].close));
		worst = gap > worst ? gap : worst;
	}
	CHECK(worst < 0.25, "no gap is larger than news make it: %.3f", worst);
}

/* The same seed gives the same bytes on every machine: 200 bars, as they were. */
void test_gen_golden(void)
{
	FILE *f = fopen(check_golden("exchange_gen.txt"), "r");
	char line[128], want[128];

	if (!CHECK(f != NULL, "the golden bars are there"))
		return;
	draw(&one, "AAPL", 42);
	draw(&spy, "AZO", 42);
	for (int i = 0; i < 200 && fgets(want, sizeof(want), f) != NULL; i++) {
		const struct sample *s = i % 2 == 0 ? &one : &spy;
		const struct packed *b = &s->bar[i % 53][i % 37];
		(void)snprintf(line, sizeof(line), "%u %u %u %u %u %u\n", b->minute, b->open,
			       b->high, b->low, b->close, b->volume);
		CHECK_TEXT(line, want, "bar %d", i);
	}
	CHECK(fgets(want, sizeof(want), f) == NULL, "all of them");
	(void)fclose(f);
}
