/* Boot, history, reconciliation, timers: what the wire does by itself. */
#include "run/wire_inner.h"

#include "base/log.h"

#define CALENDAR_DAYS 30	/* ahead: the rules know the rest */
#define HISTORY_WITHIN (60 * NS_SECOND)	/* mono: positions matter more than warm indicators */
#define STREAMS_WITHIN (20 * NS_SECOND)	/* mono: without them REST is asked all the same */
#define SYNC_AGAIN     (5 * NS_SECOND)	/* market time, behind one that cannot be believed */
#define BAR_AHEAD      NS_MINUTE	/* a bar that ends later than this from now is none */
#define CLOCK_MOVED    NS_SECOND

/* ---- bars */

static void tell_price(struct wire *w, const struct bar *b)
{
	struct tell t = { .kind = TELL_PRICE };

	t.u.price.sym = b->sym;
	t.u.price.last = b->close;
	t.u.price.ts = b->ts;
	live_tell(w->l, &t);
}

/* Live: every bar of this minute is in, so nobody needs to wait any longer. */
static void slice_complete(struct wire *w, ns ts)
{
	struct event ev;

	if (w->filling)
		return;		/* they come symbol by symbol */
	for (uint32_t i = 0; i < w->l->config->symbols.n; i++)
		if (w->newest[i] < ts)
			return;
	memset(&ev, 0, sizeof ev);
	ev.kind = EV_CLOCK;
	ev.ts = wire_now(w) > ts ? wire_now(w) : ts;
	ev.u.clock.complete = true;
	wire_give(w, 0xff, &ev);
}

/* What is history for one instance is for another what it has not decided on yet. */
static bool wants_bar(const struct wire *w, uint32_t i, const struct bar *b, const struct task *t)
{
	const struct instance *in = &w->l->instance[i];

	if (!wire_charts(&in->config, b->sym))
		return false;
	if (t == NULL || w->boot != BOOT_HISTORY)
		return b->ts > w->told[i] || (b->flags & BAR_REVISED) != 0;
	bool resumes = in->resumed != 0 && !w->rereading;
	return in->config.timeframe_s == t->chart_s && resumes == t->resumes &&
	       w->anew[i] == w->rereading && b->ts <= w->told[i];
}

/* False: it was known already. */
bool wire_bar(struct wire *w, const struct bar *b, const struct task *t)
{
	struct event ev;
	bool warmup = t != NULL && w->boot == BOOT_HISTORY;
	bool revised = (b->flags & BAR_REVISED) != 0;

	if (!warmup && !revised && b->ts <= w->newest[b->sym])
		return false;
	/* It would make all that come after it look old. */
	if (!w->sim && b->ts > wire_now(w) + BAR_AHEAD) {
		wire_trouble(w, "data.future", "a bar from the future");
		return false;
	}
	memset(&ev, 0, sizeof ev);
	ev.kind = EV_BAR;
	ev.ts = wire_now(w);
	ev.u.bar = *b;
	if (warmup)
		ev.u.bar.flags |= BAR_WARMUP;
	for (uint32_t i = 0; i < w->l->instances_n; i++)
		if (wants_bar(w, i, b, t))
			wire_give(w, (uint8_t)i, &ev);
	if (warmup || revised)
		return true;
	w->newest[b->sym] = b->ts;
	w->fall.last[b->sym] = b->close;
	w->link.bars++;
	if (b->ts > w->link.newest_bar)
		w->link.newest_bar = b->ts;
	tell_price(w, b);
	if (!w->sim)
		slice_complete(w, b->ts);
	return true;
}

/* ---- boot: clock, account, calendar; then the instances; history; streams; truth */

static void boot_task(struct wire *w, enum task_kind k)
{
	struct task *t = wire_task(w, k, BUCKET_RECONCILE);

	if (t != NULL && k == TASK_CALENDAR) {
		t->from = wire_now(w) - 7 * NS_DAY;
		t->to = t->from + CALENDAR_DAYS * NS_DAY;
	}
}

/* The market began anew, as when only its log was removed: bars that were decided before are not
 * decided again. An exchange that was killed may have lost seconds. */
static void market_behind(struct wire *w)
{
	char until[RFC3339_TEXT];

	for (uint32_t i = 0; i < w->l->instances_n; i++) {
		const struct instance *in = &w->l->instance[i];
		if (!w->sim || in->left_off < wire_now(w) + NS_HOUR)
			continue;
		rfc3339_text(until, in->left_off);
		log_error("market.behind", "inst=%s decided_until=%s effect=\"waits for that\" "
			  "remedy=\"remove %s, to begin anew\"", in->config.name, until,
			  w->l->config->folder);
		wire_trouble(w, "market.behind", "it waits until the market is where decisions "
			     "ended: see the log");
	}
}

void wire_boot_next(struct wire *w, enum boot finished)
{
	static const uint8_t asks[] = {	/* the clock is asked for before anything ends */
		[BOOT_ACCOUNT] = TASK_ACCOUNT, [BOOT_CALENDAR] = TASK_CALENDAR,
		[BOOT_JOIN] = TASK_JOIN,
	};

	if (w->boot != finished)
		return;
	if (finished == BOOT_HISTORY && w->history_left > 0 && --w->history_left > 0)
		return;
	w->boot = w->rereading ? BOOT_DONE : (enum boot)(finished + 1);
	w->boot_since = mono_ns();
	if (w->rereading) {
		w->rereading = false;
		memset(w->anew, 0, sizeof w->anew);
		w->sync_wanted = true;
		if (w->data.up)
			wire_gap_fill(w);
		return;
	}
	if (w->boot == BOOT_JOIN && !w->l->lockstep)
		w->boot = BOOT_WAIT;
	if (w->boot <= BOOT_JOIN) {
		boot_task(w, (enum task_kind)asks[w->boot]);
	} else if (w->boot == BOOT_WAIT) {
		atomic_store(&w->l->booted, true);
	} else if (w->boot == BOOT_HISTORY) {
		wire_history(w);
	} else if (w->boot == BOOT_STREAMS) {
		wire_streams_open(w);
	} else if (w->boot == BOOT_SYNC) {
		w->sync_wanted = true;
	} else {
		assert(w->boot == BOOT_DONE);
		atomic_store(&w->l->ready, true);
		log_info("wire.ready", "requests=%llu", (unsigned long long)w->link.requests);
		market_behind(w);
	}
}

/* {"n":12,"now":"…"}: the market waits for us from this instant on. */
void wire_joined(struct wire *w, struct str body)
{
	struct json j;
	struct str key, digits;
	int64_t n;

	json_open(&j, body);
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		if (str_eq(key, STR("n")) && json_read_number(&j, &digits) &&
		    num_parse(&n, digits) == OK)
			w->instant = (uint64_t)(n / NUM_ONE);
		else if (str_eq(key, STR("now")) && json_read_str(&j, &digits))
			(void)(rfc3339_parse(&w->instant_ts, digits) == OK);
		else if (str_eq(key, STR("end")) && json_peek(&j) == JSON_BOOL)
			(void)json_read_bool(&j, &w->end_seen);	/* nothing will tell it again */
		else if (j.err == OK && !str_eq(key, STR("n")))
			json_skip(&j);
	}
	w->acked = w->instant > 0 ? w->instant - 1 : 0;
	w->marker_data = w->marker_orders = w->instant;
	clock_set_manual(&w->l->clock, w->instant_ts);
	if (w->boot == BOOT_DONE) {
		/* After a break within an instant: what one of the streams has told of it is
		 * held, and is delivered when it begins. */
		w->instant_next = w->instant_ts;
		w->end_next = w->end_seen;
		w->instant = w->acked;
		w->ack_due = false;
		return;
	}
	w->ack_due = true;
	w->clocked = false;
	w->held_orders = w->held_bars = 0;
	wire_boot_next(w, BOOT_JOIN);
}

/* ---- reconciliation */

void wire_give_sync(struct wire *w, enum sync_phase phase)
{
	struct event ev;

	memset(&ev, 0, sizeof ev);
	ev.kind = EV_SYNC;
	ev.ts = wire_now(w);
	ev.u.sync.phase = phase;
	wire_give(w, 0xff, &ev);
}

static bool seeks(const struct wire *w)
{
	bool any = false;

	for (uint32_t i = 0; i < w->l->instances_n; i++)
		any |= atomic_load(&w->l->instance[i].seeks);
	return any;
}

static ns listing_from(struct wire *w, ns now)
{
	ns oldest = atomic_load(&w->l->oldest_open), from = now - ORDERS_RECENT;

	if (w->seeking)
		return now - ORDERS_SOUGHT;
	if (w->boot != BOOT_DONE)
		return now - ORDERS_BACK;	/* ids of ours that nobody remembers */
	if (oldest - NS_MINUTE < from)
		from = oldest - NS_MINUTE;
	return from > now - ORDERS_BACK ? from : now - ORDERS_BACK;
}

void wire_sync(struct wire *w)
{
	/* The account before the positions: they are held against it. */
	static const uint8_t kinds[] = { TASK_ACCOUNT, TASK_ORDERS, TASK_POSITIONS, TASK_FILLS,
					 TASK_SPLITS };
	ns now = wire_now(w);
	size_t n = COUNT(kinds) - !wire_splits_due(w, now);

	w->sync_wanted = false;
	if (w->syncing)
		return;
	w->syncing = true;
	w->seeking = seeks(w);
	w->sync_counts = w->orders.up;
	w->sync_bad = false;
	w->sync_round++;
	w->sync_left = (uint32_t)n;
	w->sync_next = now + SYNC_EVERY;
	w->foreign_seen = 0;
	wire_give_sync(w, SYNC_BEGIN);
	for (size_t i = 0; i < n; i++) {
		struct task *t = wire_task(w, (enum task_kind)kinds[i], BUCKET_RECONCILE);
		if (t == NULL) {
			w->syncing = false;
			return;
		}
		t->round = w->sync_round;
		bool splits = kinds[i] == TASK_SPLITS;
		t->from = splits ? wire_splits_from(w) : listing_from(w, now);
		t->to = splits ? now - SPLITS_FROM : INT64_MAX;
		if (kinds[i] == TASK_FILLS)
			t->from = wire_fills_from(w, now);
	}
}

/* Two answers that cannot both be true: once more, from the beginning. The engines hear of
 * the end only when all of it was there. */
static const char doubt[] = "the account and the list of positions differ; asked again";

static bool unbelievable(struct wire *w)
{
	if (!w->sync_bad) {
		w->sync_bads = 0;
		if (str_eq(str_of(w->link.why), str_of(doubt)))
			w->link.why[0] = 0;
		return false;
	}
	w->sync_bads++;
	wire_trouble(w, "broker.positions", doubt);
	w->sync_next = wire_now(w) + SYNC_AGAIN;
	return true;
}

void wire_sync_answer(struct wire *w, const struct task *t)
{
	if (!w->syncing || t->round != w->sync_round || --w->sync_left > 0)
		return;
	w->syncing = false;
	if (unbelievable(w))
		return;
	/* What was told while the order stream was down may be missing in the listing. */
	w->link.synced = w->sync_counts;
	w->sync_wanted |= !w->sync_counts && w->orders.up;
	w->link.last_sync = wire_now(w);
	w->link.foreign_orders = w->foreign_seen;
	wire_give_sync(w, SYNC_END);
	wire_link(w);
	wire_boot_next(w, BOOT_SYNC);
}

/* ---- timers */

/* "Connected but mute": in session, and no bar of any symbol for a while. Thin symbols
 * may be quiet, so REST is asked before the stream is suspected. */
static void watch_mute(struct wire *w, ns now)
{
	/* What costs nothing first: this is asked ten times a second. */
	if (w->sim || !w->data.up || now < w->mute_next ||
	    now - w->link.newest_bar < MUTE_AFTER || !calendar_is_open(&w->l->calendar, now))
		return;
	struct session s = calendar_last(&w->l->calendar, now);
	ns newest = w->link.newest_bar > s.open ? w->link.newest_bar : s.open;
	if (now - newest < MUTE_AFTER)
		return;
	w->mute_next = now + MUTE_AFTER;
	struct task *t = wire_ask_bars(w, 60, newest, now);
	if (t != NULL)
		t->mute = true;
}

static void drop_history(struct wire *w)
{
	for (uint32_t i = 0; i < TASKS_MAX; i++) {
		struct task *t = &w->task[i];
		if (t->used && t->kind == TASK_BARS)
			t->used = false;	/* none is under way */
	}
	log_warn("data.history", "why=\"no answer\" effect=\"indicators warm up from live bars\"");
	w->history_left = 1;
	wire_give_sync(w, SYNC_HOLE);
}

/* What was open when the last process ended wants to be looked after, whether or not
 * there are bars: stops are moved and positions closed over REST. */
static void boot_patience(struct wire *w)
{
	ns waited = mono_ns() - w->boot_since;

	if (w->l->lockstep)
		return;
	if (w->boot == BOOT_HISTORY && waited > HISTORY_WITHIN &&
	    w->current[CLIENT_DATA] == NULL && w->current[CLIENT_FALL] == NULL) {
		drop_history(w);
		wire_boot_next(w, BOOT_HISTORY);
	} else if (w->boot == BOOT_STREAMS && waited > STREAMS_WITHIN) {
		log_warn("stream.missing", "next=\"reconciliation without it\"");
		wire_boot_next(w, BOOT_STREAMS);
	}
}

/* A clock that was set, or stood still while the machine slept: the broker is asked. */
static void watch_clock(struct wire *w, ns now)
{
	ns moved = wall_ns() - mono_ns() - w->wall_offset;

	if (!w->sim && (moved > CLOCK_MOVED || moved < -CLOCK_MOVED)) {
		w->wall_offset += moved;
		if (moved > 0)	/* mono has stood still, if it slept */
			w->turned -= moved;
		log_warn("clock.moved", "ms=%lld next=\"ask the broker\"",
			 (long long)(moved / NS_MS));
		w->clock_next = now;
	}
}

/* Reconciliations that do not end: what is at the broker is known to nobody. */
static void watch_sync(struct wire *w, ns now)
{
	if (w->sim || !w->link.synced || now - w->link.last_sync < SYNC_LATE)
		return;
	wire_trouble(w, "broker.sync", "no reconciliation for too long: no entries");
	w->link.synced = false;
	wire_link(w);
}

void wire_timers(struct wire *w)
{
	ns now = wire_now(w);

	if (w->boot == BOOT_WAIT && atomic_load(&w->l->instances_up))
		wire_boot_next(w, BOOT_WAIT);
	boot_patience(w);
	if (w->boot < BOOT_SYNC)
		return;
	watch_clock(w, now);
	watch_sync(w, now);
	ns early = seeks(w) && w->sync_bads == 0 ? SYNC_EVERY - SYNC_SOUGHT : 0;
	if ((w->sync_wanted || now >= w->sync_next - early) && !w->syncing)
		wire_sync(w);
	if (w->boot != BOOT_DONE)
		return;
	if (w->gap_from != 0 && w->data.up && !w->filling && !w->rereading)
		wire_gap_fill(w);	/* there was no room to ask */
	if (w->reread && !w->syncing && !w->filling) {
		wire_anew(w);
		return;
	}
	if (now >= w->clock_next) {
		w->clock_next = now + CLOCK_EVERY;
		(void)wire_task(w, TASK_CLOCK, BUCKET_RECONCILE);
	}
	if (!w->sim && ny_date(now) != w->calendar_day) {
		w->calendar_day = ny_date(now);
		boot_task(w, TASK_CALENDAR);
	}
	wire_assets(w, now);
	watch_mute(w, now);
	wire_fall_timers(w, now);
}
