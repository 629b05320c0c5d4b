/* The thread: what it is told by others is what it tells; who may ask. */
#include "test/unit/web_rig.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#define RIGHT_ONE "Authorization: Bearer 0123456789abcdef0123456789abcdef\r\n"
#define DIGEST    "3eb1bd439947eb762998e566ccc2e099" /* of that */ \
		  "c791118b2f40579cc4f7da2b5061b7f9"

struct live {
	struct rig  rig;
	pthread_t   thread;
	atomic_bool stop;
	char        answer[256 * 1024];
	atomic_int  posts;
	uint8_t     from;		/* asks from 127.0.0.this */
};

static void *run(void *ctx)
{
	struct live *l = ctx;

	web_run(l->rig.web, &l->stop);
	return NULL;
}

static enum err post(void *ctx, int instance, enum command what, const char *who)
{
	struct live *l = ctx;

	CHECK_INT(what, CMD_PAUSE, "of all commands only this one is sent");
	CHECK_INT(instance, 0, "for the instance");
	CHECK(strstr(who, "127.0.0.1") != NULL, "%s says who", who);
	atomic_fetch_add(&l->posts, 1);
	return OK;
}

static struct live *open_live(const char *token)
{
	struct live *l = calloc(1, sizeof *l);
	char why[200] = "";

	if (l == NULL)
		abort();
	rig_open(&l->rig, token);
	l->rig.control.post = post;
	l->rig.control.ctx = l;
	CHECK_INT(web_open(&l->rig.web, &l->rig.control, why, sizeof why), OK, "%s", why);
	if (pthread_create(&l->thread, NULL, run, l) != 0)
		abort();
	return l;
}

static void close_live(struct live *l)
{
	atomic_store(&l->stop, true);
	(void)pthread_join(l->thread, NULL);
	web_close(l->rig.web);
	rig_done(&l->rig);
	free(l);
}

/* The status of the answer, which is in l->answer; 0: none. */
static int ask(struct live *l, const char *method, const char *path, const char *headers,
	       const char *body)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(web_port(l->rig.web)),
				 .sin_addr = { htonl(INADDR_LOOPBACK) } };
	char request[2048];
	size_t n = 0;
	ssize_t got;

	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval patience = { 30, 0 };
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	struct sockaddr_in own = { .sin_family = AF_INET,
				   .sin_addr = { htonl(INADDR_LOOPBACK + l->from) } };
	if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof own) != 0 ||
	    connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
		abort();
	int length = snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
			      "Connection: close\r\nContent-Length: %zu\r\n%s\r\n%s", method, path,
			      web_port(l->rig.web), strlen(body), headers, body);
	(void)!write(fd, request, (size_t)length);
	while (n < sizeof l->answer - 1 &&
	       (got = read(fd, l->answer + n, sizeof l->answer - 1 - n)) > 0)
		n += (size_t)got;
	(void)close(fd);
	l->answer[n] = 0;
	return n > 12 ? (int)strtol(l->answer + 9, NULL, 10) : 0;
}

static bool tells(struct live *l, const char *path, const char *part)
{
	for (int i = 0; i < 1000; i++) {
		if (ask(l, "GET", path, "", "") == 200 && strstr(l->answer, part) != NULL)
			return true;
		(void)usleep(20000);
	}
	return false;
}

static void tell(struct live *l, const struct tell *t)
{
	CHECK(ring_put(&l->rig.control.tells, t), "there is room");
}

void test_web_tells_that_nothing_is_stored(void)
{
	struct live *l = open_live("");
	struct tell t = { .kind = TELL_LINK, .u.link = { .data_up = true, .orders_up = true,
							 .rest_up = true, .synced = true } };
	char file[300];

	tell(l, &t);
	CHECK(tells(l, "/status", "\"state\":\"running\""), "all is well");
	(void)snprintf(file, sizeof file, "%s/data.mdb", l->rig.config.folder);
	CHECK(unlink(file) == 0, "somebody removes the store");
	CHECK(store_begin(l->rig.control.store) != OK, "which the next transaction sees");
	CHECK(tells(l, "/status", "\"state\":\"cannot_store\""), "and people see it");
	CHECK(strstr(l->answer, "\"trouble\":\"the store cannot be written") != NULL, "in words");
	CHECK_INT(ask(l, "GET", "/health", "", ""), 503, "and so do monitors");
	close_live(l);
}

void test_web_tells_what_it_is_told(void)
{
	struct live *l = open_live("");
	struct tell t = { .kind = TELL_LINK };

	CHECK(tells(l, "/status", "\"state\":\"starting\""), "nothing is known at first");
	CHECK_INT(ask(l, "GET", "/health", "", ""), 503, "and it is not well");
	t.u.link = (struct link_state){ .data_up = true, .orders_up = true, .rest_up = true,
					.synced = true };
	tell(l, &t);
	CHECK(tells(l, "/status", "\"state\":\"running\""), "then it runs");
	CHECK_INT(ask(l, "GET", "/health", "", ""), 200, "and is well");
	t = (struct tell){ .kind = TELL_ACCOUNT };
	t.u.account = (struct account){ .equity = { 101 * NUM_ONE },
					.last_equity = { 100 * NUM_ONE } };
	tell(l, &t);
	CHECK(tells(l, "/status", "\"day_pnl\":\"1\",\"day_pnl_ratio\":0.01"), "the day's gain");
	t = (struct tell){ .kind = TELL_TRADE };
	rig_trade(&l->rig, &t.u.trade);
	t.u.trade.state = TRADE_OPEN;
	t.u.trade.out = (qty){ 0 };
	tell(l, &t);
	CHECK(tells(l, "/api/v1/positions", "\"qty\":\"10\""), "a position comes");
	t.u.trade.state = TRADE_CLOSED;
	t.u.trade.out = t.u.trade.in;
	tell(l, &t);
	CHECK(tells(l, "/api/v1/positions", "\r\n\r\n[]"), "and goes");
	t = (struct tell){ .kind = TELL_KILL };
	t.u.kill.kill = KILL_HALT;
	(void)!str_copy(t.u.kill.who, sizeof t.u.kill.who, STR("me"));
	tell(l, &t);
	CHECK(tells(l, "/status", "\"kill\":\"halt\",\"killed_by\":\"me\""), "who halted it");
	close_live(l);
}

/* The board asks the store when it could not be told everything. */
void test_web_makes_up_for_lost_tells(void)
{
	struct live *l = open_live("");
	struct tell t = { .kind = TELL_TRADE };
	struct order o;

	rig_trade(&l->rig, &t.u.trade);
	rig_order(&l->rig, &o);
	rig_save(&l->rig, &t.u.trade, &o);	/* closed, says the store */
	t.u.trade.state = TRADE_OPEN;
	t.u.trade.out = (qty){ 0 };
	tell(l, &t);
	CHECK(tells(l, "/api/v1/positions", "\"qty\":\"10\""), "open, says an old tell");
	(void)pthread_mutex_lock(&l->rig.control.tells.lock);
	l->rig.control.tells.dropped++;
	(void)pthread_mutex_unlock(&l->rig.control.tells.lock);
	CHECK(tells(l, "/api/v1/positions", "\r\n\r\n[]"), "the store is right");
	close_live(l);
}

void test_web_commands(void)
{
	struct live *l = open_live("");
	const char *type = "Content-Type: application/json\r\n", *path = "/api/v1/pause";

	CHECK_INT(ask(l, "POST", path, type, "{\"instance\":\"one\"}"), 202, "accepted");
	CHECK(strstr(l->answer, "\"accepted\":true,\"command\":\"pause\"") != NULL, "%s",
	      l->answer);
	CHECK_INT(ask(l, "POST", path, type, "{\"instance\":\"two\"}"), 404, "no such one");
	CHECK_INT(ask(l, "POST", path, type, "[1]"), 400, "no object");
	static const char *const slips[] = {
		"{\"instance\":5}", "{\"instance\":null}", "{\"instance\":[\"one\"]}",
		"{\"Instance\":\"one\"}", "{\"instances\":[\"one\"]}", "{\"name\":\"one\"}",
		"{\"instance\":\"one\",\"also\":1}", "{\"instance\":\"one\"", "one",
	};
	for (size_t i = 0; i < COUNT(slips); i++)
		CHECK_INT(ask(l, "POST", path, type, slips[i]), 400,
			  "%s must not mean all of them", slips[i]);
	CHECK_INT(ask(l, "POST", path, "Content-Type: text/plain\r\n", ""), 415, "a form");
	CHECK_INT(ask(l, "POST", path, "Sec-Fetch-Site: cross-site\r\n", ""), 403, "a page");
	CHECK_INT(ask(l, "GET", path, "", ""), 405, "a link");
	CHECK_INT(atomic_load(&l->posts), 1, "one came through");
	close_live(l);
}

void test_web_tokens(void)
{
	static const struct { const char *given; int status; } tries[] = {
		{ "Bearer 0123456789abcdef0123456789abcdef", 200 },
		{ "bearer 0123456789abcdef0123456789abcdef", 200 },
		{ "Bearer 0123456789abcdef0123456789abcdeF", 401 },
		{ "Beare", 401 },
		{ "Bearer 0123456789abcdef", 401 },
		{ "Bearer 0123456789abcdef0123456789abcdef0", 401 },
		{ "Bearer 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 401 },
		{ "Basic 0123456789abcdef0123456789abcdef", 401 },
		{ "0123456789abcdef0123456789abcdef", 401 },
		{ "Bearer ", 401 },
	};
	struct live *l = open_live("0123456789abcdef0123456789abcdef");

	CHECK_INT(ask(l, "GET", "/status", "", ""), 401, "without");
	CHECK(strstr(l->answer, "WWW-Authenticate: Bearer\r\n") != NULL, "says what is wanted");
	for (size_t i = 0; i < COUNT(tries); i++) {
		char header[128];
		(void)snprintf(header, sizeof header, "Authorization: %s\r\n", tries[i].given);
		CHECK_INT(ask(l, "GET", "/status", header, ""), tries[i].status, "%s",
			  tries[i].given);
	}
	CHECK_INT(ask(l, "GET", "/health", "", ""), 503, "health wants none");
	for (int i = 0; i < 10; i++)
		(void)ask(l, "GET", "/status", "Authorization: Bearer x\r\n", "");
	CHECK_INT(ask(l, "GET", "/status", "Authorization: Bearer x\r\n", ""), 429, "too often");
	CHECK_INT(ask(l, "GET", "/status", RIGHT_ONE, ""), 429, "now the right one neither");
	for (l->from = 1; l->from < 2 * TRIES_MAX; l->from++)
		for (int i = 0; i < 10; i++)
			(void)ask(l, "GET", "/status", "Authorization: Bearer x\r\n", "");
	CHECK_INT(ask(l, "GET", "/status", RIGHT_ONE, ""), 200,
		  "from an address that has not guessed, whatever others did");
	close_live(l);
}

/* The configuration has the digest alone. */
void test_web_token_by_its_digest(void)
{
	struct live *l = open_live("sha256:" DIGEST);

	CHECK_INT(ask(l, "GET", "/status", RIGHT_ONE, ""), 200, "the token");
	CHECK_INT(ask(l, "GET", "/status", "Authorization: Bearer " DIGEST "\r\n", ""), 401,
		  "its digest is none");
	CHECK_INT(ask(l, "GET", "/status", "Authorization: Bearer sha256:" DIGEST "\r\n", ""),
		  401, "nor as it is written");
	close_live(l);
}

/* Whatever is answered says that no page may frame it and no cache keep it. */
void test_web_headers(void)
{
	static const char *const paths[] = { "/status", "/metrics", "/events", "/health", "/none" };
	struct live *l = open_live("");

	for (size_t i = 0; i < COUNT(paths); i++) {
		bool stream = strcmp(paths[i], "/events") == 0;
		(void)ask(l, stream ? "HEAD" : "GET", paths[i], "", "");
		CHECK(strstr(l->answer, "frame-ancestors 'none'") != NULL &&
		      strstr(l->answer, "Cache-Control: no-store\r\n") != NULL &&
		      strstr(l->answer, "nosniff\r\n") != NULL &&
		      strstr(l->answer, "Cross-Origin-Resource-Policy: same-origin\r\n") != NULL,
		      "%s: %s", paths[i], l->answer);
	}
	close_live(l);
}

void test_web_origins(void)
{
	static const struct { const char *headers; int status; } all[] = {
		{ "Origin: http://127.0.0.1:PORT\r\n", 200 },
		{ "Origin: http://evil\r\nOrigin: http://127.0.0.1:PORT\r\n", 403 },
		{ "Origin: http://127.0.0.1:PORT\r\nOrigin: http://evil\r\n", 403 },
		{ "Origin: x/y/127.0.0.1:PORT\r\n", 403 },
		{ "Origin: 127.0.0.1:PORT\r\n", 403 },
		{ "Origin: file://127.0.0.1:PORT\r\n", 403 },
		{ "Origin: http://x/127.0.0.1:PORT\r\n", 403 },
		{ "Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n", 403 },
	};
	struct live *l = open_live("");
	char headers[256];

	for (size_t i = 0; i < COUNT(all); i++) {
		size_t n = 0;
		for (const char *c = all[i].headers; *c != 0; c++) {
			bool port = strncmp(c, "PORT", 4) == 0;
			n += (size_t)snprintf(headers + n, sizeof headers - n, port ? "%u" : "%c",
					      port ? web_port(l->rig.web) : (unsigned)*c);
			c += port ? 3 : 0;
		}
		CHECK_INT(ask(l, "GET", "/status", headers, ""), all[i].status, "%s", headers);
	}
	close_live(l);
}
