/* time.h: civil dates and RFC 3339, without the C library's time zone. Pure. */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include "base/base.h"

/* Days since 1970-01-01 in the proleptic Gregorian calendar. */
typedef int32_t day;

struct civil { int year, month, day; };		/* month 1..12, day 1..31 */

day          day_of(int year, int month, int mday);
struct civil civil_of(day d);
int          weekday_of(day d);			/* 0 Sunday .. 6 Saturday */

#define RFC3339_TEXT 40

/* "2024-10-01T09:30:00.123456789-04:00", 0 to 9 (more are cut) fraction digits, 'Z' or an
 * offset, 'T' or 't'. A leap second 23:59:60 is the next second. */
MUST_CHECK enum err rfc3339_parse(ns *out, struct str text);

/* UTC with 'Z', the fraction trimmed as Alpaca does; returns the length. */
size_t rfc3339_text(char out[static RFC3339_TEXT], ns t);

/* "2024-10-01T09:30:00-04:00": t shown at offset_s seconds east of UTC. */
size_t rfc3339_text_at(char out[static RFC3339_TEXT], ns t, int offset_s);

/* "2024-10-01"; false when it is not a date. */
MUST_CHECK bool date_parse(day *out, struct str text);
size_t date_text(char out[static 16], day d);

/* "30m", "90s", "2h", "250ms", "1d", a bare number is seconds. */
MUST_CHECK enum err duration_parse(ns *out, struct str text);

#endif
