/* One thread writes, others read, ask for figures and make backups. */
#include "test/unit/store_box.h"

#include <pthread.h>
#include <stdio.h>

struct shop {
	struct box   b;
	_Atomic bool over;
	_Atomic unsigned reads, failed;
};

static void *reader(void *arg)
{
	struct shop *shop = arg;

	while (!atomic_load(&shop->over)) {
		struct store_stats stats;
		struct order o;
		unsigned n = 0;
		bool ok = store_orders(shop->b.s, 50, count_each, &n) == OK;
		ok = ok && store_notes_of(shop->b.s, STR("t3"), count_each, &n) == OK;
		ok = ok && store_open_trades(shop->b.s, count_each, &n) == OK;
		ok = ok && store_order(shop->b.s, STR("c0"), &o) == OK;
		store_figures(shop->b.s, &stats);
		atomic_fetch_add(&shop->failed, !ok || stats.readers == 0);
		atomic_fetch_add(&shop->reads, 1);
	}
	return NULL;
}

void test_store_one_writer_many_readers(void)
{
	static struct shop shop;
	pthread_t threads[3];
	struct store_stats stats;
	uint64_t records, bad;
	char copy[128];
	struct rng r;

	shop = (struct shop){ 0 };
	rng_seed(&r, check_seed());
	box_init(&shop.b);
	if (!box_open(&shop.b, STORE_WRITE))
		return;
	CHECK_INT(box_event(&shop.b, &r, 0), OK, "the first");
	for (size_t i = 0; i < COUNT(threads); i++)
		CHECK_INT(pthread_create(&threads[i], NULL, reader, &shop), 0, "a thread");
	for (unsigned i = 1; i < 200; i++) {
		CHECK_INT(box_event(&shop.b, &r, i), OK, "event: %s", shop.b.why);
	}
	atomic_store(&shop.over, true);
	for (size_t i = 0; i < COUNT(threads); i++)
		CHECK_INT(pthread_join(threads[i], NULL), 0, "its end");
	CHECK(shop.failed == 0 && shop.reads > 0, "%u of %u reads failed", shop.failed, shop.reads);
	store_figures(shop.b.s, &stats);
	CHECK(stats.commits == 201 && stats.worst_commit_took >= stats.last_commit_took &&
	      stats.last_commit_took > 0 && stats.records > 1000, "figures");
	CHECK(stats.bytes_written > 200 * 4096, "whole pages are written: %llu",
	      (unsigned long long)stats.bytes_written);
	(void)snprintf(copy, sizeof(copy), "%s/copy", shop.b.root);
	CHECK_INT(store_backup(shop.b.s, copy, shop.b.why), OK, "backup: %s", shop.b.why);
	CHECK_INT(store_verify(copy, &records, &bad, shop.b.why), OK, "is whole: %s", shop.b.why);
	CHECK(records == stats.records && bad == 0, "and complete");
	box_done(&shop.b);
}

struct copier {
	struct shop *shop;
	unsigned     made, failed;
	char         why[STORE_WHY];
};

static void *copy_again(void *arg)
{
	struct copier *c = arg;

	for (; c->made < 10; c->made++) {
		char copy[128];
		(void)snprintf(copy, sizeof(copy), "%s/b/copy%u", c->shop->b.root, c->made);
		if (store_backup(c->shop->b.s, copy, c->why) != OK) {
			c->failed++;
			break;
		}
	}
	atomic_store(&c->shop->over, true);
	return NULL;
}

void test_store_backup_while_writing(void)
{
	static struct shop shop;
	struct copier c = { .shop = &shop };
	char why[STORE_WHY], copy[128];
	unsigned n = 0, orders, last = 0;
	struct box other;
	pthread_t thread;
	struct rng r;

	shop = (struct shop){ 0 };
	rng_seed(&r, check_seed());
	box_init(&shop.b);
	if (!box_open(&shop.b, STORE_WRITE))
		return;
	CHECK_INT(box_event(&shop.b, &r, n++), OK, "the first");
	CHECK_INT(pthread_create(&thread, NULL, copy_again, &c), 0, "a thread");
	while (!atomic_load(&shop.over) && n < 5000)
		CHECK_INT(box_event(&shop.b, &r, n++), OK, "event: %s", shop.b.why);
	CHECK_INT(pthread_join(thread, NULL), 0, "its end");
	CHECK_INT(c.failed, 0, "all backups are made: %s", c.why);
	CHECK_INT(store_backup(shop.b.s, shop.b.folder, why), ERR_REFUSED, "not onto itself");
	for (unsigned i = 0; i < c.made; i++) {
		(void)snprintf(copy, sizeof(copy), "%s/b/copy%u", shop.b.root, i);
		other = (struct box){ 0 };
		orders = 0;
		CHECK_INT(store_open(&other.s, copy, STORE_WRITE, why), OK, "copy %u: %s", i, why);
		CHECK(why[0] == '\0', "copy %u, a warning: %s", i, why);
		if (other.s == NULL)
			break;
		CHECK_INT(store_orders(other.s, 0, count_each, &orders), OK, "is read");
		CHECK(orders >= last && orders <= n, "each is later than the one before");
		CHECK_INT(box_event(&other, &r, n), OK, "and can be written to");
		last = orders;
		store_close(other.s);
	}
	box_done(&shop.b);
}
