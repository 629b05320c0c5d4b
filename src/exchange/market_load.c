/* market_load.c: a directory of bar files becomes series in memory. */
#include "exchange/market_inner.h"

#include <stdio.h>

#include "feed/folder.h"

#define HISTORY_SESSIONS 12
#define DAYS 47847	/* from 1970 to 2100 */

struct load {
	const struct market_config *c;
	struct market *m;
	ns           from, to;		/* of the window, as far as known */
	struct session session;		/* of the day that was looked up last */
	day          looked;
	bool         trades;
	bool         traded[DAYS];	/* by day */
};

/* May a bar be played that covers these minutes? */
static bool playable(struct load *l, ns from, ns to)
{
	day d = ny_date(from);

	if (d != l->looked) {
		l->looked = d;
		l->trades = calendar_session(NULL, d, &l->session);
	}
	if (!l->trades)
		return false;
	if (l->c->extended_hours)
		return from >= l->session.pre_open && to <= l->session.post_close;
	return from >= l->session.open && to <= l->session.close;
}

static const char *store(void *ctx, sym symbol, const struct csv_row *row)
{
	struct load *l = ctx;
	struct series *s = &l->m->series[symbol];
	ns span = s->minutes * NS_MINUTE;

	if (row->ts < 0 || row->ts % span != 0)
		return s->minutes == 5 ? "not on the grid of 5 minutes" :
		       "not on a full minute";
	if (row->ts < l->from || row->ts >= l->to)
		return NULL;
	if (!playable(l, row->ts, row->ts + span)) {
		l->m->outside++;
		return NULL;
	}
	if (s->n > 0 && row->ts == packed_ts(&s->bar[s->n - 1]))
		return "there was a bar of this symbol and time before";
	if (s->n > 0 && row->ts < packed_ts(&s->bar[s->n - 1]))
		return "earlier than the bar before; times have to ascend";
	if (row->low.n < PACKED_UNIT || row->high.n > PACKED_MAX)
		return "a price below 0.0001 or above 429496";
	if (row->volume > UINT32_MAX)
		return "a volume above 4294967295";

	px unit = { PACKED_UNIT };
	assert(s->n < s->cap);
	s->bar[s->n++] = (struct packed){
		.minute = (uint32_t)(row->ts / NS_MINUTE),
		.open = (uint32_t)(px_tick(row->open, unit, ROUND_NEAR).n / PACKED_UNIT),
		.high = (uint32_t)(px_tick(row->high, unit, ROUND_NEAR).n / PACKED_UNIT),
		.low = (uint32_t)(px_tick(row->low, unit, ROUND_NEAR).n / PACKED_UNIT),
		.close = (uint32_t)(px_tick(row->close, unit, ROUND_NEAR).n / PACKED_UNIT),
		.volume = (uint32_t)row->volume,
	};
	l->traded[l->looked] = true;
	return NULL;
}

static enum err fill(struct load *l, struct folder *f, struct market **out, char *why,
		     size_t why_size)
{
	const struct symbols *symbols = folder_symbols(f);
	size_t bytes = 0;
	struct market *m;

	for (uint32_t s = 0; s < symbols->n; s++)
		bytes += folder_rows(f, (sym)s) * sizeof(struct packed) + 16;
	enum err e = market_new(&m, l->c, symbols, bytes + DAYS * sizeof(day));
	if (e != OK) {
		(void)snprintf(why, why_size, "%s: no memory for its bars", l->c->bars_dir);
		return e;
	}
	l->m = m;
	m->series = ARENA_NEW(&m->arena, struct series, symbols->n);
	for (uint32_t s = 0; s < symbols->n; s++) {
		uint32_t rows = folder_rows(f, (sym)s);
		m->series[s].bar = ARENA_NEW(&m->arena, struct packed, rows);
		m->series[s].cap = rows;
		m->series[s].minutes = folder_minutes(f, (sym)s);
	}
	folder_read(f, store, l);
	m->date = ARENA_NEW(&m->arena, day, DAYS);
	for (day d = 0; d < DAYS; d++)
		if (l->traded[d])
			m->date[m->sessions++] = d;
	m->bad = folder_bad(f);
	if (m->sessions == 0) {
		(void)snprintf(why, why_size, "%s: %u files, but no bar that can be played%s",
			       l->c->bars_dir, folder_files(f), m->bad > 0 ?
			       "; see the complaints" : " between the first and the last day");
		market_close(m);
		return ERR_CONFIG;
	}
	*out = m;
	return OK;
}

enum err market_load(struct market **out, const struct market_config *c, char *why,
		     size_t why_size)
{
	int history = c->history_sessions == 0 ? HISTORY_SESSIONS : c->history_sessions;
	struct arena a;
	struct folder *f;

	if (arena_open(&a, sizeof(struct load) + 16) != OK) {
		(void)snprintf(why, why_size, "no memory to read %s", c->bars_dir);
		return ERR_FULL;
	}
	struct load *l = ARENA_NEW(&a, struct load, 1);
	l->c = c;
	l->to = INT64_MAX;
	l->looked = -1;
	if (c->start > 0) {
		ns noon = ny_time(c->start, 12, 0);
		l->from = ny_time(calendar_back(NULL, noon, history > 0 ? history : 0), 0, 0);
	}
	if (c->until > 0)
		l->to = ny_time(c->until + 1, 0, 0);
	struct folder_config fc = { .dir = c->bars_dir, .from = l->from, .to = l->to,
				    .complain = c->complain, .complain_ctx = c->complain_ctx };
	enum err e = folder_open(&f, &fc, why, why_size);
	if (e == OK) {
		e = fill(l, f, out, why, why_size);
		folder_close(f);
	}
	arena_close(&a);
	return e;
}
