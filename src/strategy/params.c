/* params.c: a strategy's keys and values, from text. */
#include "base/text.h"
#include "strategy/inside.h"

/* The sentence for whoever wrote the value; false so that a reader can return it. */
static bool complain(char *why, size_t size, const char *a, const char *b, const char *c)
{
	struct text t;

	assert(size > 0);
	text_init(&t, why, size - 1);
	text_cstr(&t, a);
	text_cstr(&t, b);
	text_cstr(&t, c);
	why[t.n] = '\0';
	return false;
}

static bool read_number(struct str s, double *out)
{
	int64_t n;

	if (num_parse(&n, s) != OK)
		return false;
	*out = (double)n / (double)NUM_ONE;
	return true;
}

/* The sign is demanded: a bare 1 could be one per cent or the whole. */
static bool read_percent(struct str s, double *out)
{
	int64_t n;

	if (s.n == 0 || s.s[s.n - 1] != '%')
		return false;
	s.n--;
	if (num_parse(&n, str_trim(s)) != OK)
		return false;
	/* One division of an exact integer: "0.8%" is the double that 0.008 is. */
	*out = (double)n / (100.0 * (double)NUM_ONE);
	return true;
}

static bool read_bool(struct str s, double *out)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };

	for (size_t i = 0; i < COUNT(words); i++) {
		if (str_eq_fold(s, str_of(words[i]))) {
			*out = (double)(i & 1);
			return true;
		}
	}
	return false;
}

static bool read_choice(const char *choices, struct str s, double *out)
{
	struct str rest = str_of(choices);
	int index = 0;

	assert(rest.n > 0);
	while (rest.n > 0) {
		if (str_eq(str_cut(&rest, '|'), s)) {
			*out = index;
			return true;
		}
		index++;
	}
	return false;
}

static bool read_duration(struct str s, double *out)
{
	ns d;

	if (duration_parse(&d, s) != OK)
		return false;
	*out = (double)d / (double)NS_SECOND;
	return true;
}

static bool read_value(const struct param_spec *spec, struct str s, double *out,
		       char *why, size_t size)
{
	switch (spec->type) {
	case PARAM_NUMBER:
		/* As rules read it: times are minutes. */
		if (spec->key[0] == '$' && s.n > 0 && s.s[s.n - 1] > '9' && read_duration(s, out)) {
			*out /= 60;
			return true;
		}
		return read_number(s, out) || complain(why, size, spec->key, ": not a number", "");
	case PARAM_PERCENT:
		return read_percent(s, out) ||
			complain(why, size, spec->key, ": a percentage is wanted, as 1.5%", "");
	case PARAM_COUNT:
		if (read_number(s, out) && *out >= -1e9 && *out <= 1e9 &&
				(double)(int64_t)*out == *out)
			return true;
		return complain(why, size, spec->key, ": a whole number is wanted", "");
	case PARAM_DURATION:
		return read_duration(s, out) ||
			complain(why, size, spec->key, ": a time is wanted, as 30m or 90s", "");
	case PARAM_BOOL:
		return read_bool(s, out) || complain(why, size, spec->key, ": yes or no", "");
	case PARAM_CHOICE:
		return read_choice(spec->choices, s, out) ||
			complain(why, size, spec->key, ": one of ", spec->choices);
	}
	assert(spec->type > PARAM_CHOICE);
	return false;
}

static const char *behind(const char *s)
{
	return s + strlen(s) + 1;
}

static double next_number(struct str *left)
{
	int64_t n;
	enum err e = num_parse(&n, str_cut(left, ' '));

	assert(e == OK);
	return (double)n / (double)NUM_ONE;
}

/* One letter for the type, then the default, then bounds or choices. */
static void fill_row(struct param_spec *p, const char *text, const char *last_choices)
{
	static const char letters[] = "npwsbc";
	const char *letter = strchr(letters, text[0]);
	struct str left = str_of(text + 1);

	assert(letter != NULL && *letter != 0);
	p->type = (enum param_type)(letter - letters);
	p->value = next_number(&left);
	p->max = 1;
	if (p->type == PARAM_CHOICE) {
		p->choices = str_eq(left, STR("=")) ? last_choices : left.s;
		p->max = 0;
		for (const char *c = p->choices; *c != 0; c++)
			p->max += *c == '|';
	} else if (p->type != PARAM_BOOL) {
		p->min = next_number(&left);
		p->max = next_number(&left);
	}
}

void params_fill(const struct strategy *s)
{
	const char *at = s->table, *choices = NULL;

	for (uint32_t i = 0; i < s->params_n; i++) {
		struct param_spec *p = &s->params[i];
		p->key = at;
		at = behind(at);
		fill_row(p, at, choices);
		choices = p->choices != NULL ? p->choices : choices;
		at = behind(at);
		p->help = at;
		at = behind(at);
		assert(p->key[0] != 0 && p->help[0] != 0);
	}
	assert(*at == 0);
}

void params_default(const struct strategy *s, struct params *p)
{
	assert(s->params_n <= PARAMS_MAX);
	*p = (struct params){ 0 };
	for (uint32_t i = 0; i < s->params_n; i++) {
		assert(s->params[i].min <= s->params[i].value);
		assert(s->params[i].value <= s->params[i].max);
		p->v[i] = s->params[i].value;
	}
}

static void say_bounds(const struct param_spec *spec, char *why, size_t size)
{
	bool percent = spec->type == PARAM_PERCENT;
	struct text t;

	assert(size > 0);
	text_init(&t, why, size - 1);
	text_cstr(&t, spec->key);
	text_cstr(&t, ": must be ");
	text_f64(&t, percent ? spec->min * 100 : spec->min, 6);
	text_cstr(&t, percent ? "% to " : " to ");
	text_f64(&t, percent ? spec->max * 100 : spec->max, 6);
	text_cstr(&t, percent ? "%" : spec->type == PARAM_DURATION ? " seconds" : "");
	why[t.n] = '\0';
}

enum err params_set(const struct strategy *s, struct params *p, struct str key,
		    struct str value, char *why, size_t why_size)
{
	assert(why_size > 0);
	why[0] = '\0';
	for (uint32_t i = 0; i < s->params_n; i++) {
		const struct param_spec *spec = &s->params[i];
		double v = 0;
		if (!str_eq(key, str_of(spec->key)))
			continue;
		if (!read_value(spec, str_trim(value), &v, why, why_size))
			return ERR_PARSE;
		if (spec->type != PARAM_BOOL && spec->type != PARAM_CHOICE &&
		    !(v >= spec->min && v <= spec->max)) {
			say_bounds(spec, why, why_size);
			return ERR_RANGE;
		}
		p->v[i] = v;
		return OK;
	}
	complain(why, why_size, s->name, " has no such key", "");
	return ERR_NOTFOUND;
}

enum err params_preset(const struct strategy *s, struct params *p, struct str name)
{
	for (uint32_t i = 0; i < s->presets_n; i++) {
		struct str rest = str_of(s->presets[i].sets);
		char why[96];
		if (!str_eq(name, str_of(s->presets[i].name)))
			continue;
		while (rest.n > 0) {
			struct str value = str_cut(&rest, ' ');
			struct str key = str_cut(&value, '=');
			enum err e = params_set(s, p, key, value, why, sizeof why);
			assert(e == OK);	/* our own table */
			(void)e;
		}
		return OK;
	}
	return ERR_NOTFOUND;
}
