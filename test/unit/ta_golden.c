/* The indicators against values that other programs have worked out. */
#include "ta_rig.h"

#define COLUMNS_MAX 100

/* Splits a line at `at` in place; returns how many pieces. */
static size_t pieces(char *line, char at, char *out[static COLUMNS_MAX])
{
	size_t n = 0;

	line[strcspn(line, "\r\n")] = '\0';
	for (char *p = line; p != NULL && n < COLUMNS_MAX;) {
		out[n++] = p;
		p = strchr(p, at);
		if (p != NULL)
			*p++ = '\0';
	}
	return n;
}

/* Levels and prices: a part of what they are; those of 0 to 100, ratios: in absolute terms. */
static double within(const struct ta_fn *fn, double want, double close)
{
	static const char *const oscillators[] = {
		"rsi", "stoch_k", "stoch_d", "stochf_k", "stochf_d", "mfi", "plus_di",
		"minus_di", "adx", "roc", "willr", "zscore", "bb_pctb", "bb_width", "cmf",
		"volume_ratio"
	};

	for (size_t i = 0; i < COUNT(oscillators); i++)
		if (strcmp(fn->name, oscillators[i]) == 0)
			return 1e-7;
	return 1e-9 * (fabs(want) > close ? fabs(want) : close);
}

/* An empty field and words ("-", "undef") stand for no value. */
static void compare(const struct rig *r, const char *where, uint32_t row, double got,
		    const char *want, double close)
{
	char *end;
	double w = strtod(want, &end);

	if (end == want || *end != '\0')
		CHECK(isnan(got), "%s of %s in row %u: %.12g, want no value", r->fn->name, where,
		      row, got);
	else
		CHECK(fabs(got - w) <= within(r->fn, w, close),
		      "%s of %s in row %u: %.15g, want %s", r->fn->name, where, row, got, want);
}

static void bar_of(struct rig_bars *b, uint32_t i, int64_t session, char **field)
{
	b->session[i] = session;
	b->high[i] = strtod(field[0], NULL);
	b->low[i] = strtod(field[1], NULL);
	b->close[i] = strtod(field[2], NULL);
	b->volume[i] = strtod(field[3], NULL);
}

void test_ta_golden(void)
{
	static struct rig_bars bars;
	static struct rig rig[COLUMNS_MAX];
	char name[40] = "", names_line[1000], line[2000], *names[COLUMNS_MAX], *want[COLUMNS_MAX];
	FILE *f = fopen(check_golden("ta_fn.txt"), "r");
	uint32_t rows = 0, row = 0;

	if (!CHECK(f != NULL, "the golden values are there"))
		return;
	(void)!fgets(line, sizeof(line), f);
	(void)!fgets(names_line, sizeof(names_line), f);
	size_t n = pieces(names_line + 2, ' ', names);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (line[0] == '=') {
			for (size_t k = 5; k < n; k++) {
				rig_close(&rig[k]);
				if (!rig_open(&rig[k], names[k]))
					return;
			}
			line[strcspn(line, "\n")] = '\0';
			(void)snprintf(name, sizeof(name), "%.30s", line + 2);
			row = 0;
			continue;
		}
		CHECK_INT(pieces(line, ' ', want), n, "columns of row %u of %s", row, name);
		bar_of(&bars, row, strtoll(want[0], NULL, 10), want + 1);
		for (size_t k = 5; k < n; k++)
			compare(&rig[k], name, row, rig_at(&rig[k], &bars, row, NULL), want[k],
				bars.close[row]);
		row++;
		rows++;
	}
	for (size_t k = 5; k < n; k++)
		rig_close(&rig[k]);
	CHECK_INT(rows, 294, "bars");
	CHECK_INT(n - 5, 56, "columns");
	(void)fclose(f);
}

/* ---- a directory of reference vectors: <series>.csv (time, open, high, low, close, volume) beside
 * <series>.ref.csv, .talib.csv and .tulip.csv with a column for each indicator */

static const char *const columns[][2] = {
	{ "sma_5", "sma(5)" }, { "sma_20", "sma(20)" }, { "sma_50", "sma(50)" },
	{ "ema_5", "ema(5)" }, { "ema_12", "ema(12)" }, { "ema_20", "ema(20)" },
	{ "ema_26", "ema(26)" }, { "rma_5", "rma(5)" }, { "rma_14", "rma(14)" },
	{ "rsi_14", "rsi(14)" }, { "rsi_2", "rsi(2)" }, { "bb_20_2_upper", "bb_upper(20,2)" },
	{ "bb_20_2_middle", "bb_middle(20,2)" }, { "bb_20_2_lower", "bb_lower(20,2)" },
	{ "bb_20_2_pctb", "bb_pctb(20,2)" }, { "bb_20_2_width", "bb_width(20,2)" },
	{ "bb_20_2.5_upper", "bb_upper(20,2.5)" }, { "bb_20_2.5_middle", "bb_middle(20,2.5)" },
	{ "bb_20_2.5_lower", "bb_lower(20,2.5)" }, { "bb_20_2.5_pctb", "bb_pctb(20,2.5)" },
	{ "bb_20_2.5_width", "bb_width(20,2.5)" }, { "bb_5_2_upper", "bb_upper(5,2)" },
	{ "bb_5_2_middle", "bb_middle(5,2)" }, { "bb_5_2_lower", "bb_lower(5,2)" },
	{ "bb_5_2_pctb", "bb_pctb(5,2)" }, { "bb_5_2_width", "bb_width(5,2)" },
	{ "stdev_pop_5", "stdev(5)" }, { "stdev_pop_20", "stdev(20)" },
	{ "stdev_sample_5", "stdev_sample(5)" }, { "stdev_sample_20", "stdev_sample(20)" },
	{ "zscore_pop_20", "zscore(20)" }, { "macd_12_26_9_line@tv", "macd(12,26,9)" },
	{ "macd_12_26_9_signal@tv", "macd_signal(12,26,9)" },
	{ "macd_12_26_9_hist@tv", "macd_hist(12,26,9)" }, { "stochf_k_14", "stochf_k(14,3)" },
	{ "stochf_d_14_3", "stochf_d(14,3)" }, { "stochf_k_5", "stochf_k(5,3)" },
	{ "stochf_d_5_3", "stochf_d(5,3)" }, { "stoch_14_3_3_k", "stoch_k(14,3,3)" },
	{ "stoch_14_3_3_d", "stoch_d(14,3,3)" }, { "stoch_5_3_3_k", "stoch_k(5,3,3)" },
	{ "stoch_5_3_3_d", "stoch_d(5,3,3)" }, { "tr", "tr()" }, { "atr_14@talib", "atr(14)" },
	{ "atr_5@talib", "atr(5)" }, { "obv_from_zero", "obv()" }, { "ad_line", "ad()" },
	{ "cmf_20", "cmf(20)" }, { "mfi_14", "mfi(14)" }, { "plus_di_14@talib", "plus_di(14)" },
	{ "minus_di_14@talib", "minus_di(14)" }, { "adx_14@talib", "adx(14)" },
	{ "plus_di_5@talib", "plus_di(5)" }, { "minus_di_5@talib", "minus_di(5)" },
	{ "adx_5@talib", "adx(5)" }, { "roc_10", "roc(10)" }, { "roc_1", "roc(1)" },
	{ "willr_14", "willr(14)" }, { "donchian_20_upper", "donchian_upper(20)" },
	{ "donchian_20_lower", "donchian_lower(20)" },
	{ "donchian_20_middle", "donchian_middle(20)" },
	{ "keltner_20_2_atr10_upper", "keltner_upper(20,2,10)" },
	{ "keltner_20_2_atr10_lower", "keltner_lower(20,2,10)" },
	{ "keltner_20_2_middle", "keltner_middle(20,2,10)" },
	{ "vwap_hlc3_rth", "vwap()" }, { "volume_sma_20", "volume_sma(20)" },
	{ "volume_ratio_prev_20", "volume_ratio(20)" }
};

static const char *expression_of(const char *column)
{
	for (size_t i = 0; i < COUNT(columns); i++)
		if (strcmp(columns[i][0], column) == 0)
			return columns[i][1];
	return NULL;
}

static FILE *open_in(const char *dir, const char *name, const char *end)
{
	char path[600];

	(void)snprintf(path, sizeof(path), "%s/%s%s", dir, name, end);
	FILE *f = fopen(path, "r");
	CHECK(f != NULL, "%s is there", path);
	return f;
}

static bool load(struct rig_bars *b, const char *dir, const char *name)
{
	char line[1000], *field[COLUMNS_MAX];
	FILE *f = open_in(dir, name, ".csv");

	if (f == NULL)
		return false;
	(void)!fgets(line, sizeof(line), f);
	for (b->n = 0; b->n < RIG_BARS && fgets(line, sizeof(line), f) != NULL; b->n++) {
		(void)pieces(line, ',', field);
		/* The session is New York's day, 4 or 5 hours behind, both good by day. */
		bar_of(b, b->n, (strtoll(field[0], NULL, 10) - 4 * 3600) / 86400, field + 2);
	}
	(void)fclose(f);
	return true;
}

/* exact: all is as in the reference. Else of another library, which puts other things where a value
 * does not exist or begins: only values that both have, and its deviations lose digits. */
static size_t against(const char *dir, const char *name, const char *end, bool exact)
{
	static struct rig_bars bars;
	static struct rig rig[COLUMNS_MAX];
	static char line[8000], names_line[4000];
	char *names[COLUMNS_MAX], *want[COLUMNS_MAX];
	FILE *f = load(&bars, dir, name) ? open_in(dir, name, end) : NULL;
	size_t compared = 0;

	if (f == NULL || fgets(names_line, sizeof(names_line), f) == NULL)
		return 0;
	size_t n = pieces(names_line, ',', names);
	for (size_t k = 0; k < n; k++) {
		const char *e = expression_of(names[k]);
		rig[k].fn = NULL;
		if (e != NULL && (exact || strstr(names[k], "stdev") == NULL))
			(void)rig_open(&rig[k], e);
	}
	for (uint32_t i = 0; i < bars.n && fgets(line, sizeof(line), f) != NULL; i++) {
		CHECK_INT(pieces(line, ',', want), n, "columns of row %u", i);
		for (size_t k = 0; k < n; k++) {
			if (rig[k].fn == NULL)
				continue;
			double got = rig_at(&rig[k], &bars, i, NULL);
			if (!exact && (isnan(got) || want[k][0] == '\0'))
				continue;
			compare(&rig[k], name, i, got, want[k], bars.close[i]);
			compared++;
		}
	}
	for (size_t k = 0; k < n; k++)
		if (rig[k].fn != NULL)
			rig_close(&rig[k]);
	(void)fclose(f);
	return compared;
}

void test_ta_vectors(void)
{
	const char *dir = getenv("GAMBLER_VECTORS");

	if (dir == NULL || dir[0] == '\0')
		return;
	CHECK(against(dir, "dev_daily", ".ref.csv", true) > 600 * 45, "days");
	CHECK(against(dir, "dev_intraday", ".ref.csv", true) > 1170 * 45, "minutes");
	CHECK(against(dir, "dev_constant", ".ref.csv", true) > 60 * 50, "constant prices");
}

void test_ta_other_libraries(void)
{
	const char *dir = getenv("GAMBLER_VECTORS");

	if (dir == NULL || dir[0] == '\0')
		return;
	CHECK(against(dir, "dev_daily", ".talib.csv", false) > 500 * 25, "TA-Lib, days");
	CHECK(against(dir, "dev_daily", ".tulip.csv", false) > 500 * 15, "Tulip, days");
}
