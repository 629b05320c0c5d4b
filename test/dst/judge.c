/* judge.c: what must hold on every day, by the exchange's books: nothing lost, nothing doubled,
 * nothing without a stop while the broker answers. */
#include "market.h"

#include <signal.h>

#define UNPROTECTED (5 * NS_SECOND)	/* at most, while nothing disturbs */

#define SOLD        (60 * NS_SECOND)	/* at most, then, since the bot has said that it sells */
#define MEMORY_MAX  ((uint64_t)64 << 20)
#define SHARED_LEAST 4			/* so often two instances hold one symbol, likewise */
#define ALONE_MAX   ((uint64_t)4 << 20)	/* when nobody is at its page */
#define TRADES_LEAST 40			/* or it was no test */

static ns shut;		/* when the market was last seen closed */

/* What is to be sold is sold, while nothing disturbs, and from the open on at the earliest. */
static void look_flat(void)
{
	ns wanted = desk_flat_since(), quiet = plan_quiet_since();

	if (!market_open_now())
		shut = sim.now;
	/* With its books it has lost that shares are its own (judge_end()). */
	if (more_forgot() && bot.shared)
		return;
	wanted = wanted > quiet ? wanted : quiet;
	wanted = wanted > shut ? wanted : shut;
	if (desk_flat_since() != 0 && quiet != NEVER && bot.alive && market_open_now() &&
	    sim.now - wanted > SOLD + plan_patience() && !market_is_flat())
		dst_fail("everything was to be sold %.3f s ago, and nothing is in the way",
			 (double)(sim.now - wanted) / 1e9);
}

/* The same of each instance, by the shares that its own orders brought it. */
static void look_at_parts(ns since)
{
	/* Beside people's orders the market fills an exit in parts more slowly. */
	ns most = UNPROTECTED * (others_beside() ? 2 : 1) + plan_patience();
	struct naked k;

	if (!more_is(MORE_TWO | MORE_OTHERS | MORE_CROWD))
		return;
	market_look();
	for (int beyond = 0; beyond < 2; beyond++)
		if (market_exact() && since != NEVER && bot.alive && market_part(&k, beyond) &&
		    k.since > most && sim.now - since > most && market_open_now())
			dst_fail("instance %s has stops for %.3f %s too %s for %.3f s, and "
				 "nothing is in the way", k.whose, (double)k.shares / 1e9,
				 k.symbol, beyond ? "many" : "few", (double)k.since / 1e9);
}

static void look(void *unused, int64_t n)
{
	struct naked k;

	(void)unused;
	ns since = plan_quiet_since();
	if (!bot.alive || !exchange.alive)
		plan_disturbed();
	if (since != NEVER && since < sim.now && bot.alive && market_naked(&k) &&
	    k.since > UNPROTECTED + plan_patience() &&
	    sim.now - since > UNPROTECTED + plan_patience() && market_open_now())
		dst_fail("%.3f %s have been without a stop for %.3f s, and nothing is in the way",
		     (double)k.shares / 1e9, k.symbol, (double)k.since / 1e9);
	look_at_parts(since);
	look_flat();
	if (bot.bytes > MEMORY_MAX)
		dst_fail("the bot has allocated %llu bytes", (unsigned long long)bot.bytes);
	at_time(sim.now + NS_SECOND, look, NULL, n + 1);
}

void judge_start(void)
{
	at_time(sim.now, look, NULL, 0);
}

static void *read_books(void *books)
{
	bot_books("/data/paper", books);
	bot.alive = false;
	return NULL;
}

/* The bot is still up, and the crowd gone. */
void judge_last_look(void)
{
	if (!more_is(MORE_CROWD) || !bot.alive)
		return;
	dst_say("end: %u connections of the crowd, %llu bytes, at most %llu", crowd_left(),
		(unsigned long long)bot.bytes, (unsigned long long)bot.most);
	if (crowd_left() > 0)
		dst_fail("the crowd has gone, and the bot has %u connections of it", crowd_left());
	if (bot.bytes > ALONE_MAX)
		dst_fail("the crowd has gone, and the bot has %llu bytes",
			 (unsigned long long)bot.bytes);
}

void judge_end(void)
{
	static struct books b;

	/* With its books it has lost that these are its own, and another may trade: two that sell
	 * the same shares would sell them twice. They keep their stops, and people are told. */
	bool others = more_forgot() && bot.shared;
	if (!others)
		market_flat();
	market_doubled();
	market_forbidden();
	if (plan_quiet_day() && market_executions() < TRADES_LEAST)
		dst_fail("nothing went wrong, and there were only %u executions",
			 market_executions());
	if (more_is(MORE_TWO)) {
		dst_say("end: shared %u times", market_together());
		if (plan_quiet_day() && !more_is(MORE_OTHERS) && market_together() < SHARED_LEAST)
			dst_fail("nothing went wrong, and only %u times two held the same symbol",
				 market_together());
	}
	struct fiber *f = fiber_new(&bot, read_books, &b);
	assert(f != NULL);
	f->detached = true;
	bot.alive = true;
	run_until(sim.now + NS_MINUTE);
	if (sim.failed[0] != '\0')
		return;
	if (b.err != OK)
		dst_fail("the store cannot be read: %s %s", err_text(b.err), b.why);
	else
		market_compare(&b, more_forgot());
	if (b.open_trades > 0 || b.open_orders > 0)
		dst_fail("%u trades and %u orders of the store are not over", b.open_trades,
		     b.open_orders);
	dst_say("end: %u trades, %u fills, %u orders, %u executions, %d starts, %d kills",
		b.trades_n, b.fills_n, market_orders(), market_executions(), bot.starts,
		bot.kills);
}
