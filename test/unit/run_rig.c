/* A wire before a peer that takes connections and never answers; see run_rig.h. */
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "check.h"
#include "test/unit/run_rig.h"

struct live live;
struct config config;
struct wire wire;
static struct route routes[ROUTES_MAX];
static char in_memory[CLIENTS][8192];
char rig_out[CLIENTS][16384];
static struct event event_memory[RING_INSTANCE];
static struct tell tell_memory[RING_TELL];
static struct writer_msg writer_memory[64];
static int listener = -1;

/* Takes connections and never answers: what is sent stays under way. */
static uint16_t silent_peer(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	bool ok = listener >= 0 && bind(listener, (struct sockaddr *)&a, n) == 0 &&
		  listen(listener, 16) == 0 &&
		  getsockname(listener, (struct sockaddr *)&a, &n) == 0;
	CHECK(ok, "a listening socket");
	return ntohs(a.sin_port);
}

void rig_begin(void)
{
	uint16_t port = silent_peer();
	struct wire *w = &wire;
	struct live *l = &live;

	memset(w, 0, sizeof *w);
	memset(l, 0, sizeof *l);
	memset(&config, 0, sizeof config);
	CHECK_INT(symbols_add(&config.symbols, STR("AAPL"), &(sym){ 0 }), OK, "a symbol");
	l->config = l->own = &config;
	l->symbols = &config.symbols;
	l->instances_n = 1;
	(void)!str_copy(l->instance[0].config.name, INSTANCE_NAME, STR("bull"));
	l->instance[0].config.symbols_n = 1;
	clock_init(&l->clock);
	atomic_store(&l->instances_up, true);
	atomic_store(&l->oldest_open, INT64_MAX);
	CHECK_INT(ring_init(&l->instance[0].in, event_memory, sizeof(struct event), RING_INSTANCE),
		  OK, "a ring");
	CHECK_INT(ring_init(&l->control.tells, tell_memory, sizeof(struct tell), RING_TELL), OK,
		  "a ring");
	CHECK_INT(ring_init(&l->writer_in, writer_memory, sizeof(struct writer_msg), 64), OK,
		  "a ring");
	w->l = l;
	w->route = routes;
	w->boot = BOOT_DONE;
	w->shares_of = ny_date(clock_now(&l->clock));
	w->wake = INT64_MAX;
	w->hash[0] = engine_name_hash("bull");
	rng_seed(&w->rng, 1);
	bucket_init(&w->bucket, 200, mono_ns());
	for (int i = 0; i < CLIENTS; i++) {
		backoff_init(&w->rest_backoff[i], NS_MS, NS_SECOND);
		http_client_init(&w->client[i], "127.0.0.1", port, NULL, in_memory[i],
				 sizeof in_memory[i], rig_out[i], sizeof rig_out[i]);
	}
}

ns rig_session(void)
{
	rig_begin();
	log_init(LOG_ERROR, NULL, false);
	ns now = calendar_next(&live.calendar, 28000000 * NS_MINUTE).open + NS_HOUR;
	clock_set_manual(&live.clock, now);
	wire.orders.up = true;
	wire.wall_offset = wall_ns() - mono_ns();
	wire.clock_next = wire.sync_next = now + NS_HOUR;
	wire.calendar_day = wire.assets_day = wire.splits_known = ny_date(now);
	wire.link.newest_bar = now;
	return now;
}

void rig_end(void)
{
	for (int i = 0; i < CLIENTS; i++)
		http_client_close(&wire.client[i]);
	ring_free(&live.instance[0].in);
	ring_free(&live.control.tells);
	ring_free(&live.writer_in);
	close(listener);
}

struct order rig_order(enum order_role role, char purpose, const char *bid)
{
	struct order o = { .role = (uint8_t)role, .side = SIDE_SELL, .type = TYPE_MARKET,
			   .want = { 10 * NUM_ONE } };

	engine_cid(o.cid, "bull", "AAPL", 28000000 * NS_MINUTE, purpose, 0);
	engine_cid(o.trade, "bull", "AAPL", 28000000 * NS_MINUTE, 'e', 0);
	(void)!str_copy(o.bid, sizeof o.bid, str_of(bid));
	o.updated = wire_now(&wire);
	return o;
}

void rig_tell(enum wire_kind k, const struct order *o)
{
	struct wire_msg m = { .kind = k, .u.order = *o };

	wire_msg(&wire, &m);
}

uint32_t rig_tasks(int kind)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < TASKS_MAX; i++)
		n += wire.task[i].used && (kind < 0 || wire.task[i].kind == kind);
	return n;
}

/* The kind of what is under way on a connection; -1: nothing. */
int rig_under_way(enum wire_client c)
{
	return wire.current[c] == NULL ? -1 : wire.current[c]->kind;
}

void rig_answer(enum wire_client c, int status, const char *body)
{
	static struct http_head head;
	struct task *t = wire.current[c];
	struct http_result r = { .status = status, .body = str_of(body), .sent = true,
				 .head = &head, .why = "" };

	wire.current[c] = NULL;
	http_client_close(&wire.client[c]);
	wire_result(&wire, t, &r);
}

void rig_broken(enum wire_client c, bool sent)
{
	struct task *t = wire.current[c];
	struct http_result r = { .err = ERR_IO, .sent = sent, .why = "cut" };

	wire.current[c] = NULL;
	http_client_close(&wire.client[c]);
	wire_result(&wire, t, &r);
}

/* All postponed tasks are due now. */
void rig_time_passes(void)
{
	for (uint32_t i = 0; i < TASKS_MAX; i++)
		wire.task[i].not_before = 0;
	memset(wire.rest_wait, 0, sizeof wire.rest_wait);
	wire_dispatch(&wire);
}

/* The newest reply that the instance got; -1: none. Empties the ring. */
int rig_reply(void)
{
	struct event ev;
	int kind = -1;

	while (ring_poll(&live.instance[0].in, &ev))
		if (ev.kind == EV_REPLY)
			kind = ev.u.reply.kind;
	return kind;
}

const char *rig_accepted(const struct order *o, const char *bid)
{
	static char text[512];
	struct text t;

	text_init(&t, text, sizeof text);
	text_cstr(&t, "{\"id\":\"");
	text_cstr(&t, bid);
	text_cstr(&t, "\",\"client_order_id\":\"");
	text_cstr(&t, o->cid);
	text_cstr(&t, "\",\"symbol\":\"AAPL\",\"status\":\"new\",\"side\":\"sell\","
		      "\"qty\":\"10\"}");
	return text_done(&t);
}

/* One submit, answered so; what became of it. */
int rig_submitted(enum order_role role, int status, const char *body)
{
	rig_begin();
	struct order o = rig_order(role, role == ROLE_ENTRY ? 'e' : 'x', "");
	rig_tell(WIRE_SUBMIT, &o);
	wire_dispatch(&wire);
	enum wire_client c = role == ROLE_ENTRY ? CLIENT_ORDERS : CLIENT_EXITS;
	if (status == 0)
		rig_broken(c, body != NULL);
	else
		rig_answer(c, status, body == NULL ? rig_accepted(&o, BID) : body);
	return rig_reply();
}
