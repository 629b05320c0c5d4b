/* exchange_serve_state.c: the log of inputs brings back the exchange as it was, also
 * when its end is torn; and what it refuses. Sockets are opened but not used. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "check.h"
#include "exchange/serve_inner.h"
#include "unit/exchange_two.h"

static char folder[64];
static char file[96];

static struct exchange *open_it(uint64_t seed, enum err *e)
{
	static struct symbols symbols;
	static char why[256];
	struct exchange *x = NULL;
	struct exchange_config c = {
		.market = two_symbols(&symbols, seed),
		.core = {
			.orders_max = 256, .accounts = 1, .seed = seed,
			.cash = { 100000 * NUM_ONE }, .partial_pct = 50, .latency = 20 * NS_MS,
			.shorting = true, .multiplier = 4
		},
		.listen = "127.0.0.1:0", .lockstep = true, .state_file = file
	};
	*e = exchange_open(&x, &c, why, sizeof(why));
	return *e == OK ? x : NULL;
}

static void begin(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/exchange-state-......");
	memset(folder + strlen(folder) - 6, 'X', 6);
	CHECK(mkdtemp(folder) != NULL, "a folder");
	log_init(LOG_ERROR, NULL, false);
	(void)snprintf(file, sizeof(file), "%s/state", folder);
}

static void end(void)
{
	(void)unlink(file);
	(void)rmdir(folder);
}

static int request(struct exchange *x, const char *method, const char *path, const char *body)
{
	struct call c = {
		.method = str_of(method), .path = str_of(path), .body = str_of(body)
	};

	if (str_of(method).n > 3) {	/* not GET: as from the wire, logged first */
		state_call(x, &c, x->now);
		serve_call_time(x, x->now);
	}
	int status = rest_run(x, &c);
	serve_events(x);
	return status;
}

/* All that a client could see, copied. */
static size_t picture(struct exchange *x, char *out, size_t size)
{
	static const char *const path[] = {
		"/v2/account", "/v2/positions", "/sim/ledger", "/sim/verdict", "/v2/clock"
	};
	size_t n = 0;

	for (size_t i = 0; i < COUNT(path); i++) {
		CHECK_INT(request(x, "GET", path[i], ""), 200, "GET %s", path[i]);
		size_t k = x->out.n < size - n ? x->out.n : size - n;
		memcpy(out + n, x->out.s, k);
		n += k;
	}
	return n;
}

static void play(struct exchange *x, int instants)
{
	for (int i = 0; i < instants; i++) {
		ns due = xc_next_due(x->core);
		if (due < x->next.ts)
			serve_core_time(x, due);
		else
			serve_market(x);
	}
}

static void trade(struct exchange *x)
{
	play(x, 5);
	CHECK_INT(request(x, "POST", "/v2/orders",
			  "{\"symbol\":\"AAPL\",\"qty\":\"40\",\"side\":\"buy\","
			  "\"type\":\"market\",\"time_in_force\":\"gtc\","
			  "\"order_class\":\"bracket\","
			  "\"take_profit\":{\"limit_price\":\"5000\"},"
			  "\"stop_loss\":{\"stop_price\":\"1\"}}"), 200, "%s", x->out.s);
	play(x, 9);
	CHECK_INT(request(x, "POST", "/v2/orders",
			  "{\"symbol\":\"SPY\",\"qty\":3,\"side\":\"buy\",\"type\":\"limit\","
			  "\"time_in_force\":\"gtc\",\"limit_price\":10.5}"), 200, "numbers, too");
	play(x, 4);
	CHECK_INT(request(x, "DELETE", "/v2/orders", ""), 207, "all are cancelled");
	CHECK_INT(request(x, "POST", "/v2/orders", "{"), 400, "bad JSON is logged as well");
	play(x, 3);
	CHECK_INT(request(x, "DELETE", "/v2/positions/AAPL", ""), 200, "closed: %s", x->out.s);
	play(x, 30);
}

static long size_of(void)
{
	struct stat st;

	return stat(file, &st) == 0 ? (long)st.st_size : -1;
}

static void compare(struct exchange *x, uint64_t n, const char *want, size_t want_n)
{
	static char got[1 << 18];
	size_t got_n = picture(x, got, sizeof(got));

	CHECK_INT(x->n, n, "the same instant");
	CHECK(got_n == want_n && memcmp(got, want, want_n) == 0, "and the same to see");
}

void test_state_replay_equals_live(void)
{
	static char live[1 << 18];
	enum err e;

	begin();
	struct exchange *x = open_it(3, &e);
	if (!CHECK(x != NULL, "opened: %d", (int)e))
		return;
	trade(x);
	uint64_t n = x->n;
	size_t live_n = picture(x, live, sizeof(live));
	CHECK(xc_executions(x->core) >= 2, "something was traded");
	exchange_close(x);	/* nothing is written then: as good as killed */

	x = open_it(3, &e);
	if (CHECK(x != NULL, "opened again: %d", (int)e)) {
		compare(x, n, live, live_n);
		exchange_close(x);
	}
	x = open_it(4, &e);
	CHECK(x == NULL && e == ERR_STORE, "another market is refused");
	end();
}

void test_state_torn_tail(void)
{
	static char live[1 << 18];
	enum err e;

	begin();
	struct exchange *x = open_it(5, &e);
	if (!CHECK(x != NULL, "opened: %d", (int)e))
		return;
	trade(x);
	uint64_t n = x->n;
	size_t live_n = picture(x, live, sizeof(live));
	long whole = size_of();
	play(x, 1);
	exchange_close(x);
	char record[256];
	long n_record = size_of() - whole;
	int fd = open(file, O_RDWR);
	CHECK_INT(pread(fd, record, sizeof(record), whole), n_record, "the last record");
	/* Ending after any of its bytes but the last, it is as if it had not been. */
	CHECK_INT(ftruncate(fd, whole), 0, "without it");
	for (long k = 1; k < n_record; k++) {
		CHECK_INT(pwrite(fd, record, (size_t)k, whole), k, "torn");
		x = open_it(5, &e);
		if (!CHECK(x != NULL, "opened with %ld bytes of it: %d", k, (int)e))
			break;
		compare(x, n, live, live_n);
		exchange_close(x);
		CHECK_INT(size_of(), whole, "the rest is cut off");
	}
	CHECK_INT(pwrite(fd, record, (size_t)n_record, whole), n_record, "whole");
	(void)close(fd);
	x = open_it(5, &e);
	if (CHECK(x != NULL, "opened: %d", (int)e)) {
		CHECK_INT(x->n, n + 1, "whole, it counts");
		exchange_close(x);
	}
	end();
}

void test_state_damage_in_the_middle(void)
{
	enum err e;

	begin();
	struct exchange *x = open_it(6, &e);
	if (!CHECK(x != NULL, "opened: %d", (int)e))
		return;
	play(x, 20);
	exchange_close(x);
	int fd = open(file, O_RDWR);
	CHECK_INT(pwrite(fd, "?", 1, size_of() / 2), 1, "one byte is other");
	(void)close(fd);
	x = open_it(6, &e);
	if (CHECK(x != NULL, "opened: %d", (int)e)) {
		CHECK(x->n > 1 && x->n < 20, "what was before it counts: %d", (int)x->n);
		play(x, 3);
		exchange_close(x);
	}
	fd = open(file, O_RDWR);
	CHECK_INT(pwrite(fd, "?", 1, 3), 1, "the head is other");
	(void)close(fd);
	x = open_it(6, &e);
	CHECK(x == NULL && e == ERR_STORE, "that is not a log");
	end();
}
