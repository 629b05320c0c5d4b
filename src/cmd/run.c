/* run.c: `gambler run` and `gambler demo`. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "run/live.h"
#include "web/web.h"

void guard_process(void)
{
	struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)umask(077);
}

/* The broker's keys and the token: never swapped out, in no core file even of a debugger. What is
 * on its way in a request lies elsewhere for as long. */
static void guard_keys(const struct config *c)
{
	long page = sysconf(_SC_PAGESIZE);
	assert(page > 0);
	/* They are further apart than a page may be; what lies between may stay in memory, too. */
	uintptr_t from = (uintptr_t)c & ~((uintptr_t)page - 1);
	size_t n = (uintptr_t)c + offsetof(struct config, read_token) +
		   sizeof c->read_token - from;

	if (mlock((const void *)from, n) != 0)
		log_warn("keys.lock", "why=\"the keys may be swapped out\" remedy=\"ulimit -l 64, "
			 "LimitMEMLOCK=64K in the unit\"");
	(void)madvise((void *)from, n, MADV_DONTDUMP);	/* of whole pages */
}

static enum err page_open(void **w, struct control *c, char *why, size_t why_size)
{
	return web_open((struct web **)w, c, why, why_size);
}

static uint16_t page_port(const void *w)
{
	return web_port(w);
}

static void page_restore(void *w)
{
	web_restore(w);
}

static void page_run(void *w, const atomic_bool *stop)
{
	web_run(w, stop);
}

static ns page_alive(const void *w)
{
	return web_alive(w);
}

static void page_close(void *w)
{
	web_close(w);
}

static const struct live_web page = { page_open, page_port, page_restore, page_run, page_alive,
				      page_close };

static int run(struct config *c)
{
	log_init((enum log_level)c->log_level, NULL, c->log_json);
	if (c->mode_fell_back)
		log_warn("mode.sim", "why=\"there are no keys for paper\" "
			 "remedy=\"APCA_API_KEY_ID and APCA_API_SECRET_KEY in the environment\"");
	/* Paper's keys have begun with PK so far; live would answer 401 to every request. */
	if (c->mode == MODE_LIVE && str_starts(str_of(c->keys.id.text), STR("PK")))
		log_warn("mode.key", "why=\"mode is live, but the key looks like one of paper\"");
	log_info("start", "mode=%s config=%s folder=%s instances=%u", mode_text(c->mode), c->file,
		 c->folder, c->instances_n);
	if (geteuid() == 0)
		log_warn("start.root", "why=\"whoever breaks in here is root\" "
			 "remedy=\"a user of its own: gambler init systemd, or openrc\"");
	guard_keys(c);
	int code = live_run(c, &page);
	explicit_bzero(&c->keys, sizeof c->keys);
	explicit_bzero(&c->token, sizeof c->token);
	explicit_bzero(&c->read_token, sizeof c->read_token);
	return code;
}

int cmd_run(int argc, char **argv)
{
	static struct config c;
	struct options o;

	guard_process();
	int code = options_read(&o, argc, argv, NULL, NULL);
	if (code == 0 && o.argc > 0)
		code = usage_error("run", "takes no words", o.argv[0]);
	if (code == 0)
		code = options_config(&o, &c);
	return code != 0 ? code : run(&c);
}

int cmd_demo(int argc, char **argv)
{
	static struct config c;
	static char folder[] = "store.folder=/tmp/gambler-demo-XXXXXX";
	struct options o;

	guard_process();
	int code = options_read(&o, argc, argv, NULL, NULL);
	if (code == 0 && o.argc > 0)
		code = usage_error("demo", "takes no words", o.argv[0]);
	if (code != 0)
		return code;
	if (mkdtemp(folder + sizeof "store.folder=" - 1) == NULL) {
		perror("gambler demo: no folder can be made in /tmp");
		return EXIT_FAILED;
	}
	const char *const sets[] = { "account.mode=sim", "exchange.speed=120", folder };
	if (o.sets + COUNT(sets) > OVERRIDES_MAX)
		return usage_error("demo", "too many --set", "");
	memmove(o.set + COUNT(sets), o.set, o.sets * sizeof o.set[0]);
	memcpy(o.set, sets, sizeof sets);
	o.sets += COUNT(sets);
	code = options_config(&o, &c);
	if (code != 0)
		return code;
	fprintf(stderr, "gambler demo: a made-up market, 120 times faster than real time; its "
		"data: %s\nDashboard: %s%s   (Ctrl-C ends it)\n", c.folder,
		c.listen[0] != 0 ? "http://" : "none", c.listen);
	return run(&c);
}
