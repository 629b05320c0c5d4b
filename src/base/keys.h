/* keys.h: a key of a JSON object and its value, in one word: for the API and for the
 * exchange's protocol. Money is a string, as the broker sends it. */
#ifndef BASE_KEYS_H
#define BASE_KEYS_H

#include "base/text.h"

void key_money(struct text *t, const char *key, int64_t n);
/* 0 is no price. */
void key_price(struct text *t, const char *key, px p);
void key_average(struct text *t, const char *key, usd value, qty n);
void key_text(struct text *t, const char *key, const char *s);
/* "" is null: an id that is not known yet. */
void key_id(struct text *t, const char *key, const char *s);
void key_i64(struct text *t, const char *key, int64_t n);
void key_bool(struct text *t, const char *key, bool v);
void key_null(struct text *t, const char *key);
void key_f64(struct text *t, const char *key, double v);
/* A part over a whole; null when there is no whole. */
void key_ratio(struct text *t, const char *key, int64_t part, int64_t whole);
void key_time(struct text *t, const char *key, ns at);
void key_seconds(struct text *t, const char *key, ns span);

#endif
