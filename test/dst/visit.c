/* visit.c: see visit.h. */
#include "visit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

int dst_socket(int family, int type, int protocol);
int dst_connect(int fd, const struct sockaddr *a, socklen_t n);
int dst_poll(struct pollfd *p, nfds_t n, int ms);
ssize_t dst_send(int fd, const void *from, size_t n, int flags);
ssize_t dst_recv(int fd, void *to, size_t n, int flags);
int dst_close(int fd);

int visit_open(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = dst_socket(AF_INET, 0, 0);

	if (fd >= 0)
		(void)dst_connect(fd, (const struct sockaddr *)&a, sizeof a);
	return fd;
}

void visit_close(int fd)
{
	(void)dst_close(fd);
}

static bool wait_until(int fd, short events, ns deadline)
{
	struct pollfd p = { .fd = fd, .events = events };

	while (sim.now < deadline) {
		int n = dst_poll(&p, 1, (int)((deadline - sim.now) / NS_MS) + 1);
		if (n > 0)
			return true;
	}
	return false;
}

void visit_take(struct visit *v, int fd, size_t upto, ns deadline)
{
	while (v->n < upto && wait_until(fd, POLLIN, deadline)) {
		ssize_t n = dst_recv(fd, v->answer + v->n, upto - v->n, 0);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		v->n += n > 0 ? (size_t)n : 0;
	}
	v->answer[v->n] = '\0';
}

bool visit_put(int fd, const char *text, size_t n, ns deadline)
{
	while (n > 0 && wait_until(fd, POLLOUT, deadline)) {
		ssize_t sent = dst_send(fd, text, n, 0);
		if (sent < 0 && errno != EAGAIN)
			return false;
		text += sent > 0 ? sent : 0;
		n -= sent > 0 ? (size_t)sent : 0;
	}
	return n == 0;
}

void visit_part(struct visit *v, uint16_t port, const char *method, const char *path,
		const char *body, size_t upto, ns patient)
{
	static const char keys[] = "APCA-API-KEY-ID: PKSIMULATED\r\n"
				   "APCA-API-SECRET-KEY: simulated\r\n";
	char head[1024];
	ns began = sim.now;

	v->n = 0;
	v->answer[0] = '\0';
	int fd = visit_open(port);
	if (fd < 0)
		return;
	int n = snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
			 "Content-Type: application/json\r\nContent-Length: %zu\r\n%s"
			 "Connection: close\r\n\r\n%s", method, path, port, strlen(body),
			 port == VISIT_BROKER ? keys : "", body);
	if (visit_put(fd, head, (size_t)n, began + patient))
		visit_take(v, fd, upto, began + patient);
	visit_close(fd);
}

void visit(struct visit *v, uint16_t port, const char *method, const char *path, const char *body,
	   ns patient)
{
	visit_part(v, port, method, path, body, sizeof v->answer - 1, patient);
}

bool visit_said(const struct visit *v, const char *status)
{
	return strncmp(v->answer, "HTTP/1.1 ", 9) == 0 &&
	       strncmp(v->answer + 9, status, strlen(status)) == 0;
}

void visit_nap(ns from, ns to)
{
	(void)fiber_wait(NULL, sim.now + draw_span(RNG_MORE, from, to));
}
