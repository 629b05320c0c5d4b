/* memory.c: the memory in which every day begins. A process is given its pages one by one, and that
 * was a quarter of a day's processor: so a child has many days, one after the other, and between
 * two of them all that it can write (but its stack, which is this program's own) is put back as it
 * was before the first: data, libc's too, and zeros where there was nothing yet. */
#include "sim.h"

#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define LARGE   ((size_t)2 << 20)
#define HEAP    ((size_t)256 << 20)	/* reserved, not used: a bot may have 64 MB (judge.c) */
#define PAGE    ((size_t)4096)
#define REGIONS 32

/* What counts branches counts on, and ASan knows of each byte whose it is: a child a day. */
#ifdef __SANITIZE_ADDRESS__
#define LOOKED_AT true
#else
#define LOOKED_AT false
#endif
void __gcov_dump(void) __attribute__((weak));

static struct { char *at, *copy; size_t n, kept; } region[REGIONS];
static size_t regions;
static uint64_t *pages;			/* what the kernel says of each of the largest region's */
static int pagemap;
static void *heap_end;		/* before the first day */

bool memory_can(void)
{
	return !LOOKED_AT && __gcov_dump == NULL;
}

void *memory_large(size_t n)
{
	char *m = mmap(NULL, n + LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	assert(m != MAP_FAILED);
	m += (LARGE - (uintptr_t)m % LARGE) % LARGE;
	(void)madvise(m, n, MADV_HUGEPAGE);
	return m;
}

void memory_begin(void)
{
	if (LOOKED_AT)		/* its malloc is another */
		return;
	(void)mallopt(M_MMAP_MAX, 0);
	(void)mallopt(M_TRIM_THRESHOLD, INT_MAX);
	(void)mallopt(M_TOP_PAD, (int)HEAP);
	void *volatile first = malloc(1);
	free(first);
	char *end = sbrk(0), *at = end - HEAP;
	at += (LARGE - (uintptr_t)at % LARGE) % LARGE;
	(void)madvise(at, (size_t)(end - at), MADV_HUGEPAGE);
}

/* Whether a page was ever written: it is there, or swapped out, and no longer the file's. */
static bool touched(size_t page)
{
	return (pages[page] >> 62) != 0 && (pages[page] >> 61 & 1) == 0;
}

static void look(const char *at, size_t n)
{
	ssize_t size = (ssize_t)(n / PAGE * sizeof *pages);
	ssize_t got = pread(pagemap, pages, (size_t)size,
			    (off_t)((uintptr_t)at / PAGE * sizeof *pages));

	assert(got == size);
}

/* Of a file's pages all count, of others those up to the last that was written. */
static void list_regions(bool *named)
{
	char line[512], mode[8], name[256];
	FILE *f = fopen("/proc/self/maps", "r");
	size_t from, to;

	assert(f != NULL);
	while (fgets(line, sizeof line, f) != NULL) {
		name[0] = '\0';
		int got = sscanf(line, "%zx-%zx %7s %*s %*s %*s %255s", &from, &to, mode, name);
		assert(got >= 3);
		if (strcmp(mode, "rw-p") != 0 || strcmp(name, "[stack]") == 0)
			continue;
		assert(regions < REGIONS);
		named[regions] = name[0] == '/';
		memcpy(&region[regions].at, &from, sizeof from);
		region[regions++].n = to - from;
	}
	(void)fclose(f);
}

void memory_keep(void)
{
	bool named[REGIONS];
	size_t most = 0, sum = 0;

	if (!memory_can())
		return;
	list_regions(named);
	pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	assert(pagemap >= 0);
	for (size_t i = 0; i < regions; i++)
		most = region[i].n > most ? region[i].n : most;
	pages = memory_large(most / PAGE * sizeof *pages);
	for (size_t i = 0; i < regions; i++) {
		region[i].kept = region[i].n;
		if (!named[i]) {
			look(region[i].at, region[i].n);
			while (region[i].kept > 0 && !touched(region[i].kept / PAGE - 1))
				region[i].kept -= PAGE;
		}
		sum += region[i].kept;
	}
	char *copy = memory_large(sum);
	heap_end = sbrk(0);
	for (size_t i = 0; i < regions; copy += region[i++].kept)
		region[i].copy = copy;
	for (size_t i = 0; i < regions; i++)
		memcpy(region[i].copy, region[i].at, region[i].kept);
}

/* Only what was written is put back: to be written to costs a page more than to be copied. */
static void put_back(size_t i, char *from, const char *to)
{
	char *kept = region[i].at + region[i].kept;

	look(from, (size_t)(to - from));
	for (size_t k = 0; from < to; k++, from += PAGE)
		if (touched(k) && from < kept)
			memcpy(from, region[i].copy + (from - region[i].at), PAGE);
		else if (touched(k))
			memset(from, 0, PAGE);
}

bool memory_back(char *from, const char *to)
{
	for (size_t i = 0; i < regions; i++)
		if (from >= region[i].at && to <= region[i].at + region[i].n) {
			put_back(i, from, to);
			return true;
		}
	return false;
}

void memory_restore(int above)
{
	struct proc *of[] = { &bot, &exchange, &desk, &crowd };

	for (size_t i = 0; i < COUNT(of); i++)
		for (int k = 0; k < MAPPINGS; k++)
			if (of[i]->mapping[k].at != NULL)
				(void)munmap(of[i]->mapping[k].at, of[i]->mapping[k].n);
	fail_over();
	above = above > pagemap ? above : pagemap;
	int e = close_range((unsigned)above + 1, ~0u, 0);
	while (waitpid(-1, NULL, 0) > 0)	/* who verified for one that was killed */
		continue;
	int shrunk = brk(heap_end);	/* it may have grown in the day */
	for (size_t i = 0; i < regions; i++)
		put_back(i, region[i].at, region[i].at + region[i].n);
	assert(e == 0 && shrunk == 0 && sbrk(0) == heap_end);
}
