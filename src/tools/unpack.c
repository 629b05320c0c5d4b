/* unpack.c: fills the texts and tables of the linked program (packed.ld) before it runs. */
#include <stdlib.h>
#include <sys/mman.h>

#include "base/inflate.h"

extern uintptr_t packed_begin[], packed_end[];	/* whole pages */
extern const struct {
	uint32_t size;
	uint8_t data[];
} packed_data;

/*
 * Ahead of the other constructors, which read texts. Then they are as constant as they look.
 *
 * The C library relocated what was not there yet: where a pointer will be there is now the address
 * that the program was loaded at, and 0 everywhere else. What is added to that is what the linker
 * would have written into the file.
 */
__attribute__((constructor(101))) static void unpack(void)
{
	size_t room = (size_t)((uint8_t *)packed_end - (uint8_t *)packed_begin);
	uintptr_t *plain = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	if (plain == MAP_FAILED || inflate((uint8_t *)plain, room, packed_data.data,
			packed_data.size) != room)
		abort();	/* there are no words to say it with */
	for (size_t i = 0; i < room / sizeof *plain; i++)
		packed_begin[i] += plain[i];
	if (munmap(plain, room) != 0 || mprotect(packed_begin, room, PROT_READ) != 0)
		abort();
}
