/* parity_fills.c: each fill against the bar of its minute. */
#include "run/parity_inner.h"

#define BASIS 10000

void play_await_fill(struct play *p, const struct report *r)
{
	if (r->n.n <= 0 || r->source != FROM_STREAM || p->bar != NULL)
		return;
	p->out->fills++;
	for (uint32_t i = 0; i < FILLS_WAITING; i++) {
		struct waiting *w = &p->fill[i];
		size_t n = strlen(r->cid);
		if (w->used)
			continue;
		*w = (struct waiting){ true, r->sym, r->ts, r->at,
				       n > 2 && strcmp(r->cid + n - 2, "-e") == 0, r->side };
		return;
	}
}

static void judge_fill(struct play *p, struct waiting *w, const struct bar *b)
{
	double at = px_f64(w->at), slack = p->job->tolerance_bp / (double)BASIS * at;
	double cost = (at / px_f64(b->open) - 1) * BASIS * (w->side == SIDE_BUY ? 1 : -1);

	w->used = false;
	if (w->entry) {
		p->out->fill_bp_sum += cost;
		p->out->fill_bp_n++;
		if (p->out->fill_bp_n == 1 || cost > p->out->fill_bp_worst)
			p->out->fill_bp_worst = cost;
	}
	if (at >= px_f64(b->low) - slack && at <= px_f64(b->high) + slack)
		return;
	struct parity_difference *d = play_first(p, PARITY_FILL, w->ts, w->sym);
	if (d == NULL)
		return;
	p->differs = true;
	struct text t;
	text_init(&t, d->text, sizeof d->text - 1);
	text_cstr(&t, side_text((enum side)w->side));
	text_cstr(&t, " filled at ");
	text_num(&t, w->at.n);
	text_cstr(&t, ", but the bar of that minute went from ");
	text_num(&t, b->low.n);
	text_cstr(&t, " to ");
	text_num(&t, b->high.n);
	d->text[t.n] = 0;
}

void play_judge_fills(struct play *p, const struct bar *b)
{
	for (uint32_t i = 0; i < FILLS_WAITING; i++) {
		struct waiting *w = &p->fill[i];
		if (!w->used || w->sym != b->sym || w->ts >= b->ts)
			continue;
		if (w->ts >= b->open_ts)
			judge_fill(p, w, b);
		else
			w->used = false;	/* its minute had no bar */
	}
}
