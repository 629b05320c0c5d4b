/* backtest.h: `gambler backtest`. argv[0] is the subcommand's name. */
#ifndef CMD_BACKTEST_H
#define CMD_BACKTEST_H

#include "cmd/cmd.h"

extern const char help_backtest[];
int  cmd_backtest(int argc, char **argv);
void backtest_options_help(void);	/* the rest of the help: the rows' lines, and the manual */

#endif
