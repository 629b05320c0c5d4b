/* What was read. An answer that cannot be read is no answer: it is asked for again, with
 * back-off, be it the page of a maintenance, a captive portal, or nonsense. */
#include "run/wire_inner.h"

#include "base/log.h"

/* Of a market that goes faster than ours two sayings differ by more than a jump: by this part of
 * what they are ahead they may. */
#define CLOCK_AGREES 16

/* Market time never goes back, so that one wrong answer would be for good: what is far from the
 * time that goes on here counts when it is said twice. A machine that slept hears it so, and one
 * whose clock stands in 1970. */
static bool believed(struct wire *w, ns now)
{
	ns apart = now - wire_now(w), said = now - mono_ns(), since = said - w->clock_said;
	ns off = apart < 0 ? -apart : apart, most = off / CLOCK_AGREES;

	w->clock_said = said;
	return off < CLOCK_JUMP ||
	       (since > -CLOCK_JUMP && since < (most > CLOCK_JUMP ? most : CLOCK_JUMP));
}

/* The time is the broker's, and goes on by the monotonic clock: however often this
 * machine's own is set, no pause becomes longer and no session another one. Said to be
 * wrong it is all the same, since nobody knows who is right: see wire_clock_right. */
static void take_time(struct wire *w, ns now)
{
	/* When it was said: half of the way ago. What took long says nothing. */
	ns way = mono_ns() - (w->client[CLIENT_READS].deadline - REQUEST_TIMEOUT);

	if (way > SKEW_MAX && w->boot != BOOT_CLOCK) {
		w->clock_next = wire_now(w) + CLOCK_AGAIN;
		return;
	}
	now += way / 2;
	w->link.clock_skew_ms = (now - wall_ns()) / NS_MS;
	w->wall_offset = wall_ns() - mono_ns();
	clock_set_scaled(&w->l->clock, now, 1000);
	if (!wire_clock_right(w)) {
		wire_trouble(w, "clock.skew", "this machine's clock is more than 2 s off: "
			     "no entries until it is right (is NTP running?)");
		w->clock_next = now + CLOCK_AGAIN;
	}
	wire_link(w);
}

static bool clocked(struct wire *w, struct str body)
{
	ns now, next_open, next_close;
	bool open;

	if (alpaca_read_clock(body, &now, &open, &next_open, &next_close) != OK)
		return false;
	w->link.market_open = open;
	w->link.next_open = next_open;
	w->link.next_close = next_close;
	if (w->sim) {
		w->link.clock_skew_ms = 0;
		if (w->boot == BOOT_CLOCK && w->l->lockstep)
			clock_set_manual(&w->l->clock, now);
		else if (w->boot == BOOT_CLOCK)
			clock_set_scaled(&w->l->clock, now, w->l->config->speed_milli);
		w->instant_ts = now;
	} else if (!believed(w, now)) {
		return false;
	} else {
		take_time(w, now);
	}
	wire_boot_next(w, BOOT_CLOCK);
	return true;
}

static bool accounted(struct wire *w, struct str body)
{
	struct writer_msg m;
	struct event ev;
	char known[UUID_TEXT];

	memset(&ev, 0, sizeof ev);
	if (alpaca_read_account(body, &ev.u.account) != OK)
		return false;
	ev.kind = EV_ACCOUNT;
	ev.ts = ev.u.account.ts = wire_now(w);
	if (store_account(w->l->store, known) == OK && known[0] != 0 && !w->sim &&
	    !str_eq(str_of(known), str_of(ev.u.account.id))) {
		log_error("account.other", "store=%s broker=%s "
			  "remedy=\"another account wants another [store] folder\"", known,
			  ev.u.account.id);
		atomic_store(&w->l->fatal, 78);
		return true;
	}
	w->have_account = true;
	w->account_long = ev.u.account.long_value;
	w->account_short = ev.u.account.short_value;
	memset(&m, 0, sizeof m);
	m.kind = WRITE_ACCOUNT;
	m.last = true;
	m.u.account = ev.u.account;
	if (w->l->lockstep ? !ring_put(&w->l->writer_in, &m) : !ring_try(&w->l->writer_in, &m))
		log_debug("account.dropped", "why=\"writer is behind\"");
	if (w->boot > BOOT_WAIT)
		wire_give(w, 0xff, &ev);
	wire_boot_next(w, BOOT_ACCOUNT);
	return true;
}

/* Each day once more: engines trade by what was known at the start, so that no day changes under
 * them. If the broker has changed its mind, nothing is entered until the next start. */
static void calendared_again(struct wire *w, const struct task *t, struct str body)
{
	int told, differ;
	bool other = false;

	w->calendar_now = w->l->calendar;
	if (alpaca_read_calendar(body, ny_date(t->from), ny_date(t->to), &w->calendar_now, &told,
				 &differ) != OK)
		return;
	for (day d = ny_date(wire_now(w)); d < ny_date(t->to); d++) {
		struct session a = { 0 }, b = { 0 };
		bool is = calendar_session(&w->calendar_now, d, &a);
		other |= is != calendar_session(&w->l->calendar, d, &b) ||
			 (is && (a.open != b.open || a.close != b.close));
	}
	if (other && !w->calendar_other)
		log_error("calendar.changed", "effect=\"no entries\" remedy=\"restart: the "
			  "broker's calendar is read then\"");
	w->calendar_other = other;
	wire_link(w);
}

static void calendared(struct wire *w, const struct task *t, struct str body)
{
	int told, differ;

	w->calendar_day = ny_date(wire_now(w));
	if (w->boot != BOOT_CALENDAR) {
		calendared_again(w, t, body);
		return;
	}
	if (alpaca_read_calendar(body, ny_date(t->from), ny_date(t->to), &w->l->calendar, &told,
				 &differ) != OK) {
		wire_trouble(w, "broker.calendar", "the calendar's answer could not be read; "
			     "the built-in one is used");
	} else if (differ > 0) {
		log_warn("calendar.differs", "days=%d effect=\"the broker's calendar is used\"",
			 differ);
	}
	wire_boot_next(w, BOOT_CALENDAR);
}

/* When one of a listing was submitted; 0: it does not say. The cursor stays. */
static ns submitted_at(struct json at)
{
	struct str key, text;
	ns when = 0;

	for (json_enter_object(&at); json_next_key(&at, &key);) {
		if (!str_eq(key, STR("submitted_at")) || json_peek(&at) != JSON_STRING)
			json_skip(&at);
		else if (!json_read_str(&at, &text) || rfc3339_parse(&when, text) != OK)
			when = 0;
	}
	return when;
}

/* *n counts legs too: who knows whether the limit does. */
static bool each_order(struct wire *w, struct json *j, uint32_t *n, ns *oldest)
{
	struct alpaca_order o;

	*oldest = INT64_MAX;
	for (json_enter_array(j); json_next_item(j);) {
		ns at = json_peek(j) == JSON_OBJECT ? submitted_at(*j) : 0;
		if (at > 0 && at < *oldest)
			*oldest = at;
		if (alpaca_read_order(j, w->l->symbols, FROM_SYNC, &o) != OK) {
			++*n;
			continue;
		}
		*n += o.n;
		wire_report(w, &o);
	}
	return json_done(j) == OK;
}

static void listed(struct wire *w, struct task *t, struct str body)
{
	struct json j;
	uint32_t n = 0;
	ns oldest;
	char until[RFC3339_TEXT];

	json_open(&j, body);
	if (json_peek(&j) != JSON_ARRAY || !each_order(w, &j, &n, &oldest)) {
		wire_trouble(w, "broker.orders", "the listing of orders could not be read");
		wire_later(w, t, NS_SECOND);
		return;
	}
	if (n >= ORDERS_PAGE && oldest < INT64_MAX) {
		/* The next page has what is older, and all of this very moment once more. If
		 * one moment fills a page nothing behind it could be had otherwise. */
		if (oldest + NS_MS < t->to)
			oldest += NS_MS;
		else if (oldest >= t->to)
			oldest = t->to - 1;
		t->to = oldest;
		rfc3339_text(until, oldest);
		bool fits = str_copy(t->token, sizeof t->token, str_of(until));
		assert(fits);
		t->tries = 0;
		wire_later(w, t, 0);
		return;
	}
	struct task copy = *t;
	t->used = false;
	wire_sync_answer(w, &copy);
}

struct bars_in { struct wire *w; const struct task *t; uint32_t n; };

static bool one_bar(void *ctx, const struct bar *b)
{
	struct bars_in *in = ctx;

	if (in->t->probe)
		return true;
	if (b->ts > in->t->to)
		return true;	/* not over yet when it was asked for: half a bar */
	in->n += wire_bar(in->w, b, in->t);
	return true;
}

void wire_bars_over(struct wire *w, struct task *t, uint32_t n)
{
	t->symbol_at = 0;
	if (wire_window(w, t))
		return;
	t->used = false;
	wire_gap_over(w, t);
	if (w->boot == BOOT_HISTORY) {
		wire_boot_next(w, BOOT_HISTORY);
	} else if (t->mute && n > 0) {
		log_warn("stream.mute", "missed_bars=%u next=reconnect", n);
		wire_stream_again(w, &w->data, "connected, but mute");
	}
}

static void barred(struct wire *w, struct task *t, struct str body)
{
	struct bars_in in = { w, t, 0 };
	struct alpaca_page page;

	if (alpaca_read_bars(body, w->l->symbols, t->timeframe_s, one_bar, &in, &page) != OK) {
		wire_trouble(w, "data.history", "a page of bars could not be read");
		wire_fall_health(w, false);
		wire_later(w, t, 5 * NS_SECOND);
		return;
	}
	wire_fall_health(w, true);
	if (t->probe) {
		t->used = false;
		return;
	}
	if (page.bad > 0)
		log_warn("data.bad_bars", "count=%u", page.bad);
	if (page.token[0] != 0) {
		memcpy(t->token, page.token, sizeof t->token);
		t->tries = 0;
		wire_later(w, t, 0);
		return;
	}
	wire_bars_over(w, t, in.n);
}

static void pause_reads(struct wire *w, const struct task *t)
{
	w->rest_wait[t->client] = mono_ns() +
		backoff_failed(&w->rest_backoff[t->client], &w->rng);
}

static const char *words_of(const struct task *t)
{
	return t->kind == TASK_CLOCK	 ? "the clock's answer could not be believed"
	       : t->kind == TASK_ACCOUNT ? "the account's answer could not be read"
					 : "the listing of positions could not be believed";
}

/* A read that failed: again, with back-off; the broker's being away is told once. */
static void read_failed(struct wire *w, struct task *t, const struct http_result *r)
{
	struct alpaca_error e = { 0 };
	char why[420];
	struct text words;

	text_init(&words, why, sizeof why);
	if (r->err != OK) {
		text_cstr(&words, r->why);
	} else {
		alpaca_read_error(r->body, &e);
		text_i64(&words, r->status);
		text_char(&words, ' ');
		text_cstr(&words, e.message[0] ? e.message : wire_reason(r->status));
	}
	w->link.rest_up = false;
	if (t->kind == TASK_BARS)
		wire_fall_health(w, false);
	if (r->err == OK && r->status == 429)
		wire_rate_limited(w, r);
	else
		pause_reads(w, t);
	wire_trouble(w, "broker.read", text_done(&words));
	/* The reconciliation does not wait for them. */
	if (t->kind == TASK_SPLITS || t->kind == TASK_FILLS) {
		struct task copy = *t;
		t->used = false;
		if (t->kind == TASK_SPLITS)
			wire_splits(w, &copy, STR(""));
		wire_sync_answer(w, &copy);
		return;
	}
	if (r->err == OK && t->kind == TASK_BARS && (r->status == 403 || r->status == 400) &&
	    w->l->config->fallback == FALLBACK_NONE) {
		log_error("data.history", "effect=\"indicators warm up from live bars\" "
			  "remedy=\"[account] feed = iex on the free plan\"");
		t->used = false;
		wire_gap_over(w, t);
		wire_boot_next(w, BOOT_HISTORY);
		return;
	}
	wire_later(w, t, 0);
}

/* Those that are one document: false when it was not to be read. */
static bool took(struct wire *w, const struct task *t, struct str body)
{
	switch ((enum task_kind)t->kind) {
	case TASK_CLOCK:
		return clocked(w, body);
	case TASK_CALENDAR:
		calendared(w, t, body);		/* the built-in one serves, too */
		return true;
	case TASK_ACCOUNT:
		return accounted(w, body);
	case TASK_POSITIONS:
		return wire_positions(w, body);
	case TASK_JOIN:
		wire_joined(w, body);
		return true;
	case TASK_ACK:
		w->acked = w->instant;
		return true;
	case TASK_SPLITS:
		wire_splits(w, t, body);
		return true;
	case TASK_SUBMIT:
	case TASK_REPLACE:
	case TASK_CANCEL:
	case TASK_ASK:
	case TASK_ORDERS:
	case TASK_FILLS:
	case TASK_ASSETS:
	case TASK_BARS:
		break;
	}
	return true;
}

void wire_read(struct wire *w, struct task *t, const struct http_result *r)
{
	struct task copy = *t;

	if (t->fall) {
		wire_fall_read(w, t, r);
		return;
	}
	if (t->kind == TASK_ASSETS && r->err == OK && (r->status == 200 || r->status == 404)) {
		wire_asset(w, t, r);
		return;
	}
	if (r->err != OK || r->status != 200) {
		read_failed(w, t, r);
		return;
	}
	w->link.rest_up = true;
	backoff_data(&w->rest_backoff[t->client], mono_ns());
	if (t->client < CLIENT_DATA)
		wire_key_taken(w);
	if (t->kind == TASK_ORDERS) {
		listed(w, t, r->body);
		return;
	}
	if (t->kind == TASK_BARS) {
		barred(w, t, r->body);
		return;
	}
	if (t->kind == TASK_FILLS && wire_fills(w, t, r->body))
		return;
	t->used = false;	/* first: what follows may want the place */
	if (!took(w, &copy, r->body)) {
		*t = copy;
		wire_trouble(w, "broker.garbled", words_of(t));
		pause_reads(w, t);
		wire_later(w, t, 0);
		return;
	}
	wire_sync_answer(w, &copy);
}

