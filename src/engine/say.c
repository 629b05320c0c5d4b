/* say.c: what the engine tells the world: actions, notes, records to be stored. */
#include "engine/inside.h"

/* Enough for one trade's step: it is asked before each, so that what belongs together
 * is stored together. */
bool say_room(struct engine *e, uint32_t n)
{
	assert(n < ACTIONS_MAX);
	if (e->out->n + n <= ACTIONS_MAX)
		return true;
	e->cramped = true;
	return false;
}

struct action *say(struct engine *e, enum action_kind kind)
{
	assert(e->out->n < ACTIONS_MAX);
	struct action *a = &e->out->a[e->out->n++];
	/* Not the whole of it: most is about to be written. */
	a->kind = kind;
	a->again = false;
	a->last = (px){ 0 };
	return a;
}

/* Cut where it does not fit: words of others. */
static void put_text(char *dst, size_t size, const char *text)
{
	size_t n = 0;

	assert(size > 0);
	for (; n < size - 1 && text[n] != '\0'; n++)
		dst[n] = text[n];
	dst[n] = '\0';
}

struct note *say_note(struct engine *e, enum note_kind kind, uint32_t code,
		      const struct slot *s, const char *order, const char *text)
{
	struct note *n = &say(e, ACT_NOTE)->u.note;

	assert(code <= UINT16_MAX);
	if (e->c.unheard) {
		e->s.seq++;
		return n;
	}
	*n = (struct note){ .ts = e->now, .seq = e->s.seq, .instance = e->c.index,
			    .kind = (uint8_t)kind, .code = (uint16_t)code, .sym = SYM_NONE };
	if (s != NULL) {
		n->sym = s->sym;
		if (s->life != NULL)
			memcpy(n->trade, s->life->t.id, sizeof n->trade);
	}
	put_text(n->order, sizeof n->order, order);
	put_text(n->text, sizeof n->text, text);
	e->s.seq++;
	return n;
}

void say_puts(struct engine *e, struct slot *s)
{
	struct life *l = s->life;

	assert(l->n <= LIFE_ORDERS);
	for (uint32_t i = 0; i < l->n; i++) {
		struct held *h = life_order(l, i);
		if (!h->dirty)
			continue;
		say(e, ACT_PUT_ORDER)->u.order = h->o;
		h->dirty = false;
	}
	if (l->dirty) {
		say(e, ACT_PUT_TRADE)->u.trade = l->t;
		l->dirty = false;
	}
}

/* Whatever has changed; with `often`, now and then, the rest too. */
void say_state(struct engine *e, bool often)
{
	if (!e->dirty && !(often && e->now - e->s.checkpoint >= CHECKPOINT))
		return;
	if (!say_room(e, 1))
		return;
	e->s.checkpoint = e->now;
	e->dirty = false;
	assert(e->s.funnel[FUNNEL_MAX - 1] == 0 || e->c.strategy->conditions_n > 0);
	struct action *a = say(e, ACT_PUT_STATE);
	if (!e->c.unheard)
		a->u.state = e->s;
}

void funnel_count(struct engine *e, uint32_t i)
{
	assert(i < FUNNEL_MAX);
	e->s.funnel[i]++;
}
