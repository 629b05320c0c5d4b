/* rescue.c: when the file is not what was written. Copies of the last hours lie in the folder;
 * the newest good one takes its place, without one nothing does, and the broker tells the
 * rest. What is replaced is kept, under a name with the time. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "store/store_inner.h"
#include "store/verify.h"

#define COPY_BUFFER 65536

/* The newest first; a kill between renames leaves any two of them. */
static const char *const copies[] = { "copy.new", "copy.0", "copy.1" };

static enum err cannot(char why[static STORE_WHY], const char *file)
{
	store_say(why, "%s: %s", file, strerror(errno));
	return ERR_IO;
}

static bool pour(int in, int out)
{
	static char buffer[COPY_BUFFER];	/* one thread of a process copies */
	ssize_t n;

	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		if (!write_all(out, buffer, (size_t)n))
			return false;
	return n == 0;
}

enum err file_copy(const char *from, const char *to, char why[static STORE_WHY])
{
	char part[FILE_PATH];
	int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (in < 0)
		return cannot(why, from);
	int out = file_begin(to, part);
	bool whole = file_end(out, out >= 0 && pour(in, out), part, to);
	enum err e = whole ? OK : cannot(why, to);
	(void)close(in);
	return e;
}

static void name_of_time(char out[static STORE_PATH], const char *file, const char *word, ns at)
{
	char time[RFC3339_TEXT], digits[16];
	size_t n = 0;

	(void)rfc3339_text(time, at);
	for (const char *p = time; n < sizeof(digits) - 1; p++) {	/* to the seconds */
		if (*p == 'T')
			digits[n++] = '-';
		else if (*p >= '0' && *p <= '9')
			digits[n++] = *p;
	}
	digits[n] = '\0';
	(void)snprintf(out, STORE_PATH, "%.440s.%s-%s", file, word, digits);
}

/* PATH/data.mdb.WORD-20260302-143000, or a second later: what was kept before stays. */
static void name_aside(char out[static STORE_PATH], const char *file, const char *word)
{
	ns at = wall_ns();

	do {
		name_of_time(out, file, word, at);
		at += NS_SECOND;
	} while (access(out, F_OK) == 0);
}

static enum err put_aside(const char *path, const char *word, char aside[static STORE_PATH],
			  char why[static STORE_WHY])
{
	char file[STORE_PATH], lock[STORE_PATH];

	aside[0] = '\0';
	folder_path(file, path, FILE_DATA);
	folder_path(lock, path, FILE_MDB);
	(void)unlink(lock);	/* its readers were those of the other file */
	if (access(file, F_OK) != 0)
		return errno == ENOENT ? OK : cannot(why, file);
	name_aside(aside, file, word);
	return rename(file, aside) == 0 ? OK : cannot(why, aside);
}

/* Where copies[i] is; ERR_NOTFOUND: it is not. */
static enum err copy_at(const char *path, size_t i, char folder[static STORE_PATH],
			char why[static STORE_WHY])
{
	uint64_t bytes = 0;

	folder_path(folder, path, copies[i]);
	enum err e = folder_data(folder, &bytes, why);
	return e == OK && bytes == 0 ? ERR_NOTFOUND : e;
}

bool rescue_has_copies(const char *path)
{
	char folder[STORE_PATH], why[STORE_WHY];
	size_t i = 0;

	while (i < COUNT(copies) && copy_at(path, i, folder, why) == ERR_NOTFOUND)
		i++;
	return i < COUNT(copies);
}

/* The newest copy that is whole; "" without one. Records are counted anew when history was lost,
 * the store's openings are not: they come first. ERR_IO: one could not be looked at, which is no
 * word about it. */
static enum err find_copy(const char *path, int lock_fd, char best[static STORE_PATH],
			  char why[static STORE_WHY])
{
	char folder[STORE_PATH];
	struct verdict v, newest = { 0 };

	best[0] = '\0';
	for (size_t i = 0; i < COUNT(copies); i++) {
		enum err e = copy_at(path, i, folder, why);
		if (e == OK) {
			e = verify_in_child(folder, lock_fd, &v);
			store_say(why, "%s", v.why);
		}
		if (e == ERR_IO)
			return e;
		if (e != OK || v.generation < newest.generation ||
		    (v.generation == newest.generation && v.seq < newest.seq))
			continue;
		newest = v;
		folder_path(best, folder, FILE_DATA);
	}
	return OK;
}

enum err rescue(const char *path, int lock_fd, struct verdict *v, uint64_t *bytes)
{
	char aside[STORE_PATH], best[STORE_PATH], file[STORE_PATH];
	bool damaged = v->damaged;

	*v = (struct verdict){ 0 };
	v->err = find_copy(path, lock_fd, best, v->why);
	aside[0] = '\0';
	if (v->err == OK)
		v->err = put_aside(path, "damaged", aside, v->why);
	if (v->err != OK)
		return v->err;
	folder_path(file, path, FILE_DATA);
	if (best[0] != '\0')
		v->err = file_copy(best, file, v->why);
	else	/* one that is put in place is synced with its name */
		v->err = folder_sync(path, false, v->why);
	if (v->err == OK)
		v->err = folder_data(path, bytes, v->why);
	if (v->err != OK)
		return v->err;
	if (*bytes > 0)
		(void)verify_in_child(path, lock_fd, v);	/* its version */
	store_say(v->why, "the store's file was %s%s%.100s; gambler goes on from %s, what it does "
		  "not know is learnt from the broker",
		  damaged ? "damaged" : aside[0] != '\0' ? "empty" : "gone",
		  aside[0] != '\0' ? ", it is kept as " : "", aside,
		  best[0] != '\0' ? "its last copy" : "nothing (no copy is good): history is lost");
	log_error("store.rescue", "%s", v->why);
	return OK;
}

/* ---- the copies */

static void remove_copy(const char *folder)
{
	char file[STORE_PATH];

	folder_path(file, folder, FILE_DATA);
	(void)unlink(file);
	(void)rmdir(folder);
}

enum err store_keep(struct store *s, char why[static STORE_WHY])
{
	char name[COUNT(copies)][STORE_PATH];
	int dead;

	/* A reader that was killed would keep old pages for ever. */
	(void)mdb_reader_check(s->env, &dead);
	for (size_t i = 0; i < COUNT(copies); i++)
		folder_path(name[i], s->path, copies[i]);
	remove_copy(name[0]);
	enum err e = backup_at(s, name[0], why);
	if (e != OK)
		return e;
	remove_copy(name[2]);
	if (rename(name[1], name[2]) != 0 && errno != ENOENT)
		return cannot(why, name[2]);
	if (rename(name[0], name[1]) != 0)
		return cannot(why, name[1]);
	return folder_sync(s->path, false, why);
}

/* ---- a backup */

/* Copies are of what was replaced, which would come back by them. */
static enum err renew_copies(const char *path, const char *file, char why[static STORE_WHY])
{
	char folder[STORE_PATH], aside[STORE_PATH], copy[STORE_PATH];

	for (size_t i = 0; i < COUNT(copies); i++) {
		if (copy_at(path, i, folder, why) != OK)
			continue;
		name_aside(aside, folder, "before");
		if (rename(folder, aside) != 0)
			return cannot(why, aside);
	}
	folder_path(folder, path, copies[1]);
	folder_path(copy, folder, FILE_DATA);
	enum err e = folder_make(folder, why);
	return e == OK ? file_copy(file, copy, why) : e;
}

static enum err put_back(const char *from, const char *path, char why[static STORE_WHY])
{
	char data[STORE_PATH], file[STORE_PATH], aside[STORE_PATH];
	struct verdict v;

	enum err e = verify_in_child(from, -1, &v);
	store_say(why, "%s", v.why);
	folder_path(data, from, FILE_DATA);
	folder_path(file, path, FILE_DATA);
	if (e == OK)
		e = put_aside(path, "before", aside, why);
	if (e == OK)
		e = file_copy(data, file, why);
	if (e == OK)
		e = renew_copies(path, file, why);
	if (e == OK)
		e = folder_sync(path, false, why);
	if (e == OK && aside[0] != '\0')
		store_say(why, "what was there is kept as %.220s", aside);
	return e;
}

enum err store_restore(const char *backup, const char *folder, char why[static STORE_WHY])
{
	char from[STORE_PATH], path[STORE_PATH], held[STORE_PATH];
	int theirs = -1, ours = -1;
	uint64_t bytes = 0;

	why[0] = '\0';
	const char *none = !folder_name(from, backup) ? backup :
			   !folder_name(path, folder) ? folder : NULL;
	if (none != NULL) {
		store_say(why, "%.60s…: no name of a folder", none);
		return ERR_CONFIG;
	}
	folder_path(held, from, FILE_LOCK);
	enum err e = folder_check(from, why);
	if (e == OK)
		e = folder_data(from, &bytes, why);
	if (e == OK && bytes == 0) {
		store_say(why, "%s: no backup (%s is not there)", from, FILE_DATA);
		e = ERR_NOTFOUND;
	}
	if (e == OK && access(held, F_OK) == 0)
		e = folder_lock(from, &theirs, why);
	if (e == OK)
		e = folder_make(path, why);
	if (e == OK)
		e = folder_check(path, why);
	if (e == OK)
		e = folder_lock(path, &ours, why);
	if (e == OK)
		e = put_back(from, path, why);
	if (theirs >= 0)
		(void)close(theirs);
	if (ours >= 0)
		(void)close(ours);
	return e;
}

/* ---- a commit of which nothing is known */

bool store_is_broken(const struct store *s)
{
	return atomic_load(&s->broken);
}

/* Behind a sync that failed the kernel may hold as written what the disk never got: the bytes
 * it shows are written once more, as another file, whose own sync tells. */
static enum err write_anew(struct store *s, char why[static STORE_WHY])
{
	char file[STORE_PATH];
	struct verdict v;

	folder_path(file, s->path, FILE_DATA);
	enum err e = file_copy(file, file, why);
	if (e != OK)
		return e;
	/* No child: the sandbox has taken that away. A crash is a new start, which has one. */
	verify_here(s->path, true, &v);
	if (v.err != OK)
		store_say(why, "%s", v.why);
	return v.err;
}

enum err store_mend(struct store *s, bool *written, char why[static STORE_WHY])
{
	struct totals t;
	MDB_txn *txn;
	struct key k;

	*written = false;
	if (s->env != NULL) {
		if (!store_turn_away(s)) {
			atomic_store(&s->closed, false);
			store_say(why, "somebody reads in %s", s->path);
			return ERR_IO;
		}
		mdb_env_close(s->env);
		s->env = NULL;
		s->ahead = 0;
	}
	enum err e = write_anew(s, why);
	if (e == OK)
		e = store_open_env(s, STORE_MAP, why);
	if (e != OK)
		return e;
	atomic_store(&s->closed, false);
	key_begin(&k, SPACE_TOTALS);
	e = store_read_begin(s, &txn);
	if (e == OK) {
		e = store_get(s, txn, &k, REC_TOTALS, &t);
		store_read_end(s, txn);
	}
	if (e != OK) {		/* the file has just been found whole */
		store_say(why, "%s: cannot read the store's totals", s->path);
		return ERR_IO;
	}
	*written = t.txn >= s->failed_txn;
	s->failed = OK;
	s->failed_code = 0;
	atomic_store(&s->broken, false);
	return OK;
}
