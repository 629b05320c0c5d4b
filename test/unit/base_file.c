/* Files that are whole: what is under a name is what was there, or what was to be there. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "check.h"

static char folder[64];

static void path_of(char out[static 96], const char *file)
{
	snprintf(out, 96, "%s/%s", folder, file);
}

static void reads(const char *path, const char *want, const char *when)
{
	char text[64] = "";
	FILE *f = fopen(path, "r");
	size_t n = f == NULL ? 0 : fread(text, 1, sizeof text - 1, f);

	if (f != NULL)
		fclose(f);
	text[n] = 0;
	CHECK_TEXT(f == NULL ? "(no file)" : text, want, "%s", when);
}

void test_file_put(void)
{
	char path[96], part[96], longer[FILE_PATH + 1];
	struct rlimit old, none = { 4, RLIM_INFINITY };
	struct stat st;

	snprintf(folder, sizeof folder, "/tmp/gambler-file-XXXXXX");
	CHECK(mkdtemp(folder) != NULL, "a folder");
	path_of(path, "word");
	path_of(part, "word.part");
	CHECK(file_put(path, STR("first")), "written");
	reads(path, "first", "a new file");
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600, "its owner's alone");
	CHECK(file_put(path, STR("2")), "written again");
	reads(path, "2", "another in its place");
	CHECK(access(part, F_OK) != 0, "no part is left");
	/* The kernel takes four bytes of eight. */
	signal(SIGXFSZ, SIG_IGN);
	CHECK(getrlimit(RLIMIT_FSIZE, &old) == 0, "limit");
	none.rlim_max = old.rlim_max;
	CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0, "files of four bytes");
	CHECK(!file_put(path, STR("12345678")) && errno == EFBIG, "too large: errno %d", errno);
	CHECK(setrlimit(RLIMIT_FSIZE, &old) == 0, "limit");
	reads(path, "2", "half a file is none");
	CHECK(access(part, F_OK) != 0, "and its half goes");
	/* What is in the way. */
	CHECK(symlink("/etc/passwd", part) == 0, "a symlink");
	CHECK(!file_put(path, STR("3")) && errno == ELOOP, "is not followed: errno %d", errno);
	CHECK(unlink(part) == 0 && unlink(path) == 0 && mkdir(path, 0700) == 0, "a folder");
	CHECK(!file_put(path, STR("4")) && errno == EISDIR, "is not replaced: errno %d", errno);
	CHECK(access(part, F_OK) != 0, "nothing is left beside it");
	CHECK(rmdir(path) == 0 && rmdir(folder) == 0, "nothing is left at all");
	CHECK(!file_put(path, STR("5")) && errno == ENOENT, "without its folder: errno %d", errno);
	memset(longer, 'a', FILE_PATH);
	longer[FILE_PATH] = 0;
	CHECK(!file_put(longer, STR("6")) && errno == ENAMETOOLONG, "too long: errno %d", errno);
}

void test_file_without_a_slash(void)
{
	char here[256];

	snprintf(folder, sizeof folder, "/tmp/gambler-file-XXXXXX");
	CHECK(getcwd(here, sizeof here) != NULL && mkdtemp(folder) != NULL && chdir(folder) == 0,
	      "in a folder");
	CHECK(file_put("word", STR("here")), "written");
	reads("word", "here", "in the folder that this is");
	CHECK(unlink("word") == 0 && chdir(here) == 0 && rmdir(folder) == 0, "and back");
	CHECK(!file_sync_folder("/nowhere/at/all") && errno == ENOENT, "no folder: %d", errno);
	CHECK(!file_sync_folder("/dev/null") && errno == ENOTDIR, "a file: %d", errno);
	CHECK(file_sync_folder("/proc"), "one that cannot be synced");
	if (geteuid() == 0) {
		CHECK(file_put("/gambler-file-test", STR("x")), "at the root of all");
		CHECK(unlink("/gambler-file-test") == 0, "and away");
	}
}
