/* http_load.c: asks PORT for / over COUNT kept connections for SECONDS; prints how
 * many answers came. For http.sh where wrk is not installed. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "net/http.h"

#define MOST 64

static const char ask[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
static struct pollfd p[MOST];
static char in[MOST][65536];
static size_t have[MOST];

static int dial(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    send(fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL) < 0) {
		perror("http_load");
		exit(1);
	}
	return fd;
}

/* Whether a whole answer has come; then the next is asked for. */
static bool answered(int i)
{
	struct http_head h;
	ssize_t r = recv(p[i].fd, in[i] + have[i], sizeof(in[i]) - have[i], 0);
	int n;

	if (r <= 0)
		exit(1);
	have[i] += (size_t)r;
	n = http_parse_response(&h, (struct str){ in[i], have[i] });
	if (n < 0 || (n > 0 && h.content_length < 0))
		exit(1);
	if (n == 0 || have[i] < (size_t)n + (size_t)h.content_length)
		return false;
	have[i] = 0;
	return send(p[i].fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL) > 0;
}

int main(int argc, char **argv)
{
	int count = argc == 4 ? (int)strtol(argv[2], NULL, 10) : 0;
	long answers = 0;

	if (count < 1 || count > MOST) {
		fprintf(stderr, "usage: http_load PORT COUNT SECONDS\n");
		return 100;
	}
	for (int i = 0; i < count; i++)
		p[i] = (struct pollfd){ dial((int)strtol(argv[1], NULL, 10)), POLLIN, 0 };
	ns end = mono_ns() + strtol(argv[3], NULL, 10) * NS_SECOND;
	while (mono_ns() < end) {
		(void)poll(p, (nfds_t)count, 100);
		for (int i = 0; i < count; i++)
			if (p[i].revents != 0)
				answers += answered(i);
	}
	printf("%ld\n", answers);
	return 0;
}
