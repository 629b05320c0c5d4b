/* Account, clock, calendar and errors of the trading API. */
#include "alpaca/inner.h"

static bool account_money(struct str key, struct account *a, int64_t **where)
{
	const struct { const char *key; int64_t *n; } money[] = {
		{ "cash", &a->cash.n }, { "equity", &a->equity.n },
		{ "last_equity", &a->last_equity.n }, { "buying_power", &a->buying_power.n },
		{ "long_market_value", &a->long_value.n },
		{ "short_market_value", &a->short_value.n },
		{ "initial_margin", &a->initial_margin.n },
		{ "maintenance_margin", &a->maintenance_margin.n },
	};
	for (size_t i = 0; i < COUNT(money); i++) {
		if (str_eq(key, str_of(money[i].key))) {
			*where = money[i].n;
			return true;
		}
	}
	return false;
}

enum err alpaca_read_account(struct str body, struct account *out)
{
	struct json j;
	struct str key;
	int64_t *where;
	bool flag[4] = { false };

	memset(out, 0, sizeof *out);
	json_open(&j, body);
	if (json_peek(&j) != JSON_OBJECT)
		return ERR_PARSE;
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		if (account_money(key, out, &where))
			field_num(&j, where);
		else if (str_eq(key, STR("id")))
			field_text(&j, out->id, sizeof out->id);
		else if (str_eq(key, STR("account_number")))
			field_text(&j, out->number, sizeof out->number);
		else if (str_eq(key, STR("status")))
			field_text(&j, out->status, sizeof out->status);
		else if (str_eq(key, STR("trading_blocked")))
			field_bool(&j, &flag[0]);
		else if (str_eq(key, STR("account_blocked")))
			field_bool(&j, &flag[1]);
		else if (str_eq(key, STR("trade_suspended_by_user")))
			field_bool(&j, &flag[2]);
		else if (str_eq(key, STR("shorting_enabled")))
			field_bool(&j, &out->shorting);
		else
			json_skip(&j);
	}
	out->blocked = flag[0] || flag[1] || flag[2] ||
		       !str_eq(str_of(out->status), STR("ACTIVE"));
	if (json_done(&j) != OK || out->id[0] == 0)
		return ERR_PARSE;
	return OK;
}

enum err alpaca_read_clock(struct str body, ns *now, bool *is_open, ns *next_open, ns *next_close)
{
	struct json j;
	struct str key;

	*now = *next_open = *next_close = 0;
	*is_open = false;
	json_open(&j, body);
	if (json_peek(&j) != JSON_OBJECT)
		return ERR_PARSE;
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		if (str_eq(key, STR("timestamp")))
			field_time(&j, now);
		else if (str_eq(key, STR("is_open")))
			field_bool(&j, is_open);
		else if (str_eq(key, STR("next_open")))
			field_time(&j, next_open);
		else if (str_eq(key, STR("next_close")))
			field_time(&j, next_close);
		else
			json_skip(&j);
	}
	return json_done(&j) == OK && *now != 0 ? OK : ERR_PARSE;
}

/* "09:30" as minutes; -1 when it is not a time. */
static int wall_minutes(struct str s)
{
	if (s.n != 5 || s.s[2] != ':')
		return -1;
	for (size_t i = 0; i < 5; i++)
		if (i != 2 && (s.s[i] < '0' || s.s[i] > '9'))
			return -1;
	return ((s.s[0] - '0') * 10 + s.s[1] - '0') * 60 + (s.s[3] - '0') * 10 + s.s[4] - '0';
}

struct calendar_row { day date; int open, close; bool ok; };

static struct calendar_row calendar_row(struct json *j)
{
	struct calendar_row r = { 0, -1, -1, false };
	struct str key;

	if (json_peek(j) != JSON_OBJECT) {
		json_skip(j);
		return r;
	}
	for (json_enter_object(j); json_next_key(j, &key);) {
		if (str_eq(key, STR("date")))
			r.ok = date_parse(&r.date, field_word(j));
		else if (str_eq(key, STR("open")))
			r.open = wall_minutes(field_word(j));
		else if (str_eq(key, STR("close")))
			r.close = wall_minutes(field_word(j));
		else
			json_skip(j);
	}
	r.ok = r.ok && r.open >= 0 && r.close > r.open;
	return r;
}

/* The broker lists trading days only: a day of ours that it leaves out is closed. */
static enum err calendar_gap(struct calendar *c, day from, day to, int *differ)
{
	struct session s;

	for (day d = from; d < to; d++) {
		if (!calendar_session(c, d, &s))
			continue;
		++*differ;
		if (calendar_override(c, d, true, 0, 0) != OK)
			return ERR_FULL;
	}
	return OK;
}

enum err alpaca_read_calendar(struct str body, day from, day to, struct calendar *c, int *told,
			      int *differ)
{
	struct json j;
	day next = from;

	*told = *differ = 0;
	json_open(&j, body);
	if (json_peek(&j) != JSON_ARRAY)
		return ERR_PARSE;
	for (json_enter_array(&j); json_next_item(&j);) {
		struct session s;
		struct calendar_row r = calendar_row(&j);
		if (!r.ok || r.date < next || r.date > to)
			continue;
		++*told;
		ns open = ny_time(r.date, r.open / 60, r.open % 60);
		ns close = ny_time(r.date, r.close / 60, r.close % 60);
		bool mine = calendar_session(c, r.date, &s);
		if (!mine || s.open != open || s.close != close) {
			++*differ;
			if (calendar_override(c, r.date, false, open, close) != OK)
				return ERR_FULL;
		}
		if (calendar_gap(c, next, r.date, differ) != OK)
			return ERR_FULL;
		next = r.date + 1;
	}
	return json_done(&j) == OK && *told > 0 ? OK : ERR_PARSE;
}

void alpaca_read_error(struct str body, struct alpaca_error *out)
{
	struct json j;
	struct str key;
	int64_t code = 0;

	memset(out, 0, sizeof *out);
	json_open(&j, body);
	if (json_peek(&j) != JSON_OBJECT)
		return;
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		if (str_eq(key, STR("code")))
			field_int(&j, &code);
		else if (str_eq(key, STR("message")))
			field_words(&j, out->message, sizeof out->message);
		else
			json_skip(&j);
	}
	out->code = (int32_t)code;
}

static bool says(const struct alpaca_error *e, const char *words)
{
	return strstr(e->message, words) != NULL;
}

enum alpaca_class alpaca_classify(int http, const struct alpaca_error *e)
{
	if (http >= 200 && http < 300)
		return AC_OK;
	if (http == 401)
		return AC_AUTH;
	if (http == 404)
		return AC_GONE;
	if (http == 429)
		return AC_RATE;
	if (http >= 500 || http < 200)
		return AC_SERVER;
	if (says(e, "must be unique"))
		return AC_DUPLICATE;
	if (says(e, "wash trade") || says(e, "opposite side"))
		return AC_WASH;
	if (says(e, "insufficient qty"))
		return AC_HELD;
	if (says(e, "buying power"))
		return AC_FUNDS;
	if (http == 403)
		return e->code == 0 ? AC_AUTH : AC_RESTRICTED;
	if (says(e, "is already in") || says(e, "not cancelable") || says(e, "pending cancel") ||
	    says(e, "unable to replace"))
		return AC_STATE;
	return AC_INVALID;
}
