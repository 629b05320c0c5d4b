/* The past that charts begin with: bars of their own length, and, for what looks back further, of
 * quarters of an hour and of days. */
#include "run/wire_inner.h"

#define WARMUP_EXTRA    2	/* thin symbols miss bars: read so many times the sessions */
#define SESSION_SECONDS (390 * 60)
#define QUARTER         900	/* seconds: frames of these are made of such bars, not of minutes */

struct task *wire_ask_bars(struct wire *w, int timeframe_s, ns from, ns to)
{
	struct task *t = wire_task(w, TASK_BARS, BUCKET_HISTORY);

	if (t == NULL)
		return NULL;
	t->timeframe_s = t->chart_s = timeframe_s;
	t->from = from;
	t->to = to;
	return t;
}

/* What the charts of one timeframe want to begin with: sessions of their own bars, of quarters of
 * an hour, and of days. */
struct wanted { int own, quarters, days; };

static void want(int *sessions, uint64_t bars, int64_t seconds)
{
	int n = (int)((int64_t)bars * seconds / SESSION_SECONDS) + 1;

	if (n > *sessions)
		*sessions = n;
}

static struct wanted wanted_by(const struct wire *w, int timeframe_s)
{
	struct wanted h = { 0 };

	for (uint32_t i = 0; i < w->l->instances_n; i++) {
		const struct instance *in = &w->l->instance[i];
		const struct plan *p = in->config.plan;
		if (in->config.timeframe_s != timeframe_s)
			continue;
		uint32_t bars = engine_warmup(in->engine);
		bars = bars > p->frame[0].settled ? bars : p->frame[0].settled;
		want(&h.own, bars, timeframe_s);
		for (uint32_t f = 1; f < p->frames; f++) {
			const struct plan_frame *frame = &p->frame[f];
			bool quarters = timeframe_s < QUARTER && frame->seconds % QUARTER == 0;
			if (frame->seconds >= PLAN_DAY)
				want(&h.days, frame->settled, SESSION_SECONDS);
			else
				want(quarters ? &h.quarters : &h.own, frame->settled,
				     frame->seconds);
		}
	}
	return h;
}

static ns sessions_before(const struct wire *w, ns now, int sessions)
{
	return ny_time(calendar_back(&w->l->calendar, now, sessions), 9, 30);
}

/* Each kind up to where the next finer begins: no time is read twice. */
static void history_of(struct wire *w, int timeframe_s, ns now)
{
	struct wanted h = wanted_by(w, timeframe_s);
	ns own = sessions_before(w, now, h.own * WARMUP_EXTRA), from = own;
	/* The broker's hours begin at full ones, a session's do not. */
	struct task *t = wire_ask_bars(w, timeframe_s < 3600 ? timeframe_s : 1800, own, now);

	if (t != NULL)
		t->chart_s = timeframe_s;
	w->history_left += t != NULL;
	if (h.quarters > h.own) {
		from = sessions_before(w, now, h.quarters * WARMUP_EXTRA);
		t = wire_ask_bars(w, QUARTER, from, own);
		if (t != NULL)
			t->chart_s = timeframe_s;
		w->history_left += t != NULL;
	}
	ns days = sessions_before(w, now, h.days + 1);
	if (h.days > 0 && days < from) {
		t = wire_ask_bars(w, PLAN_DAY, days - NS_DAY / 2, from);
		if (t != NULL)
			t->chart_s = timeframe_s;
		w->history_left += t != NULL;
	}
}

void wire_history(struct wire *w)
{
	int largest = 60;
	ns now = wire_now(w);
	struct session s = calendar_last(&w->l->calendar, now);

	w->history_left = 0;
	for (uint32_t i = 0; i < w->l->instances_n; i++) {
		int tf = w->l->instance[i].config.timeframe_s;
		bool asked = false;
		for (uint32_t k = 0; k < i; k++)
			asked = asked || w->l->instance[k].config.timeframe_s == tf;
		if (!asked)
			history_of(w, tf, now);
		largest = tf > largest ? tf : largest;
	}
	/* The bar that is being built now: its minutes are read again, one by one. */
	w->gap_from = now;
	if (now < s.close)
		w->gap_from -= (now - s.open) % (largest * NS_SECOND);
}

void wire_gap_fill(struct wire *w)
{
	if (wire_now(w) > w->gap_from)
		(void)wire_ask_bars(w, 60, w->gap_from, wire_now(w));
	w->gap_from = 0;
}
