#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "check.h"
#include "net_peer.h"

#define HOST "Host: a\r\n"
#define LAST "Connection: close\r\n"

static struct world w;
static char out[4 * 1024 * 1024];

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static int times_in(const char *s, const char *what)
{
	int n = 0;

	for (; (s = strstr(s, what)) != NULL; s++)
		n++;
	return n;
}

void test_server_answers(void)
{
	const char *a;

	world_open(&w);
	a = peer_ask(&w, "GET /a?b=c HTTP/1.1\r\n" HOST LAST "\r\n");
	CHECK(begins(a, "HTTP/1.1 200 OK\r\nDate: "), "status and date: %s", a);
	CHECK(strstr(a, " GMT\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n"
			"Connection: close\r\nX-Peer: yes\r\n\r\nGET /a?b=c ") != NULL,
		"the rest: %s", a);
	a = peer_ask(&w, "HEAD /a HTTP/1.1\r\n" HOST LAST "\r\n");
	CHECK(strstr(a, "Content-Length: 9\r\n") != NULL && strstr(a, "HEAD /a") == NULL,
	      "HEAD says the length and sends no body: %s", a);
	a = peer_ask(&w, "GET /204 HTTP/1.1\r\n" HOST LAST "\r\n");
	CHECK(begins(a, "HTTP/1.1 204 No Content\r\n") && strstr(a, "Content-Length") == NULL,
	      "204 has no length");
	a = peer_ask(&w, "GET /a HTTP/1.0\r\n\r\n");
	CHECK(strstr(a, "Connection: close\r\n") != NULL, "1.0 is closed");
	a = peer_ask(&w, "GET /none HTTP/1.1\r\n" HOST "\r\n");
	CHECK(begins(a, "HTTP/1.1 500 "), "a handler that forgets to answer");
	a = peer_ask(&w, "GET /inject HTTP/1.1\r\n" HOST "\r\n");
	CHECK(begins(a, "HTTP/1.1 500 ") && strstr(a, "evil") == NULL, "headers that end the head");
	world_close(&w);
}

void test_server_refusals(void)
{
	static const struct { const char *bytes, *status, *why; } table[] = {
		{ "GET / HTTP/1.1\r\n\r\n", "400", "no Host" },
		{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\n" HOST "\r\n",
		  "400", "two framings" },
		{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", "501",
		  "gzip" },
		{ "GET / HTTP/3.0\r\n" HOST "\r\n", "505", "version 3" },
		{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 65537\r\n\r\n", "413",
		  "a byte too many" },
		{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 9223372036854775807\r\n\r\n", "400",
		  "a length at the rim" },
		{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 922337203685477580\r\n\r\n", "413",
		  "a huge length" },
		{ "POST / HTTP/1.1\r\n" HOST "Expect: 200-ok\r\nContent-Length: 1\r\n\r\n", "417",
		  "an unknown expectation" },
		{ "POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n"
		  "Content-Length: 70000\r\n\r\n",
		  "413", "a body too large, asked for politely" },
		{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nx\r\n", "400",
		  "a broken chunk" },
		{ "\x16\x03\x01\x02", "400", "TLS" },
	};

	world_open(&w);
	for (size_t i = 0; i < COUNT(table); i++) {
		char want[32];
		(void)snprintf(want, sizeof(want), "HTTP/1.1 %s ", table[i].status);
		const char *a = peer_ask(&w, table[i].bytes);
		CHECK(begins(a, want), "%s gets %s: %.40s", table[i].why, table[i].status, a);
		CHECK_INT(times_in(a, "HTTP/1.1"), 1, "%s: one answer, and nothing behind it",
			  table[i].why);
	}
	CHECK_INT(w.asked, 0, "the handler saw none of them");
	world_close(&w);
}

static const char *ask_long(const char *before, size_t n, const char *after)
{
	static char bytes[200000];
	struct text t;

	text_init(&t, bytes, sizeof(bytes));
	text_cstr(&t, before);
	for (size_t i = 0; i < n; i++)
		text_char(&t, 'a');
	text_cstr(&t, after);
	return peer_ask(&w, text_done(&t));
}

void test_server_sizes(void)
{
	const char *rest = " HTTP/1.1\r\n" HOST LAST "\r\n";
	const char *a;

	world_open(&w);
	CHECK(begins(ask_long("GET /", 4000, rest), "HTTP/1.1 200"), "a long target");
	CHECK(begins(ask_long("GET /", 5000, rest), "HTTP/1.1 414"), "a target too long");
	CHECK(begins(ask_long("GET /", 150000, ""), "HTTP/1.1 414"), "a target without end");
	rest = "GET / HTTP/1.1\r\n" HOST LAST "X: ";
	CHECK(begins(ask_long(rest, 16000, "\r\n\r\n"), "HTTP/1.1 200"), "a long head");
	CHECK(begins(ask_long(rest, 17000, "\r\n\r\n"), "HTTP/1.1 431"), "a head too long");
	rest = "POST / HTTP/1.1\r\n" HOST LAST "Content-Length: 65536\r\n\r\n";
	a = ask_long(rest, SERVER_BODY_MAX, "");
	CHECK(begins(a, "HTTP/1.1 200") && w.last_body_n == SERVER_BODY_MAX, "the largest body");
	rest = "POST / HTTP/1.1\r\n" HOST LAST "Transfer-Encoding: chunked\r\n\r\n10000\r\n";
	a = ask_long(rest, SERVER_BODY_MAX, "\r\n0\r\n\r\n");
	CHECK(begins(a, "HTTP/1.1 200") && w.last_body_n == SERVER_BODY_MAX, "the same in a chunk");
	rest = "POST / HTTP/1.1\r\n" HOST LAST "Transfer-Encoding: chunked\r\n\r\n10001\r\n";
	CHECK(begins(ask_long(rest, SERVER_BODY_MAX + 1, "\r\n0\r\n\r\n"), "HTTP/1.1 413"),
	      "a byte more in a chunk");
	rest = "POST / HTTP/1.1\r\n" HOST LAST "Content-Length: 180000\r\n\r\n";
	CHECK(begins(ask_long(rest, 180000, ""), "HTTP/1.1 413"), "413 is seen by who still sends");
	world_close(&w);
}

/* The same bytes in every cut give the same answers, in order. */
void test_server_pipeline(void)
{
	static const char bytes[] =
		"GET /1 HTTP/1.1\r\n" HOST "\r\n"
		"POST /2 HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"
		"\r\nPOST /3 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
		"2;x\r\nde\r\n1\r\nf\r\n0\r\nT: x\r\n\r\n"
		"HEAD /4 HTTP/1.1\r\n" HOST "\r\n"
		"GET /5 HTTP/1.1\r\n" HOST LAST "\r\n"
		"GET /never HTTP/1.1\r\n" HOST "\r\n";
	static const char *want[] = { "GET /1? ", "POST /2? abc", "POST /3? def", "GET /5? " };
	size_t n = sizeof(bytes) - 1, got;

	world_open(&w);
	for (size_t step = 1; step <= n; step = step < 40 ? step + 1 : step + 37) {
		int fd = peer_connect(&w);
		w.asked = 0;
		for (size_t at = 0; at < n; at += step)
			peer_send(&w, fd, (struct str){ bytes + at,
							n - at < step ? n - at : step });
		CHECK(peer_read(&w, fd, out, sizeof(out), &got, NULL), "closed after the last");
		CHECK_INT(times_in(out, "HTTP/1.1 200"), 5, "five answers, %zu at a time", step);
		CHECK_INT(w.asked, 5, "five questions, %zu at a time", step);
		const char *at = out;
		for (size_t i = 0; i < COUNT(want); i++) {
			at = strstr(at, want[i]);
			CHECK(at != NULL, "%s in its place, %zu at a time", want[i], step);
			at = at == NULL ? "" : at;
		}
		close(fd);
	}
	world_close(&w);
}

#define MANY 600

/* Far more answers than buffers hold, to a peer that reads late. */
void test_server_pipeline_long(void)
{
	static const char one[] = "GET /big?n=30000 HTTP/1.1\r\n" HOST "\r\n";
	static char bytes[MANY * (sizeof(one) - 1)];
	size_t got = 0, sent = 0, n;
	int fd;

	world_open(&w);
	for (size_t i = 0; i < MANY; i++)
		memcpy(bytes + i * (sizeof(one) - 1), one, sizeof(one) - 1);
	fd = peer_connect(&w);
	for (int i = 0; i < 200; i++) {
		ssize_t r = send(fd, bytes + sent, sizeof(bytes) - sent, MSG_NOSIGNAL);
		sent += r > 0 ? (size_t)r : 0;
		world_turn(&w);
	}
	CHECK(w.asked < MANY, "a peer that does not read is not served on: %d", w.asked);
	ns end = mono_ns() + PEER_PATIENCE;
	while (got < MANY * 30000u && mono_ns() < end) {
		ssize_t r = send(fd, bytes + sent, sizeof(bytes) - sent, MSG_NOSIGNAL);
		sent += r > 0 ? (size_t)r : 0;
		r = recv(fd, out, sizeof(out), 0);
		for (n = 0; r > 0 && n < (size_t)r; n++)
			got += out[n] == 'b';
		world_turn(&w);
	}
	CHECK_INT(w.asked, MANY, "every request was asked");
	CHECK_INT(got, MANY * 30000, "and answered in full");
	close(fd);
	world_close(&w);
}

void test_server_continue(void)
{
	size_t n;
	int fd;

	world_open(&w);
	fd = peer_connect(&w);
	peer_send(&w, fd, STR("POST /x HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n"
			      "Content-Length: 2\r\n\r\n"));
	CHECK(peer_read(&w, fd, out, sizeof(out), &n, "\r\n\r\n"), "an interim answer comes");
	CHECK_TEXT(out, "HTTP/1.1 100 Continue\r\n\r\n", "and says to go on");
	peer_send(&w, fd, STR("hi"));
	CHECK(peer_read(&w, fd, out, sizeof(out), &n, "POST /x? hi"), "then the answer");
	close(fd);
	world_close(&w);
}

void test_server_hold(void)
{
	size_t n;
	int fd, other;

	world_open(&w);
	fd = peer_connect(&w);
	other = peer_connect(&w);
	peer_send(&w, fd,
		  STR("GET /hold HTTP/1.1\r\n" HOST "\r\nGET /after HTTP/1.1\r\n" HOST "\r\n"));
	peer_send(&w, other, STR("GET /other HTTP/1.1\r\n" HOST "\r\n"));
	CHECK(peer_read(&w, other, out, sizeof(out), &n, "GET /other? "),
	      "others are served meanwhile");
	CHECK_INT(w.asked, 2, "the request behind the held one waits");
	server_reply(w.s, w.held, 202, "text/plain", NULL, STR("late"));
	CHECK(peer_read(&w, fd, out, sizeof(out), &n, "GET /after? "), "then both come");
	CHECK(begins(out, "HTTP/1.1 202 ") && strstr(out, "late") != NULL, "in order");
	CHECK_INT(w.closed, 0, "an answered one is not reported");
	peer_send(&w, fd, STR("GET /hold HTTP/1.1\r\n" HOST "\r\n"));
	while (w.asked < 4)
		world_turn(&w);
	struct linger at_once = { 1, 0 };
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
	ns end = mono_ns() + PEER_PATIENCE;
	while (w.closed == 0 && mono_ns() < end)
		world_turn(&w);
	CHECK(w.closed == 1 && w.last_closed == w.held, "a held one that goes is reported");
	server_reply(w.s, w.held, 200, NULL, NULL, STR("to nobody"));
	close(other);
	world_close(&w);
}

/* A peer that shuts its side down after asking still gets the answer. */
void test_server_half_close(void)
{
	size_t n;
	int fd;

	world_open(&w);
	fd = peer_connect(&w);
	peer_send(&w, fd, STR("GET /big?n=1500000 HTTP/1.1\r\n" HOST "\r\n"));
	(void)shutdown(fd, SHUT_WR);
	CHECK(peer_read(&w, fd, out, sizeof(out), &n, NULL), "all of it comes");
	CHECK(n > 1500000, "all of it: %zu", n);
	close(fd);
	fd = peer_connect(&w);
	peer_send(&w, fd, STR("GET /hold HTTP/1.1\r\n" HOST "\r\n"));
	(void)shutdown(fd, SHUT_WR);
	for (int i = 0; i < 20; i++)
		world_turn(&w);
	server_reply(w.s, w.held, 200, NULL, NULL, STR("kept"));
	CHECK(peer_read(&w, fd, out, sizeof(out), &n, NULL) && strstr(out, "kept") != NULL,
	      "even when it was held back");
	close(fd);
	world_close(&w);
}

void test_server_open_errors(void)
{
	static const char *bad[] = { "", "127.0.0.1", "localhost:99999", "1.2.3:80", "[::1:80",
				     "example.org:80", "127.0.0.1:", "127.0.0.1:8x" };
	struct server_hooks hooks = { 0 };
	struct server *s;
	char why[160], address[32];

	world_open(&w);
	hooks.request = (void (*)(void *, struct server *, const struct request *))(uintptr_t)1;
	for (size_t i = 0; i < COUNT(bad); i++) {
		CHECK_INT(server_open(&s, bad[i], &hooks, why, sizeof(why)), ERR_CONFIG, "%s",
			  bad[i]);
		CHECK(strstr(why, "ADDRESS:PORT") != NULL, "says what is wanted: %s", why);
	}
	(void)snprintf(address, sizeof(address), "127.0.0.1:%u", server_port(w.s));
	CHECK_INT(server_open(&s, address, &hooks, why, sizeof(why)), ERR_IO, "a port in use");
	CHECK(strstr(why, "another program") != NULL, "says so: %s", why);
	if (server_open(&s, ":0", &hooks, why, sizeof(why)) == OK)
		server_close(s);
	if (server_open(&s, "[::1]:0", &hooks, why, sizeof(why)) == OK)
		server_close(s);
	world_close(&w);
}

/* Without descriptors the server waits; it does not spin. */
void test_server_no_descriptors(void)
{
	struct rlimit before, none;
	struct pollfd p[SERVER_CONNECTIONS + 1];
	ns deadline;
	size_t n;
	int fd;

	world_open(&w);
	fd = peer_connect(&w);
	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0, "the limit is read");
	none = before;
	none.rlim_cur = 3;
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0, "and set");
	n = server_poll(w.s, p, &deadline);
	(void)poll(p, n, 1000);
	server_step(w.s, p, n);
	n = server_poll(w.s, p, &deadline);
	CHECK(n == 0 && deadline > mono_ns() && deadline < mono_ns() + NS_SECOND,
	      "the listener rests for a while");
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0, "the limit is put back");
	peer_send(&w, fd, STR("GET /x HTTP/1.1\r\n" HOST "\r\n"));
	CHECK(peer_read(&w, fd, out, sizeof(out), &n, "GET /x? "), "then the peer is served");
	close(fd);
	world_close(&w);
}
