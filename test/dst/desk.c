/* desk.c: people at the dashboard: they look while everything else goes wrong, halt, sell, let it
 * go on, and go away in the middle of an answer. Their line is the machine's own. Answers come at
 * once whatever the disk and the broker do; what the bot has said of a halt holds through every
 * crash. */
#include "market.h"
#include "visit.h"

#define PATIENT  (5 * NS_SECOND)	/* for an answer, of a bot that has been up and running */
#define UP       (10 * NS_SECOND)	/* so long: it is asked in the middle of its start, too */
#define DECIDED  NS_MINUTE		/* behind what was decided just before */
#define HALTS    256
#define LATE     64		/* bars come late, but not so many at the end of a halt */

struct proc desk = { .name = "desk" };

static struct { ns from, to; } halts[HALTS];	/* wall; the last may still be on: to is NEVER */
static int halts_n;
static char late[LATE][64];	/* entries that were decided behind the halt of their minute */
static int late_n;
static bool resuming;		/* it was told to go on, and has not said yet that it does */
static bool being_told;		/* so, just now */
static bool reminded;		/* of what it says only an older store has told it */
static ns flat_since, ran_since;
static struct { bool halted; ns flat_since; } copied;	/* what the copy of the store knows */
static struct visit at;

static bool halt_is_on(void)
{
	return halts_n > 0 && halts[halts_n - 1].to == NEVER;
}

static void halt_begins(void)
{
	if (halts_n == HALTS)
		return;
	halts[halts_n].from = sim.now + sim.wall;
	halts[halts_n++].to = NEVER;
}

static void halt_ends(void)
{
	if (halt_is_on())
		halts[halts_n - 1].to = sim.now + sim.wall;
}

/* In a halt, behind what was decided just before. */
static bool in_halt(ns decided)
{
	for (int i = 0; i < halts_n; i++)
		if (decided > halts[i].from + DECIDED && decided < halts[i].to)
			return true;
	return false;
}

/* A bar of the halt may come late, and be the first behind it: when an entry was decided the bot
 * says itself, as soon as it is kept. */
void desk_hears(const char *line, size_t n)
{
	char text[512];

	(void)snprintf(text, sizeof text, "%.*s", (int)n, line);
	const char *cid = strstr(text, " cid=");
	if (strstr(text, " order.submit ") == NULL || strstr(text, " role=entry ") == NULL ||
	    cid == NULL)
		return;
	cid += strlen(" cid=");
	text[strcspn(text, "\n")] = '\0';
	if (in_halt(sim.now + sim.wall))
		dst_fail("entry %s was decided though the bot had said that it is halted", cid);
	else if (in_halt(market_minute(cid)) && late_n < LATE)
		(void)snprintf(late[late_n++], sizeof late[0], "%.63s", cid);
}

bool desk_forbids(const char *cid)
{
	for (int i = 0; i < late_n; i++)
		if (strcmp(late[i], cid) == 0)
			return false;
	return in_halt(market_minute(cid));
}

ns desk_flat_since(void)
{
	return flat_since;
}

void desk_copied(void)
{
	copied.halted = halt_is_on();
	copied.flat_since = flat_since;
}

/* A resume that it has forgotten leaves it halted as it was; one that is on its way comes. What was
 * bought behind such a resume it takes back and stops, and is not asked to sell: of a flatten that
 * was done before the halt is left, though the page has its name. */
void desk_forgets(bool all)
{
	bool halted = !all && copied.halted;

	if (!halted) {
		halt_ends();
	} else if (!halt_is_on() && !being_told) {
		halt_begins();
		resuming = false;
	}
	if (all || flat_since != copied.flat_since)
		flat_since = 0;
	reminded = flat_since == 0;
	dst_say("desk: it %s", halted ? "has said before that it is halted" : "knows of no halt");
}

/* Since when the bot runs without a break, as one looks at it once a second. */
static void watch(void *unused, int64_t starts)
{
	(void)unused;
	if (!bot.alive || bot.stopped || bot.starts != starts)
		ran_since = sim.now;
	at_time(sim.now + NS_SECOND, watch, NULL, bot.starts);
}

/* ---- a request */

bool desk_runs_since(ns began)
{
	return ran_since < began - UP && bot.alive && !bot.stopped;
}

void desk_answered(const struct visit *v, const char *method, const char *path, ns began,
		   ns patient)
{
	if (v->n == 0 && desk_runs_since(began) && sim.now >= began + patient)
		dst_fail("the dashboard has not answered to %s %s within %.0f s", method, path,
			 (double)patient / 1e9);
}

/* What came is in at.answer; nothing, from a bot that runs: it fails. */
static void ask(const char *method, const char *path, size_t upto, ns patient)
{
	ns began = sim.now;

	visit_part(&at, VISIT_DASHBOARD, method, path, "", upto, patient);
	desk_answered(&at, method, path, began, patient);
}

/* ---- what people do */

/* What it says of its halt is kept: from then on it holds. */
static void look_at_status(void)
{
	ask("GET", "/api/v1/status", sizeof at.answer - 1, PATIENT);
	const char *kill = strstr(at.answer, "\",\"killed_by\"");
	if (!visit_said(&at, "200") || kill == NULL)
		return;
	while (kill > at.answer && kill[-1] != '"')
		kill--;
	bool halted = strncmp(kill, "run", 3) != 0;
	bool on = halt_is_on();
	if (on && !halted)
		dst_fail("the bot had said that it is halted, and now says that it runs");
	resuming &= halted;
	if (resuming)
		return;
	if (halted && !on) {
		halt_begins();
		dst_say("desk: it says %.8s", kill);
	}
	if (flat_since == 0 && !reminded && strncmp(kill, "flatten", 7) == 0)
		flat_since = sim.now;
}

static void command(const char *path)
{
	dst_say("desk: %s", path);
	reminded &= strstr(path, "resume") == NULL && strstr(path, "flatten") == NULL;
	if (strstr(path, "resume") != NULL) {
		halt_ends();
		flat_since = 0;
		resuming = being_told = true;
	}
	ask("POST", path, sizeof at.answer - 1, PATIENT);
	being_told = false;
	if (visit_said(&at, "4"))
		dst_fail("the bot does not take %s: %.40s", path, at.answer);
}

/* Until it says so: a halt may be lost with the process that was told. */
static void halt(const char *path)
{
	int had = halts_n;

	for (int tries = 0; tries < 3 && halts_n == had; tries++) {
		command(path);
		visit_nap(NS_SECOND / 10, 20 * NS_SECOND);
		look_at_status();
	}
	for (uint64_t n = 1 + draw(RNG_MORE, 4); n > 0; n--) {
		visit_nap(10 * NS_SECOND, 8 * NS_MINUTE);
		look_at_status();
	}
	/* A resume that was lost leaves it halted, which does no harm. */
	for (int i = 0; i < 3; i++) {
		command("/api/v1/resume");
		visit_nap(NS_SECOND, 20 * NS_SECOND);
	}
}

static _Noreturn void *desk_body(void *unused)
{
	static const char *const pages[] = { "/", "/health", "/status", "/metrics",
		"/api/v1/account", "/api/v1/positions", "/api/v1/orders", "/api/v1/orders/open",
		"/api/v1/trades", "/api/v1/instances", "/api/v1/stats", "/api/v1/equity",
		"/api/v1/log", "/nothing" };
	static const char *const halting[] = { "/api/v1/halt", "/api/v1/flatten",
		"/api/v1/reduce-only" };

	(void)unused;
	for (;;) {
		visit_nap(NS_SECOND, 10 * NS_MINUTE);
		switch (draw(RNG_MORE, 8)) {
		case 0:
			halt(halting[draw(RNG_MORE, COUNT(halting))]);
			break;
		case 1:
			command("/api/v1/pause");
			visit_nap(NS_SECOND, 2 * NS_MINUTE);
			command("/api/v1/resume");
			break;
		case 2:		/* away in the middle */
			ask("GET", "/api/v1/orders", 1 + draw(RNG_MORE, 200), PATIENT);
			break;
		case 3:		/* stays, and reads on */
			ask("GET", "/events", sizeof at.answer - 1, NS_MINUTE);
			break;
		default:
			look_at_status();
			ask("GET", pages[draw(RNG_MORE, COUNT(pages))], sizeof at.answer - 1,
			    PATIENT);
			break;
		}
	}
}

void desk_watch(void)
{
	desk.alive = true;
	watch(NULL, 0);
}

void desk_start(void)
{
	struct fiber *f = fiber_new(&desk, desk_body, NULL);
	assert(f != NULL);
}
