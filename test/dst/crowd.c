/* crowd.c: programs that reach the dashboard over a bad line, or mean it badly: half a request, an
 * answer that is read slowly or not at all, many connections at once, and lines that are cut, stand
 * still, or are gone without a word. Meanwhile one looks who does all of it well: he is answered at
 * once. Orders leave as they do without all this, and when it is over nothing is left of it. */
#include "visit.h"

#define CROWD    4
#define AT_ONCE  6			/* connections of one: together fewer than the server has */
#define PATIENT  (5 * NS_SECOND)

struct proc crowd = { .name = "crowd" };

static bool gone;

void crowd_leave(void)
{
	gone = true;
}

/* ---- one visit, that goes wrong */

static void put_text(int fd, const char *text)
{
	(void)visit_put(fd, text, strlen(text), sim.now + PATIENT);
}

static void half_a_head(int fd)
{
	static const char *const begun[] = { "GET /api/v1/status HT", "GET / HTTP/1.1\r\nHost: 127",
		"\r", "POST /api/v1/halt HTTP/1.1\r\n", "\x16\x03\x01\x02", "" };

	put_text(fd, begun[draw(RNG_MORE, COUNT(begun))]);
	visit_nap(NS_SECOND, NS_MINUTE);
}

static void half_a_body(int fd)
{
	put_text(fd, "POST /api/v1/halt HTTP/1.1\r\nHost: 127.0.0.1:9091\r\n"
		 "Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{\"why");
	visit_nap(NS_SECOND, NS_MINUTE);
}

/* All that goes into the windows, and nobody reads it. */
static void deaf(int fd)
{
	static const char *const pages[] = { "/events", "/", "/api/v1/log", "/api/v1/trades" };
	char ask[256];

	(void)snprintf(ask, sizeof ask, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:9091\r\n\r\n",
		       pages[draw(RNG_MORE, COUNT(pages))]);
	for (uint64_t n = 1 + draw(RNG_MORE, 30); n > 0; n--)
		put_text(fd, ask);
	visit_nap(NS_SECOND, 4 * NS_MINUTE);
}

/* A byte, and a while later the next one. */
static void dribble(struct visit *v, int fd)
{
	static const char ask[] = "GET /api/v1/orders HTTP/1.1\r\nHost: 127.0.0.1:9091\r\n\r\n";

	for (size_t i = 0; ask[i] != '\0'; i++) {
		if (!visit_put(fd, ask + i, 1, sim.now + PATIENT))
			return;
		visit_nap(NS_MS, 300 * NS_MS);
	}
	for (v->n = 0; v->n < 400;) {
		size_t had = v->n;
		visit_take(v, fd, v->n + 1, sim.now + PATIENT);
		if (v->n == had)
			return;
		visit_nap(NS_MS, 300 * NS_MS);
	}
}

static void follow(struct visit *v, int fd)
{
	put_text(fd, "GET /events HTTP/1.1\r\nHost: 127.0.0.1:9091\r\n\r\n");
	for (uint64_t n = draw(RNG_MORE, 40); n > 0; n--) {
		v->n = 0;
		visit_take(v, fd, 1 + draw(RNG_MORE, 500), sim.now + NS_SECOND);
		visit_nap(10 * NS_MS, 5 * NS_SECOND);
	}
}

static void come(struct visit *v, int fd)
{
	switch (draw(RNG_MORE, 5)) {
	case 0:  half_a_head(fd); break;
	case 1:  half_a_body(fd); break;
	case 2:  deaf(fd); break;
	case 3:  dribble(v, fd); break;
	default: follow(v, fd); break;
	}
}

static void leave(int fd)
{
	if (chance(RNG_MORE, 3))
		net_vanish(fd);
	visit_close(fd);
}

static _Noreturn void *crowd_body(void *arg)
{
	struct visit *v = arg;

	for (;;) {
		int fd[AT_ONCE];
		uint64_t n = 1 + draw(RNG_MORE, chance(RNG_MORE, 3) ? AT_ONCE : 1);
		visit_nap(100 * NS_MS, 3 * NS_MINUTE);
		for (uint64_t i = 0; i < n && !gone; i++)
			fd[i] = visit_open(VISIT_DASHBOARD);
		if (gone)
			(void)fiber_wait(v, NEVER);
		for (uint64_t i = 0; i < n; i++)
			if (fd[i] >= 0 && (i == 0 || chance(RNG_MORE, 2)))
				come(v, fd[i]);
		for (uint64_t i = 0; i < n; i++)
			if (fd[i] >= 0)
				leave(fd[i]);
	}
}

/* ---- the line */

static void strike(void *unused, int64_t n)
{
	static const enum net_fault what[] = { NET_RESET, NET_HALF_OPEN, NET_CLOG, NET_HEAL };

	(void)unused;
	net_fault(what[draw(RNG_MORE, COUNT(what))], NET_CROWD);
	at_time(sim.now + draw_span(RNG_MORE, NS_SECOND / 10, 2 * NS_MINUTE), strike, NULL, n + 1);
}

/* ---- who does it well */

static _Noreturn void *visitor_body(void *arg)
{
	static const char *const pages[] = { "/", "/health", "/metrics", "/api/v1/status",
		"/api/v1/orders", "/api/v1/trades", "/api/v1/instances" };
	struct visit *v = arg;

	for (;;) {
		visit_nap(NS_SECOND, 2 * NS_MINUTE);
		const char *page = pages[draw(RNG_MORE, COUNT(pages))];
		ns began = sim.now;
		visit(v, VISIT_DASHBOARD, "GET", page, "", PATIENT);
		desk_answered(v, "GET", page, began, PATIENT);
		/* Behind a sleep all of the crowd that came meanwhile is there at once. */
		if (v->n > 0 && desk_runs_since(began) && !visit_said(v, "200") &&
		    strcmp(page, "/health") != 0)
			dst_fail("a crowd is at the dashboard, and %s is answered %.40s", page,
				 v->answer);
	}
}

static void begin(struct proc *p, void *(*body)(void *), struct visit *v)
{
	struct fiber *f = fiber_new(p, body, v);

	assert(f != NULL);
}

void crowd_start(void)
{
	static struct visit visits[CROWD + 1];

	crowd.alive = true;
	for (int i = 0; i < CROWD; i++)
		begin(&crowd, crowd_body, &visits[i]);
	begin(&desk, visitor_body, &visits[CROWD]);
	strike(NULL, 0);
}

uint32_t crowd_left(void)
{
	uint32_t n = 0;

	for (int i = 0; i < FDS; i++)
		n += fds[i].kind == FD_STREAM && fds[i].p == &bot && net_of_crowd(&fds[i]);
	return n;
}
