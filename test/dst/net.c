/* net.c: TCP as programs see it: bytes in order, late, in pieces of any size; connections that are
 * refused, cut, gone without a word, or that stand still and go on in any order. */
#include "sim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#define LINKS  200
#define WINDOW ((uint64_t)256 * 1024)
#define CHUNKS 64		/* under way at once; more travel with the last */

enum { END_NO, END_FIN, END_RST };

struct pipe {			/* one direction */
	char    *bytes;
	uint64_t written, arrived, taken, window;
	struct { uint64_t upto; ns at; int end; } chunk[CHUNKS];
	uint32_t head, tail;
	ns       last;		/* no later chunk arrives before */
	bool     clogged, dead;
	int      sent, seen;	/* END_: by the writer, by the reader */
};

enum link_state { L_FREE, L_CONNECTING, L_OPEN, L_REFUSED };

struct link {
	enum link_state state;
	int64_t      serial;
	ns           latency;
	struct pipe  pipe[2];	/* of what side 0, 1 writes */
	struct fd   *end[2];	/* NULL: not yet, or closed */
	bool         gone[2];
	struct link *next;	/* of those that wait to be accepted */
	uint16_t     port;
	bool         local;	/* to the bot, on its own machine: no line, no faults of it */
	bool         crowd;	/* but those of the crowd at the dashboard */
};

static struct link links[LINKS];
static int64_t serials;
static struct { bool refuse, black_hole, bytes; ns slow; } weather;

/* ---- bytes on their way */

static void deliver(void *arg, int64_t n)
{
	struct link *l = arg;

	if (l->state == L_FREE || l->serial != n / 2)
		return;
	struct pipe *p = &l->pipe[n % 2];
	struct fd *reader = l->end[1 - n % 2];
	if (p->clogged || p->dead)
		return;
	while (p->head != p->tail && p->chunk[p->head % CHUNKS].at <= sim.now) {
		p->arrived = p->chunk[p->head % CHUNKS].upto;
		if (p->chunk[p->head % CHUNKS].end > p->seen)
			p->seen = p->chunk[p->head % CHUNKS].end;
		p->head++;
	}
	if (reader != NULL)
		fd_notify(reader);
}

static void post(struct link *l, int side, int end)
{
	struct pipe *p = &l->pipe[side];
	ns at = sim.now + l->latency + (ns)draw(RNG_NET, (uint64_t)l->latency / 4 + 1);

	if (p->dead)
		return;
	if (weather.slow > 0 && !l->local)
		at += (ns)draw(RNG_NET, (uint64_t)weather.slow);
	at = at > p->last ? at : p->last;
	p->last = at;
	if (p->tail - p->head == CHUNKS) {
		p->chunk[(p->tail - 1) % CHUNKS].upto = p->written;
		if (end != END_NO)
			p->chunk[(p->tail - 1) % CHUNKS].end = end;
		return;
	}
	uint32_t i = p->tail++ % CHUNKS;
	p->chunk[i].upto = p->written;
	p->chunk[i].at = at;
	p->chunk[i].end = end;
	at_time(at, deliver, l, l->serial * 2 + side);
}

static void end_pipe(struct link *l, int side, int end)
{
	if (l->pipe[side].sent >= end)
		return;
	l->pipe[side].sent = end;
	post(l, side, end);
}

static struct link *link_new(void)
{
	static const uint64_t windows[] = { 8192, 65536, WINDOW };
	struct link *l = links;

	while (l < links + LINKS && l->state != L_FREE)
		l++;
	if (l == links + LINKS)
		return NULL;
	char *bytes[2] = { l->pipe[0].bytes, l->pipe[1].bytes };
	*l = (struct link){ .state = L_CONNECTING, .serial = ++serials,
			    .latency = draw_span(RNG_NET, NS_MS / 20, 40 * NS_MS) };
	for (int i = 0; i < 2; i++) {
		l->pipe[i].bytes = bytes[i] != NULL ? bytes[i] : malloc(WINDOW);
		l->pipe[i].window = windows[draw(RNG_NET, COUNT(windows))];
		assert(l->pipe[i].bytes != NULL);
	}
	return l;
}

static void link_leave(struct link *l, int side)
{
	l->end[side] = NULL;
	l->gone[side] = true;
	if (l->gone[1 - side])
		l->state = L_FREE;
}

/* ---- what programs call */

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
	post(l, f->side, END_NO);
	if (l->gone[1 - f->side])		/* nobody there any more: so says its kernel */
		end_pipe(l, 1 - f->side, END_RST);
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
		end_pipe(f->link, f->side, END_FIN);
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
	if (in->arrived > in->taken || in->seen != END_NO)
		events |= POLLIN;
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
		end_pipe(l, 1, END_RST);
		link_leave(l, 1);
	}
	if (f->kind != FD_STREAM || l == NULL)
		return;
	struct pipe *in = &l->pipe[1 - f->side];
	if (l->state != L_OPEN)
		l->gone[1] = true;	/* the other side has never seen it */
	else
		end_pipe(l, f->side, in->arrived > in->taken ? END_RST : END_FIN);
	link_leave(l, f->side);
}

/* ---- what befalls them */

static void kill_pipe(struct pipe *p)
{
	p->dead = true;
	p->head = p->tail;
}

void net_died(struct proc *p, bool power)
{
	for (struct link *l = links; power && l < links + LINKS; l++)
		if (l->state == L_OPEN && ((l->end[0] != NULL && l->end[0]->p == p)))
			kill_pipe(&l->pipe[0]);
}

/* A machine that is up again knows nothing of the connections it had. */
void net_restarted(struct proc *p)
{
	if (p != &bot)
		return;
	for (struct link *l = links; l < links + LINKS; l++)
		if (l->state == L_OPEN && l->gone[0] && l->pipe[0].dead) {
			l->pipe[0].dead = false;
			l->pipe[0].sent = END_NO;
			end_pipe(l, 0, END_RST);
		}
}

/* Its owner is about to close it, and the other side will not hear of that. */
void net_vanish(int fd)
{
	struct link *l = fds[fd].link;		/* NULL: there were too many */

	for (int i = 0; i < 2 && l != NULL && l->state == L_OPEN; i++)
		kill_pipe(&l->pipe[i]);
}

bool net_of_crowd(const struct fd *f)
{
	return f->link != NULL && f->link->crowd;
}

static bool struck(const struct link *l, bool of_crowd)
{
	return l->state == L_OPEN && (of_crowd ? l->crowd : !l->local);
}

static void heal(struct link *l)
{
	for (int i = 0; i < 2; i++) {
		struct pipe *p = &l->pipe[i];
		if (!p->clogged)
			continue;
		p->clogged = false;
		ns at = sim.now + (ns)draw(RNG_NET, (uint64_t)(2 * NS_SECOND));
		for (uint32_t k = p->head; k != p->tail; k++)
			p->chunk[k % CHUNKS].at = at;
		p->last = at > p->last ? at : p->last;
		at_time(at, deliver, l, l->serial * 2 + i);
	}
}

static void strike(struct link *l, enum net_fault what)
{
	uint64_t which = draw(RNG_NET, 4);	/* one direction alone, now and then */

	for (int i = 0; i < 2; i++) {
		struct pipe *p = &l->pipe[i];
		if (what == NET_RESET)
			end_pipe(l, i, END_RST);
		else if (what == NET_HALF_OPEN && which != (uint64_t)i)
			kill_pipe(p);
		else if (what == NET_CLOG && which != (uint64_t)i)
			p->clogged = true;
	}
}

void net_fault(enum net_fault what, enum net_links which)
{
	bool of_crowd = which == NET_CROWD;
	uint64_t n = 0;

	switch (what) {
	case NET_REFUSE:     weather.refuse = true; return;
	case NET_BLACK_HOLE: weather.black_hole = true; return;
	case NET_CONNECT:    weather.refuse = weather.black_hole = false; return;
	case NET_SLOW:       weather.slow = draw_span(RNG_NET, 100 * NS_MS, 4 * NS_SECOND); return;
	case NET_BYTES:      weather.bytes = true; return;
	case NET_PLAIN:      weather.bytes = false; weather.slow = 0; return;
	case NET_HEAL:
	case NET_RESET:
	case NET_HALF_OPEN:
	case NET_CLOG:
	case NET_FAULTS:     break;
	}
	for (struct link *l = links; l < links + LINKS; l++)
		n += struck(l, of_crowd) && l->end[0] != NULL;
	uint64_t only = n > 0 ? draw(RNG_NET, n) : 0;
	for (struct link *l = links; l < links + LINKS; l++)
		if (struck(l, of_crowd) && what == NET_HEAL)
			heal(l);
		else if (struck(l, of_crowd) && l->end[0] != NULL &&
			 (only-- == 0 || which == NET_ALL))
			strike(l, what);
}
