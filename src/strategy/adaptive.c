/* adaptive.c: the regime of each symbol picks the strategy, one of the others, with its own rules
 * for entry and exit.
 *
 * Regime, of daily bars, looked at once a session at its first bar:
 *   quant    bull: close > SMA(trend_n), SMA(mid_n) above its value rise_n days ago, ADX(14) >=
 *            adx_min. bear: the mirror. else range. wild: deviation of vol_n daily log returns
 *            above the vol_part percentile of its last vol_days values; else calm
 *   classic  bull: close > EMA(trend_n) * (1 + band), ADX(14) >= adx_min (0: any). bear: the
 *            mirror. wild: that deviation above vol_max a day
 * It changes when the other one held on the last three days. Until something did, as with less
 * than three days of history: range and wild, the smallest sizes.
 *
 * Each of the six regimes has a first strategy and a second, asked when the first does not enter,
 * with parts of the instance's position. Their numbers are a preset each (`numbers`); in range
 * and wild zscore's `in` is wild_z further out. A change of regime closes nothing: the strategy
 * that entered decides on the exit, with the trade's tag to tell which it was. */
#include "strategy/inside.h"

enum kind { CASH, MEAN_REVERSION, ZSCORE, MOMENTUM, MA_CROSS, BREAKOUT, MULTI, SMART, KINDS };
#define KIND_WORDS "cash|mean_reversion|zscore|momentum|ma_cross|volatility_breakout|" \
	"multi_timeframe|smart_money"

static const struct strategy *const inner[KINDS] = {
	[MEAN_REVERSION] = &mean_reversion, [ZSCORE] = &zscore, [MOMENTUM] = &momentum,
	[MA_CROSS] = &ma_cross, [BREAKOUT] = &volatility_breakout, [MULTI] = &multi_timeframe,
	[SMART] = &smart_money,
};

/* By `numbers`. */
static const char *const preset[3][KINDS] = {
	{ "", "literal", "literal", "literal", "literal", "box", "classic", "score" },
	{ "", "classic", "literal", "classic", "literal", "classic", "classic", "classic" },
	{ "", "classic", "literal", "lively", "literal", "lively", "classic", "classic" },
};

/* A regime is trend * 2 + wild. */
enum { RANGE, BULL, BEAR, TRENDS };

enum {
	P_READING, P_NUMBERS, P_TREND_N, P_MID_N, P_RISE_N, P_BAND, P_ADX, P_VOL_N, P_VOL_PART,
	P_VOL_DAYS, P_VOL_MAX, P_WILD_Z, P_WARMUP, P_CELL, P_COUNT = P_CELL + TRENDS * 2 * 4
};

/* In the order of the parameters above. */
static const char table[] =
	"reading" CHOICE("0 quant|classic") "what a regime is" END
	"numbers" CHOICE("0 literal|classic|lively") "of the strategies within: their presets" END
	"trend_n" WHOLE("200 2 400") "days of the long average" END
	"mid_n" WHOLE("50 2 400") "quant: days of the middle one" END
	"rise_n" WHOLE("10 1 100") "quant: days over which it rises" END
	"band" PERCENT("0.02 0 0.2") "classic: close beyond the average by this" END
	"adx_min" NUMBER("20 0 100") "ADX of a trend; 0: any" END
	"vol_n" WHOLE("20 2 200") "days of the volatility" END
	"vol_part" NUMBER("0.8 0 1") "quant: wild above this part of its past" END
	"vol_days" WHOLE("252 10 500") "quant: days of that past" END
	"vol_max" PERCENT("0.015 0.0001 0.5") "classic: wild above this a day" END
	"wild_z" NUMBER("0.5 0 2") "range and wild: zscore enters so much further out" END
	"warmup" WHOLE("250 0 5000") "bars before the first signal" END
	"range_calm" CHOICE("1 " KIND_WORDS) "first strategy" END
	"range_calm_part" PERCENT("1 0.01 1") "its part of the position" END
	"range_calm_2" CHOICE("2 =") "second strategy" END
	"range_calm_2_part" PERCENT("1 0.01 1") "its part" END
	"range_wild" CHOICE("2 =") "first strategy" END
	"range_wild_part" PERCENT("0.5 0.01 1") "its part of the position" END
	"range_wild_2" CHOICE("0 =") "second strategy" END
	"range_wild_2_part" PERCENT("1 0.01 1") "its part" END
	"bull_calm" CHOICE("3 =") "first strategy" END
	"bull_calm_part" PERCENT("1 0.01 1") "its part of the position" END
	"bull_calm_2" CHOICE("4 =") "second strategy" END
	"bull_calm_2_part" PERCENT("1 0.01 1") "its part" END
	"bull_wild" CHOICE("5 =") "first strategy" END
	"bull_wild_part" PERCENT("0.5 0.01 1") "its part of the position" END
	"bull_wild_2" CHOICE("3 =") "second strategy" END
	"bull_wild_2_part" PERCENT("0.5 0.01 1") "its part" END
	"bear_calm" CHOICE("1 =") "first strategy" END
	"bear_calm_part" PERCENT("0.5 0.01 1") "its part of the position" END
	"bear_calm_2" CHOICE("0 =") "second strategy" END
	"bear_calm_2_part" PERCENT("1 0.01 1") "its part" END
	"bear_wild" CHOICE("0 =") "first strategy" END
	"bear_wild_part" PERCENT("1 0.01 1") "its part of the position" END
	"bear_wild_2" CHOICE("0 =") "second strategy" END
	"bear_wild_2_part" PERCENT("1 0.01 1") "its part" END;
static struct param_spec params[P_COUNT];

static const struct preset presets[] = {
	{ "quant", "SMA 200, SMA 50, ADX 20, volatility against its year",
	  "reading=quant numbers=literal trend_n=200 adx_min=20" },
	{ "classic", "EMA 200 +-2 %, calm bulls multi_timeframe, else mean_reversion",
	  "reading=classic numbers=classic trend_n=200 band=2% adx_min=0 vol_max=1.5% wild_z=0 "
	  "range_calm=mean_reversion range_calm_part=70% range_calm_2=smart_money "
	  "range_calm_2_part=30% range_wild=mean_reversion range_wild_part=70% "
	  "range_wild_2=smart_money range_wild_2_part=30% bull_calm=multi_timeframe "
	  "bull_calm_part=70% bull_calm_2=momentum bull_calm_2_part=30% "
	  "bull_wild=mean_reversion bull_wild_part=70% bull_wild_2=momentum "
	  "bull_wild_2_part=30% bear_calm=mean_reversion bear_calm_part=100% bear_calm_2=cash "
	  "bear_wild=mean_reversion bear_wild_part=100% bear_wild_2=cash" },
	{ "lively", "the table of quant with numbers that trade daily",
	  "reading=quant numbers=lively trend_n=200 adx_min=20 wild_z=0" },
};

/* A condition on three days in a row. */
#define DAYS3(x) "tf(1d, (" x ") and (" x ")[1] and (" x ")[2])"
#define NOT(x)   "not (" x ")"
#define ADX "(adx(14) >= $adx_min or $adx_min <= 0)"
#define QUANT_BULL "close > sma($trend_n) and sma($mid_n) > sma($mid_n)[$rise_n] and " \
	ADX
#define QUANT_BEAR "close < sma($trend_n) and sma($mid_n) < sma($mid_n)[$rise_n] and " \
	ADX
#define QUANT_WILD "rank(stdev(log(close / close[1]), $vol_n), $vol_days) > $vol_part"
#define CLASSIC_BULL "close > ema($trend_n) * (1 + $band) and " ADX
#define CLASSIC_BEAR "close < ema($trend_n) * (1 - $band) and " ADX
#define CLASSIC_WILD "stdev_sample(log(close / close[1]), $vol_n) > $vol_max"

enum { I_CLOSE, I_MINUTE, I_RANGE, I_BULL, I_BEAR, I_CALM, I_WILD, I_COUNT };

static const char *const inputs[I_COUNT] = {
	[I_CLOSE] = "close", [I_MINUTE] = "session_minute",
	[I_RANGE] = DAYS3(NOT(QUANT_BULL) " and " NOT(QUANT_BEAR)),
	[I_BULL] = DAYS3(QUANT_BULL), [I_BEAR] = DAYS3(QUANT_BEAR),
	[I_CALM] = DAYS3(NOT(QUANT_WILD)), [I_WILD] = DAYS3(QUANT_WILD),
};

static const char *input(const struct params *p, uint32_t i)
{
	static const char *const classic[I_COUNT] = {
		[I_RANGE] = DAYS3(NOT(CLASSIC_BULL) " and " NOT(CLASSIC_BEAR)),
		[I_BULL] = DAYS3(CLASSIC_BULL), [I_BEAR] = DAYS3(CLASSIC_BEAR),
		[I_CALM] = DAYS3(NOT(CLASSIC_WILD)), [I_WILD] = DAYS3(CLASSIC_WILD),
	};

	assert(i < I_COUNT);
	return p->v[P_READING] > 0 ? classic[i] : NULL;
}

enum { C_CASH, C_FIRST, C_SECOND, C_COUNT };

static const char *const conditions[C_COUNT] = {
	[C_CASH] = "cash", [C_FIRST] = "first", [C_SECOND] = "second",
};

static const char *const values[] = { "close", "bull", "bear", "range", "wild", "calm" };
static const uint8_t value_input[] = { I_CLOSE, I_BULL, I_BEAR, I_RANGE, I_WILD, I_CALM };

#define INNER_WORDS  160	/* room for the states of those within */
#define SHARED_WORDS 2080

struct state {
	uint8_t  trend, calm, pad[6];	/* zero: range and wild */
	ns       session;		/* whose first bar was looked at */
	uint64_t inner[INNER_WORDS];
};

struct shared {
	struct params own;		/* whose strategies the following are */
	struct params of[KINDS], wild;	/* wild: zscore's, further out */
	struct place { uint32_t used, in, state, shared; } at[KINDS];
	uint64_t inner[SHARED_WORDS];
};

static bool used(const struct params *p, uint32_t kind)
{
	for (uint32_t i = P_CELL; i < P_COUNT; i += 2)
		if (p->v[i] >= kind && p->v[i] <= kind)
			return true;
	return false;
}

static bool inner_params(const struct params *p, uint32_t kind, struct params *out)
{
	if (inner[kind] == NULL || !used(p, kind))
		return false;
	params_default(inner[kind], out);
	enum err e = params_preset(inner[kind], out,
				   str_of(preset[(int)p->v[P_NUMBERS]][kind]));
	assert(e == OK);
	return true;
}

static bool check(const struct params *p, char *why, size_t size)
{
	for (uint32_t kind = CASH + 1; kind < KINDS; kind++)
		if (used(p, kind))
			return true;
	return strategy_complain(why, size, "every regime is cash");
}

static uint32_t warmup(const struct params *p)
{
	uint32_t most = (uint32_t)p->v[P_WARMUP];
	struct params q;

	for (uint32_t kind = 0; kind < KINDS; kind++) {
		uint32_t n = inner_params(p, kind, &q) ? inner[kind]->warmup(&q) : 0;
		most = n > most ? n : most;
	}
	return most;
}

/* ---- the regime */

static void look(struct state *s, const struct view *v)
{
	if (view_holds(v, I_RANGE))
		s->trend = RANGE;
	else if (view_holds(v, I_BULL))
		s->trend = BULL;
	else if (view_holds(v, I_BEAR))
		s->trend = BEAR;
	if (view_holds(v, I_CALM))
		s->calm = 1;
	else if (view_holds(v, I_WILD))
		s->calm = 0;
}

/* The numbers of those within, and where their inputs begin among the compiled ones, and their
 * states: in whole words, one after the other. */
static void learn(struct shared *all, const struct params *p)
{
	struct place at = { .in = I_COUNT };

	memset(all, 0, sizeof *all);
	all->own = *p;
	for (uint32_t kind = CASH + 1; kind < KINDS; kind++) {
		at.used = inner_params(p, kind, &all->of[kind]);
		all->at[kind] = at;
		at.in += inner[kind]->inputs_n;
		at.state += (uint32_t)((inner[kind]->state_size + 7) / 8);
		at.shared += (uint32_t)((inner[kind]->shared_size + 7) / 8);
	}
	assert(at.in <= INPUTS_MAX && at.state <= INNER_WORDS && at.shared <= SHARED_WORDS);
	all->wild = all->of[ZSCORE];
	for (uint32_t i = 0; i < zscore.params_n; i++)
		if (str_eq(str_of(zscore.params[i].key), STR("in")))
			all->wild.v[i] -= p->v[P_WILD_Z];
}

/* Parameters are numbers: none is no number, and 0 is 0. */
static bool same(const struct params *a, const struct params *b)
{
	for (uint32_t i = 0; i < P_COUNT; i++)
		if (a->v[i] < b->v[i] || a->v[i] > b->v[i])
			return false;
	return true;
}

static void update(void *state, void *shared, const struct params *p, const struct view *v)
{
	struct state *s = state;
	struct shared *all = shared;

	if (!same(&all->own, p))
		learn(all, p);
	ns session = strategy_session(v, view_in(v, I_MINUTE));
	if (session != s->session) {
		s->session = session;
		look(s, v);
	}
	for (uint32_t kind = CASH + 1; kind < KINDS; kind++) {
		const struct place *at = &all->at[kind];
		if (inner[kind]->update == NULL || !at->used)
			continue;
		struct view w = *v;
		w.in = v->in + at->in;
		inner[kind]->update(s->inner + at->state, all->inner + at->shared, &all->of[kind],
				    &w);
	}
}

/* ---- the decision */

static void ask_inner(const struct ask *a, uint32_t kind, bool wild, struct decision *out)
{
	const struct state *s = a->state;
	const struct shared *all = a->shared;
	const struct place *at = &all->at[kind];
	struct view w = *a->v;

	w.in = a->v->in + at->in;
	inner[kind]->decide(s->inner + at->state, all->inner + at->shared,
			    wild && kind == ZSCORE ? &all->wild : &all->of[kind], &w, out);
}

static void decide(const void *state, const void *shared, const struct params *p,
		   const struct view *v, struct decision *out)
{
	struct ask a = { p, v, state, shared, 0, 0 };
	const struct state *s = state;

	if (v->trade != NULL) {
		if (v->trade->tag > CASH && v->trade->tag < KINDS && used(p, v->trade->tag))
			ask_inner(&a, v->trade->tag, false, out);
		return;
	}
	uint32_t cell = P_CELL + 4 * (s->trend * 2u + !s->calm);
	uint8_t failed = C_CASH;
	assert(cell + 4 <= P_COUNT);
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t kind = (uint32_t)p->v[cell + 2 * i];
		if (kind == CASH)
			continue;
		ask_inner(&a, kind, s->trend == RANGE && !s->calm, out);
		if (out->what == DECIDE_ENTER) {
			out->part = p->v[cell + 2 * i + 1];
			out->tag = (uint8_t)kind;
			return;
		}
		failed = i == 0 ? C_FIRST : C_SECOND;
		out->what = DECIDE_NONE;
	}
	out->what = DECIDE_REJECT;
	out->failed = failed;
}

const struct strategy adaptive = {
	.name = "adaptive",
	.about = "the regime of each symbol picks one of the other strategies",
	.table = table, .params = params, .params_n = P_COUNT,
	.presets = presets, .presets_n = COUNT(presets),
	.inputs = inputs, .inputs_n = I_COUNT, .input = input,
	.inner = inner, .inner_n = KINDS, .inner_params = inner_params,
	.grid_s = 300,
	.conditions = conditions, .conditions_n = C_COUNT,
	.values = values, .value_input = value_input, .values_n = COUNT(values),
	.state_size = sizeof(struct state), .shared_size = sizeof(struct shared),
	.version = 1,
	.check = check, .warmup = warmup, .update = update, .decide = decide,
};
