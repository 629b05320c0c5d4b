/* actions.c: corporate actions from a file:
 *
 *	date,symbol,type,ratio,cash,pay
 *	2024-06-10,NVDA,split,10:1,,
 *	2024-08-12,AAPL,dividend,,0.25,2024-08-15
 *
 * The header names the columns, in any order; ratio, cash and pay may be missing when no
 * line needs them. date is the ex date. Blank lines and lines that begin with # are passed
 * over; so are actions of symbols that are not traded here, since a file may hold a market.
 * Anything else that cannot be read ends the start with its line and what was expected. */
#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "exchange/serve_inner.h"

#define LINE_MAX_LENGTH 512
#define FIELDS          16

enum field { F_DATE, F_SYMBOL, F_TYPE, F_RATIO, F_CASH, F_PAY, F_COUNT };

struct reader {
	const char *file;
	int64_t     line;
	int         place[F_COUNT];	/* column, -1: none */
	const struct symbols *symbols;
	uint32_t    passed;
};

static bool fail(const struct reader *r, char *why, size_t size, const char *a, struct str b)
{
	struct text t;

	text_init(&t, why, size - 1);
	text_cstr(&t, r->file);
	if (r->line > 0) {
		text_char(&t, ':');
		text_i64(&t, r->line);
	}
	text_cstr(&t, ": ");
	text_cstr(&t, a);
	if (b.n > 0) {
		text_cstr(&t, ", not '");
		text_add(&t, (struct str){ b.s, b.n < 60 ? b.n : 60 });
		text_char(&t, '\'');
	}
	t.full = false;		/* a long file name leaves room for less */
	(void)text_done(&t);
	return false;
}

static size_t fields(struct str line, struct str out[static FIELDS])
{
	size_t n = 0;

	while (n < FIELDS) {
		const char *comma = line.n > 0 ? memchr(line.s, ',', line.n) : NULL;
		size_t length = comma != NULL ? (size_t)(comma - line.s) : line.n;
		out[n++] = str_trim((struct str){ line.s, length });
		if (comma == NULL)
			break;
		line = (struct str){ comma + 1, line.n - length - 1 };
	}
	return n;
}

static bool read_header(struct reader *r, struct str line, char *why, size_t size)
{
	static const char *const name[F_COUNT] = { "date", "symbol", "type", "ratio", "cash",
						   "pay" };
	struct str f[FIELDS];
	size_t n = fields(line, f);

	for (int k = 0; k < F_COUNT; k++)
		r->place[k] = -1;
	for (size_t i = 0; i < n; i++) {
		int k = 0;
		while (k < F_COUNT && !str_eq(f[i], str_of(name[k])))
			k++;
		if (k == F_COUNT)
			return fail(r, why, size, "the first line names the columns: date, symbol, "
				    "type, ratio, cash, pay", f[i]);
		r->place[k] = (int)i;
	}
	if (r->place[F_DATE] < 0 || r->place[F_SYMBOL] < 0 || r->place[F_TYPE] < 0)
		return fail(r, why, size, "the first line has to name the columns date, symbol and "
			    "type", STR(""));
	return true;
}

/* "10:1" */
static bool read_ratio(struct str s, struct xc_action *a)
{
	int64_t num, den;
	struct str left = str_cut(&s, ':');

	if (num_parse(&num, str_trim(left)) != OK || num_parse(&den, str_trim(s)) != OK ||
	    num % NUM_ONE != 0 || den % NUM_ONE != 0)
		return false;
	if (num < NUM_ONE || num > XC_RATIO_MAX * NUM_ONE || den < NUM_ONE ||
	    den > XC_RATIO_MAX * NUM_ONE)
		return false;
	a->num = (int32_t)(num / NUM_ONE);
	a->den = (int32_t)(den / NUM_ONE);
	return true;
}

static bool read_action(const struct reader *r, const struct str v[static F_COUNT],
			struct xc_action *a, char *why, size_t size)
{
	if (!date_parse(&a->ex, v[F_DATE]))
		return fail(r, why, size, "date has to be a day like 2024-06-10", v[F_DATE]);
	a->pay = a->ex;
	if (v[F_PAY].n > 0 && (!date_parse(&a->pay, v[F_PAY]) || a->pay < a->ex))
		return fail(r, why, size, "pay has to be a day like 2024-06-28, not before date",
			    v[F_PAY]);
	if (str_eq(v[F_TYPE], STR("split"))) {
		a->kind = XA_SPLIT;
		return read_ratio(v[F_RATIO], a) ? true :
			fail(r, why, size, "ratio has to be new shares for old ones, like 10:1",
			     v[F_RATIO].n > 0 ? v[F_RATIO] : STR(" "));
	}
	if (!str_eq(v[F_TYPE], STR("dividend")))
		return fail(r, why, size, "type has to be split or dividend", v[F_TYPE]);
	a->kind = XA_DIVIDEND;
	if (num_parse(&a->cash.n, v[F_CASH]) != OK || a->cash.n <= 0 ||
	    a->cash.n > 10000 * NUM_ONE)
		return fail(r, why, size, "cash has to be dollars a share, like 0.25",
			    v[F_CASH].n > 0 ? v[F_CASH] : STR(" "));
	return true;
}

static bool read_line(struct reader *r, struct str line, struct xc_actions *t, char *why,
		      size_t size)
{
	struct str f[FIELDS], v[F_COUNT];
	size_t n = fields(line, f);
	struct xc_action a;

	memset(&a, 0, sizeof(a));	/* the padding too: the table's bytes are hashed */
	for (int k = 0; k < F_COUNT; k++)
		v[k] = r->place[k] >= 0 && (size_t)r->place[k] < n ? f[r->place[k]] : STR("");
	if (!read_action(r, v, &a, why, size))
		return false;
	sym s = symbols_find(r->symbols, v[F_SYMBOL]);
	if (v[F_SYMBOL].n == 0)
		return fail(r, why, size, "symbol is missing", STR(""));
	if (s == SYM_NONE) {
		r->passed++;
		return true;
	}
	a.asset = s;
	enum err e = actions_add(t, &a);
	if (e == ERR_FULL)
		return fail(r, why, size, "there is room for 4096 actions: leave out those of days "
			    "that are not played", STR(""));
	return e == OK;
}

enum err actions_read(struct xc_actions *t, const char *file, const struct symbols *symbols,
		      char *why, size_t why_size)
{
	struct reader r = { .file = file, .symbols = symbols };
	char line[LINE_MAX_LENGTH];
	FILE *f = fopen(file, "re");
	bool fine = true, header = false;

	assert(why_size > 0);
	t->n = 0;
	if (f == NULL) {
		(void)fail(&r, why, why_size, strerror(errno), STR(""));
		return ERR_IO;
	}
	while (fine && fgets(line, sizeof(line), f) != NULL) {
		struct str s = str_trim((struct str){ line, strcspn(line, "\r\n") });
		r.line++;
		if (strlen(line) == sizeof(line) - 1)
			fine = fail(&r, why, why_size, "the line is too long", STR(""));
		else if (s.n == 0 || s.s[0] == '#')
			continue;
		else if (!header)
			header = fine = read_header(&r, s, why, why_size);
		else
			fine = read_line(&r, s, t, why, why_size);
	}
	if (fine && ferror(f) != 0)
		fine = fail(&r, why, why_size, "cannot be read", STR(""));
	if (fine && !header)
		fine = fail(&r, why, why_size, "is empty: its first line names the columns date, "
			    "symbol, type, ratio, cash, pay", STR(""));
	(void)fclose(f);
	if (fine)
		log_info("exchange.actions", "read=%u passed_over=%u", t->n, r.passed);
	return fine ? OK : ERR_CONFIG;
}
