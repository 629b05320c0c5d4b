/* rules_param.c: pieces of a value: $name = 10, 5 to 50 step 5; words of a command line. */
#include "strategy/rules_inner.h"

bool rules_number(struct plan *scratch, struct str all, struct str piece, double *out,
		   struct rule_error *why)
{
	uint32_t from;
	struct plan_ref ref;

	piece = str_trim(piece);
	from = (uint32_t)(piece.s - all.s);
	if (!rule_compile(scratch, piece, NULL, RULE_NUMBER, &ref, why)) {
		why->at += from;
		return false;
	}
	if (scratch->code[ref.code].op != OP_NUMBER || scratch->code[ref.code + 1].op != OP_END)
		return rules_wrong(why, from, "a parameter is a number: $name = 10, or with bounds "
				   "for a search $name = 10, 5 to 50 step 5");
	*out = scratch->number[scratch->code[ref.code].a];
	return true;
}

/* Cuts s at a word between blanks; what is before it. */
static struct str cut_word(struct str *s, struct str word)
{
	struct str all = *s;

	for (size_t i = 1; i + word.n < all.n; i++) {
		struct str here = { all.s + i, all.n - i };
		if (!str_starts(here, word) || all.s[i - 1] != ' ' || here.s[word.n] != ' ')
			continue;
		*s = (struct str){ here.s + word.n, here.n - word.n };
		return (struct str){ all.s, i };
	}
	*s = (struct str){ all.s + all.n, 0 };
	return all;
}

static bool bounds(struct param_spec *spec, double *step, struct plan *scratch, struct str all,
		   struct str rest, struct rule_error *why)
{
	struct str high = rest;
	struct str low = cut_word(&high, STR("to"));
	struct str by = high;

	high = cut_word(&by, STR("step"));
	if (str_trim(high).n == 0)
		return rules_wrong(why, (uint32_t)(rest.s - all.s), "bounds are two numbers, 5 "
				   "to 50, with the step of a search behind them if wanted: 5 to "
				   "50 step 5");
	*step = 0;
	if (!rules_number(scratch, all, low, &spec->min, why) ||
	    !rules_number(scratch, all, high, &spec->max, why) ||
	    (str_trim(by).n > 0 && !rules_number(scratch, all, by, step, why)))
		return false;
	if (!(spec->min < spec->max))
		return rules_wrong(why, (uint32_t)(rest.s - all.s),
				   "the lower bound comes first, and is below the upper");
	if (!(spec->min <= spec->value && spec->value <= spec->max))
		return rules_wrong(why, (uint32_t)(rest.s - all.s),
				   "the value is not within its bounds");
	if (str_trim(by).n > 0 && !(*step > 0))
		return rules_wrong(why, (uint32_t)(by.s - all.s), "a step is more than 0");
	return true;
}

static bool good_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.s[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
		if (!letter && (i == 0 || c < '0' || c > '9'))
			return false;
	}
	return name.n > 0 && name.n < 24;
}

enum err rules_set_param(struct rules *r, struct str key, struct str value, struct plan *scratch,
			  struct rule_error *why)
{
	struct str rest = value, plain = str_cut(&rest, ',');
	bool bounded = plain.n < value.n, percent;
	uint32_t i = 0;

	if (!good_name((struct str){ key.s + 1, key.n - 1 }))
		return rules_bad(why, 0, "the name of a parameter has up to 23 letters, digits "
				 "and _: $rsi_max");
	while (i < r->params && !str_eq(key, str_of(r->param[i].key)))
		i++;
	struct param_spec spec = i < r->params ? r->param[i] :
		(struct param_spec){ .type = PARAM_NUMBER, .min = -1e9, .max = 1e9, .help = "" };
	if (i == RULES_PARAMS)
		return rules_bad(why, 0, "more than 24 parameters");
	if (!rules_number(scratch, value, plain, &spec.value, why))
		return ERR_PARSE;
	plain = str_trim(plain);
	percent = plain.s[plain.n - 1] == '%';
	spec.type = percent ? PARAM_PERCENT : PARAM_NUMBER;
	if (bounded && !bounds(&spec, &r->step[i], scratch, value, rest, why))
		return ERR_PARSE;
	if (!(spec.min <= spec.value && spec.value <= spec.max))
		return rules_bad(why, 0, "is out of the bounds that the file gives it");
	if (i == r->params) {
		spec.key = rules_keep(r, key);
		if (spec.key == NULL)
			return rules_bad(why, 0, "there is no room for more text");
		r->params++;
	}
	r->param[i] = spec;
	return OK;
}

bool rules_word(struct str *rest, char *out, size_t *n)
{
	char quote = 0;

	*rest = str_trim(*rest);
	*n = 0;
	while (rest->n > 0 && (quote != 0 || *rest->s != ' ')) {
		char c = *rest->s++;
		rest->n--;
		if (quote == 0 && (c == '"' || c == '\''))
			quote = c;
		else if (c == quote)
			quote = 0;
		else
			out[(*n)++] = c;
	}
	return quote == 0;
}
