/* more.c: other kinds of day, by the millions of the seed (sim.h), drawn from a stream of their
 * own: several days in a row with shares held over night, splits and dividends in the morning, a
 * gap at the open; a store that is lost, or of which an older copy comes back; an exchange that is
 * killed; several instances on the same symbols. */
#include "market.h"

#include <signal.h>

#include "base/time.h"

#define KIND     1000000
#define DAYS_MAX 3
#define BEFORE   (40 * NS_MINUTE)	/* the open: the last morning's new file comes */
#define AWAKE    (25 * NS_MINUTE)	/* behind the close */
#define WAKES    (50 * NS_MINUTE)	/* before the open */
#define STORE    "/data"
#define LEFT     (10 * NS_MINUTE)	/* what the dead had sent comes so late, over a bad line */

static struct { ns open, close; } days[DAYS_MAX];
static int days_n;
static char actions[256];

/* What becomes of the store before the bot's next start. */
static enum fate { KEPT, LOST, OLDER } fate;
static ns copied;		/* wall; 0: not */
static struct { ns from, to; } forgot;	/* wall; to 0: nothing */

#define LATE_FROM 500		/* of a kind's seeds: those before stay the days they were */
static bool late;

static int instances_n;
static bool both_sides;

bool more_is(unsigned kind)
{
	return fail.what == 0 && (sim.seed / KIND & kind) != 0;
}

bool more_first(ns *open, ns *close)
{
	*open = days[0].open;
	*close = days[0].close;
	return days_n > 0;
}

const char *more_actions(void)
{
	return actions;
}

bool more_forgot(void)
{
	return forgot.to != 0;
}

bool more_forgot_at(ns wall)
{
	return wall >= forgot.from && wall <= forgot.to;
}

bool more_late(void)
{
	return late;
}

int more_instances(void)
{
	return instances_n;
}

bool more_both_sides(void)
{
	return both_sides;
}

/* ---- days */

/* An ordinary week; over a weekend in which the clocks are put forward; Thanksgiving and the half
 * day behind it. */
static const ns firsts[] = { 1772434800, 1772694000, 1795593600 };

static void draw_days(void)
{
	ns at = firsts[draw(RNG_MORE, COUNT(firsts))] * NS_SECOND;

	days_n = 2 + (int)draw(RNG_MORE, DAYS_MAX - 1);
	for (int i = 0; i < days_n; i++) {
		market_hours(at, &days[i].open, &days[i].close);
		at = days[i].close + NS_MINUTE;
	}
}

static void draw_actions(void)
{
	static const char *const symbols[] = { "AAPL", "MSFT", "SPY" };
	static const char *const what[] = { "split,2:1,", "split,3:2,", "split,1:4,", "split,10:1,",
					    "dividend,,0.25", "dividend,,1.75" };
	size_t n = 0;

	for (size_t s = 0; s < COUNT(symbols); s++) {
		char date[16];
		if (!chance(RNG_MORE, late ? 2 : 3))
			continue;
		const char *is = what[draw(RNG_MORE, COUNT(what))];
		uint64_t ex = 1 + draw(RNG_MORE, (uint64_t)days_n - 1);
		date_text(date, (day)(days[ex].open / NS_DAY));
		n += (size_t)snprintf(actions + n, sizeof actions - n, "%s%s,%s,%s\n",
				      n == 0 ? "date,symbol,type,ratio,cash\n" : "", date,
				      symbols[s], is);
		dst_say("plan: %s %s %s", date, symbols[s], is);
	}
}

/* The machine sleeps, as those at home do, and wakes before the open. */
static void sleep_or_wake(void *unused, int64_t sleeps)
{
	(void)unused;
	dst_say("plan: the machine %s", sleeps != 0 ? "sleeps" : "wakes");
	bot.stopped = exchange.stopped = sleeps != 0;
	plan_trouble(sleeps != 0 ? 1 : -1);
}

/* Whatever is held goes at the open: its own session is over. */
static void last_morning(void *unused, int64_t n)
{
	(void)unused;
	(void)n;
	dst_say("plan: nothing is held over night any more");
	plan_new_ini(false);
	plan_disturbed();
	if (bot.alive)
		proc_signal(&bot, SIGTERM);
}

/* Of each night and day behind it: between the one close and the next. */
static void more_days(void)
{
	for (int i = 1; i < days_n; i++) {
		ns night = days[i - 1].close - sim.wall, open = days[i].open - sim.wall;
		ns session = days[i].close - days[i].open - 30 * NS_MINUTE;
		uint64_t n = plan_quiet_day() ? 0 : draw(RNG_MORE, 4);
		if (!chance(RNG_MORE, 8)) {	/* a night awake costs as much as five days */
			at_time(night + AWAKE, sleep_or_wake, NULL, 1);
			at_time(open - WAKES, sleep_or_wake, NULL, 0);
		}
		for (; n > 0; n--) {
			ns at = chance(RNG_MORE, 3)
				? night + (ns)draw(RNG_MORE, (uint64_t)(open - night))
				: open + (ns)draw(RNG_MORE, (uint64_t)(chance(RNG_MORE, 2) ? session
							: 20 * NS_MINUTE)) - 5 * NS_MINUTE;
			plan_episode(RNG_MORE, at);
		}
	}
	at_time(days[days_n - 1].open - sim.wall - BEFORE, last_morning, NULL, 0);
}

ns more_run(ns close)
{
	if (days_n == 0)
		return close;
	run_until(days[days_n - 1].open - sim.wall - BEFORE - NS_MINUTE);
	return days[days_n - 1].close - sim.wall;
}

/* In a session, of which there may be several, and half days among them. */
static ns some_time(void)
{
	ns open = plan_open(), most = plan_session() - 40 * NS_MINUTE;
	ns within = (ns)draw(RNG_MORE, (uint64_t)most);

	if (days_n > 0) {
		uint64_t i = draw(RNG_MORE, (uint64_t)days_n);
		open = days[i].open;
		within %= days[i].close - open - 40 * NS_MINUTE;
	}
	return open - sim.wall + 5 * NS_MINUTE + within;
}

/* ---- the store */

static void copy_store(void *unused, int64_t n)
{
	(void)unused;
	(void)n;
	dst_say("plan: the store is copied");
	disk_copy(STORE);
	copied = sim.now + sim.wall;
	desk_copied();
}

static void lose_store(void *unused, int64_t what)
{
	(void)unused;
	fate = (enum fate)what;
	plan_disturbed();
	proc_crash(&bot, false, 1 + draw(RNG_MORE, 3000));
}

static void draw_fate(void)
{
	ns open = plan_open() - sim.wall, at = some_time();
	ns before = draw_span(RNG_MORE, NS_SECOND, 3 * NS_HOUR);

	if (chance(RNG_MORE, 2)) {
		at_time(at, lose_store, NULL, LOST);
		return;
	}
	at_time(at - before > open ? at - before : open, copy_store, NULL, 0);
	at_time(at, lose_store, NULL, OLDER);
}

void more_before_start(void)
{
	if (fate == KEPT)
		return;
	dst_say("plan: the store is %s", fate == LOST ? "lost" : "an older one");
	plan_disturbed();
	disk_lose(STORE);
	if (fate == OLDER)
		disk_copy_back();
	forgot.from = fate == OLDER ? copied : 0;
	forgot.to = sim.now + sim.wall + LEFT;
	desk_forgets(fate == LOST);
	fate = KEPT;
}

/* ---- the exchange */

static void kill_exchange(void *unused, int64_t within)
{
	(void)unused;
	plan_disturbed();
	proc_crash(&exchange, false, (uint64_t)within);
}

static void draw_kills(void)
{
	for (uint64_t n = 1 + draw(RNG_MORE, 4); n > 0; n--)
		at_time(some_time(), kill_exchange, NULL, 1 + (int64_t)draw(RNG_MORE, 5000));
}

ns more_down(void)
{
	return draw_span(RNG_MORE, NS_SECOND / 2, 10 * NS_MINUTE);
}

/* ---- */

void more_begin(void)
{
	if (more_is(MORE_DAYS)) {
		draw_days();
		late = sim.seed % KIND >= LATE_FROM && !chance(RNG_MORE, 4);
	}
	if (more_is(MORE_TWO)) {
		instances_n = 2 + (int)draw(RNG_MORE, INSTANCES - 1);
		both_sides = !chance(RNG_MORE, 3);
	}
	if (more_is(MORE_OTHERS))
		others_begin();
}

void more_day(void)
{
	if (days_n > 0) {
		draw_actions();
		more_days();
	}
	if (more_is(MORE_STORE))
		draw_fate();
	if (more_is(MORE_EXCHANGE))
		draw_kills();
}
