/* debug_ws.c: `gambler debug ws-echo`: plays the part of the client under test in a suite whose
 * server says how many cases there are and judges what it sees. */
#include <poll.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "cmd/cmd.h"
#include "cmd/debug.h"
#include "net/client.h"
#include "net/tls.h"
#include "net/url.h"

/* The largest messages of such suites. */
#define MESSAGE (16u << 20)
#define IN      (256u << 10)
/* Behind an echo there is room for an answer to each ping that IN can hold. */
#define OUT     (MESSAGE + (1u << 20))
/* A server that judges a large message may be silent that long, also before it takes the next
 * connection; a case takes no longer than the second. */
#define SILENCE (20 * NS_SECOND)
#define CASE    (100 * NS_SECOND)
#define CASES   10000		/* more than there are */
#define PATH    400

struct echo {
	struct ws_client c;
	struct str base;		/* the address's path, without a slash at its end */
	uint64_t number;		/* what getCaseCount said */
};

/* False: the connection is over. What ended it may have come with the upgrade. */
static bool one_message(struct echo *to, bool echo, bool *open)
{
	struct ws_client *c = &to->c;
	bool opened;
	enum ws_op op;
	struct str m;

	enum err e = ws_client_step(c, &opened, &op, &m);
	if (opened)
		c->ping_at = INT64_MAX;	/* a suite counts every frame */
	*open |= opened;
	if (e == ERR_AGAIN)
		return true;
	if (e != OK)
		return false;
	if (echo)
		return ws_client_send(c, op, m) == OK;
	to->number = 0;
	for (size_t i = 0; i < m.n && m.s[i] >= '0' && m.s[i] <= '9' && to->number < CASES; i++)
		to->number = to->number * 10 + (uint64_t)(m.s[i] - '0');
	return true;
}

/* Waits for the socket; a millisecond when there is nothing to wait for. */
static void wait_for(struct ws_client *c, bool full, ns until)
{
	struct pollfd p = { .fd = -1 };
	ns deadline = until;
	int ms = 1;

	if (ws_client_poll(c, &p.fd, &p.events, &deadline)) {
		if (full)	/* what comes in has to wait */
			p.events = POLLOUT;
		ns left = (deadline < until ? deadline : until) - mono_ns();
		ms = left < 0 ? 0 : (int)(left / NS_MS) + 1;
	}
	(void)poll(&p, 1, ms);
}

/* One conversation, of echoes or until a number was said; true when there was one. */
static bool converse(struct echo *to, const char *what, uint64_t number, bool echo)
{
	struct ws_client *c = &to->c;
	ns begin = mono_ns(), heard = begin;
	uint64_t moved = c->conn.received + c->conn.sent;
	char path[PATH];
	struct text t;

	text_init(&t, path, sizeof(path));
	text_add(&t, to->base);
	text_cstr(&t, what);
	if (number > 0)
		text_u64(&t, number);
	text_cstr(&t, number > 0 ? "&agent=x" : "");
	if (ws_client_open(c, text_done(&t), NULL) != OK)
		return false;
	bool open = false, going = true;
	while (going) {
		bool full = c->phase == WSC_OPEN && c->conn.out_n > OUT - MESSAGE - IN * 3;
		if (c->phase == WSC_UPGRADING)
			c->deadline = INT64_MAX;	/* `until` is what counts */
		going = full ? conn_step(&c->conn) == OK : one_message(to, echo, &open);
		ns now = mono_ns();
		if (c->conn.received + c->conn.sent != moved) {
			moved = c->conn.received + c->conn.sent;
			heard = now;
		}
		ns until = echo ? heard + SILENCE : begin + DEBUG_SECONDS * NS_SECOND;
		if (now >= until || now >= begin + CASE || (!echo && to->number > 0))
			break;
		if (going)
			wait_for(c, full, until);
	}
	if (!open)
		debug_refuse(path, c->conn.why[0] != '\0' ? c->conn.why : "no answer in time");
	ws_client_close(c, going ? 1001 : 1000);
	return open;
}

static bool ready(struct echo *e, const char *url)
{
	char host[CONN_HOST], why[400];
	struct tls_roots *roots;
	struct tls *tls = NULL;
	struct arena a;
	uint16_t port;
	bool secure;

	struct str rest = str_of(url);
	if (!str_starts(rest, STR("ws://")) && !str_starts(rest, STR("wss://"))) {
		debug_refuse(url, "ws://HOST:PORT is wanted");
		return false;
	}
	if (!url_parts(url, host, &port, &secure)) {
		debug_refuse(url, "not an address");
		return false;
	}
	if (secure && (tls_roots_open(&roots, NULL, why, sizeof(why)) != OK ||
		       tls_new(&tls, roots) != OK)) {
		debug_refuse(url, "no memory");
		return false;
	}
	for (int slashes = 0; slashes < 3 && rest.n > 0; slashes++)
		(void)str_cut(&rest, '/');
	if (rest.n > 0) {
		rest.s--;
		rest.n++;
	}
	while (rest.n > 0 && rest.s[rest.n - 1] == '/')
		rest.n--;
	e->base = rest;
	if (rest.n > PATH - 64 || arena_open(&a, MESSAGE + IN + OUT + 64) != OK) {
		debug_refuse(url, rest.n > PATH - 64 ? "too long" : "no memory");
		return false;
	}
	char *in = arena_alloc(&a, IN), *out = arena_alloc(&a, OUT);
	ws_client_init(&e->c, host, port, tls, in, IN, out, OUT, arena_alloc(&a, MESSAGE),
		       MESSAGE);
	return true;
}

int debug_ws_echo(const char *url)
{
	static struct echo e;

	if (!ready(&e, url) || !converse(&e, "/getCaseCount", 0, false))
		return DEBUG_REFUSED;
	if (e.number == 0 || e.number > CASES)
		return debug_refuse("getCaseCount", "a number of cases was expected");
	uint64_t cases = e.number;
	for (uint64_t i = 1; i <= cases; i++)
		if (!converse(&e, "/runCase?case=", i, true))
			return DEBUG_REFUSED;
	if (!converse(&e, "/updateReports?agent=x", 0, true))
		return DEBUG_REFUSED;
	printf("%u cases\n", (unsigned)cases);
	return EXIT_DONE;
}
