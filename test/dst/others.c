/* others.c: people who trade in the account, at the broker's page. They buy and sell what the bot
 * does not trade; or its own symbols too, and hold their shares beside its shares; or they sell its
 * shares, cancel its orders and close its positions by hand. What is theirs it shows, counts and
 * leaves alone; of what is done to its own it takes notice. */
#include "market.h"
#include "visit.h"

#include <stdlib.h>

#include "base/num.h"

#define PATIENT (5 * NS_SECOND)
#define ORDERS  4096
#define LATER   (3 * NS_MINUTE)		/* two comparisons; of what was done to its shares */

static enum { ELSEWHERE, BESIDE, ACROSS } manner;
static const char *const bots[] = { "AAPL", "MSFT", "SPY" }, *const theirs[] = { "TSLA", "NVDA" };
static struct visit at;
static bool gone;
static int orders_n;
static bool cancelled[ORDERS];	/* by themselves */
static ns   settled;		/* nothing was bought or sold since */

void others_begin(void)
{
	manner = draw(RNG_MORE, 3);
	/* A split over night would make more of their shares than they know of. */
	if (manner == BESIDE && more_is(MORE_DAYS))
		manner = ELSEWHERE;
}

bool others_beside(void)
{
	return more_is(MORE_OTHERS) && manner == BESIDE;
}

bool others_across(void)
{
	return more_is(MORE_OTHERS) && manner == ACROSS;
}

void others_leave(void)
{
	gone = true;
}

bool others_wanted(const char *cid)
{
	int n = (int)strtol(cid + strlen("hand-"), NULL, 10);

	return n >= 0 && n < ORDERS && cancelled[n];
}

/* ---- orders */

static void ask(const char *method, const char *path, const char *body)
{
	visit(&at, VISIT_BROKER, method, path, body, PATIENT);
	settled = sim.now;
}

static void trade(const char *symbol, const char *side, uint64_t n, const char *more)
{
	char body[256];

	if (n == 0 || orders_n + 1 == ORDERS)
		return;
	(void)snprintf(body, sizeof body, "{\"symbol\":\"%s\",\"qty\":\"%llu\",\"side\":\"%s\","
		       "\"client_order_id\":\"hand-%d\",\"time_in_force\":\"day\",%s}", symbol,
		       (unsigned long long)n, side, orders_n++, more);
	ask("POST", "/v2/orders", body);
	dst_say("others: %s %llu %s: %.12s", side, (unsigned long long)n, symbol, at.answer);
}

static void cancel(const struct order_there *o)
{
	char path[64];

	if (strncmp(o->cid, "hand-", 5) == 0)
		cancelled[(int)strtol(o->cid + 5, NULL, 10)] = true;
	dst_say("others: cancel %s", o->cid);
	(void)snprintf(path, sizeof path, "/v2/orders/%s", o->id);
	ask("DELETE", path, "");
}

/* Orders that stand for a while. */
static void stand(const char *symbol)
{
	char more[96];
	double last = market_print(symbol);
	bool buys = chance(RNG_MORE, 2);
	struct order_there o;

	if (last <= 0)
		return;
	(void)snprintf(more, sizeof more, "\"type\":\"limit\",\"limit_price\":\"%.2f\"",
		       last * (buys ? 0.9 : 1.1));
	int mine = orders_n;
	trade(symbol, buys ? "buy" : "sell", 1 + draw(RNG_MORE, 5), more);
	visit_nap(NS_SECOND, 3 * NS_MINUTE);
	for (uint32_t i = 0; market_order_there(i, &o); i++)
		if (strncmp(o.cid, "hand-", 5) == 0 && (int)strtol(o.cid + 5, NULL, 10) == mine) {
			cancel(&o);
			return;
		}
}

static void part_with(const char *symbol, bool all)
{
	int64_t has = market_of_people(symbol) / NUM_ONE, n = has < 0 ? -has : has;

	trade(symbol, has > 0 ? "sell" : "buy",
	      all || n == 0 ? (uint64_t)n : 1 + draw(RNG_MORE, (uint64_t)n), "\"type\":\"market\"");
}

static void elsewhere(void)
{
	const char *symbol = theirs[draw(RNG_MORE, COUNT(theirs))];
	int64_t has = market_of_people(symbol);

	switch (draw(RNG_MORE, 4)) {
	case 0:
		part_with(symbol, chance(RNG_MORE, 2));
		break;
	case 1:
		stand(symbol);
		break;
	default:
		trade(symbol, has < 0 || (has == 0 && chance(RNG_MORE, 3)) ? "sell" : "buy",
		      1 + draw(RNG_MORE, 30), "\"type\":\"market\"");
		break;
	}
}

/* Often just when the bot does, behind whose stop the broker would not let them buy. */
static void beside(void)
{
	const char *symbol = bots[draw(RNG_MORE, COUNT(bots))];

	if (chance(RNG_MORE, 3)) {
		part_with(symbol, chance(RNG_MORE, 2));
		return;
	}
	ns minute = (sim.now + sim.wall) / NS_MINUTE * NS_MINUTE + NS_MINUTE - sim.wall;
	(void)fiber_wait(NULL, minute + (ns)draw(RNG_MORE, 60 * NS_MS));
	trade(symbol, "buy", 1 + draw(RNG_MORE, 20), "\"type\":\"market\"");
}

static void across(void)
{
	const char *symbol = bots[draw(RNG_MORE, COUNT(bots))];
	int64_t has = market_position(symbol) / NUM_ONE, n = has < 0 ? -has : has;
	struct order_there o, any;
	uint32_t live = 0;
	char path[64];

	plan_disturbed_for(LATER);
	for (uint32_t i = 0; market_order_there(i, &o); i++)
		if (draw(RNG_MORE, ++live) == 0)
			any = o;
	if (live > 0 && chance(RNG_MORE, 2))
		cancel(&any);
	if (chance(RNG_MORE, 2)) {
		visit_nap(NS_MS, NS_SECOND);
		(void)snprintf(path, sizeof path, "/v2/positions/%s", symbol);
		ask("DELETE", path, "");
		dst_say("others: close %s: %.12s", symbol, at.answer);
	} else if (n > 0) {
		(void)snprintf(path, sizeof path, "\"type\":\"market\",\"position_intent\":\"%s\"",
			       has > 0 ? "sell_to_close" : "buy_to_close");
		trade(symbol, has > 0 ? "sell" : "buy", 1 + draw(RNG_MORE, (uint64_t)n), path);
	}
	plan_disturbed_for(LATER);
}

/* ---- what the bot says of them */

static void look(void)
{
	ns began = sim.now, quiet = plan_quiet_since();
	uint32_t beside, then, are = market_foreign(&beside);

	visit(&at, VISIT_DASHBOARD, "GET", "/api/v1/status", "", PATIENT);
	desk_answered(&at, "GET", "/api/v1/status", began, PATIENT);
	const char *said = strstr(at.answer, "\"foreign_positions\":");
	/* What it takes for another gambler's it leaves alone, though its lost store's it was. */
	bool settling = quiet == NEVER || began < quiet + LATER + plan_patience() ||
			began < settled + LATER + plan_patience();
	if (bot.shared || !visit_said(&at, "200") || said == NULL || settling ||
	    !market_open_now())
		return;
	uint32_t says = (uint32_t)strtol(strchr(said, ':') + 1, NULL, 10);
	/* Amid its own trades it cannot say whose all shares are. */
	if ((says < are || says > are + beside) && market_foreign(&then) == are)
		dst_fail("others hold %u symbols, %u of which the bot trades, and it says %u",
			 are + beside, beside, says);
}

/* ---- a day of theirs */

static void go_home(void)
{
	struct order_there o;

	for (uint32_t i = 0; market_order_there(i, &o); i++)
		if (strncmp(o.cid, "hand-", 5) == 0)
			cancel(&o);
	for (size_t i = 0; i < COUNT(theirs); i++)
		part_with(theirs[i], true);
	for (size_t i = 0; i < COUNT(bots) && manner == BESIDE; i++)
		part_with(bots[i], true);
}

static _Noreturn void *others_body(void *unused)
{
	(void)unused;
	for (;;) {
		visit_nap(2 * NS_SECOND, gone ? 20 * NS_SECOND : 4 * NS_MINUTE);
		if (!market_up() || !market_open_now())
			continue;
		if (gone)
			go_home();
		else if (chance(RNG_MORE, 3))
			look();
		else if (manner == ELSEWHERE || chance(RNG_MORE, 3))
			elsewhere();
		else if (manner == BESIDE)
			beside();
		else
			across();
	}
}

void others_start(void)
{
	struct fiber *f = fiber_new(&desk, others_body, NULL);

	assert(f != NULL);
	dst_say("plan: people trade %s", manner == ELSEWHERE ? "elsewhere" : manner == BESIDE ?
		"beside the bot" : "across the bot");
}
