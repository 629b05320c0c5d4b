/* engine_tell.c: what engine_tell.h says. */
#include "test/unit/engine_tell.h"

#include <stdio.h>
#include <string.h>

struct report tell_of(const struct order *o, enum order_status status, int64_t done,
		      double average)
{
	struct report w = { .status = (uint8_t)status, .type = o->type, .side = o->side,
			    .sym = o->sym, .want = o->want, .done = qty_shares(done),
			    .average = rig_px(average) };

	if (order_of_broker(o)) {
		memcpy(w.bid, o->bid, sizeof w.bid);
		return w;
	}
	memcpy(w.cid, o->cid, sizeof w.cid);
	snprintf(w.bid, sizeof w.bid, "b%s", o->cid + 12);
	return w;
}

void tell(struct rig *r, struct report word)
{
	struct event ev = { .kind = EV_ORDER, .u.order = word };

	rig_step(r, &ev);
}

void tell_status(struct rig *r, const struct order *o, enum order_status status, int64_t done,
		 double average)
{
	tell(r, tell_of(o, status, done, average));
}

void tell_reply(struct rig *r, const struct order *o, enum reply_kind kind)
{
	struct event ev = { .kind = EV_REPLY, .u.reply = { .kind = (uint8_t)kind,
							   .near = o->sym } };

	memcpy(ev.u.reply.cid, o->cid, sizeof ev.u.reply.cid);
	memcpy(ev.u.reply.bid, o->bid, sizeof ev.u.reply.bid);
	if (kind == REPLY_REFUSED) {
		ev.u.reply.http = 403;
		memcpy(ev.u.reply.text, "no", 3);
	}
	rig_step(r, &ev);
}

struct report tell_leg(const struct order *entry, enum order_role role, enum order_status status)
{
	bool stop = role == ROLE_STOP;
	struct report w = { .status = (uint8_t)status, .type = stop ? TYPE_STOP : TYPE_LIMIT,
			    .side = (uint8_t)side_other((enum side)entry->side), .sym = entry->sym,
			    .want = entry->want, .source = FROM_REPLY };

	memcpy(w.parent, entry->cid, sizeof w.parent);
	snprintf(w.bid, sizeof w.bid, "%s", stop ? "leg-stop" : "leg-target");
	w.limit = stop ? (px){ 0 } : entry->take_profit;
	w.stop = stop ? entry->stop_loss : (px){ 0 };
	return w;
}

static struct report as_stored(const struct order *o, enum report_source source)
{
	enum order_status status = (enum order_status)o->status;
	struct report w = tell_of(o, status == ST_PENDING_NEW ? ST_NEW : status, 0, 0);

	w.source = (uint8_t)source;
	w.done = o->done;
	if (o->bid[0] != '\0')
		memcpy(w.bid, o->bid, sizeof w.bid);
	return w;
}

void tell_answers(struct rig *r)
{
	static struct actions asked;

	asked = r->out;
	for (uint32_t i = 0; i < asked.n; i++)
		if (asked.a[i].kind == ACT_ASK)
			tell(r, as_stored(&asked.a[i].u.order, FROM_ASK));
}

void tell_listing(struct rig *r, ns later, int64_t shares, enum position_of of)
{
	rig_clock(r, r->now + later, false);
	tell_answers(r);
	rig_sync(r, SYNC_BEGIN);
	for (uint32_t i = 0; i < r->store.orders_n; i++)
		if (r->store.order[i].stage == ORDER_LIVE)
			tell(r, as_stored(&r->store.order[i], FROM_SYNC));
	rig_position(r, 0, shares, of);
	rig_sync(r, SYNC_END);
}

void tell_gone(struct rig *r, int64_t left)
{
	int64_t out = told_trade(r)->out.n;

	for (int i = 0; i < TELL_HELD && told_trade(r)->out.n == out; i++)
		tell_listing(r, 15 * NS_SECOND, left, POSITION_OWN);
}

struct order tell_entry(struct rig *r)
{
	rig_enter(r, rig_time(10, 10, 0));
	return told_sent(r, "an entry");
}

struct order tell_bracket(struct rig *r)
{
	struct order entry = tell_entry(r);

	tell(r, tell_leg(&entry, ROLE_TARGET, ST_HELD));
	tell(r, tell_leg(&entry, ROLE_STOP, ST_HELD));
	tell_status(r, &entry, ST_FILLED, 100, 100);
	tell(r, tell_leg(&entry, ROLE_TARGET, ST_NEW));
	return entry;
}

struct order tell_partly(struct rig *r, int64_t shares)
{
	struct order entry = told_sent(r, "an entry");

	tell_status(r, &entry, ST_CANCELED, shares, 100);
	return told_sent(r, "a stop of our own");
}

struct order tell_held(struct rig *r, int64_t shares)
{
	rig_enter(r, rig_time(10, 10, 0));
	return tell_partly(r, shares);
}

struct order tell_exit(struct rig *r, int64_t shares)
{
	struct order stop = tell_held(r, shares);

	tell_status(r, &stop, ST_NEW, 0, 0);
	rig_command(r, CMD_FLATTEN);
	tell_status(r, &stop, ST_CANCELED, 0, 0);
	return told_sent(r, "an exit");
}

const struct trade *told_trade(const struct rig *r)
{
	assert(r->store.trades_n > 0);
	return &r->store.trade[r->store.trades_n - 1];
}

struct order told_order(const struct rig *r, const char *name)
{
	const struct order *o = rig_stored(r, name);

	CHECK(o != NULL, "the store has the order %s", name);
	return o != NULL ? *o : (struct order){ 0 };
}

struct order told_sent(const struct rig *r, const char *what)
{
	const struct order *o = NULL;

	for (uint32_t i = 0; i < r->out.n; i++)
		if (r->out.a[i].kind == ACT_SUBMIT || r->out.a[i].kind == ACT_REPLACE)
			o = &r->out.a[i].u.order;
	CHECK(o != NULL, "%s is sent", what);
	return o != NULL ? *o : (struct order){ 0 };
}

bool told_note(const struct rig *r, const char *words)
{
	for (uint32_t i = 0; i < r->out.n; i++)
		if (r->out.a[i].kind == ACT_NOTE && strcmp(r->out.a[i].u.note.text, words) == 0)
			return true;
	return false;
}
