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

static const struct key *find_key(const struct key *k, struct str section, struct str name)
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
	static const char *const names[] = { "account", "market", "risk", "store", "server", "log",
					     "exchange", "strategy NAME", "instance NAME", NULL };
	(void)ctx;
	return names[i];
}

static bool known_section(struct str s)
{
	for (const struct key *k = config_keys; k->name != NULL; k++)
		if (str_eq(s, str_of(k->section)))
			return true;
	return false;
}

static void set_value(struct reader *r, struct entry *e, const struct key *table, struct str section,
		      void *base)
{
	char why[200];
	struct near near = { table, section };
	const struct key *k = find_key(table, section, e->name);

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
		if (known_section(e->section))
			set_value(r, e, config_keys, e->section, r->c);
		else
			config_problem(r, e, "unknown section", word_nearest(e->section, near_section, NULL));
	}
}

/* ---- strategies */

static const char *near_param(void *ctx, uint32_t i)
{
	const struct strategy *s = ctx;

	return i < s->params_n ? s->params[i].key : NULL;
}

static const char *near_strategy(void *ctx, uint32_t i)
{
	(void)ctx;
	return strategies[i] != NULL ? strategies[i]->name : NULL;
}

static struct entry *entry_of(struct reader *r, struct str section, const char *name)
{
	struct entry *found = NULL;	/* the last one wins: overrides come behind the file */

	for (uint32_t i = 0; i < r->n; i++)
		if (str_eq(r->entry[i].section, section) && str_eq(r->entry[i].name, str_of(name)))
			found = &r->entry[i];
	return found;
}

static void strategy_params(struct reader *r, const struct strategy *s, struct str section,
			    struct params *p)
{
	char why[200];

	for (uint32_t i = 0; i < r->n; i++) {
		struct entry *e = &r->entry[i];
		if (!str_eq(e->section, section) || str_eq(e->name, STR("use")) ||
		    str_eq(e->name, STR("preset")))
			continue;
		enum err err = params_set(s, p, e->name, e->value, why, sizeof why);
		if (err == ERR_NOTFOUND)
			config_problem(r, e, "unknown key", word_nearest(e->name, near_param, (void *)(uintptr_t)s));
		else if (err != OK)
			config_problem(r, e, why, NULL);
	}
}

/* [strategy NAME] into params; NULL when there was a problem. */
static const struct strategy *strategy_of(struct reader *r, const struct entry *from, struct str name,
					  struct params *p)
{
	char section[SECTION_MAX], why[200];
	struct text t;

	text_init(&t, section, sizeof section);
	text_cstr(&t, "strategy ");
	text_add(&t, name);
	struct entry *use = entry_of(r, text_str(&t), "use");
	const struct strategy *s = strategy_find(use != NULL ? use->value : name);
	if (s == NULL && use != NULL)
		config_problem(r, use, "no such strategy", word_nearest(use->value, near_strategy, NULL));
	else if (s == NULL)
		config_problem(r, from, "there is no [strategy] of that name with use = …",
			word_nearest(name, near_strategy, NULL));
	if (s == NULL)
		return NULL;
	params_default(s, p);
	struct entry *preset = entry_of(r, text_str(&t), "preset");
	if (preset != NULL && params_preset(s, p, preset->value) != OK)
		config_problem(r, preset, "no such preset (see: gambler help ini)", NULL);
	strategy_params(r, s, text_str(&t), p);
	if (s->check != NULL && !s->check(p, why, sizeof why))
		config_problem(r, use != NULL ? use : from, why, NULL);
	return s;
}

/* Every [strategy NAME] is checked, used or not. */
static void check_strategies(struct reader *r)
{
	for (uint32_t i = 0; i < r->n; i++) {
		struct entry *e = &r->entry[i];
		if (!str_starts(e->section, STR("strategy ")))
			continue;
		e->used = true;
		if (entry_of(r, e->section, "use") == NULL) {
			struct str name = { e->section.s + 9, e->section.n - 9 };
			if (strategy_find(name) == NULL)
				config_problem(r, e, "this section lacks use = NAME of a built-in strategy", NULL);
		}
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
	if (*out != SYM_NONE || symbols_add(&r->c->symbols, str_of(name), out) == OK)
		return true;
	config_problem(r, e, "a symbol that cannot be: 1 to 11 of A-Z 0-9 . -, and 128 in all", NULL);
	return false;
}

static void finish_instance(struct reader *r, const struct entry *e, struct draft *d)
{
	const char *bench = d->benchmark[0] != 0 ? d->benchmark : r->c->benchmark;
	struct engine_config *c = &d->c;

	if (d->symbols.n == 0)
		config_problem(r, e, "symbols = … is missing", NULL);
	if (d->strategy[0] == 0)
		config_problem(r, e, "strategy = … is missing", NULL);
	else
		c->strategy = strategy_of(r, e, str_of(d->strategy), &c->params);
	sort_symbols(&d->symbols);
	for (uint32_t i = 0; i < d->symbols.n; i++) {
		memcpy(c->symbol_name[i], d->symbols.name[i], SYMBOL_TEXT);
		(void)intern(r, e, d->symbols.name[i], &c->symbol[i]);
	}
	c->symbols_n = d->symbols.n;
	c->bench = SYM_NONE;
	if (bench[0] != 0 && !str_eq(str_of(bench), STR("none")))
		(void)intern(r, e, bench, &c->bench);
	c->limits.order_notional_max = d->order_max.n != 0 ? d->order_max
				     : (usd){ c->position.n + c->position.n / 4 };
	if (c->limits.stale_after == 0)
		c->limits.stale_after = 2 * c->timeframe_s * NS_SECOND;
	if (c->position.n > c->limits.capital.n)
		config_problem(r, e, "position is larger than capital: it could never trade", NULL);
}

static void one_instance(struct reader *r, struct str section)
{
	struct draft *d = &r->draft;
	struct entry *first = NULL;
	struct str name = str_trim((struct str){ section.s + 9, section.n - 9 });

	memset(d, 0, sizeof *d);
	defaults(instance_keys, d);
	for (uint32_t i = 0; i < r->n; i++) {
		struct entry *e = &r->entry[i];
		if (!str_eq(e->section, section))
			continue;
		if (first == NULL)
			first = e;
		set_value(r, e, instance_keys, (struct str){ "", 0 }, d);
	}
	assert(first != NULL);
	uint32_t n = r->c->instances_n;
	if (n == INSTANCES_MAX) {
		config_problem(r, first, "more than 16 instances", NULL);
		return;
	}
	if (!str_copy(d->c.name, sizeof d->c.name, name) || name.n == 0)
		config_problem(r, first, "an instance's name has 1 to 31 characters", NULL);
	for (uint32_t i = 0; i < n; i++)
		if (engine_name_hash(d->c.name) == engine_name_hash(r->c->instance[i].name))
			config_problem(r, first, "its name is too like another's: order ids would clash", NULL);
	finish_instance(r, first, d);
	d->c.index = (uint8_t)n;
	r->c->instance[n] = d->c;
	r->c->instance_enabled[n] = d->enabled;
	r->c->instances_n++;
}

static void instances(struct reader *r)
{
	for (uint32_t i = 0; i < r->n; i++)
		if (str_starts(r->entry[i].section, STR("instance ")) && !r->entry[i].used)
			one_instance(r, r->entry[i].section);
	uint32_t enabled = 0;
	for (uint32_t i = 0; i < r->c->instances_n; i++)
		enabled += r->c->instance_enabled[i];
	if (enabled == 0)
		config_problem(r, NULL, "no [instance NAME] is enabled: there is nothing to trade", NULL);
}

/* ---- keys, mode, and what only shows together */

static void keys(struct reader *r)
{
	char why[200];
	struct entry none = { .line = 1 };

	if (!config_secrets(r->c, why, sizeof why))
		config_problem(r, &none, why, NULL);
}

static void mode(struct reader *r)
{
	struct config *c = r->c;
	bool have = c->key.text[0] != 0 && c->secret.text[0] != 0;
	struct entry *e = entry_of(r, STR("account"), "mode");

	c->mode = c->mode_asked == 3 ? MODE_LIVE : c->mode_asked == 1 ? MODE_SIM : MODE_PAPER;
	if (c->mode == MODE_LIVE && !have)
		config_problem(r, e, "live needs keys: APCA_API_KEY_ID and APCA_API_SECRET_KEY in the "
			"environment, or key_file", NULL);
	if (c->mode == MODE_LIVE && !str_eq(str_of(c->live_word), STR("yes-i-mean-it")))
		config_problem(r, e, "real money wants live = yes-i-mean-it beside it", NULL);
	if (c->mode == MODE_PAPER && !have) {
		c->mode = MODE_SIM;
		c->mode_fell_back = c->mode_asked == 2;
	}
	if (c->trading_url[0] == 0 &&
	    !str_copy(c->trading_url, sizeof c->trading_url,
		      c->mode == MODE_LIVE ? STR("https://api.alpaca.markets")
					   : STR("https://paper-api.alpaca.markets")))
		assert(!"a URL of ours fits");
	size_t n = strlen(c->folder);
	struct text t;
	text_init(&t, c->folder, sizeof c->folder);
	t.n = n;
	text_char(&t, '/');
	text_cstr(&t, mode_text(c->mode));
	if (t.full || n == 0 || t.n == sizeof c->folder)
		config_problem(r, entry_of(r, STR("store"), "folder"), "folder is empty or too long", NULL);
	else
		text_done(&t);
	if (c->mode == MODE_SIM && (c->key.text[0] == 0 || c->secret.text[0] == 0)) {
		/* The embedded exchange takes any pair. */
		if (!str_copy(c->key.text, sizeof c->key.text, STR("PKSIM")) ||
		    !str_copy(c->secret.text, sizeof c->secret.text, STR("sim")))
			assert(!"a key of ours fits");
	}
}

static bool loopback(struct str host)
{
	return str_starts(host, STR("127.")) || str_eq(host, STR("[::1]")) ||
	       str_eq(host, STR("localhost"));
}

static void server(struct reader *r)
{
	struct str rest = str_of(r->c->listen);
	struct entry *e = entry_of(r, STR("server"), "listen");
	size_t colon = rest.n;

	for (size_t i = 0; i < rest.n; i++)
		if (rest.s[i] == ':')
			colon = i;
	if (rest.n == 0)
		return;
	if (colon == rest.n)
		config_problem(r, e, "listen is not ADDRESS:PORT", NULL);
	else if (!loopback((struct str){ rest.s, colon }) && r->c->token.text[0] == 0)
		config_problem(r, e, "an address that others can reach needs a token: [server] token, or "
			"GAMBLER_SERVER_TOKEN in the environment", NULL);
}

enum err config_load(struct config *c, const char *path, const char *const *overrides,
		     struct config_problem problems[static CONFIG_PROBLEMS], uint32_t *n)
{
	static struct reader reader;	/* 600 kB, before threads start */
	struct reader *r = &reader;

	memset(r, 0, sizeof *r);
	memset(c, 0, sizeof *c);
	r->c = c;
	r->problem = problems;
	r->problems = n;
	*n = 0;
	defaults(config_keys, c);
	config_find_file(r, path);
	config_environment(r);
	for (; overrides != NULL && *overrides != NULL; overrides++)
		config_override(r, *overrides);
	fixed_sections(r);
	check_strategies(r);
	instances(r);
	keys(r);
	mode(r);
	server(r);
	return *n == 0 ? OK : ERR_CONFIG;
}
