/* rooms: base model store */
/* A sound file with some of its bytes replaced: four bytes of input say where and by what.
 * Verification ends, and stays inside what it has read. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store_inner.h"
#include "store/verify.h"

static char folder[] = "/dev/shm/gambler-fuzz-XXXXXX";
static char file[64];
static uint8_t *good;
static size_t size;
static int fd;

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void forget(void)
{
	char path[STORE_PATH];
	static const char *const files[] = { FILE_DATA, FILE_MDB, FILE_LOCK };

	for (size_t i = 0; i < COUNT(files); i++) {
		folder_path(path, folder, files[i]);
		(void)unlink(path);
	}
	(void)rmdir(folder);
}

static void make(void)
{
	char why[STORE_WHY];
	struct store *s;
	struct stat st;

	must(mkdtemp(folder) != NULL);
	(void)atexit(forget);
	must(store_open(&s, folder, STORE_WRITE, why) == OK);
	for (unsigned i = 0; i < 40; i++) {
		struct order o = { .made = (ns)i };
		struct note n = { .ts = (ns)i };
		(void)snprintf(o.cid, sizeof(o.cid), "order-%u", i);
		must(store_begin(s) == OK && store_put_order(s, &o) == OK &&
		     store_add_note(s, &n) == OK && store_commit(s, why) == OK);
	}
	store_close(s);
	(void)snprintf(file, sizeof(file), "%s/%s", folder, FILE_DATA);
	fd = open(file, O_RDWR | O_CLOEXEC);
	must(fd >= 0 && fstat(fd, &st) == 0);
	size = (size_t)st.st_size;
	good = malloc(size);
	must(good != NULL && pread(fd, good, size, 0) == (ssize_t)size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct verdict v;

	if (good == NULL)
		make();
	for (size_t i = 0; i + 4 <= n; i += 4) {
		size_t at = ((size_t)data[i] | (size_t)data[i + 1] << 8 |
			     (size_t)data[i + 2] << 16) % size;
		must(pwrite(fd, data + i + 3, 1, (off_t)at) == 1);
	}
	verify_here(folder, true, &v);
	assert(v.err == OK || v.why[0] != '\0');
	for (size_t i = 0; i + 4 <= n; i += 4) {
		size_t at = ((size_t)data[i] | (size_t)data[i + 1] << 8 |
			     (size_t)data[i + 2] << 16) % size;
		must(pwrite(fd, good + at, 1, (off_t)at) == 1);
	}
	return 0;
}
