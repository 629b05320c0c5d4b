/* Names of orders as they are read; and what an instance says it holds. */
#include "engine/inside.h"
#include "test/unit/engine_tell.h"

#include <string.h>

#define OURS "gb-0123abcd-"

struct name {
	const char *cid;
	bool is;
	char purpose;
	int number, minutes;
};

static const struct name names[] = {
	{ OURS "AAPL-10-e", true, 'e', 0, 36 },
	{ OURS "AAPL-h4k6n-s0", true, 's', 0, 28766255 },
	{ OURS "BRK.B-z-x12", true, 'x', 12, 35 },
	{ OURS "A-B-z-r254", true, 'r', 254, 35 },
	{ "", false, 0, 0, 0 },
	{ "mine-AAPL-10-e", false, 0, 0, 0 },
	{ "gb-0123abcx-AAPL-10-e", false, 0, 0, 0 },
	{ OURS, false, 0, 0, 0 },
	{ OURS "10-e", false, 0, 0, 0 },		/* no symbol */
	{ OURS "-10-e", false, 0, 0, 0 },
	{ OURS "AAPL--e", false, 0, 0, 0 },		/* no time */
	{ OURS "AAPL-0-e", false, 0, 0, 0 },
	{ OURS "AAPL-1A-e", false, 0, 0, 0 },
	{ OURS "AAPL-1.-e", false, 0, 0, 0 },
	{ OURS "AAPL-123456789-e", false, 0, 0, 0 },
	{ OURS "AAPL-zzzzzzzz-e", false, 0, 0, 0 },	/* behind the end of all times */
	{ OURS "AAPL-10-", false, 0, 0, 0 },
	{ OURS "AAPL-10-e0", false, 0, 0, 0 },
	{ OURS "AAPL-10-s", false, 0, 0, 0 },
	{ OURS "AAPL-10-s01", false, 0, 0, 0 },
	{ OURS "AAPL-10-s1a", false, 0, 0, 0 },
	{ OURS "AAPL-10-s1.", false, 0, 0, 0 },
	{ OURS "AAPL-10-s255", false, 0, 0, 0 },
	{ OURS "AAPL-10-s99999999999999999999", false, 0, 0, 0 },
	{ OURS "AAPL-10-y0", false, 0, 0, 0 },
	{ OURS "AAPL-10-e-and-much-that-is-behind-it-until-it-is-too-long-for-one", false, 0, 0,
	  0 },
};

void test_engine_names_are_read(void)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct name *n = &names[i];
		struct cid_name r = { .purpose = 0 };
		CHECK_INT(cid_read(&r, n->cid), n->is, "\"%s\" is one of ours", n->cid);
		if (!n->is)
			continue;
		CHECK_INT(r.purpose, n->purpose, "%s: its purpose", n->cid);
		CHECK_INT(r.number, n->number, "%s: its number", n->cid);
		CHECK_INT(r.signal / NS_MINUTE, n->minutes, "%s: its minute", n->cid);
		CHECK(n->cid[r.base] == n->purpose, "%s: what all of its trade share", n->cid);
	}
}

/* As they are written they are read. */
void test_engine_names_there_and_back(void)
{
	static const char purposes[] = { 'e', 's', 'x', 'r' };
	char cid[CID_TEXT];
	struct cid_name r;

	for (size_t i = 0; i < COUNT(purposes); i++) {
		for (int number = 0; number < (i == 0 ? 1 : UINT8_MAX); number++) {
			ns end = (28800000 + number * 77777) * NS_MINUTE;
			engine_cid(cid, "an-instance", "BRK.B", end, purposes[i], number);
			CHECK(cid_read(&r, cid) && r.purpose == purposes[i] &&
			      r.number == number && r.signal == end, "%s is read", cid);
		}
	}
}

/* A cancelled stop that the books do not have: of this trade, hours before it or behind. */
static int next_stop(struct rig *r, const struct order *stop, int hours, int number)
{
	struct report word = tell_of(stop, ST_CANCELED, 0, 0);
	struct cid_name n;

	CHECK(cid_read(&n, stop->cid), "%s is ours", stop->cid);
	engine_cid(word.cid, r->config.name, "AAPL", n.signal + hours * NS_HOUR, 's', number);
	(void)!str_copy(word.bid, sizeof word.bid, STR("another"));
	word.bid[0] = (char)('a' + number);
	word.source = FROM_SYNC;
	tell(r, word);
	return told_trade(r)->stop_seq;
}

/* Numbers that the broker has seen of another trade say nothing of this one. */
void test_engine_names_of_another_trade(void)
{
	static struct rig rig;

	struct order stop = tell_held(&rig, 50);
	tell_status(&rig, &stop, ST_NEW, 0, 0);
	CHECK_INT(next_stop(&rig, &stop, -1, 20), 1, "one before it");
	CHECK_INT(next_stop(&rig, &stop, 1, 19), 1, "one behind it");
	CHECK_INT(next_stop(&rig, &stop, -2, 18), 1, "one long before");
	CHECK_INT(next_stop(&rig, &stop, 0, 7), 8, "one of its own");
	CHECK_INT(next_stop(&rig, &stop, 0, 3), 8, "an older one of its own");
	rig_close(&rig);
}

void test_engine_holding(void)
{
	static struct rig rig;
	bool bare = true;
	qty n = { 1 };

	rig_open(&rig);
	rig_ready(&rig);
	CHECK(engine_holding(rig.engine, 0, &n, &bare) && n.n == 0 && !bare, "nothing at first");
	rig_close(&rig);
	struct order stop = tell_held(&rig, 50);
	CHECK(!engine_holding(rig.engine, 0, &n, &bare) && n.n == 50 * NUM_ONE && bare,
	      "just bought, and without a stop: not the time to compare");
	tell_status(&rig, &stop, ST_NEW, 0, 0);
	rig_clock(&rig, rig.now + NS_MINUTE, false);
	tell_listing(&rig, 0, 50, POSITION_OWN);
	CHECK(engine_holding(rig.engine, 0, &n, &bare) && n.n == 50 * NUM_ONE && !bare,
	      "a minute later all is quiet, and guarded");
	rig_close(&rig);
	rig_open(&rig);
	rig_ready(&rig);
	rig_tell[0] = TELL_SHORT;
	rig_bar(&rig, 0, rig_time(10, 10, 0), 100);
	rig_clock(&rig, rig_time(10, 10, 0), true);
	struct order entry = told_sent(&rig, "a sale");
	tell_status(&rig, &entry, ST_CANCELED, 30, 100);
	(void)engine_holding(rig.engine, 0, &n, &bare);
	CHECK_INT(n.n / NUM_ONE, -30, "sold short: below nothing");
	rig_close(&rig);
}
