/* The text of gambler.ini as entries; telling what is wrong, where, and what may have been
 * meant. */
#include "run/config_inner.h"

#include <ini.h>

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

/* What several instances would tell of one strategy is told once. */
static void told(struct reader *r)
{
	const char *newest = r->problem[*r->problems - 1].text;

	for (uint32_t i = 0; i + 1 < *r->problems; i++) {
		if (strcmp(r->problem[i].text, newest) != 0)
			continue;
		(*r->problems)--;
		return;
	}
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
	told(r);
}

/* The value's byte `offset` is to be pointed at: FILE:LINE:COLUMN. */
void config_problem_at(struct reader *r, const struct entry *e, uint32_t offset, const char *what)
{
	const struct config_place *p = NULL;
	struct text t;

	for (uint32_t i = 0; i < r->places; i++)
		if (&r->entry[r->place[i].entry] == e && r->place[i].offset <= offset)
			p = &r->place[i];
	if (p == NULL || *r->problems >= CONFIG_PROBLEMS) {
		config_problem(r, e, what, NULL);
		return;
	}
	uint32_t column = p->column;
	for (uint32_t i = p->offset; i < offset && i < e->value.n; i++)
		column += ((unsigned char)e->value.s[i] & 0xc0) != 0x80;
	char *s = r->problem[(*r->problems)++].text;
	text_init(&t, s, sizeof r->problem[0].text - 1);
	text_cstr(&t, p->line > 0 ? r->file : "--set");
	text_char(&t, ':');
	if (p->line > 0) {
		text_i64(&t, p->line);
		text_char(&t, ':');
	}
	text_u64(&t, column);
	text_cstr(&t, ": ");
	text_cstr(&t, what);
	s[t.n] = 0;
	told(r);
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

void config_add(struct reader *r, struct str section, struct str name, struct str value,
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

/* What a physical line is; `in_value`: the one before was a key's or went on with one. */
enum line_kind { LINE_BLANK, LINE_COMMENT, LINE_SECTION, LINE_KEY, LINE_MORE, LINE_NONE };

/* "key =" or "key :", but not "close == open", which is the rest of a rule. */
static bool looks_like_key(struct str s)
{
	size_t n = 0;

	while (n < s.n && (s.s[n] == '_' || s.s[n] == '$' || (s.s[n] >= 'a' && s.s[n] <= 'z') ||
			   (s.s[n] >= 'A' && s.s[n] <= 'Z') ||
			   (n > 0 && (s.s[n] == '-' || s.s[n] == '.' ||
				      (s.s[n] >= '0' && s.s[n] <= '9')))))
		n++;
	size_t name = n;
	while (n < s.n && (s.s[n] == ' ' || s.s[n] == '\t'))
		n++;
	return name > 0 && n < s.n && (s.s[n] == ':' ||
		(s.s[n] == '=' && (n + 1 == s.n || s.s[n + 1] != '=')));
}

static enum line_kind kind_of(struct str raw, bool in_value)
{
	struct str line = str_trim(raw);

	if (line.n == 0 || (line.n == 1 && line.s[0] == '\r'))
		return LINE_BLANK;
	if (line.s[0] == ';' || line.s[0] == '#')
		return LINE_COMMENT;
	if (line.s[0] == '[')
		return LINE_SECTION;
	if (in_value && line.s > raw.s && !looks_like_key(line))
		return LINE_MORE;
	if (memchr(line.s, '=', line.n) != NULL || memchr(line.s, ':', line.n) != NULL)
		return LINE_KEY;
	return LINE_NONE;
}

static bool goes_on(enum line_kind k, bool in_value)
{
	return k == LINE_KEY || k == LINE_MORE || (k == LINE_COMMENT && in_value);
}

/* inih takes LINE_MAX bytes at a time. What is longer is handed over in pieces, cut at blanks,
 * each as a line that goes on with the value; a remark behind the value is left out first. */
enum { LINE_MAX_BYTES = INI_MAX_LINE - 4 };

static struct str without_remark(struct str line)
{
	for (size_t i = 1; i < line.n; i++)
		if (line.s[i] == ';' && (line.s[i - 1] == ' ' || line.s[i - 1] == '\t'))
			return str_trim((struct str){ line.s, i });
	return line;
}

/* Cuts a first piece off; 0 bytes: there is no blank at which that could be done. */
static struct str first_piece(struct str *line)
{
	size_t n = LINE_MAX_BYTES;

	if (line->n <= LINE_MAX_BYTES) {
		struct str all = *line;
		line->n = 0;
		return all;
	}
	/* A piece that begins with # would be taken for a remark. */
	while (n > 0 && !((line->s[n] == ' ' || line->s[n] == '\t') && line->s[n + 1] != '#' &&
			  line->s[n + 1] != '['))
		n--;
	struct str first = { line->s, n };
	*line = str_trim((struct str){ line->s + n, line->n - n });
	return first;
}

/* The sign of a key must be in its first piece. */
static bool can_be_cut(struct str line, bool key)
{
	line = without_remark(line);
	while (line.n > 0) {
		struct str piece = first_piece(&line);
		if (piece.n == 0 || (key && memchr(piece.s, '=', piece.n) == NULL &&
				     memchr(piece.s, ':', piece.n) == NULL))
			return false;
		key = false;
	}
	return true;
}

/* inih asks for lines as fgets would give them. Blanks at the beginning are taken away, unless
 * the line goes on with the value before: that is what a blank there tells inih. */
static char *next_line(char *dst, int size, void *ctx)
{
	struct reader *r = ctx;
	struct str piece;

	r->more = r->rest.n > 0;
	if (!r->more) {
		if (r->input.n == 0)
			return NULL;
		r->raw = str_cut(&r->input, '\n');
		r->line++;
		enum line_kind kind = kind_of(r->raw, r->in_value);
		r->in_value = goes_on(kind, r->in_value);
		r->more = kind == LINE_MORE;
		r->rest = str_trim(r->raw);
		if (kind == LINE_COMMENT)
			r->rest.n = 1;
		else if (r->rest.n > LINE_MAX_BYTES)
			r->rest = without_remark(r->rest);
	}
	piece = first_piece(&r->rest);
	r->at = piece.s;
	assert(piece.n + 3 <= (size_t)size);	/* clean() saw to it */
	dst[0] = ' ';
	memcpy(dst + r->more, piece.s, piece.n);
	dst[r->more + piece.n] = '\n';
	dst[r->more + piece.n + 1] = 0;
	return dst;
}

/* Where the value that inih has found begins in its line: behind the first = or :. */
static void place(struct reader *r, uint32_t offset)
{
	struct config_place p = { .entry = r->n - 1, .offset = offset, .line = r->line,
				  .column = 1 };
	const char *at = r->at;

	while (!r->more && *at != '=' && *at != ':')
		at++;
	at += !r->more;
	while (at < r->raw.s + r->raw.n && (*at == ' ' || *at == '\t'))
		at++;
	for (const char *c = r->raw.s; c < at; c++)
		p.column += ((unsigned char)*c & 0xc0) != 0x80;
	if (r->places < PLACES_MAX)
		r->place[r->places++] = p;
}

/* The value of the entry before goes on: it is the last in the pool. */
static void append(struct reader *r, struct str more)
{
	if (!r->added || more.n == 0)
		return;
	assert(r->n > 0);
	struct entry *e = &r->entry[r->n - 1];
	size_t blank = e->value.n > 0 ? 1 : 0;
	assert(e->value.s + e->value.n + 1 == r->pool + r->pool_n);
	if (r->pool_n + more.n + blank > sizeof r->pool) {
		config_problem(r, NULL, "the values are larger than 256 kB", NULL);
		return;
	}
	char *end = r->pool + r->pool_n - 1;
	*end = ' ';
	memcpy(end + blank, more.s, more.n);
	end[blank + more.n] = 0;
	r->pool_n += more.n + blank;
	place(r, (uint32_t)(e->value.n + blank));
	e->value.n += more.n + blank;
}

static int one_entry(void *ctx, const char *section, const char *name, const char *value)
{
	struct reader *r = ctx;
	uint32_t before = r->n;

	if (r->more) {
		append(r, str_of(value));
		return 1;
	}
	config_add(r, str_of(section), str_of(name), str_of(value), r->line);
	r->added = r->n > before;
	if (r->added)
		place(r, 0);
	return 1;
}

/* What inih cannot take, or would take in silence; NULL: nothing. */
static const char *line_fault(struct str line, enum line_kind kind)
{
	enum { SECTION_CUT = 49 };	/* inih cuts longer names */

	if (memchr(line.s, 0, line.n) != NULL)
		return "a NUL byte: this is no text file";
	if (kind == LINE_NONE)
		return "neither [section] nor key = value, nor indented to go on";
	if ((kind == LINE_KEY || kind == LINE_MORE) && !can_be_cut(line, kind == LINE_KEY))
		return "more than 196 bytes without a blank";
	if (kind != LINE_SECTION)
		return NULL;
	if (line.n > LINE_MAX_BYTES)
		return "a section's line of more than 196 bytes";
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
	bool in_value = false;

	for (; text.n > 0; e.line++) {
		struct str raw = str_cut(&text, '\n');
		enum line_kind kind = kind_of(raw, in_value);
		const char *fault = line_fault(str_trim(raw), kind);
		in_value = goes_on(kind, in_value);
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
	r->unread = !clean(r, text);
	if (r->unread)
		return;
	r->input = text;
	r->line = 0;
	r->rest.n = 0;
	r->in_value = r->added = false;
	e.line = ini_parse_stream(next_line, r, one_entry, r);
	if (e.line > 0)
		config_problem(r, &e, "neither [section] nor key = value, nor indented to go on",
			       NULL);
}
