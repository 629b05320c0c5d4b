/* pages.h: LMDB's file, read page by page with every number checked, without LMDB. */
#ifndef STORE_PAGES_H
#define STORE_PAGES_H

#include "store/store_inner.h"

/* As they lie in the file: native words, so files of 32 and 64 bit differ. */
struct page_tree {
	uint32_t pad;		/* of the first tree: the page's size */
	uint16_t flags, depth;
	size_t   branches, leaves, overflows, entries, root;
};

struct page_meta {
	uint32_t magic, version;
	size_t   address, map;
	struct page_tree free, main;
	size_t   last, txn;	/* last page; number of the commit */
};

struct pages {
	int      fd;
	size_t   size;		/* of a page */
	uint64_t file;		/* bytes */
	uint8_t *used;		/* a bit per page */
	uint8_t *stack;		/* a page per level, and one for lists of free pages */
	struct page_meta meta[2];
	const struct page_meta *newest;
	const char *wrong;	/* the first thing that is; NULL */
	int      error;		/* the kernel's, when it is not the file that is wrong */
};

/* false: the walk ends, without being wrong. */
typedef bool (*page_record)(void *ctx, const void *key, size_t key_n, const void *data, size_t n);

/* All NULL, or what is wrong. wrong_words: of the other word size. */
const char *pages_open(struct pages *p, const char *file, bool *wrong_words);
void pages_close(struct pages *p);
/* Takes the newest of the two roots, or that of the commit `txn` when it is not 0; error is EAGAIN
 * when two more commits have taken its place meanwhile. */
const char *pages_choose(struct pages *p, size_t txn);
/* Every page that is in use or on the list of free ones, in use once; records in order. */
const char *pages_walk(struct pages *p, page_record each, void *ctx);
/* The first record below the other root; false when that is empty. */
bool pages_first_of_other(struct pages *p, page_record each, void *ctx);

#endif
