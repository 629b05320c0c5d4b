/* control.c: `gambler halt`, `resume`, `pause`, `flatten`. */
#include <stdio.h>

#include "base/clock.h"
#include "cmd/client.h"
#include "store/store.h"

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

/* None runs: the latch in the store, which the next run finds. */
static int latch(const struct api *a, const struct options *o, enum kill_state k)
{
	const struct config *c = api_config();
	char why[STORE_WHY] = "";
	struct store *s;

	if (o->argc > 0) {
		fprintf(stderr, "gambler %s: none runs: only all instances together can be halted "
			"and resumed then. Without %s it works.\n", a->command, o->argv[0]);
		return EXIT_FAILED;
	}
	enum err e = store_open(&s, c->folder, STORE_CONTROL, why);
	if (e != OK) {
		fprintf(stderr, "gambler %s: nothing was changed: %s\n", a->command, why);
		return e == ERR_REFUSED ? EXIT_HELD : EXIT_FAILED;
	}
	e = put_latch(s, k);
	if (e == OK)
		e = store_commit(s, why);
	store_close(s);
	if (e != OK) {
		fprintf(stderr, "gambler %s: nothing was changed: %s\n", a->command,
			why[0] != 0 ? why : err_text(e));
		return EXIT_FAILED;
	}
	if (o->json)
		printf("{\"accepted\":true,\"command\":\"%s\"}\n", a->command);
	else
		printf("%s: latched in %s; none runs now. The next `gambler run` %s.\n", a->command,
		       c->folder, k == KILL_HALT ? "starts halted" : "may trade");
	return EXIT_DONE;
}

static int control(int argc, char **argv, bool latches, enum kill_state k)
{
	struct options o;
	struct api a;

	int code = api_open(&a, &o, argc, argv, NULL, NULL);
	if (code == 0 && o.argc > 1)
		code = usage_error(argv[0], "takes one instance, or none for all", o.argv[1]);
	if (code != 0)
		return code;
	if (a.running)
		return ask(&a, &o);
	if (latches)
		return latch(&a, &o, k);
	api_none_runs(&a, "nothing was done.");
	fprintf(stderr, k == KILL_FLATTEN ?
		"Positions, if there are any, keep their stops at the broker. To close them:\n"
		"start gambler (`gambler run`) and flatten again, or close them at the broker.\n" :
		"None trades, so nothing has to be paused. `gambler halt` makes the next run start "
		"halted.\n");
	return EXIT_FAILED;
}

int cmd_halt(int argc, char **argv)
{
	return control(argc, argv, true, KILL_HALT);
}

int cmd_resume(int argc, char **argv)
{
	return control(argc, argv, true, KILL_RUN);
}

int cmd_pause(int argc, char **argv)
{
	return control(argc, argv, false, KILL_RUN);
}

int cmd_flatten(int argc, char **argv)
{
	return control(argc, argv, false, KILL_FLATTEN);
}
