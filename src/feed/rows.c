/* Bars out of arrays that stand beside each other. */
#include "feed/rows.h"

#include "base/f64.h"
#include "model/calendar.h"

#define DAY_SECONDS   86400
#define SPACING_ROWS  7		/* of fewer nothing is said: what trades thinly has holes */

void rows_column(struct rows *r, enum rows_column c, struct json *j)
{
	if (json_peek(j) == JSON_ARRAY) {
		r->at[c] = *j;
		r->found |= 1u << c;
	}
	json_skip(j);
}

/* A figure of a row: billionths, and the digits. False: it is null, or none. */
static bool figure(struct json *j, int64_t *n, struct str *digits, bool *null)
{
	enum json_type t = json_peek(j);

	*null |= t == JSON_NULL;
	if (t != JSON_NUMBER) {
		json_skip(j);
		return false;
	}
	if (!json_read_number(j, digits))
		return false;
	if (num_parse_round(n, *digits) != OK)
		*n = 0;		/* no price; a volume may be larger than one can be */
	return true;
}

static px price_of(int64_t n)
{
	px p = { n };

	return n > 0 ? px_tick(p, tick_of(p), ROUND_NEAR) : p;
}

/* Whether the starts are those of bars of this length. The last one is left out: it may be that
 * of a bar that is being built. */
static bool spaced(struct json at, int timeframe_s)
{
	int64_t t, last = 0, least = INT64_MAX, gap = INT64_MAX;
	struct str digits;
	bool null = false;
	uint32_t n = 0;

	for (json_enter_array(&at); json_next_item(&at); n++) {
		if (!figure(&at, &t, &digits, &null))
			continue;
		least = gap < least ? gap : least;
		gap = n > 0 && t > last ? (t - last) / NUM_ONE : INT64_MAX;
		last = t;
	}
	return least == INT64_MAX || timeframe_s >= DAY_SECONDS ||
	       (least >= timeframe_s && (least == timeframe_s || n < SPACING_ROWS));
}

/* One row into *b; false: it is none. */
static bool row(struct rows *r, int timeframe_s, struct bar *b, bool *null)
{
	int64_t n[ROWS_COLUMNS] = { 0 };
	struct str digits = { "", 0 };
	bool all = true;

	for (int c = ROWS_TIME; c < ROWS_COLUMNS; c++)
		all &= figure(&r->at[c], &n[c], &digits, null);
	if (!all || n[ROWS_TIME] <= 0 || !f64_parse(&b->volume, digits))
		return false;
	int64_t s = n[ROWS_TIME] / NUM_ONE;
	/* A day's start is told as its midnight or as its opening, in the same day of UTC. */
	b->open_ts = timeframe_s >= DAY_SECONDS ? ny_time((day)(s / DAY_SECONDS), 0, 0)
						: s * NS_SECOND;
	b->ts = b->open_ts + timeframe_s * NS_SECOND;
	b->open = price_of(n[ROWS_OPEN]);
	b->high = price_of(n[ROWS_HIGH]);
	b->low = price_of(n[ROWS_LOW]);
	b->close = price_of(n[ROWS_CLOSE]);
	return (timeframe_s >= DAY_SECONDS || s % timeframe_s == 0) && bar_valid(b);
}

enum err rows_bars(struct rows *r, sym s, int timeframe_s,
		   void (*each)(void *ctx, const struct bar *b), void *ctx)
{
	struct rows at = *r;
	ns last = 0;
	bool more = true;

	r->bars = r->empty = r->odd = 0;
	if ((r->found & 1u << ROWS_TIME) == 0)
		return OK;
	if (r->found != (1u << ROWS_COLUMNS) - 1)
		return ERR_PARSE;
	if (!spaced(at.at[ROWS_TIME], timeframe_s))
		return ERR_RANGE;
	for (int c = ROWS_TIME; c < ROWS_COLUMNS; c++)
		json_enter_array(&at.at[c]);
	for (;;) {
		struct bar b = { .sym = s };
		bool null = false;
		more = json_next_item(&at.at[ROWS_TIME]);
		for (int c = ROWS_OPEN; c < ROWS_COLUMNS; c++)
			if (json_next_item(&at.at[c]) != more)
				return ERR_PARSE;
		if (!more)
			return OK;
		bool is = row(&at, timeframe_s, &b, &null);
		if (!is || b.open_ts <= last) {
			*(null ? &r->empty : &r->odd) += 1;
			continue;
		}
		last = b.open_ts;
		r->bars++;
		each(ctx, &b);
	}
}
