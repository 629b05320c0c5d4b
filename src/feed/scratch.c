/* scratch.c: files without names. */
#include "feed/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23	/* of Linux on every machine; musl 1.2.3 has no name for it */
#endif

int scratch_file(void)
{
	const char *dir = getenv("TMPDIR");
	char name[] = "/tmp/gambler-XXXXXX";
	int fd = open(dir != NULL && dir[0] != '\0' ? dir : "/tmp",
		      O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	fd = mkostemp(name, O_CLOEXEC);		/* of a file system that cannot do that */
	if (fd >= 0)
		(void)unlink(name);
	return fd;
}

void *scratch_map(size_t size)
{
	int fd = scratch_file(), error = fd < 0 ? errno : posix_fallocate(fd, 0, (off_t)size);
	void *map = NULL;

	if (error == 0) {
		map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		error = errno;
	}
	if (fd >= 0)
		(void)close(fd);
	if (map == NULL || map == MAP_FAILED) {
		errno = error;
		return NULL;
	}
	/* All of it is about to be written: a fault for each page is slower by far. Kernels before
	 * 5.14 know of none of this. */
	(void)madvise(map, size, MADV_POPULATE_WRITE);
	return map;
}

void scratch_unmap(void *memory, size_t size)
{
	if (memory != NULL)
		(void)munmap(memory, size);
}
