/* [strategy NAME]: a strategy of the program with parameters, or rules of the user's. */
#include "run/config_inner.h"

struct entry *config_entry(struct reader *r, struct str section, const char *name)
{
	struct entry *found = NULL;	/* the last one wins: overrides come behind the file */

	for (uint32_t i = 0; i < r->n; i++)
		if (str_eq(r->entry[i].section, section) &&
		    str_eq(r->entry[i].name, str_of(name)))
			found = &r->entry[i];
	return found;
}

static const char *near_param(void *ctx, uint32_t i)
{
	const struct strategy *const *s = ctx;

	return i < (*s)->params_n ? (*s)->params[i].key : NULL;
}

static const char *near_strategy(void *ctx, uint32_t i)
{
	(void)ctx;
	return strategies[i] != NULL ? strategies[i]->name : NULL;
}

/* The problems of one [strategy NAME] are told once, though several instances may use it. */
static void complain(struct reader *r, bool tell, const struct entry *e, const char *what,
		     const char *hint)
{
	if (tell)
		config_problem(r, e, what, hint);
}

static void unknown_preset(struct reader *r, const struct entry *e, const struct strategy *s)
{
	char words[200];
	struct text t;

	text_init(&t, words, sizeof words - 1);
	text_cstr(&t, "there is no preset \"");
	text_add(&t, e->value);
	text_cstr(&t, "\" of ");
	text_cstr(&t, s->name);
	text_cstr(&t, ": there are");
	for (uint32_t i = 0; i < s->presets_n; i++) {
		text_cstr(&t, i > 0 ? ", " : " ");
		text_cstr(&t, s->presets[i].name);
	}
	words[t.n] = 0;
	config_problem(r, e, words, NULL);
}

static void strategy_params(struct reader *r, const struct strategy *s, struct str section,
			    struct params *p, bool tell)
{
	char why[200];

	for (uint32_t i = 0; i < r->n; i++) {
		struct entry *e = &r->entry[i];
		if (!str_eq(e->section, section) || str_eq(e->name, STR("use")) ||
		    str_eq(e->name, STR("preset")))
			continue;
		enum err err = params_set(s, p, e->name, e->value, why, sizeof why);
		if (err == ERR_NOTFOUND)
			complain(r, tell, e, rules_key_known(e->name) ?
				 "unknown key: rules want use = rules, or none" : "unknown key",
				 word_nearest(e->name, near_param, &s));
		else if (err != OK)
			complain(r, tell, e, why, NULL);
	}
}

/* ---- rules */

static const char *near_rules_key(void *ctx, uint32_t i)
{
	(void)ctx;
	return rules_keys[i];
}

/* `use = rules` or `use = exec`, or no use at all and a rule for entries or exits, or a
 * program. */
static bool is_rules(struct reader *r, struct str section)
{
	struct entry *use = config_entry(r, section, "use");

	if (use != NULL)
		return str_eq(use->value, str_of(rules_strategy.name)) ||
		       str_eq(use->value, STR("exec"));
	for (uint32_t i = 0; i < r->n; i++)
		if (str_eq(r->entry[i].section, section) && rules_key_known(r->entry[i].name))
			return true;
	return false;
}

/* Parameters before the rest, whatever their order: an expression may name any of them. */
static bool read_rules(struct reader *r, struct str section, struct rules *rules,
		       struct plan *scratch)
{
	struct rule_error why;
	bool good = true;

	rules_begin(rules);
	for (uint32_t i = 0; i < r->n; i++) {
		struct entry *e = &r->entry[i];
		if (!str_eq(e->section, section) || str_eq(e->name, STR("use")))
			continue;
		enum err err = rules_set(rules, e->name, e->value, scratch, &why);
		good = good && err == OK;
		if (err == ERR_NOTFOUND)
			config_problem(r, e, "unknown key",
				       word_nearest(e->name, near_rules_key, NULL));
		else if (err != OK)
			config_problem_at(r, e, why.at, why.text);
	}
	return good;
}

/* The section's rules as a strategy, for bars of a timeframe; NULL: told what is wrong. */
static const struct strategy *rules_of(struct reader *r, const struct entry *first,
				       struct rules *rules, int timeframe_s, usd capital)
{
	struct rules_errors why = { 0 };
	struct arena a;

	if (arena_open(&a, plan_size(RULES_NODES)) != OK) {
		r->cannot = true;
		config_problem(r, first, "no memory to try these rules", NULL);
		return NULL;
	}
	struct plan *scratch = plan_new(&a, RULES_NODES, timeframe_s);
	bool good = read_rules(r, first->section, rules, scratch) &&
		    rules_finish(rules, capital, scratch, &why);
	for (uint32_t i = 0; i < why.n; i++) {
		struct entry *e = why.e[i].key == NULL ? NULL :
			config_entry(r, first->section, why.e[i].key);
		if (e != NULL)
			config_problem_at(r, e, why.e[i].what.at, why.e[i].what.text);
		else
			config_problem(r, &(struct entry){ .section = first->section,
				.line = first->line }, why.e[i].what.text, NULL);
	}
	arena_close(&a);
	return good ? &rules->strategy : NULL;
}

/* ---- sections */

/* A section [strategy NAME] as a strategy with parameters; NULL when it names none. */
static const struct strategy *strategy_of(struct reader *r, const struct entry *first,
					  struct params *p, bool tell)
{
	struct str section = first->section;
	struct entry *use = config_entry(r, section, "use");
	struct entry *preset = config_entry(r, section, "preset");
	struct str name = use != NULL ? use->value
				      : str_trim((struct str){ section.s + 9, section.n - 9 });
	const struct strategy *s = strategy_find(name);
	char why[200];

	if (s == NULL) {
		if (use != NULL)
			complain(r, tell, use, "there is no such strategy",
				 word_nearest(name, near_strategy, NULL));
		else
			complain(r, tell, first, "this section lacks use = NAME of a strategy, or "
				 "enter_long or enter_short of rules", NULL);
		return NULL;
	}
	params_default(s, p);
	if (preset != NULL && params_preset(s, p, preset->value) != OK && tell)
		unknown_preset(r, preset, s);
	strategy_params(r, s, section, p, tell);
	if (s->check != NULL && !s->check(p, why, sizeof why))
		complain(r, tell, use != NULL ? use : first, why, NULL);
	return s;
}

/* Every [strategy NAME] is checked, used or not. */
void config_check_strategies(struct reader *r)
{
	static struct rules rules;	/* 8 kB, and for one thread */
	struct params p;

	for (uint32_t i = 0; i < r->n; i++) {
		struct entry *e = &r->entry[i];
		if (!str_starts(e->section, STR("strategy ")) || e->used)
			continue;
		for (uint32_t k = i; k < r->n; k++)
			r->entry[k].used |= str_eq(r->entry[k].section, e->section);
		if (is_rules(r, e->section))
			(void)rules_of(r, e, &rules, 60, (usd){ NUM_ONE });
		else
			(void)strategy_of(r, e, &p, true);
	}
}

/* Names of [strategy NAME] sections, then those of the built-in ones. */
static const char *near_section_name(void *ctx, uint32_t i)
{
	struct reader *r = ctx;

	for (uint32_t k = 0; k < r->n; k++)
		if (str_starts(r->entry[k].section, STR("strategy ")) && i-- == 0)
			return r->entry[k].section.s + 9;
	return near_strategy(NULL, i);
}

/* The section's first entry; NULL: there is no such section. */
static const struct entry *section_named(const struct reader *r, const char *name)
{
	for (uint32_t i = 0; i < r->n; i++) {
		struct str s = r->entry[i].section;
		if (str_starts(s, STR("strategy ")) &&
		    str_eq(str_trim((struct str){ s.s + 9, s.n - 9 }), str_of(name)))
			return &r->entry[i];
	}
	return NULL;
}

void config_strategy(struct reader *r, const struct entry *e, struct draft *d)
{
	struct engine_config *c = &d->c;
	const struct entry *section = section_named(r, d->strategy);
	struct rules *rules = &r->c->rules[r->c->instances_n];

	if (section != NULL && is_rules(r, section->section)) {
		c->strategy = rules_of(r, section, rules, c->timeframe_s, c->limits.capital);
		c->rules = rules;
		if (c->strategy != NULL)
			params_default(c->strategy, &c->params);
	} else if (section != NULL) {
		c->strategy = strategy_of(r, section, &c->params, false);
	} else {
		c->strategy = strategy_find(str_of(d->strategy));
		if (c->strategy != NULL)
			params_default(c->strategy, &c->params);
		else
			config_problem(r, e, "there is no [strategy NAME] of that name",
				       word_nearest(str_of(d->strategy), near_section_name, r));
	}
}
