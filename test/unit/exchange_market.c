#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exchange/market.h"
#include "exchange_bars.h"
#include "exchange/path.h"

#define HEADER "symbol,timestamp,open,high,low,close,volume\n"
#define ALL INT64_MIN, INT64_MAX, INT64_MIN

static char why[300];
static struct symbols names;
static struct bar bars[12000];
static bool more;

static struct market_config generated(const char *a, const char *b, day start, day until)
{
	sym s;

	names.n = 0;
	CHECK_INT(symbols_add(&names, str_of(a), &s), OK, "%s", a);
	if (b != NULL)
		CHECK_INT(symbols_add(&names, str_of(b), &s), OK, "%s", b);
	return (struct market_config){
		.seed = 7, .symbols = &names, .start = start, .until = until,
		.spread_bp_centi = 100
	};
}

static struct market *opened(const struct market_config *c)
{
	struct market *m = NULL;
	enum err e = market_open(&m, c, why, sizeof(why));

	CHECK_INT(e, OK, "the market opens: %s", e == OK ? "" : why);
	return m;
}

/* ---- generated */

void test_market_instants_of_a_week(void)
{
	/* The week of Thanksgiving 2024: Thursday closed, Friday half. */
	struct market_config c = generated("AAPL", "AZO", day_of(2024, 11, 25),
					   day_of(2024, 11, 29));
	struct market *m = opened(&c);
	struct instant i;
	ns last = 0, close = 0;
	uint32_t opens = 0, closes = 0, instants = 0, minutes = 0;

	if (m == NULL)
		return;
	CHECK_INT(market_first(m), day_of(2024, 11, 25), "first day");
	CHECK_INT(market_last(m), day_of(2024, 11, 29), "last day");
	CHECK(market_now(m) < ny_time(day_of(2024, 11, 25), 9, 25), "before it begins");
	while (market_step(m, &i)) {
		CHECK(i.ts > last, "time goes on");
		CHECK_INT(market_now(m), i.ts, "now is the instant");
		last = i.ts;
		instants++;
		opens += (i.flags & INSTANT_OPEN) != 0;
		closes += (i.flags & INSTANT_CLOSE) != 0;
		close = i.flags & INSTANT_CLOSE ? i.ts : close;
		minutes += i.bars;
		CHECK(i.ticks == 0 || calendar_is_open(NULL, i.ts), "ticks in the session only");
		for (uint32_t k = 0; k < i.ticks; k++) {
			const struct market_tick *t = &i.tick[k];
			CHECK(t->bid.n > 0 && t->bid.n < t->ask.n, "a spread");
			CHECK(t->bid.n <= t->last.n && t->last.n <= t->ask.n, "around the trade");
			CHECK(on_tick(t->bid) && on_tick(t->ask), "on the grid");
			CHECK(k == 0 || t->sym > i.tick[k - 1].sym, "by symbol");
		}
		for (uint32_t k = 0; k < i.bars; k++)
			CHECK_INT(i.bar[k].ts, i.ts, "a minute is told when it ends");
		if (i.flags & INSTANT_CLOSE)
			CHECK_INT(i.ticks, 0, "no ticks at the close");
	}
	CHECK_INT(opens, 4, "four sessions");
	CHECK_INT(closes, 4, "that close");
	CHECK_INT(instants, 3 * (1 + 1561) + 1 + 841, "one each 15 s, and one before the open");
	CHECK_INT(close, ny_time(day_of(2024, 11, 29), 13, 0), "the half day ends at 13:00");
	CHECK(minutes >= 1380 && minutes <= 2 * 1380, "minute bars of a busy and a thin symbol");
	CHECK(i.flags == 0 && !market_step(m, &i), "nothing behind the end");
	market_close(m);
}

static bool same_prices(const struct bar *a, const struct bar *b)
{
	return a->open.n == b->open.n && a->high.n == b->high.n && a->low.n == b->low.n &&
	       a->close.n == b->close.n;
}

/* Minute bars that were told are those of the history, and add up to its longer ones. */
void test_market_minutes_and_history_agree(void)
{
	struct market_config c = generated("AAPL", "AZO", day_of(2024, 11, 29),
					   day_of(2024, 12, 2));
	struct market *m = opened(&c);
	static struct bar told[2][2000];
	size_t n[2] = { 0, 0 };
	struct instant i;

	if (m == NULL)
		return;
	while (market_step(m, &i))
		for (uint32_t k = 0; k < i.bars; k++) {
			sym s = i.bar[k].sym;
			told[s][n[s]++] = i.bar[k];
		}
	ns from = ny_time(day_of(2024, 11, 29), 0, 0);
	for (sym s = 0; s < 2; s++) {
		size_t got = bars_of(m, s, 60, from, INT64_MAX, INT64_MIN, bars, COUNT(bars),
					 &more);
		CHECK_INT(got, n[s], "as many minutes as were told");
		CHECK(memcmp(bars, told[s], n[s] * sizeof(bars[0])) == 0, "the same ones");
		static const int frames[] = { 300, 900, 3600, 86400 };
		for (size_t f = 0; f < COUNT(frames); f++) {
			size_t at = 0;
			got = bars_of(m, s, frames[f], from, INT64_MAX, INT64_MIN, bars,
					  COUNT(bars), &more);
			for (size_t k = 0; k < got; k++) {
				struct bar all = { 0 };
				for (bool first = true; at < n[s] && told[s][at].ts <= bars[k].ts;
				     at++, first = false)
					if (first)
						all = told[s][at];
					else
						bar_join(&all, &told[s][at]);
				CHECK(same_prices(&all, &bars[k]), "frame %d bar %zu: prices",
				      frames[f], k);
				CHECK(all.volume == bars[k].volume && all.vwap.n == bars[k].vwap.n,
				      "frame %d bar %zu: volume", frames[f], k);
			}
			CHECK_INT(at, n[s], "frame %d holds all minutes", frames[f]);
		}
	}
	market_close(m);
}

/* The frame that is running is what its minutes were so far. */
static void running_frame(struct market *m, int frame_s, ns now)
{
	static struct bar minute[1000];
	size_t n = bars_of(m, 0, frame_s, ALL, bars, COUNT(bars), &more);

	if (!CHECK(n > 0 && !more, "there is history at once"))
		return;
	const struct bar *b = &bars[n - 1];
	size_t k = bars_of(m, 0, 60, b->open_ts, INT64_MAX, INT64_MIN, minute, COUNT(minute),
			   &more);
	double volume = 0.0;
	for (size_t i = 0; i < k; i++)
		volume += minute[i].volume;
	if (!CHECK(k > 0, "frame %d has minutes", frame_s))
		return;
	CHECK(minute[k - 1].ts <= now, "frame %d: nothing behind now", frame_s);
	CHECK_INT(b->close.n, minute[k - 1].close.n, "frame %d: the newest close", frame_s);
	CHECK(b->volume == volume, "frame %d: the volume so far", frame_s);
	/* AAPL trades in every minute: the last complete one is there. */
	if (calendar_is_open(NULL, now - 1) && now > ny_time(ny_date(now), 9, 31))
		CHECK_INT(minute[k - 1].ts, now - now % NS_MINUTE, "the newest minute");
}

void test_market_never_tells_the_future(void)
{
	struct market_config c = generated("AAPL", "AZO", day_of(2024, 10, 1), day_of(2024, 10, 3));
	struct market *m = opened(&c);
	static const int frames[] = { 60, 300, 900, 3600, 86400 };
	struct instant i;
	uint32_t k = 0;

	if (m == NULL)
		return;
	while (market_step(m, &i)) {
		if (k++ % 97 != 0 && (i.flags & (INSTANT_OPEN | INSTANT_CLOSE)) == 0)
			continue;
		for (size_t f = 0; f < COUNT(frames); f++)
			running_frame(m, frames[f], i.ts);
	}
	size_t n = bars_of(m, 0, 86400, ALL, bars, COUNT(bars), &more);
	CHECK_INT(n, 320 + 15, "days, twelve sessions of history, three that were played");
	CHECK_INT(bars[n - 1].open_ts, ny_time(day_of(2024, 10, 3), 0, 0),
		  "labelled with midnight");
	market_close(m);
}

void test_market_history_in_pages(void)
{
	struct market_config c = generated("AAPL", NULL, day_of(2024, 10, 1), 0);
	struct market *m = opened(&c);
	static struct bar page[7];
	struct instant i;
	ns after = INT64_MIN;
	size_t at = 0;

	if (m == NULL)
		return;
	for (int k = 0; k < 500; k++)
		(void)market_step(m, &i);
	size_t n = bars_of(m, 0, 300, ALL, bars, COUNT(bars), &more);
	CHECK(n > 900 && !more, "all at once");
	do {
		size_t got = bars_of(m, 0, 300, INT64_MIN, INT64_MAX, after, page, 7, &more);
		CHECK(memcmp(page, bars + at, got * sizeof(page[0])) == 0, "page at %zu", at);
		CHECK(got == 7 || !more, "pages are full but for the last");
		at += got;
		after = got > 0 ? page[got - 1].open_ts : after;
	} while (more);
	CHECK_INT(at, n, "the pages are all of it");
	size_t got = bars_of(m, 0, 300, bars[10].open_ts, bars[20].open_ts, INT64_MIN, page, 7,
				 &more);
	CHECK(got == 7 && more && page[0].open_ts == bars[10].open_ts, "from is inclusive");
	got = bars_of(m, 0, 300, bars[10].open_ts, bars[12].open_ts, INT64_MIN, page, 7, &more);
	CHECK(got == 3 && !more, "to is inclusive");
	got = bars_of(m, 0, 300, 5, 4, INT64_MIN, page, 7, &more);
	CHECK(got == 0 && !more, "an empty span");
	market_close(m);
}

void test_market_same_seed_same_bytes(void)
{
	struct market_config c = generated("AAPL", NULL, day_of(2024, 10, 1), 0);
	struct market *a = opened(&c);
	struct instant i, j;

	c.seed = 7;
	struct market_config d = generated("SPY", "AAPL", day_of(2024, 10, 1), 0);
	struct market *b = opened(&d);
	if (a == NULL || b == NULL)
		return;
	for (int k = 0; k < 4000; k++) {
		if (!market_step(a, &i) || !market_step(b, &j) || i.ts != j.ts)
			break;
		const struct market_tick *t = j.ticks > 0 ? &j.tick[j.ticks - 1] : NULL;
		if (i.ticks == 0)
			continue;
		CHECK(t != NULL && t->sym == 1 && t->last.n == i.tick[0].last.n &&
		      t->bid.n == i.tick[0].bid.n && t->volume == i.tick[0].volume,
		      "a symbol's ticks do not depend on the other symbols");
	}
	market_close(a);
	market_close(b);
}

void test_market_refuses(void)
{
	struct market_config c = generated("AAPL", NULL, day_of(2024, 10, 5), day_of(2024, 10, 6));
	struct market *m;

	CHECK_INT(market_open(&m, &c, why, sizeof(why)), ERR_CONFIG, "a weekend has no session");
	CHECK(m == NULL && why[0] != '\0', "and says so: %s", why);
	c.until = day_of(2024, 10, 1);
	CHECK_INT(market_open(&m, &c, why, sizeof(why)), ERR_CONFIG, "the end before the start");
	names.n = 0;
	CHECK_INT(market_open(&m, &c, why, sizeof(why)), ERR_CONFIG, "no symbols");
	c.bars_dir = "/nowhere/at/all";
	CHECK_INT(market_open(&m, &c, why, sizeof(why)), ERR_CONFIG, "no directory");
	CHECK(strstr(why, "/nowhere/at/all") != NULL, "named: %s", why);
	market_close(NULL);
}

/* ---- from files */
static char dir[64];
static char complaints[8192];

static void complain(void *ctx, const char *line)
{
	size_t n = strlen(complaints);

	(void)ctx;
	(void)snprintf(complaints + n, sizeof(complaints) - n, "%s\n", line);
}

static struct market_config files(void)
{
	(void)snprintf(dir, sizeof(dir), "/tmp/gambler-bars-XXXXXX");
	CHECK(mkdtemp(dir) != NULL, "a directory");
	complaints[0] = '\0';
	return (struct market_config){ .bars_dir = dir, .seed = 7, .complain = complain };
}

static void put(const char *name, const char *text)
{
	char path[200];
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "a");

	if (CHECK(f != NULL, "%s", path)) {
		(void)fputs(text, f);
		(void)fclose(f);
	}
}

/* A session of bars, the i-th of which closes at 100 + i cents, from 09:30 on. */
static void put_session(const char *name, const char *symbol, day d, int minutes, int count)
{
	char text[200], at[RFC3339_TEXT];

	for (int i = 0; i < count; i++) {
		(void)rfc3339_text(at, ny_time(d, 9, 30) + i * minutes * NS_MINUTE);
		(void)snprintf(text, sizeof(text), "%s,%s,100,%d.%02d,99.5,%d.%02d,1000\n", symbol,
			       at, 101 + i / 100, i % 100, 100 + i / 100, i % 100);
		put(name, text);
	}
}

static void clean(struct market *m)
{
	char command[200];

	market_close(m);
	(void)snprintf(command, sizeof(command), "rm -r '%s'", dir);
	CHECK_INT(system(command), 0, "removed");
}

void test_market_from_files(void)
{
	struct market_config c = files();
	day d = day_of(2024, 10, 1);

	put("all.csv", HEADER);
	put_session("all.csv", "AAPL", d, 5, 78);
	put_session("all.csv", "MSFT", d, 5, 78);
	put("GOOG.csv", "timestamp,open,high,low,close,volume\r\n"
	    "2024-10-02T13:30:00Z,1,2,1,2,50\r\n2024-10-02T13:35:00Z,2,2,1,1,50\r\n");
	put("notes.txt", "not looked at\n");
	struct market *m = opened(&c);
	struct instant i;
	uint32_t count = 0;
	if (m == NULL)
		return;
	CHECK_INT(market_symbols(m)->n, 3, "three symbols");
	CHECK_TEXT(market_symbols(m)->name[0], "GOOG", "in order of files");
	CHECK_INT(market_first(m), d, "first day");
	CHECK_INT(market_last(m), d + 1, "last day");
	CHECK_INT(market_bad_rows(m), 0, "nothing bad: %s", complaints);
	while (market_step(m, &i))
		count++;
	CHECK_INT(count, 2 * 1562, "two sessions");
	CHECK_INT(bars_of(m, 1, 300, ALL, bars, COUNT(bars), &more), 78, "all bars");
	CHECK_INT(bars[77].close.n, 100770000000, "as they were");
	CHECK(bars[77].volume == 1000.0, "with their volume");
	CHECK_INT(bars_of(m, 0, 300, ALL, bars, COUNT(bars), &more), 2, "of a thin one too");
	CHECK_INT(bars_of(m, 1, 86400, ALL, bars, COUNT(bars), &more), 1, "and the day");
	CHECK(bars[0].volume == 78000.0 && bars[0].ts == ny_time(d, 16, 0), "as one bar");
	clean(m);
}

void test_market_bad_rows(void)
{
	struct market_config c = files();

	put("AAPL.csv", HEADER);
	put_session("AAPL.csv", "AAPL", day_of(2024, 10, 1), 5, 30);
	put("AAPL.csv",
	    "AAPL,2024-10-01T15:55:00Z,1,1,1,1,1\n"		/* 32: again */
	    "AAPL,2024-10-01T15:50:00Z,1,1,1,1,1\n"		/* 33: earlier */
	    "AAPL,2024-10-01T16:02:00Z,1,1,1,1,1\n"		/* 34: off the grid */
	    "AAPL,2024-10-01T16:05:30Z,1,1,1,1,1\n"		/* 35: off the grid */
	    "AAPL,2024-10-01T16:10:00Z,,,,,\n"			/* 36: nothing in it */
	    "aapl,2024-10-01T16:15:00Z,1,1,1,1,1\n"		/* 37: no symbol */
	    "AAPL,2024-10-01T16:20:00Z,1,1,1,1,5000000000\n"	/* 38: too much */
	    "AAPL,2024-10-01T12:00:00Z,1,1,1,1,1\n"		/* early trading */
	    "AAPL,2024-10-01T20:00:00Z,1,1,1,1,1\n"		/* late trading */
	    "AAPL,2024-10-05T14:00:00Z,1,1,1,1,1\n");		/* a Saturday */
	put("daily.csv", HEADER "AAPL,2024-10-01T04:00:00Z,1,1,1,1,1\n"
	    "AAPL,2024-10-02T04:00:00Z,1,1,1,1,1\n");
	put("empty.csv", "");
	put("broken.csv", "a,b\n1,2\n");
	struct market *m = opened(&c);
	if (m == NULL)
		return;
	static const char *const told[] = {
		"AAPL.csv:32: there was a bar", "AAPL.csv:33: earlier", "AAPL.csv:34: not on",
		"AAPL.csv:35: not on", "AAPL.csv:36: a price is missing", "AAPL.csv:37: the symbol",
		"AAPL.csv:38: a volume", "daily.csv:1: AAPL: only bars of 1 or 5",
		"empty.csv:1: the file is empty", "broken.csv:1: the first line",
	};
	for (size_t k = 0; k < COUNT(told); k++)
		CHECK(strstr(complaints, told[k]) != NULL, "'%s' is told in:\n%s", told[k],
		      complaints);
	CHECK_INT(market_bad_rows(m), COUNT(told), "and counted");
	CHECK_INT(market_outside_rows(m), 3, "bars outside of the sessions are counted apart");
	struct instant i;
	while (market_step(m, &i))
		;
	CHECK_INT(bars_of(m, 0, 300, ALL, bars, COUNT(bars), &more), 30, "30 good ones");
	clean(m);
}

void test_market_prefers_minutes(void)
{
	struct market_config c = files();
	day d = day_of(2024, 11, 29);		/* a half day */
	struct instant i;

	put("A.5m.csv", HEADER);
	put_session("A.5m.csv", "A", d, 5, 78);
	put("A.1m.csv", HEADER);
	put_session("A.1m.csv", "A", d, 1, 390);
	put("BRK.B.5m.csv", "t,open,high,low,close,volume\n1732890600,1,1,1,1,1\n");
	struct market *m = opened(&c);
	if (m == NULL)
		return;
	while (market_step(m, &i))
		;
	CHECK_TEXT(market_symbols(m)->name[1], "BRK.B", "a class of shares in a file's name");
	CHECK_INT(bars_of(m, 0, 60, ALL, bars, COUNT(bars), &more), 210, "minutes to 13:00");
	CHECK_INT(bars[5].close.n, 100050000000, "of the file with minutes");
	CHECK_INT(market_outside_rows(m), 180, "what is behind 13:00 is not played");
	CHECK(strstr(complaints, "A.5m.csv:1: A: there are bars of 1 minute") != NULL, "told");
	CHECK_INT(market_bad_rows(m), 0, "but not bad");
	clean(m);
}

void test_market_window_and_extended_hours(void)
{
	struct market_config c = files();
	struct instant i;
	day d = day_of(2024, 10, 1);

	for (int k = 0; k < 8; k++) {
		char name[24];
		struct session s;
		(void)snprintf(name, sizeof(name), "A.%d.csv", k);
		if (!calendar_session(NULL, d + k, &s))
			continue;
		put(name, HEADER);
		put_session(name, "A", d + k, 5, 84);	/* to 16:30 */
	}
	put("A.9.csv", "bad before the window too\n");
	c.start = d + 2;
	c.until = d + 3;
	c.history_sessions = 1;
	struct market *m = opened(&c);
	if (m == NULL)
		return;
	CHECK_INT(market_first(m), d + 2, "the first day that was asked for");
	CHECK_INT(market_last(m), d + 3, "the last one");
	CHECK_INT(bars_of(m, 0, 300, ALL, bars, COUNT(bars), &more), 78, "a session before");
	CHECK_INT(market_outside_rows(m), 3 * 6, "files outside are not read");
	market_close(m);

	c.extended_hours = true;
	m = opened(&c);
	if (m == NULL)
		return;
	CHECK_INT(market_outside_rows(m), 0, "late bars are played");
	uint32_t late = 0, closes = 0, last = 0;
	while (market_step(m, &i)) {
		late += i.ticks > 0 && i.ts >= ny_time(ny_date(i.ts), 16, 0);
		closes += (i.flags & INSTANT_CLOSE) != 0;
		last = i.flags;
	}
	CHECK(late > 0, "there are ticks behind the close");
	CHECK_INT(closes, 2, "the core session closes nevertheless");
	CHECK(last & INSTANT_END, "the end is late trading's");
	CHECK_INT(bars_of(m, 0, 86400, ALL, bars, COUNT(bars), &more), 3, "days");
	CHECK(bars[2].volume == 84000.0, "with all of their volume");
	clean(m);
}
