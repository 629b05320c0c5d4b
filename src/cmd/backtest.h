/* backtest.h: `gambler backtest`. argv[0] is the subcommand's name. */
#ifndef CMD_BACKTEST_H
#define CMD_BACKTEST_H

#include "cmd/cmd.h"
#include "lab/report.h"
#include "run/backtest.h"

int  cmd_backtest(int argc, char **argv);
void backtest_options_help(void);	/* the rest of the help: the rows' lines, and the manual */

#define VARY_MAX    6		/* keys that are varied at once */
#define VARY_VALUES 100		/* values of one */

/* backtest_vary.c: every combination of the keys' values ("bb_k=1.5:3:0.5") becomes a variant of
 * the one instance that is enabled. 0, or EXIT_USAGE: told on stderr. */
int  vary_read(struct backtest_config *c, const char *const *vary, uint32_t n);
/* A table of what came of them, or a line of JSON for each; *best is the one with the highest
 * Sharpe ratio, to be judged as the best of so many. False: no memory. */
bool vary_print(const struct backtest *b, bool json, struct lab_run *best);

#endif
