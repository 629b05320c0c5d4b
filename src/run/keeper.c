/* The store's keeper: copies of it while trading goes on, and, when a commit's outcome is not
 * known, the store written anew and read. Both may take long on a slow disk, so neither is
 * the writer's: exits and stops leave meanwhile. */
#include "run/live.h"

#include "base/log.h"
#include "run/sandbox.h"

/* What a damaged file may cost of history. On a card that lasts for 10 TB written, a store of 20 MB
 * takes it for 60 years. */
#define COPY_EVERY NS_HOUR
/* A new store has no copy yet, and its first trades are soon: the first one comes after a minute,
 * the next after eight more. */
#define COPY_FIRST NS_MINUTE
#define COPY_SLOWER 8
#define MEND_AGAIN (5 * NS_SECOND)	/* the disk may come back */
#define LOOK_EVERY (200 * NS_MS)

static uint64_t commits(struct live *l)
{
	struct store_stats s;

	store_figures(l->store, &s);
	return s.commits;
}

void keeper_copy(struct live *l)
{
	char why[STORE_WHY];

	if (store_is_broken(l->store) || commits(l) == 0)
		return;
	ns from = mono_ns();
	if (store_keep(l->store, why) != OK)
		log_warn("store.copy", "why=\"%s\" effect=\"the copy before is kept\"", why);
	else
		log_debug("store.copy", "took_ms=%u", (unsigned)((mono_ns() - from) / NS_MS));
}

static void mend(struct live *l)
{
	char why[STORE_WHY];
	bool written;

	enum err e = store_mend(l->store, &written, why);
	if (e == OK) {
		log_warn("store.mended", "last_commit=%s", written ? "stored" : "missing");
		atomic_store(&l->mended, written ? MEND_WRITTEN : MEND_LOST);
	} else {
		log_error("store.mend", "why=\"%s\"", why);
		if (e == ERR_STORE)
			atomic_store(&l->mended, MEND_HOPELESS);
	}
}

void keeper_look(struct live *l, struct keeper *k, ns now)
{
	bool broken = store_is_broken(l->store);
	ns wanted = atomic_load(&l->copy_at);

	if (wanted != 0 && now >= wanted) {
		atomic_store(&l->copy_at, 0);
		keeper_copy(l);
	}
	if (!broken && now >= k->copy_at) {
		k->copy_at = now + k->wait;
		k->wait = k->wait * COPY_SLOWER < COPY_EVERY ? k->wait * COPY_SLOWER : COPY_EVERY;
		if (commits(l) != k->copied)
			keeper_copy(l);
		k->copied = commits(l);
	} else if (broken && now >= k->mend_at && atomic_load(&l->mended) != MEND_HOPELESS) {
		mend(l);
		k->mend_at = mono_ns() + MEND_AGAIN;
	}
}

void *keeper_main(void *arg)
{
	struct live *l = arg;
	struct keeper k = { mono_ns() + COPY_FIRST, 0, commits(l), COPY_FIRST * COPY_SLOWER };

	sandbox_enter();
	while (!atomic_load(&l->stop)) {
		keeper_look(l, &k, mono_ns());
		sleep_until(mono_ns() + LOOK_EVERY);
	}
	return NULL;
}
