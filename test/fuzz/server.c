/* rooms: base net */
/* A whole server on a real socket: any bytes in any pieces, to a handler that answers
 * in every way there is. The first byte of each piece is its length; 0 hangs up. The
 * server's own assertions judge, and that it still serves the next peer. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/server.h"

static struct server *server;
static conn_id held, stream, alive;
static char bytes[100000];

static void request(void *ctx, struct server *s, const struct request *rq)
{
	char what = rq->head.path.n > 1 ? rq->head.path.s[1] : '/';

	(void)ctx;
	switch (what) {
	case 'h':
		held = rq->conn;
		server_hold(s, rq->conn);
		break;
	case 's':
		stream = rq->conn;
		server_stream(s, rq->conn, "text/event-stream", NULL);
		break;
	case 'w':
		(void)server_websocket(s, rq);
		break;
	case 'c':
		server_cut(s, rq->conn);
		break;
	case 'b':
		server_reply(s, rq->conn, 200, NULL, NULL, (struct str){ bytes, sizeof(bytes) });
		break;
	case 'd':
		server_deaf(s, rq->conn);
		break;
	case 'p':
		server_pace(s, rq->conn, NS_MS, 4000000);
		server_reply(s, rq->conn, 200, NULL, NULL, (struct str){ bytes, 9000 });
		break;
	case 'r':
		server_raw(s, rq->conn, &rq->body, 1, rq->body.n * 1000, rq->body.n % 2 == 0);
		break;
	case 'f':
		server_stream(s, rq->conn, "text/event-stream", NULL);
		server_finish(s, rq->conn);
		break;
	case 'n':
		break;
	case 'z':
		alive = rq->conn;
		server_reply(s, rq->conn, 200, NULL, NULL, STR("alive"));
		break;
	default:
		server_reply(s, rq->conn, 200, NULL, "A: b\r\n", rq->body);
		break;
	}
}

static void message(void *ctx, struct server *s, conn_id conn, enum ws_op op, struct str m)
{
	(void)ctx;
	assert(op == WS_TEXT || op == WS_BINARY);
	if (m.n == 3)
		server_ws_close(s, conn, 1000, STR("three"));
	else if (m.n == 5)
		server_cut(s, conn);
	else if (m.n == 7)
		server_deaf(s, conn);
	else if (m.n == 9)
		server_ws_raw(s, conn, m);
	else
		(void)server_ws_send(s, conn, op, &m, 1);
}

static void closed(void *ctx, struct server *s, conn_id conn)
{
	(void)ctx;
	server_reply(s, conn, 200, NULL, NULL, STR("nobody"));
}

static void turn(void)
{
	struct pollfd p[SERVER_CONNECTIONS + 1];
	ns deadline;
	size_t n = server_poll(server, p, &deadline);

	(void)poll(p, n, 0);
	server_step(server, p, n);
}

static int dial(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(server_port(server)),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct linger at_once = { 1, 0 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert(fd >= 0);
	(void)connect(fd, (struct sockaddr *)&a, sizeof(a));
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	turn();
	return fd;
}

static void pieces(int fd, const uint8_t *data, size_t n)
{
	static char sink[200000];

	while (n > 1) {
		size_t m = data[0] % 64 == 63 ? 1000 : data[0] % 64;
		if (m == 0) {
			(void)shutdown(fd, SHUT_WR);
			turn();
		}
		data++, n--;
		m = m < n ? m : n;
		(void)send(fd, data, m, MSG_NOSIGNAL);
		data += m, n -= m;
		turn();
		if (n % 3 == 0)
			(void)recv(fd, sink, sizeof(sink), 0);
		if (held != 0 && n % 2 == 0) {
			server_reply(server, held, 200, NULL, NULL, STR("late"));
			held = 0;
		}
		if (stream != 0 && n % 2 == 1)
			(void)server_send(server, stream, (struct str){ bytes, n * 10 % 5000 });
	}
	turn();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct server_hooks hooks = { request, message, closed, NULL };
	char why[100];

	if (server == NULL && server_open(&server, "127.0.0.1:0", &hooks, why, sizeof(why)) != OK)
		abort();
	if (n > 20000)
		return 0;
	int fd = dial();
	pieces(fd, data, n);
	close(fd);
	turn();
	if (held != 0)
		server_reply(server, held, 200, NULL, NULL, STR("to nobody"));
	held = stream = 0;
	fd = dial();
	alive = 0;
	(void)send(fd, "GET /z HTTP/1.0\r\n\r\n", 19, MSG_NOSIGNAL);
	for (int i = 0; i < 100 && alive == 0; i++)
		turn();
	assert(alive != 0);
	close(fd);
	turn();
	return 0;
}
