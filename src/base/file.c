#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"

bool file_sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return false;
	/* Some file systems cannot sync a folder, and say EINVAL. */
	bool ok = fsync(fd) == 0 || errno == EINVAL;
	(void)close(fd);
	return ok;
}

int file_begin(const char *path, char part[static FILE_PATH])
{
	struct text t;

	text_init(&t, part, FILE_PATH - 1);
	text_cstr(&t, path);
	text_cstr(&t, ".part");
	part[t.n] = '\0';
	if (t.full) {
		errno = ENAMETOOLONG;
		return -1;
	}
	/* Of a pipe that somebody has put there nobody reads. */
	return open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
}

bool file_sync_above(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[FILE_PATH] = ".";
	size_t n = slash == NULL || slash == path ? 1 : (size_t)(slash - path);

	if (n >= sizeof folder) {
		errno = ENAMETOOLONG;
		return false;
	}
	if (slash != NULL)
		memcpy(folder, path, n);
	return file_sync_folder(folder);
}

bool file_end(int fd, bool whole, const char *part, const char *path)
{
	if (fd < 0)
		return false;
	bool ok = whole && fsync(fd) == 0;
	int error = errno;
	if (close(fd) != 0 && ok) {
		error = errno;
		ok = false;
	}
	if (ok && rename(part, path) == 0)
		return file_sync_above(path);
	if (ok)
		error = errno;
	(void)unlink(part);
	errno = error;
	return false;
}

bool file_put(const char *path, struct str data)
{
	char part[FILE_PATH];
	int fd = file_begin(path, part);

	return file_end(fd, fd >= 0 && write_all(fd, data.s, data.n), part, path);
}
