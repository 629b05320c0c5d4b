/* rest_query.c: values out of query strings. */
#include "exchange/serve_inner.h"

int rest_get(const struct call *c, const char *name, char *dst, size_t size, size_t *n)
{
	bool bad = false;

	*n = 0;
	if (!http_query(c->query, name, dst, size, n, &bad)) {
		*n = 0;
		return bad ? -1 : 0;
	}
	if (bad) {
		*n = 0;
		return -1;
	}
	return 1;
}

bool rest_flag(const struct call *c, const char *name)
{
	char v[8];
	size_t n;

	if (rest_get(c, name, v, sizeof(v), &n) != 1)
		return false;
	return rest_listed(STR("true,1"), (struct str){ v, n });
}

bool rest_number(const struct call *c, const char *name, int64_t low, int64_t high, int64_t *v)
{
	char s[16];
	size_t n;
	int64_t value = 0;
	int given = rest_get(c, name, s, sizeof(s), &n);

	if (given == 0)
		return true;
	if (given < 0 || n == 0 || n > 12)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		value = value * 10 + (s[i] - '0');
	}
	if (value < low || value > high)
		return false;
	*v = value;
	return true;
}

/* Days and instants outside of any market are as good as these ends of time, between
 * which sums of them fit. */
static day day_within(day d)
{
	day low = day_of(1970, 1, 1), high = day_of(2100, 1, 1);

	return d < low ? low : d > high ? high : d;
}

bool rest_date(struct str s, day *out)
{
	day d;

	if (s.n != 10 || !date_parse(&d, s))
		return false;
	*out = day_within(d);
	return true;
}

/* How the broker reads a bare date is not documented; New York's midnight makes a
 * day bar's own date find it. */
bool rest_instant(struct str s, ns *out)
{
	ns low = 0, high = day_of(2100, 1, 1) * NS_DAY, at;
	day d;

	if (rest_date(s, &d)) {
		*out = ny_time(d, 0, 0);
		return true;
	}
	if (rfc3339_parse(&at, s) != OK)
		return false;
	*out = at < low ? low : at > high ? high : at;
	return true;
}

bool rest_is_uuid(struct str s)
{
	if (s.n != UUID_TEXT - 1)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.s[i];
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
			   (c >= 'A' && c <= 'F');
		if (dash ? c != '-' : !hex)
			return false;
	}
	return true;
}

bool rest_listed(struct str list, struct str item)
{
	while (list.n > 0)
		if (str_eq(str_trim(str_cut(&list, ',')), item))
			return true;
	return false;
}
