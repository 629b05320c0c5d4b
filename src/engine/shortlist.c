/* shortlist.c: what the variants of a search have in common: most of them turn most symbols away
 * for the same reason, at the same time. */
#include "engine/inside.h"

bool engine_join(struct engine *e, struct shortlist *s)
{
	const struct quick *q = &e->quick_is;

	if (e->quick == NULL || (s->quick != NULL && s->quick != e->quick))
		return false;
	if (s->quick == NULL) {
		s->below = -INFINITY;
		s->above = INFINITY;
	}
	s->quick = e->quick;
	s->below = q->below > s->below ? q->below : s->below;
	s->above = q->above < s->above ? q->above : s->above;
	e->shortlist = s;
	assert(s->end == 0);
	return true;
}

static inline enum short_why look(const struct engine *e, const struct shortlist *s,
				  uint32_t slot, ns end)
{
	const struct chart_slot *bars = chart_slot(e->chart, slot);

	if (bars->row.newest != end || !bars->live)
		return SHORT_NO_BAR;
	double x = e->quick[(size_t)slot * e->quick_stride];
	if (x < s->below || x > s->above)
		return SHORT_ASK;
	return ta_defined(x) ? SHORT_TURNED : SHORT_NONE;
}

void engine_shortlist(const struct engine *e, struct shortlist *s, ns end)
{
	uint32_t of[SHORT_ASK + 1] = { 0 }, least = UINT32_MAX;

	assert(e->quick == s->quick && end > s->end);
	for (uint32_t i = 0; i < e->c.symbols_n; i++) {
		uint32_t slot = e->hot[i].chart;
		enum short_why why = look(e, s, slot, end);
		s->why[i] = (uint8_t)why;
		s->ask[of[SHORT_ASK]] = (uint8_t)i;	/* to be written over if it is not */
		of[why]++;
		uint32_t count = chart_count(e->chart, slot);
		if (why != SHORT_NO_BAR && count < least)
			least = count;
	}
	s->end = end;
	s->least = least;
	s->turned = of[SHORT_TURNED];
	s->none = of[SHORT_NONE];
	s->n = of[SHORT_ASK];
	s->bars = s->turned + s->none + s->n;
}

/* Symbols of open trades are not asked: how many of them there are of each kind. */
static void own_trades(const struct engine *e, const struct shortlist *s, uint32_t of[static 4])
{
	for (uint32_t k = 0; k < e->active_n; k++)
		if (e->active[k] < e->c.symbols_n)
			of[s->why[e->active[k]]]++;
	assert(e->active_n <= ENGINE_TRADES);
}

bool shortlist_counts(struct engine *e, ns end)
{
	const struct shortlist *s = e->shortlist;
	uint32_t own[4] = { 0 };

	if (s == NULL || s->end != end || s->least < e->warmup)
		return false;
	own_trades(e, s, own);
	e->s.bars += s->turned + s->none;
	e->s.funnel[e->quick_is.failed] += s->turned - own[SHORT_TURNED];
	e->s.funnel[e->quick_is.none] += s->none - own[SHORT_NONE];
	assert(s->turned + s->none <= s->bars);
	return true;
}

bool shortlist_closed(struct engine *e, ns end, uint32_t why)
{
	const struct shortlist *s = e->shortlist;
	uint32_t own[4] = { 0 };

	if (s == NULL || s->end != end)
		return false;
	own_trades(e, s, own);
	e->s.bars += s->bars;
	e->s.funnel[why] += s->bars - own[SHORT_TURNED] - own[SHORT_NONE] - own[SHORT_ASK];
	assert(why < FUNNEL_MAX);
	return true;
}
