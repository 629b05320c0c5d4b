/* breakers.c: the day's figures, and what pauses an instance when they go wrong. */
#include "engine/inside.h"

/* A new session's day begins with its earliest trading, 04:00 in New York. */
void breakers_roll(struct engine *e)
{
	struct instance_state *s = &e->s;

	assert(e->session.date != s->date && e->session.open < e->session.close);
	if (s->date != 0 && e->now < e->session.pre_open)
		return;
	bool first = s->date == 0;
	s->date = e->session.date;
	e->dirty = true;
	if (first)
		return;
	s->trades_day = s->wins_day = s->orders_day = 0;
	s->pnl_day = (usd){ 0 };
	e->s.pnl_base = (usd){ 0 };
	if (s->breaker != 0 && !e->c.breakers_by_hand)
		breakers_release(e);
}

void breakers_release(struct engine *e)
{
	struct instance_state *s = &e->s;

	/* What tripped it is forgiven: else it would trip again at once. */
	s->losses_in_row = 0;
	e->s.pnl_base = usd_add(s->pnl_day, s->open_pnl);
	assert(s->breaker < DENY_COUNT);
	if (s->breaker != 0)
		say_note(e, NOTE_BREAKER, ALLOW, NULL, "", "released");
	if (s->breaker != 0 && s->run == RUN_PAUSED)
		s->run = RUN_RUNNING;
	s->breaker = 0;
	s->paused_until = 0;
	e->dirty = true;
}

static void trip(struct engine *e, enum deny why, double value, double limit)
{
	struct instance_state *s = &e->s;

	if (s->breaker != 0)
		return;
	assert(why == DENY_DAY_LOSS || why == DENY_LOSS_STREAK);
	s->breaker = (uint8_t)why;
	if (s->run == RUN_RUNNING)
		s->run = RUN_PAUSED;
	s->paused_until = e->c.breakers_by_hand ? NEVER :
		calendar_next(e->c.calendar, e->session.close).pre_open;
	e->dirty = true;
	struct note *n = say_note(e, NOTE_BREAKER, why, NULL, "", deny_text(why));
	n->value[0] = value;
	n->value[1] = limit;
	n->n = 2;
}

void breakers_check(struct engine *e)
{
	const struct limits *l = &e->c.limits;
	int64_t result = e->s.pnl_day.n + e->s.open_pnl.n - e->s.pnl_base.n;
	int64_t most = 0;
	bool fits = num_muldiv_ok(&most, l->capital.n, l->day_loss_bp, 10000, ROUND_DOWN);

	assert(fits);
	(void)fits;
	if (result <= -most)
		trip(e, DENY_DAY_LOSS, (double)result / 1e9, (double)-most / 1e9);
	if (e->s.losses_in_row >= (uint32_t)l->losses_in_row_max)
		trip(e, DENY_LOSS_STREAK, e->s.losses_in_row, l->losses_in_row_max);
}

static void tally(uint32_t *n, int sign)
{
	if (sign > 0)
		++*n;
	else if (*n > 0)	/* it may be another day's */
		--*n;
}

/* A closed trade enters the figures, or leaves them when it was not over after all. */
void breakers_count(struct engine *e, const struct trade *t, int sign)
{
	struct instance_state *s = &e->s;
	usd pnl = trade_pnl(t);
	bool won = pnl.n > 0;

	assert(sign == 1 || sign == -1);
	tally(&s->trades_day, sign);
	tally(&s->trades_all, sign);
	if (won) {
		tally(&s->wins_day, sign);
		tally(&s->wins_all, sign);
	}
	s->pnl_day.n += sign * pnl.n;
	s->pnl_all.n += sign * pnl.n;
	e->dirty = true;
	if (sign < 0)
		return;
	s->losses_in_row = pnl.n < 0 ? s->losses_in_row + 1 : 0;
	breakers_check(e);
}

/* What the open trades are worth beside what they cost. */
void breakers_mark(struct engine *e)
{
	int64_t sum = 0;

	assert(e->active_n <= ENGINE_TRADES);
	for (uint32_t i = 0; i < e->active_n; i++) {
		const struct slot *s = &e->slot[e->active[i]];
		const struct trade *t = &s->life->t;
		int64_t open = trade_open_qty(t).n, n = worth(slot_last(e, s), open).n;
		/* No price yet, or one beyond counting. */
		if (t->in.n == 0 || (n == 0 && open != 0))
			continue;
		n += t->out_value.n - t->in_value.n;
		sum += t->side == SIDE_BUY ? n : -n;
	}
	e->s.open_pnl = (usd){ sum };
	if (e->active_n > 0)
		breakers_check(e);
}

int32_t breakers_minute(const struct engine *e)
{
	int64_t second = e->now / NS_SECOND;
	int32_t n = 0;

	assert(second >= 0);
	for (size_t i = 0; i < COUNT(e->second); i++)
		if (e->second[i] > second - (int64_t)COUNT(e->second))
			n += e->sent[i];
	return n;
}

void breakers_sent(struct engine *e)
{
	int64_t second = e->now / NS_SECOND;
	size_t i = (size_t)(second % (int64_t)COUNT(e->second));

	if (e->second[i] != second) {
		e->second[i] = second;
		e->sent[i] = 0;
	}
	assert(e->sent[i] < UINT16_MAX);
	e->sent[i]++;
	e->s.orders_day++;
}
