/* slots.c: the instance's symbols, and the places of their trades. */
#include "engine/inside.h"

struct slot *slot_find(struct engine *e, sym s)
{
	if (s >= SYMBOLS_MAX || e->slot_of[s] == NO_SLOT)
		return NULL;
	assert(e->slot_of[s] < e->slots_n);
	return &e->slot[e->slot_of[s]];
}

struct slot *slot_add(struct engine *e, sym s)
{
	struct slot *found = slot_find(e, s);

	if (found != NULL || s >= SYMBOLS_MAX || e->slots_n == SLOTS_MAX)
		return found;
	e->slot_of[s] = (uint8_t)e->slots_n;
	found = &e->slot[e->slots_n];
	found->sym = s;
	found->chart = chart_find(e->chart, s);
	if (found->chart == CHART_NONE && e->own_chart)
		found->chart = chart_add(e->chart, s);
	if (found->chart < SYMBOLS_MAX)
		e->by_chart[found->chart] = (uint8_t)e->slots_n;
	e->slots_n++;
	assert(slot_find(e, s) == found);
	return found;
}

px slot_last(const struct engine *e, const struct slot *s)
{
	return s->chart != CHART_NONE ? chart_last(e->chart, s->chart) : (px){ 0 };
}

/* A gap between the signal and the fill is known by the fill first. */
px slot_price(const struct engine *e, const struct slot *s)
{
	const struct life *l = s->life;
	ns end = s->chart != CHART_NONE ? chart_end(e->chart, s->chart) : 0;

	assert(l != NULL);
	if (l->booked_at.n > 0 && end <= l->booked)
		return l->booked_at;
	/* Closes of before a split are those of other shares. */
	if (l->t.split != 0 && ny_date(end) < l->t.split)
		return (px){ 0 };
	return slot_last(e, s);
}

static void set_active(struct engine *e, uint8_t at, bool active)
{
	assert(at < e->slots_n);
	e->slot[at].active = active;
}

void slot_activate(struct engine *e, struct slot *s)
{
	uint8_t at = (uint8_t)(s - e->slot);
	uint32_t i = e->active_n;

	assert(s->life != NULL && !s->active && e->active_n < ENGINE_TRADES);
	for (; i > 0 && e->active[i - 1] > at; i--)
		e->active[i] = e->active[i - 1];
	e->active[i] = at;
	e->active_n++;
	set_active(e, at, true);
}

void slot_rest(struct engine *e, struct slot *s)
{
	uint8_t at = (uint8_t)(s - e->slot);
	uint32_t n = 0;

	assert(s->active && e->active_n > 0);
	for (uint32_t i = 0; i < e->active_n; i++)
		if (e->active[i] != at)
			e->active[n++] = e->active[i];
	e->active_n = n;
	set_active(e, at, false);
}

/* A place that was never used, or else the one whose trade has been over for longest. Where no news
 * are late it is the first whose trade is over, so that few are ever touched. */
static struct life *free_life(struct engine *e)
{
	uint32_t kept = (uint32_t)e->c.limits.positions_max + LIVES_KEPT;
	bool unheard = e->c.unheard;
	struct life *oldest = NULL;

	for (uint32_t i = 0; i < e->lives_n && (e->lives_n >= kept || unheard); i++) {
		struct life *l = &e->life[i];
		if (e->slot[l->slot].active || (unheard && l->booked + e->patience >= e->now))
			continue;
		if (oldest == NULL || l->booked < oldest->booked)
			oldest = l;
		if (unheard)
			break;
	}
	if (oldest != NULL) {
		e->slot[oldest->slot].life = NULL;
		return oldest;
	}
	return e->lives_n < ENGINE_TRADES ? &e->life[e->lives_n++] : NULL;
}

struct life *life_begin(struct engine *e, struct slot *s)
{
	struct life *l = s->life != NULL ? s->life : free_life(e);

	assert(!s->active);
	if (l == NULL)
		return NULL;
	memset(l, 0, offsetof(struct life, near));
	l->far = e->far + (size_t)(l - e->life) * FAR_EACH;
	l->slot = (uint8_t)(s - e->slot);
	l->booked = e->now;
	s->life = l;
	return l;
}

bool session_now(const struct engine *e)
{
	assert(e->session.open < e->session.close && e->now < e->session.close);
	return e->now >= e->session.open;
}

bool engine_judged(const struct engine *e, uint32_t *have, uint32_t *want)
{
	const struct strategy *s = e->c.strategy;

	assert(s->decide != NULL);
	return s->judged != NULL && s->judged(e->shared, &e->c.params, e->s.last_bar, have, want);
}
