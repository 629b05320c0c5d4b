/* market_history.c: what has been, as bars of any length. All are made of the minutes
 * that the paths give: a longer bar is what its minutes add up to. */
#include "exchange/market_inner.h"

#define DAY_S 86400

struct query {
	struct market *m;
	sym   s;
	ns    frame;		/* 0: a session */
	ns    from, to;		/* of open_ts, inclusive */
	struct bar *out;
	size_t n, cap;
	bool   more;
	struct bar joined;	/* being put together; ts 0: none */
};

/* The frame that a bar of this start belongs to. */
static ns frame_start(const struct query *q, const struct session *s, ns t)
{
	return q->frame == 0 ? ny_time(s->date, 0, 0) : t - t % q->frame;
}

static ns frame_end(const struct query *q, const struct session *s, ns start)
{
	return q->frame == 0 ? play_to(q->m, s) : start + q->frame;
}

/* Hands out the joined bar; false when no more can be taken. */
static bool flush(struct query *q, const struct session *s)
{
	struct bar *b = &q->joined;

	if (b->ts == 0)
		return true;

	ns end = frame_end(q, s, b->open_ts);
	bool wanted = b->open_ts >= q->from && b->open_ts <= q->to && end <= q->m->now;
	if (wanted && q->n == q->cap) {
		q->more = true;
		return false;
	}
	if (wanted) {
		b->ts = end;
		q->out[q->n++] = *b;
	}
	b->ts = 0;
	return true;
}

static bool add_minute(struct query *q, const struct session *s, const struct bar *minute)
{
	ns start = frame_start(q, s, minute->open_ts);

	if (q->joined.ts != 0 && q->joined.open_ts == start) {
		bar_join(&q->joined, minute);
		return true;
	}
	if (!flush(q, s))
		return false;
	q->joined = *minute;
	q->joined.open_ts = start;
	return true;
}

/* One session's part of the answer; false when the answer is full. */
static bool add_session(struct query *q, uint32_t k)
{
	struct market *m = q->m;
	struct session s;
	struct packed room[GEN_BARS];
	const struct packed *bars;
	uint32_t minutes;
	bool trades = calendar_session(NULL, m->date[k], &s);
	size_t n = session_bars(m, q->s, k, &bars, &minutes, room);

	assert(trades);
	for (size_t i = 0; i < n; i++) {
		struct bar b = packed_bar(&bars[i], minutes, q->s), minute[PATH_MINUTES];
		struct path path;

		/* Before anything that was asked for, whatever it is made into. */
		if (frame_start(q, &s, b.ts - NS_MINUTE) < q->from)
			continue;
		if (frame_start(q, &s, b.open_ts) > q->to || b.open_ts >= m->now)
			break;
		path_walk(&path, &b, m->c.seed, str_of(m->symbols.name[q->s]));
		size_t count = path_minutes(&path, &b, minute);
		for (size_t j = 0; j < count; j++)
			if (!add_minute(q, &s, &minute[j]))
				return false;
	}
	return flush(q, &s);
}

size_t market_bars(struct market *m, sym s, int timeframe_s, ns from, ns to, ns after,
		   struct bar *out, size_t cap, bool *more)
{
	assert(s < m->symbols.n);
	assert(timeframe_s == 60 || timeframe_s == 300 || timeframe_s == 900 ||
	       timeframe_s == 3600 || timeframe_s == DAY_S);

	struct query q = {
		.m = m, .s = s, .out = out, .cap = cap, .from = from, .to = to,
		.frame = timeframe_s == DAY_S ? 0 : timeframe_s * NS_SECOND,
	};
	if (after >= from && after < INT64_MAX)
		q.from = after + 1;
	*more = false;
	if (q.from > q.to)
		return 0;

	/* A frame begins on its session's date. */
	day first = ny_date(q.from), last = ny_date(q.to);
	uint32_t k = 0;
	while (k <= m->at && m->date[k] < first)
		k++;
	for (; k <= m->at && m->date[k] <= last; k++)
		if (!add_session(&q, k))
			break;
	*more = q.more;
	return q.n;
}
