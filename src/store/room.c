/* room.c: space that the next commits will need, taken before they do: on the disk, and in the
 * map. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/store_inner.h"

#define AHEAD ((uint64_t)1 << 20)	/* orders, stops and exits of a bad day */
#define READERS_LEAVE (5 * NS_SECOND)	/* walks are short: a page's list */

bool store_turn_away(struct store *s)
{
	ns until = mono_ns() + READERS_LEAVE;

	atomic_store(&s->closed, true);
	while (atomic_load(&s->reading) > 0 && mono_ns() < until)
		sleep_until(mono_ns() + NS_MS);
	return atomic_load(&s->reading) == 0;
}

/* Behind the file's end, so that its size stays what was written. A file system that has no such
 * thing says so, and then says itself when it is full. */
void room_ahead(struct store *s)
{
	struct stat st;

	if (fstat(s->fd, &st) != 0 || (uint64_t)st.st_size + AHEAD / 2 <= s->ahead)
		return;
	bool full = fallocate(s->fd, FALLOC_FL_KEEP_SIZE, 0, st.st_size + (off_t)AHEAD) != 0 &&
		    (errno == ENOSPC || errno == EDQUOT);
	if (!full)
		s->ahead = (uint64_t)st.st_size + AHEAD;
	atomic_store(&s->low, full);
}

bool store_is_low(const struct store *s)
{
	return atomic_load(&s->low);
}

const char *store_trouble(const struct store *s)
{
	if (atomic_load(&s->refused))	/* and so it is when it is broken */
		return "the store cannot be written: no new entries";
	return store_is_low(s) ? "the store's disk is almost full: no new entries" : NULL;
}

/* Between two transactions of the writer, when nobody reads. */
void room_in_map(struct store *s)
{
	MDB_envinfo info;

	if (mdb_env_info(s->env, &info) != 0 || info.me_mapsize >= s->map_most)
		return;
	size_t more = info.me_mapsize < s->map_most / 2 ? 2 * info.me_mapsize : s->map_most;
	int rc = store_turn_away(s) ? mdb_env_set_mapsize(s->env, more) : EBUSY;
	if (rc != 0 && rc != EBUSY)	/* it has let go of the smaller map before */
		atomic_store(&s->broken, true);
	atomic_store(&s->closed, store_is_broken(s));	/* until it is mended */
	if (rc == 0)
		log_info("store.map", "mb=%u", (unsigned)(more >> 20));
}
