/* One value: from text, and back into text. */
#include "run/config_inner.h"

static bool say(char *why, size_t size, const char *a, struct str b, const char *c)
{
	struct text t;

	text_init(&t, why, size - 1);
	text_cstr(&t, a);
	text_add(&t, b);
	text_cstr(&t, c);
	why[t.n] = 0;
	return false;
}

static bool bad(char *why, size_t size, struct str value, const char *wanted)
{
	char words[200];
	struct text t;

	text_init(&t, words, sizeof words - 1);
	text_cstr(&t, "\" is not ");
	text_cstr(&t, wanted);
	words[t.n] = 0;
	return say(why, size, "\"", value, words);
}

static bool out_of(const struct key *k, char *why, size_t size, struct str value)
{
	const char *unit = k->type == KEY_BP ? "%" : k->type == KEY_BP_CENTI ? "bp" :
			   k->type == KEY_DURATION ? " seconds" : "";
	char words[160];
	struct text t;

	text_init(&t, words, sizeof words - 1);
	text_cstr(&t, "\" is out of bounds: ");
	text_f64(&t, k->min, 4);
	text_cstr(&t, unit[0] == ' ' ? "" : unit);
	text_cstr(&t, " to ");
	text_f64(&t, k->max, 4);
	text_cstr(&t, unit);
	words[t.n] = 0;
	return say(why, size, "\"", value, words);
}

/* "sha256:" and 64 digits. */
static bool is_digest(struct str v)
{
	(void)str_cut(&v, ':');
	for (size_t i = 0; i < v.n; i++) {
		int c = v.s[i] | 0x20;
		if ((v.s[i] < '0' || v.s[i] > '9') && (c < 'a' || c > 'f'))
			return false;
	}
	return v.n == 2 * SHA256_SIZE;
}

static bool read_bool(bool *out, struct str v)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };

	for (size_t i = 0; i < COUNT(words); i++) {
		if (str_eq_fold(v, str_of(words[i]))) {
			*out = (i & 1) != 0;
			return true;
		}
	}
	return false;
}

/* The index of v, which becomes the word as the table has it; -1: it is none of them. */
static int choice(const char *choices, struct str *v)
{
	struct str rest = str_of(choices);

	for (int i = 0; rest.n > 0; i++) {
		struct str one = str_cut(&rest, '|');
		if (!str_eq_fold(one, *v))
			continue;
		*v = one;
		return i;
	}
	return -1;
}

/* "a|b|c" as "one of a, b, c". */
static bool one_of(const struct key *k, char *why, size_t size, struct str v)
{
	char words[100];
	struct text t;

	text_init(&t, words, sizeof words);
	text_cstr(&t, "one of ");
	for (const char *c = k->choices; *c != 0; c++) {
		if (*c == '|')
			text_cstr(&t, ", ");
		else
			text_char(&t, *c);
	}
	return bad(why, size, v, text_done(&t));
}

static bool read_symbols(struct symbol_list *l, struct str v, char *why, size_t size)
{
	struct symbols check = { 0 };
	sym s;

	l->n = 0;
	for (size_t i = 0; i < v.n;) {
		size_t from = i;
		while (i < v.n && v.s[i] != ' ' && v.s[i] != ',' && v.s[i] != '\t')
			i++;
		struct str one = { v.s + from, i - from };
		i++;
		if (one.n == 0)
			continue;
		if (l->n == LIST_SYMBOLS)
			return say(why, size, "more than 128 symbols: ", one, " is one too many");
		if (symbols_find(&check, one) != SYM_NONE)
			return say(why, size, "", one, " stands twice");
		if (symbols_add(&check, one, &s) != OK ||
		    !str_copy(l->name[l->n++], SYMBOL_TEXT, one))
			return bad(why, size, one, "a symbol such as AAPL or BRK.B");
	}
	if (l->n == 0 && v.n > 0)
		return bad(why, size, v, "a list of symbols");
	return true;
}

/* "9:30" or "09:30" as minutes; -1: it is no time of day. */
static int minutes(struct str v)
{
	size_t colon = v.n == 4 ? 1 : 2;
	int hour = 0, minute = 0;

	if (v.n != colon + 3 || v.s[colon] != ':')
		return -1;
	for (size_t i = 0; i < v.n; i++) {
		if (i == colon)
			continue;
		if (v.s[i] < '0' || v.s[i] > '9')
			return -1;
		int *n = i < colon ? &hour : &minute;
		*n = *n * 10 + v.s[i] - '0';
	}
	return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

static bool read_window(ns *w, struct str v)
{
	if (str_eq(v, STR("session"))) {
		w[0] = w[1] = 0;
		return true;
	}
	struct str to = v;
	struct str from = str_cut(&to, '-');
	int a = minutes(str_trim(from)), b = minutes(str_trim(to));
	if (a < 0 || b <= a)
		return false;
	w[0] = a * NS_MINUTE;
	w[1] = b * NS_MINUTE;
	return true;
}

/* A decimal in bounds, counted in `step`s of billionths; more decimals would be lost. */
static bool read_steps(const struct key *k, const char *suffix, int64_t step, int64_t *n,
		       struct str v, const char *wanted, char *why, size_t size)
{
	struct str all = v, end = str_of(suffix);

	if (end.n > 0) {
		if (v.n <= end.n || memcmp(v.s + v.n - end.n, end.s, end.n) != 0)
			return bad(why, size, all, wanted);
		v = str_trim((struct str){ v.s, v.n - end.n });
	}
	if (num_parse(n, v) != OK || *n % step != 0)
		return bad(why, size, all, wanted);
	if ((double)*n / 1e9 < k->min || (double)*n / 1e9 > k->max)
		return out_of(k, why, size, all);
	*n /= step;
	return true;
}

static bool read_number(const struct key *k, void *at, struct str v, char *why, size_t size)
{
	int64_t n = 0;
	ns d;

	switch (k->type) {
	case KEY_INT:
	case KEY_U64:
		if (!read_steps(k, "", NUM_ONE, &n, v, "a whole number", why, size))
			return false;
		if (k->type == KEY_INT)
			*(int *)at = (int)n;
		else
			*(uint64_t *)at = (uint64_t)n;
		return true;
	case KEY_USD:
		return read_steps(k, "", 1, &((usd *)at)->n, v,
				  "an amount of dollars such as 10000", why, size);
	case KEY_BP:
		if (!read_steps(k, "%", NUM_ONE / 100, &n, v,
				"a percentage such as 5% or 0.25%, of two decimals", why, size))
			return false;
		*(int32_t *)at = (int32_t)n;
		return true;
	case KEY_BP_CENTI:
		if (!read_steps(k, "bp", NUM_ONE / 100, &n, v,
				"basis points such as 2bp or 0.25bp, of two decimals", why, size))
			return false;
		*(int *)at = (int)n;
		return true;
	case KEY_SPEED:
		if (!str_eq(v, STR("max")) &&
		    !read_steps(k, "", NUM_ONE / 1000, &n, v,
				"a speed: 60 (a minute a second), or max", why, size))
			return false;
		*(int64_t *)at = n;
		return true;
	case KEY_DURATION:
		if (duration_parse(&d, v) != OK)
			return bad(why, size, v, "a duration such as 30m, 90s, 2h");
		if ((double)d / 1e9 < k->min || (double)d / 1e9 > k->max)
			return out_of(k, why, size, v);
		*(ns *)at = d;
		return true;
	case KEY_TEXT: case KEY_SECRET: case KEY_CHOICE: case KEY_BOOL: case KEY_DATE:
	case KEY_SYMBOLS: case KEY_WINDOW: case KEY_TIMEFRAME: case KEY_SIDES: case KEY_REGIME:
		break;
	}
	assert(!"not a number");
	return false;
}

/* "bull low", "any" */
static bool read_regime(const struct key *k, uint32_t *out, struct str v)
{
	uint32_t bits = 0;

	if (v.n == 0)
		return false;
	while (v.n > 0) {
		struct str word = str_cut(&v, ' ');
		int n = choice(k->choices, &word);
		v = str_trim(v);
		if (n < 0 || (n == 0 && (bits != 0 || v.n > 0)))
			return false;
		bits |= n > 0 ? 1U << (n - 1) : 0;
	}
	*out = bits;
	return true;
}

static const int timeframes[] = { 60, 300, 900, 1800, 3600 };

static bool read_word(const struct key *k, void *at, struct str v, char *why, size_t size)
{
	int n;

	switch (k->type) {
	case KEY_CHOICE:
		n = choice(k->choices, &v);
		if (n < 0)
			return one_of(k, why, size, v);
		*(int *)at = n;
		return true;
	case KEY_BOOL:
		return read_bool(at, v) || bad(why, size, v, "yes or no");
	case KEY_DATE:
		if (v.n == 0) {
			*(day *)at = 0;
			return true;
		}
		return date_parse(at, v) || bad(why, size, v, "a date such as 2024-10-01");
	case KEY_TIMEFRAME:
		n = choice(k->choices, &v);
		if (n < 0)
			return one_of(k, why, size, v);
		*(int *)at = timeframes[n];
		return true;
	case KEY_REGIME:
		return read_regime(k, at, v) || one_of(k, why, size, v);
	case KEY_SIDES:
		n = choice(k->choices, &v);
		if (n < 0)
			return one_of(k, why, size, v);
		*(uint32_t *)at = (uint32_t)n + 1;
		return true;
	case KEY_WINDOW:
		return read_window(at, v) || bad(why, size, v, "session, or 09:30-12:00");
	case KEY_TEXT: case KEY_SECRET: case KEY_INT: case KEY_U64: case KEY_USD: case KEY_BP:
	case KEY_BP_CENTI: case KEY_DURATION: case KEY_SPEED: case KEY_SYMBOLS:
		break;
	}
	assert(!"not a word");
	return false;
}

bool config_read_value(const struct key *k, void *base, struct str v, char *why, size_t size)
{
	void *at = (char *)base + k->offset;

	switch (k->type) {
	case KEY_TEXT:
		if (k->choices != NULL && choice(k->choices, &v) < 0)
			return one_of(k, why, size, v);
		return str_copy(at, (size_t)k->max, v) || say(why, size, "\"", v, "\" is too long");
	case KEY_SECRET:
		if (v.n > 0 && v.n < 22)
			return say(why, size, "", STR("a token of fewer than 22 characters"),
				   " can be guessed (try: gambler init token)");
		if (str_starts(v, TOKEN_DIGEST) && !is_digest(v))
			return say(why, size, "", TOKEN_DIGEST, " wants 64 digits of 0-9 and a-f");
		return str_copy(((struct secret *)at)->text, sizeof(struct secret), v) ||
		       say(why, size, "", STR("the token"), " is too long");
	case KEY_SYMBOLS:
		return read_symbols(at, v, why, size);
	case KEY_CHOICE: case KEY_BOOL: case KEY_DATE: case KEY_TIMEFRAME: case KEY_SIDES:
	case KEY_WINDOW: case KEY_REGIME:
		return read_word(k, at, v, why, size);
	case KEY_INT: case KEY_U64: case KEY_USD: case KEY_BP: case KEY_BP_CENTI: case KEY_DURATION:
	case KEY_SPEED:
		return read_number(k, at, v, why, size);
	}
	return false;
}

/* ---- back */

static void write_choice(struct text *t, const char *choices, int n)
{
	struct str rest = str_of(choices), one = { "", 0 };

	for (int i = 0; i <= n; i++)
		one = str_cut(&rest, '|');
	text_add(t, one);
}

static void write_regime(struct text *t, const char *choices, uint32_t bits)
{
	if (bits == 0)
		write_choice(t, choices, 0);
	for (int i = 0; bits >> i != 0; i++) {
		if ((bits >> i & 1) == 0)
			continue;
		if ((bits & ((1U << i) - 1)) != 0)
			text_char(t, ' ');
		write_choice(t, choices, i + 1);
	}
}

static void write_window(struct text *t, const ns *w)
{
	if (w[1] == 0) {
		text_cstr(t, "session");
		return;
	}
	for (int i = 0; i < 2; i++) {
		int64_t m = w[i] / NS_MINUTE;
		if (i == 1)
			text_char(t, '-');
		text_char(t, (char)('0' + m / 600));
		text_char(t, (char)('0' + m / 60 % 10));
		text_char(t, ':');
		text_char(t, (char)('0' + m % 60 / 10));
		text_char(t, (char)('0' + m % 10));
	}
}

static void write_symbols(struct text *t, const struct symbol_list *l)
{
	for (uint32_t i = 0; i < l->n; i++) {
		if (i > 0)
			text_char(t, ' ');
		text_cstr(t, l->name[i]);
	}
}

static void write_scaled(struct text *t, int64_t n, int64_t unit, const char *suffix)
{
	text_num(t, n * (NUM_ONE / unit));
	text_cstr(t, suffix);
}

void config_write_value(const struct key *k, const void *base, struct text *t)
{
	const void *at = (const char *)base + k->offset;
	char date[16];

	switch (k->type) {
	case KEY_TEXT: text_cstr(t, at); break;
	case KEY_SECRET: text_cstr(t, ((const struct secret *)at)->text[0] ? "***" : ""); break;
	case KEY_CHOICE: write_choice(t, k->choices, *(const int *)at); break;
	case KEY_INT: text_i64(t, *(const int *)at); break;
	case KEY_U64: text_u64(t, *(const uint64_t *)at); break;
	case KEY_USD: text_num(t, ((const usd *)at)->n); break;
	case KEY_BP: write_scaled(t, *(const int32_t *)at, 100, "%"); break;
	case KEY_BP_CENTI: write_scaled(t, *(const int *)at, 100, "bp"); break;
	case KEY_BOOL: text_cstr(t, *(const bool *)at ? "yes" : "no"); break;
	case KEY_DURATION: duration_text(t, *(const ns *)at); break;
	case KEY_SPEED:
		if (*(const int64_t *)at == 0)
			text_cstr(t, "max");
		else
			write_scaled(t, *(const int64_t *)at, 1000, "");
		break;
	case KEY_DATE:
		if (*(const day *)at != 0)
			text_add(t, (struct str){ date, date_text(date, *(const day *)at) });
		break;
	case KEY_SYMBOLS: write_symbols(t, at); break;
	case KEY_WINDOW: write_window(t, at); break;
	case KEY_TIMEFRAME:
		text_i64(t, *(const int *)at / 60);
		text_char(t, 'm');
		break;
	case KEY_REGIME: write_regime(t, k->choices, *(const uint32_t *)at); break;
	case KEY_SIDES: write_choice(t, k->choices, (int)*(const uint32_t *)at - 1); break;
	}
}
