/* market_history.c: what has been, as bars of any length. All are made of the minutes
 * that the paths give: a longer bar is what its minutes add up to. */
#include "exchange/market_inner.h"

#include <math.h>

struct pass {
	struct market *m;
	const struct market_query *q;
	ns     from;
	struct bar *out;
	size_t n, cap;
	bool   more;
	ns     midnight, start;		/* of the session that is read; of its frame of days */
	struct bar joined;	/* being put together; ts 0: none */
	struct bar outside;	/* volume and trades outside of the core session */
};

/* Where the frame of one or more days begins that a date lies in. */
static ns days_start(int frame_s, day date)
{
	struct civil c = civil_of(date);

	if (frame_s <= MARKET_DAY)
		return ny_time(date, 0, 0);
	if (frame_s == MARKET_WEEK)	/* 1970 began on a Thursday */
		return ny_time(date - (date + 3) % 7, 0, 0);
	int months = frame_s / MARKET_MONTH(1);
	return ny_time(day_of(c.year, (c.month - 1) / months * months + 1, 1), 0, 0);
}

static ns frame_start(const struct pass *p, ns t)
{
	ns frame = p->q->timeframe_s * NS_SECOND;

	return p->q->timeframe_s >= MARKET_DAY ? p->start :
	       p->midnight + (t - p->midnight) / frame * frame;
}

/* Hands out the joined bar; false when no more can be taken. */
static bool flush(struct pass *p)
{
	struct bar *b = &p->joined;
	bool wanted = b->ts != 0 && b->open_ts >= p->from && b->open_ts <= p->q->to;

	if (wanted && p->n == p->cap) {
		p->more = true;
		return false;
	}
	if (wanted) {
		b->volume += p->outside.volume;
		b->trades += p->outside.trades;
		if (p->q->timeframe_s < MARKET_DAY)
			b->ts = b->open_ts + p->q->timeframe_s * NS_SECOND;
		p->out[p->n++] = *b;
	}
	b->ts = 0;
	p->outside = (struct bar){ 0 };
	return true;
}

static bool add_minute(struct pass *p, const struct session *s, const struct bar *minute)
{
	ns start = frame_start(p, minute->open_ts);
	bool same = start == (p->joined.ts != 0 ? p->joined.open_ts : p->outside.open_ts);

	if (!same && !flush(p))
		return false;
	if (p->q->timeframe_s >= MARKET_DAY && !in_core(s, minute->open_ts)) {
		p->outside.open_ts = start;
		p->outside.volume += minute->volume;
		p->outside.trades += minute->trades;
		return true;
	}
	if (p->joined.ts != 0) {
		bar_join(&p->joined, minute);
		return true;
	}
	p->joined = *minute;
	p->joined.open_ts = start;
	return true;
}

/* One session's part of the answer; false when the answer is full. */
static bool add_session(struct pass *p, uint32_t k)
{
	struct market *m = p->m;
	struct session s = session_of(m, k);
	struct packed room[GEN_ALL];
	const struct packed *bars;
	uint32_t minutes;
	size_t n = session_bars(m, p->q->s, k, &bars, &minutes, room);

	p->midnight = ny_time(s.date, 0, 0);
	p->start = days_start(p->q->timeframe_s, s.date);
	for (size_t i = 0; i < n; i++) {
		struct walk w;
		struct bar minute;
		ns t = packed_ts(&bars[i]), last = t + (minutes - 1) * NS_MINUTE;

		/* Before anything that was asked for, whatever it is made into. */
		if (frame_start(p, last) < p->from)
			continue;
		if (frame_start(p, t) > p->q->to || t >= m->now)
			break;
		walk_bar(m, p->q->s, &bars[i], minutes, &w);
		for (uint32_t j = 0; j < minutes; j++)
			if (t + (j + 1) * NS_MINUTE <= m->now &&
			    minute_of(m, &w, j, p->q->feed, m->now, &minute) &&
			    !add_minute(p, &s, &minute))
				return false;
	}
	/* Frames end with the day, but for those of several days. */
	return p->q->timeframe_s > MARKET_DAY || flush(p);
}

#define IEX_PART 0.035		/* of the volume, as its prints have it */

/* What there is of days before the sessions; false when the answer is full. */
static bool add_past(struct pass *p)
{
	struct market *m = p->m;
	uint32_t k = m->past;

	while (k > 0 && days_start(p->q->timeframe_s, m->past_date[k - 1]) >= p->from)
		k--;
	for (; k < m->past; k++) {
		struct bar b;
		day date = m->past_date[k];
		p->midnight = ny_time(date, 0, 0);
		p->start = days_start(p->q->timeframe_s, date);
		if (p->start > p->q->to)
			return true;
		struct session s = past_day(m, p->q->s, k, &b);
		if (p->q->feed == FEED_IEX) {
			b.volume = floor(b.volume * IEX_PART) + 1;
			b.trades = (uint32_t)(b.trades * IEX_PART) + 1;
		}
		if (!add_minute(p, &s, &b))
			return false;
	}
	return true;
}

size_t market_bars(struct market *m, const struct market_query *q, struct bar *out, size_t cap,
		   bool *more)
{
	int frame = q->timeframe_s;
	struct pass p = { .m = m, .q = q, .out = out, .cap = cap, .from = q->from };

	assert(q->s < m->symbols.n && !q->desc);
	assert(frame >= 60 && (frame <= MARKET_DAY || frame == MARKET_WEEK ||
			       frame % MARKET_MONTH(1) == 0));
	if (q->after != 0 && q->after >= p.from)
		p.from = q->after + 1;
	*more = false;
	if (p.from > q->to)
		return 0;

	/* A frame of one day begins on its session's date. */
	day last = ny_date(q->to);
	uint32_t k = session_from(m, ny_date(p.from));
	bool room = frame < MARKET_DAY || add_past(&p);
	for (; k <= m->at && room && (frame > MARKET_DAY || m->date[k] <= last); k++)
		room = add_session(&p, k);
	if (room)
		(void)flush(&p);
	*more = p.more;
	return p.n;
}

bool market_today(struct market *m, sym s, enum feed f, struct bar *out)
{
	const struct live *l = &m->live[s];
	ns midnight = ny_time(m->session.date, 0, 0);
	bool more;

	if (f == FEED_SIP) {
		*out = l->day;
		out->volume += l->outside.volume;
		out->trades += l->outside.trades;
		return l->day.ts != 0;
	}
	struct market_query q = {
		.s = s, .feed = f, .timeframe_s = MARKET_DAY, .from = midnight, .to = midnight
	};
	return market_bars(m, &q, out, 1, &more) == 1;
}

/* ---- all of a session */

uint32_t market_sessions(const struct market *m)
{
	assert(m->sessions >= m->first);
	return m->sessions - m->first;
}

size_t market_session(struct market *m, sym s, uint32_t k, uint32_t minutes,
		      struct bar out[static MARKET_SESSION_BARS])
{
	struct packed room[GEN_ALL];
	const struct packed *from;
	struct session when = session_of(m, m->first + k);
	uint32_t span;
	struct walk w;
	size_t n = session_bars(m, s, m->first + k, &from, &span, room), made = 0;

	assert(minutes == 1 || minutes == 5);
	for (size_t i = 0; i < n; i++) {
		struct bar b = packed_bar(&from[i], span, s);
		if (!in_core(&when, b.open_ts) || made + span > MARKET_SESSION_BARS)
			continue;
		if (minutes == span) {
			out[made++] = b;
			continue;
		}
		assert(minutes < span);
		walk_bar(m, s, &from[i], span, &w);
		made += path_minutes(&w.path, &w.b, out + made);
	}
	return made;
}
