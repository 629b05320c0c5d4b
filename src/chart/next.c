/* next.c: bars that wait are walked over in order of time: rows of frames close, then their nodes
 * are stepped. Among equals the benchmark is first: others may read it. */
#include "chart/inside.h"

static inline void bar_of(struct ta_bar *b, struct chart *c, uint32_t slot, uint32_t frame)
{
	const struct frame *f = &c->frame[frame];
	uint32_t row = rows_of(c, slot, frame)->at - 1;
	const double *r = region(c, slot, frame) + row;
	const struct mark *m = &marks_of(c, slot, frame)[row];
	size_t cap = f->cap;
	/* Raw bars may end where the next day begins, or later. */
	ns within = c->raw ? m->end - (ns)(m->span >> FLAG_BITS) * NS_SECOND : m->end - 1;

	session_at(c, &c->walking, within);
	b->open = r[COL_OPEN * cap];
	b->high = r[COL_HIGH * cap];
	b->low = r[COL_LOW * cap];
	b->close = r[COL_CLOSE * cap];
	b->volume = r[COL_VOLUME * cap];
	b->session = c->walking.session.date;
}

/* What the node has made of the newest bar, into its ring. */
static void keep(double *r, const struct node *n, const double *out)
{
	uint32_t *at = stamp_of(r, n);

	*at = *at + 1 < n->keep ? *at + 1 : 0;
	assert(*at < n->keep);
	for (uint32_t k = 0; k < n->outputs; k++) {
		double *ring = r + n->value + (size_t)k * 2 * n->keep;
		ring[*at] = ring[*at + n->keep] = out[k];
	}
}

static APART void run_node(struct chart *c, uint32_t slot, const struct node *n,
			    const struct ta_bar *b)
{
	double *r = region(c, slot, n->frame), x = 0.0, out[TA_OUTPUTS] = { 0 };
	double *value = n->keep == 1 ? r + n->value : out;

	if (n->step == NULL) {
		*value = evaluate(c, slot, n->frame, n->code, NULL);
	} else {
		if (n->x != PLAN_COLUMN)
			x = node_newest(c, slot, &c->node[n->x], n->x_out);
		else if (!n->bars)
			x = r[n->series + rows_of(c, slot, n->frame)->at - 1];
		n->step(r + n->state, b, x, value);
	}
	if (n->keep > 1)
		keep(r, n, out);
}

/* Nodes refer to earlier ones only, across frames too: so they run in their order. */
static APART void run_mixed(struct chart *c, uint32_t slot, uint32_t frames)
{
	uint8_t wants = c->head.slot[slot].wants;
	struct ta_bar b;
	uint32_t made = PLAN_FRAMES;

	for (uint32_t i = 0; i < c->eager; i++) {
		const struct node *n = &c->node[c->run[i]];
		if ((frames >> n->frame & 1) == 0 || (n->wants & wants) == 0)
			continue;
		if (made != n->frame)
			bar_of(&b, c, slot, n->frame);
		made = n->frame;
		run_node(c, slot, n, &b);
	}
}

/* Those of frame 0 alone: nearly always. */
static void run_first(struct chart *c, uint32_t slot)
{
	const uint16_t *run = c->run, *end = run + c->eager;
	const struct chart_slot *s = &c->head.slot[slot];
	double *r = region(c, slot, 0);
	uint32_t row = s->row.at - 1;
	UNSET struct ta_bar b;

	if (run == end)
		return;
	bar_of(&b, c, slot, 0);
	for (; run < end; run++) {
		const struct node *n = &c->node[*run];
		if (n->frame != 0 || (n->wants & s->wants) == 0)
			continue;
		if (n->step != NULL && n->keep == 1 && n->x == PLAN_COLUMN)
			n->step(r + n->state, &b, r[n->series + row], r + n->value);
		else
			run_node(c, slot, n, &b);
	}
}

static inline void run_nodes(struct chart *c, uint32_t slot, uint32_t frames)
{
	if (frames == 1)
		run_first(c, slot);
	else
		run_mixed(c, slot, frames);
}

/* The first row that waits becomes the newest. */
static void advance(struct chart *c, uint32_t slot, uint32_t frame)
{
	struct chart_rows *r = rows_of(c, slot, frame);

	assert(r->wait > 0);
	r->newest = marks_of(c, slot, frame)[r->at].end;
	r->at++;
	r->wait--;
	r->count++;
}

/* Bit per frame above 0 whose first row that waits ends at `end`. */
static uint32_t frames_at(const struct chart *c, uint32_t slot, ns end)
{
	uint32_t got = 0;

	for (uint32_t f = 1; f < c->frames; f++) {
		const struct chart_rows *r = rows_of(c, slot, f);
		if (r->wait > 0 && marks_of(c, slot, f)[r->at].end == end)
			got |= 1U << f;
	}
	return got;
}

static void close_frames(struct chart *c, uint32_t slot, ns end)
{
	uint32_t frames = frames_at(c, slot, end);

	for (uint32_t f = 1; f < c->frames; f++)
		if (frames >> f & 1)
			advance(c, slot, f);
	if (frames != 0)
		run_nodes(c, slot, frames);
}

/* Frames of all slots whose time is over before `now`, in order of time. */
static APART void sweep(struct chart *c, ns now)
{
	while (c->m->due < now) {
		ns due = c->m->due;
		if (c->bench_slot != CHART_NONE)
			close_frames(c, c->bench_slot, due);
		for (uint32_t i = 0; i < c->m->slots; i++)
			close_frames(c, i, due);
		find_due(c);
	}
}

/* The slot's bar that was walked over last goes into the frames above 0, too; those that end with
 * it close with it. */
static APART void walk_frames(struct chart *c, uint32_t slot, ns end)
{
	uint32_t frames;

	/* The benchmark has no bar that ends now, or it was walked over before. */
	if (c->bench_slot != CHART_NONE && slot != c->bench_slot)
		close_frames(c, c->bench_slot, end);
	row_feed_all(c, slot, c->head.slot[slot].row.at - 1);
	frames = frames_at(c, slot, end);
	for (uint32_t f = 1; f < c->frames; f++)
		if (frames >> f & 1)
			advance(c, slot, f);
	run_nodes(c, slot, frames | 1);
}

static inline void walk(struct chart *c, uint32_t slot)
{
	struct chart_slot *s = &c->head.slot[slot];
	struct chart_rows *r = &s->row;
	const struct mark *m = &marks_of(c, slot, 0)[r->at];
	ns end = m->end;

	assert(r->wait > 0);
	s->live = (m->span & (BAR_WARMUP | BAR_LATE)) == 0;
	if (c->frames > 1 && c->m->due < end)
		sweep(c, end);
	r->newest = end;
	r->at++;
	r->wait--;
	r->count++;
	c->m->waiting--;
	s->next = r->wait > 0 ? m[1].end : NEVER;
	if (c->frames > 1)
		walk_frames(c, slot, end);
	else
		run_first(c, slot);
}

/* Ties: the benchmark, then by slot. */
static APART uint32_t earliest(const struct chart *c)
{
	uint32_t at = c->bench_slot;
	ns first = at != CHART_NONE ? c->head.slot[at].next : NEVER;

	for (uint32_t i = 0; i < c->m->slots; i++)
		if (c->head.slot[i].next < first) {
			first = c->head.slot[i].next;
			at = i;
		}
	assert(first != NEVER);
	return at;
}

bool chart_next(struct chart *c, uint32_t *slot)
{
	struct moving *m = c->m;

	if (m->waiting == 0)
		return false;
	/* Of the slice that was closed last; or what came out of turn. */
	*slot = m->ready_at < m->ready ? c->ready[m->ready_at++] : earliest(c);
	walk(c, *slot);
	return true;
}
