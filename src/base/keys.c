/* keys.c: a key and its value; out of line, since there are hundreds of them. */
#include "base/keys.h"

void key_money(struct text *t, const char *key, int64_t n)
{
	json_key(t, key);
	json_money(t, n);
}

void key_price(struct text *t, const char *key, px p)
{
	json_key(t, key);
	if (p.n == 0)
		json_null(t);
	else
		json_money(t, p.n);
}

void key_average(struct text *t, const char *key, usd value, qty n)
{
	json_key(t, key);
	if (n.n == 0)
		json_null(t);
	else
		json_money(t, px_avg(value, n, ROUND_NEAR).n);
}

void key_text(struct text *t, const char *key, const char *s)
{
	json_key(t, key);
	json_cstr(t, s);
}

void key_id(struct text *t, const char *key, const char *s)
{
	json_key(t, key);
	json_cstr(t, s[0] != 0 ? s : NULL);
}

void key_i64(struct text *t, const char *key, int64_t n)
{
	json_key(t, key);
	json_i64(t, n);
}

void key_bool(struct text *t, const char *key, bool v)
{
	json_key(t, key);
	json_bool(t, v);
}

void key_null(struct text *t, const char *key)
{
	json_key(t, key);
	json_null(t);
}

void key_f64(struct text *t, const char *key, double v)
{
	json_key(t, key);
	json_f64(t, v, 6);
}

void key_ratio(struct text *t, const char *key, int64_t part, int64_t whole)
{
	json_key(t, key);
	if (whole == 0)
		json_null(t);
	else
		json_f64(t, (double)part / (double)whole, 6);
}

void key_time(struct text *t, const char *key, ns at)
{
	json_key(t, key);
	json_time(t, at);
}

void key_seconds(struct text *t, const char *key, ns span)
{
	json_key(t, key);
	json_f64(t, (double)span / 1e9, 3);
}
