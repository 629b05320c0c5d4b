/* engine_filters.c: what else must hold when the strategy has said yes: strength, regime, a rule,
 * the day's symbols. */
#include <math.h>
#include <stdio.h>

#include "test/unit/engine_rig.h"

#define SPY RIG_SYMBOLS

static struct rig rig;

static const char *funnel_of(uint32_t i)
{
	return engine_funnel_name(&rig.config, i);
}

/* So many entries were turned away by this, and none by anything else. */
static void check_turned(const char *by, uint64_t n, const char *what)
{
	uint64_t turned = 0, others = 0;

	for (uint32_t i = 1; funnel_of(i) != NULL; i++) {
		if (strcmp(funnel_of(i), by) == 0)
			turned = engine_state(rig.engine)->funnel[i];
		else
			others += engine_state(rig.engine)->funnel[i];
	}
	CHECK_INT(turned, n, "%s: by %s", what, by);
	CHECK_INT(others, 0, "%s: by nothing else", what);
}

static void begin(const struct filters *f)
{
	rig_open(&rig);
	rig.config.filters = *f;
	rig.config.bench = SPY;
	memcpy(rig.config.bench_name, "SPY", 4);
	rig_restart(&rig);
}

static void day_bar(sym s, day date, double close, double range, double volume)
{
	struct event ev = { .kind = EV_BAR, .u.bar = {
		.open_ts = ny_time(date, 0, 0), .ts = ny_time(date, 0, 0) + NS_DAY,
		.open = rig_px(close), .close = rig_px(close), .high = rig_px(close * (1 + range)),
		.low = rig_px(close * (1 - range)), .volume = volume, .sym = s,
		.flags = BAR_WARMUP } };

	rig_step(&rig, &ev);
}

/* The n sessions before the rig's day, the newest last: closes from `from` on, each `step` times
 * the one before. */
static void days(sym s, int n, double from, double step, double volume)
{
	for (int i = 0; i < n; i++)
		day_bar(s, calendar_back(NULL, rig_time(9, 30, 0), n - i),
			from * pow(step, i), 0.01, volume);
}

static void minute(int h, int m, const double close[RIG_SYMBOLS + 1])
{
	rig.now = rig_time(h, m, 0);
	for (sym s = 0; s <= SPY; s++)
		if (close[s] > 0)
			rig_bar(&rig, s, rig.now, close[s]);
	rig_clock(&rig, rig.now, true);
}

static const char *note_of_filter(void)
{
	for (uint32_t i = 0; i < rig.out.n; i++)
		if (rig.out.a[i].kind == ACT_NOTE && rig.out.a[i].u.note.kind == NOTE_FILTER)
			return rig.out.a[i].u.note.text;
	return "";
}

static const char *note_of_signal(void)
{
	for (uint32_t i = 0; i < rig.out.n; i++)
		if (rig.out.a[i].kind == ACT_NOTE && rig.out.a[i].u.note.kind == NOTE_SIGNAL)
			return rig.out.a[i].u.note.text;
	return "";
}

/* Whose bars it decides on stands with the signal, on that day. */
void test_engine_bars_of_the_other_provider(void)
{
	static const struct { ns before; uint16_t flags; const char *says; } cases[] = {
		{ 0, BAR_FALLBACK, "long, on bars of [data] fallback" },
		{ NS_DAY, BAR_FALLBACK | BAR_WARMUP, "long" },
		{ 0, 0, "long" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		begin(&(struct filters){ 0 });
		rig_ready(&rig);
		struct event ev = { .kind = EV_BAR, .ts = rig_time(10, 1, 0), .u.bar = {
			.open_ts = rig_time(10, 0, 0) - cases[i].before,
			.ts = rig_time(10, 1, 0) - cases[i].before, .open = rig_px(100),
			.high = rig_px(100), .low = rig_px(100), .close = rig_px(100),
			.volume = 100, .flags = cases[i].flags } };
		rig_step(&rig, &ev);
		rig_clock(&rig, rig_time(10, 1, 0), true);
		for (int m = 2; m <= 6; m++) {
			if (m == 6)
				rig_tell[0] = TELL_LONG;
			minute(10, m, (double[RIG_SYMBOLS + 1]){ 100 });
		}
		CHECK_TEXT(note_of_signal(), cases[i].says, "case %zu", i);
		rig_close(&rig);
	}
}

/* Stock and benchmark move so over three minutes; is there an entry? */
static bool enters(enum told side, double stock, double bench)
{
	begin(&(struct filters){ .strength = 3 });
	rig_ready(&rig);
	for (int m = 1; m <= 4; m++) {
		double at = (m - 1) / 3.0;
		if (m == 4)
			rig_tell[0] = side;
		minute(10, m, (double[RIG_SYMBOLS + 1]){ 100 * (1 + stock * at), 0, 0,
					  bench < -1 ? 0 : 500 * (1 + bench * at) });
	}
	bool entered = rig.store.trades_n > 0;
	if (!entered)
		check_turned("strength", 1, "the entry");
	rig_close(&rig);
	return entered;
}

void test_engine_filter_strength(void)
{
	CHECK(enters(TELL_LONG, 0.02, 0.01), "what leads the benchmark is bought");
	CHECK(enters(TELL_LONG, -0.01, -0.02), "also when both fall");
	CHECK(!enters(TELL_LONG, 0.01, 0.02), "what lags is not");
	CHECK(!enters(TELL_LONG, 0.01, 0.01), "nor what is equal");
	CHECK(!enters(TELL_LONG, 0.02, -2), "nor without a benchmark");
	CHECK(enters(TELL_SHORT, 0.01, 0.02), "what lags is sold short");
	CHECK(!enters(TELL_SHORT, 0.02, 0.01), "what leads is not");
}

void test_engine_filter_says_who_leads(void)
{
	begin(&(struct filters){ .strength = 1 });
	rig_ready(&rig);
	minute(10, 1, (double[RIG_SYMBOLS + 1]){ 100, 200, 300, 400 });
	CHECK_TEXT(note_of_filter(), "", "of one bar nobody leads");
	minute(10, 2, (double[RIG_SYMBOLS + 1]){ 101, 205, 299, 400.4 });
	CHECK_TEXT(note_of_filter(), "2/3 outperform SPY: MSFT +2.4% AAPL +0.9%", "the best first");
	minute(10, 3, (double[RIG_SYMBOLS + 1]){ 101, 205, 305, 400.4 });
	CHECK_TEXT(note_of_filter(), "", "not again so soon");
	for (int m = 4; m < 31; m++)
		minute(10, m, (double[RIG_SYMBOLS + 1]){ 101, 205, 305, 400.4 });
	minute(10, 32, (double[RIG_SYMBOLS + 1]){ 101, 205, 306, 400.4 });
	CHECK_TEXT(note_of_filter(), "1/3 outperform SPY: TSLA +0.3%", "half an hour later");
	rig_close(&rig);
}

void test_engine_filter_text(void)
{
	for (int i = 0; i < 2; i++) {
		struct filters f = { .text = "close > 100 and bench(close) > 400" };
		begin(&f);
		rig_ready(&rig);
		rig_tell[0] = TELL_LONG;
		minute(10, 1, (double[RIG_SYMBOLS + 1]){ 100 + i, 0, 0, 401 });
		CHECK_INT(rig.store.trades_n, i, "a close of %d", 100 + i);
		if (i == 0)
			check_turned("filter", 1, "the entry");
		rig_close(&rig);
	}
	/* Unknown is not true. */
	begin(&(struct filters){ .text = "not (sma(50) > 1)" });
	rig_ready(&rig);
	rig_tell[0] = TELL_LONG;
	minute(10, 1, (double[RIG_SYMBOLS + 1]){ 100 });
	CHECK_INT(rig.store.trades_n, 0, "a value that is not there yet");
	rig_close(&rig);
}

void test_engine_filter_text_is_checked(void)
{
	struct engine_config c;
	struct rule_error why;
	struct arena a;

	rig_open(&rig);
	c = rig.config;
	memcpy(c.filters.text, "close > rsii(14)", 17);
	CHECK_INT(arena_open(&a, plan_size(ENGINE_NODES) + 64), OK, "memory");
	struct plan *p = plan_new(&a, ENGINE_NODES, 60);
	CHECK(!engine_plan(&c, p, &why), "what is no rule is refused");
	CHECK(strstr(why.text, "rsii") != NULL, "with words: %s", why.text);
	CHECK_INT(why.at, 8, "and the place");
	arena_close(&a);
	rig_close(&rig);
}

/* A plan whose timeframes are all taken, as by the rules of its strategy. */
void test_engine_filters_want_room_in_the_plan(void)
{
	struct engine_config c;
	struct rule_error why;
	struct plan_ref r;
	struct arena a;

	rig_open(&rig);
	c = rig.config;
	c.bench = SPY;
	CHECK_INT(arena_open(&a, plan_size(ENGINE_NODES) + 64), OK, "memory");
	struct plan *p = plan_new(&a, ENGINE_NODES, 60);
	CHECK(rule_compile(p, STR("tf(2m, close) + tf(3m, close) + tf(4m, close) + tf(5m, close) + "
		"tf(6m, close) > 0"), NULL, RULE_ANY, &r, &why), "five timeframes fit");
	c.filters.regime = REGIME_BULL;
	CHECK(!engine_plan(&c, p, &why), "a regime of days is one too many");
	CHECK(strstr(why.text, "timeframes") != NULL, "with words: %s", why.text);
	c.filters.regime = 0;
	c.filters.scan = SCAN_GAP;
	CHECK(!engine_plan(&c, p, &why), "so are the days of a scan");
	c.filters.scan = SCAN_NONE;
	c.filters.strength = 5;
	CHECK(engine_plan(&c, p, &why), "strength wants none");
	arena_close(&a);
	rig_close(&rig);
}

static bool in_regime(uint32_t regime, double step, int n)
{
	begin(&(struct filters){ .regime = regime });
	days(SPY, n, 400, step, 1e6);
	rig_ready(&rig);
	rig_tell[0] = TELL_LONG;
	minute(10, 1, (double[RIG_SYMBOLS + 1]){ 100, 0, 0, 400 });
	bool entered = rig.store.trades_n > 0;
	if (!entered)
		check_turned("regime", 1, "the entry");
	rig_close(&rig);
	return entered;
}

void test_engine_filter_regime(void)
{
	CHECK(in_regime(REGIME_BULL, 1.003, 260), "a year of rises is a bull's");
	CHECK(!in_regime(REGIME_BEAR, 1.003, 260), "and no bear's");
	CHECK(!in_regime(REGIME_RANGE, 1.003, 260), "and no range");
	CHECK(in_regime(REGIME_BEAR, 0.997, 260), "a year of falls is a bear's");
	CHECK(in_regime(REGIME_BEAR | REGIME_RANGE, 0.997, 260), "of several words one will do");
	CHECK(in_regime(REGIME_RANGE, 1, 260), "a year of nothing is a range");
	CHECK(!in_regime(REGIME_RANGE, 1.003, 100), "of a hundred days nobody knows");
	CHECK(!in_regime(REGIME_BULL, 1.003, 100), "though they rise");
}

/* Two hundred quiet days or wild ones, then twenty of the other kind. */
static bool restless(uint32_t regime, double before, double after)
{
	begin(&(struct filters){ .regime = regime });
	for (int i = 0; i < 330; i++) {
		double move = i < 300 ? before : after;
		day_bar(SPY, calendar_back(NULL, rig_time(9, 30, 0), 330 - i),
			400 * (1 + (i % 2 == 0 ? move : -move) * (1 + i % 7 / 10.0)), 0.05, 1e6);
	}
	rig_ready(&rig);
	rig_tell[0] = TELL_LONG;
	minute(10, 1, (double[RIG_SYMBOLS + 1]){ 100, 0, 0, 400 });
	bool entered = rig.store.trades_n > 0;
	rig_close(&rig);
	return entered;
}

void test_engine_filter_volatility(void)
{
	CHECK(restless(REGIME_HIGH, 0.002, 0.01), "a month wilder than the year");
	CHECK(!restless(REGIME_LOW, 0.002, 0.01), "which is not quiet");
	CHECK(restless(REGIME_LOW, 0.01, 0.002), "a month quieter than the year");
	CHECK(!restless(REGIME_HIGH, 0.01, 0.002), "which is not wild");
}

static const struct filters scanned = {
	.scan_top = 1, .scan_at = 5 * NS_MINUTE, .scan_price_min = { 10 * NUM_ONE },
	.scan_price_max = { 1000 * NUM_ONE }, .scan_volume = 1000000
};

/* AAPL opens 1 % up and stays; MSFT opens unchanged and falls 3 %; TSLA rises 2 % on the largest
 * volume, but trades little on other days. */
static void morning(enum scan scan, bool again)
{
	struct filters f = scanned;

	f.scan = (int)scan;
	if (again)
		rig_restart(&rig);
	else
		begin(&f);
	if (!again)
		rig.now = rig_time(9, 0, 0);
	days(0, 20, 100, 1, 2e6);
	for (int i = 20; i > 0; i--)
		day_bar(1, calendar_back(NULL, rig_time(9, 30, 0), i), 200, 0.03, 2e6);
	days(2, 20, 300, 1, again ? 2e6 : 5e5);
	days(SPY, 20, 400, 1, 1e8);
	if (again)	/* the morning's minutes are history now */
		for (int m = 1; m <= 5; m++)
			for (sym s = 0; s <= SPY; s++) {
				static const double at[] = { 101, 200, 306, 404 };
				struct event ev = { .kind = EV_BAR, .u.bar = {
					.open_ts = rig_time(9, 29 + m, 0),
					.ts = rig_time(9, 30 + m, 0), .volume = 1000,
					.flags = BAR_WARMUP, .sym = s } };
				double c = s == 1 ? 200 - 1.2 * m : at[s];
				ev.u.bar.open = ev.u.bar.high = rig_px(s == 1 ? 200 : c);
				ev.u.bar.close = ev.u.bar.low = rig_px(c);
				rig_step(&rig, &ev);
			}
	rig_ready(&rig);
	for (int m = 1; m <= 5 && !again; m++) {
		rig_tell[0] = rig_tell[1] = m == 4 ? TELL_LONG : TELL_NOTHING;
		minute(9, 30 + m,
		       (double[RIG_SYMBOLS + 1]){ 101, 200 - 1.2 * m, 306, 404 });
	}
}

void test_engine_scan(void)
{
	morning(SCAN_GAP, false);
	CHECK_TEXT(note_of_filter(), "symbols of the day: AAPL", "the largest gap of those known");
	CHECK_INT(rig.store.trades_n, 0, "nothing is entered before");
	rig_tell[0] = rig_tell[1] = TELL_LONG;
	minute(9, 36, (double[RIG_SYMBOLS + 1]){ 101, 194, 306, 404 });
	CHECK_INT(rig.store.trades_n, 1, "only that one is entered");
	CHECK_INT(rig.store.trade[0].sym, 0, "which was chosen");
	CHECK_TEXT(note_of_filter(), "", "it is chosen once a day");
	rig_close(&rig);
	morning(SCAN_MOVERS, false);
	CHECK_TEXT(note_of_filter(), "symbols of the day: MSFT", "three per cent, though down");
	rig_close(&rig);
	morning(SCAN_VOLATILITY, false);
	CHECK_TEXT(note_of_filter(), "symbols of the day: MSFT", "its days range furthest");
	rig_close(&rig);
	morning(SCAN_STRENGTH, false);
	CHECK_TEXT(note_of_filter(), "symbols of the day: AAPL", "level with the benchmark leads");
	rig_close(&rig);
	morning(SCAN_VOLUME, false);
	CHECK_TEXT(note_of_filter(), "symbols of the day: AAPL", "of equals the first by name");
	rig_close(&rig);
}

/* After a restart at noon the morning decides, not the noon: the choice that was made then; when
 * nobody knows it, one as of then among what is known by now. */
void test_engine_scan_after_a_restart(void)
{
	morning(SCAN_GAP, false);
	rig.now = rig_time(12, 0, 0);
	morning(SCAN_GAP, true);
	minute(12, 1, (double[RIG_SYMBOLS + 1]){ 90, 280, 306, 404 });
	CHECK_TEXT(note_of_filter(), "", "it is chosen once a day");
	rig.now = rig_time(12, 2, 0);
	rig.store.have_state = false;
	morning(SCAN_GAP, true);
	minute(12, 3, (double[RIG_SYMBOLS + 1]){ 90, 280, 306, 404 });
	/* TSLA is known well enough by now, and had gapped further. */
	CHECK_TEXT(note_of_filter(), "symbols of the day: TSLA", "as of the morning");
	rig_close(&rig);
}
