/* rows.c: reading what a table of options says. */
#include "cmd/rows.h"

#include <stdio.h>

struct table {
	const char *command;
	const struct row *rows;
	size_t n;
	void  *setup;
};

const char *rows_set(void *setup, const char *value)
{
	struct options *o = setup;

	if (o->sets == OVERRIDES_MAX)
		return "no more than 32 of them";
	o->set[o->sets++] = value;
	return strchr(value, '=') != NULL ? NULL : "section.key=value";
}

void rows_help(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str rest = str_of(rows[i].help);
		if (rows[i].kind == SECTION)
			puts("");
		while (rest.n > 0) {
			struct str line = str_cut(&rest, '\n');
			printf("%s%.*s\n", rows[i].kind == SECTION ? "" : "  ", (int)line.n,
			       line.s);
		}
	}
}

static struct str name_of(const struct row *r)
{
	struct str name = { r->help, strcspn(r->help, " ") };

	return r->kind == SECTION || r->kind == WORDS ? (struct str){ "", 0 } : name;
}

/* For word_nearest, which wants strings that stay. */
static const char *option_name(void *ctx, uint32_t i)
{
	static char name[ROWS_MAX][32];
	const struct table *t = ctx;

	assert(t->n <= ROWS_MAX);
	if (i >= t->n)
		return NULL;
	if (t->rows[i].kind == SECTION || t->rows[i].kind == WORDS)
		return "-------";		/* near to nothing */
	bool fits = str_copy(name[i], sizeof(name[i]), name_of(&t->rows[i]));
	assert(fits);
	return name[i];
}

static int complain(const struct table *t, struct str name, const char *value,
		    const char *wanted)
{
	fprintf(stderr, "gambler %s: %.*s%s'%.60s': %s. Try 'gambler help %s'.\n", t->command,
		(int)name.n, name.s, name.n > 0 ? " " : "", value, wanted, t->command);
	return EXIT_USAGE;
}

static int unknown(struct table *t, const char *word)
{
	const char *near = word_nearest(str_of(word), option_name, t);

	fprintf(stderr, "gambler %s: unknown option '%.60s'%s%s%s Try 'gambler help %s'.\n",
		t->command, word, near != NULL ? ", did you mean " : "",
		near != NULL ? near : "", near != NULL ? "?" : ".", t->command);
	return EXIT_USAGE;
}

static void store(const struct table *t, const struct row *r, int64_t v)
{
	char *at = (char *)t->setup + r->at;
	int32_t narrow = (int32_t)v;
	bool flag = v != 0;

	if (r->kind == FLAG)
		memcpy(at, &flag, sizeof(flag));
	else if (r->size == sizeof(narrow))
		memcpy(at, &narrow, sizeof(narrow));
	else
		memcpy(at, &v, sizeof(v));
}

static int read_number(const struct table *t, const struct row *r, const char *value)
{
	int64_t n, unit = NUM_ONE / r->scale;
	char wanted[96];

	if (num_parse(&n, str_of(value)) == OK && n >= r->low * NUM_ONE &&
	    n <= r->high * NUM_ONE && n % unit == 0) {
		store(t, r, n / unit);
		return 0;
	}
	(void)snprintf(wanted, sizeof(wanted), "a %snumber, %lld to %lld%s",
		       r->scale == 1 ? "whole " : "", (long long)r->low, (long long)r->high,
		       r->scale == 100 ? ", with at most two decimals" : "");
	return complain(t, name_of(r), value, wanted);
}

static int read_row(const struct table *t, const struct row *r, const char *value)
{
	const char *wanted;
	day d;

	switch (r->kind) {
	case TEXT:
		memcpy((char *)t->setup + r->at, &value, sizeof(value));
		return 0;
	case FLAG:
		store(t, r, r->low);
		return 0;
	case NUMBER:
		return read_number(t, r, value);
	case DAY:
		if (!date_parse(&d, str_of(value)))
			return complain(t, name_of(r), value, "a day like 2024-10-01");
		memcpy((char *)t->setup + r->at, &d, sizeof(d));
		return 0;
	default:
		wanted = r->read(t->setup, value);
		return wanted != NULL ? complain(t, name_of(r), value, wanted) : 0;
	}
}

static const struct row *words_row(const struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->rows[i].kind == WORDS)
			return &t->rows[i];
	return NULL;
}

int rows_read(const char *command, const struct row *rows, size_t n, void *setup, int argc,
	      char **argv)
{
	struct table t = { command, rows, n, setup };
	const struct row *w = words_row(&t);
	bool words = false;

	for (int i = 1; i < argc; i++) {
		if (!words && strcmp(argv[i], "--") == 0) {
			words = true;
			continue;
		}
		if (w != NULL && (words || argv[i][0] != '-' || argv[i][1] == '\0')) {
			int status = read_row(&t, w, argv[i]);
			if (status != 0)
				return status;
			continue;
		}
		char *equals = strchr(argv[i], '=');
		struct str name = equals != NULL
			? (struct str){ argv[i], (size_t)(equals - argv[i]) } : str_of(argv[i]);
		if (str_eq(name, STR("--config")))
			name = STR("-c");
		const struct row *r = rows, *end = rows + n;
		while (r < end && !str_eq(name, name_of(r)))
			r++;
		if (r == end || name.n == 0)
			return unknown(&t, argv[i]);
		const char *value = equals != NULL ? equals + 1 : "";
		if (r->kind == FLAG && equals != NULL)
			return complain(&t, name, value, "takes no value");
		if (r->kind != FLAG && equals == NULL) {
			if (i + 1 == argc)
				return complain(&t, name, "", "a value must follow");
			value = argv[++i];
		}
		int status = read_row(&t, r, value);
		if (status != 0)
			return status;
	}
	return 0;
}
