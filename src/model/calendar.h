/* calendar.h: when the New York Stock Exchange trades, without tzdata: holidays,
 * half days and daylight saving time by rule (FINRA/NYSE Rule 7.2; US Energy
 * Policy Act of 2005), for 1970..2100, complete from 1990 on (half days
 * before that are not known); unscheduled closures from a table; and the
 * broker's own calendar on top, which wins. Pure. Outside 1970..2100 there are no
 * sessions, and an instant counts as the nearest one inside. */
#ifndef MODEL_CALENDAR_H
#define MODEL_CALENDAR_H

#include "base/time.h"

struct session {
	day  date;		/* New York civil date */
	ns   open, close;	/* core session: 09:30 .. 16:00, 13:00, or, before 1993, 14:00 */
	ns   pre_open;		/* 04:00 */
	ns   post_close;	/* 20:00; 17:00 on half days */
	bool half;
};

/* Days on which the broker's calendar differs from the rules. */
#define CALENDAR_OVERRIDES 64

struct calendar {
	uint32_t n;
	struct { struct session s; bool closed; } day[CALENDAR_OVERRIDES];
};

int  ny_offset_s(ns t);		/* -18000 (EST) or -14400 (EDT) */
day  ny_date(ns t);
/* New York wall time to UTC, 00:00 to 24:59. The hour that comes twice in autumn is
 * the first of the two; the hour that spring leaves out is the one after it. */
ns   ny_time(day d, int hour, int minute);

/* c may be NULL: the rules alone. False when the market is closed all day. */
bool calendar_session(const struct calendar *c, day d, struct session *out);

/* The session of which `t` is before the close: today's, or the next one. */
struct session calendar_next(const struct calendar *c, ns t);

/* The session that opened last at or before t. */
struct session calendar_last(const struct calendar *c, ns t);

/* open <= t < close of t's own day. */
bool calendar_is_open(const struct calendar *c, ns t);

/* For warm-up and staleness: the date that is `sessions` sessions before t's date;
 * 0 is t's own date, or the last session before it when that has none. */
day calendar_back(const struct calendar *c, ns t, int sessions);

/* What the broker said of one day; the last word counts. Same as the rule: stored as
 * nothing. ERR_FULL; ERR_RANGE when open and close are not in order on that day. */
MUST_CHECK enum err calendar_override(struct calendar *c, day d, bool closed, ns open, ns close);

#endif
