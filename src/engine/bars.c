/* bars.c: minutes become bars of the instance's timeframe, on a grid that begins at the
 * session's open, so that 60-minute bars begin at 09:30 as charts have them. Only the
 * core session counts. A minute without trades has no bar and none is made up. */
#include "engine/inside.h"

struct slot *slot_find(struct engine *e, sym s)
{
	if (s >= SYMBOLS_MAX || e->slot_of[s] == NO_SLOT)
		return NULL;
	assert(e->slot_of[s] < e->slots_n);
	return &e->slot[e->slot_of[s]];
}

struct slot *slot_add(struct engine *e, sym s)
{
	struct slot *found = slot_find(e, s);

	if (found != NULL || s >= SYMBOLS_MAX || e->slots_n == SLOTS_MAX)
		return found;
	e->slot_of[s] = (uint8_t)e->slots_n;
	found = &e->slot[e->slots_n++];
	found->sym = s;
	assert(slot_find(e, s) == found);
	return found;
}

bool session_now(const struct engine *e)
{
	assert(e->session.open < e->session.close);
	return e->now >= e->session.open && e->now < e->session.close;
}

/* The session in which the bar lies; false when it lies in none. */
static bool in_core(struct engine *e, const struct bar *b)
{
	struct session s;

	if (b->open_ts >= e->bars.open && b->open_ts < e->bars.close)
		return b->ts <= e->bars.close;
	if (!calendar_session(e->c.calendar, ny_date(b->open_ts), &s))
		return false;
	if (b->open_ts < s.open || b->ts > s.close)
		return false;
	assert(s.open < s.close);
	e->bars = s;
	return true;
}

static ns end_of(const struct engine *e, const struct bar *b)
{
	ns tf = timeframe(e);
	ns end = e->bars.open + ((b->open_ts - e->bars.open) / tf + 1) * tf;

	assert(end > b->open_ts);
	return end < e->bars.close ? end : e->bars.close;
}

static void find_pending(struct engine *e)
{
	e->pending = NEVER;
	assert(e->slots_n <= SLOTS_MAX);
	for (uint32_t i = 0; i < e->slots_n; i++)
		if (e->slot[i].end != 0 && e->slot[i].end < e->pending)
			e->pending = e->slot[i].end;
}

/* A closed bar of the timeframe: into the series, and to the strategy. */
static void finish(struct engine *e, struct slot *s, const struct bar *b)
{
	assert(s->series.n == 0 || series_ago(&s->series, 0)->ts <= b->open_ts);
	series_push(&s->series, b);
	if (s->state != NULL)
		e->c.strategy->update(s->state, &e->c.params, b);
	s->last = b->close;
	s->fresh = (b->flags & (BAR_WARMUP | BAR_LATE)) == 0;
	if (e->s.last_bar < b->ts)
		e->s.last_bar = b->ts;
}

/* The minutes so far, in order, as one bar. */
static void close_slot(struct engine *e, struct slot *s)
{
	struct bar b = s->part[0];

	assert(s->parts > 0 && s->parts <= PARTS_MAX);
	b.ts = s->end;
	for (uint32_t i = 1; i < s->parts; i++) {
		const struct bar *p = &s->part[i];
		b.high = p->high.n > b.high.n ? p->high : b.high;
		b.low = p->low.n < b.low.n ? p->low : b.low;
		b.close = p->close;
		b.volume += p->volume;
		b.trades += p->trades;
		b.vwap = (px){ 0 };
		b.flags &= p->flags;	/* history only when all of it is */
	}
	b.open_ts = s->begin;
	s->parts = 0;
	s->end = 0;
	finish(e, s, &b);
}

/* Keeps the minutes in order of time whatever the order of their coming. */
static void put_part(struct slot *s, const struct bar *b)
{
	uint32_t at = s->parts;

	while (at > 0 && s->part[at - 1].open_ts >= b->open_ts)
		at--;
	if (at < s->parts && s->part[at].open_ts == b->open_ts) {
		if (b->flags & BAR_REVISED)
			s->part[at] = *b;
		return;
	}
	assert(s->parts < PARTS_MAX);
	memmove(&s->part[at + 1], &s->part[at], (s->parts - at) * sizeof s->part[0]);
	s->part[at] = *b;
	s->parts++;
}

/* Behind the slice that was decided: of use only where nothing newer is in the series. */
static void take_late(struct engine *e, struct slot *s, const struct bar *b, ns end)
{
	struct bar late = *b;
	ns newest = s->series.n > 0 ? series_ago(&s->series, 0)->ts : 0;

	if (b->flags & (BAR_REVISED | BAR_WARMUP))
		return;
	e->s.late_bars++;
	if (newest > b->open_ts || s->parts > 0)
		return;
	assert(end >= b->ts);
	late.ts = end;
	late.flags |= BAR_LATE;
	finish(e, s, &late);
}

void bars_take(struct engine *e, const struct bar *b)
{
	struct slot *s = slot_find(e, b->sym);
	ns length = b->ts - b->open_ts;

	if (s == NULL || !bar_valid(b) || length < NS_MINUTE || length > timeframe(e)) {
		e->s.odd_reports += s != NULL;
		return;
	}
	if (!in_core(e, b))
		return;
	ns end = end_of(e, b);
	ns newest = s->series.n > 0 ? series_ago(&s->series, 0)->ts : 0;
	bool decided = s->series.n > 0 && end <= newest;
	if (b->ts > end || decided || (s->end != 0 && end < s->end)) {
		if (b->ts <= end)
			take_late(e, s, b, end);
		return;
	}
	if ((b->flags & BAR_WARMUP) == 0 && end <= e->s.last_decision) {
		take_late(e, s, b, end);
		return;
	}
	if (s->end != 0 && end > s->end)
		close_slot(e, s);
	if (b->ts == end && length == timeframe(e) && (b->flags & BAR_WARMUP)) {
		s->parts = 0;
		s->end = 0;
		finish(e, s, b);
	} else {
		if (s->end == 0)
			s->parts = 0;
		s->end = end;
		s->begin = e->bars.open + (end - 1 - e->bars.open) / timeframe(e) * timeframe(e);
		put_part(s, b);
		s->last = s->part[s->parts - 1].close;
	}
	find_pending(e);
	assert(s->parts <= PARTS_MAX);
}

bool bars_due(const struct engine *e, const struct event *ev)
{
	if (e->pending == NEVER)
		return false;
	assert(e->pending > 0);
	if (ev->kind == EV_CLOCK && ev->u.clock.complete && e->now >= e->pending)
		return true;
	return e->now >= e->pending + GRACE_SLICE;
}

ns bars_close(struct engine *e)
{
	ns end = e->pending;

	assert(end != NEVER);
	for (uint32_t i = 0; i < e->slots_n; i++)
		if (e->slot[i].end == end)
			close_slot(e, &e->slot[i]);
	find_pending(e);
	return end;
}
