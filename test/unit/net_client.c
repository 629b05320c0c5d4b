#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "check.h"
#include "net/client.h"
#include "net_peer.h"

/* A peer that does what the test says, byte for byte. */
static struct { int listener, fd; uint16_t port; char got[65536]; size_t n; } peer;

static void peer_open(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(a);

	peer.fd = -1;
	peer.n = 0;
	peer.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	CHECK(bind(peer.listener, (struct sockaddr *)&a, size) == 0 &&
	      listen(peer.listener, 8) == 0 &&
	      getsockname(peer.listener, (struct sockaddr *)&a, &size) == 0, "the peer listens");
	peer.port = ntohs(a.sin_port);
}

static void peer_hang_up(bool reset)
{
	struct linger at_once = { 1, 0 };

	if (reset)
		(void)setsockopt(peer.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(peer.fd);
	peer.fd = -1;
	peer.n = 0;
}

static void peer_shut(void)
{
	if (peer.fd >= 0)
		close(peer.fd);
	close(peer.listener);
}

static void peer_turn(void)
{
	if (peer.fd < 0)
		peer.fd = accept4(peer.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (peer.fd < 0)
		return;
	ssize_t n = recv(peer.fd, peer.got + peer.n, sizeof(peer.got) - 1 - peer.n, 0);
	if (n > 0)
		peer.n += (size_t)n;
	peer.got[peer.n] = '\0';
}

static void peer_say(struct str bytes)
{
	CHECK(send(peer.fd, bytes.s, bytes.n, MSG_NOSIGNAL) == (ssize_t)bytes.n, "the peer speaks");
}

/* ---- HTTP */

static struct http_client c;
static char in[8192], out[8192];

static void client_open(void)
{
	http_client_init(&c, "127.0.0.1", peer.port, NULL, in, sizeof(in), out, sizeof(out));
}

static void client_ask(struct str head, struct str body, bool idempotent)
{
	CHECK_INT(http_client_send(&c, head, body, idempotent, 20 * NS_SECOND), OK, "it is sent");
}

static bool client_turn(struct http_result *r)
{
	struct pollfd p;
	ns deadline;

	if (http_client_poll(&c, &p.fd, &p.events, &deadline)) {
		CHECK(deadline > 0, "every wait has an end");
		(void)poll(&p, 1, 1);
	}
	return http_client_step(&c, r);
}

/* Until the peer has seen the end of a request's head, or the client is done. */
static void until_asked(void)
{
	struct http_result r;
	ns end = mono_ns() + PEER_PATIENCE;

	while ((peer.n < 4 || strstr(peer.got, "\r\n\r\n") == NULL) && mono_ns() < end) {
		CHECK(!client_turn(&r), "not done before the answer: %s", r.why);
		peer_turn();
	}
}

static struct http_result until_done(void)
{
	struct http_result r = { .err = ERR_AGAIN, .why = "never done" };
	ns end = mono_ns() + PEER_PATIENCE;

	while (!client_turn(&r) && mono_ns() < end)
		peer_turn();
	return r;
}

void test_http_client_kept(void)
{
	char host[64];
	struct http_result r;
	struct text t;

	peer_open();
	client_open();
	for (int i = 0; i < 3; i++) {
		client_ask(STR("POST /x HTTP/1.1\r\nA: b"), STR("body"), false);
		until_asked();
		text_init(&t, host, sizeof(host));
		text_cstr(&t, "POST /x HTTP/1.1\r\nA: b\r\nHost: 127.0.0.1:");
		text_u64(&t, peer.port);
		CHECK(strstr(peer.got, text_done(&t)) == peer.got, "line, headers, Host: %s",
		      peer.got);
		CHECK(strstr(peer.got, "Content-Length: 4\r\n\r\nbody") != NULL, "length and body");
		peer.n = 0;
		peer_say(STR("HTTP/1.1 201 Created\r\nContent-Length: 5\r\nX: y\r\n\r\nhello"));
		r = until_done();
		CHECK_INT(r.err, OK, "answered: %s", r.why);
		CHECK(r.status == 201 && r.sent, "201");
		CHECK_STR(r.body, "hello", "the body");
		CHECK_STR(http_header(r.head, "x"), "y", "a header");
	}
	CHECK_INT(c.reconnects, 1, "one connection for three requests");
	http_client_close(&c);
	peer_shut();
}

static const struct { const char *answer; bool end; enum err want; const char *body,
		      *why; } answers[] = {
	{ "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", false, OK, "abc", "a length" },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, OK, "", "an empty body" },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	  "1\r\na\r\n2;x\r\nbc\r\n0\r\nT: x\r\n\r\n",
	  false, OK, "abc", "chunks" },
	{ "HTTP/1.0 200 OK\r\n\r\nabc", true, OK, "abc", "until the end" },
	{ "HTTP/1.1 204 No Content\r\n\r\n", false, OK, "", "204" },
	{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", false, OK, "",
	  "304 with a length" },
	{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\n"
	  "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", false, OK, "a", "interim answers" },
	{ "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 1\r\n\r\na", false, OK,
	  "a",
	  "identity" },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", true, ERR_PROTO, "", "a cut body" },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", true, ERR_PROTO, "",
	  "a cut chunk" },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n", true, ERR_PROTO,
	  "",
	  "no last chunk" },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcdef\r\n", false, ERR_PROTO,
	  "",
	  "a broken chunk" },
	{ "HTTP/1.1 200 OK\r\nContent-Le", true, ERR_PROTO, "", "a cut head" },
	{ "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", false,
	  ERR_PROTO,
	  "", "gzip unasked" },
	{ "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", false, ERR_PROTO, "",
	  "101 unasked" },
	{ "<html>hotel</html>\r\n", false, ERR_PROTO, "", "a captive portal" },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n", false, ERR_FULL, "",
	  "too large by length" },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na", false, ERR_PROTO,
	  "",
	  "two lengths" },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", false,
	  ERR_PROTO,
	  "", "two framings" },
	{ "", true, ERR_IO, "", "no answer at all" },
};

static void one_answer(size_t i, bool drip)
{
	struct http_result r = { .err = ERR_AGAIN };
	struct str bytes = str_of(answers[i].answer);
	bool done = false;

	peer_open();
	client_open();
	client_ask(STR("GET / HTTP/1.1\r\n"), STR(""), false);
	until_asked();
	for (size_t at = 0; at < bytes.n && !done; at += drip ? 1 : bytes.n) {
		peer_say((struct str){ bytes.s + at, drip ? 1 : bytes.n });
		done = drip && client_turn(&r);
	}
	if (answers[i].end && peer.fd >= 0)
		peer_hang_up(false);
	if (!done)
		r = until_done();
	CHECK_INT(r.err, answers[i].want, "%s%s: %s", answers[i].why, drip ? ", dripping" : "",
		  r.why);
	CHECK(r.sent, "%s: the peer has seen it", answers[i].why);
	if (r.err == OK)
		CHECK_STR(r.body, answers[i].body, "%s%s", answers[i].why,
			  drip ? ", dripping" : "");
	else
		CHECK(r.why[0] != '\0' && c.conn.state == CONN_CLOSED, "%s: words, and closed",
		      answers[i].why);
	http_client_close(&c);
	peer_shut();
}

void test_http_client_answers(void)
{
	for (size_t i = 0; i < COUNT(answers); i++) {
		one_answer(i, false);
		one_answer(i, true);
	}
}

void test_http_client_extra(void)
{
	struct http_result r;

	peer_open();
	client_open();
	client_ask(STR("GET / HTTP/1.1\r\n"), STR(""), true);
	until_asked();
	peer_say(STR("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab"));
	r = until_done();
	CHECK_INT(r.err, ERR_PROTO, "more than was asked for is refused");
	peer_hang_up(false);
	client_ask(STR("GET / HTTP/1.1\r\n"), STR(""), true);
	until_asked();
	peer_say(STR("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"));
	r = until_done();
	CHECK_INT(r.err, OK, "a good answer");
	peer_say(STR("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"));
	client_ask(STR("GET / HTTP/1.1\r\n"), STR(""), true);
	peer_hang_up(false);
	until_asked();
	peer_say(STR("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"));
	r = until_done();
	CHECK_STR(r.body, "good", "an answer that came before its question is not taken");
	http_client_close(&c);
	peer_shut();
}

void test_http_client_too_large(void)
{
	static char many[8192];
	struct http_result r;

	peer_open();
	client_open();
	memset(many, 'a', sizeof(many));
	CHECK_INT(http_client_send(&c, STR("POST / HTTP/1.1"), (struct str){ many, sizeof(many) },
				   false,
				   NS_SECOND), ERR_FULL, "a request too large is not begun");
	CHECK(!client_turn(&r), "and nothing is under way");
	client_ask(STR("GET / HTTP/1.1\r\n"), STR(""), false);
	until_asked();
	peer_say(STR("HTTP/1.0 200 OK\r\n\r\n"));
	peer_say((struct str){ many, sizeof(many) });
	r = until_done();
	CHECK_INT(r.err, ERR_FULL, "an answer without end");
	CHECK(r.sent, "was asked for");
	http_client_close(&c);
	peer_shut();
}

static void first_answer(bool close_after)
{
	client_ask(STR("GET / HTTP/1.1\r\n"), STR(""), true);
	until_asked();
	peer_say(STR("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"));
	CHECK_INT(until_done().err, OK, "the first request is served");
	peer.n = 0;
	if (close_after)
		peer_hang_up(false);
}

/* A kept connection that the peer has closed meanwhile costs nothing, even to a POST. */
void test_http_client_closed_meanwhile(void)
{
	struct http_result r;

	peer_open();
	client_open();
	first_answer(true);
	client_ask(STR("POST / HTTP/1.1\r\n"), STR("x"), false);
	until_asked();
	peer_say(STR("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb"));
	r = until_done();
	CHECK(r.err == OK && c.reconnects == 2, "a new connection was made first: %s", r.why);
	http_client_close(&c);
	peer_shut();
}

/* It breaks after the request went out: only what may be repeated is, once. */
static void stale(bool idempotent, bool reset)
{
	struct http_result r;

	peer_open();
	client_open();
	first_answer(false);
	client_ask(STR("GET /again HTTP/1.1\r\n"), STR(""), idempotent);
	until_asked();
	peer_hang_up(reset);
	if (idempotent) {
		until_asked();
		CHECK(strstr(peer.got, "GET /again HTTP/1.1\r\n") == peer.got,
		      "the same request again");
		peer_hang_up(reset);
	}
	r = until_done();
	CHECK_INT(r.err, ERR_IO, "then it is an error: %s", r.why);
	CHECK(r.sent, "of a request that may have been seen");
	CHECK_INT(c.reconnects, idempotent ? 2 : 1, "one more connection at most");
	http_client_close(&c);
	peer_shut();
}

void test_http_client_stale(void)
{
	for (int i = 0; i < 4; i++)
		stale((i & 1) != 0, (i & 2) != 0);
}

/* On a fresh connection nothing is repeated. */
void test_http_client_cut(void)
{
	struct http_result r;

	peer_open();
	client_open();
	client_ask(STR("GET / HTTP/1.1\r\n"), STR(""), true);
	until_asked();
	peer_hang_up(true);
	r = until_done();
	CHECK(r.err == ERR_IO && r.sent && c.reconnects == 1, "cut after the request: %s", r.why);
	client_ask(STR("POST / HTTP/1.1\r\n"), STR("x"), false);
	until_asked();
	peer_say(STR("HTTP/1.1 200 OK\r\nConte"));
	CHECK(!client_turn(&r), "not yet");
	peer_hang_up(true);
	r = until_done();
	CHECK(r.err != OK && r.sent, "cut within the answer: %s", r.why);
	close(peer.listener);
	client_ask(STR("POST / HTTP/1.1\r\n"), STR("x"), false);
	r = until_done();
	CHECK(r.err == ERR_IO && !r.sent, "refused: certainly not seen: %s", r.why);
	CHECK(strstr(r.why, "refused") != NULL, "words: %s", r.why);
	http_client_close(&c);
}

void test_http_client_timeout(void)
{
	struct http_result r;

	peer_open();
	client_open();
	CHECK_INT(http_client_send(&c, STR("POST / HTTP/1.1"), STR("x"), false, 300 * NS_MS), OK,
		  "sent");
	r = until_done();
	CHECK_INT(r.err, ERR_TIMEOUT, "nobody answers: %s", r.why);
	CHECK(r.sent, "but it was sent");
	CHECK(c.conn.state == CONN_CLOSED, "the late answer meets nobody");
	client_ask(STR("HEAD / HTTP/1.1"), STR(""), true);
	peer_turn();
	peer_hang_up(false);
	until_asked();
	peer_say(STR("HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n"));
	r = until_done();
	CHECK(r.err == OK && r.body.n == 0, "HEAD has no body: %s", r.why);
	peer_hang_up(false);
	client_ask(STR("GET / HTTP/1.1"), STR(""), true);
	CHECK_INT(c.reconnects, 3, "and Connection: close is believed");
	http_client_close(&c);
	peer_shut();
}
