#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/conn.h"
#include "test/check.h"

#define PATIENCE (20 * NS_SECOND)	/* far more than anything here takes */

static char in[4096], out[65536];

static int open_files(void)
{
	int n = 0;
	DIR *d = opendir("/proc/self/fd");
	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		closedir(d);
	return n;
}

static int listen_at(int backlog, uint16_t *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t size = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, backlog) != 0
	    || getsockname(fd, (struct sockaddr *)&a, &size) != 0)
		CHECK(0, "a listener on 127.0.0.1: errno %d", errno);
	*port = ntohs(a.sin_port);
	return fd;
}

/* Polls and steps until `until` holds, an error comes or it takes far too long. */
static enum err drive(struct conn *c, enum conn_state until)
{
	ns end = mono_ns() + PATIENCE;
	enum err e = conn_step(c);
	while (e == OK && c->state != until && c->state != CONN_CLOSED && mono_ns() < end) {
		struct pollfd p = { 0 };
		if (conn_poll(c, &p.fd, &p.events))
			poll(&p, 1, 20);
		e = conn_step(c);
	}
	return e;
}

static int connect_pair(struct conn *c, int listener, uint16_t port)
{
	conn_init(c, "127.0.0.1", port, NULL, in, sizeof in, out, sizeof out);
	CHECK_INT(conn_open(c), OK, "opening begins");
	CHECK_INT(drive(c, CONN_OPEN), OK, "and succeeds");
	CHECK_INT(c->state, CONN_OPEN, "the connection is open");
	return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

static enum err step_until(struct conn *c, size_t in_n)
{
	ns end = mono_ns() + PATIENCE;
	enum err e = OK;
	while (e == OK && c->in_n < in_n && !c->eof && mono_ns() < end) {
		struct pollfd p = { 0 };
		if (conn_poll(c, &p.fd, &p.events))
			poll(&p, 1, 20);
		e = conn_step(c);
	}
	return e;
}

void test_conn_refused(void)
{
	struct conn c;
	uint16_t port;
	char words[CONN_WHY];
	int before = open_files(), fd = listen_at(1, &port);
	close(fd);
	conn_init(&c, "127.0.0.1", port, NULL, in, sizeof in, out, sizeof out);
	CHECK_INT(conn_open(&c), OK, "opening begins");
	CHECK_INT(drive(&c, CONN_OPEN), ERR_IO, "nobody listens");
	snprintf(words, sizeof words, "connect 127.0.0.1:%u: refused (127.0.0.1)", (unsigned)port);
	CHECK_TEXT(c.why, words, "the words of a refusal");
	CHECK_INT(c.state, CONN_CLOSED, "a failed connection is closed");
	CHECK_INT(conn_send(&c, STR("x")), ERR_IO, "nothing can be sent then");
	CHECK_INT(conn_step(&c), OK, "a step of a closed connection does nothing");
	/* The resolver's eventfd is kept for the next lookup. */
	CHECK(open_files() <= before + 1, "no descriptor is left behind");
}

void test_conn_next_address(void)
{
	struct conn c;
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t size = sizeof a;
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0
	    || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 4) != 0
	    || getsockname(fd, (struct sockaddr *)&a, &size) != 0) {
		if (fd >= 0)
			close(fd);
		return;	/* a machine without IPv6 */
	}
	conn_init(&c, "localhost", ntohs(a.sin6_port), NULL, in, sizeof in, out, sizeof out);
	CHECK_INT(conn_open(&c), OK, "opening begins");
	CHECK_INT(drive(&c, CONN_OPEN), OK, "127.0.0.1 refuses, ::1 is tried next");
	CHECK_INT(c.state, CONN_OPEN, "and taken");
	CHECK_INT(c.address_i, 1, "the second address");
	conn_close(&c);
	close(fd);
}

void test_conn_black_hole(void)
{
	struct conn c;
	uint16_t port;
	int fill[8], fd = listen_at(0, &port);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (size_t i = 0; i < COUNT(fill); i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)!connect(fill[i], (struct sockaddr *)&a, sizeof a);
	}
	conn_init(&c, "127.0.0.1", port, NULL, in, sizeof in, out, sizeof out);
	CHECK_INT(conn_open(&c), OK, "opening begins");
	CHECK_INT(conn_step(&c), OK, "the first step does not wait");
	CHECK_INT(c.state, CONN_CONNECTING, "nobody answers");
	CHECK(c.deadline > 0 && c.deadline <= mono_ns() + CONN_TIMEOUT, "there is a deadline");
	c.deadline = c.phase_end = mono_ns() + 100 * NS_MS;
	CHECK_INT(drive(&c, CONN_OPEN), ERR_TIMEOUT, "which ends it");
	CHECK(strstr(c.why, ": no answer (127.0.0.1)") != NULL, "in words: %s", c.why);
	for (size_t i = 0; i < COUNT(fill); i++)
		close(fill[i]);
	close(fd);
}

void test_conn_both_ways(void)
{
	struct conn c;
	uint16_t port;
	int fd = listen_at(4, &port), peer = connect_pair(&c, fd, port), on = 0;
	socklen_t size = sizeof on;
	getsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, &size);
	CHECK(on != 0, "TCP_NODELAY is set");
	CHECK((fcntl(c.fd, F_GETFD) & FD_CLOEXEC) != 0, "the socket is closed on exec");
	CHECK((fcntl(c.fd, F_GETFL) & O_NONBLOCK) != 0, "the socket never blocks");
	CHECK_INT(conn_send(&c, STR("ping")), OK, "queued");
	CHECK_INT(conn_step(&c), OK, "and sent");
	char got[16] = "";
	CHECK_INT(recv(peer, got, sizeof got - 1, 0), 4, "the peer has it");
	CHECK_TEXT(got, "ping", "unchanged");
	CHECK_INT(send(peer, "hello", 5, 0), 5, "the peer answers");
	CHECK_INT(step_until(&c, 5), OK, "which arrives");
	CHECK_STR(((struct str){ c.in, c.in_n }), "hello", "unchanged");
	conn_eat(&c, 2);
	CHECK_STR(((struct str){ c.in, c.in_n }), "llo", "two bytes are eaten");
	CHECK_INT(c.received, 5, "bytes received");
	CHECK_INT(c.sent, 4, "bytes sent");
	close(peer);
	CHECK_INT(step_until(&c, sizeof in), OK, "an orderly end is no error");
	CHECK_INT(c.eof, 1, "but it is seen");
	CHECK_STR(((struct str){ c.in, c.in_n }), "llo", "what was not eaten is kept");
	struct pollfd p = { 0 };
	CHECK_INT(conn_poll(&c, &p.fd, &p.events), 0, "after the end there is nothing to poll for");
	conn_close(&c);
	CHECK_INT(c.in_n, 0, "closing empties the buffers");
	close(fd);
}

void test_conn_short_writes(void)
{
	struct conn c;
	uint16_t port;
	static char block[1000], got[65536];
	int fd = listen_at(4, &port), peer = connect_pair(&c, fd, port), small = 4096;
	setsockopt(c.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	fcntl(peer, F_SETFL, O_NONBLOCK);
	uint64_t queued = 0, read_n = 0, bad = 0;
	int full = 0;
	ns end = mono_ns() + PATIENCE;
	while (read_n < 1000000 && mono_ns() < end) {
		enum err e = OK;
		while (queued < 1000000 && e == OK) {
			for (size_t i = 0; i < sizeof block; i++)
				block[i] = (char)((queued + i) % 251);
			e = conn_send(&c, (struct str){ block, sizeof block });
			queued += e == OK ? sizeof block : 0;
		}
		full += e == ERR_FULL;
		if (!CHECK_INT(conn_step(&c), OK, "a step"))
			break;
		ssize_t n = recv(peer, got, sizeof got, 0);
		for (ssize_t i = 0; i < n; i++)
			bad += got[i] != (char)((read_n + (uint64_t)i) % 251);
		read_n += n > 0 ? (uint64_t)n : 0;
	}
	CHECK_INT(read_n, 1000000, "all of a megabyte arrives");
	CHECK_INT(bad, 0, "in order");
	CHECK(full > 0, "the queue was full at times and refused whole blocks");
	close(peer);
	conn_close(&c);
	close(fd);
}

void test_conn_full_input(void)
{
	struct conn c;
	uint16_t port;
	static char block[3 * sizeof in];
	int fd = listen_at(4, &port), peer = connect_pair(&c, fd, port);
	memset(block, 'b', sizeof block);
	CHECK_INT(send(peer, block, sizeof block, 0), (ssize_t)sizeof block, "the peer sends");
	CHECK_INT(step_until(&c, sizeof in), OK, "the buffer fills");
	struct pollfd p = { 0 };
	CHECK_INT(conn_poll(&c, &p.fd, &p.events), 0, "a full buffer polls for nothing");
	CHECK_INT(conn_step(&c), OK, "a step with a full buffer is harmless");
	conn_eat(&c, c.in_n);
	CHECK_INT(conn_poll(&c, &p.fd, &p.events), 1, "once there is room again");
	CHECK_INT(p.events, POLLIN, "it polls for reading");
	CHECK_INT(step_until(&c, sizeof in), OK, "and reads on");
	close(peer);
	conn_close(&c);
	close(fd);
}

void test_conn_reset(void)
{
	struct conn c;
	uint16_t port;
	struct linger hard = { .l_onoff = 1, .l_linger = 0 };
	int fd = listen_at(4, &port), peer = connect_pair(&c, fd, port);
	CHECK_INT(send(peer, "last", 4, 0), 4, "the peer says something");
	CHECK_INT(step_until(&c, 4), OK, "which arrives");
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	close(peer);
	CHECK_INT(step_until(&c, 99), ERR_IO, "then it resets the connection");
	CHECK(strstr(c.why, "reset by the peer") != NULL, "in words: %s", c.why);
	CHECK_INT(c.state, CONN_CLOSED, "the connection is closed");
	/* The same struct connects again. */
	CHECK_INT(conn_open(&c), OK, "opening begins again");
	CHECK_INT(drive(&c, CONN_OPEN), OK, "and succeeds");
	CHECK_TEXT(c.why, "", "the old words are gone");
	conn_close(&c);
	close(fd);
}

void test_conn_send_after_reset(void)
{
	struct conn c;
	uint16_t port;
	struct linger hard = { .l_onoff = 1, .l_linger = 0 };
	int fd = listen_at(4, &port), peer = connect_pair(&c, fd, port);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	close(peer);
	sleep_until(mono_ns() + 20 * NS_MS);
	CHECK_INT(conn_send(&c, STR("order")), OK, "queued");
	CHECK_INT(step_until(&c, 1), ERR_IO, "sending into a reset fails without a signal");
	CHECK_INT(c.state, CONN_CLOSED, "and closes");
	close(fd);
}

void test_conn_closed_at_any_time(void)
{
	struct conn c;
	uint16_t port;
	int fd = listen_at(4, &port), before = open_files();
	conn_init(&c, "127.0.0.1", port, NULL, in, sizeof in, out, sizeof out);
	for (int steps = 0; steps < 4; steps++) {
		CHECK_INT(conn_open(&c), OK, "opening begins");
		for (int i = 0; i < steps; i++)
			(void)conn_step(&c);
		conn_close(&c);
		conn_close(&c);
		CHECK_INT(c.state, CONN_CLOSED, "closed after %d steps", steps);
	}
	CHECK_INT(open_files(), before, "no descriptor is left behind");
	close(fd);
}
