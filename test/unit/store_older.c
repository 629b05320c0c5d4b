/* Files of older versions: they are read, brought up when they are opened for writing, and stay as
 * they were when that fails. */
#include "base/crc.h"
#include "test/failing.h"
#include "test/unit/store_box.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* A start that writes finds so many orders. */
static bool opened(struct box *b, unsigned orders)
{
	unsigned n = 0;

	box_close(b);
	if (!box_open(b, STORE_WRITE))
		return false;
	CHECK(b->why[0] == '\0', "nothing is to be said: %s", b->why);
	return CHECK(store_orders(b->s, 0, count_each, &n) == OK && n == orders, "%u orders", n);
}

/* Each thing of a kind that is asked of LMDB on the way is refused once: it stays as it was. The
 * last time nothing is, and it is brought up. */
static void refused(struct box *b, const char *call)
{
	bool struck = true;

	for (unsigned n = 1; struck; n++) {
		failing(call, n, EINVAL, false);
		enum err e = store_open(&b->s, b->folder, STORE_WRITE, b->why);
		struck = failing_end();
		CHECK(struck ? e != OK && b->why[0] != '\0' : e == OK, "%s %u: %d: %s", call, n, e,
		      b->why);
		box_close(b);
	}
}

/* What records have had added since: so many bytes at their ends, of members that are 0. */
struct older { const char *what; size_t order, trade, state; };

#define SIZE(t, m) sizeof(((struct t *)NULL)->m)
#define STATE_GREW (SIZE(instance_state, pnl_base) + SIZE(instance_state, last_scan) + \
		    SIZE(instance_state, leaders_said) + SIZE(instance_state, leaders) + \
		    SIZE(instance_state, scanned) + 1)

static const struct older olders[] = {
	{ "before trades had trailing exits", 2, 1 + 4 * 8, STATE_GREW },
	{ "before decisions went on", 2, 2 * 8, STATE_GREW },
	{ "before stops were replaced", 2, 2 * 8, 0 },
};

static size_t cut(const struct older *o, uint8_t *p, size_t n)
{
	switch (p[4]) {
	case REC_ORDER:  return n - o->order;
	case REC_TRADE:  return n - o->trade;
	case REC_STATE:  return n - o->state;
	default:	 return n;
	}
}

/* Every record as version 1 had it, and none of the chain's. */
static void make_older(struct box *b, const struct older *o)
{
	struct totals t = { 0 };
	MDB_cursor *c;
	MDB_val key, val;

	CHECK_INT(store_begin(b->s), OK, "begins");
	size_t txn = mdb_txn_id(b->s->txn);
	CHECK(mdb_cursor_open(b->s->txn, b->s->dbi, &c) == 0, "a cursor");
	int rc = mdb_cursor_get(c, &key, &val, MDB_FIRST);
	for (; rc == 0; rc = mdb_cursor_get(c, &key, &val, MDB_NEXT)) {
		uint8_t data[RECORD_MAX], name[KEY_MAX];
		memcpy(data, val.mv_data, val.mv_size);
		memcpy(name, key.mv_data, key.mv_size);
		if (name[0] == SPACE_AUDIT || name[0] == SPACE_KILL_TIME) {
			CHECK(mdb_cursor_del(c, 0) == 0, "removed");
			continue;
		}
		size_t n = cut(o, data, val.mv_size);
		if (data[4] == REC_TOTALS)	/* the first: its numbers come last */
			continue;
		data[5] = 1;
		data[6] = (uint8_t)(n & 0xff);
		data[7] = (uint8_t)(n >> 8);
		uint32_t crc = crc32c(crc32c(0, name, key.mv_size), data + 4, n - 4);
		memcpy(data, &crc, 4);
		val = (MDB_val){ n, data };
		key = (MDB_val){ key.mv_size, name };
		CHECK(mdb_cursor_put(c, &key, &val, MDB_CURRENT) == 0, "as it was");
		t.records++;
		t.sum += record_weight(data);
	}
	mdb_cursor_close(c);
	t.seq = b->s->totals.seq;
	t.txn = txn;
	uint8_t data[RECORD_MAX], zero = SPACE_TOTALS;
	(void)record_pack(data, REC_TOTALS, t.seq, &zero, 1, &t, NULL);
	size_t n = RECORD_HEADER + 4 * 8;
	data[5] = 1;
	data[6] = (uint8_t)n;
	data[7] = 0;
	uint32_t crc = crc32c(crc32c(0, &zero, 1), data + 4, n - 4);
	memcpy(data, &crc, 4);
	key = (MDB_val){ 1, &zero };
	val = (MDB_val){ n, data };
	CHECK(mdb_put(b->s->txn, b->s->dbi, &key, &val, 0) == 0, "its totals");
	CHECK(mdb_txn_commit(b->s->txn) == 0, "committed");
	b->s->txn = NULL;
}

/* Without what those versions did not know. */
static void old_events(struct box *b, struct rng *r, unsigned n)
{
	struct instance_state st;
	struct order o;
	struct trade t;
	struct fill f;
	bool known;

	for (unsigned i = 0; i < n; i++) {
		make_order(&o, r, i);
		o.chain = o.moved = 0;
		make_trade(&t, r, i / 2);
		t.signal_ts = i / 2 * NS_SECOND;
		t.tag = 0;
		t.trail.n = t.trail_from.n = t.stop_by.n = t.target_by.n = 0;
		make_fill(&f, r, i);
		make_state(&st, r, i % 3);
		st.pnl_base.n = 0;
		st.last_scan = 0;
		st.leaders_said = 0;
		st.leaders = 0;
		st.scanned = 0;
		memset(st.chosen, 0, sizeof(st.chosen));
		CHECK(store_begin(b->s) == OK && store_put_order(b->s, &o) == OK &&
		      store_put_trade(b->s, &t) == OK && store_put_state(b->s, &st) == OK &&
		      store_add_fill(b->s, &f, &known) == OK && store_commit(b->s, b->why) == OK,
		      "old event: %s", b->why);
	}
}

static bool digest(void *ctx, const void *record)
{
	uint32_t *d = ctx;

	*d = crc32c(*d, record, sizeof(struct fill));
	return true;
}

static uint32_t everything(struct box *b)
{
	uint32_t d = 0;

	CHECK(store_orders(b->s, 0, digest, &d) == OK && store_trades(b->s, 0, digest, &d) == OK &&
	      store_fills(b->s, digest, &d) == OK && store_states(b->s, digest, &d) == OK,
	      "everything is read");
	return d;
}

void test_store_older_versions_are_brought_up(void)
{
	static const char *const calls[COUNT(olders)] = {
		"mdb_cursor_open", "mdb_cursor_get", "mdb_put",
	};
	uint64_t records, bad;
	char path[128], why[STORE_WHY], generation[128];
	struct stat st;
	struct rng r;
	struct box b;

	for (size_t i = 0; i < COUNT(olders); i++) {
		rng_seed(&r, check_seed() + i);
		box_init_quick(&b);
		if (!box_open(&b, STORE_WRITE))
			return;
		old_events(&b, &r, 9);
		uint32_t before = everything(&b);
		make_older(&b, &olders[i]);
		make_older(&b, &(struct older){ "", 0, 0, 0 });	/* below both roots */
		box_close(&b);
		box_path(&b, generation, "generation");
		(void)unlink(generation);
		CHECK_INT(store_open(&b.s, b.folder, STORE_READ, b.why), OK, "%s: read: %s",
			  olders[i].what, b.why);
		if (b.s != NULL)
			CHECK_INT(everything(&b), before, "%s: the same", olders[i].what);
		box_path(&b, path, "data.mdb.v1");
		CHECK(stat(path, &st) != 0, "reading changes nothing");
		box_close(&b);
		refused(&b, calls[i]);
		if (!opened(&b, 9))
			return;
		CHECK_INT(everything(&b), before, "%s: brought up", olders[i].what);
		CHECK(stat(path, &st) == 0, "the file as it was stays");
		box_close(&b);
		CHECK_INT(store_verify(b.folder, &records, &bad, why), OK, "%s", why);
		CHECK(opened(&b, 9) && store_begin(b.s) == OK && b.s->totals.facts == 9,
		      "its fills are in the chain");
		box_done(&b);
	}
}
