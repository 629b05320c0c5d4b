/* engine_replies.c: what becomes of a request: the broker's words, how often it is sent, when it
 * is not sent again, and the names that all of it hangs on. */
#include "engine/inside.h"
#include "test/unit/engine_tell.h"

#include <string.h>

static struct rig rig;

/* Nobody has it: the answer to the question that is open. */
static void absent(const struct order *o)
{
	rig_clock(&rig, rig.now + GRACE_REPLY, false);
	CHECK_INT(rig_count(&rig, ACT_ASK), 1, "no word of it for five seconds: it is asked for");
	tell_reply(&rig, o, REPLY_ABSENT);
}

void test_engine_refused_in_many_words(void)
{
	struct order entry = tell_entry(&rig);
	struct event ev = { .kind = EV_REPLY, .u.reply = { .kind = REPLY_REFUSED, .http = 422 } };

	memcpy(ev.u.reply.cid, entry.cid, sizeof entry.cid);
	memset(ev.u.reply.text, 'w', sizeof ev.u.reply.text);
	rig_step(&rig, &ev);
	struct order is = told_order(&rig, entry.cid);
	CHECK_INT(strlen(is.why), sizeof is.why - 1, "as many words are kept as there is room for");
	CHECK_INT(is.refused, 422, "and the status");
	CHECK_INT(told_trade(&rig)->reason_out, EXIT_REFUSED, "the trade did not come about");
	rig_close(&rig);
}

/* Sent twice, refused twice: neither of the two is under way any more. */
void test_engine_refused_twice(void)
{
	struct order entry = tell_entry(&rig);

	absent(&entry);
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), 1, "it is sent again");
	tell_reply(&rig, &entry, REPLY_REFUSED);
	CHECK_INT(told_order(&rig, entry.cid).stage, ORDER_INTENT, "the other may have arrived");
	CHECK_INT(rig_count(&rig, ACT_ASK), 1, "so it is asked for");
	tell_reply(&rig, &entry, REPLY_REFUSED);
	CHECK_INT(told_order(&rig, entry.cid).status, ST_REJECTED, "twice no is no");
	rig_close(&rig);
}

/* An exit that never arrived, and what has happened meanwhile. */
void test_engine_absent_exit(void)
{
	struct order exit = tell_exit(&rig, 50);

	absent(&exit);
	CHECK_TEXT(told_sent(&rig, "the exit").cid, exit.cid, "the same, under its own name");
	/* Twenty shares went otherwise. */
	struct order stop = told_order(&rig, rig.store.order[1].cid);
	tell_status(&rig, &stop, ST_CANCELED, 20, 99);
	absent(&exit);
	CHECK_INT(told_order(&rig, exit.cid).status, ST_CANCELED, "there is not so much any more");
	rig_clock(&rig, engine_wake(rig.engine), false);
	struct order next = told_sent(&rig, "another exit");
	CHECK(strcmp(next.cid, exit.cid) != 0, "the next has another name");
	CHECK_INT(next.want.n, 30 * NUM_ONE, "and is of what is left");
	rig_close(&rig);

	exit = tell_exit(&rig, 50);
	rig.now = rig_time(15, 59, 58);
	rig_clock(&rig, rig.now, false);
	rig_clock(&rig, rig_time(16, 0, 5), false);
	tell_reply(&rig, &exit, REPLY_ABSENT);
	CHECK_INT(told_order(&rig, exit.cid).status, ST_CANCELED, "not after the close");
	CHECK_INT(told_sent(&rig, "a stop").role, ROLE_STOP, "until tomorrow it has a stop");
	rig_close(&rig);
}

/* What brings back too much that went out is sent again as any other. */
void test_engine_absent_exit_of_too_much(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_FILLED, 60, 99);
	struct order back = told_sent(&rig, "an exit");
	CHECK_INT(back.side, SIDE_BUY, "ten are bought");
	CHECK_INT(back.want.n, 10 * NUM_ONE, "and no more");
	absent(&back);
	CHECK_TEXT(told_sent(&rig, "the exit").cid, back.cid, "it is sent again");
	tell_status(&rig, &back, ST_FILLED, 10, 99);
	CHECK_INT(told_trade(&rig)->state, TRADE_CLOSED, "and then it is over");
	rig_close(&rig);
}

void test_engine_absent_stop(void)
{
	struct order stop = tell_held(&rig, 50);

	rig_command(&rig, CMD_FLATTEN);
	absent(&stop);
	CHECK_INT(told_order(&rig, stop.cid).status, ST_CANCELED, "it is not wanted on the way");
	CHECK_INT(told_sent(&rig, "an exit").role, ROLE_EXIT, "the way is free");
	rig_close(&rig);
}

void test_engine_absent_entry(void)
{
	struct order entry = tell_entry(&rig);

	rig_command(&rig, CMD_FLATTEN);
	absent(&entry);
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), 0, "whoever flattens wants no entry");
	CHECK_INT(told_trade(&rig)->reason_out, EXIT_NOT_FILLED, "there was none");
	rig_close(&rig);
}

/* Shown, and gone: for two minutes the broker may be behind itself. */
void test_engine_gone_at_the_broker(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	tell_reply(&rig, &stop, REPLY_ABSENT);
	CHECK_INT(rig_count(&rig, ACT_ASK), 1, "nobody had asked: now it is");
	tell_reply(&rig, &stop, REPLY_ABSENT);
	CHECK_INT(told_order(&rig, stop.cid).stage, ORDER_LIVE, "too young to be gone");
	rig_clock(&rig, rig.now + 121 * NS_SECOND, false);
	tell_reply(&rig, &stop, REPLY_ABSENT);
	tell_reply(&rig, &stop, REPLY_ABSENT);
	CHECK(told_note(&rig, "an order is gone at the broker"), "after two minutes it is said");
	CHECK_INT(told_order(&rig, stop.cid).status, ST_CANCELED, "and believed");
	CHECK_INT(told_sent(&rig, "another stop").want.n, 50 * NUM_ONE, "the shares get another");
	rig_close(&rig);
}

/* For twenty-two minutes nothing arrives: the count of sendings stays at what it can count. */
void test_engine_sent_without_end(void)
{
	struct order exit = tell_exit(&rig, 50);

	for (int i = 0; i < 260; i++)
		absent(&exit);
	CHECK_INT(told_order(&rig, exit.cid).sends, UINT8_MAX, "sent 261 times, counted as 255");
	CHECK_INT(rig_count(&rig, ACT_SUBMIT), 1, "and sent again all the same");
	rig_close(&rig);
}

/* A stop that no cancel reaches is cancelled as often as it is shown. */
void test_engine_cancelled_without_end(void)
{
	struct order stop = tell_held(&rig, 50);

	tell_status(&rig, &stop, ST_NEW, 0, 0);
	rig_command(&rig, CMD_FLATTEN);
	struct report r = tell_of(&stop, ST_NEW, 0, 0);
	r.source = FROM_ASK;
	for (int i = 0; i < 260; i++) {
		rig_clock(&rig, rig.now + GRACE_CANCEL, false);
		tell(&rig, r);
		if (!CHECK_INT(rig_count(&rig, ACT_CANCEL), 1, "the %dth time", i))
			break;
	}
	CHECK_INT(told_order(&rig, stop.cid).asked_cancel, UINT8_MAX, "as far as can be counted");
	rig_close(&rig);
}

/* Refused for hours: from the twenty-fourth time on it is tried every two minutes. */
void test_engine_exit_refused_without_end(void)
{
	struct order exit = tell_exit(&rig, 50);
	ns last = 0;

	rig.now = rig_time(10, 11, 0);
	rig_bar(&rig, 0, rig.now, 98);	/* beyond the stop: none may stand meanwhile */
	rig_clock(&rig, rig.now, true);
	for (int i = 1; i <= 30; i++) {
		tell_reply(&rig, &exit, REPLY_REFUSED);
		last = rig.now;
		while (rig_submitted(&rig, 0) == NULL && rig.now < last + NS_HOUR)
			rig_clock(&rig, engine_wake(rig.engine), false);
		ns wait = (i < 24 ? i : 24) * EXIT_RETRY;
		CHECK_INT(rig.now - last, wait, "the wait after the %dth no", i);
		exit = told_sent(&rig, "the next exit");
	}
	rig_close(&rig);
}

void test_engine_names(void)
{
	static const char *const bad[] = { "", "e", "ae", "gb-e09acdca-AAPL-h57je-x",
		"gb-e09acdca-AAPL-h57jee", "gb-e09acdca-AAPLAAPLAAPLAAPLAAPLAAPL-h57jeeee-e" };
	char out[CID_TEXT];

	CHECK(cid_replace(out, "gb-e09acdca-AAPL-h57je-e", 's', 255), "an entry's name");
	CHECK_TEXT(out, "gb-e09acdca-AAPL-h57je-s255", "with another purpose");
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!cid_replace(out, bad[i], 's', 0), "\"%s\" is no entry's name", bad[i]);
	CHECK_TEXT(command_text(CMD_STOP), "stop", "a command");
	CHECK_TEXT(command_text((enum command)(CMD_STOP + 1)), "unknown", "and none");
}

/* What never arrived goes again, when it is as it should be. */
void test_engine_absent_stop_of_other_shares(void)
{
	struct order stop = tell_held(&rig, 50), entry;

	absent(&stop);
	CHECK_TEXT(told_sent(&rig, "the stop").cid, stop.cid, "the same, under its own name");
	rig_close(&rig);

	entry = tell_entry(&rig);
	struct report r = tell_of(&entry, ST_PARTIALLY_FILLED, 10, 100);
	tell(&rig, r);
	r = tell_of(&entry, ST_CANCELED, 50, 100);
	r.n = qty_shares(40);
	r.at = rig_px(100);
	memcpy(r.execution, "e1", 3);
	tell(&rig, r);
	stop = told_sent(&rig, "a stop");
	r.source = FROM_BUST;
	tell(&rig, r);
	CHECK_INT(trade_open_qty(told_trade(&rig)).n, 10 * NUM_ONE, "forty never were");
	absent(&stop);
	CHECK_INT(told_order(&rig, stop.cid).status, ST_CANCELED, "a stop for fifty is too much");
	rig_close(&rig);
}

/* Sent twice: one is refused, and of the other nobody knows. */
void test_engine_refused_and_absent(void)
{
	struct order entry = tell_entry(&rig);

	absent(&entry);
	tell_reply(&rig, &entry, REPLY_REFUSED);
	tell_reply(&rig, &entry, REPLY_ABSENT);
	CHECK_INT(told_order(&rig, entry.cid).status, ST_REJECTED, "it was refused");
	CHECK_INT(told_trade(&rig)->reason_out, EXIT_REFUSED, "the trade did not come about");
	struct order nobodys = entry;
	memcpy(nobodys.cid, "nobody's", 9);
	uint32_t orders = rig.store.orders_n;
	tell_reply(&rig, &nobodys, REPLY_ABSENT);
	CHECK_INT(rig.store.orders_n, orders, "an answer to nobody is none");
	rig_close(&rig);
}

/* An entry that is sent again does not count as another position; the others do. */
void test_engine_absent_entry_beside_another(void)
{
	rig_open(&rig);
	rig.config.limits.positions_max = 2;
	rig_restart(&rig);
	rig_ready(&rig);
	rig.now = rig_time(10, 10, 0);
	rig_tell[0] = rig_tell[1] = TELL_LONG;
	rig_bar(&rig, 0, rig.now, 100);
	rig_bar(&rig, 1, rig.now, 50);
	rig_clock(&rig, rig.now, true);
	struct order first = *rig_submitted(&rig, 0), second = *rig_submitted(&rig, 1);
	tell_status(&rig, &first, ST_NEW, 0, 0);
	absent(&second);
	CHECK_TEXT(told_sent(&rig, "the second").cid, second.cid, "there is room for two");
	rig_close(&rig);
}

/* Refused as what would open: the next one, when a comparison says that the shares are there. */
static struct order refused_as_opening(const struct order *exit, bool compared, int64_t there)
{
	struct event ev = { .kind = EV_REPLY, .u.reply = { .kind = REPLY_REFUSED, .http = 422,
							   .near = exit->sym } };

	memcpy(ev.u.reply.cid, exit->cid, sizeof exit->cid);
	rig_step(&rig, &ev);
	if (compared) {
		rig_clock(&rig, rig.now + NS_SECOND, false);
		rig_sync(&rig, SYNC_BEGIN);
		rig_position(&rig, 0, there, POSITION_OWN);
		rig_sync(&rig, SYNC_END);
	}
	for (int i = 0; i < 100 && rig_submitted(&rig, 0) == NULL; i++)
		rig_clock(&rig, engine_wake(rig.engine), false);
	return told_sent(&rig, "the next exit");
}

void test_engine_exit_says_that_it_closes(void)
{
	for (int there = 0; there <= 50; there += 50) {
		struct order exit = tell_exit(&rig, 50);
		rig.now = rig_time(10, 11, 0);
		rig_bar(&rig, 0, rig.now, 98);	/* no stop may stand meanwhile */
		rig_clock(&rig, rig.now, true);
		CHECK_INT(exit.chain, 0, "the first one closes");
		exit = refused_as_opening(&exit, there > 0, there);
		CHECK_INT(exit.chain, 0, "refused once: it closes, whatever a comparison says");
		exit = refused_as_opening(&exit, false, 0);
		CHECK_INT(exit.chain, 0, "twice, too");
		rig_sync(&rig, SYNC_BEGIN);
		exit = refused_as_opening(&exit, false, 0);
		CHECK_INT(exit.chain, 0, "three times, and a comparison is not over");
		exit = refused_as_opening(&exit, true, there);
		CHECK_INT(exit.chain, there > 0, "again, and of 50 shares %d are there",
			  there);
		exit = refused_as_opening(&exit, false, 0);
		CHECK_INT(exit.chain, 0, "nothing was compared since it was refused");
		rig_close(&rig);
	}
}

/* ---- entries say that they open */

static int minute;		/* of the last bar that was to be bought */

static struct order entry_next(void)
{
	rig_long(&rig, rig_time(10, ++minute, 0));
	return told_sent(&rig, "an entry");
}

static void refuse(const struct order *entry, uint16_t http)
{
	struct event ev = { .kind = EV_REPLY, .u.reply = { .kind = REPLY_REFUSED, .http = http } };

	memcpy(ev.u.reply.cid, entry->cid, sizeof entry->cid);
	rig_step(&rig, &ev);
	CHECK_INT(told_trade(&rig)->reason_out, EXIT_REFUSED, "a refusal like any other");
}

static void compare(int64_t there, enum position_of of)
{
	rig_clock(&rig, rig.now + NS_SECOND, false);
	rig_sync(&rig, SYNC_BEGIN);
	rig_position(&rig, 0, there, of);
	rig_sync(&rig, SYNC_END);
}

/* Entries are refused n times in a row; then there is a comparison, or not. The next one. */
static struct order refused_in_a_row(int n, uint16_t http)
{
	rig_close(&rig);
	rig_open(&rig);
	rig_ready(&rig);
	minute = 9;
	for (int i = 0; i < n; i++) {
		struct order entry = entry_next();
		CHECK_INT(entry.chain, 0, "entry %d says that it opens", i);
		refuse(&entry, http);
	}
	compare(0, POSITION_OWN);
	return entry_next();
}

void test_engine_entry_says_that_it_opens(void)
{
	rig_open(&rig);
	CHECK_INT(refused_in_a_row(0, 422).chain, 0, "the first one opens");
	CHECK_INT(refused_in_a_row(2, 422).chain, 0, "refused twice: it opens, as compared");
	CHECK_INT(refused_in_a_row(4, 403).chain, 0, "refused for want of money: it opens");
	struct order entry = refused_in_a_row(3, 422);
	CHECK_INT(entry.chain, 1, "refused three times, and nobody has any: it is not said");
	tell_reply(&rig, &entry, REPLY_ACCEPTED);
	tell_status(&rig, &entry, ST_CANCELED, 0, 0);
	entry = entry_next();
	CHECK_INT(entry.chain, 1, "it was taken without: no more");
	compare(40, POSITION_SHARED);
	refuse(&entry, 422);
	entry = entry_next();
	CHECK_INT(entry.chain, 0, "refused without, too: it was not for that");
	rig_close(&rig);
}

void test_engine_entry_says_that_it_opens_where_others_may_hold(void)
{
	rig_open(&rig);
	struct order entry = refused_in_a_row(2, 422);
	refuse(&entry, 422);
	entry = entry_next();
	CHECK_INT(entry.chain, 0, "nothing was compared since the third");
	refuse(&entry, 422);
	rig_clock(&rig, rig.now + NS_SECOND, false);
	rig_sync(&rig, SYNC_BEGIN);
	entry = entry_next();
	CHECK_INT(entry.chain, 0, "a comparison is not over");
	refuse(&entry, 422);
	rig_sync(&rig, SYNC_END);
	compare(40, POSITION_SHARED);
	entry = entry_next();
	CHECK_INT(entry.chain, 0, "others have some");
	tell_reply(&rig, &entry, REPLY_ACCEPTED);
	tell_status(&rig, &entry, ST_CANCELED, 0, 0);
	for (int i = 0; i < 2; i++) {
		entry = entry_next();
		refuse(&entry, 422);
	}
	compare(0, POSITION_OWN);
	CHECK_INT(entry_next().chain, 0, "one was taken in between: two are not three in a row");
	rig_close(&rig);
}
