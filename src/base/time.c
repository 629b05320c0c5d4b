/* time.c: civil dates after Howard Hinnant's days_from_civil (public domain):
 * years that begin in March, in eras of 400 years. */
#include "base/time.h"

#define ERA_DAYS 146097		/* days in 400 years */
#define DAY_SECONDS 86400

day day_of(int year, int month, int mday)
{
	assert(month >= 1 && month <= 12 && mday >= 1 && mday <= 31);

	int64_t y = month <= 2 ? (int64_t)year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + mday - 1;
	int64_t days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;

	days += era * ERA_DAYS - 719468;
	assert(days >= INT32_MIN && days <= INT32_MAX);
	return (day)days;
}

struct civil civil_of(day d)
{
	int64_t z = (int64_t)d + 719468;
	int64_t era = (z >= 0 ? z : z - (ERA_DAYS - 1)) / ERA_DAYS;
	int64_t n = z - era * ERA_DAYS;
	int64_t of_era = (n - n / 1460 + n / 36524 - n / 146096) / 365;
	int64_t of_year = n - (365 * of_era + of_era / 4 - of_era / 100);
	int64_t m = (5 * of_year + 2) / 153;
	struct civil c = {
		.month = (int)(m < 10 ? m + 3 : m - 9),
		.day = (int)(of_year - (153 * m + 2) / 5 + 1),
	};

	c.year = (int)(of_era + era * 400 + (c.month <= 2));
	return c;
}

int weekday_of(day d)
{
	int64_t w = ((int64_t)d + 4) % 7;	/* 1970-01-01 was a Thursday */

	return (int)(w < 0 ? w + 7 : w);
}

static bool leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 2 && leap(year) ? 29 : days[month - 1];
}

/* Two digits; something above 99 when they are not. */
static unsigned two(const char *s)
{
	unsigned a = (unsigned)(unsigned char)s[0] - '0';
	unsigned b = (unsigned)(unsigned char)s[1] - '0';

	return a > 9 || b > 9 ? 1000 : a * 10 + b;
}

static bool date_at(day *out, const char s[static 10])
{
	unsigned century = two(s), year = two(s + 2), month = two(s + 5), mday = two(s + 8);

	if (s[4] != '-' || s[7] != '-' || century > 99 || year > 99)
		return false;
	year += century * 100;
	if (month < 1 || month > 12 || mday < 1)
		return false;
	if (mday > (unsigned)month_days((int)year, (int)month))
		return false;
	*out = day_of((int)year, (int)month, (int)mday);
	return true;
}

bool date_parse(day *out, struct str text)
{
	return text.n == 10 && date_at(out, text.s);
}

/* ".123" -> 123000000; leaves in *text what is behind it. */
static bool fraction_of(struct str *text, int32_t *out)
{
	int32_t n = 0, unit = 100000000;
	size_t i = 1;

	for (; i < text->n; i++) {
		unsigned digit = (unsigned)(unsigned char)text->s[i] - '0';
		if (digit > 9)
			break;
		n += (int32_t)digit * unit;
		unit /= 10;	/* 0 behind the ninth: those are cut */
	}
	text->s += i;
	text->n -= i;
	*out = n;
	return i > 1;
}

/* "Z" or "+hh:mm", and nothing behind it. */
static bool offset_of(struct str text, int *seconds)
{
	if (text.n == 1 && (text.s[0] == 'Z' || text.s[0] == 'z')) {
		*seconds = 0;
		return true;
	}
	if (text.n != 6 || (text.s[0] != '+' && text.s[0] != '-') || text.s[3] != ':')
		return false;

	unsigned hours = two(text.s + 1), minutes = two(text.s + 4);
	if (hours > 23 || minutes > 59)
		return false;
	*seconds = (int)(hours * 3600 + minutes * 60);
	if (text.s[0] == '-')
		*seconds = -*seconds;
	return true;
}

enum err rfc3339_parse(ns *out, struct str text)
{
	const char *s = text.s;
	day d;

	if (text.n < 20 || !date_at(&d, s) || (s[10] != 'T' && s[10] != 't'))
		return ERR_PARSE;

	unsigned hour = two(s + 11), minute = two(s + 14), second = two(s + 17);
	if (s[13] != ':' || s[16] != ':' || hour > 23 || minute > 59 || second > 60)
		return ERR_PARSE;

	struct str rest = { s + 19, text.n - 19 };
	int32_t fraction = 0;
	int offset;
	if (rest.s[0] == '.' && !fraction_of(&rest, &fraction))
		return ERR_PARSE;
	if (!offset_of(rest, &offset))
		return ERR_PARSE;

	int64_t at = (int64_t)d * DAY_SECONDS + hour * 3600 + minute * 60 + second - offset;
	/* Leap seconds end the last day of a month in UTC; 60 stands nowhere else. */
	if (second == 60 && (at % DAY_SECONDS != 0 || civil_of((day)(at / DAY_SECONDS)).day != 1))
		return ERR_PARSE;

	int64_t part = fraction;
	if (at < 0) {		/* towards zero, so that the product fits if the sum does */
		at++;
		part -= NS_SECOND;
	}
	if (__builtin_mul_overflow(at, NS_SECOND, &at) || __builtin_add_overflow(at, part, &at))
		return ERR_RANGE;
	*out = at;
	return OK;
}

static size_t put(char *out, int64_t v, int digits)
{
	for (int i = digits - 1; i >= 0; i--) {
		out[i] = (char)('0' + v % 10);
		v /= 10;
	}
	return (size_t)digits;
}

/* "2024-10-01T09:30:00.5" for seconds and nanoseconds of some offset. */
static size_t date_time(char *out, int64_t seconds, int64_t nanos)
{
	int64_t of_day = seconds % DAY_SECONDS;
	int64_t days = seconds / DAY_SECONDS;

	if (of_day < 0) {
		of_day += DAY_SECONDS;
		days--;
	}
	struct civil c = civil_of((day)days);
	size_t n = put(out, c.year, 4);
	out[n++] = '-';
	n += put(out + n, c.month, 2);
	out[n++] = '-';
	n += put(out + n, c.day, 2);
	out[n++] = 'T';
	n += put(out + n, of_day / 3600, 2);
	out[n++] = ':';
	n += put(out + n, of_day / 60 % 60, 2);
	out[n++] = ':';
	n += put(out + n, of_day % 60, 2);
	if (nanos != 0) {
		out[n++] = '.';
		n += put(out + n, nanos, 9);
		while (out[n - 1] == '0')
			n--;
	}
	return n;
}

/* Floored, so that the nanoseconds count forwards before 1970 as well. */
static int64_t split(ns t, int64_t *nanos)
{
	int64_t seconds = t / NS_SECOND;

	*nanos = t % NS_SECOND;
	if (*nanos < 0) {
		*nanos += NS_SECOND;
		seconds--;
	}
	return seconds;
}

size_t rfc3339_text(char out[static RFC3339_TEXT], ns t)
{
	int64_t nanos, seconds = split(t, &nanos);
	size_t n = date_time(out, seconds, nanos);

	out[n++] = 'Z';
	out[n] = '\0';
	return n;
}

size_t rfc3339_text_at(char out[static RFC3339_TEXT], ns t, int offset_s)
{
	assert(offset_s > -DAY_SECONDS && offset_s < DAY_SECONDS);

	/* The form has no seconds (local mean times of the 19th century had):
	 * shown at the whole minute, it is still the same instant. */
	int minutes = offset_s / 60;
	int64_t nanos, seconds = split(t, &nanos);
	size_t n = date_time(out, seconds + minutes * 60, nanos);

	out[n++] = minutes < 0 ? '-' : '+';
	if (minutes < 0)
		minutes = -minutes;
	n += put(out + n, minutes / 60, 2);
	out[n++] = ':';
	n += put(out + n, minutes % 60, 2);
	out[n] = '\0';
	return n;
}

size_t date_text(char out[static 16], day d)
{
	struct civil c = civil_of(d);
	size_t n = 0;
	int64_t year = c.year;

	if (year < 0) {
		out[n++] = '-';
		year = -year;
	}
	int digits = 4;
	for (int64_t limit = 10000; year >= limit; limit *= 10)
		digits++;
	n += put(out + n, year, digits);
	out[n++] = '-';
	n += put(out + n, c.month, 2);
	out[n++] = '-';
	n += put(out + n, c.day, 2);
	out[n] = '\0';
	return n;
}

static ns unit_of(struct str s)
{
	static const struct { const char *name; ns unit; } units[] = {
		{ "", NS_SECOND }, { "ms", NS_MS }, { "s", NS_SECOND },
		{ "m", NS_MINUTE }, { "h", NS_HOUR }, { "d", NS_DAY },
	};

	for (size_t i = 0; i < COUNT(units); i++)
		if (str_eq(s, str_of(units[i].name)))
			return units[i].unit;
	return 0;
}

enum err duration_parse(ns *out, struct str text)
{
	int64_t v = 0;
	size_t i = 0;
	bool large = false;

	for (; i < text.n && text.s[i] >= '0' && text.s[i] <= '9'; i++)
		large |= __builtin_mul_overflow(v, 10, &v) ||
			 __builtin_add_overflow(v, text.s[i] - '0', &v);
	if (i == 0)
		return ERR_PARSE;

	ns unit = unit_of((struct str){ text.s + i, text.n - i });
	if (unit == 0)
		return ERR_PARSE;
	if (large || __builtin_mul_overflow(v, unit, &v))
		return ERR_RANGE;
	*out = v;
	return OK;
}
