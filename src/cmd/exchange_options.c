/* exchange_options.c: the options of `gambler exchange`: one table, from which come reading,
 * complaints and the help text. A new option is a row. */
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/exchange.h"
#include "cmd/rows.h"

#define MEMBER(m) ROW_MEMBER(struct setup, m)

static_assert(SYMBOLS_MAX == 1024 && XS_FAULTS_MAX == 16, "complaints and the help say so");

/* ---- the readers of those that are not simple */

static bool list_symbols(struct symbols *t, const char *list)
{
	struct str rest = str_of(list);
	sym s;

	t->n = 0;
	while (rest.n > 0)
		if (symbols_add(t, str_trim(str_cut(&rest, ',')), &s) != OK)
			return false;
	return t->n > 0;
}

#define WELL_KNOWN "AAPL,MSFT,GOOGL,AMZN,TSLA,NVDA,META,AMD,SPY,QQQ,IWM,EEM,FXI,GLD,TLT,USO"

/* The well-known ones first, then names of three and four letters that can be said. */
static void make_symbols(struct symbols *t, uint32_t n)
{
	static const char consonant[] = "BCDFGHJKLMNPRSTVWXZ", vowel[] = "AEIOU";
	bool known = list_symbols(t, WELL_KNOWN);

	assert(known);
	if (t->n > n)
		t->n = n;
	for (uint32_t i = 0; t->n < n; i++) {
		uint32_t k = i * 7919;		/* not in the order of the alphabet */
		char name[5] = {
			consonant[k % 19], vowel[k / 19 % 5], consonant[k / 95 % 19],
			i % 2 == 0 ? consonant[k / 1805 % 19] : '\0'
		};
		sym s;
		if (symbols_add(t, str_of(name), &s) != OK)
			break;
	}
}

static const char *read_symbols(void *setup, const char *v)
{
	struct setup *s = setup;
	int64_t n;

	if (num_parse(&n, str_of(v)) == OK && n % NUM_ONE == 0 && n > 0 &&
	    n <= SYMBOLS_MAX * NUM_ONE) {
		make_symbols(&s->symbols, (uint32_t)(n / NUM_ONE));
		return NULL;
	}
	return num_parse(&n, str_of(v)) != OK && list_symbols(&s->symbols, v) ? NULL :
	       "symbols like AAPL,BRK.B, or how many, at most 1024";
}

static const char *read_speed(void *setup, const char *v)
{
	struct setup *s = setup;
	int64_t n;

	s->c.lockstep = str_eq(str_of(v), STR("max"));
	s->c.real = str_eq(str_of(v), STR("real"));
	if (s->c.real)
		s->c.speed_milli = 1000;
	if (s->c.lockstep || s->c.real)
		return NULL;
	if (num_parse(&n, str_of(v)) != OK || n < NUM_ONE / 1000 || n > 100000 * NUM_ONE)
		return "times real time, up to 100000, or 'max', or 'real'";
	s->c.speed_milli = n / (NUM_ONE / 1000);
	return NULL;
}

static bool two_digits(const char *t, int *n)
{
	*n = (t[0] - '0') * 10 + t[1] - '0';
	return t[0] >= '0' && t[0] <= '9' && t[1] >= '0' && t[1] <= '9';
}

static const char *read_start(void *setup, const char *v)
{
	struct setup *s = setup;
	static const char wanted[] = "a day like 2024-10-01, or with a time 2024-10-01T10:30";
	struct str rest = str_of(v), date = str_cut(&rest, 'T');
	const char *t = rest.s;
	int hour, minute;

	if (!date_parse(&s->c.market.start, date))
		return wanted;
	s->c.start_at = 0;
	if (date.n == strlen(v))
		return NULL;
	if (rest.n != 5 || t[2] != ':' || !two_digits(t, &hour) || !two_digits(t + 3, &minute) ||
	    hour > 23 || minute > 59)
		return wanted;
	s->c.start_at = ny_time(s->c.market.start, hour, minute);
	return NULL;
}

static const char *read_seed(void *setup, const char *v)
{
	struct setup *s = setup;
	int64_t n;

	if (num_parse(&n, str_of(v)) != OK || n < 0 || n % NUM_ONE != 0)
		return "a whole number, 0 to 9000000000";
	s->c.market.seed = s->c.core.seed = (uint64_t)(n / NUM_ONE);
	return NULL;
}

static const char *read_keys(void *setup, const char *file)
{
	struct setup *s = setup;
	char line[160];
	FILE *f = fopen(file, "re");
	bool fine = f != NULL;

	for (int i = 0; i < 2 && fine; i++)
		fine = fgets(line, sizeof(line), f) != NULL &&
		       str_copy(s->key[i], sizeof(s->key[i]),
				(struct str){ line, strcspn(line, "\r\n") }) &&
		       s->key[i][0] != '\0';
	if (f != NULL)
		(void)fclose(f);
	if (!fine)
		return "a file with the key id in its first line and the secret in its second";
	s->c.key = s->key[0];
	s->c.secret = s->key[1];
	return NULL;
}

static const char *read_plan(void *setup, const char *v)
{
	struct setup *s = setup;
	s->c.plan_basic = str_eq(str_of(v), STR("basic"));
	return s->c.plan_basic || str_eq(str_of(v), STR("plus")) ? NULL : "basic or plus";
}

static const char *add_fault(struct setup *s, const char *name, bool scenario)
{
	if (s->c.faults == XS_FAULTS_MAX)
		return "no more than 16 scripts and scenarios go together";
	s->c.fault[s->c.faults].name = name;
	s->c.fault[s->c.faults++].scenario = scenario;
	return NULL;
}

static const char *read_faults(void *setup, const char *v)
{
	struct setup *s = setup;
	return add_fault(s, v, false);
}

static const char *read_scenario(void *setup, const char *v)
{
	struct setup *s = setup;
	return add_fault(s, v, true);
}

/* ---- the table */

static const struct row rows[] = {
	HEADING("Prices"),
	{ TEXT, "--bars DIR        real 1- or 5-minute bars: *.csv with the header\n"
		"                  symbol,timestamp,open,high,low,close,volume",
		MEMBER(c.market.bars_dir) },
	{ OTHER, "--symbols LIST    generated prices: for these, with commas (default: 16 "
		"well-known ones)\n--symbols N       for so many: well-known ones first, then "
		"made up",
		.read = read_symbols },
	{ NUMBER, "--history N       trading days whose prices lie before --start, for clients\n"
		"                  that ask for bars of the past (default 12)",
		MEMBER(c.market.history_sessions), 1, 2000, 1 },
	{ OTHER, "--seed N          generated prices, order ids and partial fills (default 1)",
		.read = read_seed },
	{ NUMBER, "--spread BP       quoted spread in basis points (default 2, at least one cent)",
		MEMBER(c.market.spread_bp_centi), 0, 1000, 100 },
	{ FLAG, "--extended-hours  play bars before the open and after the close, too",
		MEMBER(c.market.extended_hours), true },
	{ NUMBER, "--late PCT        share of minutes that late prints, cancels and corrections "
		"revise\n                  half a minute later (default 0)",
		MEMBER(c.market.late_centi), 0, 100, 100 },
	{ FLAG, "--luld            limit up, limit down is enforced: pauses of five minutes",
		MEMBER(c.market.luld), true },
	{ NUMBER, "--short-pages N   pages of market data hold no more, whatever their limit",
		MEMBER(c.short_pages), 1, 10000, 1 },

	HEADING("Time"),
	{ OTHER, "--speed N         N times real time (default 60)\n"
		"--speed max       lockstep: as fast as clients that join acknowledge instants\n"
		"--speed real      market time is the wall clock's: today, now, open or closed",
		.read = read_speed },
	{ OTHER, "--start DATE[THH:MM]  first day, and time in New York: what lies before it is\n"
		"                  passed over (default 2024-01-02; real: today)",
		.read = read_start },
	{ DAY, "--until DATE      last day (default five years on)", MEMBER(c.market.until) },
	{ FLAG, "--real-nights     nights and holidays take their time (else they are passed over)",
		MEMBER(c.skip_closed), false },
	{ FLAG, "--until-end       exit when the market has ended and all clients are done",
		MEMBER(until_end), true },

	HEADING("Trading"),
	{ NUMBER, "--cash N          to start with (default 100000)",
		MEMBER(c.core.cash), 0, 1000000000, NUM_ONE },
	{ NUMBER, "--partial PCT     share of orders that fill in parts (default 10)",
		MEMBER(c.core.partial_pct), 0, 100, 1 },
	{ NUMBER, "--slippage BP     against market and stop orders, in basis points (default 1)",
		MEMBER(c.core.slippage_bp_centi), 0, 1000, 100 },
	{ FLAG, "--fees            SEC, TAF and CAT fees, and interest on overnight debt, as\n"
		"                  live charges them (paper charges none)",
		MEMBER(c.core.fees), true },
	{ TEXT, "--actions FILE    splits and dividends: *.csv with the header\n"
		"                  date,symbol,type,ratio,cash,pay", MEMBER(c.actions_file) },
	{ FLAG, "--pdt-fields      the account's day trading fields of before July 2026",
		MEMBER(c.pdt_fields), true },
	{ NUMBER, "--latency MS      until an order is on the book (default 20)",
		MEMBER(c.core.latency), 0, 10000, NS_MS },
	{ NUMBER, "--volume-share PCT  of each tick's volume, that orders together may take; the\n"
		"                  rest waits (default 0: no bound, as paper)",
		MEMBER(c.core.volume_share_pct), 0, 100, 1 },
	{ FLAG, "--no-collars      market buys that open and buy stops have no limit at +4 %\n"
		"                  (below 50 dollars) or +2.5 %", MEMBER(c.core.collars), false },
	{ FLAG, "--strict          numbers in orders must be strings, as the description of the "
		"API\n                  says; otherwise JSON numbers are taken, too",
		MEMBER(c.strict), true },

	HEADING("Misbehaving (gambler help faults has the language)"),
	{ OTHER, "--faults FILE     does what the script says: cuts, refuses, drops, delays",
		.read = read_faults },
	{ OTHER, "--scenario NAME   a script that is inside; may be given several times, too\n"
		"--scenario list   their names; --scenario show NAME: the script",
		.read = read_scenario },

	HEADING("Serving"),
	{ TEXT, "--listen ADDR:PORT  (default 127.0.0.1:9190; port 0: any free one)",
		MEMBER(c.listen) },
	{ TEXT, "--state FILE      go on after a stop, or kill -9, where it was",
		MEMBER(c.state_file) },
	{ OTHER, "--keys FILE       key id and secret, one a line, that clients must show; also "
		"from\n                  APCA_API_KEY_ID and APCA_API_SECRET_KEY. Without: any "
		"pair will do", .read = read_keys },
	{ TEXT, "--accounts FILE   several accounts, one a line: KEY SECRET [cash=N]\n"
		"                  [multiplier=1|2|4] [no-shorting]", MEMBER(accounts_file) },
	{ NUMBER, "--rate-limit N    requests a minute (real) and account, then 429; never in\n"
		"                  lockstep (default: 200 in real time, otherwise 0: no limit)",
		MEMBER(c.rate_limit), 0, 1000000, 1 },
	{ OTHER, "--plan NAME       of the data: plus (default: everything), or basic: 30 symbols\n"
		"                  on the stream, and IEX only", .read = read_plan },
	{ FLAG, "--one-stream      a second trading stream of an account is refused: with 429, or\n"
		"                  when it says later who it is",
		MEMBER(c.one_trading_stream), true },
	{ FLAG, "--text-frames     the trading stream in text frames, as live sends them",
		MEMBER(c.json_frames_text), true },
};

void exchange_options_help(void)
{
	rows_help(rows, COUNT(rows));
	help_section("exchange, behind its options");
}

int exchange_options(struct setup *s, int argc, char **argv)
{
	char why[512];
	int status = rows_read("exchange", rows, COUNT(rows), s, argc, argv);

	if (status != 0)
		return status;
	if (s->c.market.bars_dir != NULL && s->symbols.n > 0) {
		fprintf(stderr, "gambler exchange: --symbols is for generated prices; --bars plays "
			"what its files hold. Try 'gambler help exchange'.\n");
		return EXIT_USAGE;
	}
	if (s->accounts_file != NULL && !exchange_accounts(s, why, sizeof(why))) {
		fprintf(stderr, "gambler exchange: %s\n", why);
		return EXIT_USAGE;
	}
	if (s->symbols.n == 0)
		(void)list_symbols(&s->symbols, WELL_KNOWN);
	return 0;
}
