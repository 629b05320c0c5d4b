#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "exchange/core_action.h"
#include "exchange_bars.h"

/* What keeps a symbol from trading, what is shown wrongly on order, and splits. */

#define MANY 20000

static struct bar minute[MANY], bars[MANY];
static struct market_print print[MANY];
static char why[300];
static bool more;

void test_halts_a_halt_is_a_hole(void)
{
	struct market *m = market_of_two(day_of(2024, 12, 2), day_of(2024, 12, 2), 0, false);
	ns from = ny_time(day_of(2024, 12, 2), 10, 0), until = from + 10 * NS_MINUTE;
	struct market_query q = { .timeframe_s = 60, .from = from + 1, .to = until - 1 };
	struct instant i;
	uint32_t halts = 0, resumes = 0;

	if (m == NULL)
		return;
	while (market_step(m, &i)) {
		if (i.ts == from)
			market_halt(m, 0, until, "", "");
		for (uint32_t k = 0; k < i.statuses; k++) {
			const struct market_status *s = &i.status[k];
			CHECK_INT(s->sym, 0, "of the one");
			halts += s->halted;
			resumes += !s->halted;
			CHECK_TEXT(s->code, s->halted ? "H" : "T", "Nasdaq's code");
			CHECK(s->halted || i.ts == until, "goes on in time");
			CHECK(!s->halted || strcmp(s->reason, "T1") == 0, "news");
		}
		for (uint32_t k = 0; k < i.ticks; k++)
			CHECK(i.tick[k].sym != 0 || i.ts <= from || i.ts >= until, "no tick");
		struct market_quote quoted;
		if (i.ts > from && i.ts < until && market_quote(m, 0, FEED_SIP, &quoted))
			CHECK(quoted.bid_size == 0 && quoted.ask_size == 0, "nothing is quoted");
	}
	CHECK(halts == 1 && resumes == 1, "one of each");
	CHECK_INT(market_print_page(m, &q, print, MANY, &more), 0, "no print in history");
	q.from = from + NS_MINUTE;
	CHECK_INT(market_bars(m, &q, bars, MANY, &more), 0, "and no bar");
	q.to = until;
	CHECK_INT(market_bars(m, &q, bars, MANY, &more), 1, "but the one behind it");
	market_close(m);
}

void test_halts_mischief_is_shown_and_does_not_trade(void)
{
	struct market *m = market_of_two(day_of(2024, 12, 2), day_of(2024, 12, 2), 0, false);
	ns at = ny_time(day_of(2024, 12, 2), 10, 0);
	uint32_t count[MISCHIEF_KINDS] = { 0 };
	struct instant i;
	int kind = 0;

	if (m == NULL)
		return;
	while (market_step(m, &i)) {
		struct market_quote q;
		if (i.ts >= at && (i.ts - at) % (2 * NS_MINUTE) == NS_SECOND * 30 &&
		    ++kind < MISCHIEF_KINDS)
			market_mischief(m, 0, (enum market_mischief)kind, i.ts + 2 * NS_MINUTE);
		for (uint32_t k = 0; k < i.ticks; k++)
			CHECK(i.tick[k].bid.n > 0 && i.tick[k].bid.n < i.tick[k].ask.n &&
			      (i.tick[k].sym != 0 || i.tick[k].ask.n < 400 * NUM_ONE),
			      "what trades is right");
		if (kind == 0 || kind >= MISCHIEF_KINDS || i.ts % NS_MINUTE != 0)
			continue;
		for (uint32_t k = 0; k < i.bars; k++)
			count[kind] += i.bar[k].sym == 0;
		if (!market_quote(m, 0, FEED_SIP, &q))
			continue;
		CHECK(kind != MISCHIEF_CROSSED || q.bid.n > q.ask.n, "crossed");
		CHECK(kind != MISCHIEF_NEGATIVE || q.bid.n < 0, "negative");
		CHECK(kind != MISCHIEF_ZERO || q.bid.n == 0, "nothing");
		CHECK(kind != MISCHIEF_OFF_GRID || !on_tick(q.bid), "off the grid");
		CHECK(kind != MISCHIEF_TENFOLD || q.bid.n > 1000 * NUM_ONE, "tenfold");
		CHECK(kind != MISCHIEF_STALE || q.t < i.ts, "frozen");
	}
	CHECK_INT(count[MISCHIEF_NO_BARS], 0, "no bars");
	CHECK_INT(count[MISCHIEF_BARS_TWICE], 4, "each bar twice");
	CHECK_INT(count[MISCHIEF_TENFOLD], 2, "a bar each minute");
	market_close(m);
}

/* A price that jumps by a tenth at ten o'clock. */
static struct market *jumping(char *dir, bool luld)
{
	struct market_config c = { .bars_dir = dir, .luld = luld, .spread_bp_centi = 100 };
	char path[64];
	struct market *m = NULL;

	if (!CHECK(mkdtemp(dir) != NULL, "a directory"))
		return NULL;
	(void)snprintf(path, sizeof(path), "%s/AAPL.csv", dir);
	FILE *f = fopen(path, "w");
	if (!CHECK(f != NULL, "a file"))
		return NULL;
	fprintf(f, "symbol,timestamp,open,high,low,close,volume\n");
	for (int k = 0; k < 60; k++) {
		int price = k < 30 ? 100 : 110;
		fprintf(f, "AAPL,2024-12-02T%02d:%02d:00Z,%d,%d.05,%d,%d.05,4000\n",
			14 + (30 + k) / 60, (30 + k) % 60, price, price, price, price);
	}
	(void)fclose(f);
	CHECK_INT(market_open(&m, &c, why, sizeof(why)), OK, "it opens");
	(void)unlink(path);
	(void)rmdir(dir);
	return m;
}

void test_halts_limit_up_pauses(void)
{
	char dir[] = "/tmp/gambler-luld-XXXXXX", free_dir[] = "/tmp/gambler-luld-XXXXXX";
	struct market *m = jumping(dir, true), *wild = jumping(free_dir, false);
	ns ten = ny_time(day_of(2024, 12, 2), 10, 0), paused = 0, resumed = 0;
	struct instant i;

	if (m == NULL || wild == NULL)
		return;
	while (market_step(m, &i)) {
		for (uint32_t k = 0; k < i.bands; k++) {
			CHECK(i.ts % (30 * NS_SECOND) == 0, "bands move each half a minute");
			CHECK(i.ts >= ten || (i.band[k].up.n >= 105 * NUM_ONE &&
					      i.band[k].up.n < 106 * NUM_ONE &&
					      i.band[k].down.n >= 95 * NUM_ONE &&
					      i.band[k].down.n < 96 * NUM_ONE), "five per cent");
		}
		for (uint32_t k = 0; k < i.statuses; k++) {
			CHECK(i.status[k].halted == (paused == 0), "a pause, then its end");
			CHECK(!i.status[k].halted || strcmp(i.status[k].reason, "LUDP") == 0,
			      "a volatility pause");
			*(paused == 0 ? &paused : &resumed) = i.ts;
		}
		CHECK(i.ticks == 0 || i.ts < ten || i.ts >= ten + 15 * NS_SECOND + 5 * NS_MINUTE,
		      "nothing trades beyond the band, and in the pause");
	}
	CHECK_INT(paused, ten + 15 * NS_SECOND, "after fifteen seconds at the limit");
	CHECK_INT(resumed, paused + 5 * NS_MINUTE, "for five minutes");
	while (market_step(wild, &i))
		CHECK_INT(i.statuses, 0, "nobody pauses what is not enforced");
	market_close(m);
	market_close(wild);
}

/* Ten new shares for an old one: a tenth of the price, ten times the volume. */
void test_splits_of_generated_prices(void)
{
	static struct xc_actions table;
	struct xc_action a = {
		.ex = day_of(2024, 12, 3), .asset = 0, .kind = XA_SPLIT, .num = 10, .den = 1,
		.pay = day_of(2024, 12, 3)
	};
	struct market *m = market_of_two(day_of(2024, 12, 2), day_of(2024, 12, 4), 0, false);
	struct market *plain = market_of_two(day_of(2024, 12, 2), day_of(2024, 12, 4), 0, false);

	if (m == NULL || plain == NULL)
		return;
	table.n = 0;
	CHECK_INT(actions_add(&table, &a), OK, "a split");
	market_actions(m, &table);
	market_play(m);
	market_play(plain);
	for (sym s = 0; s < 2; s++) {
		struct market_query q = whole_of(s, FEED_SIP, MARKET_DAY);
		size_t n = market_bars(m, &q, bars, MANY, &more);
		CHECK_INT(market_bars(plain, &q, minute, MANY, &more), n, "as many days");
		for (size_t i = 0; i < n; i++) {
			int64_t times = s == 0 && ny_date(bars[i].open_ts) >= a.ex ? 10 : 1;
			int64_t off = minute[i].close.n - bars[i].close.n * times;
			CHECK(off <= 5 * NUM_ONE / 100 && off >= -5 * NUM_ONE / 100,
			      "day %zu: its price", i);
			CHECK(bars[i].volume == minute[i].volume * (double)times,
			      "day %zu: its volume", i);
		}
	}
	market_close(m);
	market_close(plain);
}
