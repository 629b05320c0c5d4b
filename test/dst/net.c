/* net.c: TCP as programs see it: bytes in order, late, in pieces of any size; connections that are
 * refused, and those that wait to be accepted. */
#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

int dst_socket(int family, int type, int protocol);
int dst_socket(int family, int type, int protocol)
{
	(void)protocol;
	if (family != AF_INET) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	return fails(FAIL_SOCKET | FAIL_FDS) ? -1 : fd_new(FD_STREAM, type);
}

int dst_bind(int fd, const struct sockaddr *a, socklen_t n);
int dst_bind(int fd, const struct sockaddr *a, socklen_t n)
{
	struct sockaddr_in v4;

	(void)n;
	memcpy(&v4, a, sizeof v4);
	fds[fd].kind = FD_LISTEN;
	fds[fd].port = ntohs(v4.sin_port);
	return 0;
}

int dst_getsockname(int fd, struct sockaddr *a, socklen_t *n);
int dst_getsockname(int fd, struct sockaddr *a, socklen_t *n)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(fds[fd].port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	memcpy(a, &v4, sizeof v4);
	*n = sizeof v4;
	return 0;
}

static void connected(void *arg, int64_t serial)
{
	struct link *l = arg, **at;
	struct fd *listener = NULL;

	if (l->state != L_CONNECTING || l->serial != serial || (weather.black_hole && !l->local))
		return;
	for (int i = 0; i < FDS; i++)
		if (fds[i].kind == FD_LISTEN && fds[i].port == l->port)
			listener = &fds[i];
	if (listener == NULL || (weather.refuse && !l->local)) {
		l->state = L_REFUSED;
		fd_notify(l->end[0]);
		return;
	}
	l->state = L_OPEN;
	for (at = &listener->link; *at != NULL; at = &(*at)->next)
		continue;
	*at = l;
	fd_notify(listener);
	fd_notify(l->end[0]);
}

int dst_connect(int fd, const struct sockaddr *a, socklen_t n);
int dst_connect(int fd, const struct sockaddr *a, socklen_t n)
{
	struct fd *f = fd_of(fd, FD_STREAM);
	struct sockaddr_in v4;

	(void)n;
	memcpy(&v4, a, sizeof v4);
	point();
	assert(f != NULL && f->link == NULL);
	if (fails(FAIL_SOCKET))
		return -1;
	f->link = link_new();
	if (f->link == NULL) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	f->link->end[0] = f;
	f->link->port = ntohs(v4.sin_port);
	f->link->crowd = current->p == &crowd;
	f->link->local = current->p == &desk || f->link->crowd;
	at_time(sim.now + 2 * f->link->latency + weather.slow / 2, connected, f->link,
		f->link->serial);
	errno = EINPROGRESS;
	return -1;
}

int dst_accept4(int fd, struct sockaddr *a, socklen_t *n, int flags);
int dst_accept4(int fd, struct sockaddr *a, socklen_t *n, int flags)
{
	struct fd *f = fd_of(fd, FD_LISTEN);

	assert(f != NULL);
	point();
	struct link *l = f->link;
	if (l == NULL) {
		errno = EAGAIN;
		return -1;
	}
	int got = fails(FAIL_SOCKET | FAIL_FDS) ? -1 : fd_new(FD_STREAM, flags);
	if (got < 0)
		return -1;
	f->link = l->next;
	fds[got].link = l;
	fds[got].side = 1;
	l->end[1] = &fds[got];
	return dst_getsockname(fd, a, n) == 0 ? got : -1;
}

int dst_getsockopt(int fd, int level, int name, void *value, socklen_t *n);
int dst_getsockopt(int fd, int level, int name, void *value, socklen_t *n)
{
	struct fd *f = fd_of(fd, FD_STREAM);
	int e = f->link->state == L_REFUSED ? ECONNREFUSED : 0;

	assert(level == SOL_SOCKET && name == SO_ERROR && *n == sizeof e);
	memcpy(value, &e, sizeof e);
	return 0;
}

static uint64_t room(const struct pipe *p)
{
	return p->window - (p->written - p->taken);
}

ssize_t dst_send(int fd, const void *from, size_t n, int flags);
ssize_t dst_send(int fd, const void *from, size_t n, int flags)
{
	struct fd *f = fd_of(fd, FD_STREAM);

	(void)flags;
	point();
	if (f == NULL || fails(FAIL_SOCKET | FAIL_INTERRUPT))
		return -1;
	struct link *l = f->link;
	struct pipe *p = &l->pipe[f->side];
	if (l->pipe[1 - f->side].seen == END_RST || p->sent != END_NO || l->state != L_OPEN) {
		errno = l->state == L_CONNECTING ? EAGAIN : EPIPE;
		return -1;
	}
	if (room(p) == 0) {
		errno = EAGAIN;
		return -1;
	}
	n = fails_short(n);
	if (n > room(p))
		n = room(p);
	if (n > 1 && (weather.bytes || chance(RNG_NET, 64)))
		n = 1 + draw(RNG_NET, n < 64 ? n : 64);
	for (size_t i = 0, k; i < n; i += k, p->written += k) {
		k = WINDOW - p->written % WINDOW;
		k = k < n - i ? k : n - i;
		memcpy(p->bytes + p->written % WINDOW, (const char *)from + i, k);
	}
	link_post(l, f->side, END_NO);
	if (l->gone[1 - f->side])		/* nobody there any more: so says its kernel */
		link_end(l, 1 - f->side, END_RST);
	return (ssize_t)n;
}

ssize_t dst_sendmsg(int fd, const struct msghdr *m, int flags);
ssize_t dst_sendmsg(int fd, const struct msghdr *m, int flags)
{
	ssize_t sum = 0;

	for (size_t i = 0; i < m->msg_iovlen; i++) {
		if (m->msg_iov[i].iov_len == 0)
			continue;
		ssize_t n = dst_send(fd, m->msg_iov[i].iov_base, m->msg_iov[i].iov_len, flags);
		if (n < 0)
			return sum > 0 ? sum : n;
		sum += n;
		if ((size_t)n < m->msg_iov[i].iov_len)
			break;
	}
	return sum;
}

ssize_t dst_recv(int fd, void *to, size_t n, int flags);
ssize_t dst_recv(int fd, void *to, size_t n, int flags)
{
	struct fd *f = fd_of(fd, FD_STREAM);

	(void)flags;
	point();
	if (f == NULL || fails(FAIL_SOCKET | FAIL_INTERRUPT))
		return -1;
	struct link *l = f->link;
	struct pipe *p = &l->pipe[1 - f->side];
	uint64_t there = p->arrived - p->taken;
	if (l->state == L_REFUSED) {
		errno = ECONNREFUSED;
		return -1;
	}
	if (p->seen == END_RST || there == 0) {
		if (p->seen == END_FIN)
			return 0;
		errno = p->seen == END_RST ? ECONNRESET : EAGAIN;
		return -1;
	}
	n = fails_short(n);
	n = n < there ? n : there;
	if (n > 1 && (weather.bytes || chance(RNG_NET, 64)))
		n = 1 + draw(RNG_NET, n < 64 ? n : 64);
	for (size_t i = 0, k; i < n; i += k, p->taken += k) {
		k = WINDOW - p->taken % WINDOW;
		k = k < n - i ? k : n - i;
		memcpy((char *)to + i, p->bytes + p->taken % WINDOW, k);
	}
	if (l->end[1 - f->side] != NULL && !p->dead)
		fd_notify(l->end[1 - f->side]);
	return (ssize_t)n;
}

int dst_shutdown(int fd, int how);
int dst_shutdown(int fd, int how)
{
	struct fd *f = fd_of(fd, FD_STREAM);

	if (f == NULL || f->link == NULL || f->link->state != L_OPEN) {
		errno = ENOTCONN;
		return -1;
	}
	if (how != SHUT_RD)
		link_end(f->link, f->side, END_FIN);
	return 0;
}

/* ---- for fd.c */

short net_events(const struct fd *f)
{
	short events = 0;

	if (f->kind == FD_LISTEN)
		return f->link != NULL ? POLLIN : 0;
	const struct link *l = f->link;
	if (l == NULL || l->state == L_CONNECTING)
		return 0;
	if (l->state == L_REFUSED)
		return POLLOUT | POLLERR | POLLHUP;
	const struct pipe *in = &l->pipe[1 - f->side], *out = &l->pipe[f->side];
	if (in->arrived > in->taken)
		events |= POLLIN;
	if (in->seen != END_NO)
		events |= POLLIN | POLLRDHUP;
	if (room(out) > 0 || in->seen == END_RST)
		events |= POLLOUT;
	if (in->seen == END_RST)
		events |= POLLERR | POLLHUP;
	return events;
}

void net_close(struct fd *f)
{
	struct link *l = f->link, *next;

	/* Nobody will accept those that wait. */
	for (; f->kind == FD_LISTEN && l != NULL; l = next) {
		next = l->next;
		link_end(l, 1, END_RST);
		link_leave(l, 1);
	}
	if (f->kind != FD_STREAM || l == NULL)
		return;
	struct pipe *in = &l->pipe[1 - f->side];
	if (l->state != L_OPEN)
		l->gone[1] = true;	/* the other side has never seen it */
	else
		link_end(l, f->side, in->arrived > in->taken ? END_RST : END_FIN);
	link_leave(l, f->side);
}
