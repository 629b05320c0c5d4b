#include "test/check.h"

#include <inttypes.h>
#include <time.h>

#include "base/rng.h"
#include "base/time.h"

void test_time_days_count_like_a_calendar(void)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	day d = day_of(1600, 1, 1);
	int weekday = 6;	/* a Saturday */

	for (int y = 1600; y <= 2800; y++) {
		bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
		for (int m = 1; m <= 12; m++) {
			int days = length[m - 1] + (m == 2 && leap);
			for (int md = 1; md <= days; md++, d++, weekday = (weekday + 1) % 7) {
				struct civil c = civil_of(d);
				if (day_of(y, m, md) == d && c.year == y && c.month == m &&
				    c.day == md && weekday_of(d) == weekday)
					continue;
				CHECK(false, "%d-%d-%d is day %d", y, m, md, (int)d);
				return;
			}
		}
	}
	CHECK_INT(day_of(1970, 1, 1), 0, "the first day is day 0");
	CHECK_INT(day_of(2000, 3, 1), 11017, "2000-03-01");
	CHECK_INT(weekday_of(day_of(2024, 10, 1)), 2, "2024-10-01 was a Tuesday");
	CHECK_INT(weekday_of(INT32_MIN), (int)((((int64_t)INT32_MIN + 4) % 7 + 7) % 7),
		  "the first of all days has a weekday");
	CHECK_INT(civil_of(day_of(-4000, 2, 29)).year, -4000, "years before Christ");
}

static const struct { const char *text; ns at; const char *utc; } good[] = {
	{ "1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z" },
	{ "2024-10-01T09:30:00-04:00", 1727789400000000000, "2024-10-01T13:30:00Z" },
	{ "2024-10-01T09:30:00.123456789-04:00", 1727789400123456789,
	  "2024-10-01T13:30:00.123456789Z" },
	{ "2024-10-01t09:30:00.120z", 1727775000120000000, "2024-10-01T09:30:00.12Z" },
	{ "2024-10-01T09:30:00.1234567899Z", 1727775000123456789,
	  "2024-10-01T09:30:00.123456789Z" },
	{ "2024-10-01T09:30:00.000000000000000009Z", 1727775000000000000, "2024-10-01T09:30:00Z" },
	{ "2024-02-29T23:59:59+05:30", 1709231399000000000, "2024-02-29T18:29:59Z" },
	{ "2024-10-01T00:00:00+00:00", 1727740800000000000, "2024-10-01T00:00:00Z" },
	{ "2024-10-01T00:00:00-00:00", 1727740800000000000, "2024-10-01T00:00:00Z" },
	{ "2024-01-01T00:00:00+23:59", 1703980860000000000, "2023-12-31T00:01:00Z" },
	{ "2016-12-31T23:59:60Z", 1483228800000000000, "2017-01-01T00:00:00Z" },
	{ "2016-12-31T18:59:60.5-05:00", 1483228800500000000, "2017-01-01T00:00:00.5Z" },
	{ "1969-12-31T23:59:59.75Z", -250000000, "1969-12-31T23:59:59.75Z" },
	{ "2262-04-11T23:47:16.854775807Z", INT64_MAX, "2262-04-11T23:47:16.854775807Z" },
	{ "1677-09-21T00:12:43.145224192Z", INT64_MIN, "1677-09-21T00:12:43.145224192Z" },
};

void test_time_reads_and_writes_rfc3339(void)
{
	char out[RFC3339_TEXT];

	for (size_t i = 0; i < COUNT(good); i++) {
		ns at = 77;
		CHECK_INT(rfc3339_parse(&at, str_of(good[i].text)), OK, "'%s' is read",
			  good[i].text);
		CHECK_INT(at, good[i].at, "'%s' is that instant", good[i].text);
		CHECK_INT(rfc3339_text(out, good[i].at), strlen(good[i].utc), "its length");
		CHECK_TEXT(out, good[i].utc, "'%s' in UTC", good[i].text);
	}
}

void test_time_refuses_what_is_not_rfc3339(void)
{
	static const char *const bad[] = {
		"", "2024-10-01", "2024-10-01T09:30:00", "2024-10-01 09:30:00Z",
		"2024-10-01T09:30Z",
		"2024-10-01T09:30:00.Z", "2024-10-01T09:30:00,5Z", "2024-10-01T09:30:00.5",
		"2024-10-01T09:30:00Zx", "2024-10-01T09:30:00ZZ", "x024-10-01T09:30:00Z",
		"2024-10-01T09:30:00+0400", "2024-10-01T09:30:00+04", "2024-10-01T09:30:00+04:60",
		"2024-10-01T09:30:00+24:00", "2024-10-01T09:30:00 04:00",
		"2024-10-01T09:30:00+04-00",
		"2024-13-01T09:30:00Z", "2024-00-01T09:30:00Z", "2024-10-00T09:30:00Z",
		"2024-10-32T09:30:00Z", "2023-02-29T09:30:00Z", "1900-02-29T09:30:00Z",
		"2024-10-01T24:00:00Z", "2024-10-01T09:60:00Z", "2024-10-01T09:30:61Z",
		"2024-10-01T09:30:60Z", "2016-12-31T23:59:60-05:00", "2024/10-01T09:30:00Z",
		"2024-06-29T23:59:60Z", "1969-12-30T23:59:60Z",
		"2024-10/01T09:30:00Z", "2024-10-01T09-30:00Z", "2024-10-01T09:30-00Z",
		"2024-1a-01T09:30:00Z", "2024-10-01T0x:30:00Z", "2024-10-01T09:3 :00Z",
		"2024-10-01T09:30:0\xb0Z", "20241001T093000Z....", "+024-10-01T09:30:00Z",
	};
	ns at = 77;

	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK_INT(rfc3339_parse(&at, str_of(bad[i])), ERR_PARSE, "'%s' is refused", bad[i]);
	CHECK_INT(rfc3339_parse(&at, STR("2262-04-11T23:47:16.854775808Z")), ERR_RANGE,
		  "one nanosecond too late");
	CHECK_INT(rfc3339_parse(&at, STR("1677-09-21T00:12:43.145224191Z")), ERR_RANGE,
		  "one nanosecond too early");
	CHECK_INT(rfc3339_parse(&at, STR("9999-12-31T23:59:59Z")), ERR_RANGE, "far too late");
	CHECK_INT(rfc3339_parse(&at, STR("0000-01-01T00:00:00Z")), ERR_RANGE, "far too early");
	CHECK_INT(at, 77, "a refusal leaves the result alone");
}

void test_time_rfc3339_round_trips_and_agrees_with_gmtime(void)
{
	struct rng r;

	rng_seed(&r, check_seed());
	for (int i = 0; i < 100000; i++) {
		ns at = (ns)rng_u64(&r), back = 0;
		char out[RFC3339_TEXT], want[RFC3339_TEXT];
		int offset = (int)rng_below(&r, 2 * 1439 + 1) * 60 - 1439 * 60;

		if (rng_below(&r, 2))
			at -= at % NS_SECOND;
		size_t n = rfc3339_text(out, at);
		enum err e = rfc3339_parse(&back, (struct str){ out, n });
		time_t seconds = (time_t)(at / NS_SECOND - (at % NS_SECOND < 0));
		struct tm tm;
		gmtime_r(&seconds, &tm);
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S", &tm);
		bool same = e == OK && back == at && strncmp(out, want, 19) == 0;
		/* At the ends of the range the local year may have no instant left. */
		if (same && at > INT64_MIN + NS_DAY && at < INT64_MAX - NS_DAY) {
			n = rfc3339_text_at(out, at, offset);
			e = rfc3339_parse(&back, (struct str){ out, n });
			same = e == OK && back == at;
		}
		if (same)
			continue;
		CHECK(false, "%" PRId64 " reads back from '%s', seed %" PRIu64, at, out,
		      check_seed());
		return;
	}
}

void test_time_shows_offsets(void)
{
	char out[RFC3339_TEXT];

	rfc3339_text_at(out, 1727789400000000000, -4 * 3600);
	CHECK_TEXT(out, "2024-10-01T09:30:00-04:00", "New York in summer");
	rfc3339_text_at(out, 1727789400500000000, 5 * 3600 + 1800);
	CHECK_TEXT(out, "2024-10-01T19:00:00.5+05:30", "India");
	rfc3339_text_at(out, 0, 0);
	CHECK_TEXT(out, "1970-01-01T00:00:00+00:00", "London in winter");
	rfc3339_text_at(out, 0, -(4 * 3600 + 56 * 60 + 2));
	CHECK_TEXT(out, "1969-12-31T19:04:00-04:56",
		  "seconds of an offset are cut, not its instant");
	CHECK_INT(rfc3339_text_at(out, INT64_MAX, 86340), 35, "the longest text");
	CHECK_TEXT(out, "2262-04-12T23:46:16.854775807+23:59", "beyond the range, in local time");
}

void test_time_dates(void)
{
	static const char *const bad[] = { "", "2024-10-1", "2024-10-011", "24-10-01", "2024-10-32",
		"2023-02-29", "2024-00-10", "2024-13-10", "2024.10.01", "2024-10-0x",
		"-024-10-01" };
	char out[16];
	day d = 77;

	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!date_parse(&d, str_of(bad[i])), "'%s' is no date", bad[i]);
	CHECK_INT(d, 77, "a refusal leaves the result alone");
	CHECK(date_parse(&d, STR("2024-02-29")), "a leap day is a date");
	CHECK_INT(date_text(out, d), 10, "ten characters");
	CHECK_TEXT(out, "2024-02-29", "and is written as it was");
	CHECK(date_parse(&d, STR("0001-01-01")), "the first year of the era is one");
	date_text(out, d);
	CHECK_TEXT(out, "0001-01-01", "with leading zeros");
	date_text(out, INT32_MIN);
	CHECK_TEXT(out, "-5877641-06-23", "the first of all days fits");
	date_text(out, INT32_MAX);
	CHECK_TEXT(out, "5881580-07-11", "and the last one");
}

void test_time_durations(void)
{
	static const struct { const char *text; ns want; } all[] = {
		{ "30m", 30 * NS_MINUTE }, { "90s", 90 * NS_SECOND }, { "2h", 2 * NS_HOUR },
		{ "250ms", 250 * NS_MS }, { "1d", NS_DAY }, { "5", 5 * NS_SECOND }, { "0", 0 },
		{ "007s", 7 * NS_SECOND }, { "9223372036", 9223372036 * NS_SECOND },
		{ "9223372036854ms", 9223372036854 * NS_MS },
	};
	static const char *const bad[] = { "", "s", "m5", "-5s", "+5s", "5 s", " 5s", "5s ", "1.5h",
		"5M", "5us", "5min", "5msx", "1h30m" };
	static const char *const large[] = { "9223372037", "9223372036855ms", "106752d",
		"9223372036854775808ms", "99999999999999999999999" };
	ns out = 77;

	for (size_t i = 0; i < COUNT(all); i++) {
		CHECK_INT(duration_parse(&out, str_of(all[i].text)), OK, "'%s' is one",
			  all[i].text);
		CHECK_INT(out, all[i].want, "'%s' is that long", all[i].text);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK_INT(duration_parse(&out, str_of(bad[i])), ERR_PARSE, "'%s' is none", bad[i]);
	for (size_t i = 0; i < COUNT(large); i++)
		CHECK_INT(duration_parse(&out, str_of(large[i])), ERR_RANGE, "'%s' is too long",
			  large[i]);
	CHECK_INT(out, all[COUNT(all) - 1].want, "a refusal leaves the result alone");
}
