/* The sample gambler.ini, and the effective configuration. */
#include "run/config_inner.h"

struct out { void (*line)(void *ctx, const char *text); void *ctx; };

static void line(const struct out *o, const char *a, const char *b, const char *c, const char *d)
{
	char memory[512];
	struct text t;

	text_init(&t, memory, sizeof memory - 1);
	text_cstr(&t, a);
	text_cstr(&t, b);
	text_cstr(&t, c);
	text_cstr(&t, d);
	memory[t.n] = 0;
	o->line(o->ctx, memory);
}

static void bounds(const struct key *k, struct text *t)
{
	switch (k->type) {
	case KEY_CHOICE:
		text_cstr(t, k->choices);
		break;
	case KEY_INT: case KEY_U64: case KEY_USD: case KEY_BP: case KEY_BP_CENTI: case KEY_SPEED:
	case KEY_DURATION:
		text_f64(t, k->min, 4);
		text_cstr(t, " to ");
		text_f64(t, k->max, 4);
		if (k->type == KEY_DURATION)
			text_cstr(t, " seconds");
		break;
	case KEY_BOOL:
		text_cstr(t, "yes or no");
		break;
	case KEY_TEXT: case KEY_SECRET: case KEY_DATE: case KEY_SYMBOLS: case KEY_WINDOW:
	case KEY_TIMEFRAME: case KEY_SIDES:
		break;
	}
}

static void sample_key(const struct out *o, const struct key *k)
{
	char memory[512], limits[128];
	struct text t, b;

	text_init(&b, limits, sizeof limits - 1);
	bounds(k, &b);
	text_init(&t, memory, sizeof memory - 1);
	text_cstr(&t, "; ");
	text_cstr(&t, k->help);
	if (b.n > 0) {
		text_cstr(&t, k->help[0] != 0 ? " (" : "(");
		text_add(&t, text_str(&b));
		text_char(&t, ')');
	}
	memory[t.n] = 0;
	if (t.n > 2)
		o->line(o->ctx, memory);
	line(o, "; ", k->name, " = ", k->value);
}

static void sample_params(const struct out *o, const struct strategy *s)
{
	line(o, "; Keys of ", s->name, ": ", s->about);
	for (uint32_t i = 0; i < s->presets_n; i++)
		line(o, ";   preset = ", s->presets[i].name, ": ", s->presets[i].about);
	for (uint32_t i = 0; i < s->params_n; i++) {
		char memory[256];
		struct text t;
		text_init(&t, memory, sizeof memory - 1);
		text_cstr(&t, s->params[i].key);
		text_cstr(&t, " = ");
		param_text(&t, s, i, s->params[i].value);
		memory[t.n] = 0;
		line(o, ";   ", memory, "   ", s->params[i].help);
	}
}

void config_sample(void (*each)(void *ctx, const char *text), void *ctx)
{
	struct out o = { each, ctx };
	const char *section = "";

	each(ctx, "; gambler.ini: every key, commented out, with its default. `gambler check` reads it.");
	each(ctx, "; Keys of the broker are not in here: APCA_API_KEY_ID and APCA_API_SECRET_KEY in the");
	each(ctx, "; environment, or [account] key_file. Without them gambler trades on the exchange inside it.");
	for (const struct key *k = config_keys; k->name != NULL; k++) {
		if (!str_eq(str_of(section), str_of(k->section))) {
			section = k->section;
			each(ctx, "");
			line(&o, "[", section, "]", "");
		}
		sample_key(&o, k);
	}
	each(ctx, "");
	each(ctx, "; ---- [strategy NAME]: a built-in strategy with parameters, under a name of yours");
	for (uint32_t i = 0; strategies[i] != NULL; i++)
		sample_params(&o, strategies[i]);
	each(ctx, "");
	each(ctx, "; ---- [instance NAME]: a strategy on symbols, with money and limits; a thread each. Keys:");
	for (const struct key *k = instance_keys; k->name != NULL; k++)
		sample_key(&o, k);
	each(ctx, "");
	struct str rest = str_of(shipped_strategies);
	while (rest.n > 0) {
		char memory[256];
		struct str l = str_cut(&rest, '\n');
		bool fits = str_copy(memory, sizeof memory, l);
		assert(fits);
		each(ctx, memory);
	}
}

static void show_keys(const struct out *o, const struct key *k, const void *base, bool sections)
{
	const char *section = "";

	for (; k->name != NULL; k++) {
		char memory[CONFIG_TEXT + 64];
		struct text t;
		if (sections && !str_eq(str_of(section), str_of(k->section))) {
			section = k->section;
			line(o, "[", section, "]", "");
		}
		text_init(&t, memory, sizeof memory - 1);
		config_write_value(k, base, &t);
		memory[t.n] = 0;
		line(o, k->name, " = ", memory, "");
	}
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
	line(o, "[strategy ", e->name, "]", "");
	line(o, "use = ", e->strategy->name, "", "");
	for (uint32_t k = 0; k < e->strategy->params_n; k++) {
		char memory[128];
		struct text t;
		text_init(&t, memory, sizeof memory - 1);
		param_text(&t, e->strategy, k, e->params.v[k]);
		memory[t.n] = 0;
		line(o, e->strategy->params[k].key, " = ", memory, "");
	}
	line(o, "[instance ", e->name, "]", "");
	show_keys(o, instance_keys, &d, false);
}

void config_show(const struct config *c, void (*each)(void *ctx, const char *text), void *ctx)
{
	struct out o = { each, ctx };

	show_keys(&o, config_keys, c, true);
	for (uint32_t i = 0; i < c->instances_n; i++)
		show_instance(&o, c, i);
}
