/* inside.h: a chart's memory, and what its files ask of each other.
 *
 * What changes lies in one flat piece behind the head (chart_save copies it): struct moving, the
 * slots, the rows of frames above 0, the parts of slices, and for each frame and slot a block (the
 * plan's doubles, and a stamp for each node) and a region (the columns and the marks of the bars).
 * Blocks are what every bar touches, so they lie side by side, apart from the bars of the past.
 * Nothing in it is a pointer. */
#ifndef CHART_INSIDE_H
#define CHART_INSIDE_H

#include "chart/chart.h"

#define NEVER      INT64_MAX
#define CONTEXTS   4		/* symbol, frame, benchmark: one within the other, and one more */
#define DAY_LENGTH (23 * NS_HOUR)	/* the shortest day: spring's */

struct span { ns from, to; struct session session; bool open; };
struct slice { ns begin, end; };

/* What a row is beside its columns. */
struct mark {
	ns       end;
	uint32_t trades;
	uint32_t span;			/* seconds << FLAG_BITS | BAR_... */
};
#define FLAG_BITS 3
#define FLAG_MASK ((1U << FLAG_BITS) - 1)

/* A bar in doubles; minutes of a slice wait as these. */
struct part {
	ns       open_ts, ts;
	double   v[COLUMNS];
	uint32_t trades, flags;
};

struct frame {
	double  *base, *block;		/* slot 0's region and block */
	uint32_t stride, blocks;	/* doubles of a region; of a block */
	uint32_t marks, stamps;		/* offsets into a region; into a block, in doubles. A block
					 * begins with the early nodes' values, if there are */
	uint32_t depth, cap;		/* rows that stay readable; rows in all */
	ns       length;
	struct slice now;		/* the slice that was asked for last */
	uint32_t now_span;		/* its length, as marks have it */
	bool     clock, day;
};

/* A node of the plan, as the loops want it. */
struct node {
	void   (*step)(void *, const struct ta_bar *, double, double *);
	void   (*of)(const double *, const double *, const struct ta_columns *, double *);
	const double *arg;
	uint32_t state, value, stamp;	/* offsets into a block; the stamp's in uint32_t, which is
					 * of a WINDOW the count of bars at which it was computed,
					 * of keep > 1 where in the ring the newest value is */
	uint32_t series;		/* offset into a region: the column that it reads, if so */
	uint32_t keep, window, code;
	uint16_t lag, x;
	uint8_t  x_out, kind, frame, outputs, wants;
	bool     bars;			/* reads whole bars */
	bool     early;			/* is stepped with a block that comes ahead */
	bool     plain;			/* steps along frame 0 or a column of it, and keeps one */
};
static_assert(sizeof(void *) != 8 || sizeof(struct node) == 64, "a line of the cache");
static_assert(sizeof(struct chart_slot) == 64, "a line of the cache");

/* Two doubles at once where the processor can. */
typedef double pair __attribute__((vector_size(16)));

/* Out of the way of what runs at the pace of bars, which then needs fewer registers. */
#define APART __attribute__((noinline))
/* Not zeroed: it is written before it is read, at the pace of bars. */
#define UNSET __attribute__((uninitialized))

struct moving {
	ns       pending;		/* earliest slot.end; NEVER none */
	ns       due;			/* not after the earliest end of what waits in a frame
					 * above 0 */
	uint32_t slots;
	uint32_t waiting;		/* rows of frame 0, of all slots */
	uint32_t ready, ready_at;	/* of the slice closed last: slots in chart->ready */
	uint16_t slot_of[SYMBOLS_MAX];	/* + 1; 0 none */
};

struct chart {
	struct chart_head head;		/* first: chart.h reads it */
	const struct plan *plan;
	const struct calendar *calendar;
	bool       extended, raw;
	uint32_t   bench_slot;		/* CHART_NONE none */
	uint32_t   slots_max, frames, parts_max;
	uint32_t   nodes, eager, early;
	struct node *node;
	uint16_t  *run;			/* the eager nodes, in order */
	/* `early` of them read nothing but their symbol's bars of frame 0, or each other: for a
	 * block that comes ahead they are stepped at one go. */
	uint16_t  *divided;		/* the early ones, then the others */
	double    *ahead;		/* the early ones' values: CHART_AHEAD rows of each slot */
	uint32_t   ahead_values;	/* doubles of a row */
	bool       early_bars;		/* some early node reads whole bars */
	char      *flat;		/* all of what changes */
	size_t     flat_size;
	uint64_t   print;		/* of the plan and the configuration */
	struct moving *m;
	struct chart_rows *more;	/* frames 1.. of slot 0, of slot 1, … */
	struct part *part;		/* parts_max of each slot */
	uint16_t  *ready;
	struct span taking, walking;	/* remembered: the session asked for last */
	struct span before;		/* and of chart_ahead the one before that */
	struct { ns at; double v[4]; } clock;
	struct frame frame[PLAN_FRAMES];
};

static inline struct chart_rows *rows_of(const struct chart *c, uint32_t slot, uint32_t frame)
{
	return frame == 0 ? &c->head.slot[slot].row :
		&c->more[(size_t)slot * (c->frames - 1) + frame - 1];
}

static inline double *region(const struct chart *c, uint32_t slot, uint32_t frame)
{
	return c->frame[frame].base + (size_t)slot * c->frame[frame].stride;
}

static inline double *block(const struct chart *c, uint32_t slot, uint32_t frame)
{
	return c->frame[frame].block + (size_t)slot * c->frame[frame].blocks;
}

static inline struct mark *marks_of(const struct chart *c, uint32_t slot, uint32_t frame)
{
	return (struct mark *)(void *)(region(c, slot, frame) + c->frame[frame].marks);
}

/* What was made of the rows of the slot's block: the last one's values come last, whatever their
 * number. */
static inline double *made_of(const struct chart *c, uint32_t slot)
{
	return c->ahead + (size_t)slot * CHART_AHEAD * c->ahead_values;
}

/* b: the slot's block of the node's frame. */
static inline uint32_t *stamp_of(double *b, const struct node *n)
{
	return (uint32_t *)(void *)b + n->stamp;
}

/* The row behind those that wait is a bar that closed, but out of turn: not in a slice that is
 * closed for all. */
static inline void row_closed(struct chart *c, uint32_t slot, ns end)
{
	struct chart_slot *s = &c->head.slot[slot];

	s->row.until = end;
	if (s->row.wait++ == 0)
		s->next = end;
	c->m->waiting++;
	assert(s->row.at + s->row.wait <= c->frame[0].cap);
}

/* take.c: the minutes so far, in order, as one row. */
void join_parts(struct chart *c, uint32_t slot);

static inline void close_slot(struct chart *c, uint32_t slot)
{
	struct chart_slot *s = &c->head.slot[slot];

	if (s->parts != CHART_WHOLE)
		join_parts(c, slot);
	row_closed(c, slot, s->end);
	if (s->ahead > 1) {
		s->ahead--;
		s->end = marks_of(c, slot, 0)[s->row.at + s->row.wait].end;
		return;
	}
	s->ahead = 0;
	s->parts = 0;
	s->end = 0;
}

uint32_t span_of(ns length);	/* for marks, without flags */

/* times.c. The session that t lies in, in *s; false: in none. Slices of a frame in it. */
void find_span(const struct chart *c, struct span *s, ns t);
static inline bool session_at(const struct chart *c, struct span *s, ns t)
{
	if (t < s->from || t >= s->to)
		find_span(c, s, t);
	return s->open;
}
struct slice slice_at(struct chart *c, uint32_t frame, const struct span *s, ns t);
const double *clock_at(struct chart *c, ns t);	/* by enum plan_clock */

/* rows.c */
/* Room for so many rows behind those that wait; the oldest that wait may go for it. */
void rows_room(struct chart *c, uint32_t slot, uint32_t frame, uint32_t n);
void row_write(struct chart *c, uint32_t slot, uint32_t frame, uint32_t row, const struct part *p);
/* The bar in a frame above 0, unless its times are there already. */
void row_feed(struct chart *c, uint32_t slot, uint32_t frame, const struct span *s,
	      const struct part *p);
/* A row of frame 0 in all of them. */
void row_feed_all(struct chart *c, uint32_t slot, uint32_t row);
void find_due(struct chart *c);

/* eval.c */
double node_newest(const struct chart *c, uint32_t slot, const struct node *n, uint32_t out);
double evaluate(struct chart *c, uint32_t slot, uint32_t frame, uint32_t code,
		const double *trade);

#endif
