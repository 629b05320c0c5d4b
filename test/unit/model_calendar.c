#include "check.h"

#include <stdio.h>

#include "base/rng.h"
#include "model/calendar.h"

static day date(const char *text)
{
	day d = 0;

	CHECK(date_parse(&d, str_of(text)), "%s is a date", text);
	return d;
}

static ns at(const char *text)
{
	ns t = 0;

	CHECK_INT(rfc3339_parse(&t, str_of(text)), OK, "%s is an instant", text);
	return t;
}

/* What the golden file says of a day, "" when nothing. */
static const char *fact(const char *lines, const char *day_text)
{
	const char *hit = strstr(lines, day_text);

	return hit == NULL ? "" : hit[11] == 'c' ? "closed" : "13:00";
}

void test_calendar_facts_2018_to_2029(void)
{
	static char lines[8192];
	FILE *f = fopen(check_golden("model_calendar.txt"), "r");

	if (!CHECK(f != NULL, "the golden calendar is there"))
		return;
	lines[fread(lines, 1, sizeof(lines) - 1, f)] = '\0';
	(void)fclose(f);

	int found = 0;
	for (day d = date("2018-01-01"); d <= date("2029-12-31"); d++) {
		struct session s;
		char text[16];
		int w = weekday_of(d);

		(void)date_text(text, d);
		const char *want = w == 0 || w == 6 ? "closed" : fact(lines, text);
		found += w != 0 && w != 6 && want[0] != '\0';
		if (!calendar_session(NULL, d, &s)) {
			CHECK_TEXT("closed", want, "%s has no session", text);
			continue;
		}
		CHECK_TEXT(s.half ? "13:00" : "", want, "%s: its form", text);
		CHECK_INT(s.open, ny_time(d, 9, 30), "%s opens at 09:30", text);
		CHECK_INT(s.close, ny_time(d, s.half ? 13 : 16, 0), "%s: its close", text);
		CHECK_INT(s.post_close, s.close + 4 * NS_HOUR, "%s: after-hours last 4 h", text);
		CHECK_INT(s.pre_open, ny_time(d, 4, 0), "%s: early trading from 04:00", text);
	}
	CHECK_INT(found, 142, "every line of the golden calendar was seen");
}

void test_calendar_unscheduled_closures(void)
{
	static const char *const days[] = {
		"1994-04-27", "2001-09-11", "2001-09-12", "2001-09-13", "2001-09-14", "2004-06-11",
		"2007-01-02", "2012-10-29", "2012-10-30", "2018-12-05", "2025-01-09",
	};
	struct session s;

	for (size_t i = 0; i < COUNT(days); i++) {
		CHECK(!calendar_session(NULL, date(days[i]), &s), "closed on %s", days[i]);
		ns noon = ny_time(date(days[i]), 12, 0);
		CHECK(!calendar_is_open(NULL, noon), "not open at noon of %s", days[i]);
	}
	CHECK(calendar_session(NULL, date("2001-09-10"), &s), "open the day before the attacks");
	CHECK(calendar_session(NULL, date("2001-09-17"), &s), "open the Monday after them");
	CHECK(calendar_session(NULL, date("2021-12-31"), &s), "New Year on a Saturday is not kept");
	CHECK(calendar_session(NULL, date("2002-07-05"), &s) && s.half, "2002-07-05 was half");
	CHECK(calendar_session(NULL, date("2002-07-03"), &s) && !s.half, "its eve was not");
}

void test_calendar_half_days_before_1993_end_at_two(void)
{
	static const char *const days[] = {
		"1990-12-24", "1991-12-24", "1992-11-27", "1992-12-24",
	};
	struct session s;

	for (size_t i = 0; i < COUNT(days); i++)
		CHECK(calendar_session(NULL, date(days[i]), &s) && s.half &&
		      s.close == ny_time(s.date, 14, 0), "%s ends at 14:00", days[i]);
	CHECK(calendar_session(NULL, date("1993-11-26"), &s) && s.half &&
	      s.close == ny_time(s.date, 13, 0), "1993-11-26 ends at 13:00");
	CHECK(calendar_session(NULL, date("1991-11-29"), &s) && !s.half, "1991-11-29 was whole");
	CHECK(calendar_session(NULL, date("1992-07-03"), &s) == false, "1992-07-03 was closed");
}

void test_calendar_daylight_saving(void)
{
	static const struct { const char *last, *first; int before, after; } changes[] = {
		{ "2024-03-10T06:59:59Z", "2024-03-10T07:00:00Z", -18000, -14400 },
		{ "2024-11-03T05:59:59Z", "2024-11-03T06:00:00Z", -14400, -18000 },
		{ "2006-04-02T06:59:59Z", "2006-04-02T07:00:00Z", -18000, -14400 },
		{ "2006-10-29T05:59:59Z", "2006-10-29T06:00:00Z", -14400, -18000 },
		{ "2007-03-11T06:59:59Z", "2007-03-11T07:00:00Z", -18000, -14400 },
		{ "1986-04-27T06:59:59Z", "1986-04-27T07:00:00Z", -18000, -14400 },
		{ "1974-01-06T06:59:59Z", "1974-01-06T07:00:00Z", -18000, -14400 },
		{ "1975-02-23T06:59:59Z", "1975-02-23T07:00:00Z", -18000, -14400 },
	};

	for (size_t i = 0; i < COUNT(changes); i++) {
		CHECK_INT(ny_offset_s(at(changes[i].last)), changes[i].before,
			  "before %s", changes[i].first);
		CHECK_INT(ny_offset_s(at(changes[i].first)), changes[i].after,
			  "from %s on", changes[i].first);
	}
	CHECK_INT(ny_time(date("2024-11-03"), 1, 30), at("2024-11-03T05:30:00Z"),
		  "an hour that comes twice is the first");
	CHECK_INT(ny_time(date("2024-03-10"), 2, 30), at("2024-03-10T07:30:00Z"),
		  "an hour that is left out is the one after");
	CHECK_INT(ny_time(date("2024-10-01"), 24, 0), ny_time(date("2024-10-02"), 0, 0),
		  "24:00 is the next day's midnight");
}

void test_calendar_dates_and_times_agree(void)
{
	struct rng r;

	rng_seed(&r, check_seed());
	for (int i = 0; i < 20000; i++) {
		day d = (day)rng_below(&r, 47000);
		int hour = (int)rng_below(&r, 24), minute = (int)rng_below(&r, 60);
		ns t = ny_time(d, hour, minute);
		CHECK_INT(ny_date(t), d, "the date of %d:%d on day %d", hour, minute, d);
	}
	CHECK_INT(ny_date(at("2024-10-02T03:59:59Z")), date("2024-10-01"), "23:59:59 in New York");
	CHECK_INT(ny_date(at("1969-12-31T12:00:00Z")), -1, "before the epoch");
	(void)ny_date(INT64_MIN);
	(void)ny_date(INT64_MAX);
}

void test_calendar_neighbours(void)
{
	struct session s = calendar_next(NULL, at("2024-11-29T18:00:00Z"));

	CHECK_INT(s.date, date("2024-12-02"), "at a half day's close the next session is Monday's");
	s = calendar_next(NULL, at("2024-11-29T17:59:59Z"));
	CHECK_INT(s.date, date("2024-11-29"), "a second before it is today's");
	s = calendar_next(NULL, at("2024-11-28T12:00:00Z"));
	CHECK_INT(s.date, date("2024-11-29"), "on Thanksgiving it is Friday's");
	s = calendar_last(NULL, at("2024-11-29T14:29:59Z"));
	CHECK_INT(s.date, date("2024-11-27"), "before the open the last one is Wednesday's");
	s = calendar_last(NULL, at("2024-11-29T14:30:00Z"));
	CHECK_INT(s.date, date("2024-11-29"), "at the open it is today's");
	CHECK(calendar_is_open(NULL, at("2024-11-29T14:30:00Z")), "open at the open");
	CHECK(!calendar_is_open(NULL, at("2024-11-29T18:00:00Z")), "closed at the close");
	CHECK_INT(calendar_back(NULL, at("2024-11-29T15:00:00Z"), 1), date("2024-11-27"),
		  "one session back");
	CHECK_INT(calendar_back(NULL, at("2024-12-01T15:00:00Z"), 0), date("2024-11-29"),
		  "a Sunday's session is Friday's");
	CHECK_INT(calendar_back(NULL, at("2024-10-01T15:00:00Z"), 252), date("2023-09-29"),
		  "a year of sessions back");
	(void)calendar_next(NULL, INT64_MAX);
	(void)calendar_last(NULL, INT64_MIN);
	(void)calendar_back(NULL, 0, 100000);
}

void test_calendar_overrides(void)
{
	static struct calendar c;
	struct session s;
	day d = date("2024-10-01"), sunday = date("2024-10-06");
	ns open = ny_time(d, 9, 30), close = ny_time(d, 16, 0);

	CHECK_INT(calendar_override(&c, d, false, open, close), OK, "as the rule");
	CHECK_INT(c.n, 0, "what the rule says is not stored");
	CHECK_INT(calendar_override(&c, d, true, 0, 0), OK, "a closure");
	CHECK(!calendar_session(&c, d, &s), "the broker's closure wins");
	s = calendar_next(&c, ny_time(d, 12, 0));
	CHECK_INT(s.date, d + 1, "the search passes over it");
	CHECK_INT(calendar_override(&c, d, false, open, ny_time(d, 12, 0)), OK, "an early close");
	CHECK(calendar_session(&c, d, &s) && s.half && s.close == ny_time(d, 12, 0), "is kept");
	CHECK_INT(c.n, 1, "in the same place");
	CHECK_INT(calendar_override(&c, d, false, open, close), OK, "taken back");
	CHECK_INT(c.n, 0, "and forgotten");
	CHECK_INT(calendar_override(&c, sunday, false, ny_time(sunday, 9, 30),
				    ny_time(sunday, 16, 0)), OK, "a session on a Sunday");
	CHECK(calendar_is_open(&c, ny_time(sunday, 10, 0)), "is open");
	CHECK_INT(calendar_override(&c, d, false, close, open), ERR_RANGE, "close before open");
	CHECK_INT(calendar_override(&c, d, false, open, close + NS_DAY), ERR_RANGE, "two days");
}

void test_calendar_overrides_are_bounded(void)
{
	static struct calendar c;
	struct session s;
	day d = date("2024-10-01"), last = 0;

	for (int n = 0; n < CALENDAR_OVERRIDES; d++)
		if (calendar_session(NULL, d, &s)) {
			CHECK_INT(calendar_override(&c, d, true, 0, 0), OK, "closure %d", n);
			last = d;
			n++;
		}
	while (!calendar_session(NULL, d, &s))
		d++;
	CHECK_INT(calendar_override(&c, d, true, 0, 0), ERR_FULL, "one too many");
	s = calendar_next(&c, ny_time(date("2024-10-01"), 8, 0));
	CHECK(s.date > last, "a quarter of closed days is passed over");
}
