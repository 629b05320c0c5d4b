/* market.c: the market's time: sessions, the instants of a session, and what is seen at
 * each. Bars come from files or the generator; both are walked the same way. */
#include "exchange/market_inner.h"

#include <stdio.h>

#include "base/text.h"

#define EARLY (5 * NS_MINUTE)	/* the instant before the open */

enum err market_new(struct market **out, const struct market_config *c,
		    const struct symbols *symbols, size_t extra)
{
	struct arena a;
	size_t n = symbols->n;
	/* Of bars there may be two, and of a halt its end and the next one's beginning. */
	size_t each = sizeof(struct live) + sizeof(struct market_tick) + 3 * sizeof(struct bar) +
		      sizeof(struct series) + sizeof(struct gen_symbol) +
		      sizeof(struct market_fix) + 2 * sizeof(struct market_status) +
		      sizeof(struct market_band);

	/* 16 bytes for what alignment takes from each table. */
	enum err e = arena_open(&a, sizeof(struct market) + n * each + extra +
				GAPS_MAX * sizeof(struct gap) + 32 * 16);
	if (e != OK)
		return e;

	struct market *m = ARENA_NEW(&a, struct market, 1);
	m->c = *c;
	m->symbols = *symbols;
	m->live = ARENA_NEW(&a, struct live, n);
	m->gen = ARENA_NEW(&a, struct gen_symbol, n);
	m->gap = ARENA_NEW(&a, struct gap, GAPS_MAX);
	m->tick = ARENA_NEW(&a, struct market_tick, n);
	m->bar = ARENA_NEW(&a, struct bar, 2 * n);
	m->update = ARENA_NEW(&a, struct bar, n);
	m->fix = ARENA_NEW(&a, struct market_fix, n);
	m->status = ARENA_NEW(&a, struct market_status, 2 * n);
	m->band = ARENA_NEW(&a, struct market_band, n);
	m->arena = a;
	for (size_t i = 0; i < n; i++)
		gen_symbol(&m->gen[i], str_of(symbols->name[i]));
	*out = m;
	return OK;
}

ns play_from(const struct market *m, const struct session *s)
{
	return m->c.extended_hours ? s->pre_open : s->open;
}

ns play_to(const struct market *m, const struct session *s)
{
	return m->c.extended_hours ? s->post_close : s->close;
}

struct session session_of(const struct market *m, uint32_t k)
{
	struct session s;

	assert(k < m->sessions);
	bool trades = calendar_session(NULL, m->date[k], &s);
	assert(trades);
	return s;
}

/* ---- bars and their walks */

/* First of n bars at or behind a minute. */
static uint32_t seek(const struct packed *bar, uint32_t n, ns t)
{
	uint32_t low = 0, high = n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (packed_ts(&bar[middle]) < t)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t session_bars(struct market *m, sym s, uint32_t k, const struct packed **out,
		    uint32_t *minutes, struct packed *room)
{
	if (m->series == NULL) {
		bool today = k == m->at && m->live[s].bar != NULL;
		*minutes = GEN_MINUTES;
		*out = today ? m->live[s].bar : room;
		return today ? m->live[s].n : make_session(m, s, k, room);
	}

	const struct series *from = &m->series[s];
	struct session when = session_of(m, k);
	uint32_t first = seek(from->bar, from->n, play_from(m, &when));
	*minutes = from->minutes;
	*out = from->bar + first;
	return seek(from->bar, from->n, play_to(m, &when)) - first;
}

void walk_bar(const struct market *m, sym s, const struct packed *p, uint32_t minutes,
	      struct walk *out)
{
	out->b = packed_bar(p, minutes, s);
	path_walk(&out->path, &out->b, m->c.seed, str_of(m->symbols.name[s]));
	for (uint32_t i = 0; m->gaps > 0 && i < minutes * PATH_TICKS; i++)
		if (in_gap(m, s, out->b.open_ts + i * TICK_SPACING))
			out->path.tick[i] = (struct path_tick){ { 0 }, 0.0 };
}

bool walk_at(const struct market *m, sym s, ns t, struct walk *out)
{
	const struct live *l = &m->live[s];
	uint32_t i = seek(l->bar, l->n, t + 1);

	if (i == 0 || t >= packed_ts(&l->bar[i - 1]) + l->minutes * NS_MINUTE)
		return false;
	walk_bar(m, s, &l->bar[i - 1], l->minutes, out);
	return true;
}

/* A rise was bought at the ask, a fall sold at the bid. */
void mark_tick(struct mark *k, ns t, px at)
{
	if (at.n != k->last.n)
		k->at_ask = at.n > k->last.n;
	k->last = at;
	k->t = t;
}

/* The last price of the session before, if it is known. */
static struct mark last_mark(struct market *m, sym s, uint32_t k)
{
	struct packed room[GEN_ALL];
	const struct packed *bars;
	struct mark none = { 0 };
	uint32_t minutes;

	if (k == 0)
		return none;
	size_t n = session_bars(m, s, k - 1, &bars, &minutes, room);
	if (n == 0)
		return none;
	struct bar b = packed_bar(&bars[n - 1], minutes, s);
	return (struct mark){ .t = b.ts - NS_SECOND, .last = b.close };
}

/* Backwards to the last tick whose price was another one: usually one bar is enough. */
struct mark mark_before(struct market *m, sym s, uint32_t k, const struct packed *bars,
			uint32_t minutes, size_t i)
{
	struct mark at = { 0 };
	struct walk w;

	while (i-- > 0) {
		walk_bar(m, s, &bars[i], minutes, &w);
		for (uint32_t t = minutes * PATH_TICKS; t-- > 0;) {
			px p = w.path.tick[t].at;
			if (p.n == 0 || p.n == at.last.n)
				continue;
			at.at_ask = at.last.n > p.n;
			if (at.last.n != 0)
				return at;
			at.last = p;
			at.t = w.b.open_ts + t * TICK_SPACING;
		}
	}
	struct mark night = last_mark(m, s, k);
	if (at.last.n == 0)
		return night;
	at.at_ask = at.last.n > night.last.n;
	return at;
}

uint32_t session_from(const struct market *m, day d)
{
	uint32_t low = 0, high = m->sessions;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (m->date[middle] < d)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void begin_session(struct market *m, uint32_t k)
{
	/* While the one before is still there: its last price, as history knows it. */
	for (uint32_t i = 0; i < m->symbols.n; i++)
		m->live[i].mark = last_mark(m, (sym)i, k);
	m->at = k;
	m->session = session_of(m, k);
	if (m->series == NULL)
		learn_states(m, k);
	for (uint32_t i = 0; i < m->symbols.n; i++) {
		struct live *l = &m->live[i];

		l->walking = false;
		l->next = 0;
		l->day = l->outside = (struct bar){ 0 };
		l->limits = (struct limits){ 0 };
		l->bar = NULL;
		struct packed *room = m->series == NULL ? m->today + (size_t)i * GEN_ALL : NULL;
		l->n = (uint32_t)session_bars(m, (sym)i, k, &l->bar, &l->minutes, room);
	}
}

/* The first instant of session k. */
static ns first_instant(const struct market *m, uint32_t k)
{
	struct session s = session_of(m, k);
	ns from = play_from(m, &s);

	return from == s.open ? from - EARLY : from;
}

enum err market_open(struct market **out, const struct market_config *c, char *why,
		     size_t why_size)
{
	struct market *m = NULL;
	enum err e = c->bars_dir == NULL ? market_generated(&m, c, why, why_size) :
		     market_load(&m, c, why, why_size);

	*out = NULL;
	if (e != OK)
		return e;
	m->c.symbols = NULL;	/* ours is a copy */
	if (m->c.spread_bp_centi < 0)
		m->c.spread_bp_centi = 0;
	if (m->c.spread_bp_centi > 100000)	/* a tenth of the price */
		m->c.spread_bp_centi = 100000;
	m->first = 0;
	day start = c->start != 0 ? c->start : c->bars_dir == NULL ? DEFAULT_START : 0;
	while (m->first < m->sessions && m->date[m->first] < start)
		m->first++;
	if (m->first == m->sessions) {
		market_close(m);
		return text_why(why, why_size, "no session between the market's first and last "
				  "day", ERR_CONFIG);
	}
	m->at = m->sessions;	/* none yet */
	begin_session(m, m->first);
	m->next = first_instant(m, m->first);
	m->now = m->next - NS_MINUTE;
	arena_seal(&m->arena);
	*out = m;
	return OK;
}

void market_actions(struct market *m, const struct xc_actions *table)
{
	m->actions = table;
	m->at = m->sessions;
	begin_session(m, m->first);
}

void market_close(struct market *m)
{
	if (m == NULL)
		return;
	struct arena a = m->arena;	/* the market lies in it */
	arena_close(&a);
}

const struct symbols *market_symbols(const struct market *m) { return &m->symbols; }
uint64_t market_bad_rows(const struct market *m) { return m->bad; }
uint64_t market_outside_rows(const struct market *m) { return m->outside; }
day market_first(const struct market *m) { return m->date[m->first]; }
day market_last(const struct market *m) { return m->date[m->sessions - 1]; }
ns market_now(const struct market *m) { return m->now; }
ns market_next(const struct market *m) { return m->ended ? INT64_MAX : m->next; }
char market_tape(const struct market *m, sym s) { return m->gen[s].tape; }

/* ---- instants */

/* The tick of symbol i at ts, if there is one. */
static bool tick_at(struct market *m, uint32_t i, ns ts, struct instant *out)
{
	struct live *l = &m->live[i];
	sym s = (sym)i;

	if (l->next < l->n && packed_ts(&l->bar[l->next]) == ts) {
		walk_bar(m, s, &l->bar[l->next++], l->minutes, &l->walk);
		l->walking = true;
	}
	if (!l->walking || ts >= l->walk.b.ts)
		return false;

	struct path_tick *t = &l->walk.path.tick[(ts - l->walk.b.open_ts) / TICK_SPACING];
	if (t->at.n != 0 && (in_gap(m, s, ts) || limit_refuses(m, s, ts, t->at, out)))
		*t = (struct path_tick){ { 0 }, 0.0 };
	if (t->at.n == 0)
		return false;
	mark_tick(&l->mark, ts, t->at);
	l->volume = t->volume;

	struct market_quote q = quote_of(m, s, &l->mark, FEED_SIP);
	m->tick[out->ticks] = (struct market_tick){
		.sym = s, .bid = q.bid, .ask = q.ask, .last = t->at, .volume = t->volume
	};
	return true;
}

static void add_to_day(struct market *m, const struct bar *minute)
{
	struct live *l = &m->live[minute->sym];
	bool core = in_core(&m->session, minute->open_ts);
	struct bar *b = core ? &l->day : &l->outside;

	if (b->ts != 0) {
		bar_join(b, minute);
		return;
	}
	*b = *minute;
	b->open_ts = ny_time(m->session.date, 0, 0);
}

static void learn_day(struct market *m, sym s)
{
	ns midnight = ny_time(m->session.date, 0, 0);
	struct market_query q = {
		.s = s, .timeframe_s = MARKET_DAY, .from = midnight, .to = midnight
	};
	struct bar b;
	bool more;

	if (market_bars(m, &q, &b, 1, &more) != 1)
		return;
	m->live[s].day = b;
	m->live[s].outside = (struct bar){ 0 };
}

/* The bars of the minute that ends at ts. */
static void minutes_at(struct market *m, ns ts, struct instant *out)
{
	for (uint32_t i = 0; i < m->symbols.n; i++) {
		struct live *l = &m->live[i];
		ns from = ts - NS_MINUTE - l->walk.b.open_ts;
		if (l->walking && ts <= l->walk.b.ts && from >= 0 &&
		    minute_of(m, &l->walk, (uint32_t)(from / NS_MINUTE), FEED_SIP, ts,
			      &m->bar[out->bars]))
			add_to_day(m, &m->bar[out->bars++]);
	}
}

/* That of the minute that is revised at ts; the day so far is added up anew. */
static void revisions_at(struct market *m, ns ts, struct instant *out)
{
	struct walk w;
	ns minute = ts - LATE_BY - NS_MINUTE;

	for (uint32_t i = 0; i < m->symbols.n; i++) {
		if (!walk_at(m, (sym)i, minute, &w))
			continue;
		uint32_t k = (uint32_t)((minute - w.b.open_ts) / NS_MINUTE);
		if (!minute_revised(m, &w, k) ||
		    !minute_of(m, &w, k, FEED_SIP, ts, &m->update[out->updates]))
			continue;
		m->update[out->updates++].flags |= BAR_REVISED;
		learn_day(m, (sym)i);
		out->fixes += (uint32_t)fixes_of(m, &w, k, &m->fix[out->fixes]);
	}
}

bool market_step(struct market *m, struct instant *out)
{
	*out = (struct instant){
		.tick = m->tick, .bar = m->bar, .update = m->update, .fix = m->fix,
		.status = m->status, .band = m->band
	};
	if (m->ended)
		return false;

	if (m->next > play_to(m, &m->session))
		begin_session(m, m->at + 1);
	ns ts = m->next, from = play_from(m, &m->session), to = play_to(m, &m->session);
	out->ts = m->now = ts;
	if (ts == m->session.open)
		out->flags |= INSTANT_OPEN;
	if (ts == m->session.close)
		out->flags |= INSTANT_CLOSE;
	halts_step(m, out);
	if (ts > from && ts % NS_MINUTE == 0) {
		out->flags |= INSTANT_MINUTE;
		minutes_at(m, ts, out);
		mischief_bars(m, out);
	}
	if (m->c.late_centi > 0 && ts % NS_MINUTE == LATE_BY)
		revisions_at(m, ts, out);
	for (uint32_t i = 0; ts >= from && ts < to && i < m->symbols.n; i++)
		out->ticks += tick_at(m, i, ts, out);
	bands_step(m, out);

	if (ts < from) {
		m->next = from;
	} else if (ts < to) {
		m->next = ts + TICK_SPACING;
	} else if (m->at + 1 < m->sessions) {
		m->next = first_instant(m, m->at + 1);
	} else {
		m->ended = true;
		out->flags |= INSTANT_END;
	}
	return true;
}
