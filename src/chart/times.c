/* times.c: in which session and in which slice of a frame an instant lies. */
#include "chart/inside.h"

uint32_t span_of(ns length)
{
	const ns most = UINT32_MAX >> FLAG_BITS;
	ns seconds = length / NS_SECOND;

	assert(length > 0);
	return (uint32_t)(seconds < most ? seconds : most) << FLAG_BITS;
}

/* What is between sessions is remembered, too: bars from before the open come by the hundred. */
void find_span(const struct chart *c, struct span *s, ns t)
{
	day d = ny_date(t);

	*s = (struct span){ .from = ny_time(d, 0, 0), .to = ny_time(d + 1, 0, 0) };
	if (c->raw) {
		s->session.date = d;
		s->open = true;
		return;
	}
	if (!calendar_session(c->calendar, d, &s->session))
		return;
	const struct session *x = &s->session;
	ns from = c->extended && x->pre_open < x->open ? x->pre_open : x->open;
	ns to = c->extended && x->post_close > x->close ? x->post_close : x->close;
	if (t >= to) {
		s->from = to;
	} else if (t < from) {
		s->to = from;
	} else {
		s->from = from;
		s->to = to;
		s->open = true;
	}
}

/* The slice of a grid through `anchor`, on either side of it. */
static struct slice on_grid(ns anchor, ns length, ns t)
{
	ns off = t - anchor, n = off / length - (off % length < 0);

	return (struct slice){ anchor + n * length, anchor + (n + 1) * length };
}

static struct slice find_slice(const struct chart *c, const struct frame *f, const struct span *s,
			       ns t)
{
	const struct session *x = &s->session;
	struct slice got;

	if (f->day)
		return (struct slice){ s->from, s->to };
	if (c->raw)
		return on_grid(0, f->length, t);
	if (f->clock)
		got = on_grid(ny_time(x->date, 0, 0), f->length, t);
	else	/* after the close, extended hours have a grid of their own */
		got = on_grid(t >= x->close ? x->close : x->open, f->length, t);
	ns to = t < x->close ? x->close : s->to;
	if (got.end > to)
		got.end = to;
	if (t >= x->close && got.begin < x->close)
		got.begin = x->close;
	return got;
}

struct slice slice_at(struct chart *c, uint32_t frame, const struct span *s, ns t)
{
	struct frame *f = &c->frame[frame];

	assert(s->open && t >= s->from && t < s->to);
	if (t < f->now.begin || t >= f->now.end) {
		f->now = find_slice(c, f, s, t);
		f->now_span = span_of(f->now.end - f->now.begin);
	}
	assert(t >= f->now.begin && t < f->now.end);
	return f->now;
}

const double *clock_at(struct chart *c, ns t)
{
	struct session s;

	if (c->clock.at == t && t != 0)
		return c->clock.v;
	c->clock.at = t;
	day d = ny_date(t - 1);		/* the close belongs to its session */
	bool trades = calendar_session(c->calendar, d, &s);
	c->clock.v[CLOCK_TIME] = (double)(t - ny_time(d, 0, 0)) / (double)NS_MINUTE;
	c->clock.v[CLOCK_SESSION_MINUTE] =
		trades ? (double)(t - s.open) / (double)NS_MINUTE : TA_NONE;
	c->clock.v[CLOCK_MINUTES_LEFT] =
		trades ? (double)(s.close - t) / (double)NS_MINUTE : TA_NONE;
	c->clock.v[CLOCK_WEEKDAY] = (double)weekday_of(d);
	return c->clock.v;
}
