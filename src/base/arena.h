/* arena.h: memory that is sized once, at start, and never given back. After
 * arena_seal an allocation aborts: nothing on the trading path allocates. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/base.h"

struct arena {
	char  *memory;
	size_t used, size;
	bool   sealed;
};

MUST_CHECK enum err arena_open(struct arena *a, size_t size);	/* mmap: zeroed, lazily backed */
void  arena_close(struct arena *a);
void *arena_alloc(struct arena *a, size_t size);	/* zeroed, 16-aligned; aborts when full */
void  arena_clear(struct arena *a);	/* all is free again, and zeroed */
void  arena_seal(struct arena *a);

#define ARENA_NEW(a, type, count) ((type *)arena_alloc((a), sizeof(type) * (count)))

#endif
