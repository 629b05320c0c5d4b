/* indicator.c: `gambler indicator`: any expression over the bars of a CSV file, so that it can be
 * held against other programs. The bars go through a chart, as those of strategies do. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "chart/chart.h"
#include "cmd/cmd.h"
#include "feed/csv.h"
#include "rule/rule.h"

/* Of one command line; each is compiled to a few nodes, at most one for every 4 characters. */
#define EXPRESSIONS_MAX 15		/* all words that options_read takes, but the file */
#define NODES_FOR_ONE   (RULE_TEXT_MAX / 4)
#define BUFFER          (1 << 17)	/* what is read at once; no line is longer */
#define ROWS_LOOKED_AT  1000		/* for the distance between bars */
#define PROBLEMS_TOLD   20

struct source {
	const char *name;
	int        fd;
	bool       over;		/* the file ended */
	size_t     n, whole;		/* bytes in buffer; those of whole lines */
	struct csv csv;			/* walks over these */
	char       buffer[BUFFER];
};

struct job {
	struct source source;
	struct plan  *plan;
	struct chart *chart;
	uint32_t      n;
	struct plan_ref ref[EXPRESSIONS_MAX];
	ns            length;		/* of a bar */
	ns            end;		/* of the newest bar */
	char          symbol[SYMBOL_TEXT];
	uint64_t      bad;		/* rows */
};

/* ---- the table of indicators */

static void list_one(const struct ta_fn *fn)
{
	static const char *const reads[] = { "[series]", "[series]", "" };
	const struct ta_family *f = fn->family;
	char call[80];
	int at = snprintf(call, sizeof call, "%s(%s", fn->name, reads[f->reads]);

	for (uint32_t i = 0; i < f->args; i++)
		at += snprintf(call + at, sizeof call - (size_t)at, "%s%s %g",
			       i > 0 || f->reads != TA_BARS ? ", " : "", f->arg[i].name,
			       f->arg[i].usual);
	printf("  %s)%*s%s\n", call, at < 46 ? 47 - at : 1, "", fn->about);
}

void indicators_list(void)
{
	puts("Indicators, with the arguments that are usual when they are left out, all or the\n"
	     "last of them; the brackets stay: rsi(). [series]: any number may stand first, such\n"
	     "as volume or another indicator; left out it is close, in volume_... volume.\n"
	     "Definitions: quoted after their authors, begun as TA-Lib and TradingView begin\n"
	     "them.\n");
	for (const struct ta_fn *fn = ta_fns; fn->name[0] != '\0'; fn++)
		list_one(fn);
}

/* ---- reading */

static int fail(const struct source *s, const char *what)
{
	fprintf(stderr, "gambler indicator: %s: %s\n", s->name, what);
	return EXIT_FAILED;
}

/* Whole lines into the buffer, behind which nothing is left of the old ones. ERR_END: there are
 * none; ERR_IO: told. */
static enum err refill(struct source *s)
{
	s->n -= s->whole;
	memmove(s->buffer, s->buffer + s->whole, s->n);
	while (!s->over && s->n < sizeof s->buffer) {
		ssize_t got = read(s->fd, s->buffer + s->n, sizeof s->buffer - s->n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			(void)fail(s, strerror(errno));
			return ERR_IO;
		}
		s->over = got == 0;
		s->n += (size_t)got;
	}
	for (s->whole = s->n; !s->over && s->whole > 0; s->whole--)
		if (s->buffer[s->whole - 1] == '\n')
			break;
	if (s->whole == 0 && s->n > 0) {
		(void)fail(s, "a line has more than 131,072 bytes: is it a CSV file?");
		return ERR_IO;
	}
	s->csv.rest = (struct str){ s->buffer, s->whole };
	return s->n > 0 ? OK : ERR_END;
}

static enum err next_row(struct source *s, struct csv_row *row)
{
	for (;;) {
		enum err e = csv_next(&s->csv, row);
		if (e != ERR_END)
			return e;
		e = refill(s);
		if (e != OK)
			return e;
	}
}

/* The shortest distance between the first rows: that is how long a bar is. */
static ns length_of(const struct source *s)
{
	struct csv look = s->csv;
	struct csv_row row;
	ns before = 0, length = NS_MINUTE;

	for (uint32_t i = 0; i < ROWS_LOOKED_AT; i++) {
		enum err e = csv_skim(&look, &row);
		if (e == ERR_END)
			break;
		if (e != OK)
			continue;
		if (before != 0 && row.ts > before && (i == 1 || row.ts - before < length))
			length = row.ts - before;
		before = row.ts;
	}
	return length > NS_SECOND ? length : NS_SECOND;	/* rows nearer than that are told */
}

static int source_open(struct source *s, const char *name)
{
	bool standard = str_eq(str_of(name), STR("-"));

	s->name = standard ? "standard input" : name;
	s->fd = standard ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0)
		return fail(s, strerror(errno));
	enum err e = refill(s);
	if (e == ERR_IO)
		return EXIT_FAILED;
	if (csv_begin(&s->csv, (struct str){ s->buffer, s->whole }) != OK)
		return fail(s, s->csv.why);
	s->csv.dates = true;
	return 0;
}

/* ---- expressions */

static int complain(struct str text, const struct rule_error *why)
{
	fprintf(stderr, "gambler indicator: column %u: %s\n  %.*s\n  %*s^\n", why->at + 1,
		why->text, (int)text.n, text.s, (int)why->at, "");
	return EXIT_USAGE;
}

static int compile(struct job *j, struct arena *a, const struct options *o)
{
	/* Frames are multiples of a timeframe between a minute and an hour; what is longer or
	 * shorter has none of its own. */
	ns minutes = j->length / NS_MINUTE;
	int seconds = minutes < 1 ? 60 : minutes > 60 ? 3600 : (int)minutes * 60;

	j->n = (uint32_t)o->argc - 1;
	j->plan = plan_new(a, j->n * NODES_FOR_ONE, seconds);
	for (uint32_t i = 0; i < j->n; i++) {
		struct rule_error why;
		struct str text = str_of(o->argv[i]);
		if (!rule_compile(j->plan, text, &(struct rule_scope){ 0 }, RULE_ANY, &j->ref[i],
				  &why))
			return complain(text, &why);
	}
	plan_seal(j->plan);
	return 0;
}

static enum err chart_make(struct job *j, struct arena *a)
{
	static const sym only = 0;
	struct chart_config c = { .plan = j->plan, .raw = true, .symbols = 1, .symbol = &only,
				  .bench = SYM_NONE };

	enum err e = arena_open(a, chart_size(&c));
	if (e == OK)
		j->chart = chart_new(a, &c);
	return e;
}

/* ---- values */

static void print_field(struct str s)
{
	bool quote = memchr(s.s, ',', s.n) != NULL || memchr(s.s, '"', s.n) != NULL;

	if (quote)
		putchar('"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.s[i] == '"')
			putchar('"');
		putchar(s.s[i]);
	}
	if (quote)
		putchar('"');
}

static void print_value(double v)
{
	char digits[DOUBLE_TEXT];

	if (!isfinite(v))
		return;
	(void)double_text_short(digits, v);
	fputs(digits, stdout);
}

static void print_row(struct job *j, struct str time, bool values)
{
	print_field(time);
	for (uint32_t i = 0; i < j->n; i++) {
		putchar(',');
		if (values)
			print_value(chart_value(j->chart, 0, &j->ref[i], NULL));
	}
	putchar('\n');
}

static void bad_row(struct job *j, const char *why)
{
	if (j->bad++ < PROBLEMS_TOLD)
		fprintf(stderr, "gambler indicator: %s:%llu: %s\n", j->source.name,
			(unsigned long long)j->source.csv.line, why);
}

/* What is wrong with a row behind the others; NULL: nothing. */
static const char *take(struct job *j, const struct csv_row *row)
{
	uint32_t slot;

	if (j->symbol[0] == '\0' && row->symbol.n > 0 &&
	    !str_copy(j->symbol, sizeof j->symbol, row->symbol))
		return "the symbol is longer than 11 letters";
	if (!str_eq(row->symbol, str_of(j->symbol)))
		return "another symbol: keep the rows of one (grep '^timestamp\\|^AAPL,')";
	if (row->ts < j->end)
		return "it begins before the bar before it ends: sort the rows by time, and keep "
		       "to one timeframe";
	struct bar b = { .open_ts = row->ts, .ts = row->ts + j->length, .open = row->open,
			 .high = row->high, .low = row->low, .close = row->close,
			 .volume = row->volume };
	if (chart_take(j->chart, &b, 0) != CHART_CLOSED || !chart_next(j->chart, &slot))
		return "the volume is too large for a bar";
	j->end = b.ts;
	return NULL;
}

static int walk(struct job *j)
{
	struct csv_row row = { .time = { "", 0 } };
	enum err e;

	while ((e = next_row(&j->source, &row)) == OK || e == ERR_PARSE) {
		const char *why = e == OK ? take(j, &row) : j->source.csv.why;
		if (why != NULL)
			bad_row(j, why);
		print_row(j, row.time, why == NULL);
		row.time = (struct str){ "", 0 };
	}
	if (fflush(stdout) != 0)
		return fail(&j->source, "standard output takes no more");
	if (e == ERR_END && j->bad == 0)
		return EXIT_DONE;
	if (j->bad > 0)
		fprintf(stderr, "gambler indicator: %s: %llu row%s without values\n",
			j->source.name, (unsigned long long)j->bad, j->bad == 1 ? "" : "s");
	return EXIT_FAILED;
}

int cmd_indicator(int argc, char **argv)
{
	static const char *const flags[] = { "--list", NULL };
	static struct job job;
	struct arena plan_memory, chart_memory;
	struct options o;
	bool list = false;

	int code = options_read(&o, argc, argv, flags, &list);
	if (code != 0)
		return code;
	if (list) {
		indicators_list();
		return EXIT_DONE;
	}
	if (o.argc < 2)
		return usage_error("indicator", "wants an expression and a file", "");
	code = source_open(&job.source, o.argv[o.argc - 1]);
	if (code != 0)
		return code;
	job.length = length_of(&job.source);
	if (arena_open(&plan_memory, plan_size((uint32_t)o.argc * NODES_FOR_ONE)) != OK)
		return fail(&job.source, "not enough memory for the expressions");
	code = compile(&job, &plan_memory, &o);
	if (code != 0)
		return code;
	if (chart_make(&job, &chart_memory) != OK)
		return fail(&job.source, "not enough memory for the chart");
	fputs("timestamp", stdout);
	for (uint32_t i = 0; i < job.n; i++) {
		putchar(',');
		print_field(str_of(o.argv[i]));
	}
	putchar('\n');
	return walk(&job);
}
