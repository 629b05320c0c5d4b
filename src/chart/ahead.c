/* ahead.c: bars of one symbol before their time. What a bar costs when bars come one by one, of
 * one symbol after the other, is mostly the way to memory: here a block of them is read, written
 * and stepped in one piece. */
#include "chart/inside.h"

typedef uint32_t words __attribute__((vector_size(16)));
typedef int32_t signs __attribute__((vector_size(16)));
typedef uint64_t longs __attribute__((vector_size(16)));

static inline words four(const uint32_t *of)
{
	words w;

	memcpy(&w, of, sizeof w);
	return w;
}

static inline bool bar_good(const struct chart_bars *b, uint32_t i)
{
	uint32_t open = b->open[i], high = b->high[i], low = b->low[i], close = b->close[i];

	return ((low > 0) & (low <= open) & (open <= high) & (low <= close) & (close <= high) &
		(b->volume[i] >= 0.0) & (b->volume[i] <= VOLUME_MAX)) != 0;
}

/* Of n bars from the i-th on, how many are before the first that is none. */
static uint32_t good_from(const struct chart_bars *b, uint32_t i, uint32_t n)
{
	const uint32_t *o = b->open + i, *h = b->high + i, *l = b->low + i, *c = b->close + i;
	const double volume_max = VOLUME_MAX;
	uint32_t fours = n - n % 4, got = 0;
	signs wrong = { 0 };
	longs below = { 0 }, v;
	uint64_t most;

	for (uint32_t k = 0; k < fours; k += 4) {
		words open = four(o + k), high = four(h + k), low = four(l + k);
		words close = four(c + k);
		wrong |= (low == 0) | (low > open) | (open > high) | (low > close) |
			 (close > high);
	}
	/* Numbers from 0 on are in the order of their bits. */
	memcpy(&most, &volume_max, sizeof most);
	for (uint32_t k = 0; k < fours; k += 2) {
		memcpy(&v, b->volume + i + k, sizeof v);
		below |= v | (most - v);
	}
	if ((wrong[0] | wrong[1] | wrong[2] | wrong[3]) == 0 &&
	    (below[0] | below[1]) >> 63 == 0)
		got = fours;
	while (got < n && bar_good(b, i + got))
		got++;
	return got;
}

/* The slice that begins at t, if it is as long as a bar, and how far such follow one another from
 * it. */
static APART bool slice_from(struct chart *c, ns t, ns *until)
{
	ns end = t + c->frame[0].length;
	struct span *s = &c->taking;

	if (t < s->from || t >= s->to) {
		/* Blocks of all symbols are of the same two sessions, mostly. */
		struct span other = c->before;
		c->before = *s;
		*s = other;
	}
	if (!session_at(c, s, t))
		return false;
	struct slice at = slice_at(c, 0, s, t);
	*until = t < s->session.close ? s->session.close : s->to;
	return at.begin == t && at.end == end;
}

/* From bar i on those that are slices of one session, each behind the other: how many. */
static uint32_t run_from(struct chart *c, const struct chart_bars *b, uint32_t i, ns after)
{
	ns first = b->minute[i] * NS_MINUTE, length = c->frame[0].length, until;
	uint32_t step = (uint32_t)(length / NS_MINUTE), next = b->minute[i], n = 0;

	if (first < after || !slice_from(c, first, &until))
		return 0;
	uint32_t most = (uint32_t)((until - first) / length);
	const uint32_t *minute = b->minute + i;
	most = most < b->n - i ? most : b->n - i;
	for (; n < most && minute[n] == next; n++)
		next += step;
	return good_from(b, i, n);
}

/* px_f64 of prices in units: their product with the unit is rounded as that of integers would be.
 * A word in the low bits of 2^52 is that much more than 2^52. */
static void write_column(double *to, const uint32_t *price, uint32_t n, double unit)
{
	static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the low bits are the first word");
	const words high = (words){ 0 } + 0x43300000;
	const double big = 0x1p52;
	uint32_t i = 0;

	for (; i + 4 <= n; i += 4) {
		words w = four(price + i);
		words part[] = { __builtin_shufflevector(w, high, 0, 4, 1, 5),
				 __builtin_shufflevector(w, high, 2, 6, 3, 7) };
		for (uint32_t k = 0; k < 2; k++) {
			pair v;
			memcpy(&v, &part[k], sizeof v);
			v = (v - big) * unit / 1e9;
			memcpy(to + i + 2 * k, &v, sizeof v);
		}
	}
	for (; i < n; i++)
		to[i] = price[i] * unit / 1e9;
}

static void write_run(struct chart *c, uint32_t slot, uint32_t row, const struct chart_bars *b,
		      uint32_t i, uint32_t n)
{
	const uint32_t *price[] = { b->open, b->high, b->low, b->close };
	double *r = region(c, slot, 0) + row;
	struct mark *m = marks_of(c, slot, 0) + row;
	ns length = c->frame[0].length, end = b->minute[i] * NS_MINUTE + length;
	uint32_t span = span_of(length) | (b->warmup ? BAR_WARMUP : 0);
	size_t cap = c->frame[0].cap;

	assert(row + n <= cap);
	for (uint32_t col = 0; col < COL_VOLUME; col++)
		write_column(r + col * cap, price[col] + i, n, (double)b->unit);
	memcpy(r + COL_VOLUME * cap, b->volume + i, n * sizeof *r);
	for (uint32_t k = 0; k < n; k++, end += length)
		m[k] = (struct mark){ end, 0, span };
}

/* Whole bars for the early nodes that want them. */
static void bars_of(struct chart *c, uint32_t slot, uint32_t row, uint32_t n, struct ta_bar *bar)
{
	const double *r = region(c, slot, 0) + row;
	size_t cap = c->frame[0].cap;
	day date = c->taking.session.date;

	for (uint32_t i = 0; i < n; i++)
		bar[i] = (struct ta_bar){ r[i], r[cap + i], r[2 * cap + i], r[3 * cap + i],
					  r[4 * cap + i], date };
	assert(n <= CHART_AHEAD);
}

/* The early nodes of a block, node after node; its last row's values are made_of's last. */
static void step_rows(struct chart *c, uint32_t slot, const struct ta_bar *bar, uint32_t rows)
{
	const struct chart_slot *s = &c->head.slot[slot];
	const double *r = region(c, slot, 0) + s->row.at;
	uint32_t values = c->ahead_values;
	double *b = block(c, slot, 0);
	double *made = made_of(c, slot) + (size_t)(CHART_AHEAD - rows) * values;

	for (uint32_t k = 0; k < c->early; k++) {
		const struct node *n = &c->node[c->divided[k]];
		const double *x = r + n->series;
		double *out = made + n->value;
		uint32_t next = 1;
		if ((n->wants & s->wants) == 0)
			continue;
		if (n->x != PLAN_COLUMN) {
			x = made + c->node[n->x].value + n->x_out;
			next = values;
		}
		const struct ta_family *f = c->plan->node[c->divided[k]].family;
		if (f->steps != NULL) {
			f->steps(b + n->state, rows, x, next, out, values);
			continue;
		}
		for (uint32_t i = 0; i < rows; i++, x += next, out += values)
			n->step(b + n->state, &bar[i], *x, out);
	}
}

void chart_ahead(struct chart *c, uint32_t slot, const struct chart_bars *b)
{
	struct chart_slot *s = &c->head.slot[slot];
	UNSET struct ta_bar bar[CHART_AHEAD];
	uint32_t rows = 0;

	assert(slot < c->m->slots && b->n <= CHART_AHEAD && c->ahead != NULL && !c->raw);
	assert(s->row.wait == 0 && s->end == 0 && s->ahead == 0);
	rows_room(c, slot, 0, b->n);
	for (uint32_t i = 0, n; i < b->n; i += n > 0 ? n : 1) {
		n = run_from(c, b, i, s->row.until);
		if (n == 0)
			continue;
		write_run(c, slot, s->row.at + rows, b, i, n);
		if (c->early_bars)
			bars_of(c, slot, s->row.at + rows, n, bar + rows);
		rows += n;
		s->row.until = marks_of(c, slot, 0)[s->row.at + rows - 1].end;
	}
	if (rows == 0)
		return;
	step_rows(c, slot, bar, rows);
	s->ahead = s->block = (uint8_t)rows;
	s->parts = CHART_WHOLE;
	s->end = marks_of(c, slot, 0)[s->row.at].end;
	s->last = (px){ 0 };
	if (s->end < c->m->pending)
		c->m->pending = s->end;
}
