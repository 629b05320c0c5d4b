/* check.c: `gambler check`: the configuration, without network and without writing. */
#include <stdio.h>

#include "base/text.h"
#include "cmd/cmd.h"

static void print_line(void *ctx, const char *text)
{
	(void)ctx;
	puts(text);
}

static uint32_t warmup(const struct rules *r)
{
	return r->strategy.warmup_bars != 0 ? r->strategy.warmup_bars : r->frame[0].bars;
}

/* "15m", "1d" */
static void frame_text(struct text *t, int32_t seconds)
{
	bool days = seconds == PLAN_DAY;

	text_u64(t, days ? 1 : (uint32_t)seconds / 60);
	text_char(t, days ? 'd' : 'm');
}

static void json_count(struct text *t, const char *key, uint32_t n)
{
	json_key(t, key);
	json_i64(t, n);
}

static void rules_json(struct text *t, const char *instance, const struct rules *r)
{
	json_object(t);
	json_key(t, "instance");
	json_cstr(t, instance);
	json_key(t, "types");
	json_object(t);
	for (uint32_t k = 0; k <= RULES_SIZE; k++) {
		if (r->source[k] == NULL)
			continue;
		json_key(t, rules_keys[k]);
		json_cstr(t, k <= RULES_EXIT_SHORT ? "condition" : "number");
	}
	json_end_object(t);
	json_count(t, "warmup_bars", warmup(r));
	json_key(t, "frames");
	json_array(t);
	for (uint32_t k = 1; k < r->frames; k++) {
		char memory[16];
		struct text frame;
		text_init(&frame, memory, sizeof memory);
		frame_text(&frame, r->frame[k].seconds);
		json_object(t);
		json_key(t, "timeframe");
		json_str(t, text_str(&frame));
		json_count(t, "bars", r->frame[k].bars);
		json_end_object(t);
	}
	json_end_array(t);
	json_count(t, "look_back_bars", r->depth);
	json_count(t, "look_ahead_bars", 0);
	json_count(t, "stack", r->stack);
	json_count(t, "stack_max", PLAN_STACK);
	json_count(t, "cost_ns", r->cost);
	json_end_object(t);
}

#define JSON_ROOM (512 + INSTANCES_MAX * 1024)	/* of rules: nine keys, frames, counts */

static void print_json(const struct config *c)
{
	static char memory[JSON_ROOM];
	struct text t;

	text_init(&t, memory, sizeof memory);
	json_object(&t);
	json_key(&t, "ok");
	json_bool(&t, true);
	json_key(&t, "file");
	json_cstr(&t, c->file);
	json_key(&t, "mode");
	json_cstr(&t, mode_text(c->mode));
	json_count(&t, "instances", c->instances_n);
	json_count(&t, "symbols", c->symbols.n);
	json_key(&t, "rules");
	json_array(&t);
	for (uint32_t i = 0; i < c->instances_n; i++)
		if (c->instance[i].rules != NULL)
			rules_json(&t, c->instance[i].name, c->instance[i].rules);
	json_end_array(&t);
	json_end_object(&t);
	puts(text_done(&t));
}

/* What is proven of the rules of each instance. */
static void print_rules(const struct config *c)
{
	for (uint32_t i = 0; i < c->instances_n; i++) {
		const struct rules *r = c->instance[i].rules;
		if (r == NULL)
			continue;
		printf("%s: warm-up %u bars", c->instance[i].name, warmup(r));
		for (uint32_t k = 1; k < r->frames; k++) {
			char memory[16];
			struct text frame;
			text_init(&frame, memory, sizeof memory);
			frame_text(&frame, r->frame[k].seconds);
			printf(", %u of %s", r->frame[k].bars, text_done(&frame));
		}
		printf("; looks back %u bars, never ahead; %u of %u operands deep; about %u ns "
		       "where it asks for all\n", r->depth, r->stack, PLAN_STACK, r->cost);
	}
}

int cmd_check(int argc, char **argv)
{
	static const char *const flags[] = { "--show", NULL };
	static struct config c;
	struct options o;
	bool show = false;

	int code = options_read(&o, argc, argv, flags, &show);
	if (code == 0)
		code = options_config(&o, &c);
	if (code != 0)
		return code;
	if (o.json) {
		print_json(&c);
		return EXIT_DONE;
	}
	if (show)
		config_show(&c, print_line, NULL);
	else
		printf("%s: good: mode %s, %u instance%s, %u symbol%s\n", c.file,
		       mode_text(c.mode), c.instances_n, c.instances_n == 1 ? "" : "s",
		       c.symbols.n, c.symbols.n == 1 ? "" : "s");
	if (!show)
		print_rules(&c);
	return EXIT_DONE;
}
