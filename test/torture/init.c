/* init.c: the only program beside gambler in the machine that torture/arm.sh boots. It does the
 * lines of /steps, says a line for each, and switches off at the first that fails:
 *
 *	VERB SECONDS SENTENCE|WANTED|WORDS
 *
 * gambler is run with the WORDS. do: it ends with 0, and its output has WANTED in it (-: whatever
 * it is), and is that of /want/SENTENCE if there is such a file. say: the same, however it ends.
 * until: again each second, until its output has it. start: it goes on beside what follows. inside:
 * WANTED threads and more of the last one that does are there, and all under the filter. stop: that
 * one ends with 0 when it is told to, was refused no call, and its log has no refusal.
 *
 * Any other process of it is a strategy that never wants anything; and on a kernel that was not
 * told "gambler.torture" it does nothing, since it mounts and switches off. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BESIDE 4		/* go on at once */
#define WORDS 40
#define OUTPUT (1u << 20)

static struct { pid_t gambler; char log[32]; } beside[BESIDE];
static int beside_n;
static char output[OUTPUT];

static void off(void)
{
	sync();
	(void)fflush(stdout);
	(void)sleep(1);
	(void)reboot(RB_POWER_OFF);
	for (;;)
		(void)pause();
}

static void fail(const char *what, ...)
{
	va_list more;

	(void)printf("arm: ");
	va_start(more, what);
	(void)vprintf(what, more);
	va_end(more);
	(void)printf("\narm: failed\n");
	off();
}

static const char *read_all(const char *path)
{
	size_t n = 0;
	ssize_t got;

	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	while (n < OUTPUT - 1 && (got = read(fd, output + n, OUTPUT - 1 - n)) > 0)
		n += (size_t)got;
	(void)close(fd);
	output[n] = '\0';
	return output;
}

static const char *end_of(const char *path)
{
	const char *all = read_all(path);
	size_t n = all != NULL ? strlen(all) : 0;

	return all == NULL ? "" : n > 1500 ? all + n - 1500 : all;
}

/* ---- gambler */

static void trace(const char *file, const char *word)
{
	char path[100];

	(void)snprintf(path, sizeof path, "/sys/kernel/tracing/%s", file);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, word, strlen(word)) < 0)
		fail("%s: %s", path, strerror(errno));
	(void)close(fd);
}

static void become(char **words, const char *log, bool traced)
{
	char pid[16];
	int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

	(void)snprintf(pid, sizeof pid, "%d", (int)getpid());
	if (traced)
		trace("set_event_pid", pid);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(127);
	(void)execv("/gambler", words);
	_exit(127);
}

static int told(int status)
{
	if (WIFSIGNALED(status))
		(void)printf("arm: signal %d (%s) ended it\n", WTERMSIG(status),
			     strsignal(WTERMSIG(status)));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static pid_t start(char **words, const char *log, bool traced)
{
	pid_t pid = fork();

	if (pid == 0)
		become(words, log, traced);
	return pid;
}

static void start_beside(char **words)
{
	if (beside_n == BESIDE)
		fail("%d at once are too many", BESIDE);
	int n = beside_n++;
	(void)snprintf(beside[n].log, sizeof beside[n].log, "/tmp/log.%d", n);
	beside[n].gambler = start(words, beside[n].log, true);
}

/* Its status when it has ended within the time. */
static int ended(pid_t pid, long seconds, const char *name)
{
	int status;

	for (long i = 0; i < seconds * 20; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return told(status);
		(void)usleep(50000);
	}
	fail("%s: it goes on after %ld seconds", name, seconds);
	return 0;
}

/* ---- the lines */

struct step { char *verb, *name, *want, *words[WORDS]; long seconds; };

static bool parse(char *line, struct step *s)
{
	int n = 1;

	s->verb = strsep(&line, " ");
	const char *seconds = strsep(&line, " ");
	s->name = strsep(&line, "|");
	s->want = strsep(&line, "|");
	if (s->want == NULL)
		return false;
	s->seconds = strtol(seconds, NULL, 10);
	s->words[0] = "gambler";
	while (n < WORDS - 1 && line != NULL)
		s->words[n++] = strsep(&line, " ");
	s->words[n] = NULL;
	return line == NULL;
}

static void same(const char *name)
{
	char path[200];

	(void)snprintf(path, sizeof path, "/want/%s", name);
	if (access(path, R_OK) != 0)
		return;
	char *is = strdup(read_all("/tmp/out"));
	const char *want = read_all(path);
	if (is == NULL || strcmp(is, want) != 0)
		fail("%s: another output than on the machine that built it:\n%.800s", name, is);
	free(is);
}

/* must: or all ends here. */
static bool finished(const struct step *s, bool must)
{
	int end = ended(start((char **)s->words, "/tmp/out", false), s->seconds,
			s->name);
	const char *out = read_all("/tmp/out");
	bool has = strcmp(s->want, "-") == 0 || strstr(out, s->want) != NULL;

	if (must && *s->verb == 'd' && end != 0)
		fail("%s: it ended with %d: %s", s->name, end, end_of("/tmp/out"));
	if (must && !has)
		fail("%s: no \"%s\" in: %s", s->name, s->want, end_of("/tmp/out"));
	return has;
}

/* Even one that did not mind. */
static void no_refusals(const struct step *s)
{
	char *line, *rest = (char *)read_all("/sys/kernel/tracing/trace");

	while ((line = strsep(&rest, "\n")) != NULL)
		if (*line != '#' && *line != '\0')
			fail("%s: the kernel refused what it asked for: %s", s->name, line);
}

static void until(const struct step *s)
{
	time_t last = time(NULL) + s->seconds;

	while (!finished(s, false)) {
		no_refusals(s);
		if (time(NULL) > last)
			fail("%s: after %ld seconds no \"%s\" in: %s\n%s", s->name, s->seconds,
			     s->want, strdup(end_of("/tmp/out")),
			     beside_n > 0 ? end_of(beside[beside_n - 1].log) : "");
		(void)sleep(1);
	}
}

static void inside(const struct step *s)
{
	char path[32], task[320];
	int threads = 0;

	(void)snprintf(path, sizeof path, "/proc/%d/task", (int)beside[beside_n - 1].gambler);
	DIR *d = opendir(path);
	if (d == NULL)
		fail("%s: it is not there: %s", s->name, end_of(beside[beside_n - 1].log));
	for (const struct dirent *e; (e = readdir(d)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(task, sizeof task, "%s/%s/status", path, e->d_name);
		const char *status = read_all(task);
		if (status == NULL)
			continue;
		threads++;
		if (strstr(status, "\nSeccomp:\t2") == NULL ||
		    strstr(status, "\nNoNewPrivs:\t1") == NULL ||
		    strstr(status, "\nCapEff:\t0000000000000000") == NULL)
			fail("%s: a thread is outside: %s", s->name, status);
	}
	(void)closedir(d);
	if (threads < strtol(s->want, NULL, 10))
		fail("%s: %d threads, want %s", s->name, threads, s->want);
}

static void stop(const struct step *s)
{
	int n = --beside_n;

	(void)kill(beside[n].gambler, SIGTERM);
	int end = ended(beside[n].gambler, s->seconds, s->name);
	const char *log = read_all(beside[n].log);
	if (end != 0)
		fail("%s: it ended with %d: %s", s->name, end, end_of(beside[n].log));
	if (strstr(log, "sandbox.failed") != NULL || strstr(log, "sandbox.path") != NULL ||
	    strstr(log, "sandbox.port") != NULL ||
	    strstr(log, "not permitted") != NULL)
		fail("%s: its log has refusals: %s", s->name, end_of(beside[n].log));
	no_refusals(s);
}

static void step(const struct step *s)
{
	struct timespec from, to;

	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	if (strcmp(s->verb, "do") == 0 || strcmp(s->verb, "say") == 0) {
		(void)finished(s, true);
		same(s->name);
	} else if (strcmp(s->verb, "until") == 0) {
		until(s);
	} else if (strcmp(s->verb, "start") == 0) {
		start_beside((char **)s->words);
	} else if (strcmp(s->verb, "inside") == 0) {
		inside(s);
	} else if (strcmp(s->verb, "stop") == 0) {
		stop(s);
	} else {
		fail("%s: no such verb", s->verb);
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &to);
	(void)printf("arm: %s: good, %d s\n", s->name, (int)(to.tv_sec - from.tv_sec));
}

static void world(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	if (mount("sys", "/sys", "sysfs", 0, NULL) != 0 ||
	    mount("dev", "/dev", "devtmpfs", 0, NULL) != 0 ||
	    mount("tmp", "/tmp", "tmpfs", 0, NULL) != 0)
		fail("mount: %s", strerror(errno));
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	if (s < 0 || ioctl(s, SIOCSIFFLAGS, &lo) != 0)
		fail("lo: %s", strerror(errno));
	(void)close(s);
	if (mount("trace", "/sys/kernel/tracing", "tracefs", 0, NULL) != 0)
		fail("tracing: %s", strerror(errno));
	trace("options/event-fork", "1");
	trace("set_event_pid", "2");
	trace("events/raw_syscalls/sys_exit/filter", "ret == -1 || ret == -13");
	trace("events/raw_syscalls/sys_exit/enable", "1");
}

/* A container has /proc, and in it the words its host was booted with. */
static bool for_this(void)
{
	if (access("/proc/cmdline", R_OK) != 0)
		(void)mount("proc", "/proc", "proc", 0, NULL);
	const char *told = read_all("/proc/cmdline");

	return told != NULL && strstr(told, "gambler.torture") != NULL;
}

int main(int argc, char **argv)
{
	static char line[1000];
	struct utsname u;
	struct step s;

	(void)argv;
	if (argc < 1 || getpid() != 1) {
		while (fgets(line, sizeof line, stdin) != NULL)
			;
		return 0;
	}
	if (!for_this()) {
		(void)fputs("init: only for a machine that torture/arm.sh boots\n", stderr);
		return 2;
	}
	world();
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	(void)uname(&u);
	(void)printf("arm: Linux %s %s, pages of %ld\n", u.release, u.machine,
		     sysconf(_SC_PAGESIZE));
	FILE *f = fopen("/steps", "re");
	if (f == NULL || chdir("/tmp") != 0)
		fail("/steps: %s", strerror(errno));
	while (fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '\0' || line[0] == '#')
			continue;
		if (!parse(line, &s))
			fail("a step that is none: %s", line);
		step(&s);
	}
	(void)printf("arm: done\n");
	off();
}
