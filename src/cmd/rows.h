/* rows.h: the options of a command as one table, from which come reading, complaints and the
 * help text. A new option is a row. */
#ifndef CMD_ROWS_H
#define CMD_ROWS_H

#include <stddef.h>

#include "cmd/cmd.h"

enum row_kind { SECTION, TEXT, FLAG, NUMBER, DAY, OTHER, WORDS };

struct row {
	int64_t  kind;		/* enum row_kind, so wide that a row has no holes */
	/* As the help shows it. The option's name goes up to the first blank; one blank and a word
	 * behind it are its value, and further lines its text. */
	const char *help;
	uint32_t at, size;	/* the member that takes it: ROW_MEMBER */
	int64_t  low, high;	/* NUMBER: whole bounds; FLAG: low is what is stored */
	int64_t  scale;		/* NUMBER: stored per 1; so many fractions are allowed */
	/* WORDS: reads each word that is no option; one row of a table at most.
	 * OTHER: reads a value that is none of the simple kinds: NULL, or what it should have
	 * been. */
	const char *(*read)(void *setup, const char *value);
};

#define ROW_MEMBER(type, m) .at = offsetof(type, m), .size = sizeof(((type *)NULL)->m)
#define HEADING(h)      { .kind = SECTION, .help = (h) }

#define ROWS_MAX 64		/* of one table */

/* For the row of --set: of a setup whose first member is its struct options. */
const char *rows_set(void *setup, const char *value);

void rows_help(const struct row *rows, size_t n);
/* Over what *setup holds already. --config is -c; behind -- all are words. 0, or EXIT_USAGE: told
 * on stderr. */
int  rows_read(const char *command, const struct row *rows, size_t n, void *setup, int argc,
	       char **argv);

#endif
