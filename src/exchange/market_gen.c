/* market_gen.c: sessions that never were: each is made again when it is asked for, from the
 * state that the one before it left. */
#include "base/text.h"
#include "exchange/market_inner.h"

#define HISTORY_SESSIONS 12
#define DEFAULT_YEARS    5

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
void learn_states(struct market *m, uint32_t upto)
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

/* Where a symbol is at 20:00 before session k: some of the way to its open. */
static int32_t night_level(struct market *m, sym s, uint32_t k, int32_t *open)
{
	learn_states(m, k);

	int32_t from = states_before(m, k)[s].level;
	*open = from;
	if (k < m->sessions) {
		struct session when = session_of(m, k);
		struct gen_factor f;
		factor_of(m, k, &when, &f);
		*open = gen_open(&m->gen[s], states_before(m, k)[s], &f, m->c.seed, &when);
	}
	return from + (*open - from) / 5 * 2;
}

static uint32_t minute_of_day(ns t) { return (uint32_t)(t / NS_MINUTE); }

static int bars_between(ns from, ns to) { return (int)((to - from) / (GEN_MINUTES * NS_MINUTE)); }

/* A share of the first day has become num / den shares by now, each at its part of the price. */
static void split(const struct market *m, sym s, day d, struct packed *bar, size_t n)
{
	int64_t num, den;

	if (m->actions == NULL || m->actions->n == 0)
		return;
	actions_factor(m->actions, s, m->date[0], d, &num, &den);
	if (num == den)
		return;
	for (size_t i = 0; i < n; i++) {
		uint32_t *price[] = { &bar[i].open, &bar[i].high, &bar[i].low, &bar[i].close };
		for (size_t k = 0; k < COUNT(price); k++) {
			int64_t units = *price[k] / num * den + *price[k] % num * den / num;
			px p = { (units < 1 ? 1 : units) * PACKED_UNIT };
			p = px_on_grid(p, ROUND_NEAR);
			*price[k] = p.n > PACKED_MAX ? UINT32_MAX : (uint32_t)(p.n / PACKED_UNIT);
		}
		int64_t shares = bar[i].volume / den * num + bar[i].volume % den * num / den;
		bar[i].volume = shares < 1 ? 1 : shares > UINT32_MAX ? UINT32_MAX :
				(uint32_t)shares;
	}
}

size_t make_session(struct market *m, sym s, uint32_t k, struct packed *out)
{
	struct session when = session_of(m, k);
	struct gen_factor f;
	int32_t open;
	size_t n = 0;

	learn_states(m, k);
	factor_of(m, k, &when, &f);
	if (m->c.extended_hours) {
		int32_t night = night_level(m, s, k, &open);
		n = gen_outside(&m->gen[s], night, open, m->c.seed, minute_of_day(when.pre_open),
				bars_between(when.pre_open, when.open), out);
	}
	n += gen_session(&m->gen[s], states_before(m, k)[s], &f, m->c.seed, &when, out + n);
	if (m->c.extended_hours) {
		int32_t night = night_level(m, s, k + 1, &open);
		n += gen_outside(&m->gen[s], states_before(m, k + 1)[s].level, night, m->c.seed,
				 minute_of_day(when.close),
				 bars_between(when.close, when.post_close), out + n);
	}
	split(m, s, when.date, out, n);
	return n;
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

enum err market_generated(struct market **out, const struct market_config *c, char *why,
			  size_t why_size)
{
	if (c->symbols == NULL || c->symbols->n == 0)
		return text_why(why, why_size, "a generated market needs symbols", ERR_CONFIG);

	day start = c->start != 0 ? c->start : DEFAULT_START;
	struct civil five = civil_of(start);
	day until = c->until != 0 ? c->until : start + DEFAULT_YEARS * 365 + 1;
	if (five.year < 1971 || until < start || civil_of(until).year > 2100)
		return text_why(why, why_size, "the market's first day must be in 1971..2100 and "
				  "not behind its last", ERR_CONFIG);

	int history = c->history_sessions == 0 ? HISTORY_SESSIONS :
		      c->history_sessions < 0 ? 0 : c->history_sessions;
	day base = calendar_back(NULL, calendar_next(NULL, ny_time(start, 0, 0)).open, history);
	size_t days = (size_t)(until - base) + 1;
	size_t n = c->symbols->n;
	struct market *m;
	enum err e = market_new(&m, c, c->symbols, days * sizeof(day) +
				(days + 1) * (n + 1) * sizeof(struct gen_state) +
				n * GEN_ALL * sizeof(struct packed) +
				(history > 0 ? past_size(n) : 0));
	if (e != OK)
		return text_why(why, why_size, "no memory for the market", e);

	m->date = ARENA_NEW(&m->arena, day, days);
	m->sessions = list_sessions(m->date, (uint32_t)days, base, until);
	m->state = ARENA_NEW(&m->arena, struct gen_state, (days + 1) * (n + 1));
	m->today = ARENA_NEW(&m->arena, struct packed, n * GEN_ALL);
	for (size_t i = 0; i < n; i++)
		m->state[i] = gen_begin(&m->gen[i]);
	m->state[n] = gen_begin(NULL);
	if (history > 0)
		past_begin(m, m->date[0]);
	*out = m;
	return OK;
}
