#include "cmd/cmd.h"

#include <stdio.h>

int usage_error(const char *command, const char *what, const char *word)
{
	fprintf(stderr, "gambler %s: %s%s%s\nTry 'gambler help %s'.\n", command, what,
		word[0] != 0 ? ": " : "", word, command);
	return EXIT_USAGE;
}

static int value_of(const char *command, int argc, char **argv, int *i, const char **out)
{
	if (*i + 1 >= argc)
		return usage_error(command, "this option needs a value", argv[*i]);
	*out = argv[++*i];
	return 0;
}

static bool flag(const char *word, const char *const *flags, bool *found)
{
	for (uint32_t i = 0; flags != NULL && flags[i] != NULL; i++) {
		if (!str_eq(str_of(word), str_of(flags[i])))
			continue;
		found[i] = true;
		return true;
	}
	return false;
}

static int one_option(struct options *o, const char *command, int argc, char **argv, int *i)
{
	struct str w = str_of(argv[*i]);

	if (str_eq(w, STR("-c")) || str_eq(w, STR("--config")))
		return value_of(command, argc, argv, i, &o->config);
	if (str_eq(w, STR("--json"))) {
		o->json = true;
		return 0;
	}
	if (str_eq(w, STR("--set"))) {
		if (o->sets == OVERRIDES_MAX)
			return usage_error(command, "more than 32 --set", "");
		return value_of(command, argc, argv, i, &o->set[o->sets++]);
	}
	return usage_error(command, "unknown option", argv[*i]);
}

int options_read(struct options *o, int argc, char **argv, const char *const *flags, bool *found)
{
	bool ended = false;

	memset(o, 0, sizeof *o);
	for (int i = 1; i < argc; i++) {
		if (str_eq(str_of(argv[i]), STR("--")) && !ended) {
			ended = true;
			continue;
		}
		if (ended || argv[i][0] != '-' || argv[i][1] == 0) {
			if (o->argc == (int)COUNT(o->argv))
				return usage_error(argv[0], "too many words", argv[i]);
			o->argv[o->argc++] = argv[i];
			continue;
		}
		if (flag(argv[i], flags, found))
			continue;
		int code = one_option(o, argv[0], argc, argv, &i);
		if (code != 0)
			return code;
	}
	return 0;
}

/* What was read is taken out of /proc/PID/cmdline, which every user may read. */
static void hide_token(const char *set)
{
	struct str value = str_of(set), name = str_trim(str_cut(&value, '='));

	if (str_eq(name, STR("server.token")) || str_eq(name, STR("server.read_token")))
		explicit_bzero((char *)value.s, value.n);
}

int options_config(const struct options *o, struct config *c)
{
	struct config_problem problem[CONFIG_PROBLEMS];
	uint32_t n;

	enum err e = config_load(c, o->config, o->set, problem, &n);
	for (uint32_t i = 0; i < o->sets; i++)
		hide_token(o->set[i]);
	if (e == OK)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		fprintf(stderr, "%s\n", problem[i].text);
	fprintf(stderr, "gambler: %u problem%s in the configuration; nothing was started.\n", n,
		n == 1 ? "" : "s");
	return e == ERR_CONFIG ? EXIT_CONFIG : EXIT_FAILED;
}

void print_error(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "%s\n", line);
}
