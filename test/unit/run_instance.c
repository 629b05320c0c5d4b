/* An instance's loop, on this thread: what it sends, what it shows of itself, and when it ends. */
#include <stdio.h>

#include "base/log.h"
#include "check.h"
#include "test/unit/run_start.h"

#define SLOT (28000000 * NS_MINUTE)

static ns opening;

/* A store with this trade in it, or none, and the engines of that configuration. */
static struct live *begin(const char *more, const struct trade *t)
{
	struct config *c = start_configured(more);
	struct live *l = start_opened(c);

	if (t != NULL) {
		/* Its entry was given up when so much of it was bought. */
		struct order o = { .side = SIDE_BUY, .stage = ORDER_DONE, .status = ST_CANCELED,
				   .type = TYPE_MARKET, .want = { 20 * NUM_ONE }, .done = t->in,
				   .value = t->in_value, .made = SLOT };
		memcpy(o.cid, t->id, sizeof o.cid);
		memcpy(o.trade, t->id, sizeof o.trade);
		CHECK(store_begin(l->store) == OK && store_put_trade(l->store, t) == OK &&
		      store_put_order(l->store, &o) == OK &&
		      store_commit(l->store, start.why) == OK, "a trade: %s", start.why);
	}
	CHECK(live_instances(l), "the engines are restored");
	CHECK(live_ring(l, &l->writer_in, sizeof(struct writer_msg), RING_WRITER), "a ring");
	opening = calendar_next(&l->calendar, SLOT).open;
	return l;
}

static void end(struct live *l)
{
	ring_free(&l->writer_in);
	start_closed();
}

static void give(struct instance *in, enum event_kind kind, ns at, struct event ev)
{
	ev.kind = kind;
	ev.ts = at;
	CHECK(ring_put(&in->in, &ev), "an event");
}

/* Streams are up, and the broker has nothing to tell. */
static void give_beginning(struct instance *in)
{
	give(in, EV_LINK, opening, (struct event){ .u.link = { true, true } });
	give(in, EV_SYNC, opening, (struct event){ .u.sync = { SYNC_BEGIN } });
	give(in, EV_SYNC, opening, (struct event){ .u.sync = { SYNC_END } });
}

static void give_minutes(struct instance *in, int n)
{
	for (int m = 0; m < n; m++) {
		ns at = opening + (m + 1) * NS_MINUTE;
		px p = { 100 * NUM_ONE };
		give(in, EV_BAR, at, (struct event){ .u.bar = {
			.open_ts = at - NS_MINUTE, .ts = at, .sym = in->config.symbol[0],
			.open = p, .high = p, .low = p, .close = p, .volume = 1000, .trades = 10,
		} });
		give(in, EV_CLOCK, at, (struct event){ .u.clock = { true } });
	}
}

/* All that waits, to the end. */
static void run(struct instance *in)
{
	ring_close(&in->in);
	(void)instance_main(in);
}

/* What it has sent of that kind since. */
static uint32_t sent(struct live *l, enum writer_kind kind, enum action_kind action)
{
	struct writer_msg m;
	uint32_t n = 0;

	while (ring_poll(&l->writer_in, &m))
		n += m.kind == kind && (kind != WRITE_ACTION || m.u.action.kind == action);
	return n;
}

void test_instance_answers_a_barrier(void)
{
	struct writer_msg m;

	if (!start_begin())
		return;
	struct live *l = begin("", NULL);
	give(&l->instance[0], EV_BARRIER, 0, (struct event){ .u.barrier.id = 7 });
	run(&l->instance[0]);
	CHECK(ring_poll(&l->writer_in, &m) && m.kind == WRITE_BARRIER && m.barrier == 7 && m.last,
	      "behind all that it had to say");
	CHECK_INT(ring_count(&l->writer_in), 0, "the engine has not heard of it");
	end(l);
	start_done();
}

/* Nobody stores any more what it decides: then it decides nothing. */
void test_instance_ends_with_its_writer(void)
{
	if (!start_begin())
		return;
	for (int barrier = 0; barrier < 2; barrier++) {
		struct live *l = begin("", NULL);
		struct instance *in = &l->instance[0];
		if (barrier)
			give(in, EV_BARRIER, 0, (struct event){ .u.barrier.id = 7 });
		give_beginning(in);
		give_minutes(in, 3);
		ring_close(&l->writer_in);
		run(in);
		CHECK(ring_count(&in->in) > 0, "what came later is left alone");
		end(l);
	}
	start_done();
}

/* Each shows what it holds, so that the wire knows what is left for others. */
void test_instance_shows_what_it_holds(void)
{
	struct trade t = {
		.side = SIDE_BUY, .state = TRADE_OPEN, .want = { 10 * NUM_ONE },
		.in = { 10 * NUM_ONE }, .in_value = { 1000 * NUM_ONE }, .signal_ts = SLOT,
		.opened = SLOT, .signal_price = { 100 * NUM_ONE }, .stop = { 95 * NUM_ONE },
		.target = { 110 * NUM_ONE }, .naked_since = SLOT,
	};

	if (!start_begin())
		return;
	engine_cid(t.id, "bull", "AAPL", SLOT, 'e', 0);
	struct live *l = begin("[instance bear]\nstrategy = s\nsymbols = AAPL MSFT\n", &t);
	struct instance *bull = &l->instance[0], *bear = &l->instance[1];
	give(bull, EV_SYNC, opening, (struct event){ .u.sync = { SYNC_BEGIN } });
	run(bull);
	CHECK_INT(bull->holding[0].n, 10 * NUM_ONE, "it has ten");
	CHECK_INT(bull->holding[0].how, HOLDING_BARE, "that no stop guards");
	give_beginning(bear);
	run(bear);
	uint32_t aapl = bear->config.symbol[0] == bull->config.symbol[0] ? 0 : 1;
	CHECK(bear->holding[aapl].n == 0 && bear->holding[aapl].how == HOLDING_SAFE,
	      "of the same symbol the other has none");
	CHECK_INT(bear->holding[1 - aapl].how, HOLDING_SAFE, "nor of one that only it trades");
	CHECK_INT(bear->entering, 0, "nor is anything on its way");
	end(l);
	l = begin("[instance bear]\nstrategy = s\nsymbols = AAPL MSFT\n", &t);
	bull = &l->instance[0];
	give_beginning(bull);
	run(bull);
	CHECK_INT(bull->entering, 1, "shares without a stop are waited for by who stops the bot");
	CHECK(bull->holding[0].how != HOLDING_SAFE, "and are not called safe");
	end(l);
	start_done();
}

/* ---- a strategy in another program */

/* Which answers every question with `line`. */
static const char *program(const char *line)
{
	static char section[256];
	char path[96];

	(void)snprintf(path, sizeof path, "%s/program", start.root);
	FILE *f = fopen(path, "w");
	CHECK(f != NULL && fprintf(f, "while read -r q; do id=${q#*:}; id=${id%%%%,*}\n"
				   "echo '%s' | sed \"s/ID/$id/g\"\ndone\n", line) > 0 &&
	      fclose(f) == 0, "a program");
	(void)snprintf(section, sizeof section, "[strategy x]\nexec = sh %s\nstop = 1%%\n"
		       "warmup = 1\n[instance asks]\nstrategy = x\nsymbols = MSFT\n"
		       "timeframe = 1m\nbenchmark = none\n", path);
	return section;
}

void test_instance_asks_a_program(void)
{
	if (!start_begin())
		return;
	for (int lockstep = 0; lockstep < 2; lockstep++) {
		struct live *l = begin(program("{\"id\":ID,\"do\":\"long\"}"), NULL);
		struct instance *in = &l->instance[1];
		l->lockstep = lockstep;
		clock_set_manual(&l->clock, opening + 30 * NS_MINUTE);
		give_beginning(in);
		give_minutes(in, 30);
		run(in);
		CHECK(engine_state(in->engine)->signals > 0, "it says to buy: %u signals",
		      (unsigned)engine_state(in->engine)->signals);
		CHECK_INT(in->last_ts, opening + 30 * NS_MINUTE, "at the market's time");
		CHECK(sent(l, WRITE_ACTION, ACT_NOTE) > 0, "which is noted");
		end(l);
	}
	start_done();
}

/* A program that is slow, in a market that is fast, would hold up the end with each bar that
 * waits. */
void test_instance_asks_nobody_at_the_end(void)
{
	if (!start_begin())
		return;
	struct live *l = begin(program("{\"id\":ID,\"do\":\"long\"}"), NULL);
	struct instance *in = &l->instance[1];
	give_beginning(in);
	give_minutes(in, 30);
	atomic_store(&l->stop, true);
	run(in);
	CHECK_INT(in->last_ts, opening + 30 * NS_MINUTE, "what waits is taken in");
	CHECK_INT(engine_state(in->engine)->signals, 0, "but the program is not asked");
	end(l);
	start_done();
}

/* How many messages it sends before it notes what the program has said. */
static uint32_t before_the_answer(struct live *l)
{
	struct writer_msg m;
	uint32_t n = 0;

	while (ring_poll(&l->writer_in, &m)) {
		if (m.kind == WRITE_ACTION && m.u.action.kind == ACT_NOTE &&
		    m.u.action.u.note.kind == NOTE_SIGNAL)
			return n;
		n++;
	}
	CHECK(false, "it says nothing of the answer");
	return 0;
}

static void *close_when_full(void *arg)
{
	struct live *l = arg;
	ns until = mono_ns() + 10 * NS_SECOND;

	while (ring_count(&l->writer_in) < RING_WRITER && mono_ns() < until)
		sleep_until(mono_ns() + NS_MS);
	ring_close(&l->writer_in);
	return NULL;
}

/* The writer has no room any more for what follows from an answer, and ends. */
void test_instance_ends_behind_an_answer(void)
{
	uint32_t before = 0;
	pthread_t thread;

	if (!start_begin())
		return;
	for (int ends = 0; ends < 2; ends++) {
		struct live *l = begin(program("{\"id\":ID,\"do\":\"long\"}"), NULL);
		struct instance *in = &l->instance[1];
		struct writer_msg m = { .kind = WRITE_ACTION };
		give_beginning(in);
		give_minutes(in, 30);
		for (uint32_t i = before; ends && i < RING_WRITER; i++)
			CHECK(ring_put(&l->writer_in, &m), "there is room");
		if (ends)
			CHECK_INT(pthread_create(&thread, NULL, close_when_full, l), 0, "a thread");
		run(in);
		if (ends)
			CHECK_INT(pthread_join(thread, NULL), 0, "it ends");
		else
			before = before_the_answer(l);
		CHECK_INT(ring_count(&in->in) > 0, ends, "what came later is left alone");
		end(l);
	}
	start_done();
}
