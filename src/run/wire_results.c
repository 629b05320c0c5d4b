/* What became of a request. The rules that keep orders single:
 *	a POST that may have arrived is never sent again before it was asked for by its id;
 *	"must be unique" is proof that it arrived;
 *	"not found" counts only when it was said twice, with a gap. */
#include "run/wire_inner.h"

#include "base/log.h"

#define SUBMIT_TRIES 5			/* of a request that certainly was not seen */
#define WASH_TRIES   4			/* a second each: less than the engine waits for */
#define RATE_PAUSE   (10 * NS_SECOND)	/* after a 429 that does not say how long */
#define RATE_PAUSE_MOST (60 * NS_SECOND)	/* the broker counts by the minute */

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
	ev.u.reply.near = t->order.sym;
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

void wire_later(struct wire *w, struct task *t, ns market)
{
	t->not_before = wire_now(w) + market;
}

/* No answer: again, but not faster than the broker can come back. */
static void again(struct wire *w, struct task *t)
{
	ns wait = NS_SECOND << (t->fails < 3 ? t->fails : 3);

	static_assert(RETRY_MOST == NS_SECOND << 3, "the longest wait");
	if (t->fails < UINT8_MAX)
		t->fails++;
	wire_later(w, t, wait);
}

/* Turns a submit whose outcome is unknown into a question for its id. */
static void doubt(struct wire *w, struct task *t, const char *why)
{
	log_warn("order.doubtful", "cid=%s why=\"%s\" next=ask", t->order.cid, why);
	t->kind = TASK_ASK;
	t->client = CLIENT_READS;
	t->class = (uint8_t)wire_ask_class(&t->order);
	t->late = true;
	t->tries = t->fails = 0;
	wire_later(w, t, 0);
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
	wire_later(w, t, NS_SECOND);
}

void wire_unsent(struct wire *w, struct task *t, const struct alpaca_error *no)
{
	log_warn("order.not_sent", "cid=%s why=\"%s\"", t->order.cid,
		 no != NULL ? no->message : "it waited too long");
	reply(w, t, no != NULL ? REPLY_DENIED : REPLY_ABSENT, 0, no);
	done(t);
}

/* Whether an answer is about the order that was asked about. */
static bool is_about(const struct report *r, const struct order *o)
{
	if (o->bid[0] != 0)
		return strcmp(r->bid, o->bid) == 0;
	return strcmp(r->cid, o->cid) == 0;
}

/* False: it cannot be read, or is about something else. */
static bool told_order(struct wire *w, struct task *t, const struct http_result *r,
		       enum report_source from)
{
	struct json j;
	struct alpaca_order o;

	json_open(&j, r->body);
	if (alpaca_read_order(&j, w->l->symbols, from, &o) != OK || !is_about(&o.r[0], &t->order))
		return false;
	if (t->order.bid[0] == 0)
		memcpy(t->order.bid, o.r[0].bid, sizeof t->order.bid);
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

void wire_rate_limited(struct wire *w, const struct http_result *r)
{
	ns pause = RATE_PAUSE, n;
	struct str after = http_header(r->head, "retry-after");

	if (after.n > 0 && num_parse(&n, after) == OK && n > 0 && n < 300 * NUM_ONE)
		pause = n < RATE_PAUSE_MOST ? n : RATE_PAUSE_MOST;	/* billionths: ns */
	w->link.refused_429++;
	ns now = mono_ns();
	bucket_block(&w->bucket, now, now + pause);
	wire_trouble(w, "broker.rate_limit", "429: too many requests");
}

const char *wire_reason(int status)
{
	return status >= 300 && status < 400 ? "a redirect, which is not followed"
					     : http_reason(status);
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
		t->proven = true;
		return;
	case AC_RATE:
		wire_rate_limited(w, r);
		unseen(w, t, "429");
		return;
	case AC_SERVER:
		doubt(w, t, wire_reason(r->status));
		return;
	case AC_AUTH:
		(void)wire_key_refused(w, t, r);
		/* What closes and protects waits for another key. */
		if (r->status == 401 && t->order.role != ROLE_ENTRY) {
			again(w, t);
			return;
		}
		break;
	case AC_WASH:
		/* An entry of another instance is in the way, and gone in a moment: filled, or
		 * taken back. */
		if (t->order.role != ROLE_ENTRY && t->tries < WASH_TRIES) {
			wire_later(w, t, NS_SECOND);
			return;
		}
		break;
	case AC_FUNDS:
	case AC_HELD:
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

/* The question is answered; a cancel that had no id can be made now. */
static void known(struct wire *w, struct task *t, const struct http_result *r)
{
	if (t->late)
		reply(w, t, REPLY_ACCEPTED, r->status, NULL);
	if (!t->cancel) {
		done(t);
		return;
	}
	t->kind = TASK_CANCEL;
	t->client = CLIENT_EXITS;
	t->cancel = t->late = false;
	t->tries = t->fails = 0;
	wire_later(w, t, 0);
}

/* What is still on its way arrives in real time, however fast the market's clock runs. */
static ns ask_gap(struct wire *w)
{
	struct clock *c = &w->l->clock;
	ns real = ASK_GAP_REAL;

	if (atomic_load(&c->kind) != CLOCK_SCALED)
		return ASK_GAP;
	real = num_muldiv(real, atomic_load(&c->speed_milli), 1000, ROUND_UP);
	return real > ASK_GAP ? real : ASK_GAP;
}

static void asked(struct wire *w, struct task *t, const struct http_result *r)
{
	if (r->err == OK && r->status == 200 && told_order(w, t, r, FROM_ASK)) {
		known(w, t, r);
		return;
	}
	if (r->err == OK && r->status == 404) {
		t->fails = 0;
		if (t->tries >= (t->proven ? ASK_TRIES_PROVEN : ASK_TRIES)) {
			reply(w, t, REPLY_ABSENT, r->status, NULL);
			done(t);
			return;
		}
		wire_later(w, t, ask_gap(w));
		return;
	}
	if (r->err == OK && r->status == 429)
		wire_rate_limited(w, r);
	(void)wire_key_refused(w, t, r);
	t->tries = 0;			/* no answer is not a "not found" */
	again(w, t);
}

static void cancelled(struct wire *w, struct task *t, const struct http_result *r)
{
	struct alpaca_error e = { 0 };

	bool refused = wire_key_refused(w, t, r);
	if (r->err != OK || r->status >= 500 || r->status == 429 || refused) {
		if (r->err == OK && r->status == 429)
			wire_rate_limited(w, r);
		again(w, t);		/* a cancel may be repeated */
		return;
	}
	alpaca_read_error(r->body, &e);
	bool ok = r->status >= 200 && r->status < 300;
	reply(w, t, ok ? REPLY_CANCEL_OK : REPLY_CANCEL_REFUSED, r->status, &e);
	done(t);
}

void wire_result(struct wire *w, struct task *t, const struct http_result *r)
{
	switch ((enum task_kind)t->kind) {
	case TASK_SUBMIT:
	case TASK_REPLACE:
		submitted(w, t, r);
		break;
	case TASK_ASK:
		asked(w, t, r);
		break;
	case TASK_CANCEL:
		cancelled(w, t, r);
		break;
	case TASK_CLOCK:
	case TASK_CALENDAR:
	case TASK_ACCOUNT:
	case TASK_POSITIONS:
	case TASK_ORDERS:
	case TASK_FILLS:
	case TASK_ASSETS:
	case TASK_SPLITS:
	case TASK_BARS:
	case TASK_JOIN:
	case TASK_ACK:
		(void)wire_key_refused(w, t, r);
		wire_read(w, t, r);
		break;
	}
}
