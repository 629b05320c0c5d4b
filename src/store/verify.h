/* verify.h: whether a data file is what was written. */
#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H

#include "store/store.h"

struct verdict {
	enum err err;
	uint64_t records, bad, facts;
	uint64_t seq, generation;	/* of its totals */
	uint8_t  version;	/* of the totals' record; 0: none */
	bool     damaged;	/* an older copy may take its place */
	bool     chain_broken;	/* err is OK then: whole, but not what was written */
	char     why[STORE_WHY];	/* with OK: a warning, or nothing */
};

/* In a child that may crash: then the file is damaged. lock_fd: not to be held by it;
 * -1 when a writer may be at work. */
enum err verify_in_child(const char *path, int lock_fd, struct verdict *v);
/* In this process. alone: nobody writes. */
void verify_here(const char *path, bool alone, struct verdict *v);

#endif
