/* arena.c: one mapping, handed out from its beginning to its end. */
#include "base/arena.h"

#include <sys/mman.h>

#define ALIGN 16

enum err arena_open(struct arena *a, size_t size)
{
	assert(size > 0);
	*a = (struct arena){ 0 };

	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return ERR_IO;
	a->memory = memory;
	a->size = size;
	return OK;
}

void arena_close(struct arena *a)
{
	if (a->memory != NULL) {
		int failed = munmap(a->memory, a->size);
		assert(!failed);
	}
	*a = (struct arena){ 0 };
}

void *arena_alloc(struct arena *a, size_t size)
{
	assert(!a->sealed);
	assert(a->memory != NULL && a->used <= a->size);
	/* Compared before it is rounded up, which could overflow. */
	assert(size <= a->size - a->used);

	char *p = a->memory + a->used;
	size_t rounded = (size + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
	a->used = rounded <= a->size - a->used ? a->used + rounded : a->size;
	return p;
}

void arena_clear(struct arena *a)
{
	assert(!a->sealed);
	memset(a->memory, 0, a->used);
	a->used = 0;
}

void arena_seal(struct arena *a)
{
	a->sealed = true;
}
