/* chart_frames.c: bars of longer frames, against a naive builder that looks at all minutes anew. */
#include <stdio.h>
#include <stdlib.h>

#include "test/unit/chart_rig.h"

static struct rig one, two;
static struct bar market[RIG_MINUTES], longer[RIG_MINUTES];

struct grid { const char *frame; int minutes; bool clock; };

static const struct grid grids[] = {
	{ "5m", 5, false }, { "15m", 15, false }, { "60m", 60, false }, { "60m clock", 60, true },
	{ "1d", 0, false },
};
#define GRIDS ((uint32_t)COUNT(grids))

static const char *const texts[] = {
	"tf(5m, open)", "tf(5m, high)", "tf(5m, low)", "tf(5m, close)", "tf(5m, volume)",
	"tf(15m, open)", "tf(15m, high)", "tf(15m, low)", "tf(15m, close)", "tf(15m, volume)",
	"tf(60m, open)", "tf(60m, high)", "tf(60m, low)", "tf(60m, close)", "tf(60m, volume)",
	"tf(60m clock, open)", "tf(60m clock, high)", "tf(60m clock, low)", "tf(60m clock, close)",
	"tf(60m clock, volume)",
	"tf(1d, open)", "tf(1d, high)", "tf(1d, low)", "tf(1d, close)",
};

/* End of the frame's slice in which the minute lies. */
static ns slice_end(const struct grid *g, const struct bar *minute)
{
	struct session s;

	CHECK(calendar_session(NULL, ny_date(minute->open_ts), &s), "a session");
	if (g->minutes == 0)
		return s.close;
	ns end = g->clock ? s.open - 30 * NS_MINUTE : s.open;
	while (end <= minute->open_ts)
		end += g->minutes * NS_MINUTE;
	return end < s.close ? end : s.close;
}

/* The newest bar of the frame at `now`, out of all minutes of symbol 0 up to then. */
static bool naive(const struct grid *g, size_t n, ns now, struct bar *out)
{
	static struct bar in[400];
	size_t k = 0;
	ns end = 0;

	for (size_t i = n; i-- > 0;) {
		ns at;
		if (market[i].sym != 0 || (at = slice_end(g, &market[i])) > now)
			continue;
		if (end == 0)
			end = at;
		if (at != end)
			break;
		k++;
	}
	if (k == 0)
		return false;
	size_t all = k;
	for (size_t i = n; i-- > 0 && k > 0;)
		if (market[i].sym == 0 && slice_end(g, &market[i]) == end)
			in[--k] = market[i];
	*out = rig_join(in, all, end - NS_MINUTE, end);
	return true;
}

static bool compare(uint32_t i, size_t n, ns now)
{
	struct bar b = { 0 };
	bool there = naive(&grids[i], n, now, &b);
	double want[5] = { px_f64(b.open), px_f64(b.high), px_f64(b.low), px_f64(b.close),
			   b.volume };

	for (uint32_t k = 0; k < 5 && i * 5 + k < COUNT(texts); k++) {
		double got = rig_value(&one, 0, i * 5 + k);
		if (!CHECK(there ? rig_same(got, want[k]) : isnan(got), "%s is %.12g, not %.12g",
			   texts[i * 5 + k], there ? want[k] : TA_NONE, got))
			return false;
	}
	return true;
}

/* Three days and a half one, an open market and its gaps. */
void test_chart_frames_naive(void)
{
	static const int days[] = { 0, 149 };	/* 2025-07-03 is a half day */

	for (size_t d = 0; d < COUNT(days); d++) {
		size_t n = rig_market(market, days[d], 3, 1, false, 31 + d);
		uint32_t compared = 0;
		rig_texts(&one, 60, texts, COUNT(texts), 1, false);
		for (size_t i = 0; i < n; i++) {
			rig_feed(&one, &market[i]);
			chart_close(one.chart);
			rig_walk(&one);
			for (uint32_t g = 0; g < GRIDS; g++)
				if (!compare(g, i + 1, market[i].ts))
					i = n;
			compared++;
		}
		CHECK(compared > 500, "compared at %u minutes", compared);
		rig_end(&one);
	}
}

/* Days before, as days and as quarters of an hour, then minutes: as if all had been minutes. */
void test_chart_frames_longer_history(void)
{
	static const char *const some[] = {
		"tf(15m, ema(5))", "tf(15m, rsi(14))", "tf(60m, ema(3))", "tf(60m, sma(5))",
		"tf(1d, close)", "tf(1d, ema(2))", "tf(15m, high)[7]", "tf(60m, volume)",
		"tf(15m, bench(close))", "bench(tf(60m, low))", "ema(9)", "vwap",
	};
	static const sym names[] = { 0, RIG_BENCH };
	size_t n = rig_market(market, 0, 5, 1, true, 77);
	ns seam = rig_time(4, 97 / 15 * 15);
	ns recent = rig_time(4, 0);

	rig_texts(&one, 60, some, COUNT(some), 1, true);
	rig_texts(&two, 60, some, COUNT(some), 1, true);
	for (size_t i = 0; i < n && market[i].open_ts < seam; i++) {
		if (i > 0 && market[i].open_ts > market[i - 1].open_ts)
			rig_walk(&one);
		rig_history(&one, &market[i]);
	}
	for (size_t k = 0; k < COUNT(names); k++) {
		size_t bars = rig_longer(longer, market, n, names[k], 15);
		size_t minutes = 0;
		for (size_t i = 0; i < bars && longer[i].ts <= seam; i++)
			rig_history(&two, &longer[i]);
		bars = rig_longer(longer, market, n, names[k], 390);
		for (size_t i = 0; i < bars && longer[i].ts <= recent; i++) {
			longer[i].open_ts = ny_time(ny_date(longer[i].open_ts), 0, 0);
			longer[i].ts = longer[i].open_ts + NS_DAY;
			rig_history(&two, &longer[i]);
		}
		for (size_t i = 0; i < n && market[i].open_ts < seam; i++)
			if (market[i].sym == names[k] && market[i].open_ts >= recent) {
				rig_history(&two, &market[i]);
				minutes++;
			}
		CHECK(minutes > 60, "the newest %zu minutes are given as minutes", minutes);
	}
	rig_walk(&one);
	rig_walk(&two);
	uint32_t compared = 0;
	for (size_t i = 0; i < n; i++) {
		if (market[i].open_ts < seam)
			continue;
		rig_feed(&one, &market[i]);
		rig_feed(&two, &market[i]);
		for (uint32_t k = 0; k < COUNT(some); k++) {
			double a = rig_value(&one, 0, k), b = rig_value(&two, 0, k);
			/* Its own minutes begin later. */
			if (k < 10 && !CHECK(rig_same(a, b), "%s is %.12g, not %.12g", some[k], a,
					     b))
				i = n - 1;
		}
		compared++;
	}
	CHECK(compared > 300, "compared at %u minutes", compared);
	rig_end(&one);
	rig_end(&two);
}

/* More minutes than there is room for: what longer frames make of them is the same. */
void test_chart_frames_long_history(void)
{
	static const char *const some[] = { "tf(5m, ema(21))", "tf(15m, rsi(14))",
		"tf(60m, sma(9))", "tf(5m, highest(high, 20))", "rsi(5)" };
	size_t n = rig_market(market, 0, 5, 1, false, 78);

	rig_texts(&one, 60, some, COUNT(some), 1, false);
	rig_texts(&two, 60, some, COUNT(some), 1, false);
	for (size_t i = 0; i < n; i++) {
		rig_history(&one, &market[i]);
		rig_walk(&one);
		rig_history(&two, &market[i]);
	}
	CHECK(rig_walk(&two) < 900, "the newest are walked over");
	n = rig_market(market, 5, 3, 1, false, 78);
	for (size_t i = 0; i < n; i++) {
		rig_feed(&one, &market[i]);
		rig_feed(&two, &market[i]);
		for (uint32_t k = 0; k < COUNT(some); k++) {
			double a = rig_value(&one, 0, k), b = rig_value(&two, 0, k);
			/* What never forgets began later, but long ago. */
			if (!CHECK(fabs(a - b) < 1e-6, "%s is %.17g, not %.17g", some[k], a, b))
				i = n - 1;
		}
	}
	rig_end(&one);
	rig_end(&two);
}

void test_chart_frames_history_that_is_there(void)
{
	static const char *const some[] = { "tf(15m, close)", "tf(15m, close)[1]" };
	struct bar b;

	rig_texts(&one, 60, some, 2, 1, false);
	for (int m = 0; m < 20; m++) {
		b = rig_flat(0, rig_time(0, m), rig_time(0, m + 1), 100 + m, 0);
		rig_feed(&one, &b);
	}
	chart_close(one.chart);
	rig_walk(&one);
	b = rig_flat(0, rig_time(0, 0), rig_time(0, 15), 1, BAR_WARMUP);
	CHECK_INT(chart_take(one.chart, &b, 0), CHART_CLOSED, "longer history of times that are");
	CHECK(rig_value(&one, 0, 0) == 114, "there changes nothing");
	b = rig_flat(0, rig_time(0, 0), rig_time(0, 60), 1, BAR_WARMUP);
	CHECK_INT(chart_take(one.chart, &b, 0), CHART_ODD, "bars that fit no frame are refused");
	b = rig_flat(0, rig_time(0, 5), rig_time(0, 20), 1, BAR_WARMUP);
	CHECK_INT(chart_take(one.chart, &b, 0), CHART_ODD, "so are those across two of its bars");
	rig_end(&one);
}

void test_chart_frames_at_the_open(void)
{
	static const char *const some[] = { "tf(60m, close)", "tf(1d, close)" };
	struct bar b;

	rig_texts(&one, 60, some, 2, 1, false);
	for (int m = 0; m < 390; m++) {
		b = rig_flat(0, rig_time(0, m), rig_time(0, m + 1), 100 + m, 0);
		rig_feed(&one, &b);
		chart_close(one.chart);
		rig_walk(&one);
		CHECK(m == 389 || isnan(rig_value(&one, 0, 1)), "a day closes with its session");
	}
	CHECK(rig_value(&one, 0, 0) == 489, "the half hour before the close is a bar");
	CHECK(rig_value(&one, 0, 1) == 489, "and so is the day, at its close");
	b = rig_flat(0, rig_time(1, 0), rig_time(1, 1), 200, 0);
	rig_feed(&one, &b);
	chart_close(one.chart);
	rig_walk(&one);
	CHECK(rig_value(&one, 0, 0) == 489, "at the open they are the newest");
	CHECK(rig_value(&one, 0, 1) == 489, "still");
	rig_end(&one);
}

/* On a Monday the newest day of both is Friday's, and neither is old. */
void test_chart_frames_benchmark_after_a_weekend(void)
{
	static const char *const some[] = { "tf(1d, close / bench(close))",
					    "tf(1d, bench(close))" };

	rig_texts(&one, 3600, some, 2, 1, true);
	for (int i = 0; i < 24; i++) {
		int d = i < 12 ? 4 : 7, hour = i % 12 / 2;	/* Friday, Monday */
		ns begin = rig_time(d, hour * 60), end = rig_time(d, hour * 60 + 60);
		struct bar b = i % 2 > 0 ? rig_flat(0, begin, end, 50, 0) :
			rig_flat(RIG_BENCH, begin, end, 100, 0);
		rig_history(&one, &b);
	}
	rig_walk(&one);
	CHECK(rig_value(&one, 0, 0) == 0.5, "the stock's day over the benchmark's of that date");
	CHECK(rig_value(&one, 0, 1) == 100, "and the benchmark's alone");
	rig_end(&one);
}

/* Bars as they are: any spacing, nights and holidays; a frame's bars on the clock. */
void test_chart_frames_raw(void)
{
	static const char *const some[] = { "close", "sma(3)", "tf(15m, close)", "tf(1d, close)" };

	rig_texts(&one, 60, some, 4, 1, false);
	one.config.raw = true;
	rig_again(&one);
	for (int i = 0; i < 600; i++) {
		ns t = day_of(2024, 12, 24) * NS_DAY + i * 5 * NS_MINUTE;
		struct bar b = rig_flat(0, t, t + 5 * NS_MINUTE, 100 + i, 0);
		CHECK_INT(chart_take(one.chart, &b, 0), CHART_CLOSED, "each is a bar");
		CHECK_INT(chart_take(one.chart, &b, 0), CHART_OLD, "once");
		CHECK_INT(rig_walk(&one), 1, "by itself");
		CHECK(rig_value(&one, 0, 0) == 100 + i, "its close");
		CHECK(i < 2 || rig_value(&one, 0, 1) == 99 + i, "the mean");
		double want = i < 2 ? TA_NONE : 100 + (i + 1) / 3 * 3 - 1;
		CHECK(rig_same(rig_value(&one, 0, 2), want), "the quarter, %g", want);
		/* 05:00 UTC is New York's midnight. */
		int night = 60 + 288 * ((i + 1 - 60) / 288);
		want = i + 1 < 60 ? TA_NONE : 100 + night - 1;
		CHECK(rig_same(rig_value(&one, 0, 3), want), "the day, %g", want);
	}
	rig_end(&one);
}

static int read_row(FILE *f, struct bar *b, int minutes)
{
	double v[5];
	long long t;

	if (fscanf(f, "%lld,%lf,%lf,%lf,%lf,%lf%*[^\n]", &t, v, v + 1, v + 2, v + 3, v + 4) != 6)
		return 0;
	*b = rig_flat(0, t * NS_SECOND, t * NS_SECOND + minutes * NS_MINUTE, 1, 0);
	b->open.n = (int64_t)(v[0] * 1e9 + 0.5);
	b->high.n = (int64_t)(v[1] * 1e9 + 0.5);
	b->low.n = (int64_t)(v[2] * 1e9 + 0.5);
	b->close.n = (int64_t)(v[3] * 1e9 + 0.5);
	b->volume = v[4];
	return 1;
}

static FILE *open_vectors(const char *name)
{
	char path[512];
	const char *dir = getenv("GAMBLER_VECTORS");

	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "r");
	CHECK(f != NULL, "%s can be read", path);
	if (f != NULL)
		CHECK(fscanf(f, "%*[^\n]") == 0, "it has a header");
	return f;
}

/* Somebody else's bars of the same minutes, where the folder GAMBLER_VECTORS is at hand. */
void test_chart_frames_vectors(void)
{
	static const struct { const char *file; uint32_t grid; int minutes; } files[] = {
		{ "dev_intraday.bars_5min_session.csv", 0, 5 },
		{ "dev_intraday.bars_15min_session.csv", 1, 15 },
		{ "dev_intraday.bars_60min_session.csv", 2, 60 },
		{ "dev_intraday.bars_60min_clock.csv", 3, 60 },
	};
	struct bar b;
	size_t n = 0;

	if (getenv("GAMBLER_VECTORS") == NULL)
		return;
	FILE *f = open_vectors("dev_intraday.csv");
	for (; f != NULL && read_row(f, &market[n], 1); n++)
		;
	CHECK(n > 1000, "%zu minutes were read", n);
	fclose(f);
	for (size_t k = 0; k < COUNT(files); k++) {
		uint32_t got = 0, rows = 0;
		double last = 0, open = 0;
		f = open_vectors(files[k].file);
		rig_texts(&one, 60, texts, COUNT(texts), 1, false);
		for (size_t i = 0; i < n; i++) {
			rig_feed(&one, &market[i]);
			chart_close(one.chart);
			rig_walk(&one);
			double v[5];
			for (uint32_t c = 0; c < 5; c++)
				v[c] = rig_value(&one, 0, files[k].grid * 5 + c);
			if (isnan(v[0]) || (v[4] == last && v[0] == open))
				continue;
			last = v[4];
			open = v[0];
			got++;
			if (!CHECK(read_row(f, &b, 60), "%s has a row for it", files[k].file))
				break;
			CHECK(v[0] == px_f64(b.open) && v[1] == px_f64(b.high) &&
			      v[2] == px_f64(b.low) && v[3] == px_f64(b.close) && v[4] == b.volume,
			      "%s: bar %u is theirs", files[k].file, got);
		}
		for (rows = got; read_row(f, &b, 60); rows++)
			;
		CHECK_INT(got, rows, "%s has as many rows", files[k].file);
		fclose(f);
		rig_end(&one);
	}
}
