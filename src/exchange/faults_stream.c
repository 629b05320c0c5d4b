/* faults_stream.c: messages of the streams that are dropped, late, doubled, out of order or not
 * what they should be; and streams that fall silent or end. */
#include "exchange/faults_inner.h"

#define REORDER_WAIT NS_MINUTE		/* market time, when no next message comes */

/* ---- whose */

static struct fault_link *link_of(struct exchange *x, conn_id conn)
{
	struct fault_link *l = &x->faults->link[conn % SERVER_CONNECTIONS];

	if (l->conn != conn)
		*l = (struct fault_link){ .conn = conn };
	return l;
}

static enum fault_stream kind_of(const struct stream *st)
{
	return st->kind == STREAM_DATA ? FS_DATA : FS_TRADING;
}

static bool one_of(const char *type, const char *const *list)
{
	for (size_t i = 0; list[i] != NULL; i++)
		if (strcmp(type, list[i]) == 0)
			return true;
	return false;
}

/* ---- what is done to a stream as a whole */

static void flood(struct exchange *x, struct stream *st, int64_t n)
{
	struct outgoing o = { .type = "q", .sym = 0, .order = XC_NONE };
	char memory[256];
	struct text t;

	text_init(&t, memory, sizeof(memory));
	json_object(&t);
	key_text(&t, "T", "q");
	key_text(&t, "S", x->symbols->name[0]);
	key_time(&t, "t", x->now);
	json_end_object(&t);
	o.bytes = st->kind == STREAM_DATA ? text_str(&t) : STR("\x01");
	while (n-- > 0)
		stream_deliver(x, st, &o);
}

static void say_error(struct exchange *x, struct stream *st, const struct fault_do *d)
{
	char words[64];

	if (!str_copy(words, sizeof(words), d->a))
		words[0] = '\0';
	if (st->kind == STREAM_TRADING) {
		trading_error(x, st, words[0] != '\0' ? words : "error");
	} else if (words[0] == '\0') {
		data_error(x, st, (int)d->n);
	} else {
		struct text *t = stream_begin(x, st);
		json_object(t);
		key_text(t, "T", "error");
		key_i64(t, "code", d->n);
		key_text(t, "msg", words);
		json_end_object(t);
		stream_say(x, st, "error");
	}
	stream_end(x, st, words);
}

static void to_stream(struct exchange *x, struct stream *st, const struct fault_do *d)
{
	switch (d->what) {
	case DO_CUT:
		server_cut(x->server, st->conn);
		break;
	case DO_CLOSE:
		if (d->n == 1006)	/* the code of an end without a code */
			server_cut(x->server, st->conn);
		else
			server_ws_close(x->server, st->conn, d->given ? (int)d->n : 1000, STR(""));
		break;
	case DO_HALF_OPEN:
		server_deaf(x->server, st->conn);
		break;
	case DO_SLOW:
		server_pace(x->server, st->conn, 0, d->n);
		break;
	case DO_SILENCE:
		link_of(x, st->conn)->silent = d->given ? x->now + d->span : INT64_MAX;
		break;
	case DO_ERROR:
		say_error(x, st, d);
		break;
	case DO_FLOOD:
		flood(x, st, d->n);
		break;
	default:
		break;
	}
}

void faults_streams(struct exchange *x, enum fault_stream which, const struct fault_do *d)
{
	x->faults->busy = true;
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
		struct stream *st = &x->stream[i];
		if (st->kind != STREAM_NONE && st->authed && !st->over &&
		    (which == FS_ANY || which == kind_of(st)))
			to_stream(x, st, d);
	}
	x->faults->busy = false;
}

/* ---- streams that are opened */

bool faults_connect(struct exchange *x, const struct request *rq, struct str path,
		    enum stream_kind kind)
{
	struct fault_plan p = { .act = true };
	struct call c = { .method = STR("GET"), .path = path, .conn = rq->conn };
	struct fault_case k = {
		.on = ON_CONNECT, .now = x->now, .path = path, .side = -1, .type = -1,
		.cls = -1, .tif = -1, .stream = kind == STREAM_DATA ? FS_DATA : FS_TRADING
	};

	if (!x->faults->on)
		return false;
	if (faults_stop(x, &c))
		return true;
	faults_match(x, &k, &p);
	bool refused = faults_find(&p, DO_STATUS) != NULL || faults_find(&p, DO_CUT) != NULL ||
		       faults_find(&p, DO_STALL) != NULL;
	if (refused) {
		faults_answer(x, &c, 500, &p);
		return true;
	}
	struct fault_link *l = link_of(x, rq->conn);
	*l = (struct fault_link){ .conn = rq->conn, .plan = p };
	return false;
}

/* It has authenticated: what was decided when it came is done now, behind the word that it has,
 * or instead of it. */
static void opened(struct exchange *x, struct stream *st, struct fault_link *l,
		   const struct outgoing *o)
{
	l->ready = true;
	if (faults_find(&l->plan, DO_ERROR) == NULL)
		stream_deliver(x, st, o);
	for (uint32_t i = 0; i < l->plan.n; i++)
		to_stream(x, st, l->plan.d[i]);
}

/* ---- messages that wait */

ns faults_late_due(const struct exchange *x)
{
	const struct faults *f = x->faults;
	ns due = INT64_MAX;

	for (uint32_t i = 0, left = f->lates; i < FAULT_LATE && left > 0; i++) {
		if (f->late[i].n == 0)
			continue;
		left--;
		due = f->late[i].due < due ? f->late[i].due : due;
	}
	return due;
}

static bool keep(struct exchange *x, const struct stream *st, const struct outgoing *o,
		 enum fault_what why, ns due)
{
	struct faults *f = x->faults;
	uint32_t i = 0;

	while (i < FAULT_LATE && f->late[i].n != 0)
		i++;
	if (i == FAULT_LATE || o->bytes.n > FAULT_LATE_MAX || o->bytes.n == 0)
		return false;
	struct fault_late *l = &f->late[i];
	l->why = why;
	l->due = due;
	l->serial = ++f->serial;
	l->conn = why == DO_DUPLICATE ? 0 : st->conn;
	l->key = st->key;
	l->o = *o;
	l->n = o->bytes.n;
	memcpy(l->bytes, o->bytes.s, l->n);
	f->lates++;
	f->on = true;
	return true;
}

static void release(struct exchange *x, struct fault_late *l, struct stream *st)
{
	struct outgoing o = l->o;

	o.bytes = (struct str){ l->bytes, l->n };
	if (st != NULL && !st->over)
		stream_deliver(x, st, &o);
	l->n = 0;
	x->faults->lates--;
}

void faults_late(struct exchange *x)
{
	struct faults *f = x->faults;

	while (f->lates > 0) {
		struct fault_late *first = NULL;
		for (uint32_t i = 0; i < FAULT_LATE; i++) {
			struct fault_late *l = &f->late[i];
			if (l->n == 0 || l->due > x->now)
				continue;
			if (first == NULL || l->due < first->due ||
			    (l->due == first->due && l->serial < first->serial))
				first = l;
		}
		if (first == NULL)
			return;
		release(x, first, stream_of(x, first->conn));
	}
	faults_settle(x);
}

/* Behind a message that went out: those that were to come after the next one, and those that
 * are told again on a new connection. */
static void followers(struct exchange *x, struct stream *st, bool again)
{
	struct faults *f = x->faults;

	for (uint32_t i = 0; i < FAULT_LATE && f->lates > 0; i++) {
		struct fault_late *l = &f->late[i];
		if (l->n == 0)
			continue;
		if ((!again && l->why == DO_REORDER && l->conn == st->conn) ||
		    (again && l->why == DO_DUPLICATE && l->key == st->key &&
		     (l->o.order != XC_NONE) == (st->kind == STREAM_TRADING)))
			release(x, l, st);
	}
}

void faults_forget(struct exchange *x)
{
	struct faults *f = x->faults;

	for (uint32_t i = 0; i < FAULT_LATE; i++)
		f->late[i].n = 0;
	f->lates = 0;
	f->event = 0;
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		f->link[i] = (struct fault_link){ 0 };
}

/* ---- one message */

/* What becomes of a message that rules are about; nothing is left to the caller. */
static void told(struct exchange *x, struct stream *st, const struct outgoing *from,
		 const struct fault_plan *p)
{
	char memory[FAULT_LATE_MAX];
	const struct fault_do *drop = faults_find(p, DO_DROP), *delay = faults_find(p, DO_DELAY);
	const struct fault_do *twice = faults_find(p, DO_DUPLICATE);
	const struct fault_do *form = faults_find(p, DO_FRAME);
	struct outgoing o = *from;

	if (faults_changes_text(p))
		(void)faults_edited(x, from, p, memory, sizeof(memory), &o.bytes);
	bool links = false;
	for (uint32_t i = 0; i < p->n; i++) {
		enum fault_what w = p->d[i]->what;
		if (w != DO_CUT && w != DO_CLOSE && w != DO_HALF_OPEN)
			continue;
		to_stream(x, st, p->d[i]);
		links = true;
	}
	if (links || (drop != NULL && !drop->given))
		return;
	if (delay != NULL && keep(x, st, &o, DO_DELAY, x->now + delay->span))
		return;
	if (faults_find(p, DO_REORDER) != NULL &&
	    keep(x, st, &o, DO_REORDER, x->now + REORDER_WAIT))
		return;
	if (form != NULL && form->form == FRAME_JOINED &&
	    keep(x, st, &o, DO_FRAME, x->now + REORDER_WAIT))
		return;
	if (form != NULL && form->form != FRAME_JOINED)
		faults_framed(x, st, &o, (enum fault_frame)form->form);
	else
		stream_deliver(x, st, &o);
	if (twice != NULL && !twice->given)
		stream_deliver(x, st, &o);
	else if (twice != NULL)
		(void)keep(x, st, &o, DO_DUPLICATE, INT64_MAX);
}

static void decide(struct exchange *x, const struct stream *st, const struct outgoing *o,
		   struct fault_plan *p)
{
	struct faults *f = x->faults;
	struct fault_case k = {
		.now = x->now, .name = str_of(o->type), .side = -1, .type = -1, .cls = -1,
		.tif = -1, .stream = kind_of(st)
	};
	uint64_t event = hash64(o->bytes.s, o->bytes.n) | 1;
	ptrdiff_t at = st - x->stream;

	*p = (struct fault_plan){ .act = true };
	if (o->order == XC_NONE) {
		k.on = ON_MESSAGE;
		if (o->sym != SYM_NONE)
			k.symbol = str_of(x->symbols->name[o->sym]);
		faults_match(x, &k, p);
		return;
	}
	/* One event that several streams are told counts once. */
	if (event == f->event && at > f->event_stream) {
		f->event_stream = at;
		*p = f->event_plan;
		return;
	}
	k.on = ON_EVENT;
	faults_case_of_order(x, o->order, &k);
	faults_match(x, &k, p);
	for (uint32_t i = 0; i < p->n; i++)
		faults_fate(x, o->order, p->d[i]);
	f->event = event;
	f->event_stream = at;
	f->event_plan = *p;
}

bool faults_filter(struct exchange *x, struct stream *st, const struct outgoing *o)
{
	static const char *const clocks[] = { "clock", "sim_clock", NULL };
	static const char *const control[] = { "success", "error", "subscription", "authorization",
					       "listening", NULL };
	struct faults *f = x->faults;
	struct fault_link *l = link_of(x, st->conn);
	struct fault_plan p;
	bool pass = true;

	if (f->busy || one_of(o->type, clocks))
		return true;
	f->busy = true;
	if (one_of(o->type, control)) {
		if (st->authed && !l->ready && l->plan.n > 0) {
			opened(x, st, l, o);
			pass = false;
		}
		if (pass && (strcmp(o->type, "listening") == 0 ||
			     strcmp(o->type, "subscription") == 0) && f->lates > 0) {
			stream_deliver(x, st, o);
			followers(x, st, true);
			pass = false;
		}
	} else if (l->silent > x->now) {
		pass = false;
	} else {
		decide(x, st, o, &p);
		pass = p.n == 0 && f->lates == 0;
		if (p.n > 0)
			told(x, st, o, &p);
		else if (!pass && !faults_join(x, st, o))
			stream_deliver(x, st, o);
		if (!pass && p.n == 0)
			followers(x, st, false);
	}
	f->busy = false;
	return pass;
}
