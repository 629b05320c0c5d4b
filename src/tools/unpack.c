/* unpack.c: fills the texts of the linked program (packed.ld) before anything of it runs. */
#include <stdlib.h>
#include <sys/mman.h>

#include "base/inflate.h"

extern uint8_t packed_begin[], packed_end[];	/* whole pages */
extern const uint8_t packed_data[], packed_data_end[];

/* Ahead of the other constructors, which read texts. Then they are as constant as they look. */
__attribute__((constructor(101))) static void unpack(void)
{
	size_t room = (size_t)(packed_end - packed_begin);

	if (inflate(packed_begin, room, packed_data, (size_t)(packed_data_end - packed_data)) !=
			room || mprotect(packed_begin, room, PROT_READ) != 0)
		abort();	/* there are no words to say it with */
}
