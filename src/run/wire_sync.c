/* Boot, history, reconciliation, timers: what the wire does by itself. */
#include "run/wire_inner.h"

#include "base/log.h"

#define CALENDAR_DAYS 30	/* ahead: the rules know the rest */
#define WARMUP_EXTRA  2		/* thin symbols miss bars: read so many times the sessions */

static bool has_symbol(const struct engine_config *c, sym s)
{
	if (c->bench == s)
		return true;
	for (uint32_t i = 0; i < c->symbols_n; i++)
		if (c->symbol[i] == s)
			return true;
	return false;
}

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

	for (uint32_t i = 0; i < w->l->config->symbols.n; i++)
		if (w->newest[i] < ts)
			return;
	memset(&ev, 0, sizeof ev);
	ev.kind = EV_CLOCK;
	ev.ts = wire_now(w) > ts ? wire_now(w) : ts;
	ev.u.clock.complete = true;
	wire_give(w, 0xff, &ev);
}

/* False: it was known already. */
bool wire_bar(struct wire *w, const struct bar *b, bool warmup, int timeframe_s)
{
	struct event ev;
	bool revised = (b->flags & BAR_REVISED) != 0;

	if (!warmup && !revised && b->ts <= w->newest[b->sym])
		return false;
	memset(&ev, 0, sizeof ev);
	ev.kind = EV_BAR;
	ev.ts = wire_now(w);
	ev.u.bar = *b;
	if (warmup)
		ev.u.bar.flags |= BAR_WARMUP;
	for (uint32_t i = 0; i < w->l->instances_n; i++) {
		const struct engine_config *c = &w->l->instance[i].config;
		if ((!warmup || c->timeframe_s == timeframe_s) && has_symbol(c, b->sym))
			wire_give(w, (uint8_t)i, &ev);
	}
	if (warmup || revised)
		return true;
	w->newest[b->sym] = b->ts;
	w->link.bars++;
	if (b->ts > w->link.newest_bar)
		w->link.newest_bar = b->ts;
	tell_price(w, b);
	if (!w->sim)
		slice_complete(w, b->ts);
	return true;
}

static void ask_bars(struct wire *w, int timeframe_s, ns from)
{
	struct task *t = wire_task(w, TASK_BARS, BUCKET_HISTORY);

	if (t == NULL)
		return;
	t->timeframe_s = timeframe_s;
	t->from = from;
	t->to = wire_now(w);
}

static void history(struct wire *w)
{
	int largest = 60;
	ns now = wire_now(w);

	w->history_left = 0;
	for (uint32_t i = 0; i < w->l->instances_n; i++) {
		int tf = w->l->instance[i].config.timeframe_s;
		uint32_t bars = engine_warmup(w->l->instance[i].engine);
		bool asked = false;
		for (uint32_t k = 0; k < i; k++)
			asked = asked || w->l->instance[k].config.timeframe_s == tf;
		if (asked)
			continue;
		largest = tf > largest ? tf : largest;
		int sessions = (int)bars * tf / (390 * 60) + 1;
		day from = calendar_back(&w->l->calendar, now, sessions * WARMUP_EXTRA);
		ask_bars(w, tf, ny_time(from, 9, 30));
		w->history_left++;
	}
	/* The bar that is being built now: its minutes are read again, one by one. */
	w->gap_from = now - now % (largest * NS_SECOND);
}

void wire_gap_fill(struct wire *w)
{
	if (wire_now(w) > w->gap_from)
		ask_bars(w, 60, w->gap_from);
	w->gap_from = 0;
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

void wire_boot_next(struct wire *w, enum boot finished)
{
	if (w->boot != finished)
		return;
	if (finished == BOOT_HISTORY && w->history_left > 0 && --w->history_left > 0)
		return;
	w->boot = (enum boot)(finished + 1);
	if (w->boot == BOOT_JOIN && !w->l->lockstep)
		w->boot = BOOT_WAIT;
	switch (w->boot) {
	case BOOT_CLOCK:
		boot_task(w, TASK_CLOCK);
		break;
	case BOOT_ACCOUNT:
		boot_task(w, TASK_ACCOUNT);
		break;
	case BOOT_CALENDAR:
		boot_task(w, TASK_CALENDAR);
		break;
	case BOOT_JOIN:
		boot_task(w, TASK_JOIN);
		break;
	case BOOT_WAIT:
		atomic_store(&w->l->booted, true);
		break;
	case BOOT_HISTORY:
		history(w);
		break;
	case BOOT_STREAMS:
		wire_streams_open(w);
		break;
	case BOOT_SYNC:
		w->sync_wanted = true;
		break;
	case BOOT_DONE:
		log_info("wire.ready", "requests=%llu", (unsigned long long)w->link.requests);
		break;
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
	/* A stream broke between the two halves of an instant: what has come of it still counts. */
	for (uint32_t i = 0; w->boot == BOOT_DONE && i < w->held_orders; i++)
		wire_report(w, &w->held_order[i]);
	for (uint32_t i = 0; w->boot == BOOT_DONE && i < w->held_bars; i++)
		(void)wire_bar(w, &w->held_bar[i], false, 60);
	w->acked = w->instant > 0 ? w->instant - 1 : 0;
	w->ack_due = true;
	w->marker_data = w->marker_orders = w->instant;
	w->held_orders = w->held_bars = 0;
	clock_set_manual(&w->l->clock, w->instant_ts);
	wire_boot_next(w, BOOT_JOIN);
}

/* ---- reconciliation */

static void give_sync(struct wire *w, enum sync_phase phase)
{
	struct event ev;

	memset(&ev, 0, sizeof ev);
	ev.kind = EV_SYNC;
	ev.ts = wire_now(w);
	ev.u.sync.phase = phase;
	wire_give(w, 0xff, &ev);
}

static ns listing_from(struct wire *w, ns now)
{
	ns oldest = atomic_load(&w->l->oldest_open), from = now - ORDERS_RECENT;

	if (w->boot != BOOT_DONE)
		return now - ORDERS_BACK;	/* ids of ours that nobody remembers */
	if (oldest - NS_MINUTE < from)
		from = oldest - NS_MINUTE;
	return from > now - ORDERS_BACK ? from : now - ORDERS_BACK;
}

void wire_sync(struct wire *w)
{
	static const uint8_t kinds[] = { TASK_ORDERS, TASK_POSITIONS, TASK_ACCOUNT };
	ns now = wire_now(w);

	w->sync_wanted = false;
	if (w->syncing)
		return;
	w->syncing = true;
	w->sync_left = COUNT(kinds);
	w->sync_next = now + SYNC_EVERY;
	w->link.foreign_orders = 0;
	give_sync(w, SYNC_BEGIN);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct task *t = wire_task(w, (enum task_kind)kinds[i], BUCKET_RECONCILE);
		if (t == NULL) {
			w->syncing = false;
			return;
		}
		t->from = listing_from(w, now);
	}
}

void wire_sync_answer(struct wire *w)
{
	if (!w->syncing || --w->sync_left > 0)
		return;
	w->syncing = false;
	w->link.synced = true;
	w->link.last_sync = wire_now(w);
	give_sync(w, SYNC_END);
	wire_link(w);
	wire_boot_next(w, BOOT_SYNC);
}

static uint32_t holders(const struct wire *w, sym s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < w->l->instances_n; i++) {
		const struct engine_config *c = &w->l->instance[i].config;
		for (uint32_t k = 0; k < c->symbols_n; k++)
			n += c->symbol[k] == s;
	}
	return n;
}

static void give_position(struct wire *w, sym s)
{
	struct event ev;
	bool shared = holders(w, s) > 1;

	memset(&ev, 0, sizeof ev);
	ev.kind = EV_POSITION;
	ev.ts = wire_now(w);
	ev.u.position.sym = s;
	ev.u.position.n = w->broker_position[s];
	ev.u.position.shared = shared;
	for (uint32_t i = 0; i < w->l->instances_n; i++) {
		const struct engine_config *c = &w->l->instance[i].config;
		for (uint32_t k = 0; k < c->symbols_n; k++)
			if (c->symbol[k] == s)
				wire_give(w, (uint8_t)i, &ev);
	}
}

void wire_positions(struct wire *w, struct str body)
{
	struct json j;
	struct alpaca_position p;
	uint32_t foreign = 0;

	memset(w->broker_position, 0, sizeof w->broker_position);
	json_open(&j, body);
	if (json_peek(&j) != JSON_ARRAY) {
		wire_trouble(w, "broker.positions", "the listing of positions could not be read");
		return;
	}
	for (json_enter_array(&j); json_next_item(&j);) {
		if (alpaca_read_position(&j, &w->l->config->symbols, &p) != OK)
			continue;
		if (p.sym == SYM_NONE || holders(w, p.sym) == 0)
			foreign++;
		else
			w->broker_position[p.sym] = p.n;
	}
	if (json_done(&j) != OK) {
		wire_trouble(w, "broker.positions", "the listing of positions could not be read");
		w->sync_wanted = true;
		w->syncing = false;
		return;
	}
	w->link.foreign_positions = foreign;
	for (uint32_t s = 0; s < w->l->config->symbols.n; s++)
		give_position(w, (sym)s);
	wire_sync_answer(w);
}

/* ---- timers */

/* "Connected but mute": in session, and no bar of any symbol for a while. Thin symbols
 * may be quiet, so REST is asked before the stream is suspected. */
static void watch_mute(struct wire *w, ns now)
{
	if (w->sim || !w->data.up || !calendar_is_open(&w->l->calendar, now))
		return;
	struct session s = calendar_last(&w->l->calendar, now);
	ns newest = w->link.newest_bar > s.open ? w->link.newest_bar : s.open;
	if (now - newest < MUTE_AFTER || now < w->mute_next)
		return;
	w->mute_next = now + MUTE_AFTER;
	w->mute_asked = true;
	ask_bars(w, 60, newest);
}

void wire_mute(struct wire *w, uint32_t bars)
{
	if (!w->mute_asked)
		return;
	w->mute_asked = false;
	log_warn("stream.mute", "missed_bars=%u next=reconnect", bars);
	ws_client_close(&w->data.ws, 1000);
	w->data.up = false;
	wire_link(w);
}

void wire_timers(struct wire *w)
{
	ns now = wire_now(w);

	if (w->boot == BOOT_WAIT && atomic_load(&w->l->instances_up))
		wire_boot_next(w, BOOT_WAIT);
	if (w->boot < BOOT_SYNC)
		return;
	if ((w->sync_wanted || now >= w->sync_next) && !w->syncing)
		wire_sync(w);
	if (w->boot != BOOT_DONE)
		return;
	if (now >= w->clock_next) {
		w->clock_next = now + CLOCK_EVERY;
		(void)wire_task(w, TASK_CLOCK, BUCKET_RECONCILE);
	}
	watch_mute(w, now);
}
