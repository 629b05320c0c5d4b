/* keys.h: a key of a JSON object and its value, in one word: for the API and for the
 * exchange's protocol. Money is a string, as the broker sends it. */
#ifndef BASE_KEYS_H
#define BASE_KEYS_H

#include "base/text.h"

static inline void key_money(struct text *t, const char *key, int64_t n)
{
	json_key(t, key);
	json_money(t, n);
}

/* 0 is no price. */
static inline void key_price(struct text *t, const char *key, px p)
{
	json_key(t, key);
	if (p.n == 0)
		json_null(t);
	else
		json_money(t, p.n);
}

static inline void key_average(struct text *t, const char *key, usd value, qty n)
{
	json_key(t, key);
	if (n.n == 0)
		json_null(t);
	else
		json_money(t, px_avg(value, n, ROUND_NEAR).n);
}

static inline void key_text(struct text *t, const char *key, const char *s)
{
	json_key(t, key);
	json_cstr(t, s);
}

/* "" is null: an id that is not known yet. */
static inline void key_id(struct text *t, const char *key, const char *s)
{
	json_key(t, key);
	json_cstr(t, s[0] != 0 ? s : NULL);
}

static inline void key_i64(struct text *t, const char *key, int64_t n)
{
	json_key(t, key);
	json_i64(t, n);
}

static inline void key_bool(struct text *t, const char *key, bool v)
{
	json_key(t, key);
	json_bool(t, v);
}

static inline void key_null(struct text *t, const char *key)
{
	json_key(t, key);
	json_null(t);
}

static inline void key_f64(struct text *t, const char *key, double v)
{
	json_key(t, key);
	json_f64(t, v, 6);
}

/* A part over a whole; null when there is no whole. */
static inline void key_ratio(struct text *t, const char *key, int64_t part, int64_t whole)
{
	json_key(t, key);
	if (whole == 0)
		json_null(t);
	else
		json_f64(t, (double)part / (double)whole, 6);
}

static inline void key_time(struct text *t, const char *key, ns at)
{
	json_key(t, key);
	json_time(t, at);
}

static inline void key_seconds(struct text *t, const char *key, ns span)
{
	json_key(t, key);
	json_f64(t, (double)span / 1e9, 3);
}

#endif
