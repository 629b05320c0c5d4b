/* backtest_broker.c: an account: between its engines, the portfolio guard and the matching core.
 * What live does with sockets, threads and the store is done here at once, in the same order: an
 * entry passes the guard, is placed, its answer shows the legs, news of orders go to the
 * instance that owns them. News that say nothing new (pending, accepted, held) are left out. */
#include "run/backtest_inner.h"

#include <sys/mman.h>

/* ---- memory */

bool bt_account_open(struct bt_account *a)
{
	const struct backtest *b = a->pass->b;

	a->xc = (struct xc_config){
		.orders_max = BT_ORDERS * a->members, .accounts = 1, .seed = b->c.config->seed,
		.cash = b->c.config->cash, .shorting = true, .fees = b->c.fees, .multiplier = 4,
		.volume_share_pct = b->c.volume_share_pct,
	};
	a->x_size = xc_size(&a->xc);
	a->x = mmap(NULL, a->x_size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (a->x == MAP_FAILED) {
		a->x = NULL;
		return false;
	}
	return true;
}

void bt_account_begin(struct bt_account *a)
{
	const struct config *c = a->pass->b->c.config;
	const struct symbols *t = &c->symbols;

	a->x = xc_init(a->x, &a->xc, &a->pass->b->calendar);
	xc_set_bars(a->x);
	for (uint32_t s = 0; s < t->n; s++) {
		uint16_t asset;
		enum err e = xc_add_asset(a->x, t->name[s], NULL, &asset);
		assert(e == OK && asset == s);
		(void)e;
	}
	guard_init(&a->guard, &c->account_limits);
}

void bt_account_close(struct bt_account *a)
{
	if (a->x != NULL)
		(void)munmap(a->x, a->x_size);
}

/* The core keeps every order until it is told to forget those that are over: early, so that the
 * memory that is in use stays small. */
void bt_forget(struct bt_account *a)
{
	uint32_t n;

	if (xc_orders(a->x) < a->forget_at)
		return;
	assert(a->pass->queue_n == 0);
	const xc_oid *old = xc_forget(a->x, &n);
	for (uint32_t i = 0; i < n; i++)
		a->owner[i] = a->owner[old[i]];
	a->forget_at = 2 * n + BT_FORGET;
}

/* ---- figures for the guard */

static px price(const struct bt_account *a, uint32_t s)
{
	return bt_last(a->pass, s, a->now);
}

void bt_fresh(struct bt_account *a)
{
	struct account out = { .status = "ACTIVE", .shorting = true, .ts = a->now };

	if (a->guard_fresh)
		return;
	for (uint32_t s = 0; (s = xc_next_position(a->x, 0, s)) < xc_assets(a->x); s++)
		if (price(a, s).n > 0)
			xc_mark(a->x, a->clock, (uint16_t)s, price(a, s));
	struct xc_figures f = xc_account(a->x, 0);
	out.cash = f.cash;
	out.equity = f.equity;
	out.last_equity = f.last_equity;
	out.buying_power = f.buying_power;
	out.long_value = f.long_value;
	out.short_value = f.short_value;
	out.initial_margin = f.initial_margin;
	out.maintenance_margin = f.maintenance_margin;
	out.blocked = f.blocked != 0;
	out.shorting = f.shorting;
	guard_account(&a->guard, &out, ny_date(a->now));
	a->guard_fresh = true;
}

/* ---- what the broker says */

static void report_of(const struct bt_account *a, xc_oid i, struct report *r)
{
	const struct xc_order *o = xc_order(a->x, i);

	memset(r, 0, sizeof *r);
	r->status = (uint8_t)o->status;
	r->type = (uint8_t)o->type;
	r->side = (uint8_t)o->side;
	r->sym = o->asset;
	r->want = o->want;
	r->done = o->done;
	r->limit = o->limit;
	r->stop = o->stop;
	r->ts = a->fills > 0 ? a->fills : a->now;
	memcpy(r->bid, o->id, sizeof r->bid);
	if (!str_copy(r->cid, sizeof r->cid, str_of(o->cid)))
		r->cid[0] = '\0';
	if (o->done.n > 0)
		r->average = px_avg(o->done_value, o->done, ROUND_NEAR);
}

/* The order and its legs, as a document shows them. */
static void show(struct bt_account *a, struct bt_member *m, xc_oid i, enum report_source from)
{
	struct event ev;	/* report_of writes all of the report */
	const struct xc_order *o = xc_order(a->x, i);

	ev.ts = a->now;
	ev.kind = EV_ORDER;
	ev.from = 0;
	report_of(a, i, &ev.u.order);
	ev.u.order.source = (uint8_t)from;
	bt_step(a, m, &ev);
	for (size_t k = 0; k < COUNT(o->leg) && !o->is_leg; k++) {
		if (o->leg[k] == XC_NONE)
			continue;
		report_of(a, o->leg[k], &ev.u.order);
		ev.u.order.source = (uint8_t)from;
		if (!str_copy(ev.u.order.parent, sizeof ev.u.order.parent, str_of(o->cid)))
			ev.u.order.parent[0] = '\0';
		bt_step(a, m, &ev);
	}
}

static void reply(struct bt_account *a, struct bt_member *m, const struct order *o,
		  enum reply_kind kind, const struct xc_refusal *why)
{
	struct event ev = { .ts = a->now, .kind = EV_REPLY, .u.reply.kind = (uint8_t)kind };
	struct reply *r = &ev.u.reply;

	memcpy(r->cid, o->cid, sizeof r->cid);
	memcpy(r->bid, o->bid, sizeof r->bid);
	r->near = o->sym;
	if (why != NULL) {
		struct str words = str_of(why->message);
		r->http = (uint16_t)why->http;
		r->code = why->code;
		words.n = words.n < sizeof r->text ? words.n : sizeof r->text - 1;
		memcpy(r->text, words.s, words.n);
	}
	bt_step(a, m, &ev);
}

static bool says_something(enum xc_event_kind k)
{
	switch (k) {
	case XE_NEW:
	case XE_ACCEPTED:
	case XE_HELD:
	case XE_PENDING_NEW:
	case XE_PENDING_CANCEL:
		return false;
	default:
		return true;
	}
}

static void take_news(struct bt_account *a, const struct xc_event *x)
{
	struct event ev;
	struct report *r = &ev.u.order;
	struct bt_member *m = &a->member[a->owner[x->order]];

	if (!says_something(x->kind))
		return;
	ev.ts = a->now;
	ev.kind = EV_ORDER;
	ev.from = 0;
	report_of(a, x->order, r);
	r->status = (uint8_t)x->status;
	r->done = x->done;
	r->average = (px){ 0 };
	if (x->done.n > 0)
		r->average = px_avg(x->done_value, x->done, ROUND_NEAR);
	r->n = x->n;
	r->at = x->at;
	memcpy(r->execution, x->execution, sizeof r->execution);
	if (x->n.n > 0) {
		a->guard_fresh = false;
		struct bt_open *t = &m->open[r->sym];
		/* The first is of the entry, with or without fees. */
		if (!t->filled)
			t->began = a->instants;
		t->filled = true;
		t->fees = usd_add(t->fees, x->fee);
	}
	a->partial += x->kind == XE_PARTIAL_FILL && r->n.n == r->done.n;
	bt_step(a, m, &ev);
}

/* ---- what the engines ask for */

static void note_active(struct bt_account *a, sym s)
{
	if (a->is_active[s])
		return;
	assert(a->active_n < CONFIG_SYMBOLS_MAX);
	a->is_active[s] = true;
	a->active[a->active_n++] = s;
}

static void own(struct bt_account *a, xc_oid i, uint16_t member)
{
	const struct xc_order *o = xc_order(a->x, i);

	a->owner[i] = member;
	for (size_t k = 0; k < COUNT(o->leg); k++)
		if (o->leg[k] != XC_NONE)
			a->owner[o->leg[k]] = member;
}

static bool guarded(struct bt_account *a, struct bt_member *m, const struct bt_request *q)
{
	struct gate_trace trace;

	if (q->order.role != ROLE_ENTRY)
		return true;
	bt_fresh(a);
	enum deny d = guard_check(&a->guard, &q->order, q->last, &trace);
	if (d == ALLOW)
		return true;
	struct xc_refusal why = { .code = (int)d };
	bool fits = str_copy(why.message, sizeof why.message, str_of(deny_text(d)));
	assert(fits);
	(void)fits;
	reply(a, m, &q->order, REPLY_DENIED, &why);
	return false;
}

static void submit(struct bt_account *a, struct bt_member *m, const struct bt_request *q)
{
	struct xc_request rq = bt_request_of(a, &q->order);
	struct xc_refusal why;
	sym s = q->order.sym;

	a->touched = true;
	if (!guarded(a, m, q))
		return;
	if (price(a, s).n > 0)
		xc_mark(a->x, a->clock, s, price(a, s));
	xc_oid i = xc_place(a->x, a->clock, 0, &rq, &why);
	if (i == XC_NONE) {
		if (q->order.role == ROLE_ENTRY) {
			a->refused++;
			memcpy(a->refusal, why.message, sizeof a->refusal);
		}
		reply(a, m, &q->order, REPLY_REFUSED, &why);
		return;
	}
	own(a, i, q->member);
	note_active(a, s);
	show(a, m, i, FROM_REPLY);
	xc_time(a->x, a->clock);	/* on the book */
}

static xc_oid find(const struct bt_account *a, const struct order *o)
{
	if (o->bid[0] != '\0')
		return xc_find(a->x, 0, str_of(o->bid));
	return xc_find_cid(a->x, 0, str_of(o->cid));
}

static void cancel(struct bt_account *a, struct bt_member *m, const struct order *o)
{
	struct xc_refusal why;
	xc_oid i = find(a, o);

	if (i == XC_NONE || !xc_cancel(a->x, a->clock, 0, i, &why)) {
		reply(a, m, o, REPLY_CANCEL_REFUSED, i == XC_NONE ? NULL : &why);
		return;
	}
	reply(a, m, o, REPLY_CANCEL_OK, NULL);
	xc_time(a->x, a->clock);
}

static void replace(struct bt_account *a, struct bt_member *m, const struct bt_request *q)
{
	struct xc_refusal why = { .http = 404 };
	struct xc_change change = bt_change_of(&q->order);
	xc_oid i = xc_find(a->x, 0, str_of(q->old));

	a->touched = true;
	if (i != XC_NONE)
		i = xc_replace(a->x, a->clock, 0, i, &change, &why);
	if (i == XC_NONE) {
		reply(a, m, &q->order, REPLY_REFUSED, &why);
		return;
	}
	own(a, i, q->member);
	show(a, m, i, FROM_REPLY);
	xc_time(a->x, a->clock);	/* it takes the place */
}

static bool shares_symbol(const struct bt_account *a, const struct bt_member *m, sym s)
{
	for (uint32_t i = 0; i < a->members; i++)
		for (uint32_t k = 0; &a->member[i] != m && k < a->member[i].c.symbols_n; k++)
			if (a->member[i].c.symbol[k] == s)
				return true;
	return false;
}

static void sync(struct bt_account *a, struct bt_member *m)
{
	struct event ev = { .ts = a->now, .kind = EV_SYNC, .u.sync.phase = SYNC_BEGIN };
	xc_oid live[BT_LIVE_MAX];

	bt_step(a, m, &ev);
	for (uint32_t k = 0; k < a->active_n; k++) {
		uint32_t n = xc_live(a->x, a->active[k], live, BT_LIVE_MAX);
		for (uint32_t i = 0; i < n; i++)
			if (&a->member[a->owner[live[i]]] == m && !xc_order(a->x, live[i])->is_leg)
				show(a, m, live[i], FROM_SYNC);
	}
	for (uint32_t k = 0; k < m->c.symbols_n; k++) {
		const struct xc_position *p = xc_position(a->x, 0, m->c.symbol[k]);
		if (p == NULL)
			continue;
		ev = (struct event){ .ts = a->now, .kind = EV_POSITION, .u.position = {
			.sym = m->c.symbol[k], .n = p->n,
			.of = shares_symbol(a, m, m->c.symbol[k]) ? POSITION_SHARED :
								    POSITION_OWN } };
		bt_step(a, m, &ev);
	}
	ev = (struct event){ .ts = a->now, .kind = EV_SYNC, .u.sync.phase = SYNC_END };
	bt_step(a, m, &ev);
}

static void perform(struct bt_account *a, const struct bt_request *q)
{
	struct bt_member *m = &a->member[q->member];
	xc_oid i;

	switch ((enum action_kind)q->kind) {
	case ACT_SUBMIT:
		submit(a, m, q);
		break;
	case ACT_REPLACE:
		replace(a, m, q);
		break;
	case ACT_CANCEL:
		cancel(a, m, &q->order);
		break;
	case ACT_ASK:
		i = find(a, &q->order);
		if (i == XC_NONE)
			reply(a, m, &q->order, REPLY_ABSENT, NULL);
		else
			show(a, m, i, FROM_ASK);
		break;
	case ACT_SYNC:
		sync(a, m);
		break;
	default:
		assert(false);
	}
}

/* ---- steps */

static void push(struct bt_account *a, const struct bt_member *m, const struct action *act)
{
	struct bt_pass *p = a->pass;

	assert(p->queue_n < BT_QUEUE);
	struct bt_request *q = &p->queue[(p->queue_head + p->queue_n++) % BT_QUEUE];
	q->member = (uint16_t)(m - a->member);
	q->kind = act->kind;
	q->last = act->last;
	if (act->kind != ACT_SYNC)
		q->order = act->u.order;
	if (act->kind == ACT_REPLACE)
		memcpy(q->old, act->u.replace.old, sizeof q->old);
}

static void take_actions(struct bt_account *a, struct bt_member *m)
{
	const struct actions *out = &a->pass->out;

	m->wake = engine_wake(m->engine);
	a->wake = m->wake;
	for (uint32_t i = 0; i < a->members; i++)
		a->wake = a->member[i].wake < a->wake ? a->member[i].wake : a->wake;
	for (uint32_t i = 0; i < out->n; i++) {
		const struct action *act = &out->a[i];
		switch ((enum action_kind)act->kind) {
		case ACT_PUT_TRADE:
			bt_trade(a, m, &act->u.trade);
			break;
		case ACT_PUT_ORDER:
			guard_order(&a->guard, &act->u.order);
			break;
		case ACT_SUBMIT:
		case ACT_REPLACE:
			guard_order(&a->guard, &act->u.order);
			push(a, m, act);
			break;
		case ACT_CANCEL:
		case ACT_ASK:
		case ACT_SYNC:
			push(a, m, act);
			break;
		case ACT_PUT_STATE:
		case ACT_FILL:
		case ACT_NOTE:
			break;
		}
	}
}

void bt_step(struct bt_account *a, struct bt_member *m, struct event *ev)
{
	engine_step(m->engine, ev, &a->pass->out);
	take_actions(a, m);
}

void bt_slice(struct bt_account *a, struct bt_member *m, ns end)
{
	engine_slice(m->engine, end, &a->pass->out);
	if (a->pass->out.n == 0)
		return;
	take_actions(a, m);
	bt_settle(a);
}

void bt_settle(struct bt_account *a)
{
	struct bt_pass *p = a->pass;
	struct xc_event ev;

	for (;;) {
		if (xc_next_event(a->x, &ev)) {
			take_news(a, &ev);
		} else if (p->queue_n > 0) {
			/* It keeps its place until it is done: others come behind it. */
			perform(a, &p->queue[p->queue_head]);
			p->queue_head = (p->queue_head + 1) % BT_QUEUE;
			p->queue_n--;
		} else {
			return;
		}
	}
}

void bt_wake(struct bt_account *a, ns until)
{
	for (uint32_t turn = 0; turn < BT_TURNS && a->wake <= until; turn++) {
		struct bt_member *m = a->member;
		while (m->wake > a->wake)
			m++;
		assert(m < a->member + a->members);
		bt_time(a, m->wake);
		struct event ev = { .ts = a->now, .kind = EV_CLOCK };
		bt_step(a, m, &ev);
		bt_settle(a);
	}
}

void bt_begin(struct bt_account *a, ns now)
{
	bt_time(a, now);
	for (uint32_t i = 0; i < a->members; i++) {
		struct event ev = { .ts = now, .kind = EV_LINK,
				    .u.link = { .data = true, .orders = true } };
		bt_step(a, &a->member[i], &ev);
		bt_settle(a);
	}
}
