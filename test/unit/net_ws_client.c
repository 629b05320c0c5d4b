#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "check.h"
#include "net/client.h"
#include "net_peer.h"

static struct world w;
static struct ws_client c;
static char in[2048], out[8192], memory[4096];
static int listener = -1, fd = -1;	/* of a scripted peer, when there is one */

static void open_at(uint16_t port)
{
	ws_client_init(&c, "127.0.0.1", port, NULL, in, sizeof(in), out, sizeof(out), memory,
		       sizeof(memory));
	CHECK_INT(ws_client_open(&c, "/ws", "X-Key: secret\r\n"), OK, "it begins");
}

/* One turn of everybody. */
static enum err turn(bool *opened, enum ws_op *op, struct str *m)
{
	struct pollfd p;
	ns deadline;
	bool one;

	if (w.s != NULL)
		world_turn(&w);
	if (listener >= 0 && fd < 0)
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (ws_client_poll(&c, &p.fd, &p.events, &deadline)) {
		CHECK(deadline > 0, "every wait has an end");
		(void)poll(&p, 1, 1);
	}
	enum err e = ws_client_step(&c, &one, op, m);
	*opened |= one;
	return e;
}

static enum err until(bool *opened, struct str *m)
{
	ns end = mono_ns() + PEER_PATIENCE;
	enum ws_op op;
	enum err e;

	do
		e = turn(opened, &op, m);
	while (e == ERR_AGAIN && !*opened && mono_ns() < end);
	return e;
}

void test_ws_client_echo(void)
{
	static char big[4096];
	bool opened = false, ignored = true;
	struct str m;

	world_open(&w);
	open_at(server_port(w.s));
	CHECK_INT(until(&opened, &m), ERR_AGAIN, "no message yet");
	CHECK(opened && c.phase == WSC_OPEN && c.http_status == 101, "open");
	for (int i = 0; i < 200; i++) {
		size_t n = (size_t)i * 20;
		memset(big, 'a' + i % 26, n);
		CHECK_INT(ws_client_send(&c, i & 1 ? WS_TEXT : WS_BINARY, (struct str){ big, n }),
			  OK,
			  "it goes out");
		opened = false;
		enum err e = ERR_AGAIN;
		for (int k = 0; k < 10000 && e == ERR_AGAIN; k++)
			e = until(&opened, &m), opened = false;
		CHECK(e == OK && str_eq(m, (struct str){ big, n }), "%zu bytes come back", n);
	}
	CHECK_INT(ws_client_send(&c, WS_TEXT, (struct str){ big, 4096 }), OK, "half of the buffer");
	CHECK_INT(ws_client_send(&c, WS_TEXT, (struct str){ big, 4096 }), ERR_FULL,
		  "more is refused whole");
	for (m.n = 0; until(&ignored, &m) == ERR_AGAIN; ignored = false)
		;
	CHECK_INT(m.n, 4096, "the first still comes back");
	CHECK_INT(ws_client_send(&c, WS_TEXT, STR("close me")), OK, "and asks for the end");
	opened = false;
	CHECK_INT(until(&opened, &m), ERR_END, "the end comes: %s", c.conn.why);
	CHECK(strstr(c.conn.why, "1001 asked") != NULL, "with code and words: %s", c.conn.why);
	CHECK(c.phase == WSC_CLOSED && ws_client_send(&c, WS_TEXT, STR("x")) == ERR_IO, "closed");
	CHECK_INT(until(&opened, &m), ERR_END, "and stays closed");
	world_close(&w);
	w.s = NULL;
}

void test_ws_client_cut(void)
{
	bool opened = false;
	struct str m;

	world_open(&w);
	open_at(server_port(w.s));
	(void)until(&opened, &m);
	CHECK_INT(ws_client_send(&c, WS_TEXT, STR("cut me")), OK, "asks to be cut");
	opened = false;
	CHECK_INT(until(&opened, &m), ERR_IO, "is cut: %s", c.conn.why);
	CHECK_INT(ws_client_open(&c, "/ws", NULL), OK, "opens again");
	CHECK_INT(until(&opened, &m), ERR_AGAIN, "no message");
	CHECK(opened, "and is open");
	ws_client_close(&c, 1000);
	for (int i = 0; i < 1000 && w.closed < 2; i++)
		world_turn(&w);
	CHECK_INT(w.closed, 2, "the server heard of both ends");
	world_close(&w);
	w.s = NULL;
}

/* A ping is due at ping_at, its pong by pong_by: the test moves these, not the clock. */
void test_ws_client_heartbeat(void)
{
	bool opened = false;
	enum ws_op op;
	struct str m;

	world_open(&w);
	open_at(server_port(w.s));
	(void)until(&opened, &m);
	CHECK(c.pong_by == 0 && c.ping_at > mono_ns(), "a ping is planned");
	c.ping_at = mono_ns();
	CHECK_INT(turn(&opened, &op, &m), ERR_AGAIN, "the ping goes out");
	CHECK(c.pong_by > mono_ns() && c.ping_at > mono_ns(), "and its pong is waited for");
	for (int i = 0; i < 1000 && c.pong_by != 0; i++)
		CHECK_INT(turn(&opened, &op, &m), ERR_AGAIN, "nothing else comes");
	CHECK_INT(c.pong_by, 0, "it came");
	c.ping_at = mono_ns();
	bool one;
	CHECK_INT(ws_client_step(&c, &one, &op, &m), ERR_AGAIN, "another ping");
	c.pong_by = 1;
	CHECK_INT(ws_client_step(&c, &one, &op, &m), ERR_TIMEOUT, "a pong that is late");
	CHECK(strstr(c.conn.why, "ping") != NULL && c.phase == WSC_CLOSED, "ends it: %s",
	      c.conn.why);
	world_close(&w);
	w.s = NULL;
}

static void script_open(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(a);

	fd = -1;
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	CHECK(bind(listener, (struct sockaddr *)&a, size) == 0 && listen(listener, 8) == 0 &&
	      getsockname(listener, (struct sockaddr *)&a, &size) == 0, "the peer listens");
	open_at(ntohs(a.sin_port));
	bool opened = false;
	enum ws_op op;
	struct str m;
	for (ns end = mono_ns() + PEER_PATIENCE; fd < 0 && mono_ns() < end;)
		CHECK_INT(turn(&opened, &op, &m), ERR_AGAIN, "connecting");
}

/* Answers the upgrade with `head`, ACCEPT in it replaced, and `rest`. */
static void script_say(const char *head, struct str rest)
{
	char answer[1024], accept[WS_ACCEPT_TEXT];
	const char *at = strstr(head, "ACCEPT");
	struct text t;

	ws_accept(accept, str_of(c.key));
	text_init(&t, answer, sizeof(answer));
	text_add(&t, (struct str){ head, at == NULL ? strlen(head) : (size_t)(at - head) });
	if (at != NULL) {
		text_cstr(&t, accept);
		text_cstr(&t, at + 6);
	}
	text_add(&t, rest);
	CHECK(send(fd, answer, t.n, MSG_NOSIGNAL) == (ssize_t)t.n, "the peer speaks");
}

static void script_close(void)
{
	ws_client_close(&c, 1000);
	close(fd);
	close(listener);
	fd = listener = -1;
}

#define YES "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\n" \
	"Sec-WebSocket-Accept: ACCEPT\r\n"

void test_ws_client_refused(void)
{
	static const struct {
		const char *answer;
		enum err want;
		int status;
		const char *why;
	} t[] = {
		{ YES "\r\n", ERR_AGAIN, 101, "a good answer" },
		{ "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n\r\nno", ERR_REFUSED, 429,
		  "429" },
		{ "HTTP/1.1 403 Forbidden\r\n\r\n", ERR_REFUSED, 403, "403" },
		{ "HTTP/1.1 200 OK\r\n\r\n", ERR_REFUSED, 200, "200" },
		{ "HTTP/1.1 101 Yes\r\nConnection: upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n\r\n",
		  ERR_PROTO,
		  101, "no Upgrade" },
		{ "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ACCEPT\r\n\r\n",
		  ERR_PROTO,
		  101, "no Connection" },
		{ "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
		  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", ERR_PROTO, 101,
		  "the proof of another key" },
		{ YES "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", ERR_PROTO, 101,
		  "an extension" },
		{ YES "Sec-WebSocket-Protocol: x\r\n\r\n", ERR_PROTO, 101, "a subprotocol" },
		{ "<html>\r\n\r\n", ERR_PROTO, 0, "HTML" },
	};
	struct str m;

	for (size_t i = 0; i < COUNT(t); i++) {
		bool opened = false;
		script_open();
		script_say(t[i].answer, STR(""));
		CHECK_INT(until(&opened, &m), t[i].want, "%s: %s", t[i].why, c.conn.why);
		CHECK_INT(c.http_status, t[i].status, "%s: the status is kept", t[i].why);
		CHECK(opened == (t[i].want == ERR_AGAIN), "%s: opened or not", t[i].why);
		CHECK(opened || (c.phase == WSC_CLOSED && c.conn.why[0] != '\0'), "%s: words",
		      t[i].why);
		script_close();
	}
}

void test_ws_client_frames(void)
{
	static const struct { struct str frames; enum err want; const char *why; } t[] = {
		{ { "\x81\x81" "abcda", 7 }, ERR_PROTO, "a masked frame" },
		{ { "\xc1\x01" "a", 3 }, ERR_PROTO, "RSV1" },
		{ { "\x81\x01\xff", 3 }, ERR_PROTO, "no UTF-8" },
		{ { "\x82\x7f\0\0\0\0\0\x01\0\0", 10 }, ERR_PROTO, "a message too large" },
		{ { "\x88\x02\x03\xe8", 4 }, ERR_END, "a close" },
		{ { "\x88\x00", 2 }, ERR_END, "a close without a code" },
		{ { "\x01\x01" "a\x80\x01" "b\x89\x01p", 9 }, OK,
		  "two frames, one message, in one piece" },
	};
	char got[256];
	struct str m = { NULL, 0 };

	for (size_t i = 0; i < COUNT(t); i++) {
		bool opened = false;
		enum err e = ERR_AGAIN;
		script_open();
		script_say(YES "\r\n", t[i].frames);
		for (int k = 0; k < 5000 && e == ERR_AGAIN; k++, opened = false)
			e = until(&opened, &m);
		CHECK_INT(e, t[i].want, "%s: %s", t[i].why, c.conn.why);
		if (e == OK)
			CHECK_STR(m, "ab", "the message");
		if (e == OK) {	/* the ping behind it is answered */
			(void)until(&opened, &m);
			ssize_t n = 0;
			enum ws_op op;
			for (int k = 0; k < 1000 && n <= 0; k++) {
				(void)turn(&opened, &op, &m);
				n = recv(fd, got, sizeof(got), 0);
				if (n > 0 && memmem(got, (size_t)n, "\x8a\x81", 2) == NULL)
					n = 0;
			}
			CHECK(n > 0, "the ping behind it is answered, masked");
		}
		script_close();
	}
}

void test_ws_client_silent_end(void)
{
	bool opened = false;
	struct str m;

	script_open();
	close(fd);
	fd = -1;
	CHECK(until(&opened, &m) == ERR_IO && !opened, "closed during the upgrade: %s", c.conn.why);
	script_close();
	script_open();
	script_say(YES "\r\n", STR("\x81\x05hel"));
	shutdown(fd, SHUT_WR);
	enum err e = until(&opened, &m);
	CHECK(opened, "open");
	opened = false;
	CHECK_INT(e == ERR_AGAIN ? until(&opened, &m) : e, ERR_IO, "closed within a frame: %s",
		  c.conn.why);
	script_close();
	script_open();
	c.phase = WSC_UPGRADING;
	c.deadline = 1;
	CHECK_INT(until(&opened, &m), ERR_TIMEOUT, "an upgrade that is not answered: %s",
		  c.conn.why);
	script_close();
}
