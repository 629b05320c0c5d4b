/* init.c: `gambler init`: the sample configuration and the init scripts, from inside. */
#include <stdio.h>

#include "base/asset.h"
#include "cmd/cmd.h"

static int print_asset(const char *name)
{
	struct str text = asset_text(name);

	return fwrite(text.s, 1, text.n, stdout) == text.n ? EXIT_DONE : EXIT_FAILED;
}

static void print_line(void *ctx, const char *text)
{
	(void)ctx;
	puts(text);
}

int cmd_init(int argc, char **argv)
{
	struct options o;

	int code = options_read(&o, argc, argv, NULL, NULL);
	if (code != 0)
		return code;
	if (o.argc != 1)
		return usage_error("init", "needs one of ini, rules, systemd, openrc, man", "");
	struct str what = str_of(o.argv[0]);
	if (str_eq(what, STR("ini"))) {
		config_sample(print_line, NULL);
		return EXIT_DONE;
	}
	if (str_eq(what, STR("rules")))
		return print_asset("init/rules.ini");
	if (str_eq(what, STR("systemd")))
		return print_asset("init/systemd");
	if (str_eq(what, STR("openrc")))
		return print_asset("init/openrc");
	if (str_eq(what, STR("man")))
		return print_asset("init/gambler.1");
	return usage_error("init", "needs one of ini, rules, systemd, openrc, man, not", o.argv[0]);
}
