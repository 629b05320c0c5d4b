/* disk.h: files as disk.c (bytes) and file.c (names) know them. */
#ifndef DST_DISK_H
#define DST_DISK_H

#include "sim.h"

#include <sys/types.h>

#define NODES 64
#define PATH  256

struct change {				/* not safe yet */
	struct change *next;
	int64_t        at;		/* -1: the size became n */
	size_t         n;
	char           bytes[];
};

struct node {
	char    path[PATH];		/* "": free */
	bool    folder, removed;
	bool    solid;			/* the exchange's, whose disk is never in the way */
	mode_t  mode;
	int     memory;			/* memfd */
	int64_t size;
	char   *safe;			/* what a power loss leaves, at least */
	int64_t safe_n, safe_cap;
	struct change *first, **last;
	uint32_t opened;
};

extern struct node nodes[NODES];

/* at -1: the size became `size`. safe: it is so at once. */
void disk_remember(struct node *n, int64_t at, const void *from, size_t size, bool safe);
bool disk_is_full(void);
int  dst_ftruncate(int fd, off_t size);

#endif
