/* httpx.c: what HTTP needs beside heads: chunked bodies, percent coding, dates
 * and the words of a status. */
#include "net/http.h"

/* ---- chunked bodies. One byte, one move; only payload is moved in bulk. */

#define SIZE_DIGITS  16		/* of a chunk's size, leading zeros too */
#define EXTENSION    1024	/* bytes behind one size */
#define TRAILER      8192	/* bytes of the trailer, names and values */

enum chunk_state {
	SIZE_FIRST, SIZE, SIZE_BLANK, SIZE_SEMICOLON, SIZE_EXTENSION, SIZE_LF,
	DATA, DATA_CR, DATA_LF,
	LINE_FIRST, LINE_NAME, LINE_VALUE, LINE_LF, LAST_LF, DONE
};

void http_chunks_init(struct http_chunks *c)
{
	*c = (struct http_chunks){ SIZE_FIRST, 0, 0, 0 };
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool printable(char c)
{
	uint8_t u = (uint8_t)c;

	return u == '\t' || (u >= 0x20 && u != 0x7f);
}

static bool name_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* The line with the size of a chunk. -1: wrong. */
static int size_line(struct http_chunks *c, char b)
{
	int digit = hex(b);

	switch (c->state) {
	case SIZE_FIRST:
	case SIZE:
		if (digit >= 0) {
			if (c->count++ == SIZE_DIGITS)	/* as many as 64 bits hold */
				return -1;
			c->left = c->left << 4 | (uint64_t)digit;
			return SIZE;
		}
		if (c->state == SIZE_FIRST)
			return -1;
		c->count = 0;
		if (b == ' ' || b == '\t')
			return SIZE_BLANK;
		return b == '\r' ? SIZE_LF : b == ';' ? SIZE_SEMICOLON : -1;
	case SIZE_BLANK:	/* only before an extension */
		if (b == ';')
			return SIZE_SEMICOLON;
		return (b == ' ' || b == '\t') && c->count++ < EXTENSION ? SIZE_BLANK : -1;
	case SIZE_SEMICOLON:	/* a name has to come */
	case SIZE_EXTENSION:
		if (b == '\r')
			return c->state == SIZE_EXTENSION ? SIZE_LF : -1;
		return printable(b) && c->count++ < EXTENSION ? SIZE_EXTENSION : -1;
	default:	/* SIZE_LF */
		c->count = 0;
		return b != '\n' ? -1 : c->left > 0 ? DATA : LINE_FIRST;
	}
}

/* The trailer: checked like headers, then dropped. */
static int trailer_line(struct http_chunks *c, char b)
{
	if (c->count++ == TRAILER)
		return -1;
	switch (c->state) {
	case LINE_FIRST:
		return b == '\r' ? LAST_LF : name_byte(b) ? LINE_NAME : -1;
	case LINE_NAME:
		return b == ':' ? LINE_VALUE : name_byte(b) ? LINE_NAME : -1;
	case LINE_VALUE:
		return b == '\r' ? LINE_LF : printable(b) ? LINE_VALUE : -1;
	case LINE_LF:
		return b == '\n' ? LINE_FIRST : -1;
	default:	/* LAST_LF */
		return b == '\n' ? DONE : -1;
	}
}

static int after_data(struct http_chunks *c, char b)
{
	if (c->state == DATA_CR)
		return b == '\r' ? DATA_LF : -1;
	c->count = 0;
	return b == '\n' ? SIZE_FIRST : -1;
}

enum err http_chunks_eat(struct http_chunks *c, char *in, size_t n, size_t *used, size_t *out)
{
	size_t i = 0;
	int next;

	*out = 0;
	while (i < n && c->state != DONE) {
		if (c->state == DATA) {
			size_t m = c->left < n - i ? (size_t)c->left : n - i;
			if (i != *out)
				memmove(in + *out, in + i, m);
			*out += m;
			i += m;
			c->left -= m;
			c->total += m;
			if (c->left == 0)
				c->state = DATA_CR;
			continue;
		}
		if (c->state < DATA)
			next = size_line(c, in[i++]);
		else if (c->state < LINE_FIRST)
			next = after_data(c, in[i++]);
		else
			next = trailer_line(c, in[i++]);
		if (next < 0) {
			*used = i;
			return ERR_PROTO;
		}
		c->state = next;
	}
	*used = i;
	return c->state == DONE ? OK : ERR_AGAIN;
}

/* ---- percent coding */

bool percent_decode(char *dst, size_t size, struct str in, bool plus_is_blank, size_t *n)
{
	size_t m = 0;

	*n = 0;
	for (size_t i = 0; i < in.n; i++) {
		char c = in.s[i];
		if (c == '+' && plus_is_blank) {
			c = ' ';
		} else if (c == '%') {
			if (in.n - i < 3 || hex(in.s[i + 1]) < 0 || hex(in.s[i + 2]) < 0)
				return false;
			c = (char)(hex(in.s[i + 1]) << 4 | hex(in.s[i + 2]));
			i += 2;
		}
		if (c == '\0' || m + 1 >= size)
			return false;
		dst[m++] = c;
	}
	if (size == 0)
		return false;
	dst[m] = '\0';
	*n = m;
	return true;
}

bool http_query(struct str query, const char *name, char *dst, size_t size, size_t *n, bool *bad)
{
	struct str wanted = str_of(name);

	*bad = false;
	*n = 0;
	while (query.n > 0) {
		struct str value = str_cut(&query, '&');
		struct str key = str_cut(&value, '=');
		if (!str_eq(key, wanted))
			continue;
		*bad = !percent_decode(dst, size, value, true, n);
		return !*bad;
	}
	return false;
}

void percent_encode(struct text *t, struct str in)
{
	for (size_t i = 0; i < in.n; i++) {
		char c = in.s[i];
		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    c == '-' || c == '.' || c == '_' || c == '~') {
			text_char(t, c);
		} else {
			text_char(t, '%');
			text_char(t, "0123456789ABCDEF"[(uint8_t)c >> 4]);
			text_char(t, "0123456789ABCDEF"[(uint8_t)c & 15]);
		}
	}
}

/* ---- words and dates */

const char *http_reason(int status)
{
	static const struct { int status; const char *words; } table[] = {
		{ 100, "Continue" }, { 101, "Switching Protocols" }, { 200, "OK" },
		{ 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" },
		{ 206, "Partial Content" }, { 207, "Multi-Status" },
		{ 301, "Moved Permanently" }, { 302, "Found" }, { 303, "See Other" },
		{ 304, "Not Modified" }, { 307, "Temporary Redirect" },
		{ 308, "Permanent Redirect" }, { 400, "Bad Request" }, { 401, "Unauthorized" },
		{ 403, "Forbidden" }, { 404, "Not Found" }, { 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" }, { 408, "Request Timeout" }, { 409, "Conflict" },
		{ 410, "Gone" }, { 411, "Length Required" }, { 412, "Precondition Failed" },
		{ 413, "Content Too Large" }, { 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" }, { 417, "Expectation Failed" },
		{ 421, "Misdirected Request" }, { 422, "Unprocessable Content" },
		{ 426, "Upgrade Required" }, { 428, "Precondition Required" },
		{ 429, "Too Many Requests" }, { 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" }, { 501, "Not Implemented" },
		{ 502, "Bad Gateway" }, { 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" }, { 505, "HTTP Version Not Supported" },
		{ 507, "Insufficient Storage" },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		if (table[i].status == status)
			return table[i].words;
	return "Other";
}

static const char weekdays[] = "SunMonTueWedThuFriSat";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

static void two(struct text *t, int64_t v)
{
	text_char(t, (char)('0' + v / 10 % 10));
	text_char(t, (char)('0' + v % 10));
}

void http_date(struct text *t, ns at)
{
	int64_t seconds = at / NS_SECOND - (at % NS_SECOND < 0);
	int64_t days = seconds / 86400 - (seconds % 86400 < 0);
	int64_t in_day = seconds - days * 86400;
	struct civil c = civil_of((day)days);

	text_add(t, (struct str){ weekdays + 3 * weekday_of((day)days), 3 });
	text_cstr(t, ", ");
	two(t, c.day);
	text_char(t, ' ');
	text_add(t, (struct str){ months + 3 * (c.month - 1), 3 });
	text_char(t, ' ');
	two(t, c.year / 100);
	two(t, c.year % 100);
	text_char(t, ' ');
	two(t, in_day / 3600);
	text_char(t, ':');
	two(t, in_day / 60 % 60);
	text_char(t, ':');
	two(t, in_day % 60);
	text_cstr(t, " GMT");
}

/* -1: not all digits. */
static int number(const char *s, int digits)
{
	int v = 0;

	for (int i = 0; i < digits; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

static int index_of(const char *names, const char *three, int count)
{
	for (int i = 0; i < count; i++)
		if (memcmp(names + 3 * i, three, 3) == 0)
			return i;
	return -1;
}

bool http_date_parse(ns *out, struct str s)
{
	static const char form[] = "WWW, DD MMM YYYY HH:MM:SS GMT";

	if (s.n != sizeof(form) - 1 || memcmp(s.s + 25, " GMT", 4) != 0)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((form[i] == ' ' || form[i] == ',' || form[i] == ':') && s.s[i] != form[i])
			return false;
	int mday = number(s.s + 5, 2), month = index_of(months, s.s + 8, 12) + 1;
	int year = number(s.s + 12, 4);
	int hour = number(s.s + 17, 2), minute = number(s.s + 20, 2), second = number(s.s + 23, 2);
	/* Years that ns can hold, with a margin at both ends. */
	if (mday < 1 || mday > 31 || month < 1 || year < 1700 || year > 2250 ||
	    hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
		return false;
	day d = day_of(year, month, mday);
	if (civil_of(d).day != mday || index_of(weekdays, s.s, 7) != weekday_of(d))
		return false;
	*out = (ns)d * NS_DAY + (ns)(hour * 3600 + minute * 60 + second) * NS_SECOND;
	return true;
}
