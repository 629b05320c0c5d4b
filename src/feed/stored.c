/* stored.c: kept bars: merged, named, found. */
#include "feed/stored.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define PATH 512
#define LOCK ".lock"
#define NOTHING (-1)		/* no errno: all prices were refused */

static const struct { uint32_t seconds; char text[4]; } spans[] = {
	{ 60, "1m" }, { 300, "5m" }, { 900, "15m" }, { 1800, "30m" }, { 3600, "60m" },
	{ 86400, "1d" }, { 3600, "1h" }
};

const char *stored_span_text(uint32_t span_s)
{
	for (size_t i = 0; i < COUNT(spans); i++)
		if (spans[i].seconds == span_s)
			return spans[i].text;
	return NULL;
}

uint32_t stored_span(struct str text)
{
	for (size_t i = 0; i < COUNT(spans); i++)
		if (str_eq(text, str_of(spans[i].text)))
			return spans[i].seconds;
	return 0;
}

/* ---- places */

static enum err say(char why[static STORED_WHY], const char *path, const char *words)
{
	text_where(why, STORED_WHY, path, words);
	return ERR_IO;
}

static bool path_of(char out[static PATH], const char *folder, const char *symbol,
		    uint32_t span_s, const char *end)
{
	struct text t;

	text_init(&t, out, PATH - 1);
	text_cstr(&t, folder);
	text_char(&t, '/');
	text_cstr(&t, symbol);
	text_char(&t, '.');
	text_u64(&t, span_s);
	text_cstr(&t, ".bars");
	text_cstr(&t, end);
	out[t.n] = '\0';
	return !t.full;
}

/* mkdir -p; ours alone. */
static enum err make_folder(const char *folder, char why[static STORED_WHY])
{
	char part[PATH];
	size_t n = strlen(folder);

	if (n == 0 || n >= PATH)
		return say(why, folder, "the folder's name is too long");
	for (size_t i = 1; i <= n; i++) {
		if (folder[i] != '/' && folder[i] != '\0')
			continue;
		memcpy(part, folder, i);
		part[i] = '\0';
		struct stat st;
		if (mkdir(part, 0700) == 0 || errno == EEXIST)
			continue;
		int error = errno;	/* of a foreign parent that exists it need not be EEXIST */
		if (stat(part, &st) != 0 || !S_ISDIR(st.st_mode))
			return say(why, part, strerror(error));
	}
	return OK;
}

/* Writers of one folder, one after the other; the kernel lets go of it in any case. */
static enum err lock(const char *folder, int *fd, char why[static STORED_WHY])
{
	char path[PATH];
	struct text t;

	*fd = -1;
	text_init(&t, path, sizeof(path) - 1);
	text_cstr(&t, folder);
	text_cstr(&t, "/" LOCK);
	path[t.n] = '\0';
	if (t.full)
		return say(why, folder, "the folder's name is too long");
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd < 0 || flock(*fd, LOCK_EX) != 0)
		return say(why, path, strerror(errno));
	return OK;
}

/* ---- the merge: two rows of bars by time, walked in step */

static int by_time(const void *pa, const void *pb)
{
	const struct stored_bar *a = pa, *b = pb;

	if (a->ts != b->ts)
		return a->ts < b->ts ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* Sorted, and the last of each time. */
static size_t settle(struct stored_bar *bar, size_t n)
{
	size_t kept = 0, i = 1;

	while (i < n && by_time(&bar[i - 1], &bar[i]) < 0)
		i++;
	if (i < n)
		qsort(bar, n, sizeof(*bar), by_time);
	for (i = 0; i < n; i++) {
		if (kept > 0 && bar[kept - 1].ts == bar[i].ts)
			kept--;
		bar[kept++] = bar[i];
	}
	return kept;
}

struct merge {
	const struct columns *old;	/* head NULL: none */
	const struct stored_bar *bar;
	size_t n;
	uint32_t i;			/* of old */
	size_t   k;			/* of bar */
};

static struct stored_bar old_bar(const struct columns *c, uint32_t i)
{
	struct bar b = columns_bar(c, i, 0);

	return (struct stored_bar){ b.open_ts, b.open, b.high, b.low, b.close, b.volume, 0 };
}

static bool alike(const struct stored_bar *a, const struct stored_bar *b)
{
	return a->open.n == b->open.n && a->high.n == b->high.n && a->low.n == b->low.n &&
	       a->close.n == b->close.n && a->volume == b->volume;
}

/* The next bar of both in *out; false at the end. What it is goes into did. */
static bool next(struct merge *m, struct stored_bar *out, struct stored_did *did)
{
	uint32_t rows = m->old->head != NULL ? m->old->head->rows : 0;
	bool old = m->i < rows, new = m->k < m->n;

	if (!old && !new)
		return false;
	if (old)
		*out = old_bar(m->old, m->i);
	if (old && (!new || out->ts < m->bar[m->k].ts)) {
		m->i++;
		return true;
	}
	if (old && out->ts == m->bar[m->k].ts) {
		did->same += alike(out, &m->bar[m->k]);
		did->changed += !alike(out, &m->bar[m->k]);
		m->i++;
	} else {
		did->added++;
	}
	*out = m->bar[m->k++];
	return true;
}

static void fill(struct columns *c, struct merge m, struct stored_did *did)
{
	struct stored_did walked = { 0 };
	struct stored_bar b;

	for (uint32_t before = 0; next(&m, &b, &walked); before = walked.added) {
		struct csv_row row = { .ts = b.ts, .open = b.open, .high = b.high, .low = b.low,
				       .close = b.close, .volume = b.volume };
		const char *wrong = columns_put(c, &row);
		if (wrong == NULL)
			continue;
		did->added -= walked.added - before;
		did->refused++;
		did->refused_ts = b.ts;
		did->refused_why = wrong;
	}
	columns_end(c);
	did->total = c->head->rows;
	did->first = did->total > 0 ? columns_time(c, 0) : 0;
	did->last = did->total > 0 ? columns_time(c, did->total - 1) : 0;
}

/* The new file under its own name for now, whole and on the disk. */
static enum err write_new(const char *path, const char *symbol, uint32_t span_s, uint32_t rows,
			  const struct merge *m, struct stored_did *did,
			  char why[static STORED_WHY])
{
	size_t size = columns_size(rows);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int error = fd < 0 ? errno : posix_fallocate(fd, 0, (off_t)size);
	void *map = MAP_FAILED;
	struct columns c;

	if (error == 0) {
		map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		error = map == MAP_FAILED ? errno : 0;
	}
	if (error == 0) {
		columns_begin(&c, map, rows, symbol, span_s);
		fill(&c, *m, did);
		error = did->total == 0 ? NOTHING :
			msync(map, size, MS_SYNC) == 0 && fsync(fd) == 0 ? 0 : errno;
	}
	if (map != MAP_FAILED)
		(void)munmap(map, size);
	if (fd >= 0)
		(void)close(fd);
	if (error == 0)
		return OK;
	(void)unlink(path);
	return say(why, path, error == NOTHING ? "none of the bars' prices can be kept" :
		   strerror(error));
}

static enum err merge(const char *folder, const char *symbol, uint32_t span_s, struct merge *m,
		      struct stored_did *did, char why[static STORED_WHY])
{
	char path[PATH], fresh[PATH];
	struct merge walk = *m;
	struct stored_bar b;
	uint32_t rows = 0;

	if (!path_of(path, folder, symbol, span_s, "") ||
	    !path_of(fresh, folder, symbol, span_s, ".new"))
		return say(why, folder, "the folder's name is too long");
	while (rows < UINT32_MAX && next(&walk, &b, did))
		rows++;
	if (did->added == 0 && did->changed == 0 && m->old->head != NULL) {
		did->total = rows;
		did->first = columns_time(m->old, 0);
		did->last = columns_time(m->old, rows - 1);
		return OK;
	}
	enum err e = write_new(fresh, symbol, span_s, rows, m, did, why);
	if (e == OK && rename(fresh, path) != 0) {
		e = say(why, path, strerror(errno));
		(void)unlink(fresh);
	}
	if (e == OK && !file_sync_folder(folder))
		e = say(why, folder, strerror(errno));
	return e;
}

enum err stored_merge(const char *folder, const char *symbol, uint32_t span_s,
		      struct stored_bar *bar, size_t n, struct stored_did *did,
		      char why[static STORED_WHY])
{
	struct columns old;
	int fd;

	*did = (struct stored_did){ 0 };
	assert(n > 0 && stored_span_text(span_s) != NULL && symbol_ok(str_of(symbol)));
	enum err e = make_folder(folder, why);
	if (e != OK)
		return e;
	e = lock(folder, &fd, why);
	if (e == OK)
		e = stored_open(&old, folder, symbol, span_s, why);
	if (e == OK || e == ERR_NOTFOUND) {
		struct merge m = { &old, bar, settle(bar, n), 0, 0 };
		e = merge(folder, symbol, span_s, &m, did, why);
		columns_close(&old);
	}
	if (fd >= 0)
		(void)close(fd);
	return e;
}

/* ---- reading */

enum err stored_open(struct columns *c, const char *folder, const char *symbol, uint32_t span_s,
		     char why[static STORED_WHY])
{
	char path[PATH], words[200];

	*c = (struct columns){ 0 };
	why[0] = '\0';
	if (!path_of(path, folder, symbol, span_s, ""))
		return say(why, folder, "the folder's name is too long");
	if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return ERR_NOTFOUND;
	enum err e = columns_open(c, path, why, STORED_WHY);
	if (e != OK)
		return e;
	bool named = c->head->span_s == span_s &&
		     str_eq(str_of(c->head->symbol), str_of(symbol));
	if (c->head->rows > 0 && named && columns_check(c, words, sizeof(words)))
		return OK;
	(void)say(why, path, !named ? "damaged, it has bars of something else: remove it, and "
		  "import or fetch its bars again" : "damaged, its sums or rows are wrong: "
		  "remove it, and import or fetch its bars again");
	columns_close(c);
	return ERR_PARSE;
}

/* "BRK.B.300.bars" */
static bool name_of(struct stored_name *out, const char *file)
{
	const char *end = strstr(file, ".bars"), *dot = end;
	uint64_t seconds = 0;

	if (end == NULL || end[5] != '\0')
		return false;
	while (dot > file && dot[-1] >= '0' && dot[-1] <= '9')
		dot--;
	if (dot == end || dot == file || dot[-1] != '.' || end - dot > 6)
		return false;
	for (const char *p = dot; p < end; p++)
		seconds = seconds * 10 + (uint64_t)(*p - '0');
	struct str symbol = { file, (size_t)(dot - 1 - file) };
	out->span_s = (uint32_t)seconds;
	return stored_span_text(out->span_s) != NULL && symbol_ok(symbol) &&
	       str_copy(out->symbol, sizeof(out->symbol), symbol);
}

static int by_name(const void *pa, const void *pb)
{
	const struct stored_name *a = pa, *b = pb;
	int order = strcmp(a->symbol, b->symbol);

	return order != 0 ? order : a->span_s < b->span_s ? -1 : a->span_s > b->span_s;
}

uint32_t stored_list(const char *folder, struct stored_name *out, uint32_t cap)
{
	DIR *dir = opendir(folder);
	struct dirent *d;
	uint32_t n = 0;

	if (dir == NULL)
		return 0;
	while (n < cap && (d = readdir(dir)) != NULL)
		n += name_of(&out[n], d->d_name);
	(void)closedir(dir);
	qsort(out, n, sizeof(*out), by_name);
	return n;
}
