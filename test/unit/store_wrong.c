/* Records whose checksums are right and that are wrong all the same, as somebody writes them who
 * computes checksums again, or as they were not when the file was verified: each is an error, in
 * words, and never data. */
#include "base/crc.h"
#include "test/unit/store_box.h"

#include <stdio.h>
#include <stdlib.h>

/* A record of these bytes; its length. */
static size_t make_record(uint8_t out[static 2 * RECORD_MAX], const struct key *k, unsigned type,
			  unsigned version, const void *payload, size_t n)
{
	memset(out, 0, RECORD_HEADER);
	memcpy(out + RECORD_HEADER, payload, n);
	n += RECORD_HEADER;
	out[4] = (uint8_t)type;
	out[5] = (uint8_t)version;
	out[6] = (uint8_t)(n & 0xff);
	out[7] = (uint8_t)(n >> 8);
	uint32_t crc = crc32c(crc32c(0, k->b, k->n), out + 4, n - 4);
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(crc >> 8 * i & 0xff);
	return n;
}

/* ---- one record */

#define NOW STORE_VERSION

static const struct {
	const char *words;		/* "": it is one */
	enum record_type asked;
	unsigned type, version;
	const char *payload;
	size_t n, more;			/* of the payload; behind it so many letters A */
} singles[] = {
	{ "", REC_NAME, REC_NAME, NOW, "\2AB", 3, 0 },
	{ "", REC_NAME, REC_NAME, 1, "\2AB", 3, 0 },
	{ "version", REC_NAME, REC_NAME, 0, "\2AB", 3, 0 },
	{ "version", REC_NAME, REC_NAME, NOW + 1, "\2AB", 3, 0 },
	{ "type", REC_NAME, 0, NOW, "\2AB", 3, 0 },
	{ "type", REC_NAME, REC_END, NOW, "\2AB", 3, 0 },
	{ "type", REC_NAME, REC_KILL, NOW, "\2AB", 3, 0 },
	{ "member", REC_NAME, REC_NAME, NOW, "", 0, 0 },
	{ "member", REC_NAME, REC_NAME, NOW, "\3AB", 3, 0 },
	{ "member", REC_NAME, REC_NAME, NOW, "\2A\0", 3, 0 },
	{ "", REC_NAME, REC_NAME, NOW, "\13", 1, 11 },
	{ "member", REC_NAME, REC_NAME, NOW, "\14", 1, 12 },
	{ "length", REC_NAME, REC_NAME, NOW, "\2", 1, 3 },
	{ "", REC_LINK, REC_LINK, NOW, "\2AB", 3, 0 },
	{ "member", REC_LINK, REC_LINK, NOW, "\3AB", 3, 0 },
	{ "", REC_LINK, REC_LINK, NOW, "\200", 1, KEY_MAX },
	{ "member", REC_LINK, REC_LINK, NOW, "\201", 1, KEY_MAX + 1 },
	{ "", REC_AUDIT, REC_AUDIT, NOW, "\1A\1\0\0", 5, 0 },
	{ "member", REC_AUDIT, REC_AUDIT, NOW, "\1A\2\0\0", 5, 0 },
	{ "member", REC_AUDIT, REC_AUDIT, NOW, "\1A\1\0\1", 5, 0 },
	{ "", REC_AUDIT, REC_AUDIT, NOW, "\1A\1\0\4", 5, 4 * 8 },
	{ "member", REC_AUDIT, REC_AUDIT, NOW, "\1A\1\0\5", 5, 5 * 8 },
	{ "length", REC_NAME, REC_NAME, NOW, "\2", 1, RECORD_MAX },
};

void test_store_wrong_records_are_none(void)
{
	uint8_t data[2 * RECORD_MAX];
	char payload[2 * RECORD_MAX];
	union any_record out;
	struct key k;

	key_name(&k, 7);
	for (size_t i = 0; i < COUNT(singles); i++) {
		memcpy(payload, singles[i].payload, singles[i].n);
		memset(payload + singles[i].n, 'A', singles[i].more);
		size_t n = make_record(data, &k, singles[i].type, singles[i].version, payload,
				       singles[i].n + singles[i].more);
		const char *wrong = record_unpack(&out, singles[i].asked, k.b, k.n, data, n, NULL);
		CHECK(strcmp(wrong == NULL ? "" : wrong, singles[i].words) == 0,
		      "record %u is seen as wrong in its %s, not: %s", (unsigned)i,
		      wrong == NULL ? "nothing" : wrong, singles[i].words);
	}
}

void test_store_symbols_that_it_never_had(void)
{
	static struct names names = { .bound = true, .n = 1, .in = { 5 } };
	uint8_t data[RECORD_MAX];
	struct trade t, got;
	struct rng r;

	rng_seed(&r, check_seed());
	make_trade(&t, &r, 1);
	for (sym s = 0; s < 2; s++) {
		t.sym = s;
		size_t n = record_pack(data, REC_TRADE, 7, "key", 3, &t, NULL);
		CHECK(record_unpack(&got, REC_TRADE, "key", 3, data, n, &names) == NULL, "a trade");
		CHECK_INT(got.sym, s == 0 ? 5 : SYM_NONE, "the store's symbol %u", s);
	}
}

/* ---- in the file */

/* Under the store's transaction, past what it knows. */
static void put_raw(struct box *b, const struct key *k, const void *data, size_t n)
{
	struct key copy = *k;
	MDB_val key = { copy.n, copy.b }, val = { n, (void *)(uintptr_t)data };

	CHECK_INT(mdb_put(b->s->txn, b->s->dbi, &key, &val, 0), 0, "it is put");
	b->s->payload = 1;
}

static void del_raw(struct box *b, const struct key *k)
{
	struct key copy = *k;
	MDB_val key = { copy.n, copy.b };

	CHECK_INT(mdb_del(b->s->txn, b->s->dbi, &key, NULL), 0, "it is deleted");
	b->s->payload = 1;
}

/* Counted, as the store counts its own. */
static void put_record(struct box *b, const struct key *k, unsigned type, const char *payload,
		       size_t n)
{
	uint8_t data[2 * RECORD_MAX];

	n = make_record(data, k, type, NOW, payload, n);
	put_raw(b, k, data, n);
	b->s->totals.records++;
	b->s->totals.sum += record_weight(data);
}

static void of_no_space(struct box *b)
{
	struct key k;

	key_begin(&k, (enum space)200);
	put_record(b, &k, REC_NAME, "\2AB", 3);
}

static void of_another_space(struct box *b)
{
	struct key k;

	key_begin(&k, SPACE_ACCOUNT);
	put_record(b, &k, REC_NAME, "\2AB", 3);
}

static void with_a_wrong_member(struct box *b)
{
	struct key k;

	key_name(&k, 0);
	put_record(b, &k, REC_NAME, "\5AB", 3);
}

static void that_is_not_counted(struct box *b)
{
	b->s->totals.records++;
	b->s->payload = 1;
}

static void that_is_weighed_wrongly(struct box *b)
{
	b->s->totals.sum++;
	b->s->payload = 1;
}

static const struct {
	void (*change)(struct box *b);
	unsigned bad;
	const char *words;
} wrongs[] = {
	{ of_no_space, 1, "records fail their checksum" },
	{ of_another_space, 1, "records fail their checksum" },
	{ with_a_wrong_member, 1, "records fail their checksum" },
	{ that_is_not_counted, 0, "records are missing, or older than they must be" },
	{ that_is_weighed_wrongly, 0, "records are missing, or older than they must be" },
};

static void verified(struct box *b, unsigned bad, const char *words)
{
	uint64_t records = 0, found = 0;

	box_close(b);
	CHECK_INT(store_verify(b->folder, &records, &found, b->why), ERR_STORE, "%s: %s", words,
		  b->why);
	CHECK(found == bad && strstr(b->why, words) != NULL, "%u bad, %s: %u, %s", bad, words,
	      (unsigned)found, b->why);
	CHECK(store_open(&b->s, b->folder, STORE_WRITE, b->why) == OK &&
	      strstr(b->why, "was damaged") != NULL, "a start begins anew: %s", b->why);
}

void test_store_wrong_records_in_the_file(void)
{
	struct key k;
	struct box b;

	for (size_t i = 0; i < COUNT(wrongs); i++) {
		box_init_quick(&b);
		if (!box_open(&b, STORE_WRITE))
			return;
		CHECK_INT(store_begin(b.s), OK, "somebody begins");
		wrongs[i].change(&b);
		CHECK_INT(store_commit(b.s, b.why), OK, "wrong: %s", b.why);
		verified(&b, wrongs[i].bad, wrongs[i].words);
		box_done(&b);
	}
	/* Its totals are gone, of a store with nothing else and of one with a name. */
	for (int named = 0; named < 2; named++) {
		box_init_quick(&b);
		if (!box_open(&b, STORE_WRITE))
			return;
		CHECK_INT(store_begin(b.s), OK, "somebody begins");
		key_name(&k, 0);
		if (named)
			put_record(&b, &k, REC_NAME, "\2AB", 3);
		key_begin(&k, SPACE_TOTALS);
		del_raw(&b, &k);
		CHECK_INT(mdb_txn_commit(b.s->txn), 0, "without totals");
		b.s->txn = NULL;
		verified(&b, 0, "its totals are missing");
		box_done(&b);
	}
}

/* Killed when LMDB had made its file, and before the store had: nothing is stored, nothing lost. */
void test_store_file_of_no_commit(void)
{
	MDB_env *env;
	struct box b;
	uint64_t records, bad;

	box_init_quick(&b);
	CHECK_INT(folder_make(b.folder, b.why), OK, "a folder: %s", b.why);
	if (mdb_env_create(&env) != 0 || mdb_env_open(env, b.folder, 0, 0600) != 0)
		abort();
	mdb_env_close(env);
	CHECK_INT(store_verify(b.folder, &records, &bad, b.why), OK, "it is whole: %s", b.why);
	CHECK_INT(store_open(&b.s, b.folder, STORE_READ, b.why), ERR_NOTFOUND, "reading");
	CHECK(strstr(b.why, "nothing is stored yet") != NULL, "in words: %s", b.why);
	CHECK(box_open(&b, STORE_WRITE) && b.why[0] == '\0', "a start makes it: %s", b.why);
	box_done(&b);
}

/* ---- in a store that is open, as if memory or disk had changed what was verified */

static struct { struct order order; struct trade trade; struct fill fill; } had;

static bool begin(struct box *b)
{
	struct rng r;
	bool known;

	rng_seed(&r, check_seed());
	box_init_quick(b);
	if (!box_open(b, STORE_WRITE))
		return false;
	make_order(&had.order, &r, 0);
	had.order.stage = ORDER_LIVE;
	had.order.leg = 0;
	make_trade(&had.trade, &r, 0);
	had.trade.state = TRADE_OPEN;
	make_fill(&had.fill, &r, 0);
	return CHECK(store_begin(b->s) == OK && store_put_order(b->s, &had.order) == OK &&
		     store_put_trade(b->s, &had.trade) == OK &&
		     store_add_fill(b->s, &had.fill, &known) == OK &&
		     store_commit(b->s, b->why) == OK && store_begin(b->s) == OK,
		     "an event: %s", b->why);
}

static void commit(struct box *b)
{
	CHECK_INT(store_commit(b->s, b->why), OK, "somebody has changed it: %s", b->why);
}

/* Where there should be a record: a few bytes. */
static void spoil(struct box *b, const struct key *k)
{
	put_raw(b, k, "no record", 9);
}

static enum err walk_of(struct box *b, unsigned *n)
{
	*n = 0;
	return store_open_trades(b->s, count_each, n);
}

void test_store_read_does_not_take_what_is_none(void)
{
	struct order o;
	struct trade t;
	struct key k, link;
	struct box b;
	unsigned n;

	if (!begin(&b))
		return;
	key_trade(&k, str_of(had.trade.id));
	spoil(&b, &k);
	commit(&b);
	CHECK_INT(store_trade(b.s, str_of(had.trade.id), &t), ERR_STORE, "no trade");
	CHECK(walk_of(&b, &n) == ERR_STORE && n == 0, "no list of trades");
	CHECK_INT(store_begin(b.s), OK, "a transaction");
	CHECK_INT(store_put_trade(b.s, &had.trade), ERR_STORE, "nothing takes its place unseen");
	store_abort(b.s);
	CHECK_INT(store_begin(b.s), OK, "another");
	CHECK_INT(store_put(b.s, &k, REC_TRADE, &had.trade), ERR_STORE, "nor by its key");
	CHECK(store_commit(b.s, b.why) == ERR_STORE && b.why[0] != '\0', "in words: %s", b.why);
	CHECK_INT(store_put_order(b.s, &had.order), ERR_STORE, "behind it all is refused");
	CHECK_INT(store_begin(b.s), OK, "another");
	del_raw(&b, &k);
	commit(&b);
	CHECK(walk_of(&b, &n) == ERR_STORE && n == 0, "a link to nothing is no trade");
	CHECK_INT(store_begin(b.s), OK, "another");
	key_trade_open(&link, &had.trade);
	spoil(&b, &link);
	/* Its other id leads to something that is no order, to nothing, to an order. */
	key_order_alias(&link, str_of(had.order.bid));
	put_record(&b, &link, REC_LINK, "\1A", 2);
	commit(&b);
	CHECK(walk_of(&b, &n) == ERR_STORE && n == 0, "a link that is none");
	CHECK_INT(store_order(b.s, str_of(had.order.bid), &o), ERR_STORE, "no order's name");
	CHECK_INT(store_begin(b.s), OK, "another");
	put_record(&b, &link, REC_LINK, "\2AB", 3);
	commit(&b);
	CHECK_INT(store_order(b.s, str_of(had.order.bid), &o), ERR_STORE, "nor that");
	CHECK_INT(store_begin(b.s), OK, "another");
	put_record(&b, &link, REC_LINK, "\4 cx", 5);
	commit(&b);
	CHECK_INT(store_order(b.s, str_of(had.order.bid), &o), ERR_STORE, "no such order");
	CHECK_INT(store_order(b.s, str_of(had.order.cid), &o), OK, "by its own name it is there");
	box_done(&b);
}

/* Indexes that are gone are made again. */
void test_store_order_without_its_links(void)
{
	unsigned open = 0, of_trade = 0;
	struct key k, link;
	struct box b;

	if (!begin(&b))
		return;
	key_order(&k, &had.order);
	key_order_open(&link, &had.order, &k);
	del_raw(&b, &link);
	b.s->totals.records--;
	key_order_trade(&link, &had.order, &k);
	del_raw(&b, &link);
	b.s->totals.records--;
	had.order.made++;
	CHECK_INT(store_put_order(b.s, &had.order), OK, "it is stored");
	commit(&b);
	CHECK_INT(store_open_orders(b.s, count_each, &open), OK, "open orders");
	CHECK_INT(store_orders_of(b.s, str_of(had.order.trade), count_each, &of_trade), OK, "its");
	CHECK(open == 1 && of_trade == 1, "it is found: %u, %u", open, of_trade);
	box_done(&b);
}

void test_store_chain_of_what_is_no_record(void)
{
	struct totals t;
	char where[STORE_WHY];
	struct key k;
	struct box b;

	if (!begin(&b))
		return;
	t = b.s->totals;
	CHECK(audit_check(b.s->txn, b.s->dbi, &t, where), "it is whole: %s", where);
	key_begin(&k, SPACE_AUDIT);
	key_u64(&k, 0);
	spoil(&b, &k);
	CHECK(!audit_check(b.s->txn, b.s->dbi, &t, where) &&
	      strstr(where, "entry 1 of 1") != NULL && strstr(where, "missing") != NULL,
	      "an entry is none: %s", where);
	key_fill_time(&k, &had.fill, 0);
	spoil(&b, &k);
	CHECK_INT(audit_start(b.s), ERR_STORE, "no chain is begun with a link that is none");
	store_abort(b.s);
	box_done(&b);
}
