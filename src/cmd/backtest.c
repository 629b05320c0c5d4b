/* backtest.c: `gambler backtest`: how the instances would have done. */
#include "cmd/backtest.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "cmd/rows.h"

static const char manual[] =
"\n"
"What was decided at a bar's end reaches the market with the next bar: at its open, for the\n"
"worse by the slippage. A bar that opens through a stop fills it at the open; one that reaches\n"
"stop and target counts as stopped. Entries are dropped when the next bar is more than three\n"
"intervals away, in another session, or where everything is to be flat. Fees are those of live.\n"
"The same bars and configuration give the same bytes, everywhere.\n"
"\n"
"All instances trade on one account, whose money and limits they share as they do live; with\n"
"--alone each has an account of its own. What one holds another can hardly enter: against the\n"
"stop it would be a wash trade, which the broker refuses. Dividends are paid to none; bars of\n"
"`gambler fetch --adjustment all` have them in their prices.\n";

#define PATH 512

struct setup {
	struct options o;		/* -c, --set, --json */
	const char *bars, *instance, *trades, *equity, *html;
	day      from, until;
	bool     alone, no_fees, timing;
	int32_t  slippage_bp_centi, volume_share_pct, timeframe, threads;
	const char *vary[VARY_MAX];
	uint32_t varied;
};

#define MEMBER(m) ROW_MEMBER(struct setup, m)

static const char *read_vary(void *setup, const char *value)
{
	struct setup *s = setup;

	if (s->varied == VARY_MAX)
		return "no more than 6 of them";
	s->vary[s->varied++] = value;
	return NULL;
}

static const char *read_timeframe(void *setup, const char *value)
{
	struct setup *s = setup;
	int64_t n;
	struct str v = str_of(value);

	if (v.n > 1 && v.s[v.n - 1] == 'm')
		v.n--;
	if (num_parse(&n, v) != OK || n % NUM_ONE != 0 || n < NUM_ONE || n > 60 * NUM_ONE)
		return "minutes, as 5m";
	s->timeframe = (int32_t)(n / NUM_ONE) * 60;
	return NULL;
}

static const struct row rows[] = {
	HEADING("What"),
	{ TEXT, "-c FILE           the configuration (as for every command)", MEMBER(o.config) },
	{ OTHER, "--set KEY=VALUE   section.key=value: as if it were in the file",
		.read = rows_set },
	{ TEXT, "--instance NAME   only this one, though others are enabled",
		MEMBER(instance) },
	{ FLAG, "--alone           each instance on an account of its own",
		MEMBER(alone), true },
	{ OTHER, "--timeframe 5m    for all of them, whatever the configuration says",
		.read = read_timeframe },
	HEADING("Prices"),
	{ TEXT, "--bars DIR|store  real 1- or 5-minute bars: *.csv with the header\n"
		"                  symbol,timestamp,open,high,low,close,volume, or those that\n"
		"                  `gambler import` and `gambler fetch` have kept. Without:\n"
		"                  made-up ones of [exchange] seed, for a quarter", MEMBER(bars) },
	{ DAY, "--from DATE       the first session that is traded; bars before it are history",
		MEMBER(from) },
	{ DAY, "--to DATE         the last one", MEMBER(until) },
	HEADING("Fills"),
	{ NUMBER, "--slippage BP     against orders at the market, in basis points; at least one "
		"tick,\n                  and half of [exchange] spread (default 2)",
		MEMBER(slippage_bp_centi), 0, 1000, 100 },
	{ NUMBER, "--volume-share PCT  of a bar's volume, that orders together may take; the rest\n"
		"                  of an exit waits, of an entry is given up (default 10; 0: "
		"no bound)",
		MEMBER(volume_share_pct), 0, 100, 1 },
	{ FLAG, "--no-fees         without the fees of SEC, FINRA and CAT",
		MEMBER(no_fees), true },
	HEADING("Search"),
	{ OTHER, "--vary KEY=A:B:STEP  a parameter of the strategy in steps, or KEY=V,V,...;\n"
		"                  KEY alone: a $name of rules, in the steps that they give it;\n"
		"                  all combinations are run, each on an account of its own",
		.read = read_vary },
	{ NUMBER, "--threads N       share files, and combinations or the accounts of --alone\n"
		"                  (default 1)",
		MEMBER(threads), 1, 64, 1 },
	HEADING("Results"),
	{ FLAG, "--json            a JSON document on a line, for each account",
		MEMBER(o.json), true },
	{ TEXT, "--html FILE       the report as a page with charts (--alone: FILE-NAME.html, for\n"
		"                  each instance)", MEMBER(html) },
	{ TEXT, "--trades FILE     round trips as CSV", MEMBER(trades) },
	{ TEXT, "--equity FILE     the account at each session's end as CSV", MEMBER(equity) },
	{ FLAG, "--timing          how long it took, on stderr", MEMBER(timing), true },
};

void backtest_options_help(void)
{
	rows_help(rows, COUNT(rows));
	fputs(manual, stdout);
}

/* Bars on a terminal; nothing into a file. */
static void progress(void *ctx, ns now, ns from, ns to)
{
	static int shown = -1;
	int part = to > from ? (int)((now - from) / ((to - from) / 40 + 1)) + 1 : 40;

	(void)ctx;
	if (part == shown)
		return;
	shown = part;
	fprintf(stderr, "\r[%.*s%*s]", part, "########################################",
		40 - part, "");
	if (part >= 40)
		fputs("\r\033[K", stderr);
}

static int select_instances(const struct setup *s, struct config *c)
{
	bool found = s->instance == NULL;

	for (uint32_t i = 0; i < c->instances_n; i++) {
		struct engine_config *e = &c->instance[i];
		if (s->timeframe != 0)
			e->timeframe_s = s->timeframe;
		if (s->instance == NULL)
			continue;
		c->instance_enabled[i] = str_eq(str_of(e->name), str_of(s->instance));
		found |= c->instance_enabled[i];
	}
	if (found)
		return 0;
	fprintf(stderr, "gambler backtest: %s has no [instance %.60s]\n", c->file, s->instance);
	return EXIT_USAGE;
}

static void put(void *ctx, struct str piece)
{
	(void)fwrite(piece.s, 1, piece.n, ctx);
}

static int written(bool fine, const char *path)
{
	if (fine)
		return 0;
	fprintf(stderr, "gambler backtest: %s cannot be written\n", path);
	return EXIT_FAILED;
}

/* FILE; of several accounts "report-NAME.html" for "report.html". */
static bool page_path(char out[static PATH], const char *file, const struct lab_run *of)
{
	const char *end = strrchr(file, '.');
	struct text t;

	if (end == NULL || strchr(end, '/') != NULL)
		end = file + strlen(file);
	text_init(&t, out, PATH - 1);
	text_add(&t, (struct str){ file, (size_t)(end - file) });
	if (of != NULL) {
		text_char(&t, '-');
		text_cstr(&t, of->instance[0].name);
	}
	text_cstr(&t, end);
	out[t.n] = '\0';
	return !t.full;
}

static bool write_page(const struct setup *s, const struct lab_report *report)
{
	char path[PATH];
	bool fits = page_path(path, s->html, s->alone ? report->run : NULL);
	FILE *f = fits ? fopen(path, "we") : NULL;
	const struct lab_sink out = { put, f };

	if (f == NULL)
		return false;
	lab_html(report, &out);
	bool bad = ferror(f) != 0;
	return fclose(f) == 0 && !bad;
}

static int print_result(const struct setup *s, const struct lab_run *r)
{
	const struct lab_sink out = { put, stdout };
	size_t size = lab_size(r);
	struct arena a;

	if (arena_open(&a, size + 16) != OK) {
		fputs("gambler backtest: no memory for the report\n", stderr);
		return EXIT_FAILED;
	}
	const struct lab_report *report = lab_judge(r, arena_alloc(&a, size));
	if (s->o.json)
		lab_json(report, &out);
	else
		lab_text(report, &out);
	int status = s->html == NULL ? 0 : written(write_page(s, report), s->html);
	arena_close(&a);
	return status;
}

static int print_search(const struct setup *s, const struct backtest *b)
{
	struct lab_run best;

	if (vary_print(b, s->o.json, &best))
		return print_result(s, &best);
	fputs("gambler backtest: no memory for the reports\n", stderr);
	return EXIT_FAILED;
}

static int print_results(const struct setup *s, const struct backtest *b)
{
	int status = 0;

	if (s->varied > 0)
		return print_search(s, b);
	for (uint32_t i = 0; i < backtest_results(b); i++)
		status |= print_result(s, backtest_result(b, i));
	if (s->trades != NULL)
		status |= written(backtest_trades_csv(b, s->trades), s->trades);
	if (s->equity != NULL)
		status |= written(backtest_equity_csv(b, s->equity), s->equity);
	return status;
}

static void tell_time(const struct backtest *b, ns read, ns walked)
{
	uint64_t bars = backtest_result(b, 0)->bars;
	double each = bars > 0 ? (double)walked / (double)bars / backtest_results(b) : 0;
	char memory[160];
	struct text t;

	text_init(&t, memory, sizeof memory);
	text_cstr(&t, "bars read: ");
	text_f64(&t, (double)read / 1e9, 3);
	text_cstr(&t, " s, walked and judged: ");
	text_f64(&t, (double)walked / 1e9, 4);
	text_cstr(&t, " s of processor time, ");
	text_f64(&t, each, 1);
	text_cstr(&t, " ns a bar and account\n");
	fputs(text_done(&t), stderr);
}

static int run(const struct setup *s, const struct backtest_config *c)
{
	char why[512];
	struct backtest *b;
	int status = EXIT_FAILED;
	ns begun = cpu_ns();
	enum err e = backtest_open(&b, c, why, sizeof why);

	if (e == OK) {
		ns read = cpu_ns();
		e = backtest_run(b, why, sizeof why);
		if (e == OK && s->timing)
			tell_time(b, read - begun, cpu_ns() - read);
		if (e == OK)
			status = print_results(s, b);
		backtest_close(b);
	}
	if (e == OK)
		return status;
	fprintf(stderr, "gambler backtest: %s\n", why);
	return e == ERR_CONFIG ? EXIT_CONFIG : EXIT_FAILED;
}

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* What does not go together. */
static int check(const struct setup *s)
{
	if (s->until > 0 && s->from > s->until) {
		fputs("gambler backtest: --from is a later day than --to\n", stderr);
		return EXIT_USAGE;
	}
	if (same(s->trades, s->equity) || same(s->trades, s->html) || same(s->equity, s->html)) {
		fputs("gambler backtest: one file is named for two things\n", stderr);
		return EXIT_USAGE;
	}
	if (s->varied == 0 || (s->trades == NULL && s->equity == NULL && !s->alone))
		return 0;
	fputs("gambler backtest: --vary goes without --alone, --trades and --equity: run the "
	      "combination by itself for those\n", stderr);
	return EXIT_USAGE;
}

int cmd_backtest(int argc, char **argv)
{
	static struct config config;
	struct setup s = { .slippage_bp_centi = 200, .volume_share_pct = 10, .threads = 1 };

	int status = rows_read("backtest", rows, COUNT(rows), &s, argc, argv);
	if (status == 0)
		status = check(&s);
	if (status == 0)
		status = options_config(&s.o, &config);
	if (status == 0)
		status = select_instances(&s, &config);
	if (status != 0)
		return status;
	struct backtest_config bc = {
		.config = &config, .bars = s.bars, .from = s.from, .until = s.until,
		.alone = s.alone, .fees = !s.no_fees, .slippage_bp_centi = s.slippage_bp_centi,
		.volume_share_pct = s.volume_share_pct, .complain = print_error,
		.threads = (uint32_t)s.threads,
		.progress = isatty(STDERR_FILENO) ? progress : NULL
	};
	if (s.varied > 0)
		status = vary_read(&bc, s.vary, s.varied);
	return status != 0 ? status : run(&s, &bc);
}
