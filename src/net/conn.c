#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/conn.h"
#include "net/dns.h"
#include "net/say.h"
#include "net/tls.h"

/* No address gets less than this before the next one is tried. */
#define ATTEMPT_LEAST (600 * NS_MS)

union address {
	struct sockaddr     any;
	struct sockaddr_in  v4;
	struct sockaddr_in6 v6;
};

static_assert(sizeof(union address) == 28, "struct conn keeps 28 bytes per address");

void conn_init(struct conn *c, const char *host, uint16_t port, struct tls *tls,
	       char *in, size_t in_cap, char *out, size_t out_cap)
{
	assert(in != NULL && in_cap > 0 && out != NULL && out_cap > 0);
	*c = (struct conn){
		.state = CONN_CLOSED, .fd = -1, .lookup = -1, .port = port, .tls = tls,
		.in = in, .in_cap = in_cap, .out = out, .out_cap = out_cap,
	};
	size_t n = strlen(host);
	assert(n > 0 && n < sizeof c->host);
	memcpy(c->host, host, n + 1);
}

static void phase(struct conn *c, enum conn_state state)
{
	c->state = state;
	c->phase_end = mono_ns() + CONN_TIMEOUT;
	c->deadline = c->phase_end;
}

enum err conn_open(struct conn *c)
{
	assert(c->state == CONN_CLOSED && c->fd == -1 && c->lookup == -1);
	c->in_n = c->out_n = 0;
	c->eof = c->want_write = false;
	c->address_i = c->address_n = 0;
	c->bad = 0;
	c->why[0] = '\0';
	int ticket = dns_ask(c->host, c->port);
	if (ticket < 0) {
		net_say(c->why, sizeof c->why, "resolve %s: %s", c->host,
		    ticket == ERR_FULL ? "too many lookups at once" : "cannot start");
		return (enum err)ticket;
	}
	c->lookup = ticket;
	phase(c, CONN_RESOLVING);
	c->deadline = mono_ns() + DNS_PATIENCE;
	return OK;
}

static void drop_socket(struct conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

void conn_close(struct conn *c)
{
	if (c->tls != NULL && c->fd >= 0 && c->state == CONN_OPEN)
		tls_shutdown(c->tls, c->fd);
	drop_socket(c);
	if (c->lookup >= 0)
		dns_forget(c->lookup);
	c->lookup = -1;
	c->in_n = c->out_n = 0;
	c->eof = c->want_write = false;
	c->deadline = c->phase_end = 0;
	c->state = CONN_CLOSED;
}

bool conn_poll(const struct conn *c, int *fd, short *events)
{
	*fd = c->fd;
	*events = 0;
	switch (c->state) {
	case CONN_CLOSED:
		return false;
	case CONN_RESOLVING:
		*fd = dns_fd(c->lookup);
		*events = POLLIN;
		return true;
	case CONN_CONNECTING:
		*events = POLLOUT;
		return true;
	case CONN_HANDSHAKE:
		*events = c->want_write ? POLLIN | POLLOUT : POLLIN;
		return true;
	case CONN_OPEN:
		break;
	}
	bool room = !c->eof && c->in_n < c->in_cap;
	if (room)
		*events |= POLLIN;
	if (c->want_write || c->out_n > 0 || (room && c->tls != NULL && tls_pending(c->tls)))
		*events |= POLLOUT;
	return *events != 0;
}

/* ---- connecting */

static void address_text(const struct conn *c, char out[static INET6_ADDRSTRLEN])
{
	union address a;
	assert(c->address_i < c->address_n);
	memcpy(&a, c->address[c->address_i], sizeof a);
	const void *bytes = a.any.sa_family == AF_INET6 ? (const void *)&a.v6.sin6_addr
							: (const void *)&a.v4.sin_addr;
	if (inet_ntop(a.any.sa_family, bytes, out, INET6_ADDRSTRLEN) == NULL)
		out[0] = '\0';
}

/* Closes with words; `what` is the phase and the errno is put into English. */
static enum err fail(struct conn *c, enum err e, const char *what, const char *reason)
{
	char text[INET6_ADDRSTRLEN] = "";
	if (c->address_i < c->address_n)
		address_text(c, text);
	net_say(c->why, sizeof c->why, "%s %s:%u: %s%s%s%s", what, c->host, (unsigned)c->port,
	    reason, text[0] ? " (" : "", text, text[0] ? ")" : "");
	if (c->state == CONN_OPEN && e != OK)
		drop_socket(c);		/* no close_notify on a broken connection */
	conn_close(c);
	return e;
}

/* Begins with the address at address_i. OK: connecting. Else errno. */
static int attempt(struct conn *c)
{
	union address a;
	memcpy(&a, c->address[c->address_i], sizeof a);
	c->fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return errno;
	int on = 1;
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	socklen_t n = a.any.sa_family == AF_INET6 ? sizeof a.v6 : sizeof a.v4;
	if (connect(c->fd, &a.any, n) != 0 && errno != EINPROGRESS && errno != EINTR) {
		int e = errno;
		drop_socket(c);
		return e;
	}
	ns now = mono_ns(), left = c->phase_end - now;
	ns share = left / (ns)(c->address_n - c->address_i);
	if (share < ATTEMPT_LEAST)
		share = ATTEMPT_LEAST;
	c->deadline = share < left ? now + share : c->phase_end;
	return 0;
}

/* "No route" of one family says less than what the other family's address said. */
static bool vague(int e)
{
	return e == ENETUNREACH || e == EAFNOSUPPORT || e == EADDRNOTAVAIL;
}

static void note_bad(struct conn *c, int e)
{
	if (c->bad == 0 || (vague(c->bad) && !vague(e))) {
		c->bad = e;
		c->bad_i = c->address_i;
	}
}

/* Goes on with the next address that takes a connect; e: why the present one did not. */
static enum err next_address(struct conn *c, int e)
{
	drop_socket(c);
	note_bad(c, e);
	while (c->address_i + 1 < c->address_n && mono_ns() < c->phase_end) {
		c->address_i++;
		e = attempt(c);
		if (e == 0)
			return OK;
		note_bad(c, e);
	}
	c->address_i = c->bad_i;
	return fail(c, c->bad == ETIMEDOUT ? ERR_TIMEOUT : ERR_IO, "connect", net_errno(c->bad));
}

static enum err step_resolving(struct conn *c)
{
	struct dns_answer answer;
	char why[96];
	enum err e = dns_answer(c->lookup, &answer, why, sizeof why);
	if (e == ERR_AGAIN) {
		if (mono_ns() >= c->phase_end)
			return fail(c, ERR_TIMEOUT, "resolve", "no answer from the name server");
		if (mono_ns() >= c->deadline)
			c->deadline = c->phase_end;
		return ERR_AGAIN;
	}
	c->lookup = -1;
	if (e != OK)
		return fail(c, e, "resolve", why);
	assert(answer.n > 0 && answer.n <= COUNT(c->address));
	memcpy(c->address, answer.address, sizeof c->address);
	c->address_i = 0;
	c->address_n = answer.n;
	phase(c, CONN_CONNECTING);
	int bad = attempt(c);
	return bad == 0 ? OK : next_address(c, bad);
}

static enum err step_connecting(struct conn *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLOUT };
	int n = poll(&p, 1, 0);
	if (n < 0 && errno != EINTR)
		return fail(c, ERR_IO, "connect", net_errno(errno));
	if (n <= 0)
		return mono_ns() >= c->deadline ? next_address(c, ETIMEDOUT) : ERR_AGAIN;
	int e = 0;
	socklen_t size = sizeof e;
	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &e, &size) != 0)
		e = errno;
	if (e != 0)
		return next_address(c, e);
	phase(c, CONN_HANDSHAKE);
	if (c->tls == NULL) {
		c->state = CONN_OPEN;
		c->deadline = c->phase_end = 0;
	} else {
		enum err bad = tls_start(c->tls, c->host);
		if (bad != OK)
			return fail(c, bad, "tls", "the kernel gives no random numbers");
	}
	return OK;
}

/* ---- moving bytes */

static void drop_front(char *bytes, size_t *n, size_t gone)
{
	assert(gone <= *n);
	*n -= gone;
	memmove(bytes, bytes + gone, *n);
}

static enum err receive_plain(struct conn *c)
{
	while (!c->eof && c->in_n < c->in_cap) {
		ssize_t n = recv(c->fd, c->in + c->in_n, c->in_cap - c->in_n, 0);
		if (n > 0)
			c->in_n += (size_t)n;
		else if (n == 0)
			c->eof = true;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			break;
		else if (errno != EINTR)
			return ERR_IO;
	}
	return OK;
}

static enum err send_plain(struct conn *c)
{
	size_t done = 0;
	enum err e = OK;
	while (done < c->out_n) {
		ssize_t n = send(c->fd, c->out + done, c->out_n - done, MSG_NOSIGNAL);
		if (n >= 0) {
			done += (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			break;
		} else if (errno != EINTR) {
			e = ERR_IO;
			break;
		}
	}
	int saved = errno;
	drop_front(c->out, &c->out_n, done);
	c->want_write = c->out_n > 0;
	errno = saved;
	return e;
}

/* Both ways; what the peer said before it broke off is received even if sending fails. */
static enum err move_plain(struct conn *c, char why[static CONN_WHY])
{
	enum err sent = send_plain(c);
	int saved = errno;
	enum err got = receive_plain(c);
	if (sent == OK)
		saved = errno;
	if (sent == OK && got == OK)
		return OK;
	net_say(why, CONN_WHY, "%s", net_errno(saved));
	return ERR_IO;
}

/* Bytes that came before an error are handed over first; the error comes again with
 * the next step. */
static enum err step_open(struct conn *c)
{
	size_t before = c->in_n, queued = c->out_n;
	char why[CONN_WHY] = "";
	enum err e;
	if (c->tls == NULL)
		e = move_plain(c, why);
	else
		e = tls_move(c->tls, c->fd, c->in, &c->in_n, c->in_cap, c->out, &c->out_n,
			     &c->want_write, why, sizeof why);
	if (e == ERR_END) {
		c->eof = true;
		e = OK;
	}
	c->received += c->in_n - before;
	c->sent += queued - c->out_n;
	if (e == OK || c->in_n > before)
		return OK;
	return fail(c, e, e == ERR_TLS ? "tls" : "connection", why);
}

static enum err step_handshake(struct conn *c)
{
	char why[CONN_WHY];
	size_t before = c->in_n, queued = c->out_n;
	enum err e = tls_move(c->tls, c->fd, c->in, &c->in_n, c->in_cap, c->out, &c->out_n,
			      &c->want_write, why, sizeof why);
	c->received += c->in_n - before;
	c->sent += queued - c->out_n;
	if (e == ERR_END && tls_ready(c->tls)) {
		c->eof = true;
		e = OK;
	}
	if (e == ERR_END) {
		e = ERR_TLS;
		net_say(why, sizeof why, "closed by the server during the handshake");
	}
	/* All of it in one step: what came before the end is handed over first, as in step_open. */
	if (e != OK && tls_ready(c->tls) && c->in_n > before)
		e = OK;
	if (e != OK)
		return fail(c, e, "tls", why);
	if (tls_ready(c->tls)) {
		c->state = CONN_OPEN;
		c->deadline = c->phase_end = 0;
		return ERR_AGAIN;	/* tls_move has moved all there is */
	}
	if (mono_ns() >= c->phase_end)
		return fail(c, ERR_TIMEOUT, "tls", "handshake not finished in time");
	return ERR_AGAIN;
}

enum err conn_step(struct conn *c)
{
	/* Each turn goes on to the next phase or the next address, or ends. */
	enum err e = OK;
	for (int turn = 0; turn < 32 && e == OK; turn++) {
		switch (c->state) {
		case CONN_CLOSED:
			return OK;
		case CONN_RESOLVING:
			e = step_resolving(c);
			break;
		case CONN_CONNECTING:
			e = step_connecting(c);
			break;
		case CONN_HANDSHAKE:
			e = step_handshake(c);
			break;
		case CONN_OPEN:
			return step_open(c);
		}
	}
	return e == ERR_AGAIN ? OK : e;
}

enum err conn_send(struct conn *c, struct str bytes)
{
	if (c->state == CONN_CLOSED)
		return ERR_IO;
	if (bytes.n > c->out_cap - c->out_n)
		return ERR_FULL;
	if (bytes.n > 0)
		memcpy(c->out + c->out_n, bytes.s, bytes.n);
	c->out_n += bytes.n;
	return OK;
}

void conn_eat(struct conn *c, size_t n)
{
	drop_front(c->in, &c->in_n, n);
}
