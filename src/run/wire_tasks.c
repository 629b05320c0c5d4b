/* Requests: the queue, in which order they go, and how each is written. */
#include "run/wire_inner.h"

#include "base/log.h"

#define TASKS_SPARE 64	/* places that are kept for exits, cancels and what asks for them */

/* What opens positions and what can wait leave room for what closes them. */
static bool crowded(const struct wire *w, enum bucket_class c)
{
	uint32_t n = 0;

	if (c < BUCKET_ENTRY)
		return false;
	for (uint32_t i = 0; i < TASKS_MAX; i++)
		n += w->task[i].used;
	return n >= TASKS_MAX - TASKS_SPARE;
}

struct task *wire_task(struct wire *w, enum task_kind k, enum bucket_class c)
{
	static const uint8_t client[] = {
		[TASK_SUBMIT] = CLIENT_ORDERS, [TASK_REPLACE] = CLIENT_EXITS,
		[TASK_CANCEL] = CLIENT_EXITS, [TASK_ASK] = CLIENT_READS,
		[TASK_CLOCK] = CLIENT_READS, [TASK_CALENDAR] = CLIENT_READS,
		[TASK_ACCOUNT] = CLIENT_READS, [TASK_POSITIONS] = CLIENT_READS,
		[TASK_ORDERS] = CLIENT_READS, [TASK_SPLITS] = CLIENT_DATA,
		[TASK_FILLS] = CLIENT_READS, [TASK_ASSETS] = CLIENT_READS,
		[TASK_BARS] = CLIENT_DATA,
		[TASK_JOIN] = CLIENT_ORDERS, [TASK_ACK] = CLIENT_ORDERS,
	};

	for (uint32_t i = 0; i < TASKS_MAX && !crowded(w, c); i++) {
		struct task *t = &w->task[i];
		if (t->used)
			continue;
		memset(t, 0, sizeof *t);
		w->full_told = false;
		t->used = true;
		t->kind = (uint8_t)k;
		t->class = (uint8_t)c;
		t->client = client[k];
		if (k == TASK_SUBMIT && c == BUCKET_EXIT)
			t->client = CLIENT_EXITS;
		t->seq = ++w->task_seq;
		w->task_top = i < w->task_top ? w->task_top : i + 1;
		return t;
	}
	if (!w->full_told)
		log_error("wire.queue_full", "kind=%d remedy=\"fewer symbols or instances\"",
			  (int)k);
	w->full_told = true;
	return NULL;
}

/* ---- from the writer */

static enum bucket_class class_of(const struct order *o)
{
	return o->role == ROLE_ENTRY ? BUCKET_ENTRY : BUCKET_EXIT;
}

enum bucket_class wire_ask_class(const struct order *o)
{
	return o->role == ROLE_ENTRY ? BUCKET_RECONCILE : BUCKET_EXIT;
}

/* By our id; a leg may be known by the broker's only. */
bool wire_same_order(const struct order *a, const struct order *b)
{
	return (a->cid[0] != 0 && strcmp(a->cid, b->cid) == 0) ||
	       (a->bid[0] != 0 && strcmp(a->bid, b->bid) == 0);
}

/* Already in the queue. An engine without an answer asks again every few seconds: in an
 * hour without the broker the queue would be full of it. */
static bool waits(const struct wire *w, const struct order *o, enum task_kind k)
{
	for (uint32_t i = 0; i < TASKS_MAX; i++) {
		const struct task *t = &w->task[i];
		if (t->used && t->kind == k && t != w->current[t->client] &&
		    wire_same_order(&t->order, o))
			return true;
	}
	return false;
}

static void order_task(struct wire *w, const struct wire_msg *m, enum task_kind k,
		       enum bucket_class c)
{
	struct task *t = waits(w, &m->u.order, k) ? NULL : wire_task(w, k, c);

	if (t == NULL)
		return;		/* the engine asks again after GRACE_REPLY */
	t->instance = m->instance;
	t->order = m->u.order;
	if (k == TASK_REPLACE)
		memcpy(t->token, m->u.replace.old, sizeof m->u.replace.old);
	/* Without the broker's id nothing can be cancelled: it is learnt first. */
	t->cancel = k == TASK_ASK && c == BUCKET_CANCEL;
}

void wire_msg(struct wire *w, const struct wire_msg *m)
{
	struct event ev;

	memset(&ev, 0, sizeof ev);
	ev.ts = wire_now(w);
	switch ((enum wire_kind)m->kind) {
	case WIRE_SUBMIT:
		order_task(w, m, TASK_SUBMIT, class_of(&m->u.order));
		break;
	case WIRE_REPLACE:
		order_task(w, m, TASK_REPLACE, BUCKET_EXIT);
		break;
	case WIRE_CANCEL:
		if (m->u.order.bid[0] == 0)
			order_task(w, m, TASK_ASK, BUCKET_CANCEL);
		else
			order_task(w, m, TASK_CANCEL, BUCKET_CANCEL);
		break;
	case WIRE_ASK:
		order_task(w, m, TASK_ASK, wire_ask_class(&m->u.order));
		break;
	case WIRE_SYNC:
		w->sync_wanted = true;
		break;
	case WIRE_DENIED:
		ev.kind = EV_REPLY;
		ev.u.reply = m->u.reply;
		wire_give(w, m->instance, &ev);
		break;
	case WIRE_COMMAND:
		ev.kind = EV_COMMAND;
		ev.u.command.what = m->u.command.what;
		memcpy(ev.u.command.who, m->u.command.who, sizeof ev.u.command.who);
		wire_give(w, m->instance, &ev);
		break;
	case WIRE_BARRIER:
		w->in_round = false;
		w->wake = m->wake;
		break;
	}
}

/* ---- writing a request */

static void symbols_csv(struct wire *w, struct text *t)
{
	for (uint32_t i = 0; i < w->l->config->symbols.n; i++) {
		if (i > 0)
			text_cstr(t, "%2C");
		text_cstr(t, symbols_name(w->l->symbols, (sym)i));
	}
}

static void path_bars(struct wire *w, struct text *t, const struct task *k)
{
	char date[RFC3339_TEXT];

	text_cstr(t, "GET /v2/stocks/bars?symbols=");
	symbols_csv(w, t);
	text_cstr(t, "&timeframe=");
	text_i64(t, k->timeframe_s < PLAN_DAY ? k->timeframe_s / 60 : 1);
	text_cstr(t, k->timeframe_s < PLAN_DAY ? "Min&limit=" : "Day&limit=");
	text_i64(t, HISTORY_LIMIT);
	text_cstr(t, "&adjustment=split&feed=");
	text_cstr(t, wire_feed(w));
	size_t n = rfc3339_text(date, k->from);
	text_cstr(t, "&start=");
	percent_encode(t, (struct str){ date, n });
	n = rfc3339_text(date, k->to);
	text_cstr(t, "&end=");
	percent_encode(t, (struct str){ date, n });
	if (k->token[0] != 0) {
		text_cstr(t, "&page_token=");
		percent_encode(t, str_of(k->token));
	}
}

static void path_splits(struct wire *w, struct text *t, const struct task *k)
{
	char date[16];

	text_cstr(t, "GET /v1/corporate-actions?types=forward_split%2Creverse_split"
		  "%2Cname_change&limit=1000"
		  "&symbols=");
	symbols_csv(w, t);
	text_cstr(t, "&start=");
	size_t n = date_text(date, ny_date(k->from));
	text_add(t, (struct str){ date, n });
	text_cstr(t, "&end=");
	n = date_text(date, ny_date(k->to));
	text_add(t, (struct str){ date, n });
}

static void path_orders(struct wire *w, struct text *t, const struct task *k)
{
	char date[RFC3339_TEXT];

	text_cstr(t, "GET /v2/orders?status=all&nested=true&direction=desc&limit=");
	text_i64(t, ORDERS_PAGE);
	size_t n = rfc3339_text(date, k->from);
	text_cstr(t, "&after=");
	percent_encode(t, (struct str){ date, n });
	if (k->token[0] != 0) {
		text_cstr(t, "&until=");
		percent_encode(t, str_of(k->token));
	}
	(void)w;
}

static void path_calendar(struct text *t, const struct task *k)
{
	char date[16];

	text_cstr(t, "GET /v2/calendar?start=");
	size_t n = date_text(date, ny_date(k->from));
	text_add(t, (struct str){ date, n });
	text_cstr(t, "&end=");
	n = date_text(date, ny_date(k->to));
	text_add(t, (struct str){ date, n });
}

static void path_order(struct text *t, const char *method, const struct order *o)
{
	text_cstr(t, method);
	if (o->bid[0] != 0) {
		text_cstr(t, " /v2/orders/");
		text_cstr(t, o->bid);
		if (method[0] == 'G')
			text_cstr(t, "?nested=true");
	} else {
		text_cstr(t, " /v2/orders:by_client_order_id?client_order_id=");
		percent_encode(t, str_of(o->cid));
		text_cstr(t, "&nested=true");
	}
}

static void ack_json(struct wire *w, struct text *body)
{
	ns wake = w->wake < wire_task_wake(w) ? w->wake : wire_task_wake(w);

	json_object(body);
	json_key(body, "client");
	json_cstr(body, "gambler");
	json_key(body, "n");
	json_i64(body, (int64_t)w->instant);
	if (wake != INT64_MAX && wake > w->instant_ts) {
		json_key(body, "wake");
		json_time(body, wake);
	}
	json_end_object(body);
}

static void request_line(struct wire *w, struct text *head, struct text *body, const struct task *t)
{
	switch ((enum task_kind)t->kind) {
	case TASK_SUBMIT:
		text_cstr(head, "POST /v2/orders");
		alpaca_order_json(body, &t->order, symbols_name(w->l->symbols, t->order.sym));
		break;
	case TASK_REPLACE:
		text_cstr(head, "PATCH /v2/orders/");
		text_cstr(head, t->token);
		alpaca_replace_json(body, &t->order);
		break;
	case TASK_CANCEL:
		path_order(head, "DELETE", &t->order);
		break;
	case TASK_ASK:
		path_order(head, "GET", &t->order);
		break;
	case TASK_CLOCK:
		text_cstr(head, "GET /v2/clock");
		break;
	case TASK_CALENDAR:
		path_calendar(head, t);
		break;
	case TASK_ACCOUNT:
		text_cstr(head, "GET /v2/account");
		break;
	case TASK_POSITIONS:
		text_cstr(head, "GET /v2/positions");
		break;
	case TASK_ORDERS:
		path_orders(w, head, t);
		break;
	case TASK_FILLS:
		wire_fills_path(head, t);
		break;
	case TASK_ASSETS:
		text_cstr(head, "GET /v2/assets/");
		text_cstr(head, symbols_name(w->l->symbols, t->symbol_at));
		break;
	case TASK_SPLITS:
		path_splits(w, head, t);
		break;
	case TASK_BARS:
		path_bars(w, head, t);
		break;
	case TASK_JOIN:
		text_cstr(head, "POST /sim/join");
		text_cstr(body, "{\"client\":\"gambler\"}");
		break;
	case TASK_ACK:
		text_cstr(head, "POST /sim/ack");
		ack_json(w, body);
		break;
	}
}

static void send_task(struct wire *w, struct task *t)
{
	char head_memory[4096], body_memory[1024];
	struct text head, body;
	const struct config *c = w->l->config;

	text_init(&head, head_memory, sizeof head_memory);
	text_init(&body, body_memory, sizeof body_memory);
	if (t->fall) {		/* nobody else sees the broker's keys */
		wire_fall_head(w, &head, t);
	} else {
		request_line(w, &head, &body, t);
		text_cstr(&head, " HTTP/1.1\r\nAPCA-API-KEY-ID: ");
		text_cstr(&head, c->keys.id.text);
		text_cstr(&head, "\r\nAPCA-API-SECRET-KEY: ");
		text_cstr(&head, c->keys.secret.text);
		text_cstr(&head, "\r\nAccept: application/json\r\n");
	}
	if (body.n > 0)
		text_cstr(&head, "Content-Type: application/json\r\n");
	assert(!head.full && !body.full);
	t->tries++;
	w->link.requests++;
	/* Only what changes nothing, or is safe to repeat, is sent again by the client itself. */
	bool idempotent = t->kind != TASK_SUBMIT && t->kind != TASK_REPLACE && t->kind != TASK_ACK;
	enum err e = http_client_send(&w->client[t->client], text_str(&head), text_str(&body),
				      idempotent, REQUEST_TIMEOUT);
	explicit_bzero(head_memory, sizeof head_memory);
	if (e == OK) {
		w->current[t->client] = t;
		return;
	}
	struct http_result r = { .err = e, .why = w->client[t->client].conn.why };
	wire_result(w, t, &r);
}

/* ---- which one goes */

static bool before(const struct task *a, const struct task *b)
{
	return a->class != b->class ? a->class < b->class : a->seq < b->seq;
}

/* Reads that failed wait; orders, and questions for them, have a pace of their own. */
static bool may_wait(const struct task *t)
{
	return t->kind >= TASK_CLOCK && t->kind <= TASK_BARS;
}

/* A cancel may not overtake the order that it is about, nor the question whether that
 * order has arrived. */
static bool behind_its_order(const struct wire *w, const struct task *t)
{
	if (t->kind != TASK_CANCEL && t->kind != TASK_ASK)
		return false;
	for (uint32_t i = 0; i < TASKS_MAX; i++) {
		const struct task *u = &w->task[i];
		if (u->used && u->seq < t->seq && wire_same_order(&u->order, &t->order) &&
		    (u->kind == TASK_SUBMIT || u->kind == TASK_REPLACE ||
		     (u->kind == TASK_ASK && u->late)))
			return true;
	}
	return false;
}

static bool free_to_send(const struct wire *w, const struct task *t)
{
	if (w->current[t->client] != NULL ||
	    (may_wait(t) && mono_ns() < w->rest_wait[t->client]) || wire_key_waits(w, t) ||
	    behind_its_order(w, t))
		return false;
	if (!w->l->lockstep)
		return true;
	for (int c = 0; c < CLIENTS; c++)	/* one after the other: the order is the market's */
		if (w->current[c] != NULL)
			return false;
	return true;
}

static struct task *best(struct wire *w, ns now)
{
	struct task *b = NULL;

	for (uint32_t i = 0; i < w->task_top; i++) {
		struct task *t = &w->task[i];
		if (!t->used || t->not_before > now || t == w->current[t->client] ||
		    !free_to_send(w, t))
			continue;
		if (b == NULL || before(t, b))
			b = t;
	}
	return b;
}

/* The price that an entry was decided on is a moment's; the engine decides afresh. */
static bool too_late(struct wire *w, const struct task *t)
{
	return !w->sim && t->kind == TASK_SUBMIT && t->order.role == ROLE_ENTRY &&
	       wire_now(w) - t->order.updated > ENTRY_LATE;
}

void wire_dispatch(struct wire *w)
{
	ns again;

	wire_fall_route(w);
	for (int i = 0; i < CLIENTS; i++) {
		struct task *t = best(w, wire_now(w));
		if (t == NULL)
			return;
		enum bucket_class class = (enum bucket_class)t->class;
		const struct alpaca_error *no = wire_no_entry(w, t);
		if (no != NULL || too_late(w, t)) {
			wire_unsent(w, t, no);
			continue;
		}
		if (!w->sim && !t->fall && !bucket_take(&w->bucket, class, mono_ns(), &again))
			return;
		send_task(w, t);
	}
}

bool wire_idle(struct wire *w)
{
	ns now = wire_now(w);

	while (w->task_top > 0 && !w->task[w->task_top - 1].used)
		w->task_top--;
	for (uint32_t i = 0; i < w->task_top; i++)
		if (w->task[i].used && w->task[i].not_before <= now)
			return false;
	return true;
}

ns wire_task_wake(struct wire *w)
{
	ns wake = INT64_MAX, now = wire_now(w);

	for (uint32_t i = 0; i < TASKS_MAX; i++) {
		const struct task *t = &w->task[i];
		if (t->used && t->not_before > now && t->not_before < wake)
			wake = t->not_before;
	}
	return wake;
}
