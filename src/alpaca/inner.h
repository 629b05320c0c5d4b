/* inner.h: reading single fields; private to this room. Each takes the value at the
 * cursor whatever its type is; what does not fit leaves *out as it was. */
#ifndef ALPACA_INNER_H
#define ALPACA_INNER_H

#include "alpaca/alpaca.h"

/* Billionths, from string or number; rounded, since the broker computes with up to twenty
 * decimals, and a fill that is not taken at all would be worse than one in 10^9. */
void field_num(struct json *j, int64_t *out);
void field_time(struct json *j, ns *out);
void field_int(struct json *j, int64_t *out);
void field_f64(struct json *j, double *out);	/* statistics only: volume */
void field_bool(struct json *j, bool *out);
/* Copies a string (unescaped); one that does not fit leaves dst empty. */
void field_text(struct json *j, char *dst, size_t size);
/* As many whole characters of it as fit, for words that are only shown. */
void field_words(struct json *j, char *dst, size_t size);
/* The raw string, empty when it is none: for comparing with known words. */
struct str field_word(struct json *j);

/* What both streams say of the simulated market's clock; false: another key, not read. */
bool field_instant(struct json *j, struct str key, struct alpaca_instant *out);

#endif
