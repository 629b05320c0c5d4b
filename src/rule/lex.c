/* lex.c: the words of an expression. */
#include "base/text.h"
#include "rule/inner.h"

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static char at(struct str s, uint32_t i)
{
	return i < s.n ? s.s[i] : '\0';
}

static struct token bad(struct rule_error *why, uint32_t from, const char *a, struct str b,
			const char *c)
{
	struct text t;

	text_init(&t, why->text, sizeof why->text - 1);
	text_cstr(&t, a);
	text_add(&t, b);
	text_cstr(&t, c);
	why->text[t.n] = '\0';
	why->at = from;
	return (struct token){ .kind = T_BAD, .at = from, .n = 1 };
}

static uint32_t digits(struct str s, uint32_t i)
{
	while (digit(at(s, i)))
		i++;
	return i;
}

/* "09:45", i at its colon. */
static struct token time_of_day(struct str s, uint32_t from, uint32_t i, struct rule_error *why)
{
	uint32_t end = digits(s, i + 1), hour = 0, minute = 0;

	for (uint32_t k = from; k < i; k++)
		hour = hour * 10 + (uint32_t)(s.s[k] - '0');
	for (uint32_t k = i + 1; k < end; k++)
		minute = minute * 10 + (uint32_t)(s.s[k] - '0');
	if (i - from > 2 || end != i + 3 || hour > 23 || minute > 59)
		return bad(why, from, "'", (struct str){ s.s + from, end - from },
			   "' is no time of day: write it as 09:45");
	return (struct token){ .kind = T_NUMBER, .at = from, .n = end - from,
			       .value = hour * 60 + minute };
}

static struct token number(struct str s, uint32_t from, struct rule_error *why)
{
	uint32_t i = digits(s, from);
	struct token t = { .kind = T_NUMBER, .at = from };
	double scale = 1;
	int64_t n;

	if (at(s, i) == ':' && digit(at(s, i + 1)))
		return time_of_day(s, from, i, why);
	if (at(s, i) == '.')
		i = digits(s, i + 1);
	struct str plain = { s.s + from, i - from };
	enum err e = num_parse(&n, plain);
	char unit = at(s, i);
	if (unit == '%') {
		t.percent = true;
		scale = 100;
		i++;
	} else if (letter(unit) && !letter(at(s, i + 1)) && !digit(at(s, i + 1)) &&
		   (unit == 's' || unit == 'm' || unit == 'h' || unit == 'd')) {
		t.days = unit == 'd';
		scale = unit == 's' ? 60 : unit == 'h' ? 1.0 / 60 : 1;
		i++;
	}
	t.n = i - from;
	struct str all = { s.s + from, t.n };
	if (letter(at(s, i)) || digit(at(s, i)) || at(s, i) == '.') {
		while (letter(at(s, i)) || digit(at(s, i)) || at(s, i) == '.')
			i++;
		all.n = i - from;
		return bad(why, from, "'", all.n > 40 ? (struct str){ all.s, 40 } : all,
			   "' is no number: they are written 12, 0.5, 2.5%, 30m, 90s, 2h, 09:45");
	}
	if (e != OK)
		return bad(why, from, "'", all.n > 40 ? (struct str){ all.s, 40 } : all,
			   e == ERR_RANGE ? "' has too many digits: at most nine decimals, up to "
			   "9 billion" : "' is no number: they are written 12, 0.5, 2.5%");
	t.value = unit == 'h' ? (double)n * 60 / 1e9 : (double)n / (1e9 * scale);
	return t;
}

static const struct { char word[14]; uint8_t kind; } words[] = {
	{ "and", T_AND }, { "or", T_OR }, { "not", T_NOT }, { "crosses_above", T_ABOVE },
	{ "crosses_below", T_BELOW },
};

static struct token name(struct str s, uint32_t from, bool param)
{
	uint32_t i = from + param;
	struct token t = { .kind = param ? T_PARAM : T_NAME, .at = from };

	while (letter(at(s, i)) || digit(at(s, i)))
		i++;
	t.n = i - from;
	for (size_t k = 0; k < COUNT(words) && !param; k++)
		if (str_eq((struct str){ s.s + from, t.n }, str_of(words[k].word)))
			t.kind = words[k].kind;
	return t;
}

/* What people write who come from elsewhere. */
static struct token foreign(struct str s, uint32_t from, struct rule_error *why)
{
	static const struct { char sign[4], instead[16]; } signs[] = {
		{ "&&", "and" }, { "||", "or" }, { "&", "and" }, { "|", "or" }, { "!", "not" },
		{ "=", "==" }, { "^", "* with itself" }, { "{", "(" }, { "}", ")" },
		{ "≤", "<=" }, { "≥", ">=" }, { "≠", "!=" }, { "×", "*" }, { "−", "-" },
	};
	struct str rest = { s.s + from, s.n - from };
	char code[] = "0x00";

	for (size_t i = 0; i < COUNT(signs); i++) {
		char instead[48];
		struct text w;
		if (!str_starts(rest, str_of(signs[i].sign)))
			continue;
		text_init(&w, instead, sizeof instead);
		text_cstr(&w, "' is not of this language: write ");
		text_cstr(&w, signs[i].instead);
		return bad(why, from, "'", str_of(signs[i].sign), text_done(&w));
	}
	size_t n = utf8_at(rest);
	if (n > 0 && (unsigned char)rest.s[0] >= 0x20 && rest.s[0] != 0x7f)
		return bad(why, from, "'", (struct str){ rest.s, n }, "' has no meaning here");
	code[2] = "0123456789abcdef"[(unsigned char)rest.s[0] >> 4];
	code[3] = "0123456789abcdef"[(unsigned char)rest.s[0] & 15];
	return bad(why, from, "a byte ", str_of(code), " has no meaning here");
}

static const struct { char sign[3]; uint8_t kind; } marks[] = {
	{ "<=", T_LE }, { ">=", T_GE }, { "==", T_EQ }, { "!=", T_NE }, { "<>", T_BAD },
	{ "<", T_LT }, { ">", T_GT }, { "+", T_PLUS }, { "-", T_MINUS }, { "*", T_TIMES },
	{ "/", T_OVER }, { "(", T_OPEN }, { ")", T_CLOSE }, { "[", T_LAG }, { "]", T_LAG_END },
	{ ",", T_COMMA },
};

struct token rule_token(struct str s, uint32_t from, struct rule_error *why)
{
	uint32_t i = from;

	while (i < s.n && (s.s[i] == ' ' || s.s[i] == '\t' || s.s[i] == '\r' || s.s[i] == '\n'))
		i++;
	if (i >= s.n)
		return (struct token){ .kind = T_END, .at = (uint32_t)s.n };
	struct str rest = { s.s + i, s.n - i };
	if (digit(rest.s[0]))
		return number(s, i, why);
	if (letter(rest.s[0]))
		return name(s, i, false);
	if (rest.s[0] == '$' && letter(at(s, i + 1)))
		return name(s, i, true);
	if (rest.s[0] == '$')
		return bad(why, i, "a $ wants the name of a parameter behind it", STR(""), "");
	if (rest.s[0] == '.' && digit(at(s, i + 1)))
		return bad(why, i, "write 0 before the point", STR(""), "");
	for (size_t k = 0; k < COUNT(marks); k++) {
		struct str sign = str_of(marks[k].sign);
		if (!str_starts(rest, sign))
			continue;
		if (marks[k].kind == T_BAD)
			return bad(why, i, "'<>' is not of this language: write !=", STR(""), "");
		return (struct token){ .kind = marks[k].kind, .at = i, .n = (uint32_t)sign.n };
	}
	return foreign(s, i, why);
}

/* Brackets are counted, nothing else is understood: texts that compile, compile in pieces. */
uint32_t rule_conjuncts(struct str text, struct str *out, uint32_t max)
{
	struct rule_error ignored;
	uint32_t n = 0, begin = 0;
	int depth = 0;

	assert(max > 0);
	for (struct token t = { 0 };; ) {
		t = rule_token(text, t.at + t.n, &ignored);
		if (t.kind == T_BAD || (t.kind == T_OR && depth == 0)) {
			n = begin = 0;		/* no list of conditions */
			break;
		}
		depth += (t.kind == T_OPEN) - (t.kind == T_CLOSE);
		if (t.kind == T_END)
			break;
		if (t.kind != T_AND || depth != 0 || n + 1 == max)
			continue;
		out[n++] = str_trim((struct str){ text.s + begin, t.at - begin });
		begin = t.at + t.n;
	}
	out[n++] = str_trim((struct str){ text.s + begin, text.n - begin });
	return n;
}

static bool compares(enum token_kind k)
{
	return (k >= T_LT && k <= T_NE) || k == T_ABOVE || k == T_BELOW;
}

/* A side counts when there is a name in it. */
uint32_t rule_operands(struct str text, struct str out[static 2])
{
	struct rule_error ignored;
	uint32_t n = 0, begin = 0;
	bool named = false;
	int depth = 0;

	for (struct token t = { 0 };; ) {
		enum token_kind before = t.kind;
		t = rule_token(text, t.at + t.n, &ignored);
		bool between = compares(t.kind) && depth == 0 && t.at > 0;
		depth += (t.kind == T_OPEN || t.kind == T_LAG) -
			 (t.kind == T_CLOSE || t.kind == T_LAG_END);
		/* What is joined, negated or broken is no comparison by itself. */
		if (t.kind == T_BAD || t.kind == T_AND || t.kind == T_OR || t.kind == T_NOT ||
		    (between && begin > 0) || (before == T_END && between))
			return 0;
		named |= t.kind == T_NAME;
		if (!between && t.kind != T_END)
			continue;
		if (named)
			out[n++] = str_trim((struct str){ text.s + begin, t.at - begin });
		if (t.kind == T_END)
			return begin > 0 ? n : 0;
		begin = t.at + t.n;
		named = false;
	}
}
