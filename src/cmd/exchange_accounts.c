/* exchange_accounts.c: several accounts from a file, one a line:
 *	KEY SECRET [cash=50000] [multiplier=1|2|4] [no-shorting]
 * Empty lines and what follows a # at a line's beginning are left out. */
#include <stdio.h>

#include "cmd/exchange.h"

static_assert(XS_ACCOUNTS_MAX == 16, "the complaint about too many says so");

struct reader {
	const char *file;
	int         line;
	char       *why;
	size_t      why_size;
};

static bool bad(const struct reader *r, const char *what, struct str word)
{
	(void)snprintf(r->why, r->why_size, "%s:%d: %s%s%.*s", r->file, r->line, what,
		       word.n > 0 ? ": " : "", word.n < 60 ? (int)word.n : 60, word.s);
	return false;
}

static struct str next_word(struct str *rest)
{
	*rest = str_trim(*rest);
	size_t n = 0;
	while (n < rest->n && rest->s[n] != ' ' && rest->s[n] != '\t')
		n++;
	struct str word = { rest->s, n };
	*rest = (struct str){ rest->s + n, rest->n - n };
	return word;
}

/* NULL, or what a setting should have been. */
static const char *read_setting(struct exchange_account *a, struct str word)
{
	struct str value = word, name = str_cut(&value, '=');
	int64_t n = 0;

	if (str_eq(word, STR("no-shorting"))) {
		a->shorting = false;
		return NULL;
	}
	bool number = num_parse(&n, value) == OK;
	if (str_eq(name, STR("cash"))) {
		a->cash.n = n;
		return number && n >= 0 && n <= 1000000000 * NUM_ONE ? NULL :
			"cash is dollars, up to a billion";
	}
	if (str_eq(name, STR("multiplier"))) {
		a->multiplier = (int32_t)(n / NUM_ONE);
		return number && (n == NUM_ONE || n == 2 * NUM_ONE || n == 4 * NUM_ONE) ? NULL :
			"multiplier is 1 (cash), 2 (margin) or 4 (intraday)";
	}
	return "behind key and secret there can be cash=N, multiplier=1|2|4, no-shorting";
}

static bool read_account(struct setup *s, struct str rest, const struct reader *r)
{
	uint32_t i = s->c.accounts;

	if (i == XS_ACCOUNTS_MAX)
		return bad(r, "more than 16 accounts", STR(""));
	struct exchange_account *a = &s->c.account[i];
	struct str key = next_word(&rest), secret = next_word(&rest), word;
	if (secret.n == 0)
		return bad(r, "a key and a secret are needed", key);
	if (!str_copy(s->account[i][0], sizeof(s->account[i][0]), key) ||
	    !str_copy(s->account[i][1], sizeof(s->account[i][1]), secret))
		return bad(r, "key and secret can have 127 characters", STR(""));
	for (uint32_t k = 0; k < i; k++)
		if (str_eq(key, str_of(s->account[k][0])))
			return bad(r, "this key was there before", key);
	*a = (struct exchange_account){
		.key = s->account[i][0], .secret = s->account[i][1], .cash = s->c.core.cash,
		.multiplier = s->c.core.multiplier, .shorting = s->c.core.shorting
	};
	while ((word = next_word(&rest)).n > 0) {
		const char *wanted = read_setting(a, word);
		if (wanted != NULL)
			return bad(r, wanted, word);
	}
	s->c.accounts++;
	return true;
}

bool exchange_accounts(struct setup *s, char *why, size_t why_size)
{
	struct reader r = { s->accounts_file, 1, why, why_size };
	char line[512];
	FILE *f = fopen(s->accounts_file, "re");
	bool fine = true;

	if (f == NULL) {
		(void)snprintf(why, why_size, "--accounts %s: cannot be read", s->accounts_file);
		return false;
	}
	for (; fine && fgets(line, sizeof(line), f) != NULL; r.line++) {
		struct str text = str_trim((struct str){ line, strcspn(line, "\r\n") });
		if (strlen(line) == sizeof(line) - 1)
			fine = bad(&r, "the line is too long", STR(""));
		else if (text.n > 0 && text.s[0] != '#')
			fine = read_account(s, text, &r);
	}
	(void)fclose(f);
	r.line = 1;
	if (fine && s->c.accounts == 0)
		return bad(&r, "no account: a line like 'KEY SECRET' is needed", STR(""));
	s->c.core.accounts = s->c.accounts;
	return fine;
}
