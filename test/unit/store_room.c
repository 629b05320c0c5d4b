/* Space that the next commits need, and what a commit says that was refused: whether it may be in
 * the file decides what the writer does with it. */
#include "test/failing.h"
#include "test/unit/store_box.h"

#include <errno.h>

static unsigned told;

/* The call fails while one event is stored. */
static enum err event_with(struct box *b, const char *call, int error, bool for_good)
{
	struct rng r;

	rng_seed(&r, told);
	failing(call, 1, error, for_good);
	enum err e = box_event(b, &r, told++);
	CHECK(failing_end(), "%s is asked for", call);
	return e;
}

void test_store_takes_space_ahead(void)
{
	static const struct { const char *call; int error; bool low; } cases[] = {
		{ "fallocate", ENOSPC, true }, { "fallocate", EDQUOT, true },
		{ "fallocate", EOPNOTSUPP, false }, { "fstat", EIO, false },
	};
	struct box b;

	box_init_quick(&b);
	if (!box_open(&b, STORE_WRITE))
		return;
	for (size_t i = 0; i < COUNT(cases); i++) {
		b.s->ahead = 0;
		CHECK_INT(event_with(&b, cases[i].call, cases[i].error, false), OK,
			  "an event is stored all the same: %s", b.why);
		CHECK_INT(store_is_low(b.s), cases[i].low, "%s fails: is it low?", cases[i].call);
		CHECK_INT(store_trouble(b.s) != NULL, cases[i].low, "is that told?");
		b.s->ahead = 0;
		CHECK_INT(event_with(&b, "pread", EIO, false), OK, "%s", b.why);
		CHECK(!store_is_low(b.s) && b.s->ahead > 0, "then there is space again");
	}
	CHECK(b.s->bytes_written > 0, "what was written is counted, roughly, where it is not told");
	box_done(&b);
}

void test_store_says_what_was_refused(void)
{
	static const struct { int error; bool broken; const char *words; } cases[] = {
		{ ENOSPC, false, "no space left" }, { EDQUOT, false, "no space left" },
		{ EROFS, false, "read-only" }, { ENOMEM, false, "nothing of this was written" },
		{ MDB_MAP_FULL, false, "map full" },
		{ MDB_TXN_FULL, false, "nothing of this was written" },
		{ EIO, true, "is not known" }, { MDB_PANIC, true, "is not known" },
		{ MDB_BAD_TXN, true, "is not known" },
	};
	bool written;
	struct box b;

	box_init_quick(&b);
	if (!box_open(&b, STORE_WRITE))
		return;
	for (size_t i = 0; i < COUNT(cases); i++) {
		enum err e = event_with(&b, "mdb_txn_commit", cases[i].error, false);
		CHECK_INT(e, cases[i].broken ? ERR_IO : ERR_STORE, "%s",
			  mdb_strerror(cases[i].error));
		CHECK(strstr(b.why, cases[i].words) != NULL, "%s: %s", cases[i].words, b.why);
		CHECK_INT(store_is_broken(b.s), cases[i].broken, "is it broken? %s", b.why);
		if (cases[i].broken)
			CHECK(store_mend(b.s, &written, b.why) == OK && !written, "mended: %s",
			      b.why);
	}
	box_done(&b);
}

void test_store_map_that_cannot_grow(void)
{
	bool written;
	struct box b;

	box_init_quick(&b);
	if (!box_open(&b, STORE_WRITE))
		return;
	/* The question behind it is the one that wants a larger map. */
	CHECK_INT(event_with(&b, "mdb_put", MDB_MAP_FULL, false), ERR_STORE, "full");
	CHECK_INT(event_with(&b, "mdb_env_info", EINVAL, false), OK, "it is tried as it is");
	CHECK_INT(event_with(&b, "mdb_put", MDB_MAP_FULL, false), ERR_STORE, "full");
	/* LMDB has then no map at all, and does not say so the next time. */
	CHECK_INT(event_with(&b, "mdb_env_set_mapsize", ENOMEM, false), ERR_IO,
		  "without address space there is no map: %s", b.why);
	CHECK(store_is_broken(b.s), "it is to be opened anew");
	CHECK(store_trouble(b.s) != NULL, "and people are told");
	CHECK(store_mend(b.s, &written, b.why) == OK && !store_is_broken(b.s), "mended: %s", b.why);
	b.s->map_most = 1;
	CHECK_INT(event_with(&b, "mdb_put", MDB_MAP_FULL, false), ERR_STORE, "full");
	failing("mdb_env_set_mapsize", 1, ENOMEM, true);
	CHECK_INT(box_event(&b, &(struct rng){ { 1 } }, told), OK, "%s", b.why);
	CHECK(!failing_end(), "one that has its largest size is left as it is");
	box_done(&b);
}
