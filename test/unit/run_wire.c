/* The wire's rules: which request goes, what an answer means, when a reconciliation counts. */
#include "check.h"
#include "test/unit/run_rig.h"

void test_run_cancel_waits_for_its_order(void)
{
	rig_begin();
	struct order o = rig_order(ROLE_EXIT, 'x', "");
	rig_tell(WIRE_SUBMIT, &o);
	rig_tell(WIRE_CANCEL, &o);
	wire_dispatch(&wire);
	CHECK_INT(rig_under_way(CLIENT_EXITS), TASK_SUBMIT, "the order goes before its cancel");
	CHECK_INT(rig_under_way(CLIENT_READS), -1, "nothing is asked while it is under way");
	rig_broken(CLIENT_EXITS, true);
	rig_time_passes();
	CHECK_INT(rig_under_way(CLIENT_READS), TASK_ASK, "its fate is asked for");
	CHECK(wire.current[CLIENT_READS]->late, "by the doubtful order's own question first");
	rig_answer(CLIENT_READS, 200, rig_accepted(&o, BID));
	CHECK_INT(rig_reply(), REPLY_ACCEPTED, "it had arrived");
	rig_time_passes();
	rig_answer(CLIENT_READS, 200, rig_accepted(&o, BID));
	rig_time_passes();
	CHECK_INT(rig_under_way(CLIENT_EXITS), TASK_CANCEL, "now there is an id to cancel");
	CHECK_TEXT(wire.current[CLIENT_EXITS]->order.bid, BID, "that of the broker");
	rig_answer(CLIENT_EXITS, 503, "<html>");
	CHECK_INT(rig_tasks(TASK_CANCEL), 1, "a cancel that was not answered is repeated");
	rig_time_passes();
	rig_answer(CLIENT_EXITS, 204, "");
	CHECK_INT(rig_reply(), REPLY_CANCEL_OK, "and answered");
	CHECK_INT(rig_tasks(-1), 0, "nothing is left");
	rig_end();
}

/* After a 429 the broker is left alone for as long as it says, but for what protects money: which
 * is the question for an order that was to do so, too. */
void test_run_asks_for_exits_as_soon_as_they_go(void)
{
	static const struct { enum order_role role; enum bucket_class class; } of[] = {
		{ ROLE_ENTRY, BUCKET_RECONCILE }, { ROLE_EXIT, BUCKET_EXIT },
		{ ROLE_STOP, BUCKET_EXIT },
	};

	for (size_t k = 0; k < 2 * COUNT(of); k++) {
		struct order o = rig_order(of[k / 2].role, 'x', BID);
		if (k % 2 == 0) {
			(void)rig_submitted(of[k / 2].role, 0, "");
		} else {
			rig_begin();
			rig_tell(WIRE_ASK, &o);
		}
		CHECK_INT(rig_tasks(TASK_ASK), 1, "role %d is asked for", of[k / 2].role);
		CHECK_INT(wire.task[0].class, of[k / 2].class, "role %d, %s", of[k / 2].role,
			  k % 2 == 0 ? "in doubt" : "by its engine");
		rig_end();
	}
}

void test_run_entry_does_not_hold_up_exits(void)
{
	rig_begin();
	struct order e = rig_order(ROLE_ENTRY, 'e', ""), x = rig_order(ROLE_EXIT, 'x', "");
	rig_tell(WIRE_SUBMIT, &e);
	wire_dispatch(&wire);
	CHECK_INT(rig_under_way(CLIENT_ORDERS), TASK_SUBMIT,
		  "the entry is under way, without answer");
	rig_tell(WIRE_SUBMIT, &x);
	wire_dispatch(&wire);
	CHECK_INT(rig_under_way(CLIENT_EXITS), TASK_SUBMIT, "the exit goes all the same");
	rig_end();
}

void test_run_same_question_once(void)
{
	rig_begin();
	struct order o = rig_order(ROLE_EXIT, 'x', BID);
	for (int i = 0; i < 1000; i++) {
		rig_tell(WIRE_ASK, &o);
		rig_tell(WIRE_CANCEL, &o);
	}
	CHECK_INT(rig_tasks(-1), 2, "asked a thousand times: one question and one cancel wait");
	for (int i = 0; i < 1000; i++) {
		struct order e = rig_order(ROLE_ENTRY, 'e', "");
		e.cid[5] = (char)('a' + i % 26);
		e.cid[6] = (char)('a' + i / 26 % 26);
		e.cid[7] = (char)('a' + i / 676);
		rig_tell(WIRE_SUBMIT, &e);
	}
	CHECK(rig_tasks(-1) < TASKS_MAX, "entries do not fill the queue: %u", rig_tasks(-1));
	struct order x = rig_order(ROLE_EXIT, 'x', "");
	rig_tell(WIRE_SUBMIT, &x);
	wire_dispatch(&wire);
	CHECK_INT(rig_under_way(CLIENT_EXITS), TASK_CANCEL, "cancels first");
	rig_end();
}

void test_run_late_entry_is_not_sent(void)
{
	rig_begin();
	struct order e = rig_order(ROLE_ENTRY, 'e', ""), x = rig_order(ROLE_EXIT, 'x', "");
	e.updated -= 2 * ENTRY_LATE;
	x.updated -= 2 * ENTRY_LATE;
	rig_tell(WIRE_SUBMIT, &e);
	rig_tell(WIRE_SUBMIT, &x);
	wire_dispatch(&wire);
	CHECK_INT(rig_under_way(CLIENT_ORDERS), -1, "an entry that waited is given back");
	CHECK_INT(rig_reply(), REPLY_ABSENT, "to be decided afresh");
	CHECK_INT(rig_under_way(CLIENT_EXITS), TASK_SUBMIT, "an exit is sent however late");
	rig_end();
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
		{ ROLE_ENTRY, 401, "<html>", REPLY_REFUSED, TASK_CLOCK },
		{ ROLE_ENTRY, 403, WASH, REPLY_REFUSED, -1 },
		{ ROLE_STOP, 403, WASH, -1, TASK_SUBMIT },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int reply = rig_submitted((enum order_role)cases[i].role, cases[i].status,
				      cases[i].body);
		CHECK_INT(reply, cases[i].reply, "%zu: http %d: the reply", i, cases[i].status);
		CHECK_INT(rig_tasks(-1), cases[i].task >= 0, "%zu: what is still to be done", i);
		if (cases[i].task >= 0)
			CHECK_INT(rig_tasks(cases[i].task), 1, "%zu: as what", i);
		rig_end();
	}
}

/* An entry of another instance, the other way, is in its way for a moment. */
void test_run_stop_waits_for_an_opposite_entry(void)
{
	CHECK_INT(rig_submitted(ROLE_STOP, 403, WASH), -1, "not refused yet");
	for (int i = 0; i < 3; i++) {
		rig_time_passes();
		wire_dispatch(&wire);
		CHECK_INT(rig_under_way(CLIENT_EXITS), TASK_SUBMIT, "%d: it is sent again", i);
		rig_answer(CLIENT_EXITS, 403, WASH);
		CHECK_INT(rig_reply(), i < 2 ? -1 : REPLY_REFUSED, "%d: not for ever", i);
	}
	rig_end();
}

/* A replacement is one order more: it goes to the old one's address, and what became of it is
 * found out by its own name. */
void test_run_replace(void)
{
	struct wire_msg m = { .kind = WIRE_REPLACE };

	rig_begin();
	m.u.order = rig_order(ROLE_STOP, 'r', "");
	m.u.order.moved = MOVE_ASKED;
	m.u.order.stop.n = 99 * NUM_ONE;
	memcpy(m.u.replace.old, OTHER, sizeof m.u.replace.old);
	wire_msg(&wire, &m);
	wire_dispatch(&wire);
	CHECK_INT(rig_under_way(CLIENT_EXITS), TASK_REPLACE, "beside what protects and closes");
	CHECK(strstr(rig_out[CLIENT_EXITS], "PATCH /v2/orders/" OTHER " HTTP/1.1\r\n") != NULL,
	      "to the one whose place it takes");
	struct order ask = m.u.order;
	rig_tell(WIRE_ASK, &ask);
	wire_dispatch(&wire);
	CHECK_INT(rig_under_way(CLIENT_READS), -1, "no question overtakes it");
	rig_broken(CLIENT_EXITS, true);
	CHECK_INT(rig_reply(), -1, "cut off: nobody knows");
	CHECK_INT(rig_tasks(TASK_REPLACE), 0, "it is not sent again");
	rig_time_passes();
	CHECK_INT(rig_under_way(CLIENT_READS), TASK_ASK, "it is asked for");
	rig_answer(CLIENT_READS, 200, rig_accepted(&m.u.order, BID));
	CHECK_INT(rig_reply(), REPLY_ACCEPTED, "it has arrived");
	rig_end();
}

/* What was let out before the halt and waits for its turn does not leave. */
void test_run_halt_before_the_socket(void)
{
	rig_begin();
	struct order e = rig_order(ROLE_ENTRY, 'e', ""), x = rig_order(ROLE_EXIT, 'x', "");
	atomic_store(&live.instance[0].kill, KILL_REDUCE_ONLY);
	rig_tell(WIRE_SUBMIT, &e);
	rig_tell(WIRE_SUBMIT, &x);
	wire_dispatch(&wire);
	CHECK_INT(rig_under_way(CLIENT_ORDERS), -1, "no entry");
	CHECK_INT(rig_reply(), REPLY_DENIED, "and the engine is told");
	CHECK_INT(rig_under_way(CLIENT_EXITS), TASK_SUBMIT, "exits go on");
	rig_end();
}

void test_run_clock_far_off(void)
{
	rig_begin();
	for (int64_t off = -2001; off <= 2001; off += off == -2001 || off == 2000 ? 1 : 4000) {
		wire.link.clock_skew_ms = off;
		CHECK_INT(wire_clock_right(&wire), off >= -2000 && off <= 2000, "off by %lld ms",
			  (long long)off);
	}
	rig_end();
}

void test_run_absence_is_asked_for_twice(void)
{
	(void)rig_submitted(ROLE_ENTRY, 503, "");
	rig_time_passes();
	rig_answer(CLIENT_READS, 404, "");
	CHECK_INT(rig_reply(), -1, "one 404 is not enough");
	rig_time_passes();
	rig_broken(CLIENT_READS, true);
	rig_time_passes();
	rig_answer(CLIENT_READS, 404, "");
	CHECK_INT(rig_reply(), -1, "no answer in between: counted anew");
	rig_time_passes();
	rig_answer(CLIENT_READS, 404, "");
	CHECK_INT(rig_reply(), REPLY_ABSENT, "two in a row are");
	rig_end();
	(void)rig_submitted(ROLE_ENTRY, 422, TWICE);
	for (int i = 1; i < ASK_TRIES_PROVEN; i++) {
		bucket_init(&wire.bucket, 200, mono_ns());
		rig_time_passes();
		rig_answer(CLIENT_READS, 404, "");
	}
	CHECK_INT(rig_reply(), -1, "the broker has the id: it is patiently asked for");
	CHECK_INT(rig_tasks(TASK_ASK), 1, "still");
	rig_end();
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
	rig_begin();
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
	rig_end();

	rig_begin();
	wire.orders.up = false;		/* it comes up while the answers are under way */
	wire_sync(&wire);
	wire.orders.up = true;
	account = part(TASK_ACCOUNT);
	for (int i = 0; i < 4; i++)
		wire_sync_answer(&wire, &account);
	CHECK(!wire.link.synced && wire.sync_wanted, "begun without the stream: once more");
	rig_end();
}

void test_run_positions_that_cannot_be_true(void)
{
	rig_begin();
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
	rig_end();
}

void test_run_legs_have_an_owner(void)
{
	struct alpaca_order o = { .n = 2 };

	rig_begin();
	struct order e = rig_order(ROLE_ENTRY, 'e', "");
	memcpy(o.r[0].cid, e.cid, sizeof e.cid);
	memcpy(o.r[0].bid, BID, sizeof BID);
	memcpy(o.r[1].bid, OTHER, sizeof OTHER);
	memcpy(o.r[1].replaced_by, "r", 2);
	wire_learn(&wire, &o, 0);
	struct report leg = { .bid = OTHER }, next = { .bid = "r" }, foreign = { .bid = "f" };
	CHECK_INT(wire_owner(&wire, &leg), 0, "a leg of ours");
	CHECK_INT(wire_owner(&wire, &next), 0, "and what takes its place");
	CHECK_INT(wire_owner(&wire, &foreign), -1, "and somebody else's");
	rig_end();
}

void test_run_command_in_a_full_ring(void)
{
	rig_begin();
	struct event ev = { .kind = EV_CLOCK };
	for (int i = 0; i < RING_INSTANCE + 5; i++)
		wire_give(&wire, 0, &ev);
	CHECK(wire.gap[0], "the ring was full");
	struct wire_msg m = { .kind = WIRE_COMMAND, .instance = 0xff,
			      .u.command.what = CMD_HALT };
	wire_msg(&wire, &m);
	CHECK(wire.owes[0] && wire.owed[0].u.command.what == CMD_HALT, "the halt is kept for it");
	rig_end();
}

void test_run_command_before_instances_are_up(void)
{
	struct wire_msg m = { .kind = WIRE_COMMAND, .instance = 0xff,
			      .u.command.what = CMD_FLATTEN };
	struct event clock = { .kind = EV_CLOCK }, got = { 0 };

	rig_begin();
	atomic_store(&live.instances_up, false);
	wire_give(&wire, 0, &clock);
	wire_msg(&wire, &m);
	CHECK(ring_poll(&live.instance[0].in, &got), "it waits for the instance to begin");
	CHECK(got.kind == EV_COMMAND && got.u.command.what == CMD_FLATTEN, "it is the command");
	CHECK(!ring_poll(&live.instance[0].in, &got), "and nothing else waits");
	live.lockstep = true;
	for (int i = 0; i < RING_INSTANCE + 5; i++)
		wire_msg(&wire, &m);
	CHECK(wire.owes[0], "one that finds no room is kept, and nobody waits for room");
	live.lockstep = false;
	rig_end();
}
