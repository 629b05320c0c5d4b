/* exchange_replay.c: random requests, faults among them, to an exchange that keeps a log. Killed
 * after any record, or in the middle of one, it comes back as it was there; and when it then
 * goes on, what follows is what followed. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/log.h"
#include "base/rng.h"
#include "check.h"
#include "exchange/serve_inner.h"
#include "unit/exchange_two.h"

#define BRACKET "\"type\":\"market\",\"time_in_force\":\"gtc\",\"order_class\":\"bracket\"," \
	"\"take_profit\":{\"limit_price\":\"5000\"},\"stop_loss\":{\"stop_price\":\"1\"}"
#define STEPS 120
#define CUTS  30

static char folder[64], file[96];

struct point { long size; uint64_t hash; };	/* the log, and all that could be seen then */

static struct exchange *open_it(uint64_t seed)
{
	static struct symbols symbols;
	static char why[256];
	struct exchange *x = NULL;
	struct exchange_config c = {
		.market = two_symbols(&symbols, seed),
		.core = {
			.orders_max = 512, .accounts = 2, .seed = seed, .fees = true,
			.cash = { 100000 * NUM_ONE }, .partial_pct = 50, .latency = 20 * NS_MS,
			.shorting = true, .multiplier = 4
		},
		.listen = "127.0.0.1:0", .lockstep = true, .state_file = file
	};
	enum err e = exchange_open(&x, &c, why, sizeof(why));
	CHECK_INT(e, OK, "opened: %s", why);
	return e == OK ? x : NULL;
}

static int request(struct exchange *x, uint16_t who, const char *method, const char *path,
		   const char *body)
{
	struct call c = {
		.method = str_of(method), .path = str_of(path), .body = str_of(body),
		.account = who
	};

	if (strcmp(method, "GET") != 0) {	/* as from the wire, logged first */
		state_call(x, &c, x->now);
		serve_call_time(x, x->now);
	}
	int status = rest_run(x, &c);
	serve_events(x);
	return status;
}

/* Of what clients can ask for. */
static uint64_t picture(struct exchange *x)
{
	static const char *const path[] = {
		"/v2/account", "/v2/account/activities", "/v2/positions", "/v2/orders",
		"/sim/ledger", "/v2/clock", "/v2/account/configurations"
	};
	uint64_t hash = x->n;

	for (uint16_t who = 0; who < 2; who++)
		for (size_t i = 0; i < COUNT(path); i++) {
			request(x, who, "GET", path[i], "");
			uint64_t both[2] = { hash, hash64(x->out.s, x->out.n) };
			hash = hash64(both, sizeof(both));
		}
	return hash;
}

static void play(struct exchange *x, uint64_t instants)
{
	for (; instants > 0 && x->have_next; instants--) {
		ns due = xc_next_due(x->core);
		if (due < x->next.ts)
			serve_core_time(x, due);
		else
			serve_market(x);
	}
}

static void order(struct exchange *x, uint16_t who, struct rng *rng)
{
	static const char *const kind[] = {
		"\"type\":\"market\",\"time_in_force\":\"day\"",
		BRACKET,
		"\"type\":\"limit\",\"time_in_force\":\"gtc\",\"limit_price\":\"20\"",
		"\"type\":\"limit\",\"time_in_force\":\"day\",\"limit_price\":\"2000\"",
		"\"type\":\"trailing_stop\",\"time_in_force\":\"day\",\"trail_percent\":\"1\"",
		"\"type\":\"limit\",\"time_in_force\":\"fok\",\"limit_price\":\"2000\"",
	};
	char body[512];

	(void)snprintf(body, sizeof(body), "{\"symbol\":\"%s\",\"qty\":\"%d\",\"side\":\"%s\",%s}",
		       rng_below(rng, 2) ? "AAPL" : "SPY", (int)rng_below(rng, 30),
		       rng_below(rng, 3) ? "buy" : "sell", kind[rng_below(rng, COUNT(kind))]);
	request(x, who, "POST", "/v2/orders", body);
}

static void change(struct exchange *x, uint16_t who, struct rng *rng)
{
	uint32_t n = xc_orders(x->core);
	char path[64] = "/v2/orders/none";

	if (n > 0)
		(void)snprintf(path, sizeof(path), "/v2/orders/%s",
			       xc_order(x->core, (xc_oid)rng_below(rng, n))->id);
	if (rng_below(rng, 2))
		request(x, who, "DELETE", path, "");
	else
		request(x, who, "PATCH", path, "{\"qty\":\"7\",\"limit_price\":\"30\"}");
}

/* What a rule did is in the log; how often it has fired is not, and after a restart it counts
 * anew: lives with rules are not asked how they go on. */
#define RULED(seed) ((seed) % 2 == 1)
static void misbehave(struct exchange *x, struct rng *rng)
{
	static const char *const script[] = {
		"at open+9m: bust\n", "at open+8m symbol=AAPL: halt 3m T1\n",
		"order side=sell: suspend\n", "order: split\n", "order: stopped\n",
		"order type=trailing_stop: reject\n", "order: act, then status 504\n"
	};

	if (rng_below(rng, 3) == 0)
		request(x, 0, "DELETE", "/sim/faults", "");
	else
		CHECK_INT(request(x, 0, "POST", "/sim/faults",
				  script[rng_below(rng, COUNT(script))]), 200,
			  "a script is taken: %s", x->out.s);
}

/* The ith step is always the same. */
static void step(struct exchange *x, uint64_t seed, int i)
{
	struct rng rng;

	rng_seed_for(&rng, seed, STR("replay"), i);
	uint16_t who = (uint16_t)rng_below(&rng, 2);
	switch (rng_below(&rng, 16)) {
	case 0:
	case 1:
	case 2:
	case 3:
		order(x, who, &rng);
		break;
	case 4:
	case 5:
		change(x, who, &rng);
		break;
	case 6:
		if (RULED(seed))
			misbehave(x, &rng);
		break;
	case 7:
		request(x, who, "DELETE", rng_below(&rng, 2) ? "/v2/positions" :
			"/v2/positions/SPY", "");
		break;
	case 8:
		if (rng_below(&rng, 6) == 0)
			request(x, who, "POST", "/sim/reset", "{\"account\":1}");
		else
			request(x, who, "PATCH", "/v2/account/configurations",
				"{\"max_margin_multiplier\":\"2\"}");
		break;
	default:
		play(x, 1 + (rng_below(&rng, 8) == 0 ? rng_below(&rng, 300) : 0));
		break;
	}
}

static long size_of(void)
{
	struct stat st;

	return stat(file, &st) == 0 ? (long)st.st_size : -1;
}

/* The log, as it is after `keep` of its bytes and `torn` of the next record's. */
static void cut(const char *log, long keep, long torn)
{
	int fd = open(file, O_WRONLY | O_TRUNC);

	CHECK_INT(write(fd, log, (size_t)(keep + torn)), keep + torn, "the log, cut");
	(void)close(fd);
}

static void kill_at(const struct point *p, const char *log, int i, uint64_t seed)
{
	long next = p[i + 1].size - p[i].size;

	cut(log, p[i].size, next > 0 ? (long)((seed + (uint64_t)i) % 24) : 0);
	struct exchange *x = open_it(seed);
	if (x == NULL)
		return;
	CHECK(picture(x) == p[i].hash, "life %llu: killed after step %d it comes back as it was",
	      (unsigned long long)seed, i);
	bool on = !RULED(seed) && i % 4 == 0;
	for (int k = i + 1; k <= STEPS && on; k++)
		step(x, seed, k);
	CHECK(!on || picture(x) == p[STEPS].hash,
	      "life %llu: killed after step %d it goes on as it would have",
	      (unsigned long long)seed, i);
	exchange_close(x);
}

void test_state_any_prefix(void)
{
	static struct point p[STEPS + 1];
	uint64_t seed = check_seed();

	(void)snprintf(folder, sizeof(folder), "/tmp/exchange-replay-......");
	memset(folder + strlen(folder) - 6, 'X', 6);
	CHECK(mkdtemp(folder) != NULL, "a folder");
	(void)snprintf(file, sizeof(file), "%s/state", folder);
	log_init(LOG_ERROR, NULL, false);
	struct exchange *x = open_it(seed);
	if (x == NULL)
		return;
	play(x, 8);
	for (int i = 0; i <= STEPS; i++) {
		step(x, seed, i);
		p[i] = (struct point){ size_of(), picture(x) };
	}
	CHECK(xc_executions(x->core) > 0, "something was traded");
	exchange_close(x);

	char *log = malloc((size_t)p[STEPS].size);
	int fd = open(file, O_RDONLY);
	CHECK(log != NULL && read(fd, log, (size_t)p[STEPS].size) == p[STEPS].size, "the log");
	(void)close(fd);
	for (uint64_t i = 0; log != NULL && i < CUTS; i++)
		kill_at(p, log, (int)((seed + i * 37) % STEPS), seed);
	free(log);
	(void)unlink(file);
	(void)rmdir(folder);
}
