/* What somebody has put in the place of a file of the store: refused by its name, or, where only
 * convenience is lost, left alone. */
#include "test/unit/store_box.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum thing { FOLDER, FIFO, LINK_TO_NOTHING, LINK_TO_FILE, ANOTHERS, THINGS };

static const char *const said[THINGS] = {
	[FOLDER] = "is not a regular file", [FIFO] = "is not a regular file",
	[LINK_TO_NOTHING] = "is a symlink", [LINK_TO_FILE] = "is a symlink",
	[ANOTHERS] = "belongs to user 12345"
};

static bool put_thing(const char *path, enum thing t)
{
	int fd;

	switch (t) {
	case FOLDER:	      return mkdir(path, 0700) == 0;
	case FIFO:	      return mkfifo(path, 0600) == 0;
	case LINK_TO_NOTHING: return symlink("/nowhere/at/all", path) == 0;
	case LINK_TO_FILE:    return symlink("/etc/hostname", path) == 0;
	case ANOTHERS:
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		return fd >= 0 && close(fd) == 0 && chown(path, 12345, 12345) == 0;
	case THINGS:	      break;
	}
	return false;
}

static bool begin(struct box *b)
{
	struct rng r;

	rng_seed(&r, check_seed());
	box_init(b);
	if (!box_open(b, STORE_WRITE))
		return false;
	CHECK_INT(box_event(b, &r, 0), OK, "an event: %s", b->why);
	box_close(b);
	return true;
}

static unsigned orders_of(struct box *b)
{
	unsigned n = 0;

	CHECK_INT(store_orders(b->s, 0, count_each, &n), OK, "orders are read");
	return n;
}

void test_store_things_in_its_places(void)
{
	static const char *const files[] = { FILE_DATA, FILE_MDB, FILE_LOCK };
	static const enum store_mode modes[] = { STORE_WRITE, STORE_READ, STORE_CONTROL };
	char path[128], kept[160];
	struct box b;

	if (!begin(&b))
		return;
	(void)snprintf(kept, sizeof(kept), "%s/kept", b.root);
	for (size_t i = 0; i < COUNT(files); i++) {
		box_path(&b, path, files[i]);
		CHECK(rename(path, kept) == 0, "%s is put away", files[i]);
		for (int t = 0; t < (geteuid() == 0 ? THINGS : ANOTHERS); t++) {
			CHECK(put_thing(path, (enum thing)t), "a thing is put there");
			for (size_t m = 0; m < COUNT(modes); m++) {
				CHECK_INT(store_open(&b.s, b.folder, modes[m], b.why), ERR_CONFIG,
					  "%s: thing %d, mode %d: %s", files[i], t, (int)modes[m],
					  b.why);
				CHECK(strstr(b.why, said[t]) != NULL &&
				      strstr(b.why, path) != NULL, "in words: %s", b.why);
			}
			CHECK(remove(path) == 0, "it is still there, and goes");
		}
		CHECK(rename(kept, path) == 0, "and back");
	}
	if (box_open(&b, STORE_WRITE))
		CHECK_INT(orders_of(&b), 1, "nothing has changed");
	box_done(&b);
}

/* The count of openings, copies: whatever is there, the store opens, and nothing is followed. */
void test_store_things_in_places_that_matter_less(void)
{
	static const char *const places[] = { "generation", "generation.part", "copy.0", "copy.1",
		"copy.new" };
	char path[128];
	struct stat st;
	struct box b;

	if (!begin(&b))
		return;
	for (size_t i = 0; i < COUNT(places); i++) {
		for (int t = 0; t < ANOTHERS; t++) {
			box_path(&b, path, places[i]);
			(void)remove(path);
			CHECK(put_thing(path, (enum thing)t), "a thing is put there");
			if (!box_open(&b, STORE_WRITE))
				return;
			CHECK_INT(orders_of(&b), 1, "%s: thing %d: all is there", places[i], t);
			(void)(store_keep(b.s, b.why) == OK);
			box_close(&b);
			box_path(&b, path, "copy.0/data.mdb");
			(void)unlink(path);
			box_path(&b, path, "copy.1/data.mdb");
			(void)unlink(path);
			box_path(&b, path, "copy.0");
			(void)remove(path);
			box_path(&b, path, "copy.1");
			(void)remove(path);
		}
		box_path(&b, path, places[i]);
		(void)remove(path);
	}
	CHECK(stat("/nowhere/at/all", &st) != 0, "nothing was made behind a link");
	/* In the places of copies when one is wanted: they are none. */
	for (int t = 0; t < ANOTHERS; t++) {
		box_path(&b, path, "copy.0");
		CHECK(t == FOLDER ? fclose(fopen(path, "w")) == 0 : mkdir(path, 0700) == 0,
		      "a file, or a folder");
		box_path(&b, path, "copy.0/data.mdb");
		CHECK(t == FOLDER || put_thing(path, (enum thing)t), "a thing in it");
		box_path(&b, path, "copy.1");
		CHECK(mkdir(path, 0700) == 0, "another");
		box_path(&b, path, "copy.1/data.mdb");
		CHECK(put_thing(path, FOLDER), "a folder in that");
		box_path(&b, path, FILE_DATA);
		CHECK(truncate(path, 8192) == 0, "damaged");
		if (box_open(&b, STORE_WRITE))
			CHECK(strstr(b.why, "no copy is good") != NULL && orders_of(&b) == 0,
			      "begins anew: %s", b.why);
		box_close(&b);
		static const char *const gone[] = { "copy.0/data.mdb", "copy.0", "copy.1/data.mdb",
			"copy.1" };
		for (size_t i = 0; i < COUNT(gone); i++) {
			box_path(&b, path, gone[i]);
			(void)remove(path);
		}
	}
	if (box_open(&b, STORE_WRITE))
		CHECK_INT(store_keep(b.s, b.why), OK, "and copies are made again: %s", b.why);
	box_done(&b);
}
