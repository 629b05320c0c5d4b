/* faults_script.c: scripts as a whole: lines, comments, where WHEN ends. */
#include "exchange/faults_read.h"

/* Where WHEN ends: a colon with a blank or nothing behind it, outside of quotes. *open: a quote
 * that does not end. */
static size_t colon(struct str line, const char **open)
{
	char quote = 0;
	size_t at = line.n;

	*open = NULL;
	for (size_t i = 0; i < line.n; i++) {
		char c = line.s[i];
		if (quote != 0) {
			quote = c == quote ? 0 : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
			*open = line.s + i;
		} else if (c == ':' && at == line.n && (i + 1 == line.n || line.s[i + 1] == ' ' ||
							line.s[i + 1] == '\t')) {
			at = i;
		}
	}
	if (quote == 0)
		*open = NULL;
	return at;
}

static bool read_rule(struct fault_reader *r, struct str line)
{
	struct fault_script *s = r->s;
	const char *open;
	size_t at = colon(line, &open);
	struct str when = { line.s, at }, what;

	if (s->n == FAULT_RULES_MAX)
		return fr_bad(r, (struct str){ line.s, 0 }, "256 rules are in force: no more",
			      NULL);
	if (open != NULL)
		return fr_bad(r, (struct str){ open, 1 }, "this quote does not end", NULL);
	if (at == line.n)
		return fr_bad(r, (struct str){ line.s + line.n, 0 },
			      "a rule is WHEN: WHAT, with a colon and a blank between", NULL);
	struct fault_rule *f = &s->rule[s->n];
	*f = (struct fault_rule){ .text = line, .file = r->file, .line = r->line, .side = -1,
				  .type = -1, .cls = -1, .tif = -1, .p = NUM_ONE, .from = 1,
				  .to = UINT32_MAX, .nth = 1 };
	if (!fr_when(r, f, when))
		return false;
	what = (struct str){ line.s + at + 1, line.n - at - 1 };
	if (!fr_what(r, f, what) || !fr_whole(r, f, when))
		return false;
	s->n++;
	return true;
}

/* The line up to a comment: a hash at its beginning, or one between blanks, outside of quotes. */
static struct str without_comment(struct str line)
{
	char quote = 0;

	for (size_t i = 0; i < line.n; i++) {
		char c = line.s[i];
		bool alone = i + 1 == line.n || line.s[i + 1] == ' ' || line.s[i + 1] == '\t';
		if (quote != 0)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '#' && (i == 0 || (alone && (line.s[i - 1] == ' ' ||
							   line.s[i - 1] == '\t'))))
			return str_trim((struct str){ line.s, i });
	}
	return line;
}

static const char *control_in(struct str line)
{
	for (size_t i = 0; i < line.n; i++)
		if ((unsigned char)line.s[i] < ' ' && line.s[i] != '\t')
			return line.s + i;
	return NULL;
}

/* A copy that lives as long as the rules. */
static bool keep(struct fault_script *s, struct str *t)
{
	if (t->n > FAULT_TEXT_MAX - s->pool_n)
		return false;
	if (t->n > 0)
		memcpy(s->pool + s->pool_n, t->s, t->n);
	t->s = s->pool + s->pool_n;
	s->pool_n += t->n;
	return true;
}

bool faults_parse(struct fault_script *s, struct str file, struct str text, struct text *why)
{
	struct fault_reader r = { .s = s, .why = why, .file = file };
	uint32_t n = s->n;
	size_t pool_n = s->pool_n;

	if (!keep(s, &r.file) || !keep(s, &text)) {
		s->pool_n = pool_n;
		r.file = file;
		r.begin = text.s;
		r.line = 1;
		return fr_bad(&r, (struct str){ text.s, 0 }, "scripts in force are limited to "
			      "128 kB together", NULL);
	}
	if (str_starts(text, STR("\xef\xbb\xbf")))	/* as some editors begin a file */
		text = (struct str){ text.s + 3, text.n - 3 };
	while (text.n > 0) {
		struct str line = str_cut(&text, '\n');
		r.line++;
		r.begin = line.s;
		if (line.n > 0 && line.s[line.n - 1] == '\r')
			line.n--;
		line = without_comment(str_trim(line));
		const char *odd = control_in(line);
		if (odd != NULL)
			(void)fr_bad(&r, (struct str){ odd, 0 }, "a byte that is no text; scripts "
				     "are UTF-8, a rule a line", NULL);
		else if (line.n > 0)
			(void)read_rule(&r, line);
	}
	if (r.errors == 0)
		return true;
	s->n = n;
	s->pool_n = pool_n;
	return false;
}
