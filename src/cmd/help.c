/* help.c: `gambler help` and `gambler version`. */
#include <stdio.h>
#include <sys/utsname.h>

#include "base/asset.h"
#include "base/near.h"
#include "base/version.h"
#include "cmd/cmd.h"
#include "strategy/strategy.h"

static void print_line(void *ctx, const char *text)
{
	(void)ctx;
	puts(text);
}

/* The commands in groups, by the first of each. */
static const struct { const char *first, *title; } groups[] = {
	{ "run", "Trade" }, { "status", "Look at it" }, { "halt", "Take hold of it" },
	{ "check", "Set it up" },
};

static void overview(void)
{
	puts("gambler trades US stocks: several strategies, every position with its stop.\n"
	     "\n"
	     "Usage: gambler COMMAND [options]");
	for (const struct subcommand *c = commands; c->name != NULL; c++) {
		for (size_t i = 0; i < COUNT(groups); i++)
			if (str_eq(str_of(c->name), str_of(groups[i].first)))
				printf("\n%s\n", groups[i].title);
		printf("  %-10s %s\n", c->name, c->about);
	}
	puts("\n"
	     "Options of most commands\n"
	     "  -c FILE                  instead of ./gambler.ini or /etc/gambler/gambler.ini\n"
	     "  --set section.key=value  goes before the file and the environment\n"
	     "  --json                   for programs\n"
	     "\n"
	     "Start with: gambler demo     (no keys, no internet, nothing to set up)\n"
	     "More:       gambler help COMMAND, or help ini, strategies, rules, exec, faults");
}

/* The lines behind [name], up to the next that begins with a bracket. */
void help_section(const char *name)
{
	struct str rest = asset_text("help");
	bool mine = false;

	while (rest.n > 0) {
		struct str line = str_cut(&rest, '\n');
		if (line.n > 0 && line.s[0] == '[')
			mine = str_eq((struct str){ line.s + 1, line.n - 2 }, str_of(name));
		else if (mine)
			printf("%.*s\n", (int)line.n, line.s);
	}
}

void command_help(const struct subcommand *c)
{
	help_section(c->name);
	if (c->more != NULL)
		c->more();
}

static int help_strategies(const char *name)
{
	const struct strategy *s = name != NULL ? strategy_find(str_of(name)) : NULL;

	if (s != NULL) {
		config_sample_of(s, print_line, NULL);
		return EXIT_DONE;
	}
	if (name != NULL)
		return usage_error("help", "there is no such strategy", name);
	puts("Strategies, for `use` in a [strategy NAME] of gambler.ini:\n");
	for (uint32_t i = 0; strategies[i] != NULL; i++) {
		printf("  %-20s %s\n", strategies[i]->name, strategies[i]->about);
		for (uint32_t k = 0; k < strategies[i]->presets_n; k++)
			printf("    %-18s %s\n", strategies[i]->presets[k].name,
			       strategies[i]->presets[k].about);
	}
	puts("\nBelow each its presets. Every number: gambler help strategies NAME");
	return EXIT_DONE;
}

static int print_asset(const char *name)
{
	struct str text = asset_text(name);

	(void)!fwrite(text.s, 1, text.n, stdout);
	return EXIT_DONE;
}

static const char *command_name(void *ctx, uint32_t i)
{
	(void)ctx;
	return commands[i].name;
}

int no_command(const char *word)
{
	const char *near = word_nearest(str_of(word), command_name, NULL);

	fprintf(stderr, "gambler: there is no command '%.60s'%s%s%s\nTry 'gambler help'.\n",
		word, near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
		near != NULL ? "'?" : "");
	return EXIT_USAGE;
}

int cmd_help(int argc, char **argv)
{
	if (argc < 2) {
		overview();
		return EXIT_DONE;
	}
	struct str word = str_of(argv[1]);
	if (str_eq(word, STR("ini"))) {
		config_sample(print_line, NULL);
		return EXIT_DONE;
	}
	if (str_eq(word, STR("indicators"))) {
		indicators_list();
		return EXIT_DONE;
	}
	if (str_eq(word, STR("strategies")))
		return help_strategies(argc > 2 ? argv[2] : NULL);
	if (str_eq(word, STR("rules"))) {
		(void)print_asset("init/rules.txt");
		indicators_list();
		return EXIT_DONE;
	}
	if (str_eq(word, STR("exec")))
		return print_asset("init/exec.txt");
	if (str_eq(word, STR("faults"))) {
		help_section("faults");
		return EXIT_DONE;
	}
	for (const struct subcommand *c = commands; c->name != NULL; c++) {
		if (!str_eq(word, str_of(c->name)))
			continue;
		command_help(c);
		return EXIT_DONE;
	}
	return no_command(argv[1]);
}

static int licences(void)
{
	static const char *const names[] = { "LICENSE", "licences" };

	for (size_t i = 0; i < COUNT(names); i++)
		(void)print_asset(names[i]);
	return EXIT_DONE;
}

static const char *target(void)
{
#if defined(__x86_64__)
	return "x86_64";
#elif defined(__aarch64__)
	return "aarch64";
#elif defined(__arm__) && __ARM_ARCH >= 7
	return "armv7";
#elif defined(__arm__)
	return "armv6";
#elif defined(__riscv)
	return "riscv64";
#else
	return "unknown";
#endif
}

int cmd_version(int argc, char **argv)
{
	static const char *const flags[] = { "--licenses", NULL };
	struct options o;
	bool want = false;

	int code = options_read(&o, argc, argv, flags, &want);
	if (code != 0)
		return code;
	if (want)
		return licences();
	if (o.json)
		printf("{\"name\":\"gambler\",\"version\":\"%s\",\"target\":\"%s\"}\n", VERSION,
		       target());
	else
		printf("gambler %s %s (BearSSL, LMDB, inih, musl)\n", VERSION, target());
	return EXIT_DONE;
}
