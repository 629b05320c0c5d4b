/* The sample gambler.ini, and the effective configuration. */
#include "base/asset.h"
#include "run/config_inner.h"

#define WIDTH 96		/* of the sample's comments */

struct out { void (*line)(void *ctx, const char *text); void *ctx; };

static void line(const struct out *o, const char *a, const char *b, const char *c, const char *d)
{
	char memory[CONFIG_TEXT + 64];
	struct text t;

	text_init(&t, memory, sizeof memory - 1);
	text_cstr(&t, a);
	text_cstr(&t, b);
	text_cstr(&t, c);
	text_cstr(&t, d);
	memory[t.n] = 0;
	o->line(o->ctx, memory);
}

/* "key = value"; nothing behind the sign when there is no value. */
static void setting(const struct out *o, const char *before, const char *key, const char *value)
{
	char memory[CONFIG_TEXT * 2 + SYMBOL_TEXT * LIST_SYMBOLS];

	static_assert(sizeof memory > RULE_TEXT_MAX + 32, "a rule fits");
	struct text t;

	text_init(&t, memory, sizeof memory - 1);
	text_cstr(&t, before);
	text_cstr(&t, key);
	text_cstr(&t, value[0] != 0 ? " = " : " =");
	text_cstr(&t, value);
	memory[t.n] = 0;
	o->line(o->ctx, memory);
}

static size_t columns(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.s[i] & 0xc0) != 0x80;
	return n;
}

/* A comment of as many lines as it takes. */
static void comment(const struct out *o, struct str words)
{
	char memory[WIDTH * 4];
	struct text t;

	text_init(&t, memory, sizeof memory - 1);
	text_char(&t, ';');
	while (words.n > 0) {
		struct str word = str_cut(&words, ' ');
		if (columns(text_str(&t)) + 1 + columns(word) > WIDTH) {
			memory[t.n] = 0;
			o->line(o->ctx, memory);
			t.n = 1;
		}
		text_char(&t, ' ');
		text_add(&t, word);
	}
	memory[t.n] = 0;
	if (t.n > 1)
		o->line(o->ctx, memory);
}

static void help_line(const struct out *o, const char *help, struct str limits)
{
	char memory[512];
	struct text t;

	text_init(&t, memory, sizeof memory);
	text_cstr(&t, help);
	if (limits.n > 0) {
		text_cstr(&t, help[0] != 0 ? " (" : "(");
		text_add(&t, limits);
		text_char(&t, ')');
	}
	assert(!t.full);
	comment(o, text_str(&t));
}

void config_sample_of(const struct strategy *s, void (*each)(void *ctx, const char *text),
		     void *ctx)
{
	struct out out = { each, ctx }, *o = &out;

	line(o, "; [strategy NAME]", "", "", "");
	help_line(o, s->about, (struct str){ "", 0 });
	setting(o, "; ", "use", s->name);
	comment(o, STR("the numbers to start from; those that are given beside it go before it:"));
	for (uint32_t i = 0; i < s->presets_n; i++)
		line(o, ";   ", s->presets[i].name, ": ", s->presets[i].about);
	setting(o, "; ", "preset", s->presets_n > 0 ? s->presets[0].name : "");
	for (uint32_t i = 0; i < s->params_n; i++) {
		char value[64], limits[96];
		struct text t, b;
		text_init(&t, value, sizeof value);
		param_text(&t, s, i, s->params[i].value);
		text_init(&b, limits, sizeof limits);
		param_bounds(&b, s, i);
		help_line(o, s->params[i].help, text_str(&b));
		setting(o, "; ", s->params[i].key, text_done(&t));
	}
}

void config_sample(void (*each)(void *ctx, const char *text), void *ctx)
{
	struct str rest = asset_text("gambler.ini");

	while (rest.n > 0) {
		char memory[256];
		bool fits = str_copy(memory, sizeof memory, str_cut(&rest, '\n'));
		assert(fits);
		each(ctx, memory);
	}
}

#ifdef __GLIBC__
/* The bound as it would be written in the ini. */
static void bound(const struct key *k, struct text *t, double v)
{
	if (k->type == KEY_DURATION) {
		duration_text(t, (ns)v * NS_SECOND);
		return;
	}
	text_f64(t, v, 4);
	text_cstr(t, k->type == KEY_BP ? "%" : k->type == KEY_BP_CENTI ? "bp" : "");
}

static void bounds(const struct key *k, struct text *t)
{
	switch (k->type) {
	case KEY_INT: case KEY_U64: case KEY_USD: case KEY_BP: case KEY_BP_CENTI: case KEY_SPEED:
	case KEY_DURATION:
		bound(k, t, k->min);
		text_cstr(t, " to ");
		bound(k, t, k->max);
		text_cstr(t, k->type == KEY_USD ? " dollars" : k->type == KEY_SPEED ? ", max" : "");
		break;
	case KEY_BOOL:
		text_cstr(t, "yes or no");
		break;
	case KEY_CHOICE: case KEY_TEXT: case KEY_SECRET: case KEY_DATE: case KEY_SYMBOLS:
	case KEY_WINDOW: case KEY_TIMEFRAME: case KEY_SIDES: case KEY_REGIME:
		text_cstr(t, k->choices != NULL ? k->choices : "");
		break;
	}
}

static void sample_key(const struct out *o, const struct key *k)
{
	char memory[128];
	struct text t;

	text_init(&t, memory, sizeof memory);
	bounds(k, &t);
	help_line(o, k->help, text_str(&t));
	setting(o, "; ", k->name, k->value);
}

/* A line for each: all their keys would be hundreds, and most are right as they are. */
static void sample_strategies(const struct out *o)
{
	const struct strategy *first = strategies[0];

	assert(first != NULL);
	comment(o, STR("`gambler help strategies NAME` lists the keys of one, with defaults and "
		       "bounds; what is not given here is the preset's, and what that does not "
		       "give is the default. Or it has rules of your own (gambler help rules), or "
		       "a program (gambler help exec)."));
	line(o, ";", "", "", "");
	line(o, "; [strategy NAME]", "", "", "");
	comment(o, STR("one of these:"));
	for (uint32_t i = 0; strategies[i] != NULL; i++)
		line(o, ";   ", strategies[i]->name, ": ", strategies[i]->about);
	line(o, ";   ", rules_strategy.name, ": ", rules_strategy.about);
	setting(o, "; ", "use", first->name);
	comment(o, STR("the numbers to start from; those that are given beside it go before it"));
	setting(o, "; ", "preset", first->presets[0].name);
}

static const char *const head[] = {
	"; gambler.ini: every key with its default, as a comment. To change one, take away the ;",
	"; before it. `gambler check` tells what is wrong, `gambler check --show` what is in",
	"; force.",
	";",
	"; Keys of the broker do not belong here: they are APCA_API_KEY_ID and APCA_API_SECRET_KEY",
	"; in the environment, or in the file that [account] key_file names. Without them gambler",
	"; trades on the exchange inside it.",
	";",
	"; A key can also be given as GAMBLER_SECTION_KEY in the environment, which goes before",
	"; this file, or as --set section.key=value or --set instance.NAME.key=value, which goes",
	"; before both.",
};

void config_sample_made(void (*each)(void *ctx, const char *text), void *ctx)
{
	struct out o = { each, ctx };
	const char *section = "";

	for (size_t i = 0; i < COUNT(head); i++)
		each(ctx, head[i]);
	for (const struct key *k = config_keys; k->name != NULL; k++) {
		if (!str_eq(str_of(section), str_of(k->section))) {
			section = k->section;
			each(ctx, "");
			line(&o, "[", section, "]", "");
		}
		sample_key(&o, k);
	}
	each(ctx, "");
	each(ctx, "; ==== [strategy NAME]: a strategy of the program with numbers, under a name of "
	     "yours");
	sample_strategies(&o);
	each(ctx, "");
	each(ctx, "; ==== [instance NAME]: a strategy on symbols, with money and limits; up to 16");
	each(ctx, ";");
	each(ctx, "; [instance NAME]");
	for (const struct key *k = instance_keys; k->name != NULL; k++)
		sample_key(&o, k);
	each(ctx, "");
	struct str rest = str_of(shipped_strategies);
	while (rest.n > 0) {
		char memory[256];
		bool fits = str_copy(memory, sizeof memory, str_cut(&rest, '\n'));
		assert(fits);
		each(ctx, memory);
	}
}
#endif

/* ---- what is in force */

static void show_key(const struct out *o, const struct key *k, const void *base)
{
	char memory[CONFIG_TEXT + SYMBOL_TEXT * LIST_SYMBOLS];
	struct text t;

	text_init(&t, memory, sizeof memory);
	config_write_value(k, base, &t);
	text_done(&t);
	/* A secret is not shown, and three asterisks would be a wrong one. */
	if (k->type == KEY_SECRET && t.n > 0)
		setting(o, "; ", k->name, memory);
	else
		setting(o, "", k->name, memory);
}

/* "30, 10 to 40 step 5" */
static void bounds_text(struct text *t, const struct rules *r, uint32_t i)
{
	const struct param_spec *spec = &r->param[i];

	if (spec->min == -1e9 && spec->max == 1e9)
		return;
	text_cstr(t, ", ");
	param_text(t, &r->strategy, i, spec->min);
	text_cstr(t, " to ");
	param_text(t, &r->strategy, i, spec->max);
	if (r->step[i] > 0) {
		text_cstr(t, " step ");
		param_text(t, &r->strategy, i, r->step[i]);
	}
}

static void show_strategy(const struct out *o, const struct engine_config *e)
{
	const struct strategy *s = e->strategy;

	setting(o, "", "use", s->name);
	for (uint32_t k = 0; k < s->params_n; k++) {
		char memory[128];
		struct text t;
		text_init(&t, memory, sizeof memory);
		param_text(&t, s, k, e->params.v[k]);
		if (e->rules != NULL)
			bounds_text(&t, e->rules, k);
		setting(o, "", s->params[k].key, text_done(&t));
	}
	for (uint32_t k = 0; e->rules != NULL && k < RULES_KEYS; k++)
		if (e->rules->source[k] != NULL)
			setting(o, "", rules_keys[k], e->rules->source[k]);
}

static void show_instance(const struct out *o, const struct config *c, uint32_t i)
{
	struct draft d;
	const struct engine_config *e = &c->instance[i];
	bool fits;

	memset(&d, 0, sizeof d);
	d.c = *e;
	d.enabled = c->instance_enabled[i];
	d.order_max = e->limits.order_notional_max;
	d.symbols.n = e->symbols_n;
	for (uint32_t k = 0; k < e->symbols_n; k++)
		memcpy(d.symbols.name[k], e->symbol_name[k], SYMBOL_TEXT);
	fits = str_copy(d.strategy, sizeof d.strategy, str_of(e->name)) &&
	       str_copy(d.benchmark, sizeof d.benchmark,
			e->bench == SYM_NONE ? STR("none") : str_of(c->symbols.name[e->bench]));
	assert(fits);
	line(o, "", "", "", "");
	line(o, "[strategy ", e->name, "]", "");
	show_strategy(o, e);
	line(o, "", "", "", "");
	line(o, "[instance ", e->name, "]", "");
	for (const struct key *k = instance_keys; k->name != NULL; k++)
		show_key(o, k, &d);
}

void config_show(const struct config *c, void (*each)(void *ctx, const char *text), void *ctx)
{
	static struct config plain;	/* 20 kB, and for one thread */
	struct out o = { each, ctx };
	const char *section = "";

	plain = *c;
	size_t mode = strlen(mode_text(c->mode)) + 1, n = strlen(plain.folder);
	assert(n > mode);
	plain.folder[n - mode] = 0;	/* the mode's own folder is appended by the reader */
	line(&o, "; from ", c->file, ", in force: mode ", mode_text(c->mode));
	for (const struct key *k = config_keys; k->name != NULL; k++) {
		if (!str_eq(str_of(section), str_of(k->section))) {
			section = k->section;
			line(&o, "", "", "", "");
			line(&o, "[", section, "]", "");
		}
		show_key(&o, k, &plain);
	}
	explicit_bzero(&plain, sizeof plain);
	for (uint32_t i = 0; i < c->instances_n; i++)
		show_instance(&o, c, i);
}
