/* keys.c: LMDB sorts keys as bytes; these are made so that this is the wanted order. */
#include "store/store_inner.h"

void key_bytes(struct key *k, const void *data, size_t n)
{
	assert(n <= sizeof(k->b) - k->n);
	memcpy(k->b + k->n, data, n);
	k->n = (uint8_t)(k->n + n);
}

static void key_byte(struct key *k, unsigned v)
{
	uint8_t b = (uint8_t)v;

	key_bytes(k, &b, 1);
}

void key_begin(struct key *k, enum space space)
{
	k->n = 0;
	key_byte(k, space);
}

void key_u64(struct key *k, uint64_t v)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		key_byte(k, (unsigned)(v >> shift & 0xff));
}

void key_put_time(struct key *k, ns t)
{
	key_u64(k, (uint64_t)t ^ (uint64_t)1 << 63);
}

void key_put_text(struct key *k, const char *text)
{
	key_bytes(k, text, strlen(text) + 1);
}

/* Text of somebody else's: cut, which can only miss, since no id is that long. */
void key_str(struct key *k, struct str s)
{
	if (s.n > 0)
		key_bytes(k, s.s, s.n < CID_TEXT ? s.n : CID_TEXT);
	key_byte(k, 0);
}

/* ---- orders. A leg is known by the broker's id from the first moment and learns its
 * cid later; all others the other way round. */

void key_order(struct key *k, const struct order *o)
{
	bool by_bid = order_of_broker(o);

	key_begin(k, SPACE_ORDER);
	key_byte(k, by_bid ? 'b' : 'c');
	key_put_text(k, by_bid ? o->bid : o->cid);
}

void key_order_alias(struct key *k, struct str id)
{
	key_begin(k, SPACE_ORDER_ALIAS);
	key_str(k, id);
}

void key_order_open(struct key *k, const struct order *o, const struct key *order)
{
	key_begin(k, SPACE_ORDER_OPEN);
	key_put_time(k, o->made);
	key_bytes(k, order->b, order->n);
}

void key_order_time(struct key *k, const struct order *o, const struct key *order)
{
	key_begin(k, SPACE_ORDER_TIME);
	key_put_time(k, o->made);
	key_bytes(k, order->b, order->n);
}

void key_order_trade(struct key *k, const struct order *o, const struct key *order)
{
	key_begin(k, SPACE_ORDER_TRADE);
	key_put_text(k, o->trade);
	key_put_time(k, o->made);
	key_bytes(k, order->b, order->n);
}

/* ---- trades */

void key_trade(struct key *k, struct str id)
{
	key_begin(k, SPACE_TRADE);
	key_str(k, id);
}

void key_trade_open(struct key *k, const struct trade *t)
{
	key_begin(k, SPACE_TRADE_OPEN);
	key_put_time(k, t->signal_ts);
	key_put_text(k, t->id);
}

void key_trade_time(struct key *k, const struct trade *t)
{
	key_begin(k, SPACE_TRADE_TIME);
	key_put_time(k, t->signal_ts);
	key_put_text(k, t->id);
}

/* ---- facts */

void key_fill(struct key *k, const struct fill *f)
{
	key_begin(k, SPACE_FILL);
	key_put_text(k, f->order);
	key_u64(k, (uint64_t)f->cumulative.n);
}

void key_fill_time(struct key *k, const struct fill *f, uint64_t seq)
{
	key_begin(k, SPACE_FILL_TIME);
	key_put_time(k, f->ts);
	key_u64(k, seq);
}

void key_fill_trade(struct key *k, const struct fill *f, uint64_t seq)
{
	key_begin(k, SPACE_FILL_TRADE);
	key_put_text(k, f->trade);
	key_put_time(k, f->ts);
	key_u64(k, seq);
}

/* Our own seq at the end: an engine that starts from an older checkpoint counts some of
 * its numbers again, and no note may replace another. */
static void note_tail(struct key *k, const struct note *n, uint64_t seq)
{
	key_put_time(k, n->ts);
	key_u64(k, n->seq);
	key_byte(k, n->instance);
	key_u64(k, seq);
}

void key_note(struct key *k, const struct note *n, uint64_t seq)
{
	key_begin(k, SPACE_NOTE);
	note_tail(k, n, seq);
}

void key_note_trade(struct key *k, const struct note *n, uint64_t seq)
{
	key_begin(k, SPACE_NOTE_TRADE);
	key_put_text(k, n->trade);
	note_tail(k, n, seq);
}

/* ---- the rest */

void key_session(struct key *k, uint64_t id)
{
	key_begin(k, SPACE_SESSION);
	key_u64(k, id);
}

/* One point a minute: the last one stays. */
void key_equity(struct key *k, ns ts)
{
	ns minute = ts / NS_MINUTE - (ts % NS_MINUTE < 0);

	key_begin(k, SPACE_EQUITY);
	key_put_time(k, minute);
}

void key_state(struct key *k, struct str name)
{
	key_begin(k, SPACE_STATE);
	key_str(k, name);
}

void key_name(struct key *k, uint16_t id)
{
	key_begin(k, SPACE_NAME);
	key_byte(k, id >> 8);
	key_byte(k, id & 0xff);
}
