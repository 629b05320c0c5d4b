#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "check.h"
#include "net_peer.h"

#define HOST "Host: a\r\n"
#define UPGRADE "GET /ws HTTP/1.1\r\n" HOST "Upgrade: websocket\r\nConnection: Upgrade\r\n" \
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static struct world w;
static char out[4 * 1024 * 1024];

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static void turn_until_closed(int count)
{
	ns end = mono_ns() + PEER_PATIENCE;

	while (w.closed < count && mono_ns() < end)
		world_turn(&w);
	CHECK_INT(w.closed, count, "the hook was told");
}

/* Sends one request and waits until the handler has it. */
static int ask(struct str bytes)
{
	int fd = peer_connect(&w), before = w.asked;
	ns end = mono_ns() + PEER_PATIENCE;

	peer_send(&w, fd, bytes);
	while (w.asked == before && mono_ns() < end)
		world_turn(&w);
	return fd;
}

/* ---- times */

void test_server_slow_head(void)
{
	size_t n;
	int fd;

	world_open(&w);
	world_times(&w, 30 * NS_MS);
	fd = peer_connect(&w);
	peer_send(&w, fd, STR("GET / HTTP/1.1\r\nX: "));
	CHECK(peer_read(&w, fd, out, sizeof(out), &n, NULL), "closed");
	CHECK(begins(out, "HTTP/1.1 408 "), "with 408: %s", out);
	close(fd);
	fd = peer_connect(&w);
	peer_send(&w, fd, STR("GET / HTTP/1.1\r\nX: "));
	for (int i = 0; i < 100000 && recv(fd, out, sizeof(out), 0) < 0; i++)
		peer_send(&w, fd, STR("a"));	/* bytes that come do not prolong it */
	CHECK(begins(out, "HTTP/1.1 408 "), "dripping does not help: %.20s", out);
	close(fd);
	world_close(&w);
}

void test_server_slow_body(void)
{
	const char *a;

	world_open(&w);
	world_times(&w, 30 * NS_MS);
	a = peer_ask(&w, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nabc");
	CHECK(begins(a, "HTTP/1.1 408 "), "a body that stops: %s", a);
	a = peer_ask(&w, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nabc");
	CHECK(begins(a, "HTTP/1.1 408 "), "a chunk that stops: %s", a);
	world_close(&w);
}

void test_server_idle(void)
{
	const char *a;

	world_open(&w);
	world_times(&w, 30 * NS_MS);
	a = peer_ask(&w, "");
	CHECK_TEXT(a, "", "who says nothing is closed without a word");
	a = peer_ask(&w, "GET /x HTTP/1.1\r\n" HOST "\r\n");
	CHECK(begins(a, "HTTP/1.1 200 ") && strstr(a, "408") == NULL,
	      "and so is a kept connection");
	world_close(&w);
}

void test_server_slow_reader(void)
{
	int fd;
	ns end;

	world_open(&w);
	world_times(&w, 50 * NS_MS);
	fd = ask(STR("GET /stream HTTP/1.1\r\n" HOST "\r\n"));
	CHECK(w.stream != 0, "the stream has begun");
	memset(out, 'x', 65536);
	for (int i = 0; i < 16 && server_send(w.s, w.stream, (struct str){ out, 65536 }); i++)
		world_turn(&w);
	for (end = mono_ns() + PEER_PATIENCE; w.closed == 0 && mono_ns() < end;) {
		CHECK(server_waiting(w.s, w.stream) <= SERVER_OUT_MAX, "what waits is bounded");
		if (server_waiting(w.s, w.stream) == 0)	/* the kernel took all: more */
			(void)server_send(w.s, w.stream, (struct str){ out, 65536 });
		world_turn(&w);
	}
	CHECK(w.closed == 1 && w.last_closed == w.stream, "who does not read is closed");
	close(fd);
	world_close(&w);
}

/* Who reads slowly but reads is not closed, though there is always something left. */
void test_server_steady_reader(void)
{
	ns start;
	int fd;

	world_open(&w);
	world_times(&w, 400 * NS_MS);
	fd = ask(STR("GET /stream HTTP/1.1\r\n" HOST "\r\n"));
	memset(out, 'x', 65536);
	for (start = mono_ns(); mono_ns() < start + NS_SECOND && w.closed == 0;) {
		while (server_waiting(w.s, w.stream) < 2000000 &&
		       server_send(w.s, w.stream, (struct str){ out, 65536 }))
			;
		(void)recv(fd, out + 65536, 65536, 0);
		world_turn(&w);
	}
	CHECK_INT(w.closed, 0, "it is still served");
	close(fd);
	world_close(&w);
}

void test_server_overflow(void)
{
	bool took = true;
	int fd;

	world_open(&w);
	fd = ask(STR("GET /stream HTTP/1.1\r\n" HOST "\r\n"));
	memset(out, 'x', 65536);
	for (int i = 0; i < 1000 && took; i++) {
		took = server_send(w.s, w.stream, (struct str){ out, 65536 });
		world_turn(&w);
	}
	CHECK(!took, "a stream that nobody reads ends");
	CHECK(!server_send(w.s, w.stream, STR("x")), "and stays ended");
	turn_until_closed(1);
	close(fd);
	world_close(&w);
}

/* ---- how many */

void test_server_too_many(void)
{
	static int fd[SERVER_CONNECTIONS];
	size_t n;

	world_open(&w);
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
		fd[i] = peer_connect(&w);
		peer_send(&w, fd[i], STR("GET /x HTTP/1.1\r\n" HOST "\r\n"));
		CHECK(peer_read(&w, fd[i], out, sizeof(out), &n, "GET /x? "), "peer %zu is served",
		      i);
	}
	for (int i = 0; i < 20; i++)
		CHECK(begins(peer_ask(&w, "GET /x HTTP/1.1\r\n" HOST "\r\n"), "HTTP/1.1 503 "),
		      "the 65th is told");
	peer_send(&w, fd[7], STR("GET /y HTTP/1.1\r\n" HOST "\r\n"));
	CHECK(peer_read(&w, fd[7], out, sizeof(out), &n, "GET /y? "), "the others notice nothing");
	close(fd[7]);
	for (int i = 0; i < 10; i++)
		world_turn(&w);
	fd[7] = peer_connect(&w);
	peer_send(&w, fd[7], STR("GET /z HTTP/1.1\r\n" HOST "\r\n"));
	CHECK(peer_read(&w, fd[7], out, sizeof(out), &n, "GET /z? "),
	      "a place that is free is given");
	/* A peer that only has to read its last answer does not keep a new one out. */
	peer_send(&w, fd[3], STR("BAD\r\n\r\n"));
	for (int i = 0; i < 5; i++)
		world_turn(&w);
	CHECK(begins(peer_ask(&w, "GET /x HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 "), "it makes room");
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		close(fd[i]);
	world_close(&w);
}

/* Ids are never used again, even by the next peer in the same place. */
void test_server_ids(void)
{
	conn_id first;
	int fd;

	world_open(&w);
	fd = ask(STR("GET /hold HTTP/1.1\r\n" HOST "\r\n"));
	first = w.held;
	server_cut(w.s, first);
	CHECK(peer_gone(&w, fd), "cut");
	close(fd);
	turn_until_closed(1);
	fd = ask(STR("GET /hold HTTP/1.1\r\n" HOST "\r\n"));
	CHECK(w.held != first && w.held % SERVER_CONNECTIONS == first % SERVER_CONNECTIONS,
	      "the same place, another id");
	server_reply(w.s, first, 200, NULL, NULL, STR("wrong"));
	CHECK_INT(server_waiting(w.s, first), 0, "the old id means nobody");
	close(fd);
	world_close(&w);
}

void test_server_cut(void)
{
	int fd;

	world_open(&w);
	fd = ask(STR("GET /cut HTTP/1.1\r\n" HOST "\r\n"));
	CHECK(recv(fd, out, 1, 0) < 0, "reset, without a byte");
	close(fd);
	CHECK_INT(w.closed, 0, "only streams, sockets and held ones are reported");
	world_close(&w);
}

/* ---- streams */

void test_server_stream(void)
{
	size_t n;
	int fd;

	world_open(&w);
	fd = ask(STR("GET /stream HTTP/1.1\r\n" HOST "\r\n"));
	CHECK(peer_read(&w, fd, out, sizeof(out), &n, "\r\n\r\n"), "the head comes at once");
	CHECK(strstr(out, "text/event-stream\r\nConnection: close\r\nX-A: b\r\n\r\n") != NULL, "%s",
	      out);
	CHECK(server_send(w.s, w.stream, STR("data: 1\n\n")), "a piece");
	CHECK(server_send(w.s, w.stream, STR("data: 2\n\n")), "another");
	CHECK_INT(server_waiting(w.s, w.stream), 18, "both wait for the next poll");
	CHECK(peer_read(&w, fd, out, sizeof(out), &n, "data: 2\n\n"), "and come");
	peer_send(&w, fd, STR("GET /ignored HTTP/1.1\r\n\r\n"));
	CHECK_INT(w.asked, 1, "what the peer says is ignored");
	close(fd);
	turn_until_closed(1);
	CHECK(!server_send(w.s, w.stream, STR("x")), "a piece for nobody");
	CHECK(strstr(peer_ask(&w, "HEAD /stream HTTP/1.1\r\n" HOST "\r\n"), "event-stream") != NULL,
	      "HEAD of a stream ends");
	world_close(&w);
}

/* ---- WebSocket */

static int upgrade(void)
{
	size_t n;
	int fd = peer_connect(&w);

	peer_send(&w, fd, STR(UPGRADE));
	CHECK(peer_read(&w, fd, out, sizeof(out), &n, "\r\n\r\n"), "an answer");
	CHECK(begins(out, "HTTP/1.1 101 Switching Protocols\r\n") &&
	      strstr(out, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != NULL, "%s",
		out);
	return fd;
}

static void ws_say(int fd, enum ws_op op, struct str payload)
{
	static char frame[SERVER_BODY_MAX + 100];
	static const uint8_t mask[4] = { 9, 8, 7, 6 };
	size_t n = ws_write(frame, sizeof(frame), op, payload, mask);

	peer_send(&w, fd, (struct str){ frame, n });
}

/* Waits for n bytes. */
static bool hear(int fd, struct str want)
{
	ns end = mono_ns() + PEER_PATIENCE;
	size_t n = 0;

	while (n < want.n && mono_ns() < end) {
		ssize_t r = recv(fd, out + n, want.n - n, 0);
		if (r == 0)
			return false;
		n += r > 0 ? (size_t)r : 0;
		world_turn(&w);
	}
	return n == want.n && memcmp(out, want.s, n) == 0;
}

void test_server_ws_echo(void)
{
	static char text[SERVER_BODY_MAX];
	char head[10];
	int fd;

	world_open(&w);
	fd = upgrade();
	ws_say(fd, WS_TEXT, STR("hello"));
	CHECK(hear(fd, STR("\x81\x05hello")), "text comes back");
	ws_say(fd, WS_BINARY, STR("\xff"));
	CHECK(hear(fd, STR("\x82\x01\xff")), "binary comes back");
	ws_say(fd, WS_PING, STR("p"));
	CHECK(hear(fd, STR("\x8a\x01p")), "a ping is answered");
	ws_say(fd, WS_PONG, STR("p"));
	memset(text, 't', sizeof(text));
	ws_say(fd, WS_TEXT, (struct str){ text, sizeof(text) });
	CHECK(hear(fd, (struct str){ head, ws_header(head, WS_TEXT, sizeof(text)) }), "its head");
	CHECK(hear(fd, (struct str){ text, sizeof(text) }), "the longest message comes back");
	ws_say(fd, WS_CLOSE, STR("\x03\xe8"));
	CHECK(hear(fd, STR("\x88\x02\x03\xe8")), "close is answered");
	turn_until_closed(1);
	CHECK(!server_ws_send(w.s, w.socket, WS_TEXT, NULL, 0), "then nothing more goes out");
	CHECK(peer_gone(&w, fd), "and the connection ends");
	close(fd);
	world_close(&w);
}

void test_server_ws_endings(void)
{
	static const struct { const char *bytes; size_t n; const char *close, *why; } t[] = {
		{ "\x81\x01" "a", 3, "\x88\x02\x03\xea", "no mask" },
		{ "\xc1\x80" "abcd", 6, "\x88\x02\x03\xea", "RSV" },
		{ "\x81\x81" "\0\0\0\0\xff", 7, "\x88\x02\x03\xef", "no UTF-8" },
		{ "\x82\xff\0\0\0\0\0\x01\0\x01" "abcd", 14, "\x88\x02\x03\xf1", "too large" },
	};
	int fd;

	world_open(&w);
	for (size_t i = 0; i < COUNT(t); i++) {
		fd = upgrade();
		peer_send(&w, fd, (struct str){ t[i].bytes, t[i].n });
		CHECK(hear(fd, (struct str){ t[i].close, 4 }), "the right code: %s", t[i].why);
		CHECK(peer_gone(&w, fd), "and the end: %s", t[i].why);
		close(fd);
		turn_until_closed((int)i + 1);
	}
	fd = upgrade();
	ws_say(fd, WS_TEXT, STR("close me"));
	CHECK(hear(fd, STR("\x88\x07\x03\xe9" "asked")), "the server closes with words");
	ws_say(fd, WS_CLOSE, STR("\x03\xe9"));
	CHECK(peer_gone(&w, fd), "after the answer it ends");
	close(fd);
	turn_until_closed(5);
	fd = upgrade();
	ws_say(fd, WS_TEXT, STR("cut me"));
	CHECK(recv(fd, out, 1, 0) < 0, "cut without a word");
	close(fd);
	turn_until_closed(6);
	fd = upgrade();
	close(fd);
	turn_until_closed(7);
	world_close(&w);
}

void test_server_ws_silence(void)
{
	int fd;

	world_open(&w);
	fd = upgrade();
	world_times(&w, 20 * NS_MS);
	ws_say(fd, WS_TEXT, STR("a"));
	CHECK(hear(fd, STR("\x81\x01" "a\x89\x00")), "who is silent is pinged");
	CHECK(peer_gone(&w, fd), "and dropped when that changes nothing");
	close(fd);
	turn_until_closed(1);
	world_close(&w);
}

void test_server_ws_refused(void)
{
	static const struct { const char *headers, *status, *why; } t[] = {
		{ "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n",
		  "HTTP/1.1 400", "no key" },
		{ "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		  "Sec-WebSocket-Key: short==\r\n", "HTTP/1.1 400", "a short key" },
		{ "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
		  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "HTTP/1.1 426", "version 8" },
		{ "Upgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "HTTP/1.1 400",
		"another protocol" },
		{ "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
		  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "HTTP/1.1 400",
		"no Connection" },
		{ "", "HTTP/1.1 400", "no upgrade at all" },
	};
	char bytes[512];
	struct text text;

	world_open(&w);
	for (size_t i = 0; i < COUNT(t); i++) {
		text_init(&text, bytes, sizeof(bytes));
		text_cstr(&text, "GET /ws HTTP/1.1\r\n" HOST);
		text_cstr(&text, t[i].headers);
		text_cstr(&text, i == 2 ? "Connection: close, upgrade\r\n\r\n" : "\r\n");
		CHECK(begins(peer_ask(&w, text_done(&text)), t[i].status), "%s", t[i].why);
	}
	CHECK_INT(w.closed, 0, "none of them was a socket");
	world_close(&w);
}
