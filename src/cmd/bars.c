/* bars.c: `gambler import` and `gambler export`: kept bars, in and out as CSV. */
#include "cmd/bars.h"

#include <errno.h>
#include <stdio.h>

#include "base/text.h"
#include "cmd/rows.h"
#include "feed/import.h"

bool bars_folder(char out[static CONFIG_TEXT], const struct config *c)
{
	struct text t;

	text_init(&t, out, CONFIG_TEXT - 1);
	text_cstr(&t, c->folder);
	text_cstr(&t, "/bars");
	out[t.n] = '\0';
	return !t.full;
}

/* New York's date, as sessions have it. */
static void put_date(struct text *t, ns at)
{
	char date[16];

	text_add(t, (struct str){ date, date_text(date, ny_date(at)) });
}

static void tell_json(struct text *t, const char *symbol, uint32_t span_s,
		      const struct stored_did *did)
{
	const struct { const char *key; uint32_t n; } counts[] = {
		{ "added", did->added }, { "changed", did->changed }, { "same", did->same },
		{ "refused", did->refused }, { "total", did->total },
	};

	json_object(t);
	json_key(t, "symbol");
	json_cstr(t, symbol);
	json_key(t, "timeframe");
	json_cstr(t, stored_span_text(span_s));
	for (size_t i = 0; i < COUNT(counts); i++) {
		json_key(t, counts[i].key);
		json_i64(t, counts[i].n);
	}
	json_key(t, "first");
	json_time(t, did->first);
	json_key(t, "last");
	json_time(t, did->last);
	json_end_object(t);
}

void bars_tell(const char *symbol, uint32_t span_s, const struct stored_did *did, bool json)
{
	char memory[512];
	struct text t;

	text_init(&t, memory, sizeof memory);
	if (json) {
		tell_json(&t, symbol, span_s, did);
		puts(text_done(&t));
		return;
	}
	text_cstr(&t, symbol);
	text_char(&t, ' ');
	text_cstr(&t, stored_span_text(span_s));
	text_cstr(&t, ": ");
	text_grouped(&t, did->added);
	text_cstr(&t, did->added == 1 ? " bar added" : " bars added");
	if (did->changed > 0) {
		text_cstr(&t, ", ");
		text_grouped(&t, did->changed);
		text_cstr(&t, " changed");
	}
	if (did->same > 0) {
		text_cstr(&t, ", ");
		text_grouped(&t, did->same);
		text_cstr(&t, " known");
	}
	text_cstr(&t, "; kept now: ");
	text_grouped(&t, did->total);
	text_cstr(&t, " from ");
	put_date(&t, did->first);
	text_cstr(&t, " to ");
	put_date(&t, did->last);
	puts(text_done(&t));
}

#define SPANS "one of 1m 5m 15m 30m 60m 1d"

/* ---- import */

#define FILES_MAX 4096		/* more words no shell hands over in one piece of work */

struct import_setup {
	struct options o;
	const char *symbol;
	uint32_t span_s, files;
	const char *file[FILES_MAX];
};

static const char *import_word(void *setup, const char *value)
{
	struct import_setup *s = setup;

	if (s->files == FILES_MAX)
		return "no more than 4096 files at once";
	s->file[s->files++] = value;
	return NULL;
}

static const char *import_span(void *setup, const char *value)
{
	struct import_setup *s = setup;

	s->span_s = stored_span(str_of(value));
	return s->span_s != 0 ? NULL : SPANS;
}

static const struct row import_rows[] = {
	HEADING("Options"),
	{ WORDS, "FILE              header: timestamp,open,high,low,close,volume, and symbol when\n"
		"                  the file is not of one symbol; times RFC 3339 or since 1970",
		.read = import_word },
	{ TEXT, "--symbol AAPL     of files without that column; otherwise the file's name begins\n"
		"                  with it: AAPL.5m.csv",
		ROW_MEMBER(struct import_setup, symbol) },
	{ OTHER, "--timeframe 5m    the bars' length; otherwise the smallest step between them",
		.read = import_span },
	{ TEXT, "-c FILE           the configuration, which names the store (as for every command)",
		ROW_MEMBER(struct import_setup, o.config) },
	{ OTHER, "--set KEY=VALUE   section.key=value: as if it were in the file",
		.read = rows_set },
	{ FLAG, "--json            an object a line, for each symbol",
		ROW_MEMBER(struct import_setup, o.json), true },
};

void import_options_help(void)
{
	rows_help(import_rows, COUNT(import_rows));
	fputs("\nExit: 0 done, 1 a file could not be read, 2 usage, 78 configuration.\n"
	      "Example: gambler import bars/*.csv && gambler backtest --bars store\n", stdout);
}

static void import_tell(void *ctx, const char *symbol, uint32_t span_s,
			const struct stored_did *did)
{
	const struct import_setup *s = ctx;

	bars_tell(symbol, span_s, did, s->o.json);
}

static int import_files(struct import_setup *s, const char *folder)
{
	struct import_config c = { folder, s->symbol, s->span_s, print_error, import_tell, s };
	struct import_counts n = { 0 };
	char why[STORED_WHY];
	int code = EXIT_DONE;

	for (uint32_t i = 0; i < s->files; i++) {
		if (import_file(&c, s->file[i], &n, why) == OK)
			continue;
		fprintf(stderr, "gambler import: %s\n", why);
		code = EXIT_FAILED;
	}
	if (n.bad > 0)
		fprintf(stderr, "gambler import: %llu of %llu rows are no bars and were left out\n",
			(unsigned long long)n.bad, (unsigned long long)n.rows);
	return code;
}

int cmd_import(int argc, char **argv)
{
	static struct import_setup s;
	static struct config config;
	char folder[CONFIG_TEXT];

	int code = rows_read("import", import_rows, COUNT(import_rows), &s, argc, argv);
	if (code == 0 && s.files == 0)
		code = usage_error("import", "name a file, or - for the standard input", "");
	if (code == 0 && s.symbol != NULL && !symbol_ok(str_of(s.symbol)))
		code = usage_error("import", "this is no symbol", s.symbol);
	if (code == 0)
		code = options_config(&s.o, &config);
	if (code != 0)
		return code;
	if (!bars_folder(folder, &config))
		return usage_error("import", "the store's folder has too long a name", "");
	return import_files(&s, folder);
}

/* ---- export */

struct export_setup {
	struct options o;
	const char *file;
	uint32_t span_s, symbols;
	const char *symbol[SYMBOLS_MAX];
	day from, until;
};

static const char *export_symbol(void *setup, const char *value)
{
	struct export_setup *s = setup;

	if (s->symbols == SYMBOLS_MAX)
		return "no more than 1024 of them";
	s->symbol[s->symbols++] = value;
	return symbol_ok(str_of(value)) ? NULL : "a symbol like AAPL or BRK.B";
}

static const char *export_span(void *setup, const char *value)
{
	struct export_setup *s = setup;

	s->span_s = stored_span(str_of(value));
	return s->span_s != 0 ? NULL : SPANS;
}

static const struct row export_rows[] = {
	HEADING("Options"),
	{ WORDS, "SYMBOL            these only", .read = export_symbol },
	{ OTHER, "--symbol SYMBOL   the same", .read = export_symbol },
	{ OTHER, "--timeframe 5m    bars of this length; otherwise of all lengths, of which there\n"
		"                  may be one only for each symbol", .read = export_span },
	{ DAY, "--from DATE       the first day, New York's",
		ROW_MEMBER(struct export_setup, from) },
	{ DAY, "--to DATE         the last one", ROW_MEMBER(struct export_setup, until) },
	{ TEXT, "-o FILE           instead of the standard output",
		ROW_MEMBER(struct export_setup, file) },
	{ TEXT, "-c FILE           the configuration, which names the store (as for every command)",
		ROW_MEMBER(struct export_setup, o.config) },
	{ OTHER, "--set KEY=VALUE   section.key=value: as if it were in the file",
		.read = rows_set },
};

void export_options_help(void)
{
	rows_help(export_rows, COUNT(export_rows));
	fputs("\nExit: 0 done, 1 no bars or damaged ones, 2 usage, 78 configuration.\n"
	      "Example: gambler export AAPL --timeframe 5m --from 2024-01-01 -o aapl.csv\n",
	      stdout);
}

static bool wanted(const struct export_setup *s, const struct stored_name *n)
{
	bool named = s->symbols == 0;

	for (uint32_t i = 0; i < s->symbols; i++)
		named |= str_eq(str_of(s->symbol[i]), str_of(n->symbol));
	return named && (s->span_s == 0 || s->span_s == n->span_s);
}

static void print_bar(FILE *out, const char *symbol, const struct bar *b)
{
	const px price[] = { b->open, b->high, b->low, b->close };
	char memory[256];
	struct text t;

	text_init(&t, memory, sizeof memory);
	text_cstr(&t, symbol);
	text_char(&t, ',');
	text_time(&t, b->open_ts);
	for (size_t i = 0; i < COUNT(price); i++) {
		text_char(&t, ',');
		text_num(&t, price[i].n);
	}
	text_char(&t, ',');
	text_f64(&t, b->volume, 9);
	text_char(&t, '\n');
	(void)fwrite(t.s, 1, t.n, out);		/* ferror is asked at the end */
}

static int export_one(const struct export_setup *s, const char *folder,
		      const struct stored_name *n, FILE *out)
{
	ns until = s->until != 0 ? ny_time(s->until + 1, 0, 0) : INT64_MAX;
	char why[STORED_WHY];
	struct columns c;

	if (stored_open(&c, folder, n->symbol, n->span_s, why) != OK) {
		fprintf(stderr, "gambler export: %s\n", why);
		return EXIT_FAILED;
	}
	uint32_t i = s->from != 0 ? columns_seek(&c, ny_time(s->from, 0, 0)) : 0;
	for (; i < c.head->rows && columns_time(&c, i) < until; i++) {
		struct bar b = columns_bar(&c, i, 0);
		print_bar(out, n->symbol, &b);
	}
	columns_close(&c);
	return EXIT_DONE;
}

/* One file of CSV has no column of lengths: which of two is wanted has to be said. */
static bool ambiguous(const struct export_setup *s, const struct stored_name *names, uint32_t n)
{
	const char *before = "";

	for (uint32_t i = 0; i < n; i++) {
		if (!wanted(s, &names[i]))
			continue;
		if (str_eq(str_of(names[i].symbol), str_of(before))) {
			fprintf(stderr, "gambler export: there are bars of several lengths of %s: "
				"choose with --timeframe\n", before);
			return true;
		}
		before = names[i].symbol;
	}
	return false;
}

static int export_all(const struct export_setup *s, const char *folder, FILE *out)
{
	static struct stored_name names[STORED_FILES];
	uint32_t n = stored_list(folder, names, STORED_FILES), seen = 0;
	int code = EXIT_DONE;

	if (ambiguous(s, names, n))
		return EXIT_USAGE;
	for (uint32_t i = 0; i < n; i++) {
		if (!wanted(s, &names[i]))
			continue;
		if (seen++ == 0)
			fputs("symbol,timestamp,open,high,low,close,volume\n", out);
		code |= export_one(s, folder, &names[i], out);
	}
	if (seen > 0)
		return code;
	fprintf(stderr, "gambler export: no such bars are kept in %s: `gambler import` or "
		"`gambler fetch` puts them there\n", folder);
	return EXIT_FAILED;
}

int cmd_export(int argc, char **argv)
{
	static struct export_setup s;
	static struct config config;
	char folder[CONFIG_TEXT];
	FILE *out = stdout;

	int code = rows_read("export", export_rows, COUNT(export_rows), &s, argc, argv);
	if (code == 0)
		code = options_config(&s.o, &config);
	if (code != 0)
		return code;
	if (!bars_folder(folder, &config))
		return usage_error("export", "the store's folder has too long a name", "");
	if (s.file != NULL && !str_eq(str_of(s.file), STR("-")))
		out = fopen(s.file, "we");
	if (out == NULL) {
		fprintf(stderr, "gambler export: %s: %s\n", s.file, strerror(errno));
		return EXIT_FAILED;
	}
	code = export_all(&s, folder, out);
	bool bad = ferror(out) != 0;
	bad |= (out == stdout ? fflush(out) : fclose(out)) != 0;
	if (bad)
		fprintf(stderr, "gambler export: %s cannot be written: %s\n",
			s.file != NULL ? s.file : "the output", strerror(errno));
	return bad ? EXIT_FAILED : code;
}
