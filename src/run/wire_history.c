/* The past that charts begin with: bars of their own length, and, for what looks back further, of
 * quarters of an hour and of days. */
#include "run/wire_inner.h"

#include "base/log.h"

#define WARMUP_EXTRA    2	/* thin symbols miss bars: read so many times the sessions */
#define SESSION_SECONDS (390 * 60)
#define QUARTER         900	/* seconds: frames of these are made of such bars, not of minutes */

bool wire_charts(const struct engine_config *c, sym s)
{
	if (c->bench == s)
		return true;
	for (uint32_t i = 0; i < c->symbols_n; i++)
		if (c->symbol[i] == s)
			return true;
	return false;
}

/* It goes on from a checkpoint, and its past is still in today's shares. */
static bool resumes(const struct wire *w, uint32_t i)
{
	return w->l->instance[i].resumed != 0 && !w->rereading;
}

/* Its past is read now. */
static bool reads(const struct wire *w, uint32_t i)
{
	return w->anew[i] == w->rereading;
}

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

static struct task *ask_history(struct wire *w, int timeframe_s, int chart_s, ns from, ns to)
{
	struct task *t = wire_ask_bars(w, timeframe_s, from, to);

	if (t != NULL)
		t->chart_s = chart_s;
	w->history_left += t != NULL;
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
		if (in->config.timeframe_s != timeframe_s || resumes(w, i) || !reads(w, i))
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

/* Each kind up to where the next finer begins: no time is read twice. The longest come first: of
 * more minutes than can wait in a chart the oldest go into its longer frames at once, which take
 * nothing older from then on. */
static void history_of(struct wire *w, int timeframe_s, ns now, ns to)
{
	struct wanted h = wanted_by(w, timeframe_s);
	ns own = sessions_before(w, now, h.own * WARMUP_EXTRA);
	ns quarters = sessions_before(w, now, h.quarters * WARMUP_EXTRA);
	ns days = sessions_before(w, now, h.days + 1);
	ns from = h.quarters > h.own ? quarters : own;

	if (h.days > 0 && days < from)
		ask_history(w, PLAN_DAY, timeframe_s, days - NS_DAY / 2, from);
	if (from < own)
		ask_history(w, QUARTER, timeframe_s, from, own);
	/* The broker's hours begin at full ones, a session's do not. */
	ask_history(w, timeframe_s < 3600 ? timeframe_s : 1800, timeframe_s, own, to);
}

/* Where a window ends that begins at from. Nothing is read of nights alone. */
static ns window_end(const struct wire *w, const struct task *t)
{
	ns to = t->from + WINDOW_BARS * t->timeframe_s * NS_SECOND;
	ns opens = calendar_next(&w->l->calendar, t->from).pre_open;

	to = to < opens ? opens : to;
	return to < t->end ? to : t->end;
}

/* Charts that go on: from what the oldest of them knows, window by window. */
static void resume(struct wire *w, int timeframe_s, ns from, ns to)
{
	if (from >= to)
		return;
	struct task *t = ask_history(w, timeframe_s < 3600 ? timeframe_s : 1800, timeframe_s, from,
				     to);
	if (t == NULL)
		return;
	t->resumes = true;
	t->end = to;
	t->to = window_end(w, t);
}

bool wire_window(struct wire *w, struct task *t)
{
	struct event ev = { .kind = EV_SYNC, .u.sync.phase = SYNC_READ };

	if (w->boot != BOOT_HISTORY || t->to >= t->end)
		return false;
	ev.ts = wire_now(w);
	for (uint32_t i = 0; i < w->l->instances_n; i++)
		if (w->l->instance[i].resumed != 0 &&
		    w->l->instance[i].config.timeframe_s == t->chart_s)
			wire_give(w, (uint8_t)i, &ev);
	w->boot_since = mono_ns();	/* it goes on */
	t->from = t->to;
	t->to = window_end(w, t);
	t->token[0] = 0;
	t->tries = 0;
	wire_later(w, t, 0);
	return true;
}

/* Up to where bars are history for the instance. Behind it are those of the slice that is being
 * built, and of the one before, when nobody has decided on that. */
static ns history_end(const struct wire *w, const struct instance *in, ns now)
{
	struct session s = calendar_last(&w->l->calendar, now);
	ns length = in->config.timeframe_s * NS_SECOND;

	if (now >= s.close && (now - s.close > length || in->config.history == HISTORY_ALL))
		return now;
	ns built = now < s.close ? now - (now - s.open) % length : s.close;
	ns part = (built - s.open) % length, before = built - (part > 0 ? part : length);
	bool undecided = in->left_off != 0 && in->left_off < built && built > s.open;
	return undecided ? before : built;
}

/* The instances of one timeframe: those that begin, and those that go on. */
static void history_for(struct wire *w, int timeframe_s, ns now)
{
	ns begin = 0, from = INT64_MAX, to = 0;

	for (uint32_t i = 0; i < w->l->instances_n; i++) {
		const struct instance *in = &w->l->instance[i];
		if (in->config.timeframe_s != timeframe_s || !reads(w, i))
			continue;
		ns end = w->told[i];
		if (!resumes(w, i)) {
			begin = end > begin ? end : begin;
			continue;
		}
		from = in->resumed < from ? in->resumed : from;
		to = end > to ? end : to;
	}
	if (begin > 0)
		history_of(w, timeframe_s, now, begin);
	resume(w, timeframe_s, from, to);
}

void wire_history(struct wire *w)
{
	ns now = wire_now(w);

	w->history_left = 0;
	w->gap_from = w->read_to = now;
	w->shares_of = ny_date(now);
	for (uint32_t i = 0; i < w->l->instances_n; i++) {
		if (!reads(w, i))
			continue;
		w->told[i] = history_end(w, &w->l->instance[i], now);
		if (w->told[i] < w->gap_from)
			w->gap_from = w->told[i];
		if (resumes(w, i) && ny_date(w->l->instance[i].resumed) < w->shares_of)
			w->shares_of = ny_date(w->l->instance[i].resumed);
	}
	for (uint32_t i = 0; i < w->l->instances_n; i++) {
		int tf = w->l->instance[i].config.timeframe_s;
		bool asked = !reads(w, i);
		for (uint32_t k = 0; k < i; k++)
			asked |= reads(w, k) && w->l->instance[k].config.timeframe_s == tf;
		if (!asked)
			history_for(w, tf, now);
	}
	if (w->history_left == 0)
		wire_boot_next(w, BOOT_HISTORY);
}

void wire_gap_fill(struct wire *w)
{
	ns now = wire_now(w);

	if (now > w->gap_from) {
		if (wire_ask_bars(w, 60, w->gap_from, now) == NULL)
			return;
		w->filling = true;
		w->read_to = now;
		wire_give_sync(w, SYNC_GAP);
	}
	w->gap_from = 0;
}

void wire_gap_over(struct wire *w, const struct task *t)
{
	if (!w->filling || w->boot == BOOT_HISTORY || t->mute)
		return;
	w->filling = false;
	wire_give_sync(w, SYNC_READ);
	if (w->overtaken) {		/* what came behind newer ones has no place in the charts */
		w->overtaken = false;
		w->reread = true;
		memset(w->anew, true, sizeof w->anew);
	} else if (w->gap_from != 0 && w->data.up) {
		wire_gap_fill(w);
	}
}

void wire_anew(struct wire *w)
{
	struct event ev = { .kind = EV_SYNC, .u.sync.phase = SYNC_ANEW };

	w->boot = BOOT_HISTORY;		/* nobody misses what is given from here on */
	w->boot_since = mono_ns();
	ev.ts = wire_now(w);
	for (uint32_t i = 0; i < w->l->instances_n; i++) {
		if (!w->anew[i])
			continue;
		log_info("charts.anew", "inst=%s why=\"a split, another name of a symbol, or late "
			 "bars\"", w->l->instance[i].config.name);
		wire_give(w, (uint8_t)i, &ev);
	}
	w->reread = false;
	w->rereading = true;
	memset(w->newest, 0, sizeof w->newest);	/* what the new charts do not know is news */
	wire_history(w);
}
