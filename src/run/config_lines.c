/* gambler.ini as entries: reading the file, the environment and the command line; telling
 * what is wrong, where, and what may have been meant. */
#include "run/config_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/asset.h"

/* ---- problems */

void config_problem(struct reader *r, const struct entry *e, const char *what, const char *hint)
{
	struct text t;

	if (*r->problems >= CONFIG_PROBLEMS)
		return;
	char *s = r->problem[(*r->problems)++].text;
	text_init(&t, s, sizeof r->problem[0].text - 1);
	if (e == NULL || e->line > 0)
		text_cstr(&t, r->file);
	else
		text_cstr(&t, "command line or environment");
	if (e != NULL && e->line > 0) {
		text_char(&t, ':');
		text_i64(&t, e->line);
	}
	text_cstr(&t, ": ");
	if (e != NULL && e->section.n > 0) {
		text_char(&t, '[');
		text_add(&t, e->section);
		text_cstr(&t, "] ");
		if (e->name.n > 0) {
			text_add(&t, e->name);
			text_cstr(&t, ": ");
		}
	}
	text_cstr(&t, what);
	if (hint != NULL) {
		text_cstr(&t, " (did you mean ");
		text_cstr(&t, hint);
		text_cstr(&t, "?)");
	}
	s[t.n] = 0;
}

/* ---- the nearest word */

/* Levenshtein, on short words. */
static int distance(struct str a, const char *b)
{
	enum { MAX = 40 };
	int row[MAX + 1];
	size_t bn = strlen(b);

	if (bn > MAX || a.n > MAX)
		return MAX;
	for (size_t j = 0; j <= bn; j++)
		row[j] = (int)j;
	for (size_t i = 1; i <= a.n; i++) {
		int corner = row[0];
		row[0] = (int)i;
		for (size_t j = 1; j <= bn; j++) {
			int up = row[j];
			int best = corner + (a.s[i - 1] != b[j - 1]);
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			corner = up;
		}
	}
	return row[bn];
}

const char *word_nearest(struct str word, const char *(*each)(void *ctx, uint32_t i), void *ctx)
{
	const char *best = NULL, *w;
	int least = (int)word.n / 2 + 1;

	for (uint32_t i = 0; (w = each(ctx, i)) != NULL; i++) {
		int d = distance(word, w);
		if (d < least) {
			least = d;
			best = w;
		}
	}
	return best;
}

/* ---- lines into entries */

static struct str keep(struct reader *r, struct str s)
{
	if (r->pool_n + s.n > sizeof r->pool)
		return (struct str){ "", 0 };
	char *at = r->pool + r->pool_n;
	memcpy(at, s.s, s.n);
	r->pool_n += s.n;
	return (struct str){ at, s.n };
}

static void add_entry(struct reader *r, struct str section, struct str name, struct str value, int line)
{
	struct entry e = { keep(r, section), keep(r, name), keep(r, value), line, false };

	if (r->n == ENTRIES_MAX) {
		config_problem(r, &e, "more than 1024 lines with values: split the instances", NULL);
		return;
	}
	for (uint32_t i = 0; i < r->n && line > 0; i++) {
		if (!str_eq(r->entry[i].section, section) || !str_eq(r->entry[i].name, name) ||
		    r->entry[i].line == 0)
			continue;
		config_problem(r, &e, "given twice: one of them would be ignored", NULL);
		return;
	}
	r->entry[r->n++] = e;
}

/* inih asks for lines as fgets would give them. */
static char *next_line(char *dst, int size, void *ctx)
{
	struct reader *r = ctx;
	size_t n = 0;

	if (r->input.n == 0)
		return NULL;
	while (n < r->input.n && n < (size_t)size - 1 && r->input.s[n] != '\n')
		n++;
	bool whole = n < r->input.n && r->input.s[n] == '\n' && n < (size_t)size - 1;
	memcpy(dst, r->input.s, n);
	if (whole)
		dst[n] = '\n';
	dst[n + whole] = 0;
	r->input.s += n + whole;
	r->input.n -= n + whole;
	r->line++;
	return dst;
}

static int one_entry(void *ctx, const char *section, const char *name, const char *value)
{
	struct reader *r = ctx;

	add_entry(r, str_of(section), str_of(name), str_of(value), r->line);
	return 1;
}

static bool clean(struct reader *r, struct str text)
{
	struct entry e = { .line = 1 };

	for (size_t i = 0; i < text.n; i++) {
		size_t line = i;
		while (i < text.n && text.s[i] != '\n' && text.s[i] != 0)
			i++;
		if (i < text.n && text.s[i] == 0) {
			config_problem(r, &e, "a NUL byte: this is no text file", NULL);
			return false;
		}
		if (i - line > INI_MAX_LINE - 2) {
			config_problem(r, &e, "line of more than 198 bytes", NULL);
			return false;
		}
		e.line++;
	}
	return true;
}

static void read_text(struct reader *r, struct str text)
{
	struct entry e = { .line = 0 };

	if (!clean(r, text))
		return;
	r->input = text;
	r->line = 0;
	e.line = ini_parse_stream(next_line, r, one_entry, r);
	if (e.line > 0)
		config_problem(r, &e, "neither [section] nor key = value", NULL);
}

/* ---- files */

static bool read_file(struct reader *r, const char *path)
{
	static char memory[FILE_MAX];
	size_t n = 0;
	struct stat st;

	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	r->file = path;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		config_problem(r, NULL, "is not a file", NULL);
		close(fd);
		return true;
	}
	for (;;) {
		ssize_t got = read(fd, memory + n, sizeof memory - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	close(fd);
	if (n == sizeof memory)
		config_problem(r, NULL, "larger than 256 kB", NULL);
	else
		read_text(r, (struct str){ memory, n });
	return true;
}

void config_find_file(struct reader *r, const char *path)
{
	const struct asset *sample = asset_find(STR("gambler.ini"));

	if (path != NULL) {
		if (!read_file(r, path)) {
			r->file = path;
			config_problem(r, NULL, strerror(errno), NULL);
		}
	} else if (!read_file(r, "gambler.ini") && !read_file(r, "/etc/gambler/gambler.ini")) {
		r->file = "built in";
		assert(sample != NULL && !sample->gzip);
		read_text(r, (struct str){ (const char *)sample->data, sample->size });
	}
	if (!str_copy(r->c->file, sizeof r->c->file, str_of(r->file)))
		config_problem(r, NULL, "path is too long", NULL);
}

/* "section.key=value" and GAMBLER_SECTION_KEY. Instances may be named: "instance.NAME.key". */
void config_override(struct reader *r, const char *text)
{
	struct entry e = { .section = str_of(text) };
	struct str value = str_of(text);
	struct str path = str_cut(&value, '=');
	struct str name = path;
	char section[SECTION_MAX];
	struct text t;

	struct str first = str_cut(&name, '.');
	text_init(&t, section, sizeof section - 1);
	text_add(&t, first);
	if (str_eq(first, STR("instance")) || str_eq(first, STR("strategy"))) {
		text_char(&t, ' ');
		text_add(&t, str_cut(&name, '.'));
	}
	if (t.full || name.n == 0 || path.n == strlen(text)) {
		config_problem(r, &e, "is not section.key=value", NULL);
		return;
	}
	add_entry(r, text_str(&t), name, value, 0);
}

void config_environment(struct reader *r)
{
	char name[80];
	struct text t;

	for (const struct key *k = config_keys; k->name != NULL; k++) {
		text_init(&t, name, sizeof name);
		text_cstr(&t, "GAMBLER_");
		text_cstr(&t, k->section);
		text_char(&t, '_');
		text_cstr(&t, k->name);
		for (size_t i = 0; i < t.n; i++)
			if (name[i] >= 'a' && name[i] <= 'z')
				name[i] = (char)(name[i] - 'a' + 'A');
		const char *value = getenv(text_done(&t));
		if (value != NULL)
			add_entry(r, str_of(k->section), str_of(k->name), str_of(value), 0);
	}
}
