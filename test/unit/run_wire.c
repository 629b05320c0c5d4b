/* The wire's rules: which request goes, what an answer means, when a reconciliation counts. */
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "run/wire_inner.h"

static struct live live;
static struct config config;
static struct wire wire;
static struct route routes[ROUTES_MAX];
static char in_memory[CLIENTS][8192], out_memory[CLIENTS][16384];
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

static void begin(void)
{
	uint16_t port = silent_peer();
	struct wire *w = &wire;
	struct live *l = &live;

	memset(w, 0, sizeof *w);
	memset(l, 0, sizeof *l);
	memset(&config, 0, sizeof config);
	CHECK_INT(symbols_add(&config.symbols, STR("AAPL"), &(sym){ 0 }), OK, "a symbol");
	l->config = &config;
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
	w->wake = INT64_MAX;
	w->hash[0] = engine_name_hash("bull");
	rng_seed(&w->rng, 1);
	bucket_init(&w->bucket, 200, mono_ns());
	for (int i = 0; i < CLIENTS; i++) {
		backoff_init(&w->rest_backoff[i], NS_MS, NS_SECOND);
		http_client_init(&w->client[i], "127.0.0.1", port, NULL, in_memory[i],
				 sizeof in_memory[i], out_memory[i], sizeof out_memory[i]);
	}
}

static void end(void)
{
	for (int i = 0; i < CLIENTS; i++)
		http_client_close(&wire.client[i]);
	ring_free(&live.instance[0].in);
	ring_free(&live.control.tells);
	ring_free(&live.writer_in);
	close(listener);
}

static struct order order(enum order_role role, char purpose, const char *bid)
{
	struct order o = { .role = (uint8_t)role, .side = SIDE_SELL, .type = TYPE_MARKET,
			   .want = { 10 * NUM_ONE } };

	engine_cid(o.cid, "bull", "AAPL", 28000000 * NS_MINUTE, purpose, 0);
	engine_cid(o.trade, "bull", "AAPL", 28000000 * NS_MINUTE, 'e', 0);
	(void)!str_copy(o.bid, sizeof o.bid, str_of(bid));
	o.updated = wire_now(&wire);
	return o;
}

static void tell(enum wire_kind k, const struct order *o)
{
	struct wire_msg m = { .kind = k, .u.order = *o };

	wire_msg(&wire, &m);
}

static uint32_t tasks(int kind)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < TASKS_MAX; i++)
		n += wire.task[i].used && (kind < 0 || wire.task[i].kind == kind);
	return n;
}

/* The kind of what is under way on a connection; -1: nothing. */
static int under_way(enum wire_client c)
{
	return wire.current[c] == NULL ? -1 : wire.current[c]->kind;
}

static void answer(enum wire_client c, int status, const char *body)
{
	static struct http_head head;
	struct task *t = wire.current[c];
	struct http_result r = { .status = status, .body = str_of(body), .sent = true,
				 .head = &head, .why = "" };

	wire.current[c] = NULL;
	http_client_close(&wire.client[c]);
	wire_result(&wire, t, &r);
}

static void broken(enum wire_client c, bool sent)
{
	struct task *t = wire.current[c];
	struct http_result r = { .err = ERR_IO, .sent = sent, .why = "cut" };

	wire.current[c] = NULL;
	http_client_close(&wire.client[c]);
	wire_result(&wire, t, &r);
}

/* All postponed tasks are due now. */
static void time_passes(void)
{
	for (uint32_t i = 0; i < TASKS_MAX; i++)
		wire.task[i].not_before = 0;
	memset(wire.rest_wait, 0, sizeof wire.rest_wait);
	wire_dispatch(&wire);
}

/* The newest reply that the instance got; -1: none. Empties the ring. */
static int reply_kind(void)
{
	struct event ev;
	int kind = -1;

	while (ring_poll(&live.instance[0].in, &ev))
		if (ev.kind == EV_REPLY)
			kind = ev.u.reply.kind;
	return kind;
}

static const char *accepted(const struct order *o, const char *bid)
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

#define BID   "00000000-0000-0000-0000-000000000001"
#define OTHER "00000000-0000-0000-0000-000000000002"
#define TWICE "{\"code\":40010001,\"message\":\"client_order_id must be unique\"}"

void test_run_cancel_waits_for_its_order(void)
{
	begin();
	struct order o = order(ROLE_EXIT, 'x', "");
	tell(WIRE_SUBMIT, &o);
	tell(WIRE_CANCEL, &o);
	wire_dispatch(&wire);
	CHECK_INT(under_way(CLIENT_EXITS), TASK_SUBMIT, "the order goes before its cancel");
	CHECK_INT(under_way(CLIENT_READS), -1, "nothing is asked while it is under way");
	broken(CLIENT_EXITS, true);
	time_passes();
	CHECK_INT(under_way(CLIENT_READS), TASK_ASK, "its fate is asked for");
	CHECK(wire.current[CLIENT_READS]->late, "by the doubtful order's own question first");
	answer(CLIENT_READS, 200, accepted(&o, BID));
	CHECK_INT(reply_kind(), REPLY_ACCEPTED, "it had arrived");
	time_passes();
	answer(CLIENT_READS, 200, accepted(&o, BID));
	time_passes();
	CHECK_INT(under_way(CLIENT_EXITS), TASK_CANCEL, "now there is an id to cancel");
	CHECK_TEXT(wire.current[CLIENT_EXITS]->order.bid, BID, "that of the broker");
	answer(CLIENT_EXITS, 503, "<html>");
	CHECK_INT(tasks(TASK_CANCEL), 1, "a cancel that was not answered is repeated");
	time_passes();
	answer(CLIENT_EXITS, 204, "");
	CHECK_INT(reply_kind(), REPLY_CANCEL_OK, "and answered");
	CHECK_INT(tasks(-1), 0, "nothing is left");
	end();
}

void test_run_entry_does_not_hold_up_exits(void)
{
	begin();
	struct order e = order(ROLE_ENTRY, 'e', ""), x = order(ROLE_EXIT, 'x', "");
	tell(WIRE_SUBMIT, &e);
	wire_dispatch(&wire);
	CHECK_INT(under_way(CLIENT_ORDERS), TASK_SUBMIT, "the entry is under way, without answer");
	tell(WIRE_SUBMIT, &x);
	wire_dispatch(&wire);
	CHECK_INT(under_way(CLIENT_EXITS), TASK_SUBMIT, "the exit goes all the same");
	end();
}

void test_run_same_question_once(void)
{
	begin();
	struct order o = order(ROLE_EXIT, 'x', BID);
	for (int i = 0; i < 1000; i++) {
		tell(WIRE_ASK, &o);
		tell(WIRE_CANCEL, &o);
	}
	CHECK_INT(tasks(-1), 2, "asked a thousand times: one question and one cancel wait");
	for (int i = 0; i < 1000; i++) {
		struct order e = order(ROLE_ENTRY, 'e', "");
		e.cid[5] = (char)('a' + i % 26);
		e.cid[6] = (char)('a' + i / 26 % 26);
		e.cid[7] = (char)('a' + i / 676);
		tell(WIRE_SUBMIT, &e);
	}
	CHECK(tasks(-1) < TASKS_MAX, "entries do not fill the queue: %u", tasks(-1));
	struct order x = order(ROLE_EXIT, 'x', "");
	tell(WIRE_SUBMIT, &x);
	wire_dispatch(&wire);
	CHECK_INT(under_way(CLIENT_EXITS), TASK_CANCEL, "cancels first");
	end();
}

void test_run_late_entry_is_not_sent(void)
{
	begin();
	struct order e = order(ROLE_ENTRY, 'e', ""), x = order(ROLE_EXIT, 'x', "");
	e.updated -= 2 * ENTRY_LATE;
	x.updated -= 2 * ENTRY_LATE;
	tell(WIRE_SUBMIT, &e);
	tell(WIRE_SUBMIT, &x);
	wire_dispatch(&wire);
	CHECK_INT(under_way(CLIENT_ORDERS), -1, "an entry that waited is given back");
	CHECK_INT(reply_kind(), REPLY_ABSENT, "to be decided afresh");
	CHECK_INT(under_way(CLIENT_EXITS), TASK_SUBMIT, "an exit is sent however late");
	end();
}

/* One submit, answered so; what became of it. */
static int submitted(enum order_role role, int status, const char *body)
{
	begin();
	struct order o = order(role, role == ROLE_ENTRY ? 'e' : 'x', "");
	tell(WIRE_SUBMIT, &o);
	wire_dispatch(&wire);
	enum wire_client c = role == ROLE_ENTRY ? CLIENT_ORDERS : CLIENT_EXITS;
	if (status == 0)
		broken(c, body != NULL);
	else
		answer(c, status, body == NULL ? accepted(&o, BID) : body);
	return reply_kind();
}

void test_run_outcome_of_a_submit(void)
{
	static const struct { int role, status; const char *body; int reply, task; } cases[] = {
		{ ROLE_ENTRY, 200, NULL, REPLY_ACCEPTED, -1 },
		{ ROLE_ENTRY, 0, "sent", -1, TASK_ASK },
		{ ROLE_ENTRY, 0, NULL, REPLY_ABSENT, -1 },
		{ ROLE_EXIT, 0, NULL, -1, TASK_SUBMIT },
		{ ROLE_ENTRY, 200, "<html>", -1, TASK_ASK },
		{ ROLE_ENTRY, 200, "{\"id\":\"" OTHER "\",\"client_order_id\":\"gb-1\"}", -1,
		  TASK_ASK },
		{ ROLE_ENTRY, 302, "", -1, TASK_ASK },
		{ ROLE_ENTRY, 503, "", -1, TASK_ASK },
		{ ROLE_ENTRY, 504, "<html>", -1, TASK_ASK },
		{ ROLE_ENTRY, 422, TWICE, -1, TASK_ASK },
		{ ROLE_ENTRY, 429, "", REPLY_ABSENT, -1 },
		{ ROLE_EXIT, 429, "", -1, TASK_SUBMIT },
		{ ROLE_ENTRY, 403, "{\"code\":40310000,\"message\":\"insufficient buying power\"}",
		  REPLY_REFUSED, -1 },
		{ ROLE_EXIT, 422, "{\"code\":42210000,\"message\":\"x\"}", REPLY_REFUSED, -1 },
		{ ROLE_ENTRY, 401, "<html>", REPLY_REFUSED, -1 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int reply = submitted((enum order_role)cases[i].role, cases[i].status,
				      cases[i].body);
		CHECK_INT(reply, cases[i].reply, "%zu: http %d: the reply", i, cases[i].status);
		CHECK_INT(tasks(-1), cases[i].task >= 0, "%zu: what is still to be done", i);
		if (cases[i].task >= 0)
			CHECK_INT(tasks(cases[i].task), 1, "%zu: as what", i);
		end();
	}
}

/* A replacement is one order more: it goes to the old one's address, and what became of it is
 * found out by its own name. */
void test_run_replace(void)
{
	struct wire_msg m = { .kind = WIRE_REPLACE };

	begin();
	m.u.order = order(ROLE_STOP, 'r', "");
	m.u.order.moved = MOVE_ASKED;
	m.u.order.stop.n = 99 * NUM_ONE;
	memcpy(m.u.replace.old, OTHER, sizeof m.u.replace.old);
	wire_msg(&wire, &m);
	wire_dispatch(&wire);
	CHECK_INT(under_way(CLIENT_EXITS), TASK_REPLACE, "beside what protects and closes");
	CHECK(strstr(out_memory[CLIENT_EXITS], "PATCH /v2/orders/" OTHER " HTTP/1.1\r\n") != NULL,
	      "to the one whose place it takes");
	struct order ask = m.u.order;
	tell(WIRE_ASK, &ask);
	wire_dispatch(&wire);
	CHECK_INT(under_way(CLIENT_READS), -1, "no question overtakes it");
	broken(CLIENT_EXITS, true);
	CHECK_INT(reply_kind(), -1, "cut off: nobody knows");
	CHECK_INT(tasks(TASK_REPLACE), 0, "it is not sent again");
	time_passes();
	CHECK_INT(under_way(CLIENT_READS), TASK_ASK, "it is asked for");
	answer(CLIENT_READS, 200, accepted(&m.u.order, BID));
	CHECK_INT(reply_kind(), REPLY_ACCEPTED, "it has arrived");
	end();
}

/* What was let out before the halt and waits for its turn does not leave. */
void test_run_halt_before_the_socket(void)
{
	begin();
	struct order e = order(ROLE_ENTRY, 'e', ""), x = order(ROLE_EXIT, 'x', "");
	atomic_store(&live.instance[0].kill, KILL_REDUCE_ONLY);
	tell(WIRE_SUBMIT, &e);
	tell(WIRE_SUBMIT, &x);
	wire_dispatch(&wire);
	CHECK_INT(under_way(CLIENT_ORDERS), -1, "no entry");
	CHECK_INT(reply_kind(), REPLY_DENIED, "and the engine is told");
	CHECK_INT(under_way(CLIENT_EXITS), TASK_SUBMIT, "exits go on");
	end();
}

void test_run_clock_far_off(void)
{
	begin();
	for (int64_t off = -2001; off <= 2001; off += off == -2001 || off == 2000 ? 1 : 4000) {
		wire.link.clock_skew_ms = off;
		CHECK_INT(wire_clock_right(&wire), off >= -2000 && off <= 2000, "off by %lld ms",
			  (long long)off);
	}
	end();
}

void test_run_absence_is_asked_for_twice(void)
{
	(void)submitted(ROLE_ENTRY, 503, "");
	time_passes();
	answer(CLIENT_READS, 404, "");
	CHECK_INT(reply_kind(), -1, "one 404 is not enough");
	time_passes();
	broken(CLIENT_READS, true);
	time_passes();
	answer(CLIENT_READS, 404, "");
	CHECK_INT(reply_kind(), -1, "no answer in between: counted anew");
	time_passes();
	answer(CLIENT_READS, 404, "");
	CHECK_INT(reply_kind(), REPLY_ABSENT, "two in a row are");
	end();
	(void)submitted(ROLE_ENTRY, 422, TWICE);
	for (int i = 1; i < ASK_TRIES_PROVEN; i++) {
		bucket_init(&wire.bucket, 200, mono_ns());
		time_passes();
		answer(CLIENT_READS, 404, "");
	}
	CHECK_INT(reply_kind(), -1, "the broker has the id: it is patiently asked for");
	CHECK_INT(tasks(TASK_ASK), 1, "still");
	end();
}

static bool sync_ended(void)
{
	struct event ev;
	bool ended = false;

	while (ring_poll(&live.instance[0].in, &ev))
		ended |= ev.kind == EV_SYNC && ev.u.sync.phase == SYNC_END;
	return ended;
}

static struct task part(enum task_kind k)
{
	for (uint32_t i = 0; i < TASKS_MAX; i++)
		if (wire.task[i].used && wire.task[i].kind == k)
			return wire.task[i];
	return (struct task){ 0 };
}

void test_run_reconciliation_is_whole(void)
{
	begin();
	wire.orders.up = true;
	wire_sync(&wire);
	struct task orders = part(TASK_ORDERS), account = part(TASK_ACCOUNT);
	wire_sync_answer(&wire, &account);
	wire_sync_answer(&wire, &orders);
	struct task fills = part(TASK_FILLS);
	wire_sync_answer(&wire, &fills);
	CHECK(!sync_ended() && wire.syncing, "one answer is missing");
	struct task old = part(TASK_POSITIONS);
	old.round--;
	wire_sync_answer(&wire, &old);
	CHECK(!sync_ended(), "an answer for an earlier one does not count");
	old.round++;
	wire_sync_answer(&wire, &old);
	CHECK(sync_ended() && wire.link.synced, "now it is whole");
	end();

	begin();
	wire.orders.up = false;		/* it comes up while the answers are under way */
	wire_sync(&wire);
	wire.orders.up = true;
	account = part(TASK_ACCOUNT);
	for (int i = 0; i < 4; i++)
		wire_sync_answer(&wire, &account);
	CHECK(!wire.link.synced && wire.sync_wanted, "begun without the stream: once more");
	end();
}

void test_run_positions_that_cannot_be_true(void)
{
	begin();
	wire.orders.up = true;
	CHECK(!wire_positions(&wire, STR("<html>")), "a page is no listing");
	CHECK(!wire_positions(&wire, STR("{\"message\":\"maintenance\"}")), "nor is an object");
	CHECK(!wire_positions(&wire, STR("[{\"symbol\":\"AAPL\"}]")), "nor one without numbers");
	CHECK(!wire_positions(&wire, STR("[{\"symbol\":\"AAPL\",\"qty\":\"10\"}")),
	      "nor half of it");
	CHECK(wire_positions(&wire, STR("[{\"symbol\":\"AAPL\",\"qty\":\"10\"}]")), "this is one");
	CHECK_INT(wire.broker_position[0].n, 10 * NUM_ONE, "of ten shares");
	wire.have_account = true;
	wire.account_long.n = 1000 * NUM_ONE;
	wire_sync(&wire);
	struct task account = part(TASK_ACCOUNT);
	wire_sync_answer(&wire, &account);
	wire_sync_answer(&wire, &account);
	CHECK(wire_positions(&wire, STR("[]")), "an empty one can be read");
	wire_sync_answer(&wire, &account);
	CHECK(!sync_ended() && !wire.link.synced, "but not beside an account that has shares");
	wire.account_short.n = -500 * NUM_ONE;
	CHECK(wire_positions(&wire, STR("[{\"symbol\":\"AAPL\",\"qty\":\"10\","
	      "\"current_price\":\"99.5\"}]")), "a listing from before the sale can be read");
	CHECK(wire.sync_bad, "but not beside an account that has sold short for more");
	wire.account_short.n = 0;
	CHECK(wire_positions(&wire, STR("[{\"symbol\":\"AAPL\",\"qty\":\"10\","
	      "\"current_price\":\"99.5\"}]")) && !wire.sync_bad, "prices may have moved");
	wire.account_long.n = 2000 * NUM_ONE;
	CHECK(wire_positions(&wire, STR("[{\"symbol\":\"AAPL\",\"qty\":\"10\"}]")) &&
	      !wire.sync_bad, "without a price nothing is compared");
	end();
}

void test_run_legs_have_an_owner(void)
{
	struct alpaca_order o = { .n = 2 };

	begin();
	struct order e = order(ROLE_ENTRY, 'e', "");
	memcpy(o.r[0].cid, e.cid, sizeof e.cid);
	memcpy(o.r[0].bid, BID, sizeof BID);
	memcpy(o.r[1].bid, OTHER, sizeof OTHER);
	memcpy(o.r[1].replaced_by, "r", 2);
	wire_learn(&wire, &o, 0);
	struct report leg = { .bid = OTHER }, next = { .bid = "r" }, foreign = { .bid = "f" };
	CHECK_INT(wire_owner(&wire, &leg), 0, "a leg of ours");
	CHECK_INT(wire_owner(&wire, &next), 0, "and what takes its place");
	CHECK_INT(wire_owner(&wire, &foreign), -1, "and somebody else's");
	end();
}

void test_run_command_in_a_full_ring(void)
{
	begin();
	struct event ev = { .kind = EV_CLOCK };
	for (int i = 0; i < RING_INSTANCE + 5; i++)
		wire_give(&wire, 0, &ev);
	CHECK(wire.gap[0], "the ring was full");
	struct wire_msg m = { .kind = WIRE_COMMAND, .instance = 0xff,
			      .u.command.what = CMD_HALT };
	wire_msg(&wire, &m);
	CHECK(wire.owes[0] && wire.owed[0].u.command.what == CMD_HALT, "the halt is kept for it");
	end();
}
