/* run_sandbox.c: what a process that has shut itself in cannot do any more. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "run/sandbox.h"
#include "test/check.h"

enum can { FILE_READ = 1, FILE_MADE = 2, CONNECTED = 4, LISTENED = 8, FORKED = 16, SPOKE = 32 };

static int tcp(bool listens, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if ((listens ? bind(fd, (struct sockaddr *)&a, sizeof a)
		     : connect(fd, (struct sockaddr *)&a, sizeof a)) == 0 || errno == ECONNREFUSED)
		return fd;
	(void)close(fd);
	return -1;
}

/* What works in here; the pipe was opened before. */
static int tries(const char *file, int pipe_in)
{
	int can = 0;
	pid_t child;

	can |= open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 ? FILE_READ : 0;
	can |= open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0 ? FILE_MADE : 0;
	can |= tcp(false, 9) >= 0 ? CONNECTED : 0;
	can |= tcp(true, 0) >= 0 ? LISTENED : 0;
	can |= write(pipe_in, "x", 1) == 1 ? SPOKE : 0;
	child = fork();
	if (child == 0)
		_exit(0);
	return can | (child > 0 ? FORKED : 0);
}

static int in_a_child(bool shut, char words[static 40])
{
	char file[64];
	struct text t;
	int fd[2], status = -1;

	text_init(&t, file, sizeof file);
	text_cstr(&t, "/tmp/gambler-sandbox-");
	text_i64(&t, getpid());
	text_done(&t);
	if (!CHECK(pipe(fd) == 0, "a pipe"))
		return -1;
	pid_t child = fork();
	if (child == 0) {
		if (shut)
			sandbox_shut();
		int can = tries(file, fd[1]);
		const char *has = sandbox_text();
		_exit(write(fd[1], has, strlen(has)) > 0 ? can : 255);
	}
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status), "the child ends by itself");
	(void)close(fd[1]);
	memset(words, 0, 40);
	CHECK(read(fd[0], words, 39) > 1, "and says what it has");
	(void)close(fd[0]);
	(void)unlink(file);
	return WEXITSTATUS(status);
}

void test_sandbox_shut(void)
{
	char words[40];

	CHECK_INT(in_a_child(false, words), FILE_READ | FILE_MADE | CONNECTED | LISTENED | FORKED |
		  SPOKE, "before, all of it can be done");
	int can = in_a_child(true, words);
	CHECK((can & FORKED) == 0 || strstr(words, "seccomp") == NULL, "no process: %d", can);
	CHECK((can & SPOKE) != 0, "what is open works");
	if (strstr(words, "Landlock") == NULL)
		return;		/* a kernel without */
	CHECK((can & (FILE_READ | FILE_MADE)) == 0, "no file: %d", can);
	CHECK((can & (CONNECTED | LISTENED)) == 0 || strstr(words, "Landlock 1") != NULL ||
	      strstr(words, "Landlock 2") != NULL || strstr(words, "Landlock 3") != NULL,
	      "no TCP: %d", can);
}
