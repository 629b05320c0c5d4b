/* Somebody changes the file and computes all checksums and sums again: the chain of facts says at
 * which entry, and what was changed there. */
#include "test/unit/store_box.h"

#include <stdio.h>

/* A fill is the entry 1, an operator's word 2, words of the kill switch are the others. */
static bool begin(struct box *b, struct fill *f, struct note *n)
{
	struct rng r;
	bool known;

	rng_seed(&r, check_seed());
	box_init_quick(b);
	if (!box_open(b, STORE_WRITE))
		return false;
	make_fill(f, &r, 0);
	make_note(n, &r, 0);
	n->kind = NOTE_COMMAND;
	return CHECK(store_begin(b->s) == OK && store_add_fill(b->s, f, &known) == OK &&
		     store_add_note(b->s, n) == OK &&
		     store_put_kill(b->s, KILL_HALT, STR("me"), 5) == OK &&
		     store_put_kill(b->s, KILL_RUN, STR("you"), 6) == OK &&
		     store_commit(b->s, b->why) == OK, "facts: %s", b->why);
}

static struct key entry(uint64_t n)
{
	struct key k;

	key_begin(&k, SPACE_AUDIT);
	key_u64(&k, n - 1);
	return k;
}

/* Out of the totals, too. */
static void take_away(struct box *b, struct key *k)
{
	MDB_val key = { k->n, k->b }, val;

	CHECK_INT(mdb_get(b->s->txn, b->s->dbi, &key, &val), 0, "it is there");
	b->s->totals.records--;
	b->s->totals.sum -= record_weight(val.mv_data);
	CHECK_INT(mdb_del(b->s->txn, b->s->dbi, &key, NULL), 0, "it is taken away");
	b->s->payload = 1;
}

static struct audit_record entry_of(struct box *b, uint64_t n)
{
	struct audit_record r = { .again = 0 };
	struct key k = entry(n);

	CHECK_INT(store_get(b->s, b->s->txn, &k, REC_AUDIT, &r), OK, "entry %u", (unsigned)n);
	return r;
}

static void entry_is_gone(struct box *b, const struct fill *f, const struct note *n)
{
	struct key k = entry(2);

	(void)f;
	(void)n;
	take_away(b, &k);
}

static void entry_is_another(struct box *b, const struct fill *f, const struct note *n)
{
	struct audit_record r = entry_of(b, 3);
	struct key k = entry(3);

	(void)f;
	(void)n;
	r.digest[0]++;
	CHECK_INT(store_put(b->s, &k, REC_AUDIT, &r), OK, "it is another");
}

static void fill_is_gone(struct box *b, const struct fill *f, const struct note *n)
{
	struct key k;

	(void)n;
	key_fill(&k, f);
	take_away(b, &k);
}

static void word_is_another(struct box *b, const struct fill *f, const struct note *n)
{
	struct audit_record r = entry_of(b, 2);
	struct note other = *n;

	(void)f;
	other.text[0] ^= 1;
	CHECK_INT(store_put(b->s, &r.fact, REC_NOTE, &other), OK, "it is another");
}

static void kill_is_another(struct box *b, const struct fill *f, const struct note *n)
{
	struct kill_record other = { .kill = KILL_HALT, .who = "nobody", .ts = 6 };
	struct audit_record r = entry_of(b, 4);

	(void)f;
	(void)n;
	CHECK_INT(store_put(b->s, &r.fact, REC_KILL, &other), OK, "it is another");
}

static void end_is_cut(struct box *b, const struct fill *f, const struct note *n)
{
	struct key k = entry(4);

	(void)f;
	(void)n;
	take_away(b, &k);
	b->s->totals.facts--;
}

static const struct {
	void (*change)(struct box *b, const struct fill *f, const struct note *n);
	const char *words;
} changes[] = {
	{ entry_is_gone, "entry 2 of 4 (of what, is not known), which is missing" },
	{ entry_is_another, "entry 3 of 4 (the kill switch), which is another than was stored" },
	{ fill_is_gone, "entry 1 of 4 (c0), which is of a record that is missing" },
	{ word_is_another, "entry 2 of 4 (an operator's word), which is of a record that is "
	  "another now" },
	{ kill_is_another, "entry 4 of 4 (the kill switch), which is of a record that is another "
	  "now" },
	{ end_is_cut, "breaks at its end" },
};

void test_store_chain_names_what_was_changed(void)
{
	uint64_t records, bad;
	char why[STORE_WHY];
	struct fill f;
	struct note n;
	struct box b;

	for (size_t i = 0; i < COUNT(changes); i++) {
		if (!begin(&b, &f, &n))
			return;
		CHECK_INT(store_begin(b.s), OK, "somebody begins");
		changes[i].change(&b, &f, &n);
		CHECK_INT(store_commit(b.s, b.why), OK, "changed: %s", b.why);
		box_close(&b);
		CHECK_INT(store_verify(b.folder, &records, &bad, why), ERR_STORE, "verified: %s",
			  why);
		CHECK(strstr(why, changes[i].words) != NULL && bad == 0, "%s: %s",
		      changes[i].words, why);
		CHECK(box_open(&b, STORE_WRITE) && strstr(b.why, "chain") != NULL,
		      "a start goes on with it, in words: %s", b.why);
		box_done(&b);
	}
}
