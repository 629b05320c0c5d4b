/* generation.c: FOLDER/generation says how often the store has been opened for writing. The
 * store knows it too: when it says less, somebody has put an older copy in its place. The file
 * is no part of a commit: without it, or on a full disk, only that is not noticed. */
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "store/store_inner.h"

#define FILE_GENERATION "generation"

uint64_t generation_read(const char *path)
{
	char file[STORE_PATH], text[24];

	folder_path(file, path, FILE_GENERATION);
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return 0;
	ssize_t got = read(fd, text, sizeof(text));
	(void)close(fd);
	return number_in(text, got);
}

void generation_write(const char *path, uint64_t generation)
{
	char file[STORE_PATH], text[24];
	struct text t;

	text_init(&t, text, sizeof(text));
	text_u64(&t, generation);
	text_char(&t, '\n');
	folder_path(file, path, FILE_GENERATION);
	bool known = file_put(file, text_str(&t));
	(void)known;
}
