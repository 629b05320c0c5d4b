/* market_load.c: a directory of bar files becomes series in memory. Twice through the
 * files: the first time to know symbols, spans and counts, so that the second can put
 * every bar where it stays. */
#include "exchange/market_inner.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "feed/csv.h"

#define FILES_MAX  4096	/* a few for each of 1,024 symbols */
#define NAME_MAX_N 256
#define HISTORY_SESSIONS 12
#define DAYS 47847	/* from 1970 to 2100 */

struct file {
	char    name[NAME_MAX_N];
	ns      first;			/* of its first row: files are read in that order */
	sym     only;			/* without a symbol column: from its name */
	bool    skip;
	uint8_t minutes[SYMBOLS_MAX];	/* span of each symbol's bars; 0: passed over */
};

/* What one file has of one symbol. */
struct seen {
	uint32_t rows, on_five;
	ns       last, gap;		/* gap: the smallest between two rows; 0: none yet */
	bool     midnight;		/* the first row is a New York midnight */
};

struct load {
	const struct market_config *c;
	const char  *dir;
	struct symbols symbols;
	struct file **file;		/* in the order in which they are read */
	struct file *store;
	uint32_t     files;
	uint32_t     rows[SYMBOLS_MAX];
	uint8_t      minutes[SYMBOLS_MAX];
	ns           from, to;		/* of the window, as far as known */
	bool        *traded;		/* by day */
	uint64_t     bad, outside;
	struct session session;		/* of the day that was looked up last */
	day          looked;
	bool         trades;
};

static void complain(const struct load *l, const char *file, uint64_t line, const char *why)
{
	char text[512];

	if (l->c->complain == NULL)
		return;
	(void)snprintf(text, sizeof(text), "%s:%llu: %s", file, (unsigned long long)line, why);
	l->c->complain(l->c->complain_ctx, text);
}

static void bad_row(struct load *l, const struct file *f, uint64_t line, const char *why)
{
	l->bad++;
	complain(l, f->name, line, why);
}

static enum err open_file(const struct load *l, const struct file *f, struct csv *csv)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s/%s", l->dir, f->name);

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

static enum err list_files(struct load *l, char *why, size_t why_size)
{
	DIR *dir = opendir(l->dir);
	struct dirent *d;
	enum err e = OK;

	if (dir == NULL) {
		(void)snprintf(why, why_size, "%s: %s; name a directory of CSV files with bars",
			       l->dir, strerror(errno));
		return ERR_CONFIG;
	}
	while (e == OK && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.' || !ends_with(d->d_name, ".csv"))
			continue;
		if (l->files == FILES_MAX) {
			(void)snprintf(why, why_size, "%s: more than %d files", l->dir, FILES_MAX);
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
	return e;
}

/* "BRK.B.5m.csv" is of BRK.B, "EWZ.1m.2019.csv" and "EWZ_1m.csv" of EWZ. */
static struct str symbol_in(const char *name)
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

static void sort_files(struct load *l)
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
static bool in_window(const struct load *l, const struct csv *csv, struct file *f)
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
	return last < f->first || (last >= l->from && f->first < l->to);
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

static sym symbol_of(struct load *l, const struct file *f, const struct csv_row *row)
{
	return row->symbol.n > 0 ? symbols_find(&l->symbols, row->symbol) : f->only;
}

static void count_file(struct load *l, struct file *f)
{
	struct seen seen[SYMBOLS_MAX] = { 0 };
	struct csv csv;
	struct csv_row row;
	enum err e = open_file(l, f, &csv);

	f->only = SYM_NONE;
	f->skip = true;
	if (e != OK) {
		bad_row(l, f, 1, csv.why);
	} else if (in_window(l, &csv, f)) {
		f->skip = false;
		if (csv.place[CSV_SYMBOL] < 0 &&
		    symbols_add(&l->symbols, symbol_in(f->name), &f->only) != OK) {
			bad_row(l, f, 1, "no symbol column, and the name begins with no symbol");
			f->skip = true;
		}
	}
	while (!f->skip && (e = csv_skim(&csv, &row)) != ERR_END) {
		sym s = SYM_NONE;
		if (e == OK && row.symbol.n > 0 && symbols_add(&l->symbols, row.symbol, &s) != OK)
			continue;	/* told in the second pass */
		if (e == OK)
			s = symbol_of(l, f, &row);
		if (s != SYM_NONE)
			see(&seen[s], row.ts);
	}
	csv_close(&csv);
	for (uint32_t s = 0; s < l->symbols.n; s++) {
		if (seen[s].rows == 0)
			continue;
		f->minutes[s] = span_of(&seen[s]);
		l->rows[s] += seen[s].rows;
		if (f->minutes[s] == 0) {
			char text[128];
			(void)snprintf(text, sizeof(text), "%s: only bars of 1 or 5 minutes can be "
				       "played, not daily or hourly ones", l->symbols.name[s]);
			bad_row(l, f, 1, text);
		} else if (l->minutes[s] == 0 || f->minutes[s] < l->minutes[s]) {
			l->minutes[s] = f->minutes[s];
		}
	}
}

/* ---- second pass */

/* May a bar be played that covers these minutes? */
static bool playable(struct load *l, ns from, ns to)
{
	day d = ny_date(from);

	if (d != l->looked) {
		l->looked = d;
		l->trades = calendar_session(NULL, d, &l->session);
	}
	if (!l->trades)
		return false;
	if (l->c->extended_hours)
		return from >= l->session.pre_open && to <= l->session.post_close;
	return from >= l->session.open && to <= l->session.close;
}

static const char *store(struct load *l, struct series *s, const struct csv_row *row)
{
	ns span = s->minutes * NS_MINUTE;

	if (row->ts < 0 || row->ts % span != 0)
		return s->minutes == 5 ? "not on the grid of 5 minutes" :
		       "not on a full minute";
	if (row->ts < l->from || row->ts >= l->to)
		return NULL;
	if (!playable(l, row->ts, row->ts + span)) {
		l->outside++;
		return NULL;
	}
	if (s->n > 0 && row->ts == packed_ts(&s->bar[s->n - 1]))
		return "there was a bar of this symbol and time before";
	if (s->n > 0 && row->ts < packed_ts(&s->bar[s->n - 1]))
		return "earlier than the bar before; times have to ascend";
	if (row->low.n < PACKED_UNIT || row->high.n > PACKED_MAX)
		return "a price below 0.0001 or above 429496";
	if (row->volume > UINT32_MAX)
		return "a volume above 4294967295";

	px unit = { PACKED_UNIT };
	assert(s->n < s->cap);
	s->bar[s->n++] = (struct packed){
		.minute = (uint32_t)(row->ts / NS_MINUTE),
		.open = (uint32_t)(px_tick(row->open, unit, ROUND_NEAR).n / PACKED_UNIT),
		.high = (uint32_t)(px_tick(row->high, unit, ROUND_NEAR).n / PACKED_UNIT),
		.low = (uint32_t)(px_tick(row->low, unit, ROUND_NEAR).n / PACKED_UNIT),
		.close = (uint32_t)(px_tick(row->close, unit, ROUND_NEAR).n / PACKED_UNIT),
		.volume = (uint32_t)row->volume,
	};
	l->traded[l->looked] = true;
	return NULL;
}

/* Of a symbol with bars of both spans, those of 1 minute say more. */
static void prefer_minutes(struct load *l, struct file *f)
{
	for (uint32_t s = 0; s < l->symbols.n; s++) {
		char text[128];

		if (f->minutes[s] == 0 || f->minutes[s] == l->minutes[s])
			continue;
		f->minutes[s] = 0;
		(void)snprintf(text, sizeof(text), "%s: there are bars of 1 minute too; these of "
			       "5 minutes are passed over", l->symbols.name[s]);
		complain(l, f->name, 1, text);
	}
}

static void read_file(struct load *l, struct market *m, struct file *f)
{
	struct csv csv;
	struct csv_row row;
	enum err e = open_file(l, f, &csv);

	if (e != OK) {
		bad_row(l, f, 1, csv.why);
		csv_close(&csv);
		return;
	}
	prefer_minutes(l, f);
	while ((e = csv_next(&csv, &row)) != ERR_END) {
		const char *why = csv.why;
		if (e == OK) {
			sym s = symbol_of(l, f, &row);
			why = s == SYM_NONE ? "the symbol is none, or one more than 1024" :
			      f->minutes[s] == 0 ? NULL : store(l, &m->series[s], &row);
		}
		if (why != NULL)
			bad_row(l, f, csv.line, why);
	}
	csv_close(&csv);
}

/* ---- all of it */

static enum err fill(struct load *l, struct market **out, char *why, size_t why_size)
{
	size_t bytes = 0, days = DAYS;
	struct market *m;

	for (uint32_t s = 0; s < l->symbols.n; s++)
		bytes += l->rows[s] * sizeof(struct packed) + 16;
	enum err e = market_new(&m, l->c, &l->symbols, bytes + days * sizeof(day));
	if (e != OK) {
		(void)snprintf(why, why_size, "%s: no memory for its bars", l->dir);
		return e;
	}
	m->series = ARENA_NEW(&m->arena, struct series, l->symbols.n);
	for (uint32_t s = 0; s < l->symbols.n; s++) {
		m->series[s].bar = ARENA_NEW(&m->arena, struct packed, l->rows[s]);
		m->series[s].cap = l->rows[s];
		m->series[s].minutes = l->minutes[s];
	}
	for (uint32_t i = 0; i < l->files; i++)
		if (!l->file[i]->skip)
			read_file(l, m, l->file[i]);
	m->date = ARENA_NEW(&m->arena, day, days);
	for (day d = 0; d < DAYS; d++)
		if (l->traded[d])
			m->date[m->sessions++] = d;
	m->bad = l->bad;
	m->outside = l->outside;
	if (m->sessions == 0) {
		(void)snprintf(why, why_size, "%s: %u files, but no bar that can be played%s",
			       l->dir, l->files, l->bad > 0 ? "; see the complaints" :
			       " between the first and the last day");
		market_close(m);
		return ERR_CONFIG;
	}
	*out = m;
	return OK;
}

enum err market_load(struct market **out, const struct market_config *c, char *why,
		     size_t why_size)
{
	struct arena a;
	int history = c->history_sessions == 0 ? HISTORY_SESSIONS : c->history_sessions;
	size_t size = sizeof(struct load) + DAYS +
		      FILES_MAX * (sizeof(struct file) + sizeof(struct file *));
	enum err e = arena_open(&a, size + 5 * 16);

	if (e != OK) {
		(void)snprintf(why, why_size, "no memory to read %s", c->bars_dir);
		return e;
	}
	struct load *l = ARENA_NEW(&a, struct load, 1);
	*l = (struct load){ .c = c, .dir = c->bars_dir, .from = 0, .to = INT64_MAX, .looked = -1 };
	l->file = ARENA_NEW(&a, struct file *, FILES_MAX);
	l->store = ARENA_NEW(&a, struct file, FILES_MAX);
	l->traded = ARENA_NEW(&a, bool, DAYS);
	if (c->start > 0) {
		ns noon = ny_time(c->start, 12, 0);
		l->from = ny_time(calendar_back(NULL, noon, history > 0 ? history : 0), 0, 0);
	}
	if (c->until > 0)
		l->to = ny_time(c->until + 1, 0, 0);

	e = list_files(l, why, why_size);
	sort_files(l);		/* a directory has no order; symbols are numbered as they are met */
	for (uint32_t i = 0; e == OK && i < l->files; i++)
		count_file(l, l->file[i]);
	sort_files(l);
	if (e == OK)
		e = fill(l, out, why, why_size);
	arena_close(&a);
	return e;
}
