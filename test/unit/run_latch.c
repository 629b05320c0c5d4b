/* The file that halts: what it may say, and that it goes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "run/latch.h"
#include "test/failing.h"

static char folder[64];

static void put(const char *text)
{
	char path[80];

	snprintf(path, sizeof path, "%s/kill", folder);
	FILE *f = fopen(path, "w");
	CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0, "a file %s", path);
}

void test_run_latch(void)
{
	static const struct { const char *text; enum command c; } cases[] = {
		{ "run", CMD_RESUME }, { "reduce_only\n", CMD_REDUCE_ONLY },
		{ " flatten \n", CMD_FLATTEN }, { "halt\n", CMD_HALT }, { "", CMD_HALT },
		{ "HALT!", CMD_HALT }, { "running", CMD_HALT }, { "flatten everything", CMD_HALT },
		{ "pause", CMD_HALT },
		{ "run                                                             x", CMD_RESUME },
	};
	char long_name[1024] = "";
	enum command c;

	snprintf(folder, sizeof folder, "/tmp/gambler-latch-XXXXXX");
	CHECK(mkdtemp(folder) != NULL, "a folder");
	CHECK(!latch_read(folder, &c), "no file: nothing is meant");
	CHECK(latch_remove(folder), "and nothing has to go");
	for (size_t i = 0; i < COUNT(cases); i++) {
		put(cases[i].text);
		CHECK(latch_read(folder, &c), "\"%s\" is there", cases[i].text);
		CHECK_INT(c, cases[i].c, "what \"%s\" means", cases[i].text);
	}
	CHECK(latch_write(folder, CMD_FLATTEN) && latch_read(folder, &c), "written and read");
	CHECK_INT(c, CMD_FLATTEN, "as it was meant");
	CHECK(latch_write(folder, CMD_RESUME) && latch_read(folder, &c) && c == CMD_RESUME,
	      "another word over it");
	CHECK(latch_remove(folder) && !latch_read(folder, &c), "removed");
	char path[80];
	snprintf(path, sizeof path, "%s/kill", folder);
	CHECK(symlink("/etc/passwd", path) == 0 && latch_read(folder, &c) && c == CMD_HALT,
	      "a symlink is not followed, and halts");
	CHECK(latch_remove(folder), "it goes like the others");
	CHECK(latch_write(folder, CMD_RESUME), "a file that cannot be opened");
	failing("open", 1, EACCES, false);
	CHECK(latch_read(folder, &c) && c == CMD_HALT && failing_end(), "halts, whatever it says");
	CHECK(latch_remove(folder), "and can be removed");
	CHECK(!latch_write("/nowhere/at/all", CMD_HALT), "without a folder it cannot be written");
	CHECK(!latch_remove("/dev/null"), "nor can it be known to be gone");
	memset(long_name, 'n', sizeof long_name - 1);
	CHECK(!latch_write(long_name, CMD_HALT) && !latch_remove(long_name) &&
	      !latch_read(long_name, &c) && c == CMD_HALT, "no file has so long a name");
	CHECK(rmdir(folder) == 0, "nothing is left behind");
}
