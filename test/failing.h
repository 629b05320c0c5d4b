/* failing.h: calls of the system that fail when a test wants it. The linker leads what the rooms
 * store and run, and LMDB in them, ask of libc through failing.c, and what these ask of LMDB and of
 * the clock: FAILING in the Makefile. */
#ifndef TEST_FAILING_H
#define TEST_FAILING_H

#include <stdbool.h>

/* From now on the n-th call of this name (1: the next) answers `error`; for_good: those after it,
 * too. A write of a full disk: ENOSPC; fstatvfs, 0: there is no room; mono_ns: it is late;
 * mdb_txn_id is `error`. An error below 0 is a signal, which ends who calls: -SIGKILL. Children
 * that are forked meanwhile inherit the count. */
void failing(const char *call, unsigned n, int error, bool for_good);
/* Another call beside it, and a third. */
void failing_too(const char *call, unsigned n, int error);
/* No more. True: it has struck, here or in a child. */
bool failing_end(void);

/* How many descriptors this process has. */
unsigned failing_descriptors(void);

#endif
