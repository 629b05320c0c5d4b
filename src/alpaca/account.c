/* Account, clock, calendar and errors of the trading API. */
#include "alpaca/inner.h"

#define UNTOLD INT64_MIN

/* older: what equity was called before. */
static bool account_money(struct str key, struct account *a, int64_t *older, int64_t **where)
{
	const struct { const char *key; int64_t *n; } money[] = {
		{ "cash", &a->cash.n }, { "equity", &a->equity.n },
		{ "last_equity", &a->last_equity.n }, { "buying_power", &a->buying_power.n },
		{ "long_market_value", &a->long_value.n },
		{ "short_market_value", &a->short_value.n },
		{ "initial_margin", &a->initial_margin.n },
		{ "maintenance_margin", &a->maintenance_margin.n },
		{ "portfolio_value", older },
	};
	for (size_t i = 0; i < COUNT(money); i++) {
		if (str_eq(key, str_of(money[i].key))) {
			*where = money[i].n;
			return true;
		}
	}
	return false;
}

/* What is neither yes nor no blocks, too. */
static void blocks(struct json *j, bool *blocked)
{
	bool v = json_peek(j) != JSON_NULL;

	field_bool(j, &v);
	*blocked |= v;
}

enum err alpaca_read_account(struct str body, struct account *out)
{
	struct json j;
	struct str key;
	int64_t *where, older = 0;

	memset(out, 0, sizeof *out);
	out->initial_margin.n = UNTOLD;
	json_open(&j, body);
	if (json_peek(&j) != JSON_OBJECT)
		return ERR_PARSE;
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		if (account_money(key, out, &older, &where))
			field_num(&j, where);
		else if (str_eq(key, STR("id")))
			field_text(&j, out->id, sizeof out->id);
		else if (str_eq(key, STR("account_number")))
			field_text(&j, out->number, sizeof out->number);
		else if (str_eq(key, STR("status")))
			field_text(&j, out->status, sizeof out->status);
		else if (str_eq(key, STR("trading_blocked")) ||
			 str_eq(key, STR("account_blocked")) ||
			 str_eq(key, STR("trade_suspended_by_user")))
			blocks(&j, &out->blocked);
		else if (str_eq(key, STR("shorting_enabled")))
			field_bool(&j, &out->shorting);
		else
			json_skip(&j);
	}
	out->blocked |= !str_eq(str_of(out->status), STR("ACTIVE"));
	/* What is not told allows no entry: without equity there is nothing to risk, and of a
	 * margin that nobody knows all may be taken. */
	if (out->equity.n == 0)
		out->equity.n = older;
	if (out->initial_margin.n == UNTOLD)
		out->initial_margin = out->equity;
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
	int hour = (s.s[0] - '0') * 10 + s.s[1] - '0', minute = (s.s[3] - '0') * 10 + s.s[4] - '0';
	return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

struct calendar_row { day date; int open, close; bool dated, ok; };

static struct calendar_row calendar_row(struct json *j)
{
	struct calendar_row r = { 0, -1, -1, false, false };
	struct str key;

	if (json_peek(j) != JSON_OBJECT) {
		json_skip(j);
		return r;
	}
	for (json_enter_object(j); json_next_key(j, &key);) {
		if (str_eq(key, STR("date")))
			r.dated = date_parse(&r.date, field_word(j));
		else if (str_eq(key, STR("open")))
			r.open = wall_minutes(field_word(j));
		else if (str_eq(key, STR("close")))
			r.close = wall_minutes(field_word(j));
		else
			json_skip(j);
	}
	r.ok = r.dated && r.open >= 0 && r.close > r.open;
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
		enum err e = calendar_override(c, d, true, 0, 0);
		if (e != OK)
			return e;
	}
	return OK;
}

static enum err calendar_day(struct calendar *c, const struct calendar_row *r, int *differ)
{
	struct session s;
	ns open = ny_time(r->date, r->open / 60, r->open % 60);
	ns close = ny_time(r->date, r->close / 60, r->close % 60);

	if (calendar_session(c, r->date, &s) && s.open == open && s.close == close)
		return OK;
	++*differ;
	return calendar_override(c, r->date, false, open, close);
}

/* On a copy: of an answer that breaks off, or is not in order, nothing is taken. */
enum err alpaca_read_calendar(struct str body, day from, day to, struct calendar *out, int *told,
			      int *differ)
{
	struct json j;
	struct calendar c = *out;
	day next = from;
	enum err e = OK;

	*told = *differ = 0;
	json_open(&j, body);
	if (json_peek(&j) != JSON_ARRAY)
		return ERR_PARSE;
	for (json_enter_array(&j); json_next_item(&j) && e == OK;) {
		struct calendar_row r = calendar_row(&j);
		/* A day that is not to be read would be taken for one that is left out. */
		if (!r.dated)
			return ERR_PARSE;
		if (r.date < from || r.date > to)
			continue;
		if (r.date < next)
			return ERR_PARSE;
		e = calendar_gap(&c, next, r.date, differ);
		next = r.date + 1;
		if (!r.ok || e != OK)
			continue;	/* a day without readable hours: the rule's */
		++*told;
		e = calendar_day(&c, &r, differ);
	}
	if (e != OK)
		return e;
	if (json_done(&j) != OK || *told == 0)
		return ERR_PARSE;
	*out = c;
	return OK;
}

enum err alpaca_read_asset(struct str body, struct alpaca_asset *out)
{
	struct json j;
	struct str key, status = { "", 0 };

	*out = (struct alpaca_asset){ "", true, true, true };
	json_open(&j, body);
	if (json_peek(&j) != JSON_OBJECT)
		return ERR_PARSE;
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		if (str_eq(key, STR("symbol")))
			field_text(&j, out->symbol, sizeof out->symbol);
		else if (str_eq(key, STR("status")))
			status = field_word(&j);
		else if (str_eq(key, STR("tradable")))
			field_bool(&j, &out->tradable);
		else if (str_eq(key, STR("shortable")))
			field_bool(&j, &out->shortable);
		else
			json_skip(&j);
	}
	out->active = !str_eq(status, STR("inactive"));
	return json_done(&j) == OK && out->symbol[0] != 0 ? OK : ERR_PARSE;
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
	out->code = code > 0 && code <= INT32_MAX ? (int32_t)code : 0;
}

/* The texts are not promised: big and small letters count the same. */
static bool says(const struct alpaca_error *e, const char *words)
{
	struct str all = str_of(e->message);
	size_t n = strlen(words);

	for (size_t i = 0; i + n <= all.n; i++)
		if (str_eq_fold((struct str){ all.s + i, n }, (struct str){ words, n }))
			return true;
	return false;
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
	/* A redirect, a conflict, a timeout on the way: nobody knows what became of it. */
	if (http >= 500 || http < 400 || http == 408 || http == 409 || http == 425)
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
