/* net_server_wrong.c: a server that is told to misbehave does that, and nothing else. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "check.h"
#include "net_peer.h"

#define HOST "Host: a\r\n"
#define HOLD "GET /hold HTTP/1.1\r\n" HOST "\r\n"
#define PAD  700000

static struct world w;
static char out[1024 * 1024];

/* The connection of a peer whose request, or upgrade, has come. */
static int ask(const char *bytes)
{
	int fd = peer_connect(&w), before = w.asked;
	ns end = mono_ns() + PEER_PATIENCE;

	peer_send(&w, fd, str_of(bytes));
	while (w.asked == before && mono_ns() < end)
		world_turn(&w);
	return fd;
}

static bool silent(int fd, ns span)
{
	for (ns end = mono_ns() + span; mono_ns() < end;)
		world_turn(&w);
	return recv(fd, out, 1, 0) < 0 && errno == EAGAIN;
}

void test_server_deaf(void)
{
	int fd;

	world_open(&w);
	world_times(&w, 30 * NS_MS);
	fd = ask(HOLD);
	server_deaf(w.s, w.held);
	server_reply(w.s, w.held, 200, NULL, NULL, STR("never"));
	peer_send(&w, fd, STR("GET /again HTTP/1.1\r\n" HOST "\r\n"));
	CHECK(silent(fd, 100 * NS_MS), "nothing comes, and no time runs out");
	CHECK_INT(w.asked, 1, "nothing is read");
	CHECK_INT(w.closed, 0, "whoever waits for it is not told");
	CHECK_INT(server_waiting(w.s, w.held), 0, "nothing waits for it");
	close(fd);
	for (ns end = mono_ns() + PEER_PATIENCE; w.closed == 0 && mono_ns() < end;)
		world_turn(&w);
	CHECK(w.closed == 1 && w.last_closed == w.held, "until the peer is gone");
	world_close(&w);
}

void test_server_pace_delay(void)
{
	size_t n;
	int fd;
	ns began;

	world_open(&w);
	fd = ask(HOLD);
	began = mono_ns();
	server_pace(w.s, w.held, 80 * NS_MS, 0);
	server_reply(w.s, w.held, 200, NULL, NULL, STR("late"));
	CHECK(peer_read(&w, fd, out, sizeof(out), &n, "late"), "the answer comes");
	CHECK(mono_ns() - began >= 80 * NS_MS, "not before its time");
	peer_send(&w, fd, STR("GET /next HTTP/1.1\r\n" HOST "\r\n"));
	CHECK(peer_read(&w, fd, out, sizeof(out), &n, "GET /next"), "the next one");
	CHECK_INT(w.asked, 2, "on the same connection, which is no longer late");
	close(fd);
	world_close(&w);
}

void test_server_pace_rate(void)
{
	static char bytes[3000];
	size_t n;
	int fd;
	ns began;

	world_open(&w);
	world_times(&w, 30 * NS_MS);
	fd = ask(HOLD);
	began = mono_ns();
	memset(bytes, 'x', sizeof(bytes) - 1);
	server_pace(w.s, w.held, 0, 20000);
	server_reply(w.s, w.held, 200, NULL, "Connection: close\r\n",
		     (struct str){ bytes, sizeof(bytes) - 1 });
	CHECK(peer_read(&w, fd, out, sizeof(out), &n, bytes), "all of it comes");
	CHECK(mono_ns() - began >= 100 * NS_MS,
	      "3 kB at 20 kB a second, whatever time an answer may take: %lld ms",
	      (long long)((mono_ns() - began) / NS_MS));
	close(fd);
	world_close(&w);
}

void test_server_raw(void)
{
	static const struct str piece[] = {
		{ "HTTP/1.1 299 Odd\r\nContent-Length: 99\r\n\r\n", 40 }, { "abc", 3 }
	};
	size_t n;
	int fd;

	world_open(&w);
	fd = ask(HOLD);
	server_raw(w.s, w.held, piece, COUNT(piece), 0, true);
	CHECK(peer_read(&w, fd, out, sizeof(out), &n, "abc"), "as it is");
	CHECK_STR(((struct str){ out, n }), "HTTP/1.1 299 Odd\r\nContent-Length: 99\r\n\r\nabc",
		  "no byte more");
	peer_send(&w, fd, STR(HOLD));
	for (ns end = mono_ns() + PEER_PATIENCE; w.asked == 1 && mono_ns() < end;)
		world_turn(&w);
	CHECK_INT(w.asked, 2, "the connection goes on");
	server_raw(w.s, w.held, piece, COUNT(piece), PAD, true);
	server_raw(w.s, w.held, piece, COUNT(piece), 0, false);
	CHECK(peer_read(&w, fd, out, sizeof(out), &n, NULL), "then it ends, as no end was told");
	CHECK_INT(n, 43 + PAD, "behind so many blanks, and once");
	CHECK(out[43] == ' ' && out[n - 1] == ' ', "which are blanks");
	close(fd);
	world_close(&w);
}

void test_server_finish(void)
{
	size_t n;
	int fd;

	world_open(&w);
	fd = ask("GET /stream HTTP/1.1\r\n" HOST "\r\n");
	CHECK(server_send(w.s, w.stream, STR("data: last\n\n")), "a piece");
	server_finish(w.s, w.stream);
	CHECK(!server_send(w.s, w.stream, STR("more")), "was the last");
	CHECK(peer_read(&w, fd, out, sizeof(out), &n, NULL), "the stream ends in an orderly way");
	CHECK(strstr(out, "\r\n\r\ndata: last\n\n") != NULL, "behind what was sent: %s", out);
	close(fd);
	world_close(&w);
}

void test_server_ws_raw(void)
{
	size_t n;
	int fd;

	world_open(&w);
	fd = ask("GET /ws HTTP/1.1\r\n" HOST "Upgrade: websocket\r\nConnection: Upgrade\r\n"
		 "Sec-WebSocket-Version: 13\r\n"
		 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
	server_ws_raw(w.s, w.socket, STR("\xf3\x7fno frame"));
	CHECK(peer_read(&w, fd, out, sizeof(out), &n, "no frame"), "what no server should send");
	CHECK(strstr(out, "\r\n\r\n\xf3\x7fno frame") != NULL, "as it is");
	close(fd);
	world_close(&w);
}
