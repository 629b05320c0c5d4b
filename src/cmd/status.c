/* status.c: `gambler status`: one sentence, then a few lines. */
#include <stdio.h>

#include "base/clock.h"
#include "cmd/client.h"
#include "cmd/show.h"

static bool value(struct str d, const char *key, char dst[static CELL_MAX])
{
	return api_value(d, key, dst, CELL_MAX);
}

static ns instant(struct str d, const char *key)
{
	char text[CELL_MAX];
	ns at = 0;

	return value(d, key, text) && rfc3339_parse(&at, str_of(text)) == OK ? at : 0;
}

static int64_t number(struct str d, const char *key)
{
	char text[CELL_MAX];
	int64_t n = 0;

	return value(d, key, text) && num_parse_round(&n, str_of(text)) == OK ? n : 0;
}

static void counted(struct text *t, int64_t n, const char *what)
{
	text_num(t, n);
	text_char(t, ' ');
	text_cstr(t, what);
	text_cstr(t, n == NUM_ONE ? "" : "s");
}

static void market(struct text *t, struct str d)
{
	char open[CELL_MAX];
	ns now = instant(d, "market.now");
	bool is_open = value(d, "market.open", open) && str_eq(str_of(open), STR("true"));
	ns next = instant(d, is_open ? "market.next_close" : "market.next_open");

	text_cstr(t, is_open ? ", market open" : ", market closed");
	if (now == 0 || next <= now)
		return;
	if (is_open) {
		text_cstr(t, " (closes in ");
		show_span(t, next - now);
	} else {
		text_cstr(t, " (opens ");
		show_date(t, next);
		text_char(t, ' ');
		show_clock(t, next);
		text_char(t, ' ');
		text_cstr(t, show_zone(next));
	}
	text_char(t, ')');
}

static void underscores_out(char *s)
{
	for (; *s != 0; s++)
		if (*s == '_')
			*s = ' ';
}

/* "sim, running 3 min, market open (closes in 2.0 h), 2 positions, day +12.40 USD" */
static void sentence(struct str d, bool running)
{
	char memory[512], word[CELL_MAX];
	struct text t;

	text_init(&t, memory, sizeof memory - 1);
	(void)value(d, "mode", word);
	text_cstr(&t, word);
	text_cstr(&t, ", ");
	(void)value(d, "state", word);
	underscores_out(word);
	text_cstr(&t, running ? word : "not running");
	if (running) {
		text_cstr(&t, str_eq(str_of(word), STR("running")) ? " " : ", up ");
		show_span(&t, number(d, "uptime_s"));	/* billionths of a second */
		market(&t, d);
	}
	text_cstr(&t, ", ");
	counted(&t, number(d, "positions_open"), "position");
	if (value(d, "account.day_pnl", word)) {
		text_cstr(&t, ", day ");
		show_cell(&t, CELL_GAIN, word);
		text_cstr(&t, " USD");
	}
	puts(text_done(&t));
}

static void account(struct str d)
{
	char memory[300], word[CELL_MAX];
	struct text t;

	text_init(&t, memory, sizeof memory - 1);
	text_cstr(&t, "Account: equity ");
	(void)value(d, "account.equity", word);
	show_cell(&t, CELL_PRICE, word);
	text_cstr(&t, " USD, cash ");
	(void)value(d, "account.cash", word);
	show_cell(&t, CELL_PRICE, word);
	text_cstr(&t, ", buying power ");
	(void)value(d, "account.buying_power", word);
	show_cell(&t, CELL_PRICE, word);
	puts(text_done(&t));
}

static void trouble(struct str d)
{
	char word[CELL_MAX], who[CELL_MAX];

	if (value(d, "kill", word) && !str_eq(str_of(word), STR("run"))) {
		underscores_out(word);
		(void)value(d, "killed_by", who);
		printf("Latched: %s%s%s. Nothing new is opened; stops stay. Then: gambler resume\n",
		       word, who[0] != 0 ? ", by " : "", who);
	}
	if (value(d, "links.trouble", word))
		printf("Trouble: %s\n", word);
	if (value(d, "links.stand_in", word))
		printf("Bars: some of today's are not the broker's, but from %s.\n", word);
}

static void totals(struct str d)
{
	char memory[300];
	struct text t;

	text_init(&t, memory, sizeof memory - 1);
	text_cstr(&t, "Since the store began: ");
	counted(&t, number(d, "stats.trades"), "trade");
	text_cstr(&t, ", ");
	text_num(&t, number(d, "stats.wins"));
	text_cstr(&t, " won, ");
	text_money(&t, number(d, "stats.pnl"), true);
	text_cstr(&t, " USD; ");
	counted(&t, number(d, "orders_open"), "open order");
	puts(text_done(&t));
}

static const struct column instances[] = {
	{ "INSTANCE", "name", { NULL }, CELL_TEXT, NULL },
	{ "STATE", "state", { NULL }, CELL_TEXT, NULL },
	{ "BREAKER", "breaker", { NULL }, CELL_TEXT, NULL },
	{ "POSITIONS", "positions", { NULL }, CELL_QTY, "max_positions" },
	{ "TODAY", "trades_day", { NULL }, CELL_QTY, NULL },
	{ "DAY USD", "pnl_day", { NULL }, CELL_GAIN, NULL },
	{ "TRADES", "trades", { NULL }, CELL_QTY, NULL },
	{ "ALL USD", "pnl", { NULL }, CELL_GAIN, NULL },
	{ "DECIDED", "last_decision", { NULL }, CELL_MINUTE, NULL },
	{ 0 },
};

int cmd_status(int argc, char **argv)
{
	struct options o;
	struct str d, i;
	struct api a;
	char word[CELL_MAX];

	int code = api_open(&a, &o, argc, argv, NULL, NULL);
	if (code == 0 && o.argc > 0)
		code = usage_error("status", "takes no words", o.argv[0]);
	if (code == 0)
		code = api_get(&a, "/status", false, &d);
	if (code != 0)
		return code;
	if (o.json) {
		printf("%.*s\n", (int)d.n, d.s);
		return a.running ? EXIT_DONE : EXIT_FAILED;
	}
	sentence(d, a.running);
	trouble(d);
	if (value(d, "account.equity", word))
		account(d);
	totals(d);
	if (api_get(&a, "/api/v1/instances", false, &i) == 0) {
		puts("");
		(void)show_table(i, instances, "No instance is enabled.");
	}
	return a.running ? EXIT_DONE : EXIT_FAILED;
}
