/* desk.c: people at the dashboard: they look while everything else goes wrong, halt, sell, let it
 * go on, and go away in the middle of an answer. Their line is the machine's own. Answers come at
 * once whatever the disk and the broker do; what the bot has said of a halt holds through every
 * crash. */
#include "sim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#define PORT     9091
#define PATIENT  (5 * NS_SECOND)	/* for an answer, of a bot that has been up and running */
#define UP       (10 * NS_SECOND)	/* so long: it is asked in the middle of its start, too */
#define DECIDED  NS_MINUTE		/* behind what was decided just before */
#define HALTS    256

struct proc desk = { .name = "desk" };

int dst_socket(int family, int type, int protocol);
int dst_connect(int fd, const struct sockaddr *a, socklen_t n);
int dst_poll(struct pollfd *p, nfds_t n, int ms);
ssize_t dst_send(int fd, const void *from, size_t n, int flags);
ssize_t dst_recv(int fd, void *to, size_t n, int flags);
int dst_close(int fd);

static struct { ns from, to; } halts[HALTS];	/* wall; the last may still be on: to is NEVER */
static int halts_n;
static bool resuming;		/* it was told to go on, and has not said yet that it does */
static ns flat_since, ran_since;
static char answer[1 << 17];
static size_t answer_n;

bool desk_forbids(ns decided)
{
	for (int i = 0; i < halts_n && !more_forgot(); i++)
		if (decided > halts[i].from + DECIDED && decided < halts[i].to)
			return true;
	return false;
}

ns desk_flat_since(void)
{
	return flat_since;
}

/* Since when the bot runs without a break, as one looks at it once a second. */
static void watch(void *unused, int64_t starts)
{
	(void)unused;
	if (!bot.alive || bot.stopped || bot.starts != starts)
		ran_since = sim.now;
	at_time(sim.now + NS_SECOND, watch, NULL, bot.starts);
}

/* ---- a request */

static bool wait_until(int fd, short events, ns deadline)
{
	struct pollfd p = { .fd = fd, .events = events };

	while (sim.now < deadline) {
		int n = dst_poll(&p, 1, (int)((deadline - sim.now) / NS_MS) + 1);
		if (n > 0)
			return true;
	}
	return false;
}

/* Whole answers end with the connection; `upto` bytes are waited for, and no more. */
static void take(int fd, size_t upto, ns deadline)
{
	while (answer_n < upto && wait_until(fd, POLLIN, deadline)) {
		ssize_t n = dst_recv(fd, answer + answer_n, upto - answer_n, 0);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		answer_n += n > 0 ? (size_t)n : 0;
	}
	answer[answer_n] = '\0';
}

static bool put(int fd, const char *text, size_t n, ns deadline)
{
	while (n > 0 && wait_until(fd, POLLOUT, deadline)) {
		ssize_t sent = dst_send(fd, text, n, 0);
		if (sent < 0 && errno != EAGAIN)
			return false;
		text += sent > 0 ? sent : 0;
		n -= sent > 0 ? (size_t)sent : 0;
	}
	return n == 0;
}

/* What came is in answer; nothing, from a bot that runs: it fails. */
static void ask(const char *method, const char *path, size_t upto, ns patient)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(PORT),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	char head[256];
	ns began = sim.now;

	answer_n = 0;
	answer[0] = '\0';
	int fd = dst_socket(AF_INET, 0, 0);
	if (fd < 0)
		return;
	(void)dst_connect(fd, (const struct sockaddr *)&a, sizeof a);
	int n = snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
			 "Content-Type: application/json\r\nContent-Length: 0\r\n"
			 "Connection: close\r\n\r\n", method, path, PORT);
	if (put(fd, head, (size_t)n, began + patient))
		take(fd, upto, began + patient);
	(void)dst_close(fd);
	if (answer_n == 0 && ran_since < began - UP && bot.alive && !bot.stopped &&
	    sim.now >= began + patient)
		dst_fail("the dashboard has not answered to %s %s within %.0f s", method, path,
			 (double)patient / 1e9);
}

/* ---- what people do */

/* What it says of its halt is kept: from then on it holds. */
static void look_at_status(void)
{
	ask("GET", "/api/v1/status", sizeof answer - 1, PATIENT);
	const char *kill = strstr(answer, "\",\"killed_by\"");
	if (strncmp(answer, "HTTP/1.1 200", 12) != 0 || kill == NULL)
		return;
	while (kill > answer && kill[-1] != '"')
		kill--;
	bool halted = strncmp(kill, "run", 3) != 0;
	bool on = halts_n > 0 && halts[halts_n - 1].to == NEVER;
	if (on && !halted && !more_forgot())
		dst_fail("the bot had said that it is halted, and now says that it runs");
	resuming &= halted;
	if (resuming)
		return;
	if (halted && !on && halts_n < HALTS) {
		halts[halts_n].from = sim.now + sim.wall;
		halts[halts_n++].to = NEVER;
		dst_say("desk: it says %.8s", kill);
	}
	if (flat_since == 0 && strncmp(kill, "flatten", 7) == 0)
		flat_since = sim.now;
}

static void command(const char *path)
{
	dst_say("desk: %s", path);
	if (strstr(path, "resume") != NULL) {
		if (halts_n > 0 && halts[halts_n - 1].to == NEVER)
			halts[halts_n - 1].to = sim.now + sim.wall;
		flat_since = 0;
		resuming = true;
	}
	ask("POST", path, sizeof answer - 1, PATIENT);
	if (strncmp(answer, "HTTP/1.1 4", 10) == 0)
		dst_fail("the bot does not take %s: %.40s", path, answer);
}

static void nap(ns from, ns to)
{
	(void)fiber_wait(NULL, sim.now + draw_span(RNG_MORE, from, to));
}

/* Until it says so: a halt may be lost with the process that was told. */
static void halt(const char *path)
{
	int had = halts_n;

	for (int tries = 0; tries < 3 && halts_n == had; tries++) {
		command(path);
		nap(NS_SECOND / 10, 20 * NS_SECOND);
		look_at_status();
	}
	for (uint64_t n = 1 + draw(RNG_MORE, 4); n > 0; n--) {
		nap(10 * NS_SECOND, 8 * NS_MINUTE);
		look_at_status();
	}
	/* A resume that was lost leaves it halted, which does no harm. */
	for (int i = 0; i < 3; i++) {
		command("/api/v1/resume");
		nap(NS_SECOND, 20 * NS_SECOND);
	}
}

static _Noreturn void *desk_body(void *unused)
{
	static const char *const pages[] = { "/", "/health", "/status", "/metrics",
		"/api/v1/account", "/api/v1/positions", "/api/v1/orders", "/api/v1/orders/open",
		"/api/v1/trades", "/api/v1/instances", "/api/v1/stats", "/api/v1/equity",
		"/api/v1/log", "/nothing" };
	static const char *const halting[] = { "/api/v1/halt", "/api/v1/flatten",
		"/api/v1/reduce-only" };

	(void)unused;
	for (;;) {
		nap(NS_SECOND, 10 * NS_MINUTE);
		switch (draw(RNG_MORE, 8)) {
		case 0:
			halt(halting[draw(RNG_MORE, COUNT(halting))]);
			break;
		case 1:
			command("/api/v1/pause");
			nap(NS_SECOND, 2 * NS_MINUTE);
			command("/api/v1/resume");
			break;
		case 2:		/* away in the middle */
			ask("GET", "/api/v1/orders", 1 + draw(RNG_MORE, 200), PATIENT);
			break;
		case 3:		/* stays, and reads on */
			ask("GET", "/events", sizeof answer - 1, NS_MINUTE);
			break;
		default:
			look_at_status();
			ask("GET", pages[draw(RNG_MORE, COUNT(pages))], sizeof answer - 1, PATIENT);
			break;
		}
	}
}

void desk_start(void)
{
	desk.alive = true;
	struct fiber *f = fiber_new(&desk, desk_body, NULL);
	assert(f != NULL);
	watch(NULL, 0);
}
