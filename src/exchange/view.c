/* view.c: Alpaca's objects as JSON. Money and quantities are strings in the
 * trading API and numbers in the data API; what can be null is written as null. */
#include "exchange/serve_inner.h"

#define NY_TEXT RFC3339_TEXT

static void null_or_money(struct text *t, const char *key, int64_t n)
{
	json_key(t, key);
	if (n == 0)
		json_null(t);
	else
		json_money(t, n);
}

void view_ratio(struct text *t, int64_t a, int64_t b)
{
	char digit[17];
	bool negative = (a < 0) != (b < 0);
	uint64_t r = a < 0 ? 0 - (uint64_t)a : (uint64_t)a;
	uint64_t d = b < 0 ? 0 - (uint64_t)b : (uint64_t)b;

	json_str(t, (struct str){ "", 0 });
	t->n -= !t->full;		/* reopened: the digits go between the quotes */
	/* Room for r * 10: only sums beyond a billion dollars lose digits here. */
	while (d > UINT64_MAX / 20) {
		d /= 10;
		r /= 10;
	}
	uint64_t whole = d == 0 ? 0 : r / d;
	r = d == 0 ? 0 : r % d;
	for (int i = 0; i < 16; i++) {
		digit[i] = (char)('0' + (d == 0 ? 0 : r * 10 / d));
		r = d == 0 ? 0 : r * 10 % d;
	}
	int last = 15;
	if (d != 0 && r * 2 >= d) {
		while (last >= 0 && digit[last] == '9')
			digit[last--] = '0';
		if (last >= 0)
			digit[last]++;
		else
			whole++;
	}
	size_t n = 16;
	while (n > 0 && digit[n - 1] == '0')
		n--;
	if (negative && (whole != 0 || n != 0))
		text_char(t, '-');
	text_u64(t, whole);
	if (n > 0)
		text_char(t, '.');
	text_add(t, (struct str){ digit, n });
	text_char(t, '"');
}

/* ---- orders */

static void order_times(struct text *t, const struct xc *x, const struct xc_order *p, bool filled)
{
	key_text(t, "id", p->id);
	key_text(t, "client_order_id", p->cid);
	key_time(t, "created_at", p->created);
	key_time(t, "updated_at", p->updated);
	key_time(t, "submitted_at", p->submitted);
	key_time(t, "filled_at", filled ? p->filled : 0);
	key_time(t, "expired_at", p->expired);
	key_time(t, "canceled_at", p->canceled);
	key_time(t, "failed_at", p->failed);
	key_time(t, "replaced_at", p->replaced);
	key_text(t, "replaced_by",
		  p->replaced_by == XC_NONE ? NULL : xc_order(x, p->replaced_by)->id);
	key_text(t, "replaces", p->replaces == XC_NONE ? NULL : xc_order(x, p->replaces)->id);
}

/* Everything but legs and the closing brace. */
static void order_fields(struct text *t, const struct xc *x, xc_oid o, const struct xc_event *at)
{
	const struct xc_order *p = xc_order(x, o);
	const struct xc_asset *a = xc_asset(x, p->asset);
	enum order_status status = at != NULL ? at->status : p->status;
	qty done = at != NULL ? at->done : p->done;
	usd paid = at != NULL ? at->done_value : p->done_value;
	px average = done.n > 0 ? px_avg(paid, done, ROUND_NEAR) : (px){ 0 };

	json_object(t);
	order_times(t, x, p, status == ST_FILLED);
	key_text(t, "asset_id", a->id);
	key_text(t, "symbol", a->symbol);
	key_text(t, "asset_class", "us_equity");
	null_or_money(t, "notional", p->notional.n);
	null_or_money(t, "qty", p->notional.n == 0 ? p->want.n : 0);
	key_money(t, "filled_qty", done.n);
	null_or_money(t, "filled_avg_price", average.n);
	key_text(t, "order_class", class_text(p->cls));
	key_text(t, "order_type", type_text(p->type));
	key_text(t, "type", type_text(p->type));
	key_text(t, "side", side_text(p->side));
	key_text(t, "position_intent", xc_intent_text(p->position_intent));
	key_text(t, "time_in_force", tif_text(p->tif));
	null_or_money(t, "limit_price", p->limit.n);
	null_or_money(t, "stop_price", p->stop.n);
	key_text(t, "status", status_text(status));
	key_bool(t, "extended_hours", p->extended_hours);
	null_or_money(t, "trail_percent", p->trail_percent);
	null_or_money(t, "trail_price", p->trail_price.n);
	null_or_money(t, "hwm", p->hwm.n);
	key_null(t, "ratio_qty");
	key_null(t, "subtag");
	key_null(t, "source");
	if (p->expires != 0)
		key_time(t, "expires_at", p->expires);
}

static void leaf(struct text *t, const struct xc *x, xc_oid o)
{
	order_fields(t, x, o, NULL);
	key_null(t, "legs");
	json_end_object(t);
}

/* Once the entry has filled, the take profit stands for the group and the stop
 * that is held behind it shows as its leg. */
static xc_oid held_sibling(const struct xc *x, xc_oid o)
{
	const struct xc_order *p = xc_order(x, o);
	const struct xc_order *parent;

	if (!p->is_leg || p->parent == XC_NONE)
		return XC_NONE;
	parent = xc_order(x, p->parent);
	if (parent->leg[0] != o || parent->leg[1] == XC_NONE ||
	    parent->status != ST_FILLED || xc_order(x, parent->leg[1])->status != ST_HELD)
		return XC_NONE;
	return parent->leg[1];
}

void view_order(struct text *t, const struct xc *x, xc_oid o, const struct xc_event *at, bool legs)
{
	const struct xc_order *p = xc_order(x, o);
	bool any = legs && (p->leg[0] != XC_NONE || p->leg[1] != XC_NONE);
	xc_oid sibling = legs && at == NULL ? held_sibling(x, o) : XC_NONE;

	order_fields(t, x, o, at);
	json_key(t, "legs");
	if (any) {
		json_array(t);
		for (int i = 0; i < 2; i++)
			if (p->leg[i] != XC_NONE)
				leaf(t, x, p->leg[i]);
		json_end_array(t);
	} else if (sibling != XC_NONE) {
		json_array(t);
		leaf(t, x, sibling);
		json_end_array(t);
	} else {
		json_null(t);
	}
	json_end_object(t);
}

void view_event(struct text *t, const struct xc *x, const struct xc_event *e, const char *id)
{
	bool fill = e->kind == XE_FILL || e->kind == XE_PARTIAL_FILL || e->previous[0] != '\0';

	json_object(t);
	key_text(t, "event", xc_event_text(e->kind));
	if (e->execution[0] != '\0')
		key_text(t, "execution_id", e->execution);
	if (e->previous[0] != '\0')
		key_text(t, "previous_execution_id", e->previous);
	key_time(t, "timestamp", e->ts);
	key_time(t, "at", e->ts);
	key_text(t, "event_id", id);
	if (fill) {
		key_money(t, "price", e->at.n);
		key_money(t, "qty", e->n.n);
		key_money(t, "position_qty", e->position.n);
	}
	json_key(t, "order");
	view_order(t, x, e->order, e, true);
	json_end_object(t);
}

void view_update(struct text *t, const struct xc *x, const struct xc_event *e, const char *id)
{
	json_object(t);
	key_text(t, "stream", "trade_updates");
	json_key(t, "data");
	view_event(t, x, e, id);
	json_end_object(t);
}

/* ---- in short, for people and tests: the objects are not closed yet */

void view_order_short(struct text *t, const struct xc *x, xc_oid o)
{
	const struct xc_order *p = xc_order(x, o);

	json_object(t);
	key_text(t, "id", p->id);
	key_text(t, "client_order_id", p->cid);
	key_text(t, "symbol", xc_asset(x, p->asset)->symbol);
	key_text(t, "side", side_text(p->side));
	key_text(t, "type", type_text(p->type));
	key_text(t, "time_in_force", tif_text(p->tif));
	key_text(t, "order_class", class_text(p->cls));
	key_text(t, "status", status_text(p->status));
	key_money(t, "qty", p->want.n);
	key_money(t, "filled_qty", p->done.n);
}

void view_execution(struct text *t, const struct xc *x, uint32_t i)
{
	const struct xc_execution *e = xc_execution(x, i);
	const struct xc_order *p = xc_order(x, e->order);

	json_object(t);
	key_text(t, "id", e->id);
	key_time(t, "t", e->ts);
	key_text(t, "order_id", p->id);
	key_text(t, "client_order_id", p->cid);
	key_text(t, "symbol", xc_asset(x, p->asset)->symbol);
	key_text(t, "side", side_text(p->side));
	key_money(t, "qty", e->n.n);
	key_money(t, "price", e->at.n);
	key_money(t, "fee", e->fee.n);
	key_money(t, "position_qty", e->position.n);
}

/* ---- time */

static void ny(struct text *t, const char *key, ns at)
{
	char s[NY_TEXT];

	rfc3339_text_at(s, at, ny_offset_s(at));
	key_text(t, key, s);
}

void view_clock(struct text *t, ns now)
{
	struct session s = calendar_next(NULL, now);
	bool open = s.open <= now;

	json_object(t);
	ny(t, "timestamp", now);
	key_bool(t, "is_open", open);
	ny(t, "next_open", open ? calendar_next(NULL, s.close).open : s.open);
	ny(t, "next_close", s.close);
	json_end_object(t);
}

/* "0930" or "09:30" in New York. */
static void wall(struct text *t, const char *key, ns at, bool colon)
{
	int64_t minute = (at / NS_SECOND + ny_offset_s(at)) % 86400 / 60;
	char s[6] = {
		(char)('0' + minute / 600), (char)('0' + minute / 60 % 10), ':',
		(char)('0' + minute % 60 / 10), (char)('0' + minute % 10), '\0'
	};

	if (!colon)
		memmove(s + 2, s + 3, 3);
	key_text(t, key, s);
}

#define SETTLES_WITHIN 14	/* days: the market was never closed for so long */

/* Trades settle on the next session's day. */
static day settlement(day d)
{
	struct session s;

	for (day next = d + 1; next <= d + SETTLES_WITHIN; next++)
		if (calendar_session(NULL, next, &s))
			return next;
	return d;
}

void view_calendar(struct text *t, day from, day to, bool settled)
{
	day first = settled ? from - SETTLES_WITHIN : from;
	struct session s;
	char word[16];

	json_array(t);
	for (day d = first; d <= to; d++) {
		if (!calendar_session(NULL, d, &s))
			continue;
		if (settled && (settlement(d) < from || settlement(d) > to))
			continue;
		json_object(t);
		date_text(word, d);
		key_text(t, "date", word);
		wall(t, "open", s.open, true);
		wall(t, "close", s.close, true);
		wall(t, "session_open", s.pre_open, false);
		wall(t, "session_close", s.post_close, false);
		date_text(word, settlement(d));
		key_text(t, "settlement_date", word);
		json_end_object(t);
	}
	json_end_array(t);
}
