/* How much of what the broker says may be wrong: each member of each of its documents
 * (test/golden/alpaca_answers.txt), spoiled in each of ten ways, and what is read of it then. The
 * table is test/golden/alpaca_tolerance.txt; TOLERANCE=1 prints it as it is. The examples in the
 * broker's own OpenAPI files are spoiled, too, where GAMBLER_SPECS is a folder with them. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "test/check.h"
#include "test/unit/alpaca_said.h"

#define DOC     8192
#define MEMBERS 128
#define DEEP    24	/* as deep as any document may be, with what is around it */

/* ---- members, and how they are spoiled */

struct member {
	char   path[96];
	size_t from, key_to, value, to;	/* "key" : value */
	enum json_type type;
};

static struct member member[MEMBERS];
static size_t members;

static void walk(struct json *j, const char *path);

static void walk_object(struct json *j, const char *path)
{
	struct str key;

	for (json_enter_object(j); json_next_key(j, &key);) {
		assert(members < MEMBERS);
		struct member *m = &member[members++];
		struct text t;
		text_init(&t, m->path, sizeof m->path - 1);
		text_cstr(&t, path);
		text_cstr(&t, path[0] != 0 ? "." : "");
		text_add(&t, key);
		text_done(&t);
		m->from = (size_t)(key.s - j->begin) - 1;
		m->key_to = m->from + key.n + 2;
		m->value = m->key_to + 1;
		m->type = json_peek(j);
		walk(j, m->path);
		m->to = json_offset(j);
	}
}

/* Of a list the first, the others are witnesses. */
static void walk(struct json *j, const char *path)
{
	char first[96];
	struct text t;

	if (json_peek(j) == JSON_OBJECT) {
		walk_object(j, path);
		return;
	}
	if (json_peek(j) != JSON_ARRAY) {
		json_skip(j);
		return;
	}
	text_init(&t, first, sizeof first - 1);
	text_cstr(&t, path);
	text_cstr(&t, path[0] != 0 ? "[0]" : "");
	text_done(&t);
	bool others = false;
	for (json_enter_array(j); json_next_item(j); others = true) {
		if (others)
			json_skip(j);
		else
			walk(j, first);
	}
}

enum spoil { ABSENT, NIL, TYPE, RENAMED, UNKNOWN, NEGATIVE, HUGE, EMPTY, NESTED, TWICE, SPOILS };
static const char *const spoils[] = { "absent", "null", "type", "renamed", "unknown", "negative",
				      "huge", "empty", "nested", "twice" };

static void repeat(struct text *t, const char *what, int n)
{
	while (n-- > 0)
		text_cstr(t, what);
}

/* A value in the place of another one; digits: a number in a string. */
static void other_value(struct text *t, const struct member *m, enum spoil how, int deep,
			bool digits)
{
	bool string = m->type == JSON_STRING;

	if (how == NIL)
		text_cstr(t, "null");
	else if (how == TYPE)
		text_cstr(t, string ? "{\"a\":7}" : m->type == JSON_BOOL ? "\"perhaps\"" : "true");
	else if (how == TWICE && digits)
		text_cstr(t, "\"77777\"");
	else if (how == UNKNOWN || how == TWICE)
		text_cstr(t, string ? "\"brand_new\"" : m->type == JSON_BOOL ? "7" : "77777");
	else if (how == NEGATIVE)
		text_cstr(t, string ? "\"-4.5e3\"" : "-4.5e3");
	else if (how == EMPTY)
		text_cstr(t, m->type == JSON_OBJECT ? "{}" : m->type == JSON_ARRAY ? "[]" : "\"\"");
	if (how == HUGE) {
		text_cstr(t, string ? "\"" : "");
		repeat(t, "9", 300);
		text_cstr(t, string ? "\"" : "");
	}
	if (how == NESTED) {
		repeat(t, "[", deep);
		repeat(t, "]", deep);
	}
}

static struct str spoiled(char *memory, struct str doc, const struct member *m, enum spoil how,
			  int deep)
{
	struct text t;
	size_t from = m->from, to = m->to;
	int64_t n;
	bool digits = num_parse_round(&n, (struct str){ doc.s + m->value + 1,
							to - m->value - 2 }) == OK;

	text_init(&t, memory, DOC);
	if (how == ABSENT && doc.s[to] == ',')
		to++;
	else if (how == ABSENT && doc.s[from - 1] == ',')
		from--;
	text_add(&t, (struct str){ doc.s, from });
	if (how == RENAMED)
		text_cstr(&t, "\"was_");
	if (how == RENAMED)
		text_add(&t, (struct str){ doc.s + from + 1, to - from - 1 });
	else if (how == TWICE)
		text_add(&t, (struct str){ doc.s + from, to - from });
	if (how == TWICE)
		text_char(&t, ',');
	if (how != ABSENT && how != RENAMED) {
		text_add(&t, (struct str){ doc.s + from, m->value - from });
		other_value(&t, m, how, deep, digits && m->type == JSON_STRING);
	}
	text_add(&t, (struct str){ doc.s + to, doc.n - to });
	assert(!t.full);
	return text_str(&t);
}

/* ---- the table */

static char sheet[256 * 1024], doc_line[DOC], spoilt[DOC];
static struct text made;
static struct said whole, absent, other;

static void cell(const char *word)
{
	text_cstr(&made, word);
	repeat(&made, " ", 9 - (int)strlen(word));
}

static bool same(const struct said *a, const struct said *b)
{
	return a->bytes == b->bytes && memcmp(a->lines, b->lines, a->bytes) == 0;
}

static const char *word_of(enum spoil how)
{
	if (other.e != OK)
		return "REFUSED";
	if (other.n < whole.n)
		return "left-out";
	if (same(&other, &whole))
		return ".";
	return how == ABSENT || same(&other, &absent) ? "default" : "taken";
}

/* The lines that are others without the member. */
static void effect(void)
{
	struct str was = { whole.lines, whole.bytes }, is = { absent.lines, absent.bytes };

	if (absent.e != OK || absent.n != whole.n)
		return;
	while (was.n > 0 && is.n > 0) {
		struct str a = str_cut(&was, '\n'), b = str_cut(&is, '\n');
		if (str_eq(a, b))
			continue;
		text_char(&made, ' ');
		text_add(&made, b);
	}
}

/* Whatever is spoiled: an order that is open does not become one that is over, and no shares are
 * done that were not; but where the member says so itself. */
static void careful(const char *name, const struct member *m, enum spoil how)
{
	const char *status = strstr(whole.lines, "\nstatus=");
	const char *now = strstr(other.lines, "\nstatus=");
	const char *done = strstr(whole.lines, "\ndone="), *after = strstr(other.lines, "\ndone=");
	static const char *const over[] = { "filled\n", "canceled\n", "expired\n", "replaced\n",
					    "rejected\n" };

	if (done == NULL || after == NULL || other.e != OK || other.n != whole.n)
		return;
	for (size_t i = 0; i < COUNT(over); i++)
		CHECK(strncmp(now + 8, over[i], strlen(over[i])) != 0 ||
		      strncmp(status + 8, over[i], strlen(over[i])) == 0,
		      "%s: %s %s does not end the order", name, m->path, spoils[how]);
	if (strstr(m->path, "filled_qty") != NULL || strstr(m->path, "cum_qty") != NULL)
		return;
	size_t n = strcspn(done + 1, "\n");
	CHECK(strncmp(done + 1, after + 1, n + 1) == 0 || strncmp(after, "\ndone=0\n", 8) == 0,
	      "%s: %s %s does no shares", name, m->path, spoils[how]);
}

static void row(const char *kind, const char *name, struct str doc, const struct member *m)
{
	text_cstr(&made, "  ");
	text_cstr(&made, m->path);
	repeat(&made, " ", 50 - (int)strlen(m->path));
	for (int how = 0; how < SPOILS; how++) {
		bool is_text = m->type == JSON_STRING || m->type == JSON_NUMBER;
		if ((how == HUGE || how == NEGATIVE) && !is_text) {
			cell("");
			continue;
		}
		said_read(kind, spoiled(spoilt, doc, m, (enum spoil)how, DEEP), &other);
		if (how == ABSENT)
			absent = other;
		cell(word_of((enum spoil)how));
		careful(name, m, (enum spoil)how);
	}
	effect();
	while (made.n > 0 && made.s[made.n - 1] == ' ')
		made.n--;
	text_char(&made, '\n');
	said_read(kind, spoiled(spoilt, doc, m, NESTED, JSON_DEPTH_MAX + 1), &other);
	CHECK(other.e != OK || strcmp(kind, "error") == 0,
	      "%s: %s nested deeper than anything is refused with all of it", name, m->path);
}

static void document(const char *kind, const char *name, struct str doc)
{
	struct json j;

	said_read(kind, doc, &whole);
	CHECK_INT(whole.e, OK, "%s is read", name);
	members = 0;
	json_open(&j, doc);
	walk(&j, "");
	CHECK_INT(json_done(&j), OK, "%s is a document", name);
	text_cstr(&made, name);
	text_char(&made, '\n');
	for (size_t i = 0; i < members; i++)
		row(kind, name, doc, &member[i]);
}

static void heading(void)
{
	text_cstr(&made, "What becomes of an answer of which one member is not as it should be:\n"
		  "  .         the same is read\n"
		  "  default   as if it were absent\n"
		  "  taken     what it says instead is read\n"
		  "  left-out  of several things this one is not read\n"
		  "  REFUSED   it is no answer: what it was about is not known, and is asked for\n"
		  "What a stream leaves out the next reconciliation tells. Of members that come "
		  "twice the last counts.\n"
		  "Behind a line: what is read without it, where that is something else.\n\n");
	repeat(&made, " ", 52);
	for (int how = 0; how < SPOILS; how++)
		cell(spoils[how]);
	while (made.s[made.n - 1] == ' ')
		made.n--;
	text_char(&made, '\n');
}

static void compare(void)
{
	static char row_of[512];
	struct str rest = text_str(&made);
	int n = 0;
	FILE *f = fopen(check_golden("alpaca_tolerance.txt"), "r");

	if (!CHECK(f != NULL, "there is a table"))
		return;
	while (fgets(row_of, sizeof row_of, f) != NULL) {
		struct str want = str_of(row_of), got = str_cut(&rest, '\n');
		want.n -= want.n > 0 && want.s[want.n - 1] == '\n';
		n++;
		CHECK(str_eq(want, got), "line %d of the table: wanted \"%.*s\", got \"%.*s\"", n,
		      (int)want.n, want.s, (int)got.n, got.s);
	}
	CHECK_INT(rest.n, 0, "the table has every line");
	fclose(f);
}

void test_alpaca_tolerance(void)
{
	FILE *f = fopen(check_golden("alpaca_answers.txt"), "r");
	sym s;

	if (!CHECK(f != NULL, "there are answers"))
		return;
	said_symbols.n = 0;
	CHECK_INT(symbols_add(&said_symbols, STR("AAPL"), &s), OK, "a symbol");
	text_init(&made, sheet, sizeof sheet);
	heading();
	while (fgets(doc_line, sizeof doc_line, f) != NULL) {
		struct str doc = str_of(doc_line);
		if (doc.n < 3 || doc.s[0] == '#')
			continue;
		doc.n--;
		char kind[16], name[32];
		bool fits = str_copy(kind, sizeof kind, str_cut(&doc, ' ')) &&
			    str_copy(name, sizeof name, str_cut(&doc, ' '));
		assert(fits);
		document(kind, name, doc);
	}
	fclose(f);
	CHECK(!made.full, "the table fits its buffer");
	if (getenv("TOLERANCE") != NULL)
		fwrite(made.s, 1, made.n, stdout);
	else
		compare();
}

/* ---- the broker's own examples */

#define SPEC (1024 * 1024)

/* Where in a file they are, steps between bars (* is any), and what the answer has around it. */
static const struct { const char *file, *kind, *steps, *before, *behind; } examples[] = {
	{ "trading-api*.json", "account", "components|schemas|Account|x-examples|*", "", "" },
	{ "trading-api*.json", "account", "paths|/v2/account|get|responses|200|content|"
	  "application/json|example", "", "" },
	{ "trading-api*.json", "clock", "components|schemas|legacy_clock|example", "", "" },
	{ "trading-api*.json", "asset", "components|schemas|Assets|x-examples|*", "", "" },
	{ "trading-api*.json", "position", "components|schemas|Position|x-examples|*", "", "" },
	{ "trading-api*.json", "fills", "components|schemas|TradingActivities|x-examples|*", "[",
	  "]" },
	{ "trading-api*.json", "order", "components|examples|*|value", "", "" },
	{ "market-data-api*.json", "bars", "paths|/v2/stocks/bars|get|responses|200|content|"
	  "application/json|examples|*|value", "", "" },
	{ "market-data-api*.json", "actions", "components|schemas|forward_split|example",
	  "{\"corporate_actions\":{\"forward_splits\":[", "]}}" },
	{ "market-data-api*.json", "actions", "components|schemas|reverse_split|example",
	  "{\"corporate_actions\":{\"reverse_splits\":[", "]}}" },
	{ "market-data-api*.json", "actions", "components|schemas|name_change|example",
	  "{\"corporate_actions\":{\"name_changes\":[", "]}}" },
};

/* Without the blanks between its words. */
static void compact(struct text *t, struct str doc)
{
	bool within = false;

	for (size_t i = 0; i < doc.n; i++) {
		char c = doc.s[i];
		if (within || (c != ' ' && c != '\n' && c != '\r' && c != '\t'))
			text_char(t, c);
		if (within && c == '\\' && i + 1 < doc.n)
			text_char(t, doc.s[++i]);
		else if (c == '"')
			within = !within;
	}
}

static int example(size_t i, const char *name, struct str value)
{
	struct text t;

	text_init(&t, doc_line, sizeof doc_line);
	text_cstr(&t, examples[i].before);
	compact(&t, value);
	text_cstr(&t, examples[i].behind);
	if (!CHECK(!t.full, "%s: an example is no larger than an answer may be here", name))
		return 0;
	text_init(&made, sheet, sizeof sheet);
	document(examples[i].kind, name, text_str(&t));
	CHECK(!made.full, "%s: its table fits the buffer", name);
	said_read(examples[i].kind, text_str(&t), &whole);
	CHECK(whole.bytes > 0, "%s: something is read of it: %s", name, doc_line);
	if (getenv("TOLERANCE") != NULL)
		fwrite(made.s, 1, made.n, stdout);
	return 1;
}

/* So many were found in what the cursor stands on. */
static int follow(struct json *j, size_t i, struct str steps, const char *name)
{
	struct str step = str_cut(&steps, '|'), key;
	int n = 0;

	if (step.n == 0) {
		const char *from = j->begin + json_offset(j);
		json_skip(j);
		return example(i, name, (struct str){ from, (size_t)(j->begin + json_offset(j) -
								      from) });
	}
	if (json_peek(j) != JSON_OBJECT) {
		json_skip(j);
		return 0;
	}
	for (json_enter_object(j); json_next_key(j, &key);) {
		if (!str_eq(step, STR("*")) && !str_eq(step, key))
			json_skip(j);
		else
			n += follow(j, i, steps, name);
	}
	return n;
}

/* Of several the newest, by its name; NULL: there is none. */
static const char *spec_of(const char *file)
{
	static char path[512], *text;
	glob_t found;

	(void)snprintf(path, sizeof path, "%s/%s", getenv("GAMBLER_SPECS"), file);
	if (glob(path, 0, NULL, &found) != 0)
		return NULL;
	FILE *f = fopen(found.gl_pathv[found.gl_pathc - 1], "r");
	globfree(&found);
	if (text == NULL)
		text = malloc(SPEC);
	size_t n = f != NULL && text != NULL ? fread(text, 1, SPEC - 1, f) : 0;
	if (f != NULL)
		fclose(f);
	if (n > 0)
		text[n] = 0;
	return n > 0 ? text : NULL;
}

void test_alpaca_specs(void)
{
	static const char *const symbols[] = { "AAPL", "SRE", "MNTS", "BSAQ" };
	struct json j;
	sym s;

	if (getenv("GAMBLER_SPECS") == NULL) {
		printf("alpaca_tolerance: without GAMBLER_SPECS the broker's own examples are left "
		       "out\n");
		return;
	}
	said_symbols.n = 0;
	for (size_t i = 0; i < COUNT(symbols); i++)
		CHECK_INT(symbols_add(&said_symbols, str_of(symbols[i]), &s), OK, "a symbol");
	for (size_t i = 0; i < COUNT(examples); i++) {
		const char *text = spec_of(examples[i].file);
		if (text == NULL) {
			printf("alpaca_tolerance: GAMBLER_SPECS has no %s\n", examples[i].file);
			continue;
		}
		json_open(&j, str_of(text));
		int n = follow(&j, i, str_of(examples[i].steps), examples[i].steps);
		CHECK_INT(json_done(&j), OK, "%s is a document", examples[i].file);
		CHECK(n > 0, "%s has examples at %s", examples[i].file, examples[i].steps);
	}
}
