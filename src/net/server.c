#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/say.h"
#include "net/server_inside.h"
#include "net/url.h"

#define ACCEPT_PAUSE (100 * NS_MS)	/* when the process has no descriptor left */
#define ACCEPT_TURN  32
#define REFUSED_TIME (500 * NS_MS)
#define SLOT_ARENA   (SLOT_IN + SERVER_BODY_MAX + SLOT_OUT + 4096)

union address {
	struct sockaddr     any;
	struct sockaddr_in  v4;
	struct sockaddr_in6 v6;
};

/* ---- opening */

static bool address_parse(union address *a, const char *text)
{
	char host[64];
	uint16_t port;
	const char *colon = port_of(text, &port);

	*a = (union address){ 0 };
	if (colon == NULL ||
	    !str_copy(host, sizeof(host), (struct str){ text, (size_t)(colon - text) }))
		return false;
	size_t n = strlen(host);
	if (n == 0 || host[0] == '[') {
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_port = htons(port);
		if (n == 0) {
			a->v6.sin6_addr = in6addr_any;
			return true;
		}
		if (host[n - 1] != ']')
			return false;
		host[n - 1] = '\0';
		return inet_pton(AF_INET6, host + 1, &a->v6.sin6_addr) == 1;
	}
	a->v4.sin_family = AF_INET;
	a->v4.sin_port = htons(port);
	return inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
			 &a->v4.sin_addr) == 1;
}

/* A listening socket, or -1 with errno. */
static int listen_at(union address *a, bool both)
{
	socklen_t size = a->any.sa_family == AF_INET ? sizeof(a->v4) : sizeof(a->v6);
	int on = 1, off = 0;
	int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (a->any.sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, both ? &off : &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));	/* is inherited */
	if (bind(fd, &a->any, size) == 0 && listen(fd, 128) == 0 &&
	    getsockname(fd, &a->any, &size) == 0)
		return fd;
	int e = errno;
	close(fd);
	errno = e;
	return -1;
}

enum err server_open(struct server **out, const char *address, const struct server_hooks *hooks,
		     char *why, size_t why_size)
{
	union address a;
	struct arena arena;

	assert(hooks->request != NULL);
	if (!address_parse(&a, address)) {
		net_say(why, why_size, "listen at \"%s\": not ADDRESS:PORT", address);
		return ERR_CONFIG;
	}
	int fd = listen_at(&a, address[0] == ':');
	if (fd < 0 && address[0] == ':' && errno == EAFNOSUPPORT) {
		uint16_t port = a.v6.sin6_port;		/* a kernel without IPv6 */
		a = (union address){ .v4 = { .sin_family = AF_INET, .sin_port = port } };
		fd = listen_at(&a, true);
	}
	if (fd < 0) {
		net_say(why, why_size, "listen at %s: %s", address, errno == EADDRINUSE ?
		    "another program has this port" : net_errno(errno));
		return ERR_IO;
	}
	if (arena_open(&arena, sizeof(struct server) + SLOT_IN + 64) != OK) {
		net_say(why, why_size, "listen at %s: no memory", address);
		close(fd);
		return ERR_IO;
	}
	struct server *s = ARENA_NEW(&arena, struct server, 1);
	s->scratch = arena_alloc(&arena, SLOT_IN);
	s->arena = arena;
	s->fd = fd;
	s->port = ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
	s->hooks = *hooks;
	s->date_second = -1;
	s->per_peer = SERVER_PER_PEER;
	s->times = (struct server_times){ SERVER_HEAD_TIME, SERVER_BODY_TIME, SERVER_IDLE_TIME,
					  SERVER_WRITE_TIME, SERVER_LINGER_TIME };
	for (int i = 0; i < REFUSED; i++)
		s->refused[i].fd = -1;
	*out = s;
	return OK;
}

void server_set_times(struct server *s, const struct server_times *t)
{
	s->times = *t;
}

void server_set_per_peer(struct server *s, int most)
{
	s->per_peer = most;
}

uint16_t server_port(const struct server *s)
{
	return s->port;
}

void server_close(struct server *s)
{
	struct arena arena = s->arena;

	for (int i = 0; i < SERVER_CONNECTIONS; i++) {
		struct slot *c = &s->slot[i];
		if (c->fd > 0 && c->id != 0 && c->state != SLOT_DEAD) {
			slot_flush(s, c);
			if (c->state != SLOT_DEAD)
				close(c->fd);
		}
		arena_close(&c->arena);
	}
	for (int i = 0; i < REFUSED; i++)
		if (s->refused[i].fd >= 0)
			close(s->refused[i].fd);
	close(s->fd);
	arena_close(&arena);
}

/* ---- slots */

struct slot *slot_of(struct server *s, conn_id id)
{
	struct slot *c = &s->slot[id % SERVER_CONNECTIONS];

	return id != 0 && c->id == id && c->state != SLOT_DEAD ? c : NULL;
}

void slot_idle(struct server *s, struct slot *c)
{
	c->state = SLOT_HEAD;
	c->tried = 0;
	c->deadline = mono_ns() + s->times.idle;
}

void slot_drop(struct server *s, struct slot *c)
{
	if (c->state == SLOT_DEAD)
		return;
	close(c->fd);
	c->fd = -1;
	c->state = SLOT_DEAD;
	c->out_at = c->out_n = c->in_n = 0;
	c->ended = c->notify;
	c->again = false;
	s->hurry = true;
}

static void slot_free(struct server *s, struct slot *c)
{
	size_t i = (size_t)(c - s->slot);

	slot_cool(c->in, 0, c->in_high);
	slot_cool(c->message, 0, c->ws.cap > 0 ? SERVER_BODY_MAX : 0);
	slot_cool(c->out, 0, c->out_high);
	s->used &= ~((uint64_t)1 << i);
	c->id = 0;
	c->state = SLOT_FREE;
}

static bool slot_memory(struct slot *c)
{
	if (c->in != NULL)
		return true;
	if (arena_open(&c->arena, SLOT_ARENA) != OK)
		return false;
	c->in = arena_alloc(&c->arena, SLOT_IN);
	c->message = arena_alloc(&c->arena, SERVER_BODY_MAX);
	c->out = arena_alloc(&c->arena, SLOT_OUT);
	return true;
}

/* ---- accepting */

/* An address of IPv4 among those of IPv6. */
static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static void address_words(struct slot *c, const union address *a)
{
	if (a->any.sa_family == AF_INET) {
		memcpy(c->address, mapped, 12);
		memcpy(c->address + 12, &a->v4.sin_addr, 4);
	} else {
		memcpy(c->address, &a->v6.sin6_addr, 16);
	}
	bool v4 = memcmp(c->address, mapped, 12) == 0;
	c->loopback = v4 ? c->address[12] == 127 :
		      memcmp(c->address, &in6addr_loopback, 16) == 0;
	if (inet_ntop(v4 ? AF_INET : AF_INET6, c->address + (v4 ? 12 : 0), c->peer,
		      sizeof(c->peer)) == NULL)
		c->peer[0] = '\0';
}

/* A slot that is free, or that only waits for a peer to notice that we are done. */
static struct slot *slot_new(struct server *s)
{
	struct slot *oldest = NULL;

	for (int i = 0; i < SERVER_CONNECTIONS; i++) {
		struct slot *c = &s->slot[i];
		if (c->id == 0)
			return c;
		if (c->state == SLOT_LINGER && !c->ended &&
		    (oldest == NULL || c->deadline < oldest->deadline))
			oldest = c;
	}
	if (oldest != NULL) {
		slot_drop(s, oldest);
		slot_free(s, oldest);
	}
	return oldest;
}

static bool too_many_of(const struct server *s, const struct slot *like)
{
	/* Who has one address of IPv6 has the lower half's many. */
	size_t whole = memcmp(like->address, mapped, sizeof(mapped)) == 0 ? 16 : 8;
	int n = 0;

	for (int i = 0; i < SERVER_CONNECTIONS; i++)
		n += s->slot[i].id != 0 && memcmp(s->slot[i].address, like->address, whole) == 0;
	return !like->loopback && n >= s->per_peer;
}

/* Says 503 and keeps the socket for a moment: a close with unread bytes would take
 * the answer away from the peer. */
static void refuse(struct server *s, int fd, ns now)
{
	static const char no[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
				 "Retry-After: 1\r\nConnection: close\r\n\r\n";
	int i = 0;

	(void)send(fd, no, sizeof(no) - 1, MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_WR);
	for (int k = 0; k < REFUSED; k++)
		if (s->refused[k].fd < 0 || (s->refused[i].fd >= 0 &&
					     s->refused[k].deadline < s->refused[i].deadline))
			i = k;
	if (s->refused[i].fd >= 0)
		close(s->refused[i].fd);
	s->refused[i].fd = fd;
	s->refused[i].deadline = now + REFUSED_TIME;
}

static void refused_gone(struct server *s, ns now)
{
	for (int i = 0; i < REFUSED; i++) {
		if (s->refused[i].fd < 0)
			continue;
		ssize_t n = recv(s->refused[i].fd, s->scratch, SLOT_READ, 0);
		if (n == 0 || (n < 0 && errno != EAGAIN) || now >= s->refused[i].deadline) {
			close(s->refused[i].fd);
			s->refused[i].fd = -1;
		}
	}
}

static void admit(struct server *s, int fd, const union address *a, ns now)
{
	struct slot probe = { 0 };

	address_words(&probe, a);
	struct slot *c = too_many_of(s, &probe) ? NULL : slot_new(s);
	if (c == NULL || !slot_memory(c)) {
		refuse(s, fd, now);
		return;
	}
	probe.arena = c->arena;
	probe.in = c->in;
	probe.message = c->message;
	probe.out = c->out;
	*c = probe;
	c->fd = fd;
	c->id = ++s->serial * SERVER_CONNECTIONS + (uint64_t)(c - s->slot);
	c->write_by = NEVER;
	s->used |= (uint64_t)1 << (c - s->slot);
	slot_idle(s, c);
}

static void accept_some(struct server *s, ns now)
{
	for (int i = 0; i < ACCEPT_TURN; i++) {
		union address a = { 0 };
		socklen_t size = sizeof(a);
		int fd = accept4(s->fd, &a.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			admit(s, fd, &a, now);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
			   errno == ENOMEM) {
			s->accept_at = now + ACCEPT_PAUSE;
			return;
		} else if (errno == EAGAIN) {
			return;
		}
	}
}

/* ---- waiting */

static short events_of(const struct slot *c)
{
	/* A pace is kept by the deadline, not by the socket. */
	short out = slot_waiting(c) > 0 && !slot_paced(c) ? POLLOUT : 0;

	switch (c->state) {
	case SLOT_HEAD:
		return slot_waiting(c) < SLOT_FULL ? POLLIN | out : out;
	case SLOT_HELD:
		return c->eof ? out : POLLRDHUP | out;
	case SLOT_DEAF:
		return POLLRDHUP;
	case SLOT_CLOSING:
		return out;
	default:
		return POLLIN | out;
	}
}

size_t server_poll(struct server *s, struct pollfd *p, ns *deadline)
{
	size_t n = 0;

	*deadline = NEVER;
	for (uint64_t left = s->used; left != 0; left &= left - 1) {
		uint8_t i = (uint8_t)__builtin_ctzll(left);
		struct slot *c = &s->slot[i];
		if (c->state != SLOT_DEAD && slot_waiting(c) > 0 && !c->blocked)
			slot_flush(s, c);
		if (c->state == SLOT_DEAD)
			continue;
		s->polled[n] = i;
		s->polled_id[n] = c->id;
		p[n++] = (struct pollfd){ .fd = c->fd, .events = events_of(c) };
		if (*deadline > c->deadline)
			*deadline = c->deadline;
		ns by = slot_paced(c) && slot_waiting(c) > 0 ? c->pace_at : c->write_by;
		if (*deadline > by)
			*deadline = by;
	}
	for (int i = 0; i < REFUSED; i++)
		if (s->refused[i].fd >= 0 && *deadline > s->refused[i].deadline)
			*deadline = s->refused[i].deadline;
	if (s->accept_at != 0 && *deadline > s->accept_at)
		*deadline = s->accept_at;
	if (s->accept_at == 0) {
		s->polled_id[n] = 0;
		p[n++] = (struct pollfd){ .fd = s->fd, .events = POLLIN };
	}
	if (s->hurry)
		*deadline = 0;
	return n;
}

static void ready(struct server *s, struct slot *c, short events)
{
	if ((events & POLLOUT) != 0)
		slot_flush(s, c);
	if (c->state == SLOT_DEAD || (events & ~POLLOUT) == 0)
		return;
	if (c->state == SLOT_DEAF)
		slot_drop(s, c);
	else if (c->state != SLOT_HELD)
		slot_read(s, c);
	else if ((events & (POLLHUP | POLLERR)) != 0)
		slot_drop(s, c);
	else
		c->eof = true;
}

static void expire(struct server *s, struct slot *c, ns now)
{
	if (c->state == SLOT_WEBSOCKET && !c->closing_ws && !c->pinged && now < c->write_by) {
		(void)server_ws_send(s, c->id, WS_PING, NULL, 0);
		c->pinged = true;
		c->deadline = now + s->times.idle;
	} else if (now < c->write_by && (c->state == SLOT_BODY ||
					 (c->state == SLOT_HEAD && c->tried > 0))) {
		slot_error(s, c, 408);
	} else if (now < c->write_by && c->state == SLOT_HEAD && slot_waiting(c) > 0) {
		c->deadline = now + s->times.idle;
	} else if (now < c->write_by && c->state == SLOT_WEBSOCKET && slot_waiting(c) > 0) {
		c->deadline = now + s->times.linger;	/* the last words are still on the way */
	} else {
		slot_drop(s, c);
	}
}

static void reap(struct server *s)
{
	s->hurry = false;
	for (uint64_t left = s->used; left != 0; left &= left - 1) {
		struct slot *c = &s->slot[__builtin_ctzll(left)];
		if (c->ended) {
			c->ended = c->notify = false;
			if (s->hooks.closed != NULL)
				s->hooks.closed(s->hooks.ctx, s, c->id);
		}
		if (c->state == SLOT_DEAD)
			slot_free(s, c);
		s->hurry |= c->again;
	}
}

void server_step(struct server *s, const struct pollfd *p, size_t n)
{
	ns now = mono_ns();
	bool knock = s->accept_at != 0 && now >= s->accept_at;

	assert(n <= SERVER_CONNECTIONS + 1);
	bool hurried = s->hurry;
	s->hurry = false;
	for (size_t i = 0; i < n; i++) {
		struct slot *c = slot_of(s, s->polled_id[i]);
		if (p[i].revents == 0)
			continue;
		if (s->polled_id[i] == 0)
			knock = true;
		else if (c != NULL)
			ready(s, c, p[i].revents);
	}
	for (uint64_t left = s->used; left != 0; left &= left - 1) {
		struct slot *c = &s->slot[__builtin_ctzll(left)];
		if (c->again)
			slot_serve(s, c);
		bool late = now >= c->write_by && !slot_paced(c);
		if (c->state != SLOT_DEAD && (now >= c->deadline || late))
			expire(s, c, now);
	}
	refused_gone(s, now);
	if (s->hurry || hurried)
		reap(s);
	if (knock) {
		s->accept_at = 0;
		accept_some(s, now);
	}
}
