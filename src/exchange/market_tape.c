/* market_tape.c: what has been, as prints and quotes, in either direction: the bars of a
 * session are walked again, one by one. */
#include "exchange/market_inner.h"

/* A bar has not more of either. */
union line { struct market_print print[PRINTS_OF_BAR]; struct market_quote quote[PRINTS_OF_BAR]; };

struct pass {
	struct market *m;
	const struct market_query *q;
	struct market_print *print;	/* either */
	struct market_quote *quote;
	size_t n, cap;
	bool   more;
	union line line;
};

static size_t prints_of_walk(struct pass *p, const struct walk *w)
{
	size_t n = 0;

	for (uint32_t i = 0; i < w->path.minutes * PATH_TICKS; i++)
		if (w->b.open_ts + i * TICK_SPACING <= p->m->now)
			n += prints_of(p->m, w, i, p->q->feed, telling_at(w, i, p->m->now),
				       &p->line.print[n]);
	return n;
}

static size_t quotes_of_walk(struct pass *p, const struct walk *w, struct mark mark)
{
	size_t n = 0;

	for (uint32_t i = 0; i < w->path.minutes * PATH_TICKS; i++) {
		ns t = w->b.open_ts + i * TICK_SPACING;
		if (w->path.tick[i].at.n == 0 || t > p->m->now)
			continue;
		mark_tick(&mark, t, w->path.tick[i].at);
		p->line.quote[n++] = quote_of(p->m, p->q->s, &mark, p->q->feed);
	}
	return n;
}

/* Is this one asked for, and behind where the page begins? */
static bool wanted(const struct market_query *q, ns t, uint64_t id)
{
	if (t < q->from || t > q->to)
		return false;
	if (q->after == 0)
		return true;
	if (t == q->after)
		return q->desc ? id < q->after_id : id > q->after_id;
	return q->desc ? t < q->after : t > q->after;
}

/* false: the page is full. */
static bool take(struct pass *p, size_t i)
{
	ns t = p->print != NULL ? p->line.print[i].t : p->line.quote[i].t;
	uint64_t id = p->print != NULL ? p->line.print[i].id : p->q->after_id;

	if (!wanted(p->q, t, id))
		return true;
	if (p->n == p->cap) {
		p->more = true;
		return false;
	}
	if (p->print != NULL)
		p->print[p->n++] = p->line.print[i];
	else if (p->quote != NULL)
		p->quote[p->n++] = p->line.quote[i];
	return true;
}

static bool add_session(struct pass *p, uint32_t k)
{
	struct market *m = p->m;
	const struct market_query *q = p->q;
	struct packed room[GEN_ALL];
	const struct packed *bars;
	uint32_t minutes;
	size_t n = session_bars(m, q->s, k, &bars, &minutes, room);

	for (size_t c = 0; c < n; c++) {
		size_t i = q->desc ? n - 1 - c : c, lines;
		ns t = packed_ts(&bars[i]);
		struct walk w;

		if (t > m->now || t > q->to || t + minutes * NS_MINUTE <= q->from ||
		    (q->after != 0 && (q->desc ? t > q->after
					       : t + minutes * NS_MINUTE <= q->after)))
			continue;
		walk_bar(m, q->s, &bars[i], minutes, &w);
		if (p->print != NULL)
			lines = prints_of_walk(p, &w);
		else
			lines = quotes_of_walk(p, &w, mark_before(m, q->s, k, bars, minutes, i));
		for (size_t j = 0; j < lines; j++)
			if (!take(p, q->desc ? lines - 1 - j : j))
				return false;
	}
	return true;
}

static size_t page(struct pass *p, bool *more)
{
	const struct market *m = p->m;
	const struct market_query *q = p->q;
	day first = ny_date(q->from), last = ny_date(q->to < m->now ? q->to : m->now);

	assert(q->s < m->symbols.n);
	*more = false;
	if (q->from > q->to)
		return 0;
	if (q->after != 0 && !q->desc && ny_date(q->after) > first)
		first = ny_date(q->after);
	if (q->after != 0 && q->desc && ny_date(q->after) < last)
		last = ny_date(q->after);
	uint32_t low = session_from(m, first), high = session_from(m, last + 1);
	if (high > m->at + 1)
		high = m->at + 1;
	for (uint32_t k = low; k < high; k++)
		if (!add_session(p, q->desc ? high - 1 - (k - low) : k))
			break;
	*more = p->more;
	return p->n;
}

size_t market_print_page(struct market *m, const struct market_query *q,
			 struct market_print *out, size_t cap, bool *more)
{
	struct pass p = { .m = m, .q = q, .print = out, .cap = cap };

	return page(&p, more);
}

size_t market_quote_page(struct market *m, const struct market_query *q,
			 struct market_quote *out, size_t cap, bool *more)
{
	struct pass p = { .m = m, .q = q, .quote = out, .cap = cap };

	return page(&p, more);
}

/* Odd lots and what was taken back are passed over; not further back than a month. */
bool market_last_print(struct market *m, sym s, enum feed f, ns to, struct market_print *out)
{
	struct market_query q = {
		.s = s, .feed = f, .from = to - 30 * NS_DAY, .to = to, .desc = true
	};
	bool more;

	while (market_print_page(m, &q, out, 1, &more) == 1) {
		if (strchr(out->condition, 'I') == NULL && out->fate != PRINT_CANCELED &&
		    out->fate != PRINT_INCORRECT)
			return true;
		q.after = out->t;
		q.after_id = out->id;
	}
	return false;
}
