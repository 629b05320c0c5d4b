#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "check.h"
#include "net_peer.h"

static char answer[4 * 1024 * 1024];

static void echo(struct server *s, const struct request *rq)
{
	static char memory[SERVER_BODY_MAX + 8192];
	struct text t;

	text_init(&t, memory, sizeof(memory));
	text_add(&t, rq->head.method);
	text_char(&t, ' ');
	text_add(&t, rq->head.path);
	text_char(&t, '?');
	text_add(&t, rq->head.query);
	text_char(&t, ' ');
	text_add(&t, rq->body);
	server_reply(s, rq->conn, 200, "text/plain", "X-Peer: yes\r\n", text_str(&t));
}

static void big(struct server *s, const struct request *rq)
{
	static char bytes[2 * 1024 * 1024];
	char digits[16];
	size_t n;
	bool bad;

	memset(bytes, 'b', sizeof(bytes));
	if (!http_query(rq->head.query, "n", digits, sizeof(digits), &n, &bad))
		digits[0] = '\0';
	server_reply(s, rq->conn, 200, "text/plain", NULL,
		     (struct str){ bytes, (size_t)strtoul(digits, NULL, 10) });
}

static void request(void *ctx, struct server *s, const struct request *rq)
{
	struct world *w = ctx;
	struct str path = rq->head.path;

	w->asked++;
	CHECK(rq->loopback, "the peer is on this machine");
	CHECK_TEXT(rq->peer, "127.0.0.1", "and this is its address");
	w->last_body_n = rq->body.n;
	if (rq->body.n > 0)
		memcpy(w->last_body, rq->body.s, rq->body.n);
	if (str_eq(path, STR("/big"))) {
		big(s, rq);
	} else if (str_eq(path, STR("/hold"))) {
		w->held = rq->conn;
		server_hold(s, rq->conn);
	} else if (str_eq(path, STR("/stream"))) {
		w->stream = rq->conn;
		server_stream(s, rq->conn, "text/event-stream", "X-A: b\r\n");
	} else if (str_eq(path, STR("/ws"))) {
		if (server_websocket(s, rq))
			w->socket = rq->conn;
	} else if (str_eq(path, STR("/cut"))) {
		server_cut(s, rq->conn);
		server_reply(s, rq->conn, 200, NULL, NULL, STR("too late"));
	} else if (str_eq(path, STR("/none"))) {
		return;
	} else if (str_eq(path, STR("/inject"))) {
		server_reply(s, rq->conn, 200, NULL, "A: b\r\n\r\nevil: 1\r\n", STR(""));
	} else if (str_eq(path, STR("/204"))) {
		server_reply(s, rq->conn, 204, NULL, NULL, STR(""));
	} else {
		echo(s, rq);
	}
}

static void message(void *ctx, struct server *s, conn_id conn, enum ws_op op, struct str payload)
{
	struct world *w = ctx;

	w->messages++;
	if (str_eq(payload, STR("close me")))
		server_ws_close(s, conn, 1001, STR("asked"));
	else if (str_eq(payload, STR("cut me")))
		server_cut(s, conn);
	else
		CHECK(server_ws_send(s, conn, op, &payload, 1), "the echo goes out");
}

static void closed(void *ctx, struct server *s, conn_id conn)
{
	struct world *w = ctx;

	w->closed++;
	w->last_closed = conn;
	CHECK_INT(server_waiting(s, conn), 0, "nothing waits for who is gone");
}

void world_open(struct world *w)
{
	struct server_hooks hooks = { request, message, closed, w };
	char why[160];

	memset(w, 0, sizeof(*w));
	CHECK_INT(server_open(&w->s, "127.0.0.1:0", &hooks, why, sizeof(why)), OK, "it listens");
}

void world_close(struct world *w)
{
	server_close(w->s);
}

void world_times(struct world *w, ns every)
{
	struct server_times t = { every, every, every, every, every };

	server_set_times(w->s, &t);
}

void world_turn(struct world *w)
{
	struct pollfd p[SERVER_CONNECTIONS + 1];
	ns deadline;
	size_t n = server_poll(w->s, p, &deadline);

	(void)poll(p, n, deadline <= mono_ns() ? 0 : 2);
	server_step(w->s, p, n);
}

int peer_connect(struct world *w)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(server_port(w->s)),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0, "a peer connects");
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

void peer_send(struct world *w, int fd, struct str bytes)
{
	ns end = mono_ns() + PEER_PATIENCE;

	while (bytes.n > 0 && mono_ns() < end) {
		ssize_t n = send(fd, bytes.s, bytes.n, MSG_NOSIGNAL);
		if (n > 0)
			bytes = (struct str){ bytes.s + n, bytes.n - (size_t)n };
		else if (errno != EAGAIN)
			return;	/* the server has closed; the test reads why */
		world_turn(w);
	}
}

bool peer_read(struct world *w, int fd, char *out, size_t size, size_t *n, const char *until)
{
	ns end = mono_ns() + PEER_PATIENCE;

	*n = 0;
	out[0] = '\0';
	while (mono_ns() < end && *n + 1 < size) {
		ssize_t r = recv(fd, out + *n, size - 1 - *n, 0);
		if (r == 0 || (r < 0 && errno != EAGAIN))
			return until == NULL && r == 0;
		if (r < 0) {
			world_turn(w);
			continue;
		}
		*n += (size_t)r;
		out[*n] = '\0';
		if (until != NULL && strstr(out, until) != NULL)
			return true;
	}
	return false;
}

bool peer_gone(struct world *w, int fd)
{
	char byte;
	ns end = mono_ns() + PEER_PATIENCE;

	while (mono_ns() < end) {
		ssize_t r = recv(fd, &byte, 1, 0);
		if (r >= 0 || errno != EAGAIN)
			return r <= 0;
		world_turn(w);
	}
	return false;
}

const char *peer_ask(struct world *w, const char *bytes)
{
	size_t n;
	int fd = peer_connect(w);

	peer_send(w, fd, str_of(bytes));
	CHECK(peer_read(w, fd, answer, sizeof(answer), &n, NULL), "closed in an orderly way: %.40s",
	      bytes);
	close(fd);
	return answer;
}
