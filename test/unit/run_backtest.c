/* What fills, when and at which price: bars made by hand, strategies that enter at a time. */
#include <stdio.h>
#include <unistd.h>

#include "run/backtest.h"
#include "test/unit/run_config.h"

#define DOLLARS(d) ((int64_t)((d) * 10000 + 0.5) * (NUM_ONE / 10000))

#define INSTANCE \
	"[instance a]\nstrategy = s\nsymbols = AAA\ntimeframe = 5m\nposition = 10000\n" \
	"benchmark = none\nsides = both\n"
/* At 10:00, the close being 100: 100 shares, stop 99, target 102, half an hour. */
#define LONG_AT(when) \
	"[strategy s]\nenter_long = time == " when "\nstop = 1%\ntarget = 2%\nmax_hold = 30m\n" \
	"warmup = 1\n" INSTANCE
#define SHORT_AT(when) \
	"[strategy s]\nenter_short = time == " when "\nstop = 1%\ntarget = 2%\nmax_hold = 30m\n" \
	"warmup = 1\n" INSTANCE

struct row { int minute; double open, high, low, close, volume; };	/* of the day; 0: ends */

/* Bars of 100 dollars from the open on, but for those that are given; `until`: minute. */
struct scene {
	day  date;
	int  until;
	struct row row[8];
	int  missing[4];		/* minutes without a bar */
};

static const char template[] = "/tmp/gambler-backtest-XXXXXX";
static char folder[sizeof template];
static struct backtest *test;
static struct lab_trade last;

static const struct row *row_at(const struct scene *s, int minute)
{
	for (size_t i = 0; i < COUNT(s->row) && s->row[i].minute > 0; i++)
		if (s->row[i].minute == minute)
			return &s->row[i];
	return NULL;
}

static bool is_missing(const struct scene *s, int minute)
{
	for (size_t i = 0; i < COUNT(s->missing); i++)
		if (s->missing[i] == minute)
			return true;
	return false;
}

static void write_bars(const struct scene *s)
{
	char path[64];

	memcpy(folder, template, sizeof template);
	CHECK(mkdtemp(folder) != NULL, "a folder");
	(void)snprintf(path, sizeof path, "%s/AAA.5m.csv", folder);
	FILE *f = fopen(path, "w");
	if (f == NULL)
		return;
	fputs("timestamp,open,high,low,close,volume\n", f);
	for (int m = 9 * 60 + 30; m < s->until; m += 5) {
		const struct row flat = { m, 100, 100.2, 99.8, 100, 100000 };
		const struct row *r = row_at(s, m);
		r = r == NULL ? &flat : r;
		if (!is_missing(s, m))
			fprintf(f, "%lld,%.4f,%.4f,%.4f,%.4f,%.0f\n",
				(long long)(ny_time(s->date, m / 60, m % 60) / NS_SECOND), r->open,
				r->high, r->low, r->close, r->volume);
	}
	fclose(f);
}

static void remove_bars(void)
{
	char path[64];

	(void)snprintf(path, sizeof path, "%s/AAA.5m.csv", folder);
	(void)unlink(path);
	(void)rmdir(folder);
}

static const struct lab_run *play(const char *ini, const struct scene *s,
				  const struct backtest_config *more)
{
	struct backtest_config c = *more;
	char why[512] = "";

	clean_environment();
	load_good(ini, NULL);
	write_bars(s);
	c.config = &loaded.c;
	c.bars = folder;
	test = NULL;
	enum err e = backtest_open(&test, &c, why, sizeof why);
	remove_bars();
	if (!CHECK_INT(e, OK, "the backtest opens: %s", why))
		return NULL;
	CHECK_INT(backtest_run(test, why, sizeof why), OK, "and runs: %s", why);
	return backtest_result(test, 0);
}

/* The only trade; false: there is none, or more. */
static bool one_trade(const char *ini, const struct scene *s, int32_t slippage, int32_t share)
{
	const struct backtest_config c = { .slippage_bp_centi = slippage,
					   .volume_share_pct = share };
	const struct lab_run *r = play(ini, s, &c);

	if (r == NULL)
		return false;
	bool one = CHECK_INT(r->trades_n, 1, "there is one trade");
	if (one)
		last = r->trade[0];
	backtest_close(test);
	return one;
}

static void ends(const char *story, const struct scene *s, const char *ini, double entry,
		 int closed, double exit, enum exit_reason why)
{
	if (!one_trade(ini, s, 200, 0))
		return;
	CHECK_INT(last.entry.n, DOLLARS(entry), "%s: bought at", story);
	CHECK_INT(last.exit.n, DOLLARS(exit), "%s: sold at", story);
	CHECK_INT(last.closed, ny_time(s->date, closed / 60, closed % 60), "%s: when", story);
	CHECK_INT(last.reason, why, "%s: because of %s, not %s", story, exit_text(why),
		  exit_text((enum exit_reason)last.reason));
}

#define TUESDAY day_of(2024, 10, 1)
#define AT(h, m) ((h) * 60 + (m))

void test_backtest_stops_and_targets(void)
{
	struct scene s = { TUESDAY, AT(12, 0), { { AT(10, 5), 100, 102.5, 99.5, 102, 1e5 } },
			   { 0 } };

	ends("target within the bar", &s, LONG_AT("10:00"), 100.02, AT(10, 5), 102, EXIT_TARGET);
	s.row[0] = (struct row){ AT(10, 5), 100, 100.5, 98.9, 99, 1e5 };
	ends("stop within the bar", &s, LONG_AT("10:00"), 100.02, AT(10, 5), 99, EXIT_STOP);
	s.row[0] = (struct row){ AT(10, 5), 98, 98.5, 97, 98, 1e5 };
	ends("gap through the stop", &s, LONG_AT("10:00"), 100.02, AT(10, 5), 98, EXIT_STOP);
	s.row[0] = (struct row){ AT(10, 5), 100, 103, 98, 101, 1e5 };
	ends("both in one bar", &s, LONG_AT("10:00"), 100.02, AT(10, 5), 99, EXIT_STOP);
	s.row[0] = (struct row){ AT(10, 5), 103, 104, 98.5, 103, 1e5 };
	ends("opened beyond the target, and the stop", &s, LONG_AT("10:00"), 100.02, AT(10, 5), 99,
	     EXIT_STOP);
	s.row[0] = (struct row){ AT(10, 5), 103, 104, 102.5, 103, 1e5 };
	ends("opened beyond the target", &s, LONG_AT("10:00"), 100.02, AT(10, 5), 103,
	     EXIT_TARGET);
	s.row[0] = (struct row){ AT(10, 0), 99.5, 100, 98, 98.5, 1e5 };
	ends("stopped in the bar that bought", &s, LONG_AT("10:00"), 99.5199, AT(10, 0), 99,
	     EXIT_STOP);
	s.row[0] = (struct row){ AT(10, 0), 98, 99, 97, 98.5, 1e5 };
	ends("opened below the stop", &s, LONG_AT("10:00"), 98.0196, AT(10, 0), 98, EXIT_STOP);
}

void test_backtest_below_a_dollar(void)
{
	struct scene s = { TUESDAY, AT(12, 0), { { AT(9, 55), 0.5, 0.5, 0.5, 0.5, 1e5 },
						 { AT(10, 0), 0.5, 0.505, 0.4895, 0.495, 1e5 } },
			   { 0 } };

	/* 1 % of the price is half a cent: the broker would have refused the entry. */
	ends("stop a cent away", &s, LONG_AT("10:00"), 0.5001, AT(10, 0), 0.49, EXIT_STOP);
	s.row[1] = (struct row){ AT(10, 0), 0.5, 0.505, 0.4895, 0.495, 1e5 };
	ends("target a cent away", &s, SHORT_AT("10:00"), 0.4999, AT(10, 0), 0.49, EXIT_TARGET);
}

void test_backtest_short_sales(void)
{
	struct scene s = { TUESDAY, AT(12, 0), { { AT(10, 5), 102, 103, 101.5, 102, 1e5 } },
			   { 0 } };

	ends("gap through the stop", &s, SHORT_AT("10:00"), 99.98, AT(10, 5), 102, EXIT_STOP);
	CHECK(last.pnl.n < 0 && last.side == SIDE_SELL, "a short sale loses when the price rises");
	s.row[0] = (struct row){ AT(10, 5), 100, 100.5, 97.5, 98, 1e5 };
	ends("target within the bar", &s, SHORT_AT("10:00"), 99.98, AT(10, 5), 98, EXIT_TARGET);
	CHECK_INT(last.pnl.n, DOLLARS(198), "100 shares at 1.98 dollars are won");
	s.row[0] = (struct row){ AT(10, 5), 97, 101.5, 96, 98, 1e5 };
	ends("both in one bar", &s, SHORT_AT("10:00"), 99.98, AT(10, 5), 101, EXIT_STOP);
}

void test_backtest_time_and_session(void)
{
	struct scene s = { TUESDAY, AT(16, 0), { { 0 } }, { 0 } };

	ends("half an hour", &s, LONG_AT("10:00"), 100.02, AT(10, 30), 99.98, EXIT_TIME);
	s.missing[0] = AT(10, 30);
	s.missing[1] = AT(10, 35);
	ends("the first bar behind the time", &s, LONG_AT("10:00"), 100.02, AT(10, 40), 99.98,
	     EXIT_TIME);
	s.missing[0] = s.missing[1] = 0;
	ends("fifteen minutes before the close", &s, LONG_AT("15:35"), 100.02, AT(15, 45), 99.98,
	     EXIT_SESSION_END);
	s.date = day_of(2024, 11, 29);
	s.until = AT(13, 0);
	ends("on a half day, too", &s, LONG_AT("12:35"), 100.02, AT(12, 45), 99.98,
	     EXIT_SESSION_END);
}

static void dropped(const char *story, const struct scene *s, const char *ini)
{
	const struct backtest_config c = { .slippage_bp_centi = 200 };
	const struct lab_run *r = play(ini, s, &c);

	if (r == NULL)
		return;
	CHECK_INT(r->trades_n, 0, "%s: no trade", story);
	CHECK_INT(r->dropped, 1, "%s: an entry was dropped", story);
	CHECK_INT(r->open_n, 0, "%s: nothing is open", story);
	backtest_close(test);
}

void test_backtest_late_entries(void)
{
	struct scene s = { TUESDAY, AT(16, 0), { { 0 } }, { AT(10, 0), AT(10, 5), AT(10, 10) } };

	ends("three intervals later it still fills", &s, LONG_AT("10:00"), 100.02, AT(10, 45),
	     99.98, EXIT_TIME);
	s.missing[3] = AT(10, 15);
	dropped("four intervals later", &s, LONG_AT("10:00"));
	s = (struct scene){ TUESDAY, AT(16, 0), { { 0 } }, { AT(15, 40) } };
	dropped("where everything is to be flat", &s, LONG_AT("15:40"));
	s = (struct scene){ TUESDAY, AT(10, 0), { { 0 } }, { 0 } };
	const struct backtest_config c = { .slippage_bp_centi = 200 };
	const struct lab_run *r = play(LONG_AT("10:00"), &s, &c);
	if (r != NULL)
		CHECK_INT(r->trades_n, 0, "behind the last bar nothing fills");
	backtest_close(test);
}

void test_backtest_a_share_of_the_volume(void)
{
	struct scene s = { TUESDAY, AT(12, 0), { { AT(10, 0), 100, 100.2, 99.8, 100, 500 },
						 { AT(10, 5), 100, 100.5, 98.9, 99, 1e5 } },
			   { 0 } };

	if (!one_trade(LONG_AT("10:00"), &s, 200, 10))
		return;
	CHECK_INT(last.n.n, 50 * NUM_ONE, "a tenth of 500 shares is bought, the rest taken back");
	CHECK_INT(last.exit.n, DOLLARS(99), "what there is has a stop of its own");
	CHECK_INT(last.reason, EXIT_STOP, "and is stopped");
	s.row[0].low = 98.9;
	s.row[0].volume = 700;
	if (!one_trade(LONG_AT("10:00"), &s, 200, 10))
		return;
	CHECK_INT(last.closed, ny_time(s.date, 10, 5), "in that bar, the volume being used up, "
		  "it fills with the next one");
	CHECK_INT(last.n.n, 70 * NUM_ONE, "all of it");
}

void test_backtest_slippage(void)
{
	struct scene s = { TUESDAY, AT(12, 0), { { 0 } }, { 0 } };

	if (one_trade(LONG_AT("10:00"), &s, 0, 0))
		CHECK_INT(last.entry.n, DOLLARS(100.01), "a tick, and half a spread of 2 bp, at "
			  "the least");
	if (one_trade(LONG_AT("10:00"), &s, 500, 0))
		CHECK_INT(last.entry.n, DOLLARS(100.05), "5 basis points");
}

/* Section 31 in October 2024: 27.80 dollars a million sold; TAF 0.000166 a share sold; CAT
 * a share bought or sold. */
void test_backtest_fees(void)
{
	struct scene s = { TUESDAY, AT(12, 0), { { AT(10, 5), 100, 100.5, 98.9, 99, 1e5 } },
			   { 0 } };
	const struct backtest_config c = { .slippage_bp_centi = 200, .fees = true };
	const struct lab_run *r = play(LONG_AT("10:00"), &s, &c);

	if (r == NULL)
		return;
	if (CHECK_INT(r->trades_n, 1, "there is one trade")) {
		const struct lab_trade *t = &r->trade[0];
		int64_t sold = 9900 * (int64_t)27800 + 100 * (int64_t)166000;
		CHECK(t->fees.n >= sold && t->fees.n < sold + DOLLARS(0.02),
		      "SEC and TAF are charged, CAT is small: %lld", (long long)t->fees.n);
		CHECK_INT(t->pnl.n, -DOLLARS(102) - t->fees.n, "the profit is net of fees");
		int64_t cents = r->cash.n - DOLLARS(102) - r->day[0].equity.n;
		CHECK(cents >= t->fees.n && cents < t->fees.n + DOLLARS(0.03),
		      "the account pays whole cents of each kind: %lld", (long long)cents);
	}
	backtest_close(test);
}

void test_backtest_variants_are_what_they_are_alone(void)
{
	struct scene s = { TUESDAY, AT(12, 0), { { AT(10, 5), 100, 102.5, 99.5, 102, 1e5 } },
			   { 0 } };
	static const char ini[] = "[strategy s]\n$stop = 1, 0.5 to 5\nenter_long = time == 10:00\n"
		"stop = close - $stop\ntarget = 2%\nmax_hold = 30m\nwarmup = 1\n" INSTANCE;
	struct params p[3];
	struct backtest_config c = { .slippage_bp_centi = 200, .variant = p, .variants = 3,
				     .threads = 2 };

	if (!one_trade(ini, &s, 200, 0))
		return;
	struct lab_trade single = last;
	load_good(ini, NULL);
	p[0] = p[1] = p[2] = loaded.c.instance[0].params;
	p[1].v[0] = 0.5;	/* within the bar that follows */
	if (play(ini, &s, &c) == NULL)
		return;
	const struct lab_run *of[3] = { backtest_result(test, 0), backtest_result(test, 1),
					backtest_result(test, 2) };
	for (int i = 0; i < 3; i++)
		CHECK_INT(of[i]->trades_n, 1, "variant %d trades once", i);
	CHECK(memcmp(of[0]->trade, &single, sizeof single) == 0, "the first is as by itself");
	CHECK(memcmp(of[2]->trade, &single, sizeof single) == 0, "so is the last, on a thread");
	CHECK_INT(of[1]->trade[0].exit.n, DOLLARS(99.5), "the one between has its own stop");
	backtest_close(test);
}

/* On one thread their trades end in turn: the second's at its stop, the others' at the target; then
 * one more of each when its time is up. */
void test_backtest_trades_of_variants_are_their_own(void)
{
	struct scene s = { TUESDAY, AT(14, 0), { { AT(10, 10), 100, 100.2, 99.5, 100, 1e5 },
						 { AT(10, 20), 100, 102.5, 99.8, 100, 1e5 } },
			   { 0 } };
	static const char ini[] = "[strategy s]\n$stop = 1, 0.5 to 5\n"
		"enter_long = time == 10:00 or time == 12:00\n"
		"stop = close - $stop\ntarget = 2%\nmax_hold = 30m\nwarmup = 1\n" INSTANCE;
	struct params p[3];
	struct backtest_config c = { .slippage_bp_centi = 200, .variant = p, .variants = 3 };

	load_good(ini, NULL);
	p[0] = p[1] = p[2] = loaded.c.instance[0].params;
	p[1].v[0] = 0.5;
	if (play(ini, &s, &c) == NULL)
		return;
	for (uint32_t i = 0; i < 3; i++) {
		const struct lab_run *r = backtest_result(test, i);
		if (!CHECK_INT(r->trades_n, 2, "variant %u trades twice", i))
			continue;
		CHECK_INT(r->trade[0].exit.n, i == 1 ? DOLLARS(99.5) : DOLLARS(102),
			  "variant %u: the first trade's exit", i);
		CHECK_INT(r->trade[0].opened, ny_time(s.date, 10, 0), "and when it began");
		CHECK_INT(r->trade[1].reason, EXIT_TIME, "variant %u: the second ends by time", i);
		CHECK_INT(r->trade[1].opened, ny_time(s.date, 12, 0), "and began when it did");
	}
	backtest_close(test);
}

void test_backtest_says_what_is_wrong(void)
{
	struct scene s = { TUESDAY, AT(12, 0), { { 0 } }, { 0 } };
	struct backtest_config c = { .config = &loaded.c, .bars = folder };
	char why[512] = "";

	clean_environment();
	load_good("[strategy s]\nuse = mean_reversion\n[instance a]\nstrategy = s\n"
		  "symbols = AAA\ntimeframe = 1m\n", NULL);
	write_bars(&s);
	test = NULL;
	CHECK_INT(backtest_open(&test, &c, why, sizeof why), ERR_CONFIG, "minutes are not there");
	CHECK(strstr(why, "--timeframe") != NULL, "and the remedy is named: %s", why);
	c.from = day_of(2025, 1, 1);
	loaded.c.instance[0].timeframe_s = 300;
	CHECK_INT(backtest_open(&test, &c, why, sizeof why), ERR_CONFIG, "no bars so late");
	c.from = 0;
	load_good("[strategy s]\nuse = mean_reversion\n[instance a]\nstrategy = s\n"
		  "symbols = AAA\n[instance b]\nstrategy = s\nsymbols = NONE\n", NULL);
	CHECK_INT(backtest_open(&test, &c, why, sizeof why), ERR_CONFIG, "no bars of one");
	CHECK(strstr(why, "without it: --set instance.b.enabled=no") != NULL,
	      "and how to go on without it: %s", why);
	remove_bars();
	CHECK_INT(backtest_open(&test, &c, why, sizeof why), ERR_CONFIG, "no folder");
	CHECK(strstr(why, folder) != NULL, "which is named: %s", why);
}
