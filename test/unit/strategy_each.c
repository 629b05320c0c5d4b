/* Each strategy at its edges, on bars by hand. */
#include "strategy_rig.h"

#define TF 300
#define DAY 78	/* bars of 5 minutes */

static uint32_t entries(const struct rig *r, enum side side)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->n; i++)
		n += r->record[i].d.what == DECIDE_ENTER && r->record[i].d.side == side;
	return n;
}

static ns end_of(int timeframe_s, uint32_t i)
{
	return rig_bar(timeframe_s, i, 1, 1, 1, 1, 1).ts;
}

static void give(struct rig *r, uint32_t i, double open, double high, double low, double close,
		 double volume)
{
	struct bar b = rig_bar(r->timeframe_s, i, open, high, low, close, volume);

	rig_slice(r, &b, 1);
}

/* A bar that moves by a cent up and down again, so that nothing is flat. */
static void quiet(struct rig *r, uint32_t i, double price)
{
	double close = price + (i % 2 == 0 ? 0.01 : -0.01);

	give(r, i, price, price + 0.05, price - 0.05, close, 1000);
}

static bool refused(const char *name, const char *key, const char *value)
{
	const struct strategy *s = strategy_find(str_of(name));
	struct params p;
	char why[160];

	params_default(s, &p);
	enum err e = params_set(s, &p, str_of(key), str_of(value), why, sizeof why);
	assert(e == OK);
	return !s->check(&p, why, sizeof why);
}

/* ---- odds */

static void wilson(double k, double n, double want)
{
	double got = odds_wilson_low(k, n, 1.6448536269514722);

	CHECK(fabs(got - want) < 5e-5, "Wilson's bound of %g of %g is %.6f", k, n, got);
}

void test_odds_wilson(void)
{
	wilson(7, 10, 0.4417);
	wilson(13, 20, 0.4665);
	wilson(65, 100, 0.5685);
	wilson(130, 200, 0.5929);
	wilson(68, 100, 0.5994);
	/* The least n for a bound above 0.60 at 65 % and 62 %, in whole wins. */
	static const struct { double p; int n; } least[] = { { 0.65, 244 }, { 0.62, 1588 } };
	for (size_t i = 0; i < COUNT(least); i++) {
		int n = 1;
		while (odds_wilson_low(rint(least[i].p * n), n, 1.6448536269514722) <= 0.6)
			n++;
		CHECK_INT(n, least[i].n, "votes wanted at %g", least[i].p);
	}
}

/* P(p > x) for whole a, b is the chance of fewer than a wins in a + b - 1 throws. */
static double binomial(int a, int b, double x)
{
	double term = 1, sum = 0;
	int n = a + b - 1;

	for (int k = 0; k < n; k++)
		term *= 1 - x;
	for (int k = 0; k < a; k++) {
		sum += term;
		term *= (double)(n - k) / (k + 1) * x / (1 - x);
	}
	return sum;
}

void test_odds_beta(void)
{
	double got = odds_beta_above(66, 36, 0.6);

	CHECK(fabs(got - 0.8402) < 5e-5, "65 of 100 after Beta(1, 1): %.6f", got);
	got = odds_beta_above(131, 71, 0.6);
	CHECK(fabs(got - 0.9238) < 5e-5, "130 of 200: %.6f", got);
	for (int a = 1; a < 60; a += 4)
		for (int b = 1; b < 60; b += 3)
			for (double x = 0.05; x < 1; x += 0.1) {
				double is = odds_beta_above(a, b, x), want = binomial(a, b, x);
				if (!CHECK(fabs(is - want) < 1e-12, "Beta(%d, %d) above %g: %.15g, "
					   "want %.15g", a, b, x, is, want))
					return;
			}
	CHECK(odds_beta_above(3, 4, 0) == 1 && odds_beta_above(3, 4, 1) == 0, "at the ends");
}

/* ---- checks of parameters */

void test_strategy_refuses(void)
{
	CHECK(refused("zscore", "n", "5"), "|z| of 5 closes is at most 2");
	CHECK(!refused("zscore", "n", "6"), "of 6 it is 2.2");
	CHECK(refused("zscore", "in", "-0.2"), "in must be below out");
	CHECK(refused("ma_cross", "fast", "21"), "fast is below slow");
	CHECK(refused("indicator", "bb_n", "5") == false, "a band that is off is not looked at");
	CHECK(refused("indicator", "rsi_max", "60"), "long and short at once");
	CHECK(refused("volatility_breakout", "reading", "classic"), "classic keeps no box");
	CHECK(refused("multi_timeframe", "rsi_low", "70"), "an empty range");
}

/* ---- ma_cross */

/* Up at one bar, down some bars later: one entry, one exit, at those bars' ends. */
void test_ma_cross(void)
{
	struct rig *r = rig_open("ma_cross", "", "fast=2 slow=4 type=sma warmup=5 stop=8%", TF);
	static const double close[] = { 100, 100, 100, 99, 98, 97, 96, 98, 101, 102, 103, 102,
		100, 97, 95, 94 };

	r->no_short = true;
	for (uint32_t i = 0; i < COUNT(close); i++)
		give(r, i, close[i], close[i] + 0.1, close[i] - 0.1, close[i], 1000);
	/* Bar 8: (98+101)/2 = 99.5 above (97+96+98+101)/4 = 98; bar 7: 97 below 97.25. Bar 12:
	 * 101 below 101.75. */
	if (CHECK_INT(r->n, 2, "in and out")) {
		CHECK(r->record[0].d.what == DECIDE_ENTER && r->record[0].ts == end_of(TF, 8),
		      "in at the cross");
		CHECK(fabs(r->record[0].d.stop - 101 * 0.92) < 1e-9, "stop 8 %% below");
		CHECK(r->record[1].d.what == DECIDE_EXIT && r->record[1].ts == end_of(TF, 12),
		      "out at the cross back");
	}
	rig_close(r);
}

/* On the first bar on which both exist the fast one is above: that is no cross. */
void test_ma_cross_first_bar(void)
{
	struct rig *r = rig_open("ma_cross", "", "fast=1 slow=3 type=sma warmup=0", TF);

	for (uint32_t i = 0; i < 6; i++)
		give(r, i, 100 + i, 101 + i, 99 + i, 100 + i, 1000);
	CHECK_INT(r->n, 0, "rising from the first bar on: never crossed");
	rig_close(r);
	/* Equal the bar before counts as not above. */
	r = rig_open("ma_cross", "", "fast=1 slow=2 type=sma warmup=0", TF);
	static const double close[] = { 100, 100, 100, 101 };
	for (uint32_t i = 0; i < COUNT(close); i++)
		give(r, i, close[i], close[i] + 1, close[i] - 1, close[i], 1000);
	CHECK_INT(entries(r, SIDE_BUY), 1, "equal, then above");
	rig_close(r);
}

/* ---- zscore */

void test_zscore_exits(void)
{
	/* z of the last of 1 x 20 like closes and a low one is far below -2. */
	for (int way = 0; way < 2; way++) {
		struct rig *r = rig_open("zscore", "", "warmup=0 stop=50% target=50% hold=0", TF);
		r->no_short = true;
		for (uint32_t i = 0; i < 40; i++)
			quiet(r, i, 100);
		give(r, 40, 100, 100, 99.5, 99.6, 1000);
		CHECK_INT(r->n, 1, "in far below");
		if (way == 0)
			give(r, 41, 99.6, 100, 99.5, 100, 1000);	/* above -0.5 again */
		else
			give(r, 41, 99.6, 99.6, 60, 61, 1000);		/* z is below -4 */
		CHECK(r->n == 2 && r->record[1].d.what == DECIDE_EXIT, "out, way %d", way);
		rig_close(r);
	}
}

/* ---- volatility_breakout */

static struct rig *box(const char *sets, uint32_t day_bar, double close, double volume)
{
	struct rig *r = rig_open("volatility_breakout", "box", sets, TF);
	uint32_t i = 0;

	r->no_short = true;
	for (; i < 4 * DAY; i++)	/* wider, so that the box is quiet beside it */
		give(r, i, 100, 100.3, 99.7, 100, 1000);
	for (; i < 4 * DAY + day_bar; i++)
		quiet(r, i, 100);
	give(r, i, 100, close > 100.05 ? close : 100.05, close < 99.95 ? close : 99.95, close,
	     volume);
	return r;
}

void test_breakout_box(void)
{
	struct rig *r = box("", 30, 100.56, 2100);

	/* Top 100.05, times 1.005 is 100.55025. */
	if (CHECK_INT(r->n, 1, "left by more than 0.5 %% on more than twice the volume")) {
		const struct decision *d = &r->record[0].d;
		double risk = 100.56 - d->stop;
		CHECK(risk > 0 && fabs(d->target - 100.56 - 2 * risk) < 1e-9, "target 2 R");
		CHECK_INT(d->hold, 3600 * NS_SECOND, "60 minutes");
	}
	rig_close(r);
	r = box("", 30, 100.55, 2100);
	CHECK(r->n == 0 && r->rejected[2] > 0, "not by more: breakout");
	rig_close(r);
	r = box("", 30, 100.56, 2000);
	CHECK_INT(r->n, 0, "twice the mean is not more than twice");
	rig_close(r);
}

/* The box of bar 19 began yesterday; bar 20's is today's, but the close before it, which counts
 * for the length, was in the box as well. */
void test_breakout_same_session(void)
{
	struct rig *r = box("", 19, 100.9, 9000);

	CHECK_INT(r->n, 0, "no entry before bar 20");
	rig_close(r);
	r = box("", 20, 100.9, 9000);
	CHECK_INT(r->n, 1, "at bar 20");
	rig_close(r);
	r = box("same_session=no", 19, 100.9, 9000);
	CHECK_INT(r->n, 1, "yesterday's bars count when they may");
	rig_close(r);
}

static void after_breakout(const double *close, uint32_t n, int want_at)
{
	struct rig *r = box("stop_atr=20 target_r=50", 30, 100.9, 9000);
	uint32_t at = 4 * DAY + 31;

	for (uint32_t i = 0; i < n; i++)
		give(r, at + i, close[i], close[i] + 0.02, close[i] - 0.02, close[i], 1000);
	CHECK_INT(r->n, want_at < 0 ? 1 : 2, "exits");
	if (want_at >= 0 && r->n == 2)
		CHECK_INT(r->record[1].ts, end_of(TF, at + (uint32_t)want_at), "at its bar");
	rig_close(r);
}

void test_breakout_back_inside(void)
{
	static const double twice[] = { 100.8, 100, 100.2, 100.02, 100.01 };
	static const double once[] = { 100.8, 100, 100.3, 100, 100.3, 100.3 };
	static const double at_once[] = { 100, 100 };

	after_breakout(twice, 5, 4);
	after_breakout(once, 6, -1);
	after_breakout(at_once, 2, 1);
}

/* ---- momentum */

/* A jump of 3 % on volume at bar i, then up or down by 4 % in the bar after next. */
static uint32_t jump(struct rig *r, uint32_t i, bool goes_on)
{
	double from = 100;

	give(r, i++, from, 103, from, 103, 5000);
	give(r, i++, 103, 103.1, 102.9, 103, 1000);
	give(r, i++, 103, goes_on ? 108 : 103, goes_on ? 103 : 98, goes_on ? 108 : 98, 1000);
	for (uint32_t k = 0; k < 9; k++, i++)
		give(r, i, from, from + 0.2, from - 0.2, from, 1000);
	return i;
}

#define JUMPY "look=1 min_move=2%% vol_n=5 vol_mult=2 barriers=percent target=3%% stop=3%% " \
	"p_min=0.5 warmup=20 atr_n=5 "

/* The window of `horizon` bars must have ended before t. */
void test_momentum_purge(void)
{
	for (uint32_t horizon = 2; horizon <= 16; horizon++) {
		char sets[300];
		snprintf(sets, sizeof sets, JUMPY "continuation=share votes_min=1 horizon=%u",
			 horizon);
		struct rig *r = rig_open("momentum", "", sets, TF);
		uint32_t i = 0;
		r->no_short = r->no_trades = true;
		for (; i < 24; i++)
			quiet(r, i, 100);
		i = jump(r, i, true);		/* at 24; the next one at 36 */
		(void)jump(r, i, true);
		/* The first one's last bar is 24 + horizon. That must be before 36. */
		CHECK_INT(entries(r, SIDE_BUY), horizon < 12 ? 1 : 0, "horizon %u", horizon);
		rig_close(r);
	}
}

/* Signals of three symbols in one slot are one vote, and of one symbol in half an hour one. */
void test_momentum_votes(void)
{
	for (uint32_t wanted = 1; wanted <= 3; wanted++) {
		char sets[300];
		snprintf(sets, sizeof sets, JUMPY "continuation=share votes_min=%u horizon=3",
			 wanted);
		struct rig *r = rig_open("momentum", "", sets, TF);
		r->no_short = r->no_trades = true;
		for (uint32_t i = 0; i < 60; i++) {
			/* At bars 24 and 25, in one half hour, and at 36. Asked at 50. */
			bool jumps = i == 24 || i == 36 || i == 50;
			double was = i == 25 ? 103 : 100, now = jumps ? 103 : i == 25 ? 107 : 100;
			struct bar b[3];
			for (uint32_t k = 0; k < 3; k++) {
				b[k] = rig_bar(TF, i, was, now > was ? now + 0.1 : was + 0.1,
					       now - 0.1 < was ? now - 0.1 : was, now,
					       jumps || i == 25 ? 5000 + i * 1000 : 1000);
				b[k].sym = (sym)k;
			}
			rig_slice(r, b, 3);
		}
		uint32_t last = 0;
		for (uint32_t k = 0; k < r->n; k++)
			last += r->record[k].ts == end_of(TF, 50);
		CHECK_INT(last, wanted <= 2 ? 3 : 0, "of two votes %u are enough", wanted);
		rig_close(r);
	}
}

void test_momentum_gate(void)
{
	static const struct { const char *gate; int jumps, lost; bool enters; } cases[] = {
		{ "continuation=share votes_min=4", 4, 0, true },
		{ "continuation=share votes_min=5", 4, 0, false },
		{ "continuation=share votes_min=4", 4, 3, false },
		{ "continuation=beta votes_min=4 p_min=0.5", 4, 0, false },	/* P is 0.776 */
		{ "continuation=beta votes_min=4 p_min=0.5", 5, 0, true },	/* 0.822 */
		{ "continuation=wilson votes_min=4 p_min=0.5", 4, 0, true },	/* 0.597 */
		{ "continuation=wilson votes_min=4 p_min=0.6", 4, 0, false },
		{ "continuation=off", 0, 0, true },
	};

	for (size_t c = 0; c < COUNT(cases); c++) {
		char sets[300];
		snprintf(sets, sizeof sets, JUMPY "horizon=3 %s", cases[c].gate);
		struct rig *r = rig_open("momentum", "", sets, TF);
		uint32_t i = 0;
		r->no_short = r->no_trades = true;
		for (; i < 24; i++)
			quiet(r, i, 100);
		for (int k = 0; k < cases[c].jumps; k++)
			i = jump(r, i, k >= cases[c].lost);
		ns at = end_of(TF, i);
		(void)jump(r, i, true);
		bool entered = false;
		for (uint32_t k = 0; k < r->n; k++)
			entered |= r->record[k].ts == at;
		CHECK_INT(entered, cases[c].enters, "%s after %d jumps, %d lost", cases[c].gate,
			  cases[c].jumps, cases[c].lost);
		rig_close(r);
	}
}

/* ---- smart_money */

/* Lower low, higher on-balance volume: two pivots 12 bars apart. Known five bars after the second,
 * and then for ten bars. */
void test_smart_money_divergence(void)
{
	struct rig *r = rig_open("smart_money", "score", "need=1 vol_mult=1000 cmf_min=1 warmup=0",
				 TF);
	uint32_t base = 100, first = 0, last = 0, n = 0;

	r->no_short = r->no_trades = true;
	for (uint32_t i = 0; i < 160; i++) {
		double low = 99.5, close = 100 + (i % 2) * 0.01, volume = 1000;
		if (i == base)
			low = 98;
		if (i == base + 12)
			low = 97;
		if (i == base + 3) {		/* bought between the two */
			close = 100.5;
			volume = 90000;
		}
		/* The closes after are above VWAP. */
		if (i > base + 12)
			close = 102 + (i % 2) * 0.01;
		give(r, i, 100, 103, low, close, volume);
	}
	for (uint32_t k = 0; k < r->n; k++) {
		for (uint32_t i = 0; i < 160; i++)
			if (end_of(TF, i) == r->record[k].ts) {
				first = n == 0 ? i : first;
				last = i;
				n++;
			}
	}
	CHECK_INT(first, base + 12 + 5, "not before it is known");
	CHECK_INT(last, base + 12 + 5 + 9, "for ten bars");
	CHECK_INT(n, 10, "at each of them");
	rig_close(r);
}

/* ---- multi_timeframe */

static double ema_of(const double *x, uint32_t n, uint32_t length)
{
	double e = 0;

	if (n < length)
		return TA_NONE;
	for (uint32_t i = 0; i < length; i++)
		e += x[i] / length;
	for (uint32_t i = length; i < n; i++)
		e += 2.0 / (length + 1) * (x[i] - e);
	return e;
}

/* Minute by minute, the votes are those of the frames that had closed by then. */
void test_multi_timeframe_votes(void)
{
	static const uint32_t minutes[] = { 1, 5, 15, 60 };
	static double close[4][4000];
	uint32_t n[4] = { 0 }, compared = 0;
	struct rig_market *m = rig_market(11, 5, 60, 0);
	struct rig *r = rig_open("multi_timeframe", "votes", "fast=3 slow=7 warmup=0", 60);

	for (uint32_t i = 0; i < m->n; i++) {
		const struct bar *b = &m->bar[(size_t)i * RIG_SYMBOLS];
		struct session s = calendar_last(NULL, b->open_ts);
		uint32_t since = (uint32_t)((b->ts - s.open) / (60 * NS_SECOND));
		for (int f = 0; f < 4; f++)
			if (since % minutes[f] == 0 || b->ts == s.close)
				close[f][n[f]++] = px_f64(b->close);
		rig_slice(r, b, RIG_SYMBOLS);
		for (uint32_t f = 0; f < 4; f++) {
			double fast = ema_of(close[f], n[f], 3), slow = ema_of(close[f], n[f], 7);
			double last = n[f] > 0 ? close[f][n[f] - 1] : 0;
			double up = chart_value(r->chart, 0, &r->in[1 + f], NULL);
			double down = chart_value(r->chart, 0, &r->in[5 + f], NULL);
			/* Near equality the order of sums decides. */
			if (!ta_defined(slow) || fabs(fast - slow) < 1e-7 ||
					fabs(last - slow) < 1e-7)
				continue;
			compared++;
			if (!CHECK(up == (fast > slow && last > slow) &&
				   down == (fast < slow && last < slow),
				   "frame of %u minutes at minute %u: %g %g", minutes[f], i, up,
				   down))
				goto out;
		}
	}
	CHECK(compared > 4000, "%u votes were compared", compared);
out:
	rig_close(r);
	rig_market_free(m);
}

/* ---- adaptive */

/* Days by one close each; how often the regime had no strategy, day by day. */
static void regimes(const char *sets, const double *closes, uint32_t days, const char *want)
{
	struct rig *r = rig_open("adaptive", "classic", sets, TF);

	for (uint32_t d = 0; d < days; d++) {
		uint64_t cash = r->rejected[0];
		for (uint32_t i = 0; i < DAY; i++)
			give(r, d * DAY + i, closes[d], closes[d] * 1.001, closes[d] * 0.999,
			     closes[d], 1000);
		char is = r->rejected[0] > cash ? 'c' : '.';
		CHECK(is == want[d], "day %u: the regime is %c, want %c", d, is, want[d]);
	}
	rig_close(r);
}

/* All is cash but what is named: the regime shows in what is turned away as `cash`. EMA of two
 * days, 1 %: three like days, then 5 % more each day. Above from the close of day 3 on: days 3,
 * 4 and 5 are three in a row, and the session after them is the first that is bull. From day 9
 * on the price is near its average again. zscore wants 250 bars: before day 3 nobody is asked. */
#define CASH "numbers=literal trend_n=2 band=1% vol_max=50% vol_n=2 warmup=1 range_calm=cash " \
	"range_calm_2=cash range_wild=cash range_wild_2=cash bull_calm=cash bull_calm_2=cash " \
	"bull_wild=cash bull_wild_2=cash bear_calm=cash bear_calm_2=cash bear_wild=cash " \
	"bear_wild_2=cash "

void test_adaptive_three_days(void)
{
	static const double closes[] = { 100, 100, 100, 105, 110.25, 115.76, 121.55, 127.63, 134,
		134, 134, 134, 134, 134 };

	regimes(CASH "bull_calm=zscore", closes, COUNT(closes), "...ccc......cc");
	regimes(CASH "range_wild=zscore", closes, COUNT(closes), ".....ccccccccc");
	regimes(CASH "range_calm=zscore", closes, COUNT(closes), "...cc.cccccc..");
}
