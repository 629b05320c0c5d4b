/* take.c: minutes become bars of the timeframe, slice by slice. Minutes of a slice wait in order
 * of time, whatever the order of their coming; a bar that is the whole slice goes into its row
 * at once. */
#include "chart/inside.h"

static void part_of(struct part *p, const struct bar *b)
{
	p->open_ts = b->open_ts;
	p->ts = b->ts;
	p->v[COL_OPEN] = px_f64(b->open);
	p->v[COL_HIGH] = px_f64(b->high);
	p->v[COL_LOW] = px_f64(b->low);
	p->v[COL_CLOSE] = px_f64(b->close);
	p->v[COL_VOLUME] = b->volume;
	p->trades = b->trades;
	p->flags = b->flags;
}

/* The row behind those that wait, for a bar that is a whole slice. */
static void put_whole(struct chart *c, uint32_t slot, const struct bar *b, ns end)
{
	const struct chart_rows *r = &c->head.slot[slot].row;
	struct part p;

	if (r->at + r->wait == c->frame[0].cap)
		rows_room(c, slot, 0, 1);
	part_of(&p, b);
	p.ts = end;
	row_write(c, slot, 0, r->at + r->wait, &p);
	c->head.slot[slot].last = b->close;
}

void join_parts(struct chart *c, uint32_t slot)
{
	struct chart_slot *s = &c->head.slot[slot];
	const struct part *part = c->part + (size_t)slot * c->parts_max;
	struct part all = part[0];

	assert(s->parts > 0 && s->parts <= c->parts_max);
	for (uint32_t i = 1; i < s->parts; i++) {
		const struct part *p = &part[i];
		if (p->v[COL_HIGH] > all.v[COL_HIGH])
			all.v[COL_HIGH] = p->v[COL_HIGH];
		if (p->v[COL_LOW] < all.v[COL_LOW])
			all.v[COL_LOW] = p->v[COL_LOW];
		all.v[COL_CLOSE] = p->v[COL_CLOSE];
		all.v[COL_VOLUME] += p->v[COL_VOLUME];
		all.trades += p->trades;
		all.flags &= p->flags;	/* history only when all of it is */
	}
	session_at(c, &c->taking, all.open_ts);
	all.open_ts = slice_at(c, 0, &c->taking, all.open_ts).begin;
	all.ts = s->end;
	rows_room(c, slot, 0, 1);
	row_write(c, slot, 0, s->row.at + s->row.wait, &all);
}

static void find_pending(struct chart *c)
{
	c->m->pending = NEVER;
	for (uint32_t i = 0; i < c->m->slots; i++) {
		ns end = c->head.slot[i].end;
		if (end != 0 && end < c->m->pending)
			c->m->pending = end;
	}
	assert(c->m->pending > 0);
}

/* false: there already. */
static bool put_part(struct chart *c, uint32_t slot, const struct bar *b)
{
	struct chart_slot *s = &c->head.slot[slot];
	struct part *part = c->part + (size_t)slot * c->parts_max;
	uint32_t at = s->parts;

	if (s->parts == CHART_WHOLE)
		return false;
	while (at > 0 && part[at - 1].open_ts >= b->open_ts)
		at--;
	bool there = at < s->parts && part[at].open_ts == b->open_ts;
	if (there && (b->flags & BAR_REVISED) == 0)
		return false;
	if (!there) {
		/* More than there are minutes: some overlap, and add nothing. */
		if (s->parts == c->parts_max)
			return false;
		memmove(&part[at + 1], &part[at], (s->parts - at) * sizeof part[0]);
		s->parts++;
	}
	part_of(&part[at], b);
	if (at + 1U == s->parts)
		s->last = b->close;
	return true;
}

/* Behind the slice that was decided: of use only where nothing newer is in the series. */
static enum chart_took take_late(struct chart *c, uint32_t slot, const struct bar *b, ns end)
{
	const struct chart_slot *s = &c->head.slot[slot];
	struct bar late = *b;

	if (b->flags & (BAR_REVISED | BAR_WARMUP))
		return CHART_OLD;
	if (s->row.until > b->open_ts || s->end != 0)
		return CHART_LATE;
	assert(end >= b->ts);
	late.flags |= BAR_LATE;
	put_whole(c, slot, &late, end);
	row_closed(c, slot, end);
	c->m->ready = c->m->ready_at = 0;
	return CHART_LATE;
}

/* History at the length of frames above 0, or a day's. */
static enum chart_took take_long(struct chart *c, uint32_t slot, const struct bar *b)
{
	struct part p;
	ns length = b->ts - b->open_ts;
	ns within = length >= DAY_LENGTH ? b->open_ts + length / 2 : b->open_ts;
	day d = ny_date(within);
	struct session s;
	enum chart_took took = CHART_ODD;

	part_of(&p, b);
	if (length >= DAY_LENGTH) {
		if (!c->raw && !calendar_session(c->calendar, d, &s))
			return CHART_OUTSIDE;
		within = c->raw ? within : s.open;
	}
	if (!session_at(c, &c->taking, within))
		return CHART_OUTSIDE;
	if (length >= DAY_LENGTH) {
		p.open_ts = c->taking.from;
		p.ts = c->taking.to;
	}
	if (p.ts > c->taking.to)
		return CHART_OUTSIDE;
	for (uint32_t f = 1; f < c->frames; f++) {
		if (slice_at(c, f, &c->taking, p.open_ts).end < p.ts)
			continue;
		row_feed(c, slot, f, &c->taking, &p);
		took = CHART_CLOSED;
	}
	return took;
}

/* Into the slice [to.begin, to.end), which nobody has decided on. */
static enum chart_took take_part(struct chart *c, uint32_t slot, const struct bar *b,
				 struct slice to)
{
	struct chart_slot *s = &c->head.slot[slot];
	bool whole = b->open_ts == to.begin && b->ts == to.end;

	if (s->end != 0 && to.end > s->end) {
		close_slot(c, slot);
		c->m->ready = c->m->ready_at = 0;
		find_pending(c);
	}
	if (whole && (b->flags & BAR_WARMUP)) {
		s->parts = 0;
		s->end = 0;
		put_whole(c, slot, b, to.end);
		row_closed(c, slot, to.end);
		c->m->ready = c->m->ready_at = 0;
		find_pending(c);
		return CHART_CLOSED;
	}
	if (whole && (s->parts != CHART_WHOLE || (b->flags & BAR_REVISED))) {
		put_whole(c, slot, b, to.end);
		s->parts = CHART_WHOLE;
	} else if (whole || !put_part(c, slot, b)) {
		return CHART_OLD;
	}
	s->end = to.end;
	if (s->end < c->m->pending)
		c->m->pending = s->end;
	return CHART_TOOK;
}

static enum chart_took take_raw(struct chart *c, uint32_t slot, const struct bar *b)
{
	if (b->open_ts < c->head.slot[slot].row.until)
		return CHART_OLD;
	put_whole(c, slot, b, b->ts);
	row_closed(c, slot, b->ts);
	c->m->ready = c->m->ready_at = 0;
	return CHART_CLOSED;
}

static APART enum chart_took take(struct chart *c, uint32_t slot, const struct bar *b, ns decided)
{
	const struct chart_slot *s = &c->head.slot[slot];
	ns length = b->ts - b->open_ts;

	if (c->raw)
		return take_raw(c, slot, b);
	if (length < NS_MINUTE)
		return CHART_ODD;
	if (length > c->frame[0].length)
		return b->flags & BAR_WARMUP ? take_long(c, slot, b) : CHART_ODD;
	if (!session_at(c, &c->taking, b->open_ts) || b->ts > c->taking.to)
		return CHART_OUTSIDE;
	struct slice to = slice_at(c, 0, &c->taking, b->open_ts);
	if (b->ts > to.end)
		return CHART_ODD;
	if (to.end <= s->row.until || (s->end != 0 && to.end < s->end) ||
	    ((b->flags & BAR_WARMUP) == 0 && to.end <= decided))
		return take_late(c, slot, b, to.end);
	return take_part(c, slot, b, to);
}

/* As put_whole, of the slice that was asked for last. */
static inline void put_next(struct chart *c, uint32_t slot, const struct bar *b)
{
	const struct chart_rows *r = &c->head.slot[slot].row;
	const struct frame *f = &c->frame[0];
	size_t cap = f->cap;

	if (r->at + r->wait == cap)
		rows_room(c, slot, 0, 1);
	double *row = region(c, slot, 0) + r->at + r->wait;
	struct mark *m = marks_of(c, slot, 0) + r->at + r->wait;
	/* px_f64, two at a time. */
	pair v = (pair){ (double)b->open.n, (double)b->high.n } / 1e9;
	pair w = (pair){ (double)b->low.n, (double)b->close.n } / 1e9;
	row[COL_OPEN * cap] = v[0];
	row[COL_HIGH * cap] = v[1];
	row[COL_LOW * cap] = w[0];
	row[COL_CLOSE * cap] = w[1];
	row[COL_VOLUME * cap] = b->volume;
	m->end = b->ts;
	m->trades = b->trades;
	m->span = f->now_span;
}

enum chart_took chart_take(struct chart *c, const struct bar *b, ns decided)
{
	uint32_t slot = b->sym < SYMBOLS_MAX ? c->m->slot_of[b->sym] - 1U : CHART_NONE;

	if (slot == CHART_NONE || !bar_valid(b))
		return CHART_ODD;
	struct chart_slot *s = &c->head.slot[slot];
	assert(s->block == 0);
	const struct slice *now = &c->frame[0].now;
	/* What nearly every bar of a backtest is: the next whole slice. */
	if (b->open_ts != now->begin || b->ts != now->end || b->flags != 0 || s->end != 0 ||
	    s->row.until > b->open_ts || b->ts <= decided || c->raw)
		return take(c, slot, b, decided);
	put_next(c, slot, b);
	s->parts = CHART_WHOLE;
	s->end = b->ts;
	s->last = b->close;
	if (s->end < c->m->pending)
		c->m->pending = s->end;
	return CHART_TOOK;
}

ns chart_pending(const struct chart *c)
{
	return c->m->pending;
}
