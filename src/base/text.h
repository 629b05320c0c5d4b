/* text.h: a bounded text that is built piece by piece: JSON, logs, requests.
 * Writing past the end sets `full` and writes nothing more; the caller looks
 * at `full` once, at the end. No snprintf on hot paths. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/num.h"
#include "base/time.h"

struct pack;		/* msgpack.h */

struct text {
	char  *s;
	size_t n, cap;
	bool   full;
	struct pack *pack;	/* NULL: what json_... write is JSON; else MessagePack */
};

static inline void text_init(struct text *t, char *memory, size_t cap)
{
	*t = (struct text){ memory, 0, cap, false, NULL };
}

static inline struct str text_str(const struct text *t)
{
	return (struct str){ t->s, t->n };
}

void text_add(struct text *t, struct str s);
void text_cstr(struct text *t, const char *s);
void text_char(struct text *t, char c);
void text_i64(struct text *t, int64_t v);
void text_u64(struct text *t, uint64_t v);
void text_hex(struct text *t, uint64_t v, int digits);
void text_num(struct text *t, int64_t billionths);	/* as num_text */
void text_time(struct text *t, ns at);			/* as rfc3339_text */

void text_grouped(struct text *t, uint64_t v);		/* 1,234,567 */
/* For people: "1,234.50", to cents; below a dollar four digits. `sign`: "+12.40", always cents. */
void text_money(struct text *t, int64_t billionths, bool sign);

/* "WHERE: words" into an array of `size`, cut where it ends: what was wrong with a file. */
void text_where(char *out, size_t size, const char *where, const char *words);
/* The words of an error, cut like that; returns the error. */
enum err text_why(char *why, size_t size, const char *words, enum err e);

/* A statistic, up to `decimals` (0..9) decimals, trailing zeros trimmed; NaN
 * and infinities become "null". */
void text_f64(struct text *t, double v, int decimals);

/* NUL-terminates and returns the memory; asserts that it fits. */
const char *text_done(struct text *t);

/* ---- JSON, written into a text. Commas are put by the writer: each value or
 * key is preceded by one when the last byte asks for it. */
void json_object(struct text *t);			/* { */
void json_array(struct text *t);			/* [ */
void json_end_object(struct text *t);
void json_end_array(struct text *t);
void json_key(struct text *t, const char *key);		/* "key": */
void json_str(struct text *t, struct str s);		/* "escaped" */
void json_cstr(struct text *t, const char *s);		/* NULL -> null */
void json_i64(struct text *t, int64_t v);
void json_num(struct text *t, int64_t billionths);	/* a bare number */
void json_money(struct text *t, int64_t billionths);	/* "12.5", a string */
void json_f64(struct text *t, double v, int decimals);
void json_bool(struct text *t, bool v);
void json_null(struct text *t);
void json_time(struct text *t, ns at);			/* "…Z"; 0 -> null */

#endif
