/* exchange.h: `gambler exchange`. argv[0] is the subcommand's name. */
#ifndef CMD_EXCHANGE_H
#define CMD_EXCHANGE_H

#include "exchange/serve.h"

int  cmd_exchange(int argc, char **argv);
void exchange_options_help(void);	/* the rest of the help: the rows' lines, and the manual */

/* What the options say. Options are rows of a table in exchange_options.c; a row names a member
 * of this, so a new option is a member here, or of what is in here, and a row there. */
struct setup {
	struct exchange_config c;
	struct symbols symbols;
	bool until_end;
	char key[2][128];
	const char *accounts_file;
	char account[XS_ACCOUNTS_MAX][2][128];	/* key and secret */
};

/* Over what *s holds already. 0, or EXIT_USAGE: told on stderr. */
int exchange_options(struct setup *s, int argc, char **argv);

/* exchange_accounts.c: the accounts of accounts_file, each as c.core says unless its line says
 * otherwise. False: `why` says so, with file and line. */
bool exchange_accounts(struct setup *s, char *why, size_t why_size);

#endif
