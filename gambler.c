/* gambler: a stock trading bot in one file. This is the table of its commands; src/README
 * says where everything is, in the order in which a bar passes through. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/backtest.h"
#include "cmd/bars.h"
#include "cmd/cmd.h"
#include "cmd/exchange.h"

/* A command NAME is cmd_NAME, and its text the section NAME of src/cmd/help.txt. */
#define COMMAND(name, about) { #name, about, cmd_##name, NULL }
/* And it has a table of options, NAME_options. */
#define OPTIONS(name, about) { #name, about, cmd_##name, name##_options_help }

const struct subcommand commands[] = {
	COMMAND(run, "trade: sim (no keys needed), paper or live"),
	COMMAND(demo, "watch it trade on a made-up market, in a throw-away folder"),
	OPTIONS(exchange, "only the Alpaca-compatible exchange, for any bot"),
	OPTIONS(backtest, "how the instances would have done on bars of the past"),
	OPTIONS(fetch, "past bars from the broker, kept for backtests"),
	OPTIONS(import, "keep bars of CSV files for backtests"),
	OPTIONS(export, "kept bars as CSV"),
	COMMAND(status, "what it is doing"),
	COMMAND(positions, "what it holds, with its stops"),
	COMMAND(orders, "orders, newest first"),
	COMMAND(trades, "round trips, newest first"),
	COMMAND(why, "why an order or a trade came to be, and what became of it"),
	COMMAND(parity, "a recorded day played again: does it decide the same?"),
	COMMAND(indicator, "values of indicators and expressions over a CSV file"),
	COMMAND(log, "the last lines of the running one's log"),
	COMMAND(halt, "no new entries, latched until resume; stops stay"),
	COMMAND(resume, "after halt or pause"),
	COMMAND(pause, "no new entries for now"),
	COMMAND(flatten, "close everything at the market"),
	{ "reduce-only", "no new entries, latched until resume", cmd_reduce_only, NULL },
	COMMAND(doctor, "is this machine as trading wants it, and does the sandbox hold"),
	COMMAND(verify, "read the store again: is it what was written?"),
	COMMAND(backup, "a copy of the store, while trading"),
	COMMAND(restore, "a backup in the store's place"),
	COMMAND(check, "read the configuration and tell every problem"),
	COMMAND(calendar, "holidays and half days"),
	COMMAND(debug, "its parsers alone, for public test suites"),
	COMMAND(init, "print the sample ini, or an init script"),
	COMMAND(version, "version and licences"),
	COMMAND(help, "this, or what a command takes"),
	{ NULL, NULL, NULL, NULL },
};

static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (str_eq(str_of(argv[i]), STR("--help")) || str_eq(str_of(argv[i]), STR("-h")))
			return true;
	return false;
}

/* One of these that was closed at the start would be the next file that is opened, the store
 * among them, and what is printed or logged would be written into it. What stands there now can
 * be neither read nor written, as if it were closed. */
static void hold_standard_files(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH | O_DIRECTORY) != fd)
			_exit(EXIT_FAILED);	/* there is nowhere to say it */
}

/* A file that lacks its end is no success. */
static int written(int code)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return code;
	if (code == EXIT_DONE)
		fputs("gambler: what it printed could not be written\n", stderr);
	return code == EXIT_DONE ? EXIT_FAILED : code;
}

int main(int argc, char **argv)
{
	struct str word = argc > 1 ? str_of(argv[1]) : (struct str){ "", 0 };

	hold_standard_files();
	if (argc > 1 && (str_eq(word, STR("--help")) || str_eq(word, STR("-h"))))
		return written(cmd_help(1, argv));
	if (argc > 1 && str_eq(word, STR("--version")))
		return written(cmd_version(1, argv));
	for (const struct subcommand *c = commands; argc > 1 && c->name != NULL; c++) {
		if (!str_eq(word, str_of(c->name)))
			continue;
		if (wants_help(argc - 1, argv + 1)) {
			command_help(c);
			return written(EXIT_DONE);
		}
		signal(SIGPIPE, SIG_DFL);	/* `gambler trades | head` ends quietly */
		signal(SIGXFSZ, SIG_IGN);	/* `ulimit -f`: an error, as of a full disk */
		return written(c->run(argc - 1, argv + 1));
	}
	if (argc > 1)
		return no_command(argv[1]);
	fputs("Usage: gambler COMMAND [options]. Try 'gambler help', or watch: gambler demo\n",
	      stderr);
	return EXIT_USAGE;
}
