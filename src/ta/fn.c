/* fn.c: the table of indicators. */
#include "ta/inner.h"

/* Averages never forget, but after five times their beginning it is below what is looked at. */
#define SETTLED_TIMES 5

/* ---- windows: how much they read; the first value comes when there is so much */

static uint32_t reads_n(const double *arg)
{
	return count_of(arg[0]);
}

static uint32_t reads_n_and_one(const double *arg)
{
	return count_of(arg[0]) + 1;
}

static uint32_t reads_two(const double *arg)
{
	(void)arg;
	return 2;
}

static uint32_t first_n_less(const double *arg, uint32_t out)
{
	(void)out;
	return count_of(arg[0]) - 1;
}

static uint32_t first_n(const double *arg, uint32_t out)
{
	(void)out;
	return count_of(arg[0]);
}

static uint32_t first_one(const double *arg, uint32_t out)
{
	(void)arg;
	(void)out;
	return 1;
}

static uint32_t first_at_once(const double *arg, uint32_t out)
{
	(void)arg;
	(void)out;
	return 0;
}

/* ---- those that step */

/* A state of zeros will do. */
static void init_nothing(void *state, const double *arg)
{
	(void)state;
	(void)arg;
}

static uint32_t settled_n_less(const double *arg, uint32_t out)
{
	return SETTLED_TIMES * first_n_less(arg, out);
}

static uint32_t settled_n(const double *arg, uint32_t out)
{
	return SETTLED_TIMES * first_n(arg, out);
}

static uint32_t first_macd(const double *arg, uint32_t out)
{
	return count_of(arg[1]) - 1 + (out == 0 ? 0 : count_of(arg[2]) - 1);
}

static uint32_t settled_macd(const double *arg, uint32_t out)
{
	return SETTLED_TIMES * first_macd(arg, out);
}

static const char *check_macd(const double *arg)
{
	return arg[0] < arg[1] ? NULL : "fast must be below slow";
}

static uint32_t first_stoch(const double *arg, uint32_t out)
{
	return count_of(arg[0]) + count_of(arg[1]) - 2 + (out == 0 ? 0 : count_of(arg[2]) - 1);
}

static uint32_t first_stochf(const double *arg, uint32_t out)
{
	return count_of(arg[0]) - 1 + (out == 0 ? 0 : count_of(arg[1]) - 1);
}

static uint32_t first_dmi(const double *arg, uint32_t out)
{
	return out == 2 ? 2 * count_of(arg[0]) - 1 : count_of(arg[0]);
}

static uint32_t settled_dmi(const double *arg, uint32_t out)
{
	return SETTLED_TIMES * first_dmi(arg, out);
}

/* 0: upper, 1: middle, 2: lower. */
static uint32_t first_keltner(const double *arg, uint32_t out)
{
	uint32_t middle = count_of(arg[0]) - 1, range = count_of(arg[2]) - 1;

	return out == 1 || middle > range ? middle : range;
}

static uint32_t settled_keltner(const double *arg, uint32_t out)
{
	return SETTLED_TIMES * first_keltner(arg, out);
}

/* ---- families */

#define LENGTH(name, usual, least) { name, usual, least, TA_LENGTH_MAX, true }
#define FACTOR(usual) { "k", usual, 0.01, 100.0, false }
#define WINDOW_N .shape = TA_WINDOW, .window = reads_n, .first = first_n_less, \
	.settled = first_n_less
#define WINDOW_N_AND_ONE .shape = TA_WINDOW, .window = reads_n_and_one, .first = first_n, \
	.settled = first_n
#define N(usual, least) .args = 1, .arg = { LENGTH("n", usual, least) }
#define STATE(which) .shape = TA_STEP, .size = size_##which, .step = step_##which

enum { SMA, STDEV, STDEV_SAMPLE, ZSCORE, BB, BB_PLACE, HIGHEST, LOWEST, RANK, CHANGE, ROC,
	VOLUME_SMA, VOLUME_RATIO, BVC, TR, CMF, MFI, WILLR, DONCHIAN,
	EMA, RMA, RSI, MACD, ATR, KELTNER, STOCH, STOCHF, OBV, AD, DMI, VWAP };

static const struct ta_family family[] = {
	[SMA] = { "sma", .reads = TA_CLOSE, N(20, 1), .outputs = 1, WINDOW_N, .of = of_sma },
	[STDEV] = { "stdev", .reads = TA_CLOSE, N(20, 2), .outputs = 1, WINDOW_N,
		.of = of_stdev },
	[STDEV_SAMPLE] = { "stdev_sample", .reads = TA_CLOSE, N(20, 2), .outputs = 1, WINDOW_N,
		.of = of_stdev_sample },
	[ZSCORE] = { "zscore", .reads = TA_CLOSE, N(20, 2), .outputs = 1, WINDOW_N,
		.of = of_zscore },
	[BB] = { "bb", .reads = TA_CLOSE, .args = 2, .outputs = 3,
		.arg = { LENGTH("n", 20, 2), FACTOR(2) }, WINDOW_N, .of = of_bb },
	[BB_PLACE] = { "bb_place", .reads = TA_CLOSE, .args = 2, .outputs = 2,
		.arg = { LENGTH("n", 20, 2), FACTOR(2) }, WINDOW_N, .of = of_bb_place },
	[HIGHEST] = { "highest", .reads = TA_CLOSE, N(20, 1), .outputs = 1, WINDOW_N,
		.of = of_highest },
	[LOWEST] = { "lowest", .reads = TA_CLOSE, N(20, 1), .outputs = 1, WINDOW_N,
		.of = of_lowest },
	[RANK] = { "rank", .reads = TA_CLOSE, N(20, 2), .outputs = 1, WINDOW_N, .of = of_rank },
	[CHANGE] = { "change", .reads = TA_CLOSE, N(1, 1), .outputs = 1, WINDOW_N_AND_ONE,
		.of = of_change },
	[ROC] = { "roc", .reads = TA_CLOSE, N(10, 1), .outputs = 1, WINDOW_N_AND_ONE,
		.of = of_roc },
	[VOLUME_SMA] = { "volume_sma", .reads = TA_VOLUME, N(20, 1), .outputs = 1, WINDOW_N,
		.of = of_sma },
	[VOLUME_RATIO] = { "volume_ratio", .reads = TA_VOLUME, N(20, 1), .outputs = 1,
		WINDOW_N_AND_ONE, .of = of_volume_ratio },
	[BVC] = { "bvc", .reads = TA_CLOSE, N(50, 2), .outputs = 1, WINDOW_N_AND_ONE,
		.of = of_bvc },
	[TR] = { "tr", .reads = TA_BARS, .outputs = 1, .shape = TA_WINDOW, .window = reads_two,
		.first = first_one, .settled = first_one, .of = of_tr },
	[CMF] = { "cmf", .reads = TA_BARS, N(20, 1), .outputs = 1, WINDOW_N, .of = of_cmf },
	[MFI] = { "mfi", .reads = TA_BARS, N(14, 1), .outputs = 1, WINDOW_N_AND_ONE,
		.of = of_mfi },
	[WILLR] = { "willr", .reads = TA_BARS, N(14, 1), .outputs = 1, WINDOW_N,
		.of = of_willr },
	[DONCHIAN] = { "donchian", .reads = TA_BARS, N(20, 1), .outputs = 3, WINDOW_N,
		.of = of_donchian },
	[EMA] = { "ema", .reads = TA_CLOSE, N(20, 1), .outputs = 1, STATE(ema), .init = init_ema,
		.steps = steps_ema,
		.first = first_n_less, .settled = settled_n_less },
	[RMA] = { "rma", .reads = TA_CLOSE, N(14, 1), .outputs = 1, STATE(ema), .init = init_rma,
		.steps = steps_ema,
		.first = first_n_less, .settled = settled_n_less },
	[RSI] = { "rsi", .reads = TA_CLOSE, N(14, 1), .outputs = 1, STATE(rsi), .init = init_rsi,
		.steps = steps_rsi,
		.first = first_n, .settled = settled_n },
	[MACD] = { "macd", .reads = TA_CLOSE, .args = 3, .outputs = 3,
		.arg = { LENGTH("fast", 12, 1), LENGTH("slow", 26, 2), LENGTH("signal", 9, 1) },
		.check = check_macd, STATE(macd), .init = init_macd, .first = first_macd,
		.settled = settled_macd },
	[ATR] = { "atr", .reads = TA_BARS, N(14, 1), .outputs = 1, STATE(atr), .init = init_atr,
		.first = first_n, .settled = settled_n },
	[KELTNER] = { "keltner", .reads = TA_BARS, .args = 3, .outputs = 3,
		.arg = { LENGTH("n", 20, 1), FACTOR(2), LENGTH("atr", 10, 1) },
		STATE(keltner), .init = init_keltner, .first = first_keltner,
		.settled = settled_keltner },
	[STOCH] = { "stoch", .reads = TA_BARS, .args = 3, .outputs = 2,
		.arg = { LENGTH("n", 14, 1), LENGTH("smooth", 3, 1), LENGTH("d", 3, 1) },
		STATE(stoch), .init = init_stoch, .first = first_stoch, .settled = first_stoch },
	[STOCHF] = { "stochf", .reads = TA_BARS, .args = 2, .outputs = 2,
		.arg = { LENGTH("n", 14, 1), LENGTH("d", 3, 1) }, .shape = TA_STEP,
		.size = size_stochf, .step = step_stoch, .init = init_stochf,
		.first = first_stochf, .settled = first_stochf },
	[OBV] = { "obv", .reads = TA_BARS, .outputs = 1, STATE(obv), .init = init_nothing,
		.first = first_at_once, .settled = first_at_once },
	[AD] = { "ad", .reads = TA_BARS, .outputs = 1, STATE(ad), .init = init_nothing,
		.first = first_at_once, .settled = first_at_once },
	[DMI] = { "dmi", .reads = TA_BARS, N(14, 2), .outputs = 3, STATE(dmi), .init = init_dmi,
		.first = first_dmi, .settled = settled_dmi },
	[VWAP] = { "vwap", .reads = TA_BARS, .outputs = 1, STATE(vwap), .init = init_nothing,
		.first = first_at_once, .settled = first_at_once },
};

/* By name: ta_fn_find halves it. */
const struct ta_fn ta_fns[] = {
	{ "ad", &family[AD], 0, "accumulation/distribution line; only differences count" },
	{ "adx", &family[DMI], 2, "strength of a trend, 0 to 100 (Wilder)" },
	{ "atr", &family[ATR], 0, "average true range (Wilder), dollars" },
	{ "bb_lower", &family[BB], 2, "Bollinger: sma(n) - k stdev(n)" },
	{ "bb_middle", &family[BB], 1, "Bollinger: sma(n)" },
	{ "bb_pctb", &family[BB_PLACE], 0, "place between the bands: 0 lower, 1 upper" },
	{ "bb_upper", &family[BB], 0, "Bollinger: sma(n) + k stdev(n)" },
	{ "bb_width", &family[BB_PLACE], 1, "distance of the bands over the middle" },
	{ "bvc", &family[BVC], 0, "bought part of the volume, as closes let guess, 0 to 1" },
	{ "change", &family[CHANGE], 0, "less its value n bars ago" },
	{ "cmf", &family[CMF], 0, "Chaikin money flow, -1 to 1" },
	{ "donchian_lower", &family[DONCHIAN], 2, "lowest low of n bars, this one too" },
	{ "donchian_middle", &family[DONCHIAN], 1, "between the highest high and the lowest low" },
	{ "donchian_upper", &family[DONCHIAN], 0, "highest high of n bars, this one too" },
	{ "ema", &family[EMA], 0, "exponential average" },
	{ "highest", &family[HIGHEST], 0, "highest of the last n" },
	{ "keltner_lower", &family[KELTNER], 2, "ema(n) - k atr(atr)" },
	{ "keltner_middle", &family[KELTNER], 1, "ema(n)" },
	{ "keltner_upper", &family[KELTNER], 0, "ema(n) + k atr(atr)" },
	{ "lowest", &family[LOWEST], 0, "lowest of the last n" },
	{ "macd", &family[MACD], 0, "ema(fast) - ema(slow)" },
	{ "macd_hist", &family[MACD], 2, "macd - macd_signal" },
	{ "macd_signal", &family[MACD], 1, "ema(signal) of macd" },
	{ "mfi", &family[MFI], 0, "money flow index, 0 to 100" },
	{ "minus_di", &family[DMI], 1, "downward movement, 0 to 100 (Wilder)" },
	{ "obv", &family[OBV], 0, "on-balance volume; only differences count" },
	{ "plus_di", &family[DMI], 0, "upward movement, 0 to 100 (Wilder)" },
	{ "rank", &family[RANK], 0, "part of the n - 1 before it that are lower, 0 to 1" },
	{ "rma", &family[RMA], 0, "Wilder's average" },
	{ "roc", &family[ROC], 0, "change against n bars ago, per cent" },
	{ "rsi", &family[RSI], 0, "relative strength index, 0 to 100 (Wilder)" },
	{ "sma", &family[SMA], 0, "mean of the last n" },
	{ "stdev", &family[STDEV], 0, "standard deviation of the last n (divided by n)" },
	{ "stdev_sample", &family[STDEV_SAMPLE], 0, "the same divided by n - 1" },
	{ "stoch_d", &family[STOCH], 1, "stochastic: mean of d values of stoch_k" },
	{ "stoch_k", &family[STOCH], 0, "stochastic: mean of `smooth` values of stochf_k" },
	{ "stochf_d", &family[STOCHF], 1, "fast stochastic: mean of d values of stochf_k" },
	{ "stochf_k", &family[STOCHF], 0, "close within the range of n bars, 0 to 100" },
	{ "tr", &family[TR], 0, "true range, dollars" },
	{ "volume_ratio", &family[VOLUME_RATIO], 0, "volume over the mean of the n before it" },
	{ "volume_sma", &family[VOLUME_SMA], 0, "mean volume of the last n" },
	{ "vwap", &family[VWAP], 0, "volume-weighted price since the session's open" },
	{ "willr", &family[WILLR], 0, "Williams %R, -100 to 0" },
	{ "zscore", &family[ZSCORE], 0, "distance from the mean of n in deviations" },
	{ "", NULL, 0, "" }
};

const struct ta_fn *ta_fn_find(struct str name)
{
	size_t from = 0, to = COUNT(ta_fns) - 1;

	while (from < to) {
		size_t middle = (from + to) / 2;
		struct str here = str_of(ta_fns[middle].name);
		size_t n = here.n < name.n ? here.n : name.n;
		int order = n > 0 ? memcmp(here.s, name.s, n) : 0;

		if (order == 0 && here.n == name.n)
			return &ta_fns[middle];
		if (order < 0 || (order == 0 && here.n < name.n))
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}
