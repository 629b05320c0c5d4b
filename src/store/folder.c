/* folder.c: where the store lies. What is there belongs to this user and to nobody else,
 * or it is refused by its name and with the command that mends it. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/store_inner.h"

/* ---- one process, one opening: POSIX locks (LMDB's) end when any descriptor of the
 * file is closed, so a second opening would take away those of the first. */
#define CLAIMS 8

static struct claim {
	pid_t pid;	/* 0: free. A forked child does not hold what its parent holds */
	dev_t dev;
	ino_t ino;
} claims[CLAIMS];
static pthread_mutex_t claims_lock = PTHREAD_MUTEX_INITIALIZER;

enum err folder_claim(const char *path, int *slot, char why[static STORE_WHY])
{
	pid_t me = getpid();
	bool twice = false;
	struct stat st;

	*slot = -1;
	if (stat(path, &st) != 0) {
		store_say(why, "%s: %s", path, strerror(errno));
		return ERR_IO;
	}
	int failed = pthread_mutex_lock(&claims_lock);
	assert(!failed);
	for (int i = 0; i < CLAIMS; i++) {
		struct claim *c = &claims[i];
		if (c->pid == me && c->dev == st.st_dev && c->ino == st.st_ino)
			twice = true;
		else if (*slot < 0 && c->pid != me)
			*slot = i;
	}
	assert(twice || *slot >= 0);	/* nobody opens so many at once */
	if (!twice)
		claims[*slot] = (struct claim){ me, st.st_dev, st.st_ino };
	failed = pthread_mutex_unlock(&claims_lock);
	assert(!failed);
	if (!twice)
		return OK;
	*slot = -1;
	store_say(why, "%s: this process (%d) has it open already", path, (int)me);
	return ERR_REFUSED;
}

void folder_release(int slot)
{
	if (slot < 0)
		return;
	int failed = pthread_mutex_lock(&claims_lock);
	assert(!failed);
	claims[slot].pid = 0;
	failed = pthread_mutex_unlock(&claims_lock);
	assert(!failed);
}

/* ---- names */

/* Without slashes at the end: behind one, the kernel would follow a symlink. */
bool folder_name(char out[static STORE_PATH], const char *folder)
{
	size_t n = strlen(folder);

	while (n > 1 && folder[n - 1] == '/')
		n--;
	if (n == 0 || n > FOLDER_NAME_MAX)
		return false;
	memcpy(out, folder, n);
	out[n] = '\0';
	return true;
}

void folder_path(char out[static STORE_PATH], const char *folder, const char *file)
{
	int used = snprintf(out, STORE_PATH, "%s%s%s", folder, folder[1] == '\0' ? "" : "/", file);

	assert(used > 0 && used < STORE_PATH);
}

uint64_t number_in(const char *text, ssize_t n)
{
	uint64_t v = 0;

	for (ssize_t i = 0; i < n && text[i] >= '0' && text[i] <= '9'; i++)
		v = v * 10 + (uint64_t)(text[i] - '0');
	return v;
}

/* mkdir -p; what it makes is ours alone. */
enum err folder_make(const char *path, char why[static STORE_WHY])
{
	char part[STORE_PATH];
	size_t n = strlen(path);

	assert(n > 0 && n < sizeof(part));
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0700) == 0 || errno == EEXIST)
			continue;
		struct stat st;
		int error = errno;
		/* On a read-only or foreign parent that exists, mkdir need not say EEXIST. */
		if (stat(part, &st) == 0 && S_ISDIR(st.st_mode))
			continue;
		store_say(why, "cannot make folder %s: %s", part, strerror(error));
		return ERR_IO;
	}
	return OK;
}

static enum err check_one(const char *path, const struct stat *st, bool folder,
			  char why[static STORE_WHY])
{
	mode_t wanted = folder ? S_IFDIR : S_IFREG;

	if (S_ISLNK(st->st_mode))
		store_say(why, "%s is a symlink; name the place itself", path);
	else if ((st->st_mode & S_IFMT) != wanted)
		store_say(why, "%s is not a %s", path, folder ? "folder" : "regular file");
	else if (st->st_uid != geteuid())
		store_say(why, "%s belongs to user %u, this is user %u; run as that user, or: "
			  "chown %u %s", path, (unsigned)st->st_uid, (unsigned)geteuid(),
			  (unsigned)geteuid(), path);
	else if (st->st_mode & 077)
		store_say(why, "%s is open to others (mode %04o); chmod %s %s", path,
			  (unsigned)st->st_mode & 07777, folder ? "700" : "600", path);
	else if (!folder && st->st_nlink > 1)
		store_say(why, "%s has another name (hard link); remove that", path);
	else
		return OK;
	return ERR_CONFIG;
}

/* ERR_NOTFOUND: no such folder. ERR_CONFIG: not as it must be. */
enum err folder_check(const char *path, char why[static STORE_WHY])
{
	static const char *const files[] = { FILE_DATA, FILE_MDB, FILE_LOCK };
	char file[STORE_PATH];
	struct stat st;

	if (lstat(path, &st) != 0) {
		store_say(why, "%s: %s", path, strerror(errno));
		return errno == ENOENT || errno == ENOTDIR ? ERR_NOTFOUND : ERR_IO;
	}
	enum err e = check_one(path, &st, true, why);
	for (size_t i = 0; e == OK && i < COUNT(files); i++) {
		folder_path(file, path, files[i]);
		if (lstat(file, &st) == 0)
			e = check_one(file, &st, false, why);
		else if (errno != ENOENT) {
			store_say(why, "%s: %s", file, strerror(errno));
			e = ERR_IO;
		}
	}
	return e;
}

enum err folder_data(const char *path, uint64_t *bytes, char why[static STORE_WHY])
{
	char file[STORE_PATH];
	struct stat st;

	*bytes = 0;
	folder_path(file, path, FILE_DATA);
	if (lstat(file, &st) == 0) {
		*bytes = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
		return OK;
	}
	if (errno == ENOENT || errno == ENOTDIR)
		return OK;
	store_say(why, "%s: %s", file, strerror(errno));
	return ERR_IO;
}

enum err folder_sync(const char *path, bool name, char why[static STORE_WHY])
{
	if (file_sync_folder(path) && (!name || file_sync_above(path)))
		return OK;
	store_say(why, "cannot sync %s: %s", path, strerror(errno));
	return ERR_IO;
}

/* ---- the lock */

#define DYING (2 * NS_SECOND)	/* milliseconds, but on a machine that is busy */

/* Whose it is; 0: unknown. */
static pid_t holder(int fd)
{
	char text[8];	/* Linux counts to 4,194,304 */

	return (pid_t)number_in(text, pread(fd, text, sizeof(text), 0));
}

/* Of a gambler that was killed at its start, the child that verifies holds on for the moment
 * until it is told: a start at once would be refused for ever. */
static enum err take_lock(int fd, const char *path, char why[static STORE_WHY])
{
	ns until = mono_ns() + DYING;
	pid_t pid;

	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK) {
			store_say(why, "%s: its lock: %s", path, strerror(errno));
			return ERR_IO;
		}
		pid = holder(fd);
		if ((pid > 0 && kill(pid, 0) == 0) || mono_ns() >= until) {
			store_say(why, "%s is held by another gambler (process %d); stop it first",
				  path, (int)pid);
			return ERR_REFUSED;
		}
		sleep_until(mono_ns() + NS_MS);
	}
	return OK;
}

/* The kernel lets go of it when the process ends, however it ends; the pid inside is
 * only for the sentence. */
enum err folder_lock(const char *path, int *out, char why[static STORE_WHY])
{
	char file[STORE_PATH], pid[16];

	*out = -1;
	folder_path(file, path, FILE_LOCK);
	int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		store_say(why, "%s: %s", file, strerror(errno));
		return ERR_IO;
	}
	enum err e = take_lock(fd, path, why);
	if (e != OK) {
		(void)close(fd);
		return e;
	}
	int n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	/* On a full disk there is no pid in it; the lock holds all the same. */
	if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)n, 0) != n)
		(void)ftruncate(fd, 0);
	*out = fd;
	return OK;
}
