/* import.c: one file into the store: a first time through it for counts and lengths, a second time
 * for the rows, each to the place of its symbol; then symbol by symbol. */
#include "feed/import.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "feed/folder.h"
#include "feed/scratch.h"
#include "model/calendar.h"

/* What the first time through says of one symbol. */
struct seen { uint64_t rows, on_five, on_half; ns last, gap; };

struct import {
	const struct import_config *c;
	const char *name;		/* of the file, for complaints */
	struct csv csv;
	void   *input;			/* of what came through a pipe */
	size_t  input_size;
	struct symbols symbols;
	sym     only;			/* without a symbol column */
	struct seen seen[SYMBOLS_MAX];
	uint64_t begin[SYMBOLS_MAX], end[SYMBOLS_MAX];	/* places in bar */
	struct stored_bar *bar;
	uint64_t bars;
	uint32_t told;
	struct import_counts *n;
	char *why;
};

static enum err fail(struct import *m, enum err e, const char *words)
{
	struct text t;

	text_init(&t, m->why, STORED_WHY);
	text_cstr(&t, m->name);
	text_cstr(&t, ": ");
	text_cstr(&t, words);
	if (t.full)
		text_init(&t, m->why, STORED_WHY);
	(void)text_done(&t);
	return e;
}

static void bad_row(struct import *m, uint64_t line, const char *words)
{
	char memory[640];
	struct text t;

	m->n->bad++;
	if (m->told++ >= IMPORT_TOLD)
		return;
	text_init(&t, memory, sizeof(memory) - 1);
	text_cstr(&t, m->name);
	text_char(&t, ':');
	text_u64(&t, line);
	text_cstr(&t, ": ");
	text_cstr(&t, words);
	if (m->told == IMPORT_TOLD)
		text_cstr(&t, " (further ones of this file are only counted)");
	if (!t.full)
		m->c->complain(m->c->ctx, text_done(&t));
}

static void refused(struct import *m, const char *symbol, const struct stored_did *d)
{
	char memory[640];
	struct text t;

	m->n->bad += d->refused;
	if (d->refused == 0)
		return;
	text_init(&t, memory, sizeof(memory) - 1);
	text_cstr(&t, m->name);
	text_cstr(&t, ": ");
	text_cstr(&t, symbol);
	text_char(&t, ' ');
	text_time(&t, d->refused_ts);
	text_cstr(&t, ": ");
	text_cstr(&t, d->refused_why);
	if (d->refused > 1) {
		text_cstr(&t, " (the last of ");
		text_u64(&t, d->refused);
		text_char(&t, ')');
	}
	if (!t.full)
		m->c->complain(m->c->ctx, text_done(&t));
}

/* ---- opening */

/* All that comes is written to a file without a name, which then is read like any other. */
static enum err swallow(struct import *m)
{
	static char piece[65536];
	int fd = scratch_file();
	ssize_t n = 0;
	size_t size = 0;
	bool ok = fd >= 0;

	while (ok && (n = read(STDIN_FILENO, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		ok = n > 0 && write_all(fd, piece, (size_t)n);
		size += ok ? (size_t)n : 0;
	}
	if (ok && size > 0)
		m->input = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	int error = errno;
	if (fd >= 0)
		(void)close(fd);
	if (!ok || m->input == MAP_FAILED) {
		m->input = NULL;
		return fail(m, ERR_IO, strerror(error));
	}
	m->input_size = size;
	return csv_begin(&m->csv, (struct str){ m->input != NULL ? m->input : "", size });
}

static enum err begin(struct import *m, const char *path)
{
	const char *slash = strrchr(path, '/');
	bool piped = str_eq(str_of(path), STR("-"));

	errno = 0;
	enum err e = piped ? swallow(m) : csv_open(&m->csv, path);

	if (e == ERR_IO)
		return piped ? e : fail(m, e, errno != 0 ? strerror(errno) : "not a file");
	if (e != OK)
		return fail(m, e, m->csv.why);
	m->only = SYM_NONE;
	if (m->csv.place[CSV_SYMBOL] >= 0)
		return OK;
	struct str name = m->c->symbol != NULL ? str_of(m->c->symbol) :
			  folder_symbol(slash != NULL ? slash + 1 : path);
	if (symbols_add(&m->symbols, name, &m->only) != OK)
		return fail(m, ERR_PARSE, "no symbol column, and the file's name begins with no "
			    "symbol: give it with --symbol");
	return OK;
}

/* ---- lengths */

static void see(struct seen *s, ns ts)
{
	ns gap = ts > s->last ? ts - s->last : s->last - ts;

	if (s->rows > 0 && gap > 0 && (s->gap == 0 || gap < s->gap))
		s->gap = gap;
	s->last = ts;
	s->rows++;
	s->on_five += ts % (5 * NS_MINUTE) == 0;
	s->on_half += ts % (30 * NS_MINUTE) == 0;
}

/* A few rows may be off the grid: those will be bad ones. 0: not to be told. */
static uint32_t span_of(const struct seen *s)
{
	static const uint32_t spans[] = { 3600, 1800, 900, 300 };

	if (s->gap >= 20 * NS_HOUR || (s->rows == 1 && s->last == ny_time(ny_date(s->last), 0, 0)))
		return 86400;
	if (s->rows == 1)
		return 0;
	if (s->on_five * 10 < s->rows * 9)
		return 60;
	for (size_t i = 0; i < COUNT(spans); i++)
		if (s->gap >= spans[i] * NS_SECOND &&
		    (spans[i] < 1800 || s->on_half * 10 >= s->rows * 9))
			return spans[i];
	return 300;
}

/* ---- twice through the file */

static sym symbol_of(struct import *m, const struct csv_row *row)
{
	sym s = m->only;

	if (row->symbol.n > 0 && symbols_add(&m->symbols, row->symbol, &s) != OK)
		return SYM_NONE;
	return s;
}

static enum err count(struct import *m)
{
	struct csv again = m->csv;
	struct csv_row row;
	enum err e;

	while ((e = csv_skim(&m->csv, &row)) != ERR_END) {
		bool good = e == OK && row.ts >= 0 && row.ts % NS_MINUTE == 0;
		sym s = good ? symbol_of(m, &row) : SYM_NONE;
		if (s != SYM_NONE)
			see(&m->seen[s], row.ts);
	}
	m->csv = again;
	for (uint32_t s = 0; s < m->symbols.n; s++) {
		m->begin[s] = m->end[s] = m->bars;
		m->bars += m->seen[s].rows;
	}
	if (m->bars == 0)
		return OK;
	m->bar = m->bars > SIZE_MAX / sizeof(*m->bar) ? NULL :
		 scratch_map((size_t)(m->bars * sizeof(*m->bar)));
	return m->bar != NULL ? OK : fail(m, ERR_IO, "no room for its rows: name a folder with "
					  "room in TMPDIR");
}

static void collect(struct import *m)
{
	struct csv_row row;
	enum err e;

	while ((e = csv_next(&m->csv, &row)) != ERR_END) {
		const char *why = e != OK ? m->csv.why : NULL;
		sym s = e == OK ? symbol_of(m, &row) : SYM_NONE;
		m->n->rows++;
		if (e == OK && s == SYM_NONE)
			why = "the symbol is none, or one more than 1024";
		else if (e == OK && (row.ts < 0 || row.ts % NS_MINUTE != 0))
			why = "not on a full minute";
		if (why != NULL) {
			bad_row(m, m->csv.line, why);
			continue;
		}
		m->bar[m->end[s]++] = (struct stored_bar){ row.ts, row.open, row.high, row.low,
							   row.close, row.volume, m->csv.line };
	}
}

/* Without a row to keep each has been told why it is none. */
static enum err keep(struct import *m)
{
	if (m->bars == 0)
		return fail(m, ERR_PARSE, "there is no row with a symbol and a time in it");
	for (uint32_t s = 0; s < m->symbols.n; s++) {
		size_t n = (size_t)(m->end[s] - m->begin[s]);
		uint32_t span = m->c->span_s != 0 ? m->c->span_s : span_of(&m->seen[s]);
		struct stored_did did;
		if (n == 0)
			continue;
		if (span == 0)
			return fail(m, ERR_PARSE, "one bar of a symbol does not say how long it "
				    "is: give --timeframe");
		enum err e = stored_merge(m->c->folder, m->symbols.name[s], span,
					  m->bar + m->begin[s], n, &did, m->why);
		if (e != OK)
			return e;
		m->n->symbols++;
		refused(m, m->symbols.name[s], &did);
		m->c->tell(m->c->ctx, m->symbols.name[s], span, &did);
	}
	return OK;
}

enum err import_file(const struct import_config *c, const char *path, struct import_counts *n,
		     char why[static STORED_WHY])
{
	struct import *m = scratch_map(sizeof(*m));

	if (m == NULL) {
		struct import small = { .name = path, .why = why };
		return fail(&small, ERR_IO, "no room for its counts: name a folder with room in "
			    "TMPDIR");
	}
	m->c = c;
	m->name = path;
	m->n = n;
	m->why = why;
	enum err e = begin(m, path);
	if (e == OK)
		e = count(m);
	if (e == OK) {
		collect(m);
		e = keep(m);
	}
	csv_close(&m->csv);
	scratch_unmap(m->bar, (size_t)(m->bars * sizeof(*m->bar)));
	if (m->input != NULL)
		(void)munmap(m->input, m->input_size);
	scratch_unmap(m, sizeof(*m));
	return e;
}
