/* What became of a request. The rules that keep orders single:
 *	a POST that may have arrived is never sent again before it was asked for by its id;
 *	"must be unique" is proof that it arrived;
 *	"not found" counts only when it was said twice, with a gap. */
#include "run/wire_inner.h"

#include "base/log.h"

#define SUBMIT_TRIES 5			/* of a request that certainly was not seen */
#define RATE_PAUSE   (10 * NS_SECOND)	/* after a 429 that does not say how long */

static void reply(struct wire *w, const struct task *t, enum reply_kind kind, int http,
		  const struct alpaca_error *e)
{
	struct event ev;

	memset(&ev, 0, sizeof ev);
	ev.kind = EV_REPLY;
	ev.ts = wire_now(w);
	ev.u.reply.kind = (uint8_t)kind;
	ev.u.reply.http = (uint16_t)http;
	memcpy(ev.u.reply.cid, t->order.cid, sizeof ev.u.reply.cid);
	memcpy(ev.u.reply.bid, t->order.bid, sizeof ev.u.reply.bid);
	if (e != NULL) {
		ev.u.reply.code = e->code;
		memcpy(ev.u.reply.text, e->message, sizeof ev.u.reply.text);
	}
	wire_give(w, t->instance, &ev);
}

static void done(struct task *t)
{
	t->used = false;
}

static void later(struct wire *w, struct task *t, ns market)
{
	t->not_before = wire_now(w) + market;
}

/* Turns a submit whose outcome is unknown into a question for its id. */
static void doubt(struct wire *w, struct task *t, const char *why)
{
	log_warn("order.doubtful", "cid=%s why=\"%s\" next=ask", t->order.cid, why);
	t->kind = TASK_ASK;
	t->client = CLIENT_READS;
	t->class = BUCKET_RECONCILE;
	t->late = true;
	t->tries = 0;
	later(w, t, 0);
}

/* It certainly did not arrive: exits and stops go again, an entry is given up so that
 * the engine decides afresh. */
static void unseen(struct wire *w, struct task *t, const char *why)
{
	if (t->order.role == ROLE_ENTRY || t->tries >= SUBMIT_TRIES) {
		log_warn("order.not_sent", "cid=%s why=\"%s\"", t->order.cid, why);
		reply(w, t, REPLY_ABSENT, 0, NULL);
		done(t);
		return;
	}
	later(w, t, NS_SECOND);
}

static bool told_order(struct wire *w, struct task *t, const struct http_result *r,
		       enum report_source from)
{
	struct json j;
	struct alpaca_order o;

	json_open(&j, r->body);
	if (alpaca_read_order(&j, &w->l->config->symbols, from, &o) != OK)
		return false;
	wire_learn(w, &o, t->instance);
	for (uint32_t i = 0; i < o.n; i++) {
		struct event ev;
		memset(&ev, 0, sizeof ev);
		ev.kind = EV_ORDER;
		ev.ts = wire_now(w);
		ev.u.order = o.r[i];
		wire_give(w, t->instance, &ev);
	}
	return true;
}

static void rate_limited(struct wire *w, const struct http_result *r)
{
	ns pause = RATE_PAUSE, n;
	struct str after = http_header(r->head, "retry-after");

	if (after.n > 0 && num_parse(&n, after) == OK && n > 0 && n < 300 * NUM_ONE)
		pause = n;		/* billionths of a second are nanoseconds */
	w->link.refused_429++;
	bucket_block(&w->bucket, mono_ns() + pause);
	wire_trouble(w, "broker.rate_limit", "429: too many requests");
}

static void submitted(struct wire *w, struct task *t, const struct http_result *r)
{
	struct alpaca_error e = { 0 };

	if (r->err != OK) {
		if (r->sent)
			doubt(w, t, r->why);
		else
			unseen(w, t, r->why);
		return;
	}
	alpaca_read_error(r->body, &e);
	switch (alpaca_classify(r->status, &e)) {
	case AC_OK:
		if (!told_order(w, t, r, FROM_REPLY)) {
			doubt(w, t, "the answer could not be read");
			return;
		}
		reply(w, t, REPLY_ACCEPTED, r->status, NULL);
		done(t);
		return;
	case AC_DUPLICATE:
		doubt(w, t, "the broker knows this id already");
		return;
	case AC_RATE:
		rate_limited(w, r);
		unseen(w, t, "429");
		return;
	case AC_SERVER:
		doubt(w, t, http_reason(r->status));
		return;
	case AC_AUTH:
		wire_trouble(w, "broker.auth",
			     e.message[0] ? e.message : "the broker refuses the key");
		break;
	case AC_FUNDS:
	case AC_HELD:
	case AC_WASH:
	case AC_RESTRICTED:
	case AC_INVALID:
	case AC_GONE:
	case AC_STATE:
		break;
	}
	log_warn("order.refused", "cid=%s http=%d code=%d message=\"%s\"", t->order.cid, r->status,
		 (int)e.code, e.message);
	reply(w, t, REPLY_REFUSED, r->status, &e);
	done(t);
}

static void asked(struct wire *w, struct task *t, const struct http_result *r)
{
	if (r->err == OK && r->status == 200 && told_order(w, t, r, FROM_ASK)) {
		if (t->late)
			reply(w, t, REPLY_ACCEPTED, r->status, NULL);
		done(t);
		return;
	}
	if (r->err == OK && r->status == 404) {
		if (t->tries >= ASK_TRIES) {
			reply(w, t, REPLY_ABSENT, r->status, NULL);
			done(t);
			return;
		}
		later(w, t, ASK_GAP);
		return;
	}
	if (r->err == OK && r->status == 429)
		rate_limited(w, r);
	t->tries = 0;			/* no answer is not a "not found" */
	later(w, t, NS_SECOND);
}

static void cancelled(struct wire *w, struct task *t, const struct http_result *r)
{
	struct alpaca_error e = { 0 };

	if (r->err != OK || r->status >= 500 || r->status == 429) {
		if (r->err == OK && r->status == 429)
			rate_limited(w, r);
		later(w, t, NS_SECOND);	/* a cancel may be repeated */
		return;
	}
	alpaca_read_error(r->body, &e);
	bool ok = r->status >= 200 && r->status < 300;
	reply(w, t, ok ? REPLY_CANCEL_OK : REPLY_CANCEL_REFUSED, r->status, &e);
	done(t);
}

/* ---- reading */

static void clocked(struct wire *w, struct str body)
{
	ns now, next_open, next_close;
	bool open;

	if (alpaca_read_clock(body, &now, &open, &next_open, &next_close) != OK) {
		wire_trouble(w, "broker.clock", "the clock's answer could not be read");
		return;
	}
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
	} else {
		w->link.clock_skew_ms = (now - wall_ns()) / NS_MS;
		if (!wire_clock_right(w))
			wire_trouble(w, "clock.skew", "this machine's clock is more than 2 s off: "
				     "no entries until it is right (is NTP running?)");
	}
	wire_boot_next(w, BOOT_CLOCK);
}

static void accounted(struct wire *w, struct str body)
{
	struct writer_msg m;
	struct event ev;
	char known[UUID_TEXT];

	memset(&ev, 0, sizeof ev);
	if (alpaca_read_account(body, &ev.u.account) != OK) {
		wire_trouble(w, "broker.account", "the account's answer could not be read");
		return;
	}
	ev.kind = EV_ACCOUNT;
	ev.ts = ev.u.account.ts = wire_now(w);
	if (store_account(w->l->store, known) == OK && known[0] != 0 && !w->sim &&
	    !str_eq(str_of(known), str_of(ev.u.account.id))) {
		log_error("account.other", "store=%s broker=%s remedy=\"another account wants another "
			  "[store] folder\"", known, ev.u.account.id);
		atomic_store(&w->l->fatal, 78);
		return;
	}
	memset(&m, 0, sizeof m);
	m.kind = WRITE_ACCOUNT;
	m.last = true;
	m.u.account = ev.u.account;
	if (w->l->lockstep ? !ring_put(&w->l->writer_in, &m) : !ring_try(&w->l->writer_in, &m))
		log_debug("account.dropped", "why=\"writer is behind\"");
	if (w->boot > BOOT_WAIT)
		wire_give(w, 0xff, &ev);
	wire_boot_next(w, BOOT_ACCOUNT);
}

static void calendared(struct wire *w, const struct task *t, struct str body)
{
	int told, differ;

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

static bool each_order(struct wire *w, struct json *j, uint32_t *n,
		       char oldest[static RFC3339_TEXT])
{
	struct alpaca_order o;
	ns at = 0;

	for (json_enter_array(j); json_next_item(j);) {
		struct json copy = *j;
		struct str key;
		++*n;
		for (json_enter_object(&copy); json_next_key(&copy, &key);) {
			struct str s;
			if (str_eq(key, STR("submitted_at")) && json_peek(&copy) == JSON_STRING &&
			    json_read_str(&copy, &s))
				(void)(rfc3339_parse(&at, s) == OK);
			else
				json_skip(&copy);
		}
		if (alpaca_read_order(j, &w->l->config->symbols, FROM_SYNC, &o) == OK)
			wire_report(w, &o);
	}
	rfc3339_text(oldest, at);
	return j->err == OK;
}

static void listed(struct wire *w, struct task *t, struct str body)
{
	struct json j;
	uint32_t n = 0;
	char oldest[RFC3339_TEXT] = "";

	json_open(&j, body);
	if (json_peek(&j) != JSON_ARRAY || !each_order(w, &j, &n, oldest)) {
		wire_trouble(w, "broker.orders", "the listing of orders could not be read");
		later(w, t, NS_SECOND);
		return;
	}
	if (n >= ORDERS_PAGE && str_copy(t->token, sizeof t->token, str_of(oldest))) {
		t->tries = 0;
		later(w, t, 0);		/* the next page: everything before the oldest */
		return;
	}
	done(t);
	wire_sync_answer(w);
}

struct bars_in { struct wire *w; const struct task *t; uint32_t n; };

static bool one_bar(void *ctx, const struct bar *b)
{
	struct bars_in *in = ctx;

	in->n += wire_bar(in->w, b, in->w->boot == BOOT_HISTORY, in->t->timeframe_s);
	return true;
}

static void barred(struct wire *w, struct task *t, struct str body)
{
	struct bars_in in = { w, t, 0 };
	struct alpaca_page page;

	if (alpaca_read_bars(body, &w->l->config->symbols, t->timeframe_s, one_bar, &in,
			     &page) != OK) {
		wire_trouble(w, "data.history", "a page of bars could not be read");
		later(w, t, 5 * NS_SECOND);
		return;
	}
	if (page.bad > 0)
		log_warn("data.bad_bars", "count=%u", page.bad);
	if (page.token[0] != 0) {
		memcpy(t->token, page.token, sizeof t->token);
		t->tries = 0;
		later(w, t, 0);
		return;
	}
	done(t);
	if (w->boot == BOOT_HISTORY)
		wire_boot_next(w, BOOT_HISTORY);
	else if (in.n > 0)
		wire_mute(w, in.n);
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
		text_cstr(&words, e.message[0] ? e.message : http_reason(r->status));
	}
	if (words.full)
		words.n = 0;
	w->link.rest_up = false;
	if (r->err == OK && r->status == 429)
		rate_limited(w, r);
	else
		w->rest_wait = mono_ns() + backoff_failed(&w->rest_backoff, &w->rng);
	wire_trouble(w, "broker.read", text_done(&words));
	if (r->err == OK && t->kind == TASK_BARS && (r->status == 403 || r->status == 400)) {
		log_error("data.history", "effect=\"indicators warm up from live bars\" "
			  "remedy=\"[account] feed = iex on the free plan\"");
		done(t);
		wire_boot_next(w, BOOT_HISTORY);
		return;
	}
	later(w, t, 0);
}

void wire_result(struct wire *w, struct task *t, const struct http_result *r)
{
	enum task_kind k = (enum task_kind)t->kind;

	if (k == TASK_SUBMIT) {
		submitted(w, t, r);
		return;
	}
	if (k == TASK_ASK) {
		asked(w, t, r);
		return;
	}
	if (k == TASK_CANCEL) {
		cancelled(w, t, r);
		return;
	}
	if (r->err != OK || r->status != 200) {
		read_failed(w, t, r);
		return;
	}
	w->link.rest_up = true;
	backoff_data(&w->rest_backoff, mono_ns());
	if (k == TASK_ORDERS) {
		listed(w, t, r->body);
		return;
	}
	if (k == TASK_BARS) {
		barred(w, t, r->body);
		return;
	}
	struct task copy = *t;
	done(t);
	if (k == TASK_CLOCK)
		clocked(w, r->body);
	else if (k == TASK_CALENDAR)
		calendared(w, &copy, r->body);
	else if (k == TASK_ACCOUNT)
		accounted(w, r->body), wire_sync_answer(w);
	else if (k == TASK_POSITIONS)
		wire_positions(w, r->body);
	else if (k == TASK_JOIN)
		wire_joined(w, r->body);
	else if (k == TASK_ACK)
		w->acked = w->instant;
}
