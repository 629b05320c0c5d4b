/* backup.c: a copy of one moment, while trading goes on. It appears under its name only
 * when it is complete, on the disk and verified. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store_inner.h"
#include "store/verify.h"

static bool sync_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return false;
	int rc = fsync(fd);
	return close(fd) == 0 && rc == 0;
}

/* LMDB counts a copy's commits from 1 again; the totals must say the same number, below
 * both roots: hence two commits. */
static int restamp(const char *path, char why[static STORE_WHY])
{
	struct store copy = { .lock_fd = -1, .io_fd = -1, .slot = -1, .writes = true };

	(void)snprintf(copy.path, sizeof(copy.path), "%s", path);
	enum err e = store_open_env(&copy, STORE_MAP, why);
	copy.counted = true;	/* a copy is no opening */
	for (int i = 0; e == OK && i < 2; i++) {
		e = store_begin(&copy);
		copy.payload = 1;
		if (e == OK)
			e = store_commit(&copy, why);
	}
	if (copy.io_fd >= 0)
		(void)close(copy.io_fd);
	if (copy.env != NULL)
		mdb_env_close(copy.env);
	return e == OK ? 0 : copy.failed_code != 0 ? copy.failed_code : EIO;
}

static enum err give_up(const char *work, const char *data, const char *lock, const char *what,
			int rc, char why[static STORE_WHY])
{
	(void)unlink(data);
	(void)unlink(lock);
	(void)rmdir(work);
	store_say(why, "backup: %s: %s", what, mdb_strerror(rc));
	return rc == ENOSPC || rc == EIO ? ERR_IO : ERR_STORE;
}

/* Copies into the folder `work`, and reads it all again. */
static enum err copy_into(struct store *s, const char *work, const char *data, const char *lock,
			  char why[static STORE_WHY])
{
	struct verdict v;

	atomic_fetch_add(&s->reading, 1);
	int rc = atomic_load(&s->closed) ? EBUSY : mdb_env_copy2(s->env, work, MDB_CP_COMPACT);
	atomic_fetch_sub(&s->reading, 1);
	if (rc == 0 && chmod(data, 0600) != 0)
		rc = errno;
	if (rc == 0)
		rc = restamp(work, why);
	if (rc != 0)
		return give_up(work, data, lock, work, rc, why);
	verify_here(work, true, &v);
	(void)unlink(lock);	/* LMDB makes it where it is needed */
	if (v.err != OK) {
		store_say(why, "%s", v.why);
		return v.err;
	}
	if (!sync_file(data))
		return give_up(work, data, lock, work, errno, why);
	return folder_sync(work, true, why);
}

enum err backup_at(struct store *s, const char *path, char why[static STORE_WHY])
{
	char work[STORE_PATH], data[STORE_PATH], lock[STORE_PATH];
	struct stat st;

	if (lstat(path, &st) == 0) {
		store_say(why, "backup: %s is there already; name a new folder", path);
		return ERR_REFUSED;
	}
	(void)snprintf(work, sizeof(work), "%.480s.part", path);
	folder_path(data, work, FILE_DATA);
	folder_path(lock, work, FILE_MDB);
	(void)unlink(data);	/* of a backup that was killed */
	(void)unlink(lock);
	(void)rmdir(work);
	enum err e = folder_make(work, why);
	if (e == OK)
		e = folder_check(work, why);
	if (e == OK)
		e = copy_into(s, work, data, lock, why);
	if (e != OK)
		return e;
	if (rename(work, path) != 0)
		return give_up(work, data, lock, path, errno, why);
	return folder_sync(path, true, why);
}

enum err store_backup(struct store *s, const char *folder, char why[static STORE_WHY])
{
	char path[STORE_PATH];

	why[0] = '\0';
	if (folder_name(path, folder))
		return backup_at(s, path, why);
	store_say(why, "backup: %.60s…: no name for a folder", folder);
	return ERR_CONFIG;
}
