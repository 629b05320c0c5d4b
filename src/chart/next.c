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
static void keep(double *b, const struct node *n, const double *out)
{
	uint32_t *at = stamp_of(b, n);

	*at = *at + 1 < n->keep ? *at + 1 : 0;
	assert(*at < n->keep);
	for (uint32_t k = 0; k < n->outputs; k++) {
		double *ring = b + n->value + (size_t)k * 2 * n->keep;
		ring[*at] = ring[*at + n->keep] = out[k];
	}
}

/* What a derived node nearly always is: a column of the benchmark at the same time. */
static double derived(struct chart *c, uint32_t slot, const struct node *n)
{
	const struct plan_code *code = c->plan->code + n->code;
	const struct chart_rows *own = rows_of(c, slot, n->frame);

	if (code[0].op == OP_BENCH && code[1].op == OP_COLUMN && code[1].b == 0 &&
	    code[2].op == OP_LEAVE && code[3].op == OP_END && c->bench_slot != CHART_NONE) {
		const struct chart_rows *its = rows_of(c, c->bench_slot, n->frame);
		if (its->newest == own->newest)
			return region(c, c->bench_slot, n->frame)
				[(size_t)code[1].a * c->frame[n->frame].cap + its->at - 1];
	}
	return evaluate(c, slot, n->frame, n->code, NULL);
}

static APART void run_node(struct chart *c, uint32_t slot, const struct node *n,
			    const struct ta_bar *bar)
{
	double *b = block(c, slot, n->frame), x = 0.0, out[TA_OUTPUTS] = { 0 };
	double *value = n->keep == 1 ? b + n->value : out;
	uint32_t row = rows_of(c, slot, n->frame)->at - 1;

	if (n->step == NULL) {
		*value = derived(c, slot, n);
	} else {
		if (n->x != PLAN_COLUMN)
			x = node_newest(c, slot, &c->node[n->x], n->x_out);
		else if (!n->bars)
			x = region(c, slot, n->frame)[n->series + row];
		n->step(b + n->state, bar, x, value);
	}
	if (n->keep > 1)
		keep(b, n, out);
}

/* Nodes refer to earlier ones only, across frames too: so they run in their order. */
static APART void run_mixed(struct chart *c, uint32_t slot, uint32_t frames)
{
	uint8_t wants = c->head.slot[slot].wants;
	struct ta_bar b;
	uint32_t made = PLAN_FRAMES;

	bool ahead = c->head.slot[slot].block > 0;
	const uint16_t *run = ahead ? c->divided : c->run;
	for (uint32_t i = ahead ? c->early : 0; i < c->eager; i++) {
		const struct node *n = &c->node[run[i]];
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
	const struct chart_slot *s = &c->head.slot[slot];
	bool ahead = s->block > 0;
	const uint16_t *run = ahead ? c->divided + c->early : c->run;
	const uint16_t *end = (ahead ? c->divided : c->run) + c->eager;
	UNSET struct ta_bar bar;

	if (run == end)
		return;
	double *b = block(c, slot, 0);
	const double *r = region(c, slot, 0) + s->row.at - 1;
	bar_of(&bar, c, slot, 0);
	for (; run < end; run++) {
		const struct node *n = &c->node[*run];
		if ((n->wants & s->wants) == 0)
			continue;
		if (n->plain)
			n->step(b + n->state, &bar, r[n->series], b + n->value);
		else if (n->frame == 0)
			run_node(c, slot, n, &bar);
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

/* Of a row that comes out of its block, in which so many are behind it, its values. */
static inline void bring_out(uint32_t behind, const double *made, double *value, size_t n)
{
	made += (CHART_AHEAD - 1 - behind) * n;
	for (size_t i = 0; i < n; i++)
		value[i] = made[i];
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
	if (s->block > 0) {
		assert(r->wait + s->ahead < s->block);
		bring_out(r->wait + s->ahead, made_of(c, slot), block(c, slot, 0),
			  c->ahead_values);
	}
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

ns chart_close(struct chart *c)
{
	struct moving *m = c->m;
	ns end = m->pending, pending = NEVER;
	bool alone = m->waiting == 0;
	uint32_t bench = c->bench_slot, slots = m->slots, n = 0;

	assert(end != NEVER);
	m->ready_at = 0;
	if (bench != CHART_NONE && c->head.slot[bench].end == end) {
		close_slot(c, bench);
		c->ready[n++] = (uint16_t)bench;
	}
	for (uint32_t i = 0; i < slots; i++) {
		const struct chart_slot *s = &c->head.slot[i];
		if (s->end == end) {
			close_slot(c, i);
			c->ready[n++] = (uint16_t)i;
		}
		if (s->end != 0 && s->end < pending)
			pending = s->end;
	}
	m->pending = pending;
	m->ready = alone ? n : 0;
	return end;
}

/* As chart_close and chart_next would do it, of a row that came ahead; m: its mark. */
static inline void pass(struct chart_slot *s, const struct mark *m, const double *made,
			double *value, size_t values)
{
	uint32_t left = s->ahead - 1U;

	s->row.newest = s->end;
	s->live = (m->span & BAR_WARMUP) == 0;
	s->row.at++;
	s->row.count++;
	s->end = left > 0 ? m[1].end : 0;
	if (left == 0)
		s->parts = 0;
	s->ahead = (uint8_t)left;
	bring_out(left, made, value, values);
}

static APART void close_and_walk(struct chart *c, uint32_t slot)
{
	struct chart_slot *s = &c->head.slot[slot];

	if (s->ahead == 0) {
		close_slot(c, slot);
		walk(c, slot);
		return;
	}
	assert(s->row.wait == 0);
	pass(s, marks_of(c, slot, 0) + s->row.at, made_of(c, slot), block(c, slot, 0),
	     c->ahead_values);
	if (c->frames > 1)
		walk_frames(c, slot, s->row.newest);
	else
		run_first(c, slot);
}

/* Of a chart whose values all come with their blocks, the slices that end now; the first that ends
 * later. */
static APART ns pass_all(struct chart *c, ns end)
{
	const struct mark *marks = marks_of(c, 0, 0);
	size_t next = c->frame[0].stride / (sizeof *marks / sizeof(double));
	size_t values = c->ahead_values, blocks = c->frame[0].blocks;
	const double *made = c->ahead;
	double *value = c->frame[0].block;
	struct chart_slot *first = c->head.slot, *last = first + c->m->slots;
	uint64_t least = NEVER - 1;	/* of their ends, less 1: 0, none, is then above all */

	for (struct chart_slot *s = first; s < last; s++) {
		if (s->end == end && s->ahead > 0)
			pass(s, marks + s->row.at, made, value, values);
		else if (s->end == end)
			close_and_walk(c, (uint32_t)(s - first));
		uint64_t then = (uint64_t)s->end - 1;
		least = then < least ? then : least;
		marks += next;
		made += CHART_AHEAD * values;
		value += blocks;
	}
	return (ns)least + 1;
}

static APART ns walk_all(struct chart *c, ns end)
{
	uint32_t bench = c->bench_slot, slots = c->m->slots;
	ns pending = NEVER;

	if (c->frames > 1 && c->m->due < end)
		sweep(c, end);
	if (bench != CHART_NONE && c->head.slot[bench].end == end)
		close_and_walk(c, bench);
	for (uint32_t i = 0; i < slots; i++) {
		const struct chart_slot *s = &c->head.slot[i];
		if (s->end == end)
			close_and_walk(c, i);
		if (s->end != 0 && s->end < pending)
			pending = s->end;
	}
	return pending;
}

ns chart_advance(struct chart *c)
{
	struct moving *m = c->m;
	bool alone = c->frames == 1 && c->early == c->eager;
	ns end = m->pending;
	uint32_t i;

	if (m->waiting > 0) {		/* out of turn, perhaps */
		end = chart_close(c);
		while (chart_next(c, &i))
			;
		return end;
	}
	assert(end != NEVER);
	m->pending = alone ? pass_all(c, end) : walk_all(c, end);
	m->ready = m->ready_at = 0;
	return end;
}
