/* exec_child.h: the process: how it begins and ends. */
#ifndef RUN_EXEC_CHILD_H
#define RUN_EXEC_CHILD_H

#include <sys/types.h>

#include "base/base.h"

struct child { pid_t pid; int in, out, err; };	/* pid 0: none; err -1:
							 * it closed that */

/* False: it could not be made. */
MUST_CHECK bool child_start(struct child *c, const char *const *word);
/* It has ended by itself; *code: of exit, or minus a signal. */
bool child_ended(const struct child *c, int *code);
/* With its whole group. */
void child_kill(struct child *c);

#endif
