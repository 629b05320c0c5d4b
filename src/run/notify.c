#include "run/notify.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/num.h"

void notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    !str_copy(a.sun_path, sizeof a.sun_path, str_of(path)))
		return;
	size_t n = strlen(path);
	if (path[0] == '@')
		a.sun_path[0] = 0;	/* an abstract socket */
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	/* Nobody listening is not our trouble. */
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&a,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

ns notify_watchdog(void)
{
	const char *text = getenv("WATCHDOG_USEC");
	int64_t n;

	if (text == NULL || num_parse(&n, str_of(text)) != OK || n <= 0)
		return 0;
	return n / NUM_ONE * 1000 / 2;
}
