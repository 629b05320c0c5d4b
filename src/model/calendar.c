/* calendar.c: New York's clock and the exchange's days, by rule. */
#include "model/calendar.h"

#define MONDAY   1
#define THURSDAY 4
#define FRIDAY   5

#define EST_S (-5 * 3600)
#define EDT_S (-4 * 3600)

/* What the rules are asked about; instants outside are taken as the nearest one. */
#define YEAR_FIRST 1970
#define YEAR_LAST  2100

/* Longer than all overrides together can keep the exchange closed. */
#define SEARCH_DAYS 120

/* The first `weekday` of a month that is on or after `mday`. */
static day weekday_from(int year, int month, int mday, int weekday)
{
	day d = day_of(year, month, mday);

	return d + (weekday - weekday_of(d) + 7) % 7;
}

/* ---- daylight saving time: Uniform Time Act of 1966, its amendments of 1974,
 * 1975 and 1986, and the Energy Policy Act of 2005. */
static day dst_begin(int year)
{
	if (year >= 2007)
		return weekday_from(year, 3, 8, 0);	/* second Sunday in March */
	if (year >= 1987)
		return weekday_from(year, 4, 1, 0);	/* first Sunday in April */
	if (year == 1974)
		return day_of(1974, 1, 6);
	if (year == 1975)
		return day_of(1975, 2, 23);
	return weekday_from(year, 4, 24, 0);		/* last Sunday in April */
}

static day dst_end(int year)
{
	if (year >= 2007)
		return weekday_from(year, 11, 1, 0);	/* first Sunday in November */
	return weekday_from(year, 10, 25, 0);		/* last Sunday in October */
}

/* Floored seconds: days and offsets are added to these without overflow. */
static int64_t seconds_of(ns t)
{
	return t / NS_SECOND - (t % NS_SECOND < 0);
}

static day day_at(int64_t seconds)
{
	return (day)(seconds / 86400 - (seconds % 86400 < 0));
}

int ny_offset_s(ns t)
{
	int64_t s = seconds_of(t);
	struct civil c = civil_of(day_at(s));
	int year = c.year;

	/* Most days are far from both, whatever the law of the year (but two winters). */
	if (c.month >= 5 && c.month <= 9)
		return EDT_S;
	if (year > 1975 && (c.month == 12 || c.month <= 2))
		return EST_S;
	/* Both changes are at 02:00 of the wall clock that ends: 07:00 and 06:00
	 * UTC. The year in UTC and in New York differ in winter only. */
	int64_t begin = (int64_t)dst_begin(year) * 86400 + 7 * 3600;
	int64_t end = (int64_t)dst_end(year) * 86400 + 6 * 3600;
	return s >= begin && s < end ? EDT_S : EST_S;
}

day ny_date(ns t)
{
	return day_at(seconds_of(t) + ny_offset_s(t));
}

ns ny_time(day d, int hour, int minute)
{
	assert(hour >= 0 && hour <= 24 && minute >= 0 && minute < 60);

	int64_t wall = (int64_t)d * 86400 + hour * 3600 + minute * 60;
	/* Read as summer time: right if it then is summer there. An hour that comes
	 * twice is the first one, an hour that is left out becomes the one after. */
	ns summer = (wall - EDT_S) * NS_SECOND;
	return ny_offset_s(summer) == EDT_S ? summer : (wall - EST_S) * NS_SECOND;
}

/* ---- days on which the exchange is closed */

/* Gregorian Easter (Meeus, Jones, Butcher). */
static day easter(int year)
{
	int a = year % 19, b = year / 100, c = year % 100;
	int g = (8 * b + 13) / 25;
	int h = (19 * a + b - b / 4 - g + 15) % 30;
	int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
	int m = (a + 11 * h + 19 * l) / 433;
	int month = (h + l - 7 * m + 90) / 25;

	return day_of(year, month, (h + l - 7 * m + 33 * month + 19) % 32);
}

/* Holidays on a Saturday are kept on Friday, those on a Sunday on Monday. */
static bool observed(day d, day holiday)
{
	switch (weekday_of(holiday)) {
	case 6:  return d == holiday - 1;
	case 0:  return d == holiday + 1;
	default: return d == holiday;
	}
}

static bool holiday(day d, struct civil c)
{
	int y = c.year;

	switch (c.month) {
	case 1:
		/* A New Year's Day on a Saturday is not kept: the Friday before is
		 * the last day of a year's accounts. */
		return d == day_of(y, 1, 1) || (c.day == 2 && weekday_of(d) == MONDAY) ||
		       (y >= 1998 && d == weekday_from(y, 1, 15, MONDAY));
	case 2:
		return y >= 1971 ? d == weekday_from(y, 2, 15, MONDAY) :
		       observed(d, day_of(y, 2, 22));
	case 3:
	case 4:
		return d == easter(y) - 2;
	case 5:
		return y >= 1971 ? d == weekday_from(y, 5, 25, MONDAY) :
		       observed(d, day_of(y, 5, 30));
	case 6:
		return y >= 2022 && observed(d, day_of(y, 6, 19));
	case 7:
		return observed(d, day_of(y, 7, 4));
	case 9:
		return d == weekday_from(y, 9, 1, MONDAY);
	case 11:
		return d == weekday_from(y, 11, 22, THURSDAY);
	case 12:
		return observed(d, day_of(y, 12, 25));
	default:
		return false;
	}
}

static bool listed(const struct civil *list, size_t n, struct civil c)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].year == c.year && list[i].month == c.month && list[i].day == c.day)
			return true;
	return false;
}

static bool closed_once(struct civil c)
{
	static const struct civil days[] = {
		{ 1985, 9, 27 },			/* hurricane Gloria */
		{ 1994, 4, 27 },			/* mourning: Nixon */
		{ 2001, 9, 11 }, { 2001, 9, 12 },	/* the attacks */
		{ 2001, 9, 13 }, { 2001, 9, 14 },
		{ 2004, 6, 11 },			/* mourning: Reagan */
		{ 2007, 1, 2 },				/* mourning: Ford */
		{ 2012, 10, 29 }, { 2012, 10, 30 },	/* hurricane Sandy */
		{ 2018, 12, 5 },			/* mourning: G. H. W. Bush */
		{ 2025, 1, 9 },				/* mourning: Carter */
	};

	return listed(days, COUNT(days), c);
}

/* Half days have ended at 13:00, and been by rule, since 1993; a few before that at 14:00. */
static bool half_day(day d, struct civil c)
{
	static const struct civil once[] = {
		{ 1997, 12, 26 }, { 1999, 12, 31 }, { 2003, 12, 26 },
	};
	int w = weekday_of(d);

	if (c.year < 1990 || (c.year < 1992 && c.month != 12) || (c.year == 1992 && c.month < 11))
		return false;
	if (c.month == 11)
		return d == weekday_from(c.year, 11, 22, THURSDAY) + 1;
	if (c.month == 12 && c.day == 24)
		return w >= MONDAY && w <= THURSDAY;
	if (c.month == 7 && c.day == 3 && c.year >= 1995)
		/* The eve of a Thursday counts since 2013; before, the day after did. */
		return w >= MONDAY && w <= THURSDAY && (w != 3 || c.year >= 2013);
	if (c.month == 7 && c.day == 5 && c.year >= 1995 && c.year < 2013)
		return w == FRIDAY;
	return listed(once, COUNT(once), c);
}

static bool by_rule(day d, struct session *out)
{
	int w = weekday_of(d);

	if (w < MONDAY || w > FRIDAY)
		return false;

	struct civil c = civil_of(d);
	if (holiday(d, c) || closed_once(c))
		return false;

	bool half = half_day(d, c);
	ns midnight = ny_time(d, 0, 0);		/* clocks change on Sundays */
	*out = (struct session){
		.date = d,
		.open = midnight + 9 * NS_HOUR + 30 * NS_MINUTE,
		.close = midnight + (!half ? 16 : c.year < 1993 ? 14 : 13) * NS_HOUR,
		.pre_open = midnight + 4 * NS_HOUR,
		.post_close = midnight + (half ? 17 : 20) * NS_HOUR,
		.half = half,
	};
	return true;
}

/* ---- with what the broker said */

/* Index of the day's override, or n. */
static uint32_t override_of(const struct calendar *c, day d)
{
	uint32_t i = 0;

	assert(c->n <= CALENDAR_OVERRIDES);
	while (i < c->n && c->day[i].s.date != d)
		i++;
	return i;
}

static bool in_range(day d)
{
	return d >= day_of(YEAR_FIRST, 1, 1) && d <= day_of(YEAR_LAST, 12, 31);
}

bool calendar_session(const struct calendar *c, day d, struct session *out)
{
	if (!in_range(d))
		return false;
	if (c != NULL) {
		uint32_t i = override_of(c, d);
		if (i < c->n) {
			*out = c->day[i].s;
			return !c->day[i].closed;
		}
	}
	return by_rule(d, out);
}

/* The day to begin a search with, so that there are sessions on both sides. */
static day search_from(ns t)
{
	day d = ny_date(t);
	day first = day_of(YEAR_FIRST, 1, 1) + SEARCH_DAYS;
	day last = day_of(YEAR_LAST, 12, 31) - SEARCH_DAYS;

	return d < first ? first : d > last ? last : d;
}

struct session calendar_next(const struct calendar *c, ns t)
{
	struct session s = { 0 };
	day d = search_from(t);

	for (int i = 0; i < SEARCH_DAYS; i++)
		if (calendar_session(c, d + i, &s) && (i > 0 || t < s.close))
			return s;
	assert(false);
	return s;
}

struct session calendar_last(const struct calendar *c, ns t)
{
	struct session s = { 0 };
	day d = search_from(t);

	for (int i = 0; i < SEARCH_DAYS; i++)
		if (calendar_session(c, d - i, &s) && (i > 0 || t >= s.open))
			return s;
	assert(false);
	return s;
}

bool calendar_is_open(const struct calendar *c, ns t)
{
	struct session s;

	return calendar_session(c, ny_date(t), &s) && t >= s.open && t < s.close;
}

day calendar_back(const struct calendar *c, ns t, int sessions)
{
	struct session s;
	day d = search_from(t);
	int gap = 0;

	assert(sessions >= 0);
	for (int left = sessions; d > day_of(YEAR_FIRST, 1, 1); d--) {
		if (!calendar_session(c, d, &s)) {
			gap++;
			assert(gap < SEARCH_DAYS);
			continue;
		}
		gap = 0;
		if (left-- == 0)
			break;
	}
	return d;
}

enum err calendar_override(struct calendar *c, day d, bool closed, ns open, ns close)
{
	struct session rule, s = { .date = d };

	if (!in_range(d))
		return ERR_RANGE;

	bool trades = by_rule(d, &rule);
	uint32_t i = override_of(c, d);

	if (!closed) {
		if (open >= close || ny_date(open) != d || ny_date(close) != d)
			return ERR_RANGE;
		ns early = ny_time(d, 4, 0);
		s.open = open;
		s.close = close;
		s.half = close < ny_time(d, 16, 0);
		s.pre_open = open < early ? open : early;
		s.post_close = close + 4 * NS_HOUR;	/* 20:00, and 17:00 on half days */
	}
	bool same = closed ? !trades :
		    trades && s.open == rule.open && s.close == rule.close;
	if (same) {
		if (i < c->n)
			c->day[i] = c->day[--c->n];
		return OK;
	}
	if (i == CALENDAR_OVERRIDES)
		return ERR_FULL;
	c->day[i].s = s;
	c->day[i].closed = closed;
	if (i == c->n)
		c->n++;
	return OK;
}
