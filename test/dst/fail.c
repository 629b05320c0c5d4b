/* fail.c: the nth call of its kind fails, on a day of a quarter of an hour: the bot starts, enters,
 * is filled, protects, is stopped while it holds, starts again from its checkpoint, exits, stops.
 *
 * For good is two minutes; with an odd n it is over with the process that it struck. A process
 * may end for it, with a word of why: it is started again. Three kinds are no call's own: the
 * clock is an hour off, or at 1970; at the nth call the process is stopped for ten seconds, for
 * good ten minutes; it is killed, for good its machine loses power. */
#include "sim.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>

#define LASTS     (2 * NS_MINUTE)
#define LOOKED_AT (3 * NS_MINUTE)	/* after it is over */

struct fail fail;

static const struct { const char *word; int error[3]; } kinds[] = {
	{ "memory", { ENOMEM, ENOMEM, ENOMEM } },
	{ "file", { EIO, ENOSPC, EROFS } },
	{ "socket", { ECONNRESET, ENOBUFS, ENETUNREACH } },
	{ "fds", { EMFILE, ENFILE, EMFILE } },
	{ "task", { EAGAIN, ENOMEM, EAGAIN } },
	{ "interrupt", { EINTR, EINTR, EINTR } },
	{ "short", { 0, 0, 0 } },
	{ "clock", { 1, -1, 0 } },	/* hours; 0: 1970 */
	{ "stop", { 0, 0, 0 } },
	{ "kill", { 0, 0, 0 } },
};

bool fail_is(const char *word)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].word, word) == 0)
			fail.what = 1u << i;
	return fail.what != 0;
}

const char *fail_word(void)
{
	return kinds[__builtin_ctz(fail.what)].word;
}

static void heal(void *unused, int64_t n)
{
	(void)unused;
	(void)n;
	if (fail.both->healed)
		return;
	dst_say("fail: no more");
	fail.both->healed = true;
	bot.stopped = false;
	plan_trouble(-1);
}

static ns span(void)
{
	if (fail.what == FAIL_STOP)
		return fail.lasts ? 10 * NS_MINUTE : 10 * NS_SECOND;
	return fail.lasts && fail.what != FAIL_KILL ? LASTS : 0;
}

ns fail_clock(ns wall)
{
	return fail.error == 0 ? wall % NS_DAY : wall + fail.error * NS_HOUR;
}

void fail_told(void)
{
	if (fail.what == 0 || !fail.both->struck || fail.begun)
		return;
	fail.begun = true;
	dst_say("fail: %s call %llu, %s", fail_word(), (unsigned long long)fail.at,
		fail.what >= FAIL_SHORT ? "" : strerror(fail.error));
	plan_trouble(span() > 0);
	bot.stopped = fail.what == FAIL_STOP;
	if (span() > 0)
		at_time(sim.now + span(), heal, NULL, 0);
}

static bool is_on(void)
{
	return fail.both->struck && span() > 0 && !fail.both->healed;
}

bool fails(unsigned of)
{
	if (fail.what == 0 || (of & fail.what) == 0 || fail.over || current->p != &bot)
		return false;
	if (is_on() && fail.at % 2 == 1 && fail.both->life != bot.starts && !sim.forked)
		heal(NULL, 0);
	if (++fail.both->calls == fail.at)
		fail.both->struck = true;
	else if (!is_on())
		return false;
	fail.both->life = bot.starts;
	if (!sim.forked)
		fail_told();
	/* Calls that are made again until they are not interrupted come to an end. */
	if (fail.what == FAIL_INTERRUPT && fail.both->calls != fail.at && chance(RNG_PLAN, 2))
		return false;
	errno = fail.error;
	return true;
}

size_t fails_short(size_t n)
{
	return n > 1 && fails(FAIL_SHORT) ? 1 + n / 3 : n;
}

void fail_ended(int code)
{
	if (fail.what == 0 || code == 0)
		return;
	if (fail.both->life != bot.starts)
		dst_fail("the bot has ended with %d, and nothing had failed", code);
	else if (code == 2 || code == 78 || code == 79)
		dst_fail("the bot has ended with %d, after which nobody starts it again", code);
	else if (!bot.complained)
		dst_fail("the bot has ended with %d, and has not said why", code);
}

/* Until nothing fails, and has not for a while. */
static void settle(ns until)
{
	run_until(until);
	while (!sim.over && (is_on() || plan_quiet_since() > sim.now))
		run_until(sim.now + NS_SECOND);
}

void fail_day(void)
{
	fail.both = mmap(NULL, sizeof *fail.both, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert(fail.both != MAP_FAILED);
	fail.error = kinds[__builtin_ctz(fail.what)].error[(fail.at + sim.seed) % 3];
	plan_short_day();
	ns open = plan_open() - sim.wall;
	day_begin();
	run_until(open + 3 * NS_MINUTE + NS_MINUTE / 2);
	if (bot.alive)
		proc_signal(&bot, SIGTERM);
	for (int tries = 0; tries < 3 && !sim.over; tries++) {
		settle(tries == 0 ? open + 6 * NS_MINUTE : sim.now + LOOKED_AT);
		if (fail.both->life != 0)
			run_until(sim.now + LOOKED_AT);
		day_end();
		if (bot.code == 0)
			break;
	}
	if (bot.code != 0)
		dst_fail("the bot ends with %d", bot.code);
	fail.over = true;
}

void fail_over(void)
{
	if (fail.both != NULL)
		(void)munmap(fail.both, sizeof *fail.both);
}
