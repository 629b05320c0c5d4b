#include "run/exec_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

#define FILES      64			/* descriptors */
#define FILE_BYTES ((rlim_t)64 << 20)	/* of one file: the store's disk is not to be filled */

static bool limits(void)
{
	const struct rlimit core = { 0, 0 }, files = { FILES, FILES },
		size = { FILE_BYTES, FILE_BYTES };

	return setrlimit(RLIMIT_CORE, &core) == 0 && setrlimit(RLIMIT_NOFILE, &files) == 0 &&
	       setrlimit(RLIMIT_FSIZE, &size) == 0;
}

/* "NAME=value"; NULL: it is not set, or longer than any that makes sense. */
static char *variable(const char *name, char *memory, size_t size)
{
	const char *value = getenv(name);
	struct text t;

	if (value == NULL)
		return NULL;
	text_init(&t, memory, size);
	text_cstr(&t, name);
	text_char(&t, '=');
	text_cstr(&t, value);
	text_char(&t, '\0');
	return t.full ? NULL : memory;
}

static void close_others(void)
{
	if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0) == 0)
		return;
	long most = sysconf(_SC_OPEN_MAX);
	for (int fd = STDERR_FILENO + 1; fd < (most > 0 ? most : 1024); fd++)
		(void)close(fd);
}

/* Behind fork: what is called here takes no lock. */
static void become(const char *const *word, char *const *env, const int fd[3])
{
	sigset_t none;

	if (setpgid(0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		_exit(126);
	for (int i = 0; i < 3; i++)
		if (dup2(fd[i], i) < 0)
			_exit(126);
	close_others();
	if (!limits())
		_exit(126);
	(void)sigemptyset(&none);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execvpe(word[0], (char *const *)(uintptr_t)word, env);
	_exit(127);
}

static void close_all(int fd[6])
{
	for (int i = 0; i < 6; i++)
		if (fd[i] >= 0)
			(void)close(fd[i]);
}

/* Ours do not wait; and none is 0, 1 or 2, which the child's are to become. */
static bool pipes(int fd[6])
{
	for (int i = 0; i < 6; i += 2)
		if (pipe2(fd + i, O_CLOEXEC) != 0)
			return false;
	for (int i = 0; i < 6; i++) {
		int high = fcntl(fd[i], F_DUPFD_CLOEXEC, 3);
		if (high < 0)
			return false;
		(void)close(fd[i]);
		fd[i] = high;
	}
	return fcntl(fd[1], F_SETFL, O_NONBLOCK) == 0 && fcntl(fd[2], F_SETFL, O_NONBLOCK) == 0 &&
	       fcntl(fd[4], F_SETFL, O_NONBLOCK) == 0;
}

bool child_start(struct child *c, const char *const *word)
{
	char memory[3][512];
	char *env[4] = { NULL };
	int fd[6] = { -1, -1, -1, -1, -1, -1 }, n = 0;
	static const char *const names[] = { "PATH", "HOME", "LANG" };

	for (size_t i = 0; i < COUNT(names); i++) {
		env[n] = variable(names[i], memory[i], sizeof memory[i]);
		n += env[n] != NULL;
	}
	c->pid = 0;
	pid_t pid = pipes(fd) ? fork() : -1;
	if (pid == 0)
		become(word, env, (const int[]){ fd[0], fd[3], fd[5] });
	if (pid < 0) {
		close_all(fd);
		return false;
	}
	(void)setpgid(pid, pid);	/* whoever is first */
	(void)close(fd[0]);
	(void)close(fd[3]);
	(void)close(fd[5]);
	*c = (struct child){ pid, fd[1], fd[2], fd[4] };
	return true;
}

bool child_ended(const struct child *c, int *code)
{
	siginfo_t how = { 0 };

	/* It stays a zombie, so that the number of its group is nobody else's yet. */
	if (waitid(P_PID, (id_t)c->pid, &how, WEXITED | WNOHANG | WNOWAIT) != 0 || how.si_pid == 0)
		return false;
	*code = how.si_code == CLD_EXITED ? how.si_status : -how.si_status;
	return true;
}

void child_kill(struct child *c)
{
	if (c->pid == 0)
		return;
	(void)kill(-c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	(void)close(c->in);
	(void)close(c->out);
	if (c->err >= 0)
		(void)close(c->err);
	c->pid = 0;
}
