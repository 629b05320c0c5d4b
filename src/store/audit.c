/* audit.c: the chain of facts. A fill, an operator's word and one of the kill switch get an entry
 * with the digest of their record, and the hash of the entry before it and of this one; the
 * totals have the last. Checksums find what a disk does; this finds what somebody does who
 * computes checksums again. A fill of which more becomes known gets another entry. */
#include "base/crc.h"
#include "net/hash.h"
#include "store/store_inner.h"

#define HASH_BYTES (HASH_WORDS * sizeof(uint64_t))

static void digest(uint64_t out[HASH_WORDS], const MDB_val *record)
{
	struct str all = { record->mv_data, record->mv_size };

	sha256_of(out, &all, 1);
}

static void link_in(uint64_t head[HASH_WORDS], const struct audit_record *r)
{
	const struct str parts[] = {
		{ (const char *)head, HASH_BYTES },
		{ (const char *)r->fact.b, r->fact.n },
		{ (const char *)&r->again, 1 },
		{ (const char *)r->digest, HASH_BYTES }
	};

	sha256_of(head, parts, COUNT(parts));
}

static void key_audit(struct key *k, uint64_t n)
{
	key_begin(k, SPACE_AUDIT);
	key_u64(k, n);
}

enum err audit_add(struct store *s, const struct key *fact, bool again)
{
	struct audit_record r = { .fact = *fact, .again = again };
	MDB_val key = { r.fact.n, r.fact.b }, val;
	struct key k;

	assert(s->failed == OK);
	int rc = mdb_get(s->txn, s->dbi, &key, &val);
	if (rc != 0)
		return store_fail(s, rc, "chain");
	digest(r.digest, &val);
	link_in(s->totals.head, &r);
	memcpy(r.hash, s->totals.head, HASH_BYTES);
	key_audit(&k, s->totals.facts++);
	return store_put(s, &k, REC_AUDIT, &r);
}

enum err audit_start(struct store *s)
{
	struct key from, fact;
	MDB_val key = { 1, from.b }, val;
	MDB_cursor *c;
	enum err e = OK;

	int rc = mdb_cursor_open(s->txn, s->dbi, &c);
	if (rc != 0)
		return store_fail(s, rc, "chain");
	key_begin(&from, SPACE_FILL_TIME);
	rc = mdb_cursor_get(c, &key, &val, MDB_SET_RANGE);
	while (rc == 0 && e == OK && *(const uint8_t *)key.mv_data == SPACE_FILL_TIME) {
		if (record_unpack(&fact, REC_LINK, key.mv_data, key.mv_size, val.mv_data,
				  val.mv_size, NULL) != NULL)
			rc = MDB_CORRUPTED;
		else
			e = audit_add(s, &fact, false);
		if (rc == 0)
			rc = mdb_cursor_get(c, &key, &val, MDB_NEXT);
	}
	mdb_cursor_close(c);
	return rc == 0 || rc == MDB_NOTFOUND ? e : store_fail(s, rc, "chain");
}

static const char *fact_name(const struct key *fact)
{
	switch (fact->b[0]) {
	case SPACE_FILL: return (const char *)fact->b + 1;	/* its order, with a NUL */
	case SPACE_NOTE: return "an operator's word";
	case SPACE_KILL_TIME: return "the kill switch";
	default:         return "of what, is not known";
	}
}

/* NULL, or what is wrong with the entry. open: the entries that are of what a fact was, less
 * those that take the place of one: nothing is left at the end. */
static const char *check_entry(MDB_txn *txn, MDB_dbi dbi, struct key *k, struct audit_record *r,
			       uint64_t head[HASH_WORDS], uint64_t *open)
{
	uint64_t now[HASH_WORDS];
	MDB_val key = { k->n, k->b }, val, fact;

	r->fact.b[0] = 0;
	if (mdb_get(txn, dbi, &key, &val) != 0 ||
	    record_unpack(r, REC_AUDIT, k->b, k->n, val.mv_data, val.mv_size, NULL) != NULL)
		return "missing";
	link_in(head, r);
	if (memcmp(head, r->hash, HASH_BYTES) != 0)
		return "another than was stored";
	key = (MDB_val){ r->fact.n, r->fact.b };
	if (mdb_get(txn, dbi, &key, &fact) != 0)
		return "of a record that is missing";
	digest(now, &fact);
	uint64_t name = hash64(r->fact.b, r->fact.n);
	*open -= r->again ? name : 0;
	if (memcmp(now, r->digest, HASH_BYTES) == 0)
		return NULL;
	*open += name;
	return r->fact.b[0] == SPACE_FILL ? NULL : "of a record that is another now";
}

/* Which fill it is that has no entry for what it is now. */
static void say_changed(MDB_txn *txn, MDB_dbi dbi, const struct totals *t, uint64_t name,
			char where[static STORE_WHY])
{
	uint64_t head[HASH_WORDS] = { 0 }, open = 0, i = 0;
	struct audit_record r = { 0 };
	struct key k;

	do {
		key_audit(&k, i);
		(void)check_entry(txn, dbi, &k, &r, head, &open);
	} while (hash64(r.fact.b, r.fact.n) != name && ++i < t->facts);
	if (i == t->facts) {	/* the sum of several names is nobody's */
		store_say(where, "several of %u entries, which are of records that are others now",
			  (unsigned)t->facts);
		return;
	}
	store_say(where, "entry %u of %u (%.60s), which is of a record that is another now",
		  (unsigned)i + 1, (unsigned)t->facts, fact_name(&r.fact));
}

bool audit_check(MDB_txn *txn, MDB_dbi dbi, const struct totals *t, char where[static STORE_WHY])
{
	uint64_t head[HASH_WORDS] = { 0 }, open = 0;
	struct audit_record r = { 0 };
	struct key k;

	for (uint64_t i = 0; i < t->facts; i++) {
		key_audit(&k, i);
		const char *wrong = check_entry(txn, dbi, &k, &r, head, &open);
		if (wrong == NULL)
			continue;
		store_say(where, "entry %u of %u (%.60s), which is %s", (unsigned)i + 1,
			  (unsigned)t->facts, fact_name(&r.fact), wrong);
		return false;
	}
	if (open != 0)
		say_changed(txn, dbi, t, open, where);
	else if (memcmp(head, t->head, HASH_BYTES) != 0)
		store_say(where, "its end");
	else
		return true;
	return false;
}
