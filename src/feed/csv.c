/* csv.c: the file is mapped and walked once, line by line, without copies. */
#include "feed/csv.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"

/* Numbers above are milliseconds: as seconds they would be behind the year 5000. */
#define SECONDS_MAX 100000000000

static enum err bad(struct csv *c, const char *why)
{
	c->why = why;
	return ERR_PARSE;
}

static inline struct str field_of(struct str s)
{
	/* Behind the quote in ASCII are digits and letters: there is nothing to take off. */
	if (s.n > 0 && s.s[0] > '"' && s.s[s.n - 1] > '"')
		return s;
	s = str_trim(s);
	if (s.n >= 2 && s.s[0] == '"' && s.s[s.n - 1] == '"')
		s = str_trim((struct str){ s.s + 1, s.n - 2 });
	return s;
}

static int column_of(struct str name)
{
	static const struct { const char *name; enum csv_column is; } names[] = {
		{ "symbol", CSV_SYMBOL }, { "ticker", CSV_SYMBOL },
		{ "timestamp", CSV_TIMESTAMP }, { "datetime", CSV_TIMESTAMP },
		{ "date", CSV_TIMESTAMP }, { "time", CSV_TIMESTAMP }, { "t", CSV_TIMESTAMP },
		{ "open", CSV_OPEN }, { "high", CSV_HIGH }, { "low", CSV_LOW },
		{ "close", CSV_CLOSE }, { "volume", CSV_VOLUME },
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (str_eq_fold(name, str_of(names[i].name)))
			return (int)names[i].is;
	return -1;
}

/* 0x80 in each byte of v that is c. */
static inline uint64_t bytes_of(uint64_t v, unsigned char c)
{
	const uint64_t ones = 0x0101010101010101u, low = 0x7f * ones;
	uint64_t x = v ^ c * ones;

	return ~(((x & low) + low) | x | low);
}

/* Where the field that begins at `at` ends: eight bytes at a time. */
static inline size_t field_end(const char *text, size_t at, size_t end)
{
	static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte is the lowest");
	for (uint64_t v; end - at >= sizeof v; at += sizeof v) {
		memcpy(&v, text + at, sizeof v);
		uint64_t found = bytes_of(v, ',') | bytes_of(v, '\n');
		if (found != 0)
			return at + (size_t)__builtin_ctzll(found) / 8;
	}
	while (at < end && text[at] != ',' && text[at] != '\n')
		at++;
	return at;
}

/* The first `most` fields of the next line: how many there are; 0: it is empty. ALL: every one, and
 * more than CSV_COLUMNS when there are too many for the array. */
#define ALL (CSV_COLUMNS + 1)
static uint32_t split(struct csv *c, struct str field[CSV_COLUMNS], uint32_t most)
{
	const char *text = c->rest.s;
	size_t from = 0, at = 0, end = c->rest.n;
	uint32_t n = 0;
	bool more = true;

	for (; more && n < most; from = ++at) {
		at = field_end(text, at, end);
		more = at < end && text[at] == ',';
		size_t size = at - from;
		if (!more && size > 0 && text[at - 1] == '\r')
			size--;
		if (n < CSV_COLUMNS)
			field[n] = field_of((struct str){ text + from, size });
		n += n <= CSV_COLUMNS && (more || n > 0 || size > 0);
	}
	if (more) {
		const char *line = memchr(text + at, '\n', end - at);
		at = line != NULL ? (size_t)(line - text) + 1 : end;
	}
	at = at < end ? at : end;
	c->rest = (struct str){ text + at, end - at };
	c->line++;
	return n;
}

enum err csv_begin(struct csv *c, struct str text)
{
	struct str field[CSV_COLUMNS];

	*c = (struct csv){ .rest = text };
	memset(c->place, -1, sizeof(c->place));
	if (str_starts(c->rest, STR("\xef\xbb\xbf"))) {
		c->rest.s += 3;
		c->rest.n -= 3;
	}
	if (c->rest.n == 0)
		return bad(c, "the file is empty");
	c->columns = split(c, field, ALL);
	if (c->columns > CSV_COLUMNS)
		return bad(c, "more than 32 columns");
	for (uint32_t i = 0; i < c->columns; i++) {
		int is = column_of(field[i]);
		if (is >= 0 && c->place[is] >= 0)
			return bad(c, "a column is there twice");
		if (is >= 0)
			c->place[is] = (int8_t)i;
	}
	for (int i = CSV_TIMESTAMP; i < CSV_KNOWN; i++)
		if (c->place[i] < 0)
			return bad(c, "the first line has to name timestamp, open, high, low, "
				   "close and volume");
	return OK;
}

enum err csv_open(struct csv *c, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*c = (struct csv){ 0 };
	if (fd < 0)
		return ERR_IO;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return ERR_IO;
	}
	if (st.st_size == 0) {
		(void)close(fd);
		return bad(c, "the file is empty");
	}

	size_t size = (size_t)st.st_size;
	void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	(void)close(fd);
	if (map == MAP_FAILED)
		return ERR_IO;
	(void)madvise(map, size, MADV_SEQUENTIAL);
	enum err e = csv_begin(c, (struct str){ map, size });
	c->map = map;
	c->map_size = size;
	return e;
}

void csv_close(struct csv *c)
{
	if (c->map != NULL)
		(void)munmap(c->map, c->map_size);
	c->map = NULL;
	c->rest = (struct str){ NULL, 0 };
}

/* ---- fields */

static bool epoch(ns *out, struct str s)
{
	int64_t v = 0;

	if (s.n == 0 || s.n > 15)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.s[i] < '0' || s.s[i] > '9')
			return false;
		v = v * 10 + (s.s[i] - '0');
	}
	if (v >= SECONDS_MAX)
		return !__builtin_mul_overflow(v, NS_MS, out);
	return !__builtin_mul_overflow(v, NS_SECOND, out);
}

static bool timestamp(ns *out, struct str s, bool dates)
{
	char copy[RFC3339_TEXT];
	day d;

	if (dates && date_parse(&d, s)) {
		*out = d * NS_DAY;
		return true;
	}
	if (s.n > 10 && s.s[10] == ' ' && str_copy(copy, sizeof(copy), s)) {
		copy[10] = 'T';
		return rfc3339_parse(out, str_of(copy)) == OK;
	}
	return rfc3339_parse(out, s) == OK || epoch(out, s);
}

/* Yahoo's exports leave the fields of a day without trade empty, or write nan. */
static bool nothing(struct str s)
{
	return s.n == 0 || str_eq_fold(s, STR("nan")) || str_eq_fold(s, STR("null"));
}

/* Nearly all are: digits, perhaps a point and some more. The rest, and the range, are base/num's to
 * judge. */
static bool plain(int64_t *out, struct str s)
{
	int64_t v = 0, unit = NUM_ONE;
	size_t i = 0;

	if (s.n == 0 || s.n > 10 || s.s[0] == '.' || s.s[s.n - 1] == '.')
		return false;
	for (; i < s.n && s.s[i] >= '0' && s.s[i] <= '9'; i++)
		v = v * 10 + (s.s[i] - '0');
	if (i < s.n && s.s[i] == '.')
		for (i++; i < s.n && s.s[i] >= '0' && s.s[i] <= '9'; i++, unit /= 10)
			v = v * 10 + (s.s[i] - '0');
	return i == s.n && !__builtin_mul_overflow(v, unit, out);
}

static bool number(int64_t *out, struct str s)
{
	return plain(out, s) || num_parse_round(out, s) == OK;
}

static enum err prices(struct csv *c, struct csv_row *out, const struct str *field)
{
	px *const price[] = { &out->open, &out->high, &out->low, &out->close };
	int64_t volume;

	for (int i = 0; i < 4; i++) {
		struct str s = field[c->place[CSV_OPEN + i]];
		if (!number(&price[i]->n, s))
			return bad(c, nothing(s) ? "a price is missing" :
				   "a price is not a number");
		if (price[i]->n <= 0)
			return bad(c, "a price is not above 0");
	}
	if (out->high.n < out->low.n)
		return bad(c, "the high is below the low");
	if (out->high.n < out->open.n || out->high.n < out->close.n)
		return bad(c, "the high is below the open or the close");
	if (out->low.n > out->open.n || out->low.n > out->close.n)
		return bad(c, "the low is above the open or the close");

	struct str s = field[c->place[CSV_VOLUME]];
	if (!number(&volume, s))
		return bad(c, nothing(s) ? "the volume is missing" :
			   "the volume is not a number below nine thousand million");
	if (volume < 0)
		return bad(c, "the volume is below 0");
	out->volume = (double)volume / (double)NUM_ONE;
	return OK;
}

/* most: as for split. */
static enum err row(struct csv *c, struct csv_row *out, uint32_t most)
{
	struct str field[CSV_COLUMNS];
	uint32_t n = 0;

	while (n == 0) {
		if (c->rest.n == 0)
			return ERR_END;
		n = split(c, field, most);
	}
	if (most == ALL ? n != c->columns : n < most)
		return bad(c, "the row has another number of fields than the first line");

	*out = (struct csv_row){ .symbol = { "", 0 } };
	if (c->place[CSV_SYMBOL] >= 0)
		out->symbol = field[c->place[CSV_SYMBOL]];
	out->time = field[c->place[CSV_TIMESTAMP]];
	if (!timestamp(&out->ts, out->time, c->dates))
		return bad(c, "the timestamp is not like 2024-10-01T09:30:00-04:00");
	return most == ALL ? prices(c, out, field) : OK;
}

enum err csv_next(struct csv *c, struct csv_row *out)
{
	return row(c, out, ALL);
}

enum err csv_skim(struct csv *c, struct csv_row *out)
{
	int8_t time = c->place[CSV_TIMESTAMP], symbol = c->place[CSV_SYMBOL];

	return row(c, out, (uint32_t)(time > symbol ? time : symbol) + 1);
}
