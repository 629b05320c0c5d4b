/* folder.c: which bars are in a directory of files, and where. */
#include "feed/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/crew.h"
#include "model/calendar.h"

#define FILES_MAX  4096	/* a few for each of 1,024 symbols */
#define NAME_MAX_N 256

/* What one file has of one symbol. */
struct seen {
	uint32_t rows, on_five;
	ns       last, gap;		/* gap: the smallest between two rows; 0: none yet */
	bool     midnight;		/* the first row is a New York midnight */
};

struct file {
	char    name[NAME_MAX_N];
	ns      first;			/* of its first row: files are read in that order */
	sym     only;			/* without a symbol column: from its name */
	bool    skip, single;		/* single: without a symbol column */
	struct seen seen;		/* of a single one */
	uint8_t minutes[SYMBOLS_MAX];	/* span of each symbol's bars; 0: passed over */
	struct csv csv;			/* second pass: where it is; closed when it is through */
	bool    begun;
	const char *wrong;		/* of the row, or the file, that was come to */
};

#define TOLD_MAX 20	/* rows told: who reads more? */

struct folder {
	struct arena arena;
	struct folder_config c;
	struct symbols symbols;
	struct file **file;		/* in the order in which they are read */
	struct file *store;
	uint32_t     files;
	uint32_t     rows[SYMBOLS_MAX];
	uint8_t      minutes[SYMBOLS_MAX];
	uint64_t     bad;
	bool         mixed;		/* some file has bars of several symbols */
	const char *(*take)(void *ctx, sym s, const struct csv_row *row);
	void        *take_ctx;
};

static void complain(const struct folder *l, const char *file, uint64_t line, const char *why)
{
	char text[512];

	if (l->c.complain == NULL)
		return;
	(void)snprintf(text, sizeof(text), "%s:%llu: %s", file, (unsigned long long)line, why);
	l->c.complain(l->c.complain_ctx, text);
}

static void bad_row(struct folder *l, const struct file *f, uint64_t line, const char *why)
{
	if (l->bad++ < TOLD_MAX)
		complain(l, f->name, line, why);
	else if (l->bad == TOLD_MAX + 1)
		complain(l, f->name, line, "and more rows are no bars, or not in order: `gambler "
			 "import` sorts and counts them");
}

static enum err open_file(const struct folder *l, const struct file *f, struct csv *csv)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s/%s", l->c.dir, f->name);

	*csv = (struct csv){ .why = "the file cannot be read" };
	if (n < 0 || (size_t)n >= sizeof(path))
		return ERR_IO;
	enum err e = csv_open(csv, path);
	if (e == ERR_IO)
		csv->why = "the file cannot be read";
	return e;
}

/* ---- the directory */

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n > k && strcmp(name + n - k, end) == 0;
}

static enum err list_files(struct folder *l, char *why, size_t why_size)
{
	DIR *dir = opendir(l->c.dir);
	struct dirent *d;
	enum err e = OK;
	uint32_t packed = 0;

	if (dir == NULL) {
		(void)snprintf(why, why_size, "%s: %s; name a directory of CSV files with bars",
			       l->c.dir, strerror(errno));
		return ERR_CONFIG;
	}
	while (e == OK && (d = readdir(dir)) != NULL) {
		packed += ends_with(d->d_name, ".csv.gz");
		if (d->d_name[0] == '.' || !ends_with(d->d_name, ".csv"))
			continue;
		if (l->files == FILES_MAX) {
			(void)snprintf(why, why_size, "%s: more than %d files", l->c.dir,
				       FILES_MAX);
			e = ERR_CONFIG;
		} else if (!str_copy(l->store[l->files].name, NAME_MAX_N, str_of(d->d_name))) {
			complain(l, d->d_name, 1, "the file's name is too long");
			l->bad++;
		} else {
			l->file[l->files] = &l->store[l->files];
			l->files++;
		}
	}
	(void)closedir(dir);
	if (l->files == 0 && packed > 0) {
		(void)snprintf(why, why_size, "%s: all %u files are compressed; gunzip them",
			       l->c.dir, packed);
		return ERR_CONFIG;
	}
	return e;
}

struct str folder_symbol(const char *name)
{
	size_t n = strcspn(name, "._");
	bool class = name[n] == '.' && name[n + 1] >= 'A' && name[n + 1] <= 'Z' &&
		     (name[n + 2] == '.' || name[n + 2] == '_');

	return (struct str){ name, class ? n + 2 : n };
}

static int by_first_row(const void *pa, const void *pb)
{
	const struct file *a = *(struct file *const *)pa, *b = *(struct file *const *)pb;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void sort_files(struct folder *l)
{
	qsort(l->file, l->files, sizeof(void *), by_first_row);
}

/* ---- first pass */

/* The last line's time, without reading what is before it. */
static ns last_time(const struct csv *csv, ns otherwise)
{
	struct csv tail = *csv;
	struct csv_row row;
	const char *s = csv->rest.s;
	size_t n = csv->rest.n;

	while (n > 0 && (s[n - 1] == '\n' || s[n - 1] == '\r'))
		n--;
	size_t at = n;
	while (at > 0 && s[at - 1] != '\n')
		at--;
	tail.rest = (struct str){ s + at, n - at };
	return csv_skim(&tail, &row) == OK ? row.ts : otherwise;
}

/* Are there rows between the window's ends? A file that is not in order is read. */
static bool in_window(const struct folder *l, const struct csv *csv, struct file *f)
{
	struct csv head = *csv;
	struct csv_row row;
	enum err e;

	while ((e = csv_skim(&head, &row)) == ERR_PARSE)
		;
	if (e != OK)
		return true;		/* nothing at all: the bad rows are to be told */
	f->first = row.ts;
	ns last = last_time(csv, INT64_MAX);
	return last < f->first || (last >= l->c.from && f->first < l->c.to);
}

static void see(struct seen *s, ns ts)
{
	if (s->rows == 0)
		s->midnight = ts == ny_time(ny_date(ts), 0, 0);
	else if (ts > s->last && (s->gap == 0 || ts - s->last < s->gap))
		s->gap = ts - s->last;
	s->last = ts;
	s->rows++;
	s->on_five += ts % (5 * NS_MINUTE) == 0;
}

/* The span of a symbol's bars in a file, minutes; 0: neither 1 nor 5. Few rows may be
 * off the grid: those will be bad ones. */
static uint8_t span_of(const struct seen *s)
{
	if (s->gap >= 12 * NS_HOUR || (s->rows == 1 && s->midnight))
		return 0;
	if ((uint64_t)s->on_five * 10 < (uint64_t)s->rows * 9)
		return 1;
	/* Hours lie on the grid of 5 minutes as well, but no two are closer. */
	return s->gap > 5 * NS_MINUTE && s->rows >= 20 ? 0 : 5;
}

static sym symbol_of(struct folder *l, const struct file *f, const struct csv_row *row)
{
	return row->symbol.n > 0 ? symbols_find(&l->symbols, row->symbol) : f->only;
}

/* Of one file, whatever is in the others. */
static void look(void *folder, uint32_t i)
{
	struct folder *l = folder;
	struct file *f = l->file[i];
	struct csv csv;
	struct csv_row row;
	enum err e = open_file(l, f, &csv);

	f->only = SYM_NONE;
	if (e != OK)
		f->wrong = csv.why;
	f->skip = e != OK || !in_window(l, &csv, f);
	f->single = csv.place[CSV_SYMBOL] < 0;
	while (!f->skip && f->single && (e = csv_skim(&csv, &row)) != ERR_END)
		if (e == OK)
			see(&f->seen, row.ts);
	csv_close(&csv);
}

static void count(struct folder *l, struct file *f, sym s, const struct seen *seen)
{
	char text[128];

	if (seen->rows == 0)
		return;
	f->minutes[s] = span_of(seen);
	l->rows[s] += seen->rows;
	if (f->minutes[s] == 0) {
		(void)snprintf(text, sizeof(text), "%s: only bars of 1 or 5 minutes can be "
			       "played, not daily or hourly ones", l->symbols.name[s]);
		bad_row(l, f, 1, text);
	} else if (l->minutes[s] == 0 || f->minutes[s] < l->minutes[s]) {
		l->minutes[s] = f->minutes[s];
	}
}

static void count_many(struct folder *l, struct file *f)
{
	struct seen seen[SYMBOLS_MAX] = { 0 };
	struct csv csv;
	struct csv_row row;
	enum err e = open_file(l, f, &csv);

	if (e != OK)
		csv.rest = (struct str){ "", 0 };	/* it was whole when it was looked at */
	while ((e = csv_skim(&csv, &row)) != ERR_END) {
		sym s = SYM_NONE;
		/* A symbol that is none is told in the second pass. */
		if (e == OK && symbols_add(&l->symbols, row.symbol, &s) == OK)
			see(&seen[s], row.ts);
	}
	csv_close(&csv);
	for (uint32_t s = 0; s < l->symbols.n; s++)
		count(l, f, (sym)s, &seen[s]);
}

/* Symbols are numbered as they are met, so this is done file by file. */
static void count_file(struct folder *l, struct file *f)
{
	if (f->wrong != NULL) {
		bad_row(l, f, 1, f->wrong);
	} else if (!f->skip && !f->single) {
		count_many(l, f);
		l->mixed = true;
	} else if (!f->skip && symbols_add(&l->symbols, folder_symbol(f->name), &f->only) != OK) {
		bad_row(l, f, 1, "no symbol column, and the name begins with no symbol");
		f->skip = true;
	} else if (!f->skip) {
		count(l, f, f->only, &f->seen);
	}
}

/* ---- second pass */

static bool played(const struct folder *l, const struct file *f, sym s)
{
	return f->minutes[s] != 0 && f->minutes[s] == l->minutes[s];
}

/* Of a symbol with bars of both spans, those of 1 minute say more. */
static void tell_passed_over(struct folder *l, const struct file *f)
{
	char text[128];

	for (uint32_t s = 0; s < l->symbols.n; s++) {
		if (f->minutes[s] == 0 || played(l, f, (sym)s))
			continue;
		(void)snprintf(text, sizeof(text), "%s: there are bars of 1 minute too; these of "
			       "5 minutes are passed over", l->symbols.name[s]);
		complain(l, f->name, 1, text);
	}
}

/* On from where the file is, until a row is wrong; true: it is through. */
static bool read_on(struct folder *l, struct file *f)
{
	struct csv_row row;
	enum err e;

	f->wrong = NULL;
	while ((e = csv_next(&f->csv, &row)) != ERR_END) {
		f->wrong = f->csv.why;
		if (e == OK) {
			sym s = symbol_of(l, f, &row);
			f->wrong = s == SYM_NONE ? "the symbol is none, or one more than 1024" :
				   played(l, f, s) ? l->take(l->take_ctx, s, &row) : NULL;
		}
		if (f->wrong != NULL)
			return false;
	}
	csv_close(&f->csv);
	return true;
}

static bool begin_file(struct folder *l, struct file *f)
{
	enum err e = open_file(l, f, &f->csv);

	f->begun = true;
	if (e == OK)
		return read_on(l, f);
	csv_close(&f->csv);
	f->csv.line = 1;
	f->wrong = f->csv.why;
	return false;
}

/* All of one symbol, as far as there is nothing to tell: that is done in the files' order. */
static void read_symbol(void *folder, uint32_t s)
{
	struct folder *l = folder;
	bool through = true;

	for (uint32_t i = 0; i < l->files && through; i++)
		if (!l->file[i]->skip && l->file[i]->only == s)
			through = begin_file(l, l->file[i]);
}

/* What is left of a file, and what is wrong in it. */
static void read_file(struct folder *l, struct file *f)
{
	tell_passed_over(l, f);
	bool through = f->begun ? f->wrong == NULL : begin_file(l, f);
	for (; !through; through = read_on(l, f))
		bad_row(l, f, f->csv.line, f->wrong);
}

/* ---- all of it */

void folder_read(struct folder *f,
		 const char *(*take)(void *ctx, sym s, const struct csv_row *row), void *ctx)
{
	f->take = take;
	f->take_ctx = ctx;
	if (!f->mixed && f->c.threads > 1)
		crew_run(f->c.threads, f->symbols.n, read_symbol, f);
	for (uint32_t i = 0; i < f->files; i++)
		if (!f->file[i]->skip)
			read_file(f, f->file[i]);
}

enum err folder_open(struct folder **out, const struct folder_config *c, char *why,
		     size_t why_size)
{
	struct arena a;
	enum err e = arena_open(&a, sizeof(struct folder) + 3 * 16 +
				FILES_MAX * (sizeof(struct file) + sizeof(struct file *)));

	if (e != OK) {
		(void)snprintf(why, why_size, "no memory to read %s", c->dir);
		return e;
	}
	struct folder *f = ARENA_NEW(&a, struct folder, 1);
	f->c = *c;
	f->file = ARENA_NEW(&a, struct file *, FILES_MAX);
	f->store = ARENA_NEW(&a, struct file, FILES_MAX);
	f->arena = a;
	e = list_files(f, why, why_size);
	sort_files(f);		/* a directory has no order; symbols are numbered as they are met */
	if (e == OK)
		crew_run(f->c.threads, f->files, look, f);
	for (uint32_t i = 0; e == OK && i < f->files; i++)
		count_file(f, f->file[i]);
	sort_files(f);
	if (e != OK)
		folder_close(f);
	else
		*out = f;
	return e;
}

void folder_close(struct folder *f)
{
	struct arena a = f->arena;	/* it lies in there itself */

	arena_close(&a);
}

const struct symbols *folder_symbols(const struct folder *f) { return &f->symbols; }
uint32_t folder_files(const struct folder *f) { return f->files; }
uint64_t folder_bad(const struct folder *f) { return f->bad; }

uint32_t folder_rows(const struct folder *f, sym s)
{
	assert(s < f->symbols.n);
	return f->rows[s];
}

uint32_t folder_minutes(const struct folder *f, sym s)
{
	assert(s < f->symbols.n);
	return f->minutes[s];
}
