/* store.c: opening, transactions, figures. */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/store_inner.h"
#include "store/verify.h"

#define READERS 126

void store_say(char why[static STORE_WHY], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(why, STORE_WHY, fmt, args);
	va_end(args);
}

/* ---- opening */

enum err store_open_env(struct store *s, size_t map, char why[static STORE_WHY])
{
	unsigned flags = MDB_NOTLS | (s->writes ? 0 : MDB_RDONLY);
	MDB_txn *txn = NULL;
	int dead = 0;

	int rc = mdb_env_create(&s->env);
	if (rc == 0)
		rc = mdb_env_set_mapsize(s->env, map);
	if (rc == 0)
		rc = mdb_env_set_maxreaders(s->env, READERS);
	if (rc == 0)
		rc = mdb_env_open(s->env, s->path, flags, 0600);
	/* Slots of readers that were killed would keep old pages for ever. */
	if (rc == 0)
		rc = mdb_reader_check(s->env, &dead);
	if (rc == 0)
		rc = mdb_env_get_fd(s->env, &s->fd);
	if (rc == 0 && fcntl(s->fd, F_SETFD, FD_CLOEXEC) != 0)
		rc = errno;
	if (rc == 0)
		rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);
	if (rc == 0)
		rc = mdb_dbi_open(txn, NULL, 0, &s->dbi);
	if (txn != NULL)
		mdb_txn_abort(txn);
	if (rc == 0)
		return OK;
	s->failed_code = rc;
	store_say(why, "cannot open the store in %s: %s", s->path, mdb_strerror(rc));
	return rc == MDB_INVALID || rc == MDB_VERSION_MISMATCH || rc == MDB_CORRUPTED ?
		ERR_STORE : ERR_IO;
}

/* A new store gets its totals; one that was killed before that is a new one. */
static enum err first_commit(struct store *s, char why[static STORE_WHY])
{
	struct key k;
	MDB_txn *txn;

	enum err e = store_read_begin(s, &txn);
	if (e == OK) {
		key_begin(&k, SPACE_TOTALS);
		e = store_get(s, txn, &k, REC_TOTALS, &s->totals);
		store_read_end(s, txn);
	}
	bool old = e == OK && s->totals.generation == 0;
	if (s->writes && (old || e == ERR_NOTFOUND)) {
		e = store_begin(s);
		if (e == OK && old)
			e = audit_start(s);
		if (e != OK) {
			store_abort(s);
			store_say(why, "%s: cannot begin to write", s->path);
			return e;
		}
		s->payload = 1;	/* so that there is something to commit */
		return store_commit(s, why);
	}
	if (e == OK && s->totals.generation < s->generation && s->warning[0] == '\0')
		store_say(s->warning, "the store in %s is older than the one that was there (start "
			  "%u of %u): what it does not know is learnt from the broker", s->path,
			  (unsigned)s->totals.generation, (unsigned)s->generation);
	if (e == ERR_NOTFOUND)
		store_say(why, "%s: nothing is stored yet", s->path);
	else if (e != OK)
		store_say(why, "%s: cannot read the store's totals", s->path);
	return e;
}

static enum err names_load(struct store *s);

/* Half a file, of a disk that was full, would be taken for a damaged store by the next start. */
static void take_away(struct store *s)
{
	char file[STORE_PATH];

	folder_path(file, s->path, FILE_DATA);
	(void)unlink(file);
}

/* The file as it was stays, in case that somebody goes back to the gambler that wrote it. */
static enum err keep_version(struct store *s, unsigned version, char why[static STORE_WHY])
{
	char from[STORE_PATH], to[STORE_PATH], name[] = FILE_DATA ".v0";

	name[sizeof(name) - 2] = (char)('0' + version);
	folder_path(from, s->path, FILE_DATA);
	folder_path(to, s->path, name);
	return file_copy(from, to, why);
}

/* Reads what is there, before LMDB does. */
static enum err look(struct store *s, enum store_mode mode, uint64_t *bytes,
		     char why[static STORE_WHY])
{
	struct verdict v = { 0 };
	enum err e = OK;

	s->generation = generation_read(s->path);
	if (*bytes > 0)	/* 0: killed while it was made; LMDB makes it again */
		e = verify_in_child(s->path, s->lock_fd, &v);
	bool gone = *bytes == 0 && (s->generation > 0 || rescue_has_copies(s->path));
	if ((mode == STORE_WRITE && v.damaged) || (s->writes && gone))
		e = rescue(s->path, s->lock_fd, &v, bytes);
	if (e == OK && s->writes && v.version > 0 && v.version < STORE_VERSION)
		e = keep_version(s, v.version, v.why);
	(void)snprintf(s->warning, sizeof(s->warning), "%s", v.why);
	store_say(why, "%s", v.why);
	return e;
}

static enum err open_folder(struct store *s, enum store_mode mode, size_t map,
			    char why[static STORE_WHY])
{
	uint64_t bytes;
	enum err e;

	e = s->writes ? folder_make(s->path, why) : OK;
	if (e == OK)
		e = folder_check(s->path, why);
	if (e == OK)
		e = folder_claim(s->path, &s->slot, why);
	if (e == OK && s->writes)
		e = folder_lock(s->path, &s->lock_fd, why);
	if (e == OK)
		e = folder_data(s->path, &bytes, why);
	if (e != OK)
		return e;
	if (bytes == 0 && !s->writes) {
		store_say(why, "%s: nothing is stored yet", s->path);
		return ERR_NOTFOUND;
	}
	e = look(s, mode, &bytes, why);
	if (e == OK)
		e = store_open_env(s, map, why);
	if (e == OK)
		e = first_commit(s, why);
	if (e == OK && bytes == 0)	/* LMDB syncs its file, not the names that lead to it */
		e = folder_sync(s->path, true, why);
	if (e != OK && bytes == 0)
		take_away(s);
	if (e == OK && names_load(s) != OK) {
		store_say(why, "%s: cannot read the store's symbols", s->path);
		e = ERR_STORE;
	}
	return e;
}

enum err store_open_sized(struct store **out, const char *folder, enum store_mode mode, size_t map,
			  size_t most, char why[static STORE_WHY])
{
	*out = NULL;
	why[0] = '\0';
	struct store *s = calloc(1, sizeof(*s));
	if (s == NULL) {
		store_say(why, "no memory");
		return ERR_IO;
	}
	s->writes = mode != STORE_READ;
	s->map_most = most;
	s->lock_fd = s->slot = s->io_fd = -1;
	if (!folder_name(s->path, folder)) {
		store_say(why, "%.60s…: a folder's name has 1 to %d bytes", folder,
			  FOLDER_NAME_MAX);
		free(s);
		return ERR_CONFIG;
	}
	mode_t mask = umask(077);
	enum err e = open_folder(s, mode, map, why);
	(void)umask(mask);
	if (e != OK) {
		store_close(s);
		return e;
	}
	store_say(why, "%s", s->warning);
	if (why[0] != '\0')
		log_warn("store.open", "%s", why);
	*out = s;
	return OK;
}

enum err store_open(struct store **out, const char *folder, enum store_mode mode,
		    char why[static STORE_WHY])
{
	return store_open_sized(out, folder, mode, STORE_MAP, STORE_MAP_MOST, why);
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	if (s->txn != NULL)
		store_abort(s);
	if (s->env != NULL)
		mdb_env_close(s->env);
	if (s->io_fd >= 0)
		(void)close(s->io_fd);
	folder_release(s->slot);
	if (s->lock_fd >= 0)
		(void)close(s->lock_fd);	/* last: whoever waits for it finds all closed */
	free(s);
}

/* ---- symbols */

static enum err names_load(struct store *s)
{
	struct name_record r;
	MDB_txn *txn;
	struct key k;

	enum err e = store_read_begin(s, &txn);
	if (e != OK)
		return e;
	s->names.n = 0;
	while (e == OK && s->names.n < STORE_NAMES_MAX) {
		key_name(&k, (uint16_t)s->names.n);
		e = store_get(s, txn, &k, REC_NAME, &r);
		if (e == OK)
			s->names.n++;
	}
	store_read_end(s, txn);
	return e == ERR_NOTFOUND ? OK : e;
}

/* Both directions, from the names of the store; the table learns those it has not. */
static enum err names_map(struct store *s, MDB_txn *txn, struct symbols *table)
{
	struct names *names = &s->names;
	struct name_record r;
	struct key k;

	for (size_t i = 0; i < COUNT(names->out); i++)
		names->out[i] = SYM_NONE;
	for (uint32_t i = 0; i < names->n; i++) {
		key_name(&k, (uint16_t)i);
		enum err e = store_get(s, txn, &k, REC_NAME, &r);
		if (e != OK)
			return e;
		if (symbols_add(table, str_of(r.name), &names->in[i]) != OK) {
			names->in[i] = SYM_NONE;
			log_warn("store.symbols", "sym=%s does not fit in the table", r.name);
		} else {
			names->out[names->in[i]] = (uint16_t)i;
		}
	}
	return OK;
}

enum err store_symbols(struct store *s, struct symbols *table)
{
	struct names *names = &s->names;
	char why[STORE_WHY];
	MDB_txn *txn = NULL;
	enum err e;

	assert(!names->bound && s->txn == NULL);
	e = s->writes ? store_begin(s) : store_read_begin(s, &txn);
	if (e != OK)
		return e;
	e = names_map(s, s->writes ? s->txn : txn, table);
	if (txn != NULL)
		store_read_end(s, txn);
	for (uint32_t i = 0; e == OK && s->writes && i < table->n; i++) {
		struct name_record r = { "" };
		struct key k;
		if (names->out[i] != SYM_NONE)
			continue;
		if (names->n == STORE_NAMES_MAX) {
			e = ERR_FULL;
			break;
		}
		bool fits = str_copy(r.name, sizeof(r.name), str_of(table->name[i]));
		assert(fits);
		key_name(&k, (uint16_t)names->n);
		e = store_put(s, &k, REC_NAME, &r);
		names->in[names->n] = (sym)i;
		names->out[i] = (uint16_t)names->n++;
	}
	if (s->writes && e == OK)
		e = store_commit(s, why);
	else if (s->writes)
		store_abort(s);
	names->bound = e == OK;
	return e;
}

/* ---- figures */

void store_figures(struct store *s, struct store_stats *out)
{
	struct totals totals;
	MDB_envinfo info;
	struct stat st;
	MDB_txn *txn;
	struct key k;

	*out = (struct store_stats){ 0 };
	if (store_read_begin(s, &txn) == OK) {
		if (fstat(s->fd, &st) == 0)
			out->file_bytes = (uint64_t)st.st_size;
		if (mdb_env_info(s->env, &info) == 0) {
			out->map_bytes = info.me_mapsize;
			out->readers = info.me_numreaders;
		}
		key_begin(&k, SPACE_TOTALS);
		if (store_get(s, txn, &k, REC_TOTALS, &totals) == OK)
			out->records = totals.records;
		store_read_end(s, txn);
	}
	out->commits = atomic_load(&s->commits);
	out->bytes_written = atomic_load(&s->bytes_written);
	out->last_commit_took = atomic_load(&s->last_took);
	out->worst_commit_took = atomic_load(&s->worst_took);
}
