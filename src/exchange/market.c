/* market.c: the market's time: sessions, the instants of a session, and what is seen at
 * each. Bars come from files or the generator; both are walked the same way. */
#include "exchange/market_inner.h"

#include <stdio.h>

#define EARLY            (5 * NS_MINUTE)	/* the instant before the open */
#define HISTORY_SESSIONS 12
#define DEFAULT_START    day_of(2024, 1, 2)
#define DEFAULT_YEARS    5

enum err market_new(struct market **out, const struct market_config *c,
		    const struct symbols *symbols, size_t extra)
{
	struct arena a;
	size_t n = symbols->n;
	size_t each = sizeof(struct live) + sizeof(struct market_tick) + sizeof(struct bar) +
		      sizeof(struct series) + sizeof(struct gen_symbol);

	/* 16 bytes for what alignment takes from each table. */
	enum err e = arena_open(&a, sizeof(struct market) + n * each + extra + 32 * 16);
	if (e != OK)
		return e;

	struct market *m = ARENA_NEW(&a, struct market, 1);
	m->c = *c;
	m->symbols = *symbols;
	m->live = ARENA_NEW(&a, struct live, n);
	m->tick = ARENA_NEW(&a, struct market_tick, n);
	m->bar = ARENA_NEW(&a, struct bar, n);
	m->arena = a;
	*out = m;
	return OK;
}

ns play_from(const struct market *m, const struct session *s)
{
	return m->series != NULL && m->c.extended_hours ? s->pre_open : s->open;
}

ns play_to(const struct market *m, const struct session *s)
{
	return m->series != NULL && m->c.extended_hours ? s->post_close : s->close;
}

/* ---- generated markets */

static struct session session_of(const struct market *m, uint32_t k)
{
	struct session s;
	bool trades = calendar_session(NULL, m->date[k], &s);

	assert(k < m->sessions && trades);
	return s;
}

static struct gen_state *states_before(const struct market *m, uint32_t k)
{
	return m->state + (size_t)k * (m->symbols.n + 1);
}

static void factor_of(const struct market *m, uint32_t k, const struct session *s,
		      struct gen_factor *out)
{
	gen_factor(out, states_before(m, k)[m->symbols.n], m->c.seed, s->date, s->half);
}

/* Days are drawn in order, each from the state that the one before left. */
static void learn_states(struct market *m, uint32_t upto)
{
	uint32_t n = m->symbols.n;

	for (; m->known < upto; m->known++) {
		struct session s = session_of(m, m->known);
		struct gen_state *before = states_before(m, m->known);
		struct gen_state *after = states_before(m, m->known + 1);
		struct gen_factor f;

		factor_of(m, m->known, &s, &f);
		for (uint32_t i = 0; i < n; i++)
			after[i] = gen_after(&m->gen[i], before[i], &f, m->c.seed, &s);
		after[n] = f.after;
	}
}

static size_t make_session(struct market *m, sym s, uint32_t k, struct packed *out)
{
	struct session when = session_of(m, k);
	struct gen_factor f;

	learn_states(m, k);
	factor_of(m, k, &when, &f);
	return gen_session(&m->gen[s], states_before(m, k)[s], &f, m->c.seed, &when, out);
}

/* The sessions from `from` to `until`; returns how many, at most cap. */
static uint32_t list_sessions(day *out, uint32_t cap, day from, day until)
{
	struct session s;
	uint32_t n = 0;

	for (day d = from; d <= until && n < cap; d++)
		if (calendar_session(NULL, d, &s))
			out[n++] = d;
	return n;
}

static enum err say(char *why, size_t why_size, const char *text, enum err e)
{
	(void)snprintf(why, why_size, "%s", text);
	return e;
}

static enum err open_generated(struct market **out, const struct market_config *c, char *why,
			       size_t why_size)
{
	if (c->symbols == NULL || c->symbols->n == 0)
		return say(why, why_size, "a generated market needs symbols", ERR_CONFIG);

	day start = c->start != 0 ? c->start : DEFAULT_START;
	struct civil five = civil_of(start);
	day until = c->until != 0 ? c->until : start + DEFAULT_YEARS * 365 + 1;
	if (five.year < 1971 || until < start || civil_of(until).year > 2100)
		return say(why, why_size, "the market's first day must be in 1971..2100 and not "
			   "behind its last", ERR_CONFIG);

	int history = c->history_sessions == 0 ? HISTORY_SESSIONS :
		      c->history_sessions < 0 ? 0 : c->history_sessions;
	day base = calendar_back(NULL, calendar_next(NULL, ny_time(start, 0, 0)).open, history);
	size_t days = (size_t)(until - base) + 1;
	size_t n = c->symbols->n;
	struct market *m;
	enum err e = market_new(&m, c, c->symbols, days * sizeof(day) +
				(days + 1) * (n + 1) * sizeof(struct gen_state) +
				n * GEN_BARS * sizeof(struct packed));
	if (e != OK)
		return say(why, why_size, "no memory for the market", e);

	m->date = ARENA_NEW(&m->arena, day, days);
	m->sessions = list_sessions(m->date, (uint32_t)days, base, until);
	m->gen = ARENA_NEW(&m->arena, struct gen_symbol, n);
	m->state = ARENA_NEW(&m->arena, struct gen_state, (days + 1) * (n + 1));
	m->today = arena_alloc(&m->arena, n * sizeof(*m->today));
	for (size_t i = 0; i < n; i++) {
		gen_symbol(&m->gen[i], str_of(c->symbols->name[i]));
		m->state[i] = gen_begin(&m->gen[i]);
	}
	m->state[n] = gen_begin(NULL);
	*out = m;
	return OK;
}

/* ---- both */

/* First index of a series at or behind a minute. */
static uint32_t seek(const struct series *s, ns t)
{
	uint32_t low = 0, high = s->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (packed_ts(&s->bar[middle]) < t)
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
	uint32_t first = seek(from, play_from(m, &when));
	*minutes = from->minutes;
	*out = from->bar + first;
	return seek(from, play_to(m, &when)) - first;
}

static void begin_session(struct market *m, uint32_t k)
{
	m->at = k;
	m->session = session_of(m, k);
	if (m->series == NULL)
		learn_states(m, k);
	for (uint32_t i = 0; i < m->symbols.n; i++) {
		struct live *l = &m->live[i];
		px last = l->last;
		bool at_ask = l->at_ask;

		*l = (struct live){ .last = last, .at_ask = at_ask };
		if (m->series == NULL) {
			l->n = (uint32_t)make_session(m, (sym)i, k, m->today[i]);
			l->bar = m->today[i];
			l->minutes = GEN_MINUTES;
		} else {
			l->n = (uint32_t)session_bars(m, (sym)i, k, &l->bar, &l->minutes, NULL);
		}
	}
	m->next = play_from(m, &m->session);
	if (m->next == m->session.open)
		m->next -= EARLY;
}

enum err market_open(struct market **out, const struct market_config *c, char *why,
		     size_t why_size)
{
	struct market *m = NULL;
	enum err e = c->bars_dir == NULL ? open_generated(&m, c, why, why_size) :
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
		return say(why, why_size, "no session between the market's first and last day",
			   ERR_CONFIG);
	}
	begin_session(m, m->first);
	m->now = m->next - NS_MINUTE;
	arena_seal(&m->arena);
	*out = m;
	return OK;
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

/* ---- instants */

static void quote(const struct market *m, struct market_tick *t)
{
	int64_t centi = m->c.spread_bp_centi;
	px tick = tick_of(t->last);
	int64_t wide = t->last.n / 1000000 * centi + t->last.n % 1000000 * centi / 1000000;
	int64_t spread = wide < tick.n ? tick.n : (wide + tick.n - 1) / tick.n * tick.n;

	if (m->live[t->sym].at_ask) {
		t->ask = px_on_grid(t->last, ROUND_UP);
		t->bid.n = t->ask.n - spread;
		t->bid = t->bid.n > 0 ? px_on_grid(t->bid, ROUND_DOWN) : tick;
	} else {
		t->bid = px_on_grid(t->last, ROUND_DOWN);
		t->ask.n = t->bid.n + spread;
		t->ask = px_on_grid(t->ask, ROUND_UP);
	}
}

/* The tick of symbol i at ts, if there is one. */
static bool tick_at(struct market *m, uint32_t i, ns ts, struct market_tick *out)
{
	struct live *l = &m->live[i];

	if (l->next < l->n && packed_ts(&l->bar[l->next]) == ts) {
		struct bar b = packed_bar(&l->bar[l->next++], l->minutes, (sym)i);
		path_walk(&l->path, &b, m->c.seed, str_of(m->symbols.name[i]));
		l->from = ts;
		l->minute_n = (uint32_t)path_minutes(&l->path, &b, l->minute);
		l->minute_next = 0;
	}
	if (l->next == 0 || ts >= l->from + l->path.minutes * NS_MINUTE)
		return false;

	const struct path_tick *t = &l->path.tick[(ts - l->from) / TICK_SPACING];
	if (t->at.n == 0)
		return false;
	/* A rise was bought at the ask, a fall sold at the bid. */
	if (t->at.n != l->last.n)
		l->at_ask = t->at.n > l->last.n;
	l->last = t->at;
	*out = (struct market_tick){ .sym = (uint16_t)i, .last = t->at, .volume = t->volume };
	quote(m, out);
	return true;
}

static uint32_t minutes_at(struct market *m, ns ts)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->symbols.n; i++) {
		struct live *l = &m->live[i];
		if (l->minute_next < l->minute_n && l->minute[l->minute_next].ts == ts)
			m->bar[n++] = l->minute[l->minute_next++];
	}
	return n;
}

bool market_step(struct market *m, struct instant *out)
{
	*out = (struct instant){ .tick = m->tick, .bar = m->bar };
	if (m->ended)
		return false;

	ns ts = m->next, from = play_from(m, &m->session), to = play_to(m, &m->session);
	out->ts = m->now = ts;
	if (ts == m->session.open)
		out->flags |= INSTANT_OPEN;
	if (ts == m->session.close)
		out->flags |= INSTANT_CLOSE;
	if (ts > from && ts % NS_MINUTE == 0) {
		out->flags |= INSTANT_MINUTE;
		out->bars = minutes_at(m, ts);
	}
	for (uint32_t i = 0; ts >= from && ts < to && i < m->symbols.n; i++)
		out->ticks += tick_at(m, i, ts, &m->tick[out->ticks]);

	if (ts < from) {
		m->next = from;
	} else if (ts < to) {
		m->next = ts + TICK_SPACING;
	} else if (m->at + 1 < m->sessions) {
		begin_session(m, m->at + 1);
	} else {
		m->ended = true;
		out->flags |= INSTANT_END;
	}
	return true;
}
