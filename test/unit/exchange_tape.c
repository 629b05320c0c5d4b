#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "exchange_bars.h"

/* Prints, quotes and bars of any length: history against what was told, and against sums that
 * are made here by other means. */

#define MANY 60000

static struct bar minute[MANY], bars[MANY];
static struct market_print print[MANY], told[MANY], page[MANY];
static struct market_quote quote[MANY], told_quote[MANY], quote_page[MANY];
static bool more;

/* ---- frames */

/* Where a frame of a New York wall clock time begins, told in hours and minutes by hand. */
static ns begins(int frame, day d, ns t)
{
	int minutes = (int)((t + ny_offset_s(t) * NS_SECOND) / NS_MINUTE % 1440);
	struct civil c = civil_of(d);

	if (frame < MARKET_DAY) {
		minutes -= minutes % (frame / 60);
		return ny_time(d, minutes / 60, minutes % 60);
	}
	if (frame == MARKET_WEEK)
		while (((d % 7) + 7 + 4) % 7 != 1)	/* 1970-01-01 was a Thursday: Monday is 1 */
			d--;
	if (frame >= MARKET_MONTH(1)) {
		int n = frame / MARKET_MONTH(1);
		d = day_of(c.year, c.month - (c.month - 1) % n, 1);
	}
	return ny_time(d, 0, 0);
}

static size_t sum_up(int frame, const struct bar *from, size_t n)
{
	size_t out = 0;
	struct bar b = { 0 };
	double volume = 0.0;
	bool priced = false;

	for (size_t i = 0; i <= n; i++) {
		const struct bar *m = &from[i];
		ns at = i < n ? begins(frame, ny_date(m->open_ts), m->open_ts) : 0;
		if (i == n || (i > 0 && at != b.open_ts)) {
			b.volume = volume;
			if (priced)
				bars[out++] = b;
			priced = false;
			volume = 0.0;
		}
		if (i == n)
			break;
		b.open_ts = at;
		volume += m->volume;
		if (frame >= MARKET_DAY && !calendar_is_open(NULL, m->open_ts))
			continue;
		if (!priced)
			b.open = m->open, b.high = m->high, b.low = m->low;
		b.high = m->high.n > b.high.n ? m->high : b.high;
		b.low = m->low.n < b.low.n ? m->low : b.low;
		b.close = m->close;
		priced = true;
	}
	return out;
}

/* Before those that have minutes there are days, which count in longer frames: put before the
 * minutes, each as if it were one of its session. */
static size_t with_past(struct market *m, sym s, size_t n)
{
	static struct bar past[400];
	struct market_query q = whole_of(s, FEED_SIP, MARKET_DAY);

	q.to = ny_time(ny_date(minute[0].open_ts), 0, 0) - 1;
	size_t days = market_bars(m, &q, past, COUNT(past), &more);
	CHECK_INT(days, 320, "days before the minutes");
	if (!CHECK(!more && n + days < MANY, "there is room"))
		return 0;
	memmove(minute + days, minute, n * sizeof minute[0]);
	for (size_t i = 0; i < days; i++) {
		CHECK(bar_valid(&past[i]) && past[i].trades > 0, "day %zu is a bar", i);
		CHECK(i == 0 || past[i].open_ts > past[i - 1].open_ts, "and behind the one before");
		minute[i] = past[i];
		minute[i].open_ts = ny_time(ny_date(past[i].open_ts), 10, 0);
	}
	/* The way of the prices goes on: a night is between. */
	double last = px_f64(past[days - 1].close), next = px_f64(minute[days].open);
	CHECK(fabs(next / last - 1) < 0.2, "from %g to %g", last, next);
	return days;
}

/* Autumn 2024: the clock goes back on 3 November, and 29 November is a half day. */
void test_tape_frames_begin_where_they_should(void)
{
	static const int frames[] = {
		60, 7 * 60, 45 * 60, 59 * 60, 3600, 4 * 3600, 23 * 3600, MARKET_DAY, MARKET_WEEK,
		MARKET_MONTH(1), MARKET_MONTH(2), MARKET_MONTH(12)
	};
	struct market *m = market_of_two(day_of(2024, 10, 29), day_of(2024, 12, 3), 0, true);
	static struct bar got[MANY];

	if (m == NULL)
		return;
	market_play(m);
	for (sym s = 0; s < 2; s++) {
		struct market_query q = whole_of(s, FEED_SIP, 60);
		size_t n = market_bars(m, &q, minute, MANY, &more);
		CHECK(n > 5000 && n < MANY && !more, "%zu minutes", n);
		size_t past = with_past(m, s, n);
		for (size_t f = 0; f < COUNT(frames); f++) {
			bool days = frames[f] >= MARKET_DAY;
			size_t want = days ? sum_up(frames[f], minute, n + past) :
				      sum_up(frames[f], minute + past, n);
			q.timeframe_s = frames[f];
			size_t have = market_bars(m, &q, got, MANY, &more);
			CHECK_INT(have, want, "frames of %d s", frames[f]);
			for (size_t i = 0; i < have && i < want; i++)
				if (!CHECK(got[i].open_ts == bars[i].open_ts &&
					   got[i].open.n == bars[i].open.n &&
					   got[i].high.n == bars[i].high.n &&
					   got[i].low.n == bars[i].low.n &&
					   got[i].close.n == bars[i].close.n &&
					   got[i].volume == bars[i].volume,
					   "frame of %d s, number %zu", frames[f], i))
					break;
		}
	}
	market_close(m);
}

void test_tape_core_bars_know_nothing_of_extended_hours(void)
{
	struct market *a = market_of_two(day_of(2024, 11, 26), day_of(2024, 11, 29), 0, false);
	struct market *b = market_of_two(day_of(2024, 11, 26), day_of(2024, 11, 29), 0, true);

	if (a == NULL || b == NULL)
		return;
	market_play(a);
	market_play(b);
	struct market_query q = whole_of(0, FEED_SIP, 300);
	size_t n = market_bars(a, &q, bars, MANY, &more), outside = 0, k = 0;
	size_t all_n = market_bars(b, &q, minute, MANY, &more);
	for (size_t i = 0; i < all_n; i++) {
		if (!calendar_is_open(NULL, minute[i].open_ts))
			outside++;
		else if (CHECK(k < n, "no more of them"))
			CHECK(memcmp(&minute[i], &bars[k++], sizeof(bars[0])) == 0, "the same");
	}
	CHECK_INT(k, n, "all of them");
	CHECK(outside > 100, "and %zu before and after", outside);
	market_close(a);
	market_close(b);
}

/* ---- prints and bars */

static void bars_of_prints(struct market *m, sym s, enum feed f)
{
	struct market_query q = whole_of(s, f, 60);

	q.from = ny_time(day_of(2024, 11, 29), 0, 0);
	size_t n = market_bars(m, &q, minute, MANY, &more);
	size_t k = market_print_page(m, &q, print, MANY, &more), at = 0;

	CHECK(n > 0 && k < MANY && !more, "%zu bars and %zu prints", n, k);
	for (size_t i = 0; i < n; i++) {
		struct bar b = { 0 };
		for (; at < k && print[at].t < minute[i].ts; at++) {
			const struct market_print *p = &print[at];
			CHECK(at == 0 || p->id > print[at - 1].id, "numbers ascend");
			CHECK(p->size > 0 && (f == FEED_SIP || p->exchange == 'V'), "a print");
			if (p->fate == PRINT_CANCELED || p->fate == PRINT_INCORRECT)
				continue;
			if (b.trades++ == 0)
				b.open = b.high = b.low = p->at;
			b.high = p->at.n > b.high.n ? p->at : b.high;
			b.low = p->at.n < b.low.n ? p->at : b.low;
			b.close = p->at;
			b.volume += p->size;
		}
		if (!CHECK(b.volume == minute[i].volume && b.trades == minute[i].trades &&
			   b.open.n == minute[i].open.n && b.high.n == minute[i].high.n &&
			   b.low.n == minute[i].low.n && b.close.n == minute[i].close.n,
			   "minute %zu is what its prints are", i))
			break;
	}
	CHECK_INT(at, k, "no print is left over");
}

void test_tape_prints_add_up_to_bars(void)
{
	struct market *m = market_of_two(day_of(2024, 11, 29), day_of(2024, 12, 2), 1500, false);

	if (m == NULL)
		return;
	market_play(m);
	for (sym s = 0; s < 2; s++)
		for (int f = 0; f < FEEDS; f++)
			bars_of_prints(m, s, (enum feed)f);
	/* IEX has a few per cent, and never more than there was. */
	struct market_query q = whole_of(0, FEED_SIP, MARKET_DAY);
	size_t n = market_bars(m, &q, bars, MANY, &more);
	q.feed = FEED_IEX;
	CHECK_INT(market_bars(m, &q, minute, MANY, &more), n, "as many days");
	for (size_t i = 0; i < n; i++)
		CHECK(minute[i].volume > bars[i].volume * 0.01 &&
		      minute[i].volume < bars[i].volume * 0.10 &&
		      minute[i].high.n <= bars[i].high.n && minute[i].low.n >= bars[i].low.n,
		      "day %zu: thin, and inside", i);
	market_close(m);
}

static size_t drop_corrected(struct market_print *p, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (p[i].fate != PRINT_CORRECTED)
			p[kept++] = p[i];
	return kept;
}

static int by_id(const void *a, const void *b)
{
	const struct market_print *p = a, *q = b;

	return p->id < q->id ? -1 : p->id > q->id;
}

static bool same_quote(const struct market_quote *a, const struct market_quote *b)
{
	return a->t == b->t && a->bid.n == b->bid.n && a->ask.n == b->ask.n &&
	       a->bid_size == b->bid_size && a->ask_size == b->ask_size &&
	       a->bid_exchange == b->bid_exchange && a->ask_exchange == b->ask_exchange;
}

/* What was streamed, and corrected since, is what history shows in the end. */
static void told_is_history(int late_centi)
{
	struct market *m = market_of_two(day_of(2024, 12, 2), day_of(2024, 12, 3), late_centi,
					 false);
	size_t n = 0, quotes = 0, fixes = 0, updates = 0;
	struct instant i;

	if (m == NULL)
		return;
	ns begin = ny_time(day_of(2024, 12, 2), 0, 0);
	while (market_step(m, &i)) {
		struct market_quote q;
		n += market_prints(m, 0, FEED_SIP, &told[n]);
		if (market_quote(m, 0, FEED_SIP, &q) && q.t == i.ts)
			told_quote[quotes++] = q;
		updates += i.updates;
		for (uint32_t k = 0; k < i.fixes; k++) {
			const struct market_fix *f = &i.fix[k];
			if (f->was.sym != 0)
				continue;
			fixes++;
			for (size_t j = 0; j < n; j++)
				if (told[j].id == f->was.id)
					told[j].fate = f->now.size != 0 ? PRINT_INCORRECT
									: PRINT_CANCELED;
		}
	}
	CHECK((late_centi > 0) == (updates > 0) && (late_centi > 0) == (fixes > 0),
	      "%zu revised, %zu fixed", updates, fixes);
	struct market_query q = { .from = begin, .to = INT64_MAX / 2 };
	size_t have = drop_corrected(print, market_print_page(m, &q, print, MANY, &more));
	qsort(told, n, sizeof(told[0]), by_id);
	CHECK_INT(have, n, "as many prints as were told");
	for (size_t k = 0; k < n && k < have; k++)
		if (!CHECK(told[k].id == print[k].id && told[k].t == print[k].t &&
			   told[k].at.n == print[k].at.n && told[k].size == print[k].size &&
			   told[k].fate == print[k].fate &&
			   strcmp(told[k].condition, print[k].condition) == 0,
			   "print %zu is the one that was told", k))
			break;
	have = market_quote_page(m, &q, quote, MANY, &more);
	CHECK_INT(have, quotes, "as many quotes as were told");
	for (size_t k = 0; k < have && k < quotes; k++)
		if (!CHECK(same_quote(&quote[k], &told_quote[k]), "quote %zu is the one told", k))
			break;
	market_close(m);
}

void test_tape_history_is_what_was_told(void)
{
	told_is_history(0);
	told_is_history(3000);
}

/* The first bar of a minute that is revised is another one; then history has the second. */
void test_tape_revised_minutes(void)
{
	struct market *m = market_of_two(day_of(2024, 12, 2), day_of(2024, 12, 2), 2000, false);
	struct instant i;
	size_t n = 0, checked = 0;

	if (m == NULL)
		return;
	while (market_step(m, &i)) {
		for (uint32_t k = 0; k < i.bars; k++)
			if (i.bar[k].sym == 0)
				bars[n++] = i.bar[k];
		for (uint32_t k = 0; k < i.updates; k++) {
			const struct bar *u = &i.update[k];
			struct market_query q = {
				.s = u->sym, .timeframe_s = 60, .from = u->open_ts, .to = u->open_ts
			};
			struct bar b;
			CHECK_INT(i.ts, u->ts + 30 * NS_SECOND, "half a minute late");
			CHECK(u->flags & BAR_REVISED, "it says so");
			CHECK_INT(market_bars(m, &q, &b, 1, &more), 1, "history has it");
			CHECK(b.volume == u->volume && b.close.n == u->close.n, "as it is now");
			for (size_t j = n; u->sym == 0 && j-- > 0;) {
				if (bars[j].open_ts != u->open_ts)
					continue;
				CHECK(bars[j].volume != u->volume || bars[j].vwap.n != u->vwap.n,
				      "the first was another one");
				checked++;
				break;
			}
		}
	}
	CHECK(checked > 40 && checked < 120, "%zu of 390 minutes", checked);
	market_close(m);
}

/* ---- pages */

static void pages(struct market *m, struct market_query q, struct rng *r, bool quotes)
{
	size_t whole = quotes ? market_quote_page(m, &q, quote, MANY, &more)
			      : market_print_page(m, &q, print, MANY, &more);
	size_t got = 0, n;

	CHECK(whole > 100 && !more, "%zu lines", whole);
	do {
		size_t cap = 1 + rng_below(r, 300);
		n = quotes ? market_quote_page(m, &q, quote_page, cap, &more)
			   : market_print_page(m, &q, page, cap, &more);
		CHECK(n <= cap && (n == cap || !more), "no short page");
		bool same = got + n <= whole &&
			    (quotes ? memcmp(quote + got, quote_page, n * sizeof(quote[0])) == 0
				    : memcmp(print + got, page, n * sizeof(print[0])) == 0);
		if (!CHECK(same, "line %zu goes on where the page before ended", got))
			return;
		got += n;
		if (n > 0) {
			q.after = quotes ? quote_page[n - 1].t : page[n - 1].t;
			q.after_id = quotes ? 0 : page[n - 1].id;
		}
	} while (more && n > 0);
	CHECK_INT(got, whole, "each line exactly once");
}

void test_tape_pages_find_each_line_once(void)
{
	struct market *m = market_of_two(day_of(2024, 12, 2), day_of(2024, 12, 3), 500, false);
	struct rng r;

	if (m == NULL)
		return;
	market_play(m);
	rng_seed(&r, check_seed());
	for (int k = 0; k < 8; k++) {
		struct market_query q = whole_of((sym)(k / 4), (enum feed)(k / 2 % 2), 60);
		q.from = ny_time(day_of(2024, 11, 29), 10, 7);
		q.to = ny_time(day_of(2024, 12, 3), 11, 3);
		q.desc = k % 2 == 1;
		pages(m, q, &r, false);
		pages(m, q, &r, true);
	}
	market_close(m);
}
