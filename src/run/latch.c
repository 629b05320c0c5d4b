/* latch.c: the file FOLDER/kill. */
#include "run/latch.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define PATH 400

static const enum command known[] = { CMD_RESUME, CMD_REDUCE_ONLY, CMD_FLATTEN, CMD_HALT };

static const char *word_of(enum command c)
{
	return c == CMD_RESUME ? "run" : command_text(c);
}

static bool path_of(char out[static PATH], const char *folder, const char *file)
{
	struct text t;

	text_init(&t, out, PATH - 1);
	text_cstr(&t, folder);
	text_cstr(&t, file);
	out[t.n] = 0;
	return !t.full;
}

bool latch_read(const char *folder, enum command *c)
{
	char path[PATH], word[32];

	*c = CMD_HALT;
	if (!path_of(path, folder, "/kill"))
		return false;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)	/* there, but not for us to read: somebody meant something by it */
		return errno == EACCES || errno == ELOOP;
	ssize_t n = read(fd, word, sizeof word);
	(void)close(fd);
	struct str s = { word, n > 0 ? (size_t)n : 0 };
	s = str_trim(str_cut(&s, '\n'));
	for (size_t i = 0; i < COUNT(known); i++)
		if (str_eq(s, str_of(word_of(known[i]))))
			*c = known[i];
	return true;
}

bool latch_write(const char *folder, enum command c)
{
	char path[PATH];

	return path_of(path, folder, "/kill") && file_put(path, str_of(word_of(c)));
}

bool latch_remove(const char *folder)
{
	char path[PATH];

	return path_of(path, folder, "/kill") && (unlink(path) == 0 || errno == ENOENT);
}
