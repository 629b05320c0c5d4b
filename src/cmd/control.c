/* control.c: `gambler halt`, `resume`, `pause`, `flatten`, `reduce-only`. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/client.h"
#include "run/latch.h"
#include "store/store.h"

/* What is flattened is the instances' that are configured. */
static void tell_rest(struct str answer)
{
	struct json j;
	struct str key;
	int64_t n = 0;

	json_open(&j, answer);
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		if (!str_eq(key, STR("not_managed")) || !json_read_num(&j, &n))
			json_skip(&j);
	}
	if (n > 0)
		printf("Not closed: %d of instances that are not configured (gambler positions: "
		       "SET is -).\nConfigure them and flatten again, or close these at the "
		       "broker.\n", (int)(n / NUM_ONE));
}

static int ask(struct api *a, const struct options *o)
{
	char target[64], body[128];
	struct text b, t;
	struct str answer;

	text_init(&b, body, sizeof body);
	int code = api_target(a->command, o, &b);
	if (code != 0)
		return code;
	text_init(&t, target, sizeof target);
	text_cstr(&t, "/api/v1/");
	text_cstr(&t, a->command);
	code = api_post(a, text_done(&t), text_str(&b), &answer);
	if (code != 0)
		return code;
	if (o->json)
		printf("%.*s\n", (int)answer.n, answer.s);
	else
		printf("%s: accepted%s%s. See: gambler status\n", a->command,
		       o->argc > 0 ? " for " : "", o->argc > 0 ? o->argv[0] : "");
	if (!o->json)
		tell_rest(answer);
	return EXIT_DONE;
}

/* Every instance carries the latch too; instances of earlier configurations are among
 * them, so there is more room than one configuration has. */
struct latched { uint32_t n; struct instance_state state[4 * INSTANCES_MAX]; };

static bool collect(void *ctx, const void *record)
{
	struct latched *l = ctx;

	if (l->n < COUNT(l->state))
		l->state[l->n++] = *(const struct instance_state *)record;
	return true;
}

static enum err put_latch(struct store *s, enum kill_state k)
{
	static struct latched l;
	enum err e = store_states(s, collect, &l);

	if (e == OK)
		e = store_begin(s);
	for (uint32_t i = 0; i < l.n && e == OK; i++) {
		l.state[i].kill = (uint8_t)k;
		e = store_put_state(s, &l.state[i]);
	}
	if (e == OK)
		e = store_put_kill(s, k, STR("operator, while none ran"), wall_ns());
	return e;
}

/* The page does not answer, or there is none: what runs reads this file by itself. */
static int by_file(const struct api *a, const struct options *o, enum command c)
{
	const char *folder = api_config()->folder;

	if (o->argc > 0) {
		fprintf(stderr, "gambler %s: without its page only all instances together can be "
			"reached: leave out %s.\n", a->command, o->argv[0]);
		return EXIT_FAILED;
	}
	if (!latch_write(folder, c)) {
		fprintf(stderr, "gambler %s: nothing was done: %s/kill: %s\n", a->command, folder,
			strerror(errno));
		return EXIT_FAILED;
	}
	if (o->json)
		printf("{\"accepted\":true,\"command\":\"%s\"}\n", a->command);
	else
		printf("%s: written into %s/kill, which the one that runs reads within a second.\n",
		       a->command, folder);
	return EXIT_DONE;
}

/* Nothing answers. One may run all the same, without a page: then the store is held. */
static enum err hold(struct store **s, char why[static STORE_WHY])
{
	return store_open(s, api_config()->folder, STORE_CONTROL, why);
}

/* None runs: the latch in the store, which the next run finds. */
static int latch(const struct api *a, const struct options *o, enum command c)
{
	const char *folder = api_config()->folder;
	char why[STORE_WHY] = "";
	struct store *s;

	if (o->argc > 0) {
		fprintf(stderr, "gambler %s: none runs: only all instances together can be halted "
			"and resumed then. Without %s it works.\n", a->command, o->argv[0]);
		return EXIT_FAILED;
	}
	enum err e = hold(&s, why);
	if (e == ERR_REFUSED)
		return by_file(a, o, c);
	if (e == OK) {
		e = put_latch(s, c == CMD_HALT ? KILL_HALT : KILL_RUN);
		if (e == OK)
			e = store_commit(s, why);
		store_close(s);
	}
	if (c == CMD_HALT && latch_write(folder, c))
		e = OK;		/* the next run reads it, and so does one with another store */
	if (e != OK || (c == CMD_RESUME && !latch_remove(folder))) {
		fprintf(stderr, "gambler %s: nothing was changed: %s\n", a->command,
			why[0] != 0 ? why : e != OK ? err_text(e) : strerror(errno));
		return EXIT_FAILED;
	}
	if (o->json)
		printf("{\"accepted\":true,\"command\":\"%s\"}\n", a->command);
	else
		printf("%s: latched in %s; none runs now. The next `gambler run` %s.\n", a->command,
		       folder, c == CMD_HALT ? "starts halted" : "may trade");
	return EXIT_DONE;
}

static int none_runs(struct api *a, const struct options *o, enum command c)
{
	char why[STORE_WHY] = "";
	struct store *s;

	if (c == CMD_HALT || c == CMD_RESUME)
		return latch(a, o, c);
	if (c != CMD_PAUSE && access(api_config()->folder, F_OK) == 0) {
		enum err e = hold(&s, why);
		if (e == OK)
			store_close(s);
		if (e == ERR_REFUSED)
			return by_file(a, o, c);
	}
	api_none_runs(a, "nothing was done.");
	fprintf(stderr, c == CMD_FLATTEN ?
		"Positions, if there are any, keep their stops at the broker. To close them:\n"
		"start gambler (`gambler run`) and flatten again, or close them at the broker.\n" :
		"None trades, so nothing has to be paused. `gambler halt` makes the next run start "
		"halted.\n");
	return EXIT_FAILED;
}

static int control(int argc, char **argv, enum command c)
{
	struct options o;
	struct api a;

	int code = api_open(&a, &o, argc, argv, NULL, NULL);
	if (code == 0 && o.argc > 1)
		code = usage_error(argv[0], "takes one instance, or none for all", o.argv[1]);
	if (code != 0 && code != EXIT_FAILED)
		return code;
	if (code == 0 && !a.running)
		return none_runs(&a, &o, c);
	if (code == 0)
		code = ask(&a, &o);
	/* It runs, and does not do as it is told. */
	return code == EXIT_FAILED && c != CMD_PAUSE && o.argc == 0 ? by_file(&a, &o, c) : code;
}

int cmd_halt(int argc, char **argv)
{
	return control(argc, argv, CMD_HALT);
}

int cmd_resume(int argc, char **argv)
{
	return control(argc, argv, CMD_RESUME);
}

int cmd_pause(int argc, char **argv)
{
	return control(argc, argv, CMD_PAUSE);
}

int cmd_flatten(int argc, char **argv)
{
	return control(argc, argv, CMD_FLATTEN);
}

int cmd_reduce_only(int argc, char **argv)
{
	return control(argc, argv, CMD_REDUCE_ONLY);
}
