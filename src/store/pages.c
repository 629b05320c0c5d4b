/* pages.c: the layout is that of LMDB 0.9 (mdb.c: MDB_page, MDB_node, MDB_meta). LMDB
 * itself trusts all of it, so each number is held against the others before it is used:
 * a page that says it is another, a key out of order, a page that two have, a list of
 * free pages that names one in use. A writer that believed the last would overwrite it. */
#include "store/pages.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC      0xbeefc0deu
#define DATA_VERSION 1
#define NO_PAGE    ((size_t)-1)
#define DEPTH_MAX  32
#define PAGES_MAX  ((size_t)1 << 24)	/* 64 GiB of the smallest pages: far above any map */
#define INTEGER_KEYS 0x08

enum page_flag { PAGE_BRANCH = 1, PAGE_LEAF = 2, PAGE_OVERFLOW = 4, PAGE_META = 8 };
#define NODE_OVERFLOW 1

struct page_head {
	size_t   number;
	uint16_t pad, flags, lower, upper;	/* of an overflow page: these two are a count */
};

struct node {
	const uint8_t *key, *data;
	size_t   key_n, data_n;		/* data_n of a branch: 0 */
	size_t   child;
	uint16_t flags;
};

#define NODE_HEAD 8

static bool bad(struct pages *p, const char *what)
{
	if (p->wrong == NULL)
		p->wrong = what;
	return false;
}

/* It says nothing about the file: no memory, no descriptors. */
static bool cannot(struct pages *p, const char *what)
{
	p->error = errno;
	return bad(p, what);
}

/* A bad place on a disk stays bad; a disk or a cable that is away for a moment comes back. */
#define READ_TRIES 4
#define READ_AGAIN NS_SECOND

static bool read_at(struct pages *p, void *out, size_t n, uint64_t at)
{
	if (at > p->file || n > p->file - at)
		return bad(p, "it is cut off");
	int tries = READ_TRIES;
	for (char *to = out; n > 0;) {
		ssize_t got = pread(p->fd, to, n, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EIO && --tries > 0) {
			sleep_until(mono_ns() + READ_AGAIN);
			continue;
		}
		if (got < 0 && errno != EIO)
			return cannot(p, "it cannot be read");
		if (got <= 0)	/* the disk has lost it */
			return bad(p, "it cannot be read");
		to += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return true;
}

/* Each page has one place. */
static bool mark(struct pages *p, size_t number)
{
	if (number < 2 || number > p->newest->last)
		return bad(p, "a page number out of range");
	uint8_t bit = (uint8_t)(1 << number % 8);
	if (p->used[number / 8] & bit)
		return bad(p, "a page is used twice");
	p->used[number / 8] |= bit;
	return true;
}

/* ---- the two roots */

static bool meta_read(struct pages *p, int which, uint64_t at)
{
	struct {
		struct page_head head;
		struct page_meta meta;
	} m;

	if (!read_at(p, &m.head, sizeof(m.head), at) ||
	    !read_at(p, &m.meta, sizeof(m.meta), at + sizeof(m.head)))
		return false;
	if (m.meta.magic != MAGIC || m.head.flags != PAGE_META ||
	    m.head.number != (size_t)which)
		return bad(p, "it is not a store");
	if (m.meta.version != DATA_VERSION)
		return bad(p, "its format is unknown");
	if (m.meta.address != 0 || m.meta.free.flags != INTEGER_KEYS || m.meta.main.flags != 0 ||
	    m.meta.main.pad != 0 || m.meta.last < 1 || m.meta.last >= PAGES_MAX ||
	    m.meta.txn % 2 != (size_t)which % 2 * (m.meta.txn > 0))
		return bad(p, "a root is wrong");
	p->meta[which] = m.meta;
	return true;
}

const char *pages_open(struct pages *p, const char *file, bool *wrong_words)
{
	const size_t other = sizeof(size_t) == 8 ? 12 : 16;
	struct stat st;
	uint32_t magic;

	*p = (struct pages){ .fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) };
	*wrong_words = false;
	if (p->fd < 0 || fstat(p->fd, &st) != 0) {
		(void)cannot(p, "it cannot be opened");
		return p->wrong;
	}
	p->file = (uint64_t)st.st_size;
	if (!read_at(p, &magic, sizeof(magic), sizeof(struct page_head)))
		return p->wrong;
	if (magic != MAGIC && read_at(p, &magic, sizeof(magic), other) && magic == MAGIC) {
		*wrong_words = true;
		(void)bad(p, "its words have another size");
		return p->wrong;
	}
	if (!meta_read(p, 0, 0))
		return p->wrong;
	p->size = p->meta[0].free.pad;
	if (p->size < 512 || p->size > 65536 || (p->size & (p->size - 1)) != 0)
		(void)bad(p, "its pages have no size");
	else if (meta_read(p, 1, p->size) && p->meta[1].free.pad != p->size)
		(void)bad(p, "its pages have two sizes");
	return p->wrong;
}

void pages_close(struct pages *p)
{
	if (p->fd >= 0)
		(void)close(p->fd);
	free(p->used);
	free(p->stack);
	p->used = p->stack = NULL;
	p->fd = -1;
}

const char *pages_choose(struct pages *p, size_t txn)
{
	p->newest = &p->meta[p->meta[0].txn < p->meta[1].txn];	/* as LMDB does */
	if (txn != 0 && p->meta[0].txn != txn && p->meta[1].txn != txn) {
		errno = EAGAIN;
		(void)cannot(p, "its root has changed");
		return p->wrong;
	}
	if (txn != 0)
		p->newest = &p->meta[p->meta[1].txn == txn];
	p->used = calloc(p->newest->last / 8 + 1, 1);
	p->stack = malloc((DEPTH_MAX + 1) * p->size);
	if (p->used == NULL || p->stack == NULL)
		(void)cannot(p, "no memory");
	return p->wrong;
}

/* ---- pages of a tree */

static struct page_head head_of(const uint8_t *page)
{
	struct page_head h;

	memcpy(&h, page, sizeof(h));
	return h;
}

static size_t nodes_in(const uint8_t *page)
{
	return (head_of(page).lower - sizeof(struct page_head)) / 2;
}

static uint16_t u16_at(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* One node, all of it inside the page. */
static bool node_at(struct pages *p, const uint8_t *page, size_t i, struct node *out)
{
	struct page_head h = head_of(page);
	size_t at = u16_at(page + sizeof(h) + 2 * i);

	if (at % 2 != 0 || at < h.upper || at + NODE_HEAD > p->size)
		return bad(p, "a node is out of its page");
	size_t low = u16_at(page + at), high = u16_at(page + at + 2);
	out->flags = u16_at(page + at + 4);
	out->key_n = u16_at(page + at + 6);
	out->key = page + at + NODE_HEAD;
	out->data_n = 0;
	out->child = low | high << 16;
#if SIZE_MAX > UINT32_MAX
	if (h.flags == PAGE_BRANCH)
		out->child |= (size_t)out->flags << 32;
#endif
	if (out->key_n > p->size - at - NODE_HEAD)
		return bad(p, "a key is out of its page");
	out->data = out->key + out->key_n;
	if (h.flags == PAGE_LEAF) {
		out->data_n = low | high << 16;
		size_t held = out->flags & NODE_OVERFLOW ? sizeof(size_t) : out->data_n;
		if (out->flags > NODE_OVERFLOW || held > p->size - at - NODE_HEAD - out->key_n)
			return bad(p, "a record is out of its page");
	}
	return true;
}

/* Of a page that was loaded, which has looked at each. */
static struct node node_of(struct pages *p, const uint8_t *page, size_t i)
{
	struct node n;
	bool inside = node_at(p, page, i, &n);

	assert(inside);
	return n;
}

static bool load(struct pages *p, size_t number, int flags, uint8_t *page)
{
	if (!mark(p, number) || !read_at(p, page, p->size, (uint64_t)number * p->size))
		return false;
	struct page_head h = head_of(page);
	if (h.number != number || h.flags != flags || h.pad != 0)
		return bad(p, "a page is another one");
	if (h.lower < sizeof(h) + 2 || (h.lower - sizeof(h)) % 2 != 0 || h.upper < h.lower ||
	    h.upper > p->size || (flags == PAGE_BRANCH && nodes_in(page) < 2))
		return bad(p, "a page's head is wrong");
	size_t bytes = 0;
	for (size_t i = 0; i < nodes_in(page); i++) {
		struct node n;
		if (!node_at(p, page, i, &n))
			return false;
		size_t data = flags == PAGE_BRANCH ? 0 :
			n.flags & NODE_OVERFLOW ? sizeof(size_t) : n.data_n;
		bytes += (NODE_HEAD + n.key_n + data + 1) & ~(size_t)1;
	}
	if (bytes != p->size - h.upper)
		return bad(p, "a page's nodes do not fill it");
	return true;
}

/* ---- trees */

struct bound { const uint8_t *key; size_t n; };	/* NULL: none */

struct walker {
	struct pages *p;
	const struct page_tree *tree;
	bool        lists;		/* the tree of free pages: keys are numbers */
	page_record each;
	void       *ctx;
	struct { size_t next; struct bound low, high; } level[DEPTH_MAX];
	size_t      branches, leaves, overflows, entries;
};

static int compare(const struct walker *w, struct bound a, struct bound b)
{
	size_t x, y;

	if (w->lists) {		/* ordered() has looked at their length */
		memcpy(&x, a.key, sizeof(x));
		memcpy(&y, b.key, sizeof(y));
		return x < y ? -1 : x > y;
	}
	int d = memcmp(a.key, b.key, a.n < b.n ? a.n : b.n);
	return d != 0 ? d : a.n < b.n ? -1 : a.n > b.n;
}

/* Keys ascend and stay between those of the pages above: so LMDB's search finds all. */
static bool ordered(struct walker *w, const uint8_t *page, int depth)
{
	bool branch = head_of(page).flags == PAGE_BRANCH;
	struct bound last = w->level[depth].low, high = w->level[depth].high;
	struct node n;

	/* The first key of a branch page means "all that is smaller" and is never read. */
	for (size_t i = branch; i < nodes_in(page); i++) {
		n = node_of(w->p, page, i);
		struct bound key = { n.key, n.key_n };
		if (w->lists ? n.key_n != sizeof(size_t) : n.key_n == 0 || n.key_n > KEY_MAX)
			return bad(w->p, "a key has no length");
		bool equal_is_fine = i == 0;	/* the separator is the first key below it */
		if (last.key != NULL && compare(w, key, last) < (equal_is_fine ? 0 : 1))
			return bad(w->p, "keys are out of order");
		if (high.key != NULL && compare(w, key, high) >= 0)
			return bad(w->p, "keys are out of order");
		last = key;
	}
	return true;
}

/* A list of free pages: how many, and their numbers. */
static bool free_pages(struct walker *w, const struct node *n)
{
	struct pages *p = w->p;
	const bool apart = n->flags & NODE_OVERFLOW;
	uint64_t at = 0;
	size_t count, number, txn;

	memcpy(&txn, n->key, sizeof(txn));
	if (txn == 0 || txn > p->newest->txn || n->data_n < sizeof(count))
		return bad(p, "a list of free pages is wrong");
	if (apart) {
		struct page_head h;
		uint32_t pages;
		memcpy(&number, n->data, sizeof(number));
		at = (uint64_t)number * p->size;
		if (!mark(p, number) || !read_at(p, &h, sizeof(h), at))
			return false;
		memcpy(&pages, &h.lower, sizeof(pages));
		if (h.number != number || h.flags != PAGE_OVERFLOW ||
		    pages != (sizeof(h) - 1 + n->data_n) / p->size + 1)
			return bad(p, "a page is another one");
		for (size_t i = 1; i < pages; i++)
			if (!mark(p, number + i))
				return false;
		w->overflows += pages;
		at += sizeof(h);
		if (!read_at(p, &count, sizeof(count), at))
			return false;
	} else {
		memcpy(&count, n->data, sizeof(count));
	}
	if (count > n->data_n / sizeof(count) - 1)
		return bad(p, "a list of free pages is wrong");
	for (size_t i = 1, last = NO_PAGE; i <= count; i++, last = number) {
		if (!apart)
			memcpy(&number, n->data + i * sizeof(number), sizeof(number));
		else if (!read_at(p, &number, sizeof(number), at + i * sizeof(number)))
			return false;
		if (number >= last)
			return bad(p, "a list of free pages is wrong");
		if (!mark(p, number))
			return false;
	}
	return true;
}

static bool leaf(struct walker *w, const uint8_t *page)
{
	struct node n;

	w->leaves++;
	for (size_t i = 0; i < nodes_in(page); i++) {
		n = node_of(w->p, page, i);
		w->entries++;
		if (w->lists) {
			if (!free_pages(w, &n))
				return false;
			continue;
		}
		if (n.flags != 0)
			return bad(w->p, "a record is out of its page");
		if (!w->each(w->ctx, n.key, n.key_n, n.data, n.data_n))
			return false;
	}
	return true;
}

/* Goes to the next child of the page at this level; its bounds are the keys beside it. */
static size_t descend(struct walker *w, int depth)
{
	const uint8_t *page = w->p->stack + (size_t)depth * w->p->size;
	size_t i = w->level[depth].next++;
	struct node n = node_of(w->p, page, i);
	size_t child = n.child;

	w->level[depth + 1].low = i == 0 ? w->level[depth].low : (struct bound){ n.key, n.key_n };
	w->level[depth + 1].high = w->level[depth].high;
	if (i + 1 < nodes_in(page)) {
		n = node_of(w->p, page, i + 1);
		w->level[depth + 1].high = (struct bound){ n.key, n.key_n };
	}
	return child;
}

static bool walk_tree(struct walker *w)
{
	const struct page_tree *t = w->tree;
	size_t number = t->root;
	bool first = true;	/* of a page: it is new at this level */
	int depth = 0;

	if (t->root == NO_PAGE && t->depth == 0 && t->entries == 0)
		return true;
	if (t->root == NO_PAGE || t->depth == 0 || t->depth > DEPTH_MAX)
		return bad(w->p, "a root is wrong");
	while (depth >= 0) {
		uint8_t *page = w->p->stack + (size_t)depth * w->p->size;
		bool is_leaf = depth == t->depth - 1;
		if (first) {
			if (!load(w->p, number, is_leaf ? PAGE_LEAF : PAGE_BRANCH, page) ||
			    !ordered(w, page, depth) || (is_leaf && !leaf(w, page)))
				return false;
			w->level[depth].next = 0;
			w->branches += !is_leaf;
		}
		first = !is_leaf && w->level[depth].next < nodes_in(page);
		if (first)
			number = descend(w, depth++);
		else
			depth--;
	}
	if (w->branches != t->branches || w->leaves != t->leaves ||
	    w->overflows != t->overflows || w->entries != t->entries)
		return bad(w->p, "a root counts other pages");
	return true;
}

const char *pages_walk(struct pages *p, page_record each, void *ctx)
{
	struct walker main = { .p = p, .tree = &p->newest->main, .each = each, .ctx = ctx };
	struct walker free = { .p = p, .tree = &p->newest->free, .lists = true };

	if (!walk_tree(&main) || !walk_tree(&free))
		return p->wrong;
	/* What is counted as used up can never be written again. */
	size_t last = p->newest->last;
	if (last > 1 && !(p->used[last / 8] & 1 << last % 8))
		(void)bad(p, "its last page is nobody's");
	return p->wrong;
}

bool pages_first_of_other(struct pages *p, page_record each, void *ctx)
{
	const struct page_meta *kept = p->newest;
	const struct page_meta *other = &p->meta[kept == &p->meta[0]];
	size_t number = other->main.root;
	struct node n = { 0 };
	bool ok = number != NO_PAGE && other->main.depth <= DEPTH_MAX;

	if (number == NO_PAGE)
		return false;
	p->newest = other;
	memset(p->used, 0, kept->last / 8 + 1);
	for (int depth = 0; ok && depth < other->main.depth; depth++) {
		int flags = depth + 1 < other->main.depth ? PAGE_BRANCH : PAGE_LEAF;
		ok = number <= kept->last && load(p, number, flags, p->stack);
		if (ok)
			n = node_of(p, p->stack, 0);
		number = n.child;
	}
	p->newest = kept;
	p->wrong = NULL;	/* the caller's verdict, not ours */
	if (ok && n.key_n > 0 && n.flags == 0)
		(void)each(ctx, n.key, n.key_n, n.data, n.data_n);
	return true;
}
