/* volatility_breakout.c: buys when the price leaves a narrow range upwards, on volume.
 *
 * ratio = ATR(atr_n) / SMA(ATR, atr_avg_n). Long, at the close of bar t:
 *   breakout close > (1 + breakout) * top of the box
 *   volume   volume > vol_mult * mean of the vol_n bars before t
 *   session  same_session: the box began in t's session (so no entry before bar consol_n)
 * Three readings of what a box is:
 *   strict   high and low of the consol_n bars before t, ratio < contraction on each of them
 *   box      the same bars, ratio < box_ratio on at least one of them
 *   classic  high and low of a run of consol_n or more bars with ratio < contraction, for the
 *            `within` bars after the run's end
 * and for strict and box:
 *   height   (top - bottom) / close[t-1] <= box_max; 0%: any
 *   length   the closes stayed in the box for more than consol_n bars: close[t-1-consol_n], too
 * Shorts are the mirror. Stop: stop_atr times ATR from the close, the middle of the box, or its
 * other side (range). Target: target_r times the distance of the stop, or target_range times the
 * height of the box. Exit when `inside` closes in a row, from that of the bar of the fill on, are
 * not beyond the box any more. A trailing stop of trail_atr times ATR, when that is not 0.
 *
 * The literal numbers hardly ever meet: an ATR that is below half of its own average for 20 bars
 * was not seen once in 378,000 real bars. */
#include "strategy/inside.h"

enum {
	P_READING, P_ATR_N, P_ATR_AVG, P_CONTRACTION, P_CONSOL, P_BOX_RATIO, P_BOX_MAX, P_BREAKOUT,
	P_VOL_N, P_VOL_MULT, P_SAME, P_WITHIN, P_STOP, P_STOP_ATR, P_TARGET, P_TARGET_R,
	P_TARGET_RANGE, P_INSIDE, P_TRAIL, P_HOLD, P_WARMUP, P_COUNT
};

enum { STRICT, BOX, CLASSIC };
enum { STOP_ATR, STOP_MIDDLE, STOP_RANGE };

/* In the order of the parameters above. */
static const char table[] =
	"reading" CHOICE("1 strict|box|classic") "what a narrow range is" END
	"atr_n" WHOLE("14 2 200") "bars of the average true range" END
	"atr_avg_n" WHOLE("100 2 500") "bars of its mean" END
	"contraction" NUMBER("0.5 0.01 10") "strict, classic: ATR below this part of its mean" END
	"consol_n" WHOLE("20 2 200") "bars of the box" END
	"box_ratio" NUMBER("1 0.01 10") "box: ATR once below this part of its mean" END
	"box_max" PERCENT("0.01 0 0.5") "height of the box at most; 0%: any" END
	"breakout" PERCENT("0.005 0 0.2") "close beyond the box by this" END
	"vol_n" WHOLE("20 2 200") "bars of the mean volume" END
	"vol_mult" NUMBER("2 0 1000")
		"volume above this multiple of the mean of the bars before" END
	"same_session" SWITCH("1") "box and breakout within one session" END
	"within" WHOLE("10 1 200") "classic: bars after the end of the run" END
	"stop" CHOICE("0 atr|middle|range")
		"where the stop is: stop_atr, or middle or other side of the box" END
	"stop_atr" NUMBER("1 0.1 20") "ATRs from the close" END
	"target" CHOICE("0 r|range")
		"target_r times the stop's distance, or target_range times the box" END
	"target_r" NUMBER("2 0.1 50") "times the stop's distance" END
	"target_range" NUMBER("1.5 0.1 50") "times the height of the box" END
	"inside" WHOLE("2 0 20") "out after so many closes back inside; 0: never" END
	"trail_atr" NUMBER("0 0 20") "trailing stop in ATRs; 0: none" END
	"hold" SECONDS("3600 0 604800") "longest time; 0: no limit" END
	"warmup" WHOLE("250 0 5000") "bars before the first signal" END;
static struct param_spec params[P_COUNT];

static const struct preset presets[] = {
	{ "box", "20 bars within 1 %, left by 0.5 % on twice the volume",
	  "reading=box atr_n=14 atr_avg_n=100 consol_n=20 box_ratio=1 box_max=1% breakout=0.5% "
	  "vol_mult=2 same_session=yes stop=atr target=r inside=2 hold=60m" },
	{ "strict", "ATR below half of its mean on all 20 bars: rare beyond use",
	  "reading=strict atr_n=14 atr_avg_n=100 contraction=0.5 consol_n=20 box_max=0% "
	  "breakout=0.5% vol_mult=2 same_session=yes stop=atr target=r inside=2 hold=60m" },
	{ "classic", "the original: ATR below half of its 20-bar mean for 20 bars, as rare",
	  "reading=classic atr_n=14 atr_avg_n=20 contraction=0.5 consol_n=20 within=10 "
	  "breakout=0.5% vol_mult=2 same_session=yes stop=range target=range target_range=1.5 "
	  "inside=0 hold=90m" },
	{ "lively", "10 bars within 1 %, left by 0.1 % on 1.5 times the volume: trades daily",
	  "reading=box atr_n=14 atr_avg_n=50 consol_n=10 box_ratio=1 box_max=1% breakout=0.1% "
	  "vol_mult=1.5 same_session=yes stop=middle target=r inside=2 hold=60m" },
};

enum { I_CLOSE, I_TOP, I_BOTTOM, I_VOLUME, I_QUIET, I_ATR, I_RATIO, I_BEFORE, I_FIRST, I_MINUTE,
	I_COUNT };

#define RATIO   "atr($atr_n) / sma(atr($atr_n), $atr_avg_n)"
#define LEAST   ("lowest(" RATIO ", $consol_n)[1]")
#define GREATEST ("highest(" RATIO ", $consol_n)[1]")

static const char *const inputs[I_COUNT] = {
	[I_CLOSE] = "close", [I_TOP] = "highest(high, $consol_n)[1]",
	[I_BOTTOM] = "lowest(low, $consol_n)[1]", [I_VOLUME] = "volume_ratio($vol_n)",
	[I_QUIET] = LEAST, [I_ATR] = "atr($atr_n)", [I_RATIO] = RATIO,
	[I_BEFORE] = "close[1]", [I_FIRST] = "close[1][$consol_n]", [I_MINUTE] = "session_minute",
};

static const char *input(const struct params *p, uint32_t i)
{
	double reading = p->v[P_READING];

	assert(i < I_COUNT);
	if (i == I_QUIET)
		return reading < BOX ? GREATEST :
			reading > BOX ? inputs[I_CLOSE] : inputs[i];
	/* What only the run of the classic reading asks for. */
	if (i == I_RATIO && reading < CLASSIC)
		return inputs[I_CLOSE];
	return inputs[i];
}

enum { C_NO_VALUE, C_RANGE, C_BREAKOUT, C_VOLUME, C_SESSION, C_HEIGHT, C_QUIET, C_LENGTH,
	C_COUNT };

static const char *const conditions[C_COUNT] = {
	[C_NO_VALUE] = "no_value", [C_RANGE] = "range", [C_BREAKOUT] = "breakout",
	[C_VOLUME] = "volume", [C_SESSION] = "session", [C_HEIGHT] = "height",
	[C_QUIET] = "quiet", [C_LENGTH] = "length",
};

static const char *const values[] = { "close", "top", "bottom", "volume_ratio", "atr", "quiet" };
static const uint8_t value_input[] = { I_CLOSE, I_TOP, I_BOTTOM, I_VOLUME, I_ATR, I_QUIET };

/* Of the classic reading. */
struct state {
	double   high, low;		/* of the run that goes on */
	double   top, bottom;		/* of the last that was long enough */
	ns       session;		/* began then */
	uint32_t run, after;		/* its bars; bars since the last one's end, 0: none */
};

static bool check(const struct params *p, char *why, size_t size)
{
	if (p->v[P_READING] > BOX && p->v[P_INSIDE] > 0)
		return strategy_complain(why, size, "inside: the classic reading keeps no box for "
				"an open trade; it must be 0");
	return true;
}

static uint32_t warmup(const struct params *p)
{
	double need = p->v[P_ATR_N] + p->v[P_ATR_AVG] + p->v[P_CONSOL] + 1;

	return (uint32_t)(p->v[P_WARMUP] < need ? need : p->v[P_WARMUP]);
}

static void update(void *state, void *shared, const struct params *p, const struct view *v)
{
	struct state *s = state;

	(void)shared;
	if (p->v[P_READING] < CLASSIC)
		return;
	ns session = strategy_session(v, view_in(v, I_MINUTE));
	if (p->v[P_SAME] > 0 && session != s->session)
		*s = (struct state){ .session = session };
	if (s->after > 0 && ++s->after > (uint32_t)p->v[P_WITHIN])
		s->after = 0;
	if (view_in(v, I_RATIO) < p->v[P_CONTRACTION]) {
		struct bar b = chart_bar(v->chart, v->slot, 0);
		double high = px_f64(b.high), low = px_f64(b.low);
		s->high = s->run == 0 || high > s->high ? high : s->high;
		s->low = s->run == 0 || low < s->low ? low : s->low;
		s->run++;
		return;
	}
	if (s->run >= (uint32_t)p->v[P_CONSOL]) {
		s->top = s->high;
		s->bottom = s->low;
		s->after = 1;
	}
	s->run = 0;
}

/* What strict and box want of the bars before; C_COUNT: all of it. */
static uint8_t box(const struct ask *a, double top, double bottom)
{
	const struct params *p = a->p;
	const struct view *v = a->v;
	double before = view_in(v, I_BEFORE), first = view_in(v, I_FIRST);
	uint32_t n = (uint32_t)p->v[P_CONSOL];

	if (!ta_defined(before + first))
		return C_NO_VALUE;
	ns began = chart_bar(v->chart, v->slot, n).open_ts;
	if (p->v[P_SAME] > 0 && began < strategy_session(v, view_in(v, I_MINUTE)))
		return C_SESSION;
	if (p->v[P_BOX_MAX] > 0 && !((top - bottom) / before <= p->v[P_BOX_MAX]))
		return C_HEIGHT;
	double quiet = view_in(v, I_QUIET);
	if (!ta_defined(quiet))
		return C_NO_VALUE;
	if (!(quiet < p->v[p->v[P_READING] < BOX ? P_CONTRACTION : P_BOX_RATIO]))
		return C_QUIET;
	return first >= bottom && first <= top ? C_COUNT : C_LENGTH;
}

static uint8_t enter(const struct ask *a, double top, double bottom, struct decision *out)
{
	const struct params *p = a->p;
	double up = a->up, atr = view_in(a->v, I_ATR), kind = p->v[P_STOP];

	if (!ta_defined(atr))
		return C_NO_VALUE;
	double stop = kind < STOP_MIDDLE ? p->v[P_STOP_ATR] * atr :
		kind < STOP_RANGE ? up * (a->close - (top + bottom) / 2) :
		up * (a->close - (up > 0 ? bottom : top));
	double target = p->v[P_TARGET] > 0 ? p->v[P_TARGET_RANGE] * (top - bottom) :
		p->v[P_TARGET_R] * stop;
	uint8_t passed = strategy_levels(a, stop, target, p->v[P_HOLD], out);
	out->stop_is = kind < STOP_MIDDLE ? LEVEL_DISTANCE : LEVEL_PRICE;
	out->target_is = LEVEL_DISTANCE;
	out->trail = p->v[P_TRAIL] * atr;
	return passed;
}

static uint8_t side(const struct ask *a, struct decision *out)
{
	const struct params *p = a->p;
	const struct state *s = a->state;
	bool classic = p->v[P_READING] > BOX;

	if (classic && s->after == 0)
		return C_RANGE;
	double top = classic ? s->top : view_in(a->v, I_TOP);
	double bottom = classic ? s->bottom : view_in(a->v, I_BOTTOM);
	if (!ta_defined(top + bottom))
		return C_NO_VALUE;
	double edge = a->up > 0 ? top * (1 + p->v[P_BREAKOUT]) : bottom * (1 - p->v[P_BREAKOUT]);
	if (!beyond(a->up, a->close, edge))
		return C_BREAKOUT;
	double volume = view_in(a->v, I_VOLUME);
	if (!ta_defined(volume))
		return C_NO_VALUE;
	if (!(volume > p->v[P_VOL_MULT]))
		return C_VOLUME;
	uint8_t failed = classic ? C_COUNT : box(a, top, bottom);
	return failed != C_COUNT ? failed : enter(a, top, bottom, out);
}

/* The last `inside` closes since the fill, all back at the edge of the box that was left. */
static bool back_inside(const struct params *p, const struct view *v)
{
	const struct trade *t = v->trade;
	uint32_t wanted = (uint32_t)p->v[P_INSIDE], n = (uint32_t)p->v[P_CONSOL];
	uint32_t ago = strategy_signal_ago(v), bars = chart_bars(v->chart, v->slot);

	if (wanted == 0 || strategy_held(v) == 0 || ago == CHART_NONE || ago < wanted ||
			ago + n >= bars)
		return false;
	px edge = { 0 };
	for (uint32_t i = ago + 1; i <= ago + n; i++) {
		struct bar b = chart_bar(v->chart, v->slot, i);
		if (t->side == SIDE_BUY ? b.high.n > edge.n : edge.n == 0 || b.low.n < edge.n)
			edge = t->side == SIDE_BUY ? b.high : b.low;
	}
	for (uint32_t i = 0; i < wanted; i++) {
		struct bar b = chart_bar(v->chart, v->slot, i);
		if (b.ts <= t->opened ||
				(t->side == SIDE_BUY ? b.close.n > edge.n : b.close.n < edge.n))
			return false;
	}
	return true;
}

static void decide(const void *state, const void *shared, const struct params *p,
		   const struct view *v, struct decision *out)
{
	struct ask a = { p, v, state, shared, 0, view_in(v, I_CLOSE) };

	if (v->trade == NULL)
		strategy_enter(&a, side, out);
	else if (back_inside(p, v))
		out->what = DECIDE_EXIT;
}

const struct strategy volatility_breakout = {
	.name = "volatility_breakout",
	.about = "buys when the price leaves a narrow range on high volume",
	.table = table, .params = params, .params_n = P_COUNT,
	.presets = presets, .presets_n = COUNT(presets),
	.inputs = inputs, .inputs_n = I_COUNT, .input = input,
	.conditions = conditions, .conditions_n = C_COUNT,
	.values = values, .value_input = value_input, .values_n = COUNT(values),
	.state_size = sizeof(struct state),
	.version = 1,
	.check = check, .warmup = warmup, .update = update, .decide = decide,
};
