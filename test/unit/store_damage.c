/* What a bad disk may do to the file, byte by byte and page by page: it is refused, or it
 * answers exactly as before. */
#include "base/crc.h"
#include "test/unit/store_box.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/verify.h"

/* ---- a small store, its file in memory, and everything that can be read from it */

struct victim {
	struct box b;
	int        fd;
	uint8_t   *good;
	size_t     n, page;
	uint32_t   digest;
};

static bool each_digest(void *ctx, const void *record)
{
	uint32_t *digest = ctx;

	*digest = crc32c(*digest, record, 24);
	return true;
}

/* Everything there is, by every walk; 0 when one fails. */
static uint32_t digest_of(struct store *s)
{
	uint32_t d = 1;
	struct order o;

	if (store_open_orders(s, each_digest, &d) || store_orders(s, 0, each_digest, &d) ||
	    store_orders_of(s, STR("t1"), each_digest, &d) ||
	    store_open_trades(s, each_digest, &d) || store_trades(s, 0, each_digest, &d) ||
	    store_fills(s, each_digest, &d) || store_fills_of(s, STR("t1"), each_digest, &d) ||
	    store_notes(s, 0, each_digest, &d) || store_notes_of(s, STR("t1"), each_digest, &d) ||
	    store_sessions(s, 0, each_digest, &d) || store_states(s, each_digest, &d) ||
	    store_equity(s, INT64_MIN, INT64_MAX, each_digest, &d))
		return 0;
	for (unsigned i = 0; i < 64; i++) {
		char id[16];
		(void)snprintf(id, sizeof(id), "%c%u", i % 2 ? 'b' : 'c', i / 2);
		enum err e = store_order(s, str_of(id), &o);
		if (e != OK && e != ERR_NOTFOUND)
			return 0;
		if (e == OK)
			d = crc32c(d, o.cid, sizeof(o.cid));
	}
	return d;
}

static bool victim_init(struct victim *v, unsigned events)
{
	char path[128];
	struct stat st;
	struct rng r;

	rng_seed(&r, check_seed());
	*v = (struct victim){ 0 };
	box_init(&v->b);
	if (!box_open(&v->b, STORE_WRITE))
		return false;
	for (unsigned i = 0; i < events; i++)
		CHECK_INT(box_event(&v->b, &r, i), OK, "event: %s", v->b.why);
	v->digest = digest_of(v->b.s);
	box_close(&v->b);
	box_path(&v->b, path, FILE_DATA);
	v->fd = open(path, O_RDWR | O_CLOEXEC);
	if (v->fd < 0 || fstat(v->fd, &st) != 0)
		return false;
	v->n = (size_t)st.st_size;
	v->page = (size_t)sysconf(_SC_PAGESIZE);
	v->good = malloc(v->n);
	return v->good != NULL && pread(v->fd, v->good, v->n, 0) == (ssize_t)v->n;
}

static void put_back(struct victim *v, size_t at, size_t n)
{
	if (pwrite(v->fd, v->good + at, n, (off_t)at) != (ssize_t)n)
		abort();
}

static void victim_done(struct victim *v)
{
	(void)close(v->fd);
	free(v->good);
	box_done(&v->b);
}

enum outcome { REFUSED, WARNED, SAME, WRONG };

/* What a reader would get. */
static enum outcome outcome_of(struct victim *v)
{
	enum outcome o;

	if (store_open(&v->b.s, v->b.folder, STORE_CONTROL, v->b.why) != OK)
		return REFUSED;
	uint32_t d = digest_of(v->b.s);
	o = d == 0 ? REFUSED : v->b.why[0] != '\0' ? WARNED : d == v->digest ? SAME : WRONG;
	box_close(&v->b);
	put_back(v, 0, v->n);	/* opening may have written */
	return o;
}

/* ---- bytes */

void test_store_every_byte_flipped(void)
{
	struct verdict verdict;
	struct victim v;
	struct rng r;
	size_t passed = 0;

	rng_seed(&r, check_seed());
	if (!victim_init(&v, 3))
		return;
	uint8_t *bad = malloc(v.n);
	if (bad == NULL)
		abort();
	memcpy(bad, v.good, v.n);
	for (size_t at = 0; at < v.n; at++) {
		/* In the two roots every bit, elsewhere any: usually of each eighth byte, of others
		 * with another seed; of all where STORE_TRIALS are wanted. */
		bool root = at < 2 * v.page && at % v.page < 256;
		if (!root && getenv("STORE_TRIALS") == NULL && rng_below(&r, 8) != 0)
			continue;
		for (unsigned bit = 0; bit < (root ? 8 : 1); bit++) {
			uint64_t mask = root ? 1u << bit : 1 + rng_below(&r, 255);
			uint8_t b = (uint8_t)(v.good[at] ^ mask);
			if (pwrite(v.fd, &b, 1, (off_t)at) != 1)
				abort();
			verify_here(v.b.folder, true, &verdict);
			put_back(&v, at, 1);
			if (verdict.err == OK && verdict.why[0] == '\0')
				bad[at] = b;
		}
		passed += bad[at] != v.good[at];
	}
	CHECK(passed > 0 && passed < v.n, "the file has room between records: %zu of %zu", passed,
	      v.n);
	/* Whatever verification does not mind makes no difference to anybody, all at once. */
	if (pwrite(v.fd, bad, v.n, 0) != (ssize_t)v.n)
		abort();
	CHECK_INT(outcome_of(&v), SAME, "%zu bytes do not matter, seed %llu: %s", passed,
		  (unsigned long long)check_seed(), v.b.why);
	if (pwrite(v.fd, bad, v.n, 0) != (ssize_t)v.n)
		abort();
	if (box_open(&v.b, STORE_WRITE)) {	/* nor when it is written to */
		for (unsigned i = 3; i < 40; i++)
			CHECK_INT(box_event(&v.b, &r, i), OK, "event: %s", v.b.why);
		box_close(&v.b);
		(void)box_open(&v.b, STORE_WRITE);
	}
	free(bad);
	victim_done(&v);
}

/* ---- pages */

static void no_lie(struct victim *v, const char *what, size_t page)
{
	enum outcome o = outcome_of(v);

	CHECK(o != WRONG, "page %zu %s is not believed, seed %llu", page, what,
	      (unsigned long long)check_seed());
}

void test_store_truncated_at_every_page(void)
{
	struct victim v;
	unsigned refused = 0;

	if (!victim_init(&v, 12))
		return;
	for (size_t n = v.page; n < v.n; n += v.page) {
		if (ftruncate(v.fd, (off_t)n) != 0)
			abort();
		refused += store_open(&v.b.s, v.b.folder, STORE_READ, v.b.why) != OK;
		if (v.b.s != NULL) {
			CHECK(digest_of(v.b.s) == v.digest, "cut to %zu bytes, nothing is lost", n);
			box_close(&v.b);
		}
		no_lie(&v, "cut off", n / v.page);
		put_back(&v, 0, v.n);
	}
	/* The last pages may be free ones. */
	CHECK(refused + 8 > v.n / v.page, "%u of %zu are refused", refused, v.n / v.page);
	victim_done(&v);
}

void test_store_pages_zeroed_swapped_stale(void)
{
	struct victim v;
	struct rng r;
	uint8_t *old;

	rng_seed(&r, check_seed() + 1);
	if (!victim_init(&v, 12))
		return;
	old = malloc(v.n);
	if (old == NULL)
		abort();
	memcpy(old, v.good, v.n);
	size_t pages = v.n / v.page;
	uint8_t *zero = calloc(1, v.page);
	for (size_t i = 0; zero != NULL && i < pages; i++) {
		size_t other = (size_t)rng_below(&r, pages) * v.page, at = i * v.page;
		if (pwrite(v.fd, zero, v.page, (off_t)at) < 0)
			abort();
		no_lie(&v, "zeroed", i);
		if (pwrite(v.fd, v.good + other, v.page, (off_t)at) < 0)
			abort();
		no_lie(&v, "overwritten by another", i);
		if (pwrite(v.fd, v.good + other, v.page, (off_t)at) < 0 ||
		    pwrite(v.fd, v.good + at, v.page, (off_t)other) < 0)
			abort();
		no_lie(&v, "swapped with another", i);
		put_back(&v, 0, v.n);
	}
	free(zero);
	/* The disk forgot what was written last: each page as it was an event ago. Without the
	 * last root it is the store of an event ago, as if the power had failed before it. */
	uint32_t before = v.digest;
	if (box_open(&v.b, STORE_WRITE)) {
		CHECK_INT(box_event(&v.b, &r, 12), OK, "event: %s", v.b.why);
		v.digest = digest_of(v.b.s);
		box_close(&v.b);
	}
	for (size_t at = 0; at < v.n; at += v.page) {
		struct verdict verdict;
		if (pread(v.fd, v.good + at, v.page, (off_t)at) != (ssize_t)v.page)
			abort();
		if (memcmp(old + at, v.good + at, v.page) == 0)
			continue;
		if (pwrite(v.fd, old + at, v.page, (off_t)at) < 0)
			abort();
		verify_here(v.b.folder, true, &verdict);
		if (verdict.err == OK && verdict.why[0] == '\0') {
			CHECK_INT(store_open(&v.b.s, v.b.folder, STORE_READ, v.b.why), OK,
				  "opens: %s", v.b.why);
			uint32_t d = v.b.s == NULL ? 0 : digest_of(v.b.s);
			CHECK(d == v.digest || (at < 2 * v.page && d == before),
			      "page %zu of an event ago is not believed", at / v.page);
			box_close(&v.b);
		}
		put_back(&v, at, v.page);
	}
	free(old);
	victim_done(&v);
}

/* Bits, bytes and halves of pages, several at once; STORE_TRIALS says how often. */
void test_store_damaged_at_random(void)
{
	const char *told = getenv("STORE_TRIALS");
	unsigned trials = told != NULL ? (unsigned)strtoul(told, NULL, 10) : 50, refused = 0;
	uint8_t noise[2048];
	struct victim v;
	struct rng r;

	rng_seed(&r, check_seed() + 2);
	if (!victim_init(&v, 12))
		return;
	for (unsigned i = 0; i < trials; i++) {
		for (uint64_t n = 1 + rng_below(&r, 3); n > 0; n--) {
			size_t len = rng_below(&r, 2) ? 1 : 1 + rng_below(&r, sizeof(noise));
			size_t at = (size_t)rng_below(&r, v.n - len);
			for (size_t k = 0; k < len; k++)
				noise[k] = (uint8_t)rng_below(&r, 256);
			if (pwrite(v.fd, noise, len, (off_t)at) != (ssize_t)len)
				abort();
		}
		enum outcome o = outcome_of(&v);
		refused += o == REFUSED;
		CHECK(o != WRONG, "trial %u is not believed, seed %llu", i,
		      (unsigned long long)check_seed());
		put_back(&v, 0, v.n);
	}
	CHECK(refused > trials / 4, "%u of %u are refused", refused, trials);
	victim_done(&v);
}

/* ---- records of another version */

void test_store_other_version_in_words(void)
{
	struct verdict verdict;
	struct victim v;
	struct key k;

	if (!victim_init(&v, 1))
		return;
	key_begin(&k, SPACE_TOTALS);
	for (size_t at = 2 * v.page; at + RECORD_HEADER < v.n; at++) {
		uint8_t *p = v.good + at;
		enum record_type type;
		size_t n = (size_t)p[6] | (size_t)p[7] << 8;
		if (p[4] != REC_TOTALS || n > 128 || at + n > v.n ||
		    record_check(&type, k.b, k.n, p, n) != NULL)
			continue;
		p[5] = STORE_VERSION + 1;
		uint32_t crc = crc32c(crc32c(0, k.b, k.n), p + 4, n - 4);
		for (int i = 0; i < 4; i++)
			p[i] = (uint8_t)(crc >> 8 * i & 0xff);
		put_back(&v, at, n);
	}
	verify_here(v.b.folder, true, &verdict);
	CHECK_INT(verdict.err, ERR_STORE, "another version is refused");
	CHECK(strstr(verdict.why, "is of version 3, this gambler reads version 2") != NULL,
	      "in words: %s", verdict.why);
	CHECK_INT(store_open(&v.b.s, v.b.folder, STORE_WRITE, v.b.why), ERR_STORE, "by all");
	CHECK(strstr(v.b.why, "version 3") != NULL, "in words: %s", v.b.why);
	victim_done(&v);
}

void test_store_records_are_checked(void)
{
	uint8_t data[RECORD_MAX];
	struct order o, got;
	struct rng r;

	rng_seed(&r, check_seed());
	make_order(&o, &r, 1);
	size_t n = record_pack(data, REC_ORDER, 7, "key", 3, &o, NULL);
	CHECK(record_unpack(&got, REC_ORDER, "key", 3, data, n, NULL) == NULL, "a record");
	CHECK_TEXT(record_unpack(&got, REC_ORDER, "kez", 3, data, n, NULL), "checksum",
		   "under another key it is none");
	CHECK_TEXT(record_unpack(&got, REC_TRADE, "key", 3, data, n, NULL), "type",
		   "nor is it of another kind");
	for (size_t cut = 0; cut < n; cut++)
		CHECK(record_unpack(&got, REC_ORDER, "key", 3, data, cut, NULL) != NULL,
		      "cut to %zu bytes", cut);
	for (size_t i = 0; i < n * 8; i++) {
		data[i / 8] ^= (uint8_t)(1 << i % 8);
		CHECK(record_unpack(&got, REC_ORDER, "key", 3, data, n, NULL) != NULL,
		      "bit %zu is wrong", i);
		data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

/* As it was written before there was all that is now. */
static size_t cut_record(uint8_t *data, size_t n, size_t less)
{
	n -= less;
	data[6] = (uint8_t)(n & 0xff);
	data[7] = (uint8_t)(n >> 8);
	uint32_t crc = crc32c(crc32c(0, "key", 3), data + 4, n - 4);
	for (int i = 0; i < 4; i++)
		data[i] = (uint8_t)(crc >> 8 * i);
	return n;
}

void test_store_reads_older_trades(void)
{
	uint8_t data[RECORD_MAX];
	struct trade t, got;
	struct rng r;

	rng_seed(&r, check_seed());
	make_trade(&t, &r, 1);
	size_t n = record_pack(data, REC_TRADE, 7, "key", 3, &t, NULL);
	CHECK(record_unpack(&got, REC_TRADE, "key", 3, data, n, NULL) == NULL, "as it is now");
	CHECK(got.tag == t.tag && got.trail.n == t.trail.n, "with all of it");
	n = cut_record(data, n, 16);	/* before levels could be of the fill */
	CHECK(record_unpack(&got, REC_TRADE, "key", 3, data, n, NULL) == NULL, "as it was once");
	CHECK(got.stop_by.n == 0 && got.target_by.n == 0 && got.trail.n == t.trail.n,
	      "its levels stay where they are");
	n = cut_record(data, n, 17);	/* before a mark and a trailing exit */
	CHECK(record_unpack(&got, REC_TRADE, "key", 3, data, n, NULL) == NULL, "as it was");
	CHECK(got.tag == 0 && got.trail.n == 0 && got.trail_from.n == 0, "without what is new");
	CHECK(got.naked_longest == t.naked_longest && strcmp(got.id, t.id) == 0, "and all else");
	n = cut_record(data, n, 1);
	CHECK(record_unpack(&got, REC_TRADE, "key", 3, data, n, NULL) != NULL, "less is no trade");
}

void test_store_reads_older_orders(void)
{
	uint8_t data[RECORD_MAX];
	struct order o, got;
	struct rng r;

	rng_seed(&r, check_seed());
	make_order(&o, &r, 1);
	size_t n = record_pack(data, REC_ORDER, 7, "key", 3, &o, NULL);
	CHECK(record_unpack(&got, REC_ORDER, "key", 3, data, n, NULL) == NULL, "as it is now");
	CHECK(got.chain == o.chain && got.moved == o.moved, "with all of it");
	n = cut_record(data, n, 2);	/* before orders could be moved */
	CHECK(record_unpack(&got, REC_ORDER, "key", 3, data, n, NULL) == NULL, "as it was");
	CHECK(got.chain == 0 && got.moved == MOVE_NONE, "an order that was never moved");
	CHECK(strcmp(got.why, o.why) == 0, "and all else");
}
