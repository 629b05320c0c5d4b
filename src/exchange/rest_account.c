/* rest_account.c: the account, what its user can set, clock and calendar. */
#include <stddef.h>

#include "exchange/serve_inner.h"

int account_get(struct exchange *x, const struct call *c)
{
	view_account(&x->out, x, c->account);
	return 200;
}

/* ---- configurations */

static const struct { const char *key; size_t at; } flags[] = {
	{ "disable_overnight_trading", offsetof(struct xc_settings, disable_overnight_trading) },
	{ "fractional_trading", offsetof(struct xc_settings, fractional_trading) },
	{ "no_shorting", offsetof(struct xc_settings, no_shorting) },
	{ "ptp_no_exception_entry", offsetof(struct xc_settings, ptp_no_exception_entry) },
	{ "suspend_trade", offsetof(struct xc_settings, suspend_trade) },
};

static bool *flag_of(struct xc_settings *s, size_t i)
{
	return (bool *)((char *)s + flags[i].at);
}

int account_configurations(struct exchange *x, const struct call *c)
{
	struct text *t = &x->out;
	struct xc_settings s = xc_settings(x->core, c->account);
	char multiplier[2] = { (char)('0' + s.max_multiplier), '\0' };

	json_object(t);
	for (size_t i = 0; i < COUNT(flags); i++)
		key_bool(t, flags[i].key, *flag_of(&s, i));
	key_text(t, "max_margin_multiplier", multiplier);
	key_i64(t, "max_options_trading_level", s.max_options_level);
	key_text(t, "trade_confirm_email", s.confirm_email ? "all" : "none");
	if (x->c.pdt_fields) {
		key_text(t, "dtbp_check", "entry");
		key_text(t, "pdt_check", "entry");
	}
	json_end_object(t);
	return 200;
}

/* "4", or 4, of the digits that are allowed. */
static bool read_digit(struct json *j, const char *allowed, uint8_t *v)
{
	struct str s;

	if (!json_read_decimal(j, &s) || s.n != 1 || strchr(allowed, s.s[0]) == NULL)
		return false;
	*v = (uint8_t)(s.s[0] - '0');
	return true;
}

/* False: the value is not one of those that can be. Keys that are not known are passed over. */
static bool read_setting(struct json *j, struct str key, struct xc_settings *s)
{
	struct str word;

	for (size_t i = 0; i < COUNT(flags); i++)
		if (str_eq(key, str_of(flags[i].key)))
			return json_read_bool(j, flag_of(s, i));
	if (str_eq(key, STR("max_margin_multiplier")))
		return read_digit(j, "124", &s->max_multiplier);
	if (str_eq(key, STR("max_options_trading_level")))
		return json_peek(j) == JSON_NULL ? json_read_null(j) :
			read_digit(j, "0123", &s->max_options_level);
	if (!str_eq(key, STR("trade_confirm_email")))
		return json_skip(j);
	if (!json_read_str(j, &word) || !rest_listed(STR("all,none"), word))
		return false;
	s->confirm_email = str_eq(word, STR("all"));
	return true;
}

int account_configure(struct exchange *x, const struct call *c)
{
	struct xc_settings s = xc_settings(x->core, c->account);
	struct json j;
	struct str key;

	json_open(&j, c->body);
	for (json_enter_object(&j); json_next_key(&j, &key);)
		if (!read_setting(&j, key, &s))
			return rest_fail(x, 422, 40010001, "invalid value of ",
					 (struct str){ key.s, key.n < 64 ? key.n : 64 });
	if (json_done(&j) != OK)
		return rest_fail(x, 400, 40010000, "request body format is invalid", STR(""));
	xc_set_settings(x->core, x->now, c->account, &s);
	return account_configurations(x, c);
}

void account_reset(struct exchange *x, uint16_t account, usd cash)
{
	xc_reset(x->core, x->now, account, cash);
	history_forget(x, account);
	verdict_forget(x, account);
}

/* ---- clock and calendar */

int account_clock(struct exchange *x, const struct call *c)
{
	(void)c;
	view_clock(&x->out, serve_now(x));
	return 200;
}

/* A date, or a time: of that the date as it is written counts, whatever its zone, because
 * clients make midnights of the days they mean. */
int rest_day(struct exchange *x, const struct call *c, const char *name, day *out)
{
	char v[64];
	size_t n;
	ns at;

	if (rest_get(c, name, v, sizeof(v), &n) == 0)
		return 0;
	if (rest_date((struct str){ v, n }, out))
		return 0;
	if (rfc3339_parse(&at, (struct str){ v, n }) != OK ||
	    !rest_date((struct str){ v, 10 }, out))
		return rest_fail(x, 422, 40010001, "invalid date: ", (struct str){ v, n });
	return 0;
}

int account_calendar(struct exchange *x, const struct call *c)
{
	day low = day_of(1970, 1, 1), high = day_of(2029, 12, 31);
	day from = low, to = high;
	char type[16];
	size_t n = 0;
	int status = rest_day(x, c, "start", &from);

	if (status == 0)
		status = rest_day(x, c, "end", &to);
	if (status != 0)
		return status;
	(void)rest_get(c, "date_type", type, sizeof(type), &n);
	view_calendar(&x->out, from < low ? low : from, to > high ? high : to,
		      str_eq((struct str){ type, n }, STR("SETTLEMENT")));
	return 200;
}
