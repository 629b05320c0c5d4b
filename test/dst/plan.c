/* plan.c: the day: which strategy trades, and what befalls whom. */
#include "sim.h"

#include <signal.h>

#include "base/time.h"

#define MORNING  (20 * NS_MINUTE)	/* of the day before the open that is played */
#define SETTLES  (75 * NS_SECOND)	/* after a disturbance: two sweeps and a reconnect */

static char rules[2048], ini[4096];
static ns quiet, patience;
static int going_on;
static bool quiet_day, half_day;

void plan_disturbed(void)
{
	if (going_on == 0 && quiet < sim.now)
		quiet = sim.now;
}

/* And what was done has its consequences only later. */
void plan_disturbed_for(ns longer)
{
	plan_disturbed();
	if (quiet < sim.now + longer)
		quiet = sim.now + longer;
}

ns plan_quiet_since(void)
{
	return going_on > 0 ? NEVER : quiet + SETTLES;
}

void plan_trouble(int more)
{
	going_on += more;
	plan_disturbed();
}

bool plan_quiet_day(void)
{
	return quiet_day;
}

ns plan_patience(void)
{
	return patience;
}

const char *plan_rules(void)
{
	return rules;
}

const char *plan_ini(void)
{
	return ini;
}

/* 27 November 2026, which closes at 13:00, or 2 March, a Monday like any other. */
ns plan_open(void)
{
	ns open, close;

	if (more_first(&open, &close))
		return open;
	return (half_day ? (ns)1795789800 : (ns)1772461800) * NS_SECOND;
}

ns plan_session(void)
{
	ns open, close;

	if (more_first(&open, &close))
		return close - open;
	return (half_day ? 210 : 390) * NS_MINUTE;
}

/* ---- what happens once */

static void kill_bot(void *power, int64_t within)
{
	plan_disturbed();
	proc_crash(&bot, power != NULL, (uint64_t)within);
}

static void terminate_bot(void *unused, int64_t number)
{
	(void)unused;
	plan_disturbed();
	if (bot.alive)
		proc_signal(&bot, (int)number);
}

/* ---- what lasts */

enum spell { S_CLOG, S_CLOG_ONE, S_REFUSE, S_BLACK_HOLE, S_SLOW, S_BYTES, S_PAUSE, S_FULL, S_ERROR,
	     S_STALL, SPELLS };
static const char *const spells[] = { "everything stands still", "a connection stands still",
	"connections are refused", "connections are not answered", "the line is slow",
	"bytes come one by one", "the bot is stopped", "the disk is full", "the disk fails",
	"the disk is slow" };

static void begin_spell(void *arg, int64_t n)
{
	(void)arg;
	dst_say("plan: %s", spells[n]);
	going_on++;
	switch ((enum spell)n) {
	case S_CLOG:       net_fault(NET_CLOG, NET_ALL); break;
	case S_CLOG_ONE:   net_fault(NET_CLOG, NET_ONE); break;
	case S_REFUSE:     net_fault(NET_RESET, NET_ALL); net_fault(NET_REFUSE, NET_ALL); break;
	case S_BLACK_HOLE:
		net_fault(NET_HALF_OPEN, NET_ALL);
		net_fault(NET_BLACK_HOLE, NET_ALL);
		break;
	case S_SLOW:       net_fault(NET_SLOW, NET_ALL); break;
	case S_BYTES:      net_fault(NET_BYTES, NET_ALL); break;
	case S_PAUSE:      bot.stopped = true; break;
	case S_FULL:       disk_fault(DISK_FULL); break;
	case S_ERROR:      disk_fault(DISK_ERROR); break;
	case S_STALL:      disk_fault(DISK_STALL); break;
	case SPELLS:       break;
	}
}

static void end_spell(void *arg, int64_t n)
{
	(void)arg;
	dst_say("plan: no more: %s", spells[n]);
	switch ((enum spell)n) {
	case S_CLOG:
	case S_CLOG_ONE:   net_fault(NET_HEAL, NET_ALL); break;
	case S_REFUSE:
	case S_BLACK_HOLE: net_fault(NET_CONNECT, NET_ALL); break;
	case S_SLOW:
	case S_BYTES:      net_fault(NET_PLAIN, NET_ALL); break;
	case S_PAUSE:      bot.stopped = false; break;
	case S_FULL:
	case S_ERROR:
	case S_STALL:      disk_fault(DISK_FINE); break;
	case SPELLS:       break;
	}
	going_on--;
	plan_disturbed();
}

static void reset(void *all, int64_t half_open)
{
	dst_say("plan: %s %s", all != NULL ? "all connections are" : "a connection is",
	    half_open ? "gone without a word" : "reset");
	net_fault(half_open ? NET_HALF_OPEN : NET_RESET, all != NULL ? NET_ALL : NET_ONE);
	plan_disturbed();
	if (half_open)
		quiet += 45 * NS_SECOND;	/* until somebody misses an answer */
}

/* ---- the broker's bad days: rules of `gambler help faults`, and how much later than else
 * a stop may stand by them */

static const struct { const char *rule; ns slack; } bad_days[] = {
	{ "order p=0.2: act, then cut", 20 * NS_SECOND },
	{ "order p=0.1: act, then stall", 45 * NS_SECOND },
	{ "order p=0.2: act, then status 504", 20 * NS_SECOND },
	{ "order p=0.2: act, then close", 20 * NS_SECOND },
	{ "order p=0.2: early", 0 },
	{ "request p=0.05: status 429 headers", 70 * NS_SECOND },
	{ "request p=0.05: status 502 html", 45 * NS_SECOND },
	{ "request p=0.005: half-open", 45 * NS_SECOND },
	{ "request p=0.05: cut after 60", 45 * NS_SECOND },
	{ "request p=0.1: slow 20000", 20 * NS_SECOND },
	{ "request p=0.1: delay 2s", 20 * NS_SECOND },
	{ "request p=0.05: truncate", 45 * NS_SECOND },
	{ "event p=0.5: drop", 70 * NS_SECOND },
	{ "event p=0.3: duplicate", 0 },
	{ "event p=0.3: reorder", 70 * NS_SECOND },
	{ "event p=0.2: delay 20s", 70 * NS_SECOND },
	{ "event fill #2+ p=0.3: duplicate after reconnect", 0 },
	{ "order: split", 0 },
	{ "cancel: late fill", 0 },
	{ "order p=0.1: reject", 45 * NS_SECOND },
	{ "order p=0.1: expire", 45 * NS_SECOND },
	{ "stream every=11m: cut", 45 * NS_SECOND },
	{ "stream every=17m: half-open", 70 * NS_SECOND },
	{ "stream trading every=31m: silence 10m", 70 * NS_SECOND },
	{ "request GET /v2/orders p=0.2: lose 1", 100 * NS_SECOND },
	{ "request GET /v2/positions p=0.2: stale", 45 * NS_SECOND },
	{ "order p=0.3: lag 30s", 70 * NS_SECOND },
	{ "order class=bracket p=0.2: lose stop", 70 * NS_SECOND },
	{ "every 40m: cancel stops", 45 * NS_SECOND },
	{ "every 50m: maintenance 3m", 240 * NS_SECOND },
	{ "every 30m symbol=AAPL: halt 5m T1", 320 * NS_SECOND },
	{ "message b p=0.1: delay 90s", 0 },
	{ "connect #3+ p=0.5: status 429", 70 * NS_SECOND },
};

static void broker(void)
{
	size_t n = 0;

	for (uint64_t k = draw(RNG_PLAN, 4); k > 0; k--) {
		uint64_t i = draw(RNG_PLAN, COUNT(bad_days));
		const char *colon = strchr(bad_days[i].rule, ':');
		/* Towards the end it is a broker again by which one can close. */
		n += (size_t)snprintf(rules + n, sizeof rules - n, "%.*s until=close-25m%s\n",
				      (int)(colon - bad_days[i].rule), bad_days[i].rule, colon);
		dst_say("plan: %s", bad_days[i].rule);
		patience += bad_days[i].slack;
	}
}

/* ---- the day */

static ns some_time(void)
{
	/* Trades are dense at the beginning; the close is where everything must be over. */
	ns from = sim.now + MORNING - NS_MINUTE;

	uint64_t all = (uint64_t)(plan_session() / NS_MINUTE) - 30;
	uint64_t within = chance(RNG_PLAN, 3) ? 40 : all;

	return from + (ns)draw(RNG_PLAN, within * (uint64_t)NS_MINUTE);
}

void plan_episode(int rng, ns at)
{
	static char yes;

	switch (draw(rng, 8)) {
	case 0:
	case 1:
	case 2: {
		char *power = chance(rng, 3) ? &yes : NULL;
		/* One after the other, in the middle of what the start does. */
		for (uint64_t n = 1 + draw(rng, chance(rng, 4) ? 6 : 1); n > 0; n--) {
			at_time(at, kill_bot, power, 1 + (int64_t)draw(rng, 3000));
			at += draw_span(rng, 2 * NS_SECOND, 30 * NS_SECOND);
		}
		break;
	}
	case 3:
		at_time(at, terminate_bot, NULL, SIGTERM);
		break;
	case 4:
		at_time(at, reset, chance(rng, 2) ? &yes : NULL, chance(rng, 2));
		break;
	default: {
		int64_t which = (int64_t)draw(rng, SPELLS);
		at_time(at, begin_spell, NULL, which);
		at_time(at + draw_span(rng, NS_SECOND, 8 * NS_MINUTE), end_spell, NULL, which);
		break;
	}
	}
}

static const char head[] =
	"[account]\nmode = paper\ntrading_url = http://127.0.0.1:9190\n"
	"data_url = http://127.0.0.1:9190\nstream_url = http://127.0.0.1:9190\n"
	"[store]\nfolder = /data\njournal = no\n[server]\nlisten =%s\n"
	"[run]\nsandbox = off\n[log]\nlevel = info\n%s";

static const char alone[] =
	"[strategy cross]\nenter_long = ema(3) crosses_above ema(8)\n"
	"enter_short = ema(3) crosses_below ema(8)\n"
	"exit_long = ema(3) < ema(8)\nexit_short = ema(3) > ema(8)\n"
	"stop = 0.3%\ntarget = 0.5%\nwarmup = 20\n"
	"[strategy calm]\nenter_long = rsi(5) < 40\nexit_long = rsi(5) > 60\n"
	"enter_short = rsi(5) > 70\nexit_short = rsi(5) < 50\n"
	"stop = 0.4%\ntarget = 0.4%\nmax_hold = 20m\nwarmup = 20\n"
	"[instance a]\nstrategy = cross\nsymbols = AAPL MSFT\n[instance b]\n"
	"strategy = calm\nsymbols = SPY\n";

/* They often want the same at the same minute, and never leave together: of what is at the broker
 * one's stop would be in the way of another's entry. */
static const char together[] =
	"[strategy swings]\nenter_long = rsi(3) < 35\nenter_short = rsi(3) > 65\n"
	"stop = 0.3%\ntarget = 0.4%\nmax_hold = 12m\nwarmup = 20\n"
	"[strategy slower]\nenter_long = rsi(5) < 42\nenter_short = rsi(5) > 58\n"
	"exit_long = rsi(5) > 70\nexit_short = rsi(5) < 30\n"
	"stop = 0.5%\ntarget = 0.5%\nmax_hold = 25m\nwarmup = 20\n"
	"[strategy trails]\nenter_long = rsi(4) < 40\nenter_short = rsi(4) > 60\n"
	"stop = 0.4%\ntrail = 0.3%\nmax_hold = 18m\nwarmup = 20\n"
	"[instance a]\nstrategy = swings\nsymbols = AAPL MSFT\n[instance b]\n"
	"strategy = slower\nsymbols = SPY MSFT AAPL\n[instance c]\n"
	"strategy = trails\nsymbols = MSFT SPY\n";

/* The keys that all instances have. */
static size_t close_instance(size_t n, const char *sides, bool overnight)
{
	return n + (size_t)snprintf(ini + n, sizeof ini - n, "timeframe = 1m\nsides = %s\n"
		"losses_in_row = 1000\nday_loss = 100%%\norders_per_day = 2000\n%s%s", sides,
		overnight ? "hold_overnight = yes\n" : "",
		overnight && more_late() ? "flat_before_close = 1m\n" : "");
}

static void write_ini(bool overnight)
{
	bool two = more_is(MORE_TWO);
	const char *from = two ? together : alone, *next;
	bool both = two ? more_both_sides() : true;
	const char *sides = both && !others_beside() ? "both" : "long";
	bool page = more_is(MORE_DESK | MORE_OTHERS | MORE_CROWD);
	size_t n = (size_t)snprintf(ini, sizeof ini, head, page ? " 127.0.0.1:9091" : "",
				    more_is(MORE_OTHERS) ? "[risk]\nmax_positions = 3\n" : "");

	for (int i = 0; from != NULL && i <= (two ? more_instances() : 2); i++) {
		next = strstr(from + 1, "[instance ");
		size_t k = next != NULL ? (size_t)(next - from) : strlen(from);
		n += (size_t)snprintf(ini + n, sizeof ini - n, "%.*s", (int)k, from);
		if (i > 0)
			n = close_instance(n, sides, overnight);
		from = next;
	}
}

void plan_new_ini(bool overnight)
{
	write_ini(overnight);
	disk_put("/etc/gambler.ini", ini, strlen(ini));
}

void plan_day(void)
{
	write_ini(more_is(MORE_DAYS));
	half_day = chance(RNG_PLAN, 2);
	sim.wall = plan_open() - MORNING - sim.now;
	quiet = sim.now;
	quiet_day = chance(RNG_PLAN, 10);
	if (quiet_day)
		return;			/* a day like any other */
	if (chance(RNG_PLAN, 2))
		broker();
	for (uint64_t n = 1 + draw(RNG_PLAN, 6); n > 0; n--)
		plan_episode(RNG_PLAN, some_time());
}

/* Enters at once, holds for a minute: by the eighth minute all is over. */
void plan_short_day(void)
{
	static const char text[] =
		"[account]\nmode = paper\ntrading_url = http://127.0.0.1:9190\n"
		"data_url = http://127.0.0.1:9190\nstream_url = http://127.0.0.1:9190\n"
		"[store]\nfolder = /data\n[server]\nlisten =\n"
		"[run]\nsandbox = off\n[log]\nlevel = info\n"
		"[strategy any]\nenter_long = close > 0\nexit_long = close < 0\n"
		"stop = 0.4%\ntarget = 0.4%\nmax_hold = 2m\nwarmup = 20\n"
		"[instance a]\nstrategy = any\nsymbols = AAPL SPY\ntimeframe = 1m\n"
		"skip_open = 0\nwindow = 09:30-09:34\nlosses_in_row = 1000\nday_loss = 100%\n";

	(void)snprintf(ini, sizeof ini, "%s", text);
	sim.wall = plan_open() - NS_MINUTE / 2 - sim.now;
	quiet = sim.now;
}

void plan_heal(void)
{
	crowd_leave();
	others_leave();
	net_fault(NET_HEAL, NET_ALL);
	net_fault(NET_CONNECT, NET_ALL);
	net_fault(NET_PLAIN, NET_ALL);
	disk_fault(DISK_FINE);
	bot.stopped = false;
	bot.crash_in = 0;
}
