/* scratch.h: large memory for a while: a file without a name, mapped, so that what does not fit
 * in memory lies on the disk, and nothing remains. */
#ifndef FEED_SCRATCH_H
#define FEED_SCRATCH_H

#include "base/base.h"

/* In TMPDIR or /tmp. The descriptor, or -1: errno. */
int   scratch_file(void);
/* Zeroed; NULL: errno. */
void *scratch_map(size_t size);
void  scratch_unmap(void *memory, size_t size);

#endif
