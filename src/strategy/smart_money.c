/* smart_money.c: buys where volume without a fall says that somebody is buying.
 *
 * Reading `score`: at least `need` parts, a or c among them, and close > VWAP. For longs, at the
 * close of bar t (shorts are the mirror):
 *   a  divergence: a pivot low at p is the lowest of the 11 bars p-5..p+5 and strictly below the
 *      five before it; it is known at p+5, never sooner. Of the two latest, 5 to 60 bars apart,
 *      the later is lower in price and higher in on-balance volume (or in accumulation and
 *      distribution). Valid for 10 bars, the first of them p+5
 *   b  CMF(cmf_n) > cmf_min while close <= close[cmf_n]
 *   c  absorption: volume >= vol_mult times the mean of the vol_n bars before, high - low <=
 *      narrow * ATR(atr_n)[t-1], the close in the upper half (or high = low), and
 *      close < close[press_n]
 *   d  imbalance of large trades wants trades and quotes: not to be had from bars. It is not
 *      available, which is not 0: the score is of the other three. In its place with `bulk`,
 *      volume that closes let guess to be bought (bvc, of BULK_N changes) less the rest, over
 *      all volume of bulk_n bars, > bulk_min: worse than the ticks it stands for, thus off
 * Stop stop_atr times ATR from the close. Exit, from the close of the bar of the fill on, after
 * exit_bars closes in a row on the wrong side of VWAP; 0: never.
 *
 * Reading `classic`: the first that holds of those that are on, each with stop and target:
 *   absorption  volume >= ab_vol times the mean of the bars before, high - low < ab_range times
 *               the mean range of the vol_n bars before, close in the upper ab_close of the bar.
 *               Stop ab_stop beyond the bar's low
 *   reclaim     one of the re_bars closes before was below its VWAP; low < VWAP < close. Stop
 *               re_stop beyond the bar's low
 *   defence     level = lowest low of the lv_n bars before; de_touches or more of those have
 *               their low within de_near of it; close >= level * (1 + de_break); volume >
 *               de_vol times the mean. Stop de_stop beyond the level */
#include "strategy/inside.h"

enum {
	P_READING, P_NEED, P_LINE, P_CMF_N, P_CMF_MIN, P_VOL_N, P_VOL_MULT, P_NARROW, P_ATR_N,
	P_PRESS_N, P_BULK, P_BULK_N, P_BULK_MIN, P_STOP_ATR, P_TARGET, P_EXIT, P_AB, P_AB_VOL,
	P_AB_RANGE, P_AB_CLOSE, P_AB_STOP, P_AB_TARGET, P_RE, P_RE_BARS, P_RE_STOP, P_RE_TARGET,
	P_DE, P_LV_N, P_DE_NEAR, P_DE_TOUCHES, P_DE_BREAK, P_DE_VOL, P_DE_STOP, P_DE_TARGET,
	P_HOLD, P_WARMUP, P_COUNT
};

/* In the order of the parameters above. */
static const char table[] =
	"reading" CHOICE("0 score|classic")
		"parts that add up, or patterns of which one is enough" END
	"need" WHOLE("3 1 4") "score: parts of the three; with bulk of four" END
	"line" CHOICE("0 obv|ad")
		"diverges: on-balance volume, or accumulation and distribution" END
	"cmf_n" WHOLE("20 2 200") "bars of Chaikin's money flow" END
	"cmf_min" NUMBER("0.1 0 1") "money flow above this" END
	"vol_n" WHOLE("20 2 200") "bars of the mean volume" END
	"vol_mult" NUMBER("2 0 1000") "score: absorbed volume, in means of the bars before" END
	"narrow" NUMBER("0.75 0.01 10") "score: range of such a bar, in ATRs, at most" END
	"atr_n" WHOLE("14 2 200") "bars of the average true range" END
	"press_n" WHOLE("10 1 200") "score: bars over which the price went down" END
	"bulk" SWITCH("0") "score: one more part: bought volume, as closes let guess" END
	"bulk_n" WHOLE("3 1 200") "bars of that volume" END
	"bulk_min" NUMBER("0.3 0 1") "bought less sold, over all of it, above this" END
	"stop_atr" NUMBER("1.5 0.1 20") "score: stop in ATRs" END
	"target" PERCENT("0.05 0.001 1") "score: resting target above the signal's close" END
	"exit_bars" WHOLE("3 0 50") "out after so many closes below VWAP; 0: never" END
	"absorption" SWITCH("1") "classic: high volume, small range" END
	"ab_vol" NUMBER("5 0 1000") "its volume in means" END
	"ab_range" NUMBER("0.5 0.01 10") "range in mean ranges" END
	"ab_close" PERCENT("0.4 0.01 1") "close in the upper part of the bar" END
	"ab_stop" PERCENT("0.01 0 0.5") "stop beyond the bar" END
	"ab_target" PERCENT("0.02 0.001 1") "target" END
	"reclaim" SWITCH("1") "classic: back above VWAP" END
	"re_bars" WHOLE("5 1 100") "bars before, one of them below" END
	"re_stop" PERCENT("0.005 0 0.5") "stop beyond the bar" END
	"re_target" PERCENT("0.025 0.001 1") "target" END
	"defence" SWITCH("1") "classic: a low that holds" END
	"de_n" WHOLE("20 2 200") "bars of the level" END
	"de_near" PERCENT("0.005 0 0.1") "a touch is this near" END
	"de_touches" WHOLE("2 1 50") "touches at least" END
	"de_break" PERCENT("0.01 0 0.2") "close this far above" END
	"de_vol" NUMBER("2 0 1000") "on this volume, in means" END
	"de_stop" PERCENT("0.01 0 0.5") "stop beyond the level" END
	"de_target" PERCENT("0.03 0.001 1") "target" END
	"hold" SECONDS("3600 0 604800") "longest time; 0: no limit" END
	"warmup" WHOLE("250 0 5000") "bars before the first signal" END;
static struct param_spec params[P_COUNT];

static const struct preset presets[] = {
	{ "score", "divergence, money flow and absorption, all three, above VWAP",
	  "reading=score need=3 line=obv cmf_n=20 cmf_min=0.1 vol_n=20 vol_mult=2 narrow=0.75 "
	  "atr_n=14 press_n=10 stop_atr=1.5 target=5% exit_bars=3 hold=60m" },
	{ "classic", "absorption, VWAP reclaim or level defence, 90 minutes",
	  "reading=classic vol_n=20 exit_bars=0 absorption=yes ab_vol=5 ab_range=0.5 "
	  "ab_close=40% ab_stop=1% ab_target=2% reclaim=yes re_bars=5 re_stop=0.5% "
	  "re_target=2.5% defence=yes de_n=20 de_near=0.5% de_touches=2 de_break=1% de_vol=2 "
	  "de_stop=1% de_target=3% hold=90m" },
};

#define PIVOT "5"	/* bars on each side of a pivot, in the inputs */
#define PIVOT_AGO 5
#define APART_MIN 5
#define APART_MAX 60
#define VALID     10
#define BULK      "50"	/* changes of the close, in the inputs */
#define BULK_N    50

enum {
	I_CLOSE, I_VWAP, I_VOLUME, I_HIGH, I_LOW, I_CMF, I_PAST, I_ATR_WAS, I_PRESS, I_ATR,
	I_P_LOW, I_P_LOWEST, I_P_LOW_BEFORE, I_P_HIGH, I_P_HIGHEST, I_P_HIGH_BEFORE, I_LINE,
	I_BULK, I_EXIT_HIGH, I_EXIT_LOW, I_SCORE, I_RANGE = I_SCORE, I_RE_LOW, I_RE_HIGH,
	I_LEVEL_LOW, I_LEVEL_HIGH, I_COUNT
};

static const char *const inputs[I_COUNT] = {
	[I_CLOSE] = "close", [I_VWAP] = "vwap()", [I_VOLUME] = "volume_ratio($vol_n)",
	[I_HIGH] = "high", [I_LOW] = "low", [I_CMF] = "cmf($cmf_n)", [I_PAST] = "close[$cmf_n]",
	[I_ATR_WAS] = "atr($atr_n)[1]", [I_PRESS] = "close[$press_n]", [I_ATR] = "atr($atr_n)",
	[I_P_LOW] = "low[" PIVOT "]", [I_P_LOWEST] = "lowest(low, 11)",
	[I_P_LOW_BEFORE] = "lowest(low, " PIVOT ")[6]",
	[I_P_HIGH] = "high[" PIVOT "]", [I_P_HIGHEST] = "highest(high, 11)",
	[I_P_HIGH_BEFORE] = "highest(high, " PIVOT ")[6]", [I_LINE] = "obv()[" PIVOT "]",
	[I_BULK] = "sma(volume * (2 * bvc(" BULK ") - 1), $bulk_n) / sma(volume, $bulk_n)",
	[I_EXIT_HIGH] = "highest(close - vwap(), $exit_bars)",
	[I_EXIT_LOW] = "lowest(close - vwap(), $exit_bars)",
	[I_RANGE] = "sma(high - low, $vol_n)[1]",
	[I_RE_LOW] = "lowest(close - vwap(), $re_bars)[1]",
	[I_RE_HIGH] = "highest(close - vwap(), $re_bars)[1]",
	[I_LEVEL_LOW] = "lowest(low, $de_n)[1]", [I_LEVEL_HIGH] = "highest(high, $de_n)[1]",
};

/* What the other reading wants is not computed. */
static const char *input(const struct params *p, uint32_t i)
{
	bool classic = p->v[P_READING] > 0;

	assert(i < I_COUNT);
	if (i == I_EXIT_HIGH || i == I_EXIT_LOW)
		return p->v[P_EXIT] > 0 ? inputs[i] : inputs[I_CLOSE];
	if (i == I_BULK && p->v[P_BULK] <= 0)
		return inputs[I_CLOSE];
	if (i > I_LOW && (classic ? i < I_SCORE : i >= I_SCORE))
		return inputs[I_CLOSE];
	return i == I_LINE && p->v[P_LINE] > 0 ? "ad()[" PIVOT "]" : inputs[i];
}

enum { C_NO_VALUE, C_VWAP, C_SCORE, C_PATTERN, C_COUNT };

static const char *const conditions[C_COUNT] = {
	[C_NO_VALUE] = "no_value", [C_VWAP] = "vwap", [C_SCORE] = "score",
	[C_PATTERN] = "pattern",
};

static const char *const values[] = { "close", "vwap", "volume_ratio", "cmf", "atr" };
static const uint8_t value_input[] = { I_CLOSE, I_VWAP, I_VOLUME, I_CMF, I_ATR };

struct pivot { double price, line; uint64_t at; };	/* at: bar number of the pivot */

struct state {
	struct pivot last[2];		/* latest low, latest high; at 0: none */
	uint64_t valid[2];		/* bar number up to which a divergence counts */
	uint64_t bars;			/* number of the newest, from 1 */
};

static bool check(const struct params *p, char *why, size_t size)
{
	if (p->v[P_READING] > 0 && p->v[P_AB] + p->v[P_RE] + p->v[P_DE] <= 0)
		return strategy_complain(why, size, "absorption, reclaim and defence are all off");
	if (p->v[P_READING] <= 0 && p->v[P_NEED] > 3 + p->v[P_BULK])
		return strategy_complain(why, size, "need: the fourth part is bulk, which is off");
	return true;
}

static uint32_t warmup(const struct params *p)
{
	double need = p->v[P_VOL_N] + p->v[P_CMF_N] + p->v[P_LV_N] + p->v[P_ATR_N] + 11 +
		p->v[P_BULK] * (BULK_N + p->v[P_BULK_N]);

	return (uint32_t)(p->v[P_WARMUP] < need ? need : p->v[P_WARMUP]);
}

/* A pivot becomes known five bars later: now. */
static void pivot(struct state *s, uint32_t k, uint64_t now, double price, double line, double up)
{
	struct pivot *p = &s->last[k], was = *p;

	*p = (struct pivot){ price, line, now - PIVOT_AGO };
	if (was.at == 0)
		return;
	uint64_t apart = p->at - was.at;
	/* A lower low with more bought, or a higher high with less. */
	if (apart >= APART_MIN && apart <= APART_MAX && beyond(-up, price, was.price) &&
			beyond(up, line, was.line))
		s->valid[k] = now + VALID - 1;
}

static void update(void *state, void *shared, const struct params *p, const struct view *v)
{
	struct state *s = state;

	(void)shared;
	if (p->v[P_READING] > 0)
		return;
	uint64_t now = ++s->bars;
	double low = view_in(v, I_P_LOW), high = view_in(v, I_P_HIGH);
	if (low == view_in(v, I_P_LOWEST) && low < view_in(v, I_P_LOW_BEFORE))
		pivot(s, 0, now, low, view_in(v, I_LINE), 1);
	if (high == view_in(v, I_P_HIGHEST) && high > view_in(v, I_P_HIGH_BEFORE))
		pivot(s, 1, now, high, view_in(v, I_LINE), -1);
}

static uint8_t score(const struct ask *a, struct decision *out)
{
	const struct params *p = a->p;
	const struct view *v = a->v;
	const struct state *s = a->state;
	double up = a->up, vwap = view_in(v, I_VWAP);

	if (!ta_defined(vwap))
		return C_NO_VALUE;
	if (!beyond(up, a->close, vwap))
		return C_VWAP;
	double cmf = view_in(v, I_CMF), past = view_in(v, I_PAST), press = view_in(v, I_PRESS);
	double volume = view_in(v, I_VOLUME), was = view_in(v, I_ATR_WAS), atr = view_in(v, I_ATR);
	if (!ta_defined(cmf + past + press + volume + was + atr))
		return C_NO_VALUE;
	double high = view_in(v, I_HIGH), low = view_in(v, I_LOW);
	bool diverges = s->bars <= s->valid[up < 0];
	bool flows = up * cmf > p->v[P_CMF_MIN] && reaches(-up, a->close, past);
	bool absorbs = volume >= p->v[P_VOL_MULT] && high - low <= p->v[P_NARROW] * was &&
		reaches(up, a->close - low, high - a->close) && beyond(-up, a->close, press);
	bool bought = p->v[P_BULK] > 0 && up * view_in(v, I_BULK) > p->v[P_BULK_MIN];
	if (diverges + flows + absorbs + bought < p->v[P_NEED] || (!diverges && !absorbs))
		return C_SCORE;
	uint8_t passed = strategy_levels(a, p->v[P_STOP_ATR] * atr, a->close * p->v[P_TARGET],
					 p->v[P_HOLD], out);
	out->stop_is = LEVEL_DISTANCE;
	return passed;
}

/* ---- the classic patterns: each the price of its stop, 0 when it does not hold */

static double absorption(const struct ask *a, double high, double low)
{
	const struct params *p = a->p;
	double from = a->up > 0 ? high - a->close : a->close - low;	/* the bar's far end */

	if (!(view_in(a->v, I_VOLUME) >= p->v[P_AB_VOL]) ||
	    !(high - low < p->v[P_AB_RANGE] * view_in(a->v, I_RANGE)) ||
	    !(from <= p->v[P_AB_CLOSE] * (high - low)))
		return 0;
	return a->up > 0 ? low * (1 - p->v[P_AB_STOP]) : high * (1 + p->v[P_AB_STOP]);
}

static double reclaim(const struct ask *a, double high, double low)
{
	const struct params *p = a->p;
	double vwap = view_in(a->v, I_VWAP), up = a->up;

	if (!beyond(up, a->close, vwap) || !beyond(-up, up > 0 ? low : high, vwap) ||
	    !beyond(-up, view_in(a->v, up > 0 ? I_RE_LOW : I_RE_HIGH), 0))
		return 0;
	return up > 0 ? low * (1 - p->v[P_RE_STOP]) : high * (1 + p->v[P_RE_STOP]);
}

static double defence(const struct ask *a)
{
	const struct params *p = a->p;
	const struct view *v = a->v;
	bool buy = a->up > 0;
	double level = view_in(v, buy ? I_LEVEL_LOW : I_LEVEL_HIGH), near = p->v[P_DE_NEAR];
	double beyond_it = level * (1 + a->up * p->v[P_DE_BREAK]);
	uint32_t touches = 0, n = (uint32_t)p->v[P_LV_N];

	if (!reaches(a->up, a->close, beyond_it) || !(view_in(v, I_VOLUME) > p->v[P_DE_VOL]))
		return 0;
	for (uint32_t i = 1; i <= n && i < chart_bars(v->chart, v->slot); i++) {
		struct bar b = chart_bar(v->chart, v->slot, i);
		touches += buy ? px_f64(b.low) <= level * (1 + near) :
			px_f64(b.high) >= level * (1 - near);
	}
	return touches >= p->v[P_DE_TOUCHES] ? level * (1 - a->up * p->v[P_DE_STOP]) : 0;
}

static uint8_t patterns(const struct ask *a, struct decision *out)
{
	const struct params *p = a->p;
	double high = view_in(a->v, I_HIGH), low = view_in(a->v, I_LOW), stop = 0;
	double target = p->v[P_AB_TARGET];

	if (p->v[P_AB] > 0)
		stop = absorption(a, high, low);
	if (stop <= 0 && p->v[P_RE] > 0) {
		stop = reclaim(a, high, low);
		target = p->v[P_RE_TARGET];
	}
	if (stop <= 0 && p->v[P_DE] > 0) {
		stop = defence(a);
		target = p->v[P_DE_TARGET];
	}
	if (stop <= 0)
		return ta_defined(view_in(a->v, I_VOLUME)) ? C_PATTERN : C_NO_VALUE;
	uint8_t passed = strategy_levels(a, a->up * (a->close - stop), a->close * target,
					 p->v[P_HOLD], out);
	out->stop_is = LEVEL_PRICE;
	return passed;
}

static void decide(const void *state, const void *shared, const struct params *p,
		   const struct view *v, struct decision *out)
{
	struct ask a = { p, v, state, shared, 0, view_in(v, I_CLOSE) };

	if (v->trade == NULL) {
		strategy_enter(&a, p->v[P_READING] > 0 ? patterns : score, out);
		return;
	}
	double up = strategy_held(v);
	uint32_t wanted = (uint32_t)p->v[P_EXIT];
	if (wanted == 0 || up == 0 || chart_bars(v->chart, v->slot) < wanted)
		return;
	/* All the closes counted are of bars that closed after the fill. */
	if (chart_bar(v->chart, v->slot, wanted - 1).ts <= v->trade->opened)
		return;
	if (beyond(-up, view_in(v, up > 0 ? I_EXIT_HIGH : I_EXIT_LOW), 0))
		out->what = DECIDE_EXIT;
}

const struct strategy smart_money = {
	.name = "smart_money",
	.about = "buys where volume without a fall says that somebody is buying",
	.table = table, .params = params, .params_n = P_COUNT,
	.presets = presets, .presets_n = COUNT(presets),
	.inputs = inputs, .inputs_n = I_COUNT, .input = input,
	.conditions = conditions, .conditions_n = C_COUNT,
	.values = values, .value_input = value_input, .values_n = COUNT(values),
	.state_size = sizeof(struct state),
	.version = 1,
	.check = check, .warmup = warmup, .update = update, .decide = decide,
};
