/* filters.c: conditions of an entry beside the strategy's own, asked when it has said yes:
 *
 * scan      the day's symbols, chosen once, when `scan_at` has passed since the open, among those
 *           with a price in bounds and a mean volume of ten days; of two equal ones the first in
 *           the alphabet. With C the close then, O and V the day's open and volume so far, P the
 *           close of the day before:
 *           movers |C/P - 1|; volume V over the mean; gap |O/P - 1|; volatility ATR(14) of days
 *           over P; strength C/P less the same of the benchmark
 * regime    of the benchmark's closed days. bull: close > SMA(200), SMA(50) above what it was ten
 *           days before, ADX(14) >= 20; bear: the mirror; range: neither. high: the deviation
 *           of 20 daily log returns is above the 80th percentile of its last 252 days; low: not
 * strength  the gain of n bars is more than the benchmark's over the same times (short: less)
 * filter    any condition, in the language of rules
 *
 * What has no value turns the entry away. */
#include "base/text.h"
#include "engine/inside.h"

#define SAY_EVERY (30 * NS_MINUTE)	/* who leads the benchmark is told no more often */
#define BEST 3				/* so many by name */

#define BULL "close > sma(200) and sma(50) > sma(50)[10] and adx(14) >= 20"
#define BEAR "close < sma(200) and sma(50) < sma(50)[10] and adx(14) >= 20"
#define UNREST "rank(stdev(log(close / close[1]), 20), 252)"

/* ---- compiled */

static const struct { uint32_t bit; char text[160]; } regimes[] = {
	{ REGIME_BULL, BULL }, { REGIME_BEAR, BEAR },
	{ REGIME_RANGE, "not (" BULL ") and not (" BEAR ")" },
	{ REGIME_HIGH, UNREST " > 0.8" }, { REGIME_LOW, UNREST " <= 0.8" },
};

/* (a or b) of those that are named in a group. */
static void add_group(struct text *t, uint32_t named, const char *between)
{
	const char *before = between;

	for (size_t i = 0; i < COUNT(regimes); i++) {
		if ((regimes[i].bit & named) == 0)
			continue;
		text_cstr(t, before);
		text_cstr(t, "(");
		text_cstr(t, regimes[i].text);
		text_cstr(t, ")");
		before = " or ";
	}
	if (named != 0)
		text_cstr(t, ")");
}

/* What is ours compiles, if the strategy has left room for it: timeframes, values. */
static bool own(struct plan *p, struct str text, enum rule_want want, struct plan_ref *out,
		struct rule_error *why)
{
	struct rule_scope scope = { 0 };
	bool ok = rule_compile(p, text, &scope, want, out, why);

	why->at = 0;
	return ok;
}

static bool plan_regime(struct plan *p, uint32_t named, struct plan_ref *out,
			struct rule_error *why)
{
	char memory[RULE_TEXT_MAX];
	struct text t;

	assert(named <= (REGIME_TREND | REGIME_VOLATILITY));
	text_init(&t, memory, sizeof memory);
	text_cstr(&t, "bench(tf(1d, ");
	add_group(&t, named & REGIME_TREND, "(");
	add_group(&t, named & REGIME_VOLATILITY, (named & REGIME_TREND) != 0 ? " and (" : "(");
	text_cstr(&t, "))");
	assert(!t.full);
	return own(p, text_str(&t), RULE_CONDITION, out, why);
}

/* "rs(20)", "close[77]" */
static bool plan_number(struct plan *p, const char *a, int n, const char *b, struct plan_ref *out,
			struct rule_error *why)
{
	char memory[32];
	struct text t;

	text_init(&t, memory, sizeof memory);
	text_cstr(&t, a);
	text_i64(&t, n);
	text_cstr(&t, b);
	assert(n > 0 && !t.full);
	return own(p, text_str(&t), RULE_NUMBER, out, why);
}

static bool plan_scan(struct plan *p, const struct engine_config *c, struct plan_ref *ref,
		      struct rule_error *why)
{
	int scan = c->filters.scan;

	if (!own(p, STR("tf(1d, close)"), RULE_NUMBER, &ref[REF_CLOSE_BEFORE], why) ||
	    !own(p, STR("tf(1d, volume_sma(10))"), RULE_NUMBER, &ref[REF_VOLUME], why))
		return false;
	if (scan == SCAN_VOLATILITY &&
	    !own(p, STR("tf(1d, atr(14) / close)"), RULE_NUMBER, &ref[REF_RANGE], why))
		return false;
	if (scan == SCAN_STRENGTH &&
	    !own(p, STR("bench(tf(1d, close))"), RULE_NUMBER, &ref[REF_BENCH_BEFORE], why))
		return false;
	/* So that the chart keeps a whole day: after a restart the choice is the same. */
	return plan_number(p, "close[", 390 * 60 / c->timeframe_s, "]", &ref[REF_DAY], why);
}

/* Values of a symbol that its chart keeps: at more, the charts of 136 symbols are more than a
 * program of 32 bits can have. */
#define KEPT_MAX (16 * 1024 * 1024 / sizeof(double))

static bool has_room(const struct plan *p, struct rule_error *why)
{
	size_t sum = 0;

	for (uint32_t i = 0; i < p->nodes; i++) {
		const struct plan_node *n = &p->node[i];
		uint32_t outputs = n->family != NULL ? n->family->outputs : 1;
		sum += (size_t)outputs * 2 * n->keep;
	}
	if (sum <= KEPT_MAX)
		return true;
	why->at = 0;
	bool fits = str_copy(why->text, sizeof why->text,
			     STR("too many values of bars long past: shorter lags, as x[100] for "
				 "x[1000], or fewer of them"));
	assert(fits);
	return !fits;
}

bool engine_plan(struct engine_config *c, struct plan *p, struct rule_error *why)
{
	const struct filters *f = &c->filters;
	struct rule_param param[PARAMS_MAX];
	struct rule_scope scope = { param, strategy_scope(c->strategy, &c->params, param), false };

	if (!strategy_plan(c->strategy, &c->params, p, c->in, why))
		return false;
	if (f->strength > 0 &&
	    !plan_number(p, "rs(", f->strength, ")", &c->filter[REF_STRENGTH], why))
		return false;
	if (f->regime != 0 && !plan_regime(p, f->regime, &c->filter[REF_REGIME], why))
		return false;
	if (f->scan != SCAN_NONE && !plan_scan(p, c, c->filter, why))
		return false;
	if (f->text[0] != '\0' && !rule_compile(p, str_of(f->text), &scope, RULE_CONDITION,
						&c->filter[REF_TEXT], why))
		return false;
	return has_room(p, why);
}

void engine_plan_own(struct engine_config *c, struct arena *a)
{
	struct plan *p = plan_new(a, ENGINE_NODES, c->timeframe_s);
	struct rule_error why;
	bool ok = engine_plan(c, p, &why);

	assert(ok);
	(void)ok;
	plan_seal(p);
	c->plan = p;
}

/* ---- asked */

static double value(struct engine *e, const struct slot *s, enum filter_ref r)
{
	assert(s->chart != CHART_NONE);
	return chart_value(e->chart, s->chart, &e->c.filter[r], NULL);
}

enum funnel filters_ask(struct engine *e, uint32_t i, enum side side)
{
	const struct filters *f = &e->c.filters;
	const struct slot *s = &e->slot[i];

	assert(i < e->c.symbols_n);
	if (f->scan != SCAN_NONE && (e->s.scanned != e->session.date ||
				     (e->s.chosen[i / 64] >> i % 64 & 1) == 0))
		return F_SCAN;
	if (f->regime != 0 && value(e, s, REF_REGIME) != 1.0)
		return F_REGIME;
	if (f->strength > 0) {
		double lead = value(e, s, REF_STRENGTH);
		if (!(side == SIDE_BUY ? lead > 0 : lead < 0))
			return F_STRENGTH;
	}
	return f->text[0] != '\0' && value(e, s, REF_TEXT) != 1.0 ? F_FILTER : F_COUNT;
}

/* ---- who leads */

struct ranking { uint32_t n, symbol[ENGINE_SYMBOLS]; double score[ENGINE_SYMBOLS]; };

/* The best first; of equal ones the first in the alphabet. */
static void rank(struct ranking *r, uint32_t i, double score)
{
	uint32_t at = r->n++;

	assert(r->n <= ENGINE_SYMBOLS && ta_defined(score));
	for (; at > 0 && r->score[at - 1] < score; at--) {
		r->score[at] = r->score[at - 1];
		r->symbol[at] = r->symbol[at - 1];
	}
	r->score[at] = score;
	r->symbol[at] = i;
}

/* " +1.2%" */
static void add_percent(struct text *t, double part)
{
	int64_t tenths = llround(part * 1000);

	text_cstr(t, tenths < 0 ? " -" : " +");
	tenths = tenths < 0 ? -tenths : tenths;
	text_i64(t, tenths / 10);
	text_char(t, '.');
	text_i64(t, tenths % 10);
	text_char(t, '%');
}

/* As many of the best as are wanted and as the note has room for. */
static void say_ranking(struct engine *e, const struct ranking *r, uint32_t most, struct text *t,
			bool percent)
{
	struct note *n = say_note(e, NOTE_FILTER, 0, NULL, "", "");
	size_t fits = t->n;

	for (uint32_t k = 0; k < r->n && k < most; k++) {
		text_char(t, ' ');
		text_cstr(t, e->c.symbol_name[r->symbol[k]]);
		if (percent)
			add_percent(t, r->score[k]);
		if (t->full || t->n >= sizeof n->text)
			break;
		fits = t->n;
		if (k < NOTE_VALUES) {
			n->value[k] = r->score[k];
			n->n = (uint16_t)(k + 1);
		}
	}
	assert(fits < sizeof n->text);
	memcpy(n->text, t->s, fits);
	n->text[fits] = '\0';
}

/* "12/25 outperform SPY: AAPL +1.2% MSFT +0.8% NVDA +0.5%" */
static void say_leaders(struct engine *e)
{
	struct ranking r = { 0 };
	uint32_t leading = 0;
	char memory[128];
	struct text t;

	for (uint32_t i = 0; i < e->c.symbols_n; i++) {
		double lead = value(e, &e->slot[i], REF_STRENGTH);
		if (!ta_defined(lead))
			continue;
		leading += lead > 0;
		rank(&r, i, lead);
	}
	if (r.n == 0 || leading == e->s.leaders || !say_room(e, 1))
		return;
	e->s.leaders = leading;
	e->s.leaders_said = e->now;
	text_init(&t, memory, sizeof memory);
	text_u64(&t, leading);
	text_char(&t, '/');
	text_u64(&t, r.n);
	text_cstr(&t, " outperform ");
	text_cstr(&t, e->c.bench_name);
	text_char(&t, ':');
	say_ranking(e, &r, leading < BEST ? leading : BEST, &t, true);
}

/* ---- the day's symbols */

struct today { px open, close; double volume; };

/* The session until `to`; false: it has no bar. */
static bool day_until(const struct engine *e, const struct slot *s, ns to, struct today *out)
{
	uint32_t n = chart_bars(e->chart, s->chart);

	*out = (struct today){ 0 };
	for (uint32_t ago = 0; ago < n; ago++) {
		struct bar b = chart_bar(e->chart, s->chart, ago);
		if (b.open_ts < e->session.open)
			break;
		if (b.ts > to)
			continue;
		if (out->close.n == 0)
			out->close = b.close;
		out->open = b.open;
		out->volume += b.volume;
	}
	return out->close.n > 0;
}

/* None: it has no value, or is out of bounds. */
static double score(struct engine *e, const struct slot *s, ns to)
{
	const struct filters *f = &e->c.filters;
	const struct slot *bench = e->c.bench != SYM_NONE ? slot_find(e, e->c.bench) : NULL;
	double before = value(e, s, REF_CLOSE_BEFORE), mean = value(e, s, REF_VOLUME);
	struct today d, b;

	if (!day_until(e, s, to, &d) || d.close.n < f->scan_price_min.n ||
	    d.close.n > f->scan_price_max.n || !(mean >= (double)f->scan_volume) || !(before > 0))
		return TA_NONE;
	switch ((enum scan)f->scan) {
	case SCAN_NONE:
		break;
	case SCAN_MOVERS:
		return fabs(px_f64(d.close) / before - 1);
	case SCAN_VOLUME:
		return mean > 0 ? d.volume / mean : TA_NONE;
	case SCAN_GAP:
		return fabs(px_f64(d.open) / before - 1);
	case SCAN_VOLATILITY:
		return value(e, s, REF_RANGE);
	case SCAN_STRENGTH:
		if (bench == NULL || !day_until(e, bench, to, &b))
			break;
		return px_f64(d.close) / before - px_f64(b.close) / value(e, s, REF_BENCH_BEFORE);
	}
	return TA_NONE;
}

static void choose(struct engine *e, ns to)
{
	struct instance_state *s = &e->s;
	struct ranking r = { 0 };
	char memory[128];
	struct text t;

	static_assert(sizeof s->chosen * 8 == ENGINE_SYMBOLS, "a bit for each symbol");
	for (uint32_t i = 0; i < e->c.symbols_n; i++) {
		double got = score(e, &e->slot[i], to);
		if (ta_defined(got))
			rank(&r, i, got);
	}
	if (!say_room(e, 1))
		return;
	s->scanned = e->session.date;
	memset(s->chosen, 0, sizeof s->chosen);
	r.n = r.n < (uint32_t)e->c.filters.scan_top ? r.n : (uint32_t)e->c.filters.scan_top;
	for (uint32_t k = 0; k < r.n; k++)
		s->chosen[r.symbol[k] / 64] |= (uint64_t)1 << r.symbol[k] % 64;
	text_init(&t, memory, sizeof memory);
	text_cstr(&t, r.n > 0 ? "symbols of the day:" : "no symbol of the day");
	say_ranking(e, &r, r.n, &t, false);
}

void filters_slice(struct engine *e, ns end)
{
	const struct filters *f = &e->c.filters;
	ns at = e->session.open + f->scan_at;

	assert(e->session.open < e->session.close);
	if (f->scan != SCAN_NONE && e->s.scanned != e->session.date && end >= at)
		choose(e, at);
	if (f->strength > 0 && e->now - e->s.leaders_said >= SAY_EVERY)
		say_leaders(e);
}
