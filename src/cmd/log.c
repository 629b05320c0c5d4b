/* log.c: `gambler log`: the last lines of the running one's log. */
#include <stdio.h>

#include "cmd/client.h"

int cmd_log(int argc, char **argv)
{
	char line[1024];
	struct options o;
	struct api a;
	struct str d;
	struct json j;

	int code = api_open(&a, &o, argc, argv, NULL, NULL);
	if (code == 0 && o.argc > 0)
		code = usage_error("log", "takes no words", o.argv[0]);
	if (code != 0)
		return code;
	if (!a.running) {
		api_none_runs(&a, "its log went to stderr, under systemd: journalctl -u gambler");
		return EXIT_FAILED;
	}
	code = api_get(&a, "/api/v1/log", false, &d);
	if (code != 0)
		return code;
	if (o.json) {
		printf("%.*s\n", (int)d.n, d.s);
		return EXIT_DONE;
	}
	json_open(&j, d);
	for (json_enter_array(&j); json_next_item(&j);) {
		api_keep(&j, line, sizeof line);
		puts(line);
	}
	return EXIT_DONE;
}
