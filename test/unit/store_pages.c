/* A file of LMDB in which one number is another: each has its word, and nobody reads on. */
#include "store/pages.h"
#include "store/verify.h"
#include "test/failing.h"
#include "test/unit/store_box.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MANY 2000	/* records: those that go leave more free pages than one page can list */
#define LEFT 40		/* that come back: several leaves below one branch */
#define HEAD ((int)sizeof(size_t) + 8)

/* Where it is in the file. */
enum place {
	NEWEST, OTHER,			/* the two roots */
	BRANCH, BRANCH_NODE,		/* the newest tree's branch, its second node */
	FIRST, FIRST_NODE,		/* its first leaf and its first node, of 8 bytes */
	LEAF, NODE_0, NODE_1, NODE_END,	/* its second leaf, nodes in that */
	FREE, FREE_END,			/* the free pages: the last node */
	FREE_NODE, APART,		/* a list of free pages that has pages of its own */
	OLD_NODE,			/* of the other root's only leaf */
	BEFORE,				/* a free page that lies before one in use */
	PLACES
};

struct file {
	struct box b;
	int        fd;
	size_t     page;
	size_t     at[PLACES];
	struct page_meta meta[2];
};

static size_t get(const struct file *f, size_t at, size_t n)
{
	size_t v = 0;

	if (pread(f->fd, &v, n, (off_t)at) != (ssize_t)n)
		abort();
	return v;
}

static void set(const struct file *f, size_t at, size_t n, size_t v)
{
	if (pwrite(f->fd, &v, n, (off_t)at) != (ssize_t)n)
		abort();
}

static size_t node(const struct file *f, size_t page, size_t i)
{
	return page + get(f, page + (size_t)HEAD + 2 * i, 2);
}

static size_t nodes(const struct file *f, size_t page)
{
	return (get(f, page + (size_t)HEAD - 4, 2) - (size_t)HEAD) / 2;
}

/* The page that a node of a branch points to. */
static size_t child(const struct file *f, size_t at)
{
	return get(f, at, 4) * f->page;
}

static void put(MDB_txn *txn, MDB_dbi dbi, char *name, size_t n)
{
	char data[1000] = "";
	MDB_val key = { strlen(name), name }, val = { n, data };

	if (mdb_put(txn, dbi, &key, &val, 0) != 0)
		abort();
}

static void commit(MDB_env *env, int which)
{
	char name[16];
	MDB_txn *txn;
	MDB_dbi dbi;

	if (mdb_txn_begin(env, NULL, 0, &txn) != 0 || mdb_dbi_open(txn, NULL, 0, &dbi) != 0)
		abort();
	(void)snprintf(name, sizeof(name), "%c", "aab"[which]);
	put(txn, dbi, name, 8);
	for (unsigned i = 0; i < (which == 2 ? LEFT : MANY); i++) {
		(void)snprintf(name, sizeof(name), "k%06u", i);
		MDB_val key = { strlen(name), name };
		if (which != 1)
			put(txn, dbi, name, 1000);
		else if (mdb_del(txn, dbi, &key, NULL) != 0)
			abort();
	}
	if (mdb_txn_commit(txn) != 0)
		abort();
}

static void find_places(struct file *f)
{
	bool one = f->meta[1].txn > f->meta[0].txn;
	const struct page_meta *m = &f->meta[one], *other = &f->meta[!one];
	size_t *at = f->at;

	at[NEWEST] = one * f->page + (size_t)HEAD;
	at[OTHER] = !one * f->page + (size_t)HEAD;
	at[BRANCH] = m->main.root * f->page;
	at[BRANCH_NODE] = node(f, at[BRANCH], 1);
	at[FIRST] = child(f, node(f, at[BRANCH], 0));
	at[FIRST_NODE] = node(f, at[FIRST], 0);
	at[LEAF] = child(f, at[BRANCH_NODE]);
	at[NODE_0] = node(f, at[LEAF], 0);
	at[NODE_1] = node(f, at[LEAF], 1);
	at[NODE_END] = node(f, at[LEAF], nodes(f, at[LEAF]) - 1);
	at[FREE] = m->free.root * f->page;
	at[FREE_END] = node(f, at[FREE], nodes(f, at[FREE]) - 1);
	for (size_t i = 0; i < nodes(f, at[FREE]); i++)
		if (get(f, node(f, at[FREE], i) + 4, 2) != 0)
			at[FREE_NODE] = node(f, at[FREE], i);
	at[APART] = get(f, at[FREE_NODE] + 8 + sizeof(size_t), sizeof(size_t)) * f->page;
	at[OLD_NODE] = node(f, other->main.root * f->page, 0);
	/* Some page of the tree has none of the tree before it. */
	for (size_t i = 0, k; i < nodes(f, at[BRANCH]); i++) {
		size_t page = child(f, node(f, at[BRANCH], i)) - f->page;
		for (k = 0; k < nodes(f, at[BRANCH]); k++)
			if (page == child(f, node(f, at[BRANCH], k)))
				break;
		if (k == nodes(f, at[BRANCH]) && page != at[BRANCH] &&
		    page != at[FREE] && page >= 2 * f->page)
			at[BEFORE] = page;
	}
}

static bool make_file(struct file *f)
{
	char path[128];
	MDB_env *env;

	*f = (struct file){ 0 };
	box_init_quick(&f->b);
	CHECK_INT(folder_make(f->b.folder, f->b.why), OK, "a folder: %s", f->b.why);
	if (mdb_env_create(&env) != 0 || mdb_env_set_mapsize(env, 16 << 20) != 0 ||
	    mdb_env_open(env, f->b.folder, MDB_NOSYNC, 0600) != 0)
		abort();
	for (int i = 0; i < 3; i++)
		commit(env, i);
	mdb_env_close(env);
	box_path(&f->b, path, FILE_DATA);
	f->fd = open(path, O_RDWR | O_CLOEXEC);
	f->page = get(f, (size_t)HEAD + offsetof(struct page_meta, free), 4);
	for (size_t i = 0; i < 2; i++)
		if (pread(f->fd, &f->meta[i], sizeof(f->meta[i]),
			  (off_t)(i * f->page) + HEAD) != sizeof(f->meta[i]))
			abort();
	find_places(f);
	size_t depth = get(f, f->at[NEWEST] + offsetof(struct page_meta, main.depth), 2);
	return CHECK(f->at[FREE_NODE] != 0 && f->at[BEFORE] != 0 && depth == 2 &&
		     get(f, f->at[APART] + (size_t)HEAD - 4, 4) > 1, "all is there");
}

static void done(struct file *f)
{
	(void)close(f->fd);
	box_done(&f->b);
}

static bool count_record(void *ctx, const void *key, size_t key_n, const void *data, size_t n)
{
	(void)key;
	(void)data;
	*(unsigned *)ctx += key_n > 0 && n > 0;
	return true;
}

/* What is wrong with it; "" without. */
static const char *wrong_with(struct file *f, int *error, bool *words)
{
	unsigned seen = 0;
	char path[128];
	struct pages p;

	box_path(&f->b, path, FILE_DATA);
	const char *wrong = pages_open(&p, path, words);
	if (wrong == NULL)
		wrong = pages_choose(&p, 0);
	if (wrong == NULL)
		wrong = pages_walk(&p, count_record, &seen);
	*error = p.error;
	pages_close(&p);
	return wrong == NULL ? "" : wrong;
}

/* ---- one number is another */

#define META(m)	(int)offsetof(struct page_meta, m), sizeof(((struct page_meta *)NULL)->m)
#define NUMBER	0, sizeof(size_t)
#define PAD	HEAD - 8, 2
#define FLAGS	HEAD - 6, 2
#define LOWER	HEAD - 4, 2
#define UPPER	HEAD - 2, 2
#define COUNTED	HEAD - 4, 4
#define FIRST_OF HEAD, 2		/* where the page has its first node */
#define DATA_N	0, 4
#define CHILD	0, 4
#define KIND	4, 2
#define KEY_N	6, 2
#define KEY_0	8, 1
#define TXN	8, sizeof(size_t)
#define LIST	8 + (int)sizeof(size_t), sizeof(size_t)
#define ENTRY(i) HEAD + (i) * (int)sizeof(size_t), sizeof(size_t)

#define PAGE_OF(place) (-100 - (place))	/* as a value: its number, and back again */

struct poke {
	enum place at;
	int        off;
	size_t     n;		/* bytes; 0: no more of them */
	int64_t    v;
	bool       add;		/* to what is there */
};

static const struct { const char *words; struct poke poke[4]; } cases[] = {
	{ "a root is wrong", { { NEWEST, META(main.root), -1, false } } },
	{ "a root is wrong", { { NEWEST, META(main.root), -1, false },
			       { NEWEST, META(main.depth), 0, false } } },
	/* Nothing is left of it: what was there is missed by who counts records. */
	{ "", { { NEWEST, META(main.root), -1, false }, { NEWEST, META(main.depth), 0, false },
		{ NEWEST, META(main.entries), 0, false } } },
	{ "a root is wrong", { { NEWEST, META(main.depth), 0, false } } },
	{ "a root is wrong", { { NEWEST, META(main.depth), 33, false } } },
	{ "a root counts other pages", { { NEWEST, META(main.branches), 1, true } } },
	{ "a root counts other pages", { { NEWEST, META(main.leaves), 1, true } } },
	{ "a root counts other pages", { { NEWEST, META(main.overflows), 1, true } } },
	{ "a root counts other pages", { { NEWEST, META(main.entries), 1, true } } },
	{ "a root counts other pages", { { NEWEST, META(free.overflows), 1, true } } },
	{ "its last page is nobody's", { { NEWEST, META(last), 1, true } } },
	{ "a page number out of range", { { NEWEST, META(main.root), 1, false } } },
	{ "a page number out of range", { { NEWEST, META(main.root), 1 << 20, false } } },
	{ "a page is another one", { { BRANCH, NUMBER, 1, true } } },
	{ "a page is another one", { { BRANCH, FLAGS, 2, false } } },
	{ "a page is another one", { { BRANCH, PAD, 1, false } } },
	{ "a page's head is wrong", { { LEAF, LOWER, HEAD, false } } },
	{ "a page's head is wrong", { { LEAF, LOWER, 1, true } } },
	{ "a page's head is wrong", { { LEAF, UPPER, HEAD, false } } },
	{ "a page's head is wrong", { { LEAF, UPPER, -1, false } } },
	{ "a page's head is wrong", { { BRANCH, LOWER, HEAD + 2, false } } },
	{ "a node is out of its page", { { LEAF, FIRST_OF, 1, true } } },
	{ "a node is out of its page", { { LEAF, FIRST_OF, HEAD, false } } },
	{ "a node is out of its page", { { LEAF, FIRST_OF, 65534, false } } },
	{ "a key is out of its page", { { NODE_0, KEY_N, 65535, false } } },
	{ "a record is out of its page", { { NODE_0, DATA_N, 65536, true } } },
	{ "a record is out of its page", { { NODE_0, KIND, 2, false } } },
	{ "a record is out of its page", { { FIRST_NODE, KIND, 1, false } } },
	{ "a page's nodes do not fill it", { { NODE_0, KIND, 1, false } } },
	{ "a key has no length", { { NODE_0, KEY_N, 0, false }, { NODE_0, DATA_N, 7, true } } },
	{ "a key has no length", { { NODE_0, KEY_N, 207, false },
				   { NODE_0, DATA_N, -200, true } } },
	{ "a key has no length", { { FREE_NODE, KEY_N, 7, false } } },
	{ "keys are out of order", { { FREE_END, TXN, 1, false } } },
	{ "keys are out of order", { { NODE_0, KEY_0, 'c', false } } },
	{ "keys are out of order", { { NODE_END, KEY_0, 'z', false } } },
	{ "keys are out of order", { { NODE_1, KEY_0, 'c', false } } },
	/* The beginning of the one before. */
	{ "keys are out of order", { { NODE_1, KEY_N, -1, true }, { NODE_1, DATA_N, 1, true } } },
	{ "a page is used twice", { { BRANCH_NODE, CHILD, PAGE_OF(FIRST), false } } },
	{ "a list of free pages is wrong", { { FREE_NODE, TXN, 0, false } } },
	{ "a list of free pages is wrong", { { FREE_END, TXN, 1, true } } },
	{ "a list of free pages is wrong", { { FREE_NODE, DATA_N, 7, false } } },
	{ "a page number out of range", { { FREE_NODE, LIST, 1, false } } },
	{ "a page is another one", { { APART, NUMBER, 1, true } } },
	{ "a page is another one", { { APART, FLAGS, 2, false } } },
	{ "a page is another one", { { APART, COUNTED, 1, true } } },
	{ "a page is used twice", { { FREE_NODE, LIST, PAGE_OF(BEFORE), false },
				    { BEFORE, NUMBER, PAGE_OF(BEFORE), false },
				    { BEFORE, FLAGS, 4, false },
				    { BEFORE, COUNTED, 2, false } } },
	{ "a list of free pages is wrong", { { APART, ENTRY(0), 1000, true } } },
	{ "a list of free pages is wrong", { { APART, ENTRY(2), 1 << 20, false } } },
	{ "a page number out of range", { { APART, ENTRY(1), 1 << 20, false } } },
};

static void poke(const struct file *f, const struct poke *p, size_t *was)
{
	size_t at = f->at[p->at] + (size_t)p->off, v = (size_t)p->v;

	*was = get(f, at, p->n);
	if (p->add)
		v += *was;
	else if (p->v <= PAGE_OF(0))
		v = f->at[PAGE_OF(p->v)] / f->page;
	set(f, at, p->n, v);
}

void test_store_pages_of_which_one_number_is_another(void)
{
	bool words;
	int error;
	struct file f;

	if (!make_file(&f))
		return;
	CHECK_TEXT(wrong_with(&f, &error, &words), "", "as it is");
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t was[4] = { 0 }, n = 0;
		for (; n < COUNT(was) && cases[i].poke[n].n > 0; n++)
			poke(&f, &cases[i].poke[n], &was[n]);
		const char *wrong = wrong_with(&f, &error, &words);
		CHECK(strcmp(wrong, cases[i].words) == 0 && error == 0 && !words,
		      "case %u of place %d is seen as: %s, not: %s", (unsigned)i,
		      (int)cases[i].poke[0].at, wrong, cases[i].words);
		while (n-- > 0)
			set(&f, f.at[cases[i].poke[n].at] + (size_t)cases[i].poke[n].off,
			    cases[i].poke[n].n, was[n]);
	}
	CHECK_TEXT(wrong_with(&f, &error, &words), "", "as it was");
	done(&f);
}

/* ---- what cannot be read, and what was written elsewhere */

void test_store_pages_that_cannot_be_read_now(void)
{
	bool words, struck = true;
	int error;
	struct file f;

	if (!make_file(&f))
		return;
	unsigned n = 1;
	for (; struck && n < 60; n++) {
		failing("pread", n, ENOMEM, false);
		const char *wrong = wrong_with(&f, &error, &words);
		struck = failing_end();
		CHECK(!struck || (error == ENOMEM && strcmp(wrong, "it cannot be read") == 0),
		      "read %u: %s", n, wrong);
	}
	CHECK(n > 20, "%u reads are too few", n);
	failing("fstat", 1, EIO, false);
	CHECK_TEXT(wrong_with(&f, &error, &words), "it cannot be opened", "without its size");
	CHECK(failing_end() && error == EIO, "it says nothing about the file");
	/* The first thing that was wrong is said. */
	set(&f, (size_t)HEAD, 1, 0);
	failing("pread", 2, ENOMEM, false);
	CHECK_TEXT(wrong_with(&f, &error, &words), "it cannot be read", "no store, too");
	CHECK(failing_end() && error == ENOMEM, "it is not known what it is");
	CHECK_TEXT(wrong_with(&f, &error, &words), "it is not a store", "then it is");
	done(&f);
}

void test_store_pages_of_other_words(void)
{
	const size_t other = sizeof(size_t) == 8 ? 12 : 16;
	struct verdict v;
	bool words;
	int error;
	struct file f;

	if (!make_file(&f))
		return;
	size_t magic = get(&f, (size_t)HEAD, 4);
	set(&f, (size_t)HEAD, 4, 0);
	set(&f, other, 4, magic);
	CHECK_TEXT(wrong_with(&f, &error, &words), "its words have another size", "is said");
	CHECK(words, "and told");
	verify_here(f.b.folder, true, &v);
	CHECK(v.err == ERR_STORE && !v.damaged && strstr(v.why, "cannot be exchanged") != NULL,
	      "no copy takes its place: %s", v.why);
	done(&f);
}

/* What is at the beginning of the tree of a commit before; -1: that is empty. */
static int first_of_other(struct file *f)
{
	unsigned seen = 0;
	char path[128];
	struct pages p;
	bool words;

	box_path(&f->b, path, FILE_DATA);
	const char *wrong = pages_open(&p, path, &words);
	if (wrong == NULL)
		wrong = pages_choose(&p, 0);
	CHECK(wrong == NULL, "it is read: %s", wrong);
	bool is = pages_first_of_other(&p, count_record, &seen);
	CHECK(p.wrong == NULL && p.error == 0, "what is wrong there is no word on the file");
	pages_close(&p);
	return is ? (int)seen : -1;
}

void test_store_pages_of_the_other_root(void)
{
	static const struct { int seen; struct poke poke; } others[] = {
		{ -1, { OTHER, META(main.root), -1, false } },
		{ 0, { OTHER, META(main.root), 1 << 20, false } },
		{ 0, { OTHER, META(main.root), 1, false } },
		{ 0, { OTHER, META(main.depth), 0, false } },
		{ 0, { OTHER, META(main.depth), 33, false } },
		{ 0, { OLD_NODE, KIND, 1, false } },
		{ 0, { OLD_NODE, KIND, 2, false } },
	};
	size_t was;
	struct file f;

	if (!make_file(&f))
		return;
	CHECK_INT(first_of_other(&f), 1, "its first record");
	for (size_t i = 0; i < COUNT(others); i++) {
		const struct poke *p = &others[i].poke;
		poke(&f, p, &was);
		CHECK_INT(first_of_other(&f), others[i].seen, "case %u", (unsigned)i);
		set(&f, f.at[p->at] + (size_t)p->off, p->n, was);
	}
	set(&f, f.at[OLD_NODE] + 6, 2, 0);	/* a key without a length, and a longer record */
	set(&f, f.at[OLD_NODE], 2, 9);
	CHECK_INT(first_of_other(&f), 0, "a record of no name");
	done(&f);
}
