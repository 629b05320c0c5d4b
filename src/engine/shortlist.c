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

static enum short_why look(const struct engine *e, const struct shortlist *s, uint32_t i, ns end)
{
	uint32_t slot = e->hot[i].chart;

	assert(i < e->c.symbols_n);
	if (chart_end(e->chart, slot) != end || !chart_live(e->chart, slot))
		return SHORT_NO_BAR;
	double x = e->quick[(size_t)slot * e->quick_stride];
	if (x < s->below || x > s->above)
		return SHORT_ASK;
	return ta_defined(x) ? SHORT_TURNED : SHORT_NONE;
}

void engine_shortlist(const struct engine *e, struct shortlist *s, ns end)
{
	assert(e->quick == s->quick && end > s->end);
	s->end = end;
	s->bars = s->turned = s->none = s->n = 0;
	s->least = UINT32_MAX;
	for (uint32_t i = 0; i < e->c.symbols_n; i++) {
		enum short_why why = look(e, s, i, end);
		s->why[i] = (uint8_t)why;
		if (why == SHORT_NO_BAR)
			continue;
		uint32_t count = chart_count(e->chart, e->hot[i].chart);
		s->least = count < s->least ? count : s->least;
		s->bars++;
		s->turned += why == SHORT_TURNED;
		s->none += why == SHORT_NONE;
		if (why == SHORT_ASK)
			s->ask[s->n++] = (uint8_t)i;
	}
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
