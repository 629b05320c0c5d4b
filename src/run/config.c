/* The meaning of gambler.ini: entries are checked against the tables, so that all problems
 * of a file are told in one run. */
#include "run/config_inner.h"

const char *mode_text(enum mode m)
{
	static const char *const words[] = { "sim", "paper", "live" };

	return words[m];
}

/* ---- entries into values */

static void defaults(const struct key *k, void *base)
{
	char why[160];

	for (; k->name != NULL; k++) {
		if (k->type == KEY_TEXT && k->value[0] == 0) {
			((char *)base + k->offset)[0] = 0;
			continue;
		}
		bool ok = config_read_value(k, base, str_of(k->value), why, sizeof why);
		assert(ok);
	}
}

const struct key *config_find_key(const struct key *k, struct str section, struct str name)
{
	for (; k->name != NULL; k++)
		if (str_eq(name, str_of(k->name)) &&
		    (section.n == 0 || str_eq(section, str_of(k->section))))
			return k;
	return NULL;
}

struct near { const struct key *table; struct str section; };

static const char *near_key(void *ctx, uint32_t i)
{
	const struct near *n = ctx;

	for (const struct key *k = n->table; k->name != NULL; k++)
		if ((n->section.n == 0 || str_eq(n->section, str_of(k->section))) && i-- == 0)
			return k->name;
	return NULL;
}

static const char *near_section(void *ctx, uint32_t i)
{
	static const char *const names[] = { "account", "market", "risk", "store", "server", "run",
					     "log", "exchange", "strategy", "instance", NULL };
	(void)ctx;
	return names[i];
}

static void unknown_section(struct reader *r, const struct entry *e)
{
	struct str word = e->section;
	const char *near = word_nearest(str_cut(&word, ' '), near_section, NULL);

	if (near != NULL && str_eq(str_of(near), STR("instance")))
		near = "instance NAME";
	else if (near != NULL && str_eq(str_of(near), STR("strategy")))
		near = "strategy NAME";
	config_problem(r, e, "unknown section", near);
}

bool config_known_section(struct str s)
{
	for (const struct key *k = config_keys; k->name != NULL; k++)
		if (str_eq(s, str_of(k->section)))
			return true;
	return false;
}

static void set_value(struct reader *r, struct entry *e, const struct key *table,
		      struct str section, void *base)
{
	char why[240];
	struct near near = { table, section };
	const struct key *k = config_find_key(table, section, e->name);

	e->used = true;
	if (k == NULL)
		config_problem(r, e, "unknown key", word_nearest(e->name, near_key, &near));
	else if (!config_read_value(k, base, e->value, why, sizeof why))
		config_problem(r, e, why, NULL);
}

static void fixed_sections(struct reader *r)
{
	for (uint32_t i = 0; i < r->n; i++) {
		struct entry *e = &r->entry[i];
		if (str_starts(e->section, STR("instance ")) ||
		    str_starts(e->section, STR("strategy ")))
			continue;
		if (config_known_section(e->section))
			set_value(r, e, config_keys, e->section, r->c);
		else if (e->section.n == 0)
			config_problem(r, e, "stands before the first [section]", NULL);
		else
			unknown_section(r, e);
	}
}

/* ---- instances */

static void sort_symbols(struct symbol_list *l)
{
	for (uint32_t i = 1; i < l->n; i++) {
		char name[SYMBOL_TEXT];
		uint32_t j = i;
		memcpy(name, l->name[i], SYMBOL_TEXT);
		for (; j > 0 && strcmp(l->name[j - 1], name) > 0; j--)
			memcpy(l->name[j], l->name[j - 1], SYMBOL_TEXT);
		memcpy(l->name[j], name, SYMBOL_TEXT);
	}
}

static bool intern(struct reader *r, const struct entry *e, const char *name, sym *out)
{
	*out = symbols_find(&r->c->symbols, str_of(name));
	bool full = r->c->symbols.n == CONFIG_SYMBOLS_MAX;
	if (*out != SYM_NONE || (!full && symbols_add(&r->c->symbols, str_of(name), out) == OK))
		return true;
	config_problem(r, e, full ? "more than 144 symbols in all" :
		       "a symbol has 1 to 11 of A-Z 0-9 . -, as AAPL or BRK.B", NULL);
	return false;
}

static void instance_symbols(struct reader *r, const struct entry *e, struct draft *d)
{
	struct entry *bench = config_entry(r, e->section, "benchmark");
	const char *name = d->benchmark[0] != 0 ? d->benchmark : r->c->benchmark;
	struct engine_config *c = &d->c;

	sort_symbols(&d->symbols);
	for (uint32_t i = 0; i < d->symbols.n; i++) {
		memcpy(c->symbol_name[i], d->symbols.name[i], SYMBOL_TEXT);
		(void)intern(r, e, d->symbols.name[i], &c->symbol[i]);
	}
	c->symbols_n = d->symbols.n;
	c->bench = SYM_NONE;
	if (name[0] == 0 || str_eq(str_of(name), STR("none")))
		return;
	if (bench == NULL)
		bench = config_entry(r, STR("market"), "benchmark");
	if (intern(r, bench != NULL ? bench : e, name, &c->bench))
		memcpy(c->bench_name, r->c->symbols.name[c->bench], SYMBOL_TEXT);
}

static bool asks_benchmark(const struct plan *p)
{
	for (uint32_t i = 0; i < p->codes; i++)
		if (p->code[i].op == OP_BENCH)
			return true;
	return false;
}

/* What is asked of the chart: the filter is the user's own text. */
static void check_plan(struct reader *r, const struct entry *e, struct engine_config *c)
{
	struct arena a;
	struct rule_error why;
	struct entry *filter = config_entry(r, e->section, "filter");

	if (c->strategy == NULL)
		return;
	if (c->bench == SYM_NONE && (c->filters.strength > 0 || c->filters.regime != 0 ||
				     c->filters.scan == SCAN_STRENGTH))
		config_problem(r, e, "relative_strength, regime and scan = strength want a "
			       "benchmark", NULL);
	if (c->strategy->grid_s != 0 && c->strategy->grid_s % c->timeframe_s != 0)
		config_problem(r, e, "this strategy wants a shorter timeframe: 1m or 5m", NULL);
	if (arena_open(&a, plan_size(ENGINE_NODES)) != OK) {
		r->cannot = true;
		config_problem(r, e, "no memory to try these rules", NULL);
		return;
	}
	struct plan *p = plan_new(&a, ENGINE_NODES, c->timeframe_s);
	if (engine_plan(c, p, &why)) {
		/* Strategies of the program can do without. */
		if (c->bench == SYM_NONE && c->rules != NULL && asks_benchmark(p))
			config_problem(r, e, "its rules ask bench() or rs(), which without a "
				       "benchmark never have a value", NULL);
	} else if (filter != NULL)
		config_problem_at(r, filter, why.at, why.text);
	else
		config_problem(r, e, why.text, NULL);
	arena_close(&a);
}

/* What a trade gets, position or the size that rules always give, fits into its limits. */
static void trade_size(struct reader *r, const struct entry *e, struct draft *d)
{
	struct engine_config *c = &d->c;
	bool sized = c->strategy != NULL && c->rules != NULL && c->rules->size.fixed > 0;
	usd size = c->position;

	if (sized)
		size.n = (int64_t)(c->rules->size.fixed * c->rules->size_unit * (double)NUM_ONE);
	c->limits.order_notional_max = d->order_max;
	if (d->order_max.n == 0)
		c->limits.order_notional_max.n = size.n + size.n / 4;
	if (size.n > c->limits.capital.n)
		config_problem(r, e, sized ?
			       "the strategy's size is larger than capital: it could never trade" :
			       "position is larger than capital: it could never trade", NULL);
	if (size.n > c->limits.order_notional_max.n)
		config_problem(r, e, sized ?
			       "the strategy's size is larger than order_max: it could never "
			       "trade" :
			       "position is larger than order_max: it could never trade", NULL);
}

static void check_sides(struct reader *r, const struct entry *e, const struct engine_config *c)
{
	const struct entry *sides = config_entry(r, e->section, "sides");

	if (c->rules == NULL || c->strategy == NULL || c->strategy->outside)
		return;
	if (((c->sides & SIDES_LONG) != 0 && c->rules->asks[0] > 0) ||
	    ((c->sides & SIDES_SHORT) != 0 && c->rules->asks[1] > 0))
		return;
	config_problem(r, sides != NULL ? sides : e, c->rules->asks[0] > 0 ?
		       "the strategy lacks enter_short: short alone could never trade" :
		       "the strategy has enter_short alone: it wants sides = short", NULL);
}

static void finish_instance(struct reader *r, const struct entry *e, struct draft *d)
{
	struct engine_config *c = &d->c;
	struct entry *strategy = config_entry(r, e->section, "strategy");
	struct entry *symbols = config_entry(r, e->section, "symbols");

	if (d->symbols.n == 0 && (symbols == NULL || symbols->value.n == 0))
		config_problem(r, e, "symbols = … is missing", NULL);
	if (d->strategy[0] == 0)
		config_problem(r, e, "strategy = … is missing", NULL);
	else
		config_strategy(r, strategy != NULL ? strategy : e, d);
	instance_symbols(r, e, d);
	trade_size(r, e, d);
	check_sides(r, e, c);
	if (c->limits.stale_after == 0)
		c->limits.stale_after = 2 * c->timeframe_s * NS_SECOND;
	check_plan(r, e, c);
}

static bool good_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.s[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '-' || c == '_' || c == '.'))
			return false;
	}
	return name.n > 0 && name.n < INSTANCE_NAME;
}

/* The entries of one section into the draft; the first one. */
static struct entry *instance_entries(struct reader *r, struct str section, struct draft *d,
				      bool *in_file)
{
	struct entry *first = NULL;

	for (uint32_t i = 0; i < r->n; i++) {
		struct entry *e = &r->entry[i];
		if (!str_eq(e->section, section))
			continue;
		if (first == NULL)
			first = e;
		*in_file |= e->line > 0;
		set_value(r, e, instance_keys, (struct str){ "", 0 }, d);
	}
	assert(first != NULL);
	return first;
}

static const char *near_instance(void *ctx, uint32_t i)
{
	const struct reader *r = ctx;

	return i < r->c->instances_n ? r->c->instance[i].name : NULL;
}

static void one_instance(struct reader *r, struct str section)
{
	struct draft *d = &r->draft;
	struct str name = str_trim((struct str){ section.s + 9, section.n - 9 });
	bool in_file = false;
	uint32_t n = r->c->instances_n;

	memset(d, 0, sizeof *d);
	defaults(instance_keys, d);
	struct entry *first = instance_entries(r, section, d, &in_file);
	if (!in_file && (d->symbols.n == 0 || d->strategy[0] == 0)) {
		config_problem(r, first, "there is no such instance",
			       word_nearest(name, near_instance, r));
		return;
	}
	if (n == INSTANCES_MAX) {
		config_problem(r, first, "more than 16 instances", NULL);
		return;
	}
	if (!good_name(name) || !str_copy(d->c.name, sizeof d->c.name, name)) {
		config_problem(r, first, "an instance's name has 1 to 31 of a-z A-Z 0-9 - _ .",
			       NULL);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		if (engine_name_hash(d->c.name) == engine_name_hash(r->c->instance[i].name))
			config_problem(r, first, "its name is too like another's: order ids would "
				"clash", NULL);
	finish_instance(r, first, d);
	d->c.index = (uint8_t)n;
	r->c->instance[n] = d->c;
	r->c->instance_enabled[n] = d->enabled;
	r->c->instances_n++;
}

static void instances(struct reader *r)
{
	uint32_t enabled = 0, seen = 0;

	for (uint32_t i = 0; i < r->n; i++) {
		if (!str_starts(r->entry[i].section, STR("instance ")) || r->entry[i].used)
			continue;
		one_instance(r, r->entry[i].section);
		seen++;
	}
	for (uint32_t i = 0; i < r->c->instances_n; i++)
		enabled += r->c->instance_enabled[i];
	if (enabled > 0 || r->unread)
		return;
	if (seen == 0)
		config_problem(r, NULL, "there is no [instance NAME]: nothing would be traded "
			       "(gambler init ini prints five)",
			       NULL);
	else if (seen == r->c->instances_n)
		config_problem(r, NULL, "no [instance NAME] is enabled: nothing would be traded",
			       NULL);
}

/* ---- all of it */

static void keys(struct reader *r)
{
	char why[CONFIG_TEXT + 80];
	struct entry *e = config_entry(r, STR("account"), "key_file");

	bool cannot = false;
	if (!config_secrets(r->c, &cannot, why, sizeof why))
		config_problem(r, e, why, NULL);
	r->cannot |= cannot;
}

static void begin(struct reader *r, struct config *c, struct config_problem *problems, uint32_t *n)
{
	memset(r, 0, sizeof *r);
	memset(c, 0, sizeof *c);
	r->c = c;
	r->problem = problems;
	r->problems = n;
	*n = 0;
	defaults(config_keys, c);
}

static enum err finish(struct reader *r, const char *const *overrides)
{
	struct config *c = r->c;

	if (!str_copy(c->file, sizeof c->file, str_of(r->file)))
		config_problem(r, NULL, "path is too long", NULL);
	config_environment(r);
	for (; overrides != NULL && *overrides != NULL; overrides++)
		config_override(r, *overrides);
	fixed_sections(r);
	config_check_strategies(r);
	instances(r);
	keys(r);
	config_mode(r);
	config_addresses(r);
	enum err e = r->cannot ? ERR_IO : *r->problems == 0 ? OK : ERR_CONFIG;
	explicit_bzero(r, sizeof *r);	/* it holds a token */
	return e;
}

static struct reader reader;	/* 600 kB, before threads start */

enum err config_load(struct config *c, const char *path, const char *const *overrides,
		     struct config_problem problems[static CONFIG_PROBLEMS], uint32_t *n)
{
	begin(&reader, c, problems, n);
	config_find_file(&reader, path);
	return finish(&reader, overrides);
}

enum err config_load_text(struct config *c, const char *file, struct str text,
			  const char *const *overrides,
			  struct config_problem problems[static CONFIG_PROBLEMS], uint32_t *n)
{
	begin(&reader, c, problems, n);
	reader.file = file;
	config_read_text(&reader, text);
	return finish(&reader, overrides);
}
