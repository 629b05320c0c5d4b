/* rows.c: bars as rows of columns, and how bars of a frame are joined of shorter ones. */
#include "chart/inside.h"

static void move_rows(const struct chart *c, uint32_t slot, uint32_t frame, uint32_t to,
		      uint32_t from, uint32_t n)
{
	const struct frame *f = &c->frame[frame];
	double *r = region(c, slot, frame);
	struct mark *m = marks_of(c, slot, frame);

	assert(from + n <= f->cap && to + n <= f->cap);
	for (uint32_t k = 0; k < COLUMNS; k++)
		memmove(r + (size_t)k * f->cap + to, r + (size_t)k * f->cap + from,
			n * sizeof *r);
	memmove(m + to, m + from, n * sizeof *m);
}

void rows_room(struct chart *c, uint32_t slot, uint32_t frame, uint32_t n)
{
	const struct frame *f = &c->frame[frame];
	struct chart_rows *r = rows_of(c, slot, frame);

	assert(r->at + r->wait <= f->cap && f->depth + n <= f->cap);
	if (r->at + r->wait + n <= f->cap)
		return;
	if (r->at > f->depth) {
		move_rows(c, slot, frame, 0, r->at - f->depth, f->depth + r->wait);
		r->at = f->depth;
		return;
	}
	assert(n == 1);
	/* More history than can wait: as if it had begun later. Frames that are longer have room
	 * for more time. */
	if (frame == 0)
		row_feed_all(c, slot, r->at);
	move_rows(c, slot, frame, r->at, r->at + 1, r->wait - 1);
	r->wait--;
	if (frame == 0) {
		c->head.slot[slot].next = marks_of(c, slot, 0)[r->at].end;
		c->m->waiting--;
	}
}

void row_write(struct chart *c, uint32_t slot, uint32_t frame, uint32_t row, const struct part *p)
{
	const struct frame *f = &c->frame[frame];
	double *r = region(c, slot, frame);

	assert(row < f->cap && p->ts > p->open_ts);
	for (uint32_t k = 0; k < COLUMNS; k++)
		r[(size_t)k * f->cap + row] = p->v[k];
	marks_of(c, slot, frame)[row] = (struct mark){ p->ts, p->trades,
		span_of(p->ts - p->open_ts) | (p->flags & FLAG_MASK) };
}

static void row_join(struct chart *c, uint32_t slot, uint32_t frame, uint32_t row,
		     const struct part *p)
{
	const struct frame *f = &c->frame[frame];
	double *r = region(c, slot, frame) + row;
	struct mark *m = marks_of(c, slot, frame) + row;
	size_t cap = f->cap;

	assert(row < f->cap);
	if (p->v[COL_HIGH] > r[COL_HIGH * cap])
		r[COL_HIGH * cap] = p->v[COL_HIGH];
	if (p->v[COL_LOW] < r[COL_LOW * cap])
		r[COL_LOW * cap] = p->v[COL_LOW];
	r[COL_CLOSE * cap] = p->v[COL_CLOSE];
	r[COL_VOLUME * cap] += p->v[COL_VOLUME];
	m->trades += p->trades;
	m->span &= p->flags | ~FLAG_MASK;	/* history only when all of it is */
}

void row_feed(struct chart *c, uint32_t slot, uint32_t frame, const struct span *s,
	      const struct part *p)
{
	struct slice to = slice_at(c, frame, s, p->open_ts);
	struct chart_rows *r = rows_of(c, slot, frame);
	struct part row = *p;

	assert(frame > 0 && p->ts > p->open_ts);
	if (p->ts > to.end || p->open_ts < r->until || to.end <= r->newest)
		return;
	if (r->wait > 0) {
		uint32_t last = r->at + r->wait - 1;
		if (marks_of(c, slot, frame)[last].end == to.end) {
			row_join(c, slot, frame, last, p);
			r->until = p->ts;
			return;
		}
	}
	rows_room(c, slot, frame, 1);
	row.open_ts = to.begin;
	row.ts = to.end;
	row_write(c, slot, frame, r->at + r->wait, &row);
	r->wait++;
	r->until = p->ts;
	if (to.end < c->m->due)
		c->m->due = to.end;
}

void row_feed_all(struct chart *c, uint32_t slot, uint32_t row)
{
	const double *r = region(c, slot, 0) + row;
	const struct mark *m = &marks_of(c, slot, 0)[row];
	size_t cap = c->frame[0].cap;
	struct part p = { .open_ts = m->end - (ns)(m->span >> FLAG_BITS) * NS_SECOND,
		.ts = m->end, .v = { r[0], r[cap], r[2 * cap], r[3 * cap], r[4 * cap] },
		.trades = m->trades, .flags = m->span & FLAG_MASK };

	if (c->frames == 1)
		return;
	session_at(c, &c->walking, p.open_ts);
	for (uint32_t f = 1; f < c->frames; f++)
		row_feed(c, slot, f, &c->walking, &p);
}

void find_due(struct chart *c)
{
	c->m->due = NEVER;
	for (uint32_t i = 0; i < c->m->slots; i++)
		for (uint32_t f = 1; f < c->frames; f++) {
			const struct chart_rows *r = rows_of(c, i, f);
			if (r->wait > 0 && marks_of(c, i, f)[r->at].end < c->m->due)
				c->m->due = marks_of(c, i, f)[r->at].end;
		}
	assert(c->m->due > 0);
}

/* The way back from px_f64: the count of billionths whose quotient this double is. */
static px px_back(double v)
{
	int64_t n = (int64_t)(v * 1e9 + 0.5);

	for (int64_t k = n - 1; k <= n + 1; k++)
		if ((double)k / 1e9 == v)
			return (px){ k };
	return (px){ n };
}

struct bar chart_bar(const struct chart *c, uint32_t slot, uint32_t ago)
{
	assert(slot < c->m->slots && ago < chart_bars(c, slot));
	uint32_t row = c->head.slot[slot].row.at - 1 - ago;
	const double *r = region(c, slot, 0) + row;
	const struct mark *m = &marks_of(c, slot, 0)[row];
	size_t cap = c->frame[0].cap;

	return (struct bar){
		.open_ts = m->end - (ns)(m->span >> FLAG_BITS) * NS_SECOND, .ts = m->end,
		.open = px_back(r[COL_OPEN * cap]), .high = px_back(r[COL_HIGH * cap]),
		.low = px_back(r[COL_LOW * cap]), .close = px_back(r[COL_CLOSE * cap]),
		.volume = r[COL_VOLUME * cap], .trades = m->trades,
		.sym = c->head.slot[slot].sym, .flags = (uint16_t)(m->span & FLAG_MASK),
	};
}

px chart_last(const struct chart *c, uint32_t slot)
{
	px last = chart_slot(c, slot)->last;

	return last.n > 0 || chart_count(c, slot) == 0 ? last : chart_close_price(c, slot);
}

px chart_close_price(const struct chart *c, uint32_t slot)
{
	assert(slot < c->m->slots && chart_bars(c, slot) > 0);
	const struct frame *f = &c->frame[0];

	return px_back(region(c, slot, 0)[COL_CLOSE * (size_t)f->cap +
					  c->head.slot[slot].row.at - 1]);
}
