/* Orders: ours into a request, the broker's into reports. */
#include "alpaca/inner.h"

static void money(struct text *t, const char *key, int64_t n)
{
	json_key(t, key);
	json_money(t, n);
}

void alpaca_order_json(struct text *t, const struct order *o, const char *symbol)
{
	assert(o->cid[0] != 0 && o->want.n > 0);
	json_object(t);
	json_key(t, "symbol");
	json_cstr(t, symbol);
	money(t, "qty", o->want.n);
	json_key(t, "side");
	json_cstr(t, side_text(o->side));
	json_key(t, "type");
	json_cstr(t, type_text(o->type));
	json_key(t, "time_in_force");
	json_cstr(t, tif_text(o->tif));
	json_key(t, "client_order_id");
	json_cstr(t, o->cid);
	/* Of shares that somebody else has sold none are sold short, and of those that he has
	 * bought none are sold for him: the broker refuses. */
	if (o->role == ROLE_STOP || o->chain == 0) {
		static const char *const intents[2][2] = { { "buy_to_close", "buy_to_open" },
							   { "sell_to_close", "sell_to_open" } };
		json_key(t, "position_intent");
		json_cstr(t, intents[o->side == SIDE_SELL][o->role == ROLE_ENTRY]);
	}
	if (o->limit.n != 0)
		money(t, "limit_price", o->limit.n);
	if (o->stop.n != 0)
		money(t, "stop_price", o->stop.n);
	if (o->cls != CLASS_SIMPLE) {
		json_key(t, "order_class");
		json_cstr(t, class_text(o->cls));
	}
	if (o->take_profit.n != 0) {
		json_key(t, "take_profit");
		json_object(t);
		money(t, "limit_price", o->take_profit.n);
		json_end_object(t);
	}
	if (o->stop_loss.n != 0) {
		json_key(t, "stop_loss");
		json_object(t);
		money(t, "stop_price", o->stop_loss.n);
		json_end_object(t);
	}
	json_end_object(t);
}

void alpaca_replace_json(struct text *t, const struct order *o)
{
	assert(o->cid[0] != 0 && o->moved != MOVE_NONE);
	json_object(t);
	if (!o->leg)
		money(t, "qty", o->want.n);
	if (o->limit.n != 0)
		money(t, "limit_price", o->limit.n);
	if (o->stop.n != 0)
		money(t, "stop_price", o->stop.n);
	json_key(t, "client_order_id");
	json_cstr(t, o->cid);
	json_end_object(t);
}

#define UNTOLD INT64_MIN

/* An end without the shares that it came to is none: they are asked for. What was rejected has
 * none. */
static void settle(struct report *r)
{
	if (r->done.n != UNTOLD)
		return;
	r->done.n = 0;
	if (r->status != ST_REJECTED && status_final((enum order_status)r->status))
		r->status = ST_UNKNOWN;
}

/* Reads one key's value into a report; true when the key is "legs". */
static bool order_field(struct json *j, struct str key, struct report *r, char symbol[SYMBOL_TEXT],
			ns *updated)
{
	enum side side;
	enum order_type type;

	if (str_eq(key, STR("legs")))
		return true;
	if (str_eq(key, STR("id")))
		field_text(j, r->bid, sizeof r->bid);
	else if (str_eq(key, STR("client_order_id")))
		field_text(j, r->cid, sizeof r->cid);
	else if (str_eq(key, STR("symbol")))
		field_text(j, symbol, SYMBOL_TEXT);
	else if (str_eq(key, STR("status")))
		r->status = (uint8_t)status_parse(field_word(j));
	else if (str_eq(key, STR("side"))) {
		if (side_parse(&side, field_word(j)))
			r->side = (uint8_t)side;
	} else if (str_eq(key, STR("type")) || str_eq(key, STR("order_type"))) {
		if (type_parse(&type, field_word(j)))
			r->type = (uint8_t)type;
	} else if (str_eq(key, STR("qty")))
		field_num(j, &r->want.n);
	else if (str_eq(key, STR("filled_qty")))
		field_num(j, &r->done.n);
	else if (str_eq(key, STR("filled_avg_price")))
		field_num(j, &r->average.n);
	else if (str_eq(key, STR("limit_price")))
		field_num(j, &r->limit.n);
	else if (str_eq(key, STR("stop_price")))
		field_num(j, &r->stop.n);
	else if (str_eq(key, STR("replaced_by")))
		field_text(j, r->replaced_by, sizeof r->replaced_by);
	else if (str_eq(key, STR("updated_at")))
		field_time(j, updated);
	else
		json_skip(j);
	return false;
}

static void report_init(struct report *r, enum report_source from)
{
	memset(r, 0, sizeof *r);
	r->status = ST_UNKNOWN;
	r->source = (uint8_t)from;
	r->sym = SYM_NONE;
}

static void read_leg(struct json *j, const struct symbols *t, enum report_source from,
		     struct alpaca_order *out)
{
	struct report r;
	char symbol[SYMBOL_TEXT] = "";
	struct str key;

	report_init(&r, from);
	r.done.n = UNTOLD;
	if (json_peek(j) != JSON_OBJECT) {
		json_skip(j);
		return;
	}
	for (json_enter_object(j); json_next_key(j, &key);)
		if (order_field(j, key, &r, symbol, &r.ts))
			json_skip(j);
	settle(&r);
	if (r.bid[0] == 0 || out->n >= COUNT(out->r))
		return;
	r.sym = symbols_find(t, str_of(symbol));
	out->r[out->n++] = r;
}

enum err alpaca_read_order(struct json *j, const struct symbols *t, enum report_source from,
			   struct alpaca_order *out)
{
	struct str key;

	out->n = 1;
	out->symbol[0] = 0;
	report_init(&out->r[0], from);
	out->r[0].done.n = UNTOLD;
	if (json_peek(j) != JSON_OBJECT) {
		json_skip(j);
		return ERR_PARSE;
	}
	for (json_enter_object(j); json_next_key(j, &key);) {
		if (!order_field(j, key, &out->r[0], out->symbol, &out->r[0].ts))
			continue;
		if (json_peek(j) != JSON_ARRAY) {
			json_skip(j);
			continue;
		}
		for (json_enter_array(j); json_next_item(j);)
			read_leg(j, t, from, out);
	}
	settle(&out->r[0]);
	if (j->err != OK || out->r[0].bid[0] == 0)
		return ERR_PARSE;
	out->r[0].sym = symbols_find(t, str_of(out->symbol));
	for (uint32_t i = 1; i < out->n; i++)
		memcpy(out->r[i].parent, out->r[0].cid, sizeof out->r[i].parent);
	return OK;
}

enum err alpaca_read_position(struct json *j, const struct symbols *t, struct alpaca_position *out)
{
	struct str key, side = { "", 0 };
	char name[64] = "";

	memset(out, 0, sizeof *out);
	if (json_peek(j) != JSON_OBJECT) {
		json_skip(j);
		return ERR_PARSE;
	}
	for (json_enter_object(j); json_next_key(j, &key);) {
		if (str_eq(key, STR("symbol")))
			field_text(j, name, sizeof name);
		else if (str_eq(key, STR("qty")))
			field_num(j, &out->n.n);
		else if (str_eq(key, STR("current_price")))
			field_num(j, &out->last.n);
		else if (str_eq(key, STR("side")))
			side = field_word(j);
		else
			json_skip(j);
	}
	if (j->err != OK || name[0] == 0)
		return ERR_PARSE;
	if (str_eq(side, STR("short")) && out->n.n > 0)
		out->n.n = -out->n.n;	/* it is negative already, as far as is known */
	/* An option, whose contract is of a hundred shares, or a coin in a quantity that no share
	 * has: somebody's, and what it is worth is not for us to say. */
	if (!str_copy(out->symbol, sizeof out->symbol, str_of(name)) || out->n.n == 0)
		out->last.n = 0;
	out->sym = out->symbol[0] == 0 ? SYM_NONE : symbols_find(t, str_of(out->symbol));
	return out->n.n == 0 && out->sym != SYM_NONE ? ERR_PARSE : OK;
}

/* The last part of "20200603093014199::uuid". */
static struct str behind_time(const char *id)
{
	struct str rest = str_of(id), part = rest;

	while (rest.n > 0)
		part = str_cut(&rest, ':');
	return part;
}

static bool read_fill(struct json *j, const struct symbols *t, struct report *r,
		      struct alpaca_page *page)
{
	char symbol[SYMBOL_TEXT] = "", id[sizeof page->token] = "";
	struct str key, status = { "", 0 }, type = STR("FILL");
	bool sells = false;

	report_init(r, FROM_LIST);
	if (json_peek(j) != JSON_OBJECT) {
		json_skip(j);
		return false;
	}
	for (json_enter_object(j); json_next_key(j, &key);) {
		if (str_eq(key, STR("id")))
			field_text(j, id, sizeof id);
		else if (str_eq(key, STR("order_id")))
			field_text(j, r->bid, sizeof r->bid);
		else if (str_eq(key, STR("symbol")))
			field_text(j, symbol, sizeof symbol);
		else if (str_eq(key, STR("price")))
			field_num(j, &r->at.n);
		else if (str_eq(key, STR("qty")))
			field_num(j, &r->n.n);
		else if (str_eq(key, STR("cum_qty")))
			field_num(j, &r->done.n);
		else if (str_eq(key, STR("transaction_time")))
			field_time(j, &r->ts);
		else if (str_eq(key, STR("status")))
			status = field_word(j);
		else if (str_eq(key, STR("activity_type")))
			type = field_word(j);
		else if (str_eq(key, STR("side")))
			sells = str_starts(field_word(j), STR("sell"));
		else
			json_skip(j);
	}
	if (j->err != OK || id[0] == 0)
		return false;
	memcpy(page->token, id, sizeof id);
	r->sym = symbols_find(t, str_of(symbol));
	r->side = sells ? SIDE_SELL : SIDE_BUY;
	if (str_eq(status, STR("canceled")))
		r->source = FROM_UNLIST;
	return str_eq(type, STR("FILL")) && r->bid[0] != 0 && r->n.n > 0 &&
	       str_copy(r->execution, sizeof r->execution, behind_time(id));
}

enum err alpaca_read_fills(struct str body, const struct symbols *t,
			   void (*each)(void *ctx, const struct report *r), void *ctx,
			   struct alpaca_page *page)
{
	struct report r;
	struct json j;

	memset(page, 0, sizeof *page);
	json_open(&j, body);
	if (json_peek(&j) != JSON_ARRAY)
		return ERR_PARSE;
	for (json_enter_array(&j); json_next_item(&j);)
		if (read_fill(&j, t, &r, page))
			each(ctx, &r);
	return json_done(&j) == OK ? OK : ERR_PARSE;
}
