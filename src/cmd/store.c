/* store.c: `gambler backup`, `restore`, `verify`: the store's folder as files. */
#include <stdio.h>

#include "cmd/cmd.h"
#include "store/store.h"

/* The configuration's folder; the word goes to *folder. Without it: the configuration's too. */
static int begin(int argc, char **argv, struct options *o, struct config *c, const char **folder,
		 bool needed)
{
	int code = options_read(o, argc, argv, NULL, NULL);

	if (code == 0 && o->argc > 1)
		return usage_error(argv[0], "takes one folder", o->argv[1]);
	if (code == 0 && needed && o->argc == 0)
		return usage_error(argv[0], "takes the backup's FOLDER", "none is named");
	if (code == 0 && (needed || o->argc == 0))
		code = options_config(o, c);
	*folder = o->argc > 0 ? o->argv[0] : c->folder;
	return code;
}

static int failed(const char *command, enum err e, const char *why)
{
	fprintf(stderr, "gambler %s: %s\n", command, why[0] != 0 ? why : err_text(e));
	return e == ERR_REFUSED ? EXIT_HELD : EXIT_FAILED;
}

int cmd_verify(int argc, char **argv)
{
	static struct config c;
	char why[STORE_WHY];
	uint64_t records, bad;
	const char *folder = NULL;
	struct options o;

	int code = begin(argc, argv, &o, &c, &folder, false);
	if (code != 0)
		return code;
	enum err e = store_verify(folder, &records, &bad, why);
	if (o.json)
		printf("{\"whole\":%s,\"records\":%u,\"bad\":%u}\n", e == OK ? "true" : "false",
		       (unsigned)records, (unsigned)bad);
	if (e != OK)
		return failed("verify", e, why);
	if (!o.json)
		printf("%s: whole, %u records\n", folder, (unsigned)records);
	return EXIT_DONE;
}

int cmd_backup(int argc, char **argv)
{
	static struct config c;
	char why[STORE_WHY];
	const char *folder = NULL;
	struct options o;
	struct store *s;

	int code = begin(argc, argv, &o, &c, &folder, true);
	if (code != 0)
		return code;
	enum err e = store_open(&s, c.folder, STORE_READ, why);
	if (e == OK) {
		e = store_backup(s, folder, why);
		store_close(s);
	}
	if (e != OK)
		return failed("backup", e == ERR_REFUSED ? ERR_STORE : e, why);
	if (o.json)
		puts("{\"done\":true}");
	else
		printf("%s: copied to %s and read again\n", c.folder, folder);
	return EXIT_DONE;
}

int cmd_restore(int argc, char **argv)
{
	static struct config c;
	char why[STORE_WHY];
	const char *folder = NULL;
	struct options o;

	int code = begin(argc, argv, &o, &c, &folder, true);
	if (code != 0)
		return code;
	enum err e = store_restore(folder, c.folder, why);
	if (e != OK)
		return failed("restore", e, why);
	if (o.json)
		puts("{\"done\":true}");
	else
		printf("%s: restored from %s; %s\n", c.folder, folder,
		       why[0] != 0 ? why : "it was empty");
	return EXIT_DONE;
}
