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

static void where(struct text *t, const struct reader *r, const struct entry *e)
{
	if (e != NULL && e->line == LINE_OPTION) {
		text_cstr(t, "--set");
	} else if (e != NULL && e->line == LINE_ENVIRONMENT) {
		text_cstr(t, "environment");
	} else {
		text_cstr(t, r->file);
		if (e != NULL) {
			text_char(t, ':');
			text_i64(t, e->line);
		}
	}
	text_cstr(t, ": ");
}

void config_problem(struct reader *r, const struct entry *e, const char *what, const char *hint)
{
	struct text t;

	if (*r->problems >= CONFIG_PROBLEMS)
		return;
	char *s = r->problem[(*r->problems)++].text;
	text_init(&t, s, sizeof r->problem[0].text - 1);
	where(&t, r, e);
	if (e != NULL && e->section.n > 0) {
		text_char(&t, '[');
		text_add(&t, e->section);
		text_cstr(&t, "] ");
	}
	if (e != NULL && e->name.n > 0) {
		text_add(&t, e->name);
		text_cstr(&t, ": ");
	}
	text_cstr(&t, what);
	if (hint != NULL) {
		text_cstr(&t, " (did you mean ");
		text_cstr(&t, hint);
		text_cstr(&t, "?)");
	}
	s[t.n] = 0;
}

/* ---- lines into entries */

/* A copy, with a NUL behind it. */
static bool keep(struct reader *r, struct str *s)
{
	if (r->pool_n + s->n + 1 > sizeof r->pool)
		return false;
	char *at = r->pool + r->pool_n;
	memcpy(at, s->s, s->n);
	at[s->n] = 0;
	r->pool_n += s->n + 1;
	s->s = at;
	return true;
}

static bool given_twice(struct reader *r, const struct entry *e)
{
	char words[80];
	struct text t;

	for (uint32_t i = 0; i < r->n; i++) {
		const struct entry *o = &r->entry[i];
		if (o->line <= 0 || !str_eq(o->section, e->section) || !str_eq(o->name, e->name))
			continue;
		text_init(&t, words, sizeof words);
		text_cstr(&t, "given twice, first in line ");
		text_i64(&t, o->line);
		text_cstr(&t, ": one of them would be ignored");
		config_problem(r, e, text_done(&t), NULL);
		return true;
	}
	return false;
}

static void add_entry(struct reader *r, struct str section, struct str name, struct str value,
		      int line)
{
	struct entry e = { section, name, value, line, false };

	if (r->n == ENTRIES_MAX) {
		config_problem(r, &e, "more than 1024 lines with values", NULL);
		return;
	}
	if (line > 0 && given_twice(r, &e))
		return;
	if (!keep(r, &e.section) || !keep(r, &e.name) || !keep(r, &e.value)) {
		config_problem(r, NULL, "the values are larger than 256 kB", NULL);
		return;
	}
	r->entry[r->n++] = e;
}

/* inih asks for lines as fgets would give them. Blanks at the beginning are taken away:
 * an indented line is a line, not the rest of the value before. */
static char *next_line(char *dst, int size, void *ctx)
{
	struct reader *r = ctx;

	if (r->input.n == 0)
		return NULL;
	struct str line = str_trim(str_cut(&r->input, '\n'));
	assert(line.n + 2 <= (size_t)size);	/* clean() saw to it */
	memcpy(dst, line.s, line.n);
	dst[line.n] = '\n';
	dst[line.n + 1] = 0;
	r->line++;
	return dst;
}

static int one_entry(void *ctx, const char *section, const char *name, const char *value)
{
	struct reader *r = ctx;

	add_entry(r, str_of(section), str_of(name), str_of(value), r->line);
	return 1;
}

/* What inih cannot take, or would take in silence; NULL: nothing. */
static const char *line_fault(struct str line)
{
	enum { SECTION_CUT = 49 };	/* inih cuts longer names */

	if (memchr(line.s, 0, line.n) != NULL)
		return "a NUL byte: this is no text file";
	if (line.n > INI_MAX_LINE - 2)
		return "a line of more than 198 bytes";
	if (line.n == 0 || line.s[0] == ';' || line.s[0] == '#')
		return NULL;
	if (line.s[0] != '[')
		return memchr(line.s, '=', line.n) == NULL && memchr(line.s, ':', line.n) == NULL ?
			"neither [section] nor key = value" : NULL;
	const char *end = memchr(line.s, ']', line.n);
	if (end == NULL)
		return "a section that lacks its ]";
	if (end - line.s - 1 > SECTION_CUT)
		return "a section's name of more than 49 bytes";
	return NULL;
}

static bool clean(struct reader *r, struct str text)
{
	struct entry e = { .line = 1 };
	uint32_t before = *r->problems;

	for (; text.n > 0; e.line++) {
		const char *fault = line_fault(str_trim(str_cut(&text, '\n')));
		if (fault != NULL)
			config_problem(r, &e, fault, NULL);
	}
	return *r->problems == before;
}

void config_read_text(struct reader *r, struct str text)
{
	struct entry e = { .line = 0 };

	if (text.n >= 3 && memcmp(text.s, "\xef\xbb\xbf", 3) == 0) {
		text.s += 3;		/* a byte order mark, as some editors put it */
		text.n -= 3;
	}
	if (!clean(r, text))
		return;
	r->input = text;
	r->line = 0;
	e.line = ini_parse_stream(next_line, r, one_entry, r);
	if (e.line > 0)
		config_problem(r, &e, "neither [section] nor key = value", NULL);
}

/* ---- files */

/* False: there is no such file. Any other trouble with it is told. */
static bool read_file(struct reader *r, const char *path)
{
	static char memory[FILE_MAX];
	size_t n = 0;
	ssize_t got;
	struct stat st;

	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return false;
	r->file = path;
	if (fd < 0) {
		config_problem(r, NULL, strerror(errno), NULL);
		return true;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		config_problem(r, NULL, "is not a file", NULL);
		close(fd);
		return true;
	}
	do {
		got = read(fd, memory + n, sizeof memory - n);
		if (got > 0)
			n += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0)
		config_problem(r, NULL, strerror(errno), NULL);
	else if (n == sizeof memory)
		config_problem(r, NULL, "larger than 256 kB", NULL);
	else
		config_read_text(r, (struct str){ memory, n });
	close(fd);
	explicit_bzero(memory, n);	/* there may be a token in it */
	return true;
}

void config_find_file(struct reader *r, const char *path)
{
	if (path != NULL) {
		if (!read_file(r, path)) {
			r->file = path;
			config_problem(r, NULL, "there is no such file", NULL);
		}
	} else if (!read_file(r, "gambler.ini") && !read_file(r, "/etc/gambler/gambler.ini")) {
		r->file = "built in";
		config_read_text(r, asset_text("gambler.ini"));
	}
}

/* ---- command line and environment */

/* "exchange.speed" for "speed". */
static const char *path_of(struct str name, char *memory, size_t size)
{
	const struct key *k = config_find_key(config_keys, (struct str){ "", 0 }, name);
	struct text t;

	if (k == NULL)
		return NULL;
	text_init(&t, memory, size);
	text_cstr(&t, k->section);
	text_char(&t, '.');
	text_cstr(&t, k->name);
	return text_done(&t);
}

/* "risk.day_loss=5%", "instance.NAME.position=500": the key is behind the last point. */
void config_override(struct reader *r, const char *text)
{
	struct str value = str_of(text);
	struct str path = str_cut(&value, '=');
	bool whole = path.n < strlen(text);
	struct entry e = { .name = path = str_trim(path), .line = LINE_OPTION };
	size_t point = path.n;
	char section[SECTION_MAX], hint[64];
	struct text t;

	while (point > 0 && path.s[point - 1] != '.')
		point--;
	if (!whole || point < 2 || point == path.n) {
		config_problem(r, &e, "is not section.key=value",
			       whole && point == 0 ? path_of(path, hint, sizeof hint) : NULL);
		return;
	}
	struct str name = { path.s + point, path.n - point }, rest = { path.s, point - 1 };
	struct str first = str_cut(&rest, '.');
	text_init(&t, section, sizeof section);
	text_add(&t, first);
	if (rest.n > 0) {
		text_char(&t, ' ');	/* [instance NAME] */
		text_add(&t, rest);
	}
	if (t.full)
		config_problem(r, &e, "is too long for section.key=value", NULL);
	else
		add_entry(r, text_str(&t), name, str_trim(value), LINE_OPTION);
}

void config_environment(struct reader *r)
{
	static const struct str prefix = { "GAMBLER_", 8 };
	char lower[80];

	for (char **v = environ; v != NULL && *v != NULL; v++) {
		struct str value = str_of(*v), name = str_cut(&value, '=');
		if (!str_starts(name, prefix) || name.n - prefix.n > sizeof lower)
			continue;
		name = (struct str){ name.s + prefix.n, name.n - prefix.n };
		for (size_t i = 0; i < name.n; i++)
			lower[i] = name.s[i] >= 'A' && name.s[i] <= 'Z' ?
				(char)(name.s[i] + 'a' - 'A') : name.s[i];
		struct str key = { lower, name.n };
		struct str section = str_cut(&key, '_');
		if (key.n == 0 || !config_known_section(section))
			continue;	/* somebody else's, as GAMBLER_USER of the init script */
		add_entry(r, section, key, value, LINE_ENVIRONMENT);
		const struct key *k = config_find_key(config_keys, section, key);
		if (k != NULL && k->type == KEY_SECRET)
			explicit_bzero(*v + (value.s - *v), value.n);
	}
}
