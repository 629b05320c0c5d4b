#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "ta/ta.h"

/* One of everything, fed alike; values are found by their column's name. */
struct all {
	struct ta_sma sma5, sma20, sma50;
	struct ta_ema ema12, ema20, ema26;
	struct ta_rma rma14;
	struct ta_rsi rsi14, rsi2;
	struct ta_stdev stdev20;
	struct ta_zscore zscore20;
	struct ta_bollinger bb2, bb25;
	struct ta_roc roc10;
	struct ta_atr atr14;
	struct ta_macd macd;
	struct ta_stoch stoch;
	struct ta_donchian don20;
	struct ta_obv obv;
	struct ta_volume_ratio ratio20;
	struct ta_vwap vwap;
};

struct value { const char *name, *other; double v, within; };

static void init(struct all *a)
{
	ta_sma_init(&a->sma5, 5);
	ta_sma_init(&a->sma20, 20);
	ta_sma_init(&a->sma50, 50);
	ta_ema_init(&a->ema12, 12);
	ta_ema_init(&a->ema20, 20);
	ta_ema_init(&a->ema26, 26);
	ta_rma_init(&a->rma14, 14);
	ta_rsi_init(&a->rsi14, 14);
	ta_rsi_init(&a->rsi2, 2);
	ta_stdev_init(&a->stdev20, 20);
	ta_zscore_init(&a->zscore20, 20);
	ta_bollinger_init(&a->bb2, 20, 2.0);
	ta_bollinger_init(&a->bb25, 20, 2.5);
	ta_roc_init(&a->roc10, 10);
	ta_atr_init(&a->atr14, 14);
	ta_macd_init(&a->macd, 12, 26, 9);
	ta_stoch_init(&a->stoch, 14, 3, 3);
	ta_donchian_init(&a->don20, 20);
	ta_obv_init(&a->obv);
	ta_volume_ratio_init(&a->ratio20, 20);
	ta_vwap_init(&a->vwap);
}

static size_t feed(struct all *a, int64_t session, double h, double l, double c, double v,
		   struct value out[static 64])
{
	struct ta_bollinger_value b2 = ta_bollinger(&a->bb2, c), b = ta_bollinger(&a->bb25, c);
	struct ta_macd_value m = ta_macd(&a->macd, c);
	struct ta_stoch_value s = ta_stoch(&a->stoch, h, l, c);
	struct ta_donchian_value d = ta_donchian(&a->don20, h, l);
	struct ta_vwap_value w = ta_vwap(&a->vwap, session, (h + l + c) / 3.0, v);
	double p = 1e-9 * c;
	struct value all[] = {
		{ "sma_5", "", ta_sma(&a->sma5, c), p },
		{ "sma_20", "sma20", ta_sma(&a->sma20, c), p },
		{ "sma_50", "", ta_sma(&a->sma50, c), p },
		{ "ema_12", "ema12", ta_ema(&a->ema12, c), p },
		{ "ema_20", "", ta_ema(&a->ema20, c), p },
		{ "ema_26", "", ta_ema(&a->ema26, c), p },
		{ "rma_14", "rma14", ta_rma(&a->rma14, c), p },
		{ "rsi_14", "rsi14", ta_rsi(&a->rsi14, c), 1e-7 },
		{ "rsi_2", "", ta_rsi(&a->rsi2, c), 1e-7 },
		{ "stdev_pop_20", "stdev20", ta_stdev(&a->stdev20, c), p },
		{ "zscore_pop_20", "zscore20", ta_zscore(&a->zscore20, c), 1e-7 },
		{ "bb_20_2_upper", "", b2.upper, p }, { "bb_20_2_lower", "", b2.lower, p },
		{ "bb_20_2_pctb", "", b2.position, 1e-7 },
		{ "bb_20_2_width", "", b2.width, 1e-7 },
		{ "bb_20_2.5_upper", "upper2.5", b.upper, p },
		{ "bb_20_2.5_middle", "", b.middle, p }, { "bb_20_2.5_lower", "", b.lower, p },
		{ "roc_10", "roc10", ta_roc(&a->roc10, c), 1e-7 },
		{ "atr_14@talib", "atr14", ta_atr(&a->atr14, h, l, c), p },
		{ "macd_12_26_9_line@tv", "macd", m.line, p },
		{ "macd_12_26_9_signal@tv", "signal", m.signal, p },
		{ "macd_12_26_9_hist@tv", "", m.histogram, p },
		{ "stochf_k_14", "", s.raw, 1e-7 },
		{ "stoch_14_3_3_k", "k", s.k, 1e-7 }, { "stoch_14_3_3_d", "d", s.d, 1e-7 },
		{ "donchian_20_upper", "top20", d.upper, p },
		{ "donchian_20_lower", "", d.lower, p }, { "donchian_20_middle", "", d.middle, p },
		{ "donchian_20_upper_prev", "", d.upper_before, p },
		{ "donchian_20_lower_prev", "", d.lower_before, p },
		{ "obv_from_zero", "obv", ta_obv(&a->obv, c, v), 1e-3 },
		{ "volume_ratio_prev_20", "ratio20", ta_volume_ratio(&a->ratio20, v), 1e-7 },
		{ "vwap_hlc3_rth", "vwap40", w.vwap, p },
	};

	memcpy(out, all, sizeof(all));
	return COUNT(all);
}

/* Splits a line at `at` in place; returns how many pieces. */
static size_t pieces(char *line, char at, char *out[static 128])
{
	size_t n = 0;

	line[strcspn(line, "\r\n")] = '\0';
	for (char *p = line; p != NULL && n < 128;) {
		out[n++] = p;
		p = strchr(p, at);
		if (p != NULL)
			*p++ = '\0';
	}
	return n;
}

static size_t compare(char **names, char **want, size_t n, const struct value *got, size_t m,
		      int row)
{
	size_t compared = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < m; k++) {
			if (strcmp(names[i], got[k].name) != 0 &&
			    strcmp(names[i], got[k].other) != 0)
				continue;
			compared++;
			char *end;
			double w = strtod(want[i], &end);
			if (end == want[i] || *end != '\0')	/* empty, "-", "undef" */
				CHECK(isnan(got[k].v), "%s in row %d: %g, want no value", names[i],
				      row, got[k].v);
			else
				CHECK(fabs(got[k].v - w) <= got[k].within,
				      "%s in row %d: %.12g, want %.12g", names[i], row,
				      got[k].v, w);
		}
	return compared;
}

void test_ta_golden(void)
{
	static struct all a;
	struct value got[64];
	char names_line[400], line[1000], *names[128], *want[128];
	FILE *f = fopen(check_golden("ta_indicators.txt"), "r");
	int row = 0;

	if (!CHECK(f != NULL, "the golden values are there"))
		return;
	(void)!fgets(line, sizeof(line), f);
	(void)!fgets(names_line, sizeof(names_line), f);
	size_t n = pieces(names_line + 2, ' ', names);
	init(&a);
	for (; fgets(line, sizeof(line), f) != NULL; row++) {
		CHECK_INT(pieces(line, ' ', want), n, "columns of row %d", row);
		size_t m = feed(&a, row / 40, strtod(want[0], NULL), strtod(want[1], NULL),
				strtod(want[2], NULL), strtod(want[3], NULL), got);
		CHECK_INT(compare(names, want, n, got, m, row), n - 4, "columns compared");
	}
	CHECK_INT(row, 120, "bars");
	(void)fclose(f);
}

/* Against a directory of reference vectors, <series>.csv (time, open, high, low, close,
 * volume) beside <series>.ref.csv with a column for each indicator. */
static void series(const char *dir, const char *name, size_t least)
{
	static struct all a;
	static char bar[1000], names_line[4000], line[8000];
	char path[600], *bars[128], *names[128], *want[128];
	struct value got[64];
	size_t compared = 0;
	int row = 0;

	(void)snprintf(path, sizeof(path), "%s/%s.csv", dir, name);
	FILE *in = fopen(path, "r");
	(void)snprintf(path, sizeof(path), "%s/%s.ref.csv", dir, name);
	FILE *ref = fopen(path, "r");
	if (CHECK(in != NULL && ref != NULL, "%s", path)) {
		(void)!fgets(bar, sizeof(bar), in);
		(void)!fgets(names_line, sizeof(names_line), ref);
		size_t n = pieces(names_line, ',', names);
		init(&a);
		for (; fgets(bar, sizeof(bar), in) && fgets(line, sizeof(line), ref); row++) {
			CHECK_INT(pieces(line, ',', want), n, "columns of row %d", row);
			(void)pieces(bar, ',', bars);
			int64_t session = (strtoll(bars[0], NULL, 10) - 4 * 3600) / 86400;
			size_t m = feed(&a, session, strtod(bars[2], NULL), strtod(bars[3], NULL),
					strtod(bars[4], NULL), strtod(bars[5], NULL), got);
			compared += compare(names, want, n, got, m, row);
		}
		CHECK(compared >= least, "%s: %zu values compared", name, compared);
	}
	if (in != NULL)
		(void)fclose(in);
	if (ref != NULL)
		(void)fclose(ref);
}

void test_ta_vectors(void)
{
	const char *dir = getenv("GAMBLER_VECTORS");

	if (dir == NULL || dir[0] == '\0')
		return;
	series(dir, "dev_daily", 600 * 30);
	series(dir, "dev_intraday", 1170 * 30);
	series(dir, "dev_constant", 60 * 15);
}
