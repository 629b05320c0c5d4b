/* parity_differ.c: what was asked for then against what is asked for now, in words. */
#include "run/parity_inner.h"

#define PATIENCE 3	/* bars: as long as an entry may be late */

const char *play_symbol(const struct play *p, sym s)
{
	const struct symbols *t = &p->job->config->symbols;

	return s < t->n ? t->name[s] : "";
}

static void sentence_order(struct text *t, const struct journal_order *o)
{
	text_cstr(t, o->type == TYPE_MARKET ? "" : type_text((enum order_type)o->type));
	text_cstr(t, o->type == TYPE_MARKET ? "" : " ");
	text_cstr(t, side_text((enum side)o->side));
	text_char(t, ' ');
	text_num(t, o->want.n);
	if (o->limit.n != 0) {
		text_cstr(t, " limit ");
		text_num(t, o->limit.n);
	}
	if (o->stop.n != 0 || o->stop_loss.n != 0) {
		text_cstr(t, " stop ");
		text_num(t, o->stop.n != 0 ? o->stop.n : o->stop_loss.n);
	}
	if (o->take_profit.n != 0) {
		text_cstr(t, " target ");
		text_num(t, o->take_profit.n);
	}
	text_cstr(t, " (");
	text_cstr(t, o->cid);
	text_char(t, ')');
}

static void say_changed(const struct play *p, struct text *t)
{
	text_cstr(t, "; the first bar that has changed is ");
	text_cstr(t, p->changed.symbol);
	text_cstr(t, " of ");
	text_time(t, p->changed.open_ts);
	text_cstr(t, ": close ");
	text_num(t, p->changed.was.n);
	text_cstr(t, " was seen, ");
	text_num(t, p->changed.is.n);
	text_cstr(t, " it is");
}

struct parity_difference *play_first(struct play *p, enum parity_cause cause, ns ts, sym s)
{
	struct parity_difference *d = &p->out->first;

	if (d->cause != PARITY_NONE && d->ts <= ts)
		return NULL;
	memset(d, 0, sizeof *d);
	d->cause = cause;
	d->ts = ts;
	memcpy(d->instance, p->c.name, sizeof d->instance);
	memcpy(d->symbol, play_symbol(p, s), strlen(play_symbol(p, s)));
	return d;
}

/* Another order than was recorded; one of the two may be missing. */
static void differ(struct play *p, enum parity_cause cause, ns ts, sym s,
		   const struct journal_order *was, const struct journal_order *is)
{
	struct text t;

	if (p->bar != NULL && p->changed.any)
		cause = PARITY_DATA;
	struct parity_difference *d = play_first(p, cause, ts, s);
	p->differs = true;
	p->late = false;
	if (d == NULL)
		return;
	text_init(&t, d->text, sizeof d->text - 1);
	text_cstr(&t, "recorded: ");
	if (was != NULL)
		sentence_order(&t, was);
	else
		text_cstr(&t, "nothing");
	text_cstr(&t, "; again: ");
	if (is != NULL)
		sentence_order(&t, is);
	else
		text_cstr(&t, "nothing");
	if (cause == PARITY_DATA)
		say_changed(p, &t);
	d->text[t.n] = 0;
}

static bool near(int64_t a, int64_t b, int64_t step)
{
	return a - b <= step && b - a <= step;
}

static bool near_px(px a, px b)
{
	return near(a.n, b.n, a.n > 0 ? tick_of(a).n : 0);
}

static bool same(const struct journal_order *a, const struct journal_order *b)
{
	return a->want.n == b->want.n && a->limit.n == b->limit.n && a->stop.n == b->stop.n &&
	       a->take_profit.n == b->take_profit.n && a->stop_loss.n == b->stop_loss.n &&
	       a->side == b->side && a->type == b->type && a->cls == b->cls;
}

static bool nearly(const struct journal_order *a, const struct journal_order *b)
{
	return near(a->want.n, b->want.n, NUM_ONE) && near_px(a->limit, b->limit) &&
	       near_px(a->stop, b->stop) && near_px(a->take_profit, b->take_profit) &&
	       near_px(a->stop_loss, b->stop_loss) && a->side == b->side &&
	       a->type == b->type && a->cls == b->cls;
}

/* The same wish of the same symbol, though its id says another bar. */
static bool alike(const struct journal_order *a, const struct journal_order *b)
{
	return a->sym == b->sym && a->side == b->side && a->role == b->role && a->type == b->type;
}

/* One side's wish has no counterpart: it may have come earlier or come later on the other. */
static void lonely(struct play *p, const struct journal_order *o, bool ours)
{
	if (p->late && p->late_ours != ours && alike(&p->wanted, o)) {
		differ(p, PARITY_CLOCK, p->wanted_at, o->sym, ours ? &p->wanted : o,
		       ours ? o : &p->wanted);
		return;
	}
	if (p->late)
		return;
	p->late = true;
	p->late_ours = ours;
	p->wanted = *o;
	p->wanted_at = p->now;
}

void play_lonely_due(struct play *p, bool end)
{
	ns patience = PATIENCE * p->c.timeframe_s * NS_SECOND;

	if (!p->late || p->differs || (!end && p->now - p->wanted_at <= patience))
		return;
	differ(p, PARITY_RULES, p->wanted_at, p->wanted.sym, p->late_ours ? NULL : &p->wanted,
	       p->late_ours ? &p->wanted : NULL);
}

/* What was asked for then against what is asked for now, in one step. */
void play_compare(struct play *p)
{
	bool met[STEP_ORDERS] = { false };
	uint32_t ours = 0;

	p->stepped = false;
	for (uint32_t i = 0; i < p->did.n && !p->differs; i++) {
		const struct action *a = &p->did.a[i];
		struct journal_order o;
		uint32_t k = 0;
		if (a->kind != ACT_SUBMIT && a->kind != ACT_REPLACE && a->kind != ACT_CANCEL)
			continue;
		ours++;
		journal_order_of(&o, &a->u.order);
		while (k < p->asked && (met[k] || strcmp(p->ask[k].cid, o.cid) != 0))
			k++;
		if (k == p->asked) {
			lonely(p, &o, true);
			continue;
		}
		met[k] = true;
		if (!same(&o, &p->ask[k]))
			differ(p, nearly(&o, &p->ask[k]) ? PARITY_ROUNDING : PARITY_RULES,
			       p->now, o.sym, &p->ask[k], &o);
	}
	for (uint32_t k = 0; k < p->asked && !p->differs; k++)
		if (!met[k])
			lonely(p, &p->ask[k], false);
	p->out->decisions += p->bar == NULL ? ours : 0;
	play_lonely_due(p, false);
}

