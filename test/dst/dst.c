/* dst.c: seeds to days: in a child, so that what ends one ends no other, and every day begins in
 * the same memory (memory.c).
 *
 *	dst [--trace] [--again] [--first] [--jobs N] [--file SEEDS] [FROM[..TO]]
 *	dst --fail KIND|all once|good|both N [--some M] [SEED]
 *
 * --trace prints everything that happens, --again runs each seed twice (the second time in a child
 * that has had no other day) and compares, --first ends with the first day that fails. Millions of
 * a seed are another kind of day (sim.h): 1,000,007 is several in a row. --fail: a short day in
 * which the Nth call of a kind fails, once or for good; N 0: all, one after the other, or only M of
 * them, far apart. */
#include "market.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct question {		/* what a child is asked: a day */
	uint64_t seed, at;
	unsigned what;
	bool     lasts;
};

struct outcome {		/* what it tells */
	uint64_t hash, points;
	uint32_t orders, executions, splits, dividends;
	int32_t  starts, kills;
	uint64_t calls;		/* of the kind that fails */
	bool     struck;
	char     failed[512];
};

extern char **environ;

void day_begin(void)
{
	disk_put("/etc/gambler.ini", plan_ini(), strlen(plan_ini()));
	if (plan_rules()[0] != '\0')
		disk_put("/etc/faults", plan_rules(), strlen(plan_rules()));
	if (more_actions()[0] != '\0')
		disk_put("/etc/actions", more_actions(), strlen(more_actions()));
	proc_start(&exchange);
	run_until(sim.now + NS_SECOND);
	proc_start(&bot);
	if (more_is(MORE_DESK | MORE_OTHERS | MORE_CROWD))
		desk_watch();
	if (more_is(MORE_DESK))
		desk_start();
	if (more_is(MORE_OTHERS))
		others_start();
	if (more_is(MORE_CROWD))
		crowd_start();
	judge_start();
}

void day_end(void)
{
	if (bot.alive)
		proc_signal(&bot, SIGTERM);
	run_until(sim.now + NS_SECOND / 2);
	for (int i = 0; i < 40 && bot.alive && !sim.over; i += !bot.stopped)
		run_until(sim.now + NS_SECOND / 2);
	if (bot.alive)
		dst_fail("the bot does not stop");
}

static void day(uint64_t seed)
{
	static const char *const names[RNGS] = { "order", "net", "disk", "plan", "bot",
						  "more" };

	sim.seed = seed;
	for (int i = 0; i < RNGS; i++)
		rng_seed_for(&sim.rng[i], seed, str_of(names[i]), 0);
	sim.now = 1000 * NS_SECOND;
	if (fail.what != 0) {
		fail_day();
	} else {
		more_begin();
		plan_day();
		ns close = plan_open() + plan_session() - sim.wall;
		more_day();
		day_begin();
		close = more_run(close);
		run_until(close - 10 * NS_MINUTE);
		plan_heal();
		run_until(close + 3 * NS_MINUTE);
		judge_last_look();
		day_end();
		if (bot.code != 0)
			dst_fail("the bot has ended with %d", bot.code);
	}
	if (!sim.over)
		judge_end();
}

static void tell(uint64_t seed, int to)
{
	struct outcome o = { 0 };

	day(seed);
	o.hash = sim.hash;
	o.points = sim.points;
	o.orders = market_up() ? market_orders() : 0;
	o.executions = market_up() ? market_executions() : 0;
	o.splits = market_up() ? market_splits() : 0;
	o.dividends = market_up() ? market_dividends() : 0;
	o.starts = bot.starts;
	o.kills = bot.kills;
	if (fail.what != 0) {
		o.calls = fail.both->calls;
		o.struck = fail.both->struck;
	}
	memcpy(o.failed, sim.failed, sizeof o.failed);
	if (sim.failed[0] != '\0' && !sim.trace)
		print_tail(stdout);
	(void)fflush(NULL);
	if (write(to, &o, sizeof o) != (ssize_t)sizeof o)
		_exit(1);
}

/* It has days until it is asked for no more. */
static struct { pid_t pid; int ask, told, days; } child;
#define CHILD_DAYS 100		/* what a day may leave behind is not left for long */

static void child_ends(int *status)
{
	if (child.pid == 0)
		return;
	(void)close(child.ask);
	(void)close(child.told);
	while (waitpid(child.pid, status, 0) < 0 && errno == EINTR)
		continue;
	child.pid = 0;
}

static _Noreturn void child_main(int asked, int to)
{
	struct question q;

	memory_keep();
	for (bool first = true; read(asked, &q, sizeof q) == (ssize_t)sizeof q; first = false) {
		if (!first)
			memory_restore(asked > to ? asked : to);
		fail.what = q.what;
		fail.lasts = q.lasts;
		fail.at = q.at;
		tell(q.seed, to);
	}
	_exit(0);
}

static void child_begins(void)
{
	int down[2], up[2];

	if (pipe(down) != 0 || pipe(up) != 0)
		exit(2);
	(void)fflush(NULL);
	pid_t pid = fork();
	if (pid < 0)
		exit(2);
	if (pid == 0) {
		(void)close(down[1]);
		(void)close(up[0]);
		child_main(down[0], up[1]);
	}
	(void)close(down[0]);
	(void)close(up[1]);
	child.pid = pid;
	child.ask = down[1];
	child.told = up[0];
	child.days = 0;
}

static void run_seed(uint64_t seed, struct outcome *o)
{
	int status = 0;

	if (sim.trace) {		/* where a debugger can follow */
		*o = (struct outcome){ 0 };
		memory_keep();
		day(seed);
		memcpy(o->failed, sim.failed, sizeof o->failed);
		return;
	}
	if (child.pid == 0)
		child_begins();
	*o = (struct outcome){ .struck = true };
	struct question q = { seed, fail.at, fail.what, fail.lasts };
	bool there = write(child.ask, &q, sizeof q) == (ssize_t)sizeof q &&
		     read(child.told, o, sizeof *o) == (ssize_t)sizeof *o;
	if (!there)
		(void)snprintf(o->failed, sizeof o->failed, "the day did not come to its end");
	if (there && memory_can() && ++child.days < CHILD_DAYS)
		return;
	child_ends(&status);
	if (WIFSIGNALED(status))
		(void)snprintf(o->failed, sizeof o->failed, "killed by signal %d",
			       WTERMSIG(status));
}

static double cpu(void)
{
	struct rusage r;

	(void)getrusage(RUSAGE_CHILDREN, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static struct {
	uint64_t days, failed, orders, executions, splits, dividends, starts, kills, points;
} sum;

/* Each worker has its share of the days. */
static struct {
	uint64_t jobs, mine, next;
	bool     again, first;
	/* --fail */
	bool     all_kinds, both;
	uint64_t wanted, calls;		/* calls that the last day had */
	bool     struck;
} work = { .jobs = 1 };

static void one(uint64_t seed, bool again)
{
	struct outcome o, p;
	int status;

	run_seed(seed, &o);
	if (again && o.failed[0] == '\0') {
		child_ends(&status);
		run_seed(seed, &p);
		if (p.hash != o.hash)
			(void)snprintf(o.failed, sizeof o.failed,
				       "the same seed gave another day: %016llx, %016llx",
				       (unsigned long long)o.hash, (unsigned long long)p.hash);
	}
	sum.days++;
	sum.orders += o.orders;
	sum.executions += o.executions;
	sum.splits += o.splits;
	sum.dividends += o.dividends;
	sum.starts += (uint64_t)o.starts;
	sum.kills += (uint64_t)o.kills;
	sum.points += o.points;
	work.calls = o.calls;
	work.struck = o.struck;
	if (o.failed[0] == '\0')
		return;
	sum.failed++;
	printf("dst: seed %llu: %s\n  again, with all that happens: build/dst/dst --trace ",
	       (unsigned long long)seed, o.failed);
	if (fail.what != 0)
		printf("--fail %s %s %llu ", fail_word(), fail.lasts ? "good" : "once",
		       (unsigned long long)fail.at);
	printf("%llu\n", (unsigned long long)seed);
}

/* The nth call for n = 1, 2, 3 ... until the day has no more; or as many as are wanted of them,
 * as far apart as there are calls. */
static void some_fail(uint64_t seed)
{
	uint64_t step = work.jobs;

	if (fail.at != 0) {
		one(seed, work.again);
		return;
	}
	if (work.wanted > 0) {
		fail.at = UINT64_MAX;
		one(seed, false);
		step = work.calls / work.wanted * work.jobs;
		step = step > 0 ? step : work.jobs;
	}
	fail.at = 1 + work.mine * (step / work.jobs);
	do {
		one(seed, work.again);
		fail.at += step;
	} while (work.struck && !(work.first && sum.failed > 0));
	fail.at = 0;
}

static void all_fail(uint64_t seed)
{
	unsigned only = fail.what;

	for (unsigned what = 1; what <= FAIL_LAST; what <<= 1)
		for (int lasts = 0; lasts < 2; lasts++) {
			if ((!work.all_kinds && what != only) ||
			    (!work.both && fail.lasts != lasts))
				continue;
			fail.what = what;
			fail.lasts = lasts == 1;
			some_fail(seed);
			if (work.mine == 0 && work.wanted == 0 && fail.at == 0)
				printf("dst: %s, %s: %llu calls\n", fail_word(),
				       lasts ? "for good" : "once",
				       (unsigned long long)work.calls);
		}
	fail.what = only;
}

static void some(uint64_t from, uint64_t to)
{
	for (uint64_t seed = from; seed <= to && !(work.first && sum.failed > 0); seed++)
		if (fail.what != 0)
			all_fail(seed);
		else if (work.next++ % work.jobs == work.mine)
			one(seed, work.again);
}

/* "FROM" or "FROM..TO"; what follows a blank is why. */
static bool words(const char *s)
{
	char *end;
	uint64_t from = strtoull(s, &end, 10), to = from;

	if (end == s)
		return false;
	if (strncmp(end, "..", 2) == 0)
		to = strtoull(end + 2, &end, 10);
	if (*end != '\0' && *end != ' ' && *end != '\n')
		return false;
	some(from, to);
	return true;
}

static bool list(const char *file)
{
	char line[256];
	FILE *f = fopen(file, "r");
	bool good = f != NULL;

	while (good && fgets(line, sizeof line, f) != NULL)
		good = line[0] == '#' || words(line);
	if (f != NULL)
		(void)fclose(f);
	return good;
}

static int report(void)
{
	int status;

	child_ends(&status);
	printf("dst: %llu days, %llu failed; %llu orders, %llu executions, %llu splits and %llu "
	       "dividends of what was held, %llu starts, %llu kills, %.1f million calls; %.3f s "
	       "of processor a day\n",
	       (unsigned long long)sum.days, (unsigned long long)sum.failed,
	       (unsigned long long)sum.orders, (unsigned long long)sum.executions,
	       (unsigned long long)sum.splits, (unsigned long long)sum.dividends,
	       (unsigned long long)sum.starts, (unsigned long long)sum.kills,
	       (double)sum.points / 1e6, sum.days > 0 ? cpu() / (double)sum.days : 0.0);
	(void)fflush(stdout);
	return sum.failed > 0 ? 1 : 0;
}

static int run_all(int argc, char **argv)
{
	int status;

	for (int i = 1; i < argc; i++) {
		bool good = true;
		if (strcmp(argv[i], "--file") == 0 && i + 1 < argc)
			good = list(argv[++i]);
		else if (strcmp(argv[i], "--jobs") == 0 || strcmp(argv[i], "--some") == 0)
			i++;
		else if (strcmp(argv[i], "--fail") == 0)
			i += 3;
		else if (argv[i][0] != '-')
			good = words(argv[i]);
		if (!good) {
			fprintf(stderr, "dst: %s: neither SEED nor FROM..TO\n", argv[i]);
			child_ends(&status);
			return 2;
		}
	}
	return report();
}

/* KIND once|good|both N */
static bool fail_words(char **word, int n)
{
	static const char *const manners[] = { "once", "good", "both" };
	int manner = 0;

	while (n >= 3 && manner < 3 && strcmp(word[1], manners[manner]) != 0)
		manner++;
	work.all_kinds = n >= 3 && strcmp(word[0], "all") == 0;
	if (n < 3 || manner == 3 || !fail_is(work.all_kinds ? "memory" : word[0])) {
		fprintf(stderr, "dst: --fail KIND|all once|good|both N\n");
		return false;
	}
	work.both = manner == 2;
	fail.lasts = manner == 1;
	fail.at = strtoull(word[2], NULL, 10);
	return true;
}

int main(int argc, char **argv)
{
	static char *none[] = { NULL };
	int status, bad = 0;

	/* Addresses are part of a day, too: the same ones, always. */
	if ((personality(0xffffffff) & ADDR_NO_RANDOMIZE) == 0 &&
	    personality(ADDR_NO_RANDOMIZE) != -1)
		(void)execv("/proc/self/exe", argv);
	environ = none;
	memory_begin();
	fibers_begin();
	fd_begin();
	for (int i = 1; i < argc; i++) {
		sim.trace |= strcmp(argv[i], "--trace") == 0;
		work.again |= strcmp(argv[i], "--again") == 0;
		work.first |= strcmp(argv[i], "--first") == 0;
		if (strcmp(argv[i], "--jobs") == 0 && i + 1 < argc)
			work.jobs = strtoull(argv[i + 1], NULL, 10);
		if (strcmp(argv[i], "--some") == 0 && i + 1 < argc)
			work.wanted = strtoull(argv[i + 1], NULL, 10);
		if (strcmp(argv[i], "--fail") == 0 && !fail_words(argv + i + 1, argc - i - 1))
			return 2;
	}
	if (work.jobs == 0)
		work.jobs = 1;
	for (work.mine = 0; work.mine + 1 < work.jobs; work.mine++) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(run_all(argc, argv));
		bad |= pid < 0;
	}
	bad |= run_all(argc, argv);
	while (wait(&status) > 0)
		bad |= !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	return bad;
}
