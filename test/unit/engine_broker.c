/* engine_broker.c: the broker of engine_broker.h. */
#include "test/unit/engine_broker.h"

#include <stdio.h>

static bool chance(struct broker *b, uint32_t per_mille)
{
	return per_mille > 0 && rng_below(&b->rng, 1000) < per_mille;
}

static void breach(struct broker *b, const char *why)
{
	if (!b->breach)
		b->why = why;
	b->breach = true;
}

void broker_open(struct broker *b, uint64_t seed)
{
	*b = (struct broker){ .now = rig_time(10, 0, 0), .slow = 100 * NS_MS };
	rng_seed(&b->rng, seed);
	for (sym s = 0; s < RIG_SYMBOLS; s++)
		b->price[s] = rig_px(100 + 50.0 * s);
}

static struct mail *post(struct broker *b, enum mail_to to, ns delay)
{
	for (uint32_t i = 0; i < BROKER_MAIL; i++) {
		struct mail *m = &b->mail[i];
		if (m->used)
			continue;
		b->mail_n = i >= b->mail_n ? i + 1 : b->mail_n;
		m->used = true;
		m->survives = false;
		m->to = (uint8_t)to;
		m->due = b->now + delay;
		return m;
	}
	breach(b, "the test's mail box is full");
	return &b->mail[0];
}

static ns delay(struct broker *b)
{
	return (ns)rng_below(&b->rng, (uint64_t)b->slow) + NS_MS;
}

static struct report report_of(const struct broker *b, const struct broker_order *o)
{
	struct report r = { .status = o->status, .type = o->type, .side = o->side, .sym = o->sym,
			    .want = qty_shares(o->want), .done = qty_shares(o->done),
			    .limit = o->limit, .stop = o->stop, .ts = b->now };

	memcpy(r.cid, o->cid, sizeof r.cid);
	memcpy(r.bid, o->bid, sizeof r.bid);
	if (o->done > 0)
		r.average = px_avg(o->value, r.done, ROUND_NEAR);
	if (o->status == ST_REPLACED)
		memcpy(r.replaced_by, b->order[o->next].bid, sizeof r.replaced_by);
	return r;
}

/* On the stream: may be lost, doubled, late. */
static void tell(struct broker *b, const struct broker_order *o, int64_t n, px at)
{
	uint32_t copies = chance(b, b->drop) ? 0 : chance(b, b->twice) ? 2 : 1;

	while (copies-- > 0) {
		struct event *ev = &post(b, TO_ENGINE, delay(b))->u.ev;
		*ev = (struct event){ .kind = EV_ORDER, .u.order = report_of(b, o) };
		ev->u.order.n = qty_shares(n);
		ev->u.order.at = at;
		if (n > 0)
			broker_name(ev->u.order.execution, b->execs_n - 1);
	}
}

/* The order and its legs, as a document shows them; all at one time. */
static void show(struct broker *b, const struct broker_order *o, enum report_source source, ns d)
{
	struct event *ev = &post(b, TO_ENGINE, d)->u.ev;

	*ev = (struct event){ .kind = EV_ORDER, .u.order = report_of(b, o) };
	ev->u.order.source = (uint8_t)source;
	for (int i = 0; i < 2; i++) {
		if (o->leg || o->legs[i] == NONE)
			continue;
		ev = &post(b, TO_ENGINE, d + i + 1)->u.ev;
		*ev = (struct event){ .kind = EV_ORDER,
				      .u.order = report_of(b, &b->order[o->legs[i]]) };
		ev->u.order.source = (uint8_t)source;
		memcpy(ev->u.order.parent, o->cid, sizeof o->cid);
	}
}

static void answer(struct broker *b, const struct order *o, enum reply_kind kind, ns d)
{
	struct event *ev = &post(b, TO_ENGINE, d)->u.ev;

	*ev = (struct event){ .kind = EV_REPLY, .u.reply.kind = (uint8_t)kind };
	memcpy(ev->u.reply.cid, o->cid, sizeof o->cid);
	memcpy(ev->u.reply.bid, o->bid, sizeof o->bid);
	if (kind == REPLY_REFUSED) {
		ev->u.reply.http = 403;
		memcpy(ev->u.reply.text, "no", 3);
	}
}

static struct broker_order *find(struct broker *b, const struct order *o)
{
	for (uint32_t i = 0; i < b->orders_n; i++) {
		struct broker_order *at = &b->order[i];
		if ((o->bid[0] != '\0' && strcmp(at->bid, o->bid) == 0) ||
		    (o->cid[0] != '\0' && strcmp(at->cid, o->cid) == 0))
			return at;
	}
	return NULL;
}

static struct broker_order *add(struct broker *b, const struct order *o)
{
	struct broker_order *n = &b->order[b->orders_n < BROKER_ORDERS ? b->orders_n : 0];

	if (b->orders_n == BROKER_ORDERS)
		breach(b, "more orders than the test's broker keeps");
	else
		b->orders_n++;
	*n = (struct broker_order){ .side = o->side, .type = o->type, .role = o->role,
				    .status = ST_NEW, .sym = o->sym, .want = o->want.n / NUM_ONE,
				    .limit = o->limit, .stop = o->stop, .parent = NONE,
				    .legs = { NONE, NONE }, .next = NONE };
	memcpy(n->cid, o->cid, sizeof n->cid);
	snprintf(n->bid, sizeof n->bid, "bid-%u", b->orders_n);
	return n;
}

static void add_leg(struct broker *b, uint32_t parent, const struct order *entry, int which)
{
	struct order o = *entry;

	o.side = (uint8_t)side_other((enum side)entry->side);
	o.type = which == 0 ? TYPE_LIMIT : TYPE_STOP;
	o.role = which == 0 ? ROLE_TARGET : ROLE_STOP;
	o.limit = which == 0 ? entry->take_profit : (px){ 0 };
	o.stop = which == 1 ? entry->stop_loss : (px){ 0 };
	memset(o.cid, 0, sizeof o.cid);
	struct broker_order *leg = add(b, &o);
	snprintf(leg->cid, sizeof leg->cid, "leg-%s", leg->bid);
	leg->leg = true;
	leg->status = ST_HELD;
	leg->parent = parent;
	b->order[parent].legs[which] = (uint32_t)(leg - b->order);
}

static bool beyond(const struct broker *b, const struct order *o)
{
	return o->role == ROLE_STOP && (o->side == SIDE_SELL ? o->stop.n >= b->price[o->sym].n
							     : o->stop.n <= b->price[o->sym].n);
}

static void submit(struct broker *b, const struct order *o)
{
	struct broker_order *n = find(b, o);

	if (n != NULL) {	/* the name is taken: proof that it arrived */
		if (n->want != o->want.n / NUM_ONE || n->role != o->role)
			breach(b, "one name for two orders");
		show(b, n, FROM_REPLY, delay(b));
		answer(b, o, REPLY_ACCEPTED, b->slow + 5);
		return;
	}
	int64_t room = broker_closable(b, o->sym, o->side) - broker_held(b, o->sym, o->side);
	bool short_of = o->role != ROLE_ENTRY && o->want.n / NUM_ONE > room;
	if (chance(b, b->refuse) || beyond(b, o) || short_of) {
		answer(b, o, REPLY_REFUSED, delay(b));
		return;
	}
	n = add(b, o);
	n->stuck = o->role != ROLE_STOP && chance(b, 60);
	if (o->cls == CLASS_BRACKET) {
		uint32_t at = (uint32_t)(n - b->order);
		add_leg(b, at, o, 0);
		add_leg(b, at, o, 1);
	}
	if (chance(b, b->lose))
		return;
	show(b, &b->order[n - b->order], FROM_REPLY, delay(b));
	answer(b, o, REPLY_ACCEPTED, b->slow + 5);
}

static void end(struct broker *b, struct broker_order *o, enum order_status status, bool aloud)
{
	if (broker_final(o))
		return;
	o->status = (uint8_t)status;
	if (aloud)
		tell(b, o, 0, (px){ 0 });
	/* What was to take its place does not come. */
	if (o->next != NONE && status != ST_REPLACED)
		end(b, &b->order[o->next], ST_REJECTED, chance(b, 700));
}

static void replace(struct broker *b, const struct order *o, const char *old)
{
	struct order key = { 0 };
	struct broker_order *n = find(b, o);

	if (n != NULL) {
		show(b, n, FROM_REPLY, delay(b));
		answer(b, o, REPLY_ACCEPTED, b->slow + 5);
		return;
	}
	memcpy(key.bid, old, sizeof key.bid);
	struct broker_order *was = find(b, &key);
	if (was == NULL || broker_final(was) || was->next != NONE || was->cancel_at != 0 ||
	    chance(b, 2 * b->refuse) || beyond(b, o) || was->done >= o->want.n / NUM_ONE) {
		answer(b, o, REPLY_REFUSED, delay(b));
		return;
	}
	n = add(b, o);
	was->next = (uint32_t)(n - b->order);
	was->replace_at = b->now + delay(b);
	n->waits = true;
	n->leg = was->leg;
	n->armed = was->armed;
	n->parent = was->parent;
	n->want = was->leg ? was->want : n->want;
	n->status = was->status == ST_HELD ? ST_HELD : ST_PENDING_NEW;
	was->status = ST_PENDING_REPLACE;
	tell(b, was, 0, (px){ 0 });
	if (chance(b, b->lose))
		return;
	show(b, n, FROM_REPLY, delay(b));
	answer(b, o, REPLY_ACCEPTED, b->slow + 5);
}

static void take_place(struct broker *b, struct broker_order *was)
{
	struct broker_order *n = &b->order[was->next];
	bool held = n->status == ST_HELD;

	was->replace_at = 0;
	if (broker_final(was) || broker_final(n))
		return;
	if (n->want <= was->done || chance(b, b->refuse)) {
		was->next = NONE;
		was->status = held ? ST_HELD : was->done > 0 ? ST_PARTIALLY_FILLED : ST_NEW;
		tell(b, was, 0, (px){ 0 });
		end(b, n, ST_REJECTED, chance(b, 700));
		return;
	}
	n->waits = false;
	n->done = n->before = was->done;
	n->value = n->before_value = was->value;
	n->status = held ? ST_HELD : n->done > 0 ? ST_PARTIALLY_FILLED : ST_NEW;
	if (n->leg)
		b->order[n->parent].legs[n->role == ROLE_STOP] = (uint32_t)(n - b->order);
	end(b, was, ST_REPLACED, true);
	tell(b, n, 0, (px){ 0 });
}

/* Cancelling one of a group cancels the rest. */
static void cancel_group(struct broker *b, struct broker_order *o)
{
	struct broker_order *parent = o->leg ? &b->order[o->parent] : o;

	end(b, o, ST_CANCELED, true);
	end(b, parent, ST_CANCELED, true);
	for (int i = 0; i < 2; i++)
		if (parent->legs[i] != NONE)
			end(b, &b->order[parent->legs[i]], ST_CANCELED, chance(b, 500));
}

static void cancel(struct broker *b, const struct order *o)
{
	struct broker_order *n = find(b, o);

	if (n == NULL || broker_final(n)) {
		answer(b, o, REPLY_CANCEL_REFUSED, delay(b));
		return;
	}
	if (n->waits || n->next != NONE) {
		answer(b, o, REPLY_CANCEL_REFUSED, delay(b));
		return;
	}
	if (n->cancel_at == 0)
		n->cancel_at = b->now + delay(b);
	answer(b, o, REPLY_CANCEL_OK, delay(b));
}

static bool on_the_way(const struct broker *b, const struct order *o)
{
	for (uint32_t i = 0; i < b->mail_n; i++) {
		const struct mail *m = &b->mail[i];
		if (m->used && m->to == TO_BROKER && m->request <= REQ_REPLACE &&
		    strcmp(m->u.order.cid, o->cid) == 0)
			return true;
	}
	return false;
}

static void ask(struct broker *b, const struct order *o)
{
	struct broker_order *n = find(b, o);

	if (n != NULL)
		show(b, n, FROM_ASK, delay(b));
	else if (!on_the_way(b, o))
		answer(b, o, REPLY_ABSENT, delay(b));
}

static void show_all(struct broker *b)
{
	ns d = delay(b);
	struct event *ev = &post(b, TO_ENGINE, d)->u.ev;

	*ev = (struct event){ .kind = EV_SYNC, .u.sync.phase = SYNC_BEGIN };
	for (uint32_t i = 0; i < b->orders_n; i++)
		if ((b->lists_all || !broker_final(&b->order[i])) && !b->order[i].leg &&
		    i + 40 >= b->orders_n)
			show(b, &b->order[i], FROM_SYNC, d + 10);
	for (sym s = 0; s < RIG_SYMBOLS; s++) {
		ev = &post(b, TO_ENGINE, d + 20)->u.ev;
		*ev = (struct event){ .kind = EV_POSITION, .u.position = {
			.sym = s, .n = qty_shares(b->position[s]) } };
	}
	for (uint32_t i = b->execs_n > 40 ? b->execs_n - 40 : 0; i < b->execs_n; i++) {
		ev = &post(b, TO_ENGINE, d + 25)->u.ev;
		*ev = (struct event){ .kind = EV_ORDER, .u.order = broker_listed(b, i) };
	}
	ev = &post(b, TO_ENGINE, d + 30)->u.ev;
	*ev = (struct event){ .kind = EV_SYNC, .u.sync.phase = SYNC_END };
}

void broker_sync(struct broker *b)
{
	post(b, TO_BROKER, delay(b))->request = REQ_SYNC;
}

void broker_take(struct broker *b, const struct actions *a)
{
	static const uint8_t requests[] = { [ACT_SUBMIT] = REQ_SUBMIT,
					    [ACT_REPLACE] = REQ_REPLACE,
					    [ACT_CANCEL] = REQ_CANCEL, [ACT_ASK] = REQ_ASK };

	for (uint32_t i = 0; i < a->n; i++) {
		uint32_t kind = a->a[i].kind;
		if (kind != ACT_SUBMIT && kind != ACT_REPLACE && kind != ACT_CANCEL &&
		    kind != ACT_ASK)
			continue;
		if (chance(b, b->lose))
			continue;
		struct mail *m = post(b, TO_BROKER, delay(b));
		m->request = requests[kind];
		m->survives = chance(b, 500);
		m->u.order = a->a[i].u.order;
		if (kind == ACT_REPLACE)
			memcpy(m->old, a->a[i].u.replace.old, sizeof m->old);
	}
}

static void fill(struct broker *b, struct broker_order *o, int64_t n, px at)
{
	int64_t *position = &b->position[o->sym];

	if (o->role != ROLE_ENTRY && n > broker_closable(b, o->sym, o->side))
		breach(b, "more was sold than held");
	*position += o->side == SIDE_BUY ? n : -n;
	o->done += n;
	o->value = usd_add(o->value, usd_of(at, qty_shares(n), ROUND_NEAR));
	o->status = o->done == o->want ? ST_FILLED : ST_PARTIALLY_FILLED;
	b->fills++;
	b->exec[b->execs_n++ % BROKER_EXECS] = (struct broker_exec){
		(uint32_t)(o - b->order), n, o->done, at };
	tell(b, o, n, at);
	if (o->role == ROLE_ENTRY && o->done == o->want) {
		for (int i = 0; i < 2; i++) {
			struct broker_order *leg = &b->order[o->legs[i]];
			leg->armed = true;
			leg->status = i == 0 ? ST_NEW : ST_HELD;
			if (i == 0)
				tell(b, leg, 0, (px){ 0 });
		}
	}
	if (!o->leg)
		return;
	struct broker_order *other = &b->order[b->order[o->parent].legs[o->role == ROLE_TARGET]];
	other->want -= n;
	if (other->next != NONE)
		b->order[other->next].want -= n;
	if (o->done == o->want && o->next != NONE)
		end(b, &b->order[o->next], ST_REJECTED, chance(b, 700));
	/* The end of the other leg is often not told. */
	if (o->done == o->want || other->want == other->done)
		end(b, other, ST_CANCELED, chance(b, 500));
}

static bool marketable(const struct broker *b, const struct broker_order *o)
{
	int64_t p = b->price[o->sym].n;
	bool buy = o->side == SIDE_BUY;

	if (o->waits || (o->leg && !o->armed))
		return false;
	if (o->type == TYPE_STOP)
		return o->done > 0 || (buy ? p >= o->stop.n : p <= o->stop.n);
	if (o->type == TYPE_LIMIT)
		return buy ? p <= o->limit.n : p >= o->limit.n;
	return true;
}

static void work(struct broker *b, struct broker_order *o)
{
	int64_t left = o->want - o->done;

	if (o->replace_at != 0 && b->now >= o->replace_at)
		take_place(b, o);
	if (o->cancel_at != 0 && b->now >= o->cancel_at && !broker_final(o))
		cancel_group(b, o);
	if (broker_final(o) || left <= 0 || !marketable(b, o) || (o->stuck && o->done > 0))
		return;
	if (left > 1 && chance(b, o->stuck ? 900 : 200))
		left = 1 + (int64_t)rng_below(&b->rng, (uint64_t)left - 1);
	fill(b, o, left, b->price[o->sym]);
}

static void receive(struct broker *b)
{
	for (uint32_t i = 0; i < b->mail_n; i++) {
		struct mail *at = &b->mail[i], m;
		if (!at->used || at->to != TO_BROKER || at->due > b->now)
			continue;
		m = *at;
		at->used = false;
		if (m.request == REQ_SUBMIT)
			submit(b, &m.u.order);
		else if (m.request == REQ_REPLACE)
			replace(b, &m.u.order, m.old);
		else if (m.request == REQ_CANCEL)
			cancel(b, &m.u.order);
		else if (m.request == REQ_ASK)
			ask(b, &m.u.order);
		else
			show_all(b);
	}
}

void broker_move(struct broker *b, ns now)
{
	b->now = now;
	receive(b);
	for (sym s = 0; s < RIG_SYMBOLS; s++) {
		int64_t step = (int64_t)rng_below(&b->rng, 41) - 20;
		b->price[s].n += step * (NUM_ONE / 100);
	}
	for (uint32_t i = 0; i < b->orders_n; i++)
		if (!broker_final(&b->order[i]))
			work(b, &b->order[i]);
	for (sym s = 0; s < RIG_SYMBOLS; s++)
		broker_watch(b, s);
}

bool broker_news(struct broker *b, struct event *out)
{
	struct mail *first = NULL;

	while (b->mail_n > 0 && !b->mail[b->mail_n - 1].used)
		b->mail_n--;
	for (uint32_t i = 0; i < b->mail_n; i++) {
		struct mail *m = &b->mail[i];
		if (m->used && m->to == TO_ENGINE && m->due <= b->now &&
		    (first == NULL || m->due < first->due))
			first = m;
	}
	if (first == NULL)
		return false;
	first->used = false;
	*out = first->u.ev;
	out->ts = b->now;
	return true;
}

void broker_cut(struct broker *b)
{
	for (uint32_t i = 0; i < BROKER_MAIL; i++)
		if (b->mail[i].to == TO_ENGINE || !b->mail[i].survives)
			b->mail[i].used = false;
}
