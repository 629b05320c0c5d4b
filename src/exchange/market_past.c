/* market_past.c: a generated market's days before those that have minutes, for averages of two
 * hundred days and the like. Each is drawn as one bar: a year of minutes of all symbols would have
 * to be made, and added up, before the first answer. The walk begins so many days earlier, and
 * its levels are moved so that it ends where the sessions begin, whose prices are as without it. */
#include "exchange/market_inner.h"

#define LEAST_YEAR 1973		/* so far back, and still behind 1970 */
#define TRADE      120.0	/* shares of an average one, as path.h has it */

size_t past_size(size_t symbols)
{
	return PAST_DAYS * sizeof(day) + symbols * sizeof(int32_t) + 64 +
	       (PAST_DAYS + 1) * (symbols + 1) * sizeof(struct gen_state);
}

void past_begin(struct market *m, day first)
{
	struct session s;

	if (civil_of(first).year < LEAST_YEAR)
		return;
	m->past_date = ARENA_NEW(&m->arena, day, PAST_DAYS);
	m->past_state = ARENA_NEW(&m->arena, struct gen_state, (PAST_DAYS + 1) *
				  (m->symbols.n + 1u));
	m->past_shift = ARENA_NEW(&m->arena, int32_t, m->symbols.n);
	m->past = PAST_DAYS;
	for (uint32_t k = PAST_DAYS; k > 0;)
		if (calendar_session(NULL, --first, &s))
			m->past_date[--k] = first;
}

static struct gen_state *states_before(const struct market *m, uint32_t k)
{
	return m->past_state + (size_t)k * (m->symbols.n + 1);
}

static struct session session_at(const struct market *m, uint32_t k, struct gen_factor *f)
{
	struct session s;
	bool trades = calendar_session(NULL, m->past_date[k], &s);

	assert(trades);
	gen_factor(f, states_before(m, k)[m->symbols.n], m->c.seed, s.date, s.half);
	return s;
}

static void learn(struct market *m)
{
	uint32_t n = m->symbols.n;
	struct gen_state *first = states_before(m, 0), *last = states_before(m, m->past);

	for (uint32_t i = 0; i < n; i++)
		first[i] = gen_begin(&m->gen[i]);
	first[n] = gen_begin(NULL);
	for (uint32_t k = 0; k < m->past; k++) {
		struct gen_factor f;
		struct session s = session_at(m, k, &f);
		struct gen_state *before = states_before(m, k), *after = states_before(m, k + 1);
		for (uint32_t i = 0; i < n; i++)
			after[i] = gen_after(&m->gen[i], before[i], &f, m->c.seed, &s);
		after[n] = f.after;
	}
	for (uint32_t i = 0; i < n; i++)
		m->past_shift[i] = gen_begin(&m->gen[i]).level - last[i].level;
	m->past_known = true;
}

struct session past_day(struct market *m, sym s, uint32_t k, struct bar *out)
{
	struct gen_factor f;
	struct packed p;

	assert(k < m->past && s < m->symbols.n);
	if (!m->past_known)
		learn(m);
	struct session when = session_at(m, k, &f);
	gen_day(&m->gen[s], states_before(m, k)[s], &f, m->c.seed, &when, m->past_shift[s], &p);
	*out = packed_bar(&p, 1, s);
	out->ts = when.close;
	out->vwap.n = (out->high.n + out->low.n + out->close.n) / 3 / PACKED_UNIT * PACKED_UNIT;
	out->trades = (uint32_t)(out->volume / TRADE) + 1;
	return when;
}
