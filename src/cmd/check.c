/* check.c: `gambler check`: the configuration, without network and without writing. */
#include <stdio.h>

#include "base/text.h"
#include "cmd/cmd.h"

static void print_line(void *ctx, const char *text)
{
	(void)ctx;
	puts(text);
}

static void print_json(const struct config *c)
{
	char memory[1024];
	struct text t;

	text_init(&t, memory, sizeof memory);
	json_object(&t);
	json_key(&t, "ok");
	json_bool(&t, true);
	json_key(&t, "file");
	json_cstr(&t, c->file);
	json_key(&t, "mode");
	json_cstr(&t, mode_text(c->mode));
	json_key(&t, "instances");
	json_i64(&t, c->instances_n);
	json_key(&t, "symbols");
	json_i64(&t, c->symbols.n);
	json_end_object(&t);
	puts(text_done(&t));
}

/* "15m", "1d" */
static void print_frame(uint32_t bars, int32_t seconds)
{
	const char *unit = seconds == PLAN_DAY ? "d" : "m";

	printf(", %u of %d%s", bars, seconds == PLAN_DAY ? 1 : seconds / 60, unit);
}

/* What is proven of the rules of each instance. */
static void print_rules(const struct config *c)
{
	for (uint32_t i = 0; i < c->instances_n; i++) {
		const struct rules *r = c->instance[i].rules;
		if (r == NULL)
			continue;
		uint32_t warmup = r->strategy.warmup_bars;
		printf("%s: warm-up %u bars", c->instance[i].name,
		       warmup != 0 ? warmup : r->frame[0].bars);
		for (uint32_t k = 1; k < r->frames; k++)
			print_frame(r->frame[k].bars, r->frame[k].seconds);
		printf("; looks back %u bars, never ahead; about %u ns where it asks for all\n",
		       r->depth, r->cost);
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
		printf("%s: good: mode %s, %u instance%s, %u symbols\n", c.file, mode_text(c.mode),
		       c.instances_n, c.instances_n == 1 ? "" : "s", c.symbols.n);
	if (!show)
		print_rules(&c);
	return EXIT_DONE;
}
